"""Countdowns to a deadline: which step is reached, and what a rule answers then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clearance.alerting.rules._rule import Fine, Origin, Problem, problem
from clearance.alerting.running import Running
from clearance.model import Severity
from clearance.named_tuples import NamedTuple

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


class Step(NamedTuple):
    """A step of a countdown: the time left at which it begins, in days or hours, and its severity.

    Steps follow each other: each begins with less time left than the one before.
    """

    left: float
    severity: Severity


def reached(steps: Sequence[Step], left: float) -> int | None:
    """The number of the last step that is reached, or None before the first."""
    numbers = [number for number, step in enumerate(steps) if left <= step.left]
    return numbers[-1] if numbers else None


def countdown(
    steps: Sequence[Step],
    left: float,
    origin: Origin,
    values: Mapping[str, Any],
    overdue: Mapping[str, Any] | None = None,
    variant: str = "late",
    running: Running | None = None,
) -> Problem | Fine:
    """The problem of the step that is reached, or fine before the first.

    ``left`` is in the unit of the steps. What is overdue has more values and a variant of the text;
    ``running`` are those of its values that run on with time.
    """
    step = reached(steps, left)
    if step is None:
        return Fine(dict(values))
    if overdue is None:
        return problem(steps[step].severity, origin, step=step, **values)
    return problem(
        steps[step].severity,
        origin,
        step=step,
        variant=variant,
        running=running,
        **values,
        **overdue,
    )
