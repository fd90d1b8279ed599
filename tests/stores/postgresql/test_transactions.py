"""What is asked in a transaction, and what is read of one moment."""

from __future__ import annotations

from typing import Any

import pytest

from clearance.model import Record
from clearance.stores import OPEN, open_store
from clearance.stores.postgresql import PostgresStore
from clearance.timelines import intake
from tests.stores.postgresql.support import (
    NOW,
    files,
    filled,
    items,
)

pytestmark = pytest.mark.slow


def test_what_was_read_in_a_transaction_is_not_asked_for_again_until_it_is_written(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = PostgresStore._send

    def _send(store: PostgresStore, *asked: tuple[Any, ...]) -> list[Any]:
        sent.extend(statement[0] for statement in asked)
        return send(store, *asked)

    with filled(database, 3) as store, store.transaction():
        monkeypatch.setattr(PostgresStore, "_send", _send)
        note = Record("note", "1", {"text": "a"}, ("k",))
        assert [list(store.records("note", {"1"})) for _ in range(2)] == [[], []]
        store.save_records([note])
        assert list(store.records("note")) == list(store.records("note", {"k"})) == [note]
        store.save_records([note._replace(document={"text": "b"})])
        assert next(store.records("note", {"k"})).document == {"text": "b"}
        store.delete_records("note", {"1"})
        assert list(store.records("note", {"1", "k"})) == []
        open_ids = store.ids({OPEN})
        assert store.ids({OPEN}) == open_ids
        store.delete_timelines(store.ids())
        assert store.ids({OPEN}) == set()
        for many in (range(3000), range(2)):
            assert store.ids({f"client_ref:{number}" for number in many}) == set()
    assert sum("FROM clearance_records" in sql for sql in sent) == 4
    assert sum("FROM clearance_keys WHERE key = ANY($1)" in sql for sql in sent) == 3


def test_a_reader_that_came_before_the_first_writer_sees_what_it_writes(database: str) -> None:
    with open_store(database) as reader:
        assert reader.ids() == set()
        filled(database, 3).close()
        assert reader.ids() != set()


def test_what_is_read_together_is_of_one_moment(database: str) -> None:
    with open_store(database) as writer, open_store(database) as reader:
        with reader.reading():
            assert list(reader.messages()) == []
            intake.ingest(writer, items(files(3)), NOW)
            assert list(reader.messages()) == []
        assert len(reader.ids()) == len(writer.ids()) > 0
        with reader.reading():
            before = list(reader.timelines())
            intake.ingest(writer, items(files(9)), NOW)
            assert list(reader.timelines()) == before
            assert reader.info()["declarations"] == len(before)
        assert len(reader.ids()) == len(writer.ids()) > len(before)
