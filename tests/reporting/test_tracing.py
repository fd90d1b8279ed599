"""Where a figure comes from: the declarations behind it are as many as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clearance.customs.cn_single_window import demo
from clearance.customs.cn_single_window.demo import OFFICES
from clearance.errors import BadArgument
from clearance.periods import Quarter
from clearance.render.reports import reported
from clearance.render.tracing import traced
from clearance.reporting import chart_data, page_lists, quality, selecting, tracing, verifying
from clearance.reporting.figure_names import (
    COUNTS,
    OF_PERIODS,
    OF_REPORTS,
    figures,
    named,
    row_name,
)
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import compile_report
from clearance.reporting.sums import SUMS
from clearance.reporting.tally import Tally
from clearance.stores import Store, open_store
from clearance.timelines import intake
from tests.alerting.scenes import accepted, told
from tests.conftest import AS_OF as FRIDAY
from tests.conftest import Run
from tests.reporting import full
from tests.stores.support import NOW, files, items

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 8, 1, tzinfo=ZONE)
QUARTERS = [Quarter(2026, 2), Quarter(2026, 3)]
asked = partial(ReportQuery, periods=QUARTERS, zone=ZONE, as_of=AS_OF)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "grouped": {"by": ("direction", "inspected")},
    "closed": {"cohort": "closed"},
    "release": {"interval": "declare-release", "by": ("office",)},
}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with open_store("memory:") as opened:
        intake.ingest(opened, items(files(80)), NOW)
        yield opened


@pytest.mark.parametrize("way", WAYS)
def test_behind_every_figure_are_as_many_declarations_as_it_is_of(store: Store, way: str) -> None:
    query = asked(**WAYS[way])
    report = compile_report(query, Tally(query, selecting.alike(store, query)))
    lists = page_lists.lists(query, selecting.alike(store, query))
    members = list(tracing.members(store, query, named(query, "2026Q3.closed")))
    checked = 0

    def behind_of(row: str, figure: str) -> list[tracing.Traced]:
        name = named(query, f"{row}.{figure}")
        return [one for member in members if member.row == row for one in member.given(name)]

    for row in report.rows:
        name = row_name(row.period, list(row.group.values()))
        if not row.declared:
            continue
        for count in COUNTS:
            behind = behind_of(name, count)
            assert len(behind) == getattr(row, count), (name, count)
            assert len(lists[name].get(count, ())) == getattr(row, count), (name, count)
            checked += len(behind)
        times = behind_of(name, "median")
        assert len(times) == row.declared - row.anomalous
        for figure, given in row.figures.items():
            assert figure in figures(query) or not given.found.n
            kind, behind = quality.FIGURES.get(figure), behind_of(name, figure)
            worth = [one.worth for one in behind]
            if kind is None:
                assert len(behind) >= given.found.n
            elif not isinstance(kind, quality.Rate):
                assert len(behind) == given.found.n
            else:
                assert sum(map(bool, worth)) <= (given.found.hits or 0) or not given.found.n
    assert checked > 100


def test_behind_a_sum_are_the_declarations_that_say_it() -> None:
    query = asked(as_of=datetime(2026, 11, 1, tzinfo=ZONE))
    with open_store("memory:") as store:
        intake.ingest(store, items(demo.demo_files()[:300]), NOW)
        report = compile_report(query, Tally(query, selecting.alike(store, query)))
        row = report.rows[0]
        assert row.sums.packages
        for name in SUMS:
            behind = tracing.trace(store, query, f"{row.period}.{name}").behind
            if name in row.sums.known:
                assert len(behind) == row.sums.known[name] + row.sums.left_out.get(name, 0)
        packages = tracing.trace(store, query, f"{row.period}.packages").behind
        assert sum(int(str(one.worth)) for one in packages) == row.sums.packages


def test_a_row_and_a_figure_that_there_are_not_are_told_with_those_there_are(store: Store) -> None:
    query = asked(by=("direction",))
    with pytest.raises(BadArgument, match="it has 2026Q3/export, 2026Q3/import"):
        tracing.trace(store, query, "2026Q3/upward.closed")
    with pytest.raises(BadArgument, match=r"of the \d{2,} figures, .* are closed(, [\w.]+){4}$"):
        tracing.trace(store, query, "2026Q3/export.close")
    with pytest.raises(BadArgument, match=r"give ROW\.FIGURE, such as 2026Q3\.closed; .* open"):
        tracing.trace(store, query, "opn")
    with pytest.raises(BadArgument, match="has no row 1999Q1"):
        tracing.trace(store, query, "1999Q1.closed")


def test_the_row_of_a_running_period_may_bear_its_star(store: Store) -> None:
    plain, starred = (tracing.trace(store, asked(), f"2026Q3{s}.open") for s in ("", "*"))
    assert plain.behind == starred.behind != []


def test_a_period_without_declarations_has_nothing_behind_its_figures(store: Store) -> None:
    query = asked(periods=[Quarter(2020, 1)])
    assert tracing.trace(store, query, "2020Q1.closed").behind == []


def test_the_title_of_a_trace_counts_in_the_words_of_its_language(store: Store) -> None:
    trace = tracing.trace(store, asked(), "2026Q2.closed")
    titles = {lang: traced(trace, {}, lang).tables[0].title for lang in ("en", "zh")}
    n = len(trace.behind)
    assert titles["en"] == f"2026Q2.closed: {n} declarations"
    assert titles["zh"] == f"2026Q2.closed：{n} 票报关单"


# Every name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store lies that gives every figure."""
    return tmp_path_factory.mktemp("full")


