"""Writing messages and timelines: reading messages in, and deriving timelines again.

Each loads what it needs, derives in pure functions, and writes in one transaction. ``now`` is
always an argument, aware.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from clearance import hashing
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.unpacking import NotUnpacked, Unpacked, is_known, not_unpacked, unpack
from clearance.errors import Phrase, SourceFailed, StoreBusy, Unreadable
from clearance.figures import dwell, feeds
from clearance.model import Declaration, Event, Message, Record, Refusal
from clearance.shipments import PLAN
from clearance.sources import (
    Change,
    Ended,
    Given,
    Item,
    Items,
    Reached,
    Source,
    Visit,
    followed,
    items,
)
from clearance.sources.remembered import REMEMBERED, Memory, Read, look
from clearance.stores import Store, chain, codec, documents
from clearance.timelines import forecasts, linking, refusals
from clearance.timelines.known_systems import SINCE, SYSTEM, UNDATED

if TYPE_CHECKING:
    from pathlib import Path

DERIVED = frozenset(
    {
        dwell.DWELL,
        forecasts.FORECAST,
        SYSTEM,
        linking.OVERUSED,
        codec.UNREAD,
        REMEMBERED,
        chain.LINK,
        codec.LOOK,
        codec.LOOKED,
        codec.TOUCHED,
    }
)
"""Kinds of records that are never copied: they follow from messages and are derived again, or say
which files are in this very store, or what was committed there.
"""
CURSOR = "cursor"
"""Kind of record: the cursor of a configured source."""
BATCH = 3000
"""Limit of messages in one commit."""
BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of messages after which a commit is due."""
BATCH_SECONDS = 10.0
"""Seconds after which a commit with any message is due."""
_LOOKED_UP_FIRST = 100
"""Messages of a batch that are looked up first: mostly one of them is new, and that is enough."""


class Ingested:
    """Counts of an ingest, in messages; ``events`` counts those of new messages.

    ``changed`` holds the ids of the timelines that were made or changed, ``dropped`` of those that
    became part of another. ``passed_over`` counts files that are no messages; ``passed_names`` are
    they, with the reason, and ``passed`` those of each sort that was not told before.
    ``half_written`` are the places of those that are still being written. ``known`` counts the
    files that were not opened, because they look as they did when they were read; what is in them
    counts as read, and as a duplicate. ``unmoved`` are
    the names of files that could not be moved into the archive, by the reason. ``begun`` is what
    was found so far in files whose end has not come yet, by place.
    """

    def __init__(self) -> None:
        self.read = self.new = self.duplicate = self.refused = self.events = 0
        self.passed_over = self.known = 0
        self.half_written: list[str] = []
        self.changed: set[int] = set()
        self.dropped: set[int] = set()
        self.refusals: list[Refusal] = []
        self.passed: list[tuple[Phrase, list[str]]] = []
        self.passed_names: list[tuple[Phrase, str]] = []
        self.unmoved: list[tuple[OSError, list[str]]] = []
        self.begun: dict[str, FoundInFile] = {}

    def add(self, later: Ingested) -> None:
        """Adds what a later part of the same ingest did."""
        for count in ("read", "new", "duplicate", "refused", "events", "passed_over"):
            setattr(self, count, getattr(self, count) + getattr(later, count))
        self.half_written = list(dict.fromkeys([*self.half_written, *later.half_written]))
        self.changed = (self.changed - later.dropped) | later.changed
        self.refusals += later.refusals
        self.passed_names += later.passed_names
        for error, names in later.unmoved:
            self.leave(error, names)
        for place, found in later.begun.items():
            self.begun.setdefault(place, FoundInFile()).add(found)

    def leave(self, error: OSError, names: list[str]) -> None:
        """Notes the names of files that cannot be moved into the archive, and why."""
        for known, others in self.unmoved:
            if _why(known) == _why(error):
                others += names
                return
        self.unmoved.append((error, names))

    @property
    def declarations(self) -> int:
        """Count of timelines that were made or changed."""
        return len(self.changed)

    @property
    def waiting(self) -> int:
        """Count of the files that are still being written."""
        return len(self.half_written)


