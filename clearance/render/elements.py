"""HTML and SVG as trees: what is written out is escaped, whatever customs wrote."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree
from xml.etree.ElementTree import Element

from clearance.render.text import visible

Child = Element | str | None

_UNIT = re.compile(r"(?<=\d) (?=(?:d|h|min|s|%)(?!\w))|(?<=\d [dh]) (?=\d\d (?:h|min)(?!\w))")
"""Spaces within a number with units."""


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """An element; its text is harmless, and a number stays with its unit.

    ``class_`` is class, and other underscores are dashes; what is None is left out.
    """
    written = {
        key.rstrip("_").replace("_", "-"): value if isinstance(value, str) else number(value)
        for key, value in attributes.items()
        if value is not None
    }
    element = Element(name, written)
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            text = _UNIT.sub("\u00a0", visible(child))
            if last is None:
                element.text = (element.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif child is not None:
            element.append(child)
            last = child
    return element


def number(value: float) -> str:
    """A coordinate."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share as a coordinate of an SVG."""
    return f"{number(100 * share)}%"


def page(root: Element) -> str:
    """A whole HTML document."""
    return f"<!DOCTYPE html>\n{Tree.tostring(root, encoding='unicode', method='html')}\n"
