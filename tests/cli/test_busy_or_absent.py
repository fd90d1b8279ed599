"""A store that is busy, or not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.support import HELLO, writing
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "-"),
        ("check", "--as-of", AS_OF),
        ("check", "--as-of", AS_OF, "--fail-on", "warning"),
        ("refused", "retry"),
        ("store", "rebuild"),
    ],
    ids=" ".join,
)
def test_a_writer_that_waits_in_vain_is_exit_5(
    kept: Run, run: Run, home: Path, arguments: tuple[str, ...]
) -> None:
    """Another process is in the middle of a write. Exit 5 comes before 3 and 6."""
    kept("ingest", "-", stdin=b"a letter that retry would read again")
    before = kept("list", "--all", "--format", "json", "--as-of", AS_OF).out
    with writing(home / "clearance.db"):
        ran = run(*arguments, "--busy-timeout", "0.2", "--format", "json", stdin=HELLO)
    assert ran.code == 5
    assert ran.error["kind"] == "busy"
    assert ran.talk.count("\n") == 1
    assert kept("list", "--all", "--format", "json", "--as-of", AS_OF).out == before


def test_a_writer_waits_as_long_as_it_is_told(
    kept: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is SQLite that waits, and is told how long."""
    connect, told = sqlite3.connect, list[float]()

    def connected(path: Path, *, timeout: float, isolation_level: None) -> sqlite3.Connection:
        told.append(timeout)
        return connect(path, timeout=timeout, isolation_level=isolation_level)

    with writing(home / "clearance.db"):
        monkeypatch.setattr(sqlite3, "connect", connected)
        assert kept("check", "--as-of", AS_OF, "--busy-timeout", "0.2").code == 5
    assert set(told) == {0.2}


def test_readers_do_not_wait_for_a_writer(kept: Run, home: Path) -> None:
    with writing(home / "clearance.db"):
        for arguments in (
            ("list",),
            ("status", INSPECTED.own),
            ("explain", INSPECTED.own),
            ("report",),
            ("alerts", "list"),
            ("check", "--dry-run"),
        ):
            ran = kept(*arguments, "--as-of", AS_OF, "--busy-timeout", "0.2")
            assert ran.code == 0, (arguments, ran.talk)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--all", "--events"),
        ("alerts", "list"),
        ("report",),
        ("report", "--by", "office"),
        ("refused",),
        ("refused", "list"),
        ("store", "info"),
        ("store", "verify"),
        ("check", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_store_that_does_not_exist_is_an_empty_one_and_not_made(
    call: Run, home: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    elsewhere = tmp_path / "a folder" / "store.db"
    for store in ((), ("--store", elsewhere)):
        ran = call(*arguments, *store, "--format", "json")
        assert ran.code == 0
        assert ran.json["schema"] == 1
    assert not home.exists()
    assert not elsewhere.parent.exists()


def test_no_number_is_known_in_a_store_that_does_not_exist(call: Run, home: Path) -> None:
    assert call("status", CLOSED.entry).code == 1
    assert not home.exists()
