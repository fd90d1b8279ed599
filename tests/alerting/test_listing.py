"""A list of few is the beginning of the whole list, though little is read for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from clearance.alerting import evaluation, listing, records
from clearance.alerting.rules import Context
from clearance.customs.cn_single_window import demo
from clearance.model import AlertState, Now, Stage
from clearance.render import listing as pages
from clearance.render.listing import State
from clearance.sources import Item
from clearance.stores import OPEN, Store, open_store
from clearance.timelines import intake
from clearance.timelines.query import ListFilter
from tests.alerting.scenes import plan

NOW = datetime.fromisoformat("2026-11-26T09:00:00+08:00")
SURELY = Now.combine(NOW.date(), NOW.timetz())
COUNT = 60
FILTERS = [
    ListFilter(),
    ListFilter(everything=True),
    ListFilter(stages=frozenset({Stage.RELEASED, Stage.INSPECTION})),
    ListFilter(stages=frozenset({Stage.CLEARED}), everything=True),
    ListFilter(offices=frozenset({"2248"})),
    ListFilter(directions=frozenset({"import"}), everything=True),
    ListFilter(since=NOW - timedelta(days=300), everything=True),
    ListFilter(text="2248", everything=True),
]


def _filled(store: Store) -> None:
    """Declarations in every stage, some of them with an alert, with a plan, or given up."""
    files = list(demo.traffic(COUNT))
    items = [Item(file.name, file.data) for n, file in enumerate(files) if n % 3]
    intake.ingest(store, items, NOW)
    evaluation.check(store, Context(SURELY))
    names = sorted(one.name for _, one in store.summaries())
    for n, name in enumerate(names[::7]):
        facts = ({"given_up": "2026-11-20T08:00+08:00"}, {"cutoff": "2026-11-29T08:00+08:00"})
        plan(store, name, 0, **facts[n % 2])
    assert len(store.ids({OPEN})) > COUNT / 4


def _listed(store: Store, now: datetime, *of: Any) -> listing.Listed:
    fired = [
        one
        for one in records.alerts(store, now, pending=True)
        if one.state is not AlertState.PENDING
    ]
    return listing.listed(store, Context(now), listing.Asked(*of), fired[:6])


def test_a_list_of_few_is_the_beginning_of_the_whole_list() -> None:
    with open_store("memory:") as store:
        _filled(store)
        orders = ("urgent", "since", "declared", "reference")
        for now, wanted, order in product((SURELY, NOW), FILTERS, orders):
            whole = _listed(store, now, wanted, order, None)
            assert whole.left_out == 0
            for limit in (1, 3, 10, 500):
                few = _listed(store, now, wanted, order, limit)
                assert few.shown == whole.shown[:limit]
                assert few.left_out == len(whole.shown) - len(few.shown)
                assert 0 <= few.unread <= few.left_out


def test_a_count_of_what_was_not_read_says_so() -> None:
    with open_store("memory:") as store:
        _filled(store)
        whole = _listed(store, SURELY, ListFilter(), "urgent", None)
        few = _listed(store, SURELY, ListFilter(), "urgent", 1)
        all_read = _listed(store, NOW, ListFilter(), "urgent", 1)
    assert 0 < few.unread < few.left_out
    assert (whole.unread, all_read.unread) == (0, 0)
    state = State(NOW, left_out=few.left_out, unread=few.unread)
    texts = {
        lang: page.tables[0].notes[-1]
        for lang in ("en", "zh")
        if (page := pages.listing(few.shown, [], NOW, lang, state=state))
    }
    assert texts["en"].endswith(f"; {few.unread} of them were counted and not read")
    assert texts["zh"].endswith(f"其中 {few.unread} 票仅计数，未读取")


def test_what_no_alert_is_about_is_not_read_where_enough_is_urgent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_store("memory:") as store:
        _filled(store)
        read, real = list[int](), type(store).summaries

        def noted(self: Store, ids: Collection[int] | None = None) -> Any:
            for pair in real(self, ids):
                read.append(pair[0])
                yield pair

        monkeypatch.setattr(type(store), "summaries", noted)
        _listed(store, SURELY, ListFilter(), "urgent", None)
        whole = len(read)
        read.clear()
        _listed(store, SURELY, ListFilter(), "urgent", 2)
        assert len(read) < whole / 2
        read.clear()
        wanted = ListFilter(stages=frozenset({Stage.INSPECTION}))
        assert len(_listed(store, SURELY, wanted, "since", None).shown) == len(read)
