"""Which customs systems a store has messages of; apart from ``query``, which is larger, because
every command asks it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from clearance.customs import System, systems
from clearance.stores.codec import UNREAD

if TYPE_CHECKING:
    from clearance.model import Record
    from clearance.stores import Store

SYSTEM = "system"
"""Kind of record: a customs system that messages were read of."""
SINCE = "since"
"""The moment of its earliest event, in Unix seconds."""
UNDATED = 1e11
"""Stands for it where no event has a time; later than any."""


def system_names(store: Store) -> list[str]:
    """The customs systems that messages were read of, that with the earliest event first.

    So the order does not depend on which messages were read first. An earlier version kept no
    moments: those systems stand before, as they came, until the store is rebuilt.
    """
    known = sorted(store.records(SYSTEM), key=_since)
    return [record.id for record in known if record.id in systems()]


def _since(record: Record) -> tuple[float, str]:
    return (record.document[SINCE], record.id) if record.document else (-UNDATED, "")


def home(store: Store) -> System | None:
    """The customs system of the earliest event; None if there are no messages."""
    return next((systems()[name] for name in system_names(store)), None)


def is_empty(store: Store) -> bool:
    """Whether a store holds no message, not even one that could not be read."""
    held = chain(store.records(SYSTEM), store.records(UNREAD))
    return next(held, None) is None
