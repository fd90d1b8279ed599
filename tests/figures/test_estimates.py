"""Figures and their intervals, against published examples and scipy."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clearance.figures import estimates
from clearance.figures.durations import Ending, Sample, Samples, curve
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


# scipy as the oracle


@given(st.integers(1, 3000), st.data())
def test_the_interval_of_a_rate_is_scipys(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    oracle = stats.binomtest(hits, n).proportion_ci(method="wilson")
    found = estimates.rate(hits, n)
    assert found.low == pytest.approx(oracle.low, rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(oracle.high, rel=1e-9, abs=1e-12)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=50))
def test_the_interval_of_a_mean_is_scipys(values: list[int]) -> None:
    found = estimates.mean([(value, 1) for value in values])
    assert found.value == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-12)
    if len(set(values)) > 1:
        oracle = stats.norm.interval(0.95, loc=statistics.fmean(values), scale=stats.sem(values))
        assert found[2:] == pytest.approx(oracle, rel=1e-9, abs=1e-9)


@given(st.lists(st.integers(1, 10**6), min_size=20, max_size=80, unique=True))
def test_the_interval_of_a_percentile_lies_at_the_ends_of_wilsons(values: list[int]) -> None:
    """That of the median; closed times only, so that the curve's is the sample's."""
    ordered, n = sorted(values), len(values)
    oracle = stats.binomtest(n // 2, n).proportion_ci(method="wilson") if n % 2 == 0 else None
    found = estimates.quantile(values, (1, 2))
    of_curve = estimates.percentile(
        curve([Sample(value, Ending.ENDED) for value in values], 2 * 10**6), (1, 2)
    )
    assert of_curve == found
    if oracle:
        low, high = (ordered[math.ceil(end * n - 1e-9) - 1] for end in oracle)
        assert found[2:] == (low, high)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 100)), min_size=2, max_size=40))
def test_the_interval_of_a_ratio_is_that_of_the_residuals(pairs: list[tuple[int, int]]) -> None:
    sums = estimates.Ratio()
    for above, below in pairs:
        sums.add(above, below)
    found = sums.estimate()
    assert found is not None
    whole = sum(below for _, below in pairs)
    value = sum(above for above, _ in pairs) / whole
    error = math.sqrt(sum((above - value * below) ** 2 for above, below in pairs)) / whole
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.high - found.value == pytest.approx(stats.norm.ppf(0.975) * error, abs=1e-7)


def test_the_mean_of_many_is_lifeliness_and_that_of_few_is_drawn() -> None:
    samples = [Sample(seconds, Ending.ENDED) for seconds in range(1, 131)]
    value, variance = estimates.mean_and_variance(samples, 100)
    plain = curve(samples, 100)
    assert value == pytest.approx(plain.rmst, rel=1e-12)
    assert variance == pytest.approx(plain.rmst_variance, rel=1e-9)
    few = estimates.restricted_mean(Samples(samples[:50]), 100, "seed")
    assert few.low < few.value < few.high
