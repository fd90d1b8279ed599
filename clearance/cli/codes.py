"""``clearance codes``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.customs import DEFAULT, System, systems
from clearance.customs.tables import TABLES, Entry, is_like_a_table, search, search_all
from clearance.errors import BadArgument, NotFound
from clearance.render import LIST_FORMATS
from clearance.render.words import understood

app = Commands()


@app.command()
@command(LIST_FORMATS)
def codes(
    run: Run,
    table: Annotated[
        str | None,
        Argument(
            metavar="[TABLE]",
            help="Which table, or what to look for in every table; without it, all of them.",
        ),
    ] = None,
    wanted: Annotated[
        str, Argument(metavar="[CODE or TEXT]", help="A code, old or new, or part of a name.")
    ] = "",
    system: Annotated[
        str, Option("--system", metavar="NAME", help="Whose codes: a customs system.")
    ] = DEFAULT,
) -> None:
    """Look a code up, or a name: offices, countries, trade modes and other tables."""
    from clearance.render import codes as pages

    of = _system(system)
    if table is None:
        run.show(pages.tables(of, run.lang))
        return
    name = understood(table, TABLES, TABLES)
    if name is None:
        run.show(pages.found_anywhere(of, _anywhere(of, table, wanted.strip()), run.lang))
        return
    entries = _found(of, name, wanted.strip())
    run.show(pages.found(of, name, entries, run.lang))


def _anywhere(system: System, word: str, wanted: str) -> dict[str, list[Entry]]:
    """What every table has of a word that names none.

    Raises NotFound where that is nothing, and BadArgument where a table must have been meant.
    """
    if not wanted and (found := search_all(system.name, word.strip())):
        return found
    if wanted or is_like_a_table(word):
        raise BadArgument(
            "{name} is not a table of codes: there are {choices}", name=word, choices=[*TABLES]
        )
    raise NotFound(
        "{name} is not a table of codes, and no table of {system} has such a code or name: there "
        "are {choices}",
        name=word,
        system=system.name,
        choices=[*TABLES],
    )


def _found(system: System, table: str, wanted: str) -> list[Entry]:
    """The entries that are looked for; raises NotFound where there is none."""
    if entries := search(system.name, table, wanted):
        return entries
    if not system.table(table):
        own = table if system.name == DEFAULT else f"{system.name}.{table}"
        raise NotFound(
            "the table {name} of {system} is empty: name a CSV file of your own in codes.{own}",
            name=table,
            system=system.name,
            own=own,
        )
    raise NotFound(
        "the table {name} of {system} has no code and no name {wanted!r}",
        name=table,
        system=system.name,
        wanted=wanted,
    )


def _system(name: str) -> System:
    if name not in systems():
        raise BadArgument("--system {name}: choose {choices}", name=name, choices=[*systems()])
    return systems()[name]
