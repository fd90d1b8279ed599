"""Tables on a terminal, with colour."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.containers import Lines
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from clearance.model import replace
from clearance.render import Cell, Column, Table
from clearance.render.text import cut, shown, visible, width, wrapped

_BETWEEN = 2
"""Blanks between columns."""
_MIN_TEXT = 30
"""Columns that a text in the last column has beside the others; with fewer it stands below them."""
_MIN_WORDS = 16
"""Columns that the widest of the others has at least, where that text stands below them."""
_INDENT = 4
"""Blanks before a text below its row."""
_BOXES = {
    sign: box.Box(
        f"    \n    \n {sign}{sign} \n    \n    \n    \n    \n    \n", ascii=sign.isascii()
    )
    for sign in ("─", "-")
}
"""A rule under the headings and no other line, so that columns stand two blanks apart."""
STYLES = {"good": "green", "warn": "yellow", "bad": "bold red", "": ""}


def show(tables: Iterable[Table], lang: str, *, colour: bool = True) -> None:
    """Draws tables on standard output, as wide as the terminal; customs text is never markup."""
    console = Console(
        markup=False,
        highlight=False,
        emoji=False,
        color_system="auto" if colour else None,
    )
    for number, table in enumerate(table for table in tables if not table.is_empty):
        if number:
            console.print()
        _draw(console, table, lang)


class _Text(Text):
    """A text that is broken as its language is, where it does not fit."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        """Its lines, so many columns wide at most."""
        if self.cell_len <= width or options.get("no_wrap"):
            return super().wrap(console, width, **options)
        lines = "\n".join(wrapped(self.plain, width))
        return Text(lines, style=self.style).wrap(console, width, **options)


def _rule_sign() -> str:
    """What a rule is drawn with: in Chinese encodings a line is as wide as two hyphens, or is not
    there.
    """
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return "─" if encoding == "utf8" else "-"


def _draw(console: Console, table: Table, lang: str) -> None:
    for part in parts(replace(table, notes=()), lang, console.width):
        console.print(part)
    for note in table.notes:
        console.print(Text(visible(note)), soft_wrap=True)


def parts(table: Table, lang: str, columns: int) -> Iterator[RenderableType]:
    """What a table is drawn of, for a terminal of so many columns."""
    if table.title:
        yield _Text(cut(visible(table.title)), style="bold")
    if table.facts:
        yield _facts(table)
    if table.rows:
        fitted = narrowed(table, lang, columns)
        if _is_tight(fitted, lang, columns):
            yield from _stacked(fitted, lang, columns)
        else:
            yield _rows(fitted, lang)
    for note in table.notes:
        yield _Text(visible(note))


def narrowed(table: Table, lang: str, columns: int) -> Table:
    """A table without the names and columns that can be spared, as far as a terminal is too narrow.

    Names beside codes go first. A last column that may stand below takes no room.
    """
    taken = _beside(table, lang)
    if _taken(taken) > columns:
        table = _brief(table)
        taken = _beside(table, lang)
    kept = list(range(len(taken)))
    for spare in sorted({column.spare for column in table.columns} - {0}, reverse=True):
        if _taken(taken[place] for place in kept) <= columns:
            break
        kept = [place for place in kept if table.columns[place].spare != spare]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def widths(table: Table, lang: str) -> list[int]:
    """The columns of a terminal that each column of a table takes."""
    cells = [[shown(cell, lang) for cell in row] for row in table.rows]
    titles = [column.title for column in table.columns]
    return [max(map(width, column)) for column in zip(titles, *cells, strict=True)]


def _beside(table: Table, lang: str) -> list[int]:
    """The same, where what may stand below takes none, nor the blanks before it."""
    taken = widths(table, lang)
    if any(column.below for column in table.columns[-1:]):
        taken[-1] = -_BETWEEN
    return taken


def _taken(columns: Iterable[int]) -> int:
    """The columns of a terminal that a line takes."""
    return sum(each + _BETWEEN for each in columns) - _BETWEEN


def _brief(table: Table) -> Table:
    """A table whose brief columns hold the beginning of each cell."""
    rows = (
        tuple(
            cell.partition(column.brief)[0] if column.brief and isinstance(cell, str) else cell
            for column, cell in zip(table.columns, row, strict=True)
        )
        for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def _facts(table: Table) -> RichTable:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in table.facts:
        grid.add_row(Text(f"  {name}"), _Text(cut(visible(value))))
    return grid


def _is_tight(table: Table, lang: str, columns: int) -> bool:
    """Whether the texts of the last column have too little room beside the other columns.

    Not where these do not fit alone, also if the widest that may be broken is.
    """
    *others, last = widths(table, lang)
    room = columns - _taken(others) - _BETWEEN
    fits = _taken(_squeezed(table.columns[:-1], others, columns)) <= columns
    return fits and room < min(last, _MIN_TEXT) and not table.columns[-1].right


def _squeezed(heads: Sequence[Column], taken: Sequence[int], columns: int) -> list[int]:
    """The columns of a terminal that some columns of a table take, the widest that may be broken
    less by what is too much, as far as a word or two still fit.
    """
    squeezed, over = list(taken), max(_taken(taken) - columns, 0)
    breakable = [place for place, head in enumerate(heads) if not head.no_wrap]
    if over and breakable:
        widest = max(breakable, key=squeezed.__getitem__)
        squeezed[widest] = max(squeezed[widest] - over, min(squeezed[widest], _MIN_WORDS))
    return squeezed


def _stacked(table: Table, lang: str, columns: int) -> Iterator[RenderableType]:
    """A table whose last column stands below its rows, as wide as the terminal, as its heading."""
    *others, last = table.columns
    taken = _squeezed(others, widths(table, lang)[:-1], columns)
    yield _line(others, taken, [_Text(column.title) for column in others], "bold")
    yield _below(_Text(last.title, style="bold"))
    yield Rule(characters=_rule_sign(), style="")
    for row, mark in zip(table.rows, _marks(table), strict=True):
        yield _line(others, taken, _cells(row[:-1], lang), STYLES[mark])
        if row[-1] is not None:
            yield _below(_Text(cut(shown(row[-1], lang)), style=STYLES[mark]))


def _line(
    columns: Sequence[Column], taken: Sequence[int], cells: Iterable[Text], style: str
) -> RichTable:
    """One line of a table, with its columns so wide."""
    line = _headed(columns, taken)
    line.show_header = False
    line.add_row(*cells, style=style)
    return line


def _below(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, _INDENT))


def _rows(table: Table, lang: str) -> RichTable:
    rich_table = _headed(table.columns, [None] * len(table.columns))
    for row, mark in zip(table.rows, _marks(table), strict=True):
        rich_table.add_row(*_cells(row, lang), style=STYLES[mark])
    return rich_table


def _headed(columns: Sequence[Column], widths: Sequence[int | None]) -> RichTable:
    """A table without rows, with its columns so wide; None is as wide as what is in it."""
    rich_table = RichTable(
        box=_BOXES[_rule_sign()], pad_edge=False, padding=(0, _BETWEEN - 1, 0, 0), show_edge=False
    )
    for column, taken in zip(columns, widths, strict=True):
        rich_table.add_column(
            _Text(column.title),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.no_wrap,
            width=taken,
        )
    return rich_table


def _marks(table: Table) -> Sequence[str]:
    return table.marks or ("",) * len(table.rows)


def _cells(row: Sequence[Cell], lang: str) -> Iterator[Text]:
    return (_Text(cut(shown(cell, lang))) for cell in row)
