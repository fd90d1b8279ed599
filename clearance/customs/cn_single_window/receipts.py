"""China's International Trade Single Window: receipts for customs declarations (报关单回执).

Two layers are read. The *import receipt* ``DecImportResponse`` says whether the data centre took a
message; it alone carries both the declarant's own reference and the unified number. The *business
receipt* says what customs did: ``DEC_RESULT`` since August 2018, ``DEC_DATA`` before. ``Root`` is
the client's own error, for a message that never left. Each may come bare or in a ``DxpMsg``.

The file's name carries what the XML lacks (see ``names``); of several names the smallest that fits
counts, one with a time first. The client time is when the file was *received*, 14 digits and up to
nine more. Where name and body disagree on a number the body wins, and the timeline has an
inconsistency. A message that bears no time anywhere has that at which its file was last written to,
and the fact ``time_from`` says so.

Times carry no zone and are Beijing time. A zone of ``+00:00`` is false: one writer of envelopes
stamps local time so, as the time inside its own receipts shows. Any other zone is believed. Times
are kept to the second, because the stage orders two receipts of one second. A receipt's own time
must have a time of day; its dates of declaration and of import need not.

Sources: independent readers of these receipts agree on the forms of messages, and some real
receipts were seen; no official text was available.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from clearance.customs.cn_single_window import CLIENT_REF, NAME, OUTGOING_FILE, ZONE, in_beijing
from clearance.customs.cn_single_window.codes import CLIENT_ERROR, REFUSED, TAKEN, receipt_code
from clearance.customs.cn_single_window.names import FileName, own_reference, parsed
from clearance.customs.moments import YEARS, bad_time, impossible, iso
from clearance.customs.unpacking import Enclosed, Reader, Root, filed_at, has_sent
from clearance.customs.xml import Flat, encoded, fields, find, local, text
from clearance.errors import Phrase, Unreadable
from clearance.model import Event, Flag, ReceivedAs, Reference

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

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
"""Elements that name the office, in order of preference; a number that names it goes first."""
_REQUIRED = {
    "NOTICE_DATE": ("bad_time", Phrase("a receipt without a time is no status")),
    "CHANNEL": ("bad_value", Phrase("a receipt without a code is no status")),
}
"""Elements that a business receipt must fill: the kind of refusal without one, and why."""
_UNIFIED_DIRECTIONS = {"I": "import", "E": "export"}
"""Direction by the first character of a unified number."""
_ENTRY_DIRECTIONS = {"1": "import", "0": "export"}
"""Direction by the ninth digit of an entry number."""

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
_CARRIERS = ("Data", "Zip")
"""Elements of an envelope that carry something."""
_STORED = "暂存"
"""In the note of an import receipt: kept as a draft and not declared."""
MAX_CHARS = 255
"""Limit of characters in a reference, or in a name in an envelope."""
_MAX_NOTE_CHARS = 500
"""Characters at the beginning of a note that are searched for a number."""
_MAX_LIST_CHARS = 64 * 1024
"""Limit of characters in a client error that is read as a list of lines."""
_CACHE_SIZE = 256
"""Values that are remembered; the receipts of a declaration come together and repeat them."""


_NO_NAME = FileName()


def _file_name(received_as: Sequence[ReceivedAs]) -> FileName:
    """The facts of the best name that fits a pattern, of all that a message came under."""
    return next(iter(_names(received_as)), _NO_NAME)


def _names(received_as: Sequence[ReceivedAs]) -> list[FileName]:
    """The facts of each name that fits: those with a time first, then the smallest."""
    found = [(name, facts) for name, _ in received_as if (facts := parsed(name))]
    if len(found) > 1:
        found.sort(key=lambda pair: (pair[1].received_at is None, pair[0].rpartition("/")[2]))
    return [facts for _, facts in found]


def _beijing(written: str) -> datetime:
    """A time in ISO 8601 without a zone; raises ValueError."""
    at = in_beijing(iso(written))
    if at.year not in YEARS:
        raise ValueError(written)
    return at


def _instant(written: str, what: str | Phrase) -> datetime:
    """A time of any form these messages use, as Beijing time to the second."""
    try:
        if match := _DASHED.fullmatch(written):
            clock, zone = match.groups()
            if zone and zone.replace(":", "") != "+0000":
                zoned = iso(clock + zone).astimezone(ZONE)
                clock = zoned.replace(tzinfo=None).isoformat()
            return _beijing(clock)
        if match := _COMPACT.fullmatch(written):
            return _beijing(f"{match[1]}T{match[2]}")
        raise ValueError
    except (ValueError, OverflowError) as error:
        raise bad_time(what, written, "2026-03-02T08:00:00") from error


@lru_cache(_CACHE_SIZE)
def _date_or_instant(written: str, what: str) -> str:
    """A date, or a time where it has a time of day; customs writes a mere date as midnight."""
    try:
        if match := _DAY.fullmatch(written):
            day = date.fromisoformat("-".join(match.groups()))
            if day.year in YEARS:
                return day.isoformat()
        at = _instant(written, what)
    except ValueError as error:
        raise impossible(what, written) or Unreadable(
            "bad_time",
            "{what} is {written!r}, which is not a date such as 20260302",
            what=what,
            written=written[:40],
        ) from error
    midnight = not (at.hour or at.minute or at.second)
    return at.date().isoformat() if midnight else at.isoformat()


def _import_response(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DecImportResponse``: whether the data centre took a message; ``ResponseCode`` 0 if so.

    Its time is the client's from the file name, else the envelope's. Without either it is a link
    only, an event without a time and a stage. It bears no time itself, so the answers to two
    sendings may be the same to the byte: each outgoing file that it answers gives an event.
    """
    values = fields(root)
    code = values.get("ResponseCode", "")
    if not code:
        raise Unreadable("bad_value", "ResponseCode is empty: 0 would be taken, 1 refused")
    references = _import_references(values, received_as)
    meaning = TAKEN if code == "0" else REFUSED
    note = values.get("ErrorMessage") or None
    declared = meaning is TAKEN and not _is_draft(note)
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
            references=tuple(sorted({*references, *outgoing})),
            facts=tuple(sorted((*_direction(references).items(), *_time_from(at, received_as)))),
            action=None,
            flags=(*meaning.flags, Flag.AWAITS_REPLY) if declared else meaning.flags,
            messages=(id,),
        )
        for at, received_at, outgoing in _answers(received_as)
    ]


