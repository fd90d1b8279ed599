"""Names of the client's files: every setting, bridge, repeat and copy says the same."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.customs.cn_single_window.names import own_reference, parsed
from clearance.customs.unpacking import parse
from clearance.errors import Unreadable
from clearance.sources.order import together
from tests.conftest import Run, at, laid

TIME = datetime(2026, 9, 1, 10, 20, tzinfo=ZONE)
ERROR = b"<Root><failCode>C134</failCode><failInfo>[&quot;no card&quot;]</failInfo></Root>"
REFUSED = (
    b"<DecImportResponse><ResponseCode>1</ResponseCode><ErrorMessage>no</ErrorMessage>"
    b"<ClientSeqNo>NA-1</ClientSeqNo></DecImportResponse>"
)
BEFORE = ("", "handled_2026-09-01-10-20-05_", "handled_1788229205_", "cannot_parse_", "复件 ")
AFTER = ("", "(1)", " (1)", " (2)", " - 副本", " - 副本 (2)", " - Copy", "(1) - Copy (3)", "（1）")


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("time", ["", "_20260901102000", "_202609011020001234567"])
def test_what_programs_and_people_put_around_a_name_changes_no_fact(
    before: str, after: str, time: str
) -> None:
    facts = parsed(f"InBox/{before}Failed_E_HX-1_t-2{time}{after}.XML")
    assert facts
    assert (facts.base, facts.received_at) == ("E_HX-1_t-2", TIME if time else None)
    number, serial = "E20269900000700111", "202699000000070003"
    facts = parsed(f"{before}Receipt_DECCUS004_{number}_{serial}{time}{after}.xml")
    assert facts
    assert (facts.number, facts.serial) == (number, serial)
    assert facts.received_at == (TIME if time else None)


def test_a_time_that_cannot_be_is_a_part_of_the_name() -> None:
    facts = parsed("Failed_A_20269901102000.xml")
    assert facts
    assert (facts.base, facts.received_at) == ("A_20269901102000", None)


OWN = {
    "I_HX26-0710_t-1": "HX26-0710",
    "E_A_B_t-12": "A_B",
    "2026090209000105_E_HX26-0712": "HX26-0712",
    "E_HX26-0712": None,
    "HX26-0712_t-1": None,
    "20260902_E_HX": None,
}


@pytest.mark.parametrize("base", OWN)
def test_the_own_reference_in_an_outgoing_name_is_read_where_its_form_is_sure(base: str) -> None:
    assert own_reference(base) == OWN[base]


def test_receipts_of_one_number_come_together_also_in_a_bridges_archive() -> None:
    number = "E20269900000700111"
    names = [
        f"handled_2026-09-01-10-0{n}-00_Receipt_DECCUS004_{number}_{n:018}.xml" for n in (1, 2)
    ]
    between = "handled_2026-09-01-10-01-30_Successed_X_20260901100130.xml"
    ordered = list(together([names[0], between, names[1]]))
    assert abs(ordered.index(names[0]) - ordered.index(names[1])) == 1


@pytest.mark.parametrize(
    ("failed", "succeeded"),
    [
        ("I_REF-1_t-1", "I_REF-1_t-2"),
        ("2026090209000105_I_REF-1", "2026090209195907_I_REF-1"),
        ("I_REF-1_t-1", "2026090209195907_I_REF-1"),
        ("REF-1", "REF-1"),
    ],
)
def test_an_error_is_of_the_declaration_that_was_sent_again_under_another_name(
    call: Run, tmp_path: Path, failed: str, succeeded: str
) -> None:
    """It stayed in the list for ever, as a draft of its own."""
    files = [
        File(f"Failed_{failed}_20260302080000.xml", ERROR, at("02 08:00")),
        import_receipt("REF-1", "I20260000000000017", at("02 08:20"), base=succeeded),
        business_receipt("I20260000000000017", "", "7", at("02 08:21"), 1),
    ]
    call("ingest", laid(files, tmp_path))
    (found,) = call("list", "--all", "--events", "--format", "json").json["declarations"]
    assert len(found["events"]) == 3


def test_a_refusal_and_an_error_without_any_time_have_that_of_their_file(
    call: Run, tmp_path: Path
) -> None:
    """The client leaves the time out of names if it is set so: no alert, and the error refused."""
    for name, data in (
        ("Failed_NA-1.xml", REFUSED),
        ("Failed_NA-1(1).xml", REFUSED.replace(b">no<", b">again<")),
        ("Failed_NA-3.xml", ERROR),
        ("Failed_NA-3(1).xml", ERROR),
    ):
        (tmp_path / name).write_bytes(data)
        os.utime(tmp_path / name, (TIME.timestamp(), TIME.timestamp()))
    ran = call("ingest", tmp_path, "--format", "json")
    assert (ran.code, ran.json["new"], ran.json["refused"]) == (0, 4, 0)
    found = call("status", "NA-1", "NA-3", "--as-of", "2026-09-02T09:00", "--format", "json").json
    events = [event for one in found["declarations"] for event in one["events"]]
    assert [event["at"] for event in events] == [TIME.isoformat()] * len(events)
    assert [one["stage"] for one in found["declarations"]] == ["rejected", "draft"]
    remarks = {remark["kind"] for one in found["declarations"] for remark in one["remarks"]}
    assert remarks == {"time_of_file"}
    new = call("check", "--as-of", "2026-09-01T14:00", "--format", "json").json["new"]
    assert ("returned", "critical") in [(alert["rule"], alert["severity"]) for alert in new]
    assert call("store", "verify").code == 0


def test_a_transit_number_finds_the_declaration_and_joins_nothing(
    call: Run, tmp_path: Path
) -> None:
    files = []
    for number in (1, 2):
        answer = import_receipt(f"TR-{number}", f"I2026000000000000{number}", at("02 08:00"))
        transit = b"<TrnPreId>T20260000000000999</TrnPreId></DecImportResponse>"
        data = answer.data.replace(b"</DecImportResponse>", transit)
        files.append(answer._replace(data=data))
    call("ingest", laid(files, tmp_path))
    assert len(call("status", "T20260000000000999", "--format", "json").json["declarations"]) == 2


GOOD, ENTRY = "I20260000000000017", "224820261000000017"


@pytest.mark.parametrize(
    ("unified", "entry", "odd"),
    [(GOOD, "123456789", "123456789"), (GOOD, "22 48", "22 48"), ("I 2026", ENTRY, "I 2026")],
)
def test_a_number_of_an_odd_form_costs_no_receipt_that_has_a_good_one(
    call: Run, tmp_path: Path, unified: str, entry: str, odd: str
) -> None:
    """A release with a pre-entry number of 9 digits was refused."""
    file = business_receipt(unified, entry, "P", at("02 10:00"), 1)
    call("ingest", laid([file], tmp_path))
    (found,) = call("list", "--all", "--format", "json").json["declarations"]
    assert found["stage"] == "released"
    (remark,) = found["remarks"]
    assert odd in remark["detail"]


def test_without_a_good_number_an_odd_one_is_refused() -> None:
    with pytest.raises(Unreadable, match="ENTRY_ID"):
        parse(business_receipt("", "123456789", "P", at("02 10:00"), 1).data)
