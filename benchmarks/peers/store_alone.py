"""Our store without its front end: find one, list what is open, read a few messages in.

It begins and ends as every command does, by ``clearance.cli``, which before all else sets when
garbage is collected, and takes nothing apart in the end.
"""

from __future__ import annotations

from clearance.cli import script

# isort: split
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clearance.customs.references import kinds
from clearance.model import Reference
from clearance.stores import OPEN, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clearance.sources import Items


def ingest(store: Store, found: Items) -> None:
    """Reads messages in; loaded here, as the command that only looks does not load it."""
    from clearance.timelines import intake

    intake.ingest(store, found, datetime.now(UTC))


def folder_of(written: str) -> Path:
    """A folder by its name."""
    from pathlib import Path

    return Path(written)


def of_folder(folder: Path) -> Items:
    """What is in a folder; loaded here for the same reason."""
    from clearance.sources import items

    return items([folder])


def aging(store: Store, folder: Path) -> float:
    """How many times the first quarter of a folder's files the last quarter takes to read in.

    A quarter is a whole number of commits, the first of which begins where the one before ended.
    """
    from clearance.timelines.intake import BATCH

    quarter = sum(1 for _ in folder.iterdir()) // 4 // BATCH * BATCH
    times = list[float]()

    def timed() -> Iterator[Any]:
        for place, item in enumerate(of_folder(folder)):
            if place % quarter == 0:
                times.append(time.perf_counter())
            yield item

    ingest(store, timed())
    times.append(time.perf_counter())
    return (times[4] - times[3]) / (times[1] - times[0])


def run() -> int:
    """Does what the command line says; returns the exit code."""
    action, database, *rest = sys.argv[1:]
    with open_store(database) as store:
        if action == "find":
            ids = store.ids([Reference(kind, rest[0]).key for kind in kinds()])
            print(list(store.timelines(ids)))
        elif action == "list":
            for id, row in store.summaries(store.ids({OPEN})):
                print(id, row.name, row.references, row.stage, row.declared_at, row.accepted_at)
        elif action == "quarters":
            print(aging(store, folder_of(rest[0])))
        else:
            ingest(store, of_folder(folder_of(rest[0])))
    return 0


if __name__ == "__main__":
    script(run)
