"""Where messages come from: one module per kind of source, each giving ``Item`` after ``Item``.

A source only reads. ``Item.done`` confirms an item when it is safely kept; ``Item.cursor``, the
place that the source has reached, is kept in the same commit, so that the next run goes on from
there. A source that waits for more gives None first, so that all before it is committed at once.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from clearance.customs.limits import Budget
from clearance.errors import BadArgument, Phrase, SourceFailed, Unreadable
from clearance.files import is_missing, is_stream, resolved, tidied
from clearance.model import Value
from clearance.model.values import replace
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.sources.folder import Listed
    from clearance.sources.remembered import Memory
    from clearance.sources.rest import Rest


class Item(NamedTuple):
    """A file to read: its name and its bytes, or why they cannot be had.

    ``size`` is the true length in bytes where ``data`` is only the beginning; ``done`` is called
    when the commit that holds it is on disk, and raises OSError; ``budget`` is that of the zip file
    it lay in; ``feed`` is the configured source it came from; ``cursor`` is the place that this
    source has reached. ``place`` is the path of the file, which all members of a zip file share;
    ``last`` says whether none of them follows. ``modified`` is when it was last written to, in
    seconds since 1970. ``state`` is that of the file when it was opened; ``racy`` says that it may
    be written to once more and look the same, ``final`` that it will never be more whole than now.
    """

    name: str
    data: bytes
    size: int | None = None
    why: Unreadable | None = None
    done: Callable[[], None] | None = None
    budget: Budget | None = None
    feed: str | None = None
    cursor: str | None = None
    place: str | None = None
    modified: float | None = None
    last: bool = True
    state: os.stat_result | None = None
    racy: bool = False
    final: bool = False


Change = Callable[[str | None], str]
"""What makes a cursor of the one that is kept when it is written."""


class Reached(Value):
    """The place that a source has reached with all items before it, without an item of its own.

    A change is applied to the cursor that is kept at that moment, also by another run.
    """

    cursor: str | Change
    feed: str | None = None


class Ended(Value):
    """The end of a file whose members came in pieces; ``item`` is that of the whole file."""

    item: Item


LEADS_NOWHERE = "cannot be opened: this link leads nowhere"
"""Why a link cannot be read whose target is gone."""
Given = Item | Reached | None
"""What a source gives: an item, the place it has reached, None where it waits for more."""
Items = Iterable[Given | Ended]


class Visit:
    """What came of asking a source.

    ``requests`` counts all that were sent; ``unchanged`` says that it has nothing new to tell;
    ``failure`` is why it could not be read to its end.
    """

    def __init__(
        self, requests: int = 0, unchanged: bool = False, failure: SourceFailed | None = None
    ) -> None:
        self.requests = requests
        self.unchanged = unchanged
        self.failure = failure


class Settings(Value, kw_only=True):
    """The settings that every kind of source has.

    ``rest`` are the times of day at which it is announced to rest, as ``00:00-05:00``.
    """

    rest: str = ""

    @property
    def resting(self) -> Rest:
        """The times of day at which it rests."""
        from clearance.sources.rest import Rest

        return Rest.of(self.rest)

    def check(self) -> None:
        """Raises BadArgument, which begins with the key, for a value that cannot be."""
        _ = self.resting


class Source(Protocol):
    """A configured source of messages."""

    @property
    def place(self) -> Path | None:
        """The folder it reads, if it reads one."""

    def trouble(self) -> str:
        """Why it cannot be read; nothing if it can be."""


class Local(Source, Protocol):
    """A configured source that lies on this machine, or on a share."""

    def items(
        self, cursor: str | None, archive: Path | None = None, store: str | None = None
    ) -> Iterator[Given]:
        """Everything after a cursor; all there is, if None.

        A source that reads files moves each to ``archive`` once its messages are safely kept, and
        leaves out the files of ``store``.
        """


@runtime_checkable
class Remote(Source, Protocol):
    """A configured source that is asked over a network, and not before somebody says so."""

    @property
    def interval(self) -> float:
        """Seconds after which it is asked again."""

    def visit(self, cursor: str | None, visit: Visit) -> Iterator[Given]:
        """Everything after a cursor, and what it took to ask; raises SourceFailed."""

    def probe(self) -> SourceFailed | None:
        """Why it cannot be read, by one request of which nothing is kept; None if it can be."""


def kinds() -> list[str]:
    """Every kind of source that can be configured: the modules here that have a ``Source``."""
    return [name for name in _names() if hasattr(_module(name), "Source")]


def setting_names() -> list[str]:
    """The name of every setting that any kind of source has."""
    parts = (_module(kind).Source._fields for kind in kinds())
    return list(dict.fromkeys(["kind", *(name for some in parts for name in some)]))


def source(settings: Mapping[str, Any]) -> Source:
    """A source made of its settings: ``kind``, and those of its kind.

    Raises BadArgument for a kind or a setting that does not exist, or a value of the wrong type.
    """
    from clearance.secret import decoded
    from clearance.validation import converted

    values = dict(settings)
    if "kind" not in values:
        raise BadArgument("kind is missing: choose {choices}", choices=kinds())
    kind = values.pop("kind")
    made = getattr(_module(kind), "Source", None) if kind in _names() else None
    if made is None:
        raise BadArgument("kind is {kind!r}: choose {choices}", kind=kind, choices=kinds())
    if unknown := values.keys() - made._fields.keys():
        raise BadArgument("{key} is not a setting that is known", key=min(unknown))
    source = converted(values, made, hook=decoded)
    source.check()
    read: Source = source
    return read


def resting(source: object) -> Rest:
    """The times of day at which a configured source rests."""
    from clearance.sources.rest import Rest

    return source.resting if isinstance(source, Settings) else Rest()


def kind_of(source: object) -> str:
    """The kind of a configured source."""
    return type(source).__module__.rpartition(".")[2]


def folders(sources: Mapping[str, Source]) -> dict[str, Path]:
    """The folders that configured sources read, by the source's name."""
    places = ((name, source.place) for name, source in sources.items())
    return {name: place for name, place in places if place}


