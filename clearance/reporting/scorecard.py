"""A score card: brokers, offices, customers or traders side by side, over all periods of a report.

Each is compared with all the others together, figure by figure; what differs beyond chance stands
first (``figures.testing``). Whoever has fewer than ``MIN_SAMPLE`` declarations is compared in none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clearance.errors import BadArgument
from clearance.figures import durations, estimates, testing
from clearance.figures.durations import MIN_SAMPLE, Curve, Samples
from clearance.figures.estimates import Estimate
from clearance.named_tuples import NamedTuple
from clearance.reporting import quality
from clearance.reporting.followed import samples_of
from clearance.reporting.intervals import ANOMALIES, Reader
from clearance.reporting.profiles import TAU
from clearance.reporting.quality import FIGURES, Counted, Found
from clearance.reporting.query import DIMENSIONS, ReportQuery
from clearance.stores.alike import Alike

WHOSE = ("broker", "office", "customer", "trader")
"""Whom there are score cards of."""
RATES = (
    "inspection_rate", "return_rate", "touchless_rate", "amended_rate", "deleted_rate.unasked",
    "error_rate", "advance_rate", "cutoff_hit_rate",
)  # fmt: skip
"""Shares that are compared."""
RIGHT, TIME = "first_time_right", "mean_time"
MEDIAN = "median_time"
_HALF = (1, 2)


class Comparison(NamedTuple):
    """A figure of one and that of all the others: ``p_adjusted`` is for all that is compared.

    ``verdict`` is ``higher``, ``lower`` or ``no clear difference``; None where it is not compared.
    """

    found: Found
    rest: float | None
    unit: str
    better: int
    p: float | None = None
    p_adjusted: float | None = None

    @property
    def verdict(self) -> str | None:
        """How it differs from the others beyond chance."""
        if self.p_adjusted is None or self.rest is None or self.found.estimate is None:
            return None
        if self.p_adjusted >= testing.BEYOND_CHANCE:
            return "no clear difference"
        return "higher" if self.found.estimate.value > self.rest else "lower"


class Line(NamedTuple):
    """One of those compared: its name, its declarations, its figures by name."""

    name: str | None
    n: int
    figures: dict[str, Comparison]

    @property
    def differs(self) -> list[str]:
        """The figures that differ beyond chance, the surest first."""
        clear = [
            (figure.p_adjusted or 0.0, name)
            for name, figure in self.figures.items()
            if figure.verdict in ("higher", "lower")
        ]
        return [name for _, name in sorted(clear)]


class Scorecard(NamedTuple):
    """A score card of a dimension, and the interval whose times it has."""

    whose: str
    interval: str
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Side:
    """The declarations of one of those compared."""

    counted: Counted = field(default_factory=Counted)
    samples: Samples = field(default_factory=Samples)

    @property
    def n(self) -> int:
        return self.counted.total

    @property
    def curve(self) -> Curve:
        return durations.curve(self.samples, TAU)


def scorecard(query: ReportQuery, some: Iterable[Alike], whose: str) -> Scorecard:
    """The score card of what was declared in the periods of a report.

    Times are of the report's interval, by all time that passes. Raises BadArgument for a dimension
    that has none.
    """
    dimension_of = DIMENSIONS[dimension(whose)]
    sides: dict[str | None, _Side] = {}
    moment = query.moment
    for one in declared_in(query, some):
        for group, those in one.parted(dimension_of.groups(one)):
            side = sides.setdefault(group, _Side())
            side.counted.add(those, moment)
            side.samples += Samples(samples_of(those, query.interval, moment.now))
    whole = Counted()
    for side in sides.values():
        whole.include(side.counted)
    of_all = quality.found(whole)
    lines = [
        Line(name, side.n, dict(_compared(side, of_all, sides.values())))
        for name, side in sides.items()
    ]
    return Scorecard(whose, query.interval, tuple(sorted(_adjusted(lines), key=_clearest_first)))


def dimension(whose: str) -> str:
    """A dimension that has score cards; raises BadArgument for another."""
    if whose not in WHOSE:
        raise BadArgument("--scorecard {whose}: choose {choices}", whose=whose, choices=list(WHOSE))
    return whose


def declared_in(query: ReportQuery, some: Iterable[Alike]) -> Iterator[Alike]:
    """What was declared in the periods shown, but what lies in the future, and what a report of the
    same interval leaves out since its times are impossible.
    """
    reader = Reader(query)
    spans = [(p.start(query.zone), p.next.start(query.zone)) for p in query.periods]
    seconds = [(int(start.timestamp()), int(end.timestamp())) for start, end in spans]
    now = query.moment.now
    for one in some:
        inside = [
            at <= now and any(start <= at < end for start, end in seconds)
            for at in query.dated(one) or ()
        ]
        if any(inside):
            those = one.those(inside)
            possible = [fate not in ANOMALIES for fate in reader.fates(those)]
            if any(possible):
                yield those.those(possible)


def _compared(
    side: _Side, of_all: Mapping[str, Found], sides: Collection[_Side]
) -> Iterator[tuple[str, Comparison]]:
    """The figures of one, and those of all the others; of too few none is compared."""
    own = quality.found(side.counted)
    others = [other for other in sides if other is not side]
    for name in RATES:
        yield name, _share(name, own[name], of_all[name])
    yield RIGHT, _right(own[RIGHT], side.counted, others)
    yield from _times(side, others)


def _share(name: str, own: Found, of_all: Found) -> Comparison:
    kind = FIGURES[name]
    n, hits = of_all.n - own.n, (of_all.hits or 0) - (own.hits or 0)
    if own.estimate is None or n < MIN_SAMPLE:
        return Comparison(own, None, kind.unit, kind.better)
    p = testing.fisher(own.hits or 0, own.n, hits, n)
    return Comparison(own, hits / n, kind.unit, kind.better, p)


def _right(own: Found, counted: Counted, others: Iterable[_Side]) -> Comparison:
    if own.estimate is None:
        return Comparison(own, None, "share", 1)
    rest = [one for other in others for one in other.counted.numbers.get(RIGHT, ())]
    if len(rest) < MIN_SAMPLE:
        return Comparison(own, None, "share", 1)
    one, other = (durations.curve(samples, TAU) for samples in (counted.numbers[RIGHT], rest))
    p = testing.fisher(*_cases(one), *_cases(other))
    return Comparison(own, 1 - other.gone, "share", 1, p)


def _cases(curve: Curve) -> tuple[int, int]:
    """How many turned out wrong of how many: as many closed cases as would be as uncertain."""
    n = max(round(estimates.cases(curve.gone, curve.gone_variance, curve.n)), 1)
    return round(curve.gone * n), n


def _times(side: _Side, others: Iterable[_Side]) -> Iterator[tuple[str, Comparison]]:
    """The median and the restricted mean in hours; the mean is compared."""
    n = side.samples.standing
    median = quality.given(n, lambda: _hours(estimates.percentile(side.curve, _HALF)))
    yield MEDIAN, Comparison(median, None, "hours", -1)
    if n < MIN_SAMPLE:
        yield TIME, Comparison(quality.given(n, lambda: None), None, "hours", -1)
        return
    value, variance = estimates.mean_and_variance(side.samples, TAU)
    spread = durations.NORMAL_975 * variance**0.5
    own = Found(_hours(Estimate(value, n, value - spread, value + spread)), n, None, 1.0)
    rest = Samples()
    for other in others:
        rest += other.samples
    if rest.standing < MIN_SAMPLE:
        yield TIME, Comparison(own, None, "hours", -1)
        return
    mean, rest_variance = estimates.mean_and_variance(rest, TAU)
    p = testing.normal(value - mean, variance + rest_variance)
    yield TIME, Comparison(own, mean / 3600, "hours", -1, p)


def _hours(estimate: Estimate | None) -> Estimate | None:
    if estimate is None:
        return None
    value, n, low, high = estimate
    return Estimate(value / 3600, n, low / 3600, high / 3600)


def _adjusted(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines with the p values of every comparison adjusted for all of them."""
    places = [
        (place, name)
        for place, line in enumerate(lines)
        for name, figure in line.figures.items()
        if figure.p is not None and line.n >= MIN_SAMPLE
    ]
    adjusted = testing.holm([lines[place].figures[name].p or 0.0 for place, name in places])
    known = dict(zip(places, adjusted, strict=True))
    for place, line in enumerate(lines):
        figures = {
            name: figure._replace(p_adjusted=known.get((place, name)))
            for name, figure in line.figures.items()
        }
        yield line._replace(figures=figures)


def _clearest_first(line: Line) -> tuple[float, int, str]:
    """What differs beyond chance first, the surest of it; then the largest."""
    clear = [line.figures[name].p_adjusted or 0.0 for name in line.differs]
    return (min(clear, default=1.0), -line.n, line.name or "\U0010ffff")
