"""Customs systems: one package for each, and the modules that they share.

A customs system is a folder here with a ``System`` in its ``__init__``. Beside it stand

* ``readers``: ``READERS``; each claims the documents that it reads, opens or recognises;
* ``codes``: ``code(kind, code, sub)`` gives the meaning of a status code, with its words, and
  ``meanings(event)``, if codes with several meanings are in circulation, what an event may mean;
* ``holidays``, if its working days are known: ``YEARS``, the official days of each year;
* ``names``, if the names of its files hold numbers or times: ``file_key(name)``;
* ``dictionary``, if a store may hold many of its messages: text that they have in common, for
  compression;
* ``declared``, if messages say what was declared: ``content_of(messages, numbers)``;
* ``form``, if it has a form for that: ``form_of(messages, numbers, direction, told)``;
* ``law``, if alert rules rest on it: deadlines and rates with their legal basis;
  ``deadline(action, facts)``, if what customs asks for is due by law;
* ``tables``, if it is known what its codes are called: a folder with a CSV file for each table of
  ``customs.tables``, and ``FORMS``, what their codes look like.

A new system is a new folder and nothing else. Each of these modules is loaded when it is first
needed, because most commands need few of them.

A system may be described by one TOML file instead, ``NAME.toml`` here or in the user's folder: see
``described``.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.util import find_spec
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from clearance.files import is_missing
from clearance.model import Event, Flag, Kind, Stage, Value, Words
from clearance.model.values import field
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.calendar import OfficialDays
    from clearance.customs.tables import Entry, Form
    from clearance.customs.unpacking import Reader
    from clearance.errors import BadArgument
    from clearance.model.content import Content
    from clearance.model.form import DeclarationForm


Messages = Iterable[tuple[str, bytes]]
"""Messages as received, each with its id."""


class Code(NamedTuple):
    """What a status code means.

    ``action`` is what it asks of the trader. ``rank`` places it among events of one second, where
    its stage alone does not.
    """

    words: Words
    stage: Stage | None
    action: str | None = None
    flags: tuple[Flag, ...] = ()
    rank: int | None = None


UNKNOWN = Code({}, None, flags=(Flag.UNKNOWN,))
"""What a code means that no table of its system has."""


class System(Value, kw_only=True):
    """A customs system, as far as every part of the program needs it.

    ``zone_name`` names its zone in the time zone database: that of its days, and of times without
    an offset. ``offset`` stands for a zone that has only ever had one. ``currency`` is an ISO 4217
    code. ``stage_words`` are its names of stages and directions that are not the usual ones.
    ``kinds`` lists its reference numbers, the best known first.

    One of its readers may claim a document if the local name of the root is among ``roots``, or
    matches ``pattern`` as a whole: its readers are loaded for no other. What stands around a
    message as the envelope of SOAP is taken off before.

    Two events with one code, time and note are one event if they share a number; ``same_event_by``
    lists the kinds of number that decide it, and the first that an event bears is compared. With
    ``serial_identifies`` customs numbers its messages: the serial decides instead of the note. With
    ``several_in_message`` one message may have events of several declarations.

    Messages that are not UTF-8 and declare no encoding are in ``undeclared_encoding``; None refuses
    them. ``bundled`` says whether it comes with the program.
    """

    name: str
    title: Words
    zone_name: str
    offset: timedelta | None = None
    currency: str
    stage_words: Mapping[str, Words] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    pattern: str | None = None
    kinds: tuple[Kind, ...]
    same_event_by: tuple[str, ...]
    serial_identifies: bool = False
    several_in_message: bool = False
    undeclared_encoding: str | None = None
    bundled: bool = True

    @property
    def zone(self) -> tzinfo:
        """Its zone."""
        return timezone(self.offset) if self.offset is not None else _zone(self.zone_name)

    @property
    def named_zone(self) -> tzinfo:
        """The same under its name in the time zone database."""
        if self.offset is None:
            return self.zone
        return timezone(self.offset, self.zone_name)

    def may_claim(self, name: str) -> bool:
        """Whether its readers may claim documents whose root has a local name."""
        return fits(name, self.roots, self.pattern)

    @property
    def readers(self) -> Sequence[Reader]:
        """The documents it reads, opens or recognises."""
        readers: Sequence[Reader] = _part(self.name, "readers").READERS
        return readers

    def code(self, kind: str, code: str | None, sub: str | None = None) -> Code | None:
        """What a code of a kind of event means, or None where its tables have no such code."""
        table: Callable[[str, str | None, str | None], Code | None]
        table = _part(self.name, "codes").code
        return table(kind, code, sub)

    def meanings(self, event: Event) -> Sequence[Code]:
        """What an event may mean, that which stands first; empty where its code is in no table.

        Several only where nothing decides between meanings that are in circulation.
        """
        several: Callable[[Event], Sequence[Code]] | None
        several = self._optional("codes", "meanings", None)
        if several:
            return several(event)
        found = self.code(event.kind, event.code, event.sub)
        return (found,) if found else ()

    @property
    def codes_module(self) -> ModuleType:
        """The module of its codes."""
        return _part(self.name, "codes")

    @property
    def years(self) -> Mapping[int, OfficialDays]:
        """The official days of each year that is known; empty if none is."""
        years: Mapping[int, OfficialDays] = self._optional("holidays", "YEARS", {})
        return years

    @property
    def file_key(self) -> Callable[[str], tuple[str, int] | None] | None:
        """A function from a file's name to the number in it and a time to sort by.

        None where the names of this system's files say nothing.
        """
        key: Callable[[str], tuple[str, int] | None] | None
        key = self._optional("names", "file_key", None)
        return key

    @property
    def modes_without_exit(self) -> Sequence[str]:
        """Trade modes in which nothing leaves the country; empty if none is known."""
        modes: Sequence[str] = self._optional("law", "WITHOUT_EXIT", ())
        return modes

    def deadline(self, action: str, facts: Mapping[str, str]) -> datetime | None:
        """By when its law wants an outstanding action done; None where that is not known.

        ``facts`` are those of the declaration.
        """
        known: Callable[[str, Mapping[str, str]], datetime | None] | None
        known = self._optional("law", "deadline", None)
        return known(action, facts) if known else None

    def table(self, name: str) -> Mapping[str, Entry]:
        """A table of its codes, by code, with a user's own rows; empty if none is known."""
        from clearance.customs import tables

        return tables.table(self.name, name)

    @property
    def forms(self) -> Mapping[str, Form]:
        """What the codes of its tables look like, by table; empty if nothing is known."""
        forms: Mapping[str, Form] = self._optional("tables", "FORMS", {})
        return forms

    @property
    def dictionary(self) -> ModuleType | None:
        """The module with the text that its messages have in common, or None."""
        return _part(self.name, "dictionary") if _has_part(self.name, "dictionary") else None

    def content(self, messages: Messages, numbers: Collection[str]) -> Content | None:
        """The goods and containers that messages, by id, say the declaration with all of these
        numbers has; None where messages of this system do not say such a thing.
        """
        read = self._optional("declared", "content_of", None)
        return read(messages, numbers) if read else None

    def form(
        self,
        messages: Messages,
        numbers: Collection[str],
        direction: str | None,
        told: Mapping[str, str],
    ) -> DeclarationForm | None:
        """The form of the declaration with all of these numbers; None where there is none.

        ``told`` are the numbers and dates that answers tell, for boxes the declaration leaves open.
        """
        draw = self._optional(_FORM, "form_of", None)
        return draw(messages, numbers, direction, told) if draw else None

    @property
    def has_form(self) -> bool:
        """Whether there is a form of its declarations."""
        return _has_part(self.name, _FORM)

    def _optional(self, part: str, name: str, default: Any) -> Any:
        known = _has_part(self.name, part)
        return getattr(_part(self.name, part), name, default) if known else default


