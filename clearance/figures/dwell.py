"""How long declarations stay in a stage at customs, learned from those that have left it.

A *stay* is the working time from the event that began a stage to the one that ended it, as
``Summary.path`` tells them from the first declaring on. Stays that are over are counted in bins of
a logarithmic scale, nine per cent wide, for each *stratum*: stage, direction and office; and once
more for the stage and direction of every office, and for the stage alone, where a stratum falls
back when it knows too few. What is counted is kept as records that change in the commit that
changes the timelines, so that a check reads no history.

Counts are sums, so neither the order in which messages came nor their batches matter. A stay in a
year without an official calendar is not counted. What was counted by another calendar is counted
anew by the next commit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from clearance.customs.calendars import Calendars
from clearance.errors import NoCalendar
from clearance.model import LETTERS, Record, Stage, Summary
from clearance.stores import Store

DWELL = "dwell"
"""The kind of record that the counts of a stratum are."""
BY = "calendar"
"""The id of the record that says by which calendar, and how, the others were counted."""
_COUNTING = 3
"""Another way to count is another number: what was counted otherwise is counted anew."""
TRACKED_STAGES = (
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
)
"""Stages that wait for customs, or that customs waits in."""
_LETTERS = {LETTERS[stage]: stage for stage in TRACKED_STAGES}
MIN_STAYS = 30
"""Below so many stays that are over a stratum is not believed."""

EDGES = tuple(round(60 * 2 ** (n / 8)) for n in range(170))
"""Upper ends of the bins in seconds; the first holds what is under a minute."""

Counts = Counter[int]


class StageStratum(NamedTuple):
    """A stage at a customs system: of one office and direction, of a direction, or of all."""

    system: str
    stage: str
    direction: str | None = None
    office: str | None = None

    @property
    def id(self) -> str:
        """What its counts are kept under."""
        return "/".join(part or "-" for part in self)

    @property
    def wider(self) -> tuple[StageStratum, ...]:
        """Itself and the strata it lies in, the narrowest first."""
        narrow = (self.system, self.stage)
        return self, StageStratum(*narrow, self.direction), StageStratum(*narrow)


def bin_of(seconds: int) -> int:
    """The bin that a stay of so many working seconds falls in."""
    return min(bisect_right(EDGES, seconds), len(EDGES) - 1)


def counted(declarations: Iterable[Summary], calendars: Calendars) -> dict[str, Counts]:
    """The stays of some declarations that are over, by stratum."""
    found: dict[StageStratum, Counts] = defaultdict(Counter)
    for one in declarations:
        calendar = calendars.of(one.system)
        since = int(one.first_declared_at.timestamp()) if one.first_declared_at else 0
        steps = one.path.split(",")
        moments = [since + int(after) for after in steps[1::2]]
        for letter, (start, end) in zip(steps[::2], pairwise(moments), strict=False):
            if letter not in _LETTERS:
                continue
            try:
                stay = bin_of(calendar.between(start, end))
            except NoCalendar:
                continue
            stratum = StageStratum(one.system, _LETTERS[letter], one.direction, one.office)
            found[stratum][stay] += 1
    strata: dict[str, Counts] = defaultdict(Counter)
    for narrow, counts in found.items():
        for stratum in narrow.wider:
            strata[stratum.id].update(counts)
    return strata


def update(
    store: Store,
    calendars: Calendars,
    before: Collection[Summary],
    after: Collection[Summary],
) -> None:
    """Counts what timelines have become instead of what they were, once they are written."""
    if not _same(store, calendars):
        recount(store, calendars)
        return
    changes = counted(after, calendars)
    for id, counts in counted(before, calendars).items():
        changes.setdefault(id, Counter()).subtract(counts)
    changes = {id: counts for id, counts in changes.items() if any(counts.values())}
    if not changes:
        return
    kept = {record.id: _counts(record) for record in store.records(DWELL, set(changes))}
    for id, counts in changes.items():
        counts.update(kept.get(id, {}))
    records = [_record(id, counts) for id, counts in sorted(changes.items())]
    store.save_records(record for record in records if record.document["bins"])
    store.delete_records(DWELL, {record.id for record in records if not record.document["bins"]})


def recount(store: Store, calendars: Calendars) -> None:
    """Counts every timeline anew."""
    store.delete_records(DWELL, {record.id for record in store.records(DWELL)})
    strata = counted((summary for _, summary in store.summaries()), calendars)
    store.save_records([Record(DWELL, BY, _by(calendars))])
    store.save_records(_record(id, counts) for id, counts in sorted(strata.items()))


def differs(store: Store, calendars: Calendars) -> bool:
    """Whether what is kept is not what the timelines say, where it was counted by a calendar."""
    if not _same(store, calendars):
        return False
    strata = counted((summary for _, summary in store.summaries()), calendars)
    kept = {record.id: _counts(record) for record in store.records(DWELL) if record.id != BY}
    return strata != kept


def _same(store: Store, calendars: Calendars) -> bool:
    by = next(store.records(DWELL, {BY}), None)
    return by is not None and by.document == _by(calendars)


def _by(calendars: Calendars) -> dict[str, Any]:
    """By what stays are counted: a calendar, and the way that this version counts."""
    return {"by": calendars.digest, "counting": _COUNTING}


def _record(id: str, counts: Counts) -> Record:
    return Record(DWELL, id, {"bins": {str(b): n for b, n in sorted(counts.items()) if n > 0}})


def _counts(record: Record) -> Counts:
    return Counter({int(b): n for b, n in record.document["bins"].items()})


class Usual(NamedTuple):
    """How long a stay usually takes: working seconds, of how many, and in which stratum."""

    seconds: int
    n: int
    stratum: StageStratum


@dataclass(frozen=True, slots=True)
class Dwell:
    """What is known of stays: those that are over, and those that are not yet."""

    over: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    still: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    _known: dict[StageStratum, Usual | None] = field(default_factory=dict)

    def usual(self, stratum: StageStratum, share: float = 0.95) -> Usual | None:
        """The time by which so many have left a stage, in the narrowest stratum that knows."""
        if stratum not in self._known:
            found = (self._quantile(one, share) for one in stratum.wider)
            self._known[stratum] = next((usual for usual in found if usual), None)
        return self._known[stratum]

    def _quantile(self, stratum: StageStratum, share: float) -> Usual | None:
        over, still = self.over.get(stratum.id, {}), self.still.get(stratum.id, {})
        count = sum(over.values())
        seconds = quantile(over, still, share) if count >= MIN_STAYS else None
        return None if seconds is None else Usual(seconds, count, stratum)


def quantile(over: Mapping[int, int], still: Mapping[int, int], share: float) -> int | None:
    """The upper end of the bin by which so many have left, by Kaplan and Meier, or None.

    Those that still stay are at risk up to and with their bin.

    >>> quantile({8: 95, 16: 5}, {}, 0.95)
    120
    """
    at_risk = sum(over.values()) + sum(still.values())
    left = 1.0
    for one in sorted({*over, *still}):
        if ended := over.get(one, 0):
            left *= 1 - ended / at_risk
            if left <= 1 - share + 1e-9:
                return EDGES[one]
        at_risk -= ended + still.get(one, 0)
    return None


def dwell_at(
    store: Store,
    calendars: Calendars,
    waiting: Collection[Summary],
    now: datetime,
    later: tuple[Collection[Summary], Collection[Summary]] = ((), ()),
) -> Dwell:
    """What is known at a moment of the strata that some open declarations wait in.

    ``later`` are the declarations that have changed since that moment: as they are now, and as
    they were then.
    """
    still: dict[str, Counts] = {}
    for one in waiting:
        if one.stage in TRACKED_STAGES and one.path and one.since and one.since <= now:
            try:
                stay = bin_of(calendars.of(one.system).working(one.since, now))
            except NoCalendar:
                continue
            own = StageStratum(one.system, one.stage, one.direction, one.office)
            for stratum in own.wider:
                still.setdefault(stratum.id, Counter())[stay] += 1
    if not still or not _same(store, calendars):
        return Dwell({}, still)
    kept = {record.id: _counts(record) for record in store.records(DWELL, set(still))}
    now_so, then_so = (counted(some, calendars) for some in later)
    over = {id: kept.get(id, Counter()) for id in still}
    for id, counts in over.items():
        counts.update(then_so.get(id, {}))
        counts.subtract(now_so.get(id, {}))
    return Dwell(over, still)
