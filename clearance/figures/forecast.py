"""How likely an export is released before a cut-off, and how accurate such forecasts were.

T is the time from declaration to release. For an export that has waited t and must be released
within c of its declaration, P(T ≤ c | T > t) = 1 − S(c) / S(t), with S by Kaplan and Meier (1958).
The factors of S(c) / S(t) are those after t, so the probability is the curve of the exports that
waited longer than t. It is the curve of ``durations``, of what is neither withdrawn nor returned
within ``_TAU`` of its declaration: leaving is no release, and no delay either.

**Strata.** Exports of the same office that had been inspected by then, or had not; if fewer than
``_MIN_CASES`` of them waited as long, all exports of the office, then all exports, then no
forecast. An export that is inspected later counts as not inspected, since that was not known. The
office is that of the declaration even before customs names it.

**Back-test.** Every export of the window is asked about at its declaration and at each of ``_AGES``
while it waits: will it be released within each of ``_HORIZONS``? The forecast is the one that was
possible at the beginning of that week. A question counts once its horizon is over; nothing is asked
about an export that was withdrawn, or returned and not submitted again. The Brier score (1950) is
the mean square of probability − outcome; the calibration error is the mean absolute difference of
predicted and observed share in ten bands of probability, weighted by the answers in each.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clearance.model import Note, Stage, Timings

_MIN_CASES = 30
"""Exports that a stratum, or a back-test, needs at least."""
MAX_ERROR = 0.10
"""Largest calibration error of the back-test with which probabilities are given."""
MAX_CASES = 5_000
"""At most this many of the latest exports are used; more slows a check without improving it."""

_AGES = tuple(hours * 3600 for hours in (0, 4, 12, 24, 48))
"""Seconds since the declaration at which the back-test asks."""
_HORIZONS = tuple(hours * 3600 for hours in (4, 12, 24, 48))
"""Seconds within which the back-test asks for a release."""
_TAU = 30 * 86400
"""Seconds since the declaration by which leaving counts, as in reports."""
_BANDS = 10
_WEEK_SECONDS = 7 * 86400
_DIGITS = 6
"""Decimal digits of a probability."""
_NEVER = 2**62
"""The time of what has not happened."""


class ExportCase(NamedTuple):
    """An export from its declaration on, in Unix seconds; None for what has not happened.

    ``ended`` is when it was released, or else withdrawn or returned; ``released`` says which.
    """

    declared: int
    examined: int | None
    ended: int | None
    released: bool
    office: str | None


def export_case(timing: Timings) -> ExportCase | None:
    """The case of an export; None for other declarations, and for impossible times."""
    declared, released = timing.declared_at, timing.released_at
    if timing.direction != "export" or declared is None:
        return None
    if released is None:
        if timing.stage == Stage.CLEARED:
            return None
        ended = _left_at(timing, declared)
        return ExportCase(declared, timing.examined_from, ended, False, timing.office)
    if released < declared:
        return None
    return ExportCase(declared, timing.examined_from, released, True, timing.office)


def _left_at(timing: Timings, declared: int) -> int | None:
    """When a declaration was withdrawn, or returned and not submitted again; None if neither."""
    since, path, at = timing.first_declared_at, timing.path, None
    if timing.stage == Stage.REJECTED and path and since is not None:
        at = since + int(path.rpartition(",")[2])
    elif timing.stage == Stage.WITHDRAWN:
        at = timing.withdrawn_at
    return None if at is None else max(at, declared)


class ExportStratum(NamedTuple):
    """Which exports a forecast rests on: an office or all, inspected by then or not or both.

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
    """A probability, from ``n`` exports of a stratum that had waited as long."""

    probability: float
    n: int
    stratum: ExportStratum


class _ReleaseCurve:
    """The share that has been released by a time, from sorted times in seconds.

    ``durations.curve`` for a few questions to many samples: weights change only at censoring times
    (``still``), and what happened between two of them is counted.
    """

    def __init__(self, released: list[int], withdrawn: list[int], still: list[int]) -> None:
        self.n = len(released) + len(withdrawn) + len(still)
        self._released, self._withdrawn, self._still = released, withdrawn, still
        self._kept = 1 - self._incidence(withdrawn, _TAU) if withdrawn else 1.0

    def known(self, seconds: int) -> bool:
        """Whether the curve is known up to a time: observed so far, or no export was left."""
        ended = max(self._released[-1:] + self._withdrawn[-1:], default=-1)
        still = max(self._still[-1:], default=-1)
        return still < ended or seconds <= still

    def within(self, seconds: int) -> float:
        """The share that has been released by a time, of those that do not leave."""
        released = self._incidence(self._released, seconds)
        return released / self._kept if released else 0.0

    def _incidence(self, times: list[int], seconds: int) -> float:
        """The share to which something happened by a time; ``times`` are those of its cases."""
        weight, counted, share = 1 / self.n, 0, 0.0
        for before in range(bisect_left(self._still, seconds)):
            time = self._still[before]
            done = bisect_right(times, time)
            ended = bisect_right(self._released, time) + bisect_right(self._withdrawn, time)
            left = self.n - ended - before
            share += weight * (done - counted)
            weight, counted = weight * left / (left - 1) if left > 1 else weight, done
        return share + weight * (bisect_right(times, seconds) - counted)


