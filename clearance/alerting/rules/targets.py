"""Targets of one's own: how long an interval should take at most, and what is about to miss it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._context import Context
from clearance.alerting.rules._rule import (
    Answer,
    Origin,
    Settings,
    fine,
    not_applicable,
    rule,
    warning,
)
from clearance.alerting.running import as_hours
from clearance.model import ENDED, INTERVALS, Declaration, Summary
from clearance.named_tuples import NamedTuple


class Due(NamedTuple):
    """An interval that has begun and not ended, and when it should have."""

    interval: str
    since: datetime
    at: datetime


def dues(declaration: Summary, context: Context) -> Iterator[Due]:
    """The targets that a declaration is still to meet, or has missed and not met since."""
    for interval, seconds in context.targets.items():
        start, end = (getattr(declaration, name) for name in INTERVALS[interval])
        if start is not None and end is None and declaration.stage not in ENDED:
            yield Due(interval, start, start + timedelta(seconds=seconds))


@rule(
    zh="目标时限将至",
    text={
        "en": "{interval} should be over by {due}, {hours_left} left",
        "zh": "{interval}的目标时限为 {due}, 还有 {hours_left}",
    },
    variants={
        "missed": {
            "en": "{interval} should have been over by {due}, {hours_past} ago",
            "zh": "{interval}的目标时限 {due} 已过 {hours_past}",
        }
    },
    next_step={
        "en": "see what it waits for, and ask whoever it waits for",
        "zh": "查看卡在哪个环节, 并催办相应一方",
    },
    share_left=0.25,
)
def target_at_risk(
    declaration: Declaration, context: Context, settings: Settings
) -> Answer | Iterator[Answer]:
    """An interval is about to take longer than its target, or has.

    A warning when a quarter of the target is left, and again when it has passed; over when the
    interval is, or the declaration. Basis: ``[targets]`` of the settings; without any it judges
    nothing. All time that passes counts.
    """
    if not context.targets:
        return not_applicable()
    return _judged(declaration, context, settings)


def _judged(declaration: Declaration, context: Context, settings: Settings) -> Iterator[Answer]:
    """What is said of each target."""
    for due in dues(declaration, context):
        target = due.at - due.since
        left = context.left(due.at, target * settings["share_left"])
        values = {
            "interval": due.interval,
            "due": due.at.astimezone(context.system(declaration).zone).isoformat(),
        }
        if left > target * settings["share_left"]:
            yield fine(**values)
            continue
        begun = due.at - target * settings["share_left"]
        messages = declaration.events[0].messages if declaration.events else ()
        origin = Origin(begun, [f"{due.interval} {due.since.isoformat()} {m}" for m in messages])
        yield _warned(origin, left, values)


def _warned(origin: Origin, left: timedelta, values: dict[str, Any]) -> Answer:
    hours = as_hours(abs(left).total_seconds())
    if left > timedelta():
        return warning(origin, **values, hours_left=hours)
    running = {"hours_past": ["hours", values["due"]]}
    missed = warning(origin, variant="missed", running=running, **values, hours_past=hours)
    return missed._replace(step=1)
