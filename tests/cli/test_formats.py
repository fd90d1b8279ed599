"""Formats, and the files they are written to."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.support import LATER, cells
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Run, at, laid, stories


def test_json_lines_are_one_object_for_each_declaration(kept: Run) -> None:
    whole = kept("list", "--as-of", AS_OF, "--format", "json").json["declarations"]
    lines = kept("list", "--as-of", AS_OF, "--format", "jsonl").out.splitlines()
    objects = [json.loads(line) for line in lines]
    assert [{k: v for k, v in one.items() if k != "schema"} for one in objects] == whole


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("status", CLOSED.own),
        ("check",),
        ("report",),
        ("ingest", "-"),
        ("store", "info"),
    ],
    ids=" ".join,
)
def test_every_object_on_a_json_line_carries_the_schema(
    kept: Run, arguments: tuple[str, ...]
) -> None:
    ran = kept(*arguments, "--format", "jsonl", stdin=stories()[0].data)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert lines
    assert all(line["schema"] == 1 for line in lines)


def test_json_lines_of_a_check_tell_of_what_is_over_too(kept: Run, tmp_path: Path) -> None:
    kept("check", "--as-of", AS_OF)
    kept("ingest", laid([INSPECTED.told("P", at("06 10:00"))], tmp_path / "more"))
    lines = kept("check", "--as-of", LATER, "--format", "jsonl").out.splitlines()
    assert ["resolved" for _ in lines] == [json.loads(line)["state"] for line in lines] != []


def test_csv_has_english_keys_and_no_mark_in_a_pipe(kept: Run) -> None:
    for lang in ("en", "zh"):
        ran = kept("list", "--as-of", AS_OF, "--format", "csv", "--lang", lang)
        rows = list(csv.DictReader(io.StringIO(ran.text)))
        assert {"declaration", "direction", "office", "stage", "since"} <= set(rows[0])
        assert {row["declaration"] for row in rows} == {
            c.entry for c in (INSPECTED, RESENT, UNKNOWN)
        }
    assert not ran.out.startswith(codecs.BOM_UTF8)


@pytest.mark.parametrize("command", ["list", "report", "alerts list", "check", "refused list"])
def test_csv_in_a_file_begins_with_the_mark_that_excel_needs(
    kept: Run, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "表 1.csv"
    ran = kept(*command.split(), "--output", file)
    assert (ran.code, ran.out) == (0, b"")
    assert file.read_bytes().startswith(codecs.BOM_UTF8)
    assert file.read_bytes().count(codecs.BOM_UTF8) == 1


def test_csv_cells_that_look_like_formulas_are_guarded(call: Run, tmp_path: Path) -> None:
    note = '=HYPERLINK("http://example.org")'
    laid([INSPECTED.told("C", at("05 10:00"), note=note)], tmp_path / "in")
    call("ingest", tmp_path / "in")
    ran = call("status", INSPECTED.entry, "--format", "csv")
    assert [row["note"] for row in csv.DictReader(io.StringIO(ran.text))] == [f"'{note}"]


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "txt"])
def test_the_ending_of_a_file_picks_its_format(kept: Run, tmp_path: Path, ending: str) -> None:
    form = {"txt": "table"}.get(ending, ending)
    piped = kept("list", "--as-of", AS_OF, "--format", form).out
    file = tmp_path / f"list.{ending.upper()}"
    assert kept("list", "--as-of", AS_OF, "--output", file).out == b""
    assert file.read_bytes().removeprefix(codecs.BOM_UTF8) == piped


def test_an_ending_that_cannot_be_written_is_told_as_it_stands(kept: Run, tmp_path: Path) -> None:
    ran = kept("form", INSPECTED.entry, "--output", tmp_path / "x.TXT")
    assert ran.code == 2
    assert "x.TXT: .TXT is not written here: choose " in ran.talk


def test_a_format_that_is_named_wins_over_the_ending(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    kept("list", "--as-of", AS_OF, "--output", file, "--format", "json")
    assert json.loads(file.read_bytes())["schema"] == 1


def test_a_workbook_keeps_numbers_of_18_digits_as_text(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    assert kept("list", "--as-of", AS_OF, "--output", file).out == b""
    head, *rows = cells(file)
    assert ("s", "declaration") in head
    assert {row[0] for row in rows} == {("s", c.entry) for c in (INSPECTED, RESENT, UNKNOWN)}
    assert {row[2] for row in rows} == {("s", c.office) for c in (INSPECTED, UNKNOWN)}


def test_a_report_is_a_workbook_with_figures_as_numbers(kept: Run) -> None:
    ran = kept("report", "--period", "2026Q1", "--by", "office", "--as-of", AS_OF, "--format=xlsx")
    _, *rows = cells(io.BytesIO(ran.out), 2)
    rows = [row for row in rows if len(row) > 1]
    assert [row[1][1].split()[0] for row in rows] == ["2248", "3104", "5304"]
    assert rows[0][1] == ("s", "2248 Yangshan Customs")
    assert [row[2] for row in rows] == [("n", "2"), ("n", "1"), ("n", "1")]


def test_a_workbook_is_only_for_list_and_report(kept: Run) -> None:
    for arguments in (("status", CLOSED.own), ("explain", CLOSED.own), ("check",)):
        assert kept(*arguments, "--format", "xlsx").code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_what_is_no_file_is_written_into_and_not_replaced(kept: Run, tmp_path: Path) -> None:
    """``--output /dev/null``, by root too."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert kept("list", "--output", pipe, "--format", "csv").code == 0
        assert os.read(reader, 65536).startswith(b"\xef\xbb\xbf")
        assert pipe.is_fifo()
    finally:
        os.close(reader)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a named pipe")
def test_what_is_no_file_is_written_to_and_not_replaced(kept: Run, tmp_path: Path) -> None:
    """As root, ``--output /dev/null`` would put a file in the place of the device."""
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with open(os.open(pipe, os.O_RDWR | os.O_NONBLOCK), "rb", buffering=0) as reader:
        assert kept("list", "--as-of", AS_OF, "--output", pipe).code == 0
        assert json.loads(reader.read(1 << 16))["schema"] == 1
    assert pipe.is_fifo()
    assert list(tmp_path.glob("*.part")) == []
