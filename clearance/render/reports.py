"""Reports as pages: their JSON, their CSV and the tables a person reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clearance.model import Note
from clearance.render import Cell, Page, Table
from clearance.render.figures import (
    COUNTS,
    FIGURES,
    MAX_LISTED,
    change_cells,
    figure,
    interval,
    notes,
    percent,
    rmst_name,
    row_names,
    signed,
    why,
)
from clearance.render.notes import note
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.text import duration, shown
from clearance.render.words import say
from clearance.reporting.report import WITHIN_DAYS, Change, Report, ReportRow, StageShare
from clearance.reporting.tally import Anomaly, LongCase

if TYPE_CHECKING:
    from clearance.reporting.chart_data import Pictures

_BAR_WIDTH = 20
"""Characters of the longest bar."""
_SHARE_DAYS = 7
"""Days whose share a person is shown; the others stand in JSON."""
_MARKS = {"faster": "good", "slower": "bad"}
"""The style of a row by its verdict."""


def reported(report: Report, lang: str, draw: Callable[[], Pictures]) -> Page:
    """Durations per period and group; pictures are drawn for a page of HTML only."""
    data, figures = _report_json(report, lang), _flat(report, lang)
    return Page(
        json=data,
        lines=tuple(data["rows"]),
        tables=tuple(_tables(report, lang)),
        flat=figures,
        sheets=lambda: _sheets(report, figures, lang),
        html=lambda: _html(report, draw(), lang),
    )


def _sheets(report: Report, figures: Table, lang: str) -> tuple[Table, ...]:
    from clearance.render import sheets

    return tuple(sheets.sheets(report, figures, lang))


def _html(report: Report, pictures: Pictures, lang: str) -> str:
    from clearance.render import html

    return html.reported(report, pictures, lang)


# JSON and CSV


def _report_json(report: Report, lang: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "as_of": iso(report.as_of),
        "interval": report.interval,
        "cohort": report.cohort,
        "clock": report.clock,
        "zone": str(report.zone),
        "every": report.every,
        "by": list(report.by),
        "rows": list(map(_row_json, report.rows)),
        "stages": list(map(_stage_json, report.stages)),
        "longest": [_long_json(case, report.day, lang) for case in report.longest],
        "anomalies": list(map(_anomaly_json, report.anomalies)),
    }


def _row_json(row: ReportRow) -> dict[str, Any]:
    return {
        "period": row.period,
        "running": row.running,
        "group": row.group,
        **{name: getattr(row, name) for name in COUNTS},
        "mean_closed": row.mean_closed,
        **{name: _float(getattr(row, name)) for name in FIGURES},
        "tau": row.tau,
        "within": row.within and {str(seconds): share for seconds, share in row.within.items()},
        "withdrawn_share": _withdrawn_json(row),
        "change": _change_json(row.change),
        "notes": _notes_json(row.notes),
    }


def _withdrawn_json(row: ReportRow) -> dict[str, Any]:
    """The withdrawn share as every figure of quality is given."""
    share, change = row.withdrawn_share, row.withdrawn_change
    return {
        "value": share and share.value,
        "n": share.n if share else row.declared - row.anomalous,
        "ci95": share and [share.low, share.high],
        "change": {
            "difference": change.difference,
            "ci95": change.ci95 and list(change.ci95),
            "verdict": change.verdict,
        },
        "coverage": 1.0,
    }


def _float(seconds: float | None) -> float | None:
    return None if seconds is None else float(seconds)


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "from": change.since,
        "rmst_difference": change.rmst_difference,
        "rmst_ratio": change.rmst_ratio,
        "ci95": change.ci95 and list(change.ci95),
        "mix_adjusted_ratio": change.mix_adjusted_ratio,
        "verdict": change.verdict,
    }


def _stage_json(share: StageShare) -> dict[str, Any]:
    return {
        "period": share.period,
        "n": share.n,
        "stage": share.stage,
        "owner": share.owner,
        "seconds": share.seconds,
        "mean": share.mean,
        "share": share.share,
        "change": share.change,
        "share_of_change": share.share_of_change,
        "notes": _notes_json(share.notes),
    }


def _notes_json(notes: Mapping[str, Note]) -> dict[str, str]:
    return {name: note(about, "en") for name, about in notes.items()}


def _long_json(case: LongCase, day: int, lang: str) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "seconds": case.seconds,
        "why": why(case, day, lang),
        "period": case.period,
        "open": case.open,
    }


def _anomaly_json(anomaly: Anomaly) -> dict[str, str]:
    return {**anomaly._asdict(), "why": note(anomaly.why, "en")}


def _flat(report: Report, lang: str) -> Table:
    """One line for each row, its values as in JSON; nested ones under joined names."""
    shares = [f"within_{days * report.day}" for days in WITHIN_DAYS]
    ratios = ("%rmst_ratio", "%ci95_low", "%ci95_high", "%mix_adjusted_ratio")
    names = ("period", *report.by, *COUNTS, "mean_closed", *FIGURES)
    within = (f"%{name}" for name in shares)
    rows = [_flat_row(row, shares) for row in report.rows]
    return flat(rows, lang, *names, *within, "change_from", *ratios, "verdict")


def _flat_row(row: ReportRow, shares: Sequence[str]) -> dict[str, Cell]:
    return {
        "period": row.period,
        **row.group,
        **{name: getattr(row, name) for name in COUNTS},
        **{name: _span(getattr(row, name)) for name in ("mean_closed", *FIGURES)},
        **dict.fromkeys(shares),
        **{f"within_{seconds}": share for seconds, share in (row.within or {}).items()},
        **change_cells(row.change),
        "change_from": row.change.since,
        "verdict": row.change.verdict,
    }


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


# Tables


def _tables(report: Report, lang: str) -> Iterator[Table]:
    yield _counted(report, lang)
    if any(row.rmst is not None for row in report.rows):
        yield _figures(report, lang)
    if any(row.change.rmst_difference is not None for row in report.rows):
        yield _changes(report, lang)
    if not report.by:
        yield from _details(report, lang)
    if report.anomalies:
        yield _anomalies(report, lang)


def _details(report: Report, lang: str) -> Iterator[Table]:
    """What a report without groups has besides its figures."""
    if report.stages:
        yield _stages(report, report.stages[-1].period, lang)
    if report.longest:
        yield _longest(report, lang)


def _title(report: Report, lang: str) -> str:
    """The interval; the clock and the cohort unless they are the default; the moment."""
    clock = report.clock != "elapsed" and say(f"{report.clock} time", lang)
    cohort = report.cohort != "declared" and say(f"cohort {report.cohort}", lang)
    as_of = f"{say('as of', lang)} {shown(report.as_of.astimezone(report.zone))}"
    parts = (report.interval, clock, cohort, as_of, str(report.zone))
    return ", ".join(part for part in parts if part)


def _row_table(
    report: Report,
    lang: str,
    headings: Sequence[str],
    cells: Callable[[ReportRow], Iterable[Cell]],
    *,
    title: str,
    noted: tuple[str, ...],
    marks: tuple[str, ...] = (),
) -> Table:
    """A table of a report's rows, named in its first columns, with the notes of some figures."""
    names = ("period", *(name.replace("_", " ") for name in report.by))
    return Table(
        columns(lang, *names, *headings),
        tuple((*row_names(row, lang), *cells(row)) for row in report.rows),
        title=title,
        marks=marks,
        notes=tuple(notes(report, noted, lang)),
    )


