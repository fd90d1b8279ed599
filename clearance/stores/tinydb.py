"""The embedded store: TinyDB over one SQLite file.

TinyDB tables: ``messages`` and ``refused`` as received; ``records`` of every kind; of what is
derived ``declarations`` with their events deflated, ``timings`` under the same ids, and
``unchecked``, the ids of declarations that were written since the last check.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from tinydb.table import Document

from clearance import files
from clearance.errors import NoStore, Phrase, StoreDamaged, StoreError
from clearance.model import Declaration, Message, ReceivedAs, Record, Refusal, Summary, Timings
from clearance.stores import LAYOUT, codec
from clearance.stores.documents import BLOCKS, EARLIER_BLOCKS, Json
from clearance.stores.tinydb_tables import SQLiteStorage, SQLiteTable, SQLiteTinyDB

if TYPE_CHECKING:
    from clearance.stores.alike import Alike
    from clearance.stores.packed import Packed


def open(path: str, busy_timeout: float, outdated: bool = False, create: bool = True) -> TinyStore:
    """The store in a file, made with its folder if it is not there; without ``create`` NoStore is
    raised then.
    """
    if files.is_missing(path):
        if not create:
            raise NoStore(path)
        _make_file(path)
    elif not create and not os.path.getsize(path):
        raise NoStore(path)
    return TinyStore(path, busy_timeout, outdated)


def _make_file(path: str) -> None:
    """Makes an empty file, for its owner alone, with its folder, if there is none; behind a link
    what it points to.
    """
    file = files.resolved(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(files.create(file, files.OWNER_ONLY))
    except OSError as error:
        raise StoreError("{path} cannot be made: {why}", path=path, why=error) from error


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


KEPT = ("messages", "refused", "records")
DERIVED = ("declarations", "timings", "unchecked")
KEYS = {
    "messages": _by_id,
    "refused": _by_id,
    "declarations": _by_number,
    "records": _by_kind,
}
"""What the documents of a table are indexed by."""


class TinyStore:
    """A store of TinyDB documents in one SQLite file."""

    def __init__(self, path: str, busy_timeout: float, outdated: bool = False) -> None:
        self.url = path
        self._ready: dict[str, tuple[Message, codec.Document]] = {}
        self._db = SQLiteTinyDB(
            path,
            keys=KEYS,
            layout=LAYOUT,
            busy_timeout=busy_timeout,
            derived=(*DERIVED, BLOCKS, EARLIER_BLOCKS),
            outdated=outdated,
        )
        self._storage: SQLiteStorage = self._db.storage  # type: ignore[assignment]
        try:
            if self._storage.layout == LAYOUT and not self._db.tables() >= {*KEPT, *DERIVED}:
                self._make_tables()
        except BaseException:
            self.close()
            raise
        self._messages, self._refused, self._records = map(self._table, KEPT)
        self._declarations, self._timings, self._unchecked = map(self._table, DERIVED)

    def _make_tables(self) -> None:
        with self.transaction():
            for name in (*KEPT, *DERIVED):
                self._storage.table(name)

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

    @property
    def unreadable(self) -> int:
        return len(self._storage.unreadable)

    @property
    def _only_shown(self) -> bool:
        """Whether what is read goes to people: then the rest is shown where a part is damaged.

        What is written follows from what is read, so that nothing of it may be passed over.
        """
        return not self._storage.in_transaction

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        places = self._messages.ids_of(list(map(_key, ids)))
        there = list(self._messages.each(places, lenient=True))
        lost = set(places).difference(document.doc_id for document in there)
        self._storage.unreadable |= {("messages", place) for place in lost}
        wanted = (document for document in there if document["id"] in ids)
        return {document["id"]: codec.to_received_as(document) for document in wanted}

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        return codec.values(codec.to_message, _with_ids(self._messages, ids))

    def make_ready(self, messages: Iterable[Message]) -> None:
        self._ready = {message.id: (message, codec.from_message(message)) for message in messages}

    def save_messages(self, messages: Iterable[Message], absent: Collection[str] = ()) -> list[str]:
        return _write(self._messages, map(self._from_message, messages), absent)

    def _from_message(self, message: Message) -> codec.Document:
        """A document of a message, which may have been made before."""
        known, document = self._ready.pop(message.id, (None, {}))
        return document if known is message else codec.from_message(message)

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        return codec.values(codec.to_refusal, _with_ids(self._refused, ids, lenient=True))

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        _write(self._refused, map(codec.from_refusal, refusals))

    def drop_refusals(self, ids: Collection[str]) -> None:
        meant = set(ids)
        _discard(self._refused, map(_key, ids), lambda document: document["id"] in meant)

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        if keys is None:
            return self._storage.named_ids(self._declarations.name)
        return set(self._declarations.ids_of(keys))

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        return codec.values(_timeline, self._declarations.each(ids, lenient=self._only_shown))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        documents = self._declarations.pairs(ids, lenient=self._only_shown)
        return codec.values(lambda pair: (pair[0], codec.to_summary(pair[1])), documents)

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        documents = self._timings.pairs(ids, lenient=self._only_shown)
        return codec.timings_by_id(documents)

    def timings_within(
        self, when: str, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[Alike]:
        def filed() -> set[int]:
            places = codec.key_spans(when, spans)
            return set[int]().union(*(self.ids_between(*place) for place in places))

        return self._packed.alike(when, spans, filed, lenient=self._only_shown)

    @property
    def _packed(self) -> Packed:
        from clearance.stores.packed import Packed

        return Packed(self._storage, self._timings)

    def pack(self) -> None:
        self._packed.pack()

    def undated(self) -> set[int]:
        return self._timings.ids_where(codec.UNDATED)

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        with self.transaction():
            first_free = self._declarations.first_free_id()
            free = count(first_free)
            by_id = {next(free) if id is None else id: d for id, d in timelines}
            timings = {id: codec.from_timings(Timings.of(d)) for id, d in by_id.items()}
            declarations = {id: _from_declaration(d) for id, d in by_id.items()}
            self._declarations.put(declarations, first_free)
            self._timings.put(timings)
            self._unchecked.put({id: {} for id in by_id})
        return list(by_id)

    def delete_timelines(self, ids: Collection[int]) -> None:
        if ids:
            with self.transaction():
                for table in (self._declarations, self._timings, self._unchecked):
                    table.discard(ids)

    def clear_timelines(self) -> None:
        from clearance.stores.soundness import mend

        with self.transaction():
            self._storage.drop_tables(keep=KEPT)
            for name in KEPT:
                mend(self._storage, name, _is_legible if name == "records" else None)
            self._storage.set_layout(LAYOUT)
            self._make_tables()

    def neighbouring_keys(self, keys: Collection[str], count: int) -> list[list[str]]:
        return [self._declarations.neighbouring_keys(key, count) for key in keys]

    def ids_between(self, low: str, high: str) -> set[int]:
        return self._declarations.ids_between(low, high)

    def unchecked(self) -> set[int]:
        return set(self._unchecked.ids())

    def mark_checked(self, ids: Collection[int]) -> None:
        self._unchecked.discard(ids)

    # Records

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        ids = None if kind is None else self._records.ids_of(_record_keys(kind, keys))
        documents = self._records.pairs(ids, lenient=True)
        return codec.values(to_record, self._of_kind(kind, keys, documents))

    def _of_kind(
        self, kind: str | None, keys: Collection[str] | None, pairs: Iterable[tuple[int, Json]]
    ) -> Iterator[Json]:
        """The documents of records that are what was asked for; another is damage of the index."""
        wanted = None if keys is None else set(keys)
        for id, document in pairs:
            if kind is None or (
                document["kind"] == kind
                and (wanted is None or not wanted.isdisjoint((document["id"], *document["keys"])))
            ):
                yield document
            else:
                self._storage.unreadable.add((self._records.name, id))

    def save_records(self, records: Iterable[Record]) -> None:
        new = {f"{r.kind}:{r.id}": r._asdict() for r in records}
        if not new:
            return
        with self.transaction():
            there, doc_ids = _filed_under(self._records, new)
            doc_ids |= {f"{one['kind']}:{one['id']}": id for id, one in there.items()}
            first_free = self._records.first_free_id()
            free = count(first_free)
            placed = {doc_ids.get(name) or next(free): new[name] for name in new}
            self._records.put(placed, first_free, there)

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        meant = set(ids)
        _discard(
            self._records,
            _record_keys(kind, ids),
            lambda document: document["kind"] == kind and document["id"] in meant,
        )

    def clear_records(self, kind: str) -> None:
        _discard(self._records, [kind], lambda document: document["kind"] == kind)

    # The store itself

    def prepare(self) -> None:
        """Opening it has made it."""

    def info(self) -> dict[str, Any]:
        declarations = self._declarations.pairs(lenient=True)
        return {
            "messages": len(self._messages),
            "refused": len(self._refused),
            "events": sum(document["event_count"] for _, document in declarations),
            "declarations": len(self._declarations),
            "bytes": self._storage.size(),
            "version": LAYOUT,
        }

    def damage(self) -> Iterator[Phrase]:
        from clearance.stores.soundness import damage

        yield from damage(self._storage)
        try:
            wrong = self._packed.misfits()
        except StoreDamaged as why:
            yield why
        else:
            if wrong:
                yield Phrase("the timings of {count} declarations do not fit them", count=wrong)


def _timeline(document: Document) -> tuple[int, Declaration]:
    events = codec.to_events(document["system"], document["events"])
    return document.doc_id, codec.to_declaration(document, events)


def _is_legible(document: Mapping[str, Any]) -> bool:
    return codec.is_legible(to_record(document))


def _record_keys(kind: str, keys: Collection[str] | None) -> list[str]:
    """What the index files records under: their kind, or each of their keys with it."""
    return [kind] if keys is None else [f"{kind}:{key}" for key in keys]


def to_record(document: Mapping[str, Any]) -> Record:
    """The record that a document holds."""
    keys = tuple(document["keys"])
    return Record(document["kind"], document["id"], document["document"], keys)


def _from_declaration(declaration: Declaration) -> codec.Document:
    return {
        **codec.from_summary(declaration),
        "keys": codec.declaration_keys(declaration),
        "event_count": len(declaration.events),
        "events": codec.from_events(declaration.events, declaration.system),
    }


def _with_ids(
    table: SQLiteTable, ids: Collection[str] | None, *, lenient: bool = False
) -> Iterable[Document]:
    """All documents of a table, or those with some ids, in the order they came."""
    if ids is None:
        return table.each(lenient=lenient)
    documents = table.each(table.ids_of([_key(id) for id in ids]), lenient=lenient)
    return (document for document in documents if document["id"] in ids)


def _filed_under(
    table: SQLiteTable, keys: Collection[str]
) -> tuple[dict[int, Json], dict[str, int]]:
    """Documents filed under any of some keys, by place; and of those that cannot be read, where
    they lie, by key: what is written under that key takes their place.
    """
    ids = table.ids_of(keys)
    documents = dict(table.pairs(ids, lenient=True))
    spoilt = set(ids).difference(documents)
    return documents, {key: id for key, id in table.pairs_at(spoilt) if key in keys}


def _discard(table: SQLiteTable, keys: Iterable[str], is_meant: Callable[[Json], bool]) -> None:
    """Removes the documents filed under any of some keys, also those that cannot be read; not
    one that is not meant, which only a spoilt index names.
    """
    ids = table.ids_of(list(keys))
    if ids:
        with table.transaction():
            there = dict(table.pairs(ids, lenient=True))
            others = {id for id, document in there.items() if not is_meant(document)}
            table.discard([id for id in ids if id not in others], there)


def _write(
    table: SQLiteTable, documents: Iterable[codec.Document], absent: Collection[str] = ()
) -> list[str]:
    """Writes documents that are filed under their own id, new ones after those that are there.

    Those with ids in ``absent`` are new. Returns the ids of the new ones, in their order.
    """
    by_id = {document["id"]: document for document in documents}
    if not by_id:
        return []
    with table.transaction():
        there, spoilt = _filed_under(table, {_key(id) for id in by_id if id not in absent})
        doc_ids = {document["id"]: place for place, document in there.items()}
        first_free = table.first_free_id()
        free = count(first_free)
        placed = {
            doc_ids.get(id) or spoilt.pop(_key(id), None) or next(free): document
            for id, document in by_id.items()
        }
        table.put(placed, first_free, there)
    return [document["id"] for place, document in placed.items() if place >= first_free]
