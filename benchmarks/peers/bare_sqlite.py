"""Bare sqlite3 with SQL by hand: messages kept whole, a row for each declaration and each event."""

import hashlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS messages (digest TEXT PRIMARY KEY, name TEXT, data BLOB);
CREATE TABLE IF NOT EXISTS declarations (
  id INTEGER PRIMARY KEY, unified TEXT UNIQUE, entry TEXT, client TEXT, stage TEXT,
  declared TEXT, accepted TEXT, returned TEXT, released TEXT, cleared TEXT);
CREATE INDEX IF NOT EXISTS by_entry ON declarations (entry);
CREATE INDEX IF NOT EXISTS by_client ON declarations (client);
CREATE INDEX IF NOT EXISTS still_open ON declarations (id)
  WHERE cleared IS NULL AND returned IS NULL;
CREATE INDEX IF NOT EXISTS by_day ON declarations (declared);
CREATE TABLE IF NOT EXISTS events (
  declaration INTEGER, at TEXT, code TEXT, note TEXT, message TEXT);
CREATE INDEX IF NOT EXISTS by_declaration ON events (declaration);
"""
MILESTONES = {
    "7": "declared", "L": "accepted", "E": "returned",
    "P": "released", "F": "released", "R": "cleared",
}  # fmt: skip


def opened(path: str) -> sqlite3.Connection:
    """The database, made if it is not there."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous=FULL")
    return db


def read(db: sqlite3.Connection, files: list[Path]) -> None:
    """A batch of files in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    for file in files:
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        kept = db.execute(
            "INSERT OR IGNORE INTO messages VALUES (?, ?, ?)", (digest, file.name, data)
        )
        if not kept.rowcount:
            continue
        told = {e.tag.rpartition("}")[2]: e.text for e in ElementTree.fromstring(data)}
        unified = told.get("CUS_CIQ_NO") or told.get("SeqNo")
        db.execute("INSERT OR IGNORE INTO declarations (unified) VALUES (?)", (unified,))
        found = db.execute("SELECT id FROM declarations WHERE unified=?", (unified,)).fetchone()
        at, code = told.get("NOTICE_DATE") or "", told.get("CHANNEL") or "0"
        db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
            (found[0], at, code, told.get("NOTE"), digest),
        )
        if code == "0":
            db.execute("UPDATE declarations SET client=? WHERE id=?", (told["ClientSeqNo"], *found))
        if told.get("ENTRY_ID"):
            db.execute("UPDATE declarations SET entry=? WHERE id=?", (told["ENTRY_ID"], *found))
        if code in MILESTONES:
            column = MILESTONES[code]
            db.execute(
                f"UPDATE declarations SET {column}=?, stage=? WHERE id=?", (at, code, *found)
            )
    db.execute("COMMIT")


def ingest(path: str, folder: Path) -> None:
    """A folder, a thousand files a transaction."""
    db = opened(path)
    db.executescript(SCHEMA)
    for files in batches(sorted(folder.iterdir())):
        read(db, files)


def batches(files: list[Path]) -> Iterator[list[Path]]:
    """Files in thousands."""
    return (files[start : start + 1000] for start in range(0, len(files), 1000))


def find(path: str, number: str) -> None:
    """Prints a declaration by any of its numbers, with its events."""
    db = opened(path)
    sql = "SELECT * FROM declarations WHERE unified=? OR entry=? OR client=?"
    for row in db.execute(sql, (number, number, number)).fetchall():
        events = db.execute("SELECT * FROM events WHERE declaration=? ORDER BY at", row[:1])
        print(row, events.fetchall())


def list_open(path: str) -> None:
    """Prints what is open."""
    sql = "SELECT * FROM declarations WHERE cleared IS NULL AND returned IS NULL"
    for row in opened(path).execute(sql):
        print(row)


def report(path: str, first: str = "", end: str = "9999") -> None:
    """Prints mean and median days to closure per quarter of declaration, from a day to another."""
    sql = """SELECT substr(declared, 1, 7), strftime('%s', cleared) - strftime('%s', declared)
             FROM declarations
             WHERE declared >= ? AND declared < ? AND cleared IS NOT NULL"""
    quarters: dict[str, list[int]] = {}
    for month, seconds in opened(path).execute(sql, (first, end)):
        quarter = f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"
        quarters.setdefault(quarter, []).append(seconds)
    for quarter, times in sorted(quarters.items()):
        print(quarter, len(times), sum(times) / len(times), median(times))


if __name__ == "__main__":
    action, database, *rest = sys.argv[1:]
    if action == "ingest":
        ingest(database, Path(rest[0]))
    elif action == "find":
        find(database, rest[0])
    elif action == "list":
        list_open(database)
    else:
        report(database, *rest)
