"""``clearance close``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import Who, command
from clearance.cli._run import Run
from clearance.cli._saying import Every, Numbers, Undo, say, undo
from clearance.errors import BadArgument
from clearance.model import Says

app = Commands()


@app.command()
@command(clock=True)
def close(
    run: Run,
    refs: Numbers,
    why: Annotated[
        str | None,
        Option(
            "--why", metavar="TEXT", help="Given up, replaced by which other, history: kept too."
        ),
    ] = None,
    every: Every = False,
    taken_back: Undo = False,
    who: Who = None,
) -> None:
    """Put away what will never close: it is listed no longer, and its alerts end.

    Until it is reopened, or customs says something new of it. Reports do not count it as closed.
    """
    from clearance.timelines.saying import Words

    by = run.who(who)
    if taken_back:
        undo(run, refs, Says.CLOSE, by, every=every)
        return
    if not (why or "").strip():
        raise BadArgument("--why is missing: given up, replaced by which other, history?")
    say(run, refs, lambda _: [Words(Says.CLOSE, by, why)], every=every)
