"""Times of day at which a source is announced to rest: nothing comes then, and nobody is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Self

from clearance.calendar import Calendar
from clearance.errors import BadArgument

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_WINDOW = re.compile(f"{_TIME}-({_TIME}|24:00)", re.ASCII)


class Rest(NamedTuple):
    """Windows of a day, each from a time to another; over midnight where that is not later."""

    windows: tuple[tuple[time, time], ...] = ()

    @classmethod
    def of(cls, written: str) -> Self:
        """The windows that ``00:00-05:00, 12:00-13:00`` says; raises BadArgument."""
        parts = [part.strip() for part in re.split("[,，]", written) if part.strip()]
        return cls(tuple(map(_window, parts)))

    def holds(self, at: datetime, calendar: Calendar) -> bool:
        """Whether a moment lies in a window, by the clock of a calendar's zone."""
        return any(start <= at < end for start, end in self._between(at, at, calendar))

    def working(self, begin: datetime, end: datetime, calendar: Calendar) -> int:
        """The working seconds that lie in windows between two moments; raises NoCalendar."""
        spans = ((max(s, begin), min(e, end)) for s, e in self._between(begin, end, calendar))
        return sum(calendar.working(start, until) for start, until in _apart(spans))

    def _between(
        self, begin: datetime, end: datetime, calendar: Calendar
    ) -> Iterator[tuple[datetime, datetime]]:
        """The windows of each day from the one before a moment to that of another."""
        if not self.windows:
            return
        day, last = (at.astimezone(calendar.zone).date() for at in (begin, end))
        day -= timedelta(days=1)
        while day <= last:
            for start, until in self.windows:
                yield _at(day, start, calendar), _at(_end(day, start, until), until, calendar)
            day += timedelta(days=1)


def _window(written: str) -> tuple[time, time]:
    if not _WINDOW.fullmatch(written):
        raise BadArgument(
            "rest: {written!r} is not a time of day such as 00:00-05:00", written=written
        )
    start, _, end = written.replace("24:00", "00:00").partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _end(day: date, start: time, until: time) -> date:
    return day if start < until else day + timedelta(days=1)


def _at(day: date, at: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, at, calendar.zone)


def _apart(spans: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The same spans without those that are empty, and no moment in two of them."""
    reached: datetime | None = None
    for start, end in sorted(spans):
        begin = max(start, reached) if reached else start
        if begin < end:
            yield begin, end
            reached = end
