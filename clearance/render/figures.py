"""What all forms of a report share: names of rows, figures and changes as text, notes."""

from __future__ import annotations

from collections.abc import Iterator

from clearance.model import Words, in_language
from clearance.render import Cell
from clearance.render.notes import note
from clearance.render.text import duration
from clearance.render.words import say
from clearance.reporting.report import Change, Report, ReportRow
from clearance.reporting.tally import LongCase

COUNTS = ("declared", "closed", "open", "returned", "withdrawn", "anomalous")
FIGURES = ("median", "rmst", "p75", "p90", "p95")
MAX_LISTED = 20
"""Anomalous declarations that a person is shown; the rest is counted."""
_MANY_ROWS = 4
"""With this many rows or more a note names only the first and the last."""
_SEMICOLON: Words = {"en": "; ", "zh": "；"}


def row_names(row: ReportRow, lang: str) -> tuple[str, ...]:
    """The name of a row: its period, and the values of its group."""
    return (row.period, *(say(value or "unknown", lang) for value in row.group.values()))


def rmst_name(report: Report) -> str:
    """The name of the restricted mean: ``RMST-30``."""
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


def change_cells(change: Change) -> dict[str, Cell]:
    """A change as cells of a spreadsheet."""
    low, high = change.ci95 or (None, None)
    return {
        "rmst_ratio": change.rmst_ratio,
        "ci95_low": low,
        "ci95_high": high,
        "mix_adjusted_ratio": change.mix_adjusted_ratio,
    }


def why(case: LongCase, day: int, lang: str) -> str:
    """Why a declaration took long: the stages that took most, and what happened besides."""
    reasons = [
        f"{say(stage, lang)} {duration(seconds, day)}"
        for stage, seconds in case.parts[:2]
        if seconds * 10 >= case.seconds
    ]
    circumstances = {
        "still open": case.open,
        "returned before": case.returned,
        "guaranteed": case.guaranteed,
    }
    reasons += [say(phrase, lang) for phrase, true in circumstances.items() if true]
    return in_language(_SEMICOLON, lang).join(reasons) or say("nothing told", lang)


def notes(report: Report, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """The notes under some figures, each once, with the rows it is about."""
    about: dict[str, list[str]] = {}
    for row in report.rows:
        for text in _row_notes(row, names, lang):
            about.setdefault(text, []).append(" ".join(row_names(row, lang)))
    for text, rows in about.items():
        where = ", ".join(rows) if len(rows) < _MANY_ROWS else f"{rows[0]} … {rows[-1]}"
        yield f"{where}: {text}"


def _row_notes(row: ReportRow, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """The notes of a row under figures that are given; a missing figure's cell has its reason."""
    for name in names:
        if name in row.notes and _is_given(row, name):
            yield note(row.notes[name], lang)


def _is_given(row: ReportRow, name: str) -> bool:
    if name == "change":
        return row.change.rmst_difference is not None
    return name not in FIGURES or getattr(row, name) is not None


def figure(row: ReportRow, name: str, day: int, lang: str) -> str:
    """A figure as a duration, or in a word why it is missing."""
    seconds = getattr(row, name)
    if seconds is not None:
        return duration(seconds, day)
    return say(row.notes[name].key.replace("_", " "), lang) if name in row.notes else "—"
