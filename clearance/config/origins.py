"""Every setting with its value, and where that comes from: the file, or the default."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

import msgspec

from clearance import calendar, channels, sources
from clearance.alerting.rules import RULES
from clearance.config import Config
from clearance.customers import settings as customers
from clearance.customs import systems
from clearance.customs.tables import TABLES
from clearance.errors import BadArgument
from clearance.model import INTERVALS
from clearance.named_tuples import NamedTuple
from clearance.reporting.return_reasons import CLASSES
from clearance.secret import redacted

Key = tuple[str, ...]
"""The parts of a key: ``("rules", "stuck", "hours")``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[([^\[].*?)\]\s*(#.*)?")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_FIXED: Mapping[Key, Any] = {
    ("lang",): None,
    ("store", "url"): None,
    ("report", "zone"): None,
    ("calendar", "hours"): calendar.HOURS,
    ("calendar", "files"): [],
    ("heartbeat", "url"): None,
    ("evidence", "key"): None,
    ("evidence", "timestamp"): None,
    ("costs", "currency"): None,
    ("costs", "dead_freight"): None,
    ("costs", "demurrage", "tiers"): [],
    ("error_rate", "recorded_until"): None,
    ("user", "name"): None,
}
"""Settings that stand in no table of names, with their defaults."""


class Origin(StrEnum):
    """Where the value of a setting comes from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OPTION = "option"


class Setting(NamedTuple):
    """A setting: its full key, its value as JSON has it, and where that comes from.

    ``place`` is the settings file, the variable or the option; ``line`` that of the file, from 1.
    A secret is its reference; an address that may hold one has it left out.
    """

    key: str
    value: Any
    origin: Origin
    place: str | None = None
    line: int | None = None


class Given(NamedTuple):
    """What an option or a variable of the environment says, and its name; else a default."""

    value: str
    origin: Origin = Origin.DEFAULT
    place: str | None = None


def settings(
    config: Config, written: Mapping[str, Any], text: str, file: str | None
) -> Iterator[Setting]:
    """Every setting of a file's, those of rules last; ``written`` are its tables, ``text`` itself.

    Where there is no file, all of them are defaults.
    """
    known = dict(_leaves(_defaults(config)))
    said = dict(_leaves(written))
    at = lines(text)
    for path in sorted({**known, **said}, key=lambda path: path[0] == "rules"):
        value = plain(said.get(path, known.get(path)))
        if path in said:
            yield Setting(dotted(path), value, Origin.FILE, file, at.get(path))
        else:
            yield Setting(dotted(path), value, Origin.DEFAULT)


def overruled(all: Iterable[Setting], given: Mapping[str, Given]) -> Iterator[Setting]:
    """The same settings with those that an option or a variable says, by key.

    A default that is given holds where the file says nothing.
    """
    for setting in all:
        said = given.get(setting.key)
        if said and (said.origin is not Origin.DEFAULT or setting.origin is Origin.DEFAULT):
            yield Setting(setting.key, plain(said.value), said.origin, said.place)
        else:
            yield setting


def _defaults(config: Config) -> dict[str, Any]:
    """The value of each setting, in tables; that of a calendar or a code table is left out."""
    made: dict[str, Any] = {}
    for path, value in _FIXED.items():
        _put(made, path, value)
    made["sources"] = {name: {"kind": None, **_fields(one)} for name, one in config.sources.items()}
    made["channels"] = {name: _fields(channel) for name, channel in config.channels.items()}
    made["customers"] = {name: _fields(customer) for name, customer in config.customers.items()}
    made["rules"] = {name: dict(rule.defaults) for name, rule in RULES.items()}
    return made


def _put(table: dict[str, Any], path: Key, value: Any) -> None:
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table[path[-1]] = value


def _fields(part: Any) -> dict[str, Any]:
    """The settings of a channel or a source, by the names they have in the file."""
    if is_dataclass(part):
        return {field.name: getattr(part, field.name) for field in fields(part)}
    written = ((f.encode_name, getattr(part, f.name)) for f in msgspec.structs.fields(part))
    return {
        name: _fields(value) if isinstance(value, msgspec.Struct) else value
        for name, value in written
    }


def _leaves(table: Mapping[str, Any], above: Key = ()) -> Iterator[tuple[Key, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*above, name))
        elif not isinstance(value, Mapping):
            yield (*above, name), value


def plain(value: Any) -> Any:
    """A value as JSON has it, without what must not be shown."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, str):
        return redacted(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


# Keys


def dotted(path: Key) -> str:
    """A key as it is written: ``contacts.2248``, ``rules.stuck.hours``."""
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in path)


def path_of(key: str) -> Key:
    """The parts of a written key; raises BadArgument for what is none."""
    if match := _KEY.fullmatch(f"{key}="):
        with suppress(tomllib.TOMLDecodeError):
            return _only_path(tomllib.loads(f"{match[1]} = 0"))
    raise BadArgument("{key!r} is not a key such as report.zone", key=key)


def _only_path(table: Any) -> Key:
    path: Key = ()
    while isinstance(table, dict):
        ((name, table),) = table.items()
        path = (*path, name)
    return path


def lines(text: str) -> dict[Key, int]:
    """The line of each key of a TOML text, from 1; those inside of values are left out."""
    found: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        with suppress(BadArgument):
            if header := _HEADER.fullmatch(line):
                table = path_of(header[1])
            elif match := _KEY.match(line):
                found.setdefault((*table, *path_of(match[1])), number)
    return found


def known_keys(path: Key) -> list[str]:
    """The keys of settings that there are; those of named tables under the name in ``path``."""
    keys = [dotted(fixed) for fixed in _FIXED]
    keys += [f"rules.{name}.{key}" for name, rule in RULES.items() for key in rule.defaults]
    keys += [f"codes.{name}" for name in TABLES]
    keys += [f"targets.{name}" for name in INTERVALS]
    keys += [f"return_reasons.{name}" for name in CLASSES]
    keys += [dotted(("error_rate", "average", path[-1] if path[0] == "error_rate" else "2026Q3"))]
    for system in systems():
        keys += [f"calendar.{system}.hours", f"calendar.{system}.files"]
        keys += [f"codes.{system}.{name}" for name in TABLES]
    name = path[1] if len(path) > 1 else "NAME"
    keys += [dotted(("contacts", name))]
    keys += [dotted(("channels", name, key)) for key in channels.setting_names()]
    keys += [dotted(("customers", name, *key.split("."))) for key in customers.setting_names()]
    keys += [dotted(("channels", name, "match", key)) for key in channels.Match.__struct_fields__]
    keys += [dotted(("sources", name, key)) for key in sources.setting_names()]
    return keys
