"""Durations per period: passages through customs in, a ``Report`` out. Nothing here formats.

A declaration belongs to the period it was declared in (of its last sending that was not returned),
in the report's zone. Only those count that the messages tell the interval of: an inspection that
was never ordered is not one that is still open.

Declared = closed + open + withdrawn + anomalous; returned overlaps. An interval that ends before it
begins, or begins in the future, is anomalous: counted, and left out of every figure. A figure that
cannot be given honestly is None, and ``notes`` says why under its name.
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
from clearance.model import INTERVALS, Passage, Stage
from clearance.periods import Period

DIMENSIONS: dict[str, Callable[[Passage], str | None]] = {
    "office": lambda passage: passage.office,
    "direction": lambda passage: passage.direction,
}
"""What a report can be broken down by; None is a group of its own, unknown."""

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
    without: int = 0

    def add(self, passage: Passage, start: int | None, end: int | None, now: int) -> None:
        """Counts a passage and takes its time between two milestones, in Unix seconds.

        One that never came to the first, or is cleared without the second, has no such time.
        """
        if start is None or (end is None and passage.stage == Stage.CLEARED):
            self.without += 1
            return
        self.declared += 1
        self.returned += passage.returned
        if start > now or (end is not None and end < start):
            self.anomalous += 1
        elif end is not None:
            self.samples.append(Sample(end - start, Outcome.ENDED))
        elif passage.stage == Stage.WITHDRAWN and passage.withdrawn_at is not None:
            gone = max(passage.withdrawn_at - start, 0)
            self.samples.append(Sample(gone, Outcome.WITHDRAWN))
        else:
            self.samples.append(Sample(now - start, Outcome.OPEN))

    def count(self, outcome: Outcome) -> int:
        return sum(sample.outcome is outcome for sample in self.samples)


def build(
    passages: Iterable[Passage],
    periods: Sequence[Period],
    zone: tzinfo,
    as_of: datetime,
    *,
    by: Sequence[str] = (),
    interval: str = "declare-close",
) -> Report:
    """Times of an interval over consecutive periods, as known at ``as_of``.

    Passages declared in other periods are passed over. Raises BadArgument for a dimension or an
    interval that there is not.
    """
    by = tuple(dict.fromkeys(by))
    if wrong := [name for name in by if name not in DIMENSIONS]:
        there = ", ".join(DIMENSIONS)
        raise BadArgument(f"--by {wrong[0]}: there is no such dimension; there are {there}")
    if interval not in INTERVALS:
        raise BadArgument(f"--interval {interval}: choose {', '.join(INTERVALS)}")
    bounds = [int(period.start(zone).timestamp()) for period in (*periods, periods[-1].next)]
    start, end = INTERVALS[interval]
    chosen = [DIMENSIONS[name] for name in by]
    now = int(as_of.timestamp())
    cells: dict[tuple[int, Group], _Cell] = {}
    for passage in passages:
        if passage.declared_at is None or not bounds[0] <= passage.declared_at < bounds[-1]:
            continue
        index = bisect_right(bounds, passage.declared_at) - 1
        group = tuple(dimension(passage) for dimension in chosen)
        cell = cells.setdefault((index, group), _Cell())
        cell.add(passage, getattr(passage, start, None), getattr(passage, end, None), now)
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


def _row(period: str, group: dict[str, str | None], cell: _Cell) -> Row:
    closed = [sample.seconds for sample in cell.samples if sample.outcome is Outcome.ENDED]
    notes: dict[str, str] = {}
    if cell.without:
        notes["declared"] = f"{cell.without} more declared, whose messages tell no such interval"
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
