"""The shapes that JSON has by contract, and what several commands are looked at with."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from clearance.customs.cn_single_window.demo import File
from tests.conftest import Ran, Run

LATER = "2026-03-06T18:00:00+08:00"
HELLO = b"hello, this is no message"

OPTIONAL = (str, type(None))
Shape = Mapping[str, type | tuple[type, ...]]

DECLARATION: Shape = {
    "dialect": str,
    "references": dict,
    "direction": OPTIONAL,
    "office": OPTIONAL,
    "facts": dict,
    "stage": OPTIONAL,
    "since": OPTIONAL,
    "open": bool,
    "guaranteed": bool,
    "declared_at": OPTIONAL,
    "first_declared_at": OPTIONAL,
    "accepted_at": OPTIONAL,
    "released_at": OPTIONAL,
    "cleared_at": OPTIONAL,
    "intervals": dict,
    "outstanding": list,
    "alerts": list,
}
EVENT: Shape = {
    "at": OPTIONAL,
    "code": OPTIONAL,
    "stage": OPTIONAL,
    "note": OPTIONAL,
    "serial": OPTIONAL,
    "message": str,
}
ALERT: Shape = {
    "id": str,
    "rule": str,
    "severity": str,
    "state": str,
    "declaration": OPTIONAL,
    "since": str,
    "message": str,
    "numbers": dict,
    "next_step": str,
}
ROW: Shape = {
    "period": str,
    "group": dict,
    "declared": int,
    "closed": int,
    "open": int,
    "returned": int,
    "withdrawn": int,
    "anomalous": int,
    "mean_closed": (float, type(None)),
    "median": (float, type(None)),
    "rmst": (float, type(None)),
    "tau": (int, type(None)),
    "p75": (float, type(None)),
    "p90": (float, type(None)),
    "p95": (float, type(None)),
    "within": (dict, type(None)),
    "change": (dict, type(None)),
    "notes": dict,
}


def fits(value: Mapping[str, Any], shape: Shape) -> bool:
    """Whether an object has every key of a shape with a value of the right type, never ``""``."""
    for key, kind in shape.items():
        assert key in value, f"{key} is missing"
        assert isinstance(value[key], kind), f"{key} is {value[key]!r}"
        assert kind is bool or not isinstance(value[key], bool), f"{key} is a truth value"
        assert value[key] != "", f"{key} is empty"
    return True


def has_offset(written: str) -> bool:
    """Whether a time of JSON is ISO 8601 with an offset."""
    return datetime.fromisoformat(written).utcoffset() is not None


def declared(ran: Ran) -> list[str]:
    """The entry numbers in the JSON of some declarations, in their order."""
    return [d["references"]["entry_no"][-1] for d in ran.json["declarations"]]


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Somebody else holds the write lock of a store."""
    other = sqlite3.connect(store, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def everything(call: Run, store: str) -> bytes:
    """All that a store tells of its timelines."""
    ran = call("list", "--all", "--events", "--as-of", LATER, "--format", "json", "--store", store)
    assert ran.code == 0
    return ran.out


def cells(file: Path | io.BytesIO, number: int = 1) -> list[list[tuple[str, str]]]:
    """The rows of one sheet of a workbook: for each cell its type and what it shows."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(one.itertext()) for one in strings.findall("m:si", space)]
    rows = []
    for row in sheet.findall(".//m:row", space):
        found = []
        for cell in row.findall("m:c", space):
            kind, value = cell.get("t", "n"), cell.findtext("m:v", "", space)
            found.append((kind, texts[int(value)] if kind == "s" else value))
        rows.append(found)
    return rows


# ingest


def receipts(*files: File) -> dict[str, bytes]:
    """Files by name."""
    return {file.name: file.data for file in files}


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in members.items():
            book.writestr(name, data)
    return out.getvalue()
