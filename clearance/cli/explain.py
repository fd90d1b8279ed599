"""``clearance explain``."""

from __future__ import annotations

from clearance.cli._run import Run, command, typer_app
from clearance.cli.status import Numbers

app = typer_app()


@app.command()
@command(clock=True)
def explain(run: Run, refs: Numbers) -> None:
    """Show why, with every event and rule."""
    from clearance.alerting import inputs, records
    from clearance.render import explanations as pages
    from clearance.timelines import query

    with run.open() as store:
        found = query.find(store, refs, run.as_of)
        context = inputs.explaining(store, run.context, found)
        alerts = records.alerts(store, run.as_of)
    run.show(pages.explained(found, alerts, context, run.lang))
