"""HTML and SVG as trees, so that foreign text is always escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree as Tree
from xml.etree.ElementTree import Element

from clearance.render.text import visible

Child = Element | str | None

_UNIT = re.compile(
    r"(?<=\d) (?=(?:d|h|min|s|%)(?!\w)|天|小时|分|秒)"
    r"|(?<=\d [dh]) (?=\d\d (?:h|min)(?!\w))|(?<=[天时]) (?=\d\d (?:小时|分))"
)
"""Spaces within a number with units."""


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """An element; control characters in its text are shown, and a number stays with its unit.

    ``class_`` is class, and other underscores are dashes; an attribute or a child that is None is
    left out.
    """
    element = Element(name, dict(_written(attributes)))
    for child in children:
        if isinstance(child, str):
            _add_text(element, _UNIT.sub("\u00a0", visible(child)))
        elif child is not None:
            element.append(child)
    return element


def _written(attributes: Mapping[str, str | float | None]) -> Iterator[tuple[str, str]]:
    for key, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            yield key.rstrip("_").replace("_", "-"), text


def _add_text(element: Element, text: str) -> None:
    """Adds text behind the last child."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def number(value: float) -> str:
    """A coordinate."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share as a coordinate of an SVG."""
    return f"{number(100 * share)}%"


READS_ON_A_PHONE = {"viewport": "width=device-width, initial-scale=1"}
"""What a page says so that a phone shows it at its own width."""
LIGHT_OR_DARK = {"color-scheme": "light dark"}
"""What a page says that has colours for both."""


def whole_page(title: str, lang: str, style: str, says: Mapping[str, str], *body: Child) -> str:
    """A page that needs nothing else: its style sheet, and what it ``says`` of itself by name."""
    sheet = tag("style")
    sheet.text = style
    said = (tag("meta", name=name, content=content) for name, content in says.items())
    head = tag("head", tag("meta", charset="utf-8"), *said, tag("title", title), sheet)
    return page(tag("html", head, tag("body", *body), lang="zh-CN" if lang == "zh" else lang))


def long_page(
    title: str, lang: str, style: str, heading: Element, more: Iterable[Element]
) -> Iterator[str]:
    """The same in pieces; of what stands below the heading one element is in memory at once."""
    before, end, after = whole_page(title, lang, style, READS_ON_A_PHONE, heading).rpartition(
        "</body>"
    )
    yield before
    yield from map(_written_out, more)
    yield end + after


def page(root: Element) -> str:
    """A whole HTML document."""
    return f"<!DOCTYPE html>\n{_written_out(root)}\n"


def _written_out(element: Element) -> str:
    return Tree.tostring(element, encoding="unicode", method="html")
