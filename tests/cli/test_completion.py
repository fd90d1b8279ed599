"""Tab completes commands, options and numbers, and no command starts slower for it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearance.cli._completion import SCRIPTS
from clearance.customs.cn_single_window.demo_declared import message
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Run
from tests.loading import RAN, modules

OPEN = {INSPECTED.entry, RESENT.entry, UNKNOWN.entry, INSPECTED.own, RESENT.own, UNKNOWN.own}


def offered(run: Run, *words: str, shell: str = "bash") -> list[str]:
    """What is offered for the last of some words."""
    *before, begun = words
    known = {"_CLEARANCE_COMPLETE": shell, "_CLEARANCE_WORD": begun}
    ran = run(*before, env=known)
    assert (ran.code, ran.talk) == (0, "")
    return ran.text.splitlines()


def test_commands_and_options_are_completed(kept: Run) -> None:
    assert offered(kept, "sta") == ["status"]
    assert {"list", "ingest", "doctor"} <= {*offered(kept, "")}
    assert offered(kept, "alerts", "sil") == ["silence", "silences"]
    assert offered(kept, "list", "--st") == ["--stage", "--store"]


@pytest.mark.parametrize(
    "command", [("status",), ("explain",), ("form",), ("plan", "set"), ("alerts", "ack")]
)
def test_numbers_of_open_declarations_are_completed(kept: Run, command: tuple[str, ...]) -> None:
    assert {*offered(kept, *command, "")} == OPEN
    assert offered(kept, *command, INSPECTED.entry[:17]) == [INSPECTED.entry]
    assert offered(kept, *command, CLOSED.entry[:10]) == []


def test_a_number_that_a_shell_could_interpret_is_not_offered(call: Run, tmp_path: Path) -> None:
    """Bash puts what is offered into the command as it stands, and others chose the number."""
    owns = [
        "$(touch x)",
        "`x`",
        "a;x",
        "a b",
        "*",
        "--help",
        "~root",
        "x\u202ey",
        "AB-1/26_3.x",
        "宁1",
    ]
    for number, own in enumerate(owns):
        sign = {"ClientSeqNo": own, "SignDate": f"202603040800{number:02}00"}
        (tmp_path / f"{number}.xml").write_bytes(message({"IEFlag": "I"}, [], sign=sign))
    assert call("ingest", tmp_path).code == 0
    assert {*offered(call, "status", "")} == {"AB-1/26_3.x", "宁1"}


def test_a_number_alone_is_completed_too(kept: Run) -> None:
    assert offered(kept, INSPECTED.entry[:5]) == [INSPECTED.entry, RESENT.entry]
    assert offered(kept, "status", INSPECTED.entry, "TEST-4") == [UNKNOWN.own]


def test_alerts_are_completed_by_their_ids(kept: Run) -> None:
    made = kept("check", "--as-of", AS_OF, "--format", "json").json["new"]
    ids = sorted(alert["id"] for alert in made)
    assert offered(kept, "alerts", "show", "") == ids
    assert offered(kept, "channels", "route", ids[0][:3]) == [ids[0]]


def test_the_store_that_is_named_is_looked_into(kept: Run, home: Path, tmp_path: Path) -> None:
    other = str(shutil.move(home / "clearance.db", tmp_path / "other.db"))
    assert offered(kept, "status", "") == []
    assert {*offered(kept, "status", "--store", other, "")} == OPEN
    assert {*offered(kept, "--store", other, "status", "")} == OPEN
    (tmp_path / "s.toml").write_text('[store]\nurl = "other.db"\n')
    assert {*offered(kept, "status", "--config", "s.toml", "")} == OPEN


def test_channels_and_keys_of_settings_are_completed(call: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[channels.ops]\nkind = "console"\n')
    assert offered(call, "channels", "test", "--config", "s.toml", "") == ["ops"]
    assert offered(call, "config", "set", "report.") == ["report.zone"]
    assert offered(call, "config", "set", "--config", "s.toml", "channels.ops.sev") == [
        "channels.ops.severities"
    ]


def test_where_nothing_is_known_nothing_is_said(call: Run, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("no store at all" * 100)
    (tmp_path / "s.toml").write_text("[broken\n")
    assert offered(call, "status", "") == []
    assert offered(call, "status", "--store", "no.db", "") == []
    assert offered(call, "status", "--config", "s.toml", "") == []
    assert offered(call, "nonsense", "x", "") == []


def test_help_follows_a_tab_where_a_shell_can_show_it(kept: Run) -> None:
    assert offered(kept, "status", "TEST-2", shell="fish") == ["TEST-22\tinspection"]
    assert "\t" in offered(kept, "sta", shell="zsh")[0]


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_shell_has_a_script(call: Run, shell: str) -> None:
    assert call("completion", shell).text == SCRIPTS[shell]
    assert "clearance" in call("completion", shell, "--format", "json").json["text"]


def test_a_shell_that_is_not_known_is_wrong_use(call: Run) -> None:
    ran = call("completion", "tcsh")
    assert ran.code == 2
    assert "bash, zsh, fish, powershell" in ran.talk


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("bash"), reason="no bash")
def test_bash_completes_with_its_script(
    kept: Run, environment: Mapping[str, str], tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "clearance"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m clearance "$@"\n')
    program.chmod(0o755)
    script = tmp_path / "completion.bash"
    script.write_bytes(kept("completion", "bash").out)
    asked = (
        f"source {shlex.quote(str(script))}; COMP_WORDS=(clearance status TEST-2); COMP_CWORD=2; "
        '_clearance_completion; printf "%s\\n" "${COMPREPLY[@]}"; complete -p clearance'
    )
    path = f"{program.parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        capture_output=True, check=True, timeout=60, env={**environment, "PATH": path},
    )  # fmt: skip
    offers, *defined = done.stdout.decode().splitlines()
    assert offers == INSPECTED.own
    assert "_clearance_completion" in defined[-1]


def test_a_command_that_is_run_loads_nothing_of_completion(
    kept: Run, environment: Mapping[str, str]
) -> None:
    assert "clearance.cli._completion" not in modules(RAN, "list", env=environment)
