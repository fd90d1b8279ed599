"""The declarations behind the counts of a report's page: in the page, or in a file beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote
from xml.etree.ElementTree import Element

from clearance.model import Timings, Words, in_language
from clearance.render import quality
from clearance.render.elements import Child, tag, whole_page
from clearance.render.figures import MAX_LISTED
from clearance.render.report_text import TEXT, WEEKDAYS
from clearance.render.report_words import count_names, part_name
from clearance.render.words import say, worded
from clearance.reporting import page_lists
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import COUNTS, row_name
from clearance.reporting.page_lists import BEFORE, HOURS, MORE, STANDING, Lists
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import Report, ReportRow

MAX_INSIDE = 2000
"""Names of declarations, in all lists that differ, that the page itself holds."""
_STYLE = """
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
ul { columns: 13rem; list-style: none; padding: 0; font-variant-numeric: tabular-nums; }
:target ~ h2 { outline: 2px solid; }
"""


@dataclass(frozen=True, slots=True)
class CountLists:
    """The lists of a page: of counts, and of all else; lists that are alike are held once.

    ``beside`` is the name of the file that has them if they are long. ``sizes`` says how many each
    figure of a row is of: not always declarations, also what these have, such as alerts.
    """

    names: Lists
    beside: str | None = None
    figures: Lists = field(default_factory=dict)
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def are_long(self) -> bool:
        """Whether they are too long for the page itself."""
        return sum(map(len, _alike(self.names, self.figures))) > MAX_INSIDE

    def count(self, row: ReportRow, name: str) -> Child:
        """A count of a row, which opens its list."""
        shown, place = str(getattr(row, name)), row_name(row.period, list(row.group.values()))
        names = self.names.get(place, {}).get(name)
        if not names:
            return shown
        if self.are_long:
            return _linked(self._file(place, name), shown)
        items = (tag("li", one) for one in names)
        return tag("details", tag("summary", shown), tag("ul", *items), class_="list")

    def figure(self, row: str, figure: str, shown: str) -> Child:
        """How many a figure of a row is of, or what names it, which leads to their list."""
        return _linked(self.link(row, figure), shown)

    def link(self, row: str, figure: str) -> str | None:
        """Where the list of a figure of a row is; None if there is none."""
        if figure not in self.figures.get(row, {}):
            return None
        return self._file(row, figure) if self.are_long else f"#{_anchor(row, figure)}"

    def _file(self, row: str, name: str) -> str | None:
        """Where a list is in the file; None if there is no file."""
        return None if self.beside is None else f"{quote(self.beside)}#{_anchor(row, name)}"

    def inside(self, report: Report, lang: str) -> Element | None:
        """The lists of figures, where the page itself has them."""
        if self.are_long or not self.figures:
            return None
        lists = self._details(report, lang)
        heading = say("declarations behind each count", lang)
        heading = heading[:1].upper() + heading[1:]
        return tag("section", tag("h2", heading), *lists, class_="lists")

    def _details(self, report: Report, lang: str) -> Iterator[Element]:
        for names, of in _alike(self.figures).items():
            items = (tag("li", one) for one in names)
            places = (tag("span", id=_anchor(*each)) for each in of)
            heading = tag("summary", f"{self._called(report, names, of, lang)} {len(names)}")
            inside = tag("details", heading, tag("ul", *items, class_="behind"))
            yield tag("div", *places, inside)

    def _called(self, report: Report, names: Sequence[str], of: Sequence[_Place], lang: str) -> str:
        """What figures with the same list are called, row by row."""
        rows: dict[str, dict[str, None]] = {}
        for row, figure in of:
            size = self.sizes.get(row, {}).get(figure, len(names))
            called = _name(report, figure, lang) + _size(figure, size, len(names), lang)
            rows.setdefault(row, {})[called] = None
        return "; ".join(": ".join(filter(None, (row, " · ".join(of)))) for row, of in rows.items())

    def page(self, report: Report, lang: str) -> str:
        """The file beside the page: every list, each with its places."""
        title = f"{report.interval}: {say('declarations behind each count', lang)}"
        return whole_page(title, lang, _STYLE, {}, tag("h1", title), *self._sections(report, lang))

    def _sections(self, report: Report, lang: str) -> Iterator[Element]:
        for names, of in _alike(self.names, self.figures).items():
            items = (tag("li", one) for one in names)
            places = (tag("span", id=_anchor(*each)) for each in of)
            heading = tag("h2", f"{self._called(report, names, of, lang)} {len(names)}")
            yield tag("section", *places, heading, tag("ul", *items))


def of_page(
    query: ReportQuery,
    timings: Sequence[Timings],
    report: Report,
    pictures: Pictures,
    beside: str | None,
) -> CountLists:
    """The lists of a report's page; long ones lie in a file beside it, if it has a name."""
    whole = pictures.whole
    row, links = quality.focus(whole), quality.shown_links(whole)
    shown = {*([row.period] if row else ()), *(link.period for link in links)}
    names = {**page_lists.lists(replace(query, by=()), timings), **page_lists.lists(query, timings)}
    figures = page_lists.figure_lists(query, timings, pictures, sorted(shown))
    sizes = _sizes((*whole.rows, *report.rows))
    figures = {row: _given(of, sizes.get(row, {})) for row, of in figures.items()}
    figures = {**figures, "": {**figures.get("", {}), **dict(_more(whole))}}
    lists = CountLists(names, None, figures, sizes)
    return replace(lists, beside=beside) if lists.are_long and beside else lists


