"""China's International Trade Single Window: receipts for customs declarations (报关单回执).

Two layers are read. The *import receipt* ``DecImportResponse`` says whether the data centre took a
message; it alone carries both the declarant's own reference and the unified number. The *business
receipt* says what customs did: ``DEC_RESULT`` since August 2018, ``DEC_DATA`` before. ``Root`` is
the client's own error, for a message that never left. Each may come bare or in a ``DxpMsg``.

The file's name carries what the XML lacks, the name that counts being the smallest that fits::

    Receipt_<type>_<unified no.>_<receipt serial, 18>_<client time>.xml
    Successed_<outgoing base name>_<client time>.xml         so spelt; or Failed_…

The client time is when the file was *received*, 14 digits and up to nine more. Where name and body
disagree on a number the body wins and the timeline says so.

Times carry no zone and are Beijing time. A zone of ``+00:00`` is false: one writer of envelopes
stamps local time so, as the time inside its own receipts shows. Any other zone is believed. Times
are kept to the second, because two receipts of one second are ordered by stage. A time of a
receipt must have a time of day; a date of declaration or of import need not.

Sources: the forms of messages are those that independent readers of these receipts agree on, and
real receipts where such were seen; no official text was available.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from clearance.customs import UNKNOWN
from clearance.customs.cn_single_window import CLIENT_REF, NAME, OUTGOING_FILE, ZONE
from clearance.customs.cn_single_window.codes import CLIENT_ERROR, CODES, REFUSED, TAKEN
from clearance.customs.unpacking import Enclosed, Reader, Root
from clearance.customs.xml import Element, Flat, fields, find, local, text
from clearance.errors import Unreadable
from clearance.model import Event, Flag, ReceivedAs, Reference

YEARS = range(1990, 2101)
"""A time in another year is no time of a declaration."""
_OTHER_NUMBERS = {"CLIENTSEQ_NO": CLIENT_REF, "BILL_NO": "bill_no", "VOYAGE_NO": "voyage"}
_DATES = {"D_DATE": "declaration_date", "I_E_DATE": "import_export_date"}
_FACTS = {
    "AGENT_NAME": "agent",
    "DECLARE_NO": "declarant_no",
    "TRADE_CO": "trader",
    "CUSTOMS_FIELD": "yard",
    "BONDED_NO": "bonded_warehouse",
    "PACK_NO": "packages",
    "NET_WT": "net_weight",
    "GROSS_WT": "gross_weight",
    "TRAF_MODE": "transport_mode",
}
_OFFICES = ("CUSTOM_MASTER", "DECL_PORT")
"""Where the office stands; the first that is filled, in this order, unless a number says it."""

_UNIFIED = re.compile(r"[IEZ][0-9]{17}")
_NUMBER = re.compile(r"[0-9A-Za-z]{6,40}")
_ENTRY = re.compile(r"[0-9A-Z]{4}[0-9]{14}")
_DECLARED_NOTE = re.compile(r";?\s*([IEZ][0-9]{17})(?:\s*,\s*[IEZ][0-9]{17})*\s*直接申报成功")
_COMPACT = re.compile(r"([0-9]{8})T?([0-9]{6})[0-9]{0,9}")
_DASHED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_RECEIPT_NAME = re.compile(
    r"(?:handled_[0-9]+_)?Receipt_[0-9A-Z]+_([0-9A-Z]+)_([0-9]{18})_([0-9]{14})[0-9]{0,9}"
    r"(?: ?\([0-9]+\))?\.xml",
    re.IGNORECASE,
)
_IMPORT_NAME = re.compile(
    r"(?:handled_[0-9]+_)?(?:Successed|Failed)_(.+)_([0-9]{14})[0-9]{0,9}(?: ?\([0-9]+\))?\.xml",
    re.IGNORECASE,
)
_STORED = "暂存"
"""In the note of an import receipt: kept as a draft and not declared."""
_MAX_CHARS = 255
"""Characters of a reference, or of a name in an envelope."""
_MAX_NOTE_CHARS = 500
"""Characters at the beginning of a note that may name a number."""
_MAX_LIST_CHARS = 64 * 1024
"""Characters of a client error that are read as a list of lines."""
_CACHE_SIZE = 256
"""Values that are not read twice, because the receipts of a declaration come together."""


class Named(NamedTuple):
    """What a file's name says."""

    received_at: datetime
    serial: str | None = None
    number: str | None = None
    base: str | None = None


