"""Several machines that write at once, and what is left of one that fails."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.server import Server
from clearance.errors import StoreBusy, StoreError
from clearance.model import Message, ReceivedAs
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.stores.postgresql import PostgresStore
from clearance.timelines import intake, integrity
from tests.conftest import AS_OF, Run
from tests.stores import killed
from tests.stores.postgresql.support import (
    NOW,
    Ask,
    asking,
    files,
    filled,
    halves,
    items,
)

pytestmark = pytest.mark.slow


def _machine(url: str, half: int, cases: int, barrier: Any) -> None:
    with open_store(url) as store:
        for case in range(cases):
            file = halves(case)[half]
            barrier.wait(30)
            intake.ingest(store, [Item(file.name, file.data)], NOW)


def test_two_machines_that_receive_two_halves_at_one_moment_end_in_one_declaration(
    database: str,
) -> None:
    """Also in the store's first moment, when both are about to make its tables."""
    cases = 30
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    machines = [
        context.Process(target=_machine, args=(database, half, cases, barrier)) for half in (0, 1)
    ]
    finish(machines)
    with open_store(database) as store:
        found = [d for _, d in store.timelines()]
        assert len(found) == cases
        assert all(len(d.events) == 2 for d in found)
        assert list(integrity.verify(store)) == []


def _part(url: str, start: int, count: int) -> None:
    some = files(60)[start::count]
    for position in range(0, len(some), 10):
        with open_store(url) as store:
            intake.ingest(store, items(some[position : position + 10]), NOW)


