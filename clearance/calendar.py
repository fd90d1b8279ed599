"""Working time: which days customs works on, and how long it has worked between two moments.

A day is a working day if it is Monday to Friday and no official holiday, or an official make-up
day (调休上班). Both are announced each autumn for the year that follows, so a year that is not in
``NOTICES`` is not known, and nothing guesses it: ``NoCalendar`` says which one is missing. A file
may add years. Days and hours are Beijing's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from clearance.errors import BadArgument, NoCalendar

HOURS = "08:30-17:30"
"""Office hours unless ``[calendar] hours`` says otherwise: a working day is nine hours."""

_DAY = 86400
_BEIJING = 8 * 3600
_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY = 5


def beijing(at: int) -> tuple[date, int]:
    """The day in Beijing, and the second of it, of a moment in Unix seconds."""
    day, second = divmod(at + _BEIJING, _DAY)
    return date.fromordinal(_EPOCH + day), second


class Year(NamedTuple):
    """The official days of one year: what announced them, days off, and make-up days."""

    source: str
    rest: frozenset[date]
    work: frozenset[date]


def _year(year: int, source: str, rest: str, work: str) -> tuple[int, Year]:
    return year, Year(source, _days(rest.split(), year), _days(work.split(), year))


def _days(written: Sequence[str], year: int) -> frozenset[date]:
    """Days written ``05-01`` or ``05-01..05-05``; raises ValueError for one that does not exist."""
    days: set[date] = set()
    for one in written:
        first, dots, last = one.partition("..")
        start, end = (date.fromisoformat(f"{year}-{day}") for day in (first, last or first))
        if end < start or (dots and not last):
            raise ValueError(one)
        days.update(start + timedelta(days=n) for n in range((end - start).days + 1))
    return frozenset(days)


_NOTICE = "国务院办公厅关于{}年部分节假日安排的通知, 国办发明电〔{}〕{}号"
NOTICES: dict[int, Year] = dict(
    (
        _year(2018, _NOTICE.format(2018, 2017, 12),
              "01-01 02-15..02-21 04-05..04-07 04-29..05-01 06-16..06-18 09-22..09-24 10-01..10-07 "
              "12-30..12-31",
              "02-11 02-24 04-08 04-28 09-29..09-30 12-29"),
        _year(2019, _NOTICE.format(2019, 2018, 15) + "; 劳动节: 国办发明电〔2019〕3号",
              "01-01 02-04..02-10 04-05..04-07 05-01..05-04 06-07..06-09 09-13..09-15 10-01..10-07",
              "02-02..02-03 04-28 05-05 09-29 10-12"),
        _year(2020, _NOTICE.format(2020, 2019, 16) + "; 延长春节假期: 国办发明电〔2020〕1号",
              "01-01 01-24..02-02 04-04..04-06 05-01..05-05 06-25..06-27 10-01..10-08",
              "01-19 04-26 05-09 06-28 09-27 10-10"),
        _year(2021, _NOTICE.format(2021, 2020, 27),
              "01-01..01-03 02-11..02-17 04-03..04-05 05-01..05-05 06-12..06-14 09-19..09-21 "
              "10-01..10-07",
              "02-07 02-20 04-25 05-08 09-18 09-26 10-09"),
        _year(2022, _NOTICE.format(2022, 2021, 11),
              "01-01..01-03 01-31..02-06 04-03..04-05 04-30..05-04 06-03..06-05 09-10..09-12 "
              "10-01..10-07 12-31",
              "01-29..01-30 04-02 04-24 05-07 10-08..10-09"),
        _year(2023, _NOTICE.format(2023, 2022, 16),
              "01-01..01-02 01-21..01-27 04-05 04-29..05-03 06-22..06-24 09-29..10-06 12-30..12-31",
              "01-28..01-29 04-23 05-06 06-25 10-07..10-08"),
        _year(2024, _NOTICE.format(2024, 2023, 7),
              "01-01 02-10..02-17 04-04..04-06 05-01..05-05 06-08..06-10 09-15..09-17 10-01..10-07",
              "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"),
        _year(2025, _NOTICE.format(2025, 2024, 12),
              "01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08",
              "01-26 02-08 04-27 09-28 10-11"),
        _year(2026, _NOTICE.format(2026, 2025, 7),
              "01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 09-25..09-27 "
              "10-01..10-07",
              "01-04 02-14 02-28 05-09 09-20 10-10"),
    )
)  # fmt: skip
"""Official days off and make-up days, by year, with the notice of the State Council that says so.

