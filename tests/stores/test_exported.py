"""A store as a plain TinyDB file: everything in it comes back, from every kind of store."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tinydb import TinyDB

from clearance.alerting import evaluation, records
from clearance.alerting.rules import Context
from clearance.errors import ClearanceError
from clearance.model import Record
from clearance.sources import Item
from clearance.stores import LAYOUT, Store, open_store
from clearance.stores import exported as exported_module
from clearance.timelines import intake, integrity
from tests.conftest import CLOSED, Run, at
from tests.stores.support import NOW, files, items
from tests.stores.test_contract import url

GBK = CLOSED.told("P", at("02 10:00")).data.replace(b"UTF-8", b"GBK")
ODD = [
    Item("坏.xml", b"<DEC_RESULT>\xff\xfe\x00 not XML"),
    Item("gbk.xml", GBK.decode().encode("gbk")),
]
"""A message that cannot be read and is no text, and one that is not UTF-8."""


def fill(store: Store) -> None:
    intake.ingest(store, [*items(files(25)), *ODD], NOW)
    evaluation.check(store, Context(NOW))
    plan = {"references": ["I20269900000000010"], "entries": [["2026-11-01T12:00:00+08:00", {}]]}
    with store.transaction():
        store.save_records([Record("plan", "i20269900000000010", plan, ("open",))])


def told(store: Store) -> dict[str, Any]:
    """What a store holds, whatever the numbers it gives."""
    return {
        "messages": sorted(store.messages()),
        "refused": sorted(store.refused(), key=lambda refusal: refusal.id),
        "timelines": sorted((repr(d) for _, d in store.timelines())),
        "alerts": sorted(map(repr, records.alerts(store, NOW, everything=True))),
        "plans": list(store.records("plan")),
    }


@pytest.fixture
def exported(call: Run, tmp_path: Path) -> Path:
    with open_store(tmp_path / "own.db") as store:
        fill(store)
    file = tmp_path / "导出 one.json"
    assert call("store", "export", file, "--store", tmp_path / "own.db").code == 0
    return file


def test_what_was_exported_is_all_there_after_the_import(
    call: Run, exported: Path, tmp_path: Path
) -> None:
    ran = call("store", "import", exported, "--store", tmp_path / "new.db", "--format", "json")
    with open_store(tmp_path / "own.db") as own, open_store(tmp_path / "new.db") as new:
        assert told(new) == told(own)
        assert list(integrity.verify(new)) == []
        count = own.info()["messages"] + own.info()["refused"]
    assert (ran.code, ran.json) == (
        0,
        {"schema": 1, "copied": count, "skipped": 0, "verified": count, "different": 0, "lost": 0},
    )
    assert "import" in call("store", "info", "--store", tmp_path / "new.db").text


def test_an_import_again_changes_nothing_and_keeps_what_is_there(
    call: Run, exported: Path, tmp_path: Path
) -> None:
    with open_store(tmp_path / "new.db") as store:
        intake.ingest(store, items(files(6, seed=9)), NOW)
    line = ("store", "import", exported, "--store", tmp_path / "new.db", "--format", "json")
    call(*line)
    with open_store(tmp_path / "new.db") as store:
        before = told(store)
    again = call(*line).json
    assert (again["copied"], again["skipped"]) == (0, again["verified"])
    with open_store(tmp_path / "new.db") as store:
        assert told(store) == before
        assert list(integrity.verify(store)) == []


def test_the_file_is_a_plain_tinydb_file_before_and_after_tinydb_has_written_it(
    call: Run, exported: Path, tmp_path: Path
) -> None:
    with TinyDB(exported, encoding="utf-8") as db:
        tables = {name: len(db.table(name)) for name in db.tables()}
        with open_store(tmp_path / "own.db") as own:
            info = own.info()
        assert {name: tables[name] for name in ("messages", "refused", "declarations")} == {
            name: info[name] for name in ("messages", "refused", "declarations")
        }
        one = db.table("declarations").all()[0]
        assert {"system", "name", "references", "stage", "events"} <= one.keys()
        assert {"code", "at", "messages"} <= one["events"][0].keys()
        assert any("text" in message for message in db.table("messages"))
        assert any("base64" in message for message in db.table("messages"))
        db.table("notes of mine").insert({"a": 1})
    assert call("store", "import", exported, "--store", tmp_path / "new.db").code == 0


def test_what_cannot_be_read_in_it_is_left_out_and_told_and_the_rest_comes(
    call: Run, exported: Path, tmp_path: Path
) -> None:
    tables = json.loads(exported.read_bytes())
    first, second, third, fourth, *_ = tables["messages"].values()
    first["text"] = first["text"].replace("1", "2")
    del second["seen_at"]
    third |= {"base64": "no base 64!"}
    del third["text"]
    fourth["seen_at"] = "2026-03-02T08:00:00"  # nobody knows in which zone
    tables["records"]["1"] = "no record"
    cursor = {"kind": intake.CURSOR, "id": "inbox", "document": {"at": "3"}, "keys": []}
    tables["records"]["99"] = cursor
    exported.write_text(json.dumps(tables), "utf-8")
    ran = call("store", "import", exported, "--store", tmp_path / "new.db", "--format", "json")
    assert (ran.code, ran.json["lost"]) == (3, 5)
    assert ran.talk == f"{exported}: 5 entries cannot be read and were left out\n"
    with open_store(tmp_path / "new.db") as new:
        assert new.info()["messages"] == len(tables["messages"]) - 4
        assert list(new.records(intake.CURSOR)) == []  # the source brings back what is lost
        assert list(integrity.verify(new)) == []


VALUES: tuple[Any, ...] = (
    None,
    -1,
    1.5,
    "x",
    [],
    {},
    ["a"],
    {"a": 1},
    "2026-13-01",
    10**30,
    [[1]],
    [None],
)


def places(found: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON document."""
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, *path, key)


