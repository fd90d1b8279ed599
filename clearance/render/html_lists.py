"""The declarations behind the counts of a report's page: in the page, or in a file beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import quote
from xml.etree.ElementTree import Element

from clearance.model import Value, Words, in_language, replace
from clearance.model.values import field
from clearance.render import quality
from clearance.render.elements import Child, long_page, tag
from clearance.render.report_text import TEXT
from clearance.render.report_words import count_names, part_name
from clearance.render.text import visible
from clearance.render.words import WEEKDAYS, say, worded
from clearance.reporting import page_lists
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import (
    BEFORE,
    COUNTS,
    HOURS,
    MAX_LISTED,
    MORE,
    STANDING,
    row_name,
)
from clearance.reporting.page_lists import Lists
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import Report, ReportRow
from clearance.stores.alike import Alike

MAX_INSIDE = 2000
"""Names of declarations, in all lists that differ, that the page itself holds."""
_STYLE = """
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
ul { columns: 13rem; list-style: none; padding: 0; font-variant-numeric: tabular-nums; }
:target ~ h2 { outline: 2px solid; }
"""


class CountLists(Value, kw_only=True):
    """The lists of a page by row and figure; lists that are alike are held once.

    ``title`` says what they are lists of, and ``called`` what a figure is called there. ``beside``
    is the name of the file that has them if they are long. ``sizes`` says how many each figure of a
    row is of: not always declarations, also what these have, such as alerts.
    """

    lists: Lists = field(default_factory=dict)
    lang: str = "en"
    title: str = ""
    called: Callable[[str], str] = str
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    beside: str | None = None

    @property
    def are_long(self) -> bool:
        """Whether they are too long for the page itself."""
        return sum(map(len, _alike(self.lists))) > MAX_INSIDE

    def figure(self, row: str, figure: str, shown: str) -> Child:
        """How many a figure of a row is of, or what names it, which leads to their list."""
        address = self.link(row, figure)
        return shown if address is None else tag("a", shown, href=address)

    def link(self, row: str, figure: str) -> str | None:
        """Where the list of a figure of a row is; None if there is none."""
        if not self.lists.get(row, {}).get(figure):
            return None
        place = _anchor(row, figure).replace("%", "%25")
        if self.are_long:
            return None if self.beside is None else f"{quote(self.beside)}#{place}"
        return f"#{place}"

    def inside(self) -> Element | None:
        """All lists, where the page itself has them."""
        if self.are_long or not any(self.lists.values()):
            return None
        heading = say(_HEADING, self.lang)
        heading = heading[:1].upper() + heading[1:]
        return tag("section", tag("h2", heading), *self._blocks("details"), class_="lists")

    def page(self) -> Iterator[str]:
        """The file beside the page, in pieces: every list, each with its places."""
        colon = in_language(_MARKS, self.lang).partition("|")[0]
        title = f"{self.title}{colon}{say(_HEADING, self.lang)}"
        return long_page(title, self.lang, _STYLE, tag("h1", title), self._blocks("section"))

    def file(self) -> tuple[str, Callable[[], Iterator[str]]] | None:
        """The file beside the page by its name, if there is one."""
        return None if self.beside is None or not self.are_long else (self.beside, self.page)

    def _blocks(self, kind: str) -> Iterator[Element]:
        """Every list under a heading that says of what it is, with its places before it."""
        for names, of in _alike(self.lists).items():
            places = (tag("span", id=_anchor(*each)) for each in of)
            heading = tag(_HEADS[kind], f"{self._heading(names, of)} {len(names)}")
            items = (tag("li", one) for one in names)
            yield tag("div", *places, tag(kind, heading, tag("ul", *items, class_="behind")))

    def _heading(self, names: Sequence[str], of: Sequence[_Place]) -> str:
        """What figures with the same list are called, row by row."""
        rows: dict[str, dict[str, None]] = {}
        for row, figure in of:
            size = self.sizes.get(row, {}).get(figure, len(names))
            called = self.called(figure) + _size(figure, size, len(names), self.lang)
            rows.setdefault(row, {})[called] = None
        colon, semicolon = in_language(_MARKS, self.lang).split("|")
        said = (colon.join(filter(None, (row, " · ".join(of)))) for row, of in rows.items())
        return semicolon.join(said)


_HEADING = "declarations behind each count"
_MARKS: Words = {"en": ": |; ", "zh": "：|；"}
_HEADS = {"details": "summary", "section": "h2"}
"""The element that is the heading of another."""


def of_page(
    query: ReportQuery,
    some: Sequence[Alike],
    report: Report,
    pictures: Pictures,
    lang: str,
    beside: str | None,
) -> CountLists:
    """The lists of a report's page; long ones lie in a file beside it, if it has a name."""
    whole = pictures.whole
    row, links = quality.focus(whole), quality.shown_links(whole)
    shown = {*([row.period] if row else ()), *(link.period for link in links)}
    counts = page_lists.lists(query, some)
    if query.by:
        counts = {**page_lists.lists(replace(query, by=()), some), **counts}
    figures = page_lists.figure_lists(query, some, pictures, sorted(shown))
    sizes = _sizes((*whole.rows, *report.rows))
    figures = {row: _given(of, sizes.get(row, {})) for row, of in figures.items()}
    return CountLists(
        lists=_merged(counts, figures, {"": dict(_more(whole))}),
        lang=lang,
        title=report.interval,
        called=partial(_name, report, lang),
        sizes=sizes,
        beside=beside,
    )


