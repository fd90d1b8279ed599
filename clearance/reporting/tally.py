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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, compress, count, repeat
from typing import TYPE_CHECKING, Any

from clearance.figures import durations, stages
from clearance.figures.durations import MIN_SAMPLE, Curve, Ending, Sample, Samples, Stratum
from clearance.figures.stages import Spent
from clearance.model import INTERVALS, RANK, Note, Stage, Timings, replace
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting import quality
from clearance.reporting.followed import Followed
from clearance.reporting.intervals import ANOMALIES, IN_ADVANCE, Intervals, Reader
from clearance.reporting.quality import Found
from clearance.reporting.query import DIMENSIONS, ReportQuery
from clearance.reporting.sums import Adder
from clearance.reporting.why import Collected
from clearance.stores.alike import Alike, of_timings

if TYPE_CHECKING:
    from clearance.figures.shapley import Entry

Group = tuple[str | None, ...]
"""The values of a report's dimensions, in order; None where a declaration has no value."""

_MAX_LONGEST = 10
"""How many of the longest declarations are listed."""
_STRATA = ("office", "transport_mode", "trade_mode")
"""Fields of ``Timings`` that the mix of two periods is compared by, behind the inspection and the
direction.
"""


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
    before the arrival that it starts with. ``drawn`` gives what another process drew. What is
    worked out of them is to be asked when all are counted.
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
        self.drawn: Callable[[PeriodGroup], list[float] | None] | None = None

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

    @property
    def gone(self) -> float:
        """The share of them that is withdrawn by ``tau``."""
        return self.curve.gone

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
        elsewhere = self.drawn(self) if self.drawn else None
        return elsewhere or durations.resampled(self.samples, self.tau, self.name)

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


class Counted(NamedTuple):
    """Declarations of a period and group that are counted as the same."""

    period: Period
    group: Group
    some: Alike


class _Candidate(NamedTuple):
    """A declaration that may be among the longest; times are Unix seconds."""

    seconds: int
    place: int
    timing: Timings
    start: int
    end: int


class _Longest:
    """The longest declarations of those that were offered, longest first."""

    def __init__(self) -> None:
        self.candidates: list[_Candidate] = []

    def offer(
        self,
        place: int,
        some: Alike,
        seconds: Sequence[int],
        spans: tuple[Sequence[int], Sequence[int]],
    ) -> None:
        """Takes those of a period that are among the longest so far."""
        full = len(self.candidates) == _MAX_LONGEST
        least = self.candidates[-1].seconds if full else 0
        lengths = zip(seconds, some.values("name"), count())
        new = heapq.nlargest(_MAX_LONGEST, (one for one in lengths if one[0] >= least))
        if new:
            starts, ends = spans
            self.candidates += [
                _Candidate(length, place, some.timing(n), starts[n], ends[n])
                for length, _, n in new
            ]
            self.candidates = heapq.nlargest(_MAX_LONGEST, self.candidates, key=_length)


def _length(candidate: _Candidate) -> tuple[int, str]:
    return candidate.seconds, candidate.timing.name