class FoundInFile:
    """What was found in a file so far."""

    __slots__ = ("messages", "passed", "read", "refused", "unfinished", "waiting")

    def __init__(self) -> None:
        self.messages = self.read = self.passed = 0
        self.refused = self.unfinished = self.waiting = False

    def add(self, other: FoundInFile) -> None:
        """Adds what was found in another part of the same file."""
        self.messages += other.messages
        self.passed += other.passed
        self.read += other.read
        self.refused |= other.refused
        self.unfinished |= other.unfinished
        self.waiting |= other.waiting


class Batch:
    """Messages that will be written in one commit, by id.

    ``heard`` are the times at which each source, else each customs system, received them; of
    messages that another store kept ``received`` is False: no feed received them. ``origins``
    are the records of where refusals came from; ``whole`` are the places of files that
    were read as a whole; ``done`` confirms files, by their names; ``seen`` are the files to
    remember. ``leaves`` are those of the chain of commits, by the ids of messages, as far as they
    were made before the commit.
    """

    def __init__(
        self,
        read: int = 0,
        *,
        messages: dict[str, Message] | None = None,
        events: dict[str, list[Event]] | None = None,
        refusals: dict[str, Refusal] | None = None,
        received: bool = True,
    ) -> None:
        self.read = read
        self.size = 0
        self.messages = messages or {}
        self.events = events or {}
        self.refusals = refusals or {}
        self.origins: dict[str, Record] = {}
        self.digests: dict[str, str] = {}
        self.whole: list[str] = []
        self.heard: dict[str, list[datetime]] = {}
        self.passed: list[tuple[Phrase, str]] = []
        self.half_written: list[str] = []
        self.done: list[tuple[str, Callable[[], None]]] = []
        self.cursors: dict[str, str] = {}
        self.changes: dict[str, list[Change]] = {}
        self.seen: list[Read] = []
        self.leaves: dict[str, bytes] = {}
        self.received = received
        self.begun = time.monotonic()

    @property
    def full(self) -> bool:
        """Whether a commit is due before more is put in."""
        late = self.read > 0 and time.monotonic() - self.begun >= BATCH_SECONDS
        return self.read >= BATCH or self.size >= BATCH_BYTES or late


def for_many() -> None:
    """Takes from now on what is quicker for each message, and takes longer to load."""
    hashing.for_many()
    documents.for_many()


class Other(Protocol):
    """Another process that does a part of an ingest."""

    @property
    def total(self) -> Ingested:
        """What both did."""

    def wait(self) -> None:
        """Waits until it has written, if it is its turn; to be called before each commit."""


def ingest(
    store: Store,
    items: Items,
    now: datetime,
    calendars: Calendars = OFFICIAL,
    memory: Memory | None = None,
    other: Other | None = None,
) -> Ingested:
    """Reads messages into a store; those that cannot be read are kept as refused, with the reason.

    Reading the same again changes nothing. Each batch is one commit, with the cursors of the
    sources it came from, and with the files in it, which ``memory`` remembers; a file is confirmed
    with the commit that holds the last message in it, if all in it was read. One that is still
    being written is left for the next run. The counts are those of an ``other`` process too.
    """
    total = other.total if other else Ingested()
    take_in(store, items, now, total, calendars, memory, other.wait if other else None)
    _refresh(store, now)
    total.passed = _untold(store, total.passed_names)
    if memory:
        _count_known(total, memory)
    return total


def _refresh(store: Store, now: datetime) -> None:
    """Does what is due once a day when something was read in."""
    if forecasts.refresh(store, now):
        with suppress(StoreBusy):  # it only saves time, and is due again another day
            store.pack()


def take_in(
    store: Store,
    items: Items,
    now: datetime,
    total: Ingested,
    calendars: Calendars = OFFICIAL,
    memory: Memory | None = None,
    before: Callable[[], object] | None = None,
) -> None:
    """Does a part of an ingest: all but what is done once, at its end."""
    for batch in _batches(items, now, total.begun):
        if before:
            _make_ready(store, batch)
            before()
        _commit(store, batch, total, calendars, memory)


