"""Rows of the tables from and to messages, refusals, declarations, timings and records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from clearance.model import (
    Declaration,
    Event,
    Message,
    ReceivedAs,
    Record,
    Refusal,
    Summary,
    Timings,
)
from clearance.stores import codec
from clearance.stores.postgresql.schema import Row

encoded = json.JSONEncoder(separators=(",", ":")).encode
"""A document as it is stored: in ASCII, so that also half of a surrogate pair can be."""


def pairs(rows: Iterable[tuple[int, Iterable[str]]]) -> set[tuple[str, int]]:
    """Rows of the index: a key and the id of a declaration that is filed under it."""
    return {(key, id) for id, keys in rows for key in keys}


def received_as(names: list[Any]) -> tuple[ReceivedAs, ...]:
    """The names of a message, and when it came under each, of their JSON."""
    return codec.to_received_as({"names": names})


def _to_events(system: str, events: Iterable[list[Any]]) -> Iterator[Event]:
    return (codec.to_event(system, fields) for fields in events)


def to_message(row: Row) -> Message:
    """A message of its row."""
    _, id, data, names, seen = row
    return Message(id, data, received_as(json.loads(names)), datetime.fromisoformat(seen))


def from_refusal(refusal: Refusal) -> tuple[str, bytes]:
    """The columns of a refusal behind its number."""
    r = refusal
    doc = [r.name, r.kind, r.reason, r.size, r.seen_at.isoformat(), r.sent, codec.from_said(r.said)]
    return encoded(doc), r.data


def to_refusal(row: Row) -> Refusal:
    """A refusal of its row."""
    _, id, doc, data = row
    name, kind, reason, size, seen, sent, *why = json.loads(doc)
    said = codec.to_said(why[0]) if why else None
    return Refusal(id, name, kind, reason, size, datetime.fromisoformat(seen), data, sent, said)


def to_timeline(row: Row) -> tuple[int, Declaration]:
    """A declaration with its events, of its row."""
    id, written, events = row
    doc = json.loads(written)
    return id, codec.to_declaration(doc, _to_events(doc["system"], json.loads(events)))


def to_summary(row: Row) -> tuple[int, Summary]:
    """A declaration without its events, of its row."""
    id, written = row
    return id, codec.to_summary(json.loads(written))


def to_documents(rows: list[Row]) -> Iterator[tuple[int, codec.Document]]:
    """Documents of their rows, which are decoded together."""
    documents = json.loads(f"[{','.join(doc for _, doc in rows)}]")
    return zip((id for id, _ in rows), documents, strict=True)


def to_record(name: str, filed: list[str], document: codec.Document) -> Record:
    """A record of its row; what it is filed under begins with its kind and its name."""
    kind, _, *keys = filed
    return Record(
        kind,
        name.removeprefix(f"{kind}:"),
        document,
        tuple(key.removeprefix(f"{kind}:") for key in keys),
    )


def from_declaration(declaration: Declaration) -> tuple[str, str]:
    """The columns of a declaration: itself, and its events."""
    events = [codec.from_event(event, declaration.system) for event in declaration.events]
    return encoded(codec.from_summary(declaration)), encoded(events)


def from_timings(declaration: Declaration) -> str:
    """The column of what reports need of a declaration."""
    return encoded(codec.from_timings(Timings.of(declaration)))
