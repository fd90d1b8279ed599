"""Files and folders, such as the InBox of a Single Window client.

Files whose names say that they are still being written, and files that an operating system makes,
are left out: hidden ones, ``~$…``, ``*.tmp``, ``*.part`` and the like. Every other file is read,
whatever its name, and recognised by its content.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, Protocol, Union

from clearance.customs.limits import HEAD, MAGIC, MAX_BYTES
from clearance.errors import BadArgument, Unreadable
from clearance.files import from_home, resolved
from clearance.model import Value
from clearance.sources import LEADS_NOWHERE, Ended, Item, Settings, named, readable_name
from clearance.sources.order import together
from clearance.sources.remembered import is_racy

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.sources.zip import Members

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_TARGET = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
"""Errors of a link whose target is not there, or cannot be."""
_IN_USE = 32
"""The error of Windows for a file that another program is writing."""
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".filepart", ".!ut")
_SYSTEM = {"thumbs.db", "desktop.ini"}
MAX_PIECE_FILES = 1500
"""Limit of files, or of members of a zip file, that are read as one piece."""
MANY_FILES = 6000
"""More files than these are worth a second process."""
_ZIP = ".zip"
"""The ending of the name of a zip file whose members may be read in pieces."""
_ZIPPED_BYTES = 400
"""Bytes that a message takes in a zip file, about."""
_AHEAD = 128
"""Limit of items that are read ahead."""
_AHEAD_BYTES = 1024 * 1024
"""Limit of their bytes."""
_STORE_ENDINGS = ("", "-wal", "-shm", "-journal")
"""Endings of the files that an SQLite store is made of."""


class Source(Settings, kw_only=True):
    """``[sources.NAME] kind = "folder"``: a folder that messages arrive in."""

    path: str

    @property
    def place(self) -> Path:
        """The folder; as it is written where the home directory in it is not known, so that it is
        not found there and other sources are read.
        """
        try:
            return from_home(self.path)
        except BadArgument:
            from pathlib import Path

            return Path(self.path)

    def items(
        self,
        cursor: str | None,  # noqa: ARG002
        archive: Path | None = None,
        store: str | None = None,
    ) -> Iterator[Item]:
        """Every file in it; reading one again changes nothing."""
        return items(self.place, archive, store)

    def trouble(self) -> str:
        """Why it cannot be listed; empty if it can be."""
        try:
            with os.scandir(self.place):
                return ""
        except OSError as error:
            return error.strerror or type(error).__name__


def chosen(root: Path, paths: Iterable[str], archive: Path | None = None) -> Iterator[Item]:
    """Some files below a folder, as ``items`` of the folder gives them."""
    return _ahead(_chosen(root, paths, archive))


def _chosen(root: Path, paths: Iterable[str], archive: Path | None) -> Iterator[Item]:
    names: dict[str, list[str]] = {}
    for path in paths:
        folder, name = os.path.split(path)
        names.setdefault(folder, []).append(name)
    for folder in sorted(names):
        into = _archive_of(root, folder, archive)
        yield from _files_of(folder, together(names[folder]), into)


def items(
    path: str | Path,
    archive: Path | None = None,
    store: str | Path | None = None,
    memory: Unread | None = None,
) -> Iterator[Item]:
    """A file, or every file below a folder, so that what belongs together is read together.

    With ``archive`` each file is moved there, below the same folders, once it is safely kept. The
    files of ``store`` are left out, and below a folder those that are remembered.
    """
    return _ahead(_items(os.fspath(path), archive, store, memory))


class Files(Value):
    """Some files of a folder that are still to be opened, in the order to read them in.

    With ``into`` each is moved there once it is safely kept; ``feed`` is the configured source they
    came to.
    """

    folder: str
    names: list[str]
    into: Path | None = None
    feed: str | None = None

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.names)

    def items(self) -> Iterator[Item]:
        """The items of these files."""
        items = _ahead(_files_of(self.folder, self.names, self.into))
        return (named(item, self.feed) for item in items) if self.feed else items


Piece = Union[Files, "Members"]
"""Some files of a folder, or some members of a zip file."""
Listed = Piece | Ended | Item
"""What is there to read: pieces, the end of a zip file behind its pieces, single items."""


def listed(
    path: str | Path,
    archive: Path | None = None,
    store: str | Path | None = None,
    memory: Unread | None = None,
) -> Iterator[Listed]:
    """The pieces whose items ``items`` gives; an item itself where a folder cannot be listed."""
    root = os.fspath(path)
    for folder, names in _listed(root, archive, store, memory):
        if isinstance(names, OSError):
            yield _unlisted(folder, names)
            continue
        into = _archive_of(root, folder, archive)
        for is_large, some in groupby(names, partial(_is_large_zip, folder)):
            if is_large:
                for name in some:
                    yield from _in_pieces(folder, name, into)
                continue
            while piece := list(islice(some, MAX_PIECE_FILES)):
                yield Files(folder, piece, into)


def _is_large_zip(folder: str, name: str) -> bool:
    """Whether the members of a file are to be read in pieces, if it is a zip file."""
    return (
        name.lower().endswith(_ZIP) and _message_count(os.path.join(folder, name)) > MAX_PIECE_FILES
    )


def _message_count(path: str) -> int:
    """About how many messages are in a file: one, but in a zip file by its size."""
    try:
        return os.stat(path).st_size // _ZIPPED_BYTES if path.lower().endswith(_ZIP) else 1
    except OSError:
        return 1


def _in_pieces(folder: str, name: str, into: Path | None) -> Iterator[Listed]:
    """The pieces of a zip file and its end; the file itself if it is to be read as a whole."""
    from clearance.sources import zip

    whole = _whole(_place(folder), name, into)
    is_zip = whole is not None and whole.data.startswith(MAGIC)
    pieces = list(zip.pieces(whole, MAX_PIECE_FILES)) if whole and is_zip else ()
    yield from pieces or (Files(folder, [name], into),)


def holds_more(paths: Iterable[str | Path], count: int) -> bool:
    """Whether there are more than so many files, in folders and below; a large zip file counts as
    the messages that it may hold.
    """
    waiting = [os.fspath(path) for path in paths]
    while waiting and count >= 0:
        path = waiting.pop()
        if not os.path.isdir(path):
            count -= _message_count(path)
            continue
        with suppress(OSError), os.scandir(path) as entries:
            folders: list[str] = []
            for entry in _files(entries, folders):
                count -= _message_count(entry.path)
                if count < 0:
                    break
            waiting += folders
    return count < 0


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, read in batches.

    Reading each file between all the other work takes the processor a third longer.
    """
    batch, size = [], 0
    for item in items:
        batch.append(item)
        size += len(item.data)
        if len(batch) >= _AHEAD or size >= _AHEAD_BYTES:
            yield from batch
            batch, size = [], 0
    yield from batch


