"""What every drawing of a report shares: names of rows, figures and changes as text, notes."""

from __future__ import annotations

from collections.abc import Iterator

from clearance.model import Words, in_language
from clearance.render.notes import note
from clearance.render.text import duration
from clearance.render.words import say
from clearance.reporting.report import Change, Report, ReportRow
from clearance.reporting.tally import LongCase

COUNTS = ("declared", "closed", "open", "returned", "withdrawn", "anomalous")
FIGURES = ("median", "rmst", "p75", "p90", "p95")
MAX_LISTED = 20
"""Anomalous declarations that a person is shown before the rest is counted."""
_SEMICOLON: Words = {"en": "; ", "zh": "；"}


def row_names(row: ReportRow, lang: str) -> tuple[str, ...]:
    """What a row is about: its period, and the values of its group."""
    return (row.period, *(say(value or "unknown", lang) for value in row.group.values()))


def rmst_name(report: Report) -> str:
    """What the restricted mean is called: RMST-30."""
    return f"RMST-{report.tau // report.day}"


def signed(ratio: float | None) -> str:
    """A relative change as ``-22.3 %``."""
    return "—" if ratio is None else f"{ratio:+.1%}".replace("%", " %")


def percent(share: float | None) -> str:
    """A share as ``31.0 %``."""
    return "—" if share is None else f"{share:.1%}".replace("%", " %")


def interval(change: Change) -> str:
    """An interval as ``-26.0 … -18.0 %``."""
    if change.ci95 is None:
        return "—"
    low, high = (100 * end for end in change.ci95)
    return f"{low:+.1f} … {high:+.1f} %"


def why(one: LongCase, day: int, lang: str) -> str:
    """Why a declaration was long: the stages that took most, and what happened besides."""
    parts = [
        f"{say(stage, lang)} {duration(seconds, day)}"
        for stage, seconds in one.parts[:2]
        if seconds * 10 >= one.seconds
    ]
    besides = {
        "still open": one.open,
        "returned before": one.returned,
        "guaranteed": one.guaranteed,
    }
    parts += [say(word, lang) for word, true in besides.items() if true]
    return in_language(_SEMICOLON, lang).join(parts) or say("nothing told", lang)


def notes(report: Report, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """What is to be borne in mind, each once, with the rows it is about."""
    about: dict[str, list[str]] = {}
    for row in report.rows:
        for name in names:
            if name in row.notes and _given(row, name):
                rows = about.setdefault(note(row.notes[name], lang), [])
                rows.append(" ".join(row_names(row, lang)))
    for written, rows in about.items():
        where = ", ".join(rows) if len(rows) < 4 else f"{rows[0]} … {rows[-1]}"
        yield f"{where}: {written}"


def _given(row: ReportRow, name: str) -> bool:
    """Whether a figure is there that a note is about; if not, its cell says why."""
    if name == "change":
        return row.change.rmst_difference is not None
    return name not in FIGURES or getattr(row, name) is not None


def figure(row: ReportRow, name: str, day: int, lang: str) -> str:
    """A figure for people, or in a word why there is none."""
    seconds = getattr(row, name)
    if seconds is not None:
        return duration(seconds, day)
    return say(row.notes[name].key.replace("_", " "), lang) if name in row.notes else "—"
