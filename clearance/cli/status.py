"""``clearance status``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._options import command, typer_app
from clearance.cli._run import Run

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
        declarations = query.find(store, refs, run.as_of)
        alerts = records.alerts(store, run.as_of)
    run.show(pages.status(declarations, alerts, run.as_of, run.lang))
