"""Where a figure of a report comes from: the declarations behind it, with what each gives to it.

Figures are named as ``figure_names`` says. Behind a change are the declarations of both periods.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from clearance.errors import BadArgument
from clearance.figures.durations import Ending, Sample
from clearance.model import LETTERS, Alert, Declaration, Stage, Timings, Value, replace
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting import (
    chart_data,
    figure_names,
    profiles,
    quality,
    quality_times,
    return_reasons,
    selecting,
)
from clearance.reporting.figure_names import (
    BEFORE,
    COUNTS,
    HOURS,
    MAX_LISTED,
    MORE,
    MORE_COUNTS,
    OF_PERIODS,
    OF_REPORTS,
    STANDING,
    Named,
)
from clearance.reporting.followed import LINKS
from clearance.reporting.profiles import Moment, Profile
from clearance.reporting.quality_alerts import FEES, AlertCase
from clearance.reporting.query import ReportQuery
from clearance.reporting.sums import SUMS
from clearance.reporting.tally import Group, PeriodGroup, Tally
from clearance.reporting.why import FEATURES, Collected
from clearance.stores import Store
from clearance.stores.alike import of_timings

Worth = float | str | bool | None
"""What a declaration gives to a figure."""
Given = tuple[Worth, str | None]
"""What a declaration gives to a figure, and how its time ends, if it gives one."""

_MAX_LONGEST = 10


class Traced(NamedTuple):
    """A declaration behind a figure, and what it gives to it.

    ``worth`` is a time in seconds, a number, what was declared, or whether it is a hit; None where
    it is only counted. ``ending`` is how its time ends, of a figure of times; ``row`` is where it
    is in the report, empty where it is in no row.
    """

    declaration: Declaration
    worth: Worth
    ending: str | None = None
    row: str = ""


class Trace(NamedTuple):
    """A figure's name, and the declarations behind it, in order of their names."""

    query: ReportQuery
    row: str
    figure: str
    behind: list[Traced]


def trace(store: Store, query: ReportQuery, written: str) -> Trace:
    """The declarations behind a figure of a report.

    Raises BadArgument, which lists what there is, for a row or a figure that there is not.
    """
    name = figure_names.named(query, written)
    if name.whole in OF_REPORTS:
        figure = ".".join((name.figure, *name.said))
        return Trace(query, name.row, figure, list(_OF_REPORT[name.whole](store, query, name)))
    period = next((p for p in query.periods if str(p) == name.row.partition("/")[0]), None)
    asked = replace(query, periods=[period]) if period else query
    rows = set[str]()
    behind = list[Traced]()
    for member in members(store, asked, name):
        rows.add(member.shown_in)
        if member.shown_in.casefold() == name.row.casefold():
            behind += member.given(name)
    _check_row(query, name, rows, written)
    behind.sort(key=lambda one: (one.declaration.name, one.row))
    return Trace(query, name.row, name.figure, behind)


def _check_row(query: ReportQuery, name: Named, rows: set[str], written: str) -> None:
    """Raises BadArgument for a row that there is not."""
    whole = not query.by or name.whole in OF_PERIODS
    empty = {str(period) for period in query.periods if whole}
    if name.row.casefold() not in {one.casefold() for one in rows | empty}:
        raise BadArgument(
            "--trace {written}: the report has no row {row}; it has {choices}",
            written=written,
            row=name.row,
            choices=sorted(rows | empty) or [str(period) for period in query.periods],
        )


def _of_longest(store: Store, query: ReportQuery, name: Named) -> Iterator[Traced]:
    """The longest of all, or one of them by its place."""
    some = [one for member in members(store, query, name) for one in member.given(name)]
    some.sort(key=lambda one: (_seconds(one), one.declaration.name), reverse=True)
    wanted = {int(word) for word in name.said if word.isdecimal()}
    for place, one in enumerate(some[:_MAX_LONGEST]):
        if not wanted or place in wanted:
            yield one


def _seconds(one: Traced) -> float:
    return float(one.worth or 0)


def _of_undated(store: Store, query: ReportQuery, _: Named) -> Iterator[Traced]:
    """Those that are in no period."""
    yield from (Traced(one, None) for one in selecting.undated_histories(store, query.as_of))


