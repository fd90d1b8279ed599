"""Proof that nothing is lost: checking a store against its messages, and copying it whole."""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from clearance import stores
from clearance.customs.calendars import OFFICIAL
from clearance.customs.unpacking import is_intact
from clearance.errors import (
    DAMAGE,
    RESCUE,
    BadArgument,
    NoStore,
    Phrase,
    StoreDamaged,
    StoreOvertaken,
)
from clearance.figures import dwell, feeds
from clearance.files import typed
from clearance.hashing import sha256
from clearance.model import Declaration, Event, Message, Record, Reference, Refusal, Timings
from clearance.named_tuples import NamedTuple
from clearance.sources.remembered import Many
from clearance.stores import DamagedStore, Store, chain
from clearance.stores.chain import Link
from clearance.stores.codec import LOOKED, UNREAD, from_event, from_notice, from_summary
from clearance.timelines import derive, forecasts, linking, merging
from clearance.timelines.intake import (
    BATCH,
    BATCH_BYTES,
    CURSOR,
    DERIVED,
    Batch,
    Ingested,
    holds_news,
    write,
)
from clearance.timelines.refusals import digest

if TYPE_CHECKING:
    from clearance.stores.exported import Exported

V = TypeVar("V", Message, Refusal, Record)
Received = TypeVar("Received", Message, Refusal)

# Verifying


def verify(store: Store) -> Iterator[Phrase]:
    """What is wrong with a store; nothing if every message and timeline is what it should be.

    Of a store that is damaged as a file: also how much can still be read.
    """
    damaged = False
    for text, problem in {str(problem): problem for problem in _problems(store)}.items():
        damaged |= text.startswith(DAMAGE)
        yield problem
    if damaged and stores.is_file(store.url):
        with stores.open_damaged(store.url) as file:
            found = (*file.messages(), *file.refused(), *file.records())
            count = Counter(map(_is_readable, found))
        yield Phrase(
            "{left} messages and records can still be read, {lost} cannot",
            left=count[True],
            lost=count[False],
        )


def verify_files(
    store: Store, files: Iterable[Path], sources: Mapping[str, Path]
) -> Iterator[Phrase]:
    """Which files hold something that a store does not, although they look as they were read."""
    for file in files:
        if holds_news(store, file, sources):
            yield Phrase(
                "{file} holds what the store does not, and looks as it did when it was read: "
                "clearance ingest --reread {folder}",
                file=file,
                folder=typed(file.parent),
            )


def _is_readable(found: Message | Refusal | Record | None) -> bool:
    """Whether something could be read, and is what was written."""
    if isinstance(found, Refusal):
        return is_intact(found)
    try:
        if isinstance(found, Message):
            linking.reread(found)
    except StoreDamaged:
        return False
    return found is not None


def _problems(store: Store) -> Iterator[Phrase]:
    """What is wrong, part by part: damage in one is not the end of the others."""
    in_timelines = array("Q")
    for part in (
        store.damage(),
        _wrong_timelines(store, in_timelines),
        _left_out(store, in_timelines),
        _wrong_refusals(store),
        _wrong_projections(store),
        chain.problems(store),
    ):
        try:
            yield from part
        except StoreDamaged as damage:
            yield damage


def _hash(id: str) -> int:
    """The bits, mostly 64, that Python hashes an id to by a secret key: of a million ids one in ten
    trillion is taken for another, and they need less than half the memory.
    """
    return hash(id) % 2**64


def _wrong_timelines(store: Store, in_timelines: array[int]) -> Iterator[Phrase]:
    """Timelines that are not what their messages say; the hashes of their ids are added."""
    verified: set[int] = set()
    for id, declaration in store.timelines():
        if id not in verified:
            group = _group_of(store, id, declaration)
            verified |= group.timelines.keys()
            in_timelines.extend(map(_hash, group.messages))
            yield from group.problems
            yield from _differences(group)
            yield from _wrong_timings(store, group.timelines)


def _left_out(store: Store, in_timelines: Iterable[int]) -> Iterator[Phrase]:
    known = Many(in_timelines)
    for message in store.messages():
        if _hash(message.id) not in known:
            yield Phrase("message {id} is in no timeline: rebuild the store", id=message.id)


def _wrong_refusals(store: Store) -> Iterator[Phrase]:
    notices = {record.id: record for record in store.records(UNREAD)}
    for refusal in store.refused():
        if not is_intact(refusal):
            yield _spoilt_refusal(refusal)
        if notices.pop(refusal.id, None) != from_notice(refusal):
            yield Phrase(
                "the notice of refused message {id} is missing: rebuild the store", id=refusal.id
            )
    for id in notices:
        yield Phrase(
            "there is a notice of message {id}, which is not refused: rebuild the store", id=id
        )


