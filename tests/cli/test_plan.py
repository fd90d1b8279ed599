"""``clearance plan``: what customs does not send, set by hand and read from sheets."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
import xlsxwriter

from clearance.customs.cn_single_window.demo import File
from clearance.customs.cn_single_window.demo_declared import declaration
from clearance.shipments import plans, workbooks
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, Case, Run, at, laid

NOON = "2026-03-05T12:00"
LATER = "2026-03-07T09:00:00+08:00"


def sheet(tmp_path: Path, rows: list[list[str]], encoding: str = "utf-8", name: str = "p") -> Path:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    file = tmp_path / f"{name}.csv"
    file.write_bytes(out.getvalue().encode(encoding))
    return file


def facts(told: dict[str, Any]) -> dict[str, str]:
    (plan,) = told["plans"]
    found: dict[str, str] = plan["facts"]
    return found


def test_a_plan_is_set_before_any_message_came_and_found_by_every_number(
    call: Run, tmp_path: Path
) -> None:
    """The own reference is all that is known; the entry number comes with the messages."""
    assert call("plan", "set", INSPECTED.own, "--cutoff", NOON).code == 0
    laid([*INSPECTED.sent(at("04 09:00")), INSPECTED.told("L", at("04 09:01"))], tmp_path / "in")
    assert call("ingest", tmp_path / "in").code == 0
    for number in (INSPECTED.own, INSPECTED.unified, INSPECTED.entry, INSPECTED.own.lower()):
        found = facts(call("plan", "show", number, "--format", "json").json)
        assert found == {"cutoff": "2026-03-05T12:00:00+08:00"}
    call("plan", "set", INSPECTED.entry, "--etd", "2026-03-06 08:00")
    found = facts(call("plan", "show", INSPECTED.own, "--format", "json").json)
    assert set(found) == {"cutoff", "etd"}


def test_a_sheet_of_which_nothing_can_be_kept_makes_no_store(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "new.db"
    for rows in ([["reference", "cutoff"]], [["reference", "cutoff"], ["AC-1", "soon"]]):
        ran = call("plan", "import", sheet(tmp_path, rows), "--store", store)
        assert ran.code == (3 if rows[1:] else 0), ran.talk
        assert not store.exists()


def test_a_time_is_by_the_clock_of_the_declaration_and_by_none_where_nobody_knows_whose(
    call: Run, tmp_path: Path
) -> None:
    """Of a number that is not known yet by that of the store, if that has one clock."""
    unknown = ("plan", "set", "224820260000000099", "--cutoff", NOON)
    samples = Path(__file__).parents[2] / "samples"
    assert call("ingest", samples / "uk_cds" / "normal_import").code == 0
    found = facts(call(*unknown, "--as-of", "2026-03-01T00:00Z", "--format", "json").json)
    assert found == {"cutoff": "2026-03-05T12:00:00+00:00"}
    laid([*INSPECTED.sent(at("04 09:00")), INSPECTED.told("L", at("04 09:01"))], tmp_path / "in")
    assert call("ingest", tmp_path / "in").code == 0
    ran = call(*unknown)
    assert (ran.code, "give its offset too" in ran.talk) == (2, True)
    rows = [["entry no", "cutoff"], ["224820260000000099", NOON], [INSPECTED.entry, NOON]]
    assert call("plan", "import", sheet(tmp_path, rows)).code == 3
    found = facts(call("plan", "show", INSPECTED.entry, "--format", "json").json)
    assert found == {"cutoff": "2026-03-05T12:00:00+08:00"}


def test_of_two_declarations_of_a_bill_that_are_named_together_each_is_shown(
    call: Run, tmp_path: Path
) -> None:
    """And a sheet with a row of the bill and one of a declaration says nothing new the next day."""
    own = ["TEST-A", "TEST-B"]
    sent = [declaration(9, one, "export", "2248", at("01 08:00"), Random(7)) for one in own]
    named = zip(own, sent, strict=True)
    files = [File(f"{name}.xml", data, at("01 08:00")) for name, data in named]
    assert call("ingest", laid(files, tmp_path / "in")).code == 0
    rows = [["bill no", "cutoff"], ["DEMO00000009", "2026-03-06 12:00"], [own[0], NOON]]
    for day in ("02", "03", "04"):
        again = ("--as-of", at(f"{day} 10:00").isoformat(), "--format", "json")
        kept = call("plan", "import", sheet(tmp_path, rows), *again).json
        assert kept["set"] == (2 if day == "02" else 0)
    found = call("plan", "show", ",".join(own), "--format", "json").json["plans"]
    assert [plan["references"][-1] for plan in found] == ["TEST-A", "DEMO00000009"]
    assert [plan["facts"]["cutoff"][:10] for plan in found] == ["2026-03-05", "2026-03-06"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "rows 2 and 4 say different things of a1, cutoff: the later one holds"),
        ("zh", "第 2 行与第 4 行对 a1 的截关说法不一"),
    ],
)
def test_rows_that_contradict_each_other_are_told(
    call: Run, tmp_path: Path, lang: str, said: str
) -> None:
    heads = ["own reference", "cutoff", "contact"]
    rows = [heads, ["A1", NOON, "Li"], ["B1", NOON, ""], ["a1", "2026-03-06 12:00", "Li"]]
    ran = call("plan", "import", sheet(tmp_path, rows), "--lang", lang)
    assert ran.code == 0
    assert said in ran.talk
    assert sum(said[:6] in line for line in ran.talk.splitlines()) == 1
    assert facts(call("plan", "show", "A1", "--format", "json").json)["cutoff"][:10] == "2026-03-06"


def test_an_own_reference_finds_the_plan_too(call: Run) -> None:
    assert (
        call("plan", "set", "E20260000000000017", "--ref", "PO-4711", "--contact", "Li").code == 0
    )
    found = facts(call("plan", "show", "po-4711", "--format", "json").json)
    assert found == {"ref": "PO-4711", "contact": "Li"}


def test_an_own_reference_of_a_plan_finds_the_declaration(kept: Run) -> None:
    kept("plan", "set", INSPECTED.unified, "--ref", "PO-4711")
    (found,) = kept("status", "po-4711", "--format", "json").json["declarations"]
    assert found["references"]["entry_no"] == [INSPECTED.entry]
    assert kept("status", "PO-4712").code == 1


def test_what_was_said_before_is_kept_and_known_as_of_then(call: Run) -> None:
    first, second = "2026-03-01T09:00:00+08:00", "2026-03-02T09:00:00+08:00"
    call("plan", "set", "REF1", "--cutoff", NOON, "--as-of", first)
    call("plan", "set", "REF1", "--cutoff", "2026-03-06T12:00", "--as-of", second)
    call("plan", "set", "REF1", "--clear", "cutoff", "--as-of", LATER)

    def known(when: str) -> dict[str, str]:
        ran = call("plan", "show", "REF1", "--format", "json", "--as-of", when)
        return facts(ran.json)

    assert known(first) == {"cutoff": "2026-03-05T12:00:00+08:00"}
    assert known(second) == {"cutoff": "2026-03-06T12:00:00+08:00"}
    assert known(LATER) == {}
    before = call("plan", "show", "REF1", "--as-of", "2026-02-01T00:00")
    assert (before.code, before.out) == (1, b"")
    history = call("plan", "show", "REF1", "--format", "json").json["plans"][0]["history"]
    assert [entry["at"] for entry in history] == [first, second, LATER]
    assert history[-1]["facts"] == {"cutoff": None}


def test_saying_the_same_again_is_no_history(call: Run) -> None:
    for _ in range(2):
        call("plan", "set", "REF1", "--cutoff", NOON)
    plan = call("plan", "show", "REF1", "--format", "json").json["plans"][0]
    assert len(plan["history"]) == 1


@pytest.mark.parametrize(
    ("option", "written", "kept"),
    [
        ("--cutoff", "2026-03-05T12:00Z", "2026-03-05T12:00:00+00:00"),
        ("--cutoff", "2026/3/5 9:05", "2026-03-05T09:05:00+08:00"),
        ("--cutoff", "2026年3月5日 09:05:07", "2026-03-05T09:05:07+08:00"),
        ("--arrival", "2026-03-05", "2026-03-05"),
        ("--arrival", "20260305", None),
        ("--tax-due", "2026.3.5", "2026-03-05"),
        ("--tax", "¥12,500.5", "12500.50"),
        ("--consolidated", "是", "yes"),
        ("--direction", "进口", "import"),
        ("--direction", "过境", "transit"),
        ("--cutoff", "2026-03-05", None),
        ("--cutoff", "05/03/2026 12:00", None),
        ("--cutoff", "tomorrow", None),
        ("--cutoff", "2026-02-30T12:00", None),
        ("--cutoff", "2026-03-05T25:00", None),
        ("--tax-due", "2026-03-05T12:00", None),
        ("--tax", "-5", None),
        ("--tax", "nan", None),
        ("--consolidated", "maybe", None),
        ("--direction", "up", None),
        ("--trade-mode", "11", None),
        ("--contact", "x" * 201, None),
    ],
)
def test_a_value_is_brought_into_one_form_or_refused(
    call: Run, option: str, written: str, kept: str | None
) -> None:
    ran = call("plan", "set", "REF1", option, written)
    if kept is None:
        assert ran.code == 2
        assert option in ran.talk
        assert ran.talk.count("\n") == 1
        assert call("plan", "list").out == b""
    else:
        (value,) = facts(call("plan", "show", "REF1", "--format", "json").json).values()
        assert value == kept


def test_nothing_said_or_an_unknown_fact_is_wrong_usage(call: Run) -> None:
    assert call("plan", "set", "REF1").code == 2
    ran = call("plan", "set", "REF1", "--clear", "weather")
    assert ran.code == 2
    assert "cutoff" in ran.talk


@pytest.mark.parametrize("named", ["cutoff", "截关", "截关时间", "--cutoff", "Customs cut-off"])
def test_a_fact_is_cleared_by_any_name_it_has(call: Run, named: str) -> None:
    call("plan", "set", "REF1", "--cutoff", NOON, "--cy-cutoff", NOON)
    assert call("plan", "set", "REF1", "--clear", named).code == 0
    assert set(facts(call("plan", "show", "REF1", "--format", "json").json)) == {"cy_cutoff"}


SHEET = [
    ["企业编号", "截关时间", "税额", "备注"],
    ["REF1", "2026-03-05 12:00", "1,000", "甲"],
    ["REF2", "soon", "", ""],
    ["", "2026-03-05 12:00", "", ""],
    ["REF3", "2026/3/6 8:30", "", ""],
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_a_sheet_is_read_row_by_row_and_the_bad_ones_are_told(
    call: Run, tmp_path: Path, encoding: str
) -> None:
    ran = call("plan", "import", sheet(tmp_path, SHEET, encoding), "--format", "json")
    assert ran.code == 3
    told = ran.json
    assert [told[n] for n in ("rows", "set", "unchanged", "spoilt")] == [4, 2, 0, 2]
    assert [error["row"] for error in told["errors"]] == [3, 4]
    assert told["ignored"] == ["备注"]
    assert "row 3: 截关时间: 'soon' is not a time" in ran.talk
    assert "row 4: no reference" in ran.talk
    again = call("plan", "import", sheet(tmp_path, SHEET, encoding), "--format", "json").json
    assert (again["set"], again["unchanged"]) == (0, 2)
    assert len(call("plan", "list", "--format", "json").json["plans"]) == 2


def test_a_day_or_a_time_of_day_that_there_is_not_is_told_as_such(
    call: Run, tmp_path: Path
) -> None:
    rows = [
        ["企业编号", "截关时间", "免费期至"],
        ["REF1", "2026-02-30 12:00", ""],
        ["REF2", "2026-03-05 24:30", ""],
        ["REF3", "", "2026/2/30"],
        ["REF4", "1899-12-31 08:00", ""],
        ["REF5", "2026-02-28 24:00", ""],
    ]
    ran = call("plan", "import", sheet(tmp_path, rows))
    assert ran.code == 3
    assert "row 2: 截关时间: '2026-02-30 12:00': there is no such day" in ran.talk
    assert "row 3: 截关时间: '2026-03-05 24:30': there is no such time of day" in ran.talk
    assert "row 4: 免费期至: '2026/2/30': there is no such day" in ran.talk
    assert "row 5: 截关时间: '1899-12-31 08:00': only years from 1990 to 2100" in ran.talk
    shown = call("plan", "show", "REF5", "--format", "json").json
    assert facts(shown)["cutoff"] == "2026-03-01T00:00:00+08:00"
    ran = call("plan", "set", "REF6", "--cutoff", "2026-02-30 12:00", "--lang", "zh")
    assert "--cutoff：“2026-02-30 12:00”：没有这一天" in ran.talk


def test_a_workbook_is_read_like_a_sheet(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "计划.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, ["报关单号", "cutoff", "缴税期限", "税额"])
        page.write_string(1, 0, "224820260000000017")
        page.write_datetime(1, 1, datetime(2026, 3, 5, 12), time)
        page.write_datetime(1, 2, datetime(2026, 3, 20), day)
        page.write_number(1, 3, 1250.5)
        page.write_number(2, 0, 224820260000000017)
        page.write_number(2, 3, 7)
    ran = call("plan", "import", file)
    assert ran.code == 3
    assert "row 3: 报关单号: 224820260000000" in ran.talk
    assert "has lost digits" in ran.talk
    found = facts(call("plan", "show", "224820260000000017", "--format", "json").json)
    assert found == {
        "cutoff": "2026-03-05T12:00:00+08:00",
        "tax_due": "2026-03-20",
        "tax": "1250.50",
    }


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("p.csv", b"", "no column of references"),
        ("p.csv", b"when,cutoff\n", "no column of references"),
        ("p.csv", b"reference,note\nA,b\n", "no column of facts"),
        ("p.csv", b"reference,cutoff,cutoff\n", "two columns say cutoff"),
        ("p.csv", b"reference,cutoff\n\xff\xff\xff\xff", "neither UTF-8, GBK nor UTF-16"),
        ("p.xlsx", b"PK\x03\x04 nothing", "not a workbook"),
        ("p.doc", b"x", "ends in .csv or .xlsx"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_one_line(
    call: Run, tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(data)
    ran = call("plan", "import", tmp_path / name)
    assert ran.code == 2
    assert why in ran.talk
    assert ran.talk.count("\n") == 1


def test_a_number_that_a_spreadsheet_rounded_is_no_reference(call: Run, tmp_path: Path) -> None:
    file = sheet(tmp_path, [["reference", "cutoff"], ["2.24820E+17", NOON]])
    assert "row 2: reference: 2.24820E+17 has lost digits" in call("plan", "import", file).talk


@pytest.mark.parametrize("cell", ['="{}"', '"=""{}"""', '" =""{}"""'])
def test_a_number_that_was_kept_in_a_formula_is_the_number(
    kept: Run, tmp_path: Path, cell: str
) -> None:
    """As ``--spreadsheet`` writes it, and other programs with quotes or without."""
    file = tmp_path / "plans.csv"
    file.write_text(f"reference,cutoff\n{cell.format(INSPECTED.entry)},{NOON}\n")
    assert kept("plan", "import", file).code == 0
    assert kept("plan", "show", INSPECTED.entry).code == 0


