"""What a report's interval, clock, cohort and periods are called.

The words follow the interval: what a report of `declare-release` counts is released or not, and
nothing in it is closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs import systems, tables
from clearance.model import INTERVALS, Words, in_language
from clearance.render import Column
from clearance.render.words import INTERVAL_NAMES, say, worded

if TYPE_CHECKING:
    from clearance.reporting.report import Report

_PARTS: dict[str, Words] = {
    "release-gateout": {"en": "from release to gate-out", "zh": "放行至提离"},
    "release-depart": {"en": "from release to departure", "zh": "放行至离港"},
}
"""Parts of the whole way that are no interval of a report."""

_ENDS: dict[str, dict[str, Words]] = {
    "cleared_at": {
        "ended": {"en": "closed", "zh": "已结关"},
        "open": {"en": "open", "zh": "未结关"},
        "still": {"en": "still open", "zh": "未结关"},
        "have": {"en": "have closed", "zh": "已结关"},
    },
    "released_at": {
        "ended": {"en": "released", "zh": "已放行"},
        "open": {"en": "not released", "zh": "未放行"},
    },
    "accepted_at": {
        "ended": {"en": "accepted", "zh": "已入库"},
        "open": {"en": "not accepted", "zh": "未入库"},
    },
    "reviewed_at": {
        "ended": {"en": "reviewed", "zh": "已审结"},
        "open": {"en": "not reviewed", "zh": "未审结"},
    },
    "examined_until": {
        "ended": {"en": "inspected", "zh": "查验完毕"},
        "open": {"en": "under inspection", "zh": "查验未毕"},
    },
    "tax_paid_at": {
        "ended": {"en": "paid", "zh": "已缴税"},
        "open": {"en": "not paid", "zh": "未缴税"},
    },
    "gated_out_at": {
        "ended": {"en": "gated out", "zh": "已提离"},
        "open": {"en": "not gated out", "zh": "未提离"},
    },
    "departed_at": {
        "ended": {"en": "departed", "zh": "已离港"},
        "open": {"en": "not departed", "zh": "未离港"},
    },
    "first_declared_at": {
        "ended": {"en": "submitted", "zh": "已申报"},
        "open": {"en": "not submitted", "zh": "未申报"},
    },
}
"""What declarations are called whose interval has ended, and has not, by its last milestone."""

_DIMENSIONS: dict[str, Words] = {
    "trader": {"en": "trader", "zh": "境内收发货人"},
}
"""Dimensions that are called otherwise than elsewhere."""
_WORDS = ("direction", "inspected", "guarantee")
"""Dimensions whose values are words of ours."""

_MEAN: Words = {"en": "mean of the {ended}", "zh": "{ended}平均"}
_UP_TO: Words = {"en": "{period} (up to {day})", "zh": "{period}（截至 {day}）"}
_NOT_OVER: Words = {
    "en": "* {periods}: not over, up to {day}; compared with the same part of the other period",
    "zh": "* {periods}：期间未完，截至 {day}；仅与对比期的同一部分比较",
}
_UNDATED: Words = {
    "en": "{n} more are in no period: no message tells when they were declared",
    "zh": "另有 {n} 票不属于任何期间：报文未载申报时间",
}
_WORKING: Words = {
    "en": "working time (1 d = {hours:g} h)",
    "zh": "工作时间（1 天 = {hours:g} 小时）",
}
_COUNTED = {"declared": "declared", "closed": "closures"}
"""What all declarations of a period are called, by the cohort."""


def end_words(interval: str, lang: str) -> dict[str, str]:
    """What declarations are called by the end of an interval.

    ``ended`` or ``open``; in sentences, ``have`` or ``still``.
    """
    words = _ENDS[INTERVALS[interval][1]]
    every = {"have": words["ended"], "still": words["open"], **words}
    return {name: in_language(own, lang) for name, own in every.items()}


def part_name(part: str, lang: str) -> str:
    """A part of the whole way by its two events."""
    return in_language(_PARTS.get(part) or INTERVAL_NAMES[part], lang)


def count_names(report: Report, names: Iterable[str], lang: str) -> list[str]:
    """The headings of counts and of the plain mean, by their keys in JSON."""
    ends = end_words(report.interval, lang)
    special = {
        "closed": ends["ended"],
        "open": ends["open"],
        "mean_closed": worded(_MEAN, lang, **ends),
        "anomalous": say("impossible times", lang),
        "declared": say(_COUNTED[report.cohort], lang),
    }
    return [special.get(name) or say(name, lang) for name in names]


def clock_name(report: Report, lang: str) -> str | None:
    """What counts and how long its day is; None where all time counts."""
    if report.clock == "elapsed":
        return None
    return worded(_WORKING, lang, hours=report.day / 3600)


def how_asked(report: Report, lang: str) -> list[str]:
    """The clock and the cohort, unless they are the default."""
    cohort = say("by the day of closure", lang) if report.cohort == "closed" else None
    return [text for text in (clock_name(report, lang), cohort) if text]


def how_long(report: Report) -> str:
    """The key of the title of times: with what is open, unless only closures are counted."""
    return "how long closed" if report.cohort == "closed" else "how long"


def dimension_name(name: str, lang: str) -> str:
    """What a report is broken down by."""
    if name in _DIMENSIONS:
        return in_language(_DIMENSIONS[name], lang)
    return say(name.replace("_", " "), lang)


def named_by(dimension: str, lang: str) -> Column:
    """The column of a dimension; a narrow terminal does without the names beside its codes."""
    coded = dimension in tables.TABLE_OF_FACT
    title = dimension_name(dimension, lang)
    return Column(dimension, title, no_wrap=coded, brief=" " if coded else "")


def value_name(dimension: str, value: str | None, lang: str) -> str:
    """A value of a dimension for people: a code with its name, a word in their language."""
    if value is None:
        return say("unknown", lang)
    if dimension in tables.TABLE_OF_FACT:
        return tables.named(dimension, value, lang)
    if dimension == "system" and (system := systems().get(value)):
        return in_language(system.title, lang)
    return say(value, lang) if dimension in _WORDS else value


# Periods


def running(report: Report) -> frozenset[str]:
    """The periods that are not over at the report's moment."""
    return frozenset(row.period for row in report.rows if row.running)


def marked(report: Report, period: str) -> str:
    """A period's name, with a star while it is running: ``2026Q4*``."""
    return f"{period}*" if period in running(report) else period


def up_to(report: Report, period: str, lang: str) -> str:
    """A period's name, with its last day so far while it is running."""
    if period not in running(report):
        return period
    return worded(_UP_TO, lang, period=period, day=f"{_moment(report):%m-%d}")


def not_over(report: Report, lang: str) -> list[str]:
    """What the star of a running period means, if there is one."""
    there = sorted(running(report))
    day = f"{_moment(report):%Y-%m-%d}"
    return [worded(_NOT_OVER, lang, periods=there, day=day)] if there else []


def undated(report: Report, lang: str) -> list[str]:
    """How many declarations are in no period, if any."""
    return [worded(_UNDATED, lang, n=report.undated)] if report.undated else []


def _moment(report: Report) -> datetime:
    return report.as_of.astimezone(report.zone)
