"""The tables: their columns, and where they lie in a cluster.

What grows with the messages is spread over the nodes. What has few rows, and is asked by every
command, lies on the coordinator alone: a statement of a spread table is asked once more of the
nodes, and waits for the slowest.
"""

from __future__ import annotations

from typing import Any

Row = tuple[Any, ...]
Statement = tuple[Any, ...]
"""A statement's text, and its parameters."""

SPREAD = {
    "clearance_messages": "digest",
    "clearance_declarations": "id",
    "clearance_timings": "id",
    "clearance_keys": "key",
}
"""The column that each table is spread by; every primary or unique key of the table has it."""
LOCAL = ("clearance_meta", "clearance_records", "clearance_refused", "clearance_unchecked")
"""The tables that lie on the coordinator alone. Some are spread where an earlier version has made
them, which works all the same.
"""

MOMENTS = {
    "counted_at": "coalesce((doc ->> 'dated_at')::bigint, (doc ->> 'declared_at')::bigint)",
    "cleared_at": "(doc ->> 'cleared_at')::bigint",
}
"""Where a row of timings has a moment by which declarations are found, as its index has it."""
COUNTERS = (
    "clearance_messages",
    "clearance_refused",
    "clearance_declarations",
    "clearance_records",
)
COLUMNS = {
    "clearance_messages": ("digest", "serial", "names", "seen_at", "data"),
    "clearance_refused": ("digest", "serial", "doc", "data"),
    "clearance_declarations": ("id", "keys", "event_count", "doc", "events"),
    "clearance_timings": ("id", "doc"),
    "clearance_unchecked": ("id",),
    "clearance_records": ("name", "serial", "keys", "doc"),
}
"""The columns of the tables whose rows have a key of their own, which comes first."""
STEPS = 6
"""How many steps have made the tables of this version: as many as ``making`` has."""
