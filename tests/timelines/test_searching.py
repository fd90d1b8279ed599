"""Any number finds a declaration; else the goods do, and else the parties."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta
from difflib import SequenceMatcher

import pytest

from clearance.customs.cn_single_window.demo_declared import message
from clearance.model import Declaration, Summary
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, query
from tests.conftest import at

NOW = at("20 09:00")
QINGXI, YONGLAN = "杭州青溪仪器有限公司", "宁波甬澜纺织品有限公司"


def declared(number: int, *, hs: str = "9027809990", day: int = 14, **head: str) -> Item:
    goods = [{"GNo": str(n), "CodeTS": code} for n, code in enumerate(hs.split(), 1)]
    sign = {"ClientSeqNo": f"HX-{number}", "SignDate": f"202603{day}080{number}0003"}
    data = message({"IEFlag": "I", **head}, goods, sign=sign)
    return Item(f"{number}.xml", data)


def _url(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "postgresql":
        return str(request.getfixturevalue("database"))
    return "memory:" if kind == "memory" else str(request.getfixturevalue("tmp_path") / "store.db")


@pytest.fixture(
    params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(_url(request.param, request)) as opened:
        items = [
            declared(1, TradeName=QINGXI, TradeCode="3301960001", BillNo="MAEU100_HX01"),
            declared(2, hs="6302319900 9027100000", TradeName=YONGLAN, BillNo="MAEU100_HX02"),
            declared(3, hs="8504401990", OwnerName=QINGXI, AgentName="上海远舟报关有限公司"),
            declared(4, hs="", OverseasConsignorEname="Northbay Trading Co., Ltd.", BillNo="HX-1"),
            declared(5, hs="", TradeCoScc="91330100MA0000001A", LicenseNo="902780"),
        ]
        assert intake.ingest(opened, items, NOW).new == len(items)
        yield opened


def found(store: Store, *written: str) -> list[str]:
    return [_own(one) for one in query.look_up(store, written, NOW).declarations]


def listed(store: Store, text: str) -> set[str]:
    wanted = query.ListFilter(everything=True, text=text)
    return {_own(one) for one in query.listed(store, wanted, NOW)}


def _own(declaration: Summary) -> str:
    return declaration.references["client_ref"][0].removeprefix("HX-")


SEARCHES = {
    "９０２７": ["1", "2"],
    "9027.80": ["1"],
    "6302319900": ["2"],
    "902780": ["5"],
    "杭州 青溪": ["1", "3"],
    "上海远舟": ["3"],
    "northbay trading co., ltd": ["4"],
    "3301960001": ["1"],
    "91330100ma0000001a": ["5"],
    "MAEU100": ["1", "2"],
    "hx02": ["2"],
    "maeu100_hx01": ["1"],
    "HX-1": ["1", "4"],
}
"""What is looked up, and the declarations that it finds: a number goes before the goods, and the
goods before the parties."""


@pytest.mark.parametrize(("text", "those"), SEARCHES.items())
def test_a_number_goes_before_the_goods_and_the_goods_before_the_parties(
    store: Store, text: str, those: list[str]
) -> None:
    assert found(store, text) == those
    assert listed(store, text) == set(those)


@pytest.mark.parametrize("text", ["杭", "902", "90278099901", "330196000", "有限公司", "AEU100"])
def test_too_little_and_what_stands_within_finds_nothing(store: Store, text: str) -> None:
    assert found(store, text) == []


def test_what_stands_within_a_fact_is_listed_as_before(store: Store) -> None:
    assert listed(store, "甬澜") == {"2"}


def test_a_name_that_was_corrected_is_not_found_by_the_old_one_but_was(store: Store) -> None:
    corrected = declared(1, TradeName="嘉兴澄川仪器有限公司", day=18)
    intake.ingest(store, [corrected], NOW)
    assert found(store, "杭州青溪") == ["3"]
    before = NOW - timedelta(days=4)
    then = query.look_up(store, ["杭州青溪"], before).declarations
    assert [_own(one) for one in then] == ["1", "3"]


def test_a_search_reads_no_more_than_what_it_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[int]()
    timelines = store.timelines

    def counting(ids: set[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        for id, declaration in timelines(ids):
            read.append(id)
            yield id, declaration

    monkeypatch.setattr(store, "timelines", counting)
    assert found(store, "8504") == ["3"]
    assert len(read) == 1


def test_numbers_that_a_plan_is_made_under_are_not_searched_for(store: Store) -> None:
    assert query.numbers_in(store, ["杭州青溪"], NOW) == ["杭州青溪"]
    assert query.numbers_in(store, ["Northbay Trading Co., Ltd."], NOW) != []


def test_a_text_too_long_for_a_number_is_compared_with_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare it takes time by its length, with each number that stands beside it."""
    compared = list[str]()

    def counting(junk: None, one: str, other: str) -> SequenceMatcher[str]:
        compared.append(one)
        return SequenceMatcher(junk, one, other)

    monkeypatch.setattr(difflib, "SequenceMatcher", counting)
    found = query.look_up(store, ["HX-9"], NOW)
    assert {one.number for one in found.unknown[0].near} >= {"HX-1", "HX-2"}
    assert set(compared) == {"hx-9"}
    compared.clear()
    found = query.look_up(store, ["HX-1" * 500], NOW)
    assert [(one.near, one.is_end) for one in found.unknown] == [((), False)]
    assert compared == []
