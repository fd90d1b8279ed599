"""``clearance store``."""

from __future__ import annotations

from pathlib import Path

import clearance
from tests.cli.support import everything
from tests.conftest import Run


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
