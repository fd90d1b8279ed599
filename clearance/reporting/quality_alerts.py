"""Figures of quality that alerts tell: how soon people react, how many alerts were for nothing,
and what fees they speak of.

They are of the alerts about the declarations of a period that were told to somebody, as the last
check left them. An alert was for nothing if a silence holds it back, or if it was over within an
hour without any event of its declaration. Fees are our own estimates, as the rules tell them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.figures import durations, estimates
from clearance.figures.durations import Ending, Sample
from clearance.figures.estimates import Estimate
from clearance.model import LETTERS, Alert, AlertState, Stage, Timings
from clearance.named_tuples import NamedTuple
from clearance.reporting.profiles import TAU, steps_of
from clearance.reporting.quality import Counted, Found, Scale, given

if TYPE_CHECKING:
    from clearance.reporting.query import Costs

_HALF = (1, 2)
_HOUR = 3600
_SENT = {LETTERS[Stage.DRAFT], LETTERS[Stage.SUBMITTED]}
FEES = {"late_declaration": "import_undeclared", "late_duty": "tax_unpaid"}
"""Fees, each with the rule that estimates it."""


class AlertCase(NamedTuple):
    """An alert that was told: when, in Unix seconds, and what came after; None where nothing did.

    ``next_event`` is what the trader did next. ``for_nothing``: silenced, or over within an hour
    without any event. ``estimate`` is the fee that it tells.
    """

    rule: str
    told: int
    acknowledged: int | None
    next_event: int | None
    over: int | None
    for_nothing: bool
    estimate: float


def case_of(alert: Alert, timing: Timings, silences: frozenset[str], now: int) -> AlertCase | None:
    """What had become of an alert about a declaration; None if nobody had been told of it."""
    told = _first(alert, AlertState.FIRING, now)
    if told is None:
        return None
    over = _seconds(alert.resolved_at)
    over = None if over is None or over > now else over
    moments = list(_moments(timing))
    eventless = not any(told <= at <= (over or told) for _, at in moments)
    soon = over is not None and over - told <= _HOUR and eventless
    sent = (at for letter, at in moments if letter in _SENT and at > told)
    paid = timing.tax_paid_at
    own = [*sent, *([paid] if paid is not None and paid > told else [])]
    return AlertCase(
        alert.rule,
        told,
        _first(alert, AlertState.ACKNOWLEDGED, now),
        min(own, default=None),
        over,
        alert.muted_by in silences or soon,
        _number(alert.values.get("estimate")),
    )


def _first(alert: Alert, state: AlertState, now: int) -> int | None:
    """When it first came to a state, if it had by now."""
    at = next((_seconds(t.at) for t in alert.transitions if t.state is state), None)
    return None if at is None or at > now else at


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None


def _number(written: object) -> float:
    try:
        return float(str(written))
    except ValueError:
        return 0.0


def _moments(timing: Timings) -> Iterator[tuple[str, int]]:
    """When a declaration came to each stage."""
    since = timing.first_declared_at
    if since is not None:
        yield from ((letter, since + after) for letter, after in steps_of(timing.path))


_Scaled = dict[str, tuple[Found, Scale]]


def found(cases: Sequence[AlertCase], counted: Counted, now: int, costs: Costs) -> _Scaled:
    """The figures of the alerts about the declarations of a period and group."""
    figures: _Scaled = {}
    if cases:
        figures |= _reactions(cases, now) | _noise(cases, counted.total)
    fees = [case for case in cases if case.estimate]
    missed = counted.sum_of(lambda own: own.cutoff == "missed")
    if fees or (missed and costs.dead_freight):
        figures |= _fees(fees, missed, costs)
    return figures


def _reactions(cases: Sequence[AlertCase], now: int) -> _Scaled:
    """The median hours from the telling to the acknowledgement, the next event and the end."""
    hours = Scale("hours", -1)

    def median(some: Sequence[AlertCase], end: Callable[[AlertCase], int | None]) -> Found:
        samples = [_sample(case, end(case), now) for case in some]
        n = durations.standing(samples)
        return given(n, lambda: _hours(estimates.percentile(durations.curve(samples, TAU), _HALF)))

    figures = {
        "reaction": (median(cases, lambda case: case.acknowledged), hours),
        "reaction.next_event": (median(cases, lambda case: case.next_event), hours),
        "reaction.over": (median(cases, lambda case: case.over), hours),
    }
    for rule in sorted({case.rule for case in cases}):
        own = [case for case in cases if case.rule == rule]
        figures[f"reaction.{rule}"] = (median(own, lambda case: case.over), hours)
    return figures


def _sample(case: AlertCase, end: int | None, now: int) -> Sample:
    """The time until something came of an alert; one that was over before had no need of it."""
    if end is not None and end >= case.told:
        return Sample(end - case.told, Ending.ENDED)
    if case.over is not None:
        return Sample(max(case.over - case.told, 0), Ending.WITHDRAWN)
    return Sample(max(now - case.told, 0), Ending.OPEN)


def _hours(estimate: Estimate | None) -> Estimate | None:
    if estimate is None:
        return None
    value, n, low, high = estimate
    return Estimate(value / _HOUR, n, low / _HOUR, high / _HOUR)


def _noise(cases: Sequence[AlertCase], declarations: int) -> _Scaled:
    n, hits = len(cases), sum(case.for_nothing for case in cases)
    rate = given(n, lambda: estimates.rate(hits, n), hits)
    many = given(declarations, lambda: _per_100(n, declarations), n)
    return {
        "alert_noise": (rate, Scale("share", -1)),
        "alert_noise.per_100": (many, Scale("number", -1)),
    }


def _per_100(alerts: int, declarations: int) -> Estimate:
    return estimates.total([100 / declarations] * alerts, declarations)


def _fees(cases: Sequence[AlertCase], missed: int, costs: Costs) -> _Scaled:
    """What the fees come to: incurred where an alert is over, else at risk."""
    money = Scale("money", -1)
    freight = [costs.dead_freight] * missed if costs.dead_freight else []
    incurred = [case.estimate for case in cases if case.over is not None]
    at_risk = [case.estimate for case in cases if case.over is None]
    figures = {
        "fees": (_sum([*incurred, *freight]), money),
        "fees.at_risk": (_sum(at_risk), money),
        "fees.dead_freight": (_sum(freight), money),
    }
    for name, rule in FEES.items():
        own = [case.estimate for case in cases if case.rule == rule and case.over is not None]
        figures[f"fees.{name}"] = (_sum(own), money)
    return figures


def _sum(amounts: Sequence[float]) -> Found:
    """A sum, which is known; how it might have come out otherwise is its interval."""
    return Found(estimates.total(amounts, len(amounts)), len(amounts), None, 1.0)
