"""What people said ends what customs asked for, as no message of customs tells that it is done.

Customs sends no word of a payment or of an inspection that is over, and none of a declaration that
was given up. ``clearance plan set`` says so, and here is the one place where that counts: whatever
looks at a declaration as it was known at a moment sees what is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from clearance import shipments
from clearance.customs import systems
from clearance.model import Inconsistency, Stage, Summary
from clearance.stores import Store

if TYPE_CHECKING:
    from clearance.shipments.plans import Plan

_AT_ONCE = 1000
"""Declarations whose plans are read together."""
_UNSENT = (Stage.REJECTED, Stage.DRAFT)
_S = TypeVar("_S", bound=Summary)


def applied(store: Store, declarations: Iterable[_S], as_of: datetime) -> Iterator[_S]:
    """Declarations without what people had said by a moment is done; in their order."""
    remaining = iter(declarations)
    while some := list(islice(remaining, _AT_ONCE)):
        plans = _plans_about(store, [one for one in some if _waits(one)])
        for one in some:
            yield _without_what_is_done(one, plans, as_of) if plans and _waits(one) else one


def _waits(declaration: Summary) -> bool:
    """Whether anything is left to do that people may say is done."""
    unsent = declaration.stage in _UNSENT and declaration.open
    return bool(declaration.outstanding) or unsent or _is_under_inspection(declaration)


def _is_under_inspection(declaration: Summary) -> bool:
    return declaration.examined_from is not None and declaration.examined_until is None


def _plans_about(store: Store, declarations: Sequence[Summary]) -> dict[str, list[Plan]]:
    """The plans under any number of some declarations, by the keys they are filed under."""
    numbers = {number for declaration in declarations for number in declaration.numbers}
    records = list(store.records(shipments.PLAN, shipments.keys(numbers))) if numbers else []
    if not records:
        return {}
    from clearance.shipments import plans

    by_key: dict[str, list[Plan]] = {}
    for plan in map(plans.to_plan, records):
        for key in plans.from_plan(plan).keys:
            by_key.setdefault(key, []).append(plan)
    return by_key


def _without_what_is_done(declaration: _S, by_key: Mapping[str, list[Plan]], as_of: datetime) -> _S:
    from clearance.shipments import plans

    about = {
        plan.id: plan for key in plans.keys(declaration.numbers) for plan in by_key.get(key, ())
    }
    facts = plans.facts_at(about.values(), as_of)
    system = systems().get(declaration.system)
    return (
        _with(declaration, facts, as_of, system.zone if system else UTC) if facts else declaration
    )


def _with(declaration: _S, facts: Mapping[str, str], as_of: datetime, zone: tzinfo) -> _S:
    """A declaration with what some facts end."""
    from clearance.shipments import plans

    done = plans.done(facts, as_of, zone)
    left = tuple(
        action
        for action in declaration.outstanding
        if not plans.is_done(action.action, action.since, done, zone)
    )
    until, start = declaration.examined_until, declaration.examined_from
    if until is None and start and plans.is_done("inspection", start, done, zone):
        until = max(start, done["inspection"])
    return replace(
        declaration,
        outstanding=left,
        examined_until=until,
        inconsistencies=(*declaration.inconsistencies, *_remarks(declaration, facts, done, zone)),
    )


def _remarks(
    declaration: Summary, facts: Mapping[str, str], done: Mapping[str, datetime], zone: tzinfo
) -> Iterator[Inconsistency]:
    """That a declaration which is still to be sent never will be; not if there is news of it."""
    from clearance.shipments import plans

    if declaration.stage not in _UNSENT:
        return
    if "replaced_by" in facts:
        yield Inconsistency("replaced_by", {"name": facts["replaced_by"]}, None)
    elif declaration.last_at and plans.is_done("return", declaration.last_at, done, zone):
        yield Inconsistency("given_up", {"day": facts["given_up"][:10]}, None)
