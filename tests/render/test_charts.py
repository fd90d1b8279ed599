"""Charts: what is drawn is what is known, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

import pytest

from clearance.figures.durations import Curve, Ending, Sample, curve
from clearance.render import charts
from clearance.render.charts import Spread
from clearance.render.html_charts import _box_axis
from clearance.reporting.chart_data import Box

DAY = 86400
AXIS = charts.axis(10 * DAY, DAY, "en")
FOUND = (3 * DAY, 4 * DAY, 5 * DAY, 6 * DAY, 7 * DAY)


def kinds(marks: Sequence[int | None]) -> list[str | None]:
    """The classes of what is drawn of a box."""
    drawn = charts.boxes([Spread("office", "—", tuple(marks))], AXIS, "title")
    shapes = [part for part in drawn if part.tag in ("line", "rect")]
    return [part.get("class") for part in shapes if part.get("class") != "grid"]


@pytest.mark.parametrize(
    ("known", "drawn"),
    [
        (0, []),
        (1, ["whisker dashed", "whisker"]),
        (2, ["whisker dashed", "box dashed", "whisker"]),
        (3, ["whisker dashed", "box dashed", "median", "whisker"]),
        (4, ["whisker dashed", "box", "median", "whisker"]),
        (5, ["whisker", "box", "median", "whisker", "whisker"]),
    ],
)
def test_a_percentile_that_is_not_reached_has_no_mark(known: int, drawn: list[str]) -> None:
    assert kinds([*FOUND[:known], *[None] * (5 - known)]) == drawn


@pytest.mark.parametrize("known", range(1, 6))
def test_the_axis_of_boxes_reaches_beyond_every_mark(known: int) -> None:
    marks = dict(zip(("p10", "p25", "median", "p75", "p90"), FOUND[:known], strict=False))
    box = Box("2248", 25, dict.fromkeys(("p10", "p25", "median", "p75", "p90")) | marks)
    end = _box_axis([box], DAY, "en").end
    assert end >= FOUND[known - 1] + (DAY / 2 if known < 5 else 0)


def points(path: str) -> Iterator[tuple[float, float]]:
    """The corners of a path that goes level and upright only."""
    x = y = 0.0
    for letter, rest in re.findall(r"([MHVL])([^MHVLZ]*)", path):
        assert letter in "MHV"
        if letter == "M":
            x, y = map(float, rest.split())
        else:
            x, y = (float(rest), y) if letter == "H" else (x, float(rest))
        yield x, y


def paths(of: Curve) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The corners of a drawn curve and of its band."""
    drawn = charts.survival([("2026Q3", of)], AXIS, "title")
    found: dict[str, Element] = {part.get("class", ""): part for part in drawn.iter("path")}
    band, line = (list(points(found[name].get("d", ""))) for name in ("band", "curve c0"))
    return line, band


@pytest.mark.parametrize("ended", [30, 5])
def test_the_band_has_the_steps_of_its_curve_and_holds_it_to_its_end(ended: int) -> None:
    """Most end in a bunch, late; where some have not, what is known goes on after the last end."""
    samples = [Sample(DAY if n < 5 else 8 * DAY + n, Ending.ENDED) for n in range(ended)]
    samples += [Sample(9 * DAY, Ending.OPEN)] * (30 - ended)
    line, band = paths(curve(samples, 30 * DAY))
    assert {x for x, _ in band} == {x for x, _ in line}
    for x, y in line:
        ys = [other for at, other in band if at == x]
        assert min(ys) - 0.01 <= y <= max(ys) + 0.01


def test_a_long_name_leaves_room_for_what_stands_at_its_end() -> None:
    name = "a very long name of a broker and its branch " * 5
    drawn = charts.boxes([Spread(name, "3 d 00 h", FOUND, "#list")], AXIS, "title")
    (line,) = drawn.iter("foreignObject")
    assert [part.get("title") for part in line.iter("span")] == [name, None]
    assert not [part for part in drawn.iter("text") if part.get("class") != "tick"]


def test_variances_of_a_band_are_few_whatever_the_curve_is_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    variance = Curve.variance

    def counted(of: Curve, at: int) -> float:
        asked.append(at)
        return variance(of, at)

    monkeypatch.setattr(Curve, "variance", counted)
    paths(curve([Sample(n * 800, Ending.ENDED) for n in range(1000)], 30 * DAY))
    assert 50 < len(asked) <= 60
