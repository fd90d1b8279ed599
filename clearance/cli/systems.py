"""``clearance systems``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from clearance.cli._declare import Argument, Commands
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.customs import System, systems
from clearance.errors import BadArgument, NotFound

app = Commands("Customs systems whose messages are read.")

_PARTLY = 3


@app.command("list")
@command()
def list_(run: Run) -> None:
    """Show the customs systems, those of your own files too, and what each reads."""
    from clearance.customs import unusable
    from clearance.render import systems as pages

    run.show(pages.listed(systems().values(), unusable(), run.lang))


@app.command()
@command()
def show(
    run: Run,
    name: Annotated[
        str, Argument(metavar="NAME", help="A customs system, as systems list has it.")
    ],
) -> None:
    """Show a customs system: its numbers, what it reads, and what its codes mean."""
    from clearance.render import systems as pages

    run.show(pages.shown(_system(name), run.lang))


@app.command("try")
@command()
def try_(
    run: Run,
    file: Annotated[
        Path, Argument(metavar="FILE.toml", help="A file that describes a customs system.")
    ],
    samples: Annotated[
        list[str], Argument(metavar="SAMPLE…", help="Messages: files, folders, zip files.")
    ],
) -> int:
    """Show what a file of your own would read of messages, and why not what it would not.

    Nothing is kept. Put the file into the folder customs beside your settings, and it is used.
    """
    from clearance import sources
    from clearance.customs import described
    from clearance.customs.described.trying import Trial, tried
    from clearance.render import systems as pages

    system = described.of_file(file)
    files, missing = sources.expanded(samples)
    trials = [
        Trial(item.name, refused=item.why) if item.why else tried(system, item.name, item.data)
        for item in sources.items(files)
    ]
    if not trials:
        raise BadArgument("there is nothing to try: give a file, a folder, a zip file, or -")
    run.show(pages.tried(system, trials, run.lang))
    for said in missing:
        run.tell(said)
    return 0 if not missing and all(trial.events for trial in trials) else _PARTLY


def _system(name: str) -> System:
    """A system by its name; raises NotFound with those that there are."""
    if name in systems():
        return systems()[name]
    if not name:
        raise BadArgument("which customs system? There are {choices}", choices=[*systems()])
    raise NotFound(
        "there is no customs system {name}: there are {choices}", name=name, choices=[*systems()]
    )
