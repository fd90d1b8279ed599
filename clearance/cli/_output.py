"""What every command writes: a page on standard output or into a file, and talk beside it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from clearance import files
from clearance.errors import BadArgument, ClearanceError, Phrase
from clearance.model import Words
from clearance.render import Page, Table, encoded, made
from clearance.render.words import say, worded

_DIGITS: Words = {
    "en": "{file}: for programs; a spreadsheet that opens it keeps 15 digits of a number and no "
    "leading zero: for people add --spreadsheet or write {better} (list, report), or import its "
    "columns as text",
    "zh": "{file}：供程序读取；用电子表格直接打开时，数字只保留 15 位且丢失前导零："
    "供人查看请加 --spreadsheet 或写成 {better}（list、report），或将各列按文本导入",
}
"""What is said of a CSV file with long numbers."""

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.cli._run import Run
    from clearance.sources import Visit
    from clearance.timelines.query import Found, Unknown


BY_UMASK = 0o666
"""Mode of a new file that everybody may read whom the user's umask lets."""


def show(page: Page, form: str, output: Path | None, lang: str) -> None:
    """Shows a page: in a file, on a terminal with colour, or as plain bytes.

    What fails while it is made is no error of writing. The lists beside a page, which may be long,
    are made as they are written.
    """
    if output and str(output) != "-":
        refuse_folder(output, "--output")
        data = made(page, form, True, lang)
        write_atomically(output, lambda file: fill(data, file))
        if form == "html" and page.beside:
            name, pieces = page.beside
            write_atomically(
                output.with_name(name), lambda file: file.writelines(map(encoded, pieces()))
            )
        if form == "csv":
            _warn_of_digits(page, output, lang)
    elif form == "table":
        _ = page.tables  # it is made before anything is written
        with telling():
            _show_tables(page, lang)
            sys.stdout.flush()
    else:
        data = made(page, form, False, lang)
        with telling():
            fill(data, sys.stdout.buffer)
            sys.stdout.flush()


@contextmanager
def telling() -> Iterator[None]:
    """Raises ClearanceError where standard output is full, or closed, and writes no more to it.

    That whoever reads it has enough, as ``| head``, is no error.
    """
    try:
        yield
    except BrokenPipeError:
        sys.stdout = _Unread(io.BytesIO(), "utf-8")
    except OSError as error:
        abandon("stdout")
        raise ClearanceError("standard output cannot be written: {why}", why=error) from error


class _Unread(io.TextIOWrapper):
    """What stands in the place of standard output once nobody reads it any more."""


def is_read() -> bool:
    """Whether anybody reads standard output, as far as a command that writes to it has seen."""
    return not isinstance(sys.stdout, _Unread)


def abandon(name: str) -> None:
    """Lets go of what a stream does not take, ``stdout`` or ``stderr``: it would fail again later,
    when the interpreter ends.
    """
    try:
        getattr(sys, name).flush()
    except (OSError, ValueError):
        setattr(sys, name, io.TextIOWrapper(io.BytesIO(), "utf-8"))


def _warn_of_digits(page: Page, output: Path, lang: str) -> None:
    """Says that a spreadsheet would spoil the long numbers of a CSV file, and what would not."""
    from clearance.render.text import loses_digits

    if loses_digits(page.flat):
        better = output.with_suffix(".xlsx").name
        warn(worded(_DIGITS, lang, file=output.name, better=better))


def _show_tables(page: Page, lang: str) -> None:
    """Shows tables; at a terminal also what stands above them, or that there are none."""
    talk = page.heading if page.tables else say(page.empty_message, lang)
    if talk and sys.stderr.isatty():
        warn(talk)
    if page.tables:
        _print(page.tables, lang)


def _print(tables: Iterable[Table], lang: str) -> None:
    from clearance.render.text import on_console, plain

    tables = [on_console(table, sys.stdout.encoding) for table in tables]
    if sys.stdout.isatty():
        from clearance.render import console

        plainly = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        console.show(tables, lang, colour=not plainly)
    else:
        sys.stdout.write(plain(tables, lang))


def warn(line: str) -> None:
    """Writes a line of talk on standard error, if that can be written."""
    from clearance.render.text import visible

    try:
        sys.stderr.write(f"{visible(line)}\n")
    except OSError:
        abandon("stderr")


