"""Lines for cron, systemd and the Windows task scheduler, each quoted by its own rules.

Pure functions of the commands to run. They run at minutes 7, 22, 37 and 52: chat robots answer
slowly, or not at all, at the full and the half hour.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_MINUTES = (7, 22, 37, 52)
_MAX_SCHTASKS_CHARS = 261
"""Limit of characters in a command of schtasks."""

Command = Sequence[str]
"""The words of a command."""


def crontab(ingest: Command | None, check: Command) -> str:
    """A line for ``crontab -e``, where a percent sign ends the command unless it is escaped."""
    first = f"{_sh(ingest)} > /dev/null; " if ingest else ""
    minutes = ",".join(map(str, _MINUTES))
    return f"{minutes} * * * * {first}{_sh(check)}\n"


def _sh(command: Command) -> str:
    return shlex.join(command).replace("\\%", "\\''%").replace("%", "\\%")


def service(ingest: Command | None, check: Command) -> str:
    """``clearance.service``; that ``ingest`` refused some messages is no failure of it."""
    first = f"ExecStart=-{_systemd(ingest)}\n" if ingest else ""
    return (
        "[Unit]\n"
        "Description=Customs alerts\n"
        "OnFailure=clearance-failed.service\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"{first}ExecStart={_systemd(check)}\n"
        "TimeoutStartSec=10min\n"
    )


TIMER = f"""\
[Unit]
Description=Customs alerts, four times an hour

[Timer]
OnCalendar=*:{",".join(f"{minute:02}" for minute in _MINUTES)}
RandomizedDelaySec=60
Persistent=true

[Install]
WantedBy=timers.target
"""
"""``clearance.timer``."""

FAILED = """\
[Unit]
Description=Customs alerts have failed

[Service]
Type=oneshot
ExecStart=/usr/bin/logger --priority user.err "clearance check failed, or could not tell everybody"
"""
"""``clearance-failed.service``: the place for a command that wakes somebody."""


def _systemd(command: Command) -> str:
    """Words quoted for systemd.service(5) and systemd.unit(5), specifiers and variables escaped."""
    return " ".join(_word(word) for word in command)


def _word(word: str) -> str:
    written = re.sub(r'(["\\])', r"\\\1", word).replace("%", "%%").replace("$", "$$")
    return f'"{written}"' if re.search(r"[^\w/.:=@,+%$-]", word) or not word else written


def schtasks(ingest: Command | None, check: Command) -> str:
    """Lines for a Windows command prompt."""
    first = _task("clearance ingest", 5, ingest) if ingest else ""
    return first + _task("clearance check", 7, check)


def _task(name: str, minute: int, command: Command) -> str:
    return (
        f'schtasks /Create /F /TN "{name}" /SC MINUTE /MO 15 /ST 00:{minute:02} '
        f'/TR "{_task_run(command)}"\n'
    )


def too_long(*commands: Command | None) -> bool:
    """Whether one of some commands is too long for schtasks."""
    written = (_task_run(command).replace('\\"', '"') for command in commands if command)
    return any(len(line) > _MAX_SCHTASKS_CHARS for line in written)


def _task_run(command: Command) -> str:
    return " ".join(map(_cmd, command))


def _cmd(word: str) -> str:
    """Quotes a word inside ``/TR "…"``.

    Escaped inner quotes close the outer ones for cmd.exe, so its special characters are escaped by
    a caret.
    """
    if not re.search(r"[\s&|<>^()]", word):
        return word
    return '\\"{}\\"'.format(re.sub(r"([&|<>^])", r"^\1", word))
