"""Reports as pages: their JSON, their CSV and the tables a person reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from clearance.figures.durations import MIN_SAMPLE
from clearance.model import Note, Words, deferred, replace
from clearance.render import Cell, Column, Page, Table, quality
from clearance.render.figures import (
    COUNTED,
    FIGURES,
    SUM_HEADINGS,
    SUMS,
    change_cells,
    explained,
    figure,
    has_sums,
    interval,
    notes,
    percent,
    points,
    points_interval,
    rmst_name,
    row_names,
    share_interval,
    shown_stages,
    signed,
    signed_duration,
    span,
    sum_text,
    value_texts,
    why,
)
from clearance.render.notes import note
from clearance.render.report_text import TITLES
from clearance.render.report_words import (
    clock_name,
    count_names,
    end_words,
    how_asked,
    how_long,
    marked,
    named_by,
    part_name,
)
from clearance.render.tables import SCHEMA, columns, flat, iso, spared
from clearance.render.text import days, duration, shown
from clearance.render.why import why_json, why_tables
from clearance.render.words import interval_word, say, worded
from clearance.reporting.figure_names import COUNTS, MAX_LISTED
from clearance.reporting.followed import Correction
from clearance.reporting.quality import IN_GROUPS
from clearance.reporting.report import WITHIN_DAYS, Change, Link, Report, ReportRow, StageShare
from clearance.reporting.tally import Anomaly, LongCase

if TYPE_CHECKING:
    from clearance.render.html_lists import CountLists
    from clearance.reporting.chart_data import Pictures

_BAR_WIDTH = 10
"""Characters of the longest bar."""
_SHARE_DAYS = 7
"""Days whose share a person is shown; the others stand in JSON."""
_SPARE = {"anomalous": 3, "withdrawn": 2, "returned": 1}
"""How soon a narrow terminal does without a count, the highest first."""
_IN_DAYS = " = "
"""What stands between a figure and the same in days, which a narrow terminal does without."""
_UNITS = {
    **dict.fromkeys(("mean_closed", *FIGURES), "_seconds"),
    **dict.fromkeys(("gross_weight", "net_weight"), "_kg"),
}
"""The units of numbers in CSV, as endings of their headings."""
_MARKS = {"faster": "good", "slower": "bad"}
"""The style of a row by its verdict."""


def reported(
    report: Report,
    lang: str,
    draw: Callable[[], Pictures],
    *,
    verbose: bool = False,
    lists: CountLists | None = None,
    settings: Callable[[], dict[str, Any]] | None = None,
) -> Page:
    """Durations per period and group; pictures are drawn for HTML and workbooks only.

    The counts of a page of HTML open ``lists``. JSON names the ``settings`` that figures rest on.
    Sums stand on the terminal where it is ``verbose``, or in groups.
    """
    written = cache(partial(_report_json, report, lang))
    return Page(
        json=deferred(lambda: {**written(), **({"settings": settings()} if settings else {})}),
        lines=deferred(lambda: tuple(written()["rows"])),
        tables=deferred(lambda: tuple(_tables(report, lang, summed=verbose or bool(report.by)))),
        flat=deferred(partial(_flat, report, lang)),
        sheets=lambda: _sheets(report, draw(), lang),
        html=lambda: _html(report, draw(), lang, lists),
        beside=lists.file() if lists else None,
    )


def _sheets(report: Report, pictures: Pictures, lang: str) -> tuple[Table, ...]:
    from clearance.render import sheets

    return tuple(sheets.sheets(report, pictures, lang))


def _html(report: Report, pictures: Pictures, lang: str, lists: CountLists | None) -> str:
    from clearance.render import html

    return html.reported(report, pictures, lang, lists)


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
        "rows": [_row_json(row, report.interval) for row in report.rows],
        "stages": [_stage_json(share, report.interval) for share in report.stages],
        "links": [_link_json(link, report.interval) for link in report.links],
        "corrections": [
            {"period": row.period, "group": row.group, **_correction_json(correction)}
            for row in report.rows
            for correction in row.corrections
        ],
        "longest": [_long_json(case, report, lang) for case in report.longest],
        "anomalies": list(map(_anomaly_json, report.anomalies)),
        **why_json(report.why),
        "day_only": [one._asdict() for one in report.day_only],
        "undated": report.undated,
    }


def _row_json(row: ReportRow, of: str) -> dict[str, Any]:
    return {
        "period": row.period,
        "running": row.running,
        "group": row.group,
        **{name: getattr(row, name) for name in COUNTS},
        "put_away": row.put_away,
        "by_hand": row.by_hand,
        "mean_closed": row.mean_closed,
        **{name: _float(getattr(row, name)) for name in FIGURES},
        "tau": row.tau,
        "within": row.within and {str(seconds): share for seconds, share in row.within.items()},
        "withdrawn_share": _withdrawn_json(row),
        "change": _change_json(row.change),
        **quality.figures_json(row),
        "sums": row.sums._asdict(),
        "notes": _notes_json(row.notes, of),
    }


def _correction_json(correction: Correction) -> dict[str, Any]:
    """What people noted of a return: what was put right, by whom and when."""
    notes = [{"at": at, "by": by, "text": text} for at, by, text in correction.notes]
    returned_for = list(correction.returned_for)
    return {"reference": correction.reference, "returned_for": returned_for, "notes": notes}


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
        "until": iso(change.until),
        "verdict": change.verdict,
    }


def _stage_json(share: StageShare, of: str) -> dict[str, Any]:
    return {
        "period": share.period,
        "n": share.n,
        "stage": share.stage,
        "owner": share.owner,
        "seconds": share.seconds,
        "mean": _mean(share),
        "share": share.share,
        "change": share.change,
        "share_of_change": share.share_of_change,
        "notes": _notes_json(share.notes, of),
    }


def _link_json(link: Link, of: str) -> dict[str, Any]:
    return {**link._asdict(), "mean": _mean(link), "notes": _notes_json(link.notes, of)}


def _mean(of: StageShare | Link) -> float | None:
    """The mean of a stage or of a part of the way; None of too few, which a note says."""
    return None if "mean" in of.notes else of.mean


def _notes_json(notes: Mapping[str, Note], of: str) -> dict[str, str]:
    """Notes in words of an interval."""
    return {name: note(about, "en", of) for name, about in notes.items()}


def _long_json(case: LongCase, report: Report, lang: str) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "seconds": case.seconds,
        "why": why(case, report.day, lang, report.interval),
        "period": case.period,
        "open": case.open,
        "put_away": case.put_away,
        "by_hand": case.by_hand,
    }


def _anomaly_json(anomaly: Anomaly) -> dict[str, str]:
    return {**anomaly._asdict(), "why": note(anomaly.why, "en")}


def _flat(report: Report, lang: str) -> Table:
    """One line for each row, its values as in JSON; nested ones under joined names.

    A heading ends in the unit of its numbers; without one these are counts, ratios, or shares.
    """
    shares = [f"within_{days * report.day}" for days in WITHIN_DAYS]
    ratios = ("%rmst_ratio", "%ci95_low", "%ci95_high", "%mix_adjusted_ratio")
    names = ("period", *report.by, *COUNTS, "mean_closed", *FIGURES)
    within = (f"%{name}" for name in shares)
    rows = [_flat_row(row, shares) for row in report.rows]
    table = flat(rows, lang, *names, *within, "change_from", *ratios, "verdict", *SUMS, "value")
    heads = (replace(head, key=head.key + _UNITS.get(head.key, "")) for head in table.columns)
    table = replace(table, columns=tuple(heads))
    first = report.rows[0] if all(row.figures for row in report.rows) else None
    more = quality.flat_columns(first) if first else ()
    withdrawn = (Column(name, name) for name in map("withdrawn_share{}".format, quality.CELLS))
    return replace(
        table,
        columns=(*table.columns, *more, *withdrawn),
        rows=tuple(
            (*cells, *(quality.flat_cells(row) if first else ()), *_withdrawn_cells(row))
            for cells, row in zip(table.rows, report.rows, strict=True)
        ),
    )


def _withdrawn_cells(row: ReportRow) -> tuple[Cell, ...]:
    """The withdrawn share as every figure of quality is given in CSV."""
    said = _withdrawn_json(row)
    change, ends = said["change"], (None, None)
    return (
        said["value"], said["n"], *(said["ci95"] or ends),
        change["difference"], *(change["ci95"] or ends),
    )  # fmt: skip


def _flat_row(row: ReportRow, shares: Sequence[str]) -> dict[str, Cell]:
    return {
        "period": row.period,
        **row.group,
        **{name: getattr(row, name) for name in COUNTS},
        **{name: span(getattr(row, name)) for name in ("mean_closed", *FIGURES)},
        **dict.fromkeys(shares),
        **{f"within_{seconds}": share for seconds, share in (row.within or {}).items()},
        **change_cells(row.change),
        "change_from": row.change.since,
        "verdict": row.change.verdict,
        **{name: getattr(row.sums, name) for name in SUMS},
        "value": " ".join(f"{code} {total}" for code, total in row.sums.value.items()) or None,
    }


# Tables


def _tables(report: Report, lang: str, *, summed: bool) -> Iterator[Table]:
    yield _counted(report, lang)
    if any(row.withdrawn for row in report.rows):
        yield _withdrawals(report, lang)
    if any(row.rmst is not None for row in report.rows):
        yield _figures(report, lang)
    if any(row.change.rmst_difference is not None for row in report.rows):
        yield _changes(report, lang)
    yield from why_tables(report, lang)
    yield from _quality(report, lang)
    if summed and has_sums(report):
        yield _summed(report, lang)
        yield _valued(report, lang)
    if not report.by:
        yield from _details(report, lang)
    if report.anomalies:
        yield _anomalies(report, lang)
    if report.day_only:
        yield _day_only(report, lang)


def _quality(report: Report, lang: str) -> Iterator[Table]:
    """How well it went in the last period, or some figures of every group."""
    if row := quality.focus(report):
        yield quality.table(report, row, lang)
        if errors := quality.errors(report, lang):
            yield errors
    elif report.by and any(map(quality.is_given, report.rows)):
        yield _row_table(
            report,
            lang,
            quality.numbers(quality.name(key, lang) for key in IN_GROUPS),
            lambda row: quality.grouped(row, lang),
            title=worded(TITLES["how well"], lang),
            noted=(),
        )


def _details(report: Report, lang: str) -> Iterator[Table]:
    """What a report without groups has besides its figures."""
    if stages := shown_stages(report):
        focus = [share for share in stages if share.period == report.focus.period]
        last = [share for share in stages if share.period == stages[-1].period]
        yield _stages(report, focus or last, lang)
    if any(link.n >= MIN_SAMPLE for link in report.links):
        yield _links(report, lang)
    if report.longest:
        yield _longest(report, lang)


def _links(report: Report, lang: str) -> Table:
    """The parts of the whole way of goods in the last period that has enough."""
    enough = [link for link in report.links if link.n >= MIN_SAMPLE]
    shown = [link for link in enough if link.period == enough[-1].period]
    cells = (
        (
            say(link.direction, lang),
            part_name(link.part, lang),
            say(link.owner, lang),
            link.n,
            duration(link.mean, lang=lang),
            percent(link.share),
            _bar(link.share),
        )
        for link in shown
    )
    return Table(
        columns(lang, "way", "part", "waits for", ">n", ">mean", ">share", "=bar"),
        tuple(cells),
        title=_joined(lang, worded(TITLES["links"], lang), marked(report, shown[0].period)),
    )


def _title(report: Report, lang: str) -> str:
    """The interval; the clock and the cohort unless they are the default; the moment."""
    name = interval_word(report.interval, lang)
    as_of = f"{say('as of', lang)} {shown(report.as_of.astimezone(report.zone))}"
    return _joined(lang, name, *how_asked(report, lang), as_of, str(report.zone))


def _joined(lang: str, *parts: str) -> str:
    return ("，" if lang == "zh" else ", ").join(parts)


def _titled(report: Report, title: Words, lang: str, *more: str) -> str:
    """The title of a table with durations, which says what a day is if it is not 24 hours."""
    said = worded(title, lang, **end_words(report.interval, lang))
    clock = clock_name(report, lang)
    return _joined(lang, said, *([clock] if clock else []), *more)


def _row_table(
    report: Report,
    lang: str,
    heads: Sequence[Column],
    cells: Callable[[ReportRow], Iterable[Cell]],
    *,
    title: str,
    noted: tuple[str, ...],
    marks: tuple[str, ...] = (),
) -> Table:
    """A table of a report's rows, named in its first columns, with the notes of some figures."""
    groups = (named_by(name, lang) for name in report.by)
    return Table(
        (*columns(lang, "=period"), *groups, *heads),
        tuple((*row_names(report, row, lang), *cells(row)) for row in report.rows),
        title=title,
        marks=marks,
        notes=tuple(notes(report, noted, lang)),
    )


