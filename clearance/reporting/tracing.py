"""Where a figure of a report comes from: the declarations behind it, with what each gives to it.

A figure is named ``ROW.FIGURE``. A row is called as in the report: its period, and behind strokes
the values of its groups, such as ``2026Q3/import``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from clearance.errors import BadArgument
from clearance.figures.durations import Ending, Sample
from clearance.figures.stages import STAGE_OF_LETTER
from clearance.model import LETTERS, Declaration, Stage, Timings
from clearance.reporting import quality, quality_times, return_reasons, selecting
from clearance.reporting.quality_alerts import AlertCase
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import PERCENTILES
from clearance.reporting.tally import PeriodGroup, Tally
from clearance.stores import Store

Worth = float | str | bool | None
"""What a declaration gives to a figure."""

COUNTS = ("declared", "closed", "open", "returned", "withdrawn", "anomalous")
"""Figures that count declarations."""
MORE_COUNTS = ("put_away", "by_hand")
"""Counts that overlap with the others."""
_OUTSIDE = quality_times.OUTSIDE
_RETURNS = "return_reasons"
_OF_ALERTS: Mapping[str, Callable[[AlertCase], Worth]] = {
    "reaction": lambda case: _after(case, case.acknowledged),
    "reaction.next_event": lambda case: _after(case, case.next_event),
    "reaction.over": lambda case: _after(case, case.over),
    "alert_noise": lambda case: case.for_nothing,
    "alert_noise.per_100": lambda case: case.for_nothing,
    "fees": lambda case: case.estimate or None,
}
_OF_EACH = (_RETURNS, "corrections", "reaction")
"""Figures of alerts, each with what an alert gives to it; None gives nothing."""
TIMES = ("rmst", *PERCENTILES, "within", "change", "withdrawn_share")
"""Figures of the times of all declarations of a row, the open and the withdrawn ones too."""
SUMS = ("gross_weight", "net_weight", "packages", "value")
"""Sums of what was declared."""
UNKNOWN = "unknown"
"""How the group of what has no value is called."""

Lists = Mapping[str, Mapping[str, Sequence[str]]]
_NONE = [0] * len(COUNTS)


class Traced(NamedTuple):
    """A declaration behind a figure, and what it gives to it.

    ``worth`` is a time in seconds, a number, what was declared, or whether it is a hit; None where
    it is only counted. ``ending`` is how its time ends, of a figure of times.
    """

    declaration: Declaration
    worth: Worth
    ending: str | None = None


class Trace(NamedTuple):
    """A figure's name, and the declarations behind it, in order of their names."""

    query: ReportQuery
    row: str
    figure: str
    behind: list[Traced]


def figures(query: ReportQuery) -> list[str]:
    """The names of the figures that can be traced."""
    if not query.has_quality:
        return [*COUNTS, *MORE_COUNTS, "mean_closed", *TIMES, *SUMS]
    targets = [f"{quality_times.TARGET}.{interval}" for interval in query.targets]
    inside = [quality_times.TARGET, *targets] if targets else []
    outside = [_OUTSIDE, *(f"{_OUTSIDE}.{stage}" for stage in STAGE_OF_LETTER.values())]
    timed = [*quality_times.TIMES, *inside, *outside]
    classes = dict.fromkeys((*return_reasons.CLASSES, *query.reasons, return_reasons.OTHER))
    returns = [_RETURNS, *(f"{_RETURNS}.{name}" for name in classes), "corrections"]
    rules = [f"reaction.{rule}" for rule in sorted({alert.rule for alert in query.alerts})]
    rates = [*quality.FIGURES, *timed, *returns, *_OF_ALERTS, *rules]
    return [*COUNTS, *MORE_COUNTS, "mean_closed", *TIMES, *SUMS, *rates]


def row_name(period: str, group: Sequence[str | None]) -> str:
    """What a row is called."""
    return "/".join((period, *(value or UNKNOWN for value in group)))


def trace(store: Store, query: ReportQuery, written: str) -> Trace:
    """The declarations behind a figure of a report.

    Raises BadArgument, which lists what there is, for a row or a figure that there is not.
    """
    row, figure = _split(query, written)
    rows = set[str]()
    behind = list[Traced]()
    period = next((p for p in query.periods if str(p) == row.partition("/")[0]), None)
    for member in members(store, replace(query, periods=[period]) if period else query):
        rows.add(member.row)
        if member.row.casefold() == row.casefold():
            behind += member.given(figure)
    empty = {str(period) for period in query.periods if not query.by}
    if row.casefold() not in {one.casefold() for one in rows | empty}:
        raise BadArgument(
            "--trace {written}: the report has no row {row}; it has {choices}",
            written=written,
            row=row,
            choices=sorted(rows | empty) or [str(period) for period in query.periods],
        )
    behind.sort(key=lambda one: one.declaration.name)
    return Trace(query, row, figure, behind)


def _split(query: ReportQuery, written: str) -> tuple[str, str]:
    """The row and the figure of ``ROW.FIGURE``; either may have a dot in it."""
    known = figures(query)
    for figure in sorted(known, key=len, reverse=True):
        if written.endswith(f".{figure}"):
            return written.removesuffix(f".{figure}").replace("*", ""), figure
    raise BadArgument(
        "--trace {written}: give ROW.FIGURE, such as {example}; the figures are {choices}",
        written=written,
        example=f"{query.periods[-1]}.closed",
        choices=known,
    )


