"""What a change is made of, by Shapley's definition: it is what the report says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from clearance.calendar import Calendar
from clearance.customs.calendars import OFFICIAL
from clearance.model import Stage, Timings
from clearance.periods import Quarter
from clearance.render.why import why_json
from clearance.reporting import recounting, recounting_why
from clearance.reporting.query import ReportQuery
from clearance.reporting.recounting import Asked, Row
from clearance.reporting.report import explained
from clearance.reporting.tally import Tally
from clearance.stores.alike import of_timings

ZONE = ZoneInfo("Asia/Shanghai")
BEFORE, NOW = Quarter(2026, 1), Quarter(2026, 2)
QUERY = ReportQuery(
    periods=[NOW],
    zone=ZONE,
    as_of=datetime(2026, 7, 5, tzinfo=ZONE),
    calendar_of=OFFICIAL.of,
    why=True,
    quality=False,
)
AS_OF = int(QUERY.as_of.timestamp())


def quarter(period: Quarter, count: int, slower: float, offices: int) -> list[Timings]:
    """Declarations of a quarter, of which some are open, withdrawn, or as slow as can be."""
    random, start = Random(f"{period} {count}"), int(period.start(ZONE).timestamp())
    made = []
    for number in range(count):
        declared = start + random.randrange(80 * 86400)
        took = int(slower * random.lognormvariate(12.5, 1.0))
        inspected = random.random() < 0.2
        path = f"s,0,a,{took // 9},i,{took // 5},r,{took // 2}"
        one = Timings(
            system="cn_single_window",
            direction=random.choice(("import", "export")),
            office=f"{2200 + min(int(random.expovariate(0.4)), offices)}",
            name=str(number),
            first_declared_at=declared,
            declared_at=declared,
            examined_from=declared + 60 if inspected else None,
            returned=random.random() < 0.1,
            path=path,
            stage=str(Stage.RELEASED),
        )
        if random.random() < 0.06:
            gone = min(declared + took, AS_OF)
            one = one._replace(stage=str(Stage.WITHDRAWN), withdrawn_at=gone)
        elif declared + took <= AS_OF:
            one = one._replace(stage=str(Stage.CLEARED), cleared_at=declared + took)
        made.append(one)
    return made


def row(timings: Iterable[Timings], period: Quarter) -> Row:
    asked = Asked("declare-close", "declared_at", "cleared_at", AS_OF, 86400, lambda _, a, b: b - a)
    return Row(asked, timings, f"declare-close {period} ")


@pytest.mark.parametrize(
    ("counts", "offices", "calendar"),
    [((60, 80), 4, True), ((30, 450), 20, True), ((450, 500), 4, True), ((40, 40), 3, False)],
)
def test_the_parts_of_a_change_are_those_of_every_order_in_which_they_may_come(
    counts: tuple[int, int], offices: int, *, calendar: bool
) -> None:
    old, new = quarter(BEFORE, counts[0], 1.0, offices), quarter(NOW, counts[1], 0.7, offices)
    calendar_of = OFFICIAL.of if calendar else lambda _: Calendar()
    query = replace(QUERY, calendar_of=calendar_of)
    told = why_json(explained(Tally(query, of_timings([*old, *new]))))
    now, before = row(new, NOW), row(old, BEFORE)
    clear = recounting.clear_change(now, before)
    seed = f"why declare-close {NOW} {BEFORE}"
    parts, seconds = recounting_why.parts(now, before, calendar_of, clear, seed)
    assert told["why_of"]["seconds"] == pytest.approx(seconds, rel=1e-9)
    again = {part["part"]: part for part in parts}
    assert ("calendar" in again) is calendar
    for part in told["why"]:
        other = again.pop(part["part"])
        assert part["seconds"] == pytest.approx(other["seconds"], abs=1e-4)
        assert part["ci95"] == pytest.approx(other["ci95"], abs=1e-3)
        assert part["beyond_chance"] is other["beyond_chance"]
        stages = {one["stage"]: one["seconds"] for one in other.get("stages", ())}
        for stage in part.get("stages", ()):
            assert stage["seconds"] == pytest.approx(stages.pop(stage["stage"]), abs=1e-4)
        assert not stages
    assert not again


def test_the_same_declarations_in_any_order_give_the_same_parts() -> None:
    timings = quarter(BEFORE, 40, 1.0, 20) + quarter(NOW, 40, 0.7, 20)
    timings = [one._replace(cleared_at=None, stage="released") for one in timings[::3]] + timings
    once = explained(Tally(QUERY, of_timings(timings)))
    assert explained(Tally(QUERY, of_timings(timings[::-1]))) == once


def test_of_too_few_declarations_nothing_is_split() -> None:
    now, before = (row(quarter(period, 10, 1.0, 2), period) for period in (NOW, BEFORE))
    assert recounting_why.parts(now, before, OFFICIAL.of, 0.0, "") == ([], None)
