"""The boxes of the Single Window client on this computer, by its own settings.

The client keeps them in the user's own folder, or beside itself where ClickOnce has installed it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from clearance.customs.cn_single_window import client
from clearance.errors import Unreadable
from clearance.named_tuples import NamedTuple

NAME = "DFWJobSettings.xml"
"""The file of settings."""
_OWN = ("SIC", "UserSetting")
"""Where the client keeps it, below a folder for programs' data."""
_INSTALLED = ("Apps", "2.0")
"""Where ClickOnce puts programs, below the same."""
_BESIDE = ("modules", "BatchImport", "config", NAME)
"""Where it lies beside the program."""


class Box(NamedTuple):
    """A folder that the client uses, for which form, and as which of its boxes."""

    path: Path
    business: str
    form: str
    box: str


def boxes() -> list[Box]:
    """The boxes in which something can be read, each folder once; none without a client."""
    found: dict[str, Box] = {}
    for file in _files():
        with suppress(OSError, Unreadable):
            for business, form, box, path in client.boxes(file.read_bytes()):
                made = Box(Path(os.path.expandvars(path)), business, form, box)
                found.setdefault(os.path.normcase(made.path), made)
    return list(found.values())


def places() -> list[Path]:
    """The folders in which the settings are looked for."""
    return [place.joinpath(*_OWN) for place in _data_folders()]


def _files() -> Iterator[Path]:
    for place in places():
        if (place / NAME).is_file():
            yield place / NAME
    for place in _data_folders():
        yield from sorted(place.joinpath(*_INSTALLED).rglob(str(Path(*_BESIDE))))


def _data_folders() -> list[Path]:
    """The folders in which programs keep data of this user: the local one and the roaming one."""
    named = [os.environ.get("LOCALAPPDATA"), os.environ.get("APPDATA")]
    return [Path(folder) for folder in named if folder] or [
        Path.home() / "AppData" / kind for kind in ("Local", "Roaming")
    ]


def settings(boxes: Iterable[Box], taken: Collection[str]) -> str:
    """Tables of settings that follow boxes, under names that are not taken."""
    names = set(taken)
    tables = []
    for box in boxes:
        name = _name(box, names)
        names.add(name)
        written = json.dumps(str(box.path), ensure_ascii=False)
        tables.append(f'[sources.{name}]\nkind = "folder"\npath = {written}\n')
    return "\n".join(tables)


def _name(box: Box, taken: Collection[str]) -> str:
    said = re.sub(r"\W+", "-", f"{box.form or box.business}-{box.box}".lower(), flags=re.ASCII)
    name = said.strip("-")
    return next(
        each for each in chain([name], (f"{name}-{n}" for n in count(2))) if each not in taken
    )
