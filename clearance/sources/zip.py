"""The members of a zip file, one after the other, however large the whole is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from clearance.customs import archives
from clearance.customs.archives import Member, length
from clearance.customs.limits import HEAD, MAX_BYTES, Budget
from clearance.errors import Unreadable
from clearance.model import Value
from clearance.sources import Ended, Item, named
from clearance.sources.order import together


def items(file: Path | IO[bytes], whole: Item) -> Iterator[Item]:
    """Each member under ``name/member``; a zip file that is damaged as a whole is one refusal.

    ``whole`` is the item of the file itself; the last item confirms it. A file that another run has
    taken meanwhile gives nothing.
    """
    last: Item | None = None
    for item in _members(file, whole):
        if last:
            yield last
        last = item
    if last:
        yield last._replace(done=whole.done, last=True)


class Members(Value):
    """Some members of a zip file that are still to be unpacked, in the order to read them in.

    ``whole`` is the item of the file itself, without its bytes; ``feed`` is the configured source
    that it came to.
    """

    whole: Item
    members: Sequence[Member]
    feed: str | None = None

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.members)

    def items(self) -> Iterator[Item]:
        """The items of these members, the last as one that others may follow.

        They may unpack to as many times their size as a whole file may.
        """
        items = self._items()
        return (named(item, self.feed) for item in items) if self.feed else items

    def _items(self) -> Iterator[Item]:
        """The same; a file that is away is tried again later, also where somebody has removed it:
        nobody knows whether all of it was read.
        """
        assert self.whole.place is not None
        budget = Budget(sum(member.packed for member in self.members))
        try:
            with open(self.whole.place, "rb") as file:
                try:
                    self._check_same(file)
                    some = archives.unpacked(file, self.members, budget)
                    yield from _items_of(self.whole, some, budget)
                except Unreadable as why:
                    yield _part_of(self.whole, self.whole.name, _kept(file), length(file), why)
        except OSError as error:
            unopened = Unreadable("unopened", "cannot be opened: {why}", why=error)
            is_away = isinstance(error, FileNotFoundError)
            item = _part_of(self.whole, self.whole.name, b"", 0, unopened)
            yield item._replace(modified=time.time() if is_away else self.whole.modified)

    def _check_same(self, file: IO[bytes]) -> None:
        """Raises Unreadable if the file is no more what its members were listed of."""
        now, then = os.fstat(file.fileno()), self.whole.state
        if then and (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns):
            raise Unreadable("truncated", "the zip file was written to while it was read")


def pieces(whole: Item, most: int) -> Iterator[Members | Ended]:
    """A zip file in pieces of so many members at most, and its end.

    Nothing where it has too few members for that, or is to be read as a whole because something is
    wrong with it.
    """
    assert whole.place is not None
    try:
        with open(whole.place, "rb") as file:
            listed = archives.listed(file, together)
    except (OSError, Unreadable):
        return
    if listed.has_unlisted or len(listed.members) <= most:
        return
    members = iter(listed.members)
    while some := list(islice(members, most)):
        yield Members(whole._replace(data=b"", done=None), some)
    yield Ended(whole._replace(data=b""))


def _members(file: Path | IO[bytes], whole: Item) -> Iterator[Item]:
    try:
        budget = Budget(length(file))
        yield from _items_of(whole, archives.members(file, budget, together), budget)
    except FileNotFoundError:
        return
    except Unreadable as why:
        if _exists(file):
            yield _part_of(whole, whole.name, _kept(file), length(file), why)


def _items_of(
    whole: Item, members: Iterable[tuple[str, bytes | Unreadable, int]], budget: Budget
) -> Iterator[Item]:
    """The items of members."""
    for member, content, size in members:
        why = content if isinstance(content, Unreadable) else None
        data = b"" if isinstance(content, Unreadable) else content
        name = f"{whole.name}/{member}" if member else whole.name
        yield _part_of(whole, name, data, size, why, budget)


def _part_of(
    whole: Item,
    name: str,
    data: bytes,
    size: int,
    why: Unreadable | None,
    budget: Budget | None = None,
) -> Item:
    """An item of a zip file, which another may follow."""
    return whole._replace(
        name=name, data=data, size=size, why=why, budget=budget, done=None, last=False
    )


def _exists(file: Path | IO[bytes]) -> bool:
    return not isinstance(file, Path) or file.exists()


def _kept(file: Path | IO[bytes]) -> bytes:
    """The bytes that are kept of a zip file that is refused as a whole."""
    most = MAX_BYTES if length(file) <= MAX_BYTES else HEAD
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(most)
    return file.read(most)
