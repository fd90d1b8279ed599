"""Counts how often a command waits for PostgreSQL, and what it is sent.

A command is run in a fresh process against a store on a real server. Between them stands a proxy
that reads PostgreSQL's protocol: a *round trip* is a request that an answer is waited for before
anything more is sent: each step of connecting, and each group of statements that are sent together.
Nothing of it depends on how fast the machine is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks.server import started
from clearance.customs.cn_single_window import demo
from clearance.sources.remembered import FINE_SECONDS
from clearance.stores import init_store
from clearance.stores.postgresql.schema import SPREAD

RESULT = Path(__file__).parent / "results" / "round_trips.json"
Row = dict[str, Any]
"""A command's row: ``what``, ``connecting``, ``round_trips``, ``statements``, ``between_nodes``,
``kilobytes``.
"""
DECLARATIONS = 300
"""Declarations of the store that is asked."""
AS_OF = "2026-11-26T09:00:00+08:00"
"""The moment that every command looks from."""

_UNIFIED = re.compile(rb"<(?:SeqNo|CUS_CIQ_NO)>([^<]+)")
_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_WAITS = frozenset(b"QSHc")
"""Messages of a client after which it waits: a query, Sync, Flush, and the end of a copy; but not a
Flush that follows a Sync, which libpq sends with it.
"""
_SPREAD = re.compile("|".join(SPREAD))
_STATEMENTS = frozenset(b"QE")


@dataclass(slots=True)
class Trips:
    """What went between a client and a server: round trips to connect and after that, statements,
    and bytes each way.
    """

    connecting: int = 0
    asking: int = 0
    sent: int = 0
    received: int = 0
    statements: list[str] = field(default_factory=list)


class _Reader:
    """Reads what a client sends, message by message."""

    def __init__(self, trips: Trips) -> None:
        self._trips = trips
        self._left = b""
        self._begun = False
        self._pending = ""
        self._last = 0

    def feed(self, data: bytes) -> None:
        """Counts what is whole in what came so far."""
        self._trips.sent += len(data)
        self._left += data
        while (message := self._next()) is not None:
            self._count(*message)

    def _next(self) -> tuple[int, bytes] | None:
        head = 1 if self._begun else 0
        if len(self._left) < head + 4:
            return None
        (length,) = struct.unpack_from("!i", self._left, head)
        if len(self._left) < head + length:
            return None
        kind, body = self._left[0] * head, self._left[head + 4 : head + length]
        self._left = self._left[head + length :]
        return kind, body

    def _count(self, kind: int, body: bytes) -> None:
        if not self._begun:
            self._trips.connecting += 1
            self._begun = struct.unpack_from("!i", body)[0] not in (_SSL, _GSS, _CANCEL)
            return
        if kind in b"Q":
            self._pending = body.rstrip(b"\0").decode()
        elif kind in b"P":
            self._pending = body.split(b"\0")[1].decode()
        if kind in _STATEMENTS:
            self._trips.statements.append(" ".join(self._pending.split()))
        if kind in b"p":
            self._trips.connecting += 1
        elif kind in _WAITS and not (kind in b"H" and self._last in b"S"):
            self._trips.asking += 1
        self._last = kind


class Proxy:
    """Stands before a server and counts what goes through it."""

    def __init__(self, server: str) -> None:
        self._server = psycopg.conninfo.conninfo_to_dict(server)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._seen: list[Trips] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, server: str) -> str:
        """The same URL with this proxy in the place of the server."""
        known = psycopg.conninfo.conninfo_to_dict(server)
        rest = {key: str(known[key]) for key in ("options",) if key in known}
        given = "&".join(f"{key}={quote(value)}" for key, value in rest.items())
        account = f"{known['user']}:{quote(str(known['password']), safe='')}"
        port = self._listening.getsockname()[1]
        return f"postgresql://{account}@127.0.0.1:{port}/{known['dbname']}?{given}"

    def close(self) -> None:
        """Takes no more connections."""
        self._listening.close()

    def counted(self, run: Callable[[], object]) -> Trips:
        """What goes through while something runs."""
        before = len(self._seen)
        run()
        parts = self._seen[before:]
        return Trips(
            sum(part.connecting for part in parts),
            sum(part.asking for part in parts),
            sum(part.sent for part in parts),
            sum(part.received for part in parts),
            [statement for part in parts for statement in part.statements],
        )

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                trips = Trips()
                self._seen.append(trips)
                threading.Thread(target=self._serve, args=(client, trips), daemon=True).start()

    def _serve(self, client: socket.socket, trips: Trips) -> None:
        reader = _Reader(trips)
        with client, self._to_server() as server:
            back = threading.Thread(target=_answer, args=(server, client, trips), daemon=True)
            back.start()
            with suppress(OSError):
                while data := client.recv(1 << 16):
                    reader.feed(data)
                    server.sendall(data)
                server.shutdown(socket.SHUT_WR)
            back.join()

    def _to_server(self) -> socket.socket:
        host, port = str(self._server["host"]), int(self._server.get("port") or 5432)
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, port))


def _answer(server: socket.socket, client: socket.socket, trips: Trips) -> None:
    with suppress(OSError):
        while data := server.recv(1 << 16):
            trips.received += len(data)
            client.sendall(data)


# What is run


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what the table calls it."""

    what: str
    arguments: tuple[str, ...]


