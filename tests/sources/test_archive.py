"""What was read is moved into the archive: that and nothing else, over nothing, and once."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

import pytest

from clearance import files as files_module
from clearance import sources
from clearance.sources import archive
from clearance.stores import open_store
from clearance.timelines import intake
from tests.cli.support import HELLO, packed, receipts
from tests.conftest import CLOSED, INSPECTED, Run, at, laid

ACCEPTED = CLOSED.told("L", at("02 08:00:20"))
RELEASED = CLOSED.told("P", at("02 10:00"))
CLOSURE = CLOSED.told("R", at("03 15:00"))

posix = pytest.mark.skipif(sys.platform == "win32", reason="kills a process as POSIX does")


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its place there."""
    found = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def read(folder: Path, into: Path, between: Iterator[None] | None = None) -> intake.Ingested:
    """Reads a folder; what ``between`` does happens after reading and before the commit."""
    with open_store("memory:") as store:

        def items() -> Iterator[sources.Item]:
            yield from sources.items([folder], into)
            for _ in between or ():
                pass

        return intake.ingest(store, items(), at("10 09:00"))


def test_a_file_that_was_replaced_after_it_was_read_is_not_moved_unread(tmp_path: Path) -> None:
    box, done = tmp_path / "in", tmp_path / "done"
    box.mkdir()
    file = box / "receipt.xml"
    file.write_bytes(ACCEPTED.data)

    def replaced() -> Iterator[None]:
        (box / "new").write_bytes(RELEASED.data)
        (box / "new").replace(file)
        yield

    read(box, done, replaced())
    assert files(box) == {"receipt.xml": RELEASED.data}
    assert files(done) == {}
    assert read(box, done).new == 1
    assert (files(box), files(done)) == ({}, {"receipt.xml": RELEASED.data})


def test_a_file_that_was_written_over_after_it_was_read_is_not_moved_unread(tmp_path: Path) -> None:
    """Also where it is as long as before and its time is set back."""
    box = laid([ACCEPTED], tmp_path / "in")
    file = box / ACCEPTED.name

    def written() -> Iterator[None]:
        status = file.stat()
        file.write_bytes(ACCEPTED.data.replace(b">L<", b">J<"))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        yield

    read(box, tmp_path / "done", written())
    assert list(files(box)) == [ACCEPTED.name]


def test_a_file_that_takes_the_name_while_it_is_moved_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look at a file and its move another one comes."""
    file, done = tmp_path / "a.xml", tmp_path / "done"
    file.write_bytes(ACCEPTED.data)
    status = file.stat()
    monkeypatch.setattr(archive, "_is_untouched", lambda *_: True)
    (tmp_path / "new").write_bytes(RELEASED.data)
    (tmp_path / "new").replace(file)
    archive.move(file, done, status)
    assert file.read_bytes() == RELEASED.data
    assert files(done) == {}


def test_two_at_once_archive_under_one_name_and_neither_overwrites_the_other(
    tmp_path: Path,
) -> None:
    done, count = tmp_path / "done", 40
    waiting = threading.Barrier(2)

    def move(folder: Path) -> None:
        for number in range(count):
            file = folder / f"{number}.xml"
            waiting.wait()
            archive.move(file, done, file.stat())

    movers = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.xml").write_text(f"{name} {number}")
        movers.append(threading.Thread(target=move, args=(folder,)))
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    expected = sorted(f"{name} {number}".encode() for name in "ab" for number in range(count))
    assert sorted(files(done).values()) == expected


KILLED = """
import errno, os, signal, sys
from pathlib import Path
from clearance import files
from clearance.sources import archive

last, far, (box, done) = int(sys.argv[1]), sys.argv[2] == "far", map(Path, sys.argv[3:])
steps = 0

def step(event="", arguments=()):
    global steps
    if event in ("", "open", "os.remove", "os.rename"):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

rename = files.rename

def stepping(file, target):
    if far and file.parent != target.parent:
        raise OSError(errno.EXDEV, "another device")
    step()
    rename(file, target)
    step()

files.rename = stepping
sys.addaudithook(step)
if (box / "a.xml").exists():
    archive.move(box / "a.xml", done, (box / "a.xml").stat())
