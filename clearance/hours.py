"""Times of day: windows such as 20:00-08:00, and a moment that comes once a day.

Both go by the clock of a zone. A change to summer time skips some times of day and a change back
repeats some: a window then is as long as either reading makes it, so that nobody is woken in it; a
daily moment that is skipped comes an hour later, one that is repeated counts once, the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from clearance.errors import BadSetting
from clearance.named_tuples import NamedTuple

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_WINDOW = f"(?a)({_TIME})-({_TIME}|24:00)"
_AT = f"(?a){_TIME}"
_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_SPAN = "([0-9]{1,4})([mhdw])"
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def span(written: str) -> timedelta | None:
    """The length of ``30m``, ``12h``, ``7d`` or ``2w``; None for anything else."""
    match = re.fullmatch(_SPAN, written.strip())
    return int(match[1]) * _UNITS[match[2]] if match else None


class Hours(NamedTuple):
    """Windows of a day, each from a time to another; over midnight where that is not later."""

    windows: tuple[tuple[time, time], ...] = ()

    @classmethod
    def of(cls, written: str) -> Self:
        """The windows that ``00:00-05:00, 12:00-13:00`` says; raises BadSetting."""
        parts = [part.strip() for part in re.split("[,，]", written) if part.strip()]
        hours = cls(tuple(map(_window, parts)))
        if len(set(hours._minutes())) == _DAY_MINUTES:
            raise BadSetting("{written!r}: leaves no time of the day", written=written)
        return hours

    def _minutes(self) -> Iterator[int]:
        """The minutes of a day that lie in a window."""
        for start, end in self.windows:
            first, last = (at.hour * 60 + at.minute for at in (start, end))
            for minute in range(first, last if first < last else last + _DAY_MINUTES):
                yield minute % _DAY_MINUTES

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Whether a moment lies in a window."""
        return any(start <= at < end for start, end in self.between(at, at, zone))

    def over(self, at: datetime, zone: tzinfo) -> datetime:
        """The first moment from ``at`` on that lies in no window, in universal time."""
        spans = apart(self.between(at, at + 2 * _DAY, zone))
        return next((end for start, end in spans if start <= at < end), at.astimezone(UTC))

    def between(
        self, begin: datetime, end: datetime, zone: tzinfo
    ) -> Iterator[tuple[datetime, datetime]]:
        """The windows of each day from the one before a moment to that of another."""
        if not self.windows:
            return
        day, last = (at.astimezone(zone).date() for at in (begin, end))
        day -= _DAY
        while day <= last:
            for start, until in self.windows:
                through = day if start < until else day + _DAY
                yield min(_readings(day, start, zone)), max(_readings(through, until, zone))
            day += _DAY

    def __str__(self) -> str:
        return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in self.windows)


NO_HOURS = Hours()
"""No window at all."""


class Daily(NamedTuple):
    """A moment that comes once on each day."""

    at: time

    @classmethod
    def of(cls, written: str) -> Self:
        """The moment that ``08:30`` says; raises BadSetting."""
        if not re.fullmatch(_AT, written.strip()):
            raise BadSetting("{written!r} is not a time of day such as 08:30", written=written)
        return cls(time.fromisoformat(written.strip()))

    def after(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first time that it comes after a moment, in universal time."""
        day = moment.astimezone(zone).date() - _DAY
        while (comes := _readings(day, self.at, zone)[0]) <= moment:
            day += _DAY
        return comes

    def __str__(self) -> str:
        return f"{self.at:%H:%M}"


def apart(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The same spans in order, those that touch or overlap as one, without those that are empty."""
    joined: tuple[datetime, datetime] | None = None
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[1]:
            joined = joined[0], max(joined[1], end)
            continue
        if joined:
            yield joined
        joined = start, end
    if joined:
        yield joined


def _window(written: str) -> tuple[time, time]:
    match = re.fullmatch(_WINDOW, written)
    if match is None:
        raise BadSetting(
            "{written!r} is not a span of the day such as 00:00-05:00", written=written
        )
    return time.fromisoformat(match[1]), time.fromisoformat(match[2].replace("24:00", "00:00"))


def _readings(day: date, at: time, zone: tzinfo) -> list[datetime]:
    """The moments that a time of day may mean; they differ where a change skips or repeats it.

    In universal time, as two times in one zone are compared by what its clock shows.
    """
    return [datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
