"""What people said of shipments at a moment, whatever numbers they said it under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from clearance.customs.references import identity, keys_of
from clearance.errors import NotFound
from clearance.model import Summary, normal
from clearance.shipments import filed, keeping, plans
from clearance.shipments.plans import PLAN, Plan
from clearance.stores import Store
from clearance.timelines import query

_AT_ONCE = 1000
"""Plans whose declarations are looked up at a time."""


def shown(store: Store, number: str, as_of: datetime) -> Plan:
    """All that was said by a moment of the shipment with a number.

    Raises NotFound where nothing was.
    """
    declarations = list(query.overview(store, store.ids(keys_of([number])), as_of))
    if len(declarations) == 1:
        known = _in_order(declarations[0], filed.plans_of(store, declarations))
    else:
        known = sorted(keeping.about(store, [number]), key=lambda plan: plan.id)
    then = [plan for plan in known if plan.said(as_of)]
    if not then:
        raise NotFound(
            "no plan is known for {number!r}: set one with clearance plan set", number=number
        )
    return plans.together(then)


def listed(store: Store, as_of: datetime) -> list[Plan]:
    """What was said by a moment of every shipment, by the first number it was said under.

    What was said under several numbers of one declaration stands in one place. A bill that several
    declarations bear is a shipment of its own.
    """
    then = [plan for plan in map(plans.to_plan, store.records(PLAN)) if plan.said(as_of)]
    of_one: dict[str, list[Plan]] = {}
    declared: dict[str, Summary] = {}
    for plan, declaration in _declared(store, sorted(then, key=lambda plan: plan.id), as_of):
        name = identity(declaration) if declaration else plan.id
        of_one.setdefault(name, []).append(plan)
        if declaration:
            declared[name] = declaration
    return [
        plans.together(_in_order(declared[name], some) if name in declared else some)
        for name, some in of_one.items()
    ]


def _in_order(declaration: Summary, known: Iterable[Plan]) -> list[Plan]:
    return [plan for plan, _ in filed.about(declaration, filed.plans_by_key(known))]


def _declared(
    store: Store, known: Sequence[Plan], as_of: datetime
) -> Iterator[tuple[Plan, Summary | None]]:
    """Each plan, with the identity of the declaration that it is about if that is one alone."""
    remaining = iter(known)
    while some := list(islice(remaining, _AT_ONCE)):
        numbers = {number for plan in some for number in plan.references}
        bearing: dict[str, dict[str, Summary]] = defaultdict(dict)
        for summary in query.overview(store, store.ids(keys_of(numbers)), as_of):
            for number in map(normal, summary.numbers):
                bearing[number][identity(summary)] = summary
        for plan in some:
            about: dict[str, Summary] = {}
            for number in plan.references:
                about |= bearing.get(normal(number), {})
            yield plan, next(iter(about.values())) if len(about) == 1 else None
