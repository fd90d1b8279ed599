"""``clearance report``."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clearance.customs.cn_single_window.demo import quarter
from clearance.periods import Quarter
from tests.cli.support import ROW, cells, fits
from tests.conftest import AS_OF, CLOSED, Case, Run, at, laid, stories


def report(call: Run, *arguments: str) -> dict[str, Any]:
    """The JSON of a report."""
    ran = call("report", *arguments, "--format", "json")
    assert ran.code == 0, ran.talk
    return ran.json


def test_report_has_every_key_of_the_contract(kept: Run) -> None:
    result = report(kept, "--period", "2026Q1", "--as-of", AS_OF)
    assert set(result) >= {
        "schema", "as_of", "interval", "cohort", "clock", "zone", "every", "by", "rows", "stages",
        "longest",
    }  # fmt: skip
    assert (result["as_of"], result["interval"]) == (AS_OF, "declare-close")
    assert (result["cohort"], result["clock"]) == ("declared", "elapsed")
    assert (result["zone"], result["every"], result["by"]) == ("Asia/Shanghai", "quarter", [])
    (row,) = result["rows"]
    assert fits(row, ROW)
    assert (row["period"], row["group"]) == ("2026Q1", {})
    assert [row[n] for n in ("declared", "closed", "open", "returned")] == [4, 1, 3, 1]
    assert (row["mean_closed"], row["median"]) == (None, None)
    assert row["notes"]["mean_closed"] == "too few: n = 1"
    assert row["notes"]["median"] == "too few: n = 4"


def test_declared_is_the_sum_of_what_became_of_it(kept: Run, tmp_path: Path) -> None:
    """Another is deleted by customs, and one closes before it was declared, which cannot be."""
    deleted, odd = Case(51), Case(52)
    more = [
        *deleted.sent(at("02 08:00")),
        deleted.told("D", at("02 12:00")),
        *odd.sent(at("03 08:00")),
        odd.told("R", at("03 07:00")),
    ]
    kept("ingest", laid(more, tmp_path / "more"))
    result = report(kept, "--period", "2026Q1", "--as-of", AS_OF)
    (row,) = result["rows"]
    assert (row["withdrawn"], row["anomalous"]) == (1, 1)
    assert row["declared"] == row["closed"] + row["open"] + row["withdrawn"] + row["anomalous"] == 6
    assert sum(stage["seconds"] for stage in result["stages"]) == 111590


def test_a_figure_that_cannot_be_given_is_null_with_a_reason(kept: Run) -> None:
    result = report(kept, "--period", "2025Q4..2026Q1", "--as-of", AS_OF)
    empty, _ = result["rows"]
    assert (empty["declared"], empty["mean_closed"], empty["median"]) == (0, None, None)
    assert set(empty["notes"]) >= {"mean_closed", "median"}


def test_enough_declarations_have_a_median_and_a_mean(call: Run, tmp_path: Path) -> None:
    files = quarter(Quarter(2026, 2), 21, 5.0, Random(3), 1)
    call("ingest", laid(files, tmp_path / "in"))
    (row,) = report(call, "--period", "2026Q2", "--as-of", "2026-12-01")["rows"]
    assert fits(row, ROW)
    assert (row["declared"], row["closed"]) == (21, 21)
    assert row["mean_closed"] == pytest.approx(5 * 86400, abs=1)
    ends = call("list", "--all", "--as-of", "2026-12-01", "--format", "json").json["declarations"]
    lengths = sorted(one["intervals"]["declare-close"] for one in ends)
    assert row["median"] == lengths[10]
    assert "median" not in row["notes"]


def test_a_declaration_is_in_the_quarter_it_was_declared_in_in_the_zone(
    call: Run, tmp_path: Path
) -> None:
    """The last second of June and the first of July, in Beijing; in London both are still June."""
    june = datetime.fromisoformat("2026-06-30T23:59:59+08:00")
    july = datetime.fromisoformat("2026-07-01T00:00:00+08:00")
    assert (july - june).total_seconds() == 1
    call("ingest", laid([*Case(1).sent(june), *Case(2).sent(july)], tmp_path / "in"))
    asked = ("--period", "2026Q2..2026Q3", "--as-of", "2026-08-01")
    there = report(call, *asked)
    assert [(row["period"], row["declared"]) for row in there["rows"]] == [
        ("2026Q2", 1),
        ("2026Q3", 1),
    ]
    assert [row["declared"] for row in report(call, *asked, "--zone", "UTC")["rows"]] == [2, 0]
    months = report(call, "--period", "2026-06..2026-07", "--as-of", "2026-08-01")["rows"]
    assert [(row["period"], row["declared"]) for row in months] == [("2026-06", 1), ("2026-07", 1)]


@pytest.mark.parametrize(
    ("options", "periods"),
    [
        (("--period", "2026Q1..2026Q4"), ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
        (("--period", "2026q1"), ["2026Q1"]),
        (("--period", "2026"), ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
        (("--period", "2026", "--every", "year"), ["2026"]),
        (("--period", "2025..2026", "--every", "year"), ["2025", "2026"]),
        (("--period", "2026-03"), ["2026-03"]),
        (("--period", "2025-12..2026-02"), ["2025-12", "2026-01", "2026-02"]),
        (("--period", "2026Q1", "--every", "month"), ["2026-01", "2026-02", "2026-03"]),
        (("--period", "last-quarter"), ["2025Q4"]),
        (("--period", "last-quarter..2026Q1"), ["2025Q4", "2026Q1"]),
        ((), ["2025Q2", "2025Q3", "2025Q4", "2026Q1"]),
        (("--every", "month"), ["2025-12", "2026-01", "2026-02", "2026-03"]),
    ],
    ids=lambda value: " ".join(value) or "default" if isinstance(value, tuple) else "",
)
def test_a_period_is_cut_into_whole_ones_and_empty_ones_are_shown(
    kept: Run, options: tuple[str, ...], periods: list[str]
) -> None:
    result = report(kept, *options, "--as-of", AS_OF)
    assert [row["period"] for row in result["rows"]] == periods
    text = kept("report", *options, "--as-of", AS_OF).text
    assert all(period in text for period in periods)


def test_the_current_quarter_is_that_of_the_zone(call: Run) -> None:
    """At 2026-03-31T17:00Z it is already April in Beijing."""
    moment = "2026-03-31T17:00:00Z"
    assert datetime.fromisoformat(moment).astimezone(UTC).month == 3
    call("store", "init")
    asked = ("--period", "last-quarter", "--as-of", moment)
    assert [row["period"] for row in report(call, *asked)["rows"]] == ["2026Q1"]
    assert [row["period"] for row in report(call, *asked, "--zone", "UTC")["rows"]] == ["2025Q4"]


def test_a_report_is_broken_down_by_dimensions(kept: Run) -> None:
    result = report(kept, "--period", "2026Q1", "--by", "direction,office", "--as-of", AS_OF)
    assert result["by"] == ["direction", "office"]
    assert [(row["group"], row["declared"]) for row in result["rows"]] == [
        ({"direction": "export", "office": "3104"}, 1),
        ({"direction": "export", "office": "5304"}, 1),
        ({"direction": "import", "office": "2248"}, 2),
    ]


def test_declarations_of_an_unknown_office_are_a_group_of_their_own(
    call: Run, tmp_path: Path
) -> None:
    """Declared, and without an entry number yet: nobody knows at which office."""
    call("ingest", laid([*CLOSED.sent(at("02 08:00")), *stories()[5:9]], tmp_path / "in"))
    asked = ("--period", "2026Q1", "--by", "office", "--as-of", AS_OF)
    groups = [row["group"]["office"] for row in report(call, *asked)["rows"]]
    assert groups == ["2248", None]
    assert "unknown" in call("report", *asked).text


@pytest.mark.parametrize("asked", ["office,office", "office,", ",office", " office , direction "])
def test_dimensions_may_be_written_carelessly(kept: Run, asked: str) -> None:
    ran = kept("report", "--by", asked, "--as-of", AS_OF)
    assert ran.code in (0, 2)
    assert ran.talk.count("\n") == (ran.code == 2)


def test_empty_periods_are_shown_in_a_report_that_is_broken_down_too(kept: Run) -> None:
    text = kept("report", "--period", "2020", "--by", "office", "--as-of", AS_OF).text
    assert all(f"2020Q{number}" in text for number in (1, 2, 3, 4))


@pytest.mark.parametrize("interval", ["submit-accept", "declare-release", "first-close", "exam"])
def test_every_interval_that_messages_tell_can_be_reported(kept: Run, interval: str) -> None:
    result = report(kept, "--period", "2026Q1", "--interval", interval, "--as-of", AS_OF)
    assert result["interval"] == interval
    (row,) = result["rows"]
    assert row["declared"] == row["closed"] + row["open"] + row["withdrawn"] + row["anomalous"]


@pytest.mark.parametrize("option", ["--cohort=closed", "--clock=working", "--compare=year-ago"])
def test_a_report_says_how_it_was_asked(kept: Run, option: str) -> None:
    result = report(kept, "--period", "2026Q1", option, "--as-of", AS_OF)
    name, _, value = option.removeprefix("--").partition("=")
    (row,) = result["rows"]
    told = {**result, "compare": "year-ago" if row["change"]["from"] == "2025Q1" else "previous"}
    assert told[name] == value
    assert row["declared"] == row["closed"] + row["open"] + row["withdrawn"] + row["anomalous"]
    assert sum(stage["seconds"] for stage in result["stages"]) in (111590, 55800)


def test_a_report_by_working_time_needs_a_known_year(kept: Run) -> None:
    asked = ("--clock", "working", "--as-of", "2027-03-06", "--period", "2026Q1")
    (row,) = report(kept, *asked)["rows"]
    assert (row["mean_closed"], row["notes"]["mean_closed"]) == (None, "no calendar: 2027")


def test_a_report_by_working_time_counts_in_working_days(kept: Run) -> None:
    """From Monday 08:00 to Tuesday 15:00, more or less, are nine hours and six and a half."""
    asked = ("--period", "2026Q1", "--clock", "working", "--as-of", AS_OF)
    assert sum(stage["seconds"] for stage in report(kept, *asked)["stages"]) == 55800
    text = kept("report", *asked).text
    assert "working time (1 d = 9 h)" in text
    assert "1 d 06 h" in text


def test_the_csv_of_a_report_has_every_figure_of_its_json(call: Run, tmp_path: Path) -> None:
    call("ingest", laid(quarter(Quarter(2026, 2), 21, 5.0, Random(3), 1), tmp_path / "in"))
    asked = ("--period", "2026Q2", "--as-of", "2026-12-01")
    (row,) = report(call, *asked)["rows"]
    text = call("report", *asked, "--format", "csv").text
    (line,) = csv.DictReader(io.StringIO(text))
    for name in ("declared", "closed"):
        assert float(line[name]) == row[name]
    for name in ("mean_closed", "median", "rmst", "p75", "p90", "p95"):
        assert float(line[f"{name}_seconds"]) == pytest.approx(row[name], abs=1e-6)
    assert {"gross_weight_kg", "net_weight_kg"} <= set(line)
    assert float(line["within_604800"]) == row["within"]["604800"]
    assert (line["change_from"], line["verdict"]) == ("2026Q1", "too few")
    assert line["rmst_ratio"] == ""


def test_a_reports_workbook_has_a_sheet_for_each_question(call: Run, tmp_path: Path) -> None:
    call("ingest", laid(quarter(Quarter(2026, 2), 21, 5.0, Random(3), 1), tmp_path / "in"))
    file = tmp_path / "report.xlsx"
    asked = ("--period", "2026Q2", "--as-of", "2026-12-01", "--lang", "en")
    call("report", *asked, "--output", file)
    with zipfile.ZipFile(file) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        charts = [name for name in book.namelist() if name.startswith("xl/charts/chart")]
        frozen = [b'state="frozen"' in book.read(f"xl/worksheets/sheet{n}.xml") for n in (2, 3, 9)]
    assert names == [
        "summary", "how many", "how long", "did it change", "how well, shares",
        "how well, numbers", "where the time went", "waits for", "the longest",
    ]  # fmt: skip
    assert len(charts) == 2
    assert all(frozen)
    longest = report(call, *asked)["longest"][0]
    assert ("s", longest["reference"]) in [row[0] for row in cells(file, 9)]


def test_a_target_is_told_as_the_share_inside_it_and_in_list(call: Run, tmp_path: Path) -> None:
    call("ingest", laid(quarter(Quarter(2026, 2), 40, 5.0, Random(3), 1), tmp_path / "in"))
    file = tmp_path / "config.toml"
    file.write_text(
        '[targets]\n"declare-release" = "3d"\n"declare-close" = "9d"\n'
        '[error_rate]\nrecorded_until = "2026-06-30"\n'
        "average.2026Q2 = 0.5\n",
        encoding="utf-8",
    )
    asked = ("--period", "2026Q2", "--as-of", "2026-12-01", "--config", str(file))
    row = report(call, *asked)["rows"][0]
    inside = row["inside_target"]
    assert inside == inside["parts"]["declare-close"] | {"parts": inside["parts"]}
    inside = inside["parts"]["declare-release"]
    assert 0 < inside["ci95"][0] < inside["value"] < inside["ci95"][1] < 1
    assert inside["n"] == 40
    assert row["error_rate"]["against_average"] == "within"
    assert row["error_rate"]["average"] == 0.005
    listed = call("list", "--as-of", "2026-05-01", "--config", file, "--format", "json").json
    due = [one["targets"] for one in listed["declarations"] if one["targets"]]
    assert "declare-close" in {target["interval"] for own in due for target in own}
    shown = call("list", "--as-of", "2026-05-01", "--config", file, "--lang", "en").text
    assert "inside the target" in shown


@pytest.fixture
def two_systems(call: Run) -> Run:
    """A store with messages of China and of the United Kingdom."""
    samples = Path(__file__).parents[2] / "samples"
    for system in ("cn_single_window", "uk_cds"):
        assert call("ingest", samples / system).code in (0, 3)
    return call


@pytest.mark.parametrize(
    "wrong", [("--period", "foo"), ("--by", "foo"), ("--trace", "2026Q1.nosuch")], ids=" ".join
)
def test_wrong_usage_is_one_line_in_a_store_of_two_systems(
    two_systems: Run, wrong: tuple[str, ...]
) -> None:
    ran = two_systems("report", *wrong)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    ran = two_systems("report", "--period", "2026Q1")
    assert (ran.code, ran.talk.count("\n")) == (0, 1)
    assert "periods begin by the clock of" in ran.talk
