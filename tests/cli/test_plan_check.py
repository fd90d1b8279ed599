"""``clearance plan check``: a sheet of shipments beside the declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.cli.test_plan import sheet
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, RETURNED, UNKNOWN, Case, Run, at, laid

EVERY = [[case.own] for case in (CLOSED, INSPECTED, RESENT, UNKNOWN)]


def checked(call: Run, file: Path, *more: str) -> tuple[int, dict[str, Any]]:
    ran = call("plan", "check", file, "--as-of", AS_OF, "--format", "json", *more)
    return ran.code, ran.json


def test_a_sheet_that_agrees_with_the_declarations_is_told_so(kept: Run, tmp_path: Path) -> None:
    code, found = checked(kept, sheet(tmp_path, [["企业内部编号"], *EVERY]))
    assert code == 0
    assert (found["undeclared"], found["unlisted"], found["cut"]) == ([], [], [])
    assert found["period"] == ["2026-03-02", "2026-03-05"]


def test_a_shipment_without_a_declaration_is_listed_with_its_row(kept: Run, tmp_path: Path) -> None:
    code, found = checked(kept, sheet(tmp_path, [["编号", "客户"], *EVERY, ["PO-404", "Li"]]))
    assert code == 6
    assert found["undeclared"] == [{"row": 6, "references": ["PO-404"], "stage": None}]


def test_a_draft_is_no_declaration_yet_and_its_stage_is_said(kept: Run, tmp_path: Path) -> None:
    draft = Case(71)
    kept("ingest", laid(draft.sent(at("05 12:00"))[:1], tmp_path / "in"))
    code, found = checked(kept, sheet(tmp_path, [["编号"], *EVERY, [draft.own]]))
    assert (code, found["unlisted"]) == (6, [])
    assert [one["stage"] for one in found["undeclared"]] == ["draft"]


def test_a_declaration_without_a_shipment_is_listed_where_it_is_open_or_of_the_period(
    kept: Run, tmp_path: Path
) -> None:
    """The closed one of Monday lies within the period of a sheet that begins on Monday only."""
    code, found = checked(kept, sheet(tmp_path, [["编号"], [INSPECTED.entry]]))
    assert code == 6
    names = {one["declaration"] for one in found["unlisted"]}
    assert names == {RESENT.entry, UNKNOWN.entry}
    sunday = Case(72)
    files = [*sunday.sent(at("01 08:00")), sunday.told("L", at("01 08:01"))]
    kept("ingest", laid(files, tmp_path / "in"))
    _, found = checked(kept, sheet(tmp_path, [["编号"], [INSPECTED.entry], [sunday.own]]))
    assert {one["declaration"] for one in found["unlisted"]} == names | {CLOSED.entry}
    assert RETURNED.unified not in {one["declaration"] for one in found["unlisted"]}


def test_a_deleted_declaration_is_neither_a_shipments_nor_missed(call: Run, tmp_path: Path) -> None:
    deleted, kept_one = Case(73), Case(74)
    files = [*deleted.sent(at("02 08:00")), deleted.told("D", at("02 09:00"))]
    files += [*kept_one.sent(at("02 08:00")), kept_one.told("L", at("02 09:00"))]
    call("ingest", laid(files, tmp_path / "in"))
    _, found = checked(call, sheet(tmp_path, [["编号"], [kept_one.own], [deleted.own]]))
    assert found["unlisted"] == []
    assert [one["stage"] for one in found["undeclared"]] == ["withdrawn"]


def test_numbers_that_a_spreadsheet_cut_are_listed_and_not_taken_for_undeclared(
    kept: Run, tmp_path: Path
) -> None:
    cut = f"{CLOSED.entry[:15]}000"
    code, found = checked(kept, sheet(tmp_path, [["报关单号"], *EVERY, [cut], ["2.2E+17"]]))
    assert code == 6
    assert [(one["row"], one["number"]) for one in found["cut"]] == [(6, cut), (7, "2.2E+17")]
    assert found["undeclared"] == []


def test_a_figure_in_a_workbook_that_lost_digits_is_cut(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "plans.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["报关单号"])
        page.write_row(1, 0, [float(INSPECTED.entry)])
    code, found = checked(kept, file)
    assert (code, [one["row"] for one in found["cut"]]) == (6, [2])


def test_a_row_that_cannot_be_read_is_told_and_the_exit_code_is_3(
    kept: Run, tmp_path: Path
) -> None:
    rows = [["编号", "截关"], *([number, ""] for (number,) in EVERY), ["PO-1", "soon"]]
    ran = kept("plan", "check", sheet(tmp_path, rows), "--as-of", AS_OF)
    assert ran.code == 3
    assert "row 6: 截关: 'soon' is not a time" in ran.talk


def test_an_own_reference_of_a_plan_finds_the_declaration_of_a_row(
    call: Run, tmp_path: Path
) -> None:
    ran = call("plan", "set", CLOSED.own, "--ref", "PO-4711", "--as-of", AS_OF)
    assert ran.code == 0
    files = [*CLOSED.sent(at("02 08:00")), CLOSED.told("L", at("02 09:00"))]
    call("ingest", laid(files, tmp_path / "in"))
    code, found = checked(call, sheet(tmp_path, [["自编号"], ["PO-4711"]]))
    assert (code, found["undeclared"]) == (0, [])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_differences_are_shown_in_either_language(kept: Run, tmp_path: Path, lang: str) -> None:
    file = sheet(tmp_path, [["编号"], [CLOSED.own], ["PO-404"]])
    ran = kept("plan", "check", file, "--as-of", AS_OF, "--lang", lang)
    assert ("无报关单的货物" in ran.text) == (lang == "zh")
    assert "PO-404" in ran.text
    assert INSPECTED.entry in ran.text
    assert max(map(len, ran.text.splitlines())) <= 80


def test_an_audit_writes_nothing(kept: Run, tmp_path: Path) -> None:
    checked(kept, sheet(tmp_path, [["编号", "客户"], ["PO-404", "Li"]]))
    assert kept("plan", "show", "PO-404").code == 1


def test_a_row_of_which_only_the_number_can_be_read_is_compared(kept: Run, tmp_path: Path) -> None:
    rows = [["编号", "截关"], *([number, "soon"] for (number,) in EVERY), ["PO-404", "soon"]]
    code, found = checked(kept, sheet(tmp_path, rows))
    assert code == 3
    assert [one["row"] for one in found["undeclared"]] == [6]
    assert found["unlisted"] == []
