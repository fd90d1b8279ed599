"""Durations per period: timings of declarations in, a ``Report`` out. Nothing here formats.

Declared = closed + open + withdrawn + anomalous; returned overlaps. A figure that cannot be given
honestly is None, and ``notes`` says why under its name; a note under a figure that is given says
what to bear in mind.

Figures of times are of the declarations that are not withdrawn: a withdrawal is neither a closure
nor a delay. The share that is withdrawn within τ stands beside them.

The change of the restricted mean has a 95 % interval, and beside it the change with the mix of the
earlier period, so that more of the easy cargo does not pass for a speed-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from itertools import chain, product

from clearance.calendar import Calendar
from clearance.figures import durations, estimates, stages
from clearance.figures.durations import MIN_SAMPLE
from clearance.figures.estimates import Estimate
from clearance.model import RANK, Deferring, Note, Stage, Timings, Value, deferred, replace
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting import quality_times
from clearance.reporting.followed import LINK_OWNERS, LINKS, WHOLE_WAY, Correction, LinkTotals
from clearance.reporting.quality import (
    COST,
    FIGURES,
    Figure,
    FigureChange,
    Found,
    Scale,
    figure_change,
)
from clearance.reporting.query import ReportQuery
from clearance.reporting.return_reasons import Reason, reasons
from clearance.reporting.sums import SUMS, Sums
from clearance.reporting.tally import (
    Anomaly,
    DayOnly,
    Group,
    LongCase,
    PeriodGroup,
    PeriodTotals,
    Tally,
)
from clearance.reporting.why import Why, explain
from clearance.stores.alike import of_timings

WITHIN_DAYS = (1, 3, 7, 14, 30)
"""Days within which the share of closed declarations is given."""
PERCENTILES = {
    "median": (1, 2),
    "p75": (3, 4),
    "p90": (9, 10),
    "p95": (19, 20),
}

_MAX_OPEN_SHARE = 0.01
"""A period is immature if a larger share of it is open."""
_ROUNDING = 1e-9
"""A relative change that is smaller is none."""
_MIN_CHANGE = 0.01
"""A change by a smaller share of the mean is not divided among stages: it would be noise."""
_CHANGES = ("change", "share_of_change")
"""What a stage has of a change."""
_INTERVALS = {
    "bootstrap": Note.of("by_bootstrap", rounds=durations.ROUNDS),
    "greenwood": Note.of("by_greenwood"),
}
"""What to bear in mind about the interval of a change, by its method."""

_Notes = dict[str, Note]


class Change(Value, kw_only=True):
    """How the restricted mean differs from that of an earlier period; ratios are new / old − 1.

    ``verdict`` is ``faster``, ``slower``, ``no clear change`` or ``too few``; None where a year has
    no calendar. ``until`` is up to when the earlier period counts, where only its part does that a
    running one is compared with.
    """

    since: str
    verdict: str | None
    rmst_difference: float | None = None
    rmst_ratio: float | None = None
    ci95: tuple[float, float] | None = None
    mix_adjusted_ratio: float | None = None
    until: datetime | None = None

    @property
    def is_given(self) -> bool:
        """Whether both periods have enough declarations to be compared."""
        return self.rmst_difference is not None


class Standing(NamedTuple):
    """How the errors that customs recorded stand beside the average of the country, a share.

    ``verdict`` is ``within``, ``above`` or ``unknown``: the AEO standard asks that each of four
    quarters in a row is not above the average of that quarter. It is given where it holds whatever
    the declarations are of which nobody says whether customs recorded an error.
    """

    average: float | None = None
    verdict: str = "unknown"


class ShareChange(NamedTuple):
    """How a share differs from that of an earlier period: new − old, and its 95 % interval.

    ``verdict`` is ``more``, ``fewer``, ``no clear change`` or ``too few``; None where a year has
    no calendar, or only closures are counted.
    """

    verdict: str | None
    difference: float | None = None
    ci95: tuple[float, float] | None = None


class ReportRow(Deferring, kw_only=True):
    """One period and group. Times are seconds; counts are declarations.

    ``running``: the period is not over at the report's moment. ``figures`` say how well it went, by
    the names of ``quality.FIGURES``; empty where that is not asked for. ``within`` has the share of
    closed declarations by seconds. ``withdrawn_share`` is that by ``tau``; None if there are too
    few. A figure that is None has a note that says why: that of a time or a count stands in
    ``row_notes``, of a sum in ``sum_notes``; one of ``figures`` has its own.
    """

    period: str
    running: bool
    group: dict[str, str | None]
    declared: int
    closed: int
    open: int
    returned: int
    withdrawn: int
    anomalous: int
    put_away: int
    by_hand: int
    mean_closed: float | None
    median: int | None
    rmst: float | None
    tau: int
    p75: int | None
    p90: int | None
    p95: int | None
    within: dict[int, float | None] | None
    withdrawn_share: Estimate | None
    withdrawn_change: ShareChange
    change: Change
    figures: dict[str, Figure]
    standing: Standing
    reasons: tuple[Reason, ...]
    corrections: tuple[Correction, ...]
    sums: Sums
    row_notes: dict[str, Note]
    sum_notes: dict[str, Note]

    @property
    def notes(self) -> dict[str, Note]:
        """The notes of every figure, by its name."""
        whys = {name: figure.found.why for name, figure in self.figures.items()}
        return self.row_notes | {name: why for name, why in whys.items() if why} | self.sum_notes


class StageShare(Value, kw_only=True):
    """The time of a period's ``n`` closed declarations in one stage: seconds in all, and the mean.

    ``change`` is how many seconds of the change of the restricted mean are the stage's, and
    ``share_of_change`` its part of it, where that change is clear; what is still open is in none.
    A figure that has a note is not given.
    """

    period: str
    n: int
    stage: Stage
    owner: str
    seconds: int
    mean: float
    share: float
    change: float | None
    share_of_change: float | None
    notes: dict[str, Note]


class Link(NamedTuple):
    """A part of the whole way of goods: the mean seconds of ``n`` declarations, and their share.

    The parts of a period, a group and a direction sum to the whole way, which is the interval
    ``of``.
    """

    period: str
    group: dict[str, str | None]
    direction: str
    of: str
    part: str
    owner: str
    n: int
    seconds: int
    share: float

    @property
    def mean(self) -> float:
        """Mean seconds of a declaration."""
        return self.seconds / self.n

    @property
    def notes(self) -> dict[str, Note]:
        """Why a figure is not given, by its name."""
        return _mean_notes(self.n)


class Report(Value, kw_only=True):
    """Durations of one interval per period and group, periods in order, groups in order.

    ``day`` and ``tau`` are seconds by the clock. ``day_only`` are declarations whose day is known
    and no more, which are in no figure of times; ``undated`` counts those that are in no period.
    ``why`` is of all groups together.
    """

    as_of: datetime
    interval: str
    cohort: str
    clock: str
    zone: tzinfo
    every: str
    by: tuple[str, ...]
    tau: int
    day: int
    rows: tuple[ReportRow, ...]
    stages: tuple[StageShare, ...]
    links: tuple[Link, ...]
    longest: tuple[LongCase, ...]
    anomalies: tuple[Anomaly, ...]
    day_only: tuple[DayOnly, ...] = ()
    undated: int = 0
    why: Why | None = None

    @property
    def focus(self) -> ReportRow:
        """Of a report without groups the last row with declarations whose period is over.

        Where that cannot be compared with an earlier one and the running period can, the running
        one; without declarations the last row.
        """
        filled = [row for row in self.rows if row.declared]
        over = [row for row in filled if not row.running]
        if not over or (not over[-1].change.is_given and filled[-1].change.is_given):
            return (filled or self.rows)[-1]
        return over[-1]


def build(
    timings: Iterable[Timings],
    periods: Sequence[Period],
    zone: tzinfo,
    as_of: datetime,
    *,
    by: Sequence[str] = (),
    interval: str = "declare-close",
    cohort: str = "declared",
    compare: str = "previous",
    calendar: Calendar | None = None,
    calendar_of: Callable[[str], Calendar] | None = None,
    quality: bool = True,
    why: bool = True,
) -> Report:
    """The report of an interval over periods in a zone, as known at ``as_of``.

    Timings outside the periods shown and compared are passed over. With a calendar times are
    working times. Without ``quality`` it says only how long it took, without ``why`` not what
    changed it. Raises BadArgument for a dimension, an interval, a cohort or a comparison that does
    not exist.
    """
    query = ReportQuery(
        periods=periods,
        zone=zone,
        as_of=as_of,
        by=tuple(dict.fromkeys(by)),
        interval=interval,
        cohort=cohort,
        compare=compare,
        calendar=calendar,
        calendar_of=calendar_of,
        quality=quality,
        why=why,
    )
    return compile_report(query, Tally(query, of_timings(timings)))


def compile_report(query: ReportQuery, tally: Tally, undated: int = 0) -> Report:
    """The report of a tally; ``undated`` declarations are in no period."""
    return Report(
        as_of=query.as_of,
        interval=query.interval,
        cohort=query.cohort,
        clock=query.clock,
        zone=query.zone,
        every=type(query.periods[0]).__name__.lower(),
        by=query.by,
        tau=query.tau,
        day=query.day,
        rows=tuple(row(query, tally, *place) for place in product(query.periods, tally.groups)),
        stages=tuple(_stage_shares(query, tally)),
        links=tuple(_links(query, tally)),
        longest=tuple(tally.longest),
        anomalies=tuple(sorted(tally.anomalies, key=_by_reference)),
        day_only=tuple(sorted(tally.day_only)),
        undated=undated,
        why=explained(tally) if query.why else None,
    )


def work_out_beforehand(query: ReportQuery, tally: Tally) -> None:
    """Works out what a report asks for and no resamples are drawn for; the tally keeps it."""
    for place in product(query.periods, tally.groups):
        cell = tally.cell(*place)
        if not cell.reason_withheld:
            _ = cell.curve
    over = [period for period in query.periods if not query.is_running(period)]
    if over and query.has_quality and not query.by:
        _figures(query, tally, over[-1], ())  # of the period that the headline is mostly of


def explained(tally: Tally) -> Why | None:
    """Why the last period differs from the one it is compared with."""
    if tally.collected is None:
        return None
    sides = tally.whole(tally.collected.focus), tally.whole(tally.collected.before)
    return explain(tally.collected, _clear_change(*sides) is not None)


def _by_reference(anomaly: Anomaly) -> tuple[str, str, str]:
    return anomaly.period, anomaly.reference, anomaly.why.key


# Rows


def row(query: ReportQuery, tally: Tally, period: Period, group: Group) -> ReportRow:
    """The figures of one period and group; how well it went is worked out where it is asked."""
    cell, before = _sides(tally, period, group)
    earlier = query.before(period)
    notes = _count_notes(cell)
    sums, figures = cell.sums.sums(), deferred(partial(_figures, query, tally, period, group))
    if query.is_ahead(period):
        notes["declared"] = Note.of("not_begun")
    return ReportRow(
        period=str(period),
        running=query.is_running(period),
        group=dict(zip(query.by, group, strict=True)),
        declared=cell.declared,
        closed=cell.closed,
        open=cell.open,
        returned=cell.returned,
        withdrawn=cell.withdrawn,
        anomalous=cell.anomalous,
        put_away=cell.put_away,
        by_hand=cell.by_hand,
        mean_closed=_mean_closed(cell, notes),
        rmst=_rmst(cell, query, notes),
        tau=query.tau,
        within=_within(cell, query, notes),
        **{name: _percentile(cell, name, notes) for name in PERCENTILES},
        withdrawn_share=_withdrawn_share(cell, query, notes),
        withdrawn_change=_withdrawn_change(cell, before, query),
        change=replace(_change(cell, before, str(earlier), notes), until=query.same_part(period)),
        reasons=reasons(cell.followed.returns, query.reasons),
        corrections=tuple(sorted(cell.followed.corrections)),
        standing=_standing(cell, query.averages.get(str(period))),
        figures=figures if query.has_quality else {},
        sums=sums,
        row_notes=notes,
        sum_notes=_sum_notes(sums, cell.declared),
    )


def _count_notes(cell: PeriodGroup) -> _Notes:
    """What to bear in mind about the counts."""
    notes: _Notes = {}
    known = cell.declared + cell.in_advance
    of_all = {"known": known, "all": known + cell.inapplicable}
    if cell.from_arrival and cell.inapplicable and cell.in_advance:
        notes["declared"] = Note.of("in_advance_or_unknown", n=cell.in_advance, **of_all)
    elif cell.from_arrival and cell.inapplicable:
        notes["declared"] = Note.of("arrival_known_of", **of_all)
    elif cell.in_advance:
        notes["declared"] = Note.of("in_advance", n=cell.in_advance)
    elif cell.inapplicable:
        notes["declared"] = Note.of("no_such_interval", n=cell.inapplicable)
    counted = cell.declared - cell.anomalous
    if cell.open > _MAX_OPEN_SHARE * counted:
        notes["open"] = Note.of("immature", share=cell.open / counted)
    if cell.put_away:
        notes["put_away"] = Note.of("put_away", n=cell.put_away)
    if cell.by_hand:
        notes["by_hand"] = Note.of("by_hand", n=cell.by_hand)
    return notes


def _sum_notes(sums: Sums, declared: int) -> _Notes:
    """Which of the sums of a row no declaration says, and what was left out."""
    notes = _Notes()
    for name in SUMS:
        known = sums.known.get(name, declared)
        if left_out := sums.left_out.get(name, 0):
            notes[name] = Note.of("left_out", n=left_out)
        elif getattr(sums, name) in (None, {}):
            notes[name] = Note.of("not_declared_by_any")
        elif known < declared:
            notes[name] = Note.of("known_of", known=known, n=declared)
    return notes


def _mean_closed(cell: PeriodGroup, notes: _Notes) -> float | None:
    if cell.no_calendar:
        notes["mean_closed"] = cell.no_calendar
        return None
    ended = cell.samples.ended
    if len(ended) < MIN_SAMPLE:
        notes["mean_closed"] = _few(len(ended)) if ended else Note.of("none_closed")
        return None
    return durations.mean(ended)


def _few(n: int) -> Note:
    return Note.of("too_few", n=n)


def _mean_notes(n: int) -> _Notes:
    """Why a mean of so many is no figure, under its name; nothing where it is one."""
    return {"mean": _few(n)} if n < MIN_SAMPLE else {}


def _percentile(cell: PeriodGroup, name: str, notes: _Notes) -> int | None:
    if cell.reason_withheld:
        notes[name] = cell.reason_withheld
        return None
    seconds = cell.curve.percentile(PERCENTILES[name])
    if seconds is None:
        notes[name] = Note.of("not_reached", share=cell.curve.reached)
    return seconds


def _rmst(cell: PeriodGroup, query: ReportQuery, notes: _Notes) -> float | None:
    if cell.reason_withheld:
        notes["rmst"] = cell.reason_withheld
        return None
    if not cell.curve.known(query.tau):
        notes["rmst"] = Note.of("carried_flat", days=cell.curve.last / query.day)
    return cell.rmst


def _withdrawn_share(cell: PeriodGroup, query: ReportQuery, notes: _Notes) -> Estimate | None:
    if why := _no_share(cell, query):
        notes["withdrawn_share"] = why
        return None
    return estimates.withdrawn(cell.curve)


def _no_share(cell: PeriodGroup, query: ReportQuery) -> Note | None:
    """Why the withdrawn share cannot be given, or None."""
    if query.cohort == "closed":
        return Note.of("only_closures")
    few = len(cell.samples) < MIN_SAMPLE
    return cell.no_calendar or (_few(len(cell.samples)) if few else None)


def _withdrawn_change(cell: PeriodGroup, before: PeriodGroup, query: ReportQuery) -> ShareChange:
    """The change of the withdrawn share from an earlier period."""
    whys = [why for why in (_no_share(cell, query), _no_share(before, query)) if why]
    if whys:
        return ShareChange("too few" if all(why.key == "too_few" for why in whys) else None)
    new, old = estimates.withdrawn(cell.curve), estimates.withdrawn(before.curve)
    low, high = estimates.difference(new, old)
    verdict = "more" if low > 0 else "fewer" if high < 0 else "no clear change"
    return ShareChange(verdict, new.value - old.value, (low, high))


def _within(cell: PeriodGroup, query: ReportQuery, notes: _Notes) -> dict[int, float | None] | None:
    if cell.reason_withheld:
        notes["within"] = cell.reason_withheld
        return None
    curve = cell.curve
    marks = [days * query.day for days in WITHIN_DAYS]
    shares = {mark: curve.within(mark) if curve.known(mark) else None for mark in marks}
    if None in shares.values():
        notes["within"] = Note.of("not_known_beyond", days=curve.last / query.day)
    return shares


# Changes


def _change(cell: PeriodGroup, before: PeriodGroup, since: str, notes: _Notes) -> Change:
    """The change from an earlier period; notes say how its interval was found, or why it is not."""
    if years := sorted(cell.years_without_calendar | before.years_without_calendar):
        notes["change"] = Note.of("no_calendar", years=years)
        return Change(since=since, verdict=None)
    if cell.reason_withheld or before.reason_withheld:
        notes["change"] = _too_few(before.standing, cell.standing)
        return Change(since=since, verdict="too few")
    new, old = cell.rmst, before.rmst
    interval = _interval(cell, before)
    if interval is None:
        notes["change"] = Note.of("no_ratio")
        return Change(since=since, verdict="no clear change", rmst_difference=new - old)
    notes["change"] = _INTERVALS[interval.method]
    return Change(
        since=since,
        verdict=_verdict(interval),
        rmst_difference=new - old,
        rmst_ratio=new / old - 1,
        ci95=(interval.low, interval.high),
        mix_adjusted_ratio=_adjusted(cell, before, since, notes),
    )


def _sides(tally: Tally, period: Period, group: Group) -> tuple[PeriodGroup, PeriodGroup]:
    """A period and group, and what it is compared with."""
    compared, earlier = tally.earlier(period)
    return tally.cell(period, group), compared.cell(earlier, group)


def _whole_sides(tally: Tally, period: Period) -> tuple[PeriodGroup, PeriodGroup]:
    """The same of all groups."""
    compared, earlier = tally.earlier(period)
    return tally.whole(period), compared.whole(earlier)


def resampled(query: ReportQuery, tally: Tally) -> Iterator[PeriodGroup]:
    """What a report draws resamples of, in the order in which it asks for them."""
    each = (_sides(tally, *place) for place in product(query.periods, tally.groups))
    for sides in chain(each, (_whole_sides(tally, period) for period in query.periods)):
        if not any(side.reason_withheld for side in sides) and _are_few(*sides):
            yield from sides


def _are_few(cell: PeriodGroup, before: PeriodGroup) -> bool:
    """Whether both are small enough for a bootstrap."""
    return max(len(cell.samples), len(before.samples)) <= durations.MAX_RESAMPLED


def _too_few(before: int, now: int) -> Note:
    return Note.of("too_few_to_compare", before=before, now=now)


def _interval(cell: PeriodGroup, before: PeriodGroup) -> durations.Interval | None:
    if _are_few(cell, before):
        return durations.ratio_interval(cell.resampled, before.resampled)
    new, old = ((side.rmst, side.rmst_variance) for side in (cell, before))
    return durations.normal_interval(new, old)


def _verdict(interval: durations.Interval) -> str:
    if interval.high < -_ROUNDING:
        return "faster"
    return "slower" if interval.low > _ROUNDING else "no clear change"


def _adjusted(cell: PeriodGroup, before: PeriodGroup, since: str, notes: _Notes) -> float | None:
    """The change with the mix of the earlier period."""
    ratio, share = durations.adjusted_change(cell.mix, before.mix, cell.tau)
    if share < 1:
        notes["mix_adjusted_ratio"] = Note.of("partly_matched", share=share, period=since)
    return ratio


# Quality


def _figures(query: ReportQuery, tally: Tally, period: Period, group: Group) -> dict[str, Figure]:
    """The figures of quality, with their changes."""
    earlier, year_ago = query.before(period), period.shifted(-period.PER_YEAR)
    compared, _ = tally.earlier(period)
    cell, before = tally.cell(period, group), compared.cell(earlier, group)
    needed, figures = query.needed, dict[str, Figure]()
    for name, found in cell.found.items():
        if name == COST and not query.costs.tiers:
            found = Found(None, 0, why=Note.of("no_tariff"))
        change = figure_change(found, before.found[name], str(earlier))
        figures[name] = Figure(found, change, FIGURES[name].unit, FIGURES[name].better)
    timed = _timed(tally, period, cell, group)
    # Only what is inside a target is compared with a year ago; without targets that is in no row.
    then = {earlier: _timed(tally, earlier, before, group)}
    if query.targets and year_ago not in then:
        then[year_ago] = _timed(tally, year_ago, tally.cell(year_ago, group), group)
    for name, (found, kind) in timed.items():
        since = year_ago if quality_times.is_target(name) else earlier
        old, _ = then.get(since, timed).get(name, (_NOT_FOUND, kind))
        change = figure_change(found, old, str(since))
        if since not in needed:
            change = FigureChange(None, since=str(since))
        figures[name] = Figure(found, change, kind.unit, kind.better)
    return figures


_NOT_FOUND = Found(None, 0)


def _timed(
    tally: Tally, period: Period, cell: PeriodGroup, group: Group
) -> dict[str, tuple[Found, Scale]]:
    """The figures of the times of a period and group, or of a part of them; the year before is
    that of the report's own tally.
    """
    year_ago = period.shifted(-period.PER_YEAR)
    return quality_times.found(cell, tally.query, _read(tally, year_ago, group))


def _standing(cell: PeriodGroup, average: float | None) -> Standing:
    """The errors of a period and group beside the average of the country, in per cent."""
    if average is None:
        return Standing()
    errors, total = cell.found["error_rate"], cell.followed.counted.total
    least = errors.hits or 0
    most = least + total - errors.n
    if total and least / total > average / 100:
        return Standing(average / 100, "above")
    return Standing(
        average / 100, "within" if total and most / total <= average / 100 else "unknown"
    )


def _read(tally: Tally, period: Period, group: Group) -> PeriodGroup | None:
    """The declarations of a period and group, if the report reads that period."""
    return tally.cell(period, group) if period in tally.query.needed else None


def _links(query: ReportQuery, tally: Tally) -> Iterator[Link]:
    """The parts of the whole way of goods, of those whose whole way is known."""
    for period in query.periods:
        for group in tally.groups:
            links = tally.cell(period, group).followed.links
            for direction in sorted(links):
                yield from _parts(query, period, group, direction, links[direction])


def _parts(
    query: ReportQuery, period: Period, group: Group, direction: str, totals: LinkTotals
) -> Iterator[Link]:
    whole = sum(totals.seconds)
    for part, seconds in zip(LINKS[direction], totals.seconds, strict=True):
        yield Link(
            period=str(period),
            group=dict(zip(query.by, group, strict=True)),
            direction=direction,
            of=WHOLE_WAY[direction],
            part=part,
            owner=LINK_OWNERS[part],
            n=totals.n,
            seconds=seconds,
            share=seconds / whole if whole else 0.0,
        )


# Stages


def _stage_shares(query: ReportQuery, tally: Tally) -> Iterator[StageShare]:
    """The stages of each period's closed declarations, and their parts in its change."""
    for period in query.periods:
        compared, earlier = tally.earlier(period)
        totals, before = tally.totals(period), compared.totals(earlier)
        if not totals.closed or not totals.complete:
            continue
        few = _too_few_closed(totals, before)
        change = None if few else _shared_change(*_whole_sides(tally, period))
        changes: Mapping[Stage, float] = {}
        if change is not None:
            sides = tally.restricted(period), compared.restricted(earlier)
            changes = {stage: _difference(stage, *sides) for stage in {**sides[0], **sides[1]}}
        why = None if change is not None else few or Note.of("no_change_to_share")
        yield from _shares(str(period), totals, changes, change, why)


