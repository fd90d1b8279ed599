"""A store in a file: what is there already, and several processes at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clearance.errors import NoStore, StoreBusy, StoreDamaged, StoreNewer
from clearance.stores import open_store
from clearance.timelines import intake, integrity
from tests.stores import killed
from tests.stores.support import NOW, files, items, message

pytestmark = pytest.mark.slow


def test_a_store_that_does_not_exist_is_told_and_is_not_made_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.db"
    with pytest.raises(NoStore, match="there is no store at"):
        open_store(path, create=False)
    assert not path.parent.exists()


def test_an_empty_file_is_no_store_and_is_not_made_one_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    with pytest.raises(NoStore):
        open_store(path, create=False)
    assert path.read_bytes() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as opened:
        intake.ingest(opened, items(files(3)), NOW)
        made = list(tmp_path.iterdir())
        assert len(made) == 3
        assert {file.stat().st_mode & 0o777 for file in made} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_a_new_store_behind_a_link_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever made the link made no file: SQLite made it then, for everybody to read."""
    real, link = tmp_path / "disk" / "store.db", tmp_path / "store.db"
    link.symlink_to(real)
    open_store(link).close()
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_later_version_and_another_file_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(StoreNewer, match="upgrade clearance"):
        open_store(path)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    with pytest.raises(StoreDamaged, match="another program"):
        open_store(other)
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to have a header" * 10)
    with pytest.raises(StoreDamaged):
        open_store(text)
    assert text.read_text().startswith("not a database")


def test_a_second_writer_waits_and_then_says_that_the_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as one, open_store(path, busy_timeout=0.1) as other:
        with one.transaction():
            one.save_messages([message(1)])
            assert list(other.messages()) == []
            with pytest.raises(StoreBusy), other.transaction():
                pass
        assert len(list(other.messages())) == 1


def _write(path: Path, start: int, count: int) -> None:
    some = files(40, seed=9)[start::count]
    for position in range(0, len(some), 5):
        with open_store(path) as opened:
            intake.ingest(opened, items(some[position : position + 5]), NOW)


def test_two_writers_at_once_lose_nothing_and_link_everything(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, n, 2)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with open_store(path) as opened, open_store("memory:") as alone:
        intake.ingest(alone, items(files(40, seed=9)), NOW)
        names = sorted(d.name for _, d in opened.timelines())
        assert names == sorted(d.name for _, d in alone.timelines())
        assert list(integrity.verify(opened)) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_writer_leaves_a_whole_store_with_all_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for delay in (0.0, 0.02, 0.05, 0.11, 0.2):
        command = [sys.executable, killed.__file__, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged = int(([first, *writer.stdout])[-1].split()[0])
        with open_store(path) as opened:
            assert opened.info()["messages"] >= acknowledged
            assert list(integrity.verify(opened)) == []


def test_a_document_that_somebody_has_changed_is_damage_and_is_not_written_upon(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as store:
        intake.ingest(store, items(files(3)), NOW)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE declarations SET doc = replace(doc, '\"keys\"', '\"kegs\"')")
    raw.close()
    with open_store(path) as store:
        assert any(
            "store rebuild makes it anew" in str(problem) for problem in integrity.verify(store)
        )
        assert list(store.timelines()) == []
        assert store.unreadable == 3
        with pytest.raises(StoreDamaged, match="store rebuild"), store.transaction():
            list(store.timelines())
        intake.rebuild(store)
        assert list(integrity.verify(store)) == []
