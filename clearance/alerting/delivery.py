"""Sending what the outbox holds: channels beside each other, each commit for itself.

The store is written by one thread; the others only send. A channel that does not answer holds
neither the other channels nor, past the deadline, the run.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

from clearance.alerting import evaluation, outbox, records
from clearance.alerting.evaluation import Checked
from clearance.alerting.outbox import Delivered, Delivery, Sender, State, from_delivery, to_delivery
from clearance.alerting.rules import Context
from clearance.channels import Accepted, Channel, Notification, Refused, Result, Retry
from clearance.errors import BadArgument, StoreBusy, StoreError
from clearance.model import Alert
from clearance.secret import Secret
from clearance.stores import Store

if TYPE_CHECKING:
    from tenacity import RetryCallState

Compose = Callable[[Delivery, Mapping[str, Alert], str], Notification]
"""Words a delivery about some alerts, by their ids, in a language."""
DEADLINE_SECONDS = 90.0
"""Seconds for all deliveries of a run."""
RETRIES = 3
"""How often one is tried again within a run."""
MAX_WAIT_SECONDS = 10.0
"""Seconds that are waited within a run; longer is for the next run."""
BACKOFF_SECONDS, JITTER_SECONDS = 1.0, 1.0
"""Seconds before the first retry, doubled with each, and how much is added at random."""
HEARTBEAT_SECONDS = 5.0
"""Seconds for the heartbeat."""


class Heartbeat:
    """Tells a watchman that a run has come to its end, or that it failed.

    Whatever goes wrong with that is passed over: it never breaks the job.
    """

    def __init__(self, url: Secret | None) -> None:
        self._url = url
        self.held_elsewhere = False
        """True when another run holds the delivery lease and will send the heartbeat."""
        self.failed = False

    def __enter__(self) -> Heartbeat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if self._url is None or self.held_elsewhere:
            return
        failed = self.failed or kind is not None
        with suppress(BadArgument):
            address = self._url.address()
            beat = threading.Thread(target=_beat, args=(address, failed), daemon=True)
            beat.start()
            beat.join(HEARTBEAT_SECONDS)


def _beat(address: str, failed: bool) -> None:
    from clearance import http

    with suppress(Exception):
        http.get(http.below(address, "fail") if failed else address, HEARTBEAT_SECONDS)


def sender(channels: Mapping[str, Channel], clock: datetime) -> Sender:
    """A sender of one run."""
    return Sender(channels, secrets.token_hex(8), clock)


def undelivered(deliveries: Iterable[Delivered]) -> bool:
    """Whether any was not made."""
    return any(delivery.result in ("retry", "refused") for delivery in deliveries)


def failing(result: Checked) -> bool:
    """Whether a channel has been failing for so long that people must know."""
    return any(alert.rule == outbox.FAILING for alert in result.live)


def check(
    store: Store,
    context: Context,
    sender: Sender,
    compose: Compose,
    *,
    dry_run: bool = False,
) -> tuple[Checked, list[Delivered]]:
    """A check with its deliveries, and after them a look at which channels fail.

    ``compose`` words a delivery in its channel's language. With ``dry_run`` nothing is sent or
    kept, and what would be sent is returned.
    """
    result = evaluation.check(store, context, sender, dry_run=dry_run)
    if dry_run or result.busy:
        return result, [Delivered(d.channel, d.alerts, None, "") for d in result.waiting]
    until = time.monotonic() + DEADLINE_SECONDS
    try:
        came = _deliver(store, context, sender, result.waiting, compose, until)
        tired = {one.channel for one in came if one.result == "retry"}
        with suppress(StoreBusy):
            after = evaluation.check_channels(store, context, sender, tired)
            came += _deliver(store, context, sender, after.waiting, compose, until)
            result = evaluation.together(result, after)
        came += _left(store, sender, came)
    finally:
        with suppress(StoreError):
            _release(store, sender)
    return result, came


def _deliver(
    store: Store,
    context: Context,
    sender: Sender,
    waiting: Iterable[Delivery],
    compose: Compose,
    until: float,
) -> list[Delivered]:
    """Sends deliveries; what came of each is in its own commit, at the latest with the last.

    Where the store is busy to the end it is not kept, and sent again by the next run.
    """
    notices = _composed(store, context.contacts, sender.channels, waiting, compose)
    came: list[Delivered] = []
    done: list[Delivery] = []
    for delivery, result, tries in _results(notices, sender.channels, until):
        detail = "" if isinstance(result, Accepted) else result.reason
        name = type(result).__name__.lower()
        came.append(Delivered(delivery.channel, delivery.alerts, name, detail))
        done.append(outbox.settled(delivery, result, tries, datetime.now(UTC)))
        with suppress(StoreBusy):
            _keep(store, sender, done)
            done.clear()
    with suppress(StoreBusy):
        _keep(store, sender, done)
    return came


def _composed(
    store: Store,
    contacts: Mapping[str, str],
    channels: Mapping[str, Channel],
    waiting: Iterable[Delivery],
    compose: Compose,
) -> dict[str, list[tuple[Delivery, Notification]]]:
    """The messages for each channel, in their order."""
    ids = {alert for delivery in waiting for alert in delivery.alerts}
    if not ids:
        return {}
    known = map(records.to_alert, store.records(records.ALERT, ids))
    alerts = {alert.id: _with_contact(store, alert, contacts) for alert in known}
    made: dict[str, list[tuple[Delivery, Notification]]] = {}
    for delivery in waiting:
        notice = compose(delivery, alerts, channels[delivery.channel].lang)
        made.setdefault(delivery.channel, []).append((delivery, notice))
    return made


def _with_contact(store: Store, alert: Alert, contacts: Mapping[str, str]) -> Alert:
    """An alert with whom to call, by office, broker or whatever else its declaration names."""
    if alert.contact or not contacts or not alert.references:
        return alert
    names = [
        name
        for _, one in store.summaries(store.ids(set(alert.references)))
        for name in (one.office or "", *one.facts.values())
    ]
    found = dict.fromkeys(contacts[name] for name in names if name in contacts)
    return replace(alert, contact="; ".join(found) or None)


def _results(
    notices: Mapping[str, list[tuple[Delivery, Notification]]],
    channels: Mapping[str, Channel],
    until: float,
) -> Iterator[tuple[Delivery, Result, int]]:
    """What comes of each delivery, as it comes, and after how many tries."""
    told: SimpleQueue[tuple[Delivery, Result, int]] = SimpleQueue()
    for name, some in notices.items():
        work = (channels[name], some, told, until)
        threading.Thread(target=_work, args=work, daemon=True).start()
    left = {delivery.id: delivery for some in notices.values() for delivery, _ in some}
    while left:
        try:
            delivery, result, tries = told.get(timeout=max(until - time.monotonic(), 0))
        except Empty:
            break
        del left[delivery.id]
        yield delivery, result, tries
    for delivery in left.values():
        yield delivery, Retry("no answer by the end of the run"), 1


def _work(
    channel: Channel,
    notices: Iterable[tuple[Delivery, Notification]],
    told: SimpleQueue[tuple[Delivery, Result, int]],
    until: float,
) -> None:
    """One channel's deliveries, one after the other, up to the first that must wait."""
    behind: Retry | None = None
    for delivery, notice in notices:
        if behind:
            told.put((delivery, behind, 0))
            continue
        result, tries = _came(channel, notice, until)
        told.put((delivery, result, tries))
        if isinstance(result, Retry):
            behind = Retry(f"waits for the one before it: {result.reason}", result.after)


