"""A report as one HTML page that needs nothing else: no script, no font, no network.

It reads on a phone and on a desk, by day and by night, and prints on A4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from clearance import __version__
from clearance.figures.durations import MAX_RESAMPLED, MIN_SAMPLE, ROUNDS
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
from clearance.render.html_charts import (
    boxes_section,
    curves_section,
    hours_section,
    stages_section,
)
from clearance.render.html_parts import Parts, table
from clearance.render.notes import note
from clearance.render.report_text import METHOD
from clearance.render.style import STYLE
from clearance.render.text import shown
from clearance.render.words import worded
from clearance.reporting.chart_data import Pictures
from clearance.reporting.report import WITHIN_DAYS, Change, Report, ReportRow

_WEAK_BELOW = 150
"""With fewer declarations on a side the page says that a real change may go unseen."""
_MIN_MIX_EFFECT = 0.03
"""An effect of the mix on a change is pointed out above this, and above a third of the change."""
_NOTED = ("declared", "open", "rmst", "change", "mix_adjusted_ratio")
"""Figures whose notes stand below a table."""


def reported(report: Report, pictures: Pictures, lang: str) -> str:
    """The page of a report."""
    writer = _ReportPage(report, pictures, lang)
    style = tag("style")
    style.text = STYLE
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", writer.headline),
        style,
    )
    body = tag("body", tag("main", *writer.sections()))
    return page(tag("html", head, body, lang="zh-CN" if lang == "zh" else lang))


class _ReportPage(Parts):
    """The sections of one report's page."""

    def __init__(self, report: Report, pictures: Pictures, lang: str) -> None:
        super().__init__(lang, pictures.whole.day)
        self.report, self.pictures = report, pictures
        self.whole = pictures.whole
        self.focus = next(row for row in self.whole.rows if row.period == pictures.focus)

    @property
    def headline(self) -> str:
        """The change in words."""
        change = self.focus.change
        much = f"{abs(change.rmst_ratio or 0):.0%}".replace("%", " %")
        return self.text(
            change.verdict or "no calendar", new=self.focus.period, old=change.since, much=much
        )

    def sections(self) -> Iterator[Element]:
        """Everything on the page, from the top."""
        yield self._top()
        yield self.section("periods", *self._tables(self.whole))
        yield from self._charts()
        if self.report.by:
            yield self.section("groups", *self._tables(self.report))
        if any(map(any, self.pictures.hours)):
            yield hours_section(self, self.pictures)
        if self.whole.longest:
            yield self._longest()
        if self.whole.anomalies:
            yield self._anomalies()
        yield self._method()

    def _charts(self) -> Iterator[Element]:
        if self.pictures.curves:
            yield curves_section(self, self.pictures)
        if self.whole.stages:
            yield stages_section(self, self.whole.stages)
        if self.pictures.boxes:
            yield boxes_section(self, self.pictures)

    # The top

    def _top(self) -> Element:
        report = self.whole
        about = f"{report.interval} · {self.text('as of', as_of=self._as_of, zone=report.zone)}"
        return tag(
            "header",
            tag("p", about, class_="about"),
            tag("h1", self.headline),
            *(tag("p", text, class_="lead") for text in self._lead()),
            tag("dl", *self._cards(), class_="cards"),
        )

    @property
    def _as_of(self) -> str:
        return shown(self.whole.as_of.astimezone(self.whole.zone))

    def _lead(self) -> Iterator[str]:
        """The change in figures, the change with the same mix, and a warning of few cases."""
        change, row = self.focus.change, self.focus
        if change.rmst_ratio is None or change.ci95 is None or row.rmst is None:
            return
        low, high = map(signed, change.ci95)
        yield self.text(
            "from-to",
            interval=self.whole.interval,
            tau=self.whole.tau // self.whole.day,
            before=self.span(row.rmst - (change.rmst_difference or 0)),
            now=self.span(row.rmst),
            ratio=signed(change.rmst_ratio),
            low=low,
            high=high,
        )
        yield from self._adjusted(change, change.rmst_ratio)
        smaller = min(row.declared, self.pictures.before.declared)
        if smaller < _WEAK_BELOW:
            yield self.text("weak", n=smaller)

    def _adjusted(self, change: Change, ratio: float) -> Iterator[str]:
        """The change with the mix of the earlier period."""
        adjusted = change.mix_adjusted_ratio
        if adjusted is not None:
            text = self.text("same mix", old=change.since, adjusted=signed(adjusted))
            matters = abs(adjusted - ratio) > max(abs(ratio) / 3, _MIN_MIX_EFFECT)
            yield text + (self.text("mix matters") if matters else "")

    def _cards(self) -> Iterator[Element]:
        rows = self.focus, self.pictures.before
        for key, name in {"median": "median", "rmst": rmst_name(self.whole), "p90": "P90"}.items():
            yield self._card(self.word(name), *(self._time(row, key) for row in rows))
        days = WITHIN_DAYS[2]
        shares = ((row.within or {}).get(days * self.day) for row in rows)
        yield self._card(f"≤ {days} d", *map(percent, shares))
        for key in ("declared", "open"):
            yield self._card(self.word(key), *(str(getattr(row, key)) for row in rows))

    def _card(self, name: str, value: str, before: str) -> Element:
        was = f"{self.focus.change.since}: {before}"
        return tag(
            "div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", was, class_="was")
        )

    def _time(self, row: ReportRow, name: str) -> str:
        """A figure, or the reason why it is missing."""
        seconds = getattr(row, name)
        if seconds is not None:
            return self.span(seconds)
        return note(row.notes[name], self.lang) if name in row.notes else "—"

    # Tables of rows

    def _tables(self, report: Report) -> tuple[Child, ...]:
        given = any(row.rmst is not None for row in report.rows)
        figures = self._figures(report) if given else None
        return self._counts(report), figures, self._changes(report), self._notes(report)

    def _row_table(
        self, report: Report, heads: Sequence[str], rows: Sequence[Sequence[Child]], texts: int = 0
    ) -> Element:
        """A table of a report's rows, named in its first columns; ``texts`` columns more are text.

        ``rows`` are the other cells of each.
        """
        names = [name.replace("_", " ") for name in ("period", *report.by)]
        named = [
            [*row_names(row, self.lang), *cells]
            for row, cells in zip(report.rows, rows, strict=True)
        ]
        return table([*self.words(names), *heads], named, texts=len(names) + texts)

    def _counts(self, report: Report) -> Element:
        """The counts of every row, and the plain mean."""
        rows = [
            [*(str(getattr(row, name)) for name in COUNTS), self._brief(row, "mean_closed")]
            for row in report.rows
        ]
        return self._row_table(report, self.words([*COUNTS, "mean of the closed"]), rows)

    def _figures(self, report: Report) -> Element:
        """The figures of every row in which open declarations count."""
        days = [days for days in WITHIN_DAYS if days * report.day <= report.tau]
        heads = [self.word("median"), rmst_name(report), "P75", "P90", "P95"]
        heads += [f"≤ {count} d" for count in days]
        return self._row_table(report, heads, [self._row_figures(row, days) for row in report.rows])

    def _row_figures(self, row: ReportRow, days: Sequence[int]) -> list[str]:
        shares = row.within or {}
        return [
            *(self._brief(row, name) for name in FIGURES),
            *(percent(shares.get(count * self.day)) for count in days),
        ]

    def _brief(self, row: ReportRow, name: str) -> str:
        return figure(row, name, self.day, self.lang)

    def _changes(self, report: Report) -> Element:
        heads = ("against", "verdict", "change", "95 % interval", "with the same mix")
        rows: list[list[Child]] = [
            [
                row.change.since,
                self._verdict(row.change.verdict),
                signed(row.change.rmst_ratio),
                interval(row.change),
                signed(row.change.mix_adjusted_ratio),
            ]
            for row in report.rows
        ]
        return self._row_table(report, self.words(heads), rows, texts=2)

    def _verdict(self, verdict: str | None) -> Element | str:
        if verdict is None:
            return "—"
        return tag("span", self.word(verdict), class_=f"verdict {verdict.partition(' ')[0]}")

    def _notes(self, report: Report) -> Element | None:
        items = [tag("li", text) for text in notes(report, _NOTED, self.lang)]
        return tag("ul", *items, class_="notes") if items else None

    # Single declarations, and the method

    def _longest(self) -> Element:
        heads = ("declaration", "declared", "why", "time")
        rows = [
            [
                case.reference,
                f"{case.declared_at:%Y-%m-%d}",
                why(case, self.day, self.lang),
                self.span(case.seconds),
            ]
            for case in self.whole.longest
        ]
        return self.section(
            "longest", table(self.words(heads), rows, texts=3), lead=self.text("longest lead")
        )

    def _anomalies(self) -> Element:
        anomalies = self.whole.anomalies
        rows = [
            [anomaly.reference, anomaly.period, note(anomaly.why, self.lang)]
            for anomaly in anomalies[:MAX_LISTED]
        ]
        heads = self.words(("declaration", "period", "why"))
        more = len(anomalies) - MAX_LISTED
        rest = tag("p", f"+{more}", class_="said") if more > 0 else None
        return self.section("anomalies", table(heads, rows, texts=3), rest)

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
            "as_of": self._as_of,
            "rmst": rmst_name(report),
            "tau": report.tau // report.day,
            "rounds": ROUNDS,
            "most": MAX_RESAMPLED,
            "few": MIN_SAMPLE,
        }
        items = (tag("li", worded(text, self.lang, **values)) for text in METHOD)
        return tag(
            "section",
            tag("h2", self.text("method")),
            tag("ul", *items, class_="method"),
            tag("footer", f"clearance {__version__}"),
        )
