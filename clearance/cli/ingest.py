"""``clearance ingest``."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial, reduce
from itertools import starmap
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._output import failed
from clearance.cli._run import Run
from clearance.errors import BadArgument, ClearanceError, Phrase, SourceFailed
from clearance.files import from_home

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.sources import Items, Source
    from clearance.sources.remembered import Memory
    from clearance.stores import Store
    from clearance.timelines.turns import Opened, Second

app = Commands()


@app.command()
@command()
def ingest(
    run: Run,
    paths: Annotated[
        list[str] | None,
        Argument(
            metavar="[PATH]...",
            help="Files, folders, zip files, or - for stdin; else every configured source.",
        ),
    ] = None,
    archive: Annotated[
        str | None,
        Option(
            metavar="DIR",
            help="Move each file there once all messages in it are safely kept.",
        ),
    ] = None,
    reread: Annotated[
        bool, Option("--reread", help="Open every file, also those that were read before.")
    ] = False,
) -> int:
    """Read messages into the store.

    Reading a message again changes nothing, and a file in a folder that looks as it did when it was
    read is not opened. One that cannot be read is kept with the reason (see refused), the others
    are read, and the exit code is 3; so it is where one of several paths does not exist. Files that
    are no messages are passed over, and those still being written wait for the next run.
    """
    from clearance import sources
    from clearance.render import intake as pages
    from clearance.timelines import intake
    from clearance.timelines import visits as asked

    if not paths and not run.sources:
        raise BadArgument("nothing to read: give a path, or set a [sources.NAME]")
    into = from_home(archive) if archive else None
    files, missing = sources.expanded(paths or ())
    broken = {} if files else sources.troubles(run.sources)
    if broken and len(broken) == len(run.sources):
        raise reduce(_and, starmap(_unreadable, broken.items()))
    if into:
        sources.check_archive(into, files or sources.folders(run.sources).values())
    opened = partial(_opened, run, into, reread)
    with _second(run, files, opened) as second, opened() as (store, memory):
        places = into, run.store_file
        visits = {name: sources.Visit(failure=_failure(why)) for name, why in broken.items()}
        working = _without(run.sources, broken)
        of_files = files, *places, sources.folders(run.sources), memory
        items: Items
        if not files:
            items = intake.configured(store, working, *places, memory, visits)
        elif second:
            items = second.share(sources.listed(*of_files))
        else:
            items = sources.items(*of_files)
        counted = _counted(items, run.lang, second)
        result = intake.ingest(store, counted, run.now, run.calendars, memory, second)
        asked.note(store, run.sources, visits, run.now)
    run.show(pages.ingested(result, run.lang))
    for refusal in result.refusals:
        why = refusal.said or refusal.reason
        run.tell(Phrase("refused: {name}: {why}", name=refusal.name, why=why))
    for said in (*missing, *pages.left(result, into)):
        run.tell(said)
    return failed(run, visits) or (3 if missing or result.refused or result.unmoved else 0)


@contextmanager
def _opened(run: Run, archive: Path | None, reread: bool) -> Iterator[tuple[Store, Memory]]:
    """The store to write into, with what it remembers of files."""
    with run.open(write=True, make=True) as store:
        yield store, run.memory(store, moving=archive is not None, again=reread)


def _second(
    run: Run, files: Sequence[str], opened: Opened
) -> AbstractContextManager[Second | None]:
    """A second process to read files with, where there are many and the store is a file."""
    from clearance.sources import folder

    many = folder.holds_more(files, folder.MANY_FILES)
    if not many or "-" in files or run.store_file is None:
        return nullcontext()
    from clearance.timelines import turns

    return turns.second(opened, run.now, run.calendars)


def _failure(why: Phrase) -> SourceFailed:
    return SourceFailed("{why}", why=why)


def _unreadable(name: str, why: Phrase) -> ClearanceError:
    return ClearanceError("sources.{name}: {why}", name=name, why=why)


def _and(first: ClearanceError, second: ClearanceError) -> ClearanceError:
    return ClearanceError("{first}; {second}", first=first, second=second)


def _without(sources: Mapping[str, Source], broken: Mapping[str, Phrase]) -> dict[str, Source]:
    return {name: source for name, source in sources.items() if name not in broken}


def _counted(items: Items, lang: str, second: Second | None = None) -> Items:
    """The same items; after a second of waiting a terminal shows their count."""
    if not sys.stderr.isatty():
        yield from items
        return
    from clearance.render.phrases import worded

    shown = time.monotonic() + 1
    for count, item in enumerate(items, 1):
        yield item
        if time.monotonic() > shown:
            done = count + (second.files if second else 0)
            sys.stderr.write("\r" + worded(Phrase("{count} files", count=done), lang))
            sys.stderr.flush()
            shown = time.monotonic() + 0.2
    sys.stderr.write("\r\x1b[K")
