"""Damaged files: what can still be read of a store, and a new store in its place.

The new store is written over the damaged one by SQLite's own backup, page by page in one
transaction: others who have the file open wait, and see the new store when it is whole. Only where
the first page is spoilt, so that SQLite does not know the file, is the file replaced; then nobody
else can have used it since.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from clearance import files
from clearance.errors import Phrase, StoreBusy, StoreDamaged, StoreError, StoreOvertaken
from clearance.model import Message, Record, Refusal
from clearance.stores import LAYOUT, codec
from clearance.stores.documents import decoded, spoilt_of
from clearance.stores.soundness import legible
from clearance.stores.sqlite import SQLiteFile
from clearance.stores.tinydb import KEPT, KEYS, TinyStore, to_record

V = TypeVar("V")

_LOG, _SHARED = "-wal", "-shm"
"""Endings of the files that SQLite keeps beside a store: what was committed last, and an index."""
_WHOLE = ".salvaged"
"""Ending of a new store that is whole and only has to be put in the place of the damaged one."""
_PAGE_BYTES = 4096
_PAGE_COUNT, _FREE_PAGES = slice(28, 32), slice(32, 40)
"""Where the first page of an SQLite file has the count of pages, and which of them are free."""
_RETRY_SECONDS = 0.05


class DamagedStore:
    """What can be read of a store in a damaged file, whatever its damage."""

    def __init__(self, path: str, busy_timeout: float) -> None:
        self._path, self._timeout = path, busy_timeout
        self._file = SQLiteFile(path, KEYS, LAYOUT, busy_timeout, outdated=True, lenient=True)
        if not set(KEPT) <= set(self._file.tables):
            self._file.close()
            raise StoreDamaged(
                "{path} is not a whole store: {why}", path=path, why=Phrase("tables are missing")
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def messages(self) -> Iterator[Message | None]:
        return self._legible("messages", codec.to_message)

    def refused(self) -> Iterator[Refusal | None]:
        return self._legible("refused", codec.to_refusal)

    def records(self) -> Iterator[Record | None]:
        for record in self._legible("records", to_record):
            yield record if record and codec.is_legible(record) else None

    def _legible(self, name: str, read: Callable[[Mapping[str, Any]], V]) -> Iterator[V | None]:
        for row in legible(self._file, name):
            try:
                yield read(decoded(row[1])) if row and not spoilt_of(name, [row]) else None
            except (StoreDamaged, *codec.SPOILT):
                yield None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        if self._file.rows("PRAGMA journal_mode") != [("wal",)]:
            self._file.run("PRAGMA journal_mode=WAL")
        self._file.run("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self.unlock()

    def unlock(self) -> None:
        """Lets others write again."""
        with suppress(sqlite3.Error):
            self._file.connection.rollback()

    def overwrite(self, new: Path) -> None:
        """Writes another store over this one, which is locked, in one transaction.

        SQLite wants the lock for itself, so it is let go first. Raises StoreBusy, and changes
        nothing, where somebody else has written before SQLite has it.
        """
        before = self._file.rows("PRAGMA data_version")
        self.unlock()
        until = time.monotonic() + self._timeout

        def progress(status: int, remaining: int, total: int) -> None:  # noqa: ARG001
            waits = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not waits and status != sqlite3.SQLITE_OK:
                return  # it is done, or SQLite says what is wrong
            if self._file.rows("PRAGMA data_version") != before:
                raise StoreOvertaken(
                    "{path} is being written by another process: try again, or wait longer",
                    path=self._path,
                )
            if waits and time.monotonic() > until:
                raise StoreBusy(
                    "{path} is being written by another process: try again, or wait longer",
                    path=self._path,
                )

        with (
            self._file.guarded(),
            closing(sqlite3.connect(new)) as source,
            closing(sqlite3.connect(self._path, timeout=self._timeout)) as target,
        ):
            target.execute("PRAGMA writable_schema=ON")
            target.execute("PRAGMA synchronous=FULL")
            ((pages,),) = source.execute("PRAGMA page_count").fetchall()
            half = max(pages // 2, 1)  # the lock is had, and looked at, before the last half
            source.backup(target, pages=half, progress=progress, sleep=_RETRY_SECONDS)


@contextmanager
def replacing(path: str, busy_timeout: float) -> Iterator[tuple[DamagedStore, TinyStore]]:
    """A damaged store, and a new one that takes its place if the block inside goes well.

    Nobody writes meanwhile; a copy of the damaged file stays as ``….damaged``. Whenever this is
    cut off, the file at the path is the damaged store, with all that it had, or the new one.
    Raises StoreBusy where others write all the time.
    """
    try:
        damaged = DamagedStore(path, busy_timeout)
    except StoreDamaged as why:
        with _without_first_page(Path(path), busy_timeout, why) as pair:
            yield pair
        return
    with damaged, damaged.locked(), _new_store(Path(path), busy_timeout) as new:
        with TinyStore(str(new), busy_timeout) as store:
            yield damaged, store
        _set_aside(Path(path))
        damaged.overwrite(new)


@contextmanager
def _without_first_page(
    path: Path, busy_timeout: float, why: StoreDamaged
) -> Iterator[tuple[DamagedStore, TinyStore]]:
    """The same for a file that SQLite does not know: it is read with the first page of a new one.

    Raises ``why`` where nothing in it is of a store.
    """
    whole = path.with_name(path.name + _WHOLE)
    if whole.exists():
        _swap(path, whole)
        with replacing(str(path), busy_timeout) as pair:
            yield pair
        return
    with _new_store(path, busy_timeout) as new, _reheaded(path, new) as copy:
        with DamagedStore(str(copy), busy_timeout) as damaged:
            if not any(damaged.messages()) and not any(damaged.records()):
                raise why
            with TinyStore(str(new), busy_timeout) as store:
                yield damaged, store
        _set_aside(path)
        files.keep_access(new, path.stat())
        new.replace(whole)
        _swap(path, whole)


def _swap(path: Path, whole: Path) -> None:
    """Puts a whole store in the place of a damaged one.

    The log of the damaged one goes first: SQLite would take it for the new one's.
    """
    for ending in (_LOG, _SHARED):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    try:
        whole.replace(path)
    except OSError as error:
        raise StoreError(
            "{path} cannot be replaced by {new}: {why}", path=path, new=whole, why=error
        ) from error


@contextmanager
def _new_store(path: Path, busy_timeout: float) -> Iterator[Path]:
    """An empty store beside another, which is gone in the end; what was left over goes first."""
    for left_over in path.parent.glob(f".{_escaped(path.name)}.????????????????.new*"):
        left_over.unlink(missing_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        os.close(files.create(new, files.OWNER_ONLY))
        TinyStore(str(new), busy_timeout).close()
        yield new
    finally:
        _remove(new)


def _escaped(name: str) -> str:
    """A name in which nothing is a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def _reheaded(path: Path, new: Path) -> Iterator[Path]:
    """A copy of a file with the first page of a new store, whose tables lie where its own do."""
    copy = new.with_name(f"{new.name}-old")
    try:
        for ending in ("", _LOG):
            _copy(path.with_name(path.name + ending), copy.with_name(copy.name + ending))
        with open(copy, "r+b") as file, open(new, "rb") as model:
            first = bytearray(model.read(_PAGE_BYTES))
            pages = file.seek(0, os.SEEK_END) // _PAGE_BYTES
            first[_PAGE_COUNT], first[_FREE_PAGES] = pages.to_bytes(4, "big"), bytes(8)
            file.seek(0)
            file.write(first)
        yield copy
    finally:
        _remove(copy)


def _set_aside(path: Path) -> None:
    """Copies a file, with its log, to ``….damaged``, which never takes the place of another."""
    aside, number = path.with_name(f"{path.name}.damaged"), 1
    while aside.exists() or aside.is_symlink():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    try:
        for ending in (_LOG, ""):
            _copy(path.with_name(path.name + ending), aside.with_name(aside.name + ending))
    except OSError as error:
        raise StoreError("{path} cannot be set aside: {why}", path=path, why=error) from error


def _copy(old: Path, new: Path) -> None:
    """Copies a file that is not empty to a name that nobody has; who may read it stays."""
    if old.exists() and old.stat().st_size:
        with open(old, "rb") as source, open(files.create(new, files.OWNER_ONLY), "wb") as target:
            shutil.copyfileobj(source, target)
        files.keep_access(new, old.stat())


def _remove(path: Path, endings: Iterable[str] = ("", _LOG, _SHARED)) -> None:
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)