def _make_ready(store: Store, batch: Batch) -> None:
    """Does what can be done of a commit while another process writes."""
    kept = store.names_of(batch.messages)
    new = [message for id, message in batch.messages.items() if id not in kept]
    store.make_ready(new)
    batch.leaves = {message.id: chain.leaf(message, chain.names_of(message)) for message in new}


def _count_known(total: Ingested, memory: Memory) -> None:
    """Counts what is in the files that were not opened, as if it had been read again."""
    total.known = memory.known
    total.read += memory.messages
    total.duplicate += memory.messages
    total.passed_over += memory.passed


def commits(
    store: Store,
    items: Items,
    now: datetime,
    calendars: Calendars = OFFICIAL,
    memory: Memory | None = None,
) -> Iterator[Ingested]:
    """What each commit of an ingest did, as it is made."""
    for batch in _batches(items, now):
        done = Ingested()
        _commit(store, batch, done, calendars, memory)
        done.passed = _untold(store, batch.passed)
        if batch.read < BATCH:
            _refresh(store, now)
        yield done


def _commit(
    store: Store, batch: Batch, total: Ingested, calendars: Calendars, memory: Memory | None
) -> None:
    """Writes a batch and confirms its files; adds its counts to a total."""
    write(store, batch, total, calendars, memory)
    for name, error in _confirm(batch):
        total.leave(error, [name])
    total.half_written += batch.half_written
    total.passed_names += batch.passed
    total.passed_over += len(batch.passed)


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _untold(store: Store, passed: Iterable[tuple[Phrase, str]]) -> list[tuple[Phrase, list[str]]]:
    """Names of files passed over by the reason, if it was not told before; it is told now."""
    names: dict[str, tuple[Phrase, list[str]]] = {}
    for why, name in passed:
        names.setdefault(str(why), (why, []))[1].append(name)
    return [names[why] for why in refusals.untold(store, names)]


def _confirm(batch: Batch) -> Iterator[tuple[str, OSError]]:
    """Confirms the files of a batch; the names of those that cannot be moved, and why."""
    for name, done in batch.done:
        try:
            done()
        except OSError as error:
            yield name, error


def configured(
    store: Store,
    sources: Mapping[str, Source],
    archive: Path | None = None,
    store_file: str | None = None,
    memory: Memory | None = None,
    visits: dict[str, Visit] | None = None,
) -> Iterator[Given]:
    """What came to each configured source since it was last read into a store.

    What came of asking each is put among ``visits``, also why one failed; the others are read then.
    Without ``visits`` SourceFailed is raised.
    """
    for name, source in sources.items():
        visit = Visit()
        try:
            cursor = _cursor(store, name)
            yield from followed(name, source, cursor, archive, store_file, memory, visit)
        except SourceFailed as failure:
            if visits is None:
                raise
            visit.failure = failure
        if visits is not None:
            visits[name] = visit


def _cursor(store: Store, feed: str) -> str | None:
    """The cursor of a source that is kept; None before there is any."""
    kept = next(store.records(CURSOR, {feed}), None)
    return _cursor_of(kept) if kept else None


@codec.reads(CURSOR)
def _cursor_of(record: Record) -> str | None:
    at: str | None = record.document["at"]
    return at


def _batches(
    items: Items, now: datetime, begun: dict[str, FoundInFile] | None = None
) -> Iterator[Batch]:
    """Items in batches: a commit is due by count, by size, by time, or when a source waits.

    ``held`` are the sources whose cursor stays before an item that may not be whole yet, so that
    the next run reads it again; ``begun`` is what was found in files whose end has not come yet.
    """
    batch, held = Batch(), set[str]()
    begun = {} if begun is None else begun
    for item in items:
        if item is None:
            yield batch
            batch = Batch()
            continue
        if isinstance(item, Reached):
            _reach(batch, item.feed, item.cursor, held)
            continue
        if isinstance(item, Ended):
            _finish(batch, item.item, begun.pop(item.item.place or "", FoundInFile()), held)
            continue
        file = _found_in(item, begun)
        for document in _documents(item):
            if batch.full:
                yield batch
                batch = Batch()
                for_many()
            _add(batch, document, item, file, now)
        _finish(batch, item, file, held)
    yield batch


