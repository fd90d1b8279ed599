"""Command lines of known options and words, read without a framework.

Loading typer takes as long as looking a number up, and most command lines need nothing of it. What
is not plain (help, an unknown option, a value that is not of its type) is left to typer, which
reads the same declarations.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from types import UnionType
from typing import Any, get_args, get_origin

from clearance import cli
from clearance.cli._declare import REQUIRED, Argument, Option, Parameter, parameters
from clearance.named_tuples import NamedTuple

_MADE_OF_TEXT = ("str", "int", "float", "Path")
"""Types that make a value of what is written. They are named, since only a command that takes files
loads ``pathlib``.
"""
_UNDERSTOOD = {"metavar", "help", "envvar", "min", "max", "autocompletion"}
"""What a declaration may say and still be read here."""


class _NotPlain(Exception):
    """A command line that typer is to read."""


class _Parameter(NamedTuple):
    """One parameter of a command: its type, how it is declared, and its value if none is given."""

    name: str
    kind: Any
    said: Option | Argument
    default: Any

    @classmethod
    def of(cls, parameter: Parameter) -> _Parameter:
        """What a command says of it; raises _NotPlain for what is declared otherwise."""
        annotation = parameter.annotation
        said = next(iter(getattr(annotation, "__metadata__", ())), None)
        if not isinstance(said, Option | Argument) or not said.described.keys() <= _UNDERSTOOD:
            raise _NotPlain
        return cls(parameter.name, annotation.__origin__, said, parameter.default)

    @property
    def names(self) -> Sequence[str]:
        """How the option is written; nothing for an argument."""
        if isinstance(self.said, Argument):
            return ()
        return self.said.names or (f"--{self.name.replace('_', '-')}",)

    @property
    def is_list(self) -> bool:
        """Whether it takes any number of words."""
        return get_origin(_without_none(self.kind)) is list

    def value(self, written: str) -> Any:
        """A value; raises _NotPlain for one out of its bounds, ValueError for none of its type."""
        value = _made(_without_none(self.kind), written)
        least, most = map(self.said.described.get, ("min", "max"))
        if (least is not None and not value >= least) or (most is not None and not value <= most):
            raise _NotPlain
        return value

    def listed(self, words: Iterable[str]) -> list[Any]:
        """The values of a list."""
        (kind,) = get_args(_without_none(self.kind))
        return [_made(kind, word) for word in words]


def _made(kind: Any, written: str) -> Any:
    """A value of a type; raises _NotPlain where the type is none that is read here."""
    if getattr(kind, "__name__", None) not in _MADE_OF_TEXT:
        raise _NotPlain
    return kind(written)


def _without_none(kind: Any) -> Any:
    """The type of what is given, of one that may also be None."""
    own = [each for each in get_args(kind) if each is not type(None)]
    return own[0] if get_origin(kind) is UnionType and len(own) == 1 else kind


def command(words: Sequence[str]) -> Callable[[], Any] | None:
    """The call that a command line stands for; None where typer is to read it."""
    name = words[0] if words else ""
    if not name.isalpha() or not find_spec(f"{cli.__name__}.{name}"):
        return None
    named = importlib.import_module(f"{cli.__name__}.{name}").app.named(words[1:])
    if named is None:
        return None
    function, rest = named
    try:
        return partial(function, **_read(map(_Parameter.of, parameters(function)), rest))
    except (_NotPlain, ValueError):
        return None


def _read(declared: Iterable[_Parameter], words: Sequence[str]) -> dict[str, Any]:
    """The values of all parameters."""
    known = list(declared)
    options = {written: each for each in known for written in each.names}
    values = {each.name: each.default for each in known}
    values.update(_from_environment(known))
    rest = list[str]()
    pending = iter(words)
    for word in pending:
        if word == "-" or not word.startswith("-"):
            rest.append(word)
        else:
            written, equals, value = word.partition("=")
            option = _known(options, written)
            values[option.name] = _option(option, value if equals else None, pending)
    values.update(_arguments([each for each in known if not each.names], rest))
    if REQUIRED in values.values():
        raise _NotPlain
    return values


def _known(options: Mapping[str, _Parameter], written: str) -> _Parameter:
    if written not in options:
        raise _NotPlain
    return options[written]


def _option(option: _Parameter, value: str | None, pending: Iterator[str]) -> Any:
    """The value of an option: written behind a sign of equality, or the next word."""
    if option.kind is bool:
        if value is not None:
            raise _NotPlain
        return True
    written = next(pending, "-") if value is None else value
    if written.startswith("-"):
        raise _NotPlain
    return option.value(written)


def _from_environment(parameters: Iterable[_Parameter]) -> Iterator[tuple[str, Any]]:
    """What variables say."""
    for each in parameters:
        if value := os.environ.get(each.said.described.get("envvar", "")):
            yield each.name, each.value(value)


def _arguments(parameters: Iterable[_Parameter], words: list[str]) -> Iterator[tuple[str, Any]]:
    """What the words are that belong to no option; a list takes all that are left."""
    left = list(words)
    for each in parameters:
        if each.is_list and left:
            yield each.name, each.listed(left)
            left = []
        elif left:
            yield each.name, each.value(left.pop(0))
    if left:
        raise _NotPlain
