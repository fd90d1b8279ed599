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

TYPE_CHECKING = False
"""As in ``typing``, which the command line loads when it has tuned the collection of garbage."""
if TYPE_CHECKING:
    from typing import Any

    from clearance import sources, stores
    from clearance.alerting import evaluation as checking
    from clearance.customs.unpacking import parse
    from clearance.reporting import report
    from clearance.stores import open_store
    from clearance.timelines import intake as tracker
    from clearance.timelines import integrity, query

__all__ = [
    "checking",
    "integrity",
    "open_store",
    "parse",
    "query",
    "report",
    "sources",
    "stores",
    "tracker",
]
__version__ = "0.1.0"

_MODULES = {
    "checking": "alerting.evaluation",
    "integrity": "timelines.integrity",
    "query": "timelines.query",
    "report": "reporting.report",
    "sources": "sources",
    "stores": "stores",
    "tracker": "timelines.intake",
}
_FUNCTIONS = {"parse": "customs.unpacking", "open_store": "stores"}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"clearance.{_FUNCTIONS[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"clearance.{_MODULES[name]}")
    raise AttributeError(f"module 'clearance' has no attribute {name!r}")
