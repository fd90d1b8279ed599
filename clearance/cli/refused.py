"""``clearance refused``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import Phrase

app = Commands(invoke_without_command=True)


@app.callback()
@command()
def refused(run: Run, ctx: typer.Context) -> None:
    """Show the messages that could not be read, and why."""
    if ctx.invoked_subcommand is None:
        _show(run)


@app.command("list")
@command()
def show_list(run: Run) -> None:
    """List messages that could not be read."""
    _show(run)


@app.command()
@command()
def show(run: Run, id: Annotated[str, Argument(help="Its id, or the beginning of it.")]) -> None:
    """Show one of them with the beginning of its content."""
    from clearance.render import intake as pages
    from clearance.timelines import refusals

    with run.open() as store:
        refusal = refusals.by_id(store, id)
    run.show(pages.refusal(refusal, run.here, run.lang))


@app.command()
@command()
def retry(run: Run) -> int:
    """Try to read all of them again, as after an upgrade."""
    from clearance.render import intake as pages
    from clearance.timelines import intake

    with run.open(write=True) as store:
        result = intake.retry(store, run.now, run.calendars)
        left = list(store.refused())
    run.show(pages.ingested(result, run.lang))
    for refusal in left:
        why = refusal.said or refusal.reason
        run.tell(Phrase("still refused: {name}: {why}", name=refusal.name, why=why))
    return 0


@app.command()
@command()
def drop(
    run: Run,
    ids: Annotated[
        list[str] | None, Argument(metavar="[ID]...", help="Ids, or the beginnings of them.")
    ] = None,
    every: Annotated[bool, Option("--all", help="All of them.")] = False,
) -> None:
    """Put away what nobody needs: the same is not refused again."""
    from clearance.errors import BadArgument
    from clearance.render import intake as pages
    from clearance.timelines import refusals

    if bool(ids) == every:
        raise BadArgument("which refused messages? Give their ids, or --all")
    with run.open(write=True) as store:
        dropped = (
            list(store.refused()) if every else [refusals.by_id(store, id) for id in ids or ()]
        )
        refusals.put_away(store, dropped)
    run.show(pages.refused(dropped, run.here, run.lang))


def _show(run: Run) -> None:
    from clearance.render import intake as pages

    with run.open() as store:
        refusals = list(store.refused())
    run.show(pages.refused(refusals, run.here, run.lang))
