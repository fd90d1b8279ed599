"""Why a report's last period differs from the one before: its change split among causes.

The change of the restricted mean is the sum of its parts (``figures.shapley``): the mix of
directions, of offices, of long breaks after the declaration, how many were inspected and returned,
and how long stages took for declarations alike in all of that. A part is beyond chance where the
change is clear and the part's interval, widened for as many parts as there are (Bonferroni), does
not hold zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING

from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.figures.durations import MIN_SAMPLE, NORMAL_975, Ending, Sample
from clearance.figures.stages import STAGE_OF_LETTER, Spent, by_declaration
from clearance.model import RANK, Deferring, Note, Stage, Value, deferred, replace
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting.intervals import Intervals
from clearance.reporting.query import ReportQuery

if TYPE_CHECKING:
    from clearance.figures.shapley import Entry, Profile

FEATURES = ("direction", "office", "calendar", "inspection", "returns")
"""What a declaration has that its time depends on, in the order in which each is given."""
PACE = "stage speeds"
"""The part of how long stages took, for declarations alike in all features."""
_MAX_OFFICES = 12
"""The offices with the most declarations; the others count as one."""
_DAYS_AFTER = 3
"""Days from the declaration on in which a break may begin."""
_WEEKEND = 2
"""Days off in a row that are usual."""
_LONG_BREAK = 4
"""More days off in a row than this are a long break."""
_MAX_BREAK = 15
_CALENDAR = FEATURES.index("calendar")
_OFFICE = FEATURES.index("office")


class Part(Value, kw_only=True):
    """One cause of a change: its seconds, their 95 % interval, and whether that is beyond chance.

    ``stages`` are the seconds of each stage in the part of ``PACE``, the largest first.
    """

    name: str
    seconds: float
    ci95: tuple[float, float]
    beyond_chance: bool
    stages: tuple[tuple[Stage, float], ...] = ()


class Why(Deferring, kw_only=True):
    """The change of a period's restricted mean in seconds, and its parts, the largest first.

    Without parts ``note`` says why there are none. ``clear`` is whether the change itself is.
    """

    period: str
    since: str
    seconds: float | None = None
    clear: bool = False
    parts: tuple[Part, ...] = ()
    note: Note | None = None

    @property
    def named(self) -> tuple[Part, ...]:
        """The parts that are beyond chance."""
        return tuple(part for part in self.parts if part.beyond_chance)


class _Batch(NamedTuple):
    """Declarations that were counted together: their times, and what these depend on."""

    ending: Ending
    seconds: Sequence[int]
    spent: Sequence[Spent]
    system: str
    direction: str | None
    inspected: bool
    returned: bool
    offices: Sequence[str | None]
    declared: Sequence[int] | None


class Collected:
    """The declarations of the period that is explained, and of the one it is compared with."""

    def __init__(self, query: ReportQuery, focus: Period, before: Period) -> None:
        self.query = query
        self.focus = focus
        self.before = before
        self.has_calendar = bool(query.calendar_of)
        self._batches: dict[Period, list[_Batch]] = {focus: [], before: []}
        self._profiles: dict[Profile, Profile] = {}
        self._breaks: dict[str, _Breaks] = {}

    @classmethod
    def of(cls, query: ReportQuery) -> Collected | None:
        """What a report collects; None if it does not ask why."""
        if not query.why:
            return None
        ends = ((period, period.next.start(query.zone)) for period in query.periods)
        over = [period for period, end in ends if end <= query.as_of]
        focus = (over or query.periods)[-1]
        return cls(query, focus, query.before(focus))

    def add(self, period: Period, intervals: Intervals, spent: Sequence[Spent]) -> None:
        """Takes declarations of a period: their times, and what they spent in each stage."""
        if intervals.seconds and period in self._batches:
            some = intervals.some
            batch = _Batch(
                intervals.ending,
                intervals.seconds,
                spent,
                some.one("system"),
                some.one("direction"),
                some.column("examined_from") is not None,
                some.one("returned"),
                some.values("office"),
                some.column("declared_at"),
            )
            self._batches[period].append(batch)

    def standing(self, period: Period) -> int:
        """How many of a period are not withdrawn."""
        batches = self._batches[period]
        return sum(len(some.seconds) for some in batches if some.ending is not Ending.WITHDRAWN)

    def entries(self, period: Period) -> Iterator[Entry]:
        """The declarations of a period, as what is split among causes, once: they are let go."""
        batches = self._batches[period]
        batches.reverse()
        while batches:
            some = batches.pop()
            samples = (Sample(seconds, some.ending) for seconds in some.seconds)
            profiles = [
                (some.direction, office, after, some.inspected, some.returned)
                for office, after in zip(some.offices, self._breaks_after(some), strict=True)
            ]
            same = (self._profiles.setdefault(own, own) for own in profiles)
            parts = by_declaration(some.spent, len(some.seconds))
            yield from zip(samples, same, parts, strict=True)

    def _breaks_after(self, some: _Batch) -> list[int]:
        """What follows each: 0 for no days off but a weekend, 1 for more, 2 for many."""
        calendar_of = self.query.calendar_of
        if calendar_of is not None and some.declared is not None and self.has_calendar:
            breaks = self._breaks_of(some.system, calendar_of)
            try:
                return [breaks[breaks.calendar.day_number(at)] for at in some.declared]
            except NoCalendar:
                self.has_calendar = False
        return [0] * len(some.seconds)

    def _breaks_of(self, system: str, calendar_of: Callable[[str], Calendar]) -> _Breaks:
        if system not in self._breaks:
            self._breaks[system] = _Breaks(calendar_of(system))
        return self._breaks[system]


class _Breaks(dict[int, int]):
    """What follows each day by its ordinal, looked up when a day is first needed."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__()
        self.calendar = calendar

    def __missing__(self, ordinal: int) -> int:
        day = date.fromordinal(ordinal)
        length = max(_days_off(self.calendar, day, after) for after in range(_DAYS_AFTER))
        self[ordinal] = (length > _WEEKEND) + (length > _LONG_BREAK)
        return self[ordinal]


