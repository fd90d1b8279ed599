"""The declarations that a report is about, as a store knew them at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from clearance.model import Declaration, Timings
from clearance.reporting.report import ReportQuery
from clearance.stores import Store
from clearance.stores.codec import moment_key
from clearance.timelines.query import changed_since, snapshot


def timings(store: Store, asked: ReportQuery) -> Iterator[Timings]:
    """Passages of what a report asks for and compares it with, as known then, and some more."""
    return timings_in(store, asked.spans, asked.cohort, asked.as_of)


def timings_in(
    store: Store, spans: Sequence[tuple[datetime, datetime]], cohort: str, as_of: datetime
) -> Iterator[Timings]:
    """Passages of what was declared, or may have been closed, within spans, and some more."""
    ids = _within(store, spans, cohort)
    changed, earlier = changed_since(store, None, as_of)
    for _, timing in store.timings(ids - changed):
        yield timing
    yield from map(Timings.of, earlier)


def histories(store: Store, asked: ReportQuery) -> Iterator[Declaration]:
    """Declarations of the periods that a report shows, with their events, as known then."""
    spans = [(period.start(asked.zone), period.next.start(asked.zone)) for period in asked.periods]
    for declaration in snapshot(store, _within(store, spans, asked.cohort), asked.as_of):
        closed = asked.cohort == "closed"
        at = declaration.cleared_at if closed else declaration.declared_at
        if at is not None and any(start <= at < end for start, end in spans):
            yield declaration


def _within(store: Store, spans: Sequence[tuple[datetime, datetime]], cohort: str) -> set[int]:
    """Ids of what was declared within half-open spans in order, or may have been closed in them.

    No index says when something was closed; it was heard of then or later.
    """
    if cohort == "closed":
        return store.ids_between(moment_key("last", spans[0][0]), "last;")
    keys = [[moment_key("declared", at) for at in span] for span in spans]
    return set[int]().union(*(store.ids_between(low, high) for low, high in keys))
