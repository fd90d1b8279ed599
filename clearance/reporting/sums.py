"""Sums over the declarations of a row: weights, packages, declared values, containers, items.

A declaration counts with what it says last. Sums are exact decimals, the same in any order. What is
no number, or is negative, is left out and counted; so is how many declarations say anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from clearance.named_tuples import NamedTuple
from clearance.stores.alike import Alike

if TYPE_CHECKING:
    from decimal import Context, Decimal

_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,10})?")
"""How nearly every number is written."""
_WHOLE = re.compile(r"[0-9]{1,15}")
_MAX_CHARS = 40
_TOO_LARGE = 10**20
_MAX_DECIMALS = 20
SUMS = ("gross_weight", "net_weight", "packages", "containers", "items", "value")
"""Every sum of what was declared."""
_COVERED = ("gross_weight", "net_weight", "packages", "value")
"""Sums of which it is told how many declarations they are of."""


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


class Adder:
    """Adds up what declarations say."""

    def __init__(self) -> None:
        self.weights: dict[str, Decimal] = {}
        self.counts: Counter[str] = Counter()
        self.values: dict[str, Decimal] = {}
        self.known: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def add(self, some: Alike) -> None:
        """Adds declarations."""
        for name in ("gross_weight", "net_weight"):
            for written in _said(some.column(name)):
                self._weigh(name, written)
        for name, field in (("packages", "packages"), ("items", "item_count")):
            for written in _said(some.column(field)):
                self._count(name, written)
        containers = [number for number in some.column("containers") or () if number]
        self.known["containers"] += len(containers)
        self.counts["containers"] += sum(containers)
        for written in filter(None, some.column("declared_value") or ()):
            self._value(written)

    def sums(self) -> Sums:
        """What was added up so far."""
        weights = {name: f"{weight:f}" for name, weight in self.weights.items()}
        return Sums(
            gross_weight=weights.get("gross_weight"),
            net_weight=weights.get("net_weight"),
            packages=self._counted("packages"),
            value={code: f"{self.values[code]:.2f}" for code in sorted(self.values)},
            containers=self._counted("containers"),
            items=self._counted("items"),
            known={name: self.known[name] for name in _COVERED},
            left_out=dict(sorted(self.left_out.items())),
        )

    def _counted(self, name: str) -> int | None:
        return self.counts[name] if self.known[name] else None

    def _weigh(self, name: str, written: str) -> None:
        number = _number(written)
        if number is None:
            self.left_out[name] += 1
        else:
            self.known[name] += 1
            _add(self.weights, name, number)

    def _count(self, name: str, written: str) -> None:
        number = int(written) if _WHOLE.fullmatch(written) else _number(written)
        if number is None or (whole := int(number)) != number:
            self.left_out[name] += 1
        else:
            self.known[name] += 1
            self.counts[name] += whole

    def _value(self, written: str) -> None:
        """Adds values such as ``EUR 10.00 USD 3753.60``; none of them if one is no number."""
        words = written.split()
        numbers = [number for amount in words[1::2] if (number := _number(amount)) is not None]
        if not words or 2 * len(numbers) != len(words):
            self.left_out["value"] += 1
            return
        self.known["value"] += 1
        for code, number in zip(words[::2], numbers, strict=True):
            _add(self.values, code, number)


def _said(column: Iterable[str | None] | None) -> Iterator[str]:
    """What declarations say, of those that say it."""
    return (written for written in column or () if written is not None)


def _number(written: str) -> Decimal | None:
    """A number in its usual writing, not negative; or None."""
    decimal = _decimal()
    if _PLAIN.fullmatch(written):
        plain: Decimal = decimal.Decimal(written)
        return plain
    if len(written) > _MAX_CHARS:
        return None
    try:
        number: Decimal = decimal.Decimal(written)
    except decimal.InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MAX_DECIMALS:
        return None
    return number if 0 <= number < _TOO_LARGE else None


def _add(sums: dict[str, Decimal], name: str, number: Decimal) -> None:
    """Adds a number to the sum of a name."""
    known = sums.get(name)
    sums[name] = number if known is None else _exact().add(known, number)


@cache
def _exact() -> Context:
    """Reckons with enough digits for any sum of numbers that are taken: nothing is rounded."""
    exact: Context = _decimal().Context(prec=200)
    return exact


@cache
def _decimal() -> ModuleType:
    """What reckons with decimals; it is loaded where any is declared."""
    import decimal

    return decimal
