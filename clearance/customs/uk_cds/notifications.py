"""Notifications of CDS: ``MetaData`` with ``Response``s in it, or a bare ``Response``.

Each ``Response`` is an event of a declaration; a message may hold several, of several
declarations. Names are matched without namespace and prefix, also where a prefix has grown into
the name (``_2MetaData``): every name of this format begins with a capital letter, and what stands
before that is none of it.

A time is ``yyyyMMddHHmmss`` with ``Z`` or an offset such as ``+01``, which is believed; a time
without an offset is refused. Times are kept in the zone of London, to the second.

Sources: HMRC's schemas and examples of notifications, published under the Apache License 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs import UNKNOWN, Code, soap
from clearance.customs.kinds import references
from clearance.customs.moments import YEARS, bad_time, in_zone, iso
from clearance.customs.uk_cds import LRN, MRN, NAME, SYSTEM
from clearance.customs.uk_cds.codes import code as code_of
from clearance.customs.unpacking import Root
from clearance.customs.xml import Flat, local, text
from clearance.errors import Unreadable
from clearance.model import Event, Flag, ReceivedAs, Reference, Stage

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KIND = "Response"
_EXPIRED = ["CDS12046"]
"""The errors of a refusal that means: the goods never arrived, the declaration has expired."""
_GLUED = re.compile(r"^[^A-Z]+(?=[A-Z])")
_TIME = re.compile(r"([0-9]{8})([0-9]{6})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)")
_MIDNIGHT = "000000"
_RESULT = "AFB"
"""The type of a statement with a result: beside 08 and 09 of the control, beside 10 the reason."""
_CLEARING = ("08", "09")
_ASKED_FOR = "3"
"""The reason of a cancellation that the trader asked for."""
_FACT_TIMES = {
    "effective_at": "EffectiveDateTime",
    "released_at": "ReleaseDateTime",
    "rejected_at": "RejectionDateTime",
    "cancelled_at": "CancellationDateTime",
}
"""Facts that are times of a Status or of the declaration."""


def is_notification(root: Root) -> bool:
    """Whether a document holds the status of a declaration: a Response with a FunctionCode.

    Of several messages in a body of SOAP, each has to.
    """
    held = [] if isinstance(root, Flat) else soap.messages(root)
    return bool(held) and all(
        any(_has(response, "FunctionCode") for response in _responses(one)) for one in held
    )


def is_declaration(root: Root) -> bool:
    """Whether a document is a declaration in the envelope that notifications come in too."""
    return not isinstance(root, Flat) and not _responses(root) and _has(root, "Declaration")


def read(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:  # noqa: ARG001
    """The event of each Response of a notification; raises Unreadable."""
    return [_event(response, id) for response in _responses(root)]


def _responses(root: Root) -> list[Element]:
    if isinstance(root, Flat):
        return []
    if _name(root) == "Response":
        return [root]
    envelopes = (element for element in root.iter() if _name(element) == "MetaData")
    return [response for envelope in envelopes for response in _all(envelope, "Response")]


def _event(response: Element, id: str) -> Event:
    code = _required(response, "FunctionCode")
    written = _time(response, "IssueDateTime")
    if not written:
        raise Unreadable("bad_time", "IssueDateTime is empty: a notification without a time")
    declaration = _declaration(response)
    references = _references(declaration)
    sub = ",".join(dict.fromkeys(_texts(response, "Status", "NameCode"))) or None
    payments = list(dict.fromkeys(_texts(declaration, "Payment", "ReferenceID", deep=True)))
    meaning = _meaning(response, code, sub, payments)
    return Event(
        system=NAME,
        kind=KIND,
        code=code,
        stage=meaning.stage,
        at=instant(written, "IssueDateTime"),
        note=_note(response, payments),
        serial=_text(response, "FunctionalReferenceID") or None,
        received_at=None,
        references=references,
        facts=_facts(response, declaration, code, payments),
        action=meaning.action,
        flags=meaning.flags,
        messages=(id,),
        sub=sub,
        due=_due(response),
        rank=meaning.rank,
    )


def _meaning(response: Element, code: str, sub: str | None, payments: Sequence[str]) -> Code:
    """What a notification means: its code, and what else in it makes a difference."""
    meaning = code_of(KIND, code, sub) or UNKNOWN
    if code == "03" and [error for error, _ in _errors(response)] == _EXPIRED:
        return meaning._replace(stage=Stage.WITHDRAWN)
    if code == "10" and _result(response) == _ASKED_FOR:
        return meaning._replace(flags=(*meaning.flags, Flag.REQUESTED))
    if code == "13" and payments:
        flags = (Flag.UNTIL_ACCEPTED,)
        return meaning._replace(stage=Stage.ACTION_DUE, action="tax", flags=flags)
    return meaning


def _declaration(response: Element) -> Element:
    """The first Declaration that has an ID; a second one holds what was corrected in the first."""
    declarations = _all(response, "Declaration")
    if not declarations:
        raise Unreadable("no_number", "a notification without a Declaration in it")
    return next((element for element in declarations if _text(element, "ID")), declarations[0])


def _references(declaration: Element) -> tuple[Reference, ...]:
    numbers = {LRN: _text(declaration, "FunctionalReferenceID"), MRN: _text(declaration, "ID")}
    found = references(numbers.items())
    if not found:
        raise Unreadable(
            "no_number", "a notification without a number: its Declaration has neither MRN nor LRN"
        )
    return found


def instant(written: str, what: str) -> datetime:
    """A time with its offset, in the zone of London, to the second; raises Unreadable."""
    match = _TIME.fullmatch(written)
    try:
        at = iso(f"{match[1]}T{match[2]}{match[3]}") if match else None
        if at is None or at.year not in YEARS:
            raise ValueError(written)
        return in_zone(at, SYSTEM.zone)
    except (ValueError, OverflowError) as error:
        raise bad_time(what, written, "20260302080000Z") from error


def _due(response: Element) -> datetime | None:
    """The earliest time until when something is wanted."""
    statements = _all(response, "AdditionalInformation")
    limits = (_time(statement, "LimitDateTime") for statement in statements)
    return min((instant(limit, "LimitDateTime") for limit in limits if limit), default=None)


def _facts(
    response: Element, declaration: Element, code: str, payments: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The facts of a notification, by name."""
    facts = {
        "accepted_at": as_accepted(_time(declaration, "AcceptanceDateTime")),
        "version": _text(declaration, "VersionID"),
        "payment_reference": ", ".join(payments),
        "control_result": _result(response) if code in _CLEARING else "",
    }
    parts = (declaration, *_all(response, "Status"))
    for fact, name in _FACT_TIMES.items():
        times = (_time(part, name) for part in parts)
        facts[fact] = _as_fact(next(filter(None, times), ""))
    return tuple(sorted((fact, value) for fact, value in facts.items() if value))