def _of_hours(store: Store, query: ReportQuery, name: Named) -> Iterator[Traced]:
    """Those that were submitted in an hour of a weekday, in order of their names."""
    some = selecting.timed_histories(store, replace(query, periods=query.needed))
    wanted = tuple(map(int, name.said))
    for declaration, timing in sorted(some, key=lambda one: one[1].name):
        for _, at in chart_data.submissions(query, of_timings([timing])):
            if (at.weekday(), at.hour) == wanted:
                yield Traced(declaration, None)


def _of_more(store: Store, query: ReportQuery, name: Named) -> Iterator[Traced]:
    """Those of a list that a page has no room for."""
    listed = Named("", name.part)
    some = [one for member in members(store, query, listed) for one in member.given(listed)]
    some.sort(key=lambda one: (one.row, one.declaration.name))
    yield from some[MAX_LISTED:]


_OF_REPORT: Mapping[str, Callable[[Store, ReportQuery, Named], Iterator[Traced]]] = {
    "longest": _of_longest,
    "undated": _of_undated,
    HOURS: _of_hours,
    MORE: _of_more,
}
"""The declarations behind what has no row, by the first word of its name."""


class Alone(Value, slots=False):
    """The timings of a declaration, the only one of a tally, and where it is in that."""

    timing: Timings
    tally: Tally
    period: Period
    group: Group

    @cached_property
    def moment(self) -> Moment:
        """What its figures of quality rest on besides itself."""
        return self.query.moment

    @cached_property
    def profile(self) -> Profile:
        """What rates are counted of."""
        return profiles.profile(self.timing, self.moment)

    @cached_property
    def outside(self) -> Collection[str]:
        """The letters of the stages that its time outside office hours is known in."""
        return self.cell.followed.outside().keys()

    @property
    def cell(self) -> PeriodGroup:
        """Its period and group, which hold nothing else."""
        return self.tally.cell(self.period, self.group)

    @property
    def query(self) -> ReportQuery:
        """What the report is asked for."""
        return self.tally.query

    def gives(self, name: Named) -> Iterator[Given]:
        """What it gives to a figure of its row; nothing if it is not behind it."""
        return _GIVEN.get(name.whole, _GIVEN[""])(self, name)


class Member(NamedTuple):
    """A declaration of a report.

    ``shown_in`` is the row that a figure is asked of: of a change also that of the later period.
    """

    declaration: Declaration
    alone: Alone
    shown_in: str

    @property
    def row(self) -> str:
        """The row it is in."""
        return figure_names.row_name(str(self.alone.period), self.alone.group)

    def given(self, name: Named) -> Iterator[Traced]:
        """What it gives to a figure, and which declaration it is."""
        for worth, ending in self.alone.gives(name):
            yield Traced(self.declaration, worth, ending, self.row)


# What a declaration gives to each kind of figure


def _counted(member: Alone, name: Named) -> Iterator[Given]:
    yield from ((None, None) for _ in range(getattr(member.cell, name.figure)))


def _earlier(member: Alone, name: Named) -> Iterator[Given]:
    """What it gives to a count of the period that another is compared with."""
    yield from member.gives(Named(name.row, name.part))


def _timed(member: Alone, name: Named) -> Iterator[Given]:
    for seconds, outcome in member.cell.samples:
        if name.figure == "withdrawn_share":
            yield outcome is Ending.WITHDRAWN, outcome.value
        elif name.whole not in _OF_ENDED or outcome is Ending.ENDED:
            yield seconds, outcome.value


_OF_ENDED = ("mean_closed", "outside_hours")
"""Figures of times that have ended."""


def _lasting(member: Alone, name: Named) -> Iterator[Given]:
    """Its time, if it is not withdrawn."""
    yield from (one for one in _timed(member, name) if one[1] != Ending.WITHDRAWN.value)


def _summed(member: Alone, name: Named) -> Iterator[Given]:
    """What it declares, of a currency if one is named; or only what is, or is not, in the sum."""
    figure, sums = name.figure, member.cell.sums.sums()
    declared = getattr(member.timing, _DECLARED.get(figure, figure))
    spoilt = figure in sums.left_out
    wrong = ("known" in name.said and spoilt) or ("left_out" in name.said and not spoilt)
    if not member.cell.declared or not declared or wrong:
        return
    words = str(declared).split()
    amounts = dict(zip(words[::2], words[1::2], strict=False))
    currency = next((word for word in name.said if word in amounts), None)
    if currency or not (figure == "value" and {*name.said} - _NO_CURRENCIES):
        yield amounts[currency] if currency else str(declared), None


