"""Settings as pages: what they are, where they come from, and whether a file can be used."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clearance.config.origins import Origin, Setting, path_of, plain
from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, tabulated
from clearance.render.words import punctuated, say


def settings(found: Sequence[Setting], file: Path | None, lang: str) -> Page:
    """Every setting with its value and where that comes from."""
    data = [setting._asdict() for setting in found]
    table = Table(
        columns(lang, "=setting", "set to", "where from"),
        tuple((s.key, _value(s.value), _place(s, lang)) for s in found),
        marks=tuple("" if s.origin is Origin.DEFAULT else "good" for s in found),
    )
    return Page(
        json={"schema": SCHEMA, "file": str(file) if file else None, "settings": data},
        lines=tuple(data),
        tables=(table,) if found else (),
        flat=flat(
            ({**row, "value": _value(row["value"])} for row in data),
            lang,
            "key",
            "value",
            "origin",
            "place",
            "line",
        ),
        empty_message="nothing is set: the defaults hold",
    )


def _value(value: Any) -> str | None:
    """A value as it is written in the file; nothing for one that is not set."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _place(setting: Setting, lang: str) -> str:
    if setting.origin is Origin.FILE:
        name = Path(setting.place or "").name
        return f"{name}:{setting.line}" if setting.line else name
    return setting.place or say(setting.origin, lang)


def checked(file: Path | None, lang: str) -> Page:
    """That a settings file can be used, or that there is none."""
    row: dict[str, Cell] = {"file": str(file) if file else None, "valid": True}
    data = {"schema": SCHEMA, **row}
    said = say("can be used", lang) if file else say("no settings file: the defaults hold", lang)
    note = f"{file}{punctuated(': ', lang)}{said}" if file else said
    return Page(data, (data,), (Table(notes=(note,)),), flat([row], lang, *row))


def written(text: str, keys: Iterable[str], file: Path, lang: str) -> Page:
    """What was written into a settings file."""
    tables = tomllib.loads(text)
    rows = [{"key": key, "value": _at(tables, path_of(key))} for key in keys]
    shown = [{"setting": row["key"], "set to": _value(row["value"])} for row in rows]
    table = tabulated(shown, lang, ("setting", "set to"))
    return Page(
        json={"schema": SCHEMA, "file": str(file), "changed": rows},
        lines=tuple(rows),
        tables=(table,),
        flat=flat(({**row, "value": _value(row["value"])} for row in rows), lang, "key", "value"),
        heading=str(file),
    )


def _at(table: Any, path: Sequence[str]) -> Any:
    for part in path:
        table = table[part]
    return plain(table)


def place(file: Path, named_by: Origin, lang: str) -> Page:
    """Where the settings file is looked for."""
    row: dict[str, Cell] = {
        "path": str(file),
        "exists": file.exists(),
        "named_by": str(named_by),
    }
    data = {"schema": SCHEMA, **row}
    table = Table(notes=(str(file),))
    return Page(data, (data,), (table,), flat([row], lang, *row))
