"""One contract for every store; and TinyDB over SQLite beside stock TinyDB."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from clearance.alerting import evaluation, records, rules
from clearance.customs.cn_single_window import ZONE, demo
from clearance.customs.unpacking import parse
from clearance.errors import StoreBusy, StoreDamaged, StoreNewer
from clearance.model import Message, ReceivedAs, Record, Refusal
from clearance.sources import Item
from clearance.stores import OPEN, Store, open_store
from clearance.stores._sqlite import Keyed, SQLiteTable, SQLiteTinyDB
from clearance.timelines import derive, intake, integrity

NOW = datetime(2026, 11, 1, tzinfo=ZONE)
STORES = ("memory", "tinydb", "postgresql")


def url(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "memory":
        return "memory:"
    if kind == "postgresql":
        return str(request.getfixturevalue("database"))
    if kind == "citus":
        return str(request.getfixturevalue("cluster"))
    return str(request.getfixturevalue("tmp_path") / "仓库 store.db")


@pytest.fixture(params=[*STORES, "citus"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(url(request.param, request)) as opened:
        yield opened


def files(count: int = 30, seed: int = 5) -> list[demo.File]:
    return list(demo.traffic(count, seed, quarters=2))


def items(some: list[demo.File]) -> list[Item]:
    return [Item(file.name, file.data) for file in some]


def message(number: int, data: bytes = b"<x/>") -> Message:
    return Message(f"sha256:{number:064x}", data, (ReceivedAs(f"{number}.xml"),), NOW)


def test_messages_are_kept_whole_in_the_order_they_came(store: Store) -> None:
    told = [message(3), message(1, bytes(range(256))), message(2, "通关".encode("gb18030"))]
    store.save_messages(told)
    assert list(store.messages()) == told
    assert list(store.messages({told[1].id})) == [told[1]]
    assert store.names_of([told[0].id, "sha256:none"]) == {told[0].id: told[0].received_as}


def test_a_message_kept_again_takes_the_place_of_the_first(store: Store) -> None:
    first, other = message(1), message(2)
    renamed = Message(first.id, first.data, (ReceivedAs("a"), ReceivedAs("b", "2026")), NOW)
    store.save_messages([first, other])
    store.save_messages([renamed])
    assert list(store.messages()) == [renamed, other]


def test_refused_messages_are_kept_with_reason_and_bytes_until_forgiven(store: Store) -> None:
    refusal = Refusal("sha256:1", "a.xml", "empty", "the file is empty", 0, NOW, b"\xff\x00")
    store.save_refusals([refusal])
    assert list(store.refused()) == [refusal]
    store.drop_refusals([refusal.id])
    assert list(store.refused()) == []


def test_timelines_come_back_as_they_were_put(store: Store) -> None:
    declarations = derive.link(e for f in files() for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    assert dict(store.timelines()) == dict(zip(ids, declarations, strict=True))
    some = ids[::3]
    assert [id for id, _ in store.timelines(some)] == sorted(some)
    for id, summary in store.summaries():
        whole = dict(store.timelines([id]))[id]
        assert summary.references == whole.references
        assert summary.interval("declare-close") == whole.interval("declare-close")


def test_declarations_are_found_by_any_number_and_by_day(store: Store) -> None:
    declarations = derive.link(e for f in files() for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    for id, declaration in zip(ids, declarations, strict=True):
        for kind, values in declaration.references.items():
            assert id in store.ids({f"{kind}:{values[0].casefold()}"})
    assert store.ids({OPEN}) == {id for id, d in zip(ids, declarations, strict=True) if d.open}
    low, high = "declared:2026-05-01", "declared:2026-06-01"
    expected = {
        id
        for id, d in zip(ids, declarations, strict=True)
        if d.declared_at and low <= f"declared:{d.declared_at.astimezone(UTC).date()}" < high
    }
    assert expected
    assert store.ids_between(low, high) == expected


def test_what_replaces_a_timeline_is_no_longer_found_by_the_old_numbers(store: Store) -> None:
    one, other = derive.link(e for f in files(2) for e in parse(f.data, f.name))[:2]
    (id,) = store.save_timelines([(None, one)])
    assert store.save_timelines([(id, other)]) == [id]
    key = f"unified_no:{one.references['unified_no'][0].casefold()}"
    assert store.ids({key}) == set()
    store.delete_timelines([id])
    assert store.ids() == set()
    assert list(store.timelines()) == []


def test_changed_timelines_are_remembered_until_they_are_settled(store: Store) -> None:
    declarations = derive.link(e for f in files(3) for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    assert store.unchecked() == set(ids)
    store.mark_checked(ids[:1])
    assert store.unchecked() == set(ids[1:])


def test_keys_near_one_that_is_missing_are_its_neighbours(store: Store) -> None:
    declarations = derive.link(e for f in files(5) for e in parse(f.data, f.name))
    store.save_timelines((None, declaration) for declaration in declarations)
    keys = sorted({key for d in declarations for key in d.keys if key.startswith("client_ref")})
    assert store.neighbouring_keys(keys[2] + "0", 2)[1:3] == keys[2:4]


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    declarations = derive.link(e for f in files(3) for e in parse(f.data, f.name))

    def fail() -> None:
        with store.transaction():
            store.save_messages([message(1)])
            store.save_timelines((None, declaration) for declaration in declarations)
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert list(store.messages()) == []
    assert store.ids() == set()
    store.save_messages([message(1)])
    assert len(list(store.messages())) == 1


def test_alerts_are_kept_and_the_live_ones_found(store: Store) -> None:
    told = [f for f in files(100) if f.at < datetime(2026, 8, 1, tzinfo=ZONE)]
    intake.ingest(store, items(told), NOW)
    evaluation.check(store, rules.Context(NOW - timedelta(hours=1)))
    checked = evaluation.check(store, rules.Context(NOW))
    assert checked.new
    assert {a.id for a in records.all_alerts(store, live=True)} == {a.id for a in checked.new}
    assert evaluation.check(store, rules.Context(NOW)).new == ()


def test_records_are_kept_by_kind_and_found_by_their_keys(store: Store) -> None:
    """A record takes the place of the one with its kind and id, and its place in the order."""
    first = Record("plan", "一", {"cutoff": "2026-11-02", "past": [["a", None]]}, ("open", "x:1"))
    second, other = Record("plan", "2", {}, ("x:1",)), Record("silence", "一", {"n": 1}, ("open",))
    store.save_records([first, second, other])
    closed = Record("plan", "一", {"cutoff": None}, ("x:2",))
    store.save_records([closed])
    assert list(store.records()) == [closed, second, other]
    assert list(store.records("plan")) == [closed, second]
    assert list(store.records("plan", ["open"])) == []
    assert list(store.records("plan", ["x:2", "2", "x:1"])) == [closed, second]
    assert list(store.records("silence", ["一"])) == [other]
    store.delete_records("plan", ["一", "nobody's"])
    assert list(store.records()) == [second, other]


def test_every_store_tells_the_same_after_the_same_messages(
    request: pytest.FixtureRequest,
) -> None:
    """In the same batches, the ids too: the JSON of a report cannot differ."""
    told = []
    for kind in STORES:
        with open_store(url(kind, request)) as opened:
            intake.ingest(opened, items(files(60)), NOW)
            told.append(list(opened.timelines()))
    assert told == [told[0]] * len(STORES)


def test_rebuilding_changes_nothing_and_mends_what_was_wrong(store: Store) -> None:
    intake.ingest(store, items(files()), NOW)
    before = sorted((d for _, d in store.timelines()), key=lambda d: d.name)
    id, wrong = next(iter(store.timelines()))
    store.save_timelines([(id, derive.link(wrong.events[:1])[0])])
    assert list(integrity.verify(store)) != []
    assert intake.rebuild(store) == len(before)
    assert list(integrity.verify(store)) == []
    assert sorted((d for _, d in store.timelines()), key=lambda d: d.name) == before


def test_a_message_that_can_no_longer_be_read_stops_a_rebuild_and_changes_nothing(
    store: Store,
) -> None:
    intake.ingest(store, items(files(5)), NOW)
    before = dict(store.timelines())
    store.save_messages([message(7, b"<spoilt")])
    with pytest.raises(StoreDamaged, match=f"{7:064x}"):
        intake.rebuild(store)
    assert dict(store.timelines()) == before
    assert any(f"{7:064x}" in problem for problem in integrity.verify(store))


def test_a_store_that_does_not_exist_is_empty_and_is_not_made_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.db"
    with open_store(path, create=False) as opened:
        assert list(opened.timelines()) == []
    assert not path.parent.exists()


def test_a_later_version_and_another_file_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(StoreNewer, match="upgrade clearance"):
        open_store(path)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    with pytest.raises(StoreDamaged, match="another program"):
        open_store(other)
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to have a header" * 10)
    with pytest.raises(StoreDamaged):
        open_store(text)
    assert text.read_text().startswith("not a database")


def test_a_second_writer_waits_and_then_says_that_the_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as one, open_store(path, busy_timeout=0.1) as other:
        with one.transaction():
            one.save_messages([message(1)])
            assert list(other.messages()) == []
            with pytest.raises(StoreBusy), other.transaction():
                pass
        assert len(list(other.messages())) == 1


def _write(path: Path, start: int, count: int) -> None:
    some = files(40, seed=9)[start::count]
    for position in range(0, len(some), 5):
        with open_store(path) as opened:
            intake.ingest(opened, items(some[position : position + 5]), NOW)


def test_two_writers_at_once_lose_nothing_and_link_everything(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, n, 2)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with open_store(path) as opened, open_store("memory:") as alone:
        intake.ingest(alone, items(files(40, seed=9)), NOW)
        names = sorted(d.name for _, d in opened.timelines())
        assert names == sorted(d.name for _, d in alone.timelines())
        assert list(integrity.verify(opened)) == []


_KILLED = """
import sys
from datetime import datetime
from clearance.customs.cn_single_window import demo
from clearance.timelines import intake, integrity
from clearance.sources import Item
from clearance.stores import open_store
now = datetime(2026, 11, 1, tzinfo=ZONE)
files = list(demo.traffic(400, 9, quarters=2))
with open_store(sys.argv[1]) as store:
    for start in range(0, len(files), 10):
        some = files[start : start + 10]
        intake.ingest(store, [Item(f.name, f.data) for f in some], now)
        print(start + len(some), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_writer_leaves_a_whole_store_with_all_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for delay in (0.0, 0.02, 0.05, 0.11, 0.2):
        command = [sys.executable, "-c", _KILLED, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged = int(([first, *writer.stdout])[-1].split()[0])
        with open_store(path) as opened:
            assert opened.info()["messages"] >= acknowledged
            assert list(integrity.verify(opened)) == []


# TinyDB's own behaviour


def stock() -> TinyDB:
    return TinyDB(storage=MemoryStorage)


def ours(folder: Path) -> TinyDB:
    return SQLiteTinyDB(folder / "tiny.db", keys={"keyed": lambda document: document["keys"]})


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 9)),
        st.tuples(st.just("insert_multiple"), st.integers(0, 4)),
        st.tuples(st.just("insert_at"), st.integers(1, 12)),
        st.tuples(st.just("update"), st.integers(0, 9)),
        st.tuples(st.just("update_ids"), st.integers(1, 12)),
        st.tuples(st.just("upsert"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("remove_ids"), st.integers(1, 12)),
        st.tuples(st.just("truncate"), st.just(0)),
        st.tuples(st.just("drop"), st.just(0)),
    ),
    max_size=12,
)


