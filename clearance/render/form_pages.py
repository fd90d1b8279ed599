"""Which items of a declaration form stand on which page."""

from __future__ import annotations

from collections.abc import Sequence

from clearance.model.form import Column, DeclarationForm, Item
from clearance.render.text import width

_ITEM_LINES = 3
"""Lines that an item takes at least: two quantities by law and one of the deal."""
_LINE_CHARS = 180
"""Columns of text beside each other on a page, about."""


def paged(form: DeclarationForm, first: int, next: int) -> list[list[Item]]:
    """The items of each page: so many on the first and on each other one, fewer of many lines."""
    pages, room = list[list[Item]]([[]]), first * _ITEM_LINES
    for item in form.items:
        lines = _lines(item, form.columns)
        if pages[-1] and lines > room:
            pages.append([])
            room = next * _ITEM_LINES
        pages[-1].append(item)
        room -= lines
    return pages


def _lines(item: Item, columns: Sequence[Column]) -> int:
    """Lines that an item takes, about."""
    whole = sum(column.width for column in columns)
    rooms = (int(_LINE_CHARS * column.width / whole) - 1 for column in columns)
    cells = zip(item, rooms, strict=True)
    longest = max(sum(max(-(-width(line) // room), 1) for line in cell) for cell, room in cells)
    return max(longest, _ITEM_LINES)
