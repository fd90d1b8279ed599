"""The tables: who makes them, what they hold, and how they are looked up."""

from __future__ import annotations

import pytest

from clearance.customs.unpacking import parse
from clearance.errors import StoreError, StoreNewer
from clearance.model import Message, ReceivedAs, Reference, Refusal
from clearance.stores import init_store, open_store
from clearance.stores.postgresql import making, schema
from clearance.timelines import intake
from tests.cli.test_busy_or_absent import NEEDS_A_STORE
from tests.conftest import Run
from tests.stores.postgresql.support import (
    NOW,
    Ask,
    files,
    filled,
    items,
)

pytestmark = pytest.mark.slow


def test_a_schema_without_our_tables_is_no_store_and_reading_makes_none(
    database: str, call: Run, ask: Ask
) -> None:
    for command in NEEDS_A_STORE:
        ran = call(*command, "--store", database, "--format", "json")
        assert (ran.code, ran.error["kind"]) == (1, "no_store"), command
    assert ask("SELECT to_regclass('clearance_meta')") == [(None,)]
    made = call("store", "init", "--store", database, "--format", "json")
    assert made.json["messages"] == 0
    assert ask("SELECT to_regclass('clearance_meta') IS NOT NULL") == [(True,)]


def test_a_first_transaction_that_fails_leaves_no_tables(database: str, ask: Ask) -> None:
    with open_store(database) as store:
        with pytest.raises(KeyError), store.transaction():
            raise KeyError("stop")
        assert list(store.messages()) == []
        assert ask("SELECT to_regclass('clearance_meta')") == [(None,)]
        intake.ingest(store, items(files(2)), NOW)
        assert store.ids() != set()


def test_a_later_version_is_refused_and_left_alone(database: str, ask: Ask, call: Run) -> None:
    filled(database, 2).close()
    for name in ("schema", "version"):
        ask("UPDATE clearance_meta SET value = value + 90 WHERE name = %s", name)
        for command in ("list", "check"):
            ran = call(command, "--store", database, "--format", "json")
            assert (ran.code, ran.error["kind"]) == (1, "newer")
            assert "upgrade clearance" in ran.error["message"]
        ask("UPDATE clearance_meta SET value = value - 90 WHERE name = %s", name)
    with open_store(database) as store:
        ask("UPDATE clearance_meta SET value = value + 90 WHERE name = 'schema'")
        with pytest.raises(StoreNewer), store.transaction():
            pass


def test_an_older_store_is_brought_up_by_a_rebuild_and_keeps_what_it_has(
    database: str, ask: Ask, call: Run
) -> None:
    """As it was when it had run only the first migration."""
    file = files(3)[0]
    (message,) = parse(file.data, file.name)[0].messages
    ask(making.META)
    ask(making.MIGRATIONS[0])
    for name in schema.COUNTERS:
        ask("INSERT INTO clearance_meta VALUES (%s, 1)", name)
    ask("INSERT INTO clearance_meta VALUES ('schema', 1), ('version', 1)")
    sql = "INSERT INTO clearance_messages VALUES (%s, 1, %s, %s, %s)"
    ask(sql, message, f'["{file.name}"]', NOW.isoformat(), file.data)
    ran = call("list", "--store", database)
    assert ran.code == 1
    assert "clearance store rebuild" in ran.talk
    assert call("store", "rebuild", "--store", database).code == 0
    assert call("store", "verify", "--store", database).code == 0
    with open_store(database) as store:
        assert [one.id for one in store.messages()] == [message]
        assert len(store.ids()) == 1


def test_verify_finds_an_index_and_timings_that_do_not_fit(
    database: str, ask: Ask, call: Run
) -> None:
    filled(database, 5).close()
    assert call("store", "verify", "--store", database).code == 0
    ask("DELETE FROM clearance_keys WHERE key = 'open' OR key LIKE 'entry_no:%'")
    ask("UPDATE clearance_timings SET doc = (doc::jsonb - 'cleared_at')::json")
    with open_store(database) as store:
        found = list(store.damage())
    assert [str(line).partition(" ")[2].split(" of ")[0] for line in found] == ["index", "timings"]
    ran = call("store", "verify", "--store", database)
    assert ran.code == 1


def test_any_text_and_any_bytes_come_back(database: str) -> None:
    """Half of a surrogate pair, a zero, and what is no text at all."""
    odd = "\udcff\x00 通关 😀 \t\\"
    message = Message("sha256:1", bytes(range(256)), (ReceivedAs(odd, odd),), NOW)
    refusal = Refusal("sha256:2", odd, "odd", odd, 3, NOW, b"\x00\xff", odd)
    with open_store(database) as store:
        store.save_messages([message])
        store.save_refusals([refusal])
        assert list(store.messages()) == [message]
        assert list(store.refused()) == [refusal]
        assert store.ids({"client_ref:通关-😀"}) == set()
        with pytest.raises(StoreError):
            store.ids({"client_ref:\x00"})


def test_the_version_has_as_many_steps_as_make_its_tables() -> None:
    assert len(making.MIGRATIONS) == schema.STEPS


def test_every_key_of_a_table_has_the_column_that_it_is_spread_by(database: str, ask: Ask) -> None:
    """Else a hash-distributed server cannot keep it unique, and refuses to spread the table."""
    init_store(database).close()
    tables = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relkind = 'r'"
    )
    assert {name for (name,) in tables} == {*schema.LOCAL, *schema.SPREAD}
    keys = ask(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace "
        "GROUP BY c.relname, i.indexrelid"
    )
    for table, columns in keys:
        assert table in schema.LOCAL or schema.SPREAD[table] in columns
    assert {table for table, _ in keys} == {*schema.LOCAL, *schema.SPREAD}
    assert ask("SELECT 1 FROM pg_constraint WHERE contype = 'f' AND connamespace = "
               "current_schema()::regnamespace") == []  # fmt: skip
    assert ask("SELECT 1 FROM pg_trigger WHERE tgrelid = 'clearance_keys'::regclass") == []


def test_a_status_is_looked_up_by_index(database: str, ask: Ask) -> None:
    with filled(database, 600) as store:
        (id, declaration), *_ = store.timelines()
        digest = declaration.events[0].messages[0]
    key = Reference("entry_no", declaration.references["entry_no"][0]).key
    counted, cleared = schema.MOMENTS.values()
    for sql, parameter in (
        ("SELECT id FROM clearance_keys WHERE key = ANY(%s)", [key]),
        ("SELECT id, doc, events FROM clearance_declarations WHERE id = ANY(%s)", [id]),
        ("SELECT digest, names FROM clearance_messages WHERE digest = ANY(%s)", [digest]),
        ("SELECT DISTINCT key FROM clearance_keys WHERE key < %s ORDER BY key LIMIT 5", key),
        ("SELECT id FROM clearance_keys WHERE key >= %s AND key < 'last;'", "last:2026-09-30"),
        (f"SELECT id, doc FROM clearance_timings WHERE {counted} >= %s", 2**40),
        (f"SELECT id, doc FROM clearance_timings WHERE {cleared} >= %s", 2**40),
    ):
        plan = " ".join(line for (line,) in ask(f"EXPLAIN {sql}", parameter))
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_a_store_that_grows_has_statistics_before_autovacuum_comes(database: str, ask: Ask) -> None:
    filled(database, 100).close()
    rows = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relname = ANY(%s) AND reltuples > 0",
        ["clearance_keys", "clearance_declarations", "clearance_messages"],
    )
    assert len(rows) == 3
