"""The passes over a store: reading messages in, finding, looking for what is wrong, deriving anew.

Each loads what it needs, thinks in pure functions, and writes in one transaction. ``now`` and
``as_of`` are always arguments, aware. With ``as_of`` events later than it are left out as if they
were not known yet.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from clearance import alerts as alerting
from clearance import rules, timeline
from clearance.dialects import Refused, Unpacked, refused, reopened, unpack
from clearance.documents import OPEN, from_event, from_summary, moment_key
from clearance.errors import BadArgument, NotFound, StoreDamaged, Unreadable
from clearance.model import (
    CLIENT_REF,
    IDENTITY,
    KINDS,
    SENT_AS,
    Alert,
    Declaration,
    Event,
    Message,
    Passage,
    Reference,
    Refusal,
    Severity,
    Stage,
    Summary,
    normal,
    unnumbered,
)
from clearance.sources import Item
from clearance.stores import Store

BATCH = 1000
"""Messages in one commit, at most."""
UNFINISHED = ("empty", "truncated", "archive", "unopened")
"""Kinds of refusal of a file that somebody may still be writing."""
BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of messages after which a commit is due."""

V = TypeVar("V", Message, Refusal)


@dataclass(slots=True)
class Ingested:
    """What an ingest did, in messages; ``events`` counts those of new messages.

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
        """How many timelines were made or changed."""
        return len(self.changed)


@dataclass(slots=True)
class _Batch:
    """Messages that will be written in one commit, by id."""

    read: int = 0
    size: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    done: list[Callable[[], None]] = field(default_factory=list)


def ingest(store: Store, items: Iterable[Item], now: datetime) -> Ingested:
    """Reads messages into a store; what cannot be read is kept as refused, with the reason.

    Reading the same again changes nothing. Each batch is one commit; a file is confirmed with the
    commit that holds the last message in it, unless it looks half-written and may become whole.
    """
    total = Ingested()
    for batch in _batches(items, now):
        _write(store, batch, total)
        for done in batch.done:
            done()
    return total


def _batches(items: Iterable[Item], now: datetime) -> Iterator[_Batch]:
    batch = _Batch()
    for item in items:
        whole = True
        for found in _found(item):
            if batch.read >= BATCH or batch.size >= BATCH_BYTES:
                yield batch
                batch = _Batch()
            batch.read += 1
            batch.size += len(found.data)
            whole &= _take(batch, found, now)
        if item.done and whole:
            batch.done.append(item.done)
    yield batch


def _found(item: Item) -> Iterable[Unpacked | Refused]:
    if item.why:
        size = len(item.data) if item.size is None else item.size
        return [refused(item.data, item.name, item.why, size, None)]
    return unpack(item.data, item.name, size=item.size, budget=item.budget)


def _take(batch: _Batch, found: Unpacked | Refused, now: datetime) -> bool:
    """Puts what was found into a batch; returns whether it will stay what it is."""
    if isinstance(found, Unpacked):
        known = batch.messages.get(found.id)
        arrivals = found.arrivals if known is None else (*known.arrivals, *found.arrivals)
        try:
            batch.events[found.id] = found.events(arrivals)
            batch.messages[found.id] = Message(found.id, found.data, tuple(arrivals), now)
            return True
        except Unreadable as why:
            name, sent = found.arrivals[0]
            found = Refused(found.id, name, why, len(found.data), found.data, sent)
    reason, kind = str(found.why), found.why.reason
    refusal = Refusal(found.id, found.name, kind, reason, found.size, now, found.data, found.sent)
    batch.refusals.setdefault(found.id, refusal)
    return kind not in UNFINISHED


def _write(store: Store, batch: _Batch, total: Ingested) -> None:
    """One batch in one commit; nothing is written where nothing is new."""
    total.read += batch.read
    if not _news(store, batch):
        total.duplicate += batch.read
        return
    with store.transaction():
        known = store.known(batch.messages)
        fresh = {id: message for id, message in batch.messages.items() if id not in known}
        renamed = _renamed(store, batch, set(known))
        already = {refusal.id for refusal in store.refused(batch.refusals)}
        refusals = [r for id, r in batch.refusals.items() if id not in already]
        store.keep([*fresh.values(), *renamed.values()])
        store.refuse(refusals)
        store.forgive(fresh.keys() - batch.refusals.keys())
        events = [event for id in fresh for event in batch.events[id]]
        written, dropped = _link(store, events, renamed)
    total.new += len(fresh)
    total.refused += len(refusals)
    total.duplicate += batch.read - len(fresh) - len(refusals)
    total.events += len(events)
    total.changed = (total.changed | written) - dropped
    total.refusals += refusals


def _news(store: Store, batch: _Batch) -> bool:
    known = store.known(batch.messages)
    if any(not set(m.arrivals) <= set(known.get(id, ())) for id, m in batch.messages.items()):
        return True
    return len({refusal.id for refusal in store.refused(batch.refusals)}) < len(batch.refusals)


def _renamed(store: Store, batch: _Batch, known: Collection[str]) -> dict[str, Message]:
    """Messages that are kept already and have now come under another name too."""
    renamed = {}
    for message in store.messages(known):
        names = {*message.arrivals, *batch.messages[message.id].arrivals}
        if names != set(message.arrivals):
            renamed[message.id] = replace(message, arrivals=tuple(sorted(names)))
    return renamed


def _link(
    store: Store, new: Sequence[Event], renamed: Mapping[str, Message]
) -> tuple[set[int], set[int]]:
    """Links new events to what is kept; returns the ids of timelines written, and dropped.

    A name may change what a message's event says (its serial, its time of receipt), so the events
    of a renamed message are read once more, with those of every message that tells the same.
    """
    again = [event for message in renamed.values() for event in _reread(message)]
    old = _related(store, [*new, *again])
    stale = set(renamed)
    while renamed:
        kept = (event for declaration in old.values() for event in declaration.events)
        more = {m for event in kept if stale & set(event.messages) for m in event.messages}
        again = [event for m in store.messages(stale | more) for event in _reread(m)]
        found = _related(store, [*new, *again])
        if more <= stale and found.keys() <= old.keys():
            break
        stale |= more
        old |= found
    events = [event for declaration in old.values() for event in declaration.events]
    pool = [event for event in events if not stale & set(event.messages)]
    return _replace(store, old, timeline.link([*pool, *again, *new]))


def _replace(
    store: Store, old: Mapping[int, Declaration], new: Iterable[Declaration]
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
    ids = store.put(changed)
    store.drop(free)
    return set(ids), free


def _related(store: Store, events: Iterable[Event]) -> dict[int, Declaration]:
    """Every declaration whose events may have to be linked anew when these events come in.

    A joining number stands in one declaration only; a declarant's own reference may stand in
    several, and those may share further ones. A base name matters where one of its events has no
    number.
    """
    found: dict[int, Declaration] = {}
    seen: set[str] = set()
    keys = {r.key for event in events for r in event.references if r.kind in IDENTITY}
    ids = _sent_as(store, events)
    while True:
        seen |= keys
        ids |= store.ids(keys) if keys else set()
        if not (ids := ids - found.keys()):
            return found
        more = dict(store.timelines(ids))
        found |= more
        own = (v for d in more.values() for v in d.references.get(CLIENT_REF, ()))
        keys = {Reference(CLIENT_REF, value).key for value in own} - seen
        ids = _sent_as(store, [event for d in more.values() for event in d.events])


def _sent_as(store: Store, events: Iterable[Event]) -> set[int]:
    """Declarations that share a base name with some events, where one of them has no number.

    A name so common that it says nothing leads to those without a number only.
    """
    bases: dict[str, bool] = {}
    for event in events:
        for kind, value in event.references:
            if kind == SENT_AS:
                bases[value] = bases.get(value, True) and _numbered(event)
    if not bases:
        return set()
    found = store.ids({unnumbered(base) for base in bases})
    if found:
        kept = (e for _, d in store.timelines(found) for e in d.events if not _numbered(e))
        bases |= {r.value: False for e in kept for r in e.references if r.value in bases}
    for base in (base for base, numbered in bases.items() if not numbered):
        everywhere = store.ids({Reference(SENT_AS, base).key})
        if len(everywhere) <= timeline.COMMON + 1:
            found |= everywhere
    return found


def _numbered(event: Event) -> bool:
    return any(r.kind in IDENTITY for r in event.references)


def rebuild(store: Store) -> int:
    """Derives every timeline again from the messages, in one commit; returns how many there are.

    For after an upgrade with another code table, or when ``verify`` finds a difference.
    """
    with store.transaction():
        store.drop(store.ids())
        batch: list[Event] = []
        for count, message in enumerate(store.messages(), 1):
            batch += reopened(message.data, message.arrivals).events()
            if count % BATCH == 0:
                _link(store, batch, {})
                batch = []
        _link(store, batch, {})
    return len(store.ids())


def verify(store: Store) -> Iterator[str]:
    """What is wrong with a store; nothing if every message and timeline is what it should be."""
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
        derived = timeline.link(events)
        for kept in group.values():
            if kept in derived:
                derived.remove(kept)
            else:
                yield f"the timeline of {kept.name} is not what its messages say: rebuild the store"
        for missing in derived:
            yield f"the timeline of {missing.name} is missing: rebuild the store"
    for message in store.messages():
        if message.id not in told:
            yield f"message {message.id} is in no timeline: rebuild the store"


def _told(
    store: Store, declaration: Declaration
) -> tuple[dict[int, Declaration], set[str], list[Event], list[str]]:
    """What must be judged together with a declaration.

    The declarations, the ids of the messages they tell of, what those say, and what is wrong.
    """
    group: dict[int, Declaration] = {}
    found = _related(store, declaration.events)
    while found.keys() - group.keys():
        group |= found
        ids = {m for d in group.values() for event in d.events for m in event.messages}
        events: list[Event] = []
        problems: list[str] = []
        gone = set(ids)
        for message in store.messages(ids):
            gone.discard(message.id)
            try:
                events += _reread(message)
            except StoreDamaged as damage:
                problems.append(str(damage))
        if gone:
            what = f"the timeline of {declaration.name} tells of a message that is gone"
            problems.append(f"{what}: {min(gone)}")
        found = _related(store, events)
    return group, ids, events, problems


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
        events = {message.id: _reread(message) for message in some}
        _write(target, _Batch(len(some), 0, {m.id: m for m in some}, events), total)
    for refusals in _chunks(source.refused()):
        read = target.known([refusal.id for refusal in refusals])
        left = {refusal.id: refusal for refusal in refusals if refusal.id not in read}
        _write(target, _Batch(len(refusals), refusals=left), total)
    told = {alert.id for alert in target.alerts()}
    missing = [alert for alert in source.alerts() if alert.id not in told]
    for start in range(0, len(missing), BATCH):
        target.tell(missing[start : start + BATCH])
    verified = _arrived(source, target)
    if source.info()["messages"] == target.info()["messages"]:
        _same(source, target)
        target.settle(_settled(source, target, total.changed))
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


def _reread(message: Message) -> list[Event]:
    """The events of a message whose bytes are still those that its digest was made of."""
    try:
        unpacked = reopened(message.data, message.arrivals)
        events = unpacked.events()
    except Unreadable as why:
        raise StoreDamaged(f"message {message.id} can no longer be read: {why}") from why
    if unpacked.id != message.id:
        raise StoreDamaged(f"the bytes of message {message.id} are not those of its digest")
    return events


def _arrived(source: Store, target: Store) -> int:
    """How many messages and refusals of one store another has whole, which must be all."""
    count = 0
    for some in _chunks(source.messages()):
        there = {message.id: message for message in target.messages({m.id for m in some})}
        for message in some:
            if message.id not in there:
                raise StoreDamaged(f"message {message.id} has not arrived: copy again")
            _reread(there[message.id])
        count += len(some)
    for refusals in _chunks(source.refused()):
        ids = {refusal.id for refusal in refusals}
        kept = {refusal.id: refusal.data for refusal in target.refused(ids)}
        read = target.known(ids)
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
    told = [from_summary(declaration), [from_event(event) for event in declaration.events]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()


def _settled(source: Store, target: Store, ids: Collection[int]) -> list[int]:
    """Which of some timelines of a copy have been looked at, as they are, where it came from."""
    unsettled = {
        message
        for _, declaration in source.timelines(source.changed())
        for event in declaration.events
        for message in event.messages
    }
    return [
        id
        for id, declaration in target.timelines(ids)
        if unsettled.isdisjoint(m for event in declaration.events for m in event.messages)
    ]


def retry(store: Store, now: datetime) -> Ingested:
    """Tries every refused message again, as after an upgrade; what can be read now is.

    What still cannot counts as a duplicate.
    """
    total = Ingested()
    refusals = list(store.refused())
    whole = [refusal for refusal in refusals if refusal.size == len(refusal.data)]
    for start in range(0, len(whole), BATCH):
        batch = _Batch()
        with store.transaction():
            for refusal in whole[start : start + BATCH]:
                found = list(unpack(refusal.data, refusal.name, sent=refusal.sent))
                read = [one for one in found if isinstance(one, Unpacked)]
                if len(read) == len(found) and _readable(read):
                    store.forgive([refusal.id])
                    batch.read += len(read)
                    for one in read:
                        _take(batch, one, now)
            _write(store, batch, total)
    left = sum(1 for _ in store.refused())
    total.read += left
    total.duplicate += left
    return total


def _readable(found: Iterable[Unpacked]) -> bool:
    try:
        return all(one.events() for one in found)
    except Unreadable:
        return False


def find(store: Store, numbers: Sequence[str], as_of: datetime) -> list[Declaration]:
    """The declarations that any of some numbers belongs to, in the order of the numbers.

    Spaces, full-width digits and the case of letters do not matter. Raises NotFound, with the
    closest numbers that are known, where one belongs to none.
    """
    found: list[Declaration] = []
    for number in numbers:
        value = normal(number)
        ids = store.ids([Reference(kind, value).key for kind in KINDS])
        known = [d for d in snapshot(store, ids, as_of) if value in _numbers(d)]
        if not known:
            close = closest(store, number, as_of)
            hint = f"; close to it: {', '.join(close)}" if close else ""
            raise NotFound(f"no declaration is known by {number!r}{hint}")
        known.sort(key=lambda declaration: timeline.order(declaration.events[0]))
        found += [declaration for declaration in known if declaration not in found]
    return found


def _numbers(declaration: Declaration) -> set[str]:
    return {normal(value) for values in declaration.references.values() for value in values}


def closest(store: Store, number: str, as_of: datetime, count: int = 5) -> list[str]:
    """Numbers known at a moment most like one that is not, best first.

    Neighbours in the index by how they begin, so this does not read the whole of it.
    """
    from difflib import SequenceMatcher

    value = normal(number)
    lengths = {len(value), len(value) * 2 // 3, len(value) // 2} - {0}
    keys = {
        key
        for kind in KINDS
        for length in lengths
        for key in store.near(Reference(kind, value[:length]).key, count)
        if key.startswith(f"{kind}:")
    }
    known = {
        one: SequenceMatcher(None, value, normal(one)).ratio()
        for declaration in snapshot(store, store.ids(keys), as_of)
        for values in declaration.references.values()
        for one in values
    }
    return sorted((n for n, ratio in known.items() if ratio >= 0.6), key=lambda n: (-known[n], n))[
        :count
    ]


def snapshot(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Declaration]:
    """Declarations as they were known at a moment.

    Of those that have changed since, perhaps more than asked for: what was linked later was not
    linked then.
    """
    changed, earlier = _earlier(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, declaration in store.timelines(wanted - changed):
        yield declaration
    yield from earlier


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The same without the events, which is quicker."""
    changed, earlier = _earlier(store, ids, as_of)
    wanted = store.ids() if ids is None else set(ids)
    for _, summary in store.summaries(wanted - changed):
        yield summary
    yield from earlier


