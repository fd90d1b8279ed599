"""Zip files, read member by member within limits.

A member's name is a label and never a path: nothing is written to disk. The total of an archive
has no fixed limit; each member has one, in bytes and in how many times its packed size it unpacks
to.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from clearance.customs.limits import HEAD, MAX_BYTES, MAX_RATIO, Budget, too_large
from clearance.customs.xml import OTHER_FORMAT
from clearance.errors import Phrase, Unreadable

_MEMBER = b"PK\x03\x04"
"""First bytes of a member."""
_ZEROS = b"\0" * 64
"""The end of a file that has its full length and is still being copied; a whole zip has none."""
_ENCRYPTED, _PATCHED = 0x41, 0x20
"""Flags of a member."""
_ORDINARY_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER = struct.Struct("<26x2H")
"""The end of the header before a member: the lengths of its name and of its extra field."""
_DAMAGED = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    ValueError,
)


def members(
    file: Path | IO[bytes],
    budget: Budget | None = None,
    order: Callable[[Iterable[str]], Iterable[str]] = list,
) -> Iterator[tuple[str, bytes | Unreadable, int]]:
    """Each member's name, its bytes or why they cannot be had, and its unpacked size in bytes.

    ``order`` puts the names in the order that members come in. Members that are in no list of the
    archive come last, as one refusal without a name. Raises Unreadable if the archive as a whole
    cannot be read, or exceeds the budget.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        if _ends_in_zeros(file):
            raise Unreadable("truncated", "the zip file ends in zeros: copied whole?") from error
        raise Unreadable(
            "archive", "the zip file is damaged or cut short ({why})", why=error
        ) from error
    with archive:
        infos = _infos(archive, length(file))
        unlisted = _has_unlisted(archive)
        for name, info in _ordered(infos, order):
            try:
                data = _member(archive, info)
            except Unreadable as why:
                yield name, why, info.file_size
                unlisted = False
                continue
            if budget:
                budget.spend(len(data))
            yield name, data, info.file_size
        if unlisted:
            yield (
                "",
                Unreadable("archive", "a part of the zip file is in no list of its members"),
                0,
            )


def _infos(archive: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    """The members of an archive of a size; raises Unreadable for one that is no archive."""
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if any(info.filename == "[Content_Types].xml" for info in infos):
        what = Phrase("an Office document (xlsx, docx)")
        raise Unreadable("binary", OTHER_FORMAT, what=what)
    if sum(info.compress_size for info in infos) > size:
        raise Unreadable("archive", "the zip file's members are larger than the file itself")
    if archive.start_dir < 0 or any(info.header_offset < 0 for info in infos):
        raise Unreadable("archive", "a member of the zip file lies outside it")
    return infos


def _has_unlisted(archive: zipfile.ZipFile) -> bool:
    """Whether a member lies before, between or behind those that the archive lists.

    So it is where two zip files were joined, or where one was added to and cut short.
    """
    starts = [*sorted(info.header_offset for info in archive.infolist()), archive.start_dir]
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    ends = [0, *(i.header_offset + _HEADER.size + len(i.filename) + i.compress_size for i in infos)]
    gaps = [(end, start) for end, start in zip(ends, starts, strict=True) if end < start]
    return any(_holds_member(archive, end, start - end) for end, start in gaps) or _holds_member(
        archive, archive.start_dir, -1
    )


def _holds_member(archive: zipfile.ZipFile, start: int, size: int) -> bool:
    """Whether a member begins in a part of an archive."""
    assert archive.fp is not None
    archive.fp.seek(start)
    before = b""
    while part := archive.fp.read(HEAD if size < 0 else min(HEAD, size)):
        if _MEMBER in before + part:
            return True
        before, size = part[-3:], size - len(part) if size > 0 else size
        if not size:
            break
    return False


def _ordered(
    infos: Iterable[zipfile.ZipInfo], order: Callable[[Iterable[str]], Iterable[str]]
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Members with their names, in the order of names; equal names as the archive has them."""
    named = [(_name(info), info) for info in infos]
    waiting: dict[str, deque[zipfile.ZipInfo]] = defaultdict(deque)
    for name, info in named:
        waiting[name].append(info)
    for name in order([name for name, _ in named]):
        yield name, waiting[name].popleft()


def length(file: Path | IO[bytes]) -> int:
    """How many bytes a file has; leaves an open one at its beginning."""
    if isinstance(file, Path):
        return file.stat().st_size
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _ends_in_zeros(file: Path | IO[bytes]) -> bool:
    """Whether a file ends as one does that has its full length and is still being copied."""
    if isinstance(file, Path):
        with suppress(OSError), file.open("rb") as opened:
            return _ends_in_zeros(opened)
        return False
    file.seek(-min(len(_ZEROS), length(file)), io.SEEK_END)
    return file.read() == _ZEROS


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes; raises Unreadable."""
    _check_limits(info)
    try:
        data = _unpacked(archive, info)
    except (*_DAMAGED, zlib.error) as error:
        raise Unreadable("archive", "the zip member is damaged ({why})", why=error) from error
    if len(data) != info.file_size:
        raise Unreadable("archive", "the zip member is not as long as the zip file says")
    if zlib.crc32(data) != info.CRC:
        raise Unreadable("archive", "the zip member is damaged (its checksum is another)")
    return data


def _check_limits(info: zipfile.ZipInfo) -> None:
    """Refuses a member that cannot be unpacked, or is larger than a member may be."""
    if info.flag_bits & _ENCRYPTED:
        raise Unreadable("archive", "the zip member is encrypted: unpack it with its password")
    if info.flag_bits & _PATCHED or info.compress_type not in _ORDINARY_METHODS:
        raise Unreadable(
            "archive", "the zip member is packed by a rare method: pack it as an ordinary zip"
        )
    if info.file_size > MAX_BYTES:
        raise too_large(info.file_size)
    if info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise Unreadable(
            "compression",
            "the zip member unpacks to {size} bytes from {packed}, more than {times} "
            "times: no honest message does",
            size=info.file_size,
            packed=info.compress_size,
            times=MAX_RATIO,
        )


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes, at most one more than it should have.

    ``ZipFile.open`` makes so many objects that a small member takes longer than a file.
    """
    file = archive.fp
    assert file is not None
    file.seek(info.header_offset)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MEMBER):
        raise zipfile.BadZipFile("it does not lie where the zip file says")
    file.seek(info.header_offset + _HEADER.size + sum(_HEADER.unpack(header)))
    packed = file.read(min(info.compress_size, 2 * info.file_size + 1024))
    if info.compress_type == zipfile.ZIP_STORED:
        return packed[: info.file_size + 1]
    return zlib.decompressobj(-15).decompress(packed, info.file_size + 1)


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; Windows in China writes names in GBK without saying so."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("gb18030")
        except UnicodeError:
            pass
    return info.filename