def _found_in(item: Item, begun: dict[str, FoundInFile]) -> FoundInFile:
    """What was found so far in the file that an item comes from."""
    if item.place is None:
        return FoundInFile()
    if item.last:
        return begun.pop(item.place, None) or FoundInFile()
    return begun.setdefault(item.place, FoundInFile())


def _documents(item: Item) -> Iterable[Unpacked | NotUnpacked]:
    """The business documents in an item, and its parts that are refused."""
    if item.why:
        size = len(item.data) if item.size is None else item.size
        return [not_unpacked(item.data, (item.name,), item.why, size, None)]
    filed = None if item.budget else item.modified
    return unpack(item.data, item.name, size=item.size, budget=item.budget, filed=filed)


def _finish(batch: Batch, item: Item, file: FoundInFile, held: set[str]) -> None:
    """Adds an item's cursor and confirmation to the batch that holds its last message."""
    if item.feed and file.unfinished and not item.final:
        held.add(item.feed)
    _reach(batch, item.feed, item.cursor, held)
    whole = bool(file.messages) and not file.refused and not file.unfinished
    if item.last and whole:
        if item.done:
            batch.done.append((item.name, item.done))
        if item.place:
            batch.whole.append(item.place)
    lasting = item.last and not item.racy and not file.waiting and not (whole and item.done)
    if lasting and item.place and item.state:
        folder, name = os.path.split(item.place)
        batch.seen.append(Read(folder, look(name, item.state), whole, file.read, file.passed))


def _reach(
    batch: Batch, feed: str | None, cursor: str | Change | None, held: Collection[str]
) -> None:
    """Adds the place that a source has reached to a batch, unless its cursor stays behind."""
    if not feed or cursor is None or feed in held:
        return
    if isinstance(cursor, str):
        batch.cursors[feed] = cursor
    else:
        batch.changes.setdefault(feed, []).append(cursor)


def _add(
    batch: Batch, document: Unpacked | NotUnpacked, item: Item, file: FoundInFile, now: datetime
) -> None:
    """Adds a document to a batch, unless it is no message or its file is still being written."""
    unread = (
        _add_message(batch, document, item, now) if isinstance(document, Unpacked) else document
    )
    if unread is None:
        file.messages += 1
    elif why := refusals.passed_over(unread):
        batch.passed.append((why, unread.name))
        file.passed += 1
        return
    elif _settles(unread, item, now):
        if not file.unfinished:
            batch.half_written.append(item.place or item.name)
        file.unfinished = file.waiting = True
        return
    else:
        file.refused = True
        file.unfinished |= unread.why.reason in refusals.UNFINISHED
        batch.refusals.setdefault(unread.id, refusals.refusal(unread, now))
        batch.origins.setdefault(unread.id, refusals.origin(unread, item.place))
    batch.read += 1
    file.read += 1
    batch.size += len(document.data)


def _settles(document: NotUnpacked, item: Item, now: datetime) -> bool:
    """Whether a file may still be being written; a zip file that lists its members is whole."""
    return item.budget is None and refusals.is_settling(document, item.modified, now)


def _add_message(batch: Batch, document: Unpacked, item: Item, now: datetime) -> NotUnpacked | None:
    """Adds a message with its events to a batch; returns it if it cannot be read, with the reason.

    One that is in the batch already is read again, given all its names. A name counts if the
    message can be read by it alone: so it does not matter which other copies come with it.
    """
    kept = batch.messages.get(document.id)
    received_as = (*kept.received_as, *document.received_as) if kept else document.received_as
    try:
        own = document.events()
        events = document.events(received_as) if kept else own
    except Unreadable as why:
        return document.refused(why)
    batch.events[document.id] = events
    batch.messages[document.id] = Message(document.id, document.data, received_as, now)
    batch.digests[document.digest] = document.id
    _hear(batch, item.feed, own)
    return None


