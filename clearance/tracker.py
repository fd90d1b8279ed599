"""The passes that write: reading messages in, looking for what is wrong, deriving anew.

Each loads what it needs, thinks in pure functions, and writes in one transaction. ``now`` is
always an argument, aware.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from clearance import alerts as alerting
from clearance import documents, dwell, feeds, linking, lookup, outbox, plans, rules
from clearance.calendar import OFFICIAL, Calendar
from clearance.dialects import Refused, Unpacked, refused, unpack
from clearance.documents import OPEN
from clearance.errors import Unreadable
from clearance.model import (
    Alert,
    Declaration,
    Event,
    Finding,
    Message,
    Record,
    Refusal,
    Severity,
    Stage,
)
from clearance.outbox import Delivery, Sender, State, from_delivery, to_delivery
from clearance.sources import Item
from clearance.stores import Store

DERIVED = frozenset({dwell.DWELL, feeds.FEED, documents.UNREAD})
"""Kinds of records that follow from messages: they are made anew, never copied."""
BATCH = 3000
"""Messages in one commit, at most."""
UNFINISHED = ("empty", "truncated", "archive", "unopened")
"""Kinds of refusal of a file that somebody may still be writing."""
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
class Batch:
    """Messages that will be written in one commit, by id."""

    read: int = 0
    size: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    done: list[Callable[[], None]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)


def ingest(
    store: Store, items: Iterable[Item], now: datetime, calendar: Calendar = OFFICIAL
) -> Ingested:
    """Reads messages into a store; what cannot be read is kept as refused, with the reason.

    Reading the same again changes nothing. Each batch is one commit; a file is confirmed with the
    commit that holds the last message in it, unless it looks half-written and may become whole.
    """
    total = Ingested()
    for batch in _batches(items, now):
        write(store, batch, total, calendar)
        for done in batch.done:
            done()
    return total


def _batches(items: Iterable[Item], now: datetime) -> Iterator[Batch]:
    batch = Batch()
    for item in items:
        whole = True
        for found in _found(item):
            if batch.read >= BATCH or batch.size >= BATCH_BYTES:
                yield batch
                batch = Batch()
            batch.read += 1
            batch.size += len(found.data)
            whole &= _take(batch, found, now)
            if item.feed:
                batch.sources[found.id] = item.feed
        if item.done and whole:
            batch.done.append(item.done)
    yield batch


def _found(item: Item) -> Iterable[Unpacked | Refused]:
    if item.why:
        size = len(item.data) if item.size is None else item.size
        return [refused(item.data, item.name, item.why, size, None)]
    return unpack(item.data, item.name, size=item.size, budget=item.budget)


def _take(batch: Batch, found: Unpacked | Refused, now: datetime) -> bool:
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


def write(store: Store, batch: Batch, total: Ingested, calendar: Calendar = OFFICIAL) -> None:
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
        written, dropped = linking.relink(store, events, renamed, calendar)
        _note(store, batch, fresh, refusals)
    total.new += len(fresh)
    total.refused += len(refusals)
    total.duplicate += batch.read - len(fresh) - len(refusals)
    total.events += len(events)
    total.changed = (total.changed | written) - dropped
    total.refusals += refusals


def _note(store: Store, batch: Batch, fresh: Collection[str], refusals: Iterable[Refusal]) -> None:
    """Keeps when each feed was heard of, and which messages could not be read."""
    heard: dict[str, list[datetime]] = {}
    for id in fresh:
        for event in batch.events[id]:
            if at := feeds.received(event):
                heard.setdefault(batch.sources.get(id, event.dialect), []).append(at)
    feeds.noted(store, heard)
    store.record(map(documents.from_notice, refusals))
    store.erase(documents.UNREAD, set(fresh))


def _news(store: Store, batch: Batch) -> bool:
    """Whether there is anything in a batch that is not kept already; asked without a lock."""
    known = store.known(batch.messages)
    if any(not set(m.arrivals) <= set(known.get(id, ())) for id, m in batch.messages.items()):
        return True
    return len({refusal.id for refusal in store.refused(batch.refusals)}) < len(batch.refusals)


def _renamed(store: Store, batch: Batch, known: Collection[str]) -> dict[str, Message]:
    """Messages that are kept already and have now come under another name too."""
    renamed = {}
    for message in store.messages(known):
        names = {*message.arrivals, *batch.messages[message.id].arrivals}
        if names != set(message.arrivals):
            renamed[message.id] = message._replace(arrivals=tuple(sorted(names)))
    return renamed


def rebuild(store: Store, calendar: Calendar = OFFICIAL) -> int:
    """Derives every timeline again from the messages, in one commit; returns how many there are.

    For after an upgrade with another code table, or when ``verify`` finds a difference. Raises
    StoreDamaged, and leaves the timelines as they were, where a message can no longer be read.
    """
    with store.transaction():
        store.drop(store.ids())
        dwell.relearn(store, calendar)
        batch: list[Event] = []
        for count, message in enumerate(store.messages(), 1):
            batch += linking.reread(message)
            if count % BATCH == 0:
                linking.relink(store, batch, {}, calendar)
                batch = []
        linking.relink(store, batch, {}, calendar)
    return len(store.ids())


def retry(store: Store, now: datetime, calendar: Calendar = OFFICIAL) -> Ingested:
    """Tries every refused message again, as after an upgrade; what can be read now is.

    What still cannot counts as a duplicate.
    """
    total = Ingested()
    refusals = list(store.refused())
    whole = [refusal for refusal in refusals if refusal.size == len(refusal.data)]
    for start in range(0, len(whole), BATCH):
        batch = Batch()
        with store.transaction():
            for refusal in whole[start : start + BATCH]:
                found = list(unpack(refusal.data, refusal.name, sent=refusal.sent))
                read = [one for one in found if isinstance(one, Unpacked)]
                if len(read) == len(found) and _readable(read):
                    store.forgive([refusal.id])
                    store.erase(documents.UNREAD, [refusal.id])
                    batch.read += len(read)
                    for one in read:
                        _take(batch, one, now)
            write(store, batch, total, calendar)
    left = sum(1 for _ in store.refused())
    total.read += left
    total.duplicate += left
    return total


def _readable(found: Iterable[Unpacked]) -> bool:
    try:
        return all(one.events() for one in found)
    except Unreadable:
        return False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check changed: alerts that fired or rose, that are over, and that are told again.

    ``waiting`` is what may be delivered now. ``busy``: another check is delivering, and this one
    has left everything to it.
    """

    new: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    repeated: tuple[Alert, ...] = ()
    live: tuple[Alert, ...] = ()
    cannot_assess: tuple[rules.CannotAssess, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    busy: bool = False


def firing(result: Checked, severity: Severity) -> bool:
    """Whether any alert of at least a severity is firing that nobody has acknowledged or muted."""
    ranks = list(Severity)
    least = ranks.index(severity)
    return any(a.standing and ranks.index(a.severity) >= least for a in result.live)


def check(
    store: Store, context: rules.Context, sender: Sender | None = None, *, dry_run: bool = False
) -> Checked:
    """Looks for what is wrong with what is open or has changed, and keeps the alerts.

    With a sender it also files who is to be told of them, and takes the right to deliver if there
    is anything to. With ``dry_run`` nothing is written. One transaction: a crash repeats the work,
    and no alert is told that was not kept.
    """
    now = context.now
    with nullcontext() if dry_run else store.transaction():
        live = tuple(lookup.told(store, live=True))
        if sender and not dry_run and outbox.held(store.records(outbox.LEASE), sender.clock):
            return Checked(live=live, busy=True)
        known = {alert.id: alert for alert in live if alert.rule != outbox.FAILING}
        changed = store.changed()
        planned = [plans.to_plan(record) for record in store.records(plans.PLAN, {plans.OPEN})]
        about = {key for alert in known.values() for key in alert.references}
        about |= lookup.numbered(number for plan in planned for number in plan.references)
        ids = lookup.current(store, now, {OPEN, *about})
        declarations = list(lookup.snapshot(store, ids, now))
        outcome, unknown = _judged(store, context, known, planned, declarations, changed - ids)
        waiting = _filed(store, outcome, now, sender, dry_run) if sender else ()
        if not dry_run:
            store.record(map(documents.from_alert, outcome.kept))
            store.record(map(_laid_by, lookup.done(planned, declarations, now)))
            store.erase(documents.UNREAD, lookup.forgotten(store, now))
            store.settle(changed)
    others = (alert for alert in live if alert.rule == outbox.FAILING)
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=alerting.ordered([*outcome.live, *others]),
        cannot_assess=tuple(unknown),
        waiting=waiting,
    )