def test_whatever_stands_in_the_place_of_a_value_the_import_ends_and_the_store_is_whole(
    tmp_path: Path,
) -> None:
    with open_store("memory:") as store, (tmp_path / "whole.json").open("wb") as out:
        intake.ingest(store, [*items(files(2)), *ODD], NOW)
        exported_module.write(store, integrity.NOT_EXPORTED, out)
    written = (tmp_path / "whole.json").read_bytes()
    chance, file = Random(3), tmp_path / "spoilt.json"
    for where in chance.sample(sorted(places(json.loads(written)), key=repr), 40):
        spoilt = place = json.loads(written)
        for key in where[:-1]:
            place = place[key]
        place[where[-1]] = chance.choice(VALUES)
        file.write_text(json.dumps(spoilt), "utf-8")
        with suppress(ClearanceError), open_store("memory:") as store:
            integrity.bring(exported_module.Exported(file), store)
            assert list(integrity.verify(store)) == [], where


WRONG = {
    "is no JSON": lambda _: b"{",
    "is not UTF-8 text": lambda _: b"SQLite\x9a",
    "has written": lambda _: b'{"_default": {"1": {}}}',
    "has written ": lambda _: b"[]",
    "later version": lambda tables: json.dumps(
        tables | {"store": {"1": {"format": "clearance", "layout": LAYOUT + 1}}}
    ).encode(),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_no_export_is_a_line_and_makes_no_store(
    call: Run, exported: Path, tmp_path: Path, wrong: str
) -> None:
    spoil: Callable[[Any], bytes] = WRONG[wrong]
    exported.write_bytes(spoil(json.loads(exported.read_bytes())))
    ran = call("store", "import", exported, "--store", tmp_path / "new.db")
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert wrong.strip() in ran.talk
    assert not (tmp_path / "new.db").exists()
    gone = call("store", "import", tmp_path / "gone.json", "--store", tmp_path / "new.db")
    assert (gone.code, gone.talk.count("\n")) == (1, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_an_exported_file_is_its_owners_alone_as_the_store_is(exported: Path) -> None:
    assert exported.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "kind", ["tinydb", "memory", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def test_every_store_is_exported_alike(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    written = []
    for number, place in enumerate((str(tmp_path / "own.db"), url(kind, request))):
        file = tmp_path / f"{number}.json"
        with open_store(place) as store, file.open("wb") as out:
            fill(store)
            exported_module.write(store, integrity.NOT_EXPORTED, out)
        written.append(json.loads(file.read_bytes()))
    for name in ("store", "messages", "refused", "declarations", "records"):
        ours, theirs = (tables[name].values() for tables in written)
        assert sorted(map(_plain, ours)) == sorted(map(_plain, theirs)), name


def _plain(document: dict[str, Any]) -> str:
    return json.dumps(document, sort_keys=True)
