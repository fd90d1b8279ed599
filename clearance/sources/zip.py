"""The members of a zip file, one after the other, however large the whole is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from clearance.customs.archives import length, members
from clearance.customs.limits import HEAD, MAX_BYTES, Budget
from clearance.errors import Unreadable
from clearance.sources import Item
from clearance.sources.order import together


def items(file: Path | IO[bytes], whole: Item) -> Iterator[Item]:
    """Each member under ``name/member``; a zip file that is damaged as a whole is one refusal.

    ``whole`` is the item of the file itself; the last item confirms it. A file that another run has
    taken meanwhile gives nothing.
    """
    last: Item | None = None
    for item in _members(file, whole.name):
        if last:
            yield last
        last = item._replace(
            place=whole.place,
            modified=whole.modified,
            last=False,
            state=whole.state,
            racy=whole.racy,
        )
    if last:
        yield last._replace(done=whole.done, last=True)


def _members(file: Path | IO[bytes], name: str) -> Iterator[Item]:
    try:
        budget = Budget(length(file))
        for member, content, size in members(file, budget, together):
            why = content if isinstance(content, Unreadable) else None
            data = b"" if isinstance(content, Unreadable) else content
            yield Item(f"{name}/{member}" if member else name, data, size, why, budget=budget)
    except FileNotFoundError:
        return
    except Unreadable as why:
        if _exists(file):
            yield Item(name, _kept(file), length(file), why)


def _exists(file: Path | IO[bytes]) -> bool:
    return not isinstance(file, Path) or file.exists()


def _kept(file: Path | IO[bytes]) -> bytes:
    """The bytes that are kept of a zip file that is refused as a whole."""
    most = MAX_BYTES if length(file) <= MAX_BYTES else HEAD
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(most)
    return file.read(most)
