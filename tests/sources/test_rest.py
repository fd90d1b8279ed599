"""Times of day at which a source is announced to rest."""

from __future__ import annotations

from datetime import datetime

import pytest

from clearance.calendar import Calendar, year_of
from clearance.customs.cn_single_window import ZONE
from clearance.errors import BadArgument
from clearance.sources.rest import Rest

CALENDAR = Calendar(years=dict([year_of(2026, "invented", "", "")]), zone=ZONE)


def at(written: str) -> datetime:
    """A time of Monday the 2nd of March 2026, or of another day of that month."""
    day, _, time = written.rpartition(" ")
    return datetime.fromisoformat(f"2026-03-{day or '02'}T{time}+08:00")


@pytest.mark.parametrize(
    ("rest", "within", "without"),
    [
        ("00:00-05:00", ["00:00", "04:59"], ["05:00", "23:59"]),
        ("22:00-05:00", ["22:00", "23:59", "00:00", "04:59"], ["05:00", "21:59"]),
        ("12:00-13:00, 18:00-24:00", ["12:30", "18:00", "23:59"], ["00:00", "13:00", "17:59"]),
        ("", [], ["00:00", "12:00"]),
    ],
)
def test_a_moment_lies_in_a_window_from_its_beginning_to_before_its_end(
    rest: str, within: list[str], without: list[str]
) -> None:
    made = Rest.of(rest)
    assert [t for t in within if not made.holds(at(t), CALENDAR)] == []
    assert [t for t in without if made.holds(at(t), CALENDAR)] == []


@pytest.mark.parametrize(
    ("rest", "hours"),
    [
        ("12:00-13:00", 2),
        ("12:00-13:00, 12:30-14:00", 4),
        ("17:00-09:00", 0.5 + 0.5 + 0.5),
        ("00:00-05:00", 0),
    ],
)
def test_its_working_time_counts_once_and_only_between_two_moments(rest: str, hours: float) -> None:
    """From 09:00 on Monday to 17:30 on Tuesday."""
    found = Rest.of(rest).working(at("02 09:00"), at("03 17:30"), CALENDAR)
    assert found == hours * 3600


@pytest.mark.parametrize("written", ["5-6", "24:00-05:00", "00:00", "00:00–05:00", "00:60-01:00"])
def test_what_is_no_window_is_an_error(written: str) -> None:
    with pytest.raises(BadArgument, match="rest: "):
        Rest.of(written)
