"""When the open declarations of a store will be released, as could be told at a moment.

What is learned (``figures.forecast_learning``) is kept as records, so that looking a number up
reads the few stays that it needs. It is made anew when something was read in or said by hand, once
a day, and whenever messages came that had been known before the moment it is of, if they touch a
declaration of those that it was learned from: so it is always what the timelines say, in whatever
order messages came. That moment is the last midnight, by universal time, before anything last came
to be known. At a moment of the past, or where nothing is kept, it is learned when it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from clearance.customs.references import identity
from clearance.model import (
    MILESTONES,
    Declaration,
    Event,
    Note,
    Now,
    Record,
    Stage,
    Summary,
    Timings,
    Value,
)
from clearance.stores import Store
from clearance.stores.codec import moment_key

if TYPE_CHECKING:
    from clearance.figures.back_test import BackTest
    from clearance.figures.forecast import Expected, Model, Stays
    from clearance.figures.forecast_learning import Learned
    from clearance.timelines.linking import Relinked

FORECAST = "forecast"
"""The kind of record that holds what was learned."""
_BY = "moment"
"""The id of the record that tells of which moment the others are, and how they were made."""
_LEARNING = 1
"""Number of this way of learning; what another learned is learned again."""
_MAX_DAYS = 365
"""Days before the moment in which what is learned from was declared."""
_FIRST_DAYS = 23
"""Days that are looked at first; twice as many each time, until there are enough declarations."""
_ENOUGH = 5_000
"""Declarations that are enough to learn from, of all customs systems."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def expected(
    store: Store, declarations: Iterable[Summary], as_of: datetime
) -> dict[str, Expected | Note]:
    """When those of some declarations will be released that are not, or why nobody can tell.

    By ``identity``; what is released, closed or withdrawn is left out. Times are Unix seconds.
    """
    opened = [one for one in declarations if one.open]
    if not opened:
        return {}
    from clearance.figures.forecast import WAITING, Case

    unreleased = (*WAITING, Stage.DRAFT, Stage.REJECTED)
    waiting = [one for one in opened if one.stage in unreleased]
    if not waiting:
        return {}
    model, now = models(store, as_of), int(as_of.timestamp())
    return {identity(one): model(one.system).expected(Case.of(one), now) for one in waiting}


Models: TypeAlias = "Callable[[str], Model]"
"""The model of a customs system, by its name."""


def models(store: Store, as_of: datetime, *, loaded: bool = False) -> Models:
    """The model of each customs system, as could be learned at a moment.

    Kept ones are read as far as they are asked for; with ``loaded`` as a whole, so that they may
    be used when the store is closed.
    """
    by = _record(store, _BY)
    if by is None or not _holds(store, by, as_of):
        learned = _learn_at(store, as_of).models
        return lambda system: learned.get(system) or _nothing()
    if loaded:
        kept = {record.id: record for record in store.records(FORECAST)}
        return cache(partial(_kept, kept.get))
    return cache(partial(_kept, partial(_record, store)))


def _nothing() -> Model:
    """The model of a system that nothing is known of."""
    from clearance.figures.forecast import Model

    return Model(0, {}, {}, lambda *_: {})


def _holds(store: Store, by: Record, as_of: datetime) -> bool:
    """Whether what is kept is what could be learned at a moment: nothing came to be known since."""
    if by.document["learning"] != _LEARNING:
        return False
    return isinstance(as_of, Now) or not store.ids_between(
        moment_key("last", as_of + timedelta(seconds=1)), "last;"
    )


def back_test(
    store: Store, since: datetime, until: datetime, as_of: datetime, span: Callable[[int], str]
) -> BackTest:
    """How good forecasts in a half-open time were; ``span`` names the part that a moment is in."""
    from clearance.figures.back_test import back_test as tested

    known = cases(store, as_of, since - timedelta(days=_MAX_DAYS))
    begin, end, now = (int(at.timestamp()) for at in (since, until, as_of))
    return tested(dict(sorted(known.items())), begin, end, now, span)


# Kept


