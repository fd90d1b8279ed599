"""Channels that notify people: chats, e-mail, webhooks; one module per kind.

A channel is a value made of its settings, with one method, ``send``. Its result goes by the
application's own answer and not by the transport's: a robot that refuses a message says so under
HTTP 200. No result and no error holds a secret, nor a text from outside but a line of what a robot
says when it refuses. ``send`` raises BadArgument where a setting cannot be used.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from clearance.channels._terms import NEVER, Terms, like
from clearance.errors import BadArgument
from clearance.model import Severity, Value, Words
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from clearance.channels._match import Match
    from clearance.channels._settings import Settings

__all__ = ["NEVER", "Match", "Settings", "Terms", "like"]


def __getattr__(name: str) -> Any:
    """What settings are made of, which only they load."""
    if name not in ("Match", "Settings"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from clearance.channels import _settings

    return getattr(_settings, name)


class Accepted(Value):
    """The channel has the message."""


class Retry(Value):
    """Not accepted now; ``after`` are the seconds to wait, if the channel names them.

    ``unsent``: the message has surely not arrived; else the channel may have it.
    """

    reason: str
    after: float | None = None
    unsent: bool = False


class Refused(Value):
    """Rejected. Not retried in this run; if ``permanent``, never again.

    ``reached`` are those of several addressees that have accepted it. ``unclear``: it answered
    something that nobody can tell from, and may have the message.
    """

    reason: str
    permanent: bool = False
    reached: tuple[str, ...] = ()
    unclear: bool = False


Result = Accepted | Retry | Refused


class Line(NamedTuple):
    """A line of a notification; its kind is ``section``, ``alert`` (its first) or ``detail``."""

    kind: str
    text: str


class Notification(Value, kw_only=True):
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
    def kind(self) -> str:
        """What kind it is, as the settings name it."""

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


def kinds() -> list[str]:
    """Every kind of channel: the names of the modules here."""
    import pkgutil

    return [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]


def setting_names() -> list[str]:
    """The name of every setting that any kind of channel has."""
    import msgspec

    parts = (msgspec.structs.fields(_module(kind).Channel) for kind in kinds())
    return list(dict.fromkeys(field.encode_name for some in parts for field in some))


def channel(settings: Mapping[str, Any]) -> Channel:
    """The channel that settings describe.

    Raises BadArgument for a kind that does not exist, or for a setting that cannot be used.
    """
    from clearance.secret import decoded
    from clearance.validation import converted

    if "kind" not in settings:
        raise BadArgument("kind is missing: choose {choices}", choices=list(kinds()))
    kind = settings["kind"]
    if kind not in kinds():
        raise BadArgument(
            "kind {kind!r}: choose one of {choices}", kind=kind, choices=list(kinds())
        )
    made: Channel = converted(settings, _module(kind).Channel, hook=decoded)
    return made


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{kind}")
