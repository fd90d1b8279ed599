"""Shares and their intervals, against published examples."""

from __future__ import annotations

import pytest

from clearance.figures import estimates
from clearance.figures.durations import Ending, Sample, curve
from clearance.figures.estimates import Estimate


def share(cases: int, n: int) -> Estimate:
    """So many of n."""
    return Estimate(cases / n, n, *estimates.wilson(cases / n, n))


@pytest.mark.parametrize(
    ("cases", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_of_a_share_is_wilsons(cases: int, n: int, low: float, high: float) -> None:
    """The first three rows of Newcombe (1998), table I."""
    assert share(cases, n)[2:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
)
def test_the_interval_of_a_difference_is_newcombes(
    new: tuple[int, int], old: tuple[int, int], low: float, high: float
) -> None:
    """Examples (a) and (b) of Newcombe (1998), table II, method 10."""
    assert estimates.difference(share(*new), share(*old)) == pytest.approx((low, high), abs=5e-5)


def test_what_is_open_makes_a_withdrawn_share_less_certain() -> None:
    """Ten of fifty are withdrawn on the second day; twenty were seen for a day only."""
    over = [Sample(2, Ending.WITHDRAWN)] * 10
    known = estimates.withdrawn(curve([*over, *[Sample(3, Ending.ENDED)] * 40], 30))
    seen = [Sample(1, Ending.OPEN)] * 20 + [Sample(3, Ending.ENDED)] * 20
    half_known = estimates.withdrawn(curve([*over, *seen], 30))
    assert (known.value, half_known.value) == pytest.approx((0.2, 1 / 3))
    assert known[2:] == pytest.approx(estimates.wilson(known.value, 50))
    assert half_known[2:] == pytest.approx(estimates.wilson(1 / 3, 30))
