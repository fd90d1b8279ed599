"""Timelines in a store, linked anew as events come in.

What linking everything at once would give, got by loading only what new events may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from clearance.customs.references import NAMING_ROLES, is_numbered, of_role, unnumbered_key
from clearance.customs.unpacking import reparsed
from clearance.errors import SALVAGE, StoreDamaged, Unreadable
from clearance.model import Declaration, Event, Message, Reference, Role
from clearance.stores import Store
from clearance.timelines import derive


class Relinked(NamedTuple):
    """Timelines that changed: ids written, ids dropped because two became one, and the timelines
    as they were before and are after.
    """

    written: set[int]
    dropped: set[int]
    before: list[Declaration]
    after: list[Declaration]


def relink(
    store: Store,
    new: Sequence[Event],
    renamed: Mapping[str, Message],
) -> Relinked:
    """Links new events to what is kept, and writes the timelines that change.

    A name may change what a message's event says (its serial, its time of receipt), so the events
    of a renamed message are read once more, with those of every message that tells the same.
    """
    again = [event for message in renamed.values() for event in reread(message)]
    old = related(store, [*new, *again])
    stale = set(renamed)
    while renamed:
        kept = (event for declaration in old.values() for event in declaration.events)
        more = {m for event in kept if stale & set(event.messages) for m in event.messages}
        again = [event for m in store.messages(stale | more) for event in reread(m)]
        found = related(store, [*new, *again])
        if more <= stale and found.keys() <= old.keys():
            break
        stale |= more
        old |= found
    events = [event for declaration in old.values() for event in declaration.events]
    pool = [event for event in events if not stale & set(event.messages)]
    return _replace(store, old, derive.link([*pool, *again, *new]))


def _replace(
    store: Store,
    old: Mapping[int, Declaration],
    new: Iterable[Declaration],
) -> Relinked:
    """Puts timelines in the place of those their messages were in."""
    homes = {m: id for id, d in old.items() for event in d.events for m in event.messages}
    free = set(old)
    changed: list[tuple[int | None, Declaration]] = []
    for declaration in new:
        own = {homes.get(m) for event in declaration.events for m in event.messages}
        id = min((id for id in own if id in free), default=None)
        free.discard(id or 0)
        if id is None or old[id] != declaration:
            changed.append((id, declaration))
    written = store.save_timelines(changed)
    store.delete_timelines(free)
    before = [old[id] for id in {id for id, _ in changed if id is not None} | free]
    return Relinked(set(written), free, before, [declaration for _, declaration in changed])


def related(store: Store, events: Iterable[Event]) -> dict[int, Declaration]:
    """Every declaration whose events may have to be linked anew when these events come in.

    A joining number stands in one declaration only; a declarant's own reference may stand in
    several, and those may share further ones. A base name matters where one of its events has no
    number.
    """
    found: dict[int, Declaration] = {}
    seen: set[str] = set()
    keys = {r.key for event in events for r in event.references if r.kind in of_role(*NAMING_ROLES)}
    ids = _by_outgoing_file(store, events)
    while True:
        seen |= keys
        ids |= store.ids(keys) if keys else set()
        if not (ids := ids - found.keys()):
            return found
        more = dict(store.timelines(ids))
        found |= more
        keys = {
            Reference(kind, value).key
            for declaration in more.values()
            for kind in of_role(Role.OWN)
            for value in declaration.references.get(kind, ())
        } - seen
        ids = _by_outgoing_file(store, [event for d in more.values() for event in d.events])


def _by_outgoing_file(store: Store, events: Iterable[Event]) -> set[int]:
    """Declarations that share a base name with some events, where one of them has no number.

    A name so common that it says nothing leads to those without a number only.
    """
    bases: dict[str, bool] = {}
    for event in events:
        for kind, value in event.references:
            if kind in of_role(Role.FILE):
                bases[value] = bases.get(value, True) and is_numbered(event)
    if not bases:
        return set()
    found = store.ids({unnumbered_key(base) for base in bases})
    if found:
        kept = (e for _, d in store.timelines(found) for e in d.events if not is_numbered(e))
        bases |= {r.value: False for e in kept for r in e.references if r.value in bases}
    for base in (base for base, numbered in bases.items() if not numbered):
        everywhere = store.ids({Reference(kind, base).key for kind in of_role(Role.FILE)})
        if len(everywhere) <= derive.MAX_SHARING + 1:
            found |= everywhere
    return found


def reread(message: Message) -> list[Event]:
    """The events of a message whose bytes are still those that its digest was made of."""
    try:
        unpacked = reparsed(message.data, message.received_as)
        events = unpacked.events()
    except Unreadable as why:
        what = f"message {message.id} can no longer be read: {why}"
        raise StoreDamaged(f"not a whole store: {what}; {SALVAGE}") from why
    if unpacked.id != message.id:
        what = f"the bytes of message {message.id} are not those of its digest"
        raise StoreDamaged(f"not a whole store: {what}; {SALVAGE}")
    return events
