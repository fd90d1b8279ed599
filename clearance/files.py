"""Files that take the place of others: who may read them stays as it was."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from clearance.errors import BadArgument, ClearanceError

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600
"""Mode of a file that nobody but its owner reads or writes."""
_RENAMING = {"linux": ("renameat2", 1, -100), "darwin": ("renameatx_np", 4, -2)}
"""The call that renames and replaces nothing, its flag that says so, and what stands for here."""
_NOTHING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
"""Errors of asking for what is not there, or cannot be."""
_NO_NAME = 123
"""The error of Windows for what can be no name, such as a pattern."""
_UNABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
"""What a file system that cannot do so answers."""


def is_missing(path: str | Path) -> bool:
    """Whether there is nothing at a path. What may not be looked at is not missing."""
    try:
        os.stat(path)  # noqa: PTH116 - a look-up loads no pathlib
    except OSError as error:
        return error.errno in _NOTHING or getattr(error, "winerror", None) == _NO_NAME
    return False


def is_stream(path: str | Path) -> bool:
    """Whether a pipe or a device is at a path, which is neither a file nor a folder."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a look-up loads no pathlib
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def from_home(written: str | os.PathLike[str]) -> Path:
    """A path in which ``~`` at the beginning is a home directory, and ``~name`` that of a user,
    unless a file here is called so; raises BadArgument for one nobody knows.
    """
    from pathlib import Path

    path = os.fspath(written)
    is_user = path.startswith("~") and path[1:2] not in ("", "/", os.sep)
    if not path.startswith("~") or (is_user and os.path.lexists(path)):
        return Path(path)
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise BadArgument("{path}: that home directory is not known", path=written) from error


def typed(path: str | os.PathLike[str]) -> str:
    """A path as it is typed in a command, in quotes where a shell would take it apart."""
    written = os.fspath(path)
    if sys.platform == "win32":
        return f'"{written}"' if re.search(r"[\s&()^;,=%!]", written) else written
    if re.fullmatch(r"[\w@%+=:,./-]+", written):
        return written
    import shlex

    return shlex.quote(written)


def tidied(written: str) -> str:
    """A path as ``from_home`` writes it, without ``pathlib`` where it is written so already."""
    is_plain = written == os.path.normpath(written) and not written.startswith("~")
    return written if is_plain else str(from_home(written))


def resolved(path: str | Path) -> Path:
    """Where a path leads, without links; one that leads back to itself stays as it is, for which
    ``Path.resolve`` raises RuntimeError before Python 3.13.
    """
    from pathlib import Path

    return Path(os.path.realpath(path))


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
    os.chmod(path, old.st_mode & 0o7777)  # noqa: PTH101 - a look-up loads no pathlib


def read_json(file: Path) -> Any:
    """What a file of JSON holds; raises ClearanceError where it cannot be read, or is none."""
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as why:
        raise ClearanceError("{file}: cannot be read: {why}", file=file, why=why) from why
    except UnicodeDecodeError as error:
        raise ClearanceError("{file}: is no JSON: it is not UTF-8 text", file=file) from error
    except (ValueError, RecursionError) as why:
        raise ClearanceError("{file}: is no JSON: {why}", file=file, why=why) from why


def rename(file: Path, target: Path) -> None:
    """Gives a file a name that no other has yet, in one step.

    Where the system or the file system has no such step, the name is claimed by an empty file,
    whose place the file then takes: a run that is killed between the two leaves the empty one.
    Raises FileExistsError, and any other OSError of the system.
    """
    if sys.platform == "win32":
        file.rename(target)  # replaces nothing there
        return
    failed = _renamed(file, target)
    if failed in _UNABLE:
        _claim_and_replace(file, target)
    elif failed:
        raise OSError(failed, os.strerror(failed), str(file), None, str(target))


def _renamed(file: Path, target: Path) -> int:
    """Renames by the call of the system; returns the number of its error, 0 if there is none."""
    call = _renaming()
    if call is None:
        return errno.ENOSYS
    _, flag, here = _RENAMING[sys.platform]
    if call(here, os.fsencode(file), here, os.fsencode(target), flag) == 0:
        return 0
    import ctypes

    return ctypes.get_errno()


@cache
def _renaming() -> Callable[..., int] | None:
    """The call of the system that renames and replaces nothing; None where there is none."""
    import ctypes

    name, *_ = _RENAMING.get(sys.platform, ("",))
    call: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    return call


def _claim_and_replace(file: Path, target: Path) -> None:
    os.close(create(target, OWNER_ONLY))
    try:
        file.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
