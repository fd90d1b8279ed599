"""Following sources: what must not happen is that nobody asks any more and nobody says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from clearance import sources
from clearance.customs.calendars import OFFICIAL
from clearance.sources import unipass
from clearance.sources.remembered import Memory
from clearance.sources.watching import Pace, Watched
from clearance.stores import Store, open_store
from clearance.timelines.following import Follower, Into, _Asking

SOURCE = sources.source({"kind": "unipass", "secret": "env:KEY", "cargos": ["26TEST"]})


def into(folder: Path, may_make: list[bool]) -> Into:
    """A store in a folder, and each time that it is opened whether it may be made."""

    @contextmanager
    def store(make: bool) -> Iterator[Store]:
        may_make.append(make)
        with closing(open_store(str(folder / "clearance.db"))) as opened:
            yield opened

    def memory(opened: Store) -> Memory:
        return Memory(opened, "1")

    return Into(store=store, memory=memory, now=lambda: datetime.now(UTC), calendars=OFFICIAL)


def fail(*_: object) -> None:
    raise LookupError("a fault of ours")


@pytest.mark.timeout(60)
def test_a_fault_of_ours_ends_the_following(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unipass.Source, "visit", fail)
    follower = Follower([], {"korea": SOURCE}, into(tmp_path, []))
    with pytest.raises(LookupError, match="a fault of ours"):
        list(follower.follow(1.0))


@pytest.mark.timeout(60)
def test_a_store_that_a_folder_had_is_not_made_by_a_source_that_is_asked_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk may have gone in between."""
    has_looked, start = Event(), _Asking.start

    def start_later(asking: _Asking) -> None:
        Thread(target=lambda: has_looked.wait() and start(asking)).start()

    monkeypatch.setattr(_Asking, "start", start_later)
    monkeypatch.setattr(_Asking, "end", lambda asking: None)
    monkeypatch.setattr(unipass.Source, "visit", fail)
    may_make = list[bool]()
    folder = Watched(tmp_path, Pace(settle=0.0, poll=0.1), store=tmp_path / "clearance.db")
    follower = Follower([folder], {"korea": SOURCE}, into(tmp_path, may_make))

    def follow() -> None:
        for _ in follower.follow(0.1):
            has_looked.set()

    with pytest.raises(LookupError, match="a fault of ours"):
        follow()
    first, *others = may_make
    assert (first, set(others)) == (True, {False})
