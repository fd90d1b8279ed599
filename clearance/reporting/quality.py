"""How well it went: rates and times of the declarations of a period, each as a row of a table.

``FIGURES`` says of each figure what is counted of what, or which number each declaration gives and
what is made of the numbers; everything else walks that table: the figures of a row, their changes,
and the declarations behind each. A name with a dot is a part of the figure before the dot.

Figures are of the declarations that were declared in the period, but those whose interval in the
report has impossible times.
A figure of fewer than ``MIN_SAMPLE`` is not given, its count is. Where what a figure needs is known
of some declarations only, it is of those, and ``coverage`` says of how many. None of these figures
bears an official name: 查验率, 退单率 and the like are meant as they are defined here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from clearance.figures import estimates
from clearance.figures.durations import MIN_SAMPLE, Share
from clearance.figures.estimates import Estimate
from clearance.model import Note, Timings, Value
from clearance.named_tuples import NamedTuple
from clearance.reporting import profiles
from clearance.reporting.profiles import TAU, Moment, Number, Numbered, Profile
from clearance.stores.alike import Alike

_Count = Callable[[Profile], int]


class Rate(Value, kw_only=True):
    """``hit`` of ``counted``; ``among`` are all of which that should be known.

    ``better`` is 1 where more is better, -1 where less is, 0 where neither is.
    """

    counted: _Count
    hit: _Count
    among: _Count | None = None
    better: int = 0
    unit: str = "share"


class Measured(Value, kw_only=True):
    """What is made of the numbers that declarations give; None gives none.

    ``given`` are those that may give one, ``among`` all that should.
    """

    number: Number
    estimate: Callable[[Sequence[Any]], Estimate | None]
    given: _Count
    among: _Count
    better: int = 0
    unit: str = "hours"


class Summed(Value, kw_only=True):
    """The sum of the numbers that declarations give; those of ``counted`` that give none are 0.

    ``given`` are those that may give one, ``among`` all of which that should be known.
    """

    number: Number
    given: _Count
    counted: _Count
    among: _Count
    better: int = 0
    unit: str = "hours"


class Averaged(Value, kw_only=True):
    """The mean of what declarations count, where it is known; ``among`` are all of them."""

    count: Callable[[Profile], int | None]
    among: _Count
    better: int = 0
    unit: str = "number"


Kind = Rate | Measured | Summed | Averaged


def _one(_: Profile) -> int:
    return 1


def _is_export(own: Profile) -> int:
    return own.direction == "export" and own.deleted is None


def _is_import(own: Profile) -> int:
    return own.direction == "import"


def _has_free_time(own: Profile) -> int:
    return own.free_time and own.deleted is None and _is_import(own)


def _is_followed(own: Profile) -> int:
    """Whether what happened to it is known from the beginning."""
    return own.course is not None


def _is_amended(own: Profile) -> int:
    return own.course is not None and own.course.amended


def _has_cutoff(own: Profile) -> int:
    return own.cutoff is not None


def _has_met_or_missed(own: Profile) -> int:
    """Whether its cut-off is known and has passed."""
    return own.cutoff in ("met", "missed")


def _has_passed(own: Profile) -> int:
    """Whether it is an export whose cut-off, if it is known, has passed, and was waited for."""
    return _is_export(own) and own.cutoff not in ("ahead", "given up")


def _quantile(share: Share) -> Callable[[Sequence[float]], Estimate | None]:
    def of(numbers: Sequence[float]) -> Estimate | None:
        found = estimates.quantile(numbers, share)
        return None if float("-inf") in found else found

    return of


def _right(samples: Sequence[Any]) -> Estimate:
    return estimates.complement(estimates.failures(samples, TAU))


def _below_a_day(hours: Sequence[float]) -> Estimate:
    return estimates.rate(sum(each < 24 for each in hours), len(hours))


FIGURES: Mapping[str, Kind] = {
    "advance_rate": Rate(
        counted=lambda own: _is_import(own) and own.advance is not None,
        hit=lambda own: own.advance or 0,
        among=_is_import,
        better=1,
    ),
    "inspection_rate": Rate(counted=_one, hit=lambda own: own.inspected),
    "return_rate": Rate(counted=lambda own: own.sendings, hit=lambda own: own.returns, better=-1),
    "first_time_right": Measured(
        number=profiles.first_failure,
        estimate=_right,
        given=_is_followed,
        among=_one,
        better=1,
        unit="share",
    ),
    "sendings_per_declaration": Averaged(count=lambda own: own.sendings, among=_one, better=-1),
    "rework_hours": Summed(
        number=profiles.rework_hours,
        given=lambda own: own.sendings != 1,
        counted=_is_followed,
        among=_one,
        better=-1,
    ),
    "touchless_rate": Rate(
        counted=lambda own: own.closed and _is_followed(own),
        hit=lambda own: (
            own.course is not None
            and not (own.course.touched or own.course.amended or own.inspected or own.returns)
        ),
        among=lambda own: own.closed,
        better=1,
    ),
    "amended_rate": Rate(
        counted=lambda own: own.course is not None and own.course.released,
        hit=_is_amended,
        better=-1,
    ),
    "amendment_hours": Summed(
        number=profiles.amendment_hours,
        given=_is_amended,
        counted=lambda own: own.closed and _is_followed(own),
        among=lambda own: own.closed,
        better=-1,
    ),
    "deleted_rate": Rate(counted=_one, hit=lambda own: own.deleted is not None, better=-1),
    "deleted_rate.asked": Rate(counted=_one, hit=lambda own: own.deleted == "asked"),
    "deleted_rate.unasked": Rate(counted=_one, hit=lambda own: own.deleted == "unasked", better=-1),
    "error_rate": Rate(
        counted=lambda own: own.error is not None,
        hit=lambda own: own.error or 0,
        among=_one,
        better=-1,
    ),
    "cutoff_hit_rate": Rate(
        counted=_has_met_or_missed,
        hit=lambda own: own.cutoff == "met",
        among=_has_passed,
        better=1,
    ),
    "cutoff_margin_p10": Measured(
        number=profiles.cutoff_margin,
        estimate=_quantile((1, 10)),
        given=_has_met_or_missed,
        among=_has_passed,
        better=1,
    ),
    "lead_median": Measured(
        number=profiles.lead_hours,
        estimate=_quantile((1, 2)),
        given=_has_cutoff,
        among=_is_export,
        better=1,
    ),
    "lead_median.below_24h": Measured(
        number=profiles.lead_hours,
        estimate=_below_a_day,
        given=_has_cutoff,
        among=_is_export,
        better=-1,
        unit="share",
    ),
    "free_time_overrun": Summed(
        number=profiles.overrun_days,
        given=_has_free_time,
        counted=_has_free_time,
        among=lambda own: _is_import(own) and own.deleted is None,
        better=-1,
        unit="days",
    ),
    "free_time_overrun.cost": Summed(
        number=profiles.overrun_cost,
        given=_has_free_time,
        counted=_has_free_time,
        among=lambda own: _is_import(own) and own.deleted is None,
        better=-1,
        unit="money",
    ),
    "completeness": Rate(counted=lambda own: own.closed, hit=lambda own: own.complete, better=1),
}
"""Every figure that is counted declaration by declaration."""

IN_GROUPS = (
    "inspection_rate", "return_rate", "first_time_right", "touchless_rate", "amended_rate",
    "deleted_rate",
)  # fmt: skip
"""The figures that a report in groups shows people of each."""
COST = "free_time_overrun.cost"
"""The figure that needs a tariff."""


def _numbered(own: Profile) -> Numbered:
    """The figures that declarations with a profile may give a number to."""
    kinds = ((name, kind) for name, kind in FIGURES.items() if isinstance(kind, Measured | Summed))
    return tuple((name, kind.number) for name, kind in kinds if kind.given(own))


class _Alike:
    """The declarations with one profile: how many, and the figures that they may number."""

    __slots__ = ("numbered", "times")

    def __init__(self, own: Profile) -> None:
        self.numbered = _numbered(own)
        self.times = 0


class Counted:
    """The declarations of one period and group: how many have each profile, and their numbers."""

    __slots__ = ("_alike", "numbers")

    def __init__(self) -> None:
        self.numbers: dict[str, list[Any]] = defaultdict(list)
        self._alike: dict[Profile, _Alike] = {}

    def add(self, some: Alike, moment: Moment) -> None:
        """Counts declarations."""
        for own, those in profiles.profiles(some, moment):
            alike = self._those_with(own)
            alike.times += len(those)
            for name, numbers in profiles.numbers(alike.numbered, those, own, moment):
                self.numbers[name] += numbers

    def include(self, other: Counted) -> None:
        """Counts the declarations of another period or group too."""
        for own, times in other.profiles:
            self._those_with(own).times += times
        for name, numbers in other.numbers.items():
            self.numbers[name] += numbers

    def _those_with(self, own: Profile) -> _Alike:
        alike = self._alike.get(own)
        if alike is None:
            alike = self._alike[own] = _Alike(own)
        return alike

    @property
    def profiles(self) -> Iterator[tuple[Profile, int]]:
        """Each profile, with how many declarations have it."""
        return ((own, alike.times) for own, alike in self._alike.items())

    @property
    def total(self) -> int:
        """How many declarations there are."""
        return sum(times for _, times in self.profiles)

    def sum_of(self, count: _Count, among: _Count = _one) -> int:
        """What a count comes to over all declarations, or over those among some."""
        return sum(count(own) * times for own, times in self.profiles if among(own))


class Scale(NamedTuple):
    """The unit of a figure, and whether more of it is better (1), worse (-1) or neither (0)."""

    unit: str
    better: int


class Found(NamedTuple):
    """A figure of one period and group: why it is not given, or None.

    ``n`` is what it is of, ``hits`` how many of these were hit; ``coverage`` is the share of those
    that should be known which are.
    """

    estimate: Estimate | None
    n: int
    hits: int | None = None
    coverage: float | None = None
    why: Note | None = None


class FigureChange(NamedTuple):
    """How a figure differs from that of an earlier period: new − old, and its 95 % interval.

    ``verdict`` is ``higher``, ``lower``, ``no clear change`` or ``too few``; None where nothing is
    known on either side, or a side that is of enough cannot be told.
    """

    verdict: str | None
    difference: float | None = None
    ci95: tuple[float, float] | None = None
    since: str | None = None


class Figure(NamedTuple):
    """A figure of a row, and its change."""

    found: Found
    change: FigureChange
    unit: str
    better: int


def found(counted: Counted) -> dict[str, Found]:
    """Every figure of ``FIGURES``, of one period and group."""
    return {name: _found(name, kind, counted) for name, kind in FIGURES.items()}


def _found(name: str, kind: Kind, counted: Counted) -> Found:
    numbers = counted.numbers.get(name, [])
    if isinstance(kind, Rate):
        n, hits = counted.sum_of(kind.counted), counted.sum_of(kind.hit, kind.counted)
        found = given(n, lambda: estimates.rate(hits, n), hits)
    elif isinstance(kind, Summed):
        n = counted.sum_of(kind.counted)
        found = given(n, lambda: estimates.total(numbers, n))
    elif isinstance(kind, Measured):
        found = given(len(numbers), lambda: kind.estimate(numbers))
    else:
        counts = _counts(kind, counted)
        found = given(sum(times for _, times in counts), lambda: estimates.mean(counts))
    among = counted.sum_of(kind.among) if kind.among else found.n
    return covered(found, among)


def _counts(kind: Averaged, counted: Counted) -> list[tuple[int, int]]:
    """What declarations count, each with how many do."""
    counts = ((kind.count(own), times) for own, times in counted.profiles)
    return [(count, times) for count, times in counts if count is not None]


def given(n: int, estimate: Callable[[], Estimate | None], hits: int | None = None) -> Found:
    """A figure of ``n``, or why it is not given: they are too few, or it cannot be told of them."""
    if n < MIN_SAMPLE:
        return Found(None, n, hits, 1.0, Note.of("too_few", n=n))
    value = estimate()
    return Found(value, n, hits, 1.0, None if value else Note.of("not_reached_by_enough"))


def covered(found: Found, among: int) -> Found:
    """A figure with its coverage: ``among`` are all of which that should be known."""
    if found.n:
        return found._replace(coverage=found.n / among if among else 1.0)
    why = Note.of("not_known_of_any", n=among) if among else Note.of("none_such")
    return Found(None, 0, None, 0.0 if among else None, why)


def figure_change(new: Found, old: Found, since: str) -> FigureChange:
    """How a figure differs from that of an earlier period."""
    if new.estimate is None or old.estimate is None:
        few = all(side.estimate or _is_of_too_few(side) for side in (new, old))
        return FigureChange("too few" if few and (new.n or old.n) else None, since=since)
    low, high = estimates.difference(new.estimate, old.estimate)
    verdict = "higher" if low > 0 else "lower" if high < 0 else "no clear change"
    return FigureChange(verdict, new.estimate.value - old.estimate.value, (low, high), since)


_FEW = ("too_few", "not_known_of_any", "none_such")


def _is_of_too_few(side: Found) -> bool:
    """Whether a figure is not given since it is of too few, or of none."""
    return side.why is None or side.why.key in _FEW


# The declarations behind a figure


def given_by(name: str, timing: Timings, own: Profile, moment: Moment) -> Any:
    """What a declaration gives to a figure of ``FIGURES``; None if that is not of it.

    That is whether it is hit, for a rate of declarations; else its number, such as its sendings.
    """
    kind = FIGURES[name]
    if isinstance(kind, Rate):
        return kind.hit(own) if kind.counted(own) else None
    return _number(kind, timing, own, moment)


def _number(
    kind: Measured | Summed | Averaged, timing: Timings, own: Profile, moment: Moment
) -> Any:
    """What a declaration gives to a figure; None if it is not of it."""
    if isinstance(kind, Averaged):
        return kind.count(own)
    number = kind.number(timing, own, moment) if kind.given(own) else None
    return 0.0 if number is None and isinstance(kind, Summed) and kind.counted(own) else number
