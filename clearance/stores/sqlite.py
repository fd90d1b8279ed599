"""TinyDB over one SQLite file, through TinyDB's own extension points.

TinyDB's stock storage rewrites the whole file in place on every change: a call costs seconds at
100,000 documents, and two writers or a full disk destroy it. Here a TinyDB table is an SQL table
``(id, doc)`` with documents as JSON, SQLite does the transactions and the locking (WAL,
``synchronous=FULL``), and a table may have an index of keys, answered by the query ``Keyed``.
Everything else of TinyDB works as it does elsewhere; a query that is not ``Keyed`` reads the table.

Beside each document stands its checksum, of its text and its place, so that a byte which a disk has
spoilt is seen when the document is read. Whoever reads says whether that is an error, or whether
the document is passed over and named in ``unreadable``.

Three methods of TinyDB's ``Table`` that are private are replaced, because they copy the whole
table for every call: ``_read_table``, ``_update_table``, ``_get_next_id``.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import chain, pairwise
from math import inf
from operator import methodcaller
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from clearance.errors import (
    SALVAGE,
    Phrase,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreNewer,
    StoreOlder,
)
from clearance.stores.documents import (
    NO_CHECKSUM,
    Json,
    Row,
    all_decoded,
    checksum,
    decoded,
    encoded,
    first_checksum,
    spoilt_of,
    to_row,
)

APPLICATION_ID = 0x436C7263
"""Marks an SQLite file as ours: "Clrc"."""

Keys = Callable[[Mapping[str, Any]], Iterable[str]]

_REBUILD = Phrase("store rebuild makes it anew")
"""What to do about what follows from messages."""
_SHOWN_KEYS = 4
"""Keys of a damaged document that are told."""
_MAX_PROBES = 20_000
"""How often at most the neighbourhood of damage is read to save what can be."""
_CHUNK_ROWS = 500
"""Rows that one statement reads or names."""
_READ_HEADER = (
    "SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master) "
    "FROM pragma_application_id, pragma_user_version"
)
"""One statement sees one moment: another process may be making the same store."""
_MIN_ROW_BYTES = 40
_FIRST_ID = -(2**63)
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


class Keyed:
    """A query for the documents of a table that are filed under any of some keys."""

    def __init__(self, keys: Collection[str]) -> None:
        self.keys = keys

    def __call__(self, _: Mapping[str, Any]) -> bool:
        raise TypeError("Keyed is answered from a table's index, not document by document")

    def is_cacheable(self) -> bool:
        """Never: another process may write."""
        return False


class SQLiteStorage(Storage):
    """One SQLite file; also speaks TinyDB's protocol of reading and writing whole images."""

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
        super().__init__()
        self.path = Path(path)
        self.keys = keys or {}
        self.derived = derived
        self.unreadable: set[tuple[str, int]] = set()
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
                raise StoreOlder(str(self.path))
        except BaseException:
            self.close()
            raise

    def _prepare(self, layout: int, until: float) -> int:
        """Checks the file, or makes it a store if it is new; returns its layout."""
        ((application, stored, made),) = self.rows(_READ_HEADER)
        status = self.path.stat()
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
            status = self.path.stat()
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

    def table(self, name: str) -> str:
        """A table's name for SQL; the table is made if it is not there."""
        if name not in self._tables:
            self.make(name)
        return f'"{name}"'

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
                    f"CREATE TABLE IF NOT EXISTS {_index(name)} (key TEXT, id INTEGER, "
                    "PRIMARY KEY (key, id)) WITHOUT ROWID"
                )
        self._tables.add(name)

    def has(self, names: Collection[str]) -> bool:
        """Whether there are tables of these names."""
        return self._tables >= set(names)

    def drop_tables(self, *, keep: Collection[str]) -> None:
        """Drops every table but some."""
        for name in self._tables - set(keep):
            self.run(f'DROP TABLE IF EXISTS "{name}"')
            self.run(f"DROP TABLE IF EXISTS {_index(name)}")
            self._tables.discard(name)
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

    def reindex(
        self, name: str, dropped: Collection[tuple[str, int]], added: Collection[tuple[str, int]]
    ) -> None:
        """Removes pairs of key and id from the index of a table, and adds others."""
        if dropped:
            self.many(f"DELETE FROM {_index(name)} WHERE key=? AND id=?", dropped)
        if added:
            insert = f"INSERT OR IGNORE INTO {_index(name)} (key, id) VALUES (?, ?)"
            self.many(insert, sorted(added))

    def size(self) -> int:
        """Bytes on disk, with what has not been merged into the file yet."""
        files = (self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    # Documents as they are stored

    def stored(
        self, name: str, where: str, parameters: Iterable[Any] = (), most: int = _CHUNK_ROWS
    ) -> list[Row]:
        """Rows of a table that fulfil a condition of SQL, by ascending id; so many at most.

        Raises StoreDamaged where they are in another order, which would never end.
        """
        table = self.table(name)
        crc = "NULL" if name in self._unsummed else "crc"
        sql = f"SELECT id, doc, {crc} FROM {table} WHERE {where} ORDER BY id LIMIT ?"
        rows = self.rows(sql, (*parameters, most))
        if any(later[0] <= row[0] for row, later in pairwise(rows)):
            raise self._damaged(Phrase("the rows of {table} are out of order", table=name))
        return rows

    def chunks(self, name: str, *, lenient: bool = False) -> Iterator[list[Row]]:
        """All rows of a table in chunks, so that writing meanwhile is safe.

        What lies on a page that cannot be read is passed over if that is ``lenient``.
        """
        last = _FIRST_ID
        try:
            while chunk := self._following(name, last):
                yield chunk
                last = chunk[-1][0]
        except StoreDamaged:
            if not lenient:
                raise
            for row in self.legible(name, last + 1):
                if row is None:
                    self.unreadable.add((name, -1))
                else:
                    yield [row]

    def _following(self, name: str, last: int) -> list[Row]:
        rows = self.stored(name, "id>?", (last,))
        if rows and rows[0][0] <= last:
            raise self._damaged(Phrase("the rows of {table} are out of order", table=name))
        return rows

    def some(self, name: str, ids: Iterable[int], *, lenient: bool = False) -> Iterator[list[Row]]:
        """Rows of a table with some ids, in chunks; one that is not there is passed over."""
        for chunk in _chunks(sorted(ids)):
            try:
                yield self._with_ids(name, chunk)
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
        """The row with an id, passed over where its page cannot be read."""
        try:
            yield self.stored(name, "id=?", (id,))
        except StoreDamaged:
            self.unreadable.add((name, id))

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
                raise self._spoilt_at(name, min(spoilt))
            if spoilt:
                self.unreadable |= {(name, id) for id in spoilt}
                rows = [row for row in rows if row[0] not in spoilt]
            yield from zip(
                [id for id, _, _ in rows], all_decoded([doc for _, doc, _ in rows]), strict=True
            )

    def damage(self) -> Iterator[Phrase]:
        """What SQLite's own check finds, documents that are not what was written, and indexes that
        do not fit their documents.
        """
        yield from self._unsound()
        for name in sorted(self._tables):
            try:
                yield from self._spoilt(name)
                if name in self.keys and (different := self._misindexed(name)):
                    yield Phrase(
                        "not a whole store: the index of {table} does not fit its documents "
                        "({count} keys); {remedy}",
                        table=name,
                        count=different,
                        remedy=_REBUILD,
                    )
            except StoreDamaged as why:
                yield why

    def _unsound(self) -> Iterator[Phrase]:
        try:
            for (text,) in self.rows("PRAGMA integrity_check"):
                for line in str(text).split("\n"):
                    if line[:3] not in ("ok", "***"):
                        yield Phrase("not a whole store: {why}", why=line)
        except StoreDamaged as why:
            yield why

    def _spoilt(self, name: str) -> Iterator[Phrase]:
        has_checksums = name not in self._unsummed
        for chunk in self.chunks(name):
            without = {id for id, _, crc in chunk if crc is None and has_checksums}
            for id in sorted(spoilt_of(name, chunk) | without):
                yield self._spoilt_at(name, id, self._known_as(name, id))

    def _spoilt_at(self, name: str, id: int, known_as: str = "") -> StoreDamaged:
        """The error of a document that is not what was written, and what it was filed under."""
        remedy = _REBUILD if name in self.derived else SALVAGE
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

    def _known_as(self, name: str, id: int) -> str:
        """What the index files a document under, to tell which one it was."""
        if name not in self.keys:
            return ""
        keys = self.rows(f"SELECT key FROM {_index(name)} WHERE id=?", (id,))
        return ", ".join(str(key) for (key,) in keys[:_SHOWN_KEYS])

    def _misindexed(self, name: str) -> int:
        """How many keys the index of a table has too many or too few."""
        before = set(self.unreadable)
        documents = self.documents(name, self.chunks(name), lenient=True)
        needed = self.pairs_of(name, documents)
        unread = {id for table, id in self.unreadable if table == name}
        self.unreadable = before
        indexed = set(self.rows(f"SELECT key, id FROM {_index(name)}"))
        return len({pair for pair in indexed ^ needed if pair[1] not in unread})

    def mend(self, name: str, is_legible: Callable[[Json], bool] | None = None) -> None:
        """Gives every document of a table its checksum and makes the index of the table anew.

        A document that is not what was written stays as it is, and filed as it was; in a table
        that has no checksums yet, one that is not ``is_legible``.
        """
        if name in self._unsummed:
            self.run(f'ALTER TABLE "{name}" ADD COLUMN crc INTEGER')
            self._unsummed.discard(name)
        spoilt = set[int]()
        for chunk in self.chunks(name):
            spoilt |= spoilt_of(name, chunk)
            self.unreadable |= {(name, id) for id in spoilt}
            new = [(id, doc) for id, doc, crc in chunk if crc is None and id not in spoilt]
            sums = [(first_checksum((name, id), doc, is_legible), id) for id, doc in new]
            self.many(f'UPDATE "{name}" SET crc=? WHERE id=?', sums)
            wrong = {id for crc, id in sums if crc == NO_CHECKSUM}
            self.unreadable |= {(name, id) for id in wrong}
            spoilt |= wrong
        if name in self.keys:
            self._index_anew(name, spoilt)

    def _index_anew(self, name: str, spoilt: Collection[int]) -> None:
        needed = self.pairs_of(name, self.documents(name, self.chunks(name), lenient=True))
        needed |= self.pairs_at(name, spoilt)
        self.run(f"DELETE FROM {_index(name)}")
        self.reindex(name, (), needed)

    def pairs_at(self, name: str, ids: Collection[int]) -> set[tuple[str, int]]:
        """What the index of a table has for documents with some ids; all of the index is read."""
        wanted = set(ids)
        pairs = self.rows(f"SELECT key, id FROM {_index(name)}") if wanted else []
        return {(key, id) for key, id in pairs if id in wanted and _is_text(key)}

    def legible(self, name: str, low: int = _FIRST_ID) -> Iterator[Row | None]:
        """The rows of a table by ascending id, from one id on, as far as their pages can be read.

        None for each that cannot, and for each that only the index has: what lies on a damaged
        page is found by halving the ids around it. Where the largest id is not known either,
        everything that is unreadable at the end counts as one, and so does what is left when that
        has taken too long.
        """
        largest = max(self._largest_id(f'"{name}"'), self._largest_id(_index(name)))
        first = low
        ranges = [(max(low, 1), largest or self.size() // _MIN_ROW_BYTES)]
        unreadable, probes, seen = 0, 0, set[int]()
        while ranges:
            low, high = ranges.pop()
            rows = self._rows_between(name, low, high)
            if rows is None:
                probes += 1
                middle = (low + high) // 2
                halves = low < high and probes < _MAX_PROBES
                ranges += [(middle + 1, high), (low, middle)] if halves else []
                unreadable += not halves
                continue
            if rows:
                yield from [None] * unreadable
                unreadable = 0
            yield from rows
            seen.update(id for id, _, _ in rows)
            if len(rows) == _CHUNK_ROWS:
                ranges.append((rows[-1][0] + 1, high))
        missing = sum(id >= first and id not in seen for id in self._indexed_ids(name))
        yield from [None] * max(unreadable if largest else min(unreadable, 1), missing)

    def _indexed_ids(self, name: str) -> set[int]:
        """Ids that the index of a table leads to; none where it cannot be read."""
        try:
            found = self.rows(f"SELECT id FROM {_index(name)}")
        except StoreError:
            return set()
        return {id for (id,) in found if isinstance(id, int)}

    def _rows_between(self, name: str, low: int, high: int) -> list[Row] | None:
        """Rows with ids of a range; None where one of them cannot be read."""
        try:
            rows = self.stored(name, "id BETWEEN ? AND ?", (low, high))
        except StoreError:
            return None
        inside = all(low <= id <= high for id, _, _ in rows)
        return rows if inside else None

    def _largest_id(self, quoted: str) -> int:
        """The largest id in a table or an index, 0 where that cannot be read."""
        try:
            return int(self.rows(f"SELECT COALESCE(MAX(id), 0) FROM {quoted}")[0][0])
        except StoreError:
            return 0

    # TinyDB's protocol

    def read(self) -> dict[str, Any] | None:
        """Every table as a lazy mapping of ids to documents, or None for an empty store."""
        return {name: Rows(self, name) for name in sorted(self._tables)} or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Makes the store hold just these tables; a table as ``read`` gave it is left alone."""
        with self.transaction():
            self.drop_tables(keep=data)
            for name, documents in data.items():
                if not isinstance(documents, Rows):
                    changes = Changes(self, name)
                    changes.clear()
                    changes.update({int(id): dict(document) for id, document in documents.items()})
                    changes.flush()

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()


def _is_text(key: Any) -> bool:
    """Whether a key of an index is text that can have been written."""
    return isinstance(key, str) and not any(0xD800 <= ord(letter) < 0xE000 for letter in key)


class Rows(Mapping[str, Json]):
    """A table as TinyDB reads it: ids as strings, documents decoded when they are looked at."""

    def __init__(self, storage: SQLiteStorage, name: str) -> None:
        self._storage = storage
        self._name = name
        self._table = storage.table(name)

    def __getitem__(self, id: str) -> Json:
        found = self._storage.documents(self._name, self._storage.some(self._name, [int(id)]))
        for _, document in found:
            return document
        raise KeyError(id)

    def __len__(self) -> int:
        return int(self._storage.rows(f"SELECT COUNT(*) FROM {self._table}")[0][0])

    def __iter__(self) -> Iterator[str]:
        return (str(row[0]) for chunk in self._storage.chunks(self._name) for row in chunk)

    def items(self) -> Any:
        """Pairs of id and document, by ascending id."""
        return ((str(id), document) for id, document in self.pairs())

    def pairs(self, *, lenient: bool = False) -> Iterator[tuple[int, Json]]:
        """The same with ids as numbers."""
        chunks = self._storage.chunks(self._name, lenient=lenient)
        return self._storage.documents(self._name, chunks, lenient=lenient)


class Changes(MutableMapping[int, Json]):
    """A table as TinyDB changes it: holds what was looked at or set, and writes the differences."""

    def __init__(self, storage: SQLiteStorage, name: str, first_free: int | None = None) -> None:
        """No document has the id ``first_free`` or a larger one, so none is looked up there."""
        self._storage = storage
        self._name = name
        self._first_free = first_free
        self._table = storage.table(name)
        self._stored: dict[int, str] = {}
        self._current: dict[int, Json] = {}
        self._deleted: set[int] = set()

    def _stored_at(self, id: int) -> str | None:
        """The document as it is stored, or None."""
        if id in self._deleted or (self._first_free is not None and id >= self._first_free):
            return None
        if id not in self._stored:
            rows = self._storage.rows(f"SELECT doc FROM {self._table} WHERE id=?", (id,))
            if not rows:
                return None
            self._stored[id] = rows[0][0]
        return self._stored[id]

    def __contains__(self, id: object) -> bool:
        return id in self._current or (isinstance(id, int) and self._stored_at(id) is not None)

    def __getitem__(self, id: int) -> Json:
        if id not in self._current:
            stored = self._stored_at(id)
            if stored is None:
                raise KeyError(id)
            self._current[id] = decoded(stored)
        return self._current[id]

    def __setitem__(self, id: int, document: Json) -> None:
        self._current[id] = document

    def __delitem__(self, id: int) -> None:
        if id not in self:
            raise KeyError(id)
        self._stored_at(id)
        self._current.pop(id, None)
        self._deleted.add(id)

    def __iter__(self) -> Iterator[int]:
        stored = {id for (id,) in self._storage.rows(f"SELECT id FROM {self._table}")}
        return iter(sorted((stored - self._deleted) | self._current.keys()))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def clear(self) -> None:
        """Removes every document at once."""
        self._storage.run(f"DELETE FROM {self._table}")
        if self._name in self._storage.keys:
            self._storage.run(f"DELETE FROM {_index(self._name)}")
        self._stored.clear()
        self._current.clear()
        self._deleted.clear()

    def flush(self) -> None:
        """Writes what has changed, documents and keys."""
        deleted = self._deleted - self._current.keys()
        changed = self._changed()
        self._storage.many(f"DELETE FROM {self._table} WHERE id=?", ((id,) for id in deleted))
        self._storage.many(
            f"INSERT OR REPLACE INTO {self._table} (id, doc, crc) VALUES (?, ?, ?)",
            ((id, new, checksum(self._name, id, new)) for id, (_, new) in changed.items()),
        )
        before = {id: self._stored.get(id) for id in deleted}
        before |= {id: old for id, (old, _) in changed.items()}
        self._reindex(before, changed)

    def _reindex(self, before: Mapping[int, str | None], changed: Iterable[int]) -> None:
        """Brings the index up to date: documents as they were stored, ids of those that stay."""
        if self._name in self._storage.keys:
            stored = ((id, decoded(written)) for id, written in before.items() if written)
            current = ((id, self._current[id]) for id in changed)
            old, new = (self._storage.pairs_of(self._name, some) for some in (stored, current))
            self._storage.reindex(self._name, old - new, new - old)

    def _changed(self) -> dict[int, tuple[str | None, str]]:
        """Documents as they were and as they are to be stored, where these differ, by id."""
        changed: dict[int, tuple[str | None, str]] = {}
        for id, document in self._current.items():
            old = self._stored[id] if id in self._stored else self._stored_at(id)
            new = encoded(document)
            if new != old or id in self._deleted:
                changed[id] = old, new
        return changed


class SQLiteTable(Table):
    """A TinyDB table whose calls touch only the documents they name."""

    _storage: SQLiteStorage
    _next_id: int | None  # type: ignore[assignment]

    def __init__(self, storage: SQLiteStorage, name: str) -> None:
        super().__init__(storage, name, cache_size=0)
        self._first_free = 1

    def insert(self, document: Mapping[str, Any]) -> int:
        """Inserts a document; its id is chosen inside the transaction that writes it."""
        if isinstance(document, Document):
            self._next_id = None
        return self.insert_multiple([document])[0]

    def search(self, cond: Any) -> list[Document]:
        """Documents that match, by ascending id; from the index for ``Keyed``."""
        if not isinstance(cond, Keyed):
            return super().search(cond)
        return list(self.each(self.ids_of(cond.keys)))

    def ids(self) -> list[int]:
        """Ids of all documents, ascending."""
        sql = f"SELECT id FROM {self._storage.table(self.name)} ORDER BY id"
        return [id for (id,) in self._storage.rows(sql)]

    def ids_of(self, keys: Collection[str]) -> list[int]:
        """Ids of the documents filed under any of some keys, ascending."""
        self._storage.table(self.name)
        ids: set[int] = set()
        for chunk in _chunks(sorted(keys)):
            sql = f"SELECT id FROM {_index(self.name)} WHERE key IN ({_marks(chunk)})"
            ids.update(id for (id,) in self._storage.rows(sql, chunk))
        return sorted(ids)

    def ids_between(self, low: str, high: str) -> set[int]:
        """Ids of the documents filed under a key from ``low`` up to, and without, ``high``."""
        sql = f"SELECT id FROM {_index(self.name)} WHERE key>=? AND key<?"
        return {id for (id,) in self._storage.rows(sql, (low, high))}

    def ids_where(self, condition: str) -> set[int]:
        """Ids of the documents that fulfil a condition of SQL on their text, ``doc``."""
        sql = f"SELECT id FROM {self._storage.table(self.name)} WHERE {condition}"
        return {id for (id,) in self._storage.rows(sql)}

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        """Up to ``count`` keys of the index before the place of a key, and as many from there."""
        select = f"SELECT DISTINCT key FROM {_index(self.name)} WHERE key"
        before = self._storage.rows(f"{select} < ? ORDER BY key DESC LIMIT ?", (key, count))
        after = self._storage.rows(f"{select} >= ? ORDER BY key LIMIT ?", (key, count))
        return [neighbour for (neighbour,) in (*reversed(before), *after)]

    def each(
        self, ids: Iterable[int] | None = None, *, lenient: bool = False
    ) -> Iterator[Document]:
        """Documents by ascending id, all or some; an id that is not there is passed over.

        So is, if ``lenient``, one that is not what was written.
        """
        return (Document(document, id) for id, document in self.pairs(ids, lenient=lenient))

    def pairs(
        self, ids: Iterable[int] | None = None, *, lenient: bool = False
    ) -> Iterator[tuple[int, Json]]:
        """The same as ids and plain documents, which is quicker."""
        self._storage.table(self.name)
        if ids is None:
            return Rows(self._storage, self.name).pairs(lenient=lenient)
        chunks = self._storage.some(self.name, ids, lenient=lenient)
        return self._storage.documents(self.name, chunks, lenient=lenient)

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        """As TinyDB's, without reading the whole table for a list of ids."""
        if doc_id is None and doc_ids is not None:
            return list(self.each(map(int, doc_ids)))
        if isinstance(cond, Keyed) and doc_id is None:
            return next(iter(self.search(cond)), None)
        return super().get(cond, doc_id, doc_ids)

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction of the file it lies in."""
        return self._storage.transaction()

    def first_free_id(self) -> int:
        """The first id behind those of all documents; ask inside the transaction that uses it."""
        sql = f"SELECT COALESCE(MAX(id), 0) + 1 FROM {self._storage.table(self.name)}"
        return int(self._storage.rows(sql)[0][0])

    def put(
        self,
        documents: Mapping[int, Json],
        first_free: float = inf,
        known: Mapping[int, Json] | None = None,
    ) -> None:
        """Writes whole documents by id, in the place of those that are there, and their keys.

        No document has the id ``first_free`` or a larger one, so none is looked up there; nor is
        one that is ``known``, as it was read in this transaction.
        """
        table = self._storage.table(self.name)
        with self.transaction():
            there = {id for id in documents if id < first_free}
            self._reindex(documents, there, known or {})
            self._storage.many(
                f"INSERT OR REPLACE INTO {table} (id, doc, crc) VALUES (?, ?, ?)",
                [to_row(self.name, id, document) for id, document in documents.items()],
            )

    def discard(self, ids: Collection[int]) -> None:
        """Removes documents, also those that cannot be read; one that is not there is none."""
        if not ids:
            return
        table = self._storage.table(self.name)
        with self.transaction():
            self._reindex({}, ids)
            self._storage.many(f"DELETE FROM {table} WHERE id=?", ((id,) for id in ids))

    def pairs_at(self, ids: Collection[int]) -> set[tuple[str, int]]:
        """What the index has for documents with some ids, which cannot be read: key and id."""
        return self._storage.pairs_at(self.name, ids)

    def _reindex(
        self,
        documents: Mapping[int, Json],
        there: Collection[int],
        known: Mapping[int, Json] | None = None,
    ) -> None:
        """Files documents under the keys they have from now on; what was ``there`` goes.

        Of that, what is ``known`` need not be read.
        """
        if self.name not in self._storage.keys:
            return
        read = {id: document for id, document in (known or {}).items() if id in there}
        unread = self.pairs([id for id in there if id not in read], lenient=True)
        old = self._storage.pairs_of(self.name, chain(read.items(), unread))
        spoilt = {(self.name, id) for id in there} & self._storage.unreadable
        old |= self.pairs_at({id for _, id in spoilt})
        self._storage.unreadable -= spoilt
        new = self._storage.pairs_of(self.name, documents.items())
        self._storage.reindex(self.name, old - new, new - old)

    def _get_next_id(self) -> int:
        next_id = max(self._next_id or 1, self._first_free)
        self._next_id = next_id + 1
        return next_id

    def _read_table(self) -> Any:
        return Rows(self._storage, self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._storage.transaction():
            self._first_free = self.first_free_id()
            changes = Changes(self._storage, self.name, self._first_free)
            updater(changes)
            changes.flush()


class SQLiteTinyDB(TinyDB):
    """A TinyDB on an SQLite file."""

    table_class: Any = SQLiteTable
    default_storage_class: Any = SQLiteStorage


def _index(name: str) -> str:
    """The table that is the index of another, quoted for SQL."""
    return f'"{name}{_KEYS_SUFFIX}"'


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + _CHUNK_ROWS] for start in range(0, len(items), _CHUNK_ROWS))


def _marks(items: Collection[Any]) -> str:
    return ",".join("?" * len(items))
