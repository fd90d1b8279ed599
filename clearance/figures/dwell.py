"""How long declarations stay in a stage at customs, learned from those that have left it.

A *stay* is the working time from the event that began a stage to the one that ended it, as
``Summary.path`` has them since the first declaration. Finished stays are counted in bins of a
logarithmic scale, nine per cent wide, for each *stratum*: a stage with a direction and an office.
They are counted again for the stage and direction at every office, and for the stage alone; a
stratum with too few stays falls back on those. The counts are records that change in the commit
that changes the timelines, so that a check reads no history.

Counts are sums, so neither the order in which messages came nor their batches matter. A stay in a
year without an official calendar is not counted. The next commit after a change of calendar counts
everything again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from clearance.calendar import Calendar
from clearance.customs.calendars import Calendars
from clearance.errors import NoCalendar
from clearance.model import LETTERS, Record, Stage, Summary, Value
from clearance.model.values import field
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.stores.codec import reads

DWELL = "dwell"
"""The kind of record that holds the counts of a stratum."""
BY = "calendar"
"""The id of the record that names the calendar, and the way of counting, of the others."""
_COUNTING = 4
"""Number of this way of counting; counts of another are made again."""
TRACKED_STAGES = (
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.REVIEWED,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
)
"""Stages whose dwell time is counted."""
_LETTERS = {LETTERS[stage]: stage for stage in TRACKED_STAGES}
_USUAL_SHARE = 0.95
"""The share that has left a stage by its usual time."""
_MIN_STAYS = 30
"""A stratum with fewer finished stays falls back on a wider one."""

EDGES = tuple(round(60 * 2 ** (n / 8)) for n in range(170))
"""Upper ends of the bins in seconds; the first bin holds stays under a minute."""

Counts = Counter[int]
"""Stays by bin."""


class StageStratum(NamedTuple):
    """A stage at a customs system: of one office and direction, of a direction, or of all."""

    system: str
    stage: str
    direction: str | None = None
    office: str | None = None

    @property
    def id(self) -> str:
        """The id of the record with its counts."""
        return "/".join(part or "-" for part in self)

    @classmethod
    def of(cls, id: str) -> StageStratum:
        """The stratum with an id."""
        system, stage, *rest = id.split("/", 3)
        return cls(system, stage, *(None if part == "-" else part for part in rest))

    @property
    def wider(self) -> tuple[StageStratum, ...]:
        """Itself and the strata it lies in, the narrowest first."""
        narrow = (self.system, self.stage)
        return self, StageStratum(*narrow, self.direction), StageStratum(*narrow)


def bin_of(seconds: int) -> int:
    """The bin of a stay, in working seconds."""
    return min(bisect_right(EDGES, seconds), len(EDGES) - 1)


def counted(declarations: Iterable[Summary], calendars: Calendars) -> dict[str, Counts]:
    """The finished stays of declarations, by stratum."""
    narrow: dict[StageStratum, Counts] = defaultdict(Counter)
    for declaration in declarations:
        for stratum, stay in _finished(declaration, calendars.of(declaration.system)):
            narrow[stratum][stay] += 1
    strata: dict[str, Counts] = defaultdict(Counter)
    for narrowest, counts in narrow.items():
        for stratum in narrowest.wider:
            strata[stratum.id].update(counts)
    return strata


def _finished(declaration: Summary, calendar: Calendar) -> Iterator[tuple[StageStratum, int]]:
    """The stratum and the bin of each finished stay of a declaration."""
    since = int(declaration.first_declared_at.timestamp()) if declaration.first_declared_at else 0
    steps = declaration.path.split(",")
    moments = [since + int(after) for after in steps[1::2]]
    for letter, (start, end) in zip(steps[::2], pairwise(moments), strict=False):
        if letter in _LETTERS and (stay := _bin_between(calendar, start, end)) is not None:
            yield _stratum(declaration, _LETTERS[letter]), stay


def _stratum(declaration: Summary, stage: Stage) -> StageStratum:
    return StageStratum(declaration.system, stage, declaration.direction, declaration.office)


def _bin_between(calendar: Calendar, start: int, end: int) -> int | None:
    """The bin of the working time between two Unix seconds; None without an official calendar."""
    try:
        return bin_of(calendar.between(start, end))
    except NoCalendar:
        return None


def update(
    store: Store,
    calendars: Calendars,
    before: Collection[Summary],
    after: Collection[Summary],
) -> None:
    """Replaces the counts of timelines as they were by those as they are, once they are written."""
    changes = _difference(counted(after, calendars), counted(before, calendars))
    records = {record.id: record for record in store.records(DWELL, {BY, *changes})}
    if not _made_by(records.pop(BY, None), calendars):
        recount(store, calendars)
        return
    if not changes:
        return
    kept = {id: _counts(record) for id, record in records.items()}
    for id, counts in changes.items():
        counts.update(kept.get(id, {}))
    new = [_record(id, counts) for id, counts in sorted(changes.items())]
    store.save_records(record for record in new if record.document["bins"])
    store.delete_records(DWELL, {record.id for record in new if not record.document["bins"]})


def _difference(after: dict[str, Counts], before: Mapping[str, Counts]) -> dict[str, Counts]:
    """What to add to the counts of each stratum that changes."""
    for id, counts in before.items():
        after.setdefault(id, Counter()).subtract(counts)
    return {id: counts for id, counts in after.items() if any(counts.values())}


def recount(store: Store, calendars: Calendars) -> None:
    """Counts every timeline again."""
    store.clear_records(DWELL)
    strata = counted((summary for _, summary in store.summaries()), calendars)
    store.save_records([Record(DWELL, BY, _by(calendars))])
    store.save_records(_record(id, counts) for id, counts in sorted(strata.items()))


def differs(store: Store, calendars: Calendars) -> bool:
    """Whether the counts kept contradict the timelines; never where another calendar made them."""
    if not _same(store, calendars):
        return False
    strata = counted((summary for _, summary in store.summaries()), calendars)
    return strata != _kept(store)


def _same(store: Store, calendars: Calendars) -> bool:
    """Whether the counts kept were made by these calendars, in the way of this version."""
    return _made_by(next(store.records(DWELL, {BY}), None), calendars)


def _made_by(by: Record | None, calendars: Calendars) -> bool:
    """Whether a record names these calendars, and the way of this version."""
    return by is not None and by.document == _by(calendars)


def _by(calendars: Calendars) -> dict[str, Any]:
    return {"by": calendars.digest, "counting": _COUNTING}


def _kept(store: Store, ids: Collection[str] | None = None) -> dict[str, Counts]:
    """The counts of these strata, or of all."""
    records = store.records(DWELL, ids)
    return {record.id: _counts(record) for record in records if record.id != BY}


def _record(id: str, counts: Counts) -> Record:
    return Record(DWELL, id, {"bins": {str(b): n for b, n in sorted(counts.items()) if n > 0}})


@reads(DWELL)
def _counts_or_calendar(record: Record) -> object:
    return record.document["by"] if record.id == BY else _counts(record)


def _counts(record: Record) -> Counts:
    return Counter({int(b): n for b, n in record.document["bins"].items()})


class Usual(NamedTuple):
    """How long a stay usually takes, in working seconds; of ``n`` stays in a stratum."""

    seconds: int
    n: int
    stratum: StageStratum


class Dwell(Value):
    """Stays by stratum and bin: the finished ones, and those that still last."""

    finished: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    unfinished: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    _usual: dict[StageStratum, Usual | None] = field(default_factory=dict)

    def usual(self, stratum: StageStratum) -> Usual | None:
        """The time by which 95 % have left a stage, in the narrowest stratum with enough stays.

        None where no stratum has.
        """
        if stratum not in self._usual:
            wider = map(self._quantile, stratum.wider)
            self._usual[stratum] = next((usual for usual in wider if usual), None)
        return self._usual[stratum]

    def _quantile(self, stratum: StageStratum) -> Usual | None:
        finished = self.finished.get(stratum.id, {})
        count = sum(finished.values())
        if count < _MIN_STAYS:
            return None
        seconds = quantile(finished, self.unfinished.get(stratum.id, {}), _USUAL_SHARE)
        return None if seconds is None else Usual(seconds, count, stratum)


def quantile(
    finished: Mapping[int, int], unfinished: Mapping[int, int], share: float
) -> int | None:
    """The upper end of the bin by which a share has left, by Kaplan and Meier, or None.

    Those that have not left are at risk up to and with their bin.

    >>> quantile({8: 95, 16: 5}, {}, 0.95)
    120
    """
    at_risk = sum(finished.values()) + sum(unfinished.values())
    staying = 1.0
    for bin in sorted({*finished, *unfinished}):
        if ended := finished.get(bin, 0):
            staying *= 1 - ended / at_risk
            if staying <= 1 - share + 1e-9:
                return EDGES[bin]
        at_risk -= ended + unfinished.get(bin, 0)
    return None


def dwell_at(
    store: Store,
    calendars: Calendars,
    waiting: Collection[Summary],
    now: datetime,
    later: tuple[Collection[Summary], Collection[Summary]] = ((), ()),
) -> Dwell:
    """The stays known at a moment, in the strata that the open declarations wait in.

    ``later`` are the declarations that have changed since that moment: as they are now, and as
    they were then.
    """
    unfinished = _unfinished(waiting, calendars, now)
    if not unfinished or not _same(store, calendars):
        return Dwell({}, unfinished)
    kept = _kept(store, set(unfinished))
    as_now, as_then = (counted(declarations, calendars) for declarations in later)
    finished = {id: kept.get(id, Counter()) for id in unfinished}
    for id, counts in finished.items():
        counts.update(as_then.get(id, {}))
        counts.subtract(as_now.get(id, {}))
    return Dwell(finished, unfinished)


def dwell_of(
    store: Store, calendars: Calendars, began: Mapping[str, Sequence[int]], now: datetime
) -> Dwell:
    """The same now, given since when the stays in each stratum last, sorted.

    By the id of a stratum, in working seconds by ``Calendar.clock``.
    """
    unfinished: dict[str, Counts] = {}
    for id, since in began.items():
        stratum = StageStratum.of(id)
        try:
            counts = _bins(since, calendars.of(stratum.system).clock(now))
        except NoCalendar:
            continue
        for each in stratum.wider:
            unfinished.setdefault(each.id, Counter()).update(counts)
    if not unfinished or not _same(store, calendars):
        return Dwell({}, unfinished)
    kept = _kept(store, set(unfinished))
    return Dwell({id: kept.get(id, Counter()) for id in unfinished}, unfinished)


def _bins(began: Sequence[int], clock: int) -> Counts:
    """The bins of stays that last, given since when, sorted, by a clock and at what it shows."""
    counts, counted = Counts(), 0
    for bin, edge in enumerate(EDGES):
        if counted == len(began):
            break
        shorter = len(began) - bisect_right(began, clock - edge)
        if shorter > counted:
            counts[bin] = shorter - counted
        counted = shorter
    if counted < len(began):
        counts[len(EDGES) - 1] += len(began) - counted
    return counts


def began(
    declaration: Summary, calendars: Calendars, now: datetime
) -> tuple[StageStratum, int] | None:
    """The stratum that a declaration waits in, and since when by the clock of working time.

    None where it waits in none, or that cannot be told.
    """
    stage, since = declaration.stage, declaration.since
    if stage not in TRACKED_STAGES or not declaration.path or not since or since > now:
        return None
    try:
        return _stratum(declaration, stage), calendars.of(declaration.system).clock(since)
    except NoCalendar:
        return None


def _unfinished(
    waiting: Iterable[Summary], calendars: Calendars, now: datetime
) -> dict[str, Counts]:
    """The stays of open declarations that still last at a moment, by stratum."""
    strata: dict[str, Counts] = {}
    for declaration in waiting:
        stage, since = declaration.stage, declaration.since
        if stage not in TRACKED_STAGES or not declaration.path or not since or since > now:
            continue
        calendar = calendars.of(declaration.system)
        stay = _bin_between(calendar, int(since.timestamp()), int(now.timestamp()))
        if stay is not None:
            for stratum in _stratum(declaration, stage).wider:
                strata.setdefault(stratum.id, Counter())[stay] += 1
    return strata
