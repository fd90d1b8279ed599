"""The settings of a channel: which alerts reach it, when, and in which language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeVar

import msgspec

from clearance import periods
from clearance.channels._match import Match
from clearance.channels._terms import NEVER, Terms
from clearance.errors import BadArgument
from clearance.hours import NO_HOURS, Daily, Hours, span
from clearance.model import Severity
from clearance.secret import Secret

_T = TypeVar("_T")
_OF_ALERTS = ("severities", "match", "repeat", "resolved", "quiet", "quiet_critical", "digest")
"""The settings that say of alerts which reach a channel, and when."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that every kind of channel has.

    ``alerts`` says whether alerts go there; where nothing is said, unless a customer is told there.
    ``repeat`` is a span such as ``4h``, or false: told once. ``quiet`` are times of day as
    ``20:00-08:00``, ``digest`` is one as ``08:30``, both in ``zone`` by its name.
    """

    kind: str
    severities: tuple[Severity, ...] = (Severity.WARNING, Severity.CRITICAL)
    match: Match = Match()
    repeat: str | bool | None = None
    resolved: bool = True
    quiet: str = ""
    quiet_critical: bool = False
    digest: str = ""
    zone: str | None = None
    alerts: bool | None = None
    lang: Literal["zh", "en"] = "en"

    def __post_init__(self) -> None:
        _ = self.terms

    @property
    def terms(self) -> Terms:
        """What it takes, and when; raises BadArgument, which begins with the key."""
        return Terms(
            severities=self.severities,
            match=self.match,
            repeat=_interval(self.repeat),
            resolved=self.resolved,
            quiet=_read("quiet", self.quiet, Hours.of) or NO_HOURS,
            quiet_critical=self.quiet_critical,
            digest=_read("digest", self.digest, Daily.of),
            zone=periods.zone(self.zone, "zone") if self.zone else None,
            alerts=self.alerts is not False,
        )

    def said_of_alerts(self) -> list[str]:
        """The settings by which alerts reach it that are set to something else than usual."""
        usual = Settings(kind=self.kind)
        return [name for name in _OF_ALERTS if getattr(self, name) != getattr(usual, name)]

    def check(self) -> None:
        """Raises BadArgument where a secret is missing, or is no address where it should be one."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Secret):
                _ = value.address() if name == "url" else value.reveal()


def _interval(written: str | bool | None) -> timedelta | None:
    """What ``repeat`` says; raises BadArgument."""
    if written is None or written is False:
        return NEVER if written is False else None
    length = span(written) if isinstance(written, str) else None
    if not length:
        raise BadArgument(
            "repeat: {written!r} is neither a span such as 4h nor false", written=written
        )
    return length


def _read(key: str, written: str, read: Callable[[str], _T]) -> _T | None:
    """What a setting says, None if it is empty; raises BadArgument, which begins with the key."""
    try:
        return read(written) if written else None
    except BadArgument as error:
        raise BadArgument("{key}: {why}", key=key, why=error) from None
