"""Durations and reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clearance.customs.calendars import OFFICIAL
from clearance.errors import BadArgument
from clearance.figures.stages import STAGE_OF_LETTER
from clearance.model import INTERVALS, Note, Stage, Summary, Timings
from clearance.periods import Month, Quarter, Year, last_four, parse
from clearance.reporting import recounting, report
from clearance.reporting.intervals import Reader
from clearance.reporting.query import DIMENSIONS, ReportQuery
from clearance.reporting.tally import Tally
from clearance.stores.alike import of_timings

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 1, tzinfo=ZONE)
JULY = int(datetime(2026, 7, 1, tzinfo=ZONE).timestamp())
NONE = Timings.of(Summary(system="cn_single_window", name="1", references={"entry_no": ("1",)}))


def timing(declared: int, closed: int | None = None, **more: Any) -> Timings:
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


def test_the_counts_of_a_row_add_up() -> None:
    told = [
        timing(0, 100),
        timing(1),
        timing(2, stage="withdrawn", withdrawn_at=JULY + 5),
        timing(3, -50),
        timing(4, 200, returned=True),
    ]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert (row.declared, row.closed, row.open, row.withdrawn, row.anomalous) == (5, 2, 1, 1, 1)
    assert row.returned == 1
    assert (row.mean_closed, row.median) == (None, None)
    assert row.notes["mean_closed"] == Note.of("too_few", n=2)
    assert row.notes["median"] == Note.of("too_few", n=3)


def test_open_declarations_hold_the_median_back_and_not_the_mean() -> None:
    told = [*(timing(n, 100) for n in range(20)), *(timing(n) for n in range(21))]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.mean_closed == 100
    assert row.median is None
    assert row.notes["median"] == Note.of("not_reached", share=20 / 41)


NOW = int(AS_OF.timestamp())
MOMENTS = st.integers(NOW - 2, NOW + 2)
TIMES = st.one_of(st.none(), MOMENTS)


@given(
    st.lists(st.tuples(MOMENTS, TIMES, TIMES, TIMES, TIMES), min_size=1, max_size=12),
    st.sampled_from(["declare-close", "accept-release", "arrive-declare", "release-close"]),
)
@example([(NOW, NOW, None, None, None), (NOW, NOW - 1, None, None, None)], "accept-release")
def test_the_first_that_is_wrong_with_the_times_of_a_declaration_is_told(
    rows: list[tuple[int | None, ...]], interval: str
) -> None:
    """Whatever is wrong, or as late as can be, with others that are counted as the same."""
    begun, ended = INTERVALS[interval]
    told = []
    for start, end, closed, declared, accepted in rows:
        own: dict[str, Any] = {"cleared_at": closed, "declared_at": declared}
        own |= {"accepted_at": accepted, begun: start, ended: end}
        told.append(NONE._replace(**own))
    quarters = [Quarter(2026, 3)]
    asked = ReportQuery(periods=quarters, zone=ZONE, as_of=AS_OF, interval=interval)
    reader = Reader(asked)
    for some in of_timings(told):
        expected = [_fate(one, begun, ended) for one in some.timings()]
        assert list(reader.fates(some)) == expected


def _fate(one: Timings, begun: str, ended: str) -> str | None:
    start, end, closed = getattr(one, begun), getattr(one, ended), one.cleared_at
    if start > NOW or (end is not None and end > NOW):
        return "in_the_future"
    if end is not None and end < start:
        return "in_advance" if begun == "arrived_at" else "ends_before_it_begins"
    if closed is not None and one.declared_at is not None and closed < one.declared_at:
        return "closed_before_it_was_declared"
    if closed is not None and one.accepted_at is not None and closed < one.accepted_at:
        return "closed_before_it_was_accepted"
    return None


def test_a_period_that_lies_ahead_is_said_to_and_is_not_only_zeros() -> None:
    ahead = [Quarter(2026, 4), Quarter(2027, 1)]
    running, later = report.build([timing(1, 1000)], ahead, ZONE, AS_OF).rows
    assert "declared" not in running.notes
    assert (later.declared, later.notes["declared"]) == (0, Note.of("not_begun"))


def test_an_interval_that_never_began_is_not_one_that_is_open() -> None:
    """Two of forty were inspected; all are closed."""
    told = [timing(n, 1000) for n in range(38)]
    told += [timing(n, 1000, examined_from=JULY, examined_until=JULY + 60) for n in (1, 2)]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval="exam").rows
    assert (row.declared, row.closed, row.open) == (2, 2, 0)
    assert row.notes["mean_closed"] == Note.of("too_few", n=2)
    assert row.notes["declared"] == Note.of("no_such_interval", n=38)
    assert row.notes["median"] == Note.of("too_few", n=2)


def test_a_declaration_belongs_to_the_period_of_its_zone() -> None:
    told = [timing(-1, 10), timing(0, 10)]
    both = [Quarter(2026, 2), Quarter(2026, 3)]
    in_china = report.build(told, both, ZONE, AS_OF)
    assert [row.declared for row in in_china.rows] == [1, 1]
    in_london = report.build(told, both, ZoneInfo("Europe/London"), AS_OF)
    assert [row.declared for row in in_london.rows] == [2, 0]


def test_unknown_is_a_group_of_its_own_and_comes_last() -> None:
    told = [timing(0, 10, office="2248"), timing(1, 10), timing(2, 10, office="0101")]
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


# Change, stages, clocks, anomalies


def quarter_of(n: int, seconds: int, since: int = 0, **more: Any) -> list[Timings]:
    """So many declarations, a minute apart, that took about as long."""
    return [timing(since + 60 * i, seconds + i, **more) for i in range(n)]


APRIL = -91 * 86400
"""The second quarter's first second, counted as ``timing`` does."""
BOTH = [Quarter(2026, 2), Quarter(2026, 3)]


