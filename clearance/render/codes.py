"""Code tables as pages: ``codes``."""

from __future__ import annotations

from collections.abc import Sequence

from clearance.customs import System
from clearance.customs.tables import TABLES, Entry
from clearance.render import Cell, Page
from clearance.render.tables import SCHEMA, flat, tabulated


def found(system: System, name: str, entries: Sequence[Entry], lang: str) -> Page:
    """Codes of a table, with their names in both languages."""
    rows: list[dict[str, Cell]] = [
        {"code": e.code, "zh": e.words["zh"], "en": e.words["en"], "old": e.old} for e in entries
    ]
    names = ["=code", "Chinese", "English"]
    if any(row["old"] for row in rows):
        names.append("=old code")
    cells = [
        {"=code": r["code"], "Chinese": r["zh"], "English": r["en"], "=old code": r["old"]}
        for r in rows
    ]
    return Page(
        json={"schema": SCHEMA, "system": system.name, "table": name, "codes": rows},
        lines=tuple(rows),
        tables=(tabulated(cells, lang, names),),
        flat=flat(rows, lang, "code", "zh", "en", "old"),
    )


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
