"""``clearance demo``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import language
from clearance.cli._output import is_read, telling
from clearance.cli._run import CONFIG_NAME
from clearance.errors import BadArgument
from clearance.files import from_home, typed
from clearance.model import Words
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.customs.cn_single_window.demo import File

app = Commands()

_SHEET = "shipments.csv"
"""The sheet of shipments, as it is called in the walk."""
_SETTINGS = """
[customers.northbay]
name = "Northbay Trading"
reference = "DEMO*"
hold = []
"""
"""Settings of the walk: a customer whose goods they all are, and who has no channel."""


@app.command()
def demo(
    keep: Annotated[
        Path | None,
        Option(metavar="DIR", help="Leave the messages there, to try other commands on."),
    ] = None,
    lang: Annotated[str | None, Option(metavar="zh|en", help="Language.")] = None,
) -> int:
    """Walk through it all on generated messages.

    Some 400 invented declarations of two quarters, in a throw-away store; your own store and
    settings are not touched.
    """
    from clearance.cli import _app
    from clearance.customs.cn_single_window import demo as generated
    from clearance.render.words import worded

    spoken = language(lang)
    common = ["--lang", spoken]
    keep = keep and from_home(keep)
    if keep and not _is_free(keep):
        raise BadArgument("--keep {keep}: give a folder that is new or empty", keep=keep)
    with TemporaryDirectory(prefix="clearance-demo-") as folder, _own_home(folder):
        inbox = keep or Path(folder, "InBox")
        files = generated.demo_files()
        sheet = _beside(inbox)
        _write(files, inbox)
        sheet.write_text(generated.shipments(files), encoding="utf-8")
        Path(folder, CONFIG_NAME).write_text(_SETTINGS, encoding="utf-8")
        places = {"InBox": str(inbox), _SHEET: str(sheet)}
        common += ["--store", str(Path(folder, "demo.db"))]
        for said, line in _walk(files):
            _say(f"# {say(said, spoken)}\n$ clearance {line}\n")
            if not is_read():
                return 0
            arguments = [places.get(word, word) for word in line.split()]
            if code := _app.run([*arguments, *common]):
                return code
            _say("\n")
    places = {"folder": typed(keep), "sheet": typed(_beside(keep))} if keep else {}
    _say(worded(_KEPT if keep else _NEXT, spoken, **places))
    return 0


def _say(text: str) -> None:
    with telling():
        sys.stdout.write(text)
        sys.stdout.flush()


def _beside(inbox: Path) -> Path:
    """Where the sheet of shipments lies: beside the folder of messages."""
    return inbox.with_name(f"{inbox.name}-{_SHEET}")


def _is_free(folder: Path) -> bool:
    """Whether nothing lies in a folder or beside it, or there is none of that name."""
    if _beside(folder).exists():
        return False
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _write(files: Iterable[File], inbox: Path) -> None:
    inbox.mkdir(parents=True, exist_ok=True)
    for file in files:
        (inbox / file.name).write_bytes(file.data)


@contextmanager
def _own_home(folder: str) -> Iterator[None]:
    """A home of its own, without the user's settings, whatever the environment says."""
    before = dict(os.environ)
    os.environ.pop("CLEARANCE_CONFIG", None)
    os.environ["CLEARANCE_HOME"] = folder
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _walk(files: list[File]) -> list[tuple[str, str]]:
    """A sentence about each command to show, and the command.

    They are of a day in the second quarter, then of the two quarters.
    """
    from clearance.customs.cn_single_window import demo as generated

    day, end = "2026-09-08", "2026-11-01"
    at = f"{day}T09:00:00+08:00"
    number = generated.under_inspection(files, datetime.fromisoformat(at))
    report = "report --period 2026Q2..2026Q3"
    return [
        ("Read the messages in a folder.", "ingest InBox"),
        (
            "Where is this shipment? Any number on its papers will do.",
            f"status {number} --as-of {at}",
        ),
        ("What is under inspection?", f"list --stage inspection --as-of {at}"),
        ("What is wrong, and what to do about it?", f"check --as-of {at}"),
        (
            "Nothing has changed since: a check says nothing.",
            f"check --as-of {day}T09:15:00+08:00",
        ),
        (
            "At noon: what is over, or new, since then.",
            f"check --as-of {day}T12:00:00+08:00",
        ),
        (
            "What is the customer told of it? Only what is its own; this one has pages alone.",
            f"notices list --as-of {day}T12:00:00+08:00",
        ),
        ("How long did it take, and did that change?", f"{report} --as-of {end}"),
        ("The same for imports and exports.", f"{report} --by direction --as-of {end}"),
        (
            "For whom, and when did it arrive? A sheet says what customs does not send.",
            f"plan import {_SHEET} --as-of {end}",
        ),
        (
            "How long did goods wait for their declaration, for each customer?",
            f"{report} --by customer --interval arrive-declare --as-of {end}",
        ),
    ]


_NEXT: Words = {
    "en": "Next, with your own messages:   clearance ingest FOLDER\n"
    "or with these, to play with:    clearance demo --keep FOLDER\n",
    "zh": "接下来可读入自己的报文：        clearance ingest 文件夹\n"
    "或留下演示报文，继续试用：      clearance demo --keep 文件夹\n",
}
_KEPT: Words = {
    "en": "The messages are in {folder}. Next, in a store of their own:\n"
    "    clearance ingest {folder} --store demo.db\n"
    "    clearance list --store demo.db --as-of 2026-09-08T09:00\n"
    "    clearance plan import {sheet} --store demo.db --as-of 2026-11-01\n"
    "    clearance report --store demo.db --as-of 2026-11-01 --output report.html\n",
    "zh": "演示报文在 {folder}。接下来可用单独的数据库试用：\n"
    "    clearance ingest {folder} --store demo.db\n"
    "    clearance list --store demo.db --as-of 2026-09-08T09:00\n"
    "    clearance plan import {sheet} --store demo.db --as-of 2026-11-01\n"
    "    clearance report --store demo.db --as-of 2026-11-01 --output report.html\n",
}
"""What to do after the walk, where the messages were kept."""
