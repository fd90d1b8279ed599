"""The outbox: which channel is still to be told of what, and what came of telling it.

A delivery is one message: what a check found new, still open or over, of one severity, for one
channel. It is kept in the commit that keeps its alerts and counts as told only when the channel has
said so, in a commit of its own: a crash between the two can only send it again, under the same id.
A channel has an alert waiting in one delivery at most: what is newer takes its place, so an alert
that was over before it could be told is told once, as what it is.

Pure functions. ``now`` is the moment looked from; ``clock`` the real one, which waits go by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from clearance.alerting.lifecycle import Reconciled
from clearance.channels import Accepted, Channel, Refused, Result, Retry
from clearance.model import Alert, PendingDelivery, Record, Severity

DELIVERY = "delivery"
LEASE = "lease"
"""The kinds of records kept here."""
FAILING = "delivery_failing"
"""The rule about channels."""
MAX_WAIT = timedelta(hours=1)
"""However long a channel asks to be left alone."""
LEASE_TERM = timedelta(minutes=3)
"""How long a check that died in the middle keeps others from delivering."""
CLOCK_SKEW = timedelta(minutes=2)
"""How far the clocks of two machines may lie apart before a lease is not believed."""


class State(StrEnum):
    """How far a delivery is; ``ended`` becomes ``closed`` when its channel takes messages again."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    ENDED = "ended"
    CLOSED = "closed"


class Change(NamedTuple):
    """An alert, and what there is to say of it: ``new``, ``repeated`` or ``resolved``."""

    alert: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one channel. ``reached`` are those of several addressees that have it."""

    id: str
    channel: str
    severity: Severity
    items: tuple[Change, ...]
    filed_at: datetime
    state: State = State.PENDING
    tries: int = 0
    tried_at: datetime | None = None
    not_before: datetime | None = None
    reached: tuple[str, ...] = ()
    detail: str = ""

    @property
    def alerts(self) -> tuple[str, ...]:
        """The ids of the alerts in it."""
        return tuple(item.alert for item in self.items)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers, to which channels, and what the real time is."""

    channels: Mapping[str, Channel]
    holder: str
    clock: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery in a run: ``accepted``, ``retry`` or ``refused``; null if dry."""

    channel: str
    alerts: tuple[str, ...]
    result: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing changes: deliveries that are new or not as they were, and ids of those gone."""

    kept: tuple[Delivery, ...]
    dropped: tuple[str, ...]


def identity(channel: str, items: Iterable[tuple[Alert, str]], now: datetime) -> str:
    """The id of a delivery, of its channel and of its alerts as they were filed."""
    told = sorted(f"{change} {a.id} {a.state} {a.severity}" for a, change in items)
    digest = hashlib.sha256("\n".join([channel, now.isoformat(), *told]).encode())
    return f"msg_{digest.hexdigest()[:24]}"


def filed(
    told: Reconciled, channels: Mapping[str, Channel], known: Collection[Delivery], now: datetime
) -> Filed:
    """Deliveries of what a check has to tell, one for each channel and severity.

    ``known`` are, in the order they were filed, those waiting and those about the same alerts. A
    resolution goes to the channels that were told of the alert or are about to be.
    """
    kept: list[Delivery] = []
    dropped: list[str] = []
    for name, channel in channels.items():
        own = [d for d in known if d.channel == name and d.state in (State.PENDING, State.ACCEPTED)]
        items = list(_items(told, name, channel, own))
        newer = {alert.id for alert, _ in items}
        for delivery in own:
            left = tuple(item for item in delivery.items if item.alert not in newer)
            if delivery.state is State.PENDING and left != delivery.items:
                kept += [replace(delivery, items=left)] if left else []
                dropped += [] if left else [delivery.id]
        for severity in reversed(Severity):
            if some := [(alert, change) for alert, change in items if alert.severity is severity]:
                kept.append(
                    Delivery(
                        id=identity(name, some, now),
                        channel=name,
                        severity=severity,
                        items=tuple(Change(alert.id, change) for alert, change in some),
                        filed_at=now,
                    )
                )
    return Filed(tuple(kept), tuple(dropped))


