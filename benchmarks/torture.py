"""Kills commands with ``kill -9``, over and over, and looks at what they leave behind.

``python -m benchmarks.torture --kills 200 --seed 1`` starts each command that writes in a fresh
process and kills it, in turn at a random instant of its usual time and within 6 ms of the first
byte that it writes to the store's files. After each kill:

* *unreadable*: the store cannot be opened, or its verification breaks off;
* *lost*: something acknowledged is not kept. A file that was moved to the archive, or what was
  told on stdout, or what had been kept before;
* *torn*: what is kept is not whole, or lies between two states where there is one commit;
* *differing*: the same command, run again to its end, does not end in the same bytes as where it
  was never disturbed.

What a channel was sent is looked at too: an alert that is kept has been sent, or is still to be. A
store is also salvaged while another process writes into it: what that one acknowledged is kept.

Stores made wrong on purpose (*controls*) are killed likewise, and must be caught. Then several
writers at once with readers beside them. Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import takewhile
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote, unquote

from clearance.alerting import evaluation, outbox, records
from clearance.alerting.rules import Context
from clearance.customers import notices
from clearance.customers.notices import Standing
from clearance.customs.cn_single_window import CLIENT_REF, ZONE, demo
from clearance.errors import NoStore, StoreError
from clearance.model import Says, Stage
from clearance.render import alerts as alert_pages
from clearance.render import listing, write
from clearance.render import plans as plan_pages
from clearance.sources import Item
from clearance.stores import Store, exported, open_store
from clearance.timelines import intake, integrity, planned, query, saying

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 1, tzinfo=ZONE)
"""The moment that everything is looked at from."""
EARLIER = NOW - timedelta(days=60)
ENDED = {"P", "F", "K", "R"}
ALL, ALERT = "All.zip", "ALERT"
"""A zip file of everything; what stands for the id of an alert in a command."""
OPEN, INSPECTED, AWAY = "OPEN", "INSPECTED", "AWAY"
"""What stands for a declaration: one that is open, under inspection, or put away."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=ZONE).timestamp()
"""When each file was last written: none looks as if it still were."""
SOON = 0.006
"""Seconds after the first byte within which a write is cut off."""
BUSY = "store.db is being written by another process"

# Ways to run the command: as it is, in many small commits, and wrong on purpose.

MAIN = "from clearance.cli import script\nscript()\n"
PIECEWISE = "from clearance.timelines import intake, integrity, query\nintake.BATCH = 10\n"
UNTIL_IDLE = """
from clearance.timelines import following
follow = following.Follower.follow
def until_idle(self, pause):
    for told in follow(self, pause):
        yield told
        if told is None and not any(folder._waiting for folder in self._folders):
            self.stop()
following.Follower.follow = until_idle
"""
UNDURABLE = """
from clearance.stores import sqlite
from clearance.timelines import intake
File = sqlite.SQLiteFile
run, close, ingest = File.run, File.close, intake.ingest
def lazily(self, sql, parameters=()):
    started = sql.startswith(("BEGIN", "PRAGMA synchronous")) and self.connection.in_transaction
    if sql != "COMMIT" and not started:
        run(self, sql, parameters)
def lately(self):
    if self.connection.in_transaction:
        self.connection.commit()
    close(self)
def late(*arguments):
    File.run = lazily
    return ingest(*arguments)
File.close, intake.ingest = lately, late
"""
"""Commits of messages come when the store is closed, after all was acknowledged."""
HASTY = """
from clearance.timelines import intake, integrity, query
ingest = intake.ingest
def hastily(store, items, *rest):
    def acknowledged():
        for item in items:
            if item.done:
                item.done()
            yield item._replace(done=None)
    return ingest(store, acknowledged(), *rest)
intake.ingest = hastily
"""
"""Each file is moved when it has been read, before the commit."""
BARE = """
from clearance.stores import sqlite
File = sqlite.SQLiteFile
run = File.run
def barely(self, sql, parameters=()):
    run(self, sql, parameters)
    if sql.startswith("PRAGMA synchronous"):
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=5"):
            self.connection.execute(f"PRAGMA {pragma}")
File.run = barely
"""
"""No journal: a commit is written in place, page by page."""


