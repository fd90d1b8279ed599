"""What reports need of declarations, as columns of those that are alike.

Many declarations go one of a few ways. What decides how one counts, such as its direction, its
stage, the letters of its path and which of its milestones are known, is the same for all that are
``Alike``: a report looks at it once. What differs, moments and numbers, stands in columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, islice
from operator import attrgetter, is_, itemgetter
from typing import Any, TypeVar

from clearance.model import Timings, letters_of, seconds_of
from clearance.stores import codec
from clearance.stores.codec import Document

_K = TypeVar("_K", bound=Hashable)

_SHARED = (
    "system", "direction", "office", "stage", "returned", "transport_mode", "trade_mode",
    "sendings", "returns", "by_hand",
)  # fmt: skip
"""Fields of ``Timings`` that have the same value in all that are alike."""
_DEFAULTS: Mapping[str, Any] = Timings._field_defaults
_NONES = (None,) * len(Timings._fields)
_AT_ONCE = 3000
"""Declarations that are sorted together: more would fill the memory."""


class Alike:
    """Declarations with the same shared fields, letters of paths and fields that are known.

    ``ids`` are those that a store has them under, 0 if none has. ``shared`` and ``columns`` have
    the fields of ``Timings`` that are known, by name, but the path: of that ``letters`` has the
    letters, and ``steps`` the seconds, a list for each declaration.
    """

    __slots__ = ("columns", "ids", "letters", "shared", "steps")

    def __init__(
        self,
        ids: Sequence[int],
        shared: Mapping[str, Any],
        letters: str,
        steps: Sequence[Sequence[int]],
        columns: Mapping[str, Sequence[Any]],
    ) -> None:
        self.ids = ids
        self.shared = shared
        self.letters = letters
        self.steps = steps
        self.columns = columns

    def __len__(self) -> int:
        return len(self.ids)

    def one(self, name: str) -> Any:
        """The value of a shared field."""
        return self.shared.get(name, _DEFAULTS.get(name))

    def column(self, name: str) -> Sequence[Any] | None:
        """The values of a field that is not shared, in order; None where none is known."""
        return self.columns.get(name)

    def values(self, name: str) -> Sequence[Any]:
        """The values of any field but the path, in order; its default where none is known."""
        return self.columns.get(name) or [self.one(name)] * len(self.ids)

    def timing(self, place: int) -> Timings:
        """The timings of one of them."""
        own = {name: column[place] for name, column in self.columns.items()}
        steps = zip(self.letters, self.steps[place], strict=True)
        own["path"] = ",".join([f"{letter},{seconds}" for letter, seconds in steps])
        return codec.to_timings({**self.shared, **own})

    def timings(self) -> Iterator[Timings]:
        """The timings of each, in order."""
        return map(self.timing, range(len(self.ids)))

    def by_id(self) -> Iterator[tuple[int, Timings]]:
        """The same, each with the id that a store has it under."""
        return zip(self.ids, self.timings(), strict=True)

    def parted(self, keys: Iterable[_K]) -> Iterator[tuple[_K, Alike]]:
        """Those that have the same key, for each of the keys, which are given in order."""
        places: dict[_K, list[int]] = defaultdict(list)
        for place, key in enumerate(keys):
            places[key].append(place)
        for key, some in places.items():
            yield key, self if len(places) == 1 else self._picked(_at(some))

    def those(self, wanted: Sequence[object]) -> Alike:
        """Those for which a value is true, given in order."""
        return self._picked(lambda column: list(compress(column, wanted)))

    def without(self, ids: Collection[int]) -> Alike:
        """Those that a store does not have under some ids."""
        others = [id not in ids for id in self.ids]
        return self if all(others) else self.those(others)

    def _picked(self, pick: Callable[[Sequence[Any]], Sequence[Any]]) -> Alike:
        columns = {name: pick(column) for name, column in self.columns.items()}
        return Alike(pick(self.ids), self.shared, self.letters, pick(self.steps), columns)


def _at(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Picks what stands at some places of a column."""
    first, *others = places
    return itemgetter(*places) if others else lambda column: (column[first],)


