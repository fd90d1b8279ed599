"""Documents as an SQLite file holds them: JSON, each with a checksum of its text and place."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from clearance.errors import SALVAGE, StoreDamaged

Json = dict[str, Any]
Row = tuple[int, Any, int | None]
"""A document as it is stored: its id, its text, its checksum; no checksum in an earlier layout."""

BLOCKS = "packed_2"
"""The table of what ``packed`` keeps; what another version keeps otherwise lies in another."""
EARLIER_BLOCKS = "packed_1"
"""What earlier versions kept."""
NO_CHECKSUM = -1
"""What no document has as its checksum."""
_in_ascii = json.JSONEncoder(separators=(",", ":")).encode
_in_unicode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _by_python(value: Any, errors: str) -> bytes:
    return _in_unicode(value).encode(errors=errors)


_chosen = {"json": _by_python}


def as_json(value: Any, errors: str = "strict") -> bytes:
    """A value as JSON in UTF-8; ``errors`` is what becomes of half of a surrogate pair, as in
    ``str.encode``: raises UnicodeEncodeError unless told otherwise.
    """
    return _chosen["json"](value, errors)


def for_many() -> None:
    """Writes JSON by msgspec from now on, which takes longer to load, and for each document a
    quarter of the time.

    It writes the same bytes, but for a fraction that is written with an exponent.
    """
    from msgspec.json import Encoder

    encode = Encoder().encode

    def by_msgspec(value: Any, errors: str) -> bytes:
        try:
            return encode(value)
        except (TypeError, UnicodeEncodeError):  # it knows fewer types, and no halves of pairs
            return _by_python(value, errors)

    _chosen["json"] = by_msgspec


def encoded(document: Mapping[str, Any]) -> str:
    """A document as JSON, as it is stored; in ASCII if half of a surrogate pair is in it."""
    return _encoded(document).decode()


def _encoded(document: Mapping[str, Any]) -> bytes:
    try:
        return as_json(document)
    except UnicodeEncodeError:
        return _in_ascii(document).encode()


def to_row(name: str, id: int, document: Mapping[str, Any]) -> Row:
    """A document of a table as it is stored, with its checksum."""
    written = _encoded(document)
    return id, written.decode(), _checksum(name, id, written)


@cache
def _seed(name: str) -> int:
    return zlib.crc32(name.encode())


def checksum(name: str, id: int, written: str) -> int:
    """The checksum of a document as it is stored, of the name of its table and of its id: a page
    may lie in the place of another.
    """
    return _checksum(name, id, written.encode("utf-8", "surrogateescape"))


def _checksum(name: str, id: int, written: bytes) -> int:
    return zlib.crc32(written, _seed(name) + id & 0xFFFFFFFF)


def first_checksum(
    place: tuple[str, int], written: str, is_legible: Callable[[Json], bool] | None
) -> int:
    """The checksum of a document that had none; none that fits if it cannot be read."""
    try:
        document = decoded(written)
        legible = isinstance(document, dict) and (is_legible is None or is_legible(document))
    except (StoreDamaged, KeyError, TypeError):
        legible = False
    return checksum(*place, written) if legible else NO_CHECKSUM


def spoilt_of(name: str, rows: Iterable[Row]) -> set[int]:
    """The ids of documents of a table that are not what was written, as their checksums tell."""
    return {
        id
        for id, written, crc in rows
        if not isinstance(written, str) or (crc is not None and crc != checksum(name, id, written))
    }


def decoded(written: str) -> Json:
    """The document that was stored; raises StoreDamaged where it no longer is one."""
    try:
        document: Json = json.loads(written)
    except (TypeError, ValueError) as error:
        raise StoreDamaged(
            "not a whole store: a document is no JSON any more ({why}); {remedy}",
            why=error,
            remedy=SALVAGE,
        ) from error
    return document


def all_decoded(written: Sequence[str]) -> Sequence[Json]:
    """Many documents, which is twice as quick as one by one; raises StoreDamaged."""
    try:
        documents: list[Json] = json.loads(f"[{','.join(written)}]")
    except (TypeError, ValueError):
        documents = []
    if len(documents) == len(written) and set(map(type, documents)) <= {dict}:
        return documents
    return [decoded(each) for each in written]
