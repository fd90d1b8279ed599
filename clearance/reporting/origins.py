"""Where a message came from: the file, what of it inside an archive, and which bytes.

A store keeps the names that a message came under, not the file around it. Where the file still lies
in a folder that is configured as a source, in one below it, or in the archive that files were moved
to, it is opened to say which bytes of it the message is. A file that was written over since, so
that it does not hold the message any more, is none.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from clearance.customs.archives import members
from clearance.customs.limits import MAGIC, Budget
from clearance.errors import Unreadable
from clearance.model import Message
from clearance.named_tuples import NamedTuple
from clearance.sources import readable_name

_MAX_BYTES = 256 * 1024 * 1024
"""A larger file is not opened."""
_AGAIN = re.compile(r" \(\d+\)(?=(?:\.[^.]*)?$)")
"""What the name of a file gets in an archive where there is one of its name."""


class Origin(NamedTuple):
    """A message's digest, its size in bytes, and the file it came in.

    ``source`` is the configured source that it came to, ``member`` its name inside an archive or
    envelope. ``bytes`` is the half-open range that it takes of the file, or of the member in an
    archive, which has ``among`` bytes; ``path`` is where the file lies now. They are None where the
    file is not at hand. ``encoding`` says how those bytes hold it, if not as they are: ``base64``.
    """

    id: str
    size: int
    file: str
    member: str | None
    bytes: tuple[int, int] | None
    source: str | None = None
    among: int | None = None
    path: str | None = None
    encoding: str | None = None


class _Name(NamedTuple):
    """A name that a message came under, taken apart."""

    source: str | None
    file: str
    member: str


class Origins:
    """Says where messages came from.

    ``folders`` are those in which their files may still lie, ``sources`` the names of sources.
    """

    def __init__(self, folders: Iterable[Path] = (), sources: Collection[str] = ()) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._sources = sources
        self._content = lru_cache(16)(_content)
        self._members = lru_cache(1)(_members)

    def of(self, message: Message) -> Origin:
        """The origin of a message, by the first of its names whose file is at hand."""
        names = [name for received in message.received_as for name in self._names(received.name)]
        for name in names:
            for path in self._paths(name.file):
                if (found := self._found(path, name, message)) is not None:
                    return found
        source, file, member = names[0]
        return Origin(message.id, len(message.data), file, member or None, None, source)

    def _names(self, written: str) -> Iterator[_Name]:
        """What a name may mean: before the file there may be its source."""
        first, _, rest = written.partition("/")
        file, _, member = rest.partition("/")
        if first in self._sources and file:
            yield _Name(first, file, member)
        yield _Name(None, first, rest)
        if first not in self._sources and file:
            yield _Name(first, file, member)

    def _found(self, path: Path, name: _Name, message: Message) -> Origin | None:
        """The origin of a message in a file; None if that does not hold it."""
        data = message.data
        for whole in self._inside(path, name.member):
            for encoding, part in ((None, data), ("base64", base64.b64encode(data))):
                if data and (start := whole.find(part)) >= 0:
                    return Origin(
                        message.id,
                        len(data),
                        name.file,
                        name.member or None,
                        (start, start + len(part)),
                        name.source,
                        len(whole),
                        str(path),
                        encoding,
                    )
        return None

    def _inside(self, path: Path, member: str) -> Iterator[bytes]:
        """The bytes in which a member of a file may be: its own in a zip file, else the file's."""
        whole = self._content(path)
        if whole is None or not whole.startswith(MAGIC):
            yield from [] if whole is None else [whole]
            return
        own = self._members(path)
        while member:
            yield from own.get(member, ())
            member = member.rpartition("/")[0]

    def _paths(self, file: str) -> Iterator[Path]:
        """Where a file of a name lies, in the folders or below them, also where it was moved to."""
        direct = [path for folder in self._folders if (path := folder / file).is_file()]
        yield from direct
        yield from (path for path in self._below.get(file, ()) if path not in direct)

    @cached_property
    def _below(self) -> dict[str, list[Path]]:
        """Every file in the folders by its name, and by what it was called before it was moved."""
        found: dict[str, list[Path]] = {}
        for folder in self._folders:
            for place, folders, names in os.walk(folder):
                folders.sort()
                for name in sorted(names):
                    called = readable_name(name)
                    for known in {called, _AGAIN.sub("", called)}:
                        found.setdefault(known, []).append(Path(place, name))
        return found


def _content(path: Path) -> bytes | None:
    """The bytes of a file; None if it is too large or cannot be read."""
    try:
        return path.read_bytes() if path.stat().st_size <= _MAX_BYTES else None
    except OSError:
        return None


def _members(path: Path) -> dict[str, list[bytes]]:
    """The members of a zip file by their names, those of zip files inside it behind a slash."""
    found: dict[str, list[bytes]] = {}
    whole = _content(path) or b""
    _unzip(whole, "", Budget(min(len(whole), _MAX_BYTES // 50)), found)
    return found


def _unzip(data: bytes, before: str, budget: Budget, found: dict[str, list[bytes]]) -> None:
    """Adds the members of a zip file, as far as it can be read."""
    try:
        for name, content, _ in members(io.BytesIO(data), budget):
            if isinstance(content, bytes):
                found.setdefault(before + name, []).append(content)
                if content.startswith(MAGIC):
                    _unzip(content, f"{before}{name}/", budget, found)
    except Unreadable:
        return
