"""Sums over the declarations of a row: weights, packages, declared values, containers, items.

A declaration counts with what it says last. Sums are exact decimals, the same in any order. What is
no number, or is negative, is left out and counted; so is how many declarations say anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from typing import NamedTuple

from clearance.model import Timings

_EXACT = Context(prec=200)
"""Enough digits for any sum of numbers that are taken."""
_MAX_CHARS = 40
_TOO_LARGE = Decimal(10) ** 20
_MAX_DECIMALS = 20
_WEIGHTS = ("gross_weight", "net_weight")
_COUNTS = {"packages": "packages", "items": "item_count"}
"""Sums of whole numbers, each with the field of ``Timings`` that says one."""
_ZERO = Decimal(0)


class Sums(NamedTuple):
    """The sums of a row; None where no declaration says any.

    Weights are in kilograms as exact decimals, values by currency with two decimals. ``known``
    counts the declarations that each sum is of, ``left_out`` those whose value is no number.
    """

    gross_weight: str | None
    net_weight: str | None
    packages: int | None
    value: dict[str, str]
    containers: int | None
    items: int | None
    known: dict[str, int]
    left_out: dict[str, int]


@dataclass(slots=True)
class Adder:
    """Adds up what declarations say."""

    totals: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    values: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    known: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, timing: Timings) -> None:
        """Adds a declaration."""
        for name in _WEIGHTS:
            self._add(name, getattr(timing, name))
        for name, said_in in _COUNTS.items():
            self._add(name, getattr(timing, said_in), whole=True)
        if timing.containers:
            self._take("containers", Decimal(timing.containers))
        if timing.declared_value:
            self._add_value(timing.declared_value)

    def sums(self) -> Sums:
        """What was added up so far."""
        return Sums(
            gross_weight=self._weight("gross_weight"),
            net_weight=self._weight("net_weight"),
            packages=self._whole("packages"),
            value={code: f"{self.values[code]:.2f}" for code in sorted(self.values)},
            containers=self._whole("containers"),
            items=self._whole("items"),
            known={name: self.known[name] for name in (*_WEIGHTS, "packages", "value")},
            left_out=dict(sorted(self.left_out.items())),
        )

    def _weight(self, name: str) -> str | None:
        return f"{self.totals[name]:f}" if self.known[name] else None

    def _whole(self, name: str) -> int | None:
        return int(self.totals[name]) if self.known[name] else None

    def _add(self, name: str, written: str | None, *, whole: bool = False) -> None:
        if written is None:
            return
        number = _number(written)
        if number is None or (whole and number != int(number)):
            self.left_out[name] += 1
        else:
            self._take(name, number)

    def _take(self, name: str, number: Decimal) -> None:
        self.known[name] += 1
        self.totals[name] = _EXACT.add(self.totals[name], number)

    def _add_value(self, written: str) -> None:
        """Adds values such as ``EUR 10.00 USD 3753.60``; none of them if one is no number."""
        amounts = list(_amounts(written))
        if not amounts or any(number is None for _, number in amounts):
            self.left_out["value"] += 1
            return
        self.known["value"] += 1
        for currency, number in amounts:
            self.values[currency] = _EXACT.add(self.values[currency], number or _ZERO)


def _amounts(written: str) -> Iterator[tuple[str, Decimal | None]]:
    """The currencies of a value and the amount in each; None for what is no amount."""
    words = written.split()
    for currency, amount in zip(words[::2], [*words[1::2], ""], strict=False):
        yield currency, _number(amount)


def _number(written: str) -> Decimal | None:
    """A number in its usual writing, not negative; or None."""
    if len(written) > _MAX_CHARS:
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MAX_DECIMALS:
        return None
    return number if _ZERO <= number < _TOO_LARGE else None