def _hear(batch: Batch, feed: str | None, events: Iterable[Event]) -> None:
    """Adds when a message was received, by a name it came under, whatever others it has.

    So what is known of a feed does not depend on which name, or which source, came first.
    """
    for event in events:
        if at := feeds.received_time(event):
            batch.heard.setdefault(feed or event.system, []).append(at)


def write(
    store: Store,
    batch: Batch,
    total: Ingested,
    calendars: Calendars = OFFICIAL,
    memory: Memory | None = None,
) -> None:
    """Writes a batch in one commit, unless nothing in it is new; adds its counts to a total."""
    total.read += batch.read
    if not _anything_new(store, batch):
        total.duplicate += batch.read
        placed = batch.cursors or batch.changes or (memory and batch.seen)
        if placed or (batch.received and feeds.tells_more(store, batch.heard)):
            with store.transaction():
                _save_places(store, batch, memory)
        return
    with store.transaction():
        _save_places(store, batch, memory)
        kept = store.names_of(batch.messages)
        fresh = {id: message for id, message in batch.messages.items() if id not in kept}
        renamed = _renamed(store, batch, set(kept))
        new = refusals.new(store, batch.refusals, batch.digests)
        absent = () if store.unreadable else fresh.keys()
        new_ids = store.save_messages([*fresh.values(), *renamed.values()], absent)
        store.drop_refusals(fresh.keys() - batch.refusals.keys())
        store.delete_records(codec.UNREAD, set(fresh))
        refusals.end(store, refusals.healed(store, batch.whole, batch.digests))
        refusals.save(store, new, batch.origins)
        events = [event for id in fresh for event in batch.events[id]]
        relinked = linking.relink(store, events, renamed)
        dwell.update(store, calendars, relinked.before, relinked.after)
        _revive_plans(store, relinked.after)
        forecasts.outdate(store, events, relinked, renamed=bool(renamed))
        _save_digests(store, batch, fresh)
        _save_systems(store, (event for one in relinked.after for event in one.events))
        store.save_records([codec.touched(codec.NAMES, "")] if renamed else [])
        chain.extend(
            store,
            [fresh[id] for id in new_ids],
            leaves=batch.leaves,
            renamed={id: set(one.received_as).difference(kept[id]) for id, one in renamed.items()},
            mended=fresh.keys() - new_ids,
        )
    total.new += len(fresh)
    total.refused += len(new)
    total.duplicate += batch.read - len(fresh) - len(new)
    total.events += len(events)
    total.changed = (total.changed | relinked.written) - relinked.dropped
    total.dropped |= relinked.dropped
    total.refusals += new


def _save_places(store: Store, batch: Batch, memory: Memory | None) -> None:
    """Saves where the sources of a batch stand, when they received it, and the files it read."""
    if memory:
        memory.keep(batch.seen)
    if batch.received:
        feeds.record_received(store, batch.heard)
    reached: dict[str, str | None] = {**batch.cursors}
    for feed, changes in batch.changes.items():
        for change in changes:
            reached[feed] = change(reached[feed] if feed in reached else _cursor(store, feed))
    store.save_records(Record(CURSOR, feed, {"at": at}) for feed, at in reached.items())


def _save_systems(store: Store, events: Iterable[Event]) -> None:
    """Keeps which customs systems there are messages of, with the earliest moment of each."""
    earliest: dict[str, float] = {}
    for event in events:
        at = event.at.timestamp() if event.at else UNDATED
        earliest[event.system] = min(at, earliest.get(event.system, UNDATED))
    kept = {record.id: record.document.get(SINCE, -UNDATED) for record in store.records(SYSTEM)}
    store.save_records(
        Record(SYSTEM, name, {SINCE: at})
        for name, at in sorted(earliest.items())
        if name not in kept or at < kept[name]
    )


def _revive_plans(store: Store, declarations: Iterable[Declaration]) -> None:
    """Has checks look again at the plans about declarations that changed and are open."""
    if next(store.records(PLAN), None) is not None:
        from clearance.shipments import filed

        filed.revive(store, declarations)


