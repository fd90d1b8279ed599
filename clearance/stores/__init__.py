"""Where messages, timelines and what is told of them are kept: one module per store.

Messages are the truth; timelines are derived from them and can be derived again. What a command
writes it writes in one ``transaction``, which is on disk when it ends and leaves nothing behind
when it fails. Outside a transaction a store is only read.

A declaration has a number within its store, its *id*, which means nothing elsewhere. Keys are what
an index files it under: ``kind:number`` for each of its references, ``open``, and when it was
declared (``declared:2026-03-02T00:00:05``) and last heard of (``last:…``), in universal time.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, Self

from clearance.errors import BadArgument
from clearance.model import Declaration, Message, ReceivedAs, Record, Refusal, Summary, Timings
from clearance.stores.codec import OPEN

__all__ = ["BUSY_TIMEOUT", "OPEN", "VERSION", "Store", "init_store", "open_store"]

_SERVERS = {"postgresql": "postgresql", "postgres": "postgresql"}
"""The module of each scheme; libpq knows two names for its own."""
BUSY_TIMEOUT = 30.0
"""Seconds that a writer waits for another, unless told otherwise."""
VERSION = 1
"""Version of what is kept; a store written by a later one is not touched."""


class Store(Protocol):
    """Where messages, timelines and records are kept."""

    url: str

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside is kept together, or not at all; one writer at a time."""

    def reading(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment, whatever others write meanwhile."""

    def close(self) -> None:
        """Gives the store back."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    # Messages

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        """Which of these messages are kept, with the names each came under."""

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        """Messages as received, in the order they were first kept; all, or some by id."""

    def save_messages(self, messages: Iterable[Message]) -> None:
        """Keeps messages; one with the id of a message that is kept takes its place."""

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        """Messages that could not be read, in the order they came; all, or some by id."""

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keeps refusals; one with the id of a refusal that is kept takes its place."""

    def drop_refusals(self, ids: Collection[str]) -> None:
        """Drops refusals: they have been read after all."""

    # Timelines

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        """Ids of the declarations filed under any of some keys, or of all."""

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        """Declarations with their events, by ascending id; all, or some."""

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        """The same without the events, which is quicker."""

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        """What reports need of declarations, by ascending id: quicker still."""

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        """Writes timelines, each in the place of an id or, with None, under a new one; returns
        their ids. All of them count as changed until they are settled.
        """

    def delete_timelines(self, ids: Collection[int]) -> None:
        """Removes timelines."""

    def neighbouring_keys(self, key: str, count: int) -> list[str]:
        """Up to so many keys before and after where a key would stand in the index."""

    def ids_between(self, low: str, high: str) -> set[int]:
        """Ids of the declarations filed under a key from ``low`` up to, and without, ``high``."""

    def unchecked(self) -> set[int]:
        """Ids of the declarations that were written since they were last settled."""

    def mark_checked(self, ids: Collection[int]) -> None:
        """Declarations no longer count as changed."""

    # Everything else: alerts, plans, deliveries

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        """Records of a kind, or of every kind, in the order they were first kept.

        All, or those of the kind that are filed under any of some keys, among them their id.
        """

    def save_records(self, records: Iterable[Record]) -> None:
        """Keeps records; one with the kind and the id of one that is kept takes its place."""

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        """Drops records."""

    # The store itself

    def prepare(self) -> None:
        """Makes what a first writer would make, and spreads it where the store is a cluster."""

    def info(self) -> dict[str, Any]:
        """How many messages, refused messages, events and declarations; size in bytes; version."""

    def damage(self) -> Iterator[str]:
        """What is wrong with the store as a store, apart from what it says; nothing if whole."""


def open_store(
    url: str | Path, *, create: bool = True, busy_timeout: float = BUSY_TIMEOUT
) -> Store:
    """Opens a store: a path, ``postgresql://…``, or ``memory:``.

    Without ``create`` a store that does not exist is an empty one and is not made. A writer waits
    up to ``busy_timeout`` seconds for another. Raises StoreError.
    """
    scheme, colon, rest = str(url).partition(":")
    if colon and rest.startswith("//"):
        server: Store = _module(_server(scheme)).open(str(url), busy_timeout)
        return server
    if scheme == "memory" and colon:
        name, target = "memory", rest
    else:
        name, target = "tinydb", str(Path(url).expanduser())
        if not create and not Path(target).exists():
            name = "memory"
    store: Store = _module(name).open(target, busy_timeout)
    store.url = str(url)
    return store


def init_store(url: str | Path, *, busy_timeout: float = BUSY_TIMEOUT) -> Store:
    """Opens a store that is made, brought up to this version and, on a cluster, spread over it."""
    store = open_store(url, busy_timeout=busy_timeout)
    try:
        store.prepare()
    except BaseException:
        store.close()
        raise
    return store


def _server(scheme: str) -> str:
    """The module of the store that a URL's scheme names."""
    if scheme not in _SERVERS:
        raise BadArgument(
            f"there is no store {scheme}://: give a path, postgresql://user@host/database, "
            "or memory:"
        )
    return _SERVERS[scheme]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
