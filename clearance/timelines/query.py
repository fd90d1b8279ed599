"""What a store knows, as it was known at a moment.

With ``as_of`` events later than it are left out as if they were not known yet, also for what was
linked by them. Nothing here writes. What only some callers need is loaded when they ask for it: to
look a number up is what is done most.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clearance.customs import System, systems
from clearance.customs.references import identity_keys, kinds
from clearance.errors import BadArgument, NotFound
from clearance.model import (
    Alert,
    Declaration,
    Reference,
    Severity,
    Stage,
    Summary,
    normal,
)
from clearance.stores import Store
from clearance.stores.codec import OPEN, moment_key
from clearance.timelines import derive

SYSTEM = "system"
"""The kind of record that says of which customs system there are messages."""


def home(store: Store) -> System | None:
    """The customs system that messages were first read of; None where there are no messages."""
    names = (record.id for record in store.records(SYSTEM))
    return next((systems()[name] for name in names if name in systems()), None)


def find(store: Store, numbers: Sequence[str], as_of: datetime) -> list[Declaration]:
    """The declarations that any of some numbers belongs to, in the order of the numbers.

    Spaces, full-width digits and the case of letters do not matter. Raises NotFound, with the
    closest numbers that are known, where one belongs to none.
    """
    found: list[Declaration] = []
    for number in numbers:
        known = _known_by(store, {number}, as_of) or _known_by(
            store, _numbers_by_plan(store, number), as_of
        )
        if not known:
            close = closest(store, number, as_of)
            hint = f"; close to it: {', '.join(close)}" if close else ""
            raise NotFound(f"no declaration is known by {number!r}{hint}")
        known.sort(key=lambda declaration: derive.order(declaration.events[0]))
        found += [declaration for declaration in known if declaration not in found]
    return found


def _known_by(store: Store, numbers: Collection[str], as_of: datetime) -> list[Declaration]:
    """The declarations that any of some numbers belongs to."""
    values = {normal(number) for number in numbers}
    found = snapshot(store, store.ids(keys_of(numbers)), as_of) if numbers else ()
    return [declaration for declaration in found if values & _numbers(declaration)]


def _numbers_by_plan(store: Store, number: str) -> set[str]:
    """The numbers of the plans that somebody gave a number of their own."""
    from clearance.shipments import plans

    found = map(plans.to_plan, store.records(plans.PLAN, plans.keys([number])))
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
        for kind in kinds()
        for length in lengths
        for key in store.neighbouring_keys(Reference(kind, value[:length]).key, count)
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
    changed, earlier = changed_since(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, declaration in store.timelines(wanted - changed):
        yield declaration
    yield from earlier


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The same without the events, which is quicker."""
    changed, earlier = changed_since(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, summary in store.summaries(wanted - changed):
        yield summary
    yield from earlier


def changed_since(
    store: Store, ids: Collection[int] | None, as_of: datetime
) -> tuple[set[int], list[Declaration]]:
    """Ids of what later events have changed, by themselves or by a link, and what was known then.

    Only of what is asked for, where that is less than all that has later events.
    """
    late = store.ids_between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    if not late:
        return set(), []
    from clearance.timelines import linking

    start = ids if ids is not None and len(ids) < len(late) else late
    seen: set[int] = set()
    changed: set[int] = set()
    earlier: list[Declaration] = []
    for id, declaration in store.timelines(start):
        if id in seen:
            continue
        group = linking.related(store, declaration.events)
        seen |= group.keys()
        if late.isdisjoint(group):
            continue
        changed |= group.keys()
        events = (event for d in group.values() for event in d.events)
        known = derive.link(e for e in events if e.at is None or e.at <= as_of)
        if ids is None or not group.keys().isdisjoint(ids):
            earlier += known
    return changed, earlier


def keys_of(numbers: Iterable[str]) -> set[str]:
    """The index keys that declarations known by some numbers are filed under."""
    return {Reference(kind, number).key for number in numbers for kind in kinds()}


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of what is open, or filed under other keys, and of what has later events."""
    late = store.ids_between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    return store.ids(keys) | late


@dataclass(frozen=True, slots=True)
class ListFilter:
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


def listed(
    store: Store, wanted: ListFilter, as_of: datetime, *, events: bool = False
) -> list[Summary]:
    """The declarations wanted, as they were known at a moment."""
    ids = None if wanted.everything else current(store, as_of)
    look = snapshot if events else overview
    return [declaration for declaration in look(store, ids, as_of) if wanted(declaration)]


def sorted_by(
    order: str,
    found: Iterable[Summary],
    alerts: Iterable[Alert],
    ends: Mapping[str, datetime] | None = None,
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
            -max((worst.get(key, -1) for key in identity_keys(d)), default=-1),
            ends.get(d.name, never),
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
