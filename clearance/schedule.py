"""Lines for the schedulers of three worlds, each quoted as its reader takes words apart.

Pure functions of the commands to run. Minutes 7, 22, 37 and 52: robots answer slowly, or not, at
the full and the half hour.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

MINUTES = (7, 22, 37, 52)
LONGEST = 261
"""Characters of a command that schtasks takes."""

Command = Sequence[str]


def crontab(ingest: Command | None, check: Command) -> str:
    """A line for ``crontab -e``; in it a percent sign ends the command unless it is escaped."""
    first = f"{_sh(ingest)} > /dev/null; " if ingest else ""
    minutes = ",".join(map(str, MINUTES))
    return f"{minutes} * * * * {first}{_sh(check)}\n"


def _sh(command: Command) -> str:
    return shlex.join(command).replace("\\%", "\\''%").replace("%", "\\%")


def service(ingest: Command | None, check: Command) -> str:
    """``clearance.service``: what is read in before may be partly refused, which is no failure."""
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
OnCalendar=*:{",".join(f"{minute:02}" for minute in MINUTES)}
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
"""``clearance-failed.service``: put there what wakes somebody."""


def _systemd(command: Command) -> str:
    """Words as systemd.service(5) and systemd.unit(5) read them, with specifiers and variables."""
    return " ".join(_word(word) for word in command)


def _word(word: str) -> str:
    written = re.sub(r'(["\\])', r"\\\1", word).replace("%", "%%").replace("$", "$$")
    return f'"{written}"' if re.search(r"[^\w/.:=@,+%$-]", word) or not word else written


def schtasks(ingest: Command | None, check: Command) -> str:
    """Lines for a Windows command prompt."""
    tasks = {"clearance ingest": (5, ingest), "clearance check": (7, check)}
    return "".join(
        f'schtasks /Create /F /TN "{name}" /SC MINUTE /MO 15 /ST 00:{minute:02} /TR "{line}"\n'
        for name, (minute, command) in tasks.items()
        if command
        for line in [" ".join(map(_cmd, command))]
    )


def too_long(*commands: Command | None) -> bool:
    """Whether schtasks would not take one of some commands."""
    return any(len(" ".join(map(_cmd, c)).replace('\\"', '"')) > LONGEST for c in commands if c)


def _cmd(word: str) -> str:
    """A word within the quotes of ``/TR``: its own stand escaped, which ends the outer ones.

    So what the prompt would read in it stands behind a caret.
    """
    if not re.search(r"[\s&|<>^()]", word):
        return word
    return '\\"{}\\"'.format(re.sub(r"([&|<>^])", r"^\1", word))
