"""How good forecasts of releases were: every open case asked about at fixed times, as it was then.

Each week is forecast by the model that could be learned before it (``forecast_learning``). Every
case that was open is asked about at each of ``ASKED_EVERY``, as a list does that is looked at then:
when will it be released? An answer counts once the truth is known; nothing is asked about what was
withdrawn.

**Coverage** is the share of intervals that held the truth. The **pinball loss** (Koenker and
Bassett 1978) is the mean, over both ends and the median, of what each missed by, weighted by its
share; it stands beside that of the *usual time*, which is what others tell: the same quantiles of
the time from the first submission to the release, at the same office and in the same direction,
whatever happened since. The **Brier score** (1950) of the probability that an export is released
within each of ``HORIZONS`` is the mean square of probability − outcome; the **calibration error**
is the mean absolute difference of predicted and observed share in ten bands of probability,
weighted by the answers in each.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clearance.figures.forecast import (
    LEVEL,
    MAX_ERROR,
    MIN_CASES,
    Conformal,
    Curve,
    probability,
)
from clearance.figures.forecast_learning import (
    Learned,
    Question,
    curves,
    known_at,
    latest,
    learn,
    questions,
)
from clearance.model import Note, Value
from clearance.named_tuples import NamedTuple

HORIZONS = tuple(hours * 3600 for hours in (4, 12, 24, 48))
"""Seconds within which the back-test asks for a release."""
_BANDS = 10
_WEEK_SECONDS = 7 * 86400
_QUANTILES = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
"""The quantiles that an interval and its median stand for."""
_MIN_ANSWERS = 100
"""Answers from which a group's coverage is judged."""


class Band(NamedTuple):
    """Answers between two probabilities: how many, their mean, and the share that came true."""

    low: float
    high: float
    n: int
    predicted: float | None
    observed: float | None


class Coverage(NamedTuple):
    """Intervals of one system, span of time, direction and stage; None stands for all of them.

    ``inside`` counts those that held the truth, ``strictly`` those that held it between their ends.
    ``width`` is their mean in seconds, ``loss`` the mean pinball loss and ``usual`` that of the
    usual time.
    """

    system: str | None
    span: str | None
    direction: str | None
    stage: str | None
    n: int
    inside: int
    strictly: int
    width: float
    loss: float
    usual: float

    @property
    def share(self) -> float:
        """The share of intervals that held the truth."""
        return self.inside / self.n

    @property
    def error(self) -> float:
        """By how much less, or more, often than said intervals held the truth.

        Where many times are equal, a truth at an end is neither inside nor outside.
        """
        return max(LEVEL - self.share, self.strictly / self.n - LEVEL, 0.0)

    @property
    def missed(self) -> bool:
        """Whether it is so far from what was said that nothing may be told."""
        return self.n >= _MIN_ANSWERS and self.error > MAX_ERROR


class BackTest(Value):
    """A back-test: of how many declarations, and how many answers about a cut-off.

    ``unanswered`` counts the questions for which too little was known, or that were not told.
    ``coverages`` begin with that of everything.
    """

    declarations: int
    n: int
    unanswered: int
    brier: float | None
    error: float | None
    bands: tuple[Band, ...]
    coverages: tuple[Coverage, ...] = ()

    @property
    def reason_withheld(self) -> Note | None:
        """Why nothing is told, or None."""
        if self.declarations < MIN_CASES or not self.coverages:
            return Note.of("too_little_history", n=self.declarations)
        errors = [self.coverages[0].error, *filter(None, (self.error,))]
        if max(errors) > MAX_ERROR:
            return Note.of("back_test_error", error=max(errors), limit=MAX_ERROR)
        return None


@dataclass(slots=True)
class _Sums:
    """What is added up for a coverage."""

    n: int = 0
    inside: int = 0
    strictly: int = 0
    width: int = 0
    loss: float = 0.0
    usual: float = 0.0

    def add(self, other: _Sums) -> None:
        """Adds others to them."""
        self.n += other.n
        self.inside += other.inside
        self.strictly += other.strictly
        self.width += other.width
        self.loss += other.loss
        self.usual += other.usual


_Span = Callable[[int], str]
"""Names the span that a moment lies in."""


@dataclass(slots=True)
class _Score:
    """The answers of a back-test so far."""

    span: _Span
    sums: dict[tuple[str | None, ...], _Sums] = field(default_factory=lambda: defaultdict(_Sums))
    told: dict[float, list[bool]] = field(default_factory=lambda: defaultdict(list))
    declarations: set[tuple[str, str]] = field(default_factory=set)
    unanswered: int = 0


def back_test(
    cases: Mapping[str, Sequence[Learned]], since: int, until: int, now: int, span: _Span
) -> BackTest:
    """Asks about every case of each system that was open in a half-open span; Unix seconds.

    ``cases`` are as known ``now``.
    """
    score = _Score(span)
    for system, own in cases.items():
        for week in range(since, min(until, now), _WEEK_SECONDS):
            _ask(score, system, own, week, min(week + _WEEK_SECONDS, until))
    return _scored(score)


