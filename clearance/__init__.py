"""Customs clearance tracker: status messages in; timelines, alerts and durations out.

The Python API is what the commands themselves use::

    import clearance

    with clearance.open_store("clearance.db") as store:
        clearance.tracker.ingest(store, clearance.sources.items(["InBox"]), now)
        for _, declaration in store.timelines():
            ...
        clearance.report.build(...)

    events = clearance.parse(data, "Receipt_….xml")

Parts are loaded when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearance import checking, custody, lookup, report, sources, stores, tracker
    from clearance.dialects import parse
    from clearance.stores import open_store

__all__ = [
    "checking",
    "custody",
    "lookup",
    "open_store",
    "parse",
    "report",
    "sources",
    "stores",
    "tracker",
]
__version__ = "0.1.0"

_HOMES = {"parse": "clearance.dialects", "open_store": "clearance.stores"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"clearance.{name}")
    raise AttributeError(f"module 'clearance' has no attribute {name!r}")
