"""Results as what people and programs read. All drawing and wording is here; nothing here decides.

A module for each subject (``declarations``, ``alerts``, ``reports`` and so on) makes a ``Page`` of
a result: one JSON object, the tables a person reads, and one flat table for spreadsheets. ``write``
writes a page in a format: ``table``, ``json``, ``jsonl``, ``csv``, ``xlsx`` or ``html``. Phrases
are in ``words``, the sentences of notes in ``notes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from clearance.errors import BadArgument, Phrase
from clearance.model import Deferring, Value

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("table", "json", "jsonl", "csv")
LIST_FORMATS = (*FORMATS, "xlsx")
REPORT_FORMATS = (*LIST_FORMATS, "html")
SPREADSHEET = "spreadsheet"
"""CSV as spreadsheets need it: ``csv`` with ``--spreadsheet``."""

Cell = str | int | float | bool | datetime | timedelta | None


class Column(Value):
    """A column: its key, which is its heading in CSV, and its heading for people.

    ``right``: set right. ``no_wrap``: never broken over lines, however narrow the terminal.
    ``share``: a share, which a workbook shows in per cent. ``spare``: how soon it is left out on a
    narrow terminal, the highest first; never with 0. ``text``: a workbook keeps as text what is
    typed there. ``brief``: before any column is left out on a narrow terminal, its cells are cut
    where this stands in them, such as the blank between a code and its name. ``below``: the text
    of the last column, which stands below the rows of a narrow terminal before any column is left
    out.
    """

    key: str
    title: str
    right: bool = False
    no_wrap: bool = False
    share: bool = False
    spare: int = 0
    text: bool = False
    brief: str = ""
    below: bool = False


class Chart(Value):
    """A chart of a workbook: columns of values over a column of names, by key.

    ``kind`` is ``bar``, ``column`` or ``line``; ``stacked`` puts the values on each other.
    """

    kind: str
    names: str
    values: tuple[str, ...]
    stacked: bool = False


class Table(Value):
    """What a person reads: a title, labelled facts, rows of cells, and notes below.

    ``marks`` are the styles of the rows, by their names in ``render.console``; empty for none.
    ``day`` is the seconds of a day by the clock of its durations. Without columns its rows are
    lines of text, which only a workbook has.
    """

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    chart: Chart | None = None
    day: int = 86400

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to show."""
        return not (self.title or self.facts or self.rows or self.notes)


class Page(Deferring):
    """A result in every form, each made when it is first asked for where it is ``deferred``.

    ``json`` is one object; ``lines`` are the objects of JSON lines; ``tables`` are for people;
    ``flat`` is one table for spreadsheets and programs, its values as in JSON; ``sheets`` makes the
    tables of a workbook if they are more than ``flat``; ``html`` draws a whole page;
    ``beside`` is a second page of HTML by its file's name, which lies beside it where it is a file;
    ``heading`` is told to a person above the tables, ``empty_message`` if there is no table.
    """

    json: dict[str, Any]
    lines: tuple[dict[str, Any], ...]
    tables: tuple[Table, ...]
    flat: Table
    heading: str = ""
    empty_message: str = ""
    sheets: Callable[[], tuple[Table, ...]] | None = None
    html: Callable[[], str] | None = None
    beside: tuple[str, Callable[[], Iterator[str]]] | None = None


def format_of(written: str | None, output: Path | None, formats: tuple[str, ...]) -> str:
    """The format that was chosen, else that of a file's ending, else the first of ``formats``.

    Raises BadArgument for a format that is not among ``formats``.
    """
    ending = output.suffix.lstrip(".").lower() if output else ""
    chosen = written or {"txt": "table", "": formats[0]}.get(ending, ending)
    if chosen not in formats:
        what = "--format" if written else Phrase("the ending of {file}:", file=output)
        raise BadArgument(
            "{what} {chosen} is not written here: choose {choices}",
            what=what,
            chosen=written or (output and output.suffix),
            choices=list(formats),
        )
    return chosen


def write(page: Page, form: str, file: BinaryIO, to_file: bool, lang: str) -> None:
    """Writes a page in a format as bytes, text in UTF-8, ``table`` without colour."""
    file.write(made(page, form, to_file, lang))


def made(page: Page, form: str, to_file: bool, lang: str) -> bytes:
    """A page in a format as bytes; those of CSV ``to_file`` say that they are UTF-8."""
    from clearance.render import text

    writers: dict[str, Callable[[], bytes]] = {
        "table": lambda: text.plain(page.tables, lang).encode(errors="backslashreplace"),
        "json": lambda: text.json_line(page.json),
        "jsonl": lambda: b"".join(text.json_line({"schema": 1, **line}) for line in page.lines),
        "csv": lambda: text.csv_bytes(page.flat, bom=to_file),
        SPREADSHEET: lambda: text.csv_bytes(page.flat, bom=to_file, cell=text.kept),
        "xlsx": lambda: _xlsx(page.sheets() if page.sheets else (page.flat,), lang),
        "html": lambda: encoded(page.html()) if page.html else b"",
    }
    return writers[form]()


def encoded(html: str) -> bytes:
    """HTML as bytes; what is no text of Unicode stands as an escape."""
    return html.encode(errors="backslashreplace")


def _xlsx(sheets: Sequence[Table], lang: str) -> bytes:
    from clearance.render import xlsx

    return xlsx.workbook(sheets, lang)
