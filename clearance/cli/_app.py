"""The application: finds the command's module, runs it, and turns errors into exit codes."""

from __future__ import annotations

import errno
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice, pairwise
from typing import Any

import typer

from clearance import cli
from clearance.cli import _output
from clearance.cli._options import Group, language_of
from clearance.errors import BadArgument, ClearanceError

_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
_INTERRUPTED = 130
_BEGINNING = {
    "en": "Nothing has been read in yet.\n"
    "  clearance ingest FOLDER   reads customs' messages, as in C:\\ImpPath\\DecCus001\\InBox\n"
    "  clearance demo            shows it all on invented messages",
    "zh": "尚未读入任何报文。\n"
    "  clearance ingest 文件夹   读入海关回执，如 C:\\ImpPath\\DecCus001\\InBox\n"
    "  clearance demo            用虚构的报文演示全部功能",
}
_VALUED = ("--store", "--config", "--lang", "--format", "--output", "--as-of", "--busy-timeout")


class _Commands(Group):
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
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return _help_in_chinese(command) if self.in_chinese else command

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What may follow: commands, and numbers where one is begun."""
        if _is_number(incomplete):
            from clearance.cli import _completion

            return _completion.items(_completion.numbers(ctx, incomplete))
        return super().shell_complete(ctx, incomplete)


app = typer.Typer(
    cls=_Commands,
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
    _prepare_streams()
    if shell := os.environ.get("_CLEARANCE_COMPLETE"):
        from clearance.cli import _completion

        return _completion.answer(typer.main.get_command(app), options_last(arguments), shell)
    arguments = understood(options_last(arguments))
    try:
        given = _parted(arguments)[0] if _wants_help(arguments) else list(arguments)
        code = _command(arguments).main(given, prog_name="clearance", standalone_mode=False)
        with _output.telling():
            sys.stdout.flush()
    except ClearanceError as error:
        return _failed(error, error.kind, error.exit_code, arguments)
    except _USAGE_ERROR as error:
        return _misused(error, arguments)
    except typer.Abort:
        code = _INTERRUPTED
    except UnicodeEncodeError as error:
        written = error.object.encode(errors="backslashreplace").decode()[:80]
        wrong = BadArgument("not text in UTF-8: {written}", written=written)
        return _failed(wrong, wrong.kind, wrong.exit_code, arguments)
    except OSError as error:
        _output.abandon("stdout")
        return _failed(_explained(error), "failed", 1, arguments)
    if code == _INTERRUPTED:
        interrupted = ClearanceError("interrupted; what was committed is kept")
        return _failed(interrupted, "interrupted", code, arguments)
    return code if isinstance(code, int) else 0


def understood(arguments: list[str]) -> list[str]:
    """A command line in which a number alone is looked up, and ``help`` and the like are known."""
    first, *rest = arguments or [""]
    if first == "help" and rest and not rest[0].startswith("-"):
        return [*rest, "--help"]
    if first == "help":
        return ["--help", *rest]
    if first in ("version", "-V"):
        return ["--version"]
    if arguments and first.partition("=")[0] in _VALUED:
        return ["--help", *arguments]
    if _is_number(first):
        return ["status", *arguments]
    return arguments


def _is_number(word: str) -> bool:
    """Whether a word is a number to look up, and no mistyped command."""
    return not word.startswith("-") and any(map(str.isdigit, word))


def _how_to_begin() -> str:
    """What to do first; nothing where something was read in already."""
    from clearance.cli._options import begun
    from clearance.render.words import worded

    return "" if begun() else f"\n{worded(_BEGINNING, language_of([]))}\n"


def _command(arguments: Sequence[str]) -> Any:
    """The command line; its help is in the language of the run."""
    command: Any = typer.main.get_command(app)
    if _wants_help(arguments) and language_of(arguments) == "zh":
        _help_in_chinese(command)
    return command


def _wants_help(arguments: Sequence[str]) -> bool:
    return not {"-h", "--help"}.isdisjoint(arguments)


def _help_in_chinese(command: Any) -> Any:
    """The same command with its help in Chinese, and that of the commands that it finds."""
    from clearance.cli import _help

    command.in_chinese = True
    return _help.in_chinese(command)


def _explained(error: OSError) -> ClearanceError:
    """An error of the operating system, with the file that it is about."""
    if error.filename:
        return ClearanceError("{file}: {why}", file=error.filename, why=error)
    return ClearanceError("{why}", why=error)


def _misused(error: Any, arguments: Sequence[str]) -> int:
    """Reports a wrong use and whose --help explains it.

    Without arguments the help itself, and how to begin.
    """
    context = getattr(error, "ctx", None)
    if context and type(error).__name__ == "NoArgsIsHelpError":
        begin = "" if context.parent else _how_to_begin()
        sys.stderr.write(f"{_help(context, language_of(arguments))}\n{begin}")
        return 2
    why = error.format_message()
    if context:
        help = f"{context.command_path} --help"
        return _failed(BadArgument("{why} (see {help})", why=why, help=help), "usage", 2, arguments)
    return _failed(BadArgument("{why}", why=why), "usage", 2, arguments)


def _help(context: Any, lang: str) -> str:
    """The help of a command whose context is made already."""
    if lang == "zh":
        context.formatter_class = _help_in_chinese(context.command).context_class.formatter_class
    help: str = context.get_help()
    return help


def _prepare_streams() -> None:
    """Replaces characters that a console cannot show by readable ones, so that none crashes."""
    from clearance.render import text

    text.register()
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(_Closed(), "utf-8", write_through=True))
        stream = getattr(sys, name)
        if name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="readable")


class _Closed(io.BufferedIOBase):
    """A stream that the caller has closed: Python has none in its place."""

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
        raise OSError(errno.EBADF, "it is closed", "standard input")

    def write(self, data: Any, /) -> int:  # noqa: ARG002
        raise OSError(errno.EBADF, "it is closed")


def options_last(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options that every command has moved behind the command."""
    rest, moved, foreign = _parted(arguments)
    return [*rest, *moved, *foreign]


def _parted(arguments: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Arguments without the options that every command has, those options, and all from ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    rest, moved = list[str](), list[str]()
    pending = iter(arguments[:end])
    for argument in pending:
        if argument.partition("=")[0] in _VALUED:
            moved += [argument] if "=" in argument else [argument, *islice(pending, 1)]
        else:
            rest.append(argument)
    return rest, moved, list(arguments[end:])


def _failed(error: ClearanceError, kind: str, code: int, arguments: Sequence[str]) -> int:
    """One line on standard error; with ``--format json`` the error as an object on stdout too."""
    from clearance.render.text import json_line

    errors = (error, *getattr(error, "others", ()))
    for each in errors:
        _output.warn(f"clearance: {_worded(each, arguments)}")
    if _wants_json(arguments) and code in (1, 2, 4, 5):
        document = {"kind": kind, "message": "; ".join(map(str, errors))}
        with suppress(ClearanceError), _output.telling():
            sys.stdout.buffer.write(json_line({"schema": 1, "error": document}))
            sys.stdout.flush()
    return code


def _worded(error: ClearanceError, arguments: Sequence[str]) -> str:
    """An error in the language of the run."""
    from clearance.render import errors

    return errors.worded(error, language_of(arguments))


def _wants_json(arguments: Sequence[str]) -> bool:
    return any(
        argument == "--format=json" or (argument, following) == ("--format", "json")
        for argument, following in pairwise([*arguments, ""])
    )
