"""Numbers as people paste them: with labels, quotes, dashes, and many in one line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
"""Patterns are compiled when they are asked for: most numbers are known as they are written."""
_SEPARATORS = r"[,，、;；|\r\n\t\v\f\u2028\u2029]+"
_LOOSE_SEPARATORS = r"[\s/]+"
_AROUND = " \t*'\"`“”‘’「」『』《》<>()（）[]【】{}。．.,，、;；:：!！?？#=_-–—"
"""Characters around a number that are no part of it."""
_DASHES = r"[-‐‑‒–—―−－./·\s]"
_LABEL = (
    r"(?i)(?:[^\x00-\x7f]+[\s:：#]*"
    r"|[A-Za-z][A-Za-z .]*[:：#]\s*"
    r"|(?:[A-Za-z]+[ .]+)*(?:no|nr|number|ref|reference|mrn|lrn|bill|declaration)[\s.:#]+)"
)
"""A word before a number that says what it is, as ``报关单号：`` or ``entry no.``."""
_LABEL_END = r"[号码单:#.\s]$"
"""How a word ends that is a label for certain, in a text of normal width."""
_WITHIN = r"[A-Za-z0-9][A-Za-z0-9_-]{4,}[A-Za-z0-9]"
_MIN_CHARS = 6
"""A number of fewer characters is split off only where it is known."""

Known = Callable[[str], bool]
"""Whether anything bears a number."""


def split(written: str, known: Known) -> list[str]:
    """The numbers in an argument; the whole of it where that is known.

    Separators and labels may be part of a reference of somebody's own, so they count as such only
    where the number with them is not known.
    """
    if written.strip() and known(written):
        return [written]
    text = unicodedata.normalize("NFKC", re.sub(_INVISIBLE, "", written)).strip()
    if text and known(text):
        return [text]
    parts = [part for part in re.split(_SEPARATORS, text) if part.strip(_AROUND)]
    if len(parts) > 1:
        return _unique(number for part in parts for number in split(part, known))
    return _one(parts[0] if parts else text, known)


def as_meant(written: str, known: Known) -> list[str]:
    """What a text may mean that stands for one thing: the numbers in it, and of a number that is
    not known also the text as it stands where a word before it may be no label but the beginning
    of somebody's own reference, as in ``甲2026-001``.
    """
    found = split(written, known)
    if len(found) != 1 or known(found[0]):
        return found
    whole = unicodedata.normalize("NFKC", re.sub(_INVISIBLE, "", written)).strip(_AROUND)
    before, number, _ = whole.partition(found[0])
    return [*found, whole] if number and before and not re.search(_LABEL_END, before) else found


def _one(text: str, known: Known) -> list[str]:
    """The number in a text without separators, or the numbers between its blanks."""
    readings = dict.fromkeys(_readings(text))
    for reading in readings:
        if known(reading):
            return [reading]
    return _loose(text, known) or [next(iter(readings), text)]


def _readings(text: str) -> Iterator[str]:
    """What the number in a text may be: without what stands around it, and without dashes."""
    bare = text.strip(_AROUND)
    unlabelled = re.sub(_LABEL, "", bare, count=1) if re.match(_LABEL, bare) else bare
    unlabelled = unlabelled.strip(_AROUND)
    if not any(map(str.isdigit, unlabelled)):
        unlabelled = bare
    yield from filter(None, (unlabelled, bare, text))
    yield from filter(None, (re.sub(_DASHES, "", reading) for reading in (unlabelled, bare)))


def _loose(text: str, known: Known) -> list[str]:
    """The numbers between blanks or slashes, or within words; none where it is one number."""
    pieces = [piece for piece in re.split(_LOOSE_SEPARATORS, text) if piece.strip(_AROUND)]
    if len(pieces) > 1:
        found = [reading for piece in pieces for reading in list(_readings(piece))[:1]]
        numbers = [piece for piece in found if _is_whole(piece) or known(piece)]
        if len(numbers) == len(found) or any(map(known, numbers)):
            return _unique(number for piece in numbers for number in _one(piece, known))
    within = [number for number in re.findall(_WITHIN, text) if any(map(str.isdigit, number))]
    return _unique(within) if not text.isascii() and within != [text] else []


def _is_whole(piece: str) -> bool:
    """Whether a piece may be a whole number, not a part of one with blanks in it."""
    return len(piece) >= _MIN_CHARS and any(map(str.isdigit, piece))


def _unique(numbers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(numbers))


def joined(number: str) -> str:
    """A number of digits without dashes, dots, slashes and blanks; any other as it is."""
    digits = re.sub(_DASHES, "", number)
    return digits if digits.isdecimal() else number
