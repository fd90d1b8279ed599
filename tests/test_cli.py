"""What ``clearance`` promises at its surface: streams, formats, exit codes, and each command."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import (
    AS_OF,
    CLOSED,
    INSPECTED,
    RESENT,
    RETURNED,
    UNKNOWN,
    Case,
    Ran,
    Run,
    at,
    laid,
    stories,
)

import clearance
from clearance.customs.cn_single_window.demo import File, quarter
from clearance.model import INTERVALS, Refusal
from clearance.periods import Quarter

LATER = "2026-03-06T18:00:00+08:00"
HELLO = b"hello, this is no message"

OPTIONAL = (str, type(None))
Shape = Mapping[str, type | tuple[type, ...]]

DECLARATION: Shape = {
    "dialect": str,
    "references": dict,
    "direction": OPTIONAL,
    "office": OPTIONAL,
    "facts": dict,
    "stage": OPTIONAL,
    "since": OPTIONAL,
    "open": bool,
    "guaranteed": bool,
    "declared_at": OPTIONAL,
    "first_declared_at": OPTIONAL,
    "accepted_at": OPTIONAL,
    "released_at": OPTIONAL,
    "cleared_at": OPTIONAL,
    "intervals": dict,
    "outstanding": list,
    "alerts": list,
}
EVENT: Shape = {
    "at": OPTIONAL,
    "code": OPTIONAL,
    "stage": OPTIONAL,
    "note": OPTIONAL,
    "serial": OPTIONAL,
    "message": str,
}
ALERT: Shape = {
    "id": str,
    "rule": str,
    "severity": str,
    "state": str,
    "declaration": OPTIONAL,
    "since": str,
    "message": str,
    "numbers": dict,
    "next_step": str,
}
ROW: Shape = {
    "period": str,
    "group": dict,
    "declared": int,
    "closed": int,
    "open": int,
    "returned": int,
    "withdrawn": int,
    "anomalous": int,
    "mean_closed": (float, type(None)),
    "median": (float, type(None)),
    "rmst": (float, type(None)),
    "tau": (int, type(None)),
    "p75": (float, type(None)),
    "p90": (float, type(None)),
    "p95": (float, type(None)),
    "within": (dict, type(None)),
    "change": (dict, type(None)),
    "notes": dict,
}


def fits(value: Mapping[str, Any], shape: Shape) -> bool:
    """Whether an object has every key of a shape with a value of the right type, never ``""``."""
    for key, kind in shape.items():
        assert key in value, f"{key} is missing"
        assert isinstance(value[key], kind), f"{key} is {value[key]!r}"
        assert kind is bool or not isinstance(value[key], bool), f"{key} is a truth value"
        assert value[key] != "", f"{key} is empty"
    return True


def has_offset(written: str) -> bool:
    """Whether a time of JSON is ISO 8601 with an offset."""
    return datetime.fromisoformat(written).utcoffset() is not None


def declared(ran: Ran) -> list[str]:
    """The entry numbers in the JSON of some declarations, in their order."""
    return [d["references"]["entry_no"][-1] for d in ran.json["declarations"]]


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Somebody else holds the write lock of a store."""
    other = sqlite3.connect(store, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def everything(call: Run, store: str) -> bytes:
    """All that a store tells of its timelines."""
    ran = call("list", "--all", "--events", "--as-of", LATER, "--format", "json", "--store", store)
    assert ran.code == 0
    return ran.out


# Streams, errors and exit codes

WRONG_USAGE = [
    ("bogus",),
    ("list", "--bogus"),
    ("list", "extra"),
    ("status",),
    ("ingest",),
    ("ingest", "/no/such/file.xml"),
    ("ingest", "/no/such/*.xml"),
    ("list", "--stage", "nowhere"),
    ("list", "--direction", "sideways"),
    ("list", "--sort", "colour"),
    ("list", "--since", "soon"),
    ("list", "--since", "²d"),
    ("list", "--as-of", "yesterday"),
    ("list", "--lang", "fr"),
    ("list", "--output", "list.pdf"),
    ("list", "--store", "http://example.org/"),
    ("list", "--busy-timeout", "long"),
    ("check", "--fail-on", "info"),
    ("check", "--output", "alerts.xlsx"),
    ("report", "--by", "colour"),
    ("report", "--interval", "declare-tea"),
    ("report", "--every", "day"),
    ("report", "--cohort", "arrived"),
    ("report", "--clock", "sundial"),
    ("report", "--compare", "tomorrow"),
    ("report", "--zone", "Mars/Olympus"),
    ("report", "--period", "2026Q5"),
    ("report", "--period", "2026Q2..2026Q1"),
    ("report", "--period", "2026-02..2026-03", "--every", "quarter"),
    ("refused", "show"),
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_is_one_line_on_stderr_and_exit_2(
    call: Run, arguments: tuple[str, ...]
) -> None:
    ran = call(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.talk.startswith("clearance: ")
    assert ran.talk.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [one for one in WRONG_USAGE if "--output" not in one], ids=" ".join
)
def test_wrong_usage_is_also_an_object_with_json(call: Run, arguments: tuple[str, ...]) -> None:
    ran = call(*arguments, "--format", "json")
    assert ran.code == 2
    assert ran.error["kind"] == "usage"
    assert ran.error["message"] in ran.talk


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "NO-SUCH-REF"),
        ("explain", "NO-SUCH-REF"),
        ("refused", "show", "deadbeef"),
        ("list", "--output", "no/such/folder/list.csv"),
    ],
    ids=" ".join,
)
def test_what_fails_or_finds_nothing_is_one_line_and_exit_1(
    kept: Run, arguments: tuple[str, ...]
) -> None:
    ran = kept(*arguments)
    assert (ran.code, ran.out) == (1, b"")
    assert ran.talk.count("\n") == 1
    assert arguments[-1] in ran.talk
    told = kept(*arguments, "--format", "json")
    assert told.code == 1
    assert arguments[-1] in told.error["message"]


