"""Runs every measurement and prints one table of ratios.

``python -m benchmarks --declarations 10000`` makes the traffic of so many declarations, from a
seed, and runs each program in a fresh process, in turn, several rounds. What counts is the median
over the rounds of the ratio within a round: these are not milliseconds, and a busy machine slows
all of a round alike. Memory is the largest resident set of each process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import cold, round_trips
from clearance.customs.cn_single_window import demo
from clearance.periods import Quarter
from clearance.timelines.intake import BATCH

Command = Callable[[], list[str]]

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""As a user has it: modules are compiled once."""
PASS = [sys.executable, "-c", "pass"]
EVERYTHING = "2024Q4..2026Q3"
"""The periods of all that is measured on."""
START = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
dup = [(os.POSIX_SPAWN_DUP2, null, 1)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=dup)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
SMALL_PARENT = [sys.executable, "-ISc", START]
LISTED = """
import os, sys
for entry in os.scandir(sys.argv.pop(1)):
    entry.stat()
from clearance.cli import script
script()
"""
"""A command after a folder was listed, with what a listing tells of each file."""
SMALL = 1000
"""Declarations that growth is measured from."""
TRIED = 120
"""Declarations that the slow ways are tried on."""
SHARED = 4000
"""Declarations that have one and the same own reference, bill and outgoing name."""
UNDER_WAY = 100
"""Declarations that are open, of however many."""
OPEN = 10_000
"""Declarations that are open, at most, where all are."""
SETTINGS = """
[channels.desk]
kind = "wecom"
url = "env:DESK"

[channels.mail]
kind = "email"
host = "mail.example.com"
from = "desk@example.com"
to = ["clerk@example.com"]

[sources.inbox]
kind = "folder"
path = "InBox"

[customers.first]
name = "宁波甲贸易有限公司"
reference = "FIRST*"
to = ["desk"]

[rules.stuck]
hours = 72
"""
"""The settings of a small office: two channels, a folder, a customer, a threshold."""
_UNIFIED = re.compile(rb"<(?:SeqNo|CUS_CIQ_NO)>([^<]+)")


@dataclass(frozen=True)
class Measure:
    """One row: what is run against what, in how many rounds, and what is to be reached.

    ``inverse`` turns the ratio over: how many times faster ours is. ``memory`` compares the
    largest resident sets instead of the times.
    """

    what: str
    against: str
    ours: Command
    theirs: Command
    target: str
    rounds: int = 7
    inverse: bool = False
    memory: bool = False

    def ratio(self) -> float:
        """One round."""
        look = megabytes if self.memory else seconds
        ratio = look(self.ours()) / look(self.theirs())
        return 1 / ratio if self.inverse else ratio


