"""The store itself: messages, timelines and records in the tables.

Look-ups go from keys to ids to declarations in two statements; nothing is joined.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any

from clearance.errors import Phrase
from clearance.model import (
    Declaration,
    Message,
    ReceivedAs,
    Record,
    Refusal,
    Summary,
    Timings,
)
from clearance.stores import LAYOUT, codec
from clearance.stores.alike import Alike, of_documents
from clearance.stores.postgresql.changes import CHUNK_ROWS, Changes, are_few, chunks, insertions
from clearance.stores.postgresql.rows import (
    encoded,
    from_declaration,
    from_refusal,
    from_timings,
    pairs,
    received_as,
    to_documents,
    to_message,
    to_record,
    to_refusal,
    to_summary,
    to_timeline,
)
from clearance.stores.postgresql.schema import LOCAL, MOMENTS, SPREAD, Row
from clearance.stores.postgresql.session import BY_DIGEST, CHUNK_SMALL_ROWS, FILED, Session

_BY_ID = ("clearance_declarations", "clearance_timings", "clearance_unchecked")
"""Tables with a row for each declaration, or for some."""
_MESSAGE = "digest, data, names, seen_at"
"""The columns of a message behind its number."""
_MESSAGES = "clearance_messages"
_BY_DIGEST = BY_DIGEST.format(_MESSAGE, _MESSAGES)
_TOGETHER_READING = (("system", "silence", "alert:open", "plan:open", "checked"),)
_TOGETHER_WRITING = (
    ("alert:open", "silence", "plan:open", "unread", "delivery:pending", "delivery:held",
     "delivery:ended"),
)  # fmt: skip
"""What records are filed under that one command asks for: who asks for one of a group is going to
ask for the others.
"""


class PostgresStore(Session):
    """A store in a PostgreSQL database."""

    def prepare(self) -> None:
        """Makes the store, or brings it up to this version, and spreads it where that can be."""
        from clearance.stores.postgresql import making

        with self.transaction():
            making.spread(self._run)
            making.gather(self._run)

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        found = {id: received_as(json.loads(names)) for id, names in self._names(ids)}
        if self._in_transaction:
            self._held.update(found)
        return found

    def _names(self, ids: Collection[str]) -> list[Row]:
        """The id and the names of those of some messages that are kept."""
        sql = "SELECT digest, names FROM clearance_messages WHERE digest = ANY($1)"
        return self._known_rows("clearance_messages", sql, sorted(ids)) if ids else []

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        return codec.values(to_message, self._by_serial(_MESSAGE, "clearance_messages", ids))

    def make_ready(self, messages: Iterable[Message]) -> None:
        """There is nothing to do: the server keeps the bytes as they are."""

    def save_messages(self, messages: Iterable[Message], absent: Collection[str] = ()) -> list[str]:
        rows = {
            m.id: (encoded(codec.from_received_as(m.received_as)), m.seen_at.isoformat(), m.data)
            for m in messages
        }
        with self.transaction():
            kept = self._held & rows.keys()
            unknown = rows.keys() - kept - set(absent)
            kept |= {id for id, _ in self._names(unknown)}
            serials = self._known_serials(rows)
            self._save("clearance_messages", rows)
            self._remember_messages({id: (serials[id], *rows[id]) for id in serials})
        return [id for id in rows if id not in kept]

    def _known_serials(self, ids: Collection[str]) -> dict[str, int]:
        """The numbers of those of some messages that were read in this transaction."""
        known = set(ids).difference(self._known.unasked(_MESSAGES, _BY_DIGEST, ids))
        rows = self._known.under(_MESSAGES, _BY_DIGEST, known)
        return {row[1]: row[0] for row in rows}

    def _remember_messages(self, rows: Mapping[str, Row]) -> None:
        """Remembers messages as they will be: those that came under further names are read again
        when their declarations are linked.
        """
        again = [
            (serial, id, data, names, seen) for id, (serial, names, seen, data) in rows.items()
        ]
        self._known.learn(_MESSAGES, _BY_DIGEST, rows, again, 1)

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        rows = self._by_serial("digest, doc, data", "clearance_refused", ids)
        return codec.values(to_refusal, rows)

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        rows = {refusal.id: from_refusal(refusal) for refusal in refusals}
        with self.transaction():
            self._save("clearance_refused", rows)

    def drop_refusals(self, ids: Collection[str]) -> None:
        with self.transaction():
            self._remove("clearance_refused", ids)

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        if keys is None:
            return {id for (id,) in self._rows("SELECT id FROM clearance_declarations")}
        sql = "SELECT key, id FROM clearance_keys WHERE key = ANY($1)"
        return {id for _, id in self._rows_under("clearance_keys", sql, keys)}

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        if self._in_transaction and are_few(ids):
            return codec.values(self._to_indexed_timeline, self._by_id("doc, events, keys", ids))
        return codec.values(to_timeline, self._by_id("doc, events", ids))

    def _to_indexed_timeline(self, row: Row) -> tuple[int, Declaration]:
        """A timeline, of which it is remembered what it is filed under: it may be written next."""
        *rest, self._indexed[row[0]] = row
        return to_timeline(tuple(rest))

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        return codec.values(to_summary, self._by_id("doc", ids))

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        pages = self._pages_by_id("doc", "clearance_timings", ids, CHUNK_SMALL_ROWS)
        documents = chain.from_iterable(map(to_documents, pages))
        return codec.timings_by_id(documents)

    def timings_within(
        self, when: str, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[Alike]:
        moment = MOMENTS[when]
        places = (
            f"{moment} >= ${n} AND {moment} < ${n + 1}" for n in range(2, 2 * len(spans) + 2, 2)
        )
        sql = (
            f"SELECT id, doc FROM clearance_timings WHERE id > $1 AND ({' OR '.join(places)}) "
            f"ORDER BY id LIMIT {CHUNK_SMALL_ROWS}"
        )
        seconds = [int(at.timestamp()) for span in spans for at in span]
        return of_documents(chain.from_iterable(map(to_documents, self._following(sql, seconds))))

    def _following(self, sql: str, values: Sequence[int]) -> Iterator[list[Row]]:
        """Pages of rows in the order of their ids, each behind the last one."""
        last: int | None = 0
        while last is not None:
            rows = self._rows(sql, last, *values)
            yield rows
            last = rows[-1][0] if len(rows) == CHUNK_SMALL_ROWS else None

    def pack(self) -> None:
        """Keeps nothing more: this store reads rows."""

    def undated(self) -> set[int]:
        sql = f"SELECT id FROM clearance_timings WHERE {MOMENTS['counted_at']} IS NULL"
        return {id for (id,) in self._rows(sql)}

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        timelines = list(timelines)
        old = [id for id, _ in timelines if id is not None]
        with self.transaction():
            free = self._numbers("clearance_declarations", len(timelines) - len(old))
            by_id = {next(free) if id is None else id: d for id, d in timelines}
            keys = {id: codec.declaration_keys(d) for id, d in by_id.items()}
            self._reindex(old, keys)
            rows = {id: (keys[id], len(d.events), *from_declaration(d)) for id, d in by_id.items()}
            self._put("clearance_declarations", rows)
            self._put("clearance_timings", {id: (from_timings(d),) for id, d in by_id.items()})
            self._put("clearance_unchecked", dict.fromkeys(by_id, ()))
        return list(by_id)

    def delete_timelines(self, ids: Collection[int]) -> None:
        with self.transaction():
            for chunk in chunks(list(ids), CHUNK_SMALL_ROWS):
                self._reindex(chunk, {})
                for table in _BY_ID:
                    self._remove(table, chunk)

    def clear_timelines(self) -> None:
        with self.transaction():
            for table in (*_BY_ID, "clearance_keys"):
                self._known.forget(table)
                self._changes[table] = Changes()
                self._later(f"DELETE FROM {table}")
            sql = "UPDATE clearance_meta SET value = $1 WHERE name = 'version'"
            self._later(sql, LAYOUT)

    def _reindex(self, old: list[int], new: Mapping[int, Iterable[str]]) -> None:
        """Files declarations under new keys in the place of those they have.

        Every combination of the keys and the ids that go is deleted, in one statement; what of it
        should have stayed is written again.
        """
        before, after = self._index_of(old), pairs(new.items())
        keys, ids = {key for key, _ in before - after}, {id for _, id in before - after}
        self._known.forget("clearance_keys")
        if keys:
            sql = "DELETE FROM clearance_keys WHERE key = ANY($1) AND id = ANY($2)"
            self._later(sql, sorted(keys), sorted(ids))
        left = {(key, id) for key, id in before if key not in keys or id not in ids}
        for statement in insertions("clearance_keys", ("key", "id"), 2, sorted(after - left)):
            self._later(*statement)

    def _index_of(self, ids: list[int]) -> set[tuple[str, int]]:
        """The rows of the index of some declarations."""
        sql = "SELECT id, keys FROM clearance_declarations WHERE id = ANY($1)"
        unknown = [id for id in ids if id not in self._indexed]
        self._indexed.update(self._run(sql, unknown) if unknown else ())
        indexed, self._indexed = self._indexed, {}
        return pairs((id, indexed[id]) for id in ids if id in indexed)

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
            record = to_record(name, filed, json.loads(doc))
            if codec.is_legible(record):
                yield record
            else:
                self._unreadable.add(name)

    def _filed_under(self, wanted: Collection[str]) -> Iterator[Row]:
        """Rows of records that are filed under any of some keys, in the order they were first kept.

        Those that most commands ask for are read with the first that are asked for.
        """
        if not self._is_steady or len(wanted) > CHUNK_ROWS:
            return iter(sorted(self._rows(FILED, sorted(wanted)), key=itemgetter(0)))
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
        return self._send((FILED, asked))[0] if self._can_be_read() else []

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
        from clearance.stores.postgresql import making

        spread = making.distributed(self._run)
        return sum(
            int(size)
            for table in (*SPREAD, *LOCAL)
            for (size,) in self._rows(
                f"SELECT {'citus' if table in spread else 'pg'}_total_relation_size($1)", table
            )
        )

    def damage(self) -> Iterator[Phrase]:
        table = "clearance_declarations"
        pages = self._pages_by_id("keys", table, None, CHUNK_SMALL_ROWS)
        indexed = set(self._rows("SELECT key, id FROM clearance_keys"))
        if different := len(indexed ^ pairs(chain.from_iterable(pages))):
            yield Phrase(
                "the index of declarations does not fit them ({count} keys)", count=different
            )
        timings = dict(self.timings())
        summaries = self.summaries()
        wrong = sum(timings.pop(id, None) != Timings.of(summary) for id, summary in summaries)
        if wrong := wrong + len(timings):
            yield Phrase("the timings of {count} declarations do not fit them", count=wrong)
