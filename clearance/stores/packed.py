"""What reports need of declarations once more, by columns, in an SQLite file.

A report of years reads a document for each declaration; a block holds as much of four thousand that
came one after the other, sorted by what they have in common (``alike``), and is read in a fraction
of the time. Blocks follow from the documents, which are read where there is no block.

SQLite itself lists what was written since, by triggers, so that it is listed also where another
version of this program writes, which knows of no blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain

from clearance.errors import SALVAGE, StoreDamaged
from clearance.stores import codec
from clearance.stores.alike import Alike, joined, of_document, of_documents, to_document
from clearance.stores.documents import BLOCKS, EARLIER_BLOCKS
from clearance.stores.tinydb_tables import SQLiteStorage, SQLiteTable

Spans = Sequence[tuple[datetime, datetime]]
"""Half-open spans of time."""
Ranges = dict[int, Mapping[str, Sequence[int] | None]]
"""The first and the last of each of ``_MOMENTS`` in each block, in Unix seconds."""
_MOMENTS = ("counted_at", "cleared_at")
"""Moments that declarations are looked for by."""

_BLOCK = 4096
"""Ids that a block is of. Blocks of fewer would cost a report more, of more an ingest."""
_RANGES = -1
"""The id of the document of all ranges, among the blocks."""
_AT_ONCE = 4
"""Blocks that are made in one commit: others may write in between."""
_CHANGED = f"{BLOCKS}__keys"
"""The table of the ids of what was written since it was packed. By its name it goes with that of
the blocks, as the index of a table does.
"""
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
"""What SQLite lists, and what it calls the row that was written."""


class Packed:
    """The blocks of a table of timings."""

    def __init__(self, storage: SQLiteStorage, timings: SQLiteTable) -> None:
        self._storage = storage
        self._timings = timings

    def alike(
        self, when: str, spans: Spans, filed: Callable[[], set[int]], *, lenient: bool
    ) -> Iterator[Alike]:
        """Declarations of which a moment lies within some spans, and maybe others.

        What is in no block is read by its document; ``filed`` has the ids that an index finds.
        """
        changed = self._changed()  # before the ranges: others may pack meanwhile
        ranges = self._ranges()
        if ranges is None:
            yield from of_documents(self._pairs(filed(), lenient=lenient))
            return
        numbers = [number for number, each in ranges.items() if _meets(each[when], spans)]
        left = set(changed)
        yield from joined(self._blocks(numbers, changed, left))
        if len(left) > _BLOCK:
            left &= filed()
        yield from of_documents(self._pairs(left, lenient=lenient))

    def _pairs(self, ids: set[int], *, lenient: bool) -> Iterator[tuple[int, codec.Document]]:
        """Documents with some ids; raises StoreDamaged, unless ``lenient``, where one is not there
        though there is a declaration with its id.
        """
        read = set[int]()
        for id, document in self._timings.pairs(ids, lenient=lenient):
            read.add(id)
            yield id, document
        lost = {("timings", id) for _, id in self._storage.pairs_at("declarations", ids - read)}
        if lost - self._storage.unreadable and not lenient:
            raise StoreDamaged(
                "not a whole store: rows of {table} are not where they belong; {remedy}",
                table="timings",
                remedy=SALVAGE,
            )
        self._storage.unreadable |= lost

    def _blocks(self, numbers: Iterable[int], changed: set[int], left: set[int]) -> Iterator[Alike]:
        """What some blocks hold but what was changed; ``left`` takes the ids of one that cannot be
        read.
        """
        for number in numbers:
            block = self._block(number)
            if block is None:
                left.update(_ids_of(number))
            else:
                yield from (some.without(changed) for some in block)

    def _ranges(self) -> Ranges | None:
        """The first and the last of each moment in each block; None where there are no blocks, or
        it cannot be told.
        """
        document = self._document(_RANGES) if self._is_kept() else None
        if document is None:
            return None
        return {int(number): each for number, each in document["blocks"].items()}

    def _document(self, id: int) -> codec.Document | None:
        table = SQLiteTable(self._storage, BLOCKS)
        documents = [document for _, document in table.pairs([id], lenient=True)]
        self._storage.unreadable.discard((BLOCKS, id))
        return documents[0] if documents else None

    def _block(self, number: int) -> list[Alike] | None:
        """The declarations of a block; None if it cannot be read."""
        document = self._document(number)
        return list(of_document(document)) if document else None

    def misfits(self) -> int:
        """How many declarations a block has otherwise than their documents, or does not have."""
        ranges = self._ranges()
        if ranges is None:
            return 0
        changed = self._changed()
        none = {id for id in self._timings.ids() if id // _BLOCK not in ranges}
        return len(none.union(*map(self._different, ranges)) - changed)

    def _different(self, number: int) -> set[int]:
        """Ids of what a block has otherwise than the documents; none where there is no block."""
        block = self._block(number)
        if block is None:
            return set()
        packed = {id: timing for some in block for id, timing in some.by_id()}
        pairs = self._timings.pairs(_ids_of(number), lenient=True)
        return {id for id, _ in packed.items() ^ dict(codec.timings_by_id(pairs)).items()}

    def pack(self) -> None:
        """Makes the blocks of what was written since, if that is as much as a block."""
        if EARLIER_BLOCKS in self._storage.tables:
            self._drop_earlier()
        has_blocks = self._ranges() is not None
        changed = self._changed() if has_blocks else self._timings.ids()
        if len(changed) < _BLOCK:
            return
        if not has_blocks:
            self._begin()
        numbers = sorted({id // _BLOCK for id in changed})
        for start in range(0, len(numbers), _AT_ONCE):
            self._make(numbers[start : start + _AT_ONCE])

    def _is_kept(self) -> bool:
        """Whether SQLite lists what is written: it does not where the table was made anew."""
        sql = "SELECT COUNT(*) FROM sqlite_master WHERE type='trigger' AND name=?"
        ((triggers,),) = self._storage.rows(sql, (f"{BLOCKS}_insert",))
        return bool(triggers)

    def _begin(self) -> None:
        """Makes the tables, and an index of what has no date; all that is there counts as written
        since.
        """
        timings = self._storage.table(self._timings.name)
        with self._storage.transaction():
            self._storage.make(BLOCKS)
            SQLiteTable(self._storage, BLOCKS).put({_RANGES: {"blocks": {}}})
            self._storage.run(f'CREATE TABLE IF NOT EXISTS "{_CHANGED}" (id INTEGER PRIMARY KEY)')
            self._storage.run(f'INSERT OR IGNORE INTO "{_CHANGED}" SELECT id FROM {timings}')
            for event, row in _EVENTS.items():
                self._storage.run(
                    f'CREATE TRIGGER IF NOT EXISTS "{BLOCKS}_{event.lower()}" '
                    f"AFTER {event} ON {timings} BEGIN "
                    f'INSERT OR IGNORE INTO "{_CHANGED}" VALUES ({row}.id); END'
                )
            index = f'CREATE INDEX IF NOT EXISTS "{BLOCKS}_undated" ON {timings} (id)'
            self._storage.run(f"{index} WHERE {codec.UNDATED}")

    def _drop_earlier(self) -> None:
        """Takes out what an earlier version packed; where that is used again, it packs anew."""
        with self._storage.transaction():
            for event in _EVENTS:
                self._storage.run(f'DROP TRIGGER IF EXISTS "{EARLIER_BLOCKS}_{event.lower()}"')
            self._storage.run(f'DROP INDEX IF EXISTS "{EARLIER_BLOCKS}_undated"')
            self._storage.drop_tables(keep={*self._storage.tables} - {EARLIER_BLOCKS})

    def _changed(self) -> set[int]:
        """The ids of what was written since it was packed; none where nothing was."""
        if not self._is_kept():
            return set()
        return {id for (id,) in self._storage.rows(f'SELECT id FROM "{_CHANGED}"')}

    def _make(self, numbers: Iterable[int]) -> None:
        """Makes some blocks of the documents that they are of, in a commit; none of documents that
        are spoilt, which are to be seen.
        """
        table = SQLiteTable(self._storage, BLOCKS)
        with self._storage.transaction():
            ranges = self._ranges()
            if ranges is None:  # others have derived all of it anew
                return
            for number in numbers:
                ids = _ids_of(number)
                with suppress(StoreDamaged):
                    block = list(of_documents(self._timings.pairs(ids)))
                    ranges[number] = {when: _range(block, when) for when in _MOMENTS}
                    table.put({number: to_document(block)})
                    self._storage.run(
                        f'DELETE FROM "{_CHANGED}" WHERE id >= ? AND id < ?', (ids.start, ids.stop)
                    )
            table.put({_RANGES: {"blocks": ranges}})


def _range(block: Iterable[Alike], when: str) -> tuple[int, int] | None:
    """The first and the last of a moment in a block; None where none is known."""
    moments = list(chain.from_iterable(one.moments(when) or () for one in block))
    return (min(moments), max(moments)) if moments else None


def _meets(range_: Sequence[int] | None, spans: Spans) -> bool:
    """Whether a range of moments has any in common with some half-open spans of time."""
    if range_ is None:
        return False
    first, last = range_
    return any(start.timestamp() <= last and first < end.timestamp() for start, end in spans)


def _ids_of(number: int) -> range:
    """The ids that a block is of."""
    return range(number * _BLOCK, (number + 1) * _BLOCK)