def check_channels(
    store: Store, context: rules.Context, sender: Sender, tired: Collection[str]
) -> Checked:
    """Looks for channels that fail, after deliveries; nothing is sent at once to those tired.

    What is filed for them all the same waits for the next run.
    """
    rule = rules.RULES[outbox.FAILING]
    told = {alert.id: alert for alert in lookup.told(store, live=True) if alert.rule == rule.name}
    open = map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING, State.ENDED]))
    unsent = [outbox.unsent(one) for one in open if one.channel in sender.channels]
    outcomes = rule.surveyed(replace(context, unsent=unsent))
    findings = [one for one in outcomes if isinstance(one, Finding)]
    if not told and not findings:
        return Checked()
    with store.transaction():
        outcome = _reconciled(store, told, findings, context.now)
        waiting = _filed(store, outcome, context.now, sender, False)
        store.record(map(documents.from_alert, outcome.kept))
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=outcome.live,
        waiting=tuple(d for d in waiting if d.tries == 0 and d.channel not in tired),
    )


def together(checked: Checked, channels: Checked) -> Checked:
    """A check and its look at the channels as one."""
    live = [alert for alert in checked.live if alert.rule != outbox.FAILING]
    return replace(
        checked,
        new=alerting.ordered([*checked.new, *channels.new]),
        resolved=alerting.ordered([*checked.resolved, *channels.resolved]),
        repeated=alerting.ordered([*checked.repeated, *channels.repeated]),
        live=alerting.ordered([*live, *channels.live]),
    )