def _is_draft(note: str | None) -> bool:
    """Whether a message was only stored, or may have been: nothing was declared."""
    return note is None or _STORED in note


def _import_references(
    values: Mapping[str, str], received_as: Sequence[ReceivedAs]
) -> tuple[Reference, ...]:
    """The numbers in an import receipt; raises Unreadable if it answers no file either."""
    references = _texts(values, {"ClientSeqNo": CLIENT_REF})
    if number := values.get("SeqNo"):
        references.append(_reference("unified_no", number, "SeqNo"))
    if not references and not any(name.base for name in _names(received_as)):
        raise Unreadable("no_number", "an import receipt with neither ClientSeqNo nor SeqNo")
    return (*references, *_texts(values, {"TrnPreId": "transit_no"}))


def _answers(
    received_as: Sequence[ReceivedAs],
) -> Iterator[tuple[datetime | None, datetime | None, list[Reference]]]:
    """Each answer's time, when it was received, and which outgoing file it answers, if known."""
    fitting = _names(received_as)
    answered = {name.base: name.received_at for name in reversed(fitting) if name.base}
    for base, received_at in sorted(answered.items()):
        at = received_at or _sent(received_as) or _filed(received_as)
        yield at, received_at, _outgoing(base)
    if not answered:
        received_at = fitting[0].received_at if fitting else None
        yield received_at or _sent(received_as) or _filed(received_as), received_at, []


def _outgoing(base: str) -> list[Reference]:
    """The references in an outgoing name: the name, and the declarant's own if it holds one."""
    own = own_reference(base)
    return [Reference(OUTGOING_FILE, base), *([Reference(CLIENT_REF, own)] if own else [])]


def _filed(received_as: Sequence[ReceivedAs]) -> datetime | None:
    """When the file was last written to, where that is needed."""
    at = filed_at(received_as)
    return at.astimezone(ZONE) if at else None


