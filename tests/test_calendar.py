"""Working days and working time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.calendar import Calendar, configured, year_of
from clearance.customs.calendars import OFFICIAL
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.holidays import YEARS
from clearance.errors import BadArgument, NoCalendar
from tests.conftest import Run

CALENDAR = OFFICIAL.of("cn_single_window")
HOUR = 3600

moments = st.datetimes(datetime(2018, 1, 1), datetime(2026, 12, 31)).map(
    lambda at: at.replace(microsecond=0, tzinfo=ZONE)
)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZONE)


def test_every_day_is_what_an_independent_table_says_it_is() -> None:
    day = date(min(YEARS), 1, 1)
    while day.year in YEARS:
        assert CALENDAR.works(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_counts_that_a_store_keeps_stay_those_of_the_same_days_however_they_are_written() -> None:
    """Counts of another digest are made anew, and until then not taken: it must not change."""
    once, anew = (
        Calendar(years=dict([year_of(2026, source, rest, "02-14 02-28")]), zone=ZONE)
        for source, rest in (("notice", "01-01..01-03 05-01"), ("file", "05-01 01-03 01-01..01-02"))
    )
    assert once.digest == anew.digest == "8472d086323fe94a"


@pytest.mark.parametrize("year", YEARS)
def test_every_year_names_the_notice_it_rests_on(year: int) -> None:
    assert f"{year}年" in YEARS[year].source
    assert YEARS[year].rest.isdisjoint(YEARS[year].work)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02T09:00", "2026-03-02T11:00", 2),
        ("2026-03-02T18:00", "2026-03-03T08:30", 0),
        ("2026-03-06T16:30", "2026-03-09T09:30", 2),  # over a weekend
        ("2026-09-30T16:30", "2026-10-08T09:30", 2),  # over National Day
        ("2026-10-09T16:30", "2026-10-12T09:30", 11),  # a Saturday that is made up for
        ("2025-12-31T17:00", "2026-01-04T09:00", 1),  # New Year, and its make-up Sunday
        ("2024-12-31T08:30", "2026-01-01T00:00", 9 * (1 + 248)),
    ],
)
def test_working_time_counts_office_hours_of_working_days(
    start: str, end: str, hours: float
) -> None:
    assert CALENDAR.working(at(start), at(end)) == hours * HOUR
    assert CALENDAR.working(at(end), at(start)) == -hours * HOUR


@given(moments, moments, moments)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    whole = CALENDAR.working(one, three)
    assert CALENDAR.working(one, two) + CALENDAR.working(two, three) == whole


@given(moments, moments)
def test_working_time_never_runs_backwards_nor_faster_than_the_clock(
    one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    assert 0 <= CALENDAR.working(start, end) <= (end - start).total_seconds()


@given(st.lists(st.datetimes(datetime(2016, 1, 1), datetime(2028, 12, 31)), max_size=6))
def test_steps_are_the_working_time_between_neighbours_where_it_is_known(
    times: list[datetime],
) -> None:
    assert_steps(CALENDAR, [int(time.replace(tzinfo=UTC).timestamp()) for time in times])


def assert_steps(calendar: Calendar, moments: Iterable[int]) -> None:
    """What is told of neighbours is the working time between each two, where there is any."""
    seconds, known = sorted(moments), list[int]()
    for start, end in pairwise(seconds):
        with suppress(NoCalendar):
            known.append(calendar.between(start, end))
    assert list(calendar.steps(seconds)) == [step for step in known if step > 0]


@given(st.lists(st.datetimes(datetime(2016, 1, 1), datetime(2028, 12, 31)), max_size=6), st.data())
def test_spans_are_the_working_time_between_neighbours(
    times: list[datetime], data: st.DataObject
) -> None:
    seconds = [int(time.replace(tzinfo=UTC).timestamp()) for time in times]
    moments = sorted(seconds + data.draw(st.lists(st.sampled_from(seconds or [0]), max_size=3)))
    pairs = [(start, end) for start, end in pairwise(moments)]
    try:
        known = [CALENDAR.between(start, end) if start < end else 0 for start, end in pairs]
    except NoCalendar:
        with pytest.raises(NoCalendar):
            list(CALENDAR.spans(moments))
    else:
        assert list(CALENDAR.spans(moments)) == known


@given(
    st.sampled_from(["2024-12-30", "2025-12-29", "2026-03-27", "2026-10-23", "2026-05-20"]),
    st.lists(st.integers(0, 6 * 96), max_size=60),
    st.sampled_from(["UTC", "Europe/London", "Asia/Shanghai", "America/New_York"]),
    st.sampled_from(["08:30-17:30", "00:00-24:00", "09:10-09:20"]),
)
def test_steps_are_so_also_where_a_year_is_missing_or_clocks_change(
    day: str, slots: list[int], zone: str, hours: str
) -> None:
    """Messages come in many quarters of an hour of a few days."""
    years = {year: YEARS[year] for year in (2024, 2026)}
    calendar = configured(Calendar(years=years, zone=ZoneInfo(zone)), hours)
    first = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    assert_steps(calendar, [first + 900 * slot for slot in slots])


@given(moments)
def test_a_day_rolls_to_the_first_working_day_not_before_it(moment: datetime) -> None:
    day = moment.date()
    if day > date(2026, 12, 25):
        return
    rolled = CALENDAR.roll(day)
    assert CALENDAR.works(rolled)
    assert not any(CALENDAR.works(day + timedelta(days=n)) for n in range((rolled - day).days))
    assert CALENDAR.roll(rolled) == rolled


def test_the_fifth_working_day_of_a_month_is_counted_over_holidays() -> None:
    assert CALENDAR.nth(2026, 3, 5) == date(2026, 3, 6)
    assert CALENDAR.nth(2026, 10, 5) == date(2026, 10, 13)  # the 10th is made up for


@pytest.mark.parametrize(("year", "other"), [(2027, 2026), (2017, 2018), (2031, 2018)])
def test_a_year_that_is_not_known_is_an_error_and_no_guess(year: int, other: int) -> None:
    there, here = at(f"{year}-03-01T09:00"), at(f"{other}-06-01T09:00")
    for start, end in ((there, here), (here, there)):
        with pytest.raises(NoCalendar, match=r"no official calendar for 20\d\d"):
            CALENDAR.working(start, end)
    with pytest.raises(NoCalendar):
        CALENDAR.roll(there.date())


def test_office_hours_are_as_set() -> None:
    early = configured(CALENDAR, "07:00-12:00")
    assert early.working(at("2026-03-02T00:00"), at("2026-03-04T00:00")) == 10 * HOUR


@pytest.mark.parametrize("hours", ["", "8-17", "17:30-08:30", "08:30-08:30", "08:30-24:30", "8:30"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(BadArgument, match=r"calendar\.hours"):
        configured(CALENDAR, hours)


def test_a_file_adds_a_year(tmp_path: Path) -> None:
    file = tmp_path / "holidays-2027.toml"
    file.write_text(
        '[2027]\nsource = "an invented notice"\nrest = ["01-01..01-03"]\nwork = ["01-09"]\n',
        encoding="utf-8",
    )
    added = configured(CALENDAR, files=[file])
    assert added.working(at("2026-12-31T17:00"), at("2027-01-04T09:00")) == HOUR
    assert added.works(date(2027, 1, 9))
    assert added.works(date(2026, 1, 4))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[2027", "not valid TOML"),
        ("[next]\n", r"\[next\] is not a year"),
        ("[2027]\nrest = []\n", "source, rest and work"),
        ('[2027]\nsource = ""\nrest = []\nwork = []\n', "2027.source"),
        ('[2027]\nsource = "x"\nrest = ["02-30"]\nwork = []\n', "2027.rest: '02-30' names no days"),
        ('[2027]\nsource = "x"\nrest = [230]\nwork = []\n', "2027.rest must be a list"),
        ('[2027]\nsource = "x"\nrest = ["05-03..05-01"]\nwork = []\n', "2027.rest"),
        ('[2027]\nsource = "x"\nrest = ["05-01.."]\nwork = []\n', "2027.rest"),
        ('[2027]\nsource = "x"\nrest = ["01-01"]\nwork = ["01-01"]\n', "cannot be both"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    call: Run, tmp_path: Path, text: str, named: str
) -> None:
    (tmp_path / "days.toml").write_text(text, encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text('[calendar]\nfiles = ["days.toml"]\n', encoding="utf-8")
    with pytest.raises(BadArgument, match=named):
        configured(CALENDAR, files=[tmp_path / "days.toml"])
    ran = call("list", "--config", settings)
    assert ran.code == 2
    assert str(settings) in ran.talk
    assert "days.toml" in ran.talk


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Shanghai", "UTC"])
@given(st.integers(0, 2**32))
def test_the_number_of_a_day_is_its_ordinal_in_the_zone(zone: str, at: int) -> None:
    calendar = Calendar(zone=ZoneInfo(zone))
    there = datetime.fromtimestamp(at, calendar.zone)
    assert calendar.day_number(at) == there.toordinal()
