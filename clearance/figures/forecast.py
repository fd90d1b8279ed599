"""When a declaration will be released, and how likely that is by a moment.

**Rest of the time.** A *stay* is the time in a stage, with the time from its beginning to the
release. The forecast for a declaration that has been in its stage for some time rests on the stays
of finished and open cases that lasted longer: the curve of their times to the release, by Kaplan
and Meier (1958), computed by redistribution (Efron 1967). What was withdrawn is left out, as in
``durations``: leaving is no release, and no delay either.

**Strata.** Stays of the same customs system, stage, direction and office; if fewer than
``MIN_CASES`` of them lasted as long, those of any office, then of any direction, then no forecast.

**Rolling conformal interval.** The curve alone promises too much, and is late when customs gets
slower. So the last ``MAX_FINISHED`` finished cases, each asked about at fixed times while it was
open, tell where in their curves the truth fell (the probability integral transform; Vovk, Gammerman
and Shafer 2005). The 10 % and the 90 % quantile of those shares, taken back through the curve of
this case, are the ends of the interval; the median, and a probability to be released by a moment,
go the same way. So there is one model for all of them.

**Cannot assess.** Where the intervals of the finished cases, each from what had finished before it
was asked about, held the truth by more than ``MAX_ERROR`` less or more often than they say, nothing
is told.

Here is what answers; ``forecast_learning`` makes the model, and ``timelines.forecasts`` keeps it.
Times are Unix seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from clearance.model import LETTERS, UNSENT, Note, Stage, Summary, Value
from clearance.model.values import field
from clearance.named_tuples import NamedTuple

LEVEL = 0.8
"""The share of intervals that hold the truth."""
_ONE_IN = 10
"""One release in so many is before an interval, and one after it."""
MIN_CASES = 30
"""Cases that a stratum, and a back-test, needs at least."""
MIN_ASKED = 100
"""Answers that a direction or a stage needs for an interval and a back-test of its own."""
MAX_ERROR = 0.10
"""Largest error of a back-test with which anything is told."""
MAX_FINISHED = 600
"""Finished cases that say where the truth fell."""

WAITING = (
    Stage.SUBMITTED,
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.REVIEWED,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
)
"""Stages of a declaration that waits for its release."""
_DIGITS = 6
"""Decimal digits of a probability."""
_MARKS = 100
"""Equal parts that kept shares are cut into."""


class Stratum(NamedTuple):
    """Which stays a forecast rests on: a stage, of one direction or all, of one office or all.

    >>> str(Stratum("reviewed", "export", "2248"))
    '2248/export/reviewed'
    """

    stage: str
    direction: str | None = None
    office: str | None = None

    def __str__(self) -> str:
        return "/".join(filter(None, (self.office, self.direction, self.stage)))


class Stay(NamedTuple):
    """A stay in a stage: how long it lasted, and from its beginning to the release.

    What has not ended lasts until it was last known; ``released`` tells whether ``total`` is over.
    """

    seconds: int
    total: int
    office: str | None
    released: bool


class Probability(NamedTuple):
    """A probability, from ``n`` stays of a stratum that had lasted as long."""

    probability: float
    n: int
    stratum: Stratum


class Expected(NamedTuple):
    """When something will be released: the ends of an interval that holds the truth in ``LEVEL`` of
    all cases, and the moment before which half of them are; from ``n`` stays that lasted as long.
    """

    low: int
    median: int
    high: int
    n: int
    stratum: Stratum

    @property
    def level(self) -> float:
        """The share of such intervals that hold the truth."""
        return LEVEL


class Case(NamedTuple):
    """A declaration that waits: where, in which stage, and since when."""

    system: str
    direction: str | None
    office: str | None
    stage: Stage | None
    since: int | None

    @classmethod
    def of(cls, declaration: Summary) -> Case:
        """That of a declaration."""
        own = declaration
        since = int(own.since.timestamp()) if own.since else None
        return cls(own.system, own.direction, own.office, own.stage, since)


# The curve of the rest


class Curve:
    """The times to the release of stays that lasted longer than ``age``, and how many are by when.

    Times are seconds since the stay began. A stay whose release is not known hands its weight to
    those that lasted longer; shares are of one more than there are, since the case that is asked
    about is one more.
    """

    def __init__(self, released: Sequence[int], open: Sequence[int], age: int) -> None:
        self.n = len(released) + len(open)
        self._released, self._age = released, age
        self._parts = list(_parts(released, open))
        self._endless = bool(open) and (not released or open[-1] >= released[-1])

    def share(self, seconds: int, tie: float = 0.5) -> float:
        """Where a time falls among the others, from 0 to 1; ``tie`` says where among equal ones."""
        low, high = bisect_left(self._released, seconds), bisect_right(self._released, seconds)
        place = low + (high - low + 1) * tie if high > low else low + self._between(low, seconds)
        return min(self._mass(place, seconds) / (self.n + 1), 1.0)

    def within(self, seconds: int) -> float:
        """The share that is released by a time."""
        done = bisect_right(self._released, seconds)
        if done == len(self._released) and not self._endless:
            return 1.0
        return min(self._mass(done, seconds + 1) / self.n, 1.0)

    def at(self, share: float) -> int | None:
        """The time by which a share is released; None where nobody was observed for so long."""
        wanted = share * (self.n + 1)
        first, mass, weight = self._part_of(wanted)
        place = first + (wanted - mass) / weight
        if place >= len(self._released):
            known = self._released and not self._endless
            return self._released[-1] if known else None
        index = int(place)
        before = self._released[index - 1] if index else self._age
        return round(before + (place - index) * (self._released[index] - before))

    def _part_of(self, wanted: float) -> tuple[int, float, float]:
        """The part of the curve that a mass lies in."""
        later = bisect_right(self._parts, wanted, key=lambda part: part[2])
        _, first, mass, weight = self._parts[max(later - 1, 0)]
        return first, mass, weight

    def _mass(self, place: float, seconds: int) -> float:
        """The weight of what is released before a place, which is that of a time."""
        later = bisect_left(self._parts, seconds, key=lambda part: part[0])
        _, first, mass, weight = self._parts[max(later - 1, 0)]
        return mass + weight * (place - first)

    def _between(self, index: int, seconds: int) -> float:
        """How far a time lies between its neighbours, from 0 to 1."""
        if index == len(self._released):
            return 0.5
        before = self._released[index - 1] if index else self._age
        return (seconds - before) / (self._released[index] - before)


def _parts(released: Sequence[int], open: Sequence[int]) -> Iterator[tuple[int, int, float, float]]:
    """The parts of a curve between open stays, in which each release has the same weight.

    Each is the time it begins at, the place of its first release, the mass before that, and the
    weight.
    """
    mass, weight, done = 0.0, 1.0, 0
    yield -1, 0, mass, weight
    left = len(released) + len(open)
    for index, time in enumerate(open):
        first = bisect_right(released, time)
        mass += weight * (first - done)
        at_risk, done = left - first - index, first
        if at_risk > 1:
            weight *= at_risk / (at_risk - 1)
        yield time, first, mass, weight


class Stays(NamedTuple):
    """The stays of a stratum, the longest first, in two columns.

    ``lasted`` holds their seconds as negative numbers, so that it is in order; ``totals`` are
    negative where the release is not known.
    """

    lasted: list[int]
    totals: list[int]

    @classmethod
    def of(cls, stays: Iterable[Stay]) -> Stays:
        """Those of some stays."""
        pairs = sorted((-one.seconds, one.total if one.released else -one.total) for one in stays)
        return cls([lasted for lasted, _ in pairs], [total for _, total in pairs])

    @classmethod
    def joined(cls, several: Sequence[Stays]) -> Stays:
        """Those of several."""
        if len(several) == 1:
            return several[0]
        pairs = sorted(pair for one in several for pair in zip(one.lasted, one.totals, strict=True))
        return cls([lasted for lasted, _ in pairs], [total for _, total in pairs])

    def after(self, age: int) -> Curve:
        """The curve of those that lasted longer than an age."""
        totals = sorted(self.totals[: bisect_left(self.lasted, -age)])
        known = bisect_left(totals, 0)
        return Curve(totals[known:], [-total for total in reversed(totals[:known])], age)


# What finished cases say


class Conformal(Value):
    """Where the truth fell in the curves of ``n`` answers, and how often the intervals held it.

    ``marks`` are the quantiles of those shares in hundredths; ``low``, ``median`` and ``high`` the
    shares at which an interval begins, halves and ends. ``tested`` answers were given from what
    had finished before; the intervals of ``inside`` of them held the truth.
    """

    n: int
    low: float
    median: float
    high: float
    marks: tuple[float, ...]
    tested: int
    inside: int

    @classmethod
    def of(cls, shares: Sequence[float], tested: int, inside: int) -> Conformal:
        """That of some shares in order."""
        low, high = ends(shares)
        marks = tuple(round(_quantile(shares, n / _MARKS), _DIGITS) for n in range(_MARKS + 1))
        median = _quantile(shares, 0.5)
        return cls(len(shares), low, median, high, marks, tested, inside)

    def document(self) -> list[Any]:
        """Everything as JSON can hold it."""
        return [
            self.n, self.low, self.median, self.high, list(self.marks), self.tested, self.inside
        ]  # fmt: skip

    @classmethod
    def from_document(cls, kept: Sequence[Any]) -> Conformal:
        """That of a document."""
        n, low, median, high, marks, tested, inside = kept
        return cls(n, low, median, high, tuple(marks), tested, inside)

    def probability(self, share: float) -> float:
        """How often the truth fell by a share of the curve."""
        if share <= 0 or share >= 1:
            return min(max(share, 0.0), 1.0)
        points = (0.0, *self.marks, 1.0)
        index = min(bisect_right(points, share), len(points) - 1)
        before, after = points[index - 1], points[index]
        part = (share - before) / (after - before) if after > before else 1.0
        low, high = (min(max(place - 1, 0), _MARKS) for place in (index - 1, index))
        return (low + part * (high - low)) / _MARKS

    @property
    def error(self) -> float | None:
        """By how much more or less often than said the intervals held the truth."""
        return abs(self.inside / self.tested - LEVEL) if self.tested >= MIN_ASKED else None


def probability(rest: Curve, conformal: Conformal, seconds: int) -> float:
    """How likely a release by a time is: no surer than the others are many, since the case that is
    asked about is one more.
    """
    least = 1 / (rest.n + 1)
    return min(max(conformal.probability(rest.within(seconds)), least), 1 - least)


def ends(shares: Sequence[float]) -> tuple[float, float]:
    """The shares between which ``LEVEL`` of future ones fall; ``shares`` are in order."""
    beyond = (len(shares) + 1) // _ONE_IN
    return (shares[beyond - 1], shares[-beyond]) if beyond else (0.0, 1.0)


def _quantile(shares: Sequence[float], part: float) -> float:
    """The quantile of some shares in order, between its neighbours."""
    place = part * (len(shares) - 1)
    index = min(int(place), len(shares) - 2)
    if index < 0:
        return shares[0]
    return shares[index] + (place - index) * (shares[index + 1] - shares[index])


def groups(direction: str | None, stage: str) -> tuple[str, ...]:
    """The groups of answers that a case belongs to, the narrowest first."""
    return f"{direction or '-'}/{stage}", direction or "-", ""


# The model


class Model(Value):
    """What forecasts rest on, of one customs system.

    ``cases`` counts finished ones. ``conformals`` are by group; ``stays`` gives those of a stage
    and a direction, which ``directions`` lists by stage, by their office.
    """

    cases: int
    conformals: Mapping[str, Conformal]
    directions: Mapping[str, Sequence[str | None]]
    stays: Callable[[str, str | None], Mapping[str, Stays]]
    _own: dict[Stratum, Stays] = field(default_factory=dict)

    def expected(self, case: Case, now: int) -> Expected | Note:
        """When a case will be released, or why that cannot be assessed."""
        rest = self._rest(case, now)
        if isinstance(rest, Note):
            return rest
        found, stratum, conformal, since = rest
        times = [found.at(share) for share in (conformal.low, conformal.median, conformal.high)]
        low, median, high = (None if time is None else max(since + time, now) for time in times)
        if low is None or median is None or high is None:
            return Note.of("too_few_waited")
        return Expected(low, median, high, found.n, stratum)

    def chance(self, case: Case, now: int, end: int) -> Probability | Note:
        """How likely a case is released by a moment ahead, or why that cannot be assessed."""
        rest = self._rest(case, now)
        if isinstance(rest, Note):
            return rest
        found, stratum, conformal, since = rest
        share = probability(found, conformal, end - since)
        return Probability(round(share, _DIGITS), found.n, stratum)

    def _rest(self, case: Case, now: int) -> tuple[Curve, Stratum, Conformal, int] | Note:
        """The curve of the rest of a case's time, and what finished cases say of such."""
        stage, since = case.stage, case.since
        if stage in UNSENT or stage is None or since is None:
            return Note.of("not_declared")
        conformal = self.conformal(case.direction, stage)
        if isinstance(conformal, Note):
            return conformal
        for stratum in strata(case):
            found = self._of(stratum).after(max(now - since, 0))
            if found.n >= MIN_CASES:
                return found, stratum, conformal, since
        return Note.of("too_few_waited")

    def _of(self, stratum: Stratum) -> Stays:
        """The stays of a stratum."""
        if stratum not in self._own:
            known = [
                self.stays(stratum.stage, one)
                for one in self.directions.get(stratum.stage, ())
                if stratum.direction in (None, one)
            ]
            offices = [
                stays
                for by_office in known
                for office, stays in by_office.items()
                if stratum.office in (None, office)
            ]
            self._own[stratum] = Stays.joined(offices)
        return self._own[stratum]

    def conformal(self, direction: str | None, stage: str) -> Conformal | Note:
        """What the finished cases most like a case say, or why that is not enough."""
        if self.cases < MIN_CASES or "" not in self.conformals:
            return Note.of("too_little_history", n=self.cases)
        own = [self.conformals[one] for one in groups(direction, stage) if one in self.conformals]
        error = next((one.error for one in own if one.error is not None), None)
        if error is not None and error > MAX_ERROR:
            return Note.of("back_test_error", error=error, limit=MAX_ERROR)
        return own[0]


def strata(case: Case) -> Iterator[Stratum]:
    """The strata that a case lies in, the narrowest first."""
    stage = str(case.stage)
    if case.office and case.direction:
        yield Stratum(stage, case.direction, case.office)
    if case.direction:
        yield Stratum(stage, case.direction)
    yield Stratum(stage)


STAGE_OF_LETTER = {LETTERS[stage]: stage for stage in WAITING}
"""The stages that are waited in, by their letters in a path."""
