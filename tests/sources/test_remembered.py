"""An old InBox costs a listing: what was read is not opened again, and nothing new is missed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance import sources
from clearance.sources import remembered
from clearance.sources.remembered import REMEMBERED, Memory
from clearance.stores import Store, open_store
from clearance.timelines import intake
from tests.cli.support import packed, receipts
from tests.conftest import CLOSED, INSPECTED, Run, at, laid
from tests.stores.test_contract import url

NOW = at("06 09:00")
ACCEPTED = CLOSED.told("L", at("02 08:00:20"))
RELEASED = CLOSED.told("P", at("02 10:00"))
INSPECTION = INSPECTED.told("C", at("05 10:00"))


@pytest.fixture(params=["memory", "tinydb", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(url(request.param, request)) as opened:
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> Path:
    made = tmp_path / "收件 InBox"
    made.mkdir()
    return made


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files were written an hour before they are read."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)


def read(
    store: Store, box: Path, archive: Path | None = None, *, again: bool = False, version: str = "1"
) -> tuple[int, int, int]:
    """What an ingest of a folder read, what of it was new, and how many files it did not open."""
    memory = Memory(store, version, moving=archive is not None, again=again)
    items = sources.items([box], archive, memory=memory)
    result = intake.ingest(store, items, NOW, memory=memory)
    assert (result.read, result.passed_over) == _in_files(box, archive)
    return result.read - memory.messages, result.new, result.known


def _in_files(box: Path, archive: Path | None) -> tuple[int, int]:
    """How many messages lie in a folder, whatever was opened, and how many other files."""
    files = [file.suffix for place in (box, archive) if place for file in place.rglob("*.*")]
    return len([end for end in files if end == ".xml"]), files.count(".pdf")


def write(file: Path, data: bytes, like: os.stat_result | None = None) -> None:
    """Writes a file; with the time of writing that another had."""
    file.write_bytes(data)
    if like:
        os.utime(file, ns=(like.st_atime_ns, like.st_mtime_ns))


@pytest.mark.usefixtures("an_hour_later")
def test_a_file_that_was_read_is_not_opened_again(store: Store, box: Path) -> None:
    laid([ACCEPTED, RELEASED], box)
    assert read(store, box) == (2, 2, 0)
    laid([INSPECTION], box)
    assert read(store, box) == (1, 1, 2)
    assert read(store, box) == (0, 0, 3)
    assert read(store, box, again=True) == (3, 0, 0)
    assert read(store, box) == (0, 0, 3)


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("how", ["in place", "by another file", "with its time set back"])
def test_another_message_of_the_same_size_under_the_same_name_is_read(
    store: Store, box: Path, how: str
) -> None:
    one, other = ACCEPTED.data, ACCEPTED.data.replace(b"08:00:20", b"08:00:21")
    assert len(one) == len(other)
    file = box / ACCEPTED.name
    file.write_bytes(one)
    state = file.stat()
    assert read(store, box) == (1, 1, 0)
    time.sleep(0.02)
    if how == "by another file":
        write(box / "next", other, state)
        (box / "next").replace(file)
    else:
        write(file, other, state if "time" in how else None)
    assert read(store, box) == (1, 1, 0)


def test_a_file_that_was_just_written_is_opened_again(store: Store, box: Path) -> None:
    """A second write within a tick of the clock would leave it looking the same."""
    laid([ACCEPTED], box)
    assert read(store, box) == (1, 1, 0)
    assert read(store, box) == (1, 0, 0)


@pytest.mark.parametrize(
    ("seconds", "age", "racy"),
    [
        (1_780_000_000.25, 0.5, True),
        (1_780_000_000.25, 1.5, False),
        (1_780_000_000.0, 1.5, True),  # a share that rounds to two seconds
        (1_780_000_000.0, 59, True),
        (1_780_000_000.0, 61, False),
        (1_780_000_000.25, -5, True),  # the clock was set back, or a share is ahead
        (1_780_000_000.0, -86_400, True),
    ],
)
def test_a_time_is_trusted_only_once_no_second_write_can_bear_it(
    seconds: float, age: float, racy: bool
) -> None:
    at_ns = int(seconds * 1e9)
    state = os.stat_result(
        (0o100644, 7, 1, 1, 0, 0, 9, 0, 0, 0, 0.0, seconds, seconds, at_ns, at_ns, at_ns)
    )
    assert remembered.is_racy(state, seconds + age) == racy


@pytest.mark.usefixtures("an_hour_later")
def test_a_folder_that_was_put_back_from_a_backup_is_read(store: Store, box: Path) -> None:
    laid([ACCEPTED], box)
    assert read(store, box) == (1, 1, 0)
    saved = box.with_name("backup")
    shutil.copytree(box, saved)
    shutil.rmtree(box)
    saved.rename(box)
    assert read(store, box) == (1, 0, 0)


@pytest.mark.usefixtures("an_hour_later")
def test_a_store_that_was_put_back_from_a_backup_reads_what_it_does_not_hold(
    box: Path, tmp_path: Path
) -> None:
    file, saved = tmp_path / "store.db", tmp_path / "backup.db"
    laid([ACCEPTED], box)
    with open_store(file) as store:
        read(store, box)
    shutil.copy(file, saved)
    laid([RELEASED], box)
    with open_store(file) as store:
        assert read(store, box) == (1, 1, 1)
    for rest in tmp_path.glob("store.db*"):
        rest.unlink()
    shutil.copy(saved, file)
    with open_store(file) as store:
        assert read(store, box) == (1, 1, 1)


@pytest.mark.usefixtures("an_hour_later")
def test_what_is_remembered_is_of_the_commit_that_holds_the_messages(box: Path) -> None:
    laid([ACCEPTED], box)
    with open_store("memory:") as store:
        with pytest.raises(ZeroDivisionError):
            _read_and_fail(store, box)
        assert read(store, box) == (1, 1, 0)


def _read_and_fail(store: Store, box: Path) -> None:
    with store.transaction():
        read(store, box)
        raise ZeroDivisionError


@pytest.mark.usefixtures("an_hour_later")
def test_a_refused_file_is_not_opened_again_until_it_changes(store: Store, box: Path) -> None:
    (box / "a.xml").write_bytes(b"<what/>")
    assert read(store, box) == (1, 0, 0)
    assert read(store, box) == (0, 0, 1)
    laid([ACCEPTED], box)
    archive = box.with_name("archive")
    assert read(store, box, archive) == (1, 1, 1)
    assert [file.name for file in box.iterdir()] == ["a.xml"]


@pytest.mark.usefixtures("an_hour_later")
def test_an_archive_takes_also_what_was_read_before(store: Store, box: Path) -> None:
    laid([ACCEPTED], box)
    read(store, box)
    archive = box.with_name("archive")
    assert read(store, box, archive) == (1, 0, 0)
    assert not list(box.iterdir())


@pytest.mark.usefixtures("an_hour_later")
def test_a_later_version_looks_again_at_what_was_passed_over(store: Store, box: Path) -> None:
    (box / "a.pdf").write_bytes(b"%PDF-1.4 no message")
    assert read(store, box) == (0, 0, 0)
    assert read(store, box) == (0, 0, 1)
    assert read(store, box, version="2") == (0, 0, 0)


@pytest.mark.usefixtures("an_hour_later")
def test_what_is_in_a_file_that_is_not_opened_counts_as_before(store: Store, box: Path) -> None:
    """How much an ingest says it has read does not depend on what it had to open for it."""
    (box / "day.zip").write_bytes(packed(receipts(ACCEPTED, RELEASED)))
    (box / "a.pdf").write_bytes(b"%PDF-1.4 no message")
    counts = []
    for _ in range(3):
        memory = Memory(store, "1")
        result = intake.ingest(store, sources.items([box], memory=memory), NOW, memory=memory)
        counts.append((result.read, result.duplicate, result.passed_over, result.known))
    assert counts == [(2, 0, 1, 0), (2, 2, 1, 2), (2, 2, 1, 2)]


@pytest.mark.usefixtures("an_hour_later")
def test_what_may_still_be_written_is_not_remembered(store: Store, box: Path) -> None:
    file = box / ACCEPTED.name
    file.write_bytes(b"")
    memory = Memory(store, "1")
    now = NOW.fromtimestamp(file.stat().st_mtime, NOW.tzinfo)
    result = intake.ingest(store, sources.items([box], memory=memory), now, memory=memory)
    assert (result.waiting, result.refused) == (1, 0)
    assert list(store.records(REMEMBERED)) == []


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("many", [remembered._MANY, 2])
def test_files_and_folders_that_are_gone_are_forgotten(
    store: Store, box: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(remembered, "_SPARE", 3)
    monkeypatch.setattr(remembered, "_MANY", many)
    for day in ("1", "2", "2/a"):
        (box / day).mkdir()
        laid([ACCEPTED], box / day)
    for index in range(20):
        (box / f"{index}.xml").write_bytes(b"<a>%d</a>" % index)
    read(store, box)
    assert remembered_files(store) == 23
    for index in range(18):
        (box / f"{index}.xml").unlink()
    shutil.rmtree(box / "2")
    laid([RELEASED], box)
    assert read(store, box) == (1, 1, 3)
    assert remembered_files(store) == 4
    assert read(store, box) == (0, 0, 4)


def remembered_files(store: Store) -> int:
    return sum(len(remembered._looks(record)) for record in store.records(REMEMBERED))


@pytest.mark.usefixtures("an_hour_later")
def test_a_folder_of_thousands_is_a_few_small_records(store: Store, box: Path) -> None:
    for index in range(5000):
        (box / f"{index}.xml").write_bytes(b"<a>%d</a>" % index)
    read(store, box)
    for index in range(5000, 5010):
        (box / f"{index}.xml").write_bytes(b"<a>%d</a>" % index)
        assert read(store, box)[2] == index
    records = list(store.records(REMEMBERED))
    assert len(records) <= 5
    assert sum(len(record.document["files"]) for record in records) < 12 * 5010


def test_a_copied_store_remembers_no_file(call: Run, tmp_path: Path, box: Path) -> None:
    """It might hold less than the files that were read into the other."""
    laid([ACCEPTED], box)
    long_ago = time.time() - 3600
    os.utime(box / ACCEPTED.name, (long_ago, long_ago))
    time.sleep(1.1)
    assert call("ingest", box, "--format", "json").json["read"] == 1
    assert call("ingest", box, "--format", "json").json["known"] == 1
    copy = tmp_path / "copy.db"
    call("store", "copy", copy)
    ran = call("ingest", box, "--format", "json", "--store", copy)
    assert (ran.json["read"], ran.json["known"]) == (1, 0)
