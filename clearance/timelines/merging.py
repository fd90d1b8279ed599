"""What two stores keep of one thing, where that differs: what holds of it in both together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from clearance.model import Record
from clearance.shipments import plans
from clearance.stores.codec import moment
from clearance.timelines.visits import VISITED

_TIMES = {"checked": ("at",), VISITED: ("last_success", "last_error")}
"""Where records say when a store was in use, by their kind."""
DELIVERY = "delivery"
"""The kind of record that a delivery is."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def says_when(record: Record) -> bool:
    """Whether a record says when a store was in use."""
    return record.kind in _TIMES


def is_later(records: Iterable[Record], others: Iterable[Record]) -> bool | None:
    """Whether a store with some records was in use later than one with others; None where both
    were last in use at one moment, or neither was.
    """
    one, other = _last_used(records), _last_used(others)
    return None if one == other else one > other


def is_unsent(record: Record) -> bool:
    """Whether a record is of a delivery that is still to be made."""
    return record.kind == DELIVERY and record.document["state"] in ("held", "pending")


def merged(kept: Record, other: Record, is_newer: bool | None) -> Record | None:
    """The record that holds, of one that is kept and another store's; None where neither follows.

    ``is_newer`` says whether the other store was in use last, None where this is not known.
    """
    newer = {True: other, False: kept, None: None}[is_newer]
    if kept.kind == plans.PLAN:
        return _union(kept, other)
    if kept.kind == "silence":  # it can only be ended before its time
        return min(kept, other, key=lambda record: datetime.fromisoformat(record.document["until"]))
    if kept.kind == "alert":
        return _continued(kept, other, newer)
    return kept if kept.kind == "lease" else newer


def _last_used(records: Iterable[Record]) -> datetime:
    """When a store was last checked, or a source was last read into it."""
    times = (
        moment(record.document.get(name)) or _NEVER
        for record in records
        for name in _TIMES.get(record.kind, ())
    )
    return max(times, default=_NEVER)


def _union(kept: Record, other: Record) -> Record:
    """A plan with what was said in either store, each entry once."""
    plan, others = plans.to_plan(kept), plans.to_plan(other)
    news = tuple(entry for entry in others.entries if entry not in plan.entries)
    added = plans.Plan(others.references, news)
    both = plans.together(sorted([plan, added], key=lambda each: each.id))
    return plans.from_plan(both, live=plans.OPEN in (*kept.keys, *other.keys))


def _continued(kept: Record, other: Record, newer: Record | None) -> Record | None:
    """The alert whose history goes on where that of the other ends."""
    before, after = (record.document.get("transitions", []) for record in (kept, other))
    if before == after:
        return newer
    if not before or before[-1] in after:
        return other
    return kept if not after or after[-1] in before else None