def test_a_list_for_spreadsheets_is_read_back(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert kept("list", "--all", "--as-of", AS_OF, "--output", file, "--spreadsheet").code == 0
    assert f'="{INSPECTED.entry}"' in file.read_text(encoding="utf-8").replace('""', '"')
    checked = kept("plan", "check", file, "--as-of", AS_OF, "--format", "json").json
    assert (checked["undeclared"], checked["unlisted"], checked["cut"]) == ([], [], [])


def test_a_bill_of_many_declarations_is_no_name_of_one_of_them(call: Run, tmp_path: Path) -> None:
    rows = [
        ["报关单号", "提单号", "截关时间"],
        ["A1", "BILL9", NOON],
        ["", "BILL9", "2026-03-06 12:00"],
    ]
    assert call("plan", "import", sheet(tmp_path, rows)).code == 0
    found = facts(call("plan", "show", "BILL9", "--format", "json").json)
    assert found == {"cutoff": "2026-03-06T12:00:00+08:00"}


def test_plans_are_listed_in_every_form(call: Run, tmp_path: Path) -> None:
    call("plan", "set", "REF1", "--cutoff", NOON, "--contact", "=1+1")
    assert "REF1" in call("plan", "list").text
    assert "'=1+1" in call("plan", "list", "--format", "csv").text
    assert call("plan", "list", "--output", tmp_path / "plans.xlsx").code == 0
    assert call("plan", "show", "NONE").code == 1


def test_the_list_puts_the_nearest_cut_off_first(call: Run, tmp_path: Path) -> None:
    """Three exports without alerts: one without a cut-off, two with; the nearest comes first."""
    cases = [Case(n, "export") for n in (1, 2, 3)]
    files = [f for c in cases for f in [*c.sent(at("04 09:00")), c.told("L", at("04 09:01"))]]
    laid(files, tmp_path / "in")
    call("ingest", tmp_path / "in")
    call("plan", "set", cases[1].own, "--cutoff", "2026-03-09T12:00", "--as-of", "2026-03-01")
    call("plan", "set", cases[2].own, "--cutoff", "2026-03-08T12:00", "--as-of", "2026-03-01")
    moment = ("--as-of", "2026-03-04T10:00")
    listed = call("list", *moment, "--format", "json").json["declarations"]
    assert [d["references"]["entry_no"][0] for d in listed] == [
        cases[2].entry, cases[1].entry, cases[0].entry,
    ]  # fmt: skip
    assert [d["cutoff"] for d in listed][1:] == ["2026-03-09T12:00:00+08:00", None]
    assert " 03-08 12:00" in call("list", *moment).text
    assert "cutoff" in call("list", *moment, "--format", "csv").text.partition("\n")[0]


# Numbers that nobody has


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "which is the end of {near}: if that is meant, give all of its number"),
        ("zh", "它是 {near}的末尾：若指该票，请给出完整编号"),
    ],
)
def test_the_end_of_a_number_is_planned_for_as_it_stands_and_said_to_be_one(
    kept: Run, lang: str, said: str
) -> None:
    """A reference of six digits may be that of a shipment to come."""
    end = INSPECTED.entry[-6:]
    ran = kept("plan", "set", end, "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF, "--lang", lang)
    assert ran.code == 0
    near = {"en": " (inspection, TEST-22)", "zh": "（查验，TEST-22）"}[lang]
    assert said.format(near=f"{INSPECTED.entry}{near}") in ran.talk


def test_a_number_that_no_declaration_has_is_set_and_told_with_the_nearest(kept: Run) -> None:
    mistyped = f"{INSPECTED.entry[:-2]}2O"
    ran = kept("plan", "set", mistyped, "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF)
    assert ran.code == 0
    assert ran.talk.count("\n") == 1
    assert "no declaration has the number" in ran.talk
    assert f"{INSPECTED.entry} (inspection, {INSPECTED.own})" in ran.talk
    assert kept("plan", "set", INSPECTED.own, "--contact", "Li", "--as-of", AS_OF).err == b""


def test_a_plan_is_set_for_a_number_as_it_was_pasted(kept: Run) -> None:
    kept("plan", "set", f"报关单号：{INSPECTED.entry}。", "--contact", "Li")
    told = kept("plan", "show", INSPECTED.own, "--format", "json").json
    assert told["plans"][0]["references"] == [INSPECTED.entry]
    both = f"{CLOSED.entry}，{RESENT.entry}"
    assert len(kept("plan", "set", both, "--contact", "Wu", "--format", "json").json["plans"]) == 2


def test_a_number_that_was_cut_to_a_figure_is_refused(call: Run) -> None:
    ran = call("plan", "set", "2.24820E+17", "--cutoff", NOON)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    assert call("plan", "list", "--format", "json").code == 1 or not call("plan", "list").out


@pytest.mark.parametrize("name", ["p.csv", "p.xlsx"])
def test_a_number_that_excel_ended_in_zeros_is_told_and_not_set(
    kept: Run, tmp_path: Path, name: str
) -> None:
    cut = f"{INSPECTED.entry[:15]}000"
    rows = [["报关单号", "截关"], [cut, "2026-03-09 12:00"], ["REF1", "2026-03-09 12:00"]]
    file = sheet(tmp_path, rows) if name == "p.csv" else tmp_path / name
    if name == "p.xlsx":
        with xlsxwriter.Workbook(str(file)) as book:
            page = book.add_worksheet()
            for line, row in enumerate(rows):
                for place, text in enumerate(row):
                    page.write_string(line, place, text)
    ran = kept("plan", "import", file, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 3
    assert (ran.json["set"], ran.json["spoilt"]) == (1, 1)
    assert cut in ran.talk
    assert INSPECTED.entry in ran.talk
    assert kept("plan", "show", cut).code == 1


def test_a_known_number_that_ends_in_zeros_is_set(call: Run, tmp_path: Path) -> None:
    case = Case(1000)
    call(
        "ingest", laid([*case.sent(at("04 09:00")), case.told("L", at("04 09:01"))], tmp_path / "i")
    )
    rows = [["报关单号", "截关"], [case.entry, "2026-03-09 12:00"]]
    assert call("plan", "import", sheet(tmp_path, rows), "--as-of", AS_OF).code == 0


# Times that are hardly meant


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--cutoff", "2026-03-05T18:00"), ["in the past"]),
        (("--cutoff", "2062-03-07T18:00"), ["more than a year ahead"]),
        (("--cutoff", "2026-03-09T18:00", "--etd", "2026-03-08T18:00"), ["after the departure"]),
        (("--cy-cutoff", "2026-03-09T18:00", "--etd", "2026-03-10T18:00"), []),
        (("--tax-due", "2026-03-01"), []),
    ],
)
def test_a_time_that_is_hardly_meant_is_remarked_on_and_set(
    kept: Run, options: tuple[str, ...], told: list[str]
) -> None:
    ran = kept("plan", "set", INSPECTED.own, *options, "--as-of", AS_OF)
    assert ran.code == 0
    assert ran.talk.count("\n") == len(told)
    assert all(one in ran.talk for one in told)


def test_a_remark_counts_what_was_said_before(kept: Run) -> None:
    kept("plan", "set", INSPECTED.own, "--etd", "2026-03-08T18:00", "--as-of", AS_OF)
    ran = kept(
        "plan",
        "set",
        INSPECTED.own,
        "--cutoff",
        "2026-03-09T18:00",
        "--as-of",
        AS_OF,
        "--lang",
        "zh",
    )
    assert "晚于预计离港 2026-03-08 18:00" in ran.talk


# Sheets


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["p.xlsx", "p.csv"])
def test_the_headings_that_the_program_writes_are_those_it_reads(
    call: Run, tmp_path: Path, lang: str, name: str
) -> None:
    told = {
        "cutoff": "2026-03-07T18:00:00+08:00", "cy_cutoff": "2026-03-07T12:00:00+08:00",
        "etd": "2026-03-08T12:00:00+08:00", "departed": "2026-03-08T13:00:00+08:00",
        "loading": "2026-03-08T08:00:00+08:00", "arrival": "2026-03-07", "tax_due": "2026-03-20",
        "tax": "12.00", "tax_paid": "2026-03-19", "value": "100.00", "free_until": "2026-03-20",
        "gated_out": "2026-03-21", "withdrawal_asked": "2026-03-22", "direction": "export",
        "trade_mode": "0110", "consolidated": "yes", "special_permit": "no", "ref": "PO-1",
        "contact": "Li", "inspected": "2026-03-05", "given_up": "2026-03-06",
        "replaced_by": "PO-2", "tax_noticed": "2026-03-18", "customer": "Li & Co",
        "broker": "上海远舟报关有限公司", "trader": "杭州青溪仪器有限公司", "goods": "水质分析仪",
        "hs_code": "9027809990", "country": "USA", "transport_mode": "2", "terms": "1",
        "currency": "USD", "office": "2248", "customs_error": "yes",
    }  # fmt: skip
    assert set(told) == set(plans.FACTS)
    options = [word for k, v in told.items() for word in (f"--{k.replace('_', '-')}", v)]
    assert call("plan", "set", "REF1", *options, "--as-of", AS_OF).code == 0
    assert call("plan", "list", "--output", tmp_path / name, "--lang", lang).code == 0
    ran = call("plan", "import", tmp_path / name, "--store", "other.db", "--as-of", AS_OF)
    assert (ran.code, "not known" in ran.talk) == (0, False)
    assert (
        facts(call("plan", "show", "REF1", "--store", "other.db", "--format", "json").json) == told
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_row_whose_number_lacks_the_zeros_of_a_known_one_is_kept_and_told(
    call: Run, tmp_path: Path, lang: str
) -> None:
    """A spreadsheet drops them; a shipment to come may have that number all the same."""
    known = [*Case(71, ref="000211").sent(at("04 09:00")), *Case(72).sent(at("04 09:00"))]
    call("ingest", laid(known, tmp_path / "in"))
    sheet = tmp_path / "plans.csv"
    rows = ("211", Case(72).own, "NEW-1", "0")
    lines = "".join(f"{row},2026-03-07 18:00\n" for row in rows)
    sheet.write_text(f"own reference,cutoff\n{lines}", encoding="utf-8")
    ran = call("plan", "import", sheet, "--as-of", AS_OF, "--lang", lang, "--format", "json")
    assert (ran.code, ran.json["set"]) == (0, 4)
    said = {
        "en": "row 2: no declaration has the number 211 yet; close to it: 000211 (submitted)\n",
        "zh": "第 2 行：目前没有编号为“211”的报关单；相近的有：000211（已申报）\n",
    }
    assert ran.talk == said[lang]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["t.xlsx", "t.csv"])
