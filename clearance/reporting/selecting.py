"""The declarations that a report is about, as a store knew them at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from clearance.model import Declaration, Stage, Summary, Timings
from clearance.reporting.query import ReportQuery
from clearance.stores import Store, codec
from clearance.stores.alike import Alike, of_timings
from clearance.timelines import said
from clearance.timelines.query import changed_after, changed_since, overview, snapshot

_WHEN = {"declared": "counted_at", "closed": "cleared_at"}
"""The moment by which a declaration belongs to a period, by the cohort of a report."""


def alike(store: Store, query: ReportQuery) -> Iterator[Alike]:
    """Declarations of the periods shown and compared, as known at the report's moment, those
    together that are alike.

    A superset: declarations of other periods may be among them.
    """
    changed, earlier = changed_since(store, None, query.as_of)
    known = store.timings_within(_WHEN[query.cohort], query.spans)
    unchanged = (some.without(changed) for some in known) if changed else known
    yield from said.alike(store, unchanged, query.as_of)
    yield from of_timings(said.timings(store, earlier, query.as_of))


def histories(store: Store, query: ReportQuery) -> Iterator[Declaration]:
    """Declarations of the periods that a report shows, with their events, as known then."""
    spans = [(period.start(query.zone), period.next.start(query.zone)) for period in query.periods]
    ids = _within(store, spans, query.cohort) | changed_after(store, query.as_of)
    for declaration in snapshot(store, ids, query.as_of):
        closed = query.cohort == "closed"
        at = declaration.cleared_at if closed else declaration.counted_at
        if at is not None and any(start <= at < end for start, end in spans):
            yield declaration


def timed_histories(store: Store, query: ReportQuery) -> Iterator[tuple[Declaration, Timings]]:
    """The same, each with what the report needs of it."""
    some = list(histories(store, query))
    yield from zip(some, said.timings(store, some, query.as_of), strict=True)


def undated(store: Store, as_of: datetime) -> int:
    """How many declarations customs has, of which neither a time nor a day is known."""
    ids = _undated(store, as_of)
    return sum(map(_is_undated, overview(store, ids, as_of) if ids else ()))


def undated_histories(store: Store, as_of: datetime) -> Iterator[Declaration]:
    """The same declarations, with their events."""
    ids = _undated(store, as_of)
    yield from filter(_is_undated, snapshot(store, ids, as_of) if ids else ())


def _undated(store: Store, as_of: datetime) -> set[int]:
    """Ids of what has no moment by now, or may have had none by a moment of the past."""
    return store.undated() | changed_after(store, as_of)


def _is_undated(one: Summary) -> bool:
    return one.counted_at is None and one.stage not in _NOT_AT_CUSTOMS


_NOT_AT_CUSTOMS = (None, Stage.DRAFT, Stage.REJECTED)
"""Stages of what customs need not have seen."""


def _within(store: Store, spans: Sequence[tuple[datetime, datetime]], cohort: str) -> set[int]:
    """Ids of what was declared, or may have been closed, within half-open spans in order."""
    places = codec.key_spans(_WHEN[cohort], spans)
    return set[int]().union(*(store.ids_between(*place) for place in places))
