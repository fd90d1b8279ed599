"""A store as one plain TinyDB file: to read by any program, to keep, to bring into another store.

``TinyDB(file)`` opens it. Its tables:

* ``messages``: ``id`` (the SHA-256 of the bytes), ``names`` they came under, ``seen_at``, and the
  bytes as ``text``, or as ``base64`` where they are not UTF-8;
* ``refused``: the same with ``name``, ``kind``, ``reason``, ``size``, ``sent``, ``said``;
* ``declarations``: what follows from the messages, with every event; times in ISO 8601 with offset;
* ``records``: what people said, alerts, deliveries, cursors, by ``kind`` and ``id``;
* ``store``: what wrote it, and its layout.

Each document is a line of the file. Only what does not follow from messages is brought back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TypeVar, get_type_hints

import msgspec

from clearance import files
from clearance.errors import ClearanceError, Phrase
from clearance.model import Event, Message, Record, Refusal
from clearance.stores import LAYOUT, Store, codec

if TYPE_CHECKING:
    from pathlib import Path

V = TypeVar("V")
Document = dict[str, Any]

_FORMAT = "clearance"
_TABLES = ("store", "messages", "refused", "declarations", "records")


def write(store: Store, derived: frozenset[str], file: BinaryIO) -> dict[str, int]:
    """Writes a store that is read as of one moment; returns how many documents each table has.

    Records of the ``derived`` kinds are left out. Raises StoreDamaged where a part cannot be read.
    """
    counts = {}
    tables: dict[str, Iterable[Document]] = {
        "store": [{"format": _FORMAT, "layout": LAYOUT}],
        "messages": map(_from_message, store.messages()),
        "refused": map(_from_refusal, store.refused()),
        "declarations": _declarations(store),
        "records": (r._asdict() for r in store.records() if r.kind not in derived),
    }
    for name, documents in tables.items():
        file.write(b"{" if name == _TABLES[0] else b",\n")
        file.write(f"{json.dumps(name)}: {{".encode())
        counts[name] = _write_table(documents, file)
        file.write(b"}")
    file.write(b"}\n")
    del counts["store"]
    return counts


def _write_table(documents: Iterable[Document], file: BinaryIO) -> int:
    number = 0
    for number, document in enumerate(documents, 1):
        written = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
        file.write(f'{"," if number > 1 else ""}\n"{number}": '.encode() + written)
    return number


def _declarations(store: Store) -> Iterator[Document]:
    for _, declaration in store.timelines():
        events = [_from_event(event) for event in declaration.events]
        yield {**codec.from_summary(declaration), "events": events}


def _from_event(event: Event) -> Document:
    fields = event._asdict().items()
    return {name: _plain(value) for name, value in fields if value not in (None, "", ())}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _from_message(message: Message) -> Document:
    names = codec.from_received_as(message.received_as)
    seen = {"id": message.id, "names": names, "seen_at": message.seen_at.isoformat()}
    return {**seen, **_written(message.data)}


def _from_refusal(refusal: Refusal) -> Document:
    document = codec.from_refusal(refusal)
    del document["deflated"]
    return {**document, **_written(refusal.data)}


def _written(data: bytes) -> Document:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


class Exported:
    """What can be read of such a file: None stands for each thing that cannot."""

    def __init__(self, path: Path) -> None:
        """Reads the whole file; raises ClearanceError where it is none, or of a later layout."""
        self._tables = _tables(path)

    def messages(self) -> Iterator[Message | None]:
        """Messages as received, in the order they were first kept."""
        return self._legible("messages", _to_message)

    def refused(self) -> Iterator[Refusal | None]:
        """Messages that could not be read, in the order they came."""
        return self._legible("refused", _to_refusal)

    def records(self) -> Iterator[Record | None]:
        """Records of every kind, in the order they were first kept."""
        return self._legible("records", _to_record)

    def _legible(self, name: str, read: Callable[[Document], V]) -> Iterator[V | None]:
        for document in self._tables[name].values():
            try:
                yield read(document)
            except codec.SPOILT:
                yield None


def _tables(path: Path) -> dict[str, dict[str, Document]]:
    tables = files.read_json(path)
    if not _is_exported(tables):
        raise ClearanceError(
            "{file}: is no file that clearance store export has written", file=path
        )
    layout = tables["store"]["1"]["layout"]
    if not isinstance(layout, int) or layout > LAYOUT:
        raise ClearanceError(
            "{file}: was written by a later version of clearance: upgrade this one", file=path
        )
    return {name: tables[name] for name in _TABLES}


def _is_exported(tables: Any) -> bool:
    """Whether it has the tables, as TinyDB writes them, and says what wrote it."""
    if not isinstance(tables, dict) or any(
        not isinstance(tables.get(name), dict) for name in _TABLES
    ):
        return False
    told = tables["store"].get("1")
    return isinstance(told, dict) and told.get("format") == _FORMAT and "layout" in told


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Bytes(msgspec.Struct, kw_only=True):
    """The bytes of a message as they are written."""

    text: str | None = None
    base64: str | None = None

    @property
    def data(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        return base64.b64decode(self.base64 or "", validate=True)


class _Message(_Bytes, kw_only=True):
    id: str
    names: list[str | tuple[str, str]]
    seen_at: _Moment


class _Refusal(_Bytes, kw_only=True):
    id: str
    name: str
    kind: str
    reason: str
    size: int
    seen_at: _Moment
    sent: str | None = None
    said: dict[str, Any] | None = None


class _Record(msgspec.Struct):
    kind: str
    id: str
    document: dict[str, Any]
    keys: tuple[str, ...]


def _to_message(document: Document) -> Message:
    read = msgspec.convert(document, _Message)
    return Message(read.id, read.data, codec.to_received_as(document), read.seen_at)


def _to_refusal(document: Document) -> Refusal:
    read = msgspec.convert(document, _Refusal)
    return codec.to_refusal({**document, "deflated": codec.from_data(read.data)})


def _to_record(document: Document) -> Record:
    record = Record(*msgspec.structs.astuple(msgspec.convert(document, _Record)))
    read = codec.reader_of(record.kind)
    _check_types(read(record), _type_of(read))
    return record


@cache
def _type_of(read: Callable[[Record], object]) -> Any:
    """The type of what is made of a record, as its reader says."""
    return get_type_hints(read).get("return", object)


def _check_types(value: object, hint: Any) -> None:
    """Raises ValueError where what a value is made of is not of the types that its class says, or a
    moment has no zone, or none in some other zone: anybody may have written the file.
    """
    parts = msgspec.to_builtins(
        value, builtin_types=(datetime, date), enc_hook=Phrase.document, str_keys=True
    )
    msgspec.convert(parts, hint, builtin_types=(datetime, date), dec_hook=_of_its_own)
    _check_moments(parts)


def _check_moments(parts: object) -> None:
    match parts:
        case datetime() if parts.tzinfo is None or parts.year in (MINYEAR, MAXYEAR):
            raise ValueError(parts)
        case dict():
            _check_moments([*parts.values()])
        case list() | tuple():
            for part in parts:
                _check_moments(part)


def _of_its_own(kind: type, document: Any) -> object:
    """A value of a type that msgspec does not know."""
    return Phrase.of(document) if kind is Phrase else document
