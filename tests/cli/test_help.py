"""Help is in the language of the reader, and fits a terminal."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from clearance.cli import _framework
from clearance.render.chinese.help import CHINESE, PLACES
from clearance.render.text import width
from tests.conftest import Run

OPTION = re.compile(r"--?[a-z][a-z-]*")


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with its path."""

    def below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        yield path, command
        context = command.context_class(command, info_name="clearance")
        for name in getattr(command, "list_commands", lambda _: [])(context):
            yield from below((*path, name), command.get_command(context, name))

    yield from below((), typer.main.get_command(_framework.app))


COMMANDS = dict(commands())


def paragraphs() -> Iterator[tuple[str, str]]:
    """Every paragraph of help, and whose it is."""
    for path, command in COMMANDS.items():
        texts = [command.help, *(getattr(p, "help", None) for p in command.params)]
        for text in filter(None, texts):
            for paragraph in inspect.cleandoc(text).split("\n\n"):
                yield " ".join(path), " ".join(paragraph.split())


def test_every_text_of_help_has_its_chinese() -> None:
    assert len(COMMANDS) > 25
    assert [(path, text) for path, text in paragraphs() if text not in CHINESE] == []


def test_no_chinese_is_left_of_help_that_is_gone() -> None:
    assert set(CHINESE) - {text for _, text in paragraphs()} == {"Show this message and exit."}


def test_every_word_that_stands_for_a_value_has_its_chinese() -> None:
    """Choices such as ``zh|en`` are written as they are."""
    written = {p.metavar for c in COMMANDS.values() for p in c.params if p.metavar}
    assert {word for word in written if re.search("[A-Z]{2}", word)} <= {*PLACES, "2026Q1..2026Q4"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_in_chinese_has_no_english_sentence_and_fits_80_columns(
    path: tuple[str, ...], call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = call("--lang", "zh", *path, "--help").text
    assert page.startswith(f"用法：{' '.join(('clearance', *path))} ")
    for line in page.splitlines()[1:]:
        assert width(line) <= 80 or "|" in line, line
        assert not re.search(r"[A-Za-z]+ [a-z]+", OPTION.sub("", line)), line


def test_help_is_in_the_language_of_the_locale(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert call("list", "--help").text.startswith("用法：")
    assert "用法：" in call().talk
    assert "用法：" in call("alerts").talk
    assert call("--lang", "en", "list", "--help").text.startswith("Usage: ")


def test_names_and_texts_stand_in_two_columns(call: Run) -> None:
    page = call("--lang", "zh", "alerts", "--help").text
    listed = [line for line in page.partition("命令：\n")[2].splitlines() if line]
    assert {width(line[: len(line) - len(line[2:].split(maxsplit=1)[1])]) for line in listed} == {
        12
    }


def test_a_command_that_shows_no_help_does_not_load_it() -> None:
    code = (
        "import sys; from clearance.cli import _app; "
        "_app.run(['store', 'info', '--store', 'memory:', '--lang', 'zh']); "
        "sys.exit('clearance.render.chinese.help' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