def _earlier(
    store: Store, ids: Collection[int] | None, as_of: datetime
) -> tuple[set[int], list[Declaration]]:
    """Ids of what later events have changed, by themselves or by a link, and what was known then.

    Only of what is asked for, where that is less than all that has later events.
    """
    late = store.between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    start = ids if ids is not None and len(ids) < len(late) else late
    seen: set[int] = set()
    changed: set[int] = set()
    earlier: list[Declaration] = []
    for id, declaration in store.timelines(start) if late else ():
        if id in seen:
            continue
        group = _related(store, declaration.events)
        seen |= group.keys()
        if late.isdisjoint(group):
            continue
        changed |= group.keys()
        events = (event for d in group.values() for event in d.events)
        known = timeline.link(e for e in events if e.at is None or e.at <= as_of)
        if ids is None or not group.keys().isdisjoint(ids):
            earlier += known
    return changed, earlier


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of what is open, or filed under other keys, and of what has later events."""
    late = store.between(moment_key("last", as_of + timedelta(seconds=1)), "last;")
    return store.ids(keys) | late


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which declarations a list shows: open ones, or all, and of those only the fitting."""

    everything: bool = False
    stage: Stage | None = None
    office: str | None = None
    direction: str | None = None
    since: datetime | None = None

    def __call__(self, declaration: Summary) -> bool:
        """Whether a declaration is one of them."""
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


