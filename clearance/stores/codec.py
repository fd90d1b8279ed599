"""Values to JSON documents and back, for stores that keep documents.

A document holds what JSON can: times as ISO 8601 with offset, nothing where a value is null or
empty. An event is a list in the order of its fields, with its customs system only where that is
not its declaration's; digests stand there without their ``sha256:``. Messages and events are
deflated with the dictionary of a customs system; the text begins with the id of that dictionary.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from types import ModuleType
from typing import Any, TypeVar

from clearance.customs import systems
from clearance.customs.references import index_keys
from clearance.errors import Phrase, StoreDamaged
from clearance.model import (
    MILESTONES,
    Action,
    Declaration,
    Effect,
    Event,
    Flag,
    Inconsistency,
    Message,
    ReceivedAs,
    Record,
    Reference,
    Refusal,
    Says,
    Stage,
    Statement,
    Submission,
    Summary,
    Timings,
    UnreadNotice,
)
from clearance.stores.documents import as_json

Document = dict[str, Any]
D = TypeVar("D")
V = TypeVar("V")

OPEN = "open"
"""The index key of every declaration that is open."""
LOOK = "look"
"""The kind of record that says when a check has to look at a declaration, or at a plan, again."""
LOOKED = "looked"
"""The kind of record that holds what the last check looked at, in sum."""
TOUCHED = "touched"
"""The kind of record that names a plan or an alert which people have changed since a check, or a
declaration that has become part of another, or says that messages came under other names.
"""
DECLARATION = "declaration"
"""What a record calls a declaration that it names."""
NAMES = "names"
"""What a record calls messages that have come under other names too."""

_MOMENTS = ("since", *MILESTONES, "last_at", "tax_paid_at")
"""Fields of a summary that are moments."""
_TIMING_VALUES = itemgetter(*Timings._fields)
_STAGES: dict[str | None, Stage | None] = {None: None} | {stage.value: stage for stage in Stage}
_EVENT_FIELDS = 12
"""Fields of an event that its list always has; the rare ones follow in a mapping."""
_DIGEST_PREFIX = "sha256:"
_NO_RARE_FIELDS: dict[str, Any] = {}
_NONE_OF_THEM = (None, None, None, None)
"""What most events have in ``sub``, ``due``, ``rank`` and ``whole_at``."""

SPOILT = (AttributeError, LookupError, TypeError, ValueError, OverflowError, zlib.error)
"""Exceptions that a document causes which is not what was written."""
_RECORD_READERS: dict[str, Callable[[Record], object]] = {}
"""What makes a value of a record, by the record's kind."""


def reads(kind: str) -> Callable[[Callable[[Record], V]], Callable[[Record], V]]:
    """Says of a function that it makes a value of each record of a kind, or raises one of
    ``SPOILT`` where the rest of the program could not use it.
    """

    def decorate(read: Callable[[Record], V]) -> Callable[[Record], V]:
        _RECORD_READERS[kind] = read
        return read

    return decorate


def reader_of(kind: str) -> Callable[[Record], object]:
    """What makes a value of a record of a kind, as far as it is known to be read here."""
    return _RECORD_READERS.get(kind, bool)


def is_legible(record: Record) -> bool:
    """Whether a value can be made of a record, as far as its kind is known to be read here."""
    try:
        reader_of(record.kind)(record)
    except SPOILT:
        return False
    return True


def values(read: Callable[[D], V], documents: Iterable[D]) -> Iterator[V]:
    """Values of documents; raises StoreDamaged where one is not what was written."""
    try:
        yield from map(read, documents)
    except SPOILT as error:
        raise StoreDamaged(
            "not a whole store: a document is not what was written ({why!r}); store "
            "rebuild derives all but the messages anew",
            why=error,
        ) from error


def touched(kind: str, id: str) -> Record:
    """A record that names what the next check has to look at."""
    return Record(TOUCHED, f"{kind} {id}", {"kind": kind, "id": id})


def iso(at: datetime | None) -> str | None:
    """A moment as a document holds it."""
    return at.isoformat() if at else None


def moment(written: str | None) -> datetime | None:
    """The moment that a document holds."""
    return datetime.fromisoformat(written) if written else None


