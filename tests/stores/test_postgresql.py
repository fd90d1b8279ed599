"""The store on PostgreSQL, against a real server: what the contract of every store does not say."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from benchmarks.server import Server
from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import ZONE, demo
from clearance.customs.unpacking import parse
from clearance.errors import BadArgument, StoreBusy, StoreError, StoreNewer
from clearance.model import Message, ReceivedAs, Record, Reference, Refusal
from clearance.sources import Item
from clearance.stores import OPEN, Store, init_store, open_store, postgresql
from clearance.stores.chain import LINK
from clearance.stores.codec import LOOK, LOOKED, TOUCHED
from clearance.timelines import derive, intake, integrity
from clearance.timelines.forecasts import FORECAST
from tests.cli.test_busy_or_absent import NEEDS_A_STORE
from tests.conftest import AS_OF, INSPECTED, Run, laid
from tests.stores import killed

pytestmark = pytest.mark.slow

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


# Several machines


def _halves(case: int) -> tuple[demo.File, demo.File]:
    """What the client's own reference and the number of customs have in common, and what only
    the number finds: told one by one they are two timelines, together one."""
    sent = datetime(2026, 3, 2, 9, tzinfo=ZONE)
    unified = f"I2026{case:013}"
    return (
        demo.import_receipt(f"TEST-{case}", unified, sent),
        demo.business_receipt(unified, "", "7", sent, case),
    )


def _machine(url: str, half: int, cases: int, barrier: Any) -> None:
    with open_store(url) as store:
        for case in range(cases):
            file = _halves(case)[half]
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


# What goes wrong


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
    commit = postgresql.PostgresStore._commit

    def cut(store: postgresql.PostgresStore) -> None:
        _cut(database, store)
        commit(store)

    archive = inbox.parent / "archive"
    command = ("ingest", inbox, "--archive", archive, "--store", database, "--lang", lang)
    assert call("store", "init", "--store", database).code == 0
    before = sorted(inbox.iterdir())
    with monkeypatch.context() as cutting:
        cutting.setattr(postgresql.PostgresStore, "_commit", cut)
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


def test_a_store_that_is_opened_again_goes_on_with_its_connection_if_it_is_still_there(
    database: str,
) -> None:
    def session(store: Store) -> list[tuple[int]]:
        return store._run("SELECT pg_backend_pid()")  # type: ignore[attr-defined, no-any-return]

    filled(database, 2).close()
    with open_store(database) as store:
        first = session(store)
    with pytest.raises(StoreError, match="it is closed"):
        store.ids()
    with open_store(database) as store, open_store(database) as beside:
        assert session(store) == first != session(beside)
    with open_store(database) as store:
        before = session(store)
        with asking(database) as ask:
            ask("SELECT pg_terminate_backend(%s)", before[0][0])
    with open_store(database) as store:
        assert session(store) != before
        assert store.ids() != set()


def test_a_connection_that_lay_idle_for_long_or_leads_elsewhere_is_not_used_again(
    database: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def session(store: Store) -> list[tuple[int]]:
        return store._run("SELECT pg_backend_pid()")  # type: ignore[attr-defined, no-any-return]

    with open_store(database) as store:
        first = session(store)
    with server.schema() as other, open_store(other) as store:
        assert session(store) != first
    with open_store(database) as store:
        second = session(store)
    monkeypatch.setattr(postgresql, "_PARKED_SECONDS", 0)
    with open_store(database) as store:
        assert session(store) != second


def test_what_was_read_in_a_transaction_is_not_asked_for_again_until_it_is_written(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = postgresql.PostgresStore._send

    def _send(store: postgresql.PostgresStore, *asked: tuple[Any, ...]) -> list[Any]:
        sent.extend(statement[0] for statement in asked)
        return send(store, *asked)

    with filled(database, 3) as store, store.transaction():
        monkeypatch.setattr(postgresql.PostgresStore, "_send", _send)
        note = Record("note", "1", {"text": "a"}, ("k",))
        assert [list(store.records("note", {"1"})) for _ in range(2)] == [[], []]
        store.save_records([note])
        assert list(store.records("note")) == list(store.records("note", {"k"})) == [note]
        store.save_records([note._replace(document={"text": "b"})])
        assert next(store.records("note", {"k"})).document == {"text": "b"}
        store.delete_records("note", {"1"})
        assert list(store.records("note", {"1", "k"})) == []
        open_ids = store.ids({OPEN})
        assert store.ids({OPEN}) == open_ids
        store.delete_timelines(store.ids())
        assert store.ids({OPEN}) == set()
        for many in (range(3000), range(2)):
            assert store.ids({f"client_ref:{number}" for number in many}) == set()
    assert sum("FROM clearance_records" in sql for sql in sent) == 4
    assert sum("FROM clearance_keys WHERE key = ANY($1)" in sql for sql in sent) == 4


# What is there, and what is not


def test_a_schema_without_our_tables_is_no_store_and_reading_makes_none(
    database: str, call: Run, ask: Ask
) -> None:
    for command in NEEDS_A_STORE:
        ran = call(*command, "--store", database, "--format", "json")
        assert (ran.code, ran.error["kind"]) == (1, "no_store"), command
    assert ask("SELECT to_regclass('clearance_meta')") == [(None,)]
    made = call("store", "init", "--store", database, "--format", "json")
    assert made.json["messages"] == 0
    assert ask("SELECT to_regclass('clearance_meta') IS NOT NULL") == [(True,)]


def test_a_reader_that_came_before_the_first_writer_sees_what_it_writes(database: str) -> None:
    with open_store(database) as reader:
        assert reader.ids() == set()
        filled(database, 3).close()
        assert reader.ids() != set()


def test_what_is_read_together_is_of_one_moment(database: str) -> None:
    with open_store(database) as writer, open_store(database) as reader:
        with reader.reading():
            assert list(reader.messages()) == []
            intake.ingest(writer, items(files(3)), NOW)
            assert list(reader.messages()) == []
        assert len(reader.ids()) == len(writer.ids()) > 0
        with reader.reading():
            before = list(reader.timelines())
            intake.ingest(writer, items(files(9)), NOW)
            assert list(reader.timelines()) == before
            assert reader.info()["declarations"] == len(before)
        assert len(reader.ids()) == len(writer.ids()) > len(before)


def test_a_first_transaction_that_fails_leaves_no_tables(database: str, ask: Ask) -> None:
    with open_store(database) as store:
        with pytest.raises(KeyError), store.transaction():
            raise KeyError("stop")
        assert list(store.messages()) == []
        assert ask("SELECT to_regclass('clearance_meta')") == [(None,)]
        intake.ingest(store, items(files(2)), NOW)
        assert store.ids() != set()


def test_a_later_version_is_refused_and_left_alone(database: str, ask: Ask, call: Run) -> None:
    filled(database, 2).close()
    for name in ("schema", "version"):
        ask("UPDATE clearance_meta SET value = value + 90 WHERE name = %s", name)
        for command in ("list", "check"):
            ran = call(command, "--store", database, "--format", "json")
            assert (ran.code, ran.error["kind"]) == (1, "newer")
            assert "upgrade clearance" in ran.error["message"]
        ask("UPDATE clearance_meta SET value = value - 90 WHERE name = %s", name)
    with open_store(database) as store:
        ask("UPDATE clearance_meta SET value = value + 90 WHERE name = 'schema'")
        with pytest.raises(StoreNewer), store.transaction():
            pass


def test_an_older_store_is_brought_up_by_a_rebuild_and_keeps_what_it_has(
    database: str, ask: Ask, call: Run
) -> None:
    """As it was when it had run only the first migration."""
    file = files(3)[0]
    (message,) = parse(file.data, file.name)[0].messages
    ask(postgresql.META)
    ask(postgresql.MIGRATIONS[0])
    for name in postgresql.COUNTERS:
        ask("INSERT INTO clearance_meta VALUES (%s, 1)", name)
    ask("INSERT INTO clearance_meta VALUES ('schema', 1), ('version', 1)")
    sql = "INSERT INTO clearance_messages VALUES (%s, 1, %s, %s, %s)"
    ask(sql, message, f'["{file.name}"]', NOW.isoformat(), file.data)
    ran = call("list", "--store", database)
    assert ran.code == 1
    assert "clearance store rebuild" in ran.talk
    assert call("store", "rebuild", "--store", database).code == 0
    assert call("store", "verify", "--store", database).code == 0
    with open_store(database) as store:
        assert [one.id for one in store.messages()] == [message]
        assert len(store.ids()) == 1


def test_verify_finds_an_index_and_timings_that_do_not_fit(
    database: str, ask: Ask, call: Run
) -> None:
    filled(database, 5).close()
    assert call("store", "verify", "--store", database).code == 0
    ask("DELETE FROM clearance_keys WHERE key = 'open' OR key LIKE 'entry_no:%'")
    ask("UPDATE clearance_timings SET doc = (doc::jsonb - 'cleared_at')::json")
    with open_store(database) as store:
        found = list(store.damage())
    assert [str(line).partition(" ")[2].split(" of ")[0] for line in found] == ["index", "timings"]
    ran = call("store", "verify", "--store", database)
    assert ran.code == 1


def test_any_text_and_any_bytes_come_back(database: str) -> None:
    """Half of a surrogate pair, a zero, and what is no text at all."""
    odd = "\udcff\x00 通关 😀 \t\\"
    message = Message("sha256:1", bytes(range(256)), (ReceivedAs(odd, odd),), NOW)
    refusal = Refusal("sha256:2", odd, "odd", odd, 3, NOW, b"\x00\xff", odd)
    with open_store(database) as store:
        store.save_messages([message])
        store.save_refusals([refusal])
        assert list(store.messages()) == [message]
        assert list(store.refused()) == [refusal]
        assert store.ids({"client_ref:通关-😀"}) == set()
        with pytest.raises(StoreError):
            store.ids({"client_ref:\x00"})


# The same answers


def test_the_json_of_every_store_is_the_same_to_the_byte(
    database: str, call: Run, tmp_path: Path
) -> None:
    """The demo's messages in both, and what each command tells of them."""
    laid(demo.demo_files(), tmp_path / "InBox")
    tiny = str(tmp_path / "tiny.db")
    day = "2026-09-08T09:00:00+08:00"
    whom = demo.under_inspection(demo.demo_files(), datetime.fromisoformat(day))
    commands = [
        ("ingest", str(tmp_path / "InBox")),
        ("check", "--as-of", day),
        ("check", "--as-of", LATER),
        ("status", whom, "--as-of", day),
        ("status", whom, "--as-of", LATER),
        ("explain", whom, "--as-of", day),
        ("list", "--as-of", LATER),
        ("list", "--all", "--events", "--as-of", day),
        ("alerts", "--as-of", LATER),
        ("report", "--period", "2026Q2..2026Q3", "--as-of", LATER),
        ("report", "--period", "2026Q2..2026Q3", "--by", "office,direction", "--as-of", day),
        ("report", "--period", "2026-05..2026-07", "--interval", "accept-release", "--as-of", day),
        ("status", whom[:-1] + "x", "--as-of", day),
        ("store", "verify"),
    ]
    for command in commands:
        told = [call(*command, "--store", url, "--format=json") for url in (tiny, database)]
        assert told[0].code == told[1].code
        assert told[0].out == told[1].out, command


