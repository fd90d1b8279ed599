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

What a server takes longest for is the way to it and back. What is written waits, and goes with the
next statement whose answer is needed, or with the commit, in one round trip (libpq's pipeline);
each table is written by one statement. What was read in a transaction or of one moment is
remembered until it is written, and what a command is going to ask for is read with the first of it.

The tables can be spread by hash over the nodes of a cluster (Citus and its kin): ``SPREAD`` names
the column each is spread by, which is in its primary key; look-ups go from keys to ids to
declarations in two statements; nothing is joined, and there are no foreign keys. Citus has no
snapshot of all nodes: a commit may be seen on one node a little before it is on the next, so what
is read together there is of one moment on each node only. Writers come in through one node, the
coordinator, which passes the lock on when every node has committed.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, Self
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
    from psycopg.types.string import TextLoader
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

_MOMENTS = {
    "counted_at": "coalesce((doc ->> 'dated_at')::bigint, (doc ->> 'declared_at')::bigint)",
    "cleared_at": "(doc ->> 'cleared_at')::bigint",
}
"""Where a row of timings has a moment by which declarations are found, as its index has it."""
META = "CREATE TABLE clearance_meta (name text PRIMARY KEY, value bigint NOT NULL)"
COUNTERS = (
    "clearance_messages",
    "clearance_refused",
    "clearance_declarations",
    "clearance_records",
)

Row = tuple[Any, ...]
_Statement = tuple[Any, ...]
"""A statement's text, and its parameters."""
Connection = psycopg.Connection[Row]

_CHUNK_ROWS = 500
"""Large rows, with documents or messages, that one statement reads."""
_CHUNK_SMALL_ROWS = 10_000
_ANALYZE_FROM_BITS = 8
"""log2 of the number of rows below which the planner needs no statistics."""
_COLUMNS = {
    "clearance_messages": ("digest", "serial", "names", "seen_at", "data"),
    "clearance_refused": ("digest", "serial", "doc", "data"),
    "clearance_declarations": ("id", "keys", "event_count", "doc", "events"),
    "clearance_timings": ("id", "doc"),
    "clearance_unchecked": ("id",),
    "clearance_records": ("name", "serial", "keys", "doc"),
}
"""The columns of the tables whose rows have a key of their own, which comes first."""
_MAX_CHANGES = 2000
"""Rows of a table that wait to be written."""
_MAX_WAITING = 20_000
"""Statements and parameters that wait to be sent together."""
_MAX_KNOWN_ROWS = 2000
"""Rows that are remembered in a transaction or a snapshot."""
_SMALL = (
    "system",
    "overused",
    "link:last",
    "forecast:moment",
    "dwell:calendar",
    "refused_from",
    "checked",
    "lease",
)
"""What few records are filed under that nearly every writer asks for."""
_TOGETHER_READING = (("system", "silence", "alert:open", "plan:open", "checked"),)
_TOGETHER_WRITING = (
    ("alert:open", "silence", "plan:open", "unread", "delivery:pending", "delivery:held",
     "delivery:ended"),
)  # fmt: skip
"""What records are filed under that one command asks for: who asks for one of a group is going to
ask for the others.
"""
_CONNECT_SECONDS = 10
_PARKED_SECONDS = 30
"""How long a connection that nobody uses is likely to be there still on the other side."""
_MIN_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.001, 1e6
_FILED = "SELECT serial, name, keys, doc FROM clearance_records WHERE keys && $1"
_SEQUENTIALLY = "SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)"
"""Has a cluster use one connection to a node, as spreading several tables in one transaction does;
after a change that has used several it is too late to ask for it.
"""
_DURABLY = (
    "SELECT set_config('citus.propagate_set_commands', 'local', true), "
    "set_config('synchronous_commit', "
    "replace(current_setting('synchronous_commit'), 'off', 'local'), true)"
)
"""Has a commit return when it is on disk, and a cluster pass on what is set for a transaction."""
_SPREADING = "SELECT create_distributed_table($1, $2, colocate_with => 'none')"
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

    def store(connection: Connection) -> PostgresStore:
        def done() -> None:
            _park(parameters, connection)

        try:
            store = PostgresStore(shown, connection, busy_timeout, outdated, done)
            if not create and not store.made:
                raise NoStore(shown)
            return store
        except BaseException:
            connection.close()
            raise

    if parked := _unparked(parameters):
        with suppress(StoreError):  # it may be gone; what else is wrong is told by a new one
            return store(parked)
    return store(_connect(shown, parameters))


class _Parked(NamedTuple):
    """A connection that nobody uses, with its parameters and when it was put aside, in seconds of
    the monotonic clock.
    """

    parameters: Mapping[str, Any]
    connection: Connection
    since: float


_parked: list[_Parked] = []
"""The connection that was used last. A command that opens the same store again goes on with it:
a new one takes four round trips or more.
"""


def _park(parameters: Mapping[str, Any], connection: Connection) -> None:
    """Keeps a connection for who opens the same store soon; closes the one that was kept."""
    _close_parked()
    if connection.info.transaction_status == pq.TransactionStatus.IDLE:
        _parked.append(_Parked(parameters, connection, time.monotonic()))
    else:
        connection.close()


def _unparked(parameters: Mapping[str, Any]) -> Connection | None:
    """The connection that is kept, if it is with the same parameters and was just used."""
    kept = _parked.pop() if _parked else None
    if not kept:
        return None
    if kept.parameters == parameters and time.monotonic() - kept.since < _PARKED_SECONDS:
        return kept.connection
    kept.connection.close()
    return None


@atexit.register
def _close_parked() -> None:
    while _parked:
        _parked.pop().connection.close()


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
        connection = psycopg.connect(
            **completed, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.RawCursor
        )
    except psycopg.Error as error:
        why = _in_one_line(error)
    else:
        connection.adapters.register_loader("json", TextLoader)
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
        raise _failure(url, error) from error


def _failure(url: str, error: psycopg.Error) -> StoreError:
    """What an error of psycopg's means to who runs the command."""
    why = _in_one_line(error)
    if isinstance(error, _NOT_ALLOWED):
        return StoreError(
            "{url} does not let this account write, or not even read: {why}", url=url, why=why
        )
    if isinstance(error, _FULL):
        return StoreError(
            "the server of {url} has no room left; nothing of this commit was kept: {why}",
            url=url,
            why=why,
        )
    if isinstance(error, _GONE) or (
        error.sqlstate is None and isinstance(error, psycopg.OperationalError)
    ):
        return StoreError(
            "the connection to {url} was lost; nothing is there by halves, so run the command "
            "again: {why}",
            url=url,
            why=why,
        )
    return StoreError("{url} cannot be used: {why}", url=url, why=why)


_NOT_ALLOWED = (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)
_FULL = (errors.DiskFull, errors.OutOfMemory)
_GONE = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)


