"""Clusters: on Citus if CLEARANCE_TEST_POSTGRES has it, else on what stands in for it."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from clearance.alerting import evaluation, rules
from clearance.sources import Item
from clearance.stores import OPEN, open_store
from clearance.stores.postgresql import PostgresStore, making, schema, session
from clearance.timelines import intake, integrity
from tests.conftest import Run
from tests.stores.postgresql.support import (
    FORMER,
    NOW,
    Ask,
    everything,
    files,
    filled,
    items,
)

pytestmark = pytest.mark.slow


def spread(coordinator: Ask) -> dict[str, str | None]:
    """The tables that Citus knows of, with the column each is spread by."""
    rows = coordinator(
        "SELECT relname, CASE partmethod WHEN 'h' THEN column_to_column_name(c.oid, partkey) END "
        "FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid "
        "WHERE relnamespace = current_schema()::regnamespace"
    )
    return dict(rows)


def test_init_spreads_what_grows_with_the_messages_over_a_cluster_once(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    first = call("store", "init", "--store", cluster, "--format", "json")
    assert first.code == 0, first.talk
    assert spread(coordinator) == schema.SPREAD
    assert call("store", "init", "--store", cluster, "--format", "json").out == first.out


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_a_cluster_that_others_use_is_spread_over_beside_what_is_theirs(
    cluster: str, coordinator: Ask, first: str
) -> None:
    """They have spread a table by a text of the usual collation, or will; ours has another."""

    def theirs() -> None:
        coordinator("CREATE TABLE customers (code text PRIMARY KEY)")
        coordinator("SELECT create_distributed_table('customers', 'code')")

    if first == "theirs":
        theirs()
    with filled(cluster, 2) as store:
        assert list(integrity.verify(store)) == []
    if first == "ours":
        theirs()


def _as_formerly(coordinator: Ask) -> None:
    """Spreads a store in a cluster as an earlier version did."""
    for table, column in FORMER.items():
        if table not in schema.SPREAD:
            coordinator("SELECT create_distributed_table(%s, %s)", table, column)
    coordinator("SELECT create_reference_table('clearance_meta')")


def test_a_cluster_that_an_earlier_version_spread_goes_on_as_it_is_until_init(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    with filled(cluster) as store:
        _as_formerly(coordinator)
        intake.ingest(store, items(files(40)), NOW)
        evaluation.check(store, rules.Context(NOW))
        assert spread(coordinator) == {**FORMER, "clearance_meta": None}
        before, size = everything(store), store.info()["bytes"]
        assert call("store", "init", "--store", cluster).code == 0
        assert spread(coordinator) == {**schema.SPREAD, "clearance_meta": None}
        assert everything(store) == before
        assert store.info()["bytes"] < size
        intake.ingest(store, items(files(50)), NOW)
        assert list(integrity.verify(store)) == []


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "connect to the coordinator"), ("zh", "请连接协调节点")]
)
def test_a_node_that_has_only_what_is_spread_is_told_from_a_place_without_a_store(
    cluster: str, call: Run, coordinator: Ask, lang: str, told: str
) -> None:
    """As a node other than the coordinator looks; nothing is made there beside what is."""
    filled(cluster, 2).close()
    for table in schema.LOCAL:
        coordinator(f"DROP TABLE {table}")
    ran = call("store", "init", "--store", cluster, "--lang", lang)
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert told in ran.talk
    assert coordinator("SELECT to_regclass('clearance_meta')") == [(None,)]


def test_a_writer_holds_a_lock_that_lasts_until_all_nodes_have_committed(
    cluster: str, coordinator: Ask
) -> None:
    """That of a row is let go a moment before the nodes are told to commit."""
    sql = (
        "SELECT mode, granted FROM pg_locks WHERE locktype = 'advisory' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with filled(cluster, 2) as store, store.transaction():
        assert coordinator(sql) == [("ExclusiveLock", True)]
    assert coordinator(sql) == []


def test_whoever_writes_first_spreads_the_tables_too(cluster: str, coordinator: Ask) -> None:
    filled(cluster, 2).close()
    assert spread(coordinator) == schema.SPREAD


def test_init_spreads_a_store_that_was_there_before_the_cluster(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    with filled(cluster) as store:
        before = everything(store)
        for table in schema.SPREAD:
            coordinator("SELECT undistribute_table(%s)", table)
        assert spread(coordinator) == {}
        assert store.info()["bytes"] > 0
        assert call("store", "init", "--store", cluster).code == 0
        assert spread(coordinator) == schema.SPREAD
        assert everything(store) == before
        assert list(integrity.verify(store)) == []


def test_what_init_spreads_it_does_not_leave_on_the_coordinator_too(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    tables = ["clearance_messages", "clearance_keys"]
    if not coordinator("SELECT 1 FROM pg_extension WHERE extversion = 'stand-in'"):
        pytest.skip("only what stands in for Citus remembers this")
    filled(cluster).close()
    coordinator("TRUNCATE clearance_keys")
    for table in tables:
        coordinator("SELECT undistribute_table(%s)", table)
    call("store", "init", "--store", cluster)
    sql = "SELECT emptied FROM pg_dist_partition WHERE logicalrelid = %s::regclass"
    assert [coordinator(sql, table) for table in tables] == [[(True,)], [(False,)]]


def test_the_size_of_a_store_in_a_cluster_is_what_all_nodes_hold(
    cluster: str, coordinator: Ask
) -> None:
    with filled(cluster) as store:
        size = {
            **dict.fromkeys(schema.SPREAD, "SELECT citus_total_relation_size(%s)"),
            **dict.fromkeys(schema.LOCAL, "SELECT pg_total_relation_size(%s)"),
        }
        sizes = [coordinator(sql, table)[0][0] for table, sql in size.items()]
        assert store.info()["bytes"] == sum(sizes)


def test_a_migration_may_change_tables_of_a_cluster_and_add_some(
    cluster: str, coordinator: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Citus spreads no table after a change that went to a node over several connections."""
    filled(cluster, 2).close()
    more = "ALTER TABLE clearance_keys ADD COLUMN x text; CREATE TABLE clearance_more (x text)"
    monkeypatch.setattr(making, "MIGRATIONS", (*making.MIGRATIONS, more))
    monkeypatch.setattr(session, "STEPS", len(making.MIGRATIONS))
    monkeypatch.setitem(schema.SPREAD, "clearance_more", "x")
    with open_store(cluster) as store, store.transaction():
        pass
    assert spread(coordinator) == {**schema.SPREAD, "clearance_more": "x"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("t (id bigint PRIMARY KEY, key text)", "cannot create constraint"),
        ("t (id bigint, key text, UNIQUE (id))", "cannot create constraint"),
        ("t (id bigint)", 'column "key" of relation "t" does not exist'),
        ("t (key text, id integer GENERATED ALWAYS AS IDENTITY)", "identity column"),
        ("t (key text REFERENCES local)", "foreign key|must be a distributed table"),
        ("t (key text, id bigint REFERENCES ids)", "foreign key"),
        ("t (id text, key text GENERATED ALWAYS AS (id) STORED)", "cannot distribute relation"),
    ],
)
def test_a_cluster_refuses_what_citus_refuses(coordinator: Ask, table: str, why: str) -> None:
    """Else that the tables can be spread would mean nothing."""
    coordinator("CREATE TABLE local (key text PRIMARY KEY)")
    coordinator("CREATE TABLE ids (id bigint PRIMARY KEY)")
    coordinator("SELECT create_distributed_table('ids', 'id')")
    coordinator(f"CREATE TABLE {table}")
    with pytest.raises(psycopg.Error, match=why):
        coordinator("SELECT create_distributed_table('t', 'key')")


