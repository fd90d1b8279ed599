"""The sections of a report's page that have a chart; every chart has its table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from clearance.figures import stages
from clearance.figures.durations import MIN_SAMPLE, Curve
from clearance.model import Stage, in_language
from clearance.render import charts
from clearance.render.charts import Axis
from clearance.render.elements import Child, tag
from clearance.render.figures import percent, signed_duration
from clearance.render.html_lists import CountLists
from clearance.render.html_parts import Parts, legend, table
from clearance.render.report_words import dimension_name, marked, value_name
from clearance.render.text import days
from clearance.render.words import WEEKDAYS
from clearance.reporting.chart_data import Box, Pictures
from clearance.reporting.figure_names import HOURS, STANDING, row_name
from clearance.reporting.report import StageShare

_CURVE_SHARE = (49, 50)
"""The share of closures up to which curves are drawn."""
_CURVE_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30)
"""Days that the table of curves has, as far as the axis reaches."""
_BOX_MARKS = ("p10", "p25", "median", "p75", "p90")


def curves_section(parts: Parts, pictures: Pictures) -> Element:
    """The share still open over time, in the focus and the period it is compared with."""
    curves = pictures.curves
    late = max(curve.percentile(_CURVE_SHARE) or curve.last for _, curve in curves)
    axis = charts.axis(min(late, pictures.whole.tau), parts.day, parts.lang)
    names = [marked(parts.whole, name) for name, _ in curves]
    return parts.section(
        "curves",
        legend((f"c{place}", name) for place, name in enumerate(names)),
        charts.survival(curves, axis, parts.text("curves")),
        table(
            [parts.word("after"), *names],
            [_curve_row(parts, mark, curves) for mark in _curve_marks(axis, parts.day)],
        ),
        lead=parts.text("curves lead"),
    )


def _curve_marks(axis: Axis, day: int) -> list[int]:
    """Seconds that the table of curves has: whole days, or the ticks of a shorter axis."""
    marks = [days * day for days in _CURVE_DAYS if days * day <= axis.end]
    return marks or [seconds for seconds, _ in axis.ticks[1:]]


def _curve_row(parts: Parts, mark: int, curves: Iterable[tuple[str, Curve]]) -> list[str]:
    """The share of each curve that is still open after some seconds."""
    after = parts.span(mark) if mark < parts.day else days(mark // parts.day, parts.lang)
    shares = [percent(1 - c.within(mark)) if c.known(mark) else "—" for _, c in curves]
    return [after, *shares]


def stages_section(parts: Parts, shares: Sequence[StageShare]) -> Element:
    """The mean time in each stage, by period."""
    by_period: dict[str, list[StageShare]] = {}
    for share in shares:
        by_period.setdefault(share.period, []).append(share)
    means = {period: sum(s.mean for s in own) for period, own in by_period.items()}
    axis = charts.axis(max(means.values()), parts.day, parts.lang)
    bars = [
        charts.Stack(
            marked(parts.whole, period), parts.span(means[period]), tuple(_bar_parts(parts, own))
        )
        for period, own in by_period.items()
    ]
    return parts.section(
        "stages",
        legend(_stage_names(parts, shares)),
        charts.stacks(bars, axis, parts.text("stages")),
        _stage_table(parts, by_period),
        lead=parts.text("stages lead"),
    )


def _bar_parts(parts: Parts, shares: Iterable[StageShare]) -> Iterable[tuple[str, str, float]]:
    for share in shares:
        told = parts.word(share.stage), parts.mark(": "), parts.span(share.mean)
        name = "".join((*told, parts.mark(", "), percent(share.share)))
        yield share.stage.replace("_", "-"), name, share.mean


def _stage_names(parts: Parts, shares: Iterable[StageShare]) -> Iterable[tuple[str, str]]:
    """The class and name of each stage that took any time, and whom it waits for."""
    present = {share.stage for share in shares if share.seconds}
    for stage in Stage:
        if stage in present:
            named = dict.fromkeys((parts.word(stage), parts.word(stages.OWNERS[stage])))
            yield stage.replace("_", "-"), " · ".join(named)


def _stage_table(parts: Parts, by_period: Mapping[str, Sequence[StageShare]]) -> Element:
    all_shares = [share for shares in by_period.values() for share in shares]
    heads = ["period", "stage", "waits for", "mean", "share"]
    shared = any(share.change is not None for share in all_shares)
    rows = [_stage_row(parts, share, shared=shared) for share in all_shares]
    more = ["part of the change", "share of the change"] if shared else []
    return table(parts.words([*heads, *more]), rows, texts=3)


def _stage_row(parts: Parts, share: StageShare, *, shared: bool) -> list[str]:
    """A stage's mean; ``shared``: its part of a clear change too."""
    row = [
        marked(parts.whole, share.period),
        parts.word(share.stage),
        parts.word(share.owner),
        parts.span(share.mean),
        percent(share.share),
    ]
    part = signed_duration(share.change, parts.day, parts.lang)
    return [*row, part, percent(share.share_of_change)] if shared else row


