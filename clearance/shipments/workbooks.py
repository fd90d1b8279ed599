"""Workbooks of plans as rows of text, within bounds of memory."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from xml.parsers import expat

from clearance.errors import BadArgument, Phrase
from clearance.shipments import plans

_EXACT = 2**53
"""A figure in a workbook that is not below this may have lost digits."""
_MAX_CELLS = 4_000_000
"""Cells of the rectangle around all that is written: the library takes memory for each."""
_MAX_BYTES = 256 * 2**20
"""Bytes of all parts of a workbook, inflated."""
_CHUNK_BYTES = 2**20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""What a workbook of Excel 97 to 2003 begins with, and one of today that has a password."""
_SHEET = b"sheetData"
"""What stands in every sheet."""
_TEXTS = "xl/sharedstrings.xml"
"""The part with the texts that cells share, in small letters: the library takes any."""
_OTHERS = frozenset({"content.xml", "xl/workbook.bin"})
"""Parts of workbooks of other forms, which the library would read too."""
_NO_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, expat.ExpatError,
    EOFError, LookupError, NotImplementedError, OSError, RuntimeError, ValueError,
)  # fmt: skip


def rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, each with its number as people count; raises BadArgument."""
    import python_calamine

    _check_size(data)
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        cells = sheet.to_python(skip_empty_area=True)
    except (python_calamine.CalamineError, OSError, IndexError, OverflowError) as error:
        raise _unreadable(error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the library, and no Exception
            raise
        raise _unreadable(error) from error
    for number, row in enumerate(cells, first + 1):
        yield number, [_text(cell) for cell in row]


def _check_size(data: bytes) -> None:
    """Raises BadArgument for a workbook that would take too much memory, or is none."""
    if data.startswith(_OLE):
        raise BadArgument(
            "a workbook with a password, or of an old Excel (.xls): save it as .xlsx without one"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {part.filename.lower(): part for part in book.infolist()}
            if sum(part.file_size for part in book.infolist()) > _MAX_BYTES:
                raise _too_large()
            if len(parts) < len(book.infolist()) or not _OTHERS.isdisjoint(parts):
                raise _of_another_form()
            texts = _Texts()
            if _TEXTS in parts:
                _read(book, parts[_TEXTS], texts)
            for part in parts.values():
                if _is_sheet(book, part):
                    _read(book, part, _Sheet(texts.lengths))
    except _NO_WORKBOOK as error:
        raise _unreadable(error) from error


def _is_sheet(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part may be a sheet, whatever its name is."""
    rest = b""
    with book.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            if _SHEET in rest + chunk:
                return True
            rest = chunk[-len(_SHEET) :]
    return False


def _read(book: zipfile.ZipFile, part: zipfile.ZipInfo, reader: _Texts | _Sheet) -> None:
    """Has the elements of a part told to a reader; raises BadArgument as that does."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with book.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise _of_another_form()


def _of_another_form() -> BadArgument:
    return BadArgument("not a workbook such as Excel writes, .xlsx")


def _unreadable(why: BaseException) -> BadArgument:
    is_none = isinstance(why, (zipfile.BadZipFile, EOFError))
    return BadArgument(
        "not a workbook that can be read: {why}",
        why=Phrase("it is cut off, or no workbook at all" if is_none else "it is damaged inside"),
    )


def _too_large() -> BadArgument:
    return BadArgument(
        "the workbook is too large: {limit} MB inflated at most", limit=_MAX_BYTES // 2**20
    )


class _Texts:
    """The characters of each of the texts that cells share."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, tag: str, _: Mapping[str, str]) -> None:
        """Begins with the next text."""
        if _local(tag) == "si":
            self.lengths.append(0)

    def end(self, _: str) -> None:
        """Needs nothing."""

    def text(self, written: str) -> None:
        """Counts characters."""
        if self.lengths:
            self.lengths[-1] += len(written)


class _Sheet:
    """What the library will take memory for: each cell of the rectangle around all that is written,
    and each text once for every cell that has it. Raises BadArgument where that is too much.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = lengths
        self._chars = self._row = self._column = self._last_row = self._last_column = 0
        self._cell = (0, 0)
        self._shares = False
        self._value = list[str]()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Counts rows and columns; a cell counts if anything is in it."""
        name = _local(tag)
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif name == "c":
            self._cell = _place(attributes["r"]) if "r" in attributes else self._next()
            self._column = self._cell[1]
            self._shares = attributes.get("t") == "s"
        elif name in ("v", "is"):
            self._value = []
            self._count(*self._cell)

    def end(self, tag: str) -> None:
        """Counts the text that a cell shares."""
        if self._shares and _local(tag) == "v":
            self._count_text("".join(self._value).strip())

    def text(self, written: str) -> None:
        """Keeps what may be the number of a text."""
        if self._shares:
            self._value.append(written)

    def _count_text(self, number: str) -> None:
        which = int(number) if number.isdecimal() else len(self._lengths)
        self._chars += self._lengths[which] if which < len(self._lengths) else 0
        if self._chars > _MAX_BYTES:
            raise _too_large()

    def _next(self) -> tuple[int, int]:
        return max(self._row, 1), self._column + 1

    def _count(self, row: int, column: int) -> None:
        self._last_row = max(self._last_row, row)
        self._last_column = max(self._last_column, column)
        if self._last_row * self._last_column > _MAX_CELLS:
            raise BadArgument(
                "a cell far away, {cell}: delete the rows and columns beyond the plans",
                cell=f"{_letters(column)}{row}",
            )


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _place(written: str) -> tuple[int, int]:
    """The row and the column of a cell such as ``B3``, from 1; raises ValueError for another."""
    place = re.fullmatch("([A-Za-z]{1,3})([0-9]{1,7})", written)
    if not place:
        raise ValueError(written)
    column = 0
    for letter in place[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(place[2]), column


def _letters(column: int) -> str:
    """A column by its letters; the first is ``A``."""
    before, last = divmod(column - 1, 26)
    return f"{_letters(before) if before else ''}{chr(ord('A') + last)}"


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
