"""The settings of the Single Window client: which folders it uses.

``DFWJobSettings.xml`` has a ``FormSetting`` for each kind of business of each card, and below it a
``SubFormSetting`` for each form with its boxes. Values are elements or attributes; nothing official
describes the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from clearance.customs.xml import as_text, local, tree
from clearance.named_tuples import NamedTuple

RECEIVED = ("InBox", "SentBox", "FailBox")
"""The boxes in which something can be read: receipts, and what was sent or could not be."""


class ClientBox(NamedTuple):
    """A box: the client's name of the business and of the form, and the folder as written."""

    business: str
    form: str
    box: str
    path: str


def boxes(settings: bytes) -> list[ClientBox]:
    """The boxes that settings name, each folder once; raises Unreadable."""
    found: dict[str, ClientBox] = {}
    for box in _boxes(tree(as_text(settings)), "", ""):
        found.setdefault(box.path, box)
    return list(found.values())


def _boxes(element: Element, business: str, form: str) -> Iterator[ClientBox]:
    values = _values(element)
    business = values.get("Key") or business
    form = values.get("FormId") or form
    for box in RECEIVED:
        if path := values.get(box):
            yield ClientBox(business, form, box, path)
    for child in element:
        yield from _boxes(child, business, form)


def _values(element: Element) -> dict[str, str]:
    """The values of an element: its attributes, and its children that hold nothing but text."""
    children = {local(child): (child.text or "").strip() for child in element if not len(child)}
    attributes = {name.rpartition("}")[2]: value.strip() for name, value in element.items()}
    return {**attributes, **children}
