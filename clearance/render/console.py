"""Tables on a terminal, with colour."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from clearance.render import Table
from clearance.render.text import cut, shown, visible

_STYLES = {"good": "green", "warn": "yellow", "bad": "bold red", "": ""}


def show(tables: Iterable[Table], lang: str) -> None:
    """Draws tables on standard output, as wide as the terminal; customs text is never markup."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    console = Console(markup=False, highlight=False, emoji=False, safe_box=encoding != "utf8")
    for number, table in enumerate(tables):
        if number:
            console.print()
        _draw(console, table, lang)


def _draw(console: Console, table: Table, lang: str) -> None:
    if table.title:
        console.print(Text(cut(visible(table.title)), style="bold"))
    if table.facts:
        console.print(_facts(table))
    if table.rows:
        console.print(_rows(table, lang))
    for note in table.notes:
        console.print(Text(visible(note)), soft_wrap=True)


def _facts(table: Table) -> RichTable:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in table.facts:
        grid.add_row(Text(f"  {name}"), Text(cut(visible(value))))
    return grid


def _rows(table: Table, lang: str) -> RichTable:
    rich_table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for column in table.columns:
        rich_table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.no_wrap,
        )
    marks = table.marks or ("",) * len(table.rows)
    for row, mark in zip(table.rows, marks, strict=True):
        rich_table.add_row(*(Text(cut(shown(cell, lang))) for cell in row), style=_STYLES[mark])
    return rich_table
