"""Deadlines of vessels and terminals: the cut-off of an export, the free time of an import.

None of them is in a message of customs; people plan them. Days are those of the declaration's
customs system.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._context import Context
from clearance.alerting.rules._countdown import CRITICAL, WARNING, Step, countdown, reached
from clearance.alerting.rules._rule import (
    Answer,
    Origin,
    Settings,
    Unknown,
    fine,
    not_applicable,
    problem,
    rule,
    unsaid,
)
from clearance.alerting.running import as_hours
from clearance.customs.moments import in_zone
from clearance.figures.forecast import Case, Probability
from clearance.model import LEFT_CUSTOMS, Declaration, Note, Severity, Summary

DEPARTURE_MARGIN_HOURS = 24
"""Hours before the estimated departure by which an export must be released."""
_BEFORE_COUNTDOWN = -1
"""Step number of a problem raised before the first countdown step."""


def cutoff(declaration: Summary, context: Context, margin_hours: float) -> datetime | None:
    """When an export must be released at the latest, or None where no cut-off is known.

    The earliest of customs' cut-off, the container yard's, and the estimated departure less a
    margin, in the zone of the declaration's customs system.
    """
    plan = context.planned(declaration)
    departure = plan.time("etd")
    ends = [plan.time("cutoff"), plan.time("cy_cutoff")]
    ends.append(departure - timedelta(hours=margin_hours) if departure else None)
    known = [end for end in ends if end]
    return in_zone(min(known), plan.zone) if known else None


def near_cutoff(declaration: Summary, context: Context, within: timedelta) -> datetime | None:
    """The cut-off of an export that is not released, if it is at most so far ahead, or past."""
    if context.direction(declaration) != "export" or declaration.stage in LEFT_CUSTOMS:
        return None
    settings = context.settings.get("vessel_cutoff", {})
    end = cutoff(declaration, context, settings.get("margin_hours", DEPARTURE_MARGIN_HOURS))
    return end if end and context.past(end - within) else None


def release_probability(
    declaration: Summary, context: Context, end: datetime
) -> Probability | Note | None:
    """How likely an export is released by a cut-off, or why that cannot be assessed.

    None where the cut-off has passed, or no forecast was made.
    """
    if context.forecast is None or context.past(end):
        return None
    now, last = int(context.moving().timestamp()), int(end.timestamp())
    model = context.forecast(declaration.system)
    return model.chance(Case.of(declaration), now, last)


def _probability_values(chance: Probability | Note | None) -> dict[str, Any]:
    """A probability as values of a problem, or why there is none."""
    if isinstance(chance, Probability):
        return {
            "probability": round(chance.probability, 3),
            "n": chance.n,
            "stratum": str(chance.stratum),
        }
    return {"no_probability": list(chance)} if chance else {}


def _severity(
    step: int | None, chance: Probability | Note | None, settings: Settings
) -> Severity | None:
    """How urgent an export is: the worse of its countdown and its probability; None if neither."""
    severities = [] if step is None else [_steps(settings)[step].severity]
    if isinstance(chance, Probability):
        if chance.probability < settings["critical_probability"]:
            severities.append(CRITICAL)
        elif chance.probability < settings["warning_probability"]:
            severities.append(WARNING)
    return CRITICAL if CRITICAL in severities else next(iter(severities), None)


_WHY_CUTOFF = {
    "en": "no cut-off is known: plan set --cutoff, --cy-cutoff or --etd",
    "zh": "不知截关时间: plan set --cutoff, --cy-cutoff 或 --etd",
}


_WHY_CHANCE = {
    "en": "how likely it is released by the cut-off {cutoff} is not known: {no_probability}",
    "zh": "不知截关 {cutoff} 前放行的概率: {no_probability}",
}


@rule(
    zh="临近截关",
    text={
        "en": "not released, {hours_left} to the cut-off {cutoff}[; the last of {together} "
        "declarations of the shipment]",
        "zh": "未放行, 距截关 {cutoff} 还有 {hours_left}[; 同一票货 {together} 份报关单仅余此份]",
    },
    variants={
        "likely": {
            "en": "not released, {hours_left} to the cut-off {cutoff}; the probability to be "
            "released by then is {probability}, by {n} that waited as long[; the last of "
            "{together} declarations of the shipment]",
            "zh": "未放行, 距截关 {cutoff} 还有 {hours_left}; 届时放行的概率为 {probability}, "
            "依据等待同样久的 {n} 票[; 同一票货 {together} 份报关单仅余此份]",
        },
        "far": {
            "en": "not released, and the probability to be released by the cut-off {cutoff} is "
            "{probability}, by {n} that waited as long[; the last of {together} declarations of "
            "the shipment]",
            "zh": "未放行, 截关 {cutoff} 前放行的概率为 {probability}, 依据等待同样久的 {n} 票"
            "[; 同一票货 {together} 份报关单仅余此份]",
        },
        "passed": {
            "en": "not released, {hours_past} past the cut-off {cutoff}[; the last of "
            "{together} declarations of the shipment]",
            "zh": "未放行, 截关 {cutoff} 已过 {hours_past}[; 同一票货 {together} 份报关单仅余此份]",
        },
    },
    next_step={
        "en": "call the customs desk and the forwarder: the vessel is at stake",
        "zh": "立即联系现场海关和货代: 可能赶不上船",
    },
    mutes=("stuck",),
    first_hours=24,
    second_hours=12,
    third_hours=4,
    last_hours=1,
    margin_hours=DEPARTURE_MARGIN_HOURS,
    warning_probability=0.8,
    critical_probability=0.5,
)
def vessel_cutoff(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An export is not released and its cut-off is near, or it may not be released by then.

    The cut-off is the earliest of customs' own, the container yard's, and 24 hours before the
    estimated departure. A warning at 24 and 12 hours, critical at 4 and 1 and when it has passed;
    or however far it is, a warning while the probability to be released by then is below 0.8,
    critical below 0.5. The probability is that of the forecast (``clearance status``), from those
    that had stayed in the stage as long; without enough of them, or where it was wrong by more than
    0.10 before (``clearance report --calibration``), only the countdown counts, and what was told
    by the probability stands. Basis: a usual countdown; Kaplan and Meier (1958). A cut-off that is
    moved begins anew; a release ends it at once, and so does a cut-off that is taken back. Where
    the others of one bill are all released, it says that the cut-off waits for this one.
    """
    if context.direction(declaration) != "export":
        return not_applicable()
    if declaration.stage in LEFT_CUSTOMS:
        return fine()
    end = cutoff(declaration, context, settings["margin_hours"])
    if end is None:
        return unsaid(_WHY_CUTOFF)
    steps = _steps(settings)
    left = context.left(end, *(timedelta(hours=step.left) for step in steps)) / timedelta(hours=1)
    chance = release_probability(declaration, context, end)
    values = {
        "cutoff": end.isoformat(),
        "hours_left": as_hours(left * 3600) if left > 0 else None,
        **_probability_values(chance),
        "together": context.last_of.get(declaration.name),
    }
    step = reached(steps, left)
    ids = [f"{plan_id} {end.isoformat()}" for plan_id in context.planned(declaration).origin]
    if step is None and isinstance(chance, Note):
        return Unknown(_WHY_CHANCE, values, standing=tuple(ids))
    severity = _severity(step, chance, settings)
    if severity is None:
        return fine(**values)
    variant = "likely" if isinstance(chance, Probability) else ""
    if left <= 0:
        variant, values = "passed", {**values, "hours_past": as_hours(-left * 3600)}
    if step is None:
        origin = Origin(declaration.declared_at or context.moving(), ids)
        return problem(severity, origin, variant="far", step=_BEFORE_COUNTDOWN, **values)
    began = in_zone(
        end - timedelta(hours=settings["first_hours"]), context.planned(declaration).zone
    )
    return problem(severity, Origin(began, ids), variant=variant, step=step, **values)


