"""Timelines in a store, linked again as events come in.

The result is that of linking everything at once; only what new events may change is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from clearance.customs.references import (
    NAMING_ROLES,
    is_numbered,
    of_role,
    unnumbered_key,
    with_role,
)
from clearance.customs.unpacking import reparsed
from clearance.errors import SALVAGE, StoreDamaged, Unreadable
from clearance.model import Declaration, Event, Message, Reference, Role
from clearance.stores import Store
from clearance.timelines import derive

_Timelines = dict[int, Declaration]
"""Declarations by the id that a store keeps them under."""


class Relinked(NamedTuple):
    """Timelines that changed: ids written, ids dropped because two became one, and the timelines
    as they were before and are after.
    """

    written: set[int]
    dropped: set[int]
    before: list[Declaration]
    after: list[Declaration]


def relink(store: Store, new: Sequence[Event], renamed: Mapping[str, Message]) -> Relinked:
    """Links new events with those in the store, and writes the timelines that change.

    Another name may change what a message's event says (its serial, its time of receipt), so the
    events of a renamed message are read again, with those of every copy of it.
    """
    if renamed:
        old, stale, again = _read_again(store, new, renamed)
    else:
        old, stale, again = related(store, new), set[str](), list[Event]()
    kept = [event for event in _events(old.values()) if stale.isdisjoint(event.messages)]
    return _replace(store, old, derive.link([*kept, *again, *new]))


def _read_again(
    store: Store, new: Sequence[Event], renamed: Mapping[str, Message]
) -> tuple[_Timelines, set[str], list[Event]]:
    """The timelines that new and renamed messages may change; the messages read again, by id, and
    their events.

    Reading a copy again may lead to further timelines, and those to further copies.
    """
    stale = set(renamed)
    again = _reread(renamed.values())
    old = related(store, [*new, *again])
    while True:
        copies = _copies(stale, old.values())
        again = _reread(store.messages(stale | copies))
        more = related(store, [*new, *again])
        if copies <= stale and more.keys() <= old.keys():
            return old, stale, again
        stale |= copies
        old |= more


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
    replaced = {id for id, _ in changed if id is not None} | free
    before = [old[id] for id in replaced]
    return Relinked(set(written), free, before, [declaration for _, declaration in changed])


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


def related(store: Store, events: Sequence[Event]) -> _Timelines:
    """Every declaration whose events may have to be linked again when these events come in.

    A joining number belongs to one declaration only. A declarant's own reference may belong to
    several, and those may share further ones. A base name matters if one of its events has no
    number.
    """
    timelines: _Timelines = {}
    seen: set[str] = set()
    keys = {r.key for event in events for r in with_role(event.references, *NAMING_ROLES)}
    ids = _by_outgoing_file(store, events)
    while True:
        seen |= keys
        ids |= store.ids(keys) if keys else set()
        ids -= timelines.keys()
        if not ids:
            return timelines
        more = dict(store.timelines(ids))
        timelines |= more
        keys = _own_keys(more.values()) - seen
        ids = _by_outgoing_file(store, _events(more.values()))


def _by_outgoing_file(store: Store, events: Iterable[Event]) -> set[int]:
    """Declarations that share a base name with these events, if one of them has no number.

    A name too common to link anything leads only to those without a number.
    """
    numbered, unnumbered = _base_names(events)
    bases = numbered | unnumbered
    if not bases:
        return set()
    ids = store.ids({unnumbered_key(base) for base in bases})
    if ids:
        _, kept = _base_names(_events(declaration for _, declaration in store.timelines(ids)))
        unnumbered |= bases & kept
    for base in unnumbered:
        everywhere = store.ids({Reference(kind, base).key for kind in of_role(Role.FILE)})
        if len(everywhere) <= derive.MAX_SHARING + 1:
            ids |= everywhere
    return ids


def _base_names(events: Iterable[Event]) -> tuple[set[str], set[str]]:
    """Base names of outgoing files: those of events with a number, and of events without one."""
    numbered, unnumbered = set[str](), set[str]()
    for event in events:
        if references := with_role(event.references, Role.FILE):
            names = numbered if is_numbered(event) else unnumbered
            names.update(reference.value for reference in references)
    return numbered, unnumbered


def _own_keys(declarations: Iterable[Declaration]) -> set[str]:
    """Index keys of the declarants' own references."""
    return {
        Reference(kind, value).key
        for declaration in declarations
        for kind in of_role(Role.OWN)
        for value in declaration.references.get(kind, ())
    }


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
