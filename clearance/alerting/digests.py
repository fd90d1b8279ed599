"""Messages of the day: to a channel that wants one, all that stands and what is over, once a day.

One is held for each such channel; it gathers what is over, and is let go with the first check after
its time. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from clearance.alerting import routing
from clearance.alerting.lifecycle import Reconciled
from clearance.alerting.outbox import (
    Change,
    Delivery,
    Filed,
    Kind,
    Moment,
    State,
    identity,
    is_held,
)
from clearance.channels import Channel, Terms
from clearance.model import Severity, replace

_DAY = timedelta(days=1)


def filed(
    outcome: Reconciled,
    channels: Mapping[str, Channel],
    known: Iterable[Delivery],
    moment: Moment,
) -> Filed:
    """The messages of the day, for each channel that has one.

    One is held for each, gathers what is over, and at its time tells all that stands besides; then
    the next one is held. Where there is nothing to tell none is sent.
    """
    held = {d.channel: d for d in known if d.kind is Kind.DIGEST and d.state is State.HELD}
    kept: list[Delivery] = []
    for name, channel in channels.items():
        upcoming = channel.terms.next_digest(moment.now)
        if upcoming:
            row = held.pop(name, None)
            kept += _digest(name, channel.terms, row, outcome, moment, upcoming)
    gone = tuple(d.id for d in held.values() if d.channel in channels)
    return Filed(tuple(kept), gone)


def _digest(
    name: str,
    terms: Terms,
    row: Delivery | None,
    outcome: Reconciled,
    moment: Moment,
    upcoming: datetime,
) -> Iterator[Delivery]:
    """What is to be kept of a channel's message of the day: that which is due, and the next."""
    if row is None:
        ended = _ended((), name, terms, outcome)
        yield _next_digest(name, moment.now, upcoming, since=moment.now - _DAY, items=ended)
        return
    ended = _ended(row.items, name, terms, outcome)
    if is_held(row, moment):
        if ended != row.items:
            yield replace(row, items=ended)
        return
    if row.not_before and row.not_before > moment.now:
        yield replace(row, items=ended, not_before=upcoming)
        return
    standing = [a for a in outcome.live if a.stands and routing.wanted(a, name, terms)]
    told = [Change(a.id, "new" if a.fired_at > row.filed_at else "repeated") for a in standing]
    if told or ended:
        worst = max((a.severity for a in standing), key=list(Severity).index, default=Severity.INFO)
        yield replace(
            row,
            state=State.PENDING,
            severity=worst,
            items=(*told, *ended),
            filed_at=moment.now,
            not_before=None,
        )
    yield _next_digest(name, moment.now, upcoming)


def _next_digest(
    name: str,
    now: datetime,
    upcoming: datetime,
    *,
    since: datetime | None = None,
    items: tuple[Change, ...] = (),
) -> Delivery:
    """A message of the day that is held; what fired after ``since``, else after now, is new."""
    return Delivery(
        id=identity(f"{name} digest of {upcoming.isoformat()}", (), now),
        channel=name,
        severity=Severity.INFO,
        items=items,
        filed_at=since or now,
        kind=Kind.DIGEST,
        state=State.HELD,
        not_before=upcoming,
    )


def _ended(
    items: Sequence[Change], name: str, terms: Terms, outcome: Reconciled
) -> tuple[Change, ...]:
    """What is over that a channel's next message of the day tells; not what is back again."""
    if not terms.resolved:
        return ()
    live = {alert.id for alert in outcome.live} if items else set[str]()
    over = [a.id for a in outcome.resolved if routing.wanted(a, name, terms)]
    ids = dict.fromkeys([*(item.alert for item in items if item.alert not in live), *over])
    return tuple(Change(id, "resolved") for id in ids)
