"""What is handed on: every export cleans every column alike, whatever customs or a person wrote."""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Tree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.cn_single_window.demo import File
from tests.conftest import Run, at, laid

UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
"""What no cell may have: control characters, line breaks of any kind, marks of direction."""
HOSTILE = "\x9b31m\u202eevil\u200f\u2028"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1")
AS_OF = "2026-03-06T08:00:00+08:00"
REPORT = ("report", "--period", "2026Q1", "--as-of", AS_OF)

EXPORTS = [
    (*REPORT, "--by", "broker"),
    (*REPORT, "--by", "trader,office"),
    REPORT,
    (*REPORT, "--interval", "declare-release", "--by", "trade_mode"),
    ("list", "--all", "--as-of", AS_OF),
    ("status", "I20260000000000010", "--as-of", AS_OF),
    ("explain", "I20260000000000010", "--as-of", AS_OF),
    ("alerts", "list", "--as-of", AS_OF),
    ("alerts", "history", "--as-of", AS_OF),
    ("plan", "list"),
    ("plan", "show", "I20260000000000010"),
    ("refused", "list"),
    ("store", "info"),
]


def receipts() -> Iterator[File]:
    """Receipts whose every field begins like a formula and has what a terminal obeys."""
    for number, formula in enumerate(FORMULAS):
        fields = {
            "CUS_CIQ_NO": f"I2026000000000001{number}",
            "NOTICE_DATE": f"2026-03-0{1 + number % 3}T08:00:0{number}",
            "CHANNEL": "7" if number % 2 else f"{formula}Y{HOSTILE}",
            "NOTE": f"{formula} note {HOSTILE}",
            "AGENT_NAME": f"{formula} agent {HOSTILE}",
            "TRADE_NAME": f"{formula} trader {HOSTILE}",
            "TRADE_MODE": f"{formula}{HOSTILE}",
            "BILL_NO": f"{formula}{HOSTILE}{number}",
            "I_E_PORT": f"{formula}{HOSTILE}",
        }
        told = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in fields.items())
        text = f"<DEC_DATA><DEC_RESULT>{told}</DEC_RESULT></DEC_DATA>"
        yield File(f"Receipt_{number}.xml", text.encode(), at("02 08:00"))
        sent = text.replace(fields["CHANNEL"], "L").replace("T08:", "T07:")
        yield File(f"Sent_{number}.xml", sent.encode(), at("02 07:00"))
    yield File(f"{HOSTILE[1:]}=x.xml", b"\x00no message", at("02 08:00"))


@pytest.fixture
def hostile(call: Run, tmp_path: Path) -> Run:
    """A store whose messages, file names and plans are hostile."""
    call("ingest", laid(list(receipts()), tmp_path / "in"))
    for number in range(len(FORMULAS)):
        said = ("--ref", f"={number}{HOSTILE}", "--contact", f"+{HOSTILE}")
        assert call("plan", "set", f"I2026000000000001{number}", *said).code == 0
    call("check", "--as-of", AS_OF)
    return call


def csv_cells(data: bytes) -> Iterator[str]:
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        yield from row


def is_harmless(cell: str) -> bool:
    """Nothing unclean, and no formula but a plain number."""
    if UNCLEAN.search(cell) or "\n" in cell or "\t" in cell:
        return False
    return not cell.lstrip().startswith(tuple("=+-@＝＋－＠")) or bool(
        re.fullmatch(r"-?[0-9.e+-]+", cell)
    )


@pytest.mark.parametrize("arguments", EXPORTS, ids=lambda arguments: " ".join(arguments)[:60])
def test_every_column_of_every_csv_is_cleaned_alike(
    hostile: Run, arguments: tuple[str, ...]
) -> None:
    ran = hostile(*arguments, "--format", "csv")
    assert ran.code == 0, ran.talk
    assert [cell for cell in csv_cells(ran.out) if not is_harmless(cell)] == []


@pytest.mark.parametrize("arguments", EXPORTS, ids=lambda arguments: " ".join(arguments)[:60])
def test_no_text_that_a_person_reads_has_a_control_character(
    hostile: Run, arguments: tuple[str, ...]
) -> None:
    for lang in ("en", "zh"):
        ran = hostile(*arguments, "--lang", lang)
        assert not [line for line in ran.text.split("\n") if UNCLEAN.search(line)]


@pytest.mark.parametrize("arguments", EXPORTS[:5], ids=lambda arguments: " ".join(arguments)[:60])
def test_no_cell_of_a_workbook_is_a_formula_or_unclean(
    hostile: Run, arguments: tuple[str, ...]
) -> None:
    ran = hostile(*arguments, "--format", "xlsx")
    assert ran.code == 0, ran.talk
    with zipfile.ZipFile(io.BytesIO(ran.out)) as book:
        for name in book.namelist():
            if not name.endswith(".xml"):
                continue
            root = Tree.fromstring(book.read(name))
            texts = [text for element in root.iter() for text in (element.text, element.tail)]
            if name.startswith("xl/worksheets"):
                assert not [e for e in root.iter() if e.tag.endswith("}f")]
            assert not [text for text in texts if text and UNCLEAN.search(text)]


