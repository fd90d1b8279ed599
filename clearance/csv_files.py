"""CSV files that people write: in UTF-8, GBK or UTF-16, with commas, tabs or semicolons."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from clearance.errors import BadArgument

_DELIMITERS = (",", "\t", ";")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What a text in UTF-16 begins with, such as Excel's *Unicode Text*."""
_TEXT = '="([^"]*)"'
"""A formula whose value is a text, by which programs keep the digits of a number."""


def rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file, each with the number of its last line, from 1.

    What the first line has most of parts the cells. One such as ``="0123"`` is the text in it.
    Raises BadArgument for what is no such file.
    """
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [_meant(cell) for cell in row]
    except csv.Error as error:
        raise BadArgument(
            "line {line} is not CSV: {why}", line=reader.line_num, why=error
        ) from error


def _meant(cell: str) -> str:
    written = re.fullmatch(_TEXT, cell.strip())
    return written[1] if written else cell


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" not in text and (encoding != "gb18030" or _is_chinese(text)):
                return text
    if b"\0" in data:
        raise BadArgument("there are zeros between its letters: save it as UTF-8")
    raise BadArgument("neither UTF-8, GBK nor UTF-16 text")


def _is_chinese(text: str) -> bool:
    """Whether a text that was decoded as GBK is one.

    Text of western Europe decodes as well: each letter with an accent and the ASCII letter behind
    it become one character. Of Chinese characters few have such a second byte.
    """
    others = [c.encode("gb18030") for c in text if not c.isascii()]
    return 2 * sum(written[1] < 0x80 for written in others) <= len(others)