def _in_one_line(error: psycopg.Error) -> str:
    """What the server or libpq says, in one line; of several hosts, about the last."""
    text = error.diag.message_primary or str(error).partition("\nMultiple connection")[0]
    text = text.partition("\n\tThis probably means")[0]
    return " ".join(text.removeprefix("connection failed: ").split())


class _Known:
    """What was read in a transaction or a snapshot and would be the same if it was asked again."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[tuple[str, str], list[Row]]] = {}
        self._records: dict[str, list[Row]] = {}
        self._count = 0

    def answer(self, table: str, asked: tuple[str, str]) -> list[Row] | None:
        """The rows of a query that was asked before; None if it was not."""
        return self._answers.get(table, {}).get(asked)

    def remember(self, table: str, asked: tuple[str, str], rows: list[Row]) -> None:
        """Remembers the rows of a query of a table."""
        self._make_room(len(rows))
        self._answers.setdefault(table, {})[asked] = rows

    def forget(self, table: str) -> None:
        """Forgets the rows of a table, which is changed."""
        self._answers.pop(table, None)

    def unknown(self, wanted: Iterable[str]) -> set[str]:
        """Those of some keys of records of which it is not known what is filed under them."""
        return {key for key in wanted if self._place(key) not in self._records}

    def remember_records(self, asked: Collection[str], rows: Iterable[Row]) -> None:
        """Remembers the records that are filed under some keys."""
        new = {key: list[Row]() for key in asked}
        for row in rows:
            for key in new.keys() & row[2]:
                new[key].append(row)
        self._make_room(len(new) + sum(map(len, new.values())))
        self._records |= new

    def records(self, wanted: Iterable[str]) -> list[Row]:
        """The records that are filed under any of some known keys, each once."""
        found = {
            row[1]: row
            for key in wanted
            for row in self._records[self._place(key)]
            if key in row[2]
        }
        return list(found.values())

    def _place(self, key: str) -> str:
        """Where the records under a key are remembered: there, or among all of their kind."""
        kind = key.partition(":")[0]
        return kind if kind in self._records else key

    def forget_records(self, kind: str) -> None:
        """Forgets the records of a kind, of which some are changed."""
        for key in [key for key in self._records if key.partition(":")[0] == kind]:
            del self._records[key]

    def _make_room(self, count: int) -> None:
        """Forgets everything that is not asked for at this moment where it becomes too much."""
        self._count += count
        if self._count > _MAX_KNOWN_ROWS:
            self._answers, self._records, self._count = {}, {}, count


class _Changes:
    """What is to be written into a table: rows by their keys, and keys whose rows go before."""

    def __init__(self) -> None:
        self.rows: dict[Any, Row] = {}
        self._gone: set[Any] = set()

    def remove(self, keys: Iterable[Any]) -> None:
        """Has the rows of some keys go, also those that wait."""
        for key in keys:
            self._gone.add(key)
            self.rows.pop(key, None)

    def kinds(self) -> set[str]:
        """The kinds of the records among them, whose keys begin with it."""
        return {key.partition(":")[0] for key in chain(self.rows, self._gone)}

    def statements(self, table: str) -> Iterator[_Statement]:
        """The statements that write them."""
        columns = _COLUMNS[table]
        if self._gone:
            yield f"DELETE FROM {table} WHERE {columns[0]} = ANY($1)", sorted(self._gone)
        yield from _insertions(table, columns, 1, list(self.rows.values()))


class PostgresStore:
    """A store in a PostgreSQL database."""

    def __init__(
        self,
        url: str,
        connection: Connection,
        busy_timeout: float,
        outdated: bool,
        done: Callable[[], None],
    ) -> None:
        self.url = url
        self._done = done
        self._is_closed = False
        self._connection = connection
        seconds = min(max(busy_timeout, _MIN_WAIT_SECONDS), _MAX_WAIT_SECONDS)
        self._lock_timeout = f"{int(seconds * 1000)}ms"
        self._outdated = outdated
        self._in_transaction = False
        self._in_snapshot = False
        self._waiting = list[_Statement]()
        self._changes: defaultdict[str, _Changes] = defaultdict(_Changes)
        self._known = _Known()
        self._counted = dict[str, int]()
        self._advanced = set[str]()
        self._indexed = dict[int, list[str]]()
        self._held = set[str]()
        self._failure: StoreError | None = None
        self._doubled = False
        self._unreadable = set[str]()
        self._steps = self._steps_done()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._done()

    @property
    def made(self) -> bool:
        """Whether the tables are there."""
        return self._steps > 0

    # Statements

    def _send(self, *asked: _Statement) -> list[list[Row]]:
        """Sends what waits to be sent, and more statements, in one round trip; returns the rows of
        each of these.
        """
        if self._is_closed:
            raise StoreError("{url} cannot be used: {why}", url=self.url, why="it is closed")
        statements, self._waiting = [*self._waiting, *asked], []
        with self._noted_failure(), _guarded(self.url), self._connection.pipeline():
            cursors = [
                self._connection.execute(sql.encode(), parameters or None)
                for sql, *parameters in statements
            ]
        answered = cursors[len(cursors) - len(asked) :]
        return [cursor.fetchall() if cursor.description else [] for cursor in answered]

    @contextmanager
    def _noted_failure(self) -> Iterator[None]:
        """Remembers why a statement failed, since nothing of its transaction can be kept then."""
        try:
            yield
        except StoreError as error:
            self._failure = error
            raise

    def _run(self, sql: str, *parameters: Any) -> list[Row]:
        """Runs a statement after those that wait, and after what is to be written into the tables
        that it names; returns its rows.
        """
        self._settle(*(table for table in _COLUMNS if table in sql))
        return self._send((sql, *parameters))[0]

    def _later(self, sql: str, *parameters: Any) -> None:
        """Has a statement whose rows nobody needs wait for the next that is sent."""
        self._waiting.append((sql, *parameters))
        if sum(map(len, self._waiting)) > _MAX_WAITING:
            self._send()

    def _rows(self, sql: str, *parameters: Any) -> list[Row]:
        """The rows of a query; none in a store that has not been made yet."""
        return self._run(sql, *parameters) if self._can_be_read() else []

    def _can_be_read(self) -> bool:
        """Whether there are tables; raises StoreError where they have to be brought up to date."""
        if self._in_transaction or self._steps == len(MIGRATIONS):
            return True
        if not self._in_snapshot:
            self._steps = self._steps_done()
        if 0 < self._steps < len(MIGRATIONS):
            raise StoreError(
                "{url} was written by an earlier version of clearance: run clearance store "
                "init, or anything that writes",
                url=self.url,
            )
        return self._steps > 0

    def _known_rows(self, table: str, sql: str, *parameters: Any) -> list[Row]:
        """The rows of a query of one table, which is asked once in a transaction or a snapshot
        unless the table is changed meanwhile.
        """
        if not self._is_steady:
            return self._rows(sql, *parameters)
        asked = (sql, repr(parameters))
        rows = self._known.answer(table, asked)
        if rows is None:
            rows = self._rows(sql, *parameters)
            self._known.remember(table, asked, rows)
        return rows

    @property
    def _is_steady(self) -> bool:
        """Whether what was read stays so, unless this store writes."""
        return self._in_transaction or self._in_snapshot

    def _pages(self, order: str, columns: str, table: str, size: int) -> Iterator[list[Row]]:
        """The rows of a table by ascending number, which comes first in each; in chunks, so that
        writing meanwhile is safe.
        """
        last = 0
        sql = (
            f"SELECT {order}, {columns} FROM {table} WHERE {order} > $1 "
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
        sql = f"SELECT id, {columns} FROM {table} WHERE id = ANY($1) ORDER BY id"
        if _are_few(ids):
            yield self._known_rows(table, sql, sorted(ids)) if ids else []
            return
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
        if ids:
            sql = f"SELECT serial, {columns} FROM {table} WHERE {SPREAD[table]} = ANY($1)"
            yield from sorted(self._known_rows(table, sql, sorted(ids)), key=itemgetter(0))

    def _put(self, table: str, rows: Mapping[Any, Row]) -> None:
        """Has rows wait to be written, by their keys, each in the place of one with its key."""
        if rows:
            self._known.forget(table)
            self._changes[table].rows.update({key: (key, *row) for key, row in rows.items()})
            if len(self._changes[table].rows) > _MAX_CHANGES:
                self._settle(table)

    def _remove(self, table: str, keys: Collection[Any]) -> None:
        """Has rows wait to be deleted, by their keys."""
        if keys:
            self._known.forget(table)
            self._changes[table].remove(keys)

    def _settle(self, *tables: str) -> None:
        """Has the statements wait that write what waits to be written into some tables."""
        for table in tables:
            changes, self._changes[table] = self._changes[table], _Changes()
            for statement in changes.statements(table):
                self._later(*statement)

    def _numbers(self, counter: str, count: int) -> Iterator[int]:
        """The next ``count`` numbers of a counter, which is written with the commit."""
        last = self._counted[counter]
        self._counted[counter] = following = last + count
        self._doubled |= following.bit_length() > max(last.bit_length(), _ANALYZE_FROM_BITS)
        if count:
            self._advanced.add(counter)
        return iter(range(last + 1, following + 1))

    def _save(self, table: str, rows: Mapping[str, Row]) -> None:
        """Writes rows by their own ids, in the place of those that are there, new ones behind.

        Each takes a number; one that is there keeps its own.
        """
        waiting = self._changes[table].rows
        free = self._numbers(table, len(rows.keys() - waiting.keys()))
        numbers = {id: waiting[id][1] if id in waiting else next(free) for id in rows}
        self._put(table, {id: (numbers[id], *row) for id, row in rows.items()})

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        self._doubled, self._failure = False, None
        try:
            self._lock()
            self._in_transaction = True
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._in_transaction = False
            self._forget_all()
        self._steps = len(MIGRATIONS)
        if self._doubled:
            self._analyze()

    def _commit(self) -> None:
        """Sends what waits, the counters that went on, and the commit; on disk when it returns."""
        if self._failure:
            raise self._failure
        self._settle(*_COLUMNS)
        if self._advanced:
            sql = (
                "UPDATE clearance_meta SET value = ($1::bigint[])[array_position($2, name)] "
                "WHERE name = ANY($2)"
            )
            names = sorted(self._advanced)
            self._later(sql, [self._counted[name] for name in names], names)
        self._send(("COMMIT",))

    def _roll_back(self) -> None:
        """Ends a transaction of which nothing is kept, or what was read of one moment."""
        self._waiting = []
        self._changes.clear()
        try:
            self._connection.rollback()
        except psycopg.Error:
            self._connection.close()

    def _forget_all(self) -> None:
        """Forgets what was read in a transaction or a snapshot, which is over."""
        self._known = _Known()
        self._indexed = {}
        self._held = set()

    @contextmanager
    def reading(self) -> Iterator[None]:
        if self._is_steady:
            yield
            return
        self._steps = self._steps or self._steps_done()
        self._waiting = [("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",)]
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            self._forget_all()
            self._roll_back()

    def _lock(self) -> None:
        """Waits until no other writes, then makes the tables or brings them up to this version.

        A commit is on disk when it returns, also where the server is set to answer earlier. In a
        cluster the lock is kept on another node too, and only a SET LOCAL that is sent by itself
        tells that one how long to wait; it takes no parameter, only our own whole number.
        """
        self._advanced = set[str]()
        self._waiting = [
            ("BEGIN ISOLATION LEVEL READ COMMITTED",),
            (_DURABLY,),
            (f"SET LOCAL lock_timeout = '{self._lock_timeout}'",),
        ]
        if not self._steps:
            self._make()
        sql = "SELECT name, value FROM clearance_meta ORDER BY name FOR UPDATE"
        is_whole = self._steps == len(MIGRATIONS)
        rows, *often = self._send((sql,), *([(_FILED, [*_SMALL])] if is_whole else []))
        meta: dict[str, int] = dict(rows)
        steps = self._checked(meta)
        self._counted = {name: meta[name] for name in COUNTERS}
        for rows in often:
            self._known.remember_records(_SMALL, rows)
        if steps < len(MIGRATIONS):
            self._migrate(steps)

    def _make(self) -> None:
        """Makes the table that holds the versions, unless another has done so meanwhile."""
        schema = "hashtext(coalesce(current_schema(), ''))"
        self._later(f"SELECT pg_advisory_xact_lock($1, {schema})", _CREATION_LOCK)
        sql = "SELECT to_regclass('clearance_meta') IS NOT NULL, current_setting('server_encoding')"
        ((made, encoding),) = self._run(sql)
        if made:
            return
        if encoding != "UTF8":
            raise StoreError(
                "{url} keeps text as {encoding}: make a database in UTF8",
                url=self.url,
                encoding=encoding,
            )
        self._later(META)
        begin = {"schema": 0, "version": LAYOUT, **dict.fromkeys(COUNTERS, 0)}
        sql = "INSERT INTO clearance_meta SELECT * FROM unnest($1::text[], $2::bigint[])"
        self._later(sql, list(begin), list(begin.values()))

    def _migrate(self, steps: int) -> None:
        """Runs the steps that the store has not seen, and spreads the tables that they make."""
        self._later(_SEQUENTIALLY)
        for statement in chain.from_iterable(map(_statements, MIGRATIONS[steps:])):
            self._later(statement)
        sql = "UPDATE clearance_meta SET value = $1 WHERE name = 'schema'"
        self._later(sql, len(MIGRATIONS))
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
                ((has_rows,),) = self._run("SELECT pg_relation_size($1::regclass) > 0", table)
                self._run(_SPREADING, table, column)
                if has_rows:
                    self._run("SELECT truncate_local_data_after_distributing_table($1)", table)
        if "clearance_meta" not in spread:
            self._run("SELECT create_reference_table('clearance_meta')")

    def _clustered(self) -> bool:
        return bool(self._run("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))

    def _distributed(self) -> set[str]:
        """The tables that lie spread over a cluster."""
        if not self._clustered():
            return set()
        sql = (
            "SELECT name FROM unnest($1::text[]) AS name "
            "WHERE to_regclass(name) IN (SELECT logicalrelid FROM pg_dist_partition)"
        )
        return {name for (name,) in self._run(sql, ["clearance_meta", *SPREAD])}

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        found = {id: _received_as(json.loads(names)) for id, names in self._names(ids)}
        if self._in_transaction:
            self._held.update(found)
        return found

    def _names(self, ids: Collection[str]) -> list[Row]:
        """The id and the names of those of some messages that are kept."""
        sql = "SELECT digest, names FROM clearance_messages WHERE digest = ANY($1)"
        return self._known_rows("clearance_messages", sql, sorted(ids)) if ids else []

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        columns = "digest, data, names, seen_at"
        return codec.values(_to_message, self._by_serial(columns, "clearance_messages", ids))

    def save_messages(self, messages: Iterable[Message], absent: Collection[str] = ()) -> list[str]:
        rows = {
            m.id: (encoded(codec.from_received_as(m.received_as)), m.seen_at.isoformat(), m.data)
            for m in messages
        }
        with self.transaction():
            kept = self._held & rows.keys()
            unknown = rows.keys() - kept - set(absent)
            kept |= {id for id, _ in self._names(unknown)}
            self._save("clearance_messages", rows)
        return [id for id in rows if id not in kept]

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        rows = self._by_serial("digest, doc, data", "clearance_refused", ids)
        return codec.values(_to_refusal, rows)

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        rows = {refusal.id: _from_refusal(refusal) for refusal in refusals}
        with self.transaction():
            self._save("clearance_refused", rows)

    def drop_refusals(self, ids: Collection[str]) -> None:
        with self.transaction():
            self._remove("clearance_refused", ids)

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        if keys is None:
            return {id for (id,) in self._rows("SELECT id FROM clearance_declarations")}
        sql = "SELECT id FROM clearance_keys WHERE key = ANY($1)"
        rows = self._known_rows("clearance_keys", sql, sorted(keys)) if keys else ()
        return {id for (id,) in rows}

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        if self._in_transaction and _are_few(ids):
            return codec.values(self._to_indexed_timeline, self._by_id("doc, events, keys", ids))
        return codec.values(_to_timeline, self._by_id("doc, events", ids))

    def _to_indexed_timeline(self, row: Row) -> tuple[int, Declaration]:
        """A timeline, of which it is remembered what it is filed under: it may be written next."""
        *rest, self._indexed[row[0]] = row
        return _to_timeline(tuple(rest))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        return codec.values(_to_summary, self._by_id("doc", ids))

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        pages = self._pages_by_id("doc", "clearance_timings", ids, _CHUNK_SMALL_ROWS)
        return chain.from_iterable(map(_to_timings, pages))

    def timings_within(
        self, when: str, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[tuple[int, Timings]]:
        moment = _MOMENTS[when]
        places = (
            f"{moment} >= ${n} AND {moment} < ${n + 1}" for n in range(2, 2 * len(spans) + 2, 2)
        )
        sql = (
            f"SELECT id, doc FROM clearance_timings WHERE id > $1 AND ({' OR '.join(places)}) "
            f"ORDER BY id LIMIT {_CHUNK_SMALL_ROWS}"
        )
        seconds = [int(at.timestamp()) for span in spans for at in span]
        last: int | None = 0
        while last is not None:
            rows = self._rows(sql, last, *seconds)
            yield from _to_timings(rows)
            last = rows[-1][0] if len(rows) == _CHUNK_SMALL_ROWS else None

    def undated(self) -> set[int]:
        sql = f"SELECT id FROM clearance_timings WHERE {_MOMENTS['counted_at']} IS NULL"
        return {id for (id,) in self._rows(sql)}

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        old = [id for id, _ in timelines if id is not None]
        with self.transaction():
            free = self._numbers("clearance_declarations", len(timelines) - len(old))
            by_id = {next(free) if id is None else id: d for id, d in timelines}
            keys = {id: codec.declaration_keys(d) for id, d in by_id.items()}
            self._reindex(old, keys)
            rows = {id: (keys[id], len(d.events), *_from_declaration(d)) for id, d in by_id.items()}
            self._put("clearance_declarations", rows)
            self._put("clearance_timings", {id: (_from_timings(d),) for id, d in by_id.items()})
            self._put("clearance_unchecked", dict.fromkeys(by_id, ()))
        return list(by_id)

    def delete_timelines(self, ids: Collection[int]) -> None:
        with self.transaction():
            for chunk in _chunks(list(ids), _CHUNK_SMALL_ROWS):
                self._reindex(chunk, {})
                for table in _BY_ID:
                    self._remove(table, chunk)

    def clear_timelines(self) -> None:
        with self.transaction():
            for table in (*_BY_ID, "clearance_keys"):
                self._known.forget(table)
                self._changes[table] = _Changes()
                self._later(f"DELETE FROM {table}")
            sql = "UPDATE clearance_meta SET value = $1 WHERE name = 'version'"
            self._later(sql, LAYOUT)

    def _reindex(self, old: list[int], new: Mapping[int, Iterable[str]]) -> None:
        """Files declarations under new keys in the place of those they have.

        Every combination of the keys and the ids that go is deleted, in one statement; what of it
        should have stayed is written again.
        """
        before, after = self._index_of(old), _pairs(new.items())
        keys, ids = {key for key, _ in before - after}, {id for _, id in before - after}
        self._known.forget("clearance_keys")
        if keys:
            sql = "DELETE FROM clearance_keys WHERE key = ANY($1) AND id = ANY($2)"
            self._later(sql, sorted(keys), sorted(ids))
        left = {(key, id) for key, id in before if key not in keys or id not in ids}
        for statement in _insertions("clearance_keys", ("key", "id"), 2, sorted(after - left)):
            self._later(*statement)

    def _index_of(self, ids: list[int]) -> set[tuple[str, int]]:
        """The rows of the index of some declarations."""
        sql = "SELECT id, keys FROM clearance_declarations WHERE id = ANY($1)"
        unknown = [id for id in ids if id not in self._indexed]
        self._indexed.update(self._run(sql, unknown) if unknown else ())
        indexed, self._indexed = self._indexed, {}
        return _pairs((id, indexed[id]) for id in ids if id in indexed)

    def neighbouring_keys(self, keys: Collection[str], count: int) -> list[list[str]]:
        if not self._can_be_read():
            return [[] for _ in keys]
        select = "SELECT DISTINCT key FROM clearance_keys WHERE key"
        before = [(f"{select} < $1 ORDER BY key DESC LIMIT {count}", key) for key in keys]
        after = [(f"{select} >= $1 ORDER BY key LIMIT {count}", key) for key in keys]
        found = self._send(*before, *after)
        pairs = zip(found[: len(keys)], found[len(keys) :], strict=True)
        return [[key for (key,) in (*reversed(low), *high)] for low, high in pairs]

    def ids_between(self, low: str, high: str) -> set[int]:
        sql = "SELECT id FROM clearance_keys WHERE key >= $1 AND key < $2"
        return {id for (id,) in self._known_rows("clearance_keys", sql, low, high)}

    def unchecked(self) -> set[int]:
        return {id for (id,) in self._rows("SELECT id FROM clearance_unchecked")}

    def mark_checked(self, ids: Collection[int]) -> None:
        with self.transaction():
            self._remove("clearance_unchecked", ids)

    # Records: filed under their kind, and under it with each of their keys

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        if kind is None:
            rows = self._by_serial("name, keys, doc", "clearance_records", None)
        else:
            rows = self._filed_under([kind] if keys is None else [f"{kind}:{key}" for key in keys])
        for _, name, filed, doc in rows:
            record = _to_record(name, filed, json.loads(doc))
            if codec.is_legible(record):
                yield record
            else:
                self._unreadable.add(name)

    def _filed_under(self, wanted: Collection[str]) -> Iterator[Row]:
        """Rows of records that are filed under any of some keys, in the order they were first kept.

        Those that most commands ask for are read with the first that are asked for.
        """
        if not self._is_steady or len(wanted) > _CHUNK_ROWS:
            return iter(sorted(self._rows(_FILED, sorted(wanted)), key=itemgetter(0)))
        if self._known.unknown(wanted):
            groups = _TOGETHER_WRITING if self._in_transaction else _TOGETHER_READING
            also = (group for group in groups if not set(group).isdisjoint(wanted))
            asked = {*wanted, *chain.from_iterable(also)}
            self._known.remember_records(asked, self._records(sorted(asked)))
        return iter(sorted(self._known.records(wanted), key=itemgetter(0)))

    def _records(self, asked: list[str]) -> list[Row]:
        """Rows of records that are filed under any of some keys, as they are in the store: what
        waits to be written of other kinds may wait on.
        """
        kinds = {key.partition(":")[0] for key in asked}
        if not kinds.isdisjoint(self._changes["clearance_records"].kinds()):
            self._settle("clearance_records")
        return self._send((_FILED, asked))[0] if self._can_be_read() else []

    def save_records(self, records: Iterable[Record]) -> None:
        rows: dict[str, Row] = {}
        for kind, id, document, keys in records:
            name = f"{kind}:{id}"
            filed = [kind, name, *(f"{kind}:{key}" for key in keys)]
            rows[name] = filed, encoded(document)
            self._known.forget_records(kind)
        with self.transaction():
            self._save("clearance_records", rows)

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        with self.transaction():
            self._known.forget_records(kind)
            self._remove("clearance_records", [f"{kind}:{id}" for id in ids])

    def clear_records(self, kind: str) -> None:
        with self.transaction():
            self._known.forget_records(kind)
            self._settle("clearance_records")
            self._later("DELETE FROM clearance_records WHERE keys @> $1", [kind])

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
                f"SELECT {'citus' if table in spread else 'pg'}_total_relation_size($1)", table
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
    return Message(id, data, _received_as(json.loads(names)), datetime.fromisoformat(seen))


def _from_refusal(refusal: Refusal) -> tuple[str, bytes]:
    r = refusal
    doc = [r.name, r.kind, r.reason, r.size, r.seen_at.isoformat(), r.sent, codec.from_said(r.said)]
    return encoded(doc), r.data


def _to_refusal(row: Row) -> Refusal:
    _, id, doc, data = row
    name, kind, reason, size, seen, sent, *why = json.loads(doc)
    said = codec.to_said(why[0]) if why else None
    return Refusal(id, name, kind, reason, size, datetime.fromisoformat(seen), data, sent, said)


def _to_timeline(row: Row) -> tuple[int, Declaration]:
    id, written, events = row
    doc = json.loads(written)
    return id, codec.to_declaration(doc, _to_events(doc["system"], json.loads(events)))


def _to_summary(row: Row) -> tuple[int, Summary]:
    id, written = row
    return id, codec.to_summary(json.loads(written))


def _to_timings(rows: list[Row]) -> Iterator[tuple[int, Timings]]:
    """Timings of their rows, which are decoded together."""
    documents = json.loads(f"[{','.join(doc for _, doc in rows)}]")
    timings = codec.values(codec.to_timings, documents)
    return zip((id for id, _ in rows), timings, strict=True)


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


def _from_timings(declaration: Declaration) -> str:
    return encoded(codec.from_timings(Timings.of(declaration)))


def _insertions(
    table: str, columns: Sequence[str], key: int, rows: list[Row]
) -> Iterator[_Statement]:
    """Statements that write rows, each in the place of one with the same ``key``: so many columns
    come first. One that is there keeps its number.

    Rows are sent as values, not copied: those may be sent together with other statements, and a
    cluster sends each node its own at once, where it begins to copy into one part of the table
    after the other.
    """
    anew = [f"{name} = excluded.{name}" for name in columns[key:] if name != "serial"]
    done = f"UPDATE SET {', '.join(anew)}" if anew else "NOTHING"
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
    tail = f"ON CONFLICT ({', '.join(columns[:key])}) DO {done}"
    for chunk in _chunks(rows, _CHUNK_ROWS):
        places = _placeholders(len(chunk), len(columns))
        yield f"{head} {places} {tail}", *chain.from_iterable(chunk)


def _placeholders(rows: int, columns: int) -> str:
    """The places of the values of some rows in a statement: ``($1, $2), ($3, $4)``."""
    places = (
        (f"${row * columns + column + 1}" for column in range(columns)) for row in range(rows)
    )
    return ", ".join(f"({', '.join(row)})" for row in places)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, in which a semicolon does nothing but end one."""
    return (statement for part in script.split(";") if (statement := part.strip()))


def _are_few(ids: Collection[int] | None) -> bool:
    """Whether these are so few declarations that what was read of them is remembered."""
    return ids is not None and len(ids) <= _CHUNK_ROWS


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