def outdate(store: Store, events: Iterable[Event], relinked: Relinked, *, renamed: bool) -> None:
    """Drops what was learned if new events change what it rests on, in their transaction.

    They do where they were known before its moment and may touch a declaration that was learned
    from, or where they move one into or out of the time that was learned from, as a declaration
    that is sent again does. What a renamed message tells may change as well.
    """
    by = _record(store, _BY)
    if by is None:
        return
    at = datetime.fromtimestamp(by.document["at"], UTC)
    before, after, beside = (
        {one.events[0].messages for one in some if _is_learned_from(by.document, one)}
        for some in (relinked.before, relinked.after, relinked.beside)
    )
    early = renamed or any(event.known_at is None or event.known_at <= at for event in events)
    if before != after or (early and (before or beside)):
        forget(store)


def forget(store: Store) -> None:
    """Drops what was learned: until it is made anew it is learned when it is asked for."""
    store.delete_records(FORECAST, {_BY})


def _is_learned_from(by: Mapping[str, Any], declaration: Summary) -> bool:
    """Whether a declaration was declared in the time that was learned from."""
    declared = declaration.counted_at
    if declared is None:
        return False
    return bool(by.get("since", 0) <= declared.timestamp() < by["at"] + 1)


def refresh(store: Store, now: datetime) -> bool:
    """Learns anew where that is due, in a commit of its own; returns whether it did."""
    if not is_due(store, now):
        return False
    with store.transaction():
        _keep(store, now)
    return True


def is_due(store: Store, now: datetime) -> bool:
    """Whether nothing is kept, or a day has begun since in which something came to be known."""
    by = _record(store, _BY)
    kept = by is not None and by.document["learning"] == _LEARNING and by.document["at"]
    if kept and kept >= _midnight(now).timestamp():
        return False
    return not kept or bool(kept < int(_moment(store, now).timestamp()))


def _keep(store: Store, now: datetime) -> None:
    learned = _learn_at(store, now)
    store.clear_records(FORECAST)
    models = sorted(learned.models.items())
    store.save_records(chain.from_iterable(_records(*one) for one in models))
    at, since = (int(moment.timestamp()) for moment in (learned.at, learned.since))
    by = {"learning": _LEARNING, "at": at, "since": since}
    store.save_records([Record(FORECAST, _BY, by)])


def _records(system: str, model: Model) -> Iterator[Record]:
    """What was learned of a system, as records: the model, and its stays by stage and direction."""
    yield Record(
        FORECAST,
        system,
        {
            "cases": model.cases,
            "conformals": {name: one.document() for name, one in model.conformals.items()},
            "directions": model.directions,
        },
    )
    for stage, directions in model.directions.items():
        for direction in directions:
            by_office = {
                office: list(stays) for office, stays in model.stays(stage, direction).items()
            }
            id = _stays_id(system, stage, direction)
            yield Record(FORECAST, id, {"stays": by_office})


def _stays_id(system: str, stage: str, direction: str | None) -> str:
    return f"{system}/{direction or '-'}/{stage}"


_Read = Callable[[str], Record | None]
"""Reads a record of what was learned by its id."""


def _record(store: Store, id: str) -> Record | None:
    return next(store.records(FORECAST, {id}), None)


def _kept(read: _Read, system: str) -> Model:
    """The model of a system that is kept."""
    from clearance.figures.forecast import Conformal, Model

    record = read(system)
    if record is None:
        return _nothing()
    kept = record.document
    return Model(
        kept["cases"],
        {name: Conformal.from_document(one) for name, one in kept["conformals"].items()},
        kept["directions"],
        cache(lambda stage, direction: _kept_stays(read, _stays_id(system, stage, direction))),
    )


def _kept_stays(read: _Read, id: str) -> dict[str, Stays]:
    from clearance.figures.forecast import Stays

    record = read(id)
    kept = record.document["stays"] if record else {}
    return {office: Stays(*columns) for office, columns in kept.items()}


# Learned


class _Learned(Value):
    """The moment of what was learned, since when what it rests on was declared, the models."""

    at: datetime
    since: datetime
    models: dict[str, Model]


def _learn_at(store: Store, as_of: datetime) -> _Learned:
    """What can be learned as of a moment."""
    from clearance.figures.forecast_learning import learn

    at = _moment(store, as_of)
    declared = _Declared(store, at, at - timedelta(_MAX_DAYS))
    since = _since(declared, at)
    models = {system: learn(own).model for system, own in declared.cases(since).items()}
    return _Learned(at, since, models)


