"""A score card as a page: a line for each broker, office, customer or trader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from clearance.figures.durations import MIN_SAMPLE
from clearance.model import Words, in_language
from clearance.named_tuples import NamedTuple
from clearance.render import Cell, Column, Page, Table, quality
from clearance.render.report_words import dimension_name, named_by, value_name
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.text import shown
from clearance.render.words import interval_word, say, worded
from clearance.reporting.page_lists import Lists
from clearance.reporting.scorecard import MEDIAN, RIGHT, TIME, Comparison, Line, Scorecard
from clearance.reporting.scorecard_lists import DECLARED, line_name

if TYPE_CHECKING:
    from clearance.render.html_lists import CountLists

_SHOWN = (
    "inspection_rate", "return_rate", RIGHT, "touchless_rate", "cutoff_hit_rate", MEDIAN, TIME,
)  # fmt: skip
_SPARE = {
    "inspection_rate": 4, "return_rate": 1, RIGHT: 2, "touchless_rate": 6, "cutoff_hit_rate": 3,
    MEDIAN: 5, TIME: 0,
}  # fmt: skip
"""How soon a narrow terminal does without a figure, the highest first."""
_TIMES: dict[str, Words] = {
    MEDIAN: {"en": "median time", "zh": "用时中位数"},
    TIME: {"en": "mean time, up to 30 d", "zh": "平均用时（最多计 30 天）"},
}
_TITLE: Words = {
    "en": "{whose} side by side, {interval}, {periods}, as of {as_of}, {zone}",
    "zh": "{whose}对比，{interval}，{periods}，截至 {as_of}，{zone}",
}
_HOW: Words = {
    "en": "each is compared with all the others: shares by Fisher's exact test, times by a normal "
    "test; what differs with p below 0.05 after Holm's correction for all {n} comparisons is told, "
    "and stands first",
    "zh": "各行与其余各行的合计比较：比例用 Fisher 精确检验，用时用正态检验；"
    "对全部 {n} 次比较作 Holm 校正后 p 小于 0.05 者列为差异，并排在最前",
}
_CHANCE: Words = {
    "en": "A figure differs only where it is so far from that of all the others together that "
    "chance alone would show any such difference in fewer than one of twenty score cards. What "
    "differs stands first, the surest on top; then the largest. Whoever has fewer than {few} "
    "declarations is compared in nothing.",
    "zh": "仅当某项指标与其余各行合计的差距大到：若纯属偶然，二十张对比表中出现此类差距的不足一张，"
    "才列为差异。有差异者在前，最确定者居首，其后按票数排列；不足 {few} 票者不作比较。",
}
_ONE: Words = {
    "en": "One of {all} {whose} differs from the others beyond chance",
    "zh": "{all} 个{whose}中有 1 个与其余存在超出偶然的差异",
}
_SOME: Words = {
    "en": "{differ} of {all} {whose} differ from the others beyond chance",
    "zh": "{all} 个{whose}中有 {differ} 个与其余存在超出偶然的差异",
}
_NONE: Words = {
    "en": "None of {all} {whose} differs from the others beyond chance",
    "zh": "{all} 个{whose}之间没有超出偶然的差异",
}
_MANY: dict[str, Words] = {
    "broker": {"en": "brokers", "zh": "申报单位"},
    "office": {"en": "offices", "zh": "申报地海关"},
    "customer": {"en": "customers", "zh": "客户"},
    "trader": {"en": "traders", "zh": "境内收发货人"},
}
_OF_THEM = "其中："
"""What the name of a part begins with where it stands below its figure."""
_DIFFERENCES: Words = {"en": "what differs, the surest first", "zh": "差异，最确定者在前"}
_ALONE: Words = {
    "en": "nothing is compared: fewer than two have twenty declarations",
    "zh": "未作比较：不足两行有 20 票以上",
}
_DIFFERS: Words = {"en": "{figure} {verdict}", "zh": "{figure}{verdict}"}
_VERDICTS: dict[str, Words] = {
    "higher": {"en": "higher", "zh": "偏高"},
    "lower": {"en": "lower", "zh": "偏低"},
}
_SIDE_BY_SIDE: Words = {"en": "side by side", "zh": "逐项对比"}
_SHEET: Words = {"en": "scorecard", "zh": "对比"}
_MIN_P = 0.001
"""A smaller p value is not written out."""
METHOD = {"test": "Fisher exact; normal of restricted means", "correction": "Holm"}


class Asked(NamedTuple):
    """What a score card is of."""

    periods: str
    as_of: datetime
    zone: tzinfo


def scored(
    card: Scorecard, asked: Asked, lang: str, lists: Lists | None = None, beside: str | None = None
) -> Page:
    """A score card in every form.

    The figures of a page of HTML open ``lists`` of declarations; long ones lie in the file
    ``beside`` it, if that has a name.
    """
    counts = _count_lists(card, asked, lang, lists, beside) if lists else None
    rows = [_line_json(line) for line in card.lines]
    data = {
        "schema": SCHEMA,
        "as_of": iso(asked.as_of),
        "scorecard": card.whose,
        "interval": card.interval,
        "periods": asked.periods,
        "zone": str(asked.zone),
        **METHOD,
        "rows": rows,
    }
    heads = (card.whose, "n", *(name for key in _keys(card) for name in (_head(key), f"{key}_p")))
    return Page(
        json=data,
        lines=tuple(rows),
        tables=(_table(card, asked, lang),),
        flat=flat([_flat(card, line) for line in card.lines], lang, *heads, "differs"),
        sheets=lambda: (_summary(card, asked, lang), *_sheets(card, lang)),
        html=lambda: _html(card, asked, lang, counts),
        beside=counts.file() if counts else None,
    )


def _html(card: Scorecard, asked: Asked, lang: str, counts: CountLists | None) -> str:
    from clearance.render.html_lists import CountLists
    from clearance.render.html_scorecard import Counted, page

    known, differing = _known(card), _differing(card)
    lines = [
        (None, None, *((line_name(line.name), key) for key in (DECLARED, *known)))
        for line in card.lines
    ]
    tables = [Counted(_card_table(card, lang), lines)]
    if differing:
        opens = [(None, None, (line_name(line.name), key), *[None] * 3) for line, key in differing]
        tables.append(Counted(_differences(card, lang), opens))
    about, lead = _title(card, asked, lang), tuple(_lead(card, lang))
    return page(_headline(card, lang), about, lead, tables, counts or CountLists(), lang)


def _count_lists(
    card: Scorecard, asked: Asked, lang: str, lists: Lists, beside: str | None
) -> CountLists:
    """The lists of a page."""
    from clearance.render.html_lists import CountLists

    def called(figure: str) -> str:
        return say("declarations", lang) if figure == DECLARED else _name(figure, lang)

    return CountLists(
        lists=lists,
        lang=lang,
        title=_title(card, asked, lang),
        called=called,
        sizes={
            line_name(line.name): {key: one.found.n for key, one in line.figures.items()}
            for line in card.lines
        },
        beside=beside,
    )


# In short


def _headline(card: Scorecard, lang: str) -> str:
    """How many differ from the others beyond chance."""
    if not _compared(card):
        alone = in_language(_ALONE, lang)
        return alone[:1].upper() + alone[1:]
    every = sum(any(map(_is_compared, line.figures.values())) for line in card.lines)
    differ = sum(bool(line.differs) for line in card.lines)
    whose = in_language(_MANY[card.whose], lang)
    words = {0: _NONE, 1: _ONE}.get(differ, _SOME)
    return worded(words, lang, differ=differ, all=every, whose=whose)


def _lead(card: Scorecard, lang: str) -> Iterator[str]:
    """What beyond chance means, and by which tests that is told."""
    yield worded(_CHANCE, lang, few=MIN_SAMPLE)
    if _compared(card):
        how = _how(card, lang)
        yield how[:1].upper() + how[1:] + ("。" if lang == "zh" else ".")


def _how(card: Scorecard, lang: str) -> str:
    compared = _compared(card)
    return worded(_HOW, lang, n=compared) if compared else in_language(_ALONE, lang)


def _compared(card: Scorecard) -> int:
    """How many comparisons there are."""
    return sum(map(_is_compared, (f for line in card.lines for f in line.figures.values())))


def _is_compared(figure: Comparison) -> bool:
    return figure.p_adjusted is not None


def _summary(card: Scorecard, asked: Asked, lang: str) -> Table:
    """The first sheet: the headline, what it is of, and how it was judged, as lines of text."""
    lines = (_headline(card, lang), _title(card, asked, lang), *_lead(card, lang))
    return Table(rows=tuple((line,) for line in lines), title=say("summary", lang))


def _differences(card: Scorecard, lang: str) -> Table:
    """A line for each figure that differs, beside that of all the others."""
    found = _differing(card)
    heads = columns(lang, "figure", ">measured", ">95 % interval", ">the others", ">p")
    return Table(
        (_who(card, lang), *heads),
        tuple(_difference(card, line, key, lang) for line, key in found),
        title=in_language(_DIFFERENCES, lang),
        marks=tuple(_mark([line.figures[key]]) for line, key in found),
    )


def _differing(card: Scorecard) -> list[tuple[Line, str]]:
    """What differs, the surest first: whose figure, and which."""
    found = [(line, key) for line in card.lines for key in line.differs]
    return sorted(found, key=lambda one: one[0].figures[one[1]].p_adjusted or 0.0)


def _difference(card: Scorecard, line: Line, key: str, lang: str) -> tuple[Cell, ...]:
    figure = line.figures[key]
    estimate = figure.found.estimate
    assert estimate is not None
    ends = (quality.written(end, figure.unit, lang) for end in (estimate.low, estimate.high))
    p = figure.p_adjusted or 0.0
    return (
        value_name(card.whose, line.name, lang),
        _verdict(line, key, lang),
        quality.written(estimate.value, figure.unit, lang),
        " … ".join(ends),
        quality.written(figure.rest or 0.0, figure.unit, lang),
        f"{p:.3f}" if p >= _MIN_P else f"< {_MIN_P}",
    )


def _keys(card: Scorecard) -> list[str]:
    return list(card.lines[0].figures) if card.lines else []


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "n": line.n,
        "figures": {key: _figure_json(figure) for key, figure in line.figures.items()},
        "differs": line.differs,
    }


def _figure_json(figure: Comparison) -> dict[str, Any]:
    found, estimate = figure.found, figure.found.estimate
    return {
        "value": estimate and estimate.value,
        "n": found.n,
        "ci95": estimate and [estimate.low, estimate.high],
        "unit": figure.unit,
        "coverage": found.coverage,
        "rest": figure.rest,
        "p": figure.p,
        "p_adjusted": figure.p_adjusted,
        "verdict": figure.verdict,
    }


def _head(key: str) -> str:
    """The heading of a figure in CSV, with its unit."""
    return f"{key}_hours" if key in _TIMES else key


def _flat(card: Scorecard, line: Line) -> dict[str, Cell]:
    cells: dict[str, Cell] = {card.whose: line.name, "n": line.n, "differs": " ".join(line.differs)}
    for key, figure in line.figures.items():
        estimate = figure.found.estimate
        cells |= {_head(key): estimate and estimate.value, f"{key}_p": figure.p_adjusted}
    return cells


def _name(key: str, lang: str) -> str:
    name = in_language(_TIMES[key], lang) if key in _TIMES else quality.name(key, lang)
    return name.removeprefix(_OF_THEM)


def _who(card: Scorecard, lang: str) -> Column:
    return named_by(card.whose, lang)


def _title(card: Scorecard, asked: Asked, lang: str) -> str:
    values = {
        "whose": dimension_name(card.whose, lang),
        "interval": interval_word(card.interval, lang),
        "periods": asked.periods,
        "as_of": shown(asked.as_of.astimezone(asked.zone)),
        "zone": asked.zone,
    }
    return worded(_TITLE, lang, **values)


def _known(card: Scorecard) -> list[str]:
    """The figures that are given of any line, in the order they are shown."""
    keys = sorted(_keys(card), key=lambda key: _SHOWN.index(key) if key in _SHOWN else len(_SHOWN))
    return [key for key in keys if any(line.figures[key].found.estimate for line in card.lines)]


def _table(card: Scorecard, asked: Asked, lang: str) -> Table:
    known = [key for key in _known(card) if key in _SHOWN]
    figures = (
        Column(key, _name(key, lang), right=True, no_wrap=True, spare=_SPARE[key]) for key in known
    )
    return Table(
        (_who(card, lang), *columns(lang, "=>n"), *figures, *columns(lang, "differs")),
        tuple(
            (
                value_name(card.whose, line.name, lang),
                line.n,
                *(_cell(line.figures[key], lang) for key in known),
                _differs(line, lang),
            )
            for line in card.lines
        ),
        title=_title(card, asked, lang),
        marks=tuple(_line_mark(line) for line in card.lines),
        notes=(_how(card, lang),),
    )


def _card_table(card: Scorecard, lang: str) -> Table:
    """Every figure that is given, with what differs beside the name, for a page."""
    known = _known(card)
    figures = (Column(key, _name(key, lang), right=True) for key in known)
    return Table(
        (_who(card, lang), *columns(lang, "differs", ">declarations"), *figures),
        tuple(
            (
                value_name(card.whose, line.name, lang),
                _differs(line, lang) or None,
                line.n,
                *(_cell(line.figures[key], lang) for key in known),
            )
            for line in card.lines
        ),
        title=in_language(_SIDE_BY_SIDE, lang),
        marks=tuple(_line_mark(line) for line in card.lines),
    )


def _sheets(card: Scorecard, lang: str) -> Iterator[Table]:
    yield _sheet(card, lang)
    if any(line.differs for line in card.lines):
        yield _differences(card, lang)


def _sheet(card: Scorecard, lang: str) -> Table:
    """A sheet with every figure that is given, as a number."""
    known = _known(card)
    heads = [_who(card, lang), *columns(lang, ">n", "differs")]
    for key in known:
        unit = card.lines[0].figures[key].unit
        title = quality.titled(_name(key, lang), unit, lang)
        heads.append(Column(key, title, right=True, share=unit == "share"))
    rows = [
        (
            value_name(card.whose, line.name, lang),
            line.n,
            _differs(line, lang),
            *(_flat(card, line)[_head(key)] for key in known),
        )
        for line in card.lines
    ]
    return Table(tuple(heads), tuple(rows), title=in_language(_SHEET, lang))


def _cell(figure: Comparison, lang: str) -> str:
    estimate = figure.found.estimate
    if estimate is None:
        return say("too few", lang) if figure.found.n else "—"
    return quality.written(estimate.value, figure.unit, lang)


def _differs(line: Line, lang: str) -> str:
    comma = "，" if lang == "zh" else ", "
    return comma.join(_verdict(line, key, lang) for key in line.differs)


def _verdict(line: Line, key: str, lang: str) -> str:
    verdict = in_language(_VERDICTS[line.figures[key].verdict or ""], lang)
    return worded(_DIFFERS, lang, figure=_name(key, lang), verdict=verdict)


def _line_mark(line: Line) -> str:
    return _mark(line.figures[key] for key in line.differs)


def _mark(figures: Iterable[Comparison]) -> str:
    """Whether what differs is for the better or the worse, where all of it is."""
    kinds = {
        (figure.verdict == "higher") is (figure.better > 0) for figure in figures if figure.better
    }
    return {frozenset({True}): "good", frozenset({False}): "bad"}.get(frozenset(kinds), "")
