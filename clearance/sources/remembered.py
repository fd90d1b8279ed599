"""Which files were read before, so that an old folder costs a listing and nothing more.

What a file looks like is its name, size, time of writing, time of change and inode: of these 64
bits of a digest are kept, in the commit that keeps what was in the file. A file that looks the same
is not opened again. So that nothing is missed:

* Whatever writes to a file changes its time of writing or of change; a file in the place of another
  has another inode, or on Windows, another time of making. A time that was set back looks different
  too.
* A file that was written to so shortly before it was read that a second write might bear the same
  time is not remembered (git calls it *racily clean*): within ``FINE_SECONDS``, or where its times
  are whole seconds, as on shares that round them, ``COARSE_SECONDS``. Nor is one whose time lies
  ahead.
* What is remembered is of one computer and one path, and lies in the store: a store that was put
  back from a backup remembers what it holds.

What is remembered of a folder are a few records: one that is filled, and those that are full. Those
of files and folders that are gone are dropped once they are more than the files that are there.
"""

from __future__ import annotations

import os
import sys
from array import array
from binascii import a2b_base64, b2a_base64
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

from clearance.hashing import blake2b
from clearance.model import Record
from clearance.named_tuples import NamedTuple
from clearance.stores import Store

if TYPE_CHECKING:
    from pathlib import Path

REMEMBERED = "files_read"
"""The kind of record of files that were read."""
FINE_SECONDS = 1.0
"""Age below which a file is not remembered."""
COARSE_SECONDS = 60.0
"""The same where times are whole seconds; the clock of a share may also be behind this one."""
_FULL = 512
"""Files in a record that is full."""
_MOST = 4096
"""Files in a record at most."""
_SPARE = 1000
"""Files that are gone and remembered, beyond those that are there."""
_BITS = 2**64 - 1
_MANY = 100_000
"""Files of a folder from which on memory is spared."""
_WINDOWS = sys.platform == "win32"


class Read(NamedTuple):
    """A file that was read: the folder it lies in, and what it looked like when it was opened.

    ``movable``: an archive would take it. ``messages`` and ``passed`` count what was in it; a later
    version may know what was passed over.
    """

    folder: str
    look: int
    movable: bool = True
    messages: int = 1
    passed: int = 0

    @property
    def is_usual(self) -> bool:
        """Whether it holds what is not counted apart: one message, or none that was passed over."""
        return (self.messages, self.passed) == _usual(self.passed > 0)


def _usual(versioned: bool) -> tuple[int, int]:
    """How many messages are in a file, and how much was passed over, unless it is counted."""
    return (0, 1) if versioned else (1, 0)


def is_racy(state: os.stat_result, now: float) -> bool:
    """Whether a file might be written to once more and look the same; ``now`` is when it was read,
    in seconds since 1970.
    """
    age = now - max(_times(state)) / 1e9
    return age < FINE_SECONDS or (age < COARSE_SECONDS and is_coarse(state))


def is_coarse(state: os.stat_result) -> bool:
    """Whether the times of a file are whole seconds, as on shares that round them."""
    return all(at % 1_000_000_000 == 0 for at in _times(state))


def _times(state: os.stat_result) -> tuple[int, ...]:
    """The times that a write sets, in nanoseconds; on Windows the other is that of making."""
    return (state.st_mtime_ns,) if _WINDOWS else (state.st_mtime_ns, state.st_ctime_ns)


def look(name: str, state: os.stat_result) -> int:
    """What a file looks like, as a number of 64 bits.

    A digest that is made of few steps: a listing makes one for each file.
    """
    inode = 0 if _WINDOWS else state.st_ino  # a listing of Windows does not tell it
    return (
        crc32(name.encode("utf-8", "surrogatepass")) * 0x27D4EB2F165667C5
        + state.st_size * 0x85EBCA77C2B2AE63
        + state.st_mtime_ns * 0x9E3779B97F4A7C15
        + state.st_ctime_ns * 0xC2B2AE3D27D4EB4F
        + inode * 0x165667B19E3779F9
    ) & _BITS


_STAYING = 0x9FB21C651E98DF25
"""What the look of a file is mixed with that an archive would not take."""


