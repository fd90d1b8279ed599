"""Figures of quality in every form of a report, in both languages."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from clearance.customs.cn_single_window import demo
from clearance.model import INTERVALS
from clearance.render import quality
from clearance.reporting.quality import FIGURES
from clearance.reporting.quality_times import TIMES
from tests.conftest import Run, laid
from tests.render import workbooks

ASKED = ("report", "--period", "2026Q2..2026Q3", "--as-of", "2026-11-01")
KPIS = (
    "advance_rate", "inspection_rate", "inspection_cost", "return_rate", "first_time_right",
    "sendings_per_declaration", "rework_hours", "touchless_rate", "amended_rate", "deleted_rate",
    "error_rate", "return_reasons", "cutoff_hit_rate", "cutoff_margin_p10", "lead_median",
    "inside_target", "spread", "outside_hours", "reaction", "alert_noise", "free_time_overrun",
    "fees", "completeness", "tail",
)  # fmt: skip
"""Every figure of a row, by its name in JSON."""


@pytest.fixture
def demonstrated(call: Run, tmp_path: Path) -> Run:
    """A store with two quarters of declarations."""
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    return call


def test_every_figure_has_a_name_in_both_languages() -> None:
    for key in (*FIGURES, *TIMES, "outside_hours.accepted", "return_reasons.price"):
        assert quality.name(key, "en")
        assert not quality.name(key, "zh").isascii(), key
    for interval in INTERVALS:
        assert "达标率" in quality.name(f"inside_target.{interval}", "zh")


def test_every_figure_stands_in_each_row_in_one_shape(demonstrated: Run) -> None:
    for row in demonstrated(*ASKED, "--format", "json").json["rows"]:
        for name in KPIS:
            figure = row[name]
            assert figure.keys() >= {"value", "n", "ci95", "change", "coverage"}, name
            assert figure["change"].keys() >= {"difference", "ci95", "verdict"}, name
            assert (figure["value"] is None) == (figure["ci95"] is None), name
            assert figure["value"] is not None or name in row["notes"], name


def test_without_quality_no_form_has_any(demonstrated: Run) -> None:
    asked = (*ASKED, "--no-quality", "--lang", "en")
    assert "return_rate" not in demonstrated(*asked, "--format", "json").json["rows"][0]
    assert "return_rate" not in demonstrated(*asked, "--format", "csv").text
    assert "How well" not in demonstrated(*asked, "--format", "html").text
    assert "how well" not in demonstrated(*asked).text


@pytest.mark.parametrize(("lang", "named"), [("en", "sendings returned"), ("zh", "退单率")])
def test_the_table_the_page_and_the_workbook_have_the_same_figure(
    demonstrated: Run, tmp_path: Path, lang: str, named: str
) -> None:
    asked = (*ASKED, "--lang", lang)
    figure = demonstrated(*asked, "--format", "json").json["rows"][1]["return_rate"]
    shown = f"{figure['value']:.1%}".replace("%", " %")
    lines = demonstrated(*asked).text.splitlines()
    (line,) = [line for line in lines if line.strip().startswith(f"{named} ")]
    assert shown in line
    page = demonstrated(*asked, "--format", "html").text.replace("\xa0", " ")
    assert f">{named}</td>" in page.replace("\n", "")
    assert shown in page
    file = tmp_path / "report.xlsx"
    demonstrated(*asked, "--output", file)
    rows = [row for _, sheet in workbooks.sheets(file) for row in sheet]
    cells = [list(row.values()) for row in rows if named in row.values()]
    assert any(f"{figure['value']:.6f}" == f"{float(cell):.6f}"
               for row in cells for cell in row if cell.replace(".", "", 1).isdigit())  # fmt: skip


def test_csv_has_each_figure_with_its_interval_and_its_change(demonstrated: Run) -> None:
    json_row = demonstrated(*ASKED, "--format", "json").json["rows"][1]
    text = demonstrated(*ASKED, "--format", "csv").text
    row = list(csv.DictReader(io.StringIO(text)))[1]
    for name, unit in (("return_rate", ""), ("rework_hours", "_hours"), ("spread", "_hours")):
        figure = json_row[name]
        assert float(row[name.removesuffix(unit) + unit]) == pytest.approx(figure["value"])
        assert int(row[f"{name}_n"]) == figure["n"]
        assert float(row[f"{name}_ci95_low{unit}"]) == pytest.approx(figure["ci95"][0])
        assert float(row[f"{name}_change{unit}"]) == pytest.approx(figure["change"]["difference"])
    assert row["cutoff_hit_rate"] == ""
