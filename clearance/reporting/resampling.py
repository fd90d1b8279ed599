"""A report, of which two processes draw the resamples where they are many.

To draw them is the longest part of a report of many declarations. So a second process draws those
of three groups in four, in the order in which they are asked for, while the first works out what
needs no resamples, and draws the others. Where there can be no second process, or it ends too
early, the first draws all: equal seeds give equal means.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from clearance import processes
from clearance.figures.durations import ROUNDS
from clearance.reporting import report
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import Report
from clearance.reporting.tally import PeriodGroup, Tally

_ENOUGH = 3000
"""Samples that are worth the time that a second process takes to begin."""


def compile_report(query: ReportQuery, tally: Tally, undated: int = 0) -> Report:
    """The same report as ``report.compile_report`` gives, sooner where much is drawn."""
    with _drawn_by_two(report.resampled(query, tally)) as is_helped:
        if is_helped:
            report.work_out_beforehand(query, tally)
        return report.compile_report(query, tally, undated)


@contextmanager
def _drawn_by_two(groups: Iterable[PeriodGroup]) -> Iterator[bool]:
    """A second process helps to draw as long as it lasts, if it says so; the groups are in the
    order in which their resamples are asked for.
    """
    each = list(dict.fromkeys(groups))
    theirs = [group for n, group in enumerate(each) if n % 4]
    if sum(len(group.samples) for group in each) < _ENOUGH:
        yield False
        return
    with processes.second(partial(_draw, theirs)) as pipes:
        drawn = _Drawn(theirs, pipes.answers) if pipes else None
        for group in theirs:
            group.drawn = drawn
        try:
            yield bool(pipes)
        finally:
            for group in theirs:
                group.drawn = None


def _draw(groups: Sequence[PeriodGroup], _: BinaryIO, answers: BinaryIO) -> None:
    """Answers with the means of one group after the other."""
    for group in groups:
        answers.write(array("d", group.resampled))
        answers.flush()


class _Drawn:
    """What the second process has drawn."""

    def __init__(self, groups: Sequence[PeriodGroup], answers: BinaryIO) -> None:
        self._means: dict[PeriodGroup, list[float]] = {}
        self._coming = self._read(groups, answers)

    def __call__(self, group: PeriodGroup) -> list[float] | None:
        """The means of a group, as soon as they are there; None if they never come."""
        while group not in self._means and next(self._coming, None):
            pass
        return self._means.get(group)

    def _read(self, groups: Sequence[PeriodGroup], answers: BinaryIO) -> Iterator[PeriodGroup]:
        for group in groups:
            means = array("d")
            answer = answers.read(ROUNDS * means.itemsize)
            if len(answer) < ROUNDS * means.itemsize:
                return
            means.frombytes(answer)
            self._means[group] = means.tolist()
            yield group
