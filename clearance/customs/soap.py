"""The envelope of SOAP, in which some customs systems answer: 1.1 and 1.2, matched by local names.

A message in it stays one message, with the bytes that came: the reader gets what the body holds.
An answer that is a fault says that a service could not do what it was asked for, and nothing of a
declaration.

Source: W3C, "SOAP Version 1.2 Part 1: Messaging Framework", sections 5.1 to 5.4; "Simple Object
Access Protocol (SOAP) 1.1", section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.customs.xml import Flat, local, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_CHARS = 200
"""Characters of a fault that are told."""
_SAYING = ("faultstring", "Text", "faultcode", "Value")
"""Elements that say what a fault is, in order of preference."""


def held(root: Element | Flat) -> Element | None:
    """The first element in the body of an envelope, or in a body; None in anything else.

    A body that holds several messages is given itself: it is read by a reader of all of them, and
    else refused rather than read in part. What another element only refers to, by its ``id``, is
    none of them (SOAP 1.1, section 5.4).
    """
    if isinstance(root, Flat):
        return None
    body = _body(root)
    inner = None if body is None else next(iter(body), None)
    if body is None or inner is None:
        return None
    if is_of_several(body):
        inner = body
    _declare(inner, (root, body))
    return inner


def is_of_several(body: Element) -> bool:
    """Whether a body holds several messages."""
    return local(body) == "Body" and len(_messages(body)) > 1


def messages(root: Element) -> list[Element]:
    """The messages in the body of an envelope, or in a body; anything else is one itself."""
    body = _body(root)
    return [root] if body is None else _messages(body)


def _messages(body: Element) -> list[Element]:
    return [*body[:1], *(other for other in body[1:] if "id" not in other.attrib)]


def _body(root: Element) -> Element | None:
    """The body of an envelope, or a body itself; None of anything else."""
    body = _child(root, "Body") if local(root) == "Envelope" else root
    return body if body is not None and local(body) == "Body" else None


def fault(root: Element | Flat) -> str | None:
    """What a fault says; None where a document is none."""
    if isinstance(root, Flat):
        said = root.fields if root.name == "Fault" else {}
        return next((said[name] for name in _SAYING if said.get(name)), None)
    body = _body(root)
    inside = [root] if body is None else list(body)
    found = next((one for one in inside if local(one) == "Fault"), None)
    if found is None:
        return None
    said = {local(element): text(element) for element in found.iter() if text(element)}
    words = next((said[name] for name in _SAYING if name in said), local(found))
    return " ".join(words.split())[:_MAX_CHARS]


def _declare(inner: Element, outer: tuple[Element, ...]) -> None:
    """Gives an element the namespaces that are declared around it and that it does not declare."""
    for element in reversed(outer):
        for name, value in element.attrib.items():
            if name.startswith("xmlns"):
                inner.attrib.setdefault(name, value)


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if local(child) == name), None)
