"""``clearance plan``: what customs does not send."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer

from clearance.cli._options import command, typer_app
from clearance.cli._run import Run
from clearance.errors import BadArgument, Phrase
from clearance.render import LIST_FORMATS
from clearance.shipments.plans import FACTS, Row, read_fact

app = typer_app(no_args_is_help=True, help="What customs does not send: cut-offs, arrivals, taxes.")

_Number = Annotated[str, typer.Argument(metavar="REF", help="Any number of the shipment.")]


@app.callback()
def plan() -> None:
    """What customs does not send: cut-offs, arrivals, taxes."""


def _with_facts(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command an option for each fact of a plan, as ``--cy-cutoff``."""
    parameters = list(inspect.signature(function).parameters.values())[:-1]
    for name, fact in FACTS.items():
        option = typer.Option(
            f"--{name.replace('_', '-')}", metavar=fact.form.upper(), help=fact.what
        )
        kind = Annotated[str | None, option]
        function.__annotations__[name] = kind
        parameters.append(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        )
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


@app.command("set")
@command(clock=True)
@_with_facts
def set_facts(
    run: Run,
    number: _Number,
    clear: Annotated[
        list[str] | None, typer.Option("--clear", metavar="FACT", help="Remove a fact.")
    ] = None,
    **written: str | None,
) -> None:
    """Set facts of a shipment.

    Times without an offset are in the zone of its customs system. The declaration may come later.
    """
    from clearance.render import plans as pages
    from clearance.shipments import keeping

    removed = dict.fromkeys(map(_fact, clear or ()))
    if not removed and all(value is None for value in written.values()):
        raise BadArgument("no fact is given: add an option such as --cutoff, see --help")
    with run.open(make=True) as store:
        facts = {**removed, **_facts(written, keeping.zone_of(store, [number], run.home))}
    with run.open(write=True, make=True) as store:
        keeping.keep(store, [Row(1, (number,), facts)], run.as_of)
        plans = keeping.shown(store, number, run.as_of)
    run.show(pages.plans(plans, run.as_of, run.lang))


def _facts(written: Mapping[str, str | None], zone: tzinfo) -> dict[str, str | None]:
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
    name = fact.strip().lstrip("-").replace("-", "_")
    if name not in FACTS:
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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A sheet: .csv or .xlsx.")],
) -> int:
    """Read a sheet of plans, one shipment in a row.

    A row that cannot be read is reported on stderr; the others are kept, and the exit code is 3.
    """
    from clearance.render import plans as pages
    from clearance.shipments import keeping

    with run.open(make=True) as store:
        sheet = keeping.sheet(store, file, run.home)
    with run.open(write=True, make=True) as store:
        news = keeping.keep(store, sheet.rows, run.as_of)
    run.show(pages.imported(sheet, news, run.lang))
    for number, why in sheet.spoilt:
        run.tell(Phrase("row {number}: {why}", number=number, why=why))
    for heading in sheet.ignored:
        run.tell(Phrase("column {heading} is not known and ignored", heading=heading))
    return 3 if sheet.spoilt else 0


@app.command("show")
@command(clock=True)
def show(run: Run, number: _Number) -> None:
    """Show the facts of a shipment, and when they were set."""
    from clearance.render import plans as pages
    from clearance.shipments import keeping

    with run.open() as store:
        plans = keeping.shown(store, number, run.as_of)
    run.show(pages.plans(plans, run.as_of, run.lang))


@app.command("list")
@command(LIST_FORMATS, clock=True)
def show_list(run: Run) -> None:
    """List every plan."""
    from clearance.render import plans as pages
    from clearance.shipments import keeping

    with run.open() as store:
        plans = keeping.listed(store, run.as_of)
    run.show(pages.planned(plans, run.as_of, run.lang))
