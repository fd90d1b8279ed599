"""Names of the client's files: the numbers and the times in them.

::

    Receipt_<type>_<unified no.>_<receipt serial, 18>_<client time>.xml
    Successed_<outgoing base name>_<client time>.xml         so spelt; or Failed_…

A setting of the client leaves the time out. A program that has read a file may have put
``handled_<time>_`` or ``cannot_parse_`` before its name; the client counts repeats as ``(1)``, and
copies are called ``… (2)``, ``… - 副本`` or ``… - Copy``.

An outgoing name may hold the declarant's own reference: ``I_<reference>_t-1``, where the last
number counts the tries, and ``<time>_E_<reference>``, where the time is that of the try.

Sources: the settings of the client, and independent programs that write or read such names.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from clearance.customs.cn_single_window import ZONE

YEARS = range(1990, 2101)
"""Years that a declaration's times lie in."""
_BEFORE = re.compile(
    r"(?:handled_[0-9][0-9-]*_|cannot_parse_|复件 ?(?:\([0-9]+\) )?|Copy of )+", re.IGNORECASE
)
_REPEAT = re.compile(r"(?: ?[(\uff08][0-9]+[)\uff09]| - 副本| - Copy)+\Z", re.IGNORECASE)
_REPEAT_ENDS = frozenset(")\uff09本yY")
"""What the mark of a repeat ends with; no other name is searched for one."""
_ENDING = ".xml"
_TIMED = r"(?:_([0-9]{14})[0-9]{0,9})?"
_RECEIPT = re.compile(rf"Receipt_[0-9A-Z]+_([0-9A-Z]+)_([0-9]{{18}}){_TIMED}", re.IGNORECASE)
_IMPORT = re.compile(rf"(?:Successed|Failed)_(.+?){_TIMED}", re.IGNORECASE)
_PARTS = 5
"""Parts of a business receipt's name; the last is the time."""
_OWN_REFERENCE = re.compile(r"[IE]_(.+)_t-[0-9]+|[0-9]{14,20}_[IE]_(.+)")


class FileName(NamedTuple):
    """The facts in a file's name; none by default. ``repeat`` is what tells repeats apart."""

    received_at: datetime | None = None
    serial: str | None = None
    number: str | None = None
    base: str | None = None
    repeat: str = ""


def file_key(name: str) -> tuple[str, int] | None:
    """The unified number in a business receipt's name, else nothing, and the time in any name.

    The time is its 14 digits as a number, else 0. None where a name holds neither.
    """
    parts = _own(name).split("_")
    if parts[0] == "Receipt" and len(parts) in (_PARTS, _PARTS - 1):
        written = parts[_PARTS - 1][:14] if len(parts) == _PARTS else ""
        return parts[2], int(written) if written.isdecimal() else 0
    written = parts[-1][:14]
    return ("", int(written)) if written.isdecimal() and int(written) else None


def parsed(name: str) -> FileName | None:
    """The facts in the last part of a name; None where it has no form that is known."""
    own = _own(name)
    if own[-len(_ENDING) :].lower() != _ENDING:
        return None
    plain, repeat = _parted(own[: -len(_ENDING)])
    if match := _RECEIPT.fullmatch(plain):
        number, serial, time = match.groups()
        return FileName(_time(time), serial, number)
    if match := _IMPORT.fullmatch(plain):
        base, time = match.groups()
        at = _time(time)
        return FileName(at, base=base if at else plain.partition("_")[2], repeat=repeat)
    return None


def _parted(base: str) -> tuple[str, str]:
    """A name without its ending, in what it was and what a repeat or a copy was marked with."""
    match = _REPEAT.search(base) if base[-1:] in _REPEAT_ENDS else None
    return (base[: match.start()], match[0]) if match and match.start() else (base, "")


def own_reference(base: str) -> str | None:
    """The declarant's own reference in an outgoing name, if it has a form that holds one."""
    match = _OWN_REFERENCE.fullmatch(base)
    return (match[1] or match[2]) if match else None


def _own(name: str) -> str:
    """The last part of a name, without what programs that have read it put before it."""
    last = name.replace("\\", "/").rpartition("/")[2]
    before = _BEFORE.match(last)
    return last[before.end() :] if before else last


def _time(written: str | None) -> datetime | None:
    """A client time; None where there is none, or it cannot be."""
    try:
        at = datetime.fromisoformat(f"{written[:8]}T{written[8:]}") if written else None
    except ValueError:
        return None
    return at.replace(tzinfo=ZONE) if at and at.year in YEARS else None
