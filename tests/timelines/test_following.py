"""Following sources: what must not happen is that nobody asks any more and nobody says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clearance import sources
from clearance.customs.calendars import OFFICIAL
from clearance.sources import unipass
from clearance.sources.remembered import Memory
from clearance.stores import Store, open_store
from clearance.timelines.following import Follower, Into


@pytest.mark.timeout(60)
def test_a_fault_of_ours_ends_the_following(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    @contextmanager
    def store(make: bool) -> Iterator[Store]:
        with closing(open_store(str(tmp_path / "clearance.db"))) as opened:
            yield opened

    def memory(opened: Store) -> Memory:
        return Memory(opened, "1")

    monkeypatch.setattr(unipass.Source, "visit", fail)
    source = sources.source({"kind": "unipass", "secret": "env:KEY", "cargos": ["26TEST"]})
    into = Into(store=store, memory=memory, now=lambda: datetime.now(UTC), calendars=OFFICIAL)
    follower = Follower([], {"korea": source}, into)
    with pytest.raises(LookupError, match="a fault of ours"):
        list(follower.follow(1.0))