def test_a_change_is_told_with_its_interval_and_how_it_was_found() -> None:
    told = [*quarter_of(40, 9000, APRIL), *quarter_of(40, 6000)]
    first, second = report.build(told, BOTH, ZONE, AS_OF).rows
    assert first.change.verdict == "too few"
    assert first.notes["change"] == Note.of("too_few_to_compare", before=0, now=40)
    change = second.change
    assert (change.since, change.verdict) == ("2026Q2", "faster")
    assert change.rmst_ratio == pytest.approx(6019.5 / 9019.5 - 1)
    assert change.rmst_difference == pytest.approx(-3000)
    assert change.ci95 is not None
    assert change.rmst_ratio is not None
    assert change.ci95[0] < change.rmst_ratio < change.ci95[1] < 0
    assert second.notes["change"] == Note.of("by_bootstrap", rounds=1000)
    assert report.build(reversed(told), BOTH, ZONE, AS_OF).rows[1] == second


def test_many_declarations_are_compared_by_greenwood() -> None:
    told = [*quarter_of(2001, 9000, APRIL), *quarter_of(30, 6000)]
    _, second = report.build(told, BOTH, ZONE, AS_OF).rows
    assert second.notes["change"] == Note.of("by_greenwood")
    assert second.change.verdict == "faster"


def test_fewer_than_twenty_on_a_side_are_not_compared() -> None:
    told = [*quarter_of(19, 9000, APRIL), *quarter_of(40, 6000)]
    _, second = report.build(told, BOTH, ZONE, AS_OF).rows
    assert (second.change.verdict, second.change.ci95) == ("too few", None)
    assert second.rmst is not None
    assert second.notes["change"] == Note.of("too_few_to_compare", before=19, now=40)


def test_more_of_the_easy_cargo_is_no_speed_up() -> None:
    """Imports take a day and exports an hour, as before; there are more exports now."""

    def quarter(since: int, exports: int) -> list[Timings]:
        quick = quarter_of(exports, 3600, since, direction="export")
        return quick + quarter_of(40, 86400, since, direction="import")

    told = quarter(APRIL, 40) + quarter(0, 120)
    _, second = report.build(told, BOTH, ZONE, AS_OF).rows
    assert second.change.verdict == "faster"
    assert second.change.mix_adjusted_ratio == pytest.approx(0, abs=0.01)


