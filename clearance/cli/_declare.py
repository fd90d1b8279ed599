"""How a command says what it takes: options and arguments, as typer names them.

Two readers understand these: ``_plain`` a command line that holds nothing but known options and
words, and ``_framework``, by typer, every other, with help, errors and completion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from clearance.rows import NamedTuple

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

    ``settings`` are typer's for them together. ``first`` runs before each of them.
    """

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.declared: list[tuple[str | None, Callable[..., Any]]] = []
        self.first: Callable[..., Any] | None = None

    @property
    def only(self) -> Callable[..., Any] | None:
        """The command of a module that has one and no group around it."""
        return None if self.first or len(self.declared) != 1 else self.declared[0][1]

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