def fits(name: str, names: Collection[str], pattern: str | None) -> bool:
    """Whether a name is one of some, or matches a pattern, if there is one, as a whole."""
    return name in names or (pattern is not None and re.fullmatch(pattern, name) is not None)


_FORM = "form"
DEFAULT = "cn_single_window"
"""The customs system of a store that holds no message yet."""


_F = TypeVar("_F", bound=Callable[..., Any])
_SHARED = "described"
"""A package here that is no customs system."""
_forget: list[Callable[[], None]] = []
_folder: list[str] = []
_cache: list[tuple[str, str]] = []


def until_systems_change(function: _F) -> _F:
    """Remembers what a function gives until there are other customs systems."""
    cached: Any = function if hasattr(function, "cache_clear") else cache(function)
    _forget.append(cached.cache_clear)
    return cached  # type: ignore[no-any-return]


def use_folder(
    folder: str | Path | None, cache: str | Path | None = None, version: str = ""
) -> None:
    """From now on the files of a user's folder describe customs systems too.

    What this version of the program found of them may be remembered in another, ``cache``.
    """
    _cache[:] = [(str(cache), version)] if cache else []
    wanted = [str(folder)] if folder else []
    if wanted != _folder:
        _folder[:] = wanted
        for forget in _forget:
            forget()


def own_files() -> list[Path]:
    """The files of a user's folder that describe customs systems."""
    if not _folder or is_missing(_folder[0]):
        return []
    from pathlib import Path

    return sorted(Path(_folder[0]).glob("*.toml"))


def systems() -> Mapping[str, System]:
    """Every customs system by name: those in Python, those that files describe, a user's last."""
    return _known()[0]


def unusable() -> Sequence[BadArgument]:
    """Why files of the user's folder cannot be used."""
    return _known()[1]


@until_systems_change
def _known() -> tuple[Mapping[str, System], Sequence[BadArgument]]:
    from clearance.customs import described

    found: dict[str, System] = {
        name: importlib.import_module(f"{__name__}.{name}").SYSTEM
        for name in sorted(chain.from_iterable(map(_packages_in, __path__)))
        if name != _SHARED
    }
    found |= described.bundled()
    cache, version = _cache[0] if _cache else (None, "")
    own = described.of_folder(_folder[0], found, cache, version) if _folder else []
    usable = {system.name: system for system in own if isinstance(system, System)}
    return {**found, **usable}, [why for why in own if not isinstance(why, System)]


def _packages_in(folder: str) -> list[str]:
    beginnings = {name: os.path.join(folder, name, "__init__.py") for name in os.listdir(folder)}
    return [name for name, file in beginnings.items() if os.path.isfile(file)]


@cache
def _has_part(name: str, part: str) -> bool:
    return find_spec(f"{__name__}.{name}.{part}") is not None


@cache
def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@cache
def _part(name: str, part: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}.{part}")
