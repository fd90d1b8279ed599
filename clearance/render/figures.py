"""What all forms of a report share: names of rows, figures and changes as text, notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from clearance.figures.durations import MIN_SAMPLE
from clearance.model import Words, in_language
from clearance.render import Cell
from clearance.render.notes import note
from clearance.render.report_words import end_words, marked, not_over, undated, value_name
from clearance.render.text import duration, exact
from clearance.render.words import joined, say, worded
from clearance.reporting.report import Change, Report, ReportRow, StageShare
from clearance.reporting.tally import LongCase

FIGURES = ("median", "rmst", "p75", "p90", "p95")
SUMS = ("gross_weight", "net_weight", "packages", "containers", "items")
"""Sums of a row beside that of the values, in the order they are shown."""
SUM_HEADINGS = ("gross kg", "net kg", "packages", "containers", "items")
"""Their headings."""
_MANY_ROWS = 4
"""With this many rows or more a note names only the first and the last."""
SEMICOLON: Words = {"en": "; ", "zh": "；"}
_COLON: Words = {"en": ": ", "zh": "："}
_EXPLAINED: Words = {
    "en": "{rmst}: the mean, each counted up to {tau} d; P90: nine in ten took no longer",
    "zh": "{rmst}：平均用时，每票最多计 {tau} 天；P90：九成不超过该用时",
}
_COMMA: Words = {"en": ", ", "zh": "、"}


def row_names(report: Report, row: ReportRow, lang: str) -> tuple[str, ...]:
    """The name of a row: its period, and the values of its group."""
    period = marked(report, row.period)
    return (period, *(value_name(*named, lang) for named in row.group.items()))


def rmst_name(report: Report) -> str:
    """The name of the restricted mean: ``RMST-30``."""
    return f"RMST-{report.tau // report.day}"


def explained(report: Report, lang: str) -> str:
    """What the restricted mean and a percentile mean."""
    tau = report.tau // report.day
    return worded(_EXPLAINED, lang, rmst=rmst_name(report), tau=tau)


def span(seconds: float | None) -> timedelta | None:
    """Seconds as a length of time, which a sheet keeps as a number."""
    return None if seconds is None else timedelta(seconds=seconds)


def has_sums(report: Report) -> bool:
    """Whether any declaration of a report says anything that is summed."""
    return any(any(row.sums[:6]) or row.sums.left_out for row in report.rows)


def sum_text(row: ReportRow, name: str) -> str:
    """A sum with commas between thousands, and an exact fraction."""
    total = getattr(row.sums, name)
    return "—" if total is None else exact(total, ",f")


def value_texts(row: ReportRow) -> list[tuple[str, str]]:
    """The declared value by currency."""
    return [(code, exact(total, ",.2f")) for code, total in row.sums.value.items()]


def signed(ratio: float | None) -> str:
    """A relative change as ``-22.3 %``; ``0 %`` if it is none."""
    if ratio is None:
        return "—"
    written = f"{ratio:+.1%}"
    return "0 %" if written[1:] == "0.0%" else written.replace("%", " %")


def percent(share: float | None) -> str:
    """A share as ``31.0 %``."""
    if share is None:
        return "—"
    written = f"{share:.1%}"
    return ("0.0%" if written == "-0.0%" else written).replace("%", " %")


def interval(ci95: tuple[float, float] | None) -> str:
    """An interval as ``-26.0 … -18.0 %``."""
    if ci95 is None:
        return "—"
    low, high = (signed(end).removesuffix(" %") for end in ci95)
    return f"{low} … {high} %"


def points(difference: float | None) -> str:
    """The difference of two shares in points: ``+1.2``; ``0`` if there is none."""
    return signed(difference).removesuffix(" %")


def points_interval(ci95: tuple[float, float] | None) -> str:
    """An interval in points as ``-0.4 … +3.2``."""
    return interval(ci95).removesuffix(" %")


def share_interval(row: ReportRow) -> str:
    """The interval of the withdrawn share as ``1.0 … 4.2 %``."""
    share = row.withdrawn_share
    return "—" if share is None else f"{100 * share.low:.1f} … {100 * share.high:.1f} %"


def signed_duration(seconds: float | None, day: int, lang: str) -> str:
    """Time gained or lost as ``-1 d 12 h``."""
    if seconds is None:
        return "—"
    text = duration(seconds, day, lang)
    return f"+{text}" if round(seconds) > 0 else text


def change_cells(change: Change) -> dict[str, Cell]:
    """A change as cells of a spreadsheet."""
    low, high = change.ci95 or (None, None)
    return {
        "rmst_ratio": change.rmst_ratio,
        "ci95_low": low,
        "ci95_high": high,
        "mix_adjusted_ratio": change.mix_adjusted_ratio,
    }


def shown_stages(report: Report) -> list[StageShare]:
    """The stages of the periods whose closed declarations are enough for a mean."""
    return [share for share in report.stages if share.n >= MIN_SAMPLE]


def why(case: LongCase, day: int, lang: str, of: str = "declare-close") -> str:
    """Why a declaration took long: the stages that took most, and what happened besides.

    ``of`` is the interval.
    """
    reasons = [
        f"{say(stage, lang)} {duration(seconds, day, lang)}"
        for stage, seconds in case.parts[:2]
        if seconds * 10 >= case.seconds
    ]
    circumstances = {
        end_words(of, lang)["still"]: case.open,
        say("returned before", lang): case.returned,
        say("guaranteed", lang): case.guaranteed,
        say("put away", lang): case.put_away,
        say("by hand", lang): case.by_hand,
    }
    reasons += [phrase for phrase, true in circumstances.items() if true]
    return in_language(SEMICOLON, lang).join(reasons) or say("nothing told", lang)


COUNTED = ("declared", "open", "put_away", "by_hand")
"""Names of the notes about the counts of a row."""


def notes(report: Report, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """The notes under some figures, each once, with the rows it is about."""
    if "declared" in names:
        yield from not_over(report, lang)
        yield from undated(report, lang)
    about: dict[str, list[str]] = {}
    for row in report.rows:
        named = " ".join(row_names(report, row, lang))
        for text in (*_row_notes(report, row, names, lang), *_sum_notes(row, names, lang)):
            about.setdefault(text, []).append(named)
    comma, colon = in_language(_COMMA, lang), in_language(_COLON, lang)
    for text, rows in about.items():
        where = comma.join(rows) if len(rows) < _MANY_ROWS else f"{rows[0]} … {rows[-1]}"
        yield f"{where}{colon}{text}"


def _row_notes(report: Report, row: ReportRow, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """The notes of a row under figures that are given; a missing figure's cell has its reason."""
    for name in names:
        if name in row.row_notes and _is_given(row, name):
            yield note(row.row_notes[name], lang, report.interval)


