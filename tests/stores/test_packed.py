"""What reports need, by columns: always what the documents say, whoever wrote these."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.customs.unpacking import parse
from clearance.errors import StoreBusy
from clearance.model import Declaration, Timings, replace
from clearance.stores import open_store, packed
from clearance.stores.alike import (
    Alike,
    joined,
    of_document,
    of_documents,
    of_timings,
    to_document,
)
from clearance.stores.codec import UNDATED, from_timings
from clearance.stores.tinydb import TinyStore
from clearance.timelines import derive, intake
from tests.stores.support import NOW, files, items

EVER = [(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))]
MADE = derive.link(event for file in files(40) for event in parse(file.data, file.name))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_BLOCK", 8)
    monkeypatch.setattr(packed, "_AT_ONCE", 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TinyStore]:
    with TinyStore(str(tmp_path / "store.db"), 5.0) as opened:
        yield opened


def told(store: TinyStore) -> dict[int, Timings]:
    """What a report is given of all that has a date."""
    given = [
        (id, timing)
        for some in store.timings_within("counted_at", EVER)
        for id, timing in some.by_id()
    ]
    assert len(given) == len(dict(given))
    return dict(given)


def said(store: TinyStore) -> dict[int, Timings]:
    """The same by the documents."""
    return {id: one for id, one in store.timings() if one.counted_at is not None}


def dated(given: dict[int, Timings]) -> dict[int, Timings]:
    return {id: one for id, one in given.items() if one.counted_at is not None}


def altered(store: TinyStore, sql: str, parameters: Sequence[int] = ()) -> None:
    """Changes the file as a disk does, or what knows of no blocks."""
    with closing(sqlite3.connect(store.url)) as file, file:
        file.execute(sql, parameters)


def blocks(store: TinyStore) -> int:
    names = store._storage.rows("SELECT name FROM sqlite_master WHERE name='packed_2'")
    return len(store._storage.rows("SELECT id FROM packed_2 WHERE id >= 0")) if names else 0


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["new", "again", "gone", "pack", "other", "anew"]), st.integers(0, 10**6)
    ),
    max_size=14,
)


def act(store: TinyStore, action: str, seed: int) -> None:
    """Writes as an ingest does, as another version does, or packs."""
    chance = random.Random(seed)
    there = sorted(store.ids())
    some = chance.sample(there, min(len(there), chance.randrange(1, 12)))
    if action == "new":
        store.save_timelines((None, one) for one in chance.sample(MADE, chance.randrange(1, 20)))
    elif action == "again":
        store.save_timelines((id, chance.choice(MADE)) for id in some)
    elif action == "gone":
        store.delete_timelines(some)
    elif action == "pack":
        store.pack()
    elif action == "anew":
        with store.transaction():
            store.clear_timelines()
            store.save_timelines((None, one) for one in MADE[:20])
    elif some:  # by what knows of no blocks
        altered(store, "DELETE FROM timings WHERE id=?", some[:1])


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_whatever_was_written_and_packed_a_report_is_given_what_the_documents_say(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("packed") / "store.db"
    with TinyStore(str(path), 5.0) as store:
        store.save_timelines((None, one) for one in MADE)
        for action, seed in (*actions, ("pack", 0)):
            act(store, action, seed)
            assert dated(told(store)) == said(store)
            undated = {id for id, one in store.timings() if one.counted_at is None}
            assert store.undated() == undated


def test_what_another_version_wrote_is_read_from_its_document(store: TinyStore) -> None:
    ids = store.save_timelines((None, one) for one in MADE[:24])
    store.pack()
    assert blocks(store) == 4
    changed = next(one for one in MADE if one.name != MADE[3].name)
    with TinyStore(store.url, 5.0) as scratch:
        scratch.save_timelines([(ids[3], changed)])
    assert told(store)[ids[3]] == Timings.of(changed)
    altered(store, "DELETE FROM timings WHERE id=?", (ids[5],))
    assert ids[5] not in told(store)


def test_a_block_that_is_spoilt_is_not_missed(store: TinyStore) -> None:
    store.save_timelines((None, one) for one in MADE[:24])
    store.pack()
    altered(store, "UPDATE packed_2 SET doc = replace(doc, 'cleared', 'clearer') WHERE id = 1")
    assert told(store) == said(store)
    assert store.unreadable == 0
    (wrong,) = store.damage()
    assert "packed_2" in str(wrong)
    assert "store rebuild" in str(wrong)
    assert "salvage" not in str(wrong)


def test_where_the_ranges_of_blocks_are_spoilt_all_is_read_and_packed_anew(
    store: TinyStore,
) -> None:
    store.save_timelines((None, one) for one in MADE[:24])
    store.pack()
    altered(store, "UPDATE packed_2 SET doc = '{}' WHERE id < 0")
    assert told(store) == said(store)
    assert store.unreadable == 0
    assert list(store.damage())
    store.pack()
    assert not list(store.damage())
    assert told(store) == said(store)


def test_a_report_of_a_time_reads_the_blocks_of_it(store: TinyStore) -> None:
    made = sorted((one for one in MADE if one.declared_at), key=lambda one: str(one.declared_at))
    store.save_timelines((None, one) for one in made[:32])
    store.pack()
    for when in ("counted_at", "cleared_at"):
        moments = sorted(at for _, one in store.timings() if (at := getattr(one, when)))
        for low, high in zip(moments[::5], moments[3::5], strict=False):
            spans = [(datetime.fromtimestamp(low, UTC), datetime.fromtimestamp(high, UTC))]
            found = {id for some in store.timings_within(when, spans) for id in some.ids}
            wanted = {
                id for id, one in store.timings() if (at := getattr(one, when)) and low <= at < high
            }
            assert wanted <= found
            assert len(found) < 32 or when == "cleared_at"


def test_a_document_that_is_spoilt_is_not_hidden_by_its_block(store: TinyStore) -> None:
    """It is seen as before: what is packed anew leaves its block as it was."""
    ids = store.save_timelines((None, one) for one in MADE[:24])
    altered(store, "UPDATE timings SET crc = crc + 1 WHERE id = ?", (ids[9],))
    store.pack()
    assert ids[9] not in told(store)
    assert store.unreadable == 1


def test_a_block_that_does_not_fit_its_documents_is_told(store: TinyStore) -> None:
    """As where the disk has lost what was written since."""
    ids = store.save_timelines((None, one) for one in MADE[:24])
    store.pack()
    assert not list(store.damage())
    store.save_timelines([(ids[3], MADE[30]), (None, MADE[31])])
    assert not list(store.damage())
    altered(store, 'DELETE FROM "packed_2__keys"')
    (told,) = store.damage()
    assert "2 declarations" in str(told)


def test_what_has_no_date_is_found_by_an_index_once_much_is_packed(store: TinyStore) -> None:
    drafts = [replace(one, declared_at=None, dated_at=None) for one in MADE[:3]]
    ids = store.save_timelines((None, one) for one in (*drafts, *MADE[3:24]))
    store.pack()
    assert store.undated() == {*ids[:3]}
    ((*_, plan),) = store._storage.rows(
        f"EXPLAIN QUERY PLAN SELECT id FROM timings WHERE {UNDATED}"
    )
    assert "packed_2_undated" in plan


def test_what_an_earlier_version_packed_goes_with_all_that_kept_it_up_to_date(
    store: TinyStore,
) -> None:
    ids = store.save_timelines((None, one) for one in MADE[:24])
    for sql in (
        "CREATE TABLE packed_1 (id INTEGER PRIMARY KEY, doc TEXT, crc INTEGER)",
        "CREATE TABLE packed_1__keys (id INTEGER PRIMARY KEY)",
        "CREATE INDEX packed_1_undated ON timings (id)",
        *(
            f"CREATE TRIGGER packed_1_{event.lower()} AFTER {event} ON timings BEGIN "
            f"INSERT OR IGNORE INTO packed_1__keys VALUES ({row}.id); END"
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
        ),
    ):
        altered(store, sql)
    altered(store, "INSERT INTO packed_1 VALUES (1, '{}', 1)")
    with TinyStore(store.url, 5.0) as opened:
        (told_of,) = opened.damage()
        assert "store rebuild makes it anew" in str(told_of)
        opened.save_timelines([(ids[0], MADE[30])])
        opened.pack()
        assert blocks(opened) == 4
        assert not opened._storage.rows("SELECT * FROM sqlite_master WHERE name LIKE 'packed_1%'")
        opened.save_timelines([(ids[1], MADE[31])])
        opened.delete_timelines([ids[2]])
        assert told(opened) == said(opened)
    altered(store, "CREATE TABLE packed_1 (id INTEGER PRIMARY KEY, doc TEXT, crc INTEGER)")
    with TinyStore(store.url, 5.0) as opened:
        opened.pack()
        assert not opened._storage.rows("SELECT * FROM sqlite_master WHERE name LIKE 'packed_1%'")


def test_little_is_not_packed_and_much_is_once(store: TinyStore) -> None:
    ids = store.save_timelines((None, one) for one in MADE[:7])
    store.pack()
    assert blocks(store) == 0
    store.save_timelines((None, one) for one in MADE[7:16])
    store.pack()
    assert blocks(store) == 3
    store.save_timelines((id, MADE[20]) for id in ids)
    store.pack()
    assert len(store._storage.rows('SELECT id FROM "packed_2__keys"')) == len(ids)
    assert told(store) == said(store)


def test_timelines_derived_anew_by_another_process_are_packed_anew(store: TinyStore) -> None:
    store.save_timelines((None, one) for one in MADE[:24])
    store.pack()
    with TinyStore(store.url, 5.0) as other, other.transaction():
        other.clear_timelines()
        other.save_timelines((None, one) for one in MADE[10:30])
    assert told(store) == said(store)
    store.pack()
    assert blocks(store) == 3
    assert told(store) == said(store)


def test_what_is_read_in_is_packed_once_a_day(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.db")) as opened:
        assert isinstance(opened, TinyStore)
        intake.ingest(opened, items(files(30)), NOW)
        assert blocks(opened) == 4
        assert told(opened) == said(opened)


FACTS = st.fixed_dictionaries(
    {
        "office": st.sampled_from([None, "2225", "5304"]),
        "customer": st.sampled_from([None, "A", "B"]),
        "gross_weight": st.sampled_from([None, "1.5", ""]),
        "containers": st.sampled_from([0, 1, 255, 256, 65536, 2**32, 2**63, -1, -(2**63) - 1]),
        "guaranteed": st.booleans(),
        "cutoff": st.sampled_from([None, "2026-03-02"]),
        "arrived_at": st.sampled_from([None, 0, -1, 1772000000, 2**32]),
        "returned": st.booleans(),
    }
)


@given(st.lists(FACTS, max_size=30))
def test_declarations_that_are_alike_keep_all_their_own(facts: list[dict[str, Any]]) -> None:
    """From timings, from documents, joined of parts, and in arrays, they are what they were."""
    made = [Timings.of(MADE[n % 30])._replace(**own) for n, own in enumerate(facts)]
    parts = [part for one in made for part in of_timings([one])]
    documents = of_documents(enumerate(map(from_timings, made)))
    in_arrays = (some.in_arrays() for some in joined(parts))
    for some in (of_timings(made), documents, joined(parts), joined(kept(parts)), in_arrays):
        found = list(some)
        assert sorted((t for one in found for t in one.timings()), key=repr) == sorted(
            made, key=repr
        )
        for one in found:
            for name in Timings._fields:
                if name != "path":
                    values = [getattr(timing, name) for timing in one.timings()]
                    assert list(one.values(name)) == values
                    assert (one.column(name) is None) or list(one.columns[name]) == values


def test_what_a_later_version_knows_besides_is_passed_over() -> None:
    documents = [{**from_timings(Timings.of(one)), "of_tomorrow": 1} for one in MADE[:9]]
    parts = list(of_documents(enumerate(documents)))
    for some in (parts, joined(kept(parts))):
        found = [timing for one in some for timing in one.timings()]
        assert sorted(found, key=repr) == sorted(map(Timings.of, MADE[:9]), key=repr)


def kept(parts: list[Alike]) -> Iterator[Alike]:
    """Declarations as a store keeps them and reads them."""
    return of_document(json.loads(json.dumps(to_document(parts))))


def test_what_is_read_in_is_kept_also_where_others_write_when_it_would_be_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: TinyStore) -> None:
        raise StoreBusy("{path} is being written by another process", path="store.db")

    monkeypatch.setattr(TinyStore, "pack", busy)
    with open_store(str(tmp_path / "store.db")) as opened:
        assert intake.ingest(opened, items(files(30)), NOW).new


def test_timings_and_documents_of_declarations_give_the_same_columns() -> None:
    declared = [one for one in map(Timings.of, MADE) if one.counted_at]
    documents = of_documents(enumerate(map(from_timings, declared)))
    by_document = [timing for some in documents for timing in some.timings()]
    by_timing = [timing for some in of_timings(declared) for timing in some.timings()]
    assert (
        sorted(by_document, key=repr) == sorted(by_timing, key=repr) == sorted(declared, key=repr)
    )


def test_what_is_packed_while_a_report_reads_is_not_missed(
    store: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [replace(one, declared_at=None, dated_at=None) for one in MADE[:24]]
    ids = store.save_timelines((None, one) for one in drafts)
    store.pack()
    store.save_timelines(zip(ids, MADE[:24], strict=True))
    asked: list[str] = []

    def meanwhile(name: str) -> Callable[[packed.Packed], Any]:
        real = getattr(packed.Packed, name)

        def ask(self: packed.Packed) -> Any:
            asked.append(name)
            if len(asked) == 2:
                with TinyStore(store.url, 5.0) as other:
                    other.pack()
            return real(self)

        return ask

    for name in ("_ranges", "_changed"):
        monkeypatch.setattr(packed.Packed, name, meanwhile(name))
    assert told(store) == said(store)
    assert len(asked) > 2


KILLED = """
import sys
from clearance.stores import packed
from clearance.stores.codec import UNDATED
from clearance.stores.tinydb import TinyStore
packed._BLOCK, packed._AT_ONCE = 8, 1
with TinyStore(sys.argv[1], 30.0) as store:
    print("begun", flush=True)
    while True:
        store.save_timelines(list(store.timelines())[::3])
        store.pack()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_what_is_killed_while_it_packs_leaves_what_the_documents_say(store: TinyStore) -> None:
    store.save_timelines((None, one) for one in (*MADE, *map(_renamed, MADE)))
    chance = random.Random(3)
    for _ in range(12):
        packing = subprocess.Popen(
            [sys.executable, "-c", KILLED, store.url], stdout=subprocess.PIPE
        )
        assert packing.stdout
        assert packing.stdout.readline() == b"begun\n"
        time.sleep(chance.random() / 4)
        os.kill(packing.pid, signal.SIGKILL)
        packing.wait()
        packing.stdout.close()
        assert told(store) == said(store)
    assert not list(store.damage())


def _renamed(one: Declaration) -> Declaration:
    return replace(one, name=f"{one.name}9")
