"""What holds for every command: streams, one line for an error, exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

import clearance
from tests.cli.support import HELLO, declared
from tests.conftest import AS_OF, CLOSED, Run
from tests.loading import unmeasured

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


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (("ingest", "in", "--archive", ""), "--archive"),
        (("ingest", "in", "--archive="), "--archive"),
        (("ingest", "in", "--archive", "  "), "--archive"),
        (("list", "--store", ""), "--store"),
        (("--store", "", "list"), "--store"),
        (("report", "--period", ""), "--period"),
        (("list", "--since", "", "--all"), "--since"),
        (("alerts", "list", "--as-of="), "--as-of"),
    ],
)
def test_an_option_with_an_empty_value_is_refused_and_not_passed_over(
    kept: Run, line: tuple[str, ...], option: str
) -> None:
    """In a script the variable is not set: an archive became the folder that it runs in."""
    ran = kept(*line)
    assert (ran.code, ran.talk) == (
        2,
        f"clearance: {option}: what follows it is empty; give a value, or leave the option out\n",
    )


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


def test_nothing_to_say_is_no_byte_at_all(call: Run) -> None:
    call("store", "init")
    for arguments in (("alerts", "list"), ("refused",), ("list",)):
        ran = call(*arguments)
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
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_the_version_is_shown(call: Run) -> None:
    assert call("--version").text == f"clearance {clearance.__version__}\n"


@pytest.mark.parametrize("command", ["status", "ingest", "refused show"])
def test_an_argument_that_is_not_utf_8_is_no_traceback(kept: Run, command: str) -> None:
    ran = kept(*command.split(), "\udcbb\udcd8", "--format", "json")
    assert ran.code in (1, 2)
    assert ran.error["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says it by another error")
@pytest.mark.parametrize(
    "line",
    [
        *("list --all", "list --all --format json", "demo"),
        *("--help", "help", "form --help", "alerts --help --lang zh", "--version"),
        *("completion bash", "cron"),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_that_whoever_reads_has_enough_is_no_failure(
    kept: Run, environment: Mapping[str, str], line: str, unbuffered: str
) -> None:
    """As ``| head``."""
    kept("list")
    done = unread([*line.split()], {**environment, "PYTHONUNBUFFERED": unbuffered})
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says it by another error")
def test_what_is_followed_ends_where_nobody_reads_it_any_more(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hello.xml").write_bytes(HELLO)
    done = unread(["watch", str(tmp_path / "in"), "--settle", "0.1"], environment)
    assert done.returncode == 1
    assert b"standard output cannot be written" in done.stderr


def unread(
    arguments: list[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """How a command ends whose output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, "-m", "clearance", *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            env=environment,
            timeout=60,
        )
    finally:
        os.close(writer)


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


ENDING = """
import atexit, sys
from clearance import cli

class Kept:
    def __del__(self):
        print("taken apart")

def main():
    cli.kept = Kept()
    atexit.register(print, "closed")
    print("shown", end=", ")
    {last}

cli.script(main)
"""


def ended(
    environment: Mapping[str, str], last: str, out: int | IO[bytes] = subprocess.PIPE
) -> tuple[int, bytes, bytes]:
    """How a command ends that does this at last: its exit code, and what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(last=last)],
        stdout=out,
        stderr=subprocess.PIPE,
        check=False,
        env=unmeasured(environment),
    )
    return done.returncode, done.stdout, done.stderr


def test_the_process_ends_when_all_is_written_and_closed_and_takes_nothing_apart(
    environment: Mapping[str, str],
) -> None:
    code, out, err = ended(environment, "return 6")
    assert (code, out.split(), err) == (6, [b"shown,", b"closed"], b"")


def test_after_an_error_that_nobody_expected_it_ends_as_always(
    environment: Mapping[str, str],
) -> None:
    code, out, err = ended(environment, "raise RuntimeError")
    assert (code, out.split()) == (1, [b"shown,", b"closed", b"taken", b"apart"])
    assert err.split()[-1] == b"RuntimeError"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_what_cannot_be_written_at_the_end_is_told(environment: Mapping[str, str]) -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = ended(environment, "return 6", full)
    assert code == 120
    assert b"No space left on device" in err


@pytest.mark.parametrize("nothing", [",", "，", " 、; ", "；,"])
@pytest.mark.parametrize("command", [("list", "--stage"), ("list", "--office"), ("report", "--by")])
def test_an_option_with_nothing_between_commas_is_empty(
    call: Run, command: tuple[str, str], nothing: str
) -> None:
    for words in ((*command, nothing), (command[0], f"{command[1]}={nothing}")):
        ran = call(*words)
        assert ran.code == 2
        assert f"{command[1]}: what follows it is empty" in ran.talk
