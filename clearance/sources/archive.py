"""Moving a file that was read into an archive: that file and no other, and over no other.

A name in the archive is claimed by making an empty file that must not exist yet, and the file that
was read then takes its place in one step; so two runs at once never overwrite each other's. What
lies under the name of a file that was read may be another file by now: that one stays, or is put
back, and the next run reads it. To another device a file is copied and then removed. What cannot be
moved stays where it is, and leaves no copy behind.
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

_OTHER_DRIVE = 17
"""The error of Windows for a move to another drive."""


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
    target = _claimed(folder, file.name)
    try:
        file.replace(target)
    except OSError as error:
        target.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            return True  # moved by another run
        if error.errno == errno.EXDEV or getattr(error, "winerror", None) == _OTHER_DRIVE:
            return False
        with suppress(OSError):
            _copy_once(file, folder, read)
        raise
    if not _is_same(target.stat(), read):
        _put_back(target, file)
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


def _names(folder: Path, name: str) -> Iterator[Path]:
    """Where a file of a name may lie in a folder: under it, or as ``a (2).xml`` and so on."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a path may hold a name as it is
    yield folder / name
    yield from (folder / f"{stem} ({number}){ending}" for number in count(2))


def _claimed(folder: Path, name: str) -> Path:
    """A new empty file in a folder, under a name or the next that is free."""
    for target in _names(folder, name):
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        return target
    raise AssertionError


def _copy_once(file: Path, folder: Path, read: os.stat_result) -> None:
    """Copies a file that was read, with its times, unless a copy of it lies there."""
    for there in takewhile(Path.exists, _names(folder, file.name)):
        if there.is_file() and filecmp.cmp(file, there, shallow=False):
            return
    target = _claimed(folder, file.name)
    try:
        _copy(file, target, read)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _copy(file: Path, target: Path, read: os.stat_result) -> None:
    """Copies a file if it is still what was read; else removes the target."""
    with file.open("rb") as source, target.open("wb") as copy:
        same = _is_same(os.fstat(source.fileno()), read)
        if same:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
    if same and _is_untouched(file, read):
        shutil.copystat(file, target)
    else:
        target.unlink()


def _remove(file: Path, read: os.stat_result) -> None:
    """Removes a file that was copied; what took its place meanwhile is put back."""
    hidden = _claimed(file.parent, f".{secrets.token_hex(8)}.moved")
    try:
        file.replace(hidden)
    except OSError as error:
        hidden.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            return
        raise
    if not hidden.exists() or _is_same(hidden.stat(), read):
        hidden.unlink()
    else:
        _put_back(hidden, file)


def _put_back(taken: Path, file: Path) -> None:
    """Gives a file its name back, or the next that is free: nobody has read it."""
    taken.replace(_claimed(file.parent, file.name))
