"""Times of a described system: the forms they are written in, and the zone of those without one.

``iso`` is ``2026-03-02T08:00:00``, also with a blank for the T, with fractions, which are cut, and
with an offset; ``compact`` is ``20260302080000``, with an offset or not. Any other form is written
as what it looks like: ``DD/MM/YYYY hh:mm:ss``, with ``zz`` for an offset.

A written offset is believed. A time without one is in the zone of its system, unless its table
wants an offset; where the clocks there show such a time twice or never, it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

from clearance.customs.moments import YEARS, impossible
from clearance.errors import BadSetting, Unreadable

_PARTS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "DD": r"(?P<day>[0-9]{2})",
    "hh": r"(?P<hour>[0-9]{2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "zz": r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)",
}
_DATE = ("year", "month", "day")
_FIELDS = (*_DATE, "hour", "minute", "second")
_DAY = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?"
_NAMED = {
    "iso": rf"{_DAY}[T ]{_CLOCK}{_PARTS['zz']}?",
    "compact": "".join(_PARTS[part] for part in ("YYYY", "MM", "DD"))
    + "T?"
    + "".join(_PARTS[part] for part in ("hh", "mm", "ss"))
    + rf"(?:\.?[0-9]{{1,9}})?{_PARTS['zz']}?",
}
_DAYS = ("YYYY-MM-DD", "YYYYMMDD")
_MAX_CHARS = 60
_CACHE_SIZE = 64
_EXAMPLE = datetime(2026, 3, 2, 8)


@lru_cache(_CACHE_SIZE)
def form(written: str) -> re.Pattern[str]:
    """A form of times; raises BadSetting if it lacks a year, a month or a day."""
    if written in _NAMED:
        return re.compile(_NAMED[written], re.ASCII)
    made = "".join(
        _PARTS.get(p, re.escape(p)) for p in re.split("(YYYY|MM|DD|hh|mm|ss|zz)", written)
    )
    try:
        pattern = re.compile(made, re.ASCII)
    except re.error:
        pattern = re.compile("")
    if len(written) > _MAX_CHARS or not set(_DATE) <= set(pattern.groupindex):
        raise BadSetting(
            "{form!r} is not a form of times such as iso, compact or DD/MM/YYYY hh:mm:ss",
            form=written,
        )
    return pattern


def instant(
    written: str,
    what: str,
    forms: Sequence[str],
    zone: tzinfo,
    *,
    needs_offset: bool = False,
    as_local: Sequence[str] = (),
) -> datetime:
    """A time with a time of day, in a zone, to the second; raises Unreadable.

    ``as_local`` are offsets that are false: the time is that of the zone.
    """
    try:
        clock, offset = _clock(written, forms)
        if offset and offset not in as_local:
            at = datetime.fromisoformat(f"{clock.isoformat()}{offset}").astimezone(zone)
        elif offset or not needs_offset:
            at = _local(clock, zone, what)
        else:
            raise Unreadable(
                "bad_time",
                "{what} is {written!r}: it does not say of which zone",
                what=what,
                written=written[:40],
            )
    except (ValueError, OverflowError) as error:
        raise impossible(what, written, _parts(written, forms)) or Unreadable(
            "bad_time",
            "{what} is {written!r}, which is not a time such as {example}",
            what=what,
            written=written[:40],
            example=_example(forms),
        ) from error
    return at.replace(tzinfo=timezone(at.utcoffset() or timedelta()))


def is_day(written: str, forms: Sequence[str]) -> bool:
    """Whether a text is a date without a time of day."""
    parts = _parts(written, (*forms, *_DAYS))
    return parts is not None and parts.get("hour") is None


def day(written: str, what: str, forms: Sequence[str]) -> str:
    """A date in ISO 8601; raises Unreadable."""
    parts = _parts(written, (*forms, *_DAYS))
    try:
        if parts is None:
            raise ValueError(written)
        found = date(*(int(parts[name]) for name in _DATE))
        if found.year not in YEARS:
            raise ValueError(written)
    except ValueError as error:
        raise impossible(what, written, parts) or Unreadable(
            "bad_time",
            "{what} is {written!r}, which is not a date such as 20260302",
            what=what,
            written=written[:40],
        ) from error
    return found.isoformat()


def _clock(written: str, forms: Sequence[str]) -> tuple[datetime, str]:
    """A time of day on a day, and its offset as written; raises ValueError if it is none."""
    parts = _parts(written, forms) or {}
    if not parts.get("hour"):
        raise ValueError(written)
    year, month, day_, hour, minute, second = (int(parts.get(name) or 0) for name in _FIELDS)
    if year not in YEARS:
        raise ValueError(written)
    return datetime(year, month, day_, hour, minute, second), parts.get("offset") or ""


def _parts(written: str, forms: Sequence[str]) -> dict[str, Any] | None:
    """The parts of a time by the first form that it has; None if it has none of them."""
    matches = (form(one).fullmatch(written) for one in forms)
    return next((match.groupdict() for match in matches if match), None)


def _local(at: datetime, zone: tzinfo, what: str) -> datetime:
    """A time by the clocks of a zone; raises Unreadable for one that they show twice or never."""
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise Unreadable(
            "bad_time",
            "{what} is {written}, which the clocks there show twice or never",
            what=what,
            written=at.isoformat(),
        )
    return first


def _example(forms: Sequence[str]) -> str:
    """A time in the first of some forms."""
    names = {"iso": "YYYY-MM-DDThh:mm:ss", "compact": "YYYYMMDDhhmmss"}
    made = names.get(forms[0], forms[0])
    values = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S", "zz": "Z"}
    for part, value in values.items():
        made = made.replace(part, value)
    return _EXAMPLE.strftime(made)
