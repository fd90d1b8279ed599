"""Answers of the declaration information service: the status of declarations that was asked for.

``DeclarationStatusResponse`` and ``DeclarationSearchResponse`` hold any number of details, each of
one declaration: in its first ``Declaration`` the number, the status (``ICS``), the route (``ROE``)
and the times so far, in its second what was declared.

The service does not say since when a status holds. Its event bears the latest of the times that
are given, so that the same answer, asked for again, tells the same event. When it was received and
accepted are facts, with the weight that customs' own times have. A release that the status is not
has an event of its own; so has the furthest of the times where the status moves nothing.

Sources: HMRC's schemas and examples of the service; its guide for ``ICS`` and ``ROE``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs import UNKNOWN, Code
from clearance.customs.elements import children, first
from clearance.customs.kinds import BILL, PREVIOUS, UCR, is_bill, references
from clearance.customs.uk_cds import LRN, MRN, NAME
from clearance.customs.uk_cds.codes import code as code_of
from clearance.customs.uk_cds.notifications import as_accepted, instant
from clearance.customs.xml import Flat, local
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Reference, Stage
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RECEIVED, _ACCEPTED, _RELEASED = "ReceivedDateTime", "AcceptanceDateTime", "GoodsReleasedDateTime"
_STAGES = {_RELEASED: Stage.RELEASED, _ACCEPTED: Stage.ACCEPTED, _RECEIVED: Stage.SUBMITTED}
"""The stage that each time is of, the furthest first."""
_DIRECTIONS = {"I": "import", "E": "export"}
"""Directions by the first letter of the type of a declaration."""
_UCRS = ("DCR", "DCS")
"""Types of documents that are a declaration's UCR, or a part of one."""


class _Details(NamedTuple):
    """One declaration of an answer: its status and times, and what was declared."""

    status: Element
    declared: Element | None
    times: dict[str, datetime]
    """Those that are given, by their name."""


def has_declarations(root: Element | Flat) -> bool:
    """Whether an answer holds the status of a declaration."""
    return not isinstance(root, Flat) and next(_details(root), None) is not None


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:  # noqa: ARG001
    """The events of each declaration in an answer; raises Unreadable."""
    assert not isinstance(root, Flat)
    return [event for found in _details(root) for event in _events(local(root), found, id)]


def _details(root: Element) -> Iterator[tuple[Element, Element | None]]:
    """For each declaration of an answer, the part with its status, and what was declared."""
    for holder in root.iter():
        parts = list(children(holder, "Declaration"))
        if parts:
            yield parts[0], parts[1] if len(parts) > 1 else None


def _events(kind: str, found: tuple[Element, Element | None], id: str) -> Iterator[Event]:
    """The event of a status, and one of the release where the status is another."""
    status, declared = found
    times = {name: instant(at, name) for name in _STAGES if (at := _written(status, name))}
    if not times:
        raise Unreadable("bad_time", "a status of a declaration without a time")
    details = _Details(status, declared, times)
    ics, route = first(status, "ICS") or None, first(status, "ROE") or None
    meaning = _meaning(kind, ics, route, times)
    event = _event(kind, details, id)._replace(
        code=ics,
        sub=route,
        stage=meaning.stage,
        action=meaning.action,
        flags=meaning.flags,
        rank=meaning.rank,
    )
    yield event
    yield from (
        event._replace(
            code=None, sub=None, stage=stage, action=None, flags=(), at=at, note=None, rank=None
        )
        for stage, at in _milestones(meaning.stage, times)
        if (stage, at) != (event.stage, event.at)
    )


def _milestones(stage: Stage | None, times: dict[str, datetime]) -> list[tuple[Stage, datetime]]:
    """What the times say besides a status of a stage: a release; without a stage, the furthest."""
    told = [(told, times[name]) for name, told in _STAGES.items() if name in times]
    furthest, at = told[0]
    is_told = stage is Stage.CLEARED and at == max(times.values())
    is_release = furthest is Stage.RELEASED and not is_told
    return told[:1] if is_release or stage is None else []


def _meaning(kind: str, ics: str | None, route: str | None, times: dict[str, datetime]) -> Code:
    """What a status means; without one, the furthest of the times."""
    if ics is None:
        return Code({}, next(stage for name, stage in _STAGES.items() if name in times))
    return code_of(kind, ics, route) or UNKNOWN


def _event(kind: str, details: _Details, id: str) -> Event:
    """The event at the latest of the times, without its meaning."""
    return Event(
        system=NAME,
        kind=kind,
        code=None,
        stage=None,
        at=max(details.times.values()),
        note=_error(details.status),
        serial=None,
        received_at=None,
        references=_references(details),
        facts=_facts(details),
        action=None,
        flags=(),
        messages=(id,),
    )


def _error(status: Element) -> str | None:
    """The error of inventory linking (``IRC``), if there is one: zeros say that there is none."""
    found = first(status, "IRC")
    return f"IRC {found}" if found.strip("0") else None


def _written(element: Element, name: str) -> str:
    return first(element, name, "DateTimeString") or first(element, name)


def _references(details: _Details) -> tuple[Reference, ...]:
    """The numbers of a declaration, and those of its goods; raises Unreadable."""
    status, declared = details.status, details.declared
    found = [(LRN, first(status, "LRN")), (MRN, first(status, "ID"))]
    if declared is not None:
        found[0:1] = [(LRN, first(status, "LRN") or first(declared, "FunctionalReferenceID"))]
        found += _of_goods(declared)
    numbers = references(found)
    if not any(kind in (MRN, LRN) for kind, _ in numbers):
        raise Unreadable("no_number", "a status of a declaration without a number")
    return numbers


def _of_goods(declared: Element) -> Iterator[tuple[str, str]]:
    """The UCR of the goods, and the documents they came under before."""
    for shipment in children(declared, "GoodsShipment"):
        yield UCR.name, first(shipment, "UCR", "TraderAssignedReferenceID")
        for document in children(shipment, "PreviousDocument"):
            yield _kind_of(first(document, "TypeCode")), first(document, "ID")


def _kind_of(document: str) -> str:
    """The kind of number of a document before, by its type."""
    if is_bill(document):
        return BILL.name
    return UCR.name if document in _UCRS else PREVIOUS.name


def _facts(details: _Details) -> tuple[tuple[str, str], ...]:
    """The facts of a declaration, by name."""
    status, declared, times = details
    accepted = _written(status, _ACCEPTED)
    kind = first(declared, "TypeCode") if declared is not None else ""
    received = times.get(_RECEIVED)
    facts = {
        "accepted_at": as_accepted(accepted),
        "declaration_date": received.isoformat() if received else "",
        "version": first(status, "VersionID"),
        "declaration_type": kind,
        "direction": _DIRECTIONS.get(kind[:1], ""),
    }
    return tuple(sorted((name, value) for name, value in facts.items() if value))
