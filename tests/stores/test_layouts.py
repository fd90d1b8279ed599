"""Stores that an earlier version wrote, and fields that are added.

``data/layout_1.db`` and ``data/layout_1.sql`` were made by the version that had layout 1: invented
declarations from ``samples/``, a message that is none, a plan, a check with an alert and its
deliveries, a silence, and the lease of a check.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clearance import stores
from clearance.errors import StoreDamaged, StoreOlder
from clearance.model import MILESTONES, TIMED_FACTS, Record, Timings
from clearance.stores import LAYOUT, Store, open_store
from clearance.timelines import intake, integrity
from tests.conftest import Run
from tests.stores.postgresql.support import FORMER, Ask, asking
from tests.stores.support import NOW, files, items

DATA = Path(__file__).parent / "data"
INSPECTED = "224820261990015120"
AS_OF = "2026-05-12T09:00:00+08:00"
"""When the check was that left the alert."""
KEPT = ("alert", "delivery", "feed", "lease", "plan", "silence", "unread")
"""Kinds of records that do not follow from messages, or are not derived by a rebuild."""
READING = (
    ("status", INSPECTED),
    ("explain", INSPECTED),
    ("list", "--all"),
    ("report", "--period", "2026"),
    ("alerts", "list"),
    ("refused",),
    ("plan", "list"),
    ("store", "info"),
    ("store", "verify"),
    ("store", "copy", "other.db"),
)
WRITING = (
    ("ingest", "InBox"),
    ("check",),
    ("refused", "retry"),
    ("plan", "set", INSPECTED, "--cutoff", "2026-05-20T12:00"),
    ("alerts", "silence", "--match", "office=2248", "--until", "2d", "--note", "x"),
    ("store", "init"),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store in a file that has layout 1."""
    return Path(shutil.copy(DATA / "layout_1.db", tmp_path / "old.db"))


def documents(path: Path, table: str) -> list[dict[str, Any]]:
    """The documents of a table as they lie in the file."""
    with closing(sqlite3.connect(path)) as raw:
        return [json.loads(doc) for (doc,) in raw.execute(f"SELECT doc FROM {table} ORDER BY id")]


