"""Times as customs systems write them: ISO 8601, extended or basic, with or without an offset.

``moment`` reads each of them; what a system's messages may hold, its reader decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from clearance.errors import Phrase, Unreadable
from clearance.named_tuples import NamedTuple

YEARS = range(1990, 2101)
"""A time in another year is no time of a declaration."""
NO_SUCH_DAY = "{what} is {written!r}: there is no such day"
NO_SUCH_TIME = "{what} is {written!r}: there is no such time of day"
NOT_BELIEVED = "{what} is {written!r}: only years from {first} to {last} are believed"
_TIME = (
    r"(?P<year>[0-9]{4})(-?)(?P<month>[0-9]{2})\2(?P<day>[0-9]{2})"
    r"(?:[T ]?(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})"
    r"(?::?(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_MIDNIGHT = "00:00:00"
_SHOWN = 40
"""Characters of a text that is no time that its reason shows."""


class Moment(NamedTuple):
    """A time to the second, and the day as it was written.

    ``is_day`` if it was written without a time of day, or as midnight, which is the same.
    """

    at: datetime
    day: str
    is_day: bool

    @property
    def as_fact(self) -> str:
        """The time with its offset; a mere day without one."""
        return self.day if self.is_day else self.at.isoformat()


def iso(written: str) -> datetime:
    """A time in ISO 8601, extended or basic.

    Raises ValueError, also for 24:00, which Python takes for the midnight after from 3.14 on.
    """
    clock = written[9:] if written[8:9] == "T" else written[11:]
    if clock.startswith("24"):
        raise ValueError(written)
    return datetime.fromisoformat(written)


def moment(written: str, there: tzinfo, without: tzinfo = UTC) -> Moment | None:
    """A time in a zone, to the second; None where it cannot be read, or is in no year of ours.

    ``without`` is the zone of a time without an offset.
    """
    match = re.fullmatch(_TIME, written)
    if match is None:
        return None
    year, _, month, day_, hour, minute, second, offset = match.groups()
    day = f"{year}-{month}-{day_}"
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    try:
        at = iso(f"{day}T{clock}{offset or ''}")
        at = in_zone(at if offset else at.replace(tzinfo=without), there)
    except (ValueError, OverflowError):
        return None
    return Moment(at, day, clock == _MIDNIGHT) if at.year in YEARS else None


def in_zone(at: datetime, there: tzinfo) -> datetime:
    """A moment in a zone, with the offset that it has there.

    With a zone itself a moment of the hour that the clocks repeat in October would not be equal to
    the same moment read from a store.
    """
    local = at.astimezone(there)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))


def fact(written: str, there: tzinfo) -> str:
    """A time as a fact: with its offset, or as a day; as it stands where it cannot be read."""
    found = moment(written, there)
    return found.as_fact if found else written


def last_moment(written: str, there: tzinfo) -> datetime | None:
    """A deadline: a time, or the last second of a day; None where it cannot be read."""
    found = moment(written, there)
    if found is None or not found.is_day:
        return found.at if found else None
    return found.at + timedelta(days=1, seconds=-1)


def bad_time(what: str | Phrase, written: str, example: str) -> Unreadable:
    """The refusal of a time that cannot be read, or is not there."""
    if not written:
        return Unreadable("bad_time", "{what} is empty: a message without a time", what=what)
    return impossible(what, written) or Unreadable(
        "bad_time",
        "{what} is {written!r}, which is not a time such as {example}",
        what=what,
        written=written[:_SHOWN],
        example=example,
    )


def impossible(
    what: str | Phrase, written: str, parts: Mapping[str, str | None] | None = None
) -> Unreadable | None:
    """The refusal of a time that is written as times are and cannot be; None of any other.

    ``parts`` are its year, month, day, hour, minute and second, where its form is not ISO 8601.
    """
    from clearance import periods

    match = None if parts else re.fullmatch(_TIME, written)
    parts = match.groupdict() if match else parts
    if not parts:
        return None
    shown, missing = written[:_SHOWN], periods.lacking(parts)
    if missing is periods.DAY_MISSING:
        return Unreadable("bad_time", NO_SUCH_DAY, what=what, written=shown)
    if int(parts["year"] or 0) not in YEARS:
        return Unreadable(
            "bad_time",
            NOT_BELIEVED,
            what=what,
            written=shown,
            first=YEARS[0],
            last=YEARS[-1],
        )
    if missing is None:
        return None
    return Unreadable("bad_time", NO_SUCH_TIME, what=what, written=shown)
