"""What was declared, and the shipments of a bill, as ``status`` and ``list`` show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance.customs.cn_single_window.demo_declared import message
from clearance.model import Declaration
from clearance.render import listing
from clearance.render.console import narrowed
from tests.conftest import Case, Run, at, laid

AS_OF = "2026-03-20T09:00:00+08:00"
HOUSE, OTHER, WITHDRAWN = (Case(number, "export", "5304") for number in (501, 502, 503))
GOODS = (
    {"GNo": "1", "CodeTS": "9027809990", "GName": "水质分析仪", "DeclTotal": "1280.50"},
    {"GNo": "2", "CodeTS": "3926909090", "GName": "塑料外壳", "GQty": "7", "DeclTotal": "19.5"},
    {"GNo": "3", "CodeTS": "3926909090", "DeclTotal": "7", "TradeCurr": "EUR"},
)


def declaration(case: Case, weight: str, **head: str) -> bytes:
    goods = [{"TradeCurr": "USD"} | dict(item) for item in GOODS]
    return message(
        {"IEFlag": "E", "TradeName": "杭州青溪仪器有限公司", "GrossWet": weight} | head,
        goods,
        containers=[{"ContainerId": f"DEMU{case.number:07}", "GoodsNo": "1,3"}],
        sign={"ClientSeqNo": case.own, "SignDate": "2026031007000003"},
    )


@pytest.fixture
def shipped(call: Run, tmp_path: Path) -> Run:
    """Three exports under one master bill: one released, one not, one withdrawn."""
    box = laid(
        [
            *HOUSE.sent(at("10 08:00")),
            HOUSE.told("L", at("10 08:00:20")),
            HOUSE.told("P", at("10 10:00")),
            *OTHER.sent(at("10 09:00")),
            OTHER.told("L", at("10 09:00:20")),
            *WITHDRAWN.sent(at("10 11:00")),
            WITHDRAWN.told("L", at("10 11:00:20")),
            WITHDRAWN.told("D", at("10 15:00")),
        ],
        tmp_path / "box",
    )
    for case, weight in ((HOUSE, "12.50"), (OTHER, "3"), (WITHDRAWN, "100")):
        data = declaration(case, weight, BillNo=f"MAEU100_HX{case.number}")
        (box / f"{case.own}.xml").write_bytes(data)
    assert call("ingest", str(box)).code == 0
    return call


def test_what_was_declared_is_told_in_full_in_json_and_in_short_to_people(shipped: Run) -> None:
    told = shipped("status", HOUSE.own, "--as-of", AS_OF, "--format", "json").json
    (one,) = told["declarations"]
    assert [item["no"] for item in one["goods"]] == [1, 2, 3]
    assert one["goods"][1]["quantity"] == "7"
    assert one["goods"][2]["name"] is None
    assert one["containers"] == [{"no": "DEMU0000501", "size": None, "goods": [1, 3]}]
    assert one["values"] == {"EUR": "7.00", "USD": "1300.00"}
    text = shipped("status", HOUSE.own, "--as-of", AS_OF, "--lang", "zh").text
    assert "共 3 项：水质分析仪" in text
    assert "EUR 7.00 · USD 1,300.00" in text
    assert "12.50 kg" in text
    assert "报关单（企业发送）" in text
    english = shipped("status", HOUSE.own, "--as-of", AS_OF).text
    assert "3 items: 水质分析仪" in english
    assert "declaration as sent" in english
    (listed, *_) = shipped("list", "--as-of", AS_OF, "--format", "json").json["declarations"]
    assert not {"goods", "containers", "values"} & listed.keys()


def test_where_nothing_says_what_was_declared_there_is_no_word_of_it(kept: Run) -> None:
    (one,) = kept("status", "TEST-22", "--format", "json").json["declarations"]
    assert not {"goods", "containers", "values"} & one.keys()


@pytest.mark.parametrize("number", ["maeu100", HOUSE.entry, "HX501"])
def test_the_declarations_of_a_bill_are_counted_together(shipped: Run, number: str) -> None:
    options = ("--shipment", "--as-of", AS_OF)
    told = shipped("status", number, *options, "--format", "json").json
    (shipment,) = told["shipments"]
    assert told["schema"] == 1
    house = {
        "bill_no": "MAEU100_HX501" if number == HOUSE.entry else "HX501",
        "declarations": [HOUSE.entry],
        "open": 1,
        "first_declared_at": "2026-03-10T08:00:00+08:00",
        "last_released_at": "2026-03-10T10:00:00+08:00",
        "last_cleared_at": None,
        "gross_weight": "12.50",
        "containers": ["DEMU0000501"],
    }
    master = house | {
        "bill_no": "MAEU100",
        "declarations": [HOUSE.entry, OTHER.entry, WITHDRAWN.entry],
        "open": 2,
        "gross_weight": "15.50",
        "containers": ["DEMU0000501", "DEMU0000502", "DEMU0000503"],
    }
    assert shipment == (master if number == "maeu100" else house)


def test_a_cut_off_says_which_declaration_it_waits_for(shipped: Run) -> None:
    shipped("plan", "set", OTHER.entry, "--cutoff", "2026-03-21T18:00", "--as-of", AS_OF)
    shipped("plan", "set", HOUSE.entry, "--cutoff", "2026-03-21T18:00", "--as-of", AS_OF)
    text = shipped("status", "MAEU100", "--shipment", "--as-of", AS_OF).text
    assert "1 of 2 released · 2 open" in text
    assert f"2026-03-21 18:00, waits for {OTHER.entry}\n" in text
    chinese = shipped("status", "MAEU100", "--shipment", "--as-of", AS_OF, "--lang", "zh").text
    assert "2 票中已放行 1 票" in chinese
    assert f"待放行：{OTHER.entry}" in chinese


def test_a_number_without_a_bill_and_an_unknown_one_hide_no_shipment(shipped: Run) -> None:
    lone = Case(504, "export", "5304")
    shipped("ingest", "-", stdin=lone.sent(at("10 08:00"))[1].data)
    ran = shipped("status", "MAEU100", lone.unified, "NOBODY-1", "--shipment", "--as-of", AS_OF)
    assert ran.code == 1
    assert "bill no. MAEU100\n" in ran.text
    assert f"no bill of lading is known of '{lone.unified}'" in ran.talk
    assert "no declaration is known by 'NOBODY-1'" in ran.talk
    alone = shipped("status", lone.unified, "--shipment", "--as-of", AS_OF)
    assert (alone.code, alone.text) == (1, "")


def test_many_that_one_text_finds_are_a_line_each_and_all_in_json(
    call: Run, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for number in range(1, 8):
        case = Case(number, "export", "5304")
        (box / f"{number}.xml").write_bytes(declaration(case, "1", SeqNo=case.unified))
    call("ingest", str(box))
    text = call("status", "杭州青溪", "--as-of", AS_OF).text
    assert len(text.splitlines()) == 1 + 7
    told = call("status", "9027", "--as-of", AS_OF, "--format", "json").json
    assert len(told["declarations"]) == 7
    assert all(one["stage"] is None and one["goods"] for one in told["declarations"])
    several = call("status", *(Case(n, "export").unified for n in range(1, 8)), "--as-of", AS_OF)
    assert several.text.count("declaration as sent") == 7


def test_on_a_narrow_terminal_an_office_is_its_code_before_a_column_is_left_out() -> None:
    one = Declaration(
        system="cn_single_window",
        name=HOUSE.entry,
        references={"entry_no": (HOUSE.entry,)},
        direction="export",
        office="5304",
        events=(),
    )
    (table,) = listing.lines([one], [()], {}, at("20 09:00"), "zh", None)
    (wide,), (narrow,) = (narrowed(table, "zh", columns).rows for columns in (80, 46))
    assert "5304 蛇口海关" in wide
    assert "5304" in narrow
    assert len(wide) == len(narrow)
