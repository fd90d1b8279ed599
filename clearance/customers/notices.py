"""Notices: what a customer is told, as it was worded, of what, and by which messages.

A notice's id is made of the customer, the topic and the message that told it, so it stays the same
however often a check is repeated. Its text is kept as it was worded when it was made: whatever the
settings say later, that is what was told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from clearance.customers.topics import MOVED, RENUMBERED, TOPICS
from clearance.customs.references import NAMING_ROLES, of_role
from clearance.errors import NotFound
from clearance.hashing import sha256
from clearance.model import NOTHING_SAID, Record, Reference, Remark, Summary, Value
from clearance.stores import Store
from clearance.stores.codec import iso, moment, reads

NOTICE = "notice"
"""The kind of record that a notice is."""
HELD = "held"
"""The index key of a notice that waits for a person."""
AWAITED = "awaited"
"""The index key of a notice that names a day of release which is still ahead."""
_MIN_ID = 4
"""Characters of an id that say which is meant; fewer are a slip."""


class Standing(StrEnum):
    """What became of a notice before it left.

    ``HELD`` waits for a person, ``FILED`` is in the outbox or has left it, ``DROPPED`` is not to be
    told, ``OVERTAKEN`` no longer held before it was told, so it never is.
    """

    HELD = "held"
    FILED = "filed"
    DROPPED = "dropped"
    OVERTAKEN = "overtaken"


class Notice(Value, kw_only=True):
    """What one customer is told of one declaration.

    ``origin`` identifies what it tells, ``messages`` are the ids of the messages that told it, and
    ``references`` the index keys of its declaration. ``name`` is what the customer knows the
    shipment by, ``number`` customs' number, if it is final, and ``expected`` the day of release
    that it names; ``awaited``: the release is still to come. ``corrects`` holds the ids of the
    notices that it refers to and puts right. ``said`` is what a person said who approved or
    dropped it.
    """

    id: str
    customer: str
    topic: str
    origin: tuple[str, ...]
    messages: tuple[str, ...]
    references: tuple[str, ...]
    name: str
    at: datetime
    made_at: datetime
    standing: Standing
    lang: str
    title: str
    lines: tuple[str, ...]
    urgent: bool = False
    number: str | None = None
    expected: date | None = None
    awaited: bool = False
    corrects: tuple[str, ...] = ()
    said: Remark = NOTHING_SAID
    decided_at: datetime | None = None

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join((self.title, *self.lines))


def identity(*parts: str) -> str:
    """The stable id of a notice: 12 hexadecimal digits of what it is about."""
    return sha256("\n".join(("notice", *parts)).encode()).hexdigest()[:12]


def from_notice(notice: Notice) -> Record:
    """A record of a notice, filed under the messages that told it, and while it is held."""
    document: dict[str, Any] = {
        "customer": notice.customer,
        "topic": notice.topic,
        "origin": list(notice.origin),
        "messages": list(notice.messages),
        "references": list(notice.references),
        "name": notice.name,
        "at": iso(notice.at),
        "made_at": iso(notice.made_at),
        "standing": notice.standing,
        "lang": notice.lang,
        "title": notice.title,
        "lines": list(notice.lines),
        "urgent": notice.urgent,
        "number": notice.number,
        "expected": notice.expected.isoformat() if notice.expected else None,
        "awaited": notice.awaited,
        "corrects": list(notice.corrects),
        "said": list(notice.said),
        "decided_at": iso(notice.decided_at),
    }
    held = (HELD,) if notice.standing is Standing.HELD else ()
    awaited = (AWAITED,) if notice.awaited else ()
    return Record(NOTICE, notice.id, document, (*held, *awaited, *notice.messages))


def to_notice(record: Record) -> Notice:
    """The notice a record was made of."""
    document = record.document
    expected = document["expected"]
    return Notice(
        id=record.id,
        customer=document["customer"],
        topic=document["topic"],
        origin=tuple(document["origin"]),
        messages=tuple(document["messages"]),
        references=tuple(document["references"]),
        name=document["name"],
        at=datetime.fromisoformat(document["at"]),
        made_at=datetime.fromisoformat(document["made_at"]),
        standing=Standing(document["standing"]),
        lang=document["lang"],
        title=document["title"],
        lines=tuple(document["lines"]),
        urgent=document["urgent"],
        number=document["number"],
        expected=date.fromisoformat(expected) if expected else None,
        awaited=document["awaited"],
        corrects=tuple(document["corrects"]),
        said=Remark(*document["said"]),
        decided_at=moment(document["decided_at"]),
    )


@reads(NOTICE)
def _usable(record: Record) -> Notice:
    """The same; raises ValueError for one of a topic that there is not."""
    notice = to_notice(record)
    if notice.topic not in TOPICS:
        raise ValueError(notice)
    return notice


def notices(store: Store, keys: Collection[str] | None = None) -> Iterator[Notice]:
    """Notices in the order they were first kept: all, or those under some ids or messages."""
    return map(to_notice, store.records(NOTICE, keys))


def notice(store: Store, id: str) -> Notice:
    """The notice with an id, or whose id alone begins so; raises NotFound."""
    start = id.strip().casefold()
    if len(start) < _MIN_ID:
        raise NotFound("{id!r}: give at least {least} characters of an id", id=id, least=_MIN_ID)
    found = list(notices(store, {start})) or [n for n in notices(store) if n.id.startswith(start)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound("{count} ids begin with {id!r}: give more of it", count=len(found), id=id)
    raise NotFound(
        "no notice has an id that begins with {id!r}: see clearance notices list --all", id=id
    )


def corrected(known: Iterable[Notice]) -> set[str]:
    """The ids of notices that no longer hold with others; one that was overtaken ends none.

    What is told again with another number or day still holds.
    """
    return {
        id
        for one in known
        if one.standing is not Standing.OVERTAKEN and one.topic not in (RENUMBERED, MOVED)
        for id in one.corrects
    }


def number_keys(declaration: Summary) -> set[str]:
    """Keys of all numbers that say which declaration it is; of any number where there are none."""
    naming = of_role(*NAMING_ROLES)
    named = {k: values for k, values in declaration.references.items() if k in naming}
    numbers = named or declaration.references
    return {Reference(kind, value).key for kind, values in numbers.items() for value in values}
