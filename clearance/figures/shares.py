"""Shares of declarations with 95 % intervals, and changes of shares.

The interval of a share is Wilson's (1927), that of a difference Newcombe's (1998, method 10), which
is made of both. Where some declarations are open, the share by τ is an incidence, and its n is the
number of closed cases that would leave it as uncertain.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from clearance.figures.durations import NORMAL_975, Curve


class Share(NamedTuple):
    """A share of ``n`` declarations, and its 95 % interval."""

    value: float
    n: int
    low: float
    high: float


def withdrawn(curve: Curve) -> Share:
    """The share of declarations withdrawn by the curve's τ."""
    value, spread = curve.gone, curve.gone_variance
    worth = value * (1 - value) / spread if spread > 0 else curve.n
    return Share(value, curve.n, *wilson(value, worth))


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of ``n`` cases.

    >>> [round(end, 3) for end in wilson(0.1, 50)]
    [0.043, 0.214]
    """
    square = NORMAL_975 * NORMAL_975 / n
    middle = share + square / 2
    spread = math.sqrt(square * (share * (1 - share) + square / 4))
    low, high = ((middle + sign * spread) / (1 + square) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def difference(new: Share, old: Share) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares, new − old."""
    change = new.value - old.value
    down = math.hypot(new.value - new.low, old.high - old.value)
    up = math.hypot(new.high - new.value, old.value - old.low)
    return change - down, change + up
