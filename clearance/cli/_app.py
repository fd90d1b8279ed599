"""The application: finds the command's module, runs it, and answers for what goes wrong."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from clearance import cli
from clearance.errors import ClearanceError

_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
_VALUED = ("--store", "--config", "--lang", "--format", "--output", "--as-of", "--busy-timeout")


class Commands(TyperGroup):
    """Every module of this package that does not begin with an underscore is a command."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        found = (module.name for module in pkgutil.iter_modules(cli.__path__))
        return [name for name in found if not name.startswith("_")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{cli.__name__}.{cmd_name}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from clearance import __version__

        sys.stdout.write(f"clearance {__version__}\n")
        raise typer.Exit


@app.callback()
def clearance(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Where is this shipment, what is wrong, and how long did it take? Reads customs' messages."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command line; returns the exit code."""
    prepare_streams()
    arguments = common_last(arguments)
    try:
        code = typer.main.get_command(app).main(
            list(arguments), prog_name="clearance", standalone_mode=False
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except ClearanceError as error:
        return _failed(str(error), error.kind, error.exit_code, arguments)
    except _USAGE_ERROR as error:
        context = getattr(error, "ctx", None)
        if context and type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{context.get_help()}\n")
            return 2
        hint = f" (see {context.command_path} --help)" if context else ""
        return _failed(f"{error.format_message()}{hint}", "usage", 2, arguments)
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _failed("interrupted; what was committed is kept", "interrupted", 130, ())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}", "failed", 1, arguments)


def prepare_streams() -> None:
    """A console that cannot show a character gets a readable substitute, never a crash."""
    from clearance.render import text

    text.register()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="readable")


def common_last(arguments: Sequence[str]) -> list[str]:
    """Options that every command has, written before it, as if written after it."""
    rest, moved = list(arguments), list[str]()
    while rest and rest[0].partition("=")[0] in _VALUED:
        count = 1 if "=" in rest[0] else 2
        moved, rest = moved + rest[:count], rest[count:]
    place = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:place], *moved, *rest[place:]]


def _failed(message: str, kind: str, code: int, arguments: Sequence[str]) -> int:
    """One line on standard error; with ``--format json`` the error as an object on stdout too."""
    from clearance.render.text import json_line, visible

    sys.stderr.write(f"clearance: {visible(message)}\n")
    if _wants_json(arguments) and code in (1, 2, 4, 5):
        error = {"schema": 1, "error": {"kind": kind, "message": message}}
        sys.stdout.buffer.write(json_line(error))
        sys.stdout.flush()
    return code


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(a == "--format=json" or (a, b) == ("--format", "json") for a, b in pairs)
