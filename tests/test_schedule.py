"""Lines for schedulers, read back as each of them reads words."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import schedule
from clearance.alerting import delivery

WORDS = st.text(
    st.one_of(
        st.sampled_from(" %$'\\通关&^()@-"), st.characters(codec="utf-8", categories=("L", "N"))
    ),
    min_size=1,
    max_size=12,
)
COMMANDS = st.lists(WORDS, min_size=1, max_size=5)


def by_cron(line: str) -> str:
    """What cron hands to the shell: a percent sign ends it, after a backslash it is one."""
    command, escaped = "", False
    for character in line:
        if escaped and character == "%":
            command = command[:-1]
        elif character == "%":
            break
        escaped = character == "\\" and not escaped
        command += character
    return command


@pytest.mark.skipif(sys.platform == "win32", reason="needs /bin/sh")
@given(st.lists(COMMANDS, min_size=10, max_size=10))
def test_cron_and_its_shell_read_every_word_as_it_was(commands: list[list[str]]) -> None:
    script = ""
    for command in commands:
        line = schedule.crontab(None, ["printf", "%s\\0", *command])
        script += by_cron(line.partition(" * * * * ")[2].rstrip("\n")) + "\n"
    shown = subprocess.run(["/bin/sh"], input=script.encode(), capture_output=True, check=True)
    assert shown.stderr == b""
    words = [word for command in commands for word in command]
    assert shown.stdout.decode().split("\0")[:-1] == words


def by_systemd(line: str) -> list[str]:
    """Words as systemd.service(5) describes them: quotes, backslashes, specifiers, variables."""
    words = []
    for quoted, bare in re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', line):
        word = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        assert not re.search(r"(?<!%)%(%%)*(?!%)", word)
        assert not re.search(r"(?<!\$)\$(\$\$)*(?!\$)", word)
        words.append(word.replace("%%", "%").replace("$$", "$"))
    return words


@given(COMMANDS)
def test_systemd_reads_every_word_as_it_was(command: list[str]) -> None:
    service = schedule.service(None, command)
    line = next(line for line in service.splitlines() if line.startswith("ExecStart="))
    assert by_systemd(line.removeprefix("ExecStart=")) == command


def by_prompt(line: str) -> str:
    """What the prompt of Windows leaves of a line: outside of quotes a caret escapes."""
    shown, inside, escaped = "", False, False
    for character in line:
        if escaped or inside or character != "^":
            assert inside or escaped or character not in "&|<>", line
            shown += character
            escaped = False
            inside ^= character == '"'
        else:
            escaped = True
    return shown


@pytest.mark.parametrize(
    "word", ["D:\\通关\\a b.db", "C:\\R&D\\x", "C:\\R & D (1)\\x", "C:\\50%\\^x", "plain"]
)
def test_windows_reads_every_word_as_it_was(word: str) -> None:
    line = schedule.schtasks(None, ["C:\\Program Files\\clearance.exe", "check", word])
    task = re.search(r'/TR "(.*)"\n', by_prompt(line))
    assert task
    words = re.findall(r'"([^"]*)"|(\S+)', task[1].replace('\\"', '"'))
    assert [quoted or bare for quoted, bare in words][2] == word


def test_no_line_runs_on_the_hour_or_the_half_hour() -> None:
    assert schedule.crontab(None, ["x"]).split()[0] == "7,22,37,52"
    assert "OnCalendar=*:07,22,37,52\nRandomizedDelaySec=60\nPersistent=true\n" in schedule.TIMER
    assert "/MO 15 /ST 00:07 " in schedule.schtasks(None, ["x"])


def test_a_service_that_is_sending_is_let_end() -> None:
    longest = delivery.DEADLINE_SECONDS + delivery.ABOUT_CHANNELS_SECONDS
    longest += delivery.HEARTBEAT_SECONDS
    for written in (schedule.watching_service(("watch",)), schedule.watching_agent(("watch",))):
        (seconds,) = re.findall(r"TimeoutStopSec=(\d+)|ExitTimeOut</key>\s*<integer>(\d+)", written)
        assert int("".join(seconds)) > longest
