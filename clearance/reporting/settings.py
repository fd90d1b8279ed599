"""The settings that figures of a report rest on besides messages, as its JSON names them.

A saved report says them by value, so that it can be recomputed where other settings hold; of the
official days of a calendar it has a digest only, for they are law. Rules and their thresholds are
not among them: figures of alerts are of the alerts that were told, which the store keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from clearance import calendar
from clearance.calendar import Calendar
from clearance.customs import systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.named_tuples import NamedTuple

_SHORT = 16
"""Digits of the digest of official days."""


class Settings(NamedTuple):
    """What figures rest on besides messages.

    ``targets`` are seconds by interval, ``averages`` per cent by period. Errors that customs
    recorded are entered up to, and with, ``recorded_until``; in ``currency`` a missed cut-off costs
    ``freight``, a container so much a day by ``tiers``; ``reasons`` are words of the user's own for
    returns.
    """

    calendars: Calendars = OFFICIAL
    recorded_until: date | None = None
    targets: Mapping[str, int] = {}
    averages: Mapping[str, float] = {}
    currency: str | None = None
    freight: float | None = None
    tiers: Sequence[tuple[int | None, float]] = ()
    reasons: Mapping[str, Sequence[str]] = {}

    def errors_until(self, zone: tzinfo) -> datetime | None:
        """The moment up to which errors are entered: the end of the day, by a zone's clock."""
        if self.recorded_until is None:
            return None
        return datetime.combine(self.recorded_until + timedelta(days=1), time(), zone)


class Different(NamedTuple):
    """A setting that a saved report names otherwise than the settings of today."""

    setting: str
    saved: Any
    today: Any


def years_of(first: datetime, as_of: datetime) -> list[int]:
    """The years whose official days a report may count, which begins with a period's start."""
    return list(range(first.year - 1, as_of.year + 1))


def written(settings: Settings, years: Sequence[int]) -> dict[str, Any]:
    """The settings as JSON, with the digest of all of it; official days are those of ``years``."""
    tiers = [{"days": days, "rate": rate} for days, rate in settings.tiers]
    values = {
        "targets": dict(settings.targets),
        "error_rate": {
            "recorded_until": settings.recorded_until and settings.recorded_until.isoformat(),
            "average": dict(settings.averages),
        },
        "costs": {
            "currency": settings.currency,
            "dead_freight": settings.freight,
            "demurrage": {"tiers": tiers},
        },
        "return_reasons": {name: list(words) for name, words in settings.reasons.items()},
        "calendar": {
            "years": list(years),
            **{name: _calendar(one, years) for name, one in _counted(settings.calendars)},
        },
    }
    return {"digest": digest(values), **values}


def _counted(calendars: Calendars) -> Iterator[tuple[str, Calendar]]:
    """The calendars by which working time is known, by customs system."""
    for name, system in sorted(systems().items()):
        if name in calendars.configured or system.years:
            yield name, calendars.of(name)


def _calendar(of: Calendar, years: Sequence[int]) -> dict[str, str]:
    """The office hours of a calendar, and a digest of its official days and its zone."""
    days = [
        [year, sorted(map(str, of.years[year].rest)), sorted(map(str, of.years[year].work))]
        for year in years
        if year in of.years
    ]
    hours = "-".join(_time_of_day(seconds) for seconds in (of.opens, of.closes))
    return {"hours": hours, "days": _digest([days, str(of.zone)])[:_SHORT]}


def _time_of_day(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def digest(settings: Mapping[str, Any]) -> str:
    """The digest of all settings that a report names."""
    return _digest({key: value for key, value in settings.items() if key != "digest"})


def _digest(values: Any) -> str:
    """The digest of some values, as one who checks an archive of evidence works it out."""
    from clearance.reporting.verifier import canonical, sha

    return sha(canonical(values))


def read(saved: Mapping[str, Any], today: Settings) -> Settings:
    """The settings that a report names; official days are those of today.

    Raises KeyError, TypeError or ValueError, or BadArgument, for what cannot be used.
    """
    errors, costs = saved["error_rate"], saved["costs"]
    until = errors["recorded_until"]
    hours = {name: of["hours"] for name, of in saved["calendar"].items() if name != "years"}
    days = {name: calendar.configured(today.calendars.of(name), of) for name, of in hours.items()}
    return Settings(
        Calendars(days),
        date.fromisoformat(until) if until else None,
        {name: int(seconds) for name, seconds in saved["targets"].items()},
        {name: float(share) for name, share in errors["average"].items()},
        costs["currency"],
        costs["dead_freight"],
        [(tier["days"], tier["rate"]) for tier in costs["demurrage"]["tiers"]],
        saved["return_reasons"],
    )


def different(saved: Mapping[str, Any], today: Settings) -> list[Different]:
    """The settings that are others today, by their names."""
    then, now = (dict(_leaves(one)) for one in (saved, written(today, saved["calendar"]["years"])))
    return [
        Different(name, then.get(name), now.get(name))
        for name in sorted(then.keys() | now.keys())
        if name != "digest" and then.get(name) != now.get(name)
    ]


def _leaves(of: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its name; a list is one."""
    for key, value in of.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
