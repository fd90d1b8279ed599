"""Plans as a store has them, found by the numbers of declarations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from clearance.customs.references import JOINING_ROLES, of_role
from clearance.model import Role, Summary, normal
from clearance.shipments import plans
from clearance.shipments.plans import PLAN, Plan
from clearance.stores import Store
from clearance.stores.codec import touched

_RANKS = {1: (Role.OWN,), 2: JOINING_ROLES}
"""Roles of numbers that say which declaration is meant, by how well they do."""
_AT_ONCE = 1000
"""Declarations whose plans are read at a time."""


def plans_of(store: Store, declarations: Iterable[Summary]) -> list[Plan]:
    """The plans under any number of some declarations, read for a thousand at a time."""
    if next(store.records(PLAN), None) is None:
        return []
    remaining, by_id = iter(declarations), dict[str, Plan]()
    while some := list(islice(remaining, _AT_ONCE)):
        records = store.records(PLAN, plans.keys(numbers_of(some)))
        by_id |= {plan.id: plan for plan in map(plans.to_plan, records)}
    return list(by_id.values())


def revive(store: Store, declarations: Iterable[Summary]) -> None:
    """Has checks look again at the plans about declarations that are open.

    A plan is put away when all that it is about is closed; another declaration may come later, of
    the same bill, or of the same number after a withdrawal.
    """
    under = plans.keys(numbers_of(one for one in declarations if one.open))
    put_away = (record for record in store.records(PLAN, under) if plans.OPEN not in record.keys)
    revived = [plans.from_plan(plans.to_plan(record)) for record in put_away]
    store.save_records([*revived, *(touched(PLAN, record.id) for record in revived)])


def sharing(store: Store, known: Collection[Plan]) -> list[Plan]:
    """Some plans, and all that share a number with any of them, also one that a plan was given."""
    keys = {key for plan in known for key in plans.from_plan(plan, live=False).keys}
    return list(map(plans.to_plan, store.records(PLAN, keys))) if keys else []


def plans_by_key(known: Iterable[Plan]) -> dict[str, list[Plan]]:
    """Plans by the keys they are filed under."""
    by_key: dict[str, list[Plan]] = {}
    for plan in known:
        for key in plans.from_plan(plan).keys:
            by_key.setdefault(key, []).append(plan)
    return by_key


def about(declaration: Summary, by_key: Mapping[str, Sequence[Plan]]) -> list[tuple[Plan, bool]]:
    """The plans under any number of a declaration, each with whether it names that one rather than
    a group.

    Of what was said at one moment, such as in rows of one sheet, that in the last of them holds:
    they are ordered by ``rank``.
    """
    keys = plans.keys(declaration.numbers)
    found = {plan.id: plan for key in keys for plan in by_key.get(key, ())}
    ranked = sorted((rank(declaration, plan.numbers), id) for id, plan in found.items())
    return [(found[id], ranking > 0) for ranking, id in ranked]


def rank(declaration: Summary, numbers: Iterable[str]) -> int:
    """How well numbers say that a declaration is meant: 0 where they are of a group, such as a
    bill, 1 by its own reference, 2 by a number that no other declaration bears.
    """
    ranks = {kind: rank for rank, roles in _RANKS.items() for kind in of_role(*roles)}
    wanted, borne = set(map(normal, numbers)), declaration.references.items()
    return max(
        (
            ranks.get(kind, 0)
            for kind, values in borne
            if not wanted.isdisjoint(map(normal, values))
        ),
        default=0,
    )


def numbers_of(declarations: Iterable[Summary]) -> set[str]:
    """Every number of some declarations."""
    return {number for declaration in declarations for number in declaration.numbers}
