"""The messages that HM Revenue & Customs has published read as a careful reader reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from clearance.customs import unpacking
from clearance.customs.xml import read as parsed
from clearance.errors import Unreadable
from clearance.model import Declaration, Event, Stage
from clearance.timelines import derive
from tests.customs.uk_cds.support import PUBLIC, codes, expected, needs_public, public

pytestmark = needs_public

ROWS = expected() if (PUBLIC / "uk_cds").is_dir() else []
ANSWERS = [row for row in ROWS if row["root"].startswith("Declaration")]
STATUSES = [row for row in ANSWERS if row["expect"] == "read"]
NOTIFICATIONS = [row for row in ROWS if row["expect"] == "read" and row not in ANSWERS]

STAGES = {
    "info only": None,
    "documents/tax due": Stage.ACTION_DUE,
    "inspection/control": Stage.INSPECTION,
    "cleared/closed": Stage.CLEARED,
    "withdrawn/invalidated": Stage.WITHDRAWN,
    "under review": Stage.UNDER_REVIEW,
}


def name(row: dict[str, Any]) -> str:
    return str(row["file"])


def stage(words: str) -> Stage | None:
    return STAGES[words] if words in STAGES else Stage(words)


def shown(event: Event) -> dict[str, Any]:
    """An event in the words of the careful reader."""
    references, facts = dict(event.references), dict(event.facts)
    return {
        "id": references["mrn"],
        "local_ref": references["lrn"],
        "version": facts["version"],
        "code": event.code,
        "sub": event.sub,
        "stage": event.stage,
        "time": event.at,
        "message_id": event.serial,
        "acceptance": datetime.fromisoformat(facts["accepted_at"])
        if "accepted_at" in facts
        else None,
        "note": event.note,
    }


def wanted(reading: dict[str, Any]) -> dict[str, Any]:
    """What the careful reader found, and the note that follows from it."""
    same = ("id", "local_ref", "version", "code", "sub", "message_id")
    said = [
        " ".join(filter(None, (one.get("code"), one.get("text"))))
        for one in (*reading["errors"], *reading["statements"])
    ]
    acceptance = reading["acceptance"]
    return {
        **{key: reading[key] for key in same},
        "stage": stage(reading["stage"]),
        "time": datetime.fromisoformat(reading["time"]),
        "acceptance": datetime.fromisoformat(acceptance) if acceptance else None,
        "note": "; ".join(filter(None, said)) or None,
    }


@pytest.mark.parametrize("row", NOTIFICATIONS, ids=name)
def test_a_notification_says_what_a_careful_reader_finds_in_it(row: dict[str, Any]) -> None:
    events = unpacking.parse(public(row["file"]), row["file"])
    found = [shown(event) for event in events]
    for event, shown_event in zip(events, found, strict=True):
        if reference := dict(event.facts).get("payment_reference"):
            assert (event.action, event.note) == ("tax", reference)
            shown_event["note"] = None
    assert found == [wanted(reading) for reading in row["events"]]


@pytest.mark.parametrize("row", STATUSES, ids=name)
def test_a_status_that_was_asked_for_says_what_a_careful_reader_finds_in_it(
    row: dict[str, Any],
) -> None:
    events = unpacking.parse(public(row["file"]), row["file"])
    for event, reading in zip(events, row["events"], strict=True):
        facts = dict(event.facts)
        assert dict(event.references)["mrn"] == reading["id"]
        assert (event.code, event.sub) == (reading["code"], reading["sub"])
        assert event.stage == stage(reading["stage"])
        assert event.at == datetime.fromisoformat(reading["time"])
        for fact, key in (("declaration_date", "received"), ("accepted_at", "acceptance")):
            told = facts.get(fact)
            assert (told and datetime.fromisoformat(told)) == (
                reading[key] and datetime.fromisoformat(reading[key])
            )


@pytest.mark.parametrize(
    "row",
    [r for r in ROWS if r not in NOTIFICATIONS and r not in STATUSES and r["wellformed"]],
    ids=name,
)
def test_an_answer_that_is_not_read_yet_is_refused_with_its_roots_name(
    row: dict[str, Any],
) -> None:
    with pytest.raises(Unreadable, match=row["root"]) as caught:
        unpacking.parse(public(row["file"]), row["file"])
    assert caught.value.reason == "not_a_status"


def test_nothing_that_only_looks_like_a_notification_is_read() -> None:
    folder = PUBLIC / "refuse"
    files = sorted(folder.glob("cds_*.xml"))
    assert files
    for file in files:
        with pytest.raises(Unreadable):
            unpacking.parse(file.read_bytes(), file.name)


@pytest.mark.parametrize("row", NOTIFICATIONS, ids=name)
def test_a_notification_is_claimed_once(row: dict[str, Any]) -> None:
    claims = unpacking.claims(parsed(public(row["file"])))
    assert [system for system, _ in claims] == ["uk_cds"]


def declarations() -> list[Declaration]:
    """What all public notifications tell together."""
    return derive.link(
        event for row in NOTIFICATIONS for event in unpacking.parse(public(row["file"]), "x.xml")
    )


def test_every_mrn_is_one_declaration() -> None:
    known = {reading["id"] for row in NOTIFICATIONS for reading in row["events"]}
    assert {one.name for one in declarations()} == known
    assert len(declarations()) == len(known)


def test_what_is_cleared_was_released_then_where_no_release_was_told() -> None:
    """No real story does not add up: none has an inconsistency."""
    found = declarations()
    cleared = [one for one in found if one.cleared_at]
    assert len(cleared) == 24
    for one in cleared:
        assert one.stage is Stage.CLEARED
        assert (one.released_at == one.cleared_at) == ("08" not in codes(one))
        assert one.outstanding == ()
    assert [one.name for one in found if one.inconsistencies] == []


def test_the_acceptance_is_the_legal_one() -> None:
    legal = {
        reading["id"]: datetime.fromisoformat(reading["acceptance"])
        for row in NOTIFICATIONS
        for reading in row["events"]
        if reading["acceptance"]
    }
    assert {one.name: one.accepted_at for one in declarations() if one.accepted_at} == legal


def test_what_is_not_cleared_waits_for_what_it_waits_for() -> None:
    waiting = {one.name: one.stage for one in declarations() if not one.cleared_at}
    assert waiting == {"21GB6N3J01TZYYE1R0": Stage.ACTION_DUE, "24GBCKIFB5UARBYAR2": None}


def test_notifications_of_one_second_stand_in_the_order_of_the_dossier() -> None:
    order = ["02", "01", "13/67", "13/115", "14", "11/39", "07", "08", "13/4", "09"]
    ties = 0
    for one in declarations():
        for before, after in zip(one.events, one.events[1:], strict=False):
            if before.at == after.at:
                ties += 1
                assert order.index(before.full_code or "") <= order.index(after.full_code or "")
    assert ties > 30


def test_an_amended_declaration_goes_through_as_it_is_told() -> None:
    (amended,) = (one for one in declarations() if one.name == "21GB31AJB9S50C90R6")
    order = ["01", "13/67", "02", "11/39", "13/67", "07", "13/4", "09"]
    assert codes(amended) == order
    assert amended.references["lrn"] == ("R280_E2E_TC03_1803_003", "R280_TC02AMND_002")
    assert amended.facts["version"] == "2"
    assert len(amended.submissions) == 1
