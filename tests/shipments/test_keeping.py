"""How plans are kept."""

from __future__ import annotations

import pytest

from clearance.errors import BadArgument
from clearance.shipments import keeping, plans
from clearance.stores import open_store
from clearance.timelines import planned
from tests.conftest import at


def test_a_row_that_fails_keeps_nothing_of_the_others() -> None:
    """One commit: a store that fails half way leaves what was there."""
    with open_store("memory:") as store:
        row = plans.Row(2, ("A",), {"contact": "x"})

        def rows() -> object:
            yield row
            raise BadArgument("stop")

        with pytest.raises(BadArgument):
            keeping.keep(store, rows(), at("02 08:00"))  # type: ignore[arg-type]
        assert planned.listed(store, at("03 08:00")) == []
