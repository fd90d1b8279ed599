"""Answers about bonded goods join the list's numbers to the declaration made of it."""

from __future__ import annotations

import pytest

import clearance
from clearance.errors import Unreadable
from clearance.timelines import derive
from tests.conftest import Run

UNIFIED, ENTRY = "I20260000000000717", "530420261000000717"


def made(result: str = "1", unified: str = UNIFIED) -> bytes:
    return (
        '<Package xmlns="http://www.w3.org/2000/09/xmldsig#"><EnvelopInfo>'
        "<message_type>INV202</message_type><send_time>2026-03-02T08:00:00</send_time>"
        "</EnvelopInfo><DataInfo><BussinessData><INV202><InvApprResult>"
        "<invPreentNo>202600000000000717</invPreentNo><businessId>QD530426I000000717</businessId>"
        f"<entrySeqNo>{unified}</entrySeqNo><manageResult>{result}</manageResult>"
        "<createDate>2026-03-02 08:00:05</createDate><reason>生成成功</reason>"
        "</InvApprResult></INV202></BussinessData></DataInfo></Package>"
    ).encode()


def released() -> bytes:
    return (
        "<Package><DataInfo><BussinessData><INV211><InvApprResult>"
        "<invPreentNo>202600000000000717</invPreentNo><businessId>QD530426I000000717</businessId>"
        f"<entrySeqNo>{UNIFIED}</entrySeqNo><entryNo>{ENTRY}</entryNo>"
        "<entryStucd>1</entryStucd></InvApprResult></INV211></BussinessData></DataInfo></Package>"
    ).encode()


def test_the_numbers_of_a_bonded_list_join_its_declaration_and_no_stage_moves() -> None:
    events = [*clearance.parse(made(), "a.xml"), *clearance.parse(released(), "b.xml")]
    (found,) = derive.link(events)
    assert found.references["bonded_no"] == ("202600000000000717", "QD530426I000000717")
    assert (found.name, found.stage) == (ENTRY, None)
    assert events[0].at is not None
    assert events[0].at.isoformat() == "2026-03-02T08:00:05+08:00"


def test_a_list_of_which_no_declaration_was_made_names_none() -> None:
    with pytest.raises(Unreadable):
        clearance.parse(made("2", ""), "a.xml")


def test_the_declaration_is_found_by_the_number_of_the_list(call: Run) -> None:
    call("ingest", "-", stdin=made())
    shown = call("status", "QD530426I000000717", "--lang", "zh")
    assert UNIFIED in shown.text
    assert "核注清单已生成报关单" in shown.text
