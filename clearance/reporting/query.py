"""What a report is asked for: periods, interval, groups, cohort, clock and comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from clearance.calendar import Calendar
from clearance.errors import BadArgument
from clearance.model import INTERVALS, Alert, Timings, Value
from clearance.model.values import field
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting.profiles import Moment
from clearance.stores.alike import Alike


def _itself(value: str | None) -> str | None:
    return value


class Dimension(NamedTuple):
    """What a report can be broken down by: a field of ``Timings``, and the group of its value."""

    field: str
    group_of: Callable[[Any], str | None] = _itself

    def __call__(self, timing: Timings) -> str | None:
        """The group of a declaration."""
        return self.group_of(getattr(timing, self.field))

    def groups(self, some: Alike) -> Iterator[str | None]:
        """The group of each of some declarations."""
        return map(self.group_of, some.values(self.field))


DIMENSIONS: dict[str, Dimension] = {
    "system": Dimension("system"),
    "office": Dimension("office"),
    "direction": Dimension("direction"),
    "transport_mode": Dimension("transport_mode"),
    "trade_mode": Dimension("trade_mode"),
    "broker": Dimension("agent"),
    "trader": Dimension("trader"),
    "inspected": Dimension("examined_from", lambda at: "no" if at is None else "yes"),
    "guarantee": Dimension("guaranteed", lambda given: "yes" if given else "no"),
    "hs_chapter": Dimension("hs_code", lambda code: code and code[:2]),
    "country": Dimension("country"),
    "terms": Dimension("terms"),
    "currency": Dimension("currency"),
    "customer": Dimension("customer"),
    "goods": Dimension("goods"),
}
"""What a report can be broken down by; declarations without a value are a group of their own.

A declaration counts once, by its head and its first item.
"""

CLOCKS = ("elapsed", "working")
TAU_DAYS = 30
"""Days up to which the restricted mean counts; working days by the working clock."""

_COHORTS = ("declared", "closed")
_COMPARISONS = ("previous", "year-ago")
_DAY_SECONDS = 86400


class Costs(NamedTuple):
    """What delays cost, in a currency: a missed cut-off, and days beyond free time.

    ``tiers`` are so many days each at a rate for each container; None for all that follow.
    """

    currency: str | None = None
    dead_freight: float | None = None
    tiers: tuple[tuple[int | None, float], ...] = ()


_NO_COSTS = Costs()


class ReportQuery(Value, kw_only=True):
    """What a report is about; without a calendar times are elapsed times.

    ``calendar_of`` gives that of a customs system, where not all declarations are of one. Without
    ``quality`` it says only how long it took; with ``why`` also why the last period that is over
    differs. ``targets`` are the seconds that an interval should take at most; errors of ours that
    customs recorded are known up to ``errors_until``; ``averages`` has the country's in per cent,
    by period. ``costs`` say what delays cost; ``reasons`` add words to the classes of returns;
    ``alerts`` and ``silences`` are those known.

    Raises BadArgument for a dimension, an interval, a cohort or a comparison that does not exist.
    """

    periods: Sequence[Period]
    zone: tzinfo
    as_of: datetime
    by: tuple[str, ...] = ()
    interval: str = "declare-close"
    cohort: str = "declared"
    compare: str = "previous"
    calendar: Calendar | None = None
    calendar_of: Callable[[str], Calendar] | None = None
    quality: bool = True
    targets: Mapping[str, int] = field(default_factory=dict)
    errors_until: datetime | None = None
    averages: Mapping[str, float] = field(default_factory=dict)
    costs: Costs = _NO_COSTS
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alerts: Sequence[Alert] = ()
    silences: frozenset[str] = frozenset()
    why: bool = False

    def __post_init__(self) -> None:
        if wrong := [name for name in self.by if name not in DIMENSIONS]:
            raise BadArgument(
                "--by {name}: there is no such dimension; there are {choices}",
                name=wrong[0],
                choices=list(DIMENSIONS),
            )
        choices = {"interval": tuple(INTERVALS), "cohort": _COHORTS, "compare": _COMPARISONS}
        for option, choice in choices.items():
            if (written := getattr(self, option)) not in choice:
                raise BadArgument(
                    "--{option} {written}: choose {choices}",
                    option=option,
                    written=written,
                    choices=list(choice),
                )

    @property
    def clock(self) -> str:
        """The name of the clock: ``elapsed`` or ``working``."""
        return "working" if self.calendar else "elapsed"

    @property
    def has_quality(self) -> bool:
        """Whether it says how well it went: of what was declared in a period, if at all."""
        return self.quality and self.cohort == "declared"

    @property
    def moment(self) -> Moment:
        """What figures of quality rest on besides declarations."""
        until = self.errors_until
        return Moment(
            int(self.as_of.timestamp()),
            self.zone,
            int(until.timestamp()) if until else None,
            tuple(self.targets),
            self.costs.tiers,
            self._alerts,
            self.silences,
        )

    @property
    def _alerts(self) -> dict[str, list[Alert]]:
        """The alerts by the name of the declaration they are about."""
        about: dict[str, list[Alert]] = {}
        for alert in self.alerts:
            if alert.declaration and alert.fired_at <= self.as_of:
                about.setdefault(alert.declaration, []).append(alert)
        return about

    def dated(self, some: Alike) -> Sequence[int] | None:
        """The moments by which declarations belong to periods, in Unix seconds; None where they
        have none.
        """
        return some.moments("cleared_at" if self.cohort == "closed" else "counted_at")

    @property
    def day(self) -> int:
        """Seconds of a day by the clock."""
        return self.calendar.day if self.calendar else _DAY_SECONDS

    @property
    def tau(self) -> int:
        """Seconds up to which the restricted mean counts."""
        return TAU_DAYS * self.day

    def is_running(self, period: Period) -> bool:
        """Whether a period has begun and is not over at the report's moment."""
        return period.start(self.zone) <= self.as_of < period.next.start(self.zone)

    def is_ahead(self, period: Period) -> bool:
        """Whether a period has not begun at the report's moment."""
        return self.as_of < period.start(self.zone)

    def before(self, period: Period) -> Period:
        """The period that another is compared with."""
        return period.shifted(-1 if self.compare == "previous" else -period.PER_YEAR)

    def same_part(self, period: Period) -> datetime | None:
        """Up to when the period counts that a running one is compared with: its same part.

        None where all of it does: the period is over, or has run as long as the other did.
        """
        if not self.is_running(period):
            return None
        earlier = self.before(period)
        passed = self.as_of - period.start(self.zone).astimezone(UTC)
        end = (earlier.start(self.zone).astimezone(UTC) + passed).astimezone(self.zone)
        return end if end < earlier.next.start(self.zone) else None

    @property
    def needed(self) -> list[Period]:
        """The periods shown and those they are compared with, in order."""
        return sorted({*self.periods, *map(self.before, self.periods)})

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """The half-open spans of the needed periods in the report's zone, neighbours as one."""
        spans: list[tuple[datetime, datetime]] = []
        for period in self.needed:
            start, end = period.start(self.zone), period.next.start(self.zone)
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            spans.append((start, end))
        return spans


def dimensions(written: str) -> tuple[str, ...]:
    """The names in ``office,direction``, each once."""
    return tuple(dict.fromkeys(name.strip() for name in written.split(",") if name.strip()))