def seconds(command: list[str]) -> float:
    """How long a fresh process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def megabytes(command: list[str]) -> float:
    """The largest resident set of a fresh process, started by a small one: it counts as its own
    what its parent held when it was started.
    """
    ran = subprocess.run([*SMALL_PARENT, *command], check=True, capture_output=True)
    return int(ran.stdout) / 1024


def clearance(*arguments: str) -> list[str]:
    """A run of the command as an installed script would make it."""
    script = "from clearance.cli import script; script()"
    return [sys.executable, "-c", script, *arguments]


def uncompiled(python: str, *arguments: str) -> list[str]:
    """The same command where every module is compiled anew."""
    return [python, "-B", "-X", f"pycache_prefix={os.devnull}", *arguments]


def peer(name: str, *arguments: str) -> list[str]:
    """A run of another program."""
    return [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments]


def write_files(folder: Path, files: Iterator[demo.File]) -> int:
    """Puts files into a new folder; returns how many."""
    folder.mkdir()
    count = 0
    for file in files:
        (folder / file.name).write_bytes(file.data)
        count += 1
    return count


class Work:
    """The traffic and the stores that are measured on, made where they are not there yet."""

    def __init__(self, folder: Path, declarations: int) -> None:
        self.folder = folder
        self.declarations = declarations
        self.inbox = folder / "inbox"
        number = 10 * declarations + 70
        for name, count in (("inbox", declarations), ("small", SMALL)):
            if not (folder / name).exists():
                write_files(folder / name, _traffic(min(declarations, count), number))
        if not (folder / "tried").exists():
            write_files(folder / "tried", demo.traffic(min(declarations, TRIED)))
        self.messages = sum(1 for _ in self.inbox.iterdir())
        self.tens = sum(1 for _ in folder.glob("ten-*"))
        self.checked: set[str] = set()  # the stores that this run has checked
        self.number = _number(declarations)
        self.small_number = _number(min(declarations, SMALL))
        self.bytes = sum(file.stat().st_size for file in self.inbox.iterdir())
        self.next_number = number
        for name, source in (("large", self.inbox), ("less", folder / "small")):
            if not Path(self.path(name)).exists():
                subprocess.run(self.ingest(source, name), check=True, stdout=subprocess.DEVNULL)
            if not Path(self.path(f"bare-{name}")).exists():
                subprocess.run(self.bare("ingest", name, str(source)), check=True)
        self.zip = folder / "inbox.zip"
        self.stock = str(folder / "stock.json")
        if not self.zip.exists():
            with zipfile.ZipFile(self.zip, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(self.inbox.iterdir()):
                    archive.write(file, file.name)
        self.parquet = str(folder / "columns.parquet")
        if not Path(self.parquet).exists():
            subprocess.run(
                peer("columns", "fill", self.parquet, self.path("bare-large")), check=True
            )
        if not Path(self.stock).exists():
            subprocess.run(peer("stock_tinydb", "fill", str(self.inbox), self.stock), check=True)

    def path(self, name: str) -> str:
        """A store's file."""
        return str(self.folder / f"{name}.db")

    def fresh(self, name: str) -> str:
        """A store's file that is not there yet."""
        for file in self.folder.glob(f"{name}.db*"):
            file.unlink()
        return self.path(name)

    def grown(self, name: str) -> str:
        """A copy of a store that is added to, so that the store itself stays as large as it is."""
        copy = f"{name}-grown"
        if not Path(self.path(copy)).exists():
            shutil.copyfile(self.path(name), self.path(copy))
        return copy

    def ingest(self, source: Path, name: str) -> list[str]:
        """Reads a folder into a store."""
        return clearance("ingest", str(source), "--store", self.path(name))

    def ours(self, name: str, *arguments: str) -> list[str]:
        """A command on a store."""
        return clearance(*arguments, "--store", self.path(name), "--format", "json")

    def shown(self, name: str, *arguments: str) -> list[str]:
        """A command on a store as a person gives it, who is shown a table."""
        return clearance(*arguments, "--store", self.path(name))

    def page(self, name: str, *arguments: str) -> list[str]:
        """A report as a page of HTML."""
        return clearance("report", *arguments, "--store", self.path(name), "--format", "html")

    def bare(self, action: str, name: str, *arguments: str) -> list[str]:
        """The same by hand-written SQL."""
        return peer("bare_sqlite", action, self.path(f"bare-{name}"), *arguments)

    def ten(self) -> Path:
        """A folder of ten messages that nobody has seen."""
        self.tens += 1
        folder = self.folder / f"ten-{self.tens}"
        traffic = demo.traffic(8, seed=self.next_number + self.tens)
        renamed = (_renumbered(file, self.next_number + self.tens) for file in traffic)
        write_files(folder, islice(renamed, 10))
        return folder

    def ten_more(self, name: str) -> list[str]:
        """Reads ten more messages into a copy of a store."""
        return self.ingest(self.ten(), self.grown(name))

    def one_more(self, shared: bool) -> list[str]:
        """Reads one answer in; it is about an own reference that thousands share, or about none."""
        if not Path(self.path("shared")).exists():
            folder = self.folder / "shared"
            write_files(folder, (_answer("OURS", number) for number in range(SHARED)))
            subprocess.run(self.ingest(folder, "shared"), check=True, stdout=subprocess.DEVNULL)
        self.tens += 1
        folder = self.folder / f"ten-{self.tens}"
        own = "OURS" if shared else f"OURS-{self.tens}"
        write_files(folder, iter([_answer(own, SHARED + self.tens)]))
        return self.ingest(folder, "shared")

    def small_folders(self) -> Path:
        """The same files, ten in each folder, as they lie where every day has one."""
        made = self.folder / "small-folders"
        if not made.exists():
            for number, file in enumerate(sorted(self.inbox.iterdir())):
                (made / f"{number // 10:06}").mkdir(parents=True, exist_ok=True)
                shutil.copy(file, made / f"{number // 10:06}" / file.name)
        return made

    def settings(self) -> str:
        """A file of settings."""
        file = self.folder / "settings.toml"
        file.write_text(SETTINGS, encoding="utf-8")
        return str(file)

    def begun(self) -> None:
        """A store of declarations that are all open, whose history was told."""
        if Path(self.path("begun")).exists():
            return
        files = demo.traffic(min(OPEN, self.declarations), seed=self.next_number)
        write_files(self.folder / "begun", _begun(files))
        ingest = self.ingest(self.folder / "begun", "begun")
        subprocess.run(ingest, check=True, stdout=subprocess.DEVNULL)
        self.check_again("begun")

    def check_again(self, name: str) -> list[str]:
        """A check of a store that has been checked: the first looks at all that was ever read."""
        check = self.ours(name, "check")
        if name not in self.checked:
            subprocess.run(check, check=True, stdout=subprocess.DEVNULL)
            self.checked.add(name)
        return check

    def check_of_ten(self) -> list[str]:
        """A check of what is open, of which ten have changed, as cron runs it: JSON would hold
        every alert that stands.
        """
        self.begun()
        subprocess.run(self.ingest(self.ten(), "begun"), check=True, stdout=subprocess.DEVNULL)
        return clearance("check", "--store", self.path("begun"))

    def list_of_open(self) -> list[str]:
        """A list of all that is open."""
        self.begun()
        return clearance("list", "--store", self.path("begun"))

    def old(self) -> Path:
        """A folder of files that were all read before, into a store of its name."""
        folder = self.folder / "old"
        if not folder.exists():
            shutil.copytree(self.inbox, folder)
            for _ in range(2):  # what was just written is remembered by a second run
                time.sleep(2)
                subprocess.run(self.ingest(folder, "old"), check=True, stdout=subprocess.DEVNULL)
        return folder

    def among_old(self) -> Path:
        """The same with ten new messages among them."""
        folder = self.old()
        shutil.copytree(self.ten(), folder, dirs_exist_ok=True)
        return folder


