"""``clearance form``: the declaration form of what was declared."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
from barcode import Code128

from clearance.customs.cn_single_window import declared, form
from clearance.customs.cn_single_window.demo_declared import message
from clearance.customs.cn_single_window.form import _quantity
from clearance.render import form_html, forms
from tests.conftest import ROOT, Golden, Run

SAMPLE = ROOT / "samples" / "cn_single_window" / "declarations"
IMPORT, EXPORT = "530420261990220017", "YZ-EX-18-0501"
HOSTILE = '<script>x</script> [/x] \x1b[31m \u202e {{x}} =1+1 "&'
_BOTH = "包装种类 件数 毛重(千克) 净重(千克) 成交方式 运费 保费 杂费 随附单证及编号 标记唛码及备注"
CAPTIONS = {
    "import": "境内收货人 进境关别 进口日期 申报日期 备案号 境外发货人 运输方式 "
    "运输工具名称及航次号 提运单号 货物存放地点 消费使用单位 监管方式 征免性质 许可证号 "
    f"启运港 合同协议号 贸易国(地区) 启运国(地区) 经停港 入境口岸 {_BOTH}",
    "export": "境内发货人 出境关别 出口日期 申报日期 备案号 境外收货人 运输方式 "
    "运输工具名称及航次号 提运单号 生产销售单位 监管方式 征免性质 许可证号 "
    f"合同协议号 贸易国(地区) 运抵国(地区) 指运港 离境口岸 {_BOTH}",
}
"""The boxes of each form between its head and its items, in their order."""


class Text(HTMLParser):
    """The text of each box of a page, and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.boxes: list[str] = []
        self.elements: set[str] = set()
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag == "div" and ("class", "box") in attrs:
            self.boxes.append("")
            self._depth = 1
        elif self._depth and tag == "div":
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag == "div":
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.boxes[-1] += data


@pytest.fixture
def known(call: Run) -> Run:
    call("ingest", SAMPLE)
    return call


def many(count: int, **head: str) -> declared.Declared:
    goods = [
        {"GNo": str(n), "CodeTS": "9027809990", "GName": f"goods {n}"} for n in range(1, count + 1)
    ]
    data = message(head, goods, sign={"ClientSeqNo": "R1"})
    return declared.of([("m", data)], {"R1"})


def one_item(**fields: str) -> declared.Declared:
    data = message({}, [{"GNo": "1", **fields}], sign={"ClientSeqNo": "R1"})
    return declared.of([("m", data)], {"R1"})


def drawn(what: declared.Declared, format: str = "html", lang: str = "zh") -> bytes:
    page = form.form(what, None, {})
    return forms.document([page], format, forms.Layout(lang))


def pages_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize("direction", CAPTIONS)
def test_every_box_of_the_printed_form_is_there_in_its_order(direction: str) -> None:
    page = Text(drawn(many(1, IEFlag=direction[0].upper())).decode())
    wanted = CAPTIONS[direction].split()
    assert page.boxes[3 : 3 + len(wanted)] == wanted


def test_a_box_is_its_caption_and_its_value_in_one_element(known: Run, tmp_path: Path) -> None:
    known("form", IMPORT, "--output", tmp_path / "f.html")
    page = Text((tmp_path / "f.html").read_text(encoding="utf-8"))
    for text in (
        "境内收货人(91330100MA0000001A)杭州青溪仪器有限公司",
        "监管方式(0110)一般贸易",
        "毛重(千克)1288.00",
        "运输工具名称及航次号COSMIC HARBOUR/027E",
        "启运国(地区)(USA)美国",
        "申报日期20260314",
        "特殊关系确认 否".replace(" ", ""),
    ):
        assert text in page.boxes
    assert "script" not in page.elements
    assert "svg" in page.elements


def test_the_form_is_the_golden_one(known: Run, tmp_path: Path, golden: Golden) -> None:
    for ref, name in ((IMPORT, "import"), (EXPORT, "export")):
        for lang in ("zh", "en"):
            file = tmp_path / f"{name}.html"
            assert known("form", ref, "--output", file, "--lang", lang).code == 0
            golden(ROOT / "tests" / "golden" / f"form.{name}.{lang}.html", file.read_text("utf-8"))


