"""Reports to pages: their JSON, their CSV and the tables a person reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clearance.model import Note
from clearance.render import Cell, Page, Table
from clearance.render.figures import (
    COUNTS,
    FIGURES,
    MAX_LISTED,
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

if TYPE_CHECKING:
    from clearance.reporting.chart_data import Pictures

_BAR = 20
_SHARE = 7
"""Days whose share a person is shown; the others stand in JSON."""
_MARKS = {"faster": "good", "slower": "bad"}


def reported(report: Report, lang: str, draw: Callable[[], Pictures]) -> Page:
    """Durations per period and group; pictures are drawn for a page of HTML only."""
    data, figures = report_json(report, lang), _flat(report, lang)
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


def report_json(report: Report, lang: str) -> dict[str, Any]:
    """The report as one object."""
    return {
        "schema": SCHEMA,
        "as_of": iso(report.as_of),
        "interval": report.interval,
        "cohort": report.cohort,
        "clock": report.clock,
        "zone": str(report.zone),
        "every": report.every,
        "by": list(report.by),
        "rows": [_row(row) for row in report.rows],
        "stages": [_stage(one) for one in report.stages],
        "longest": [
            {
                "reference": one.reference,
                "seconds": one.seconds,
                "why": why(one, report.day, lang),
                "period": one.period,
                "open": one.open,
            }
            for one in report.longest
        ],
        "anomalies": [{**one._asdict(), "why": note(one.why, "en")} for one in report.anomalies],
    }


def _row(row: ReportRow) -> dict[str, Any]:
    return {
        "period": row.period,
        "group": row.group,
        **{name: getattr(row, name) for name in COUNTS},
        "mean_closed": row.mean_closed,
        **{name: _float(getattr(row, name)) for name in FIGURES},
        "tau": row.tau,
        "within": row.within and {str(seconds): share for seconds, share in row.within.items()},
        "change": _change(row.change),
        "notes": _notes(row.notes),
    }


def _notes(notes: Mapping[str, Note]) -> dict[str, str]:
    return {name: note(about, "en") for name, about in notes.items()}


def _float(seconds: float | None) -> float | None:
    return None if seconds is None else float(seconds)


def _change(change: Change) -> dict[str, Any]:
    return {
        "from": change.since,
        "rmst_difference": change.rmst_difference,
        "rmst_ratio": change.rmst_ratio,
        "ci95": change.ci95 and list(change.ci95),
        "mix_adjusted_ratio": change.mix_adjusted_ratio,
        "verdict": change.verdict,
    }


def _stage(one: StageShare) -> dict[str, Any]:
    return {
        "period": one.period,
        "stage": one.stage,
        "owner": one.owner,
        "seconds": one.seconds,
        "mean": one.mean,
        "share": one.share,
        "share_of_change": one.share_of_change,
        "notes": _notes(one.notes),
    }


def _flat(report: Report, lang: str) -> Table:
    """One line for each row, its values as in JSON; nested ones under joined names."""
    shares = [f"within_{days * report.day}" for days in WITHIN_DAYS]
    ratios = ("%rmst_ratio", "%ci95_low", "%ci95_high", "%mix_adjusted_ratio")
    rows: list[dict[str, Cell]] = []
    for row in report.rows:
        low, high = row.change.ci95 or (None, None)
        rows.append(
            {
                "period": row.period,
                **row.group,
                **{name: getattr(row, name) for name in COUNTS},
                **{name: _span(getattr(row, name)) for name in ("mean_closed", *FIGURES)},
                **dict.fromkeys(shares),
                **{f"within_{seconds}": share for seconds, share in (row.within or {}).items()},
                "change_from": row.change.since,
                "rmst_ratio": row.change.rmst_ratio,
                "ci95_low": low,
                "ci95_high": high,
                "mix_adjusted_ratio": row.change.mix_adjusted_ratio,
                "verdict": row.change.verdict,
            }
        )
    names = ("period", *report.by, *COUNTS, "mean_closed", *FIGURES)
    within = (f"%{name}" for name in shares)
    return flat(rows, lang, *names, *within, "change_from", *ratios, "verdict")


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


# What people read


def title(report: Report, lang: str) -> str:
    """What the report is about: interval, cohort and clock where they are not the usual, moment."""
    unusual = [
        say(f"{report.clock} time", lang) if report.clock != "elapsed" else "",
        say(f"cohort {report.cohort}", lang) if report.cohort != "declared" else "",
    ]
    as_of = f"{say('as of', lang)} {shown(report.as_of.astimezone(report.zone))}"
    parts = (report.interval, *unusual, as_of, str(report.zone))
    return ", ".join(part for part in parts if part)


def _tables(report: Report, lang: str) -> Iterator[Table]:
    yield _counted(report, lang)
    if any(row.rmst is not None for row in report.rows):
        yield _figures(report, lang)
    if any(row.change.rmst_difference is not None for row in report.rows):
        yield _changes(report, lang)
    if report.stages and not report.by:
        yield _stages(report, report.stages[-1].period, lang)
    if report.longest and not report.by:
        yield _longest(report, lang)
    if report.anomalies:
        yield _anomalies(report, lang)


def _heads(report: Report) -> tuple[str, ...]:
    return ("period", *(name.replace("_", " ") for name in report.by))


def _counted(report: Report, lang: str) -> Table:
    headings = (*(f">{name}" for name in COUNTS), ">mean of the closed", ">median")
    return Table(
        columns(lang, *_heads(report), *headings),
        tuple(
            (
                *row_names(row, lang),
                *(getattr(row, name) for name in COUNTS),
                *(_days(row, name, report.day, lang) for name in ("mean_closed", "median")),
            )
            for row in report.rows
        ),
        title=title(report, lang),
        notes=tuple(notes(report, ("declared", "open"), lang)),
    )


def _figures(report: Report, lang: str) -> Table:
    most = max((row.rmst or 0 for row in report.rows), default=0)
    share = f">≤ {_SHARE} d"
    headings = (f">{rmst_name(report)}", ">P75", ">P90", ">P95", share, "bar")
    table = columns(lang, *_heads(report), *headings)
    return Table(
        table,
        tuple(
            (
                *row_names(row, lang),
                *(figure(row, name, report.day, lang) for name in FIGURES[1:]),
                percent((row.within or {}).get(_SHARE * report.day)),
                "█" * round(_BAR * (row.rmst or 0) / most) if most else "",
            )
            for row in report.rows
        ),
        title=say("how long, with what is still open", lang),
        notes=tuple(notes(report, ("rmst",), lang)),
    )


def _changes(report: Report, lang: str) -> Table:
    headings = (
        "against",
        f">{rmst_name(report)}",
        ">95 % interval",
        ">with the same mix",
        "verdict",
    )
    return Table(
        columns(lang, *_heads(report), *headings),
        tuple(
            (
                *row_names(row, lang),
                row.change.since,
                signed(row.change.rmst_ratio),
                interval(row.change),
                signed(row.change.mix_adjusted_ratio),
                say(row.change.verdict or "—", lang),
            )
            for row in report.rows
        ),
        title=say("did it change", lang),
        marks=tuple(_MARKS.get(row.change.verdict or "", "") for row in report.rows),
        notes=tuple(notes(report, ("change", "mix_adjusted_ratio"), lang)),
    )


def _stages(report: Report, period: str, lang: str) -> Table:
    found = [one for one in report.stages if one.period == period]
    headings = ("stage", "waits for", ">mean", ">share", ">share of the change", "bar")
    return Table(
        columns(lang, *headings),
        tuple(
            (
                say(one.stage, lang),
                say(one.owner, lang),
                duration(one.mean, report.day),
                percent(one.share),
                percent(one.share_of_change),
                "█" * round(_BAR * one.share),
            )
            for one in found
        ),
        title=say("where the time went, of the closed", lang) + f", {period}",
    )


def _longest(report: Report, lang: str) -> Table:
    return Table(
        columns(lang, "=declaration", "period", ">time", "why"),
        tuple(
            (
                one.reference,
                one.period,
                duration(one.seconds, report.day),
                why(one, report.day, lang),
            )
            for one in report.longest
        ),
        title=say("the longest", lang),
    )


def _anomalies(report: Report, lang: str) -> Table:
    found = report.anomalies
    more = len(found) - MAX_LISTED
    return Table(
        columns(lang, "=declaration", "period", "why"),
        tuple((one.reference, one.period, note(one.why, lang)) for one in found[:MAX_LISTED]),
        title=say("anomalous, in no figure", lang),
        notes=(f"+{more}",) if more > 0 else (),
    )


def _days(row: ReportRow, name: str, day: int, lang: str) -> str:
    seconds = getattr(row, name)
    in_days = "" if seconds is None else f" = {seconds / day:.2f} d"
    return figure(row, name, day, lang) + in_days
