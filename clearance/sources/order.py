"""The order in which files are read: those of one declaration come together.

So a declaration is mostly derived in one commit. Business receipts of one number follow each other,
at the time of the first of them; every other file comes at the time in its name.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Generic, TypeVar
from zlib import compress, crc32, decompress

from clearance.customs import systems, until_systems_change

_BUCKETS = 64
"""Names are hashed into buckets by their number; only one bucket is sorted at a time."""
_KEYS = 1024
"""Keys of a bucket that are packed together: a folder with fewer in each needs no packing."""
_RUNS = 128
"""Runs that are packed together: of each bucket so many are unpacked at once."""

_Key = tuple[str, int, str]
"""The number in a file's name, else all of it; the time in it, else 0; and the name."""
_Run = tuple[int, list[str]]
"""The names of one number, in order, and the earliest time in them."""
_T = TypeVar("_T", _Key, _Run)


class _Packed(Generic[_T]):
    """Values in the order in which they were added, so many packed together.

    Names are so alike that half a million of them, packed, take a tenth of the memory.
    """

    def __init__(self, together: int) -> None:
        self._together = together
        self._packed: list[bytes] = []
        self._last: list[_T] = []

    def add(self, value: _T) -> None:
        """Adds a value."""
        self._last.append(value)
        if len(self._last) == self._together:
            self._packed.append(compress(marshal.dumps(self._last), 1))
            self._last.clear()

    def __iter__(self) -> Iterator[_T]:
        for packed in self._packed:
            yield from marshal.loads(decompress(packed))  # noqa: S302 - packed above
        yield from self._last


def together(names: Iterable[str]) -> Iterator[str]:
    """The same names in the order to read them in, whatever order they are given in.

    Names of one time, or of none, come in alphabetical order.
    """
    keys = map(_key, names)
    first = list(islice(keys, _KEYS))
    if len(first) < _KEYS:
        return _names(_in_runs(first))
    from heapq import merge

    buckets: dict[int, _Packed[_Key]] = defaultdict(lambda: _Packed(_KEYS))
    for key in chain(first, keys):
        buckets[crc32(key[0].encode(errors="surrogatepass")) % _BUCKETS].add(key)
    by_time: list[_Packed[_Run]] = []
    while buckets:
        by_time.append(_in_runs(buckets.popitem()[1]))
    return _names(merge(*by_time))


def _names(runs: Iterable[_Run]) -> Iterator[str]:
    return chain.from_iterable(own for _, own in runs)


def _in_runs(keys: Iterable[_Key]) -> _Packed[_Run]:
    """The runs of some names, by their times."""
    runs: list[_Run] = []
    for _, same in groupby(sorted(keys), itemgetter(0)):
        _, times, own = zip(*same, strict=True)
        runs.append((min(times), list(own)))
    packed: _Packed[_Run] = _Packed(_RUNS)
    for run in sorted(runs):
        packed.add(run)
    return packed


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
