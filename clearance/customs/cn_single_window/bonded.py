"""Answers about bonded goods (核注清单) that name the declaration made of them.

``INV202`` says that a declaration was generated of a bonded list, or that this failed; ``INV211``
tells later its entry number and whether it is released. Both only join the list's numbers to the
declaration's: no stage follows from them, customs' own receipts tell that.

Source: independent readers of these messages agree on their elements; real ones were seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs.cn_single_window import NAME, receipts
from clearance.customs.xml import Flat, local, text
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Reference

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KINDS = ("INV202", "INV211")
_ANSWERS = {"INV202": "manageResult", "INV211": "entryStucd"}
"""The element that holds the answer's code."""
_LISTS = ("invPreentNo", "businessId", "bondInvtNo", "etpsInnerInvtNo")
"""Numbers of the bonded list."""
_ENTRIES = ("entryNo", "rltEntryNo")
_TIMES = ("createDate", "manageDate", "send_time")
_NOTES = ("reason", "rmk", "note")


def names_declaration(root: Element | Flat) -> bool:
    """Whether a message is one of these answers and names a declaration."""
    found = _fields(root)
    kind = next((kind for kind in KINDS if kind in found), None)
    return kind is not None and bool(_numbers(found))


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:  # noqa: ARG001
    """The event of an answer, which has no stage."""
    found = _fields(root)
    kind = next(kind for kind in KINDS if kind in found)
    lists = {Reference("bonded_no", found[tag]) for tag in _LISTS if found.get(tag)}
    return [
        Event(
            system=NAME,
            kind=kind,
            code=found.get(_ANSWERS[kind]) or None,
            stage=None,
            at=_time(found),
            note=next((found[tag] for tag in _NOTES if found.get(tag)), None),
            serial=None,
            received_at=None,
            references=tuple(sorted({*_numbers(found), *lists})),
            facts=(),
            action=None,
            flags=(),
            messages=(id,),
        )
    ]


def _fields(root: Element | Flat) -> Mapping[str, str]:
    """The text of every element by local name, of a repeated one the first that is filled."""
    if isinstance(root, Flat):
        return root.fields
    found: dict[str, str] = {}
    for element in root.iter():
        if not found.get(name := local(element)):
            found[name] = text(element)[: receipts.MAX_CHARS]
    return found


def _numbers(found: Mapping[str, str]) -> list[Reference]:
    """The declaration's numbers; empty where there is none that can be one."""
    entry = next((found[tag] for tag in _ENTRIES if found.get(tag)), "")
    try:
        return receipts.numbers_in(found.get("entrySeqNo", ""), entry)
    except Unreadable:
        return []


def _time(found: Mapping[str, str]) -> datetime | None:
    """The answer's time; None where it says none, or not one that can be read."""
    for tag in _TIMES:
        if at := receipts.moment(found.get(tag, "")):
            return at
    return None
