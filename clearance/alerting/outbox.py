"""The outbox: which channel is still to be sent which alerts, and what came of sending them.

A delivery is one message to one channel about alerts of one severity. It is kept in the commit that
keeps its alerts, and counts as made only when the channel has accepted it, in a commit of its own:
a crash between the two can only send it again, under the same id. Of each alert a channel has at
most one delivery waiting: a newer one replaces it, so an alert that is over before it could be sent
is sent once, as over.

A delivery may be held: until a channel's quiet hours end, or for its message of the day.

Pure functions. ``now`` is the moment a check judges at; ``clock`` is the real time, by which
channels are waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from clearance.alerting import routing
from clearance.alerting.lifecycle import Reconciled
from clearance.channels import Accepted, Channel, Notification, Refused, Result, Retry, Terms
from clearance.hashing import sha256
from clearance.model import Alert, PendingDelivery, Record, Severity, Value, replace
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.stores.codec import iso, moment, reads

DELIVERY = "delivery"
"""The kind of record that a delivery is."""
LEASE = "lease"
"""The kind of record that a lease is."""
LEASE_TERM = timedelta(minutes=3)
"""How long a check that died keeps others from delivering."""
CLOCK_SKEW = timedelta(minutes=2)
"""How far the clocks of two machines may differ for one to believe the other's lease."""
_MAX_WAIT = timedelta(hours=1)
"""How long at most a channel that asked for a pause is left alone."""
_MAX_HOLD = timedelta(hours=26)
"""How long at most a delivery is held: a day of 25 hours, and what clocks may differ by. One that
would wait longer was filed by a wrong clock."""


class Kind(StrEnum):
    """What a delivery tells: changes of ``alerts``, in a ``digest`` all that stands, or ``notices``
    to a customer.
    """

    ALERTS = "alerts"
    DIGEST = "digest"
    NOTICES = "notices"


class State(StrEnum):
    """What became of a delivery.

    ``held``: it waits for its time, and takes in what comes for the same channel meanwhile; what is
    once let go is never held again, so that its content stays what it was first sent as.
    ``ended``: the channel will never take it; ``closed``: the same, and the channel has accepted
    another one since.
    """

    HELD = "held"
    PENDING = "pending"
    ACCEPTED = "accepted"
    ENDED = "ended"
    CLOSED = "closed"


class Change(NamedTuple):
    """The id of an alert, and why it is sent: ``new``, ``repeated`` or ``resolved``."""

    alert: str
    change: str


class Delivery(Value, kw_only=True):
    """One message to one channel, and what came of sending it.

    ``filed_at`` is a check's moment, and the end of a wait where it was held; ``tried_at`` is by
    the clock. ``not_before`` is the check's moment that a held one waits for, and by the clock the
    end of a pause that a channel asked for. ``reached`` holds those of several addressees that have
    accepted it. ``may_have_left``: somebody may have it though nobody has said so, because sending
    it has begun, or has ended without a clear answer. ``customer`` is whom notices are told to.
    """

    id: str
    channel: str
    severity: Severity
    items: tuple[Change, ...]
    filed_at: datetime
    kind: Kind = Kind.ALERTS
    state: State = State.PENDING
    tries: int = 0
    tried_at: datetime | None = None
    not_before: datetime | None = None
    reached: tuple[str, ...] = ()
    detail: str = ""
    may_have_left: bool = False
    customer: str | None = None

    @property
    def alerts(self) -> tuple[str, ...]:
        """The ids of its alerts."""
        return tuple(item.alert for item in self.items)


class CheckScope(NamedTuple):
    """What a check has looked at, for what is told besides alerts.

    ``changed`` are the ids of declarations that were written since the check before, ``said_of``
    the index keys of those that people have said something of since; ``changed_alerts`` are those
    of this check, ``live`` all that are unresolved. ``since`` is the moment of the check before.
    With ``baseline`` all that is there is taken as told.
    """

    store: Store
    moment: Moment
    surely_now: datetime
    changed: Collection[int]
    said_of: Collection[str]
    changed_alerts: Collection[Alert]
    live: Collection[Alert]
    dry_run: bool
    since: datetime | None = None
    baseline: bool = False