def test_items_stand_six_on_the_first_page_and_ten_on_each_other_one() -> None:
    page = drawn(many(30)).decode()
    sheets = page.split("<article>")[1:]
    assert [len(re.findall("goods [0-9]+", sheet)) for sheet in sheets] == [6, 10, 10, 4]
    assert all("仅供核对用" in sheet for sheet in sheets)
    assert all(f"{n}/4" in sheet for n, sheet in enumerate(sheets, 1))
    assert [("境内收货人" in sheet) for sheet in sheets] == [True, False, False, False]
    assert [("兹申明" in sheet) for sheet in sheets] == [False, False, False, True]


def test_a_pdf_has_the_same_pages_and_its_text_can_be_read() -> None:
    pages = pages_of(drawn(many(30, IEFlag="E"), "pdf"))
    assert len(pages) == 4
    for number, text in enumerate(pages, 1):
        assert "仅供核对用" in text
        assert f"{number}/4" in text
        assert "中华人民共和国海关出口货物报关单" in text
    assert "goods 30" in pages[-1]


def test_every_quantity_and_price_stands_on_its_own_line() -> None:
    """The lines are by law: two statutory quantities, the deal's; price, total, currency."""
    deal = {"FirstQty": "240", "FirstUnit": "035", "GQty": "10", "GUnit": "001"}
    made = one_item(**deal, DeclTotal="12805.00", TradeCurr="USD")
    (item,) = form.form(made, None, {}).items
    assert item[3:5] == (("240千克", "", "10台"), ("", "12805.00", "(USD)美元"))
    page = drawn(made).decode()
    assert "<div>240千克</div><div></div><div>10台</div>" in page
    places = lines_of(drawn(made, "pdf"))
    assert places["10台"] == places["(USD)美元"] < places["12805.00"] < places["240千克"]


def lines_of(data: bytes) -> dict[str, float]:
    """How high each text of the first page of a PDF stands."""
    found: dict[str, float] = {}

    def note(text: str, begin: list[float], place: list[float], *more: object) -> None:
        found[text.strip()] = begin[5] + place[5]

    pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text(visitor_text=note)
    return found


def test_items_of_many_lines_leave_room_for_fewer() -> None:
    goods = [{"GNo": str(n), "GModel": "规格型号" * 35, "GName": f"goods {n}"} for n in range(6)]
    data = message({}, goods, sign={"ClientSeqNo": "R1"})
    made = declared.of([("m", data)], {"R1"})
    sheets = drawn(made).decode().split("<article>")[1:]
    assert [len(re.findall("goods [0-9]+", sheet)) for sheet in sheets] == [2, 4]
    assert len(pages_of(drawn(made, "pdf"))) == 2


@pytest.mark.parametrize(
    "field",
    [{"GModel": "规格型号" * 700}, {"NoteS": "备注" * 4000}],
    ids=lambda field: next(iter(field)),
)
def test_text_of_any_length_is_drawn_and_each_page_of_it_has_mark_and_number(
    field: dict[str, str],
) -> None:
    data = message(field, [{"GNo": "1", **field}], sign={"ClientSeqNo": "R1"})
    long = form.form(declared.of([("m", data)], {"R1"}), None, {})
    short = form.form(many(1), None, {})
    pages = pages_of(forms.document([short, long], "pdf", forms.Layout("zh")))
    count = len(pages) - 1
    assert count > 1
    for text, number in zip(
        pages, ["1/1", *(f"{n}/{count}" for n in range(1, count + 1))], strict=True
    ):
        assert "仅供核对用" in text
        assert number in text.splitlines()


def test_items_a_page_are_settable(known: Run, tmp_path: Path) -> None:
    known("form", IMPORT, "--output", tmp_path / "f.html", "--per-page", "1,1")
    assert (tmp_path / "f.html").read_text("utf-8").count("<article>") == 2
    wrong = known("form", IMPORT, "--per-page", "0,4", "--lang", "zh")
    assert (wrong.code, "首页" in wrong.talk) == (2, True)


