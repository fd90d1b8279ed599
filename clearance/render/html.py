"""A report as one HTML page that needs nothing else: no script, no font, no network.

Reads on a phone and on a desk, by day and by night, and prints on A4. Every chart has its table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from clearance import __version__
from clearance.figures import stages
from clearance.figures.durations import MAX_RESAMPLED, MIN_SAMPLE, ROUNDS
from clearance.model import Stage, Words, in_language
from clearance.render import charts
from clearance.render.elements import Child, page, tag
from clearance.render.figures import (
    COUNTS,
    FIGURES,
    MAX_LISTED,
    figure,
    interval,
    notes,
    percent,
    rmst_name,
    row_names,
    signed,
    why,
)
from clearance.render.notes import note
from clearance.render.style import STYLE
from clearance.render.text import duration, shown
from clearance.render.words import say, worded
from clearance.reporting.chart_data import Pictures
from clearance.reporting.report import WITHIN_DAYS, Report, ReportRow, StageShare

WEAK = 150
"""Below so many declarations a side the page says that a real change may go unseen."""

_DAYS: Words = {"en": "Mon Tue Wed Thu Fri Sat Sun", "zh": "周一 周二 周三 周四 周五 周六 周日"}
_SHOWN_UPTO = Fraction(49, 50)
"""The share of closures up to which curves are drawn."""
_CURVE_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30)

TEXT: dict[str, Words] = {
    "faster": {
        "en": "{new} took {much} less time than {old}",
        "zh": "{new} 比 {old} 快 {much}",
    },
    "slower": {
        "en": "{new} took {much} more time than {old}",
        "zh": "{new} 比 {old} 慢 {much}",
    },
    "no clear change": {
        "en": "No clear change from {old} to {new}",
        "zh": "{new} 与 {old} 相比无明显变化",
    },
    "too few": {
        "en": "Too few declarations to compare {new} with {old}",
        "zh": "{new} 与 {old} 样本过少，无法比较",
    },
    "no calendar": {
        "en": "No official calendar for all of {new} and {old}",
        "zh": "{new} 或 {old} 缺少官方日历",
    },
    "from-to": {
        "en": "The mean of {interval}, up to {tau} days and with what is still open, went from "
        "{before} to {now}. The change is {ratio}, with 95 % certainty between {low} and {high}.",
        "zh": "{interval} 的均值（截至 {tau} 天，含未结关者）由 {before} 变为 {now}，变化 {ratio}，"
        "95 % 区间 {low} 至 {high}。",
    },
    "same mix": {
        "en": "With the same mix of cargo as in {old} the change would be {adjusted}.",
        "zh": "若货物构成与 {old} 相同，变化为 {adjusted}。",
    },
    "mix matters": {
        "en": " A good part of the change is another mix, not another pace.",
        "zh": "变化中相当一部分来自构成，而非速度。",
    },
    "weak": {
        "en": "With {n} declarations on the smaller side, a real change of a fifth may well go "
        "unseen.",
        "zh": "较少一侧仅 {n} 票，即使真有两成变化也可能看不出来。",
    },
    "periods": {"en": "Period by period", "zh": "各期概览"},
    "groups": {"en": "Group by group", "zh": "分组情况"},
    "curves": {"en": "How many are still waiting, and for how long", "zh": "尚未结关的比例"},
    "curves said": {
        "en": "The share not yet closed so many days after the start. The lower and the further "
        "left a curve, the quicker; the band is the 95 % range of the first.",
        "zh": "起算后若干天仍未结关的比例。曲线越低、越靠左越快；阴影为首条曲线的 95 % 范围。",
    },
    "stages": {"en": "Where the time went", "zh": "时间花在哪里"},
    "stages said": {
        "en": "Mean time in each stage, of the declarations that are closed, and whom it waits "
        "for. The parts sum to the whole.",
        "zh": "已结关报关单在各阶段的平均时间及等待方；各部分之和等于总时长。",
    },
    "boxes": {"en": "Side by side: {dimension}, {focus}", "zh": "对比：{dimension}，{focus}"},
    "boxes said": {
        "en": "The box holds the middle half, the line in it is the median, the whiskers reach "
        "from the quickest tenth to the slowest.",
        "zh": "方框为中间一半，框内线为中位数，须线为最快与最慢的十分之一。",
    },
    "unboxed": {"en": "{n} smaller groups are not shown.", "zh": "另有 {n} 个较小的组未显示。"},
    "hours": {"en": "When declarations are submitted", "zh": "申报时间分布"},
    "hours said": {
        "en": "Submissions by weekday and hour, {zone}; the darker, the more.",
        "zh": "按星期与小时统计的申报数，{zone}；颜色越深越多。",
    },
    "longest": {"en": "The longest, and why", "zh": "最长的报关单及原因"},
    "longest said": {
        "en": "None is dropped as an outlier: medians and percentiles do the protecting.",
        "zh": "不剔除任何离群值：由中位数与百分位数保证稳健。",
    },
    "anomalies": {"en": "Left out of every figure", "zh": "未计入任何数字"},
    "method": {"en": "How this was worked out, and its limits", "zh": "方法与局限"},
    "table": {"en": "The same as a table", "zh": "对应数据表"},
    "as of": {"en": "as of {as_of}, {zone}", "zh": "截至 {as_of}，{zone}"},
    "hour": {"en": "hour", "zh": "时"},
}

METHOD: tuple[Words, ...] = (
    {
        "en": "{interval} runs from {start} to {end}, by the {clock} clock. A declaration belongs "
        "to the period it was {cohort} in; periods are cut at midnight in {zone}.",
        "zh": "{interval}：自 {start} 至 {end}，按{clock}计。报关单按{cohort}日期归入各期，"
        "各期以 {zone} 零点为界。",
    },
    {
        "en": "What is still open at {as_of} counts for what is known of it: that it takes longer "
        "(Kaplan and Meier). The plain mean of the closed stands beside it since many reports "
        "show only that; it looks too good while much is open.",
        "zh": "截至 {as_of} 仍未结关者按已知信息计入（Kaplan–Meier）。同时列出仅含已结关者的"
        "普通平均，未结关者多时它会显得过快。",
    },
    {
        "en": "A withdrawn or deleted declaration can never be closed. It is a competing outcome "
        "(Aalen and Johansen), neither closed nor open.",
        "zh": "撤回或删除的报关单不可能再结关，按竞争结局处理（Aalen–Johansen）。",
    },
    {
        "en": "{rmst} is the mean with every time counted up to {tau} days at most. Beyond the "
        "last observation the curve is carried flat, which the notes say.",
        "zh": "{rmst} 为每票最多计 {tau} 天的均值；超出最后观测处曲线按不变延伸，并在注中说明。",
    },
    {
        "en": "The interval of a change is a bootstrap of {rounds} rounds up to {most} "
        "declarations a side, above that a normal interval with Greenwood's variance. It covers "
        "chance, not a change of rules, seasons or cargo.",
        "zh": "变化区间：每侧不超过 {most} 票时用 {rounds} 轮自助法，否则用 Greenwood 方差的"
        "正态区间。它只涵盖偶然性，不涵盖规则、季节或货类的变化。",
    },
    {
        "en": "With the same mix means: inspected or not, direction, office, transport and trade "
        "mode as often as in the earlier period. What else differs is not adjusted for.",
        "zh": "同构成：查验与否、进出口、关区、运输方式、监管方式的比例同前期；其他差异未作调整。",
    },
    {
        "en": "Below {few} declarations no percentile, mean or change is given. Times that cannot "
        "be (an end before its beginning, a time in the future) are counted and left out.",
        "zh": "不足 {few} 票时不给出百分位数、均值与变化。不可能的时间（先终后始、时间在未来）"
        "单独计数，不计入任何数字。",
    },
    {
        "en": "Times are those that messages tell. What happens before the first submission or "
        "after closure is in none of them.",
        "zh": "时间均以报文为准；首次申报之前与结关之后的事项不在其中。",
    },
)
"""The method and its limits in plain words."""


def reported(report: Report, pictures: Pictures, lang: str) -> str:
    """The page of a report."""
    writer = _Page(report, pictures, lang)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", writer.headline),
        _style(),
    )
    body = tag("body", tag("main", *writer.sections()))
    return page(tag("html", head, body, lang="zh-CN" if lang == "zh" else lang))


def _style() -> Element:
    style = tag("style")
    style.text = STYLE
    return style


class _Page:
    """One page while it is written: what it is about, and in which language."""

    def __init__(self, report: Report, pictures: Pictures, lang: str) -> None:
        self.report, self.pictures, self.lang = report, pictures, lang
        self.whole = pictures.whole
        self.rows = {row.period: row for row in self.whole.rows}
        self.focus = self.rows[pictures.focus]

    def said(self, key: str, **values: object) -> str:
        """A sentence in the page's language."""
        return worded(TEXT[key], self.lang, **values)

    def word(self, words: str) -> str:
        """A word in the page's language."""
        return say(words, self.lang)

    @property
    def headline(self) -> str:
        """The change in words."""
        change = self.focus.change
        much = f"{abs(change.rmst_ratio or 0):.0%}".replace("%", " %")
        return self.said(
            change.verdict or "no calendar", new=self.focus.period, old=change.since, much=much
        )

    def sections(self) -> Iterator[Element]:
        """Everything on the page, from the top."""
        yield self._top()
        yield self._periods()
        if self.pictures.curves:
            yield self._curves()
        if self.whole.stages:
            yield self._stages()
        if self.pictures.boxes:
            yield self._boxes()
        if self.report.by:
            yield self._groups()
        if any(map(any, self.pictures.hours)):
            yield self._hours()
        if self.whole.longest:
            yield self._longest()
        if self.whole.anomalies:
            yield self._anomalies()
        yield self._method()

    # The top

    def _top(self) -> Element:
        report = self.whole
        as_of = shown(report.as_of.astimezone(report.zone))
        about = f"{report.interval} · {self.said('as of', as_of=as_of, zone=report.zone)}"
        return tag(
            "header",
            tag("p", about, class_="about"),
            tag("h1", self.headline),
            *(tag("p", text, class_="lead") for text in self._lead()),
            tag("dl", *self._cards(), class_="cards"),
        )

    def _lead(self) -> Iterator[str]:
        change, row = self.focus.change, self.focus
        if change.rmst_ratio is None or change.ci95 is None or row.rmst is None:
            return
        low, high = map(signed, change.ci95)
        before = self._span(row.rmst - (change.rmst_difference or 0))
        yield self.said(
            "from-to",
            interval=self.whole.interval,
            tau=self.whole.tau // self.whole.day,
            before=before,
            now=self._span(row.rmst),
            ratio=signed(change.rmst_ratio),
            low=low,
            high=high,
        )
        adjusted = change.mix_adjusted_ratio
        if adjusted is not None:
            text = self.said("same mix", old=change.since, adjusted=signed(adjusted))
            apart = abs(adjusted - change.rmst_ratio) > max(abs(change.rmst_ratio) / 3, 0.03)
            yield text + (self.said("mix matters") if apart else "")
        smaller = min(row.declared, self.pictures.before.declared)
        if smaller < WEAK:
            yield self.said("weak", n=smaller)

    def _cards(self) -> Iterator[Element]:
        both = self.focus, self.pictures.before
        for key, name in {"median": "median", "rmst": rmst_name(self.whole), "p90": "P90"}.items():
            yield self._card(self.word(name), *(self._time(row, key) for row in both))
        days = WITHIN_DAYS[2]
        shares = ((row.within or {}).get(days * self.whole.day) for row in both)
        yield self._card(f"≤ {days} d", *map(percent, shares))
        for key in ("declared", "open"):
            yield self._card(self.word(key), *(str(getattr(row, key)) for row in both))

    def _card(self, name: str, value: str, before: str) -> Element:
        was = f"{self.focus.change.since}: {before}"
        return tag(
            "div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", was, class_="was")
        )

    # Sections

    def _section(
        self, key: str, *children: Child, said: str | None = None, **values: object
    ) -> Element:
        lead = tag("p", said, class_="said") if said else None
        return tag("section", tag("h2", self.said(key, **values)), lead, *children)

    def _table(
        self, heads: Sequence[str], rows: Sequence[Sequence[Child]], *, texts: int = 1
    ) -> Element:
        """A table whose first columns are text and whose others are numbers."""
        kinds = [None if place < texts else "n" for place in range(len(heads))]
        head = tag("tr", *(tag("th", h, class_=k) for h, k in zip(heads, kinds, strict=True)))
        body = [
            tag("tr", *(tag("td", cell, class_=k) for cell, k in zip(row, kinds, strict=True)))
            for row in rows
        ]
        small = "small" if len(heads) < 5 and texts == 1 else None
        table = tag("table", tag("thead", head), tag("tbody", *body), class_=small)
        return tag("div", table, class_="scroll", tabindex="0")

    def _time(self, row: ReportRow, name: str) -> str:
        """A figure, or why there is none."""
        seconds = getattr(row, name)
        if seconds is not None:
            return self._span(seconds)
        return note(row.notes[name], self.lang) if name in row.notes else "—"

    def _counts(self, report: Report) -> Element:
        """What became of the declarations of every row, and the plain mean."""
        heads = [*COUNTS, "mean of the closed"]
        rows = [
            [
                *row_names(row, self.lang),
                *(str(getattr(row, name)) for name in COUNTS),
                self._brief(row, "mean_closed"),
            ]
            for row in report.rows
        ]
        texts = 1 + len(report.by)
        return self._table([*self._heads(report), *map(self.word, heads)], rows, texts=texts)

    def _figures(self, report: Report) -> Element:
        """What counts the open ones too, of every row."""
        heads = [self.word("median"), rmst_name(report), "P75", "P90", "P95"]
        shares = [days for days in WITHIN_DAYS if days * report.day <= report.tau]
        rows = [
            [
                *row_names(row, self.lang),
                *(self._brief(row, name) for name in FIGURES),
                *(percent((row.within or {}).get(days * report.day)) for days in shares),
            ]
            for row in report.rows
        ]
        heads += [f"≤ {days} d" for days in shares]
        return self._table([*self._heads(report), *heads], rows, texts=1 + len(report.by))

    def _heads(self, report: Report) -> list[str]:
        return [self.word(name.replace("_", " ")) for name in ("period", *report.by)]

    def _brief(self, row: ReportRow, name: str) -> str:
        return figure(row, name, self.whole.day, self.lang)

    def _span(self, seconds: float) -> str:
        """A time in days of the clock."""
        return duration(seconds, self.whole.day)

    def _changes(self, report: Report) -> Element:
        heads = ("against", "verdict", "change", "95 % interval", "with the same mix")
        rows: list[list[Child]] = [
            [
                *row_names(row, self.lang),
                row.change.since,
                self._verdict(row.change.verdict),
                signed(row.change.rmst_ratio),
                interval(row.change),
                signed(row.change.mix_adjusted_ratio),
            ]
            for row in report.rows
        ]
        texts = 3 + len(report.by)
        return self._table([*self._heads(report), *map(self.word, heads)], rows, texts=texts)

    def _verdict(self, verdict: str | None) -> Element | str:
        if verdict is None:
            return "—"
        return tag("span", self.word(verdict), class_=f"verdict {verdict.partition(' ')[0]}")

    def _notes(self, report: Report) -> Element | None:
        names = ("declared", "open", "rmst", "change", "mix_adjusted_ratio")
        found = [tag("li", text) for text in notes(report, names, self.lang)]
        return tag("ul", *found, class_="notes") if found else None

    def _periods(self) -> Element:
        return self._section("periods", *self._tables(self.whole))

    def _groups(self) -> Element:
        return self._section("groups", *self._tables(self.report))

    def _tables(self, report: Report) -> tuple[Child, ...]:
        given = any(row.rmst is not None for row in report.rows)
        figures = self._figures(report) if given else None
        return self._counts(report), figures, self._changes(report), self._notes(report)

    def _curves(self) -> Element:
        curves, day = self.pictures.curves, self.whole.day
        late = [c.percentile(_SHOWN_UPTO) or c.last for _, c in curves]
        shown_axis = charts.axis(min(max(late), self.whole.tau), day)
        legend = self._legend((f"c{place}", name) for place, (name, _) in enumerate(curves))
        heads = [self.word("after"), *(name for name, _ in curves)]
        marks = [days * day for days in _CURVE_DAYS if days * day <= shown_axis.end] or [
            second for second, _ in shown_axis.ticks[1:]
        ]
        rows = [
            [
                self._span(mark) if mark < day else f"{mark // day} d",
                *(percent(1 - c.within(mark)) if c.known(mark) else "—" for _, c in curves),
            ]
            for mark in marks
        ]
        label = self.said("curves")
        return self._section(
            "curves",
            legend,
            charts.survival(curves, shown_axis, label),
            self._table(heads, rows),
            said=self.said("curves said"),
        )

    def _legend(self, entries: Iterator[tuple[str, str]]) -> Element:
        items = (tag("li", tag("i", class_=f"key {kind}"), name) for kind, name in entries)
        return tag("ul", *items, class_="legend")

    def _stages(self) -> Element:
        shares: dict[str, list[StageShare]] = {}
        for one in self.whole.stages:
            shares.setdefault(one.period, []).append(one)
        means = {period: sum(one.mean for one in found) for period, found in shares.items()}
        rows = [
            charts.Stack(
                period,
                self._span(means[period]),
                tuple(
                    (
                        one.stage.replace("_", "-"),
                        f"{self.word(one.stage)}: {self._span(one.mean)}, {percent(one.share)}",
                        one.mean,
                    )
                    for one in found
                ),
            )
            for period, found in shares.items()
        ]
        there = {one.stage for one in self.whole.stages if one.seconds}
        legend = self._legend(
            (stage.replace("_", "-"), f"{self.word(stage)} ({self.word(stages.OWNERS[stage])})")
            for stage in Stage
            if stage in there
        )
        shown_axis = charts.axis(max(means.values()), self.whole.day)
        return self._section(
            "stages",
            legend,
            charts.stacks(rows, shown_axis, self.said("stages")),
            self._stage_table(shares),
            said=self.said("stages said"),
        )

    def _stage_table(self, shares: dict[str, list[StageShare]]) -> Element:
        heads = ("period", "stage", "waits for", "mean", "share", "share of the change")
        rows = [
            [
                one.period,
                self.word(one.stage),
                self.word(one.owner),
                self._span(one.mean),
                percent(one.share),
                percent(one.share_of_change),
            ]
            for found in shares.values()
            for one in found
        ]
        return self._table([self.word(head) for head in heads], rows, texts=3)

    def _boxes(self) -> Element:
        pictures = self.pictures
        dimension = self.word(pictures.dimension.replace("_", " "))
        ends = [box.marks["p90"] or box.marks["p75"] or 0 for box in pictures.boxes]
        names = ("p10", "p25", "median", "p75", "p90")
        rows = []
        for box in pictures.boxes:
            marks = tuple(box.marks[name] for name in names)
            few = self.word("too few") if box.n < MIN_SAMPLE else "—"
            middle = few if marks[2] is None else self._span(marks[2])
            name = f"{self.word(box.name or 'unknown')} · n = {box.n}"
            rows.append(charts.Spread(name, middle, marks))
        heads = [dimension, "n", "P10", "P25", self.word("median"), "P75", "P90"]
        table = [
            [
                self.word(box.name or "unknown"),
                str(box.n),
                *(
                    "—" if box.marks[name] is None else self._span(box.marks[name] or 0)
                    for name in names
                ),
            ]
            for box in pictures.boxes
        ]
        more = self.said("unboxed", n=pictures.unboxed) if pictures.unboxed else None
        shown_axis = charts.axis(max(ends) or self.whole.day, self.whole.day)
        return self._section(
            "boxes",
            charts.boxes(
                rows, shown_axis, self.said("boxes", dimension=dimension, focus=pictures.focus)
            ),
            self._table(heads, table),
            tag("p", more, class_="said") if more else None,
            said=self.said("boxes said"),
            dimension=dimension,
            focus=pictures.focus,
        )

    def _hours(self) -> Element:
        days, hours = in_language(_DAYS, self.lang).split(), self.pictures.hours
        rows = [
            [f"{hour:02}:00", *(str(day[hour]) if day[hour] else "·" for day in hours)]
            for hour in range(24)
        ]
        table = tag(
            "details",
            tag("summary", self.said("table")),
            self._table([self.said("hour"), *days], rows),
        )
        return self._section(
            "hours",
            charts.heat(hours, days, self.said("hours")),
            table,
            said=self.said("hours said", zone=self.whole.zone),
        )

    def _longest(self) -> Element:
        heads = ("declaration", "declared", "why", "time")
        rows = [
            [
                one.reference,
                f"{one.declared_at:%Y-%m-%d}",
                why(one, self.whole.day, self.lang),
                self._span(one.seconds),
            ]
            for one in self.whole.longest
        ]
        return self._section(
            "longest",
            self._table([self.word(head) for head in heads], rows, texts=3),
            said=self.said("longest said"),
        )

    def _anomalies(self) -> Element:
        found = self.whole.anomalies
        rows = [[one.reference, one.period, note(one.why, self.lang)] for one in found[:MAX_LISTED]]
        heads = [self.word(head) for head in ("declaration", "period", "why")]
        more = len(found) - MAX_LISTED
        rest = tag("p", f"+{more}", class_="said") if more > 0 else None
        return self._section("anomalies", self._table(heads, rows, texts=3), rest)

    def _method(self) -> Element:
        report = self.whole
        start, _, end = report.interval.partition("-")
        values = {
            "interval": report.interval,
            "start": self.word(start),
            "end": self.word(end),
            "clock": self.word(report.clock),
            "cohort": self.word(report.cohort),
            "zone": report.zone,
            "as_of": shown(report.as_of.astimezone(report.zone)),
            "rmst": rmst_name(report),
            "tau": report.tau // report.day,
            "rounds": ROUNDS,
            "most": MAX_RESAMPLED,
            "few": MIN_SAMPLE,
        }
        items = (tag("li", worded(text, self.lang, **values)) for text in METHOD)
        return tag(
            "section",
            tag("h2", self.said("method")),
            tag("ul", *items, class_="method"),
            tag("footer", f"clearance {__version__}"),
        )