def boxes_section(parts: Parts, pictures: Pictures, lists: CountLists) -> Element:
    """The groups of the focus, side by side."""
    dimension = dimension_name(pictures.dimension, parts.lang)
    heading = {"dimension": dimension, "focus": marked(parts.whole, pictures.focus)}
    leads = ["boxes lead", *(["boxes open"] if any(map(_is_open, pictures.boxes)) else [])]
    more = parts.text("unboxed", n=pictures.unboxed) if pictures.unboxed else None
    return parts.section(
        "boxes",
        charts.boxes(
            [_spread(parts, pictures, box, lists) for box in pictures.boxes],
            _box_axis(pictures.boxes, parts.day, parts.lang),
            parts.text("boxes", **heading),
        ),
        _box_table(parts, pictures, lists),
        tag("p", more, class_="said") if more else None,
        lead="".join(parts.text(key) for key in leads),
        **heading,
    )


def _box_axis(boxes: Sequence[Box], day: int, lang: str) -> Axis:
    """An axis to the largest mark, and on where others are not reached."""
    longest = max(mark for box in boxes for mark in box.marks.values() if mark is not None)
    beyond = 1.2 if any(map(_is_open, boxes)) else 1
    return charts.axis(longest * beyond or day, day, lang)


def _is_open(box: Box) -> bool:
    """Whether some of the percentiles are not reached, where others are."""
    return box.marks["p10"] is not None and None in box.marks.values()


def _place(pictures: Pictures, box: Box) -> str:
    """The row that the declarations of a box are in."""
    return row_name(pictures.focus, [box.name])


def _spread(parts: Parts, pictures: Pictures, box: Box, lists: CountLists) -> charts.Spread:
    marks = tuple(box.marks[name] for name in _BOX_MARKS)
    middle = box.marks["median"]
    few = parts.word("too few") if box.n < MIN_SAMPLE else "—"
    count = parts.text("declarations", n=box.n)
    name = f"{value_name(pictures.dimension, box.name, parts.lang)} · {count}"
    link = lists.link(_place(pictures, box), STANDING)
    return charts.Spread(name, few if middle is None else parts.span(middle), marks, link)


def _box_table(parts: Parts, pictures: Pictures, lists: CountLists) -> Element:
    named = dimension_name(pictures.dimension, parts.lang)
    heads = [named, parts.word("declarations"), "P10", "P25", parts.word("median"), "P75", "P90"]
    return table(heads, [_box_row(parts, pictures, box, lists) for box in pictures.boxes])


def _box_row(parts: Parts, pictures: Pictures, box: Box, lists: CountLists) -> list[Child]:
    marks = (box.marks[name] for name in _BOX_MARKS)
    times = ("—" if mark is None else parts.span(mark) for mark in marks)
    count = lists.figure(_place(pictures, box), STANDING, str(box.n))
    return [value_name(pictures.dimension, box.name, parts.lang), count, *times]


def hours_section(parts: Parts, pictures: Pictures, lists: CountLists) -> Element:
    """When declarations are submitted, by weekday and hour; its table has the hours with any."""
    lead = "hours lead closed" if pictures.whole.cohort == "closed" else "hours lead"
    weekdays, hours = in_language(WEEKDAYS, parts.lang).split(), pictures.hours
    rows = [
        [f"{hour:02}:00", *_hour_row(hours, hour, lists)]
        for hour in range(24)
        if any(day[hour] for day in hours)
    ]
    links = [[lists.link("", _hour(day, hour)) for hour in range(24)] for day in range(7)]
    return parts.section(
        "hours",
        charts.heat(hours, weekdays, parts.text("hours"), links),
        tag(
            "details",
            tag("summary", parts.text("table")),
            table([parts.text("hour"), *weekdays], rows),
        ),
        lead=parts.text(lead, zone=pictures.whole.zone),
    )


def _hour_row(hours: Sequence[Sequence[int]], hour: int, lists: CountLists) -> Iterator[Child]:
    """How many were submitted in an hour of each weekday."""
    for place, day in enumerate(hours):
        yield lists.figure("", _hour(place, hour), str(day[hour])) if day[hour] else "·"


def _hour(day: int, hour: int) -> str:
    """What the submissions in an hour of a weekday are called."""
    return f"{HOURS}.{day}.{hour}"
