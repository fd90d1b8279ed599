"""Between which moments the interval of a report lasts for declarations, and why for some it lasts
between none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from operator import le, sub

from clearance.errors import NoCalendar
from clearance.figures.durations import Ending
from clearance.figures.stages import Clock
from clearance.model import INTERVALS, Note, Stage
from clearance.named_tuples import NamedTuple
from clearance.reporting.followed import ONLY_OF
from clearance.reporting.query import ReportQuery
from clearance.stores.alike import Alike

IN_ADVANCE = "in_advance"
"""What becomes of a declaration before the arrival that its interval begins with."""
ANOMALIES = {
    note.key: note
    for note in (
        Note.of("in_the_future"),
        Note.of("ends_before_it_begins"),
        Note.of("closed_before_it_was_declared"),
        Note.of("closed_before_it_was_accepted"),
    )
}
"""Why times are impossible, by the keys of the notes."""


class Intervals(NamedTuple):
    """Intervals of declarations that end the same way: from when and until when they last.

    ``seconds`` are those that count; None where a year has no calendar.
    """

    some: Alike
    ending: Ending
    starts: Sequence[int]
    untils: Sequence[int]
    seconds: Sequence[int] | None


class Reader:
    """Reads the interval of a report from what is known of declarations.

    ``from_arrival``: it begins with the arrival of goods.
    """

    def __init__(self, query: ReportQuery) -> None:
        self._query = query
        self._start, self._end = INTERVALS[query.interval]
        self._only_of = ONLY_OF.get(query.interval)
        self._now = int(query.as_of.timestamp())
        self.from_arrival = self._start == "arrived_at"

    def applies(self, some: Alike) -> bool:
        """Whether declarations have such an interval: not if they never reached its beginning, were
        cleared without its end, or if it is one of goods that go the other way.
        """
        if self._only_of not in (None, some.one("direction")) or not some.column(self._start):
            return False
        return some.column(self._end) is not None or some.one("stage") != Stage.CLEARED

    def are_known_by_their_day(self, some: Alike) -> bool:
        """Whether an interval has no beginning since customs wrote the day of declarations only."""
        if some.column(self._start) or some.column("declared_at"):
            return False
        return some.column("dated_at") is not None

    def fates(self, some: Alike) -> Sequence[str | None]:
        """For each declaration the key of why its times are impossible, ``in_advance``, or None
        where its interval counts, or where it has none.
        """
        fates: list[str | None] = [None] * len(some)
        if not self.applies(some):
            return fates
        for key, earlier, later in reversed(list(self._orders(some))):
            if not all(map(le, earlier, later)):
                columns = zip(earlier, later, fates, strict=False)
                fates = [key if before > after else fate for before, after, fate in columns]
        return fates

    def _orders(self, some: Alike) -> Iterator[tuple[str, Sequence[int], Iterable[int]]]:
        """Pairs of moments of which the earlier one should come first, each with what becomes of a
        declaration where it comes last. Of several the first counts.
        """
        start, end = some.column(self._start), some.column(self._end)
        closed, now = some.column("cleared_at"), repeat(self._now)
        backwards = IN_ADVANCE if self.from_arrival else "ends_before_it_begins"
        for key, earlier, later in (
            ("in_the_future", start, now),
            ("in_the_future", end, now),
            (backwards, start, end),
            ("closed_before_it_was_declared", some.column("declared_at"), closed),
            ("closed_before_it_was_accepted", some.column("accepted_at"), closed),
        ):
            if earlier is not None and later is not None:
                yield key, earlier, later

    def intervals(self, some: Alike, lacking: set[int]) -> Iterator[Intervals]:
        """The intervals of declarations; apart from others those of which a year has no calendar,
        which are without seconds.
        """
        starts, clock = some.values(self._start), self.clock(some.one("system"))
        ending, untils = self._ended(some, starts)
        if clock is None:
            yield Intervals(some, ending, starts, untils, list(map(sub, untils, starts)))
            return
        counted = list(_counted(clock, starts, untils, lacking))
        known = [seconds is not None for seconds in counted]
        for is_known, those in some.parted(known):
            wanted = [each is is_known for each in known]
            begun, left = (list(compress(column, wanted)) for column in (starts, untils))
            seconds = [each for each in counted if each is not None] if is_known else None
            yield Intervals(those, ending, begun, left, seconds)

    def _ended(self, some: Alike, starts: Sequence[int]) -> tuple[Ending, Sequence[int]]:
        """How the intervals of declarations end, and until when their time counts."""
        ends, withdrawn = some.column(self._end), some.column("withdrawn_at")
        if ends is not None:
            return Ending.ENDED, ends
        if withdrawn is not None and some.one("stage") == Stage.WITHDRAWN:
            return Ending.WITHDRAWN, list(map(max, withdrawn, starts))
        put_away = some.column("put_away_at")
        if put_away is None:
            return Ending.OPEN, [self._now] * len(some)
        return Ending.OPEN, [
            max(start, min(at, self._now)) for start, at in zip(starts, put_away, strict=True)
        ]

    def clock(self, system: str) -> Clock | None:
        """What counts the seconds of a declaration: working time is that of its customs system."""
        if self._query.calendar is None:
            return None
        own = self._query.calendar_of
        return (own(system) if own else self._query.calendar).between


def _counted(
    clock: Clock, starts: Iterable[int], untils: Iterable[int], lacking: set[int]
) -> Iterator[int | None]:
    """The seconds of each interval by a clock; None where a year is ``lacking`` a calendar."""
    for start, until in zip(starts, untils, strict=True):
        try:
            yield clock(start, until)
        except NoCalendar as error:
            lacking.add(error.year)
            yield None
