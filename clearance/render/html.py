"""A report as one HTML page that needs nothing else: no script, no font, no network.

It reads on a phone and on a desk, by day and by night, and prints on A4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from clearance import __version__
from clearance.render import quality
from clearance.render.elements import LIGHT_OR_DARK, READS_ON_A_PHONE, Child, tag, whole_page
from clearance.render.figures import (
    COUNTED,
    FIGURES,
    SUM_HEADINGS,
    SUMS,
    explained,
    figure,
    has_sums,
    interval,
    notes,
    percent,
    points,
    points_interval,
    rmst_name,
    row_names,
    share_interval,
    shown_stages,
    signed,
    sum_text,
    value_texts,
    why,
)
from clearance.render.html_charts import (
    boxes_section,
    curves_section,
    hours_section,
    stages_section,
)
from clearance.render.html_lists import CountLists
from clearance.render.html_parts import Parts, table
from clearance.render.notes import note
from clearance.render.report_summary import Card, Summary
from clearance.render.report_words import (
    clock_name,
    count_names,
    dimension_name,
    how_long,
    marked,
    part_name,
)
from clearance.render.style import STYLE
from clearance.render.text import days, duration
from clearance.render.why import why_lines
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import BEFORE, COUNTS, MAX_LISTED, MORE, row_name
from clearance.reporting.quality import IN_GROUPS, Figure
from clearance.reporting.report import WITHIN_DAYS, Link, Report, ReportRow

_NOTED = (*COUNTED, "rmst", "change", "mix_adjusted_ratio", *SUMS, "value")
"""Figures whose notes stand below a table."""


def reported(report: Report, pictures: Pictures, lang: str, lists: CountLists | None = None) -> str:
    """The page of a report; its counts open ``lists`` of declarations."""
    writer = _ReportPage(report, pictures, lang, lists or CountLists())
    says = {**READS_ON_A_PHONE, **LIGHT_OR_DARK}
    return whole_page(writer.headline, lang, STYLE, says, tag("main", *writer.sections()))


class _ReportPage(Parts):
    """The sections of one report's page."""

    def __init__(self, report: Report, pictures: Pictures, lang: str, lists: CountLists) -> None:
        super().__init__(lang, pictures.whole)
        self.report, self.pictures, self.lists = report, pictures, lists
        self.summary = Summary(pictures, lang)

    @property
    def headline(self) -> str:
        """The change in words."""
        return self.summary.headline

    def sections(self) -> Iterator[Element]:
        """Everything on the page, from the top."""
        yield self._top()
        yield self.section("periods", *self._tables(self.whole))
        if row := quality.focus(self.whole):
            yield self._quality(row)
        if links := quality.shown_links(self.whole):
            yield self._links(links)
        yield from self._charts()
        if self.report.by:
            yield self.section("groups", *self._tables(self.report), *self._grouped_quality())
        if any(map(any, self.pictures.hours)):
            yield hours_section(self, self.pictures, self.lists)
        if self.whole.longest:
            yield self._longest()
        if self.whole.anomalies:
            yield self._anomalies()
        if self.whole.day_only:
            yield self._day_only()
        if (lists := self.lists.inside()) is not None:
            yield lists
        yield self._method()

    def _charts(self) -> Iterator[Element]:
        if self.pictures.curves:
            yield curves_section(self, self.pictures)
        if stages := shown_stages(self.whole):
            yield stages_section(self, stages)
        if any(box.marks["p10"] is not None for box in self.pictures.boxes):
            yield boxes_section(self, self.pictures, self.lists)

    # The top

    def _top(self) -> Element:
        return tag(
            "header",
            tag("p", self.summary.about, class_="about"),
            tag("h1", self.headline),
            *(tag("p", text, class_="lead") for text in self.summary.lead()),
            *(tag("p", text, class_="lead") for text in why_lines(self.report, self.lang)),
            tag("dl", *map(self._card, self.summary.cards()), class_="cards"),
            tag("p", self.text("scroll"), class_="hint"),
        )

    def _card(self, card: Card) -> Element:
        focus = self.summary.focus
        counts = [f"{BEFORE}.{name}" for name in card.counts_before]
        before = self._opening(focus.period, card.before, counts)
        return tag(
            "div",
            tag("dt", card.name),
            tag("dd", *self._opening(focus.period, card.value, card.counts), class_="value"),
            tag("dd", card.meaning, class_="what"),
            tag("dd", f"{focus.change.since}{self.mark(': ')}", *before, class_="was"),
        )

    def _opening(self, row: str, shown: str, counts: Sequence[str]) -> Iterator[Child]:
        """A value of a card, of which each count leads to its list."""
        if not counts:
            yield shown
            return
        for place, (name, count) in enumerate(zip(counts, shown.split(" / "), strict=True)):
            yield " / " if place else None
            yield self.lists.figure(row, name, count)

    # How well

    def _quality(self, row: ReportRow) -> Element:
        """The figures of quality of the last period that has any."""
        shown = quality.shown(row)
        lines: list[Sequence[Child]] = [
            [
                str(named),
                self.lists.figure(row.period, key, str(n)),
                *map(str, cells),
                self._changed(figure, str(verdict)),
            ]
            for (key, figure), (named, n, *cells, verdict) in zip(
                shown, quality.lines(row, self.lang), strict=True
            )
        ]
        heads = self.words(head.lstrip(">") for head in quality.LINE)
        said = {"period": marked(self.whole, row.period), "since": row.change.since}
        section = self.section(
            "how well", table(heads, lines), lead=self.text("how well lead"), **said
        )
        section.set("class", "wrap")
        return section

    def _changed(self, figure: Figure, verdict: str) -> Element:
        if figure.change.verdict not in ("higher", "lower"):
            return tag("span", "—")
        kind = {"good": "faster", "bad": "slower"}.get(quality.mark(figure), "no")
        return tag("span", verdict, class_=f"verdict {kind}")

    def _grouped_quality(self) -> Iterator[Child]:
        """Some figures of quality of every group."""
        if any(map(quality.is_given, self.report.rows)):
            heads = [quality.name(key, self.lang) for key in IN_GROUPS]
            rows = [list(self._group_cells(row)) for row in self.report.rows]
            yield self.caption("how well")
            yield self._row_table(self.report, heads, rows)

    def _group_cells(self, row: ReportRow) -> Iterator[Child]:
        """Some figures of quality of a group, each of which leads to what it is of."""
        place = row_name(row.period, list(row.group.values()))
        for key, value in zip(IN_GROUPS, quality.grouped(row, self.lang), strict=True):
            yield self.lists.figure(place, key, value)

    def _links(self, links: Sequence[Link]) -> Element:
        """The parts of the whole way of the goods, of one period."""
        rows: list[Sequence[Child]] = [
            [
                self.word(link.direction),
                part_name(link.part, self.lang),
                self.word(link.owner),
                self.lists.figure(link.period, f"links.{link.direction}.{link.part}", str(link.n)),
                duration(link.mean, lang=self.lang),
                percent(link.share),
            ]
            for link in links
        ]
        heads = self.words(("way", "part", "waits for", "n", "mean", "share"))
        return self.section("links", table(heads, rows, texts=3), lead=self.text("links lead"))

    # Tables of rows

    def _tables(self, report: Report) -> Iterator[Child]:
        """Tables of a report's rows, each with what it is of."""
        if clock := clock_name(report, self.lang):
            yield tag("p", clock, class_="said")
        yield from (self.caption("how many"), self._counts(report))
        if any(row.withdrawn for row in report.rows):
            yield from (self.caption("withdrawals"), self._withdrawals(report))
        if any(row.rmst is not None for row in report.rows):
            yield from (
                self.caption(how_long(report)),
                self._explained(report),
                self._figures(report),
            )
        yield from (self.caption("did it change"), self._changes(report))
        if has_sums(report):
            yield from (self.caption("what was declared"), self._sums(report))
        yield self._notes(report)

    def _explained(self, report: Report) -> Element:
        return tag("p", explained(report, self.lang), class_="said")

    def _row_table(
        self, report: Report, heads: Sequence[str], rows: Sequence[Sequence[Child]], texts: int = 0
    ) -> Element:
        """A table of a report's rows, named in its first columns; ``texts`` columns more are text.

        ``rows`` are the other cells of each.
        """
        names = [self.word("period"), *(dimension_name(name, self.lang) for name in report.by)]
        named = [
            [*row_names(report, row, self.lang), *cells]
            for row, cells in zip(report.rows, rows, strict=True)
        ]
        return table([*names, *heads], named, texts=len(names) + texts)

    def _counts(self, report: Report) -> Element:
        """The counts of every row, and the plain mean."""
        rows = [[*self._opened(row), self._brief(row, "mean_closed")] for row in report.rows]
        heads = count_names(report, [*COUNTS, "mean_closed"], self.lang)
        return self._row_table(report, heads, rows)

    def _opened(self, row: ReportRow) -> Iterator[Child]:
        """The counts of a row, each of which leads to its list."""
        place = row_name(row.period, list(row.group.values()))
        yield from (self.lists.figure(place, one, str(getattr(row, one))) for one in COUNTS)

    def _withdrawals(self, report: Report) -> Element:
        """The share that is withdrawn, and its change."""
        heads = ("against", "verdict", "withdrawn share", "95 % interval", "change in points")
        rows: list[list[Child]] = [
            [
                row.change.since,
                self.word(row.withdrawn_change.verdict or "—"),
                percent(row.withdrawn_share and row.withdrawn_share.value),
                share_interval(row),
                points(row.withdrawn_change.difference),
                points_interval(row.withdrawn_change.ci95),
            ]
            for row in report.rows
        ]
        return self._row_table(report, self.words([*heads, "95 % interval"]), rows, texts=2)

    def _figures(self, report: Report) -> Element:
        """The figures of every row in which open declarations count."""
        marks = [count for count in WITHIN_DAYS if count * report.day <= report.tau]
        heads = [self.word("median"), rmst_name(report), "P75", "P90", "P95"]
        heads += [f"≤ {days(count, self.lang)}" for count in marks]
        rows = [self._row_figures(row, marks) for row in report.rows]
        return self._row_table(report, heads, rows)

    def _row_figures(self, row: ReportRow, marks: Sequence[int]) -> list[str]:
        shares = row.within or {}
        return [
            *(self._brief(row, name) for name in FIGURES),
            *(percent(shares.get(count * self.day)) for count in marks),
        ]

    def _brief(self, row: ReportRow, name: str) -> str:
        return figure(self.whole, row, name, self.lang)

    def _changes(self, report: Report) -> Element:
        heads = ("against", "verdict", "change", "95 % interval", "with the same mix")
        rows: list[list[Child]] = [
            [
                row.change.since,
                self._verdict(row.change.verdict),
                signed(row.change.rmst_ratio),
                interval(row.change.ci95),
                signed(row.change.mix_adjusted_ratio),
            ]
            for row in report.rows
        ]
        return self._row_table(report, self.words(heads), rows, texts=2)

    def _sums(self, report: Report) -> Element:
        """What was declared, in all."""
        rows: list[list[Child]] = [
            [
                *(sum_text(row, name) for name in SUMS),
                tag("div", *(tag("div", " ".join(value)) for value in value_texts(row))),
            ]
            for row in report.rows
        ]
        return self._row_table(report, self.words([*SUM_HEADINGS, "declared value"]), rows)

    def _verdict(self, verdict: str | None) -> Element | str:
        if verdict is None:
            return "—"
        return tag("span", self.word(verdict), class_=f"verdict {verdict.partition(' ')[0]}")

    def _notes(self, report: Report) -> Element | None:
        items = [tag("li", text) for text in notes(report, _NOTED, self.lang)]
        return tag("ul", *items, class_="notes") if items else None

    # Single declarations, and the method

    def _longest(self) -> Element:
        heads = ("declaration", "declared on", "why", "time")
        rows = [
            [
                case.reference,
                f"{case.declared_at:%Y-%m-%d}",
                why(case, self.day, self.lang, self.whole.interval),
                self.span(case.seconds),
            ]
            for case in self.whole.longest
        ]
        return self.section(
            "longest", table(self.words(heads), rows, texts=3), lead=self.text("longest lead")
        )

    def _day_only(self) -> Element:
        listed = self.whole.day_only[:MAX_LISTED]
        rows = [[one.reference, marked(self.whole, one.period)] for one in listed]
        heads = self.words(("declaration", "period"))
        more = self._more("day only", len(self.whole.day_only))
        return self.section("day only", table(heads, rows, texts=2), more)

    def _anomalies(self) -> Element:
        anomalies = self.whole.anomalies
        rows = [
            [anomaly.reference, marked(self.whole, anomaly.period), note(anomaly.why, self.lang)]
            for anomaly in anomalies[:MAX_LISTED]
        ]
        heads = self.words(("declaration", "period", "why"))
        more = self._more("anomalies", len(anomalies))
        return self.section("anomalies", table(heads, rows, texts=3), more)

    def _more(self, key: str, n: int) -> Element | None:
        """How many there are besides those listed, which leads to them."""
        more = n - MAX_LISTED
        opening = self.lists.figure("", f"{MORE}.{key.replace(' ', '_')}", f"+{more}")
        return tag("p", opening, class_="said") if more > 0 else None

    def _method(self) -> Element:
        items = (tag("li", text) for text in self.summary.method())
        return tag(
            "section",
            tag("h2", self.text("method")),
            tag("ul", *items, class_="method"),
            tag("footer", f"clearance {__version__}"),
        )