class Besides(Protocol):
    """What tells others than the channels of alerts, in the same commit and by the same outbox."""

    def filed(self, looked: CheckScope) -> Filed:
        """Files what there is to tell, in the transaction of a check."""

    def rests(self, delivery: Delivery, now: datetime) -> bool:
        """Whether a pending delivery of its own waits, as ``Sender.rests`` says."""

    def composed(
        self, store: Store, waiting: Iterable[Delivery]
    ) -> Mapping[str, Notification | None]:
        """The messages of its own deliveries, by their ids; None for one that has nothing left."""


class Moment(NamedTuple):
    """The moment that a check judges at, and the real time."""

    now: datetime
    clock: datetime

    @property
    def latest(self) -> datetime:
        """The later of the two: nothing can have been filed after it but by a wrong clock."""
        return max(self)


class Sender(Value):
    """Who delivers in this run: the channels by name, the holder of the lease, the real time.

    ``besides`` is what tells others than the channels of alerts, if anything does.
    """

    channels: Mapping[str, Channel]
    holder: str
    clock: datetime
    besides: Besides | None = None

    def rests(self, delivery: Delivery, now: datetime) -> bool:
        """Whether a pending delivery waits: for the end of quiet hours, or for settings by which it
        may be sent.
        """
        if delivery.kind is Kind.NOTICES:
            return self.besides is None or self.besides.rests(delivery, now)
        return rests(delivery, self.channels[delivery.channel].terms, now)


class Delivered(Value):
    """What came of a delivery in a run: ``accepted``, ``retry``, ``refused``, or None if dry.

    ``notices`` are told to a customer, in the place of ``alerts``.
    """

    channel: str
    alerts: tuple[str, ...]
    result: str | None
    detail: str
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, delivery: Delivery, result: str | None, detail: str = "") -> Delivered:
        """What came of a delivery."""
        if delivery.kind is Kind.NOTICES:
            return cls(delivery.channel, (), result, detail, delivery.alerts)
        return cls(delivery.channel, delivery.alerts, result, detail)


class Filed(Value):
    """What filing changes: deliveries to keep, new ones and changed ones, and ids to drop."""

    kept: tuple[Delivery, ...]
    dropped: tuple[str, ...]


_Changed = tuple[Alert, str]
"""An alert, and why it is sent."""
_UNMADE = (State.HELD, State.PENDING)
"""States of a delivery that is still to be made."""
_OPEN = (*_UNMADE, State.ACCEPTED)
"""States of a delivery that a channel was, or will be, told by."""


def identity(channel: str, changed: Iterable[_Changed], now: datetime) -> str:
    """The id of a delivery: made of its channel, its alerts and the moment, in any order."""
    written = sorted(f"{change} {a.id} {a.state} {a.severity}" for a, change in changed)
    digest = sha256("\n".join([channel, now.isoformat(), *written]).encode())
    return f"msg_{digest.hexdigest()[:24]}"


def filed(
    outcome: Reconciled,
    channels: Mapping[str, Channel],
    known: Collection[Delivery],
    moment: Moment,
    repeating: Callable[[Terms], Collection[Alert]] = lambda _: (),
) -> Filed:
    """The deliveries of what a check changed: one for each channel and severity.

    ``known`` are, in the order they were filed, the deliveries that are held or pending and those
    about the same alerts. That an alert is over goes to the channels that have accepted it or have
    it pending. ``repeating`` are the alerts to repeat where a channel has an interval of its own.
    Nothing waits any more of what a baseline has taken as told.
    """
    history = {alert.id for alert in outcome.live if alert.baseline}
    kept: list[Delivery] = []
    dropped: list[str] = []
    for name, channel in channels.items():
        if channel.terms.digest:
            continue
        own = [d for d in known if d.channel == name and d.state in _OPEN]
        changed = list(_changed(outcome, name, channel.terms, own, repeating))
        left = _without(own, {alert.id for alert, _ in changed} | history)
        after = {d.id: d for d in left} | {
            d.id: d for d in _deliveries(name, channel.terms, changed, [*own, *left], moment)
        }
        kept += [delivery for delivery in after.values() if delivery.items]
        dropped += [delivery.id for delivery in after.values() if not delivery.items]
    return Filed(tuple(kept), tuple(dropped))


