"""Each customs system has its own days, and nobody borrows another's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clearance.calendar import Calendar, configured
from clearance.customs import systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.errors import NoCalendar

CHINA = "cn_single_window"


def test_a_system_has_its_official_days_in_its_zone() -> None:
    calendar = OFFICIAL.of(CHINA)
    assert not calendar.works(date(2026, 10, 1))
    assert calendar.works(date(2026, 10, 10))
    eight_in_the_morning = datetime(2026, 3, 2, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (
        calendar.working(eight_in_the_morning.astimezone(UTC), datetime(2026, 3, 2, 1, tzinfo=UTC))
        == 1800
    )


@pytest.mark.parametrize(
    "name", [*(name for name, system in systems().items() if not system.years), "no_such_system"]
)
def test_a_system_without_official_days_has_no_working_time(name: str) -> None:
    calendar = OFFICIAL.of(name)
    assert not calendar.knows(2026)
    with pytest.raises(NoCalendar):
        calendar.working(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def test_a_calendar_that_is_configured_takes_the_place_of_the_official_one() -> None:
    early = configured(OFFICIAL.of(CHINA), "06:00-09:00")
    calendars = Calendars({CHINA: early})
    assert calendars.of(CHINA) is early
    assert calendars.digest != OFFICIAL.digest


def test_a_calendar_of_a_system_without_days_changes_no_digest() -> None:
    """What was counted by the others' days still holds."""
    assert Calendars({"elsewhere": Calendar()}).digest == OFFICIAL.digest
    assert Calendars().digest == OFFICIAL.digest


def test_a_calendar_is_made_once() -> None:
    assert OFFICIAL.of(CHINA) is OFFICIAL.of(CHINA)
