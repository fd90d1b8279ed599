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
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from clearance.customs.limits import HEAD, MAX_BYTES, MAX_RATIO, Budget, too_large
from clearance.customs.xml import OTHER_FORMAT
from clearance.errors import Phrase, Unreadable
from clearance.named_tuples import NamedTuple

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


class Member(NamedTuple):
    """What an archive says of a member: its name, where it lies, its lengths in bytes packed and
    unpacked, its checksum, and by what method it is packed.
    """

    name: str
    offset: int
    packed: int
    size: int
    checksum: int
    method: int
    flags: int


class Listed(NamedTuple):
    """What an archive says that it holds, in the order to read it in.

    ``has_unlisted``: there are members that it does not list.
    """

    members: list[Member]
    has_unlisted: bool


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
    with _opened(file) as opened:
        inside, is_whole = listed(opened, order), True
        for name, data, size in unpacked(opened, inside.members, budget):
            is_whole = is_whole and not isinstance(data, Unreadable)
            yield name, data, size
        if inside.has_unlisted and is_whole:
            yield (
                "",
                Unreadable("archive", "a part of the zip file is in no list of its members"),
                0,
            )


def listed(file: IO[bytes], order: Callable[[Iterable[str]], Iterable[str]] = list) -> Listed:
    """What an archive says that it holds; raises Unreadable if it cannot be read as a whole."""
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise _unlistable(file, error) from error
    infos = [info for info in _infos(archive, length(file)) if not _is_left_out(info.filename)]
    return Listed(list(_ordered(infos, order)), _has_unlisted(archive))


def unpacked(
    file: IO[bytes], members: Iterable[Member], budget: Budget | None = None
) -> Iterator[tuple[str, bytes | Unreadable, int]]:
    """Some members of an archive that is open, as ``members`` gives them."""
    for member in members:
        try:
            data = _unpacked(file, member)
        except Unreadable as why:
            yield member.name, why, member.size
            continue
        if budget:
            budget.spend(len(data))
        yield member.name, data, member.size


def _opened(file: Path | IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    """An archive's file, which is closed in the end if it was a path; raises Unreadable."""
    if not isinstance(file, Path):
        return nullcontext(file)
    try:
        return file.open("rb")
    except OSError as error:
        raise _unlistable(None, error) from error


def _unlistable(file: IO[bytes] | None, error: Exception) -> Unreadable:
    """Why an archive as a whole cannot be read."""
    if file and _ends_in_zeros(file):
        return Unreadable("truncated", "the zip file ends in zeros: copied whole?")
    return Unreadable("archive", "the zip file is damaged or cut short ({why})", why=error)


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


_OF_SYSTEMS = (".ds_store", "thumbs.db", "desktop.ini")


def _is_left_out(name: str) -> bool:
    """Whether a member is one that macOS or Windows puts beside what people pack."""
    *folders, file = name.split("/")
    return file.lower() in _OF_SYSTEMS or ("__MACOSX" in folders and file.startswith("._"))


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
) -> Iterator[Member]:
    """Members in the order of their names; equal names as the archive has them."""
    waiting: dict[str, list[Member]] = defaultdict(list)
    for info in infos:
        name = _name(info)
        waiting[name].append(
            Member(
                name,
                info.header_offset,
                info.compress_size,
                info.file_size,
                info.CRC,
                info.compress_type,
                info.flag_bits,
            )
        )
    names = [name for name, some in waiting.items() for _ in some]
    for some in waiting.values():
        some.reverse()
    for name in order(names):
        yield waiting[name].pop()


def length(file: Path | IO[bytes]) -> int:
    """How many bytes a file has; leaves an open one at its beginning."""
    if isinstance(file, Path):
        return file.stat().st_size
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _ends_in_zeros(file: IO[bytes]) -> bool:
    """Whether a file ends as one does that has its full length and is still being copied."""
    file.seek(-min(len(_ZEROS), length(file)), io.SEEK_END)
    return file.read() == _ZEROS


def _unpacked(file: IO[bytes], member: Member) -> bytes:
    """A member's bytes; raises Unreadable."""
    _check_limits(member)
    try:
        data = _read(file, member)
    except (*_DAMAGED, zlib.error) as error:
        raise Unreadable("archive", "the zip member is damaged ({why})", why=error) from error
    if len(data) != member.size:
        raise Unreadable("archive", "the zip member is not as long as the zip file says")
    if zlib.crc32(data) != member.checksum:
        raise Unreadable("archive", "the zip member is damaged (its checksum is another)")
    return data


def _check_limits(member: Member) -> None:
    """Refuses a member that cannot be unpacked, or is larger than a member may be."""
    if member.flags & _ENCRYPTED:
        raise Unreadable("archive", "the zip member is encrypted: unpack it with its password")
    if member.flags & _PATCHED or member.method not in _ORDINARY_METHODS:
        raise Unreadable(
            "archive", "the zip member is packed by a rare method: pack it as an ordinary zip"
        )
    if member.size > MAX_BYTES:
        raise too_large(member.size)
    if member.size > MAX_RATIO * max(member.packed, 1):
        raise Unreadable(
            "compression",
            "the zip member unpacks to {size} bytes from {packed}, more than {times} "
            "times: no honest message does",
            size=member.size,
            packed=member.packed,
            times=MAX_RATIO,
        )


def _read(file: IO[bytes], member: Member) -> bytes:
    """A member's bytes, at most one more than it should have.

    ``ZipFile.open`` makes so many objects that a small member takes longer than a file.
    """
    file.seek(member.offset)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MEMBER):
        raise zipfile.BadZipFile("it does not lie where the zip file says")
    file.seek(member.offset + _HEADER.size + sum(_HEADER.unpack(header)))
    packed = file.read(min(member.packed, 2 * member.size + 1024))
    if member.method == zipfile.ZIP_STORED:
        return packed[: member.size + 1]
    return zlib.decompressobj(-15).decompress(packed, member.size + 1)


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; Windows in China writes names in GBK without saying so."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("gb18030")
        except UnicodeError:
            pass
    return info.filename
