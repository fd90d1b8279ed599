"""CDS notifications for tests, invented, and where the public ones are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from clearance.customs import unpacking
from clearance.customs.uk_cds import SYSTEM
from clearance.model import Declaration, Event
from clearance.timelines import derive
from tests.conftest import ROOT

MRN, OTHER_MRN = "26GB000INVENTED1R0", "26GB000INVENTED2R1"
LRN, OTHER_LRN = "TEST-1", "TEST-2"
START = datetime(2026, 3, 2, 8, tzinfo=SYSTEM.zone)

PUBLIC = Path(os.environ.get("CLEARANCE_PUBLIC_SAMPLES", ROOT / ".public-samples"))
"""Messages that HM Revenue & Customs has published; they are not part of the project."""
needs_public = pytest.mark.skipif(
    not (PUBLIC / "uk_cds").is_dir(), reason="the public samples are not here"
)


def expected() -> list[dict[str, Any]]:
    """What a careful reader finds in each public file."""
    lines = (PUBLIC / "uk_cds" / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def public(name: str) -> bytes:
    """A public file."""
    return (PUBLIC / "uk_cds" / name).read_bytes()


def at(minutes: float) -> datetime:
    """Minutes after eight o'clock of the second of March, in London."""
    return START + timedelta(minutes=minutes)


def stamp(moment: datetime) -> str:
    """A time as a notification has it."""
    return f"{moment.astimezone(SYSTEM.zone):%Y%m%d%H%M%S}Z"


def tag(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>" if inside else ""


def dated(name: str, written: str) -> str:
    return tag(name, written and f'<DateTimeString formatCode="304">{written}</DateTimeString>')


def response(
    code: str,
    when: datetime | str | float = 0.0,
    *,
    mrn: str = MRN,
    lrn: str = LRN,
    serial: str = "",
    names: Sequence[str] = (),
    accepted: str = "",
    payment: str = "",
    errors: Iterable[tuple[str, str]] = (),
    statements: Iterable[str] = (),
    declaration: str = "",
    more: str = "",
) -> str:
    """A Response; ``when`` is a moment, minutes after the start, or a time as written.

    ``declaration`` and ``more`` are XML within the declaration and after it.
    """
    if isinstance(when, float | int):
        when = at(when)
    issued = when if isinstance(when, str) else stamp(when)
    paid = tag("DutyTaxFee", tag("Payment", tag("ReferenceID", payment)))
    parts = (
        tag("FunctionCode", code),
        tag("FunctionalReferenceID", serial),
        dated("IssueDateTime", issued),
        *(tag("AdditionalInformation", one) for one in statements),
        tag("Status", "".join(tag("NameCode", name) for name in names)),
        *(
            tag("Error", tag("ValidationCode", error) + tag("Description", escape(said)))
            for error, said in errors
        ),
        "<Declaration>",
        dated("AcceptanceDateTime", accepted),
        tag("FunctionalReferenceID", lrn),
        tag("ID", mrn),
        paid if payment else "",
        declaration,
        "</Declaration>",
        more,
    )
    return tag("Response", "".join(parts))


def statement(code: str = "", said: str = "", kind: str = "", limit: str = "") -> str:
    """What stands in an AdditionalInformation."""
    parts = (tag("StatementCode", code), tag("StatementDescription", escape(said)))
    return "".join((*parts, dated("LimitDateTime", limit), tag("StatementTypeCode", kind)))


def message(*responses: str) -> bytes:
    """A message with some Responses in it."""
    head = "<WCODataModelVersionCode>3.6</WCODataModelVersionCode><WCOTypeName>RES</WCOTypeName>"
    return f"<MetaData>{head}{''.join(responses)}</MetaData>".encode()


def read(*responses: str) -> list[Event]:
    """The events of a message with some Responses."""
    return unpacking.parse(message(*responses), "message.xml")


def only(*responses: str) -> Event:
    """The one event of a message."""
    (event,) = read(*responses)
    return event


def linked(*responses: str) -> list[Declaration]:
    """The declarations that some Responses tell of, each in a message of its own."""
    return derive.link(event for one in responses for event in read(one))


def story(*responses: str) -> Declaration:
    """The one declaration that some Responses tell of."""
    (declaration,) = linked(*responses)
    return declaration


def codes(declaration: Declaration) -> list[str | None]:
    """The codes of a timeline, with their subdivisions."""
    return [event.full_code for event in declaration.events]
