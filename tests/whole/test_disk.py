"""A disk that is full, a folder that is read-only, a store that is damaged, a clock gone back.

What is asked is the same everywhere: one clear line and the right exit code, never a traceback;
nothing that was kept is lost; and where the cause is gone, the same command succeeds.
"""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clearance.alerting import evaluation, records
from clearance.alerting.rules import Context
from clearance.customs.cn_single_window import ZONE, demo
from clearance.errors import StoreError
from clearance.model import AlertState, Record
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.stores.sqlite import APPLICATION_ID
from clearance.timelines import intake, integrity
from tests.conftest import Ran, Run, laid, stories
from tests.loading import unmeasured

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs mounts, limits and modes"),
]

NOW = datetime(2026, 11, 1, tzinfo=ZONE)
SOON = datetime(2026, 3, 6, 18, tzinfo=ZONE)
"""When what the stories tell is news."""
MAIN = "from clearance.cli import script\nscript()\n"
LIMITED = (
    "import resource, signal, sys\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n" + MAIN
)
"""No file may grow past so many bytes: what a quota does."""
UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner")
"""For root, whom the modes of a folder do not stop."""

AS_OF = ("--as-of", "2026-11-01")
NUMBER = "2248" + "2026" + "1" + "000000022"
READING: tuple[tuple[str, ...], ...] = (
    ("status", NUMBER),
    ("explain", NUMBER),
    ("list", "--all"),
    ("list", "--all", "--events", "--format", "json"),
    ("report", *AS_OF),
    ("alerts", "list"),
    ("refused",),
    ("store", "info"),
    ("store", "verify"),
)
WRITING: tuple[tuple[str, ...], ...] = (
    ("ingest", "more"),
    ("check", *AS_OF),
    ("store", "rebuild"),
)


