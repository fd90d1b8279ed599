"""Whether an SQLite file holds what was written into it: what looks for damage, and mends it.

The whole file is looked at: by SQLite's own check, by the checksums of its documents, and by
whether each index fits its documents. What lies on a page that SQLite cannot read is lost; what
lies around it is found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain

from clearance.errors import REBUILD, Phrase, StoreDamaged, StoreError
from clearance.stores.documents import NO_CHECKSUM, Json, Row, first_checksum, spoilt_of
from clearance.stores.sqlite import FIRST_ID, SQLiteFile

_SHOWN_KEYS = 4
"""Keys of a damaged document that are told."""
_MAX_PROBES = 20_000
"""How often at most the neighbourhood of damage is read to save what can be."""
_CHUNK_ROWS = 500
"""Rows that are read at once while looking around damage."""
_MIN_ROW_BYTES = 40
"""Bytes that the smallest row takes, by which it is known how many rows a file may have."""


def damage(file: SQLiteFile) -> Iterator[Phrase]:
    """What SQLite's own check finds, documents that are not what was written, and indexes that
    do not fit their documents.
    """
    yield from _unsound(file)
    for name in file.tables:
        try:
            yield from _spoilt(file, name)
            if name in file.keys and (different := _misindexed(file, name)):
                yield Phrase(
                    "not a whole store: the index of {table} does not fit its documents "
                    "({count} keys); {remedy}",
                    table=name,
                    count=different,
                    remedy=REBUILD,
                )
        except StoreDamaged as why:
            yield why


def mend(file: SQLiteFile, name: str, is_legible: Callable[[Json], bool] | None = None) -> None:
    """Gives every document of a table its checksum and makes the index of the table anew.

    A document that is not what was written stays as it is, and filed as it was; in a table
    that has no checksums yet, one that is not ``is_legible``.
    """
    file.add_checksums(name)
    spoilt = set[int]()
    for chunk in file.chunks(name):
        spoilt |= spoilt_of(name, chunk)
        file.unreadable |= {(name, id) for id in spoilt}
        new = [(id, doc) for id, doc, crc in chunk if crc is None and id not in spoilt]
        sums = [(first_checksum((name, id), doc, is_legible), id) for id, doc in new]
        file.many(f"UPDATE {file.table(name)} SET crc=? WHERE id=?", sums)
        wrong = {id for crc, id in sums if crc == NO_CHECKSUM}
        file.unreadable |= {(name, id) for id in wrong}
        spoilt |= wrong
    if name in file.keys:
        _index_anew(file, name, spoilt)


def legible(file: SQLiteFile, name: str, low: int = FIRST_ID) -> Iterator[Row | None]:
    """The rows of a table by ascending id, from one id on, as far as their pages can be read.

    None for each that cannot, and for each that only the index has: what lies on a damaged
    page, or behind a row in a wrong place, is found by halving the ids around it. Where the
    largest id is not known either, everything that is unreadable at the end counts as one, and so
    does what is left when that has taken too long.
    """
    named = sorted(id for id in _indexed_ids(file, name) if id >= low)
    largest = max(_largest_id(file, name), *named[-1:], 0)
    ranges = [(max(low, 1), largest or file.size() // _MIN_ROW_BYTES)]
    unreadable, probes, counted, seen = 0, 0, 0, set[int]()
    while ranges:
        low, high = ranges.pop()
        rows = _rows_between(file, name, low, high)
        if rows is None or _lacks(rows, named, low, high):
            probes += 1
            if low < high and probes < _MAX_PROBES:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]
                continue
            unreadable += 1
        if rows:
            yield from [None] * unreadable
            counted += unreadable
            unreadable = 0
            yield from rows
            seen.update(id for id, _, _ in rows)
            if len(rows) == _CHUNK_ROWS:
                ranges.append((rows[-1][0] + 1, high))
    missing = sum(id not in seen for id in named) - counted
    yield from [None] * max(unreadable if largest else min(unreadable, 1), missing)


def _unsound(file: SQLiteFile) -> Iterator[Phrase]:
    try:
        for (text,) in file.rows("PRAGMA integrity_check"):
            for line in str(text).split("\n"):
                if line[:3] not in ("ok", "***"):
                    yield Phrase("not a whole store: {why}", why=line)
    except StoreDamaged as why:
        yield why


def _spoilt(file: SQLiteFile, name: str) -> Iterator[Phrase]:
    has_checksums = file.has_checksums(name)
    for chunk in file.chunks(name):
        without = {id for id, _, crc in chunk if crc is None and has_checksums}
        for id in sorted(spoilt_of(name, chunk) | without):
            yield file.spoilt_at(name, id, _known_as(file, name, id))


def _known_as(file: SQLiteFile, name: str, id: int) -> str:
    """What the index files a document under, to tell which one it was."""
    if name not in file.keys:
        return ""
    keys = file.rows(f"SELECT key FROM {file.index(name)} WHERE id=?", (id,))
    return ", ".join(str(key) for (key,) in keys[:_SHOWN_KEYS])


def _misindexed(file: SQLiteFile, name: str) -> int:
    """How many keys the index of a table has too many or too few.

    Both are summed up by their hashes, which have a secret key, and only held where the sums
    differ, or a document cannot be read.
    """
    pairs = f"SELECT key, id FROM {file.index(name)}"
    before = set(file.unreadable)
    documents = file.documents(name, file.chunks(name), lenient=True)
    needed = sum(map(hash, chain.from_iterable(file.pairs_of(name, [one]) for one in documents)))
    unread = {id for table, id in file.unreadable if table == name}
    if not unread and needed == sum(map(hash, file.each_row(pairs))):
        return 0
    documents = file.documents(name, file.chunks(name), lenient=True)
    different = set(file.rows(pairs)) ^ file.pairs_of(name, documents)
    file.unreadable = before
    return sum(id not in unread for _, id in different)


def _index_anew(file: SQLiteFile, name: str, spoilt: Collection[int]) -> None:
    needed = file.pairs_of(name, file.documents(name, file.chunks(name), lenient=True))
    needed |= file.pairs_at(name, spoilt)
    file.run(f"DELETE FROM {file.index(name)}")
    file.reindex(name, (), needed)


def _largest_id(file: SQLiteFile, name: str) -> int:
    """The largest id in a table, 0 where that cannot be read."""
    try:
        return int(file.rows(f"SELECT COALESCE(MAX(id), 0) FROM {file.table(name)}")[0][0])
    except StoreError:
        return 0


def _rows_between(file: SQLiteFile, name: str, low: int, high: int) -> list[Row] | None:
    """Rows with ids of a range; None where one of them cannot be read."""
    try:
        rows = file.stored(name, "id BETWEEN ? AND ?", (low, high), _CHUNK_ROWS)
    except StoreError:
        return None
    inside = all(low <= id <= high for id, _, _ in rows)
    return rows if inside else None


def _lacks(rows: Sequence[Row], named: Sequence[int], low: int, high: int) -> bool:
    """Whether an answer leaves out an id that the index names: SQLite ends at a row whose place
    is spoilt, and says nothing.
    """
    last = rows[-1][0] if len(rows) == _CHUNK_ROWS else high
    wanted = named[bisect_left(named, low) : bisect_right(named, last)]
    return len(wanted) > len(rows) or not {id for id, _, _ in rows}.issuperset(wanted)


def _indexed_ids(file: SQLiteFile, name: str) -> set[int]:
    """Ids that the index of a table leads to; none where it cannot be read."""
    try:
        found = file.rows(f"SELECT id FROM {file.index(name)}")
    except StoreError:
        return set()
    return {id for (id,) in found if isinstance(id, int)}