def of_documents(documents: Iterable[tuple[int, Document]]) -> Iterator[Alike]:
    """Declarations sorted, given by id as documents of their timings (``codec.from_timings``).

    Raises StoreDamaged for a document that is none of timings.
    """
    likeness_of: dict[tuple[str, ...], Callable[[Sequence[Any]], Hashable]] = {}
    remaining = iter(documents)
    while some := list(islice(remaining, _AT_ONCE)):
        parts: dict[tuple[tuple[str, ...], Hashable], list[Sequence[Any]]] = defaultdict(list)
        for id, document in some:
            fields, row = ("", *document), (id, *document.values())
            likeness = likeness_of.get(fields)
            if likeness is None:
                next(codec.values(codec.to_timings, [document]))
                likeness = likeness_of[fields] = _likeness(fields)
            parts[fields, likeness(row)].append(row)
        for (fields, _), rows in parts.items():
            yield _alike(dict(zip(fields, zip(*rows, strict=True), strict=True)))


def of_timings(timings: Iterable[Timings]) -> Iterator[Alike]:
    """The same, given as timings."""
    fields, remaining = ("", *Timings._fields), iter(timings)
    likeness = _likeness(fields)
    while some := list(islice(remaining, _AT_ONCE)):
        parts: dict[Hashable, list[Sequence[Any]]] = defaultdict(list)
        for timing in some:
            parts[likeness((0, *timing)), tuple(map(is_, timing, _NONES))].append((0, *timing))
        for rows in parts.values():
            columns = zip(fields, zip(*rows, strict=True), strict=True)
            yield _alike({name: column for name, column in columns if column[0] is not None})


def _likeness(fields: Sequence[str]) -> Callable[[Sequence[Any]], Hashable]:
    """What tells whether rows with some fields are alike."""
    shared = itemgetter(*(fields.index(name) for name in _SHARED if name in fields))
    if "path" not in fields:
        return shared
    path = fields.index("path")
    return lambda row: (shared(row), letters_of(row[path]))


def _alike(columns: dict[str, Sequence[Any]]) -> Alike:
    """Declarations of columns by the names of fields; that of the ids has no name."""
    ids, paths = columns.pop(""), columns.pop("path", None)
    shared = {name: columns.pop(name)[0] for name in _SHARED if name in columns}
    letters = letters_of(paths[0]) if paths else ""
    steps = list(map(seconds_of, paths)) if paths else [()] * len(ids)
    return Alike(ids, shared, letters, steps, columns)


# As a store keeps them


def to_document(some: Iterable[Alike]) -> Document:
    """A document of declarations that are alike in parts."""
    return {"parts": [[one.ids, one.shared, one.letters, one.steps, one.columns] for one in some]}


def of_document(document: Document) -> Iterator[Alike]:
    """The declarations a document was made of."""
    return (Alike(*part) for part in document["parts"])


def joined(some: Iterable[Alike]) -> Iterator[Alike]:
    """The same declarations, in fewer parts: those of each that are alike are put together."""
    parts: dict[Hashable, list[Alike]] = defaultdict(list)
    count = 0
    for one in some:
        parts[tuple(one.shared.items()), one.letters, tuple(one.columns)].append(one)
        count += len(one)
        if count >= _AT_ONCE:
            yield from map(_as_one, parts.values())
            parts.clear()
            count = 0
    yield from map(_as_one, parts.values())


def _as_one(some: Sequence[Alike]) -> Alike:
    """Declarations that are alike in several parts, as one."""
    first, *others = some
    if not others:
        return first
    columns = {
        name: list(chain.from_iterable(one.columns[name] for one in some)) for name in first.columns
    }
    ids, steps = (
        list(chain.from_iterable(map(attrgetter(name), some))) for name in ("ids", "steps")
    )
    return Alike(ids, first.shared, first.letters, steps, columns)
