"""What is found of damage in an SQLite file, what is read around it, and what is mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clearance.errors import StoreDamaged
from clearance.stores.documents import to_row
from clearance.stores.soundness import damage, legible, mend
from clearance.stores.sqlite import NO_ID, Keys, SQLiteFile
from tests.stores.test_lost_rows import rowids

COUNT = 1700
PAGE = 4096
KEYS: dict[str, Keys] = {"things": lambda one: [str(one["number"]), "all"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a table of documents, on many pages, and without an index."""
    file = SQLiteFile(tmp_path / "store.db")
    rows = (to_row("things", id, {"number": id}) for id in range(1, COUNT + 1))
    file.many(f"INSERT INTO {file.table('things')} VALUES (?, ?, ?)", rows)
    file.close()
    return Path(file.path)


@pytest.fixture
def file(path: Path) -> Iterator[SQLiteFile]:
    file = SQLiteFile(path)
    yield file
    file.close()


def test_a_whole_file_has_no_damage_and_every_row_is_legible(file: SQLiteFile) -> None:
    assert list(damage(file)) == []
    assert [row and row[0] for row in legible(file, "things")] == list(range(1, COUNT + 1))


def test_every_row_around_a_spoilt_page_is_legible_and_each_on_it_is_counted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    start = data.index(b'{"number":800}') // PAGE * PAGE
    data[start : start + PAGE] = bytes(PAGE)
    path.write_bytes(data)
    file = SQLiteFile(path)
    rows = list(legible(file, "things"))
    first = rows.index(None)
    lost = rows.count(None)
    file.close()
    assert 1 < lost < COUNT // 4
    expected = [*range(1, first + 1), *([None] * lost), *range(first + lost + 1, COUNT + 1)]
    assert [row and row[0] for row in rows] == expected


@pytest.fixture
def filed(tmp_path: Path) -> Path:
    """A file with a table of documents, on many pages, that an index leads to."""
    file = SQLiteFile(tmp_path / "filed.db", KEYS)
    file.make("things")
    rows = [to_row("things", id, {"number": id}) for id in range(1, COUNT + 1)]
    file.many("INSERT INTO things VALUES (?, ?, ?)", rows)
    mend(file, "things")
    file.run("PRAGMA journal_mode=DELETE")
    file.close()
    return Path(file.path)


@pytest.mark.parametrize("row", [0, COUNT // 2, COUNT - 1])
def test_a_row_in_a_wrong_place_hides_no_more_than_its_neighbours(filed: Path, row: int) -> None:
    data = bytearray(filed.read_bytes())
    with closing(sqlite3.connect(filed)) as raw:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'things'"
        ((root,),) = raw.execute(sql).fetchall()
    place = [*rowids(bytes(data), root, PAGE)][row]
    data[place] = 0xFF  # one byte more belongs to the number of the row, and it is a large one
    filed.write_bytes(data)
    file = SQLiteFile(filed, KEYS)
    rows = list(legible(file, "things"))
    file.close()
    assert 1 <= rows.count(None) <= 8
    assert COUNT <= len(rows) <= COUNT + 1  # the row itself may be found, and counts as spoilt


def test_an_index_whose_ids_are_no_numbers_is_told_of_and_every_row_is_legible(
    filed: Path,
) -> None:
    file = SQLiteFile(filed, KEYS)
    file.run("UPDATE things__keys SET id = x'0b03' WHERE key = '7'")
    assert [problem.values["count"] for problem in damage(file)] == [2]
    assert [row and row[0] for row in legible(file, "things")] == list(range(1, COUNT + 1))
    assert file.ids_of("things", ["7", "8"]) == {8}
    assert file.unreadable == {("things", NO_ID)}
    with file.transaction(), pytest.raises(StoreDamaged, match="index of things"):
        file.ids_of("things", ["7"])
    file.close()


def test_mending_gives_missing_checksums_and_leaves_a_spoilt_document_to_be_seen(
    file: SQLiteFile,
) -> None:
    file.run("UPDATE things SET crc = NULL WHERE id = 1")
    file.run("UPDATE things SET doc = '{}' WHERE id = 2")
    assert [problem.values["id"] for problem in damage(file)] == [1, 2]
    mend(file, "things")
    assert file.unreadable == {("things", 2)}
    assert [problem.values["id"] for problem in damage(file)] == [2]


def test_keys_that_an_index_lacks_or_has_too_many_are_counted(tmp_path: Path) -> None:
    file = SQLiteFile(tmp_path / "filed.db", KEYS)
    file.make("things")
    rows = [to_row("things", id, {"number": id}) for id in range(1, COUNT + 1)]
    file.many("INSERT INTO things VALUES (?, ?, ?)", rows)
    assert [problem.values["count"] for problem in damage(file)] == [2 * COUNT]
    mend(file, "things")
    assert list(damage(file)) == []
    file.run("DELETE FROM things__keys WHERE key = '7'")
    file.run("INSERT INTO things__keys (key, id) VALUES ('of none', 9), ('9', 8)")
    assert [problem.values["count"] for problem in damage(file)] == [3]
    file.run("UPDATE things SET doc = '{}' WHERE id IN (7, 8)")  # what was filed is not known
    problems = list(damage(file))
    assert [problem.values.get("count") for problem in problems] == [None, None, 1]
    assert not file.unreadable
    file.close()
