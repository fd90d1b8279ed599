"""Times from one milestone to another, with what is not over yet.

A sample is the time in whole seconds to the end of an interval, to a competing outcome (the
declaration was withdrawn, so its closure can never come), or to the moment looked from, where the
interval is still open: then all that is known is that it takes longer (it is censored).

Percentiles are those of the cumulative incidence of closure by Aalen and Johansen, which without
withdrawals is one minus the survival function of Kaplan and Meier, and with nothing open the
plain sample percentile. Compared exactly: where a sum of floats comes near the mark it is done
again in fractions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

TOO_FEW = 20
"""Below so many declarations a percentile says more than is known."""


class Outcome(Enum):
    """How an interval stands at the moment looked from."""

    ENDED = "ended"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


class Sample(NamedTuple):
    """Seconds, and what they lead up to."""

    seconds: int
    outcome: Outcome


def mean(seconds: Iterable[int]) -> float | None:
    """The arithmetic mean in seconds, or None of nothing; the sum runs over the sorted sample."""
    ordered = sorted(seconds)
    return math.fsum(ordered) / len(ordered) if ordered else None


def percentile(samples: Sequence[Sample], share: Fraction) -> int | None:
    """The smallest time by which at least this share has ended, or None if it is not reached.

    >>> percentile([Sample(t, Outcome.ENDED) for t in (1, 2, 3, 4)], Fraction(1, 2))
    2
    """
    for seconds, incidence, exactly in _incidence(samples):
        if abs(incidence - share) < 1e-9:
            if exactly() >= share:
                return seconds
        elif incidence > share:
            return seconds
    return None


class _Exactly:
    """The same cumulative incidence in fractions, up to one step, on demand."""

    def __init__(self, steps: Sequence[tuple[int, int, int]]) -> None:
        self.steps = steps
        self.upto = 0

    def __call__(self) -> Fraction:
        survival, incidence = Fraction(1), Fraction(0)
        for ended, gone, at_risk in self.steps[: self.upto]:
            incidence += survival * Fraction(ended, at_risk)
            survival *= 1 - Fraction(ended + gone, at_risk)
        return incidence


def _incidence(samples: Sequence[Sample]) -> Iterator[tuple[int, float, _Exactly]]:
    """Cumulative incidence of the end after each time at which something ended, ascending.

    Those censored at a time are still at risk at that time.
    """
    ended, gone, left = Counter[int](), Counter[int](), Counter[int]()
    for seconds, outcome in samples:
        left[seconds] += 1
        ended[seconds] += outcome is Outcome.ENDED
        gone[seconds] += outcome is Outcome.WITHDRAWN
    times = sorted(left)
    at_risk, steps = len(samples), list[tuple[int, int, int]]()
    for time in times:
        steps.append((ended[time], gone[time], at_risk))
        at_risk -= left[time]
    survival, incidence, exactly = 1.0, 0.0, _Exactly(steps)
    for upto, (time, (ends, goes, risk)) in enumerate(zip(times, steps, strict=True), 1):
        incidence += survival * ends / risk
        survival *= 1 - (ends + goes) / risk
        if ends:
            exactly.upto = upto
            yield time, incidence, exactly
