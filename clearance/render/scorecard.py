"""A score card as a page: a line for each broker, office, customer or trader."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from clearance.model import Words, in_language
from clearance.render import Cell, Column, Page, Table, quality
from clearance.render.report_words import dimension_name, named_by, value_name
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.text import shown
from clearance.render.words import interval_word, say, worded
from clearance.reporting.scorecard import MEDIAN, RIGHT, TIME, Comparison, Line, Scorecard

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
    "test; what differs with p below 0.05 after Holm's correction for all {n} comparisons is told",
    "zh": "各行与其余各行的合计比较：比例用 Fisher 精确检验，用时用正态检验；"
    "对全部 {n} 次比较作 Holm 校正后 p 小于 0.05 者列为差异",
}
_ALONE: Words = {
    "en": "nothing is compared: fewer than two have twenty declarations",
    "zh": "未作比较：不足两行有 20 票以上",
}
_DIFFERS: Words = {"en": "{figure} {verdict}", "zh": "{figure}{verdict}"}
_VERDICTS: dict[str, Words] = {
    "higher": {"en": "higher", "zh": "偏高"},
    "lower": {"en": "lower", "zh": "偏低"},
}
_SHEET: Words = {"en": "scorecard", "zh": "对比"}
_P: Words = {"en": "{figure}: p after Holm", "zh": "{figure}：校正后 p 值"}
METHOD = {"test": "Fisher exact; normal of restricted means", "correction": "Holm"}


class Asked(NamedTuple):
    """What a score card is of."""

    periods: str
    as_of: datetime
    zone: tzinfo


def scored(card: Scorecard, asked: Asked, lang: str) -> Page:
    """A score card in every form but HTML."""
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
    heads = (card.whose, "n", *(f"{key}{end}" for key in _keys(card) for end in ("", "_p")))
    return Page(
        json=data,
        lines=tuple(rows),
        tables=(_table(card, asked, lang),),
        flat=flat([_flat(card, line) for line in card.lines], lang, *heads, "differs"),
        sheets=lambda: (_sheet(card, lang),),
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


def _flat(card: Scorecard, line: Line) -> dict[str, Cell]:
    cells: dict[str, Cell] = {card.whose: line.name, "n": line.n, "differs": " ".join(line.differs)}
    for key, figure in line.figures.items():
        estimate = figure.found.estimate
        cells |= {key: estimate and estimate.value, f"{key}_p": figure.p_adjusted}
    return cells


def _name(key: str, lang: str) -> str:
    return in_language(_TIMES[key], lang) if key in _TIMES else quality.name(key, lang)


def _table(card: Scorecard, asked: Asked, lang: str) -> Table:
    known = [key for key in _SHOWN if any(line.figures[key].found.estimate for line in card.lines)]
    who = named_by(card.whose, lang)
    figures = (
        Column(key, _name(key, lang), right=True, no_wrap=True, spare=_SPARE[key]) for key in known
    )
    heads = (who, *columns(lang, "=>n"), *figures)
    values = {
        "whose": dimension_name(card.whose, lang),
        "interval": interval_word(card.interval, lang),
        "periods": asked.periods,
        "as_of": shown(asked.as_of.astimezone(asked.zone)),
        "zone": asked.zone,
    }
    compared = sum(f.p is not None for line in card.lines for f in line.figures.values())
    return Table(
        (*heads, *columns(lang, "differs")),
        tuple(
            (
                value_name(card.whose, line.name, lang),
                line.n,
                *(_cell(line.figures[key], lang) for key in known),
                _differs(line, lang),
            )
            for line in card.lines
        ),
        title=worded(_TITLE, lang, **values),
        marks=tuple(_mark(line) for line in card.lines),
        notes=(worded(_HOW, lang, n=compared) if compared else in_language(_ALONE, lang),),
    )


def _sheet(card: Scorecard, lang: str) -> Table:
    """A sheet with every figure as a number, and the p value of its comparison beside it."""
    figures = card.lines[0].figures if card.lines else {}
    who = Column(card.whose, dimension_name(card.whose, lang))
    heads = [who, *columns(lang, ">n", "differs")]
    for key, figure in figures.items():
        name, share = quality.titled(_name(key, lang), figure.unit, lang), figure.unit == "share"
        heads.append(Column(key, name, right=True, share=share))
        heads.append(Column(f"{key}_p", worded(_P, lang, figure=_name(key, lang)), right=True))
    rows = [
        (
            value_name(card.whose, line.name, lang),
            line.n,
            _differs(line, lang),
            *(_flat(card, line)[head.key] for head in heads[3:]),
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
    return comma.join(
        worded(
            _DIFFERS,
            lang,
            figure=_name(key, lang),
            verdict=in_language(_VERDICTS[line.figures[key].verdict or ""], lang),
        )
        for key in line.differs
    )


def _mark(line: Line) -> str:
    """Whether what differs is for the better or the worse, where all of it is."""
    kinds = {
        (line.figures[key].verdict == "higher") is (line.figures[key].better > 0)
        for key in line.differs
        if line.figures[key].better
    }
    return {frozenset({True}): "good", frozenset({False}): "bad"}.get(frozenset(kinds), "")
