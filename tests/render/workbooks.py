"""What a person sees of a workbook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Tree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile("[A-Z]+")


def names(file: Path | io.BytesIO) -> list[str]:
    """The names of the sheets, in order."""
    with zipfile.ZipFile(file) as book:
        root = Tree.fromstring(book.read("xl/workbook.xml"))
    return [sheet.get("name", "") for sheet in root.iter(f"{_MAIN}sheet")]


def sheets(file: Path | io.BytesIO) -> list[tuple[Tree.Element, list[dict[str, str]]]]:
    """Each sheet: its XML, and its rows, whose cells are texts by the letters of their columns."""
    with zipfile.ZipFile(file) as book:
        strings = Tree.fromstring(book.read("xl/sharedStrings.xml"))
        shared = ["".join(one.itertext()) for one in strings.iter(f"{_MAIN}si")]
        parts = sorted(
            (name for name in book.namelist() if name.startswith("xl/worksheets/sheet")),
            key=lambda name: int("".join(filter(str.isdigit, name))),
        )
        roots = [Tree.fromstring(book.read(name)) for name in parts]
    return [(root, list(_rows(root, shared))) for root in roots]


def _rows(root: Tree.Element, shared: list[str]) -> Iterator[dict[str, str]]:
    for row in root.iter(f"{_MAIN}row"):
        cells: dict[str, str] = {}
        for cell in row.iter(f"{_MAIN}c"):
            value = cell.findtext(f"{_MAIN}v")
            column = _COLUMN.match(cell.get("r", ""))
            if value is not None and column:
                cells[column[0]] = shared[int(value)] if cell.get("t") == "s" else value
        yield cells


def texts(file: Path | io.BytesIO) -> Iterator[str]:
    """Every cell of every sheet; numbers to two digits, as they are shown."""
    for _, rows in sheets(file):
        for row in rows:
            for text in row.values():
                yield f"{float(text):.2f}" if re.fullmatch(r"-?\d+\.\d+(E-?\d+)?", text) else text
    yield from names(file)
