"""Durations per period: passages through customs in, a ``Report`` out. Nothing here formats.

A declaration belongs to the period it was declared in (of its last sending that was not returned),
or in the cohort ``closed`` to the one it was closed in, in the report's zone. Only those count that
the messages tell the interval of: an inspection that was never ordered is not one that is open.

Declared = closed + open + withdrawn + anomalous; returned overlaps. An interval that ends before it
begins, a closure before the declaration, a time in the future is anomalous: counted, listed, and
left out of every figure. A figure that cannot be given honestly is None, and ``notes`` says why
under its name; a note under a figure that is there says what to bear in mind.

The change of the restricted mean is told with a 95 % interval, and beside it as it would be with
the mix of the earlier period, so that more of the easy cargo is not called a speed-up.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from clearance.calendar import Calendar
from clearance.errors import BadArgument, NoCalendar
from clearance.figures import durations, stages
from clearance.figures.durations import MIN_SAMPLE, Curve, Ending, Sample, Stratum
from clearance.figures.stages import Clock
from clearance.model import INTERVALS, RANK, Note, Stage, Timings
from clearance.periods import Period

Dimension = Callable[[Timings], str | None]

DIMENSIONS: dict[str, Dimension] = {
    "office": lambda timing: timing.office,
    "direction": lambda timing: timing.direction,
    "transport_mode": lambda timing: timing.transport_mode,
    "trade_mode": lambda timing: timing.trade_mode,
    "broker": lambda timing: timing.agent,
    "trader": lambda timing: timing.trader,
    "inspected": lambda timing: "no" if timing.examined_from is None else "yes",
    "guarantee": lambda timing: "yes" if timing.guaranteed else "no",
    "hs_chapter": lambda timing: timing.hs_code and timing.hs_code[:2],
    "country": lambda timing: timing.country,
}
"""What a report can be broken down by; None is a group of its own, unknown."""

COHORTS = ("declared", "closed")
CLOCKS = ("elapsed", "working")
COMPARE = ("previous", "year-ago")
TAU_DAYS = 30
"""Days that the restricted mean goes up to; working days by the working clock."""
WITHIN_DAYS = (1, 3, 7, 14, 30)
PERCENTILES = {
    "median": Fraction(1, 2),
    "p75": Fraction(3, 4),
    "p90": Fraction(9, 10),
    "p95": Fraction(19, 20),
}
MAX_LONGEST = 10
IMMATURE = 0.01
"""A period is immature while more than this share of it is open."""

_DAY = 86400
_KEPT_DAYS = 100
"""How many are kept before all but the longest are let go."""
Group = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How the restricted mean differs from that of an earlier period: ratios are new / old − 1."""

    since: str
    rmst_difference: float | None
    rmst_ratio: float | None
    ci95: tuple[float, float] | None
    mix_adjusted_ratio: float | None
    verdict: str | None
    """``faster``, ``slower``, ``no clear change`` or ``too few``; None where no time is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One period and group. Times are seconds; counts are declarations; ``within`` are shares."""

    period: str
    group: dict[str, str | None]
    declared: int
    closed: int
    open: int
    returned: int
    withdrawn: int
    anomalous: int
    mean_closed: float | None
    median: int | None
    rmst: float | None
    tau: int
    p75: int | None
    p90: int | None
    p95: int | None
    within: dict[int, float | None] | None
    change: Change
    notes: dict[str, Note]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageShare:
    """What one stage took of the time of all that were closed: seconds in all, and on average."""

    period: str
    stage: Stage
    owner: str
    seconds: int
    mean: float
    share: float
    share_of_change: float | None
    notes: dict[str, Note]


class LongCase(NamedTuple):
    """One of the longest, and what it was long in."""

    seconds: int
    reference: str
    period: str
    declared_at: datetime
    parts: tuple[tuple[Stage, int], ...]
    """Seconds in each stage, the longest first."""
    open: bool
    returned: bool
    guaranteed: bool


