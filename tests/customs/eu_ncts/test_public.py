"""The messages that HM Revenue & Customs has published read as a careful reader reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from clearance.customs import unpacking
from clearance.errors import Unreadable
from tests.customs.eu_ncts.support import PUBLIC, expected, needs_public
from tests.customs.uk_cds.test_public import stage

pytestmark = needs_public

ROWS = expected()
NO_NUMBER = [row for row in ROWS if row["expect"] == "either"]
"""They have neither an MRN nor an LRN."""


def name(row: dict[str, Any]) -> str:
    return str(row["file"])


def public(row: dict[str, Any]) -> bytes:
    return (PUBLIC / "eu_ncts" / str(row["file"])).read_bytes()


def sub(reading: dict[str, Any]) -> str | None:
    """The sub-code; a decision and a deadline are told elsewhere."""
    found = reading["sub"]
    return None if found and "=" in found else found


def said(reading: dict[str, Any]) -> list[str]:
    """What the note must hold."""
    errors = [f"{one['code']} {one['reason']}" for one in reading["errors"]]
    return [*errors, *(one["pointer"] for one in reading["errors"]), *reading["reasons"]]


@pytest.mark.parametrize("row", [row for row in ROWS if row not in NO_NUMBER], ids=name)
def test_a_message_says_what_a_careful_reader_finds_in_it(row: dict[str, Any]) -> None:
    events = unpacking.parse(public(row), row["file"])
    for event, reading in zip(events, row["events"], strict=True):
        references, facts = dict(event.references), dict(event.facts)
        assert references.get("mrn") == reading["id"]
        assert references.get("lrn") == reading["local_ref"]
        assert (event.code, event.sub, event.stage) == (
            reading["code"],
            sub(reading),
            stage(reading["stage"]),
        )
        assert event.at == datetime.fromisoformat(reading["time"])
        assert event.serial == reading["message_id"]
        assert [one for one in said(reading) if one not in (event.note or "")] == []
        if reading["event_time"]:
            assert reading["event_time"][:10] in {fact[:10] for fact in facts.values()}


@pytest.mark.parametrize("row", NO_NUMBER, ids=name)
def test_a_message_without_a_number_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="neither an MRN nor an LRN"):
        unpacking.parse(public(row), row["file"])


@pytest.mark.parametrize(
    "file", sorted((PUBLIC / "refuse").glob("*.xml")), ids=lambda file: file.name
)
def test_nothing_that_only_looks_like_a_message_is_read(file: Any) -> None:
    with pytest.raises(Unreadable):
        unpacking.parse(file.read_bytes(), file.name)
