"""Working time: the days an office works on, and how long it has worked between two moments.

A working day is Monday to Friday and no official holiday, or an official make-up day. A calendar
belongs to a customs system, whose country announces its holidays year by year. A year that a
calendar does not have is never guessed: ``NoCalendar`` names it. A file may add years. Days and
hours are those of the calendar's zone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from clearance.errors import BadArgument, NoCalendar
from clearance.hashing import sha256
from clearance.model.values import Value, field, replace

if TYPE_CHECKING:
    from pathlib import Path

HOURS = "08:30-17:30"
"""Office hours unless ``[calendar] hours`` says otherwise: a working day is nine hours."""

_DAY = 86400
_EPOCH = date(1970, 1, 1).toordinal()
_WEEKEND = (6, 0)
"""What is left of the ordinal of a Saturday and of a Sunday when it is divided by seven."""


class OfficialDays(Value):
    """The official days of one year: the notice that announced them, days off, make-up days."""

    source: str
    rest: frozenset[date]
    work: frozenset[date]


def year_of(year: int, source: str, rest: str, work: str) -> tuple[int, OfficialDays]:
    """A year with its official days, written ``05-01 05-04..05-05``."""
    return year, OfficialDays(source, _days(rest.split(), year), _days(work.split(), year))


def _days(written: Sequence[str], year: int) -> frozenset[date]:
    """Days written ``05-01`` or ``05-01..05-05``; raises ValueError for one that does not exist."""
    return frozenset(day for span in written for day in _span(span, year))


def _span(written: str, year: int) -> list[date]:
    first, dots, last = written.partition("..")
    start = date.fromisoformat(f"{year}-{first}")
    end = date.fromisoformat(f"{year}-{last}") if dots else start
    if end < start:
        raise ValueError(written)
    return [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1)]


class Calendar(Value, slots=False):
    """Office hours, in seconds of the day; the years with official days; and the zone.

    Without any year no working time can be counted.
    """

    opens: int = 8 * 3600 + 1800
    closes: int = 17 * 3600 + 1800
    years: Mapping[int, OfficialDays] = field(default_factory=dict)
    zone: tzinfo = UTC

    @cached_property
    def day(self) -> int:
        """Seconds of working time in a working day."""
        return self.closes - self.opens

    @cached_property
    def digest(self) -> str:
        """Fingerprint of hours, holidays and zone.

        Two calendars with the same digest measure the same working time.
        """
        years = [
            (year, sorted(map(str, days.rest)), sorted(map(str, days.work)))
            for year, days in sorted(self.years.items())
        ]
        written = repr((self.opens, self.closes, years, str(self.zone)))

        return sha256(written.encode()).hexdigest()[:16]

    def knows(self, year: int) -> bool:
        """Whether the official days of a year are known."""
        return year in self.years

    def works(self, day: date) -> bool:
        """Whether a day is a working day; raises NoCalendar."""
        _, _, works = self._days[day.toordinal()]
        return works > 0

    def roll(self, day: date) -> date:
        """The first working day that is not before a day; raises NoCalendar."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def nth(self, year: int, month: int, count: int) -> date:
        """The ``count``-th working day of a month, from 1; raises NoCalendar."""
        day = self.roll(date(year, month, 1))
        for _ in range(count - 1):
            day = self.roll(day + timedelta(days=1))
        return day

    def local(self, at: int) -> tuple[date, int]:
        """The day, and the second of that day, of a moment in Unix seconds, in its zone."""
        if self._offset is None:
            there = datetime.fromtimestamp(at, self.zone)
            return there.date(), there.hour * 3600 + there.minute * 60 + there.second
        day, second = divmod(at + self._offset, _DAY)
        return date.fromordinal(_EPOCH + day), second

    def day_number(self, at: int) -> int:
        """The day of a moment in Unix seconds, in its zone, by its ordinal."""
        if self._offset is None:
            return self.local(at)[0].toordinal()
        return _EPOCH + (at + self._offset) // _DAY

    @cached_property
    def _offset(self) -> int | None:
        """Seconds ahead of universal time, or None where that changes."""
        offset = self.zone.utcoffset(None)
        return None if offset is None else int(offset.total_seconds())

    def working(self, start: datetime, end: datetime) -> int:
        """Whole seconds of working time from one aware moment to another; negative if earlier.

        Raises NoCalendar if a year between them is not known.
        """
        return self.between(int(start.timestamp()), int(end.timestamp()))

    def between(self, start: int, end: int) -> int:
        """The same for moments in Unix seconds."""
        (first, begun), (last, done) = self._within_year(start), self._within_year(end)
        if first == last:
            return done - begun
        low, high = sorted((first, last))
        whole = sum(self._before[year][-1] for year in range(low, high))
        days = whole if first < last else -whole
        return days * self.day + done - begun

    def spans(self, moments: Iterable[int]) -> Iterator[int]:
        """The working time from each of some moments to the following one, in Unix seconds.

        Raises NoCalendar if a year between two that differ is not known.
        """
        place = None
        for start, end in pairwise(moments):
            if start == end:
                yield 0
                continue
            here = place or self._within_year(start)
            place = self._within_year(end)
            yield place[1] - here[1] if place[0] == here[0] else self.between(start, end)

    def steps(self, moments: Sequence[int]) -> Iterator[int]:
        """The working time, where there is any, from each of some moments to the following one.

        In Unix seconds, ascending. Nothing for two between which a year is not known.
        """
        counting = self._counting(moments)
        places = zip(counting, map(self._place, counting), strict=True)
        for (start, here), (end, there) in pairwise(places):
            if here and there and here[0] == there[0]:
                step = there[1] - here[1]
            else:
                step = self._between(start, end)
            if step > 0:
                yield step

    def _counting(self, moments: Sequence[int]) -> list[int]:
        """Of ascending moments those in office hours, and of the others, while no working time
        passes, the first before each opening.
        """
        if not moments:
            return []
        counting, seen = list[int](), 0
        for day in range(self.day_number(moments[0]), self.day_number(moments[-1]) + 1):
            if hours := self._open(day):
                first, end = (bisect_right(moments, at, seen) for at in hours)
                counting += [*moments[seen : min(seen + 1, first)], *moments[first:end]]
                seen = end
        return counting + list(moments[seen : seen + 1])

    def _open(self, day: int) -> tuple[int, int] | None:
        """The Unix seconds between which the office works on a day, by its ordinal, or may work."""
        try:
            opens, closes = self.opens, self.closes
            if not self._days[day][2]:
                return None
        except NoCalendar:
            opens, closes = -1, _DAY - 1
        return self._unix(day, opens), self._unix(day, closes)

    def _between(self, start: int, end: int) -> int:
        """The working time between two Unix seconds; none where a year between is not known."""
        try:
            return self.between(start, end)
        except NoCalendar:
            return 0

    def _place(self, at: int) -> tuple[int, int] | None:
        """The year of a moment, and the working time in it; None in a year that is not known."""
        try:
            return self._within_year(at)
        except NoCalendar:
            return None

    def clock(self, at: datetime) -> int:
        """The working seconds of all years that are known up to a moment.

        What has been worked between two moments is the difference. Raises NoCalendar.
        """
        year, within = self._within_year(int(at.timestamp()))
        earlier = sum(self._before[known][-1] for known in self.years if known < year)
        return earlier * self.day + within

    def passed(self, start: int, seconds: int) -> int:
        """The first Unix second by which more than some working seconds have passed since another.

        The beginning of the first year that is not known, if it lies before; raises NoCalendar if
        the year of ``start`` is not known.
        """
        year, begun = self._within_year(start)
        left = begun + seconds
        while year in self.years and left >= (whole := self._before[year][-1] * self.day):
            left -= whole
            year += 1
        if year not in self.years:
            return self.known_until(start)
        days, within = divmod(left, self.day)
        number = bisect_right(self._before[year], days) - 1
        return self._unix(date(year, 1, 1).toordinal() + number, self.opens + within + 1)

    def known_until(self, at: int) -> int:
        """The Unix second at which the first year that is not known begins, from a moment's on."""
        year = self.local(at)[0].year
        while year in self.years:
            year += 1
        return self._unix(date(year, 1, 1).toordinal(), 0)

    def _unix(self, ordinal: int, second: int) -> int:
        """The Unix second of a second of a day in its zone, the day by its ordinal."""
        if self._offset is None:
            midnight = datetime.combine(date.fromordinal(ordinal), time(), self.zone)
            there = midnight + timedelta(seconds=second)
            return int(there.timestamp())
        return (ordinal - _EPOCH) * _DAY + second - self._offset

    def _within_year(self, at: int) -> tuple[int, int]:
        """The year of a moment, and the working time in it up to the moment."""
        if self._offset is None:
            there, second = self.local(at)
            day = there.toordinal()
        else:
            day, second = divmod(at + self._offset, _DAY)
            day += _EPOCH
        year, before, works = self._days[day]
        return year, before + works * min(max(second - self.opens, 0), self.day)

    def _official(self, year: int) -> OfficialDays:
        if year not in self.years:
            raise NoCalendar(year)
        return self.years[year]

    @cached_property
    def _days(self) -> dict[int, tuple[int, int, int]]:
        """For each day its year, the working time of the year before it, and whether it works."""
        return _Days(self)

    @cached_property
    def _before(self) -> dict[int, list[int]]:
        """For each year the count of working days before each day, and in the whole year."""
        return _Counts(self)


