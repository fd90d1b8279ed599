"""Messages ``CCnnnC``: each is an event of one declaration.

The name of the root is the status; ``messageType`` is not read, because it names another message in
many of them. Only the root has a namespace, and any prefix; what is inside is matched by local
names. A message may stand in an envelope of HMRC (``TraderChannelResponse``), in a Danish
notification, or in SOAP.

The event bears the time of preparation, to the second: it orders messages. Dates and times of what
was decided are facts. A time without an offset is UTC, as the schemas say.

Sources: the schemas of NCTS (DDNTA) and AES (DDNXA) as customs publish them; HMRC's guide to NCTS
for the times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from clearance.customs import UNKNOWN
from clearance.customs.elements import children, first, has, inside, joined, said, texts, together
from clearance.customs.eu_ncts import NAME, SYSTEM
from clearance.customs.eu_ncts.codes import CONTROLS, PARTIAL, SUB, meanings, number
from clearance.customs.kinds import (
    BILL,
    CONTAINER,
    LRN,
    MRN,
    PREVIOUS,
    UCR,
    is_bill,
    references,
)
from clearance.customs.moments import bad_time, fact, last_moment, moment
from clearance.customs.xml import Flat, local, namespace
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Reference

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ROOT = re.compile("CC[0-9]{3}C")
_PREPARED = "preparationDateAndTime"
_DATED = re.compile("Date(?:AndTime)?$")
_REASON = re.compile("(?:Text|Reason|[Jj]ustification)$")
_CODE = re.compile("Code$")
_WORDS = re.compile("(?<=[a-z])(?=[A-Z])")
_DECLARED = "declarationSubmissionDateAndTime"
"""When it was declared; a message may say so long after."""
_DUE = "limitForResponseDate"
_REJECTION, _MOTIVATION = "rejectionCode", "noReleaseMotivation"
_FACTS = {"decision": "decision", "initiatedByCustoms": "by_customs"}
"""Facts of an invalidation; AES writes the names with ``invalidation`` before them."""
_PLACES = (
    *("GoodsShipment", "Consignment", "HouseConsignment"),
    *("ConsignmentItem", "GoodsItem", "Incident"),
)
"""Where numbers of goods stand."""
_ERRORS = ("FunctionalError", "XMLError")
_OFFICES = ("CustomsOfficeOfDeparture", "CustomsOfficeOfExport", "CustomsOfficeOfLodgement")
_TRADERS = ("HolderOfTheTransitProcedure", "Exporter", "TraderAtDestination")
_BOTH = {
    "export": ("ecs.dgtaxud.ec", "ExportOperation"),
    "transit": ("ncts.dgtaxud.ec", "TransitOperation"),
}
"""What stands in the namespaces of AES and NCTS, and what operations are called there."""


def messages(root: Element | Flat) -> Iterator[Element]:
    """The ``CCnnnC`` messages in a document, itself included, each with the namespaces that are
    declared around it.
    """
    if isinstance(root, Flat):
        return
    waiting: list[tuple[Element, Mapping[str, str]]] = [(root, {})]
    while waiting:
        element, around = waiting.pop()
        own = {name: value for name, value in element.attrib.items() if name.startswith("xmlns")}
        known = {**around, **own} if own else around
        if _ROOT.fullmatch(local(element)):
            element.attrib.update(known)
            yield element
        waiting += [(child, known) for child in reversed(element)]


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:  # noqa: ARG001
    """The event of each message in a document; raises Unreadable."""
    if isinstance(root, Flat):
        raise bad_time(_PREPARED, root.fields.get(_PREPARED, ""), "2026-03-02T08:00:00")
    return [event_of(message, id) for message in messages(root)]


def event_of(message: Element, id: str, direction: str = "") -> Event:
    """The event of a ``CCnnnC`` message; raises Unreadable.

    ``direction`` is what the document around it says, where the message does not.
    """
    root = local(message)
    written = first(message, _PREPARED)
    prepared = moment(written, SYSTEM.zone)
    if prepared is None or len(written) <= len("2026-03-02+01:00"):
        raise bad_time(_PREPARED, written, "2026-03-02T08:00:00")
    event = Event(
        system=NAME,
        kind=root,
        code=root,
        stage=None,
        at=prepared.at,
        note=joined(_notes(message)),
        serial=first(message, "messageIdentification") or None,
        received_at=None,
        references=_references(message),
        facts=(),
        action=None,
        flags=(),
        messages=(id,),
        sub=_leaf(message, SUB[root]) or None if root in SUB else None,
        due=last_moment(_leaf(message, _DUE), SYSTEM.zone),
    )
    facts = {**_facts(message), **_marks(event)}
    facts["direction"] = _direction(message) or direction
    event = event._replace(facts=tuple(sorted((name, v) for name, v in facts.items() if v)))
    meaning = next(iter(meanings(event)), UNKNOWN)
    return event._replace(stage=meaning.stage, action=meaning.action, flags=meaning.flags)


def _leaf(message: Element, name: str) -> str:
    """The first text of a leaf of a name, wherever it stands."""
    return next(filter(None, map(said, inside(message, name))), "")


# Numbers


def _references(message: Element) -> tuple[Reference, ...]:
    """Every number of a message, each once; raises Unreadable where none names a declaration."""
    found = references([*_numbers(message), *_of_goods(message)])
    if not any(kind in (MRN.name, LRN.name) for kind, _ in found):
        raise Unreadable("no_number", "<{root}> has neither an MRN nor an LRN", root=local(message))
    return found


def _numbers(message: Element) -> Iterator[tuple[str, str]]:
    """The MRN and the LRN: those of the operation, or of the header of a refusal."""
    for name, kind in ((LRN.name.upper(), LRN.name), (MRN.name.upper(), MRN.name)):
        parts = (message, *children(message))
        yield kind, next(filter(None, (first(part, name) for part in parts)), "")


def _of_goods(message: Element) -> Iterator[tuple[str, str]]:
    """Numbers of the goods: bills, containers, and what they came under before."""
    for place in inside(message, *_PLACES):
        yield UCR.name, first(place, "referenceNumberUCR")
        for number_ in texts(place, "TransportEquipment", "containerIdentificationNumber"):
            yield CONTAINER.name, number_
        for document in children(place, "PreviousDocument", "TransportDocument"):
            yield _kind_of(document), first(document, "referenceNumber")


def _kind_of(document: Element) -> str:
    if is_bill(first(document, "type")):
        return BILL.name
    return PREVIOUS.name if local(document) == "PreviousDocument" else ""


# Facts


def _facts(message: Element) -> dict[str, str]:
    """Dates of what was decided, decisions, results of controls, the office, and the trader."""
    facts = {}
    for part in children(message):
        for leaf in children(part):
            name = local(leaf)
            short = name.removeprefix("invalidation")
            if _DATED.search(name):
                facts[_dated(name, said(leaf))] = fact(said(leaf), SYSTEM.zone)
            elif name == _REJECTION:
                facts[_named(name)] = said(leaf)
            elif wanted := _FACTS.get(short[:1].lower() + short[1:]):
                facts[wanted] = said(leaf)
    guarantees = dict.fromkeys(map(said, inside(message, "GRN")))
    return {
        **facts,
        "office": _first_of(message, _OFFICES, "referenceNumber"),
        "trader": _first_of(message, _TRADERS, "name"),
        "trader_code": _first_of(message, _TRADERS, "identificationNumber"),
        "control_result": first(message, "ControlResult", "code"),
        "guarantees": ", ".join(filter(None, guarantees)),
        "correlation": first(message, "correlationIdentifier"),
    }


def _dated(leaf: str, written: str) -> str:
    """The name of a fact that is a time; that of the declaration only where it can be read."""
    if leaf == _DECLARED and moment(written, SYSTEM.zone):
        return "declaration_date"
    return _named(leaf)


def _named(leaf: str) -> str:
    """The name of a fact by that of its leaf: ``release_date``."""
    return "_".join(_WORDS.split(leaf.replace("DateAndTime", "At"))).lower()


def _marks(event: Event) -> dict[str, str]:
    partial = (event.code, event.sub) in PARTIAL
    return {"partial": "yes" if partial else ""}


def _direction(message: Element) -> str:
    """Transit or export, by the number; what both send, by its namespace, else by the operation
    that is in it. Nothing where neither is there, as customs of some countries write it.
    """
    series = number(local(message))[0]
    if series != "9":
        return {"0": "transit", "1": "transit", "5": "export", "6": "export"}.get(series, "")
    own = namespace(message)
    by_space = (direction for direction, (space, _) in _BOTH.items() if space in own)
    by_operation = (direction for direction, (_, name) in _BOTH.items() if has(message, name))
    return next(chain(by_space, by_operation), "")


def _first_of(message: Element, holders: Sequence[str], leaf: str) -> str:
    return next(filter(None, (first(message, holder, leaf) for holder in holders)), "")


# What customs says


def _notes(message: Element) -> Iterator[str]:
    """Errors, then controls, documents that are wanted, reasons, incidents: nothing left out."""
    functional, of_form = _ERRORS
    yield from map(_error, _innermost(message, functional))
    yield from map(_xml_error, _innermost(message, of_form))
    for control in inside(message, "TypeOfControls"):
        kind = first(control, "type")
        yield together("control", kind, first(control, "text") or CONTROLS.get(kind, ""))
    for document in inside(message, "RequestedDocument"):
        wanted = (first(document, leaf) for leaf in ("documentType", "type"))
        yield together("document", *wanted, first(document, "description"))
    for part in children(message):
        if local(part) not in _ERRORS:
            yield from _reasons(part)
    for coded in inside(message, "InvalidGuaranteeReason", "Incident"):
        yield together(first(coded, "code"), first(coded, "text"))


def _innermost(message: Element, name: str) -> Iterator[Element]:
    """The innermost elements of a name: some customs nest one in another of the same name."""
    return (one for one in inside(message, name) if not has(one, name))


def _error(error: Element) -> str:
    """A functional error: its code and reason, then where it is and what was written there."""
    reason = first(error, "errorReason") or first(error, "errorDescription")
    where = ": ".join(
        filter(None, (first(error, "errorPointer"), first(error, "originalAttributeValue")))
    )
    return together(first(error, "errorCode"), reason, f"({where})" if where else "")


def _xml_error(error: Element) -> str:
    """An error of the form of a message, with its line and column."""
    place = ":".join(
        filter(None, (first(error, "errorLineNumber"), first(error, "errorColumnNumber")))
    )
    reason = first(error, "errorText") or first(error, "errorReason")
    where = " ".join(filter(None, (place, first(error, "errorPointer"))))
    return together(first(error, "errorCode"), reason, f"({where})" if where else "")


def _reasons(part: Element) -> Iterator[str]:
    """The reasons in an operation or a decision, each with its code, and amounts that are claimed.

    ``rejectionCode`` belongs to ``rejectionReason``: they begin alike.
    """
    leaves = {local(leaf): said(leaf) for leaf in part if said(leaf) and not len(leaf)}
    codes = {_CODE.sub("", name): text for name, text in leaves.items() if _CODE.search(name)}
    for name, text in leaves.items():
        if _REASON.search(name):
            yield together(codes.pop(_REASON.sub("", name), ""), text)
    yield codes.pop(_MOTIVATION, "")
    if amount := leaves.get("amountClaimed"):
        yield together(amount, leaves.get("currency", ""))
