"""What runs ``clearance`` under cron, systemd, Windows and launchd, each quoted by its own rules.

Pure functions of the commands to run: one that watches and goes on running; or two that run
regularly, one that ingests, or None, and one that checks. These run at minutes 7, 22, 37 and 52,
because chats answer slowly, or not at all, at the full and half hour.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from html import escape

_MINUTES = (7, 22, 37, 52)
_MAX_SCHTASKS_CHARS = 261
"""Characters of a command that schtasks accepts at most."""

Command = Sequence[str]
"""A command as its words, unquoted."""


def crontab(ingest: Command | None, check: Command) -> str:
    """A line for ``crontab -e``, in which a percent sign is escaped because it ends a command."""
    first = f"{_sh(ingest)} > /dev/null; " if ingest else ""
    minutes = ",".join(map(str, _MINUTES))
    return f"{minutes} * * * * {first}{_sh(check)}\n"


def _sh(command: Command) -> str:
    return shlex.join(command).replace("\\%", "\\''%").replace("%", "\\%")


def service(ingest: Command | None, check: Command) -> str:
    """The unit ``clearance.service``; that some messages are refused is no failure of it."""
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
"""The unit ``clearance.timer``."""

FAILED = """\
[Unit]
Description=Customs alerts have failed

[Service]
Type=oneshot
ExecStart=/usr/bin/logger --priority user.err "clearance check failed, or could not tell everybody"
"""
"""The unit ``clearance-failed.service``, to be edited so that it wakes somebody."""


def _systemd(command: Command) -> str:
    """A command as systemd.service(5) and systemd.unit(5) read it."""
    return " ".join(map(_systemd_word, command))


def _systemd_word(word: str) -> str:
    """A word with specifiers and variables escaped, in quotes where it needs them."""
    written = re.sub(r'(["\\])', r"\\\1", word).replace("%", "%%").replace("$", "$$")
    return f'"{written}"' if re.search(r"[^\w/.:=@,+%$-]", word) or not word else written


_STOP_SECONDS = 150
"""Seconds that ``watch`` may take to end: a check that is sending ends within two minutes."""


def watching_service(watch: Command) -> str:
    """The unit ``clearance-watch.service``: ended by SIGTERM, started again whenever it ends."""
    return (
        "[Unit]\n"
        "Description=Customs messages, as they come\n"
        "\n"
        "[Service]\n"
        f"ExecStart={_systemd(watch)}\n"
        "Restart=always\n"
        "RestartSec=10\n"
        f"TimeoutStopSec={_STOP_SECONDS}\n"
        "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n"
    )


def watching_task(watch: Command) -> str:
    """A line for a Windows command prompt: a task from logon on."""
    line = " ".join(map(_schtasks_word, watch))
    return f'schtasks /Create /F /TN "clearance watch" /SC ONLOGON /TR "{line}"\n'


def watching_agent(watch: Command) -> str:
    """The launchd agent ``org.clearance.watch``, which runs from login on."""
    words = "".join(f"    <string>{escape(word, quote=False)}</string>\n" for word in watch)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
        '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0">\n'
        "<dict>\n"
        "  <key>Label</key>\n"
        "  <string>org.clearance.watch</string>\n"
        "  <key>ProgramArguments</key>\n"
        f"  <array>\n{words}  </array>\n"
        "  <key>RunAtLoad</key>\n"
        "  <true/>\n"
        "  <key>KeepAlive</key>\n"
        "  <true/>\n"
        "  <key>ExitTimeOut</key>\n"
        f"  <integer>{_STOP_SECONDS}</integer>\n"
        "</dict>\n"
        "</plist>\n"
    )


def schtasks(ingest: Command | None, check: Command) -> str:
    """Lines for a Windows command prompt, one for each task."""
    tasks = {"clearance ingest": (5, ingest), "clearance check": (7, check)}
    return "".join(
        f'schtasks /Create /F /TN "{name}" /SC MINUTE /MO 15 /ST 00:{minute:02} /TR "{line}"\n'
        for name, (minute, command) in tasks.items()
        if command
        for line in [" ".join(map(_schtasks_word, command))]
    )


def too_long(*commands: Command | None) -> bool:
    """Whether any command is too long for schtasks."""
    return any(_schtasks_chars(command) > _MAX_SCHTASKS_CHARS for command in commands if command)


def _schtasks_chars(command: Command) -> int:
    """The length of a command as schtasks counts it, after the prompt has read the quotes."""
    return len(" ".join(map(_schtasks_word, command)).replace('\\"', '"'))


def _schtasks_word(word: str) -> str:
    """A word inside ``/TR "…"``, quoted if it has to be.

    Its escaped quotes close the outer ones for the command prompt, so what the prompt would read in
    the word is escaped with a caret.
    """
    if not re.search(r"[\s&|<>^()]", word):
        return word
    return '\\"{}\\"'.format(re.sub(r"([&|<>^])", r"^\1", word))