def as_accepted(written: str) -> str:
    """The legal time of acceptance, its day where it has no time of day; empty if none."""
    at = instant(written, "AcceptanceDateTime").isoformat() if written else ""
    return f"{written[:4]}-{written[4:6]}-{written[6:8]}" if written[8:14] == _MIDNIGHT else at


def _as_fact(written: str) -> str:
    """A time that moves nothing; as it stands where it cannot be read."""
    try:
        return instant(written, "the time").isoformat()
    except Unreadable:
        return _collapsed(written)


def _result(response: Element) -> str:
    """The first result among the statements, else an empty text."""
    statements = _all(response, "AdditionalInformation")
    results = (_text(s, "StatementCode") for s in statements if _is_result(s))
    return next(filter(None, results), "")


def _is_result(statement: Element) -> bool:
    return _text(statement, "StatementTypeCode") == _RESULT


def _note(response: Element, payments: Iterable[str]) -> str | None:
    """What customs says: errors, then statements, then payment references."""
    coded = [*_errors(response), *_statements(response)]
    texts = (_collapsed(f"{code} {text}") for code, text in coded)
    return "; ".join(filter(None, (*texts, *map(_collapsed, payments)))) or None


def _errors(response: Element) -> list[tuple[str, str]]:
    """The code and the text of each error."""
    return [
        (_text(error, "ValidationCode"), _text(error, "Description"))
        for error in _all(response, "Error")
    ]


def _statements(response: Element) -> list[tuple[str, str]]:
    """The code and the text of each statement."""
    return [
        (_text(statement, "StatementCode"), _text(statement, "StatementDescription"))
        for statement in _all(response, "AdditionalInformation")
    ]


# Elements by name


def _name(element: Element) -> str:
    """An element's name without its prefix, also where that has grown into the name."""
    return _GLUED.sub("", local(element), count=1)


def _all(element: Element, name: str) -> list[Element]:
    return [child for child in element if _name(child) == name]


def _has(element: Element, name: str) -> bool:
    return any(_name(child) == name for child in element)


def _texts(element: Element, outer: str, inner: str, *, deep: bool = False) -> Iterator[str]:
    """The texts, where not empty, of every child ``inner`` of every ``outer`` in an element.

    ``outer`` is a child of the element; with ``deep`` it may lie at any depth.
    """
    holders = element.iter() if deep else iter(element)
    for holder in holders:
        if _name(holder) == outer:
            yield from filter(None, map(text, _all(holder, inner)))


def _text(element: Element, name: str) -> str:
    """The text of the first child of a name that has a text, else an empty one."""
    return next(filter(None, map(text, _all(element, name))), "")


def _time(element: Element, name: str) -> str:
    """The time that a child holds, as written, else an empty text."""
    return next(_texts(element, name, "DateTimeString"), "") or _text(element, name)


def _required(element: Element, name: str) -> str:
    value = _text(element, name)
    if not value:
        raise Unreadable("bad_value", "{name} is empty: a notification without a code", name=name)
    return value


def _collapsed(written: str) -> str:
    return " ".join(written.split())
