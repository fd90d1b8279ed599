"""What is learned for forecasts is kept, and is always what the timelines say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.cn_single_window.demo import File
from clearance.figures import forecast_learning
from clearance.model import Now, Says
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import forecasts, intake, integrity, saying
from clearance.timelines.saying import Words
from tests.conftest import Case, at

NOW = at("09 12:00")
LONG_AGO = at("01 09:00") - timedelta(days=60)
OWN = "SENT AGAIN"
"""The own reference of declarations that are one and the same shipment."""


def messages() -> list[File]:
    """Thirty exports, some sent again as another; the last of them is not released yet."""
    files = []
    for n in range(30):
        own = OWN if n % 7 == 0 else f"OWN-{n}"
        case, declared = Case(n, "export", ref=own), at("08 00:00") - timedelta(hours=36 * n)
        files += [*case.sent(declared), case.told("L", declared + timedelta(minutes=1))]
        if n:
            files.append(case.told("P", declared + timedelta(hours=n)))
    return files


FILES = messages()
DAY = timedelta(days=1)


@contextmanager
def few_are_enough(enough: int) -> Iterator[None]:
    """Learns from so many of 20 days at most, so that many declarations are too old for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecasts, "_FIRST_DAYS", 4)
        patch.setattr(forecasts, "_MAX_DAYS", 20)
        patch.setattr(forecasts, "_ENOUGH", enough)
        yield


@pytest.fixture(autouse=True, scope="module")
def _few_are_enough() -> Iterator[None]:
    with few_are_enough(8):
        yield


def read(store: Store, files: list[File], now: datetime = NOW) -> None:
    intake.ingest(store, [Item(file.name, file.data) for file in files], now)


def kept(store: Store) -> dict[str, Any]:
    return {record.id: record.document for record in store.records(forecasts.FORECAST)}


def learned_anew(store: Store, now: datetime = NOW) -> dict[str, Any]:
    with store.transaction():
        store.clear_records(forecasts.FORECAST)
    forecasts.refresh(store, now)
    return kept(store)


@given(
    order=st.permutations(range(len(FILES))),
    cuts=st.lists(st.integers(0, len(FILES)), min_size=1, max_size=4),
)
def test_what_is_kept_is_what_would_be_learned_in_whatever_order_messages_came(
    order: list[int], cuts: list[int]
) -> None:
    ends = [*sorted(cuts), len(FILES)]
    with open_store("memory:") as store:
        for begin, end in zip([0, *ends], ends, strict=False):
            read(store, [FILES[n] for n in order[begin:end]])
            assert kept(store) == learned_anew(store)


@pytest.fixture
def learnings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cases each learning had."""
    counts: list[int] = []
    learn = forecast_learning.learn

    def counted(own: Any) -> Any:
        counts.append(len(own))
        return learn(own)

    monkeypatch.setattr(forecast_learning, "learn", counted)
    return counts


def test_only_news_of_what_was_learned_from_is_a_reason_to_learn_anew(
    learnings: list[int],
) -> None:
    old = Case(99, "export")
    with open_store("memory:") as store:
        read(store, FILES)
        learnings.clear()
        read(store, [*old.sent(LONG_AGO), old.told("P", LONG_AGO + timedelta(hours=1))])
        assert learnings == []
        read(store, [Case(29, "export", ref="OWN-29").told("R", NOW)])
        assert learnings == []
        read(store, [Case(2, "export", ref="OWN-2").told("R", at("06 12:00"))])
        assert len(learnings) == 1


@pytest.mark.parametrize("way", ["said", "said as of then", "taken back", "copied"])
def test_what_comes_to_be_known_otherwise_than_by_reading_in_is_no_less_a_reason(
    way: str, learnings: list[int]
) -> None:
    """Answers are those of a store that was rebuilt."""
    later = Now.fromisoformat((NOW + 2 * DAY).isoformat())
    with open_store("memory:") as store, open_store("memory:") as other:
        read(store, FILES)
        (declaration,) = saying.meant(store, ["OWN-29"], NOW).declarations
        if way == "copied":
            read(other, [Case(60, "export").told("L", NOW + DAY)], later)
            integrity.copy(other, store)
        elif way == "said as of then":
            saying.say(store, [(declaration, [Words(Says.NOTE, text="call")])], NOW + 2 * DAY)
        else:
            saying.say(store, [(declaration, [Words(Says.NOTE, text="call")])], later)
        if way == "taken back":
            (declaration,) = saying.meant(store, ["OWN-29"], later).declarations
            saying.undo(store, [declaration], Says.NOTE, later, None)
        as_told = forecasts.expected(store, [d for _, d in store.summaries()], later + DAY)
        learnings.clear()
        forecasts.expected(store, [d for _, d in store.summaries()], later + DAY)
        assert bool(learnings) == (way in ("said as of then", "copied"))
        learned_anew(store, later)
        assert forecasts.expected(store, [d for _, d in store.summaries()], later + DAY) == as_told


def test_what_an_earlier_version_has_kept_is_learned_anew(learnings: list[int]) -> None:
    """It does not say since when declarations were learned from."""
    old = Case(99, "export")
    with open_store("memory:") as store:
        read(store, FILES)
        (by,) = (r for r in store.records(forecasts.FORECAST) if r.id == "moment")
        del by.document["since"]
        with store.transaction():
            store.save_records([by])
        learnings.clear()
        read(store, [*old.sent(LONG_AGO), old.told("P", LONG_AGO + timedelta(hours=1))])
        assert len(learnings) == 1


def test_what_is_sent_again_after_the_moment_is_learned_from_alike_in_one_run_or_in_two(
    learnings: list[int],
) -> None:
    """It was declared before the moment as could be told then, and is declared after it now."""
    case = Case(50, "export")
    first = [*FILES, *case.sent(at("06 09:00")), case.told("L", at("06 10:00"))]
    returned, again = case.told("E", at("07 19:00")), case.sent(at("07 20:00"))[1:]
    with open_store("memory:") as store:
        read(store, first)
        learnings.clear()
        read(store, [returned])
        assert learnings == [], "its return moves it nowhere"
        read(store, again)
        assert len(learnings) == 1
        assert kept(store) == learned_anew(store)


@given(st.sets(st.integers(0, 19), max_size=20))
def test_the_shortest_time_in_which_enough_were_declared_is_learned_from(days: set[int]) -> None:
    """Among times that double, else the longest; in whatever order these are asked for."""

    class Declared:
        def count(self, since: datetime) -> int:
            return sum(since <= NOW - day * DAY for day in days)

    tried = [n for n in (4, 8, 16) if sum(day <= n for day in days) >= 8]
    since = forecasts._since(cast("forecasts._Declared", Declared()), NOW)
    assert NOW - since == min(tried, default=20) * DAY