class Held(NamedTuple):
    """What a store tells: everything as bytes, the ids of what is kept, and what is wrong."""

    told: bytes
    ids: frozenset[str]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A command line, the states it starts from, and which store it writes to.

    ``atomic`` commands have one commit, so nothing lies between before and after it. ``control``
    marks a store made wrong on purpose. ``beside`` is what another process does meanwhile.
    ``talks`` says that it tells of each commit, not only of all of them.
    """

    name: str
    arguments: tuple[str, ...]
    states: Mapping[str, Callable[[Path, Traffic], None]]
    way: str = ""
    store: str = "store.db"
    atomic: bool = True
    control: bool = False
    beside: tuple[str, ...] = ()
    talks: bool = False

    @property
    def line(self) -> list[str]:
        """The command for a fresh process."""
        return [sys.executable, "-c", self.way + MAIN, *self.arguments]

    @property
    def line_beside(self) -> list[str]:
        """The command that runs beside it, and is not killed."""
        return [sys.executable, "-c", PIECEWISE + MAIN, *self.beside]


@dataclass
class Row:
    """How often a command was killed, how often while it wrote, and what was wrong afterwards."""

    command: str
    kills: int = 0
    midwrite: int = 0
    unreadable: int = 0
    lost: int = 0
    torn: int = 0
    differing: int = 0
    control: bool = False
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many kills did harm."""
        return self.unreadable + self.lost + self.torn + self.differing

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong or, where it is wrong on purpose, that was seen."""
        return bool(self.faults) == self.control


@dataclass
class Crowd:
    """What several writers at once, and readers beside them, came to."""

    writers: int
    messages: int = 0
    reads: int = 0
    longest_read: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Traffic:
    """The files of an InBox in two halves, and the ids of the messages in each file."""

    first: tuple[demo.File, ...]
    second: tuple[demo.File, ...]
    ids: Mapping[str, frozenset[str]]

    @property
    def files(self) -> tuple[demo.File, ...]:
        """Both halves."""
        return self.first + self.second


def traffic(declarations: int, seed: int) -> Traffic:
    """Files of so many declarations, a third of them unfinished, with a zip file and bad ones."""
    files = [
        file
        for file in demo.traffic(declarations, seed, quarters=2)
        if _number(file) % 3 or not any(f">{code}</CH".encode() in file.data for code in ENDED)
    ]
    half = len(files) // 2
    packed, loose = files[half : half + 30], [*files[:half], *files[half + 30 :]]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in packed:
            archive.writestr(file.name, file.data)
    bad = [demo.File(f"bad {n}.xml", b"<DEC_RESULT>" * n, NOW) for n in (1, 2)]
    whole = [*loose, demo.File("Mixed 一批.zip", buffer.getvalue(), NOW), *bad]
    with open_store("memory:") as store:
        ids = {file.name: _ids_in(store, file) for file in whole}
        ids[ALL] = frozenset[str]().union(*ids.values())
    return Traffic(tuple(whole[:half]), tuple(whole[half:]), ids)


def _number(file: demo.File) -> int:
    """The number of a declaration that a file is about; 1 for import receipts."""
    parts = file.name.split("_")
    return int(parts[2][5:]) // 10 if parts[0] == "Receipt" else 1


def _ids_in(store: Store, file: demo.File) -> frozenset[str]:
    before = _ids(store)
    intake.ingest(store, [Item(file.name, file.data)], NOW)
    if file.name.endswith(".zip"):
        with zipfile.ZipFile(BytesIO(file.data)) as archive:
            items = [Item(f"{file.name}/{name}", archive.read(name)) for name in archive.namelist()]
        intake.ingest(store, items, NOW)
    return _ids(store) - before


def _ids(store: Store) -> frozenset[str]:
    return frozenset([m.id for m in store.messages()] + [r.id for r in store.refused()])


# States to start from


def new_store(folder: Path, traffic: Traffic) -> None:
    """An InBox and no store."""
    _lay(folder / "inbox", traffic.files)


def zipped_store(folder: Path, traffic: Traffic) -> None:
    """An InBox with one zip file of everything, and no store."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in traffic.files:
            archive.writestr(file.name, file.data)
    _lay(folder / "inbox", [demo.File(ALL, whole.getvalue(), NOW)])


def grown_store(folder: Path, traffic: Traffic) -> None:
    """A store that holds the first half and was checked, and an InBox with the second."""
    _lay(folder / "inbox", traffic.second)
    with open_store(folder / "store.db") as store:
        _ingest(store, traffic.first)
        evaluation.check(store, Context(EARLIER))


def journalled_store(folder: Path, traffic: Traffic) -> None:
    """The same, out of WAL: the first byte written is one of a commit."""
    grown_store(folder, traffic)
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def unchecked_store(folder: Path, traffic: Traffic) -> None:
    """A store that holds everything and was never checked."""
    with open_store(folder / "store.db") as store:
        _ingest(store, traffic.files)


def rechecked_store(folder: Path, traffic: Traffic) -> None:
    """A store that was checked halfway: some alerts will be over, others begin."""
    grown_store(folder, traffic)
    shutil.rmtree(folder / "inbox")
    with open_store(folder / "store.db") as store:
        _ingest(store, traffic.second)


def whole_store(folder: Path, traffic: Traffic) -> None:
    """A store that holds everything and was checked."""
    unchecked_store(folder, traffic)
    with open_store(folder / "store.db") as store:
        evaluation.check(store, Context(NOW))


def exported_store(folder: Path, traffic: Traffic) -> None:
    """A store that holds everything, and the file that it was exported into."""
    unchecked_store(folder, traffic)
    with (
        open_store(folder / "store.db") as store,
        store.reading(),
        (folder / "store.json").open("wb") as file,
    ):
        exported.write(store, integrity.NOT_EXPORTED, file)