# Password


def spoiled(server: Server) -> Mapping[str, str]:
    """URLs that lead nowhere, each with a password in it that must be told nowhere."""
    rest = server.url.partition("?")[2]
    host = f"{rest}&" if rest else ""
    return {
        "wrong password": f"postgresql://clerk:hush-hush@/postgres?{host}",
        "no database": f"{server.url.partition('?')[0]}_none?{host}",
        "no such role": f"postgresql://nobody:hush-hush@/postgres?{host}",
        "no such socket": "postgresql://clerk:hush-hush@/x?host=/nowhere/at/all",
        "no server": "postgresql://clerk:hush-hush@127.0.0.1:1/x?connect_timeout=2",
        "no host": "postgresql://clerk:hush-hush@nowhere.invalid/x",
        "two hosts": "postgresql://clerk:hush-hush@127.0.0.1:1,127.0.0.1:2/x",
        "no tls": f"postgresql://clerk:hush-hush@/postgres?{host}sslmode=require&sslpassword=hush-2",
        "parameter": "postgresql://clerk@127.0.0.1:1/x?password=hush-hush",
        "an @ in it": "postgresql://clerk:hush-@hush@127.0.0.1/x",
        "a slash in it": "postgresql://clerk:12/hush-hush@127.0.0.1/x",
        "a question mark in it": "postgresql://clerk:hush?hush-hush@127.0.0.1/x",
        "a per cent in it": "postgresql://clerk:hush%-hush@127.0.0.1/x",
        "no such option": "postgresql://clerk:hush-hush@127.0.0.1/x?option=1",
        "a port that is none": "postgresql://clerk:hush-hush@127.0.0.1:hush/x",
        "nothing but it": "postgresql://clerk:4711471147114711",
    }