_Wait = tuple[int, int, bool, bool]
"""Seconds waited; seconds until inspected, or ``_NEVER``; whether it is over; whether released."""


class History:
    """What was known at a moment, in Unix seconds, of the exports declared by then."""

    def __init__(self, cases: Iterable[ExportCase], now: int) -> None:
        self._waits: dict[str | None, list[_Wait]] = defaultdict(list)
        for case in cases:
            if case.declared <= now:
                self._waits[case.office].append(_wait(case, now))
        for waits in self._waits.values():
            waits.sort()
        self._curves: dict[tuple[ExportStratum, int], _ReleaseCurve] = {}

    def chance(
        self, office: str | None, inspected: bool, age: int, within: int
    ) -> Probability | None:
        """The probability that an export of this age is released within some time, in seconds.

        None if too few have waited as long, or none was observed for so long.
        """
        narrow = (ExportStratum(office, inspected), ExportStratum(office)) if office else ()
        for stratum in (*narrow, ExportStratum()):
            curve = self._curve(stratum, age)
            if curve.n >= _MIN_CASES:
                if not curve.known(age + within):
                    return None
                share = min(curve.within(age + within), 1.0)
                return Probability(round(share, _DIGITS), curve.n, stratum)
        return None

    def _curve(self, stratum: ExportStratum, age: int) -> _ReleaseCurve:
        """The curve of the exports of a stratum that waited longer than ``age``."""
        if (stratum, age) not in self._curves:
            self._curves[stratum, age] = _release_curve(self._longer(stratum, age))
        return self._curves[stratum, age]

    def _longer(self, stratum: ExportStratum, age: int) -> list[_Wait]:
        """The waits of a stratum that lasted longer than ``age``, in order."""
        office, inspected = stratum
        chosen = self._waits.values() if office is None else [self._waits.get(office, [])]
        longer = sorted(wait for waits in chosen for wait in _after(waits, age))
        if inspected is None:
            return longer
        return [wait for wait in longer if (wait[1] <= age) is inspected]


def _wait(case: ExportCase, now: int) -> _Wait:
    """How long an export had waited at a moment."""
    declared, examined, ended, released, _ = case
    over = ended is not None and ended <= now
    seconds = (ended if ended is not None and over else now) - declared
    inspected = _NEVER if examined is None else examined - declared
    return seconds, inspected, over, over and released


def _after(waits: list[_Wait], age: int) -> list[_Wait]:
    return waits[bisect_right(waits, (age, _NEVER, True, True)) :]


def _release_curve(waits: Sequence[_Wait]) -> _ReleaseCurve:
    released: list[int] = []
    withdrawn: list[int] = []
    still: list[int] = []
    for seconds, _, over, was_released in waits:
        times = released if was_released else withdrawn if over else still
        times.append(seconds)
    return _ReleaseCurve(released, withdrawn, still)


# Back-test


class Band(NamedTuple):
    """Answers between two probabilities: how many, their mean, and the share that came true."""

    low: float
    high: float
    n: int
    predicted: float | None
    observed: float | None


@dataclass(frozen=True, slots=True)
class BackTest:
    """A back-test: of how many exports and answers, and how accurate these were.

    ``unanswered`` counts the questions for which too little was known.
    """

    declarations: int
    n: int
    unanswered: int
    brier: float | None
    error: float | None
    bands: tuple[Band, ...]

    @property
    def reason_withheld(self) -> Note | None:
        """Why no probability is given, or None."""
        if self.error is None or self.declarations < _MIN_CASES:
            return Note.of("too_little_history", n=self.declarations)
        if self.error > MAX_ERROR:
            return Note.of("back_test_error", error=self.error, limit=MAX_ERROR)
        return None


@dataclass(slots=True)
class _Outcomes:
    """Equal questions: how many, and how many came true."""

    n: int = 0
    true: int = 0


_Question = tuple[int, str | None, bool, int, int]
"""The week of the question, office, inspected by then or not, age, horizon."""


def back_test(cases: Sequence[ExportCase], since: int, now: int) -> BackTest:
    """Asks about every export declared from ``since`` on; times are Unix seconds."""
    outcomes: dict[_Question, _Outcomes] = defaultdict(_Outcomes)
    asked = [list(_questions(case, since, now)) for case in cases]
    for case, questions in zip(cases, asked, strict=True):
        for question in questions:
            outcomes[question].n += 1
            outcomes[question].true += _came_true(case, question)
    answers = _answers(cases, outcomes, since)
    tested = sum(any(question in answers for question in questions) for questions in asked)
    return _scored(
        tested, [(answers.get(question), counts) for question, counts in outcomes.items()]
    )


