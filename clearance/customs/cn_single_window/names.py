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
from functools import lru_cache

from clearance.customs.cn_single_window import in_beijing
from clearance.customs.moments import YEARS, iso
from clearance.named_tuples import NamedTuple

_FORMS = ("Receipt_", "Successed_", "Failed_")
"""How names begin before which nothing stands."""
_BEFORE = r"(?:handled_[0-9][0-9-]*_|cannot_parse_|复件[ ]?(?:\([0-9]+\)[ ])?|Copy[ ]of[ ])+"
"""What may stand before a name; compiled only where it is asked for, which is seldom."""
_NAME = re.compile(
    r"""
    (?: Receipt_[0-9A-Z]+_(?P<number>[0-9A-Z]+)_(?P<serial>[0-9]{18})
      | (?:Successed|Failed)_(?P<base>.+?) )
    (?P<timed>_(?P<time>[0-9]{14})[0-9]{0,9})?
    (?P<repeat>(?:[ ]?(?:\(|\uff08)[0-9]+(?:\)|\uff09)|[ ]-[ ]副本|[ ]-[ ]Copy)+)?
    \.xml""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
"""A name: that of a business receipt, or of an answer to the outgoing file ``base``."""
_CACHE_SIZE = 16
"""Names that are remembered: several who read a message ask for what its name says."""
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


@lru_cache(_CACHE_SIZE)
def parsed(name: str) -> FileName | None:
    """The facts in the last part of a name; None where it has no form that is known."""
    match = _NAME.fullmatch(_own(name))
    if match is None:
        return None
    number, serial, base, timed, time, repeat = match.groups()
    at = _time(time) if time else None
    if base is None:
        return FileName(at, serial, number)
    whole = base if at or not timed else base + timed
    return FileName(at, base=whole, repeat=repeat or "")


def own_reference(base: str) -> str | None:
    """The declarant's own reference in an outgoing name, if it has a form that holds one."""
    match = _OWN_REFERENCE.fullmatch(base)
    return (match[1] or match[2]) if match else None


def _own(name: str) -> str:
    """The last part of a name, without what programs that have read it put before it."""
    last = _last(name)
    if last.startswith(_FORMS):
        return last
    before = re.match(_BEFORE, last, re.IGNORECASE)
    return last[before.end() :] if before else last


def _last(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _time(written: str) -> datetime | None:
    """A client time; None where it cannot be."""
    try:
        at = iso(f"{written[:8]}T{written[8:]}")
    except ValueError:
        return None
    return in_beijing(at) if at.year in YEARS else None
