"""What every command shares: its common options, and a ``Run`` made of them."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, get_type_hints

import typer

from clearance.customs import DEFAULT, System, systems
from clearance.errors import BadArgument, ClearanceError
from clearance.render import FORMATS, Page, Table, format_of, write
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.alerting.rules import Context
    from clearance.channels import Channel
    from clearance.config import Config
    from clearance.customs.calendars import Calendars
    from clearance.secret import Secret
    from clearance.sources import Source
    from clearance.stores import Store

_AGO = {"d": timedelta(days=1), "h": timedelta(hours=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: which store, what to show and how, and the moment looked from."""

    store_url: str | None
    config_file: Path | None
    config: Config | None
    lang: str
    form: str
    output: Path | None
    written_as_of: str | None
    busy_timeout: float
    clock: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _homes: list[System] = field(default_factory=list)

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings of rules, by rule."""
        return self.config.rules if self.config else {}

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Where alerts are delivered to, by name."""
        return self.config.channels if self.config else {}

    @property
    def heartbeat(self) -> Secret | None:
        """What is asked for at the end of a check."""
        return self.config.heartbeat.url if self.config else None

    @property
    def home(self) -> System:
        """The customs system of the store: the first it has messages of, else the default."""
        if not self._homes:
            with self.open():
                pass
        return self._homes[0] if self._homes else systems()[DEFAULT]

    @property
    def here(self) -> tzinfo:
        """The zone of times that are written without one, and of the moment looked from.

        As set for reports, else that of the store's customs system. Before the store has any, the
        machine's, unless that is universal time, which says nothing of where it stands.
        """
        from clearance import periods

        if self.config and self.config.report.zone:
            return periods.zone(self.config.report.zone, "report.zone")
        home = self.home
        if self._homes:
            return home.zone
        machine = periods.MachineZone()
        return machine if self.clock.astimezone(machine).utcoffset() else home.zone

    def zone(self, written: str | None) -> tzinfo:
        """The zone that reports are cut in: as written, as set, else the customs system's."""
        from clearance import periods

        known = self.config.report.zone if self.config else None
        return periods.zone(written or known or self.home.zone_name, "--zone")

    @property
    def now(self) -> datetime:
        """The moment by the clock, in the zone of here."""
        return self.clock.astimezone(self.here)

    @property
    def calendars(self) -> Calendars:
        """The calendars that are set, else the official ones."""
        if self.config is None:
            from clearance.customs.calendars import OFFICIAL

            return OFFICIAL
        from clearance import config

        return config.calendars(self.config)

    @property
    def context(self) -> Context:
        """What rules know besides a store: the moment, settings, calendars, contacts, sources."""
        from clearance.alerting import rules

        return rules.Context(
            self.as_of,
            self.settings,
            self.calendars,
            home=self.home.name,
            contacts=self.config.contacts if self.config else {},
            sources={name: source.trouble() for name, source in self.sources.items()},
        )

    @property
    def sources(self) -> Mapping[str, Source]:
        """The configured sources, by name."""
        return self.config.sources if self.config else {}

    @property
    def as_of(self) -> datetime:
        """The moment looked from: ``--as-of``, else now; in the zone of here."""
        return self.moment(self.written_as_of, "--as-of") if self.written_as_of else self.now

    def moment(self, written: str, option: str) -> datetime:
        """A time as written, in the zone of here if it bears none; or ``7d``, ``12h`` before."""
        number, unit, here = written.strip()[:-1], written.strip()[-1:], self.here
        try:
            if option != "--as-of" and unit in _AGO and number.isascii() and number.isdecimal():
                return self.as_of - int(number) * _AGO[unit]
            at = datetime.fromisoformat(written.strip())
            at = (at if at.tzinfo else at.replace(tzinfo=here)).astimezone(here)
            if not 1950 <= at.year <= 2200:
                raise ValueError
        except (ValueError, OverflowError) as error:
            raise BadArgument(
                f"{option} {written}: not a time such as 2026-03-02T08:00:00+08:00"
            ) from error
        return at

    def until(self, written: str) -> datetime:
        """A time as written, or ``8h``, ``2d`` after the moment."""
        number, unit = written.strip()[:-1], written.strip()[-1:]
        if unit in _AGO and number.isascii() and number.isdecimal() and len(number) < 5:
            return self.as_of + int(number) * _AGO[unit]
        return self.moment(written, "--until")

    @contextmanager
    def open(self, *, write: bool = False, create: bool = True) -> Iterator[Store]:
        """The store: to read, all of one moment; or to write, made if it is not there."""
        from clearance.stores import open_store

        make = write and create
        with (
            open_store(self.url, create=make, busy_timeout=self.busy_timeout) as store,
            nullcontext() if write else store.reading(),
        ):
            self._remember_home(store)
            yield store

    def _remember_home(self, store: Store) -> None:
        if not self._homes:
            from clearance.timelines import query

            home = query.home(store)
            self._homes.extend([home] if home else [])

    @property
    def url(self) -> str:
        """Where the store is: as given, as set, else in the user's data folder."""
        if self.store_url:
            return self.store_url
        if self.config and self.config.store.url:
            return self.config.store.url
        return str(home("data") / "clearance.db")

    def show(self, page: Page) -> None:
        """Puts a page out: into a file, on a terminal with colour, or as plain bytes."""
        if self.output and str(self.output) != "-":
            write_atomically(
                self.output, lambda file: write(page, self.form, file, True, self.lang)
            )
            return
        if self.form == "table":
            _print(page.tables, self.lang)
            if page.empty_message and not page.tables and sys.stderr.isatty():
                warn(say(page.empty_message, self.lang))
        else:
            write(page, self.form, sys.stdout.buffer, False, self.lang)
        sys.stdout.flush()