def _items(
    path: str, archive: Path | None, store: str | Path | None, memory: Unread | None
) -> Iterator[Item]:
    """The same, each file read when it is asked for."""
    for folder, names in _listed(path, archive, store, memory):
        if isinstance(names, OSError):
            yield _unlisted(folder, names)
        else:
            yield from _files_of(folder, names, _archive_of(path, folder, archive))


def _listed(
    path: str, archive: Path | None, store: str | Path | None, memory: Unread | None
) -> Iterator[tuple[str, Iterator[str] | OSError]]:
    """Each folder with the names of its files, without those of a store."""
    skipped = dict.fromkeys(_names_of(store), _home_of(store)) if store else {}
    for folder, names in (
        _below(path, archive, memory or _Oblivion()) if os.path.isdir(path) else _alone(path)
    ):
        yield folder, names if isinstance(names, OSError) else _without(names, folder, skipped)


def _alone(path: str) -> Iterator[tuple[str, Iterator[str]]]:
    """The folder of a file with its name."""
    folder, name = os.path.split(path)
    yield folder or os.curdir, iter([name])


def _names_of(store: str | Path) -> list[str]:
    """The names of the files that a store is made of."""
    return [os.path.basename(store) + end for end in _STORE_ENDINGS]


def _home_of(store: str | Path) -> str:
    """The folder that the file of a store lies in."""
    return os.path.dirname(_resolved(store))


