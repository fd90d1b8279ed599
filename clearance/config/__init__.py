"""Settings: one TOML file; where each setting comes from (``origins``), and changes (``editing``).

A key that is not known, or a value of the wrong type, is an error that names its full path and the
file; it is never ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from clearance import calendar
from clearance.config import standards
from clearance.customs import DEFAULT, systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.tables import TABLES, Table, read
from clearance.errors import BadArgument
from clearance.files import from_home
from clearance.secret import Secret, decoded, may_be_sent_to
from clearance.validation import converted

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.channels import Channel

_T = TypeVar("_T")


class StoreSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[store]``."""

    url: str | None = None


class ReportSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[report]``; ``zone`` by its name in the time zone database, else the customs system's."""

    zone: str | None = None


class UserSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[user]``: who says what is said here, else the login name."""

    name: str | None = None


class CalendarSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[calendar]`` of the default customs system, or ``[calendar.SYSTEM]`` of another one.

    ``files`` add years; their paths are relative to the folder of the settings file.
    """

    hours: str = calendar.HOURS
    files: list[str] = msgspec.field(default_factory=list)


class HeartbeatSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[heartbeat]``: an address that each check requests at its end."""

    url: Secret | None = None


class EvidenceSettings(msgspec.Struct, forbid_unknown_fields=True):
    """``[evidence]``: the private key that signs it, and the address that stamps its time."""

    key: Secret | None = None
    timestamp: str | None = None


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """Every setting.

    ``lang`` is the language of all that is shown and sent, unless a channel has its own;
    ``contacts`` names whom to call, by office; ``rules`` holds the settings of each rule by name;
    ``sources``, ``channels`` and ``customers`` hold those of each by name, and ``load`` makes them;
    it reads the user's own code tables into ``codes``, by customs system and name, and ``targets``
    as seconds by interval.
    """

    store: StoreSettings = msgspec.field(default_factory=StoreSettings)
    report: ReportSettings = msgspec.field(default_factory=ReportSettings)
    calendar: dict[str, Any] = msgspec.field(default_factory=dict)
    codes: dict[str, Any] = msgspec.field(default_factory=dict)
    contacts: dict[str, str] = msgspec.field(default_factory=dict)
    lang: Literal["zh", "en"] | None = None
    sources: dict[str, Any] = msgspec.field(default_factory=dict)
    rules: dict[str, Any] = msgspec.field(default_factory=dict)
    channels: dict[str, Any] = msgspec.field(default_factory=dict)
    customers: dict[str, Any] = msgspec.field(default_factory=dict)
    heartbeat: HeartbeatSettings = msgspec.field(default_factory=HeartbeatSettings)
    evidence: EvidenceSettings = msgspec.field(default_factory=EvidenceSettings)
    targets: dict[str, Any] = msgspec.field(default_factory=dict)
    return_reasons: dict[str, list[str]] = msgspec.field(default_factory=dict)
    costs: standards.Costs = msgspec.field(default_factory=standards.Costs)
    error_rate: standards.ErrorRate = msgspec.field(default_factory=standards.ErrorRate)
    user: UserSettings = msgspec.field(default_factory=UserSettings)


def load(path: Path, lang: str = "en") -> Config:
    """The settings in a file; raises BadArgument, with the file's name, if they cannot be used.

    ``lang`` is that of channels where neither they nor the settings name one.
    """
    return parsed(text_of(path), path, lang)


def text_of(path: Path) -> str:
    """The text of a settings file; raises BadArgument if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadArgument("{path} cannot be read: {why}", path=path, why=error) from error
    except UnicodeDecodeError as error:
        raise BadArgument("{path} is not UTF-8 text", path=path) from error


def parsed(text: str, path: Path, lang: str = "en") -> Config:
    """The settings that a text says, as if it stood in a file; raises BadArgument as ``load``."""
    data = tables(text, path)
    try:
        return _made_of(data, path.parent, lang)
    except BadArgument as error:
        raise BadArgument("{path}: {why}", path=path, why=error) from error


def tables(text: str, path: Path) -> dict[str, Any]:
    """The tables of a text as they are written; raises BadArgument if it is not TOML, or a value
    holds what no path, address or name can.
    """
    try:
        written = tomllib.loads(text)
        texts = list(_texts(written, ()))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadArgument("{path} is not valid TOML: {why}", path=path, why=error) from error
    for key, value in texts:
        if "\0" in value:
            raise BadArgument("{path}: {key}: holds the character U+0000", path=path, key=key)
    return written