def _ask(score: _Score, system: str, cases: Sequence[Learned], since: int, until: int) -> None:
    """Asks about the cases of a system in a week, by what was known when it began."""
    asked = [
        question
        for case in cases
        if case.until > since and case.steps[0][1] < until
        for question in questions(case, since, until)
    ]
    score.unanswered += len(asked)
    if not asked:
        return
    known = latest(one for case in cases if (one := known_at(case, since)))
    model, found = learn(known)
    usual = _usual_times(known)
    for question, own in curves(found, asked, among=False):
        conformal = model.conformal(question.direction, question.stage)
        if not isinstance(conformal, Note):
            _answer(score, system, question, own, conformal, usual)


_Usual = Mapping[tuple[str | None, ...], Sequence[int]]
"""The ``_QUANTILES`` of the time to the release, by direction and office, and by wider groups."""


def _usual_times(cases: Iterable[Learned]) -> _Usual:
    """The usual times of what is finished, where there are enough."""
    times: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for case in cases:
        if case.released is not None:
            for group in _usual_groups(case.direction, case.office):
                times[group].append(case.released - case.steps[0][1])
    return {group: _quantiles(sorted(own)) for group, own in times.items() if len(own) >= MIN_CASES}


def _usual_groups(direction: str | None, office: str | None) -> Iterator[tuple[str | None, ...]]:
    yield direction, office
    yield (direction,)
    yield ()


def _quantiles(times: Sequence[int]) -> list[int]:
    return [times[min(int(share * len(times)), len(times) - 1)] for share in _QUANTILES]


def _answer(
    score: _Score,
    system: str,
    question: Question,
    own: Curve,
    conformal: Conformal,
    usual: _Usual,
) -> None:
    """Adds an answer to the score, unless the curve does not reach far enough."""
    told = [own.at(share) for share in (conformal.low, conformal.median, conformal.high)]
    times = [max(time, question.age) for time in told if time is not None]
    groups = _usual_groups(question.direction, question.office)
    others = next((usual[group] for group in groups if group in usual), None)
    if len(times) < len(told) or others is None:
        return
    begun = question.first - question.begun
    sums = _Sums(
        n=1,
        inside=times[0] <= question.total <= times[-1],
        strictly=times[0] < question.total < times[-1],
        width=times[-1] - times[0],
        loss=_pinball(times, question.total),
        usual=_pinball([max(begun + time, question.age) for time in others], question.total),
    )
    score.unanswered -= 1
    score.declarations.add((system, question.name))
    span = score.span(question.asked)
    for key in _coverage_keys(system, span, question.direction, question.stage):
        score.sums[key].add(sums)
    if question.direction == "export":
        for horizon in HORIZONS:
            end = question.age + horizon
            chance = probability(own, conformal, end)
            score.told[chance].append(question.total <= end)


def _pinball(told: Sequence[int], truth: int) -> float:
    """What quantiles missed the truth by in seconds, each weighted by its share; their mean."""
    missed = zip(_QUANTILES, (truth - time for time in told), strict=True)
    return sum(max(share * by, (share - 1) * by) for share, by in missed) / len(told)


def _coverage_keys(
    system: str, span: str, direction: str | None, stage: str
) -> Iterator[tuple[str | None, ...]]:
    """The groups that an answer counts in: all, its span, and its direction and stage in both."""
    yield None, None, None, None
    yield None, span, None, None
    yield system, span, direction, stage
    yield system, None, direction, stage


# The score


def _scored(score: _Score) -> BackTest:
    bands = tuple(_bands(score.told))
    n = sum(band.n for band in bands)
    return BackTest(
        declarations=len(score.declarations),
        n=n,
        unanswered=score.unanswered,
        brier=_squares(score.told) / n if n else None,
        error=_differences(bands) / n if n else None,
        bands=bands,
        coverages=tuple(_coverage(key, score.sums[key]) for key in sorted(score.sums, key=_place)),
    )


def _place(key: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    """The order of coverages: those of all first."""
    system, span, direction, stage = key
    return tuple((one is not None, one or "") for one in (system, direction, stage, span))


def _coverage(key: tuple[str | None, ...], sums: _Sums) -> Coverage:
    n = sums.n
    system, span, direction, stage = key
    means = (sums.width / n, sums.loss / n, sums.usual / n)
    return Coverage(system, span, direction, stage, n, sums.inside, sums.strictly, *means)


def _bands(told: Mapping[float, Sequence[bool]]) -> Iterator[Band]:
    by_band: dict[int, list[float]] = {place: [] for place in range(_BANDS)}
    for said in sorted(told):
        by_band[min(int(said * _BANDS), _BANDS - 1)].append(said)
    for place, own in by_band.items():
        low, high, n = place / _BANDS, (place + 1) / _BANDS, sum(len(told[one]) for one in own)
        if not n:
            yield Band(low, high, 0, None, None)
            continue
        predicted = math.fsum(one * len(told[one]) for one in own) / n
        yield Band(low, high, n, predicted, sum(sum(told[one]) for one in own) / n)


def _squares(told: Mapping[float, Sequence[bool]]) -> float:
    """The sum of the squares of probability − outcome."""
    return math.fsum(
        sum(came) * (1 - probability) ** 2 + (len(came) - sum(came)) * probability**2
        for probability, came in told.items()
    )


def _differences(bands: Iterable[Band]) -> float:
    """The sum of the absolute differences of predicted and observed share, by answers."""
    return math.fsum(
        band.n * abs(band.predicted - band.observed)
        for band in bands
        if band.predicted is not None and band.observed is not None
    )
