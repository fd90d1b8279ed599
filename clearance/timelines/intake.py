"""Writing messages and timelines: reading messages in, and deriving timelines again.

Each loads what it needs, derives in pure functions, and writes in one transaction. ``now`` is
always an argument, aware.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.unpacking import NotUnpacked, Unpacked, not_unpacked, unpack
from clearance.errors import NotFound, Unreadable
from clearance.figures import dwell, feeds
from clearance.model import Event, Message, Record, Refusal
from clearance.sources import Item, Items, Source, followed
from clearance.stores import Store, codec
from clearance.timelines import linking
from clearance.timelines.query import SYSTEM

DERIVED = frozenset({dwell.DWELL, SYSTEM, linking.OVERUSED, codec.UNREAD})
"""Kinds of records that follow from messages: they are derived again, never copied."""
CURSOR = "cursor"
"""Kind of record: the cursor of a configured source."""
BATCH = 3000
"""Limit of messages in one commit."""
_UNFINISHED = ("empty", "truncated", "archive", "unopened")
"""Kinds of refusal of a file that another program may still be writing."""
BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of messages after which a commit is due."""
BATCH_SECONDS = 10.0
"""Seconds after which a commit with any message is due."""


@dataclass(slots=True)
class Ingested:
    """Counts of an ingest, in messages; ``events`` counts those of new messages.

    ``changed`` holds the ids of the timelines that were made or changed.
    """

    read: int = 0
    new: int = 0
    duplicate: int = 0
    refused: int = 0
    events: int = 0
    changed: set[int] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def declarations(self) -> int:
        """Count of timelines that were made or changed."""
        return len(self.changed)


