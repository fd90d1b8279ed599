"""``clearance status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from clearance.cli._completion import numbers
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._output import given, missing, told
from clearance.cli._run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clearance.model import Declaration
    from clearance.model.content import Content
    from clearance.render import Page
    from clearance.stores import Store
    from clearance.timelines.query import Found

app = Commands()

Numbers = Annotated[
    list[str],
    Argument(
        metavar="REF...",
        autocompletion=numbers,
        help="Any numbers, as they were pasted: entry no., unified no., own reference, bill of "
        "lading, container, or the last six digits; else the beginning of an HS code or of a "
        "company's name; - reads them from standard input.",
    ),
]


@app.command()
@command(clock=True)
def status(
    run: Run,
    refs: Numbers,
    shipment: Annotated[
        bool,
        Option("--shipment", help="The declarations of a bill of lading counted together."),
    ] = False,
) -> int:
    """Show the timeline of any number's declaration.

    The known ones are shown, and the exit code is 1, where some of the numbers are unknown.
    """
    from clearance.timelines import query

    if shipment:
        return _shipments(run, given(refs))
    with run.open() as store:
        found = query.look_up(store, given(refs), run.as_of)
        page = shown(run, store, found)
    if found.declarations or found.plans:
        run.show(page)
    return missing(run, found)


def shown(run: Run, store: Store, found: Found) -> Page:
    """What numbers belong to, as a page."""
    from clearance.alerting import records
    from clearance.customs.references import identity_keys
    from clearance.render import found as pages
    from clearance.timelines import forecasts, said

    facts = said.about(store, found.declarations, run.as_of)
    contents = list(_contents(store, found.declarations))
    expected = forecasts.expected(store, found.declarations, run.as_of)
    customers = run.whose(store, found.declarations)
    keys = {key for declaration in found.declarations for key in identity_keys(declaration)}
    alerts = (
        records.alerts(store, run.as_of, pending=True, clock=run.now, about=keys) if keys else []
    )
    return pages.status(
        found,
        contents,
        alerts,
        facts,
        expected,
        run.as_of,
        run.lang,
        customers,
        checked_at=records.checked_at(store, run.as_of),
    )


def _contents(store: Store, declarations: Iterable[Declaration]) -> Iterator[Content | None]:
    """What was declared in each declaration, where a message says it."""
    from clearance.timelines import content

    return (content.content(store, declaration) for declaration in declarations)


def _shipments(run: Run, written: Sequence[str]) -> int:
    """Shows the shipments that numbers belong to; the exit code."""
    from clearance.alerting import inputs
    from clearance.render import shipments as pages
    from clearance.timelines import bills

    with run.open() as store:
        found = bills.look_up(store, written, run.as_of)
        declarations = [d for shipment in found.shipments for d in shipment.declarations]
        cutoffs = inputs.cutoffs(store, run.context, declarations)
    if found.shipments:
        run.show(pages.shipments(found, cutoffs, run.as_of, run.lang))
    return told(run, found.unknown, found.unbilled, shown=bool(found.shipments))