def test_a_template_has_every_heading_and_is_read_back(
    call: Run, tmp_path: Path, lang: str, name: str
) -> None:
    ran = call("plan", "template", tmp_path / name, "--lang", lang)
    assert ran.code == 0
    assert ran.talk == {"en": "written: {}\n", "zh": "已写入：{}\n"}[lang].format(tmp_path / name)
    ran = call("plan", "import", tmp_path / name, "--format", "json")
    assert (ran.code, ran.json["rows"], ran.json["ignored"]) == (0, 0, [])
    assert call("plan", "template", tmp_path / "t.doc").code == 2


def test_a_sheet_that_may_be_filled_in_is_never_overwritten_by_an_empty_one(
    call: Run, tmp_path: Path
) -> None:
    file = sheet(tmp_path, SHEET)
    before = file.read_bytes()
    ran = call("plan", "template", file)
    assert (ran.code, file.read_bytes()) == (2, before)
    assert ran.talk == f"clearance: {file} is there already and may be filled in: name another\n"


def test_a_row_that_says_nothing_is_told_and_not_counted_as_set(call: Run, tmp_path: Path) -> None:
    rows = [["报关单号", "截关", "天气"], ["AAA2", "", "晴"], ["AAA3", "", ""]]
    ran = call("plan", "import", sheet(tmp_path, rows), "--format", "json")
    assert ran.code == 3
    assert (ran.json["set"], ran.json["spoilt"], ran.json["ignored"]) == (0, 2, ["天气"])
    assert "row 2: nothing to set" in ran.talk


