"""What a transaction has read and what it is going to write, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from clearance.stores.postgresql.schema import COLUMNS, Row, Statement

CHUNK_ROWS = 500
"""Large rows, with documents or messages, that one statement reads."""
_MAX_KNOWN_ROWS = 2000
"""Rows that are remembered in a transaction or a snapshot, besides those of the index."""
_MAX_VALUES = 8000
"""Values in a statement that writes rows."""
_INDEX = "clearance_keys"
"""The table whose rows are small, and forgotten as soon as a declaration is written."""


class Known:
    """What was read in a transaction or a snapshot and would be the same if it was asked again."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[tuple[str, str], list[Row]]] = {}
        self._under: dict[str, dict[str, dict[Any, list[Row]]]] = {}
        self._records: dict[str, list[Row]] = {}
        self._count = 0

    def answer(self, table: str, asked: tuple[str, str]) -> list[Row] | None:
        """The rows of a query that was asked before; None if it was not."""
        return self._answers.get(table, {}).get(asked)

    def remember(self, table: str, asked: tuple[str, str], rows: list[Row]) -> None:
        """Remembers the rows of a query of a table."""
        self._make_room(len(rows))
        self._answers.setdefault(table, {})[asked] = rows

    def unasked(self, table: str, sql: str, keys: Iterable[Any]) -> list[Any]:
        """Those of some keys that a query of the rows under some was not asked for, in order."""
        known = self._under.get(table, {}).get(sql, {})
        return sorted(key for key in keys if key not in known)

    def learn(self, table: str, sql: str, keys: Iterable[Any], rows: list[Row], at: int) -> None:
        """Remembers the rows under some keys; a row has its key ``at`` a place."""
        if table != _INDEX:
            self._make_room(len(rows))
        under = {key: list[Row]() for key in keys}
        for row in rows:
            under[row[at]].append(row)
        self._under.setdefault(table, {}).setdefault(sql, {}).update(under)

    def under(self, table: str, sql: str, keys: Iterable[Any]) -> list[Row]:
        """The rows under some keys that a query was asked for."""
        known = self._under.get(table, {}).get(sql, {})
        return list(chain.from_iterable(known[key] for key in keys))

    def forget(self, table: str) -> None:
        """Forgets the rows of a table, which is changed."""
        self._answers.pop(table, None)
        self._under.pop(table, None)

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
            self._answers, self._under, self._records, self._count = {}, {}, {}, count


class Changes:
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

    def statements(self, table: str) -> Iterator[Statement]:
        """The statements that write them."""
        columns = COLUMNS[table]
        if self._gone:
            yield f"DELETE FROM {table} WHERE {columns[0]} = ANY($1)", sorted(self._gone)
        yield from insertions(table, columns, 1, list(self.rows.values()))


def insertions(
    table: str, columns: Sequence[str], key: int, rows: list[Row]
) -> Iterator[Statement]:
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
    for chunk in chunks(rows, _MAX_VALUES // len(columns)):
        places = _placeholders(len(chunk), len(columns))
        yield f"{head} {places} {tail}", *chain.from_iterable(chunk)


def _placeholders(rows: int, columns: int) -> str:
    """The places of the values of some rows in a statement: ``($1, $2), ($3, $4)``."""
    places = (
        (f"${row * columns + column + 1}" for column in range(columns)) for row in range(rows)
    )
    return ", ".join(f"({', '.join(row)})" for row in places)


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    """Items in their order, up to ``size`` at once."""
    return (items[start : start + size] for start in range(0, len(items), size))


def are_few(ids: Collection[int] | None) -> bool:
    """Whether these are so few declarations that what was read of them is remembered."""
    return ids is not None and len(ids) <= CHUNK_ROWS
