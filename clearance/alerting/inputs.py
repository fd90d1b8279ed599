"""What rules need besides a declaration: plans, usual times, feeds, release probabilities.

Everything is as it was known at a moment; nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from clearance.alerting.rules import Context, flow, targets, vessels
from clearance.customs import systems
from clearance.customs.calendars import Calendars
from clearance.customs.references import identity, keys_of, of_role
from clearance.figures import dwell, feeds
from clearance.figures.dwell import Dwell
from clearance.figures.forecast import Probability
from clearance.model import Declaration, Note, Reference, Role, Summary, replace
from clearance.named_tuples import NamedTuple
from clearance.shipments import plans
from clearance.shipments.filed import numbers_of, plans_by_key, plans_of
from clearance.shipments.plans import PLAN, Plan
from clearance.stores import Store
from clearance.stores.codec import UNREAD, to_notice
from clearance.timelines import bills, forecasts, query, visits
from clearance.timelines.forecasts import Models

_PICK_UP_WAIT = timedelta(days=90)
"""How long after its free time a plan is kept open for an import that nobody picked up."""
_UNREAD_KEPT = timedelta(days=100)
"""How long a notice of an unreadable message is kept for rules."""
_ANY_TIME = timedelta(days=100_000)
_MAX_PARTS = 12
"""Parts of an outgoing file's name, between underscores, that are looked at."""
_MIN_REFERENCE = 4
"""Characters that an own reference in a file's name has at least."""


def complete(
    store: Store,
    context: Context,
    declarations: Sequence[Declaration],
    planned: Iterable[Plan] | None = None,
) -> Context:
    """The context with everything that rules need to judge some declarations.

    ``declarations`` must hold all that are open at the moment. ``planned`` are the plans about
    them, if they are loaded already.
    """
    about = plans_of(store, declarations) if planned is None else planned
    known = about_some(store, context, declarations, about)
    open = [d for d in declarations if d.open and not known.given_up(d)]
    counts = Counter(map(known.feed, open))
    waiting = {known.feed(d): (d.system, counts[known.feed(d)]) for d in open}
    usual = _dwell_among(store, context.calendars, declarations, context.now)
    return with_feeds(store, replace(known, dwell=usual), waiting)


def about_some(
    store: Store,
    context: Context,
    declarations: Sequence[Declaration],
    planned: Iterable[Plan],
) -> Context:
    """The context with what rules need that is about some declarations alone."""
    came_from = _came_from(store, context.sources, declarations)
    known = replace(context, plans=plans_by_key(planned), came_from=came_from)
    open = [d for d in declarations if d.open and not known.given_up(d)]
    return replace(
        known,
        forecast=forecast_for(store, known, declarations),
        sent_after=_sent_after(store, open, context.now),
        last_of=_last_of(store, known, open),
    )


def with_feeds(store: Store, context: Context, waiting: Mapping[str, tuple[str, int]]) -> Context:
    """The context with the feeds, and the messages that could not be read.

    ``waiting`` says, by feed, of which customs system its open declarations are and how many.
    """
    now, latest = context.now, max(context.now, context.clock or context.now)
    systems_of_feeds = {feed: system for feed, (system, _) in waiting.items()}
    counts = {feed: count for feed, (_, count) in waiting.items()}
    troubles = visits.troubles(store, context.sources, now)
    unread = map(to_notice, store.records(UNREAD))
    return replace(
        context,
        feeds=feeds.feeds_at(store, now, counts, troubles, systems_of_feeds),
        unread=[
            notice._replace(seen_at=min(notice.seen_at, now).astimezone(now.tzinfo))
            for notice in unread
            if notice.seen_at <= now or (context.clock and notice.seen_at > latest)
        ],
    )


def explaining(store: Store, context: Context, explained: Iterable[Declaration]) -> Context:
    """The context to explain some declarations in, which may be closed."""
    open = query.snapshot(store, query.current(store, context.now), context.now)
    declarations = {identity(d): d for d in (*open, *explained)}
    return complete(store, context, list(declarations.values()))