def named(received_as: Sequence[ReceivedAs]) -> Named | None:
    """The facts of the smallest name that fits a pattern, of all that a message came under."""
    return next(iter(_names(received_as)), None)


def _names(received_as: Sequence[ReceivedAs]) -> list[Named]:
    """The facts of each name that fits, smallest first; only the last part of a name counts."""
    lasts = [name.replace("\\", "/").rpartition("/")[2] for name, _ in received_as]
    return [facts for name in sorted(lasts) if (facts := _name(name))]


def _name(name: str) -> Named | None:
    try:
        if match := _RECEIPT_NAME.fullmatch(name):
            number, serial, time = match.groups()
            return Named(_beijing(f"{time[:8]}T{time[8:]}"), serial, number)
        if match := _IMPORT_NAME.fullmatch(name):
            base, time = match.groups()
            return Named(_beijing(f"{time[:8]}T{time[8:]}"), base=base)
    except ValueError:
        pass
    return None


def _beijing(written: str) -> datetime:
    """A time in ISO 8601 without a zone; raises ValueError."""
    at = datetime.fromisoformat(written).replace(tzinfo=ZONE)
    if at.year not in YEARS:
        raise ValueError(written)
    return at


def instant(written: str, what: str = "the time") -> datetime:
    """A time of any form these messages use, as Beijing time to the second."""
    try:
        if match := _DASHED.fullmatch(written):
            clock, zone = match.groups()
            if zone and zone.replace(":", "") != "+0000":
                zoned = datetime.fromisoformat(clock + zone).astimezone(ZONE)
                clock = zoned.replace(tzinfo=None).isoformat()
            return _beijing(clock)
        if match := _COMPACT.fullmatch(written):
            return _beijing(f"{match[1]}T{match[2]}")
        raise ValueError
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            "bad_time",
            f"{what} is {written[:40]!r}, which is not a time such as 2026-03-02T08:00:00",
        ) from error


@lru_cache(_CACHE_SIZE)
def _date_or_instant(written: str, what: str) -> str:
    """A date, or a time where it has a time of day; customs writes a mere date as midnight."""
    try:
        if match := _DAY.fullmatch(written):
            day = date.fromisoformat("-".join(match.groups()))
            if day.year in YEARS:
                return day.isoformat()
        at = instant(written, what)
    except ValueError as error:
        raise Unreadable(
            "bad_time", f"{what} is {written[:40]!r}, which is not a date such as 20260302"
        ) from error
    midnight = not (at.hour or at.minute or at.second)
    return at.date().isoformat() if midnight else at.isoformat()


