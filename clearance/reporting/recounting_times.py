"""The figures of quality that are made of times once more, and the parts of the whole way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from clearance.errors import NoCalendar
from clearance.model import INTERVALS, LETTERS, Stage, Timings
from clearance.reporting.recounting import (
    ENDED,
    FEW,
    ONLY_OF,
    OPEN,
    SLACK,
    WITHDRAWN,
    Clock,
    Curve,
    Row,
    Time,
    Z,
    newcombe,
    plain_mean,
    redrawn,
    stays,
    wilson,
)
from clearance.reporting.recounting_quality import NOTHING, UNREAD, Ends, Figure, share

_HOUR = 3600
_ROUNDS, _MOST_DRAWN, _MOST_CLOCKED = 400, 100, 400
WAYS = {
    "import": ("gated_out_at", ("arrive-declare", "declare-release", "release-gateout")),
    "export": ("departed_at", ("arrive-declare", "declare-release", "release-depart")),
}
"""When goods leave in each direction, and the parts of their whole way."""


def figures(row: Row, year_ago: Row | None, office: Clock) -> dict[str, Figure]:
    """The spread of a row's times, what an inspection costs, what lies outside office hours, and
    what took longer than nineteen of twenty a year ago, in ``year_ago``.
    """
    outside = {_outside_name(letter): one for letter, one in _outside(row, office).items()}
    return {
        "inspection_cost": _inspection_cost(row),
        "spread": _spread(row, _apart),
        "spread.ratio": _spread(row, _many_times),
        "tail": _tail(row, year_ago),
        **outside,
    }


def _outside_name(letter: str) -> str:
    stages = {LETTERS[stage]: f".{stage}" for stage in Stage}
    return f"outside_hours{stages.get(letter, '')}"


# Targets


def targets(
    timings: Sequence[Timings], interval: str, seconds: Mapping[str, int], now: int
) -> dict[str, Figure]:
    """The share inside each target by all time that passes; first that of the report's interval,
    or of the first that has a target.
    """
    if not seconds:
        return {"inside_target": NOTHING}
    inside = {name: _inside(timings, name, limit, now) for name, limit in seconds.items()}
    first = inside.get(interval) or next(iter(inside.values()))
    return {"inside_target": first, **{f"inside_target.{name}": inside[name] for name in inside}}


def _inside(timings: Sequence[Timings], interval: str, limit: int, now: int) -> Figure:
    times = [time for timing in timings if (time := time_of(timing, interval, now))]
    tau = max(30 * 86400, limit)
    return _few(
        sum(time.ending != WITHDRAWN for time in times), lambda: _reached(times, tau, limit)
    )


def _reached(times: Sequence[Time], tau: int, at: int) -> Ends | None:
    """The share that has ended by a time; None where it was not seen so long."""
    curve = Curve(times, tau)
    if not curve.is_known(at):
        return None
    inside = curve.ended(at)
    return share(inside, _cases(curve, at, len(times)))


def time_of(timing: Timings, interval: str, now: int) -> Time | None:
    """The time of any interval of a declaration; None where it has none."""
    begin, end = (getattr(timing, name) for name in INTERVALS[interval])
    wrong_way = ONLY_OF.get(interval, timing.direction) != timing.direction
    if begin is None or begin > now or wrong_way:
        return None
    if end is not None:
        return Time(end - begin, ENDED) if begin <= end <= now else None
    if timing.stage == Stage.CLEARED:
        return None
    if timing.stage == Stage.WITHDRAWN and timing.withdrawn_at is not None:
        return Time(max(timing.withdrawn_at - begin, 0), WITHDRAWN)
    return Time(now - begin, OPEN)


def _few(n: int, make: Callable[[], Ends | None]) -> Figure:
    """A figure of so many declarations."""
    return Figure(n, None, make() if n >= FEW else None, 1.0, n < FEW)


# The spread


def _spread(row: Row, make: Callable[[Ends, Ends], Ends | None]) -> Figure:
    def of_both() -> Ends | None:
        marks = [percentile(row.times, row.asked.tau, share) for share in (0.5, 0.9)]
        return make(marks[1], marks[0]) if marks[0] and marks[1] else None

    return _few(row.standing, of_both)


def percentile(times: Sequence[Time], tau: int, share: float) -> Ends | None:
    """A percentile, between those at the ends of the interval of its share."""
    curve = Curve(times, tau)
    value = curve.percentile(share)
    if value is None:
        return None
    cases = _cases(curve, value, len(times))
    low, high = (curve.percentile(end) for end in wilson(share, cases))
    return None if low is None or high is None else (value, low, high)


def _cases(curve: Curve, at: int, n: int) -> float:
    """How many closed cases would leave the share by a time as uncertain."""
    reached = curve.ended(at)

    def worth(seconds: int) -> tuple[float, float]:
        return float(seconds <= at), reached if seconds <= curve.tau else 0.0

    variance, doubt = curve.variance(worth) / curve.kept**2, reached * (1 - reached)
    return doubt / variance if variance > 0 and doubt > SLACK else n


def _apart(high: Ends, low: Ends) -> Ends:
    """By how many hours one is larger."""
    ends = newcombe(high, low)
    return (high[0] - low[0]) / _HOUR, ends[0] / _HOUR, ends[1] / _HOUR


def _many_times(high: Ends, low: Ends) -> Ends | None:
    """How many times the other one is."""
    if min(high[1], low[1]) <= 0:
        return None
    logs = [[math.log(end) for end in ends] for ends in (high, low)]
    first, last = newcombe(*logs)
    return high[0] / low[0], math.exp(first), math.exp(last)


def _tail(row: Row, year_ago: Row | None) -> Figure:
    """The share that took longer than nineteen of twenty did a year ago."""
    mark = None
    if year_ago is not None and year_ago.is_given:
        mark = Curve(year_ago.times, row.asked.tau).percentile(0.95)
    if mark is None:
        return UNREAD
    at = mark
    return _few(row.standing, lambda: _longer(row, at))


def _longer(row: Row, at: int) -> Ends | None:
    """The share that took longer than a time."""
    inside = _reached(row.times, row.asked.tau, at)
    return inside and (1 - inside[0], 1 - inside[2], 1 - inside[1])


# Inspections


def _inspection_cost(row: Row) -> Figure:
    """By how many hours the restricted mean of the inspected is larger than that of the rest."""
    sides = [[t for t in row.times if bool(t.mix[0]) is inspected] for inspected in (True, False)]
    n = min(sum(time.ending != WITHDRAWN for time in side) for side in sides)
    if n < FEW:
        return Figure(n, None, None, 1.0 if n else None, is_few=True)
    inspected, rest = (
        _mean(side, row.asked.tau, f"{row.seed} {place}") for place, side in enumerate(sides)
    )
    return Figure(len(sides[0]), None, _apart(inspected, rest), 1.0, is_few=False)


def _mean(times: Sequence[Time], tau: int, seed: str) -> Ends:
    """A restricted mean; its interval by drawing where there are few, else normal."""
    curve = Curve(times, tau)
    value = curve.mean()
    if len(times) > _MOST_DRAWN:
        spread = Z * math.sqrt(curve.mean_variance())
        return value, value - spread, value + spread
    drawn = sorted(Curve(one, tau).mean() for one in redrawn(times, seed, _ROUNDS))
    return value, drawn[_ROUNDS // 40], drawn[-1 - _ROUNDS // 40]


# Office hours


def _outside(row: Row, office: Clock) -> dict[str, Figure]:
    """The share of the time outside office hours, in all and by the letter of each stage.

    Of many ended times some are taken evenly.
    """
    step = -(-len(row.ended) // _MOST_CLOCKED) or 1
    pairs: dict[str, list[tuple[int, int]]] = {"": []}
    for begin, end, since, path, system in sorted(row.ended)[::step]:
        parts = stays(path, since, begin, end)
        try:
            worked = [office(system, start, left) for _, start, left in parts]
        except NoCalendar:
            continue
        for (letter, start, left), seconds in zip(parts, worked, strict=True):
            pairs.setdefault(letter, []).append((left - start - seconds, left - start))
        pairs[""].append((end - begin - sum(worked), end - begin))
    return {letter: _ratio(some) for letter, some in sorted(pairs.items())}


def _ratio(pairs: Sequence[tuple[int, int]]) -> Figure:
    """A ratio of two sums, by linearisation."""

    def make() -> Ends | None:
        below = sum(whole for _, whole in pairs)
        if below <= 0:
            return None
        value = sum(part for part, _ in pairs) / below
        squares = math.fsum((part - value * whole) ** 2 for part, whole in pairs)
        spread = Z * math.sqrt(squares) / below
        return value, value - spread, value + spread

    if not pairs:
        return NOTHING
    return _few(len(pairs), make)


# The whole way


def links(timings: Iterable[Timings], now: int) -> Mapping[str, list[dict[str, Any]]]:
    """The parts of the whole way of goods by direction, of those that are known to have left."""
    totals: dict[str, list[int]] = {}
    for timing in timings:
        leaves, _ = WAYS.get(timing.direction or "", ("", ()))
        end, arrived = getattr(timing, leaves, None), timing.arrived_at
        if end is None or arrived is None or timing.released_at is None:
            continue
        if not arrived <= end <= now:
            continue
        first = timing.first_declared_at
        declared = arrived if first is None else min(max(first, arrived), end)
        released = min(max(timing.released_at, declared), end)
        total = totals.setdefault(timing.direction or "", [0, 0, 0, 0])
        for place, seconds in enumerate(
            (1, declared - arrived, released - declared, end - released)
        ):
            total[place] += seconds
    return {
        direction: [
            {
                "part": part,
                "n": n,
                "seconds": seconds,
                "mean": plain_mean(seconds, n),
                "share": seconds / sum(spent) if sum(spent) else 0.0,
            }
            for part, seconds in zip(WAYS[direction][1], spent, strict=True)
        ]
        for direction, (n, *spent) in totals.items()
    }