def _print(tables: Sequence[Table], lang: str) -> None:
    plainly = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if sys.stdout.isatty() and not plainly:
        from clearance.render import console

        console.show(tables, lang)
    else:
        from clearance.render.text import plain

        sys.stdout.write(plain(tables, lang))


def write_atomically(
    output: Path, fill: Callable[[BinaryIO], None], option: str = "--output"
) -> None:
    """Writes a file whole, then puts it in the place of the old one.

    What is no file, such as a device or a pipe, is written into.
    """
    special = output.exists() and not output.is_file() and not output.is_dir()
    beside = output if special else output.with_name(f"{output.name}.part")
    try:
        with open(beside, "wb") as file:
            fill(file)
        if not special:
            beside.replace(output)
    except OSError as error:
        if not special:
            beside.unlink(missing_ok=True)
        raise ClearanceError(f"{option} {output}: cannot be written: {error.strerror}") from error


def home(kind: str) -> Path:
    """The user's folder for ``config`` or ``data``: ``CLEARANCE_HOME`` if that is set."""
    if root := os.environ.get("CLEARANCE_HOME"):
        return Path(root)
    import platformdirs

    find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
    return find("clearance", appauthor=False)


def config_file(named: Path | None) -> Path | None:
    """The file named, else the one in the user's configuration folder, if there is one."""
    file = home("config") / "config.toml"
    return named or (file if file.exists() else None)


def settings(file: Path | None) -> Config | None:
    """The settings in a file."""
    if file is None:
        return None
    from clearance import config

    return config.load(file)


def warn(line: str) -> None:
    """A line of talk on standard error."""
    from clearance.render.text import visible

    sys.stderr.write(f"{visible(line)}\n")


def language(written: str | None) -> str:
    """``zh`` or ``en``: as asked for, else by the locale."""
    if written:
        if written not in ("zh", "en"):
            raise BadArgument(f"--lang {written}: choose zh or en")
        return written
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((name for name in names if name), "")
    if not name and sys.platform == "win32":
        import locale

        name = locale.setlocale(locale.LC_CTYPE, "")
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


_StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="CLEARANCE_STORE",
        metavar="URL",
        help="Where the store is: a path, postgresql://…, memory:",
    ),
]
_ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="CLEARANCE_CONFIG", metavar="FILE", help="Settings, a TOML file."
    ),
]
_LangOption = Annotated[str | None, typer.Option("--lang", metavar="zh|en", help="Language.")]
_OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write there, in the format it ends in."),
]
_AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Look from this moment instead of now."),
]
_TimeoutOption = Annotated[
    float,
    typer.Option(
        "--busy-timeout", metavar="SECONDS", min=0, max=86400, help="How long to wait for a writer."
    ),
]


def command(
    formats: tuple[str, ...] = FORMATS, *, clock: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a function, whose first parameter is a ``Run``, the options that every command has.

    ``clock`` adds ``--as-of``, for a command whose answer depends on the time.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        form = Annotated[
            str | None, typer.Option("--format", metavar="|".join(formats), help="How to show it.")
        ]
        common: dict[str, tuple[Any, Any]] = {
            "store": (_StoreOption, None),
            "config": (_ConfigOption, None),
            "lang": (_LangOption, None),
            "format": (form, None),
            "output": (_OutputOption, None),
            "busy_timeout": (_TimeoutOption, 30.0),
        }
        if clock:
            common["as_of"] = (_AsOfOption, None)

        @wraps(function)
        def call(**given: Any) -> Any:
            taken = {name: given.pop(name) for name in common}
            file = config_file(taken["config"])
            run = Run(
                store_url=taken["store"],
                config_file=file,
                config=settings(file),
                lang=language(taken["lang"]),
                form=format_of(taken["format"], taken["output"], formats),
                output=taken["output"],
                written_as_of=taken.get("as_of"),
                busy_timeout=taken["busy_timeout"],
            )
            return function(run, **given)

        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
            for name, (kind, default) in common.items()
        ]
        keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        call.__signature__ = inspect.Signature([*keyword, *shared])  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in (*keyword, *shared)}
        del call.__wrapped__
        return call

    return decorate


def typer_app(**settings: Any) -> typer.Typer:
    """A Typer for one module of commands."""
    return typer.Typer(
        rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, **settings
    )
