"""Which declarations are behind the counts of a report's page, by their names.

Lists are found by the row and the figure that they are of, as ``figure_names`` calls them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from clearance.model import Timings, replace
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting import chart_data, figure_names, profiles, quality
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import (
    BEFORE,
    COUNTS,
    HOURS,
    OF_CARDS,
    OF_PAGES,
    STANDING,
    Named,
    row_name,
)
from clearance.reporting.query import ReportQuery
from clearance.reporting.tally import Group, Tally
from clearance.reporting.tracing import Alone, alerts_about, lone_tally
from clearance.stores.alike import Alike

Lists = Mapping[str, Mapping[str, Sequence[str]]]
Found = dict[str, dict[str, list[str]]]
"""Names by row and figure, as they are found."""


def lists(query: ReportQuery, some: Iterable[Alike]) -> Lists:
    """The names of the declarations behind each count of each row, by its name and the count's."""
    return named(_counted(query, some, COUNTS), COUNTS)


def figure_lists(
    query: ReportQuery, some: Sequence[Alike], pictures: Pictures, shown: Sequence[str]
) -> Lists:
    """The names of the declarations behind every other count of a page.

    ``shown`` are the periods whose figures of how well it went, and whose parts of the whole way
    of the goods, the page shows, of all groups together.
    """
    plain = replace(query, by=(), why=False)
    focus = next(period for period in query.periods if str(period) == pictures.focus)
    found: Found = {}
    if query.has_quality:
        _add(found, _of_quality(plain, some, shown))
        _add(found, _of_groups(query, some) if query.by else ())
    _add(found, _of_boxes(plain, some, focus, pictures.dimension))
    _add(found, _of_cards(plain, some, focus))
    _add(
        found,
        (("", f"{HOURS}.{day}.{hour}", name) for day, hour, name in sorted(_hours(query, some))),
    )
    return named(found, (*figure_names.of_quality(plain), *OF_PAGES, *OF_CARDS))


_Behind = tuple[str, str, str]
"""A row, a figure, and the name of a declaration behind it."""


def _add(found: Found, some: Iterable[_Behind]) -> None:
    for row, figure, name in some:
        found.setdefault(row, {}).setdefault(figure, []).append(name)


def named(found: Found, figures: Sequence[str]) -> Lists:
    """Lists in order, those of ``figures`` first and in theirs, but the empty."""
    return {row: dict(_in_order(found[row], figures)) for row in sorted(found)}


def _in_order(
    of: Mapping[str, Sequence[str]], figures: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    for figure in dict.fromkeys((*figures, *of)):
        if names := of.get(figure):
            yield figure, sorted(names)


class _Step(NamedTuple):
    """A declaration of a period shown, its group, and which counts it is in."""

    period: Period
    group: Group
    timing: Timings
    counts: Sequence[str]


def _steps(query: ReportQuery, some: Iterable[Alike], counts: Sequence[str]) -> Iterator[_Step]:
    """The declarations of the periods shown, each with the counts that it is in."""
    tally = Tally(replace(query, quality=False, why=False), ())
    before: dict[tuple[Period, Group], list[int]] = {}
    for period, group, those in chain.from_iterable(map(tally.each, some)):
        if period in query.periods:
            now = [getattr(tally.cell(period, group), count) for count in counts]
            old = before.get((period, group), [0] * len(counts))
            before[period, group] = now
            grown = [name for name, o, n in zip(counts, old, now, strict=True) if n > o]
            for timing in those.timings():
                yield _Step(period, group, timing, grown)


def _counted(query: ReportQuery, some: Iterable[Alike], counts: Sequence[str]) -> Found:
    found: Found = {}
    for step in _steps(query, some, counts):
        row = row_name(str(step.period), step.group)
        _add(found, ((row, count, step.timing.name) for count in step.counts))
    return found


def _of_quality(
    query: ReportQuery, some: Iterable[Alike], shown: Sequence[str]
) -> Iterator[_Behind]:
    """Who is behind each figure of how well it went, and each part of the whole way."""
    names = [name for name in figure_names.of_quality(query) if name != "corrections"]
    periods = [period for period in query.periods if str(period) in shown]
    about = alerts_about(query)
    for period, _, timing, _ in _steps(replace(query, periods=periods), some, ()):
        own = replace(query, periods=[period])
        alone = Alone(timing, lone_tally(own, about, timing), period, ())
        alone.tally.add(timing)
        for name in names:
            if next(alone.gives(Named(str(period), name)), None):
                yield str(period), name, timing.name


def _of_groups(query: ReportQuery, some: Iterable[Alike]) -> Iterator[_Behind]:
    """Who is behind the figures of how well it went that a page shows of each group."""
    moment = query.moment
    for period, group, timing, counts in _steps(query, some, ("anomalous",)):
        if not counts:
            row, own = row_name(str(period), group), profiles.profile(timing, moment)
            for name in quality.IN_GROUPS:
                if quality.given_by(name, timing, own, moment) is not None:
                    yield row, name, timing.name


def _of_boxes(
    query: ReportQuery, some: Iterable[Alike], focus: Period, dimension: str
) -> Iterator[_Behind]:
    """Who is in each box of the groups of a period, side by side."""
    asked = replace(query, periods=[focus], by=(dimension,))
    for _, group, timing, counts in _steps(asked, some, (STANDING,)):
        yield from ((row_name(str(focus), group), count, timing.name) for count in counts)


def _of_cards(query: ReportQuery, some: Sequence[Alike], focus: Period) -> Iterator[_Behind]:
    """Who is counted in the cards: of the focus, and of what it is compared with."""
    query = replace(query, periods=[focus])
    for _, _, timing, counts in _steps(query, some, OF_CARDS):
        yield from ((str(focus), count, timing.name) for count in counts)
    if query.same_part(focus) is not None:
        some = Tally(replace(query, quality=False), some).in_part
    query = replace(query, periods=[query.before(focus)])
    for _, _, timing, counts in _steps(query, some, OF_CARDS):
        yield from ((str(focus), f"{BEFORE}.{count}", timing.name) for count in counts)


def _hours(query: ReportQuery, some: Iterable[Alike]) -> Iterator[tuple[int, int, str]]:
    """Who was submitted in which hour of which weekday."""
    for name, at in chart_data.submissions(query, some):
        yield at.weekday(), at.hour, name
