"""Help in Chinese: the texts of a tree of commands, and pages that hold wide characters."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

import typer

from clearance.render.chinese import help as chinese
from clearance.render.text import width, wrapped

_Formatter: Any = typer.Context.formatter_class
_MAX_FIRST_COLUMNS = 30
"""Columns of the options at most; a longer one has its text on the next line."""
_EXTRAS = re.compile(r"(.*?)(?:\s*\[([^\]]*(?:env var|default|required|<=)[^\]]*)\])?", re.DOTALL)


def in_chinese(command: Any) -> Any:
    """The same command with all its help, and that of the commands in it, in Chinese."""
    command.help = _text(command.help or "")
    command.short_help = command.help.partition("\n")[0]
    command.options_metavar = _place(command.options_metavar)
    if command.context_class.formatter_class is not _Page:
        command.context_class = type(
            "_Context", (command.context_class,), {"formatter_class": _Page}
        )
    for parameter in command.params:
        parameter.help = _text(getattr(parameter, "help", None) or "")
        takes_text = parameter.param_type_name == "option" and parameter.type.name == "str"
        parameter.metavar = _place(parameter.metavar or ("TEXT" if takes_text else None))
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = _place(command.subcommand_metavar)
    for inner in getattr(command, "commands", {}).values():
        in_chinese(inner)
    return command


def _text(english: str) -> str:
    """A text in Chinese, paragraph by paragraph; one that has no Chinese stays as it is."""
    paragraphs = inspect.cleandoc(english).split("\n\n")
    return "\n\n".join(chinese.CHINESE.get(" ".join(p.split()), p) for p in paragraphs)


def _place(english: str | None) -> str | None:
    return chinese.PLACES.get(english, english) if english else english


class _Page(_Formatter):  # type: ignore[misc]
    """A page of help in Chinese, wrapped and aligned by the columns that characters take."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        """Writes the line of usage."""
        self._write(f"用法：{prog} ", args)

    def write_heading(self, heading: str) -> None:
        """Writes a heading."""
        self.write(f"{' ' * self.current_indent}{_place(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Writes paragraphs."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            self._write(indent, paragraph)

    def write_dl(
        self,
        rows: Sequence[tuple[str, str]],
        col_max: int = _MAX_FIRST_COLUMNS,
        col_spacing: int = 2,
    ) -> None:
        """Writes names with their texts beside them."""
        named = [(name, _described(text)) for name, text in rows]
        first = min(max((width(name) for name, _ in named), default=0), col_max)
        beside = " " * (self.current_indent + first + col_spacing)
        for name, text in named:
            begin = f"{' ' * self.current_indent}{name}"
            if width(name) > first:
                self.write(f"{begin}\n")
                begin = ""
            self._write(begin + " " * (width(beside) - width(begin)), text)

    def _write(self, begin: str, text: str) -> None:
        """Writes a text after a beginning, its further lines indented by as much."""
        lines = list(wrapped(text, max(self.width - width(begin), 10)))
        indent = " " * width(begin)
        self.write(
            "".join(
                f"{indent if n else begin}{line}".rstrip() + "\n" for n, line in enumerate(lines)
            )
        )


def _described(text: str) -> str:
    """The text of an option, with what the command line adds to it in Chinese."""
    match = _EXTRAS.fullmatch(text)
    assert match is not None
    said, extras = _text(match[1]), match[2]
    if not extras:
        return said
    return f"{said} [{'；'.join(map(_extra, extras.split('; ')))}]"


def _extra(written: str) -> str:
    key, colon, value = written.partition(": ")
    said = chinese.EXTRAS.get(key, key)
    return f"{said}：{value}" if colon else said
