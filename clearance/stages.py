"""Where the time went: the stages between two milestones, and who each of them waits for.

The parts of a declaration sum to its whole to the second, because each is the difference of the
clock at two neighbouring moments and they begin and end with the interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from clearance.model import LETTERS, Stage

Clock = Callable[[int, int], int]
"""Seconds that count between two moments in Unix seconds."""

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

_STEP = re.compile(r"([a-z])(\d+)")
_STAGES = {letter: stage for stage, letter in LETTERS.items()}


def elapsed(start: int, end: int) -> int:
    """The clock that never stands still."""
    return end - start


def parts(path: str, since: int, start: int, end: int, clock: Clock = elapsed) -> dict[Stage, int]:
    """Seconds in each stage from ``start`` to ``end``, moments in Unix seconds, start not later.

    ``path`` is that of ``Summary``, which counts from ``since``; what lies before its first stage
    was submitted.

    >>> parts("s0a10u3610r7200", 0, 0, 9000)[Stage.UNDER_REVIEW]
    3590
    """
    found: dict[Stage, int] = {}
    for stage, until, from_ in _legs(path, since, start, end, clock):
        found[stage] = found.get(stage, 0) + until - from_
    return found


def _legs(
    path: str, since: int, start: int, end: int, clock: Clock
) -> Iterator[tuple[Stage, int, int]]:
    """Each stage within the interval, with the clock at its end and at its beginning."""
    steps = [(Stage.SUBMITTED, min(since, start))]
    steps += ((_STAGES[letter], since + int(after)) for letter, after in _STEP.findall(path))
    done = 0
    for (stage, _), (_, left) in pairwise((*steps, (Stage.CLEARED, end))):
        until = clock(start, min(max(left, start), end))
        if until > done:
            yield stage, until, done
            done = until
