"""What reports measure against: targets, averages of customs, what delays cost.

``[targets]`` says how long an interval should take at most, ``[error_rate]`` which errors are
entered and what the country's average was, ``[costs]`` what a missed cut-off and a day beyond free
time cost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from clearance.errors import BadArgument, Phrase
from clearance.model import INTERVALS

_SPAN = re.compile(r"([0-9]{1,5})\s*(min|h|d)")
_UNITS = {"min": 60, "h": 3600, "d": 86400}
_PERIOD = re.compile(r"\d{4}(?:Q[1-4]|-(?:0[1-9]|1[0-2]))?")


class Tier(msgspec.Struct, forbid_unknown_fields=True):
    """So many days at a rate for each container and day; the last tier has no end."""

    rate: float
    days: int | None = None


class Demurrage(msgspec.Struct, forbid_unknown_fields=True):
    """``[costs.demurrage]``."""

    tiers: list[Tier] = msgspec.field(default_factory=list)


class Costs(msgspec.Struct, forbid_unknown_fields=True):
    """``[costs]``: in one currency; ``dead_freight`` is that of a missed cut-off."""

    currency: str | None = None
    dead_freight: float | None = None
    demurrage: Demurrage = msgspec.field(default_factory=Demurrage)


class ErrorRate(msgspec.Struct, forbid_unknown_fields=True):
    """``[error_rate]``: errors that customs recorded are entered up to, and with, a day.

    ``average`` has the country's, in per cent, by period: ``2026Q3``.
    """

    recorded_until: date | None = None
    average: dict[str, float] = msgspec.field(default_factory=dict)


def targets(written: Mapping[str, Any]) -> dict[str, int]:
    """The seconds of each target by interval; raises BadArgument for what is none."""
    for name in written:
        if name not in INTERVALS:
            raise BadArgument(
                "targets.{name}: there is no such interval; there are {choices}",
                name=name,
                choices=list(INTERVALS),
            )
    return {name: _seconds(f"targets.{name}", value) for name, value in written.items()}


def _seconds(key: str, written: Any) -> int:
    match = _SPAN.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None or not int(match[1]):
        raise BadArgument(
            '{key} is {value!r}: it must be a time such as "24h", "3d" or "90min"',
            key=key,
            value=written,
        )
    return int(match[1]) * _UNITS[match[2]]


def check(costs: Costs, errors: ErrorRate) -> None:
    """Raises BadArgument for tiers that have no end, no currency, or an average of no period."""
    if costs.currency is not None and not re.fullmatch("[A-Z]{3}", costs.currency):
        raise BadArgument(
            "{key}: {why}", key="costs.currency", why=Phrase("must be a code such as EUR")
        )
    tiers = costs.demurrage.tiers
    if any(tier.days is None for tier in tiers[:-1]) or any((t.days or 1) < 1 for t in tiers):
        raise BadArgument(
            "costs.demurrage.tiers: each tier but the last needs its days, one at least"
        )
    for period in errors.average:
        if not _PERIOD.fullmatch(period):
            raise BadArgument(
                "error_rate.average.{period}: not a period such as 2026Q3", period=period
            )
