"""Plans: what customs does not send about a shipment, as people say it.

``plans`` is loaded where there is any: most declarations that are looked up have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from clearance.model import normal
from clearance.named_tuples import NamedTuple

PLAN = "plan"
"""The kind of record that a plan is."""


class Said(NamedTuple):
    """A fact that a person or a sheet said, when, and who it was where that is known.

    ``told`` is what messages tell instead, where they tell something else.
    """

    value: str
    at: datetime
    by: str | None = None
    told: str | None = None


def keys(numbers: Iterable[str]) -> set[str]:
    """The index keys of plans with these numbers."""
    return {f"ref:{normal(number)}" for number in numbers}
