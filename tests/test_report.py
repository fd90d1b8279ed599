"""Durations and reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import report
from clearance.durations import Outcome, Sample, mean, percentile
from clearance.errors import BadArgument
from clearance.model import CHINA, Passage
from clearance.periods import Month, Quarter, Year, last_four, parse

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 1, tzinfo=CHINA)
JULY = int(datetime(2026, 7, 1, tzinfo=CHINA).timestamp())
NONE = Passage._make([None, None, None, False, False, *[None] * 9])

SAMPLES = st.lists(st.builds(Sample, st.integers(0, 9), st.sampled_from(Outcome)), max_size=30)


def passage(declared: int, closed: int | None = None, **more: Any) -> Passage:
    """Declared so many seconds into July, closed so many after that."""
    stage = None if closed is None else "cleared"
    cleared_at = None if closed is None else JULY + declared + closed
    told = NONE._replace(
        stage=stage,
        first_declared_at=JULY + declared,
        declared_at=JULY + declared,
        cleared_at=cleared_at,
    )
    return told._replace(**more)


def aalen_johansen(samples: Sequence[Sample], share: Fraction) -> int | None:
    """By the definition, in fractions: S(t-) × closed / at risk, summed over times."""
    survival, incidence = Fraction(1), Fraction(0)
    for time in sorted({sample.seconds for sample in samples}):
        at_risk = sum(sample.seconds >= time for sample in samples)
        now = [sample.outcome for sample in samples if sample.seconds == time]
        ended, gone = now.count(Outcome.ENDED), now.count(Outcome.WITHDRAWN)
        incidence += survival * Fraction(ended, at_risk)
        survival *= 1 - Fraction(ended + gone, at_risk)
        if ended and incidence >= share:
            return time
    return None


@given(SAMPLES, st.fractions(0, 1, max_denominator=12))
def test_percentiles_are_those_of_aalen_and_johansen_exactly(
    samples: list[Sample], share: Fraction
) -> None:
    assert percentile(samples, share) == aalen_johansen(samples, share)


def test_with_nothing_open_the_median_is_the_samples() -> None:
    closed = [Sample(time, Outcome.ENDED) for time in (1, 2, 3, 4)]
    assert percentile(closed, Fraction(1, 2)) == 2
    assert mean(sample.seconds for sample in closed) == 2.5
    assert mean([]) is None


def test_the_counts_of_a_row_add_up() -> None:
    told = [
        passage(0, 100),
        passage(1),
        passage(2, stage="withdrawn", withdrawn_at=JULY + 5),
        passage(3, -50),
        passage(4, 200, returned=True),
    ]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert (row.declared, row.closed, row.open, row.withdrawn, row.anomalous) == (5, 2, 1, 1, 1)
    assert row.returned == 1
    assert row.mean_closed == 150
    assert row.median is None
    assert row.notes == {"median": "too few: n = 4"}


def test_open_declarations_hold_the_median_back_and_not_the_mean() -> None:
    told = [*(passage(n, 100) for n in range(15)), *(passage(n) for n in range(16))]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.mean_closed == 100
    assert row.median is None
    assert row.notes == {"median": "not reached: fewer than half have closed"}


def test_an_interval_that_never_began_is_not_one_that_is_open() -> None:
    """Two of forty were inspected; all are closed."""
    told = [passage(n, 1000) for n in range(38)]
    told += [passage(n, 1000, examined_from=JULY, examined_until=JULY + 60) for n in (1, 2)]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval="exam").rows
    assert (row.declared, row.closed, row.open) == (2, 2, 0)
    assert row.mean_closed == 60
    assert row.notes["declared"] == "38 more declared, whose messages tell no such interval"
    assert row.notes["median"] == "too few: n = 2"


def test_a_declaration_belongs_to_the_period_of_its_zone() -> None:
    told = [passage(-1, 10), passage(0, 10)]
    both = [Quarter(2026, 2), Quarter(2026, 3)]
    in_china = report.build(told, both, ZONE, AS_OF)
    assert [row.declared for row in in_china.rows] == [1, 1]
    in_london = report.build(told, both, ZoneInfo("Europe/London"), AS_OF)
    assert [row.declared for row in in_london.rows] == [2, 0]


def test_unknown_is_a_group_of_its_own_and_comes_last() -> None:
    told = [passage(0, 10, office="2248"), passage(1, 10), passage(2, 10, office="0101")]
    rows = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, by=["office"]).rows
    assert [row.group for row in rows] == [{"office": "0101"}, {"office": "2248"}, {"office": None}]


def test_a_dimension_or_interval_that_there_is_not_is_named() -> None:
    wrongs: list[dict[str, Any]] = [{"by": ["colour"]}, {"interval": "sideways"}]
    for wrong in wrongs:
        with pytest.raises(BadArgument, match=r"colour|sideways"):
            report.build([], [Quarter(2026, 3)], ZONE, AS_OF, **wrong)


@given(st.dates(date(1901, 1, 1), date(9000, 1, 1)), st.sampled_from((Year, Quarter, Month)))
def test_a_period_holds_its_days_and_no_others(
    day: date, kind: type[Year] | type[Quarter] | type[Month]
) -> None:
    period = kind.of(day)
    assert period.first_day <= day < period.next.first_day
    assert period.next.shifted(-1) == period
    assert kind.of(period.next.first_day) == period.next
    assert parse(str(period), day, kind) == [period]


@pytest.mark.parametrize(
    ("written", "periods"),
    [
        ("2026Q1..2026Q4", ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
        ("2026", ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
        ("2026-03", ["2026-03"]),
        ("2026-11..2027-01", ["2026-11", "2026-12", "2027-01"]),
        ("last-quarter", ["2026Q3"]),
        ("this-quarter", ["2026Q4"]),
        (last_four(date(2026, 11, 21)), ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
    ],
)
def test_periods_are_written_in_many_ways(written: str, periods: list[str]) -> None:
    assert [str(period) for period in parse(written, date(2026, 11, 21))] == periods


@pytest.mark.parametrize("written", ["", "2026Q5", "2026-13", "soon", "2026Q4..2026Q1", "26Q1"])
def test_what_is_no_period_is_refused(written: str) -> None:
    with pytest.raises(BadArgument):
        parse(written, date(2026, 11, 21))


def test_a_period_that_does_not_fit_the_cut_is_refused() -> None:
    with pytest.raises(BadArgument, match="whole quarters"):
        parse("2026-03", date(2026, 11, 21), Quarter)
