"""Shipments: the declarations that one bill of lading covers, counted together.

Those that the same goods have in other countries go with them (``borders``). A shipment of which no
bill is known goes by its UCR, else by the declaration that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs.kinds import UCR
from clearance.customs.references import kinds, names
from clearance.model import Declaration, Stage, normal
from clearance.model.content import decimal
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.timelines import borders, query
from clearance.timelines.query import Unknown

if TYPE_CHECKING:
    from decimal import Decimal

BILL = "bill_no"
"""The kind of number that a shipment goes by."""


class Shipment(NamedTuple):
    """The declarations of a shipment, the earliest first.

    ``bill_no`` is the bill of lading, or the part of one, that it goes by; without one, ``ucr``.
    """

    bill_no: str | None
    declarations: Sequence[Declaration]
    ucr: str | None = None

    @property
    def standing(self) -> list[Declaration]:
        """The declarations that are not withdrawn, sent again as another one, or put away."""
        gone = (d.stage is Stage.WITHDRAWN or d.superseded or d.put_away for d in self.declarations)
        return [d for d, is_gone in zip(self.declarations, gone, strict=True) if not is_gone]

    @property
    def open(self) -> int:
        """How many declarations are open."""
        return sum(declaration.open for declaration in self.declarations)

    @property
    def first_declared_at(self) -> datetime | None:
        """When the first was declared."""
        return min(self._moments("first_declared_at"), default=None)

    @property
    def last_released_at(self) -> datetime | None:
        """When the last release was, of those that are released."""
        return max(self._moments("released_at"), default=None)

    @property
    def last_cleared_at(self) -> datetime | None:
        """When the last closure was, of those that are closed."""
        return max(self._moments("cleared_at"), default=None)

    @property
    def name(self) -> str:
        """What it goes by: its bill, its UCR, or its first declaration."""
        return self.bill_no or self.ucr or self.declarations[0].name

    @property
    def weighed(self) -> list[Declaration]:
        """The declarations whose weights add up: those of one country, which bear the bill."""
        home = self.declarations[0].system
        bearing = [d for d in self.standing if self.bill_no and _bears(d, self.bill_no)]
        return [d for d in bearing or self.standing if d.system == home]

    @property
    def weights(self) -> list[Decimal]:
        """The gross weights that are known, in kilograms, of the declarations they add up of."""
        written = (declaration.facts.get("gross_weight") for declaration in self.weighed)
        return [weight for weight in map(decimal, written) if weight is not None]

    @property
    def gross_weight(self) -> str | None:
        """The sum of the gross weights that are known; None where none is."""
        return f"{sum(self.weights):f}" if self.weights else None

    @property
    def containers(self) -> list[str]:
        """The containers of all of them, each once."""
        return sorted({c for d in self.declarations for c in d.references.get("container", ())})

    def _moments(self, milestone: str) -> Iterator[datetime]:
        moments = (getattr(declaration, milestone) for declaration in self.declarations)
        return (at for at in moments if at is not None)


class Shipments(NamedTuple):
    """The shipments that numbers belong to, the numbers nobody knows, and those without a bill."""

    shipments: list[Shipment]
    unknown: list[Unknown]
    unbilled: list[str]


def look_up(store: Store, written: Iterable[str], as_of: datetime) -> Shipments:
    """The shipments that the numbers in some arguments belong to, each once, in their order.

    A bill, or a part of a joined one, is a shipment; any other number belongs to those of the
    bills that its declarations bear.
    """
    shipments: dict[str, Shipment] = {}
    unknown, unbilled = list[Unknown](), list[str]()
    for number in query.numbers_in(store, written, as_of, search=True):
        found = query.look_up(store, [number], as_of)
        unknown += found.unknown
        shipped = _shipments(store, number, found.declarations, as_of)
        if not shipped and not found.unknown:
            unbilled.append(number)
        for shipment in shipped:
            shipments.setdefault(normal(shipment.name), shipment)
    return Shipments(list(shipments.values()), unknown, unbilled)


def _shipments(
    store: Store, number: str, declarations: Sequence[Declaration], as_of: datetime
) -> list[Shipment]:
    """The shipments that a number belongs to: those of its bills, else the one over borders."""
    if bills := _bills(number, declarations):
        return [_of_bill(store, bill, as_of) for bill in bills]
    return [shipment for one in declarations for shipment in _over_borders(store, one, as_of)]


def _over_borders(store: Store, declaration: Declaration, as_of: datetime) -> list[Shipment]:
    """The shipments of a declaration without a bill: of the bills of those that it is tied to, else
    the one that it is tied to others in, or has a UCR of; none where nothing ties it.
    """
    tied = borders.tied(store, [declaration], as_of)
    if bills := list(dict.fromkeys(bill for one in tied for bill in one.references.get(BILL, ()))):
        return [_of_bill(store, bill, as_of) for bill in bills]
    ucr = next((value for one in tied for value in one.references.get(UCR.name, ())), None)
    if ucr is None and len(tied) == 1:
        return []
    return [Shipment(None, sorted(tied, key=_declared), ucr)]


def _of_bill(store: Store, bill: str, as_of: datetime) -> Shipment:
    """The shipment of a bill: the declarations that bear it, and theirs in other countries."""
    bearing = query.look_up(store, [bill], as_of).declarations
    tied = borders.tied(store, [one for one in bearing if _bears(one, bill)], as_of)
    return Shipment(bill, sorted(tied, key=_declared))


def _bills(number: str, declarations: Sequence[Declaration]) -> list[str]:
    """The bill that a number is, as it is written there; else those of its declarations."""
    bills = [bill for one in declarations for bill in one.references.get(BILL, ())]
    wanted = normal(number)
    parts = (part for bill in bills for part in (bill, *_parts(bill)) if normal(part) == wanted)
    if (own := next(parts, None)) is not None:
        return [own]
    return list(dict.fromkeys(bills))


def _parts(bill: str) -> list[str]:
    """The parts of a joined bill, as written."""
    return [part.strip() for part in re.split(f"[{re.escape(kinds()[BILL].joined_by)}]", bill)]


def _declared(declaration: Declaration) -> tuple[float, str]:
    """Sort key: when it was first declared, what is not declared last."""
    at = declaration.first_declared_at
    return at.timestamp() if at else float("inf"), declaration.name


def _bears(declaration: Declaration, bill: str) -> bool:
    return any(normal(bill) in names(BILL, b) for b in declaration.references.get(BILL, ()))