def moment_key(what: str, at: datetime) -> str:
    """An index key that sorts by universal time, to the second: ``last:2026-03-02T00:00:05``."""
    return f"{what}:{at.astimezone(UTC).isoformat(timespec='seconds')[:19]}"


def key_spans(when: str, spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[str, str]]:
    """Where an index holds what was declared, or may have been closed, within half-open spans of
    time in order; ``when`` is ``counted_at`` or ``cleared_at``.

    No index knows when something was closed; its last event is then or later.
    """
    if when == "cleared_at":
        return [(moment_key("last", spans[0][0]), "last;")]
    return [(moment_key("declared", low), moment_key("declared", high)) for low, high in spans]


def declaration_keys(declaration: Declaration) -> list[str]:
    """What an index files a declaration under.

    Its numbers, whether it is open, when it was declared and when its last event was known.
    """
    keys = index_keys(declaration)
    if declaration.open:
        keys.add(OPEN)
    for what, at in (("declared", declaration.counted_at), ("last", declaration.last_known_at)):
        if at:
            keys.add(moment_key(what, at))
    return sorted(keys)


def from_summary(summary: Summary) -> Document:
    """A document of everything derived, without the events."""
    document = {
        "system": summary.system,
        "name": summary.name,
        "references": summary.references,
        "direction": summary.direction,
        "office": summary.office,
        "facts": summary.facts,
        "stage": summary.stage,
        "path": summary.path,
        "guaranteed": summary.guaranteed,
        **{name: iso(getattr(summary, name)) for name in _MOMENTS},
        "outstanding": [_from_action(action) for action in summary.outstanding],
        "asked_again": [_from_action(action) for action in summary.asked_again],
        "submissions": [_from_submission(submission) for submission in summary.submissions],
        "inconsistencies": [list(inconsistency) for inconsistency in summary.inconsistencies],
        "statements": [_from_statement(statement) for statement in summary.statements],
    }
    return {name: value for name, value in document.items() if value}


def to_summary(document: Mapping[str, Any]) -> Summary:
    """The summary a document was made of."""
    return Summary(**_derived(document))


def to_declaration(document: Mapping[str, Any], events: Iterable[Event]) -> Declaration:
    """The declaration with these events that a summary's document was made of."""
    return Declaration(**_derived(document), events=tuple(events))


def _derived(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "system": document["system"],
        "name": document["name"],
        "references": {kind: tuple(v) for kind, v in document["references"].items()},
        "direction": document.get("direction"),
        "office": document.get("office"),
        "facts": document.get("facts", {}),
        "stage": _STAGES[document.get("stage")],
        "path": document.get("path", ""),
        "guaranteed": document.get("guaranteed", False),
        **{name: moment(document.get(name)) for name in _MOMENTS},
        "outstanding": tuple(map(_to_action, document.get("outstanding", ()))),
        "asked_again": tuple(map(_to_action, document.get("asked_again", ()))),
        "submissions": tuple(
            Submission(moment(since), moment(at), *rest)
            for since, at, *rest in document.get("submissions", ())
        ),
        "inconsistencies": tuple(
            Inconsistency(*inconsistency) for inconsistency in document.get("inconsistencies", ())
        ),
        "statements": tuple(map(_to_statement, document.get("statements", ()))),
    }


def from_timings(timings: Timings) -> Document:
    """A document of timings by field name, without the fields that have their default."""
    defaults = Timings._field_defaults
    values = timings._asdict().items()
    return {name: value for name, value in values if value != defaults.get(name)}


def to_timings(document: Document) -> Timings:
    """The timings a document was made of; a field that is not in it has its default."""
    return Timings._make(_TIMING_VALUES(Timings._field_defaults | document))


def timings_by_id(documents: Iterable[tuple[int, Document]]) -> Iterator[tuple[int, Timings]]:
    """Timings of documents, each with its id; raises StoreDamaged as ``values`` does."""
    return values(lambda pair: (pair[0], to_timings(pair[1])), documents)


UNDATED = """instr(doc, '"declared_at":') = 0 AND instr(doc, '"dated_at":') = 0"""
"""What tells that a document of timings has no ``counted_at``, for SQLite, which may index it."""