def _filed(
    store: Store, outcome: alerting.Outcome, now: datetime, sender: Sender, dry_run: bool
) -> tuple[Delivery, ...]:
    """Files what there is to tell; returns what may be delivered now."""
    about = {outbox.about(a.id) for a in (*outcome.new, *outcome.resolved, *outcome.repeated)}
    keys = {State.PENDING, *about}
    known = {d.id: d for d in map(to_delivery, store.records(outbox.DELIVERY, keys))}
    filed = outbox.filed(outcome, sender.channels, list(known.values()), now)
    left = known | {delivery.id: delivery for delivery in filed.kept}
    for id in filed.dropped:
        del left[id]
    due = outbox.due(list(left.values()), sender.channels, sender.clock)
    if not dry_run:
        store.erase(outbox.DELIVERY, filed.dropped)
        store.record(map(from_delivery, filed.kept))
        store.record([outbox.lease(sender.holder, sender.clock)] if due else [])
    return due


def _judged(
    store: Store,
    context: rules.Context,
    known: Mapping[str, Alert],
    planned: Sequence[plans.Plan],
    declarations: Sequence[Declaration],
    changed: Collection[int],
) -> tuple[alerting.Outcome, list[rules.CannotAssess]]:
    """What the rules say of some declarations and of what was planned, against known alerts.

    ``changed`` are more declarations, read one after the other: after a backlog they are years.
    """
    now = context.now
    ended = [d for d in declarations if not d.open or any(e.stage in _ENDS for e in d.events)]
    also = lookup.plans_of(store, chain(ended, lookup.overview(store, changed, now)))
    every = {plan.id: plan for plan in (*planned, *also)}.values()
    informed = lookup.informed(store, context, declarations, every)
    awaited = [lookup.awaited(plan, now) for plan in lookup.undeclared(planned, declarations, now)]
    closed = lookup.snapshot(store, changed, now)
    findings, unknown = rules.assess(chain(declarations, awaited, closed), informed)
    settling = any(alert.rule in alerting.SETTLING for alert in known.values())
    heard = alerting.Heard(
        {k: d.last_at for d in declarations if settling and d.last_at for k in d.identity_keys},
        {(one.rule, key) for one in unknown for key in one.references},
    )
    return _reconciled(store, known, findings, now, heard), unknown


def _reconciled(
    store: Store,
    known: Mapping[str, Alert],
    findings: Sequence[Finding],
    now: datetime,
    heard: alerting.Heard = alerting.NOTHING,
) -> alerting.Outcome:
    """Findings against the alerts that live, and those of the same ids that are over."""
    own = {id for finding in findings for id in alerting.ids(finding)} - known.keys()
    past = {r.id: documents.to_alert(r) for r in store.records(documents.ALERT, own)}
    silences = map(documents.to_silence, store.records(documents.SILENCE))
    return alerting.reconcile({**past, **known}, findings, now, list(silences), heard)


_ENDS = (Stage.CLEARED, Stage.WITHDRAWN)
"""Stages whose declarations may have plans that were laid by, also where it was taken back."""


def _laid_by(plan: plans.Plan) -> Record:
    return plans.from_plan(plan, live=False)
