"""What every command writes: a page on standard output or into a file, and talk beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from clearance.errors import ClearanceError
from clearance.model import Words
from clearance.render import Page, Table, write
from clearance.render.words import say, worded

_DIGITS: Words = {
    "en": "{file}: for programs; a spreadsheet that opens it keeps 15 digits of a number and no "
    "leading zero: for people write {better} (list, report), or import its columns as text",
    "zh": "{file}：供程序读取；用电子表格直接打开时，数字只保留 15 位且丢失前导零："
    "供人查看请写成 {better}（list、report），或将各列按文本导入",
}
"""What is said of a CSV file with long numbers."""


def show(page: Page, form: str, output: Path | None, lang: str) -> None:
    """Shows a page: in a file, on a terminal with colour, or as plain bytes."""
    if output and str(output) != "-":
        write_atomically(output, lambda file: write(page, form, file, True, lang))
        if form == "csv":
            _warn_of_digits(page, output, lang)
        return
    if form == "table":
        _show_tables(page, lang)
    else:
        write(page, form, sys.stdout.buffer, False, lang)
    sys.stdout.flush()


def _warn_of_digits(page: Page, output: Path, lang: str) -> None:
    """Says that a spreadsheet would spoil the long numbers of a CSV file, and what would not."""
    from clearance.render.text import loses_digits

    if loses_digits(page.flat):
        better = output.with_suffix(".xlsx").name
        warn(worded(_DIGITS, lang, file=output.name, better=better))


def _show_tables(page: Page, lang: str) -> None:
    if page.tables:
        _print(page.tables, lang)
    elif page.empty_message and sys.stderr.isatty():
        warn(say(page.empty_message, lang))


def _print(tables: Sequence[Table], lang: str) -> None:
    plainly = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if sys.stdout.isatty() and not plainly:
        from clearance.render import console

        console.show(tables, lang)
    else:
        from clearance.render.text import plain

        sys.stdout.write(plain(tables, lang))


def warn(line: str) -> None:
    """Writes a line of talk on standard error."""
    from clearance.render.text import visible

    sys.stderr.write(f"{visible(line)}\n")


def write_atomically(
    output: Path, fill: Callable[[BinaryIO], None], option: str = "--output"
) -> None:
    """Writes a whole file, then replaces the old one by it.

    Into a device or a pipe it writes directly. Raises ClearanceError, with the option that named
    the file, if it cannot be written.
    """
    try:
        if output.exists() and not output.is_file() and not output.is_dir():
            with open(output, "wb") as file:
                fill(file)
        else:
            _replace(output, fill)
    except OSError as error:
        raise ClearanceError(f"{option} {output}: cannot be written: {error.strerror}") from error


def _replace(output: Path, fill: Callable[[BinaryIO], None]) -> None:
    beside = output.with_name(f"{output.name}.part")
    try:
        with open(beside, "wb") as file:
            fill(file)
        beside.replace(output)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
