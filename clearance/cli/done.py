"""``clearance done``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import Who, chosen, command
from clearance.cli._run import Run
from clearance.cli._saying import Every, Number, Undo, say, undo
from clearance.customs import systems
from clearance.errors import BadArgument
from clearance.model import Declaration, Says

app = Commands()


@app.command()
@command(clock=True)
def done(
    run: Run,
    ref: Number,
    actions: Annotated[
        list[str] | None,
        Argument(
            metavar="ACTION...",
            help="What is done: inspection, tax, papers, documents, attachments, supplement, "
            "return, full_declaration; or 查验, 缴税, …",
        ),
    ] = None,
    at: Annotated[
        str | None,
        Option("--at", metavar="TIME|30m|2h|DATE", help="When; by default now."),
    ] = None,
    note: Annotated[str | None, Option("--note", metavar="TEXT", help="Kept with it.")] = None,
    every: Every = False,
    taken_back: Undo = False,
    who: Who = None,
) -> None:
    """Say that something which customs asks for is done: it is outstanding no longer.

    Customs sends no word of that. If it asks again later, it is outstanding again.
    """
    from clearance.render.words import offered
    from clearance.timelines.saying import ACTIONS, Words

    by = run.who(who)
    named = [one for written in actions or () for one in chosen("ACTION", written, ACTIONS)]
    if taken_back:
        undo(run, [ref], Says.DONE, by, named, every=every)
        return
    if not named:
        raise BadArgument("what is done? There are {choices}", choices=offered(ACTIONS))

    def words(declaration: Declaration) -> list[Words]:
        zone = systems()[declaration.system].zone
        when = run.happened(at, "--at", zone) if at else None
        return [Words(Says.DONE, by, note, action, when) for action in named]

    say(run, [ref], words, every=every)
