"""Timelines in a store, linked again as events come in.

The result is that of linking everything at once; only what new events may change is loaded. Which
references are overused (``grouping``) is kept in the store, so that what else bears them need not
be loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from clearance.customs.references import (
    NAMING_ROLES,
    is_joined,
    is_numbered,
    of_role,
    unsupported_key,
)
from clearance.customs.unpacking import reparsed
from clearance.errors import SALVAGE, StoreDamaged, Unreadable
from clearance.model import Declaration, Event, Message, Record, Reference, Role
from clearance.stores import Store
from clearance.stores.codec import DECLARATION, touched
from clearance.timelines import derive

OVERUSED = "overused"
"""The kind of record of an overused reference."""
_MAX_LOADED = 400
"""A base name that more declarations than this share is overused: they bear too many numbers."""

_Timelines = dict[int, Declaration]
"""Declarations by the id that a store keeps them under."""


class Related(NamedTuple):
    """Timelines that have to be linked together, by id, and which references are overused."""

    timelines: _Timelines
    overused: Set[Reference]


class Relinked(NamedTuple):
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
        Record(OVERUSED, reference.key, {"reference": list(reference)}) for reference in sorted(new)
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


def related(store: Store, events: Sequence[Event]) -> Related:
    """Every declaration whose events may have to be linked again when these events come in.

    A joining number belongs to one declaration only. A declarant's own reference may belong to
    several, and those may share further ones. A base name matters if one of its events has no
    number. An overused reference leads only to events that have no better one.
    """
    overused = _overused(store)
    timelines: _Timelines = {}
    seen: set[str] = set()
    keys, ids = _keys(events, overused), _by_outgoing_file(store, events, overused)
    while True:
        seen |= keys
        ids |= store.ids(keys) if keys else set()
        ids -= timelines.keys()
        if not ids:
            return Related(timelines, overused)
        more = dict(store.timelines(ids))
        timelines |= more
        keys = _own_keys(_events(more.values()), overused) - seen
        ids = _by_outgoing_file(store, _events(more.values()), overused)


def _keys(events: Sequence[Event], overused: Set[Reference]) -> set[str]:
    """Index keys of the numbers that link events."""
    naming = of_role(*NAMING_ROLES)
    numbers = {r for event in events for r in event.references if r.kind in naming}
    keys = {reference.key for reference in numbers - overused}
    return keys | _own_keys(events, overused) if numbers & overused else keys


def _own_keys(events: Iterable[Event], overused: Set[Reference]) -> set[str]:
    """Index keys of the declarants' own references.

    An overused one leads from an event without a joining number to the others without.
    """
    kinds = of_role(Role.OWN)
    keys = set[str]()
    for event in events:
        own = {reference for reference in event.references if reference.kind in kinds}
        keys |= {reference.key for reference in own - overused}
        if own & overused and not is_joined(event):
            keys |= set(map(unsupported_key, own & overused))
    return keys


def _by_outgoing_file(store: Store, events: Iterable[Event], overused: set[Reference]) -> set[int]:
    """Declarations that share a base name with these events, if one of them has no number.

    An overused name leads only to those without a number; one that too many share to be loaded is
    added to ``overused``.
    """
    numbered, unnumbered = _base_names(events)
    bases = numbered | unnumbered
    if not bases:
        return set()
    ids = store.ids(set(map(unsupported_key, bases)))
    if ids:
        _, kept = _base_names(_events(declaration for _, declaration in store.timelines(ids)))
        unnumbered |= bases & kept
    for base in unnumbered - overused:
        everywhere = store.ids({base.key})
        if len(everywhere) > _MAX_LOADED:
            overused.add(base)
        else:
            ids |= everywhere
    return ids


def _base_names(events: Iterable[Event]) -> tuple[set[Reference], set[Reference]]:
    """Base names of outgoing files: those of events with a number, and of events without one."""
    numbered, unnumbered = set[Reference](), set[Reference]()
    kinds = of_role(Role.FILE)
    for event in events:
        if files := [reference for reference in event.references if reference.kind in kinds]:
            (numbered if is_numbered(event) else unnumbered).update(files)
    return numbered, unnumbered


def _events(declarations: Iterable[Declaration]) -> Iterator[Event]:
    return (event for declaration in declarations for event in declaration.events)


def _messages(declaration: Declaration) -> Iterator[str]:
    return (message for event in declaration.events for message in event.messages)


def reread(message: Message) -> list[Event]:
    """The events of a message whose bytes are still those that its digest was made of."""
    try:
        unpacked = reparsed(message.data, message.received_as)
        events = unpacked.events()
    except Unreadable as why:
        raise StoreDamaged(
            "not a whole store: message {id} can no longer be read: {why}; {remedy}",
            id=message.id,
            why=why,
            remedy=SALVAGE,
        ) from why
    if unpacked.id != message.id:
        raise StoreDamaged(
            "not a whole store: the bytes of message {id} are not those of its digest; {remedy}",
            id=message.id,
            remedy=SALVAGE,
        )
    return events
