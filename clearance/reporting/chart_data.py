"""What the charts of a report show: two periods' curves, groups side by side, submission hours.

Timings of declarations in, values out; ``render`` draws them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from clearance.figures.durations import MIN_SAMPLE, Curve
from clearance.model import Value, replace
from clearance.periods import Period
from clearance.reporting import report
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import Report, ReportRow
from clearance.reporting.tally import Group, Tally
from clearance.stores.alike import Alike

_MAX_BOXES = 12
"""Groups that are shown side by side, those with the most declarations."""
_MARKS = {"p10": (1, 10), "p25": (1, 4), **report.PERCENTILES}
"""The percentiles of a box."""


class Box(Value):
    """Percentiles of one group's times in seconds; None if there are too few, or never reached."""

    name: str | None
    n: int
    marks: dict[str, int | None]


class Pictures(Value, kw_only=True):
    """What the charts of a report show.

    ``whole`` is the report without groups, ``focus`` the period of its focus, and ``before`` the
    row of the period that this is compared with. ``curves`` are those of both, if they have enough
    declarations. ``boxes`` are the groups of the focus by ``dimension``, the largest first;
    ``unboxed`` counts the rest. ``hours`` counts the submissions of the declarations of the periods
    shown by weekday, Monday first, and hour in the report's zone.
    """

    whole: Report
    focus: str
    before: ReportRow
    curves: tuple[tuple[str, Curve], ...]
    dimension: str
    boxes: tuple[Box, ...]
    unboxed: int
    hours: tuple[tuple[int, ...], ...]


def draw(query: ReportQuery, some: Sequence[Alike], counted: Tally | None = None) -> Pictures:
    """The pictures of a report; its tally serves again where it has no groups."""
    query = replace(query, why=False)
    ungrouped = replace(query, by=())
    tally = counted if counted and not query.by else Tally(ungrouped, some)
    whole = report.compile_report(ungrouped, tally)
    focus = next(period for period in query.periods if str(period) == whole.focus.period)
    compared, before = tally.earlier(focus)
    sides = (tally, focus), (compared, before)
    cells = [(str(period), side.cell(period, ())) for side, period in sides]
    dimension = query.by[0] if query.by else "office"
    by_dimension = replace(query, by=(dimension,), quality=False)
    boxes = _boxes(Tally(by_dimension, some), focus)
    return Pictures(
        whole=whole,
        focus=str(focus),
        before=report.row(ungrouped, compared, before, ()),
        curves=tuple((name, cell.curve) for name, cell in cells if not cell.reason_withheld),
        dimension=dimension,
        boxes=tuple(boxes[:_MAX_BOXES]),
        unboxed=len(boxes[_MAX_BOXES:]),
        hours=_hours(query, some),
    )


def _boxes(tally: Tally, focus: Period) -> list[Box]:
    boxes = [_box(tally, focus, group) for group in tally.groups]
    return sorted(filter(_is_filled, boxes), key=_largest_first)


def _box(tally: Tally, focus: Period, group: Group) -> Box:
    cell = tally.cell(focus, group)
    marks: dict[str, int | None] = dict.fromkeys(_MARKS)
    if not cell.reason_withheld:
        marks = {name: cell.curve.percentile(share) for name, share in _MARKS.items()}
    return Box(group[0], cell.standing, marks)


def _is_filled(box: Box) -> bool:
    return box.n > 0


def _largest_first(box: Box) -> tuple[bool, int, str]:
    return box.n < MIN_SAMPLE, -box.n, box.name or ""


def _hours(query: ReportQuery, some: Iterable[Alike]) -> tuple[tuple[int, ...], ...]:
    """How many were submitted in each hour of the week, in the periods shown."""
    counts = Counter((at.weekday(), at.hour) for _, at in submissions(query, some))
    return tuple(tuple(counts[day, hour] for hour in range(24)) for day in range(7))


def submissions(query: ReportQuery, some: Iterable[Alike]) -> Iterator[tuple[str, datetime]]:
    """The names of declarations of the periods shown, each with when it was submitted, in the
    report's zone.

    They are those that the report counts: with the cohort ``closed`` what was closed in them.
    """
    starts = [(period.start(query.zone), period.next.start(query.zone)) for period in query.periods]
    spans = [(int(start.timestamp()), int(end.timestamp())) for start, end in starts]
    for one in some:
        submitted, dated = one.column("declared_at"), query.dated(one)
        if submitted is None or dated is None:
            continue
        for name, at, counted in zip(one.values("name"), submitted, dated, strict=True):
            if any(start <= counted < end for start, end in spans):
                yield name, datetime.fromtimestamp(at, query.zone)
