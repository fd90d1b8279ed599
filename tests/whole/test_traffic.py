"""Generated traffic: what it says happened is what the messages it writes are read as."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest

from benchmarks import traffic
from benchmarks.traffic import DAY, HOUR, Drift, Journey, Traffic
from clearance.customs.cn_single_window import ZONE
from clearance.model import Stage, Timings
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake

END = int(datetime(2027, 12, 31, tzinfo=UTC).timestamp())


def test_the_messages_are_read_as_what_happened() -> None:
    made = list(traffic.journeys(Traffic(count=60, returned=0.2, inspected=0.3, withdrawn=0.1)))
    with open_store("memory:") as store:
        told = [Item(file.name, file.data) for one in made for file in traffic.files(one)]
        intake.ingest(store, told, datetime.fromtimestamp(END, UTC))
        read = {timing.name: timing for _, timing in store.timings()}
    for one in made:
        known = traffic.timings(one, END)
        assert known is not None
        assert _course(read[known.name]) == _course(known)


def _course(timing: Timings) -> dict[str, object]:
    wanted = timing._asdict()
    wanted.pop("examined_until")
    wanted.pop("reviewed_at")
    wanted.pop("return_notes")
    return wanted


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    one, same = (list(traffic.journeys(Traffic(count=20, seed=3))) for _ in range(2))
    other = list(traffic.journeys(Traffic(count=20, seed=4)))
    assert one == same != other


def test_of_what_has_not_happened_yet_nothing_is_known() -> None:
    one = next(traffic.journeys(Traffic(count=1, withdrawn=0, returned=0)))
    released = one.released
    assert released is not None
    assert traffic.timings(one, one.steps[0].at - 1) is None
    before = traffic.timings(one, released - 1)
    assert before is not None
    assert before.released_at is None
    assert before.stage != Stage.RELEASED


def _stays(made: list[Journey], stage: Stage) -> list[float]:
    """Hours in a stage."""
    return [
        (then - at) / HOUR
        for one in made
        for (own, at), (_, then) in zip(one.steps, one.steps[1:], strict=False)
        if own is stage
    ]


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.INSPECTION, Stage.RELEASED])
def test_each_stage_has_a_distribution_of_its_own(stage: Stage) -> None:
    usual = Traffic(count=3000, imports=1, inspected=1, offices={"2248": 1.0})
    shape = traffic.SHAPES["import", stage]
    assert median(_stays(list(traffic.journeys(usual)), stage)) == pytest.approx(
        shape.median, rel=0.12
    )


def test_a_drift_changes_its_stage_and_no_other() -> None:
    since = date(2026, 7, 1)
    drifted = Traffic(count=2000, imports=1, drifts=[Drift(since, 3, Stage.REVIEWED)])
    made = list(traffic.journeys(drifted))
    late = [one for one in made if one.steps[0].at > int(datetime(2026, 7, 9).timestamp())]
    early = [one for one in made if one.steps[0].at < int(datetime(2026, 6, 1).timestamp())]
    ratio = {
        stage: median(_stays(late, stage)) / median(_stays(early, stage))
        for stage in (Stage.ACCEPTED, Stage.REVIEWED)
    }
    assert ratio[Stage.REVIEWED] == pytest.approx(3, rel=0.2)
    assert ratio[Stage.ACCEPTED] == pytest.approx(1, rel=0.2)


def test_on_holidays_nobody_submits_and_customs_stands_still() -> None:
    off = frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(8))
    made = list(traffic.journeys(Traffic(count=2000, holidays=off, last=date(2026, 3, 15))))
    first = int(datetime(2026, 2, 15, tzinfo=ZONE).timestamp())
    during = range(first, first + 8 * DAY)
    assert not any(one.steps[0].at in during for one in made)
    assert not any(
        stage is Stage.REVIEWED and at in during for one in made for stage, at in one.steps
    )


def test_messages_that_are_lost_late_or_repeated_are_as_many_as_asked_for() -> None:
    some = Traffic(count=200, lost=0.1, late=0.2, repeated=0.3)
    made = list(traffic.journeys(some))
    written = [file for one in made for file in traffic.files(one)]
    came = traffic.arrivals(some, made)
    assert came == traffic.arrivals(some, made)
    assert len({arrival.file.name for arrival in came}) / len(written) == pytest.approx(
        0.9, abs=0.03
    )
    assert len(came) / len({arrival.file.name for arrival in came}) == pytest.approx(1.3, abs=0.05)
    late = [arrival for arrival in came if arrival.at - arrival.file.at > timedelta(hours=1)]
    assert len(late) / len(came) == pytest.approx(0.2, abs=0.04)


def test_what_is_declared_has_a_trader_a_broker_goods_and_a_customer() -> None:
    made = list(traffic.journeys(Traffic(count=5)))
    with open_store("memory:") as store:
        told = [Item(file.name, file.data) for one in made for file in traffic.files(one)]
        told += [Item(traffic.content(one).name, traffic.content(one).data) for one in made]
        intake.ingest(store, told, datetime.fromtimestamp(END, UTC))
        read = [timing for _, timing in store.timings()]
    assert len(read) == 5
    assert all(one.trader and one.agent and one.hs_code for one in read)
    assert {row.split(",")[1] for row in traffic.sheet(made).splitlines()[1:]} <= set(
        traffic.CUSTOMERS
    )
