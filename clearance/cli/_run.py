"""What every command shares: its common options, and a ``Run`` made of them."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from clearance.errors import BadArgument
from clearance.model import CHINA
from clearance.render import FORMATS, Page, format_of, write

if TYPE_CHECKING:
    from clearance.config import Config
    from clearance.stores import Store

SHANGHAI = "Asia/Shanghai"
_AGO = {"d": timedelta(days=1), "h": timedelta(hours=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: which store, what to show and how, and the moment looked from."""

    store_url: str | None
    config_file: Path | None
    lang: str
    form: str
    output: Path | None
    written_as_of: str | None
    busy_timeout: float
    now: datetime = field(default_factory=lambda: datetime.now(CHINA).replace(microsecond=0))

    @property
    def config(self) -> Config | None:
        """The settings, if there is a file of them."""
        named = self.config_file or os.environ.get("CLEARANCE_CONFIG")
        root = os.environ.get("CLEARANCE_HOME")
        if not named and root and not Path(root, "config.toml").exists():
            return None
        from clearance import config

        file = Path(named) if named else config.home("config") / "config.toml"
        return config.load(file) if named or file.exists() else None

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings of rules, by rule."""
        config = self.config
        return config.rules if config else {}

    @property
    def zone(self) -> str:
        """The name of the zone that reports are cut in."""
        config = self.config
        return config.report.zone if config else SHANGHAI

    @property
    def as_of(self) -> datetime:
        """The moment looked from: ``--as-of``, else now. A time without a zone is Beijing's."""
        return self.moment(self.written_as_of, "--as-of") if self.written_as_of else self.now

    def moment(self, written: str, option: str) -> datetime:
        """A time as written, or ``7d``, ``12h`` before the moment looked from."""
        number, unit = written.strip()[:-1], written.strip()[-1:]
        if number.isdigit() and unit in _AGO and option != "--as-of":
            return self.as_of - int(number) * _AGO[unit]
        try:
            at = datetime.fromisoformat(written.strip())
        except ValueError as error:
            raise BadArgument(
                f"{option} {written}: not a time such as 2026-03-02T08:00:00+08:00"
            ) from error
        return at if at.tzinfo else at.replace(tzinfo=CHINA)

    def open(self, *, write: bool = False) -> Store:
        """The store; one that does not exist is made only to write into it."""
        from clearance.stores import open_store

        return open_store(self._url(), create=write, busy_timeout=self.busy_timeout)

    def _url(self) -> str:
        if self.store_url:
            return self.store_url
        config = self.config
        if config and config.store.url:
            return config.store.url
        from clearance.config import home

        return str(home("data") / "clearance.db")

    def show(self, page: Page) -> None:
        """Puts a page out: into a file, on a terminal with colour, or as plain bytes."""
        if self.output:
            with open(self.output, "wb") as file:
                write(page, self.form, file, True, self.lang)
        elif self.form == "table" and sys.stdout.isatty():
            from clearance.render import console

            console.show(page.tables, self.lang)
        elif self.form == "table":
            from clearance.render.text import plain

            sys.stdout.write(plain(page.tables, self.lang))
        else:
            write(page, self.form, sys.stdout.buffer, False, self.lang)
        sys.stdout.flush()


def complain(line: str) -> None:
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


def zone(name: str) -> tzinfo:
    """A time zone by its name; raises BadArgument where the database does not know it."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadArgument(f"--zone {name}: not a time zone such as {SHANGHAI}") from error


_StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="CLEARANCE_STORE",
        metavar="URL",
        help="Where the store is: a path, memory:",
    ),
]
_ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings, a TOML file.")
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
    float, typer.Option("--busy-timeout", metavar="SECONDS", help="How long to wait for a writer.")
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
            run = Run(
                store_url=taken["store"],
                config_file=taken["config"],
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
