"""Times as people write them, where clocks are changed and where time ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clearance import periods

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("written", ["9999-12-31 24:00", "9999年12月31日24时"])
def test_the_end_of_the_last_day_of_all_is_no_time(written: str) -> None:
    with pytest.raises(ValueError, match="9999"):
        periods.moment(written)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (datetime(2026, 3, 29, 0, 59), None),
        (datetime(2026, 3, 29, 1, 0), periods.SKIPPED),
        (datetime(2026, 3, 29, 1, 59), periods.SKIPPED),
        (datetime(2026, 3, 29, 2, 0), None),
        (datetime(2026, 10, 25, 0, 59), None),
        (datetime(2026, 10, 25, 1, 0), periods.REPEATED),
        (datetime(2026, 10, 25, 1, 59), periods.REPEATED),
        (datetime(2026, 10, 25, 2, 0), None),
    ],
)
def test_a_time_that_there_is_not_once_is_unclear(at: datetime, why: object) -> None:
    assert periods.unclear(at.replace(tzinfo=LONDON)) is why
    assert periods.unclear(at.replace(tzinfo=UTC)) is None


def test_a_machine_that_knows_no_times_before_1970_takes_those_of_1971(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So it is on Windows."""

    class Windows(datetime):
        def astimezone(self, tz: object = None) -> Any:
            if self.year < 1970:
                raise OSError(22, "Invalid argument")
            return datetime.astimezone(self, tz)  # type: ignore[arg-type]

    zone = periods.MachineZone()
    old = Windows(1960, 2, 29, 12, 0)
    same = datetime(1971, 2, 28, 12, 0).astimezone()
    assert zone.utcoffset(old) == same.utcoffset()
    assert zone.tzname(old) == same.tzname()
    offset = same.utcoffset() or timedelta()
    assert zone.fromutc(Windows(1960, 2, 29, 12, 0, tzinfo=zone)).replace(tzinfo=None) == (
        datetime(1960, 2, 29, 12, 0) + offset
    )