def _counted(report: Report, lang: str) -> Table:
    def cells(row: ReportRow) -> Iterator[Cell]:
        yield from (getattr(row, name) for name in COUNTS)
        yield _with_days(report, row, "mean_closed", lang)
        yield _with_days(report, row, "median", lang)

    names = (*COUNTS, "mean_closed", "median")
    titles = zip(names, count_names(report, names, lang), strict=True)
    heads = [
        Column(name, title, right=True, spare=_SPARE.get(name, 0), brief=_IN_DAYS)
        for name, title in titles
    ]
    title = _title(report, lang)
    return _row_table(report, lang, heads, cells, title=title, noted=COUNTED)


def _with_days(report: Report, row: ReportRow, name: str, lang: str) -> str:
    """A figure as a duration and in days, or in a word why it is missing."""
    seconds: float | None = getattr(row, name)
    text = figure(report, row, name, lang)
    in_days = days(f"{(seconds or 0) / report.day:.2f}", lang)
    return text if seconds is None else f"{text}{_IN_DAYS}{in_days}"


def _withdrawals(report: Report, lang: str) -> Table:
    """The share that is withdrawn, which is in no figure of the times."""

    def cells(row: ReportRow) -> tuple[Cell, ...]:
        change = row.withdrawn_change
        return (
            row.withdrawn,
            percent(row.withdrawn_share and row.withdrawn_share.value),
            share_interval(row),
            row.change.since,
            points(change.difference),
            points_interval(change.ci95),
            say(change.verdict or "—", lang),
        )

    heads = columns(
        lang, ">withdrawn", ">share", ">95 % interval", "against", ">change in points",
        ">95 % interval", "verdict",
    )  # fmt: skip
    heads = spared(heads, {2: 2, 3: 3, 5: 1})
    title = worded(TITLES["withdrawals"], lang, tau=report.tau // report.day)
    return _row_table(report, lang, heads, cells, title=title, noted=())


def _figures(report: Report, lang: str) -> Table:
    longest = max(row.rmst or 0 for row in report.rows)

    def cells(row: ReportRow) -> Iterator[Cell]:
        yield from (figure(report, row, name, lang) for name in FIGURES[1:])
        yield percent((row.within or {}).get(_SHARE_DAYS * report.day))
        yield _bar((row.rmst or 0) / longest) if longest else ""

    titles = (rmst_name(report), "P75", "P90", "P95", f"≤ {days(_SHARE_DAYS, lang)}")
    heads = spared((*quality.numbers(titles), *columns(lang, "=bar")), {1: 1, 3: 2, 5: 3})
    title = _titled(report, TITLES[how_long(report)], lang)
    table = _row_table(report, lang, heads, cells, title=title, noted=("rmst",))
    return replace(table, notes=(explained(report, lang), *table.notes))


def _summed(report: Report, lang: str) -> Table:
    """What was declared, in all."""
    return _row_table(
        report,
        lang,
        columns(lang, *(f">{name}" for name in SUM_HEADINGS)),
        lambda row: (sum_text(row, name) for name in SUMS),
        title=say("what was declared", lang),
        noted=SUMS,
    )


def _valued(report: Report, lang: str) -> Table:
    """The declared value of each row, a line for each currency."""
    groups = (named_by(name, lang) for name in report.by)
    rows = (
        (*row_names(report, row, lang), currency, amount)
        for row in report.rows
        for currency, amount in value_texts(row)
    )
    return Table(
        (*columns(lang, "period"), *groups, *columns(lang, "currency", ">amount")),
        tuple(rows),
        title=say("declared value", lang),
        notes=tuple(notes(report, ("value",), lang)),
    )


def _bar(share: float) -> str:
    return "█" * round(_BAR_WIDTH * share)


def _changes(report: Report, lang: str) -> Table:
    def cells(row: ReportRow) -> tuple[Cell, ...]:
        change = row.change
        return (
            change.since,
            signed(change.rmst_ratio),
            interval(change.ci95),
            signed(change.mix_adjusted_ratio),
            say(change.verdict or "—", lang),
        )

    rmst = f">{rmst_name(report)}"
    heads = columns(lang, "against", rmst, ">95 % interval", ">with the same mix", "verdict")
    return _row_table(
        report,
        lang,
        spared(heads, {0: 1, 3: 2}),
        cells,
        title=say("did it change", lang),
        noted=("change", "mix_adjusted_ratio"),
        marks=tuple(_MARKS.get(row.change.verdict or "", "") for row in report.rows),
    )


def _stages(report: Report, shares: Sequence[StageShare], lang: str) -> Table:
    """Where the time went in a period, and what of a clear change is each stage's."""
    shared = any(share.change is not None for share in shares)
    changes = ("part of the change", "share of the change") if shared else ()
    times = (say(name, lang) for name in ("mean", "share", *changes))

    def cells(share: StageShare) -> Iterator[Cell]:
        yield from (say(share.stage, lang), say(share.owner, lang))
        yield duration(share.mean, report.day, lang)
        yield percent(share.share)
        if shared:
            yield signed_duration(share.change, report.day, lang)
            yield percent(share.share_of_change)
        yield _bar(share.share)

    period = marked(report, shares[0].period)
    return Table(
        (
            *columns(lang, "stage", "waits for"),
            *quality.numbers(times),
            *columns(lang, "=bar"),
        ),
        tuple(tuple(cells(share)) for share in shares),
        title=_titled(report, TITLES["where"], lang, period),
    )


def _longest(report: Report, lang: str) -> Table:
    return Table(
        columns(lang, "=declaration", "period", ">time", "why"),
        tuple(
            (
                case.reference,
                marked(report, case.period),
                duration(case.seconds, report.day, lang),
                why(case, report.day, lang, report.interval),
            )
            for case in report.longest
        ),
        title=_titled(report, TITLES["longest"], lang),
    )


def _day_only(report: Report, lang: str) -> Table:
    listed = report.day_only[:MAX_LISTED]
    more = len(report.day_only) - len(listed)
    return Table(
        columns(lang, "=declaration", "period"),
        tuple((one.reference, marked(report, one.period)) for one in listed),
        title=worded(TITLES["day only"], lang),
        notes=(f"+{more}",) if more else (),
    )


def _anomalies(report: Report, lang: str) -> Table:
    listed = report.anomalies[:MAX_LISTED]
    more = len(report.anomalies) - len(listed)
    return Table(
        columns(lang, "=declaration", "period", "why"),
        tuple((a.reference, marked(report, a.period), note(a.why, lang)) for a in listed),
        title=say("impossible times, in no figure", lang),
        notes=(f"+{more}",) if more else (),
    )
