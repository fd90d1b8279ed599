"""How often a command waits for a server, and what it asks there: counted by a proxy before it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from benchmarks import round_trips
from benchmarks.round_trips import Command, Proxy, Trips
from clearance.stores import init_store
from clearance.stores.postgresql import schema
from tests.conftest import laid
from tests.stores.postgresql.support import LATER, files, filled

pytestmark = pytest.mark.slow

Counted = Callable[..., Trips]


@pytest.fixture
def counted(database: str, tmp_path: Path) -> Iterator[Counted]:
    """Runs a command on a store, and tells what went between it and the server."""
    if "host=/" not in database:
        pytest.skip("the proxy stands before a socket")
    with closing(Proxy(database)) as proxy:

        def run(*arguments: str) -> Trips:
            command = Command(arguments[0], arguments)
            return proxy.counted(partial(round_trips.run, command, proxy.url(database), tmp_path))

        yield run


def _reading(trips: Trips, table: str) -> list[str]:
    """The statements that read a table."""
    return [sql for sql in trips.statements if sql.startswith("SELECT") and f"FROM {table}" in sql]


@pytest.mark.parametrize("period", ["2026", "2026Q2", "2026-05..2026-07"])
def test_a_report_reads_the_rows_of_its_periods_in_one_statement(
    database: str, counted: Counted, period: str
) -> None:
    """What is compared with is read by the same: the server chooses the rows of both."""
    filled(database, 100).close()
    read = _reading(counted("report", "--period", period, "--as-of", LATER), "clearance_timings")
    rows = [sql for sql in read if " IS NULL" not in sql]
    assert len(rows) == 1
    assert schema.MOMENTS["counted_at"] in rows[0]
    assert len(read) <= 2


@pytest.mark.parametrize("count", [4, 100])
def test_an_ingest_on_a_cluster_waits_at_most_twice_as_often_as_on_one_server(
    database: str, counted: Counted, tmp_path: Path, count: int
) -> None:
    """Into a store that was just made, and again into one that holds something."""
    init_store(database).close()
    for seed in (9, 10):
        folder = tmp_path / str(seed)
        laid(files(count, seed), folder)
        trips = counted("ingest", str(folder))
        assert 0 < round_trips.between_nodes(trips.statements) <= trips.asking


def test_the_kept_count_of_every_ingest_is_at_most_twice_that_of_one_server() -> None:
    rows = [row for row in round_trips.kept() if "ingest" in row["what"]]
    assert len(rows) == 5
    assert all(row["between_nodes"] <= row["round_trips"] for row in rows)


def test_a_transaction_on_nodes_is_begun_and_ended_where_a_spread_table_is_asked() -> None:
    spread, local = "SELECT id FROM clearance_keys", "SELECT id FROM clearance_unchecked"
    written = "DELETE FROM clearance_keys"
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
    for statements, trips in (
        ([spread, spread], 2),
        ([begin, local, "COMMIT"], 0),
        ([begin, spread, spread, "ROLLBACK"], 4),
        ([begin, spread, local, written, "COMMIT", spread], 6),
    ):
        assert round_trips.between_nodes(statements) == trips


_LOADED = """
import sys
from clearance.cli import main
assert main() == 0
print(*sorted(name for name in sys.modules if name.startswith("clearance.stores.")))
"""


def test_a_look_at_a_store_on_a_server_does_not_load_what_makes_the_tables(
    database: str, environment: Mapping[str, str]
) -> None:
    filled(database, 3).close()
    command = [sys.executable, "-c", _LOADED, "list", "--store", database, "--as-of", LATER]
    ran = subprocess.run(command, capture_output=True, check=True, env=environment)
    loaded = ran.stdout.decode().splitlines()[-1].split()
    assert "clearance.stores.postgresql.session" in loaded
    assert "clearance.stores.postgresql.making" not in loaded
    assert "clearance.stores.sqlite" not in loaded
