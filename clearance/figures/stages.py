"""Where the time went: the stages between two milestones, and whom each of them waits for.

The parts of a declaration add up to its whole to the second: each is the difference of the clock at
two neighbouring moments, and they begin and end with the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, repeat
from operator import add, le, sub

from clearance.model import LETTERS, Stage, letters_of, seconds_of
from clearance.named_tuples import NamedTuple

Clock = Callable[[int, int], int]
"""The seconds that count between two moments in Unix seconds; without a clock all of them do."""


class Stays(NamedTuple):
    """The stages of declarations that went the same way, in order, each by its letter.

    ``moments`` has a column for when each was begun, in Unix seconds, and behind these one for when
    the last was left. A stage that a declaration was not in begins when the next one does.
    """

    letters: str
    moments: Sequence[Sequence[int]]


Stay = tuple[str, int, int]
"""The letter of a stage of one declaration, and when it was begun and left."""


OWNERS: dict[Stage, str] = {
    Stage.DRAFT: "trader",
    Stage.SUBMITTED: "system",
    Stage.ACCEPTED: "customs",
    Stage.UNDER_REVIEW: "customs",
    Stage.REVIEWED: "customs release",
    Stage.ACTION_DUE: "trader",
    Stage.INSPECTION: "customs and trader",
    Stage.SUSPENDED: "customs",
    Stage.RELEASED: "carrier",
    Stage.CLEARED: "carrier",
    Stage.REJECTED: "trader",
    Stage.WITHDRAWN: "trader",
    Stage.UNKNOWN: "unknown",
}
"""Whom a declaration in a stage waits for; a release waits for the carrier's manifest, and where
messages are missing nobody knows.
"""

_SUBMITTED, _UNKNOWN = LETTERS[Stage.SUBMITTED], LETTERS[Stage.UNKNOWN]
_AFTER_SUBMISSION = ("", *(LETTERS[stage] for stage in (
    Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED, Stage.REJECTED, Stage.WITHDRAWN
)))  # fmt: skip
"""What may follow a submission without any message between: another, an acceptance, an end."""
STAGE_OF_LETTER = {letter: stage for stage, letter in LETTERS.items()}
"""The stage of each letter of a path."""


def parts(
    path: str, since: int, start: int, end: int, clock: Clock | None = None
) -> list[tuple[str, int]]:
    """Stages from ``start`` to ``end``, in order, each by its letter, with its seconds.

    Moments are Unix seconds. ``path`` is that of ``Summary``, which counts from ``since``; before
    its first stage a declaration was submitted, unless the messages until then are missing.

    >>> parts("s,0,a,10,u,3610,r,7200", 0, 0, 9000)
    [('s', 10), ('a', 3600), ('u', 3590), ('r', 1800)]
    >>> parts("r,7200", 0, 0, 9000)
    [('?', 7200), ('r', 1800)]
    """
    steps = [[seconds] for seconds in seconds_of(path)]
    letters, moments = stays(letters_of(path), steps, [since], [start], [end])
    return counted(of_one(letters, [moment for (moment,) in moments]), clock)


def counted(stays: Sequence[Stay], clock: Clock | None = None) -> list[tuple[str, int]]:
    """Stages by their letters, each with the seconds that count between its two moments."""
    if clock is None:
        return [(letter, left - begun) for letter, begun, left in stays]
    result: list[tuple[str, int]] = []
    done, start = 0, stays[0][1] if stays else 0
    for letter, _, left in stays:
        seconds = clock(start, left)
        if seconds > done:
            result.append((letter, seconds - done))
            done = seconds
    return result


class Spent(NamedTuple):
    """The seconds of declarations in a stage, in all; and a column each of the seconds that count
    until it was begun and until it was left. Without a clock these count from 1970.
    """

    letter: str
    seconds: int
    before: Sequence[int]
    until: Sequence[int]


def spent(stays: Stays, clock: Clock | None = None) -> Iterator[Spent]:
    """What declarations spent in each stage in which any spent some time.

    >>> for stage in spent(Stays("sar", [[0, 0], [10, 20], [60, 90], [60, 90]])):
    ...     print(*stage)
    s 30 [0, 0] [10, 20]
    a 120 [10, 20] [60, 90]
    """
    marks = stays.moments if clock is None else _worked(stays.moments, clock)
    for letter, (before, until) in zip(stays.letters, pairwise(marks), strict=True):
        if seconds := sum(until) - sum(before):
            yield Spent(letter, seconds, before, until)


def by_declaration(spent: Sequence[Spent], n: int) -> Iterable[Mapping[str, int]]:
    """The seconds of each of ``n`` declarations by the letters of stages."""
    if not spent:
        return repeat({}, n)
    letters = [one.letter for one in spent]
    rows = zip(*(map(sub, one.until, one.before) for one in spent), strict=True)
    if len({*letters}) < len(letters):
        return [by_letter(zip(letters, row, strict=True)) for row in rows]
    return [{letter: s for letter, s in zip(letters, row, strict=True) if s} for row in rows]


def _worked(moments: Sequence[Sequence[int]], clock: Clock) -> Iterator[Sequence[int]]:
    """The seconds that count from the first column of moments until each of them."""
    starts, worked = moments[0], [0] * len(moments[0])
    yield worked
    for begun, left in pairwise(moments):
        worked = [
            max(done, clock(start, at)) if at > before else done
            for done, start, before, at in zip(worked, starts, begun, left, strict=True)
        ]
        yield worked


def by_letter(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Seconds by the letter of the stage, in the order in which each first came."""
    found: dict[str, int] = {}
    for letter, seconds in parts:
        if seconds:
            found[letter] = found.get(letter, 0) + seconds
    return found


def of_one(letters: str, moments: Sequence[int]) -> list[Stay]:
    """The stages that one declaration was in, by its moments in ``Stays``."""
    return [
        (letter, begun, left)
        for letter, (begun, left) in zip(letters, pairwise(moments), strict=True)
        if begun < left
    ]


def stays(
    letters: str,
    steps: Sequence[Sequence[int]],
    since: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
) -> Stays:
    """The stages between two moments of declarations whose paths have the same letters; ``steps``
    has a column of seconds for each letter, which count from a moment of each declaration.

    >>> stays("sar", [[0, 0], [10, 20], [70, 90]], [0, 0], [0, 0], [60, 100])
    Stays(letters='ssar', moments=[[0, 0], [0, 0], [10, 20], [60, 90], [60, 100]])
    """
    first = _SUBMITTED if letters[:1] in _AFTER_SUBMISSION else _UNKNOWN
    moments: list[Sequence[int]] = [starts]
    for seconds in steps:
        moments.append(_between(moments[-1], list(map(add, since, seconds)), ends))
    return Stays(first + letters, [*moments, ends])


def _between(low: Sequence[int], moments: Sequence[int], high: Sequence[int]) -> Sequence[int]:
    """Moments, but none before another and none after a third; mostly all lie between."""
    if all(map(le, low, moments)) and all(map(le, moments, high)):
        return moments
    return [
        end if at > end else at if at > before else before  # noqa: FURB136 - a call takes longer
        for before, at, end in zip(low, moments, high, strict=True)
    ]
