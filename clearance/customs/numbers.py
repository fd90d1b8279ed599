"""Numbers as people paste them: with labels, quotes, dashes, and many in one line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
"""Patterns are compiled when they are asked for: most numbers are known as they are written."""
_SEPARATORS = r"[,，、;；|\r\n\t\v\f\u2028\u2029]+"
_LOOSE_SEPARATORS = r"[\s/]+"
_AROUND = " \t*'\"`“”‘’「」『』《》<>()（）[]【】{}。．.,，、;；:：!！?？#=/\\_-‐‑‒–—―−－"
"""Characters around a number that are no part of it."""
_DASHES = r"[-‐‑‒–—―−－./·\s]"
_HYPHENS = "[‐‑‒–—―−－]"
"""What a program for texts puts in place of a hyphen."""
_LABEL = (
    r"(?i)(?:[^\x00-\x7f]+[\s:：#=]*"
    r"|[A-Za-z][A-Za-z .]*[:：#=]\s*"
    r"|(?:[A-Za-z]+[ .]+)*(?:no|nr|number|ref|reference|mrn|lrn|bill|declaration)[\s.:#=]+)"
)
"""A word before a number that says what it is, as ``报关单号：`` or ``entry no.``."""
_CERTAIN_LABEL = (
    r"(?i)^(?:报关单号?|(?:海关|统一|客户端|企业|企业内部|内部|业务|自)?编号"
    r"|(?:主|分|提|提运)?单号|柜号|箱号)[\s:：]*"
    r"|^(?:(?:entry|unified|declaration|bill|own)\s+)?"
    r"(?:no|nr|number|ref|reference|mrn|lrn)[.:：][\s.:：]*"
)
"""A label that is no part of a number whatever follows."""
_MARKS = " \t*'\"`“”‘’「」『』《》<>()（）[]【】{}。．.，,、;；:：!！?？"
"""Characters around a text that a spreadsheet or a sentence puts there."""
_WITHIN = r"[A-Za-z0-9][A-Za-z0-9_-]{4,}[A-Za-z0-9]"
_LONG = 12
"""Characters of a number that is given once in the world."""
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
    text = _cleaned(written).strip()
    if text and known(text):
        return [text]
    parts = [part for part in re.split(_SEPARATORS, text) if part.strip(_AROUND)]
    if len(parts) > 1:
        return _unique(number for part in parts for number in split(part, known))
    return _one(parts[0] if parts else text, known)


def shipments(written: str, known: Known) -> list[str]:
    """The numbers in a text that names shipments, each of another one.

    What is known is understood as ``split`` does, unless it is short and grown together with a
    word. What is not may be somebody's own reference, with blanks, slashes and words in it, so it
    is taken as it stands, but for the marks and the labels that a form or a spreadsheet puts around
    a number.
    """
    found = [number.strip() for number in split(written, known)]
    text = _cleaned(written).strip(_MARKS)
    if all(known(number) and _stands_alone(number, text) for number in found):
        return found
    parts = [part.strip(_MARKS) for part in re.split(_SEPARATORS, text) if part.strip(_MARKS)]
    if len(parts) > 1 and all(map(_is_whole, parts)):
        return _unique(number for part in parts for number in shipments(part, known))
    return [re.sub(_CERTAIN_LABEL, "", text, count=1).strip(_MARKS) or text or written.strip()]


def _cleaned(written: str) -> str:
    """A text without invisible characters, signs in their plain form."""
    visible = re.sub(_INVISIBLE, "", written).replace("№", "No.")
    return unicodedata.normalize("NFKC", visible)


def _stands_alone(number: str, text: str) -> bool:
    """Whether a number is so long that it can be no part of another, or no word is next to it."""
    apart = rf"(?<!\w){re.escape(number)}(?!\w)"
    return len(number) >= _LONG or number == text or re.search(apart, text) is not None


def _one(text: str, known: Known) -> list[str]:
    """The number in a text without separators, or the numbers between its blanks."""
    reading = _reading(text, known)
    return [reading] if known(reading) else _loose(text, known) or [reading]


def _reading(text: str, known: Known) -> str:
    """The number that a text is known to be, else what it is most likely to be."""
    readings = list(dict.fromkeys(_readings(text))) or [text]
    return next(filter(known, readings), readings[0])


def _readings(text: str) -> Iterator[str]:
    """What the number in a text may be: without what stands around it, with every dash a hyphen,
    and without dashes.
    """
    bare = text.strip(_AROUND)
    unlabelled = re.sub(_LABEL, "", bare, count=1) if re.match(_LABEL, bare) else bare
    unlabelled = unlabelled.strip(_AROUND)
    if not any(map(str.isdigit, unlabelled)):
        unlabelled = bare
    yield from filter(None, (unlabelled, bare, text))
    for dashes, sign in ((_HYPHENS, "-"), (_DASHES, "")):
        yield from filter(None, (re.sub(dashes, sign, reading) for reading in (unlabelled, bare)))


def _loose(text: str, known: Known) -> list[str]:
    """The numbers between blanks or slashes, or within words; none where it is one number."""
    pieces = [piece for piece in re.split(_LOOSE_SEPARATORS, text) if piece.strip(_AROUND)]
    if len(pieces) > 1:
        found = [_reading(piece, known) for piece in pieces]
        numbers = [piece for piece in found if _is_whole(piece) or known(piece)]
        if len(numbers) == len(found) or any(map(known, numbers)):
            return _unique(number for piece in numbers for number in _one(piece, known))
    if text.isascii():
        return []
    within, hyphened = map(_numbers_within, (text, re.sub(_HYPHENS, "-", text)))
    return hyphened if any(map(known, hyphened)) else within


def _numbers_within(text: str) -> list[str]:
    """What stands between the words of a text and may be a number."""
    return _unique(n for n in re.findall(_WITHIN, text) if any(map(str.isdigit, n)))


def _is_whole(piece: str) -> bool:
    """Whether a piece may be a whole number, not a part of one with blanks in it."""
    return len(piece) >= _MIN_CHARS and any(map(str.isdigit, piece))


def _unique(numbers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(numbers))


def joined(number: str) -> str:
    """A number of digits without dashes, dots, slashes and blanks; any other as it is."""
    digits = re.sub(_DASHES, "", number)
    return digits if digits.isdecimal() else number
