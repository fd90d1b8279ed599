"""``clearance status``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app

app = typer_app()

Numbers = Annotated[
    list[str],
    typer.Argument(
        metavar="REF...",
        help="Any number: entry no., unified no., own reference, bill of lading, container.",
    ),
]


@app.command()
@command(clock=True)
def status(run: Run, refs: Numbers) -> None:
    """Show the timeline of any number's declaration."""
    from clearance.alerting import records
    from clearance.render import declarations as pages
    from clearance.timelines import query

    with run.open() as store:
        found = query.find(store, refs, run.as_of)
        alerts = records.alerts(store, run.as_of)
    run.show(pages.status(found, alerts, run.as_of, run.lang))