def _without(deliveries: Iterable[Delivery], alerts: Collection[str]) -> list[Delivery]:
    """The deliveries not made that hold any of some alerts, each without them."""
    return [
        replace(delivery, items=items)
        for delivery in deliveries
        for items in [tuple(item for item in delivery.items if item.alert not in alerts)]
        if delivery.state in _UNMADE and items != delivery.items
    ]


def _deliveries(
    channel: str,
    terms: Terms,
    changed: Collection[_Changed],
    own: Iterable[Delivery],
    moment: Moment,
) -> Iterator[Delivery]:
    """A delivery for each severity, the worst first; in quiet hours that which is held, longer."""
    now = moment.now
    held = {d.severity: d for d in own if d.kind is Kind.ALERTS and is_held(d, moment)}
    for severity in reversed(Severity):
        some = [(alert, change) for alert, change in changed if alert.severity is severity]
        if not some:
            continue
        items = tuple(Change(alert.id, change) for alert, change in some)
        until = terms.quiet_until(severity, now)
        made = Delivery(
            id=identity(channel, some, now),
            channel=channel,
            severity=severity,
            items=items,
            filed_at=now,
        )
        if until is None:
            yield made
        elif severity in held:
            yield replace(held[severity], items=(*held[severity].items, *items))
        else:
            yield holding(made, until)


def _changed(
    outcome: Reconciled,
    name: str,
    terms: Terms,
    own: Iterable[Delivery],
    repeating: Callable[[Terms], Collection[Alert]],
) -> Iterator[_Changed]:
    """The alerts that a channel is to be notified of, given its earlier deliveries."""
    last = {i.alert: (i.change, delivery.state) for delivery in own for i in delivery.items}
    for alert in outcome.new:
        if routing.wanted(alert, name, terms):
            yield alert, "new"
    new = {alert.id for alert in outcome.new}
    for alert in outcome.repeated if terms.repeat is None else repeating(terms):
        waits = alert.id in new or last.get(alert.id, ("", None))[1] in _UNMADE
        if not waits and routing.wanted(alert, name, terms):
            yield alert, "repeated"
    for alert in outcome.resolved:
        change, state = last.get(alert.id, ("resolved", None))
        if change != "resolved" and (terms.resolved or state in _UNMADE):
            yield alert, "resolved"


# What is held


def holding(delivery: Delivery, until: datetime) -> Delivery:
    """A delivery that is not sent before a check's moment."""
    return replace(delivery, state=State.HELD, not_before=until)


def is_held(delivery: Delivery, moment: Moment) -> bool:
    """Whether a delivery still waits for its time; a wait that a wrong clock has set is over."""
    until = delivery.not_before
    return (
        delivery.state is State.HELD
        and until is not None
        and moment.now < until <= moment.latest + _MAX_HOLD
    )


def let_go(
    deliveries: Iterable[Delivery], channels: Collection[str], moment: Moment
) -> list[Delivery]:
    """The held deliveries to channels that are set whose time has come, ready to be sent.

    To be kept before any is sent: from then on nothing is added to them.
    """
    return [
        replace(d, state=State.PENDING, not_before=None, filed_at=moment.now)
        for d in deliveries
        if d.state is State.HELD and d.kind is not Kind.DIGEST and d.channel in channels
        if not is_held(d, moment)
    ]


# What may be sent


def due(
    deliveries: Collection[Delivery], channels: Mapping[str, Channel], moment: Moment
) -> tuple[Delivery, ...]:
    """The pending deliveries that may be sent now: the oldest first, of these the worst.

    A channel that asked for a pause is sent nothing meanwhile, nor is one in its quiet hours what
    was not accepted before them. What is pending for a channel that is not configured waits until
    it is again.
    """
    ranks = list(Severity)
    pending = [d for d in deliveries if d.state is State.PENDING and d.channel in channels]
    pending = [d for d in pending if not rests(d, channels[d.channel].terms, moment.now)]
    paused = {d.channel for d in pending if _is_paused(d.not_before, moment.clock)}
    ready = (d for d in pending if d.channel not in paused)
    return tuple(sorted(ready, key=lambda d: (d.filed_at, -ranks.index(d.severity))))


def rests(delivery: Delivery, terms: Terms, now: datetime) -> bool:
    """Whether a delivery about alerts waits because its channel is in its quiet hours."""
    return delivery.kind is Kind.ALERTS and terms.quiet_until(delivery.severity, now) is not None