@pytest.fixture
def whole(call: Run, folder: Path) -> Path:
    """The same, filled."""
    if not (folder / "store.db").exists():
        full.made(call, folder)
    return folder


@pytest.mark.parametrize(
    "more",
    [{}, pytest.param({"by": ("direction",), "compare": "year-ago"}, marks=pytest.mark.slow)],
    ids=str,
)
def test_every_figure_of_a_report_is_traced_by_its_name(whole: Path, more: dict[str, Any]) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = full.query(whole, store, **more)
        report = compile_report(query, Tally(query, selecting.alike(store, query)))
        values = _figures(reported(report, "en", _no_pictures).json)
        assert len(values) > 1000
        read: dict[Any, list[tracing.Member]] = {}
        for written, value in values.items():
            name = named(query, written)
            if name.whole not in OF_REPORTS:
                kind = (name.whole in OF_PERIODS, name.whole.startswith("why"))
                key = (*kind, name.is_change, name.is_change and name.whole == "inside_target")
                if key not in read:
                    read[key] = list(tracing.members(store, query, name))
                own = (member for member in read[key] if member.shown_in == name.row)
                _agrees(written, value, [one for member in own for one in member.given(name)])


def _figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a report that are numbers, or might be, by their names."""
    return {
        f"{row}.{figure}".strip("."): value
        for (row, figure), value in verifying.figures(document)
        if value is None or type(value) in (int, float) or ".sums." in f".{figure}"
    }


def _no_pictures() -> Any:
    raise AssertionError


def _agrees(written: str, value: Any, behind: Sequence[tracing.Traced]) -> None:
    """A figure is of the declarations behind it: as many, or as much, as it says."""
    figure, _, said = written.rpartition(".")
    is_sum = any(word in figure for word in ("fees", "stages.", "links", "overrun"))
    worths = [one.worth for one in behind]
    if said in ("seconds", "value") and is_sum and value is not None and "why" not in figure:
        numbers = [float(one) for one in worths if one is not None]
        assert sum(numbers) == pytest.approx(value), written
    elif said == "count" and value is not None and "per_100" not in figure:
        hits = (one if isinstance(one, int) else one is not None for one in worths)
        assert value == sum(hits), written
    elif said in COUNTS:
        assert len(behind) == value, written
    elif isinstance(value, float) and value and said not in ("coverage", "average"):
        assert behind, written


def test_what_stands_in_no_row_is_traced_too(whole: Path) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = full.query(whole, store)
        report = compile_report(query, Tally(query, selecting.alike(store, query)))
        longest = tracing.trace(store, query, "longest").behind
        assert [one.worth for one in longest] == [case.seconds for case in report.longest]
        (third,) = tracing.trace(store, query, "longest.2.seconds").behind
        assert third == longest[2]
        assert tracing.trace(store, query, "undated").behind == []
        (one,) = tracing.trace(store, query, "2026Q3.by_hand").behind
        assert one.row == "2026Q3"


def test_a_change_is_of_the_declarations_of_both_periods(whole: Path) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = full.query(whole, store)
        for name in (
            "2026Q3.change.rmst_ratio",
            "2026Q3.inspection_rate.change",
            "2026Q3.why.office",
        ):
            behind = tracing.trace(store, query, name).behind
            assert {one.row for one in behind} == {"2026Q2", "2026Q3"}
        assert {one.worth for one in behind} <= {*OFFICES}
        of_target = tracing.trace(store, query, "2026Q3.inside_target.change.difference").behind
        assert {one.row for one in of_target} == {"2026Q3"}


def test_sums_are_traced_by_currency_and_by_what_is_left_out(whole: Path) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = full.query(whole, store)
        in_yen = tracing.trace(store, query, "2026Q3.sums.value.JPY").behind
        assert 0 < len(in_yen) < len(tracing.trace(store, query, "2026Q3.sums.value").behind)
        known = tracing.trace(store, query, "2026Q3.sums.known.packages").behind
        assert known == tracing.trace(store, query, "2026Q3.packages").behind
        assert tracing.trace(store, query, "2026Q3.sums.left_out.packages").behind == []


def test_a_trace_is_a_page_and_a_workbook_in_both_languages(kept: Run) -> None:
    line = ("report", "--trace", "2026Q1.closed", "--as-of", FRIDAY)
    for lang, title in (
        ("en", "2026Q1.closed: 1 declaration"),
        ("zh", "2026Q1.closed：1 票报关单"),
    ):
        ran = kept(*line, "--format", "html", "--lang", lang)
        assert ran.code == 0
        page = ran.out.decode()
        assert f"<h1>{title}</h1>" in page
        assert page.count("<h2>") == 0
        assert "Receipt_DECCUS004" in page
    assert kept(*line, "--output", "trace.xlsx").code == 0


def test_what_only_a_page_counts_is_traced_by_the_name_of_its_list(whole: Path) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = full.query(whole, store)
        some = list(selecting.alike(store, query))
        pictures = chart_data.draw(query, some)
        found = page_lists.figure_lists(query, some, pictures, ["2026Q3"])
        wanted = {
            figure for figure in found["2026Q3"] if named(query, f"2026Q3.{figure}").whole in PAGE
        }
        assert wanted == {"standing", "before.declared", "before.open", "before.standing"}
        for figure in wanted:
            assert _behind(store, query, f"2026Q3.{figure}") == found["2026Q3"][figure]
        hours = sorted(found[""])[::9]
        assert len(hours) > 3
        for hour in hours:
            assert _behind(store, query, hour) == found[""][hour]
        boxes = {row for row in found if "/" in row}
        by_office = replace(query, by=("office",))
        assert boxes
        for row in boxes:
            assert _behind(store, by_office, f"{row}.standing") == found[row]["standing"]


def test_hours_of_submission_are_those_of_what_was_closed_where_closures_are_counted(
    whole: Path,
) -> None:
    with open_store(str(whole / "store.db")) as store:
        query = replace(full.query(whole, store), cohort="closed")
        some = list(selecting.alike(store, query))
        found = page_lists.figure_lists(query, some, chart_data.draw(query, some), [])[""]
        closed = {
            one.name
            for each in some
            for one in each.timings()
            if one.cleared_at is not None
            and any(
                period.start(query.zone).timestamp()
                <= one.cleared_at
                < period.next.start(query.zone).timestamp()
                for period in query.periods
            )
        }
        assert len(closed) > 20
        assert sorted(name for names in found.values() for name in names) == sorted(closed)
        for hour in sorted(found)[::9]:
            assert _behind(store, query, hour) == found[hour]


PAGE = ("standing", "before")
"""The first words of what figures of a row are called that only a page has."""


def _behind(store: Store, query: ReportQuery, name: str) -> list[str]:
    return [one.declaration.name for one in tracing.trace(store, query, name).behind]


@pytest.mark.parametrize("written", ["hours.7.0", "hours.0.24", "hours.1", "hours"])
def test_an_hour_that_there_is_not_is_told(store: Store, written: str) -> None:
    with pytest.raises(BadArgument, match="give ROW"):
        tracing.trace(store, asked(), written)


def test_what_a_page_has_no_room_for_is_traced() -> None:
    """Of 23 declarations the closure comes before the declaration: 20 are on the page."""
    named_by = [(f"I2026000000000{n:03}5", f"22482026100000{n:04}") for n in range(23)]
    told_of = [file for place in named_by for file in (*accepted(*place, 48), told("R", 1, *place))]
    query = asked(periods=[Quarter(2026, 1)])
    with open_store("memory:") as store:
        intake.ingest(store, items(told_of), NOW)
        listed = _behind(store, query, "2026Q1.anomalies")
        assert listed == sorted(entry for _, entry in named_by)
        assert _behind(store, query, "more.anomalies") == listed[20:]
        assert _behind(store, query, "more.day_only") == []
