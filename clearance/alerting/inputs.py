"""What rules are told besides a declaration itself: plans, usual times, feeds, likelihoods.

All as it was known at a moment; nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from clearance.alerting.rules import Context, deadlines
from clearance.customs import systems
from clearance.customs.calendars import Calendars
from clearance.figures import dwell, feeds, forecast
from clearance.figures.dwell import Dwell
from clearance.figures.forecast import Forecast, Probability
from clearance.model import Declaration, Note, Role, Summary
from clearance.periods import Quarter
from clearance.reporting import selecting
from clearance.shipments import plans
from clearance.shipments.plans import PLAN, Plan
from clearance.stores import Store
from clearance.stores.codec import UNREAD, to_notice
from clearance.timelines import query
from clearance.timelines.query import current, overview, snapshot


def dwelling(store: Store, calendars: Calendars, as_of: datetime) -> Dwell:
    """How long declarations stay in the stages that some wait in, as it was known at a moment."""
    waiting = list(overview(store, current(store, as_of), as_of))
    return learned(store, calendars, waiting, as_of)


def learned(
    store: Store, calendars: Calendars, waiting: Collection[Summary], as_of: datetime
) -> Dwell:
    """The same, of declarations that are loaded already."""
    changed, earlier = query.changed_since(store, None, as_of)
    now_so = [declaration for _, declaration in store.timelines(changed)] if changed else []
    return dwell.dwell_at(store, calendars, waiting, as_of, (now_so, earlier))


def complete(
    store: Store,
    context: Context,
    declarations: Sequence[Declaration],
    planned: Iterable[Plan] | None = None,
) -> Context:
    """The context in which some declarations are judged: plans, stays, feeds, what was unread.

    ``declarations`` must hold all that are open at the moment. ``planned`` are the plans about
    them, if they are loaded already.
    """
    now = context.now
    found = plans_of(store, declarations) if planned is None else planned
    came_from = _came_from(store, context.sources, declarations)
    known = replace(context, plans=by_key(found), came_from=came_from)
    open = [declaration for declaration in declarations if declaration.open]
    waiting = Counter(map(known.feed, open))
    sent_by = {known.feed(declaration): declaration.system for declaration in open}
    return replace(
        known,
        dwell=learned(store, context.calendars, declarations, now),
        risk=forecast_for(store, known, declarations),
        feeds=feeds.feeds_at(store, now, waiting, context.sources, sent_by),
        unread=[
            notice for notice in map(to_notice, store.records(UNREAD)) if notice.seen_at <= now
        ],
    )


def explaining(store: Store, context: Context, found: Iterable[Declaration]) -> Context:
    """The context in which some declarations are explained, among all that are open."""
    others = snapshot(store, current(store, context.now), context.now)
    known = {d.name: d for d in (*others, *found)}
    return complete(store, context, list(known.values()))


def plans_of(store: Store, declarations: Iterable[Summary]) -> list[Plan]:
    """The plans under any number of some declarations, asked for by the thousand."""
    left, found = iter(declarations), dict[str, Plan]()
    while some := list(islice(left, 1000)):
        numbers = {v for d in some for values in d.references.values() for v in values}
        known = map(plans.to_plan, store.records(PLAN, plans.keys(numbers)))
        found |= {plan.id: plan for plan in known}
    return list(found.values())


def by_key(found: Iterable[Plan]) -> dict[str, list[Plan]]:
    """Plans by the keys they are filed under."""
    by_key: dict[str, list[Plan]] = {}
    for plan in found:
        for key in plans.from_plan(plan).keys:
            by_key.setdefault(key, []).append(plan)
    return by_key


def undeclared_plans(
    found: Iterable[Plan], declarations: Iterable[Summary], now: datetime
) -> list[Plan]:
    """The plans that none of some declarations is known to be about, at a moment."""
    numbers = {v for d in declarations for values in d.references.values() for v in values}
    known = plans.keys(numbers)
    return [p for p in found if p.said(now) and known.isdisjoint(plans.from_plan(p).keys)]


def awaited_declaration(plan: Plan, now: datetime, home: str) -> Declaration:
    """The declaration that a plan waits for: its numbers, and no event yet.

    The numbers are taken to be the declarant's own references at the home system.
    """
    own = next(kind.name for kind in systems()[home].kinds if kind.role is Role.OWN)
    return Declaration(
        system=home,
        name=plan.references[-1],
        references={own: plan.references},
        direction=plans.facts_at([plan], now).get("direction"),
        events=(),
    )


def finished_plans(
    found: Iterable[Plan], declarations: Sequence[Summary], now: datetime
) -> list[Plan]:
    """The plans that no check has to look at again, until their declaration is heard of."""
    by_key: dict[str, list[Summary]] = {}
    for declaration in declarations:
        for key in plans.keys(v for values in declaration.references.values() for v in values):
            by_key.setdefault(key, []).append(declaration)
    finished = []
    for plan in found:
        about = [d for key in plans.from_plan(plan).keys for d in by_key.get(key, ())]
        if about and not any(d.open for d in about) and not _waits(plan, now):
            finished.append(plan)
    return finished


def _waits(plan: Plan, now: datetime) -> bool:
    """Whether something of a plan is awaited after the closure: a pick-up, a payment."""
    facts = plans.facts_at([plan], now)
    last = plans.instant(facts.get("free_until"), UTC)
    stands = last is not None and "gated_out" not in facts and now - last < PICK_UP_WAIT
    return stands or (facts.get("consolidated") == "yes" and "tax_paid" not in facts)


PICK_UP_WAIT = timedelta(days=90)
"""How long after its free time an import that nobody picked up is looked at."""
UNREAD_FOR = timedelta(days=100)
"""How long a check is told of what could not be read."""


def expired_notices(store: Store, now: datetime) -> set[str]:
    """Notices of what could not be read that are so old that no rule asks for them."""
    notices = map(to_notice, store.records(UNREAD))
    return {notice.id for notice in notices if now - notice.seen_at > UNREAD_FOR}


def _came_from(
    store: Store, sources: Collection[str], declarations: Iterable[Declaration]
) -> dict[str, str]:
    """Which configured source the last message of each open declaration came from."""
    if not sources:
        return {}
    last = {m for d in declarations if d.open and d.events for m in d.events[-1].messages}
    return {
        id: feed
        for id, received_as in store.names_of(last).items()
        for feed in sources
        if any(received.name.startswith(f"{feed}/") for received in received_as)
    }


class Cutoff(NamedTuple):
    """The cut-off of an export, and how likely it is released by then, or why that is not known.

    None where it has passed.
    """

    at: datetime
    chance: Probability | Note | None


def cutoffs(store: Store, context: Context, found: Sequence[Summary]) -> dict[str, Cutoff]:
    """The cut-offs of exports that are not released, as far as they are known, by their names."""
    live = map(plans.to_plan, store.records(PLAN, {plans.OPEN}))
    told = replace(context, plans=by_key(live))
    told = replace(told, risk=forecast_for(store, told, found))
    ends = ((d, deadlines.near_cutoff(d, told, ANY_TIME)) for d in found)
    return {
        d.name: Cutoff(end, deadlines.release_probability(d, told, end)) for d, end in ends if end
    }


def forecast_for(
    store: Store, context: Context, declarations: Iterable[Summary]
) -> Forecast | None:
    """What tells how likely exports are released in time, where one of some has a cut-off ahead.

    Learned from the last four quarters of the home system; nothing is read where no export has
    one.
    """
    ends = (deadlines.near_cutoff(d, context, ANY_TIME) for d in declarations if context.plans)
    if not any(end and end > context.now for end in ends):
        return None
    zone = systems()[context.home].zone
    quarter = Quarter.of(context.now.astimezone(zone).date())
    return forecast_of(
        store, quarter.shifted(-3).start(zone), quarter.next.start(zone), context.now
    )


def forecast_of(store: Store, since: datetime, until: datetime, as_of: datetime) -> Forecast:
    """What is learned of exports declared from a moment until another, as known at a third."""
    found = selecting.timings_in(store, [(since, until)], "declared", as_of)
    return forecast.forecast(found, *(int(at.timestamp()) for at in (since, until, as_of)))


ANY_TIME = timedelta(days=100_000)
