"""Shipments: the declarations that one bill of lading covers, counted together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from clearance.customs.references import kinds, names
from clearance.model import Declaration, Stage, normal
from clearance.model.content import decimal
from clearance.stores import Store
from clearance.timelines import query
from clearance.timelines.query import Unknown

BILL = "bill_no"
"""The kind of number that a shipment goes by."""


class Shipment(NamedTuple):
    """A bill of lading, or a part of one, and the declarations that bear it, the earliest first."""

    bill_no: str
    declarations: Sequence[Declaration]

    @property
    def standing(self) -> list[Declaration]:
        """The declarations that are neither withdrawn nor sent again as another one."""
        return [d for d in self.declarations if d.stage is not Stage.WITHDRAWN and not d.superseded]

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
    def weights(self) -> list[Decimal]:
        """The gross weights that are known, in kilograms, of the declarations that stand."""
        written = (declaration.facts.get("gross_weight") for declaration in self.standing)
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
        bills = _bills(number, found.declarations)
        if not bills and not found.unknown:
            unbilled.append(number)
        for bill in bills:
            if normal(bill) not in shipments:
                bearing = query.look_up(store, [bill], as_of).declarations
                those = [d for d in bearing if _bears(d, bill)]
                shipments[normal(bill)] = Shipment(bill, sorted(those, key=_declared))
    return Shipments(list(shipments.values()), unknown, unbilled)


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
