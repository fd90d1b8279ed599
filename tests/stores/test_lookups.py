"""How often a store in a file is looked through while messages are read in."""

from __future__ import annotations

from pathlib import Path

from clearance.model import Record
from clearance.stores import open_store
from clearance.stores.tinydb import TinyStore
from clearance.timelines import intake
from tests.stores.support import NOW, files, items


def test_a_new_message_is_looked_for_twice_before_it_is_written(tmp_path: Path) -> None:
    """Once without a lock, to know whether there is anything to write; once with it."""
    statements: list[str] = []
    some = items(files())
    with open_store(tmp_path / "store.db") as store:
        intake.ingest(store, some[:50], NOW)
        assert isinstance(store, TinyStore)
        store._storage.connection.set_trace_callback(statements.append)
        intake.ingest(store, some[50:], NOW)
        store._storage.connection.set_trace_callback(None)
    looks = [one for one in statements if one.startswith('SELECT id FROM "messages__keys"')]
    reads = [one for one in statements if one.startswith('SELECT id, doc, crc FROM "messages"')]
    assert (len(looks), len(reads)) == (2, 0)


def test_of_many_new_messages_only_the_first_part_is_looked_for_without_a_lock(
    tmp_path: Path,
) -> None:
    statements: list[str] = []
    some = items(files(110))
    assert len(some) > 500
    with open_store(tmp_path / "store.db") as store:
        assert isinstance(store, TinyStore)
        store._storage.connection.set_trace_callback(statements.append)
        intake.ingest(store, some, NOW)
    before = statements[: statements.index("BEGIN IMMEDIATE")]
    looks = [one for one in before if one.startswith('SELECT id FROM "messages__keys"')]
    assert len(looks) == 1


def test_a_record_that_is_written_anew_is_read_once(tmp_path: Path) -> None:
    statements: list[str] = []
    kept = Record("note", "a", {"text": "one"}, ("x",))
    with open_store(tmp_path / "store.db") as store:
        store.save_records([kept])
        assert isinstance(store, TinyStore)
        store._storage.connection.set_trace_callback(statements.append)
        store.save_records([kept._replace(document={"text": "two"}, keys=("y",))])
        store._storage.connection.set_trace_callback(None)
        found = list(store.records("note", {"x"})), list(store.records("note", {"y"}))
    reads = [one for one in statements if one.startswith('SELECT id, doc, crc FROM "records"')]
    assert len(reads) == 1
    assert found == ([], [kept._replace(document={"text": "two"}, keys=("y",))])


def test_nothing_to_remove_takes_no_transaction(tmp_path: Path) -> None:
    statements: list[str] = []
    with open_store(tmp_path / "store.db") as store:
        assert isinstance(store, TinyStore)
        store._storage.connection.set_trace_callback(statements.append)
        store.delete_records("note", {"a"})
        store.mark_checked([])
    assert [one for one in statements if not one.startswith("SELECT")] == []
