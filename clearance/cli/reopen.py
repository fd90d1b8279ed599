"""``clearance reopen``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import Who, command
from clearance.cli._run import Run
from clearance.cli._saying import Every, Numbers, Undo, say, undo
from clearance.model import Says

app = Commands()


@app.command()
@command(clock=True)
def reopen(
    run: Run,
    refs: Numbers,
    note: Annotated[str | None, Option("--note", metavar="TEXT", help="Why; kept with it.")] = None,
    every: Every = False,
    taken_back: Undo = False,
    who: Who = None,
) -> None:
    """Take up again what was put away with close."""
    from clearance.timelines.saying import Words

    by = run.who(who)
    if taken_back:
        undo(run, refs, Says.REOPEN, by, every=every)
    else:
        say(run, refs, lambda _: [Words(Says.REOPEN, by, note)], every=every)
