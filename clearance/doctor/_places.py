"""Files and folders: the settings, who may read and write what, and room on the disk."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

from clearance import sources
from clearance.doctor import Looks, Setup, Verdict, failed, ok, warning
from clearance.errors import Phrase
from clearance.files import typed

if TYPE_CHECKING:
    from pathlib import Path

_MIN_FREE_BYTES = 100 * 1024**2
"""Free bytes below which it is said, besides those that the store takes: a rebuild takes as many
again."""
_NO_ROOM_BYTES = 10 * 1024**2
"""Free bytes below which nothing can be relied on to be written."""
_OTHERS_WRITE, _OTHERS_READ = 0o022, 0o044
"""Bits of a mode that let the group and others write, and read."""


def settings(setup: Setup) -> Looks:
    """Whether the settings can be used."""
    yield "settings", partial(_settings, setup)


def _settings(setup: Setup) -> Verdict:
    if setup.unusable:
        return failed(
            setup.unusable, Phrase("mend it: clearance config check says whether it can be used")
        )
    if not setup.config_file.exists():
        return ok(Phrase("{path}: no such file: the defaults hold", path=setup.config_file))
    return ok(Phrase("{path}: can be used", path=setup.config_file))


def folders(setup: Setup) -> Looks:
    """Whether each folder that is read is there and can be read."""
    for name, folder in sources.folders(setup.config.sources).items():
        yield f"folder {name}", partial(_folder, name, folder)


def _folder(name: str, folder: Path) -> Verdict:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        return failed(
            Phrase("{folder}: {why}", folder=folder, why=error),
            Phrase("make it, let this user read it, or name another in sources.{name}", name=name),
        )
    if os.access(folder, os.W_OK):
        return ok(Phrase("{folder}: there, readable, writable", folder=folder))
    return ok(
        Phrase(
            "{folder}: there, readable, not writable: --archive moves nothing out of it",
            folder=folder,
        )
    )


def rights(setup: Setup) -> Looks:
    """Who may read and write the store's file and the settings file."""
    if setup.file and setup.file.is_file():
        yield "rights store", partial(may, setup.file, write=True, secret=True)
    elif setup.file and not setup.file.exists():
        yield "rights store", partial(_may_make, setup.file)
    if setup.config_file.exists():
        yield "rights settings", partial(may, setup.config_file)


def may(file: Path, *, write: bool = False, secret: bool = False) -> Verdict:
    """Whether this user may read a file, and ``write`` it, and others may not.

    Others may read one that is not ``secret``. Windows keeps rights elsewhere: there only the
    first is looked at.
    """
    if not os.access(file, os.R_OK | (os.W_OK if write else 0)):
        return failed(
            Phrase("{path}: this user may not use it", path=file),
            Phrase("give it to the user that clearance runs as"),
        )
    mode = file.stat().st_mode if os.name == "posix" else 0
    if mode & _OTHERS_WRITE:
        return warning(Phrase("{path}: others may write it", path=file), _only_owner(file))
    if secret and mode & _OTHERS_READ:
        return warning(Phrase("{path}: others may read it", path=file), _only_owner(file))
    return ok(Phrase("{path}: its rights are as they should be", path=file))


def _may_make(file: Path) -> Verdict:
    """Whether this user may make a file that is not there, with its folder."""
    folder = _there(file)
    if os.access(folder, os.W_OK | os.X_OK):
        return ok(Phrase("{folder}: the store can be made there", folder=folder))
    return failed(
        Phrase("{path}: this user may not use it", path=folder),
        Phrase("give it to the user that clearance runs as"),
    )


def _there(file: Path) -> Path:
    """The folder of a file, or the first above it that is there."""
    return next(place for place in file.absolute().parents if place.is_dir())


def _only_owner(file: Path) -> Phrase:
    return Phrase("chmod 600 {path}", path=typed(file))


def disk(setup: Setup) -> Looks:
    """Whether there is room for the store to grow."""
    if setup.file:
        yield "disk", partial(_disk, setup.file)


def _disk(file: Path) -> Verdict:
    folder = _there(file)
    free = shutil.disk_usage(folder).free
    taken = file.stat().st_size if file.exists() else 0
    detail = Phrase("{folder}: {free} free", folder=folder, free=size(free))
    do = Phrase("make room there, or move the store: clearance store copy")
    if free < _NO_ROOM_BYTES:
        return failed(detail, do)
    return warning(detail, do) if free < taken + _MIN_FREE_BYTES else ok(detail)


def size(count: int) -> str:
    """Bytes as ``12.3 MB``."""
    if count < 1000:
        return f"{count} B"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


_UNITS = ("kB", "MB", "GB", "TB")