def _counted(report: Report, lang: str) -> Table:
    def cells(row: ReportRow) -> Iterator[Cell]:
        yield from (getattr(row, name) for name in COUNTS)
        yield _with_days(row, "mean_closed", report.day, lang)
        yield _with_days(row, "median", report.day, lang)

    headings = (*(f">{name}" for name in COUNTS), ">mean of the closed", ">median")
    title = _title(report, lang)
    return _row_table(report, lang, headings, cells, title=title, noted=("declared", "open"))


def _with_days(row: ReportRow, name: str, day: int, lang: str) -> str:
    """A figure as a duration and in days, or in a word why it is missing."""
    seconds = getattr(row, name)
    in_days = "" if seconds is None else f" = {seconds / day:.2f} d"
    return figure(row, name, day, lang) + in_days


def _figures(report: Report, lang: str) -> Table:
    longest = max(row.rmst or 0 for row in report.rows)

    def cells(row: ReportRow) -> Iterator[Cell]:
        yield from (figure(row, name, report.day, lang) for name in FIGURES[1:])
        yield percent((row.within or {}).get(_SHARE_DAYS * report.day))
        yield _bar((row.rmst or 0) / longest) if longest else ""

    headings = (f">{rmst_name(report)}", ">P75", ">P90", ">P95", f">≤ {_SHARE_DAYS} d", "bar")
    title = say("how long, with what is still open", lang)
    return _row_table(report, lang, headings, cells, title=title, noted=("rmst",))


def _bar(share: float) -> str:
    return "█" * round(_BAR_WIDTH * share)


def _changes(report: Report, lang: str) -> Table:
    def cells(row: ReportRow) -> tuple[Cell, ...]:
        change = row.change
        return (
            change.since,
            signed(change.rmst_ratio),
            interval(change),
            signed(change.mix_adjusted_ratio),
            say(change.verdict or "—", lang),
        )

    rmst = f">{rmst_name(report)}"
    return _row_table(
        report,
        lang,
        ("against", rmst, ">95 % interval", ">with the same mix", "verdict"),
        cells,
        title=say("did it change", lang),
        noted=("change", "mix_adjusted_ratio"),
        marks=tuple(_MARKS.get(row.change.verdict or "", "") for row in report.rows),
    )


def _stages(report: Report, period: str, lang: str) -> Table:
    headings = ("stage", "waits for", ">mean", ">share", ">share of the change", "bar")
    return Table(
        columns(lang, *headings),
        tuple(
            (
                say(share.stage, lang),
                say(share.owner, lang),
                duration(share.mean, report.day),
                percent(share.share),
                percent(share.share_of_change),
                _bar(share.share),
            )
            for share in report.stages
            if share.period == period
        ),
        title=say("where the time went, of the closed", lang) + f", {period}",
    )


def _longest(report: Report, lang: str) -> Table:
    return Table(
        columns(lang, "=declaration", "period", ">time", "why"),
        tuple(
            (
                case.reference,
                case.period,
                duration(case.seconds, report.day),
                why(case, report.day, lang),
            )
            for case in report.longest
        ),
        title=say("the longest", lang),
    )


def _anomalies(report: Report, lang: str) -> Table:
    listed = report.anomalies[:MAX_LISTED]
    more = len(report.anomalies) - len(listed)
    return Table(
        columns(lang, "=declaration", "period", "why"),
        tuple((a.reference, a.period, note(a.why, lang)) for a in listed),
        title=say("anomalous, in no figure", lang),
        notes=(f"+{more}",) if more else (),
    )
