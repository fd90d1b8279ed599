"""Moving a file that was read into an archive: that file and no other, and over no other.

A file is moved in one step that replaces nothing; so two runs at once never overwrite each other's,
and one that is killed leaves the file here or there. What lies under the name of a file that was
read may be another file by now: that one stays, or is put back, and the next run reads it. To
another device a file is copied, under a hidden name until it is whole, and then removed. What may
not be moved stays where it is, and one copy of it is made.
"""

from __future__ import annotations

import errno
import filecmp
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path

from clearance import files

_OTHER_DRIVE = 17
"""The error of Windows for a move to another drive."""

_MAX_NAME_BYTES = 255
"""Bytes of the name of a file at most, on most file systems."""


def move(file: Path, folder: Path, read: os.stat_result) -> None:
    """Moves a file into a folder, under another name if there is one of its name.

    ``read`` is the state of the file when it was read. One that is gone was moved by another run.
    Raises OSError where it cannot be moved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_untouched(file, read):
        return
    if file.is_symlink() or not _moved(file, folder, read):
        _copy_once(file, folder, read)
        _remove(file, read)


def _moved(file: Path, folder: Path, read: os.stat_result) -> bool:
    """Moves a file in one step; returns False where the folder lies on another device.

    One that may not be moved is copied once, and raises OSError.
    """
    try:
        target = _renamed(file, folder / file.name)
    except FileNotFoundError:
        return True  # moved by another run
    except OSError as error:
        if error.errno == errno.EXDEV or getattr(error, "winerror", None) == _OTHER_DRIVE:
            return False
        with suppress(OSError):
            _copy_once(file, folder, read)
        raise
    if not _is_same(target.stat(), read):
        _renamed(target, file)  # nobody has read it
    return True


def _is_untouched(file: Path, read: os.stat_result) -> bool:
    """Whether the file that was read still lies there, and was not written to."""
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    return _is_same(now, read) and now.st_ctime_ns == read.st_ctime_ns


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return os.path.samestat(one, other) and _version(one) == _version(other)


def _version(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _names(wanted: Path) -> Iterator[Path]:
    """A name and those that are taken in its place: ``a (2).xml`` and so on, cut if too long."""
    stem, ending = os.path.splitext(wanted.name)  # noqa: PTH122 - a path may hold a name as it is
    yield wanted
    for number in count(2):
        last = f" ({number}){ending}"
        room = _MAX_NAME_BYTES - len(os.fsencode(last))
        yield wanted.with_name(os.fsdecode(_cut(os.fsencode(stem), room)) + last)


def _cut(name: bytes, room: int) -> bytes:
    """As much of a name as there is room for, without a part of a character."""
    if len(name) <= room:
        return name
    return os.fsencode(name[:room].decode("utf-8", "ignore"))


def _renamed(file: Path, wanted: Path) -> Path:
    """Gives a file the wanted name, or the next that is free; returns it."""
    for target in _names(wanted):
        with suppress(FileExistsError):
            files.rename(file, target)
            return target
    raise AssertionError


def _copy_once(file: Path, folder: Path, read: os.stat_result) -> None:
    """Copies a file that was read, with its times, unless a copy of it lies there."""
    wanted = folder / file.name
    for there in takewhile(Path.exists, _names(wanted)):
        if there.is_file() and filecmp.cmp(file, there, shallow=False):
            return
    part = _hidden(folder, "part")
    try:
        if _copied(file, part, read):
            _renamed(part, wanted)
    finally:
        part.unlink(missing_ok=True)


def _copied(file: Path, part: Path, read: os.stat_result) -> bool:
    """Copies a file if it is what was read, also when it has been copied; returns whether it is."""
    with file.open("rb") as source, open(files.create(part, files.OWNER_ONLY), "wb") as copy:
        if not _is_same(os.fstat(source.fileno()), read):
            return False
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    shutil.copystat(file, part)
    return _is_untouched(file, read)


def _remove(file: Path, read: os.stat_result) -> None:
    """Removes a file that was copied; what took its place meanwhile is put back."""
    hidden = _hidden(file.parent, "moved")
    try:
        files.rename(file, hidden)
    except FileNotFoundError:
        return  # by another run
    if _is_same(hidden.stat(), read):
        hidden.unlink()
    else:
        _renamed(hidden, file)  # nobody has read it


def _hidden(folder: Path, ending: str) -> Path:
    """A name that no reading of the folder looks at, and that nobody else has."""
    return folder / f".{secrets.token_hex(8)}.{ending}"
