"""Where a figure comes from: the declarations behind it are as many as it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clearance.customs.cn_single_window import demo
from clearance.errors import BadArgument
from clearance.periods import Quarter
from clearance.render.tracing import traced
from clearance.reporting import quality, selecting, tracing
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import compile_report
from clearance.reporting.tally import Tally
from clearance.reporting.tracing import COUNTS, SUMS
from clearance.stores import Store, open_store
from clearance.timelines import intake
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
    report = compile_report(query, Tally(query, selecting.timings(store, query)))
    lists = tracing.lists(query, selecting.timings(store, query))
    members = list(tracing.members(store, query))
    checked = 0

    def behind_of(row: str, figure: str) -> list[tracing.Traced]:
        return [one for member in members if member.row == row for one in member.given(figure)]

    for row in report.rows:
        name = tracing.row_name(row.period, list(row.group.values()))
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
            assert figure in tracing.figures(query) or not given.found.n
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
        report = compile_report(query, Tally(query, selecting.timings(store, query)))
        row = report.rows[0]
        assert row.sums.packages
        for name in SUMS:
            behind = tracing.trace(store, query, f"{row.period}.{name}").behind
            assert len(behind) == row.sums.known[name] + row.sums.left_out.get(name, 0)
        packages = tracing.trace(store, query, f"{row.period}.packages").behind
        assert sum(int(str(one.worth)) for one in packages) == row.sums.packages


def test_a_row_and_a_figure_that_there_are_not_are_told_with_those_there_are(store: Store) -> None:
    query = asked(by=("direction",))
    with pytest.raises(BadArgument, match="it has 2026Q3/export, 2026Q3/import"):
        tracing.trace(store, query, "2026Q3/upward.closed")
    with pytest.raises(BadArgument, match="the figures are declared, closed"):
        tracing.trace(store, query, "2026Q3/export.speed")
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
