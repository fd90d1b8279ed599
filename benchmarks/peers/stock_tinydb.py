"""What one would write first: stock TinyDB, a look-up and an update for each message."""

import sys
from pathlib import Path
from xml.etree import ElementTree

from tinydb import TinyDB, where

FIELDS = ("CUS_CIQ_NO", "ENTRY_ID", "NOTICE_DATE", "CHANNEL", "NOTE")


def ingest(folder: Path, path: str) -> None:
    """Reads business receipts into one document for each unified number."""
    with TinyDB(path) as db:
        for file in sorted(folder.iterdir()):
            root = ElementTree.fromstring(file.read_bytes())
            told = {field: root.findtext(field) for field in FIELDS}
            number = told["CUS_CIQ_NO"]
            if number is None:
                continue
            found = db.get(where("number") == number)
            events = [*(found["events"] if found else []), told]
            entry = max((event["ENTRY_ID"] or "" for event in events), default="")
            document = {"number": number, "entry": entry, "events": events}
            db.upsert(document, where("number") == number)


def status(path: str, number: str) -> None:
    """Prints what is known by a number."""
    with TinyDB(path) as db:
        print(db.get((where("number") == number) | (where("entry") == number)))


if __name__ == "__main__":
    if sys.argv[1] == "ingest":
        ingest(Path(sys.argv[2]), sys.argv[3])
    else:
        status(sys.argv[2], sys.argv[3])
