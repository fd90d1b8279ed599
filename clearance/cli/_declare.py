"""How a command says what it takes: options and arguments, as typer names them.

Two readers understand these: ``_plain`` a command line that holds nothing but known options and
words, and ``_framework``, by typer, every other, with help, errors and completion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_type_hints

from clearance.named_tuples import NamedTuple

_F = TypeVar("_F", bound=Callable[..., Any])


class Option:
    """An option: its names (none: ``--`` and the parameter's), and typer's keywords for it."""

    def __init__(self, *names: str, **described: Any) -> None:
        self.names = names
        self.described = described


class Argument:
    """An argument, with typer's keywords for it."""

    def __init__(self, **described: Any) -> None:
        self.described = described


REQUIRED: Any = object()
"""Stands for the value of a parameter that has to be given."""


class Parameter(NamedTuple):
    """What a command takes: its name, its type with the declaration, its value if none is given."""

    name: str
    annotation: Any
    default: Any = REQUIRED


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """What a function takes: its arguments, or what its attribute ``takes`` says."""
    if said := getattr(function, "takes", None):
        return list(said)
    code: Any = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    last = reversed(names[: code.co_argcount])
    defaults: dict[str, Any] = dict(zip(last, reversed(function.__defaults__ or ()), strict=False))
    defaults |= function.__kwdefaults__ or {}
    hints = get_type_hints(function, include_extras=True)
    return [Parameter(name, hints[name], defaults.get(name, REQUIRED)) for name in names]


class Commands:
    """The commands of one module, in the order in which they are declared.

    With ``about`` they are a group, which that describes; ``first`` runs before each of them.
    ``settings`` are typer's for them together.
    """

    def __init__(self, about: str = "", **settings: Any) -> None:
        self.about = about
        self.settings = settings
        self.declared: list[tuple[str | None, Callable[..., Any]]] = []
        self.first: Callable[..., Any] | None = None

    def named(self, words: Sequence[str]) -> tuple[Callable[..., Any], Sequence[str]] | None:
        """The command that some words name, and the words behind its name.

        The only one of a module needs no name. None if there is no such command, or something runs
        before it.
        """
        if self.first:
            return None
        if not self.about:
            ((_, function),) = self.declared
            return function, words
        name, *rest = words or [""]
        own = (function for said, function in self.declared if name == (said or _called(function)))
        return next(((function, rest) for function in own), None)

    def command(self, name: str | None = None) -> Callable[[_F], _F]:
        """Declares a command; it is called as its function is, unless a name is given."""

        def declare(function: _F) -> _F:
            self.declared.append((name, function))
            return function

        return declare

    def callback(self) -> Callable[[_F], _F]:
        """Declares what runs before each of the commands, which are a group then."""

        def declare(function: _F) -> _F:
            self.first = function
            return function

        return declare


def _called(function: Callable[..., Any]) -> str:
    """How a command is called if it is not told."""
    return function.__name__.replace("_", "-")