def test_a_quarter_is_compared_with_that_of_a_year_ago() -> None:
    last_year = int(datetime(2025, 7, 1, tzinfo=ZONE).timestamp()) - JULY
    told = [*quarter_of(30, 9000, last_year), *quarter_of(30, 9000, APRIL), *quarter_of(30, 6000)]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, compare="year-ago").rows
    assert row.change.since == "2025Q3"
    assert row.change.rmst_ratio == pytest.approx(6014.5 / 9014.5 - 1)
    asked = ReportQuery(periods=[Quarter(2026, 3)], zone=ZONE, as_of=AS_OF, compare="year-ago")
    assert [begin.month for begin, _ in asked.spans] == [7, 7]
    assert [begin.year for begin, _ in asked.spans] == [2025, 2026]


def test_what_lies_beyond_the_last_observation_is_not_known() -> None:
    """Declared six days ago, half still open: nothing is known of the seventh day."""
    now = datetime(2026, 7, 7, tzinfo=ZONE)
    told = [*quarter_of(20, 6000), *(timing(n) for n in range(20))]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, now).rows
    assert row.within == {86400: 0.5, 3 * 86400: 0.5, **dict.fromkeys((604800, 1209600, 2592000))}
    assert row.notes["within"] == Note.of("not_known_beyond", days=6.0)
    assert row.notes["rmst"] == Note.of("carried_flat", days=6.0)
    assert row.notes["open"] == Note.of("immature", share=0.5)


@given(st.lists(st.tuples(st.sampled_from("auinhrcxd"), st.integers(0, 5000)), max_size=8))
def test_the_stages_sum_to_the_whole_to_the_second(steps: list[tuple[str, int]]) -> None:
    after, path = 0, "s,0"
    for letter, seconds in steps:
        after += seconds
        path += f",{letter},{after}"
    told = [timing(0, 9000, path=path), timing(1, 700, path="s,0,a,3")]
    shares = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).stages
    assert sum(share.seconds for share in shares) == 9700
    assert sum(share.share for share in shares) == pytest.approx(1)


def test_a_stage_tells_whom_it_waits_for_and_its_part_of_the_change() -> None:
    """Review became an hour quicker, inspection half an hour slower."""
    told = quarter_of(20, 9000, APRIL, path="s,0,u,10,i,4010")
    told += quarter_of(20, 7200, path="s,0,u,10,i,410")
    shares = report.build(told, BOTH, ZONE, AS_OF).stages
    now = {share.stage: share for share in shares if share.period == "2026Q3"}
    assert (now[Stage.UNDER_REVIEW].owner, now[Stage.UNDER_REVIEW].seconds) == ("customs", 8000)
    assert now[Stage.INSPECTION].owner == "customs and trader"
    assert now[Stage.UNDER_REVIEW].share_of_change == pytest.approx(2)
    assert now[Stage.INSPECTION].share_of_change == pytest.approx(-(6799.5 - 4999.5) / 1800)
    before = [share for share in shares if share.period == "2026Q2"]
    few = Note.of("too_few_to_compare", before=0, now=20)
    assert all(share.notes["share_of_change"] == few for share in before)


DAY = 86400
STORIES = st.lists(
    st.tuples(
        st.sampled_from(["cleared", "cleared", None, "withdrawn"]),
        st.integers(0, 60 * DAY),
        st.lists(st.tuples(st.sampled_from("auinrd"), st.integers(0, 20 * DAY)), max_size=4),
        st.integers(0, 80 * DAY),
    ),
    min_size=1,
    max_size=20,
)


