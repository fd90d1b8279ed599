"""What reports need of declarations, as columns of those that are alike.

Many declarations go one of a few ways. What decides how one counts, such as its direction, its
stage, the letters of its path and which of its milestones are known, is the same for all that are
``Alike``: a report looks at it once. What differs, such as moments and numbers, stands in columns.
"""

from __future__ import annotations

import struct
from array import array
from binascii import a2b_base64, b2a_base64
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, islice, repeat
from operator import is_, itemgetter
from typing import Any, TypeVar

from clearance.model import DECIDING, INCIDENTAL, Timings, letters_of, seconds_of
from clearance.stores import codec
from clearance.stores.codec import Document

_K = TypeVar("_K", bound=Hashable)
_Row = tuple[Any, ...]

_DEFAULTS: Mapping[str, Any] = Timings._field_defaults
_NOTHING = tuple(_DEFAULTS[name] for name in INCIDENTAL)
_NONES = (None,) * len(Timings._fields)
_AT_ONCE = 3000
"""Declarations that are sorted together: more would fill the memory."""


class Alike:
    """Declarations with the same shared fields, letters of paths and milestones that are known.

    ``ids`` are those that a store has them under, 0 if none has. ``shared`` and ``columns`` have
    the fields of ``Timings`` that are known, by name, but the path: of that ``letters`` has the
    letters, and ``steps`` the seconds, a column for each letter.
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
        """The values of a field that is not shared, in order; None where none is known.

        Of a milestone, and of all that decides, each is known then.
        """
        return self.columns.get(name)

    def values(self, name: str) -> Sequence[Any]:
        """The values of any field but the path, in order; its default where none is known."""
        return self.columns.get(name) or [self.one(name)] * len(self.ids)

    def moments(self, when: str) -> Sequence[int] | None:
        """``counted_at`` or ``cleared_at`` of each in order; None where none is known."""
        if when == "counted_at":
            return self.column("dated_at") or self.column("declared_at")
        return self.column(when)

    def timing(self, place: int) -> Timings:
        """The timings of one of them."""
        own = {name: column[place] for name, column in self.columns.items()}
        steps = zip(self.letters, self.steps, strict=True)
        own["path"] = ",".join([f"{letter},{seconds[place]}" for letter, seconds in steps])
        return codec.to_timings({**self.shared, **own})

    def timings(self) -> Iterator[Timings]:
        """The timings of each, in order."""
        columns: dict[str, Iterable[Any]] = {
            name: self.columns.get(name) or repeat(self.one(name)) for name in Timings._fields
        }
        columns["path"] = self._paths()
        return map(Timings._make, zip(*columns.values(), strict=False))

    def _paths(self) -> Iterator[str]:
        """The path of each, in order."""
        if not self.letters:
            return repeat("", len(self.ids))
        form = ",".join([f"{letter},%d" for letter in self.letters])
        return map(form.__mod__, zip(*self.steps, strict=True))

    def by_id(self) -> Iterator[tuple[int, Timings]]:
        """The same, each with the id that a store has it under."""
        return zip(self.ids, self.timings(), strict=True)

    def parted(self, keys: Iterable[_K]) -> Iterator[tuple[_K, Alike]]:
        """Those that have the same key, for each of the keys, which are given in order."""
        given = list(keys)
        if given and given.count(given[0]) == len(given):
            yield given[0], self
            return
        places: dict[_K, list[int]] = defaultdict(list)
        for place, key in enumerate(given):
            places[key].append(place)
        for key, some in places.items():
            yield key, self._picked(_at(some))

    def those(self, wanted: Sequence[object]) -> Alike:
        """Those for which a value is true, given in order."""
        return self._picked(lambda column: list(compress(column, wanted)))

    def without(self, ids: Collection[int]) -> Alike:
        """Those that a store does not have under some ids."""
        if not ids or set(self.ids).isdisjoint(ids):
            return self
        return self.those([id not in ids for id in self.ids])

    def in_arrays(self) -> Alike:
        """The same to be kept: whole numbers in arrays take a tenth of the memory, and texts that
        are equal are one.
        """
        columns = {name: _in_array(column) for name, column in self.columns.items()}
        steps = list(map(_in_array, self.steps))
        return Alike(_in_array(self.ids), self.shared, self.letters, steps, columns)

    def _picked(self, pick: Callable[[Sequence[Any]], Sequence[Any]]) -> Alike:
        columns = {name: pick(column) for name, column in self.columns.items()}
        steps = list(map(pick, self.steps))
        return Alike(pick(self.ids), self.shared, self.letters, steps, columns)


def _at(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Picks what stands at some places of a column."""
    first, *others = places
    return itemgetter(*places) if others else lambda column: (column[first],)


def of_documents(documents: Iterable[tuple[int, Document]]) -> Iterator[Alike]:
    """Declarations sorted, given by id as documents of their timings (``codec.from_timings``).

    Raises StoreDamaged for a document that is none of timings.
    """
    shapes: dict[tuple[str, ...], _Shape] = {}
    remaining = iter(documents)
    while some := list(islice(remaining, _AT_ONCE)):
        parts: dict[tuple[tuple[str, ...], Hashable], list[_Row]] = defaultdict(list)
        for id, document in some:
            fields = tuple(document)
            shape = shapes.get(fields)
            if shape is None:
                next(codec.values(codec.to_timings, [document]))
                shape = shapes[fields] = _Shape(fields)
            row = shape.row((id, *_NOTHING, *document.values()))
            parts[shape.names, shape.likeness(row)].append(row)
        for (names, _), rows in parts.items():
            yield _alike(dict(zip(names, zip(*rows, strict=True), strict=True)))


