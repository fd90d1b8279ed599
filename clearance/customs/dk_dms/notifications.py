"""Danish notifications: ``Notification`` bare, in ``NotificationResult``, in the answer of a pull.

Each is an event of a declaration. One that holds a message of the common domain (``CCnnnC``) is an
event of that. A message may hold many, of several declarations.

A time without an offset is UTC: the Danish guide asks for the window of a pull in UTC. Times are
kept in the zone of Copenhagen, to the second.

Sources: the Danish guide to notifications of DMS, and the schemas ``trader-portal-common``,
``trader-notification-response`` and ``NotificationResult`` that the Danish customs publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs import UNKNOWN, Code
from clearance.customs.dk_dms import NAME, REGISTRATION, SYSTEM
from clearance.customs.dk_dms.codes import REGISTRATIONS, letters
from clearance.customs.dk_dms.codes import code as code_of
from clearance.customs.elements import children, first, has, inside, joined, texts, together
from clearance.customs.eu_ncts import messages as common_domain
from clearance.customs.eu_ncts.codes import is_outgoing
from clearance.customs.kinds import LRN, MRN, references
from clearance.customs.moments import Moment, bad_time, moment
from clearance.customs.xml import Flat, local
from clearance.errors import Unreadable
from clearance.model import Event, Flag, ReceivedAs, Reference, Stage

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KIND = "Notification"
_CODE = "NotificationEventType"
_TIMES = ("IssueDateTime", "NotificationCreatedDate")
_DIRECTIONS = {"IM": "import", "EX": "export", "TR": "transit"}
"""Directions by the regime of a message in the answer of a pull."""
_URN = re.compile("[A-Z0-9]{4}([A-Z]{3})")
"""The beginning of the number of a request: letters 5 to 7 name its kind."""
_ARRAY = re.compile(
    r"\[([0-9]{4}), ?([0-9]{1,2}), ?([0-9]{1,2})"
    r"(?:, ?([0-9]{1,2}))?(?:, ?([0-9]{1,2}))?(?:, ?([0-9]{1,2}))?(?:, ?[0-9]{1,9})?\]"
)
_FACT_TIMES = {
    "effective_at": ("Declaration", "EffectiveDateTime"),
    "rejected_at": ("Declaration", "RejectionDateTime"),
    "cancelled_at": ("Declaration", "CancellationDateTime"),
    "due_date": ("DueDate",),
    "control_until": ("Control", "LimitDateTime"),
    "timer_until": ("Declaration", "TimerExpirationInfo", "ExpirationDateTime"),
}
"""Facts that are times, by their path in a notification."""


def holds_status(root: Element | Flat) -> bool:
    """Whether a document holds a notification, or a message of the common domain from customs."""
    if isinstance(root, Flat):
        return root.name == KIND and _CODE in root.fields
    return any(True for _ in _notices(root, _Around()))


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:  # noqa: ARG001
    """The event of each notification in a document; raises Unreadable."""
    if isinstance(root, Flat):
        raise Unreadable("no_number", "a notification without a Declaration in it")
    return [_read(notice, around, id) for notice, around in _notices(root, _Around())]


def _read(notice: Element, around: _Around, id: str) -> Event:
    """The event of a notification, or of the message of the common domain in it."""
    if local(notice) == KIND:
        return _event(notice, around, id)
    return common_domain.event_of(notice, id, _DIRECTIONS.get(around.regime, ""))


class _Around:
    """What the answer around a notification says: its numbers, and its regime."""

    def __init__(self, mrn: str = "", lrn: str = "", regime: str = "") -> None:
        self.mrn = mrn
        self.lrn = lrn
        self.regime = regime

    def within(self, element: Element) -> _Around:
        """The same, with what an element around a notification says."""
        return _Around(
            first(element, "MRN") or self.mrn,
            first(element, "LRN") or self.lrn,
            first(element, "MetaData", "PayloadRegime") or self.regime,
        )


def _notices(element: Element, around: _Around) -> Iterator[tuple[Element, _Around]]:
    """The notifications and messages of the common domain in an element, with what is around."""
    inner = [one for one in common_domain.messages(element) if not is_outgoing(local(one))]
    is_notice = local(element) == KIND and bool(inner or has(element, _CODE))
    if is_notice or (inner and inner[0] is element):
        yield (inner[0] if inner else element), around
        return
    for child in element:
        yield from _notices(child, around.within(element))


def _event(notice: Element, around: _Around, id: str) -> Event:
    code = first(notice, _CODE)
    if not code:
        raise Unreadable("bad_value", "{name} is empty: a notification without a code", name=_CODE)
    sub = first(notice, "CustomsPosition", "Type") or first(notice, "CustomsPosition") or None
    payments = _payments(notice)
    meaning = _meaning(notice, code, sub, payments)
    return Event(
        system=NAME,
        kind=KIND,
        code=code,
        stage=meaning.stage,
        at=_at(notice),
        note=joined(_notes(notice, payments)),
        serial=first(notice, "NotificationSID") or None,
        received_at=None,
        references=_references(notice, around, code),
        facts=_facts(notice, around, code),
        action=meaning.action,
        flags=meaning.flags,
        messages=(id,),
        sub=sub,
        rank=meaning.rank,
    )


def _meaning(notice: Element, code: str, sub: str | None, payments: Sequence[str]) -> Code:
    """What a notification means: its code, and what else in it makes a difference.

    One about a request does not move the declaration when it is registered or refused.
    """
    found = code_of(KIND, code, sub) or UNKNOWN
    if letters(code) in ("RCV", "REJ") and _request(notice):
        return found._replace(stage=None)
    if letters(code) == "TAX" and payments:
        flags = (Flag.UNTIL_ACCEPTED,)
        return found._replace(stage=Stage.ACTION_DUE, action="tax", flags=flags)
    return found


def _request(notice: Element) -> str:
    """The number of the request that a notification is about, else an empty text."""
    numbers = (first(notice, "AdditionalMessage", name) for name in ("URN", "MRN"))
    return next(filter(None, numbers), "")


def _payments(notice: Element) -> list[str]:
    """The references under which duties are to be paid, each once."""
    found = (text for part in inside(notice, "Payment") for text in texts(part, "ReferenceID"))
    return list(dict.fromkeys(found))


# Numbers


def _references(notice: Element, around: _Around, code: str) -> tuple[Reference, ...]:
    """The numbers of a notification, else those of the answer around it; raises Unreadable."""
    of_registration = letters(code) in REGISTRATIONS
    mrn = REGISTRATION.name if of_registration else MRN.name
    found = [(mrn, value) for value in texts(notice, "Declaration", "MRN")[:1]]
    for name in ("LRN", "SubmitterReferenceNumber"):
        found += [(LRN.name, value) for value in texts(notice, "Declaration", name)]
    numbers = references(found or [(mrn, around.mrn), (LRN.name, around.lrn)])
    if not numbers:
        raise Unreadable(
            "no_number", "a notification without a number: its Declaration has neither MRN nor LRN"
        )
    return numbers


# Times


def _written(element: Element, *path: str) -> str:
    """A time as written: in a ``DateTimeString``, or in the element itself."""
    return first(element, *path, "DateTimeString") or first(element, *path)


def _moment(written: str) -> Moment | None:
    """A time in the zone of Copenhagen; the Danish system also writes the array of a Java date."""
    return moment(_of_array(written) if written.startswith("[") else written, SYSTEM.zone)


def _of_array(written: str) -> str:
    """The time of an array such as ``[2023,3,13,9,32,21,284070396]``; as it stands if it is none.

    The last number are nanoseconds; numbers that are 0 may be missing at the end.
    """
    match = _ARRAY.fullmatch(written)
    if match is None:
        return written
    year, month, day, *clock = (int(part or 0) for part in match.groups())
    return f"{year:04}-{month:02}-{day:02}T{':'.join(f'{part:02}' for part in clock)}"


def _at(notice: Element) -> datetime:
    """The time of a notification; raises Unreadable."""
    written = next(filter(None, (_written(notice, name) for name in _TIMES)), "")
    found = _moment(written)
    if found is None:
        raise bad_time(_TIMES[0], written, "20260302080000Z")
    return found.at


def _facts(notice: Element, around: _Around, code: str) -> tuple[tuple[str, str], ...]:
    """The facts of a notification, by name."""
    facts = {name: _as_fact(_written(notice, *path)) for name, path in _FACT_TIMES.items()}
    accepted = _written(notice, "Declaration", "AcceptanceDateTime")
    known = "accepted_at" if _moment(accepted) else "acceptance"
    versions = (first(notice, "Declaration", name) for name in ("VersionID", "VersionNumber"))
    results = [text for one in inside(notice, "ControlResult") for text in texts(one, "ID")]
    request = _URN.match(_request(notice))
    office = first(notice, "Declaration", "CustomsOfficeOfExport")
    facts |= {
        known: _as_fact(accepted),
        "version": next(filter(None, versions), ""),
        "direction": _DIRECTIONS.get(around.regime, "export" if office else ""),
        "office": office,
        "trader": first(notice, "Declaration", "Exporter", "Name"),
        "trader_code": first(notice, "Declaration", "Exporter", "ID"),
        "payment_reference": ", ".join(_payments(notice)),
        "control_result": ", ".join(dict.fromkeys(results)),
        "request": request[1] if request else "",
        "partial": "yes" if letters(code) == "PGR" else "",
    }
    return tuple(sorted((name, value) for name, value in facts.items() if value))


def _as_fact(written: str) -> str:
    """A time as a fact; as it stands where it cannot be read."""
    found = _moment(written)
    return found.as_fact if found else written


# What customs says


def _notes(notice: Element, payments: Sequence[str]) -> Iterator[str]:
    """Errors, statements, kinds of control, documents, the reason of customs, and payments."""
    yield from map(_error, inside(notice, "Error"))
    for statement in inside(notice, "AdditionalInformation"):
        yield together(first(statement, "StatementCode"), first(statement, "StatementDescription"))
    for control in children(notice, "Control"):
        if kind := first(control, "TypeCode"):
            yield together("control", kind)
    for result in children(notice, "ControlResult"):
        yield first(result, "Description")
    for document in children(notice, "AdditionalDocument"):
        if wanted := together(first(document, "Type"), first(document, "Identifier")):
            yield together("document", wanted)
    yield first(notice, "CustomsPosition", "Reason")
    yield together(first(notice, "Declaration", "Result"), first(notice, "Declaration", "Reason"))
    yield from payments


def _error(error: Element) -> str:
    """An error: its code and text, then what else it says, and where it is."""
    more = (first(error, name) for name in ("ValidationInformation", "ValidationRule"))
    where = ", ".join(texts(error, "Pointer", "DocumentSectionCode"))
    said = (first(error, "ValidationCode"), first(error, "ValidationText"), *more)
    return together(*said, f"({where})" if where else "")
