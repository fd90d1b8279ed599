"""The command line as typer has it: help, errors of usage, completion, and groups of commands.

Typer's parameters are made of what the modules of commands declare, when a module is asked for.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from clearance import cli
from clearance.cli import _output
from clearance.cli._declare import REQUIRED, Argument, Commands, Option, Parameter, parameters
from clearance.cli._options import begun, language_of
from clearance.errors import BadArgument, Interrupted

_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
_SETTINGS: dict[str, Any] = {
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "add_completion": False,
}
_BEGINNING = {
    "en": "Nothing has been read in yet.\n"
    "  clearance ingest FOLDER   reads customs' messages, as in C:\\ImpPath\\DecCus001\\InBox\n"
    "  clearance demo            shows it all on invented messages",
    "zh": "尚未读入任何报文。\n"
    "  clearance ingest 文件夹   读入海关回执，如 C:\\ImpPath\\DecCus001\\InBox\n"
    "  clearance demo            用虚构的报文演示全部功能",
}


class _Group(TyperGroup):
    """A group of commands that answers a mistyped name with those that are like it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names; raises BadArgument."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise self._unknown(ctx, name)
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: Any, name: str) -> BadArgument:
        close = get_close_matches(name.lower(), self.list_commands(ctx), 3, 0.6)
        of = ctx.command_path
        if not close:
            return BadArgument("there is no command {name}: see {of} --help", name=name, of=of)
        return BadArgument(
            "there is no command {name}; did you mean {close}? See {of} --help",
            name=name,
            of=of,
            close=" / ".join(close),
        )


class _Root(_Group):
    """Every module of this package that does not begin with an underscore is a command."""

    in_chinese = False
    """Whether help is shown in Chinese."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        names = (module.name for module in pkgutil.iter_modules(cli.__path__))
        return [name for name in names if not name.startswith("_")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{cli.__name__}.{cmd_name}")
        command = typer.main.get_command(_made(module.app))
        command.name = cmd_name
        return _help_in_chinese(command) if self.in_chinese else command

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What may follow: commands, and numbers where one is begun."""
        from clearance.cli._app import is_number

        if is_number(incomplete):
            from clearance.cli import _completion

            return _completion.items(_completion.numbers(ctx, incomplete))
        return super().shell_complete(ctx, incomplete)


app = typer.Typer(
    cls=_Root,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    **_SETTINGS,
)


def _version(wanted: bool) -> None:
    if wanted:
        from clearance import __version__

        with _output.telling():
            sys.stdout.write(f"clearance {__version__}\n")
        raise typer.Exit


@app.callback()
def clearance(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Where is this shipment, what is wrong, and how long did it take? Reads customs' messages."""


def run(given: Sequence[str], arguments: Sequence[str]) -> Any:
    """Runs a command line; the exit code, or what the command gave back.

    ``arguments`` are all that stood on it: help is in their language. Raises BadArgument for a
    wrong use.
    """
    command: Any = typer.main.get_command(app)
    if asks_help(arguments) and language_of(arguments) == "zh":
        _help_in_chinese(command)
    try:
        return command.main(list(given), prog_name="clearance", standalone_mode=False)
    except typer.Abort:
        return Interrupted.exit_code
    except SystemExit:  # typer ends so where nobody reads any more, which is no failure of help
        if asks_help(arguments):
            return 0
        raise
    except _USAGE_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return _helped(error.ctx, language_of(arguments))
        raise _misused(error) from error


def asks_help(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for help."""
    return not {"-h", "--help"}.isdisjoint(arguments)


def completed(words: Sequence[str], shell: str) -> int:
    """Writes what may follow some words; returns the exit code."""
    from clearance.cli import _completion

    return _completion.answer(typer.main.get_command(app), words, shell)


def _made(declared: Commands) -> typer.Typer:
    """Typer's commands, of those that a module declares."""
    group = {"help": declared.about, "no_args_is_help": True} if declared.about else {}
    settings: dict[str, Any] = _SETTINGS | group | declared.settings
    made = typer.Typer(cls=_Group, **settings)
    if first := declared.first or (_nothing if declared.about else None):
        made.callback()(_with_typers_parameters(first))
    for name, function in declared.declared:
        made.command(name)(_with_typers_parameters(function))
    return made


def _nothing() -> None:
    """What a group does before its command: typer takes one command without it for no group."""


def _with_typers_parameters(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls another; its options and arguments are said in typer's words."""

    @wraps(function)
    def call(**given: Any) -> Any:
        return function(**given)

    taken = [each._replace(annotation=_annotated(each.annotation)) for each in parameters(function)]
    call.__annotations__ = {each.name: each.annotation for each in taken}
    call.__signature__ = inspect.Signature(list(map(_signed, taken)))  # type: ignore[attr-defined]
    return call


def _signed(each: Parameter) -> inspect.Parameter:
    """A parameter as a signature has it, which is what typer reads."""
    default = inspect.Parameter.empty if each.default is REQUIRED else each.default
    return inspect.Parameter(
        each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=each.annotation
    )


def _annotated(hint: Any) -> Any:
    """A type with its declaration in typer's words; any other as it is."""
    said = next(iter(getattr(hint, "__metadata__", ())), None)
    if isinstance(said, Option):
        return Annotated[hint.__origin__, typer.Option(*said.names, **said.described)]
    if isinstance(said, Argument):
        return Annotated[hint.__origin__, typer.Argument(**said.described)]
    return hint


def _help_in_chinese(command: Any) -> Any:
    """The same command with its help in Chinese, and that of the commands that it finds."""
    from clearance.cli import _help

    command.in_chinese = True
    return _help.in_chinese(command)


def _misused(error: Any) -> BadArgument:
    """A wrong use in one line, which names whose --help explains it."""
    why = error.format_message()
    context = getattr(error, "ctx", None)
    if not context:
        return BadArgument("{why}", why=why)
    return BadArgument("{why} (see {help})", why=why, help=f"{context.command_path} --help")


def _helped(context: Any, lang: str) -> int:
    """Writes the help of a command that was given nothing, and how to begin; the exit code."""
    if lang == "zh":
        context.formatter_class = _help_in_chinese(context.command).context_class.formatter_class
    begin = "" if context.parent else _how_to_begin(lang)
    sys.stderr.write(f"{context.get_help()}\n{begin}")
    return 2


def _how_to_begin(lang: str) -> str:
    """What to do first; nothing where something was read in already."""
    return "" if begun() else f"\n{_BEGINNING[lang]}\n"
