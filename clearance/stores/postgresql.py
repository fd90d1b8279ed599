"""The shared store: PostgreSQL, for several machines at once.

Tables, all in the schema that the connection's search path begins with: ``clearance_messages`` and
``clearance_refused`` as received; ``clearance_declarations`` (what is derived, with the events),
``clearance_timings`` (what reports need, under the same ids), ``clearance_keys`` (the index of
numbers and days) and ``clearance_unchecked``; ``clearance_records``; ``clearance_meta`` (versions
and counters, one row each). Documents are ``json``, never ``jsonb``, which would put the keys of an
object into another order than every other store does, and is slower to read.

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
coordinator, which passes the lock on when every node has committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any, Self
from urllib.parse import quote

from clearance.errors import (
    BadArgument,
    NoStore,
    Phrase,
    StoreBusy,
    StoreError,
    StoreNewer,
    StoreOlder,
)
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
from clearance.secret import Secret
from clearance.stores import LAYOUT, codec

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
    "clearance_timings": "id",
    "clearance_unchecked": "id",
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
)
"""Steps that make the tables, in order; the store counts those that have run.

What stands here never changes: what is to be different is another entry at the end. Only
``clearance_passages``, which the fifth step drops, is no longer made by the second and widened by
the fourth.
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

_CHUNK_ROWS = 500
"""Large rows, with documents or messages, that one statement reads."""
_CHUNK_SMALL_ROWS = 10_000
_ANALYZE_FROM_BITS = 8
"""log2 of the number of rows below which the planner needs no statistics."""
_CONNECT_SECONDS = 10
_MIN_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.001, 1e6
_SEQUENTIALLY = "SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)"
"""Has a cluster use one connection to a node, as spreading several tables in one transaction does;
after a change that has used several it is too late to ask for it.
"""
_SPREADING = "SELECT create_distributed_table(%s, %s, colocate_with => 'none')"
"""A table beside none that others have spread: theirs may have another collation, which Citus
refuses, and ours would be in the way of theirs.
"""
_CREATION_LOCK = 0x436C7263
"""The advisory lock of who makes the tables, while there is no row to lock yet: "Clrc"."""


def open(
    url: str, busy_timeout: float, outdated: bool = False, create: bool = True
) -> PostgresStore:
    """The store in a database; its tables are made by the first who writes.

    Raises NoStore if there are none, unless ``create``.
    """
    shown, parameters = _connection_parameters(url)
    connection = _connect(shown, parameters)
    try:
        store = PostgresStore(shown, connection, busy_timeout, outdated)
        if not create and not store.made:
            raise NoStore(shown)
        return store
    except BaseException:
        connection.close()
        raise


def _connection_parameters(url: str) -> tuple[str, dict[str, Any]]:
    """The URI as it may be shown, without any secret, and libpq's parameters.

    The password stands in the URI or in a variable, or libpq finds it.
    """
    parameters = _parsed(url)
    secret = {o.keyword.decode() for o in pq.Conninfo.get_defaults() if o.dispchar == b"*"}
    shown = {name: value for name, value in parameters.items() if name not in secret}
    password = parameters.get("password") or os.environ.get("CLEARANCE_STORE_PASSWORD")
    if password:
        parameters["password"] = _revealed(password)
    return _uri(shown), parameters


def _parsed(url: str) -> dict[str, Any]:
    """The parameters of libpq in a URI.

    Raises BadArgument, which does not repeat what was written: it may be half of a password with a
    character in it that means something in a URI.
    """
    with suppress(psycopg.Error):
        parameters = {name: value for name, value in conninfo_to_dict(url).items() if value}
        if not _is_ambiguous(url) and _has_ports(parameters):
            return parameters
    raise BadArgument(
        "--store: not a URI such as postgresql://clerk@db/clearance; in a name or password "
        "write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %"
    )


def _is_ambiguous(url: str) -> bool:
    """Whether an @ in a URI may belong to the password."""
    authority, _, path = url.partition("//")[2].partition("?")[0].partition("/")
    return authority.count("@") > 1 or "@" in path


def _has_ports(parameters: Mapping[str, Any]) -> bool:
    """Whether every port in libpq's parameters is one: what is not may be part of a password."""
    ports = [port for port in str(parameters.get("port", "")).split(",") if port]
    return all(port.isascii() and port.isdecimal() and int(port) < 65536 for port in ports)


