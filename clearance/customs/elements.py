"""Elements and their texts by local names, as readers of nested messages need them.

An element has no namespace here, because the same message comes with one, with another, and with
none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from clearance.customs.xml import local, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children of an element that have one of some names; all children without names."""
    return (child for child in element if not names or local(child) in names)


def has(element: Element, name: str) -> bool:
    """Whether an element has a child of a name."""
    return next(children(element, name), None) is not None


def inside(element: Element, *names: str) -> Iterator[Element]:
    """The elements at any depth that have one of some names, the element itself included."""
    return (one for one in element.iter() if local(one) in names)


def texts(element: Element, *path: str) -> list[str]:
    """The texts, where not empty, of all elements at a path of names, white space collapsed."""
    found = [element]
    for name in path:
        found = [child for one in found for child in children(one, name)]
    return list(filter(None, map(said, found)))


def first(element: Element, *path: str) -> str:
    """The first text at a path of names that is not empty, else an empty one."""
    return next(iter(texts(element, *path)), "")


def said(element: Element) -> str:
    """The text of an element, white space collapsed."""
    return " ".join(text(element).split())


def together(*parts: str) -> str:
    """Those of some texts that are not empty, with a blank between them."""
    return " ".join(filter(None, parts))


def joined(notes: Iterable[str]) -> str | None:
    """What customs says, as one note, each part once; None where it says nothing."""
    return "; ".join(dict.fromkeys(filter(None, notes))) or None
