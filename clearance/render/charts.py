"""Charts as inline SVG that any width fits: places are shares of it, text keeps its size.

Colours are classes; the page that holds a chart gives them, by day and by night.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from clearance.figures.durations import Curve
from clearance.render.elements import Child, number, percent, tag

_POINTS = 300
"""Places at which a curve is drawn at most."""
_ROW, _BAR = 52, 20
"""Pixels of a row of a bar chart, and of the bar in it."""
_HOURS = (("s", 1), ("min", 60), ("h", 3600))
_STEPS = (1, 2, 5, 10, 15, 30)
_HOUR_STEPS = (1, 2, 3, 6, 12)
_DAY_STEPS = (1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180, 365)
_TICKS = 6


class Axis(NamedTuple):
    """Seconds from 0 to ``end``, with ticks and their labels."""

    end: int
    ticks: tuple[tuple[int, str], ...]

    def place(self, seconds: float) -> float:
        """Where a time lies, as a share of the width."""
        return min(max(seconds / self.end, 0.0), 1.0)


def axis(longest: float, day: int) -> Axis:
    """An axis that reaches a time, in round steps; ``day`` is the length of one in seconds."""
    steps = [(count * size, size, unit) for unit, size in _HOURS[:2] for count in _STEPS]
    steps += [(count * 3600, 3600, "h") for count in _HOUR_STEPS if count * 3600 < day]
    steps += [(count * day, day, "d") for count in _DAY_STEPS]
    step, size, unit = next(
        (one for one in steps if longest <= one[0] * _TICKS), (longest // _TICKS + 1, day, "d")
    )
    count = max(-(-longest // step), 1)
    marks = [round(step * place) for place in range(int(count) + 1)]
    return Axis(marks[-1], tuple((mark, f"{number(mark / size)} {unit}") for mark in marks))


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
    inside: list[Child] = []
    for place, (_, curve) in reversed(list(enumerate(curves))):
        if not place:
            inside.append(tag("path", d=_band(curve, shown), class_="band"))
        path = _line(curve, shown)
        inside.append(
            tag("path", d=path, class_=f"curve c{place}", vector_effect="non-scaling-stroke")
        )
    plot = tag(
        "svg",
        *inside,
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


def _levels(curve: Curve, shown: Axis) -> list[tuple[int, float]]:
    """Times and the share not yet closed from then on, as many as can be told apart."""
    found, last = [(0, 1.0)], -1
    for step in curve.steps:
        place = int(shown.place(step.seconds) * _POINTS)
        if step.seconds > shown.end:
            break
        if place == last:
            found.pop()
        found.append((step.seconds, 1 - step.incidence))
        last = place
    return found


def _line(curve: Curve, shown: Axis) -> str:
    known = min(curve.last, shown.end)
    parts = [f"M0 {number(1000 * (1 - _levels(curve, shown)[0][1]))}"]
    for seconds, level in _levels(curve, shown):
        parts.append(f"H{number(1000 * shown.place(seconds))}V{number(1000 * (1 - level))}")
    return "".join([*parts, f"H{number(1000 * shown.place(known))}"])


def _band(curve: Curve, shown: Axis) -> str:
    """The pointwise 95 % band by Greenwood, there and back."""
    levels = _levels(curve, shown)
    coarse = [*levels[:: max(len(levels) // 60, 1)], levels[-1]]
    spread = [1.96 * curve.variance(seconds) ** 0.5 for seconds, _ in coarse]
    edges = []
    for sign in (1, -1):
        heights = [
            min(max(s + sign * e, 0.0), 1.0) for (_, s), e in zip(coarse, spread, strict=True)
        ]
        edges.append(
            [
                f"{number(1000 * shown.place(at))} {number(1000 * (1 - y))}"
                for (at, _), y in zip(coarse, heights, strict=True)
            ]
        )
    return "M" + "L".join([*edges[0], *reversed(edges[1])]) + "Z"


class Stack(NamedTuple):
    """A bar of parts: its name, what is written at its end, and seconds by class of colour."""

    name: str
    note: str
    parts: tuple[tuple[str, str, float], ...]
    """Class, name and seconds of each part."""


def stacks(rows: Sequence[Stack], shown: Axis, label: str) -> Element:
    """Bars of parts, one under the other."""
    drawn: list[Child] = _grid(shown, 4, _ROW * len(rows) + 4)
    for place, row in enumerate(rows):
        y = _ROW * place
        drawn += _named(row.name, row.note, y)
        ends = [0.0]
        for _, _, seconds in row.parts:
            ends.append(ends[-1] + seconds)
        for (kind, what, _), (begin, end) in zip(row.parts, pairwise(ends), strict=True):
            drawn.append(
                tag(
                    "rect",
                    tag("title", what),
                    x=percent(shown.place(begin)),
                    y=y + 26,
                    width=percent(shown.place(end) - shown.place(begin)),
                    height=_BAR,
                    class_=f"part {kind}",
                )
            )
    return _svg(_ROW * len(rows) + 30, label, *drawn)


def _named(name: str, note: str, y: float) -> list[Child]:
    return [
        tag("text", name, x="0", y=y + 19, class_="name"),
        tag("text", note, x="100%", y=y + 19, text_anchor="end", class_="note"),
    ]


class Spread(NamedTuple):
    """A box: its name, what is written at its end, and P10, P25, median, P75 and P90."""

    name: str
    note: str
    marks: tuple[int | None, ...]


def boxes(rows: Sequence[Spread], shown: Axis, label: str) -> Element:
    """Boxes from the first to the third quarter, whiskers to the tenths; a line at the median.

    What is not reached ends at the edge.
    """
    drawn: list[Child] = _grid(shown, 4, _ROW * len(rows) + 4)
    for place, row in enumerate(rows):
        y = _ROW * place
        drawn += _named(row.name, row.note, y)
        if row.marks[0] is None:
            continue
        places = [1.0 if mark is None else shown.place(mark) for mark in row.marks]
        p10, p25, p50, _, p90 = map(percent, places)
        middle, width = y + 26 + _BAR / 2, places[3] - places[1]
        drawn += [
            tag("line", x1=p10, x2=p90, y1=middle, y2=middle, class_="whisker"),
            tag("rect", x=p25, y=y + 26, width=percent(width), height=_BAR, class_="box"),
            tag("line", x1=p50, x2=p50, y1=y + 24, y2=y + 28 + _BAR, class_="median"),
        ]
        for end in (p10, p90):
            drawn.append(
                tag("line", x1=end, x2=end, y1=middle - 5, y2=middle + 5, class_="whisker")
            )
    return _svg(_ROW * len(rows) + 30, label, *drawn)


def heat(hours: Sequence[Sequence[int]], days: Sequence[str], label: str) -> Element:
    """A week of hours, the fuller the darker; names of days at the left, hours underneath."""
    cell, head = 26, 0.09
    most = max((count for day in hours for count in day), default=0) or 1
    drawn: list[Child] = []
    step = (1 - head) / 24
    for row, (name, counts) in enumerate(zip(days, hours, strict=True)):
        y = row * (cell + 3)
        drawn.append(tag("text", name, x="0", y=y + 18, class_="tick"))
        for hour, count in enumerate(counts):
            shade = 0.07 + 0.93 * count / most if count else 0.04
            drawn.append(
                tag(
                    "rect",
                    tag("title", f"{name} {hour:02}:00 · {count}"),
                    x=percent(head + hour * step),
                    y=y,
                    width=percent(step * 0.9),
                    height=cell,
                    rx=3,
                    class_="cell",
                    fill_opacity=shade,
                )
            )
    bottom = len(days) * (cell + 3)
    for hour in range(0, 24, 3):
        x = percent(head + hour * step)
        drawn.append(tag("text", f"{hour:02}", x=x, y=bottom + 15, class_="tick"))
    return _svg(bottom + 24, label, *drawn)


def spark(share: float) -> Element:
    """A bar in a cell of a table."""
    bar = tag("rect", x="0", y="2", width=percent(share), height="8", rx="2", class_="spark")
    return tag("svg", bar, width="100%", height="12", class_="chart", aria_hidden="true")
