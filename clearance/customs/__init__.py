"""Customs systems: one package each, and what they share.

A customs system is a folder here with a ``System`` in its ``__init__``. Beside it stand

* ``readers``: ``READERS``, each claims the documents it reads, opens or recognises;
* ``codes``: ``code(kind, code, sub)``, what a status code means, with its words;
* ``holidays``, if its working days are known: ``YEARS``, the official days of each year;
* ``names``, if the names of its files say something: ``file_key(name)``;
* ``dictionary``, if many of its messages are kept: what they have in common, for the store;
* ``law``, if rules rest on it: deadlines and rates with their legal basis.

A new system is a new folder and nothing else. What a system knows is loaded when it is asked for,
because most commands ask for little of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from clearance.errors import BadArgument
from clearance.model import Flag, Kind, Stage, Words

if TYPE_CHECKING:
    from clearance.calendar import Year
    from clearance.customs.unpacking import Reader


class Code(NamedTuple):
    """What a status code means.

    ``action`` is what it asks of the trader. ``rank`` places it among events of one second, where
    its stage alone does not. ``conflict`` is the meaning that other tables give it.
    """

    words: Words
    stage: Stage | None
    action: str | None = None
    flags: tuple[Flag, ...] = ()
    rank: int | None = None
    conflict: str | None = None


UNKNOWN = Code({}, None, flags=(Flag.UNKNOWN,))
"""What a code means that no table of its system has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A customs system, as far as every part of the program needs it.

    ``zone_name`` is the zone of times which bear none, and of its days, in the time zone database;
    ``offset`` that of a zone that has had only one. ``currency`` is an ISO 4217 code.
    ``stage_words`` are what it calls a stage, where the usual word is another country's.
    ``kinds`` are those of its reference numbers, best known first. ``same_event_by`` are the kinds
    of which the first that an event bears says what it is about, where several messages tell the
    same event. With ``serial_identifies`` events about the same number with the same serial, code
    and time are the same event, and two serials are two events. With ``several_in_message`` a
    message may hold events of several declarations. ``undeclared_encoding`` is how its messages are
    written that are not UTF-8 and declare nothing.
    """

    name: str
    title: Words
    zone_name: str
    offset: timedelta | None = None
    currency: str
    stage_words: Mapping[str, Words] = field(default_factory=dict)
    kinds: tuple[Kind, ...]
    same_event_by: tuple[str, ...]
    serial_identifies: bool = False
    several_in_message: bool = False
    undeclared_encoding: str | None = None

    @property
    def zone(self) -> tzinfo:
        """Its zone."""
        return timezone(self.offset) if self.offset is not None else _zone(self.zone_name)

    @property
    def readers(self) -> Sequence[Reader]:
        """The documents it reads, opens or recognises."""
        readers: Sequence[Reader] = _part(self.name, "readers").READERS
        return readers

    def code(self, kind: str, code: str | None, sub: str | None = None) -> Code | None:
        """What a code of a kind of event means, or None where its tables have no such code."""
        look: Callable[[str, str | None, str | None], Code | None] = _part(self.name, "codes").code
        return look(kind, code, sub)

    @property
    def years(self) -> Mapping[int, Year]:
        """The official days of each year that is known; empty if none is."""
        found: Mapping[int, Year] = self._optional("holidays", "YEARS", {})
        return found

    @property
    def file_key(self) -> Callable[[str], tuple[str, int] | None] | None:
        """What a file's name says: the number in it, and a time to sort by; None: nothing."""
        look: Callable[[str], tuple[str, int] | None] | None
        look = self._optional("names", "file_key", None)
        return look

    @property
    def modes_without_exit(self) -> Sequence[str]:
        """Trade modes in which nothing leaves the country; empty if none is known."""
        modes: Sequence[str] = self._optional("law", "WITHOUT_EXIT", ())
        return modes

    @property
    def dictionary(self) -> ModuleType | None:
        """The module of what its messages have in common, or None."""
        return _part(self.name, "dictionary") if has_part(self.name, "dictionary") else None

    def _optional(self, part: str, name: str, default: Any) -> Any:
        return getattr(_part(self.name, part), name) if has_part(self.name, part) else default


DEFAULT = "cn_single_window"
"""The system that a store is taken to be of before any message was read into it."""


@cache
def systems() -> Mapping[str, System]:
    """Every customs system by name."""
    found = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return {name: importlib.import_module(f"{__name__}.{name}").SYSTEM for name in sorted(found)}


def system(name: str) -> System:
    """A customs system by its name; raises BadArgument."""
    found = systems().get(name)
    if found is None:
        raise BadArgument(f"there is no customs system {name!r}: choose {', '.join(systems())}")
    return found


@cache
def has_part(name: str, part: str) -> bool:
    """Whether a system's folder has a module of a name."""
    return find_spec(f"{__name__}.{name}.{part}") is not None


@cache
def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@cache
def _part(name: str, part: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}.{part}")
