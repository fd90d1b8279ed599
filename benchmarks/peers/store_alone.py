"""Our store without its front end: find one, list what is open, read a few messages in."""

import sys
from datetime import datetime
from pathlib import Path

from clearance import tracker
from clearance.model import CHINA, KINDS, Reference
from clearance.sources import items
from clearance.stores import OPEN, open_store

if __name__ == "__main__":
    action, database, *rest = sys.argv[1:]
    with open_store(database) as store:
        if action == "find":
            ids = store.ids([Reference(kind, rest[0]).key for kind in KINDS])
            print(list(store.timelines(ids)))
        elif action == "list":
            for row in store.summaries(store.ids({OPEN})):
                print(row)
        else:
            tracker.ingest(store, items([Path(rest[0])]), datetime.now(CHINA))