class Memory:
    """What a store remembers of folders.

    ``known`` counts the files that were not opened again, ``messages`` and ``passed`` what is in
    them.

    ``version`` is that of the program. With ``moving`` files that an archive takes are opened all
    the same, with ``again`` all.
    """

    def __init__(
        self, store: Store, version: str, *, moving: bool = False, again: bool = False
    ) -> None:
        self.known = self.messages = self.passed = 0
        self._store = store
        self._again = again
        digest = blake2b(version.encode(), digest_size=8).digest()
        self._version = int.from_bytes(digest, "little")
        staying = (_STAYING, _STAYING ^ self._version)
        self._mixed = staying if moving else (0, self._version, *staying)
        self._folders: dict[str, _Folder] = {}
        self._gone: set[str] = set()

    def unread(
        self, folder: str, entries: Iterable[os.DirEntry[str]]
    ) -> Iterator[os.DirEntry[str]]:
        """The entries of a folder's listing that do not look like files that were read."""
        if self._again or not self._folder(folder).missed:
            yield from entries
            return
        there = self._folder(folder)
        missed, mixed, before = there.missed, self._mixed, len(there.missed)
        versioned = {self._version, self._version ^ _STAYING}
        for entry in entries:
            try:
                seen = look(entry.name, entry.stat())
            except OSError:
                yield entry
                continue
            for mix in mixed:
                if seen ^ mix in missed:
                    missed.discard(seen ^ mix)
                    if mix in versioned or there.unusual:
                        self._count_unusual(there, seen ^ mix, versioned=mix in versioned)
                    break
            else:
                yield entry
        there.found = before - len(missed)
        there.listed = True
        self.known += there.found
        self.messages += there.found

    def _count_unusual(self, there: _Folder, seen: int, *, versioned: bool) -> None:
        """Counts what is in a file, beyond the one message that any is taken to hold."""
        messages, passed = there.unusual.get(seen) or _usual(versioned)
        self.messages += messages - 1
        self.passed += passed

    def sample(self, root: Path, size: int) -> list[Path]:
        """Files below a folder that look as they did when they were read, so many by chance."""
        import secrets
        from pathlib import Path

        chosen: list[Path] = []
        count = 0
        for where, _, names in os.walk(root):
            known = set(self._looks(_key(where)))
            for name in names:
                path = Path(where, name)
                if self._looks_known(path, known):
                    count += 1
                    at = len(chosen) if len(chosen) < size else secrets.randbelow(count)
                    if at < size:
                        chosen[at : at + 1] = [path]
        return chosen

    def _looks_known(self, path: Path, known: Collection[int]) -> bool:
        try:
            seen = look(path.name, path.stat())
        except OSError:
            return False
        return any(seen ^ mix in known for mix in self._mixed)

    def listed(self, folder: str, inner: Iterable[str]) -> None:
        """Says which folders there are in a folder; what is remembered of others is forgotten."""
        there = {_key(path) for path in inner}
        self._gone |= self._inside(_key(folder)) - there

    def keep(self, files: Iterable[Read]) -> None:
        """Remembers files; in the transaction that keeps what was in them."""
        looks: dict[str, dict[int, Read]] = {}
        for file in files:
            mix = (0 if file.movable else _STAYING) ^ (self._version if file.passed else 0)
            looks.setdefault(file.folder, {})[file.look ^ mix] = file
        for path, seen in looks.items():
            there = self._folders.setdefault(path, _Folder(set(), {}))
            for one, file in seen.items():
                if not file.is_usual:
                    there.unusual[one] = (file.messages, file.passed)
            self._add(path, {one for one in seen if one not in there.missed})
        self._drop()

    def _add(self, path: str, seen: Set[int]) -> None:
        """Adds looks to the record of a folder that is being filled; when it is full a new one
        begins.
        """
        key = _key(path)
        folder = self._folders[path]
        if folder.is_stale:
            seen = seen | {one for one in self._looks(key) if one not in folder.missed}
            self._forget(key)
            self._folders[path] = _Folder(set(), folder.unusual)
        elif seen:
            filling = next(self._store.records(REMEMBERED, {_filling(key)}), None)
            seen = seen | set(_looks(filling)) if filling else seen
            folder.unusual |= _unusual(filling) if filling else {}
        else:
            return
        full = [] if len(seen) < _FULL else list(_chunks(sorted(seen)))
        rest = () if full else sorted(seen)
        outer = f"in {_key(os.path.dirname(os.path.abspath(path)))}"
        unusual = folder.unusual
        self._store.save_records(
            [
                _record(_filling(key), rest, unusual, key, outer),
                *(_record(None, each, unusual, key) for each in full),
            ]
        )

    def _drop(self) -> None:
        """Forgets folders that are gone, with all that was in them."""
        while self._gone:
            key = self._gone.pop()
            self._gone |= self._inside(key)
            self._forget(key)

    def _forget(self, key: str) -> None:
        ids = {record.id for record in self._store.records(REMEMBERED, {key})}
        self._store.delete_records(REMEMBERED, ids)

    def _inside(self, key: str) -> set[str]:
        """The keys of the folders in a folder of which something is remembered."""
        return {record.keys[0] for record in self._store.records(REMEMBERED, {f"in {key}"})}

    def _folder(self, path: str) -> _Folder:
        if path not in self._folders:
            looks, unusual = array("Q"), dict[int, tuple[int, int]]()
            for record in self._store.records(REMEMBERED, {_key(path)}):
                looks += _looks(record)
                unusual |= _unusual(record)
            missed = set(looks) if len(looks) <= _MANY else Many(looks)
            self._folders[path] = _Folder(missed, unusual)
        return self._folders[path]

    def _looks(self, key: str) -> Iterator[int]:
        for record in self._store.records(REMEMBERED, {key}):
            yield from _looks(record)


