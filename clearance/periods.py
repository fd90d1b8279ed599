"""Calendar periods: years, quarters and months, half-open, in a stated zone.

A period runs from the first instant of its first day up to, and without, the first instant of the
next period's first day, both in the zone that is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import total_ordering
from typing import ClassVar, Self

from clearance.errors import BadArgument, BadField, Phrase
from clearance.model.values import Value


@total_ordering
class Period(Value):
    """A calendar period, counted within its year from 1."""

    year: int
    number: int
    PER_YEAR: ClassVar[int] = 1
    LABEL: ClassVar[str] = "{0.year}"
    CALLED: ClassVar[Phrase] = Phrase("year")

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.PER_YEAR:
            raise BadField(
                "there is no {name} {number}: they run from 1 to {last}",
                name=self.CALLED,
                number=self.number,
                last=self.PER_YEAR,
            )
        if not 1900 <= self.year <= 9998:
            raise BadField("{year} is not a year between 1900 and 9998", year=self.year)

    def __lt__(self, other: Self) -> bool:
        return (self.year, self.number) < (other.year, other.number)

    @classmethod
    def of(cls, day: date) -> Self:
        """The period that a day falls in."""
        return cls(day.year, (day.month - 1) * cls.PER_YEAR // 12 + 1)

    @property
    def next(self) -> Self:
        """The period after this one."""
        return self.shifted(1)

    def shifted(self, count: int) -> Self:
        """The period ``count`` periods later, or earlier."""
        index = self.year * self.PER_YEAR + self.number - 1 + count
        return type(self)(index // self.PER_YEAR, index % self.PER_YEAR + 1)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, (self.number - 1) * 12 // self.PER_YEAR + 1, 1)

    def start(self, zone: tzinfo) -> datetime:
        """Its first instant in a zone; its end is the start of the next."""
        day = self.first_day
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    def __str__(self) -> str:
        return self.LABEL.format(self)


class Year(Period):
    """A calendar year."""

    __slots__ = ()


class Quarter(Period):
    """A calendar quarter.

    >>> str(Quarter.of(date(2026, 3, 31))), Quarter(2026, 4).next
    ('2026Q1', Quarter(year=2027, number=1))
    """

    __slots__ = ()
    PER_YEAR = 4
    LABEL = "{0.year}Q{0.number}"
    CALLED = Phrase("quarter")


class Month(Period):
    """A calendar month.

    >>> str(Month.of(date(2026, 3, 31)).next)
    '2026-04'
    """

    __slots__ = ()
    PER_YEAR = 12
    LABEL = "{0.year}-{0.number:02}"
    CALLED = Phrase("month")


EVERY: dict[str, type[Period]] = {"quarter": Quarter, "month": Month, "year": Year}
"""The kinds of period that a report may have."""

_WRITTEN: tuple[tuple[str, Callable[[int, int], Period]], ...] = (
    (r"(\d{4})-?[Qq]([1-4])", Quarter),
    (r"(\d{4})-(0[1-9]|1[0-2])", Month),
    (r"(\d{4})()", lambda year, _: Year(year, 1)),
)


def parse(written: str, today: date, every: type[Period] | None = None) -> Sequence[Period]:
    """The periods that ``2026Q1..2026Q4``, ``2026``, ``2026-03`` or ``last-quarter`` means.

    ``last-…`` is the one before the period that ``today`` falls in, ``this-…`` that one itself.
    Cut into months where months are written, else into quarters, unless ``every`` says otherwise;
    the range must be made of whole periods of that length.
    """
    begin, dots, end = written.strip().partition("..")
    first = _single(begin, today)
    last = _single(end, today) if dots else first
    unit = every or (Month if Month in (type(first), type(last)) else Quarter)
    start, stop = first.first_day, last.next.first_day
    if stop <= start:
        raise BadArgument("the period {written!r} ends before it begins", written=written)
    period, periods = unit.of(start), list[Period]()
    while period.first_day < stop:
        periods.append(period)
        period = period.next
    if periods[0].first_day != start or period.first_day != stop:
        raise BadArgument(
            "{written!r} is not made of whole {unit}s", written=written, unit=unit.CALLED
        )
    return periods


DAY_MISSING = Phrase("there is no such day")
TIME_MISSING = Phrase("there is no such time of day")
SKIPPED = Phrase("there is no such time: clocks are put forward then")
REPEATED = Phrase("comes twice, as clocks are put back then: give its offset too, as in +01:00")
_MOMENT = (
    r"(?P<year>[0-9]{4})(?:[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?"
    r"|(?P<basic_month>[0-9]{2})(?P<basic_day>[0-9]{2}))"
    r"(?:[T ]*(?P<hour>[0-9]{1,2})"
    r"(?:[时点](?:(?P<chinese_minute>[0-9]{1,2})分)?|:(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?))?"
)
_OTHERWISE = {
    "year": "", "month": "basic_month", "day": "basic_day",
    "hour": "", "minute": "chinese_minute", "second": "", "offset": "",
}  # fmt: skip
"""The parts of a time, and the groups that hold them where they are written in another way."""
_TIME_OF_DAY = (
    r"[0-9]{1,2}(?:[时点](?:[0-9]{1,2}分)?"
    r"|:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)"
)
_END_OF_DAY = "24:00:00"
_CLOCK = ("hour", "minute", "second")


def moment(written: str) -> datetime | date:
    """A time as people write it: ``2026/11/20 18:00``, ``2026年11月20日 18时30分``, or ISO 8601.

    A mere date where no time of day is written; 24:00 is the end of its day. Raises ValueError.
    """
    parts = _parts(written)
    if not parts:
        return datetime.fromisoformat(_plain(written))
    on = date(*(int(parts[name]) for name in ("year", "month", "day")))
    if not parts["hour"]:
        return on
    clock = ":".join(f"{int(parts[name] or 0):02}" for name in _CLOCK)
    if clock == _END_OF_DAY:
        if on == date.max:
            raise ValueError(written)
        on, clock = on + timedelta(days=1), "00:00:00"
    return datetime.fromisoformat(f"{on.isoformat()}T{clock}{parts['offset'] or ''}")


def unclear(at: datetime) -> Phrase | None:
    """Why a local time is none that its zone has once, where clocks are changed; else None."""
    first, second = (at.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if first == second:
        return None
    return SKIPPED if first < second else REPEATED


def later(at: datetime, length: timedelta) -> datetime:
    """A moment so long after another, or before it, whatever the clocks of its zone do between."""
    return (at.astimezone(UTC) + length).astimezone(at.tzinfo)


def dated(written: str, day: date) -> str:
    """A mere time of day, ``14:30`` or ``14时30分``, with a day before it; other text as it is."""
    is_mere = re.fullmatch(_TIME_OF_DAY, _plain(written))
    return f"{day.isoformat()} {written}" if is_mere else written


def impossible(written: str, years: range) -> Phrase | None:
    """Why a time written as people write times is none that is taken; None of any other text."""
    parts = _parts(written)
    if not parts or (missing := lacking(parts)):
        return missing if parts else None
    if int(parts["year"]) in years:
        return None
    first, last = years[0], years[-1]
    return Phrase("only years from {first} to {last} are believed", first=first, last=last)


def lacking(parts: Mapping[str, str | None]) -> Phrase | None:
    """What there is not: the day of a year, month and day, or its hour, minute and second.

    24:00 and a leap second there are, though not every system reads them.
    """
    hour, minute, second = (int(parts.get(name) or 0) for name in _CLOCK)
    try:
        date(*(int(parts[name] or 0) for name in ("year", "month", "day")))
    except ValueError:
        return DAY_MISSING
    is_clock = hour < 24 and minute < 60 and second <= 60
    return None if is_clock or (hour, minute, second) == (24, 0, 0) else TIME_MISSING


def _parts(written: str) -> dict[str, str]:
    match = re.fullmatch(_MOMENT, _plain(written))
    if match is None:
        return {}
    found = match.groupdict("")
    return {name: found[name] or found.get(other, "") for name, other in _OTHERWISE.items()}


def _plain(written: str) -> str:
    return unicodedata.normalize("NFKC", written).strip()


def zone(name: str, named_by: str) -> tzinfo:
    """A time zone by its name; raises BadArgument that names the option or setting ``named_by``."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadArgument(
            "{named_by} {name}: not a time zone such as Asia/Shanghai", named_by=named_by, name=name
        ) from error


