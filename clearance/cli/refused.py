"""``clearance refused``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app, warn

app = typer_app(invoke_without_command=True)


@app.callback()
@command()
def refused(run: Run, ctx: typer.Context) -> None:
    """Show what could not be read, and why."""
    if ctx.invoked_subcommand is None:
        _show(run)


@app.command("list")
@command()
def show_list(run: Run) -> None:
    """List them."""
    _show(run)


@app.command()
@command()
def show(
    run: Run, id: Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]
) -> None:
    """Show one with the beginning of what it holds."""
    from clearance.render import intake as pages
    from clearance.timelines import intake

    with run.open() as store:
        one = intake.refusal(store, id)
    run.show(pages.refusal(one, run.lang))


@app.command()
@command()
def retry(run: Run) -> int:
    """Try to read them all again, as after an upgrade."""
    from clearance.render import intake as pages
    from clearance.timelines import intake

    with run.open(write=True, create=False) as store:
        result = intake.retry(store, run.now, run.calendars)
        left = list(store.refused())
    run.show(pages.ingested(result, run.lang))
    for refusal in left:
        warn(f"still refused: {refusal.name}: {refusal.reason}")
    return 0


def _show(run: Run) -> None:
    from clearance.render import intake as pages

    with run.open(write=True, create=False) as store:
        found = list(store.refused())
    run.show(pages.refused(found, run.lang))
