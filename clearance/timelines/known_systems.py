"""Which customs systems a store has messages of; apart from ``query``, which is larger, because
every command asks it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from clearance.customs import System, systems
from clearance.stores.codec import UNREAD

if TYPE_CHECKING:
    from clearance.stores import Store

SYSTEM = "system"
"""Kind of record: a customs system that messages were read of."""


def system_names(store: Store) -> list[str]:
    """The customs systems that messages were read of, in the order they first came."""
    return [record.id for record in store.records(SYSTEM) if record.id in systems()]


def home(store: Store) -> System | None:
    """The customs system of the first messages; None if there are no messages."""
    return next((systems()[name] for name in system_names(store)), None)


def is_empty(store: Store) -> bool:
    """Whether a store holds no message, not even one that could not be read."""
    held = chain(store.records(SYSTEM), store.records(UNREAD))
    return next(held, None) is None
