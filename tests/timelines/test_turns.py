"""A large folder, and a zip file of many members, that two processes read in turns."""

from __future__ import annotations

import json
import os
import pickle
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from itertools import count, takewhile
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from clearance import sources
from clearance.customs.calendars import OFFICIAL
from clearance.customs.cn_single_window import demo
from clearance.sources import Ended, Item, Items, folder, zip
from clearance.sources.folder import Files
from clearance.sources.remembered import REMEMBERED, Memory
from clearance.stores import Store, open_store
from clearance.timelines import intake, turns
from clearance.timelines.intake import Ingested
from tests.cli.support import HELLO
from tests.conftest import AS_OF, laid, settled, stories
from tests.loading import unmeasured
from tests.test_processes import linux

PART = 6
"""Files in each part."""
SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime.fromisoformat(AS_OF)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_PIECE_FILES", PART // 2)
    monkeypatch.setattr(turns, "_PART", PART)
    monkeypatch.setattr(turns, "_ENOUGH", PART // 2)
    monkeypatch.setattr(folder, "is_racy", lambda *_: False)
    monkeypatch.setattr(folder, "_ZIPPED_BYTES", 1)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder with the stories, what is refused, what is no message, and a folder below."""
    box = laid(stories(), tmp_path / "box")
    for number, file in enumerate(sorted((SAMPLES / "refuse").iterdir())):
        shutil.copy(file, box / f"{number}{file.name}")
    (box / "letter.txt").write_bytes(HELLO)
    (box / "read me.pdf").write_bytes(b"%PDF-1.7")
    laid(demo.traffic(10), box / "below")
    for file in box.rglob("*"):
        settled(file)
    return box


@pytest.fixture
def zipped(box: Path, tmp_path: Path) -> Path:
    """A folder with all of that in a zip file, between two files."""
    return packed(box, tmp_path / "zipped")


def packed(box: Path, folder: Path) -> Path:
    """A new folder with a zip file of what is in another, between two files."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "Receipts.ZIP", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(box.rglob("*")):
            archive.write(file, file.relative_to(box))
    first, *_, last = sorted(box.rglob("Receipt_*.xml"))
    shutil.copy(first, folder / "A.xml")
    shutil.copy(last, folder / "Z.xml")
    for file in folder.iterdir():
        settled(file)
    return folder


@contextmanager
def opened(file: Path) -> Iterator[tuple[Store, Memory]]:
    with open_store(str(file)) as store:
        yield store, Memory(store, "1")


def by_one(box: Path, file: Path, archive: Path | None = None) -> Ingested:
    """What one process does that commits part by part."""
    with opened(file) as (store, memory):
        listed = sources.listed([box], archive, file, None, memory)
        return intake.ingest(store, _part_by_part(listed), NOW, memory=memory)


def _part_by_part(listed: Iterable[folder.Listed]) -> Items:
    for each in turns.in_parts(listed):
        if isinstance(each, Item | Ended):
            yield each
        else:
            yield from each.items()
            yield None


def by_two(box: Path, file: Path, archive: Path | None = None) -> Ingested:
    """The same by two; the second is a thread here, with a store of its own."""
    if not hasattr(select, "poll"):
        pytest.skip("where there is no poll there is no second process either")
    asked, asks = os.pipe()
    told, tells = os.pipe()

    def serve() -> None:
        with os.fdopen(asked, "rb") as requests, os.fdopen(tells, "wb") as answers:
            turns.serve(requests, answers, lambda: opened(file), NOW, OFFICIAL)

    helper = Thread(target=serve)
    helper.start()
    with (
        os.fdopen(told, "rb") as answers,
        os.fdopen(asks, "wb") as requests,
        opened(file) as (store, memory),
    ):
        second = turns.Second(requests, answers)
        items = second.share(sources.listed([box], archive, file, None, memory))
        result = intake.ingest(store, items, NOW, OFFICIAL, memory, second)
        with suppress(OSError):  # nobody may listen any more
            requests.close()
    helper.join()
    return result


def kept(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that is in a store."""
    with closing(sqlite3.connect(file)) as store:
        tables = store.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        return {
            table: sorted(store.execute(f'SELECT * FROM "{table}"').fetchall(), key=str)
            for (table,) in tables
        }


def timings(file: Path) -> list[str]:
    """The timings of every declaration, whatever number it has in the store."""
    return sorted(str(text) for _, text, _ in kept(file)["timings"])


def told(result: Ingested) -> dict[str, object]:
    """What an ingest tells, as values that can be compared."""
    passed = [(str(why), names) for why, names in result.passed]
    refused = [(refusal.id, str(refusal.said)) for refusal in result.refusals]
    skipped = ("passed", "passed_names", "refusals", "dropped")
    return {
        **{name: value for name, value in vars(result).items() if name not in skipped},
        "passed": passed,
        "refused": refused,
    }


@pytest.mark.parametrize("kind", ["box", "zipped"])
@pytest.mark.parametrize("batch", [intake.BATCH, PART // 2])
def test_two_keep_and_tell_to_the_byte_what_one_does(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    kind: str,
) -> None:
    """Also where a part takes several commits."""
    box: Path = request.getfixturevalue(kind)
    monkeypatch.setattr(intake, "BATCH", batch)
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    alone, together = by_one(box, one), by_two(box, two)
    assert alone.new > 3 * PART
    assert alone.refused > PART
    assert alone.passed
    assert told(together) == told(alone)
    assert kept(two) == kept(one)
    assert together.begun == {}


def test_a_zip_file_in_parts_tells_what_it_tells_as_a_whole(zipped: Path, tmp_path: Path) -> None:
    """Only the commits are others."""
    with opened(tmp_path / "whole.db") as (store, memory):
        items = sources.items([zipped], None, tmp_path / "whole.db", None, memory)
        whole = intake.ingest(store, items, NOW, memory=memory)
    in_parts = by_two(zipped, tmp_path / "two.db")
    assert told(in_parts) == told(whole)
    parts, all_at_once = (kept(tmp_path / name) for name in ("two.db", "whole.db"))
    for table in ("messages", "refused", "timings"):
        assert len(parts[table]) == len(all_at_once[table]) > PART
    assert timings(tmp_path / "two.db") == timings(tmp_path / "whole.db")
    with opened(tmp_path / "two.db") as (two, _), opened(tmp_path / "whole.db") as (one, _):
        assert list(two.records(REMEMBERED)) == list(one.records(REMEMBERED)) != []


@pytest.mark.parametrize("place", [0, PART // 2, 2 * PART, -1])
def test_an_archive_takes_a_zip_file_if_all_in_every_part_was_read(
    tmp_path: Path, place: int
) -> None:
    """Whoever read the part in which something is refused."""
    good, bad = (laid(demo.traffic(12), tmp_path / name) for name in ("good", "bad"))
    sorted(bad.iterdir())[1:-1][place].write_bytes(b"<DEC_RESULT>?</DEC_RESULT>")
    for number, (box, left) in enumerate(((good, False), (bad, True))):
        folder = packed(box, tmp_path / f"zip {number}")
        archive = tmp_path / f"archive {number}"
        done = by_two(folder, tmp_path / f"{number}.db", archive)
        assert (folder / "Receipts.ZIP").exists() is left
        assert (archive / "Receipts.ZIP").exists() is not left
        assert done.refused == left
        assert done.unmoved == []


def test_a_zip_file_that_is_written_to_while_it_is_read_is_refused_once_and_read_again(
    zipped: Path, tmp_path: Path
) -> None:
    file = zipped / "Receipts.ZIP"
    with opened(tmp_path / "one.db") as (store, memory):
        listed = sources.listed([zipped], None, tmp_path / "one.db", None, memory)
        items = iter(_part_by_part(listed))
        read = list(takewhile(lambda item: item is not None, items))
        read += list(takewhile(lambda item: item is not None, items))
        assert any(isinstance(item, Item) and item.place == str(file) for item in read)
        with file.open("ab") as growing:
            growing.write(b"more")
        settled(file)
        done = intake.ingest(store, [*read, *items], NOW, memory=memory)
    of_file = [refusal for refusal in done.refusals if refusal.name == "Receipts.ZIP"]
    assert len(of_file) == 1
    assert "the zip file was written to while it was read" in str(of_file[0].said)
    again = by_two(zipped, tmp_path / "one.db")
    assert again.read > again.known
    assert again.new > 2 * PART


def _joined(file: Path, other: Path) -> None:
    """Puts a zip file behind another: what was in the first is in no list then."""
    file.write_bytes(file.read_bytes() + other.read_bytes())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-30]),
        lambda file: file.write_bytes(b"<a/>" * 100),
        lambda file: _joined(file, file),
        lambda file: zipfile.ZipFile(file, "w").writestr("a.xml", "<a/>" * 100),
    ],
    ids=["cut short", "no zip file", "two joined", "of one member"],
)
def test_a_zip_file_with_which_something_is_wrong_is_read_as_a_whole(
    zipped: Path, tmp_path: Path, spoil: Any
) -> None:
    spoil(zipped / "Receipts.ZIP")
    settled(zipped / "Receipts.ZIP")
    listed = list(sources.listed([zipped]))
    assert {type(each) for each in listed} == {Files}
    alone = by_one(zipped, tmp_path / "one.db")
    assert told(by_two(zipped, tmp_path / "two.db")) == told(alone)


@pytest.mark.parametrize("gone_after", [0, 1, 2])
@pytest.mark.parametrize("archived", [False, True])
def test_a_zip_file_that_is_away_for_a_moment_is_waited_for_and_read_again(
    tmp_path: Path, gone_after: int, archived: bool
) -> None:
    """As on a share that drops: it is neither remembered nor moved while a piece is missing."""
    zipped = packed(laid(demo.traffic(12), tmp_path / "good"), tmp_path / "zipped")
    archive = tmp_path / "archive" if archived else None
    file, away = zipped / "Receipts.ZIP", tmp_path / "away"

    def dropping(listed: Iterable[folder.Listed]) -> Items:
        pieces = 0
        for each in listed:
            if isinstance(each, Item | Ended):
                away.exists() and away.rename(file)
                yield each
                continue
            if isinstance(each, zip.Members):
                pieces += 1
                if pieces == gone_after + 1:
                    file.rename(away)
            yield from each.items()
            yield None

    now = datetime.now(UTC)
    with opened(tmp_path / "one.db") as (store, memory):
        listed = sources.listed([zipped], archive, tmp_path / "one.db", None, memory)
        done = intake.ingest(store, dropping(listed), now, memory=memory)
    assert (done.refused, done.unmoved, done.half_written) == (0, [], [str(file)])
    assert file.exists()
    shutil.copytree(zipped, tmp_path / "copy")
    whole = by_two(tmp_path / "copy", tmp_path / "other.db")
    again = by_two(zipped, tmp_path / "one.db", archive)
    assert file.exists() is not archived
    assert again.new + done.new == whole.new
    assert timings(tmp_path / "one.db") == timings(tmp_path / "other.db")


def test_the_first_part_is_half_as_large_and_only_that(box: Path) -> None:
    """While the second writes it, the first has not yet read a whole one."""
    first, *others, _ = (part.count for part in parts_of(box))
    assert first == PART // 2
    assert PART <= min(others) <= max(others) < PART + PART // 2
    assert sum(part.count for part in parts_of(box)) == sum(
        file.is_file() for file in box.rglob("*")
    )


def parts_of(*paths: Path) -> list[turns.Part]:
    parts = turns.in_parts(sources.listed(paths))
    return [part for part in parts if isinstance(part, turns.Part)]


def test_small_folders_and_single_files_are_put_together(tmp_path: Path) -> None:
    """Or each would be a commit of its own, and two processes would take longer than one."""
    files = [tmp_path / f"{n:03}" / f"{name}.xml" for n in range(4 * PART) for name in "ab"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(HELLO)
    for paths in ([tmp_path], files):
        parts = parts_of(*paths)
        assert len(parts) <= len(files) // PART + 1
        assert [item.place for part in parts for item in part.items()] == list(map(str, files))


@pytest.mark.skipif(not hasattr(select, "poll"), reason="nor is there a second process")
def test_a_few_new_files_are_read_by_the_first_alone(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are that were read before: to begin would take the second longer."""
    by_one(box, tmp_path / "one.db")
    for name in ("new.xml", "newer.xml"):
        (box / name).write_bytes(HELLO)
    told: list[object] = []
    monkeypatch.setattr(turns, "_tell", lambda _, what: told.append(what))
    with open(os.devnull, "rb") as answers, opened(tmp_path / "one.db") as (_, memory):
        second = turns.Second(BytesIO(), answers)
        items = [item for item in second.share(sources.listed([box], memory=memory)) if item]
        assert {"new.xml", "newer.xml"} <= {item.name for item in items if isinstance(item, Item)}
    assert told == []


@pytest.mark.skipif(not hasattr(select, "poll"), reason="nor is there a second process")
def test_folders_of_few_files_are_shared_when_they_are_many_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "_ENOUGH", 5)
    told: list[object] = []
    monkeypatch.setattr(turns, "_tell", lambda _, what: told.append(what))
    pieces = [Files(str(number), ["gone.xml", "gone too.xml"]) for number in range(4)]
    with open(os.devnull, "rb") as answers:
        list(turns.Second(BytesIO(), answers).share(pieces))
    assert told == [turns.Part(pieces[2:]), turns._YOUR_TURN]


@pytest.mark.skipif(not hasattr(select, "poll"), reason="nor is there a second process")
def test_the_second_is_given_its_next_part_as_soon_as_it_has_written(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is still reading then, so that neither waits for the other to read."""
    told: list[object] = []
    monkeypatch.setattr(turns, "_tell", lambda _, what: told.append(what))
    parts = parts_of(box / "below")
    first = parts[0].count
    done = Ingested()
    done.read = first
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as answers, os.fdopen(writes, "wb") as answering:
        second = turns.Second(BytesIO(), answers)
        items = iter(second.share(sources.listed([box / "below"])))
        assert next(items) is None
        assert isinstance(next(items), Item)
        assert told == [parts[0], turns._YOUR_TURN]
        pickle.dump(done, answering)
        answering.flush()
        assert isinstance(next(items), Item)
        assert told == [parts[0], turns._YOUR_TURN, parts[2]]
        own = list(takewhile(lambda item: item is not None, items))
        assert len(own) == PART - 2
        assert told[3:] == []
        assert next(items) is None
        assert isinstance(next(items), Item)
        assert told[3:] == [turns._YOUR_TURN]
        assert (second.files, second.total.read) == (first, first)


@pytest.mark.parametrize("kind", ["box", "zipped"])
def test_two_that_read_again_know_every_file(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    box: Path = request.getfixturevalue(kind)
    file = tmp_path / "two.db"
    first = by_two(box, file)
    before = kept(file)
    again = by_two(box, file)
    assert (again.new, again.refused, again.read) == (0, 0, first.read)
    assert again.passed_over == first.passed_over
    assert again.known == (first.read + first.passed_over if kind == "box" else 3)
    assert kept(file) == before


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("writes_first", [True, False])
@pytest.mark.parametrize("kind", ["box", "zipped"])
def test_what_a_second_process_does_not_finish_the_first_does(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    writes_first: bool,
    kind: str,
) -> None:
    """The second ends in one of its parts, before it has written it or before it has said so."""
    box: Path = request.getfixturevalue(kind)
    numbers = count()

    def ending(*given: Any) -> None:
        ends = next(numbers) == number
        if writes_first or not ends:
            intake.take_in(*given)
        if ends:
            raise EOFError

    monkeypatch.setattr(turns, "take_in", ending)
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    alone, together = by_one(box, one), by_two(box, two)
    assert together.read == alone.read
    assert timings(two) == timings(one)
    tables = ("messages", "declarations", "refused")
    assert [len(kept(two)[table]) for table in tables] == [len(kept(one)[t]) for t in tables]


def test_an_archive_takes_what_either_has_read(box: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    before = {file.name for file in box.rglob("*.xml")}
    done = by_two(box, tmp_path / "two.db", archive)
    left = {file.name for file in box.rglob("*.xml")}
    assert {file.name for file in archive.rglob("*.xml")} == before - left
    assert len(before - left) == done.new


def test_what_cannot_be_moved_is_told_once_with_all_names(box: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(b"in the way")
    one = by_one(box, tmp_path / "one.db", archive)
    two = by_two(box, tmp_path / "two.db", archive)
    assert [names for _, names in two.unmoved] == [names for _, names in one.unmoved]


def test_a_folder_below_that_cannot_be_listed_is_refused_and_the_rest_is_read(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> Any:
        if str(path).endswith("below"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    scan = os.scandir
    monkeypatch.setattr(os, "scandir", refuse)
    alone = by_one(box, tmp_path / "one.db")
    assert told(by_two(box, tmp_path / "two.db")) == told(alone)
    assert "cannot be listed" in str(alone.refusals[-1].said)


def test_files_below_are_counted_up_to_a_limit(box: Path) -> None:
    count = sum(file.is_file() for file in box.rglob("*"))
    assert folder.holds_more([box], count - 1)
    assert not folder.holds_more([box], count)
    assert folder.holds_more([box / "letter.txt"], 0)
    assert not folder.holds_more([box / "letter.txt"], 1)


# The real command

MANY = 1100
"""Declarations whose files are so many that the command reads them in turns."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid(demo.traffic(MANY), tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def many_in_one(many: Path) -> Path:
    """The same in a zip file."""
    file = many.parent / "many.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in many.iterdir():
            archive.write(each, each.name)
    return file


def started(environment: Mapping[str, str], many: Path, file: Path) -> subprocess.Popen[bytes]:
    command = ["ingest", str(many), "--store", str(file), "--format", "json"]
    return subprocess.Popen(
        [sys.executable, "-m", "clearance", *command],
        env=unmeasured(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def seconds_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a process has started, once there is any; none if it ends before."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        with suppress(OSError):
            if found := children.read_text().split():
                return [int(one) for one in found]
        time.sleep(0.001)
    return []


def numbers(file: Path) -> tuple[int, ...]:
    """How many messages, declarations, and different messages a store holds, if it is whole."""
    with open_store(str(file)) as store:
        assert list(store.damage()) == []
        ids = [message.id for message in store.messages()]
        return len(ids), len(store.ids()), len(set(ids))


@linux
@pytest.mark.slow
@pytest.mark.parametrize("after", [0.0, 0.2, 0.4, 0.6])
@pytest.mark.parametrize("kind", ["many", "many_in_one"])
def test_a_second_process_that_is_killed_is_not_missed(
    request: pytest.FixtureRequest,
    environment: dict[str, str],
    tmp_path: Path,
    many: Path,
    after: float,
    kind: str,
) -> None:
    process = started(environment, request.getfixturevalue(kind), tmp_path / "two.db")
    if len(os.sched_getaffinity(0)) > 1:
        (second,) = seconds_of(process)
        time.sleep(after)
        with suppress(ProcessLookupError):
            os.kill(second, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    files = len(list(many.iterdir()))
    assert (process.returncode, err) == (0, b"")
    assert numbers(tmp_path / "two.db") == (files, MANY, files)
    assert json.loads(out)["read"] == files


@linux
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_second_process_ends_with_the_first(
    environment: dict[str, str], tmp_path: Path, many: Path, how: int
) -> None:
    file = tmp_path / "two.db"
    process = started(environment, many, file)
    begun = seconds_of(process)
    time.sleep(0.5)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    for second in begun:
        until = time.monotonic() + 30
        while Path(f"/proc/{second}").exists() and time.monotonic() < until:
            time.sleep(0.01)
        assert not Path(f"/proc/{second}").exists()
    again = started(environment, many, file)
    again.communicate(timeout=60)
    files = len(list(many.iterdir()))
    assert numbers(file) == (files, MANY, files)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files none of which can be read: what is told of a part of them fills a pipe many times."""
    box = tmp_path_factory.mktemp("broken")
    for number in range(2 * 3000 + 100):
        file = box / f"Receipt_{number}.xml"
        file.write_bytes(b"<DEC_RESULT>%d" % number)
        settled(file)
    return box


@linux
@pytest.mark.slow
@pytest.mark.parametrize("after", [0.1, 0.2, 0.3, 0.4, 0.5])
def test_an_interruption_ends_both_also_where_much_is_left_to_be_told(
    environment: dict[str, str], tmp_path: Path, broken: Path, after: float
) -> None:
    process = started(environment, broken, tmp_path / "two.db")
    seconds = seconds_of(process)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode in (130, 3)
    assert not any(Path(f"/proc/{second}").exists() for second in seconds)


def test_members_of_equal_names_come_in_the_order_of_the_zip_file(tmp_path: Path) -> None:
    file = tmp_path / "twice.zip"
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, that a name is there already
        for number in range(3 * PART):
            archive.writestr("b.xml" if number % 2 else "a.xml", f"<n>{number}</n>")
    places = [int(item.data[3:-4]) for part in parts_of(file) for item in part.items()]
    assert places == [*range(0, 3 * PART, 2), *range(1, 3 * PART, 2)]
    assert [item.data for item in sources.items([file])] == [b"<n>%d</n>" % n for n in places]