def _time_from(
    at: datetime | None, received_as: Sequence[ReceivedAs]
) -> tuple[tuple[str, str], ...]:
    """The fact that a time is only that of the file."""
    return (("time_from", "file"),) if at and at == _filed(received_as) else ()


def _undated(root: Root, received_as: Sequence[ReceivedAs]) -> bool:
    """Whether nothing says when an answer came that somebody has to know the time of.

    A name of the client's may lack the time; a refusal counts under whatever name it came.
    """
    names = _names(received_as)
    if any(name.received_at for name in names) or any(sent for _, sent in received_as):
        return False
    return any(name.base for name in names) or fields(root).get("ResponseCode", "0") != "0"


def _client_error(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``Root``: the client could not sign or send. Only the file's name says which declaration."""
    name = _file_name(received_as)
    if not name.base:
        raise Unreadable(
            "no_number",
            "a client error is told by its file name, Failed_<outgoing name>.xml, and this "
            "is another",
        )
    values = fields(root)
    at = name.received_at or _sent(received_as) or _filed(received_as)
    return [
        Event(
            system=NAME,
            kind="Root",
            code=values.get("failCode") or None,
            stage=CLIENT_ERROR.stage if at else None,
            at=at,
            note=_fail_info(values.get("failInfo", "")) or None,
            serial=None,
            received_at=name.received_at,
            references=tuple(sorted(_outgoing(name.base))),
            facts=_time_from(at, received_as),
            action=None,
            flags=CLIENT_ERROR.flags,
            messages=(id,),
        )
    ]


def _client_error_identity(received_as: Sequence[ReceivedAs]) -> str:
    """A text that differs between two client errors of the same bytes."""
    name = _file_name(received_as)
    if name.received_at:
        return f"{name.base} {name.received_at.isoformat()} "
    return f"{name.base} {name.repeat} " if name.base else ""


def _fail_info(written: str) -> str:
    """The lines of ``failInfo``, whose text is a JSON array of strings."""
    if len(written) > _MAX_LIST_CHARS:
        return written
    try:
        lines = json.loads(written)
    except (ValueError, RecursionError):
        return written
    text = "; ".join(map(str, lines)) if isinstance(lines, list) else written
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _business_receipt(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DEC_RESULT``: a status of customs."""
    return [_result("DEC_RESULT", fields(root), "", received_as, id)]


def _old_business_receipt(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """``DEC_DATA``: the same before August 2018, with more fields and ``RESULT_INFO`` beside."""
    if isinstance(root, Flat):
        results = [dict[str, str]()] if "DEC_RESULT" in root.fields else []
        info = root.fields.get("RESULT_INFO", "")
    else:
        results = [fields(child) for child in root if local(child) == "DEC_RESULT"]
        info = next((text(child) for child in root if local(child) == "RESULT_INFO"), "")
    if not results:
        raise Unreadable("bad_value", "DEC_DATA holds no DEC_RESULT")
    return [_result("DEC_DATA", values, info, received_as, id) for values in results]


def _result(
    kind: str, values: dict[str, str], info: str, received_as: Sequence[ReceivedAs], id: str
) -> Event:
    """The event of one ``DEC_RESULT``; ``info`` is the ``RESULT_INFO`` beside it."""
    note = values.get("NOTE") or info or None
    get = values.get
    numbers, odd = _numbers(get("CUS_CIQ_NO", ""), get("SEQ_NO", ""), get("ENTRY_ID", ""))
    references = _result_references(numbers, values, note or "")
    written, code = _required(values, "NOTICE_DATE"), _required(values, "CHANNEL")
    name = _file_name(received_as)
    facts = _result_facts(values, references)
    meaning = receipt_code(code, note or "", facts.get("direction"))
    if info and info != note:
        facts["result_info"] = info
    if name.number and not _same_number(name.number, references):
        facts["name_number"] = name.number
    if odd:
        facts["odd_number"] = odd
    return Event(
        system=NAME,
        kind=kind,
        code=code,
        stage=meaning.stage,
        at=_instant(written, "NOTICE_DATE"),
        note=note,
        serial=name.serial,
        received_at=name.received_at,
        references=tuple(sorted(set(references))),
        facts=tuple(sorted(facts.items())),
        action=meaning.action,
        flags=meaning.flags,
        messages=(id,),
    )


def _required(values: Mapping[str, str], tag: str) -> str:
    if value := values.get(tag):
        return value
    kind, why = _REQUIRED[tag]
    raise Unreadable(kind, "{tag} is empty: {why}", tag=tag, why=why)


def _result_references(
    numbers: tuple[Reference, ...], values: Mapping[str, str], note: str
) -> tuple[Reference, ...]:
    """Every number in a business receipt; raises Unreadable where none is a declaration's."""
    others = _texts(values, _OTHER_NUMBERS) + _noted(note, numbers)
    if not numbers and all(other.kind in ("bill_no", "voyage") for other in others):
        raise Unreadable(
            "no_number", "a business receipt without any number: CUS_CIQ_NO and ENTRY_ID are empty"
        )
    return (*numbers, *others)


def _result_facts(values: Mapping[str, str], references: tuple[Reference, ...]) -> dict[str, str]:
    """The facts of a business receipt, and those that its numbers say."""
    facts = _direction(references)
    for tag in values.keys() & _FACTS.keys():
        if value := values[tag]:
            facts[_FACTS[tag]] = value
    for tag, fact in _DATES.items():
        if written := values.get(tag):
            facts[fact] = _date_or_instant(written, tag)
    office = next(filter(None, map(values.get, _OFFICES)), None)
    if office and facts.setdefault("office", office) != office:
        facts["other_office"] = office
    return facts


@lru_cache(_CACHE_SIZE)
def _numbers(unified: str, seq: str, entry: str) -> tuple[tuple[Reference, ...], str]:
    """A declaration's numbers, which each of its receipts repeats, in the order of their rank; and
    those that cannot be.

    One of another form is left out if there is a good one; raises Unreadable if there is none.
    """
    good, odd, why = list[Reference](), list[str](), None
    for read, written in (
        (_unified_reference, unified),
        (_seq_reference, seq),
        (_entry, entry),
    ):
        try:
            good += read(written) if written else []
        except Unreadable as error:
            odd.append(written[:MAX_CHARS])
            why = why or error
    if why and not good:
        raise why
    return tuple(good), ", ".join(odd)


def _unified_reference(written: str) -> list[Reference]:
    return [_reference("unified_no", written, "CUS_CIQ_NO")]


def _seq_reference(written: str) -> list[Reference]:
    return [_reference("seq_no", written, "SEQ_NO")]


def numbers_in(unified: str, entry: str) -> list[Reference]:
    """The data centre's number and the entry number, each if it is filled; raises Unreadable."""
    return list(_numbers(unified, "", entry)[0])


def moment(written: str) -> datetime | None:
    """A time with a time of day; None where it is empty or no such time."""
    try:
        return _instant(written, "") if written else None
    except Unreadable:
        return None


def day(written: str) -> str | None:
    """A date in ISO 8601; None where it is empty or no date."""
    try:
        return _date_or_instant(written, "")[:10] if written else None
    except Unreadable:
        return None


def _reference(kind: str, value: str, tag: str) -> Reference:
    """A number of the data centre; its first character tells a staged from a formal one."""
    if _UNIFIED.fullmatch(value):
        return Reference("staged_no" if value[0] == "Z" else "unified_no", value)
    if not _NUMBER.fullmatch(value):
        raise Unreadable(
            "bad_value",
            "{tag} is {value!r}, not a number such as I20260000000000017",
            tag=tag,
            value=value[:40],
        )
    return Reference("seq_no" if value.isdecimal() else kind, value)


def _entry(written: str) -> list[Reference]:
    """The entry number; before there is one, its element is empty or repeats the unified number."""
    if _UNIFIED.fullmatch(written):
        return []
    if not _ENTRY.fullmatch(written):
        raise Unreadable(
            "bad_value", "ENTRY_ID is {written!r}, not a number of 18 digits", written=written[:40]
        )
    return [Reference("entry_no", written)]


def _noted(note: str, numbers: Sequence[Reference]) -> list[Reference]:
    """The number in the note of a direct declaration: the only link to a staged number."""
    match = _DECLARED_NOTE.match(note[:_MAX_NOTE_CHARS]) if "直接申报成功" in note else None
    if match is None:
        return []
    noted = _reference("unified_no", match[1], "NOTE")
    return [] if any(reference.kind == noted.kind for reference in numbers) else [noted]


def _texts(values: Mapping[str, str], kinds: Mapping[str, str]) -> list[Reference]:
    """References of any form, each of the kind that its element has."""
    references = [Reference(kind, values[tag]) for tag, kind in kinds.items() if values.get(tag)]
    for reference in references:
        if len(reference.value) > MAX_CHARS:
            raise Unreadable(
                "bad_value",
                "{kind} is longer than {limit} characters",
                kind=reference.kind,
                limit=MAX_CHARS,
            )
    return references


def _direction(references: Iterable[Reference]) -> dict[str, str]:
    """Direction and office, as far as the numbers say; an entry number goes before a unified one.

    An entry number begins with the office, and its ninth digit is the direction; a unified number
    begins with it.
    """
    facts: dict[str, str] = {}
    for kind, value in references:
        if kind == "entry_no":
            facts["office"] = value[:4]
            if value[8] in _ENTRY_DIRECTIONS:
                facts["direction"] = _ENTRY_DIRECTIONS[value[8]]
        elif kind == "unified_no" and value[0] in _UNIFIED_DIRECTIONS:
            facts.setdefault("direction", _UNIFIED_DIRECTIONS[value[0]])
    return facts


def _same_number(number: str, references: Sequence[Reference]) -> bool:
    return number.casefold() in [reference.value.casefold() for reference in references]


def _sent(received_as: Sequence[ReceivedAs]) -> datetime | None:
    """The earliest time that an envelope bears."""
    return min(
        (_instant(a.sent, Phrase("the envelope's CreatTime")) for a in received_as if has_sent(a)),
        default=None,
    )


def _enclosed(root: Element) -> Iterator[Enclosed]:
    """The contents of a ``DxpMsg``: business XML, or a zip of it, as base64 with line breaks.

    Some writers put the XML there as it is.
    """
    from xml.etree.ElementTree import tostring

    sent, file_name = _text_in(root, "CreatTime"), _text_in(root, "FileName")
    names = (file_name,) if 0 < len(file_name) <= MAX_CHARS else ()
    contents = [e for e in _carriers(root) if text(e) or len(e)]
    if not contents:
        raise Unreadable("empty", "the envelope <{root}> carries no Data", root=local(root))
    for element in contents:
        for inner in element:
            if local(inner) not in _CARRIERS:
                yield Enclosed(tostring(inner, "utf-8"), names, sent or None)
        if text(element).startswith("<"):
            yield Enclosed(encoded(text(element)), names, sent or None)
        elif text(element):
            yield Enclosed(_from_base64(element, root), names, sent or None)


def _carriers(element: Element) -> Iterator[Element]:
    """The elements of an envelope that carry something, not those of what they carry."""
    for child in element:
        is_carrier = local(child) in _CARRIERS
        if is_carrier:
            yield child
        if not is_carrier or any(local(inner) in _CARRIERS for inner in child):
            yield from _carriers(child)


def _text_in(root: Element, name: str) -> str:
    """The text of the first element of a name, or nothing."""
    element = find(root, name)
    return "" if element is None else text(element)


def _from_base64(element: Element, root: Element) -> bytes:
    import base64

    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(
            "bad_value", "the {tag} of <{root}> is not base64", tag=local(element), root=local(root)
        ) from error


READERS = (
    Reader(roots=("DecImportResponse",), read=_import_response, undated=_undated),
    Reader(
        roots=("Root",),
        read=_client_error,
        extra_identity=_client_error_identity,
        undated=_undated,
    ),
    Reader(roots=("DEC_RESULT",), read=_business_receipt),
    Reader(roots=("DEC_DATA",), read=_old_business_receipt),
    Reader(roots=("DxpMsg", "DxpMsgSv"), open=_enclosed),
)
