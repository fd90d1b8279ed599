"""``clearance alerts``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app

app = typer_app(no_args_is_help=True, help="The alerts that checks have raised.")


@app.callback()
def alerts() -> None:
    """The alerts that checks have raised."""


@app.command("list")
@command(clock=True)
def show_list(
    run: Run,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """List the alerts that are firing, as the last check left them."""
    from clearance import lookup
    from clearance.render import pages

    with run.open() as store:
        found = lookup.alerts(store, run.as_of, everything=everything)
    run.show(pages.alerts(found, run.as_of, run.lang))
