"""Moving a file that was read into an archive: that file and no other, and over no other.

A name in the archive is claimed by making an empty file that must not exist yet, and the file that
was read then takes its place in one step; so two runs at once never overwrite each other's. What
lies under the name of a file that was read may be another file by now: that one stays, or is put
back, and the next run reads it. To another device a file is copied and then removed. What cannot be
moved stays where it is, and leaves no copy behind.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from itertools import count
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
    target = _claimed(folder, file.name)
    copied = file.is_symlink() or not _into_claim(target, lambda: _renamed(file, target))
    if copied and _into_claim(target, lambda: _copied(file, target, read)):
        _into_claim(target, lambda: _removed(file, read))
    elif not copied and target.exists() and not _is_same(target.stat(), read):
        _put_back(target, file)


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


def _claimed(folder: Path, name: str) -> Path:
    """A new empty file in a folder, under a name or the next that is free: ``a (2).xml``."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a path may hold a name as it is
    for number in count(1):
        target = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        return target
    raise AssertionError


def _into_claim(target: Path, fill: Callable[[], bool]) -> bool:
    """What ``fill`` says; where it fails the claimed name is free again."""
    try:
        return fill()
    except OSError as error:
        target.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            return True  # moved by another run
        raise


def _renamed(file: Path, target: Path) -> bool:
    """Moves a file in one step; returns False where the target lies on another device."""
    try:
        file.replace(target)
    except OSError as error:
        if error.errno == errno.EXDEV or getattr(error, "winerror", None) == _OTHER_DRIVE:
            return False
        raise
    return True


def _copied(file: Path, target: Path, read: os.stat_result) -> bool:
    """Copies a file with its times; returns False, without a copy, if it is not what was read."""
    with file.open("rb") as source, target.open("wb") as copy:
        same = _is_same(os.fstat(source.fileno()), read)
        if same:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
    if same and _is_untouched(file, read):
        shutil.copystat(file, target)
        return True
    target.unlink()
    return False


def _removed(file: Path, read: os.stat_result) -> bool:
    """Removes a file that was copied; what took its place meanwhile is put back."""
    hidden = _claimed(file.parent, f".{secrets.token_hex(8)}.moved")
    _into_claim(hidden, lambda: _renamed(file, hidden))
    if not hidden.exists() or _is_same(hidden.stat(), read):
        hidden.unlink(missing_ok=True)
    else:
        _put_back(hidden, file)
    return True


def _put_back(taken: Path, file: Path) -> None:
    """Gives a file its name back, or the next that is free: nobody has read it."""
    taken.replace(_claimed(file.parent, file.name))