def _more(whole: Report) -> Iterator[tuple[str, Sequence[str]]]:
    """What sections that name single declarations have no room for."""
    for key, listed in (("anomalies", whole.anomalies), ("day only", whole.day_only)):
        if more := [one.reference for one in listed[MAX_LISTED:]]:
            yield f"{MORE}.{key}", more


def _sizes(rows: Iterable[ReportRow]) -> dict[str, dict[str, int]]:
    """How many each figure of quality is of."""
    return {
        row_name(row.period, list(row.group.values())): {
            name: figure.found.n for name, figure in row.figures.items()
        }
        for row in rows
    }


def _given(of: Mapping[str, Sequence[str]], sizes: Mapping[str, int]) -> dict[str, Sequence[str]]:
    """The lists of a row without those of figures that are of nothing, which no page shows."""
    return {figure: names for figure, names in of.items() if sizes.get(figure) != 0}


_Place = tuple[str, str]
"""A row and a figure, of which a list is."""


def _alike(*all_lists: Lists) -> dict[tuple[str, ...], list[_Place]]:
    """Every list, with the rows and figures that it is of."""
    found: dict[tuple[str, ...], dict[_Place, None]] = {}
    for lists in all_lists:
        for row, figures in lists.items():
            for figure, names in figures.items():
                found.setdefault(tuple(names), {})[row, figure] = None
    return {names: list(of) for names, of in found.items()}


def _size(figure: str, n: int, names: int, lang: str) -> str:
    """What a figure is of, in brackets, if it is not of as many declarations as are listed."""
    if n == names:
        return ""
    whole = figure.partition(".")[0]
    return worded(_SIZES.get(figure) or _SIZES.get(whole) or _SIZES[""], lang, n=n, names=names)


def _linked(address: str | None, shown: str) -> Child:
    """What leads to a list, if there is one."""
    return shown if address is None else tag("a", shown, href=address)


_SIZES: dict[str, Words] = {
    "": {"en": " (of {n}; declarations: {names})", "zh": "（{n} 项，报关单 {names} 票）"},
    "return_rate": {
        "en": " (sendings: {n}; declarations: {names})",
        "zh": "（申报 {n} 次，报关单 {names} 票）",
    },
    "return_reasons": {
        "en": " (returns: {n}; declarations: {names})",
        "zh": "（退单 {n} 次，报关单 {names} 票）",
    },
    "inspection_cost": {
        "en": " (inspected: {n}; declarations: {names})",
        "zh": "（查验 {n} 票，报关单 {names} 票）",
    },
    "reaction": {
        "en": " (alerts: {n}; declarations: {names})",
        "zh": "（预警 {n} 条，报关单 {names} 票）",
    },
    "alert_noise": {
        "en": " (alerts: {n}; declarations: {names})",
        "zh": "（预警 {n} 条，报关单 {names} 票）",
    },
    "alert_noise.per_100": {
        "en": " (declarations: {n}; with alerts: {names})",
        "zh": "（报关单 {n} 票，有预警 {names} 票）",
    },
    "fees": {
        "en": " (fees: {n}; declarations: {names})",
        "zh": "（费用 {n} 笔，报关单 {names} 票）",
    },
}
"""What figures are of that are not of declarations, by their names or the first words of these."""
_STANDING: Words = {"en": "measured, not withdrawn", "zh": "已计时且未删单"}
_BEFORE: Words = {"en": "compared with: {name}", "zh": "对比期：{name}"}
_MORE: Words = {"en": "{name}: more", "zh": "{name}：其余"}


def _name(report: Report, figure: str, lang: str) -> str:
    """What a figure is called."""
    whole, _, part = figure.partition(".")
    named = _NAMED.get(whole)
    if named is not None:
        return named(report, part, lang)
    if figure in COUNTS:
        return count_names(report, [figure], lang)[0]
    return quality.name(figure, lang)


def _hour(_: Report, part: str, lang: str) -> str:
    """An hour of a weekday."""
    day, hour = map(int, part.split("."))
    return f"{in_language(WEEKDAYS, lang).split()[day]} {hour:02}:00"


_NAMED: Mapping[str, Callable[[Report, str, str], str]] = {
    "links": lambda _, part, lang: part_name(part.partition(".")[2], lang),
    STANDING: lambda *of: in_language(_STANDING, of[-1]),
    BEFORE: lambda report, part, lang: worded(_BEFORE, lang, name=_name(report, part, lang)),
    MORE: lambda _, part, lang: worded(_MORE, lang, name=in_language(TEXT[part], lang)),
    HOURS: _hour,
}
"""What names the figures that only a page has, by the first word of what they are called."""


def _anchor(row: str, count: str) -> str:
    """What a list is found by in its page."""
    return quote(f"{row}.{count}", safe="")
