"""TinyDB over one SQLite file, through TinyDB's own extension points.

TinyDB's stock storage rewrites the whole file in place on every change: a call costs seconds at
100,000 documents, and two writers or a full disk destroy it. Here a TinyDB table is an SQL table
``(id, doc)`` with documents as JSON, SQLite does the transactions and the locking (WAL,
``synchronous=FULL``), and a table may have an index of keys, answered by the query ``Keyed``.
Everything else of TinyDB works as it does elsewhere; a query that is not ``Keyed`` reads the table.

Three methods of TinyDB's ``Table`` that are private are replaced, because they copy the whole
table for every call: ``_read_table``, ``_update_table``, ``_get_next_id``.
"""

from __future__ import annotations

import json
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
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from clearance.errors import SALVAGE, StoreBusy, StoreDamaged, StoreError, StoreNewer

APPLICATION_ID = 0x436C7263
"""Marks an SQLite file as ours: "Clrc"."""

Json = dict[str, Any]
Keys = Callable[[Mapping[str, Any]], Iterable[str]]

_CHUNK = 500
_STAMPS = (
    "SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master) "
    "FROM pragma_application_id, pragma_user_version"
)
"""One statement sees one moment: another process may be making the same store."""
_LEAST = 40
"""Bytes that a row takes at least."""
_NAME = re.compile(r"[A-Za-z0-9_]+")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
        version: int = 1,
        busy_timeout: float = 30.0,
        lenient: bool = False,
    ) -> None:
        """``lenient`` opens also a file whose end is missing, which SQLite otherwise refuses."""
        super().__init__()
        self.path = Path(path)
        self.keys = keys or {}
        self._tables: set[str] = set()
        self._depth = 0
        with self.guarded():
            self.connection = sqlite3.connect(self.path, timeout=busy_timeout, isolation_level=None)
        try:
            if lenient:
                self.run("PRAGMA writable_schema=ON")
            self._prepare(version, time.monotonic() + busy_timeout)
        except BaseException:
            self.close()
            raise

    def _prepare(self, version: int, until: float) -> None:
        """Checks the file, or makes it what it should be if it is new."""
        ((application, found, made),) = self.rows(_STAMPS)
        status = self.path.stat()
        self._file = (status.st_dev, status.st_ino)
        if (application, found, made) == (0, 0, 0):
            self._log_ahead(until)
            with self.transaction():
                self.run(f"PRAGMA application_id={APPLICATION_ID}")
                self.run(f"PRAGMA user_version={version}")
        elif application != APPLICATION_ID:
            raise StoreDamaged(f"{self.path} is a database of another program, not a store")
        elif found > version:
            raise StoreNewer(
                f"{self.path} was written by a later version of clearance (its store is version "
                f"{found}, this one knows {version}): upgrade clearance"
            )
        self.run("PRAGMA synchronous=FULL")
        names = self.rows("SELECT name FROM sqlite_master WHERE type='table'")
        self._tables = {name for (name,) in names if not name.endswith("__keys")}

    def _log_ahead(self, until: float) -> None:
        """Makes it a store with a write-ahead log; here SQLite itself does not wait for others."""
        while True:
            try:
                self.run("PRAGMA journal_mode=WAL")
                return
            except StoreBusy:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

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
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _BUSY:
                raise StoreBusy(
                    f"{self.path} is being written by another process: try again, or wait longer"
                ) from error
            if code in _DAMAGED:
                hint = f"; {SALVAGE}" if code == sqlite3.SQLITE_CORRUPT else ""
                raise StoreDamaged(f"{self.path} is not a whole store: {error}{hint}") from error
            if "decode to UTF-8" in str(error):
                raise StoreDamaged(
                    f"{self.path} is not a whole store: text in it is spoilt; {SALVAGE}"
                ) from error
            raise StoreError(f"{self.path} cannot be used: {error}") from error

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
                self._still_there()
        except BaseException:
            if self._depth == 1 and self.connection.in_transaction:
                self.connection.rollback()
            raise
        finally:
            self._depth -= 1

    def _still_there(self) -> None:
        """SQLite writes on into a file that was removed meanwhile; what it wrote is nowhere."""
        try:
            status = self.path.stat()
            there = (status.st_dev, status.st_ino) == self._file
        except FileNotFoundError:
            there = False
        if not there:
            raise StoreError(f"{self.path} was removed or replaced while it was being written")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot for all that is read inside; writers are not held up."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    def table(self, name: str) -> str:
        """A table's name for SQL, made if it is not there."""
        if name not in self._tables:
            if not _NAME.fullmatch(name) or name.endswith("__keys"):
                raise ValueError(f"{name!r} cannot be the name of a table")
            with self.transaction():
                self.run(f'CREATE TABLE IF NOT EXISTS "{name}" (id INTEGER PRIMARY KEY, doc TEXT)')
                if name in self.keys:
                    self.run(
                        f'CREATE TABLE IF NOT EXISTS "{name}__keys" (key TEXT, id INTEGER, '
                        "PRIMARY KEY (key, id)) WITHOUT ROWID"
                    )
            self._tables.add(name)
        return f'"{name}"'

    def file(
        self, name: str, dropped: Iterable[tuple[str, int]], added: Iterable[tuple[str, int]]
    ) -> None:
        """Changes what the documents of a table are filed under."""
        self.many(f'DELETE FROM "{name}__keys" WHERE key=? AND id=?', dropped)
        self.many(f'INSERT OR IGNORE INTO "{name}__keys" (key, id) VALUES (?, ?)', sorted(added))

    def size(self) -> int:
        """Bytes on disk, with what has not been merged into the file yet."""
        files = (self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def damage(self) -> Iterator[str]:
        """What SQLite's own check finds, and keys that do not fit their documents."""
        found = (
            line for (text,) in self.rows("PRAGMA integrity_check") for line in text.split("\n")
        )
        yield from (f"not a whole store: {line}" for line in found if line[:3] not in ("ok", "***"))
        for name, keys in self.keys.items():
            held = {(key, id) for key, id in self.rows(f'SELECT key, id FROM "{name}__keys"')}
            meant = {
                (key, id) for id, doc in Rows(self, name).pairs() for key in keys(decoded(doc))
            }
            if held != meant:
                what = f"the index of {name} does not fit its documents"
                yield f"not a whole store: {what} ({len(held ^ meant)} keys); {SALVAGE}"

    def legible(self, name: str) -> Iterator[str | None]:
        """The documents of a table, by ascending id, as far as their pages can be read.

        None for each that cannot: what lies on a damaged page is found by halving the ids around
        it. Where the last id is not known either, what lies behind the last that can be read
        counts as one.
        """
        last = max(map(self._last, (name, f"{name}__keys")))
        ranges, gone = [(1, last or self.size() // _LEAST)], 0
        while ranges:
            low, high = ranges.pop()
            try:
                sql = f'SELECT id, doc FROM "{name}" WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?'
                rows = self.rows(sql, (low, high, _CHUNK))
            except StoreError:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)] if low < high else []
                gone += low == high
                continue
            if rows:
                yield from [None] * gone
                gone = 0
            yield from (document for _, document in rows)
            if len(rows) == _CHUNK:
                ranges.append((rows[-1][0] + 1, high))
        yield from [None] * (gone if last else min(gone, 1))

    def _last(self, name: str) -> int:
        """The largest id in a table or an index, 0 where that cannot be read."""
        try:
            return int(self.rows(f'SELECT COALESCE(MAX(id), 0) FROM "{name}"')[0][0])
        except StoreError:
            return 0

    # TinyDB's protocol

    def read(self) -> dict[str, Any] | None:
        """Every table as a lazy mapping of ids to documents, or None for an empty store."""
        return {name: Rows(self, name) for name in sorted(self._tables)} or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Makes the store hold just these tables; a table as ``read`` gave it is left alone."""
        with self.transaction():
            for name in self._tables - set(data):
                self.run(f'DROP TABLE "{name}"')
                self.run(f'DROP TABLE IF EXISTS "{name}__keys"')
                self._tables.discard(name)
            for name, documents in data.items():
                if not isinstance(documents, Rows):
                    held = Changes(self, name)
                    held.clear()
                    held.update({int(id): dict(document) for id, document in documents.items()})
                    held.flush()

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()


encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A document as it is kept."""


def decoded(written: str) -> Json:
    """The document that was kept; raises StoreDamaged where it no longer is one."""
    try:
        document: Json = json.loads(written)
    except (TypeError, ValueError) as error:
        raise StoreDamaged(
            f"not a whole store: a document is no JSON any more ({error}); {SALVAGE}"
        ) from error
    return document


def all_decoded(written: Sequence[str]) -> Sequence[Json]:
    """Many documents, which together are read twice as quickly; raises StoreDamaged."""
    try:
        documents: list[Json] = json.loads(f"[{','.join(written)}]")
    except (TypeError, ValueError):
        documents = []
    if len(documents) == len(written) and all(isinstance(one, dict) for one in documents):
        return documents
    return [decoded(one) for one in written]


class Rows(Mapping[str, Json]):
    """A table as TinyDB reads it: ids as strings, documents decoded when they are looked at."""

    def __init__(self, storage: SQLiteStorage, name: str) -> None:
        self._storage = storage
        self._table = storage.table(name)

    def __getitem__(self, id: str) -> Json:
        rows = self._storage.rows(f"SELECT doc FROM {self._table} WHERE id=?", (int(id),))
        if not rows:
            raise KeyError(id)
        document: Json = decoded(rows[0][0])
        return document

    def __len__(self) -> int:
        return int(self._storage.rows(f"SELECT COUNT(*) FROM {self._table}")[0][0])

    def __iter__(self) -> Iterator[str]:
        return (str(id) for id, _ in self.pairs())

    def items(self) -> Any:
        """Pairs of id and document, read in chunks so that writing meanwhile is safe."""
        return ((str(id), decoded(document)) for id, document in self.pairs())

    def pairs(self) -> Iterator[tuple[int, str]]:
        """Ids and documents as they are kept, by ascending id."""
        last = -(2**63)
        sql = f"SELECT id, doc FROM {self._table} WHERE id>? ORDER BY id LIMIT {_CHUNK}"
        while chunk := self._storage.rows(sql, (last,)):
            yield from chunk
            last = chunk[-1][0]


class Changes(MutableMapping[int, Json]):
    """A table as TinyDB changes it: holds what was looked at or set, and writes the differences."""

    def __init__(self, storage: SQLiteStorage, name: str, fresh: int | None = None) -> None:
        """``fresh`` is the first id that is not in use: nothing can be kept from there on."""
        self._storage = storage
        self._name = name
        self._fresh = fresh
        self._table = storage.table(name)
        self._keys = storage.keys.get(name)
        self._before: dict[int, str] = {}
        self._held: dict[int, Any] = {}
        self._gone: set[int] = set()

    def _kept(self, id: int) -> str | None:
        if id in self._gone or (self._fresh is not None and id >= self._fresh):
            return None
        if id not in self._before:
            rows = self._storage.rows(f"SELECT doc FROM {self._table} WHERE id=?", (id,))
            if not rows:
                return None
            self._before[id] = rows[0][0]
        return self._before[id]

    def __contains__(self, id: object) -> bool:
        return id in self._held or (isinstance(id, int) and self._kept(id) is not None)

    def __getitem__(self, id: int) -> Json:
        if id not in self._held:
            kept = self._kept(id)
            if kept is None:
                raise KeyError(id)
            self._held[id] = decoded(kept)
        document: Json = self._held[id]
        return document

    def __setitem__(self, id: int, document: Json) -> None:
        self._held[id] = document

    def __delitem__(self, id: int) -> None:
        if id not in self:
            raise KeyError(id)
        self._kept(id)
        self._held.pop(id, None)
        self._gone.add(id)

    def __iter__(self) -> Iterator[int]:
        kept = {id for (id,) in self._storage.rows(f"SELECT id FROM {self._table}")}
        return iter(sorted((kept - self._gone) | self._held.keys()))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def clear(self) -> None:
        """Removes every document at once."""
        self._storage.run(f"DELETE FROM {self._table}")
        if self._keys:
            self._storage.run(f'DELETE FROM "{self._name}__keys"')
        self._before.clear()
        self._held.clear()
        self._gone.clear()

    def flush(self) -> None:
        """Writes what has changed, documents and keys."""
        added: list[tuple[str, int]] = []
        dropped: list[tuple[str, int]] = []
        rows: list[tuple[int, str]] = []
        for id in self._gone - self._held.keys():
            dropped += ((key, id) for key in self._keys_of(self._before.get(id)))
        for id, document in self._held.items():
            written = encoded(document)
            before = self._before[id] if id in self._before else self._kept(id)
            if written == before and id not in self._gone:
                continue
            rows.append((id, written))
            if self._keys:
                old, new = set(self._keys_of(before)), set(self._keys(document))
                added += ((key, id) for key in new - old)
                dropped += ((key, id) for key in old - new)
        gone = ((id,) for id in self._gone - self._held.keys())
        self._storage.many(f"DELETE FROM {self._table} WHERE id=?", gone)
        self._storage.many(f"INSERT OR REPLACE INTO {self._table} (id, doc) VALUES (?, ?)", rows)
        if self._keys:
            self._storage.file(self._name, dropped, added)

    def _keys_of(self, written: str | None) -> Iterable[str]:
        return self._keys(decoded(written)) if self._keys and written else ()


class SQLiteTable(Table):
    """A TinyDB table whose calls touch only the documents they name."""

    _storage: SQLiteStorage
    _next_id: int | None  # type: ignore[assignment]

    def __init__(self, storage: SQLiteStorage, name: str) -> None:
        super().__init__(storage, name, cache_size=0)
        self._free = 1

    def insert(self, document: Mapping[str, Any]) -> int:
        """Inserts a document; its id is chosen inside the transaction that writes it."""
        if isinstance(document, Document):
            self._next_id = None
        return self.insert_multiple([document])[0]

    def search(self, cond: Any) -> list[Document]:
        """Documents that match, by ascending id; from the index for ``Keyed``."""
        if not isinstance(cond, Keyed):
            return super().search(cond)
        return self.some(self.filed(cond.keys))

    def filed(self, keys: Collection[str]) -> list[int]:
        """Ids of the documents filed under any of some keys, ascending."""
        self._storage.table(self.name)
        found: set[int] = set()
        for chunk in _chunks(sorted(keys)):
            sql = f'SELECT id FROM "{self.name}__keys" WHERE key IN ({_marks(chunk)})'
            found.update(id for (id,) in self._storage.rows(sql, chunk))
        return sorted(found)

    def some(self, ids: Iterable[int]) -> list[Document]:
        """Documents by id, ascending; an id that is not there is passed over."""
        return list(self.each(ids))

    def each(self, ids: Iterable[int] | None = None) -> Iterator[Document]:
        """The same one after the other, read in chunks; all of them without ids."""
        return (Document(document, id) for id, document in self.pairs(ids))

    def pairs(self, ids: Iterable[int] | None = None) -> Iterator[tuple[int, Json]]:
        """The same as ids and plain documents, which is quicker."""
        table = self._storage.table(self.name)
        if ids is None:
            for id, document in Rows(self._storage, self.name).pairs():
                yield id, decoded(document)
            return
        for chunk in _chunks(sorted(ids)):
            sql = f"SELECT id, doc FROM {table} WHERE id IN ({_marks(chunk)}) ORDER BY id"
            rows = self._storage.rows(sql, chunk)
            together = all_decoded([document for _, document in rows])
            yield from zip([id for id, _ in rows], together, strict=True)

    def near(self, key: str, count: int) -> list[str]:
        """Up to so many keys of the index before and after where a key would stand."""
        keys = f'SELECT DISTINCT key FROM "{self.name}__keys" WHERE key'
        before = self._storage.rows(f"{keys} < ? ORDER BY key DESC LIMIT ?", (key, count))
        after = self._storage.rows(f"{keys} >= ? ORDER BY key LIMIT ?", (key, count))
        return [found for (found,) in (*reversed(before), *after)]

    def between(self, low: str, high: str) -> list[int]:
        """Ids of the documents filed under a key from ``low`` up to, and without, ``high``."""
        sql = f'SELECT DISTINCT id FROM "{self.name}__keys" WHERE key>=? AND key<? ORDER BY id'
        return [id for (id,) in self._storage.rows(sql, (low, high))]

    def ids(self) -> list[int]:
        """Ids of all documents, ascending."""
        sql = f"SELECT id FROM {self._storage.table(self.name)} ORDER BY id"
        return [id for (id,) in self._storage.rows(sql)]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        """As TinyDB's, without reading the whole table for a list of ids."""
        if doc_id is None and doc_ids is not None:
            return self.some(map(int, doc_ids))
        if isinstance(cond, Keyed) and doc_id is None:
            return next(iter(self.search(cond)), None)
        return super().get(cond, doc_id, doc_ids)

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction of the file it lies in."""
        return self._storage.transaction()

    def fresh(self) -> Iterator[int]:
        """Ids that are free, ascending; for use inside the transaction they are asked for in."""
        sql = f"SELECT COALESCE(MAX(id), 0) + 1 FROM {self._storage.table(self.name)}"
        return count(self._storage.rows(sql)[0][0])

    def place(self, documents: Mapping[int, Json]) -> None:
        """Writes whole documents by id, in the place of what is there, and their keys."""
        table, keys = self._storage.table(self.name), self._storage.keys.get(self.name)
        rows = [(id, encoded(document)) for id, document in documents.items()]
        with self.transaction():
            if keys:
                old = {(key, d.doc_id) for d in self.each(documents) for key in keys(d)}
                new = {(key, id) for id, document in documents.items() for key in keys(document)}
                self._storage.file(self.name, old - new, new - old)
            self._storage.many(f"INSERT OR REPLACE INTO {table} (id, doc) VALUES (?, ?)", rows)

    def _get_next_id(self) -> int:
        next_id = max(self._next_id or 1, self._free)
        self._next_id = next_id + 1
        return next_id

    def _read_table(self) -> Any:
        return Rows(self._storage, self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._storage.transaction():
            self._free = next(self.fresh())
            changes = Changes(self._storage, self.name, self._free)
            updater(changes)
            changes.flush()


class SQLiteTinyDB(TinyDB):
    """A TinyDB on an SQLite file."""

    table_class: Any = SQLiteTable
    default_storage_class: Any = SQLiteStorage


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _marks(items: Collection[Any]) -> str:
    return ",".join("?" * len(items))