def _save_digests(store: Store, batch: Batch, fresh: Collection[str]) -> None:
    """Keeps the digest of the bytes of messages whose id is not made of their bytes alone."""
    store.save_records(
        Record(refusals.SAME_BYTES, digest, {})
        for digest, id in batch.digests.items()
        if digest != id and id in fresh
    )


def _anything_new(store: Store, batch: Batch) -> bool:
    """Whether a batch holds a message, a name or a refusal that the store does not.

    Nor a refusal that is over. Asked without a lock.
    """
    ids = list(batch.messages)
    for some in (ids[:_LOOKED_UP_FIRST], ids[_LOOKED_UP_FIRST:]):
        kept = store.names_of(some)
        for id in some:
            names = batch.messages[id].received_as
            if not all(is_known(name, kept.get(id, ())) for name in names):
                return True
    new = refusals.new(store, batch.refusals, batch.digests)
    return bool(new) or bool(refusals.healed(store, batch.whole, batch.digests))


def holds_news(store: Store, file: Path, sources: Mapping[str, Path]) -> bool:
    """Whether a file, in the folder of a source, holds a message or a refusal that a store does
    not.
    """
    for batch in _batches(items([file], feeds=sources), datetime.fromtimestamp(0, UTC)):
        if batch.messages.keys() - store.names_of(batch.messages).keys():
            return True
        if refusals.new(store, batch.refusals, batch.digests):
            return True
    return False


def _renamed(store: Store, batch: Batch, kept: Collection[str]) -> dict[str, Message]:
    """Messages that the store holds and that now came under another name too."""
    renamed = {}
    for message in store.messages(kept):
        names = batch.messages[message.id].received_as
        if new := {name for name in names if not is_known(name, message.received_as)}:
            known = tuple(sorted(new.union(message.received_as)))
            renamed[message.id] = message._replace(received_as=known)
    return renamed


def rebuild(store: Store, calendars: Calendars = OFFICIAL) -> int:
    """Derives timelines and their projections again, in one commit; returns the count of timelines.

    For after an upgrade with another code table or another layout of the store, or when ``verify``
    finds a difference. Refusals, and records that do not follow from messages, stay as they are.
    Raises StoreDamaged, and changes nothing, if a message can no longer be read.
    """
    with store.transaction():
        store.clear_timelines()
        for kind in (SYSTEM, linking.OVERUSED, forecasts.FORECAST, codec.LOOK, codec.LOOKED):
            store.clear_records(kind)
        _renew_notices(store)
        batch: list[Event] = []
        for count, message in enumerate(store.messages(), 1):
            batch += linking.reread(message)
            if count % BATCH == 0:
                _derive(store, batch)
                batch = []
        _derive(store, batch)
        dwell.recount(store, calendars)
        chain.complete(store)
    return len(store.ids())


def _renew_notices(store: Store) -> None:
    """Makes the notices of refusals anew, if they are not what the refusals say."""
    notices = [codec.from_notice(refusal) for refusal in store.refused()]
    if sorted(notices) != sorted(store.records(codec.UNREAD)):
        store.clear_records(codec.UNREAD)
        store.save_records(notices)


def _derive(store: Store, events: Sequence[Event]) -> None:
    """Links events that are in no timeline yet."""
    relinked = linking.relink(store, events, {})
    _revive_plans(store, relinked.after)
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
    """Moves a refused message into a batch if every document in it can be read now.

    What turns out to be no message is refused no longer.
    """
    names = refusals.names(store, refusal)
    documents = list(unpack(refusal.data, *names, sent=refusal.sent))
    if all(map(_is_settled, documents)):
        refusals.end(store, [refusal.id])
        for document in documents:
            _add(batch, document, Item(refusal.name, b""), FoundInFile(), now)


def _is_settled(document: Unpacked | NotUnpacked) -> bool:
    """Whether a document can be read, or is no message."""
    if isinstance(document, NotUnpacked):
        return refusals.passed_over(document) is not None
    try:
        return bool(document.events())
    except Unreadable:
        return False
