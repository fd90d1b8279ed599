"""What is sent to PostgreSQL: statements, and the transactions they stand in.

A writer holds an advisory lock, and the rows of ``clearance_meta``, for as long as its transaction
lasts, so writers come one after the other and each sees all that the one before has linked; readers
lock nothing. The rows alone would not do in a cluster: the coordinator lets them go when it has
committed, and tells the nodes to after that, before it lets the advisory lock go. Numbers are
counted in these rows too: a sequence leaves gaps, or is handed out in portions, and then the ids of
declarations and the order of messages would differ from those of other stores.

What a server takes longest for is the way to it and back. What is written waits, and goes with the
next statement whose answer is needed, or with the commit, in one round trip (libpq's pipeline);
each table is written by one statement. What was read in a transaction or of one moment is
remembered until it is written, and what a command is going to ask for is read with the first of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from operator import itemgetter
from typing import Any, Self

import psycopg
from psycopg import errors

from clearance.errors import StoreError, StoreNewer, StoreOlder
from clearance.stores import LAYOUT
from clearance.stores.postgresql.changes import CHUNK_ROWS, Changes, Known, are_few, chunks
from clearance.stores.postgresql.connecting import Connection, guarded
from clearance.stores.postgresql.schema import COLUMNS, COUNTERS, SPREAD, STEPS, Row, Statement

CHUNK_SMALL_ROWS = 10_000
_ANALYZE_FROM_BITS = 8
"""log2 of the number of rows below which the planner needs no statistics."""
_MAX_CHANGES = 2000
"""Rows of a table that wait to be written."""
_MAX_WAITING = 20_000
"""Statements and parameters that wait to be sent together."""
_MIN_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.001, 1e6
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
_DURABLY = (
    "SELECT set_config('citus.propagate_set_commands', 'local', true), "
    "set_config('synchronous_commit', "
    "replace(current_setting('synchronous_commit'), 'off', 'local'), true)"
)
"""Has a commit return when it is on disk, and a cluster pass on what is set for a transaction."""
_ALONE = "SELECT pg_advisory_xact_lock($1, hashtext(coalesce(current_schema(), '')))"
_WRITING = 0x436C7263
"""The advisory lock of who writes, or makes the tables, in a schema: "Clrc"."""
BY_DIGEST = "SELECT serial, {} FROM {} WHERE digest = ANY($1)"
FILED = "SELECT serial, name, keys, doc FROM clearance_records WHERE keys && $1"


class Session:
    """A connection on which a store reads and writes."""

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
        self._waiting = list[Statement]()
        self._changes: defaultdict[str, Changes] = defaultdict(Changes)
        self._known = Known()
        self._counted = dict[str, int]()
        self._advanced = set[str]()
        self._indexed = dict[int, list[str]]()
        self._held = set[str]()
        self._failure: StoreError | None = None
        self._doubled = set[str]()
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

    def _send(self, *asked: Statement) -> list[list[Row]]:
        """Sends what waits to be sent, and more statements, in one round trip; returns the rows of
        each of these.
        """
        if self._is_closed:
            raise StoreError("{url} cannot be used: {why}", url=self.url, why="it is closed")
        statements, self._waiting = [*self._waiting, *asked], []
        with self._noted_failure(), guarded(self.url), self._connection.pipeline():
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
        self._settle(*(table for table in COLUMNS if table in sql))
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
        if self._in_transaction or self._steps == STEPS:
            return True
        if not self._in_snapshot:
            self._steps = self._steps_done()
        if 0 < self._steps < STEPS:
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

    def _rows_under(self, table: str, sql: str, keys: Collection[Any], at: int = 0) -> list[Row]:
        """The rows of a table under some keys, each with its key ``at`` a place; each key is asked
        for once in a transaction or a snapshot unless the table is changed meanwhile.
        """
        if not self._is_steady:
            return self._rows(sql, sorted(keys)) if keys else []
        unasked = self._known.unasked(table, sql, keys)
        found = self._known.under(table, sql, set(keys).difference(unasked))
        if unasked:
            rows = self._rows(sql, unasked)
            self._known.learn(table, sql, unasked, rows, at)
            found += rows
        return found

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
            if len(rows) < size:
                return
            last = rows[-1][0]

    def _pages_by_id(
        self, columns: str, table: str, ids: Collection[int] | None, size: int
    ) -> Iterator[list[Row]]:
        """Rows of a table of declarations in chunks, by ascending id; all, or some."""
        if ids is None:
            yield from self._pages("id", columns, table, size)
            return
        sql = f"SELECT id, {columns} FROM {table} WHERE id = ANY($1) ORDER BY id"
        if are_few(ids):
            yield sorted(self._rows_under(table, sql, ids), key=itemgetter(0))
            return
        for chunk in chunks(sorted(ids), size):
            yield self._rows(sql, chunk)

    def _by_id(self, columns: str, ids: Collection[int] | None) -> Iterator[Row]:
        """Rows of declarations, by ascending id; all, or some."""
        pages = self._pages_by_id(columns, "clearance_declarations", ids, CHUNK_ROWS)
        return chain.from_iterable(pages)

    def _by_serial(self, columns: str, table: str, ids: Collection[str] | None) -> Iterator[Row]:
        """Rows of a table of what was received, in the order it came; all, or some."""
        if ids is None:
            yield from chain.from_iterable(self._pages("serial", columns, table, CHUNK_ROWS))
            return
        sql = BY_DIGEST.format(columns, table)
        yield from sorted(self._rows_under(table, sql, ids, at=1), key=itemgetter(0))

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
            changes, self._changes[table] = self._changes[table], Changes()
            for statement in changes.statements(table):
                self._later(*statement)

    def _numbers(self, counter: str, count: int) -> Iterator[int]:
        """The next ``count`` numbers of a counter, which is written with the commit."""
        last = self._counted[counter]
        self._counted[counter] = following = last + count
        if following.bit_length() > max(last.bit_length(), _ANALYZE_FROM_BITS):
            self._doubled.add(counter)
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
        self._doubled, self._failure = set(), None
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
        self._steps = STEPS
        if self._doubled:
            self._analyze()

    def _commit(self) -> None:
        """Sends what waits, the counters that went on, and the commit; on disk when it returns."""
        if self._failure:
            raise self._failure
        self._settle(*COLUMNS)
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
        self._known = Known()
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
        cluster that an earlier version has spread, the rows are kept on another node too, and only
        a SET LOCAL that is sent by itself tells that one how long to wait; it takes no parameter,
        only our own whole number.
        """
        self._advanced = set[str]()
        self._waiting = [
            ("BEGIN ISOLATION LEVEL READ COMMITTED",),
            (_DURABLY,),
            (f"SET LOCAL lock_timeout = '{self._lock_timeout}'",),
            (_ALONE, _WRITING),
        ]
        if not self._steps:
            from clearance.stores.postgresql import making

            making.make(self._run, self._later, self.url)
        sql = "SELECT name, value FROM clearance_meta ORDER BY name FOR UPDATE"
        is_whole = self._steps == STEPS
        rows, *often = self._send((sql,), *([(FILED, [*_SMALL])] if is_whole else []))
        meta: dict[str, int] = dict(rows)
        steps = self._checked(meta)
        self._counted = {name: meta[name] for name in COUNTERS}
        for rows in often:
            self._known.remember_records(_SMALL, rows)
        if not steps:
            self._known.remember_records(_SMALL, ())
        if steps < STEPS:
            from clearance.stores.postgresql import making

            making.migrate(self._run, self._later, steps)

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
        for name, known in (("schema", STEPS), ("version", LAYOUT)):
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
        """Gives the planner statistics of tables that have doubled, and of all that grow with the
        messages where one of these has: autovacuum comes up to a minute later, and until then a
        look-up of many keys would read the whole index of them.
        """
        tables = self._doubled.union(*(SPREAD for table in self._doubled if table in SPREAD))
        with suppress(StoreError):
            self._run(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(tables))}")
