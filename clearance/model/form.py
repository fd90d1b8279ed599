"""A declaration form: boxes with captions and a table of items; how it looks is drawn elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from clearance.model.references import Words
from clearance.named_tuples import NamedTuple


class Box(NamedTuple):
    """A box: its caption, what stands in it (nothing where it is not known), its relative width."""

    caption: Words
    text: str
    width: float = 1


class Column(NamedTuple):
    """A column of the table of items: its caption and its relative width."""

    caption: Words
    width: float


Item = tuple[tuple[str, ...], ...]
"""An item of a form: for each column its lines of text."""


class DeclarationForm(NamedTuple):
    """A form, in the order in which it is read.

    ``number`` is what the bar code says. ``head`` is the line below the title; each of ``rows`` is
    a line of boxes. ``below`` stands under the items, ``foot`` at the end.
    """

    title: Words
    number: str | None
    mark: Words
    head: tuple[Box, ...]
    rows: tuple[tuple[Box, ...], ...]
    columns: tuple[Column, ...]
    items: tuple[Item, ...]
    below: tuple[Box, ...]
    statement: Words
    foot: tuple[Box, ...]

    @property
    def boxes(self) -> Iterator[Box]:
        """Every box."""
        for row in (self.head, *self.rows, self.below, self.foot):
            yield from row

    @property
    def empty(self) -> list[Words]:
        """The captions of the boxes that nothing is known of."""
        return [box.caption for box in self.boxes if not box.text]