def of_timings(timings: Iterable[Timings]) -> Iterator[Alike]:
    """The same, given as timings."""
    shape, remaining = _Shape(Timings._fields), iter(timings)
    deciding = len(shape.names) - len(INCIDENTAL)
    while some := list(islice(remaining, _AT_ONCE)):
        parts: dict[Hashable, list[_Row]] = defaultdict(list)
        for timing in some:
            row = shape.row((0, *_NOTHING, *timing))
            parts[shape.likeness(row), tuple(map(is_, row[:deciding], _NONES))].append(row)
        for rows in parts.values():
            columns = zip(shape.names, zip(*rows, strict=True), strict=True)
            yield _alike(
                {
                    name: column
                    for name, column in columns
                    if column[0] is not None or name in INCIDENTAL
                }
            )


class _Shape:
    """How documents with some fields are made rows: first the id, which has no name, and what
    decides, then all facts, which have their defaults where a document has none.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        deciding = ("", *(name for name in fields if name not in INCIDENTAL))
        self.names = (*deciding, *INCIDENTAL)
        places = {name: place for place, name in enumerate(("", *INCIDENTAL, *fields))}
        self.row: Callable[[_Row], _Row] = itemgetter(*map(places.__getitem__, self.names))
        self._shared = itemgetter(*(deciding.index(name) for name in DECIDING if name in deciding))
        self._path = deciding.index("path") if "path" in deciding else None

    def likeness(self, row: _Row) -> Hashable:
        """What tells whether rows are alike."""
        return self._shared(row), "" if self._path is None else letters_of(row[self._path])


def _alike(columns: dict[str, Sequence[Any]]) -> Alike:
    """Declarations of columns by the names of fields; that of the ids has no name."""
    ids, paths = columns.pop(""), columns.pop("path", None)
    for name, nothing in zip(INCIDENTAL, _NOTHING, strict=True):
        if name in columns and columns[name].count(nothing) == len(ids):
            del columns[name]
    shared = {name: columns.pop(name)[0] for name in DECIDING if name in columns}
    letters = letters_of(paths[0]) if paths else ""
    steps = list(zip(*map(seconds_of, paths or ()), strict=True))
    return Alike(ids, shared, letters, steps, columns)


# As a store keeps them

_WIDTHS = {"B": (0, 2**8), "H": (0, 2**16), "I": (0, 2**32), "q": (-(2**63), 2**63)}
"""What ``struct`` calls whole numbers of one, two, four and eight bytes, and which these are."""


def to_document(some: Iterable[Alike]) -> Document:
    """A document of declarations that are alike in parts; whole numbers in it are packed."""
    return {"parts": list(map(_to_part, some))}


def of_document(document: Document) -> Iterator[Alike]:
    """The declarations a document was made of."""
    return map(_of_part, document["parts"])


def _to_part(one: Alike) -> list[Any]:
    columns = {name: _packed(column) for name, column in one.columns.items()}
    return [_packed(one.ids), one.shared, one.letters, list(map(_packed, one.steps)), columns]


def _of_part(part: list[Any]) -> Alike:
    ids, shared, letters, steps, columns = part
    columns = {name: _unpacked(column) for name, column in columns.items()}
    return Alike(_unpacked(ids), shared, letters, list(map(_unpacked, steps)), columns)


def _packed(column: Sequence[Any]) -> str | Sequence[Any]:
    """A column of whole numbers as one text, which is read in a fifth of the time: how wide each
    is, and their bytes, the lowest first. Another column stays what it is.
    """
    width = _width(column)
    if width is None:
        return column
    written = struct.pack(f"<{len(column)}{width}", *column)
    return width + b2a_base64(written, newline=False).decode()


def _in_array(column: Sequence[Any]) -> Sequence[Any]:
    """A column of whole numbers as an array, one of texts with one of each."""
    if width := _width(column):
        return array(width, column)
    known: dict[Any, Any] = {}
    is_text = set(map(type, column)) == {str}
    return [known.setdefault(each, each) for each in column] if is_text else column


def _width(column: Sequence[Any]) -> str | None:
    """How wide the numbers of a column are; None if not all are whole numbers, or one is wider."""
    if set(map(type, column)) != {int}:
        return None
    least, most = min(column), max(column)
    fitting = (width for width, (low, end) in _WIDTHS.items() if low <= least and most < end)
    return next(fitting, None)


def _unpacked(written: str | Sequence[Any]) -> Sequence[Any]:
    """The column that a text was made of."""
    if not isinstance(written, str):
        return written
    width, packed = written[0], a2b_base64(written[1:])
    return struct.unpack(f"<{len(packed) // struct.calcsize(width)}{width}", packed)


def joined(some: Iterable[Alike]) -> Iterator[Alike]:
    """The same declarations in fewer parts: those that are alike in several are put together."""
    parts: dict[Hashable, list[Alike]] = defaultdict(list)
    count = 0
    for one in some:
        deciding = tuple(name for name in one.columns if name not in INCIDENTAL)
        parts[tuple(one.shared.items()), one.letters, deciding].append(one)
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
    names = dict.fromkeys(chain.from_iterable(one.columns for one in some))
    columns = {name: list(chain.from_iterable(one.values(name) for one in some)) for name in names}
    ids = list(chain.from_iterable(one.ids for one in some))
    steps = [list(chain(*parts)) for parts in zip(*(one.steps for one in some), strict=True)]
    return Alike(ids, first.shared, first.letters, steps, columns)