_DECLARED = {"value": "declared_value", "items": "item_count"}
"""Fields of ``Timings`` that are called otherwise in a report."""
_NO_CURRENCIES = frozenset({"sums", "known", "left_out"})


def _staged(member: Alone, name: Named) -> Iterator[Given]:
    """The seconds of its time in a stage, if it has ended."""
    seconds = member.tally.totals(member.period).seconds.get(Stage(name.part), 0)
    if seconds:
        yield seconds, Ending.ENDED.value


def _linked(member: Alone, name: Named) -> Iterator[Given]:
    """The seconds of a part of the whole way of its goods."""
    direction, _, part = name.part.partition(".")
    if direction in member.cell.followed.links:
        seconds = member.cell.followed.links[direction].seconds
        yield seconds[LINKS[direction].index(part)], Ending.ENDED.value


def _explaining(member: Alone, name: Named) -> Iterator[Given]:
    """What its time depends on, or of the pace and of all its time."""
    own = member.period
    collected = Collected(member.query, own, own)
    Tally(replace(member.query, periods=[own]), of_timings([member.timing]), collected)
    for sample, of, _ in collected.entries(own):
        if name.part in FEATURES:
            yield str(of[FEATURES.index(name.part)]), None
        else:
            yield parts(sample)


def _named_in(member: Alone, name: Named) -> Iterator[Given]:
    """Whether it is listed as of impossible times, or of a day only."""
    listed = member.tally.anomalies if name.whole == "anomalies" else member.tally.day_only
    if not name.said or member.timing.name in name.said:
        yield from ((None, None) for _ in listed)


def _rated(member: Alone, name: Named) -> Iterator[Given]:
    has_price = name.figure != quality.COST or member.query.costs.tiers
    if member.cell.followed.counted.total and has_price:
        worth = quality.given_by(name.figure, member.timing, member.profile, member.moment)
        yield from [] if worth is None else [parts(worth)]


def _targeted(member: Alone, name: Named) -> Iterator[Given]:
    """The time of the interval that has a target; that of the report first, if it has one."""
    targets, own = member.query.targets, member.query.interval
    first = own if own in targets else next(iter(targets), "")
    samples = member.cell.followed.targets.get(name.part or first, ())
    yield from (parts(one) for one in samples if one.outcome is not Ending.WITHDRAWN)


def _outside(member: Alone, name: Named) -> Iterator[Given]:
    """The time that ended, if any of it was in a stage."""
    letter = LETTERS[Stage(name.part)] if name.part else ""
    if letter in member.outside:
        yield from _timed(member, name)


def _returned(member: Alone, name: Named) -> Iterator[Given]:
    """The notes of its returns that are of a class."""
    for note, _ in member.cell.followed.returns:
        if name.part in ("", return_reasons.class_of(note, member.query.reasons)):
            yield note, None


def _corrected(member: Alone, name: Named) -> Iterator[Given]:
    """What people noted of its returns."""
    if not {word for word in name.said if not word.isdecimal()} - {member.timing.name}:
        for correction in member.cell.followed.corrections:
            yield "; ".join(text for _, _, text in correction.notes), None


def _reacted(member: Alone, name: Named) -> Iterator[Given]:
    """The hours from when each alert was told to what the figure is of."""
    ends: Mapping[str, Callable[[AlertCase], int | None]] = {
        "": lambda case: case.acknowledged,
        "next_event": lambda case: case.next_event,
        "over": lambda case: case.over,
    }
    for case in member.cell.followed.alerts:
        end = ends.get(name.part, ends["over"])(case)
        if name.part in (*ends, case.rule):
            yield None if end is None else (end - case.told) / 3600, None


def _alerted(member: Alone, _: Named) -> Iterator[Given]:
    """Whether each alert was for nothing."""
    yield from ((case.for_nothing, None) for case in member.cell.followed.alerts)


