"""A row whose place is spoilt is damage, though the checksum of its document is right."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from clearance.model import Record
from clearance.stores import open_store
from tests.conftest import AS_OF, INSPECTED, Ran, Run

_LEAF, _INNER = 13, 5
"""Kinds of pages of a table (SQLite, "Database File Format", section 1.6)."""


def rowids(data: bytes, page: int, size: int) -> Iterator[int]:
    """Where the id of each row of a table stands, in all leaf pages below one."""
    begin = (page - 1) * size
    head = begin + (100 if page == 1 else 0)
    count = int.from_bytes(data[head + 3 : head + 5], "big")

    def cells(after: int) -> Iterator[int]:
        for number in range(count):
            at = head + after + 2 * number
            yield begin + int.from_bytes(data[at : at + 2], "big")

    if data[head] == _INNER:
        for cell in cells(12):
            yield from rowids(data, int.from_bytes(data[cell : cell + 4], "big"), size)
        yield from rowids(data, int.from_bytes(data[head + 8 : head + 12], "big"), size)
    elif data[head] == _LEAF:
        for cell in cells(8):
            place = cell
            while data[place] & 0x80:
                place += 1
            yield place + 1


def spoilt(file: Path, table: str, random: Random, first: bool = False) -> None:
    """Flips a bit of the id of a row, or makes that of the first a large one."""
    with closing(sqlite3.connect(file)) as raw:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        ((root,),) = raw.execute(sql, (table,)).fetchall()
        ((size,),) = raw.execute("PRAGMA page_size").fetchall()
    data = bytearray(file.read_bytes())
    places = [*rowids(bytes(data), root, size)]
    if first:
        data[places[0]] = 0xFF
    else:
        data[random.choice(places)] ^= 1 << random.randrange(7)
    file.write_bytes(data)


def test_a_record_that_a_spoilt_index_names_for_another_is_passed_over_and_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as opened:
        opened.save_records(Record("plan", str(number), {}, ("key",)) for number in range(3))
        opened.save_records([Record("looked", "0", {})])
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE records__keys SET id = 1 WHERE key = 'looked'")
        raw.execute("UPDATE records__keys SET id = 2 WHERE key = 'plan:0'")
    with open_store(path) as opened:
        assert list(opened.records("looked")) == []
        assert list(opened.records("plan", ["0"])) == []
        assert opened.unreadable == 2
        opened.clear_records("looked")
        opened.delete_records("plan", ["0"])
        assert [record.id for record in opened.records("plan")] == ["0", "1", "2"]


def test_salvage_keeps_all_but_the_row_in_a_wrong_place_and_says_what_is_lost(
    kept: Run, home: Path
) -> None:
    kept("plan", "set", INSPECTED.entry, "--cutoff", "2026-03-12T12:00")
    kept("check", "--as-of", AS_OF)
    file = home / "clearance.db"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((before,),) = raw.execute("SELECT COUNT(*) FROM messages").fetchall()
    spoilt(file, "messages", Random(1), first=True)
    spoilt(file, "records", Random(1), first=True)
    ran = kept("store", "rebuild", "--salvage", "--format", "json")
    assert ran.code == 3
    assert "entries cannot be read and were left out" in ran.talk
    assert before - 2 <= ran.json["messages"] < before
    assert ran.json["records"] >= 2
    assert kept("store", "verify").code == 0
    assert len(kept("plan", "list", "--format", "json").json["plans"]) == 1


@pytest.mark.parametrize("table", ["declarations", "timings", "records", "messages"])
@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_told_without_a_word_of_a_store_with_a_row_in_a_wrong_place(
    kept: Run, home: Path, tmp_path: Path, table: str, seed: int
) -> None:
    commands: tuple[tuple[str, ...], ...] = (
        ("list", "--all"),
        ("list",),
        ("status", INSPECTED.entry),
        ("report", "--period", "2026Q1", "--no-quality"),
        ("check", "--dry-run", "--full"),
    )
    kept("check", "--as-of", AS_OF)
    file = tmp_path / "spoilt.db"
    whole = list[tuple[tuple[str, ...], Ran]]()
    after = list[tuple[tuple[str, ...], Ran]]()
    for told, store in ((whole, home / "clearance.db"), (after, file)):
        if store == file:
            shutil.copy(home / "clearance.db", file)
            spoilt(file, table, Random(f"{table} {seed}"))
        for command in commands:
            words = ("--store", store, "--as-of", AS_OF, "--format", "json")
            told.append((command, kept(*command, *words)))
    for (command, before), (_, now) in zip(whole, after, strict=True):
        assert now.code in (1, 3) or (now.code, now.out) == (before.code, before.out), command
    found = kept("store", "verify", "--store", file)
    assert found.code == 1
