"""A large folder, read into a store by two processes that take turns.

While one writes what it has read, the other reads on. They never write at once, so the commits come
in the order of the files and hold what they would if one process did it all. The second is told the
names of the files that are its part and says what it did with them; no message is carried. It is
given the next part as soon as it has written one, and waits for nothing but its turn to write.

What the second does not finish, because somebody ends it or it fails, the first does: what was kept
already is read again, and changes nothing. The second ends when the first does. It never hears of
an interruption by the keyboard, which the first answers.

There is a second process on Linux with more than one processor; elsewhere a process can not be
forked, or not safely.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from functools import cache, partial
from typing import Any, BinaryIO, NoReturn

from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.sources import Item, Items
from clearance.sources.folder import Files
from clearance.sources.remembered import Memory
from clearance.stores import Store
from clearance.timelines.intake import Ingested, for_many, take_in

Opened = Callable[[], AbstractContextManager[tuple[Store, Memory | None]]]
"""What opens the store, with what it remembers of files."""
_ENOUGH = 1500
"""Files that are worth the time that the second takes to begin."""
_YOUR_TURN = "your turn"
_GONE = (EOFError, OSError, pickle.UnpicklingError)
"""Errors of asking a process that has ended."""


class Second:
    """The second process, as the first sees it. ``files`` counts those that it has read."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self.files = 0
        self.total = Ingested()
        """What both did."""
        self._requests, self._answers = requests, answers
        self._answered = select.poll()
        self._answered.register(answers, select.POLLIN)
        self._listed: Iterator[Files | Item] = iter(())
        self._ahead: Files | Item | None = None
        self._given: Files | None = None
        self._names = 0
        self._is_writing = self._has_ended = False

    def share(self, listed: Iterable[Files | Item]) -> Items:
        """The items that the first process reads; the second is given every other part of them."""
        self._listed = self._counted(listed)
        while each := self._next():
            if isinstance(each, Item):
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

    def _counted(self, listed: Iterable[Files | Item]) -> Iterator[Files | Item]:
        """The same, with the names in it counted."""
        for each in listed:
            self._names += len(each.names) if isinstance(each, Files) else 0
            yield each

    def _next(self) -> Files | Item | None:
        """What is listed next; the second is given it, if it is a part and it has none."""
        each, self._ahead = self._ahead or next(self._listed, None), None
        is_free = self._given is None and not self._has_ended and self._names >= _ENOUGH
        if isinstance(each, Files) and is_free:
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
        self.files += len(self._given.names) if self._given else 0
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
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        yield None
        return
    asked, asks = os.pipe()
    told, tells = os.pipe()
    process = _forked()
    if process == 0:
        _be_second(asked, tells, (asks, told), opened, now, calendars)
    os.close(asked)
    os.close(tells)
    with os.fdopen(told, "rb") as answers:
        requests = os.fdopen(asks, "wb")
        try:
            yield Second(requests, answers) if process else None
        finally:
            with suppress(*_GONE):
                requests.close()
            answers.close()  # it may have more to say than a pipe holds, and nobody listens now
            if process:
                os.waitpid(process, 0)


def _forked() -> int | None:
    """What ``os.fork`` gives; None where there may be no more processes."""
    try:
        return os.fork()
    except OSError:
        return None


def _be_second(
    asked: int,
    tells: int,
    others: Iterable[int],
    opened: Opened,
    now: datetime,
    calendars: Calendars,
) -> NoReturn:
    """Is the second process, and ends with that; the ends of pipes are given as numbers."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for end in others:
            os.close(end)
        with os.fdopen(asked, "rb") as requests, os.fdopen(tells, "wb") as answers:
            serve(requests, answers, opened, now, calendars)
    finally:
        os._exit(0)
