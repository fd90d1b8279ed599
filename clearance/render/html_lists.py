"""The declarations behind the counts of a report's page: in the page, or in a file beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.etree.ElementTree import Element

from clearance.render.elements import Child, tag, whole_page
from clearance.render.quality import name
from clearance.render.report_words import count_names, part_name
from clearance.render.words import say
from clearance.reporting.figure_names import COUNTS, row_name
from clearance.reporting.report import Report, ReportRow
from clearance.reporting.tracing import Lists

MAX_INSIDE = 2000
"""Names of declarations, in all lists, that the page itself holds."""
_STYLE = """
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
ul { columns: 13rem; list-style: none; padding: 0; font-variant-numeric: tabular-nums; }
:target { outline: 2px solid; }
"""


@dataclass(frozen=True, slots=True)
class CountLists:
    """The lists of a page: of counts, and of figures; lists that are alike are held once.

    ``beside`` is the name of the file that has them if they are long.
    """

    names: Lists
    beside: str | None = None
    figures: Lists = field(default_factory=dict)

    @property
    def are_long(self) -> bool:
        """Whether they are too long for the page itself."""
        lengths = [len(names) for row in self.names.values() for names in row.values()]
        return sum(lengths) + sum(map(len, self._alike)) > MAX_INSIDE

    @property
    def _alike(self) -> dict[tuple[str, ...], list[tuple[str, str]]]:
        """Every list of a figure, with the rows and figures that it is of."""
        found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for row, figures in self.figures.items():
            for figure, names in figures.items():
                found.setdefault(tuple(names), []).append((row, figure))
        return found

    def count(self, row: ReportRow, name: str) -> Child:
        """A count of a row, which opens its list."""
        shown, place = str(getattr(row, name)), row_name(row.period, list(row.group.values()))
        names = self.names.get(place, {}).get(name)
        if not names:
            return shown
        if self.are_long:
            return self._link(place, name, shown, self.beside)
        items = (tag("li", one) for one in names)
        return tag("details", tag("summary", shown), tag("ul", *items), class_="list")

    def figure(self, period: str, figure: str, shown: str) -> Child:
        """How many a figure of a period is of, which leads to their list."""
        if figure not in self.figures.get(period, {}):
            return shown
        return self._link(period, figure, shown, self.beside if self.are_long else "")

    def _link(self, row: str, name: str, shown: str, file: str | None) -> Child:
        """What leads to a list in a file, or in the page itself; nothing if there is no file."""
        if file is None:
            return shown
        return tag("a", shown, href=f"{quote(file)}#{_anchor(row, name)}")

    def inside(self, lang: str) -> Element | None:
        """The lists of figures, where the page itself has them."""
        if self.are_long or not self.figures:
            return None
        lists = (self._details(names, of, lang) for names, of in self._alike.items())
        heading = tag("h2", say("declarations behind each count", lang))
        return tag("section", heading, *lists, class_="lists")

    def _details(self, names: tuple[str, ...], of: list[tuple[str, str]], lang: str) -> Element:
        items = (tag("li", one) for one in names)
        places = (tag("span", id=_anchor(*each)) for each in of)
        heading = tag("summary", f"{self._called(of, lang)} {len(names)}")
        return tag("div", *places, tag("details", heading, tag("ul", *items, class_="behind")))

    def _called(self, of: list[tuple[str, str]], lang: str) -> str:
        """What figures with the same list are called."""
        return f"{of[0][0]}: " + " · ".join(_name(figure, lang) for _, figure in of)

    def page(self, report: Report, lang: str) -> str:
        """The file beside the page: every list, each with its place."""
        title = f"{report.interval}: {say('declarations behind each count', lang)}"
        return whole_page(title, lang, _STYLE, {}, tag("h1", title), *self._sections(report, lang))

    def _sections(self, report: Report, lang: str) -> Iterator[Element]:
        called = dict(zip(COUNTS, count_names(report, COUNTS, lang), strict=True))
        for row, counts in sorted(self.names.items()):
            for count in filter(counts.get, COUNTS):
                items = (tag("li", one) for one in counts[count])
                heading = tag("h2", f"{row}: {called[count]} {len(counts[count])}")
                yield tag("section", heading, tag("ul", *items), id=_anchor(row, count))
        for names, of in self._alike.items():
            items = (tag("li", one) for one in names)
            places = (tag("span", id=_anchor(*each)) for each in of)
            heading = tag("h2", f"{self._called(of, lang)} {len(names)}")
            yield tag("section", heading, *places, tag("ul", *items))


def _name(figure: str, lang: str) -> str:
    """What a figure is called."""
    whole, _, part = figure.partition(".")
    return part_name(part.partition(".")[2], lang) if whole == "links" else name(figure, lang)


def _anchor(row: str, count: str) -> str:
    """What a list is found by in its page."""
    return quote(f"{row}.{count}", safe="")
