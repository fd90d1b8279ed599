"""``clearance watch``."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._output import is_read
from clearance.cli._run import Run
from clearance.errors import BadArgument, ClearanceError, Phrase
from clearance.files import from_home

if TYPE_CHECKING:
    from clearance.sources import Source
    from clearance.sources.watching import Pace, Watched
    from clearance.sources.watching_client import Box
    from clearance.timelines.following import Follower, Told

app = Commands()

_CHECK_SECONDS = 300.0
"""After so long what is open is checked again, as deadlines pass without a message too."""


@app.command()
@command(("table", "jsonl"))
def watch(
    run: Run,
    folders: Annotated[
        list[Path] | None,
        Argument(metavar="[FOLDER]...", help="Folders; else every configured source."),
    ] = None,
    archive: Annotated[
        Path | None,
        Option(
            metavar="DIR",
            help="Move each file there once all messages in it are safely kept.",
        ),
    ] = None,
    check: Annotated[
        bool,
        Option("--check", help="Check after what was read, and at least every 5 minutes."),
    ] = False,
    client: Annotated[
        bool,
        Option("--client", help="Follow the boxes that the Single Window client is set to."),
    ] = False,
    settle: Annotated[
        float,
        Option(
            metavar="SECONDS", min=0, max=3600, help="How long a file stands before it is read."
        ),
    ] = 2.0,
    patience: Annotated[
        float,
        Option(
            metavar="SECONDS",
            min=0,
            max=86400,
            help="How long a file that looks half-written stands before it is refused.",
        ),
    ] = 60.0,
    poll: Annotated[
        float,
        Option(
            metavar="SECONDS",
            min=0.1,
            max=86400,
            help="How often folders are looked through besides notifications.",
        ),
    ] = 30.0,
) -> int:
    """Follow folders and configured sources, and read what comes, as it comes.

    It shows a line for each commit. What stood there before is read first, and a folder that is
    gone is waited for. It runs until it is ended: Ctrl-C, or a signal after which what is being
    read is still kept.
    """
    from clearance.sources.watching import Pace
    from clearance.timelines.following import Follower, Into

    if run.output:
        raise BadArgument("--output: it writes as it goes; send its standard output to a file")
    archive = archive and from_home(archive)
    pace = Pace(settle=settle, patience=patience, poll=poll)
    watched = _watched(run, folders or [], pace, archive, client=client)
    asked = {} if folders or client else _asked(run)
    if not watched and not asked:
        raise BadArgument("nothing to follow: give a folder, or set a [sources.NAME]")
    into = Into(
        store=lambda make: run.again().open(write=True, make=make),
        memory=lambda store: run.memory(store, moving=archive is not None),
        now=lambda: run.again().now,
        calendars=run.calendars,
    )
    follower = Follower(watched, asked, into)
    checks = _Checks(run) if check else None
    with _ended_by_signal(follower):
        for told in follower.follow(_CHECK_SECONDS if check else 3600.0):
            _show(run, told, archive)
            if checks:
                checks.note(told)
            if not is_read():
                why = BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
                raise ClearanceError("standard output cannot be written: {why}", why=why)
    return 0


def _watched(
    run: Run, folders: list[Path], pace: Pace, archive: Path | None, *, client: bool
) -> list[Watched]:
    """The folders to follow: those given, those of the client, else those that are set."""
    from clearance import sources
    from clearance.sources.watching import Watched

    configured = sources.folders(run.sources)
    feeds: dict[Path, str | None] = dict.fromkeys(map(from_home, folders))
    if client:
        feeds |= {box.path: None for box in _boxes()}
    if not folders and not client:
        feeds |= {place: name for name, place in configured.items()}
    _refuse_files(feeds)
    if archive:
        sources.check_archive(archive, feeds)
    return [
        Watched(path, pace, feed or sources.feed_of(path, configured), archive, run.store_file)
        for path, feed in feeds.items()
    ]


def _refuse_files(folders: Iterable[Path]) -> None:
    """Raises BadArgument where a folder is to be followed that is a file."""
    for folder in folders:
        if folder.is_file():
            raise BadArgument("{folder}: is a file; give a folder, or ingest it", folder=folder)


def _boxes() -> list[Box]:
    """The boxes of the client that messages come to; raises BadArgument if there are none."""
    from clearance.sources import watching_client

    if boxes := watching_client.boxes():
        return boxes
    raise BadArgument(
        "--client: {name} was not found in {folders}: give the folders",
        name=watching_client.NAME,
        folders=[str(place) for place in watching_client.places()],
    )


def _asked(run: Run) -> dict[str, Source]:
    """The configured sources that are no folders."""
    return {name: source for name, source in run.sources.items() if source.place is None}


def _show(run: Run, told: Told, archive: Path | None) -> None:
    """Shows what a commit did, if it read anything, and says what is to be said."""
    from clearance.render import intake as pages

    if told is None:
        return
    if isinstance(told, Phrase):
        run.tell(told)
        return
    if told.read:
        run.show(pages.followed(told, run.again().now, run.lang))
    for refusal in told.refusals:
        why = refusal.said or refusal.reason
        run.tell(Phrase("refused: {name}: {why}", name=refusal.name, why=why))
    for said in pages.left(told, archive):
        run.tell(said)


class _Checks:
    """Checks what is open once all is read that came, and when the last check is long ago."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._due = 0.0
        self._told_of_nothing = False
        self._unsent = ""

    def note(self, told: Told) -> None:
        """Takes note of what was done; None says that there is nothing to read for now."""
        if told is None and time.monotonic() >= self._due:
            self._check()
        elif told is not None and not isinstance(told, Phrase) and (told.new or told.refused):
            self._due = 0.0

    def _check(self) -> None:
        from clearance.cli.check import NOTHING, looked
        from clearance.errors import NoStore
        from clearance.render import alerts as pages

        self._due = time.monotonic() + _CHECK_SECONDS
        run = self._run.again()
        try:
            result, deliveries, empty = looked(run, tell=self._telling_once(run))
        except NoStore:
            result, deliveries, empty = None, [], True
        except ClearanceError as error:
            run.tell(error)
            return
        if empty and not self._told_of_nothing:
            run.tell(NOTHING)
        self._told_of_nothing = empty
        if result and any((result.new, result.resolved, result.repeated)):
            run.show(pages.checked(result, deliveries, run.as_of, run.lang))

    def _telling_once(self, run: Run) -> Callable[[Phrase], None]:
        """What says why a heartbeat could not be sent, unless the one before could not either."""
        before, self._unsent = self._unsent, ""

        def tell(said: Phrase) -> None:
            self._unsent = str(said)
            if self._unsent != before:
                run.tell(said)

        return tell


@contextmanager
def _ended_by_signal(follower: Follower) -> Iterator[None]:
    """Signals that end a service have it end once what is being read is kept."""
    names = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(name, lambda *_: follower.stop()) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
