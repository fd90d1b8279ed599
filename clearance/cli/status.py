"""``clearance status``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._options import command, typer_app
from clearance.cli._output import given, missing
from clearance.cli._run import Run

app = typer_app()

Numbers = Annotated[
    list[str],
    typer.Argument(
        metavar="REF...",
        help="Any numbers, as they were pasted: entry no., unified no., own reference, bill of "
        "lading, container, or the last six digits; - reads them from standard input.",
    ),
]


@app.command()
@command(clock=True)
def status(run: Run, refs: Numbers) -> int:
    """Show the timeline of any number's declaration.

    The known ones are shown, and the exit code is 1, where some of the numbers are unknown.
    """
    from clearance.alerting import records
    from clearance.render import declarations as pages
    from clearance.timelines import query, said

    with run.open() as store:
        found = query.look_up(store, given(refs), run.as_of)
        facts = said.about(store, found.declarations, run.as_of)
        alerts = records.alerts(store, run.as_of) if found.declarations else []
    if found.declarations or found.plans:
        run.show(pages.status(found, alerts, facts, run.as_of, run.lang))
    return missing(run, found)