def given(numbers: Sequence[str]) -> list[str]:
    """The numbers of a command line; ``-`` stands for those on standard input."""
    written = [one for number in numbers for one in (_piped() if number == "-" else [number])]
    if not any(one.strip() for one in written):
        raise BadArgument("nothing to look up: give a number")
    return written


def _piped() -> list[str]:
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace").splitlines()


def failed(run: Run, visits: Mapping[str, Visit]) -> int:
    """Tells why each source that failed could not be read; the exit code, 0 if none did.

    3, and 4 where one does not take its secret.
    """
    failures = {name: visit.failure for name, visit in visits.items() if visit.failure}
    for name, failure in failures.items():
        run.tell(Phrase("sources.{name}: {why}", name=name, why=failure))
    if any(failure.unauthorised for failure in failures.values()):
        return 4
    return 3 if failures else 0


def missing(run: Run, found: Found) -> int:
    """Tells of each unknown number what is close to it; the exit code.

    Raises NotFound where no number is known at all.
    """
    return told(run, found.unknown, (), shown=bool(found.declarations or found.plans))


def told(run: Run, unknown: Sequence[Unknown], unbilled: Sequence[str], *, shown: bool) -> int:
    """Tells of unknown numbers, and of those without a bill of lading; the exit code.

    Raises NotFound where nothing is ``shown`` beside them.
    """
    if not unknown and not unbilled:
        return 0
    from clearance.render import lookups, phrases

    error = lookups.not_found(unknown, unbilled)
    if not shown:
        raise error
    dated = run.dated(error)
    for each in (dated, *dated.others):
        warn(f"clearance: {phrases.worded(each, run.lang)}")
    return dated.exit_code


def write_atomically(
    output: Path,
    fill: Callable[[BinaryIO], None],
    option: str = "--output",
    mode: int = BY_UMASK,
) -> None:
    """Writes a whole file, then replaces the old one by it; behind a link, what it points to.

    ``mode`` is that of a new file, less what the user's umask takes away.
    Into a device or a pipe it writes directly. Raises BadArgument, with the option that named the
    file, for a folder and for a store, and ClearanceError if it cannot be written.
    """
    from pathlib import Path

    refuse_folder(output, option)
    try:
        _refuse_store(output, option)
        if output.exists() and not output.is_file():
            with open(output, "wb") as file:
                fill(file)
        else:
            _replace(Path(os.path.realpath(output)), fill, mode)
    except OSError as error:
        raise ClearanceError(
            "{option} {output}: cannot be written: {why}",
            option=option,
            output=output,
            why=error,
        ) from error


def fill(data: bytes, file: BinaryIO) -> None:
    """Writes bytes into a file."""
    file.write(data)


def refuse_folder(output: Path, option: str) -> None:
    """Raises BadArgument where a file is to be written and there is a folder."""
    if output.is_dir():
        raise BadArgument(
            "{option} {output}: is a folder; give a file", option=option, output=output
        )


def _refuse_store(output: Path, option: str) -> None:
    """Raises BadArgument where a file is a database: all in it would be lost."""
    if not output.is_file():
        return
    with open(output, "rb") as file:
        beginning = file.read(len(_DATABASE))
    if beginning == _DATABASE or output.name.endswith(_BESIDE_STORE):
        raise BadArgument(
            "{option} {output}: is a store, and all in it would be lost; give another file",
            option=option,
            output=output,
        )


_DATABASE = b"SQLite format 3\0"
"""What the file of a store begins with."""
_BESIDE_STORE = ("-wal", "-shm")
"""Endings of the files that belong to one while it is open."""


def _replace(output: Path, fill: Callable[[BinaryIO], None], mode: int) -> None:
    """Writes a file beside another, under a name that nobody has, and puts it in its place."""
    beside = output.with_name(f".{output.name[:_MAX_NAME_CHARS]}.{os.urandom(8).hex()}.part")
    old = output.stat() if output.exists() else None
    made = files.create(beside, files.OWNER_ONLY if old else mode)
    try:
        with open(made, "wb") as file:
            if old:
                files.keep_access(beside, old)
            fill(file)
        beside.replace(output)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


_MAX_NAME_CHARS = 60
"""Characters of a file's name that its temporary name begins with."""
