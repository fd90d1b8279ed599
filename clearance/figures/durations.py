"""Times from one milestone to another, with what is not over yet.

A sample is the time in whole seconds to the end of an interval, to a competing outcome (the
declaration was withdrawn, so its closure can never come), or to the moment looked from, where the
interval is still open: then all that is known is that it takes longer (it is censored).

**Curve.** The cumulative incidence F of the end by Aalen and Johansen (1978) and S = 1 − F, which
without withdrawals is the survival function of Kaplan and Meier (1958), and with nothing open the
plain share. Computed as Efron (1967) reads it: everybody has the same weight, and who is censored
hands his to those still at risk. Within a stretch without censoring only whole numbers are added,
so rounding enters once for each time of censoring. Those censored at a time are at risk at it.

**Figures.** A percentile p is the smallest time by which F ≥ p, compared exactly: where a sum of
floats comes near the mark it is done again in fractions. The restricted mean to τ is the area
under S up to τ, S carried flat past the last observation.

**Variance.** Greenwood's (1926), by the delta method over the jumps of both outcomes, which are
multinomial given who is at risk; without withdrawals it is Greenwood's formula to the letter.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import accumulate
from operator import mul
from random import Random
from typing import NamedTuple

MIN_SAMPLE = 20
"""Below so many declarations a figure says more than is known."""
ROUNDS = 1000
"""Rounds of a bootstrap."""
MAX_RESAMPLED = 2000
"""Declarations a side above which an interval is not resampled but computed."""

Stratum = tuple[Hashable, ...]
"""What is alike about the declarations of a stratum, the most important first."""

_NORMAL_975 = 1.959963984540054
_NEAR = 1e-9
"""More than the rounding of any sum here, up to a million declarations."""


class Ending(Enum):
    """How an interval stands at the moment looked from."""

    ENDED = "ended"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


_ORDER = {Ending.ENDED: 0, Ending.WITHDRAWN: 1, Ending.OPEN: 2}


class Sample(NamedTuple):
    """Seconds, and what they lead up to."""

    seconds: int
    outcome: Ending


class Step(NamedTuple):
    """A time at which something ended or was withdrawn, and the curve after it.

    ``weight`` is that of each one at risk; ``incidence`` is F, ``free`` the share that has neither
    ended nor been withdrawn.
    """

    seconds: int
    at_risk: int
    ended: int
    gone: int
    weight: float
    incidence: float
    free: float


def mean(seconds: Iterable[int]) -> float | None:
    """The arithmetic mean in seconds, or None of nothing; the sum runs over the sorted sample."""
    ordered = sorted(seconds)
    return math.fsum(ordered) / len(ordered) if ordered else None


def percentile(samples: Sequence[Sample], share: Fraction) -> int | None:
    """The smallest time by which at least this share has ended, or None if it is not reached.

    >>> percentile([Sample(t, Ending.ENDED) for t in (1, 2, 3, 4)], Fraction(1, 2))
    2
    """
    return curve(samples).percentile(share)


@dataclass(frozen=True, slots=True)
class Curve:
    """How many have ended by when, of ``n``; ``last`` is the longest time seen, in seconds."""

    n: int
    last: int
    steps: tuple[Step, ...]

    def percentile(self, share: Fraction) -> int | None:
        """The smallest time by which at least this share has ended, or None if not reached."""
        mark = float(share)
        first = bisect_left(self.steps, mark - _NEAR, key=lambda step: step.incidence)
        for index, step in enumerate(self.steps[first:], first):
            if step.ended and (step.incidence > mark + _NEAR or self._exactly(index + 1) >= share):
                return step.seconds
        return None

    def _exactly(self, upto: int) -> Fraction:
        """The incidence after some steps, in fractions; the plain share if nobody was censored."""
        last = self.steps[upto - 1]
        if last.weight == 1 / self.n:
            return Fraction(round(last.incidence * self.n), self.n)
        incidence, weight, ended, left = Fraction(0), Fraction(1, self.n), 0, self.n
        for step in self.steps[:upto]:
            if step.at_risk != left:
                incidence += weight * ended
                weight, ended = weight * Fraction(left, step.at_risk), 0
            ended += step.ended
            left = step.at_risk - step.ended - step.gone
        return incidence + weight * ended

    @property
    def reached(self) -> float:
        """The share that has ended by the last observation."""
        return self.steps[-1].incidence if self.steps else 0.0

    def known(self, seconds: int) -> bool:
        """Whether the curve is known up to a time: observed so far, or nobody is left before it."""
        return seconds <= self.last or not self.steps or self.steps[-1].free == 0

    def within(self, seconds: int) -> float:
        """The share that has ended by a time."""
        index = bisect_right(self.steps, seconds, key=lambda step: step.seconds)
        return self.steps[index - 1].incidence if index else 0.0

    def rmst(self, tau: int) -> float:
        """The restricted mean: the area under S up to ``tau``, in seconds."""
        return tau - math.fsum(self._gains(tau))

    def _gains(self, tau: int) -> list[float]:
        """What each step takes off the restricted mean."""
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


def _term(step: Step, direct: int, ahead: float) -> float:
    """What a step adds to the variance of a functional of F.

    One more end at the step adds ``direct`` and takes its share of what is still ``ahead``; one
    more withdrawal only takes.
    """
    left = step.at_risk - step.ended - step.gone
    taken = ahead * step.at_risk / left if left else 0.0
    end, gone = step.ended / step.at_risk, step.gone / step.at_risk
    if_ended = step.weight * step.at_risk * direct - taken
    drawn = if_ended * end - taken * gone
    return (if_ended * if_ended * end + taken * taken * gone - drawn * drawn) / step.at_risk


def curve(samples: Iterable[Sample]) -> Curve:
    """The curve of a sample; of nothing it has no steps."""
    kept = list(samples)
    ended, gone, open_ = (
        Counter([seconds for seconds, outcome in kept if outcome is wanted])
        for wanted in (Ending.ENDED, Ending.WITHDRAWN, Ending.OPEN)
    )
    n = at_risk = len(kept)
    weight, before, count, lost = 1 / n if n else 0.0, 0.0, 0, 0.0
    steps = list[Step]()
    every = sorted({*ended, *open_, *gone})
    for time in every:
        ends, goes, stays = ended.get(time, 0), gone.get(time, 0), open_.get(time, 0)
        if ends or goes:
            count += ends
            lost += weight * goes
            left = at_risk - ends - goes
            reached = before + weight * count if left else 1 - lost
            steps.append(Step(time, at_risk, ends, goes, weight, reached, weight * left))
            at_risk = left
        if stays:
            before, count = before + weight * count, 0
            if at_risk > stays:
                weight *= at_risk / (at_risk - stays)
            at_risk -= stays
    return Curve(n, every[-1] if every else 0, tuple(steps))


def restricted_mean(samples: Sequence[Sample], tau: int) -> float:
    """``curve(samples).rmst(tau)``, quicker where nobody is censored before ``tau``."""
    early = [sample for sample in samples if sample[0] < tau]
    gains = [tau - seconds for seconds, outcome in early if outcome is Ending.ENDED]
    if len(gains) < len(early) and any(outcome is Ending.OPEN for _, outcome in early):
        return curve(samples).rmst(tau)
    return tau - sum(gains) / len(samples)


# Change between two samples


class Interval(NamedTuple):
    """A 95 % interval of a relative change, and how it was found."""

    low: float
    high: float
    how: str


def ratio_interval(new: Sequence[float], old: Sequence[float]) -> Interval | None:
    """The 95 % interval of RMST new / old − 1 by the percentiles of resamples (Efron 1979).

    None where a mean of zero makes it no ratio.
    """
    if min(old, default=0.0) <= 0:
        return None
    changes = sorted(after / before - 1 for after, before in zip(new, old, strict=True))
    cut = len(changes) // 40
    return Interval(changes[cut], changes[-1 - cut], "bootstrap")


def normal_interval(new: tuple[float, float], old: tuple[float, float]) -> Interval | None:
    """The same from each side's restricted mean and its variance, for samples too large to draw
    from: the log of the ratio is taken as normal.
    """
    (after, spread), (before, spread_before) = new, old
    if after <= 0 or before <= 0:
        return None
    error = math.sqrt(spread / (after * after) + spread_before / (before * before))
    low, high = (after / before * math.exp(sign * _NORMAL_975 * error) - 1 for sign in (-1, 1))
    return Interval(low, high, "greenwood")


def resampled(samples: Sequence[Sample], tau: int, seed: str, rounds: int = ROUNDS) -> list[float]:
    """Restricted means of samples drawn anew with replacement; the same seed gives the same.

    Sorted by time, those that ended first, then the withdrawn, then the open, a curve goes through
    one by one. Weights change where somebody is censored; all between two such places is one sum
    of whole numbers.
    """
    ordered = sorted(samples, key=lambda s: (s.seconds, _ORDER[s.outcome]))
    gains = [max(tau - s.seconds, 0) * (s.outcome is Ending.ENDED) for s in ordered]
    censored = [
        place for place, s in enumerate(ordered) if s.outcome is Ending.OPEN and s.seconds < tau
    ]
    draw, n = Random(seed).choices, len(ordered)
    if not censored:
        return [tau - sum(draw(gains, k=n)) / n for _ in range(rounds)]
    places = range(n)
    return [tau - _contributions(draw(places, k=n), gains, censored) for _ in range(rounds)]


def _contributions(drawn: Sequence[int], gains: Sequence[int], censored: Sequence[int]) -> float:
    """What a resample takes off τ, by the places drawn and those where somebody is censored."""
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
    """RMST new / old − 1 as if the new sample had the old one's mix; and the share compared so.

    Direct standardisation: the mean of each stratum counts as often as the stratum occurs in the
    old sample. Strata are alike from the left; one with too few on a side is thrown together with
    those that differ from it in the last part only, and so on.
    """
    pairs = list(_matched(new, old))
    after = math.fsum(len(before) * restricted_mean(one, tau) for one, before in pairs)
    before_all = math.fsum(len(before) * restricted_mean(before, tau) for _, before in pairs)
    n = sum(map(len, old.values()))
    share = sum(len(before) for _, before in pairs) / n if n else 0.0
    return (after / before_all - 1 if before_all > 0 else None), share


def _matched(
    new: Mapping[Stratum, Sequence[Sample]], old: Mapping[Stratum, Sequence[Sample]]
) -> Iterable[tuple[list[Sample], list[Sample]]]:
    """Samples of the same stratum on both sides, each stratum as fine as there are enough."""
    sides = [{key: list(samples) for key, samples in side.items()} for side in (new, old)]
    depth = max((len(key) for side in sides for key in side), default=0)
    while True:
        after, before = sides
        for key in after.keys() | before.keys():
            pair = after.get(key, []), before.get(key, [])
            if min(map(len, pair)) >= (MIN_SAMPLE if depth else 1):
                yield pair
                after.pop(key), before.pop(key)
        if not depth:
            return
        depth -= 1
        sides = [_shortened(side, depth) for side in sides]


def _shortened(side: Mapping[Stratum, list[Sample]], depth: int) -> dict[Stratum, list[Sample]]:
    pooled: dict[Stratum, list[Sample]] = defaultdict(list)
    for key, samples in side.items():
        pooled[key[:depth]] += samples
    return dict(pooled)
