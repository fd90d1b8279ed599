"""Salvaging while others write, and salvaging that is cut off: nothing acknowledged is lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from clearance import stores
from clearance.customs.unpacking import Unpacked, unpack
from clearance.errors import StoreBusy, StoreDamaged, StoreError
from clearance.model import Message
from clearance.stores import damaged, open_store
from clearance.timelines import integrity
from tests.stores.support import NOW, files

KILLED = """
import os, signal, sys
from clearance.model import Message
from clearance.stores import damaged
from clearance.timelines import integrity
left = int(sys.argv[2])
def line(frame, event, _):
    global left
    if event == "line":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return line
def call(frame, event, _):
    return line if frame.f_code.co_filename == damaged.__file__ else None
sys.settrace(call)
integrity.salvage(sys.argv[1], 5)
print(int(sys.argv[2]) - left)
"""
"""Salvages a store and is killed before the line of ``damaged`` that is so far on its way."""
STRIDE = int(os.environ.get("CLEARANCE_TEST_STRIDE", "17"))
BEYOND = 10**9
FILES = files(40)


def made(path: Path, *numbers: int) -> None:
    with open_store(path) as store:
        store.save_messages([genuine(number) for number in numbers])


def genuine(number: int) -> Message:
    """A message whose id is that of its bytes."""
    (document,) = unpack(FILES[number].data, FILES[number].name)
    assert isinstance(document, Unpacked)
    return Message(document.id, document.data, document.received_as, NOW)


def kept(path: Path) -> set[str]:
    with open_store(path) as store:
        return {one.id for one in store.messages()}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Somebody reads meanwhile, so that the log cannot be merged into the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM messages").fetchone()
        yield


def salvaging(path: Path, steps: int, environment: Mapping[str, str]) -> int:
    """Steps of a salvage; 0 if it was killed."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(steps)],
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.returncode in (0, -9), done.stderr.decode()
    return int(done.stdout or 0)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("head", ["whole", "spoilt"])
def test_a_salvage_that_is_killed_at_any_step_leaves_all_that_was_acknowledged(
    tmp_path: Path, environment: Mapping[str, str], head: str
) -> None:
    """What was acknowledged last is in the log only; then a second salvage goes to its end."""

    def fresh(name: str) -> Path:
        path = tmp_path / name / "store.db"
        made(path, 1, 2)
        return path

    def spoil(path: Path) -> None:
        if head == "spoilt":
            with open(path, "r+b") as file:
                file.seek(100)
                file.write(bytes(4))

    first = fresh("undisturbed")
    spoil(first)
    steps = salvaging(first, BEYOND, environment)
    assert steps > 30
    for step in range(1, steps + 1, STRIDE):
        path = fresh(str(step))
        with reading(path):
            made(path, 3)
            spoil(path)
            assert salvaging(path, step, environment) == 0
        with suppress(StoreDamaged):
            found = kept(path)
            assert len(found) == 3 if head == "whole" else len(found) >= 2, step
        assert salvaging(path, BEYOND, environment) > 0
        assert len(kept(path)) >= (3 if head == "whole" else 2), step
        assert [file for file in path.parent.iterdir() if ".new" in file.name] == []


def test_nobody_writes_while_a_store_is_salvaged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    made(path, 1)
    with stores.replacing(path, 1) as (old, new), open_store(path, busy_timeout=0.1) as writer:
        new.save_messages([one for one in old.messages() if one])
        with pytest.raises(StoreBusy), writer.transaction():
            pass
    assert len(kept(path)) == 1


def test_what_is_written_before_the_new_store_is_in_its_place_is_salvaged_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer waited, and has the lock as soon as it is let go."""
    path = tmp_path / "store.db"
    made(path, 1)
    unlock, late = damaged.DamagedStore.unlock, [2]

    def overtaken(self: damaged.DamagedStore) -> None:
        unlock(self)
        if late:
            made(path, late.pop())

    monkeypatch.setattr(damaged.DamagedStore, "unlock", overtaken)
    assert integrity.salvage(str(path), 1).messages == 2
    assert len(kept(path)) == 2


def test_who_has_the_file_open_writes_into_the_salvaged_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    made(path, 1)
    with open_store(path) as writer:
        assert len(list(writer.messages())) == 1
        integrity.salvage(str(path), 1)
        writer.save_messages([genuine(2)])
    assert len(kept(path)) == 2


def test_a_writer_whose_file_was_replaced_acknowledges_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    made(path, 1)
    made(tmp_path / "other.db", 3)
    with open_store(path) as writer:
        if sys.platform == "win32":
            pytest.skip("an open file is not replaced there")
        (tmp_path / "other.db").replace(path)
        with pytest.raises(StoreError, match="removed or replaced"):
            writer.save_messages([genuine(2)])


def test_writers_beside_a_salvage_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    made(path, *range(20))
    acknowledged, over = set[str](), threading.Event()

    def write() -> None:
        for number in range(20, 40):
            with suppress(StoreBusy), open_store(path, busy_timeout=5) as store:
                one = genuine(number)
                store.save_messages([one])
                acknowledged.add(one.id)
            if over.is_set():
                return
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        with suppress(StoreBusy):
            integrity.salvage(str(path), 5)
    over.set()
    writer.join()
    assert acknowledged
    assert acknowledged <= kept(path)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_store_that_is_closed_to_others_stays_closed(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "store.db"
    made(path, 1)
    path.chmod(mode)
    before = os.umask(0)
    try:
        integrity.salvage(str(path), 1)
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {mode}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["store.db", "store.db.damaged"]