@pytest.mark.parametrize("format", forms.FORMATS)
def test_nothing_in_a_text_becomes_an_element_or_a_control_character(format: str) -> None:
    clean = HOSTILE.replace("\x1b", "").replace("\u202e", "")
    goods = [{"GNo": "1", "GName": HOSTILE.replace("\x1b", ""), "GModel": clean}]
    data = message({"TradeName": clean, "NoteS": clean}, goods, sign={"ClientSeqNo": "R1"})
    made = drawn(declared.of([("m", data)], {"R1"}), format)
    if format == "html":
        page = Text(made.decode())
        assert "script" not in page.elements
        assert "\u202e" not in made.decode()
        assert f"境内收货人{clean}" in page.boxes
    else:
        assert "<script>x</script>" in pages_of(made)[0].replace("\n", "")


def test_an_unknown_box_stays_empty_and_is_listed(known: Run, tmp_path: Path) -> None:
    ran = known("form", IMPORT, "--output", tmp_path / "f.html", "-v", "--lang", "zh")
    assert "备案号" in ran.talk
    page = Text((tmp_path / "f.html").read_text("utf-8"))
    assert "备案号" in page.boxes


def test_a_declaration_that_only_receipts_tell_of_has_no_form(call: Run, tmp_path: Path) -> None:
    call("ingest", ROOT / "samples" / "cn_single_window" / "normal_paperless_import")
    ran = call("form", "I20269900000117390", "--output", tmp_path / "f.html")
    assert ran.code == 1
    assert "no message says what was declared" in ran.talk
    assert not (tmp_path / "f.html").exists()


def test_what_is_known_is_drawn_though_one_number_is_not(known: Run, tmp_path: Path) -> None:
    ran = known("form", IMPORT, "99999999", "--output", tmp_path / "f.html")
    assert ran.code == 1
    assert "99999999" in ran.talk
    assert IMPORT in (tmp_path / "f.html").read_text("utf-8")


@pytest.mark.parametrize("format", forms.FORMATS)
def test_the_month_is_kept_as_a_file_for_each_declaration(
    known: Run, tmp_path: Path, format: str
) -> None:
    folder = tmp_path / "报关单 3月"
    assert known("form", "--all", "--output", folder, "--format", format).code == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        f"{IMPORT}.{format}",
        f"{EXPORT}.{format}",
    ]


