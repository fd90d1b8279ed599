"""Amounts as people write them: read as they are meant, or not at all."""

from __future__ import annotations

import pytest

from clearance.errors import BadArgument
from clearance.shipments.plans import _amount


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("125000", "125000.00"),
        ("125,000.5", "125000.50"),
        ("1,234,567.89", "1234567.89"),
        (" ¥ 1,234.50 ", "1234.50"),
        ("￥１，２３４．５", "1234.50"),
        ("0", "0.00"),
        ("0.30000000000000004", "0.30"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_an_amount_is_read(written: str, read: str) -> None:
    assert _amount(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "1.234,56",
        "1,5",
        "1,00",
        "125,000,00",
        "12,34",
        "1.234",
        "1_000",
        "1e5",
        "-0",
        "-1",
        "NaN",
        "",
        "¥",
        "1000000000000",
        "0x10",
        "1 234",
        "inf",
        "１２３４５６７８９０１２３",
    ],
)
def test_an_amount_that_could_mean_another_is_refused(written: str) -> None:
    with pytest.raises(BadArgument, match="is not an amount such as"):
        _amount(written)
