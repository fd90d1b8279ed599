"""Durations per period: declarations in, a ``Report`` out. Nothing here formats.

A declaration belongs to the period it was declared in (of its last sending that was not returned),
in the report's zone. Declared = closed + open + withdrawn + anomalous; returned overlaps. An
interval that ends before it begins, or begins in the future, is anomalous: counted, and left out
of every figure. A figure that cannot be given honestly is None, and ``notes`` says why under its
name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from fractions import Fraction

from clearance import durations
from clearance.durations import Outcome, Sample
from clearance.errors import BadArgument
from clearance.model import INTERVALS, Stage, Summary
from clearance.periods import Period

DIMENSIONS: dict[str, Callable[[Summary], str | None]] = {
    "office": lambda declaration: declaration.office,
    "direction": lambda declaration: declaration.direction,
}
"""What a report can be broken down by; None is a group of its own, unknown."""

MEASURED = tuple(name for name, ends in INTERVALS.items() if set(ends) <= set(Summary.__slots__))
"""Intervals whose both ends are told by messages."""

Group = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One period and group. Times are seconds; counts are declarations."""

    period: str
    group: dict[str, str | None]
    declared: int
    closed: int
    open: int
    returned: int
    withdrawn: int
    anomalous: int
    mean_closed: float | None
    median: int | None
    notes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Durations of one interval per period and group, periods in order, groups in order."""

    as_of: datetime
    interval: str
    zone: tzinfo
    every: str
    by: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(slots=True)
class _Cell:
    samples: list[Sample] = field(default_factory=list)
    declared: int = 0
    returned: int = 0
    anomalous: int = 0

    def count(self, outcome: Outcome) -> int:
        return sum(sample.outcome is outcome for sample in self.samples)


def build(
    declarations: Iterable[Summary],
    periods: Sequence[Period],
    zone: tzinfo,
    as_of: datetime,
    *,
    by: Sequence[str] = (),
    interval: str = "declare-close",
) -> Report:
    """Times of an interval over consecutive periods, as known at ``as_of``.

    Raises BadArgument for a dimension or an interval that there is not.
    """
    by = tuple(dict.fromkeys(by))
    if wrong := [name for name in by if name not in DIMENSIONS]:
        raise BadArgument(
            f"--by {wrong[0]}: there is no such dimension; there are {', '.join(DIMENSIONS)}"
        )
    if interval not in MEASURED:
        raise BadArgument(f"--interval {interval}: messages tell only {', '.join(MEASURED)}")
    bounds = [period.start(zone) for period in (*periods, periods[-1].next)]
    cells: dict[tuple[int, Group], _Cell] = {}
    for declaration in declarations:
        if declaration.declared_at is None:
            continue
        index = bisect_right(bounds, declaration.declared_at) - 1
        if 0 <= index < len(periods):
            group = tuple(DIMENSIONS[name](declaration) for name in by)
            _add(cells.setdefault((index, group), _Cell()), declaration, interval, as_of)
    groups = sorted({group for _, group in cells}, key=_order) or [(None,) * len(by)]
    return Report(
        as_of=as_of,
        interval=interval,
        zone=zone,
        every=type(periods[0]).__name__.lower(),
        by=by,
        rows=tuple(
            _row(str(period), dict(zip(by, group, strict=True)), cells.get((index, group), _Cell()))
            for index, period in enumerate(periods)
            for group in groups
        ),
    )


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((name is None, name or "") for name in group)


def _add(cell: _Cell, declaration: Summary, interval: str, as_of: datetime) -> None:
    cell.declared += 1
    cell.returned += declaration.returned
    start = getattr(declaration, INTERVALS[interval][0])
    ended = declaration.interval(interval)
    if start is None:
        cell.samples.append(Sample(0, Outcome.OPEN))
    elif start > as_of or (ended is not None and ended < 0):
        cell.anomalous += 1
    elif ended is not None:
        cell.samples.append(Sample(ended, Outcome.ENDED))
    elif declaration.stage is Stage.WITHDRAWN and declaration.withdrawn_at:
        seconds = round((declaration.withdrawn_at - start).total_seconds())
        cell.samples.append(Sample(max(seconds, 0), Outcome.WITHDRAWN))
    else:
        seconds = round((as_of - start).total_seconds())
        cell.samples.append(Sample(seconds, Outcome.OPEN))


def _row(period: str, group: dict[str, str | None], cell: _Cell) -> Row:
    closed = [sample.seconds for sample in cell.samples if sample.outcome is Outcome.ENDED]
    notes: dict[str, str] = {}
    mean = durations.mean(closed)
    if mean is None:
        notes["mean_closed"] = "none closed"
    median = None
    if len(cell.samples) < durations.TOO_FEW:
        notes["median"] = f"too few: n = {len(cell.samples)}"
    else:
        median = durations.percentile(cell.samples, Fraction(1, 2))
        if median is None:
            notes["median"] = "not reached: fewer than half have closed"
    return Row(
        period=period,
        group=group,
        declared=cell.declared,
        closed=len(closed),
        open=cell.count(Outcome.OPEN),
        returned=cell.returned,
        withdrawn=cell.count(Outcome.WITHDRAWN),
        anomalous=cell.anomalous,
        mean_closed=mean,
        median=median,
        notes=notes,
    )
