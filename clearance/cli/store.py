"""``clearance store``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import BadArgument, Phrase, StoreDamaged

if TYPE_CHECKING:
    from clearance.stores import Store

_SAMPLED = 500
"""Files of each folder that are opened to be compared."""

app = Commands("The store of messages and timelines.")


@app.command()
@command()
def init(run: Run) -> None:
    """Make the store, or bring it up to this version.

    Every command that writes does so unasked. On PostgreSQL with Citus it also spreads the tables
    over the cluster.
    """
    from clearance.render import intake as pages
    from clearance.stores import init_store

    with init_store(run.url, busy_timeout=run.busy_timeout) as opened:
        held = {"url": opened.url, **opened.info()}
    run.show(pages.stored(held, run.lang))


@app.command()
@command()
def info(run: Run) -> None:
    """Show what the store holds, and when each source was last heard of."""
    from clearance.render import intake as pages
    from clearance.stores import chain
    from clearance.timelines import visits

    with run.open() as opened:
        held = {"url": opened.url, **opened.info()}
        links = chain.told(opened)
        known = visits.known(opened, run.sources, run.calendars, run.now)
    run.show(pages.stored(held, run.lang, known, links))


@app.command()
@command()
def verify(
    run: Run,
    sources: Annotated[
        bool,
        Option("--sources", help="Also open a sample of the files that were read, to compare."),
    ] = False,
) -> None:
    """Check every message and timeline."""
    from clearance.render import intake as pages
    from clearance.sources import folders
    from clearance.timelines import integrity

    with run.open() as opened:
        problems = list(integrity.verify(opened))
        if sources:
            places = folders(run.sources)
            files = _sample(run, opened, places.values())
            problems += integrity.verify_files(opened, files, places)
    if not problems or run.form != "json":
        run.show(pages.verified(problems, run.lang))
    if problems:
        raise StoreDamaged(
            "{url}: {count} problem: {problem}"
            if len(problems) == 1
            else "{url}: {count} problems: {problem}",
            url=opened.url,
            count=len(problems),
            problem=problems[0],
        )


def _sample(run: Run, store: Store, places: Iterable[Path]) -> list[Path]:
    """Files that were read into a store, some from each folder."""
    memory = run.memory(store)
    return [file for place in places for file in memory.sample(place, _SAMPLED)]


@app.command()
@command()
def rebuild(
    run: Run,
    salvage: Annotated[
        bool,
        Option("--salvage", help="Make a new store of all that can be read in a damaged one."),
    ] = False,
) -> int:
    """Derive every timeline again, as after an upgrade.

    It also brings a store that an earlier version wrote up to date. With --salvage the damaged
    store stays beside the new one, as FILE.damaged; what cannot be read is left out, and the exit
    code is 3.
    """
    from clearance.render import intake as pages
    from clearance.stores import open_store
    from clearance.timelines import intake, integrity

    _load_readers()
    if salvage:
        result = integrity.salvage(run.url, run.busy_timeout)
        run.show(pages.counted(result, run.lang))
        return _left_out(run, run.url, result.lost)
    with open_store(run.url, create=False, busy_timeout=run.busy_timeout, outdated=True) as opened:
        count = intake.rebuild(opened, run.calendars)
        run.note_damage(opened)
    run.show(pages.rebuilt(count, run.lang))
    return 0


def _load_readers() -> None:
    """Loads what reads records of every kind, so that none is taken that cannot be read later."""
    from clearance.alerting import outbox, records  # noqa: F401
    from clearance.customers import notices, pages, telling  # noqa: F401
    from clearance.shipments import plans  # noqa: F401


def _kept_apart(run: Run, count: int) -> int:
    """Says how many records of two stores differ and stay so; returns the exit code."""
    if not count:
        return 0
    run.tell(
        Phrase(
            "{count} records are not the same in both stores: what is there already stays",
            count=count,
        )
    )
    return 3


def _left_out(run: Run, place: object, count: int) -> int:
    """Says how much of a store could not be read; returns the exit code."""
    if not count:
        return 0
    left_out = Phrase(
        "{file}: {count} entries cannot be read and were left out", file=place, count=count
    )
    run.tell(left_out)
    return 3


@app.command()
@command()
def copy(
    run: Run,
    url: Annotated[str, Argument(metavar="URL", help="The store to copy to.")],
) -> int:
    """Copy everything into another store, and check that it arrived.

    Run it again after an interruption: it goes on where it stopped. A plan that is there gets what
    was said since; of alerts and silences the later holds. Where that cannot be told, what is there
    stays, and the exit code is 3.
    """
    from clearance.render import intake as pages
    from clearance.secret import redacted
    from clearance.stores import is_lasting, is_same, open_store
    from clearance.timelines import integrity

    if not is_lasting(url):
        raise BadArgument(
            "{url} is gone when the command ends: name a file or a server to copy to", url=url
        )
    if is_same(run.url, url):
        raise BadArgument("{url}: is the store itself: name another to copy to", url=redacted(url))
    with run.open() as source, open_store(url, busy_timeout=run.busy_timeout) as target:
        result = integrity.copy(source, target)
    run.show(pages.counted(result, run.lang))
    return _kept_apart(run, result.different)


@app.command()
@command()
def export(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE.json", help="The file to write.")],
) -> None:
    """Write everything into one plain TinyDB file, for other programs or to keep.

    It holds the messages as they came, the timelines with their events, plans, alerts and what was
    said by hand. clearance store import brings it into a store.
    """
    from clearance import files
    from clearance.cli._output import write_atomically
    from clearance.render import intake as pages
    from clearance.stores import exported
    from clearance.timelines.integrity import NOT_EXPORTED

    counts: dict[str, int] = {}
    with run.open() as opened:
        write_atomically(
            file,
            lambda out: counts.update(exported.write(opened, NOT_EXPORTED, out)),
            "FILE.json",
            files.OWNER_ONLY,
        )
    run.show(pages.exported(counts, run.lang))


@app.command(name="import")
@command()
def import_(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE.json", help="A file that export has written.")],
) -> int:
    """Bring all of an exported file into the store, and check that it arrived.

    What is there already is completed as by clearance store copy. Run it again after an
    interruption: it goes on where it stopped. What cannot be read is left out, and the exit code
    is 3.
    """
    from clearance.render import intake as pages
    from clearance.stores.exported import Exported
    from clearance.timelines import integrity

    _load_readers()
    exported = Exported(file)
    with run.open(write=True, make=True) as opened:
        result = integrity.bring(exported, opened)
    run.show(pages.counted(result, run.lang))
    return max(_left_out(run, file, result.lost), _kept_apart(run, result.different))
