"""Files that take the place of others: who may read them stays as it was."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600
"""Mode of a file that nobody but its owner reads or writes."""


def create(path: str | Path, mode: int) -> int:
    """Makes a file that must not be there yet, not even as a link; returns its descriptor.

    Raises FileExistsError, and any other OSError of the system.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


def keep_access(path: str | Path, old: os.stat_result) -> None:
    """Gives a file the mode of the one it replaces and, where that is allowed, its owner."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(path, old.st_uid, old.st_gid)
    Path(path).chmod(old.st_mode & 0o7777)
