"""Tables as one HTML page that needs nothing else, for what is no report of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from xml.etree.ElementTree import Element

from clearance.render import Cell, Column, Table
from clearance.render.elements import LIGHT_OR_DARK, READS_ON_A_PHONE, Child, tag, whole_page
from clearance.render.html_parts import table
from clearance.render.style import STYLE
from clearance.render.text import duration, shown


def document(title: str, tables: Sequence[Table], lang: str) -> str:
    """The page of some tables under a title."""
    sections = (_section(one, lang) for one in tables)
    main = tag("main", tag("header", tag("h1", title)), *sections)
    return whole_page(title, lang, STYLE, {**READS_ON_A_PHONE, **LIGHT_OR_DARK}, main)


def _section(about: Table, lang: str) -> Element:
    """A table with its title, its facts above it, and its notes below."""
    texts = sum(not column.right for column in about.columns) or 1
    rows = [
        [
            _cell(cell, about.day, lang, column)
            for cell, column in zip(row, about.columns, strict=True)
        ]
        for row in about.rows
    ]
    heads = [column.title for column in about.columns]
    return tag(
        "section",
        tag("h2", about.title) if about.title else None,
        *_facts(about),
        table(heads, rows, texts=texts) if heads else None,
        *(tag("p", note, class_="said") for note in about.notes),
    )


def _facts(about: Table) -> Iterator[Element]:
    if about.facts:
        rows = [[name, value] for name, value in about.facts]
        yield table(["", ""], rows, texts=2)


def _cell(cell: Cell, day: int, lang: str, column: Column) -> Child:
    """A cell; one that is never broken stands on one line."""
    text = _text(cell, day, lang)
    return tag("span", text, class_="whole") if column.no_wrap else text


def _text(cell: Cell, day: int, lang: str) -> str:
    if isinstance(cell, timedelta):
        return duration(cell.total_seconds(), day, lang)
    return "" if cell is None else shown(cell)
