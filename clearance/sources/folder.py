"""Files and folders, such as the InBox of a Single Window client.

Files that are still being written by their name, and those a system leaves about, are passed over:
hidden ones, ``~$…``, ``*.tmp``, ``*.part`` and their like. Everything else is read, whatever its
name; what a file is shows in its content.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clearance.customs.archives import HEAD, MAGIC, MAX_BYTES
from clearance.errors import Unreadable
from clearance.sources import Item, readable_name, zip
from clearance.sources.order import together

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".filepart", ".!ut")
_SYSTEM = {"thumbs.db", "desktop.ini"}
_STORE = ("", "-wal", "-shm", "-journal")
"""Endings of the files that an SQLite store is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """``[sources.NAME] kind = "folder"``: a folder that messages are put in."""

    path: str

    @property
    def place(self) -> Path:
        """The folder."""
        return Path(self.path).expanduser()

    def items(self, cursor: str | None = None) -> Iterator[Item]:  # noqa: ARG002
        """Everything that lies there; what is kept already is read again and changes nothing."""
        return items(self.place)

    def trouble(self) -> str:
        """Why it cannot be listed; nothing if it can be."""
        try:
            with os.scandir(self.place):
                return ""
        except OSError as error:
            return error.strerror or type(error).__name__


def items(path: Path, archive: Path | None = None, store: Path | None = None) -> Iterator[Item]:
    """A file, or every file below a folder, so that what belongs together is read together."""
    own = {store.name + end: store.resolve().parent for end in _STORE} if store else {}
    below = _below(path, archive) if path.is_dir() else iter([(str(path.parent), path.name)])
    for folder, name in below:
        if isinstance(name, OSError):
            why = Unreadable("unopened", f"cannot be listed: {name.strerror}")
            yield Item(readable_name(folder), b"", 0, why)
        elif own.get(name) is None or Path(folder).resolve() != own[name]:
            yield from _read(folder, name, archive)


def _below(folder: Path, archive: Path | None) -> Iterator[tuple[str, str | OSError]]:
    """Folder and name of each file, of a folder before those in it; links are not followed.

    With a folder that cannot be listed comes the reason.
    """
    kept = archive.resolve() if archive else None
    left = [str(folder)]
    while left:
        where = left.pop()
        folders: list[str] = []
        try:
            with os.scandir(where) as found:
                names = together(_files(found, folders))
        except OSError as error:
            yield where, error
            continue
        yield from ((where, name) for name in names)
        wanted = (path for path in folders if not kept or Path(path).resolve() != kept)
        left += sorted(wanted, reverse=True)


def _files(found: Iterator[os.DirEntry[str]], folders: list[str]) -> Iterator[str]:
    """The names of files to read; puts the paths of folders to look into in a list."""
    for entry in found:
        if not _is_folder(entry):
            if not _passed_over(entry.name):
                yield entry.name
        elif not entry.name.startswith(".") and not _elsewhere(entry):
            folders.append(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is one, or a link to one; a link that leads nowhere is told when it is opened."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _elsewhere(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a link to another, by which one could walk in a circle."""
    return entry.is_symlink() or (sys.version_info >= (3, 12) and entry.is_junction())


def _passed_over(name: str) -> bool:
    lower = name.lower()
    return name.startswith((".", "~$")) or lower in _SYSTEM or lower.endswith(_UNFINISHED)


def _read(folder: str, name: str, archive: Path | None) -> Iterator[Item]:
    """One file; what is no file of its own, such as a pipe, is passed over.

    So is one that is gone by now: another run has taken it.
    """
    path, called = os.path.join(folder, name), readable_name(name)  # noqa: PTH118 - half the time of Path
    done = partial(move, Path(path), archive) if archive else None
    try:
        handle = os.open(path, _FLAGS)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return
            wanted = status.st_size + 1 if status.st_size <= MAX_BYTES else HEAD
            data = os.read(handle, wanted)
            while len(data) < wanted - 1 and (more := os.read(handle, wanted - len(data))):
                data += more
        finally:
            os.close(handle)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not Path(path).is_symlink():
            return
        yield Item(called, b"", 0, Unreadable("unopened", f"cannot be opened: {error.strerror}"))
        return
    if data.startswith(MAGIC):
        yield from zip.items(Path(path), called, done)
    else:
        yield Item(called, data, max(status.st_size, len(data)), None, done)


def move(file: Path, archive: Path) -> None:
    """Moves a file into a folder; one of the same name that lies there already stays.

    One that is gone by now was moved by another run.
    """
    archive.mkdir(parents=True, exist_ok=True)
    target, count = archive / file.name, 1
    while target.exists():
        count += 1
        target = archive / f"{file.stem} ({count}){file.suffix}"
    with contextlib.suppress(FileNotFoundError):
        shutil.move(file, target)