def finish(processes: list[Any]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0


def test_four_writers_at_once_lose_nothing_and_link_everything(database: str) -> None:
    context = multiprocessing.get_context("spawn")
    finish([context.Process(target=_part, args=(database, n, 4)) for n in range(4)])
    with open_store(database) as store, open_store("memory:") as alone:
        intake.ingest(alone, items(files(60)), NOW)
        assert len(list(store.messages())) == len(list(alone.messages()))
        names = [sorted(d.name for _, d in one.timelines()) for one in (store, alone)]
        assert names[0] == names[1]
        assert list(integrity.verify(store)) == []


def test_the_lock_holds_whatever_isolation_the_server_was_set_to(
    database: str, server: Server, ask: Ask
) -> None:
    """A writer that saw the moment before it got the lock would not see the other's half."""
    url = f"{database}%20-cdefault_transaction_isolation%3Dserializable"
    for store_url in (database, url):
        with open_store(store_url) as store, store.transaction():
            assert store._run("SHOW transaction_isolation") == [("read committed",)]  # type: ignore[attr-defined]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_writer_leaves_all_it_acknowledged_and_nobody_waiting(database: str) -> None:
    for delay in (0.0, 0.03, 0.07, 0.15):
        command = [sys.executable, killed.__file__, database]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged = int(([first, *writer.stdout])[-1].split()[0])
        with open_store(database, busy_timeout=20) as store:
            with store.transaction():
                assert store.info()["messages"] >= acknowledged
            assert list(integrity.verify(store)) == []


def test_what_a_look_up_came_before_is_committed_all_the_same(database: str) -> None:
    """Without autocommit the look-up begins a transaction that closing would roll back."""
    with open_store(database) as store:
        store.names_of(["sha256:none"])
        store.ids()
        intake.ingest(store, items(files(3)), NOW)
        store.ids()
        ingested = store.info()["messages"]
    with open_store(database) as store:
        assert store.info()["messages"] == ingested > 0


def test_a_second_writer_waits_and_then_says_that_the_store_is_busy(database: str) -> None:
    with filled(database, 3) as one, open_store(database, busy_timeout=0.2) as other:
        before = len(list(one.messages()))
        with one.transaction():
            one.drop_refusals(["sha256:none"])
            began = time.monotonic()
            with pytest.raises(StoreBusy, match="another process"), other.transaction():
                pass
            assert time.monotonic() - began > 0.1
            assert len(list(other.messages())) == before
        with other.transaction():
            pass


def test_a_busy_store_is_exit_5(database: str, call: Run) -> None:
    with filled(database, 3) as store, store.transaction():
        ran = call("store", "rebuild", "--busy-timeout", "0", "--store", database, "--format=json")
    assert ran.code == 5
    assert ran.error["kind"] == "busy"


def test_nothing_is_committed_of_a_transaction_in_which_a_statement_failed(
    database: str,
) -> None:
    """Whoever passes over the error must not take the rest for kept."""
    message = Message("sha256:1", b"x", (ReceivedAs("a", "a"),), NOW)

    def passing_over(store: Store) -> None:
        with store.transaction():
            store.save_messages([message])
            with pytest.raises(StoreError):
                store._run("SELECT 1 / 0")  # type: ignore[attr-defined]

    with open_store(database) as store:
        with pytest.raises(StoreError, match="division by zero"):
            passing_over(store)
        assert list(store.messages()) == []
        with store.transaction():
            store.save_messages([message])
        assert list(store.messages()) == [message]


def _cut(database: str, store: Store) -> None:
    """Ends a store's session on the server, as a server that goes away does."""
    ((pid,),) = store._run("SELECT pg_backend_pid()")  # type: ignore[attr-defined]
    with asking(database) as ask:
        ask("SELECT pg_terminate_backend(%s)", pid)
        while ask("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid):
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "the connection to postgresql://"), ("zh", "的连接已中断")]
)
def test_a_server_that_goes_away_in_a_command_is_one_line_and_nothing_is_lost(
    database: str, inbox: Path, call: Run, monkeypatch: pytest.MonkeyPatch, lang: str, told: str
) -> None:
    commit = PostgresStore._commit

    def cut(store: PostgresStore) -> None:
        _cut(database, store)
        commit(store)

    archive = inbox.parent / "archive"
    command = ("ingest", inbox, "--archive", archive, "--store", database, "--lang", lang)
    assert call("store", "init", "--store", database).code == 0
    before = sorted(inbox.iterdir())
    with monkeypatch.context() as cutting:
        cutting.setattr(PostgresStore, "_commit", cut)
        ran = call(*command)
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert told in ran.talk
    assert sorted(inbox.iterdir()) == before
    assert call(*command).code == 0
    assert call("store", "verify", "--store", database).code == 0
    assert len(list(inbox.iterdir())) < len(before)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_session_that_may_only_read_shows_all_and_says_why_it_writes_nothing(
    database: str, inbox: Path, call: Run, lang: str
) -> None:
    call("ingest", inbox, "--store", database)
    bound = f"{database}%20-cdefault_transaction_read_only%3Don"
    shown = [call("list", "--as-of", AS_OF, "--store", url).out for url in (database, bound)]
    assert shown[0] == shown[1]
    ran = call("store", "rebuild", "--store", bound, "--lang", lang)
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert ("does not let this account write" if lang == "en" else "不允许此账户写入") in ran.talk


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_server_without_room_is_one_line_and_nothing_is_kept_of_the_commit(
    database: str, inbox: Path, call: Run, ask: Ask, lang: str
) -> None:
    """The server itself says so, of the table that is written first in a commit."""
    assert call("store", "init", "--store", database).code == 0
    ask(
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE "
        "'53100' USING MESSAGE = 'could not extend file: No space left on device'; END $$"
    )
    ask("CREATE TRIGGER fill BEFORE INSERT ON clearance_keys EXECUTE FUNCTION fill()")
    ran = call("ingest", inbox, "--store", database, "--lang", lang)
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert ("has no room left" if lang == "en" else "空间已满") in ran.talk
    assert ask("SELECT count(*) FROM clearance_messages") == [(0,)]
    ask("DROP TRIGGER fill ON clearance_keys")
    assert call("ingest", inbox, "--store", database).code == 0
    assert call("store", "verify", "--store", database).code == 0
