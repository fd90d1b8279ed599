"""``clearance event``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import Who, chosen, command
from clearance.cli._run import Run
from clearance.cli._saying import Every, Number, Undo, say, undo
from clearance.customs import systems
from clearance.customs.by_hand import STAGES
from clearance.errors import BadArgument
from clearance.model import Declaration, Says

app = Commands()


@app.command()
@command(clock=True)
def event(
    run: Run,
    ref: Number,
    stage: Annotated[
        str | None,
        Argument(metavar="STAGE", help="What customs told: released, inspection, 放行, 查验, …"),
    ] = None,
    at: Annotated[
        str | None,
        Option("--at", metavar="TIME|30m|2h", help="When it happened, or so long ago; not ahead."),
    ] = None,
    note: Annotated[
        str | None, Option("--note", metavar="TEXT", help="What was said; kept with it.")
    ] = None,
    every: Every = False,
    taken_back: Undo = False,
    who: Who = None,
) -> None:
    """Say what customs told by telephone: a stage, and when it was reached.

    It counts until customs tells it itself, and is marked wherever it is shown. A time without an
    offset is in the zone of the declaration's customs system. Where customs was further already it
    is shown, and moves nothing.
    """
    from clearance.render.words import offered
    from clearance.timelines.saying import Words

    by = run.who(who)
    stages = chosen("STAGE", stage, list(STAGES))
    if len(stages) > 1:
        raise BadArgument("{stages}: say one stage at a time", stages=stages)
    reached = stages[0] if stages else None
    if taken_back:
        undo(run, [ref], Says.EVENT, by, stages, every=every)
        return
    if reached is None:
        raise BadArgument("which stage? There are {choices}", choices=offered(STAGES))
    if at is None:
        raise BadArgument("--at is missing: when did it happen?")

    def words(declaration: Declaration) -> list[Words]:
        zone = systems()[declaration.system].zone
        return [Words(Says.EVENT, by, note, reached, run.happened(at, "--at", zone, timed=True))]

    say(run, [ref], words, every=every)