class Anomaly(NamedTuple):
    """A declaration whose times cannot be, and why."""

    period: str
    reference: str
    why: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """What a report is about. Without a calendar the clock is the elapsed time."""

    periods: Sequence[Period]
    zone: tzinfo
    as_of: datetime
    by: tuple[str, ...] = ()
    interval: str = "declare-close"
    cohort: str = "declared"
    compare: str = "previous"
    calendar: Calendar | None = None

    def __post_init__(self) -> None:
        if wrong := [name for name in self.by if name not in DIMENSIONS]:
            there = ", ".join(DIMENSIONS)
            raise BadArgument(f"--by {wrong[0]}: there is no such dimension; there are {there}")
        choices = {"interval": tuple(INTERVALS), "cohort": COHORTS, "compare": COMPARE}
        for option, choice in choices.items():
            if (written := getattr(self, option)) not in choice:
                raise BadArgument(f"--{option} {written}: choose {', '.join(choice)}")

    @property
    def clock(self) -> str:
        """The name of the clock."""
        return "working" if self.calendar else "elapsed"

    @property
    def day(self) -> int:
        """Seconds of a day by the clock."""
        return self.calendar.day if self.calendar else _DAY

    @property
    def tau(self) -> int:
        """What the restricted mean goes up to, in seconds."""
        return TAU_DAYS * self.day

    def before(self, period: Period) -> Period:
        """The period that one is compared with."""
        return period.shifted(-1 if self.compare == "previous" else -period.PER_YEAR)

    @property
    def needed(self) -> list[Period]:
        """The periods shown and those they are compared with, in order."""
        return sorted({*self.periods, *map(self.before, self.periods)})

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """From when to when they last, neighbours as one."""
        spans: list[tuple[datetime, datetime]] = []
        for period in self.needed:
            start, end = period.start(self.zone), period.next.start(self.zone)
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            spans.append((start, end))
        return spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Durations of one interval per period and group, periods in order, groups in order."""

    as_of: datetime
    interval: str
    cohort: str
    clock: str
    zone: tzinfo
    every: str
    by: tuple[str, ...]
    tau: int
    day: int
    rows: tuple[Row, ...]
    stages: tuple[StageShare, ...]
    longest: tuple[LongCase, ...]
    anomalies: tuple[Anomaly, ...]


def build(
    timings: Iterable[Timings],
    periods: Sequence[Period],
    zone: tzinfo,
    as_of: datetime,
    *,
    by: Sequence[str] = (),
    interval: str = "declare-close",
    cohort: str = "declared",
    compare: str = "previous",
    calendar: Calendar | None = None,
) -> Report:
    """Times of an interval over periods, as known at ``as_of``.

    Passages of other periods than those shown and compared are passed over. With a calendar times
    are working times. Raises BadArgument for a dimension, an interval, a cohort or a comparison
    that there is not.
    """
    asked = ReportQuery(
        periods=periods,
        zone=zone,
        as_of=as_of,
        by=tuple(dict.fromkeys(by)),
        interval=interval,
        cohort=cohort,
        compare=compare,
        calendar=calendar,
    )
    return compile_report(asked, Tally(asked, timings))


def compile_report(asked: ReportQuery, collected: Tally) -> Report:
    """The report of what was collected."""
    return Report(
        as_of=asked.as_of,
        interval=asked.interval,
        cohort=asked.cohort,
        clock=asked.clock,
        zone=asked.zone,
        every=type(asked.periods[0]).__name__.lower(),
        by=asked.by,
        tau=asked.tau,
        day=asked.day,
        rows=tuple(
            row(asked, collected, period, group)
            for period in asked.periods
            for group in collected.groups
        ),
        stages=tuple(_stage_shares(asked, collected)),
        longest=tuple(map(collected.explained, collected.longest)),
        anomalies=tuple(sorted(collected.anomalies, key=_by_reference)),
    )


def _by_reference(anomaly: Anomaly) -> tuple[str, str, str]:
    return anomaly.period, anomaly.reference, anomaly.why.key


# Collecting


@dataclass(slots=True)
class Cell:
    """The declarations of one period and group. ``unknown`` are years without a calendar."""

    name: str
    samples: list[Sample] = field(default_factory=list)
    strata: list[Stratum] = field(default_factory=list)
    closed: int = 0
    open: int = 0
    withdrawn: int = 0
    returned: int = 0
    anomalous: int = 0
    inapplicable: int = 0
    years_without_calendar: set[int] = field(default_factory=set)
    _mix: dict[Stratum, list[Sample]] | None = None
    _curve: Curve | None = None
    _rmst: float | None = None
    _variance: float | None = None
    _resampled: list[float] | None = None

    @property
    def declared(self) -> int:
        """How many there are."""
        return self.closed + self.open + self.withdrawn + self.anomalous

    @property
    def curve(self) -> Curve:
        """Their curve."""
        if self._curve is None:
            self._curve = durations.curve(self.samples)
        return self._curve

    @property
    def mix(self) -> dict[Stratum, list[Sample]]:
        """Their samples by stratum."""
        if self._mix is None:
            found: dict[Stratum, list[Sample]] = defaultdict(list)
            for key, sample in zip(self.strata, self.samples, strict=True):
                found[key].append(sample)
            self._mix = found
        return self._mix

    def rmst(self, tau: int) -> float:
        """Their restricted mean."""
        if self._rmst is None:
            self._rmst = self.curve.rmst(tau)
        return self._rmst

    def rmst_variance(self, tau: int) -> float:
        """Its variance."""
        if self._variance is None:
            self._variance = self.curve.rmst_variance(tau)
        return self._variance

    def resampled(self, tau: int) -> list[float]:
        """Restricted means of resamples, drawn once however often they are compared."""
        if self._resampled is None:
            self._resampled = durations.resampled(self.samples, tau, self.name)
        return self._resampled

    @property
    def reason_withheld(self) -> Note | None:
        """Why no survival figure can be given, or None."""
        if self.years_without_calendar:
            return Note.of("no_calendar", years=sorted(self.years_without_calendar))
        if len(self.samples) < MIN_SAMPLE:
            return Note.of("too_few", n=len(self.samples))
        return None


class _Candidate(NamedTuple):
    """A declaration of a period that is shown, while the longest are looked for."""

    seconds: int
    name: str
    place: int
    timing: Timings
    start: int
    end: int


class Tally:
    """Passages sorted into cells, with all that is counted on the way, in one pass."""

    def __init__(self, asked: ReportQuery, timings: Iterable[Timings]) -> None:
        self.asked = asked
        self.anomalies: list[Anomaly] = []
        self.longest: list[_Candidate] = []
        self._clock: Clock | None = asked.calendar.between if asked.calendar else None
        self._least = 0
        self._now = int(asked.as_of.timestamp())
        self._needed = asked.needed
        self._place = {period: place for place, period in enumerate(self._needed)}
        self._shown = {self._place[period] for period in asked.periods}
        self._cells: dict[tuple[int, Group], Cell] = {}
        self._spent: list[dict[str, int]] = [{} for _ in self._needed]
        self._file(timings)

    @property
    def groups(self) -> list[Group]:
        """The groups of the periods shown, in order, unknown last."""
        groups = {group for place, group in self._cells if place in self._shown}
        return sorted(groups, key=_order) or [(None,) * len(self.asked.by)]

    def cell(self, period: Period, group: Group) -> Cell:
        """The cell of a period and group; an empty one if there is none."""
        return self._cell(self._place[period], group)

    def whole(self, period: Period) -> tuple[int, dict[Stage, int], bool]:
        """Of all groups: how many are closed, the seconds in each stage, whether all are known."""
        place = self._place.get(period)
        cells = [cell for (there, _), cell in self._cells.items() if there == place]
        letters = {} if place is None else self._spent[place]
        spent = {stages.STAGE_OF_LETTER[letter]: seconds for letter, seconds in letters.items()}
        return (
            sum(cell.closed for cell in cells),
            spent,
            not any(cell.years_without_calendar for cell in cells),
        )

    def explained(self, taken: _Candidate) -> LongCase:
        """Why one of the longest was long."""
        timing, parts = taken.timing, Counter[Stage]()
        for letter, seconds in self._parts(timing, taken.start, taken.end):
            parts[stages.STAGE_OF_LETTER[letter]] += seconds
        return LongCase(
            taken.seconds,
            taken.name,
            str(self._needed[taken.place]),
            datetime.fromtimestamp(timing.declared_at or taken.start, self.asked.zone),
            tuple(sorted(parts.items(), key=lambda part: (-part[1], RANK[part[0]]))),
            getattr(timing, INTERVALS[self.asked.interval][1], None) is None,
            timing.returned,
            timing.guaranteed,
        )

    def _cell(self, place: int, group: Group) -> Cell:
        if (cell := self._cells.get((place, group))) is None:
            named = ",".join("?" if name is None else f"={name}" for name in group)
            cell = Cell(f"{self.asked.interval} {self._needed[place]} {named}")
            self._cells[place, group] = cell
        return cell

    def _file(self, timings: Iterable[Timings]) -> None:
        """Sorts in every passage of a period; keeps the longest of those that are shown."""
        asked = self.asked
        begins = [int(period.start(asked.zone).timestamp()) for period in self._needed]
        ends = [int(period.next.start(asked.zone).timestamp()) for period in self._needed]
        chosen = [DIMENSIONS[name] for name in asked.by]
        by_closure = asked.cohort == "closed"
        begin, end = (_getter(milestone) for milestone in INTERVALS[asked.interval])
        for timing in timings:
            at = timing.cleared_at if by_closure else timing.declared_at
            if at is None or timing.declared_at is None:
                continue
            place = bisect_right(begins, at) - 1
            if place < 0 or at >= ends[place]:
                continue
            group = tuple([dimension(timing) for dimension in chosen]) if chosen else ()
            cell = self._cells.get((place, group)) or self._cell(place, group)
            self._take(timing, place, cell, begin(timing), end(timing))
        self.longest = heapq.nlargest(MAX_LONGEST, self.longest, key=_longer)

    def _take(
        self, timing: Timings, place: int, cell: Cell, start: int | None, end: int | None
    ) -> None:
        """Counts a passage and takes its time between two milestones, in Unix seconds.

        One that never came to the first, or is cleared without the second, has no such time.
        """
        if start is None or (end is None and timing.stage == Stage.CLEARED):
            cell.inapplicable += 1
            return
        cell.returned += timing.returned
        if why := self._wrong(timing, start, end):
            cell.anomalous += 1
            if place in self._shown:
                period = str(self._needed[place])
                self.anomalies.append(Anomaly(period, timing.name, why))
            return
        if end is not None:
            outcome, until = Ending.ENDED, end
            cell.closed += 1
        elif timing.stage == Stage.WITHDRAWN and timing.withdrawn_at is not None:
            outcome, until = Ending.WITHDRAWN, max(timing.withdrawn_at, start)
            cell.withdrawn += 1
        else:
            outcome, until = Ending.OPEN, self._now
            cell.open += 1
        try:
            seconds = self._clock(start, until) if self._clock else until - start
            if end is not None:
                spent = self._spent[place]
                for letter, part in self._parts(timing, start, until):
                    spent[letter] = spent.get(letter, 0) + part
        except NoCalendar as error:
            cell.years_without_calendar.add(error.year)
            return
        cell.samples.append(Sample(seconds, outcome))
        cell.strata.append(_stratum(timing))
        if seconds >= self._least and place in self._shown and outcome is not Ending.WITHDRAWN:
            self._consider(_Candidate(seconds, timing.name, place, timing, start, until))

    def _consider(self, taken: _Candidate) -> None:
        """Keeps what may be among the longest, and from what length on others may be."""
        self.longest.append(taken)
        if len(self.longest) > _KEPT_DAYS:
            self.longest = heapq.nlargest(MAX_LONGEST, self.longest, key=_longer)
            self._least = self.longest[-1].seconds

    def _wrong(self, timing: Timings, start: int, end: int | None) -> Note | None:
        declared, cleared = timing.declared_at, timing.cleared_at
        if start > self._now or (end is not None and end > self._now):
            return Note.of("in_the_future")
        if end is not None and end < start:
            return Note.of("ends_before_it_begins")
        if cleared is not None and declared is not None and cleared < declared:
            return Note.of("closed_before_it_was_declared")
        if cleared is not None and timing.accepted_at is not None and cleared < timing.accepted_at:
            return Note.of("closed_before_it_was_accepted")
        return None

    def _parts(self, timing: Timings, start: int, end: int) -> list[tuple[str, int]]:
        since = start if timing.first_declared_at is None else timing.first_declared_at
        return stages.parts(timing.path, since, start, end, self._clock)


def _getter(milestone: str) -> Callable[[Timings], int | None]:
    """What reads a milestone; None where no message tells it."""
    return attrgetter(milestone) if milestone in Timings._fields else lambda _: None


def _stratum(timing: Timings) -> Stratum:
    """What a declaration has in common with its like when a change is adjusted for the mix."""
    inspected = timing.examined_from is not None
    return (
        inspected, timing.direction, timing.office, timing.transport_mode, timing.trade_mode
    )  # fmt: skip


def _longer(taken: _Candidate) -> tuple[int, str]:
    return taken.seconds, taken.name


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((name is None, name or "") for name in group)


# Figures


def row(asked: ReportQuery, collected: Tally, period: Period, group: Group) -> Row:
    """The figures of one period and group."""
    cell, before = (collected.cell(one, group) for one in (period, asked.before(period)))
    notes: dict[str, Note] = {}
    if cell.inapplicable:
        notes["declared"] = Note.of("no_such_interval", n=cell.inapplicable)
    if cell.open > IMMATURE * (cell.declared - cell.anomalous):
        share = cell.open / (cell.declared - cell.anomalous)
        notes["open"] = Note.of("immature", share=share)
    return Row(
        period=str(period),
        group=dict(zip(asked.by, group, strict=True)),
        declared=cell.declared,
        closed=cell.closed,
        open=cell.open,
        returned=cell.returned,
        withdrawn=cell.withdrawn,
        anomalous=cell.anomalous,
        mean_closed=_mean_closed(cell, notes),
        rmst=_rmst(cell, asked, notes),
        tau=asked.tau,
        within=_within(cell, asked, notes),
        **{name: _percentile(cell, name, notes) for name in PERCENTILES},
        change=_change(cell, before, asked, str(asked.before(period)), notes),
        notes=notes,
    )


def _mean_closed(cell: Cell, notes: dict[str, Note]) -> float | None:
    if cell.years_without_calendar and cell.reason_withheld:
        notes["mean_closed"] = cell.reason_withheld
        return None
    mean = durations.mean([s for s, outcome in cell.samples if outcome is Ending.ENDED])
    if mean is None:
        notes["mean_closed"] = Note.of("none_closed")
    return mean


def _percentile(cell: Cell, name: str, notes: dict[str, Note]) -> int | None:
    if cell.reason_withheld:
        notes[name] = cell.reason_withheld
        return None
    found = cell.curve.percentile(PERCENTILES[name])
    if found is None:
        notes[name] = Note.of("not_reached", share=cell.curve.reached)
    return found


def _rmst(cell: Cell, asked: ReportQuery, notes: dict[str, Note]) -> float | None:
    if cell.reason_withheld:
        notes["rmst"] = cell.reason_withheld
        return None
    if not cell.curve.known(asked.tau):
        days = cell.curve.last / asked.day
        notes["rmst"] = Note.of("carried_flat", days=days)
    return cell.rmst(asked.tau)


def _within(
    cell: Cell, asked: ReportQuery, notes: dict[str, Note]
) -> dict[int, float | None] | None:
    if cell.reason_withheld:
        notes["within"] = cell.reason_withheld
        return None
    marks = [days * asked.day for days in WITHIN_DAYS]
    shares = {mark: cell.curve.within(mark) if cell.curve.known(mark) else None for mark in marks}
    if None in shares.values():
        notes["within"] = Note.of("not_known_beyond", days=cell.curve.last / asked.day)
    return shares


def _change(
    cell: Cell, before: Cell, asked: ReportQuery, since: str, notes: dict[str, Note]
) -> Change:
    """The change from the cell before; its notes say how the interval was found, or why none."""
    difference = ratio = ends = adjusted = None
    verdict: str | None = "too few"
    if cell.years_without_calendar or before.years_without_calendar:
        years = sorted(cell.years_without_calendar | before.years_without_calendar)
        notes["change"], verdict = Note.of("no_calendar", years=years), None
    elif cell.reason_withheld or before.reason_withheld:
        notes["change"] = _too_few(len(before.samples), len(cell.samples))
    else:
        new, old = cell.rmst(asked.tau), before.rmst(asked.tau)
        difference, verdict = new - old, "no clear change"
        if interval := _interval(cell, before, asked.tau):
            ratio, ends = new / old - 1, (interval.low, interval.high)
            notes["change"] = _METHODS[interval.method]
            verdict = _verdict(*ends)
            adjusted, share = durations.adjusted_change(cell.mix, before.mix, asked.tau)
            if share < 1:
                notes["mix_adjusted_ratio"] = Note.of("partly_matched", share=share, period=since)
        else:
            notes["change"] = Note.of("no_ratio")
    return Change(
        since=since,
        rmst_difference=difference,
        rmst_ratio=ratio,
        ci95=ends,
        mix_adjusted_ratio=adjusted,
        verdict=verdict,
    )


_METHODS = {
    "bootstrap": Note.of("by_bootstrap", rounds=durations.ROUNDS),
    "greenwood": Note.of("by_greenwood"),
}


def _too_few(before: int, now: int) -> Note:
    return Note.of("too_few_to_compare", before=before, now=now)


def _interval(cell: Cell, before: Cell, tau: int) -> durations.Interval | None:
    if max(len(cell.samples), len(before.samples)) > durations.MAX_RESAMPLED:
        return durations.normal_interval(
            *((one.rmst(tau), one.rmst_variance(tau)) for one in (cell, before))
        )
    return durations.ratio_interval(cell.resampled(tau), before.resampled(tau))


def _verdict(low: float, high: float) -> str:
    if high < 0:
        return "faster"
    return "slower" if low > 0 else "no clear change"


MIN_CONTRIBUTION = 0.01
"""A change of less of the mean is not shared out among stages: the shares would be noise."""


def _stage_shares(asked: ReportQuery, collected: Tally) -> Iterator[StageShare]:
    """The stages of each period's closed declarations, and their parts in its change."""
    for period in asked.periods:
        n, spent, known = collected.whole(period)
        n_before, spent_before, known_before = collected.whole(asked.before(period))
        if not n or not known:
            continue
        total, total_before = sum(spent.values()), sum(spent_before.values())
        few = min(n, n_before) < MIN_SAMPLE or not known_before
        change = 0.0 if few else total / n - total_before / n_before
        if abs(change) < MIN_CONTRIBUTION * total / n:
            change = 0.0
        for stage in sorted(spent.keys() | spent_before.keys(), key=RANK.__getitem__):
            notes: dict[str, Note] = {}
            if few:
                notes["share_of_change"] = _too_few(n_before, n)
            elif not change:
                notes["share_of_change"] = Note.of("no_change_to_share")
            now, then = spent.get(stage, 0), spent_before.get(stage, 0)
            yield StageShare(
                period=str(period),
                stage=stage,
                owner=stages.OWNERS[stage],
                seconds=now,
                mean=now / n,
                share=now / total if total else 0.0,
                share_of_change=(now / n - then / n_before) / change if change else None,
                notes=notes,
            )


def dimensions(written: str) -> tuple[str, ...]:
    """The names in ``office,direction``, each once."""
    return tuple(dict.fromkeys(one.strip() for one in written.split(",") if one.strip()))