@dataclass(slots=True)
class Batch:
    """Messages that will be written in one commit, by id.

    ``received`` is False of messages that another store kept: no feed received them.
    """

    read: int = 0
    size: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    done: list[Callable[[], None]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    received: bool = True
    begun: float = field(default_factory=time.monotonic)

    @property
    def full(self) -> bool:
        """Whether a commit is due before more is put in."""
        late = self.read > 0 and time.monotonic() - self.begun >= BATCH_SECONDS
        return self.read >= BATCH or self.size >= BATCH_BYTES or late


def ingest(store: Store, items: Items, now: datetime, calendars: Calendars = OFFICIAL) -> Ingested:
    """Reads messages into a store; those that cannot be read are kept as refused, with the reason.

    Reading the same again changes nothing. Each batch is one commit, with the cursors of the
    sources it came from; a file is confirmed with the commit that holds the last message in it,
    unless it looks half-written and may become whole.
    """
    total = Ingested()
    for batch in _batches(items, now):
        write(store, batch, total, calendars)
        for done in batch.done:
            done()
    return total


def configured(
    store: Store,
    sources: Mapping[str, Source],
    archive: Path | None = None,
    store_file: Path | None = None,
) -> Iterator[Item | None]:
    """What came to each configured source since it was last read into a store."""
    for name, source in sources.items():
        kept = next(store.records(CURSOR, {name}), None)
        cursor = kept.document["at"] if kept else None
        yield from followed(name, source, cursor, archive, store_file)


def _batches(items: Items, now: datetime) -> Iterator[Batch]:
    """Items in batches: a commit is due by count, by size, by time, or when a source waits.

    ``held`` are the sources whose cursor stays before an item that may not be whole yet, so that
    the next run reads it again.
    """
    batch, held = Batch(), set[str]()
    for item in items:
        if item is None:
            yield batch
            batch = Batch()
            continue
        whole = True
        for document in _documents(item):
            if batch.full:
                yield batch
                batch = Batch()
            whole &= _add(batch, document, now)
            if item.feed:
                batch.sources[document.id] = item.feed
        _finish(batch, item, whole, held)
    yield batch


def _documents(item: Item) -> Iterable[Unpacked | NotUnpacked]:
    """The business documents in an item, and its parts that are refused."""
    if item.why:
        size = len(item.data) if item.size is None else item.size
        return [not_unpacked(item.data, item.name, item.why, size, None)]
    return unpack(item.data, item.name, size=item.size, budget=item.budget)


def _finish(batch: Batch, item: Item, whole: bool, held: set[str]) -> None:
    """Adds an item's cursor and confirmation to the batch that holds its last message."""
    if item.feed and not whole:
        held.add(item.feed)
    if item.feed and item.cursor is not None and item.feed not in held:
        batch.cursors[item.feed] = item.cursor
    if item.done and whole:
        batch.done.append(item.done)


def _add(batch: Batch, document: Unpacked | NotUnpacked, now: datetime) -> bool:
    """Adds a document to a batch; returns False where a file may not be whole yet."""
    batch.read += 1
    batch.size += len(document.data)
    unread = _add_message(batch, document, now) if isinstance(document, Unpacked) else document
    if unread is None:
        return True
    reason, kind = str(unread.why), unread.why.reason
    refusal = Refusal(
        unread.id, unread.name, kind, reason, unread.size, now, unread.data, unread.sent, unread.why
    )
    batch.refusals.setdefault(unread.id, refusal)
    return kind not in _UNFINISHED


def _add_message(batch: Batch, document: Unpacked, now: datetime) -> NotUnpacked | None:
    """Adds a message with its events to a batch; returns it if it cannot be read, with the reason.

    One that is in the batch already is read again, given all its names.
    """
    received_as = document.received_as
    if document.id in batch.messages:
        received_as = (*batch.messages[document.id].received_as, *received_as)
    try:
        batch.events[document.id] = document.events(received_as)
    except Unreadable as why:
        name, sent = document.received_as[0]
        return NotUnpacked(document.id, name, why, len(document.data), document.data, sent)
    batch.messages[document.id] = Message(document.id, document.data, received_as, now)
    return None


def write(store: Store, batch: Batch, total: Ingested, calendars: Calendars = OFFICIAL) -> None:
    """Writes a batch in one commit, unless nothing in it is new; adds its counts to a total."""
    total.read += batch.read
    if not _anything_new(store, batch):
        total.duplicate += batch.read
        if batch.cursors:
            with store.transaction():
                _save_cursors(store, batch)
        return
    with store.transaction():
        _save_cursors(store, batch)
        kept = store.names_of(batch.messages)
        fresh = {id: message for id, message in batch.messages.items() if id not in kept}
        renamed = _renamed(store, batch, set(kept))
        refusals = _new_refusals(store, batch)
        store.save_messages([*fresh.values(), *renamed.values()])
        store.save_refusals(refusals)
        store.drop_refusals(fresh.keys() - batch.refusals.keys())
        events = [event for id in fresh for event in batch.events[id]]
        relinked = linking.relink(store, events, renamed)
        dwell.update(store, calendars, relinked.before, relinked.after)
        _save_projections(store, batch, fresh, refusals)
    total.new += len(fresh)
    total.refused += len(refusals)
    total.duplicate += batch.read - len(fresh) - len(refusals)
    total.events += len(events)
    total.changed = (total.changed | relinked.written) - relinked.dropped
    total.refusals += refusals


def _new_refusals(store: Store, batch: Batch) -> list[Refusal]:
    """The refusals of a batch that the store does not hold."""
    kept = {refusal.id for refusal in store.refused(batch.refusals)}
    return [refusal for id, refusal in batch.refusals.items() if id not in kept]


def _save_cursors(store: Store, batch: Batch) -> None:
    """Saves the cursors of a batch's sources."""
    store.save_records(Record(CURSOR, feed, {"at": at}) for feed, at in batch.cursors.items())


def _save_systems(store: Store, events: Iterable[Event]) -> None:
    """Keeps which customs systems there are messages of, in the order they first came."""
    names = dict.fromkeys(event.system for event in events)
    kept = {record.id for record in store.records(SYSTEM, set(names))}
    store.save_records(Record(SYSTEM, name, {}) for name in names if name not in kept)


def _save_projections(
    store: Store, batch: Batch, fresh: Collection[str], refusals: Iterable[Refusal]
) -> None:
    """Keeps when each feed received messages, and which messages could not be read."""
    if batch.received:
        feeds.record_received(store, _times_by_feed(batch, fresh))
    _save_systems(store, (event for id in fresh for event in batch.events[id]))
    store.save_records(map(codec.from_notice, refusals))
    store.delete_records(codec.UNREAD, set(fresh))


def _times_by_feed(batch: Batch, fresh: Iterable[str]) -> dict[str, list[datetime]]:
    """When messages were received, by the source they came from, else by their customs system."""
    times: dict[str, list[datetime]] = {}
    for id in fresh:
        for event in batch.events[id]:
            if at := feeds.received_time(event):
                times.setdefault(batch.sources.get(id, event.system), []).append(at)
    return times


def _anything_new(store: Store, batch: Batch) -> bool:
    """Whether a batch holds a message, a name or a refusal that the store does not.

    Asked without a lock.
    """
    kept = store.names_of(batch.messages)
    if any(not set(m.received_as) <= set(kept.get(id, ())) for id, m in batch.messages.items()):
        return True
    return bool(_new_refusals(store, batch))


def _renamed(store: Store, batch: Batch, kept: Collection[str]) -> dict[str, Message]:
    """Messages that the store holds and that now came under another name too."""
    renamed = {}
    for message in store.messages(kept):
        names = {*message.received_as, *batch.messages[message.id].received_as}
        if names != set(message.received_as):
            renamed[message.id] = message._replace(received_as=tuple(sorted(names)))
    return renamed


def rebuild(store: Store, calendars: Calendars = OFFICIAL) -> int:
    """Derives timelines and their projections again, in one commit; returns the count of timelines.

    For after an upgrade with another code table or another layout of the store, or when ``verify``
    finds a difference. Refusals, and records that do not follow from messages, stay as they are.
    Raises StoreDamaged, and changes nothing, if a message can no longer be read.
    """
    with store.transaction():
        store.clear_timelines()
        for kind in (SYSTEM, linking.OVERUSED):
            store.delete_records(kind, {record.id for record in store.records(kind)})
        batch: list[Event] = []
        for count, message in enumerate(store.messages(), 1):
            batch += linking.reread(message)
            if count % BATCH == 0:
                _derive(store, batch)
                batch = []
        _derive(store, batch)
        dwell.recount(store, calendars)
    return len(store.ids())


def _derive(store: Store, events: Sequence[Event]) -> None:
    """Links events that are in no timeline yet."""
    linking.relink(store, events, {})
    _save_systems(store, events)


def retry(store: Store, now: datetime, calendars: Calendars = OFFICIAL) -> Ingested:
    """Reads the refused messages again, as after an upgrade; those that cannot be read stay.

    They count as duplicates.
    """
    total = Ingested()
    whole = [refusal for refusal in store.refused() if refusal.size == len(refusal.data)]
    for start in range(0, len(whole), BATCH):
        with store.transaction():
            batch = Batch()
            for refusal in whole[start : start + BATCH]:
                _retry(store, batch, refusal, now)
            write(store, batch, total, calendars)
    left = sum(1 for _ in store.refused())
    total.read += left
    total.duplicate += left
    return total


def _retry(store: Store, batch: Batch, refusal: Refusal, now: datetime) -> None:
    """Moves a refused message into a batch if every document in it can be read now."""
    documents = list(unpack(refusal.data, refusal.name, sent=refusal.sent))
    if all(map(_is_readable, documents)):
        store.drop_refusals([refusal.id])
        store.delete_records(codec.UNREAD, [refusal.id])
        for document in documents:
            _add(batch, document, now)


def _is_readable(document: Unpacked | NotUnpacked) -> bool:
    try:
        return isinstance(document, Unpacked) and bool(document.events())
    except Unreadable:
        return False


def refusal(store: Store, id: str) -> Refusal:
    """The refusal with an id, or with the only id that begins so; raises NotFound."""
    beginning = id if id.startswith("sha256:") else f"sha256:{id}"
    matches = [refusal for refusal in store.refused() if refusal.id.startswith(beginning)]
    if len(matches) != 1:
        if matches:
            raise NotFound(
                "{count} refused messages have an id that begins with {id}: see clearance refused",
                count=len(matches),
                id=id,
            )
        raise NotFound(
            "no refused message has an id that begins with {id}: see clearance refused", id=id
        )
    return matches[0]
