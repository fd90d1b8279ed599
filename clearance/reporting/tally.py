"""The timings of declarations, sorted by period and group and counted in one pass.

A declaration belongs to the period of its declaration date (that of its last submission which was
not returned), or in the cohort ``closed`` to the period of its closure, in the report's zone. One
whose messages never start the interval is left out: no inspection ordered is not an inspection
still open; nor did a declaration before the arrival take any time from there. An interval that ends
before it begins, a closure before the declaration, or a time in the future is an anomaly: it is
counted and listed, and is in no figure.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from clearance.errors import NoCalendar
from clearance.figures import durations, shapley, stages
from clearance.figures.durations import MIN_SAMPLE, Curve, Ending, Sample, Samples, Stratum
from clearance.figures.stages import Clock
from clearance.model import INTERVALS, RANK, Note, Stage, Timings, replace
from clearance.periods import Period
from clearance.reporting import quality
from clearance.reporting.followed import ONLY_OF, Followed
from clearance.reporting.quality import Found
from clearance.reporting.query import DIMENSIONS, ReportQuery
from clearance.reporting.sums import Adder
from clearance.reporting.why import Collected

Group = tuple[str | None, ...]
"""The values of a report's dimensions, in order; None where a declaration has no value."""

_MAX_LONGEST = 10
"""How many of the longest declarations are listed."""
_MAX_CANDIDATES = 100
"""How many candidates for the longest are kept before the shorter ones are dropped."""
_IN_THE_FUTURE = Note.of("in_the_future")
_ENDS_BEFORE_IT_BEGINS = Note.of("ends_before_it_begins")
_CLOSED_BEFORE_IT_WAS_DECLARED = Note.of("closed_before_it_was_declared")
_CLOSED_BEFORE_IT_WAS_ACCEPTED = Note.of("closed_before_it_was_accepted")


class LongCase(NamedTuple):
    """One of the longest declarations: its seconds in all, and in each stage, longest first."""

    seconds: int
    reference: str
    period: str
    declared_at: datetime
    parts: tuple[tuple[Stage, int], ...]
    open: bool
    returned: bool
    guaranteed: bool
    put_away: bool = False
    by_hand: bool = False


class Anomaly(NamedTuple):
    """A declaration with impossible times, and why they are."""

    period: str
    reference: str
    why: Note


class DayOnly(NamedTuple):
    """A declaration of which only the day is known: it is in its period, and in no time."""

    period: str
    reference: str


class PeriodTotals(NamedTuple):
    """The closed declarations of a period: how many, and their seconds in each stage.

    ``complete``: no year of theirs lacks a calendar.
    """

    closed: int
    seconds: dict[Stage, int]
    complete: bool

    def stage_mean(self, stage: Stage) -> float:
        """Mean seconds in a stage, of all closed declarations."""
        return self.seconds.get(stage, 0) / self.closed


class PeriodGroup:
    """The declarations of one period and group; ``name`` seeds the bootstrap.

    ``tau`` is how far the restricted mean reaches, in seconds; ``mix`` has the times known, by what
    declarations have in common. Of the open ones ``put_away`` were put away by people, and were
    looked at until then. Of ``by_hand`` only people tell an end of the interval. ``inapplicable``
    counts those whose messages never start the interval, ``in_advance`` those that were declared
    before the arrival that it starts with. What is worked out of them is to be asked when all are
    counted.
    """

    def __init__(self, name: str, tau: int) -> None:
        self.name = name
        self.tau = tau
        self.mix: dict[Stratum, Samples] = defaultdict(Samples)
        self.closed = self.open = self.withdrawn = self.returned = self.anomalous = 0
        self.put_away = self.by_hand = self.inapplicable = self.in_advance = 0
        self.from_arrival = False
        self.sums = Adder()
        self.followed = Followed()
        self.years_without_calendar: set[int] = set()
        self.timed: dict[str, tuple[Found, Any]] | None = None

    @cached_property
    def found(self) -> dict[str, Found]:
        """Their figures of quality, by name."""
        return quality.found(self.followed.counted)

    @property
    def declared(self) -> int:
        """How many declarations there are."""
        return self.closed + self.open + self.withdrawn + self.anomalous

    @cached_property
    def curve(self) -> Curve:
        """The curve of their times."""
        return durations.curve(self.samples, self.tau)

    @cached_property
    def gone(self) -> float:
        """The share of them that is withdrawn by ``tau``."""
        return self.curve.gone

    def release(self) -> None:
        """Gives the memory of the curve back; it is made again where it is asked for."""
        if curve := vars(self).pop("curve", None):
            self.gone = curve.gone

    @property
    def samples(self) -> Samples:
        """Their times."""
        samples = Samples()
        for some in self.mix.values():
            samples += some
        return samples

    @property
    def standing(self) -> int:
        """How many times are known of declarations that are not withdrawn."""
        return sum(some.standing for some in self.mix.values())

    @cached_property
    def rmst(self) -> float:
        """Their restricted mean in seconds."""
        return self.curve.rmst

    @cached_property
    def rmst_variance(self) -> float:
        """The variance of the restricted mean, in square seconds."""
        return self.curve.rmst_variance

    @cached_property
    def resampled(self) -> list[float]:
        """Restricted means of resamples, drawn once however often they are compared."""
        return durations.resampled(self.samples, self.tau, self.name)

    @property
    def reason_withheld(self) -> Note | None:
        """Why no figure of the times can be given, or None."""
        if self.standing < MIN_SAMPLE:
            return self.no_calendar or Note.of("too_few", n=self.standing)
        return self.no_calendar

    @property
    def no_calendar(self) -> Note | None:
        """The years of theirs that have no calendar, or None."""
        years = sorted(self.years_without_calendar)
        return Note.of("no_calendar", years=years) if years else None


