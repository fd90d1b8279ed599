"""A writer to be killed: it reads messages into a store and says how many it has committed.

Run it as a script with the store's URL.
"""

from __future__ import annotations

import sys
from datetime import datetime

from clearance.customs.cn_single_window import ZONE, demo
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake

NOW = datetime(2026, 11, 1, tzinfo=ZONE)


def write(url: str) -> None:
    files = list(demo.traffic(400, 9, quarters=2))
    with open_store(url) as store:
        for start in range(0, len(files), 10):
            batch = files[start : start + 10]
            intake.ingest(store, [Item(file.name, file.data) for file in batch], NOW)
            print(start + len(batch), flush=True)  # noqa: T201 - it is what the test reads


if __name__ == "__main__":
    write(sys.argv[1])