def _from_submission(submission: Submission) -> list[Any]:
    """A submission, with the note of its return if it has one."""
    since, at, outcome, note = submission
    written = [iso(since), iso(at), outcome]
    return [*written, note] if note else written


def _from_action(action: Action) -> list[Any]:
    written = [action.action, iso(action.since), action.note, action.message]
    return [*written, iso(action.due)] if action.due else written


def _to_action(written: Sequence[Any]) -> Action:
    action, since, note, message, *due = written
    return Action(
        action, datetime.fromisoformat(since), note, message, moment(next(iter(due), None))
    )


def _from_statement(statement: Statement) -> list[str | None]:
    return [
        written.isoformat() if isinstance(written, datetime) else written for written in statement
    ]


def _to_statement(written: Sequence[str | None]) -> Statement:
    says, at, by, text, about, happened, effect, message, replaced_by = written
    return Statement(
        Says(says or ""),
        datetime.fromisoformat(at or ""),
        by,
        text,
        about,
        datetime.fromisoformat(happened or ""),
        Effect(effect or ""),
        message or "",
        replaced_by,
    )


def from_event(event: Event, system: str) -> list[Any]:
    """An event of a declaration of a customs system, as a list in the order of its fields.

    Fields that few events have come last, in a mapping; the system only where it is not the
    declaration's.
    """
    written = [
        event.kind,
        event.code,
        event.stage,
        iso(event.at),
        event.note,
        event.serial,
        iso(event.received_at),
        event.references,
        event.facts,
        event.action,
        event.flags,
        [message.removeprefix(_DIGEST_PREFIX) for message in event.messages],
    ]
    if event.system == system and event[_EVENT_FIELDS + 1 :] == _NONE_OF_THEM:
        return written
    rare = {
        "system": None if event.system == system else event.system,
        "sub": event.sub,
        "due": iso(event.due),
        "rank": event.rank,
        "whole_at": iso(event.whole_at),
    }
    return [*written, {name: value for name, value in rare.items() if value is not None}]


def to_event(system: str, fields: list[Any]) -> Event:
    """The event that a list was made of, in a declaration of a system."""
    rare = fields[_EVENT_FIELDS] if len(fields) > _EVENT_FIELDS else _NO_RARE_FIELDS
    kind, code, stage, at, note, serial, received, references, facts, action, flags, ids = fields[
        :_EVENT_FIELDS
    ]
    return Event(
        rare.get("system", system),
        kind,
        code,
        _STAGES[stage],
        moment(at),
        note,
        serial,
        moment(received),
        tuple(Reference(*reference) for reference in references),
        tuple((name, value) for name, value in facts),
        action,
        tuple(Flag(flag) for flag in flags),
        tuple(_DIGEST_PREFIX + id for id in ids),
        rare.get("sub"),
        moment(rare.get("due")),
        rare.get("rank"),
        moment(rare.get("whole_at")),
    )


def from_events(events: Iterable[Event], system: str) -> str:
    """The events of a declaration of a system as one text, deflated: they take the most room."""
    written = as_json([from_event(event, system) for event in events], "surrogatepass")
    return _deflated(written, _dictionary_of(system), "EVENTS")


def to_events(system: str, written: str) -> list[Event]:
    """The events that a text was made of."""
    return [to_event(system, fields) for fields in json.loads(_inflated(written, "EVENTS"))]


def from_data(data: bytes) -> str:
    """Bytes as one text, deflated: messages are short and alike, so they share a dictionary."""
    fitting = (dictionary for dictionary in _special_dictionaries() if dictionary.fits(data))
    return _deflated(data, next(fitting, _dictionaries()[""]), "MESSAGES")


def to_data(written: str) -> bytes:
    """The bytes a text was made of, to the byte."""
    return _inflated(written, "MESSAGES")


@cache
def _dictionaries() -> dict[str, ModuleType]:
    """The dictionaries of customs systems, by their ids."""
    dictionaries = (system.dictionary for system in systems().values())
    return {dictionary.ID: dictionary for dictionary in dictionaries if dictionary}


@cache
def _special_dictionaries() -> tuple[ModuleType, ...]:
    """The dictionaries that only some messages fit."""
    return tuple(dictionary for id, dictionary in _dictionaries().items() if id)