def put_away_store(folder: Path, traffic: Traffic) -> None:
    """A store in which somebody has put a declaration away."""
    _said_store(folder, traffic, saying.Words(Says.CLOSE, "Li", "given up"))


def inspected_store(folder: Path, traffic: Traffic) -> None:
    """A store in which somebody has said that a declaration is inspected."""
    _said_store(folder, traffic, saying.Words(Says.EVENT, "Li", None, Stage.INSPECTION))


def _said_store(folder: Path, traffic: Traffic, words: saying.Words) -> None:
    """A store in which something was said of the first open declaration that is not released."""
    whole_store(folder, traffic)
    with open_store(folder / "store.db") as store:
        waiting = [
            declaration
            for declaration in query.snapshot(store, None, NOW)
            if declaration.open and declaration.released_at is None
        ]
        first = min(waiting, key=lambda declaration: declaration.name)
        saying.say(store, [(first, [words])], NOW)


def _sorts(store: Store) -> Iterator[tuple[str, str]]:
    """The names of declarations, with what may be said of each."""
    for declaration in query.snapshot(store, None, NOW):
        if declaration.put_away:
            yield declaration.name, AWAY
        elif "inspection" in saying.asked_for(declaration):
            yield declaration.name, INSPECTED
        elif declaration.open:
            yield declaration.name, OPEN


def told_store(folder: Path, traffic: Traffic) -> None:
    """A store that was never checked, and a channel."""
    unchecked_store(folder, traffic)
    (folder / "config.toml").write_text(
        '[channels.desk]\nkind = "webhook"\nurl = "file:address"\nseverities = '
        '["info", "warning", "critical"]\n'
    )
    (folder / "address").write_text(CHANNEL.url)


def customer_store(folder: Path, traffic: Traffic) -> None:
    """A store with a customer who is told of everything in it, and was told of nothing yet."""
    (folder / "config.toml").write_text(
        '[channels.desk]\nkind = "webhook"\nurl = "file:address"\n[customers.all]\n'
        'name = "All"\nto = ["desk"]\nreference = "DEMO*"\nhold = []\n'
    )
    (folder / "address").write_text(CHANNEL.url)
    for words in (("store", "init"), ("check", "--as-of", "2026-01-01", "--config", "config.toml")):
        done = _run([sys.executable, "-c", MAIN, *words, "--store", "store.db"], folder)
        if done.returncode:
            raise SystemExit(done.stderr.decode())
    with open_store(folder / "store.db") as store:
        _ingest(store, traffic.files)


def planned_store(folder: Path, traffic: Traffic) -> None:
    """A store that was checked, with plans; and a sheet of more of them."""
    whole_store(folder, traffic)
    numbers = held_references(folder / "store.db")
    lines = [f"{number},2026-12-{day % 28 + 1:02}T10:00" for day, number in enumerate(numbers)]
    (folder / "plans.csv").write_text("\n".join(["reference,etd", *lines]), "utf-8")
    shown = ["plan", "set", numbers[0], "--cutoff", "2026-12-01T10:00", "--as-of", NOW.isoformat()]
    done = _run([sys.executable, "-c", MAIN, *shown, "--store", "store.db"], folder)
    if done.returncode:
        raise SystemExit(done.stderr.decode())


def holed_store(folder: Path, traffic: Traffic) -> None:
    """The same, with some of the timelines gone."""
    whole_store(folder, traffic)
    with open_store(folder / "store.db") as store:
        store.delete_timelines(sorted(store.ids())[::5])


def pulled_store(folder: Path, traffic: Traffic) -> None:
    """No store, and two servers: a queue that forgets what it hands out, and a feed of pages."""
    loose = [f for f in traffic.files if not f.name.startswith("bad") and f.name[-4:] == ".xml"]
    SERVER.lay({file.name: file.data for file in loose})
    (folder / "token").write_text("invented")
    (folder / "sources.toml").write_text(
        f'[sources.queue]\nkind = "uk_cds"\nurl = "{SERVER.url}"\nsecret = "file:token"\n'
        f'[sources.feed]\nkind = "http"\nurl = "{SERVER.url}/feed?{{cursor}}"\n'
        'items = "messages[]"\nencoding = "base64"\ncursor = "next"\n'
    )


def grown_and_pulled_store(folder: Path, traffic: Traffic) -> None:
    """The same, and a store that holds the first half."""
    pulled_store(folder, traffic)
    with open_store(folder / "store.db") as store:
        _ingest(store, traffic.first)


def _lay(folder: Path, files: Iterable[demo.File]) -> None:
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.data)
        os.utime(folder / file.name, (LONG_AGO, LONG_AGO))


def _ingest(store: Store, files: Iterable[demo.File]) -> None:
    with TemporaryDirectory() as place:
        inbox = Path(place) / "inbox"
        _lay(inbox, files)
        from clearance.sources import items

        intake.ingest(store, items([inbox]), NOW)


