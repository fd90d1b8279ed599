"""Charts as inline SVG of any width: positions are shares of the width, text keeps its size.

Colours are classes, which the page's style sheet defines for day and night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from xml.etree.ElementTree import Element

from clearance.figures.durations import Curve
from clearance.named_tuples import NamedTuple
from clearance.render.elements import Child, number, percent, tag
from clearance.render.text import UNITS

_MAX_POINTS = 300
"""Positions at which a curve is drawn at most."""
_SPREAD_STEP = 1 / 60
"""By how much a curve falls until its variance is worked out anew."""
_ROW_PX, _TITLE_PX, _BAR_PX = 52, 26, 20
"""Height of a row of a bar chart, of the line above its bar, and of the bar."""
_CELL_PX, _GAP_PX = 26, 3
"""Height of an hour's cell, and of the gap below it."""
_DAY_NAME_WIDTH = 0.09
"""Share of the width that names of days take."""
_MAX_TICKS = 6
_SMALL_STEPS = (1, 2, 5, 10, 15, 30)
_HOUR_STEPS = (1, 2, 3, 6, 12)
_DAY_STEPS = (1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180, 365)


class Axis(NamedTuple):
    """Seconds from 0 to ``end``, with ticks and their labels."""

    end: int
    ticks: tuple[tuple[int, str], ...]

    def place(self, seconds: float) -> float:
        """The position of a time, as a share of the width."""
        return min(max(seconds / self.end, 0.0), 1.0)


