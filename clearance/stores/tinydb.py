"""The embedded store: TinyDB over one SQLite file.

TinyDB tables: ``messages`` and ``refused`` as received; ``declarations``, what is derived with the
events, deflated; ``timings``, under the same ids; ``changed``, ids that no check has looked at
since they were written; ``records`` of every kind.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self, TypeVar

from tinydb.table import Document

from clearance.errors import StoreDamaged, StoreError
from clearance.model import Declaration, Message, ReceivedAs, Record, Refusal, Summary, Timings
from clearance.stores import VERSION, codec
from clearance.stores._sqlite import Keyed, SQLiteStorage, SQLiteTable, SQLiteTinyDB, decoded


def open(path: str, busy_timeout: float) -> TinyStore:
    """The store in a file, made with its folder if it is not there."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{Path(path).parent} cannot be made: {error.strerror}") from error
    return TinyStore(path, busy_timeout)


def survivors(path: str, busy_timeout: float) -> Iterator[Message | Refusal | Record | None]:
    """Everything but the timelines that can be read of a damaged store, whatever its damage.

    None stands for each thing that cannot.
    """
    made: dict[str, Callable[[Mapping[str, Any]], Message | Refusal | Record]] = {
        "messages": codec.to_message,
        "refused": codec.to_refusal,
        "records": _record,
    }
    storage = SQLiteStorage(path, KEYS, VERSION, busy_timeout, lenient=True)
    try:
        for name, make in made.items():
            for written in storage.legible(name):
                try:
                    yield make(decoded(written)) if written is not None else None
                except (StoreDamaged, *_SPOILT):
                    yield None
    finally:
        storage.close()


@contextmanager
def replacing(path: str, busy_timeout: float) -> Iterator[TinyStore]:
    """A new store that takes the place of a damaged one if what is inside goes well.

    The damaged file stays beside it as ``….damaged``. Its write-ahead log is gone before the new
    file comes: SQLite would take it for the new one's.
    """
    new = f"{path}.rebuilt"
    _remove(new, ("", *_SIDES))
    try:
        with TinyStore(new, busy_timeout) as store:
            yield store
    except BaseException:
        _remove(new, ("", *_SIDES))
        raise
    kept, count = f"{path}.damaged", 1
    while Path(kept).exists():
        count += 1
        kept = f"{path}.damaged-{count}"
    try:
        for side in ("", *_SIDES):
            if Path(path + side).exists():
                shutil.copy2(path + side, kept + side)
        _remove(path, _SIDES)
        Path(new).replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be replaced by {new}: {error.strerror}") from error


