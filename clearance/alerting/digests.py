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
from clearance.model import Alert, Severity, replace

_DAY = timedelta(days=1)


def filed(
    outcome: Reconciled,
    channels: Mapping[str, Channel],
    known: Iterable[Delivery],
    moment: Moment,
) -> Filed:
    """The messages of the day, for each channel that has one.

    One is held for each, gathers what is over, and at its time tells all that stands besides; then
    the next one is held. Where there is nothing to tell none is sent. One that nobody has by the
    time of the next is dropped, and what it told is told by that; where there is to be none any
    more, what waits for it is told at once.
    """
    own = [d for d in known if d.kind is Kind.DIGEST]
    kept, gone = list[Delivery](), set[str]()
    for name, channel in channels.items():
        mine = [d for d in own if d.channel == name]
        held = sorted((d for d in mine if d.state is State.HELD), key=_time)
        row, upcoming = next(reversed(held), None), channel.terms.next_digest(moment.now)
        made = list[Delivery]()
        if upcoming:
            is_due = row is not None and _is_due(row, moment)
            late = [d for d in mine if is_due and d.state is State.PENDING and not d.reached]
            made += _digest(name, channel.terms, row, late, outcome, moment, upcoming)
            gone.update(delivery.id for delivery in late)
            gone.update(delivery.id for delivery in held if is_due)
        elif row:
            waited = _waited(name, channel.terms, row, outcome, moment)
            made += [waited] if waited.items else []
            gone.update(delivery.id for delivery in held)
        kept += made
        gone -= {delivery.id for delivery in made}
    return Filed(tuple(kept), tuple(sorted(gone)))


def _time(delivery: Delivery) -> datetime:
    """When a held message of the day is to go, as it was planned."""
    return delivery.not_before or delivery.filed_at


def _is_due(row: Delivery, moment: Moment) -> bool:
    """Whether the time of a held message of the day has come; not by a wrong clock."""
    return not is_held(row, moment) and not (row.not_before and row.not_before > moment.now)


def _digest(
    name: str,
    terms: Terms,
    row: Delivery | None,
    late: Sequence[Delivery],
    outcome: Reconciled,
    moment: Moment,
    upcoming: datetime,
) -> Iterator[Delivery]:
    """What is to be kept of a channel's message of the day: that which is due, and the next.

    ``late`` are those before it that nobody has: what they told is still to be told.
    """
    if row is None:
        ended = _ended((), name, terms, outcome)
        yield _next_digest(name, moment.now, upcoming, since=moment.now - _DAY, items=ended)
        return
    unheard = [item for delivery in late for item in delivery.items]
    over = [item for item in unheard if item.change == "resolved"]
    ended = _ended([*over, *row.items], name, terms, outcome)
    if is_held(row, moment):
        if ended != row.items:
            yield replace(row, items=ended)
        return
    if not _is_due(row, moment):
        yield replace(row, items=ended, not_before=upcoming)
        return
    standing = [a for a in outcome.live if a.stands and routing.wanted(a, name, terms)]
    new = {item.alert for item in unheard if item.change == "new"}
    new |= {a.id for a in standing if a.fired_at > row.filed_at}
    told = [Change(a.id, "new" if a.id in new else "repeated") for a in standing]
    if told or ended:
        let_go = _let_go(row, (*told, *ended), standing, moment)
        yield replace(let_go, tries=sum(delivery.tries for delivery in late))
    yield _next_digest(name, moment.now, upcoming)


def _waited(
    name: str, terms: Terms, row: Delivery, outcome: Reconciled, moment: Moment
) -> Delivery:
    """What waited for a message of the day that is not to be, without what is filed just now."""
    told = {alert.id for alert in outcome.new}
    untold = tuple(alert for alert in outcome.resolved if alert.fired_at > row.filed_at)
    over = replace(outcome, resolved=untold)
    new = [
        alert
        for alert in outcome.live
        if alert.stands and alert.fired_at > row.filed_at and alert.id not in told
        if routing.wanted(alert, name, terms)
    ]
    items = (*(Change(a.id, "new") for a in new), *_ended(row.items, name, terms, over))
    return replace(_let_go(row, items, new, moment), kind=Kind.ALERTS)


def _let_go(
    row: Delivery, items: tuple[Change, ...], standing: Sequence[Alert], moment: Moment
) -> Delivery:
    """A held message of the day, ready to be sent."""
    worst = max((a.severity for a in standing), key=list(Severity).index, default=Severity.INFO)
    return replace(
        row,
        state=State.PENDING,
        severity=worst,
        items=items,
        filed_at=moment.now,
        not_before=None,
    )


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