class Tally:
    """Timings sorted by period and group, and what is counted on the way.

    What explains a change is ``collected``, for the periods that it names.
    """

    def __init__(
        self, query: ReportQuery, some: Iterable[Alike], collected: Collected | None = None
    ) -> None:
        self.query = query
        self.anomalies: list[Anomaly] = []
        self.collected = collected or Collected.of(query)
        self.day_only: list[DayOnly] = []
        self._longest = _Longest()
        self._reader = Reader(query)
        self._told_by_hand = set(INTERVALS[query.interval])
        self._moment = query.moment if query.has_quality else None
        self._dimensions = [DIMENSIONS[name] for name in query.by]
        self._periods = query.needed
        self._starts = [int(period.start(query.zone).timestamp()) for period in self._periods]
        self._places = {period: place for place, period in enumerate(self._periods)}
        self._shown = {self._places[period] for period in query.periods}
        self._cells: dict[tuple[int, Group], PeriodGroup] = {}
        self._wholes: dict[int, PeriodGroup] = {}
        self._spent: list[dict[str, int]] = [{} for _ in self._periods]
        self._beyond: list[dict[str, int]] = [{} for _ in self._periods]
        self._part_ends = dict(self._same_parts())
        self._ends = self._counted_ends()
        self._bounds = sorted({*self._starts, *self._ends, *self._part_ends.values()})
        self._between = [(None, False), *map(self._placed, self._bounds)]
        self._in_part: list[Alike] = []
        self._part: Tally | None = None
        for one in some:
            list(self.each(one))

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
        return [self._long_case(candidate) for candidate in self._longest.candidates]

    @property
    def in_part(self) -> Sequence[Alike]:
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
        longest = max(whole.samples.ended, default=0)
        if min(whole.samples.open, default=longest) < longest:
            by_letter = self._redistributed(place, whole)
        else:
            n = len(whole.samples) * (1 - whole.gone)
            spent, beyond = self._spent[place], self._beyond[place]
            by_letter = {one: (spent[one] - beyond.get(one, 0)) / n for one in spent}
        return {stages.STAGE_OF_LETTER[letter]: mean for letter, mean in by_letter.items()}

    def _redistributed(self, place: int, whole: PeriodGroup) -> dict[str, float]:
        """The same by letters, where those that are open hand their weight on."""
        from clearance.figures import shapley

        entries: list[Entry] = [
            (sample, (), {}) for sample in whole.samples if sample.outcome is not Ending.ENDED
        ]
        cells = (cell for (there, _), cell in self._cells.items() if there == place)
        for ended in chain.from_iterable(cell.followed.ended for cell in cells):
            parts = stages.counted(ended.stays, self._reader.clock(ended.system))
            sample = Sample(sum(seconds for _, seconds in parts), Ending.ENDED)
            entries.append((sample, (), stages.by_letter(_upto(parts, whole.tau))))
        means: dict[str, float] = defaultdict(float)
        for one in shapley.weighted(entries, whole.tau):
            for letter, seconds in one.parts.items():
                means[letter] += one.weight * seconds
        return {letter: mean for letter, mean in means.items() if letter}

    def each(self, some: Alike) -> Iterator[Counted]:
        """Counts the declarations of needed periods one part after the other: those of a part are
        counted as the same. The others are passed over.
        """
        dated = self.query.dated(some)
        if dated is None:
            return
        slots = map(bisect_right, repeat(self._bounds), dated)
        for (slot, group), those in some.parted(zip(slots, self._groups(some), strict=False)):
            place, is_in_part = self._between[slot]
            if place is not None:
                if is_in_part:
                    self._in_part.append(those)
                for part in self._count(those, place, self._cell(place, group)):
                    yield Counted(self._periods[place], group, part)

    def add(self, timing: Timings) -> tuple[Period, Group] | None:
        """Counts one more declaration; the period and the group that it is in, if in any."""
        counted = chain.from_iterable(map(self.each, of_timings([timing])))
        return next(((one.period, one.group) for one in counted), None)

    def _groups(self, some: Alike) -> Iterable[Group]:
        """The group of each declaration."""
        if not self._dimensions:
            return repeat(())
        return zip(*(dimension.groups(some) for dimension in self._dimensions), strict=True)

    def _placed(self, at: int) -> tuple[int | None, bool]:
        """The place of the period that a moment lies in, or None; and whether it lies in a part
        that another is compared with.
        """
        place = bisect_right(self._starts, at) - 1
        if place < 0 or at >= self._ends[place]:
            return None, False
        return place, at < self._part_ends.get(place, at)

    def _cell(self, place: int, group: Group) -> PeriodGroup:
        if (cell := self._cells.get((place, group))) is None:
            cell = PeriodGroup(self._seed(place, group), self.query.tau)
            cell.followed.office = self.query.calendar_of
            cell.from_arrival = self._reader.from_arrival
            self._cells[place, group] = cell
        return cell

    def _seed(self, place: int, group: Group) -> str:
        """What the bootstrap of a period and group begins with."""
        values = ",".join("?" if value is None else f"={value}" for value in group)
        return f"{self.query.interval} {self._periods[place]} {values}"

    def _count(self, some: Alike, place: int, cell: PeriodGroup) -> Iterator[Alike]:
        """Counts declarations, and their times, part by part."""
        if not self._reader.applies(some):
            cell.inapplicable += len(some)
            self._follow(some, cell)
            if place in self._shown and self._reader.are_known_by_their_day(some):
                period = str(self._periods[place])
                self.day_only += [DayOnly(period, name) for name in some.values("name")]
            yield some
            return
        for fate, those in some.parted(self._reader.fates(some)):
            if fate == IN_ADVANCE:
                cell.in_advance += len(those)
                self._follow(those, cell)
                yield those
            elif fate:
                self._exclude(those, place, cell, ANOMALIES[fate])
                yield those
            else:
                for part in self._reader.intervals(those, cell.years_without_calendar):
                    self._include(part, place, cell)
                    yield part.some

    def _exclude(self, some: Alike, place: int, cell: PeriodGroup, why: Note) -> None:
        """Counts declarations with impossible times."""
        self._add(some, place, cell)
        cell.anomalous += len(some)
        if place in self._shown:
            period = str(self._periods[place])
            self.anomalies += [Anomaly(period, name, why) for name in some.values("name")]

    def _include(self, part: Intervals, place: int, cell: PeriodGroup) -> None:
        """Counts declarations, and takes their times, unless a year has no calendar."""
        some = part.some
        self._add(some, place, cell)
        self._follow(some, cell)
        cell.by_hand += len(some) * self._is_by_hand(some.one("by_hand"))
        if part.ending is Ending.ENDED:
            cell.closed += len(some)
        elif part.ending is Ending.WITHDRAWN:
            cell.withdrawn += len(some)
        else:
            cell.open += len(some)
            cell.put_away += len(some) * bool(some.column("put_away_at"))
        if part.seconds:
            self._measure(part, part.seconds, place, cell)

    def _add(self, some: Alike, place: int, cell: PeriodGroup) -> None:
        """Counts what was returned, and adds up what is declared."""
        cell.returned += len(some) * bool(some.one("returned"))
        if place in self._shown:
            cell.sums.add(some)

    def _follow(self, some: Alike, cell: PeriodGroup) -> None:
        """Counts how well declarations went, if the report says that."""
        if self._moment is not None:
            cell.followed.add(some, self._moment)

    def _is_by_hand(self, told: str) -> bool:
        """Whether only people tell the beginning or the end of the interval."""
        return not self._told_by_hand.isdisjoint(told.split(","))

    def _measure(
        self, part: Intervals, seconds: Sequence[int], place: int, cell: PeriodGroup
    ) -> None:
        """Takes the times of intervals by the clock."""
        some, ending, starts, untils, _ = part
        for stratum, times in _by_stratum(some, seconds).items():
            cell.mix[stratum].extend(times, ending)
        spent = self._spend(part, place, cell) if ending is Ending.ENDED else []
        period = self._periods[place]
        if self.collected:
            self.collected.add(period, part, spent)
        if place in self._shown and ending is not Ending.WITHDRAWN:
            self._longest.offer(place, some, seconds, (starts, untils))

    def _spend(self, part: Intervals, place: int, cell: PeriodGroup) -> list[Spent]:
        """Adds the times of closed declarations to their stages, and returns them."""
        some, _, starts, ends, _ = part
        since = some.column("first_declared_at") or starts
        stays = stages.stays(some.letters, some.steps, since, starts, ends)
        system = some.one("system")
        cell.followed.ended.extend(stays, system)
        spent = list(stages.spent(stays, self._reader.clock(system)))
        _add_up(self._spent[place], ((one.letter, one.seconds) for one in spent))
        long = [end - start > cell.tau for start, end in zip(starts, ends, strict=True)]
        for moments in compress(zip(*stays.moments, strict=True), long):
            own = stages.of_one(stays.letters, moments)
            parts = stages.counted(own, self._reader.clock(system))
            _add_up(self._beyond[place], _beyond(parts, cell.tau))
        return spent

    def _long_case(self, candidate: _Candidate) -> LongCase:
        timing, parts = candidate.timing, Counter[Stage]()
        start, end = candidate.start, candidate.end
        since = start if timing.first_declared_at is None else timing.first_declared_at
        clock = self._reader.clock(timing.system)
        for letter, seconds in stages.parts(timing.path, since, start, end, clock):
            parts[stages.STAGE_OF_LETTER[letter]] += seconds
        return LongCase(
            candidate.seconds,
            timing.name,
            str(self._periods[candidate.place]),
            datetime.fromtimestamp(timing.declared_at or start, self.query.zone),
            tuple(sorted(parts.items(), key=lambda part: (-part[1], RANK[part[0]]))),
            getattr(timing, INTERVALS[self.query.interval][1]) is None,
            timing.returned,
            timing.guaranteed,
            timing.put_away_at is not None,
            self._is_by_hand(timing.by_hand),
        )


def _add_up(sums: dict[str, int], more: Iterable[tuple[str, int]]) -> None:
    """Adds seconds to sums, by the letters of stages."""
    for letter, seconds in more:
        if seconds:
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


def _by_stratum(some: Alike, seconds: Iterable[int]) -> Mapping[Stratum, list[int]]:
    """Times of declarations by the characteristics that the mix of two periods is compared by."""
    inspected, direction = some.column("examined_from") is not None, some.one("direction")
    strata = zip(repeat(inspected), repeat(direction), *map(some.values, _STRATA), strict=False)
    found: dict[Stratum, list[int]] = defaultdict(list)
    for stratum, each in zip(strata, seconds, strict=False):
        found[stratum].append(each)
    return found


def _none_last(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in group)
