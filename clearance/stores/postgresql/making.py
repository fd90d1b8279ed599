"""Making the tables, bringing them up to this version, and spreading them over a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from clearance.errors import StoreError
from clearance.stores import LAYOUT
from clearance.stores.postgresql.schema import COUNTERS, LOCAL, SPREAD, Row

Run = Callable[..., list[Row]]
"""Runs a statement with its parameters; returns its rows."""
Later = Callable[..., None]
"""Has a statement with its parameters wait for the next that is run."""

MIGRATIONS = (
    """
    CREATE TABLE clearance_messages (
        digest text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, names json NOT NULL,
        seen_at text NOT NULL, data bytea NOT NULL);
    CREATE INDEX clearance_messages_serial ON clearance_messages (serial);
    CREATE TABLE clearance_refused (
        digest text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, told json NOT NULL,
        data bytea NOT NULL);
    CREATE INDEX clearance_refused_serial ON clearance_refused (serial);
    """,
    """
    CREATE TABLE clearance_declarations (
        id bigint PRIMARY KEY, keys text[] NOT NULL, told integer NOT NULL, doc json NOT NULL,
        events json NOT NULL);
    CREATE TABLE clearance_keys (key text COLLATE "C", id bigint, PRIMARY KEY (key, id));
    CREATE TABLE clearance_changed (id bigint PRIMARY KEY);
    """,
    """
    CREATE TABLE clearance_records (
        name text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, keys text[] NOT NULL,
        doc json NOT NULL);
    CREATE INDEX clearance_records_serial ON clearance_records (serial);
    CREATE INDEX clearance_records_keys ON clearance_records USING gin (keys);
    """,
    "SELECT 1",
    """
    DROP TABLE IF EXISTS clearance_passages;
    CREATE TABLE clearance_timings (id bigint PRIMARY KEY, doc json NOT NULL);
    ALTER TABLE clearance_changed RENAME TO clearance_unchecked;
    ALTER TABLE clearance_declarations RENAME COLUMN told TO event_count;
    ALTER TABLE clearance_refused RENAME COLUMN told TO doc;
    """,
    """
    CREATE INDEX clearance_timings_counted ON clearance_timings
        (coalesce((doc ->> 'dated_at')::bigint, (doc ->> 'declared_at')::bigint));
    CREATE INDEX clearance_timings_cleared ON clearance_timings (((doc ->> 'cleared_at')::bigint));
    """,
)
"""Steps that make the tables, in order; the store counts those that have run.

What stands here never changes: what is to be different is another entry at the end. Only
``clearance_passages``, which the fifth step drops, is no longer made by the second and widened by
the fourth.
"""

META = "CREATE TABLE clearance_meta (name text PRIMARY KEY, value bigint NOT NULL)"
_SEQUENTIALLY = "SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)"
"""Has a cluster use one connection to a node, as spreading several tables in one transaction does;
after a change that has used several it is too late to ask for it.
"""
_SPREADING = "SELECT create_distributed_table($1, $2, colocate_with => 'none')"
"""A table beside none that others have spread: theirs may have another collation, which Citus
refuses, and ours would be in the way of theirs.
"""


def make(run: Run, later: Later, url: str) -> None:
    """Makes the table that holds the versions, unless another has done so before the lock."""
    sql = (
        "SELECT to_regclass('clearance_meta') IS NOT NULL, "
        "to_regclass('clearance_messages') IS NOT NULL, current_setting('server_encoding')"
    )
    ((made, spread, encoding),) = run(sql)
    if made:
        return
    if spread:
        raise StoreError(
            "{url} holds only a part of a store: on a cluster, connect to the coordinator", url=url
        )
    if encoding != "UTF8":
        raise StoreError(
            "{url} keeps text as {encoding}: make a database in UTF8", url=url, encoding=encoding
        )
    later(META)
    begin = {"schema": 0, "version": LAYOUT, **dict.fromkeys(COUNTERS, 0)}
    sql = "INSERT INTO clearance_meta SELECT * FROM unnest($1::text[], $2::bigint[])"
    later(sql, list(begin), list(begin.values()))


def migrate(run: Run, later: Later, steps: int) -> None:
    """Runs the steps that the store has not seen, and spreads the tables that they make."""
    later(_SEQUENTIALLY)
    for statement in chain.from_iterable(map(_statements, MIGRATIONS[steps:])):
        later(statement)
    later("UPDATE clearance_meta SET value = $1 WHERE name = 'schema'", len(MIGRATIONS))
    spread(run)


def spread(run: Run) -> None:
    """Spreads the tables over a cluster, where the server has the extension for it.

    Citus copies the rows that a table holds already, and lets the old ones lie where nobody sees
    them; these go.
    """
    if not _is_cluster(run):
        return
    run(_SEQUENTIALLY)
    spread = distributed(run)
    for table, column in SPREAD.items():
        if table not in spread:
            ((has_rows,),) = run("SELECT pg_relation_size($1::regclass) > 0", table)
            run(_SPREADING, table, column)
            if has_rows:
                run("SELECT truncate_local_data_after_distributing_table($1)", table)


def gather(run: Run) -> None:
    """Takes to the coordinator what an earlier version has spread and this one does not.

    But ``clearance_meta`` stays as it is, a copy on every node: its rows are locked, and who waits
    for them would be in the way of who moves them.
    """
    for table in sorted(distributed(run).intersection(LOCAL) - {"clearance_meta"}):
        run("SELECT undistribute_table($1)", table)


def distributed(run: Run) -> set[str]:
    """The tables that lie spread over a cluster."""
    if not _is_cluster(run):
        return set()
    sql = (
        "SELECT name FROM unnest($1::text[]) AS name "
        "WHERE to_regclass(name) IN (SELECT logicalrelid FROM pg_dist_partition)"
    )
    return {name for (name,) in run(sql, [*LOCAL, *SPREAD])}


def _is_cluster(run: Run) -> bool:
    return bool(run("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, in which a semicolon does nothing but end one."""
    return (statement for part in script.split(";") if (statement := part.strip()))