class Many:
    """A set of very many numbers, in a tenth of the memory and a little slower."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = array("Q", sorted(numbers))
        self._gone = bytearray(len(self._numbers))
        self._count = len(self._numbers)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        found = place < len(self._numbers) and self._numbers[place] == number
        return found and not self._gone[place]

    def discard(self, number: int) -> None:
        """Takes out a number that is in it."""
        self._gone[bisect_left(self._numbers, number)] = 1
        self._count -= 1


class _Folder:
    """What is remembered of a folder and a listing has not found, and how much it has found.

    ``unusual`` are the counts of the files that do not hold just one message.
    """

    def __init__(self, missed: set[int] | Many, unusual: dict[int, tuple[int, int]]) -> None:
        self.missed = missed
        self.unusual = unusual
        self.found = 0
        self.listed = False

    @property
    def is_stale(self) -> bool:
        """Whether more is remembered of files that are gone than of those that are there."""
        return self.listed and len(self.missed) > self.found + _SPARE


@cache
def _key(folder: str) -> str:
    """The key of a folder: of its path, on this computer."""
    path = os.path.normcase(os.path.abspath(folder))
    said = f"{_computer()}\0{path}".encode(errors="surrogatepass")
    return blake2b(said, digest_size=16).hexdigest()


def _computer() -> str:
    """The name of this computer."""
    if sys.platform == "win32":
        import platform

        return platform.node()
    return os.uname().nodename


def _filling(key: str) -> str:
    return f"{key} filling"


def _record(
    id: str | None, looks: Collection[int], unusual: Mapping[int, tuple[int, int]], *keys: str
) -> Record:
    """A record of looks, with the counts of those that are unusual; one that is full is named after
    them.
    """
    data = array("Q", looks)
    if sys.byteorder == "big":
        data.byteswap()
    named = id or blake2b(data.tobytes(), digest_size=16, key=keys[0].encode()).hexdigest()
    counts = {str(one): unusual[one] for one in looks if one in unusual}
    files = b2a_base64(data.tobytes(), newline=False).decode()
    return Record(REMEMBERED, named, {"files": files, "counts": counts}, keys)


def _unusual(record: Record) -> dict[int, tuple[int, int]]:
    counts = record.document["counts"].items()
    return {int(one): (messages, passed) for one, (messages, passed) in counts}


def _looks(record: Record) -> array[int]:
    data = array("Q")
    data.frombytes(a2b_base64(record.document["files"]))
    if sys.byteorder == "big":
        data.byteswap()
    return data


def _chunks(looks: list[int]) -> Iterator[list[int]]:
    return (looks[start : start + _MOST] for start in range(0, len(looks), _MOST))