@cache
def _dictionary_of(system: str) -> ModuleType:
    """The dictionary of a system; of one that has none, that without an id."""
    dictionary = systems()[system].dictionary if system in systems() else None
    return dictionary or _dictionaries()[""]


@cache
def _base64() -> ModuleType:
    """What writes bytes as text; a list, which shows no event, does not load it."""
    import binascii

    return binascii


def _deflated(data: bytes, dictionary: ModuleType, what: str) -> str:
    deflate = _primed(getattr(dictionary, what)).copy()
    packed = _base64().b2a_base64(deflate.compress(data) + deflate.flush(), newline=False).decode()
    return f"{dictionary.ID}:{packed}" if dictionary.ID else packed


@cache
def _primed(dictionary: bytes) -> Any:
    """What deflates with a dictionary: to copy it is quicker than to make it."""
    return zlib.compressobj(6, zlib.DEFLATED, -12, 5, zdict=dictionary)


def _inflated(written: str, what: str) -> bytes:
    id, _, packed = written.rpartition(":")
    inflate = zlib.decompressobj(-15, zdict=getattr(_dictionaries()[id], what))
    return inflate.decompress(_base64().a2b_base64(packed)) + inflate.flush()


def from_message(message: Message) -> Document:
    """A document of a message."""
    id, data, received_as, seen_at = message
    return {
        "id": id,
        "names": from_received_as(received_as),
        "seen_at": seen_at.isoformat(),
        "deflated": from_data(data),
    }


def from_received_as(received_as: Iterable[ReceivedAs]) -> list[str | list[str]]:
    """Names, each with its envelope's time where it had one."""
    return [[name, sent] if sent else name for name, sent in sorted(set(received_as))]


def to_received_as(document: Mapping[str, Any]) -> tuple[ReceivedAs, ...]:
    """The names in a message's document."""
    return tuple(ReceivedAs(n) if isinstance(n, str) else ReceivedAs(*n) for n in document["names"])


def to_message(document: Mapping[str, Any]) -> Message:
    """The message a document was made of."""
    return Message(
        document["id"],
        to_data(document["deflated"]),
        to_received_as(document),
        datetime.fromisoformat(document["seen_at"]),
    )


def from_refusal(refusal: Refusal) -> Document:
    """A document of a refusal."""
    return {
        "id": refusal.id,
        "name": refusal.name,
        "kind": refusal.kind,
        "reason": refusal.reason,
        "size": refusal.size,
        "seen_at": iso(refusal.seen_at),
        "sent": refusal.sent,
        "deflated": from_data(refusal.data),
        **from_said(refusal.said),
    }


def to_refusal(document: Mapping[str, Any]) -> Refusal:
    """The refusal a document was made of."""
    return Refusal(
        document["id"],
        document["name"],
        document["kind"],
        document["reason"],
        document["size"],
        datetime.fromisoformat(document["seen_at"]),
        to_data(document["deflated"]),
        document["sent"],
        to_said(document),
    )


def from_said(said: Phrase | None) -> Document:
    """Why a message is refused, with its template and values, if they are known."""
    return {"said": said.document()} if said else {}


def to_said(document: Mapping[str, Any]) -> Phrase | None:
    """Why a message is refused, of a document that may hold it."""
    return Phrase.of(document["said"]) if "said" in document else None


UNREAD = "unread"
"""The kind of record of a refusal without its bytes, so that a check need not read the messages."""


def from_notice(refusal: Refusal) -> Record:
    """A record of a refusal without the message."""
    seen_at = refusal.seen_at.isoformat()
    document = {"name": refusal.name, "kind": refusal.kind, "reason": refusal.reason}
    return Record(UNREAD, refusal.id, {**document, "seen_at": seen_at, **from_said(refusal.said)})


@reads(UNREAD)
def to_notice(record: Record) -> UnreadNotice:
    """The notice a record was made of."""
    name, kind, reason, seen_at = (
        record.document[key] for key in ("name", "kind", "reason", "seen_at")
    )
    return UnreadNotice(
        record.id, name, kind, reason, datetime.fromisoformat(seen_at), to_said(record.document)
    )