def test_a_file_that_is_no_store_is_exit_1_and_left_alone(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(b"Dear customs, " * 100)
    for arguments in (("list",), ("ingest", "-")):
        ran = call(*arguments, "--store", file, "--format", "json", stdin=HELLO)
        assert ran.code == 1
        assert "letter.txt" in ran.error["message"]
    assert file.read_bytes() == b"Dear customs, " * 100


@pytest.mark.parametrize("where", ["before", "after", "="])
def test_common_options_may_stand_before_the_command_or_after_it(kept: Run, where: str) -> None:
    arguments = {
        "before": ("--format", "json", "--as-of", AS_OF, "list"),
        "after": ("list", "--format", "json", "--as-of", AS_OF),
        "=": ("--format=json", f"--as-of={AS_OF}", "list"),
    }
    assert len(declared(kept(*arguments[where]))) == 3


def test_options_between_a_group_and_its_command_count(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "other.db"
    assert call("ingest", "-", "--store", store, stdin=HELLO).code == 3
    ran = call("refused", "--store", store, "--format", "json", "list")
    assert len(ran.json["refused"]) == 1


@pytest.mark.parametrize(
    "group", [(), ("alerts",), ("store",)], ids=["clearance", "alerts", "store"]
)
def test_a_group_without_a_command_shows_its_help(run: Run, group: tuple[str, ...]) -> None:
    ran = run(*group)
    shown = ran.text + ran.talk
    assert "Traceback" not in shown
    assert ran.code in (0, 2)
    assert "\nCommands:\n" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--as-of", "0001-01-01"),
        ("list", "--as-of", "9999-12-31T23:59:59-12:00"),
        ("status", CLOSED.own, "--as-of", "0001-01-01"),
        ("check", "--as-of", "0001-01-01"),
        ("report", "--as-of", "0001-01-01"),
        ("list", "--since", "99999999d"),
        ("list", "--since", "99999999999999d"),
    ],
    ids=" ".join,
)
def test_times_at_the_end_of_the_calendar_are_no_crash(
    kept: Run, arguments: tuple[str, ...]
) -> None:
    ran = kept(*arguments)
    assert ran.code in (0, 1, 2)
    assert ran.talk.count("\n") <= 1


def test_nothing_to_say_is_no_byte_at_all(call: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (("check",), ("alerts", "list"), ("refused",), ("list",)):
        ran = call(*arguments, "--as-of", AS_OF) if arguments != ("refused",) else call(*arguments)
        assert (ran.code, ran.out, ran.err) == (0, b"", b""), arguments


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_is_exit_130_without_a_traceback(environment: Mapping[str, str]) -> None:
    """Also where the tests themselves run in the background, which ignores interrupts."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [sys.executable, "-m", "clearance", "ingest", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    signal.signal(signal.SIGINT, before)
    store = Path(environment["CLEARANCE_HOME"], "clearance.db")
    for _ in range(1200):
        if store.exists():
            break
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_the_version_is_shown(call: Run) -> None:
    assert call("--version").text == f"clearance {clearance.__version__}\n"


# A store that is busy, or not there


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "-"),
        ("check", "--as-of", AS_OF),
        ("check", "--as-of", AS_OF, "--fail-on", "warning"),
        ("refused", "retry"),
        ("store", "rebuild"),
    ],
    ids=" ".join,
)
def test_a_writer_that_waits_in_vain_is_exit_5(
    kept: Run, run: Run, home: Path, arguments: tuple[str, ...]
) -> None:
    """Another process is in the middle of a write. Exit 5 comes before 3 and 6."""
    kept("ingest", "-", stdin=b"a letter that retry would read again")
    before = kept("list", "--all", "--format", "json", "--as-of", AS_OF).out
    began = time.monotonic()
    with writing(home / "clearance.db"):
        ran = run(*arguments, "--busy-timeout", "0.2", "--format", "json", stdin=HELLO)
    assert ran.code == 5
    assert ran.error["kind"] == "busy"
    assert ran.talk.count("\n") == 1
    assert time.monotonic() - began < 10
    assert kept("list", "--all", "--format", "json", "--as-of", AS_OF).out == before


def test_readers_do_not_wait_for_a_writer(kept: Run, home: Path) -> None:
    with writing(home / "clearance.db"):
        for arguments in (
            ("list",),
            ("status", INSPECTED.own),
            ("explain", INSPECTED.own),
            ("report",),
            ("alerts", "list"),
            ("check", "--dry-run"),
        ):
            ran = kept(*arguments, "--as-of", AS_OF, "--busy-timeout", "0.2")
            assert ran.code == 0, (arguments, ran.talk)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--all", "--events"),
        ("alerts", "list"),
        ("report",),
        ("report", "--by", "office"),
        ("refused",),
        ("refused", "list"),
        ("store", "info"),
        ("store", "verify"),
        ("check", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_store_that_does_not_exist_is_an_empty_one_and_not_made(
    call: Run, home: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    elsewhere = tmp_path / "a folder" / "store.db"
    for store in ((), ("--store", elsewhere)):
        ran = call(*arguments, *store, "--format", "json")
        assert ran.code == 0
        assert ran.json["schema"] == 1
    assert not home.exists()
    assert not elsewhere.parent.exists()


def test_no_number_is_known_in_a_store_that_does_not_exist(call: Run, home: Path) -> None:
    assert call("status", CLOSED.entry).code == 1
    assert not home.exists()


# Formats and files


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


def test_a_format_that_is_named_wins_over_the_ending(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    kept("list", "--as-of", AS_OF, "--output", file, "--format", "json")
    assert json.loads(file.read_bytes())["schema"] == 1


def cells(file: Path | io.BytesIO, number: int = 1) -> list[list[tuple[str, str]]]:
    """The rows of one sheet of a workbook: for each cell its type and what it shows."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(one.itertext()) for one in strings.findall("m:si", space)]
    rows = []
    for row in sheet.findall(".//m:row", space):
        found = []
        for cell in row.findall("m:c", space):
            kind, value = cell.get("t", "n"), cell.findtext("m:v", "", space)
            found.append((kind, texts[int(value)] if kind == "s" else value))
        rows.append(found)
    return rows


def test_a_workbook_keeps_numbers_of_18_digits_as_text(kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    assert kept("list", "--as-of", AS_OF, "--output", file).out == b""
    head, *rows = cells(file)
    assert ("s", "declaration") in head
    assert {row[0] for row in rows} == {("s", c.entry) for c in (INSPECTED, RESENT, UNKNOWN)}
    assert {row[2] for row in rows} == {("s", c.office) for c in (INSPECTED, UNKNOWN)}


def test_a_report_is_a_workbook_with_figures_as_numbers(kept: Run) -> None:
    ran = kept("report", "--period", "2026Q1", "--by", "office", "--as-of", AS_OF, "--format=xlsx")
    _, *rows = cells(io.BytesIO(ran.out))
    assert [row[1] for row in rows] == [("s", "2248"), ("s", "3104"), ("s", "5304")]
    assert [row[2] for row in rows] == [("n", "2"), ("n", "1"), ("n", "1")]


def test_a_workbook_is_only_for_list_and_report(kept: Run) -> None:
    for arguments in (("status", CLOSED.own), ("explain", CLOSED.own), ("check",)):
        assert kept(*arguments, "--format", "xlsx").code == 2


def test_keys_and_values_of_json_are_the_same_in_every_language(kept: Run) -> None:
    english = kept("status", CLOSED.own, "--as-of", AS_OF, "--format", "json", "--lang", "en")
    chinese = kept("status", CLOSED.own, "--as-of", AS_OF, "--format", "json", "--lang", "zh")
    assert english.out == chinese.out


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "报关单"),
        ({"LANG": "en_GB.UTF-8"}, "declaration"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "报关单"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "declaration"),
    ],
)
def test_the_language_is_that_of_the_locale(
    kept: Run, variables: dict[str, str], word: str
) -> None:
    assert kept("list", "--as-of", AS_OF, env=variables).text.startswith(word)


