"""In which order files are read: what belongs to one declaration comes together.

So a declaration is mostly derived in one commit. Business receipts of one number follow each other,
at the time of the first of them; every other file comes at the time that its name bears.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from clearance.customs import systems

_LOTS = 64
"""Parts that names are dealt out to by their number, so that few of them are apart at a time."""
_JOINED = 200
"""Names that are joined at a time."""


def together(names: Iterable[str]) -> Iterator[str]:
    """The same names in the order to read them in, whatever order they are given in.

    Those of one time, or of none, come by name. None may hold a NUL. Half a million names take a
    third less room joined, so that is how they wait.
    """
    lots = _dealt(names)
    times, places = array("Q"), array("Q")
    for number, lot in enumerate(lots):
        claims = sorted(_claim(name) for text in lot for name in text.split("\0"))
        lot[:] = ["\0".join(name for _, _, name in claims)]
        start = 0
        for _, same in groupby(claims, lambda one: one.number):
            group = list(same)
            length = sum(len(one.name) + 1 for one in group)
            times.append(min(one.time for one in group))
            places.extend((number, start, start + length - 1))
            start += length
    order = array("L", sorted(range(len(times)), key=times.__getitem__))

    def text(group: int) -> str:
        lot, start, end = places[3 * group : 3 * group + 3]
        return lots[lot][0][start:end]

    simultaneous = groupby(order, times.__getitem__)
    return (
        name for _, same in simultaneous for t in sorted(map(text, same)) for name in t.split("\0")
    )


class _Claim(NamedTuple):
    """What a file's name says: the number in it, else all of it, and the time, else 0."""

    number: str
    time: int
    name: str


def _claim(name: str) -> _Claim:
    for look in _file_keys():
        if found := look(name):
            number, time = found
            return _Claim(number or name, time, name)
    return _Claim(name, 0, name)


@cache
def _file_keys() -> list[Callable[[str], tuple[str, int] | None]]:
    """What reads file names, of each customs system whose names say something."""
    return [one.file_key for one in systems().values() if one.file_key]


def _dealt(names: Iterable[str]) -> list[list[str]]:
    """Names in lots, those of one number in the same lot, many of them as one text."""
    lots: list[list[str]] = [[] for _ in range(_LOTS)]
    apart: list[list[str]] = [[] for _ in range(_LOTS)]
    for name in names:
        lot = crc32(_claim(name).number.encode(errors="surrogatepass")) % _LOTS
        apart[lot].append(name)
        if len(apart[lot]) == _JOINED:
            lots[lot].append("\0".join(apart[lot]))
            apart[lot].clear()
    for joined, left in zip(lots, apart, strict=True):
        joined += ["\0".join(left)] if left else []
    return lots