def troubles(sources: Mapping[str, Source]) -> dict[str, Phrase]:
    """Why configured sources cannot be read, by their names; without those that can be."""
    reasons = ((name, source.place, source.trouble()) for name, source in sources.items())
    return {
        name: Phrase("{place} cannot be read: {why}", place=place or name, why=why)
        for name, place, why in reasons
        if why
    }


def followed(
    name: str,
    source: Source,
    cursor: str | None,
    archive: Path | None = None,
    store: str | None = None,
    memory: Memory | None = None,
    visit: Visit | None = None,
) -> Iterator[Given]:
    """The items of a configured source after a cursor, each named after it.

    Files of a folder that are remembered are left out.
    """
    for item in _asked(source, cursor, archive, store, memory, visit or Visit()):
        if isinstance(item, Reached):
            yield replace(item, feed=name)
        else:
            yield named(item, name) if item else None


def _asked(
    source: Source,
    cursor: str | None,
    archive: Path | None,
    store: str | None,
    memory: Memory | None,
    visit: Visit,
) -> Iterable[Given]:
    from clearance.sources import folder

    if isinstance(source, Remote):
        return source.visit(cursor, visit)
    if source.place is None:
        return cast("Local", source).items(cursor, archive, store)
    return folder.items(source.place, archive, store, memory)


def _names() -> list[str]:
    """The names of the modules here."""
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(__path__)]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")


def expanded(written: Iterable[str]) -> tuple[list[str], list[BadArgument]]:
    """The paths that arguments name, with ``-`` for stdin, and why others name none.

    Patterns are expanded, because not every shell does. Where no argument names anything, the
    first BadArgument is raised.
    """
    paths: list[str] = []
    missing: list[BadArgument] = []
    for argument in written:
        try:
            paths += _named(argument)
        except BadArgument as error:
            missing.append(error)
    if missing and not paths:
        raise missing[0]
    return paths, missing


