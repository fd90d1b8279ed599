"""Times of described systems: forms, offsets, zones, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.described import times
from clearance.errors import BadSetting, Unreadable

ATHENS = ZoneInfo("Europe/Athens")
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("written", "form", "at"),
    [
        ("2026-03-02T08:00:00", "iso", "2026-03-02T08:00:00+02:00"),
        ("2026-03-02 08:00:00.1234567", "iso", "2026-03-02T08:00:00+02:00"),
        ("2026-03-02T08:00:00Z", "iso", "2026-03-02T10:00:00+02:00"),
        ("2026-07-02T08:00:00-03:00", "iso", "2026-07-02T14:00:00+03:00"),
        ("20260302080000", "compact", "2026-03-02T08:00:00+02:00"),
        ("20260302080000+09", "compact", "2026-03-02T01:00:00+02:00"),
        ("02/03/2026 08:00", "DD/MM/YYYY hh:mm", "2026-03-02T08:00:00+02:00"),
        ("08.00.00 02.03.2026 +0100", "hh.mm.ss DD.MM.YYYY zz", "2026-03-02T09:00:00+02:00"),
    ],
)
def test_a_time_is_read_in_its_form_and_zone(written: str, form: str, at: str) -> None:
    assert times.instant(written, "At", [form], ATHENS).isoformat() == at


@pytest.mark.parametrize(
    "written",
    [
        "", "2026-03-02", "20260302", "202603020800", "2026-03-02T24:00:00",
        "[2023,3,13,9,32,21,284070396]",
        "Mon Mar 02 08:00:00 KST 2026", "1772409600000", "2026-03-02T08:00:00+99:00",
        "２０２６-03-02T08:00:00", "2026-03-02T08:00:00 ", "string",
    ],
)  # fmt: skip
def test_what_is_no_time_of_day_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="is not a time such as 2026-03-02T08:00:00") as caught:
        times.instant(written, "At", ["iso", "compact"], ATHENS)
    assert caught.value.reason == "bad_time"


def test_a_time_without_a_zone_is_refused_where_one_is_wanted() -> None:
    with pytest.raises(Unreadable, match="does not say of which zone"):
        times.instant("2026-03-02T08:00:00", "At", ["iso"], ATHENS, needs_offset=True)
    times.instant("2026-03-02T08:00:00Z", "At", ["iso"], ATHENS, needs_offset=True)


@pytest.mark.parametrize("written", ["2026-03-29T03:30:00", "2026-10-25T03:30:00"])
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_without_an_offset(written: str) -> None:
    with pytest.raises(Unreadable, match="show twice or never"):
        times.instant(written, "At", ["iso"], ATHENS)
    times.instant(f"{written}+02:00", "At", ["iso"], ATHENS)


def test_a_false_offset_is_taken_for_none() -> None:
    at = times.instant("2026-03-02T08:00:00+00:00", "At", ["iso"], SEOUL, as_local=["+00:00"])
    assert at.isoformat() == "2026-03-02T08:00:00+09:00"


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 12, 31)))
def test_the_two_usual_forms_say_the_same(at: datetime) -> None:
    at = at.replace(microsecond=0)
    iso = times.instant(at.isoformat(), "At", ["iso"], SEOUL)
    compact = times.instant(at.strftime("%Y%m%d%H%M%S").zfill(14), "At", ["compact"], SEOUL)
    assert iso == compact
    assert iso.replace(tzinfo=None) == at


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_is_read_with_and_without_dashes(day: date) -> None:
    assert times.day(day.isoformat(), "At", ["iso"]) == day.isoformat()
    assert times.day(day.strftime("%Y%m%d"), "At", ["iso"]) == day.isoformat()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-02-30T08:00:00", "there is no such day"),
        ("31/04/2026 08:00:00", "there is no such day"),
        ("20261301080000", "there is no such day"),
        ("1426-03-02T08:00:00", "only years from 1990 to 2100 are believed"),
        ("9999-12-31T23:59:59Z", "only years from 1990 to 2100 are believed"),
        ("2026-03-02T25:00:00", "there is no such time of day"),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_what_is_wrong_with_it(written: str, said: str) -> None:
    forms = ["iso", "compact", "DD/MM/YYYY hh:mm:ss"]
    with pytest.raises(Unreadable) as caught:
        times.instant(written, "At", forms, ATHENS)
    assert str(caught.value) == f"At is {written!r}: {said}"
    assert caught.value.reason == "bad_time"


@pytest.mark.parametrize("written", ["2026-02-30", "20261301"])
def test_a_day_that_there_is_not_is_refused_as_such(written: str) -> None:
    with pytest.raises(Unreadable, match=f"At is '{written}': there is no such day"):
        times.day(written, "At", ["iso"])


@pytest.mark.parametrize("written", ["02.03.2026", ""])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="is not a date such as 20260302"):
        times.day(written, "At", ["iso"])


@pytest.mark.parametrize("written", ["", "hh:mm:ss", "DD/MM hh:mm", "YYYYYYYY-MM-DD", "x" * 99])
def test_a_form_without_a_day_is_refused(written: str) -> None:
    with pytest.raises(BadSetting, match="is not a form of times"):
        times.form(written)
