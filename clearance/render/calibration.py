"""How good forecasts of releases were: JSON, CSV, a page, and tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from clearance.figures.back_test import BackTest, Band, Coverage
from clearance.figures.forecast import LEVEL, MAX_ERROR
from clearance.model import Note, Value, Words, in_language
from clearance.render import Cell, Page, Table
from clearance.render.figures import percent
from clearance.render.notes import note
from clearance.render.report_words import value_name
from clearance.render.tables import SCHEMA, columns, flat, iso, translated
from clearance.render.text import shown
from clearance.render.words import say, worded

_BRIER: Words = {
    "en": "Of what was said with a probability of 0.7 to 0.8, some three quarters should have "
    "happened. The Brier score is the mean square of how far off they were: 0 is perfect, 0.25 is "
    "a coin's; the calibration error is the mean distance between said and happened.",
    "zh": "预计概率为 0.7 至 0.8 的，应约有四分之三实际发生。Brier 评分为预计概率与结果之差的均方："
    "0 为完全准确，0.25 相当于掷硬币；校准误差为预计与实际之差的平均。",
}
_LOSS: Words = {
    "en": "Loss is the mean pinball loss of both ends and the median in hours; beside it that of "
    "the usual time. A group of 100 answers or more that misses {level} by more than {limit} is "
    "not told.",
    "zh": "损失为区间两端与中位数的平均分位数损失（小时），旁为通常时长的损失。样本 100 个以上、"
    "且偏离 {level} 超过 {limit} 的分组不作预计。",
}
_TITLE: Words = {
    "en": "{title}, {periods}, {as_of}, {zone}",
    "zh": "{title}，{periods}，{as_of}，{zone}",
}


_HALVES: Mapping[str, Words] = {
    "1": {"en": "{year}H1", "zh": "{year} 上半年"},
    "2": {"en": "{year}H2", "zh": "{year} 下半年"},
}


class Calibration(Value, kw_only=True):
    """A back-test of the declarations that were open in some periods, as known at a moment."""

    test: BackTest
    periods: str
    as_of: datetime
    zone: tzinfo


def calibrated(about: Calibration, lang: str) -> Page:
    """The back-test: forecasts of a release, and what happened."""
    from clearance.render.html_tables import document

    data = _json(about)
    tables = (_table(about, lang), *_coverage_tables(about, lang))
    return Page(
        json=data,
        lines=tuple(data["bands"]),
        tables=tables,
        flat=flat(data["bands"], lang, "%from", "%to", "n", "%said", "%happened"),
        sheets=lambda: tables,
        html=partial(
            document, say("forecasts of releases: how often they were right", lang), tables, lang
        ),
    )


def _json(about: Calibration) -> dict[str, Any]:
    """The back-test as one object; a figure that is null has its reason in ``notes``."""
    test, withheld = about.test, about.test.reason_withheld
    why = note(Note.of("too_little_history", n=test.declarations), "en")
    return {
        "schema": SCHEMA,
        "as_of": iso(about.as_of),
        "interval": "declare-release",
        "direction": "export",
        "period": about.periods,
        "zone": str(about.zone),
        "declarations": test.declarations,
        "n": test.n,
        "unanswered": test.unanswered,
        "brier": test.brier,
        "calibration_error": test.error,
        "most_error": MAX_ERROR,
        "level": LEVEL,
        "verdict": _verdict(test),
        "why": withheld and note(withheld, "en"),
        "bands": list(map(_band_json, test.bands)),
        "coverage": list(map(_coverage_json, test.coverages)),
        "notes": {} if test.n else {"brier": why, "calibration_error": why},
    }


def _verdict(test: BackTest) -> str:
    return "cannot assess" if test.reason_withheld else "can be told"


def _band_json(band: Band) -> dict[str, Any]:
    return {
        "from": band.low,
        "to": band.high,
        "n": band.n,
        "said": band.predicted,
        "happened": band.observed,
    }


def _coverage_json(found: Coverage) -> dict[str, Any]:
    """One group of answers; null stands for all. Width and losses are seconds."""
    return {
        "system": found.system,
        "period": found.span,
        "direction": found.direction,
        "stage": found.stage,
        "n": found.n,
        "coverage": found.share,
        "width": found.width,
        "pinball": found.loss,
        "pinball_usual": found.usual,
        "verdict": "cannot assess" if found.missed else "can be told",
    }


def _coverage_tables(about: Calibration, lang: str) -> Iterator[Table]:
    """How often intervals held the truth, and how wide they were."""
    found = about.test.coverages
    if not found:
        return
    systems = len({one.system for one in found if one.system}) > 1
    headings = ["=period", *(["=system"] if systems else []), "direction", "stage"]
    numbers = (">answers", ">inside", ">mean width", ">loss", ">usual time", ">change")
    level, limit = percent(LEVEL), percent(MAX_ERROR)
    yield Table(
        columns(lang, *headings, *numbers),
        tuple(_coverage_row(one, lang, systems=systems) for one in found),
        title=say("intervals: how often they held the release, and how wide they were", lang),
        notes=(worded(_LOSS, lang, level=level, limit=limit),),
        marks=tuple("warn" if one.missed else "" for one in found),
    )


def _half_year(span: str, lang: str) -> str:
    """A half-year such as 2026H1 in a language."""
    year, _, half = span.partition("H")
    return worded(_HALVES[half], lang, year=year)


def _coverage_row(found: Coverage, lang: str, *, systems: bool) -> tuple[Cell, ...]:
    every = say("all", lang)
    return (
        _half_year(found.span, lang) if found.span else every,
        *(
            (value_name("system", found.system, lang) if found.system else every,)
            if systems
            else ()
        ),
        translated(found.direction, lang) or every,
        translated(found.stage, lang) or every,
        found.n,
        percent(found.share),
        timedelta(seconds=round(found.width)),
        f"{found.loss / 3600:.1f}",
        f"{found.usual / 3600:.1f}",
        _change(found),
    )


def _change(found: Coverage) -> str | None:
    """How much smaller or larger the loss is than that of the usual time, in whole per cents."""
    if not found.usual:
        return None
    whole = round(100 * (found.loss / found.usual - 1))
    return f"{whole:+d} %" if whole else "0 %"


def _table(about: Calibration, lang: str) -> Table:
    test = about.test
    verdict = say(_verdict(test), lang)
    if test.reason_withheld:
        verdict += f" ({note(test.reason_withheld, lang)})"
    facts: dict[str, Cell] = {
        "declarations": test.declarations,
        "answers": test.n,
        "unanswered": test.unanswered,
        "Brier score": _figure(test.brier),
        "calibration error": f"{_figure(test.error)} (≤ {MAX_ERROR:.2f})",
        "verdict": verdict,
    }
    as_of = f"{say('as of', lang)} {shown(about.as_of.astimezone(about.zone))}"
    title = say("released before a cut-off: what was said, and what happened", lang)
    return Table(
        columns(lang, ">probability", ">answers", ">said", ">happened"),
        tuple(
            (
                f"{band.low:.1f}–{band.high:.1f}",
                band.n,
                percent(band.predicted),
                percent(band.observed),
            )
            for band in test.bands
        ),
        title=worded(
            _TITLE, lang, title=title, periods=about.periods, as_of=as_of, zone=about.zone
        ),
        facts=tuple((say(name, lang), str(fact)) for name, fact in facts.items()),
        notes=(in_language(_BRIER, lang),),
    )


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
