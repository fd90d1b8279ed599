"""A report in Chinese has no English word but names, in a terminal, on a page, in a workbook."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from clearance.model import INTERVALS
from tests.conftest import Run, laid
from tests.render.test_report_words import readable
from tests.render.workbooks import texts

NAMES = {
    "Asia", "Shanghai", "RMST", "P", "Q", "n", "HS", "Kaplan", "Meier", "Aalen", "Johansen",
    "Wilson", "Newcombe", "Greenwood", "clearance", "Brier", "cn", "single", "window",
    "EUR", "JPY", "USD",
}  # fmt: skip
"""Names, and letters that stand for numbers; what a report is asked for by is a name too."""
ASKED = (
    ("--period", "2026Q2..2026Q4"),
    ("--period", "2026Q2..2026Q3", "--by", "direction,inspected"),
    ("--by", "office"), ("--by", "guarantee"), ("--by", "broker"), ("--by", "hs_chapter"),
    ("--clock", "working", "--cohort", "closed"),
    ("--period", "2026Q3", "--compare", "year-ago"),
    ("--period", "2020Q1"), ("--every", "month", "--period", "2026Q3"),
    *(("--interval", name) for name in INTERVALS),
)  # fmt: skip


def english(text: str) -> set[str]:
    """The English words of a text that are no names."""
    return set(re.findall("[A-Za-z]+", text)) - NAMES


@pytest.fixture
def report(call: Run, tmp_path: Path) -> Any:
    """The report of the demo's declarations, while some are open."""
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    return lambda *asked: call("report", *asked, "--as-of", "2026-09-21T09:00", "--lang", "zh")


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_a_chinese_report_has_no_english_word(report: Any, asked: tuple[str, ...]) -> None:
    assert english(report(*asked).text) == set()
    assert english(readable(report(*asked, "--format", "html").text)) == set()
    book = report(*asked, "--format", "xlsx").out
    assert english("\n".join(texts(io.BytesIO(book)))) == set()


def test_a_chinese_back_test_has_no_english_word(report: Any) -> None:
    assert english(report("--calibration").text) == set()
    book = report("--calibration", "--format", "xlsx").out
    assert english("\n".join(texts(io.BytesIO(book)))) == set()


NARROW = re.compile(r"[^ -~][:;,] |[0-9Q%][:;] (?=[0-9]*[^ -~])|, (?=[0-9]+ ?[^ -~%])")
"""A narrow colon, semicolon or comma beside a Chinese word."""


def test_a_chinese_page_has_wide_signs_between_its_words(report: Any) -> None:
    text = report("--period", "2026Q2..2026Q3", "--format", "html").text
    assert NARROW.findall(readable(text)) == []
