"""TinyDB over one SQLite file, through TinyDB's own extension points.

TinyDB's stock storage rewrites the whole file in place on every change: a call costs seconds at
100,000 documents, and two writers or a full disk destroy it. Here the documents lie in an SQLite
file (``sqlite``), and the index of a table is asked by the query ``Keyed``. Everything else of
TinyDB works as it does elsewhere; a query that is not ``Keyed`` reads the table.

Three methods of TinyDB's ``Table`` that are private are replaced, because they copy the whole
table for every call: ``_read_table``, ``_update_table``, ``_get_next_id``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from itertools import chain
from math import inf
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from clearance.errors import StoreDamaged
from clearance.stores.documents import Json, Row, checksum, decoded, encoded, to_row
from clearance.stores.sqlite import FIRST_ID, NO_ID, SQLiteFile


class Keyed:
    """A query for the documents of a table that are filed under any of some keys."""

    def __init__(self, keys: Collection[str]) -> None:
        self.keys = keys

    def __call__(self, _: Mapping[str, Any]) -> bool:
        raise TypeError("Keyed is answered from a table's index, not document by document")

    def is_cacheable(self) -> bool:
        """Never: another process may write."""
        return False


class SQLiteStorage(SQLiteFile, Storage):
    """An SQLite file as TinyDB reads and writes it: as whole images."""

    def read(self) -> dict[str, Any] | None:
        """Every table as a lazy mapping of ids to documents, or None for an empty store."""
        return {name: Rows(self, name) for name in self.tables} or None

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


class Rows(Mapping[str, Json]):
    """A table as TinyDB reads it: ids as strings, documents decoded when they are looked at."""

    def __init__(self, storage: SQLiteFile, name: str) -> None:
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
        """The same with ids as numbers; what cannot be read is passed over if ``lenient``."""
        chunks = self._legible() if lenient else self._storage.chunks(self._name)
        return self._storage.documents(self._name, chunks, lenient=lenient)

    def _legible(self) -> Iterator[list[Row]]:
        """Chunks of rows; of those on a page that cannot be read, what can be read of them."""
        last = FIRST_ID
        try:
            for chunk in self._storage.chunks(self._name):
                yield chunk
                last = chunk[-1][0]
        except StoreDamaged:
            from clearance.stores.soundness import legible

            self._storage.unreadable.add((self._name, NO_ID))
            rows = legible(self._storage, self._name, last + 1)
            yield from ([row] for row in rows if row)


class Changes(MutableMapping[int, Json]):
    """A table as TinyDB changes it: holds what was looked at or set, and writes the differences."""

    def __init__(self, storage: SQLiteFile, name: str, first_free: int | None = None) -> None:
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
            self._storage.run(f"DELETE FROM {self._storage.index(self._name)}")
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
        return sorted(self._storage.ids_of(self.name, keys))

    def ids_between(self, low: str, high: str) -> set[int]:
        """Ids of the documents filed under a key from ``low`` up to, and without, ``high``."""
        return self._storage.ids_between(self.name, low, high)

    def ids_where(self, condition: str) -> set[int]:
        """Ids of the documents that fulfil a condition of SQL on their text, ``doc``."""
        sql = f"SELECT id FROM {self._storage.table(self.name)} WHERE {condition}"
        return {id for (id,) in self._storage.rows(sql)}

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        """Up to ``count`` keys of the index before the place of a key, and as many from there."""
        select = f"SELECT DISTINCT key FROM {self._storage.index(self.name)} WHERE key"
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

    def discard(self, ids: Collection[int], known: Mapping[int, Json] | None = None) -> None:
        """Removes documents, also those that cannot be read; one that is not there is none, one
        that is ``known`` was read in this transaction.
        """
        if not ids:
            return
        table = self._storage.table(self.name)
        with self.transaction():
            self._reindex({}, ids, known)
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