def _named(argument: str) -> Sequence[str]:
    """What one argument names; raises BadArgument for nothing."""
    if not argument.strip():
        raise BadArgument("an empty path: give a file, a folder, a zip file, or -")
    return [argument] if argument == "-" else _matches(argument)


def _matches(argument: str) -> list[str]:
    """The path of a name, or those that a pattern matches; raises BadArgument for none, and for
    what can be read only once.
    """
    path = _path(argument)
    if is_stream(path):
        raise BadArgument(
            "{argument} is a pipe or a device: give - and send it to standard input",
            argument=argument,
        )
    if not is_missing(path):
        return [path]
    import glob

    matches = sorted(glob.glob(path, recursive=True))
    if not matches:
        raise BadArgument(
            "{argument} does not exist: give a file, a folder, a zip file, or -", argument=argument
        )
    return list(map(_path, matches))


def _path(written: str) -> str:
    """A path as it is read from now on; a file that is called ``-`` is not stdin."""
    path = tidied(written)
    return os.path.join(os.curdir, path) if path == "-" else path


def items(
    paths: Iterable[str | Path],
    archive: Path | None = None,
    store: str | Path | None = None,
    feeds: Mapping[str, Path] | None = None,
    memory: Memory | None = None,
) -> Iterator[Item]:
    """The items under these paths: files, folders with all below, zip files, ``-`` for stdin.

    With ``archive`` each file is moved there once its messages are safely kept. The files of a
    store are left out, and below a folder those that are remembered. ``feeds`` are the folders of
    configured sources; a file in one is named after it.
    """
    from clearance.sources import folder

    for path in paths:
        if path == "-":
            from clearance.sources import stdin

            yield from stdin.items()
        else:
            files = folder.items(path, archive, store, memory)
            feed = feed_of(path, feeds)
            yield from (named(item, feed) for item in files) if feed else files


def listed(
    paths: Iterable[str | Path],
    archive: Path | None = None,
    store: str | Path | None = None,
    feeds: Mapping[str, Path] | None = None,
    memory: Memory | None = None,
) -> Iterator[Listed]:
    """The same, where files in folders are not opened yet, nor members of a large zip file."""
    from clearance.sources import folder

    for path in paths:
        feed = feed_of(path, feeds)
        for each in folder.listed(path, archive, store, memory):
            if not feed:
                yield each
            elif isinstance(each, Item):
                yield named(each, feed)
            elif isinstance(each, Ended):
                yield Ended(named(each.item, feed))
            else:
                yield replace(each, feed=feed)


def check_archive(archive: Path, read: Iterable[str | Path]) -> None:
    """Raises BadArgument if what lies in an archive would be read, and so be moved again; also if
    it is there and no folder.
    """
    if os.path.lexists(archive) and not archive.is_dir():
        raise BadArgument("--archive {archive}: is no folder; give a folder", archive=archive)
    inside = resolved(archive)
    for path in read:
        place = resolved(path)
        folder = place if place.is_dir() else place.parent
        if path != "-" and (folder == inside or (folder == place and inside in place.parents)):
            raise BadArgument(
                "--archive {archive}: {read} lies there and would be moved again and again; "
                "give a folder that is not read",
                archive=archive,
                read=path,
            )


def feed_of(path: str | Path, feeds: Mapping[str, Path] | None) -> str | None:
    """The feed in whose folder a path lies, if there is one."""
    if not feeds:
        return None
    place = resolved(path)
    inside = (name for name in feeds if place.is_relative_to(resolved(feeds[name])))
    return next(inside, None)


def named(item: Item, feed: str) -> Item:
    """An item that came to a configured source, named after it."""
    return item._replace(name=f"{feed}/{item.name}", feed=feed)


def readable_name(name: str) -> str:
    """A file's name as text; one that is not UTF-8 is read as GBK, which it mostly is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name
