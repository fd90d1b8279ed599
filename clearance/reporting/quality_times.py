"""Figures of quality that are made of the times of a period: their spread, what an inspection
costs, how much of them lies outside office hours, what is inside a target, and their tail.

They are of the declarations and the interval of the report, but targets, which are each of its own
interval, by all time that passes. What they are compared with is the same period a year ago where
that is read too: the tail is what took longer than nineteen of twenty did then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from clearance.figures import durations, estimates
from clearance.figures.durations import MIN_SAMPLE, Samples
from clearance.figures.estimates import Estimate, Ratio
from clearance.figures.stages import STAGE_OF_LETTER
from clearance.model import Note
from clearance.named_tuples import NamedTuple
from clearance.reporting import quality_alerts
from clearance.reporting.profiles import TAU
from clearance.reporting.quality import Found, Scale, given
from clearance.reporting.query import ReportQuery
from clearance.reporting.return_reasons import class_of
from clearance.reporting.tally import PeriodGroup

HOUR = 3600
_HALF, _NINE_TENTHS, _MOST = (1, 2), (9, 10), (19, 20)

TARGET = "inside_target"
OUTSIDE = "outside_hours"


class Timed(NamedTuple):
    """A figure of the times of a period and group.

    ``of`` makes it of them and of those of the same period a year ago, None where they are not
    read.
    """

    of: Callable[[PeriodGroup, PeriodGroup | None], Found]
    unit: str
    better: int


def _in_hours(estimate: Estimate) -> Estimate:
    value, n, low, high = estimate
    return Estimate(value / HOUR, n, low / HOUR, high / HOUR)


def _inspection_cost(cell: PeriodGroup, _: PeriodGroup | None) -> Found:
    """RMST of the inspected less RMST of the rest, in hours."""
    sides = Samples(), Samples()
    for stratum, samples in cell.mix.items():
        side = sides[not stratum[0]]
        side += samples
    n = min(side.standing for side in sides)
    if n < MIN_SAMPLE:
        return Found(None, n, None, 1.0, Note.of("too_few", n=n)) if n else _NONE
    inspected, rest = (
        estimates.restricted_mean(side, cell.tau, f"{cell.name} {place}")
        for place, side in enumerate(sides)
    )
    difference = _in_hours(estimates.minus(inspected, rest))
    return Found(difference._replace(n=len(sides[0])), len(sides[0]), None, 1.0)


_NONE = Found(None, 0, None, None, Note.of("none_such"))


def _percentiles(cell: PeriodGroup) -> list[Estimate] | None:
    """The median and the ninth tenth, if both are reached."""
    marks = [estimates.percentile(cell.curve, share) for share in (_HALF, _NINE_TENTHS)]
    return [mark for mark in marks if mark] if None not in marks else None


def _spread(cell: PeriodGroup, _: PeriodGroup | None) -> Found:
    """P90 less P50, in hours."""
    marks = _percentiles(cell)
    return given(
        cell.standing,
        lambda: (
            _in_hours(estimates.minus(marks[1], marks[0])._replace(n=cell.standing))
            if marks
            else None
        ),
    )


def _spread_ratio(cell: PeriodGroup, _: PeriodGroup | None) -> Found:
    """P90 by P50."""
    marks = _percentiles(cell)
    return given(cell.standing, lambda: estimates.over(marks[1], marks[0]) if marks else None)


def _tail(cell: PeriodGroup, year_ago: PeriodGroup | None) -> Found:
    """The share that took longer than nineteen of twenty did a year ago."""
    mark = longest_of_last_year(year_ago)
    if mark is None:
        return Found(None, 0, None, None, Note.of("no_year_ago"))
    return given(cell.standing, lambda: _longer(cell, mark))


def _longer(cell: PeriodGroup, mark: int) -> Estimate | None:
    inside = estimates.within(cell.curve, mark)
    return estimates.complement(inside) if inside else None


def longest_of_last_year(year_ago: PeriodGroup | None) -> int | None:
    """P95 a year ago in seconds; None where it is not read, or of too few."""
    if year_ago is None or year_ago.reason_withheld:
        return None
    return year_ago.curve.percentile(_MOST)


def _outside(sums: Ratio) -> Found:
    """The share of the time outside office hours."""
    return given(sums.n, sums.estimate)


TIMES: dict[str, Timed] = {
    "inspection_cost": Timed(_inspection_cost, "hours", -1),
    "spread": Timed(_spread, "hours", -1),
    "spread.ratio": Timed(_spread_ratio, "number", -1),
    "tail": Timed(_tail, "share", -1),
}
"""The figures of every report; those of stages and of targets are added by what there is."""


def _inside(interval: str, seconds: int) -> Callable[[PeriodGroup, PeriodGroup | None], Found]:
    """The share that an interval took no longer than a target, of what is not withdrawn."""

    def of(cell: PeriodGroup, _: PeriodGroup | None) -> Found:
        samples = cell.followed.targets.get(interval, [])
        curve = durations.curve(samples, max(TAU, seconds))
        return given(durations.standing(samples), lambda: estimates.within(curve, seconds))

    return of


def is_target(name: str) -> bool:
    """Whether a figure is compared with a year ago, whatever the report compares with."""
    return name.partition(".")[0] == TARGET


def found(
    cell: PeriodGroup, query: ReportQuery, year_ago: PeriodGroup | None
) -> dict[str, tuple[Found, Scale]]:
    """The figures of the times of a period and group, worked out once."""
    if cell.timed is None:
        kinds = (TIMES | _targets(query.interval, query.targets)).items()
        cell.timed = {
            name: (kind.of(cell, year_ago), Scale(kind.unit, kind.better)) for name, kind in kinds
        }
        cell.timed |= _outside_hours(cell) | _returns(cell, query)
        followed, now = cell.followed, query.moment.now
        cell.timed |= quality_alerts.found(followed.alerts, followed.counted, now, query.costs)
        cell.timed = _ABSENT | cell.timed
    return cell.timed


_ABSENT = {name: (_NONE, Scale(unit, better)) for name, unit, better in (
    (TARGET, "share", 1), ("return_reasons", "number", -1), ("reaction", "hours", -1),
    ("alert_noise", "share", -1), ("fees", "money", -1),
)}  # fmt: skip
"""Figures that every row has a place for, where there is nothing they could be of."""


def _returns(cell: PeriodGroup, query: ReportQuery) -> dict[str, tuple[Found, Scale]]:
    """How many returns have a note, and how many of these are of each class."""
    notes = cell.followed.returns
    if not notes:
        return {}
    n, all_returns = len(notes), cell.followed.counted.sum_of(lambda own: own.returns)
    total = Found(estimates.total([1.0] * n, n), n, n, min(n / max(all_returns, 1), 1.0))
    counts: Counter[str] = Counter()
    for note, times in Counter(note for note, _ in notes).items():
        counts[class_of(note, query.reasons)] += times
    figures = {"return_reasons": (total, Scale("number", -1))}
    for name, hits in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        rate = given(n, partial(estimates.rate, hits, n), hits)
        figures[f"return_reasons.{name}"] = (rate, Scale("share", 0))
    return figures


def _outside_hours(cell: PeriodGroup) -> dict[str, tuple[Found, Scale]]:
    """The share outside office hours of all the time, and of that in each stage."""
    sums = cell.followed.outside()
    names = {"": OUTSIDE} | {
        letter: f"{OUTSIDE}.{STAGE_OF_LETTER[letter]}" for letter in sorted(filter(None, sums))
    }
    return {
        name: (_outside(sums[letter]) if letter in sums else _NONE, _OUTSIDE)
        for letter, name in names.items()
    }


_OUTSIDE = Scale("share", 0)


def _targets(interval: str, targets: Mapping[str, int]) -> dict[str, Timed]:
    """What is inside each target, and first that of the report's interval, if it has one."""
    if not targets:
        return {}
    first = interval if interval in targets else next(iter(targets))
    named = {TARGET: first} | {f"{TARGET}.{name}": name for name in targets}
    return {key: Timed(_inside(name, targets[name]), "share", 1) for key, name in named.items()}
