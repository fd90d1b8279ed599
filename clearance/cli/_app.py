"""The application: finds the command's module, runs it, and turns errors into exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice, pairwise, takewhile
from typing import Any

from clearance.cli import _output, _plain
from clearance.cli._options import language_of
from clearance.errors import BadArgument, ClearanceError, Interrupted

_VALUED = ("--store", "--config", "--lang", "--format", "--output", "--as-of", "--busy-timeout")


def run(arguments: Sequence[str]) -> int:
    """Runs a command line; returns the exit code."""
    _prepare_streams()
    if shell := os.environ.get("_CLEARANCE_COMPLETE"):
        from clearance.cli import _framework

        return _framework.completed(options_last(arguments), shell)
    arguments = understood(options_last(arguments))
    try:
        code = _called(arguments)
        with _output.telling():
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = Interrupted.exit_code
    except ClearanceError as error:
        return _failed(error, arguments)
    except UnicodeEncodeError as error:
        written = error.object.encode(errors="backslashreplace").decode()[:80]
        return _failed(BadArgument("not text in UTF-8: {written}", written=written), arguments)
    except OSError as error:
        _output.abandon("stdout")
        return _failed(_explained(error), arguments)
    if code == Interrupted.exit_code:
        return _failed(Interrupted("interrupted; what was committed is kept"), arguments)
    return code if isinstance(code, int) else 0


def _called(arguments: Sequence[str]) -> Any:
    """What the command that a command line names gives back."""
    _refuse_empty(arguments)
    if call := _plain.command(arguments):
        return call()
    from clearance.cli import _framework

    helped = _framework.asks_help(arguments)
    return _framework.run(_parted(arguments)[0] if helped else arguments, arguments)


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Raises BadArgument for an option with an empty value, as of an unset variable."""
    for argument, following in pairwise([*takewhile("--".__ne__, arguments), "--"]):
        option, equals, value = argument.partition("=")
        if option.startswith("--") and _is_nothing(value if equals else following):
            raise BadArgument(
                "{option}: what follows it is empty; give a value, or leave the option out",
                option=option,
            )


def _is_nothing(value: str) -> bool:
    """Whether a value is empty, or no more than blanks and the commas between values."""
    return all(character.isspace() or character in ",，、;；" for character in value)


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
    if is_number(first):
        return ["status", *arguments]
    return arguments


def is_number(word: str) -> bool:
    """Whether a word is a number to look up, and no mistyped command."""
    return not word.startswith("-") and any(map(str.isdigit, word))


def _explained(error: OSError) -> ClearanceError:
    """An error of the operating system, with the file that it is about."""
    if error.filename:
        return ClearanceError("{file}: {why}", file=error.filename, why=error)
    return ClearanceError("{why}", why=error)


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


def _failed(error: ClearanceError, arguments: Sequence[str]) -> int:
    """One line on standard error; with ``--format json`` the error as an object on stdout too."""
    from clearance.render.text import json_line

    errors = (error, *getattr(error, "others", ()))
    for each in errors:
        _output.warn(f"clearance: {_worded(each, arguments)}")
    if _wants_json(arguments) and error.exit_code in (1, 2, 4, 5):
        document = {"kind": error.kind, "message": "; ".join(map(str, errors))}
        with suppress(ClearanceError), _output.telling():
            sys.stdout.buffer.write(json_line({"schema": 1, "error": document}))
            sys.stdout.flush()
    return error.exit_code


def _worded(error: ClearanceError, arguments: Sequence[str]) -> str:
    """An error in the language of the run."""
    from clearance.render import phrases

    return phrases.worded(error, language_of(arguments))


def _wants_json(arguments: Sequence[str]) -> bool:
    return any(
        argument == "--format=json" or (argument, following) == ("--format", "json")
        for argument, following in pairwise([*arguments, ""])
    )
