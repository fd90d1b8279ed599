"""Figures with their 95 % intervals, and changes of them: shares, means, sums, percentiles.

The interval of a share is Wilson's (1927); where some declarations are open, the share by τ is an
incidence, and its n is the number of closed cases that would leave it as uncertain. That of a mean
is normal by the sample's variance, that of a sum of which the number of terms is chance too is
normal by the sum of squares (compound Poisson), that of a ratio of sums by linearisation. That of a
percentile lies between the percentiles at the ends of Wilson's interval of its share (Woodruff
1952). The interval of a difference is made of both intervals: for shares Newcombe's (1998, method
10), for all others by the same rule (MOVER, Zou and Donner 2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain

from clearance.figures import durations
from clearance.figures.durations import NORMAL_975, Curve, Sample, Samples, Share
from clearance.named_tuples import NamedTuple

_ROUNDING = 1e-12
"""A share times its complement that is less comes of rounding."""


class Estimate(NamedTuple):
    """A figure of ``n`` cases, and its 95 % interval."""

    value: float
    n: int
    low: float
    high: float


def rate(hits: int, n: int) -> Estimate:
    """So many of ``n``, at least one.

    >>> [round(figure, 3) for figure in rate(5, 50)]
    [0.1, 50, 0.043, 0.214]
    """
    return Estimate(hits / n, n, *wilson(hits / n, n))


def withdrawn(curve: Curve) -> Estimate:
    """The share of declarations withdrawn by the curve's τ."""
    worth = cases(curve.gone, curve.gone_variance, curve.n)
    return Estimate(curve.gone, curve.n, *wilson(curve.gone, worth))


def within(curve: Curve, seconds: int) -> Estimate | None:
    """The share that has ended by a time, of what is not withdrawn; None where it is not known."""
    if not curve.known(seconds):
        return None
    value = curve.within(seconds)
    return Estimate(value, curve.n, *wilson(value, _worth(curve, seconds)))