def act(db: TinyDB, action: str, value: int) -> object:
    table = db.table("things")
    match action:
        case "insert":
            return table.insert({"n": value})
        case "insert_multiple":
            return table.insert_multiple({"n": n} for n in range(value))
        case "insert_at":
            try:
                return table.insert(Document({"n": -1}, value))
            except ValueError as error:
                return str(error)
        case "update":
            return table.update({"seen": True}, where("n") == value)
        case "update_ids":
            return table.update(lambda document: document.pop("n", None), doc_ids=[value, 99])
        case "upsert":
            return table.upsert({"n": value, "up": 1}, where("n") == value)
        case "remove":
            return table.remove(where("n") == value)
        case "remove_ids":
            return table.remove(doc_ids=[value, 98])
        case "truncate":
            table.truncate()
        case _:
            db.drop_table("things")
    return None


@given(ACTIONS)
def test_tinydb_over_sqlite_does_what_stock_tinydb_does(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    db, reference = ours(tmp_path_factory.mktemp("tiny")), stock()
    with db, reference:
        for action, value in actions:
            assert act(db, action, value) == act(reference, action, value)
            mine, theirs = db.table("things"), reference.table("things")
            by_id = sorted(theirs, key=lambda document: document.doc_id)
            assert mine.all() == by_id
            assert [d.doc_id for d in mine] == [d.doc_id for d in by_id]
            assert len(mine) == len(theirs)
            above = sorted(theirs.search(where("n") > 3), key=lambda document: document.doc_id)
            assert mine.search(where("n") > 3) == above
            assert mine.get(doc_id=2) == theirs.get(doc_id=2)
            some = sorted(theirs.get(doc_ids=[1, 3, 99]), key=lambda document: document.doc_id)
            assert mine.get(doc_ids=[1, 3, 99]) == some
            assert mine.contains(where("n") == 2) == theirs.contains(where("n") == 2)
            assert mine.count(where("n") == 2) == theirs.count(where("n") == 2)


def test_the_index_answers_what_the_documents_say(tmp_path: Path) -> None:
    with ours(tmp_path) as db:
        table = db.table("keyed")
        assert isinstance(table, SQLiteTable)
        table.insert_multiple([{"keys": ["a", "b"]}, {"keys": ["b"]}, {"keys": []}])
        assert [d.doc_id for d in table.search(Keyed(["b"]))] == [1, 2]
        table.update({"keys": ["c"]}, doc_ids=[1])
        assert [d.doc_id for d in table.search(Keyed(["b", "c"]))] == [1, 2]
        assert table.search(Keyed(["a"])) == []
        table.remove(doc_ids=[2])
        assert table.search(Keyed(["b"])) == []
        assert table.between("a", "z") == [1]


def test_writing_while_reading_a_table_is_safe(tmp_path: Path) -> None:
    with ours(tmp_path) as db:
        table = db.table("things")
        table.insert_multiple({"n": n} for n in range(1200))
        for document in table:
            table.update({"n": 0}, doc_ids=[document.doc_id])
        assert table.count(where("n") == 0) == 1200


def test_a_table_name_cannot_carry_sql(tmp_path: Path) -> None:
    with ours(tmp_path) as db, pytest.raises(ValueError, match="cannot be the name"):
        db.table('x"; DROP TABLE things; --').insert({})
