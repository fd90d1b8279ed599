"""The pages, and how what they show is made anew.

A page's blocks of code are taken in their order, in a folder of the page's own:

* a block under a line with nothing but a file's name and a colon is that file;
* in a ``console`` block each line ``$ clearance …`` is run, and what it prints stands below it,
  also on standard error; a line ``…`` stands for any lines left out. A command that fails is
  followed by ``$ echo $?``. A command may be piped into ``python -m json.tool``;
* a ``python`` block is run, and what it prints is the ``text`` block that comes next.

The folder is a clerk's home, and is so called on the page. Blocks that are indented, and those of
any other sort, are not run.
"""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from clearance.customs.cn_single_window.demo import File, demo_files, shipments
from tests.conftest import ROOT, Run, laid

READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
GUIDES = tuple(sorted((ROOT / "docs").rglob("*.md")))
PROJECT = tuple(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"))
PAGES = (*READMES, *GUIDES, *PROJECT)

_BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<language>[\w-]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_LEFT_OUT = "…"
_JSON_TOOL = "python -m json.tool"


class Block(NamedTuple):
    """A block of code between fences, and the file that it is, if it is one."""

    language: str
    text: str
    file: str | None


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page in their order."""
    for match in _BLOCK.finditer(page):
        yield Block(match["language"], match["text"], match["file"])


def commands(block: Block) -> list[str]:
    """What is run in a block, without the prompt."""
    lines = block.text.splitlines() if block.language == "console" else []
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@cache
def _demo() -> list[File]:
    return demo_files()


def with_inbox(folder: Path) -> Path:
    """The folder, with the demo's messages in its InBox, and the sheet of shipments beside it."""
    laid(_demo(), folder / "InBox")
    (folder / "InBox-shipments.csv").write_text(shipments(_demo()), encoding="utf-8")
    return folder


@dataclass
class Maker:
    """Runs what a page shows, and puts what comes of it in the place of what stands there."""

    PLACE: ClassVar[str] = "/home/clerk"

    folder: Path
    run: Run
    lang: str = "C.UTF-8"
    _code: int = 0
    _printed: str = ""
    _names: dict[str, Any] = field(default_factory=dict)

    def page(self, text: str) -> str:
        """The page as it should be."""
        made = _BLOCK.sub(self._block, text)
        assert self._code == 0, "the last command fails and no echo $? follows it"
        return made

    def _block(self, match: re.Match[str]) -> str:
        language, text = match["language"], match["text"]
        if match["file"]:
            place = self.folder / match["file"]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode())
            return match[0]
        if language == "console":
            text = "".join(self._console(text))
        elif language == "python":
            self._printed = self._python(text)
        elif language == "text" and self._printed:
            text, self._printed = self._printed, ""
        return f"```{language}\n{text}```"

    def _console(self, text: str) -> Iterator[str]:
        for part in re.split(r"^(?=\$ )", text, flags=re.MULTILINE):
            if part:
                command, _, shown = part.partition("\n")
                lines = self._printed_by(command.removeprefix("$ "))
                yield f"{command}\n"
                yield from (f"{line}\n" for line in _elided(lines, shown.rstrip().splitlines()))
                yield _blank_lines_below(shown)

    def _printed_by(self, command: str) -> list[str]:
        if command == "echo $?":
            shown, self._code = str(self._code), 0
            return [shown]
        assert self._code == 0, f"the command before {command!r} fails and no echo $? follows it"
        line, _, piped = command.partition(" | ")
        program, *arguments = shlex.split(line)
        assert program == "clearance", command
        ran = self.run(*arguments, env={"LANG": self.lang, "COLUMNS": "80"})
        self._code = ran.code
        if piped:
            assert piped.startswith(_JSON_TOOL), command
            assert ran.code == 0, "the exit code of a pipe is that of its end"
            return json.dumps(ran.json, indent=4, ensure_ascii=False).splitlines()
        printed = f"{ran.text.rstrip()}\n{ran.talk}".replace(str(self.folder), self.PLACE)
        return printed.strip("\n").splitlines()

    def _python(self, text: str) -> str:
        out = io.StringIO()
        with redirect_stdout(out):
            exec(compile(text, "<page>", "exec"), self._names)
        return out.getvalue()


def _elided(lines: list[str], shown: list[str]) -> list[str]:
    """Lines of which as many are left out as a page leaves out."""
    if _LEFT_OUT not in shown:
        return lines
    before = shown.index(_LEFT_OUT)
    after = len(shown) - before - 1
    return [*lines[:before], _LEFT_OUT, *lines[len(lines) - after :]]


def _blank_lines_below(shown: str) -> str:
    """What parts a command from the next."""
    printed = shown.rstrip("\n")
    return shown[len(printed) + 1 :] if printed else shown
