"""``clearance report``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app
from clearance.errors import BadArgument
from clearance.render import SHEETS

app = typer_app()


@app.command()
@command(SHEETS, clock=True)
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
        str, typer.Option(metavar="DIM[,DIM]", help="Break down by office, direction.")
    ] = "",
    interval: Annotated[
        str, typer.Option(metavar="NAME", help="From which milestone to which.")
    ] = "declare-close",
    in_zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help="Zone that periods lie in.")
    ] = None,
) -> None:
    """Show how long declarations took, per period."""
    from clearance import lookup, periods
    from clearance import report as reports
    from clearance.render import pages

    where = run.zone(in_zone)
    if every not in (None, *periods.EVERY):
        raise BadArgument(f"--every {every}: choose {', '.join(periods.EVERY)}")
    unit = periods.EVERY[every] if every else None
    today = run.as_of.astimezone(where).date()
    asked = period or periods.last_four(today, unit)
    cut = periods.parse(asked, today, unit)
    with run.open() as store:
        found = lookup.declared(store, cut[0].start(where), cut[-1].next.start(where), run.as_of)
        dimensions = [one.strip() for one in by.split(",") if one.strip()]
        result = reports.build(found, cut, where, run.as_of, by=dimensions, interval=interval)
    run.show(pages.reported(result, run.lang))
