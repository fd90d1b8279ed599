"""Large folders and zip files, read into a store by two processes that take turns.

While one writes what it has read, the other reads on. They never write at once, so the commits come
in the order of the files and hold what they would if one process did it all. The second is told the
names of the files that are its part, or the places of members in a zip file, and says what it did
with them; no message is carried. It is given the next part as soon as it has written one, and waits
for nothing but its turn to write. A zip file is confirmed by the first, when both have read theirs.

What the second does not finish, because somebody ends it or it fails, the first does: what was kept
already is read again, and changes nothing. The second ends when the first does.
"""

from __future__ import annotations

import pickle
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import Any, BinaryIO

from clearance import processes
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.model import Value
from clearance.sources import Ended, Item, Items
from clearance.sources.folder import Listed, Piece
from clearance.sources.remembered import Memory
from clearance.stores import Store
from clearance.timelines.intake import Ingested, for_many, take_in

Opened = Callable[[], AbstractContextManager[tuple[Store, Memory | None]]]
"""What opens the store, with what it remembers of files."""
_PART = 3000
"""Files from which on a part is given to one process."""
_ENOUGH = 1500
"""Files that are worth the time that the second takes to begin."""
_YOUR_TURN = "your turn"
_GONE = (EOFError, OSError, pickle.UnpicklingError)
"""Errors of asking a process that has ended."""


class Part(Value):
    """What one process reads at a time."""

    pieces: Sequence[Piece]

    @property
    def count(self) -> int:
        """How many files there are in it, or members of a zip file."""
        return sum(piece.count for piece in self.pieces)

    def items(self) -> Iterator[Item]:
        """The items of all its pieces."""
        return chain.from_iterable(piece.items() for piece in self.pieces)


def in_parts(listed: Iterable[Listed]) -> Iterator[Part | Ended | Item]:
    """What is listed in parts of many files; small folders are put together.

    The first part is half as large: who reads the next one meanwhile need not wait long for what is
    made of it to be written.
    """
    pieces: list[Piece] = []
    count, enough = 0, _PART // 2
    for each in listed:
        if isinstance(each, Item | Ended):
            if pieces:
                yield Part(pieces)
                pieces, count = [], 0
            yield each
            continue
        pieces.append(each)
        count += each.count
        if count >= enough:
            yield Part(pieces)
            pieces, count, enough = [], 0, _PART
    if pieces:
        yield Part(pieces)


class Second:
    """The second process, as the first sees it. ``files`` counts those that it has read."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self.files = 0
        self.total = Ingested()
        """What both did."""
        self._requests, self._answers = requests, answers
        self._answered = select.poll()
        self._answered.register(answers, select.POLLIN)
        self._parts: Iterator[Part | Ended | Item] = iter(())
        self._ahead: Part | Ended | Item | None = None
        self._given: Part | None = None
        self._count = 0
        self._is_writing = self._has_ended = False

    def share(self, listed: Iterable[Listed]) -> Items:
        """The items that the first process reads; the second is given every other part of them."""
        self._parts = self._counted(in_parts(listed))
        while each := self._next():
            if isinstance(each, Item):
                yield each
            elif isinstance(each, Ended):
                yield None
                yield from self._left()
                yield each
            elif each is self._given:
                yield None
                self._say(_YOUR_TURN)
                self._is_writing = True
            else:
                for item in each.items():
                    yield item
                    self._listen()
                yield None
                yield from self._left()
        yield from self._left()

    def _counted(self, parts: Iterable[Part | Ended | Item]) -> Iterator[Part | Ended | Item]:
        """The same parts; their files are counted as they are given."""
        for each in parts:
            self._count += each.count if isinstance(each, Part) else 0
            yield each

    def _next(self) -> Part | Ended | Item | None:
        """What is listed next; the second is given it, if it is a part and it has none."""
        each, self._ahead = self._ahead or next(self._parts, None), None
        is_free = self._given is None and not self._has_ended and self._count >= _ENOUGH
        if isinstance(each, Part) and is_free:
            for_many()
            self._given = each
            self._say(each)
        return each

    def _listen(self) -> None:
        """Takes notice if it has written."""
        if self._is_writing and self._answered.poll(0):
            self.wait()

    def wait(self) -> None:
        """Waits until it has written, if it is its turn; to be called before each commit.

        If a part comes next it is given that at once, to read on.
        """
        if not self._is_writing:
            return
        self._is_writing = False
        try:
            self.total.add(_told(self._answers))
        except _GONE:
            self._has_ended = True
            return
        self.files += self._given.count if self._given else 0
        self._given = None
        self._ahead = self._next()

    def _left(self) -> Iterator[Item]:
        """Waits for it; where it has ended instead, the items of what it was given."""
        self.wait()
        if self._has_ended and self._given:
            given, self._given = self._given, None
            yield from given.items()

    def _say(self, what: object) -> None:
        with suppress(*_GONE):
            _tell(self._requests, what)


def serve(
    requests: BinaryIO, answers: BinaryIO, opened: Opened, now: datetime, calendars: Calendars
) -> None:
    """Does what the first process asks for until that ends: reads files, writes in its turn."""
    with suppress(*_GONE):
        files = _told(requests)
        for_many()
        with opened() as (store, memory):
            while True:
                done, turn = Ingested(), cache(partial(_told, requests))
                take_in(store, files.items(), now, done, calendars, memory, turn)
                _tell(answers, done)
                files = _told(requests)


def _tell(pipe: BinaryIO, what: object) -> None:
    pickle.dump(what, pipe)
    pipe.flush()


def _told(pipe: BinaryIO) -> Any:
    return pickle.load(pipe)  # noqa: S301 - it comes from our own process


@contextmanager
def second(
    opened: Opened, now: datetime, calendars: Calendars = OFFICIAL
) -> Iterator[Second | None]:
    """A second process; None where there can be none.

    Ask for it before a store is open: what SQLite knows of an open file must not be shared.
    """
    with processes.second(partial(serve, opened=opened, now=now, calendars=calendars)) as pipes:
        yield Second(*pipes) if pipes else None