@dataclass
class Desk:
    """A folder with the store of the stories in it, and an InBox ``more`` that is not read yet."""

    folder: Path
    environment: Mapping[str, str]
    call: Run
    store: Path

    def __call__(self, *arguments: str | Path) -> Ran:
        """Runs the command on the store in this interpreter."""
        return self.call(*arguments, "--store", self.store)

    def apart(
        self, *arguments: str | Path, script: str = MAIN, prefix: tuple[str, ...] = ()
    ) -> Ran:
        """Runs the command on the store in a fresh interpreter, which may write nothing else."""
        done = subprocess.run(
            [*prefix, sys.executable, "-c", script, *map(str, arguments), "--store", self.store],
            capture_output=True,
            check=False,
            timeout=60,
            cwd=self.folder,
            env=unmeasured(self.environment),
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def waiting(self) -> int:
        """How many files lie in the InBox."""
        return len(list((self.folder / "more").iterdir()))

    def told(self) -> tuple[object, ...]:
        """Everything that the store tells, but for ids and times of its own; verified first."""
        with open_store(self.store, create=False) as store:
            assert list(integrity.verify(store)) == []
            timelines = sorted(map(repr, (d for _, d in store.timelines())))
            return timelines, list(store.messages()), list(records.all_alerts(store))


@pytest.fixture
def desk(tmp_path: Path, environment: Mapping[str, str], call: Run) -> Desk:
    """A desk whose store was filled and checked."""
    made = Desk(tmp_path, environment, call, tmp_path / "desk" / "store.db")
    laid(more(), tmp_path / "more")
    fill(made.store)
    return made


def fill(path: Path) -> None:
    """Reads the stories into a store and checks it, soon after and again."""
    with open_store(path) as store:
        intake.ingest(store, [Item(f.name, f.data) for f in stories()], NOW)
        for days in (0, 10, 11):
            evaluation.check(store, Context(SOON + timedelta(days=days)))
        evaluation.check(store, Context(NOW))


def more() -> list[demo.File]:
    return list(demo.traffic(50, 3, quarters=2))


def one_line(ran: Ran, code: int = 1) -> str:
    """The one clear line that a command which fails says; nothing of it is a traceback."""
    assert ran.code == code, ran.talk
    assert ran.talk.count("\n") == 1, ran.talk
    assert ran.talk.startswith("clearance: ")
    assert "Traceback" not in ran.talk
    assert len(re.sub(r"/\S+/", "", ran.talk)) < 300, ran.talk
    return ran.talk


def known(desk: Desk, command: tuple[str, ...]) -> bool:
    """Whether a command takes the arguments that it is given here."""
    return command[0] != "alerts" or desk("alerts", "list", "--help").code == 0


def done(program: str, *arguments: str | Path) -> bool:
    """Runs a program of the system, if there is such; whether it did what it was asked to."""
    if shutil.which(program) is None:
        return False
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if not done("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place):
        pytest.skip("a file system may not be mounted here")
    try:
        yield place
    finally:
        assert done("umount", "--lazy", place)


def filled(disk: Path) -> Path:
    """Fills a disk to the last byte; returns the file that takes the room."""
    blob = disk / "blob"
    with open(blob, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as full:
            assert full.errno == errno.ENOSPC  # noqa: PT017
    return blob


def test_a_full_disk_loses_nothing_and_the_same_command_succeeds_once_there_is_room(
    desk: Desk, small_disk: Path
) -> None:
    desk.store = small_disk / "store.db"
    fill(desk.store)
    before, waiting = desk.told(), desk.waiting
    blob = filled(small_disk)
    for command in (("ingest", "more", "--archive", "archive"), *WRITING[1:]):
        assert str(desk.store) in one_line(desk.apart(*command))
    for command in READING:
        if known(desk, command) and (ran := desk.apart(*command)).code:
            one_line(ran)
    assert desk.waiting == waiting
    blob.unlink()
    assert desk.told() == before
    assert desk.apart("ingest", "more", "--archive", "archive").code == 0
    assert desk.waiting == 0
    assert len(desk.told()[1]) == len(before[1]) + waiting  # type: ignore[arg-type]


def test_a_new_store_on_a_full_disk_is_made_once_there_is_room(
    desk: Desk, small_disk: Path
) -> None:
    desk.store = small_disk / "new" / "store.db"
    blob = filled(small_disk)
    one_line(desk.apart("ingest", "more"))
    blob.unlink()
    assert desk.apart("ingest", "more").code == 0
    assert len(desk.told()[1]) == desk.waiting  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, 1000, 40_000])
def test_a_file_that_may_not_grow_loses_nothing(desk: Desk, limit: int) -> None:
    before, waiting = desk.told(), desk.waiting
    script = LIMITED.format(limit)
    one_line(desk.apart("ingest", "more", "--archive", "archive", script=script))
    assert desk.waiting == waiting
    if limit < 40_000:
        one_line(desk.apart("check", "--as-of", "2026-03-03", script=script))
        one_line(desk.apart("store", "rebuild", script=script))
    assert desk.told() == before
    assert desk.apart("ingest", "more", "--archive", "archive").code == 0
    assert desk.waiting == 0


@pytest.mark.parametrize("limit", [0, 5000])
def test_a_store_that_could_not_be_made_is_made_by_the_next_run(desk: Desk, limit: int) -> None:
    desk.store = desk.folder / "new" / "store.db"
    one_line(desk.apart("ingest", "more", script=LIMITED.format(limit)))
    ran = desk.apart("list")
    assert ran.code == 0 if limit else "there is no store" in one_line(ran)
    assert desk.apart("ingest", "more").code == 0
    assert len(desk.told()[1]) == desk.waiting  # type: ignore[arg-type]


# What may only be read


@pytest.fixture(params=["mode of the folder", "mount"])
def read_only(request: pytest.FixtureRequest, desk: Desk) -> Iterator[tuple[str, ...]]:
    """The folder of the store is read-only; what to put before a command for that to hold."""
    folder = desk.store.parent
    if request.param == "mount":
        if not done("mount", "--bind", folder, folder):
            pytest.skip("a folder may not be mounted here")
        try:
            assert done("mount", "-o", "remount,ro,bind", folder)
            yield ()
        finally:
            assert done("umount", "--lazy", folder)
        return
    prefix = UNPRIVILEGED if os.geteuid() == 0 else ()
    desk.store.chmod(0o444)
    folder.chmod(0o555)
    try:
        if not done(*prefix, "true"):
            pytest.skip("root writes everywhere, and may not be kept from it")
        if done(*prefix, "touch", folder / "there"):
            pytest.skip("the mode of a folder stops nobody here")
        yield prefix
    finally:
        folder.chmod(0o755)
        desk.store.chmod(0o644)


def test_a_store_in_a_read_only_folder_is_read_or_says_why_not(
    desk: Desk, read_only: tuple[str, ...]
) -> None:
    for command in READING:
        if known(desk, command):
            ran = desk.apart(*command, prefix=read_only)
            assert ran.code == 0 or str(desk.store) in one_line(ran)


def test_a_writer_says_that_the_folder_is_read_only_and_acknowledges_nothing(
    desk: Desk, read_only: tuple[str, ...]
) -> None:
    before, waiting = desk.store.read_bytes(), desk.waiting
    for command in (("ingest", "more", "--archive", "archive"), *WRITING[1:]):
        assert str(desk.store) in one_line(desk.apart(*command, prefix=read_only))
    assert desk.waiting == waiting
    assert desk.store.read_bytes() == before


# What is no store, or no longer whole


def test_a_store_from_a_later_version_is_left_alone_by_every_command(desk: Desk) -> None:
    with sqlite3.connect(desk.store) as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    before = desk.store.read_bytes()
    for command in (*READING, *WRITING):
        if known(desk, command):
            assert "upgrade clearance" in one_line(desk(*command))
    assert desk.store.read_bytes() == before


def test_a_store_cut_in_half_is_told_and_not_made_worse(desk: Desk) -> None:
    whole = desk.store.read_bytes()
    desk.store.write_bytes(whole[: len(whole) // 2])
    for command in (*READING, *WRITING):
        if known(desk, command):
            ran = desk(*command)
            assert ran.code == 0 or "not a whole store" in one_line(ran)
    assert desk("store", "verify").code == 1
    assert desk.store.read_bytes() == whole[: len(whole) // 2]


@pytest.mark.parametrize("seed", range(6))
def test_what_can_be_read_of_a_damaged_store_is_saved_into_a_new_one(desk: Desk, seed: int) -> None:
    """Pages are overwritten, or the end is missing: the rest is kept, and the damaged file too."""
    assert desk("ingest", "more").code == 0
    with open_store(desk.store) as store:
        before = {message.id: message for message in store.messages()}
    whole = desk.store.read_bytes()
    some = random.Random(seed)
    place = some.randrange(len(whole) // 2, len(whole))
    spoilt = whole[:place] + (some.randbytes(5000) + whole[place + 5000 :] if seed % 2 else b"")
    desk.store.write_bytes(spoilt)
    told = desk("store", "verify")
    assert told.code == 1
    ran = desk("store", "rebuild", "--salvage", "--format", "json")
    assert ran.code == (3 if json.loads(ran.out)["lost"] else 0), ran.talk
    assert desk("store", "verify").code == 0
    with open_store(desk.store) as store:
        after = {message.id: message for message in store.messages()}
    assert all(message == before[id] for id, message in after.items())
    assert json.loads(ran.out)["messages"] == len(after)
    assert len(after) > len(before) // 10
    kept = desk.store.with_name(desk.store.name + ".damaged")
    assert kept.read_bytes() == spoilt
    assert not list(desk.folder.glob("*.rebuilt*"))
    laid(stories(), desk.folder / "again")
    assert desk("ingest", "more", "again").code == 0
    with open_store(desk.store) as store:
        assert {message.id for message in store.messages()} == before.keys()
    assert desk("store", "verify").code == 0


def test_a_store_of_which_nothing_can_be_read_is_not_replaced_by_an_empty_one(desk: Desk) -> None:
    """Only its first page is left, which says that there are messages and not where."""
    left = desk.store.read_bytes()[:4096]
    desk.store.write_bytes(left)
    assert "stays as it is" in one_line(desk("store", "rebuild", "--salvage"))
    assert desk.store.read_bytes() == left
    assert not list(desk.store.parent.glob("*.damaged*"))
    assert not list(desk.store.parent.glob("*.rebuilt*"))


def test_a_text_in_the_place_of_a_store_is_told_without_advice_that_does_not_help(
    desk: Desk,
) -> None:
    desk.store.write_text("a long letter to customs, and no database\n" * 99)
    assert "salvage" not in one_line(desk("store", "rebuild", "--salvage"))


def _said(store: Store) -> list[Record]:
    """Every record but those that are derived."""
    return sorted(r for r in store.records() if r.kind not in intake.DERIVED)


def test_a_store_that_is_whole_loses_nothing_by_a_salvage(desk: Desk) -> None:
    asked = ("status", "--format", "json", "--as-of", NOW.isoformat())
    with open_store(desk.store) as store:
        numbers = [next(iter(d.references.values()))[0] for _, d in store.summaries()]
        records = _said(store)
    before = desk(*asked, *numbers).out
    assert json.loads(desk("store", "rebuild", "--salvage", "--format", "json").out)["lost"] == 0
    assert desk(*asked, *numbers).out == before
    with open_store(desk.store) as store:
        assert _said(store) == records


@pytest.mark.parametrize("size", [0, 1, 50, 100, 4096])
def test_a_store_cut_to_almost_nothing_is_told(desk: Desk, size: int) -> None:
    """An empty file is no store yet; what SQLite takes for a new one holds nothing."""
    desk.store.write_bytes(desk.store.read_bytes()[:size])
    ran = desk("list")
    expected = {0: "there is no store", 1: ""}.get(size, "not a whole store")
    assert expected in one_line(ran) if expected else ran.code == 0


def _random(some: random.Random, count: int) -> bytes:
    return some.randbytes(count)


def _readable(some: random.Random, count: int) -> bytes:
    """Such as a disk or an editor leaves: text, but not what stood there."""
    return bytes(some.choice(b'abc0189",:[]{} \x01') for _ in range(count))


def _tells_damage(ran: Ran) -> bool:
    """Whether one line says that nothing was done, or what could not be read, with exit code 3."""
    if ran.code == 3:
        left_out = (b"is damaged and was left out", b"are damaged and were left out")
        return ran.err.count(b"\n") == 1 and any(words in ran.err for words in left_out)
    return any(one in one_line(ran) for one in ("not a whole store", "rebuild the store"))


@pytest.mark.parametrize(
    ("bytes_of", "count"), [(_random, 6000), (_random, 500), (_readable, 500), (_readable, 8)]
)
def test_other_bytes_in_the_middle_are_told_in_one_line(
    desk: Desk, bytes_of: Callable[[random.Random, int], bytes], count: int
) -> None:
    assert desk("ingest", "more").code == 0
    whole = desk.store.read_bytes()
    noticed = 0
    for seed in range(4):
        some = random.Random(seed)
        place = some.randrange(len(whole) // 4, len(whole) * 3 // 4)
        spoilt = whole[:place] + bytes_of(some, count) + whole[place + count :]
        for command in (READING[3], READING[-1], *WRITING):
            desk.store.write_bytes(spoilt)
            ran = desk(*command)
            assert ran.code == 0 or _tells_damage(ran)
            if command == ("store", "verify"):
                noticed += ran.code
    assert noticed


def test_a_folder_or_another_file_in_the_place_of_the_store_is_told(desk: Desk) -> None:
    folder, text, beneath = desk.folder / "a folder", desk.folder / "a text", desk.store / "x.db"
    folder.mkdir()
    text.write_text("a long letter to customs, and no database\n" * 99)
    for path in (folder, text, beneath):
        for command in (READING[0], READING[2], READING[-1], *WRITING):
            desk.store = path
            ran = desk(*command)
            if path != beneath or command[0] == "ingest":
                one_line(ran)
    assert text.read_text().startswith("a long letter")


def test_a_database_of_another_program_is_left_alone(desk: Desk) -> None:
    with sqlite3.connect(desk.folder / "theirs.db") as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    desk.store = desk.folder / "theirs.db"
    before = desk.store.read_bytes()
    for command in (*READING[2:3], *WRITING):
        assert "another program" in one_line(desk(*command))
    assert desk.store.read_bytes() == before
    assert APPLICATION_ID.to_bytes(4, "big") not in before


# Where the store lies


def test_a_path_with_chinese_and_spaces_is_a_path_like_any_other(desk: Desk) -> None:
    desk.store = desk.folder / "报关 数据 %41 #1?" / "仓库 ü & 'store'.db"
    assert desk("ingest", "more").code == 0
    for command in (*WRITING, *READING[2:5], *READING[-2:]):
        ran = desk(*command)
        assert (ran.code, ran.err) == (0, b"")
    assert [file.name for file in desk.store.parent.iterdir()] == [desk.store.name]


def test_a_folder_that_was_deleted_holds_no_store_and_is_made_anew(desk: Desk) -> None:
    shutil.rmtree(desk.store.parent)
    for command in (("list",), ("store", "verify"), ("check",)):
        assert "there is no store" in one_line(desk(*command))
    assert not desk.store.parent.exists()
    assert desk("ingest", "more").code == 0
    assert len(desk.told()[1]) == desk.waiting  # type: ignore[arg-type]


def test_nothing_is_acknowledged_into_a_store_that_was_deleted_meanwhile(desk: Desk) -> None:
    done: list[bool] = []
    with open_store(desk.store) as store:
        shutil.rmtree(desk.store.parent)
        file = more()[0]
        item = Item(file.name, file.data, done=lambda: done.append(True))
        with pytest.raises(StoreError):
            intake.ingest(store, [item], NOW)
    assert done == []


# A clock that jumps back


def test_a_clock_that_jumps_back_changes_nothing_that_is_told(desk: Desk) -> None:
    earlier = NOW - timedelta(days=365 * 20)
    twin = desk.folder / "twin.db"
    for path, now in ((desk.store, earlier), (twin, NOW)):
        if path == twin:
            fill(path)
        with open_store(path) as store:
            intake.ingest(store, [Item(f.name, f.data) for f in more()], now)
            again = intake.ingest(store, [Item(f.name, f.data) for f in more()], earlier)
            assert (again.new, again.duplicate) == (0, len(more()))
            assert list(integrity.verify(store)) == []
    with open_store(desk.store) as store, open_store(twin) as other:
        assert [m.id for m in store.messages()] == [m.id for m in other.messages()]
        assert list(store.timelines()) == list(other.timelines())


def test_a_check_from_an_earlier_moment_keeps_every_alert_and_its_id(desk: Desk) -> None:
    """Thirty years back there is no calendar, which is an alert of its own."""

    def about_declarations() -> dict[str, tuple[AlertState, datetime]]:
        told = (a for a in records.all_alerts(store) if a.rule != "calendar_missing")
        return {alert.id: (alert.state, alert.since) for alert in told}

    with open_store(desk.store) as store:
        before = about_declarations()
        assert before
        for days in (5, 120, 240, 365 * 30):
            evaluation.check(store, Context(NOW - timedelta(days=days)))
            assert about_declarations().keys() == before.keys()
        evaluation.check(store, Context(NOW))
        assert about_declarations() == before
        assert list(integrity.verify(store)) == []


def test_an_alert_is_not_over_because_the_clock_jumped_back(desk: Desk) -> None:
    for days in range(0, 300, 3):
        with open_store(desk.store) as store:
            told = evaluation.check(store, Context(NOW - timedelta(days=days)))
            assert told.resolved == ()
            assert all(a.state is not AlertState.RESOLVED for a in records.all_alerts(store))
            again = evaluation.check(store, Context(NOW)).new
            assert all(alert.transitions[-1].why == "severity" for alert in again)


def test_the_command_with_an_earlier_moment_says_nothing_wrong(desk: Desk) -> None:
    for moment in ("2026-11-01", "2026-03-04", "1999-12-31", "2026-11-01"):
        ran = desk("check", "--as-of", moment)
        assert (ran.code, ran.err) == (0, b"")
    assert desk("store", "verify").code == 0
