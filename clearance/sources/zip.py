"""The members of a zip file, one after the other, however large the whole is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from clearance.customs.archives import HEAD, MAX_BYTES, Budget, length, members
from clearance.errors import Unreadable
from clearance.sources import Item
from clearance.sources.order import together


def items(
    file: Path | IO[bytes], name: str, done: Callable[[], None] | None = None
) -> Iterator[Item]:
    """Each member under ``name/member``; a zip file that is damaged as a whole is one refusal.

    One that is gone by now was taken by another run.
    """
    last: Item | None = None
    try:
        budget = Budget(length(file))
        for member, inside, size in members(file, budget, together):
            if last:
                yield last
            why = inside if isinstance(inside, Unreadable) else None
            data = b"" if isinstance(inside, Unreadable) else inside
            last = Item(f"{name}/{member}", data, size, why, budget=budget)
    except FileNotFoundError:
        return
    except Unreadable as why:
        if isinstance(file, Path) and not file.exists():
            return
        if last:
            yield last
        last = Item(name, _kept(file), length(file), why)
    if last:
        yield last._replace(done=done)
    elif done:
        done()


def _kept(file: Path | IO[bytes]) -> bytes:
    """What is kept of a zip file that is refused as a whole."""
    most = MAX_BYTES if length(file) <= MAX_BYTES else HEAD
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(most)
    return file.read(most)
