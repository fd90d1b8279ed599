"""Declarations as no customs would take them: shown as text, or refused with a reason."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from zipfile import ZipFile

import pypdf
import pytest

from clearance.customs.cn_single_window.demo_declared import Row, message
from tests.conftest import Run

HOSTILE = "<script>alert(1)</script>[/x]{0}%s=1+1"
BIDI, ESCAPE = "\u202egnp.\u2066", "\x1b[31m\x9b"
NAME = f"{HOSTILE}{BIDI}"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn text round; a new line ends each line."""
OWN = "HX-1"


def goods(count: int = 1, **fields: str) -> list[Row]:
    item = {"CodeTS": "9027809990", "GName": "水质分析仪", "DeclTotal": "20.5", "TradeCurr": "USD"}
    return [{"GNo": str(n), **item, **fields} for n in range(1, count + 1)]


def ingested(call: Run, data: bytes, name: str = "d.xml", folder: Path = Path()) -> int:
    file = folder / name
    file.write_bytes(data)
    return call("ingest", str(file)).code


@pytest.fixture
def hostile(call: Run, tmp_path: Path) -> Run:
    """A declaration with what steers terminals, pages and spreadsheets in every text."""
    texts = ("TradeName", "OwnerName", "AgentName", "NoteS", "MarkNo", "GoodsPlace", "TrafName")
    data = message(
        {"IEFlag": "I", "BillNo": NAME, "ContrNo": NAME, **dict.fromkeys(texts, NAME)},
        goods(GName=NAME, GModel=NAME),
        containers=[{"ContainerId": NAME, "GoodsNo": NAME}],
        sign={"ClientSeqNo": OWN, "SignDate": "2026031408000003"},
    )
    assert ingested(call, data, folder=tmp_path) == 0
    return call


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "command", [("status", OWN), ("status", OWN, "--shipment"), ("list",), ("explain", OWN)]
)
def test_a_name_of_goods_steers_no_terminal_and_is_no_markup(
    hostile: Run, command: tuple[str, ...], lang: str
) -> None:
    shown = hostile(*command, "--lang", lang)
    assert shown.code == 0
    assert not CONTROLS.search(shown.text)
    if command[0] != "list":
        assert "<script>alert(1)</script>[/x]{0}%s" in shown.text
        assert "\\u202e" in shown.text


def test_json_has_the_name_of_goods_whole_and_no_control_character(hostile: Run) -> None:
    written = hostile("status", OWN, "--format", "json")
    assert not CONTROLS.search(written.text)
    (one,) = written.json["declarations"]
    assert one["goods"][0]["name"] == NAME
    assert one["containers"] == [{"no": NAME, "size": None, "goods": []}]


def test_what_is_searched_for_may_hold_anything(hostile: Run) -> None:
    for text in (HOSTILE, NAME, "<script>"):
        assert len(hostile("status", text, "--format", "json").json["declarations"]) == 1
        assert len(hostile("list", "--find", text, "--format", "json").json["declarations"]) == 1
    for text in ("\udcff", "'; DROP TABLE", "%", "_", "*", "\U0010ffff", "\x00"):
        assert hostile("status", text).code in (1, 2)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_spreadsheet_takes_no_name_for_a_formula(
    hostile: Run, tmp_path: Path, ending: str
) -> None:
    data = message(
        {"IEFlag": "I"},
        goods(),
        sign={"ClientSeqNo": "=HYPERLINK(1)", "SignDate": "2026031408000003"},
    )
    ingested(hostile, data, "f.xml", tmp_path)
    file = tmp_path / f"list.{ending}"
    assert hostile("list", "--output", file).code == 0
    if ending == "csv":
        cells = [c for row in csv.reader(io.StringIO(file.read_text("utf-8-sig"))) for c in row]
        assert "'=HYPERLINK(1)" in cells
    else:
        with ZipFile(file) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet


@pytest.mark.parametrize("format", ["html", "pdf"])
def test_a_form_shows_a_name_as_text(hostile: Run, tmp_path: Path, format: str) -> None:
    file = tmp_path / f"form.{format}"
    assert hostile("form", OWN, "--output", file).code == 0
    if format == "html":
        page = file.read_text("utf-8")
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;[/x]" in page
    else:
        page = "".join(p.extract_text() for p in pypdf.PdfReader(file).pages)
        assert "<script>alert(1)</script>" in page.replace("\n", "")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


def test_a_terminal_escape_is_no_xml_and_is_refused_with_the_reason(
    call: Run, tmp_path: Path
) -> None:
    data = message({}, goods(GName="x"), sign={"ClientSeqNo": OWN})
    file = tmp_path / "d.xml"
    file.write_bytes(data.replace(b"<GName>x", f"<GName>{ESCAPE}".encode()))
    ran = call("ingest", str(file))
    assert ran.code == 3
    assert "\x1b" not in ran.text + ran.talk
    assert "refused: " in ran.text + ran.talk