class _Candidate(NamedTuple):
    """A declaration that may be among the longest; times are Unix seconds."""

    seconds: int
    place: int
    timing: Timings
    start: int
    end: int


class _Longest:
    """The longest declarations of those that were offered."""

    def __init__(self) -> None:
        self._candidates: list[_Candidate] = []
        self.least_seconds = 0

    def add(self, candidate: _Candidate) -> None:
        """Takes a candidate of at least ``least_seconds``, until enough longer ones are known."""
        self._candidates.append(candidate)
        if len(self._candidates) > _MAX_CANDIDATES:
            self._candidates = self.ordered()
            self.least_seconds = self._candidates[-1].seconds

    def ordered(self) -> list[_Candidate]:
        """The longest, longest first."""
        return heapq.nlargest(_MAX_LONGEST, self._candidates, key=_length)


def _length(candidate: _Candidate) -> tuple[int, str]:
    return candidate.seconds, candidate.timing.name


class Tally:
    """Timings sorted by period and group, and what is counted on the way.

    What explains a change is ``collected``, for the periods that it names.
    """

    def __init__(
        self, query: ReportQuery, timings: Iterable[Timings], collected: Collected | None = None
    ) -> None:
        self.query = query
        self.anomalies: list[Anomaly] = []
        self.collected = collected or Collected.of(query)
        self.day_only: list[DayOnly] = []
        self._longest = _Longest()
        self._from_arrival = INTERVALS[query.interval][0] == "arrived_at"
        self._now = int(query.as_of.timestamp())
        self._told_by_hand = set(INTERVALS[query.interval])
        self._moment = query.moment if query.has_quality else None
        self._only_of = ONLY_OF.get(query.interval)
        self._dated = attrgetter("cleared_at" if query.cohort == "closed" else "counted_at")
        self._grouped = _grouping(query.by)
        self._periods = query.needed
        self._starts = [int(period.start(query.zone).timestamp()) for period in self._periods]
        self._places = {period: place for place, period in enumerate(self._periods)}
        self._explained = self._entries()
        self._shown = {self._places[period] for period in query.periods}
        self._cells: dict[tuple[int, Group], PeriodGroup] = {}
        self._wholes: dict[int, PeriodGroup] = {}
        self._spent: list[dict[str, int]] = [{} for _ in self._periods]
        self._beyond: list[dict[str, int]] = [{} for _ in self._periods]
        self._part_ends = dict(self._same_parts())
        self._ends = self._counted_ends()
        self._in_part: list[Timings] = []
        self._part: Tally | None = None
        self._sort(timings)

    def _entries(self) -> dict[int, list[shapley.Entry]]:
        """Where the declarations of the two periods go that ``collected`` has, by place."""
        if self.collected is None:
            return {}
        return {self._places[period]: some for period, some in self.collected.entries.items()}

    def _same_parts(self) -> Iterator[tuple[int, int]]:
        """The places of periods of which only a part is compared, each with its end."""
        for period in self.query.periods:
            end = self.query.same_part(period)
            if end is not None:
                yield self._places[self.query.before(period)], int(end.timestamp())

    def _counted_ends(self) -> list[int]:
        """Up to when each period counts, in Unix seconds: its end, or that of its part.

        Of a period that is shown all counts; one that is only compared with counts as far as that.
        """
        zone = self.query.zone
        ends = [int(period.next.start(zone).timestamp()) for period in self._periods]
        only_in_part = ((at, end) for at, end in self._part_ends.items() if at not in self._shown)
        for place, end in only_in_part:
            ends[place] = end
        return ends

    @property
    def groups(self) -> list[Group]:
        """The groups of the periods shown, in order, those without a value last."""
        groups = {group for place, group in self._cells if place in self._shown}
        return sorted(groups, key=_none_last) or [(None,) * len(self.query.by)]

    @property
    def longest(self) -> list[LongCase]:
        """The longest declarations of the periods shown, longest first."""
        return [self._long_case(candidate) for candidate in self._longest.ordered()]

    @property
    def in_part(self) -> Sequence[Timings]:
        """The declarations of the part of a period that a running one is compared with."""
        return self._in_part

    def earlier(self, period: Period) -> tuple[Tally, Period]:
        """The period that another is compared with, and the tally that has what is compared of it.

        Of what a running period is compared with, that is only the same part; where all of it is
        shown, another tally has its part.
        """
        before = self.query.before(period)
        if self.query.same_part(period) is None or self._places[before] not in self._shown:
            return self, before
        if self._part is None:
            query = replace(self.query, periods=[before], why=False)
            self._part = Tally(query, self._in_part)
        return self._part, before

    def cell(self, period: Period, group: Group) -> PeriodGroup:
        """The declarations of a period and group; empty for a period that was not sorted."""
        place = self._places.get(period)
        return PeriodGroup("", self.query.tau) if place is None else self._cell(place, group)

    def whole(self, period: Period) -> PeriodGroup:
        """The declarations of a period, of all groups."""
        place = self._places[period]
        if not self.query.by:
            return self._cell(place, ())
        if place not in self._wholes:
            whole = self._wholes[place] = PeriodGroup(self._seed(place, ()), self.query.tau)
            for (there, _), cell in self._cells.items():
                if there == place:
                    for stratum, samples in cell.mix.items():
                        whole.mix[stratum] += samples
                    whole.years_without_calendar |= cell.years_without_calendar
        return self._wholes[place]

    def release(self, but: Period) -> None:
        """Gives the memory of the curves of all periods but one back."""
        kept = self._places[but]
        for (place, _), cell in self._cells.items():
            if place != kept:
                cell.release()

    def totals(self, period: Period) -> PeriodTotals:
        """The closed declarations of all groups of a period."""
        place = self._places[period]
        cells = [cell for (there, _), cell in self._cells.items() if there == place]
        spent = self._spent[place].items()
        return PeriodTotals(
            closed=sum(cell.closed for cell in cells),
            seconds={stages.STAGE_OF_LETTER[letter]: seconds for letter, seconds in spent},
            complete=not any(cell.years_without_calendar for cell in cells),
        )

    def restricted(self, period: Period) -> dict[Stage, float]:
        """Seconds of a period's restricted mean in each stage; what has not ended is in none."""
        place, whole = self._places[period], self.whole(period)
        if min(whole.samples.open, default=whole.tau) < whole.tau:
            by_letter = self._redistributed(place, whole)
        else:
            n = len(whole.samples) * (1 - whole.gone)
            spent, beyond = self._spent[place], self._beyond[place]
            by_letter = {one: (spent[one] - beyond.get(one, 0)) / n for one in spent}
        return {stages.STAGE_OF_LETTER[letter]: mean for letter, mean in by_letter.items()}

    def _redistributed(self, place: int, whole: PeriodGroup) -> dict[str, float]:
        """The same by letters, where those that are open hand their weight on."""
        entries: list[shapley.Entry] = [
            (sample, (), {}) for sample in whole.samples if sample.outcome is not Ending.ENDED
        ]
        cells = (cell for (there, _), cell in self._cells.items() if there == place)
        for ended in chain.from_iterable(cell.followed.ended for cell in cells):
            stays = stages.stays(ended.path, ended.since, ended.start, ended.end)
            parts = stages.counted(stays, self._clock(ended.system))
            sample = Sample(sum(seconds for _, seconds in parts), Ending.ENDED)
            entries.append((sample, (), stages.by_letter(_upto(parts, whole.tau))))
        means: dict[str, float] = defaultdict(float)
        for one in shapley.weighted(entries, whole.tau):
            for letter, seconds in one.parts.items():
                means[letter] += one.weight * seconds
        return {letter: mean for letter, mean in means.items() if letter}

    def add(self, timing: Timings) -> tuple[Period, Group] | None:
        """Counts one more declaration; the period and the group that it is in, if in any."""
        self._sort([timing])
        place = self._place(self._dated(timing))
        return None if place is None else (self._periods[place], self._grouped(timing))

    def _sort(self, timings: Iterable[Timings]) -> None:
        """Counts every declaration of a needed period; passes over the others."""
        begin, end = (_milestone(name) for name in INTERVALS[self.query.interval])
        dated, group = self._dated, self._grouped
        for timing in timings:
            at = dated(timing)
            place = self._place(at)
            if place is not None:
                if place in self._part_ends and at < self._part_ends[place]:
                    self._in_part.append(timing)
                cell = self._cell(place, group(timing))
                self._take(timing, place, cell, begin(timing), end(timing))

    def _place(self, at: int | None) -> int | None:
        """The place of the period that a moment lies in, or None."""
        if at is None:
            return None
        place = bisect_right(self._starts, at) - 1
        return place if place >= 0 and at < self._ends[place] else None

    def _cell(self, place: int, group: Group) -> PeriodGroup:
        if (cell := self._cells.get((place, group))) is None:
            cell = PeriodGroup(self._seed(place, group), self.query.tau)
            cell.followed.office = self.query.calendar_of
            cell.from_arrival = self._from_arrival
            self._cells[place, group] = cell
        return cell

    def _seed(self, place: int, group: Group) -> str:
        """What the bootstrap of a period and group begins with."""
        values = ",".join("?" if value is None else f"={value}" for value in group)
        return f"{self.query.interval} {self._periods[place]} {values}"

    def _take(
        self, timing: Timings, place: int, cell: PeriodGroup, start: int | None, end: int | None
    ) -> None:
        """Counts a declaration and its time between two milestones, in Unix seconds.

        It has no such time if it never reached the first, was cleared without the second, or if the
        time is one of goods that go the other way.
        """
        wrong_way = self._only_of not in (None, timing.direction)
        if start is None or wrong_way or (end is None and timing.stage == Stage.CLEARED):
            cell.inapplicable += 1
            self._count(timing, cell)
            if place in self._shown and _is_known_by_its_day(timing, start):
                self.day_only.append(DayOnly(str(self._periods[place]), timing.name))
            return
        if self._from_arrival and end is not None and end < start <= self._now:
            cell.in_advance += 1
            self._count(timing, cell)
            return
        cell.returned += timing.returned
        if place in self._shown:
            cell.sums.add(timing)
        if why := self._anomaly(timing, start, end):
            self._exclude(timing, place, cell, why)
        else:
            self._count(timing, cell)
            ending, until = self._end(timing, cell, start, end)
            if timing.by_hand:
                cell.by_hand += self._is_by_hand(timing)
            self._measure(timing, place, cell, start, until, ending)

    def _count(self, timing: Timings, cell: PeriodGroup) -> None:
        """Counts how well a declaration went, if the report says that."""
        if self._moment is not None:
            cell.followed.add(timing, self._moment)

    def _exclude(self, timing: Timings, place: int, cell: PeriodGroup, why: Note) -> None:
        cell.anomalous += 1
        if place in self._shown:
            self.anomalies.append(Anomaly(str(self._periods[place]), timing.name, why))

    def _end(
        self, timing: Timings, cell: PeriodGroup, start: int, end: int | None
    ) -> tuple[Ending, int]:
        """Counts how an interval ends, and says until when its time counts."""
        if end is not None:
            cell.closed += 1
            return Ending.ENDED, end
        if timing.stage == Stage.WITHDRAWN and timing.withdrawn_at is not None:
            cell.withdrawn += 1
            return Ending.WITHDRAWN, max(timing.withdrawn_at, start)
        cell.open += 1
        if timing.put_away_at is None:
            return Ending.OPEN, self._now
        cell.put_away += 1
        return Ending.OPEN, max(start, min(timing.put_away_at, self._now))

    def _is_by_hand(self, timing: Timings) -> bool:
        """Whether only people tell the beginning or the end of the interval."""
        return not self._told_by_hand.isdisjoint(timing.by_hand.split(","))

    def _measure(
        self,
        timing: Timings,
        place: int,
        cell: PeriodGroup,
        start: int,
        until: int,
        ending: Ending,
    ) -> None:
        """Takes the time of an interval by the clock, unless a year has no calendar."""
        try:
            clock = self._clock(timing.system)
            seconds = clock(start, until) if clock else until - start
            ended = ending is Ending.ENDED
            spent = self._spend(timing, place, cell, start, until, clock) if ended else {}
        except NoCalendar as error:
            cell.years_without_calendar.add(error.year)
            return
        cell.mix[_stratum(timing)].add(seconds, ending)
        if self.collected and place in self._explained:
            entry = self.collected.entry(timing, Sample(seconds, ending), spent)
            self._explained[place].append(entry)
        among_longest = seconds >= self._longest.least_seconds and ending is not Ending.WITHDRAWN
        if among_longest and place in self._shown:
            self._longest.add(_Candidate(seconds, place, timing, start, until))

    def _spend(
        self,
        timing: Timings,
        place: int,
        cell: PeriodGroup,
        start: int,
        end: int,
        clock: Clock | None,
    ) -> dict[str, int]:
        """Adds the time of a closed declaration to its stages, and returns it by their letters."""
        since = start if timing.first_declared_at is None else timing.first_declared_at
        stays = stages.stays(timing.path, since, start, end)
        spent = stages.seconds(stays, clock)
        _add_up(self._spent[place], spent)
        if end - start > cell.tau:
            beyond = _beyond(stages.counted(stays, clock), cell.tau)
            _add_up(self._beyond[place], stages.by_letter(beyond))
        cell.followed.ended.add(start, end, since, timing.path, timing.system)
        return spent

    def _anomaly(self, timing: Timings, start: int, end: int | None) -> Note | None:
        if start > self._now or (end is not None and end > self._now):
            return _IN_THE_FUTURE
        if end is not None and end < start:
            return _ENDS_BEFORE_IT_BEGINS
        closed = timing.cleared_at
        if closed is None:
            return None
        if timing.declared_at is not None and closed < timing.declared_at:
            return _CLOSED_BEFORE_IT_WAS_DECLARED
        if timing.accepted_at is not None and closed < timing.accepted_at:
            return _CLOSED_BEFORE_IT_WAS_ACCEPTED
        return None

    def _parts(self, timing: Timings, start: int, end: int) -> list[tuple[str, int]]:
        since = start if timing.first_declared_at is None else timing.first_declared_at
        return stages.parts(timing.path, since, start, end, self._clock(timing.system))

    def _clock(self, system: str) -> Clock | None:
        """What counts the seconds of a declaration: working time is that of its customs system."""
        if self.query.calendar is None:
            return None
        own = self.query.calendar_of
        return (own(system) if own else self.query.calendar).between

    def _long_case(self, candidate: _Candidate) -> LongCase:
        timing, parts = candidate.timing, Counter[Stage]()
        for letter, seconds in self._parts(timing, candidate.start, candidate.end):
            parts[stages.STAGE_OF_LETTER[letter]] += seconds
        end = _milestone(INTERVALS[self.query.interval][1])
        return LongCase(
            candidate.seconds,
            timing.name,
            str(self._periods[candidate.place]),
            datetime.fromtimestamp(timing.declared_at or candidate.start, self.query.zone),
            tuple(sorted(parts.items(), key=lambda part: (-part[1], RANK[part[0]]))),
            end(timing) is None,
            timing.returned,
            timing.guaranteed,
            timing.put_away_at is not None,
            self._is_by_hand(timing),
        )


