"""What a store knows, as it was known at a moment.

Events after ``as_of`` are left out as if they were not known yet, and so are the links they made.
Nothing here writes. Modules that only some callers need are loaded by those: looking a number up is
the most frequent command.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

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
from clearance.stores.codec import OPEN, UNREAD, moment_key
from clearance.timelines import derive

if TYPE_CHECKING:
    from clearance.timelines.linking import Related

_MIN_LIKENESS = 0.6
"""A number less like the one asked for is not offered, from 0 to 1."""
SYSTEM = "system"
"""Kind of record: a customs system that messages were read of."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_URGENT = "urgent"
_ORDERS: Mapping[str, Callable[[Summary], Any]] = {
    "since": lambda declaration: (declaration.since or _NEVER, declaration.name),
    "declared": lambda declaration: (declaration.declared_at or _NEVER, declaration.name),
    "reference": lambda declaration: declaration.name,
}


def home(store: Store) -> System | None:
    """The customs system of the first messages; None if there are no messages."""
    names = (record.id for record in store.records(SYSTEM))
    return next((systems()[name] for name in names if name in systems()), None)


def is_empty(store: Store) -> bool:
    """Whether a store holds no message, not even one that could not be read."""
    held = chain(store.records(SYSTEM), store.records(UNREAD))
    return next(held, None) is None


def find(store: Store, numbers: Sequence[str], as_of: datetime) -> list[Declaration]:
    """The declarations that these numbers belong to, in the order of the numbers.

    Spaces, full-width digits and the case of letters do not matter. Raises NotFound, with the
    closest numbers that are known, where one belongs to none.
    """
    declarations: list[Declaration] = []
    for number in numbers:
        named = _known_by(store, {number}, as_of) or _known_by(
            store, _numbers_by_plan(store, number), as_of
        )
        if not named:
            close = _closest(store, number, as_of)
            if close:
                raise NotFound(
                    "no declaration is known by {number!r}; close to it: {close}",
                    number=number,
                    close=close,
                )
            raise NotFound("no declaration is known by {number!r}", number=number)
        named.sort(key=lambda declaration: derive.order(declaration.events[0]))
        declarations += [declaration for declaration in named if declaration not in declarations]
    return declarations


def _known_by(store: Store, numbers: Collection[str], as_of: datetime) -> list[Declaration]:
    """The declarations that bear one of these numbers."""
    values = {normal(number) for number in numbers}
    declarations = snapshot(store, store.ids(keys_of(numbers)), as_of) if numbers else ()
    return [
        declaration
        for declaration in declarations
        if not values.isdisjoint(map(normal, declaration.numbers))
    ]


def _numbers_by_plan(store: Store, number: str) -> set[str]:
    """The numbers of the plans that somebody gave a number of their own."""
    from clearance.shipments import plans

    named = map(plans.to_plan, store.records(plans.PLAN, plans.keys([number])))
    return {reference for plan in named for reference in plan.references}


def _closest(store: Store, number: str, as_of: datetime, count: int = 5) -> list[str]:
    """Numbers known at a moment that are most like an unknown one, the likest first.

    Only neighbours in the index are compared, so this does not read all of it.
    """
    from difflib import SequenceMatcher

    value = normal(number)
    ids = store.ids(_neighbours(store, value, count))
    likeness = {
        other: SequenceMatcher(None, value, normal(other)).ratio()
        for declaration in snapshot(store, ids, as_of)
        for other in declaration.numbers
    }
    alike = [other for other, ratio in likeness.items() if ratio >= _MIN_LIKENESS]
    return sorted(alike, key=lambda other: (-likeness[other], other))[:count]


