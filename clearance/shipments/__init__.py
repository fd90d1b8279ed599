"""Plans: what customs does not send about a shipment, as people say it.

``plans`` is loaded where there is any: most declarations that are looked up have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from clearance.model import normal
from clearance.stores import Store

PLAN = "plan"
"""The kind of record that a plan is."""


class Said(NamedTuple):
    """A fact that a person said, and when."""

    value: str
    at: datetime


def keys(numbers: Iterable[str]) -> set[str]:
    """The index keys of plans with these numbers."""
    return {f"ref:{normal(number)}" for number in numbers}


def said(store: Store, numbers: Iterable[str], as_of: datetime) -> dict[str, Said]:
    """What people had said at a moment about the shipment with these numbers, by fact."""
    records = list(store.records(PLAN, keys(numbers)))
    if not records:
        return {}
    from clearance.shipments import plans

    return plans.said_at(map(plans.to_plan, records), as_of)
