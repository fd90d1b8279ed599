"""The declarations behind the counts of a report's page: in the page, or in a file beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element

from clearance.render.elements import Child, tag, whole_page
from clearance.render.report_words import count_names
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
    """The lists of a page; ``beside`` is the name of the file that has them if they are long."""

    names: Lists
    beside: str | None = None

    @property
    def are_long(self) -> bool:
        """Whether they are too long for the page itself."""
        return sum(len(names) for row in self.names.values() for names in row.values()) > MAX_INSIDE

    def count(self, row: ReportRow, name: str) -> Child:
        """A count of a row, which opens its list."""
        shown, place = str(getattr(row, name)), row_name(row.period, list(row.group.values()))
        names = self.names.get(place, {}).get(name)
        if not names:
            return shown
        if self.are_long:
            link = f"{quote(self.beside)}#{_anchor(place, name)}" if self.beside else None
            return tag("a", shown, href=link) if link else shown
        items = (tag("li", one) for one in names)
        return tag("details", tag("summary", shown), tag("ul", *items), class_="list")

    def page(self, report: Report, lang: str) -> str:
        """The file beside the page: every list, each with its place."""
        title = f"{report.interval}: {say('declarations behind each count', lang)}"
        return whole_page(title, lang, _STYLE, {}, tag("h1", title), *self._sections(report, lang))

    def _sections(self, report: Report, lang: str) -> Iterator[Element]:
        called = dict(zip(COUNTS, count_names(report, COUNTS, lang), strict=True))
        for row, counts in sorted(self.names.items()):
            for name in filter(counts.get, COUNTS):
                items = (tag("li", one) for one in counts[name])
                heading = tag("h2", f"{row}: {called[name]} {len(counts[name])}")
                yield tag("section", heading, tag("ul", *items), id=_anchor(row, name))


def _anchor(row: str, count: str) -> str:
    """What a list is found by in its page."""
    return quote(f"{row}.{count}", safe="")
