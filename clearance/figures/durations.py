"""Statistics of times from one milestone to another, intervals that are still open included.

A sample is a time in whole seconds to the end of an interval, or to a competing outcome (a
withdrawn declaration can never be closed), or to the moment of the report where the interval is
open: such a time is censored, the interval takes at least as long.

**Curve.** The cumulative incidence F of the end by Aalen and Johansen (1978) and S = 1 − F. Without
withdrawals S is the survival function of Kaplan and Meier (1958); without open intervals F is the
plain share. Computed by redistribution (Efron 1967): every sample has the same weight, and a
censored one hands its weight to those still at risk. Between two censoring times only whole numbers
are added, so that rounding enters once for each censoring time. Samples censored at a time are at
risk at that time.

**Figures.** A percentile p is the smallest time by which F ≥ p, compared exactly: a float sum that
comes near p is computed again in fractions. The restricted mean to τ is the area under S up to τ; S
is carried flat past the last observation.

**Variance.** Greenwood's (1926), by the delta method over the jumps of both outcomes, which are
multinomial given who is at risk; without withdrawals it is Greenwood's formula to the letter.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import accumulate
from operator import mul
from random import Random
from typing import NamedTuple

MIN_SAMPLE = 20
"""Samples that a survival figure needs at least."""
ROUNDS = 1000
"""Rounds of a bootstrap."""
MAX_RESAMPLED = 2000
"""Largest sample whose interval comes from a bootstrap; larger ones use a normal interval."""

Stratum = tuple[Hashable, ...]
"""Characteristics that the declarations of a stratum have in common, the most important first."""

_NORMAL_975 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
_ROUNDING = 1e-9
"""More than the rounding error of any sum here, up to a million samples."""


class Ending(Enum):
    """What a sample's time leads to at the moment of the report."""

    ENDED = "ended"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


_ORDER = {Ending.ENDED: 0, Ending.WITHDRAWN: 1, Ending.OPEN: 2}
"""The order of samples that have the same time."""


class Sample(NamedTuple):
    """A time in seconds, and its outcome."""

    seconds: int
    outcome: Ending


class CurveStep(NamedTuple):
    """A time at which intervals ended or were withdrawn, and the curve from then on.

    ``weight`` is that of each sample at risk; ``incidence`` is F; ``free`` is the share that has
    neither ended nor been withdrawn.
    """

    seconds: int
    at_risk: int
    ended: int
    withdrawn: int
    weight: float
    incidence: float
    free: float


def mean(seconds: Iterable[int]) -> float | None:
    """The arithmetic mean in seconds, summed in sorted order; None for an empty sample."""
    ordered = sorted(seconds)
    return math.fsum(ordered) / len(ordered) if ordered else None


def percentile(samples: Sequence[Sample], share: Fraction) -> int | None:
    """The smallest time in seconds by which at least this share has ended; None if never reached.

    >>> percentile([Sample(t, Ending.ENDED) for t in (1, 2, 3, 4)], Fraction(1, 2))
    2
    """
    return curve(samples).percentile(share)


@dataclass(frozen=True, slots=True)
class Curve:
    """The incidence curve of ``n`` samples; ``last`` is the longest time observed, in seconds."""

    n: int
    last: int
    steps: tuple[CurveStep, ...]

    def percentile(self, share: Fraction) -> int | None:
        """The smallest time by which at least this share has ended, or None if never reached."""
        mark = float(share)
        first = bisect_left(self.steps, mark - _ROUNDING, key=lambda step: step.incidence)
        for index, step in enumerate(self.steps[first:], first):
            certain = step.incidence > mark + _ROUNDING
            if step.ended and (certain or self._exact_incidence(index + 1) >= share):
                return step.seconds
        return None

    def _exact_incidence(self, upto: int) -> Fraction:
        """F after the first ``upto`` steps, in fractions; the plain share without censoring."""
        last = self.steps[upto - 1]
        if last.weight == 1 / self.n:
            return Fraction(round(last.incidence * self.n), self.n)
        incidence, weight, ended, left = Fraction(0), Fraction(1, self.n), 0, self.n
        for step in self.steps[:upto]:
            if step.at_risk != left:
                incidence += weight * ended
                weight, ended = weight * Fraction(left, step.at_risk), 0
            ended += step.ended
            left = step.at_risk - step.ended - step.withdrawn
        return incidence + weight * ended

    @property
    def reached(self) -> float:
        """The share that has ended by the last observation."""
        return self.steps[-1].incidence if self.steps else 0.0

    def known(self, seconds: int) -> bool:
        """Whether F is known up to a time: observed so far, or no sample was left before it."""
        return seconds <= self.last or not self.steps or self.steps[-1].free == 0

    def within(self, seconds: int) -> float:
        """The share that has ended by a time."""
        index = bisect_right(self.steps, seconds, key=lambda step: step.seconds)
        return self.steps[index - 1].incidence if index else 0.0

    def rmst(self, tau: int) -> float:
        """The restricted mean: the area under S up to ``tau``, in seconds."""
        return tau - math.fsum(self._gains(tau))

    def _gains(self, tau: int) -> list[float]:
        """By how much each step before ``tau`` shortens the restricted mean, in seconds."""
        return [
            step.weight * (step.ended * (tau - step.seconds))
            for step in self.steps
            if step.seconds < tau
        ]

    def rmst_variance(self, tau: int) -> float:
        """The variance of the restricted mean, in square seconds."""
        gains = self._gains(tau)
        ahead = math.fsum(gains)
        terms = list[float]()
        for step, gain in zip(self.steps, gains, strict=False):
            ahead -= gain
            terms.append(_term(step, tau - step.seconds, ahead))
        return math.fsum(terms)

    def variance(self, seconds: int) -> float:
        """Greenwood's variance of S at a time."""
        reached = self.within(seconds)
        past = (step for step in self.steps if step.seconds <= seconds)
        return math.fsum(_term(step, 1, reached - step.incidence) for step in past)


