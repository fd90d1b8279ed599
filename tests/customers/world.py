"""A store, customers with a channel each, and checks of it: what each of them was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clearance.alerting import delivery
from clearance.alerting.outbox import Moment
from clearance.alerting.rules import Context
from clearance.channels import Accepted, Notification, Result, Retry, Terms
from clearance.customers import proof, telling
from clearance.customers.notices import Notice, notices
from clearance.customers.settings import Customer, customer
from clearance.customers.telling import Teller
from clearance.customs.cn_single_window.demo import File
from clearance.model import Remark
from clearance.render import customer_notices
from clearance.render.notifications import notification
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake
from tests.alerting.scenes import at

TOLD = ("accepted", "released", "cleared")


@dataclass
class Mailbox:
    """A channel that keeps what it is sent; it may be out of reach, or have an ``answer`` of its
    own to everything.
    """

    lang: str = "en"
    terms: Terms = field(default_factory=Terms)
    got: list[Notification] = field(default_factory=list)
    reachable: bool = True
    answer: Result | None = None
    kind: str = "mailbox"

    def check(self) -> None:
        pass

    def send(self, notification: Notification) -> Result:
        if not self.reachable:
            return Retry("nobody is there", after=60)
        if self.answer:
            return self.answer
        self.got.append(notification)
        return Accepted()

    @property
    def titles(self) -> list[str]:
        return [one.title for one in self.got]

    @property
    def text(self) -> str:
        return "\n".join(
            "\n".join((one.title, *(line.text for line in one.lines), str(one.document)))
            for one in self.got
        )


@dataclass
class World:
    """A store with customers, each with a channel of its name."""

    store: Store
    customers: Mapping[str, Customer]
    boxes: dict[str, Mailbox]
    last: list[Notice] = field(default_factory=list)
    no_customer: int = 0
    expected: datetime | None = None

    def read(self, *files: File, hours: float = 0) -> None:
        """Reads messages in."""
        intake.ingest(self.store, [Item(file.name, file.data) for file in files], at(hours))

    def check(self, hours: float | datetime, *, clock: datetime | None = None) -> None:
        """A check with its deliveries, some hours after the start."""
        now = hours if isinstance(hours, datetime) else at(hours)
        teller = Teller(
            self.customers,
            customer_notices.text,
            customer_notices.message,
            lambda _, some: [None if one.released_at else self.expected for one in some],
        )
        sender = delivery.sender(self.boxes, clock or now, teller)
        delivery.check(self.store, Context(now, clock=clock or now), sender, notification)
        self.last, self.no_customer = teller.told, teller.no_customer

    def told(self, name: str = "acme") -> list[str]:
        """What a customer was told, by topic, in the order it was sent."""
        known = {one.id: one for one in notices(self.store)}
        return [
            known[item["id"]].topic
            for one in self.boxes[name].got
            for item in one.document.get("notices", ())
        ]

    def stands(self) -> dict[str, str]:
        """Where each notice stands, by its topic."""
        found = proof.proofs(self.store, at(24 * 365))
        return {one.notice.topic: str(one.stand) for one in reversed(found)}

    def notices(self) -> list[Notice]:
        """Every notice, in the order they were made."""
        return list(notices(self.store))

    def approve(self, id: str, hours: float) -> Notice:
        """Somebody approves a notice."""
        moment = Moment(at(hours), at(hours))
        return telling.approve(self.store, self.customers, id, Remark("fine", "Li"), moment)

    def drop(self, id: str, hours: float) -> Notice:
        """Somebody drops a notice."""
        return telling.drop(self.store, id, Remark("no", "Li"), Moment(at(hours), at(hours)))


def acme(**settings: Any) -> Customer:
    """A customer whose references begin so."""
    return customer({"name": "Acme Trading", "to": ["acme"], "reference": "REF*", **settings})


@contextmanager
def world(**customers: Customer) -> Iterator[World]:
    """A world with some customers, by default one that is told of references that begin REF."""
    some = customers or {"acme": acme()}
    names = {channel: one.lang for one in some.values() for channel in one.to}
    with open_store("memory:") as store:
        boxes = {name: Mailbox(lang, Terms(alerts=False)) for name, lang in names.items()}
        yield World(store, some, boxes)


def shuffled(files: Iterable[File], order: Iterable[int]) -> list[File]:
    """Files in another order."""
    every = list(files)
    return [every[number] for number in order]
