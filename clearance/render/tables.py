"""What every page is made with: columns by their headings, tables, times as in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from clearance.model import replace
from clearance.render import Cell, Column, Table
from clearance.render.words import say

SCHEMA = 1
"""The version of the JSON that commands give."""

_PREFIXES = ">=%"
"""What a heading may begin with to say how its column is set."""


def columns(lang: str, *headings: str) -> tuple[Column, ...]:
    """Columns by English heading.

    One that begins with ``>`` is set right, one with ``=`` is never broken over lines, one with
    ``%`` holds shares.
    """
    return tuple(
        Column(
            heading.lstrip(_PREFIXES).replace(" ", "_"),
            say(heading.lstrip(_PREFIXES), lang),
            right=">" in _marks(heading),
            no_wrap="=" in _marks(heading),
            share="%" in _marks(heading),
        )
        for heading in headings
    )


def spared(heads: Sequence[Column], spare: Mapping[int, int]) -> tuple[Column, ...]:
    """Columns of which a narrow terminal does without some: how soon, by their places."""
    return tuple(
        replace(head, spare=spare.get(place, head.spare)) for place, head in enumerate(heads)
    )


def _marks(heading: str) -> str:
    """How a column is set: what its heading begins with."""
    return heading[: len(heading) - len(heading.lstrip(_PREFIXES))]


def flat(rows: Iterable[Mapping[str, Cell]], lang: str, *headings: str) -> Table:
    """A table for spreadsheets and programs; rows have its cells by key, as in JSON."""
    heads = columns(lang, *headings)
    return Table(heads, tuple(tuple(row[head.key] for head in heads) for row in rows))


def filled(table: Table) -> Table:
    """A table without the columns that are empty in every row; of no rows all of them."""
    kept = [
        place
        for place in range(len(table.columns))
        if not table.rows or any(row[place] is not None for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def tabulated(
    rows: Iterable[Mapping[str, Cell]],
    lang: str,
    headings: Sequence[str],
    *,
    title: str = "",
    notes: tuple[str, ...] = (),
    marks: tuple[str, ...] = (),
) -> Table:
    """A table for people; rows have its cells by heading."""
    cells = tuple(tuple(row[heading] for heading in headings) for row in rows)
    return Table(columns(lang, *headings), cells, title=title, notes=notes, marks=marks)


def iso(at: datetime | None) -> str | None:
    """A time as it stands in JSON."""
    return at.isoformat() if at else None


def minute(at: datetime | None) -> str | None:
    """A time to the minute, for people."""
    return at.strftime("%Y-%m-%d %H:%M") if at else None


def short_moment(at: datetime | None, as_of: datetime) -> str | None:
    """A time to the minute, without the year where that is the one looked from."""
    return at.strftime("%m-%d %H:%M" if at.year == as_of.year else "%Y-%m-%d %H:%M") if at else None


def translated(words: str | None, lang: str) -> str | None:
    """A phrase in a language; None where there is none."""
    return say(str(words), lang) if words else None


def short_id(id: str) -> str:
    """The beginning of a message's id, enough to tell it from others."""
    return id.removeprefix("sha256:")[:12]
