"""What a channel takes, and when: the part of its settings that says which alerts reach it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import msgspec

from clearance.errors import BadArgument
from clearance.hours import NO_HOURS, Daily, Hours
from clearance.model import Severity, normal

Patterns = str | tuple[str, ...]
"""One value or several, any of which fits; a star stands for any characters."""
NEVER = timedelta.max
"""The interval of a channel that is told of nothing twice."""


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``match`` of a channel: what an alert must be about; every key that is given must fit."""

    rule: Patterns | None = None
    office: Patterns | None = None
    direction: Patterns | None = None
    trader: Patterns | None = None
    broker: Patterns | None = None
    customer: Patterns | None = None
    contact: Patterns | None = None
    system: Patterns | None = None

    def __post_init__(self) -> None:
        for key, some in self.wanted().items():
            if not some or not all(pattern.strip() for pattern in some):
                raise BadArgument("match.{key}: is empty: leave it out, or say what fits", key=key)

    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """The values that fit, by each key that is given."""
        written = ((key, getattr(self, key)) for key in self.__struct_fields__)
        return {
            key: (some,) if isinstance(some, str) else some
            for key, some in written
            if some is not None
        }


def like(value: str, pattern: str) -> bool:
    """Whether a value is like a pattern; case, width and spaces around it do not matter.

    >>> like("2248", "22*"), like("2248", "2233")
    (True, False)
    """
    parts = map(re.escape, normal(pattern).split("*"))
    return re.fullmatch(".*".join(parts), normal(value), re.DOTALL) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a channel takes, and when it is told.

    ``repeat`` is its own interval between two messages about what still stands, ``NEVER`` or None
    for that of the severity. ``quiet`` are times of day at which it is told nothing, but what is
    critical unless ``quiet_critical``. With ``digest`` it has one message a day of all that stands.
    ``zone`` is that of its times of day; None for that of the check. ``alerts`` is false where only
    a customer is told.
    """

    severities: tuple[Severity, ...] = (Severity.WARNING, Severity.CRITICAL)
    match: Match = field(default_factory=Match)
    repeat: timedelta | None = None
    resolved: bool = True
    quiet: Hours = NO_HOURS
    quiet_critical: bool = False
    digest: Daily | None = None
    zone: tzinfo | None = None
    alerts: bool = True

    def quiet_until(self, severity: Severity, now: datetime) -> datetime | None:
        """When the quiet hours end that a message of a severity waits for; None for no wait."""
        if severity is Severity.CRITICAL and not self.quiet_critical:
            return None
        over = self.quiet.over(now, self._zone(now))
        return over if over > now else None

    def waits_until(self, severity: Severity, now: datetime) -> datetime | None:
        """When a message that is due now would be sent; None for at once."""
        return self.next_digest(now) or self.quiet_until(severity, now)

    def next_digest(self, now: datetime) -> datetime | None:
        """When the next message of the day is due after a moment; None without any."""
        return self.digest.after(now, self._zone(now)) if self.digest else None

    def _zone(self, now: datetime) -> tzinfo:
        assert now.tzinfo
        return self.zone or now.tzinfo
