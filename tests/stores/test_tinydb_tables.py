"""TinyDB over SQLite beside stock TinyDB."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from clearance.stores.tinydb_tables import Keyed, SQLiteStorage, SQLiteTable, SQLiteTinyDB


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


def test_a_table_of_tinydbs_own_works_on_the_storage(tmp_path: Path) -> None:
    """It reads the whole table, and writes it anew, as it does in any other storage."""
    with TinyDB(tmp_path / "tiny.db", storage=SQLiteStorage) as db:
        db.table("others").insert({"n": 0})
        things = db.table("things")
        things.insert_multiple([{"n": 1}, {"n": 2}])
        things.update({"n": 3}, where("n") == 1)
        assert things.all() == [{"n": 3}, {"n": 2}]
        assert db.tables() == {"others", "things"}


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
        assert table.ids_between("a", "z") == {1}


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
