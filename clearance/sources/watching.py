"""Following a folder: which of its files are to be read now.

A file is read once it has looked the same for a while, so that it is not read while it is written.
It is looked at when a notification names it, and when its folder is looked through, because shares
send none. One that could not be read as a whole is tried again until it has stood for so long that
it is refused.

Nothing is kept here for good: the store remembers what was read (``remembered``), and all else is
found again when the folder is looked through.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clearance.errors import Unreadable
from clearance.model import Value
from clearance.sources import Item, folder, named
from clearance.sources.remembered import Memory, is_coarse, is_racy, look

_MOST = 20_000
"""Files that wait at most; the others are found when the folder is looked through."""
_AGAIN_SECONDS = 1.0
"""After so long a file that was not whole is tried again, and a folder that is gone looked for."""
_STEP_SECONDS = 0.05
"""Two writes so far apart have different times, unless these are whole seconds."""
_COARSE_STEP_SECONDS = 2.0
"""The same for shares that round times."""


class Pace(Value, kw_only=True):
    """How long is waited, in seconds.

    ``settle``: until a file has stood; ``patience``: until one that looks half-written is refused;
    ``poll``: until a folder is looked through again.
    """

    settle: float = 2.0
    patience: float = 60.0
    poll: float = 30.0


@dataclass(slots=True)
class _Waiting:
    """A file that waits: how it looks, since when it stands, since when it was seen to look so,
    and when it is to be read. Times are those of ``time.monotonic``.

    ``refused``: it cannot be opened, and has been told so.
    """

    look: int
    since: float
    seen: float
    due: float
    refused: bool = False


class Watched:
    """A folder that is followed; ``feed`` is the configured source that it belongs to.

    Files are moved to ``archive`` once they are safely kept; the files of ``store`` are left out.
    ``gone`` says that it is not there now. Paths are absolute.
    """

    def __init__(
        self,
        path: Path,
        pace: Pace,
        feed: str | None = None,
        archive: Path | None = None,
        store: str | Path | None = None,
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are named
        self.gone = False
        self._pace = pace
        self._feed = feed
        self._archive = archive
        self._store = store
        self._look_through = 0.0
        self._waiting: dict[str, _Waiting] = {}
        self._given: dict[str, _Waiting] = {}
        self._read: set[int] = set()
        self._unmoved: set[int] = set()

    # What happens

    def noted(self, path: str, *, made: bool) -> None:
        """Takes note that something happened to a file or a folder, ``made`` if it is new."""
        if folder.is_left_out(path, self.path, self._archive, self._store):
            return
        try:
            state = os.stat(path)  # noqa: PTH116 - half the time of Path
        except OSError:
            self._waiting.pop(path, None)
            return
        if folder.is_regular(state):
            seen, now = look(path, state), time.monotonic()
            if seen not in self._read and self._stands(path, state):
                self._waiting.setdefault(path, _Waiting(seen, now - _age(state), now, now))
        elif made:
            self.look_through()

    def look_through(self, after: float = 0.0) -> None:
        """Has the folder looked through so many seconds from now, unless that is due sooner."""
        self._look_through = min(self._look_through, time.monotonic() + after)

    @property
    def due(self) -> float:
        """When there is something to do, by ``time.monotonic``."""
        return min([self._look_through, *(one.due for one in self._waiting.values())])

    # What is to be read

    def items(self, memory: Memory) -> Iterator[Item]:
        """What is to be read now; nothing while the folder is gone."""
        if self._look_through <= time.monotonic():
            self.gone = not self.path.is_dir()
            pause = min(_AGAIN_SECONDS, self._pace.poll) if self.gone else self._pace.poll
            self._look_through = time.monotonic() + pause
            if not self.gone:
                standing = _Standing(self._stands, memory)
                yield from self._judged(
                    folder.items(self.path, self._archive, self._store, standing)
                )
        yield from self._judged(folder.chosen(self.path, self._ready(), self._archive))

    def _ready(self) -> list[str]:
        """The waiting files that have stood long enough."""
        now = time.monotonic()
        due = [path for path, one in self._waiting.items() if one.due <= now]
        return [path for path in due if path not in self._given and self._stands(path)]

    def _stands(self, path: str, state: os.stat_result | None = None) -> bool:
        """Whether a file has stood long enough to be read; if not, it waits."""
        state = state or folder.state_at(path)
        if state is None:
            self._waiting.pop(path, None)
            return False
        seen, now = look(path, state), time.monotonic()
        if seen in self._unmoved:
            return False
        waiting = self._waiting.get(path)
        if waiting is None or waiting.look != seen:
            waiting = self._wait(path, seen, now, state, waiting)
        if waiting.refused and waiting.due <= now:
            waiting.due = now + self._pace.poll
            return folder.can_be_opened(path)
        return waiting.due <= now

    def _wait(
        self, path: str, seen: int, now: float, state: os.stat_result, before: _Waiting | None
    ) -> _Waiting:
        """Has a file wait that looks new; not one that has stood long already."""
        stood = _age(state)
        since = now - (min(stood, now - before.seen) if before else stood)
        settle = max(self._pace.settle, _step(state))
        waiting = _Waiting(seen, since, now, since + settle)
        if before is None and len(self._waiting) >= _MOST:
            self.look_through(max(self._pace.settle, _AGAIN_SECONDS))
        elif before or waiting.due > now:
            self._waiting[path] = waiting
        return waiting

    def _judged(self, items: Iterable[Item]) -> Iterator[Item]:
        """Items with how long their files stand; without those that were refused unopened."""
        for item in items:
            place = item.place or item.name
            waiting = self._waiting.get(place)
            if item.state is None:
                if waiting and waiting.refused:
                    continue
                waiting = self._unopened(place, waiting)
            if waiting:
                self._given[place] = waiting
            judged = self._with_age(item, waiting)
            yield named(judged, self._feed) if self._feed else judged

    def _unopened(self, place: str, waiting: _Waiting | None) -> _Waiting:
        """A file or a folder that cannot be opened waits, and is refused when it has stood."""
        now = time.monotonic()
        waiting = self._waiting.setdefault(place, waiting or _Waiting(0, now, now, now))
        waiting.refused = now - waiting.since >= self._pace.patience
        return waiting

    def _with_age(self, item: Item, waiting: _Waiting | None) -> Item:
        now = time.monotonic()
        stood = now - waiting.since if waiting else _age(item.state)
        modified = None if stood >= self._pace.patience else time.time()
        if modified and item.why and item.why.reason == "archive":
            item = item._replace(why=_half_a_zip_file())
        if item.state is None:
            return item._replace(modified=modified)
        seen = look(item.place or item.name, item.state)
        self._note_read(seen)
        sure = (
            waiting is not None and waiting.look == seen and now - waiting.seen >= _step(item.state)
        )
        done = partial(self._confirm, item.done, seen) if item.done else None
        return item._replace(modified=modified, racy=item.racy and not sure, done=done)

    def _note_read(self, seen: int) -> None:
        """Remembers for a while how a file looked, as a notification may come late."""
        if len(self._read) >= _MOST:
            self._read.clear()
        self._read.add(seen)

    def _confirm(self, done: Callable[[], None], seen: int) -> None:
        """Confirms a file; one that cannot be moved is not read again while it looks the same."""
        try:
            done()
        except OSError:
            self._unmoved.add(seen)
            raise

    # What came of it

    def finish(self, half_written: Iterable[str]) -> None:
        """Ends a round in which all was kept that was given, but for files that were not whole."""
        now = time.monotonic()
        for place in half_written:
            waiting = self._given.pop(place, None) or self._found(place, now)
            if waiting:
                again = now + max(self._pace.settle, _AGAIN_SECONDS)
                waiting.due = min(waiting.since + self._pace.patience, again)
        for place, waiting in self._given.items():
            if waiting.refused:
                waiting.due = now + self._pace.poll
            elif self._waiting.get(place) is waiting:
                del self._waiting[place]
        self._given.clear()

    def _found(self, place: str, now: float) -> _Waiting | None:
        """A file that was half-written when the folder was looked through; it waits from now on."""
        try:
            state = os.stat(place)  # noqa: PTH116 - half the time of Path
        except OSError:
            return None
        fresh = _Waiting(look(place, state), now - _age(state), now, now)
        return self._waiting.setdefault(place, fresh)

    def fail(self, after: float) -> None:
        """Ends a round of which not all could be kept: all is given again after some seconds."""
        for waiting in self._waiting.values():
            waiting.due = max(waiting.due, time.monotonic() + after)
        for waiting in self._given.values():
            waiting.refused = False
        self._given.clear()
        self._read.clear()
        self._look_through = time.monotonic() + after


class _Standing(Value):
    """A memory that also leaves out files that have not stood long enough."""

    stands: Callable[[str, os.stat_result], bool]
    memory: Memory

    def unread(self, path: str, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        """The entries of a folder that are to be read now."""
        for entry in self.memory.unread(path, entries):
            if not folder.is_unfinished(entry.name):
                state = folder.state_of(entry)
                if state and self.stands(entry.path, state):
                    yield entry

    def listed(self, path: str, inner: Iterable[str]) -> None:
        """Says which folders there are in a folder."""
        self.memory.listed(path, inner)


def _half_a_zip_file() -> Unreadable:
    """Why a zip file is not refused that nobody can list yet: it may be half of one."""
    return Unreadable("truncated", "the zip file was written to while it was read")


def _age(state: os.stat_result | None) -> float:
    """For how many seconds a file stands by the clock; none where it is too new."""
    now = time.time()
    if state is None or is_racy(state, now):
        return 0.0
    return now - max(state.st_mtime, state.st_ctime)


def _step(state: os.stat_result) -> float:
    """How many seconds apart two writes to a file have different times."""
    return _COARSE_STEP_SECONDS if is_coarse(state) else _STEP_SECONDS
