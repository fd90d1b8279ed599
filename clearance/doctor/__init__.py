"""What ``clearance doctor`` looks at: whether everything is in place for it to work.

A check is a function of the ``Setup`` that yields names with what to look at; each is looked at by
itself, so that one that fails never stops the others. Nothing is stored, and no secret is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from clearance.channels import Notification
from clearance.config import Config
from clearance.customs.calendars import Calendars
from clearance.errors import BadArgument, ClearanceError, Phrase
from clearance.model import Value
from clearance.named_tuples import NamedTuple
from clearance.stores import located

if TYPE_CHECKING:
    from clearance.doctor._store import Held


class Result(StrEnum):
    """What came of a check; in rank order."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Verdict(NamedTuple):
    """What came of looking at something: the result, what was seen, and what to do about it."""

    result: Result
    detail: Phrase
    do: Phrase | None = None


def ok(detail: Phrase) -> Verdict:
    """All is well."""
    return Verdict(Result.OK, detail)


def warning(detail: Phrase, do: Phrase) -> Verdict:
    """It works, but not for long or not as well as it might."""
    return Verdict(Result.WARNING, detail, do)


def failed(detail: Phrase, do: Phrase) -> Verdict:
    """It does not work."""
    return Verdict(Result.FAILED, detail, do)


def untold() -> Verdict:
    """What only the settings tell, where they cannot be used."""
    return warning(
        Phrase("not known: the settings cannot be used"), Phrase("look again with the settings")
    )


class Check(NamedTuple):
    """A check by its name, such as ``source inbox``, and what came of it."""

    name: str
    verdict: Verdict


Look = Callable[[], Verdict]
"""Looks at one thing; may raise."""
Looks = Iterator[tuple[str, Look]]
"""What a check looks at, by name."""


class Terminal(NamedTuple):
    """Where the answer is shown; ``columns`` is None where that is no terminal."""

    encoding: str
    columns: int | None


class Setup(Value, kw_only=True, slots=False):
    """What is looked at, as the options of a command say.

    ``config_file`` is where the settings are looked for; it need not be there.
    ``named`` tells whether somebody named the store; ``unusable`` is why the settings cannot be
    used. ``now`` is the moment by the clock, in the zone of here. With ``offline`` nothing is
    requested from a source; with ``compose`` channels are sent what it words for a channel's name
    and language.
    """

    url: str
    named: bool
    config: Config
    config_file: Path
    unusable: ClearanceError | None
    calendars: Calendars
    home: str
    now: datetime
    terminal: Terminal
    offline: bool = False
    compose: Callable[[str, str], Notification] | None = None

    @cached_property
    def file(self) -> Path | None:
        """The file of the store; None where it is none, or neither a path nor a URL."""
        try:
            kind, place = located(self.url)
        except BadArgument:
            return None
        return Path(place) if kind == "tinydb" else None

    @cached_property
    def held(self) -> Held | ClearanceError:
        """What the store holds, or why that cannot be told."""
        from clearance.doctor import _store

        try:
            return _store.held(self.url)
        except ClearanceError as error:
            return error


def examine(setup: Setup) -> Iterator[Check]:
    """Every check with what came of it."""
    for kind, check in _checks().items():
        try:
            looks = list(check(setup))
        except Exception as error:
            yield Check(kind, _broken(error))
            continue
        for name, look in looks:
            yield Check(name, _seen(look))


def _checks() -> Mapping[str, Callable[[Setup], Iterable[tuple[str, Look]]]]:
    from clearance.doctor import _customers, _links, _machine, _places, _store

    return {
        "settings": _places.settings,
        "store": _store.store,
        "lock": _store.lock,
        "rights": _places.rights,
        "disk": _places.disk,
        "folder": _places.folders,
        "secret": _links.secrets,
        "source": _links.sources,
        "channel": _links.channels,
        "customer": _customers.customers,
        "clock": _store.clock,
        "calendar": _store.calendars,
        "terminal": _machine.terminal,
        "versions": _machine.versions,
    }


def _seen(look: Look) -> Verdict:
    """What came of looking at one thing, also where that fails."""
    try:
        return look()
    except ClearanceError as error:
        return failed(error, Phrase("mend what it names, and look again"))
    except Exception as error:
        return _broken(error)


def _broken(error: Exception) -> Verdict:
    """A check that failed itself; of a foreign error only the sort is told, which is no secret."""
    if isinstance(error, OSError):
        why: object = error.strerror or type(error).__name__
    else:
        why = type(error).__name__
    return failed(
        Phrase("could not be looked at: {why}", why=why),
        Phrase("mend what it names, and look again"),
    )
