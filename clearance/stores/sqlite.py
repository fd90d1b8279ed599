"""One SQLite file with tables of documents: what opens it, reads it and writes it.

A table is an SQL table ``(id, doc, crc)`` with documents as JSON, and may have an index of keys;
SQLite does the transactions and the locking (WAL, ``synchronous=FULL``).

Beside each document stands its checksum, of its text and its place, so that a byte which a disk has
spoilt is seen when the document is read. Whoever reads says whether that is an error, or whether
the document is passed over and named in ``unreadable``.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from clearance.errors import (
    REBUILD,
    SALVAGE,
    Phrase,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreNewer,
    StoreOlder,
)
from clearance.stores.documents import Json, Row, all_decoded, spoilt_of

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x436C7263
"""Marks an SQLite file as ours: "Clrc"."""
FIRST_ID = -(2**63)
"""No document has a smaller id."""
NO_ID = -1
"""The id of what is unreadable and whose id is not known."""

Keys = Callable[[Mapping[str, Any]], Iterable[str]]

_CHUNK_ROWS = 500
"""Rows that one statement reads or names."""
_READ_HEADER = (
    "SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master) "
    "FROM pragma_application_id, pragma_user_version"
)
"""One statement sees one moment: another process may be making the same store."""
_BUSY_RETRY_SECONDS = 0.01
_TEXT = methodcaller("decode", "utf-8", "surrogateescape")
"""Text as SQLite has it; what is no UTF-8 stays, and does not fit its checksum."""
_TABLE_NAME = r"[A-Za-z0-9_]+"
_KEYS_SUFFIX = "__keys"
"""Ending of the table that is the index of another."""
_OWN_PREFIX = "sqlite_"
"""Beginning of the names of tables that SQLite makes for itself."""
_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG)
"""No document is too big for SQLite, unless its length on disk is spoilt."""


class SQLiteFile:
    """One SQLite file with tables of documents."""

    def __init__(
        self,
        path: str | Path,
        keys: Mapping[str, Keys] | None = None,
        layout: int = 1,
        busy_timeout: float = 30.0,
        *,
        derived: Collection[str] = (),
        outdated: bool = False,
        lenient: bool = False,
    ) -> None:
        """``keys`` names what the documents of a table are indexed by; ``layout`` the layout that
        the caller reads and writes; ``derived`` the tables that can be derived from the others.
        ``outdated`` opens also a file of an earlier layout, ``lenient`` one whose end is missing,
        which SQLite otherwise refuses.
        """
        self.path = str(path)
        self.keys = keys or {}
        self.derived = derived
        self.unreadable: set[tuple[str, int]] = set()
        self._named: dict[str, set[int]] = {}
        self._tables: set[str] = set()
        self._unsummed: set[str] = set()
        self._depth = 0
        with self.guarded():
            self.connection = sqlite3.connect(self.path, timeout=busy_timeout, isolation_level=None)
        self.connection.text_factory = _TEXT
        try:
            if lenient:
                self.run("PRAGMA writable_schema=ON")
            self.layout = self._prepare(layout, time.monotonic() + busy_timeout)
            if self.layout < layout and not outdated:
                raise StoreOlder(self.path)
        except BaseException:
            self.close()
            raise

    def _prepare(self, layout: int, until: float) -> int:
        """Checks the file, or makes it a store if it is new; returns its layout."""
        ((application, stored, made),) = self.rows(_READ_HEADER)
        status = os.stat(self.path)
        self._file = (status.st_dev, status.st_ino)
        if (application, stored, made) == (0, 0, 0):
            stored = layout
            self._write_ahead(until)
            with self.transaction():
                self.run(f"PRAGMA application_id={APPLICATION_ID}")
                self.set_layout(layout)
        elif application != APPLICATION_ID:
            raise StoreDamaged(
                "{path} is a database of another program, not a store", path=self.path
            )
        elif stored > layout:
            raise StoreNewer(
                "{path} was written by a later version of clearance (its store is version "
                "{stored}, this one knows {layout}): upgrade clearance",
                path=self.path,
                stored=stored,
                layout=layout,
            )
        self.run("PRAGMA synchronous=FULL")
        made = dict(self.rows("SELECT name, sql FROM sqlite_master WHERE type='table'"))
        names = {name for name in made if isinstance(name, str)}
        indexes = {name for name in names if name.endswith(_KEYS_SUFFIX)}
        self._tables = {name for name in names - indexes if not name.startswith(_OWN_PREFIX)}
        self._unsummed = {name for name in self._tables if "crc INTEGER" not in str(made[name])}
        return int(stored)

    def _write_ahead(self, until: float) -> None:
        """Gives the file a write-ahead log; for this SQLite does not wait for other writers."""
        while True:
            try:
                self.run("PRAGMA journal_mode=WAL")
                return
            except StoreBusy:
                if time.monotonic() > until:
                    raise
                time.sleep(_BUSY_RETRY_SECONDS)

    def set_layout(self, layout: int) -> None:
        """Says in the file which layout it has from now on."""
        self.run(f"PRAGMA user_version={layout}")
        self.layout = layout

    # SQL

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.guarded():
            return self.connection.execute(sql, tuple(parameters)).fetchall()

    def each_row(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The same one by one, however many there are; nothing is to be written meanwhile."""
        with self.guarded():
            yield from self.connection.execute(sql)

    def run(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """Runs a statement."""
        with self.guarded():
            self.connection.execute(sql, tuple(parameters))

    def many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Runs a statement for each row."""
        with self.guarded():
            self.connection.executemany(sql, rows)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turns SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except UnicodeError as error:  # in the text of an error, or in a key
            raise self._damaged(Phrase("text in it is spoilt")) from error

    def _translated(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY_CODES:
            return StoreBusy(
                "{path} is being written by another process: try again, or wait longer",
                path=self.path,
            )
        if code == sqlite3.SQLITE_NOTADB:
            return StoreDamaged("{path} is not a whole store: {why}", path=self.path, why=error)
        if code in _DAMAGED_CODES:
            return self._damaged(str(error))
        if "decode to UTF-8" in str(error):
            return self._damaged(Phrase("text in it is spoilt"))
        lacks_room = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE
        why = "database or disk is full" if lacks_room else error  # beside the file, that is
        return StoreError("{path} cannot be used: {why}", path=self.path, why=why)

    def _damaged(self, why: str | Phrase) -> StoreDamaged:
        return StoreDamaged(
            "{path} is not a whole store: {why}; {remedy}", path=self.path, why=why, remedy=SALVAGE
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction, durable when it ends; one inside another is part of it."""
        if not self._depth:
            self.run("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            if self._depth == 1:
                self.run("COMMIT")
                self._check_file_is_there()
        except BaseException:
            if self._depth == 1 and self.connection.in_transaction:
                self.connection.rollback()
            raise
        finally:
            self._depth -= 1

    def _check_file_is_there(self) -> None:
        """Raises where the file was removed: SQLite goes on writing into what nobody can open."""
        try:
            status = os.stat(self.path)
            same = (status.st_dev, status.st_ino) == self._file
        except FileNotFoundError:
            same = False
        if not same:
            raise StoreError(
                "{path} was removed or replaced while it was being written", path=self.path
            )

    @property
    def in_transaction(self) -> bool:
        """Whether something is being written."""
        return self._depth > 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot for everything read inside; writers need not wait."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    # Tables and their indexes

    @property
    def tables(self) -> list[str]:
        """The names of all tables, in order."""
        return sorted(self._tables)

    def table(self, name: str) -> str:
        """A table's name for SQL; the table is made if it is not there."""
        if name not in self._tables:
            self.make(name)
        return f'"{name}"'

    def index(self, name: str) -> str:
        """The name for SQL of the table that is the index of another."""
        return f'"{name}{_KEYS_SUFFIX}"'

    def make(self, name: str) -> None:
        """Makes a table if the file has none of this name."""
        if not re.fullmatch(_TABLE_NAME, name) or name.endswith(_KEYS_SUFFIX):
            raise ValueError(f"{name!r} cannot be the name of a table")
        with self.transaction():
            self.run(
                f'CREATE TABLE IF NOT EXISTS "{name}" '
                "(id INTEGER PRIMARY KEY, doc TEXT, crc INTEGER)"
            )
            if name in self.keys:
                self.run(
                    f"CREATE TABLE IF NOT EXISTS {self.index(name)} (key TEXT, id INTEGER, "
                    "PRIMARY KEY (key, id)) WITHOUT ROWID"
                )
        self._tables.add(name)

    def drop_tables(self, *, keep: Collection[str]) -> None:
        """Drops every table but some."""
        for name in self._tables - set(keep):
            self.run(f'DROP TABLE IF EXISTS "{name}"')
            self.run(f"DROP TABLE IF EXISTS {self.index(name)}")
            self._tables.discard(name)
            self._unsummed.discard(name)

    def has_checksums(self, name: str) -> bool:
        """Whether the documents of a table have checksums; in an earlier layout they have none."""
        return name not in self._unsummed

    def add_checksums(self, name: str) -> None:
        """Gives a table of an earlier layout a column of checksums, which is empty."""
        if not self.has_checksums(name):
            self.run(f'ALTER TABLE "{name}" ADD COLUMN crc INTEGER')
            self._unsummed.discard(name)

    def pairs_of(self, name: str, documents: Iterable[tuple[int, Json]]) -> set[tuple[str, int]]:
        """What the index of a table has for some documents, given with their ids: key and id.

        Raises StoreDamaged where a document has none of what makes its keys.
        """
        keys = self.keys[name]
        try:
            return {(key, id) for id, document in documents for key in keys(document)}
        except (KeyError, TypeError) as error:
            raise StoreDamaged(
                "not a whole store: a document is not what was written ({why!r}); {remedy}",
                why=error,
                remedy=SALVAGE,
            ) from error

    def ids_of(self, name: str, keys: Collection[str]) -> set[int]:
        """Ids of the documents of a table that its index has under any of some keys."""
        ids: set[int] = set()
        for chunk in _chunks(sorted(keys)):
            sql = f"SELECT id FROM {self.index(name)} WHERE key IN ({_marks(chunk)})"
            ids |= self._ids(name, sql, chunk)
        self._named.setdefault(name, set()).update(ids)
        return ids

    def ids_between(self, name: str, low: str, high: str) -> set[int]:
        """Ids of those that it has under a key from ``low`` up to, and without, ``high``."""
        sql = f"SELECT id FROM {self.index(name)} WHERE key>=? AND key<?"
        return self._ids(name, sql, (low, high))

    def named_ids(self, name: str) -> set[int]:
        """Ids of all documents of a table, as its index names them."""
        ids = self._ids(name, f"SELECT DISTINCT id FROM {self.index(name)}")
        self._named.setdefault(name, set()).update(ids)
        return ids

    def _ids(self, name: str, sql: str, parameters: Iterable[Any] = ()) -> set[int]:
        """Ids that the index of a table has; one that is no number is damage, which is passed
        over where nothing is being written.
        """
        ids = {id for (id,) in self.rows(sql, parameters)}
        if spoilt := [id for id in ids if not isinstance(id, int)]:
            if self.in_transaction:
                raise self._damaged(Phrase("the index of {table} is spoilt", table=name))
            self.unreadable.add((name, NO_ID))
            ids.difference_update(spoilt)
        return ids

    def pairs_at(self, name: str, ids: Collection[int]) -> set[tuple[str, int]]:
        """What the index of a table has for documents with some ids; all of the index is read."""
        wanted = set(ids)
        pairs = self.rows(f"SELECT key, id FROM {self.index(name)}") if wanted else []
        return {(key, id) for key, id in pairs if id in wanted and _is_text(key)}

    def reindex(
        self, name: str, dropped: Collection[tuple[str, int]], added: Collection[tuple[str, int]]
    ) -> None:
        """Removes pairs of key and id from the index of a table, and adds others."""
        if dropped:
            self.many(f"DELETE FROM {self.index(name)} WHERE key=? AND id=?", dropped)
        if added:
            insert = f"INSERT OR IGNORE INTO {self.index(name)} (key, id) VALUES (?, ?)"
            self.many(insert, sorted(added))

    def size(self) -> int:
        """Bytes on disk, with what has not been merged into the file yet."""
        files = (self.path, f"{self.path}-wal")
        return sum(os.path.getsize(file) for file in files if os.path.exists(file))

    # Documents as they are stored

    def stored(
        self, name: str, where: str, parameters: Iterable[Any] = (), most: int = _CHUNK_ROWS
    ) -> list[Row]:
        """Rows of a table that fulfil a condition of SQL, by ascending id; so many at most.

        Raises StoreDamaged where they are in another order, which would never end.
        """
        table = self.table(name)
        crc = "crc" if self.has_checksums(name) else "NULL"
        sql = f"SELECT id, doc, {crc} FROM {table} WHERE {where} ORDER BY id LIMIT ?"
        rows = self.rows(sql, (*parameters, most))
        if any(later[0] <= row[0] for row, later in pairwise(rows)):
            raise self._damaged(Phrase("the rows of {table} are out of order", table=name))
        return rows

    def chunks(self, name: str) -> Iterator[list[Row]]:
        """All rows of a table in chunks, so that writing meanwhile is safe."""
        last = FIRST_ID
        while chunk := self._following(name, last):
            yield chunk
            last = chunk[-1][0]

    def _following(self, name: str, last: int) -> list[Row]:
        rows = self.stored(name, "id>?", (last,))
        if rows and rows[0][0] <= last:
            raise self._damaged(Phrase("the rows of {table} are out of order", table=name))
        return rows

    def some(self, name: str, ids: Iterable[int], *, lenient: bool = False) -> Iterator[list[Row]]:
        """Rows of a table with some ids, in chunks; one that is not there is passed over, unless
        the index names it: then its row is spoilt.
        """
        for chunk in _chunks(sorted(ids)):
            try:
                rows = self._with_ids(name, chunk)
                if self._lost(name, chunk, rows):
                    raise self._damaged(
                        Phrase("rows of {table} are not where they belong", table=name)
                    )
                yield rows
            except StoreDamaged:
                if not lenient:
                    raise
                for id in chunk:
                    yield from self._one(name, id)

    def _with_ids(self, name: str, ids: Sequence[int]) -> list[Row]:
        """Rows with some ids in order; where most of those between are wanted, all of them are
        read in one go, which is quicker than to look each up.
        """
        span = ids[-1] - ids[0] + 1
        if span <= 2 * len(ids):
            wanted = set(ids)
            with suppress(StoreDamaged):  # it may lie in a row that nobody asked for
                rows = self.stored(name, "id BETWEEN ? AND ?", (ids[0], ids[-1]), span)
                return [row for row in rows if row[0] in wanted]
        return self.stored(name, f"id IN ({_marks(ids)})", ids)

    def _one(self, name: str, id: int) -> Iterator[list[Row]]:
        """The row with an id, passed over where its page cannot be read, or it is not there."""
        try:
            rows = self.stored(name, "id=?", (id,))
        except StoreDamaged:
            self.unreadable.add((name, id))
            return
        if self._lost(name, [id], rows):
            self.unreadable.add((name, id))
        yield rows

    def _lost(self, name: str, ids: Collection[int], rows: Sequence[Row]) -> set[int]:
        """The ids of rows that are not there, though the index has named them and still does."""
        if len(rows) == len(ids):
            return set()
        missing = self._named.get(name, set()).intersection(ids) - {row[0] for row in rows}
        if not missing:
            return set()
        return {id for _, id in self.pairs_at(name, missing)}

    def documents(
        self, name: str, chunks: Iterable[list[Row]], *, lenient: bool = False
    ) -> Iterator[tuple[int, Json]]:
        """Documents by id, of rows of a table.

        One that is not what was written is passed over if that is ``lenient``; else StoreDamaged
        is raised.
        """
        for rows in chunks:
            spoilt = spoilt_of(name, rows)
            if spoilt and not lenient:
                raise self.spoilt_at(name, min(spoilt))
            if spoilt:
                self.unreadable |= {(name, id) for id in spoilt}
                rows = [row for row in rows if row[0] not in spoilt]
            yield from zip(
                [id for id, _, _ in rows], all_decoded([doc for _, doc, _ in rows]), strict=True
            )

    def spoilt_at(self, name: str, id: int, known_as: str = "") -> StoreDamaged:
        """The error of a document that is not what was written, and what it was filed under."""
        remedy = REBUILD if name in self.derived else SALVAGE
        values: dict[str, object] = {"id": id, "table": name, "remedy": remedy}
        if known_as:
            return StoreDamaged(
                "not a whole store: document {id} of {table}, filed under {keys}, is not what was "
                "written; {remedy}",
                keys=known_as,
                **values,
            )
        return StoreDamaged(
            "not a whole store: document {id} of {table} is not what was written; {remedy}",
            **values,
        )

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()


def _is_text(key: Any) -> bool:
    """Whether a key of an index is text that can have been written."""
    return isinstance(key, str) and not any(0xD800 <= ord(letter) < 0xE000 for letter in key)


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + _CHUNK_ROWS] for start in range(0, len(items), _CHUNK_ROWS))


def _marks(items: Collection[Any]) -> str:
    return ",".join("?" * len(items))