@pytest.mark.parametrize("kind", spoiled(Server("", "")))
def test_a_store_that_cannot_be_had_is_one_line_without_the_password(
    server: Server, call: Run, kind: str
) -> None:
    if kind in ("wrong password", "no such role") and not server.password:
        pytest.skip("the server named lets everyone in")
    url = spoiled(server)[kind]
    for command in (("store", "info"), ("ingest", "-"), ("store", "copy", "memory:")):
        ran = call(*command, "--store", url, "--format", "json")
        assert ran.code == (2 if ran.error["kind"] == "usage" else 1)
        assert ran.talk.count("\n") == 1
        shown = f"{ran.text}{ran.talk}"
        assert not re.search(r"hush|4711", shown), shown
        assert not server.password or server.password not in shown
    with pytest.raises((StoreError, BadArgument)) as caught:
        open_store(url)
    seen: BaseException | None = caught.value
    while seen is not None:
        assert not re.search(r"hush|4711", f"{seen!r} {seen} {vars(seen)}")
        seen = seen.__cause__ or seen.__context__


def test_a_store_shows_where_it_is_without_the_password(
    database: str, server: Server, call: Run
) -> None:
    with open_store(database) as store:
        assert store.url.startswith("postgresql://clerk@") or not server.password
        assert "search_path" in store.url
        if server.password:
            assert server.password not in f"{store.url} {store!r} {vars(store)}"
    ran = call("store", "info", "--store", database)
    assert not server.password or server.password not in f"{ran.text}{ran.talk}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgresql://clerk@db/clearance", "postgresql://clerk@db/clearance"),
        ("postgres://clerk:x@db:5433/clearance", "postgresql://clerk@db:5433/clearance"),
        ("postgresql://u%40park:x@db/通关", "postgresql://u%40park@db/%E9%80%9A%E5%85%B3"),
        ("postgresql://clerk:x@[::1]:5/c", "postgresql://clerk@[::1]:5/c"),
        ("postgresql://clerk:x@a:1,b:2/c", "postgresql://clerk@a:1,b:2/c"),
        ("postgresql://clerk:x@a,b/c", "postgresql://clerk@a,b/c"),
        ("postgresql:///c?host=/run/pg&port=9", "postgresql:///c?host=/run/pg&port=9"),
        ("postgresql://%2Frun%2Fpg/c", "postgresql:///c?host=/run/pg"),
        (
            "postgresql://clerk:x@db/c?sslmode=verify-full&sslrootcert=/ca.pem&sslpassword=x",
            "postgresql://clerk@db/c?sslmode=verify-full&sslrootcert=/ca.pem",
        ),
    ],
)
def test_a_url_is_shown_as_it_was_written_without_secrets(written: str, shown: str) -> None:
    url, parameters = postgresql._connection_parameters(written)
    assert url == shown
    assert make_conninfo(postgresql._connection_parameters(shown)[0]) is not None
    secret = ("password", "sslpassword")
    again = postgresql._connection_parameters(shown)[1]
    assert again == {k: v for k, v in parameters.items() if k not in secret}


