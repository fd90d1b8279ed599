"""What is counted of declarations beside their times: how well they went, and the whole way."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, compress, pairwise, repeat
from operator import add

from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.figures import stages
from clearance.figures.durations import Ending, Sample
from clearance.figures.estimates import Ratio
from clearance.figures.stages import Stay, Stays
from clearance.model import INTERVALS, Stage, Timings
from clearance.named_tuples import NamedTuple
from clearance.reporting.profiles import Moment
from clearance.reporting.quality import Counted
from clearance.reporting.quality_alerts import AlertCase, case_of
from clearance.reporting.return_reasons import SEPARATOR
from clearance.stores.alike import Alike

_MOST_CLOCKED = 400
"""Intervals of a period and group of which working time is counted: it takes longer than all else,
and more would say hardly more.
"""
ONLY_OF = {"arrive-gateout": "import", "arrive-depart": "export"}
"""The direction of goods that an interval is only of."""
WHOLE_WAY = {"import": "arrive-gateout", "export": "arrive-depart"}
"""The interval that is the whole way of goods in each direction."""
LINKS = {
    "import": ("arrive-declare", "declare-release", "release-gateout"),
    "export": ("arrive-declare", "declare-release", "release-depart"),
}
"""The parts of the whole way, in order."""
LINK_OWNERS = {
    "arrive-declare": "trader",
    "declare-release": "customs",
    "release-gateout": "trader",
    "release-depart": "carrier",
}
"""Whom each part waits for."""


class LinkTotals:
    """The whole way of ``n`` declarations: the seconds of its three parts."""

    def __init__(self) -> None:
        self.n = 0
        self.seconds = (0, 0, 0)

    def add(self, timing: Timings, arrived: int, end: int) -> None:
        """Adds a declaration whose goods arrived, and left, at these moments.

        What was declared or released before the arrival took no time from there.
        """
        declared = _between(arrived, timing.first_declared_at, end)
        released = _between(declared, timing.released_at, end)
        own = declared - arrived, released - declared, end - released
        before, until, after = map(add, self.seconds, own)
        self.n += 1
        self.seconds = before, until, after


def _between(low: int, at: int | None, high: int) -> int:
    """A moment, but none before one and none after another."""
    return low if at is None else min(max(low, at), high)


class EndedInterval(NamedTuple):
    """When the interval of a declaration began and ended, and its stages in between
    (``stages.of_one``).
    """

    start: int
    end: int
    moments: tuple[int, ...]
    letters: str
    system: str

    @property
    def stays(self) -> list[Stay]:
        """The stages that it was in."""
        return stages.of_one(self.letters, self.moments)


class EndedIntervals:
    """Intervals that have ended, as columns: a year's would fill the memory as objects."""

    def __init__(self) -> None:
        self._parts: list[tuple[list[array[int]], str, str]] = []

    def extend(self, stays: Stays, system: str) -> None:
        """Takes more of a system."""
        columns = [array("q", column) for column in stays.moments]
        self._parts.append((columns, stays.letters, system))

    def __iter__(self) -> Iterator[EndedInterval]:
        for columns, letters, system in self._parts:
            for moments in zip(*columns, strict=True):
                yield EndedInterval(moments[0], moments[-1], moments, letters, system)

    def evenly(self, most: int) -> Iterator[EndedInterval]:
        """So many of them at most, taken evenly in order of time."""
        starts = sorted(chain.from_iterable(columns[0] for columns, _, _ in self._parts))
        ranks = range(0, len(starts), -(-len(starts) // most) or 1)
        begun = self._begun_at({starts[rank] for rank in ranks})
        for rank in ranks:
            start = starts[rank]
            yield sorted(begun[start])[rank - bisect_left(starts, start)]

    def _begun_at(self, starts: Collection[int]) -> Mapping[int, Sequence[EndedInterval]]:
        """Those that began at some moments, by these: the others need not be made."""
        begun: dict[int, list[EndedInterval]] = defaultdict(list)
        for columns, letters, system in self._parts:
            wanted = [start in starts for start in columns[0]]
            for moments in compress(zip(*columns, strict=True), wanted):
                own = EndedInterval(moments[0], moments[-1], moments, letters, system)
                begun[own.start].append(own)
        return begun


class Correction(NamedTuple):
    """What people noted of a declaration that was returned: when, who, what; and customs' notes."""

    reference: str
    returned_for: tuple[str, ...]
    notes: tuple[tuple[str, str | None, str], ...]

    @classmethod
    def of(cls, timing: Timings) -> Correction:
        """What was noted of a declaration."""
        lines = (line.split("\t", 2) for line in (timing.corrections or "").split(SEPARATOR))
        noted = tuple((at, by or None, text) for at, by, text in lines)
        told = timing.return_notes
        return cls(timing.name, tuple(told.split(SEPARATOR)) if told else (), noted)


class Followed:
    """The declarations of one period and group.

    ``targets`` has the times of each interval that has a target, ``links`` the whole way by
    direction, ``ended`` the intervals of the report that have ended; ``returns`` the note of each
    return with its declaration, ``corrections`` what people noted of it; ``alerts`` what became of
    each that was told. ``office`` is the working time of each customs system.
    """

    def __init__(self) -> None:
        self.counted = Counted()
        self.targets: dict[str, list[Sample]] = defaultdict(list)
        self.links: dict[str, LinkTotals] = defaultdict(LinkTotals)
        self.ended = EndedIntervals()
        self.returns: list[tuple[str, str]] = []
        self.corrections: list[Correction] = []
        self.alerts: list[AlertCase] = []
        self.office: Callable[[str], Calendar] | None = None

    def add(self, some: Alike, moment: Moment) -> None:
        """Counts declarations."""
        self.counted.add(some, moment)
        names = some.values("name")
        for name, notes in zip(names, some.column("return_notes") or (), strict=False):
            self.returns += [(note, name) for note in notes.split(SEPARATOR)]
        if some.one("returned") and some.column("corrections"):
            self.corrections += map(Correction.of, some.timings())
        if not moment.alerts.keys().isdisjoint(names):
            self._take_alerts(some, moment)
        if some.column("arrived_at"):
            self._follow(some, moment.now)
        for name in moment.targets:
            self.targets[name] += samples_of(some, name, moment.now)

    def _take_alerts(self, some: Alike, moment: Moment) -> None:
        """Takes what became of the alerts about declarations."""
        for timing in some.timings():
            cases = (
                case_of(alert, timing, moment.silences, moment.now)
                for alert in moment.alerts.get(timing.name, ())
            )
            self.alerts += filter(None, cases)

    def _follow(self, some: Alike, now: int) -> None:
        """Adds the whole way of the declarations whose goods are known to have left."""
        direction = some.one("direction") or ""
        way = WHOLE_WAY.get(direction)
        left = some.column(INTERVALS[way][1]) if way else None
        if not left or not some.column("released_at"):
            return
        for timing, arrived, end in zip(
            some.timings(), some.values("arrived_at"), left, strict=True
        ):
            if arrived <= end <= now:
                self.links[direction].add(timing, arrived, end)

    def outside(self) -> dict[str, Ratio]:
        """The time outside office hours by the letter of each stage, and in all under no letter.

        It is that of ``_MOST_CLOCKED`` ended intervals at most, taken evenly in order of time.
        """
        sums: dict[str, Ratio] = defaultdict(Ratio)
        if self.office is not None:
            for ended in self.ended.evenly(_MOST_CLOCKED):
                _spend(ended, self.office(ended.system), sums)
        return sums


def _spend(ended: EndedInterval, office: Calendar, sums: dict[str, Ratio]) -> None:
    """Adds the time of an interval that lies outside office hours, by stage."""
    try:
        worked = list(office.spans(ended.moments))
    except NoCalendar:
        return
    stays = zip(ended.letters, pairwise(ended.moments), worked, strict=True)
    for letter, (begun, left), seconds in stays:
        if begun < left:
            sums[letter].add(left - begun - seconds, left - begun)
    whole = ended.end - ended.start
    sums[""].add(whole - sum(worked), whole)


def samples_of(some: Alike, interval: str, now: int) -> Iterator[Sample]:
    """The times of an interval of declarations, of all time that passes, of those that have one."""
    if ONLY_OF.get(interval, some.one("direction")) == some.one("direction"):
        columns = map(some.values, (*INTERVALS[interval], "withdrawn_at"))
        yield from filter(None, map(_sample, *columns, repeat(some.one("stage")), repeat(now)))


def sample_of(timing: Timings, interval: str, now: int) -> Sample | None:
    """The time of an interval of one declaration; None where it has none."""
    if ONLY_OF.get(interval, timing.direction) != timing.direction:
        return None
    start, end = (getattr(timing, name) for name in INTERVALS[interval])
    return _sample(start, end, timing.withdrawn_at, timing.stage, now)


def _sample(
    start: int | None, end: int | None, withdrawn: int | None, stage: str | None, now: int
) -> Sample | None:
    if start is None or start > now:
        return None
    if end is not None:
        return Sample(end - start, Ending.ENDED) if start <= end <= now else None
    if stage == Stage.CLEARED:
        return None
    if stage == Stage.WITHDRAWN and withdrawn is not None:
        return Sample(max(withdrawn - start, 0), Ending.WITHDRAWN)
    return Sample(now - start, Ending.OPEN)
