"""Times of day at which a source is announced to rest: nothing comes then, and nobody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from clearance.calendar import Calendar
from clearance.errors import BadArgument
from clearance.hours import Hours, apart
from clearance.named_tuples import NamedTuple


class Rest(NamedTuple):
    """Windows of a day."""

    hours: Hours = Hours()

    @classmethod
    def of(cls, written: str) -> Self:
        """The windows that ``00:00-05:00, 12:00-13:00`` says; raises BadArgument."""
        try:
            return cls(Hours.of(written))
        except BadArgument as error:
            raise BadArgument("rest: {why}", why=error) from None

    def holds(self, at: datetime, calendar: Calendar) -> bool:
        """Whether a moment lies in a window, by the clock of a calendar's zone."""
        return self.hours.holds(at, calendar.zone)

    def working(self, begin: datetime, end: datetime, calendar: Calendar) -> int:
        """The working seconds that lie in windows between two moments; raises NoCalendar."""
        spans = self.hours.between(begin, end, calendar.zone)
        within = apart((max(start, begin), min(until, end)) for start, until in spans)
        return sum(calendar.working(start, until) for start, until in within)