def _term(step: CurveStep, direct: int, ahead: float) -> float:
    """What a step adds to the variance of a functional of F.

    One more end at the step adds ``direct`` and takes its share of what is still ``ahead``; one
    more withdrawal only takes.
    """
    left = step.at_risk - step.ended - step.withdrawn
    taken = ahead * step.at_risk / left if left else 0.0
    end, withdrawal = step.ended / step.at_risk, step.withdrawn / step.at_risk
    if_ended = step.weight * step.at_risk * direct - taken
    drawn = if_ended * end - taken * withdrawal
    return (if_ended * if_ended * end + taken * taken * withdrawal - drawn * drawn) / step.at_risk


def curve(samples: Iterable[Sample]) -> Curve:
    """The curve of a sample; that of an empty one has no steps."""
    kept = list(samples)
    ended, withdrawn, censored = (
        Counter([seconds for seconds, outcome in kept if outcome is wanted]) for wanted in _ORDER
    )
    times = sorted({*ended, *withdrawn, *censored})
    counts = (
        (time, ended.get(time, 0), withdrawn.get(time, 0), censored.get(time, 0)) for time in times
    )
    return Curve(len(kept), times[-1] if times else 0, tuple(_steps(len(kept), counts)))


def _steps(n: int, counts: Iterable[tuple[int, int, int, int]]) -> Iterator[CurveStep]:
    """The steps of a curve of ``n`` samples.

    ``counts`` are times in order, each with how many ended, were withdrawn and were censored.
    """
    at_risk, weight = n, 1 / max(n, 1)
    before, count, lost = 0.0, 0, 0.0
    for time, ended, withdrawn, censored in counts:
        if ended or withdrawn:
            count += ended
            lost += weight * withdrawn
            left = at_risk - ended - withdrawn
            incidence = before + weight * count if left else 1 - lost
            yield CurveStep(time, at_risk, ended, withdrawn, weight, incidence, weight * left)
            at_risk = left
        if censored:
            before, count = before + weight * count, 0
            if at_risk > censored:
                weight *= at_risk / (at_risk - censored)
            at_risk -= censored


def restricted_mean(samples: Sequence[Sample], tau: int) -> float:
    """``curve(samples).rmst(tau)``, quicker where no sample is censored before ``tau``."""
    early = [sample for sample in samples if sample.seconds < tau]
    if any(outcome is Ending.OPEN for _, outcome in early):
        return curve(samples).rmst(tau)
    gains = sum(tau - seconds for seconds, outcome in early if outcome is Ending.ENDED)
    return tau - gains / len(samples)


# Change between two samples


class Interval(NamedTuple):
    """A 95 % interval of a relative change, and its method: ``bootstrap`` or ``greenwood``."""

    low: float
    high: float
    method: str


def ratio_interval(new: Sequence[float], old: Sequence[float]) -> Interval | None:
    """The 95 % interval of RMST new / old − 1 by the percentiles of resamples (Efron 1979).

    ``new`` and ``old`` are restricted means of resamples; None if one of ``old`` is zero.
    """
    if min(old, default=0.0) <= 0:
        return None
    changes = sorted(after / before - 1 for after, before in zip(new, old, strict=True))
    cut = len(changes) // 40
    return Interval(changes[cut], changes[-1 - cut], "bootstrap")


