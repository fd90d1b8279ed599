"""How likely an export is released before a cut-off, and how well that was told so far.

T is the time from declared to released. Of an export that has waited t and must be released within
c of its declaration, P(T ≤ c | T > t) = 1 − S(c) / S(t), S of Kaplan and Meier (1958). The product
that S is needs of S(c) / S(t) only the factors after t, so it is 1 − the curve of those that have
waited as long; with withdrawals and returns, which are no release, their incidence by Aalen and
Johansen.

**Strata.** Exports of the office that had been inspected, or not, by then; with fewer than
``MIN_CASES`` that have waited as long all of the office, then all exports, then none. Who is
inspected later counts among those that were not by then: nobody could know. Who declares knows the
office, also before customs names it.

**Back-test.** Every export of the window is asked about when it is declared and at each of
``AGES`` after, while it waits: will it be released within each of ``HORIZONS``? The answer is that
of the curves of what was known at the beginning of that week. It counts once the horizon is over,
whatever became of the export. Brier's score (1950) is the mean square of probability − outcome;
the calibration error is the mean difference, in absolute value, of what was said and what happened
in each of ten bands of probability, weighted by the answers in it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clearance.model import Note, Stage, Timings

MIN_CASES = 30
"""Below so many a stratum is not believed, nor a back-test."""
MAX_ERROR = 0.10
"""Above this calibration error no probability is told."""
AGES = tuple(hours * 3600 for hours in (0, 4, 12, 24, 48))
HORIZONS = tuple(hours * 3600 for hours in (4, 12, 24, 48))
BANDS = 10
MAX_CASES = 5_000
"""So many exports are learned from, the latest: more would make a check slow, and hardly better."""

_WEEK = 7 * 86400
_DIGITS = 6
_NEVER = 2**62


class ExportCase(NamedTuple):
    """An export from its declaration on, in Unix seconds; what has not happened is None.

    ``ended`` is when it was ``released``, or else withdrawn or returned.
    """

    declared: int
    examined: int | None
    ended: int | None
    released: bool
    office: str | None


def export_case(timing: Timings) -> ExportCase | None:
    """The wait of an export; None of anything else, and where its times cannot be."""
    declared, released = timing.declared_at, timing.released_at
    if timing.direction != "export" or declared is None:
        return None
    if released is None and timing.stage == Stage.CLEARED:
        return None
    if released is not None and released < declared:
        return None
    ended = released
    if ended is None and (gone := _gone(timing)) is not None:
        ended = max(gone, declared)
    return ExportCase(declared, timing.examined_from, ended, released is not None, timing.office)


def _gone(timing: Timings) -> int | None:
    """When a declaration was withdrawn, or returned and not sent again."""
    since, path = timing.first_declared_at, timing.path
    if timing.stage == Stage.REJECTED and path and since is not None:
        return since + int(path.rpartition(",")[2])
    return timing.withdrawn_at if timing.stage == Stage.WITHDRAWN else None


class ExportStratum(NamedTuple):
    """Whose curve it is: None stands for every office, and for inspected or not.

    >>> str(ExportStratum("2248", False))
    '2248/not inspected by then'
    """

    office: str | None = None
    inspected: bool | None = None

    def __str__(self) -> str:
        if self.inspected is None:
            return self.office or "all exports"
        return f"{self.office}/{'' if self.inspected else 'not '}inspected by then"


class Probability(NamedTuple):
    """A probability, of how many that had waited as long, and in which stratum."""

    probability: float
    n: int
    stratum: ExportStratum


class ReleaseCurve:
    """How many of some times have ended by when, in seconds; the times in order.

    What ``durations.curve`` is, for a few questions each of many samples: weights change only where
    somebody is censored, and between two such places ends are counted.
    """

    def __init__(self, released: list[int], withdrawn: list[int], still: list[int]) -> None:
        self.n = len(released) + len(withdrawn) + len(still)
        self._released, self._withdrawn, self._still = released, withdrawn, still

    def known(self, seconds: int) -> bool:
        """Whether it is known up to a time: somebody was followed so far, or nobody is left."""
        ended = max(self._released[-1:] + self._withdrawn[-1:], default=-1)
        still = max(self._still[-1:], default=-1)
        return still < ended or seconds <= still

    def within(self, seconds: int) -> float:
        """The share that has been released by a time."""
        weight, counted, share = 1 / self.n, 0, 0.0
        for before in range(bisect_left(self._still, seconds)):
            time = self._still[before]
            ended = bisect_right(self._released, time)
            left = self.n - ended - bisect_right(self._withdrawn, time) - before
            share += weight * (ended - counted)
            weight, counted = weight * left / (left - 1) if left > 1 else weight, ended
        return share + weight * (bisect_right(self._released, seconds) - counted)


_Told = tuple[int, int, bool, bool]
"""Seconds waited; seconds until inspected, or none; whether over; whether released."""


class History:
    """What is known at a moment of the exports declared by then."""

    def __init__(self, waits: Iterable[ExportCase], now: int) -> None:
        self._told: dict[str | None, list[_Told]] = defaultdict(list)
        for declared, examined, ended, released, office in waits:
            if declared <= now:
                over = ended is not None and ended <= now
                seconds = (ended if ended is not None and over else now) - declared
                inspected = _NEVER if examined is None else examined - declared
                self._told[office].append((seconds, inspected, over, over and released))
        for told in self._told.values():
            told.sort()
        self._curves: dict[tuple[ExportStratum, int], ReleaseCurve] = {}

    def chance(
        self, office: str | None, inspected: bool, age: int, within: int
    ) -> Probability | None:
        """The probability that one of this age in seconds is released within some more.

        None where too few have waited as long, or none was followed up to then.
        """
        narrow = (ExportStratum(office, inspected), ExportStratum(office)) if office else ()
        for stratum in (*narrow, ExportStratum()):
            found = self._curve(stratum, age)
            if found.n >= MIN_CASES:
                if not found.known(age + within):
                    return None
                share = min(found.within(age + within), 1.0)
                return Probability(round(share, _DIGITS), found.n, stratum)
        return None

    def _curve(self, stratum: ExportStratum, age: int) -> ReleaseCurve:
        """The curve of those of a stratum that have waited longer."""
        if (stratum, age) not in self._curves:
            told = self._longer(stratum, age)
            self._curves[stratum, age] = ReleaseCurve(
                [seconds for seconds, _, _, released in told if released],
                [seconds for seconds, _, over, released in told if over and not released],
                [seconds for seconds, _, over, _ in told if not over],
            )
        return self._curves[stratum, age]

    def _longer(self, stratum: ExportStratum, age: int) -> list[_Told]:
        office, inspected = stratum
        every = self._told.values() if office is None else [self._told.get(office, [])]
        longer = [
            one for told in every for one in told[bisect_right(told, (age, _NEVER, True, True)) :]
        ]
        if inspected is not None:
            longer = [one for one in longer if (one[1] <= age) is inspected]
        return sorted(longer) if office is None else longer


class Band(NamedTuple):
    """Answers between two probabilities: how many, their mean, and how often it came true."""

    low: float
    high: float
    n: int
    said: float | None
    happened: float | None


@dataclass(frozen=True, slots=True)
class BackTest:
    """A back-test: of how many exports and answers, and how good these were.

    ``unanswered`` were asked when too little was known.
    """

    declarations: int
    n: int
    unanswered: int
    brier: float | None
    error: float | None
    bands: tuple[Band, ...]

    @property
    def reason_withheld(self) -> Note | None:
        """Why no probability is to be told, or None."""
        if self.error is None or self.declarations < MIN_CASES:
            return Note.of("too_little_history", n=self.declarations)
        if self.error > MAX_ERROR:
            return Note.of("back_test_error", error=self.error, limit=MAX_ERROR)
        return None


@dataclass(slots=True)
class _Asked:
    """Questions with the same answer: how many, how many came true."""

    n: int = 0
    true: int = 0


_Question = tuple[int, str | None, bool, int, int]
"""The week it was asked in, office, inspected or not by then, age, horizon."""


def back_test(waits: Sequence[ExportCase], since: int, now: int) -> BackTest:
    """Asks about every export declared from a moment on, as known at the time; all Unix seconds."""
    asked: dict[_Question, _Asked] = defaultdict(_Asked)
    of_each = [list(_questions(one, since, now)) for one in waits]
    for one, questions in zip(waits, of_each, strict=True):
        for question in questions:
            *_, age, horizon = question
            told, end = asked[question], one.declared + age + horizon
            told.n += 1
            told.true += one.released and one.ended is not None and one.ended <= end
    answers = _answers(waits, asked, since)
    tested = sum(any(question in answers for question in questions) for questions in of_each)
    return _scored(tested, [(answers.get(question), told) for question, told in asked.items()])


def _questions(one: ExportCase, since: int, now: int) -> Iterable[_Question]:
    """What is asked about an export while it waits, as far as the horizon is over."""
    for age in AGES:
        at = one.declared + age
        if (one.ended is not None and one.ended <= at) or at + HORIZONS[0] > now:
            return
        inspected = one.examined is not None and one.examined <= at
        for horizon in HORIZONS:
            if at + horizon <= now:
                yield (at - since) // _WEEK, one.office, inspected, age, horizon


def _answers(
    waits: Sequence[ExportCase], asked: Iterable[_Question], since: int
) -> dict[_Question, float]:
    """The probabilities, by what was known at the beginning of each week."""
    by_week: dict[int, list[_Question]] = defaultdict(list)
    for question in asked:
        by_week[question[0]].append(question)
    answers: dict[_Question, float] = {}
    for week, questions in by_week.items():
        known = History(waits, since + week * _WEEK)
        for question in questions:
            if chance := known.chance(*question[1:]):
                answers[question] = chance.probability
    return answers


def _scored(declarations: int, told: Iterable[tuple[float | None, _Asked]]) -> BackTest:
    bands: list[list[tuple[float, _Asked]]] = [[] for _ in range(BANDS)]
    unanswered = 0
    for probability, asked in told:
        if probability is None:
            unanswered += asked.n
        else:
            bands[min(int(probability * BANDS), BANDS - 1)].append((probability, asked))
    found = tuple(_band(place, answers) for place, answers in enumerate(bands))
    n = sum(band.n for band in found)
    if not n:
        return BackTest(0, 0, unanswered, None, None, found)
    squares = (
        asked.true * (1 - p) ** 2 + (asked.n - asked.true) * p**2
        for answers in bands
        for p, asked in answers
    )
    apart = (
        band.n * abs(band.said - band.happened)
        for band in found
        if band.said is not None and band.happened is not None
    )
    return BackTest(
        declarations, n, unanswered, math.fsum(squares) / n, math.fsum(apart) / n, found
    )


def _band(place: int, answers: Sequence[tuple[float, _Asked]]) -> Band:
    n = sum(asked.n for _, asked in answers)
    low, high = place / BANDS, (place + 1) / BANDS
    if not n:
        return Band(low, high, 0, None, None)
    said = math.fsum(p * asked.n for p, asked in answers) / n
    return Band(low, high, n, said, sum(asked.true for _, asked in answers) / n)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What probabilities are told by at a moment in Unix seconds, and how good they were.

    ``left_out`` counts exports earlier than the latest that are learned from.
    """

    now: int
    known: History = field(repr=False)
    test: BackTest
    left_out: int

    def chance(
        self, office: str | None, declared: int, examined: int | None, end: int
    ) -> Probability | Note:
        """The probability to be released by ``end``, of an export that is not; or why none."""
        if self.test.reason_withheld:
            return self.test.reason_withheld
        inspected = examined is not None and examined <= self.now
        found = self.known.chance(office, inspected, self.now - declared, end - self.now)
        return found or Note.of("too_few_waited")


def forecast(timings: Iterable[Timings], since: int, until: int, now: int) -> Forecast:
    """What is learned of exports declared from a moment until another, as known now."""
    found = [one for one in map(export_case, timings) if one and since <= one.declared < until]
    known = [one for one in found if one.declared <= now]
    first = min(sorted(one.declared for one in known)[-MAX_CASES:], default=now)
    waits = [one for one in known if one.declared >= first]
    return Forecast(now, History(waits, now), back_test(waits, since, now), len(known) - len(waits))