def test_a_server_without_tls_gets_no_password_where_tls_is_asked_for() -> None:
    heard: list[bytes] = []

    def listen(plain: socket.socket) -> None:
        with plain.accept()[0] as connection:
            heard.append(connection.recv(99))
            connection.sendall(b"N")
            heard.append(connection.recv(99))

    with socket.create_server(("127.0.0.1", 0)) as plain:
        listener = threading.Thread(target=listen, args=(plain,))
        listener.start()
        url = f"postgresql://clerk:hush-hush@127.0.0.1:{plain.getsockname()[1]}/x"
        with pytest.raises(StoreError, match="does not support SSL"):
            open_store(f"{url}?sslmode=verify-full")
        listener.join(30)
    assert heard == [struct.pack("!ii", 8, 80877103), b""]


def test_the_password_comes_from_where_a_reference_says(
    database: str, server: Server, call: Run, tmp_path: Path
) -> None:
    if not server.password:
        pytest.skip("the server named lets everyone in")
    bare = database.replace(f":{server.password}@", "@")
    hidden = tmp_path / "password"
    hidden.write_text(f"{server.password}\n")
    assert call("store", "init", "--store", bare).code == 1
    for given in (server.password, f"file:{hidden}", "env:PARK"):
        env = {"CLEARANCE_STORE_PASSWORD": given, "PARK": server.password}
        assert call("store", "init", "--store", bare, env=env).code == 0
    assert call("store", "init", "--store", f"{bare}&password=file:{hidden}").code == 0
    for given in (f"file:{hidden}x", "env:NOT_SET"):
        ran = call("store", "init", "--store", bare, env={"CLEARANCE_STORE_PASSWORD": given})
        assert ran.code == 2
        assert ran.talk.count("\n") == 1


