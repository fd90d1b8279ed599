"""What is found of damage in an SQLite file, what is read around it, and what is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance.stores.documents import to_row
from clearance.stores.soundness import damage, legible, mend
from clearance.stores.sqlite import SQLiteFile

COUNT = 1700
PAGE = 4096


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
    file = SQLiteFile(tmp_path / "filed.db", {"things": lambda one: [str(one["number"]), "all"]})
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
