"""``clearance report``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearance.cli._run import Run, command, typer_app, write_atomically
from clearance.errors import BadArgument
from clearance.model import Declaration, Timings
from clearance.render import REPORT_FORMATS

if TYPE_CHECKING:
    from clearance.periods import Period
    from clearance.reporting.chart_data import Pictures
    from clearance.reporting.query import ReportQuery

app = typer_app()


@app.command()
@command(REPORT_FORMATS, clock=True)
def report(
    run: Run,
    period: Annotated[
        str | None,
        typer.Option(
            metavar="2026Q1..2026Q4",
            help="Also 2026, 2026-03, last-quarter; the last four quarters if not given.",
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="quarter|month|year", help="How to cut the period.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="DIM[,DIM]", help="Break down by office, direction, broker, …")
    ] = "",
    interval: Annotated[
        str, typer.Option(metavar="NAME", help="From which milestone to which.")
    ] = "declare-close",
    cohort: Annotated[
        str,
        typer.Option(metavar="declared|closed", help="What was declared, or closed, in a period."),
    ] = "declared",
    clock: Annotated[
        str, typer.Option(metavar="elapsed|working", help="Elapsed or official working time.")
    ] = "elapsed",
    compare: Annotated[
        str, typer.Option(metavar="previous|year-ago", help="The period to compare with.")
    ] = "previous",
    events: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv|xes", help="Write an event log for process mining too."),
    ] = None,
    calibration: Annotated[
        bool,
        typer.Option(
            "--calibration",
            help="How good the probabilities to be released before a cut-off were instead.",
        ),
    ] = False,
    in_zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help="Zone that periods lie in.")
    ] = None,
) -> None:
    """Show how long declarations took, whether it changed, and where the time went."""
    from clearance import periods
    from clearance.render import reports
    from clearance.reporting import query, selecting
    from clearance.reporting.report import compile_report
    from clearance.reporting.tally import Tally

    where = run.zone(in_zone)
    if every not in (None, *periods.EVERY):
        raise BadArgument(f"--every {every}: choose {', '.join(periods.EVERY)}")
    if clock not in query.CLOCKS:
        raise BadArgument(f"--clock {clock}: choose {', '.join(query.CLOCKS)}")
    unit = periods.EVERY[every] if every else None
    today = run.as_of.astimezone(where).date()
    over = periods.parse(period or periods.last_four(today, unit), today, unit)
    if calibration:
        usual = {
            "by": not by,
            "interval": interval == "declare-close",
            "cohort": cohort == "declared",
            "clock": clock == "elapsed",
            "compare": compare == "previous",
            "events": events is None,
            "every": every is None,
        }
        _calibration(run, over, where, [name for name, same in usual.items() if not same])
        return
    asked = query.ReportQuery(
        periods=over,
        zone=where,
        as_of=run.as_of,
        by=query.dimensions(by),
        interval=interval,
        cohort=cohort,
        compare=compare,
        calendar=run.calendars.of(run.home.name) if clock == "working" else None,
        calendar_of=run.calendars.of,
    )
    drawing = run.form == "html"
    with run.open() as store:
        found = selecting.timings(store, asked)
        timings = list(found) if drawing else []
        collected = Tally(asked, timings if drawing else found)
        if events:
            _log(events, selecting.histories(store, asked))
    result = compile_report(asked, collected)
    run.show(reports.reported(result, run.lang, lambda: _pictures(asked, timings)))


def _calibration(run: Run, over: Sequence[Period], where: tzinfo, unusual: Sequence[str]) -> None:
    """Shows the back-test of exports declared in some periods."""
    from clearance.alerting import inputs
    from clearance.render import calibration

    if unusual:
        raise BadArgument(f"--{unusual[0]} says nothing of --calibration: leave one of them out")
    if run.form == "html":
        raise BadArgument("--calibration is no page of HTML: choose table, json, jsonl, csv, xlsx")
    with run.open() as store:
        learned = inputs.forecast_of(
            store, over[0].start(where), over[-1].next.start(where), run.as_of
        )
    ends = dict.fromkeys((str(over[0]), str(over[-1])))
    about = calibration.Calibration(
        test=learned.test,
        left_out=learned.left_out,
        periods="..".join(ends),
        as_of=run.as_of,
        zone=where,
    )
    run.show(calibration.calibrated(about, run.lang))


def _pictures(asked: ReportQuery, timings: Sequence[Timings]) -> Pictures:
    from clearance.reporting import chart_data

    return chart_data.draw(asked, timings)


def _log(events: Path, histories: Iterable[Declaration]) -> None:
    """Writes the event log, of the kind that the file's name ends in."""
    from clearance.render import eventlog

    write = eventlog.writer(events)
    write_atomically(events, lambda file: write(histories, file), "--events")
