"""Tables as a workbook that can be handed on.

Numbers of 18 digits are text, times are real times, durations are numbers with their unit in the
heading, and words are in the reader's language. Every sheet prints on landscape A4, one page wide,
with its heads on each page. Foreign text is shown as everywhere else (``text.visible``) and is
never a formula, not even after it has been edited.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import xlsxwriter

from clearance.model import Words
from clearance.named_tuples import NamedTuple
from clearance.render import Cell, Column, Table
from clearance.render.findings import rule_title
from clearance.render.text import is_formula, visible, width
from clearance.render.words import WITH_UNIT, joined, say, worded

_MIN_WIDTH, _MAX_WIDTH = 9, 60
"""Characters that a column is wide."""
_SHORT_TITLE = 16
"""Characters of a heading that is not broken over lines."""
_TIME_WIDTH = 17
"""Characters that a time takes."""
_LINE_WIDTH = (52, 26, 26)
"""Characters of the columns of a sheet of text."""
_MAX_WIDTH_ROWS = 200
"""Rows that a column's width is taken from."""
_MAX_NAME_CHARS = 31
"""Characters that the name of a sheet may have."""
_MAX_CELL_CHARS = 32767
"""Characters that a cell may have."""
_MAX_PAGE_ROWS = 14
"""Rows beside which a chart still fits on a page; with more it has a sheet of its own."""
_A4 = 9
_LINE_HEIGHT = 15
_WORD_BREAKS = 1.35
"""How much longer a heading is that is broken between words, and bold."""
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
"""What the name of a sheet may not have."""

_DAYS: Words = {"en": "days", "zh": "天"}
_WORKING_DAYS: Words = {"en": "working days of {hours:g} h", "zh": "工作日，每日 {hours:g} 小时"}
_SHORT_UNITS: tuple[tuple[int, Words], ...] = (
    (1, {"en": "seconds", "zh": "秒"}),
    (60, {"en": "minutes", "zh": "分钟"}),
    (3600, {"en": "hours", "zh": "小时"}),
)
"""Units shorter than a day: their seconds and names."""
_CHART: Words = {"en": "{title}, chart", "zh": "{title}（图）"}

_WORDS = frozenset({"direction", "stage", "severity", "state", "verdict", "result", "fact", "kind"})
"""Keys of columns whose cells are words of the program."""
_RULES = frozenset({"alerts", "rule"})
"""Keys of columns whose cells are names of rules."""
_PHRASES = frozenset({"by_hand"})
"""Keys of columns whose cells are words of the program, with commas between them."""


class _Unit(NamedTuple):
    """The unit of a sheet's durations: its seconds and its name."""

    seconds: int
    name: str


class _Book:
    """A workbook in one language, while it is written."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        self.names = set[str]()
        top = {"valign": "top"}
        apart = {"align": "right", "indent": 1, **top}
        self.formats = {
            "head": book.add_format(
                {"bold": True, "bottom": 1, "text_wrap": True, "indent": 1, **top}
            ),
            "number head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, **apart}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", **apart}),
            "span": book.add_format({"num_format": "#,##0.00", **apart}),
            "share": book.add_format({"num_format": "0.0%", **apart}),
            "count": book.add_format({"num_format": "#,##0", **apart}),
            "text": book.add_format({"text_wrap": True, "indent": 1, **top}),
            "formula": book.add_format(
                {"text_wrap": True, "indent": 1, "quote_prefix": True, **top}
            ),
            "typed": book.add_format({"num_format": "@"}),
            "headline": book.add_format({"bold": True, "font_size": 15, "text_wrap": True, **top}),
        }

    def sheet(self, title: str) -> Any:
        """A new sheet that prints on landscape A4, one page wide."""
        sheet = self.book.add_worksheet(self.name(title))
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def name(self, title: str) -> str:
        """The name of a sheet, which no other has."""
        wanted = _NO_NAME.sub(" ", title)[:_MAX_NAME_CHARS] or "clearance"
        name, count = wanted, 2
        while name.lower() in self.names:
            name, count = f"{wanted[: _MAX_NAME_CHARS - 3]} {count}", count + 1
        self.names.add(name.lower())
        return name

    def text(self, sheet: Any, line: int, place: int, foreign: str, style: str = "text") -> None:
        """Writes text as it stands, cleaned."""
        chosen = "formula" if is_formula(foreign) else style
        shown = visible(foreign)[:_MAX_CELL_CHARS]
        sheet.write_string(line, place, shown, self.formats[chosen])


def workbook(tables: Sequence[Table], lang: str) -> bytes:
    """A workbook of one sheet for each table, with frozen heads, filters and charts."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        writer = _Book(book, lang)
        for table in tables:
            sheet = writer.sheet(table.title)
            if table.columns:
                _fill(writer, sheet, table)
            else:
                _fill_lines(writer, sheet, table)
    return out.getvalue()


