"""Following sources for as long as the program runs: reading in what comes, as it comes.

Folders are followed at once. A source that is asked, over a network, is asked by a thread of its
own, so that one that answers slowly holds up no folder. The store is opened for each round and
closed after it: another program may write, move or replace it meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from queue import Empty, SimpleQueue

from clearance.customs.calendars import Calendars
from clearance.errors import (
    ClearanceError,
    NoStore,
    Phrase,
    SourceFailed,
    StoreBusy,
    StoreError,
)
from clearance.model import Value
from clearance.named_tuples import NamedTuple
from clearance.sources import Item, Items, Source, Visit
from clearance.sources.remembered import Memory
from clearance.sources.watching import Watched
from clearance.sources.watching_notices import Notices
from clearance.stores import Store
from clearance.timelines import intake, visits
from clearance.timelines.intake import Ingested

_EVERY_SECONDS = 300.0
"""After so long a source is asked again that does not say itself how often."""
_STORE_AGAIN_SECONDS = 5.0
"""After so long a store is tried again that could not be opened."""
_MAX_WAIT_SECONDS = 3600.0
"""The longest time that a wait takes at once: of a system, it may not be longer than 49 days."""
_LAST_SECONDS = 10.0
"""For so long the end waits for a source that is being asked."""
_WAITED_FOR = "{folder}: is not there: it is waited for"


class Into(Value, kw_only=True):
    """Where messages are read in: how the store is opened, what it remembers, and the moment.

    ``store`` is told whether it may make one where there is none.
    """

    store: Callable[[bool], AbstractContextManager[Store]]
    memory: Callable[[Store], Memory]
    now: Callable[[], datetime]
    calendars: Calendars


class _Opening:
    """Opens the store, which it may make the first time it is opened, by whomever, and never after.

    One that is gone is not made anew: its disk may be away, and files would be moved into the
    archive that only the new one has.
    """

    def __init__(self, into: Into) -> None:
        self._into = into
        self.has_opened = False

    @contextmanager
    def __call__(self) -> Iterator[Store]:
        with self._into.store(not self.has_opened) as store:
            self.has_opened = True
            yield store


class _Note(NamedTuple):
    """A notification: something happened to a path in a folder."""

    folder: Watched
    path: str
    made: bool


class _Begun(NamedTuple):
    """Notifications of a folder come in; what happened before may have been missed."""

    folder: Watched


Told = Ingested | Phrase | None
"""What one commit did; or what is to be told; None when there is nothing to do for now."""


class Follower:
    """Reads in what comes to folders, and to sources that are asked, until it is told to stop."""

    def __init__(self, folders: Sequence[Watched], asked: Mapping[str, Source], into: Into) -> None:
        self._folders = folders
        self._into = into
        self._opening = _Opening(into)
        self._queue: SimpleQueue[_Note | _Begun | Told | Exception] = SimpleQueue()
        self._stopping = False
        self._notices: dict[Watched, Notices] = {}
        self._told: dict[Watched, str] = {}
        self._asking: _Asking | None = None
        if asked:
            self._asking = _Asking(asked, into, self._opening, self._queue.put)

    def stop(self) -> None:
        """Has it end once what is being read is kept; may be called by a signal."""
        self._stopping = True
        self._queue.put(None)

    def follow(self, pause: float) -> Iterator[Told]:
        """What it does, as it does it; None after each round, and at least every ``pause`` s."""
        if self._asking:
            self._asking.start()
        while not self._stopping:
            for folder in self._folders:
                if folder.due <= time.monotonic() and not self._stopping:
                    yield from self._round(folder)
            yield from self._drained(0.0)
            if not self._stopping and min(self._dues()) > time.monotonic():
                yield None
                yield from self._drained(min([*self._dues(), time.monotonic() + pause]))
        yield from self._end()

    def _dues(self) -> list[float]:
        return [folder.due for folder in self._folders] or [float("inf")]

    def _round(self, folder: Watched) -> Iterator[Told]:
        """Reads what is to be read in a folder now."""
        self._renew_notices(folder)
        half_written: list[str] = []
        try:
            with self._opening() as store:
                memory = self._into.memory(store)
                items = self._until_stopped(folder.items(memory))
                for done in _kept(store, items, memory, self._into):
                    half_written += done.half_written
                    yield done
        except StoreError as error:
            folder.fail(_STORE_AGAIN_SECONDS)
            if not self._may_pass(error):
                raise
            yield from self._told_once(folder, error)
            return
        folder.finish(half_written)
        yield from self._state_of(folder)

    def _may_pass(self, error: StoreError) -> bool:
        """Whether the store may be had again after a while; at the beginning only a busy one."""
        passing = type(error) in (StoreError, NoStore)
        return isinstance(error, StoreBusy) or (self._opening.has_opened and passing)

    def _until_stopped(self, items: Iterable[Item]) -> Iterator[Item]:
        """Items until it is told to stop: what was given before is kept."""
        for item in items:
            yield item
            if self._stopping and item.last:
                return

    def _renew_notices(self, folder: Watched) -> None:
        """Has notifications of a folder come in, unless they do."""
        notices = self._notices.get(folder)
        if notices and notices.are_of_this_folder:
            return
        if notices:
            notices.stop()
        if folder.path.is_dir():
            self._notices[folder] = Notices(
                folder.path,
                lambda path, made: self._queue.put(_Note(folder, path, made)),
                lambda: self._queue.put(_Begun(folder)),
            )

    def _state_of(self, folder: Watched) -> Iterator[Phrase]:
        """What is to be told of a folder, once: that it is gone, is back, is silent."""
        notices = self._notices.get(folder)
        if folder.gone:
            said = Phrase(_WAITED_FOR, folder=folder.path)
        elif self._told.get(folder) == _WAITED_FOR:
            del self._told[folder]
            yield Phrase("{folder}: is there now", folder=folder.path)
            return
        elif notices and notices.why:
            said = Phrase(
                "{folder}: gives no notifications, and is looked through instead: {why}",
                folder=folder.path,
                why=notices.why,
            )
        else:
            self._told.pop(folder, None)
            return
        yield from self._told_once(folder, said)

    def _told_once(self, folder: Watched, said: Phrase) -> Iterator[Phrase]:
        """What is to be told of a folder, unless it was told last."""
        if self._told.get(folder) != said.template:
            self._told[folder] = said.template
            yield said

    def _drained(self, until: float) -> Iterator[Told]:
        """Waits for notifications until a moment, or until one comes; then takes all there are."""
        with suppress(Empty):
            wait = max(until - time.monotonic(), 0)
            note = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
            while True:
                if isinstance(note, _Note):
                    note.folder.noted(note.path, made=note.made)
                elif isinstance(note, _Begun):
                    note.folder.look_through()
                elif isinstance(note, Exception):
                    raise note
                elif note is not None:
                    yield note
                note = self._queue.get_nowait()

    def _end(self) -> Iterator[Told]:
        for notices in self._notices.values():
            notices.stop()
        if self._asking:
            self._asking.end()
            yield from self._drained(0.0)


class _Asking(threading.Thread):
    """Asks sources in turn, each as often as it says, and reads in what they give."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        into: Into,
        opening: _Opening,
        tell: Callable[[Told | Exception], None],
    ) -> None:
        super().__init__(daemon=True)
        self._sources = sources
        self._into = into
        self._opening = opening
        self._tell = tell
        self._ended = threading.Event()
        self._said: dict[str, str] = {}

    def run(self) -> None:
        """Asks until it is told to end; tells an error that is no failure of a source."""
        try:
            self._ask_in_turn()
        except Exception as error:
            self._tell(error)

    def _ask_in_turn(self) -> None:
        due = dict.fromkeys(self._sources, 0.0)
        while True:
            name = min(due, key=due.__getitem__)
            wait = min(max(due[name] - time.monotonic(), 0.0), _MAX_WAIT_SECONDS)
            if self._ended.wait(wait):
                return
            if due[name] <= time.monotonic():
                alone = self._ask(name, self._sources[name])
                every = getattr(self._sources[name], "interval", _EVERY_SECONDS)
                due[name] = time.monotonic() + max(every, alone)

    def end(self) -> None:
        """Asks no more, and waits a little for what is being read."""
        self._ended.set()
        self.join(_LAST_SECONDS)

    def _ask(self, name: str, source: Source) -> float:
        """Asks a source and reads in what it gives; seconds that it asks to be left alone for."""
        asked: dict[str, Visit] = {}
        failure: ClearanceError | OSError | None = None
        try:
            with self._opening() as store:
                items = intake.configured(store, {name: source}, visits=asked)
                for done in _kept(store, items, None, self._into):
                    self._tell(done)
                visits.note(store, {name: source}, asked, self._into.now())
                failure = asked[name].failure
        except (ClearanceError, OSError) as error:
            failure = error
        self._say(name, failure)
        return failure.after or 0.0 if isinstance(failure, SourceFailed) else 0.0

    def _say(self, name: str, failure: ClearanceError | OSError | None) -> None:
        """Tells why a source could not be read, unless that was told last."""
        said = str(failure) if failure else ""
        if failure and self._said.get(name) != said:
            self._tell(Phrase("sources.{name}: {why}", name=name, why=failure))
        self._said[name] = said


def _kept(store: Store, items: Items, memory: Memory | None, into: Into) -> Iterator[Ingested]:
    return intake.commits(store, items, into.now(), into.calendars, memory)
