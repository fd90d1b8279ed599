"""What people said of shipments, joined with what messages tell of their declarations.

Here is the one place where that counts, for whatever looks at declarations as they were known at a
moment. Customs sends no word of a payment, of an inspection that is over or of a declaration that
was given up: ``clearance plan set`` says so, and what is left to do is less. Nor does it tell when
goods arrived or for whom they are: milestones and facts that messages lack are filled from plans.
What a message tells goes before what a person said; both are shown where they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from clearance import shipments
from clearance.customs import systems
from clearance.customs.references import kinds
from clearance.model import UNSENT, Inconsistency, Record, Summary, Timings, normal, replace
from clearance.shipments import Said
from clearance.stores import Store

if TYPE_CHECKING:
    from clearance.shipments.plans import Plan
    from clearance.stores.alike import Alike

_AT_ONCE = 1000
"""Declarations whose plans are read together."""
_FEW_PLANS = 5000
"""So many plans are read at once rather than by number."""
_S = TypeVar("_S", bound=Summary)

_MILESTONES = {
    "arrived_at": "arrival",
    "tax_noticed_at": "tax_noticed",
    "tax_paid_at": "tax_paid",
    "gated_out_at": "gated_out",
    "departed_at": "departed",
}
"""Milestones, each with the fact of a plan that tells it."""
_FILLED = {
    "agent": "broker",
    "trader": "trader",
    "customer": "customer",
    "goods": "goods",
    "hs_code": "hs_code",
    "country": "country",
    "trade_mode": "trade_mode",
    "transport_mode": "transport_mode",
    "terms": "terms",
    "currency": "currency",
    "office": "office",
    "direction": "direction",
    "cutoff": "cutoff",
    "cy_cutoff": "cy_cutoff",
    "free_until": "free_until",
    "withdrawal_asked": "withdrawal_asked",
    "error": "customs_error",
}
"""Fields of ``Timings``, each with the fact of a plan that fills it where no message does."""
_REPORTED = frozenset({*_MILESTONES.values(), *_FILLED.values(), "inspected", "given_up"})
"""Facts of a plan that a report takes in."""
_ALIKE = {"broker": "agent", "trader": "trader"}
"""Facts that may name a company by its name or by one of its codes."""


class _Plans:
    """Plans by the keys they are filed under."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_key: dict[str, list[Plan]] = {}
        for record in records:
            from clearance.shipments import plans

            plan = plans.to_plan(record)
            for key in record.keys:
                self._by_key.setdefault(key, []).append(plan)

    def said(self, declaration: Summary, as_of: datetime) -> dict[str, Said]:
        """What was said by a moment in the plans under any number of a declaration."""
        if not self._by_key:
            return {}
        if shipments.keys(declaration.numbers).isdisjoint(self._by_key):
            return {}
        from clearance.shipments import filed, plans

        about = filed.about(declaration, self._by_key)
        return plans.said_at((plan for plan, _ in about), as_of)


def facts(store: Store, as_of: datetime) -> Callable[[Summary], Iterable[str]] | None:
    """What tells all that people had said of a declaration by a moment; None where nothing was."""
    records = iter(store.records(shipments.PLAN))
    first = next(records, None)
    if first is None:
        return None
    plans = _Plans(chain([first], records))
    return lambda declaration: [fact.value for fact in plans.said(declaration, as_of).values()]


def about(store: Store, declarations: Sequence[Summary], as_of: datetime) -> list[dict[str, Said]]:
    """What people had said by a moment about each of some declarations, by fact.

    Each fact is beside what messages tell instead, where they tell something else.
    """
    plans = _plans_about(store, declarations)
    return [_compared(one, plans.said(one, as_of)) for one in declarations]


def applied(store: Store, declarations: Iterable[_S], as_of: datetime) -> Iterator[_S]:
    """Declarations with the milestones that people had told by a moment, and without what they
    had said is done; in their order.
    """
    remaining = iter(declarations)
    some = list(islice(remaining, _AT_ONCE))
    every = _few_plans(store) if len(some) == _AT_ONCE else None
    while some:
        plans = every or _plans_about(store, some)
        for one in some:
            facts = plans.said(one, as_of)
            yield _with(one, facts, as_of) if facts else one
        some = list(islice(remaining, _AT_ONCE))