# Text


def _fill_lines(writer: _Book, sheet: Any, table: Table) -> None:
    """Lines of text; a line of one cell goes over the whole width, the first is the headline."""
    sheet.fit_to_pages(1, 1)
    for place, wide in enumerate(_LINE_WIDTH):
        sheet.set_column(place, place, wide)
    for line, row in enumerate(table.rows):
        texts = [visible(str(cell)) for cell in row]
        if len(texts) == 1:
            _write_line(writer, sheet, line, texts[0])
        for place, text in enumerate(texts if len(texts) > 1 else ()):
            writer.text(sheet, line, place, text)


def _write_line(writer: _Book, sheet: Any, line: int, text: str) -> None:
    style = writer.formats["text" if line else "headline"]
    sheet.merge_range(line, 0, line, len(_LINE_WIDTH) - 1, "", style)
    sheet.write_string(line, 0, text, style)
    height, letter = (_LINE_HEIGHT, 1.1) if line else (22, 1.8)
    sheet.set_row(line, height * -(-round(width(text) * letter) // sum(_LINE_WIDTH)) + 3)


# Tables


def _fill(writer: _Book, sheet: Any, table: Table) -> None:
    unit = _unit(table, writer.lang)
    cells = [_person_row(table, row, unit, writer.lang) for row in table.rows]
    heads = [_title(table, place, unit, writer.lang) for place in range(len(table.columns))]
    widths = [_width(head, [row[place] for row in cells]) for place, head in enumerate(heads)]
    for place, (head, column) in enumerate(zip(heads, table.columns, strict=True)):
        numbers = any(isinstance(row[place], int | float | datetime) for row in cells)
        writer.text(sheet, 0, place, head, "number head" if numbers else "head")
        typed = writer.formats["typed"] if column.text else None
        sheet.set_column(place, place, widths[place], typed)
        for line, row in enumerate(cells, 1):
            _write(writer, sheet, line, place, row[place], _style(table, line, place, column))
    lines = max(_lines(head, widths[place]) for place, head in enumerate(heads))
    sheet.set_row(0, _LINE_HEIGHT * lines)
    for line, note in enumerate(table.notes, len(cells) + 2):
        sheet.write_string(line, 0, visible(note))
    _finish(writer, sheet, table, unit)


def _finish(writer: _Book, sheet: Any, table: Table, unit: _Unit) -> None:
    """Heads that stay, filters, and the chart."""
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if rows := len(table.rows):
        sheet.autofilter(0, 0, rows, len(table.columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{rows + 1}"})
        _draw(writer, sheet, table, unit)


def _unit(table: Table, lang: str) -> _Unit:
    """The longest unit of which the longest duration has two; seconds of what is shorter."""
    spans = (cell for row in table.rows for cell in row if isinstance(cell, timedelta))
    longest = max((abs(span.total_seconds()) for span in spans), default=0.0)
    days = table.day, _DAYS if table.day == 86400 else _WORKING_DAYS
    units = [days, *reversed(_SHORT_UNITS)]
    seconds, words = next((unit for unit in units if longest >= 2 * unit[0]), units[-1])
    return _Unit(seconds, worded(words, lang, hours=table.day / 3600))


def _title(table: Table, place: int, unit: _Unit, lang: str) -> str:
    """A heading, with the unit of durations."""
    title = table.columns[place].title.removesuffix(" seconds")
    if not any(isinstance(row[place], timedelta) for row in table.rows):
        return title
    return worded(WITH_UNIT, lang, title=title, unit=unit.name)


def _person_row(table: Table, row: Sequence[Cell], unit: _Unit, lang: str) -> list[Cell]:
    pairs = zip(row, table.columns, strict=True)
    return [_person(cell, column, unit, lang) for cell, column in pairs]


def _person(cell: Cell, column: Column, unit: _Unit, lang: str) -> Cell:
    """A cell as a person reads it: a duration in its unit, words in the language."""
    if isinstance(cell, timedelta):
        return cell.total_seconds() / unit.seconds
    if isinstance(cell, bool):
        return say("yes" if cell else "no", lang)
    if isinstance(cell, str) and column.key in _WORDS:
        return say(cell, lang)
    if isinstance(cell, str) and column.key in _RULES:
        return ", ".join(rule_title(name, lang) for name in cell.split(", "))
    if isinstance(cell, str) and column.key in _PHRASES:
        return joined([say(name, lang) for name in cell.split(", ")], lang)
    return cell


def _style(table: Table, line: int, place: int, column: Column) -> str:
    if column.share:
        return "share"
    cell = table.rows[line - 1][place]
    return "span" if isinstance(cell, timedelta | float) else "count"


def _width(head: str, cells: Iterable[Cell]) -> float:
    """Characters that show every cell, and the longest word of the heading."""
    shown = max(_cell_widths(list(cells)[:_MAX_WIDTH_ROWS]), default=0)
    word = max(map(width, re.split(r" |（", head)), default=0)
    title = width(head) if width(head) <= _SHORT_TITLE else word
    return min(max(_MIN_WIDTH, shown + 4, title + 5), _MAX_WIDTH)


def _lines(head: str, room: float) -> int:
    """Lines that a heading is broken into; its words need more room than their characters."""
    if width(head) + 3 <= room:
        return 1
    return -(-round(width(head) * _WORD_BREAKS) // round(room))


def _cell_widths(cells: Iterable[Cell]) -> Iterator[int]:
    for cell in cells:
        if isinstance(cell, datetime):
            yield _TIME_WIDTH
        elif isinstance(cell, str):
            yield width(visible(cell))
        elif cell is not None:
            yield len(f"{cell:,.2f}")


def _write(writer: _Book, sheet: Any, line: int, place: int, cell: Cell, style: str) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(line, place, cell.replace(tzinfo=None), writer.formats["time"])
    elif isinstance(cell, int | float):
        sheet.write_number(line, place, cell, writer.formats.get(style))
    else:
        writer.text(sheet, line, place, str(cell))


# Charts


def _draw(writer: _Book, sheet: Any, table: Table, unit: _Unit) -> None:
    """Draws the table's chart below it, or on a sheet of its own below many rows."""
    if table.chart is None:
        return
    chart = _chart(writer, sheet, table, unit)
    if len(table.rows) <= _MAX_PAGE_ROWS:
        sheet.fit_to_pages(1, 1)
        sheet.insert_chart(len(table.rows) + 2 + len(table.notes), 0, chart)
        return
    title = worded(_CHART, writer.lang, title=table.title)
    page = writer.book.add_chartsheet(writer.name(title))
    page.set_landscape()
    page.set_paper(_A4)
    page.set_chart(chart)


def _chart(writer: _Book, sheet: Any, table: Table, unit: _Unit) -> Any:
    """The table's chart, which reads the cells of the sheet."""
    assert table.chart is not None
    drawn = table.chart
    keys = [column.key for column in table.columns]
    kind = {"type": drawn.kind, **({"subtype": "stacked"} if drawn.stacked else {})}
    chart = writer.book.add_chart(kind)
    names, last = keys.index(drawn.names), len(table.rows)
    for key in drawn.values:
        place = keys.index(key)
        chart.add_series(
            {
                "name": table.columns[place].title,
                "categories": [sheet.name, 1, names, last, names],
                "values": [sheet.name, 1, place, last, place],
            }
        )
    values = {"name": unit.name, "name_font": {"bold": False}, "num_format": "General"}
    chart.set_title({"name": table.title, "name_font": {"size": 12}})
    (chart.set_y_axis if drawn.kind == "column" else chart.set_x_axis)(values)
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 720, "height": 340})
    return chart