def axis(longest: float, day: int, lang: str) -> Axis:
    """An axis that reaches a time, in round steps; both in seconds, ``day`` by the clock."""
    units = UNITS.get(lang, UNITS["en"])
    step, size, unit = next(
        (step for step in _steps(day, units) if longest <= step[0] * _MAX_TICKS),
        (longest // _MAX_TICKS + 1, day, units[0]),
    )
    count = max(-(-longest // step), 1)
    marks = [round(step * place) for place in range(int(count) + 1)]
    return Axis(marks[-1], tuple((mark, f"{number(mark / size)} {unit}") for mark in marks))


def _steps(day: int, units: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Round distances of ticks, smallest first: seconds, those of the unit, and its name."""
    days, hours, _, minutes, seconds = units
    for unit, size in ((seconds, 1), (minutes, 60)):
        yield from ((count * size, size, unit) for count in _SMALL_STEPS)
    yield from ((count * 3600, 3600, hours) for count in _HOUR_STEPS if count * 3600 < day)
    yield from ((count * day, day, days) for count in _DAY_STEPS)


def _svg(height: float, label: str, *children: Child) -> Element:
    return tag(
        "svg",
        tag("title", label),
        *children,
        width="100%",
        height=height,
        role="img",
        class_="chart",
    )


def _grid(axis: Axis, top: float, bottom: float) -> list[Child]:
    """Upright lines with the labels of an axis under them; the outermost keep inside."""
    drawn: list[Child] = []
    for seconds, label in axis.ticks:
        place = axis.place(seconds)
        anchor = "start" if place == 0 else "end" if place == 1 else "middle"
        x = percent(place)
        drawn.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        text = tag("text", label, x=x, y=bottom + 18, text_anchor=anchor, class_="tick")
        drawn.append(text)
    return drawn


def survival(curves: Sequence[tuple[str, Curve]], shown: Axis, label: str) -> Element:
    """The share not yet closed over time; the first curve in front, with its 95 % band."""
    top, height = 8, 240
    bottom = top + height
    drawn = _grid(shown, top, bottom)
    scale: list[Child] = []
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        y = bottom - share * height
        drawn.append(tag("line", x1="0", x2="100%", y1=y, y2=y, class_="grid"))
        scale.append(tag("text", f"{share:.0%}", x="36", y=y + 4, text_anchor="end", class_="tick"))
    plot = tag(
        "svg",
        *_paths(curves, shown),
        x="0",
        y=top,
        width="100%",
        height=height,
        viewBox="0 0 1000 1000",
        preserveAspectRatio="none",
    )
    base = tag("line", x1="0", x2="100%", y1=bottom, y2=bottom, class_="base")
    scales = tag("svg", *scale, width="44", height=bottom + 26, class_="chart", aria_hidden="true")
    return tag("div", scales, _svg(bottom + 26, label, *drawn, plot, base), class_="plot")


def _paths(curves: Sequence[tuple[str, Curve]], shown: Axis) -> Iterator[Element]:
    """The curves from the last to the first, and before the first its band."""
    for place, (_, curve) in reversed(list(enumerate(curves))):
        if not place:
            yield tag("path", d=_band(curve, shown), class_="band")
        yield tag(
            "path",
            d=_line(curve, shown),
            class_=f"curve c{place}",
            vector_effect="non-scaling-stroke",
        )


def _levels(curve: Curve, shown: Axis) -> list[tuple[int, float]]:
    """Times and the share not yet closed from then on, one for each position that is drawn."""
    levels, last = [(0, 1.0)], -1
    for seconds, incidence in zip(curve.steps.seconds, curve.steps.incidence, strict=True):
        place = int(shown.place(seconds) * _MAX_POINTS)
        if seconds > shown.end:
            break
        if place == last:
            levels.pop()
        levels.append((seconds, 1 - incidence))
        last = place
    return levels


def _line(curve: Curve, shown: Axis) -> str:
    return f"{_stairs(_levels(curve, shown), shown)}H{_end(curve, shown)}"


def _band(curve: Curve, shown: Axis) -> str:
    """The outline of the pointwise 95 % band by Greenwood, in the same steps as the curve."""
    edges, spread, measured = list[tuple[int, float, float]](), 0.0, 1.0
    for at, level in _levels(curve, shown):
        if measured - level >= _SPREAD_STEP:
            spread, measured = 1.96 * curve.variance(at) ** 0.5, level
        edges.append((at, level + spread, level - spread))
    there = _stairs([(at, upper) for at, upper, _ in edges], shown)
    back = "".join(f"V{_y(lower)}H{_x(at, shown)}" for at, _, lower in reversed(edges))
    return f"{there}H{_end(curve, shown)}{back}Z"


def _stairs(levels: Iterable[tuple[int, float]], shown: Axis) -> str:
    """A path that keeps its level until the next time."""
    return "M0 0" + "".join(f"H{_x(at, shown)}V{_y(level)}" for at, level in levels)


def _end(curve: Curve, shown: Axis) -> str:
    """How far a curve is known, and shown."""
    return _x(min(curve.last, shown.end), shown)


def _x(seconds: float, shown: Axis) -> str:
    return number(1000 * shown.place(seconds))


def _y(share: float) -> str:
    return number(1000 * (1 - min(max(share, 0.0), 1.0)))


class Stack(NamedTuple):
    """A bar of parts: its name, the text at its end, and class, name and seconds of each part."""

    name: str
    note: str
    parts: tuple[tuple[str, str, float], ...]


def stacks(rows: Sequence[Stack], shown: Axis, label: str) -> Element:
    """Bars of parts, one below the other."""
    drawn: list[Child] = _grid(shown, 4, _ROW_PX * len(rows) + 4)
    for place, row in enumerate(rows):
        y = _ROW_PX * place
        drawn.append(_titles(row.name, row.note, y))
        drawn += _parts(row, shown, y + _TITLE_PX)
    return _svg(_ROW_PX * len(rows) + 30, label, *drawn)


def _parts(row: Stack, shown: Axis, y: float) -> Iterator[Element]:
    """The parts of a bar, from left to right."""
    ends = list(accumulate((seconds for _, _, seconds in row.parts), initial=0.0))
    for (kind, name, _), (begin, end) in zip(row.parts, pairwise(ends), strict=True):
        yield tag(
            "rect",
            tag("title", name),
            x=percent(shown.place(begin)),
            y=y,
            width=percent(shown.place(end) - shown.place(begin)),
            height=_BAR_PX,
            class_=f"part {kind}",
        )


def _titles(name: str, note: str, y: float, link: str | None = None) -> Element:
    """The line above a bar; a long name is cut off before the note, and shown whole when asked."""
    named = tag("a", name, href=link) if link else name
    line = tag(
        "div",
        tag("span", named, class_="name", title=name),
        tag("span", note, class_="note"),
        class_="titles",
    )
    return tag("foreignObject", line, x="0", y=y, width="100%", height=_TITLE_PX)


class Spread(NamedTuple):
    """A box: its name, the text at its end, and P10, P25, median, P75 and P90.

    ``link`` is where its name leads to.
    """

    name: str
    note: str
    marks: tuple[int | None, ...]
    link: str | None = None


def boxes(rows: Sequence[Spread], shown: Axis, label: str) -> Element:
    """Boxes from P25 to P75 with whiskers from P10 to P90, and a line at the median.

    What ends at a percentile that is not reached is dashed, and goes to the right edge.
    """
    drawn: list[Child] = _grid(shown, 4, _ROW_PX * len(rows) + 4)
    for place, row in enumerate(rows):
        y = _ROW_PX * place
        drawn.append(_titles(row.name, row.note, y, row.link))
        drawn += _box(row.marks, shown, y + _TITLE_PX)
    chart = _svg(_ROW_PX * len(rows) + 30, label, *drawn)
    return _with_links(chart, any(row.link for row in rows))


def _box(marks: Sequence[int | None], shown: Axis, y: float) -> Iterator[Element]:
    p10, p25, p50, p75, p90 = (None if mark is None else shown.place(mark) for mark in marks)
    middle = y + _BAR_PX / 2
    if p10 is not None:
        end, kind = percent(_or_edge(p90)), f"whisker{_dashed(p90)}"
        yield tag("line", x1=percent(p10), x2=end, y1=middle, y2=middle, class_=kind)
    if p25 is not None:
        width, kind = percent(_or_edge(p75) - p25), f"box{_dashed(p75)}"
        yield tag("rect", x=percent(p25), y=y, width=width, height=_BAR_PX, class_=kind)
    for at, kind, high in ((p50, "median", 12), (p10, "whisker", 5), (p90, "whisker", 5)):
        if at is not None:
            x = percent(at)
            yield tag("line", x1=x, x2=x, y1=middle - high, y2=middle + high, class_=kind)


def _or_edge(place: float | None) -> float:
    return 1.0 if place is None else place


def _dashed(end: float | None) -> str:
    return " dashed" if end is None else ""


def heat(
    hours: Sequence[Sequence[int]],
    days: Sequence[str],
    label: str,
    links: Sequence[Sequence[str | None]],
) -> Element:
    """A week of hours, the more the stronger the colour; names of days at the left, hours below.

    ``links`` are where each hour leads to. The size of an hour stands in the style sheet.
    """
    most = max(map(max, hours), default=0) or 1
    drawn: list[Child] = []
    for row, (name, counts) in enumerate(zip(days, hours, strict=True)):
        cells = (
            _hour(name, hour, count, most, links[row][hour]) for hour, count in enumerate(counts)
        )
        y = row * (_CELL_PX + _GAP_PX)
        text = tag("text", name, x="0", y="18", class_="tick")
        drawn.append(tag("g", text, *cells, transform=f"translate(0 {y})"))
    bottom = len(days) * (_CELL_PX + _GAP_PX)
    for hour in range(0, 24, 3):
        x = percent(_hour_place(hour))
        drawn.append(tag("text", f"{hour:02}", x=x, y=bottom + 15, class_="tick"))
    chart = _svg(bottom + 24, label, *drawn)
    chart.set("class", "chart week")
    chart.set("style", f"--wide:{percent(_HOUR_WIDTH * 0.9)};--high:{_CELL_PX}px")
    return _with_links(chart, any(map(any, links)))


_HOUR_WIDTH = (1 - _DAY_NAME_WIDTH) / 24


def _hour_place(hour: int) -> float:
    return _DAY_NAME_WIDTH + hour * _HOUR_WIDTH


def _hour(day: str, hour: int, count: int, most: int, link: str | None) -> Element:
    cell = tag(
        "rect",
        tag("title", f"{day} {hour:02}:00 · {count}"),
        x=percent(_hour_place(hour)),
        fill_opacity=0.07 + 0.93 * count / most if count else None,
    )
    return tag("a", cell, href=link) if link else cell


def _with_links(chart: Element, has_links: bool) -> Element:
    """A chart whose parts are to be reached one by one, if any of them leads anywhere."""
    chart.set("role", "group" if has_links else "img")
    return chart