def _days_off(calendar: Calendar, day: date, after: int) -> int:
    """How many days off in a row there are from so many days after a day on."""
    first = day + timedelta(days=after)
    days = (first + timedelta(days=n) for n in range(_MAX_BREAK))
    return sum(1 for _ in takewhile(lambda each: not calendar.works(each), days))


def explain(collected: Collected, clear: bool) -> Why:
    """Why the last period differs; ``clear`` says whether its change is."""
    focus, before = str(collected.focus), str(collected.before)
    few = [collected.standing(period) for period in (collected.before, collected.focus)]
    if min(few) < MIN_SAMPLE:
        note = Note.of("too_few_to_compare", before=few[0], now=few[1])
        return Why(period=focus, since=before, note=note)
    parts = cache(partial(_parts, collected, clear=clear))
    return Why(
        period=focus,
        since=before,
        seconds=deferred(lambda: sum(part.seconds for part in parts())),
        clear=clear,
        parts=deferred(lambda: tuple(sorted(parts(), key=_largest_first))),
    )


def _parts(collected: Collected, *, clear: bool) -> list[Part]:
    """The parts of a change, in the order of the features, and last that of pace."""
    from clearance.figures import shapley

    query, focus, before = collected.query, collected.focus, collected.before
    sides = [list(collected.entries(period)) for period in (before, focus)]
    names = [name for name in FEATURES if name != "calendar" or collected.has_calendar]
    old, new = (
        shapley.weighted(side, query.tau) for side in _alike(sides, calendar=collected.has_calendar)
    )
    found = shapley.shares(old, new)
    seed = f"why {query.interval} {focus} {before}"
    spreads = shapley.deviations(old, new, seed)
    values = (*found.mixes, found.pace)
    parts = [
        _part(name, value, spread, clear=clear, count=len(values))
        for name, value, spread in zip((*names, PACE), values, spreads, strict=True)
    ]
    parts[-1] = _with_stages(parts[-1], found.stages)
    return parts


def _largest_first(part: Part) -> tuple[float, str]:
    return -abs(part.seconds), part.name


def _part(name: str, seconds: float, spread: float, *, clear: bool, count: int) -> Part:
    """A part with its interval; of ``count`` parts it is beyond chance if it is rarer than that."""
    from statistics import NormalDist

    rare = NormalDist().inv_cdf(1 - 0.05 / (2 * count)) * spread
    reach = NORMAL_975 * spread
    return Part(
        name=name,
        seconds=seconds,
        ci95=(seconds - reach, seconds + reach),
        beyond_chance=clear and abs(seconds) > max(rare, _NOTHING),
    )


_NOTHING = 1.0
"""Seconds; less is nothing."""


def _with_stages(part: Part, stages: Mapping[str, float]) -> Part:
    """The part of pace, with its stages."""
    known = [(STAGE_OF_LETTER[letter], seconds) for letter, seconds in stages.items() if letter]
    known.sort(key=lambda one: (-abs(one[1]), RANK[one[0]]))
    return replace(part, stages=tuple(known))


def _alike(sides: Sequence[Sequence[Entry]], *, calendar: bool) -> list[list[Entry]]:
    """The declarations with small offices as one, and without a calendar that is not known."""
    profiles = Counter([profile for side in sides for _, profile, _ in side])
    counts: Counter[Hashable] = Counter()
    for profile, count in profiles.items():
        counts[profile[_OFFICE]] += count
    large = set(sorted(counts, key=lambda office: (-counts[office], repr(office)))[:_MAX_OFFICES])
    shown = {profile: _shown(profile, large, calendar=calendar) for profile in profiles}
    return [[(sample, shown[profile], parts) for sample, profile, parts in side] for side in sides]


def _shown(profile: Profile, large: set[Hashable], *, calendar: bool) -> Profile:
    office = profile[_OFFICE] if profile[_OFFICE] in large else "other"
    whole = (*profile[:_OFFICE], office, *profile[_OFFICE + 1 :])
    return whole if calendar else (*whole[:_CALENDAR], *whole[_CALENDAR + 1 :])