@given(STORIES, st.booleans())
def test_the_stages_sum_to_the_restricted_mean_but_for_what_is_open(
    stories: list[tuple[str | None, int, list[tuple[str, int]], int]], by_office: bool
) -> None:
    """Whatever is open or withdrawn, or takes longer than thirty days; and by a second way."""
    told = []
    for number, (stage, seconds, steps, declared) in enumerate(stories):
        path, after = "s,0", 0
        for letter, more in steps:
            after += more
            path += f",{letter},{after}"
        start, end = JULY + declared, JULY + declared + seconds
        told.append(
            NONE._replace(
                name=str(number),
                office="ab"[number % 2],
                first_declared_at=start,
                declared_at=start,
                path=path,
                stage=stage,
                cleared_at=end if stage == "cleared" else None,
                withdrawn_at=end if stage == "withdrawn" else None,
            )
        )
    if all(one.stage == "withdrawn" for one in told):
        return
    quarter, as_of = Quarter(2026, 3), datetime(2027, 1, 1, tzinfo=ZONE)
    by = ("office",) if by_office else ()
    tally = Tally(ReportQuery(periods=[quarter], zone=ZONE, as_of=as_of, by=by), of_timings(told))
    whole, parts = tally.whole(quarter), tally.restricted(quarter)
    left = (1 - whole.curve.reached) * whole.tau
    assert sum(parts.values()) + left == pytest.approx(whole.rmst, abs=1e-4)
    begins, ends = INTERVALS["declare-close"]
    asked = recounting.Asked(
        "declare-close", begins, ends, int(as_of.timestamp()), DAY, lambda _, low, high: high - low
    )
    again = recounting.restricted(recounting.Row(asked, told, ""))
    second = {STAGE_OF_LETTER[letter]: seconds for letter, seconds in again.items()}
    for stage_ in parts.keys() | second.keys():
        assert parts.get(stage_, 0) == pytest.approx(second.get(stage_, 0), abs=1e-4)


def test_the_parts_of_a_clear_change_sum_to_it_in_the_mean_that_it_is_told_in() -> None:
    """Ten of the earlier took forty days and counted as thirty; three of the later are open."""
    told = quarter_of(30, 9000, APRIL, path="s,0,u,10,i,4010")
    told += quarter_of(10, 40 * DAY, APRIL, path="s,0,u,10,r,5000")
    told += quarter_of(40, 7200, path="s,0,u,10,i,410")
    told += [timing(n, name=f"OPEN{n}") for n in range(3)]
    now = report.build(told, BOTH, ZONE, datetime(2026, 10, 20, tzinfo=ZONE))
    shares = [share for share in now.stages if share.period == "2026Q3"]
    change = now.rows[1].change
    assert change.verdict == "faster"
    parts = {share.stage: share.change for share in shares}
    assert parts[Stage.RELEASED] == pytest.approx(-(30 * DAY - 5000) / 4)
    left = 3 / 43 * 30 * DAY  # what is open stands for thirty days in the mean
    assert change.rmst_difference is not None
    told_of = sum(filter(None, parts.values()))
    assert told_of == pytest.approx(change.rmst_difference - left, abs=1e-3)
    assert [share.share_of_change for share in shares] == pytest.approx(
        [part / change.rmst_difference for part in parts.values() if part is not None]
    )


def test_a_change_that_is_next_to_nothing_is_not_shared_out() -> None:
    """Half a minute of two and a half hours: an hour here and an hour there are not thousands."""
    told = quarter_of(20, 9000, APRIL, path="s,0,u,10,i,4010")
    told += quarter_of(20, 8970, path="s,0,u,10,i,410")
    now = [s for s in report.build(told, BOTH, ZONE, AS_OF).stages if s.period == "2026Q3"]
    assert {share.share_of_change for share in now} == {None}
    assert all(share.notes["share_of_change"] == Note.of("no_change_to_share") for share in now)


def test_the_longest_are_listed_with_what_they_were_long_in() -> None:
    told = [timing(0, 9000 + n, name=f"E{n:02}", path="s,0,u,10,i,8000") for n in range(15)]
    told.append(timing(0, name="STILL", path="s,0,a,5", returned=True))
    longest = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).longest
    assert [one.reference for one in longest[:2]] == ["STILL", "E14"]
    assert len(longest) == 10
    assert (longest[0].open, longest[0].returned) == (True, True)
    assert longest[1].parts[:2] == ((Stage.UNDER_REVIEW, 7990), (Stage.INSPECTION, 1014))


def test_the_anomalous_are_listed_and_in_no_figure() -> None:
    future = int(AS_OF.timestamp()) - JULY + 60
    told = [
        timing(0, 100),
        timing(1, -50, name="BACK"),
        timing(2, -50, name="EARLY", accepted_at=JULY, released_at=JULY + 9),
        timing(3, name="AHEAD", accepted_at=JULY + future),
    ]
    result = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF)
    assert (result.rows[0].anomalous, result.rows[0].closed) == (2, 1)
    assert [case.seconds for case in result.longest if not case.open] == [100]
    releases = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, interval="accept-release")
    assert [(one.reference, one.why.key) for one in releases.anomalies] == [
        ("AHEAD", "in_the_future"),
        ("EARLY", "closed_before_it_was_declared"),
    ]


