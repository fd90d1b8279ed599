"""Messages made by hand, and what reading them takes in time and memory."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.conftest import Ran
from tests.loading import unmeasured

SECONDS, MEGABYTES = 10, 300
"""What an attack may take: five times the CPU seconds that are promised, and the memory that is."""


def receipt(**fields: str) -> bytes:
    """A business receipt with other fields; one that is ``None`` stands not in it."""
    usual = {"CUS_CIQ_NO": "I20260000000000099", "NOTICE_DATE": "2026-03-02T08:00:00"}
    inside = {**usual, "CHANNEL": "7", "NOTE": "", **fields}
    return (
        f"<DEC_RESULT>{''.join(f'<{k}>{v}</{k}>' for k, v in inside.items())}</DEC_RESULT>".encode()
    )


def envelope(*held: bytes, name: str = "") -> bytes:
    """A ``DxpMsg`` around some bytes, which it calls by a name."""
    data = "".join(f"<Data>{base64.b64encode(one).decode()}</Data>" for one in held)
    return f"<DxpMsg>{data}<AddInfo><FileName>{name}</FileName></AddInfo></DxpMsg>".encode()


class Spent(NamedTuple):
    """What a command came to, and the CPU seconds and megabytes it took."""

    ran: Ran
    seconds: float
    megabytes: int


_MEASURED = """
import sys, time
from pathlib import Path
from clearance.cli import main
code = main(sys.argv[2:])
status = Path("/proc/self/status")
if status.exists():
    peak = next(int(l.split()[1]) for l in status.read_text().splitlines() if "VmHWM" in l) // 1024
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
Path(sys.argv[1]).write_text(f"{time.process_time()} {peak}")
sys.exit(code)
"""


def measured(environment: Mapping[str, str], scratch: Path, *arguments: str | Path) -> Spent:
    """Runs a command in a process of its own and measures it; one that hangs is ended."""
    took = scratch / "took"
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(took), *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=200,
        env=unmeasured(environment),
    )
    assert took.exists(), done.stderr.decode(errors="replace")[-2000:]
    seconds, megabytes = took.read_text().split()
    sys.stdout.write(f"{seconds} s, {megabytes} MB: {' '.join(map(str, arguments))}\n")
    return Spent(Ran(done.returncode, done.stdout, done.stderr), float(seconds), int(megabytes))
