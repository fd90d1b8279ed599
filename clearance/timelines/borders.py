"""Declarations of one shipment in several countries: what ties them to each other.

Goods that leave one country by a declaration enter the next by another. Two declarations are of one
shipment if they bear the same UCR (a DUCR is one), if one names the number of the other as its
previous document, or if a plan was given numbers of both. None of that joins them: each keeps its
clock, its zone, its words and its law.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime

from clearance.customs.kinds import PREVIOUS, UCR
from clearance.customs.references import identity, keys_of, of_role
from clearance.model import Declaration, Reference, Role, normal
from clearance.shipments import PLAN, keeping
from clearance.stores import Store
from clearance.timelines import query

_MAX_TIED = 200
"""Declarations of a shipment beyond which no more are looked for."""
_REF = "ref"
"""The fact of a plan that is one more number of it."""


def tied(store: Store, declarations: Iterable[Declaration], as_of: datetime) -> list[Declaration]:
    """Declarations, and those of the same shipment elsewhere, as they were known at a moment."""
    found = {identity(one): one for one in declarations}
    with_plans = next(iter(store.records(PLAN)), None) is not None
    seen = set[str]()
    while len(found) < _MAX_TIED:
        keys = {key for one in found.values() for key in _ties(one)} - seen
        if with_plans:
            keys |= _planned(store, found.values(), as_of) - seen
        more = {identity(one): one for one in _bearing(store, keys, as_of)}
        seen |= keys
        if more.keys() <= found.keys():
            break
        found = more | found
    return list(found.values())


def _ties(declaration: Declaration) -> set[str]:
    """Index keys that a declaration of the same shipment has."""
    numbers = declaration.references
    official = of_role(Role.OFFICIAL)
    ties = [(UCR.name, value) for value in numbers.get(UCR.name, ())]
    ties += [(kind, value) for value in numbers.get(PREVIOUS.name, ()) for kind in official]
    ties += [(PREVIOUS.name, value) for kind in official for value in numbers.get(kind, ())]
    return {Reference(*tie).key for tie in ties}


def _planned(store: Store, declarations: Iterable[Declaration], as_of: datetime) -> set[str]:
    """Index keys of every number of the plans about some declarations."""
    from clearance.shipments import plans

    numbers = {number for one in declarations for number in one.numbers}
    about = [plan for plan in keeping.about(store, sorted(numbers)) if plan.said(as_of)]
    own = {number for plan in about for number in plan.references}
    for plan in about:
        own |= {fact for name, fact in plans.facts_at([plan], as_of).items() if name == _REF}
    return keys_of(own)


def _bearing(store: Store, keys: Set[str], as_of: datetime) -> list[Declaration]:
    """The declarations that bore a number of one of some index keys at a moment."""
    ids = store.ids(keys) if keys else set()
    return [one for one in query.snapshot(store, ids, as_of) if not keys.isdisjoint(_keys(one))]


def _keys(declaration: Declaration) -> set[str]:
    return {
        f"{kind}:{normal(value)}"
        for kind, values in declaration.references.items()
        for value in values
    }
