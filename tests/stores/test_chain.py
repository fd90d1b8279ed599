"""The chain over a store's commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clearance.model import Message, ReceivedAs, Record
from clearance.shipments import keeping
from clearance.shipments.plans import PLAN, Row
from clearance.stores import Store, chain, open_store
from clearance.timelines import intake, integrity
from tests.stores.support import NOW, files, items

KINDS = ("memory", "tinydb", pytest.param("postgresql", marks=pytest.mark.slow))
SOME = items(files())
NUMBER = "222520260000000010"


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    urls: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory:",
        "tinydb": lambda: str(tmp_path / "store.db"),
        "postgresql": lambda: str(request.getfixturevalue("database")),
    }
    with open_store(urls[request.param]()) as opened:
        yield opened


def read(store: Store, start: int = 0, end: int | None = None) -> None:
    intake.ingest(store, SOME[start:end], NOW)


def say(store: Store, cutoff: str = "2026-09-08T12:00+08:00") -> None:
    keeping.keep(store, [Row(1, (NUMBER,), {"cutoff": cutoff})], NOW, "Ana")


def why(store: Store) -> list[str | None]:
    return [link.document.get("began", {}).get("why") for link in chain.links(store)]


def test_each_commit_adds_a_link_that_names_the_one_before(store: Store) -> None:
    read(store, 0, 40)
    read(store, 40, 90)
    say(store)
    one, two, three = chain.links(store)
    assert one.document["before"] is None
    assert one.document["began"] == {"why": "new"}
    assert (two.document["before"], three.document["before"]) == (one.digest, two.digest)
    assert [link.messages for link in (one, two, three)] == [40, 50, 0]
    assert chain.last(store) == three
    assert list(integrity.verify(store)) == []


def test_a_commit_with_nothing_new_adds_none(store: Store) -> None:
    read(store)
    say(store)
    read(store)
    say(store)
    assert len(list(chain.links(store))) == 2


def test_every_store_has_the_same_chain_of_the_same_commits(store: Store) -> None:
    with open_store("memory:") as other:
        for each in (store, other):
            read(each, 0, 50)
            read(each, 50)
            say(each)
        assert list(chain.links(store)) == list(chain.links(other))


def test_a_further_name_of_a_message_is_in_the_chain_and_keeps_the_links_before(
    store: Store,
) -> None:
    read(store, 0, 10)
    again = SOME[3]._replace(name=f"copy-of-{SOME[3].name}")
    intake.ingest(store, [again], NOW)
    renamed = list(chain.links(store))[-1].document["renamed"]
    assert list(renamed.values()) == [[again.name]]
    assert list(integrity.verify(store)) == []


def test_a_name_that_nobody_committed_is_found(store: Store) -> None:
    read(store, 0, 10)
    message = next(store.messages())
    names = (*message.received_as, ReceivedAs("forged.xml"))
    store.save_messages([message._replace(received_as=names)])
    assert "link 1" in str(next(chain.problems(store)))


def test_a_message_that_nobody_committed_is_found(store: Store) -> None:
    read(store, 0, 10)
    with open_store("memory:") as other:
        read(other, 10, 11)
        store.save_messages(other.messages())
    assert [str(problem) for problem in chain.problems(store)] == [
        "1 message is in no link of the chain of commits: rebuild the store"
    ]
    intake.rebuild(store)
    assert list(integrity.verify(store)) == []
    assert len(list(chain.links(store))) == 2


def test_what_was_said_and_changed_since_is_found(store: Store) -> None:
    read(store, 0, 10)
    say(store)
    (plan,) = store.records(PLAN)
    document = {**plan.document, "entries": []}
    store.save_records([plan._replace(document=document)])
    assert [str(problem) for problem in chain.problems(store)] == [
        f"what was said of {NUMBER} is not what the chain of commits says"
    ]


@pytest.mark.parametrize("change", ["messages", "before", "digest", "number"])
def test_a_link_that_was_changed_is_found(store: Store, change: str) -> None:
    for start in range(0, 30, 10):
        read(store, start, start + 10)
    two = list(chain.links(store))[1].document
    changed = {"messages": 9, "before": "0" * 64, "digest": "0" * 64, "number": 7}[change]
    store.save_records([Record(chain.LINK, "00000002", {**two, change: changed})])
    assert list(chain.problems(store))


def test_a_link_that_is_gone_is_found(store: Store) -> None:
    for start in range(0, 30, 10):
        read(store, start, start + 10)
    store.delete_records(chain.LINK, ["00000002"])
    assert "link 3" in str(next(chain.problems(store)))


def test_where_the_last_link_is_lost_the_next_says_so(store: Store) -> None:
    read(store, 0, 10)
    read(store, 10, 20)
    store.delete_records(chain.LINK, ["00000002"])
    read(store, 20, 30)
    assert why(store) == ["new", "lost"]
    assert list(chain.problems(store))


def test_a_store_without_a_chain_begins_one_over_all_that_is_there(store: Store) -> None:
    read(store, 0, 10)
    say(store)
    store.clear_records(chain.LINK)
    assert list(integrity.verify(store)) == []
    read(store, 10, 20)
    assert why(store) == ["earlier"]
    assert [link.messages for link in chain.links(store)] == [20]
    assert list(integrity.verify(store)) == []


def test_a_rebuild_keeps_the_chain_and_begins_one_where_there_is_none(store: Store) -> None:
    read(store)
    before = list(chain.links(store))
    intake.rebuild(store)
    assert list(chain.links(store)) == before
    store.clear_records(chain.LINK)
    intake.rebuild(store)
    assert why(store) == ["earlier"]


def test_a_copy_begins_its_own_chain_and_names_the_end_of_the_other(store: Store) -> None:
    read(store)
    say(store)
    end = chain.last(store)
    assert end
    with open_store("memory:") as target:
        integrity.copy(store, target)
        first = next(chain.links(target))
        assert first.document["began"] == {"why": "copied", "link": end.digest, "number": 2}
        assert list(integrity.verify(target)) == []
        links = list(chain.links(target))
        integrity.copy(store, target)
        assert list(chain.links(target)) == links


def test_a_salvaged_store_begins_its_own_chain_and_says_so(tmp_path: Path) -> None:
    url = str(tmp_path / "store.db")
    with open_store(url) as store:
        read(store)
        say(store)
        end = chain.last(store)
    assert end
    integrity.salvage(url, 5)
    with open_store(url) as store:
        first = next(chain.links(store))
        assert first.document["began"] == {"why": "salvaged", "link": end.digest, "number": 2}
        assert list(integrity.verify(store)) == []


def test_a_transaction_that_fails_leaves_no_link(store: Store) -> None:
    read(store, 0, 10)

    def failing() -> None:
        with store.transaction():
            read(store, 10, 20)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert len(list(chain.links(store))) == 1
    assert list(integrity.verify(store)) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE messages SET doc = replace(doc, '202', '212') WHERE id = 4",
        "DELETE FROM messages WHERE id = 4",
    ],
)
def test_a_message_that_lay_damaged_and_came_again_keeps_the_chain_whole(
    tmp_path: Path, damage: str
) -> None:
    url = str(tmp_path / "store.db")
    with open_store(url) as store:
        read(store, 0, 10)
    with closing(sqlite3.connect(url)) as file, file:
        file.execute(damage)
    with open_store(url) as store:
        read(store, 0, 10)
        assert [len(link.document.get("mended", ())) for link in chain.links(store)] == [0, 1]
        assert list(chain.problems(store)) == []


def test_messages_are_digested_with_their_names_and_times() -> None:
    message = Message("sha256:1", b"", (ReceivedAs("a.xml"),), NOW)
    other = message._replace(received_as=(ReceivedAs("a.xml", "2026"),))
    later = message._replace(seen_at=NOW.replace(hour=1))
    leaves = {chain.leaf(one, chain.names_of(one)) for one in (message, other, later)}
    assert len(leaves) == 3