def normal_interval(new: tuple[float, float], old: tuple[float, float]) -> Interval | None:
    """The 95 % interval of RMST new / old − 1 by a normal log ratio, for samples too large for a
    bootstrap.

    ``new`` and ``old`` are a restricted mean and its variance; None if one of the means is zero.
    """
    (after, spread), (before, spread_before) = new, old
    if after <= 0 or before <= 0:
        return None
    error = math.sqrt(spread / (after * after) + spread_before / (before * before))
    low, high = (after / before * math.exp(sign * _NORMAL_975 * error) - 1 for sign in (-1, 1))
    return Interval(low, high, "greenwood")


def resampled(samples: Sequence[Sample], tau: int, seed: str, rounds: int = ROUNDS) -> list[float]:
    """Restricted means in seconds of resamples with replacement; equal seeds give equal means.

    The samples stand in order of time, those that ended first, then the withdrawn, then the open.
    Weights change only at censored places; the gains between two such places are whole numbers.
    """
    ordered = sorted(samples, key=lambda sample: (sample.seconds, _ORDER[sample.outcome]))
    gains = [max(tau - s.seconds, 0) * (s.outcome is Ending.ENDED) for s in ordered]
    censored = _censored_places(ordered, tau)
    draw, n = Random(seed).choices, len(ordered)
    if not censored:
        return [tau - sum(draw(gains, k=n)) / n for _ in range(rounds)]
    places = range(n)
    return [tau - _mean_gain(draw(places, k=n), gains, censored) for _ in range(rounds)]


def _censored_places(ordered: Sequence[Sample], tau: int) -> list[int]:
    return [
        place
        for place, (seconds, outcome) in enumerate(ordered)
        if outcome is Ending.OPEN and seconds < tau
    ]


def _mean_gain(drawn: Sequence[int], gains: Sequence[int], censored: Sequence[int]) -> float:
    """By how many seconds a resample's restricted mean is shorter than τ.

    ``drawn`` are the places of the resample, ``censored`` those where weights change.
    """
    n = len(gains)
    times = [0] * n
    for place in drawn:
        times[place] += 1
    heads = list(accumulate(times))
    total = list(accumulate(map(mul, times, gains)))
    weight, done, sums = 1 / n, 0, list[float]()
    for place in censored:
        if times[place]:
            sums.append(weight * (total[place] - done))
            done = total[place]
            left = n - heads[place]
            if left:
                weight *= (left + times[place]) / left
    sums.append(weight * (total[-1] - done))
    return math.fsum(sums)


def adjusted_change(
    new: Mapping[Stratum, list[Sample]], old: Mapping[Stratum, list[Sample]], tau: int
) -> tuple[float | None, float]:
    """RMST new / old − 1 as if the new sample had the old one's mix, and the share of the old
    sample that was compared.

    Direct standardisation: the mean of each stratum counts as often as the stratum occurs in the
    old sample. A stratum with too few samples on a side is pooled with those that differ from it in
    the last characteristic only, and so on from right to left.
    """
    pairs = list(_matched(new, old))
    after = math.fsum(len(before) * restricted_mean(now, tau) for now, before in pairs)
    before_all = math.fsum(len(before) * restricted_mean(before, tau) for _, before in pairs)
    n = sum(map(len, old.values()))
    share = sum(len(before) for _, before in pairs) / n if n else 0.0
    return (after / before_all - 1 if before_all > 0 else None), share


def _matched(
    new: Mapping[Stratum, list[Sample]], old: Mapping[Stratum, list[Sample]]
) -> Iterator[tuple[list[Sample], list[Sample]]]:
    """Samples of the same stratum on both sides, each stratum as fine as its samples allow."""
    depth = max(map(len, (*new, *old)), default=0)
    while True:
        new, old = _pooled(new, depth), _pooled(old, depth)
        yield from _pairs(new, old, MIN_SAMPLE if depth else 1)
        if not depth:
            return
        depth -= 1


def _pooled(side: Mapping[Stratum, list[Sample]], depth: int) -> dict[Stratum, list[Sample]]:
    """The samples by the first ``depth`` characteristics."""
    pooled: dict[Stratum, list[Sample]] = defaultdict(list)
    for key, samples in side.items():
        pooled[key[:depth]] += samples
    return dict(pooled)


def _pairs(
    new: dict[Stratum, list[Sample]], old: dict[Stratum, list[Sample]], least: int
) -> Iterator[tuple[list[Sample], list[Sample]]]:
    """Takes out the strata with at least ``least`` samples on each side."""
    for key in new.keys() & old.keys():
        if min(len(new[key]), len(old[key])) >= least:
            yield new.pop(key), old.pop(key)
