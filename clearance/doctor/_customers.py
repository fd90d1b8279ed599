"""Customers: whether each is told, and whether anything waits for a person for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from clearance.channels import Channel
from clearance.config import Config
from clearance.customers import notices
from clearance.customers.settings import Customer
from clearance.doctor import Looks, Setup, Verdict, ok, warning
from clearance.errors import BadArgument, ClearanceError, Phrase
from clearance.secret import Secret
from clearance.stores import open_store

_LONG = timedelta(days=1)
_ANSWER_SECONDS = 2.0
"""How long a store that is busy is waited for."""


def customers(setup: Setup) -> Looks:
    """How each customer is told, and what of it somebody has to approve."""
    for name, customer in setup.config.customers.items():
        yield f"customer {name}", partial(_customer, name, customer, setup)


def _customer(name: str, customer: Customer, setup: Setup) -> Verdict:
    waiting = [] if isinstance(setup.held, ClearanceError) else _held(setup.url, name)
    if waiting and setup.now - min(waiting) > _LONG:
        return warning(
            Phrase(
                "notices that wait for somebody to approve them: {count}, the first since {at}",
                count=len(waiting),
                at=f"{min(waiting).astimezone(setup.now.tzinfo):%Y-%m-%d %H:%M}",
            ),
            Phrase("clearance notices list --state held, then approve or drop them"),
        )
    for other, channel, place in _sharing(name, setup.config):
        return warning(
            Phrase(
                "{channel} leads where {other} is told by {place}: each reads the other's notices",
                channel=channel,
                other=other,
                place=place,
            ),
            Phrase("mend the address of one of the two channels"),
        )
    if not customer.to:
        return ok(Phrase("has no channel: sees its pages only"))
    return ok(Phrase("is told by {channels}", channels=list(customer.to)))


def _sharing(name: str, config: Config) -> Iterator[tuple[str, str, str]]:
    """Other customers who are told where one is: who, by which channel of its, and which of theirs.

    A channel that takes alerts is the house's own.
    """
    theirs = {
        (customer, channel): place
        for customer, one in config.customers.items()
        for channel in one.to
        if not config.channels[channel].terms.alerts and (place := _place(config.channels[channel]))
    }
    own = {channel: place for (customer, channel), place in theirs.items() if customer == name}
    for channel, place in own.items():
        for (other, where), there in theirs.items():
            if other != name and there == place:
                yield other, channel, where


def _place(channel: Channel) -> frozenset[str]:
    """What tells where a channel leads: an address, or those of a mail; empty where it has none.

    It is never shown: an address of a chat is a secret.
    """
    url: Secret | None = getattr(channel, "url", None)
    if url is None:
        return frozenset(map(str.lower, getattr(channel, "addressees", ())))
    try:
        return frozenset({url.reveal()})
    except BadArgument:
        return frozenset({repr(url)})


def _held(url: str, name: str) -> list[datetime]:
    """When each notice to a customer was made that waits for a person."""
    with open_store(url, create=False, busy_timeout=_ANSWER_SECONDS) as store, store.reading():
        found = notices.notices(store, {notices.HELD})
        return [one.made_at for one in found if one.customer == name]
