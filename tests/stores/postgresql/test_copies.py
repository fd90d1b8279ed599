"""The same answers as every other store, and copies from one to another."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import demo
from clearance.model import Message
from clearance.sources import Item
from clearance.stores import OPEN, open_store
from clearance.timelines import derive, intake, integrity
from tests.conftest import AS_OF, INSPECTED, Run, laid
from tests.stores.postgresql.support import (
    LATER,
    NOW,
    asking,
    everything,
    files,
    filled,
    halves,
    items,
)

pytestmark = pytest.mark.slow


def test_the_json_of_every_store_is_the_same_to_the_byte(
    database: str, call: Run, tmp_path: Path
) -> None:
    """The demo's messages in both, and what each command tells of them."""
    laid(demo.demo_files(), tmp_path / "InBox")
    tiny = str(tmp_path / "tiny.db")
    day = "2026-09-08T09:00:00+08:00"
    whom = demo.under_inspection(demo.demo_files(), datetime.fromisoformat(day))
    commands = [
        ("ingest", str(tmp_path / "InBox")),
        ("check", "--as-of", day),
        ("check", "--as-of", LATER),
        ("status", whom, "--as-of", day),
        ("status", whom, "--as-of", LATER),
        ("explain", whom, "--as-of", day),
        ("list", "--as-of", LATER),
        ("list", "--all", "--events", "--as-of", day),
        ("alerts", "--as-of", LATER),
        ("report", "--period", "2026Q2..2026Q3", "--as-of", LATER),
        ("report", "--period", "2026Q2..2026Q3", "--by", "office,direction", "--as-of", day),
        ("report", "--period", "2026-05..2026-07", "--interval", "accept-release", "--as-of", day),
        ("status", whom[:-1] + "x", "--as-of", day),
        ("store", "verify"),
    ]
    for command in commands:
        told = [call(*command, "--store", url, "--format=json") for url in (tiny, database)]
        assert told[0].code == told[1].code
        assert told[0].out == told[1].out, command


def test_a_copy_there_and_back_is_the_same(database: str, tmp_path: Path) -> None:
    first, last = tmp_path / "first.db", tmp_path / "last.db"
    with (
        filled(str(first), 60) as source,
        open_store(database) as shared,
        open_store(last) as back,
    ):
        intake.ingest(source, [Item("a letter.txt", b"dear clerk")], NOW)
        evaluation.check(source, rules.Context(NOW))
        intake.ingest(source, items(files(62)), NOW)
        result = integrity.copy(source, shared)
        kept = len(list(source.messages())) + 1
        assert result == integrity.Copied(kept, 0, kept)
        assert integrity.copy(source, shared) == integrity.Copied(0, kept, kept)
        integrity.copy(shared, back)
        assert everything(source) == everything(shared) == everything(back)
        assert list(integrity.verify(shared)) == list(integrity.verify(back)) == []
        again = [evaluation.check(store, rules.Context(NOW)) for store in (source, shared, back)]
        assert again[0] == again[1] == again[2]


