"""What a store keeps besides timelines: messages, refusals, small records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clearance.errors import Phrase
from clearance.model.values import Value, field
from clearance.named_tuples import NamedTuple


class ReceivedAs(NamedTuple):
    """A name that a message came under, and the time of its envelope as written, if it has one."""

    name: str
    sent: str = ""


class Message(NamedTuple):
    """A message as received: all its bytes, every name it came under, when first seen.

    ``id`` is ``sha256:`` and 64 hexadecimal digits.
    """

    id: str
    data: bytes
    received_as: tuple[ReceivedAs, ...]
    seen_at: datetime


class Refusal(Value):
    """A message that could not be read, and why.

    ``data`` holds all its bytes; of one larger than a message may be, the beginning. ``size`` is
    its true length in bytes. ``kind`` is the sort of trouble, ``reason`` the text for a clerk, and
    ``said`` the same with its template and values, so that it can be worded in another language;
    None where it was kept without them.
    """

    id: str
    name: str
    kind: str
    reason: str
    size: int
    seen_at: datetime
    data: bytes
    sent: str | None = None
    said: Phrase | None = field(default=None, compare=False)


class UnreadNotice(NamedTuple):
    """The notice of a refusal, without the bytes."""

    id: str
    name: str
    kind: str
    reason: str
    seen_at: datetime
    said: Phrase | None = None


class Record(NamedTuple):
    """A small document that a store keeps: an alert, a plan, a delivery.

    ``document`` holds values of JSON; ``keys`` are further keys in the index, besides its id.
    """

    kind: str
    id: str
    document: dict[str, Any]
    keys: tuple[str, ...] = ()
