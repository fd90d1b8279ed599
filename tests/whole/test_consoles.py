"""What people read, on every console: golden files, a real terminal, and consoles that can less.

The golden files hold what a pipe gets, byte by byte. After a change that is meant, write them anew
with ``make golden`` and read the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from clearance.render.text import width
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, ROOT, UNKNOWN, Golden, Run, at, laid

pytestmark = pytest.mark.slow

GOLDEN = ROOT / "tests" / "golden"
ESCAPE = b"\x1b"
NOTE = "查验通知;请携带[/单证]到场"

READ = {
    "status": ("status", INSPECTED.own, "TEST-RESENT", UNKNOWN.own),
    "explain": ("explain", INSPECTED.own),
    "list": ("list", "--all"),
    "check": ("check",),
    "report": ("report", "--period", "2025Q4..2026Q1", "--by", "office"),
}

on_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


# Golden files


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", READ)
def test_what_people_read_is_as_in_the_golden_file(
    kept: Run, golden: Golden, name: str, lang: str
) -> None:
    if name != "check":
        kept("check", "--as-of", AS_OF)
    ran = kept(*READ[name], "--as-of", AS_OF, "--lang", lang)
    assert (ran.code, ran.err) == (0, b"")
    golden(GOLDEN / f"{name}.{lang}.txt", ran.text)


def test_what_is_over_reads_as_in_the_golden_file(
    kept: Run, golden: Golden, tmp_path: Path
) -> None:
    kept("check", "--as-of", AS_OF)
    kept("ingest", laid([INSPECTED.told("P", at("06 10:00"))], tmp_path / "more"))
    ran = kept("check", "--as-of", "2026-03-06T18:00:00+08:00")
    golden(GOLDEN / "check-resolved.en.txt", ran.text)


def test_a_pipe_gets_whole_numbers_and_no_colour(run: Run, inbox: Path) -> None:
    """What a clerk copies out of a file, or greps for, is never cut or wrapped."""
    run("ingest", inbox)
    ran = run("list", "--as-of", AS_OF, env={"COLUMNS": "40", "FORCE_COLOR": "1"})
    assert ESCAPE not in ran.out
    assert [line.split()[0] for line in ran.text.splitlines()[1:]] == [
        RESENT.entry,
        INSPECTED.entry,
        UNKNOWN.entry,
    ]


# A real terminal


class Screen(Protocol):
    """A terminal to run the command on."""

    def __call__(
        self, *arguments: str, columns: int = 120, env: Mapping[str, str] | None = None
    ) -> bytes:
        """What it shows."""


@pytest.fixture
def terminal(environment: Mapping[str, str], tmp_path: Path) -> Screen:
    """The real command with a pseudo-terminal as its three streams."""

    def show(*arguments: str, columns: int = 120, env: Mapping[str, str] | None = None) -> bytes:
        import pty

        ours, theirs = pty.openpty()
        variables = {**environment, "TERM": "xterm-256color", "COLUMNS": str(columns)}
        process = subprocess.Popen(
            [sys.executable, "-m", "clearance", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=tmp_path,
            env={**variables, **(env or {})},
        )
        os.close(theirs)
        shown = _read_all(lambda: os.read(ours, 65536))
        os.close(ours)
        assert process.wait(30) == 0, shown.decode(errors="replace")
        return shown

    return show


def _read_all(read: Callable[[], bytes]) -> bytes:
    shown = b""
    try:
        while piece := read():
            shown += piece
    except OSError:  # what Linux says when the other end of a pseudo-terminal is closed
        pass
    return shown


def bare(shown: bytes, encoding: str = "utf-8") -> str:
    """What a terminal shows, without colour."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode(encoding))


@on_a_terminal
def test_a_terminal_shows_colour_and_a_rule_under_the_headings(kept: Run, terminal: Screen) -> None:
    """The inspection stands in yellow, and customs' ``[/…]`` is text, not markup."""
    kept("check", "--as-of", AS_OF)
    shown = terminal("status", INSPECTED.own, "--as-of", AS_OF, "--lang", "en")
    assert b"\x1b[33m" in shown
    assert "──────" in bare(shown)
    assert NOTE in bare(shown)
    assert "inspection ordered" in bare(shown)


@on_a_terminal
def test_a_terminal_shows_closure_in_green(kept: Run, terminal: Screen) -> None:
    assert b"\x1b[32m" in terminal("status", CLOSED.own, "--as-of", AS_OF)


@on_a_terminal
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["plain", "dumb"])
@pytest.mark.parametrize("command", ["status", "report"])
def test_a_terminal_without_colour_gets_no_escape_bytes(
    kept: Run, terminal: Screen, command: str, variables: dict[str, str]
) -> None:
    shown = terminal(*READ[command], "--as-of", AS_OF, env=variables)
    assert ESCAPE not in shown


@on_a_terminal
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_terminal_of_80_columns_shows_entry_numbers_whole(
    kept: Run, terminal: Screen, lang: str
) -> None:
    """A number that is broken over three lines can be neither read nor copied."""
    shown = bare(terminal("list", "--as-of", AS_OF, "--lang", lang, columns=80))
    assert all(case.entry in shown for case in (INSPECTED, RESENT, UNKNOWN))
    assert max(map(len, shown.splitlines())) <= 80


