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

import typer

from clearance.cli._options import language, typer_app
from clearance.errors import BadArgument

if TYPE_CHECKING:
    from clearance.customs.cn_single_window.demo import File

app = typer_app()


@app.command()
def demo(
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Leave the messages there, to try other commands on."),
    ] = None,
    lang: Annotated[str | None, typer.Option(metavar="zh|en", help="Language.")] = None,
) -> int:
    """Walk through it all on generated messages.

    Some 400 invented declarations of two quarters, in a throw-away store; your own store and
    settings are not touched.
    """
    from clearance.cli import _app
    from clearance.customs.cn_single_window import demo as generated

    common = ["--lang", language(lang)]
    if keep and not _is_free(keep):
        raise BadArgument("--keep {keep}: give a folder that is new or empty", keep=keep)
    with TemporaryDirectory(prefix="clearance-demo-") as folder, _own_home(folder):
        inbox = keep or Path(folder, "InBox")
        files = generated.demo_files()
        _write(files, inbox)
        common += ["--store", str(Path(folder, "demo.db"))]
        for words in _walk(files):
            sys.stdout.write(f"$ clearance {' '.join(words)}\n")
            sys.stdout.flush()
            arguments = [str(inbox) if word == "InBox" else word for word in words]
            if code := _app.run([*arguments, *common]):
                return code
            sys.stdout.write("\n")
    return 0


def _is_free(folder: Path) -> bool:
    """Whether nothing lies in a folder, or there is none of that name."""
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


def _walk(files: list[File]) -> list[list[str]]:
    """The commands to show: of a day in the second quarter, then of the two quarters."""
    from clearance.customs.cn_single_window import demo as generated

    day = "2026-09-08T09:00:00+08:00"
    end = "2026-11-01"
    return [
        ["ingest", "InBox"],
        ["status", generated.under_inspection(files, datetime.fromisoformat(day)), "--as-of", day],
        ["list", "--stage", "inspection", "--as-of", day],
        ["check", "--as-of", day],
        ["check", "--as-of", "2026-09-08T09:15:00+08:00"],
        ["report", "--period", "2026Q2..2026Q3", "--as-of", end],
        ["report", "--period", "2026Q2..2026Q3", "--by", "direction", "--as-of", end],
    ]
