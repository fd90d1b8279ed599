"""``clearance list``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._options import command, typer_app
from clearance.cli._run import Run
from clearance.errors import BadArgument
from clearance.model import Stage
from clearance.render import LIST_FORMATS

app = typer_app()


@app.command("list")
@command(LIST_FORMATS, clock=True)
def show_list(
    run: Run,
    everything: Annotated[
        bool, typer.Option("--all", help="Closed and withdrawn ones too.")
    ] = False,
    stage: Annotated[Stage | None, typer.Option(help="Only those in this stage.")] = None,
    office: Annotated[str | None, typer.Option(help="Only those of this customs office.")] = None,
    direction: Annotated[
        str | None, typer.Option(metavar="import|export|transit", help="Only those going this way.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE|7d|12h", help="Only those declared since then."),
    ] = None,
    sort: Annotated[
        str, typer.Option(metavar="urgent|since|declared|reference", help="In which order.")
    ] = "urgent",
    events: Annotated[bool, typer.Option("--events", help="With their events, in JSON.")] = False,
) -> None:
    """List what is open, most urgent first."""
    from clearance.alerting import inputs, records
    from clearance.render import listing as pages
    from clearance.timelines import query

    if direction not in (None, "import", "export", "transit"):
        raise BadArgument(
            "--direction {direction}: choose import, export or transit", direction=direction
        )
    wanted = query.ListFilter(
        everything=everything or (stage is not None and stage in (Stage.CLEARED, Stage.WITHDRAWN)),
        stage=stage,
        office=office,
        direction=direction,
        since=run.since(since) if since else None,
    )
    query.check_order(sort)
    with run.open() as store:
        alerts = records.alerts(store, run.as_of)
        declarations = query.listed(store, wanted, run.as_of, events=events)
        cutoffs = inputs.cutoffs(store, run.context, declarations)
    ends = {name: cutoff.at for name, cutoff in cutoffs.items()}
    ordered = query.sorted_by(sort, declarations, alerts, ends)
    run.show(pages.listing(ordered, alerts, run.as_of, run.lang, events=events, cutoffs=cutoffs))
