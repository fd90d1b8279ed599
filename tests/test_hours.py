"""Times of day: windows over midnight and changes of summer time, and what comes once a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.errors import BadSetting
from clearance.hours import Daily, Hours, apart, span

ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
        "America/Asuncion", "Asia/Kathmandu", "Pacific/Apia", "UTC",
    )
]  # fmt: skip
HOUR = timedelta(hours=1)
zones = st.sampled_from(ZONES)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.builds(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds),
    st.integers(0, 3 * 366 * 86400),
)
windows = st.tuples(times, times).filter(lambda window: window[0] != window[1])


def shown(at: datetime, zone: ZoneInfo) -> time:
    """What the clock on the wall shows."""
    return at.astimezone(zone).time()


def inside(at: time, window: tuple[time, time]) -> bool:
    """Whether a time of day lies in a window, over midnight too."""
    start, end = window
    return start <= at < end if start < end else at >= start or at < end


def changes(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone are changed within an hour of a moment."""
    offsets = {(at + shift).astimezone(zone).utcoffset() for shift in (-HOUR, HOUR * 0, HOUR)}
    return len(offsets) > 1


@given(windows, zones, moments)
def test_it_is_quiet_whenever_the_clock_on_the_wall_shows_a_time_in_the_window(
    window: tuple[time, time], zone: ZoneInfo, at: datetime
) -> None:
    """And at no other time, but for an hour about a change of the clocks."""
    quiet, wall = Hours((window,)).holds(at, zone), inside(shown(at, zone), window)
    assert quiet == wall or (quiet and changes(at, zone))


@given(st.lists(windows, min_size=1, max_size=3), zones, moments)
def test_what_waits_waits_until_the_first_moment_that_is_not_quiet(
    some: list[tuple[time, time]], zone: ZoneInfo, at: datetime
) -> None:
    try:
        hours = Hours.of(str(Hours(tuple(some))))
    except BadSetting:
        return
    over = hours.over(at, zone)
    assert over >= at
    assert not hours.holds(over, zone)
    assert (over > at) == hours.holds(at, zone)
    if over > at:
        between = [at + (over - at) * share / 7 for share in range(7)]
        assert all(hours.holds(moment, zone) for moment in between)
        assert not hours.holds(over, zone)
        assert hours.holds(over - timedelta(seconds=1), zone) or over - at < timedelta(seconds=1)


@given(times, zones, moments)
def test_a_daily_moment_comes_once_on_each_day(at: time, zone: ZoneInfo, since: datetime) -> None:
    daily, found = Daily(at), [since]
    for _ in range(4):
        found.append(daily.after(found[-1], zone))
    assert all(before < after for before, after in pairwise(found))
    steps = [b - a for a, b in pairwise(found[1:])]
    assert all(timedelta(hours=23) <= step <= timedelta(hours=25) for step in steps)
    days = [moment.astimezone(zone).date() for moment in found[1:]]
    assert len(set(days)) == 4 or any(changes(moment, zone) for moment in found[1:])
    assert all(shown(m, zone) == at or changes(m, zone) for m in found[1:])


@given(times, zones, moments, st.integers(1, 5000))
def test_no_daily_moment_is_left_out_or_comes_twice_however_often_one_asks(
    at: time, zone: ZoneInfo, since: datetime, minutes: int
) -> None:
    """Asked at any times, the moments that come due are the same."""
    daily, until = Daily(at), since + timedelta(days=5)
    every, moment = [], daily.after(since, zone)
    while moment <= until:
        every.append(moment)
        moment = daily.after(moment, zone)
    asked, due, seen = since, daily.after(since, zone), []
    while asked < until:
        asked = min(asked + timedelta(minutes=minutes), until)
        while due <= asked:
            seen.append(due)
            due = daily.after(due, zone)
    assert seen == every


@pytest.mark.parametrize(
    ("written", "at", "over"),
    [
        ("20:00-08:00", "2026-03-28T21:00", "2026-03-29T08:00+02:00"),
        ("20:00-08:00", "2026-10-24T21:00", "2026-10-25T08:00+01:00"),
        ("20:00-02:30", "2026-03-28T21:00", "2026-03-29T03:30+02:00"),
        ("20:00-02:30", "2026-10-24T21:00", "2026-10-25T02:30+01:00"),
        ("20:00-24:00, 00:00-06:00", "2026-06-01T21:00", "2026-06-02T06:00+02:00"),
        ("12:00-13:00", "2026-06-01T13:00", "2026-06-01T13:00+02:00"),
    ],
)
def test_the_end_of_quiet_hours_goes_by_the_clock_on_the_wall(
    written: str, at: str, over: str
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    asked = datetime.fromisoformat(at).replace(tzinfo=zone)
    assert Hours.of(written).over(asked, zone) == datetime.fromisoformat(over)


def test_what_a_change_of_the_clocks_skips_comes_an_hour_later_and_what_it_repeats_once() -> None:
    zone = ZoneInfo("Europe/Berlin")
    spring = Daily.of("02:30").after(datetime(2026, 3, 28, 12, tzinfo=zone), zone)
    autumn = Daily.of("02:30").after(datetime(2026, 10, 24, 12, tzinfo=zone), zone)
    assert spring == datetime.fromisoformat("2026-03-29T03:30+02:00")
    assert autumn == datetime.fromisoformat("2026-10-25T02:30+02:00")
    following = Daily.of("02:30").after(autumn, zone)
    assert following.astimezone(zone).date() == date(2026, 10, 26)


@pytest.mark.parametrize(
    "written",
    ["20-8", "20:00", "24:00-08:00", "20:00–08:00", "20:60-08:00", "20:00-20:00",
     "00:00-24:00", "08:00-20:00, 20:00-08:00", "٠٨:00-20:00"],
)  # fmt: skip
def test_what_is_no_window_or_leaves_no_time_is_an_error(written: str) -> None:
    with pytest.raises(BadSetting):
        Hours.of(written)


@pytest.mark.parametrize("written", ["8:30", "08:30:00", "24:00", "morning", "٠٨:30"])
def test_what_is_no_time_of_day_is_an_error(written: str) -> None:
    with pytest.raises(BadSetting):
        Daily.of(written)


def test_windows_and_times_are_shown_as_they_are_written() -> None:
    assert str(Hours.of("20:00-24:00,12:00-13:00")) == "20:00-00:00, 12:00-13:00"
    assert str(Daily.of(" 08:30 ")) == "08:30"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=6))
def test_spans_that_touch_become_one(some: list[tuple[int, int]]) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [(begin + a * HOUR, begin + b * HOUR) for a, b in some]
    joined = list(apart(spans))
    covered = {hour for a, b in some for hour in range(a, b)}
    found = {
        (start - begin) // HOUR + n for start, end in joined for n in range((end - start) // HOUR)
    }
    assert found == covered
    assert all(one[1] < other[0] for one, other in pairwise(joined))


def test_a_length_of_time_has_one_unit() -> None:
    assert [span(text) for text in ("30m", "4h", "1d", "2w")] == [
        timedelta(minutes=30), timedelta(hours=4), timedelta(days=1), timedelta(weeks=2),
    ]  # fmt: skip
    assert [span(text) for text in ("4", "h", "4 h", "-4h", "4s", "")] == [None] * 6