@pytest.mark.parametrize(("row", "column"), [(1048575, 16383), (1048575, 9), (5, 16383)])
def test_a_cell_far_away_takes_no_memory(call: Run, tmp_path: Path, row: int, column: int) -> None:
    """It is read where that is small, else refused with the cell's name."""
    file = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["reference", "cutoff"])
        page.write_row(1, 0, ["A1", "2026-03-09 10:00"])
        page.write(row, column, "x")
    ran = call("plan", "import", file, "--as-of", AS_OF)
    assert ran.code == (3 if row == 5 else 2)
    assert row == 5 or "1048576" in ran.talk
    assert ran.talk.count("\n") == 1


def rewritten(file: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    """Writes a workbook anew, each of its parts under the name and with what ``change`` says."""
    with zipfile.ZipFile(file) as book:
        parts = [change(name, book.read(name)) for name in book.namelist()]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, written in parts:
            book.writestr(name, written)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'r="XFD1048576"', b"r='XFD1048576'"),
        (rb'r="XFD1048576"', b'r = "xfd1048576"'),
        (rb'r="XFD1048576"', b'x=">" r="XFD1048576"'),
        (rb'<c r="XFD1048576"', b"<c/>" * 16383 + b"<c"),
        (rb"worksheets/sheet1", b"others/sheet1"),
        (rb"worksheets/sheet1\.xml", b"worksheets/picture.png"),
    ],
)
def test_a_cell_far_away_takes_no_memory_however_it_is_written(
    call: Run, tmp_path: Path, old: bytes, new: bytes
) -> None:
    """The library takes memory for each cell of the rectangle, of which there are 2 ** 34."""

    def changed(name: str, written: bytes) -> tuple[str, bytes]:
        return re.sub(old, new, name.encode()).decode(), re.sub(old, new, written)

    file = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write(1048575, 16383, "x")
    rewritten(file, changed)
    ran = call("plan", "import", file)
    assert (ran.code, ran.talk.count("\n"), "XFD1048576" in ran.talk) == (2, 1, True)


