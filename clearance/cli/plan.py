"""``clearance plan``: what customs does not send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

from clearance.cli._completion import numbers
from clearance.cli._declare import Argument, Commands, Option, Parameter, parameters
from clearance.cli._options import Who, command
from clearance.cli._output import given, warn, write_atomically
from clearance.cli._run import Run
from clearance.customs.references import is_cut
from clearance.errors import BadArgument, Phrase
from clearance.render import LIST_FORMATS
from clearance.shipments.plans import (
    FACTS,
    Plan,
    Row,
    Sheet,
    contradictions,
    fact_named,
    facts_at,
    oddities,
    read_fact,
)

_DIFFERS = 6
"""Exit code where a sheet and the declarations differ: findings."""

app = Commands("What customs does not send: cut-offs, arrivals, taxes.")

_Sheet = Annotated[Path, Argument(metavar="FILE", help="A sheet: .csv or .xlsx.")]
_Number = Annotated[
    str,
    Argument(metavar="REF", autocompletion=numbers, help="Any number of the shipment."),
]


def _with_facts(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command an option for each fact of a plan, as ``--cy-cutoff``."""
    taken = parameters(function)
    for name, fact in FACTS.items():
        option = Option(f"--{name.replace('_', '-')}", metavar=fact.form.upper(), help=fact.what)
        taken.append(Parameter(name, Annotated[str | None, option], None))
    function.takes = taken  # type: ignore[attr-defined]
    return function


@app.command("set")
@command(clock=True)
@_with_facts
def set_facts(
    run: Run,
    number: _Number,
    clear: Annotated[
        list[str] | None, Option("--clear", metavar="FACT", help="Remove a fact.")
    ] = None,
    who: Who = None,
    **written: str | None,
) -> None:
    """Set facts of a shipment.

    Times without an offset are in the zone of its customs system. The declaration may come later:
    that none has the number yet is said, with the numbers that are like it.
    """
    from clearance.render import lookups
    from clearance.render import plans as pages
    from clearance.shipments import keeping
    from clearance.timelines import planned, query

    removed = dict.fromkeys(map(_fact, clear or ()))
    if not removed and all(value is None for value in written.values()):
        raise BadArgument("no fact is given: add an option such as --cutoff, see --help")
    with run.open(make=True) as store:
        numbers = _whole(query.shipments_in(store, given([number]), run.as_of))
        facts = {**removed, **_facts(written, keeping.zone_of(store, numbers, run.usual_zone))}
    with run.open(write=True, make=True) as store:
        keeping.keep(store, [Row(1, (one,), facts) for one in numbers], run.as_of, who)
        plans = _each_once(planned.shown(store, one, run.as_of) for one in numbers)
        waiting = query.look_up(store, numbers, run.as_of).plans
        undeclared = [query.nearest(store, p.references[0], run.as_of) for p in waiting]
    run.show(pages.plans(plans, run.as_of, run.lang))
    for each in undeclared:
        warn(lookups.undeclared_text(each, run.lang))
    for plan in plans:
        _tell_oddities(run, ", ".join(plan.references), facts_at([plan], run.as_of))


def _each_once(plans: Iterable[Plan]) -> list[Plan]:
    """Plans without those that are there already: two numbers may be of one declaration."""
    return list({plan.references: plan for plan in plans}.values())


def _whole(numbers: list[str]) -> list[str]:
    """Numbers; raises BadArgument for one that was cut to a figure such as 2.2E+17."""
    for number in numbers:
        if is_cut(number) and not number.isdecimal():
            raise BadArgument(
                "{number} was cut by a spreadsheet: give all of its digits", number=number
            )
    return numbers


def _tell_oddities(run: Run, named: str, facts: Mapping[str, str | None]) -> None:
    """Tells what is odd about the times of a shipment."""
    from clearance.render import plans as pages

    for odd in oddities(facts, run.as_of):
        warn(f"{named}: {pages.odd_text(odd, facts, run.as_of, run.lang)}")


def _facts(written: Mapping[str, str | None], zone: tzinfo | None) -> dict[str, str | None]:
    """Facts in the form they are kept in; raises BadArgument with the option of a wrong one."""
    facts: dict[str, str | None] = {}
    for name, value in written.items():
        try:
            if value is not None:
                facts[name] = read_fact(name, value, zone)
        except BadArgument as why:
            raise BadArgument("--{name}: {why}", name=name.replace("_", "-"), why=why) from why
    return facts