def test_the_store_may_be_named_by_a_variable(call: Run, inbox: Path, tmp_path: Path) -> None:
    store = {"CLEARANCE_STORE": str(tmp_path / "named.db")}
    assert call("ingest", inbox, env=store).code == 0
    assert (tmp_path / "named.db").exists()
    assert call("store", "info", "--format", "json", env=store).json["declarations"] == 4
    assert call("store", "info", "--format", "json").json["declarations"] == 0


# Settings


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[reprot]\n", ["reprot"]),
        ('[report]\nzon = "Asia/Shanghai"\n', ["report.zon"]),
        ("[report]\nzone = 8\n", ["report.zone"]),
        ('[report]\nzone = "Mars/Olympus"\n', ["report.zone", "Mars/Olympus"]),
        ("[store]\nurl = []\n", ["store.url"]),
        ("rules = 5\n", ["rules"]),
        ("[rules]\nstuck = 5\n", ["rules.stuck"]),
        ("[rules.stukc]\nenabled = true\n", ["rules.stukc", "stuck"]),
        ("[rules.stuck]\nhuors = 8\n", ["rules.stuck.huors", "hours"]),
        ("[rules.stuck]\nenabled = 1\n", ["rules.stuck.enabled"]),
        ('[rules.stuck]\nhours = "8"\n', ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = true\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = nan\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = inf\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = -1\n", ["rules.stuck.hours"]),
        ("[report\n", ["line 1"]),
        ("[report]\nzone = \n", ["line 2"]),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_file_and_full_key(
    kept: Run, tmp_path: Path, written: str, named: list[str]
) -> None:
    file = tmp_path / "clearance.toml"
    file.write_text(written, encoding="utf-8")
    command = "report" if "Mars" in written else "check"
    ran = kept(command, "--config", file, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 2
    assert all(part in ran.error["message"] for part in (str(file), *named)), ran.error["message"]


@pytest.mark.parametrize("command", ["list", "check", "report"])
def test_settings_that_are_named_and_not_there_are_an_error(
    kept: Run, home: Path, tmp_path: Path, command: str
) -> None:
    for store in ((), ("--store", home / "clearance.db")):
        ran = kept(command, "--config", tmp_path / "absent.toml", *store)
        assert ran.code == 2
        assert "absent.toml" in ran.talk


def test_settings_hold_for_the_store_the_zone_and_the_rules(
    call: Run, home: Path, inbox: Path, tmp_path: Path
) -> None:
    home.mkdir()
    store = json.dumps(str(tmp_path / "shared.db"))
    settings = (
        f'[store]\nurl = {store}\n[report]\nzone = "Europe/London"\n[rules.stuck]\nhours = 20\n'
    )
    (home / "config.toml").write_text(settings, encoding="utf-8")
    assert call("ingest", inbox).code == 0
    assert (tmp_path / "shared.db").exists()
    call("check", "--as-of", "2026-03-06T08:45:00+08:00")
    found = call("check", "--as-of", AS_OF, "--format", "json").json["new"]
    assert {a["declaration"] for a in found if a["rule"] == "stuck"} == {
        c.entry for c in (INSPECTED, RESENT, UNKNOWN)
    }
    assert call("report", "--format", "json").json["zone"] == "Europe/London"
    assert call("report", "--zone", "UTC", "--format", "json").json["zone"] == "UTC"


# ingest


def receipts(*files: File) -> dict[str, bytes]:
    """Files by name."""
    return {file.name: file.data for file in files}


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in members.items():
            book.writestr(name, data)
    return out.getvalue()


def test_ingest_counts_messages(call: Run, tmp_path: Path) -> None:
    """
    a folder with two receipts, one of them twice under two names, a letter,
    a zip file in a folder below with a third receipt, and one that is cut short
    """
    taken, declared_, accepted = (
        *INSPECTED.sent(at("04 09:00")),
        INSPECTED.told("L", at("04 09:01")),
    )
    box = laid([taken, declared_, File("copy of it.xml", taken.data, taken.at)], tmp_path / "in")
    (box / "letter.txt").write_bytes(HELLO)
    (box / "below").mkdir()
    whole = packed(receipts(accepted))
    (box / "below" / "march.zip").write_bytes(whole)
    (box / "cut.zip").write_bytes(whole[:80])
    ran = call("ingest", box, "--format", "json")
    assert ran.code == 3
    result = ran.json
    assert set(result) >= {
        "schema", "read", "new", "duplicate", "refused", "events", "declarations", "refusals",
    }  # fmt: skip
    assert [result[name] for name in ("read", "new", "duplicate", "refused")] == [6, 3, 1, 2]
    assert (result["events"], result["declarations"]) == (3, 1)
    assert {r["name"] for r in result["refusals"]} == {"letter.txt", "cut.zip"}
    for refusal in result["refusals"]:
        assert fits(refusal, {"id": str, "name": str, "reason": str})
        assert refusal["id"].startswith("sha256:")
    again = call("ingest", box, "--format", "json")
    assert again.code == 0
    assert [again.json[n] for n in ("read", "new", "duplicate", "refused")] == [6, 0, 6, 0]
    assert again.json["refusals"] == []


def test_ingest_tells_each_refusal_in_a_line_on_stderr(call: Run, tmp_path: Path) -> None:
    laid([CLOSED.told("L", at("02 08:00:20"))], tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(HELLO + name.encode())
    ran = call("ingest", tmp_path / "a.txt", tmp_path / "b.txt", *tmp_path.glob("*.xml"))
    assert ran.code == 3
    assert ran.talk.count("\n") == 2
    assert all(name in line for name, line in zip("ab", ran.talk.splitlines(), strict=True))
    assert "refused" in ran.text


def test_ingest_reads_a_message_or_a_zip_file_from_stdin(call: Run) -> None:
    ran = call("ingest", "-", "--format", "json", stdin=CLOSED.told("L", at("02 08:00:20")).data)
    assert (ran.code, ran.json["new"]) == (0, 1)
    zipped = packed(receipts(*stories()))
    ran = call("ingest", "-", "--format", "json", stdin=zipped)
    assert (ran.code, ran.json["read"], ran.json["new"]) == (0, 20, 19)
    ran = call("ingest", "-", "--format", "json", stdin=b"")
    assert (ran.code, ran.json["refused"]) == (3, 1)


def test_ingest_expands_patterns_where_the_shell_does_not(call: Run, inbox: Path) -> None:
    ran = call("ingest", inbox / "Successed_*.xml", "--format", "json")
    assert ran.json["read"] == 5


def test_reading_the_same_folder_twice_changes_nothing(kept: Run, inbox: Path, home: Path) -> None:
    before = everything(kept, str(home / "clearance.db"))
    ran = kept("ingest", inbox, "--format", "json")
    assert [ran.json[n] for n in ("read", "new", "duplicate", "events", "declarations")] == [
        20, 0, 20, 0, 0,
    ]  # fmt: skip
    assert everything(kept, str(home / "clearance.db")) == before
    assert kept("check", "--as-of", AS_OF).out != b""
    kept("ingest", inbox)
    assert kept("check", "--as-of", AS_OF).out == b""


def test_the_order_in_which_files_come_does_not_matter(
    call: Run, inbox: Path, tmp_path: Path
) -> None:
    files = sorted(inbox.iterdir())
    shuffled = Random(7).sample(files, len(files))
    stores = [str(tmp_path / f"{name}.db") for name in ("whole", "one by one", "zip")]
    call("ingest", inbox, "--store", stores[0])
    for file in shuffled:
        assert call("ingest", file, "--store", stores[1]).code == 0
    book = packed({file.name: file.read_bytes() for file in reversed(files)})
    call("ingest", "-", "--store", stores[2], stdin=book)
    assert len({everything(call, store) for store in stores}) == 1


def test_an_archive_takes_files_and_overwrites_none(call: Run, inbox: Path, tmp_path: Path) -> None:
    names = {file.name for file in inbox.iterdir()}
    archive = inbox / "archive"
    archive.mkdir()
    there = min(names)
    (archive / there).write_bytes(b"what lay here before")
    (inbox / "letter.txt").write_bytes(HELLO)
    assert call("ingest", inbox, "--archive", archive).code == 3
    assert [file for file in inbox.iterdir() if file.is_file()] == []
    assert (archive / there).read_bytes() == b"what lay here before"
    kept = {file.read_bytes() for file in archive.iterdir()}
    assert kept >= {file.data for file in stories()} | {HELLO}
    assert call("ingest", inbox, "--archive", archive, "--format", "json").json["read"] == 0


def test_no_file_is_archived_that_was_not_kept(
    kept: Run, home: Path, inbox: Path, tmp_path: Path
) -> None:
    laid([INSPECTED.told("P", at("06 10:00"))], inbox)
    with writing(home / "clearance.db"):
        ran = kept("ingest", inbox, "--archive", tmp_path / "done", "--busy-timeout", "0.2")
    assert ran.code == 5
    assert len(list(inbox.iterdir())) == 21
    assert not (tmp_path / "done").exists() or not list((tmp_path / "done").iterdir())


def test_a_store_that_lies_in_the_inbox_is_no_message(call: Run, inbox: Path) -> None:
    """A clerk keeps everything in one folder: the store is not read, and above all not moved."""
    store = inbox / "clearance.db"
    ran = call("ingest", inbox, "--store", store, "--archive", inbox / "done", "--format", "json")
    assert store.exists()
    assert (ran.code, ran.json["read"]) == (0, 20)
    assert call("store", "info", "--store", store, "--format=json").json["declarations"] == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_file_name_that_is_not_utf_8_is_read_like_any_other(call: Run, tmp_path: Path) -> None:
    """Unpacked on Linux from an archive that was made on a Chinese Windows: names are in GBK."""
    box = laid([CLOSED.told("L", at("02 08:00:20"))], tmp_path / "in")
    for name, data in (("回执.xml", CLOSED.told("P", at("02 10:00")).data), ("说明.txt", HELLO)):
        Path(os.fsdecode(os.fsencode(box) + b"/" + name.encode("gbk"))).write_bytes(data)
    ran = call("ingest", box, "--archive", tmp_path / "done", "--format", "json")
    assert (ran.code, ran.json["new"], ran.json["refused"]) == (3, 2, 1)
    assert call("refused").code == 0
    assert len(list((tmp_path / "done").iterdir())) == 3


@pytest.mark.parametrize("command", ["status", "ingest", "refused show"])
def test_an_argument_that_is_not_utf_8_is_no_traceback(kept: Run, command: str) -> None:
    ran = kept(*command.split(), "\udcbb\udcd8", "--format", "json")
    assert ran.code in (1, 2)
    assert ran.error["message"]


# refused


def test_refused_messages_are_listed_shown_and_kept(call: Run) -> None:
    call("ingest", "-", stdin=HELLO)
    for arguments in (("refused",), ("refused", "list")):
        (one,) = call(*arguments, "--format", "json").json["refused"]
        assert fits(
            one, {"id": str, "name": str, "kind": str, "reason": str, "size": int, "seen_at": str}
        )
        assert one["size"] == len(HELLO)
        assert has_offset(one["seen_at"])
    shown = call("refused", "show", one["id"][:15])
    assert shown.code == 0
    assert HELLO.decode() in shown.text
    assert call("refused", "show", one["id"].removeprefix("sha256:")[:8]).code == 0
    rows = list(csv.DictReader(io.StringIO(call("refused", "--format", "csv").text)))
    assert [row["id"] for row in rows] == [one["id"]]


def test_retry_reads_what_can_be_read_after_an_upgrade(call: Run, home: Path) -> None:
    """An older version refused a receipt that this one can read; a letter stays refused."""
    receipt = CLOSED.told("L", at("02 08:00:20"))
    old = Refusal(
        id="sha256:" + "0" * 64,
        name=receipt.name,
        kind="unknown_root",
        reason="not known then",
        size=len(receipt.data),
        seen_at=receipt.at,
        data=receipt.data,
    )
    call("ingest", "-", stdin=HELLO)
    with clearance.open_store(home / "clearance.db") as store, store.transaction():
        store.save_refusals([old])
    ran = call("refused", "retry", "--format", "json")
    assert ran.code == 0
    assert (ran.json["read"], ran.json["new"]) == (2, 1)
    (left,) = call("refused", "--format", "json").json["refused"]
    assert left["size"] == len(HELLO)
    assert call("status", CLOSED.entry).code == 0


# status, list, explain


@pytest.mark.parametrize(
    "number",
    [
        CLOSED.entry,
        CLOSED.unified,
        CLOSED.own,
        "OUT_11",
        "out_11",
        CLOSED.unified.lower(),
        CLOSED.own.lower(),
        f" {CLOSED.entry[:4]} {CLOSED.entry[4:]}\t",
        CLOSED.entry.translate({ord("0") + n: ord("\uff10") + n for n in range(10)}),
        "\uff25" + CLOSED.unified[1:],
    ],
)
def test_any_number_finds_its_declaration(kept: Run, number: str) -> None:
    assert declared(kept("status", number, "--format", "json")) == [CLOSED.entry]


@pytest.mark.parametrize(
    "reference", ["PO 2026 17", "po-17 \uff08\u4e0a\u6d77\uff09", "\uff30\uff2f17"]
)
def test_a_reference_that_is_written_oddly_is_found_as_it_is_written(
    call: Run, tmp_path: Path, reference: str
) -> None:
    case = Case(71, ref=reference)
    call(
        "ingest", laid(Case(71, ref=reference).sent(at("04 09:00"), base="OUT_71"), tmp_path / "in")
    )
    found = call("status", reference, "--format", "json")
    assert found.json["declarations"][0]["references"]["unified_no"] == [case.unified]


def test_a_returned_declaration_is_found_by_its_old_number_too(kept: Run) -> None:
    for number in (RETURNED.unified, RESENT.unified, "TEST-RESENT"):
        (one,) = kept("status", number, "--format", "json").json["declarations"]
        assert one["references"]["unified_no"] == [RETURNED.unified, RESENT.unified]


def test_a_bill_finds_all_its_declarations(call: Run, tmp_path: Path) -> None:
    files = []
    for case in (Case(81), Case(82), Case(83, "export")):
        file = case.told("L", at("04 09:00"))
        bill = b"<BILL_NO>TESTBILL7</BILL_NO></DEC_RESULT>"
        files.append(file._replace(data=file.data.replace(b"</DEC_RESULT>", bill)))
    call("ingest", laid(files[:2], tmp_path / "in"))
    call("ingest", laid([Case(84).told("L", at("04 09:00"))], tmp_path / "other"))
    ran = call("status", "testbill7", "--format", "json")
    assert sorted(declared(ran)) == [Case(81).entry, Case(82).entry]


def test_several_numbers_show_each_declaration_once_in_their_order(kept: Run) -> None:
    ran = kept("status", UNKNOWN.own, CLOSED.own, UNKNOWN.entry, "--format", "json")
    assert declared(ran) == [UNKNOWN.entry, CLOSED.entry]


@pytest.mark.parametrize("command", ["status", "explain"])
def test_an_unknown_number_tells_the_closest_known_ones(kept: Run, command: str) -> None:
    """Two digits of the entry number of 22 were swapped."""
    ran = kept(command, "224820261000000202", "--format", "json")
    assert ran.code == 1
    assert ran.error["kind"] == "not_found"
    assert "224820261000000202" in ran.error["message"]
    assert INSPECTED.entry in ran.error["message"]


def test_the_closest_number_is_told_first(kept: Run) -> None:
    ran = kept("status", "224820261000000023")
    assert ran.talk.index(INSPECTED.entry) < ran.talk.index(RESENT.entry)


def test_status_has_every_key_of_the_contract(kept: Run) -> None:
    kept("check", "--as-of", AS_OF)
    ran = kept("status", CLOSED.own, INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    assert ran.json["as_of"] == AS_OF
    closed, inspected = ran.json["declarations"]
    for one in (closed, inspected):
        assert fits(one, DECLARATION)
        assert set(one["intervals"]) == set(INTERVALS)
        assert all(event.keys() >= EVENT.keys() and fits(event, EVENT) for event in one["events"])
        assert all(event["message"].startswith("sha256:") for event in one["events"])
    assert closed["dialect"] == "cn_single_window"
    assert closed["references"] == {
        "client_ref": [CLOSED.own],
        "entry_no": [CLOSED.entry],
        "sent_as": ["OUT_11"],
        "unified_no": [CLOSED.unified],
    }
    assert (closed["direction"], closed["office"], closed["stage"]) == ("export", "3104", "cleared")
    assert (closed["open"], closed["guaranteed"]) == (False, False)
    assert closed["declared_at"] == closed["first_declared_at"] == "2026-03-02T08:00:10+08:00"
    assert closed["accepted_at"] == "2026-03-02T08:00:20+08:00"
    assert closed["released_at"] == "2026-03-02T10:00:00+08:00"
    assert closed["cleared_at"] == closed["since"] == "2026-03-03T15:00:00+08:00"
    assert closed["intervals"]["submit-accept"] == 10
    assert closed["intervals"]["accept-release"] == 7180
    assert closed["intervals"]["declare-close"] == 111590
    assert closed["intervals"]["arrive-declare"] is None
    assert [event["code"] for event in closed["events"]] == ["0", "7", "L", "P", "R"]
    assert (inspected["open"], inspected["cleared_at"]) == (True, None)
    (alert,) = inspected["alerts"]
    assert fits(alert, ALERT)
    assert alert["rule"] == "inspection_ordered"


def test_outstanding_actions_are_told_with_customs_note(call: Run, tmp_path: Path) -> None:
    """Released, and customs still wants the duties."""
    case = Case(91)
    files = [
        *case.sent(at("02 08:00")),
        case.told("L", at("02 08:01")),
        case.told("K", at("02 09:00")),
        case.told("T", at("02 09:30"), note="税单已生成"),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    (one,) = call("status", case.own, "--as-of", AS_OF, "--format", "json").json["declarations"]
    assert (one["stage"], one["guaranteed"]) == ("released", True)
    (action,) = one["outstanding"]
    assert fits(action, {"action": str, "since": str, "note": str})
    assert (action["action"], action["note"]) == ("tax", "税单已生成")


def test_unknown_values_are_null_and_never_empty(call: Run) -> None:
    """A client error carries no number, no office and no direction."""
    box = packed({
        "Failed_OUT_5_20260304090000123.xml": (
            b"<?xml version='1.0'?><Root><failCode>E1</failCode><failInfo>no card</failInfo></Root>"
        )
    })  # fmt: skip
    assert call("ingest", "-", stdin=box).code == 0
    (one,) = call("status", "OUT_5", "--format", "json").json["declarations"]
    assert fits(one, DECLARATION)
    assert (one["direction"], one["office"], one["declared_at"]) == (None, None, None)


def test_events_stand_in_the_order_of_their_times(kept: Run) -> None:
    (one,) = kept("status", "TEST-RESENT", "--format", "json").json["declarations"]
    times = [datetime.fromisoformat(event["at"]) for event in one["events"]]
    assert times == sorted(times)
    assert [event["stage"] for event in one["events"]].count("rejected") == 1


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


def test_list_shows_open_declarations_without_their_events(kept: Run) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json")
    assert sorted(declared(ran)) == sorted(c.entry for c in (INSPECTED, RESENT, UNKNOWN))
    for one in ran.json["declarations"]:
        assert fits(one, DECLARATION)
        assert "events" not in one
    with_events = kept("list", "--as-of", AS_OF, "--events", "--format", "json").json
    assert all(fits(e, EVENT) for one in with_events["declarations"] for e in one["events"])
    assert [len(one["events"]) for one in with_events["declarations"]] != [0, 0, 0]


def test_list_is_most_urgent_first_as_the_last_check_left_it(kept: Run, tmp_path: Path) -> None:
    before = kept("list", "--as-of", AS_OF, "--format", "json")
    assert all(one["alerts"] == [] for one in before.json["declarations"])
    laid([UNKNOWN.told("E", at("06 08:00"))], tmp_path / "more")
    kept("ingest", tmp_path / "more")
    kept("check", "--as-of", AS_OF)
    ran = kept("list", "--as-of", AS_OF, "--format", "json")
    assert declared(ran) == [UNKNOWN.entry, INSPECTED.entry, RESENT.entry]
    assert [a["rule"] for a in ran.json["declarations"][1]["alerts"]] == ["inspection_ordered"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--all",), [CLOSED, INSPECTED, RESENT, UNKNOWN]),
        (("--stage", "inspection"), [INSPECTED]),
        (("--stage", "cleared"), [CLOSED]),
        (("--stage", "draft"), []),
        (("--office", "2248"), [INSPECTED, RESENT]),
        (("--office", "2248", "--stage", "under_review"), [RESENT]),
        (("--direction", "export"), [UNKNOWN]),
        (("--direction", "export", "--all"), [CLOSED, UNKNOWN]),
        (("--direction", "transit"), []),
        (("--since", "2026-03-05"), [RESENT, UNKNOWN]),
        (("--since", "24h"), [UNKNOWN]),
        (("--since", "2d", "--all"), [INSPECTED, RESENT, UNKNOWN]),
        (("--since", "1w", "--all"), [CLOSED, INSPECTED, RESENT, UNKNOWN]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_list_narrows_down(kept: Run, options: tuple[str, ...], found: list[Case]) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json", *options)
    assert ran.code == 0
    assert sorted(declared(ran)) == sorted(case.entry for case in found)


@pytest.mark.parametrize(
    ("sort", "first"), [("since", RESENT), ("declared", INSPECTED), ("reference", RESENT)]
)
def test_list_is_sorted_as_asked(kept: Run, sort: str, first: Case) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json", "--sort", sort)
    if sort == "reference":
        assert declared(ran) == sorted(declared(ran))
    else:
        key = {"since": "since", "declared": "declared_at"}[sort]
        times = [one[key] for one in ran.json["declarations"]]
        assert times == sorted(times)
        assert declared(ran)[0] == first.entry


def test_explain_adds_every_rule_with_its_numbers(kept: Run) -> None:
    from clearance.alerting.rules import RULES

    ran = kept("explain", INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    (one,) = ran.json["declarations"]
    assert fits(one, DECLARATION)
    assert all(fits(event, EVENT) for event in one["events"])
    assert {judged["rule"] for judged in one["rules"]} == set(RULES) - {"delivery_failing"}
    by_rule = {judged["rule"]: judged for judged in one["rules"]}
    assert by_rule["inspection_ordered"]["result"] == "finding"
    assert by_rule["stuck"]["result"] == "fine"
    assert by_rule["stuck"]["numbers"] == {
        "stage": "inspection",
        "direction": "import",
        "elapsed_hours": 23,
        "limit_hours": 48,
    }
    unknown = {judged["rule"]: judged["text"] for judged in one["cannot_assess"]}
    assert "plan set --free-until" in unknown["free_time"]
    assert "plan set --tax-due" in unknown["tax_unpaid"]


def test_explain_tells_every_event_interval_and_rule_to_a_person(kept: Run) -> None:
    from clearance.alerting.rules import RULES

    text = kept("explain", INSPECTED.own, "--as-of", AS_OF).text
    assert "请携带[/单证]到场" in text
    assert all(name in text for name in INTERVALS)
    about = set(RULES) - {"delivery_failing"}
    assert all(name in text or name.replace("_", " ") in text for name in about)


# As of a moment


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--all"),
        ("list", "--all", "--format", "json", "--events"),
        ("status", CLOSED.own, "TEST-RESENT"),
        ("explain", INSPECTED.own, "--format", "json"),
        ("check", "--dry-run", "--format", "json"),
        ("report", "--by", "office", "--format", "json"),
    ],
    ids=" ".join,
)
def test_the_same_messages_as_of_the_same_moment_give_the_same_bytes(
    kept: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """What came after the moment makes no difference, nor does the order in which it came."""
    before = kept(*arguments, "--as-of", AS_OF).out
    assert before != b""
    more = [
        INSPECTED.told("P", at("06 10:00")),
        INSPECTED.told("R", at("07 10:00")),
        UNKNOWN.told("D", at("08 10:00")),
        RESENT.told("E", at("08 11:00")),
        *Case(99, ref=CLOSED.own).sent(at("09 08:00")),
    ]
    assert kept("ingest", laid(more, tmp_path / "more")).code == 0
    assert kept(*arguments, "--as-of", AS_OF).out == before


def test_events_after_the_moment_are_as_if_not_known(kept: Run) -> None:
    noon = "2026-03-04T12:00:00+08:00"
    (one,) = kept("status", INSPECTED.own, "--as-of", noon, "--format=json").json["declarations"]
    assert (one["stage"], len(one["events"])) == ("accepted", 3)
    monday = "2026-03-02T12:00:00+08:00"
    ran = kept("list", "--as-of", monday, "--format", "json")
    assert [(one["stage"], one["open"]) for one in ran.json["declarations"]] == [("released", True)]
    ran = kept("check", "--as-of", noon, "--format", "json")
    assert [alert["rule"] for alert in ran.json["new"]] == ["returned"]
    (row,) = kept(
        "report", "--period", "2026Q1", "--as-of", monday, "--format", "json"
    ).json["rows"]  # fmt: skip
    assert (row["declared"], row["closed"], row["open"]) == (1, 0, 1)
    assert kept("status", UNKNOWN.own, "--as-of", noon).code == 1


def test_a_number_that_is_not_known_yet_is_not_offered(kept: Run) -> None:
    ran = kept("status", UNKNOWN.own, "--as-of", "2026-03-04T12:00:00+08:00")
    assert ran.code == 1
    assert ran.talk.count(UNKNOWN.own) == 1


@pytest.mark.parametrize("arguments", [("status", INSPECTED.own), ("list",), ("alerts", "list")])
def test_alerts_that_began_after_the_moment_are_left_out(
    kept: Run, arguments: tuple[str, ...]
) -> None:
    """The inspection was ordered on Thursday; looked at from Wednesday there is no alert of it."""
    kept("check", "--as-of", AS_OF)
    ran = kept(*arguments, "--as-of", "2026-03-04T12:00:00+08:00", "--format", "json")
    assert b"inspection_ordered" not in ran.out


def test_the_moment_is_told_in_the_zone_of_the_messages(kept: Run) -> None:
    """09:00 in Beijing is 01:00 UTC: the same moment, however it is written."""
    for arguments in (("list",), ("report",), ("check", "--dry-run")):
        here = kept(*arguments, "--as-of", AS_OF, "--format", "json")
        there = kept(*arguments, "--as-of", "2026-03-06T01:00:00Z", "--format", "json")
        bare = kept(*arguments, "--as-of", "2026-03-06T09:00:00", "--format", "json")
        assert here.json["as_of"] == AS_OF
        assert here.out == there.out == bare.out


def test_a_report_in_another_zone_tells_its_moment_in_that_zone(kept: Run) -> None:
    text = kept("report", "--zone", "Europe/London", "--as-of", AS_OF).text
    assert "2026-03-06 01:00:00, Europe/London" in text


# check and alerts


def test_check_has_every_key_of_the_contract(kept: Run) -> None:
    result = kept("check", "--as-of", AS_OF, "--format", "json").json
    assert result["as_of"] == AS_OF
    assert {alert["rule"] for alert in result["new"]} == {"inspection_ordered", "unknown_code"}
    for alert in result["new"]:
        assert fits(alert, ALERT)
        assert alert["severity"] in ("info", "warning", "critical")
        assert has_offset(alert["since"])
    by_rule = {alert["rule"]: alert for alert in result["new"]}
    assert by_rule["inspection_ordered"]["declaration"] == INSPECTED.entry
    assert by_rule["unknown_code"]["declaration"] is None
    assert (result["resolved"], result["repeated"], result["open"]) == ([], [], 2)
    for one in result["cannot_assess"]:
        assert fits(one, {"rule": str, "why": str})
        assert isinstance(one["declaration"], str)
    assert result["cannot_assess"]
    assert result["deliveries"] == []


def test_an_alert_carries_customs_note_verbatim_in_every_language(kept: Run) -> None:
    for lang in ("en", "zh"):
        ran = kept("check", "--dry-run", "--as-of", AS_OF, "--lang", lang, "--format", "json")
        (alert,) = (a for a in ran.json["new"] if a["rule"] == "inspection_ordered")
        assert "查验通知;请携带[/单证]到场" in alert["message"]


def test_check_prints_nothing_when_nothing_changed(kept: Run) -> None:
    assert INSPECTED.entry in kept("check", "--as-of", AS_OF).text
    again = kept("check", "--as-of", AS_OF)
    assert (again.code, again.out, again.err) == (0, b"", b"")
    told = kept("check", "--as-of", AS_OF, "--format", "json").json
    assert (told["new"], told["resolved"], told["open"]) == ([], [], 2)


def test_a_dry_run_keeps_nothing(kept: Run, home: Path) -> None:
    first = kept("check", "--dry-run", "--as-of", AS_OF, "--format", "json")
    assert len(first.json["new"]) == 2
    assert kept("check", "--dry-run", "--as-of", AS_OF, "--format", "json").out == first.out
    assert kept("alerts", "list", "--all", "--format", "json").json["alerts"] == []
    assert kept("check", "--as-of", AS_OF, "--format", "json").out == first.out


def test_what_is_over_is_listed_as_resolved_once(kept: Run, tmp_path: Path) -> None:
    first = kept("check", "--as-of", AS_OF, "--format", "json").json["new"]
    (inspection,) = (alert for alert in first if alert["rule"] == "inspection_ordered")
    kept("ingest", laid([INSPECTED.told("P", at("06 10:00"))], tmp_path / "more"))
    result = kept("check", "--as-of", LATER, "--format", "json").json
    (over,) = result["resolved"]
    assert fits(over, ALERT)
    assert (over["id"], over["state"]) == (inspection["id"], "resolved")
    assert (result["new"], result["open"]) == ([], 1)
    assert kept("check", "--as-of", LATER).out == b""
    live = kept("alerts", "list", "--format", "json").json["alerts"]
    assert [alert["rule"] for alert in live] == ["unknown_code"]
    both = kept("alerts", "list", "--all", "--format", "json").json["alerts"]
    assert {(a["rule"], a["state"]) for a in both} == {
        ("inspection_ordered", "resolved"),
        ("unknown_code", "firing"),
    }


def test_an_alert_keeps_its_id_when_the_declaration_gets_its_number(
    call: Run, tmp_path: Path
) -> None:
    case = Case(61)
    ordered = case.told("C", at("05 10:00"), numbered=False)
    call("ingest", laid([*case.sent(at("04 09:00")), ordered], tmp_path / "in"))
    (before,) = call("check", "--as-of", AS_OF, "--format", "json").json["new"]
    assert before["declaration"] == case.unified
    call("ingest", laid([case.told("L", at("04 09:01"))], tmp_path / "more"))
    assert call("check", "--as-of", AS_OF, "--format", "json").json["new"] == []
    (after,) = call("alerts", "list", "--as-of", AS_OF, "--format", "json").json["alerts"]
    assert (after["id"], after["declaration"]) == (before["id"], case.entry)


@pytest.mark.parametrize(
    ("severity", "story", "code"),
    [
        ("warning", "stories", 6),
        ("critical", "stories", 0),
        ("critical", "returned", 6),
        ("warning", "closed", 0),
    ],
)
def test_findings_are_exit_6_only_when_asked_and_not_only_new_ones(
    call: Run, tmp_path: Path, severity: str, story: str, code: int
) -> None:
    told = {
        "stories": stories(),
        "returned": [*RETURNED.sent(at("03 10:00")), RETURNED.told("E", at("03 11:00"))],
        "closed": stories()[:5],
    }
    call("ingest", laid(told[story], tmp_path / "in"))
    assert call("check", "--as-of", AS_OF, "--dry-run").code == 0
    for _ in range(2):
        assert call("check", "--as-of", AS_OF, "--fail-on", severity).code == code
    ran = call("check", "--as-of", AS_OF, "--fail-on", severity, "--format", "json")
    assert (ran.code, ran.json["new"]) == (code, [])
    assert call("check", "--as-of", AS_OF).code == 0


# report


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
    assert (row["mean_closed"], row["median"]) == (111590.0, None)
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
    (row,) = report(kept, "--period", "2026Q1", "--as-of", AS_OF)["rows"]
    assert (row["withdrawn"], row["anomalous"]) == (1, 1)
    assert row["declared"] == row["closed"] + row["open"] + row["withdrawn"] + row["anomalous"] == 6
    assert row["mean_closed"] == 111590.0


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
    assert row["mean_closed"] in (111590.0, 55800.0)


def test_a_report_by_working_time_needs_a_known_year(kept: Run) -> None:
    asked = ("--clock", "working", "--as-of", "2027-03-06", "--period", "2026Q1")
    (row,) = report(kept, *asked)["rows"]
    assert (row["mean_closed"], row["notes"]["mean_closed"]) == (None, "no calendar: 2027")


def test_a_report_by_working_time_counts_in_working_days(kept: Run) -> None:
    """From Monday 08:00 to Tuesday 15:00, more or less, are nine hours and six and a half."""
    text = kept("report", "--period", "2026Q1", "--clock", "working", "--as-of", AS_OF).text
    assert "working time" in text
    assert "1 d 06 h = 1.72 d" in text


def test_the_csv_of_a_report_has_every_figure_of_its_json(call: Run, tmp_path: Path) -> None:
    call("ingest", laid(quarter(Quarter(2026, 2), 21, 5.0, Random(3), 1), tmp_path / "in"))
    asked = ("--period", "2026Q2", "--as-of", "2026-12-01")
    (row,) = report(call, *asked)["rows"]
    text = call("report", *asked, "--format", "csv").text
    (line,) = csv.DictReader(io.StringIO(text))
    for name in ("declared", "closed", "mean_closed", "median", "rmst", "p75", "p90", "p95"):
        assert float(line[name]) == pytest.approx(row[name], abs=1e-6)
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
        frozen = [b'state="frozen"' in book.read(f"xl/worksheets/sheet{n}.xml") for n in (1, 2, 5)]
    assert names == [
        "how long", "did it change", "where the time went", "waits for", "the longest", "about",
    ]  # fmt: skip
    assert len(charts) == 2
    assert all(frozen)
    longest = report(call, *asked)["longest"][0]
    assert ("s", longest["reference"]) in [row[0] for row in cells(file, 5)]


# store


def test_store_info_has_every_key_of_the_contract(kept: Run, home: Path) -> None:
    info = kept("store", "info", "--format", "json").json
    counts = ("messages", "refused", "events", "declarations", "bytes", "version")
    assert set(info) >= {"schema", "url", "sources", *counts}
    assert info["url"] == str(home / "clearance.db")
    assert [info[name] for name in counts[:4]] == [20, 0, 20, 4]
    assert info["bytes"] > 0
    assert isinstance(info["version"], int)
    assert info["sources"] == []


def test_a_store_that_is_whole_verifies(kept: Run) -> None:
    ran = kept("store", "verify", "--format", "json")
    assert ran.code == 0


def test_a_damaged_message_is_found_by_verify(kept: Run, home: Path) -> None:
    """Somebody edits a note inside the database."""
    with clearance.open_store(home / "clearance.db") as store, store.transaction():
        told = next(message for message in store.messages() if "已结关".encode() in message.data)
        store.save_messages(
            [told._replace(data=told.data.replace("已结关".encode(), "未结关".encode()))]
        )
    ran = kept("store", "verify")
    assert ran.code == 1
    assert "sha256:" in ran.text + ran.talk
    assert len(kept("store", "verify", "--format", "json").out.splitlines()) == 1


def test_rebuilding_a_store_changes_no_timeline(kept: Run, home: Path) -> None:
    before = everything(kept, str(home / "clearance.db"))
    assert kept("store", "rebuild", "--format", "json").json["declarations"] == 4
    assert everything(kept, str(home / "clearance.db")) == before


# demo


def test_the_demo_walks_through_it_all_and_touches_nothing(run: Run, home: Path) -> None:
    ran = run("demo")
    assert (ran.code, ran.err) == (0, b"")
    for command in ("ingest", "status", "check", "report"):
        assert f"$ clearance {command}" in ran.text
    assert not home.exists()


def test_the_demo_does_not_depend_on_the_users_settings(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[report\n", encoding="utf-8")
    ran = run(
        "demo",
        env={"CLEARANCE_CONFIG": str(settings), "CLEARANCE_STORE": str(tmp_path / "mine.db")},
    )
    assert (ran.code, ran.err) == (0, b"")
    assert not (tmp_path / "mine.db").exists()


def test_a_pipe_that_is_closed_early_is_no_traceback(
    kept: Run, environment: Mapping[str, str]
) -> None:
    kept("list")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clearance", "list", "--all"],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            env=environment,
        )
    finally:
        os.close(writer)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


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


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_no_standard_output_at_all_is_no_traceback(
    kept: Run, environment: Mapping[str, str]
) -> None:
    """As some schedulers start a program; on Windows pythonw.exe does."""
    kept("list")
    for form in ("table", "json"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m clearance list --format {form} >&-', sys.executable],
            capture_output=True,
            check=False,
            env=environment,
        )
        assert b"Traceback" not in done.stderr