def _spoilt_refusal(refusal: Refusal) -> StoreDamaged:
    return StoreDamaged(
        "not a whole store: the bytes of refused message {id} are not those of its digest; "
        "{remedy}",
        id=refusal.id,
        remedy=RESCUE,
    )


def _wrong_projections(store: Store) -> Iterator[Phrase]:
    if dwell.differs(store, OFFICIAL):
        yield Phrase(
            "what is known of usual times is not what the timelines say: rebuild the store"
        )
    deque(store.records(), maxlen=0)  # raises where one cannot be read


class _Group(NamedTuple):
    """Timelines that must be derived together, by id; the ids of their messages, what those
    say now, and what is wrong with them; which references are overused.
    """

    timelines: dict[int, Declaration]
    messages: set[str]
    events: list[Event]
    problems: list[Phrase]
    overused: Set[Reference] = frozenset()


def _group_of(store: Store, id: int, declaration: Declaration) -> _Group:
    """What must be derived together with a declaration, which the index may not know."""
    timelines = {id: declaration}
    while True:
        group = _reread(store, declaration.name, timelines)
        related = linking.related(store, [*declaration.events, *group.events])
        if related.timelines.keys() <= timelines.keys():
            return group._replace(overused=related.overused)
        timelines |= related.timelines


def _reread(store: Store, name: str, timelines: dict[int, Declaration]) -> _Group:
    """Timelines with what their messages say; ``name`` is that of one of them."""
    ids = set(_messages_of(timelines.values()))
    missing, events, problems = set(ids), list[Event](), list[Phrase]()
    try:
        for message in store.messages(ids):
            missing.discard(message.id)
            try:
                events += linking.reread(message)
            except StoreDamaged as damage:
                problems.append(damage)
    except StoreDamaged as damage:
        problems.append(damage)
    if missing and not problems:
        problems.append(
            Phrase(
                "the timeline of {name} tells of a message that is gone: {id}",
                name=name,
                id=min(missing),
            )
        )
    return _Group(timelines, ids, events, problems)


def _messages_of(declarations: Iterable[Declaration]) -> Iterator[str]:
    """The ids of the messages that declarations are derived from."""
    events = (event for declaration in declarations for event in declaration.events)
    return (message for event in events for message in event.messages)


def _differences(group: _Group) -> Iterator[Phrase]:
    """How timelines differ from what their messages say."""
    derived = derive.link(group.events, derive.overused_in(group.events) | group.overused)
    for kept in group.timelines.values():
        if kept in derived:
            derived.remove(kept)
        else:
            yield Phrase(
                "the timeline of {name} is not what its messages say: rebuild the store",
                name=kept.name,
            )
    for missing in derived:
        yield Phrase("the timeline of {name} is missing: rebuild the store", name=missing.name)


def _wrong_timings(store: Store, timelines: Mapping[int, Declaration]) -> Iterator[Phrase]:
    timings = dict(store.timings(timelines))
    for id, declaration in timelines.items():
        if timings.get(id) != Timings.of(declaration):
            yield Phrase(
                "what reports read of {name} is not its timeline: rebuild the store",
                name=declaration.name,
            )


# Salvaging

_TRIES = 5
"""How often a store is salvaged again where another process has written before it was replaced."""


@dataclass(slots=True)
class Salvaged:
    """What could be saved of a damaged store, and how much could not be read."""

    messages: int = 0
    refused: int = 0
    records: int = 0
    lost: int = 0


def salvage(url: str, busy_timeout: float) -> Salvaged:
    """Puts a new store, of all that can still be read, in the place of one in a damaged file.

    Timelines are derived anew. Whatever is lost came as messages once: reading those in again, as
    from the folder they were archived in, brings it back. The damaged file stays beside the new
    one. Raises StoreError, and leaves all as it was, if the new store would not be whole.
    """
    kind, place = stores.located(url)
    if kind == "tinydb" and not Path(place).exists():
        raise NoStore(url)
    if not stores.is_file(url):
        raise BadArgument(
            "{url} is no store in a file: of a server store export, and store import into another, "
            "keep what can be read",
            url=url,
        )
    for _ in range(_TRIES - 1):
        with suppress(StoreOvertaken):
            return _salvaged(url, busy_timeout)
    return _salvaged(url, busy_timeout)


def _salvaged(url: str, busy_timeout: float) -> Salvaged:
    with stores.replacing(url, busy_timeout) as (damaged, target):
        saved = _saved(damaged, target)
        if saved.lost and not saved.messages:
            raise StoreDamaged("no message in {url} can be read: it stays as it is", url=url)
        for problem in _problems(target):
            raise StoreDamaged("the new store is not whole: {problem}", problem=problem)
    return saved


