"""What is asked in a transaction, and what is read of one moment."""

from __future__ import annotations

from typing import Any

import pytest

from clearance.model import ReceivedAs, Record
from clearance.stores import OPEN, open_store
from clearance.stores.postgresql import PostgresStore
from clearance.stores.postgresql.changes import Known
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


def test_a_row_is_asked_for_once_in_a_transaction_whatever_else_is_asked_with_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a message that is written under a further name meanwhile, and keeps its place."""
    sent: list[tuple[Any, ...]] = []
    send = PostgresStore._send

    def _send(store: PostgresStore, *asked: tuple[Any, ...]) -> list[Any]:
        sent.extend(asked)
        return send(store, *asked)

    with filled(database, 3) as store:
        before = dict(store.timelines())
        kept = list(store.messages())
        with store.transaction():
            monkeypatch.setattr(PostgresStore, "_send", _send)
            first, second, third = before
            assert dict(store.timelines({second})) == {second: before[second]}
            assert list(store.timelines({third, second, first})) == list(before.items())
            assert [parameters for _, *parameters in sent] == [[[second]], [[first, third]]]
            sent.clear()
            some = kept[:3]
            assert list(store.messages({one.id for one in some})) == some
            renamed = some[1]._replace(received_as=(*some[1].received_as, ReceivedAs("again.xml")))
            store.save_messages([renamed])
            assert list(store.messages({some[1].id})) == [renamed]
            assert len(sent) == 2
            assert list(store.messages({one.id for one in some})) == [some[0], renamed, some[2]]
            assert len(sent) == 3
        assert list(store.messages()) == [some[0], renamed, *kept[2:]]


def test_what_is_remembered_of_rows_is_bounded_and_what_is_forgotten_is_asked_for_again() -> None:
    known = Known()
    for start in range(0, 10_000, 500):
        ids = range(start, start + 500)
        assert known.unasked("t", "", ids) == [*ids]
        known.learn("t", "", ids, [(id, "doc") for id in ids], 0)
        assert known.under("t", "", ids) == [(id, "doc") for id in ids]
    assert 2000 <= 10_000 - len(known.unasked("t", "", range(10_000))) + 500 <= 2500
