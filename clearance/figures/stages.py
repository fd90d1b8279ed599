"""Where the time went: the stages between two milestones, and whom each of them waits for.

The parts of a declaration add up to its whole to the second: each is the difference of the clock at
two neighbouring moments, and they begin and end with the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from clearance.model import LETTERS, Stage

Clock = Callable[[int, int], int]
"""The seconds that count between two moments in Unix seconds; without a clock all of them do."""

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
    return counted(stays(path, since, start, end), clock)


def counted(
    stays: Sequence[tuple[str, int, int]], clock: Clock | None = None
) -> list[tuple[str, int]]:
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


def seconds(stays: Sequence[tuple[str, int, int]], clock: Clock | None = None) -> dict[str, int]:
    """Seconds that count by the letter of the stage, in the order in which each first came."""
    if clock is not None:
        return by_letter(counted(stays, clock))
    found: dict[str, int] = {}
    for letter, begun, left in stays:
        found[letter] = found.get(letter, 0) + left - begun
    return found


def by_letter(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Seconds by the letter of the stage, in the order in which each first came."""
    found: dict[str, int] = {}
    for letter, seconds in parts:
        found[letter] = found.get(letter, 0) + seconds
    return found


def stays(path: str, since: int, start: int, end: int) -> list[tuple[str, int, int]]:
    """The letter of each stage between two moments, and when it was begun and left."""
    result: list[tuple[str, int, int]] = []
    letter = _SUBMITTED if path[:1] in _AFTER_SUBMISSION else _UNKNOWN
    words = path.split(",") if path else []
    for following, after in zip(words[::2], map(int, words[1::2]), strict=True):
        at = since + after
        if at >= end:
            break
        if at > start:
            result.append((letter, start, at))
            start = at
        letter = following
    if end > start:
        result.append((letter, start, end))
    return result