def _charged(member: Alone, name: Named) -> Iterator[Given]:
    """The fees that alerts told, and the freight of a missed cut-off."""
    followed, freight = member.cell.followed, member.query.costs.dead_freight
    for case in followed.alerts:
        incurred = case.over is not None and name.part != "dead_freight"
        of_rule = FEES.get(name.part, case.rule) == case.rule
        if case.estimate and of_rule and incurred is (name.part != "at_risk"):
            yield case.estimate, None
    if freight and name.part in ("", "dead_freight"):
        missed = followed.counted.sum_of(lambda own: own.cutoff == "missed")
        yield from ((freight, None) for _ in range(missed))


_GIVEN: Mapping[str, Callable[[Alone, Named], Iterator[Given]]] = {
    "": _timed,
    **dict.fromkeys((*COUNTS, *MORE_COUNTS), _counted),
    **dict.fromkeys(SUMS, _summed),
    **dict.fromkeys((name.partition(".")[0] for name in quality.FIGURES), _rated),
    **dict.fromkeys(("why", "why_of"), _explaining),
    **dict.fromkeys(("anomalies", "day_only"), _named_in),
    quality_times.TARGET: _targeted,
    quality_times.OUTSIDE: _outside,
    "stages": _staged,
    "links": _linked,
    "return_reasons": _returned,
    "corrections": _corrected,
    "reaction": _reacted,
    "alert_noise": _alerted,
    "fees": _charged,
    **dict.fromkeys(("longest", "spread", "tail", STANDING), _lasting),
    BEFORE: _earlier,
}
"""What a declaration gives to a figure, by the first word of its name; of all others its time."""


def parts(worth: Any) -> Given:
    """What a declaration gives to a figure, and how a time ends, if it is one."""
    return (worth.seconds, worth.outcome.value) if isinstance(worth, Sample) else (worth, None)


# Which declarations


def members(store: Store, query: ReportQuery, name: Named) -> Iterator[Member]:
    """Every declaration of the periods that a report shows, with the row it is in.

    Of a change also those of the period that each is compared with.
    """
    read = query.needed if name.is_change or name.whole in ("why", "why_of") else query.periods
    about = alerts_about(query)
    for declaration, timing in selecting.timed_histories(store, replace(query, periods=read)):
        alone = lone_tally(query, about, timing)
        place = alone.add(timing)
        if place is None:
            continue
        for tally, period, shown in _shown_in(alone, place[0], name):
            group = () if name.whole in OF_PERIODS else place[1]
            row = figure_names.row_name(str(shown), group)
            yield Member(declaration, Alone(timing, tally, period, place[1]), row)


About = Mapping[str, Sequence[Alert]]
"""Alerts by the name of the declaration that they are about."""


def alerts_about(query: ReportQuery) -> About:
    """The alerts of a report."""
    about: dict[str, list[Alert]] = {}
    for alert in query.alerts:
        about.setdefault(alert.declaration or "", []).append(alert)
    return about


def lone_tally(query: ReportQuery, about: About, timing: Timings) -> Tally:
    """An empty tally for a declaration, which knows of its alerts only."""
    alerts = about.get(timing.name, ()) if timing.name else ()
    return Tally(replace(query, alerts=alerts), ())


def _shown_in(tally: Tally, own: Period, name: Named) -> Iterator[tuple[Tally, Period, Period]]:
    """The periods whose figure is of a declaration of a period, and the tally that counts it."""
    for period in tally.query.periods:
        if period == own and name.whole != BEFORE:
            yield tally, own, period
        for compared, before in _compared(tally, period, name):
            if before == own:
                yield compared, before, period


def _compared(tally: Tally, period: Period, name: Named) -> Iterator[tuple[Tally, Period]]:
    """The period that a figure of another is compared with, if it is a change."""
    query, year_ago = tally.query, period.shifted(-period.PER_YEAR)
    if name.whole in ("why", "why_of"):
        yield tally, query.before(period)
    elif name.is_change and name.whole == quality_times.TARGET and query.compare == "previous":
        yield from [(tally, year_ago)] if year_ago in query.needed else []
    elif name.is_change:
        yield tally.earlier(period)


def messages_of(behind: Iterable[Traced]) -> set[str]:
    """The ids of the messages that the events of declarations rest on."""
    events = (event for one in behind for event in one.declaration.events)
    return {id for event in events for id in event.messages}
