"""The workbook of a report: one sheet for each question, with figures that can be counted with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from clearance import __version__
from clearance.model import RANK, Stage
from clearance.render import Cell, Chart, Table
from clearance.render.figures import rmst_name, why
from clearance.render.notes import note
from clearance.render.tables import flat
from clearance.render.words import say
from clearance.reporting.report import Report


def sheets(report: Report, figures: Table, lang: str) -> Iterator[Table]:
    """How long, did it change, where did the time go, whom for, the longest, the anomalous, about.

    ``figures`` is the flat table of rows.
    """
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
    rows: list[dict[str, Cell]] = []
    for row in report.rows:
        change = row.change
        low, high = change.ci95 or (None, None)
        rows.append(
            {
                "period": row.period,
                **row.group,
                "against": change.since,
                "verdict": change.verdict and say(change.verdict, lang),
                "rmst_ratio": change.rmst_ratio,
                "ci95_low": low,
                "ci95_high": high,
                "mix_adjusted_ratio": change.mix_adjusted_ratio,
                "note": note(row.notes["change"], lang) if "change" in row.notes else None,
            }
        )
    ratios = ("%rmst_ratio", "%ci95_low", "%ci95_high", "%mix_adjusted_ratio")
    found = flat(rows, lang, "period", *report.by, "against", "verdict", *ratios, "note")
    return replace(found, title=say("did it change", lang))


def _stages(report: Report, lang: str) -> Table:
    """Mean time by period and stage, as a stacked chart."""
    there = sorted({one.stage for one in report.stages}, key=RANK.__getitem__)
    means: dict[str, dict[Stage, float]] = {}
    for one in report.stages:
        means.setdefault(one.period, {})[one.stage] = one.mean
    rows: list[dict[str, Cell]] = [
        {
            "period": period,
            **{stage.value: timedelta(seconds=found.get(stage, 0)) for stage in there},
        }
        for period, found in means.items()
    ]
    names = tuple(stage.value for stage in there)
    chart = Chart("bar", "period", names, stacked=True)
    title = say("where the time went", lang)
    return replace(flat(rows, lang, "period", *names), title=title, chart=chart)


def _owners(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "period": one.period,
            "stage": say(one.stage, lang),
            "waits_for": say(one.owner, lang),
            "mean": timedelta(seconds=one.mean),
            "share": one.share,
            "share_of_change": one.share_of_change,
        }
        for one in report.stages
    ]
    names = ("period", "stage", "waits_for", "mean", "%share", "%share_of_change")
    return replace(flat(rows, lang, *names), title=say("waits for", lang))


def _longest(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "declaration": one.reference,
            "period": one.period,
            "declared_at": one.declared_at,
            "time": timedelta(seconds=one.seconds),
            "why": why(one, report.day, lang),
        }
        for one in report.longest
    ]
    found = flat(rows, lang, "declaration", "period", "declared_at", "time", "why")
    return replace(found, title=say("the longest", lang))


def _anomalies(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {"declaration": one.reference, "period": one.period, "why": note(one.why, lang)}
        for one in report.anomalies
    ]
    found = flat(rows, lang, "declaration", "period", "why")
    return replace(found, title=say("anomalous", lang))


def _about(report: Report, lang: str) -> Table:
    """What was asked, so that the workbook can be understood without the command."""
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
