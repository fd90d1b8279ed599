"""``clearance note``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Argument, Commands
from clearance.cli._options import Who, command
from clearance.cli._run import Run
from clearance.cli._saying import Every, Number, Undo, say, undo
from clearance.errors import BadArgument
from clearance.model import Says

app = Commands()


@app.command()
@command(clock=True)
def note(
    run: Run,
    ref: Number,
    text: Annotated[
        list[str] | None, Argument(metavar="TEXT", help="What is to be known of it.")
    ] = None,
    every: Every = False,
    taken_back: Undo = False,
    who: Who = None,
) -> None:
    """Note something about a declaration for whoever looks at it next.

    status, list and explain show it; customers and reports do not.
    """
    from clearance.timelines.saying import Words

    by = run.who(who)
    if taken_back:
        undo(run, [ref], Says.NOTE, by, every=every)
        return
    written = " ".join(text or ()).strip()
    if not written:
        raise BadArgument("nothing to note: write the text behind the number")
    say(run, [ref], lambda _: [Words(Says.NOTE, by, written)], every=every)
