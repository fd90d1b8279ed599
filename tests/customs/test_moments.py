"""Times as customs systems write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clearance.customs.moments import iso, moment


@pytest.mark.parametrize(
    "written", ["2026-03-02T24:00:00", "2026-03-02 24:00:00+08:00", "20260302T240000"]
)
def test_the_twenty_fourth_hour_is_none_whatever_python_says(written: str) -> None:
    """From 3.14 on Python takes it for the midnight after; what is impossible is not repaired."""
    with pytest.raises(ValueError, match="24"):
        iso(written)
    assert moment(written.replace("+08:00", ""), UTC) is None


@pytest.mark.parametrize(
    "written", ["2026-02-24T08:24:24", "2026-02-24 08:24:24", "20260224T082424"]
)
def test_twenty_four_may_be_a_day_a_minute_and_a_second(written: str) -> None:
    assert iso(written) == datetime(2026, 2, 24, 8, 24, 24)
    found = moment(f"{written}Z", UTC)
    assert found is not None
    assert found.at == datetime(2026, 2, 24, 8, 24, 24, tzinfo=UTC)