_SIDES = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside a store."""


def _remove(path: str, ends: Iterable[str]) -> None:
    for end in ends:
        Path(path + end).unlink(missing_ok=True)


def _key(id: str) -> str:
    """Half of a digest is enough to find a message by, and takes half the room in the index."""
    return id[-64:][:32]


def _by_id(document: Mapping[str, Any]) -> Iterable[str]:
    return (_key(document["id"]),)


def _by_number(document: Mapping[str, Any]) -> Iterable[str]:
    keys: list[str] = document["keys"]
    return keys


def _by_kind(document: Mapping[str, Any]) -> Iterable[str]:
    kind = document["kind"]
    return {kind, *(f"{kind}:{key}" for key in (document["id"], *document["keys"]))}


A = TypeVar("A")
B = TypeVar("B")

_MANY = 1000
"""So many ids may be those of all declarations, which go more quickly at once."""
TABLES = ("messages", "refused", "records", "declarations", "passages", "changed")
KEYS = {
    "messages": _by_id,
    "refused": _by_id,
    "declarations": _by_number,
    "records": _by_kind,
}


class TinyStore:
    """A store of TinyDB documents in one SQLite file."""

    def __init__(self, path: str, busy_timeout: float) -> None:
        self.url = path
        self._db = SQLiteTinyDB(path, keys=KEYS, version=VERSION, busy_timeout=busy_timeout)
        self._storage: SQLiteStorage = self._db.storage  # type: ignore[assignment]
        try:
            with self._made():
                for name in TABLES:
                    self._storage.table(name)
        except BaseException:
            self.close()
            raise
        self._messages, self._refused, self._records = map(self._table, TABLES[:3])
        self._declarations, self._passages, self._changed = map(self._table, TABLES[3:])

    def _made(self) -> AbstractContextManager[Any]:
        """A transaction where tables are to be made; a reader never writes."""
        missing = set(TABLES) - set(self._db.tables())
        return self._storage.transaction() if missing else nullcontext()

    def _table(self, name: str) -> SQLiteTable:
        table = self._db.table(name)
        assert isinstance(table, SQLiteTable)
        return table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def reading(self) -> AbstractContextManager[None]:
        return self._storage.reading()

    def transaction(self) -> AbstractContextManager[None]:
        return self._storage.transaction()

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        found = _some(self._messages, ids)
        return {document["id"]: codec.to_received_as(document) for document in found}

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        return _read(codec.to_message, _some(self._messages, ids))

    def save_messages(self, messages: Iterable[Message]) -> None:
        _write(self._messages, map(codec.from_message, messages))

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        return _read(codec.to_refusal, _some(self._refused, ids))

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        _write(self._refused, map(codec.from_refusal, refusals))

    def drop_refusals(self, ids: Collection[str]) -> None:
        self._refused.remove(doc_ids=self._refused.filed([_key(id) for id in ids]))

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        return set(self._declarations.ids() if keys is None else self._declarations.filed(keys))

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        return _read(_timeline, self._declarations.each(ids))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        found = self._declarations.each(ids)
        return _read(lambda one: (one.doc_id, codec.to_summary(one)), found)

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        found = self._passages.pairs(ids)
        return _read(lambda one: (one[0], Timings(*one[1]["told"])), found)

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        with self.transaction():
            fresh = self._declarations.fresh()
            placed = {next(fresh) if id is None else id: d for id, d in timelines}
            self._declarations.place({id: _filed(d) for id, d in placed.items()})
            self._passages.place({id: {"told": Timings.of(d)} for id, d in placed.items()})
            self._changed.place({id: {} for id in placed})
        return list(placed)

    def delete_timelines(self, ids: Collection[int]) -> None:
        if not ids:
            return
        with self.transaction():
            if len(ids) > _MANY and set(ids) >= set(self._declarations.ids()):
                for table in (self._declarations, self._passages, self._changed):
                    table.truncate()
                return
            for table in (self._declarations, self._passages, self._changed):
                table.remove(doc_ids=ids)

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        return self._declarations.near(key, count)

    def ids_between(self, low: str, high: str) -> set[int]:
        return set(self._declarations.between(low, high))

    def unchecked(self) -> set[int]:
        return set(self._changed.ids())

    def mark_checked(self, ids: Collection[int]) -> None:
        self._changed.remove(doc_ids=ids)

    # Records

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        found: Iterable[Document] = self._records
        if kind is not None:
            found = self._records.search(Keyed(_named(kind, keys)))
        return _read(_record, found)

    def save_records(self, records: Iterable[Record]) -> None:
        new = {f"{r.kind}:{r.id}": r._asdict() for r in records}
        with self.transaction():
            held = self._records.search(Keyed(new))
            kept = {f"{document['kind']}:{document['id']}": document.doc_id for document in held}
            fresh = self._records.fresh()
            self._records.place({kept.get(n) or next(fresh): new[n] for n in new})

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        self._records.remove(doc_ids=self._records.filed(_named(kind, ids)))

    # The store itself

    def prepare(self) -> None:
        """Opening it has made it."""

    def info(self) -> dict[str, Any]:
        return {
            "messages": len(self._messages),
            "refused": len(self._refused),
            "events": sum(document["told"] for document in self._declarations.each()),
            "declarations": len(self._declarations),
            "bytes": self._storage.size(),
            "version": VERSION,
        }

    def damage(self) -> Iterator[str]:
        return self._storage.damage()


def _timeline(document: Document) -> tuple[int, Declaration]:
    events = codec.to_events(document["system"], document["events"])
    return document.doc_id, codec.to_declaration(document, events)


_SPOILT = (KeyError, TypeError, ValueError, zlib.error)
"""What a document causes that is not what was written."""


def _read(make: Callable[[A], B], kept: Iterable[A]) -> Iterator[B]:
    """Values of documents; raises StoreDamaged where one is not what was written."""
    try:
        for document in kept:
            yield make(document)
    except _SPOILT as error:
        raise StoreDamaged(
            f"not a whole store: a document is not what was written ({error!r}); "
            "store rebuild derives all but the messages anew"
        ) from error


def _named(kind: str, keys: Collection[str] | None) -> list[str]:
    return [kind] if keys is None else [f"{kind}:{key}" for key in keys]


def _record(document: Mapping[str, Any]) -> Record:
    keys = tuple(document["keys"])
    return Record(document["kind"], document["id"], document["document"], keys)


def _filed(declaration: Declaration) -> codec.Document:
    return {
        **codec.from_summary(declaration),
        "keys": codec.declaration_keys(declaration),
        "told": len(declaration.events),
        "events": codec.from_events(declaration.events, declaration.system),
    }


def _some(table: SQLiteTable, ids: Collection[str] | None) -> Iterable[Document]:
    """All documents of a table, or those with some ids, in the order they came."""
    if ids is None:
        return table.each()
    found = table.each(table.filed([_key(id) for id in ids]))
    return (document for document in found if document["id"] in ids)


def _write(table: SQLiteTable, written: Iterable[codec.Document]) -> None:
    """Writes documents that are filed under their own id, new ones after those that are there."""
    by_id = {document["id"]: document for document in written}
    with table.transaction():
        kept = {document["id"]: document.doc_id for document in _some(table, by_id)}
        fresh = table.fresh()
        table.place({kept.get(id) or next(fresh): document for id, document in by_id.items()})
