"""Statements beside a store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stores.postgresql.support import Ask, asking


@pytest.fixture
def ask(database: str) -> Iterator[Ask]:
    """Runs a statement beside the store."""
    with asking(database) as ask:
        yield ask


@pytest.fixture
def coordinator(cluster: str) -> Iterator[Ask]:
    """The same beside a store in a cluster."""
    with asking(cluster) as ask:
        yield ask
