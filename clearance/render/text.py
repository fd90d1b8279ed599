"""Plain text, JSON and CSV.

Customs text and file names are foreign: control characters in them are shown, never sent to a
terminal.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from clearance.model import replace
from clearance.render import Cell, Column, Table
from clearance.render.words import say

_MAX_CELL_CHARS = 160
"""Characters of a cell that a table shows; JSON and CSV have the whole text."""

_CONTROL = (
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff]"
)
"""Control characters; none of them is printable, so most text is not searched for them."""
_ASCII = {
    "…": "...", "–": "~", "—": "-", "─": "-", "→": "->", "·": "|", "≤": "<=", "≥": ">=", "•": "*",
    "█": "#",
}  # fmt: skip
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
    "\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
"""Characters between which a text may be broken, of two columns each."""
_OPENING, _CLOSING = "（“《【「『", ",;:)!?%，。；：、）”？！》】」』％"
"""Signs that no line ends with, and that none begins with."""
_OWN_SIGN = r"(?<![^\s\d%])[–—…≤≥→](?![^\s\d])"
_SPOILT_NUMBER = "[0-9]{16,}|0[0-9]+|[0-9]+[Ee][0-9]+"
_KEPT_NUMBER = "[0-9]{12,255}|0[0-9]{1,254}|[0-9]{1,100}[Ee][0-9]{1,100}"
"""What a spreadsheet would spoil, or show as a power of ten, if it fits into a formula."""
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def visible(foreign: str) -> str:
    r"""Foreign text on one line, each control character as ``\x1b``."""
    return foreign if foreign.isprintable() else re.sub(_CONTROL, _escaped, foreign)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\t\r\n":
        return " "
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


UNITS: Mapping[str, tuple[str, str, str, str, str]] = {
    "en": ("d", "h", "min", "min", "s"),
    "zh": ("天", "小时", "分", "分钟", "秒"),
}
"""Days, hours, minutes beside hours, minutes alone, and seconds in each language."""


def duration(seconds: float, day: int = 86400, lang: str = "en") -> str:
    """Seconds as ``2 d 03 h``, ``3 h 05 min``, ``12 min`` or ``8 s``; ``day`` is its seconds."""
    in_days, in_hours, beside_hours, in_minutes, in_seconds = UNITS.get(lang, UNITS["en"])
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    days, within = divmod(whole, day)
    if days:
        return f"{sign}{days} {in_days} {within // 3600:02} {in_hours}"
    minutes, rest = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours} {in_hours} {minute:02} {beside_hours}"
    return f"{sign}{minutes} {in_minutes}" if minutes else f"{sign}{rest} {in_seconds}"


def exact(number: str | float, form: str) -> str:
    """A number in a form of ``format``, with all of its digits."""
    from decimal import Decimal

    return format(Decimal(number), form)


def days(count: int | str, lang: str) -> str:
    """A number of days: ``7 d``."""
    return f"{count} {UNITS.get(lang, UNITS['en'])[0]}"


def shown(cell: Cell, lang: str = "en") -> str:
    """A cell for people."""
    if cell is None:
        return "—"
    if isinstance(cell, bool):
        return say("yes" if cell else "no", lang)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, timedelta):
        return duration(cell.total_seconds(), lang=lang)
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return visible(str(cell))


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


@cache
def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(text: str, columns: int) -> Iterator[str]:
    """Lines of a text that take so many columns at most; at least one.

    Chinese is broken between any two characters, but before no sign that closes; other words at
    blanks, and within only where they are too long for a line; a number stays with its unit.
    """
    line = ""
    for part in _unbroken().findall(" ".join(text.split())):
        if line and width(line + part.rstrip()) > columns:
            yield line.rstrip()
            line = ""
        line += part if line else part.lstrip()
        bare = line.rstrip()
        if width(bare) > columns:
            *whole, last = _pieces(bare, columns)
            yield from whole
            line = last + line[len(bare) :]
    yield line.rstrip()


@cache
def _unbroken() -> re.Pattern[str]:
    """What is never broken: a word, or a wide character, with the signs around it."""
    units = "|".join(sorted({*"%票条份个家项次", *chain(*UNITS.values())}, key=len, reverse=True))
    number = rf"[^\s{_WIDE}]*[0-9] (?:{units})(?![A-Za-z])"
    return re.compile(rf"[{_OPENING}]*(?:{number}|[^\s{_WIDE}{_OPENING}]+|.)[{_CLOSING}]*")


def _pieces(line: str, columns: int) -> Iterator[str]:
    """The parts of a line that take so many columns at most; one character at least."""
    start = taken = 0
    for place, wide in enumerate(map(_character_width, line)):
        if taken + wide > columns and place > start:
            yield line[start:place]
            start, taken = place, 0
        taken += wide
    yield line[start:]


def on_console(table: Table, encoding: str | None) -> Table:
    """A table for a console, where the program's own signs are one column wide: in an encoding of
    Chinese they take two, and other old ones lack them.
    """
    if (encoding or "utf-8").lower().startswith("utf"):
        return table
    columns = tuple(replace(each, title=_in_letters(each.title)) for each in table.columns)
    return replace(table, columns=columns, rows=tuple(map(_row_in_letters, table.rows)))


def _row_in_letters(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """A row of cells; what is missing at its end stays so, since nothing stands behind it."""
    cells = [_in_letters(cell) if isinstance(cell, str) else cell for cell in row]
    return (*(_ASCII["—"] if cell is None else cell for cell in cells[:-1]), *cells[-1:])


def _in_letters(text: str) -> str:
    """A text without the program's own signs: they stand alone or beside a number, those of customs
    within words.
    """
    return text if text.isascii() else re.sub(_OWN_SIGN, lambda sign: _ASCII[sign[0]], text)


def plain(tables: Iterable[Table], lang: str) -> str:
    """Tables as aligned text, with a blank line between them."""
    some = (table for table in tables if not table.is_empty)
    return "\n".join("".join(f"{line}\n" for line in _lines(table, lang)) for table in some)


def _lines(table: Table, lang: str) -> Iterator[str]:
    if table.title:
        yield cut(visible(table.title))
    yield from _fact_lines(table.facts)
    if table.rows:
        cells = [[cut(shown(cell, lang)) for cell in row] for row in table.rows]
        yield from _aligned(table, [[column.title for column in table.columns], *cells])
    yield from map(visible, table.notes)


def _fact_lines(facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    label = max((width(name) for name, _ in facts), default=0)
    for name, value in facts:
        yield f"  {name}{' ' * (label - width(name))}  {cut(visible(value))}"


def _aligned(table: Table, cells: Sequence[Sequence[str]]) -> Iterator[str]:
    indent = "  " if table.title else ""
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = map(_padded, row, widths, table.columns)
        yield (indent + "  ".join(padded)).rstrip()


def _padded(cell: str, columns: int, column: Column) -> str:
    space = " " * (columns - width(cell))
    return space + cell if column.right else cell + space


def cut(text: str) -> str:
    """A text, shortened to what a table shows of a cell."""
    return text if len(text) <= _MAX_CELL_CHARS else f"{text[: _MAX_CELL_CHARS - 1]}…"


def json_line(value: Any) -> bytes:
    """One JSON object on a line, in UTF-8, with control characters escaped."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not written.isprintable():
        written = re.sub(_CONTROL, lambda match: f"\\u{ord(match[0]):04x}", written)
    return written.encode(errors="backslashreplace") + b"\n"


