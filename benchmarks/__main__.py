"""Runs every measurement and prints one table of ratios.

``python -m benchmarks --declarations 10000`` makes the traffic of so many declarations, from a
seed, and runs each program in a fresh process, in turn, several rounds. What counts is the median
over the rounds of the ratio within a round: these are not milliseconds, and a busy machine slows
all of a round alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from clearance import demo

Command = Callable[[], list[str]]


@dataclass(frozen=True)
class Measure:
    """One row: what is timed against what; ``scale`` brings both to the same number of messages."""

    name: str
    against: str
    ours: Command
    theirs: Command
    target: str = ""
    scale: float = 1.0


def clearance(*arguments: str) -> list[str]:
    """A run of the command as an installed script would make it."""
    script = "import sys; from clearance.cli import main; sys.exit(main())"
    return [sys.executable, "-c", script, *arguments]


def peer(name: str, *arguments: str) -> list[str]:
    """A run of another program."""
    return [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments]


def seconds(command: list[str]) -> float:
    """How long a fresh process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def write_files(folder: Path, count: int) -> int:
    """Makes an InBox of so many declarations; returns how many messages it holds."""
    folder.mkdir()
    messages = 0
    for file in demo.traffic(count):
        (folder / file.name).write_bytes(file.data)
        messages += 1
    return messages


def measures(work: Path, count: int) -> list[Measure]:
    """What is measured, on traffic made for it."""
    small = min(count, 120)
    many, few = work / "inbox", work / "few"
    messages, fewer = write_files(many, count), write_files(few, small)
    store, tiny = work / "store.db", work / "tiny.json"
    number = next(demo.traffic(count)).name.split("_")[1]

    def fresh(path: Path, command: list[str]) -> list[str]:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        return command

    subprocess.run(
        clearance("ingest", str(many), "--store", str(store)), check=True, stdout=subprocess.DEVNULL
    )
    bulk = work / "bulk.db"
    one = work / "one.db"
    return [
        Measure(
            f"ingest of a folder, {messages} messages",
            "read + lxml parse of the same files",
            lambda: fresh(bulk, clearance("ingest", str(many), "--store", str(bulk))),
            lambda: peer("floor", str(many)),
        ),
        Measure(
            f"ingest of a folder, {fewer} messages",
            f"stock TinyDB script, {fewer} messages",
            lambda: fresh(one, clearance("ingest", str(few), "--store", str(one))),
            lambda: fresh(tiny, peer("stock_tinydb", "ingest", str(few), str(tiny))),
        ),
        Measure(
            f"status of one number among {count} declarations",
            "python -c pass",
            lambda: clearance("status", number, "--store", str(store), "--format", "json"),
            lambda: [sys.executable, "-c", "pass"],
        ),
        Measure(
            "clearance --help",
            "python -c pass",
            lambda: clearance("--help"),
            lambda: [sys.executable, "-c", "pass"],
        ),
    ]


def run(chosen: Sequence[Measure], rounds: int) -> list[dict[str, object]]:
    """Every measure, all of them once a round; medians of the ratios within the rounds."""
    ratios: list[list[float]] = [[] for _ in chosen]
    for number in range(rounds):
        for measure, found in zip(chosen, ratios, strict=True):
            found.append(seconds(measure.ours()) / seconds(measure.theirs()) * measure.scale)
        sys.stderr.write(f"round {number + 1} of {rounds}\n")
    return [
        {
            "what": measure.name,
            "against": measure.against,
            "ratio": round(median(found), 3),
            "least": round(min(found), 3),
            "most": round(max(found), 3),
        }
        for measure, found in zip(chosen, ratios, strict=True)
    ]


def main() -> None:
    """Measures, prints the table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--declarations", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="clearance-bench-") as folder:
        rows = run(measures(Path(folder), options.declarations), options.rounds)
        shutil.rmtree(folder, ignore_errors=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; medians of {options.rounds} rounds (least to most)")
    for row in rows:
        print(
            f"{row['ratio']:>8.3g} x  ({row['least']:.3g} to {row['most']:.3g})  "
            f"{row['what']}  /  {row['against']}"
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