def _resolved(path: str | Path) -> str:
    """The path of what something is, behind links, in one way of writing."""
    return os.path.normcase(os.path.realpath(path))


def _without(names: Iterator[str], folder: str, skipped: Mapping[str, str]) -> Iterator[str]:
    """Names without those that are left out in a folder."""
    return (name for name in names if name not in skipped or _resolved(folder) != skipped[name])


def _unlisted(folder: str, error: OSError) -> Item:
    """A folder that cannot be listed."""
    why = Unreadable("unopened", "cannot be listed: {why}", why=error)
    return Item(readable_name(folder), b"", 0, why, place=_place(folder))


def _archive_of(read: str | Path, folder: str | Path, archive: Path | None) -> Path | None:
    """The folder in an archive for the files of a folder, at the same place as below ``read``."""
    if archive is None:
        return None
    return archive / os.path.relpath(folder, read) if os.path.isdir(read) else archive


class Unread(Protocol):
    """What tells which files of a folder are to be read."""

    def unread(
        self, folder: str, entries: Iterable[os.DirEntry[str]]
    ) -> Iterable[os.DirEntry[str]]:
        """Those entries of a folder that are to be read."""

    def listed(self, folder: str, inner: Iterable[str]) -> None:
        """Says which folders there are in a folder that was listed whole."""


class _Oblivion:
    """A memory of nothing."""

    def unread(
        self,
        folder: str,  # noqa: ARG002
        entries: Iterable[os.DirEntry[str]],
    ) -> Iterable[os.DirEntry[str]]:
        """All that there are."""
        return entries

    def listed(self, folder: str, inner: Iterable[str]) -> None:
        """Nothing is to be forgotten."""


def _below(
    folder: str, archive: Path | None, memory: Unread
) -> Iterator[tuple[str, Iterator[str] | OSError]]:
    """Each folder with the names of its files, before the folders in it; links are not followed.

    One that cannot be listed comes with the error instead of names.
    """
    skipped = _resolved(archive) if archive else None
    waiting = [folder]
    while waiting:
        where = waiting.pop()
        folders: list[str] = []
        try:
            with os.scandir(where) as entries:
                unread = memory.unread(where, _files(entries, folders))
                names = together(entry.name for entry in unread if not is_unfinished(entry.name))
            memory.listed(where, folders)
        except FileNotFoundError:
            continue  # somebody has removed it meanwhile
        except OSError as error:
            yield where, error
            continue
        yield where, names
        inner = (path for path in folders if not skipped or _resolved(path) != skipped)
        waiting += sorted(inner, reverse=True)


def _files(entries: Iterator[os.DirEntry[str]], folders: list[str]) -> Iterator[os.DirEntry[str]]:
    """The files to read; adds the paths of folders to look into to a list."""
    for entry in entries:
        if not _is_folder(entry):
            yield entry
        elif not entry.name.startswith(".") and not _is_link(entry):
            folders.append(entry.path)


def is_left_out(path: str, root: Path, archive: Path | None, store: str | Path | None) -> bool:
    """Whether a path below a folder is none that ``items`` of the folder would give, or look into,
    whatever lies there.
    """
    from pathlib import Path

    place = Path(path)
    if store and place.name in _names_of(store):
        return _resolved(place.parent) == _home_of(store)
    inner = place.relative_to(root).parts if place.is_relative_to(root) else ()
    hidden = any(part.startswith(".") for part in inner[:-1])
    archived = archive is not None and place.is_relative_to(resolved(archive))
    return not inner or hidden or archived or is_unfinished(inner[-1])