@on_a_terminal
@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_list_is_one_unbroken_line_for_each_declaration_also_with_cut_offs(
    kept: Run, terminal: Screen, lang: str, columns: int
) -> None:
    kept("plan", "set", UNKNOWN.own, "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF)
    kept("check", "--as-of", AS_OF)
    shown = bare(terminal("list", "--as-of", AS_OF, "--lang", lang, columns=columns))
    heading, _, rule, *lines = shown.splitlines()
    assert "03-06 09:00" in heading
    assert set(rule) == {"─"}
    assert [line.split()[0] for line in lines] == [UNKNOWN.entry, INSPECTED.entry, RESENT.entry]
    (stage,) = {"en": ["reviewed"], "zh": ["已审结"]}[lang]
    assert stage in lines[2]
    assert "03-07 18:00" in lines[0]
    assert max(map(width, shown.splitlines())) <= columns


@on_a_terminal
@pytest.mark.parametrize("command", ["check", "alerts", "status", "explain"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_long_text_is_whole_on_a_terminal_of_80_columns(
    kept: Run, terminal: Screen, lang: str, command: str
) -> None:
    """In the room beside the other columns it took up to nine lines, and broke numbers."""
    if command != "check":
        kept("check", "--as-of", AS_OF)
    subject = {"check": [], "alerts": ["list"]}.get(command, [INSPECTED.own])
    shown = bare(terminal(command, *subject, "--as-of", AS_OF, "--lang", lang, columns=80))
    lines = [line.rstrip() for line in shown.splitlines() if NOTE in line]
    assert max(map(width, lines)) <= 80
    assert INSPECTED.entry in shown
    if command in ("status", "explain"):
        assert len(lines) >= 2, "once as an alert, and once as an event"
        assert f"{INSPECTED.unified}直接申报成功" in shown


@on_a_terminal
def test_no_colour_does_not_change_the_layout(kept: Run, terminal: Screen) -> None:
    kept("check", "--as-of", AS_OF)
    for command in ("list", "status", "explain"):
        coloured = bare(terminal(*READ[command], "--as-of", AS_OF))
        plain = terminal(*READ[command], "--as-of", AS_OF, env={"NO_COLOR": "1"})
        assert ESCAPE not in plain
        assert plain.decode() == coloured


@on_a_terminal
def test_a_row_has_the_colour_of_its_worst_alert(kept: Run, terminal: Screen) -> None:
    """The inspection is a warning; nothing is wrong with the one under review."""
    assert b"\x1b[33m" not in terminal("list", "--as-of", AS_OF)
    kept("check", "--as-of", AS_OF)
    lines = terminal("list", "--as-of", AS_OF).splitlines()
    (inspected,) = [line for line in lines if INSPECTED.entry.encode() in line]
    (resent,) = [line for line in lines if RESENT.entry.encode() in line]
    assert b"\x1b[33m" in inspected
    assert b"\x1b[3" not in resent


@on_a_terminal
def test_tables_stand_one_blank_line_apart(kept: Run, terminal: Screen) -> None:
    shown = bare(terminal("explain", INSPECTED.own, "--as-of", AS_OF))
    assert "\r\n\r\n" in shown
    assert not re.search(r"(\n *\r){3}", shown)


@on_a_terminal
@pytest.mark.parametrize("command", ["status", "explain", "list", "check", "report"])
def test_a_narrow_terminal_is_no_crash(kept: Run, terminal: Screen, command: str) -> None:
    assert terminal(*READ[command], "--as-of", AS_OF, "--lang", "zh", columns=20)


@on_a_terminal
def test_what_was_said_by_hand_is_whole_on_a_terminal_of_80_columns(
    kept: Run, terminal: Screen
) -> None:
    """Its columns were all narrowed, and each word broken in two."""
    told = ("event", INSPECTED.entry, "放行", "--at", "2026-03-06 08:30", "--note", "电话")
    shown = bare(terminal(*told, "--as-of", AS_OF, "--lang", "zh", columns=80))
    assert "人工登记：已放行" in shown
    assert INSPECTED.entry in shown


@on_a_terminal
def test_a_check_with_nothing_to_say_is_silent_on_a_terminal_too(
    kept: Run, terminal: Screen
) -> None:
    kept("check", "--as-of", AS_OF)
    assert terminal("check", "--as-of", AS_OF) == b""


@on_a_terminal
@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1", "cp437"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_terminal_of_another_encoding_gets_what_it_can_show(
    kept: Run, terminal: Screen, encoding: str, lang: str
) -> None:
    variables = {"PYTHONIOENCODING": encoding}
    for command in ("status", "list"):
        shown = terminal(*READ[command], "--as-of", AS_OF, "--lang", lang, env=variables)
        assert INSPECTED.entry in bare(shown, encoding)


@on_a_terminal
@pytest.mark.parametrize("command", ["status", "list"])
def test_a_rule_is_as_wide_as_a_chinese_console_and_no_bar_stands_between_columns(
    kept: Run, terminal: Screen, command: str
) -> None:
    """The line that is drawn elsewhere is two columns wide there."""
    variables = {"PYTHONIOENCODING": "gbk"}
    line = (*READ[command], "--as-of", AS_OF, "--lang", "zh")
    shown = bare(terminal(*line, columns=80, env=variables), "gbk")
    assert "─" not in shown
    assert "|" not in shown
    rules = [line for line in shown.splitlines() if line and set(line) == {"-"}]
    assert rules
    assert max(map(len, rules)) <= 80


@on_a_terminal
def test_customs_text_cannot_steer_a_terminal(call: Run, terminal: Screen, tmp_path: Path) -> None:
    """A note that would clear the screen, set the title and turn the text around."""
    note = "\u202e\u009b2Jx\x7f"
    call("ingest", laid([INSPECTED.told("C", at("05 10:00"), note=note)], tmp_path / "in"))
    shown = terminal("status", INSPECTED.unified, "--as-of", AS_OF)
    for steering in ("\u202e", "\u009b", "\x7f"):
        assert steering not in bare(shown)
    piped = call("status", INSPECTED.unified, "--as-of", AS_OF)
    assert all(steering not in piped.text for steering in ("\u202e", "\u009b", "\x7f"))


# Consoles that cannot show everything


@pytest.mark.parametrize("command", list(READ))
@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_a_pipe_of_another_encoding_gets_substitutes_and_no_crash(
    run: Run, inbox: Path, command: str, encoding: str
) -> None:
    variables = {"PYTHONIOENCODING": encoding}
    assert run("ingest", inbox, env=variables).code == 0
    ran = run(*READ[command], "--as-of", AS_OF, "--lang", "zh", env=variables)
    assert (ran.code, ran.err) == (0, b"")
    shown = ran.out.decode(encoding)
    assert ("海关" in shown or "报关单" in shown) is (encoding == "gbk")
    assert ("\\u" in shown) is (encoding == "ascii")


def test_ascii_substitutes_are_readable(run: Run, inbox: Path) -> None:
    run("ingest", inbox)
    variables = {"PYTHONIOENCODING": "ascii"}
    ran = run("status", INSPECTED.own, "--as-of", AS_OF, "--lang", "en", env=variables)
    assert ran.out.decode("ascii").startswith(
        f"{INSPECTED.entry} | import | office 2248 Yangshan Customs\n"
    )
    assert run("list", "--all", "--as-of", AS_OF, env=variables).out.decode("ascii").count(" - ")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_data_is_utf_8_whatever_the_console(run: Run, inbox: Path, form: str) -> None:
    run("ingest", inbox)
    arguments = ("status", INSPECTED.own, "--as-of", AS_OF, "--format", form)
    plain = run(*arguments)
    for encoding in ("gbk", "ascii"):
        ran = run(*arguments, env={"PYTHONIOENCODING": encoding})
        assert (ran.code, ran.out) == (0, plain.out)
    assert NOTE in plain.text


def test_errors_are_shown_on_a_console_that_cannot_show_them(run: Run) -> None:
    for encoding in ("ascii", "gbk"):
        ran = run("ingest", "不存在 👻.xml", "--format=json", env={"PYTHONIOENCODING": encoding})
        assert ran.code == 2
        assert "不存在 👻.xml" in ran.error["message"]
        assert ran.err.decode(encoding).count("\n") == 1


def test_a_locale_of_plain_c_is_no_crash(run: Run, inbox: Path) -> None:
    """As under cron and in containers: no locale at all."""
    bare_c = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert run("ingest", inbox, env=bare_c).code == 0
    ran = run("status", INSPECTED.own, "--as-of", AS_OF, env=bare_c)
    assert (ran.code, ran.err) == (0, b"")


# Paths


def test_paths_with_spaces_and_chinese_work_throughout(
    run: Run, inbox: Path, tmp_path: Path
) -> None:
    base = tmp_path / "收件箱 与 空格"
    base.mkdir()
    folder = inbox.rename(base / "回执 三月")
    (folder / "说明 书.txt").write_bytes(b"no message")
    store, archive, out = base / "数据 库" / "总.db", base / "存 档", base / "表 格.csv"
    ran = run("ingest", folder, "--store", store, "--archive", archive)
    assert ran.code == 3
    assert "说明 书.txt" in ran.talk
    assert store.exists()
    assert len(list(archive.iterdir())) == 20
    for variables in ({}, {"PYTHONIOENCODING": "gbk"}):
        info = run("store", "info", "--store", store, "--format", "json", env=variables)
        assert info.json["url"] == str(store)
        assert run("list", "--store", store, "--output", out, env=variables).code == 0
        assert INSPECTED.entry in out.read_text(encoding="utf-8-sig")


def test_a_home_with_spaces_and_chinese_works(run: Run, inbox: Path, tmp_path: Path) -> None:
    variables = {"CLEARANCE_HOME": str(tmp_path / "我的 数据")}
    assert run("ingest", inbox, env=variables).code == 0
    assert (tmp_path / "我的 数据" / "clearance.db").exists()
    assert run("status", CLOSED.own, env=variables).code == 0