def _shared_change(cell: PeriodGroup, before: PeriodGroup) -> float | None:
    """The change of the restricted mean, where it is clear and large enough to be divided."""
    change = _clear_change(cell, before)
    return None if change is None or abs(change) < _MIN_CHANGE * cell.rmst else change


def _difference(stage: Stage, now: Mapping[Stage, float], before: Mapping[Stage, float]) -> float:
    return now.get(stage, 0.0) - before.get(stage, 0.0)


def _clear_change(cell: PeriodGroup, before: PeriodGroup) -> float | None:
    """The change of the restricted mean in seconds; None where it is not clear."""
    if cell.reason_withheld or before.reason_withheld:
        return None
    interval = _interval(cell, before)
    if interval is None or _verdict(interval) == "no clear change":
        return None
    return cell.rmst - before.rmst


def _shares(
    period: str,
    now: PeriodTotals,
    changes: Mapping[Stage, float],
    change: float | None,
    why: Note | None,
) -> Iterator[StageShare]:
    """The stages of a period, with what is theirs of its change, or why that is not given."""
    total = sum(now.seconds.values())
    for stage in sorted(now.seconds.keys() | changes.keys(), key=RANK.__getitem__):
        seconds, own = now.seconds.get(stage, 0), changes.get(stage)
        yield StageShare(
            period=period,
            n=now.closed,
            stage=stage,
            owner=stages.OWNERS[stage],
            seconds=seconds,
            mean=now.stage_mean(stage),
            share=seconds / total if total else 0.0,
            change=own,
            share_of_change=own / change if own is not None and change else None,
            notes=_mean_notes(now.closed) | (dict.fromkeys(_CHANGES, why) if why else {}),
        )


def _too_few_closed(now: PeriodTotals, before: PeriodTotals) -> Note | None:
    """Why stages have no part in a change, or None."""
    if min(now.closed, before.closed) < MIN_SAMPLE or not before.complete:
        return _too_few(before.closed, now.closed)
    return None