class Member(NamedTuple):
    """A declaration of a report, and the row it is in, as the only one there."""

    declaration: Declaration
    timing: Timings
    row: str
    cell: PeriodGroup
    query: ReportQuery

    def given(self, figure: str) -> Iterator[Traced]:
        """What it gives to a figure of its row; nothing if it is not behind it."""
        if figure in (*COUNTS, *MORE_COUNTS):
            yield from (Traced(self.declaration, None) for _ in range(getattr(self.cell, figure)))
        elif figure in quality.FIGURES:
            yield from self._rated(figure)
        elif figure in SUMS:
            yield from self._summed(figure)
        elif figure.partition(".")[0] == quality_times.TARGET:
            yield from self._targeted(figure)
        elif figure in _OF_ALERTS or figure.partition(".")[0] in _OF_EACH:
            yield from (Traced(self.declaration, worth) for worth in self._worths(figure))
        elif figure.partition(".")[0] == _OUTSIDE:
            yield from self._outside(figure.partition(".")[2])
        else:
            yield from self._timed(figure)

    def _timed(self, figure: str) -> Iterator[Traced]:
        for seconds, outcome in self.cell.samples:
            if figure == "withdrawn_share":
                yield Traced(self.declaration, outcome is Ending.WITHDRAWN, outcome.value)
            elif figure != "mean_closed" or outcome is Ending.ENDED:
                yield Traced(self.declaration, seconds, outcome.value)

    def _targeted(self, figure: str) -> Iterator[Traced]:
        """The time of the interval that has a target; that of the report first, if it has one."""
        targets, own = self.query.targets, self.query.interval
        first = own if own in targets else next(iter(targets), "")
        for sample in self.cell.followed.targets.get(figure.partition(".")[2] or first, ()):
            yield Traced(self.declaration, *_parts(sample))

    def _worths(self, figure: str) -> Iterator[Worth]:
        """What its alerts, or the notes of its returns, give to a figure."""
        followed = self.cell.followed
        if figure in _OF_ALERTS:
            worths = map(_OF_ALERTS[figure], followed.alerts)
            yield from (worth for worth in worths if worth is not None)
        elif figure.startswith("reaction."):
            own = [case for case in followed.alerts if case.rule == figure.partition(".")[2]]
            yield from (_after(case, case.over) for case in own if case.over is not None)
        elif figure == "corrections":
            yield from (None for _ in followed.corrections)
        else:
            wanted = figure.partition(".")[2]
            for note, _ in followed.returns:
                if wanted in ("", return_reasons.class_of(note, self.query.reasons)):
                    yield note

    def _outside(self, stage: str) -> Iterator[Traced]:
        """The time that ended, if any of it was in a stage."""
        letter = LETTERS[Stage(stage)] if stage else ""
        if letter in self.cell.followed.outside():
            yield from self._timed("mean_closed")

    def _rated(self, figure: str) -> Iterator[Traced]:
        if self.cell.followed.counted.profiles:
            for _, worth in quality.behind(figure, [self.timing], self.query.moment):
                yield Traced(self.declaration, *_parts(worth))

    def _summed(self, figure: str) -> Iterator[Traced]:
        declared = self.timing.declared_value if figure == "value" else getattr(self.timing, figure)
        if self.cell.declared and declared is not None:
            yield Traced(self.declaration, str(declared))


def _after(case: AlertCase, at: int | None) -> float | None:
    """Hours from when an alert was told to a moment."""
    return None if at is None else (at - case.told) / 3600


def _parts(worth: Any) -> tuple[Worth, str | None]:
    """What a declaration gives to a figure, and how a time ends, if it is one."""
    return (worth.seconds, worth.outcome.value) if isinstance(worth, Sample) else (worth, None)


def members(store: Store, query: ReportQuery) -> Iterator[Member]:
    """Every declaration of the periods that a report shows, with the row it is in."""
    for declaration, timing in selecting.timed_histories(store, query):
        alone = Tally(query, [timing])
        for period in query.periods:
            for group in alone.groups:
                cell = alone.cell(period, group)
                if cell.declared or cell.followed.counted.profiles:
                    yield Member(declaration, timing, row_name(str(period), group), cell, query)


def lists(query: ReportQuery, timings: Iterable[Timings]) -> Lists:
    """The names of the declarations behind each count of each row, by its name and the count's."""
    tally = Tally(replace(query, quality=False), ())
    listed: dict[str, dict[str, list[str]]] = {}
    before: dict[str, list[int]] = {}
    for timing in timings:
        if (where := tally.add(timing)) and where[0] in query.periods:
            name, cell = row_name(str(where[0]), where[1]), tally.cell(*where)
            now = [getattr(cell, count) for count in COUNTS]
            for count, old, new in zip(COUNTS, before.get(name, _NONE), now, strict=True):
                if new > old:
                    listed.setdefault(name, {}).setdefault(count, []).append(timing.name)
            before[name] = now
    return {
        row: {count: sorted(names) for count, names in of.items()} for row, of in listed.items()
    }


def messages_of(behind: Iterable[Traced]) -> set[str]:
    """The ids of the messages that the events of declarations rest on."""
    events = (event for one in behind for event in one.declaration.events)
    return {id for event in events for id in event.messages}
