"""``clearance status``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from clearance.model import INTERVALS
from tests.cli.support import ALERT, DECLARATION, EVENT, declared, fits, packed
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, RETURNED, UNKNOWN, Case, Run, at, laid


@pytest.mark.parametrize(
    "number",
    [
        CLOSED.entry,
        CLOSED.unified,
        CLOSED.own,
        "OUT_11",
        "out_11",
        CLOSED.unified.lower(),
        CLOSED.own.lower(),
        f" {CLOSED.entry[:4]} {CLOSED.entry[4:]}\t",
        CLOSED.entry.translate({ord("0") + n: ord("\uff10") + n for n in range(10)}),
        "\uff25" + CLOSED.unified[1:],
    ],
)
def test_any_number_finds_its_declaration(kept: Run, number: str) -> None:
    assert declared(kept("status", number, "--format", "json")) == [CLOSED.entry]


@pytest.mark.parametrize(
    "reference", ["PO 2026 17", "po-17 \uff08\u4e0a\u6d77\uff09", "\uff30\uff2f17"]
)
def test_a_reference_that_is_written_oddly_is_found_as_it_is_written(
    call: Run, tmp_path: Path, reference: str
) -> None:
    case = Case(71, ref=reference)
    call(
        "ingest", laid(Case(71, ref=reference).sent(at("04 09:00"), base="OUT_71"), tmp_path / "in")
    )
    found = call("status", reference, "--format", "json")
    assert found.json["declarations"][0]["references"]["unified_no"] == [case.unified]


def test_a_returned_declaration_is_found_by_its_old_number_too(kept: Run) -> None:
    for number in (RETURNED.unified, RESENT.unified, "TEST-RESENT"):
        (one,) = kept("status", number, "--format", "json").json["declarations"]
        assert one["references"]["unified_no"] == [RETURNED.unified, RESENT.unified]


def test_a_bill_finds_all_its_declarations(call: Run, tmp_path: Path) -> None:
    files = []
    for case in (Case(81), Case(82), Case(83, "export")):
        file = case.told("L", at("04 09:00"))
        bill = b"<BILL_NO>TESTBILL7</BILL_NO></DEC_RESULT>"
        files.append(file._replace(data=file.data.replace(b"</DEC_RESULT>", bill)))
    call("ingest", laid(files[:2], tmp_path / "in"))
    call("ingest", laid([Case(84).told("L", at("04 09:00"))], tmp_path / "other"))
    ran = call("status", "testbill7", "--format", "json")
    assert sorted(declared(ran)) == [Case(81).entry, Case(82).entry]


def test_several_numbers_show_each_declaration_once_in_their_order(kept: Run) -> None:
    ran = kept("status", UNKNOWN.own, CLOSED.own, UNKNOWN.entry, "--format", "json")
    assert declared(ran) == [UNKNOWN.entry, CLOSED.entry]


@pytest.mark.parametrize("command", ["status", "explain"])
def test_an_unknown_number_tells_the_closest_known_ones(kept: Run, command: str) -> None:
    """Two digits of the entry number of 22 were swapped."""
    ran = kept(command, "224820261000000202", "--format", "json")
    assert ran.code == 1
    assert ran.error["kind"] == "not_found"
    assert "224820261000000202" in ran.error["message"]
    assert INSPECTED.entry in ran.error["message"]


def test_the_closest_number_is_told_first(kept: Run) -> None:
    ran = kept("status", "224820261000000023")
    assert ran.talk.index(INSPECTED.entry) < ran.talk.index(RESENT.entry)


def test_status_has_every_key_of_the_contract(kept: Run) -> None:
    kept("check", "--as-of", AS_OF)
    ran = kept("status", CLOSED.own, INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    assert ran.json["as_of"] == AS_OF
    closed, inspected = ran.json["declarations"]
    for one in (closed, inspected):
        assert fits(one, DECLARATION)
        assert set(one["intervals"]) == set(INTERVALS)
        assert all(event.keys() >= EVENT.keys() and fits(event, EVENT) for event in one["events"])
        assert all(event["message"].startswith("sha256:") for event in one["events"])
    assert closed["dialect"] == "cn_single_window"
    assert closed["references"] == {
        "client_ref": [CLOSED.own],
        "entry_no": [CLOSED.entry],
        "sent_as": ["OUT_11"],
        "unified_no": [CLOSED.unified],
    }
    assert (closed["direction"], closed["office"], closed["stage"]) == ("export", "3104", "cleared")
    assert (closed["open"], closed["guaranteed"]) == (False, False)
    assert closed["declared_at"] == closed["first_declared_at"] == "2026-03-02T08:00:10+08:00"
    assert closed["accepted_at"] == "2026-03-02T08:00:20+08:00"
    assert closed["released_at"] == "2026-03-02T10:00:00+08:00"
    assert closed["cleared_at"] == closed["since"] == "2026-03-03T15:00:00+08:00"
    assert closed["intervals"]["submit-accept"] == 10
    assert closed["intervals"]["accept-release"] == 7180
    assert closed["intervals"]["declare-close"] == 111590
    assert closed["intervals"]["arrive-declare"] is None
    assert [event["code"] for event in closed["events"]] == ["0", "7", "L", "P", "R"]
    assert (inspected["open"], inspected["cleared_at"]) == (True, None)
    (alert,) = inspected["alerts"]
    assert fits(alert, ALERT)
    assert alert["rule"] == "inspection_ordered"


def test_outstanding_actions_are_told_with_customs_note(call: Run, tmp_path: Path) -> None:
    """Released, and customs still wants the duties."""
    case = Case(91)
    files = [
        *case.sent(at("02 08:00")),
        case.told("L", at("02 08:01")),
        case.told("K", at("02 09:00")),
        case.told("T", at("02 09:30"), note="税单已生成"),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    (one,) = call("status", case.own, "--as-of", AS_OF, "--format", "json").json["declarations"]
    assert (one["stage"], one["guaranteed"]) == ("released", True)
    (action,) = one["outstanding"]
    assert fits(action, {"action": str, "since": str, "note": str})
    assert (action["action"], action["note"]) == ("tax", "税单已生成")


def test_unknown_values_are_null_and_never_empty(call: Run) -> None:
    """A client error carries no number, no office and no direction."""
    box = packed({
        "Failed_OUT_5_20260304090000123.xml": (
            b"<?xml version='1.0'?><Root><failCode>E1</failCode><failInfo>no card</failInfo></Root>"
        )
    })  # fmt: skip
    assert call("ingest", "-", stdin=box).code == 0
    (one,) = call("status", "OUT_5", "--format", "json").json["declarations"]
    assert fits(one, DECLARATION)
    assert (one["direction"], one["office"], one["declared_at"]) == (None, None, None)


def test_events_stand_in_the_order_of_their_times(kept: Run) -> None:
    (one,) = kept("status", "TEST-RESENT", "--format", "json").json["declarations"]
    times = [datetime.fromisoformat(event["at"]) for event in one["events"]]
    assert times == sorted(times)
    assert [event["stage"] for event in one["events"]].count("rejected") == 1
