"""Paths of a described system: where in a document something stands.

``A/B`` are the elements B in elements A of the place that is looked from; ``/A/B`` begins at the
root of the document, ``../A`` one element above. ``*`` is an element of any name, ``@name`` at the
end an attribute, ``.`` the place itself. ``file:name`` is a named part of the file's name. Names
are local names: prefixes and namespaces make no difference.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from clearance.customs.xml import local, text
from clearance.errors import BadSetting, Unreadable
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_TEXTS = 200
"""Limit of texts that one path leads to from one place."""
_MAX_STEPS = 12
_CACHE_SIZE = 512
_NAME = r"[^\W\d][\w.-]{0,100}"
_PATH = re.compile(rf"\.|/?(?:\.\./)*(?:(?:{_NAME}|\*)/)*(?:{_NAME}|\*|@{_NAME})|file:[a-z_]+")
_FILE = "file:"


class Children:
    """The children of elements by local name; each element is looked through once."""

    def __init__(self) -> None:
        self._of: dict[int, dict[str, list[Element]]] = {}
        self._ends: dict[tuple[str, int], list[Element]] = {}

    def named(self, element: Element, name: str) -> Sequence[Element]:
        """The children of a name; every child for ``*``."""
        if name == "*":
            return list(element)
        known = self._of.get(id(element))
        if known is None:
            known = self._of[id(element)] = defaultdict(list)
            for child in element:
                known[local(child)].append(child)
        return known.get(name, ())

    def ends(self, path: str, chain: tuple[Element, ...]) -> list[Element]:
        """The elements that a path leads to; a path from above is followed once for all below."""
        if path[:1] not in ("/", "."):
            return self._followed(_steps(path), chain[-1])
        begin, steps = _begun(path, chain)
        if not begin:
            return []
        key = path, id(begin[-1])
        if key not in self._ends:
            self._ends[key] = self._followed(steps, begin[-1])
        return self._ends[key]

    def _followed(self, steps: Sequence[str], element: Element) -> list[Element]:
        found = [element]
        for step in steps:
            found = [child for above in found for child in self.named(above, step)]
        return found


class Place(NamedTuple):
    """Where paths are looked from: an element with those above it, the root first.

    ``named`` are the named parts of the file's name, ``children`` is what all places of a document
    share.
    """

    chain: tuple[Element, ...]
    named: Mapping[str, str]
    children: Children

    @property
    def element(self) -> Element:
        """The element itself."""
        return self.chain[-1]


def checked(written: str) -> str:
    """A path as it is written; raises BadSetting if it is none."""
    if not _PATH.fullmatch(written) or written.count("/") > _MAX_STEPS:
        raise BadSetting("{path!r} is not a path such as A/B, /A/B, ../A, A/@b", path=written)
    return written


def of_elements(written: str) -> str:
    """A path that leads to elements, as it is written; raises BadSetting if it is none."""
    if "@" in checked(written) or written.startswith(_FILE):
        raise BadSetting("{path!r} leads to no elements", path=written)
    return written


def places(path: str, start: Place) -> Iterator[Place]:
    """The elements that a path leads to, each with those above it, in the document's order."""
    begin, steps = _begun(path, start.chain)
    if begin:
        yield from (start._replace(chain=chain) for chain in _below(begin, steps, start.children))


def texts(path: str, start: Place) -> list[str]:
    """The texts that a path leads to, stripped, those that are not empty; raises Unreadable.

    They are limited, so that a message with many rows and a path from the root cannot take long.
    """
    found = _texts(path, start)
    if len(found) > MAX_TEXTS:
        raise Unreadable(
            "too_large", "more than {limit} texts at {path}", limit=MAX_TEXTS, path=path
        )
    return [value for value in found if value]


def _texts(path: str, start: Place) -> list[str]:
    if path.startswith(_FILE):
        return [start.named.get(path.removeprefix(_FILE), "")]
    above, at, attribute = path.rpartition("@")
    ends = start.children.ends((above.rstrip("/") or above or ".") if at else path, start.chain)[
        : MAX_TEXTS + 1
    ]
    return [_attribute(end, attribute) if at else text(end) for end in ends]


def count(path: str, start: Place) -> int:
    """How many elements a path leads to; of an attribute or of a file's name, how many texts."""
    if "@" in path or path.startswith(_FILE):
        return len(texts(path, start))
    return len(start.children.ends(path, start.chain))


@lru_cache(_CACHE_SIZE)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split("/") if step not in ("", "."))


def _begun(path: str, chain: tuple[Element, ...]) -> tuple[tuple[Element, ...], tuple[str, ...]]:
    """Where a path begins, and the steps from there; nowhere if it leads above the root."""
    steps = _steps(path)
    if path.startswith("/"):
        return chain[:1], steps
    up = sum(1 for step in steps if step == "..")
    return chain[: len(chain) - up], steps[up:]


def _below(
    chain: tuple[Element, ...], steps: tuple[str, ...], children: Children
) -> Iterator[tuple[Element, ...]]:
    if not steps:
        yield chain
        return
    for child in children.named(chain[-1], steps[0]):
        yield from _below((*chain, child), steps[1:], children)


def _attribute(element: Element, name: str) -> str:
    values = (v for key, v in element.attrib.items() if key.rpartition(":")[2] == name)
    return next(values, "").strip()
