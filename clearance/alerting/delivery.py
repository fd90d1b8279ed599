"""A check with its deliveries: channels side by side, each result in a commit of its own.

One thread writes to the store; the others only send. A channel that does not answer holds up
neither the other channels nor, past the deadline, the run.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

from clearance.alerting import evaluation, outbox, records, rules
from clearance.alerting.evaluation import Checked
from clearance.alerting.outbox import (
    Besides,
    Delivered,
    Delivery,
    Sender,
    State,
    from_delivery,
    to_delivery,
)
from clearance.alerting.rules import Context, Subject
from clearance.channels import Accepted, Channel, Notification, Refused, Result, Retry
from clearance.customs.references import identity_keys
from clearance.errors import BadArgument, Phrase, StoreBusy, StoreError
from clearance.model import Alert, Summary, replace
from clearance.named_tuples import NamedTuple
from clearance.secret import Secret
from clearance.stores import Store

if TYPE_CHECKING:
    from tenacity import RetryCallState


class Told(NamedTuple):
    """An alert, and the declaration that it is about, if it is about one that is known."""

    alert: Alert
    declaration: Summary | None = None


Compose = Callable[[Delivery, Mapping[str, Told], str], Notification]
"""Words a delivery, given its alerts by id and the language."""
DEADLINE_SECONDS = 90.0
"""Seconds for all deliveries of a run, but those that tell which channels fail."""
ABOUT_CHANNELS_SECONDS = 15.0
"""Seconds that these have at least, however long the failing ones took."""
RETRIES = 3
"""How often a delivery is tried again within a run."""
MAX_WAIT_SECONDS = 10.0
"""Seconds that a run waits for a channel at most; a longer pause is for the next run."""
BACKOFF_SECONDS, JITTER_SECONDS = 1.0, 1.0
"""Seconds before the first retry, doubled with each, and at most so many more at random."""
HEARTBEAT_SECONDS = 5.0
"""Seconds for the heartbeat."""

_Composed = tuple[Delivery, Notification]
_Settled = tuple[Delivery, Result, int, bool]
"""A delivery, its result, how often it was tried, and whether it may have left."""


class Heartbeat:
    """Requests an address when a run ends, so that a monitor notices when runs stop or fail.

    No error of that request goes further: it never breaks the run. ``tell`` is told why it could
    not be sent, without the address.
    """

    def __init__(self, url: Secret | None, tell: Callable[[Phrase], None]) -> None:
        self._url = url
        self._tell = tell
        self.held_elsewhere = False
        """True when another run holds the delivery lease and will send the heartbeat."""
        self.failed = False
        """True when the run is to be reported as failed though it raised nothing."""

    def __enter__(self) -> Heartbeat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if self._url is None or self.held_elsewhere:
            return
        try:
            why = _within_time(self._url.address(), self.failed or kind is not None)
        except BadArgument as missing:
            why = missing
        if why:
            self._tell(Phrase("the heartbeat could not be sent: {why}", why=why))


def _within_time(address: str, failed: bool) -> Phrase | None:
    """Sends the heartbeat in a thread that is not waited for too long; why it was not taken."""
    from clearance import http

    answers = SimpleQueue[Phrase | None]()
    threading.Thread(target=lambda: answers.put(_beat(address, failed)), daemon=True).start()
    try:
        return answers.get(timeout=HEARTBEAT_SECONDS)
    except Empty:
        return http.failure(TimeoutError(), HEARTBEAT_SECONDS)


def _beat(address: str, failed: bool) -> Phrase | None:
    """Sends the heartbeat; why it was not taken, None if it was."""
    from clearance import http

    try:
        status = http.get(http.below(address, "fail") if failed else address, HEARTBEAT_SECONDS)
    except Exception as error:
        return http.failure(error, HEARTBEAT_SECONDS)
    return None if 200 <= status < 300 else Phrase("it answers HTTP {status}", status=status)


def sender(
    channels: Mapping[str, Channel], clock: datetime, besides: Besides | None = None
) -> Sender:
    """A sender of one run; ``besides`` tells others than the channels of alerts."""
    return Sender(channels, os.urandom(8).hex(), clock, besides)


def waiting(store: Store, *states: State) -> Mapping[str, int]:
    """How many deliveries with something to tell are in some states, by channel."""
    some = map(to_delivery, store.records(outbox.DELIVERY, states))
    return Counter(delivery.channel for delivery in some if delivery.items)


def undelivered(deliveries: Iterable[Delivered]) -> bool:
    """Whether any delivery was tried and not made."""
    return any(delivery.result in ("retry", "refused") for delivery in deliveries)


def failing(result: Checked) -> bool:
    """Whether a channel has failed for so long that there is an alert about it."""
    about_deliveries = rules.named(Subject.DELIVERIES)
    return any(alert.rule in about_deliveries for alert in result.live)


def check(
    store: Store,
    context: Context,
    sender: Sender,
    compose: Compose,
    *,
    dry_run: bool = False,
    baseline: bool = False,
    full: bool = False,
    whole: bool = True,
) -> tuple[Checked, list[Delivered]]:
    """Checks, delivers, and then checks which channels fail.

    ``compose`` words a delivery in its channel's language. With ``dry_run`` nothing is sent or
    kept, and what would be sent is returned; with ``baseline`` all that fires is taken as told.
    ``full`` and ``whole`` as in ``evaluation.check``.
    """
    result = evaluation.check(
        store, context, sender, dry_run=dry_run, baseline=baseline, full=full, whole=whole
    )
    if dry_run or result.busy:
        return result, [Delivered.of(d, None) for d in result.waiting]
    until = time.monotonic() + DEADLINE_SECONDS
    try:
        delivered = _deliver(store, context, sender, result.waiting, compose, until)
        failed = {delivery.channel for delivery in delivered if delivery.result == "retry"}
        with suppress(StoreBusy):
            channels = evaluation.check_channels(store, context, sender, failed)
            until = max(until, time.monotonic() + ABOUT_CHANNELS_SECONDS)
            delivered += _deliver(store, context, sender, channels.waiting, compose, until)
            result = evaluation.together(result, channels)
        delivered += _paused(store, sender, context.now, delivered)
    finally:
        with suppress(StoreError):
            _release_lease(store, sender)
    return result, delivered


def _deliver(
    store: Store,
    context: Context,
    sender: Sender,
    waiting: Collection[Delivery],
    compose: Compose,
    until: float,
) -> list[Delivered]:
    """Sends deliveries; each result is kept in a commit of its own, or at the latest at the end.

    Where the store stays busy a result is lost, and the next run sends that delivery again.
    """
    notifications = _composed(store, context, sender, waiting, compose)
    delivered: list[Delivered] = []
    unkept: list[Delivery] = []
    for delivery, result, tries, left in _results(notifications, sender.channels, until):
        detail = "" if isinstance(result, Accepted) else result.reason
        name = type(result).__name__.lower()
        delivered.append(Delivered.of(delivery, name, detail))
        clock = datetime.now(UTC)
        unkept.append(outbox.settled(delivery, result, tries, clock, may_have_left=left))
        with suppress(StoreBusy):
            _keep(store, sender, unkept)
            unkept.clear()
    with suppress(StoreBusy):
        _keep(store, sender, unkept)
    return delivered


def _composed(
    store: Store,
    context: Context,
    sender: Sender,
    waiting: Collection[Delivery],
    compose: Compose,
) -> dict[str, list[_Composed]]:
    """The notifications for each channel, in their order."""
    besides = sender.besides.composed(store, waiting) if sender.besides else {}
    ids = {alert for delivery in waiting for alert in delivery.alerts}
    if not ids:
        return {}
    told = _told(store, context, records.some_alerts(store, ids))
    composed: dict[str, list[_Composed]] = {}
    for delivery in waiting:
        if delivery.id in besides:
            notification = besides[delivery.id]
        else:
            notification = compose(delivery, told, sender.channels[delivery.channel].lang)
        if notification:
            composed.setdefault(delivery.channel, []).append((delivery, notification))
    return composed


def _told(store: Store, context: Context, alerts: Iterable[Alert]) -> dict[str, Told]:
    """Alerts by id, each with what it is about, as known now, and whom to call."""
    known = list(alerts)
    by_key = {
        key: summary
        for summary in records.alerted(store, known, context.now)
        for key in identity_keys(summary)
    }
    told = {}
    for alert in known:
        about = {one.name: one for key in alert.references if (one := by_key.get(key))}
        contact = alert.contact or rules.contact_of(about.values(), context.contacts)
        one = next(iter(about.values())) if alert.declaration and about else None
        told[alert.id] = Told(replace(alert, contact=contact), one)
    return told


def _results(
    notifications: Mapping[str, list[_Composed]],
    channels: Mapping[str, Channel],
    until: float,
) -> Iterator[_Settled]:
    """The result of each delivery, as soon as it is there; at the deadline those still missing."""
    results: SimpleQueue[_Settled] = SimpleQueue()
    for name, some in notifications.items():
        work = (channels[name], some, results, until)
        threading.Thread(target=_send_all, args=work, daemon=True).start()
    missing = {delivery.id: delivery for some in notifications.values() for delivery, _ in some}
    while missing:
        try:
            settled = results.get(timeout=max(until - time.monotonic(), 0))
        except Empty:
            break
        del missing[settled[0].id]
        yield settled
    for delivery in missing.values():
        yield delivery, Retry("no answer by the end of the run"), 1, True


def _send_all(
    channel: Channel,
    notifications: Iterable[_Composed],
    results: SimpleQueue[_Settled],
    until: float,
) -> None:
    """Sends one channel's deliveries one after the other, up to the first that has to wait."""
    first_to_wait: Retry | None = None
    for delivery, notification in notifications:
        if first_to_wait:
            results.put((delivery, first_to_wait, 0, False))
            continue
        result, tries, left = _sent(channel, notification, until)
        results.put((delivery, result, tries, left))
        if isinstance(result, Retry):
            reason = f"waits for the one before it: {result.reason}"
            first_to_wait = Retry(reason, result.after)


