"""When a release is expected, as far as a customer is told of it: its most likely moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from clearance.customers.telling import Expected
from clearance.customs.references import identity
from clearance.figures.forecast import Expected as Interval
from clearance.model import Declaration
from clearance.stores import Store
from clearance.timelines import forecasts


def expected_at(as_of: datetime) -> Expected:
    """What tells when declarations are expected to be released, as could be told at a moment.

    None of what is released, and where nothing can be told: too little history, or not declared.
    """

    def expected(store: Store, declarations: Sequence[Declaration]) -> list[datetime | None]:
        known = forecasts.expected(store, declarations, as_of)
        found = (known.get(identity(one)) for one in declarations)
        return [
            datetime.fromtimestamp(one.median, UTC) if isinstance(one, Interval) else None
            for one in found
        ]

    return expected
