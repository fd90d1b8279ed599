"""``clearance explain``."""

from __future__ import annotations

from clearance.cli._options import command, typer_app
from clearance.cli._run import Run
from clearance.cli.status import Numbers

app = typer_app()


@app.command()
@command(clock=True)
def explain(run: Run, refs: Numbers) -> None:
    """Show every event of any number's declaration, and what each rule makes of it."""
    from clearance.alerting import inputs, records
    from clearance.render import explanations as pages
    from clearance.timelines import query

    with run.open() as store:
        declarations = query.find(store, refs, run.as_of)
        context = inputs.explaining(store, run.context, declarations)
        alerts = records.alerts(store, run.as_of, pending=True, clock=run.now)
    run.show(pages.explained(declarations, alerts, context, run.lang))
