"""Proof that nothing is lost: checking a store against its messages, and copying it whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from clearance.customs.calendars import OFFICIAL
from clearance.errors import BadArgument, StoreDamaged
from clearance.figures import dwell
from clearance.model import Declaration, Event, Message, Record, Refusal, Timings
from clearance.stores import BUSY_TIMEOUT, Store, tinydb
from clearance.stores.codec import from_event, from_summary
from clearance.timelines import derive, linking
from clearance.timelines.intake import BATCH, BATCH_BYTES, DERIVED, Batch, Ingested, write

V = TypeVar("V", Message, Refusal)


def verify(store: Store) -> Iterator[str]:
    """What is wrong with a store; nothing if every message and timeline is what it should be.

    Of a store that is damaged as a file: what can still be saved.
    """
    try:
        yield from _wrong(store)
    except StoreDamaged as damage:
        yield str(damage)
        if Path(store.url).is_file():
            found = Counter(map(_readable, tinydb.survivors(store.url, BUSY_TIMEOUT)))
            yield f"{found[True]} messages and records can still be read, {found[False]} cannot"


def _readable(kept: Message | Refusal | Record | None) -> bool:
    """Whether something is kept that is what it was when it came."""
    try:
        if isinstance(kept, Message):
            linking.reread(kept)
    except StoreDamaged:
        return False
    return kept is not None


def _wrong(store: Store) -> Iterator[str]:
    yield from store.damage()
    told: set[str] = set()
    checked: set[int] = set()
    for id, declaration in store.timelines():
        if id in checked:
            continue
        group, ids, events, problems = _told(store, declaration)
        checked |= group.keys()
        told |= ids
        yield from problems
        derived = derive.link(events)
        for kept in group.values():
            if kept in derived:
                derived.remove(kept)
            else:
                yield f"the timeline of {kept.name} is not what its messages say: rebuild the store"
        for missing in derived:
            yield f"the timeline of {missing.name} is missing: rebuild the store"
        timings = dict(store.timings(group))
        for key, kept in group.items():
            if timings.get(key) != Timings.of(kept):
                yield f"what reports read of {kept.name} is not its timeline: rebuild the store"
    for message in store.messages():
        if message.id not in told:
            yield f"message {message.id} is in no timeline: rebuild the store"
    if dwell.differs(store, OFFICIAL):
        yield "what is known of usual times is not what the timelines say: rebuild the store"
    deque(store.records(), maxlen=0)  # raises where one cannot be read


def _told(
    store: Store, declaration: Declaration
) -> tuple[dict[int, Declaration], set[str], list[Event], list[str]]:
    """What must be judged together with a declaration.

    The declarations, the ids of the messages they tell of, what those say, and what is wrong.
    """
    group: dict[int, Declaration] = {}
    found = linking.related(store, declaration.events)
    while found.keys() - group.keys():
        group |= found
        ids = {m for d in group.values() for event in d.events for m in event.messages}
        events: list[Event] = []
        problems: list[str] = []
        gone = set(ids)
        for message in store.messages(ids):
            gone.discard(message.id)
            try:
                events += linking.reread(message)
            except StoreDamaged as damage:
                problems.append(str(damage))
        if gone:
            what = f"the timeline of {declaration.name} tells of a message that is gone"
            problems.append(f"{what}: {min(gone)}")
        found = linking.related(store, events)
    return group, ids, events, problems


@dataclass(slots=True)
class Salvaged:
    """What could be saved of a damaged store, and how much could not be read."""

    messages: int = 0
    refused: int = 0
    records: int = 0
    lost: int = 0


def salvage(path: str, busy_timeout: float) -> Salvaged:
    """Puts a new store, of all that can still be read, in the place of one in a damaged file.

    Timelines are derived anew. Whatever is lost came as messages once: reading those in again, as
    from the folder they were archived in, brings it back. The damaged file stays beside the new
    one. Raises StoreError, and leaves all as it was, if the new store would not be whole.
    """
    if not Path(path).is_file():
        raise BadArgument(f"{path} is no store in a file: only such a one can be salvaged")
    with tinydb.replacing(path, busy_timeout) as target:
        saved = _saved(tinydb.survivors(path, busy_timeout), target)
        if saved.lost and not saved.messages:
            raise StoreDamaged(f"no message in {path} can be read: it stays as it is")
        for problem in _wrong(target):
            raise StoreDamaged(f"the new store is not whole: {problem}")
    return saved


def _saved(survivors: Iterable[Message | Refusal | Record | None], target: Store) -> Salvaged:
    saved, total = Salvaged(), Ingested()
    batch = Batch()
    for one in survivors:
        if not _readable(one):
            saved.lost += 1
        elif isinstance(one, Record):
            target.save_records([one] if one.kind not in DERIVED else ())
            saved.records += one.kind not in DERIVED
        elif isinstance(one, Refusal):
            batch.refusals[one.id] = one
            saved.refused += 1
        elif isinstance(one, Message):
            batch.messages[one.id] = one
            batch.events[one.id] = linking.reread(one)
            saved.messages += 1
        if len(batch.messages) + len(batch.refusals) >= BATCH:
            write(target, batch, total)
            batch = Batch()
    write(target, batch, total)
    return saved


@dataclass(slots=True)
class Copied:
    """What a copy did, in messages, refused ones too: written, there before, found whole there."""

    copied: int = 0
    skipped: int = 0
    verified: int = 0


def copy(source: Store, target: Store) -> Copied:
    """Copies all that a store keeps into another, and proves that it is there.

    Messages that are there already are passed over, so a copy that was interrupted goes on where
    it stopped. Timelines are not copied but derived there from the messages. Raises StoreDamaged
    where what is there in the end is not what is kept here.
    """
    total = Ingested()
    for some in _chunks(source.messages()):
        events = {message.id: linking.reread(message) for message in some}
        write(target, Batch(len(some), 0, {m.id: m for m in some}, events), total)
    for refusals in _chunks(source.refused()):
        read = target.names_of([refusal.id for refusal in refusals])
        left = {refusal.id: refusal for refusal in refusals if refusal.id not in read}
        write(target, Batch(len(refusals), refusals=left), total)
    told = {(record.kind, record.id) for record in target.records()}
    own = (record for record in source.records() if record.kind not in DERIVED)
    missing = [record for record in own if (record.kind, record.id) not in told]
    for start in range(0, len(missing), BATCH):
        target.save_records(missing[start : start + BATCH])
    verified = _arrived(source, target)
    if source.info()["messages"] == target.info()["messages"]:
        _same(source, target)
        target.mark_checked(_settled(source, target, target.unchecked()))
    return Copied(total.new + total.refused, total.duplicate, verified)


def _chunks(kept: Iterable[V]) -> Iterator[list[V]]:
    """Messages or refusals in so many as one commit may hold."""
    chunk, size = list[V](), 0
    for one in kept:
        chunk.append(one)
        size += len(one.data)
        if len(chunk) >= BATCH or size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _arrived(source: Store, target: Store) -> int:
    """How many messages and refusals of one store another has whole, which must be all."""
    count = 0
    for some in _chunks(source.messages()):
        there = {message.id: message for message in target.messages({m.id for m in some})}
        for message in some:
            if message.id not in there:
                raise StoreDamaged(f"message {message.id} has not arrived: copy again")
            linking.reread(there[message.id])
        count += len(some)
    for refusals in _chunks(source.refused()):
        ids = {refusal.id for refusal in refusals}
        kept = {refusal.id: refusal.data for refusal in target.refused(ids)}
        read = target.names_of(ids)
        for refusal in refusals:
            if kept.get(refusal.id) != refusal.data and refusal.id not in read:
                raise StoreDamaged(f"refused message {refusal.id} has not arrived: copy again")
        count += len(refusals)
    return count


def _same(source: Store, target: Store) -> None:
    """Makes sure that two stores of the same messages tell the same of them."""
    ours, theirs = (
        Counter(_fingerprint(declaration) for _, declaration in store.timelines())
        for store in (source, target)
    )
    if different := (ours - theirs).total() + (theirs - ours).total():
        raise StoreDamaged(
            f"{different} timelines are not the same in both stores: run clearance store verify, "
            "then rebuild, on the one copied from"
        )


def _fingerprint(declaration: Declaration) -> bytes:
    told = [
        from_summary(declaration),
        [from_event(event, declaration.system) for event in declaration.events],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()


def _settled(source: Store, target: Store, ids: Collection[int]) -> list[int]:
    """Which of some timelines of a copy have been looked at, as they are, where it came from."""
    unsettled = {
        message
        for _, declaration in source.timelines(source.unchecked())
        for event in declaration.events
        for message in event.messages
    }
    return [
        id
        for id, declaration in target.timelines(ids)
        if unsettled.isdisjoint(m for event in declaration.events for m in event.messages)
    ]
