"""The options that every command has, and the ``Run`` that is made of them."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from clearance.cli._output import refuse_folder
from clearance.cli._run import Run, user_folder
from clearance.errors import BadArgument
from clearance.render import FORMATS, format_of

if TYPE_CHECKING:
    from clearance.config import Config

_Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="CLEARANCE_STORE",
        metavar="URL",
        help="Where the store is: a path, postgresql://…, memory:",
    ),
]
_Config = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="CLEARANCE_CONFIG", metavar="FILE", help="Settings, a TOML file."
    ),
]
_Lang = Annotated[str | None, typer.Option("--lang", metavar="zh|en", help="Language.")]
_Output = Annotated[
    str | None,
    typer.Option("--output", metavar="FILE", help="Write there, in the format it ends in."),
]
_AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Look from this moment instead of now."),
]
_Timeout = Annotated[
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
    common = _common(formats, clock)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(**given: Any) -> Any:
            options = {name: given.pop(name) for name in common}
            return function(_run(options, formats), **given)

        parameters = [*_own_parameters(function), *common.values()]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        del call.__wrapped__
        return call

    return decorate


def typer_app(**settings: Any) -> typer.Typer:
    """A Typer for one module of commands."""
    return typer.Typer(
        rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, **settings
    )


def language(written: str | None) -> str:
    """``zh`` or ``en``: as asked for, else by the locale."""
    if not written:
        return "zh" if _locale().lower().startswith(("zh", "chinese")) else "en"
    if written not in ("zh", "en"):
        raise BadArgument("--lang {written}: choose zh or en", written=written)
    return written


def _locale() -> str:
    """The locale that the environment names, else the one that Windows is set to."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if name := os.environ.get(variable):
            return name
    if sys.platform == "win32":
        import locale

        return locale.setlocale(locale.LC_CTYPE, "")
    return ""


def _common(formats: tuple[str, ...], clock: bool) -> dict[str, inspect.Parameter]:
    """The common options by name, as parameters."""
    form = Annotated[
        str | None, typer.Option("--format", metavar="|".join(formats), help="How to show it.")
    ]
    options: dict[str, tuple[Any, Any]] = {
        "store": (_Store, None),
        "config": (_Config, None),
        "lang": (_Lang, None),
        "format": (form, None),
        "output": (_Output, None),
        "busy_timeout": (_Timeout, 30.0),
    }
    if clock:
        options["as_of"] = (_AsOf, None)
    return {
        name: inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, (annotation, default) in options.items()
    }


def _own_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """A command's own parameters, without the ``Run``, their annotations evaluated."""
    hints = get_type_hints(function, include_extras=True)
    _, *parameters = inspect.signature(function).parameters.values()
    return [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in parameters
    ]


def _run(options: Mapping[str, Any], formats: tuple[str, ...]) -> Run:
    """The run that the common options describe."""
    file = _config_file(options["config"])
    output = _output_file(options["output"])
    return Run(
        store_url=options["store"],
        config_file=file,
        config=_settings(file),
        lang=language(options["lang"]),
        form=format_of(options["format"], output, formats),
        output=output,
        written_as_of=options.get("as_of"),
        busy_timeout=options["busy_timeout"],
    )


def _output_file(written: str | None) -> Path | None:
    """The file that ``--output`` names; raises BadArgument where it can be none."""
    if written is None:
        return None
    if not written:
        raise BadArgument("--output: no file is named; give one, or leave the option out")
    refuse_folder(Path(written), "--output")
    return Path(written)


def _config_file(named: Path | None) -> Path | None:
    """The file named, else the one in the user's configuration folder, if it exists."""
    file = user_folder("config") / "config.toml"
    return named or (file if file.exists() else None)


def _settings(file: Path | None) -> Config | None:
    if file is None:
        return None
    from clearance import config

    return config.load(file)