def test_the_cohort_of_the_closed_counts_by_the_day_of_closure() -> None:
    told = [timing(-3600, 7200), timing(0, 100), timing(0)]
    declared = report.build(told, BOTH, ZONE, AS_OF).rows
    assert [(row.declared, row.open) for row in declared] == [(1, 0), (2, 1)]
    closed = report.build(told, BOTH, ZONE, AS_OF, cohort="closed").rows
    assert [(row.declared, row.open) for row in closed] == [(0, 0), (2, 0)]


def test_the_working_clock_stands_still_on_holidays() -> None:
    """From 17:00 on 30 September to 09:00 on 8 October is one hour of work."""
    eve = int(datetime(2026, 9, 30, 17, tzinfo=ZONE).timestamp()) - JULY
    after = int(datetime(2026, 10, 8, 9, tzinfo=ZONE).timestamp()) - JULY
    told = [timing(eve, after - eve, path="s,0,r,1800")] * 20
    (row,) = report.build(
        told, [Quarter(2026, 3)], ZONE, AS_OF, calendar=OFFICIAL.of("cn_single_window")
    ).rows
    assert row.mean_closed == 3600
    assert row.tau == 30 * 9 * 3600
    result = report.build(
        told, [Quarter(2026, 3)], ZONE, AS_OF, calendar=OFFICIAL.of("cn_single_window")
    )
    assert [(one.stage, one.seconds) for one in result.stages] == [
        (Stage.SUBMITTED, 20 * 1800),
        (Stage.RELEASED, 20 * 1800),
    ]


def test_a_year_without_a_calendar_is_said_and_not_guessed() -> None:
    """Half of them are open, and the moment lies in a year that nobody has announced."""
    told = [*quarter_of(20, 6000), *(timing(n) for n in range(20))]
    later = datetime(2027, 2, 1, tzinfo=ZONE)
    (row,) = report.build(
        told, [Quarter(2026, 3)], ZONE, later, calendar=OFFICIAL.of("cn_single_window")
    ).rows
    assert (row.declared, row.closed, row.open) == (40, 20, 20)
    figures = (row.mean_closed, row.median, row.rmst, row.within, row.change.ci95)
    assert figures == (None,) * 5
    assert row.change.verdict is None
    for name in ("mean_closed", "median", "rmst", "within", "change"):
        assert row.notes[name] == Note.of("no_calendar", years=[2027])


def test_two_dimensions_at_once_of_what_messages_told() -> None:
    told = [
        timing(0, 9, agent="甲", examined_from=JULY),
        timing(1, 9, agent="甲"),
        timing(2, 9, hs_code="8517120000"),
    ]
    rows = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, by=["broker", "inspected"]).rows
    assert [tuple(row.group.values()) for row in rows] == [
        ("甲", "no"),
        ("甲", "yes"),
        (None, "no"),
    ]
    (chapter, unknown) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF, by=["hs_chapter"]).rows
    assert (chapter.group, chapter.declared) == ({"hs_chapter": "85"}, 1)
    assert (unknown.group, unknown.declared) == ({"hs_chapter": None}, 2)


def test_every_dimension_can_be_asked_for() -> None:
    for name in DIMENSIONS:
        (row,) = report.build([timing(0, 9)], [Quarter(2026, 3)], ZONE, AS_OF, by=[name]).rows
        assert list(row.group) == [name]


