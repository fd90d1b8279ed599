"""The outbox: which channel is still to be sent which alerts, and what came of sending them.

A delivery is one message to one channel about alerts of one severity. It is kept in the commit that
keeps its alerts, and counts as made only when the channel has accepted it, in a commit of its own:
a crash between the two can only send it again, under the same id. Of each alert a channel has at
most one delivery waiting: a newer one replaces it, so an alert that is over before it could be sent
is sent once, as over.

Pure functions. ``now`` is the moment a check judges at; ``clock`` is the real time, by which
channels are waited for.
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
from clearance.model import Alert, AlertState, PendingDelivery, Record, Severity
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


class State(StrEnum):
    """What became of a delivery.

    ``ended``: the channel will never take it; ``closed``: the same, and the channel has accepted
    another one since.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    ENDED = "ended"
    CLOSED = "closed"


class Change(NamedTuple):
    """The id of an alert, and why it is sent: ``new``, ``repeated`` or ``resolved``."""

    alert: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one channel, and what came of sending it.

    ``filed_at`` is a check's moment, ``tried_at`` and ``not_before`` are by the clock. ``reached``
    holds those of several addressees that have accepted it.
    """

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
        """The ids of its alerts."""
        return tuple(item.alert for item in self.items)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers in this run: the channels by name, the holder of the lease, the real time."""

    channels: Mapping[str, Channel]
    holder: str
    clock: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery in a run: ``accepted``, ``retry``, ``refused``, or None if dry."""

    channel: str
    alerts: tuple[str, ...]
    result: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing changes: deliveries to keep, new ones and changed ones, and ids to drop."""

    kept: tuple[Delivery, ...]
    dropped: tuple[str, ...]


_Changed = tuple[Alert, str]
"""An alert, and why it is sent."""


def identity(channel: str, changed: Iterable[_Changed], now: datetime) -> str:
    """The id of a delivery: made of its channel, its alerts and the moment, in any order."""
    written = sorted(f"{change} {a.id} {a.state} {a.severity}" for a, change in changed)
    digest = hashlib.sha256("\n".join([channel, now.isoformat(), *written]).encode())
    return f"msg_{digest.hexdigest()[:24]}"


def filed(
    outcome: Reconciled,
    channels: Mapping[str, Channel],
    known: Collection[Delivery],
    now: datetime,
) -> Filed:
    """The deliveries of what a check changed: one for each channel and severity.

    ``known`` are, in the order they were filed, the pending deliveries and those about the same
    alerts. That an alert is over goes to the channels that have accepted it or have it pending.
    """
    kept: list[Delivery] = []
    dropped: list[str] = []
    for name, channel in channels.items():
        own = [d for d in known if d.channel == name and d.state in (State.PENDING, State.ACCEPTED)]
        changed = list(_changed(outcome, name, channel, own))
        shortened = list(_without(own, {alert.id for alert, _ in changed}))
        kept += [delivery for delivery in shortened if delivery.items]
        kept += _deliveries(name, changed, now)
        dropped += [delivery.id for delivery in shortened if not delivery.items]
    return Filed(tuple(kept), tuple(dropped))


def _without(deliveries: Iterable[Delivery], alerts: Collection[str]) -> Iterator[Delivery]:
    """The pending deliveries that hold any of some alerts, each without them."""
    for delivery in deliveries:
        items = tuple(item for item in delivery.items if item.alert not in alerts)
        if delivery.state is State.PENDING and items != delivery.items:
            yield replace(delivery, items=items)


def _deliveries(channel: str, changed: Collection[_Changed], now: datetime) -> Iterator[Delivery]:
    """A delivery for each severity, the worst first."""
    for severity in reversed(Severity):
        some = [(alert, change) for alert, change in changed if alert.severity is severity]
        if some:
            yield Delivery(
                id=identity(channel, some, now),
                channel=channel,
                severity=severity,
                items=tuple(Change(alert.id, change) for alert, change in some),
                filed_at=now,
            )