@pytest.mark.parametrize("name", ["2026.03", "forms.html", "forms.pdf"])
def test_a_folder_that_is_there_may_have_any_name_and_picks_no_format(
    known: Run, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert known("form", "--all", "--output", folder).code == 0
    assert known("form", IMPORT, "--output", folder).code == 0
    assert {file.suffix for file in folder.iterdir()} == {".html"}


@pytest.mark.parametrize("name", ["2026.03", "Acme Ltd.", "www.acme.example"])
def test_a_folder_for_all_is_made_under_any_name_that_no_file_of_a_format_has(
    known: Run, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    assert known("form", "--all", "--output", folder).code == 0
    assert {file.suffix for file in folder.iterdir()} == {".html"}
    ran = known("form", IMPORT, "--output", tmp_path / "another.03")
    assert (ran.code, "choose html, pdf" in ran.talk) == (2, True)


@pytest.mark.parametrize("name", ["forms.html", "forms.PDF", "forms.csv", "forms.txt"])
def test_a_file_that_has_the_name_of_a_format_is_no_folder_for_all(
    known: Run, tmp_path: Path, name: str
) -> None:
    ran = known("form", "--all", "--output", tmp_path / name)
    assert (ran.code, "give a folder" in ran.talk) == (2, True)
    assert not (tmp_path / name).exists()


def test_every_number_names_a_file_of_its_own_in_the_folder_that_was_asked_for(
    call: Run, tmp_path: Path
) -> None:
    numbers = ("../../A/1", "A.1", "A/1", "A-1", "a-1", "A" * 90, "A" * 91)
    source = tmp_path / "in"
    source.mkdir()
    for place, number in enumerate(numbers):
        data = message({}, [{"GNo": "1"}], sign={"ClientSeqNo": number})
        (source / f"{place}.xml").write_bytes(data)
    call("ingest", source)
    call("form", "--all", "--output", tmp_path / "out")
    names = [file.name for file in (tmp_path / "out").iterdir()]
    assert "A-1.html" in names
    assert (
        len({name.lower() for name in names})
        == len(names)
        == len(call("list", "--all", "--format", "json").json["declarations"])
    )


@pytest.mark.parametrize("number", ["CON", "NUL", "AUX", "COM1", "LPT²", "NUL."])
def test_no_number_names_a_file_that_windows_takes_for_a_device(number: str) -> None:
    name = forms.file_name(number, "html")
    assert not re.fullmatch(r"(CON|PRN|AUX|NUL|(COM|LPT).)[. ]*(\..*)?", name, re.IGNORECASE)
    assert forms.file_name("COM10", "html") == "COM10.html"


def test_an_id_stands_once_in_a_document() -> None:
    page = form.form(many(30, EntryId=IMPORT), None, {})
    ids = re.findall(r'\bid="([^"]+)"', forms.document([page], "html", forms.Layout("zh")).decode())
    assert len(set(ids)) == len(ids)


def test_a_font_that_is_none_is_one_line(known: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    ran = known("form", IMPORT, "--output", tmp_path / "f.pdf", "--font", tmp_path / "x.ttf")
    assert ran.code == 2
    assert "not a TrueType font" in ran.talk


def test_only_what_was_declared_since_then_is_kept(known: Run, tmp_path: Path) -> None:
    """The other one was never declared, as far as is known."""
    moment = ("--as-of", "2026-03-20T09:00")
    kept = [f"{IMPORT}.html"]
    for since, names in (("2026-03-14", kept), ("2026-03-15", []), ("7d", kept)):
        folder = tmp_path / since
        known("form", "--all", "--since", since, "--output", folder, *moment)
        assert [file.name for file in folder.iterdir()] == names


def test_a_file_is_no_folder_for_the_month(known: Run, tmp_path: Path) -> None:
    (tmp_path / "month").write_bytes(b"kept")
    ran = known("form", "--all", "--output", tmp_path / "month")
    assert (ran.code, "give a folder" in ran.talk) == (2, True)
    assert (tmp_path / "month").read_bytes() == b"kept"


def test_the_bar_code_is_that_of_the_number() -> None:
    """Code 128 begins and ends with the quiet zone and a bar, and has eleven modules a symbol."""
    widths = {number: bar_widths(number) for number in (IMPORT, "530420261990220018")}
    assert widths[IMPORT] != widths["530420261990220018"]
    modules = Code128(IMPORT).build()[0]
    runs = [len(run) for run in re.findall("1+", modules)]
    assert widths[IMPORT] == runs


def bar_widths(number: str) -> list[int]:
    """The width of each bar of a drawn code, in modules."""
    bars = [part for part in form_html.bars(number).iter("rect") if "mm" in part.get("width", "")]
    return [round(float(bar.get("width", "0mm")[:-2]) / 0.3) for bar in bars]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_font_is_for_pdf_and_one_that_is_not_there_is_told_so(
    call: Run, tmp_path: Path, lang: str
) -> None:
    call("ingest", SAMPLE)
    gone = tmp_path / "none.ttf"
    for name, said in (("f.html", ("PDF", "PDF")), ("f.pdf", ("cannot be read", "没有该文件"))):
        ran = call("form", IMPORT, "--font", gone, "--output", tmp_path / name, "--lang", lang)
        assert ran.code == 2
        assert ran.talk.startswith("clearance: --font")
        assert said[lang == "zh"] in ran.talk


@pytest.mark.parametrize("system", ["kr_unipass", "ar_arca", "uk_cds", "eu_ncts"])
def test_a_system_without_forms_stops_no_others(call: Run, tmp_path: Path, system: str) -> None:
    samples = Path(__file__).parents[2] / "samples"
    assert call("ingest", samples / "cn_single_window", samples / system).code in (0, 3)
    drawn = call("form", "--all", "--output", tmp_path / "forms", "--format", "html")
    assert drawn.code == 0
    assert list((tmp_path / "forms").iterdir())


def test_a_unit_that_is_in_no_table_stands_apart_from_its_amount() -> None:
    assert _quantity("12", "007") == "12个"
    assert _quantity("12", "199") == "12(199)"
    assert _quantity("12", None) == "12"
    assert _quantity(None, "007") == ""
