"""Settings: one TOML file.

A key that is not known, or a value of the wrong type, is an error that names its full path and the
file; it is never ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from clearance import calendar
from clearance.customs import DEFAULT, systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.errors import BadArgument, BadSetting
from clearance.secret import Secret

_T = TypeVar("_T")


class StoreSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[store]``."""

    url: str | None = None


class ReportSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[report]``; ``zone`` by its name in the time zone database, else the customs system's."""

    zone: str | None = None


class CalendarSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[calendar]`` of the default customs system, or ``[calendar.SYSTEM]`` of another one.

    ``files`` add years; their paths are relative to the folder of the settings file.
    """

    hours: str = calendar.HOURS
    files: list[str] = msgspec.field(default_factory=list)


class HeartbeatSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[heartbeat]``: an address that each check requests at its end."""

    url: Secret | None = None


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """Every setting.

    ``contacts`` names whom to call, by office; ``rules`` holds the settings of each rule by name;
    ``sources`` and ``channels`` hold those of each by name, and ``load`` makes them.
    """

    store: StoreSettings = msgspec.field(default_factory=StoreSettings)
    report: ReportSettings = msgspec.field(default_factory=ReportSettings)
    calendar: dict[str, Any] = msgspec.field(default_factory=dict)
    contacts: dict[str, str] = msgspec.field(default_factory=dict)
    sources: dict[str, Any] = msgspec.field(default_factory=dict)
    rules: dict[str, Any] = msgspec.field(default_factory=dict)
    channels: dict[str, Any] = msgspec.field(default_factory=dict)
    heartbeat: HeartbeatSettings = msgspec.field(default_factory=HeartbeatSettings)


def load(path: Path) -> Config:
    """The settings in a file; raises BadArgument, with the file's name, if they cannot be used."""
    try:
        return _read(path)
    except OSError as error:
        raise BadArgument("{path} cannot be read: {why}", path=path, why=error) from error
    except UnicodeDecodeError as error:
        raise BadArgument("{path} is not UTF-8 text", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise BadArgument("{path} is not valid TOML: {why}", path=path, why=error) from error
    except msgspec.ValidationError as error:
        raise BadArgument("{path}: {why}", path=path, why=_explained(error)) from error
    except BadArgument as error:
        raise BadArgument("{path}: {why}", path=path, why=error) from error


def _read(path: Path) -> Config:
    from clearance import channels, periods, sources
    from clearance.alerting import rules

    data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    config = msgspec.convert(data, Config, dec_hook=channels.decoded)
    config.channels = _made("channels", config.channels, channels.channel)
    config.sources = _made("sources", config.sources, sources.source)
    rules.check_settings(config.rules)
    if config.report.zone is not None:
        periods.zone(config.report.zone, "report.zone")
    config.calendar = _calendars(config.calendar, path.parent)
    return config


def calendars(config: Config) -> Calendars:
    """The calendars that are set."""
    return Calendars(config.calendar)


def _calendars(written: Mapping[str, Any], folder: Path) -> dict[str, calendar.Calendar]:
    """The calendar of each system that has settings; other keys are the default system's."""
    tables = {f"calendar.{name}": (name, written[name]) for name in written if name in systems()}
    keys = {key: value for key, value in written.items() if key not in systems()}
    if keys and DEFAULT in written:
        raise BadArgument(
            "calendar.{system} is [calendar] itself: leave one of them out", system=DEFAULT
        )
    if keys:
        tables["calendar"] = DEFAULT, keys
    return {name: _calendar(where, name, table, folder) for where, (name, table) in tables.items()}


def _calendar(where: str, system: str, written: Any, folder: Path) -> calendar.Calendar:
    try:
        settings = msgspec.convert(written, CalendarSettings)
    except msgspec.ValidationError as error:
        raise _explained(error, where) from None
    files = [folder / file for file in settings.files]
    return calendar.configured(OFFICIAL.of(system), settings.hours, files, where)


def _made(
    section: str, tables: Mapping[str, Any], make: Callable[[Mapping[str, Any]], _T]
) -> dict[str, _T]:
    """What is made of the tables of a section, by name."""
    return {name: _part(f"{section}.{name}", table, make) for name, table in tables.items()}


def _part(where: str, settings: Any, make: Callable[[Mapping[str, Any]], _T]) -> _T:
    """What is made of a table of settings, with errors that name the whole path of a key."""
    if not isinstance(settings, dict):
        raise BadArgument("{where}: must be a table of settings", where=where)
    try:
        return make(settings)
    except msgspec.ValidationError as error:
        raise _explained(error, where) from None
    except BadArgument as error:
        raise BadArgument("{where}.{why}", where=where, why=error) from None


def _explained(error: msgspec.ValidationError, above: str = "") -> BadArgument:
    """Msgspec's message, or ours that it passes on, with the full path of the key in front."""
    what, _, place = str(error).partition(" - at ")
    place = f"{above}{place.strip('`').removeprefix('$')}".removeprefix(".")
    if what.startswith("Object contains unknown field"):
        field = what.rpartition(" ")[2].strip("`")
        key = f"{place}.{field}" if place else field
        return BadArgument("{key} is not a setting that is known", key=key)
    why = error.__cause__ if isinstance(error.__cause__, BadSetting) else what
    return BadArgument("{place}: {why}", place=place, why=why)
