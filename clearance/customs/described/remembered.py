"""What is needed of a user's own files, remembered, so that no start has to check them again.

It is remembered with all that a file says, by this version: what differs in a character is checked
anew. Nothing rests on it: where it cannot be read or written, or is damaged, all is checked as if
there were nothing. It holds values of JSON, and runs nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

_WAY = 1
"""Number of what is remembered of a file; what another number says is not used."""

Entry = dict[str, Any]


class Memory:
    """What is remembered of the files in a folder; ``place`` is where, None for nowhere.

    ``version`` is that of the program, which uses only what it has made itself.
    """

    def __init__(self, folder: Path, place: Path | None, version: str = "") -> None:
        self._made_by = f"{version} {_WAY}"
        self._file = place and place / f"systems-{_sum(str(folder).encode(errors='replace'))}.json"
        self._kept = _read(self._file, self._made_by) if self._file else {}
        self._used: dict[str, Any] = {}

    def entry(self, file: Path, check: Callable[[Path], Entry]) -> Entry:
        """What is needed of a file: as remembered, else by a check, which may raise."""
        text = _text(file)
        kept = self._kept.get(file.name)
        if kept is None or kept["text"] != text:
            kept = {"text": text, "entry": check(file)}
        if text is not None and _text(file) == text:
            self._used[file.name] = kept
        entry: Entry = kept["entry"]
        return entry

    def keep(self) -> None:
        """Remembers what was used, if that is anything else than before."""
        if self._file and self._used != self._kept:
            with suppress(OSError, TypeError, ValueError):
                _write(self._file, {"made_by": self._made_by, "files": self._used})


def _text(file: Path) -> str | None:
    """What a file says; None where that cannot be read, or is no text."""
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError):
        return None


def _sum(data: bytes) -> str:
    return f"{crc32(data):08x}"


def _read(file: Path, made_by: str) -> dict[str, Any]:
    """What is remembered in a file; nothing where it is damaged, or another version made it."""
    try:
        checksum, _, data = file.read_bytes().partition(b"\n")
        whole: dict[str, Any] = json.loads(data) if checksum.decode() == _sum(data) else {}
    except (OSError, ValueError):
        return {}
    return whole["files"] if whole.get("made_by") == made_by else {}


def _write(file: Path, whole: dict[str, Any]) -> None:
    """Puts a whole file in the place of the one before; of two at once the last one stays."""
    data = json.dumps(whole).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.urandom(8).hex()}.part")
    try:
        beside.write_bytes(f"{_sum(data)}\n".encode() + data)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