def test_a_running_period_is_compared_with_the_same_part_of_the_other() -> None:
    """A month into the fourth quarter; what was slow in the third came after its first month."""
    october = int(datetime(2026, 10, 1, tzinfo=ZONE).timestamp()) - JULY
    quick = [timing(n * 86400, 1000 + n) for n in range(25)]
    slow = [timing((40 + n) * 86400, 90_000 + n) for n in range(25)]
    now = [timing(october + n * 86400, 1000 + n) for n in range(25)]
    whole, running = report.build(
        [*quick, *slow, *now], [Quarter(2026, 3), Quarter(2026, 4)], ZONE, AS_OF
    ).rows
    assert (whole.declared, running.declared, running.running) == (50, 25, True)
    assert running.change.rmst_difference == pytest.approx(0)
    assert running.change.until == datetime(2026, 8, 1, tzinfo=ZONE)
    assert running.change.verdict == "no clear change"
    assert whole.change.until is None
    (later,) = report.build(
        [*quick, *slow, *now], [Quarter(2026, 4)], ZONE, datetime(2027, 2, 1, tzinfo=ZONE)
    ).rows
    assert later.change.verdict == "faster"


def test_what_is_known_by_its_day_only_is_in_its_period_and_named() -> None:
    dated = timing(0)._replace(
        declared_at=None, first_declared_at=None, dated_at=JULY + 43200, name="D", path=""
    )
    made = report.build(
        [dated, *(timing(n, 100) for n in range(20))], [Quarter(2026, 3)], ZONE, AS_OF
    )
    (row,) = made.rows
    assert [one.reference for one in made.day_only] == ["D"]
    assert row.declared == 20
    assert row.figures["inspection_rate"].found.n == 21
    assert row.notes["declared"] == Note.of("no_such_interval", n=1)


@pytest.mark.parametrize(
    ("zone", "as_of", "period", "end"),
    [
        ("Europe/London", "2026-11-10T12:00+00:00", Quarter(2026, 4), "2026-08-10T12:00+00:00"),
        ("America/New_York", "2026-03-20T12:00-04:00", Quarter(2026, 1), "2025-12-18T10:00-05:00"),
        ("Pacific/Auckland", "2026-10-20T12:00+13:00", Year(2026, 1), "2025-10-20T12:00+13:00"),
    ],
)
def test_the_part_that_a_running_period_is_compared_with_is_as_long_whatever_the_clocks_do(
    zone: str, as_of: str, period: Quarter | Year, end: str
) -> None:
    moment = datetime.fromisoformat(as_of)
    there = ZoneInfo(zone)
    asked = ReportQuery(periods=[period], zone=there, as_of=moment.astimezone(there))
    part = asked.same_part(period)
    assert part is not None
    assert part.timestamp() == datetime.fromisoformat(end).timestamp()


def test_the_parts_of_stages_are_the_change_where_one_is_open_for_longer_than_tau() -> None:
    """Its weight goes to what took still longer."""
    day = 86_400
    told = [timing(-91 * day + n, 10 * day, path="s,0") for n in range(40)]
    told += [timing(n, 5 * day, path="s,0") for n in range(38)]
    told += [timing(50, 60 * day, path="s,0"), timing(82 * day, path="s,0")]
    quarters = [Quarter(2026, 2), Quarter(2026, 3)]
    result = report.build(told, quarters, ZONE, AS_OF, why=False)
    row = result.rows[-1]
    parts = [one.change for one in result.stages if one.period == "2026Q3" and one.change]
    assert row.change.verdict == "faster"
    assert sum(parts) == pytest.approx(row.change.rmst_difference, abs=1e-3)


@pytest.mark.parametrize("back", [6, 4, 1])
def test_a_running_period_has_the_change_of_every_figure_whatever_else_is_shown(back: int) -> None:
    """What it is compared with is a part of a period, whose own figures need the year before."""
    day, told = 86_400, []
    for quarter in range(-7, 1):
        told += [timing(quarter * 91 * day + n * 3600, (3 + n % 9) * day) for n in range(60)]
    running = Quarter(2026, 3)
    quarters = [running.shifted(n) for n in range(-back, 1)]
    at = datetime(2026, 8, 31, tzinfo=ZONE)
    last = report.build(told, quarters, ZONE, at).rows[-1]
    changes = {name: figure.change for name, figure in last.figures.items()}
    whole = report.build(told, [running.shifted(n) for n in range(-6, 1)], ZONE, at).rows[-1]
    assert {n: c for n, c in changes.items() if n != "tail"} == {
        n: f.change for n, f in whole.figures.items() if n != "tail"
    }
    assert (changes["tail"].verdict is not None) is (back >= 4)