_SUMMED = {**dict(zip(SUMS, SUM_HEADINGS, strict=True)), "value": "declared value"}
"""Every sum of a row, and its heading."""


def _sum_notes(row: ReportRow, names: tuple[str, ...], lang: str) -> Iterator[str]:
    """The notes of the sums of a row, each with the sums that it is about."""
    about: dict[str, list[str]] = {}
    for name in (name for name in _SUMMED if name in names and name in row.sum_notes):
        if row.sum_notes[name].key != "not_declared_by_any":
            about.setdefault(note(row.sum_notes[name], lang), []).append(name)
    for text, noted in about.items():
        sums = [say(_SUMMED[name], lang) for name in _SUMMED if name in noted]
        every = len(sums) == len(_SUMMED)
        called = say("what was declared", lang) if every else joined(sums, lang)
        yield f"{called}{in_language(_COLON, lang)}{text}"


def _is_given(row: ReportRow, name: str) -> bool:
    if name == "change":
        return row.change.rmst_difference is not None
    return name not in FIGURES or getattr(row, name) is not None


def figure(report: Report, row: ReportRow, name: str, lang: str) -> str:
    """A figure as a duration, or in a word why it is missing."""
    seconds: float | None = getattr(row, name)
    if seconds is not None:
        return duration(seconds, report.day, lang)
    if name not in row.row_notes:
        return "—"
    key = row.row_notes[name].key
    if key == "none_closed":
        return note(row.row_notes[name], lang, report.interval)
    return say(key.replace("_", " "), lang)
