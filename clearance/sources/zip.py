"""The members of a zip file, one after the other, however large the whole is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from clearance.archives import HEAD, members
from clearance.errors import Unreadable
from clearance.sources import Item


def items(
    file: Path | IO[bytes], name: str, done: Callable[[], None] | None = None
) -> Iterator[Item]:
    """Each member under ``name/member``; a zip file that is damaged as a whole is one refusal."""
    last: Item | None = None
    try:
        for member, inside, size in members(file):
            if last:
                yield last
            why = inside if isinstance(inside, Unreadable) else None
            data = b"" if isinstance(inside, Unreadable) else inside
            last = Item(f"{name}/{member}", data, size, why)
    except Unreadable as why:
        head = _head(file)
        whole = file.stat().st_size if isinstance(file, Path) else len(head)
        last = Item(name, head, whole, why)
    if last:
        yield Item(last.name, last.data, last.size, last.why, done)
    elif done:
        done()


def _head(file: Path | IO[bytes]) -> bytes:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(HEAD)
    file.seek(0)
    return file.read(HEAD)
