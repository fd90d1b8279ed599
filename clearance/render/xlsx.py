"""A table as a workbook: numbers of 18 digits as text, real dates and durations."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import xlsxwriter

from clearance.render import Table
from clearance.render.text import visible


def workbook(table: Table) -> bytes:
    """A workbook of one sheet with a frozen head and a filter."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("clearance")
        head = book.add_format({"bold": True, "bottom": 1})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        span = book.add_format({"num_format": "[h]:mm:ss"})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.title, head)
            sheet.set_column(place, place, max(12, len(column.title) + 2))
        for line, row in enumerate(table.rows, 1):
            for place, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, datetime):
                    sheet.write_datetime(line, place, cell.replace(tzinfo=None), time)
                elif isinstance(cell, timedelta):
                    sheet.write_datetime(line, place, cell, span)
                elif isinstance(cell, bool):
                    sheet.write_boolean(line, place, cell)
                elif isinstance(cell, int | float):
                    sheet.write_number(line, place, cell)
                else:
                    sheet.write_string(line, place, visible(cell)[:32767])
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    return out.getvalue()
