"""The working calendars of customs systems."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from clearance.calendar import Calendar
from clearance.customs import systems


@dataclass(frozen=True)
class Calendars:
    """The calendar of each system: as configured, else with its own official days.

    That of a system whose official days are not known has no year at all, so that working time
    there cannot be told; it is never another country's.
    """

    own: Mapping[str, Calendar] = field(default_factory=dict)
    _made: dict[str, Calendar] = field(default_factory=dict, init=False, compare=False)

    def of(self, system: str) -> Calendar:
        """The calendar of a system; one that is not known has no year."""
        if system in self.own:
            return self.own[system]
        if system not in self._made:
            known = systems().get(system)
            self._made[system] = (
                Calendar(years=known.years, zone=known.zone) if known else Calendar()
            )
        return self._made[system]

    @cached_property
    def digest(self) -> str:
        """Fingerprint of all that have official days."""
        known = ((name, self.of(name)) for name in systems())
        written = [(name, calendar.digest) for name, calendar in known if calendar.years]
        return hashlib.sha256(repr(written).encode()).hexdigest()[:16]


OFFICIAL = Calendars()
"""The official days of every system, with the usual office hours."""