def _traffic(count: int, number: int) -> Iterator[demo.File]:
    """The files of so many declarations, all closed, and of those in the next quarter that are
    under way; these have numbers of their own.
    """
    yield from demo.traffic(count)
    next_ones = demo.traffic(UNDER_WAY * 8, seed=number, quarters=1, last=Quarter(2026, 4))
    yield from (_renumbered(file, number) for file in _begun(next_ones, UNDER_WAY))


def _begun(files: Iterable[demo.File], most: int | None = None) -> Iterator[demo.File]:
    """The first three files of each declaration, of so many."""
    seen: Counter[bytes] = Counter()
    for file in files:
        number = _UNIFIED.search(file.data)
        if number and (most is None or number[1] in seen or len(seen) < most):
            seen[number[1]] += 1
            if seen[number[1]] <= 3:
                yield file


def _answer(own: str, number: int) -> demo.File:
    """The answer to a sending under an own reference."""
    unified, at = f"E2024000{number:010}", datetime(2026, 9, 1, tzinfo=UTC)
    body = f"<ClientSeqNo>{own}</ClientSeqNo><SeqNo>{unified}</SeqNo>"
    data = f"<DecImportResponse><ResponseCode>0</ResponseCode>{body}</DecImportResponse>"
    return demo.File(f"Successed_{own}_20260901{number % 1000000:06}000.xml", data.encode(), at)


def _number(declarations: int) -> str:
    """A unified number in the traffic of so many declarations."""
    names = (file.name for file in demo.traffic(declarations))
    return next(name for name in names if name.startswith("Receipt_")).split("_")[2]


