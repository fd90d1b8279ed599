"""Timelines in a store, linked again as events come in.

The result is that of linking everything at once; only what new events may change is loaded. Which
references are overused (``grouping``) is kept in the store, so that what else bears them need not
be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime

from clearance.customs.references import (
    JOINING_ROLES,
    WEAK_ROLES,
    is_joined,
    is_numbered,
    of_role,
    unsupported_key,
)
from clearance.customs.unpacking import reparsed
from clearance.errors import RESCUE, StoreDamaged, Unreadable
from clearance.model import Declaration, Event, Message, Record, Reference, Role, Value
from clearance.stores import Store
from clearance.stores.codec import DECLARATION, touched
from clearance.timelines import derive

OVERUSED = "overused"
"""The kind of record of an overused reference."""
_LOADED_AT_ONCE = 100
"""Declarations with one base name that are loaded before it is asked whether it is overused."""

_Timelines = dict[int, Declaration]
"""Declarations by the id that a store keeps them under."""


class Related(Value):
    """Timelines that have to be linked together, by id, and which references are overused."""

    timelines: _Timelines
    overused: Set[Reference]


class Relinked(Value):
    """Timelines that changed: ids written, ids dropped because two became one, and the timelines
    as they were before and are after; ``beside`` are those that might have changed and did not.
    """

    written: set[int]
    dropped: set[int]
    before: list[Declaration]
    after: list[Declaration]
    beside: list[Declaration]


def relink(store: Store, new: Sequence[Event], renamed: Mapping[str, Message]) -> Relinked:
    """Links new events with those in the store, and writes the timelines that change.

    Another name may change what a message's event says (its serial, its time of receipt), so the
    events of a renamed message are read again, with those of every copy of it.
    """
    if renamed:
        old, stale, again = _read_again(store, new, renamed)
    else:
        old, stale, again = related(store, new), set[str](), list[Event]()
    kept = [event for event in _events(old.timelines.values()) if stale.isdisjoint(event.messages)]
    events = [*kept, *again, *new]
    overused = derive.overused_in(events) | old.overused
    _save_overused(store, overused)
    return _replace(store, old.timelines, derive.link(events, overused))


def _overused(store: Store) -> set[Reference]:
    """The overused references that a store knows of."""
    return {Reference(*record.document["reference"]) for record in store.records(OVERUSED)}


def _save_overused(store: Store, overused: Collection[Reference]) -> None:
    new = set(overused) - _overused(store) if overused else ()
    store.save_records(
        Record(OVERUSED, json.dumps(reference), {"reference": list(reference)})
        for reference in sorted(new)
    )


def _read_again(
    store: Store, new: Sequence[Event], renamed: Mapping[str, Message]
) -> tuple[Related, set[str], list[Event]]:
    """The timelines that new and renamed messages may change; the messages read again, by id, and
    their events.

    Reading a copy again may lead to further timelines, and those to further copies.
    """
    stale = set(renamed)
    again = _reread(renamed.values())
    old = related(store, [*new, *again])
    while True:
        copies = _copies(stale, old.timelines.values())
        again = _reread(store.messages(stale | copies))
        more = related(store, [*new, *again])
        if copies <= stale and more.timelines.keys() <= old.timelines.keys():
            return old, stale, again
        stale |= copies
        old = Related(old.timelines | more.timelines, old.overused | more.overused)


def _reread(messages: Iterable[Message]) -> list[Event]:
    return [event for message in messages for event in reread(message)]


def _copies(messages: set[str], declarations: Iterable[Declaration]) -> set[str]:
    """Every message with an event that one of these messages has too."""
    events = (event for event in _events(declarations) if not messages.isdisjoint(event.messages))
    return {message for event in events for message in event.messages}


def _replace(store: Store, old: _Timelines, new: Iterable[Declaration]) -> Relinked:
    """Writes timelines in the place of those that their messages were in."""
    changed, free = _placed(old, new)
    written = store.save_timelines(changed)
    store.delete_timelines(free)
    store.save_records(touched(DECLARATION, str(id)) for id in free)
    replaced = {id for id, _ in changed if id is not None} | free
    before = [old[id] for id in replaced]
    beside = [declaration for id, declaration in old.items() if id not in replaced]
    after = [declaration for _, declaration in changed]
    return Relinked(set(written), free, before, after, beside)


def _placed(
    old: _Timelines, new: Iterable[Declaration]
) -> tuple[list[tuple[int | None, Declaration]], set[int]]:
    """New timelines that differ from the old, each with the id it takes over, if there is one; and
    the ids that none takes over.
    """
    homes = {message: id for id, declaration in old.items() for message in _messages(declaration)}
    free = set(old)
    changed: list[tuple[int | None, Declaration]] = []
    for declaration in new:
        id = min(free & {homes.get(message) for message in _messages(declaration)}, default=None)
        free.discard(id or 0)
        if id is None or old[id] != declaration:
            changed.append((id, declaration))
    return changed, free


def related(store: Store, events: Collection[Event]) -> Related:
    """Every declaration whose events may have to be linked again when these events come in.

    A joining number belongs to one declaration only: what is loaded leads no further by it. A weak
    reference leads on from everything that is loaded.
    """
    overused = _overused(store)
    timelines: _Timelines = {}
    seen, keys = set[str](), _joining_keys(events)
    while True:
        overused |= _too_common(store, events, overused)
        keys = (keys | _weak_keys(events, overused)) - seen
        if not keys:
            return Related(timelines, overused)
        seen |= keys
        more = dict(store.timelines(store.ids(keys) - timelines.keys()))
        timelines |= more
        events, keys = list(_events(more.values())), set()


def _joining_keys(events: Iterable[Event]) -> set[str]:
    """Index keys of the numbers that belong to one declaration only."""
    kinds = of_role(*JOINING_ROLES)
    numbers = {r for event in events for r in event.references if r.kind in kinds}
    return {number.key for number in numbers}


def _weak_keys(events: Iterable[Event], overused: Set[Reference]) -> set[str]:
    """Index keys of what events may be linked with by their weak references."""
    kinds = of_role(*WEAK_ROLES)
    weak = ((event, r) for event in events for r in event.references if r.kind in kinds)
    return {key for event, r in weak if (key := _weak_key(r, event, overused))}


def _weak_key(reference: Reference, event: Event, overused: Set[Reference]) -> str | None:
    """The index key of what an event may be linked with by a weak reference; None for nothing.

    An own reference leads to all that bear it. The base name of an outgoing file links only events
    without a number: such an event leads to all that bear the name, any other to such events. An
    overused one leads from an event that has no better one to the others that have none.
    """
    is_own = reference.kind in of_role(Role.OWN)
    has_better = is_joined(event) if is_own else is_numbered(event)
    if reference in overused:
        return None if has_better else unsupported_key(reference)
    return reference.key if is_own or not has_better else unsupported_key(reference)


def _too_common(store: Store, events: Iterable[Event], overused: Set[Reference]) -> set[Reference]:
    """Base names of events without a number that prove overused before all that bear them are
    loaded.
    """
    files = of_role(Role.FILE)
    names = {
        r for event in events if not is_numbered(event) for r in event.references if r.kind in files
    } - overused
    if not names or len(store.ids({name.key for name in names})) <= _LOADED_AT_ONCE:
        return set()
    return {name for name in names if _is_too_common(store, name)}


def _is_too_common(store: Store, name: Reference) -> bool:
    """Whether the first of many declarations that bear a base name show that it is overused."""
    ids = sorted(store.ids({name.key}))
    events: list[Event] = []
    for start in range(0, len(ids) - _LOADED_AT_ONCE, _LOADED_AT_ONCE):
        some = store.timelines(ids[start : start + _LOADED_AT_ONCE])
        events += _events(declaration for _, declaration in some)
        if name in derive.overused_in(events):
            return True
    return False


def _events(declarations: Iterable[Declaration]) -> Iterator[Event]:
    return (event for declaration in declarations for event in declaration.events)


def _messages(declaration: Declaration) -> Iterator[str]:
    return (message for event in declaration.events for message in event.messages)


def reread(message: Message, as_of: datetime | None = None) -> list[Event]:
    """The events of a message whose bytes are still those that its digest was made of; with
    ``as_of`` as they were known at that moment.
    """
    try:
        unpacked = reparsed(message.data, message.received_as)
        events = unpacked.events() if as_of is None else unpacked.known(as_of)
    except Unreadable as why:
        raise StoreDamaged(
            "not a whole store: message {id} can no longer be read: {why}; {remedy}",
            id=message.id,
            why=why,
            remedy=RESCUE,
        ) from why
    if unpacked.id != message.id:
        raise StoreDamaged(
            "not a whole store: the bytes of message {id} are not those of its digest; {remedy}",
            id=message.id,
            remedy=RESCUE,
        )
    return events
