"""What a report tells where the truth is known: few runs of what ``benchmarks`` runs many of."""

from __future__ import annotations

import pytest

from benchmarks.simulations import (
    DRIFTS,
    SAME,
    Scenario,
    forecasts,
    mixed,
    simulate,
    usual,
    withdrawn,
)
from benchmarks.traffic import Traffic

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("printed_after", [0, 30])
def test_with_no_real_change_the_interval_covers_zero(printed_after: float) -> None:
    """The plain mean of the closed shows a change that is not there on the last day."""
    found = simulate(Scenario("same", (60, 80), SAME, printed_after), 40, 0)
    assert found.covered >= 0.93
    assert abs(found.rmst) < 0.04
    if not printed_after:
        assert found.open > 0.03
        assert found.closed_only < found.rmst - 0.03


def test_a_pure_shift_of_the_mix_is_no_change_with_the_same_mix() -> None:
    found = simulate(Scenario("mix", (150, 150), (mixed(0.7), mixed(0.3)), 30), 20, 0)
    assert found.rmst < -0.15
    assert abs(found.adjusted) < 0.03


def test_a_real_change_is_seen_by_many_and_overlooked_by_few() -> None:
    faster = usual(6.64), usual(5.16)
    few = simulate(Scenario("few", (60, 80), faster, 30), 20, -0.22)
    many = simulate(Scenario("many", (300, 390), faster, 30), 8, -0.22)
    assert many.clear > 0.8 > few.clear + 0.1


@pytest.mark.parametrize(("before", "now"), [(0.02, 0.06), (0.05, 0.01)])
def test_a_change_of_withdrawals_alone_is_no_change_of_pace(before: float, now: float) -> None:
    draws = withdrawn(usual(6.64), before), withdrawn(usual(6.64), now)
    found = simulate(Scenario("withdrawals", (300, 390), draws, 30), 25, 0)
    assert found.clear <= 0.12
    assert found.covered >= 0.88
    assert found.more_withdrawn > 0.4
    assert abs(found.rmst) < 0.03


@pytest.mark.parametrize("change", ["nothing changed", "customs 50 % slower"])
def test_eight_of_ten_releases_are_in_their_interval(change: str) -> None:
    """Whatever changed; and it is nearer than the usual time."""
    found = forecasts(Traffic(count=2500, **DRIFTS[change]))
    every, *others = found.coverages
    assert found.reason_withheld is None
    assert every.share == pytest.approx(0.8, abs=0.03)
    assert every.loss < 0.9 * every.usual
    many = [one for one in others if one.stage and not one.span and one.n >= 2000]
    assert many
    assert all(one.share == pytest.approx(0.8, abs=0.06) for one in many)
