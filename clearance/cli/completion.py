"""``clearance completion``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._completion import SCRIPTS
from clearance.cli._declare import Argument, Commands
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import BadArgument

app = Commands()


@app.command()
@command()
def completion(
    run: Run,
    shell: Annotated[str, Argument(metavar="|".join(SCRIPTS), help="Which shell.")],
) -> None:
    """Print what a shell is to run at its start, so that Tab completes.

    Commands, options, and the numbers of open declarations are completed.
    """
    from clearance.render import schedules as pages

    if shell not in SCRIPTS:
        raise BadArgument("{shell}: choose {choices}", shell=shell, choices=[*SCRIPTS])
    run.show(pages.script(shell, SCRIPTS[shell]))