The last days of a December are those that the next year's notice gave them.
"""


@dataclass(frozen=True)
class Calendar:
    """Office hours, in seconds of the day, and the years whose official days are known."""

    opens: int = 8 * 3600 + 1800
    closes: int = 17 * 3600 + 1800
    years: Mapping[int, Year] = field(default_factory=lambda: NOTICES)

    @cached_property
    def day(self) -> int:
        """Seconds of working time in a working day."""
        return self.closes - self.opens

    @cached_property
    def digest(self) -> str:
        """What tells it from a calendar by which some moments lie another time apart."""
        years = [
            (year, sorted(map(str, days.rest)), sorted(map(str, days.work)))
            for year, days in sorted(self.years.items())
        ]
        return hashlib.sha256(repr((self.opens, self.closes, years)).encode()).hexdigest()[:16]

    def knows(self, year: int) -> bool:
        """Whether the official days of a year are known."""
        return year in self.years

    def works(self, day: date) -> bool:
        """Whether a day is a working day; raises NoCalendar."""
        official = self._official(day.year)
        if day in official.work:
            return True
        return day.weekday() < _SATURDAY and day not in official.rest

    def roll(self, day: date) -> date:
        """The first working day that is not before a day; raises NoCalendar."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def nth(self, year: int, month: int, count: int) -> date:
        """The working day of a month that is so many-th, counted from 1; raises NoCalendar."""
        day = self.roll(date(year, month, 1))
        for _ in range(count - 1):
            day = self.roll(day + timedelta(days=1))
        return day

    def working(self, start: datetime, end: datetime) -> int:
        """Whole seconds of working time between two aware moments, negative if the second is first.

        Raises NoCalendar where a year between them is not known.

        >>> from clearance.model import CHINA
        >>> start = datetime(2026, 9, 30, 17, tzinfo=CHINA)
        >>> Calendar().working(start, datetime(2026, 10, 8, 9, tzinfo=CHINA))
        3600
        """
        return self.between(int(start.timestamp()), int(end.timestamp()))

    def between(self, start: int, end: int) -> int:
        """The same for moments in Unix seconds."""
        (first, begun), (last, done) = beijing(start), beijing(end)
        low, high = sorted((first.year, last.year))
        whole = sum(self._before[year][-1] for year in range(low, high))
        days = whole if first.year < last.year else -whole
        return days * self.day + self._within(last, done) - self._within(first, begun)

    def _within(self, day: date, second: int) -> int:
        """Working time of a day's year up to a second of it."""
        before = self._before[day.year]
        number = day.toordinal() - date(day.year, 1, 1).toordinal()
        works = before[number + 1] - before[number]
        return before[number] * self.day + works * min(max(second - self.opens, 0), self.day)

    def _official(self, year: int) -> Year:
        known = self.years.get(year)
        if known is None:
            raise NoCalendar(year)
        return known

    @cached_property
    def _before(self) -> dict[int, list[int]]:
        """For each year how many working days lie before each day, and in the whole."""
        return _Counted(self)


class _Counted(dict[int, list[int]]):
    """Counts of working days, made when a year is first asked for."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def __missing__(self, year: int) -> list[int]:
        first, next_year = date(year, 1, 1), date(year + 1, 1, 1)
        days = (first + timedelta(days=n) for n in range((next_year - first).days))
        self[year] = list(accumulate(map(self.calendar.works, days), initial=0))
        return self[year]


OFFICIAL = Calendar()
"""The official calendar with the usual office hours."""


def calendar(hours: str = HOURS, files: Sequence[Path] = ()) -> Calendar:
    """The calendar with office hours such as ``08:30-17:30``, and with years that files add."""
    opens, closes = _hours(hours)
    added: dict[int, Year] = {}
    for file in files:
        added |= _added(file)
    return Calendar(opens, closes, {**NOTICES, **added})


def _hours(written: str) -> tuple[int, int]:
    match = re.fullmatch(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", written.strip())
    if match:
        hour, minute, until, past = map(int, match.groups())
        opens, closes = hour * 3600 + minute * 60, until * 3600 + past * 60
        if opens < closes <= _DAY:
            return opens, closes
    raise BadArgument(f"calendar.hours is {written!r}: it must be hours such as {HOURS}")


def _added(file: Path) -> dict[int, Year]:
    """The years in a TOML file, each a table with ``source``, ``rest`` and ``work``; see README."""
    import tomllib

    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return {_named(name): _read(name, table) for name, table in tables.items()}
    except OSError as error:
        raise BadArgument(f"calendar.files: {file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadArgument(f"calendar.files: {file} is not valid TOML: {error}") from error
    except BadArgument as error:
        raise BadArgument(f"calendar.files: {file}: {error}") from error


def _named(name: str) -> int:
    if not re.fullmatch(r"[12]\d{3}", name):
        raise BadArgument(f"[{name}] is not a year such as [2027]")
    return int(name)


def _read(name: str, table: Any) -> Year:
    if not isinstance(table, dict) or set(table) != {"source", "rest", "work"}:
        raise BadArgument(f"[{name}] must hold source, rest and work, and nothing else")
    source = table["source"]
    if not isinstance(source, str) or not source.strip():
        raise BadArgument(f"{name}.source must name the notice that the days were taken from")
    rest, work = (_listed(name, key, table[key]) for key in ("rest", "work"))
    if both := rest & work:
        raise BadArgument(f"{name}: {min(both)} cannot be both a day off and a make-up day")
    return Year(source, rest, work)


def _listed(name: str, key: str, days: Any) -> frozenset[date]:
    if isinstance(days, list) and all(isinstance(day, str) for day in days):
        try:
            return _days(days, int(name))
        except ValueError:
            pass
    raise BadArgument(
        f'{name}.{key} must be a list of days of that year, such as ["05-01..05-05", "10-08"]'
    )
