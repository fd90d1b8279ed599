"""Does a report tell the truth? Quarters whose true change is known, many times over.

``python -m benchmarks.simulations --runs 400`` draws two quarters of declarations from a seed,
prints the report on the last day of the second, a week or a month later, and counts how often the
95 % interval of the change covers what is true. Times are log-normal with a long tail; one in
twenty is inspected, which takes its time once more and a half.

``--forecasts`` asks about every open declaration of a year's generated traffic (``traffic``), whose
stages have distributions of their own, four times a day, by what could be learned before each week:
how often did the interval of the release hold the truth, and how good was it beside the usual time?

``--causes`` changes one thing between two quarters, and counts how often a report names it first as
the reason of the change, and how often it names what did not change.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from statistics import fmean
from time import process_time
from typing import Any

from benchmarks.traffic import SHAPES, SYSTEM, Drift, Shape, Traffic, journeys, timings
from clearance.calendar import Calendar, OfficialDays
from clearance.customs.cn_single_window import ZONE
from clearance.figures import durations
from clearance.figures.back_test import BackTest, back_test
from clearance.figures.forecast_learning import learned
from clearance.model import Stage, Summary, Timings
from clearance.periods import Quarter
from clearance.reporting import report
from clearance.reporting.query import TAU_DAYS, ReportQuery
from clearance.reporting.report import ReportRow
from clearance.reporting.tally import Tally
from clearance.reporting.why import Why
from clearance.stores.alike import of_timings

DAY = 86400
OLD, NEW = Quarter(2026, 2), Quarter(2026, 3)
END = NEW.next.start(ZONE)
INSPECTED = 0.05
SPREAD = 0.75
"""The standard deviation of the logarithm of a time."""

_NOBODY = Timings.of(Summary(system="simulated", name="0", references={"entry_no": ("0",)}))

Draw = Callable[[Random], tuple[float, dict[str, Any]]]
"""The days that one declaration takes, and what else is known of it."""


@dataclass(frozen=True)
class Scenario:
    """Two quarters: how many, what each declaration takes, and days from the end to the print."""

    name: str
    counts: tuple[int, int]
    draws: tuple[Draw, Draw]
    printed_after: float


@dataclass(frozen=True)
class Found:
    """Of many runs: shares, and means of relative errors and changes."""

    covered: float
    """Runs whose interval holds the true change."""
    clear: float
    """Runs whose verdict is faster or slower."""
    open: float
    more_withdrawn: float
    """Runs that say more, or fewer, are withdrawn."""
    closed_only: float
    """The change that the plain mean of the closed shows."""
    rmst: float
    adjusted: float


def usual(mean_days: float) -> Draw:
    """Log-normal times of a mean, a few inspected."""
    plain = mean_days / (1 + 1.5 * INSPECTED)

    def draw(random: Random) -> tuple[float, dict[str, Any]]:
        inspected = random.random() < INSPECTED
        days = _lognormal(random, plain * (2.5 if inspected else 1))
        return days, {"examined_from": 0} if inspected else {}

    return draw


def mixed(slow_share: float) -> Draw:
    """Imports that take eight days on average, in a share, and exports that take four."""

    def draw(random: Random) -> tuple[float, dict[str, Any]]:
        slow = random.random() < slow_share
        return _lognormal(random, 8 if slow else 4), {"direction": "import" if slow else "export"}

    return draw


def withdrawn(draw: Draw, share: float) -> Draw:
    """The same, a share of them withdrawn within some days."""

    def drawn(random: Random) -> tuple[float, dict[str, Any]]:
        days, more = draw(random)
        if random.random() < share:
            return random.uniform(0, 10), {**more, "withdrawn_at": 0}
        return days, more

    return drawn


def _lognormal(random: Random, mean_days: float) -> float:
    return random.lognormvariate(math.log(mean_days) - SPREAD**2 / 2, SPREAD)


def quarter(
    period: Quarter, count: int, draw: Draw, as_of: datetime, random: Random
) -> list[Timings]:
    """Declarations of a quarter as they are known at a moment."""
    start, end, now = (
        int(at.timestamp()) for at in (period.start(ZONE), period.next.start(ZONE), as_of)
    )
    found = []
    for _ in range(count):
        declared = random.randrange(start, end)
        days, more = draw(random)
        ended = declared + round(days * DAY)
        gone = more.pop("withdrawn_at", None) is not None
        told = {} if ended > now else _told(ended, gone)
        found.append(_NOBODY._replace(declared_at=declared, **told, **more))
    return found


def _told(ended: int, gone: bool) -> dict[str, Any]:
    """What is known of a declaration that was closed, or withdrawn."""
    if gone:
        return {"stage": Stage.WITHDRAWN, "withdrawn_at": ended}
    return {"stage": Stage.CLEARED, "cleared_at": ended}


def run(scenario: Scenario, random: Random) -> tuple[ReportRow, ReportRow]:
    """The rows of both quarters in one run."""
    as_of = END + timedelta(days=scenario.printed_after)
    timings = [
        timing
        for period, count, draw in zip((OLD, NEW), scenario.counts, scenario.draws, strict=True)
        for timing in quarter(period, count, draw, as_of, random)
        if timing.declared_at is not None and timing.declared_at <= as_of.timestamp()
    ]
    old, new = report.build(timings, [OLD, NEW], ZONE, as_of).rows
    return old, new


def true_change(scenario: Scenario, samples: int = 200_000) -> float:
    """The change of the mean up to thirty days of what is not withdrawn, by brute force."""
    random, tau = Random(0), TAU_DAYS

    def mean(draw: Draw) -> float:
        drawn = (draw(random) for _ in range(samples))
        return fmean(min(days, tau) for days, more in drawn if "withdrawn_at" not in more)

    old, new = map(mean, scenario.draws)
    return new / old - 1


def simulate(scenario: Scenario, runs: int, true: float, seed: int = 1) -> Found:
    """Many runs of one scenario."""
    random = Random(seed)
    rows = [run(scenario, random) for _ in range(runs)]
    changes = [new.change for _, new in rows]
    return Found(
        covered=fmean(c.ci95 is not None and c.ci95[0] <= true <= c.ci95[1] for c in changes),
        clear=fmean(c.verdict in ("faster", "slower") for c in changes),
        more_withdrawn=fmean(new.withdrawn_change.verdict in ("more", "fewer") for _, new in rows),
        open=fmean(new.open / new.declared for _, new in rows),
        closed_only=fmean((new.mean_closed or 0) / (old.mean_closed or 1) - 1 for old, new in rows),
        rmst=fmean(c.rmst_ratio or 0 for c in changes),
        adjusted=fmean(c.mix_adjusted_ratio or 0 for c in changes),
    )


SAME = (usual(6.64), usual(6.64))
SCENARIOS: Sequence[Scenario] = (
    Scenario("nothing changed, printed on the last day", (300, 390), SAME, 0),
    Scenario("nothing changed, printed 7 days later", (300, 390), SAME, 7),
    Scenario("nothing changed, printed 30 days later", (300, 390), SAME, 30),
    Scenario("nothing changed, a small shipper", (60, 80), SAME, 7),
    Scenario("nothing changed, by Greenwood", (2100, 2700), SAME, 7),
    Scenario(
        "6.64 to 5.16 days, printed on the last day", (300, 390), (usual(6.64), usual(5.16)), 0
    ),
    Scenario("6.64 to 5.16 days, a small shipper", (60, 80), (usual(6.64), usual(5.16)), 30),
    Scenario("only the mix changed", (300, 390), (mixed(0.7), mixed(0.3)), 30),
    *(
        Scenario(
            f"withdrawals from {old} to {new} %, {count} declarations",
            counts,
            (withdrawn(usual(6.64), old / 100), withdrawn(usual(6.64), new / 100)),
            after,
        )
        for old, new, counts, after, count in (
            (2, 6, (300, 390), 30, "hundreds of"),
            (5, 1, (300, 390), 30, "hundreds of"),
            (2, 6, (300, 390), 0, "on the last day hundreds of"),
            (2, 6, (2100, 2700), 7, "thousands of"),
        )
    ),
)


# Forecasts

_TURN = date(2026, 8, 1)
"""The day from which something is different."""
_HOLIDAYS = frozenset(date(2026, 10, day) for day in range(1, 8))
DRIFTS: Mapping[str, Mapping[str, Any]] = {
    "nothing changed": {},
    "customs 30 % faster": {"drifts": (Drift(_TURN, 0.7),)},
    "customs 50 % slower": {"drifts": (Drift(_TURN, 1.5),)},
    "the release after the review twice as slow": {"drifts": (Drift(_TURN, 2, Stage.REVIEWED),)},
    "a week of holidays": {"holidays": _HOLIDAYS},
}
"""What changes in a year of traffic."""


def forecasts(traffic: Traffic) -> BackTest:
    """How good the forecasts of a year's traffic were from its fourth month on."""
    start, turn, end = (
        datetime.combine(day, datetime.min.time(), ZONE)
        for day in (traffic.first + timedelta(days=90), _TURN, traffic.last + timedelta(days=90))
    )
    since, turned, now = (int(at.timestamp()) for at in (start, turn, end))
    known = (timings(journey, now) for journey in journeys(traffic))
    cases = [case for timing in known if timing and (case := learned(timing, now))]
    return back_test(
        {SYSTEM: cases}, since, now, now, lambda at: "after" if at >= turned else "before"
    )


