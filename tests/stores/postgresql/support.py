"""A store on a server with something in it, and statements beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from clearance.customs.cn_single_window import ZONE, demo
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.stores.chain import LINK
from clearance.stores.codec import LOOK, LOOKED, TOUCHED
from clearance.stores.postgresql import schema
from clearance.timelines import intake
from clearance.timelines.forecasts import FORECAST

NOW = datetime(2026, 11, 1, tzinfo=ZONE)
LATER = "2026-11-01T00:00:00+08:00"


def files(count: int, seed: int = 9) -> list[demo.File]:
    return list(demo.traffic(count, seed, quarters=2))


def items(some: list[demo.File]) -> list[Item]:
    return [Item(file.name, file.data) for file in some]


def filled(url: str, count: int = 30) -> Store:
    store = open_store(url)
    intake.ingest(store, items(files(count)), NOW)
    return store


FORMER = {
    **schema.SPREAD,
    "clearance_refused": "digest",
    "clearance_unchecked": "id",
    "clearance_records": "name",
}
"""What an earlier version spread over a cluster, and by which column."""
OWN = {LINK, FORECAST, LOOK, LOOKED, TOUCHED}
"""Kinds of records of a store's own chain, of what it has learned, and of what its checks know."""


def everything(store: Store) -> tuple[Any, ...]:
    """All that a store tells, but for ids of timelines, its own chain, and what is learned."""
    declarations = sorted((d for _, d in store.timelines()), key=lambda d: d.name)
    changed = sorted(d.name for _, d in store.timelines(store.unchecked()))
    return (
        list(store.messages()),
        list(store.refused()),
        declarations,
        changed,
        sorted(r for r in store.records() if r.kind not in OWN),
    )


Ask = Callable[..., list[tuple[Any, ...]]]


@contextmanager
def asking(url: str) -> Iterator[Ask]:
    with psycopg.connect(url, autocommit=True) as connection:

        def ask(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

        yield ask


def halves(case: int) -> tuple[demo.File, demo.File]:
    """What the client's own reference and the number of customs have in common, and what only
    the number finds: told one by one they are two timelines, together one."""
    sent = datetime(2026, 3, 2, 9, tzinfo=ZONE)
    unified = f"I2026{case:013}"
    return (
        demo.import_receipt(f"TEST-{case}", unified, sent),
        demo.business_receipt(unified, "", "7", sent, case),
    )