def _fact(fact: str) -> str:
    name = fact_named(fact)
    if name is None:
        raise BadArgument(
            "--clear {fact}: there is no such fact; there are {choices}",
            fact=fact,
            choices=list(FACTS),
        )
    return name


@app.command("import")
@command(clock=True)
def import_sheet(
    run: Run,
    file: _Sheet,
    who: Who = None,
) -> int:
    """Read a sheet of plans, one shipment in a row.

    A row that cannot be read is reported on stderr; the others are kept, and the exit code is 3.
    Without a name the sheet is who says it.
    """
    from clearance.render import plans as pages
    from clearance.shipments import keeping

    with run.open(make=True) as store:
        sheet = keeping.sheet(store, file, run.usual_zone)
    news, misread = _kept(run, sheet, who or file.name) if sheet.rows else (0, [])
    run.show(pages.imported(sheet, news, run.lang))
    for number, said in misread:
        run.tell(Phrase("row {number}: {why}", number=number, why=said))
    for row in sheet.spoilt:
        run.tell(Phrase("row {number}: {why}", number=row.number, why=row.why))
    for heading in sheet.ignored:
        run.tell(Phrase("column {heading} is not known and ignored", heading=heading))
    for found in contradictions(sheet.rows):
        warn(pages.contradiction(found, run.lang))
    for kept in sheet.rows:
        _tell_oddities(run, kept.references[0], kept.facts)
    return 3 if sheet.spoilt else 0


def _kept(run: Run, sheet: Sheet, who: str) -> tuple[int, list[tuple[int, str]]]:
    """Keeps a sheet; how many of its rows have anything new, and the rows whose numbers may be
    misread, each with the sentence about it.
    """
    from clearance.render import lookups
    from clearance.shipments import keeping
    from clearance.timelines import query

    with run.open(write=True, make=True) as store:
        news = keeping.keep(store, sheet.rows, run.as_of, who)
        misread = [
            (row.number, lookups.undeclared_text(unknown, run.lang))
            for row in sheet.rows
            for unknown in query.misread(store, row.references, run.as_of)
        ]
    return news, misread


@app.command("check")
@command(clock=True)
def check_sheet(run: Run, file: _Sheet) -> int:
    """Compare a sheet of shipments with the declarations; nothing is kept.

    Shown are shipments without a declaration, declarations without a shipment (those that are open,
    or were declared between the first and the last declaration of the sheet), and numbers that a
    spreadsheet may have cut. The exit code is 6 where there are any.
    """
    from clearance.render import plans as pages
    from clearance.timelines import audit

    with run.open() as store:
        found = audit.audit(store, file, run.home, run.as_of)
    run.show(pages.audited(found, run.as_of, run.lang))
    for row in (*found.cut, *found.spoilt):
        run.tell(Phrase("row {number}: {why}", number=row.number, why=row.why))
    return 3 if found.spoilt else 0 if found.agrees else _DIFFERS


@app.command("show")
@command(clock=True)
def show(run: Run, number: _Number) -> None:
    """Show the facts of a shipment, and when they were set."""
    from clearance.render import plans as pages
    from clearance.timelines import planned, query

    with run.open() as store:
        numbers = query.numbers_in(store, given([number]), run.as_of)
        plans = _each_once(planned.shown(store, one, run.as_of) for one in numbers)
    run.show(pages.plans(plans, run.as_of, run.lang))


@app.command("template")
@command()
def template(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE", help="What to write: .xlsx or .csv.")],
) -> None:
    """Write an empty sheet with the headings that import reads, and show them."""
    from clearance.render import plans as pages
    from clearance.render import write
    from clearance.render.forms import written

    form = file.suffix.lower().lstrip(".")
    if form not in ("xlsx", "csv"):
        raise BadArgument("give a file that ends in .xlsx or .csv, not {file}", file=file)
    if file.exists():
        raise BadArgument("{file} is there already and may be filled in: name another", file=file)
    page = pages.template(run.lang)
    write_atomically(file, lambda out: write(page, form, out, True, run.lang), "template")
    run.show(pages.headings(run.lang))
    warn(written(file, run.lang))


@app.command("list")
@command(LIST_FORMATS, clock=True)
def show_list(run: Run) -> None:
    """List every plan."""
    from clearance.render import plans as pages
    from clearance.timelines import planned

    with run.open() as store:
        plans = planned.listed(store, run.as_of)
    run.show(pages.planned(plans, run.as_of, run.lang))
