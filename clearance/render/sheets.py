"""The workbook of a report: its headline, then one sheet for each question, figures as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from clearance import __version__
from clearance.figures.durations import MIN_SAMPLE
from clearance.model import RANK, replace
from clearance.render import Cell, Chart, Column, Table, quality
from clearance.render.figures import (
    COUNTED,
    FIGURES,
    SUM_HEADINGS,
    SUMS,
    change_cells,
    explained,
    has_sums,
    notes,
    rmst_name,
    row_names,
    shown_stages,
    span,
    why,
)
from clearance.render.notes import note
from clearance.render.report_summary import Summary
from clearance.render.report_text import TITLES
from clearance.render.report_words import (
    clock_name,
    count_names,
    dimension_name,
    marked,
    not_over,
    part_name,
    value_name,
)
from clearance.render.tables import columns
from clearance.render.text import days
from clearance.render.why import why_lines
from clearance.render.words import punctuated, say, worded
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import COUNTS
from clearance.reporting.report import WITHIN_DAYS, Report, ReportRow, StageShare

_LIMITS = {"ci95_low": "95 % low", "ci95_high": "95 % high"}
_RATIOS = {"rmst_ratio": "change", **_LIMITS, "mix_adjusted_ratio": "with the same mix"}
"""Keys of shares and their headings."""


def sheets(report: Report, pictures: Pictures, lang: str) -> Iterator[Table]:
    """The sheets of a report."""
    yield _summary(report, pictures, lang)
    for table in _sheets(report, lang):
        yield replace(table, day=report.day)


def _sheets(report: Report, lang: str) -> Iterator[Table]:
    yield _counts(report, lang)
    yield _figures(report, lang)
    yield _changes(report, lang)
    named = (_named(report, lang), lambda row: row_names(report, row, lang))
    yield from quality.sheets(report, named, lang)
    if report.links:
        yield _links(report, lang)
    if has_sums(report):
        yield _summed(report, lang)
    if stages := shown_stages(report):
        yield _stages(report, stages, lang)
        yield _owners(report, stages, lang)
    if report.longest:
        yield _longest(report, lang)
    if report.anomalies:
        yield _anomalies(report, lang)
    if report.day_only:
        rows = tuple((one.reference, marked(report, one.period)) for one in report.day_only)
        title = worded(TITLES["day only"], lang)
        yield Table(columns(lang, "declaration", "period"), rows, title=title)


def _summary(report: Report, pictures: Pictures, lang: str) -> Table:
    """The headline, what it says in figures, and the method, as lines of text."""
    summary = Summary(pictures, lang)
    before = summary.focus.change.since
    lines: list[tuple[Cell, ...]] = [(text,) for text in (summary.headline, summary.about)]
    lines += [(text,) for text in (*summary.lead(), *why_lines(report, lang))]
    lines += [(), ("", marked(summary.report, summary.focus.period), before)]
    lines += [
        (f"{card.name} ({card.meaning})", card.value, card.before) for card in summary.cards()
    ]
    lines += [(), *((text,) for text in summary.method()), (f"clearance {__version__}",)]
    return Table(rows=tuple(lines), title=say("summary", lang))


def _table(
    heads: Sequence[Column],
    rows: Iterable[Mapping[str, Cell]],
    title: str,
    noted: Iterable[str] = (),
    chart: Chart | None = None,
) -> Table:
    """A sheet; rows have its cells by the keys of its columns."""
    cells = tuple(tuple(row[head.key] for head in heads) for row in rows)
    return Table(tuple(heads), cells, title=title, notes=tuple(noted), chart=chart)


def _shares(titles: Mapping[str, str], lang: str) -> Iterator[Column]:
    """Columns of shares, by key and heading."""
    return (Column(key, say(title, lang), share=True) for key, title in titles.items())


def _named(report: Report, lang: str) -> tuple[Column, ...]:
    """The columns that name a row."""
    groups = (Column(name, dimension_name(name, lang)) for name in report.by)
    return (*columns(lang, "period"), *groups)


def _names(report: Report, row: ReportRow, lang: str) -> dict[str, Cell]:
    keys = ("period", *report.by)
    return dict(zip(keys, row_names(report, row, lang), strict=True))


def _counts(report: Report, lang: str) -> Table:
    keys = (*COUNTS, "mean_closed")
    titles = zip(keys, count_names(report, keys, lang), strict=True)
    heads = (
        *_named(report, lang),
        *(Column(key, title) for key, title in titles),
        *_shares({"withdrawn_share": "withdrawn share", **_LIMITS}, lang),
    )
    rows = [
        {
            **_names(report, row, lang),
            **{name: getattr(row, name) for name in COUNTS},
            "mean_closed": span(row.mean_closed),
            **_withdrawn(row),
        }
        for row in report.rows
    ]
    noted = notes(report, COUNTED, lang)
    return _table(heads, rows, say("how many", lang), noted)


def _withdrawn(row: ReportRow) -> dict[str, Cell]:
    share = row.withdrawn_share
    return {
        "withdrawn_share": share and share.value,
        "ci95_low": share and share.low,
        "ci95_high": share and share.high,
    }


def _figures(report: Report, lang: str) -> Table:
    names = dict(zip(FIGURES, FIGURES, strict=True)) | {
        "median": say("median", lang), "rmst": rmst_name(report),
        "p75": "P75", "p90": "P90", "p95": "P95",
    }  # fmt: skip
    shares = {count * report.day: f"≤ {days(count, lang)}" for count in WITHIN_DAYS}
    heads = (
        *_named(report, lang),
        *(Column(key, title) for key, title in names.items()),
        *(Column(str(key), title, share=True) for key, title in shares.items()),
    )
    rows = [
        {
            **_names(report, row, lang),
            **{name: span(getattr(row, name)) for name in FIGURES},
            **{str(seconds): (row.within or {}).get(seconds) for seconds in shares},
        }
        for row in report.rows
    ]
    drawn = not report.by and any(row.rmst is not None for row in report.rows)
    chart = Chart("column", "period", ("median", "rmst", "p90")) if drawn else None
    noted = [
        explained(report, lang), *not_over(report, lang), *notes(report, ("rmst",), lang),
        *_withheld(report, lang),
    ]  # fmt: skip
    return _table(heads, rows, say("how long", lang), noted, chart)


def _withheld(report: Report, lang: str) -> Iterator[str]:
    """Why rows have no figures: their cells are empty."""
    for row in report.rows:
        if row.rmst is None and "rmst" in row.row_notes:
            why_not = note(row.row_notes["rmst"], lang, report.interval)
            yield f"{' '.join(row_names(report, row, lang))}{punctuated(': ', lang)}{why_not}"


def _summed(report: Report, lang: str) -> Table:
    """What was declared, in all; the value has a column for each currency."""
    currencies = sorted({code for row in report.rows for code in row.sums.value})
    heads = (
        *_named(report, lang),
        *(Column(key, say(title, lang)) for key, title in zip(SUMS, SUM_HEADINGS, strict=True)),
        *(Column(code, f"{say('declared value', lang)} {code}") for code in currencies),
    )
    rows = [
        {
            **_names(report, row, lang),
            **{name: _number(getattr(row.sums, name)) for name in SUMS},
            **{code: _number(row.sums.value.get(code)) for code in currencies},
        }
        for row in report.rows
    ]
    noted = notes(report, (*SUMS, "value"), lang)
    return _table(heads, rows, say("what was declared", lang), noted)


def _number(total: str | int | None) -> Cell:
    """A sum as a number, as precise as a workbook keeps it."""
    return float(total) if isinstance(total, str) else total


def _changes(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            **_names(report, row, lang),
            "against": row.change.since,
            "verdict": say(row.change.verdict or "no calendar", lang),
            **change_cells(row.change),
            "note": note(row.row_notes["change"], lang, report.interval)
            if "change" in row.row_notes
            else None,
        }
        for row in report.rows
    ]
    heads = (
        *_named(report, lang),
        *columns(lang, "against", "verdict"),
        *_shares(_RATIOS, lang),
        *columns(lang, "note"),
    )
    return _table(heads, rows, say("did it change", lang), not_over(report, lang))


def _stages(report: Report, stages: Sequence[StageShare], lang: str) -> Table:
    """Mean time by period and stage, as a stacked chart."""
    present = sorted({share.stage for share in stages}, key=RANK.__getitem__)
    names = tuple(stage.value for stage in present)
    means: dict[str, dict[str, Cell]] = {}
    for share in stages:
        row = means.setdefault(share.period, dict.fromkeys(names, timedelta()))
        row["period"] = marked(report, share.period)
        row[share.stage.value] = timedelta(seconds=share.mean)
    heads = (*columns(lang, "period"), *(Column(name, say(name, lang)) for name in names))
    chart = Chart("bar", "period", names, stacked=True)
    return _table(heads, means.values(), say("where the time went", lang), (), chart)


def _links(report: Report, lang: str) -> Table:
    """The parts of the whole way of the goods."""
    groups = (Column(name, dimension_name(name, lang)) for name in report.by)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            marked(report, link.period),
            *(value_name(*named, lang) for named in link.group.items()),
            say(link.direction, lang),
            part_name(link.part, lang),
            say(link.owner, lang),
            link.n,
            timedelta(seconds=link.mean),
            link.share,
        )
        for link in report.links
        if link.n >= MIN_SAMPLE
    )
    heads = columns(lang, "way", "part", "waits for", "n", "mean", "%share")
    title = worded(TITLES["links"], lang)
    return Table((*columns(lang, "period"), *groups, *heads), rows, title=title)


def _owners(report: Report, stages: Sequence[StageShare], lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "period": marked(report, share.period),
            "stage": say(share.stage, lang),
            "waits_for": say(share.owner, lang),
            "mean": timedelta(seconds=share.mean),
            "share": share.share,
            "part_of_the_change": span(share.change),
            "share_of_the_change": share.share_of_change,
        }
        for share in stages
    ]
    names = ["period", "stage", "waits for", "mean", "%share"]
    if any(share.change is not None for share in stages):
        names += ["part of the change", "%share of the change"]
    heads = columns(lang, *names)
    return _table(heads, rows, say("waits for", lang))


def _longest(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "declaration": case.reference,
            "period": marked(report, case.period),
            "declared_at": case.declared_at,
            "time": timedelta(seconds=case.seconds),
            "why": why(case, report.day, lang, report.interval),
        }
        for case in report.longest
    ]
    heads = columns(lang, "declaration", "period", "declared_at", "time", "why")
    clock = clock_name(report, lang)
    return _table(heads, rows, say("the longest", lang), [clock] if clock else [])


def _anomalies(report: Report, lang: str) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "declaration": anomaly.reference,
            "period": marked(report, anomaly.period),
            "why": note(anomaly.why, lang),
        }
        for anomaly in report.anomalies
    ]
    heads = columns(lang, "declaration", "period", "why")
    return _table(heads, rows, say("impossible times", lang))
