"""What was declared: goods and containers, as the messages that say it are read on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

_MAX_DIGITS = 40
"""Characters of the longest number that is read."""
_TOO_LARGE = 10**20
"""No amount or weight of a declaration comes near it."""


class Goods(NamedTuple):
    """One item of a declaration. Quantities and amounts are as written; None is not known.

    Countries and currencies are ISO codes where the table of the customs system knows them.
    """

    no: int
    hs: str | None = None
    name: str | None = None
    model: str | None = None
    quantity: str | None = None
    unit: str | None = None
    first_quantity: str | None = None
    first_unit: str | None = None
    second_quantity: str | None = None
    second_unit: str | None = None
    price: str | None = None
    total: str | None = None
    currency: str | None = None
    origin: str | None = None
    destination: str | None = None
    district: str | None = None
    duty_mode: str | None = None


class Container(NamedTuple):
    """One container of a declaration: its number, its size, and the items that lie in it."""

    no: str
    size: str | None
    goods: tuple[int, ...]


class Content(NamedTuple):
    """The goods and containers of a declaration."""

    goods: tuple[Goods, ...]
    containers: tuple[Container, ...]

    @property
    def values(self) -> dict[str, str]:
        """The sum of the items' totals in each currency, with two decimals."""
        return sums((item.currency, item.total) for item in self.goods)


def sums(amounts: Iterable[tuple[str | None, str | None]]) -> dict[str, str]:
    """Sums by currency, with two decimals; an amount that is no number is left out."""
    totals: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if currency and (number := decimal(amount)) is not None:
            totals[currency] = totals.get(currency, 0) + number
    return {currency: f"{totals[currency]:.2f}" for currency in sorted(totals)}


def decimal(written: str | None) -> Decimal | None:
    """A number in its usual writing, or None."""
    from decimal import Decimal, InvalidOperation

    if not written or len(written) > _MAX_DIGITS:
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _TOO_LARGE else None
