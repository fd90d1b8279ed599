"""Pages for customers: which shipments there are, and under which names their pages lie.

A page lies under a name that nobody guesses and that stays the same: it is made by chance once and
remembered in the store. What is over for a month has no page any more.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from clearance.alerting import records
from clearance.customers import news
from clearance.customers.facts import Facts, facts_of
from clearance.customers.matching import Customers, matcher_of
from clearance.customers.notices import Notice, Standing, number_keys
from clearance.customers.settings import Customer
from clearance.customers.telling import Expected, alerts_about, day_of, expected_of, known_notices
from clearance.customers.topics import MILESTONES
from clearance.customs.references import identity_keys
from clearance.model import Alert, Declaration, Record
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.stores.codec import moment_key, reads
from clearance.timelines import query

PAGE = "page"
"""The kind of record that remembers the name of a page."""
OVER_DAYS = 30
"""Days for which a shipment that is over keeps its page."""
_INDEX = "index"
"""The key of a customer's index, besides its name."""
_NAME = re.compile(r"[0-9a-f]{32}")


class Step(NamedTuple):
    """A milestone, and when it was reached; None if it was not yet."""

    topic: str
    at: datetime | None


class Issue(NamedTuple):
    """Something out of the ordinary that stands, since when, and its deadline if it has one."""

    topic: str
    at: datetime
    deadline: str | None


class Shipment(NamedTuple):
    """What a customer may see of a declaration.

    ``keys`` are those of the numbers that are its own, and of others that it may share.
    """

    facts: Facts
    steps: tuple[Step, ...]
    issues: tuple[Issue, ...]
    is_open: bool
    keys: tuple[frozenset[str], frozenset[str]]

    @property
    def reached(self) -> Step | None:
        """The furthest milestone."""
        return next((step for step in reversed(self.steps) if step.at), None)


def shipments_of(
    store: Store, customers: Customers, name: str, as_of: datetime, expected: Expected | None = None
) -> list[Shipment]:
    """The shipments of a customer that are open, or have not been over for long; latest first."""
    declarations = _recent(store, as_of)
    matcher = matcher_of(store, customers, declarations, as_of)
    own = [one for one in declarations if matcher.match(one).customer == name]
    return sorted(seen(store, name, customers[name], own, as_of, expected), key=_latest_first)


def _recent(store: Store, as_of: datetime) -> list[Declaration]:
    """Declarations that are open, or were last heard of within a month."""
    since = moment_key("last", as_of - timedelta(days=OVER_DAYS))
    ids = query.current(store, as_of) | store.ids_between(since, "last;")
    return list(query.snapshot(store, ids, as_of))


def _latest_first(shipment: Shipment) -> tuple[bool, float, str]:
    at = max((step.at.timestamp() for step in shipment.steps if step.at), default=0.0)
    return not shipment.is_open, -at, shipment.facts.name


def seen(
    store: Store,
    name: str | None,
    customer: Customer,
    declarations: Sequence[Declaration],
    as_of: datetime,
    expected: Expected | None = None,
) -> list[Shipment]:
    """What a customer may see of some declarations; ``name`` is None for one that is not known."""
    alerts = records.alerts(store, as_of)
    known = known_notices(store, declarations)
    releases = expected_of(store, declarations, expected)
    return [
        _shipment(
            customer, one, facts_of(one, day_of(at, customer)), alerts_about(one, alerts), earlier
        )
        for one, at, earlier in zip(
            declarations,
            releases,
            ([n for n in some if n.customer == name] for some in known),
            strict=True,
        )
    ]


def _shipment(
    customer: Customer,
    declaration: Declaration,
    facts: Facts,
    alerts: Iterable[Alert],
    known: Collection[Notice],
) -> Shipment:
    return Shipment(
        facts=facts,
        steps=tuple(
            Step(topic, getattr(declaration, MILESTONES[topic].field))
            for topic in MILESTONES
            if topic in customer.milestones
        ),
        issues=tuple(
            Issue(one.topic, one.at, one.deadline)
            for one in news.exceptions(declaration, alerts)
            if one.topic in customer.exceptions and _may_be_seen(one, customer, known)
        ),
        is_open=declaration.open,
        keys=_keys(declaration),
    )


def _keys(declaration: Declaration) -> tuple[frozenset[str], frozenset[str]]:
    own = frozenset(identity_keys(declaration))
    return own, frozenset(number_keys(declaration)) - own


def _may_be_seen(one: news.News, customer: Customer, known: Iterable[Notice]) -> bool:
    """Whether a customer may see an exception: nobody has to approve it, or has dropped it."""
    about = [notice.standing for notice in known if one.is_told_by(notice)]
    if Standing.FILED in about:
        return True
    return not about and one.held_as not in customer.hold


# Names


def names_of(store: Store, customer: str | None, pages: Sequence[Shipment]) -> list[str]:
    """The name of each page, made where it has none; to be called in a transaction.

    A page is found by its own numbers before one that merely shares a number is given its name.
    """
    by_key = _remembered(store, customer, {key for page in pages for key in _all(page)})
    names: dict[int, str] = {}
    for rank in (0, 1):
        for number, page in enumerate(pages):
            known = (by_key[key] for key in sorted(page.keys[rank]) if key in by_key)
            if number not in names and (name := _untaken(known, names.values())):
                names[number] = name
    made = [names.get(number) or _new() for number in range(len(pages))]
    store.save_records(
        _record(name, customer, _all(page)) for name, page in zip(made, pages, strict=True)
    )
    return made


def _all(page: Shipment) -> frozenset[str]:
    own, shared = page.keys
    return own | shared


def _untaken(names: Iterable[str], taken: Collection[str]) -> str | None:
    return next((name for name in names if name not in taken), None)


def index_name(store: Store, customer: str) -> str:
    """The name of a customer's index, made where it has none; in a transaction."""
    key = f"{_INDEX}:{customer}"
    name = _remembered(store, customer, {key}).get(key) or _new()
    store.save_records([_record(name, customer, {key})])
    return name


def left(store: Store, customer: str, there: Iterable[str], pages: Collection[str]) -> list[str]:
    """The pages of a customer that lie ``there``, by names without ending, and are no more."""
    ours = {name for name in there if _NAME.fullmatch(name)} - set(pages)
    found = store.records(PAGE, ours) if ours else ()
    return sorted(record.id for record in found if _customer_of(record) == customer)


def _new() -> str:
    return secrets.token_hex(16)


def _remembered(store: Store, customer: str | None, keys: Collection[str]) -> dict[str, str]:
    """The names of a customer's pages, by the keys they are filed under."""
    found = (store.records(PAGE, keys)) if keys else ()
    own = (record for record in found if _customer_of(record) == customer)
    by_key: dict[str, str] = {}
    for record in own:
        for key in record.keys:
            by_key.setdefault(key, record.id)
    return by_key


def _record(name: str, customer: str | None, keys: Iterable[str]) -> Record:
    return Record(PAGE, name, {"customer": customer}, tuple(sorted(keys)))


@reads(PAGE)
def _customer_of(record: Record) -> str | None:
    customer: str | None = record.document["customer"]
    return customer
