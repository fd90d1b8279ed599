"""The shared store: PostgreSQL, for several machines at once.

Tables, all in the schema that the connection's search path begins with: ``clearance_messages`` and
``clearance_refused`` as received; ``clearance_declarations`` (what is derived, with the events),
``clearance_passages`` (what reports need, as plain columns) and ``clearance_keys`` (the index of
numbers and days); ``clearance_changed``; ``clearance_records``; ``clearance_meta`` (versions and
counters, one row each). Documents are ``json``, never ``jsonb``, which would put the keys of an
object into another order than every other store does.

A writer locks the rows of ``clearance_meta`` for as long as its transaction lasts, so writers come
one after the other and each sees all that the one before has linked; readers lock nothing. The
lock is a row's and no advisory one because a row is the same from every node of a cluster. Numbers
are counted there too: a sequence leaves gaps, or is handed out in portions, and then the ids of
declarations and the order of messages would differ from those of other stores.

The tables can be spread by hash over the nodes of a cluster (Citus and its kin): ``SPREAD`` names
the column each is spread by, which is in its primary key; look-ups go from keys to ids to
declarations in two statements; nothing is joined, and there are no foreign keys. Citus has no
snapshot of all nodes: a commit may be seen on one node a little before it is on the next, so what
is read together there is of one moment on each node only. Writers come in through one node, the
coordinator, which gives the lock on when every node has committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from clearance.errors import BadArgument, StoreBusy, StoreError, StoreNewer
from clearance.model import (
    Declaration,
    Event,
    Message,
    ReceivedAs,
    Record,
    Refusal,
    Summary,
    Timings,
)
from clearance.stores import VERSION, codec

try:
    import psycopg
    from psycopg import errors, pq
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise StoreError(
        "a store on PostgreSQL needs psycopg: pip install 'clearance[postgres]'"
    ) from error

SPREAD = {
    "clearance_messages": "digest",
    "clearance_refused": "digest",
    "clearance_declarations": "id",
    "clearance_passages": "id",
    "clearance_changed": "id",
    "clearance_keys": "key",
    "clearance_records": "name",
}
"""The column that each table is spread by; every primary or unique key of the table has it."""

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
    CREATE TABLE clearance_passages (
        id bigint PRIMARY KEY, direction text, office text, stage text,
        guaranteed boolean NOT NULL, returned boolean NOT NULL, first_declared_at bigint,
        declared_at bigint, accepted_at bigint, reviewed_at bigint, examined_from bigint,
        examined_until bigint, released_at bigint, cleared_at bigint, withdrawn_at bigint);
    CREATE INDEX clearance_passages_declared_at ON clearance_passages (declared_at);
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
    """
    ALTER TABLE clearance_passages
        ADD COLUMN name text NOT NULL DEFAULT '', ADD COLUMN path text NOT NULL DEFAULT '',
        ADD COLUMN transport_mode text, ADD COLUMN trade_mode text, ADD COLUMN agent text,
        ADD COLUMN trader text, ADD COLUMN hs_code text, ADD COLUMN country text;
    """,
)
"""What makes the tables, in order; those that have run are counted in the store. What stands here
never changes: what is to be different is another entry at the end.
"""

META = "CREATE TABLE clearance_meta (name text PRIMARY KEY, value bigint NOT NULL)"
COUNTERS = (
    "clearance_messages",
    "clearance_refused",
    "clearance_declarations",
    "clearance_records",
)

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

_CHUNK = 500
_MANY = 10_000
_SMALL = 8
"""Binary digits of a number of rows that are read as quickly without an index."""
_ONE_BY_ONE = "SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)"
"""Has a cluster use one connection to a node, as spreading several tables in one transaction does;
after a change that has used several it is too late to ask for it.
"""
_MAKING = 0x436C7263
"""The advisory lock of who makes the tables, while there is no row to lock yet: "Clrc"."""


def open(url: str, busy_timeout: float) -> PostgresStore:
    """The store in a database; its tables are made by the first who writes."""
    shown, parameters = _place(url)
    connection = _connect(shown, parameters)
    try:
        return PostgresStore(shown, connection, busy_timeout)
    except BaseException:
        connection.close()
        raise


def _place(url: str) -> tuple[str, dict[str, Any]]:
    """A URI as it may be shown, without any secret, and libpq's parameters.

    The password stands in it or in a variable, or libpq finds it. No error tells what was written:
    it may be half of a password with a character in it that means something in a URI.
    """
    try:
        given: dict[str, Any] = {k: v for k, v in conninfo_to_dict(url).items() if v}
    except psycopg.Error:
        given = {"port": "unreadable"}
    authority, _, path = url.partition("//")[2].partition("?")[0].partition("/")
    ports = [port for port in str(given.get("port", "")).split(",") if port]
    if (
        authority.count("@") > 1
        or "@" in path
        or not all(port.isascii() and port.isdecimal() and int(port) < 65536 for port in ports)
    ):
        raise BadArgument(
            "--store: not a URI such as postgresql://clerk@db/clearance; in a name or password "
            "write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %"
        )
    hidden = {o.keyword.decode() for o in pq.Conninfo.get_defaults() if o.dispchar == b"*"}
    shown = {name: value for name, value in given.items() if name not in hidden}
    password = given.get("password") or os.environ.get("CLEARANCE_STORE_PASSWORD")
    if password:
        given["password"] = _secret(password)
    return _written(shown), given


def _secret(written: str) -> str:
    """A secret, or what ``file:PATH`` or ``env:NAME`` says it is; never shown in an error."""
    way, _, name = written.partition(":")
    if way == "env":
        if name not in os.environ:
            raise BadArgument(f"the store's password is to be in {name}, which is not set")
        return os.environ[name]
    if way == "file":
        try:
            return Path(name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise BadArgument(
                f"the store's password is to be in {name}, which cannot be read: {why}"
            ) from error
    return written


def _written(shown: Mapping[str, str]) -> str:
    """A URI of libpq's parameters."""
    rest = dict(shown)
    who, database = (quote(rest.pop(name, ""), safe="") for name in ("user", "dbname"))
    place = ""
    if "/" not in rest.get("host", ""):
        hosts, ports = (rest.pop(name, "").split(",") for name in ("host", "port"))
        ports += ports[-1:] * (len(hosts) - len(ports))
        place = ",".join(
            (f"[{host}]" if ":" in host else quote(host)) + (f":{port}" if port else "")
            for host, port in zip(hosts, ports, strict=False)
        )
    options = "&".join(f"{name}={quote(value, safe='/,')}" for name, value in rest.items())
    user = f"{who}@" if who else ""
    return f"postgresql://{user}{place}/{database}{'?' if options else ''}{options}"


