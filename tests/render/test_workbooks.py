"""Workbooks as they are handed on: what fits, what is said, how they print."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from clearance.render import Chart, Column, Table
from clearance.render.text import width
from clearance.render.xlsx import workbook
from tests.conftest import Run, laid
from tests.render.workbooks import names, sheets, texts

LATER = "2026-11-25T09:00:00+08:00"
REPORT = ("report", "--period", "2026Q2..2026Q3")
COMMANDS = (REPORT, (*REPORT, "--by", "office,direction"), ("list", "--all"))
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DATE = re.compile(r"4[56]\d{3}\.\d{4,}")
"""A time of these years as a workbook counts it."""


@pytest.fixture
def book(call: Run, tmp_path: Path) -> Any:
    """Makes a workbook of the demo's declarations."""
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    call("check", "--as-of", "2026-09-08T09:00")

    def make(*arguments: str, lang: str = "en", as_of: str = LATER) -> io.BytesIO:
        ran = call(*arguments, "--as-of", as_of, "--lang", lang, "--format", "xlsx")
        assert ran.code == 0, ran.talk
        return io.BytesIO(ran.out)

    return make


def column_widths(root: Any) -> dict[str, float]:
    """The width of each column, by its letter."""
    return {
        chr(64 + place): float(column.get("width", "0"))
        for column in root.iter(f"{MAIN}col")
        for place in range(int(column.get("min", "1")), int(column.get("max", "1")) + 1)
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_cell_is_too_wide_for_its_column(book: Any, command: tuple[str, ...], lang: str) -> None:
    """Times were shown as ###: sixteen characters in a column of twelve."""
    for root, rows in sheets(book(*command, lang=lang)):
        widths = column_widths(root)
        merged = {cell.get("ref", "").split(":")[0] for cell in root.iter(f"{MAIN}mergeCell")}
        if merged:
            continue
        for line, row in enumerate(rows[1:], 2):
            for letter, text in row.items():
                if len(row) > 1 and not DATE.fullmatch(text) and f"{letter}{line}" not in merged:
                    shown = (
                        f"{float(text):,.2f}" if re.fullmatch(r"-?\d+\.\d+(E-\d+)?", text) else text
                    )
                    assert width(shown) < widths[letter] or widths[letter] >= 60
                elif DATE.fullmatch(text):
                    assert widths[letter] >= 18


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_sheet_prints_on_landscape_a4_with_its_heads_on_each_page(
    book: Any, command: tuple[str, ...]
) -> None:
    file = book(*command)
    for root, _ in sheets(file):
        (setup,) = root.iter(f"{MAIN}pageSetup")
        assert (setup.get("orientation"), setup.get("paperSize")) == ("landscape", "9")
        (fit,) = root.iter(f"{MAIN}pageSetUpPr")
        assert fit.get("fitToPage") == "1"
    with zipfile.ZipFile(file) as parts:
        titles = parts.read("xl/workbook.xml").decode().count("_xlnm.Print_Titles")
    tables = [name for name in names(file) if name != "summary"]
    assert titles == len(tables)


@pytest.mark.parametrize(
    ("lang", "headline", "unit"),
    [("en", "2026Q3 took 22 % less time than 2026Q2", "median (days)"),
     ("zh", "2026Q3 比 2026Q2 快 22 %", "中位数（天）")],
)  # fmt: skip
def test_a_workbook_begins_with_its_headline_and_says_its_units(
    book: Any, lang: str, headline: str, unit: str
) -> None:
    (_, summary), *_ = found = sheets(book(*REPORT, lang=lang))
    assert summary[0]["A"] == headline
    assert any("RMST-30" in text for row in summary for text in row.values())
    assert any("Aalen" in text for row in summary for text in row.values())
    heads = [text for _, rows in found[1:] for text in rows[0].values()]
    assert unit in heads
    assert not [head for head in heads if "within_" in head or "_" in head]
    (times,) = [rows for _, rows in found[1:] if unit in rows[0].values()]
    letter = next(letter for letter, text in times[0].items() if text == unit)
    assert float(times[2][letter]) == pytest.approx(4.32, abs=0.01)


def test_a_working_day_is_told_from_a_day_in_a_heading(book: Any) -> None:
    assert "median (working days of 9 h)" in list(texts(book(*REPORT, "--clock", "working")))


@pytest.mark.parametrize(
    ("longest", "lang", "unit", "shown"),
    [
        (10, "en", "seconds", 10),
        (119, "zh", "秒", 119),
        (120, "en", "minutes", 2),
        (90 * 60, "zh", "分钟", 90),
        (2 * 3600, "en", "hours", 2),
        (2 * 86400, "en", "days", 2),
    ],
)
def test_durations_have_a_unit_in_which_they_are_to_be_read(
    longest: int, lang: str, unit: str, shown: float
) -> None:
    table = Table(
        (Column("period", "period"), Column("mean", "mean")),
        (("2026Q3", timedelta(seconds=longest)), ("2026Q2", timedelta(0))),
        title="times",
        chart=Chart("column", "period", ("mean",)),
    )
    file = io.BytesIO(workbook([table], lang))
    ((_, rows),) = sheets(file)
    assert unit in rows[0]["B"]
    assert float(rows[1]["B"]) == shown
    with zipfile.ZipFile(file) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert unit in chart
    assert '<c:numFmt formatCode="0"' not in chart


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_axis_of_a_chart_has_a_unit(book: Any, lang: str) -> None:
    with zipfile.ZipFile(book(*REPORT, lang=lang)) as parts:
        charts = [
            parts.read(name).decode()
            for name in parts.namelist()
            if name.startswith("xl/charts/chart")
        ]
    assert len(charts) == 2
    assert all(("days" if lang == "en" else "天") in chart for chart in charts)


def test_a_verdict_reads_the_same_on_every_sheet(book: Any) -> None:
    told = "\n".join(texts(book("report", "--period", "2026Q2..2026Q4", lang="zh")))
    assert "更快" in told
    assert not re.search("faster|slower|no clear change|too few", told)


def test_the_words_of_a_list_are_in_the_readers_language(book: Any) -> None:
    told = "\n".join(texts(book("list", "--all", lang="zh", as_of="2026-09-08T09:00")))
    assert "出口" in told
    assert "停留（天）" in told
    assert not re.search("released|cleared|import|export|tax_unpaid|_at", told)


def test_a_chart_below_many_rows_has_a_sheet_of_its_own(book: Any) -> None:
    file = book("report", "--period", "2025-01..2026-09")
    assert [name for name in names(file) if name.endswith("chart")]


def test_a_sheet_without_figures_has_no_empty_chart_and_says_why(book: Any) -> None:
    file = book("report", "--period", "2025Q1")
    with zipfile.ZipFile(file) as parts:
        assert not [name for name in parts.namelist() if name.startswith("xl/charts/")]
    assert any(text.startswith("2025Q1: too few") for text in texts(file))


def test_a_list_names_offices_and_has_no_column_that_is_empty(book: Any) -> None:
    ((_, (heads, *rows)),) = sheets(book("list", "--all", as_of="2026-09-08T09:00"))
    assert len(rows) > 20
    assert all(any(row.get(letter) for row in rows) for letter in heads)
    assert "Shekou Customs" in {text for row in rows for text in row.values()}
