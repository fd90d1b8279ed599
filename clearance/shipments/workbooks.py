"""Workbooks of plans as rows of text, within bounds of memory."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO

from clearance.errors import BadArgument
from clearance.shipments import plans

_EXACT = 2**53
"""A figure in a workbook that is not below this may have lost digits."""
_MAX_CELLS = 4_000_000
"""Cells of the rectangle around all that is written: the library takes memory for each."""
_MAX_BYTES = 256 * 2**20
"""Bytes of all parts of a workbook, inflated."""
_CHUNK_BYTES = 2**20
_MAX_TAG_BYTES = 256
"""Bytes of the beginning of a cell at most; so many of a chunk are looked at with the next too."""
_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?(?<!/)>')
"""The beginning of a cell with something in it."""


def rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, each with its number as people count; raises BadArgument."""
    import python_calamine

    _check_size(data)
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        cells = sheet.to_python(skip_empty_area=True)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise BadArgument("not a workbook that can be read ({why})", why=error) from error
    for number, row in enumerate(cells, first + 1):
        yield number, [_text(cell) for cell in row]


def _check_size(data: bytes) -> None:
    """Raises BadArgument for a workbook that would take too much memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(part.file_size for part in book.infolist()) > _MAX_BYTES:
                raise BadArgument(
                    "the workbook is too large: {limit} MB inflated at most",
                    limit=_MAX_BYTES // 2**20,
                )
            for part in book.infolist():
                if part.filename.startswith("xl/worksheets/"):
                    with book.open(part) as sheet:
                        _check_extent(sheet)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadArgument("not a workbook that can be read ({why})", why=error) from error


def _check_extent(sheet: IO[bytes]) -> None:
    """Raises BadArgument where the rectangle around all cells of a sheet is too large."""
    last_row = last_column = 0
    rest = b""
    while chunk := sheet.read(_CHUNK_BYTES):
        for cell in _CELL.finditer(rest + chunk):
            last_row = max(last_row, int(cell[2]))
            last_column = max(last_column, _column(cell[1]))
            if last_row * last_column > _MAX_CELLS:
                raise BadArgument(
                    "a cell far away, {cell}: delete the rows and columns beyond the plans",
                    cell=(cell[1] + cell[2]).decode(),
                )
        rest = chunk[-_MAX_TAG_BYTES:]


def _column(letters: bytes) -> int:
    """The number of a column by its letters; that of ``A`` is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(cell: object) -> str:
    """A cell as text; that of a figure that may have lost digits begins with a mark."""
    if isinstance(cell, datetime):
        midnight = cell.time().replace(microsecond=0) == time()
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell)}" if abs(cell) < _EXACT else f"{plans.ROUNDED_NUMBER}{cell:.0f}"
    return str(cell)