def _came(channel: Channel, notice: Notification, until: float) -> tuple[Result, int]:
    """What sending came to. No error goes further: one from outside may hold an address."""
    try:
        return _tried(channel, notice, until)
    except BadArgument as error:
        return Refused(str(error)), 1
    except Exception as error:
        return Refused(f"failed: {type(error).__name__}"), 1


def _tried(channel: Channel, notice: Notification, until: float) -> tuple[Result, int]:
    """Sends a message, again where that may help within this run; and how often it was tried."""
    import tenacity

    backoff = tenacity.wait_exponential(BACKOFF_SECONDS, MAX_WAIT_SECONDS) + tenacity.wait_random(
        0, JITTER_SECONDS
    )

    def soon(result: Result) -> bool:
        return isinstance(result, Retry) and (result.after or 0) <= MAX_WAIT_SECONDS

    def wait(state: RetryCallState) -> float:
        asked = state.outcome.result().after if state.outcome else None
        return max(backoff(state), asked or 0)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(soon),
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(1 + RETRIES),
            tenacity.stop_before_delay(until - time.monotonic()),
        ),
        wait=wait,
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    result: Result = retrying(channel.send, notice)
    return result, retrying.statistics["attempt_number"]


def _left(store: Store, sender: Sender, came: Iterable[Delivered]) -> list[Delivered]:
    """Deliveries that were not tried since their channel asked to be left alone."""
    told = {(one.channel, one.alerts) for one in came}
    return [
        Delivered(d.channel, d.alerts, "retry", d.detail)
        for d in map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING]))
        if d.channel in sender.channels and (d.channel, d.alerts) not in told
    ]


def _keep(store: Store, sender: Sender, done: Collection[Delivery]) -> None:
    """Keeps what came of deliveries, in one commit, and the right to go on with the others."""
    if not done:
        return
    with store.transaction():
        kept = {delivery.id: delivery for delivery in done}
        alive = {d.channel for d in kept.values() if d.state is State.ACCEPTED}
        for ended in map(to_delivery, store.records(outbox.DELIVERY, [State.ENDED])):
            if ended.channel in alive:
                kept[ended.id] = replace(ended, state=State.CLOSED)
        store.save_records(
            [*map(from_delivery, kept.values()), outbox.lease(sender.holder, datetime.now(UTC))]
        )


def _release(store: Store, sender: Sender) -> None:
    """Gives the right to deliver back."""
    own = (r for r in store.records(outbox.LEASE) if r.document["holder"] == sender.holder)
    if any(own):
        with store.transaction():
            store.delete_records(outbox.LEASE, ["check"])
