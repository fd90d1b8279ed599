"""Settings: one TOML file, and ``CLEARANCE_*`` variables over it.

A key that is not known, or a value of the wrong type, is an error that names its full path and the
file; it is never passed over.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clearance import calendar
from clearance.customs import DEFAULT, systems
from clearance.customs.calendars import Calendars
from clearance.errors import BadArgument
from clearance.secret import Secret

if TYPE_CHECKING:
    from clearance.sources import Source


class Store(msgspec.Struct, forbid_unknown_fields=True):
    """``[store]``."""

    url: str | None = None


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """``[report]``; ``zone`` by its name in the time zone database, else the customs system's."""

    zone: str | None = None


class Calendar(msgspec.Struct, forbid_unknown_fields=True):
    """``[calendar]``, or ``[calendar.SYSTEM]`` for another customs system than the default one.

    ``files`` add years, their paths seen from the settings file's folder.
    """

    hours: str = calendar.HOURS
    files: list[str] = msgspec.field(default_factory=list)


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
    calendar: dict[str, Any] = msgspec.field(default_factory=dict)
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
        if config.report.zone is not None:
            periods.zone(config.report.zone, "report.zone")
        config.calendar = _calendar_settings(config.calendar, path.parent)
        calendars(config)
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


def calendars(config: Config) -> Calendars:
    """The calendars that are set; raises BadArgument for hours or files that cannot be used."""
    official = Calendars()
    return Calendars(
        {
            name: calendar.configured(official.of(name), one.hours, [Path(f) for f in one.files])
            for name, one in config.calendar.items()
        }
    )


def _calendar_settings(written: Mapping[str, Any], folder: Path) -> dict[str, Calendar]:
    """The calendar of each system that has settings, with errors that name the whole path."""
    of_systems = {name: one for name, one in written.items() if name in systems()}
    own = {name: one for name, one in written.items() if name not in of_systems}
    found = {name: _calendar(f"calendar.{name}", one) for name, one in of_systems.items()}
    if own:
        found.setdefault(DEFAULT, _calendar("calendar", own))
    for one in found.values():
        one.files = [str(folder / file) for file in one.files]
    return found


def _calendar(where: str, settings: Any) -> Calendar:
    try:
        return msgspec.convert(settings, Calendar)
    except msgspec.ValidationError as error:
        raise BadArgument(_explained(str(error), where)) from None


def _source(name: str, settings: Any) -> Source:
    """A source of its settings, with errors that name the whole path of a key."""
    from clearance import sources

    if not isinstance(settings, dict):
        raise BadArgument(f"sources.{name}: must be a table of settings")
    try:
        return sources.source(settings)
    except msgspec.ValidationError as error:
        raise BadArgument(_explained(str(error), f"sources.{name}")) from None
    except BadArgument as error:
        raise BadArgument(f"sources.{name}.{error}") from None


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
