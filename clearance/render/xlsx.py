"""Tables as a workbook: numbers of 18 digits as text, real dates and durations, native charts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import xlsxwriter

from clearance.render import Cell, Column, Table
from clearance.render.text import visible, width

_MIN_WIDTH, _MAX_WIDTH = 12, 60
"""Characters that a column is wide."""
_MAX_WIDTH_ROWS = 200
"""Rows that a column's width is taken from."""
_MAX_NAME_CHARS = 31
"""Characters that the name of a sheet may have."""
_MAX_CELL_CHARS = 32767
"""Characters that a cell may have."""


def workbook(tables: Sequence[Table]) -> bytes:
    """A workbook of one sheet for each table, with frozen heads, filters and charts."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "span": book.add_format({"num_format": "[h]:mm:ss"}),
            "share": book.add_format({"num_format": "0.0%"}),
            "text": book.add_format({"num_format": "@"}),
        }
        for table in tables:
            sheet = book.add_worksheet(table.title[:_MAX_NAME_CHARS] or "clearance")
            _fill(sheet, table, formats)
            if table.chart and table.rows:
                sheet.insert_chart(
                    len(table.rows) + 2 + len(table.notes), 0, _chart(book, sheet, table)
                )
    return out.getvalue()


def _fill(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.title, formats["head"])
        typed = formats["text"] if column.text else None
        sheet.set_column(place, place, _width(table, place), typed)
    for line, row in enumerate(table.rows, 1):
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            _write(sheet, line, place, cell, column, formats)
    for line, note in enumerate(table.notes, len(table.rows) + 2):
        sheet.write_string(line, 0, visible(note))
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _width(table: Table, place: int) -> int:
    cells = (row[place] for row in table.rows[:_MAX_WIDTH_ROWS])
    texts = [table.columns[place].title, *(cell for cell in cells if isinstance(cell, str))]
    return min(max(_MIN_WIDTH, max(map(width, texts)) + 2), _MAX_WIDTH)


def _write(
    sheet: Any, line: int, place: int, cell: Cell, column: Column, formats: dict[str, Any]
) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(line, place, cell.replace(tzinfo=None), formats["time"])
    elif isinstance(cell, timedelta):
        sheet.write_datetime(line, place, cell, formats["span"])
    elif isinstance(cell, bool):
        sheet.write_boolean(line, place, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(line, place, cell, formats["share"] if column.share else None)
    else:
        sheet.write_string(line, place, visible(cell)[:_MAX_CELL_CHARS])


def _chart(book: Any, sheet: Any, table: Table) -> Any:
    """The table's chart, which reads the cells of the sheet."""
    assert table.chart is not None
    drawn = table.chart
    keys = [column.key for column in table.columns]
    kind = {"type": drawn.kind, **({"subtype": "stacked"} if drawn.stacked else {})}
    chart = book.add_chart(kind)
    names, last = keys.index(drawn.names), len(table.rows)
    for key in drawn.values:
        place = keys.index(key)
        chart.add_series(
            {
                "name": [sheet.name, 0, place],
                "categories": [sheet.name, 1, names, last, names],
                "values": [sheet.name, 1, place, last, place],
            }
        )
    chart.set_title({"name": table.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 720, "height": 340})
    return chart