def timings(store: Store, declarations: Iterable[Summary], as_of: datetime) -> Iterator[Timings]:
    """What reports need of declarations, with what people had said by a moment."""
    some = list(declarations)
    for one, facts in zip(some, about(store, some, as_of), strict=True):
        yield _timing(one, facts, as_of)


def alike(store: Store, known: Iterable[Alike], as_of: datetime) -> Iterator[Alike]:
    """What reports need of declarations that a store has, with what people had said by a moment.

    Plans are read once, and of the declarations only those again that some plan is about.
    """
    from clearance.stores.alike import of_timings

    records = [record for record in store.records(shipments.PLAN) if _is_reported(record)]
    planned, plans, about = _planned(store, records), _Plans(records), set[int]()
    for some in known:
        about |= planned.intersection(some.ids)
        yield some.without(planned) if planned else some
    for ids in _in_parts(sorted(about)):
        timings = (
            _timing(summary, plans.said(summary, as_of), as_of)
            for _, summary in store.summaries(ids)
        )
        yield from of_timings(timings)


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids, as many at a time as are read together."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _plans_about(store: Store, declarations: Sequence[Summary]) -> _Plans:
    """The plans under any number of some declarations."""
    numbers = {number for declaration in declarations for number in declaration.numbers}
    return _Plans(store.records(shipments.PLAN, shipments.keys(numbers)) if numbers else ())


def _few_plans(store: Store) -> _Plans | None:
    """Every plan of a store; None if there are too many to read at once."""
    records = list(islice(store.records(shipments.PLAN), _FEW_PLANS + 1))
    return _Plans(records) if len(records) <= _FEW_PLANS else None


def planned(store: Store) -> set[int]:
    """Ids of the declarations that any plan is about."""
    return _planned(store, store.records(shipments.PLAN))


# Reports


def _planned(store: Store, plans: Iterable[Record]) -> set[int]:
    """Ids of the declarations that plans are about."""
    numbers = {key.partition(":")[2] for plan in plans for key in plan.keys if ":" in key}
    return store.ids({f"{kind}:{number}" for kind in kinds() for number in numbers})


def _is_reported(record: Record) -> bool:
    """Whether a plan says anything that a report takes in."""
    return any(not _REPORTED.isdisjoint(entry[1]) for entry in record.document["entries"])


def _timing(summary: Summary, said: Mapping[str, Said], as_of: datetime) -> Timings:
    """What a report needs of a declaration, with what people said of it."""
    if not said:
        return Timings.of(summary)
    timing = Timings.of(_with(summary, said, as_of))
    filled: dict[str, Any] = {
        field: said[fact].value
        for field, fact in _FILLED.items()
        if fact in said and getattr(timing, field) is None
    }
    if timing.put_away_at is None and "given_up" in said:
        filled["put_away_at"] = _given_up_at(summary, said["given_up"].value, as_of)
    return timing._replace(**filled)


def _given_up_at(declaration: Summary, written: str, as_of: datetime) -> int | None:
    """When people gave a declaration up, in Unix seconds; None where news has come since."""
    from clearance.shipments import plans

    zone = _zone(declaration)
    at, last = plans.instant(written, zone), declaration.last_at
    if at is None or at > as_of:
        return None
    if last is not None and last > at and not _is_day_of(written, last, zone):
        return None
    return int(at.timestamp())


# Milestones, and what is done


def _with(declaration: _S, said: Mapping[str, Said], as_of: datetime) -> _S:
    """A declaration with what people said of it."""
    zone = _zone(declaration)
    facts = {name: fact.value for name, fact in said.items()}
    moments = _milestones(declaration, facts, as_of, zone)
    with_moments = replace(declaration, **moments) if moments else declaration
    if not _waits(declaration):
        return with_moments
    return _without_what_is_done(with_moments, facts, as_of, zone)


def _zone(declaration: Summary) -> tzinfo:
    """The zone that days of a declaration lie in."""
    system = systems().get(declaration.system)
    return system.zone if system else UTC


