"""A report of which two processes draw the resamples."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import BinaryIO

import pytest

from clearance import processes
from clearance.figures import durations
from clearance.figures.durations import Samples
from clearance.periods import Quarter
from clearance.reporting import report, resampling
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import Report
from clearance.reporting.tally import PeriodGroup, Tally
from clearance.stores.alike import of_timings
from tests.reporting.test_report import AS_OF, ZONE, timing
from tests.test_processes import forks, linux

DAY = 86_400
EACH = 25
"""Declarations of an office in a quarter."""
OFFICES = ("2201", "5304", "7900")
draw = resampling._draw


def tallied() -> tuple[ReportQuery, Tally]:
    """Declarations of four quarters, some of them open and some withdrawn."""
    random = Random(17)
    told = []
    for quarter in range(-3, 1):
        for office in OFFICES:
            for _ in range(EACH):
                begun = quarter * 91 * DAY + random.randrange(60 * DAY)
                took = random.choice([random.randrange(9 * DAY), None])
                told.append(timing(begun, took, office=office))
    quarters = [Quarter(2025, 4), *(Quarter(2026, n) for n in (1, 2, 3))]
    query = ReportQuery(periods=quarters, zone=ZONE, as_of=AS_OF, by=("office",))
    return query, Tally(query, of_timings(told))


def alone() -> Report:
    return report.compile_report(*tallied())


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what this process draws, where two are to draw."""
    drawn: list[str] = []
    resampled = durations.resampled

    def noted(samples: Samples, tau: int, name: str) -> list[float]:
        drawn.append(name)
        return resampled(samples, tau, name)

    monkeypatch.setattr(durations, "resampled", noted)
    monkeypatch.setattr(resampling, "_ENOUGH", EACH)
    monkeypatch.setattr(processes, "_has_threads", lambda: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    return drawn


@linux
@forks
def test_two_processes_make_the_report_that_one_makes(here: list[str]) -> None:
    whole = alone()
    names = [*here]
    here.clear()
    assert resampling.compile_report(*tallied()) == whole
    assert sorted(names) == sorted(set(names))
    assert here == names[::4]
    assert len([row for row in whole.rows if row.change.ci95]) == len(OFFICES) * 3


def few(groups: Sequence[PeriodGroup], requests: BinaryIO, answers: BinaryIO) -> None:
    draw(groups[:2], requests, answers)


def torn(groups: Sequence[PeriodGroup], requests: BinaryIO, answers: BinaryIO) -> None:
    draw(groups[:2], requests, answers)
    answers.write(b"\0" * 4097)


def killed(groups: Sequence[PeriodGroup], requests: BinaryIO, answers: BinaryIO) -> None:
    draw(groups[:1], requests, answers)
    os.kill(os.getpid(), signal.SIGKILL)


def nothing(groups: Sequence[PeriodGroup], requests: BinaryIO, answers: BinaryIO) -> None:
    raise MemoryError


@linux
@forks
@pytest.mark.parametrize("serve", [few, torn, killed, nothing])
def test_what_a_second_process_does_not_draw_the_first_does(
    here: list[str], monkeypatch: pytest.MonkeyPatch, serve: Callable[..., None]
) -> None:
    whole = alone()
    names = {*here}
    here.clear()
    monkeypatch.setattr(resampling, "_draw", serve)
    assert resampling.compile_report(*tallied()) == whole
    assert len(here) > len(names) / 2
    assert {*here} < names or serve is nothing


def test_where_there_is_no_second_process_the_first_draws_all(
    here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    whole = alone()
    names = [*here]
    here.clear()
    assert resampling.compile_report(*tallied()) == whole
    assert here == names


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork to be refused")
def test_for_few_samples_no_second_process_is_made(
    here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "_ENOUGH", EACH * len(OFFICES) * 8 + 1)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("there are few"))
    assert resampling.compile_report(*tallied()) == alone()