def _print_forecasts(count: int, runs: int) -> None:
    print(f"{count} declarations a year; stages of 500 answers or more; seconds of CPU")
    print("    n  inside  after  stages from..to   width  pinball  calibration  CPU")
    for name, changes in DRIFTS.items():
        for seed in range(1, runs + 1):
            began = process_time()
            found = forecasts(Traffic(count=count, seed=seed, **changes))
            every, *others = found.coverages
            stages = [one.share for one in others if one.stage and not one.span and one.n >= _MANY]
            after = next(one.share for one in others if one.span == "after")
            print(
                f"{every.n:6} {every.share:6.1%} {after:6.1%}  "
                f"{min(stages):6.1%}..{max(stages):6.1%} "
                f"{every.width / 3600:5.0f} h {every.loss / every.usual - 1:+7.1%} "
                f"{found.error or 0:11.3f} {process_time() - began:5.1f}  {name}"
            )


_MANY = 500
"""Answers that a stage's coverage is shown of."""


# Causes

_BREAKS = frozenset(
    date(2026, month, day)
    for month, first in ((4, 8), (4, 27), (5, 13), (6, 3))
    for day in range(first, first + 6)
    if day <= 30
)
_YEAR = OfficialDays("simulated", _BREAKS, frozenset())
_CALENDAR = Calendar(years={2026: _YEAR})
_LATE = {
    **SHAPES,
    ("import", Stage.REJECTED): Shape(60, "lognormal", 0.5),
    ("export", Stage.REJECTED): Shape(60, "lognormal", 0.5),
}
_FAST, _SLOW = {"2248": 6.0}, {"2931": 6.0}
CAUSES: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "direction": ("declare-release", {"imports": 0.3}, {"imports": 0.75}),
    "office": ("declare-release", {"busy": _FAST}, {"busy": _SLOW}),
    "inspection": ("declare-release", {"inspected": 0.05}, {"inspected": 0.3}),
    "returns": (
        "first-close",
        {"returned": 0.03, "shapes": _LATE},
        {"returned": 0.4, "shapes": _LATE},
    ),
    "stage speeds": (
        "declare-release",
        {},
        {"drifts": (Drift(date(2026, 3, 1), 2, Stage.REVIEWED),)},
    ),
    "calendar": ("declare-release", {}, {"holidays": _BREAKS}),
    "nothing": ("declare-release", {}, {}),
}
"""What is planted between two quarters: the interval, and the traffic before and after."""


