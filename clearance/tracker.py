"""The passes over a store: reading messages in, finding, looking for what is wrong, deriving anew.

Each loads what it needs, thinks in pure functions, and writes in one transaction. ``now`` and
``as_of`` are always arguments, aware. With ``as_of`` events later than it are left out as if they
were not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from clearance import alerts as alerting
from clearance import rules, timeline
from clearance.dialects import Refused, Unpacked, refused, reopened, unpack
from clearance.documents import OPEN, day_key, sorted_names
from clearance.errors import BadArgument, NotFound, Unreadable
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
BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of messages after which a commit is due."""


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
    commit that holds the last message in it.
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
        for found in _found(item):
            if batch.read >= BATCH or batch.size >= BATCH_BYTES:
                yield batch
                batch = _Batch()
            batch.read += 1
            batch.size += len(found.data)
            _take(batch, found, now)
        if item.done:
            batch.done.append(item.done)
    yield batch


def _found(item: Item) -> Iterable[Unpacked | Refused]:
    if item.why:
        size = len(item.data) if item.size is None else item.size
        return [refused(item.data, item.name, item.why, size, None)]
    return unpack(item.data, item.name, size=item.size, budget=item.budget)


def _take(batch: _Batch, found: Unpacked | Refused, now: datetime) -> None:
    if isinstance(found, Unpacked):
        known = batch.messages.get(found.id)
        arrivals = found.arrivals if known is None else (*known.arrivals, *found.arrivals)
        try:
            batch.events[found.id] = found.events(arrivals)
            batch.messages[found.id] = Message(found.id, found.data, tuple(arrivals), now)
            return
        except Unreadable as why:
            name, sent = found.arrivals[0]
            found = Refused(found.id, name, why, len(found.data), found.data, sent)
    reason, kind = str(found.why), found.why.reason
    refusal = Refusal(found.id, found.name, kind, reason, found.size, now, found.data, found.sent)
    batch.refusals.setdefault(found.id, refusal)


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
        written, dropped = _link(
            store, events, [e for id in renamed for e in batch.events[id]], renamed
        )
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
            renamed[message.id] = replace(message, arrivals=tuple(sorted_names(names)))
    return renamed


def _link(
    store: Store, new: Sequence[Event], again: Sequence[Event], renamed: Mapping[str, Message]
) -> tuple[set[int], set[int]]:
    """Links new events to what is kept; returns the ids of timelines written, and dropped.

    A name may change what a message's event says (its serial, its time of receipt), so the events
    of a renamed message are read once more, with those of every message that tells the same.
    """
    old = _related(store, [*new, *again])
    kept = [event for declaration in old.values() for event in declaration.events]
    stale = set(renamed)
    while more := {m for e in kept if stale & set(e.messages) for m in e.messages} - stale:
        stale |= more
    pool = [event for event in kept if not stale & set(event.messages)]
    for message in store.messages(stale) if stale else ():
        pool += reopened(message.data, message.arrivals).events()
    return _replace(store, old, timeline.link([*pool, *new]))


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
        ids = _sent_as(store, (e for d in more.values() for e in d.events if not _numbered(e)))


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
                _link(store, batch, (), {})
                batch = []
        _link(store, batch, (), {})
    return len(store.ids())


def verify(store: Store) -> Iterator[str]:
    """What is wrong with a store; nothing if every message and timeline is what it should be."""
    yield from store.damage()
    told: set[str] = set()
    checked: set[int] = set()
    for id, declaration in store.timelines():
        if id in checked:
            continue
        group = _related(store, declaration.events)
        checked |= group.keys()
        ids = {m for d in group.values() for event in d.events for m in event.messages}
        told |= ids
        events: list[Event] = []
        for message in store.messages(ids):
            ids.discard(message.id)
            try:
                unpacked = reopened(message.data, message.arrivals)
                events += unpacked.events()
            except Unreadable as why:
                yield f"message {message.id} can no longer be read: {why}"
                continue
            if unpacked.id != message.id:
                yield f"the bytes of message {message.id} are not those its digest was made of"
        if ids:
            yield f"the timeline of {declaration.name} tells of a message that is gone: {min(ids)}"
        derived = timeline.link(events)
        for kept in group.values():
            if kept not in derived:
                yield f"the timeline of {kept.name} is not what its messages say: rebuild the store"
    for message in store.messages():
        if message.id not in told:
            yield f"message {message.id} is in no timeline: rebuild the store"


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
    """Declarations as they were known at a moment, by ascending id of what they are now."""
    late = store.between(day_key("last", as_of), "last;")
    wanted = store.ids() if ids is None else set(ids)
    for _, declaration in store.timelines(wanted - late):
        yield declaration
    yield from _earlier(store, late & wanted, as_of)


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The same without the events, which is quicker."""
    late = store.between(day_key("last", as_of), "last;")
    wanted = None if ids is None else set(ids) - late
    for id, summary in store.summaries(wanted):
        if wanted is not None or id not in late:
            yield summary
    yield from _earlier(store, late if ids is None else late & set(ids), as_of)


def _earlier(store: Store, ids: Collection[int], as_of: datetime) -> Iterator[Declaration]:
    """Declarations that may have later events, derived without those."""
    done: set[int] = set()
    for id, declaration in store.timelines(ids):
        if id in done:
            continue
        if declaration.last_at is None or declaration.last_at <= as_of:
            yield declaration
            continue
        group = _related(store, declaration.events)
        asked = {m for i, d in group.items() if i in ids for e in d.events for m in e.messages}
        done |= group.keys()
        known = [e for d in group.values() for e in d.events if e.at is None or e.at <= as_of]
        for derived in timeline.link(known):
            if any(m in asked for event in derived.events for m in event.messages):
                yield derived


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of what is open, or filed under other keys, and of what may have been at a moment."""
    return store.ids(keys) | store.between(day_key("last", as_of), "last;")


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
    late = store.between(day_key("last", as_of), "last;")
    within = store.between(day_key("declared", start), f"{day_key('declared', end)}~")
    for _, passage in store.passages(within - late):
        yield passage
    yield from map(Passage.of, _earlier(store, late, as_of))


def alerts(store: Store, as_of: datetime, *, everything: bool = False) -> list[Alert]:
    """Alerts about what was known at a moment, worst first; ``everything``: resolved ones too."""
    found = store.alerts(live=not everything)
    return list(alerting.ordered(alert for alert in found if alert.since <= as_of))


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
