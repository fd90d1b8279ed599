"""Score cards: what differs beyond chance stands first, and is told."""

from __future__ import annotations

from itertools import chain
from random import Random

import pytest

from clearance.errors import BadArgument
from clearance.model import Timings, replace
from clearance.periods import Quarter
from clearance.render.scorecard import Asked, scored
from clearance.reporting import scorecard_lists
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import compile_report
from clearance.reporting.scorecard import (
    RIGHT,
    TIME,
    Comparison,
    Line,
    Scorecard,
    scorecard,
)
from clearance.reporting.tally import Tally
from clearance.stores.alike import of_timings
from tests.reporting.test_quality import AS_OF, JULY, ZONE, declared

QUERY = ReportQuery(periods=[Quarter(2026, 3)], zone=ZONE, as_of=AS_OF, interval="declare-release")


def some(broker: str | None, n: int, returned: int, hours: float, seed: int) -> list[Timings]:
    """Declarations of a broker, some of them returned, released after some hours."""
    random = Random(f"{broker}{seed}")
    made = []
    for number in range(n):
        released = JULY + int(random.lognormvariate(0, 0.5) * hours * 3600)
        wrong = number < returned
        path = "s,0,x,60,s,90,a,95" if wrong else "s,0,a,10"
        made.append(
            declared(
                path, agent=broker, released_at=released, sendings=1 + wrong, returns=int(wrong),
                stage="released",
            )
        )  # fmt: skip
    return made


def card(*timings: list[Timings]) -> Scorecard:
    return scorecard(QUERY, of_timings(chain.from_iterable(timings)), "broker")


def test_who_is_returned_more_often_than_the_others_stands_first() -> None:
    found = card(some("A", 200, 6, 30, 1), some("B", 90, 30, 30, 1), some("C", 300, 9, 30, 1))
    first = found.lines[0]
    assert first.name == "B"
    assert set(first.differs) == {"return_rate", RIGHT, "touchless_rate"} & set(first.differs)
    assert first.figures["return_rate"].verdict == "higher"
    assert first.figures[RIGHT].verdict == "lower"


def test_who_takes_longer_than_the_others_is_told() -> None:
    found = card(some("A", 200, 4, 30, 1), some("B", 200, 4, 60, 1))
    assert {line.name: line.figures[TIME].verdict for line in found.lines} == {
        "A": "lower", "B": "higher",
    }  # fmt: skip


def test_fewer_than_twenty_are_counted_and_compared_in_none() -> None:
    found = card(some("A", 200, 4, 30, 1), some("B", 19, 10, 30, 1), some(None, 60, 2, 30, 1))
    few = next(line for line in found.lines if line.name == "B")
    assert few.n == 19
    assert all(figure.verdict is None for figure in few.figures.values())


@pytest.mark.slow
def test_where_nothing_differs_hardly_anything_is_told() -> None:
    """The chance that any of six brokers is told to differ, where none does, is below 5 %."""
    told = 0
    for seed in range(120):
        found = card(*(some(name, 60, 3, 30, seed) for name in "ABCDEF"))
        told += any(line.differs for line in found.lines)
    assert told <= 12


def test_the_lists_of_a_line_are_of_as_many_as_its_figures_and_who_has_no_name_is_unknown() -> None:
    timings = [*some("A", 30, 2, 30, 1), *some(None, 25, 3, 30, 1)]
    found = scorecard_lists.lists(QUERY, of_timings(timings), "broker")
    assert found.keys() == {"A", "unknown"}
    for line in card(timings).lines:
        names = found[scorecard_lists.line_name(line.name)]
        assert len(names["n"]) == line.n
        assert len(names[TIME]) == line.figures[TIME].found.n
        assert len(names[RIGHT]) == line.figures[RIGHT].found.n


@pytest.mark.parametrize(("interval", "n"), [("declare-release", 20), ("exam", 21)])
def test_what_has_impossible_times_is_left_out_of_a_score_card_as_of_a_report(
    interval: str, n: int
) -> None:
    """One is released before it was declared; it was not inspected."""
    told = [*some("A", 20, 0, 30, 1), declared(agent="A", stage="released", released_at=JULY - 5)]
    query = replace(QUERY, interval=interval, by=("broker",))
    (line,) = scorecard(query, of_timings(told), "broker").lines
    (row,) = compile_report(query, Tally(query, of_timings(told))).rows
    assert line.n == row.figures["inspection_rate"].found.n == n
    assert len(scorecard_lists.lists(query, of_timings(told), "broker")["A"]["n"]) == n


def test_a_dimension_without_a_score_card_is_named() -> None:
    with pytest.raises(BadArgument, match="broker"):
        scorecard(QUERY, [], "country")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_workbook_of_a_score_card_names_figures_as_people_call_them(lang: str) -> None:
    found = card(some("A", 200, 6, 30, 1), some("B", 90, 30, 30, 1))
    page = scored(found, Asked("2026Q3", AS_OF, ZONE), lang)
    assert page.sheets
    _, sheet, *_ = page.sheets()
    titles = [column.title for column in sheet.columns]
    assert not [title for title in titles if "_" in title]
    wanted = {
        "en": ("sendings returned", "median time (hours)"),
        "zh": ("退单率", "用时中位数（小时）"),
    }
    assert {*wanted[lang]} <= {*titles}
    assert [row[0] for row in sheet.rows] == [line.name for line in found.lines]
    assert {len(row) for row in sheet.rows} == {len(titles)}
    assert all(column.share for column in sheet.columns if column.key == "return_rate")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_and_a_workbook_say_who_differs_and_what_beyond_chance_means(lang: str) -> None:
    found = card(some("B", 90, 60, 30, 1), some("C", 300, 9, 30, 1), some("D", 3, 0, 30, 1))
    page = scored(found, Asked("2026Q3", AS_OF, ZONE), lang)
    assert page.sheets
    assert page.html
    summary, _, differences = page.sheets()
    written = " ".join(str(cell) for (cell,) in summary.rows)
    for said in (page.html(), written):
        assert "Holm" in said
        assert {"en": "2 of 2 brokers differ", "zh": "2 个申报单位中有 2 个"}[lang] in said
        assert {"en": "chance alone", "zh": "纯属偶然"}[lang] in said
    assert {row[0] for row in differences.rows} == {"B", "C"}
    assert page.html().count('class="verdict slower"') > 1


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((200, 200), "None of 2 brokers differs from the others beyond chance"),
        ((200, 19), "Nothing is compared: fewer than two have twenty declarations"),
    ],
)
def test_a_page_on_which_nothing_differs_says_so(sizes: tuple[int, int], said: str) -> None:
    found = card(some("A", sizes[0], 6, 30, 1), some("B", sizes[1], 0, 30, 1))
    found = found._replace(lines=tuple(line._replace(figures=_alike(line)) for line in found.lines))
    page = scored(found, Asked("2026Q3", AS_OF, ZONE), "en")
    assert page.html
    assert page.sheets
    assert said in page.html()
    assert "the surest first" not in page.html()
    assert len(page.sheets()) == 2


def _alike(line: Line) -> dict[str, Comparison]:
    """Figures of which none differs."""
    return {
        key: figure._replace(p_adjusted=None if figure.p_adjusted is None else 1.0)
        for key, figure in line.figures.items()
    }