def _merged(*all_lists: Lists) -> Lists:
    """Lists of the same rows, together."""
    found: dict[str, dict[str, Sequence[str]]] = {}
    for lists in all_lists:
        for row, figures in lists.items():
            found.setdefault(row, {}).update(figures)
    return found


def _more(whole: Report) -> Iterator[tuple[str, Sequence[str]]]:
    """What sections that name single declarations have no room for."""
    for key, listed in (("anomalies", whole.anomalies), ("day_only", whole.day_only)):
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


def _alike(lists: Lists) -> dict[tuple[str, ...], list[_Place]]:
    """Every list, with the rows and figures that it is of."""
    found: dict[tuple[str, ...], list[_Place]] = {}
    for row, figures in lists.items():
        for figure, names in figures.items():
            found.setdefault(tuple(names), []).append((row, figure))
    return found


def _size(figure: str, n: int, names: int, lang: str) -> str:
    """What a figure is of, in brackets, if it is not of as many declarations as are listed."""
    if n == names:
        return ""
    whole = figure.partition(".")[0]
    return worded(_SIZES.get(figure) or _SIZES.get(whole) or _SIZES[""], lang, n=n, names=names)


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
_SUBMITTED: Words = {"en": "submitted {day} {hour}:00", "zh": "{day} {hour}:00 申报"}
_MORE: Words = {"en": "{name}: more", "zh": "{name}：其余"}


def _name(report: Report, lang: str, figure: str) -> str:
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
    return worded(_SUBMITTED, lang, day=in_language(WEEKDAYS, lang).split()[day], hour=f"{hour:02}")


_NAMED: Mapping[str, Callable[[Report, str, str], str]] = {
    "links": lambda _, part, lang: part_name(part.partition(".")[2], lang),
    STANDING: lambda *of: in_language(_STANDING, of[-1]),
    BEFORE: lambda report, part, lang: worded(_BEFORE, lang, name=_name(report, lang, part)),
    MORE: lambda _, part, lang: worded(
        _MORE, lang, name=in_language(TEXT[part.replace("_", " ")], lang)
    ),
    HOURS: _hour,
}
"""What names the figures that only a page has, by the first word of what they are called."""


def _anchor(row: str, figure: str) -> str:
    """What a list is found by in its page: the name that a trace takes, without blanks."""
    return visible(f"{row}.{figure}".strip(".")).replace(" ", "\u00a0")