def _renumbered(file: demo.File, number: int) -> demo.File:
    """The same file of another year's number, so that it is new to every store."""
    old, new = b"0000000", f"9{number % 1000000:06}".encode()
    return demo.File(
        file.name.replace(old.decode(), new.decode(), 1), file.data.replace(old, new), file.at
    )


def measures(work: Work) -> list[Measure]:
    """Everything that is measured, with what is to be reached."""
    count, tried, small = work.declarations, work.folder / "tried", work.folder / "small"
    bulk, tiny = "bulk", str(work.folder / "tiny.json")

    def tiny_fresh() -> str:
        Path(tiny).unlink(missing_ok=True)
        return tiny

    def ours_bulk(source: Path) -> list[str]:
        work.fresh(bulk)
        return work.ingest(source, bulk)

    status = ("status", work.number)
    number = work.number
    many = 3 if count > 5000 else 5
    return [
        Measure("ingest of a folder", "read + lxml parse of it", lambda: ours_bulk(work.inbox),
                lambda: peer("floor", str(work.inbox)), "<= 4", many),
        Measure("ingest of a folder", "bare sqlite3 by hand", lambda: ours_bulk(work.inbox),
                lambda: peer("bare_sqlite", "ingest", work.fresh("hand"), str(work.inbox)),
                "", many),
        Measure("ingest of a folder", "xmltodict + sqlite-utils", lambda: ours_bulk(work.inbox),
                lambda: peer("xmltodict_sqlite_utils", str(work.inbox), work.fresh("utils")),
                ">= 1.8 x faster", many, inverse=True),
        Measure("ingest of one zip", "ingest of the folder", lambda: ours_bulk(work.zip),
                lambda: ours_bulk(work.inbox), "<= 1", many),
        Measure("ingest of many small folders", "ingest of one folder",
                lambda: ours_bulk(work.small_folders()), lambda: ours_bulk(work.inbox),
                "", many),
        Measure(f"ingest of {SMALL} declarations", "pandas.read_xml", lambda: ours_bulk(small),
                lambda: peer("pandas_xml", str(small), os.devnull), ">= 25 x faster", 1,
                inverse=True),
        Measure(f"ingest of {TRIED} declarations", "stock TinyDB script",
                lambda: ours_bulk(tried),
                lambda: peer("stock_tinydb", "ingest", str(tried), tiny_fresh()),
                "", 3, inverse=True),
        Measure("ingest of 10 messages", "status", lambda: work.ten_more("large"),
                lambda: work.ours("large", *status), "<= 1.2"),
        Measure("ingest of 10 messages", f"the same at {SMALL}",
                lambda: work.ten_more("large"), lambda: work.ten_more("less"), "<= 1.1"),
        Measure("ingest of 10 messages", "stock TinyDB script",
                lambda: work.ten_more("large"),
                lambda: peer("stock_tinydb", "ingest", str(work.ten()), work.stock),
                ">= 500 x faster at 100000", 1 if count > 5000 else 3, inverse=True),
        Measure("ingest of 10 among what was read", "a listing, and ingest of the 10 alone",
                lambda: work.ingest(work.among_old(), "old"),
                lambda: [sys.executable, "-c", LISTED, str(work.old()),
                         *work.ingest(work.ten(), "old")[-4:]], "<= 1.5"),
        Measure("status of a number", "stock TinyDB script", lambda: work.ours("large", *status),
                lambda: peer("stock_tinydb", "status", work.stock, number),
                ">= 20 x faster at 100000", 3, inverse=True),
        Measure("memory of status", "stock TinyDB script", lambda: work.ours("large", *status),
                lambda: peer("stock_tinydb", "status", work.stock, number), "<= 1/6", 1,
                memory=True),
        Measure("status of a number", "python -c pass", lambda: work.ours("large", *status),
                lambda: PASS, "<= 4.0"),
        Measure("status of a number with settings", "without settings",
                lambda: work.ours("large", *status, "--config", work.settings()),
                lambda: work.ours("large", *status), ""),
        Measure("status without compiled files", "with them",
                lambda: uncompiled(*work.ours("large", *status)),
                lambda: work.ours("large", *status), "", 3),
        *_cold(work, status),
        Measure("status of a number", f"the same at {SMALL}", lambda: work.ours("large", *status),
                lambda: work.ours("less", "status", work.small_number), "<= 1.1"),
        Measure("the store alone: find one", "bare sqlite3",
                lambda: peer("store_alone", "find", work.path("large"), number),
                lambda: work.bare("find", "large", number), "<= 1.5"),
        Measure("the store alone: list open", "bare sqlite3",
                lambda: peer("store_alone", "list", work.path("large")),
                lambda: work.bare("list", "large"), "<= 1.0"),
        Measure("the store alone: add ten", "bare sqlite3",
                lambda: peer("store_alone", "add", work.path(work.grown("large")), str(work.ten())),
                lambda: peer("bare_sqlite", "ingest", work.path(work.grown("bare-large")),
                             str(work.ten())), "<= 1.8"),
        Measure("bare sqlite3: ingest of 10", "bare sqlite3: find one",
                lambda: peer("bare_sqlite", "ingest", work.path(work.grown("bare-large")),
                             str(work.ten())),
                lambda: work.bare("find", "large", number), ""),
        Measure("list", f"the same at {SMALL}", lambda: work.ours("large", "list"),
                lambda: work.ours("less", "list"), "as what is open"),
        Measure("check with nothing new", f"the same at {SMALL}",
                lambda: work.check_again("large"), lambda: work.check_again("less"), "<= 1.1"),
        Measure("check, ten changed of what is open", "status", work.check_of_ten,
                lambda: work.ours("large", *status), "<= 2", 5),
        Measure("list of what is open", "status", work.list_of_open,
                lambda: work.ours("large", *status), "", 3),
        Measure(f"ingest of one under a reference of {SHARED}", "one under its own",
                lambda: work.one_more(True), lambda: work.one_more(False), "<= 1.5"),
        Measure("report of everything", "bare sqlite3 columns + mean and median",
                lambda: work.shown("large", "report", "--period", EVERYTHING),
                lambda: work.bare("report", "large"), "<= 2.5", many),
        Measure("report of 2026", "the same rows from bare sqlite3 + mean and median",
                lambda: work.shown("large", "report", "--period", "2026"),
                lambda: work.bare("report", "large", "2025-10-01", "2027-01-01"), "<= 3", many),
        Measure("report of everything in JSON", "bare sqlite3 columns + mean and median",
                lambda: work.ours("large", "report", "--period", EVERYTHING),
                lambda: work.bare("report", "large"), "", many),
        Measure("report of 2026 in JSON", "the same rows from bare sqlite3 + mean and median",
                lambda: work.ours("large", "report", "--period", "2026"),
                lambda: work.bare("report", "large", "2025-10-01", "2027-01-01"), "", many),
        Measure("report of everything", "DuckDB over a Parquet file",
                lambda: work.shown("large", "report", "--period", EVERYTHING),
                lambda: peer("columns", "duckdb", work.parquet), "", many),
        Measure("report of everything", "polars over a Parquet file",
                lambda: work.shown("large", "report", "--period", EVERYTHING),
                lambda: peer("columns", "polars", work.parquet), "", many),
        Measure("report of one quarter", "report of everything",
                lambda: work.shown("large", "report", "--period", "2026Q2"),
                lambda: work.shown("large", "report", "--period", EVERYTHING),
                "<= 0.35", many),
        Measure("clearance --help", "python -c pass", lambda: clearance("--help"),
                lambda: PASS, ""),
    ]  # fmt: skip