def test_a_text_that_many_cells_share_counts_for_each(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library makes one of its own for every cell."""
    monkeypatch.setattr(workbooks, "_MAX_BYTES", 100_000)
    file = tmp_path / "laughs.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        for row in range(60):
            page.write(row, 0, "x" * 2000)
    ran = call("plan", "import", file)
    assert (ran.code, "too large" in ran.talk) == (2, True)


def test_a_number_of_a_text_is_read_in_proportion_to_its_length(call: Run, tmp_path: Path) -> None:
    """A file of a hundred kilobytes with a long one in it took minutes."""
    file = tmp_path / "long.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write_row(0, 0, ["reference", "cutoff"])
    long = b"<v>" + b"1\n" * 2**24 + b"</v>"
    rewritten(file, lambda name, written: (name, written.replace(b"<v>1</v>", long)))
    began = process_time()
    call("plan", "import", file)
    assert process_time() - began < 15


@pytest.mark.parametrize("changed", ["encoding='UTF-4'", "encoding='UTF-8'?><!DOCTYPE x><?x "])
def test_a_workbook_of_another_encoding_or_with_a_doctype_is_refused(
    call: Run, tmp_path: Path, changed: str
) -> None:
    file = tmp_path / "odd.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write_row(0, 0, ["reference", "cutoff"])
    old = b'encoding="UTF-8"'
    rewritten(file, lambda name, written: (name, written.replace(old, changed.encode())))
    ran = call("plan", "import", file)
    assert (ran.code, ran.talk.count("\n"), "not a workbook" in ran.talk) == (2, 1, True)


BROKEN = {
    b"PK\x03\x04 cut": ("cut off, or no workbook at all", "不完整"),
    b"": ("cut off, or no workbook at all", "不完整"),
    bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512): ("with a password", "密码"),
}


@pytest.mark.parametrize("data", BROKEN)
def test_what_is_wrong_with_a_workbook_is_said_in_the_users_language(
    call: Run, tmp_path: Path, data: bytes
) -> None:
    """The words of the library were shown in both."""
    file = tmp_path / "broken.xlsx"
    file.write_bytes(data)
    for lang, said in zip(("en", "zh"), BROKEN[data], strict=True):
        ran = call("plan", "import", file, "--lang", lang)
        assert (ran.code, ran.talk.count("\n"), said in ran.talk) == (2, 1, True)
    assert "zip" not in ran.talk


@pytest.mark.parametrize("part", ["content.xml", "xl/workbook.bin", "XL/workbook.xml"])
def test_a_workbook_that_may_be_read_in_two_ways_is_refused(
    call: Run, tmp_path: Path, part: str
) -> None:
    file = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write_row(0, 0, ["reference", "cutoff"])
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr(part, b"<x/>")
    ran = call("plan", "import", file)
    assert (ran.code, "such as Excel writes" in ran.talk) == (2, True)


@pytest.mark.parametrize("hours", [1e10, 530420261000003240])
def test_a_length_of_time_that_nobody_can_mean_is_refused(
    call: Run, tmp_path: Path, hours: float
) -> None:
    """A number typed where a sheet shows hours; the library fails in its own way."""
    file = tmp_path / "hours.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        shown = book.add_format({"num_format": "[h]:mm"})
        book.add_worksheet().write_number(0, 0, hours, shown)
    ran = call("plan", "import", file)
    assert (ran.code, "not a workbook that can be read" in ran.talk) == (2, True)


def test_a_workbook_that_inflates_to_too_much_is_refused(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_MAX_BYTES", 1000)
    file = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write_row(0, 0, ["reference", "cutoff"])
    ran = call("plan", "import", file)
    assert (ran.code, "too large" in ran.talk) == (2, True)


def test_rows_are_numbered_as_people_see_them_below_empty_ones(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "low.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        page.write_row(2, 0, ["reference", "cutoff"])
        page.write_row(3, 0, ["A1", "soon"])
    assert "row 4: " in call("plan", "import", file).talk


def test_values_are_shown_in_the_readers_language(call: Run) -> None:
    options = ("--direction", "出口", "--consolidated", "是", "--tax", "12345.5", "--as-of", AS_OF)
    call("plan", "set", "REF1", *options)
    for command in (("plan", "show", "REF1"), ("plan", "list")):
        text = call(*command, "--as-of", AS_OF, "--lang", "zh").text
        assert "出口" in text
        assert " 是" in text
        assert "12,345.50" in text
        assert "export" not in text


PASTED = ["'{}", "报关单号：{}", "“{}”", " {} ", "entry no. {}", "{}。"]


@pytest.mark.parametrize("pasted", PASTED)
@pytest.mark.parametrize("name", ["p.csv", "p.xlsx"])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_number_in_a_sheet_is_understood_as_on_the_command_line(
    kept: Run, tmp_path: Path, pasted: str, name: str, is_known: bool
) -> None:
    """However a spreadsheet marks its text: also of a declaration that comes later."""
    number = INSPECTED.entry if is_known else "224820261999999999"
    rows = [["报关单号", "截关时间"], [pasted.format(number), NOON]]
    if name == "p.csv":
        file = sheet(tmp_path, rows)
    else:
        file = tmp_path / name
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            for line, cells in enumerate(rows):
                page.write_row(line, 0, cells)
    assert kept("plan", "import", file, "--as-of", AS_OF).code == 0
    (plan,) = kept("plan", "list", "--as-of", AS_OF, "--format", "json").json["plans"]
    assert plan["references"] == [number]
    assert kept("status", number, "--as-of", AS_OF).out
    checked = kept("plan", "check", file, "--as-of", AS_OF, "--format", "json").json
    assert [one["references"] for one in checked["undeclared"]] == ([] if is_known else [[number]])


@pytest.mark.parametrize("by", ["set", "import"])
def test_what_may_be_no_label_is_part_of_the_number_too(call: Run, tmp_path: Path, by: str) -> None:
    """An own reference that begins with a word finds its plan when the declaration comes."""
    case = Case(91, ref="甲字2026-0091")
    if by == "set":
        call("plan", "set", case.own, "--cutoff", NOON, "--as-of", AS_OF)
    else:
        file = sheet(tmp_path, [["企业内部编号", "截关时间"], [case.own, NOON]])
        call("plan", "import", file, "--as-of", AS_OF)
    call("ingest", laid(case.sent(at("04 09:00")), tmp_path / "in"))
    (found,) = call("status", case.unified, "--as-of", AS_OF, "--format", "json").json[
        "declarations"
    ]
    assert found["said"]["cutoff"]["value"].startswith(NOON)


def test_whatever_number_it_was_said_under_a_plan_is_one_with_status(kept: Run) -> None:
    """Also under a number that several declarations may bear, and when it was cleared there."""
    (found,) = kept("status", CLOSED.entry, "--format", "json").json["declarations"]
    others = [one for some in found["references"].values() for one in some if one != CLOSED.entry]
    assert len(others) > 1

    def shown(number: str) -> Any:
        ran = kept("plan", "show", number, "--as-of", LATER, "--format", "json")
        return ran.json["plans"][0]["facts"] if ran.code == 0 else {}

    def said() -> Any:
        (one,) = kept("status", CLOSED.entry, "--as-of", LATER, "--format", "json").json[
            "declarations"
        ]
        return {name: fact["value"] for name, fact in one["said"].items()}

    moments = iter(f"2026-03-06T{hour:02}:00" for hour in range(10, 24))
    for number in others:
        kept("plan", "set", number, "--cutoff", NOON, "--as-of", next(moments))
        assert shown(CLOSED.entry) == shown(number) == said() != {}
        kept("plan", "set", CLOSED.entry, "--cutoff", LATER, "--as-of", next(moments))
        assert shown(CLOSED.entry) == shown(number) == said() != {}
        kept("plan", "set", number, "--clear", "cutoff", "--as-of", next(moments))
        (listed,) = kept("plan", "list", "--as-of", LATER, "--format", "json").json["plans"]
        assert listed["facts"] == shown(CLOSED.entry) == shown(number) == said() == {}


ALIKE = [
    ("EXP2026/001234", "EXP2026/001235", "EXP2026/001236"),
    ("沪2026-0091", "京2026-0091"),
    ("PO#20260091", "SO#20260091"),
    ("PO2026A 000123", "PO2026A 000124"),
    ("A-1", "A-2", "1", "2"),
]


@pytest.mark.parametrize("written", ALIKE, ids=" ".join)
@pytest.mark.parametrize("by", ["set", "import"])
def test_own_references_that_have_a_part_in_common_are_of_shipments_of_their_own(
    call: Run, tmp_path: Path, written: tuple[str, ...], by: str
) -> None:
    """Also where what looks like a number within one is known: each finds its own plan later."""
    cutoffs = [f"2026-03-{10 + place}T12:00" for place in range(len(written))]
    if by == "import":
        rows = [[own, at] for own, at in zip(written, cutoffs, strict=True)]
        file = sheet(tmp_path, [["企业内部编号", "截关时间"], *rows])
        assert call("plan", "import", file, "--as-of", AS_OF).code == 0
    else:
        for own, cutoff in zip(written, cutoffs, strict=True):
            call("plan", "set", own, "--cutoff", cutoff, "--as-of", AS_OF)
    planned = call("plan", "list", "--as-of", AS_OF, "--format", "json").json["plans"]
    assert sorted(one["references"] for one in planned) == sorted([own] for own in written)
    cases = [Case(81 + place, ref=own) for place, own in enumerate(written)]
    files = [file for case in cases for file in case.sent(at("04 09:00"))]
    if any("/" in own for own in written):  # which no file is called by
        return
    call("ingest", laid(files, tmp_path / "in"))
    for case, cutoff in zip(cases, cutoffs, strict=True):
        (found,) = call("status", case.unified, "--as-of", AS_OF, "--format", "json").json[
            "declarations"
        ]
        assert found["said"]["cutoff"]["value"].startswith(cutoff)


def test_several_numbers_in_a_cell_are_those_of_several_shipments(
    kept: Run, tmp_path: Path
) -> None:
    cell = f"{INSPECTED.entry}, I20260000000009999；{CLOSED.entry}"
    file = sheet(tmp_path, [["报关单号", "截关时间"], [cell, NOON]])
    assert kept("plan", "import", file, "--as-of", AS_OF).code == 0
    planned = kept("plan", "list", "--as-of", AS_OF, "--format", "json").json["plans"]
    assert sorted(one["references"] for one in planned) == sorted(
        [number] for number in (CLOSED.entry, INSPECTED.entry, "I20260000000009999")
    )
    checked = kept("plan", "check", file, "--as-of", AS_OF, "--format", "json")
    assert checked.code == 6
    assert [one["references"] for one in checked.json["undeclared"]] == [["I20260000000009999"]]


def test_what_was_said_first_under_another_number_can_be_said_again(
    call: Run, tmp_path: Path
) -> None:
    """Two plans become those of one declaration when it comes: the last word counts."""
    case = Case(92)
    for number, day in ((case.own, "10"), (case.unified, "11")):
        call("plan", "set", number, "--cutoff", f"2026-03-{day}T12:00", "--as-of", "2026-03-03")
    call("ingest", laid(case.sent(at("04 09:00")), tmp_path / "in"))
    for hour, (number, day) in enumerate(
        ((case.own, "10"), (case.unified, "11"), (case.own, "11"))
    ):
        moment = f"2026-03-05T{10 + hour}:00"
        call("plan", "set", number, "--cutoff", f"2026-03-{day}T12:00", "--as-of", moment)
        (found,) = call("status", case.own, "--as-of", moment, "--format", "json").json[
            "declarations"
        ]
        assert found["said"]["cutoff"]["value"].startswith(f"2026-03-{day}")
        shown = call("plan", "show", case.own, "--as-of", moment, "--format", "json").json
        assert facts(shown)["cutoff"].startswith(f"2026-03-{day}")
    then = call("plan", "list", "--as-of", "2026-03-03T12:00", "--format", "json").json["plans"]
    assert len(then) == 2
    now = call("plan", "list", "--as-of", AS_OF, "--format", "json").json["plans"]
    assert len(now) == 1