def listed(store: Store, wanted: Wanted, as_of: datetime, *, events: bool = False) -> list[Summary]:
    """The declarations wanted, as they were known at a moment."""
    ids = None if wanted.everything else current(store, as_of)
    look = snapshot if events else overview
    return [declaration for declaration in look(store, ids, as_of) if wanted(declaration)]


def sorted_by(order: str, found: Iterable[Summary], alerts: Iterable[Alert]) -> list[Summary]:
    """Declarations by urgency, or by another order.

    Most urgent is the worst alert, then what is not released, then what is longest in its stage.
    """
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    worst: dict[str, int] = {}
    for alert in alerts:
        for key in alert.references:
            worst[key] = max(worst.get(key, -1), ranks[alert.severity])
    never = datetime.max.replace(tzinfo=UTC)
    orders: dict[str, Callable[[Summary], Any]] = {
        "urgent": lambda d: (
            -max((worst.get(key, -1) for key in d.identity_keys), default=-1),
            d.stage is Stage.RELEASED,
            d.since or never,
            d.name,
        ),
        "since": lambda d: (d.since or never, d.name),
        "declared": lambda d: (d.declared_at or never, d.name),
        "reference": lambda d: d.name,
    }
    if order not in orders:
        raise BadArgument(f"--sort {order}: choose {', '.join(orders)}")
    return sorted(found, key=orders[order])