def _items(
    told: Reconciled, name: str, channel: Channel, own: Iterable[Delivery]
) -> Iterator[tuple[Alert, str]]:
    last = {i.alert: (i.change, delivery.state) for delivery in own for i in delivery.items}
    for alert in told.new:
        if _wanted(alert, name, channel):
            yield alert, "new"
    for alert in told.repeated:
        waits = last.get(alert.id, ("", None))[1] is State.PENDING
        if _wanted(alert, name, channel) and not waits:
            yield alert, "repeated"
    for alert in told.resolved:
        if last.get(alert.id, ("resolved", None))[0] != "resolved":
            yield alert, "resolved"


def _wanted(alert: Alert, name: str, channel: Channel) -> bool:
    """Whether a channel is to be told; never of its own failing."""
    about = alert.values.get("channel") if alert.rule == FAILING else None
    return alert.severity in channel.severities and about != name


def due(
    deliveries: Collection[Delivery], channels: Collection[str], clock: datetime
) -> tuple[Delivery, ...]:
    """What may be sent now, oldest and worst first.

    A channel that asked to be left alone gets nothing meanwhile; one that is not configured here
    gets what waits for it when it is again.
    """
    ranks = list(Severity)
    waiting = [d for d in deliveries if d.state is State.PENDING and d.channel in channels]
    resting = {d.channel for d in waiting if _waits(d.not_before, clock)}
    ready = (d for d in waiting if d.channel not in resting)
    return tuple(sorted(ready, key=lambda d: (d.filed_at, -ranks.index(d.severity))))


def _waits(until: datetime | None, clock: datetime) -> bool:
    return until is not None and clock < until <= clock + MAX_WAIT


def settled(delivery: Delivery, result: Result, tries: int, clock: datetime) -> Delivery:
    """A delivery after so many more tries, of which the last came to a result."""
    done = replace(delivery, tries=delivery.tries + tries, tried_at=clock, not_before=None)
    match result:
        case Accepted():
            return replace(done, state=State.ACCEPTED, detail="")
        case Retry(reason, after):
            wait = min(timedelta(seconds=after or 0), MAX_WAIT)
            return replace(done, detail=reason, not_before=clock + wait if wait else None)
        case Refused(reason, ends, reached):
            state = State.ENDED if ends else State.PENDING
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
    """A record of a delivery, filed under its state while it is open, and under its alerts."""
    document = {
        "channel": delivery.channel,
        "severity": delivery.severity,
        "items": delivery.items,
        "filed_at": delivery.filed_at.isoformat(),
        "state": delivery.state,
        "tries": delivery.tries,
        "tried_at": delivery.tried_at and delivery.tried_at.isoformat(),
        "not_before": delivery.not_before and delivery.not_before.isoformat(),
        "reached": delivery.reached,
        "detail": delivery.detail,
    }
    open = [delivery.state] if delivery.state in (State.PENDING, State.ENDED) else []
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
        state=State(document["state"]),
        tries=document["tries"],
        tried_at=_time(document["tried_at"]),
        not_before=_time(document["not_before"]),
        reached=tuple(document["reached"]),
        detail=document["detail"],
    )


def about(alert: str) -> str:
    """The key of deliveries about an alert."""
    return f"alert:{alert}"


def _time(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def lease(holder: str, clock: datetime) -> Record:
    """The right to deliver, for a while: a check that finds another's leaves everything to it."""
    return Record(LEASE, "check", {"holder": holder, "until": (clock + LEASE_TERM).isoformat()})


def held(records: Iterable[Record], clock: datetime) -> bool:
    """Whether another check is delivering.

    One that died is waited for no longer than the term. A lease further ahead than that was
    written by a clock that was wrong, or has been set back since, and is not believed.
    """
    return any(
        clock < datetime.fromisoformat(record.document["until"]) <= clock + LEASE_TERM + CLOCK_SKEW
        for record in records
    )