def _conflict(sql: str) -> tuple[str, str]:
    """The columns of the key that a row may already be under, and what is done with it then."""
    key, _, anew = sql.partition(" ON CONFLICT ")[2].partition(" DO ")
    return key, anew


def test_no_statement_asks_what_a_cluster_cannot_do(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joins across the columns that tables are spread by, row locks on more than one shard, and
    changes of those columns.
    """
    told: list[str] = []
    send = PostgresStore._send

    def _send(store: PostgresStore, *asked: tuple[Any, ...]) -> list[Any]:
        told.extend(statement[0] for statement in (*store._waiting, *asked))
        return send(store, *asked)

    monkeypatch.setattr(PostgresStore, "_send", _send)
    with filled(cluster) as store:
        intake.ingest(store, [Item("a letter.txt", b"dear clerk")], NOW)
        evaluation.check(store, rules.Context(NOW))
        store.neighbouring_keys(["client_ref:"], 3)
        store.ids_between("declared:2026-05-01", "declared:2026-06-01")
        for declaration in store.ids({OPEN}):
            list(store.timelines([declaration]))
        store.drop_refusals([refusal.id for refusal in store.refused()])
        store.delete_records("alert", [record.id for record in store.records("alert")])
        intake.rebuild(store)
        store.delete_timelines(store.ids())
        assert list(integrity.verify(store)) != []
        store.info()
    made = "".join(making.MIGRATIONS) + making.META
    asked = {sql for sql in told if sql not in made and not sql.startswith("ANALYZE")}
    for sql in asked:
        tables = set(re.findall(r"(?<!to_regclass\(')\bclearance_\w+", sql))
        assert len(tables) <= 1, sql
        if " FOR UPDATE" in sql or sql.startswith("UPDATE"):
            assert tables == {"clearance_meta"}, sql
        if sql.startswith("INSERT") and tables != {"clearance_meta"}:
            column = FORMER[tables.pop()]
            key, anew = _conflict(sql)
            assert column in re.findall(r"\w+", sql.partition(" VALUES ")[0]), sql
            assert column in re.findall(r"\w+", key), sql
            assert column not in re.findall(r"(\w+) =", anew), sql
    assert {*schema.SPREAD, *schema.LOCAL} <= {
        table for sql in asked for table in re.findall(r"clearance_\w+", sql)
    }
    waiting = next(i for i, sql in enumerate(told) if sql.startswith("SET LOCAL lock_timeout"))
    assert "citus.propagate_set_commands" in told[waiting - 1]
