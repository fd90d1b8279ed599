"""The order in which files are read: those of one declaration come together.

So a declaration is mostly derived in one commit. Business receipts of one number follow each other,
at the time of the first of them; every other file comes at the time in its name.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from zlib import crc32

from clearance.customs import systems, until_systems_change

_BUCKETS = 64
"""Names are hashed into buckets by their number; only one bucket is split into names at a time."""
_JOINED = 200
"""Names that are joined into one text at a time."""


_Key = tuple[str, int, str]
"""The number in a file's name, else all of it; the time in it, else 0; and the name."""


def together(names: Iterable[str]) -> Iterator[str]:
    """The same names in the order to read them in, whatever order they are given in.

    Names of one time, or of none, come in alphabetical order. None may hold a NUL. Half a million
    names take a third less memory when they are joined, so they wait as joined texts.
    """
    texts: list[str] = []
    times, places = array("Q"), array("Q")
    for joined in _bucketed(names):
        keys = sorted(_key(name) for text in joined for name in text.split("\0"))
        for time, start, end in _runs(keys):
            times.append(time)
            places.extend((len(texts), start, end))
        texts.append("\0".join([name for _, _, name in keys]))
    return _by_time(texts, times, places)


def _bucketed(names: Iterable[str]) -> Iterator[list[str]]:
    """Names in buckets, those of one number in the same, each bucket as a few joined texts."""
    joined: list[list[str]] = [[] for _ in range(_BUCKETS)]
    waiting: list[list[str]] = [[] for _ in range(_BUCKETS)]
    for name in names:
        number, _, _ = _key(name)
        bucket = crc32(number.encode(errors="surrogatepass")) % _BUCKETS
        waiting[bucket].append(name)
        if len(waiting[bucket]) == _JOINED:
            joined[bucket].append("\0".join(waiting[bucket]))
            waiting[bucket].clear()
    while joined:
        rest = waiting.pop()
        yield joined.pop() + (["\0".join(rest)] if rest else [])


def _runs(keys: Sequence[_Key]) -> Iterator[tuple[int, int, int]]:
    """The earliest time of each number, and where its names begin and end when all are joined."""
    start = 0
    for _, same in groupby(keys, itemgetter(0)):
        _, times, names = zip(*same, strict=True)
        end = start + sum(map(len, names)) + len(names) - 1
        yield min(times), start, end
        start = end + 1


def _by_time(texts: Sequence[str], times: Sequence[int], places: Sequence[int]) -> Iterator[str]:
    """The names of each run, by the runs' times; a run's place is a text, a start and an end."""

    def names(run: int) -> str:
        text, start, end = places[3 * run : 3 * run + 3]
        return texts[text][start:end]

    order = array("L", sorted(range(len(times)), key=times.__getitem__))
    for _, simultaneous in groupby(order, times.__getitem__):
        for joined in sorted(map(names, simultaneous)):
            yield from joined.split("\0")


def _key(name: str) -> _Key:
    for file_key in _file_keys():
        if key := file_key(name):
            number, time = key
            return number or name, time, name
    return name, 0, name


@until_systems_change
def _file_keys() -> list[Callable[[str], tuple[str, int] | None]]:
    """What reads a file's name, for each customs system whose names say something."""
    return [system.file_key for system in systems().values() if system.file_key]
