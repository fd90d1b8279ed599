"""The shared store: PostgreSQL, for several machines at once.

Tables, all in the schema that the connection's search path begins with: ``clearance_messages`` and
``clearance_refused`` as received; ``clearance_declarations`` (what is derived, with the events),
``clearance_timings`` (what reports need, under the same ids), ``clearance_keys`` (the index of
numbers and days) and ``clearance_unchecked``; ``clearance_records``; ``clearance_meta`` (versions
and counters, one row each). Documents are ``json``, never ``jsonb``, which would put the keys of an
object into another order than every other store does, and is slower to read.

The tables can lie in a cluster (Citus and its kin). Those that grow with the messages are spread by
hash over its nodes: ``SPREAD`` names the column each is spread by, which is in its primary key;
look-ups go from keys to ids to declarations in two statements; nothing is joined, and there are no
foreign keys. The others stay on the coordinator, so every machine connects to that one. Citus has
no snapshot of all nodes: a commit may be seen on one node a little before it is on the next, so
what is read together there is of one moment on each node only.
"""

from __future__ import annotations

from contextlib import suppress

from clearance.errors import NoStore, StoreError
from clearance.stores.postgresql.connecting import (
    Connection,
    connect,
    connection_parameters,
    park,
    unparked,
)
from clearance.stores.postgresql.store import PostgresStore

__all__ = ["PostgresStore", "open"]


def open(
    url: str, busy_timeout: float, outdated: bool = False, create: bool = True
) -> PostgresStore:
    """The store in a database; its tables are made by the first who writes.

    Raises NoStore if there are none, unless ``create``.
    """
    shown, parameters = connection_parameters(url)

    def store(connection: Connection) -> PostgresStore:
        def done() -> None:
            park(parameters, connection)

        try:
            store = PostgresStore(shown, connection, busy_timeout, outdated, done)
            if not create and not store.made:
                raise NoStore(shown)
            return store
        except BaseException:
            connection.close()
            raise

    if parked := unparked(parameters):
        with suppress(StoreError):  # it may be gone; what else is wrong is told by a new one
            return store(parked)
    return store(connect(shown, parameters))
