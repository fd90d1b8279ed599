"""``clearance check``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app
from clearance.errors import BadArgument
from clearance.model import Severity

app = typer_app()


@app.command()
@command(clock=True)
def check(
    run: Run,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and keep nothing.")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(metavar="warning|critical", help="Exit 6 while such an alert is firing."),
    ] = None,
) -> int:
    """Look for what is wrong, tell the channels, and print what changed.

    For cron: where nothing is new or over since the last check, nothing is printed. One check
    delivers at a time; another meanwhile leaves everything to it.
    """
    from clearance.alerting import delivery, evaluation
    from clearance.render import alerts as pages
    from clearance.render.notifications import notification

    if fail_on not in (None, Severity.WARNING, Severity.CRITICAL):
        raise BadArgument(f"--fail-on {fail_on}: choose warning or critical")
    with (
        delivery.Heartbeat(None if dry_run else run.heartbeat) as beat,
        run.open(write=not dry_run) as store,
    ):
        sender = delivery.sender(run.channels, run.now)
        result, deliveries = delivery.check(
            store, run.context, sender, notification, dry_run=dry_run
        )
        beat.held_elsewhere, beat.failed = result.busy, delivery.failing(result)
    if run.form == "json" or run.output or result.new or result.resolved or result.repeated:
        run.show(pages.checked(result, deliveries, run.as_of, run.lang))
    if delivery.undelivered(deliveries):
        return 3
    return 6 if fail_on and evaluation.firing(result, Severity(fail_on)) else 0
