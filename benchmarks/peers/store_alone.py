"""Our store without its front end: find one, list what is open, read a few messages in."""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from clearance.customs.cn_single_window import ZONE
from clearance.customs.references import kinds
from clearance.model import Reference
from clearance.sources import Item, items
from clearance.stores import OPEN, Store, open_store


def ingest(store: Store, found: Iterable[Item]) -> None:
    """Reads messages in; loaded here, as the command that only looks does not load it."""
    from clearance.timelines import intake

    intake.ingest(store, found, datetime.now(ZONE))


def aging(store: Store, folder: Path) -> float:
    """How many times the first quarter of a folder's files the last quarter takes to read in."""
    count, times = sum(1 for _ in folder.iterdir()), [time.perf_counter()]

    def timed() -> Iterator[Item]:
        for place, item in enumerate(items([folder]), 1):
            yield item
            if place % (count // 4) == 0:
                times.append(time.perf_counter())

    ingest(store, timed())
    return (times[4] - times[3]) / (times[1] - times[0])


if __name__ == "__main__":
    action, database, *rest = sys.argv[1:]
    with open_store(database) as store:
        if action == "find":
            ids = store.ids([Reference(kind, rest[0]).key for kind in kinds()])
            print(list(store.timelines(ids)))
        elif action == "list":
            for row in store.summaries(store.ids({OPEN})):
                print(row)
        elif action == "quarters":
            print(aging(store, Path(rest[0])))
        else:
            ingest(store, items([Path(rest[0])]))