def _since(declared: _Declared, at: datetime) -> datetime:
    """Since when so many were declared by a moment that they are enough, or the longest time.

    Where a few weeks have few, the longest time is likely not to have enough either, and is asked
    for before what lies between: all of it is read then in any case.
    """
    longest, since = at - timedelta(_MAX_DAYS), at - timedelta(_FIRST_DAYS)
    few = declared.count(since) * _MAX_DAYS < _ENOUGH * _FIRST_DAYS
    if few and declared.count(longest) < _ENOUGH:
        return longest
    days = _FIRST_DAYS
    while days < _MAX_DAYS:
        since = at - timedelta(days)
        if declared.count(since) >= _ENOUGH:
            return since
        days *= 2
    return longest


def _moment(store: Store, as_of: datetime) -> datetime:
    """The last midnight before anything last came to be known by a moment."""
    latest, later = _last_known(store, as_of)
    if later and latest.date() < as_of.astimezone(UTC).date() and not isinstance(as_of, Now):
        from clearance.timelines.query import changed_since

        for declaration in changed_since(store, None, as_of)[1]:
            latest = max(latest, declaration.last_known_at or latest)
    return _midnight(latest)


def _midnight(at: datetime) -> datetime:
    """The last midnight before a moment, in universal time."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _last_known(store: Store, as_of: datetime) -> tuple[datetime, bool]:
    """When a declaration that has not changed since a moment last had, and whether any has."""
    later = moment_key("last", as_of + timedelta(seconds=1))
    (keys,) = store.neighbouring_keys([later], 1)
    last = [key for key in keys if key.startswith("last:")]
    before = next((key for key in last if key < later), None)
    known = datetime.fromisoformat(f"{before[5:]}+00:00") if before else _LONG_AGO
    return known, any(key >= later for key in last)


def cases(store: Store, as_of: datetime, since: datetime) -> Mapping[str, list[Learned]]:
    """The declarations to learn from, by system: declared since a moment, as known at another."""
    return _Declared(store, as_of, since).cases(since)


class _Declared:
    """What was declared by a moment, and since another, as known at the first.

    A declaration that later messages moved out of that time, as one is that is sent again, counts
    with what was known of it then.
    """

    def __init__(self, store: Store, as_of: datetime, since: datetime) -> None:
        from clearance.timelines.query import changed_after, changed_since

        self._store, self._as_of = store, as_of
        late = changed_after(store, as_of)
        within = self._ids(since)
        begun = {id for id, one in store.timings(late - within) if _had_begun(one, as_of)}
        self._changed, earlier = changed_since(store, begun | (late & within), as_of)
        self._earlier = [one for one in earlier if one.counted_at and one.counted_at <= as_of]

    def count(self, since: datetime) -> int:
        """How many were declared since a moment."""
        return len(self._ids(since) - self._changed) + len(self._counted_since(since))

    def cases(self, since: datetime) -> Mapping[str, list[Learned]]:
        """Those since a moment to learn from, by system."""
        from clearance.figures.forecast_learning import learned

        found: dict[str, list[Learned]] = defaultdict(list)
        now = int(self._as_of.timestamp())
        unchanged = (timing for _, timing in self._store.timings(self._ids(since) - self._changed))
        earlier = map(Timings.of, self._counted_since(since))
        for timing in chain(unchanged, earlier):
            if one := learned(timing, now):
                found[timing.system].append(one)
        return found

    def _counted_since(self, since: datetime) -> list[Declaration]:
        return [one for one in self._earlier if one.counted_at and one.counted_at >= since]

    def _ids(self, since: datetime) -> set[int]:
        """Ids of what is known by now to have been declared in that time."""
        end = moment_key("declared", self._as_of + timedelta(seconds=1))
        return self._store.ids_between(moment_key("declared", since), end)


def _had_begun(timing: Timings, as_of: datetime) -> bool:
    """Whether a declaration may have been declared by a moment, by the first that it has.

    Of one that was sent again that tells nothing: its milestones are of the last time.
    """
    moments = (at for name in MILESTONES if (at := getattr(timing, name)) is not None)
    return timing.sendings > 1 or min(moments, default=0) <= as_of.timestamp()