def _dwell_among(
    store: Store, calendars: Calendars, open: Collection[Summary], as_of: datetime
) -> Dwell:
    """How long declarations stay in the stages that some open ones are in, as known at a moment."""
    changed, before = query.changed_since(store, None, as_of)
    after = [declaration for _, declaration in store.timelines(changed)] if changed else []
    return dwell.dwell_at(store, calendars, open, as_of, (after, before))


def _came_from(
    store: Store, sources: Collection[str], declarations: Iterable[Declaration]
) -> dict[str, str]:
    """The configured source that the last message of each open declaration came from."""
    if not sources:
        return {}
    courses = (declaration.course for declaration in declarations if declaration.open)
    last = {message for course in courses if course for message in course[-1].messages}
    return {
        id: source
        for id, received_as in store.names_of(last).items()
        for source in sources
        if any(received.name.startswith(f"{source}/") for received in received_as)
    }


# What a client could not send


def _sent_after(store: Store, open: Iterable[Declaration], now: datetime) -> dict[str, datetime]:
    """When the reference in the name of a file that could not be sent was sent, by that name."""
    sent: dict[str, datetime] = {}
    for name in sorted({name for d in open for name in _names_without_number(d)}):
        keys = {
            Reference(kind, value).key
            for kind in of_role(Role.OWN)
            for value in _references_inside(name)
        }
        ids = store.ids(keys) if keys else set[int]()
        times = [at for d in query.snapshot(store, ids, now) for at in _sendings(d)]
        if times:
            sent[name] = max(times)
    return sent


def is_unsent(declaration: Declaration) -> bool:
    """Whether a declaration is known by nothing but the name of a file that was to be sent."""
    return any(_names_without_number(declaration))


def _names_without_number(declaration: Declaration) -> Iterator[str]:
    """The outgoing names of a declaration that is known by nothing else."""
    if all(kind in of_role(Role.FILE) for kind in declaration.references):
        yield from declaration.numbers


def _references_inside(name: str) -> set[str]:
    """What may be an own reference in an outgoing file's name: parts of it between underscores.

    A mere number may be a time or a count, so it is none.
    """
    parts = name.split("_")[:_MAX_PARTS]
    runs = {"_".join(parts[i:j]) for i in range(len(parts)) for j in range(i, len(parts) + 1)}
    return {run for run in runs if len(run) >= _MIN_REFERENCE and not run.isdigit()}


def _sendings(declaration: Declaration) -> Iterator[datetime]:
    """When messages about a declaration reached the data centre or customs."""
    for event in declaration.events:
        if event.at and event.stage and not flow.is_client_error(event):
            yield event.at


# Plans


def undeclared_plans(
    known: Iterable[Plan], declarations: Iterable[Summary], now: datetime
) -> list[Plan]:
    """The plans that were there at a moment and are about none of some declarations."""
    declared = plans.keys(numbers_of(declarations))
    return [p for p in known if p.said(now) and declared.isdisjoint(plans.from_plan(p).keys)]


def undeclared(store: Store, now: datetime, home: str) -> list[tuple[Plan, Declaration]]:
    """The open plans of shipments that were not declared at a moment, by their first number.

    Each with the declaration that it waits for.
    """
    known = [plans.to_plan(record) for record in store.records(PLAN, {plans.OPEN})]
    numbers = {number for plan in known for number in plan.references}
    about = query.overview(store, store.ids(keys_of(numbers)), now) if numbers else ()
    waiting = sorted(undeclared_plans(known, about, now), key=lambda plan: plan.id)
    return [(plan, awaited_declaration(plan, now, home)) for plan in waiting]


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
    known: Iterable[Plan], declarations: Sequence[Summary], now: datetime
) -> list[Plan]:
    """The plans that no check needs until a new message about their declaration comes."""
    by_key: dict[str, list[Summary]] = {}
    for declaration in declarations:
        for key in plans.keys(numbers_of([declaration])):
            by_key.setdefault(key, []).append(declaration)
    return [plan for plan in known if _is_finished(plan, by_key, now)]


