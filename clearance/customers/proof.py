"""Proof: what was told to whom, when each channel accepted it, and by which messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from clearance.alerting import outbox
from clearance.alerting.outbox import Delivery, State
from clearance.customers.matching import Customers, Match, matches
from clearance.customers.notices import Notice, Standing, notices
from clearance.model import Summary
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.timelines import query


class Stand(StrEnum):
    """Where a notice stands, as a person sees it.

    ``TOLD``: every channel has accepted it. ``WAITING``: a channel has not yet. ``ENDED``: a
    channel will never take it. ``SHOWN``: the customer has no channel, and sees it on its pages.
    """

    HELD = "held"
    WAITING = "waiting"
    TOLD = "told"
    ENDED = "ended"
    SHOWN = "shown"
    DROPPED = "dropped"
    OVERTAKEN = "overtaken"


class Proof(NamedTuple):
    """A notice with its deliveries, one to each channel."""

    notice: Notice
    deliveries: tuple[Delivery, ...]

    @property
    def stand(self) -> Stand:
        """Where it stands."""
        if self.notice.standing is not Standing.FILED:
            return Stand(self.notice.standing)
        states = {delivery.state for delivery in self.deliveries}
        if not states:
            return Stand.SHOWN
        if states == {State.ACCEPTED}:
            return Stand.TOLD
        return Stand.ENDED if states & {State.ENDED, State.CLOSED} else Stand.WAITING

    @property
    def told_at(self) -> datetime | None:
        """When the last of its channels accepted it; None as long as one has not."""
        return self.accepted_at[-1] if self.stand is Stand.TOLD else None

    @property
    def accepted_at(self) -> list[datetime]:
        """When channels accepted it."""
        accepted = (d.tried_at for d in self.deliveries if d.state is State.ACCEPTED)
        return sorted(at for at in accepted if at)


def proofs(
    store: Store,
    as_of: datetime,
    *,
    customer: str | None = None,
    since: datetime | None = None,
    some: Iterable[Notice] | None = None,
) -> list[Proof]:
    """Notices made by a moment, with their deliveries, the latest first.

    All, or those of a customer; without those that are settled and were made before ``since``.
    """
    made = [
        one
        for one in (notices(store) if some is None else some)
        if one.made_at <= as_of and customer in (None, one.customer)
    ]
    if since is not None:
        unsettled = _unsettled(store)
        made = [
            one
            for one in made
            if one.made_at >= since or one.standing is Standing.HELD or one.id in unsettled
        ]
    by_notice = _deliveries(store, {one.id for one in made})
    found = (Proof(one, tuple(by_notice.get(one.id, ()))) for one in made)
    return sorted(found, key=lambda p: (p.notice.made_at, p.notice.at, p.notice.id), reverse=True)


def _unsettled(store: Store) -> set[str]:
    """The ids of notices, among others, that a channel has not accepted."""
    states = {State.HELD, State.PENDING, State.ENDED}
    open = map(outbox.to_delivery, store.records(outbox.DELIVERY, states))
    return {id for delivery in open for id in delivery.alerts}


def _deliveries(store: Store, ids: Collection[str]) -> dict[str, list[Delivery]]:
    """The deliveries that each of some notices is in."""
    by_notice: dict[str, list[Delivery]] = {}
    keys = set(map(outbox.about, ids))
    for delivery in map(outbox.to_delivery, store.records(outbox.DELIVERY, keys) if keys else ()):
        for id in delivery.alerts:
            by_notice.setdefault(id, []).append(delivery)
    return by_notice


class Unmatched(NamedTuple):
    """An open declaration that is nobody's, or of two customers."""

    declaration: Summary
    match: Match


def unmatched(store: Store, customers: Customers, as_of: datetime) -> list[Unmatched]:
    """The open declarations whose customer is not known, by name."""
    open = [d for d in query.overview(store, query.current(store, as_of), as_of) if d.open]
    found = zip(open, matches(store, customers, open, as_of), strict=True)
    wanted = (Unmatched(one, match) for one, match in found if match.customer is None)
    return sorted(wanted, key=lambda one: one.declaration.name)