def _import_response(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DecImportResponse``: whether the data centre took a message; ``ResponseCode`` 0 if so.

    Its time is the client's from the file name, else the envelope's. Without either it is a link
    only, an event without a time and a stage. It says nothing of the time itself, so the answers
    to two sendings may be the same to the byte: each outgoing base name it came back for is one.
    """
    told = fields(root)
    code = told.get("ResponseCode", "")
    if not code:
        raise Unreadable("bad_value", "ResponseCode is empty: 0 would be taken, 1 refused")
    references = _texts(told, {"ClientSeqNo": CLIENT_REF})
    if number := told.get("SeqNo", ""):
        references.append(_reference("unified_no", number, "SeqNo"))
    fitting = _names(received_as)
    answered = {name.base: name for name in reversed(fitting) if name.base}
    if not references and not answered:
        raise Unreadable("no_number", "an import receipt with neither ClientSeqNo nor SeqNo")
    meaning = TAKEN if code == "0" else REFUSED
    note = told.get("ErrorMessage") or None
    sent = meaning is TAKEN and note is not None and _STORED not in note
    return [
        Event(
            system=NAME,
            kind="DecImportResponse",
            code=code,
            stage=meaning.stage if at else None,
            at=at,
            note=note,
            serial=None,
            received_at=received_at,
            references=tuple(sorted((*references, *sent_as))),
            facts=_direction(tuple(references)),
            action=None,
            flags=(*meaning.flags, Flag.AWAITS_REPLY) if sent else meaning.flags,
            messages=(id,),
        )
        for at, received_at, sent_as in _answers(answered, fitting, received_as)
    ]


def _answers(
    answered: Mapping[str, Named], fitting: Sequence[Named], received_as: Sequence[ReceivedAs]
) -> Iterator[tuple[datetime | None, datetime | None, list[Reference]]]:
    """When an import receipt was received, and for which outgoing file, as far as is known."""
    for base, name in sorted(answered.items()):
        yield name.received_at, name.received_at, [Reference(OUTGOING_FILE, base)]
    if not answered:
        received_at = fitting[0].received_at if fitting else None
        yield received_at or _sent(received_as), received_at, []


def _client_error(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``Root``: the client could not sign or send. Only the file's name says which declaration."""
    name = named(received_as)
    if name is None or not name.base:
        raise Unreadable(
            "no_number",
            "a client error says which declaration it is about only by its file name, "
            "Failed_<outgoing name>_<time>.xml, and this name is another",
        )
    told = fields(root)
    return [
        Event(
            system=NAME,
            kind="Root",
            code=told.get("failCode") or None,
            stage=CLIENT_ERROR.stage,
            at=name.received_at,
            note=_fail_info(told.get("failInfo", "")) or None,
            serial=None,
            received_at=name.received_at,
            references=(Reference(OUTGOING_FILE, name.base),),
            facts=(),
            action=None,
            flags=CLIENT_ERROR.flags,
            messages=(id,),
        )
    ]


def _client_error_identity(received_as: Sequence[ReceivedAs]) -> str:
    name = named(received_as)
    return f"{name.base} {name.received_at.isoformat()} " if name else ""


def _fail_info(written: str) -> str:
    """The lines of ``failInfo``, whose text is a JSON array of strings."""
    if len(written) > _MAX_LIST_CHARS:
        return written
    try:
        lines = json.loads(written)
    except (ValueError, RecursionError):
        return written
    return "; ".join(map(str, lines)) if isinstance(lines, list) else written


def _business_receipt(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DEC_RESULT``: what customs did."""
    return [_told("DEC_RESULT", fields(root), None, received_as, id)]


def _old_business_receipt(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DEC_DATA``: the same before August 2018, with more fields and ``RESULT_INFO`` beside."""
    if isinstance(root, Flat):
        found, info = root.fields, root.fields.get("RESULT_INFO", "")
        results: list[dict[str, str]] = [{}] if "DEC_RESULT" in found else []
    else:
        results = [fields(child) for child in root if local(child) == "DEC_RESULT"]
        info = next((text(c) for c in root if local(c) == "RESULT_INFO"), "")
    if not results:
        raise Unreadable("bad_value", "DEC_DATA holds no DEC_RESULT")
    return [_told("DEC_DATA", result, info, received_as, id) for result in results]


def _told(
    kind: str, told: dict[str, str], info: str | None, received_as: Sequence[ReceivedAs], id: str
) -> Event:
    note = told.get("NOTE") or info or None
    known = _numbers(told.get("CUS_CIQ_NO", ""), told.get("SEQ_NO", ""), told.get("ENTRY_ID", ""))
    references = (*known, *_texts(told, _OTHER_NUMBERS), *_noted(note or "", known))
    if all(reference.kind in ("bill_no", "voyage") for reference in references):
        raise Unreadable(
            "no_number", "a business receipt without any number: CUS_CIQ_NO and ENTRY_ID are empty"
        )
    written, code = told.get("NOTICE_DATE", ""), told.get("CHANNEL", "")
    if not written:
        raise Unreadable("bad_time", "NOTICE_DATE is empty: a receipt without a time is no status")
    if not code:
        raise Unreadable("bad_value", "CHANNEL is empty: a receipt without a code is no status")
    meaning = CODES.get(code, UNKNOWN)
    name = named(received_as)
    facts = dict(_direction(references))
    for tag in told.keys() & _FACTS.keys():
        if value := told[tag]:
            facts[_FACTS[tag]] = value
    for tag, fact in _DATES.items():
        if day := told.get(tag):
            facts[fact] = _date_or_instant(day, tag)
    if office := next(filter(None, map(told.get, _OFFICES)), None):
        facts.setdefault("office", office)
    if info and info != note:
        facts["result_info"] = info
    if name and name.number and not _same_number(name.number, references):
        facts["name_number"] = name.number
    return Event(
        system=NAME,
        kind=kind,
        code=code,
        stage=meaning.stage,
        at=instant(written, "NOTICE_DATE"),
        note=note,
        serial=name.serial if name else None,
        received_at=name.received_at if name else None,
        references=tuple(sorted(set(references))),
        facts=tuple(sorted(facts.items())),
        action=meaning.action,
        flags=meaning.flags,
        messages=(id,),
    )


@lru_cache(_CACHE_SIZE)
def _numbers(unified: str, seq: str, entry: str) -> tuple[Reference, ...]:
    """A declaration's numbers, which stand in each of its receipts."""
    found = [_reference("unified_no", unified, "CUS_CIQ_NO")] if unified else []
    found += [_reference("seq_no", seq, "SEQ_NO")] if seq else []
    return (*found, *_entry(entry))


def _reference(kind: str, value: str, tag: str) -> Reference:
    """A number of the data centre; its first character tells a staged from a formal one."""
    if not _NUMBER.fullmatch(value):
        raise Unreadable(
            "bad_value", f"{tag} is {value[:40]!r}, not a number such as I20260000000000017"
        )
    if _UNIFIED.fullmatch(value):
        kind = "staged_no" if value[0] == "Z" else "unified_no"
    elif value.isdecimal():
        kind = "seq_no"
    return Reference(kind, value)


def _entry(written: str) -> list[Reference]:
    """The customs number; where the unified number stands in its place there is none yet."""
    if not written or _UNIFIED.fullmatch(written):
        return []
    if not _ENTRY.fullmatch(written):
        raise Unreadable("bad_value", f"ENTRY_ID is {written[:40]!r}, not a number of 18 digits")
    return [Reference("entry_no", written)]


def _noted(note: str, known: Sequence[Reference]) -> list[Reference]:
    """The number in the note of a direct declaration: the only link to a staged number."""
    match = _DECLARED_NOTE.match(note[:_MAX_NOTE_CHARS]) if "直接申报成功" in note else None
    if match is None:
        return []
    noted = _reference("unified_no", match[1], "NOTE")
    return [] if any(reference.kind == noted.kind for reference in known) else [noted]


def _texts(told: Mapping[str, str], table: Mapping[str, str]) -> list[Reference]:
    found = [Reference(kind, told[tag]) for tag, kind in table.items() if told.get(tag)]
    for reference in found:
        if len(reference.value) > _MAX_CHARS:
            raise Unreadable(
                "bad_value", f"{reference.kind} is longer than {_MAX_CHARS} characters"
            )
    return found


@lru_cache(_CACHE_SIZE)
def _direction(references: tuple[Reference, ...]) -> tuple[tuple[str, str], ...]:
    """Direction and office, as far as the numbers say: an entry number begins with the office and
    its ninth digit is 1 for import, 0 for export; a unified number begins with I or E.
    """
    facts: dict[str, str] = {}
    for kind, value in references:
        if kind == "unified_no" and value[0] in "IE":
            facts.setdefault("direction", "import" if value[0] == "I" else "export")
        elif kind == "entry_no":
            facts["office"] = value[:4]
            if value[8] in "01":
                facts["direction"] = "import" if value[8] == "1" else "export"
    return tuple(sorted(facts.items()))


def _same_number(number: str, references: Sequence[Reference]) -> bool:
    return any(number.casefold() == reference.value.casefold() for reference in references)


def _sent(received_as: Sequence[ReceivedAs]) -> datetime | None:
    """The earliest time that an envelope bears."""
    return min(
        (instant(a.sent, "the envelope's CreatTime") for a in received_as if a.sent), default=None
    )


def _enclosed(root: Element) -> Iterator[Enclosed]:
    """What a ``DxpMsg`` carries: business XML, or a zip of it, as base64 with line breaks."""
    sent = find(root, "CreatTime")
    file_name = find(root, "FileName")
    called = text(file_name) if file_name is not None else ""
    names = (called,) if 0 < len(called) <= _MAX_CHARS else ()
    held = [e for e in root.iter() if local(e) in ("Data", "Zip") and text(e)]
    if not held:
        raise Unreadable("empty", f"the envelope <{local(root)}> carries no Data")
    for element in held:
        try:
            data = base64.b64decode("".join(text(element).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unreadable(
                "bad_value", f"the {local(element)} of <{local(root)}> is not base64"
            ) from error
        yield Enclosed(data, names, (text(sent) or None) if sent is not None else None)


READERS = (
    Reader(roots=("DecImportResponse",), read=_import_response),
    Reader(roots=("Root",), read=_client_error, extra_identity=_client_error_identity),
    Reader(roots=("DEC_RESULT",), read=_business_receipt),
    Reader(roots=("DEC_DATA",), read=_old_business_receipt),
    Reader(roots=("DxpMsg", "DxpMsgSv"), open=_enclosed),
)
