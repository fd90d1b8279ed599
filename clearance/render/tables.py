"""What every page is made with: columns by their headings, flat tables, times as in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from clearance.render import Cell, Column, Table
from clearance.render.words import say

SCHEMA = 1

_KINDS = ">=%"
"""What a heading may begin with to say how its column is set."""


def columns(lang: str, *names: str) -> tuple[Column, ...]:
    """Columns by English heading.

    One that begins with ``>`` is set right, one with ``=`` is never broken over lines, one with
    ``%`` holds shares.
    """
    return tuple(
        Column(
            name.lstrip(_KINDS).replace(" ", "_"),
            say(name.lstrip(_KINDS), lang),
            name.startswith(">"),
            name.startswith("="),
            name.startswith("%"),
        )
        for name in names
    )


def flat(rows: Iterable[Mapping[str, Cell]], lang: str, *names: str) -> Table:
    """A table for spreadsheets and programs, its values and keys as in JSON."""
    heads = columns(lang, *names)
    return Table(heads, tuple(tuple(row[head.key] for head in heads) for row in rows))


def iso(at: datetime | None) -> str | None:
    """A time as it stands in JSON."""
    return at.isoformat() if at else None


def minute(at: datetime | None) -> str | None:
    """A time to the minute, for people."""
    return at.strftime("%Y-%m-%d %H:%M") if at else None


def translated(words: str | None, lang: str) -> str | None:
    """Words in a language; None where there are none."""
    return say(str(words), lang) if words else None


def short_id(id: str) -> str:
    """The beginning of a message's id, enough to tell it from others."""
    return id.removeprefix("sha256:")[:12]