# What is killed

_INGEST = ("ingest", "inbox", "--archive", "archive", "--store", "store.db", "--format", "json")
_INTO = {"no store": new_store, "a store": grown_store}
_AT = ("--as-of", NOW.isoformat())
_CHECK = ("check", *_AT, "--store", "store.db", "--format", "json")
_PULL = ("pull", "--config", "sources.toml", "--store", "store.db", "--format", "json")
_OFTEN = "from clearance.sources import uk_cds\nuk_cds._PAGE = 3\n"


def _by_hand() -> Iterator[Command]:
    """The commands by which people say something, each of one commit."""
    said = {
        "note": (OPEN, "called the yard"),
        "event": (OPEN, "released", "--at", "2h"),
        "done": (INSPECTED, "inspection"),
        "close": (OPEN, "--why", "given up"),
        "reopen": (AWAY,),
    }
    states = {"done": inspected_store, "reopen": put_away_store}
    for name, words in said.items():
        state = states.get(name, whole_store)
        line = (name, *words, "--by", "Li", *_AT, "--store", "store.db")
        yield Command(name, line, {state.__name__.removesuffix("_store"): state})


COMMANDS = (
    Command("ingest", _INGEST, _INTO, atomic=False),
    Command("ingest in small commits", _INGEST, _INTO, PIECEWISE, atomic=False),
    Command(
        "check",
        _CHECK,
        {"never checked": unchecked_store, "checked halfway": rechecked_store},
    ),
    Command(
        "store rebuild",
        ("store", "rebuild", "--store", "store.db", "--format", "json"),
        {"whole": whole_store, "timelines missing": holed_store},
    ),
    Command(
        "ingest without an archive",
        ("ingest", "inbox", "--store", "store.db", "--format", "json"),
        _INTO,
        PIECEWISE,
        atomic=False,
    ),
    Command(
        "watch",
        (
            *("watch", "inbox", "--archive", "archive", "--store", "store.db"),
            *("--settle", "0", "--patience", "0", "--format", "jsonl"),
        ),
        _INTO,
        PIECEWISE + UNTIL_IDLE,
        atomic=False,
        talks=True,
    ),
    Command("ingest of a zip file", _INGEST, {"no store": zipped_store}, PIECEWISE, atomic=False),
    Command(
        "check with a channel",
        (*_CHECK, "--config", "config.toml"),
        {"never checked": told_store},
        atomic=False,
    ),
    Command(
        "check with a customer",
        (*_CHECK, "--config", "config.toml"),
        {"never told": customer_store},
        atomic=False,
    ),
    Command(
        "plan import",
        ("plan", "import", "plans.csv", *_AT, "--store", "store.db", "--format", "json"),
        {"some plans": planned_store},
    ),
    Command(
        "alerts ack",
        ("alerts", "ack", ALERT, "--until", "2d", *_AT, "--store", "store.db"),
        {"checked": whole_store},
    ),
    *_by_hand(),
    Command(
        "pull",
        _PULL,
        {"no store": pulled_store, "a store": grown_and_pulled_store},
        _OFTEN,
        atomic=False,
    ),
    Command(
        "store rebuild --salvage",
        ("store", "rebuild", "--salvage", "--store", "store.db", "--busy-timeout", "60"),
        {"another writes": grown_store},
        atomic=False,
        beside=(*_INGEST, "--busy-timeout", "60"),
    ),
    Command(
        "store copy",
        ("store", "copy", "copy.db", "--store", "store.db", "--format", "json"),
        {"never checked": unchecked_store, "checked": whole_store},
        store="copy.db",
        atomic=False,
    ),
    Command(
        "store import",
        ("store", "import", "store.json", "--store", "copy.db", "--format", "json"),
        {"never checked": exported_store},
        store="copy.db",
        atomic=False,
    ),
)
CONTROLS = tuple(
    Command(f"control: {name}", _INGEST, states, way, atomic=False, control=True)
    for name, states, way in (
        ("commits are not durable", _INTO, PIECEWISE + UNDURABLE),
        ("moved before the commit", _INTO, PIECEWISE + HASTY),
        ("no journal", {"a store": journalled_store}, BARE),
    )
)


def known(command: Command) -> bool:
    """Whether there is such a command."""
    words = takewhile(lambda word: not word.startswith("-"), command.arguments)
    return _run([sys.executable, "-c", MAIN, *words, "--help"], ROOT).returncode == 0


def _run(line: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        line, cwd=folder, env=environment(), capture_output=True, check=False, timeout=120
    )


def environment() -> dict[str, str]:
    """The caller's, without its settings; what runs is the tree that this file lies in."""
    own = {
        k: v for k, v in os.environ.items() if not k.startswith(("CLEARANCE_", "LC_", "COVERAGE_"))
    }
    home = str(ROOT / "benchmarks" / "no settings")
    return own | {"PYTHONPATH": str(ROOT), "CLEARANCE_HOME": home, "LANG": "C.UTF-8"}


