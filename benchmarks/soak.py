"""``watch`` over hours, in minutes: files are dropped while it runs and a timeline is asked for.

    python -m benchmarks.soak                              50,000 files, as fast as they can be laid
    python -m benchmarks.soak --files 60 --rate 1          one a second, which gives the latency

Prints the throughput, the latency from a file to its timeline beyond the settling (median and 99th
percentile), how long a ``status`` took meanwhile, and the peak memory of ``watch``.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.torture import environment
from clearance.customs.cn_single_window import demo

_LOOK_SECONDS = 0.02
"""How often the store is asked what it holds."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs it and prints what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=0.0, help="files a second; 0: at once")
    parser.add_argument("--settle", type=float, default=2.0)
    parser.add_argument("--known", type=int, default=0, help="files that stand there before")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(soak(Path(folder), given.files, given.rate, given.settle, given.known)))


def soak(folder: Path, files: int, rate: float, settle: float, known: int) -> dict[str, float]:
    """Drops files into a folder that is watched; what was measured."""
    box, store = folder / "in", folder / "store.db"
    box.mkdir()
    traffic = demo.traffic((files + known) // 4 + 50)
    for file in islice(traffic, known):
        (box / file.name).write_bytes(file.data)
    line = [sys.executable, "-m", "clearance", "watch", box, "--store", store, "--format", "jsonl"]
    with subprocess.Popen(
        [*map(str, line), "--settle", str(settle)], stdout=subprocess.PIPE, env=environment()
    ) as watch:
        arrivals = Arrivals(store)
        arrivals.wait(known)
        status = Status(store)
        begun = time.time()
        laid = _lay(box, islice(traffic, files), rate)
        arrivals.wait(known + len(laid))
        took = time.time() - begun
        status.end()
        arrivals.end()
        peak = _peak_megabytes(watch.pid)
        watch.send_signal(signal.SIGTERM)
        watch.communicate(timeout=60)
    late = sorted(arrivals.at(known + n) - at - settle for n, at in enumerate(laid, 1))
    return {
        "files": len(laid),
        "per_second": round(len(laid) / took),
        "latency_median": round(statistics.median(late), 3),
        "latency_p99": round(late[math.ceil(len(late) * 0.99) - 1], 3),
        "status_median": round(statistics.median(status.seconds), 3),
        "peak_megabytes": round(peak),
        "exit": watch.returncode,
    }


def _lay(box: Path, files: Iterable[demo.File], rate: float) -> list[float]:
    """Lays files into a folder, so many a second; when each of them was there."""
    laid = []
    begun = time.time()
    for number, file in enumerate(files):
        if rate:
            time.sleep(max(begun + number / rate - time.time(), 0))
        (box / file.name).write_bytes(file.data)
        laid.append(time.time())
    return laid


class Arrivals(threading.Thread):
    """Looks again and again how many messages a store holds."""

    def __init__(self, store: Path) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._seen: list[tuple[int, float]] = []
        self._grown = threading.Condition()
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        """Looks until it is told to end."""
        while not self._ended.wait(_LOOK_SECONDS):
            count, now = self._count(), time.time()
            with self._grown:
                if count > (self._seen[-1][0] if self._seen else -1):
                    self._seen.append((count, now))
                    self._grown.notify_all()

    def end(self) -> None:
        """Looks no more."""
        self._ended.set()
        self.join()

    def wait(self, count: int) -> None:
        """Waits until there are so many messages."""
        with self._grown:
            self._grown.wait_for(lambda: bool(self._seen) and self._seen[-1][0] >= count)

    def at(self, count: int) -> float:
        """When there were so many messages."""
        return next(at for seen, at in self._seen if seen >= count)

    def _count(self) -> int:
        try:
            connection = sqlite3.connect(f"file:{self._store}?mode=ro", uri=True)
        except sqlite3.Error:
            return 0
        try:
            ((count,),) = connection.execute("SELECT COUNT(*) FROM messages")
        except sqlite3.Error:
            return 0
        finally:
            connection.close()
        return int(count)


class Status(threading.Thread):
    """Asks for a timeline again and again, as people do; ``seconds`` are what each took."""

    def __init__(self, store: Path) -> None:
        super().__init__(daemon=True)
        self.seconds: list[float] = []
        self._line = [sys.executable, "-m", "clearance", "status", "2026", "--store", str(store)]
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        """Asks once a second."""
        while not self._ended.wait(1):
            begun = time.perf_counter()
            subprocess.run(self._line, capture_output=True, check=False, env=environment())
            self.seconds.append(time.perf_counter() - begun)

    def end(self) -> None:
        """Asks no more."""
        self._ended.set()
        self.join()


def _peak_megabytes(process: int) -> float:
    """The most memory that a process has had; only Linux tells it of another one."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return math.nan
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main()
