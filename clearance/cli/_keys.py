"""Keys, as they are pressed: of a terminal of POSIX or of a console of Windows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Read = Callable[[float], str | None]
"""The name of the key that is pressed within so many seconds, or its character; None if none is."""

_ESCAPE = "\x1b"
_NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "k": "up",
    "\x1b[B": "down", "\x1bOB": "down", "j": "down",
    "\x1b[5~": "page up", "\x02": "page up",
    "\x1b[6~": "page down", "\x06": "page down", " ": "page down",
    "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "g": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "G": "end",
    "\r": "open", "\n": "open", "\x1b[C": "open", "\x1bOC": "open", "l": "open",
    "\x7f": "back", "\b": "back", "\x1b[D": "back", "\x1bOD": "back", "h": "back",
    _ESCAPE: "escape",
    "q": "quit", "Q": "quit", "\x04": "quit",
    "r": "refresh",
}  # fmt: skip
"""Keys by what a terminal sends for them; some letters do the same, as in a pager."""
_WINDOWS = {"H": "up", "P": "down", "I": "page up", "Q": "page down", "G": "home", "O": "end",
            "M": "open", "K": "back"}  # fmt: skip
"""Keys by the second character that a console of Windows gives for them."""
_INTERRUPT = "\x03"
_PAUSE = 0.05
"""Seconds after an escape within which the rest of a key comes."""


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def reading() -> Iterator[Read]:
        """A way to read keys."""
        yield _pressed

    def _pressed(seconds: float) -> str | None:
        until = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= until:
                return None
            time.sleep(_PAUSE)
        first = msvcrt.getwch()
        if first == _INTERRUPT:
            raise KeyboardInterrupt
        if first in "\x00\xe0":
            return _WINDOWS.get(msvcrt.getwch())
        return _NAMES.get(first, first)

else:
    import select
    import termios
    import tty

    @contextmanager
    def reading() -> Iterator[Read]:
        """A way to read keys; the terminal is as it was before when this ends."""
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            _read_interrupts(descriptor)
            yield lambda seconds: _pressed(descriptor, seconds)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def _read_interrupts(descriptor: int) -> None:
        """Has Ctrl-C read as a key: a signal might come where its exception is passed over."""
        attributes = termios.tcgetattr(descriptor)
        attributes[tty.LFLAG] &= ~termios.ISIG
        termios.tcsetattr(descriptor, termios.TCSADRAIN, attributes)

    def _pressed(descriptor: int, seconds: float) -> str | None:
        written = _read(descriptor, seconds)
        if written == "":
            return "quit"
        if written == _INTERRUPT:
            raise KeyboardInterrupt
        while (written and written.startswith(_ESCAPE) and written not in _NAMES) or (
            written == _ESCAPE
        ):
            more = _read(descriptor, _PAUSE)
            if not more:
                break
            written += more
        return _NAMES.get(written, written) if written else None

    def _read(descriptor: int, seconds: float) -> str | None:
        """What comes within so many seconds: one character; None if nothing, "" at the end."""
        if not select.select([descriptor], [], [], seconds)[0]:
            return None
        return os.read(descriptor, 1).decode(errors="replace")