def _questions(case: ExportCase, since: int, now: int) -> Iterable[_Question]:
    """The questions about an export while it waits, those whose horizon is over."""
    if case.ended is not None and not case.released:
        return
    ended = _NEVER if case.ended is None else case.ended
    examined = _NEVER if case.examined is None else case.examined
    for age in _AGES:
        at = case.declared + age
        if ended <= at:
            return
        week = (at - since) // _WEEK_SECONDS
        for horizon in _HORIZONS:
            if at + horizon <= now:
                yield week, case.office, examined <= at, age, horizon


def _came_true(case: ExportCase, question: _Question) -> bool:
    *_, age, horizon = question
    return case.released and case.ended is not None and case.ended <= case.declared + age + horizon


def _answers(
    cases: Sequence[ExportCase], questions: Iterable[_Question], since: int
) -> dict[_Question, float]:
    """The probabilities, by what was known at the beginning of each week."""
    by_week: dict[int, list[_Question]] = defaultdict(list)
    for question in questions:
        by_week[question[0]].append(question)
    answers: dict[_Question, float] = {}
    for week, asked in by_week.items():
        history = History(cases, since + week * _WEEK_SECONDS)
        for question in asked:
            if chance := history.chance(*question[1:]):
                answers[question] = chance.probability
    return answers


_Answer = tuple[float, _Outcomes]


def _scored(declarations: int, answers: Iterable[tuple[float | None, _Outcomes]]) -> BackTest:
    by_band: dict[int, list[_Answer]] = {place: [] for place in range(_BANDS)}
    unanswered = 0
    for probability, outcomes in answers:
        if probability is None:
            unanswered += outcomes.n
        else:
            by_band[min(int(probability * _BANDS), _BANDS - 1)].append((probability, outcomes))
    bands = tuple(_band(place, answered) for place, answered in by_band.items())
    n = sum(band.n for band in bands)
    if not n:
        return BackTest(0, 0, unanswered, None, None, bands)
    brier, error = _squares(by_band) / n, _differences(bands) / n
    return BackTest(declarations, n, unanswered, brier, error, bands)


def _squares(by_band: Mapping[int, Sequence[_Answer]]) -> float:
    """The sum of the squares of probability − outcome."""
    return math.fsum(
        outcomes.true * (1 - probability) ** 2 + (outcomes.n - outcomes.true) * probability**2
        for answers in by_band.values()
        for probability, outcomes in answers
    )


def _differences(bands: Iterable[Band]) -> float:
    """The sum of the absolute differences of predicted and observed share, by answers."""
    return math.fsum(
        band.n * abs(band.predicted - band.observed)
        for band in bands
        if band.predicted is not None and band.observed is not None
    )


def _band(place: int, answers: Sequence[_Answer]) -> Band:
    n = sum(outcomes.n for _, outcomes in answers)
    low, high = place / _BANDS, (place + 1) / _BANDS
    if not n:
        return Band(low, high, 0, None, None)
    predicted = math.fsum(probability * outcomes.n for probability, outcomes in answers) / n
    return Band(low, high, n, predicted, sum(outcomes.true for _, outcomes in answers) / n)


# Forecast


@dataclass(frozen=True, slots=True)
class Forecast:
    """What forecasts at a moment in Unix seconds rest on, and how accurate they were.

    ``left_out`` counts the exports before the latest ``MAX_CASES``.
    """

    now: int
    history: History = field(repr=False)
    test: BackTest
    left_out: int

    def chance(
        self, office: str | None, declared: int, examined: int | None, end: int
    ) -> Probability | Note:
        """The probability that an export which waits is released by ``end``, or why there is none.

        Times are Unix seconds.
        """
        if self.test.reason_withheld:
            return self.test.reason_withheld
        inspected = examined is not None and examined <= self.now
        chance = self.history.chance(office, inspected, self.now - declared, end - self.now)
        return chance or Note.of("too_few_waited")


def forecast(timings: Iterable[Timings], since: int, until: int, now: int) -> Forecast:
    """What the exports declared in a half-open span tell, as known at ``now``; Unix seconds."""
    end = min(until, now + 1)
    cases = [case for case in map(export_case, timings) if case and since <= case.declared < end]
    first = min(sorted(case.declared for case in cases)[-MAX_CASES:], default=now)
    latest = [case for case in cases if case.declared >= first]
    left_out = len(cases) - len(latest)
    return Forecast(now, History(latest, now), back_test(latest, since, now), left_out)