def _sent(channel: Channel, notification: Notification, until: float) -> tuple[Result, int, bool]:
    """The result of sending, how often it was tried, and whether the message may have left; every
    error becomes a result.

    Only its type is told of a foreign error, because its text may hold an address.
    """
    try:
        return _sent_with_retries(channel, notification, until)
    except BadArgument as error:
        return Refused(str(error)), 1, False
    except Exception as error:
        return Refused(f"failed: {type(error).__name__}"), 1, True


def _sent_with_retries(
    channel: Channel, notification: Notification, until: float
) -> tuple[Result, int, bool]:
    """The result of sending, tried again while that may help within this run."""
    import tenacity

    backoff = tenacity.wait_exponential(BACKOFF_SECONDS, MAX_WAIT_SECONDS) + tenacity.wait_random(
        0, JITTER_SECONDS
    )

    def is_soon(result: Result) -> bool:
        return isinstance(result, Retry) and (result.after or 0) <= MAX_WAIT_SECONDS

    def wait(state: RetryCallState) -> float:
        asked = state.outcome.result().after if state.outcome else None
        return max(backoff(state), asked or 0)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(is_soon),
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(1 + RETRIES),
            tenacity.stop_before_delay(until - time.monotonic()),
        ),
        wait=wait,
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    results: list[Result] = []

    def send() -> Result:
        results.append(channel.send(notification))
        return results[-1]

    result: Result = retrying(send)
    return result, len(results), not all(map(outbox.surely_unsent, results))


