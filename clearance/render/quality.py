"""Figures of quality in every form of a report: names, JSON, a table for people, cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from clearance.figures.durations import MIN_SAMPLE
from clearance.model import INTERVALS, Stage, Words, in_language
from clearance.render import Cell, Column, Table
from clearance.render.figures import percent, points, points_interval
from clearance.render.report_text import TITLES
from clearance.render.report_words import marked
from clearance.render.tables import columns, spared
from clearance.render.text import duration
from clearance.render.words import WITH_UNIT, interval_name, punctuated, say, worded
from clearance.reporting.quality import COST, IN_GROUPS, Figure, FigureChange
from clearance.reporting.report import Link, Report, ReportRow

_Named = tuple[tuple[Column, ...], Callable[[ReportRow], Sequence[Cell]]]

NAMES: dict[str, Words] = {
    "advance_rate": {"en": "declared before arrival", "zh": "提前申报率"},
    "inspection_rate": {"en": "inspected", "zh": "查验率"},
    "return_rate": {"en": "sendings returned", "zh": "退单率"},
    "first_time_right": {"en": "right the first time", "zh": "一次申报成功率"},
    "sendings_per_declaration": {"en": "sendings per declaration", "zh": "票均申报次数"},
    "rework_hours": {"en": "time lost by sending again", "zh": "重报耗时合计"},
    "touchless_rate": {"en": "without a touch", "zh": "全程无干预率"},
    "amended_rate": {"en": "amended after release", "zh": "改单率"},
    "amendment_hours": {"en": "time spent on late amendments", "zh": "事后改单耗时合计"},
    "deleted_rate": {"en": "deleted", "zh": "删单率"},
    "deleted_rate.asked": {"en": "deleted as asked", "zh": "其中：申请删单"},
    "deleted_rate.unasked": {"en": "deleted unasked", "zh": "其中：非申请删单"},
    "error_rate": {"en": "errors recorded by customs", "zh": "海关记录差错的比例"},
    "cutoff_hit_rate": {"en": "released by the cut-off", "zh": "截关前放行率"},
    "cutoff_margin_p10": {"en": "margin to the cut-off, P10", "zh": "距截关余量 P10"},
    "lead_median": {"en": "declared ahead of the cut-off, median", "zh": "申报距截关，中位数"},
    "lead_median.below_24h": {"en": "less than 24 h ahead", "zh": "其中：不足 24 小时"},
    "free_time_overrun": {"en": "days beyond free time", "zh": "超免费期天数合计"},
    "free_time_overrun.cost": {"en": "cost of days beyond free time", "zh": "超期费用合计"},
    "completeness": {"en": "messages complete", "zh": "报文完整率"},
    "inspection_cost": {"en": "time that an inspection adds", "zh": "查验增加的用时"},
    "spread": {"en": "spread, P90 - P50", "zh": "离散度 P90 - P50"},
    "spread.ratio": {"en": "spread, P90 / P50", "zh": "离散度 P90 / P50"},
    "tail": {"en": "longer than P95 a year ago", "zh": "超过去年同期 P95 的比例"},
    "outside_hours": {"en": "time outside office hours", "zh": "非工作时间占比"},
    "return_reasons": {"en": "returns with a note of customs", "zh": "有原因的退单数"},
    "reaction": {"en": "from alert to acknowledgement, median", "zh": "预警至确认，中位数"},
    "reaction.next_event": {"en": "from alert to what we did next", "zh": "预警至我方下一步操作"},
    "reaction.over": {"en": "from alert to its end", "zh": "预警至解除"},
    "alert_noise": {"en": "alerts for nothing", "zh": "无效预警率"},
    "alert_noise.per_100": {"en": "alerts per 100 declarations", "zh": "每百票预警数"},
    "fees": {"en": "fees by our estimate, incurred", "zh": "估算费用，已发生"},
    "fees.at_risk": {"en": "fees by our estimate, at risk today", "zh": "估算费用，当前风险"},
    "fees.dead_freight": {"en": "dead freight", "zh": "亏舱费"},
    "fees.late_declaration": {"en": "fees for declaring late", "zh": "滞报金"},
    "fees.late_duty": {"en": "fees for paying late", "zh": "滞纳金"},
    "inside_target": {"en": "inside the target", "zh": "达标率"},
}
"""What each figure is called."""

_VERDICTS = {1: {"higher": "good", "lower": "bad"}, -1: {"higher": "bad", "lower": "good"}}
"""The style of a verdict where more is better, and where less is."""


_PART: Words = {"en": "{whole}: {part}", "zh": "{whole}：{part}"}
_POINTS: Words = {"en": "{n} points", "zh": "{n} 个百分点"}


def name(key: str, lang: str) -> str:
    """What a figure is called; a part after a stage or an interval."""
    if key in NAMES:
        return in_language(NAMES[key], lang)
    whole, _, part = key.partition(".")
    whole = {"reaction": "reaction.over"}.get(whole, whole)
    said = _part(part, lang)
    return worded(_PART, lang, whole=in_language(NAMES[whole], lang), part=said)


def _part(part: str, lang: str) -> str:
    if part in INTERVALS:
        return interval_name(part, lang)
    if part in _CLASSES:
        return in_language(_CLASSES[part], lang)
    if part in STAGES:
        return say(part, lang)
    from clearance.render.findings import rule_title

    return rule_title(part, lang)


STAGES = tuple(map(str, Stage))


_CLASSES: dict[str, Words] = {
    "classification": {"en": "classification", "zh": "归类"},
    "price": {"en": "price", "zh": "价格"},
    "quantity": {"en": "quantity or weight", "zh": "数量重量"},
    "elements": {"en": "elements of the declaration", "zh": "申报要素"},
    "attachments": {"en": "attached documents", "zh": "随附单证"},
    "licence": {"en": "licence", "zh": "许可证件"},
    "manifest": {"en": "manifest", "zh": "舱单运抵"},
    "other": {"en": "other", "zh": "其他"},
}
"""The classes of reasons of returns."""


# JSON


def figures_json(row: ReportRow) -> dict[str, Any]:
    """Figures under their names; a part stands in ``parts`` of its figure."""
    written: dict[str, Any] = {}
    for key, figure in row.figures.items():
        whole, _, part = key.partition(".")
        if part:
            written[whole].setdefault("parts", {})[part] = _figure_json(figure)
        else:
            written[whole] = _figure_json(figure)
    if "return_reasons" in written:
        written["return_reasons"]["notes"] = [
            {"class": one.of, "note": one.note, "references": list(one.references)}
            for one in row.reasons
        ]
    if "error_rate" in written:
        average, verdict = row.standing
        written["error_rate"] |= {"average": average, "against_average": verdict}
    return written


def _figure_json(figure: Figure) -> dict[str, Any]:
    found, estimate = figure.found, figure.found.estimate
    return {
        "value": estimate and estimate.value,
        "n": found.n,
        "count": found.hits,
        "ci95": estimate and [estimate.low, estimate.high],
        "unit": figure.unit,
        "change": _change_json(figure.change),
        "coverage": found.coverage,
    }


def _change_json(change: FigureChange) -> dict[str, Any]:
    return {
        "from": change.since,
        "difference": change.difference,
        "ci95": change.ci95 and list(change.ci95),
        "verdict": change.verdict,
    }


# For people


def value(figure: Figure, lang: str) -> str:
    """A figure, or its counts where it is of too few, or that too few have reached it."""
    found = figure.found
    if found.estimate is not None:
        return written(found.estimate.value, figure.unit, lang)
    if found.why and found.why.key == "not_reached_by_enough":
        return say("not reached", lang)
    few = say("too few", lang)
    return few if found.hits is None else punctuated(f"{few}: {found.hits} / {found.n}", lang)


def interval(figure: Figure, lang: str) -> str:
    """The interval of a figure."""
    estimate = figure.found.estimate
    if estimate is None:
        return "—"
    if figure.unit == "share":
        return f"{100 * estimate.low:.1f} … {100 * estimate.high:.1f} %"
    ends = (written(end, figure.unit, lang) for end in (estimate.low, estimate.high))
    return " … ".join(ends)


def difference(figure: Figure, lang: str) -> str:
    """The change of a figure, that of a share in points."""
    changed = figure.change.difference
    if changed is None:
        return "—"
    if figure.unit == "share":
        return worded(_POINTS, lang, n=points(changed))
    text = written(changed, figure.unit, lang)
    return f"+{text}" if changed > 0 else text


def change_interval(figure: Figure, lang: str) -> str:
    """The interval of a change."""
    ends = figure.change.ci95
    if ends is None:
        return "—"
    if figure.unit == "share":
        return points_interval(ends)
    return " … ".join(written(end, figure.unit, lang) for end in ends)


def written(number: float, unit: str, lang: str) -> str:
    """A number in its unit."""
    if unit == "share":
        return percent(number)
    if unit == "hours":
        return duration(number * 3600, lang=lang)
    return f"{number:,.0f}" if unit == "count" else f"{number:,.2f}"


def mark(figure: Figure) -> str:
    """Whether a change is for the better or the worse: the style of its line."""
    return _VERDICTS.get(figure.better, {}).get(figure.change.verdict or "", "")


def coverage(figure: Figure) -> str:
    """Of how many the inputs are known, where it is not of all."""
    known = figure.found.coverage
    return percent(known) if known is not None and known < 1 else ""


def shown(row: ReportRow) -> list[tuple[str, Figure]]:
    """The figures of a row that are of any declaration, and their parts that are not nought.

    A part follows its figure.
    """
    kept = [
        (key, figure._replace(unit=_UNITS_SHOWN.get(key, figure.unit)))
        for key, figure in row.figures.items()
        if figure.found.n and (figure.found.hits != 0 or "." not in key) and key not in _IN_PARTS
    ]
    return sorted(kept, key=lambda one: _place(one[0]))


_ORDER = {key: place for place, key in enumerate(NAMES)}
_UNITS_SHOWN = {"return_reasons": "count"}
"""Units that people are shown instead of those of JSON."""


def _place(key: str) -> tuple[int, int]:
    """Where a figure stands: by its name, its parts by the order of stages."""
    whole, _, part = key.partition(".")
    return _ORDER[whole], STAGES.index(part) if part in STAGES else -1


def focus(report: Report) -> ReportRow | None:
    """The row that the headline is of, else the last with figures, of a report without groups."""
    if report.by:
        return None
    rows = (report.focus, *reversed(report.rows))
    return next((row for row in rows if shown(row)), None)


def shown_links(report: Report) -> list[Link]:
    """The parts of the whole way of the last period in which enough have gone it."""
    links = [link for link in report.links if link.n >= MIN_SAMPLE]
    return [link for link in links if link.period == links[-1].period]


LINE = ("figure", ">n", ">measured", ">95 % interval", ">change", ">95 % interval", "verdict")
"""The headings of a table of figures."""


_IN_PARTS = ("inside_target",)
"""Figures that people see in their parts only."""
_SPARE = {3: 2, 5: 1}
"""How soon a narrow terminal does without a column: the intervals."""


def table(report: Report, row: ReportRow, lang: str) -> Table:
    """The figures of a row; a narrow terminal does without the intervals."""
    heads = spared(columns(lang, *LINE), _SPARE)
    said = {"period": marked(report, row.period), "since": row.change.since}
    return Table(
        heads,
        tuple(lines(row, lang)),
        title=worded(TITLES["how well against"], lang, **said),
        marks=tuple(mark(figure) for _, figure in shown(row)),
    )


def errors(report: Report, lang: str) -> Table | None:
    """The errors that customs recorded, period by period, beside the average of the country."""
    rows = [row for row in report.rows if row.standing.average is not None and row.figures]
    if not rows or report.by:
        return None
    cells = (
        (
            marked(report, row.period),
            row.figures["error_rate"].found.hits,
            row.figures["error_rate"].found.n,
            value(row.figures["error_rate"], lang),
            percent(row.standing.average).replace(".0 %", " %"),
            say(row.standing.verdict, lang),
        )
        for row in rows
    )
    heads = columns(lang, "period", ">errors", ">n", ">share", ">average", "verdict")
    return Table(heads, tuple(cells), title=worded(TITLES["errors"], lang))


def lines(row: ReportRow, lang: str) -> Iterator[tuple[Cell, ...]]:
    """A line for each figure of a row, with its change."""
    for key, figure in shown(row):
        known = coverage(figure)
        yield (
            name(key, lang),
            f"{figure.found.n} ({known})" if known else str(figure.found.n),
            value(figure, lang),
            interval(figure, lang),
            difference(figure, lang),
            change_interval(figure, lang),
            say(figure.change.verdict or "—", lang),
        )


def is_given(row: ReportRow) -> bool:
    """Whether a row in groups has any of its figures."""
    return any(row.figures[key].found.estimate for key in IN_GROUPS if key in row.figures)


def grouped(row: ReportRow, lang: str) -> Sequence[str]:
    """The figures of a row in groups."""
    return [value(row.figures[key], lang) for key in IN_GROUPS]


def numbers(titles: Iterable[str]) -> tuple[Column, ...]:
    """Columns that are set right, by their titles."""
    return tuple(Column(title, title, right=True) for title in titles)


# Spreadsheets

CELLS = ("", "_n", "_ci95_low", "_ci95_high", "_change", "_change_ci95_low", "_change_ci95_high")
"""What a line of CSV has of each figure, as endings of its name."""


def flat_columns(row: ReportRow) -> tuple[Column, ...]:
    """The columns of CSV for every figure that each report has, each with its unit."""
    units = {key: row.figures[key].unit for key in FIXED}
    names = (_with_unit(key, ending, units[key]) for key in FIXED for ending in CELLS)
    return tuple(Column(name, name) for name in names)


def _with_unit(key: str, ending: str, unit: str) -> str:
    """The heading of a number, which ends in its unit unless that is a share or a count."""
    name = key.replace(".", "_") + ending
    is_clear = unit in ("share", "number") and not key.endswith("_hours")
    bare = ending == "_n" or is_clear or name.endswith(f"_{unit}")
    return name if bare else f"{name}_{unit}"


def flat_cells(row: ReportRow) -> Iterator[Cell]:
    """The cells of a row for these columns: shares from 0 to 1, times in hours."""
    for key in FIXED:
        yield from _seven(row.figures[key])


def _seven(figure: Figure) -> tuple[float | None, ...]:
    estimate, changed = figure.found.estimate, figure.change
    low, high = changed.ci95 or (None, None)
    return (
        estimate and estimate.value,
        figure.found.n,
        estimate and estimate.low,
        estimate and estimate.high,
        changed.difference,
        low,
        high,
    )


_LAST = ("inside_target", "return_reasons", "reaction", "alert_noise", "fees", COST)
"""Figures whose parts differ from report to report, and what needs a tariff."""
FIXED = (
    *(key for key in NAMES if key != COST and key.partition(".")[0] not in _LAST),
    *_LAST,
)
"""The figures that every report has, in the order of columns."""
_UNITS: dict[str, Words] = {
    "hours": {"en": "hours", "zh": "小时"},
    "days": {"en": "days", "zh": "天"},
    "number": {"en": "number", "zh": "数"},
    "count": {"en": "number", "zh": "数"},
    "money": {"en": "money", "zh": "金额"},
}
_MEASURED = ("measured", "95 % low", "95 % high")
_ENDS = ("low of the change", "high of the change")


def titled(title: str, unit: str, lang: str) -> str:
    """A heading over numbers, with the unit that they are in; shares are shown in per cent."""
    if unit not in _UNITS:
        return title
    return worded(WITH_UNIT, lang, title=title, unit=in_language(_UNITS[unit], lang))


def sheets(report: Report, named: _Named, lang: str) -> Iterator[Table]:
    """Sheets of a workbook: the shares of every row, then its times and numbers.

    ``named`` gives the columns that name a row, and their cells.
    """
    if any(shown(row) for row in report.rows):
        yield _sheet(report, named, lang, shares=True)
        yield _sheet(report, named, lang, shares=False)


def _sheet(report: Report, named: _Named, lang: str, *, shares: bool) -> Table:
    heads, names_of = named
    measured = [f"%{head}" for head in _MEASURED] if shares else _MEASURED
    changed = ("change in points" if shares else "change", *_ENDS)
    more = ("figure", "n", *measured, *changed, "against", "verdict", "%coverage")
    units = () if shares else columns(lang, "unit")
    title = "how well, shares" if shares else "how well, numbers"
    return Table(
        (*heads, *columns(lang, more[0]), *units, *columns(lang, *more[1:])),
        tuple(
            (*names_of(row), *_sheet_cells(key, figure, lang, shares=shares))
            for row in report.rows
            for key, figure in shown(row)
            if (figure.unit == "share") is shares
        ),
        title=say(title, lang),
    )


def _sheet_cells(key: str, figure: Figure, lang: str, *, shares: bool) -> tuple[Cell, ...]:
    value, n, low, high, *changed = _seven(figure)
    if shares:
        changed = [None if share is None else 100 * share for share in changed]
    unit = () if shares else (in_language(_UNITS[figure.unit], lang),)
    verdict = say(figure.change.verdict, lang) if figure.change.verdict else None
    return (
        name(key, lang), *unit, n, value, low, high, *changed,
        figure.change.since, verdict, figure.found.coverage,
    )  # fmt: skip