_COPYING = """
import os, signal, sys
from clearance.timelines import intake, integrity
from clearance.stores import open_store
integrity.BATCH = 500
with open_store(sys.argv[1]) as source, open_store(sys.argv[2]) as target:
    messages = source.messages
    def until_killed(*ids):
        for number, message in enumerate(messages(*ids)):
            if number == 700:
                os.kill(os.getpid(), signal.SIGKILL)
            yield message
    source.messages = until_killed
    integrity.copy(source, target)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_copy_that_was_killed_goes_on_where_it_stopped(database: str, tmp_path: Path) -> None:
    """Killed in its second commit, so the first one is there."""
    path = str(tmp_path / "store.db")
    with filled(path, 400) as source:
        kept = len(list(source.messages()))
        copying = subprocess.run([sys.executable, "-c", _COPYING, path, database], check=False)
        assert copying.returncode == -signal.SIGKILL
        with open_store(database) as target:
            there = target.info()["messages"]
            assert there == 500
            assert integrity.copy(source, target) == integrity.Copied(kept - there, there, kept)
            assert everything(source) == everything(target)


def test_a_copy_into_a_store_that_holds_more_links_what_belongs_together(database: str) -> None:
    one, other = halves(1)
    with open_store("memory:") as source, open_store(database) as target:
        intake.ingest(source, [Item(one.name, one.data)], NOW)
        intake.ingest(target, [Item(other.name, other.data)], NOW)
        assert integrity.copy(source, target) == integrity.Copied(1, 0, 1)
        ((_, declaration),) = target.timelines()
        assert len(declaration.events) == 2
        assert list(integrity.verify(target)) == []


def test_a_copy_of_what_is_not_whole_is_one_line_and_exit_1(
    database: str, call: Run, tmp_path: Path
) -> None:
    path = str(tmp_path / "store.db")
    with filled(path, 4) as source:
        first = next(source.messages())
        source.save_messages(
            [Message(first.id, first.data + b" ", first.received_as, first.seen_at)]
        )
    ran = call("store", "copy", database, "--store", path, "--format", "json")
    assert ran.code == 1
    assert first.id in ran.error["message"]
    with filled(path, 4) as source:
        source.save_messages([first])
        id, declaration = next(source.timelines())
        source.save_timelines([(id, derive.link(declaration.events[:1])[0])])
    ran = call("store", "copy", database, "--store", path, "--format", "json")
    assert ran.code == 1
    assert "not the same in both" in ran.error["message"]


def test_copying_is_a_command_both_ways(
    database: str, inbox: Path, call: Run, tmp_path: Path
) -> None:
    path = str(tmp_path / "back.db")
    call("ingest", inbox)
    there = call("store", "copy", database, "--format", "json")
    kept = call("store", "info", "--format", "json").json["messages"]
    assert there.json == {
        "schema": 1,
        "copied": kept,
        "skipped": 0,
        "verified": kept,
        "different": 0,
    }
    back = call("store", "copy", path, "--store", database, "--format", "json")
    assert back.json == there.json
    told = [
        call("status", INSPECTED.own, "--as-of", AS_OF, "--format", "json", *store).out
        for store in ((), ("--store", database), ("--store", path))
    ]
    assert told[0] == told[1] == told[2]
    assert call("store", "copy", database).text != ""


def test_open_declarations_are_found_in_every_copy(database: str) -> None:
    with open_store("memory:") as source, open_store(database) as target:
        intake.ingest(source, items(files(20)), NOW)
        integrity.copy(source, target)
        assert len(target.ids({OPEN})) == len(source.ids({OPEN}))


def test_what_is_spoilt_on_a_server_is_left_behind_by_an_export_that_is_imported(
    database: str, call: Run, inbox: Path, tmp_path: Path
) -> None:
    """As the advice says; what was lost comes back when it is read in again."""
    on_server, new = ("--store", database), ("--store", tmp_path / "new.db")
    read = call("ingest", inbox, *on_server, "--format", "json").json["new"]
    with asking(database) as ask:
        ask(
            "UPDATE clearance_messages SET data = substr(data, 1, 50)"
            " WHERE serial = (SELECT min(serial) FROM clearance_messages)"
        )
    found = call("store", "verify", *on_server)
    assert found.code == 1
    assert "of a server store export, and store import into another" in found.text + found.talk
    salvage = call("store", "rebuild", "--salvage", *on_server)
    assert "of a server store export, and store import into another" in salvage.talk
    assert call("store", "export", tmp_path / "all.json", *on_server).code == 0
    kept = call("store", "import", tmp_path / "all.json", *new, "--format", "json")
    assert kept.json["lost"] == 1
    assert call("ingest", inbox, *new, "--format", "json").json["new"] == 1
    assert call("store", "verify", *new).code == 0
    assert call("store", "info", *new, "--format", "json").json["messages"] == read