def _revealed(password: str) -> str:
    """A password as it is written, or where ``file:PATH`` or ``env:NAME`` says that it is."""
    if not password.startswith(("env:", "file:")):
        return password
    try:
        return Secret(password).reveal()
    except BadArgument as why:
        raise BadArgument("the store's password: {why}", why=why) from None


def _uri(parameters: Mapping[str, str]) -> str:
    """A URI of libpq's parameters."""
    rest = dict(parameters)
    user, database = (quote(rest.pop(name, ""), safe="") for name in ("user", "dbname"))
    servers = "" if "/" in rest.get("host", "") else _servers(rest)
    options = "&".join(f"{name}={quote(value, safe='/,')}" for name, value in rest.items())
    account = f"{user}@" if user else ""
    return f"postgresql://{account}{servers}/{database}{'?' if options else ''}{options}"


def _servers(parameters: dict[str, str]) -> str:
    """The hosts of a URI, each with its port, which are taken out of the parameters."""
    hosts, ports = (parameters.pop(name, "").split(",") for name in ("host", "port"))
    ports += ports[-1:] * (len(hosts) - len(ports))
    written = [f"[{host}]" if ":" in host else quote(host) for host in hosts]
    pairs = zip(written, ports, strict=False)
    return ",".join(f"{host}:{port}" if port else host for host, port in pairs)


