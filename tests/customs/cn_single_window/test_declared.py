"""The declaration itself: what its messages say, in every form they come in and in any order."""

from __future__ import annotations

import base64
import io
import zipfile
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearance
from clearance.customs import xml
from clearance.customs.cn_single_window import declared
from clearance.customs.cn_single_window.demo_declared import message
from clearance.errors import Unreadable
from clearance.model import Event, Flag
from clearance.timelines import derive

HEAD = {
    "SeqNo": "",
    "IEFlag": "I",
    "CustomMaster": "5304",
    "BillNo": "BILL7",
    "BLNo": "BL8",
    "ContrNo": "HT-1",
    "LicenseNo": "LIC9",
    "ManualNo": "B53045000001",
    "TradeName": "杭州青溪仪器有限公司",
    "TradeCode": "3301960001",
    "TradeMode": "0110",
    "TradeCountry": "USA",
    "GrossWet": "12.50",
    "PackNo": "3",
}
SIGN = {"ClientSeqNo": "HX26-1", "SignDate": "20260314 0800 00 03"}
GOODS = (
    {"GNo": "1", "CodeTS": "9027809990", "DeclTotal": "1280.50", "TradeCurr": "USD"},
    {"GNo": "2", "CodeTS": "3926909090", "DeclTotal": "19.5", "TradeCurr": "USD"},
    {"GNo": "3", "CodeTS": "3926909090", "DeclTotal": "7", "TradeCurr": "EUR"},
)


def sent(**changes: str) -> bytes:
    return message(HEAD | changes, GOODS, sign=SIGN)


def event(data: bytes, name: str = "HX26-1.xml") -> Event:
    (only,) = clearance.parse(data, name)
    return only


def references(of: Event) -> set[tuple[str, str]]:
    return {(kind, value) for kind, value in of.references}


def test_a_declaration_says_what_was_declared_and_moves_no_stage() -> None:
    told = event(sent())
    assert (told.kind, told.code, told.stage) == ("DecMessage", None, None)
    assert told.at is not None
    assert told.at.isoformat() == "2026-03-14T08:00:00+08:00"
    assert references(told) == {
        ("client_ref", "HX26-1"),
        ("bill_no", "BILL7"),
        ("bill_no", "BL8"),
        ("contract", "HT-1"),
        ("licence", "LIC9"),
        ("manual_no", "B53045000001"),
        ("sent_as", "HX26-1"),
    }
    facts = dict(told.facts)
    assert facts["trader"] == "杭州青溪仪器有限公司"
    assert facts["direction"] == "import"
    assert facts["hs_code"] == "9027809990"
    assert facts["hs_codes"] == "9027809990 3926909090"
    assert facts["declared_value"] == "EUR 7.00 USD 1300.00"


@pytest.mark.parametrize(
    "written",
    [
        sent().replace(b' Version="4.8"', b""),
        sent().replace(b' Version="4.8"', b' version="3.1"'),
        sent().replace(b' xmlns="http://www.chinaport.gov.cn/dec"', b""),
        sent()
        .replace(b"<DecMessage xmlns=", b"<d:DecMessage xmlns:d=")
        .replace(b"</DecMessage>", b"</d:DecMessage>"),
        "\ufeff".encode() + sent(),
        sent().decode().replace("UTF-8", "GB2312").encode("gb18030"),
        sent().decode().replace('<?xml version="1.0" encoding="UTF-8"?>\n', "").encode("gb18030"),
        b"<ImportMessage><SWImpHead/><SWImpData>"
        + sent().partition(b"?>\n")[2]
        + b"</SWImpData></ImportMessage>",
    ],
    ids=["no version", "3.1", "no namespace", "prefix", "mark", "gb2312", "undeclared", "upload"],
)
def test_every_form_of_a_declaration_is_read_alike(written: bytes) -> None:
    expected, told = event(sent()), event(written)
    assert told.references == expected.references
    assert told.facts == expected.facts


def test_it_is_read_in_an_envelope_and_in_a_zip() -> None:
    envelope = (
        '<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"><TransInfo/><Data>'
        f"{base64.b64encode(sent()).decode()}</Data></DxpMsg>"
    )
    assert event(envelope.encode(), "e.xml").facts == event(sent()).facts
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("HX26-1.xml", sent())
    assert ("sent_as", "HX26-1") in references(event(packed.getvalue(), "HX26-1.zip"))


def test_the_form_before_august_2018_is_read() -> None:
    told = event(
        message(
            {"TradeCodeScc": "91330100MA0000001A", "PayWay": "2", "DistrictCode": "33019"},
            [{"CodeTS": "9027809990", "GNo": "1"}],
            sign=SIGN,
            version="",
        )
    )
    assert dict(told.facts)["trader_scc"] == "91330100MA0000001A"


def test_countries_and_currencies_of_three_digits_are_told_by_their_letters() -> None:
    """So that a report does not count Germany twice, and sums do not lie in two dollars."""
    goods = (
        {"GNo": "1", "DeclTotal": "5", "TradeCurr": "502", "OriginCountry": "116"},
        {"GNo": "2", "DeclTotal": "7", "TradeCurr": "USD", "OriginCountry": "999"},
    )
    written = message(HEAD | {"TradeCountry": "304"}, goods, sign=SIGN)
    facts = dict(event(written).facts)
    assert (facts["country"], facts["currency"]) == ("DEU", "USD")
    assert facts["declared_value"] == "USD 12.00"
    (one,) = declared.in_document(xml.read(written, "utf-8"))
    assert [item.origin for item in declared.content(one).goods] == ["JPN", "999"]