def _neighbours(store: Store, value: str, count: int) -> set[str]:
    """Index keys of each kind that begin like a number, or stand beside it."""
    lengths = {len(value), len(value) * 2 // 3, len(value) // 2} - {0}
    return {
        key
        for kind in kinds()
        for length in lengths
        for key in store.neighbouring_keys(Reference(kind, value[:length]).key, count)
        if key.startswith(f"{kind}:")
    }


def snapshot(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Declaration]:
    """Declarations as they were known at a moment.

    There may be more than ids: one that was linked later was several then.
    """
    changed, earlier = changed_since(store, ids, as_of)
    asked = store.ids() if ids is None else set(ids)
    for _, declaration in store.timelines(asked - changed):
        yield declaration
    yield from earlier


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The same without the events, which is quicker."""
    changed, earlier = changed_since(store, ids, as_of)
    asked = store.ids() if ids is None else set(ids)
    for _, summary in store.summaries(asked - changed):
        yield summary
    yield from earlier


def changed_since(
    store: Store, ids: Collection[int] | None, as_of: datetime
) -> tuple[set[int], list[Declaration]]:
    """Ids of declarations that later events have changed, and how these looked at ``as_of``.

    Limited to ``ids`` when that is the smaller set.
    """
    late = changed_after(store, as_of)
    if not late:
        return set(), []
    changed: set[int] = set()
    earlier: list[Declaration] = []
    for group in _groups(store, ids if ids is not None and len(ids) < len(late) else late):
        together = group.timelines.keys()
        if not late.isdisjoint(together):
            changed |= together
            if ids is None or not together.isdisjoint(ids):
                earlier += _known_at(group, as_of)
    return changed, earlier


def _groups(store: Store, ids: Collection[int]) -> Iterator[Related]:
    """The declarations with these ids, each once, with all that may have been linked with it."""
    from clearance.timelines import linking

    seen: set[int] = set()
    for id, declaration in store.timelines(ids):
        if id not in seen:
            group = linking.related(store, declaration.events)
            seen |= group.timelines.keys()
            yield group


def _known_at(group: Related, as_of: datetime) -> list[Declaration]:
    """The declarations that follow from the events up to a moment.

    A reference that is overused by now is so in the past too.
    """
    events = (event for declaration in group.timelines.values() for event in declaration.events)
    known = (event for event in events if event.at is None or event.at <= as_of)
    return derive.link(known, group.overused)


def changed_after(store: Store, as_of: datetime) -> set[int]:
    """Ids of declarations whose last event is after a moment."""
    return store.ids_between(moment_key("last", as_of + timedelta(seconds=1)), "last;")


def keys_of(numbers: Iterable[str]) -> set[str]:
    """Every index key that a declaration with one of these numbers may have."""
    return {Reference(kind, number).key for number in numbers for kind in kinds()}


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of declarations that are open, or under other keys, and of those with later events."""
    return store.ids(keys) | changed_after(store, as_of)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which declarations a list shows: the open ones or all, and of those the matching ones.

    ``since`` is the earliest time of declaration.
    """

    everything: bool = False
    stage: Stage | None = None
    office: str | None = None
    direction: str | None = None
    since: datetime | None = None

    def __call__(self, declaration: Summary) -> bool:
        """Whether the list shows a declaration."""
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
    """The declarations that a list shows, as they were known at a moment."""
    ids = None if wanted.everything else current(store, as_of)
    look = snapshot if events else overview
    return [declaration for declaration in look(store, ids, as_of) if wanted(declaration)]


def sorted_by(
    order: str,
    declarations: Iterable[Summary],
    alerts: Iterable[Alert],
    cutoffs: Mapping[str, datetime] | None = None,
) -> list[Summary]:
    """Declarations by urgency, or by another order; ``cutoffs`` are by the declaration's name.

    The most urgent has the worst alert, then the nearest cut-off, then is not released, then has
    been longest in its stage.
    """
    check_order(order)
    key = _ORDERS.get(order) or _urgency(alerts, cutoffs or {})
    return sorted(declarations, key=key)


def check_order(order: str) -> None:
    """Raises BadArgument for an order that ``sorted_by`` does not know."""
    if order not in (names := [_URGENT, *_ORDERS]):
        raise BadArgument("--sort {order}: choose {choices}", order=order, choices=names)


def _urgency(
    alerts: Iterable[Alert], cutoffs: Mapping[str, datetime]
) -> Callable[[Summary], tuple[Any, ...]]:
    """A sort key that puts the most urgent declaration first."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    worst: dict[str, int] = {}
    for alert in alerts:
        for key in alert.references:
            worst[key] = max(worst.get(key, -1), ranks[alert.severity])

    def urgency(declaration: Summary) -> tuple[Any, ...]:
        return (
            -max((worst.get(key, -1) for key in identity_keys(declaration)), default=-1),
            cutoffs.get(declaration.name, _NEVER),
            declaration.stage is Stage.RELEASED,
            declaration.since or _NEVER,
            declaration.name,
        )

    return urgency