def _cold(work: Work, status: Sequence[str]) -> list[Measure]:
    """``status`` when nothing it reads is in the disk cache, but for the interpreter; where an
    operating system cannot be told to forget files, nothing is measured.
    """
    if not cold.POSSIBLE:
        return []

    def asked() -> list[str]:
        return work.ours("large", *status)

    def asked_cold() -> list[str]:
        return cold.started(asked(), work.path("large"))

    return [
        Measure("status with a cold disk cache", "python -c pass with one", asked_cold,
                lambda: cold.started(PASS), "", 3),
        Measure("status with a cold disk cache", "with a warm one", asked_cold, asked, "", 3),
    ]  # fmt: skip


def run(chosen: Sequence[Measure]) -> list[dict[str, object]]:
    """Every measure in turn, round by round; medians of the ratios within the rounds."""
    ratios: list[list[float]] = [[] for _ in chosen]
    for number in range(max(measure.rounds for measure in chosen)):
        for measure, found in zip(chosen, ratios, strict=True):
            if number < measure.rounds:
                found.append(measure.ratio())
        sys.stderr.write(f"round {number + 1}\n")
    return [
        {
            "what": measure.what,
            "against": measure.against,
            "ratio": round(median(found), 3),
            "least": round(min(found), 3),
            "most": round(max(found), 3),
            "target": measure.target,
            "faster": measure.inverse,
        }
        for measure, found in zip(chosen, ratios, strict=True)
    ]