def is_regular(state: os.stat_result) -> bool:
    """Whether it is that of a file, no folder, pipe or device."""
    return stat.S_ISREG(state.st_mode)


def can_be_opened(path: str) -> bool:
    """Whether a file can be opened, or a folder listed."""
    try:
        if os.path.isdir(path):
            os.scandir(path).close()
        else:
            os.close(os.open(path, _FLAGS))
    except OSError:
        return False
    return True


def state_of(entry: os.DirEntry[str]) -> os.stat_result | None:
    """The state of a file that a listing names, else of the link to it; None if it is gone."""
    for follow in (True, False):
        try:
            return entry.stat(follow_symlinks=follow)
        except OSError:
            continue
    return None


def state_at(path: str) -> os.stat_result | None:
    """The state of what a path names, as ``state_of`` tells it."""
    for look in (os.stat, os.lstat):
        with suppress(OSError):
            return look(path)
    return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; a broken link is no folder, and fails to open."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a link to another; following it might lead round in a circle."""
    return entry.is_symlink() or (sys.version_info >= (3, 12) and entry.is_junction())


def is_unfinished(name: str) -> bool:
    """Whether a name says that the file is still being written, or is the operating system's."""
    lower = name.lower()
    return name.startswith((".", "~$")) or lower in _SYSTEM or lower.endswith(_UNFINISHED)


def _files_of(folder: str, names: Iterable[str], into: Path | None) -> Iterator[Item]:
    """The items of some files of a folder."""
    place = _place(folder)
    for name in names:
        yield from _file(place, name, into)


def _file(folder: str, name: str, into: Path | None) -> Iterable[Item]:
    """The items of one file."""
    item = _whole(folder, name, into)
    if item is None:
        return ()
    return _members(item) if item.data.startswith(MAGIC) else (item,)


def _whole(folder: str, name: str, into: Path | None) -> Item | None:
    """A file as an item; None for a pipe, a device, or a file that another run has taken."""
    path, called = os.path.join(folder, name), readable_name(name)
    try:
        content = _read(path)
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError) and not os.path.islink(path)
        return None if is_gone else _unopened(path, called, error)
    if content is None:
        return None
    data, state = content
    return Item(
        called,
        data,
        max(state.st_size, len(data)),
        done=_moving(path, into, state) if into else None,
        place=path,
        modified=state.st_mtime,
        state=state,
        racy=is_racy(state, time.time()),
    )


def _moving(path: str, into: Path, read: os.stat_result) -> Callable[[], None]:
    """What moves a file into an archive."""
    from pathlib import Path

    from clearance.sources import archive

    return partial(archive.move, Path(path), into, read)


def _members(whole: Item) -> Iterator[Item]:
    """The members of a zip file."""
    from pathlib import Path

    from clearance.sources import zip

    assert whole.place is not None
    return zip.items(Path(whole.place), whole)


def _unopened(path: str, called: str, error: OSError) -> Item:
    """A file or link that cannot be opened; one that another program has in use may be soon."""
    why = Unreadable("unopened", "cannot be opened: {why}", why=error)
    if error.errno in _NO_TARGET and os.path.islink(path):
        why = Unreadable("unopened", LEADS_NOWHERE)
    in_use = getattr(error, "winerror", None) == _IN_USE
    modified = time.time() if in_use else None
    return Item(called, b"", 0, why, place=path, modified=modified)


def _place(path: str) -> str:
    """The whole path of something, in one way of writing."""
    return os.path.abspath(path)


def _read(path: str) -> tuple[bytes, os.stat_result] | None:
    """A file's bytes, of a large one only the beginning, and its state before they were read.

    None for a pipe or a device.
    """
    handle = os.open(path, _FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None
        wanted = status.st_size + 1 if status.st_size <= MAX_BYTES else HEAD
        data = os.read(handle, wanted)
        while len(data) < wanted - 1 and (more := os.read(handle, wanted - len(data))):
            data += more
    finally:
        os.close(handle)
    return data, status
