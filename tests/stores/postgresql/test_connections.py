"""Where a URL leads, passwords, and connections that are used again."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from benchmarks.server import Server
from clearance.errors import BadArgument, StoreError
from clearance.stores import Store, open_store
from clearance.stores.postgresql import connecting
from tests.conftest import Run
from tests.stores.postgresql.support import (
    asking,
    filled,
)

pytestmark = pytest.mark.slow


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
    monkeypatch.setattr(connecting, "_PARKED_SECONDS", 0)
    with open_store(database) as store:
        assert session(store) != second


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
    for command in (("store", "info"), ("ingest", "-"), ("store", "copy", "other.db")):
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
    url, parameters = connecting.connection_parameters(written)
    assert url == shown
    assert make_conninfo(connecting.connection_parameters(shown)[0]) is not None
    secret = ("password", "sslpassword")
    again = connecting.connection_parameters(shown)[1]
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
    assert 'pip install "psycopg[binary]"' in done.stderr.decode()


def test_a_scheme_that_is_no_store_is_named_with_those_that_are(call: Run) -> None:
    for scheme in ("mysql", "_sqlite", "tinydb", "memory2"):
        ran = call("list", "--store", f"{scheme}://db/x")
        assert ran.code == 2
        assert "postgresql://" in ran.talk
