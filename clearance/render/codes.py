"""Code tables as pages: ``codes``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clearance.customs import System
from clearance.customs.tables import TABLES, Entry
from clearance.render import Cell, Page
from clearance.render.tables import SCHEMA, flat, tabulated


def found(system: System, name: str, entries: Sequence[Entry], lang: str) -> Page:
    """Codes of a table, with their names in both languages."""
    rows = list(map(_row, entries))
    return Page(
        json={"schema": SCHEMA, "system": system.name, "table": name, "codes": rows},
        lines=tuple(rows),
        tables=(tabulated(_cells(rows), lang, _names(rows)),),
        flat=flat(rows, lang, "code", "zh", "en", "old"),
    )


def found_anywhere(system: System, entries: Mapping[str, Sequence[Entry]], lang: str) -> Page:
    """Codes of several tables, each with the table's name."""
    rows: list[dict[str, Cell]] = [
        {"table": name, **_row(entry)} for name, some in entries.items() for entry in some
    ]
    return Page(
        json={"schema": SCHEMA, "system": system.name, "codes": rows},
        lines=tuple(rows),
        tables=(tabulated(_cells(rows), lang, ["=table", *_names(rows)]),),
        flat=flat(rows, lang, "table", "code", "zh", "en", "old"),
    )


def _row(entry: Entry) -> dict[str, Cell]:
    return {
        "code": entry.code,
        "zh": entry.words["zh"],
        "en": entry.words["en"],
        "old": entry.old,
    }


def _names(rows: Sequence[Mapping[str, Cell]]) -> list[str]:
    """The columns of codes; the old one where there is any."""
    old = ["=old code"] if any(row["old"] for row in rows) else []
    return ["=code", "Chinese", "English", *old]


def _cells(rows: Sequence[Mapping[str, Cell]]) -> list[dict[str, Cell]]:
    return [
        {
            "=table": row.get("table"),
            "=code": row["code"],
            "Chinese": row["zh"],
            "English": row["en"],
            "=old code": row["old"],
        }
        for row in rows
    ]


def tables(system: System, lang: str) -> Page:
    """The tables that there are, and how many codes each has."""
    rows: list[dict[str, Cell]] = [
        {"table": name, "zh": words["zh"], "en": words["en"], "codes": len(system.table(name))}
        for name, words in TABLES.items()
    ]
    cells = [
        {"=table": r["table"], "Chinese": r["zh"], "English": r["en"], ">codes": r["codes"]}
        for r in rows
    ]
    return Page(
        json={"schema": SCHEMA, "system": system.name, "tables": rows},
        lines=tuple(rows),
        tables=(tabulated(cells, lang, ["=table", "Chinese", "English", ">codes"]),),
        flat=flat(rows, lang, "table", "zh", "en", "codes"),
    )
