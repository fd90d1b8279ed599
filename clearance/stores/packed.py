"""What reports need of declarations once more, by columns, in an SQLite file.

A report of years reads a document for each declaration; a block holds as much of a thousand that
came one after the other, sorted by what they have in common (``alike``), and is read in a fraction
of the time. Blocks follow from the documents, which are read where there is no block.

SQLite itself lists what was written since, by triggers, so that it is listed also where another
version of this program writes, which knows of no blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from clearance.errors import StoreDamaged
from clearance.stores import codec
from clearance.stores.alike import Alike, joined, of_document, of_documents, to_document
from clearance.stores.sqlite import SQLiteStorage, SQLiteTable
from clearance.stores.tinydb import BLOCKS, UNDATED

_BLOCK = 1024
"""Ids that a block is of. Blocks of fewer would cost a report more, of more an ingest."""
_AT_ONCE = 16
"""Blocks that are made in one commit: others may write in between."""
_CHANGED = f"{BLOCKS}__keys"
"""The table of the ids of what was written since it was packed. By its name it goes with that of
the blocks, as the index of a table does.
"""


class Packed:
    """The blocks of a table of timings."""

    def __init__(self, storage: SQLiteStorage, timings: SQLiteTable) -> None:
        self._storage = storage
        self._timings = timings

    def alike(self, ids: Collection[int], *, lenient: bool) -> Iterator[Alike]:
        """Declarations with some ids, and maybe others; what is in no block by its document."""
        changed = self._changed() if self._is_kept() else set(ids)
        left = changed.intersection(ids)
        yield from joined(self._blocks(set(ids) - left, changed, left))
        yield from of_documents(self._timings.pairs(left, lenient=lenient))

    def _blocks(self, ids: Collection[int], changed: set[int], left: set[int]) -> Iterator[Alike]:
        """What blocks hold of declarations with some ids, and what else; ``left`` takes the ids of
        those that no block holds.
        """
        blocks: dict[int, set[int]] = {}
        for id in ids:
            blocks.setdefault(id // _BLOCK, set()).add(id)
        for number, wanted in sorted(blocks.items()):
            block = self._block(number)
            if block is None:
                left |= wanted
            else:
                yield from (some.without(changed) for some in block)

    def _block(self, number: int) -> list[Alike] | None:
        """The declarations of a block; None if there is none that can be read."""
        table = SQLiteTable(self._storage, BLOCKS)
        documents = [document for _, document in table.pairs([number], lenient=True)]
        self._storage.unreadable.discard((BLOCKS, number))
        return list(of_document(documents[0])) if documents else None

    def misfits(self) -> int:
        """How many declarations a block has otherwise than their documents, or does not have."""
        if not self._is_kept():
            return 0
        changed, last = self._changed(), max(self._timings.ids(), default=0)
        return sum(len(self._different(number) - changed) for number in range(last // _BLOCK + 1))

    def _different(self, number: int) -> set[int]:
        """Ids of what a block has otherwise than the documents; none where there is no block."""
        block = self._block(number)
        if block is None:
            return set()
        packed = {id: timing for some in block for id, timing in some.by_id()}
        pairs = self._timings.pairs(_ids_of(number), lenient=True)
        read = codec.values(lambda pair: (pair[0], codec.to_timings(pair[1])), pairs)
        return {id for id, _ in packed.items() ^ dict(read).items()}

    def pack(self) -> None:
        """Makes the blocks of what was written since, if that is as much as a block."""
        is_kept = self._is_kept()
        changed = self._changed() if is_kept else self._timings.ids()
        if len(changed) < _BLOCK:
            return
        if not is_kept:
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
            self._storage.run(f'CREATE TABLE IF NOT EXISTS "{_CHANGED}" (id INTEGER PRIMARY KEY)')
            self._storage.run(f'INSERT OR IGNORE INTO "{_CHANGED}" SELECT id FROM {timings}')
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
                self._storage.run(
                    f'CREATE TRIGGER IF NOT EXISTS "{BLOCKS}_{event.lower()}" '
                    f"AFTER {event} ON {timings} BEGIN "
                    f'INSERT OR IGNORE INTO "{_CHANGED}" VALUES ({row}.id); END'
                )
            self._storage.run(
                f'CREATE INDEX IF NOT EXISTS "{BLOCKS}_undated" ON {timings} (id) WHERE {UNDATED}'
            )

    def _changed(self) -> set[int]:
        """The ids of what was written since it was packed."""
        return {id for (id,) in self._storage.rows(f'SELECT id FROM "{_CHANGED}"')}

    def _make(self, numbers: Iterable[int]) -> None:
        """Makes some blocks of the documents that they are of, in a commit; none of documents that
        are spoilt, which are to be seen.
        """
        blocks = SQLiteTable(self._storage, BLOCKS)
        with self._storage.transaction():
            for number in numbers:
                ids = _ids_of(number)
                with suppress(StoreDamaged):
                    blocks.put({number: to_document(of_documents(self._timings.pairs(ids)))})
                    self._storage.run(
                        f'DELETE FROM "{_CHANGED}" WHERE id >= ? AND id < ?', (ids.start, ids.stop)
                    )


def _ids_of(number: int) -> range:
    """The ids that a block is of."""
    return range(number * _BLOCK, (number + 1) * _BLOCK)
