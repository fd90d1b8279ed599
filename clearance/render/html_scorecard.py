"""A score card as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from clearance.model import in_language
from clearance.named_tuples import NamedTuple
from clearance.render import Table
from clearance.render.elements import LIGHT_OR_DARK, READS_ON_A_PHONE, Child, tag, whole_page
from clearance.render.html_lists import CountLists
from clearance.render.html_parts import table
from clearance.render.report_text import TEXT
from clearance.render.style import STYLE
from clearance.render.text import shown

_KINDS = {"good": "verdict faster", "bad": "verdict slower"}
"""The look of what differs for the better or the worse."""


class Counted(NamedTuple):
    """A table, and of each of its cells the line and the figure whose list it opens, if any."""

    table: Table
    opens: Sequence[Sequence[tuple[str, str] | None]]


def page(
    headline: str,
    about: str,
    lead: Sequence[str],
    tables: Sequence[Counted],
    lists: CountLists,
    lang: str,
) -> str:
    """The page: what differs in a line, how that was judged, the tables, and the lists.

    Columns up to the first that is set right are texts; what differs stands in the second.
    """
    header = tag(
        "header",
        tag("p", about, class_="about"),
        tag("h1", headline),
        *(tag("p", text, class_="lead") for text in lead),
        tag("p", in_language(TEXT["scroll"], lang), class_="hint"),
    )
    sections = (_section(one, lists, lang) for one in tables)
    says = {**READS_ON_A_PHONE, **LIGHT_OR_DARK}
    main = tag("main", header, *sections, lists.inside())
    return whole_page(headline, lang, STYLE, says, main)


def _section(counted: Counted, lists: CountLists, lang: str) -> Element:
    about = counted.table
    heads = [column.title for column in about.columns]
    texts = next((n for n, column in enumerate(about.columns) if column.right), 1)
    return tag(
        "section",
        tag("h2", about.title[:1].upper() + about.title[1:]),
        table(heads, list(_rows(counted, lists, lang)), texts=texts),
        class_="wrap",
    )


def _rows(counted: Counted, lists: CountLists, lang: str) -> Iterator[list[Child]]:
    """The rows as texts; the second cell of one that is marked has the colour of its mark."""
    about = counted.table
    marks = about.marks or ("",) * len(about.rows)
    for row, mark, opens in zip(about.rows, marks, counted.opens, strict=True):
        cells: list[Child] = [
            lists.figure(*of, shown(cell, lang)) if of else shown(cell, lang)
            for cell, of in zip(row, opens, strict=True)
        ]
        if mark in _KINDS:
            cells[1] = tag("span", cells[1], class_=_KINDS[mark])
        yield cells