def layout(path: Path) -> int:
    with closing(sqlite3.connect(path)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


def records(store: Store) -> list[Record]:
    return [record for record in store.records() if record.kind in KEPT]


def test_the_old_store_holds_one_of_everything(old: Path) -> None:
    assert layout(old) == 1 < LAYOUT
    assert {record["kind"] for record in documents(old, "records")} == {*KEPT, "dwell"}
    assert len(documents(old, "messages")) == 47
    assert len(documents(old, "refused")) == 1


@pytest.mark.parametrize("command", [*READING, *WRITING], ids=" ".join)
def test_every_command_says_that_an_older_store_is_to_be_rebuilt_and_leaves_it_alone(
    old: Path, command: tuple[str, ...], call: Run, inbox: Path
) -> None:
    before = old.read_bytes()
    ran = call(*command, "--store", old, "--format", "json")
    assert (ran.code, ran.error["kind"]) == (1, "store")
    assert ran.talk.count("\n") == 1
    assert str(old) in ran.talk
    assert "clearance store rebuild" in ran.talk
    assert old.read_bytes() == before


def test_nothing_is_copied_into_an_older_store(old: Path, call: Run, tmp_path: Path) -> None:
    with open_store(tmp_path / "new.db") as store:
        intake.ingest(store, items(files(2)), NOW)
    ran = call("store", "copy", old, "--store", tmp_path / "new.db")
    assert ran.code == 1
    assert f"{old} was written by an earlier version" in ran.talk


def test_a_rebuild_brings_an_older_store_up_to_date_and_loses_nothing(old: Path, call: Run) -> None:
    tables = ("messages", "refused", "records")
    before = {table: documents(old, table) for table in tables}
    assert call("store", "rebuild", "--store", old, "--format", "json").json["declarations"] == 8
    after = {table: documents(old, table) for table in tables}
    assert layout(old) == LAYOUT
    for table in ("messages", "refused"):
        assert after[table] == before[table]
    kept = [record for record in after["records"] if record["kind"] in KEPT]
    assert kept == [record for record in before["records"] if record["kind"] in KEPT]
    derived = [record for record in after["records"] if record["kind"] not in KEPT]
    assert {record["kind"] for record in derived} == {"dwell", "link", "system"}
    assert call("store", "verify", "--store", old).code == 0


def test_a_rebuilt_store_tells_what_a_new_one_would(old: Path, call: Run) -> None:
    call("store", "rebuild", "--store", old)
    with open_store(old) as store, open_store("memory:") as new:
        integrity.copy(store, new)
        assert [d for _, d in store.timelines()] == [d for _, d in new.timelines()]
        assert dict(store.timings()) == {id: Timings.of(d) for id, d in store.timelines()}
        assert sorted(records(store)) == sorted(records(new))
        assert store.unchecked() == store.ids()
    shown = call("status", INSPECTED, "--store", old, "--as-of", AS_OF, "--format", "json").json
    assert [d["stage"] for d in shown["declarations"]] == ["released"]


def test_the_alerts_of_an_older_store_live_on(old: Path, call: Run) -> None:
    """Looked at from the same moment the same one is firing, and none is new."""
    (known,) = [d["id"] for d in documents(old, "records") if d["kind"] == "alert"]
    call("store", "rebuild", "--store", old)
    given = ("--store", old, "--as-of", AS_OF, "--format", "json")
    checked = call("check", *given).json
    assert checked["new"] == checked["resolved"] == []
    alerts = call("alerts", "list", *given).json["alerts"]
    assert [(alert["id"], alert["state"]) for alert in alerts] == [(known, "firing")]


def test_a_rebuild_that_fails_leaves_an_older_store_as_it_was(old: Path, call: Run) -> None:
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute("UPDATE messages SET doc = json_set(doc, '$.id', 'sha256:0') WHERE id = 3")
    before = {table: documents(old, table) for table in ("records", "declarations", "passages")}
    assert call("store", "rebuild", "--store", old).code == 1
    assert layout(old) == 1
    assert {table: documents(old, table) for table in before} == before


def test_an_older_store_that_is_damaged_is_salvaged_into_a_new_one(old: Path, call: Run) -> None:
    before = documents(old, "records")
    ran = call("store", "rebuild", "--salvage", "--store", old, "--format", "json")
    assert (ran.json["messages"], ran.json["refused"], ran.json["lost"]) == (47, 1, 0)
    assert layout(old) == LAYOUT
    assert layout(old.with_name("old.db.damaged")) == 1
    kept = [record for record in documents(old, "records") if record["kind"] in KEPT]
    by_name = {(record["kind"], record["id"]): record for record in kept}
    for record in before:
        if record["kind"] in KEPT:
            assert by_name.pop((record["kind"], record["id"])) == record
    assert by_name == {}


# PostgreSQL


@pytest.fixture(
    params=[pytest.param("database", id="postgresql"), pytest.param("cluster", id="citus")]
)
def shared(request: pytest.FixtureRequest) -> Iterator[tuple[str, Ask]]:
    """A store of layout 1 on a server, on a cluster with its tables spread."""
    url = str(request.getfixturevalue(request.param))
    with asking(url) as ask:
        ask((DATA / "layout_1.sql").read_text(encoding="utf-8"))
        if request.param == "cluster":
            former = {"clearance_passages": "id", "clearance_changed": "id"}
            tables = {**FORMER, **former}
            for table, column in tables.items():
                if ask("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", table):
                    ask("SELECT create_distributed_table(%s, %s)", table, column)
            ask("SELECT create_reference_table('clearance_meta')")
        yield url, ask


@pytest.mark.slow
def test_an_older_store_on_a_server_is_rebuilt_in_one_commit(
    shared: tuple[str, Ask], call: Run
) -> None:
    url, ask = shared
    for command in (*READING, ("ingest", "-"), ("check",), ("store", "init")):
        ran = call(*command, "--store", url, "--format", "json")
        assert (ran.code, ran.error["kind"]) == (1, "store"), command
        assert "clearance store rebuild" in ran.talk
    assert ask("SELECT value FROM clearance_meta WHERE name = 'schema'") == [(4,)]
    before = ask("SELECT name, keys, doc::text FROM clearance_records ORDER BY serial")
    assert call("store", "rebuild", "--store", url, "--format", "json").json["declarations"] == 1
    after = ask("SELECT name, keys, doc::text FROM clearance_records ORDER BY serial")
    kept = tuple(f"{kind}:" for kind in KEPT)
    assert [row for row in after if row[0].startswith(kept)] == [
        row for row in before if row[0].startswith(kept)
    ]
    assert call("store", "verify", "--store", url).code == 0
    info = call("store", "info", "--store", url, "--format", "json").json
    assert (info["messages"], info["refused"], info["version"]) == (4, 1, LAYOUT)
    shown = call("status", INSPECTED, "--store", url, "--as-of", AS_OF, "--format", "json").json
    assert [d["stage"] for d in shown["declarations"]] == ["released"]
    assert call("check", "--store", url, "--as-of", AS_OF, "--format", "json").json["new"] == []


@pytest.mark.slow
def test_a_rebuild_on_a_server_that_fails_migrates_nothing(shared: tuple[str, Ask]) -> None:
    url, ask = shared
    ask("UPDATE clearance_messages SET data = '<spoilt' WHERE serial = 2")
    with open_store(url, outdated=True) as store, pytest.raises(StoreDamaged):
        intake.rebuild(store)
    assert ask("SELECT count(*) FROM clearance_passages") == [(1,)]
    with pytest.raises(StoreOlder):
        open_store(url)


@pytest.mark.slow
def test_two_rebuilds_of_an_older_store_may_follow_each_other(
    shared: tuple[str, Ask],
) -> None:
    url, _ = shared
    with open_store(url, outdated=True) as one, open_store(url, outdated=True) as other:
        intake.rebuild(one)
        intake.rebuild(other)
        assert dict(one.timelines()) != {}
        assert list(integrity.verify(other)) == []


# Fields that are added


_WIDER = """
import json, sys
from collections import namedtuple
from clearance import model
fields = list(model.Timings._fields)
fields.insert(2, "berth")
defaults = {**model.Timings._field_defaults, "berth": "unknown"}
Wider = namedtuple("Timings", fields, defaults=[defaults[name] for name in fields[1:]])
model.Timings = Wider
from clearance.stores import codec, open_store
with open_store(sys.argv[1]) as store:
    read = dict(store.timings())
for timings in read.values():
    moored = timings._replace(berth="B7")
    assert codec.to_timings(json.loads(json.dumps(codec.from_timings(moored)))) == moored
print(json.dumps({id: timings._asdict() for id, timings in read.items()}))
"""
"""A later version, whose timings have one more field between the others."""


@pytest.mark.parametrize("kind", ["tinydb", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_field_that_is_added_has_its_default_in_older_rows_and_shifts_no_other(
    kind: str, request: pytest.FixtureRequest, environment: Mapping[str, str]
) -> None:
    name = "tmp_path" if kind == "tinydb" else "database"
    url = f"{request.getfixturevalue(name)}{'/store.db' if kind == 'tinydb' else ''}"
    with open_store(url) as store:
        intake.ingest(store, items(files(20)), NOW)
        written = dict(store.timings())
    command = [sys.executable, "-c", _WIDER, url]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    expected = {id: {**timings._asdict(), "berth": "unknown"} for id, timings in written.items()}
    assert json.loads(done.stdout) == json.loads(json.dumps(expected))


def test_no_store_lists_the_fields_of_timings() -> None:
    """It names those alone that reports are cut by, and that an index is made of."""
    names = re.compile(rf"[\"']({'|'.join((*MILESTONES, *TIMED_FACTS))})[\"']")
    for module in Path(stores.__file__).parent.rglob("*.py"):
        assert len(set(names.findall(module.read_text(encoding="utf-8")))) < 4, module.name