def test_without_psycopg_one_line_says_what_to_install(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('no pq wrapper available')")
    done = subprocess.run(
        [sys.executable, "-m", "clearance", "list", "--store", "postgresql://db/x"],
        capture_output=True,
        check=False,
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]]),
        },
    )
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert "pip install 'clearance[postgres]'" in done.stderr.decode()


def test_a_scheme_that_is_no_store_is_named_with_those_that_are(call: Run) -> None:
    for scheme in ("mysql", "_sqlite", "tinydb", "memory2"):
        ran = call("list", "--store", f"{scheme}://db/x")
        assert ran.code == 2
        assert "postgresql://" in ran.talk


# Tables


def test_every_key_of_a_table_has_the_column_that_it_is_spread_by(database: str, ask: Ask) -> None:
    """Else a hash-distributed server cannot keep it unique, and refuses to spread the table."""
    init_store(database).close()
    tables = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relkind = 'r'"
    )
    assert {name for (name,) in tables} == {"clearance_meta", *postgresql.SPREAD}
    keys = ask(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace "
        "GROUP BY c.relname, i.indexrelid"
    )
    for table, columns in keys:
        assert table == "clearance_meta" or postgresql.SPREAD[table] in columns
    assert {table for table, _ in keys} == {"clearance_meta", *postgresql.SPREAD}
    assert ask("SELECT 1 FROM pg_constraint WHERE contype = 'f' AND connamespace = "
               "current_schema()::regnamespace") == []  # fmt: skip
    assert ask("SELECT 1 FROM pg_trigger WHERE tgrelid = 'clearance_keys'::regclass") == []


def test_a_status_is_looked_up_by_index(database: str, ask: Ask) -> None:
    with filled(database, 600) as store:
        (id, declaration), *_ = store.timelines()
        digest = declaration.events[0].messages[0]
    key = Reference("entry_no", declaration.references["entry_no"][0]).key
    counted, cleared = postgresql._MOMENTS.values()
    for sql, parameter in (
        ("SELECT id FROM clearance_keys WHERE key = ANY(%s)", [key]),
        ("SELECT id, doc, events FROM clearance_declarations WHERE id = ANY(%s)", [id]),
        ("SELECT digest, names FROM clearance_messages WHERE digest = ANY(%s)", [digest]),
        ("SELECT DISTINCT key FROM clearance_keys WHERE key < %s ORDER BY key LIMIT 5", key),
        ("SELECT id FROM clearance_keys WHERE key >= %s AND key < 'last;'", "last:2026-09-30"),
        (f"SELECT id, doc FROM clearance_timings WHERE {counted} >= %s", 2**40),
        (f"SELECT id, doc FROM clearance_timings WHERE {cleared} >= %s", 2**40),
    ):
        plan = " ".join(line for (line,) in ask(f"EXPLAIN {sql}", parameter))
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_a_store_that_grows_has_statistics_before_autovacuum_comes(database: str, ask: Ask) -> None:
    filled(database, 100).close()
    rows = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relname = ANY(%s) AND reltuples > 0",
        ["clearance_keys", "clearance_declarations", "clearance_messages"],
    )
    assert len(rows) == 3


