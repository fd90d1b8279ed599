"""How well it went: each figure is what the declarations behind it say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.figures import estimates
from clearance.model import Note, Summary, Timings
from clearance.periods import Quarter
from clearance.reporting import profiles, quality, recounting_quality, report
from clearance.reporting.followed import Followed
from clearance.reporting.profiles import Moment
from clearance.reporting.quality import FIGURES, Counted, Found, Measured, Rate, Summed
from clearance.reporting.query import ReportQuery
from clearance.reporting.recounting_quality import Seen
from clearance.reporting.report import compile_report
from clearance.reporting.tally import Tally
from clearance.stores.alike import of_timings

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 1, tzinfo=ZONE)
NOW = Moment(int(AS_OF.timestamp()), ZONE)
JULY = int(datetime(2026, 7, 1, tzinfo=ZONE).timestamp())
NONE = Timings.of(Summary(system="cn_single_window", name="1", references={"entry_no": ("1",)}))
DAY = 86400


def declared(path: str = "s,0,a,10,r,3600,c,7200", **more: Any) -> Timings:
    """One that was declared on the first of July."""
    told = NONE._replace(first_declared_at=JULY, declared_at=JULY, accepted_at=JULY + 10, path=path)
    if "c," in path:
        told = told._replace(stage="cleared", cleared_at=JULY + 7200, released_at=JULY + 3600)
    return told._replace(**more)


def figure(name: str, timings: Iterable[Timings]) -> Found:
    """A figure of declarations, as it is found."""
    counted = Counted()
    for some in of_timings(timings):
        counted.add(some, NOW)
    return quality.found(counted)[name]


def value(name: str, timings: Iterable[Timings]) -> float:
    """The value of a figure that is given."""
    estimate = figure(name, timings).estimate
    assert estimate is not None
    return estimate.value


def test_a_rate_is_of_what_it_is_counted_of_and_has_wilsons_interval() -> None:
    told = [declared()] * 45 + [declared(examined_from=JULY + 60, examined_until=JULY + 90)] * 5
    assert figure("inspection_rate", told).estimate == estimates.rate(5, 50)


def test_below_twenty_the_counts_are_given_and_the_rate_is_not() -> None:
    found = figure("inspection_rate", [declared()] * 18 + [declared(examined_from=JULY)])
    assert (found.estimate, found.n, found.hits) == (None, 19, 1)
    assert found.why == Note.of("too_few", n=19)


def test_returns_are_counted_of_sendings() -> None:
    """Twenty were sent once; one was sent three times and returned twice."""
    thrice = declared(sendings=3, returns=2, returned=True)
    assert figure("return_rate", [*[declared()] * 20, thrice]).estimate == estimates.rate(2, 23)
    assert value("sendings_per_declaration", [*[declared()] * 20, thrice]) == pytest.approx(23 / 21)


def test_returns_in_an_older_store_are_those_that_the_path_tells() -> None:
    older = declared("s,0,x,60,s,90,x,95,s,99,a,100,r,3600,c,7200", returned=True)
    found = figure("return_rate", [*[declared()] * 20, older])
    assert (found.n, found.hits) == (23, 2)


@pytest.mark.parametrize(
    ("wrong", "path", "more"),
    [
        ("returned", "s,0,x,60,s,90,a,100,r,3600,c,7200", {"sendings": 2, "returns": 1}),
        ("reviewed again after the release", "s,0,a,10,r,3600,u,4000,r,5000,c,7200", {}),
        ("deleted unasked", "s,0,a,10,w,60", {"stage": "withdrawn", "withdrawn_at": JULY + 60}),
        ("never accepted", "s,0", {}),
    ],
)
def test_what_went_wrong_was_not_right_the_first_time(
    wrong: str, path: str, more: dict[str, Any]
) -> None:
    told = [declared()] * 39 + [declared(path, **more)]
    assert value("first_time_right", told) == pytest.approx(39 / 40), wrong


def test_what_was_deleted_as_asked_was_not_wrong() -> None:
    gone = {"stage": "withdrawn", "withdrawn_at": JULY + 60, "withdrawal_asked": "2026-07-01"}
    told = [declared()] * 39 + [declared("s,0,a,10,w,60", **gone)]
    assert value("first_time_right", told) == pytest.approx(1)
    assert figure("deleted_rate.asked", told).hits == 1


def test_what_is_younger_than_thirty_days_counts_as_far_as_it_is_known() -> None:
    """Ten of twenty were returned at once; of the others ten days are known."""
    begun = NOW.now - 10 * DAY
    young = {"first_declared_at": begun, "declared_at": begun}
    wrong = declared("s,0,x,60", sendings=1, returns=1, **young)
    told = [declared("s,0,a,10", **young)] * 10 + [wrong] * 10
    assert value("first_time_right", told) == pytest.approx(0.5)


def test_a_cut_off_that_is_ahead_is_neither_met_nor_missed() -> None:
    export = {"direction": "export"}
    met = declared(cutoff="2026-07-01T12:00:00+08:00", **export)
    missed = declared(cutoff="2026-07-01T00:30:00+08:00", **export)
    ahead = declared("s,0,a,10", cutoff="2026-12-01T12:00:00+08:00", **export)
    unknown = declared(**export)
    found = figure("cutoff_hit_rate", [met] * 15 + [missed] * 5 + [ahead, unknown])
    assert found.estimate == estimates.rate(15, 20)
    assert found.coverage == 20 / 21


@pytest.mark.parametrize(
    ("put_away", "released", "n"),
    [(3600, None, 20), (3601, None, 21), (3600, 3601, 20), (3600, 1800, 21), (None, 3601, 21)],
)
def test_what_was_put_away_by_its_cut_off_neither_met_nor_missed_it(
    put_away: int | None, released: int | None, n: int
) -> None:
    """The cut-off is an hour after the declaration. What was released by then has met it."""
    more: dict[str, Any] = {"direction": "export", "cutoff": "2026-07-01T01:00:00+08:00"}
    own = declared("s,0,a,10", **more)
    own = own._replace(
        put_away_at=put_away and JULY + put_away, released_at=released and JULY + released
    )
    told = [declared(**more)] * 20 + [own]
    for name in ("cutoff_hit_rate", "cutoff_margin_p10"):
        assert (figure(name, told).n, figure(name, told).coverage) == (n, 1)
    again = recounting_quality.figures([Seen(one, NOW.now) for one in told], {})
    assert (again["cutoff_hit_rate"].n, again["cutoff_hit_rate"].coverage) == (n, 1)


def test_the_cost_of_an_amendment_after_the_closure_is_a_figure_of_its_own() -> None:
    """Amended for an hour; the interval to the first closure stays as it was."""
    amended = declared("s,0,a,10,r,3600,c,7200,u,10000,r,12000,c,13600")
    assert value("amendment_hours", [amended] * 20) == pytest.approx(20)
    assert figure("amended_rate", [amended] * 20).hits == 20


@st.composite
def some(draw: st.DrawFn) -> Timings:
    """A declaration of any course."""
    letters = draw(st.lists(st.sampled_from("sauvnihrcx?"), max_size=6))
    path = ",".join(f"{letter},{place * 100}" for place, letter in enumerate(["s", *letters]))
    returns = letters.count("x")
    return declared(
        path,
        sendings=1 + returns,
        returns=returns,
        returned=returns > 0,
        direction=draw(st.sampled_from(["import", "export", None])),
        examined_from=draw(st.sampled_from([None, JULY + 5])),
        arrived_at=draw(st.sampled_from([None, JULY - 9, JULY + 9])),
        cutoff=draw(st.sampled_from([None, "2026-07-01T12:00:00+08:00"])),
        error=draw(st.sampled_from([None, "yes", "no"])),
    )


@given(st.lists(some(), min_size=1, max_size=30))
def test_every_figure_is_what_the_declarations_behind_it_say(timings: list[Timings]) -> None:
    for name, kind in FIGURES.items():
        found = figure(name, timings)
        profiled = ((timing, profiles.profile(timing, NOW)) for timing in timings)
        given_by = (quality.given_by(name, timing, own, NOW) for timing, own in profiled)
        behind = [worth for worth in given_by if worth is not None]
        if isinstance(kind, Rate) and name != "return_rate":
            assert (found.n, found.hits or 0) == (len(behind), sum(bool(own) for own in behind))
        elif name != "return_rate":
            assert found.n == len(behind)
        if isinstance(kind, Measured) and len(behind) >= 20:
            assert found.estimate == kind.estimate(behind)
        if isinstance(kind, Summed) and found.estimate:
            assert found.estimate.value == pytest.approx(sum(own or 0 for own in behind))


@given(st.lists(some(), max_size=30))
def test_a_rate_lies_in_its_interval_and_its_hits_in_what_it_is_of(timings: list[Timings]) -> None:
    for name, kind in FIGURES.items():
        found = figure(name, timings)
        assert (found.hits or 0) <= found.n
        assert found.coverage is None or 0 <= found.coverage <= 1
        if found.estimate and kind.unit == "share":
            assert 0 <= found.estimate.low <= found.estimate.value + 1e-12
            assert found.estimate.value - 1e-12 <= found.estimate.high <= 1


def test_what_has_impossible_times_is_in_no_figure() -> None:
    told = [declared()] * 20 + [declared(cleared_at=JULY - 5)]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.anomalous == 1
    assert row.figures["inspection_rate"].found.n == 20


def test_figures_are_of_all_that_was_declared_whatever_the_interval() -> None:
    """None was inspected; the report of inspections counts none of them."""
    told = [declared()] * 20
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval="exam").rows
    assert row.declared == 0
    assert row.figures["inspection_rate"].found.estimate == estimates.rate(0, 20)


def test_a_change_is_told_only_beyond_chance() -> None:
    spring: dict[str, Any] = {"first_declared_at": JULY - 80 * DAY, "declared_at": JULY - 80 * DAY}
    before = [declared(**spring)] * 95 + [declared(examined_from=JULY - 80 * DAY, **spring)] * 5
    now = [declared()] * 70 + [declared(examined_from=JULY + 5)] * 30
    (row,) = report.build([*before, *now], [Quarter(2026, 3)], ZONE, AS_OF).rows
    change = row.figures["inspection_rate"].change
    assert change.verdict == "higher"
    assert change.difference == pytest.approx(0.25)
    assert row.figures["return_rate"].change.verdict == "no clear change"


def test_without_quality_a_report_has_no_such_figures() -> None:
    (row,) = report.build([declared()], [Quarter(2026, 3)], ZONE, AS_OF, quality=False).rows
    assert row.figures == {}


def test_a_course_is_read_once_for_all_that_have_it() -> None:
    assert profiles.course_of("sarc") is profiles.course_of("sarc")


moments = st.one_of(st.none(), st.integers(JULY - 10**6, JULY + 10**6))


@given(
    st.lists(st.tuples(moments, moments, moments, moments, moments), max_size=30),
    st.sampled_from(["import", "export"]),
)
def test_the_parts_of_the_whole_way_sum_to_it_and_none_is_negative(
    ways: list[tuple[int | None, ...]], direction: str
) -> None:
    made = [
        declared(
            first_declared_at=first, released_at=released, arrived_at=arrived,
            gated_out_at=gated, departed_at=departed, direction=direction,
        )
        for first, released, arrived, gated, departed in ways
    ]  # fmt: skip
    followed = Followed()
    for some in of_timings(made):
        followed.add(some, NOW)
    end = "gated_out_at" if direction == "import" else "departed_at"
    whole = [
        getattr(timing, end) - timing.arrived_at
        for timing in made
        if timing.arrived_at is not None and timing.released_at is not None
        if getattr(timing, end) is not None and timing.arrived_at <= getattr(timing, end)
    ]
    totals = followed.links[direction]
    assert totals.n == len(whole)
    assert sum(totals.seconds) == sum(whole)
    assert min(totals.seconds) >= 0


def test_exports_have_no_gate_out_and_imports_no_departure() -> None:
    told = [
        declared(arrived_at=JULY - 50, gated_out_at=JULY + 9000, direction="import"),
        declared(arrived_at=JULY - 50, departed_at=JULY + 9000, direction="export"),
    ]
    for interval in ("arrive-gateout", "arrive-depart"):
        (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval=interval).rows
        assert (row.declared, row.closed) == (1, 1)
        assert row.notes["declared"] == Note.of("arrival_known_of", known=1, all=2)


def test_how_many_arrivals_are_known_is_said_of_what_begins_with_one() -> None:
    known = declared(arrived_at=JULY - 50)
    advance = declared(arrived_at=JULY + 4000)
    told = [known, advance, declared()]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval="arrive-release").rows
    assert row.declared == 1
    assert row.notes["declared"] == Note.of("in_advance_or_unknown", n=1, known=2, all=3)


def test_the_tail_is_what_took_longer_than_nineteen_of_twenty_did_a_year_ago() -> None:
    year = 365 * DAY
    before = [
        declared(
            f"s,0,c,{100 * n}", first_declared_at=JULY - year, declared_at=JULY - year,
            accepted_at=JULY - year, cleared_at=JULY - year + 100 * n,
        )
        for n in range(1, 101)
    ]  # fmt: skip
    now = [
        declared(f"s,0,c,{100 * n}", accepted_at=None, cleared_at=JULY + 100 * n)
        for n in range(1, 41)
    ]
    now += [declared("s,0,c,20000", cleared_at=JULY + 20_000)] * 10
    told = [*before, *now]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, compare="year-ago").rows
    tail = row.figures["tail"].found.estimate
    assert tail
    assert tail.value == pytest.approx(10 / 50)


def test_demurrage_counts_tier_by_tier_for_each_container() -> None:
    tiers = ((4, 100.0), (None, 200.0))
    stayed = declared(
        direction="import", free_until="2026-07-01", containers=2,
        gated_out_at=JULY + 6 * DAY + 3600,
    )  # fmt: skip
    moment = NOW._replace(tiers=tiers)
    own = profiles.profile(stayed, moment)
    assert profiles.overrun_days(stayed, own, moment) == 6
    assert profiles.overrun_cost(stayed, own, moment) == 2 * (4 * 100 + 2 * 200)


@pytest.mark.parametrize(
    ("errors", "free", "unknown", "stands"),
    [
        (2, 0, 198, "unknown"),
        (9, 0, 191, "above"),
        (2, 192, 6, "within"),
        (8, 192, 0, "within"),
        (0, 200, 0, "within"),
        (0, 0, 0, "unknown"),
    ],
)
def test_errors_stand_beside_the_average_only_where_what_is_not_known_cannot_change_it(
    errors: int, free: int, unknown: int, stands: str
) -> None:
    """The average is 4 %. People enter errors, and hardly ever that there is none."""
    said = {"yes": errors, "no": free, None: unknown}
    told = of_timings(declared(error=one) for one, n in said.items() for _ in range(n))
    query = ReportQuery(
        periods=[Quarter(2026, 3)], zone=ZONE, as_of=AS_OF, averages={"2026Q3": 4.0}
    )
    (row,) = compile_report(query, Tally(query, told)).rows
    assert row.standing == (0.04, stands)


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [(0, 30, "too few"), (30, 0, "too few"), (0, 5, "too few"), (0, 0, None)],
)
def test_what_is_compared_with_none_is_compared_with_too_few(
    before: int, now: int, verdict: str | None
) -> None:
    """As the change of the times is. Of arrivals nobody says anything, which is no change."""
    spring = declared(first_declared_at=JULY - 80 * DAY, declared_at=JULY - 80 * DAY)
    told = [spring] * before + [declared()] * now
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.figures["inspection_rate"].change.verdict == verdict
    assert row.figures["advance_rate"].change.verdict is None
