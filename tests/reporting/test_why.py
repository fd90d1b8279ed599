"""Why a period differs: the causes are named that are beyond chance, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

import pytest

from benchmarks import simulations
from benchmarks.simulations import CAUSES, explained
from clearance.calendar import Calendar, OfficialDays
from clearance.figures import shapley
from clearance.model import Stage, Summary, Timings
from clearance.periods import Quarter
from clearance.render import reports
from clearance.reporting import quality_times, report
from clearance.reporting.tally import PeriodGroup
from clearance.reporting.why import Why

DAY = 86400
NOW = datetime(2026, 8, 1, tzinfo=UTC)
PERIODS = [Quarter(2026, 1), Quarter(2026, 2)]
_NOBODY = Timings.of(Summary(system="simulated", name="0", references={"entry_no": ("0",)}))


def test_a_planted_cause_is_named_and_the_parts_sum_to_the_change() -> None:
    found = explained("inspection", 300, 3)
    assert found.clear
    assert found.named[0].name == "inspection"
    assert found.seconds is not None
    assert sum(part.seconds for part in found.parts) == pytest.approx(found.seconds)
    assert [abs(part.seconds) for part in found.parts] == sorted(
        (abs(part.seconds) for part in found.parts), reverse=True
    )
    assert {part.name for part in found.parts} == {*CAUSES} - {"nothing"}


def test_where_nothing_changed_nothing_is_named() -> None:
    assert explained("nothing", 300, 3).named == ()


def test_a_stage_that_is_slower_is_named_with_the_speed() -> None:
    found = explained("stage speeds", 300, 3)
    assert found.named[0].name == "stage speeds"
    stage, seconds = found.named[0].stages[0]
    assert stage is Stage.REVIEWED
    assert seconds == pytest.approx(found.named[0].seconds, rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("cause", list(CAUSES))
def test_of_many_runs_most_name_what_was_planted(cause: str) -> None:
    first, others = simulations.named(cause, 600, 4)
    assert first >= (0.75 if cause != "nothing" else 0)
    assert others <= 0.25


def made(count: int, quarter: Quarter, hours: int) -> list[Timings]:
    start = int(quarter.start(UTC).timestamp())
    return [
        _NOBODY._replace(
            name=f"{quarter}-{n}",
            stage=Stage.CLEARED,
            declared_at=start + n * 3600,
            cleared_at=start + (n + hours + n % 7) * 3600,
        )
        for n in range(count)
    ]


def why(timings: list[Timings], **more: object) -> Why | None:
    return report.build(timings, PERIODS, UTC, NOW, **more).why  # type: ignore[arg-type]


def test_too_few_are_not_explained() -> None:
    found = why([*made(10, PERIODS[0], 5), *made(60, PERIODS[1], 5)])
    assert found is not None
    assert (found.parts, found.seconds) == ((), None)
    assert found.note is not None
    assert found.note.values == {"before": 10, "now": 60}


def test_it_is_of_the_change_that_the_report_tells() -> None:
    """In groups it is of all of them together; without a calendar nothing is said of holidays."""
    timings = [*made(60, PERIODS[0], 5), *made(80, PERIODS[1], 40)]
    found = why(timings)
    assert found is not None
    assert (found.period, found.since) == ("2026Q2", "2026Q1")
    assert "calendar" not in {part.name for part in found.parts}
    rows = report.build(timings, PERIODS, UTC, NOW).rows
    assert found.seconds == pytest.approx(rows[1].change.rmst_difference)
    assert why(timings, by=["office"]) == found
    assert why(timings, why=False) is None


@pytest.mark.parametrize("by", [(), ("office",)])
def test_a_running_period_is_explained_against_the_same_part_as_its_change(
    by: tuple[str, ...],
) -> None:
    """Most of what the earlier period has lies after that part, and took another time."""
    part, now = made(60, PERIODS[0], 5), made(60, PERIODS[1], 40)
    later = [
        timing._replace(
            name=f"later-{timing.name}", declared_at=at + 60 * DAY, cleared_at=at + 90 * DAY
        )
        for timing in part
        if (at := timing.declared_at) is not None
    ]
    as_of = PERIODS[1].start(UTC) + timedelta(days=40)
    told = report.build([*part, *later, *now], PERIODS[1:], UTC, as_of, by=by)
    alone = report.build([*part, *now], PERIODS[1:], UTC, as_of)
    assert told.why == alone.why
    assert alone.why is not None
    assert alone.why.seconds == pytest.approx(alone.rows[0].change.rmst_difference)


def test_a_year_without_a_calendar_leaves_holidays_out() -> None:
    timings = [*made(60, PERIODS[0], 5), *made(80, PERIODS[1], 40)]
    known = Calendar(
        years={2026: OfficialDays("official", frozenset({date(2026, 4, 3)}), frozenset())}
    )
    for calendar, holds in ((known, True), (Calendar(), False)):
        found = why(timings, calendar_of=lambda _, own=calendar: own)
        assert found is not None
        assert ("calendar" in {part.name for part in found.parts}) is holds


def test_it_is_the_same_in_any_order() -> None:
    timings = [*made(60, PERIODS[0], 5), *made(80, PERIODS[1], 6)]
    assert why(timings) == why(timings[::-1])
    assert replace(why(timings) or Why(period="", since=""), period="x") != why(timings)


def never(*_: object) -> NoReturn:
    pytest.fail("worked out, though it is not shown")


def test_where_a_change_is_not_clear_a_table_has_nothing_of_it_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shapley, "weighted", never)
    timings = [*made(60, PERIODS[0], 5), *made(60, PERIODS[1], 5)]
    page = reports.reported(report.build(timings, PERIODS, UTC, NOW), "en", never)
    assert page.tables
    with pytest.raises(pytest.fail.Exception):
        _ = page.json


def test_how_well_it_went_is_worked_out_for_the_period_of_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: set[str] = set()
    worked_out = quality_times.found

    def found(cell: PeriodGroup, *others: Any) -> Any:
        asked.add(cell.name)
        return worked_out(cell, *others)

    monkeypatch.setattr(quality_times, "found", found)
    quarters = [Quarter(2025, quarter) for quarter in (1, 2, 3, 4)]
    timings = [timing for quarter in quarters for timing in made(60, quarter, 5)]
    page = reports.reported(report.build(timings, quarters, UTC, NOW), "en", never)
    assert [row[0] for row in page.tables[0].rows] == [str(quarter) for quarter in quarters]
    assert {name.split()[1] for name in asked if name} == {"2025Q4", "2025Q3"}
    assert len(page.json["rows"]) == 4
    assert {str(quarter) for quarter in quarters} < {name.split()[1] for name in asked if name}
