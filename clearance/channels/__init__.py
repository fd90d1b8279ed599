"""Where people are told: one module per kind of channel.

A channel is a value made of its settings, with one method, ``send``. What it returns tells what
came of it by the application's own answer, not by the transport's: a robot that refuses a message
says so under HTTP 200. Nothing that is returned or raised holds a secret or a word that came from
outside; what is raised is BadArgument, where a setting is not right.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from clearance.errors import BadArgument
from clearance.model import Severity
from clearance.secret import Secret


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has taken the message."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not taken now; ``after`` so many seconds, where the channel named them, it may be."""

    reason: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken, and not for being tried again at once; where it ``ends``, never.

    ``reached`` are those of several addressees that have taken it.
    """

    reason: str
    ends: bool = False
    reached: tuple[str, ...] = ()


Result = Accepted | Retry | Refused


class Line(NamedTuple):
    """A line of a message: ``section``, ``alert`` (what it is) or ``detail`` (the rest of it)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message to people: of one severity, in one language, of every alert it is about.

    ``id`` stays the same however often it is sent. Nothing in it steers a terminal or breaks a
    line; what a channel takes for markup is the channel's to escape. ``document`` is the same for
    programs; ``threads`` are the ids of the alerts; ``reached`` have it already.
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


class Channel(Protocol):
    """Somewhere that people read."""

    @property
    def severities(self) -> tuple[Severity, ...]:
        """What they want to be told of."""

    @property
    def lang(self) -> str:
        """In which language."""

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every kind of channel can be told."""

    kind: str
    severities: tuple[Severity, ...] = (Severity.WARNING, Severity.CRITICAL)
    lang: Literal["zh", "en"] = "en"


def kinds() -> list[str]:
    """Every kind of channel: the modules here."""
    return [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]


def channel(settings: Mapping[str, Any]) -> Channel:
    """A channel of its settings.

    Raises BadArgument for a kind that does not exist, msgspec.ValidationError for the rest.
    """
    kind = settings.get("kind")
    if kind not in kinds():
        raise BadArgument(f"kind {kind!r}: choose one of {', '.join(kinds())}")
    made: Channel = msgspec.convert(settings, _module(kind).Channel, dec_hook=decoded)
    return made


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{kind}")


def decoded(kind: type[Any], written: Any) -> Any:
    """What msgspec asks for a type that it does not know: a secret of its reference."""
    if kind is not Secret:
        raise NotImplementedError
    try:
        return Secret(written)
    except BadArgument as error:
        raise ValueError(str(error)) from None
