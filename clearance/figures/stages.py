"""Where the time went: the stages between two milestones, and whom each of them waits for.

The parts of a declaration add up to its whole to the second: each is the difference of the clock at
two neighbouring moments, and they begin and end with the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    result: list[tuple[str, int]] = []
    done = 0
    for stage, until in _stays(path, since, end):
        if until > start:
            counted = clock(start, until) if clock else until - start
            if counted > done:
                result.append((stage, counted - done))
                done = counted
    return result


def _stays(path: str, since: int, end: int) -> Iterator[tuple[str, int]]:
    """The letter of each stage that began before ``end``, and when it was left, at most ``end``."""
    stage = _SUBMITTED if path[:1] in _AFTER_SUBMISSION else _UNKNOWN
    words = path.split(",") if path else []
    for letter, after in zip(words[::2], words[1::2], strict=True):
        if since + int(after) >= end:
            break
        yield stage, since + int(after)
        stage = letter
    yield stage, end