def explained(cause: str, count: int, seed: int) -> Why:
    """What a report says of two quarters between which one thing changed."""
    interval, *changes = CAUSES[cause]
    periods = [Quarter(2026, 1), Quarter(2026, 2)]
    as_of = periods[-1].next.start(ZONE) + timedelta(days=30)
    known = [
        timing
        for number, (period, change) in enumerate(zip(periods, changes, strict=True))
        for journey in journeys(_quarter(period, count, 2 * seed + number, change))
        if (timing := timings(journey, int(as_of.timestamp())))
    ]
    query = ReportQuery(
        periods=periods,
        zone=ZONE,
        as_of=as_of,
        interval=interval,
        calendar_of=lambda _: _CALENDAR,
        quality=False,
        why=True,
    )
    found = report.explained(Tally(query, of_timings(known)))
    assert found is not None
    return found


def _quarter(period: Quarter, count: int, seed: int, change: Mapping[str, Any]) -> Traffic:
    first, after = (at.start(ZONE).date() for at in (period, period.next))
    return Traffic(count=count, first=first, last=after - timedelta(days=1), seed=seed, **change)


def named(cause: str, count: int, runs: int) -> tuple[float, float]:
    """In how many runs a cause is named first, and in how many anything else is named too."""
    found = [[part.name for part in explained(cause, count, run).named] for run in range(runs)]
    return fmean(names[:1] == [cause] for names in found), fmean(
        any(name != cause for name in names) for names in found
    )


def _print_causes(count: int, runs: int) -> None:
    print(f"{count} declarations a quarter, {runs} runs each")
    print("first  others  cause")
    for cause in CAUSES:
        first, others = named(cause, count, runs)
        print(f"{first:6.1%} {others:6.1%}  {cause}", flush=True)


def main() -> None:
    """Prints one line for each scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulations", description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--forecasts", type=int, metavar="COUNT", help="declarations of a year")
    parser.add_argument("--causes", type=int, metavar="COUNT", help="declarations of a quarter")
    options = parser.parse_args()
    if options.causes:
        _print_causes(options.causes, options.runs)
        return
    if options.forecasts:
        _print_forecasts(options.forecasts, options.runs)
        return
    print(f"{options.runs} runs each; bootstrap of {durations.ROUNDS} rounds")
    print("covers  clear  withdrawn   open    true  closed-only   RMST  same mix")
    for scenario in SCENARIOS:
        true = true_change(scenario)
        found = simulate(scenario, options.runs, true)
        print(
            f"{found.covered:6.1%} {found.clear:6.1%} {found.more_withdrawn:10.1%} "
            f"{found.open:6.1%} {true:+7.1%} "
            f"{found.closed_only:+12.1%} {found.rmst:+6.1%} {found.adjusted:+9.1%}  {scenario.name}"
        )


if __name__ == "__main__":
    main()