def _connect(url: str, parameters: Mapping[str, Any]) -> Connection:
    """A connection on which every statement is a transaction of its own where none is begun.

    Without ``autocommit`` a look-up would begin one that nobody ends, and closing would roll back
    all that was written, and acknowledged, after it.
    """
    completed = {"application_name": "clearance", **parameters, "client_encoding": "UTF8"}
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        completed.setdefault("connect_timeout", _CONNECT_SECONDS)
    try:
        connection = psycopg.connect(**completed, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        why = _in_one_line(error)
    else:
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        return connection
    # Not inside the clause above: psycopg's error holds the connection with its password.
    raise StoreError("{url} cannot be reached: {why}", url=url, why=why)


@contextmanager
def _guarded(url: str) -> Iterator[None]:
    """Turns psycopg's errors into ours, in one line that says where the store is."""
    try:
        yield
    except (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise StoreBusy(
            "{url} is being written by another process: try again, or wait longer", url=url
        ) from error
    except psycopg.Error as error:
        raise StoreError("{url} cannot be used: {why}", url=url, why=_in_one_line(error)) from error


def _in_one_line(error: psycopg.Error) -> str:
    """What the server or libpq says, in one line; of several hosts, about the last."""
    text = error.diag.message_primary or str(error).partition("\nMultiple connection")[0]
    return " ".join(text.removeprefix("connection failed: ").split())


class PostgresStore:
    """A store in a PostgreSQL database."""

    def __init__(
        self, url: str, connection: Connection, busy_timeout: float, outdated: bool = False
    ) -> None:
        self.url = url
        self._connection = connection
        seconds = min(max(busy_timeout, _MIN_WAIT_SECONDS), _MAX_WAIT_SECONDS)
        self._lock_timeout = f"{int(seconds * 1000)}ms"
        self._outdated = outdated
        self._in_transaction = False
        self._in_snapshot = False
        self._doubled = False
        self._unreadable = set[str]()
        self._steps = self._steps_done()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def made(self) -> bool:
        """Whether the tables are there."""
        return self._steps > 0

    # Statements

    def _run(self, sql: str, *parameters: Any) -> list[Row]:
        """Runs a statement; returns its rows."""
        with _guarded(self.url):
            cursor = self._connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def _rows(self, sql: str, *parameters: Any) -> list[Row]:
        """The rows of a query; none in a store that has not been made yet."""
        if not self._in_transaction and self._steps != len(MIGRATIONS):
            if not self._in_snapshot:
                self._steps = self._steps_done()
            if not self._steps:
                return []
            if self._steps < len(MIGRATIONS):
                raise StoreError(
                    "{url} was written by an earlier version of clearance: run clearance store "
                    "init, or anything that writes",
                    url=self.url,
                )
        return self._run(sql, *parameters)

    def _pages(self, order: str, columns: str, table: str, size: int) -> Iterator[list[Row]]:
        """The rows of a table by ascending number, which comes first in each; in chunks, so that
        writing meanwhile is safe.
        """
        last = 0
        sql = (
            f"SELECT {order}, {columns} FROM {table} WHERE {order} > %s "
            f"ORDER BY {order} LIMIT {size}"
        )
        while rows := self._rows(sql, last):
            yield rows
            last = rows[-1][0]

    def _pages_by_id(
        self, columns: str, table: str, ids: Collection[int] | None, size: int
    ) -> Iterator[list[Row]]:
        """Rows of a table of declarations in chunks, by ascending id; all, or some."""
        if ids is None:
            yield from self._pages("id", columns, table, size)
            return
        sql = f"SELECT id, {columns} FROM {table} WHERE id = ANY(%s) ORDER BY id"
        for chunk in _chunks(sorted(ids), size):
            yield self._rows(sql, chunk)

    def _by_id(self, columns: str, ids: Collection[int] | None) -> Iterator[Row]:
        """Rows of declarations, by ascending id; all, or some."""
        pages = self._pages_by_id(columns, "clearance_declarations", ids, _CHUNK_ROWS)
        return chain.from_iterable(pages)

    def _by_serial(self, columns: str, table: str, ids: Collection[str] | None) -> Iterator[Row]:
        """Rows of a table of what was received, in the order it came; all, or some."""
        if ids is None:
            yield from chain.from_iterable(self._pages("serial", columns, table, _CHUNK_ROWS))
            return
        sql = f"SELECT serial, {columns} FROM {table} WHERE {SPREAD[table]} = ANY(%s)"
        yield from sorted(self._rows(sql, list(ids)), key=itemgetter(0))

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
        """The next ``count`` numbers of a counter."""
        if not count:
            return iter(())
        sql = "UPDATE clearance_meta SET value = value + %s WHERE name = %s RETURNING value"
        ((last,),) = self._run(sql, count, counter)
        self._doubled |= last.bit_length() > max((last - count).bit_length(), _ANALYZE_FROM_BITS)
        return iter(range(last - count + 1, last + 1))

    def _save(self, table: str, columns: str, rows: Mapping[str, Row]) -> list[str]:
        """Writes rows by their own ids, in the place of those that are there, new ones behind.

        Returns the ids of the new ones, in their order.
        """
        column, ids = SPREAD[table], list(rows)
        with self.transaction():
            serials: dict[str, int] = dict(
                self._run(f"SELECT {column}, serial FROM {table} WHERE {column} = ANY(%s)", ids)
            )
            free = self._numbers(table, len(rows) - len(serials))
            if serials:
                self._run(f"DELETE FROM {table} WHERE {column} = ANY(%s)", list(serials))
            numbered = ((id, serials.get(id) or next(free), *row) for id, row in rows.items())
            self._copy(table, f"{column}, serial, {columns}", numbered)
        return [id for id in ids if id not in serials]

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        self._doubled = False
        with _guarded(self.url), self._connection.transaction():
            self._in_transaction = True
            try:
                self._lock()
                yield
            finally:
                self._in_transaction = False
        self._steps = len(MIGRATIONS)
        if self._doubled:
            self._analyze()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._steps = self._steps or self._steps_done()
        with _guarded(self.url), self._connection.transaction():
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._in_snapshot = True
            try:
                yield
            finally:
                self._in_snapshot = False

    def _lock(self) -> None:
        """Waits until no other writes, then makes the tables or brings them up to this version.

        A commit is on disk when it returns, also where the server is set to answer earlier. In a
        cluster the lock is kept on another node too, and only a SET LOCAL that is sent by itself
        tells that one how long to wait; it takes no parameter, only our own whole number.
        """
        self._run(
            "SELECT set_config('citus.propagate_set_commands', 'local', true), "
            "set_config('synchronous_commit', "
            "replace(current_setting('synchronous_commit'), 'off', 'local'), true)"
        )
        self._run(f"SET LOCAL lock_timeout = '{self._lock_timeout}'")
        if not self._steps:
            self._make()
        sql = "SELECT name, value FROM clearance_meta ORDER BY name FOR UPDATE"
        steps = self._checked(dict(self._run(sql)))
        if steps < len(MIGRATIONS):
            self._migrate(steps)

    def _make(self) -> None:
        """Makes the table that holds the versions, unless another has done so meanwhile."""
        schema = "hashtext(coalesce(current_schema(), ''))"
        self._run(f"SELECT pg_advisory_xact_lock(%s, {schema})", _CREATION_LOCK)
        if self._run("SELECT 1 WHERE to_regclass('clearance_meta') IS NOT NULL"):
            return
        ((encoding,),) = self._run("SELECT current_setting('server_encoding')")
        if encoding != "UTF8":
            raise StoreError(
                "{url} keeps text as {encoding}: make a database in UTF8",
                url=self.url,
                encoding=encoding,
            )
        self._run(META)
        counters = dict.fromkeys(COUNTERS, 0)
        begin = {"schema": 0, "version": LAYOUT, **counters}
        self._copy("clearance_meta", "name, value", begin.items())

    def _migrate(self, steps: int) -> None:
        """Runs the steps that the store has not seen, and spreads the tables that they make."""
        self._run(_SEQUENTIALLY)
        for migration in MIGRATIONS[steps:]:
            self._run(migration)
        sql = "UPDATE clearance_meta SET value = %s WHERE name = 'schema'"
        self._run(sql, len(MIGRATIONS))
        self._spread()

    def _steps_done(self) -> int:
        """How many steps the store has seen; 0 if it has not been made yet."""
        try:
            rows = self._run("SELECT name, value FROM clearance_meta")
        except StoreError as error:
            if isinstance(error.__cause__, errors.UndefinedTable):
                return 0
            raise
        return self._checked(dict(rows))

    def _checked(self, meta: Mapping[str, int]) -> int:
        """The steps of a store that this version can use; raises StoreNewer or StoreOlder."""
        for name, known in (("schema", len(MIGRATIONS)), ("version", LAYOUT)):
            if meta[name] > known:
                raise StoreNewer(
                    "{url} was written by a later version of clearance (its {name} is {stored}, "
                    "this one knows {known}): upgrade clearance",
                    url=self.url,
                    name=name,
                    stored=meta[name],
                    known=known,
                )
        if meta["version"] < LAYOUT and not self._outdated:
            raise StoreOlder(self.url)
        return meta["schema"]

    def _analyze(self) -> None:
        """Gives the planner statistics of tables that have doubled: autovacuum comes up to a
        minute later, and until then a look-up of many keys would read the whole index of them.
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
        self._run(_SEQUENTIALLY)
        spread = self._distributed()
        for table, column in SPREAD.items():
            if table not in spread:
                ((has_rows,),) = self._run("SELECT pg_relation_size(%s::regclass) > 0", table)
                self._run(_SPREADING, table, column)
                if has_rows:
                    self._run("SELECT truncate_local_data_after_distributing_table(%s)", table)
        if "clearance_meta" not in spread:
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
        return codec.values(_to_message, self._by_serial(columns, "clearance_messages", ids))

    def save_messages(
        self,
        messages: Iterable[Message],
        absent: Collection[str] = (),  # noqa: ARG002 - the statement that writes looks for all
    ) -> list[str]:
        rows = {
            m.id: (encoded(codec.from_received_as(m.received_as)), m.seen_at.isoformat(), m.data)
            for m in messages
        }
        return self._save("clearance_messages", "names, seen_at, data", rows)

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        rows = self._by_serial("digest, doc, data", "clearance_refused", ids)
        return codec.values(_to_refusal, rows)

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        rows = {refusal.id: _from_refusal(refusal) for refusal in refusals}
        self._save("clearance_refused", "doc, data", rows)

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
        return codec.values(_to_timeline, self._by_id("doc, events", ids))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        return codec.values(lambda row: (row[0], codec.to_summary(row[1])), self._by_id("doc", ids))

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        for rows in self._pages_by_id("doc::text", "clearance_timings", ids, _CHUNK_SMALL_ROWS):
            documents = json.loads(f"[{','.join(doc for _, doc in rows)}]")
            timings = codec.values(codec.to_timings, documents)
            yield from zip((id for id, _ in rows), timings, strict=True)

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        old = [id for id, _ in timelines if id is not None]
        with self.transaction():
            free = self._numbers("clearance_declarations", len(timelines) - len(old))
            by_id = {next(free) if id is None else id: d for id, d in timelines}
            keys = {id: codec.declaration_keys(d) for id, d in by_id.items()}
            self._reindex(old, keys)
            self._delete(old)
            self._copy(
                "clearance_declarations",
                "id, keys, event_count, doc, events",
                ((id, keys[id], len(d.events), *_from_declaration(d)) for id, d in by_id.items()),
            )
            self._copy("clearance_timings", "id, doc", map(_from_timings, by_id.items()))
            self._copy("clearance_unchecked", "id", ((id,) for id in by_id))
        return list(by_id)

    def delete_timelines(self, ids: Collection[int]) -> None:
        with self.transaction():
            for chunk in _chunks(list(ids), _CHUNK_SMALL_ROWS):
                self._reindex(chunk, {})
                self._delete(chunk)

    def clear_timelines(self) -> None:
        with self.transaction():
            for table in (*_BY_ID, "clearance_keys"):
                self._run(f"DELETE FROM {table}")
            sql = "UPDATE clearance_meta SET value = %s WHERE name = 'version'"
            self._run(sql, LAYOUT)

    def _delete(self, ids: list[int]) -> None:
        for table in _BY_ID if ids else ():
            self._run(f"DELETE FROM {table} WHERE id = ANY(%s)", ids)

    def _reindex(self, old: list[int], new: Mapping[int, Iterable[str]]) -> None:
        """Files declarations under new keys in the place of those they have.

        Every combination of the keys and the ids that go is deleted, in one statement; what of it
        should have stayed is written again.
        """
        sql = "SELECT id, keys FROM clearance_declarations WHERE id = ANY(%s)"
        before = _pairs(self._run(sql, old) if old else ())
        after = _pairs(new.items())
        keys, ids = {key for key, _ in before - after}, {id for _, id in before - after}
        if keys:
            sql = "DELETE FROM clearance_keys WHERE key = ANY(%s) AND id = ANY(%s)"
            self._run(sql, list(keys), list(ids))
        left = {(key, id) for key, id in before if key not in keys or id not in ids}
        self._copy("clearance_keys", "key, id", sorted(after - left))

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        select = "SELECT DISTINCT key FROM clearance_keys WHERE key"
        before = self._rows(f"{select} < %s ORDER BY key DESC LIMIT %s", key, count)
        after = self._rows(f"{select} >= %s ORDER BY key LIMIT %s", key, count)
        return [neighbour for (neighbour,) in (*reversed(before), *after)]

    def ids_between(self, low: str, high: str) -> set[int]:
        sql = "SELECT id FROM clearance_keys WHERE key >= %s AND key < %s"
        return {id for (id,) in self._rows(sql, low, high)}

    def unchecked(self) -> set[int]:
        return {id for (id,) in self._rows("SELECT id FROM clearance_unchecked")}

    def mark_checked(self, ids: Collection[int]) -> None:
        with self.transaction():
            self._run("DELETE FROM clearance_unchecked WHERE id = ANY(%s)", list(ids))

    # Records: filed under their kind, and under it with each of their keys

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        if kind is None:
            rows = self._by_serial("name, keys, doc", "clearance_records", None)
        else:
            wanted = [kind] if keys is None else [f"{kind}:{key}" for key in keys]
            sql = "SELECT serial, name, keys, doc FROM clearance_records WHERE keys && %s"
            rows = iter(sorted(self._rows(sql, wanted), key=itemgetter(0)))
        for _, name, filed, doc in rows:
            record = _to_record(name, filed, doc)
            if codec.is_legible(record):
                yield record
            else:
                self._unreadable.add(name)

    def save_records(self, records: Iterable[Record]) -> None:
        rows: dict[str, Row] = {}
        for kind, id, document, keys in records:
            name = f"{kind}:{id}"
            filed = [kind, name, *(f"{kind}:{key}" for key in keys)]
            rows[name] = filed, encoded(document)
        self._save("clearance_records", "keys, doc", rows)

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        with self.transaction():
            names = [f"{kind}:{id}" for id in ids]
            self._run("DELETE FROM clearance_records WHERE name = ANY(%s)", names)

    def clear_records(self, kind: str) -> None:
        with self.transaction():
            self._run("DELETE FROM clearance_records WHERE keys @> %s", [kind])

    # The store itself

    @property
    def unreadable(self) -> int:
        return len(self._unreadable)

    def info(self) -> dict[str, Any]:
        return {
            "messages": self._sum("count(*)", "clearance_messages"),
            "refused": self._sum("count(*)", "clearance_refused"),
            "events": self._sum("sum(event_count)", "clearance_declarations"),
            "declarations": self._sum("count(*)", "clearance_declarations"),
            "bytes": self._size(),
            "version": LAYOUT,
        }

    def _sum(self, what: str, table: str) -> int:
        return sum(int(value or 0) for (value,) in self._rows(f"SELECT {what} FROM {table}"))

    def _size(self) -> int:
        """Bytes of all tables with their indexes, wherever they lie."""
        spread = self._distributed()
        return sum(
            int(size)
            for table in SPREAD
            for (size,) in self._rows(
                f"SELECT {'citus' if table in spread else 'pg'}_total_relation_size(%s)", table
            )
        )

    def damage(self) -> Iterator[Phrase]:
        table = "clearance_declarations"
        pages = self._pages_by_id("keys", table, None, _CHUNK_SMALL_ROWS)
        indexed = set(self._rows("SELECT key, id FROM clearance_keys"))
        if different := len(indexed ^ _pairs(chain.from_iterable(pages))):
            yield Phrase(
                "the index of declarations does not fit them ({count} keys)", count=different
            )
        timings = dict(self.timings())
        summaries = self.summaries()
        wrong = sum(timings.pop(id, None) != Timings.of(summary) for id, summary in summaries)
        if wrong := wrong + len(timings):
            yield Phrase("the timings of {count} declarations do not fit them", count=wrong)


_BY_ID = ("clearance_declarations", "clearance_timings", "clearance_unchecked")
"""Tables with a row for each declaration, or for some."""
encoded = json.JSONEncoder(separators=(",", ":")).encode
"""A document as it is stored: in ASCII, so that also half of a surrogate pair can be."""


def _pairs(rows: Iterable[tuple[int, Iterable[str]]]) -> set[tuple[str, int]]:
    """Rows of the index: a key and the id of a declaration that is filed under it."""
    return {(key, id) for id, keys in rows for key in keys}


def _received_as(names: list[Any]) -> tuple[ReceivedAs, ...]:
    return codec.to_received_as({"names": names})


def _to_events(system: str, events: Iterable[list[Any]]) -> Iterator[Event]:
    return (codec.to_event(system, fields) for fields in events)


def _to_message(row: Row) -> Message:
    _, id, data, names, seen = row
    return Message(id, data, _received_as(names), datetime.fromisoformat(seen))


def _from_refusal(refusal: Refusal) -> tuple[str, bytes]:
    r = refusal
    doc = [r.name, r.kind, r.reason, r.size, r.seen_at.isoformat(), r.sent, codec.from_said(r.said)]
    return encoded(doc), r.data


def _to_refusal(row: Row) -> Refusal:
    _, id, doc, data = row
    name, kind, reason, size, seen, sent, *why = doc
    said = codec.to_said(why[0]) if why else None
    return Refusal(id, name, kind, reason, size, datetime.fromisoformat(seen), data, sent, said)


def _to_timeline(row: Row) -> tuple[int, Declaration]:
    id, doc, events = row
    return id, codec.to_declaration(doc, _to_events(doc["system"], events))


def _to_record(name: str, filed: list[str], document: codec.Document) -> Record:
    """A record of its row; what it is filed under begins with its kind and its name."""
    kind, _, *keys = filed
    return Record(
        kind,
        name.removeprefix(f"{kind}:"),
        document,
        tuple(key.removeprefix(f"{kind}:") for key in keys),
    )


def _from_declaration(declaration: Declaration) -> tuple[str, str]:
    events = [codec.from_event(event, declaration.system) for event in declaration.events]
    return encoded(codec.from_summary(declaration)), encoded(events)


def _from_timings(row: tuple[int, Declaration]) -> tuple[int, str]:
    id, declaration = row
    return id, encoded(codec.from_timings(Timings.of(declaration)))


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