def cases(share: float, variance: float, n: int) -> float:
    """How many closed cases would leave a share as uncertain; ``n`` where it is 0 or 1."""
    spread = share * (1 - share)
    return spread / variance if variance > 0 and spread > _ROUNDING else n


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of ``n`` cases.

    >>> [round(end, 3) for end in wilson(0.1, 50)]
    [0.043, 0.214]
    """
    square = NORMAL_975 * NORMAL_975 / n
    middle = share + square / 2
    spread = math.sqrt(square * (share * (1 - share) + square / 4))
    low, high = ((middle + sign * spread) / (1 + square) for sign in (-1, 1))
    return max(min(low, share), 0.0), min(max(high, share), 1.0)


def mean(values: Iterable[tuple[float, int]]) -> Estimate:
    """The mean of values, each with how often it occurs; two or more in all."""
    counted = list(values)
    n = sum(count for _, count in counted)
    middle = math.fsum(value * count for value, count in counted) / n
    squares = math.fsum((value - middle) ** 2 * count for value, count in counted)
    spread = NORMAL_975 * math.sqrt(squares / (n - 1) / n)
    return Estimate(middle, n, middle - spread, middle + spread)


def total(values: Sequence[float], n: int) -> Estimate:
    """The sum of values that are not negative, of ``n`` cases; the others have none.

    There might as well have been more of them, or fewer.
    """
    value = math.fsum(values)
    spread = NORMAL_975 * math.sqrt(math.fsum(each * each for each in values))
    return Estimate(value, n, max(value - spread, 0.0), value + spread)


class Ratio:
    """The ratio of two sums over ``n`` cases, while they are added up."""

    __slots__ = ("_above_squared", "_below_squared", "_both", "above", "below", "n")

    def __init__(self) -> None:
        self.n = self.above = self.below = 0
        self._above_squared = self._both = self._below_squared = 0

    def add(self, above: int, below: int) -> None:
        """Adds a case: what it gives to the sum above, and to that below."""
        self.n += 1
        self.above += above
        self.below += below
        self._above_squared += above * above
        self._both += above * below
        self._below_squared += below * below

    def estimate(self) -> Estimate | None:
        """The ratio; None where the sum below is nothing."""
        if self.below <= 0:
            return None
        value = self.above / self.below
        squares = self._above_squared - 2 * value * self._both + value**2 * self._below_squared
        spread = NORMAL_975 * math.sqrt(max(squares, 0.0)) / self.below
        return Estimate(value, self.n, value - spread, value + spread)


def percentile(curve: Curve, share: Share) -> Estimate | None:
    """A percentile of a curve in seconds; None where it, or an end of its interval, is not reached.

    Open cases count: as many closed ones as would leave the share as uncertain decide how far the
    interval reaches.
    """
    value, mark = curve.percentile(share), share[0] / share[1]
    if value is None:
        return None
    ends = [curve.percentile(end.as_integer_ratio()) for end in wilson(mark, _worth(curve, value))]
    low, high = ends
    return None if low is None or high is None else Estimate(value, curve.n, low, high)


def _worth(curve: Curve, seconds: int) -> float:
    """How many closed cases would leave the share by a time as uncertain."""
    if curve.is_plain:
        return curve.n
    return cases(curve.within(seconds), curve.variance(seconds), curve.n)


def quantile(values: Iterable[float], share: Share) -> Estimate:
    """A percentile of values, all of them known; one or more."""
    ordered = sorted(values)
    n = len(ordered)
    mark = share[0] / share[1]
    marks = (mark, *wilson(mark, n))
    ranks = [min(max(math.ceil(mark * n - 1e-9), 1), n) for mark in marks]
    value, low, high = (ordered[rank - 1] for rank in ranks)
    return Estimate(value, n, low, high)


def restricted_mean(samples: Samples, tau: int, seed: str) -> Estimate:
    """RMST to τ in seconds with its interval: of few samples by a bootstrap, else by Greenwood."""
    n = len(samples)
    if n <= _MOST_RESAMPLED:
        drawn = sorted(durations.resampled(samples, tau, seed, rounds=_ROUNDS))
        cut = len(drawn) // 40
        return Estimate(durations.restricted_mean(samples, tau), n, drawn[cut], drawn[-1 - cut])
    value, variance = mean_and_variance(samples, tau)
    spread = NORMAL_975 * math.sqrt(variance)
    return Estimate(value, n, value - spread, value + spread)


_ROUNDS = 400
"""Rounds of such a bootstrap."""
_MOST_RESAMPLED = 100
"""Samples of which a normal interval would be unsound; of more it is as good and quicker."""


def mean_and_variance(samples: Iterable[Sample], tau: int) -> tuple[float, float]:
    """RMST and its variance; quicker where all have ended or were seen to τ."""
    taken = Samples.of(samples)
    if min(chain(taken.withdrawn, taken.open), default=tau) >= tau:
        times = [min(seconds, tau) for seconds in chain(taken.ended, taken.withdrawn, taken.open)]
        middle = sum(times) / len(times)
        return middle, math.fsum((t - middle) ** 2 for t in times) / len(times) ** 2
    curve = durations.curve(taken, tau)
    return curve.rmst, curve.rmst_variance


def failures(samples: Iterable[Sample], tau: int) -> Estimate:
    """The incidence by τ of what is sampled as withdrawn, what ended competing with it."""
    return withdrawn(durations.curve(samples, tau))


def minus(one: Estimate, other: Estimate) -> Estimate:
    """The difference of two figures, as a figure of both."""
    return Estimate(one.value - other.value, one.n + other.n, *difference(one, other))


def over(one: Estimate, other: Estimate) -> Estimate | None:
    """The ratio of two figures, by the rule for their logarithms; None if one is not positive."""
    if min(one.low, other.low) <= 0:
        return None
    low, high = map(math.exp, difference(_logarithm(one), _logarithm(other)))
    return Estimate(one.value / other.value, one.n, low, high)


def _logarithm(of: Estimate) -> Estimate:
    value, low, high = map(math.log, (of.value, of.low, of.high))
    return Estimate(value, of.n, low, high)


def complement(share: Estimate) -> Estimate:
    """The share of those that are not."""
    return Estimate(1 - share.value, share.n, 1 - share.high, 1 - share.low)


def difference(new: Estimate, old: Estimate) -> tuple[float, float]:
    """The 95 % interval of the difference of two figures, new − old."""
    change = new.value - old.value
    down = math.hypot(new.value - new.low, old.high - old.value)
    up = math.hypot(new.high - new.value, old.value - old.low)
    return change - down, change + up