class Webhook:
    """A channel that takes whatever it is sent, and keeps it.

    A request whose sender is killed before all of its body has come was not sent.
    """

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        channel = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent, length = channel.sent, int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return
                sent.append(body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/"


CHANNEL = Webhook()


class Pages:
    """A server with messages: half of them in a queue, each of which is handed out once and then
    is in another queue; the other half on pages behind each other.
    """

    def __init__(self) -> None:
        self.unpulled, self.pulled = dict[str, bytes](), dict[str, bytes]()
        self.feed: list[bytes] = []
        self._laid: dict[str, bytes] = {}
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages._answer(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"

    def lay(self, files: Mapping[str, bytes]) -> None:
        """Has these messages, and nobody has asked for them."""
        self._laid = dict(files)
        half = len(files) // 2
        self.unpulled, self.pulled = dict(list(files.items())[:half]), {}
        self.feed = list(files.values())[half:]

    def lay_again(self) -> None:
        """Nobody has asked for anything."""
        self.lay(self._laid)

    def _answer(self, path: str) -> bytes | None:
        if path.startswith("/feed?"):
            at = int(path.partition("?")[2] or 0)
            found = [b64encode(data).decode() for data in self.feed[at : at + 5]]
            return json.dumps({"messages": found, "next": str(at + len(found))}).encode()
        _, _, queue, *id = unquote(path).split("/")
        if not id:
            links = (f'<link rel="notification" href="/x/{quote(id)}"/>' for id in self.unpulled)
            return f"<resource>{''.join(links)}</resource>".encode()
        if queue == "unpulled" and id[0] in self.unpulled:
            self.pulled[id[0]] = self.unpulled.pop(id[0])
            return self.pulled[id[0]]
        return self.pulled.get(id[0]) if queue == "pulled" else None


SERVER = Pages()

# One kill


def torture(
    command: Command,
    kills: int,
    some: Traffic,
    work: Path,
    seed: int,
    *,
    until_caught: bool = False,
) -> Row:
    """Kills a command so often, half of the times while it writes; what that did.

    With ``until_caught`` it is killed until something is wrong, up to ten times as often.
    """
    chance = random.Random(f"{seed} {command.name}")
    row = Row(command.name, control=command.control)
    trials = [Trial(command, name, some, work) for name in command.states]
    while row.kills < kills * 10 and not row.faults if until_caught else row.kills < kills:
        trial = trials[row.kills // 2 % len(trials)]
        written = trial.kill(chance, midwrite=row.kills % 2 == 1)
        if written is None:
            continue
        row.kills += 1
        row.midwrite += written
        for fault, example in trial.judge():
            setattr(row, fault, getattr(row, fault) + 1)
            row.examples.append(f"{trial.state}, kill {row.kills}: {fault}: {example}")
    return row


class Trial:
    """A command in one state to start from: how it goes undisturbed, and how when it is killed."""

    def __init__(self, command: Command, state: str, some: Traffic, work: Path) -> None:
        self.command, self.state, self.traffic = command, state, some
        place = work / f"{command.name} {state}".replace(":", "")
        self.start, self.folder, self.seen = place / "start", place / "now", place / "seen"
        self.start.mkdir(parents=True)
        command.states[state](self.start, some)
        self.line = [self._named(word) for word in command.line]
        self.source = held(self.start / "store.db")
        self.before = held(self.start / command.store)
        self.seconds = self._undisturbed()
        self.after, self.left = held(self.folder / command.store), _names(self.folder)
        if self.after.problems and not command.control:
            raise SystemExit(f"{command.name} undisturbed: {self.after.problems[0]}")

    def _named(self, word: str) -> str:
        """A word of the command; for an alert the id of one that is kept."""
        if word not in (ALERT, OPEN, INSPECTED, AWAY):
            return word
        with open_store(self.start / "store.db") as store:
            if word == ALERT:
                return min(alert.id for alert in records.alerts(store, NOW))
            return min(name for name, sort in _sorts(store) if sort == word)

    def _undisturbed(self) -> float:
        _fresh(self.folder, self.start)
        SERVER.lay_again()
        begun = time.perf_counter()
        with self._beside():
            done = _run(self.line, self.folder)
            seconds = time.perf_counter() - begun
        if done.returncode not in (0, 3):
            raise SystemExit(f"{self.command.name} undisturbed: {done.stderr.decode()}")
        return seconds

    @contextmanager
    def _beside(self) -> Iterator[None]:
        """Another process writes meanwhile, and is waited for in the end."""
        if not self.command.beside:
            yield
            return
        with subprocess.Popen(
            self.command.line_beside,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            yield

    def kill(self, chance: random.Random, *, midwrite: bool) -> bool | None:
        """Starts the command and kills it; whether it had begun to write, None if it got away."""
        _fresh(self.folder, self.start)
        CHANNEL.sent = []
        SERVER.lay_again()
        files = [self.folder / f"{self.command.store}{end}" for end in ("", "-wal")]
        seen = [*files, self.folder / "archive"]
        still, unmoved = _written(files), _written(seen)
        wait = chance.uniform(0, SOON if midwrite else self.seconds)
        out = self.folder / "stdout"
        with (
            out.open("wb") as told,
            self._beside(),
            subprocess.Popen(
                self.line,
                cwd=self.folder,
                env=environment(),
                stdout=told,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            if midwrite and not self.command.beside:
                while _written(seen) == unmoved and process.poll() is None:
                    pass
            elif midwrite:
                wait = chance.uniform(self.seconds / 4, self.seconds)
            until = time.perf_counter() + wait
            while (left := until - time.perf_counter()) > 0:
                time.sleep(left if left > 0.002 else 0)
            process.kill()
            process.wait()
        return None if process.returncode >= 0 else _written(files) != still

    def judge(self) -> list[tuple[str, str]]:
        """What is wrong after a kill, and after the same command was run again to its end.

        A copy is looked at, so that the command itself meets the files as the kill left them.
        """
        _fresh(self.seen, self.folder)
        faults: list[tuple[str, str]] = []
        try:
            now = held(self.seen / self.command.store)
            apart = self.command.store != "store.db"
            source = held(self.seen / "store.db") if apart else self.source
        except Exception as error:
            faults.append(("unreadable", f"{type(error).__name__}: {error}"))
        else:
            faults += self._lost(now, source) + self._torn(now)
        _let_lapse(self.folder / "store.db")
        with self._beside():
            again = _run(self.line, self.folder)
        try:
            ended = held(self.folder / self.command.store)
        except Exception as error:
            return [*faults, ("differing", f"{type(error).__name__}: {error}")]
        faults += self._untold()
        left = _names(self.folder)
        if again.returncode not in (0, 3) or ended != self.after or left != self.left:
            talk = again.stderr.decode(errors="replace")[-300:]
            what = difference(ended.told, self.after.told)
            faults.append(
                (
                    "differing",
                    f"exit code {again.returncode}, {len(left)} files left, {what} {talk}",
                )
            )
        return faults

    def _untold(self) -> list[tuple[str, str]]:
        """Alerts and notices that are kept and that the channel was never sent."""
        if not (self.folder / "config.toml").exists():
            return []
        with open_store(self.folder / "store.db") as store:
            made = [one for one in notices.notices(store) if one.standing is Standing.FILED]
            kept = {one.id for one in made}
            if not kept:
                kept = {alert.id for alert in records.alerts(store, NOW) if alert.notifiable}
        sent = b"".join(CHANNEL.sent)
        untold = {id for id in kept if id.encode() not in sent}
        lost = [("lost", f"{len(untold)} alerts, such as {min(untold)}")] if untold else []
        return [*lost, *_under_two_ids(CHANNEL.sent)]

    def _lost(self, now: Held, source: Held) -> list[tuple[str, str]]:
        moved = {file.name for file in (self.seen / "archive").glob("*")}
        waiting = {file.name for file in (self.seen / "inbox").glob("*")}
        laid = {file.name for file in (self.start / "inbox").glob("*")}
        acknowledged = {id for name in moved & laid for id in self.traffic.ids[name]}
        told = (self.seen / "stdout").read_bytes()
        gone = (self.before.ids | acknowledged) - now.ids
        found = []
        if gone:
            found.append(("lost", f"{len(gone)} messages, such as {min(gone)}"))
        elif moved | waiting != laid:
            found.append(("lost", f"files {sorted(laid ^ (moved | waiting))[:3]}"))
        elif source != self.source:
            found.append(("lost", "the store that was only to be read has changed"))
        elif told and now != self.after and self._tells_all(told):
            found.append(("lost", f"what stdout told: {told[:80]!r}"))
        return found

    def _tells_all(self, told: bytes) -> bool:
        """Whether what was told means that all was done."""
        return b'"error"' not in told and not self.command.beside and not self.command.talks

    def _torn(self, now: Held) -> list[tuple[str, str]]:
        if now in (self.before, self.after):
            return []
        if now.problems:
            return [("torn", now.problems[0])]
        if self.command.atomic:
            return [("torn", f"halfway: {difference(now.told, self.after.told)}")]
        return []


def _under_two_ids(sent: Iterable[bytes]) -> list[tuple[str, str]]:
    """Notices that were sent in messages of different ids, or twice under other ids."""
    found: dict[str, set[str]] = {}
    for message in map(json.loads, sent):
        for notice in message["data"].get("notices", ()):
            for what in (notice["id"], notice["title"] + notice["at"]):
                found.setdefault(what, set()).add(f"{message['id']} {notice['id']}")
    double = [what for what, ids in found.items() if len(ids) > 1]
    return [("torn", f"{len(double)} under two ids, such as {double[0]}")] if double else []


def held(path: Path) -> Held:
    """What a store tells, to the byte, but for what is numbered, timed and ordered by the run.

    A folder is read in an order that brings declarations together; where half of the files have
    been moved away the other half comes in another one. Only the order of messages shows it. A
    file that is still empty was killed before it was made a store: there is none.
    """
    is_made = path.exists() and path.stat().st_size > 0
    with open_store(path if is_made else "memory:", create=False) as store:
        problems = tuple(integrity.verify(store))
        made = list(notices.notices(store))
        alerts = records.alerts(store, NOW, everything=True)
        found = query.listed(store, query.ListFilter(everything=True), NOW, events=True)
        ordered = query.sorted_by("reference", found, ())
        told = BytesIO()
        write(listing.listing(ordered, alerts, NOW, "en", events=True), "json", told, False, "en")
        write(alert_pages.alerts(alerts, NOW, "en"), "json", told, False, "en")
        write(plan_pages.planned(planned.listed(store, NOW), NOW, "en"), "json", told, False, "en")
        told.write(json.dumps(sorted([n.id, n.standing, n.text] for n in made)).encode())
        changed = sorted(d.name for _, d in store.timelines(store.unchecked()))
        kept = sorted([m.id, m.received_as] for m in store.messages())
        refused = sorted([r.id, r.name, r.kind, r.reason, r.size] for r in store.refused())
        told.write(json.dumps([sorted(map(str, changed)), kept, refused]).encode())
        return Held(told.getvalue(), _ids(store), tuple(map(str, problems)))


def _let_lapse(path: Path) -> None:
    """Three minutes pass: the lease of a check that was killed is over."""
    if path.exists():
        with suppress(StoreError), open_store(path) as store:
            store.delete_records(outbox.LEASE, ["check"])


def difference(one: bytes, other: bytes) -> str:
    """Where two tellings part."""
    if one == other:
        return "the same is told"
    pairs = enumerate(zip(one, other, strict=False))
    place = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    near = slice(max(place - 60, 0), place + 60)
    return f"{one[near]!r} instead of {other[near]!r}"


def _names(folder: Path) -> frozenset[str]:
    """The files in the InBox and in the archive of a folder, each with where it lies."""
    lie = (*folder.glob("inbox/*"), *folder.glob("archive/*"))
    return frozenset(f"{file.parent.name}/{file.name}" for file in lie)


def _fresh(folder: Path, start: Path) -> None:
    """Makes a folder what another one is."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder)


def _written(files: Iterable[Path]) -> list[tuple[int, int]]:
    """Sizes and times of files, to see that something was written; one without bytes is none."""
    found = []
    for file in files:
        try:
            status = file.stat()
        except FileNotFoundError:
            found.append((0, 0))
        else:
            found.append((status.st_size, status.st_mtime_ns if status.st_size else 0))
    return found


# Many at once


def crowd(writers: int, readers: int, some: Traffic, work: Path) -> Crowd:
    """Writers at once, each with its share of the files, and readers beside them."""
    result = Crowd(writers)
    work.mkdir(parents=True)
    path, alone = work / "store.db", work / "alone.db"
    with open_store(alone) as store:
        _ingest(store, some.files)
    number = str(next(iter(held_references(alone))))
    for share in range(writers):
        _lay(work / f"inbox {share}", some.files[share::writers])
    context = multiprocessing.get_context("spawn")
    ends = [context.Pipe() for _ in range(readers)]
    beside = [context.Process(target=_read, args=(path, number, end)) for _, end in ends]
    for reader, (end, _) in zip(beside, ends, strict=True):
        reader.start()
        end.recv()
    lines = [
        [sys.executable, "-c", PIECEWISE + MAIN, "ingest", f"inbox {share}", "--store", "store.db"]
        for share in range(writers)
    ]
    running = [
        subprocess.Popen(
            line, cwd=work, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for line in lines
    ]
    for process in running:
        _, talk = process.communicate(timeout=300)
        if process.returncode not in (0, 3):
            result.faults.append(f"writer: exit code {process.returncode}: {talk.decode()[-300:]}")
    for reader, (end, _) in zip(beside, ends, strict=True):
        end.send("enough")
        reads, longest, errors = end.recv()
        reader.join()
        result.reads += reads
        result.longest_read = max(result.longest_read, longest)
        result.faults += errors
    now, expected = held(path), held(alone)
    result.messages = len(now.ids)
    result.faults += now.problems
    if now.ids != expected.ids:
        result.faults.append(f"{len(now.ids ^ expected.ids)} messages are lost, or too many")
    with open_store(path) as store:
        if sum(1 for _ in store.messages()) + sum(1 for _ in store.refused()) != len(expected.ids):
            result.faults.append("messages are kept twice")
    one, other = (_listed(told) for told in (now, expected))
    if one != other:
        result.faults.append(f"timelines differ: {difference(one, other)}")
    return result


def held_references(path: Path) -> list[str]:
    """Every reference of the declarants' own in a store."""
    with open_store(path) as store:
        return sorted(v for _, d in store.timelines() for v in d.references.get(CLIENT_REF, ()))


def _listed(told: Held) -> bytes:
    return told.told.partition(b"\n")[0]


def _read(path: Path, number: str, told: Connection) -> None:
    """Asks for the status of a number and for the list, until it is told that it is enough.

    Before the first writer has made the store, that there is none is the right answer.
    """
    reads, longest, errors = 0, 0.0, list[str]()
    told.send("ready")
    while not told.poll():
        begun = time.perf_counter()
        try:
            with open_store(path, create=False) as store:
                if store.ids():
                    query.listed(store, query.ListFilter(), NOW)
                if store.ids({f"{CLIENT_REF}:{number.casefold()}"}):
                    query.find(store, [number], NOW)
        except NoStore:
            pass
        except Exception as error:
            errors.append(f"reader: {type(error).__name__}: {error}")
        reads += 1
        longest = max(longest, time.perf_counter() - begun)
    told.recv()
    told.send((reads, longest, errors[:5]))


def waiting(work: Path, some: Traffic) -> list[str]:
    """What is wrong with how a writer waits for another, and a reader does not."""
    work.mkdir(parents=True)
    grown_store(work, some)
    line = [sys.executable, "-c", MAIN, *_INGEST]
    faults = []
    with Locked(work / "store.db") as lock:
        begun = time.perf_counter()
        done = _run([*line, "--busy-timeout", "0.3"], work)
        waited = time.perf_counter() - begun
        if done.returncode != 5 or done.stderr.count(b"\n") != 1 or BUSY not in str(done.stderr):
            faults.append(f"busy: exit code {done.returncode}: {done.stderr.decode()}")
        if waited < 0.3:
            faults.append(f"busy: waited {waited:.1f} s instead of 0.3 s")
        reading = ("list", "--store", "store.db", "--busy-timeout", "0")
        if _run([sys.executable, "-c", MAIN, *reading], work).returncode:
            faults.append("a reader had to wait while another process wrote")
        with subprocess.Popen(
            line, cwd=work, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as patient:
            time.sleep(1.5)
            if patient.poll() is not None:
                faults.append("a writer did not wait for another")
            lock.rollback()
            if patient.wait(60) not in (0, 3):
                faults.append(f"a writer that had waited failed: {patient.returncode}")
    if any(not name.startswith("inbox/bad") for name in _names(work) if name.startswith("inbox")):
        faults.append("a writer that had waited left files behind")
    return faults


class Locked:
    """Holds the lock of a writer."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        self.connection.execute("BEGIN IMMEDIATE")
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def main() -> int:
    """Tortures every command, prints the tables, and writes them as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=200, help="of each command")
    parser.add_argument("--declarations", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="WORD", default="", help="commands with it in their name")
    parser.add_argument("--json", type=Path, help="write the tables there too")
    options = parser.parse_args()
    some = traffic(options.declarations, options.seed)
    rows, crowds, faults = list[Row](), list[Crowd](), list[str]()
    with TemporaryDirectory(prefix="clearance-torture-") as place:
        work = Path(place)
        for command in COMMANDS + CONTROLS:
            if options.only not in command.name or not known(command):
                sys.stderr.write(f"{command.name}: passed over\n")
                continue
            kills = min(options.kills, 40) if command.control else options.kills
            rows.append(torture(command, kills, some, work, options.seed))
            sys.stderr.write(f"{command.name}: {rows[-1].faults} faults\n")
        if not options.only:
            crowds = [crowd(n, 2, some, work / f"crowd of {n}") for n in (2, 8)]
            faults = waiting(work / "waiting", some)
    show(rows, crowds, faults)
    if options.json:
        tables = {"kills": rows, "crowds": crowds, "waiting": faults}
        text = json.dumps(tables, default=vars, indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", "utf-8")
    passed = all(row.passed for row in rows) and not faults and not any(c.faults for c in crowds)
    return 0 if passed else 1


def show(rows: Sequence[Row], crowds: Sequence[Crowd], faults: Sequence[str]) -> None:
    """Prints the tables, and examples of what was wrong."""
    names = [f.name for f in fields(Row) if f.name not in ("control", "examples")]
    print(f"{names[0]:<34}", *(f"{name:>10}" for name in names[1:]))
    for row in rows:
        cells = (f"{getattr(row, name):>10}" for name in names[1:])
        outcome = "" if not row.control else "  caught" if row.passed else "  NOT CAUGHT"
        print(f"{row.command:<34}", *cells, end=f"{outcome}\n")
    for one in crowds:
        print(
            f"{one.writers} writers at once: {one.messages} messages, {one.reads} reads beside, "
            f"longest {one.longest_read:.2f} s, {len(one.faults)} faults"
        )
    for row in rows:
        for example in row.examples[:5] if not row.control else ():
            print(f"{row.command}: {example}")
    for fault in [*faults, *(fault for one in crowds for fault in one.faults)]:
        print(fault)


if __name__ == "__main__":
    sys.exit(main())
