"""What a store knows, as it was known at a moment.

With ``as_of`` events later than it are left out as if they were not known yet, also for what was
linked by them. Nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from clearance import alerts as alerting
from clearance import dwell, feeds, linking, plans, risk, timeline
from clearance.calendar import Calendar
from clearance.documents import ALERT, OPEN, UNREAD, moment_key, to_alert, to_notice
from clearance.dwell import Dwell
from clearance.errors import BadArgument, NotFound
from clearance.model import (
    CHINA,
    CLIENT_REF,
    KINDS,
    Alert,
    AlertState,
    Declaration,
    Passage,
    Reference,
    Refusal,
    Severity,
    Stage,
    Summary,
    Transition,
    normal,
)
from clearance.periods import Quarter
from clearance.plans import PLAN, Plan
from clearance.risk import Chance, Risk
from clearance.stores import Store

if TYPE_CHECKING:
    from clearance.report import Asked
    from clearance.rules import Context


def find(store: Store, numbers: Sequence[str], as_of: datetime) -> list[Declaration]:
    """The declarations that any of some numbers belongs to, in the order of the numbers.

    Spaces, full-width digits and the case of letters do not matter. Raises NotFound, with the
    closest numbers that are known, where one belongs to none.
    """
    found: list[Declaration] = []
    for number in numbers:
        known = _known_by(store, {number}, as_of) or _known_by(store, _said(store, number), as_of)
        if not known:
            close = closest(store, number, as_of)
            hint = f"; close to it: {', '.join(close)}" if close else ""
            raise NotFound(f"no declaration is known by {number!r}{hint}")
        known.sort(key=lambda declaration: timeline.order(declaration.events[0]))
        found += [declaration for declaration in known if declaration not in found]
    return found


def _known_by(store: Store, numbers: Collection[str], as_of: datetime) -> list[Declaration]:
    """The declarations that any of some numbers belongs to."""
    values = {normal(number) for number in numbers}
    found = snapshot(store, store.ids(numbered(numbers)), as_of) if numbers else ()
    return [declaration for declaration in found if values & _numbers(declaration)]


def _said(store: Store, number: str) -> set[str]:
    """The numbers of the plans that somebody gave a number of their own."""
    found = map(plans.to_plan, store.records(PLAN, plans.keys([number])))
    return {reference for plan in found for reference in plan.references}


def _numbers(declaration: Declaration) -> set[str]:
    return {normal(value) for values in declaration.references.values() for value in values}


def closest(store: Store, number: str, as_of: datetime, count: int = 5) -> list[str]:
    """Numbers known at a moment most like one that is not, best first.

    Neighbours in the index by how they begin, so this does not read the whole of it.
    """
    from difflib import SequenceMatcher

    value = normal(number)
    lengths = {len(value), len(value) * 2 // 3, len(value) // 2} - {0}
    keys = {
        key
        for kind in KINDS
        for length in lengths
        for key in store.near(Reference(kind, value[:length]).key, count)
        if key.startswith(f"{kind}:")
    }
    known = {
        one: SequenceMatcher(None, value, normal(one)).ratio()
        for declaration in snapshot(store, store.ids(keys), as_of)
        for values in declaration.references.values()
        for one in values
    }
    return sorted((n for n, ratio in known.items() if ratio >= 0.6), key=lambda n: (-known[n], n))[
        :count
    ]


def snapshot(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Declaration]:
    """Declarations as they were known at a moment.

    Of those that have changed since, perhaps more than asked for: what was linked later was not
    linked then.
    """
    changed, earlier = _earlier(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, declaration in store.timelines(wanted - changed):
        yield declaration
    yield from earlier


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The same without the events, which is quicker."""
    changed, earlier = _earlier(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, summary in store.summaries(wanted - changed):
        yield summary
    yield from earlier


def _earlier(
    store: Store, ids: Collection[int] | None, as_of: datetime
) -> tuple[set[int], list[Declaration]]:
    """Ids of what later events have changed, by themselves or by a link, and what was known then.

    Only of what is asked for, where that is less than all that has later events.
    """
    late = store.between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    start = ids if ids is not None and len(ids) < len(late) else late
    seen: set[int] = set()
    changed: set[int] = set()
    earlier: list[Declaration] = []
    for id, declaration in store.timelines(start) if late else ():
        if id in seen:
            continue
        group = linking.related(store, declaration.events)
        seen |= group.keys()
        if late.isdisjoint(group):
            continue
        changed |= group.keys()
        events = (event for d in group.values() for event in d.events)
        known = timeline.link(e for e in events if e.at is None or e.at <= as_of)
        if ids is None or not group.keys().isdisjoint(ids):
            earlier += known
    return changed, earlier


def dwelling(store: Store, calendar: Calendar, as_of: datetime) -> Dwell:
    """How long declarations stay in the stages that some wait in, as it was known at a moment."""
    waiting = list(overview(store, current(store, as_of), as_of))
    return learned(store, calendar, waiting, as_of)


def learned(
    store: Store, calendar: Calendar, waiting: Collection[Summary], as_of: datetime
) -> Dwell:
    """The same, of declarations that are loaded already."""
    changed, earlier = _earlier(store, None, as_of)
    now_so = [declaration for _, declaration in store.timelines(changed)] if changed else []
    return dwell.known(store, calendar, waiting, as_of, (now_so, earlier))


def informed(
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
    known = replace(context, plans=indexed(found), came_from=came_from)
    waiting = Counter(known.feed(declaration) for declaration in declarations if declaration.open)
    return replace(
        known,
        dwell=learned(store, context.calendar, declarations, now),
        risk=at_risk(store, known, declarations),
        feeds=feeds.known(store, now, waiting, context.sources),
        unread=[
            notice for notice in map(to_notice, store.records(UNREAD)) if notice.seen_at <= now
        ],
    )


def explaining(store: Store, context: Context, found: Iterable[Declaration]) -> Context:
    """The context in which some declarations are explained, among all that are open."""
    others = snapshot(store, current(store, context.now), context.now)
    known = {d.name: d for d in (*others, *found)}
    return informed(store, context, list(known.values()))


def plans_of(store: Store, declarations: Iterable[Summary]) -> list[Plan]:
    """The plans under any number of some declarations, asked for by the thousand."""
    left, found = iter(declarations), dict[str, Plan]()
    while some := list(islice(left, 1000)):
        numbers = {v for d in some for values in d.references.values() for v in values}
        known = map(plans.to_plan, store.records(PLAN, plans.keys(numbers)))
        found |= {plan.id: plan for plan in known}
    return list(found.values())


def indexed(found: Iterable[Plan]) -> dict[str, list[Plan]]:
    """Plans by the keys they are filed under."""
    by_key: dict[str, list[Plan]] = {}
    for plan in found:
        for key in plans.from_plan(plan).keys:
            by_key.setdefault(key, []).append(plan)
    return by_key


def undeclared(found: Iterable[Plan], declarations: Iterable[Summary], now: datetime) -> list[Plan]:
    """The plans that none of some declarations is known to be about, at a moment."""
    numbers = {v for d in declarations for values in d.references.values() for v in values}
    known = plans.keys(numbers)
    return [p for p in found if p.said(now) and known.isdisjoint(plans.from_plan(p).keys)]


def awaited(plan: Plan, now: datetime) -> Declaration:
    """The declaration that a plan waits for: its numbers, and no event yet."""
    return Declaration(
        dialect="",
        references={CLIENT_REF: plan.references},
        direction=plans.told([plan], now).get("direction"),
        events=(),
    )


def numbered(numbers: Iterable[str]) -> set[str]:
    """The index keys that declarations known by some numbers are filed under."""
    return {Reference(kind, number).key for number in numbers for kind in KINDS}


def done(found: Iterable[Plan], declarations: Sequence[Summary], now: datetime) -> list[Plan]:
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
    facts = plans.told([plan], now)
    last = plans.instant(facts.get("free_until"))
    stands = last is not None and "gated_out" not in facts and now - last < LINGERS
    return stands or (facts.get("consolidated") == "yes" and "tax_paid" not in facts)


LINGERS = timedelta(days=90)
"""How long after its free time an import that nobody picked up is looked at."""
UNREAD_FOR = timedelta(days=100)
"""How long a check is told of what could not be read."""


def forgotten(store: Store, now: datetime) -> set[str]:
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
        for id, arrivals in store.known(last).items()
        for feed in sources
        if any(arrival.name.startswith(f"{feed}/") for arrival in arrivals)
    }


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of what is open, or filed under other keys, and of what has later events."""
    late = store.between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    return store.ids(keys) | late


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which declarations a list shows: open ones, or all, and of those only the fitting."""

    everything: bool = False
    stage: Stage | None = None
    office: str | None = None
    direction: str | None = None
    since: datetime | None = None

    def __call__(self, declaration: Summary) -> bool:
        """Whether a declaration is one of them."""
        return (
            (self.everything or declaration.open)
            and self.stage in (None, declaration.stage)
            and self.office in (None, declaration.office)
            and self.direction in (None, declaration.direction)
            and (
                self.since is None
                or (declaration.declared_at is not None and declaration.declared_at >= self.since)
            )
        )


def listed(store: Store, wanted: Wanted, as_of: datetime, *, events: bool = False) -> list[Summary]:
    """The declarations wanted, as they were known at a moment."""
    ids = None if wanted.everything else current(store, as_of)
    look = snapshot if events else overview
    return [declaration for declaration in look(store, ids, as_of) if wanted(declaration)]


class Cutoff(NamedTuple):
    """The cut-off of an export, and how likely it is released by then, or why that is not known.

    None where it has passed.
    """

    at: datetime
    chance: Chance | str | None


def cutoffs(store: Store, context: Context, found: Sequence[Summary]) -> dict[str, Cutoff]:
    """The cut-offs of exports that are not released, as far as they are known, by their names."""
    from clearance.rules import deadlines

    live = map(plans.to_plan, store.records(PLAN, {plans.OPEN}))
    told = replace(context, plans=indexed(live))
    told = replace(told, risk=at_risk(store, told, found))
    ends = ((d, deadlines.near(d, told, EVER)) for d in found)
    return {d.name: Cutoff(end, deadlines.chance(d, told, end)) for d, end in ends if end}


def at_risk(store: Store, context: Context, declarations: Iterable[Summary]) -> Risk | None:
    """What tells how likely exports are released in time, where one of some has a cut-off ahead.

    Learned of the last four quarters in Beijing; nothing is read where there is no such export.
    """
    from clearance.rules import deadlines

    ends = (deadlines.near(d, context, EVER) for d in declarations if context.plans)
    if not any(end and end > context.now for end in ends):
        return None
    quarter = Quarter.of(context.today)
    return risks(store, quarter.shifted(-3).start(CHINA), quarter.next.start(CHINA), context.now)


def risks(store: Store, since: datetime, until: datetime, as_of: datetime) -> Risk:
    """What is learned of exports declared from a moment until another, as known at a third."""
    found = _passages(store, _within(store, [(since, until)], "declared"), as_of)
    return risk.learned(found, *(int(at.timestamp()) for at in (since, until, as_of)))


EVER = timedelta(days=100_000)


def sorted_by(
    order: str,
    found: Iterable[Summary],
    alerts: Iterable[Alert],
    ends: Mapping[str, Cutoff] | None = None,
) -> list[Summary]:
    """Declarations by urgency, or by another order.

    Most urgent is the worst alert, then the nearest of the cut-offs, then what is not released,
    then what is longest in its stage.
    """
    ends = ends or {}
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    worst: dict[str, int] = {}
    for alert in alerts:
        for key in alert.references:
            worst[key] = max(worst.get(key, -1), ranks[alert.severity])
    never = datetime.max.replace(tzinfo=UTC)
    orders: dict[str, Callable[[Summary], Any]] = {
        "urgent": lambda d: (
            -max((worst.get(key, -1) for key in d.identity_keys), default=-1),
            ends[d.name].at if d.name in ends else never,
            d.stage is Stage.RELEASED,
            d.since or never,
            d.name,
        ),
        "since": lambda d: (d.since or never, d.name),
        "declared": lambda d: (d.declared_at or never, d.name),
        "reference": lambda d: d.name,
    }
    if order not in orders:
        raise BadArgument(f"--sort {order}: choose {', '.join(orders)}")
    return sorted(found, key=orders[order])


def passages(store: Store, asked: Asked) -> Iterator[Passage]:
    """Passages of what a report asks for and compares it with, as known then, and some more."""
    return _passages(store, _within(store, asked.spans, asked.cohort), asked.as_of)


def _passages(store: Store, ids: set[int], as_of: datetime) -> Iterator[Passage]:
    changed, earlier = _earlier(store, None, as_of)
    for _, passage in store.passages(ids - changed):
        yield passage
    yield from map(Passage.of, earlier)


def histories(store: Store, asked: Asked) -> Iterator[Declaration]:
    """Declarations of the periods that a report shows, with their events, as known then."""
    spans = [(period.start(asked.zone), period.next.start(asked.zone)) for period in asked.periods]
    for declaration in snapshot(store, _within(store, spans, asked.cohort), asked.as_of):
        closed = asked.cohort == "closed"
        at = declaration.cleared_at if closed else declaration.declared_at
        if at is not None and any(start <= at < end for start, end in spans):
            yield declaration


def _within(store: Store, spans: Sequence[tuple[datetime, datetime]], cohort: str) -> set[int]:
    """Ids of what was declared within half-open spans in order, or may have been closed in them.

    No index says when something was closed; it was heard of then or later.
    """
    if cohort == "closed":
        return store.between(moment_key("last", spans[0][0]), "last;")
    keys = [[moment_key("declared", at) for at in span] for span in spans]
    return set[int]().union(*(store.between(low, high) for low, high in keys))


def alerts(store: Store, as_of: datetime, *, everything: bool = False) -> list[Alert]:
    """Alerts that checks up to a moment left, worst first; ``everything``: also resolved ones and
    those that are pending.

    An alert is kept as its last check left it; one that fired later than the moment, or is about
    something later, is left out.
    """
    found = (a for a in told(store, live=not everything) if max(a.since, a.fired_at) <= as_of)
    known = (a for a in found if everything or a.state is not AlertState.PENDING)
    return list(alerting.ordered(known))


def history(
    store: Store, since: datetime | None, as_of: datetime
) -> list[tuple[Alert, Transition]]:
    """Every turn that alerts took up to a moment, in order."""
    turns = [
        (alert, turn)
        for alert in told(store)
        for turn in alert.transitions
        if turn.at <= as_of and (since is None or turn.at >= since)
    ]
    return sorted(turns, key=lambda one: (one[1].at, one[0].id))


def told(store: Store, *, live: bool = False) -> Iterator[Alert]:
    """Alerts in the order they first fired; only those not resolved, if ``live``."""
    return map(to_alert, store.records(ALERT, [OPEN] if live else None))


def refusal(store: Store, id: str) -> Refusal:
    """The refusal by an id or the beginning of one; raises NotFound."""
    wanted = id if id.startswith("sha256:") else f"sha256:{id}"
    found = [refusal for refusal in store.refused() if refusal.id.startswith(wanted)]
    if len(found) != 1:
        what = "no refused message has" if not found else f"{len(found)} refused messages have"
        raise NotFound(f"{what} an id that begins with {id}: see clearance refused")
    return found[0]