@pytest.mark.parametrize("arguments", EXPORTS[:4], ids=lambda arguments: " ".join(arguments)[:60])
def test_no_text_of_a_page_is_unclean(hostile: Run, arguments: tuple[str, ...]) -> None:
    ran = hostile(*arguments, "--format", "html")
    assert ran.code == 0, ran.talk
    assert not UNCLEAN.search(ran.text.replace("\n", ""))


def test_every_column_of_an_event_log_is_cleaned_alike(hostile: Run, tmp_path: Path) -> None:
    """The activity of a code that no table knows came as customs wrote it."""
    for name in ("log.csv", "log.xes"):
        assert hostile(*REPORT, "--events", tmp_path / name).code == 0
    cells = list(csv_cells((tmp_path / "log.csv").read_bytes()))
    assert any("evil" in cell for cell in cells)
    assert [cell for cell in cells if not is_harmless(cell)] == []
    log = Tree.parse(tmp_path / "log.xes").getroot()
    values = [value for element in log.iter() for value in element.attrib.values()]
    assert any("evil" in value for value in values)
    assert not [value for value in values if UNCLEAN.search(value) or "\n" in value]


def test_half_a_character_is_shown_in_every_form() -> None:
    r"""``\ud800`` cannot be encoded; whoever writes it gets what stands for it."""
    from clearance.render import Column, Table, text, xlsx
    from clearance.render.elements import page, tag

    table = Table((Column("note", "note"),), (("\ud800\uffff x",),))
    assert text.csv_bytes(table, bom=False) == b"note\r\n\\ud800\\uffff x\r\n"
    assert text.plain([table], "en").encode()
    assert page(tag("p", "\ud800")).encode()
    assert xlsx.workbook([table], "en")


def test_a_csv_file_of_long_numbers_says_what_a_spreadsheet_would_do_to_them(
    kept: Run, tmp_path: Path
) -> None:
    asked = ("list", "--as-of", AS_OF, "--lang", "en", "--output")
    ran = kept(*asked, tmp_path / "list.csv")
    assert (ran.code, ran.talk.count("\n")) == (0, 1)
    assert "list.xlsx" in ran.talk
    assert kept(*asked, tmp_path / "list.xlsx").talk == ""
    assert "--spreadsheet" in ran.talk
    assert kept("list", "--as-of", AS_OF, "--format", "csv").talk == ""
    assert kept(*REPORT, "--output", tmp_path / "report.csv").talk == ""


def test_csv_for_spreadsheets_has_the_same_cells_and_its_numbers_as_texts(
    kept: Run, tmp_path: Path
) -> None:
    """Those that a spreadsheet would spoil stand in ``="…"``; all else is as in plain CSV."""
    asked = ("list", "--all", "--as-of", AS_OF, "--output", tmp_path / "list.csv")
    both = []
    for more in ([], ["--spreadsheet"]):
        ran = kept(*asked, *more)
        assert (ran.code, bool(ran.talk)) == (0, not more)
        written = (tmp_path / "list.csv").read_text(encoding="utf-8-sig")
        both.append(list(csv.reader(written.splitlines())))
    plain, kept_rows = both
    changed = set()
    for old, new in zip(itertools.chain(*plain), itertools.chain(*kept_rows), strict=True):
        changed |= {old} if new != old else set()
        assert new in (old, f'="{old}"')
    assert {row[0] for row in plain[1:]} <= changed
    assert all(len(number) == 18 for number in changed)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_spreadsheet_beside_another_format_is_an_error_of_usage(kept: Run, lang: str) -> None:
    for asked in (("list",), ("list", "--format", "json"), (*REPORT, "--output", "report.xlsx")):
        ran = kept(*asked, "--spreadsheet", "--lang", lang)
        assert (ran.code, ran.talk.count("\n")) == (2, 1)
        assert "--format csv" in ran.talk


@given(st.text("0123456789Ee=\"'+-@\t x，,\n", max_size=30))
def test_a_formula_of_csv_for_spreadsheets_holds_nothing_but_digits_and_letters(cell: str) -> None:
    from clearance.render import Column, Table, text

    table = Table((Column("own", "own"),), ((cell,),))
    written = text.csv_bytes(table, bom=True, cell=text.kept).decode("utf-8-sig")
    _, (read,) = csv.reader(io.StringIO(written, newline=""))
    if formula := re.fullmatch('="([0-9Ee]+)"', read):
        assert formula[1] == cell.strip()
    else:
        assert read == text.field(cell)
        assert not text.is_formula(read)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("530420261000003240", '="530420261000003240"'),
        ("0100", '="0100"'),
        ("12E3", '="12E3"'),
        ("2248", "2248"),
        ("=0100", "'=0100"),
        ("1" * 256, "1" * 256),
    ],
)
def test_what_a_spreadsheet_would_spoil_is_kept_and_nothing_else(number: str, written: str) -> None:
    from clearance.render import text

    assert text.kept(number) == written


def test_the_time_in_a_stage_has_its_unit_in_its_heading(kept: Run) -> None:
    head = kept("list", "--as-of", AS_OF, "--format", "csv").text.splitlines()[0].split(",")
    assert "for_seconds" in head
    assert "for" not in head
