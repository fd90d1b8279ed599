"""Where the time went: the stages between two milestones, and who each of them waits for.

The parts of a declaration sum to its whole to the second, because each is the difference of the
clock at two neighbouring moments and they begin and end with the interval.
"""

from __future__ import annotations

from collections.abc import Callable

from clearance.model import LETTERS, Stage

Clock = Callable[[int, int], int]
"""Seconds that count between two moments in Unix seconds. Where there is none all of them count."""

OWNERS: dict[Stage, str] = {
    Stage.DRAFT: "trader",
    Stage.SUBMITTED: "system",
    Stage.ACCEPTED: "customs",
    Stage.UNDER_REVIEW: "customs",
    Stage.ACTION_DUE: "trader",
    Stage.INSPECTION: "customs and trader",
    Stage.SUSPENDED: "customs",
    Stage.RELEASED: "carrier",
    Stage.CLEARED: "carrier",
    Stage.REJECTED: "trader",
    Stage.WITHDRAWN: "trader",
}
"""Whom a declaration in a stage waits for; a release waits for the carrier's manifest."""

SUBMITTED = LETTERS[Stage.SUBMITTED]
STAGE_OF_LETTER = {letter: stage for stage, letter in LETTERS.items()}
"""The stage of each letter of a path."""


def parts(
    path: str, since: int, start: int, end: int, clock: Clock | None = None
) -> list[tuple[str, int]]:
    """Stages from ``start`` to ``end``, in order, each by its letter, with its seconds.

    Moments are Unix seconds. ``path`` is that of ``Summary``, which counts from ``since``; what
    lies before its first stage was submitted.

    >>> parts("s,0,a,10,u,3610,r,7200", 0, 0, 9000)
    [('s', 10), ('a', 3600), ('u', 3590), ('r', 1800)]
    """
    found: list[tuple[str, int]] = []
    stage, done = SUBMITTED, 0
    steps = iter(path.split(",") if path else ())
    for letter, after in zip(steps, steps, strict=True):
        at = since + int(after)
        if at >= end:
            break
        if at > start and (until := clock(start, at) if clock else at - start) > done:
            found.append((stage, until - done))
            done = until
        stage = letter
    if (until := clock(start, end) if clock else end - start) > done:
        found.append((stage, until - done))
    return found