# Clusters: on Citus if CLEARANCE_TEST_POSTGRES has it, else on what stands in for it


def spread(coordinator: Ask) -> dict[str, str | None]:
    """The tables that Citus knows of, with the column each is spread by."""
    rows = coordinator(
        "SELECT relname, CASE partmethod WHEN 'h' THEN column_to_column_name(c.oid, partkey) END "
        "FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid "
        "WHERE relnamespace = current_schema()::regnamespace"
    )
    return dict(rows)


SPREAD = {**postgresql.SPREAD, "clearance_meta": None}


def test_init_spreads_every_table_over_a_cluster_once(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    first = call("store", "init", "--store", cluster, "--format", "json")
    assert first.code == 0, first.talk
    assert spread(coordinator) == SPREAD
    assert call("store", "init", "--store", cluster, "--format", "json").out == first.out


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_a_cluster_that_others_use_is_spread_over_beside_what_is_theirs(
    cluster: str, coordinator: Ask, first: str
) -> None:
    """They have spread a table by a text of the usual collation, or will; ours has another."""

    def theirs() -> None:
        coordinator("CREATE TABLE customers (code text PRIMARY KEY)")
        coordinator("SELECT create_distributed_table('customers', 'code')")

    if first == "theirs":
        theirs()
    with filled(cluster, 2) as store:
        assert list(integrity.verify(store)) == []
    if first == "ours":
        theirs()


def test_whoever_writes_first_spreads_the_tables_too(cluster: str, coordinator: Ask) -> None:
    filled(cluster, 2).close()
    assert spread(coordinator) == SPREAD


def test_init_spreads_a_store_that_was_there_before_the_cluster(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    with filled(cluster) as store:
        before = everything(store)
        for table in SPREAD:
            coordinator("SELECT undistribute_table(%s)", table)
        assert spread(coordinator) == {}
        assert store.info()["bytes"] > 0
        assert call("store", "init", "--store", cluster).code == 0
        assert spread(coordinator) == SPREAD
        assert everything(store) == before
        assert list(integrity.verify(store)) == []


def test_what_init_spreads_it_does_not_leave_on_the_coordinator_too(
    cluster: str, call: Run, coordinator: Ask
) -> None:
    tables = ["clearance_messages", "clearance_refused"]
    if not coordinator("SELECT 1 FROM pg_extension WHERE extversion = 'stand-in'"):
        pytest.skip("only what stands in for Citus remembers this")
    filled(cluster).close()
    for table in tables:
        coordinator("SELECT undistribute_table(%s)", table)
    call("store", "init", "--store", cluster)
    sql = "SELECT emptied FROM pg_dist_partition WHERE logicalrelid = %s::regclass"
    assert [coordinator(sql, table) for table in tables] == [[(True,)], [(False,)]]


def test_the_size_of_a_store_in_a_cluster_is_what_all_nodes_hold(
    cluster: str, coordinator: Ask
) -> None:
    with filled(cluster) as store:
        sizes = [
            coordinator("SELECT citus_total_relation_size(%s)", table)[0][0]
            for table in postgresql.SPREAD
        ]
        assert store.info()["bytes"] == sum(sizes)


def test_a_migration_may_change_tables_of_a_cluster_and_add_some(
    cluster: str, coordinator: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Citus spreads no table after a change that went to a node over several connections."""
    filled(cluster, 2).close()
    more = "ALTER TABLE clearance_keys ADD COLUMN x text; CREATE TABLE clearance_more (x text)"
    monkeypatch.setattr(postgresql, "MIGRATIONS", (*postgresql.MIGRATIONS, more))
    monkeypatch.setitem(postgresql.SPREAD, "clearance_more", "x")
    with open_store(cluster) as store, store.transaction():
        pass
    assert spread(coordinator) == {**SPREAD, "clearance_more": "x"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("t (id bigint PRIMARY KEY, key text)", "cannot create constraint"),
        ("t (id bigint, key text, UNIQUE (id))", "cannot create constraint"),
        ("t (id bigint)", 'column "key" of relation "t" does not exist'),
        ("t (key text, id integer GENERATED ALWAYS AS IDENTITY)", "identity column"),
        ("t (key text REFERENCES local)", "foreign key|must be a distributed table"),
        ("t (key text, id bigint REFERENCES ids)", "foreign key"),
        ("t (id text, key text GENERATED ALWAYS AS (id) STORED)", "cannot distribute relation"),
    ],
)
def test_a_cluster_refuses_what_citus_refuses(coordinator: Ask, table: str, why: str) -> None:
    """Else that the tables can be spread would mean nothing."""
    coordinator("CREATE TABLE local (key text PRIMARY KEY)")
    coordinator("CREATE TABLE ids (id bigint PRIMARY KEY)")
    coordinator("SELECT create_distributed_table('ids', 'id')")
    coordinator(f"CREATE TABLE {table}")
    with pytest.raises(psycopg.Error, match=why):
        coordinator("SELECT create_distributed_table('t', 'key')")


def _conflict(sql: str) -> tuple[str, str]:
    """The columns of the key that a row may already be under, and what is done with it then."""
    key, _, anew = sql.partition(" ON CONFLICT ")[2].partition(" DO ")
    return key, anew


def test_no_statement_asks_what_a_cluster_cannot_do(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joins across the columns that tables are spread by, row locks on more than one shard, and
    changes of those columns.
    """
    told: list[str] = []
    send = postgresql.PostgresStore._send

    def _send(store: postgresql.PostgresStore, *asked: tuple[Any, ...]) -> list[Any]:
        told.extend(statement[0] for statement in (*store._waiting, *asked))
        return send(store, *asked)

    monkeypatch.setattr(postgresql.PostgresStore, "_send", _send)
    with filled(cluster) as store:
        intake.ingest(store, [Item("a letter.txt", b"dear clerk")], NOW)
        evaluation.check(store, rules.Context(NOW))
        store.neighbouring_keys(["client_ref:"], 3)
        store.ids_between("declared:2026-05-01", "declared:2026-06-01")
        for declaration in store.ids({OPEN}):
            list(store.timelines([declaration]))
        store.drop_refusals([refusal.id for refusal in store.refused()])
        store.delete_records("alert", [record.id for record in store.records("alert")])
        intake.rebuild(store)
        store.delete_timelines(store.ids())
        assert list(integrity.verify(store)) != []
        store.info()
    made = "".join(postgresql.MIGRATIONS) + postgresql.META
    asked = {sql for sql in told if sql not in made and not sql.startswith("ANALYZE")}
    for sql in asked:
        tables = set(re.findall(r"\bclearance_\w+", sql))
        assert len(tables) <= 1, sql
        if " FOR UPDATE" in sql or sql.startswith("UPDATE"):
            assert tables == {"clearance_meta"}, sql
        if sql.startswith("INSERT") and tables != {"clearance_meta"}:
            column = postgresql.SPREAD[tables.pop()]
            key, anew = _conflict(sql)
            assert column in re.findall(r"\w+", sql.partition(" VALUES ")[0]), sql
            assert column in re.findall(r"\w+", key), sql
            assert column not in re.findall(r"(\w+) =", anew), sql
    assert set(SPREAD) <= {table for sql in asked for table in re.findall(r"clearance_\w+", sql)}
    waiting = next(i for i, sql in enumerate(told) if sql.startswith("SET LOCAL lock_timeout"))
    assert "citus.propagate_set_commands" in told[waiting - 1]


# Copies


def test_a_copy_there_and_back_is_the_same(database: str, tmp_path: Path) -> None:
    first, last = tmp_path / "first.db", tmp_path / "last.db"
    with (
        filled(str(first), 60) as source,
        open_store(database) as shared,
        open_store(last) as back,
    ):
        intake.ingest(source, [Item("a letter.txt", b"dear clerk")], NOW)
        evaluation.check(source, rules.Context(NOW))
        intake.ingest(source, items(files(62)), NOW)
        result = integrity.copy(source, shared)
        kept = len(list(source.messages())) + 1
        assert result == integrity.Copied(kept, 0, kept)
        assert integrity.copy(source, shared) == integrity.Copied(0, kept, kept)
        integrity.copy(shared, back)
        assert everything(source) == everything(shared) == everything(back)
        assert list(integrity.verify(shared)) == list(integrity.verify(back)) == []
        again = [evaluation.check(store, rules.Context(NOW)) for store in (source, shared, back)]
        assert again[0] == again[1] == again[2]


_COPYING = """
import os, signal, sys
from clearance.timelines import intake, integrity
from clearance.stores import open_store
integrity.BATCH = 500
with open_store(sys.argv[1]) as source, open_store(sys.argv[2]) as target:
    messages = source.messages
    def until_killed(*ids):
        for number, message in enumerate(messages(*ids)):
            if number == 700:
                os.kill(os.getpid(), signal.SIGKILL)
            yield message
    source.messages = until_killed
    integrity.copy(source, target)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_copy_that_was_killed_goes_on_where_it_stopped(database: str, tmp_path: Path) -> None:
    """Killed in its second commit, so the first one is there."""
    path = str(tmp_path / "store.db")
    with filled(path, 400) as source:
        kept = len(list(source.messages()))
        copying = subprocess.run([sys.executable, "-c", _COPYING, path, database], check=False)
        assert copying.returncode == -signal.SIGKILL
        with open_store(database) as target:
            there = target.info()["messages"]
            assert there == 500
            assert integrity.copy(source, target) == integrity.Copied(kept - there, there, kept)
            assert everything(source) == everything(target)


def test_a_copy_into_a_store_that_holds_more_links_what_belongs_together(database: str) -> None:
    one, other = _halves(1)
    with open_store("memory:") as source, open_store(database) as target:
        intake.ingest(source, [Item(one.name, one.data)], NOW)
        intake.ingest(target, [Item(other.name, other.data)], NOW)
        assert integrity.copy(source, target) == integrity.Copied(1, 0, 1)
        ((_, declaration),) = target.timelines()
        assert len(declaration.events) == 2
        assert list(integrity.verify(target)) == []


def test_a_copy_of_what_is_not_whole_is_one_line_and_exit_1(
    database: str, call: Run, tmp_path: Path
) -> None:
    path = str(tmp_path / "store.db")
    with filled(path, 4) as source:
        first = next(source.messages())
        source.save_messages(
            [Message(first.id, first.data + b" ", first.received_as, first.seen_at)]
        )
    ran = call("store", "copy", database, "--store", path, "--format", "json")
    assert ran.code == 1
    assert first.id in ran.error["message"]
    with filled(path, 4) as source:
        source.save_messages([first])
        id, declaration = next(source.timelines())
        source.save_timelines([(id, derive.link(declaration.events[:1])[0])])
    ran = call("store", "copy", database, "--store", path, "--format", "json")
    assert ran.code == 1
    assert "not the same in both" in ran.error["message"]


def test_copying_is_a_command_both_ways(
    database: str, inbox: Path, call: Run, tmp_path: Path
) -> None:
    path = str(tmp_path / "back.db")
    call("ingest", inbox)
    there = call("store", "copy", database, "--format", "json")
    kept = call("store", "info", "--format", "json").json["messages"]
    assert there.json == {"schema": 1, "copied": kept, "skipped": 0, "verified": kept}
    back = call("store", "copy", path, "--store", database, "--format", "json")
    assert back.json == there.json
    told = [
        call("status", INSPECTED.own, "--as-of", AS_OF, "--format", "json", *store).out
        for store in ((), ("--store", database), ("--store", path))
    ]
    assert told[0] == told[1] == told[2]
    assert call("store", "copy", database).text != ""


def test_open_declarations_are_found_in_every_copy(database: str) -> None:
    with open_store("memory:") as source, open_store(database) as target:
        intake.ingest(source, items(files(20)), NOW)
        integrity.copy(source, target)
        assert len(target.ids({OPEN})) == len(source.ids({OPEN}))
