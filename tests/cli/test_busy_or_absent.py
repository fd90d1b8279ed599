"""A store that is busy, or not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.support import HELLO, writing
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run
from tests.receivers import receiver


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


NEEDS_A_STORE = [
    ("list",),
    ("list", "--all", "--events"),
    ("list", "--since", "2d"),
    ("status", CLOSED.entry),
    ("explain", CLOSED.entry),
    ("report",),
    ("report", "--by", "office"),
    ("report", "--calibration"),
    ("check",),
    ("check", "--dry-run"),
    ("check", "--as-of", AS_OF),
    ("alerts", "list"),
    ("alerts", "show", "abcd"),
    ("alerts", "history"),
    ("alerts", "silences"),
    ("alerts", "ack", "abcd", "--until", "2d"),
    ("alerts", "silence", "--match", "office=2248", "--until", "2d", "--note", "x"),
    ("alerts", "end", "abcd"),
    ("plan", "list"),
    ("plan", "show", CLOSED.entry),
    ("refused",),
    ("refused", "list"),
    ("refused", "show", "abcd"),
    ("refused", "retry"),
    ("store", "info"),
    ("store", "verify"),
    ("store", "rebuild"),
    ("store", "copy", "elsewhere.db"),
]


@pytest.mark.parametrize(
    "arguments", [*NEEDS_A_STORE, ("store", "rebuild", "--salvage")], ids=" ".join
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_store_that_does_not_exist_is_an_error_and_never_all_is_well(
    call: Run, home: Path, tmp_path: Path, arguments: tuple[str, ...], lang: str
) -> None:
    """A typo in a cron line, another user's home, a share that is not mounted yet."""
    elsewhere = tmp_path / "a folder" / "store.db"
    for store in ((), ("--store", elsewhere)):
        ran = call(*arguments, *store, "--format", "json", "--lang", lang)
        assert (ran.code, ran.error["kind"]) == (1, "no_store")
        assert str(store[1] if store else home / "clearance.db") in ran.talk
        assert ran.talk.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "-"),
        ("plan", "set", "TEST-1", "--cutoff", "2026-03-09T12:00"),
        ("plan", "import", "plans.csv"),
        ("store", "init"),
    ],
    ids=" ".join,
)
def test_what_brings_something_makes_the_store(
    call: Run, home: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "plans.csv").write_text("reference,cutoff\nTEST-1,2026-03-09 12:00\n")
    assert call(*arguments, stdin=HELLO).code in (0, 3)
    assert (home / "clearance.db").exists()
    assert call("store", "info").code == 0


def test_what_is_not_understood_makes_no_store(call: Run, home: Path) -> None:
    assert call("plan", "set", "TEST-1", "--cutoff", "never").code == 2
    assert not home.exists()


def test_a_check_is_no_success_to_its_monitor_where_nothing_was_looked_at(
    call: Run, inbox: Path, tmp_path: Path
) -> None:
    """There is no store; then an empty one; then one with messages."""
    with receiver() as monitor:
        config = tmp_path / "config.toml"
        config.write_text('[heartbeat]\nurl = "env:BEAT"\n')
        env = {"BEAT": f"{monitor.url}/beat"}
        line = ("check", "--as-of", AS_OF, "--config", config)
        assert call(*line, env=env).code == 1
        call("store", "init")
        ran = call(*line, env=env)
        assert (ran.code, ran.out) == (0, b"")
        assert ran.talk == "nothing was looked at: the store holds no messages\n"
        call("ingest", inbox)
        assert call(*line, env=env).code == 0
        assert [one.path for one in monitor.requests] == ["/beat/fail", "/beat/fail", "/beat"]
