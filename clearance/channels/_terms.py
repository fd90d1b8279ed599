"""What a channel takes, and when: the part of its settings that says which alerts reach it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from clearance.hours import NO_HOURS, Daily, Hours
from clearance.model import Severity, Value, normal
from clearance.model.values import field

if TYPE_CHECKING:
    from clearance.channels._match import Match

NEVER = timedelta.max
"""The interval of a channel that is told of nothing twice."""


def like(value: str, pattern: str) -> bool:
    """Whether a value is like a pattern; case, width and spaces around it do not matter.

    >>> like("2248", "22*"), like("2248", "2233")
    (True, False)
    """
    parts = map(re.escape, normal(pattern).split("*"))
    return re.fullmatch(".*".join(parts), normal(value), re.DOTALL) is not None


def _any_alert() -> Match:
    """A match that every alert fits; loaded here, since a check without channels needs none."""
    from clearance.channels._match import Match

    return Match()


class Terms(Value, kw_only=True):
    """What a channel takes, and when it is told.

    ``repeat`` is its own interval between two messages about what still stands, ``NEVER`` or None
    for that of the severity. ``quiet`` are times of day at which it is told nothing, but what is
    critical unless ``quiet_critical``. With ``digest`` it has one message a day of all that stands.
    ``zone`` is that of its times of day; None for that of the check. ``alerts`` is false where only
    a customer is told.
    """

    severities: tuple[Severity, ...] = (Severity.WARNING, Severity.CRITICAL)
    match: Match = field(default_factory=_any_alert)
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
