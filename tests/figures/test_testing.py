"""Whether samples differ beyond chance, against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clearance.figures import testing


@st.composite
def table(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Hits and numbers of two samples."""
    n, other = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    return draw(st.integers(0, n)), n, draw(st.integers(0, other)), other


@given(table())
def test_fishers_p_is_scipys(counts: tuple[int, int, int, int]) -> None:
    hits, n, other_hits, other_n = counts
    oracle = stats.fisher_exact([[hits, n - hits], [other_hits, other_n - other_hits]])[1]
    assert testing.fisher(*counts) == pytest.approx(oracle, rel=1e-9, abs=1e-12)


@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_the_normal_p_is_scipys(difference: float, variance: float) -> None:
    oracle = 2 * stats.norm.sf(abs(difference) / variance**0.5)
    assert testing.normal(difference, variance) == pytest.approx(oracle, rel=1e-9, abs=1e-300)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_tells_what_its_steps_reject(p_values: list[float]) -> None:
    """Step by step: the smallest is compared with 5 % by all, the next by one less, and so on."""
    rejected = set()
    for left, place in zip(
        range(len(p_values), 0, -1),
        sorted(range(len(p_values)), key=p_values.__getitem__),
        strict=True,
    ):
        if p_values[place] * left >= testing.BEYOND_CHANCE:
            break
        rejected.add(place)
    adjusted = testing.holm(p_values)
    assert {place for place, p in enumerate(adjusted) if p < testing.BEYOND_CHANCE} == rejected
    assert all(p >= own for p, own in zip(adjusted, p_values, strict=True))
