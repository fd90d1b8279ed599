"""Answers of the declaration information service: what a status is, and what it is joined with."""

from __future__ import annotations

from datetime import datetime

import pytest

from clearance.customs import unpacking
from clearance.customs.uk_cds import codes
from clearance.errors import Unreadable
from clearance.model import Event, Flag, Stage
from clearance.timelines import derive
from tests.customs.uk_cds.support import LRN, MRN, OTHER_MRN, at, dated, message, response, tag

RECEIVED, ACCEPTED, RELEASED = "20260302080000Z", "20260302080100Z", "20260302090000Z"


def details(
    ics: str = "",
    route: str = "",
    *,
    mrn: str = MRN,
    received: str = RECEIVED,
    accepted: str = "",
    released: str = "",
    more: str = "",
    declared: str = "<TypeCode>IMA</TypeCode>",
) -> str:
    """What stands about one declaration in an answer."""
    status = (
        dated("AcceptanceDateTime", accepted),
        tag("ID", mrn),
        dated("ReceivedDateTime", received),
        dated("GoodsReleasedDateTime", released),
        tag("ROE", route),
        tag("ICS", ics),
        more,
    )
    return (
        f"<D><Declaration>{''.join(status)}</Declaration><Declaration>{declared}</Declaration></D>"
    )


def answer(*inside: str, root: str = "DeclarationStatusResponse") -> bytes:
    return f"<p:{root} xmlns:p='urn:p'>{''.join(inside)}</p:{root}>".encode()


def read(*inside: str, root: str = "DeclarationStatusResponse") -> list[Event]:
    return unpacking.parse(answer(*inside, root=root), "answer.xml")


@pytest.mark.parametrize("root", codes.ANSWERS)
@pytest.mark.parametrize("ics", codes.STATUSES)
def test_every_status_is_read_in_every_answer(root: str, ics: str) -> None:
    event, *more = read(details(f" {ics}\n", accepted=ACCEPTED), root=root)
    meaning = codes.STATUSES[ics]
    assert (event.code, event.stage, event.action) == (ics, meaning.stage, meaning.action)
    assert event.at == at(1)
    assert Flag.UNKNOWN not in event.flags
    assert [one.stage for one in more] == ([] if meaning.stage else [Stage.ACCEPTED])


def test_a_status_bears_the_latest_of_its_times() -> None:
    (event,) = read(details("22", accepted="20260302080100Z", released=RELEASED))
    assert (event.at, event.stage) == (at(60), Stage.CLEARED)
    facts = dict(event.facts)
    assert datetime.fromisoformat(facts["accepted_at"]) == at(1)
    assert datetime.fromisoformat(facts["declaration_date"]) == at(0)


@pytest.mark.parametrize(
    ("route", "stage"),
    [
        ("", Stage.UNDER_REVIEW),
        ("0", Stage.UNDER_REVIEW),
        ("1", Stage.INSPECTION),
        ("2", Stage.INSPECTION),
        ("3", Stage.UNDER_REVIEW),
        ("6", Stage.UNDER_REVIEW),
        ("H", Stage.UNDER_REVIEW),
        ("H2", Stage.UNDER_REVIEW),
        ("9", None),
    ],
)
def test_the_route_says_what_a_risk_led_to(route: str, stage: Stage | None) -> None:
    event = read(details("14", route))[0]
    assert (event.sub, event.stage) == (route or None, stage)


def test_a_status_that_no_table_has_means_nothing_and_its_times_still_count() -> None:
    event, milestone = read(details("99", accepted=ACCEPTED))
    assert (event.stage, event.flags) == (None, (Flag.UNKNOWN,))
    assert (milestone.stage, milestone.at) == (Stage.ACCEPTED, at(1))


def test_a_release_counts_whatever_the_status() -> None:
    (declaration,) = derive.link(read(details("21", accepted=ACCEPTED, released=RELEASED)))
    assert declaration.released_at == at(60)
    assert (declaration.declared_at, declaration.accepted_at) == (at(0), at(1))


def test_an_acceptance_of_a_mere_day_moves_nothing() -> None:
    (event,) = read(details("22", accepted="20260302000000Z"))
    assert dict(event.facts)["accepted_at"] == "2026-03-02"


def test_an_answer_joins_what_notifications_say_of_the_same_mrn() -> None:
    told = [*read(details("18"), details("18", mrn=OTHER_MRN))]
    for one in (response("01", 1, accepted=ACCEPTED), response("09", 60)):
        told += unpacking.parse(message(one))
    told += read(details("22", accepted=ACCEPTED, released=RELEASED))
    found = {one.name: one for one in derive.link(told)}
    assert set(found) == {MRN, OTHER_MRN}
    declaration = found[MRN]
    assert [event.code for event in declaration.events] == ["18", "01", "09", "22"]
    assert declaration.stage is Stage.CLEARED
    assert declaration.direction == "import"
    assert declaration.references["lrn"] == (LRN,)
    assert declaration.inconsistencies == ()


def test_the_same_answer_asked_for_again_is_the_same_event() -> None:
    later = answer(details("22", released=RELEASED)).replace(b"urn:p", b"urn:q")
    events = [*read(details("22", released=RELEASED)), *unpacking.parse(later)]
    (declaration,) = derive.link(events)
    assert [len(event.messages) for event in declaration.events] == [2]


def test_the_lrn_the_ucr_and_the_documents_before_are_read() -> None:
    before = "".join(
        f"<PreviousDocument>{tag('ID', number)}{tag('TypeCode', kind)}</PreviousDocument>"
        for number, kind in (("6GB-D", "DCR"), ("BILL-1", "705"), ("26NL-T", "822"))
    )
    declared = (
        "<TypeCode>EXA</TypeCode><GoodsShipment><UCR>"
        f"<TraderAssignedReferenceID>6GB-U</TraderAssignedReferenceID></UCR>{before}</GoodsShipment>"
    )
    (event,) = read(details("18", more=tag("LRN", LRN), declared=declared))
    found: dict[str, list[str]] = {}
    for kind, value in event.references:
        found.setdefault(kind, []).append(value)
    assert found == {
        "lrn": [LRN],
        "mrn": [MRN],
        "ucr": ["6GB-U", "6GB-D"],
        "bill_no": ["BILL-1"],
        "previous_no": ["26NL-T"],
    }
    assert dict(event.facts)["direction"] == "export"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("", "not_a_status"),
        ("<CurrentPageNumber>1</CurrentPageNumber>", "not_a_status"),
        (details("18", received=""), "bad_time"),
        (details("18", received="20260302080000"), "bad_time"),
        (details("18", received="Mon Mar 02 08:00:00 UTC 2026"), "bad_time"),
        (details("18", mrn=""), "no_number"),
    ],
)
def test_an_answer_without_a_status_of_a_declaration_is_refused(inside: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(inside)
    assert caught.value.reason == reason


def test_a_withdrawal_takes_the_release_back() -> None:
    told = [*read(details("22", released=RELEASED)), *read(details("4", released=RELEASED))]
    (declaration,) = derive.link(told)
    assert (declaration.stage, declaration.released_at) == (Stage.WITHDRAWN, None)
