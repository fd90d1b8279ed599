"""Copies and salvaged stores keep what does not follow from messages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from clearance.figures import feeds
from clearance.model import Record
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, integrity
from clearance.timelines.known_systems import SYSTEM
from tests.stores.support import NOW, files


def received(store: Store, count: int, feed: str) -> None:
    """Reads messages in as those of a configured source."""
    some = [Item(f.name, f.data, feed=feed, cursor=str(count)) for f in files(count)]
    intake.ingest(store, some, NOW)


def by_id(store: Store, kind: str) -> dict[str, Record]:
    return {record.id: record for record in store.records(kind)}


def test_a_copy_knows_each_feed_by_the_name_of_its_source() -> None:
    with open_store("memory:") as source, open_store("memory:") as target:
        received(source, 3, "inbox")
        integrity.copy(source, target)
        assert by_id(target, feeds.FEED) == by_id(source, feeds.FEED) != {}
        assert by_id(target, intake.CURSOR) == by_id(source, intake.CURSOR) != {}
        assert list(target.records(SYSTEM)) == list(source.records(SYSTEM)) != []


def test_a_copy_adds_to_what_the_target_knows_of_a_feed() -> None:
    stores = [open_store("memory:") for _ in range(3)]
    source, target, both = stores
    received(source, 3, "inbox")
    some = [Item(f.name, f.data, feed="inbox") for f in files(6)]
    intake.ingest(target, some[15:], NOW)
    intake.ingest(both, some[15:], NOW)
    received(both, 3, "inbox")
    assert by_id(target, feeds.FEED) != by_id(both, feeds.FEED)
    integrity.copy(source, target)
    assert by_id(target, feeds.FEED) == by_id(both, feeds.FEED)


def test_a_salvaged_store_reads_a_source_again_only_if_something_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as store:
        received(store, 3, "inbox")
        before = by_id(store, feeds.FEED), by_id(store, intake.CURSOR)
    assert integrity.salvage(str(path), 1).lost == 0
    with open_store(path) as store:
        assert (by_id(store, feeds.FEED), by_id(store, intake.CURSOR)) == before
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE messages SET doc = 'spoilt' WHERE id = 2")
    assert integrity.salvage(str(path), 1).lost == 1
    with open_store(path) as store:
        assert (by_id(store, feeds.FEED), by_id(store, intake.CURSOR)) == (before[0], {})


def test_a_message_in_no_timeline_is_named_among_those_that_are_in_one() -> None:
    with open_store("memory:") as store, open_store("memory:") as other:
        received(store, 3, "inbox")
        some = files(6)
        intake.ingest(other, [Item(f.name, f.data) for f in some], NOW)
        known = {message.id for message in store.messages()}
        left = [message for message in other.messages() if message.id not in known]
        assert list(integrity.verify(store)) == []
        with store.transaction():
            store.save_messages(left)
        told = {str(problem) for problem in integrity.verify(store)}
    assert left
    assert {
        f"message {message.id} is in no timeline: rebuild the store" for message in left
    } <= told