def sizes(work: Work, only: str) -> list[dict[str, object]]:
    """The store's size in the messages' own bytes, and the memory of the largest commands; those
    whose name a pattern is found in.
    """
    size = sum(file.stat().st_size for file in work.folder.glob("large.db*"))
    small: dict[str, Command] = {
        "status": lambda: work.ours("large", "status", work.number),
        "ingest of 10": lambda: work.ten_more("large"),
        "check": lambda: work.ours(work.grown("large"), "check"),
        "report": lambda: work.ours("large", "report", "--period", EVERYTHING),
        "report as a page": lambda: work.page("large", "--period", EVERYTHING),
    }

    def bulk() -> list[str]:
        work.fresh("bulk")
        return work.ingest(work.inbox, "bulk")

    rows: list[dict[str, object]] = [
        {"what": "size on disk", "against": "the messages' own bytes", "ratio": size / work.bytes,
         "target": "<= 3"},
        *(
            {"what": f"memory of {name}", "against": "megabytes",
             "ratio": megabytes(command()), "target": "<= 80"}
            for name, command in {"ingest": bulk, **small}.items()
            if re.search(only, f"memory of {name} / megabytes")
        ),
    ]  # fmt: skip
    return [row for row in rows if re.search(only, f"{row['what']} / {row['against']}")]


def aged(work: Work) -> list[dict[str, object]]:
    """Whether an ingest gets slower as the store fills; where a quarter of it has whole commits."""
    if work.messages < 4 * BATCH:
        return []
    quarters = peer("store_alone", "quarters", work.fresh("bulk"), str(work.inbox))
    last = float(subprocess.run(quarters, check=True, capture_output=True).stdout)
    row = {"what": "last quarter of an ingest", "against": "the first quarter of it"}
    return [{**row, "ratio": last, "target": "<= 1.6"}]


def main() -> None:
    """Measures, prints the table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--declarations", type=int, default=300)
    parser.add_argument("--json", type=Path, help="write the table there too")
    parser.add_argument("--only", default="", help="only rows whose name this pattern is found in")
    parser.add_argument("--work", type=Path, help="keep the traffic and the stores there")
    options = parser.parse_args()
    if options.work:
        options.work.mkdir(exist_ok=True)
    kept = nullcontext(options.work) if options.work else TemporaryDirectory(prefix="bench-")
    with kept as folder:
        work = Work(Path(folder), options.declarations)
        chosen = [m for m in measures(work) if re.search(options.only, f"{m.what} / {m.against}")]
        rows = run(chosen) + aged(work) + sizes(work, options.only)
    asked = round_trips.counted() if not options.only else []
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{options.declarations} declarations, {work.messages} messages; {machine}")
    for row in rows:
        spread = f" ({row['least']:.3g} to {row['most']:.3g})" if "least" in row else ""
        times = " x faster" if row.get("faster") else " x" if spread else ""
        print(
            f"{row['ratio']:>8.3g}{times:9}{spread:20} {row['what']}  /  {row['against']}"
            f"  [{row['target'] or 'no target'}]"
        )
    round_trips.show(asked)
    if options.json:
        round_trips.keep(asked)
        kept_run = {
            "declarations": options.declarations,
            "messages": work.messages,
            "machine": machine,
            "day": date.today().isoformat(),
            "rows": rows,
        }
        options.json.parent.mkdir(exist_ok=True)
        options.json.write_text(json.dumps(kept_run, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
