"""Paths of a described system: where in a document something stands.

``A/B`` are the elements B in elements A of the place that is looked from; ``/A/B`` begins at the
root of the document, ``../A`` one element above. ``*`` is an element of any name, ``@name`` at the
end an attribute, ``.`` the place itself. ``file:name`` is a named part of the file's name. Names
are local names: prefixes and namespaces make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from clearance.customs.xml import Element, local, text
from clearance.errors import BadSetting

_MAX_STEPS = 12
_CACHE_SIZE = 512
_NAME = r"[^\W\d][\w.-]{0,100}"
_PATH = re.compile(rf"\.|/?(?:\.\./)*(?:(?:{_NAME}|\*)/)*(?:{_NAME}|\*|@{_NAME})|file:[a-z_]+")
_FILE = "file:"


class Place(NamedTuple):
    """Where paths are looked from: an element with those above it, the root first.

    ``named`` are the named parts of the file's name.
    """

    chain: tuple[Element, ...]
    named: Mapping[str, str]

    @property
    def element(self) -> Element:
        """The element itself."""
        return self.chain[-1]

    @property
    def depth(self) -> int:
        """How many elements there are down to it, with the root."""
        return len(self.chain)


def checked(written: str) -> str:
    """A path as it is written; raises BadSetting if it is none."""
    if not _PATH.fullmatch(written) or written.count("/") > _MAX_STEPS:
        raise BadSetting("{path!r} is not a path such as A/B, /A/B, ../A, A/@b", path=written)
    return written


def places(path: str, start: Place) -> Iterator[Place]:
    """The elements that a path leads to, in the order of the document."""
    steps, begin = _steps(path), start.chain
    if path.startswith("/"):
        begin = begin[:1]
    while steps and steps[0] == "..":
        begin, steps = begin[:-1], steps[1:]
    if begin:
        yield from (Place(chain, start.named) for chain in _below(begin, steps))


def texts(path: str, start: Place) -> list[str]:
    """The texts that a path leads to, stripped, those that are not empty."""
    if path.startswith(_FILE):
        found = [start.named.get(path.removeprefix(_FILE), "")]
    elif "@" in path:
        above, _, attribute = path.rpartition("@")
        holders = places(above.rstrip("/") or ("/" if above else "."), start)
        found = [_attribute(place.element, attribute) for place in holders]
    else:
        found = [text(place.element) for place in places(path, start)]
    return [value for value in found if value]


@lru_cache(_CACHE_SIZE)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split("/") if step not in ("", "."))


def _below(chain: tuple[Element, ...], steps: tuple[str, ...]) -> Iterator[tuple[Element, ...]]:
    if not steps:
        yield chain
        return
    for child in chain[-1]:
        if steps[0] in ("*", local(child)):
            yield from _below((*chain, child), steps[1:])


def _attribute(element: Element, name: str) -> str:
    values = (v for key, v in element.attrib.items() if key.rpartition(":")[2] == name)
    return next(values, "").strip()
