"""``clearance share``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from clearance.cli._completion import customer_names, numbers
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._output import fill, show, warn, write_atomically
from clearance.cli._run import Run
from clearance.cli.notices import named
from clearance.customs.references import of_role
from clearance.errors import BadArgument, ClearanceError, NotFound
from clearance.model import Role
from clearance.render import FORMATS

if TYPE_CHECKING:
    from clearance.customers.matching import Match
    from clearance.customers.settings import Customer
    from clearance.model import Declaration

app = Commands()

_HTML = ".html"


@app.command()
@command((*FORMATS, "html"), clock=True, folder=True, ending=False)
def share(
    run: Run,
    ref: Annotated[
        str | None,
        Argument(metavar="[REF]", autocompletion=numbers, help="Any number of one shipment."),
    ] = None,
    customer: Annotated[
        str | None,
        Option(
            "--customer",
            metavar="NAME",
            autocompletion=customer_names,
            help="All shipments of this customer, with an index, into a folder.",
        ),
    ] = None,
) -> None:
    """Write pages that customers may see: of one shipment, or of all of a customer.

    With a number --output is a file that ends in .html, with --customer a folder. Each page is one
    file that needs nothing else. In a folder a file is written only where something has changed,
    and that of a shipment that has been over for 30 days is removed.
    """
    if run.output is None or (ref is None) == (customer is None):
        raise BadArgument(
            "share: give a number and --output FILE.html, or --customer NAME and --output FOLDER"
        )
    if ref is None:
        _share_all(run, str(named(run, customer)), run.output)
    else:
        _share_one(run, ref, run.output)


def _share_one(run: Run, ref: str, output: Path) -> None:
    """Writes the page of one shipment."""
    from clearance.customers import matching, pages, releases
    from clearance.customers.settings import Customer
    from clearance.render import customer_pages, customer_tables, lookups
    from clearance.timelines import query

    if output.suffix.lower() != _HTML:
        raise BadArgument("--output {file}: give a file that ends in .html", file=output)
    with run.open() as store:
        known = query.look_up(store, [ref], run.as_of)
        if known.unknown:
            raise lookups.not_found(known.unknown)
        found = known.declarations
        name = _only(matching.matches(store, run.customers, found, run.as_of), found, ref)
        seen = run.customers.get(name or "") or Customer(
            name="-", lang="zh" if run.lang == "zh" else "en"
        )
        expected = releases.expected_at(run.as_of)
        shipments = pages.seen(store, name, seen, found, run.as_of, expected)
    seen = _in_language(run, seen)
    data = customer_pages.shipment_page(shipments, seen, run.as_of, named=name is not None)
    _refuse_others(output)
    write_atomically(output, partial(fill, data))
    warn(customer_tables.written(output, run.lang))


def _only(matches: Sequence[Match], found: Sequence[Declaration], ref: str) -> str | None:
    """The customer of all that a number finds; raises NotFound, or BadArgument for several.

    Several declarations that are no customer's are of one only if they have an own reference in
    common.
    """
    if not found:
        raise NotFound("no declaration is known by {number!r}", number=ref)
    whose = {match.customer for match in matches}
    if len(whose) == 1 and (None not in whose or _has_common_reference(found)):
        return next(iter(whose))
    raise BadArgument(
        "{number} is of several declarations, and not surely of one customer: give the number of "
        "one declaration",
        number=ref,
    )


def _has_common_reference(found: Sequence[Declaration]) -> bool:
    own = of_role(Role.OWN)
    references = ({v for k in own for v in one.references.get(k, ())} for one in found)
    return len(found) == 1 or bool(set.intersection(*references))


def _in_language(run: Run, customer: Customer) -> Customer:
    """A customer in the language that was asked for, else in its own."""
    import msgspec

    if run.written_lang is None:
        return customer
    return msgspec.structs.replace(customer, lang=run.lang)


def _share_all(run: Run, name: str, folder: Path) -> None:
    """Writes the pages of all of a customer's shipments, and removes those that are no more."""
    from clearance.customers import pages, releases
    from clearance.render import customer_pages, customer_tables

    if folder.is_file():
        raise BadArgument("--output {folder}: is a file; give a folder", folder=folder)
    customer = _in_language(run, run.customers[name])
    with run.open(write=True) as store:
        with store.transaction():
            expected = releases.expected_at(run.as_of)
            shipments = pages.shipments_of(store, run.customers, name, run.as_of, expected)
            names = pages.names_of(store, name, shipments)
            index = pages.index_name(store, name)
        listed = list(zip(shipments, names, strict=True))
        drawn = {
            page: customer_pages.shipment_page([one], customer, run.as_of, named=True)
            for one, page in listed
        }
        drawn[index] = customer_pages.index_page(listed, customer, run.as_of)
        there = [file.stem for file in folder.glob(f"*{_HTML}")] if folder.is_dir() else []
        gone = pages.left(store, name, there, drawn)
    changed = _write(folder, drawn)
    for page in gone:
        _refuse_others(_file(folder, page))
        _file(folder, page).unlink(missing_ok=True)
    done = customer_tables.Shared(name, folder, index, listed, changed, gone)
    form = "table" if run.form == "html" else run.form
    show(customer_tables.shared(done, run.as_of, run.lang), form, None, run.lang)


def _write(folder: Path, drawn: dict[str, bytes]) -> list[str]:
    """Writes the pages whose content has changed; returns their names."""
    from clearance.render import customer_pages

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClearanceError(
            "{option} {output}: cannot be written: {why}",
            option="--output",
            output=folder,
            why=error,
        ) from error
    changed = []
    for name, data in drawn.items():
        file = _file(folder, name)
        _refuse_others(file)
        if customer_pages.mark(_there(file)) != customer_pages.mark(data):
            write_atomically(file, partial(fill, data))
            changed.append(name)
    return changed


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}{_HTML}"


def _there(file: Path) -> bytes:
    """What a file holds; nothing where it is not there."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ClearanceError("{file} cannot be read: {why}", file=file, why=error) from error


def _refuse_others(file: Path) -> None:
    """Raises BadArgument for a file that is no page of ours: nothing else is replaced."""
    from clearance.render import customer_pages

    if file.is_file() and (there := _there(file)) and customer_pages.mark(there) is None:
        raise BadArgument(
            "{file}: is there already and was not written by clearance share: give another name",
            file=file,
        )
