"""A few invented stories in an InBox, and two ways to run the command on them.

``run`` starts the real command in a fresh interpreter; ``call`` calls ``clearance.cli.main`` in
this one, where a process of its own proves nothing more. Both live in a ``CLEARANCE_HOME`` of the
test's own and see none of the caller's settings.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from benchmarks.server import PROGRAMS, STAND_IN, Server, started
from clearance.cli import main
from clearance.customs import use_folder
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import (
    File,
    business_receipt,
    demo_files,
    import_receipt,
)
from clearance.model import Declaration, Event
from clearance.timelines import derive
from tests.stories import events

# A busy machine is no failure; where a change lands every run draws the same examples.
settings.register_profile(
    "clearance",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.register_profile("quick", settings.get_profile("clearance"), max_examples=20)
settings.load_profile("clearance")

ROOT = Path(__file__).parent.parent
"""The repository."""

AS_OF = "2026-03-06T09:00:00+08:00"
"""The moment the stories are looked at from: the Friday of their week."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write every golden file anew, and run no other test; read the difference",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ``--update-golden`` only tests that have a golden file run."""
    if config.getoption("--update-golden"):
        others = [item for item in items if "golden" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if "golden" in getattr(item, "fixturenames", ())]


def at(written: str) -> datetime:
    """A time of March 2026 in Beijing, as ``04 09:30`` or ``04 09:30:10``."""
    return datetime.fromisoformat(f"2026-03-{written}").replace(tzinfo=ZONE)


def settled(file: Path) -> None:
    """Nobody has written to a file for two minutes, so it is refused if it is not whole."""
    long_ago = time.time() - 120
    os.utime(file, (long_ago, long_ago))


@dataclass(frozen=True, slots=True)
class Case:
    """The numbers of an invented declaration, and what customs writes about it."""

    number: int
    direction: str = "import"
    office: str = "2248"
    ref: str = ""

    @property
    def own(self) -> str:
        """The declarant's own reference."""
        return self.ref or f"TEST-{self.number}"

    @property
    def unified(self) -> str:
        """The unified number, of the I or the E sort."""
        return f"{self.direction[0].upper()}2026{self.number:013}"

    @property
    def entry(self) -> str:
        """The entry number of 18 digits, with the office and the direction in it."""
        return f"{self.office}2026{int(self.direction == 'import')}{self.number:09}"

    def sent(self, when: datetime, base: str | None = None) -> list[File]:
        """Taken by the data centre nine seconds before, and declared."""
        return [
            import_receipt(self.own, self.unified, when - timedelta(seconds=9), base=base),
            business_receipt(self.unified, "", "7", when, self.number * 10**8),
        ]

    def told(
        self, code: str, when: datetime, *, note: str | None = None, numbered: bool = True
    ) -> File:
        """What customs says at a time; ``numbered`` once there is an entry number."""
        serial = self.number * 10**8 + int((when - at("01 00:00")).total_seconds())
        entry = self.entry if numbered else ""
        return business_receipt(self.unified, entry, code, when, serial, note=note)


CLOSED = Case(11, "export", "3104")
INSPECTED = Case(22)
RETURNED = Case(33, ref="TEST-RESENT")
RESENT = Case(34, ref="TEST-RESENT")
UNKNOWN = Case(45, "export", "5304")


def stories() -> list[File]:
    """Every file of the stories, in the order of their declarations.

    * 11, an export, declared on Monday, released, and closed on Tuesday at 15:00;
    * 22, an import that customs ordered to be inspected on Thursday at 10:00;
    * 33, returned within the hour on Tuesday and sent again as 34, which is under review;
    * 45, an export of which customs said on Thursday what no table knows, ``z9``.
    """
    return [
        *CLOSED.sent(at("02 08:00:10"), base="OUT_11"),
        CLOSED.told("L", at("02 08:00:20")),
        CLOSED.told("P", at("02 10:00")),
        CLOSED.told("R", at("03 15:00")),
        *INSPECTED.sent(at("04 09:00")),
        INSPECTED.told("L", at("04 09:00:10")),
        INSPECTED.told("C", at("05 10:00"), note="查验通知;请携带[/单证]到场"),
        *RETURNED.sent(at("03 10:00")),
        RETURNED.told("E", at("03 10:40"), numbered=False),
        *RESENT.sent(at("05 08:30")),
        RESENT.told("L", at("05 08:30:12")),
        RESENT.told("J", at("05 09:10")),
        *UNKNOWN.sent(at("05 11:00")),
        UNKNOWN.told("L", at("05 11:00:15")),
        UNKNOWN.told("z9", at("05 16:20"), note="待核实"),
    ]


