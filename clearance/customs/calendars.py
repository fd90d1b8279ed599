"""The working calendars of customs systems."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from clearance.calendar import Calendar
from clearance.customs import systems
from clearance.hashing import sha256
from clearance.model.values import Value, field


class Calendars(Value, slots=False):
    """The calendar of each system: as configured, else with the system's official days.

    The calendar of a system without official days has no year, so working time there is unknown;
    no other country's days stand in for them.
    """

    configured: Mapping[str, Calendar] = field(default_factory=dict)

    def of(self, system: str) -> Calendar:
        """The calendar of a system; without any year for a system that does not exist."""
        if system in self.configured:
            return self.configured[system]
        if system not in self._official:
            self._official[system] = _official(system)
        return self._official[system]

    @cached_property
    def _official(self) -> dict[str, Calendar]:
        return {}

    @cached_property
    def digest(self) -> str:
        """Fingerprint of every calendar that has official days."""
        known = (name for name, one in systems().items() if name in self.configured or one.years)
        calendars = ((name, self.of(name)) for name in known)
        digests = [(name, calendar.digest) for name, calendar in calendars if calendar.years]
        return sha256(repr(digests).encode()).hexdigest()[:16]


def _official(system: str) -> Calendar:
    if system not in systems():
        return Calendar()
    return Calendar(years=systems()[system].years, zone=systems()[system].zone)


OFFICIAL = Calendars()
"""The official days of every system, with the usual office hours."""