def _grouping(by: Sequence[str]) -> Callable[[Timings], Group]:
    """Reads the group of a declaration."""
    dimensions = [DIMENSIONS[name] for name in by]
    if not dimensions:
        return lambda _: ()
    return lambda timing: tuple([dimension(timing) for dimension in dimensions])


def _milestone(name: str) -> Callable[[Timings], int | None]:
    """Reads a milestone."""
    return attrgetter(name)


def _is_known_by_its_day(timing: Timings, start: int | None) -> bool:
    """Whether an interval has no beginning since customs wrote the day of the declaration only."""
    return start is None and timing.declared_at is None and timing.dated_at is not None


def _add_up(sums: dict[str, int], more: dict[str, int]) -> None:
    """Adds seconds to sums, by the letters of stages."""
    for letter, seconds in more.items():
        sums[letter] = sums.get(letter, 0) + seconds


def _upto(parts: Iterable[tuple[str, int]], limit: int) -> Iterator[tuple[str, int]]:
    """Stages in order of time, up to so many seconds in all."""
    for letter, seconds in parts:
        yield letter, min(seconds, limit)
        limit -= min(seconds, limit)


def _beyond(parts: Sequence[tuple[str, int]], limit: int) -> Iterator[tuple[str, int]]:
    """What ``_upto`` leaves out."""
    for (letter, seconds), (_, within) in zip(parts, _upto(parts, limit), strict=True):
        yield letter, seconds - within


def _stratum(timing: Timings) -> Stratum:
    """The characteristics that the mix of two periods is compared by."""
    inspected = timing.examined_from is not None
    return (
        inspected, timing.direction, timing.office, timing.transport_mode, timing.trade_mode
    )  # fmt: skip


def _none_last(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in group)