def _saved(damaged: DamagedStore, target: Store) -> Salvaged:
    """Writes what can be read of a damaged store into a new one."""
    saved, total = Salvaged(), Ingested()
    chain.begin(target, "salvaged", _last_link(damaged))
    for messages in _chunks(_readable(damaged.messages(), saved)):
        _write_messages(messages, target, total)
        saved.messages += len(messages)
    for refusals in _chunks(_readable(damaged.refused(), saved)):
        _write_refusals(refusals, target, total)
        saved.refused += len(refusals)
    records = [r for r in _readable(damaged.records(), saved) if r.kind not in DERIVED]
    records = _sources_anew(records, saved)
    with target.transaction():
        target.save_records(records)
        chain.extend(target, said=records)
    saved.records = len(records)
    return saved


def _sources_anew(records: list[Record], saved: Salvaged) -> list[Record]:
    """Records without the cursors of sources if something is lost: a source that is read from its
    beginning brings that back.
    """
    return [record for record in records if not saved.lost or record.kind != CURSOR]


def _last_link(damaged: DamagedStore | Exported) -> Link | None:
    """The last link of its chain that can be read."""
    links = (Link(r.document) for r in damaged.records() if r and r.kind == chain.LINK)
    return max(links, key=lambda link: link.number, default=None)


def _readable(found: Iterable[V | None], saved: Salvaged) -> Iterator[V]:
    """What could be read, and is what was written; the rest is counted as lost."""
    for each in found:
        if each is not None and _is_readable(each):
            yield each
        else:
            saved.lost += 1


# Copying


@dataclass(slots=True)
class Copied:
    """What a copy did, in messages, refused ones too: written, there before, found whole there;
    and how many other records both stores keep, of which it cannot be told what holds.
    """

    copied: int = 0
    skipped: int = 0
    verified: int = 0
    different: int = 0


def copy(source: Store, target: Store) -> Copied:
    """Copies all that a store keeps into another, and proves that it is there.

    Messages that are there already are passed over, so a copy that was interrupted goes on where
    it stopped; plans, alerts and other records that are there and differ are merged. Timelines are
    not copied but derived there from the messages. Raises StoreDamaged where what is there in the
    end is not what is kept here.
    """
    total = Ingested()
    chain.begin(target, "copied", chain.last(source))
    for messages in _chunks(source.messages()):
        _write_messages(messages, target, total)
    for refusals in _chunks(map(_whole, source.refused())):
        _write_refusals(refusals, target, total)
    different = _copy_records(source.records, target)
    verified = sum(_verified_messages(messages, target) for messages in _chunks(source.messages()))
    verified += sum(_verified_refusals(refusals, target) for refusals in _chunks(source.refused()))
    if source.info()["messages"] == target.info()["messages"]:
        _verify_timelines(source, target)
        target.mark_checked(_checked_in(source, target, target.unchecked()))
    return Copied(total.new + total.refused, total.duplicate, verified, different)


def _whole(refusal: Refusal) -> Refusal:
    """A refusal; raises StoreDamaged if its bytes are not those that were kept."""
    if not is_intact(refusal):
        raise _spoilt_refusal(refusal)
    return refusal


def _chunks(found: Iterable[Received]) -> Iterator[list[Received]]:
    """Messages or refusals, as many at a time as one commit may hold."""
    chunk, size = list[Received](), 0
    for each in found:
        chunk.append(each)
        size += len(each.data)
        if len(chunk) >= BATCH or size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write_messages(messages: list[Message], target: Store, total: Ingested) -> None:
    events = {message.id: linking.reread(message) for message in messages}
    by_id = {message.id: message for message in messages}
    write(target, Batch(len(messages), messages=by_id, events=events, received=False), total)


def _write_refusals(refusals: list[Refusal], target: Store, total: Ingested) -> None:
    """Writes refusals, but for those of messages that the target could read."""
    read = target.names_of([refusal.id for refusal in refusals])
    by_id = {refusal.id: refusal for refusal in refusals if refusal.id not in read}
    write(target, Batch(len(refusals), refusals=by_id, received=False), total)


def _copy_records(records: Callable[[], Iterable[Record]], target: Store) -> int:
    """Copies the records that do not follow from messages, merged with those that are there.

    Returns how many are there and differ, and stay as they are. What is still to be sent is what
    the later store has to send. Those that say when the store was in use come last, so that a copy
    that was interrupted goes on as it began.
    """
    is_newer = merging.is_later(records(), target.records())
    known = {_name(record): _hash(_text(record)) for record in target.records()}
    own = (record for record in records() if record.kind not in {*DERIVED, feeds.FEED})
    news = [record for record in own if known.get(_name(record)) != _hash(_text(record))]
    if is_newer is False:
        news = [record for record in news if not merging.is_unsent(record)]
    news.sort(key=merging.says_when)
    if is_newer:
        _drop_unsent(records(), target)
    different = 0
    for start in range(0, len(news), BATCH):
        with target.transaction():
            some = news[start : start + BATCH]
            kept = _records_like(some, target)
            merged = [
                merging.merged(kept[name], record, is_newer) if name in kept else record
                for record in some
                if (name := _name(record))
            ]
            different += merged.count(None)
            changed = [record for record in merged if record and kept.get(_name(record)) != record]
            target.save_records(changed)
            chain.extend(target, said=changed)
    with target.transaction():
        forecasts.forget(target)
        feeds.merge(target, (record for record in records() if record.kind == feeds.FEED))
        target.clear_records(LOOKED)
    return different