def declared(store: Store, start: datetime, end: datetime, as_of: datetime) -> Iterator[Passage]:
    """Passages of what was declared from ``start`` up to ``end``, as known then, and some more."""
    changed, earlier = _earlier(store, None, as_of)
    within = store.between(moment_key("declared", start), moment_key("declared", end))
    for _, passage in store.passages(within - changed):
        yield passage
    yield from map(Passage.of, earlier)


def alerts(store: Store, as_of: datetime, *, everything: bool = False) -> list[Alert]:
    """Alerts that checks up to a moment left, worst first; ``everything``: resolved ones too.

    An alert is kept as its last check left it; one that fired later than the moment, or is about
    something later, is left out.
    """
    found = (a for a in store.alerts(live=not everything) if max(a.since, a.fired_at) <= as_of)
    return list(alerting.ordered(found))


def refusal(store: Store, id: str) -> Refusal:
    """The refusal by an id or the beginning of one; raises NotFound."""
    wanted = id if id.startswith("sha256:") else f"sha256:{id}"
    found = [refusal for refusal in store.refused() if refusal.id.startswith(wanted)]
    if len(found) != 1:
        what = "no refused message has" if not found else f"{len(found)} refused messages have"
        raise NotFound(f"{what} an id that begins with {id}: see clearance refused")
    return found[0]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check changed: alerts that fired or rose, that are over, and that are told again."""

    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    repeated: tuple[Alert, ...]
    live: tuple[Alert, ...]
    cannot_assess: tuple[rules.CannotAssess, ...]


def firing(result: Checked, severity: Severity) -> bool:
    """Whether any alert of at least a severity is firing."""
    ranks = list(Severity)
    return any(ranks.index(alert.severity) >= ranks.index(severity) for alert in result.live)


def check(store: Store, context: rules.Context, *, dry_run: bool = False) -> Checked:
    """Looks for what is wrong with what is open or has changed, and keeps the alerts.

    With ``dry_run`` nothing is written. One transaction: a crash repeats the work, and no alert is
    told that was not kept.
    """
    now = context.now
    with nullcontext() if dry_run else store.transaction():
        known = {alert.id: alert for alert in store.alerts(live=True)}
        changed = store.changed()
        about = {key for alert in known.values() for key in alert.references}
        ids = current(store, now, {OPEN, *about}) | changed
        findings, unknown = rules.assess(snapshot(store, ids, now), context)
        outcome = alerting.reconcile(known, findings, now)
        if not dry_run:
            store.tell(outcome.kept)
            store.settle(changed)
    return Checked(outcome.new, outcome.resolved, outcome.repeated, outcome.live, tuple(unknown))
