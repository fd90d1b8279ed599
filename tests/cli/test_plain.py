"""A command line means the same whether it is read with typer or without it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from clearance.cli import _framework, _plain

NOT_PLAIN = {"refused"}
"""A command that is a group too."""


def plain() -> Iterator[str]:
    """Every other command, with the name of its group before it."""
    root: Any = typer.main.get_command(_framework.app)
    for name in sorted({*root.list_commands(None)} - NOT_PLAIN):
        inner = getattr(root.get_command(None, name), "commands", None)
        yield from [f"{name} {each}" for each in inner] if inner else [name]


PLAIN = tuple(plain())
WORDS = [
    "A-1", "2026", "-", "", "中文 a", "7d", "=", "a=b", "-x", "--", "0.5", "99999999", "x", "1e3",
]  # fmt: skip


def options(name: str) -> list[str]:
    """Every option of a command, as it is written."""
    command: Any = typer.main.get_command(_framework.app)
    for word in name.split():
        command = command.get_command(None, word)
    return [
        written
        for parameter in command.params
        for written in parameter.opts
        if written.startswith("--")
    ]


def understood_by_typer(name: str, words: list[str]) -> dict[str, Any] | None:
    """The values that typer gives to the function of a command; None where it refuses."""
    found: dict[str, Any] = {}

    def note(**given: Any) -> None:
        found.update(given)

    module = importlib.import_module(f"clearance.cli.{name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_framework, "_with_typers_parameters", partial(_noting, note))
        command: Any = typer.main.get_command(_framework._made(module.app))
        try:
            command.main(words, prog_name=name, standalone_mode=False)
        except Exception:
            return None
    return found


_with_typers_parameters = _framework._with_typers_parameters


def _noting(note: Callable[..., None], function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes what another takes, and notes it."""
    made = _with_typers_parameters(function)

    def call(**given: Any) -> None:
        note(**given)

    call.__name__ = made.__name__
    call.__annotations__ = made.__annotations__
    call.__signature__ = made.__signature__  # type: ignore[attr-defined]
    return call


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    name = draw(st.sampled_from(PLAIN))
    option = st.sampled_from(options(name))
    word = st.sampled_from(WORDS)
    part = st.one_of(
        word.map(lambda w: [w]),
        option.map(lambda o: [o]),
        st.tuples(option, word).map(list),
        st.tuples(option, word).map("=".join).map(lambda w: [w]),
    )
    return [*name.split(), *(w for words in draw(st.lists(part, max_size=6)) for w in words)]


@given(line=lines())
@example(line=["list", "--limit", "0"])
@example(line=["list", "--limit=3", "--all", "--stage", "released"])
@example(line=["status", "A", "--busy-timeout", "0.5", "-", "--as-of=7d"])
@example(line=["status"])
@example(line=["check", "extra"])
@example(line=["alerts", "ack", "0123", "--note=seen"])
@example(line=["plan", "set", "A", "--cutoff", "2026-11-20"])
def test_what_is_read_without_typer_typer_reads_alike(line: list[str]) -> None:
    call = _plain.command(line)
    if call is not None:
        assert isinstance(call, partial)
        assert call.keywords == understood_by_typer(line[0], line[1:])


@pytest.mark.parametrize(
    "line",
    [["list", "--help"], ["list", "--limit", "0"], ["list", "--no-such"],
     ["alerts"], ["alerts", "--help"], ["alerts", "no-such"], ["alerts", "--all", "list"],
     ["refused"], ["status"], ["no-such"], [], ["check", "--dry-run=yes"],
     ["list", "--since", "--all"], ["_run"], ["list", "--", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_what_is_not_plain_is_left_to_typer(line: list[str]) -> None:
    assert _plain.command(line) is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_command_and_one_of_a_group_are_found_without_typer(name: str) -> None:
    word, *others = name.split()
    module = importlib.import_module(f"clearance.cli.{word}")
    function, rest = module.app.named([*others, "A"])
    assert function.__module__ == module.__name__
    assert rest == ["A"]


def test_variables_stand_for_options_that_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_STORE", "memory:")
    monkeypatch.setenv("CLEARANCE_CONFIG", "some.toml")
    monkeypatch.setenv("CLEARANCE_LANG", "")
    read, over = _plain.command(["list"]), _plain.command(["list", "--store", "other"])
    assert isinstance(read, partial)
    assert isinstance(over, partial)
    assert (read.keywords["store"], read.keywords["config"], read.keywords["lang"]) == (
        "memory:", "some.toml", None,
    )  # fmt: skip
    assert over.keywords["store"] == "other"
    assert read.keywords == understood_by_typer("list", [])
