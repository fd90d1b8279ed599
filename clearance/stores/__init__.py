"""Stores: messages as received, timelines derived from them, and records such as alerts and plans.

One module per kind of store. Messages are the truth; timelines are derived from them and can be
derived again. A command writes in one ``transaction``, which is on disk when it ends and leaves
nothing behind when it fails. Outside a transaction a store is only read.

A declaration has a number within its store, its *id*, which means nothing elsewhere. Its *keys* are
what an index files it under: ``kind:number`` for each of its references, ``open``, and the times it
was declared (``declared:2026-03-02T00:00:05``) and of its last event (``last:…``), in universal
time.

A store keeps the number of its *layout*. One of a later layout is not opened, one of an earlier
layout only to be rebuilt: nothing of it is read in the wrong way, and nothing is lost.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, Self

from clearance import files
from clearance.errors import BadArgument, Phrase
from clearance.model import Declaration, Message, ReceivedAs, Record, Refusal, Summary, Timings
from clearance.stores.codec import OPEN

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.stores.alike import Alike

__all__ = [
    "BUSY_TIMEOUT_SECONDS",
    "LAYOUT",
    "OPEN",
    "DamagedStore",
    "Store",
    "init_store",
    "is_file",
    "located",
    "open_damaged",
    "open_store",
    "replacing",
]

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a writer waits for another, unless it is set."""
LAYOUT = 3
"""Number of the layout that this version reads and writes.

Layout 1 kept timings by position, and a declaration without its name. Layout 2 had no
checksums, knew no stage ``reviewed`` and no declaration date; an event was known at its own time.
"""
_SERVERS = {"postgresql": "postgresql", "postgres": "postgresql"}
"""The module for each scheme of a URL; libpq knows two names for its own."""
_MISSPELT = r"""(?xi)
    (^ | :) \s*+ (postgre | memory) [a-z]*+ \s*+ ([:;] | [/\\]{2})   # a first word that is ours
    | ^ \s*+ [a-z] [a-z0-9+.-]++ : [/\\]                         # any other with one slash
    | ^ ([^/\\]*+ [/\\]{0,2}+)? [^/\\:]*+ : [^/\\@]*+ @          # an account with its password
    | \b password \s*+ =                                        # libpq's other way to write it
    | ^ \s*+ (env | file) :                                    # where a secret is
    """
"""What no path of a new store looks like: a URL whose slash, colon or first word is wrong. No part
gives back what it has taken, so that a long text takes time by its length alone."""
_FILE, _MEMORY = "tinydb", "memory"
"""The modules of stores that are no server."""
_DAMAGED = "damaged"
"""The module that reads damaged files."""