def test_a_thousand_items_are_read_searched_told_and_drawn(call: Run, tmp_path: Path) -> None:
    rows = [dict(item, CodeTS=f"{9027000000 + n}") for n, item in enumerate(goods(1000))]
    data = message({"IEFlag": "E"}, rows, sign={"ClientSeqNo": OWN})
    assert ingested(call, data, folder=tmp_path) == 0
    (one,) = call("status", "9027000999", "--format", "json").json["declarations"]
    assert [item["no"] for item in one["goods"]] == list(range(1, 1001))
    assert one["values"] == {"USD": "20500.00"}
    assert "1000 items" in call("status", OWN).text
    for format in ("html", "pdf"):
        file = tmp_path / f"form.{format}"
        assert call("form", OWN, "--output", file).code == 0
    assert file.exists()


def test_empty_elements_everywhere_take_nothing_and_break_nothing(
    call: Run, tmp_path: Path
) -> None:
    tags = (
        "GNo",
        "CodeTS",
        "GName",
        "GQty",
        "DeclPrice",
        "DeclTotal",
        "TradeCurr",
        "OriginCountry",
    )
    head = dict.fromkeys(("SeqNo", "EntryId", "IEFlag", "BillNo", "TradeName", "GrossWet"), " ")
    nothing = dict.fromkeys(tags, "")
    for n, rows in enumerate(([nothing, nothing], [])):
        data = message(
            head, rows, containers=[{"ContainerId": "", "GoodsNo": ","}],
            documents=[{"CertCode": ""}], free={"VoyNo": ""},
            sign={"ClientSeqNo": f"{OWN}{n}", "SignDate": ""},
        )  # fmt: skip
        assert ingested(call, data, f"{n}.xml", tmp_path) == 0
        (one,) = call("status", f"{OWN}{n}", "--format", "json").json["declarations"]
        assert (one["goods"], one["containers"], one["values"]) == ([], [], {})
        assert one["events"][0]["at"] is None
        for format in ("html", "pdf"):
            assert call("form", f"{OWN}{n}", "--output", tmp_path / f"f.{format}").code == 0


def test_unknown_codes_and_sums_that_do_not_agree_are_shown_as_written(
    call: Run, tmp_path: Path
) -> None:
    odd = {"GQty": "3", "DeclPrice": "2", "DeclTotal": "1e3", "TradeCurr": "ZZZ", "GUnit": "999"}
    rows = [dict(goods()[0], **odd), *goods(GNo="x", DeclTotal="NaN", OriginCountry="QQQ")]
    head = {"CustomMaster": "0001", "TradeMode": "9999", "GrossWet": "1,5", "NetWt": "99"}
    data = message(head, rows, sign={"ClientSeqNo": OWN})
    assert ingested(call, data, folder=tmp_path) == 0
    (one,) = call("status", OWN, "--format", "json").json["declarations"]
    assert one["values"] == {"ZZZ": "1000.00"}
    assert [item["total"] for item in one["goods"]] == ["1e3", "NaN"]
    assert (one["goods"][1]["no"], one["goods"][1]["origin"]) == (2, "QQQ")
    text = call("status", OWN).text
    assert "office 0001" in text
    assert "1,5 kg" in text


def test_two_declarations_with_one_own_reference_are_both_found_each_with_its_goods(
    call: Run, tmp_path: Path
) -> None:
    for n in (1, 2):
        head = {"EntryId": f"53042026100000001{n}", "DDate": "20260314"}
        data = message(head, goods(n), sign={"ClientSeqNo": OWN})
        assert ingested(call, data, f"{n}.xml", tmp_path) == 0
    told = call("status", OWN, "--format", "json").json["declarations"]
    assert sorted(len(one["goods"]) for one in told) == [1, 2]


def test_a_text_of_many_megabytes_is_in_no_list(call: Run, tmp_path: Path) -> None:
    """What is in a fact is read by every list, and what is searched stands in an index."""
    long = "长" * 5_000_000
    head = {"NoteS": long, "TradeName": long, "BillNo": long}
    data = message(head, goods(CodeTS="9" * 100_000, GName=long[:9]), sign={"ClientSeqNo": OWN})
    large = message({}, goods(GName=long[:3_000_000]), sign={"ClientSeqNo": "HX-2"})
    assert ingested(call, data, folder=tmp_path) == 3
    shorter = data.replace(long.encode(), long[:400_000].encode())
    assert ingested(call, shorter, "s.xml", tmp_path) == 0
    assert ingested(call, large, "t.xml", tmp_path) == 0
    (whole,) = call("status", "HX-2", "--format", "json").json["declarations"]
    assert whole["goods"][0]["name"] == long[:3_000_000]
    assert len(call("status", "HX-2").text) < 5_000
    listed = call("list", "--format", "json")
    assert len(listed.text) < 20_000
    assert len(call("status", "长长长", "--format", "json").json["declarations"]) == 1
    assert len(call("status", OWN).text) < 5_000


def test_more_items_than_any_form_holds_are_refused_with_the_limit(
    call: Run, tmp_path: Path
) -> None:
    data = message({}, [{"GNo": "1"}] * 10_001, sign={"ClientSeqNo": OWN})
    file = tmp_path / "d.xml"
    file.write_bytes(data)
    ran = call("ingest", str(file), "--lang", "zh")
    assert ran.code == 3
    assert "10000" in ran.text + ran.talk
