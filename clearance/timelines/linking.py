"""Timelines in a store, linked anew as events come in.

What linking everything at once would give, got by loading only what new events may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clearance.calendar import OFFICIAL, Calendar
from clearance.customs.unpacking import reopened
from clearance.errors import SALVAGE, StoreDamaged, Unreadable
from clearance.figures import dwell
from clearance.model import (
    CLIENT_REF,
    IDENTITY,
    OUTGOING_FILE,
    Declaration,
    Event,
    Message,
    Reference,
    unnumbered,
)
from clearance.stores import Store
from clearance.timelines import derive


def relink(
    store: Store,
    new: Sequence[Event],
    renamed: Mapping[str, Message],
    calendar: Calendar = OFFICIAL,
) -> tuple[set[int], set[int]]:
    """Links new events to what is kept; returns the ids of timelines written, and dropped.

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
    return _replace(store, old, derive.link([*pool, *again, *new]), calendar)


def _replace(
    store: Store,
    old: Mapping[int, Declaration],
    new: Iterable[Declaration],
    calendar: Calendar,
) -> tuple[set[int], set[int]]:
    """Puts timelines in the place of those their messages were in; returns the ids written, and
    those that are no more because two became one.
    """
    homes = {m: id for id, d in old.items() for event in d.events for m in event.messages}
    free = set(old)
    changed: list[tuple[int | None, Declaration]] = []
    for declaration in new:
        own = {homes.get(m) for event in declaration.events for m in event.messages}
        id = min((id for id in own if id in free), default=None)
        free.discard(id or 0)
        if id is None or old[id] != declaration:
            changed.append((id, declaration))
    ids = store.save_timelines(changed)
    store.delete_timelines(free)
    gone = [old[id] for id in {id for id, _ in changed if id is not None} | free]
    dwell.update(store, calendar, gone, [declaration for _, declaration in changed])
    return set(ids), free


def related(store: Store, events: Iterable[Event]) -> dict[int, Declaration]:
    """Every declaration whose events may have to be linked anew when these events come in.

    A joining number stands in one declaration only; a declarant's own reference may stand in
    several, and those may share further ones. A base name matters where one of its events has no
    number.
    """
    found: dict[int, Declaration] = {}
    seen: set[str] = set()
    keys = {r.key for event in events for r in event.references if r.kind in IDENTITY}
    ids = _by_outgoing_file(store, events)
    while True:
        seen |= keys
        ids |= store.ids(keys) if keys else set()
        if not (ids := ids - found.keys()):
            return found
        more = dict(store.timelines(ids))
        found |= more
        own = (v for d in more.values() for v in d.references.get(CLIENT_REF, ()))
        keys = {Reference(CLIENT_REF, value).key for value in own} - seen
        ids = _by_outgoing_file(store, [event for d in more.values() for event in d.events])


def _by_outgoing_file(store: Store, events: Iterable[Event]) -> set[int]:
    """Declarations that share a base name with some events, where one of them has no number.

    A name so common that it says nothing leads to those without a number only.
    """
    bases: dict[str, bool] = {}
    for event in events:
        for kind, value in event.references:
            if kind == OUTGOING_FILE:
                bases[value] = bases.get(value, True) and _numbered(event)
    if not bases:
        return set()
    found = store.ids({unnumbered(base) for base in bases})
    if found:
        kept = (e for _, d in store.timelines(found) for e in d.events if not _numbered(e))
        bases |= {r.value: False for e in kept for r in e.references if r.value in bases}
    for base in (base for base, numbered in bases.items() if not numbered):
        everywhere = store.ids({Reference(OUTGOING_FILE, base).key})
        if len(everywhere) <= derive.MAX_SHARING + 1:
            found |= everywhere
    return found


def _numbered(event: Event) -> bool:
    return any(r.kind in IDENTITY for r in event.references)


def reread(message: Message) -> list[Event]:
    """The events of a message whose bytes are still those that its digest was made of."""
    try:
        unpacked = reopened(message.data, message.received_as)
        events = unpacked.events()
    except Unreadable as why:
        what = f"message {message.id} can no longer be read: {why}"
        raise StoreDamaged(f"not a whole store: {what}; {SALVAGE}") from why
    if unpacked.id != message.id:
        what = f"the bytes of message {message.id} are not those of its digest"
        raise StoreDamaged(f"not a whole store: {what}; {SALVAGE}")
    return events
