"""What is learned of how long declarations stay in a stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.calendar import configured
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.cn_single_window import NAME as CN
from clearance.customs.cn_single_window import demo
from clearance.customs.cn_single_window.demo import File
from clearance.figures import dwell
from clearance.figures.dwell import StageStratum
from clearance.model import Record
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, integrity, query
from tests.conftest import Case, at

HOUR = 3600
FILES = list(demo.traffic(40, 7, quarters=1))


def items(files: Sequence[File]) -> list[Item]:
    return [Item(file.name, file.data) for file in files]


def learned(store: Store) -> dict[str, Record]:
    return {record.id: record for record in store.records(dwell.DWELL)}


def read(*batches: Sequence[File]) -> dict[str, Record]:
    with open_store("memory:") as store:
        for batch in batches:
            intake.ingest(store, items(batch), at("01 00:00"))
        return learned(store)


WHOLE = read(FILES)


@settings(max_examples=15)
@given(st.permutations(FILES), st.lists(st.integers(0, len(FILES)), max_size=4))
def test_neither_order_nor_batches_matter(files: list[File], cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(files)]
    batches = [files[a:b] for a, b in pairwise(edges)]
    assert read(*batches) == WHOLE


def test_a_rebuild_and_a_copy_learn_the_same() -> None:
    with open_store("memory:") as store, open_store("memory:") as other:
        intake.ingest(store, items(FILES), at("01 00:00"))
        assert list(integrity.verify(store)) == []
        store.save_records([Record(dwell.DWELL, f"{CN}/accepted/-/-", {"bins": {"0": 99999}})])
        (problem,) = integrity.verify(store)
        assert "usual times" in str(problem)
        intake.rebuild(store)
        assert learned(store) == WHOLE
        integrity.copy(store, other)
        assert learned(other) == WHOLE


def test_another_calendar_counts_anew() -> None:
    """One that knows the same days and other hours gives other stays, whoever counted before."""
    early = Calendars({CN: configured(OFFICIAL.of(CN), "06:00-09:00")})
    with open_store("memory:") as store, open_store("memory:") as other:
        intake.ingest(store, items(FILES[:100]), at("01 00:00"))
        intake.ingest(store, items(FILES[100:]), at("01 00:00"), early)
        intake.ingest(other, items(FILES), at("01 00:00"), early)
        assert learned(store) == learned(other) != WHOLE
        assert dwell.dwell_at(store, OFFICIAL, [], at("02 00:00")).finished == {}


def test_what_an_earlier_version_counted_is_counted_anew() -> None:
    with open_store("memory:") as store:
        intake.ingest(store, items(FILES[:100]), at("01 00:00"))
        store.save_records([Record(dwell.DWELL, dwell.BY, {"by": OFFICIAL.digest})])
        store.save_records([Record(dwell.DWELL, f"{CN}/accepted/-/-", {"bins": {"0": 99999}})])
        assert list(integrity.verify(store)) == []
        intake.ingest(store, items(FILES[100:]), at("01 00:00"))
        assert learned(store) == WHOLE


def test_stays_are_counted_in_working_time_for_office_direction_and_all() -> None:
    """Accepted on Monday at 10:00, reviewed at 12:00; in the other office over a weekend."""
    one, other = Case(1), Case(2, office="3104")
    files = [
        *one.sent(at("02 10:00")), one.told("L", at("02 10:00:20")),
        one.told("J", at("02 12:00:20")),
        *other.sent(at("06 17:00")), other.told("L", at("06 17:00:20")),
        other.told("J", at("09 10:00:20")),
    ]  # fmt: skip
    both = read(files)
    two_hours = {str(dwell.bin_of(2 * HOUR)): 1}
    assert both[f"{CN}/accepted/import/2248"].document["bins"] == two_hours
    assert both[f"{CN}/accepted/import/3104"].document["bins"] == two_hours
    assert both[f"{CN}/accepted/import/-"].document["bins"] == {next(iter(two_hours)): 2}
    assert both[f"{CN}/accepted/-/-"].document["bins"] == {next(iter(two_hours)): 2}
    assert "submitted/import/2248" not in both


@given(st.integers(0, 10**8))
def test_a_bin_holds_its_stays_within_a_tenth(seconds: int) -> None:
    edge = dwell.EDGES[dwell.bin_of(seconds)]
    if seconds >= 60:
        assert seconds < edge <= seconds * 1.1 + 2
    else:
        assert edge == 60


def test_the_quantile_counts_those_that_still_stay() -> None:
    """By ten hours 95 of 100 have left; with fifty that still stay it is not known when 95 % do."""
    ten, more = dwell.bin_of(10 * HOUR), dwell.bin_of(100 * HOUR)
    assert dwell.quantile({ten: 95, more: 5}, {}, 0.95) == dwell.EDGES[ten]
    assert dwell.quantile({ten: 95, more: 5}, {ten: 10}, 0.95) == dwell.EDGES[more]
    assert dwell.quantile({ten: 95}, {more: 50}, 0.95) is None


@pytest.mark.parametrize(("n", "office"), [(30, "2248"), (29, None)])
def test_a_stratum_that_knows_too_few_asks_the_wider_one(n: int, office: str | None) -> None:
    own, wide = (
        StageStratum(CN, "accepted", "import", "2248"),
        StageStratum(CN, "accepted", "import"),
    )
    over = {own.id: {8: n}, wide.id: {16: 100}}
    usual = dwell.Dwell(over).usual(own)
    assert usual is not None
    assert usual.stratum.office == office
    assert dwell.Dwell({own.id: {8: 5}}).usual(own) is None


def test_as_of_an_earlier_moment_later_stays_are_not_known() -> None:
    """The same as if the later messages had not come."""
    files = sorted(FILES, key=lambda f: f.at)
    middle = files[len(files) // 2].at

    def dwelling(store: Store, as_of: datetime) -> dwell.Dwell:
        """As a check at a moment knows it."""
        open = list(query.overview(store, query.current(store, as_of), as_of))
        changed, before = query.changed_since(store, None, as_of)
        after = [declaration for _, declaration in store.timelines(changed)] if changed else []
        return dwell.dwell_at(store, OFFICIAL, open, as_of, (after, before))

    with open_store("memory:") as store, open_store("memory:") as then:
        intake.ingest(store, items(files), middle + timedelta(days=200))
        intake.ingest(then, items([f for f in files if f.at <= middle]), middle)
        assert dwelling(store, middle) == dwelling(then, middle)
        assert dwelling(store, middle).finished
        later = middle + timedelta(days=400)
        assert dwelling(store, later).unfinished == {}