class _Days(dict[int, tuple[int, int, int]]):
    """Working time before days by their ordinals, worked out when a day is first needed."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def __missing__(self, ordinal: int) -> tuple[int, int, int]:
        day = date.fromordinal(ordinal)
        before = self.calendar._before[day.year]
        number = ordinal - date(day.year, 1, 1).toordinal()
        works = before[number + 1] - before[number]
        self[ordinal] = day.year, before[number] * self.calendar.day, works
        return self[ordinal]


class _Counts(dict[int, list[int]]):
    """Counts of working days by year, made when a year is first needed."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def __missing__(self, year: int) -> list[int]:
        official = self.calendar._official(year)
        first, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
        works = [ordinal % 7 not in _WEEKEND for ordinal in range(first, end)]
        for day in official.rest:
            works[day.toordinal() - first] = False
        for day in official.work:
            works[day.toordinal() - first] = True
        self[year] = list(accumulate(works, initial=0))
        return self[year]


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of a month that has no such day.

    >>> months_after(date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(
        date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1)
    )


def configured(
    base: Calendar, hours: str = HOURS, files: Sequence[Path] = (), where: str = "calendar"
) -> Calendar:
    """A calendar with other office hours, such as ``08:30-17:30``, and the years of some files.

    ``where`` is the table of settings that errors name; raises BadArgument.
    """
    opens, closes = _hours(hours, where)
    added: dict[int, OfficialDays] = {}
    for file in files:
        added |= _added(file, where)
    return replace(base, opens=opens, closes=closes, years={**base.years, **added})


