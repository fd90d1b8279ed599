"""The command line: one module per command, loaded when it is asked for.

A command takes its arguments, makes one call, and shows what came back. ``main`` is the one place
that turns errors into a line on standard error and an exit code::

    0 done        1 failed, or nothing found      2 wrong usage      3 partly done
    5 the store is busy      6 findings, with --fail-on      130 interrupted
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence

gc.set_threshold(50_000, 50, 50)
atexit.register(gc.freeze)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    try:
        from clearance.cli import _app

        return _app.run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while modules are loaded: nothing has begun
        return 130
