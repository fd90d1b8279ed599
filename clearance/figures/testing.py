"""Whether two samples differ beyond chance, and how sure that is when many are compared.

The test of two shares is Fisher's exact one (1935), two-sided by the probabilities that are no
greater than that of what was seen; of other figures it is the normal one by their variances. With
many comparisons some differ by chance: p values are adjusted by Holm (1979), which keeps the chance
of even one false difference below 5 %, however the comparisons depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

BEYOND_CHANCE = 0.05
"""An adjusted p below which a difference is told."""
_ROUNDING = 1e-7
"""Probabilities that differ less are equal: they come of the same tables."""


def fisher(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """The p value of two shares, ``hits`` of ``n`` and ``other_hits`` of ``other_n``.

    >>> round(fisher(8, 10, 1, 6), 4)
    0.035
    """
    total = hits + other_hits
    least, most = max(0, total - other_n), min(n, total)
    logs = [_log_weight(count, n, total - count, other_n) for count in range(least, most + 1)]
    top = max(logs)
    weights = [math.exp(log - top) for log in logs]
    seen = weights[hits - least]
    counted = math.fsum(weight for weight in weights if weight <= seen * (1 + _ROUNDING))
    return min(counted / math.fsum(weights), 1.0)


def _log_weight(count: int, n: int, other: int, other_n: int) -> float:
    """The logarithm of in how many ways so many of each sample may be hit."""
    return _log_choose(n, count) + _log_choose(other_n, other)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def normal(difference: float, variance: float) -> float:
    """The two-sided p value of a difference with a variance, if there is none in truth."""
    if variance <= 0:
        return 1.0 if difference == 0 else 0.0
    return math.erfc(abs(difference) / math.sqrt(2 * variance))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values of many comparisons, each adjusted for all of them.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, least = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(p_values[place] * (len(order) - rank), 1.0))
        adjusted[place] = least
    return adjusted
