"""Zip files, read member by member within limits.

A member's name is a label and never a path: nothing is written to disk. No cap on an honest
archive's total, but each member is bounded in size and in how far it may unpack.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from clearance.errors import Unreadable

MAX_BYTES = 16 * 1024 * 1024
"""Largest message that is read, in bytes."""
MAX_RATIO = 200
"""How many times its packed size a member may unpack to."""
HEAD = 64 * 1024
"""How much of a message that is too large is kept."""

MAGIC = b"PK\x03\x04", b"PK\x05\x06"
"""What a zip file begins with, also an empty one."""

_ENCRYPTED, _PATCHED = 0x41, 0x20
"""Flags of a member."""
_HEADER = struct.Struct("<26x2H")
"""The header before a member ends with the lengths of its name and of what is extra."""
_DAMAGED = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    ValueError,
)


class Budget:
    """What one file may unpack to in all, however its containers lie inside each other."""

    def __init__(self, size: int) -> None:
        self.left = MAX_RATIO * size + MAX_BYTES

    def spend(self, size: int) -> None:
        """Takes what a member unpacks to off the budget; raises Unreadable where it is used up."""
        self.left -= size
        if self.left < 0:
            raise Unreadable(
                "compression", f"it unpacks to more than {MAX_RATIO} times its size in all"
            )


def members(
    file: Path | IO[bytes],
    budget: Budget | None = None,
    order: Callable[[Iterable[str]], Iterable[str]] = list,
) -> Iterator[tuple[str, bytes | Unreadable, int]]:
    """Each member's name, its bytes or why they cannot be had, and its unpacked size in bytes.

    They come in the order that ``order`` puts their names in.
    Raises Unreadable where the archive as a whole cannot be read, or goes over the budget.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise Unreadable("archive", f"the zip file is damaged or cut short ({error})") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
        if any(info.filename == "[Content_Types].xml" for info in infos):
            raise Unreadable("binary", "an Office document (xlsx, docx), not a customs message")
        if sum(info.compress_size for info in infos) > length(file):
            raise Unreadable("archive", "the zip file's members are larger than the file itself")
        named = [_name(info) for info in infos]
        held: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
        for name, info in zip(reversed(named), reversed(infos), strict=True):
            held[name].append(info)
        for name in order(named):
            info = held[name].pop()
            try:
                data = _member(archive, info)
            except Unreadable as error:
                yield name, error, info.file_size
                continue
            if budget:
                budget.spend(len(data))
            yield name, data, info.file_size


def length(file: Path | IO[bytes]) -> int:
    """How many bytes a file has; leaves an open one at its beginning."""
    if isinstance(file, Path):
        return file.stat().st_size
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise Unreadable("archive", "the zip member is encrypted: unpack it with its password")
    ordinary = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if info.flag_bits & _PATCHED or not ordinary:
        raise Unreadable(
            "archive", "the zip member is packed by a rare method: pack it as an ordinary zip"
        )
    if info.file_size > MAX_BYTES:
        raise too_large(info.file_size)
    if info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise Unreadable(
            "compression",
            f"the zip member unpacks to {info.file_size} bytes from {info.compress_size}, "
            f"more than {MAX_RATIO} times: no honest message does",
        )
    try:
        data = _unpacked(archive, info)
    except (*_DAMAGED, zlib.error) as error:
        raise Unreadable("archive", f"the zip member is damaged ({error})") from error
    if len(data) != info.file_size:
        raise Unreadable("archive", "the zip member is not as long as the zip file says")
    if zlib.crc32(data) != info.CRC:
        raise Unreadable("archive", "the zip member is damaged (its checksum is another)")
    return data


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes, at most one more than it should have.

    The library makes so many objects for each member that small ones take longer than files do.
    """
    file = archive.fp
    assert file is not None
    file.seek(info.header_offset)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("it does not lie where the zip file says")
    file.seek(info.header_offset + _HEADER.size + sum(_HEADER.unpack(header)))
    packed = file.read(min(info.compress_size, 2 * info.file_size + 1024))
    if info.compress_type == zipfile.ZIP_STORED:
        return packed[: info.file_size + 1]
    return zlib.decompressobj(-15).decompress(packed, info.file_size + 1)


def too_large(size: int) -> Unreadable:
    """The refusal of a message over the limit."""
    return Unreadable("too_large", f"{size} bytes: a message has at most {MAX_BYTES}")


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; Windows in China writes names in GBK without saying so."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("gb18030")
        except UnicodeError:
            pass
    return info.filename
