"""Values to JSON documents and back, for stores that keep documents.

A document holds what JSON can: times as ISO 8601 with offset, nothing where a value is null or
empty. An event is a list in the order of its fields, without the dialect, which its declaration
has; digests stand there without their ``sha256:``.
"""

from __future__ import annotations

import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from clearance.model import (
    Action,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Message,
    ReceivedAs,
    Record,
    Reference,
    Refusal,
    Stage,
    Submission,
    Summary,
    UnreadNotice,
)

Document = dict[str, Any]

OPEN = "open"
"""The index key of every declaration that is neither cleared nor withdrawn."""

_TIMES = (
    "since",
    "first_declared_at",
    "declared_at",
    "accepted_at",
    "reviewed_at",
    "examined_from",
    "examined_until",
    "released_at",
    "cleared_at",
    "withdrawn_at",
    "last_at",
)
DICTIONARY = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<DecImportResponse xmlns="http://www.chinaport.gov.cn/dec"><ResponseCode>0</ResponseCode>\
<ErrorMessage>调用成功</ErrorMessage><ClientSeqNo>20260</ClientSeqNo><SeqNo>E20260000000000000\
</SeqNo></DecImportResponse><?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<DEC_RESULT><CUS_CIQ_NO>I20260000000000000</CUS_CIQ_NO><ENTRY_ID></ENTRY_ID><NOTICE_DATE>2026-0\
</NOTICE_DATE><CHANNEL>7</CHANNEL><NOTE>直接申报成功</NOTE><CUSTOM_MASTER></CUSTOM_MASTER>\
<I_E_DATE></I_E_DATE><D_DATE></D_DATE></DEC_RESULT><?xml version="1.0" encoding="UTF-8"?>
<DEC_RESULT><CUS_CIQ_NO>E20260000000000000</CUS_CIQ_NO><ENTRY_ID>224820260000000000</ENTRY_ID>\
<NOTICE_DATE>2026-01-01T10:00:00</NOTICE_DATE><CHANNEL>L</CHANNEL><NOTE>成功入海关预录入库;\
报关单放行</NOTE><CUSTOM_MASTER>2248</CUSTOM_MASTER><I_E_DATE></I_E_DATE>\
<D_DATE>2026-01-01T10:00:00</D_DATE></DEC_RESULT>""".encode()
"""What messages have in common. Kept messages can be read only with it: it never changes."""
EVENTS = (
    '"return",["undoes"],["2026-0"action","inspection","review_finished","suspended","rejected",'
    '"withdrawn","under_review","action_due","documents",["guarantee"],["reviewed"],["unknown"],'
    '[["DecImportResponse","0","draft","2026-01-01T10:00:00+08:00","调用成功",null,'
    '"2026-01-01T10:00:00+08:00",[["client_ref","2026"],["sent_as","2026"],["unified_no",'
    '"E20260000000000000"]],[["direction","export"]],null,["transport"],["'
    '"]],["DEC_RESULT","7","submitted","2026-01-01T10:00:00+08:00",",I20260000000000000直接申报成功"'
    ',"202600000000000001","2026-01-01T10:00:00+08:00",[["unified_no","I20260000000000000"]],'
    '[["direction","import"]],null,[],["'
    '"]],["DEC_RESULT","L","accepted","2026-01-01T10:00:00+08:00","成功入海关预录入库;",'
    '"202600000000000001","2026-01-01T10:00:00+08:00",[["entry_no","224820260000000000"],'
    '["unified_no","E20260000000000000"]],[["declaration_date","2026-01-01T10:00:00+08:00"],'
    '["direction","export"],["office","2248"]],null,[],["'
    '"]],["DEC_RESULT","R","cleared","2026-01-01T10:00:00+08:00","已结关","202600000000000001",'
    '"]],["DEC_RESULT","P","released","2026-01-01T10:00:00+08:00",";报关单放行","202600000000000001",'
).encode()
"""What events have in common, as ``from_events`` writes them; it never changes either."""

_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_PREFIX = len("sha256:")
_STAGES: dict[str | None, Stage | None] = {None: None} | {stage.value: stage for stage in Stage}


def iso(at: datetime | None) -> str | None:
    """A moment as a document holds it."""
    return at.isoformat() if at else None


def moment(written: str | None) -> datetime | None:
    """The moment that a document holds."""
    return datetime.fromisoformat(written) if written else None


def moment_key(what: str, at: datetime) -> str:
    """An index key that sorts by universal time, to the second: ``last:2026-03-02T00:00:05``."""
    return f"{what}:{at.astimezone(UTC).isoformat(timespec='seconds')[:19]}"


def declaration_keys(declaration: Declaration) -> list[str]:
    """What an index files a declaration under.

    Its numbers, whether it is open, when it was declared and when it was last heard of.
    """
    keys = set(declaration.keys)
    if declaration.open:
        keys.add(OPEN)
    for what, at in (("declared", declaration.declared_at), ("last", declaration.last_at)):
        if at:
            keys.add(moment_key(what, at))
    return sorted(keys)


def from_summary(summary: Summary) -> Document:
    """A document of everything derived, without the events."""
    document = {
        "dialect": summary.dialect,
        "references": summary.references,
        "direction": summary.direction,
        "office": summary.office,
        "facts": summary.facts,
        "stage": summary.stage,
        "path": summary.path,
        "guaranteed": summary.guaranteed,
        **{name: iso(getattr(summary, name)) for name in _TIMES},
        "outstanding": [[a, iso(since), note, m] for a, since, note, m in summary.outstanding],
        "episodes": [[iso(since), iso(at), out] for since, at, out in summary.submissions],
        "remarks": [list(inconsistency) for inconsistency in summary.inconsistencies],
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
        "dialect": document["dialect"],
        "references": {kind: tuple(v) for kind, v in document["references"].items()},
        "direction": document.get("direction"),
        "office": document.get("office"),
        "facts": document.get("facts", {}),
        "stage": _STAGES[document.get("stage")],
        "path": document.get("path", ""),
        "guaranteed": document.get("guaranteed", False),
        **{name: moment(document.get(name)) for name in _TIMES},
        "outstanding": tuple(
            Action(action, datetime.fromisoformat(since), note, message)
            for action, since, note, message in document.get("outstanding", ())
        ),
        "submissions": tuple(
            Submission(moment(since), moment(at), outcome)
            for since, at, outcome in document.get("episodes", ())
        ),
        "inconsistencies": tuple(
            Inconsistency(*inconsistency) for inconsistency in document.get("remarks", ())
        ),
    }


def from_event(event: Event) -> list[Any]:
    """An event as a list in the order of its fields, without the dialect."""
    return [
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
        [message[_PREFIX:] for message in event.messages],
    ]


def to_event(dialect: str, fields: list[Any]) -> Event:
    """The event that a list was made of."""
    kind, code, stage, at, note, serial, received, references, facts, action, flags, ids = fields
    return Event(
        dialect,
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
        tuple(f"sha256:{id}" for id in ids),
    )


def from_events(events: Iterable[Event]) -> str:
    """Events as one text, deflated: of all that is kept they take the most room."""
    written = _encoded([from_event(event) for event in events])
    return _deflated(written.encode(errors="surrogatepass"), EVENTS)


def to_events(dialect: str, written: str) -> list[Event]:
    """The events that a text was made of."""
    return [to_event(dialect, fields) for fields in json.loads(_inflated(written, EVENTS))]


def from_data(data: bytes) -> str:
    """Bytes as one text, deflated: messages are short and alike, so they share a dictionary."""
    return _deflated(data, DICTIONARY)


def to_data(written: str) -> bytes:
    """The bytes a text was made of, to the byte."""
    return _inflated(written, DICTIONARY)


def _deflated(data: bytes, dictionary: bytes) -> str:
    deflate = _primed(dictionary).copy()
    return binascii.b2a_base64(deflate.compress(data) + deflate.flush(), newline=False).decode()


@cache
def _primed(dictionary: bytes) -> Any:
    """What deflates with a dictionary: to copy it is quicker than to make it."""
    return zlib.compressobj(6, zlib.DEFLATED, -12, 5, zdict=dictionary)


def _inflated(written: str, dictionary: bytes) -> bytes:
    inflate = zlib.decompressobj(-15, zdict=dictionary)
    return inflate.decompress(binascii.a2b_base64(written)) + inflate.flush()


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
    )


UNREAD = "unread"
"""The kind of record that tells of a refusal, so that a check need not read the messages."""


def from_notice(refusal: Refusal) -> Record:
    """A record of a refusal without the message."""
    seen_at = refusal.seen_at.isoformat()
    document = {"name": refusal.name, "kind": refusal.kind, "reason": refusal.reason}
    return Record(UNREAD, refusal.id, {**document, "seen_at": seen_at})


def to_notice(record: Record) -> UnreadNotice:
    """The notice a record was made of."""
    name, kind, reason, seen_at = (
        record.document[key] for key in ("name", "kind", "reason", "seen_at")
    )
    return UnreadNotice(record.id, name, kind, reason, datetime.fromisoformat(seen_at))