"""
"""Moves a file, and is killed at the step of a number; ``far``: to another device."""


@posix
@pytest.mark.parametrize("how", ["near", "far"])
def test_a_run_that_is_killed_at_any_step_leaves_whole_files_only_and_the_next_ends_it(
    tmp_path: Path, how: str
) -> None:
    """What a listing looks at is the file, whole, and never an empty one in its place."""
    for last in count(1):
        box, done = tmp_path / str(last) / "in", tmp_path / str(last) / "done"
        box.mkdir(parents=True)
        (box / "a.xml").write_bytes(ACCEPTED.data)
        command = [sys.executable, "-c", KILLED]
        killed = subprocess.run([*command, str(last), how, box, done], check=False)
        seen = (*box.glob("[!.]*"), *done.glob("[!.]*"))
        assert {file.read_bytes() for file in seen} == {ACCEPTED.data}
        subprocess.run([*command, "0", how, box, done], check=True)
        left = {name: data for name, data in files(done).items() if not name.startswith(".")}
        assert left == {"a.xml": ACCEPTED.data}
        assert not [*box.glob("[!.]*")]
        if killed.returncode == 0:
            break
    assert last > 2


def test_the_place_below_the_folder_is_kept_in_the_archive(call: Run, tmp_path: Path) -> None:
    box, done = tmp_path / "in", tmp_path / "done"
    laid([ACCEPTED], box / "card A" / "InBox")
    laid([RELEASED], box / "甲 B")
    assert call("ingest", box, "--archive", done).code == 0
    assert list(files(done)) == [f"card A/InBox/{ACCEPTED.name}", f"甲 B/{RELEASED.name}"]


def test_only_what_was_read_as_a_message_is_moved(call: Run, tmp_path: Path) -> None:
    """Duplicates too; a wrong folder is not swept into the archive."""
    box, done = laid([ACCEPTED], tmp_path / "in"), tmp_path / "done"
    (box / "copy.xml").write_bytes(ACCEPTED.data)
    (box / "day.zip").write_bytes(packed(receipts(RELEASED)))
    (box / "partly.zip").write_bytes(packed(receipts(CLOSURE) | {"x.xml": b"<Order/>"}))
    others = {
        "letter.txt": HELLO,
        "README.md": b"# hello",
        "list.json": b"[]",
        "sent.xml": b"<DecMessage/>",
        "order.xml": b"<Order/>",
        "half.xml": ACCEPTED.data[:90],
        "empty.zip": packed({}),
    }
    for name, data in others.items():
        (box / name).write_bytes(data)
    for _ in range(2):
        call("ingest", box, "--archive", done)
        assert sorted(files(box)) == sorted([*others, "partly.zip"])
        assert sorted(files(done)) == sorted([ACCEPTED.name, "copy.xml", "day.zip"])


def test_a_zip_of_which_a_part_is_in_no_list_is_told_and_not_moved(
    call: Run, tmp_path: Path
) -> None:
    """Two zip files joined into one: only the members of the second are listed."""
    box, done = tmp_path / "in", tmp_path / "done"
    box.mkdir()
    joined = packed(receipts(ACCEPTED)) + packed(receipts(RELEASED))
    cut = packed(receipts(CLOSURE)) + packed(receipts(*INSPECTED.sent(at("04 09:00"))))[:300]
    (box / "joined.zip").write_bytes(joined)
    (box / "cut.zip").write_bytes(cut)
    ran = call("ingest", box, "--archive", done, "--format", "json")
    assert (ran.code, ran.json["new"], ran.json["refused"]) == (3, 2, 2)
    assert {r["name"] for r in ran.json["refusals"]} == {"joined.zip", "cut.zip"}
    assert "in no list of its members" in ran.talk
    assert sorted(files(box)) == ["cut.zip", "joined.zip"]


@pytest.mark.parametrize("where", [".", "..", "sub"])
def test_an_archive_in_which_what_is_read_lies_is_an_error(
    call: Run, tmp_path: Path, where: str
) -> None:
    """A folder below the one that is read is left out instead."""
    box = laid([ACCEPTED], tmp_path / "in")
    into = box / where
    for _ in range(2):
        ran = call("ingest", box, "--archive", into)
        assert ran.code == (0 if where == "sub" else 2)
        assert ran.talk.count("\n") == (where != "sub")
        assert list(files(box)) == [f"sub/{ACCEPTED.name}" if where == "sub" else ACCEPTED.name]
    ran = call("ingest", box / ACCEPTED.name, "--archive", box)
    assert ran.code == (1 if where == "sub" else 2) or "does not exist" in ran.talk


def test_a_configured_folder_is_not_archived_into_itself(call: Run, tmp_path: Path) -> None:
    box, settings = laid([ACCEPTED], tmp_path / "in"), tmp_path / "settings.toml"
    settings.write_text(f"[sources.a]\nkind = 'folder'\npath = '{box.as_posix()}'\n")
    ran = call("ingest", "--config", settings, "--archive", box)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)


def test_one_file_that_cannot_be_moved_stops_nothing_behind_it(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told once in a line, exit 3; one copy is in the archive, and the next runs make no more."""
    monkeypatch.setattr(intake, "BATCH", 1)
    box, done = laid([ACCEPTED, RELEASED, CLOSURE], tmp_path / "in"), tmp_path / "done"
    rename = files_module.rename

    def refusing(file: Path, target: Path) -> None:
        if file.name == ACCEPTED.name:
            raise PermissionError(errno.EACCES, "Permission denied")
        rename(file, target)

    monkeypatch.setattr(files_module, "rename", refusing)
    for new in (3, 0, 0):
        ran = call("ingest", box, "--archive", done, "--format", "json")
        assert (ran.code, ran.json["new"]) == (3, new)
        line = f"read, but not moved into {done}: Permission denied: {ACCEPTED.name}\n"
        assert ran.talk == line
        assert sorted(files(done)) == sorted([ACCEPTED.name, RELEASED.name, CLOSURE.name])
        assert list(files(box)) == [ACCEPTED.name]