class MachineZone(tzinfo):
    """The zone that this machine is set to, summer time included.

    Windows knows it since 1970: before that it is what it was on the same day of 1971.
    """

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        """How far the machine's clocks are ahead of universal time at a local time."""
        return _of_machine(at).utcoffset() if at else None

    def dst(self, at: datetime | None) -> timedelta | None:  # noqa: ARG002
        """Not known apart from the offset."""
        return None

    def tzname(self, at: datetime | None) -> str | None:
        """What the machine calls it at a local time."""
        return _of_machine(at).tzname() if at else None

    def fromutc(self, at: datetime) -> datetime:
        """The local time of a moment whose fields are universal time."""
        try:
            return at.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)
        except OSError:
            return at + (self.utcoffset(at) or timedelta())

    def is_universal(self, year: int) -> bool:
        """Whether it is universal time in winter and in summer of a year."""
        return not any(self.utcoffset(datetime(year, month, 1)) for month in (1, 7))


def last_four(today: date, every: type[Period] | None = None) -> str:
    """The four quarters, or other periods, that end with the one that ``today`` falls in."""
    current = (every or Quarter).of(today)
    return f"{current.shifted(-3)}..{current}"


def _single(written: str, today: date) -> Period:
    which, dash, length = written.partition("-")
    if dash and which in ("last", "this") and length in EVERY:
        return EVERY[length].of(today).shifted(-1 if which == "last" else 0)
    for pattern, make in _WRITTEN:
        if match := re.fullmatch(pattern, written):
            return make(int(match[1]), int(match[2] or 1))
    raise BadArgument(
        "{written!r} is not a period such as 2026Q3, 2026, 2026-03, last-quarter or 2026Q1..2026Q4",
        written=written,
    )


def _of_machine(at: datetime) -> datetime:
    """A local time in the zone of this machine."""
    local = at.replace(tzinfo=None)
    try:
        return local.astimezone()
    except OSError:
        return local.replace(year=1971, day=min(local.day, 28)).astimezone()
