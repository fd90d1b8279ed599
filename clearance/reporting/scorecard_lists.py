"""The declarations behind the counts of a score card: all lists of a page, or one that is traced.

A figure is called by the name of its line and its own, as in the JSON: ``Bright Brokers.n``,
``Bright Brokers.return_rate``. Who has no name is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from clearance.errors import BadArgument
from clearance.figures.durations import Ending
from clearance.model import Timings
from clearance.reporting import profiles, quality, selecting
from clearance.reporting.figure_names import UNKNOWN
from clearance.reporting.followed import sample_of
from clearance.reporting.page_lists import Found, Lists, named
from clearance.reporting.query import DIMENSIONS, ReportQuery
from clearance.reporting.scorecard import MEDIAN, RATES, RIGHT, TIME, declared_in, dimension
from clearance.reporting.tracing import Given, Trace, Traced, parts
from clearance.stores import Store
from clearance.stores.alike import Alike, of_timings

DECLARED = "n"
"""The figure that counts all declarations of a line."""
FIGURES = (DECLARED, *RATES, RIGHT, MEDIAN, TIME)
"""Every figure of a line."""


def line_name(name: str | None) -> str:
    """What a line is called."""
    return name or UNKNOWN


def lists(query: ReportQuery, some: Iterable[Alike], whose: str) -> Lists:
    """The names of the declarations behind each figure of each line."""
    found: Found = {}
    declared = (one.timings() for one in declared_in(query, some))
    for timing in chain.from_iterable(declared):
        line = found.setdefault(line_name(DIMENSIONS[whose](timing)), _no_lists())
        for figure in FIGURES:
            if next(_given(query, timing, figure), None):
                line[figure].append(timing.name)
    return named(found, FIGURES)


def _no_lists() -> dict[str, list[str]]:
    return {figure: [] for figure in FIGURES}


def trace(store: Store, query: ReportQuery, whose: str, written: str) -> Trace:
    """The declarations behind a figure of a line.

    Raises BadArgument, which lists what there is, for a line or a figure that there is not.
    """
    value_of = DIMENSIONS[dimension(whose)]
    figure = max((one for one in FIGURES if written.endswith(f".{one}")), key=len, default=None)
    if figure is None:
        raise BadArgument(
            "--trace {written}: give NAME.FIGURE, such as {example}; the figures are {choices}",
            written=written,
            example=f"{UNKNOWN}.{DECLARED}",
            choices=list(FIGURES),
        )
    wanted, known, behind = written.removesuffix(f".{figure}"), set[str](), list[Traced]()
    for declaration, timing in selecting.timed_histories(store, query):
        if next(declared_in(query, of_timings([timing])), None) is None:
            continue
        line = line_name(value_of(timing))
        known.add(line)
        if line.casefold() == wanted.casefold():
            behind += (Traced(declaration, *one, line) for one in _given(query, timing, figure))
    if not behind and wanted not in known:
        raise BadArgument(
            "--trace {written}: the report has no row {row}; it has {choices}",
            written=written,
            row=wanted,
            choices=sorted(known),
        )
    return Trace(query, wanted, figure, sorted(behind, key=lambda one: one.declaration.name))


def _given(query: ReportQuery, timing: Timings, figure: str) -> Iterator[Given]:
    """What a declaration gives to a figure, and how its time ends; nothing if it is not of it."""
    if figure == DECLARED:
        yield None, None
    elif figure in (MEDIAN, TIME):
        sample = sample_of(timing, query.interval, query.moment.now)
        if sample and sample.outcome is not Ending.WITHDRAWN:
            yield parts(sample)
    else:
        moment = query.moment
        worth = quality.given_by(figure, timing, profiles.profile(timing, moment), moment)
        if worth is not None:
            yield parts(worth)
