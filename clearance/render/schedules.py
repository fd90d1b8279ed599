"""Entries for the schedulers of each operating system, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clearance import schedule
from clearance.model import Words, in_language
from clearance.render import Page, Table
from clearance.render.tables import SCHEMA, flat
from clearance.render.words import say


def script(shell: str, text: str) -> Page:
    """What a shell is to run at its start."""
    row = {"shell": shell, "text": text}
    table = Table(notes=tuple(text.splitlines()))
    return Page({"schema": SCHEMA, **row}, (row,), (table,), flat([row], "en", *row))


def schedules(ingest: Sequence[str] | None, check: Sequence[str], lang: str) -> Page:
    """The entry for each scheduler, and the file it belongs into."""
    entries = {
        "crontab": schedule.crontab(ingest, check),
        "systemd service": schedule.service(ingest, check),
        "systemd timer": schedule.TIMER,
        "systemd failure": schedule.FAILED,
        "schtasks": schedule.schtasks(ingest, check),
    }
    files = {
        "crontab": say("put in with crontab -e", lang),
        "systemd service": "/etc/systemd/system/clearance.service",
        "systemd timer": "/etc/systemd/system/clearance.timer",
        "systemd failure": "/etc/systemd/system/clearance-failed.service",
        "schtasks": say("for the command prompt of Windows", lang),
    }
    return _page(entries, files, _HINTS, schedule.too_long(ingest, check), lang)


def watching(watch: Sequence[str], lang: str) -> Page:
    """What keeps ``watch`` running, for each operating system, and the file it belongs into."""
    entries = {
        "systemd service": schedule.watching_service(watch),
        "schtasks": schedule.watching_task(watch),
        "launchd agent": schedule.watching_agent(watch),
    }
    files = {
        "systemd service": "/etc/systemd/system/clearance-watch.service",
        "schtasks": say("for the command prompt of Windows", lang),
        "launchd agent": "~/Library/LaunchAgents/org.clearance.watch.plist",
    }
    return _page(entries, files, _WATCHING_HINTS, schedule.too_long(watch), lang)


def _page(
    entries: Mapping[str, str],
    files: Mapping[str, str],
    hints: Mapping[str, Words],
    too_long: bool,
    lang: str,
) -> Page:
    notes = {
        name: [
            *(f"# {line}" for line in (files[name], *_hints(hints, name, lang))),
            *text.splitlines(),
        ]
        for name, text in entries.items()
    }
    if too_long:
        notes["schtasks"].append(f"# {say('too long for schtasks: put it into a .cmd file', lang)}")
    rows = [
        {"scheduler": name, "place": files[name], "text": text} for name, text in entries.items()
    ]
    return Page(
        json={"schema": SCHEMA, **{name.replace(" ", "_"): text for name, text in entries.items()}},
        lines=tuple(rows),
        tables=tuple(Table(notes=tuple(lines)) for lines in notes.values()),
        flat=flat(rows, lang, "scheduler", "place", "text"),
    )


_HINTS: Mapping[str, Words] = {
    "systemd service": {
        "en": "without User=NAME under [Service] it runs as root, and root owns the store\n"
        "for yourself alone: put the three into ~/.config/systemd/user/ and say systemctl --user",
        "zh": "[Service] 下若无 User=用户名 则以 root 运行，数据库归 root 所有\n"
        "仅供本人使用：将三个文件放入 ~/.config/systemd/user/ 并使用 systemctl --user",
    },
    "systemd timer": {
        "en": "then: systemctl daemon-reload && systemctl enable --now clearance.timer",
        "zh": "然后执行：systemctl daemon-reload && systemctl enable --now clearance.timer",
    },
    "schtasks": {
        "en": "it runs while you are logged on; /RU SYSTEM runs it always",
        "zh": "仅在您登录时运行；加 /RU SYSTEM 可始终运行",
    },
}
"""What to know about an entry, one thing a line."""


_WATCHING_HINTS: Mapping[str, Words] = {
    "systemd service": {
        "en": "without User=NAME under [Service] it runs as root, and root owns the store\n"
        "then: systemctl daemon-reload && systemctl enable --now clearance-watch.service\n"
        "for yourself alone: ~/.config/systemd/user/, systemctl --user, WantedBy=default.target",
        "zh": "[Service] 下若无 User=用户名 则以 root 运行，数据库归 root 所有\n"
        "然后执行：systemctl daemon-reload && systemctl enable --now clearance-watch.service\n"
        "仅供本人使用：~/.config/systemd/user/，systemctl --user，WantedBy=default.target",
    },
    "schtasks": {
        "en": "it runs from logon on; /SC ONSTART /RU SYSTEM runs it without one\n"
        "a task ends after 72 hours unless that is switched off in its settings",
        "zh": "自登录起运行；改用 /SC ONSTART /RU SYSTEM 则无须登录\n"
        "任务默认 72 小时后停止，请在任务的设置中取消该限制",
    },
    "launchd agent": {
        "en": "then: launchctl load -w ~/Library/LaunchAgents/org.clearance.watch.plist",
        "zh": "然后执行：launchctl load -w ~/Library/LaunchAgents/org.clearance.watch.plist",
    },
}
"""The same of what keeps ``watch`` running."""


def _hints(hints: Mapping[str, Words], name: str, lang: str) -> list[str]:
    return in_language(hints[name], lang).splitlines() if name in hints else []
