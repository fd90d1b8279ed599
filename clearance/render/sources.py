"""Sources of messages as pages: ``sources list`` and ``sources find``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.sources import Source
    from clearance.sources.watching_client import Box


def configured(sources: Mapping[str, Source], lang: str) -> Page:
    """The configured sources: the kind of each, the folder if it reads one, and why it cannot."""
    rows: list[dict[str, Cell]] = [
        {
            "name": name,
            "kind": type(source).__module__.rpartition(".")[2],
            "place": str(source.place) if source.place else None,
            "trouble": source.trouble() or None,
        }
        for name, source in sources.items()
    ]
    return _page("sources", rows, lang, "no [sources.NAME] is set")


def found(boxes: Sequence[Box], new: Collection[Path], lang: str) -> Page:
    """The boxes of the client, and which of them are followed already."""
    rows: list[dict[str, Cell]] = [
        {
            "business": box.business or None,
            "form": box.form or None,
            "box": box.box,
            "place": str(box.path),
            "exists": box.path.is_dir(),
            "followed": box.path not in new,
        }
        for box in boxes
    ]
    return _page("boxes", rows, lang, "")


def _page(name: str, rows: Sequence[Mapping[str, Cell]], lang: str, empty: str) -> Page:
    names = tuple(rows[0]) if rows else ()
    table = Table(
        columns(lang, *names), tuple(tuple(_said(row[n], lang) for n in names) for row in rows)
    )
    return Page(
        json={"schema": SCHEMA, name: list(rows)},
        lines=tuple(map(dict, rows)),
        tables=(table,) if rows else (),
        flat=flat(rows, lang, *names),
        empty_message=empty,
    )


def _said(cell: Cell, lang: str) -> Cell:
    return say("yes" if cell else "no", lang) if isinstance(cell, bool) else cell