def _paused(
    store: Store, sender: Sender, now: datetime, delivered: Iterable[Delivered]
) -> list[Delivered]:
    """Pending deliveries that were not tried, because their channel asked for a pause."""
    tried = {(one.channel, one.alerts or one.notices) for one in delivered}
    pending = map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING]))
    return [
        Delivered.of(d, "retry", d.detail)
        for d in pending
        if d.channel in sender.channels and (d.channel, d.alerts) not in tried
        if not sender.rests(d, now)
    ]


def _keep(store: Store, sender: Sender, settled: Collection[Delivery]) -> None:
    """Keeps deliveries and renews the lease, in one commit.

    Ended deliveries of a channel that has accepted one are closed.
    """
    if not settled:
        return
    with store.transaction():
        kept = {delivery.id: delivery for delivery in settled}
        accepting = {d.channel for d in kept.values() if d.state is State.ACCEPTED}
        for ended in map(to_delivery, store.records(outbox.DELIVERY, [State.ENDED])):
            if ended.channel in accepting:
                kept[ended.id] = replace(ended, state=State.CLOSED)
        store.save_records(
            [*map(from_delivery, kept.values()), outbox.lease(sender.holder, datetime.now(UTC))]
        )


def _release_lease(store: Store, sender: Sender) -> None:
    own = (r for r in store.records(outbox.LEASE) if r.document["holder"] == sender.holder)
    if any(own):
        with store.transaction():
            store.delete_records(outbox.LEASE, ["check"])