def _drop_unsent(records: Iterable[Record], target: Store) -> None:
    """Drops the deliveries that a store is still to make, without those among some records."""
    kept = {record.id for record in records if merging.is_unsent(record)}
    unsent = filter(merging.is_unsent, target.records(merging.DELIVERY))
    gone = {record.id for record in unsent} - kept
    with target.transaction():
        target.delete_records(merging.DELIVERY, gone)


def _records_like(records: Iterable[Record], target: Store) -> dict[tuple[str, str], Record]:
    """The records of a store that have the kind and the id of some, by these."""
    ids = defaultdict[str, set[str]](set)
    for record in records:
        ids[record.kind].add(record.id)
    found = (target.records(kind, named) for kind, named in ids.items())
    return {_name(record): record for each in found for record in each}


def _name(record: Record) -> tuple[str, str]:
    return record.kind, record.id


def _text(record: Record) -> str:
    return json.dumps([record.document, sorted(record.keys)], sort_keys=True)


def _verified_messages(messages: list[Message], target: Store) -> int:
    """How many messages a store has whole, which must be all."""
    copies = {copy.id: copy for copy in target.messages({message.id for message in messages})}
    for message in messages:
        if message.id not in copies:
            raise StoreDamaged("message {id} has not arrived: copy again", id=message.id)
        linking.reread(copies[message.id])
    return len(messages)


def _verified_refusals(refusals: list[Refusal], target: Store) -> int:
    """The same of refusals; a message that the store could read is no longer among them."""
    copies = {copy.id: copy.data for copy in target.refused({refusal.id for refusal in refusals})}
    read = target.names_of({digest(refusal) for refusal in refusals})
    for refusal in refusals:
        if copies.get(refusal.id) != refusal.data and digest(refusal) not in read:
            raise StoreDamaged("refused message {id} has not arrived: copy again", id=refusal.id)
    return len(refusals)


def _verify_timelines(source: Store, target: Store) -> None:
    """Raises where two stores of the same messages differ in their timelines."""
    ours, theirs = (
        Counter(_fingerprint(declaration) for _, declaration in store.timelines())
        for store in (source, target)
    )
    if different := (ours - theirs).total() + (theirs - ours).total():
        raise StoreDamaged(
            "{different} timelines are not the same in both stores: run clearance store "
            "verify, then rebuild, on the one copied from",
            different=different,
        )


def _fingerprint(declaration: Declaration) -> bytes:
    document = [
        from_summary(declaration),
        [from_event(event, declaration.system) for event in declaration.events],
    ]
    return sha256(json.dumps(document, sort_keys=True).encode()).digest()


def _checked_in(source: Store, target: Store, ids: Collection[int]) -> list[int]:
    """Ids in the copy, of some, whose messages were already checked in the source store."""
    unchecked = source.timelines(source.unchecked())
    messages = set(_messages_of(declaration for _, declaration in unchecked))
    timelines = target.timelines(ids)
    return [id for id, d in timelines if messages.isdisjoint(_messages_of([d]))]


# Exporting and importing

NOT_EXPORTED = DERIVED - {chain.LINK}
"""Kinds of records that an exported store leaves out: they follow from the rest of it."""


@dataclass(slots=True)
class Imported(Copied):
    """What an import did: as a copy, and how much of the file could not be read."""

    lost: int = 0


def bring(file: Exported, target: Store) -> Imported:
    """Brings all that an exported store keeps into another, as ``copy`` does.

    What cannot be read, or is not what its digest was made of, is counted and left out.
    """
    total, read, verified = Ingested(), Salvaged(), 0
    chain.begin(target, "imported", _last_link(file))
    for messages in _chunks(_readable(file.messages(), read)):
        _write_messages(messages, target, total)
        verified += _verified_messages(messages, target)
    for refusals in _chunks(_readable(file.refused(), read)):
        _write_refusals(refusals, target, total)
        verified += _verified_refusals(refusals, target)
    records = _sources_anew(list(_readable(file.records(), read)), read)
    different = _copy_records(lambda: records, target)
    return Imported(total.new + total.refused, total.duplicate, verified, different, read.lost)
