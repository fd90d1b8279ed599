"""Where messages come from: one module per kind of source, each giving ``Item`` after ``Item``.

A source only reads. What it gave is confirmed by ``Item.done`` when it is safely kept; where it
stands then, ``Item.cursor``, is kept in the same commit, so that the next run goes on from there.
A source that waits for more gives None first: what it gave so far is committed without waiting.
"""

from __future__ import annotations

import glob
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from clearance.customs.archives import Budget
from clearance.errors import BadArgument, Unreadable

_AHEAD = 128
"""Items that are read ahead, at most; and how many bytes of them."""
_AHEAD_BYTES = 1024 * 1024


class Item(NamedTuple):
    """Something to read: the name it came under and its bytes, or why they cannot be had.

    ``size`` is the true length in bytes where ``data`` is only the beginning; ``done`` is called
    when the commit that holds it is on disk; ``budget`` is that of the zip file it lay in; ``feed``
    is the configured source it came from; ``cursor`` is where that source stands once it is kept.
    """

    name: str
    data: bytes
    size: int | None = None
    why: Unreadable | None = None
    done: Callable[[], None] | None = None
    budget: Budget | None = None
    feed: str | None = None
    cursor: str | None = None


Items = Iterable[Item | None]
"""Items, and None wherever nothing more is waiting for now."""


class Source(Protocol):
    """A configured source of messages."""

    @property
    def place(self) -> Path | None:
        """The folder it reads, if it reads one."""

    def items(self, cursor: str | None) -> Iterator[Item | None]:
        """What came after a cursor; everything there is, if None."""

    def trouble(self) -> str:
        """Why it cannot be read; nothing if it can be."""


def kinds() -> list[str]:
    """Every kind of source that can be configured: the modules here that have a ``Source``."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return [name for name in found if hasattr(_module(name), "Source")]


def source(settings: Mapping[str, Any]) -> Source:
    """A source of its settings, ``kind`` and those of its kind.

    Raises BadArgument for a kind or a setting that does not exist, msgspec.ValidationError for a
    value that is not right.
    """
    import msgspec

    own = dict(settings)
    kind = own.pop("kind", None)
    if kind not in kinds():
        raise BadArgument(f"kind is {kind!r}: choose {', '.join(kinds())}")
    made = _module(kind).Source
    if unknown := own.keys() - {field.name for field in fields(made)}:
        raise BadArgument(f"{min(unknown)} is not a setting that is known")
    found: Source = msgspec.convert(own, made)
    return found


def followed(name: str, source: Source, cursor: str | None) -> Iterator[Item | None]:
    """What came to a configured source after a cursor, under its name."""
    for item in source.items(cursor):
        yield _named(item, name) if item else None


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")


def expanded(written: Iterable[str]) -> Iterator[str | Path]:
    """What some arguments name: ``-`` for stdin, and paths that are there.

    Patterns are expanded, because not every shell does. Raises BadArgument for what is not there.
    """
    for argument in written:
        if not argument.strip():
            raise BadArgument("an empty path: give a file, a folder, a zip file, or -")
        path = Path(argument).expanduser()
        if argument == "-" or path.exists():
            yield argument if argument == "-" else path
            continue
        matches = sorted(glob.glob(str(path), recursive=True))
        if not matches:
            raise BadArgument(f"{argument} does not exist: give a file, a folder, a zip file, or -")
        yield from map(Path, matches)


def items(
    paths: Iterable[str | Path],
    archive: Path | None = None,
    store: Path | None = None,
    feeds: Mapping[str, Path] | None = None,
) -> Iterator[Item]:
    """What lies under some paths: files, folders with all below, zip files, ``-`` for stdin.

    With ``archive`` each file is moved there once it is safely kept. A store that lies in one of
    the folders is no message. What lies in the folder of a configured feed bears its name.
    """
    from clearance.sources import folder, stdin

    for path in paths:
        if path == "-":
            yield from stdin.items()
        else:
            found = _ahead(folder.items(Path(path), archive, store))
            feed = _feed(Path(path), feeds or {})
            yield from (_named(item, feed) for item in found) if feed else found


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, of which some are always read before the first is given.

    To read each file between all the other work takes the processor a third longer.
    """
    lot, size = [], 0
    for item in items:
        lot.append(item)
        size += len(item.data)
        if len(lot) >= _AHEAD or size >= _AHEAD_BYTES:
            yield from lot
            lot, size = [], 0
    yield from lot


def _feed(path: Path, feeds: Mapping[str, Path]) -> str | None:
    """The feed in whose folder a path lies."""
    place = path.resolve()
    return next(
        (name for name, folder in feeds.items() if place.is_relative_to(folder.resolve())), None
    )


def _named(item: Item, feed: str) -> Item:
    return item._replace(name=f"{feed}/{item.name}", feed=feed)


def readable_name(name: str) -> str:
    """A file's name as text; one whose bytes are not UTF-8 was mostly written in GBK."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name