def _is_paused(until: datetime | None, clock: datetime) -> bool:
    return until is not None and clock < until <= clock + _MAX_WAIT


def surely_unsent(result: Result) -> bool:
    """Whether a result says that nobody has the message."""
    if isinstance(result, Refused):
        return not (result.reached or result.unclear)
    return isinstance(result, Retry) and result.unsent


def settled(
    delivery: Delivery, result: Result, tries: int, clock: datetime, *, may_have_left: bool = True
) -> Delivery:
    """The delivery after ``tries`` more attempts, the last of which ended in ``result``.

    With ``may_have_left`` one of them may have arrived.
    """
    done = replace(
        delivery,
        tries=delivery.tries + tries,
        tried_at=clock,
        not_before=None,
        may_have_left=delivery.may_have_left or may_have_left,
    )
    match result:
        case Accepted():
            return replace(done, state=State.ACCEPTED, detail="")
        case Retry(reason, after):
            wait = min(timedelta(seconds=after or 0), _MAX_WAIT)
            return replace(done, detail=reason, not_before=clock + wait if wait else None)
        case Refused(reason, permanent, reached):
            state = State.ENDED if permanent else State.PENDING
            return replace(done, detail=reason, state=state, reached=reached or done.reached)


def pending_delivery(delivery: Delivery) -> PendingDelivery:
    """What a rule needs of a delivery that is not made."""
    return PendingDelivery(
        delivery.channel,
        delivery.filed_at,
        delivery.tries,
        delivery.state is State.ENDED,
        delivery.alerts,
        delivery.detail,
    )


# Records


def from_delivery(delivery: Delivery) -> Record:
    """A record of a delivery, filed under its alerts, and while it is not made under its state."""
    document = {
        "channel": delivery.channel,
        "severity": delivery.severity,
        "kind": delivery.kind,
        "items": delivery.items,
        "filed_at": iso(delivery.filed_at),
        "state": delivery.state,
        "tries": delivery.tries,
        "tried_at": iso(delivery.tried_at),
        "not_before": iso(delivery.not_before),
        "reached": delivery.reached,
        "detail": delivery.detail,
        "may_have_left": delivery.may_have_left,
        **({"customer": delivery.customer} if delivery.customer else {}),
    }
    open = [delivery.state] if delivery.state in (*_UNMADE, State.ENDED) else []
    return Record(DELIVERY, delivery.id, document, (*open, *map(about, delivery.alerts)))


def to_delivery(record: Record) -> Delivery:
    """The delivery a record was made of."""
    document = record.document
    return Delivery(
        id=record.id,
        channel=document["channel"],
        severity=Severity(document["severity"]),
        items=tuple(Change(*item) for item in document["items"]),
        filed_at=datetime.fromisoformat(document["filed_at"]),
        kind=Kind(document.get("kind", Kind.ALERTS)),
        state=State(document["state"]),
        tries=document["tries"],
        tried_at=moment(document["tried_at"]),
        not_before=moment(document["not_before"]),
        reached=tuple(document["reached"]),
        detail=document["detail"],
        may_have_left=document.get("may_have_left", document["state"] != State.HELD),
        customer=document.get("customer"),
    )


@reads(DELIVERY)
def _usable(record: Record) -> Delivery:
    """The same; raises ValueError for one that was made and nobody knows when."""
    delivery = to_delivery(record)
    if delivery.state is State.ACCEPTED and delivery.tried_at is None:
        raise ValueError(delivery)
    return delivery


def about(alert: str) -> str:
    """The key that deliveries about an alert are filed under."""
    return f"alert:{alert}"


# The lease


def lease(holder: str, clock: datetime) -> Record:
    """The right to deliver for a while; a check that finds another's does nothing."""
    return Record(LEASE, "check", {"holder": holder, "until": iso(clock + LEASE_TERM)})


def held(records: Iterable[Record], clock: datetime) -> bool:
    """Whether another check is delivering.

    A check that died is waited for no longer than the term. A lease that ends later than a new one
    would was written by a wrong clock, or the clock has been set back, so it is ignored.
    """
    latest = clock + LEASE_TERM + CLOCK_SKEW
    return any(clock < end <= latest for end in map(_end_of_lease, records))


@reads(LEASE)
def _end_of_lease(record: Record) -> datetime:
    return datetime.fromisoformat(record.document["until"])
