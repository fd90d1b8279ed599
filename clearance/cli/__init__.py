"""The command line: one module per command, loaded when it is asked for.

A command takes its arguments, makes one call, and shows what came back. ``main`` is the one place
that turns errors into a line on standard error and an exit code, ``script`` what the installed
command calls::

    0 done        1 failed, or nothing found      2 wrong usage      3 partly done
    5 the store is busy      6 findings, with --fail-on      130 interrupted
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

TYPE_CHECKING = False
"""As in ``typing``, which is loaded, like nearly all, when garbage is collected seldom."""
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

gc.set_threshold(50_000, 50, 50)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    try:
        from clearance.cli import _app

        return _app.run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while modules are loaded: nothing has begun
        return 130


def script(run: Callable[[], int] = main) -> NoReturn:
    """Runs the command that the process was started with, and ends the process with what it
    returns.

    It ends as soon as what was registered with ``atexit`` is done: to take apart every object that
    was loaded, as Python would, is a twentieth of a short command, and the system frees them all at
    once. After an error that nobody expected, or where the rest of what is to be shown cannot be
    written, Python ends as always.
    """
    codes: list[int] = []
    atexit.register(_end, codes)
    codes.append(run())
    sys.exit(codes[0])


def _end(codes: Sequence[int]) -> None:
    """Ends the process with the exit code, if there is one yet."""
    try:
        for code in codes:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(code)
    except (OSError, ValueError):
        pass