def _changed(
    outcome: Reconciled, name: str, channel: Channel, own: Iterable[Delivery]
) -> Iterator[_Changed]:
    """The alerts that a channel is to be notified of, given its earlier deliveries."""
    last = {i.alert: (i.change, delivery.state) for delivery in own for i in delivery.items}
    for alert in outcome.new:
        if _is_wanted(alert, name, channel):
            yield alert, "new"
    for alert in outcome.repeated:
        waits = last.get(alert.id, ("", None))[1] is State.PENDING
        if _is_wanted(alert, name, channel) and not waits:
            yield alert, "repeated"
    for alert in outcome.resolved:
        if last.get(alert.id, ("resolved", None))[0] != "resolved":
            yield alert, "resolved"


class Route(StrEnum):
    """Whether a channel is told of an alert, or the first reason why it is not.

    ``SEVERITY``: it is not told of this severity. ``ITSELF``: the alert is about this channel.
    ``EXPLAINED``: another alert explains it, and that one is told.
    """

    TOLD = "told"
    SEVERITY = "severity"
    ITSELF = "itself"
    PENDING = "pending"
    RECOVERING = "recovering"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SILENCED = "silenced"
    EXPLAINED = "explained"


def route(alert: Alert, name: str, channel: Channel) -> Route:
    """Whether a channel would be told of an alert as it stands, and why not."""
    if not _is_wanted(alert, name, channel):
        return Route.SEVERITY if alert.severity not in channel.severities else Route.ITSELF
    if alert.state is not AlertState.FIRING:
        return Route(alert.state)
    if alert.muted_by:
        return Route.SILENCED if alert.silenced_until else Route.EXPLAINED
    return Route.TOLD


def _is_wanted(alert: Alert, name: str, channel: Channel) -> bool:
    """Whether a channel wants an alert of this severity; never one about itself."""
    return alert.severity in channel.severities and alert.values.get("channel") != name


def due(
    deliveries: Collection[Delivery], channels: Collection[str], clock: datetime
) -> tuple[Delivery, ...]:
    """The pending deliveries that may be sent now: the oldest first, of these the worst.

    A channel that asked for a pause is sent nothing meanwhile. What is pending for a channel that
    is not configured waits until it is again.
    """
    ranks = list(Severity)
    pending = [d for d in deliveries if d.state is State.PENDING and d.channel in channels]
    paused = {d.channel for d in pending if _is_paused(d.not_before, clock)}
    ready = (d for d in pending if d.channel not in paused)
    return tuple(sorted(ready, key=lambda d: (d.filed_at, -ranks.index(d.severity))))


def _is_paused(until: datetime | None, clock: datetime) -> bool:
    return until is not None and clock < until <= clock + _MAX_WAIT


def settled(delivery: Delivery, result: Result, tries: int, clock: datetime) -> Delivery:
    """The delivery after ``tries`` more attempts, the last of which ended in ``result``."""
    done = replace(delivery, tries=delivery.tries + tries, tried_at=clock, not_before=None)
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
        "items": delivery.items,
        "filed_at": iso(delivery.filed_at),
        "state": delivery.state,
        "tries": delivery.tries,
        "tried_at": iso(delivery.tried_at),
        "not_before": iso(delivery.not_before),
        "reached": delivery.reached,
        "detail": delivery.detail,
    }
    open = [delivery.state] if delivery.state in (State.PENDING, State.ENDED) else []
    return Record(DELIVERY, delivery.id, document, (*open, *map(about, delivery.alerts)))


@reads(DELIVERY)
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
        tried_at=moment(document["tried_at"]),
        not_before=moment(document["not_before"]),
        reached=tuple(document["reached"]),
        detail=document["detail"],
    )


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
    ends = (datetime.fromisoformat(record.document["until"]) for record in records)
    return any(clock < end <= clock + LEASE_TERM + CLOCK_SKEW for end in ends)