def _is_finished(plan: Plan, by_key: Mapping[str, Sequence[Summary]], now: datetime) -> bool:
    """Whether a plan is about declarations that are all closed, and nothing else is awaited."""
    about = [summary for key in plans.from_plan(plan).keys for summary in by_key.get(key, ())]
    return bool(about) and not any(summary.open for summary in about) and not _waits(plan, now)


def _waits(plan: Plan, now: datetime) -> bool:
    """Whether a pick-up or a payment is awaited after the closure."""
    facts = plans.facts_at([plan], now)
    if facts.get("consolidated") == "yes" and "tax_paid" not in facts:
        return True
    return pick_up_ends(plan, now) is not None


def pick_up_ends(plan: Plan, now: datetime) -> datetime | None:
    """Until when a pick-up is awaited, also after the closure; None if it is not any more."""
    facts = plans.facts_at([plan], now)
    end = plans.instant(facts.get("free_until"), UTC)
    if end is None or "gated_out" in facts:
        return None
    with suppress(OverflowError):
        end += _PICK_UP_WAIT
    return end if now < end else None


# Messages that could not be read


def expired_notices(store: Store, now: datetime) -> set[str]:
    """Ids of notices of unreadable messages that are too old for any rule."""
    notices = map(to_notice, store.records(UNREAD))
    return {notice.id for notice in notices if now - notice.seen_at > _UNREAD_KEPT}


def not_given_up(store: Store, context: Context, declarations: Sequence[Summary]) -> list[Summary]:
    """Those of some declarations that nobody has given up, as known at a moment."""
    known = replace(context, plans=plans_by_key(plans_of(store, declarations)))
    return [declaration for declaration in declarations if not known.given_up(declaration)]


# Cut-offs


class Cutoff(NamedTuple):
    """The cut-off of an export, and how likely it is released by then.

    ``chance`` may also be why that is not known; it is None where the cut-off has passed.
    """

    at: datetime
    chance: Probability | Note | None


def cutoffs(store: Store, context: Context, declarations: Sequence[Summary]) -> dict[str, Cutoff]:
    """The known cut-offs of those exports that are not released, by ``identity``."""
    open_plans = map(plans.to_plan, store.records(PLAN, {plans.OPEN}))
    known = replace(context, plans=plans_by_key(open_plans))
    if not known.plans:
        return {}
    known = replace(known, forecast=forecast_for(store, known, declarations))
    ends = ((summary, vessels.near_cutoff(summary, known, _ANY_TIME)) for summary in declarations)
    return {
        identity(summary): Cutoff(end, vessels.release_probability(summary, known, end))
        for summary, end in ends
        if end
    }


def dues(context: Context, declarations: Sequence[Summary]) -> dict[str, tuple[targets.Due, ...]]:
    """The targets that declarations are still to meet or have missed, by ``identity``."""
    if not context.targets:
        return {}
    found = ((identity(one), tuple(targets.dues(one, context))) for one in declarations)
    return {name: own for name, own in found if own}


def _last_of(store: Store, context: Context, open: Iterable[Declaration]) -> dict[str, int]:
    """Of each shipment that has a cut-off: the one declaration that is not released yet, by its
    name, with how many declarations the shipment has.
    """
    found: dict[str, int] = {}
    for declaration in open if context.plans else ():
        if vessels.near_cutoff(declaration, context, _ANY_TIME) is None:
            continue
        for bill in declaration.references.get(bills.BILL, ()):
            keys = {Reference(bills.BILL, bill).key}
            together = bills.Shipment(
                bill, list(query.snapshot(store, store.ids(keys), context.now))
            ).standing
            waiting = [one for one in together if one.released_at is None]
            if len(together) > 1 and [one.name for one in waiting] == [declaration.name]:
                found[declaration.name] = len(together)
    return found


def forecast_for(store: Store, context: Context, declarations: Iterable[Summary]) -> Models | None:
    """What forecasts rest on, if any of some exports has a cut-off ahead; else None.

    Nothing is read without such an export.
    """
    ends = (vessels.near_cutoff(d, context, _ANY_TIME) for d in declarations if context.plans)
    if not any(end and end > context.now for end in ends):
        return None
    return forecasts.models(store, context.now, loaded=True)
