"""Learns when declarations are released from those that were: see ``forecast``.

Everything is a pure function of what was known of the cases at a moment, so the same messages give
the same model in whatever order they came. Times are Unix seconds.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import inf

from clearance.figures.forecast import (
    MAX_FINISHED,
    MIN_ASKED,
    MIN_CASES,
    STAGE_OF_LETTER,
    Conformal,
    Curve,
    Model,
    Stay,
    Stays,
    ends,
    groups,
)
from clearance.model import LETTERS, Stage, Timings
from clearance.named_tuples import NamedTuple

MAX_CASES = 3_000
"""At most this many of the latest declarations are learned from."""
ASKED_EVERY = 6 * 3600
"""Seconds between two moments at which every open case is asked about."""
_MAX_DAYS = 60
"""Days for which a case is asked about; one that waits for longer would outweigh the others."""
_GOLDEN = 0.6180339887498949
"""Spreads what falls on equal times evenly between them."""
_RETURNED = LETTERS[Stage.REJECTED]


class Learned(NamedTuple):
    """A declaration to learn from: the stages it came to, and when it was released.

    ``until`` is when it was last known to wait: its release, its return, when people put it away,
    or the moment.
    """

    name: str
    direction: str | None
    office: str | None
    steps: tuple[tuple[str, int], ...]
    released: int | None
    until: int


def learned(timing: Timings, now: int) -> Learned | None:
    """The case of a declaration as known at a moment.

    None for what was withdrawn, closed without a release, or has impossible times.
    """
    since, released = timing.first_declared_at, timing.released_at
    if since is None or timing.stage == Stage.WITHDRAWN or not timing.path:
        return None
    if released is None and timing.stage == Stage.CLEARED:
        return None
    words = timing.path.split(",")
    steps = [(one, since + int(at)) for one, at in zip(words[::2], words[1::2], strict=True)]
    waits = _last_known(steps, min(now, timing.put_away_at or now))
    until = waits if released is None else released
    before = tuple(step for step in steps if step[1] < until)
    if not before:
        return None
    return Learned(timing.name, timing.direction, timing.office, before, released, until)


def _last_known(steps: Sequence[tuple[str, int]], now: int) -> int:
    """Until when a case that is not released is known to wait: one that is returned is not."""
    letter, at = steps[-1]
    return at if letter == _RETURNED else now


def known_at(case: Learned, now: int) -> Learned | None:
    """What was known of a case at an earlier moment; None before there was any."""
    if case.until <= now:
        return case
    steps = tuple(step for step in case.steps if step[1] <= now)
    if not steps:
        return None
    return case._replace(steps=steps, released=None, until=_last_known(steps, now))


# Stays, and questions about finished cases


class Question(NamedTuple):
    """One question about a finished case: its stage, how long it had been in it, and the truth.

    ``age`` and ``total`` are seconds since the stage was ``begun``, to the question and to the
    release; ``first`` is when the case began.
    """

    age: int
    total: int
    begun: int
    first: int
    asked: int
    released: int
    direction: str | None
    office: str | None
    stage: str
    name: str


def questions(case: Learned, since: float = -inf, until: float = inf) -> Iterator[Question]:
    """A finished case at each of ``ASKED_EVERY`` while it waited, in a half-open span."""
    if case.released is None:
        return
    last = min(case.released, case.steps[0][1] + _MAX_DAYS * 86400)
    for (letter, at), (_, left) in pairwise((*case.steps, ("", last))):
        stage = STAGE_OF_LETTER.get(letter)
        if stage is None:
            continue
        for asked in range(-(-at // ASKED_EVERY) * ASKED_EVERY, left, ASKED_EVERY):
            if since <= asked < until:
                yield Question(
                    asked - at,
                    case.released - at,
                    at,
                    case.steps[0][1],
                    asked,
                    case.released,
                    case.direction,
                    case.office,
                    stage.value,
                    case.name,
                )


Key = tuple[str, str | None]
"""A stage and a direction."""


def stays(cases: Iterable[Learned]) -> dict[Key, list[Stay]]:
    """The stays of cases by stage and direction."""
    found: dict[Key, list[Stay]] = defaultdict(list)
    for case in cases:
        over = case.released is not None
        for (letter, at), (_, left) in pairwise((*case.steps, ("", case.until))):
            stage = STAGE_OF_LETTER.get(letter)
            if stage is not None and left > at:
                stay = Stay(left - at, case.until - at, case.office, over)
                found[stage.value, case.direction].append(stay)
    return dict(found)


Stratum = tuple[str | None, ...]
"""A stage; with a direction; with an office too."""
_DEPTHS = (3, 2, 1)
"""How many of those make a stratum, the narrowest first."""


def curves(
    found: Mapping[Key, Sequence[Stay]], asked: Iterable[Question], *, among: bool
) -> Iterator[tuple[Question, Curve]]:
    """The questions that can be answered, each with the curve of the narrowest stratum in which
    enough stays lasted as long.

    ``among``: what is asked about is among the stays, and is judged by the others only. A curve
    may be used until the next is asked for.
    """
    for depth in _DEPTHS:
        left: list[Question] = []
        for questions, own in _strata(found, asked, depth):
            yield from _answered(own, questions, left, among=among)
        asked = left


def _strata(
    found: Mapping[Key, Sequence[Stay]], asked: Iterable[Question], depth: int
) -> Iterator[tuple[list[Question], list[Stay]]]:
    """Questions by stratum, with the stays in it."""
    questions: dict[Stratum, list[Question]] = defaultdict(list)
    for one in asked:
        questions[(one.stage, one.direction, one.office)[:depth]].append(one)
    own: dict[Stratum, list[Stay]] = defaultdict(list)
    for (stage, direction), some in found.items():
        for stay in some:
            own[(stage, direction, stay.office)[:depth]].append(stay)
    for stratum, some_questions in questions.items():
        yield some_questions, own[stratum]


def _answered(
    own: list[Stay], asked: list[Question], left: list[Question], *, among: bool
) -> Iterator[tuple[Question, Curve]]:
    """The questions of a stratum with their curves; those with too few stays are put in ``left``.

    From the question about the oldest case on stays are only added.
    """
    own.sort(key=_seconds, reverse=True)
    asked.sort(key=_by_age, reverse=True)
    released: list[int] = []
    open: list[int] = []
    place = 0
    for question in asked:
        while place < len(own) and own[place].seconds > question.age:
            stay = own[place]
            insort(released if stay.released else open, stay.total)
            place += 1
        if len(released) + len(open) - among < MIN_CASES:
            left.append(question)
            continue
        if among:
            del released[bisect_left(released, question.total)]
        yield question, Curve(released, open, question.age)
        if among:
            insort(released, question.total)


def _seconds(stay: Stay) -> int:
    return stay.seconds


def _by_age(question: Question) -> tuple[int, int, int, str]:
    return question.age, question.total, question.asked, question.name


class _Answer(NamedTuple):
    """Where the truth of a question fell in its curve."""

    question: Question
    share: float


def _answers(found: Mapping[Key, Sequence[Stay]], asked: Iterable[Question]) -> Iterator[_Answer]:
    """Where the truth of each question fell; what falls on equal times is spread among them."""
    for count, (question, own) in enumerate(curves(found, asked, among=True)):
        yield _Answer(question, own.share(question.total, count * _GOLDEN % 1))


# The model


class Learning(NamedTuple):
    """A model, and the stays that it rests on by stage and direction."""

    model: Model
    stays: dict[Key, list[Stay]]


def learn(cases: Iterable[Learned]) -> Learning:
    """What the cases of one customs system tell, as they were known at a moment."""
    some = latest(cases)
    found = stays(some)
    finished = sorted((case for case in some if case.released is not None), key=_end)
    finished = finished[-2 * MAX_FINISHED :]
    answers = list(_answers(found, (one for case in finished for one in questions(case))))
    directions: dict[str, list[str | None]] = defaultdict(list)
    for stage, direction in sorted(found, key=str):
        directions[stage].append(direction)
    model = Model(
        cases=len(finished),
        conformals=_conformals(finished, answers),
        directions=dict(directions),
        stays=lambda stage, direction: by_office(found.get((stage, direction), ())),
    )
    return Learning(model, found)


def by_office(stays: Iterable[Stay]) -> dict[str, Stays]:
    """Stays by their office; those of none by an empty name."""
    found: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        found[stay.office or ""].append(stay)
    return {office: Stays.of(own) for office, own in sorted(found.items())}


def latest(cases: Iterable[Learned]) -> list[Learned]:
    """The latest of some cases, as many as are learned from."""
    return sorted(cases, key=_first)[-MAX_CASES:]


def _first(case: Learned) -> tuple[int, str]:
    return case.steps[0][1], case.name


def _end(case: Learned) -> tuple[int, str]:
    return case.until, case.name


def _conformals(finished: Sequence[Learned], answers: Iterable[_Answer]) -> dict[str, Conformal]:
    """What the answers say by group, and how good they would have been."""
    by_group: dict[str, list[_Answer]] = defaultdict(list)
    for answer in sorted(answers, key=_asked):
        for group in groups(answer.question.direction, answer.question.stage):
            by_group[group].append(answer)
    rolling = [case.until for case in finished]
    return {
        group: _conformal(own, rolling)
        for group, own in sorted(by_group.items())
        if not group or len(own) >= MIN_ASKED
    }


def _conformal(answers: Sequence[_Answer], ended: Sequence[int]) -> Conformal:
    """What the last finished cases say, and how many earlier answers were right so.

    Answers are in the order in which they were asked for, many at one moment. ``ended`` are the
    ends of all finished cases in order: at any moment the last ``MAX_FINISHED`` of those by then
    count.
    """
    window = _Window(answers, ended)
    tested = inside = 0
    for asked, some in groupby(answers, _asked):
        shares = window.at(asked)
        if len(shares) >= MIN_CASES:
            low, high = ends(shares)
            held = [low <= answer.share <= high for answer in some]
            tested += len(held)
            inside += sum(held)
    return Conformal.of(window.at(ended[-1]), tested, inside)


def _asked(answer: _Answer) -> int:
    return answer.question.asked


class _Window:
    """The shares of the last finished cases, as time goes on."""

    def __init__(self, answers: Sequence[_Answer], ended: Sequence[int]) -> None:
        self._ended = ended
        self._coming = deque(sorted((one.question.released, one.share) for one in answers))
        self._held = deque[tuple[int, float]]()
        self._shares: list[float] = []

    def at(self, moment: int) -> list[float]:
        """The shares in order at a moment; moments are asked for in order."""
        while self._coming and self._coming[0][0] <= moment:
            entry = self._coming.popleft()
            self._held.append(entry)
            insort(self._shares, entry[1])
        last = bisect_left(self._ended, moment + 1)
        first = self._ended[last - MAX_FINISHED] if last > MAX_FINISHED else -inf
        while self._held and self._held[0][0] < first:
            _, share = self._held.popleft()
            del self._shares[bisect_left(self._shares, share)]
        return self._shares
