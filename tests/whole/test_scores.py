"""Against a known truth the answers are right; what lost messages told is not made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from benchmarks import scores
from benchmarks.traffic import Traffic

pytestmark = pytest.mark.slow

SPRING = Traffic(
    count=80, first=date(2026, 2, 1), last=date(2026, 3, 31), inspected=0.3, returned=0.2, seed=5
)


def test_where_every_message_comes_all_that_is_told_is_true() -> None:
    found = scores.score(SPRING)
    assert set(found.timelines) == {"right"}
    assert found.alerts["true"] > 20
    assert found.alerts["told"] == found.alerts["true"] == found.alerts["both"]
    assert all(told == pytest.approx(true) for told, true in found.durations.values())
    assert found.durations


def test_late_and_repeated_messages_change_nothing_in_the_end() -> None:
    found = scores.score(replace(SPRING, late=0.2, repeated=0.2))
    assert set(found.timelines) == {"right"}
    assert all(told == pytest.approx(true) for told, true in found.durations.values())
