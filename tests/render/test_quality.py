"""Figures of quality in every form of a report, in both languages."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from clearance.customs.cn_single_window import demo
from clearance.model import INTERVALS, Note
from clearance.render import quality
from clearance.render.words import say
from clearance.reporting.quality import FIGURES, IN_GROUPS, Figure, FigureChange, Found
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


@pytest.mark.parametrize("store", ["store.db", "empty.db"])
def test_csv_has_every_figure_of_json_in_each_report(demonstrated: Run, store: str) -> None:
    demonstrated("store", "init", "--store", store)
    asked = (*ASKED, "--store", store)
    json_row = demonstrated(*asked, "--format", "json").json["rows"][1]
    row = list(csv.DictReader(io.StringIO(demonstrated(*asked, "--format", "csv").text)))[1]
    for name in (*KPIS, "withdrawn_share"):
        figure = json_row[name]
        (shown,) = (row[key] for key in (name, f"{name}_{figure.get('unit')}") if key in row)
        assert row[f"{name}_n"] == str(figure["n"]), name
        assert (shown and float(shown)) == ("" if figure["value"] is None else figure["value"])


def test_a_page_and_a_workbook_have_figures_of_quality_of_every_group(
    demonstrated: Run, tmp_path: Path
) -> None:
    asked = (*ASKED, "--by", "direction", "--lang", "en")
    page = demonstrated(*asked, "--format", "html").text
    page = page.replace("\u00a0", " ").partition("Group by group")[2]
    groups = page.partition("<section")[0]
    assert re.search(r"2026Q3</td><td>import</td>(?:(?!</tr>).)*>9.4 %<.*?>58.4 %<", groups)
    assert all(f">{quality.name(key, 'en')}</th>" in groups for key in IN_GROUPS)
    demonstrated(*asked, "--output", tmp_path / "book.xlsx")
    names = workbooks.names(tmp_path / "book.xlsx")
    rows = workbooks.sheets(tmp_path / "book.xlsx")[names.index("how well, shares")][1]
    told = {(row["A"], row["B"], row["C"]) for row in rows if "C" in row}
    assert {("2026Q3", "import", "sendings returned"), ("2026Q2", "export", "inspected")} <= told


def test_a_running_period_is_not_told_first_anywhere(demonstrated: Run) -> None:
    months = ("--every", "month", "--period", "2026-06..2026-08", "--as-of", "2026-08-20")
    asked = ("report", *months, "--lang", "en")
    text = demonstrated(*asked).text
    assert "how well, 2026-07 against 2026-06" in text
    assert "where the time went, of the closed, 2026-07" in text
    page = demonstrated(*asked, "--format", "html").text
    assert "How well it went: 2026-07 against 2026-06" in page


def test_what_is_not_reached_by_enough_is_not_called_too_few() -> None:
    found = Found(None, 29, None, 1.0, Note.of("not_reached_by_enough"))
    figure = Figure(found, FigureChange(None), "hours", -1)
    assert quality.value(figure, "en") == "not reached"
    assert quality.value(figure, "zh") == say("not reached", "zh")
    few = figure._replace(found=found._replace(hits=3, why=Note.of("too_few", n=19), n=19))
    assert quality.value(few, "zh") == "样本过少：3 / 19"


def test_a_sum_says_of_how_many_it_is(call: Run, tmp_path: Path) -> None:
    files = demo.demo_files()
    first = next(file for file in files if b"<DecMessage" in file.data)
    call("ingest", laid([file for file in files if file is not first], tmp_path / "in"))
    asked = ("report", "--period", "2026Q2", "--as-of", "2026-11-01", "-v")
    text = call(*asked, "--lang", "en").text
    assert "2026Q2: gross kg, net kg, packages: known of 189 of 190" in text
    page = call(*asked, "--lang", "zh", "--format", "html").text
    assert page.count("189 票有值") == 1
