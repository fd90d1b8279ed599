"""The workbook of a report: one sheet for each question, its figures as numbers and durations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from clearance import __version__
from clearance.model import RANK
from clearance.render import Cell, Chart, Table
from clearance.render.figures import change_cells, rmst_name, why
from clearance.render.notes import note
from clearance.render.tables import flat, translated
from clearance.render.words import say
from clearance.reporting.report import Report


def sheets(report: Report, figures: Table, lang: str) -> Iterator[Table]:
    """The sheets of a report; ``figures`` is the flat table of its rows."""
    chart = Chart("column", "period", ("median", "rmst", "p90"))
    yield replace(figures, title=say("how long", lang), chart=None if report.by else chart)
    yield _changes(report, lang)
    if report.stages:
        yield _stages(report, lang)
        yield _owners(report, lang)
    if report.longest:
        yield _longest(report, lang)
    if report.anomalies:
        yield _anomalies(report, lang)
    yield _about(report, lang)


def _changes(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "period": row.period,
            **row.group,
            "against": row.change.since,
            "verdict": translated(row.change.verdict, lang),
            **change_cells(row.change),
            "note": note(row.notes["change"], lang) if "change" in row.notes else None,
        }
        for row in report.rows
    ]
    ratios = ("%rmst_ratio", "%ci95_low", "%ci95_high", "%mix_adjusted_ratio")
    table = flat(rows, lang, "period", *report.by, "against", "verdict", *ratios, "note")
    return replace(table, title=say("did it change", lang))


def _stages(report: Report, lang: str) -> Table:
    """Mean time by period and stage, as a stacked chart."""
    present = sorted({share.stage for share in report.stages}, key=RANK.__getitem__)
    names = tuple(stage.value for stage in present)
    means: dict[str, dict[str, Cell]] = {}
    for share in report.stages:
        row = means.setdefault(share.period, dict.fromkeys(names, timedelta()))
        row["period"], row[share.stage.value] = share.period, timedelta(seconds=share.mean)
    chart = Chart("bar", "period", names, stacked=True)
    table = flat(means.values(), lang, "period", *names)
    return replace(table, title=say("where the time went", lang), chart=chart)


def _owners(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "period": share.period,
            "stage": say(share.stage, lang),
            "waits_for": say(share.owner, lang),
            "mean": timedelta(seconds=share.mean),
            "share": share.share,
            "share_of_change": share.share_of_change,
        }
        for share in report.stages
    ]
    names = ("period", "stage", "waits_for", "mean", "%share", "%share_of_change")
    return replace(flat(rows, lang, *names), title=say("waits for", lang))


def _longest(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "declaration": case.reference,
            "period": case.period,
            "declared_at": case.declared_at,
            "time": timedelta(seconds=case.seconds),
            "why": why(case, report.day, lang),
        }
        for case in report.longest
    ]
    table = flat(rows, lang, "declaration", "period", "declared_at", "time", "why")
    return replace(table, title=say("the longest", lang))


def _anomalies(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "declaration": anomaly.reference,
            "period": anomaly.period,
            "why": note(anomaly.why, lang),
        }
        for anomaly in report.anomalies
    ]
    table = flat(rows, lang, "declaration", "period", "why")
    return replace(table, title=say("anomalous", lang))


def _about(report: Report, lang: str) -> Table:
    """What the report is about, so that the workbook is understood without the command."""
    facts: dict[str, Cell] = {
        "as of": report.as_of.astimezone(report.zone),
        "interval": report.interval,
        "cohort": report.cohort,
        "clock": say(f"{report.clock} time", lang),
        "zone": str(report.zone),
        rmst_name(report): timedelta(seconds=report.tau),
        "clearance": __version__,
    }
    rows: list[dict[str, Cell]] = [
        {"name": say(name, lang), "told": value} for name, value in facts.items()
    ]
    return replace(flat(rows, lang, "name", "told"), title=say("about", lang))
