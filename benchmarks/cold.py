"""Files taken out of the disk cache, so that the next to read them waits for the disk.

An operating system that knows ``posix_fadvise`` forgets what nobody has mapped, without root. What
a running process has mapped stays: the interpreter itself, and libraries that it has loaded.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

import clearance

POSSIBLE = hasattr(os, "posix_fadvise")
"""Whether files can be taken out of the cache here."""
_PYTHON = ("stdlib", "platstdlib", "purelib", "platlib")
"""Where the standard library and other packages lie."""


def forget(*stores: str) -> None:
    """Takes the standard library, every installed package, ours, and some stores out of the cache.

    What is not on disk yet is written first: only what is the same there can be forgotten.
    """
    folders = {Path(sysconfig.get_path(name)) for name in _PYTHON}
    folders.add(Path(clearance.__file__).parent)
    os.sync()
    for folder in folders:
        for file in _files(folder):
            forget_file(file)
    for store in stores:
        forget_file(store)


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder and in those below it."""
    for place, _, names in os.walk(folder):
        yield from filter(Path.is_file, (Path(place, name) for name in names))


def forget_file(path: str | Path) -> None:
    """Takes a file out of the cache."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def started(command: Sequence[str], *stores: str) -> list[str]:
    """A command before whose start all that it reads was forgotten."""
    forget(*stores)
    return list(command)
