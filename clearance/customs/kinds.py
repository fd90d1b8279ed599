"""Kinds of numbers that several customs systems have; each is the same in all of them."""

from __future__ import annotations

from collections.abc import Iterable

from clearance.errors import Unreadable
from clearance.model import Kind, Reference, Role

_MAX_CHARS = 255
"""Characters of a reference."""
_BILLS = ("703", "704", "705", "714", "730", "740", "741")
"""Types of documents, by the UN's list, that are a bill of lading or a waybill."""

MRN = Kind("mrn", Role.OFFICIAL, {"en": "MRN", "zh": "MRN 号"})
LRN = Kind("lrn", Role.OWN, {"en": "LRN", "zh": "LRN 号"})
BILL = Kind("bill_no", Role.GROUP, {"en": "bill no.", "zh": "提运单号"}, joined_by="_*")
CONTAINER = Kind("container", Role.GROUP, {"en": "container", "zh": "集装箱号"})
UCR = Kind("ucr", Role.GROUP, {"en": "UCR", "zh": "货物唯一编号 (UCR)"})
"""The unique consignment reference: it goes with the goods over borders; a DUCR is one."""
PREVIOUS = Kind("previous_no", Role.GROUP, {"en": "previous document", "zh": "前一单证号"})
"""The document under which goods came before, such as the MRN of a transit declaration."""


def is_bill(document: str) -> bool:
    """Whether a type of document is a bill of lading or a waybill; the EU writes N before it."""
    return document.removeprefix("N") in _BILLS


def references(found: Iterable[tuple[str, str]]) -> tuple[Reference, ...]:
    """Numbers by kind, each once, without empty ones; raises Unreadable for one too long."""
    numbers = tuple(dict.fromkeys(Reference(*one) for one in found if all(one)))
    for kind, value in numbers:
        if len(value) > _MAX_CHARS:
            raise Unreadable(
                "bad_value", "{kind} is longer than {limit} characters", kind=kind, limit=_MAX_CHARS
            )
    return numbers
