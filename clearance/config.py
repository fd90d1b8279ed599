"""Settings: one TOML file, and ``CLEARANCE_*`` variables over it.

A key that is not known, or a value of the wrong type, is an error that names its full path and the
file; it is never passed over.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from clearance import calendar
from clearance.errors import BadArgument
from clearance.secret import Secret


class Store(msgspec.Struct, forbid_unknown_fields=True):
    """``[store]``."""

    url: str | None = None


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """``[report]``; ``zone`` by its name in the time zone database."""

    zone: str = "Asia/Shanghai"


class Calendar(msgspec.Struct, forbid_unknown_fields=True):
    """``[calendar]``; ``files`` add years, their paths seen from the settings file's folder."""

    hours: str = calendar.HOURS
    files: list[str] = msgspec.field(default_factory=list)


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """``[sources.NAME]``: a folder that a Single Window client puts receipts in."""

    kind: Literal["folder"]
    path: str


class Heartbeat(msgspec.Struct, forbid_unknown_fields=True):
    """``[heartbeat]``: an address that is asked for at the end of each check."""

    url: Secret | None = None


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """Everything that can be set.

    ``contacts`` says whom to call by office; ``rules`` holds the settings of each rule by name;
    ``channels`` are values that can send, by name.
    """

    store: Store = msgspec.field(default_factory=Store)
    report: Report = msgspec.field(default_factory=Report)
    calendar: Calendar = msgspec.field(default_factory=Calendar)
    contacts: dict[str, str] = msgspec.field(default_factory=dict)
    sources: dict[str, Any] = msgspec.field(default_factory=dict)
    rules: dict[str, Any] = msgspec.field(default_factory=dict)
    channels: dict[str, Any] = msgspec.field(default_factory=dict)
    heartbeat: Heartbeat = msgspec.field(default_factory=Heartbeat)


def load(path: Path) -> Config:
    """The settings in a file; raises BadArgument for one that cannot be used."""
    from clearance import channels, periods
    from clearance.alerting import rules

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        config = msgspec.convert(data, Config, dec_hook=channels.decoded)
        config.channels = {name: _channel(name, one) for name, one in config.channels.items()}
        config.sources = {name: _source(name, one) for name, one in config.sources.items()}
        rules.check_settings(config.rules)
        periods.zone(config.report.zone, "report.zone")
        config.calendar.files = [str(path.parent / file) for file in config.calendar.files]
        working_days(config)
    except OSError as error:
        raise BadArgument(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadArgument(f"{path} is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise BadArgument(f"{path} is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise BadArgument(f"{path}: {_explained(str(error))}") from error
    except BadArgument as error:
        raise BadArgument(f"{path}: {error}") from error
    return config


def working_days(config: Config) -> calendar.Calendar:
    """The calendar that is set; raises BadArgument for hours or files that cannot be used."""
    return calendar.calendar(config.calendar.hours, [Path(f) for f in config.calendar.files])


def _source(name: str, settings: Any) -> Source:
    """A source of its settings, with errors that name the whole path of a key."""
    try:
        return msgspec.convert(settings, Source)
    except msgspec.ValidationError as error:
        raise BadArgument(_explained(str(error), f"sources.{name}")) from None


def _channel(name: str, settings: Any) -> Any:
    """A channel of its settings, with errors that name the whole path of a key."""
    from clearance import channels

    if not isinstance(settings, dict):
        raise BadArgument(f"channels.{name}: must be a table of settings")
    try:
        return channels.channel(settings)
    except msgspec.ValidationError as error:
        raise BadArgument(_explained(str(error), f"channels.{name}")) from None
    except BadArgument as error:
        raise BadArgument(f"channels.{name}.{error}") from None


def _explained(written: str, above: str = "") -> str:
    """Msgspec's message with the full path of the key in front."""
    what, _, place = written.partition(" - at ")
    place = f"{above}{place.strip('`').removeprefix('$')}".removeprefix(".")
    if what.startswith("Object contains unknown field"):
        field = what.rpartition(" ")[2].strip("`")
        return f"{f'{place}.{field}' if place else field} is not a setting that is known"
    return f"{place}: {what}"