def test_all_is_read_though_nothing_can_be_moved(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", 1)
    box = laid([ACCEPTED, RELEASED, CLOSURE, *INSPECTED.sent(at("04 09:00"))], tmp_path / "in")
    (tmp_path / "file").write_bytes(b"")
    ran = call("ingest", box, "--archive", tmp_path / "file" / "below", "--format", "json")
    assert (ran.code, ran.json["new"], ran.talk.count("\n")) == (3, 5, 1)
    assert "2 more" in ran.talk
    assert len(files(box)) == 5


def test_to_another_device_a_file_is_copied_whole_and_then_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, done = tmp_path / "a.xml", tmp_path / "done"
    rename = files_module.rename

    def refusing(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(files_module, "rename", refusing)
    for number, name in ((1, "a.xml"), (2, "a (2).xml")):
        file.write_text(str(number))
        archive.move(file, done, file.stat())
        assert (done / name).read_text() == str(number)
        assert not file.exists()
    file.write_text("read")
    status = file.stat()
    copied = archive._copied

    def and_replaced(*arguments: object) -> bool:
        done = copied(*arguments)  # type: ignore[arg-type]
        (tmp_path / "new").write_text("another")
        (tmp_path / "new").replace(file)
        return done

    monkeypatch.setattr(archive, "_copied", and_replaced)
    archive.move(file, done, status)
    assert file.read_text() == "another"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.xml", "done"]


@posix
def test_a_copy_that_is_being_made_is_open_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may be closed to others; its copy gets its mode when it is whole."""
    file, part, modes = tmp_path / "a.xml", tmp_path / ".part", list[int]()
    file.write_bytes(ACCEPTED.data)
    file.chmod(0o640)
    copy = shutil.copyfileobj

    def looked_at(source: BinaryIO, target: BinaryIO) -> None:
        modes.append(part.stat().st_mode & 0o777)
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfileobj", looked_at)
    assert archive._copied(file, part, file.stat())
    assert (modes, part.stat().st_mode & 0o777) == ([0o600], 0o640)


def test_names_of_any_sort_are_moved_as_they_are(call: Run, tmp_path: Path) -> None:
    names = ("回执 一.xml", "a  b.xml", "ü&'%41#.xml", f"{'长' * 80}.xml")
    box, done = tmp_path / "in put", tmp_path / "完成 x"
    box.mkdir()
    for number, name in enumerate(names):
        data = INSPECTED.told("L", at(f"04 09:0{number}")).data
        (box / name).write_bytes(data)
    ran = call("ingest", box, "--archive", done)
    assert (ran.code, ran.err) == (0, b"")
    assert sorted(files(done)) == sorted(names)


def test_a_long_name_that_is_taken_is_cut_and_its_file_moved(call: Run, tmp_path: Path) -> None:
    name = f"{'报' * 83}x.xml"[:87]
    assert len(name.encode()) > 250
    box, archive = tmp_path / "box", tmp_path / "archive"
    box.mkdir()
    for code in ("L", "P"):
        (box / name).write_bytes(CLOSED.told(code, at("02 10:00")).data)
        ran = call("ingest", box, "--archive", archive, "--format", "json")
        assert (ran.code, ran.json["new"]) == (0, 1)
    kept = sorted(file.name for file in archive.iterdir())
    assert len(kept) == 2
    assert list(box.iterdir()) == []
    assert all(len(one.encode()) <= 255 for one in kept)