def _connect(url: str, parameters: Mapping[str, Any]) -> Connection:
    """A connection on which every statement is a transaction of its own where none is begun.

    Without ``autocommit`` a look-up would begin one that nobody ends, and closing would roll back
    all that was written, and acknowledged, after it.
    """
    known = {"application_name": "clearance", **parameters, "client_encoding": "UTF8"}
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        known.setdefault("connect_timeout", 10)
    try:
        connection = psycopg.connect(**known, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        why = _said(error)
    else:
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        return connection
    # Not inside the clause above: psycopg's error holds the connection with its password.
    raise StoreError(f"{url} cannot be reached: {why}")


@contextmanager
def _guarded(url: str) -> Iterator[None]:
    """Turns psycopg's errors into ours, in one line that tells where the store is."""
    try:
        yield
    except (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise StoreBusy(
            f"{url} is being written by another process: try again, or wait longer"
        ) from error
    except psycopg.Error as error:
        raise StoreError(f"{url} cannot be used: {_said(error)}") from error


def _said(error: psycopg.Error) -> str:
    """What the server or libpq says, in one line; of several hosts, about the last."""
    said = error.diag.message_primary or str(error).partition("\nMultiple connection")[0]
    return " ".join(said.removeprefix("connection failed: ").split())


class PostgresStore:
    """A store in a PostgreSQL database."""

    def __init__(self, url: str, connection: Connection, busy_timeout: float) -> None:
        self.url = url
        self._connection = connection
        self._wait = f"{int(min(max(busy_timeout, 0.001), 1e6) * 1000)}ms"
        self._depth = 0
        self._snapshot = False
        self._grown = False
        self._schema = self._found()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # Statements

    def _run(self, sql: str, *parameters: Any) -> list[Row]:
        """Runs a statement; returns its rows."""
        with _guarded(self.url):
            cursor = self._connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def _rows(self, sql: str, *parameters: Any) -> list[Row]:
        """The rows of a query; none in a store that has not been made yet."""
        if not self._depth and self._schema != len(MIGRATIONS):
            if not self._snapshot:
                self._schema = self._found()
            if not self._schema:
                return []
            if self._schema < len(MIGRATIONS):
                raise StoreError(
                    f"{self.url} was written by an earlier version of clearance: run clearance "
                    "store init, or anything that writes"
                )
        return self._run(sql, *parameters)

    def _paged(self, order: str, columns: str, table: str, size: int = _CHUNK) -> Iterator[Row]:
        """The rows of a table by ascending number, which comes first in each; read in chunks, so
        that writing meanwhile is safe.
        """
        last = 0
        sql = (
            f"SELECT {order}, {columns} FROM {table} WHERE {order} > %s "
            f"ORDER BY {order} LIMIT {size}"
        )
        while rows := self._rows(sql, last):
            yield from rows
            last = rows[-1][0]

    def _by_id(
        self, columns: str, table: str, ids: Collection[int] | None, size: int = _CHUNK
    ) -> Iterator[Row]:
        """Rows of a table of declarations, by ascending id; all, or some."""
        if ids is None:
            yield from self._paged("id", columns, table, size)
            return
        sql = f"SELECT id, {columns} FROM {table} WHERE id = ANY(%s) ORDER BY id"
        for chunk in _chunks(sorted(ids), size):
            yield from self._rows(sql, chunk)

    def _by_serial(self, columns: str, table: str, ids: Collection[str] | None) -> Iterator[Row]:
        """Rows of a table of what came in, in the order it came; all, or some."""
        if ids is None:
            yield from self._paged("serial", columns, table)
            return
        sql = f"SELECT serial, {columns} FROM {table} WHERE {SPREAD[table]} = ANY(%s)"
        yield from sorted(self._rows(sql, list(ids)), key=lambda row: row[0])

    def _copy(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Adds rows to a table."""
        with (
            _guarded(self.url),
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _numbers(self, counter: str, count: int) -> Iterator[int]:
        """So many numbers that follow on those given out before."""
        if not count:
            return iter(())
        sql = "UPDATE clearance_meta SET value = value + %s WHERE name = %s RETURNING value"
        ((last,),) = self._run(sql, count, counter)
        self._grown |= last.bit_length() > max((last - count).bit_length(), _SMALL)
        return iter(range(last - count + 1, last + 1))

    def _keep(self, table: str, columns: str, rows: Mapping[str, Row]) -> None:
        """Puts rows that are filed under an id of their own in the place of those that are kept,
        new ones behind them.
        """
        id, ids = SPREAD[table], list(rows)
        with self.transaction():
            kept: dict[str, int] = dict(
                self._run(f"SELECT {id}, serial FROM {table} WHERE {id} = ANY(%s)", ids)
            )
            fresh = self._numbers(table, len(rows) - len(kept))
            if kept:
                self._run(f"DELETE FROM {table} WHERE {id} = ANY(%s)", list(kept))
            placed = ((id, kept.get(id) or next(fresh), *row) for id, row in rows.items())
            self._copy(table, f"{id}, serial, {columns}", placed)

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        self._grown = False
        with _guarded(self.url), self._connection.transaction():
            self._depth = 1
            try:
                self._lock()
                yield
            finally:
                self._depth = 0
        self._schema = len(MIGRATIONS)
        if self._grown:
            self._analyze()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._schema = self._schema or self._found()
        with _guarded(self.url), self._connection.transaction():
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._snapshot = True
            try:
                yield
            finally:
                self._snapshot = False

    def _lock(self) -> None:
        """Waits until no other writes, and makes of the store what this version expects.

        A commit is on disk when it returns, also where the server is set to answer earlier. In a
        cluster the lock is kept on another node too, and only a SET LOCAL that is sent by itself
        tells that one how long to wait; it takes no parameter, only our own whole number.
        """
        self._run(
            "SELECT set_config('citus.propagate_set_commands', 'local', true), "
            "set_config('synchronous_commit', "
            "replace(current_setting('synchronous_commit'), 'off', 'local'), true)"
        )
        self._run(f"SET LOCAL lock_timeout = '{self._wait}'")
        if not self._schema:
            self._make()
        sql = "SELECT name, value FROM clearance_meta ORDER BY name FOR UPDATE"
        schema = self._known(dict(self._run(sql)))
        if schema < len(MIGRATIONS):
            self._migrate(schema)

    def _make(self) -> None:
        """Makes the table that holds the versions, unless another has done so meanwhile."""
        who = "hashtext(coalesce(current_schema(), ''))"
        self._run(f"SELECT pg_advisory_xact_lock(%s, {who})", _MAKING)
        if self._run("SELECT 1 WHERE to_regclass('clearance_meta') IS NOT NULL"):
            return
        ((encoding,),) = self._run("SELECT current_setting('server_encoding')")
        if encoding != "UTF8":
            raise StoreError(f"{self.url} keeps text as {encoding}: make a database in UTF8")
        self._run(META)
        counters = dict.fromkeys(COUNTERS, 0)
        begin = {"schema": 0, "version": VERSION, **counters}
        self._copy("clearance_meta", "name, value", begin.items())

    def _migrate(self, schema: int) -> None:
        """Runs the migrations that the store has not seen, and spreads what they make."""
        self._run(_ONE_BY_ONE)
        for migration in MIGRATIONS[schema:]:
            self._run(migration)
        sql = "UPDATE clearance_meta SET value = %s WHERE name = 'schema'"
        self._run(sql, len(MIGRATIONS))
        self._spread()

    def _found(self) -> int:
        """How many migrations the store has seen; 0 if it has not been made yet."""
        try:
            rows = self._run("SELECT name, value FROM clearance_meta")
        except StoreError as error:
            if isinstance(error.__cause__, errors.UndefinedTable):
                return 0
            raise
        return self._known(dict(rows))

    def _known(self, versions: Mapping[str, int]) -> int:
        """The same from the store's own table; raises for what this version does not know."""
        for name, known in (("schema", len(MIGRATIONS)), ("version", VERSION)):
            if versions[name] > known:
                raise StoreNewer(
                    f"{self.url} was written by a later version of clearance (its {name} is "
                    f"{versions[name]}, this one knows {known}): upgrade clearance"
                )
        return versions["schema"]

    def _analyze(self) -> None:
        """Tells the planner of tables that have doubled: autovacuum comes up to a minute later,
        and until then a look-up of many keys would read the whole index of them.
        """
        with suppress(StoreError):
            self._run(f"ANALYZE (SKIP_LOCKED) {', '.join(SPREAD)}")

    def prepare(self) -> None:
        """Makes the store, or brings it up to this version, and spreads it where that can be."""
        with self.transaction():
            self._spread()

    def _spread(self) -> None:
        """Spreads the tables over a cluster, where the server has the extension for it.

        Citus copies the rows that a table holds already, and lets the old ones lie where nobody
        sees them; these go.
        """
        if not self._clustered():
            return
        self._run(_ONE_BY_ONE)
        there = self._distributed()
        for table, column in SPREAD.items():
            if table not in there:
                ((held,),) = self._run("SELECT pg_relation_size(%s::regclass) > 0", table)
                self._run("SELECT create_distributed_table(%s, %s)", table, column)
                if held:
                    self._run("SELECT truncate_local_data_after_distributing_table(%s)", table)
        if "clearance_meta" not in there:
            self._run("SELECT create_reference_table('clearance_meta')")

    def _clustered(self) -> bool:
        return bool(self._run("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))

    def _distributed(self) -> set[str]:
        """The tables that lie spread over a cluster."""
        if not self._clustered():
            return set()
        sql = (
            "SELECT name FROM unnest(%s::text[]) AS name "
            "WHERE to_regclass(name) IN (SELECT logicalrelid FROM pg_dist_partition)"
        )
        return {name for (name,) in self._run(sql, ["clearance_meta", *SPREAD])}

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        sql = "SELECT digest, names FROM clearance_messages WHERE digest = ANY(%s)"
        return {id: _received_as(names) for id, names in self._rows(sql, list(ids))}

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        columns = "digest, data, names, seen_at"
        for _, id, data, names, seen in self._by_serial(columns, "clearance_messages", ids):
            yield Message(id, data, _received_as(names), datetime.fromisoformat(seen))

    def save_messages(self, messages: Iterable[Message]) -> None:
        rows = {
            m.id: (encoded(codec.from_received_as(m.received_as)), m.seen_at.isoformat(), m.data)
            for m in messages
        }
        self._keep("clearance_messages", "names, seen_at, data", rows)

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        for _, id, told, data in self._by_serial("digest, told, data", "clearance_refused", ids):
            name, kind, reason, size, seen, sent = told
            seen_at = datetime.fromisoformat(seen)
            yield Refusal(id, name, kind, reason, size, seen_at, data, sent)

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        rows = {
            r.id: (
                encoded([r.name, r.kind, r.reason, r.size, r.seen_at.isoformat(), r.sent]),
                r.data,
            )
            for r in refusals
        }
        self._keep("clearance_refused", "told, data", rows)

    def drop_refusals(self, ids: Collection[str]) -> None:
        with self.transaction():
            self._run("DELETE FROM clearance_refused WHERE digest = ANY(%s)", list(ids))

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        if keys is None:
            return {id for (id,) in self._rows("SELECT id FROM clearance_declarations")}
        sql = "SELECT id FROM clearance_keys WHERE key = ANY(%s)"
        return {id for (id,) in self._rows(sql, list(keys))}

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        for id, doc, events in self._by_id("doc, events", "clearance_declarations", ids):
            yield id, codec.to_declaration(doc, _events(doc["dialect"], events))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        for id, doc in self._by_id("doc", "clearance_declarations", ids):
            yield id, codec.to_summary(doc)

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        for id, *told in self._by_id(_PASSAGE, "clearance_passages", ids, _MANY):
            yield id, Timings(*told)

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        old = [id for id, _ in timelines if id is not None]
        with self.transaction():
            fresh = self._numbers("clearance_declarations", len(timelines) - len(old))
            ids = [next(fresh) if id is None else id for id, _ in timelines]
            placed = {id: d for id, (_, d) in zip(ids, timelines, strict=True)}
            keys = {id: codec.declaration_keys(d) for id, d in placed.items()}
            self._file(old, keys)
            self._remove(old)
            self._copy(
                "clearance_declarations",
                "id, keys, told, doc, events",
                ((id, keys[id], len(d.events), *_written_out(d)) for id, d in placed.items()),
            )
            self._copy(
                "clearance_passages",
                f"id, {_PASSAGE}",
                ((id, *_plain(Timings.of(d))) for id, d in placed.items()),
            )
            self._copy("clearance_changed", "id", ((id,) for id in placed))
        return ids

    def delete_timelines(self, ids: Collection[int]) -> None:
        with self.transaction():
            for chunk in _chunks(list(ids), _MANY):
                self._file(chunk, {})
                self._remove(chunk)

    def _remove(self, ids: list[int]) -> None:
        if ids:
            for table in ("clearance_declarations", "clearance_passages", "clearance_changed"):
                self._run(f"DELETE FROM {table} WHERE id = ANY(%s)", ids)

    def _file(self, old: list[int], new: Mapping[int, Iterable[str]]) -> None:
        """Files declarations under new keys in the place of those they have.

        What goes is deleted as every combination of its keys and its ids, in one statement; what
        that takes too much is written again.
        """
        sql = "SELECT id, keys FROM clearance_declarations WHERE id = ANY(%s)"
        held = {(key, id) for id, keys in (self._run(sql, old) if old else ()) for key in keys}
        meant = {(key, id) for id, keys in new.items() for key in keys}
        gone = held - meant
        keys, ids = {key for key, _ in gone}, {id for _, id in gone}
        if gone:
            sql = "DELETE FROM clearance_keys WHERE key = ANY(%s) AND id = ANY(%s)"
            self._run(sql, list(keys), list(ids))
        again = {(key, id) for key, id in held & meant if key in keys and id in ids}
        self._copy("clearance_keys", "key, id", sorted((meant - held) | again))

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        keys = "SELECT DISTINCT key FROM clearance_keys WHERE key"
        before = self._rows(f"{keys} < %s ORDER BY key DESC LIMIT %s", key, count)
        after = self._rows(f"{keys} >= %s ORDER BY key LIMIT %s", key, count)
        return [found for (found,) in (*reversed(before), *after)]

    def ids_between(self, low: str, high: str) -> set[int]:
        sql = "SELECT id FROM clearance_keys WHERE key >= %s AND key < %s"
        return {id for (id,) in self._rows(sql, low, high)}

    def unchecked(self) -> set[int]:
        return {id for (id,) in self._rows("SELECT id FROM clearance_changed")}

    def mark_checked(self, ids: Collection[int]) -> None:
        with self.transaction():
            self._run("DELETE FROM clearance_changed WHERE id = ANY(%s)", list(ids))

    # Records: filed under their kind, and under it with each of their keys

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        if kind is None:
            for _, *told in self._paged("serial", "name, keys, doc", "clearance_records"):
                yield _record(*told)
            return
        wanted = [kind] if keys is None else [f"{kind}:{key}" for key in keys]
        sql = "SELECT serial, name, keys, doc FROM clearance_records WHERE keys && %s"
        for _, *told in sorted(self._rows(sql, wanted), key=lambda row: row[0]):
            yield _record(*told)

    def save_records(self, records: Iterable[Record]) -> None:
        rows: dict[str, Row] = {}
        for kind, id, document, keys in records:
            name = f"{kind}:{id}"
            filed = [kind, name, *(f"{kind}:{key}" for key in keys)]
            rows[name] = filed, encoded(document)
        self._keep("clearance_records", "keys, doc", rows)

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        with self.transaction():
            names = [f"{kind}:{id}" for id in ids]
            self._run("DELETE FROM clearance_records WHERE name = ANY(%s)", names)

    # The store itself

    def info(self) -> dict[str, Any]:
        return {
            "messages": self._sum("count(*)", "clearance_messages"),
            "refused": self._sum("count(*)", "clearance_refused"),
            "events": self._sum("sum(told)", "clearance_declarations"),
            "declarations": self._sum("count(*)", "clearance_declarations"),
            "bytes": self._size(),
            "version": VERSION,
        }

    def _sum(self, what: str, table: str) -> int:
        return sum(int(found or 0) for (found,) in self._rows(f"SELECT {what} FROM {table}"))

    def _size(self) -> int:
        """Bytes of all tables with their indexes, wherever they lie."""
        there = self._distributed()
        return sum(
            int(size)
            for table in SPREAD
            for (size,) in self._rows(
                f"SELECT {'citus' if table in there else 'pg'}_total_relation_size(%s)", table
            )
        )

    def damage(self) -> Iterator[str]:
        rows = self._by_id("keys", "clearance_declarations", None, _MANY)
        meant = {(key, id) for id, keys in rows for key in keys}
        held = set(self._rows("SELECT key, id FROM clearance_keys"))
        if held != meant:
            different = len(held ^ meant)
            yield f"the index of declarations does not fit them ({different} keys)"
        kept = dict(self.timings())
        wrong = sum(kept.pop(id, None) != Timings.of(summary) for id, summary in self.summaries())
        if wrong or kept:
            yield f"the passages of {wrong + len(kept)} declarations do not fit them"


_PASSAGE = ", ".join(Timings._fields)
encoded = json.JSONEncoder(separators=(",", ":")).encode
"""A document as it is kept: in ASCII, so that also half of a surrogate pair can be."""


def _received_as(names: list[Any]) -> tuple[ReceivedAs, ...]:
    return codec.to_received_as({"names": names})


def _events(dialect: str, kept: list[list[Any]]) -> Iterator[Event]:
    return (codec.to_event(dialect, fields) for fields in kept)


def _record(name: str, filed: list[str], document: codec.Document) -> Record:
    """A record of its row; what it is filed under begins with its kind and its name."""
    kind, _, *keys = filed
    return Record(
        kind,
        name.removeprefix(f"{kind}:"),
        document,
        tuple(key.removeprefix(f"{kind}:") for key in keys),
    )


def _written_out(declaration: Declaration) -> tuple[str, str]:
    events = [codec.from_event(event, declaration.system) for event in declaration.events]
    return encoded(codec.from_summary(declaration)), encoded(events)


def _plain(timing: Timings) -> Timings:
    return timing._replace(stage=timing.stage and str(timing.stage))


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
