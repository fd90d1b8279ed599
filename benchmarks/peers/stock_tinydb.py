"""What one would write first: stock TinyDB, a look-up and an update for each message."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tinydb import TinyDB, where

FIELDS = ("CUS_CIQ_NO", "ENTRY_ID", "NOTICE_DATE", "CHANNEL", "NOTE")


def receipts(folder: Path) -> Iterator[dict[str, str | None]]:
    """The fields of every business receipt in a folder."""
    for file in sorted(folder.iterdir()):
        root = ElementTree.fromstring(file.read_bytes())
        told = {field: root.findtext(field) for field in FIELDS}
        if told["CUS_CIQ_NO"] is not None:
            yield told


def document(number: str | None, events: list[dict[str, str | None]]) -> dict[str, Any]:
    """What is kept of a declaration."""
    entry = max((event["ENTRY_ID"] or "" for event in events), default="")
    return {"number": number, "entry": entry, "events": events}


def ingest(folder: Path, path: str) -> None:
    """Reads business receipts into one document for each unified number."""
    with TinyDB(path) as db:
        for told in receipts(folder):
            number = told["CUS_CIQ_NO"]
            found = db.get(where("number") == number)
            events = [*(found["events"] if found else []), told]
            db.upsert(document(number, events), where("number") == number)


def fill(folder: Path, path: str) -> None:
    """What ``ingest`` leaves of a large folder, in one write: that itself takes days."""
    held: dict[str | None, list[dict[str, str | None]]] = defaultdict(list)
    for told in receipts(folder):
        held[told["CUS_CIQ_NO"]].append(told)
    with TinyDB(path) as db:
        db.insert_multiple(document(number, events) for number, events in held.items())


def status(path: str, number: str) -> None:
    """Prints what is known by a number."""
    with TinyDB(path) as db:
        print(db.get((where("number") == number) | (where("entry") == number)))


if __name__ == "__main__":
    if sys.argv[1] == "status":
        status(sys.argv[2], sys.argv[3])
    else:
        {"ingest": ingest, "fill": fill}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
