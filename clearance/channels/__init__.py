"""Channels that notify people: chats, e-mail, webhooks; one module per kind.

A channel is a value made of its settings, with one method, ``send``. Its result goes by the
application's own answer and not by the transport's: a robot that refuses a message says so under
HTTP 200. No result and no error holds a secret, nor a text from outside but a line of what a robot
says when it refuses. ``send`` raises BadArgument where a setting cannot be used.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from clearance import periods
from clearance.channels._terms import NEVER, Match, Terms, like
from clearance.errors import BadArgument
from clearance.hours import NO_HOURS, Daily, Hours, span
from clearance.model import Severity, Words
from clearance.rows import NamedTuple
from clearance.secret import Secret, decoded
from clearance.validation import converted

__all__ = ["NEVER", "Match", "Terms", "like"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has the message."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not accepted now; ``after`` are the seconds to wait, if the channel names them."""

    reason: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Rejected. Not retried in this run; if ``permanent``, never again.

    ``reached`` are those of several addressees that have accepted it.
    """

    reason: str
    permanent: bool = False
    reached: tuple[str, ...] = ()


Result = Accepted | Retry | Refused


class Line(NamedTuple):
    """A line of a notification; its kind is ``section``, ``alert`` (its first) or ``detail``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message about alerts of one severity, in one language.

    ``id`` stays the same however often it is sent. No text in it controls a terminal or breaks a
    line; each channel escapes what it would read as markup. ``document`` is the content for
    programs, ``threads`` the ids of the alerts, ``reached`` the addressees that have it already.
    With ``calls`` somebody is to look at it now; ``over``: all that it tells is over. ``more`` says
    what is left out where not all of it fits, if that is not said of alerts.
    """

    id: str
    at: datetime
    severity: Severity
    lang: str
    title: str
    lines: tuple[Line, ...]
    document: Mapping[str, Any]
    threads: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    calls: bool = False
    over: bool = False
    more: Words | None = None


class Channel(Protocol):
    """Somewhere that people read notifications."""

    @property
    def terms(self) -> Terms:
        """What it takes, and when."""

    @property
    def lang(self) -> str:
        """The language they are written in."""

    def check(self) -> None:
        """Raises BadArgument where it lacks what it needs to send, such as a secret."""

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""


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


def kinds() -> list[str]:
    """Every kind of channel: the names of the modules here."""
    return [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]


def setting_names() -> list[str]:
    """The name of every setting that any kind of channel has."""
    parts = (msgspec.structs.fields(_module(kind).Channel) for kind in kinds())
    return list(dict.fromkeys(field.encode_name for some in parts for field in some))


def channel(settings: Mapping[str, Any]) -> Channel:
    """The channel that settings describe.

    Raises BadArgument for a kind that does not exist, or for a setting that cannot be used.
    """
    kind = settings.get("kind")
    if kind not in kinds():
        raise BadArgument(
            "kind {kind!r}: choose one of {choices}", kind=kind, choices=list(kinds())
        )
    made: Channel = converted(settings, _module(kind).Channel, hook=decoded)
    return made


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{kind}")
