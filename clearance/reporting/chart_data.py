"""What the charts of a report show: two periods' curves, groups side by side, hours of submission.

Passages through customs in, values out; drawing is done elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from clearance.figures.durations import MIN_SAMPLE, Curve
from clearance.model import Timings
from clearance.periods import Period
from clearance.reporting import report
from clearance.reporting.report import Report, ReportQuery, Row, Tally

BOXED = 12
"""Groups that are shown side by side, those with the most declarations."""

_MARKS = {"p10": Fraction(1, 10), "p25": Fraction(1, 4), **report.PERCENTILES}


@dataclass(frozen=True, slots=True)
class Box:
    """Percentiles of one group's times in seconds; none of too few, or where none is reached."""

    name: str | None
    n: int
    marks: dict[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What is drawn of a report.

    ``whole`` is the report without groups; ``before`` is the row of the period that the last one
    with declarations, ``focus``, is compared with; ``curves`` are those of both, where there are
    enough; ``boxes`` show the
    groups of that period by ``dimension``, the largest first, and ``unboxed`` counts the rest;
    ``hours`` counts submissions by weekday, Monday first, and hour in the report's zone.
    """

    whole: Report
    focus: str
    before: Row
    curves: tuple[tuple[str, Curve], ...]
    dimension: str
    boxes: tuple[Box, ...]
    unboxed: int
    hours: tuple[tuple[int, ...], ...]


def draw(asked: ReportQuery, timings: Sequence[Timings]) -> Pictures:
    """The pictures of what is asked for."""
    whole = replace(asked, by=())
    collected = Tally(whole, timings)
    focus = _focus(collected)
    both = [(str(period), collected.cell(period, ())) for period in (focus, asked.before(focus))]
    dimension = asked.by[0] if asked.by else "office"
    boxes = _boxes(Tally(replace(asked, by=(dimension,)), timings), focus)
    return Pictures(
        whole=report.compile_report(whole, collected),
        focus=str(focus),
        before=report.row(whole, collected, asked.before(focus), ()),
        curves=tuple((name, cell.curve) for name, cell in both if not cell.reason_withheld),
        dimension=dimension,
        boxes=tuple(boxes[:BOXED]),
        unboxed=len(boxes[BOXED:]),
        hours=_hours(whole, timings),
    )


def _focus(collected: Tally) -> Period:
    """The last period with declarations, else the last."""
    shown = collected.asked.periods
    told = [period for period in shown if collected.cell(period, ()).declared]
    return (told or shown)[-1]


def _boxes(collected: Tally, focus: Period) -> list[Box]:
    boxes = []
    for group in collected.groups:
        cell = collected.cell(focus, group)
        marks: dict[str, int | None] = dict.fromkeys(_MARKS)
        if not cell.reason_withheld:
            marks = {name: cell.curve.percentile(share) for name, share in _MARKS.items()}
        if cell.samples:
            boxes.append(Box(group[0], len(cell.samples), marks))
    return sorted(boxes, key=lambda box: (box.n < MIN_SAMPLE, -box.n, box.name or ""))


def _hours(asked: ReportQuery, timings: Sequence[Timings]) -> tuple[tuple[int, ...], ...]:
    """How many were submitted in each hour of the week, of the periods shown."""
    spans = [(p.start(asked.zone), p.next.start(asked.zone)) for p in asked.periods]
    bounds = [(int(begin.timestamp()), int(end.timestamp())) for begin, end in spans]
    at = (p.declared_at for p in timings if p.declared_at is not None)
    times = (
        datetime.fromtimestamp(second, asked.zone)
        for second in at
        if any(begin <= second < end for begin, end in bounds)
    )
    found = Counter((time.weekday(), time.hour) for time in times)
    return tuple(tuple(found[day, hour] for hour in range(24)) for day in range(7))