class Store(Protocol):
    """Where messages, timelines and records are kept."""

    url: str

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside is kept together, or not at all; one writer at a time."""

    def reading(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment, whatever others write meanwhile."""

    def close(self) -> None:
        """Closes the connection or the file."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        """The names that each of these messages came under; nothing for one that is not kept."""

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        """Messages as received, in the order they were first kept; all, or some by id."""

    def make_ready(self, messages: Iterable[Message]) -> None:
        """Does what can be done before these messages are saved, so that to save them takes less
        time; whoever does not save them has to say nothing.
        """

    def save_messages(self, messages: Iterable[Message], absent: Collection[str] = ()) -> list[str]:
        """Keeps messages; each takes the place of the one with its id, also of one that is damaged.

        The ids in ``absent`` need not be looked for: ``names_of`` found none of them in this
        transaction, and nothing unreadable. Returns the ids of those that stand behind all others
        now, in their order.
        """

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        """Messages that could not be read, in the order they came; all, or some by id."""

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keeps refusals; each takes the place of the one with its id."""

    def drop_refusals(self, ids: Collection[str]) -> None:
        """Removes refusals of messages that could be read after all."""

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        """Ids of the declarations filed under any of some keys, or of all."""

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        """Declarations with their events, by ascending id; all, or some."""

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        """The same without the events, which is quicker."""

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        """What reports need of declarations, by ascending id: quicker still."""

    def timings_within(
        self, when: str, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[Alike]:
        """The same of those whose ``counted_at``, or whose ``cleared_at``, lies within half-open
        spans in order, sorted by what they have in common; others may be among them.
        """

    def pack(self) -> None:
        """Keeps what ``timings_within`` gives in a form that is read quicker, where much of it was
        written since; all that is read stays the same.
        """

    def undated(self) -> set[int]:
        """Ids of the declarations that have no ``counted_at``."""

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        """Writes timelines, each in the place of an id or, with None, under a new one; returns
        their ids. All of them are unchecked then.
        """

    def delete_timelines(self, ids: Collection[int]) -> None:
        """Removes timelines."""

    def clear_timelines(self) -> None:
        """Removes all timelines, also those of an earlier layout; the store has this layout then.

        Call it in the transaction that derives them anew.
        """

    def neighbouring_keys(self, keys: Collection[str], count: int) -> list[list[str]]:
        """For each of some keys up to ``count`` keys of the index before its place, and as many
        from there.
        """

    def ids_between(self, low: str, high: str) -> set[int]:
        """Ids of the declarations filed under a key from ``low`` up to, and without, ``high``."""

    def unchecked(self) -> set[int]:
        """Ids of the declarations that were written since the last check."""

    def mark_checked(self, ids: Collection[int]) -> None:
        """Declarations are no longer unchecked."""

    # Records

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        """Records of a kind, or of every kind, in the order they were first kept.

        All, or those of the kind that are filed under any of some keys, among them their id.
        """

    def save_records(self, records: Iterable[Record]) -> None:
        """Keeps records; each takes the place of the one with its kind and id."""

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        """Removes records."""

    def clear_records(self, kind: str) -> None:
        """Removes every record of a kind, also one that cannot be read."""

    # The store itself

    @property
    def unreadable(self) -> int:
        """How many documents were passed over since it was opened, because they are damaged.

        What is shown to people shows the rest. What is written follows from what is read: there
        StoreDamaged is raised instead, but for records and refusals, and for messages that are
        only looked for; what is written under the same id takes the place of such a one.
        """

    def prepare(self) -> None:
        """Makes what a first writer would make, and spreads it where the store is a cluster."""

    def info(self) -> dict[str, Any]:
        """Counts of messages, refused messages, events and declarations; bytes; the layout."""

    def damage(self) -> Iterator[Phrase]:
        """What is wrong inside the store, whatever the messages say; nothing if it is whole."""


class DamagedStore(Protocol):
    """What can be read of a store that is damaged; None stands for each thing that cannot."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def messages(self) -> Iterator[Message | None]:
        """Messages as received, in the order they were first kept."""

    def refused(self) -> Iterator[Refusal | None]:
        """Messages that could not be read, in the order they came."""

    def records(self) -> Iterator[Record | None]:
        """Records of every kind, in the order they were first kept."""


def open_store(
    url: str | Path,
    *,
    create: bool = True,
    busy_timeout: float = BUSY_TIMEOUT_SECONDS,
    outdated: bool = False,
) -> Store:
    """Opens a store: a path, ``postgresql://…``, or ``memory:``.

    Without ``create`` a store that does not exist is not made: NoStore is raised. A writer waits
    up to ``busy_timeout`` seconds for another. ``outdated`` opens also a store of an earlier
    layout, of which only messages, refusals and records may be used until its timelines are
    cleared. Raises StoreError.
    """
    module, target = located(url)
    store: Store = _module(module).open(target, busy_timeout, outdated, create)
    if module in (_FILE, _MEMORY):
        store.url = str(url)
    return store


def init_store(url: str | Path, *, busy_timeout: float = BUSY_TIMEOUT_SECONDS) -> Store:
    """Opens a store that is made, brought up to this version and, on a cluster, spread over it."""
    store = open_store(url, busy_timeout=busy_timeout)
    try:
        store.prepare()
    except BaseException:
        store.close()
        raise
    return store


def is_same(url: str | Path, other: str | Path) -> bool:
    """Whether two URLs or paths surely name the same store."""
    (module, target), (of_other, there) = located(url), located(other)
    if module == of_other == _FILE:
        return os.path.realpath(target) == os.path.realpath(there)
    return module == of_other != _MEMORY and target == there


def is_lasting(url: str | Path) -> bool:
    """Whether a store outlives the process that opens it."""
    return located(url)[0] != _MEMORY


def is_file(url: str | Path) -> bool:
    """Whether a store is a file: only such a one can be salvaged."""
    module, target = located(url)
    return module == _FILE and os.path.isfile(target)


def open_damaged(url: str | Path) -> DamagedStore:
    """Opens a file for what can still be read of it; raises StoreError where it is no store."""
    _, target = located(url)
    damaged: DamagedStore = _module(_DAMAGED).DamagedStore(target, BUSY_TIMEOUT_SECONDS)
    return damaged


def replacing(
    url: str | Path, busy_timeout: float = BUSY_TIMEOUT_SECONDS
) -> AbstractContextManager[tuple[DamagedStore, Store]]:
    """A store in a damaged file, and a new one that takes its place if the block inside goes well.

    Nobody writes meanwhile, and a copy of the damaged file stays beside it. Raises StoreBusy, and
    leaves all as it was, where somebody else is writing.
    """
    _, target = located(url)
    pair: AbstractContextManager[tuple[DamagedStore, Store]]
    pair = _module(_DAMAGED).replacing(target, busy_timeout)
    return pair


def located(url: str | Path) -> tuple[str, str]:
    """The module of the store that a URL or a path names, and what that module opens.

    Raises BadArgument for what is neither, such as a URL of PostgreSQL with one slash. The error
    does not repeat what was written, where a password may stand in it.
    """
    scheme, colon, rest = str(url).partition(":")
    if colon and rest.startswith("//"):
        return _server(scheme), str(url)
    if str(url) == "memory:":
        return _MEMORY, rest
    is_there = os.path.exists(url)
    if not is_there and re.search(_MISSPELT, str(url)):
        raise BadArgument(
            "the store is neither a path nor a URL such as postgresql://clerk@db/clearance; a URL "
            "has a colon and two slashes behind its first word"
        )
    return _FILE, files.tidied(str(url))


def _server(scheme: str) -> str:
    """The module of the server that a URL's scheme names."""
    if scheme not in _SERVERS:
        raise BadArgument(
            "there is no store {scheme}://: give a path, postgresql://user@host/database, "
            "or memory:",
            scheme=scheme,
        )
    return _SERVERS[scheme]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