def test_a_declaration_that_customs_brought_back_is_no_outgoing_file() -> None:
    told = event(sent(EntryId="530420261000000017", DDate="20260315"), "sub.xml")
    assert ("entry_no", "530420261000000017") in references(told)
    assert not any(kind == "sent_as" for kind, _ in told.references)
    assert Flag.SENT not in told.flags
    assert dict(told.facts)["declaration_date"] == "2026-03-15"


def test_another_declaration_that_is_named_is_a_fact_and_joins_nothing() -> None:
    told = event(message(HEAD, GOODS, sign=SIGN, free={"RelId": "530420261000000099"}))
    assert dict(told.facts)["related_entry"] == "530420261000000099"
    assert not any("99" in value for kind, value in told.references if kind == "entry_no")


def test_a_declaration_without_any_number_is_refused() -> None:
    with pytest.raises(Unreadable, match="names none"):
        clearance.parse(message(HEAD, GOODS, sign={}), "x.xml")
    with pytest.raises(Unreadable):
        clearance.parse(b"<DecMessage/>", "x.xml")


def test_fields_are_put_together_by_signature_and_an_empty_one_takes_nothing_away() -> None:
    first = message(HEAD, GOODS, sign=SIGN)
    later = message(
        {"GrossWet": "13.00", "PackNo": "", "TradeMode": "0615"},
        [{"GNo": "1", "CodeTS": "8479899990", "DeclTotal": "5", "TradeCurr": "USD"}],
        sign=SIGN | {"SignDate": "2026031509000000"},
    )
    empty = message({"ContrNo": ""}, (), sign=SIGN | {"SignDate": "2026031609000000"})
    for order in permutations([first, later, empty]):
        (told,) = derive.link(event for n, data in enumerate(order) for event in read(n, data))
        assert told.facts["gross_weight"] == "13.00"
        assert told.facts["packages"] == "3"
        assert told.facts["trade_mode"] == "0615"
        assert told.facts["hs_code"] == "8479899990"
        assert told.stage is None
        whole = declared.of([(str(n), data) for n, data in enumerate(order)], {"HX26-1"})
        assert [item.hs for item in declared.content(whole).goods] == ["8479899990"]
        assert whole.head["ContrNo"] == "HT-1"


def read(number: int, data: bytes) -> list[Event]:
    return clearance.parse(data, f"HX26-1_{number}.xml")


def test_what_customs_brought_back_goes_before_what_was_sent_later() -> None:
    back = sent(EntryId="530420261000000017", DDate="20260315", GrossWet="99")
    later = message(HEAD, GOODS, sign=SIGN | {"SignDate": "2026032009000000"})
    for order in ((back, later), (later, back)):
        (told,) = derive.link(event for n, data in enumerate(order) for event in read(n, data))
        assert told.facts["gross_weight"] == "99"
        whole = declared.of([(str(n), data) for n, data in enumerate(order)], told.numbers)
        assert whole.head["GrossWet"] == "99"


def test_goods_and_containers_are_given_as_written() -> None:
    data = message(
        HEAD,
        [{"GNo": "1", "CodeTS": "9027809990", "GQty": "10.00000", "TradeCurr": "USD"}],
        containers=[{"ContainerId": "DEMU1234567", "ContainerMd": "21", "GoodsNo": "1,3"}],
        sign=SIGN,
    )
    found = declared.content(declared.of([("m", data)], {"HX26-1"}))
    (item,), (container,) = found.goods, found.containers
    assert (item.no, item.quantity, item.name) == (1, "10.00000", None)
    assert (container.no, container.size, container.goods) == ("DEMU1234567", "21", (1, 3))


def test_of_several_declarations_in_one_upload_each_has_its_own() -> None:
    two = [
        message({"PackNo": str(n)}, (), sign={"ClientSeqNo": f"R{n}"}).partition(b"?>\n")[2]
        for n in (1, 2)
    ]
    upload = b"<ImportMessage>" + b"".join(two) + b"</ImportMessage>"
    assert len(clearance.parse(upload, "up.xml")) == 2
    assert declared.of([("m", upload)], {"R2"}).head["PackNo"] == "2"


def test_of_two_declarations_with_one_own_reference_in_one_upload_each_has_its_goods() -> None:
    """The own reference that both bear does not say which of them is meant."""
    entries = "530420261000000017", "530420261000000025"
    both = [sent(EntryId=entry, GrossWet=entry[-2:]) for entry in entries]
    parts = [data.partition(b"?>\n")[2] for data in both]
    upload = b"<ImportMessage>" + b"".join(parts) + b"</ImportMessage>"
    for entry in entries:
        whole = declared.of([("id", upload)], ["HX26-1", entry])
        assert whole.head["GrossWet"] == entry[-2:]


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_in_a_number_of_a_total_or_a_date_ends_in_a_traceback(
    total: str, sign: str
) -> None:
    clean = "".join(c for c in total if c.isprintable())
    signed = "".join(c for c in sign if c.isprintable())
    data = message(
        HEAD | {"IEDate": clean},
        [{"GNo": clean, "CodeTS": "1", "DeclTotal": clean, "TradeCurr": "USD"}],
        sign=SIGN | {"SignDate": signed},
    )
    try:
        clearance.parse(data, "x.xml")
    except Unreadable:
        return
