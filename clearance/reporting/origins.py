"""Where a message came from: the file, what of it inside an archive, and which bytes.

A store keeps the names that a message came under, not the file around it. Where a message was only
a part of a file, and the file still lies in a folder that is configured as a source, or in its
archive, it is opened to say which bytes of it the message is.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from clearance.model import Message

_MAX_BYTES = 256 * 1024 * 1024
"""A larger file is not opened."""


class Origin(NamedTuple):
    """A message's digest, its size in bytes, and the file it came in.

    ``member`` is its name inside an archive or envelope, ``bytes`` the half-open range that it
    takes of the file, or of the member; None where it is all of it, or the file is not at hand.
    """

    id: str
    size: int
    file: str
    member: str | None
    bytes: tuple[int, int] | None


class Origins:
    """Says where messages came from; ``folders`` are those in which their files may still lie."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._content = lru_cache(4)(self._read)

    def of(self, message: Message) -> Origin:
        """The origin of a message, by the first of its names."""
        file, _, member = message.received_as[0].name.partition("/")
        place = self._place(file, member, message.data) if member else None
        return Origin(message.id, len(message.data), file, member or None, place)

    def _place(self, file: str, member: str, part: bytes) -> tuple[int, int] | None:
        """Which bytes of a file, or of a member of it, a message is."""
        for inner in dict.fromkeys((member, member.rpartition("/")[0])):
            whole = self._content(file, inner)
            if whole is not None and part != whole and (start := whole.find(part)) >= 0:
                return start, start + len(part)
        return None

    def _read(self, file: str, member: str) -> bytes | None:
        """The bytes of a file, or of its member if it is an archive; None if it is not at hand."""
        path = next((p for folder in self._folders if (p := folder / file).is_file()), None)
        if path is None or path.stat().st_size > _MAX_BYTES:
            return None
        try:
            if not zipfile.is_zipfile(path):
                return None if member else path.read_bytes()
            with zipfile.ZipFile(path) as archive:
                return archive.read(member) if member else None
        except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return None
