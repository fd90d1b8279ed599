"""Messages of NCTS and AES for tests, invented, and where the public ones are."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clearance.customs import unpacking
from clearance.model import Declaration, Event
from clearance.timelines import derive
from tests.conftest import ROOT

MRN, OTHER_MRN = "26NL000INVENTED1K0", "26NL000INVENTED2K1"
LRN = "TEST-1"

PUBLIC = Path(os.environ.get("CLEARANCE_PUBLIC_SAMPLES", ROOT / ".public-samples"))
"""Messages that HM Revenue & Customs has published; they are not part of the project."""
needs_public = pytest.mark.skipif(
    not (PUBLIC / "eu_ncts").is_dir(), reason="the public samples are not here"
)


def expected() -> list[dict[str, Any]]:
    """What a careful reader finds in each public file."""
    if not (PUBLIC / "eu_ncts").is_dir():
        return []
    lines = (PUBLIC / "eu_ncts" / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def tag(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>" if inside else ""


def at(minute: int) -> str:
    """A time so many minutes after eight o'clock, UTC."""
    return f"2026-03-02T{8 + minute // 60:02}:{minute % 60:02}:00"


def message(
    number: str,
    when: str | int = 0,
    operation: str = "",
    more: str = "",
    *,
    mrn: str = MRN,
    lrn: str = LRN,
    holder: str = "",
    serial: str = "",
    prefix: str = "ncts",
    space: str = "http://ncts.dgtaxud.ec",
    phase: str = "NCTS5.1",
) -> str:
    """A ``CCnnnC`` message; ``when`` is a time as written, or minutes after eight o'clock.

    ``operation`` is XML in the operation, which ``holder`` names; ``more`` stands behind it.
    """
    written = at(when) if isinstance(when, int) else when
    root = f"{prefix}:CC{number}C" if prefix else f"CC{number}C"
    named = f' xmlns{":" if prefix else ""}{prefix}="{space}"' if space else ""
    told = f' PhaseID="{phase}"' if phase else ""
    holder = holder or ("ExportOperation" if number[0] in "56" else "TransitOperation")
    parts = (
        tag("messageSender", "NTA.NL"),
        tag("preparationDateAndTime", written),
        tag("messageIdentification", serial or f"{number}{written}"),
        tag("messageType", f"CC{number}C"),
        f"<{holder}>{tag('LRN', lrn)}{tag('MRN', mrn)}{operation}</{holder}>",
        more,
    )
    return f"<{root}{told}{named}>{''.join(parts)}</{root}>"


def goods(ucr: str = "", bill: str = "") -> str:
    """A consignment with a UCR and a bill of lading."""
    document = f"<type>N705</type><referenceNumber>{bill}</referenceNumber>" if bill else ""
    parts = tag("referenceNumberUCR", ucr) + tag("TransportDocument", document)
    return tag("Consignment", parts)


def read(document: str) -> list[Event]:
    """The events of a document."""
    return unpacking.parse(document.encode(), "message.xml")


def only(document: str) -> Event:
    """The one event of a document."""
    (event,) = read(document)
    return event


def linked(*documents: str) -> list[Declaration]:
    """The declarations that some documents tell of."""
    return derive.link(event for one in documents for event in read(one))


def story(*documents: str) -> Declaration:
    """The one declaration that some documents tell of."""
    (declaration,) = linked(*documents)
    return declaration


def numbers(event: Event, kind: str) -> Sequence[str]:
    """The numbers of a kind that an event bears."""
    return [value for name, value in event.references if name == kind]