def csv_bytes(table: Table, *, bom: bool, cell: Callable[[Cell], object] | None = None) -> bytes:
    """CSV in UTF-8; a file gets the byte order mark that spreadsheets need.

    ``cell`` says how a cell is written, ``field`` if not given.
    """
    import csv

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(column.key for column in table.columns)
    writer.writerows(map(cell or field, row) for row in table.rows)
    written = out.getvalue().encode(errors="backslashreplace")
    return (codecs.BOM_UTF8 if bom else b"") + written


def loses_digits(table: Table) -> bool:
    """Whether a spreadsheet that opens the table as CSV would spoil a number in it.

    It keeps 15 digits of a number, drops leading zeros, and takes ``12E3`` for 12000.
    """
    cells = (cell for row in table.rows for cell in row if isinstance(cell, str))
    return any(re.fullmatch(_SPOILT_NUMBER, cell.strip()) for cell in cells)


def kept(cell: Cell) -> str | int | float:
    """A cell as it stands in CSV for spreadsheets: numbers that these would spoil as ``="0123"``.

    That is a formula whose value is the text; nothing but letters and digits is ever in it.
    """
    number = cell.strip() if isinstance(cell, str) else ""
    return f'="{number}"' if re.fullmatch(_KEPT_NUMBER, number) else field(cell)


def field(cell: Cell) -> str | int | float:
    """A cell as it stands in CSV: times in ISO 8601, durations in seconds.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    if isinstance(cell, str):
        return _harmless(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = cell.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    return "" if cell is None else cell


def _harmless(foreign: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = visible(foreign)
    return f"'{text}" if is_formula(foreign) else text


def is_formula(foreign: str) -> bool:
    """Whether a spreadsheet might take a text for a formula, also after blanks."""
    return visible(foreign).lstrip().startswith(_FORMULA_STARTS)


def readable(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler that replaces what a console cannot show by something similar."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_substitute(c, error.encoding) for c in text), error.end


def _substitute(character: str, encoding: str) -> str:
    for candidate in (_ASCII.get(character), unicodedata.normalize("NFKC", character)):
        if candidate and candidate != character:
            try:
                candidate.encode(encoding)
            except UnicodeEncodeError:
                continue
            return candidate
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def register() -> None:
    """Makes ``errors="readable"`` available to every stream."""
    codecs.register_error("readable", readable)