def laid(files: Iterable[File], folder: Path) -> Path:
    """Puts files into a folder, as a Single Window client does; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.data)
    return folder


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of the command came to: its exit code, and both streams as bytes."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8")

    @property
    def talk(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8")

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as the one JSON object it must hold."""
        assert self.out.count(b"\n") == 1, f"not one object on one line: {self.out!r}"
        value = json.loads(self.out)
        assert isinstance(value, dict)
        assert value["schema"] == 1
        return value

    @property
    def error(self) -> dict[str, str]:
        """The error that standard output holds as JSON, which is all that it holds."""
        value = self.json
        assert set(value) == {"schema", "error"}
        error = value["error"]
        assert set(error) == {"kind", "message"}
        assert all(isinstance(part, str) and part for part in error.values())
        return dict(error)


class Run(Protocol):
    """A way to run the command."""

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ran:
        """Runs it with these arguments."""


class Golden(Protocol):
    """A comparison with a golden file."""

    def __call__(self, file: Path, text: str) -> None:
        """Asserts that the file holds the text; writes it first with ``--update-golden``."""


@pytest.fixture(autouse=True)
def own_systems() -> Iterator[None]:
    """No customs system of a test's own is known to the next test."""
    yield
    use_folder(None)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares texts with golden files."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            file.write_bytes(text.encode())
        assert file.read_bytes().decode() == text

    return compare


@pytest.fixture
def story(request: pytest.FixtureRequest) -> list[Event]:
    """The events that the lines of the test's docstring tell."""
    return events(request.function.__doc__)


@pytest.fixture
def declaration(story: list[Event]) -> Declaration:
    """The one declaration that the test's docstring is about."""
    (found,) = derive.link(story)
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An InBox that holds the stories."""
    return laid(stories(), tmp_path / "InBox")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The ``CLEARANCE_HOME`` that both ways of running live in; not made yet."""
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """The environment of a fresh interpreter: the caller's without its settings.

    What it imports is the package that these tests lie beside, whatever is installed.
    """
    own = {k: v for k, v in os.environ.items() if not k.startswith(("CLEARANCE_", "LC_", "PYTHON"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LANGUAGE"):
        own.pop(name, None)
    return own | {
        "CLEARANCE_HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def run(environment: Mapping[str, str], tmp_path: Path) -> Run:
    """The real command, in a fresh interpreter."""

    def run(
        *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "clearance", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
            env={**environment, **(env or {})},
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def call(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command in this interpreter, with streams of bytes of its own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CLEARANCE_", "LC_"))]:
        monkeypatch.delenv(name)
    for name in ("CLEARANCE_HOME", "LANG"):
        monkeypatch.setenv(name, environment[name])

    def call(
        *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ran:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            with redirect_stdout(_text(out)) as told, redirect_stderr(_text(err)) as talked:
                code = main([str(argument) for argument in arguments])
                told.flush()
                talked.flush()
                return Ran(code, out.getvalue(), err.getvalue())

    return call


def _text(stream: io.BytesIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, "utf-8", newline="\n")


@pytest.fixture
def kept(call: Run, inbox: Path) -> Run:
    """``call``, with the stories read into the store already."""
    assert call("ingest", inbox).code == 0
    return call


@pytest.fixture
def demonstrated(call: Run, tmp_path: Path) -> Run:
    """``call``, with the two quarters of the demo read into the store already."""
    assert call("ingest", laid(demo_files(), tmp_path / "in")).code == 0
    return call


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server that CLEARANCE_TEST_POSTGRES names, else one that is started from a wheel."""
    if "://" in PROGRAMS:
        yield Server(PROGRAMS, urlsplit(PROGRAMS).password or "")
        return
    with TemporaryDirectory(prefix="pg-") as folder, started(Path(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def citus(server: Server) -> Server:
    """The server if it has Citus; else a database of its own with what stands in for it."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'").fetchone():
            return server
        if "://" in PROGRAMS:
            pytest.skip("the server named has no Citus")
        connection.execute("CREATE DATABASE citus")
    url = urlsplit(server.url)._replace(path="/citus").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(STAND_IN.read_bytes())
    return Server(url, server.password)


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The URL of a store of the test's own on the server, not made yet."""
    with server.schema() as url:
        yield url


@pytest.fixture
def cluster(citus: Server) -> Iterator[str]:
    """The same where there is Citus, or what stands in for it."""
    with citus.schema() as url:
        yield url
