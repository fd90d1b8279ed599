"""The same messages give the same answers to the byte, in whatever order and batches they come.

By hand, and for longer: ``python -m tests.whole.test_orders 400``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from benchmarks.server import Server
from clearance.alerting import evaluation
from clearance.alerting.rules import Context
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File
from clearance.render import alerts as pages
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, integrity, query
from tests.timelines.test_linking import Teller, as_json, at

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 3, 9, tzinfo=ZONE)
UNREADABLE = (
    b"<DEC_RESULT><CHANNEL>P",
    b"<Order/>",
    b"<DEC_RESULT><CHANNEL>7</CHANNEL></DEC_RESULT>",
)
STORES = ("memory:", "store.db")


def story(seed: int) -> list[File]:
    """Messages that share few numbers, names and minutes; some cannot be read.

    Two that are refused may differ by name only.
    """
    random = Random(seed)
    files = Teller(random).files()
    for number in range(random.choice((0, 1, 3))):
        data = random.choice(UNREADABLE)
        files.append(File(f"Receipt_odd{number}.xml", data, at(number)))
    return files


def ways(files: Sequence[File], seed: int) -> Iterator[list[list[File]]]:
    """The same files at once; one by one, shuffled; backwards; and in batches, some twice."""
    random = Random(seed)
    yield [list(files)]
    shuffled = random.sample(files, len(files))
    yield [[file] for file in shuffled]
    yield [list(reversed(files))]
    again = [*shuffled, *random.choices(files, k=3)]
    random.shuffle(again)
    cut = random.randint(0, len(again))
    yield [again[:cut], again[cut:], list(files[:1])]


def answers(store: Store) -> str:
    """Everything that a store answers: timelines, a check, refusals, feeds."""
    context = Context(NOW)
    checked = pages.checked(evaluation.check(store, context), (), NOW, "en").json
    refused = sorted((r.id, r.name, r.kind, r.reason) for r in store.refused())
    feeds = sorted(map(str, store.records("feed")))
    timelines = as_json(query.snapshot(store, None, NOW))
    assert list(integrity.verify(store)) == []
    return json.dumps([timelines, checked, refused, feeds], ensure_ascii=False, indent=1)


def read_in(url: str | Path, batches: Sequence[Sequence[File]]) -> str:
    """What a store answers after it read some batches."""
    with open_store(url) as store:
        for batch in batches:
            intake.ingest(store, [Item(file.name, file.data) for file in batch], NOW)
        return answers(store)


def differences(seed: int, folder: Path) -> list[str]:
    """The ways in which a story gives another answer than read at once into memory."""
    files = story(seed)
    expected = read_in("memory:", [files])
    found = []
    for number, batches in enumerate(ways(files, seed)):
        for name in STORES:
            url = name if name == "memory:" else folder / f"{seed} {number}.db"
            if read_in(url, batches) != expected:
                found.append(f"story {seed}, way {number}, {name}")
    return found


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_a_story_gives_the_same_answers_in_every_order_of_arrival(
    first: int, tmp_path: Path
) -> None:
    wrong = [one for seed in range(first, first + 10) for one in differences(seed, tmp_path)]
    assert wrong == []


@pytest.mark.parametrize("seed", range(0, 40, 10))
def test_a_shared_store_gives_the_same_answers_in_every_order_of_arrival(
    server: Server, seed: int
) -> None:
    files = story(seed)
    expected = read_in("memory:", [files])
    for batches in ways(files, seed):
        with server.schema() as url:
            assert read_in(url, batches) == expected


def test_it_does_so_in_other_processes_too(tmp_path: Path) -> None:
    """Sets of text are in another order in each process."""
    line = [sys.executable, "-m", "tests.whole.test_orders", "--print", "7"]
    told = {
        subprocess.run(line, check=True, capture_output=True, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
    assert told != {b""}


def main(arguments: Sequence[str]) -> int:
    """Tries as many stories as asked, and tells which differ; or prints the answers of one."""
    if arguments[:1] == ["--print"]:
        sys.stdout.buffer.write(read_in("memory:", [story(int(arguments[1]))]).encode())
        return 0
    found = []
    for seed in range(int(arguments[0])):
        with TemporaryDirectory() as folder:
            found += differences(seed, Path(folder))
    sys.stdout.write(
        f"{arguments[0]} stories x 4 ways x {len(STORES)} stores: {len(found)} differ\n"
    )
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