def _steps(settings: Settings) -> tuple[Step, ...]:
    """The countdown to a cut-off, in hours."""
    return (
        Step(settings["first_hours"], WARNING),
        Step(settings["second_hours"], WARNING),
        Step(settings["third_hours"], CRITICAL),
        Step(settings["last_hours"], CRITICAL),
        Step(0, CRITICAL),
    )


_WHY_FREE_TIME = {
    "en": "the last free day is not known: plan set --free-until",
    "zh": "不知免费期: plan set --free-until",
}


@rule(
    zh="免费期将至",
    text={
        "en": "still at the terminal, last free day {free_until}, {days_left} days left",
        "zh": "仍在场站, 免费期至 {free_until}, 还剩 {days_left} 天",
    },
    variants={
        "late": {
            "en": "still at the terminal, {days_late} days past the last free day {free_until}",
            "zh": "仍在场站, 已超免费期 {free_until} {days_late} 天",
        }
    },
    next_step={
        "en": "have it picked up, or say that it was: clearance plan set REF --gated-out TIME",
        "zh": "安排提货; 如已提货: clearance plan set 编号 --gated-out 时间",
    },
    warning_days=2,
)
def free_time(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An import has not left the terminal and its free time ends, released or not.

    A warning two days before the last free day, critical on it and after it. Basis: practice;
    terminals and carriers charge from then on. Judged only where the last free day is known.
    """
    plan = context.planned(declaration)
    last_day, gated_out = plan.day("free_until"), plan.time("gated_out")
    gone = gated_out is not None and context.past(gated_out)
    if context.direction(declaration) != "import":
        return not_applicable()
    if gone:
        return fine()
    if last_day is None:
        return unsaid(_WHY_FREE_TIME) if declaration.open else fine()
    left = (last_day - context.today(declaration)).days
    first = last_day - timedelta(days=settings["warning_days"])
    ids = [f"{plan_id} {last_day.isoformat()}" for plan_id in plan.origin]
    return countdown(
        (Step(settings["warning_days"], WARNING), Step(0, CRITICAL), Step(-1, CRITICAL)),
        left,
        Origin(context.midnight(first, declaration), ids),
        {"free_until": last_day.isoformat(), "days_left": left if left >= 0 else None},
        {"days_late": -left} if left < 0 else None,
    )
