"""Entries for the schedulers of each operating system, as a page."""

from __future__ import annotations

from collections.abc import Sequence

from clearance import schedule
from clearance.render import Page, Table
from clearance.render.tables import SCHEMA, flat
from clearance.render.words import say


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
    notes = {name: [f"# {files[name]}", *text.splitlines()] for name, text in entries.items()}
    if schedule.too_long(ingest, check):
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