def _texts(written: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each text in a value, with its dotted key."""
    if isinstance(written, str):
        yield ".".join(keys), written
    elif isinstance(written, dict):
        for key, value in written.items():
            yield from _texts(value, (*keys, key))
    elif isinstance(written, list):
        for value in written:
            yield from _texts(value, keys)


def _made_of(data: Mapping[str, Any], folder: Path, lang: str) -> Config:
    from clearance import periods, sources

    config = converted(data, Config, hook=decoded)
    _check_store(config.store.url)
    _check_not_empty("user.name", config.user.name)
    config.channels = _made(
        "channels",
        config.channels,
        lambda table: _channel({"lang": config.lang or lang, **table}, config.customers),
    )
    config.sources = _made("sources", config.sources, sources.source)
    if config.rules:
        from clearance.alerting import rules

        rules.check_settings(config.rules)
    _check_address("evidence.timestamp", config.evidence.timestamp)
    if config.report.zone is not None:
        periods.zone(config.report.zone, "report.zone")
    config.customers = _customers(config, lang)
    config.calendar = _calendars(config.calendar, folder)
    config.codes = _codes(config.codes, folder)
    config.targets = standards.targets(config.targets)
    standards.check(config.costs, config.error_rate)
    return config


def _channel(table: Mapping[str, Any], customers: Collection[str]) -> Channel:
    """The channel that a table describes; what it takes is checked against what there is."""
    from clearance import channels

    made = channels.channel(table)
    if made.terms.match.wanted():
        from clearance.alerting import routing

        routing.check(made.terms.match, customers)
    return made


def _check_store(url: str | None) -> None:
    """Raises BadArgument for what is neither a path nor the URL of a store."""
    from clearance import stores

    _check_not_empty("store.url", url)
    try:
        stores.located(url or "memory:")
    except BadArgument as error:
        raise BadArgument("{place}: {why}", place="store.url", why=error) from None


def _check_not_empty(key: str, written: str | None) -> None:
    if written is not None and not written.strip():
        raise BadArgument("{key}: is empty: give a value, or leave it out", key=key)


def _check_address(key: str, written: str | None) -> None:
    """Raises BadArgument for what is no address that may be sent to."""
    if written is not None and not may_be_sent_to(written):
        raise BadArgument("{key}: not an address such as https://host/path", key=key)


def _customers(config: Config, lang: str) -> dict[str, Any]:
    """The customers; channels that are theirs take no alerts then, unless they say so."""
    if not config.customers:
        return {}
    from clearance.customers import settings

    zone = {"zone": config.report.zone} if config.report.zone else {}
    customers = _made(
        "customers",
        config.customers,
        lambda table: settings.customer({"lang": config.lang or lang, **zone, **table}),
    )
    config.channels = settings.with_channels(customers, config.channels)
    return customers


def calendars(config: Config) -> Calendars:
    """The calendars that are set."""
    return Calendars(config.calendar)


def _of_systems(section: str, written: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """The customs system and the settings of each table of a section, by the table's full name.

    ``[SECTION.SYSTEM]`` is a system's; keys of the section itself are the default system's.
    """
    tables = {f"{section}.{name}": (name, written[name]) for name in written if name in systems()}
    keys = {key: value for key, value in written.items() if key not in systems()}
    if keys and DEFAULT in written:
        raise BadArgument(
            "{section}.{system} is [{section}] itself: leave one of them out",
            section=section,
            system=DEFAULT,
        )
    return {**tables, section: (DEFAULT, keys)} if keys else tables


def _calendars(written: Mapping[str, Any], folder: Path) -> dict[str, calendar.Calendar]:
    """The calendar of each system that has settings."""
    of_systems = _of_systems("calendar", written).items()
    return {
        system: _calendar(where, system, table, folder) for where, (system, table) in of_systems
    }


def _calendar(where: str, system: str, written: Any, folder: Path) -> calendar.Calendar:
    settings = converted(written, CalendarSettings, where)
    files = [folder / from_home(file) for file in settings.files]
    return calendar.configured(OFFICIAL.of(system), settings.hours, files, where)


def _codes(written: Mapping[str, Any], folder: Path) -> dict[str, dict[str, Table]]:
    """The user's own code tables, by system and name."""
    of_systems = _of_systems("codes", written).items()
    return {system: _tables(where, system, files, folder) for where, (system, files) in of_systems}


def _tables(where: str, system: str, files: Any, folder: Path) -> dict[str, Table]:
    if not isinstance(files, dict):
        raise BadArgument("{where}: must be a table of settings", where=where)
    if unknown := files.keys() - TABLES.keys():
        raise BadArgument(
            "{where}.{name} is not a table of codes: there are {choices}",
            where=where,
            name=min(unknown),
            choices=[*TABLES],
        )
    return {name: _table(f"{where}.{name}", system, name, files[name], folder) for name in files}


def _table(key: str, system: str, name: str, written: Any, folder: Path) -> Table:
    if not isinstance(written, str):
        raise BadArgument("{key}: must be the path of a CSV file", key=key)
    file = folder / from_home(written)
    try:
        return read(file.read_bytes(), systems()[system].forms.get(name))
    except OSError as error:
        raise BadArgument(
            "{key}: {file} cannot be read: {why}", key=key, file=file, why=error
        ) from error
    except BadArgument as error:
        raise BadArgument("{key}: {file}: {why}", key=key, file=file, why=error) from error


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
    except BadArgument as error:
        raise BadArgument("{where}.{why}", where=where, why=error) from None
