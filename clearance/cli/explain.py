"""``clearance explain``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import command
from clearance.cli._output import given, missing
from clearance.cli._run import Run
from clearance.cli.status import Numbers

app = Commands()


@app.command()
@command(clock=True)
def explain(
    run: Run,
    refs: Numbers,
    everything: Annotated[
        bool, Option("--all", "-v", help="Rules that found nothing too, and every interval.")
    ] = False,
) -> int:
    """Show every event of any number's declaration, and what each rule makes of it.

    Shown are the rules that found something or could not judge.
    """
    from clearance.alerting import inputs, records
    from clearance.render import explanations as pages
    from clearance.timelines import forecasts, query, said

    with run.open() as store:
        found = query.look_up(store, given(refs), run.as_of)
        facts = said.about(store, found.declarations, run.as_of)
        expected = forecasts.expected(store, found.declarations, run.as_of)
        context = inputs.explaining(store, run.context, found.declarations)
        alerts = records.alerts(store, run.as_of, pending=True, clock=run.now)
    if found.declarations or found.plans:
        run.show(
            pages.explained(
                found, alerts, facts, expected, context, run.lang, everything=everything
            )
        )
    return missing(run, found)