def _milestones(
    declaration: Summary, facts: Mapping[str, str], as_of: datetime, zone: tzinfo
) -> dict[str, Any]:
    """The milestones that facts tell, none of them ahead, and that no message tells."""
    from clearance.shipments import plans

    moments = {
        name: at
        for name, fact in _MILESTONES.items()
        if (at := plans.instant(facts.get(fact), zone)) and at <= as_of
        if getattr(declaration, name) is None
    }
    noticed = moments.get("tax_noticed_at") or declaration.tax_noticed_at
    paid = moments.get("tax_paid_at")
    if noticed and paid and _is_day_of(facts["tax_paid"], noticed, zone):
        moments["tax_paid_at"] = max(noticed, paid)
    return moments


def _is_day_of(written: str, at: datetime, zone: tzinfo) -> bool:
    """Whether a fact is a mere date, that of a moment in a zone."""
    return written == at.astimezone(zone).date().isoformat()


def _waits(declaration: Summary) -> bool:
    """Whether anything is left to do that people may say is done."""
    unsent = declaration.stage in UNSENT and declaration.open
    return bool(declaration.outstanding) or unsent or _is_under_inspection(declaration)


def _is_under_inspection(declaration: Summary) -> bool:
    return declaration.examined_from is not None and declaration.examined_until is None


def _without_what_is_done(
    declaration: _S, facts: Mapping[str, str], as_of: datetime, zone: tzinfo
) -> _S:
    """A declaration without what some facts end."""
    from clearance.shipments import plans
    from clearance.timelines import by_hand

    done = plans.done(facts, as_of, zone)
    again = declaration.asked_again
    left = tuple(by_hand.left(declaration.outstanding, done, again))
    until, start = declaration.examined_until, declaration.examined_from
    if until is None and start and plans.is_done("inspection", start, done, zone):
        if order := by_hand.asked_after(again, "inspection", done["inspection"]):
            start = order.since
        else:
            until = max(start, done["inspection"])
    return replace(
        declaration,
        outstanding=left,
        examined_from=start,
        examined_until=until,
        inconsistencies=(*declaration.inconsistencies, *_remarks(declaration, facts, done, zone)),
    )


def _remarks(
    declaration: Summary, facts: Mapping[str, str], done: Mapping[str, datetime], zone: tzinfo
) -> Iterator[Inconsistency]:
    """That a declaration which is still to be sent never will be; not if there is news of it."""
    from clearance.shipments import plans

    if declaration.stage not in UNSENT:
        return
    if "replaced_by" in facts:
        yield Inconsistency("replaced_by", {"name": facts["replaced_by"]}, None)
    elif declaration.last_at and plans.is_done("return", declaration.last_at, done, zone):
        yield Inconsistency("given_up", {"day": facts["given_up"][:10]}, None)


# Where messages tell otherwise


def _compared(declaration: Summary, said: Mapping[str, Said]) -> dict[str, Said]:
    """What was said, each fact with what messages tell instead."""
    return {
        name: fact._replace(told=_otherwise(declaration, name, fact)) for name, fact in said.items()
    }


def _otherwise(declaration: Summary, name: str, fact: Said) -> str | None:
    """What messages tell of a fact that was said, if none of it is the same."""
    told = _told(declaration, name)
    return None if any(_is_same(fact.value, value) for value in told) else next(iter(told), None)


def _told(declaration: Summary, fact: str) -> list[str]:
    """What messages tell of a fact of a plan; of a company its name and its codes."""
    if fact in _ALIKE:
        party = _ALIKE[fact]
        names = (party, f"{party}_code", f"{party}_scc")
        return [value for name in names if (value := declaration.facts.get(name))]
    if fact in ("office", "direction"):
        own = getattr(declaration, fact)
        return [own] if own else []
    if fact == "tax_noticed" and declaration.tax_noticed_at:
        return [declaration.tax_noticed_at.isoformat()]
    value = declaration.facts.get(fact) if fact in _FILLED.values() else None
    return [value] if value else []


def _is_same(said: str, told: str) -> bool:
    """Whether what was said is what messages tell, or the beginning of it: a day, a heading."""
    return normal(told).startswith(normal(said))