def commands(folder: Path) -> list[Command]:
    """Everything that is counted, in the order it is run in; what is read lies in a folder."""
    history = list(demo.traffic(DECLARATIONS))
    fresh = list(islice(demo.traffic(DECLARATIONS, seed=11), 1010))
    number = next(file.name for file in history if file.name.startswith("Receipt_")).split("_")[2]
    kept = _write(folder / "kept", history)
    begun = _write(folder / "begun", _begun(demo.traffic(40, seed=12)))
    ten, thousand = _write(folder / "ten", fresh[:10]), _write(folder / "thousand", fresh[10:])
    plans = folder / "plans.csv"
    plans.write_text(f"reference,arrival\n{number},2026-11-28T09:00\n", encoding="utf-8")
    looked = ("--as-of", AS_OF)
    return [
        Command("a first ingest", ("ingest", kept)),
        Command("ingest of what is open", ("ingest", begun)),
        Command("a first check", ("check", *looked)),
        Command("status of a number", ("status", number, *looked)),
        Command("list", ("list", *looked)),
        Command("check with nothing new", ("check", *looked)),
        Command("ingest of 10 messages", ("ingest", ten)),
        Command("ingest of the same again", ("ingest", ten)),
        Command("ingest of 1,000 messages", ("ingest", thousand)),
        Command("check of what changed", ("check", *looked)),
        Command("report of a year", ("report", "--period", "2026", *looked)),
        Command("plan import", ("plan", "import", str(plans), *looked)),
        Command("alerts", ("alerts", "list", *looked)),
        Command("alerts ack", ("alerts", "ack", "stuck", *looked)),
    ]


def _begun(files: Iterable[demo.File]) -> Iterator[demo.File]:
    """The first two files about each unified number, so that all of it is open."""
    seen: Counter[bytes] = Counter()
    for file in files:
        number = _UNIFIED.search(file.data)
        if number and seen[number[0]] < 2:
            seen[number[0]] += 1
            yield file


def _write(folder: Path, files: Iterable[demo.File]) -> str:
    """Puts files into a new folder, and waits until they can be remembered; returns its path."""
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.data)
    time.sleep(FINE_SECONDS)
    return str(folder)


def run(command: Command, url: str, home: Path) -> None:
    """Runs a command in a fresh process, on a store; what it found does not matter."""
    script = "from clearance.cli import script; script()"
    written = [sys.executable, "-c", script, *command.arguments, "--store", url]
    environment = {**os.environ, "CLEARANCE_HOME": str(home), "CLEARANCE_LANG": "en"}
    ran = subprocess.run(written, capture_output=True, check=False, env=environment)
    assert ran.returncode in (0, 1), f"{command.what}: {ran.stderr.decode(errors='replace')}"


def counted(only: str = "") -> list[Row]:
    """What went between each command and a server of its own, in a store that ``store init`` has
    made; what ``only`` names is told whole.
    """
    rows = []
    with (
        TemporaryDirectory(prefix="trips-") as name,
        started(_folder(name, "server")) as server,
        server.schema() as url,
        closing(Proxy(url)) as proxy,
    ):
        init_store(url).close()
        for command in commands(_folder(name, "read")):
            trips = proxy.counted(partial(run, command, proxy.url(url), Path(name)))
            rows.append(_row(command, trips))
            if only and re.search(only, command.what):
                _tell(trips)
    return rows


def _folder(parent: str, name: str) -> Path:
    """A new folder in one that also the server's account may look into."""
    Path(parent).chmod(0o755)
    (folder := Path(parent) / name).mkdir()
    return folder


def _row(command: Command, trips: Trips) -> Row:
    return {
        "what": command.what,
        "connecting": trips.connecting,
        "round_trips": trips.asking,
        "statements": len(trips.statements),
        "between_nodes": between_nodes(trips.statements),
        "kilobytes": round(trips.received / 1000),
    }


def between_nodes(statements: Iterable[str]) -> int:
    """Round trips that a cluster would add: one for each statement of a table that is spread over
    it, which goes to all of its nodes at once; one more to begin a transaction on the nodes with
    the first of these, and one to end it, or two where something was written to them.
    """
    trips = 0
    within = begun = written = False
    for text in statements:
        if text.startswith("BEGIN"):
            within, begun, written = True, False, False
        elif text in ("COMMIT", "ROLLBACK"):
            trips += begun + written
            within = False
        elif _SPREAD.search(text):
            trips += 1 + (within and not begun)
            begun = within
            written |= not text.startswith("SELECT")
    return trips


def show(rows: Iterable[Row]) -> None:
    """Prints a line for each command."""
    for row in rows:
        print(
            f"{row['round_trips']:>8} round trips to PostgreSQL, {row['connecting']} to connect, "
            f"{row['statements']} statements, {row['between_nodes']} more in a cluster, "
            f"{row['kilobytes']} kB  {row['what']}"
        )


def keep(rows: list[Row]) -> None:
    """Keeps the table for ``docs/speed.md``."""
    if rows:
        RESULT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _tell(trips: Trips) -> None:
    """Writes what the statements of a command were, and how many of each."""
    for statement, count in Counter(text[:100] for text in trips.statements).items():
        sys.stderr.write(f"{count:6} {statement}\n")


def kept() -> list[Row]:
    """The table that is kept."""
    rows: list[Row] = json.loads(RESULT.read_text(encoding="utf-8"))
    return rows


def main() -> None:
    """Counts, prints the table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.round_trips", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the table for docs/speed.md")
    parser.add_argument("--show", default="", help="show the statements of commands of this name")
    options = parser.parse_args()
    rows = counted(options.show)
    show(rows)
    if options.keep:
        keep(rows)


if __name__ == "__main__":
    main()
