"""``clearance store``."""

from __future__ import annotations

from clearance.cli._run import Run, command, typer_app

app = typer_app(no_args_is_help=True, help="The store of messages and timelines.")


@app.callback()
def store() -> None:
    """The store of messages and timelines."""


@app.command()
@command()
def info(run: Run) -> None:
    """Show what the store holds."""
    from clearance.render import pages

    with run.open() as opened:
        held = {"url": opened.url, **opened.info()}
    run.show(pages.stored(held, run.lang))


@app.command()
@command()
def verify(run: Run) -> int:
    """Check that every message is whole and every timeline what its messages say."""
    from clearance import tracker
    from clearance.render import pages

    with run.open() as opened:
        problems = list(tracker.verify(opened))
    run.show(pages.verified(problems, run.lang))
    return 1 if problems else 0


@app.command()
@command()
def rebuild(run: Run) -> None:
    """Derive every timeline again from the messages, as after an upgrade."""
    from clearance import tracker
    from clearance.render import pages

    with run.open(write=True) as opened:
        count = tracker.rebuild(opened)
    run.show(pages.rebuilt(count, run.lang))