def _hours(written: str, where: str) -> tuple[int, int]:
    match = re.fullmatch(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", written.strip())
    if match:
        hour, minute, until, past = map(int, match.groups())
        opens, closes = hour * 3600 + minute * 60, until * 3600 + past * 60
        if opens < closes <= _DAY:
            return opens, closes
    raise BadArgument(
        "{where}.hours is {written!r}: it must be hours such as {example}",
        where=where,
        written=written,
        example=HOURS,
    )


def _added(file: Path, where: str) -> dict[int, OfficialDays]:
    """The years in a TOML file, each a table with ``source``, ``rest`` and ``work``."""
    import tomllib

    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return {_year_number(name): _year(name, table) for name, table in tables.items()}
    except OSError as error:
        raise BadArgument(
            "{where}.files: {file} cannot be read: {why}", where=where, file=file, why=error
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadArgument(
            "{where}.files: {file} is not valid TOML: {why}", where=where, file=file, why=error
        ) from error
    except BadArgument as error:
        raise BadArgument(
            "{where}.files: {file}: {why}", where=where, file=file, why=error
        ) from error


def _year_number(name: str) -> int:
    if not re.fullmatch(r"[12]\d{3}", name):
        raise BadArgument("[{name}] is not a year such as [2027]", name=name)
    return int(name)


def _year(name: str, table: Any) -> OfficialDays:
    if not isinstance(table, dict) or set(table) != {"source", "rest", "work"}:
        raise BadArgument("[{name}] must hold source, rest and work, and nothing else", name=name)
    source = table["source"]
    if not isinstance(source, str) or not source.strip():
        raise BadArgument(
            "{name}.source must name the notice that the days were taken from", name=name
        )
    rest, work = (_list_of_days(name, key, table[key]) for key in ("rest", "work"))
    if both := rest & work:
        raise BadArgument(
            "{name}: {day} cannot be both a day off and a make-up day", name=name, day=min(both)
        )
    return OfficialDays(source, rest, work)


def _list_of_days(name: str, key: str, days: Any) -> frozenset[date]:
    if not isinstance(days, list) or not all(isinstance(day, str) for day in days):
        raise BadArgument(
            '{name}.{key} must be a list of days of that year, such as ["05-01..05-05", "10-08"]',
            name=name,
            key=key,
        )
    return frozenset(day for written in days for day in _named_span(name, key, written))


def _named_span(name: str, key: str, written: str) -> list[date]:
    try:
        return _span(written, int(name))
    except ValueError as error:
        raise BadArgument(
            "{name}.{key}: {written!r} names no days of that year, such as 10-08 or 05-01..05-05",
            name=name,
            key=key,
            written=written,
        ) from error
