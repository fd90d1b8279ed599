"""Zip files: what is honest is read whatever its size, and what is not is refused in words.

Members that lie are packed by hand, because no library writes them.
"""

from __future__ import annotations

import base64
import bz2
import io
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import clearance
from clearance.customs.cn_single_window.demo import business_receipt
from clearance.customs.limits import MAX_BYTES, MAX_RATIO
from clearance.customs.unpacking import MAX_ENVELOPES
from clearance.errors import Unreadable
from tests.attacks import MEGABYTES, SECONDS, envelope, measured, receipt
from tests.conftest import Run, at

pytestmark = pytest.mark.slow

GOOD = business_receipt("I20260000000000017", "", "7", at("02 08:00"), 17)
MB = 1 << 20

posix = pytest.mark.skipif(sys.platform == "win32", reason="measures a process as POSIX does")


class Member(NamedTuple):
    """A member as it stands in a zip file, whose headers may say what they like."""

    name: bytes
    packed: bytes
    size: int
    crc: int
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0
    says: int | None = None
    """Its packed size, as the headers have it."""


def member(name: str, data: bytes, flags: int = 0) -> Member:
    """An honest member."""
    return Member(name.encode(), deflated(data), len(data), zlib.crc32(data), flags=flags)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zeros(megabytes: int) -> bytes:
    """That many megabytes of zero bytes, packed; made of one piece that is repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * megabytes + b"\x03\x00"


def written(*members: Member, copies: int = 1) -> bytes:
    """A zip file; with ``copies`` its directory names each member so often, over one body."""
    body, directory = b"", b""
    for one in members:
        says = len(one.packed) if one.says is None else one.says
        shared = (20, one.flags, one.method, 0, 33, one.crc, says, one.size, len(one.name), 0)
        entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *shared, 0, 0, 0, 0, len(body))
        directory += (entry + one.name) * copies
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *shared) + one.name + one.packed
    count = len(members) * copies
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file as an honest program writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def numbered(count: int) -> list[tuple[str, bytes]]:
    """So many good receipts, each of a declaration of its own."""
    files = (
        business_receipt(f"I2026{n:013}", "", "7", at("02 08:00"), n) for n in range(1, count + 1)
    )
    return [(file.name, file.data) for file in files]


def test_what_a_system_puts_beside_what_people_pack_is_no_message(
    call: Run, tmp_path: Path
) -> None:
    """A file of the same sort of name that holds a message is one."""
    good, other = numbered(2)
    beside = ("__MACOSX/a/._1.xml", ".DS_Store", "a/.DS_Store", "Thumbs.db", "a/desktop.ini")
    members = [*((name, b"\0\5\x16\7") for name in beside), good, ("a/._2.xml", other[1])]
    file = tmp_path / "mac.zip"
    file.write_bytes(zipped(*members))
    found = call("ingest", file, "--format", "json").json
    assert (found["read"], found["new"], found["refused"]) == (2, 2, 0)


def reason(data: bytes) -> str:
    """The sort of trouble that some bytes are refused for."""
    with pytest.raises(Unreadable) as refused:
        clearance.parse(data, "a.zip")
    return refused.value.reason


def test_a_zip_is_read_member_by_member(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "day.zip"
    file.write_bytes(zipped(("folder/", b""), *numbered(3), ("folder/bad.xml", b"oops")))
    done = call("ingest", file, "--format", "json")
    assert (done.code, done.json["read"], done.json["new"], done.json["refused"]) == (3, 4, 3, 1)
    assert done.talk.startswith("refused: day.zip/folder/bad.xml: not XML")
    again = call("ingest", file, "--format", "json")
    assert (again.code, again.json["duplicate"]) == (0, 4)


def test_an_empty_zip_holds_nothing_and_is_no_trouble(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "empty.zip"
    file.write_bytes(zipped())
    done = call("ingest", file, "--format", "json")
    assert (done.code, done.json["read"], done.err) == (0, 0, b"")


def broken(method: int, flip: Callable[[bytearray], None]) -> bytes:
    data = bytearray(zipped(*numbered(1), method=method))
    flip(data)
    return bytes(data)


def flipped(*places: int) -> Callable[[bytearray], None]:
    """Flips bytes, counted from where the first member's data begins."""

    def flip(data: bytearray) -> None:
        start = 30 + int.from_bytes(data[26:28], "little")
        for place in places:
            data[start + place] ^= 0xFF

    return flip


TRUTH = GOOD.data
HONEST = member("a.xml", TRUTH)
FLAT = member("a.xml", receipt().ljust(15 * MB))
MEMBERS = {
    "encrypted": (written(member("a.xml", TRUTH, flags=1)), "archive", "encrypted"),
    "damaged": (broken(zipfile.ZIP_DEFLATED, flipped(40)), "archive", "damaged"),
    "stored-damaged": (broken(zipfile.ZIP_STORED, flipped(40)), "archive", "damaged"),
    "bzip2-damaged": (broken(zipfile.ZIP_BZIP2, flipped(0, 40)), "archive", ""),
    "lzma-damaged": (broken(zipfile.ZIP_LZMA, flipped(20, 40)), "archive", ""),
    "lzma-unknown": (broken(zipfile.ZIP_LZMA, flipped(4)), "archive", ""),
    "wrong-sum": (written(HONEST._replace(crc=1)), "archive", "damaged"),
    "shorter": (written(HONEST._replace(size=len(TRUTH) + 9)), "archive", "not as long"),
    "longer": (written(HONEST._replace(size=len(TRUTH) - 9)), "archive", "not as long"),
    "unknown-method": (written(HONEST._replace(method=9)), "archive", ""),
    "patched": (written(HONEST._replace(flags=0x20)), "archive", "rare method"),
    "sealed": (written(HONEST._replace(flags=0x40)), "archive", "encrypted"),
    "too-far": (written(Member(b"a.xml", zeros(15), 15 * MB, 0)), "compression", "200 times"),
    "too-large": (written(Member(b"a.xml", zeros(17), 17 * MB, 0)), "too_large", "at most"),
    "vast": (written(Member(b"a.xml", zeros(1500), 1500 * MB, 0)), "too_large", "at most"),
    "vast-lying": (written(Member(b"a.xml", zeros(1500), 9000, 0)), "archive", "not as long"),
    "ratio-lying": (written(FLAT._replace(says=9 * MB)), "archive", ""),
}
"""A zip with one member that cannot be had, the sort of trouble, and words of the reason."""


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_that_cannot_be_had_is_one_refusal_in_words(
    call: Run, tmp_path: Path, name: str
) -> None:
    data, kind, words = MEMBERS[name]
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / "day.zip").write_bytes(data)
    (inbox / "good.xml").write_bytes(receipt())
    done = call("ingest", inbox, "--format", "json")
    assert (done.code, done.json["read"], done.json["new"], done.json["refused"]) == (3, 2, 1, 1)
    [refusal] = done.json["refusals"]
    assert refusal["name"].startswith("day.zip")
    assert words in refusal["reason"]
    assert done.talk.count("\n") == 1
    [kept] = call("refused", "--format", "json").json["refused"]
    assert kept["kind"] == kind
    again = call("ingest", inbox, "--format", "json")
    assert (again.code, again.json["duplicate"], again.err) == (0, 2, b"")


def test_of_a_zip_with_one_damaged_member_the_good_ones_are_read(run: Run, tmp_path: Path) -> None:
    good = [member(name, data) for name, data in numbered(5)]
    file = tmp_path / "day.zip"
    file.write_bytes(written(*good[:2], HONEST._replace(crc=1), *good[2:]))
    done = run("ingest", file, "--format", "json")
    assert (done.code, done.json["read"], done.json["new"], done.json["refused"]) == (3, 6, 5, 1)
    assert done.talk.startswith("refused: day.zip/a.xml: the zip member is damaged")


def test_a_member_that_does_not_lie_where_the_directory_says_is_refused(
    call: Run, tmp_path: Path
) -> None:
    first, second = member("a.xml", TRUTH), member("b.xml", receipt())
    data = written(first, second)
    place = data.index(b"PK\3\4", 4)
    (tmp_path / "day.zip").write_bytes(data[:place] + b"PK\3\5" + data[place + 4 :])
    done = call("ingest", tmp_path / "day.zip", "--format", "json")
    assert (done.code, done.json["new"], done.json["refused"]) == (3, 1, 1)
    assert "does not lie where" in done.json["refusals"][0]["reason"]


def test_a_member_at_an_impossible_place_is_refused(call: Run, tmp_path: Path) -> None:
    """In a zip inside a zip, which is read from memory: a file on disk answers otherwise."""
    whole = written(member("a.xml", TRUTH))
    start = whole.index(b"PK\1\2")
    end = whole.index(b"PK\5\6")
    far = struct.pack("<2HQ", 1, 8, 2**63 + 7)
    entry = bytearray(whole[start:end] + far)
    entry[30:32] = struct.pack("<H", len(far))
    entry[42:46] = b"\xff" * 4
    tail = bytearray(whole[end:])
    tail[12:16] = struct.pack("<L", len(entry))
    inner = whole[:start] + bytes(entry) + bytes(tail)
    (tmp_path / "day.zip").write_bytes(written(member("b.zip", inner)))
    (tmp_path / "good.xml").write_bytes(receipt())
    done = call("ingest", tmp_path / "day.zip", tmp_path / "good.xml", "--format", "json")
    assert (done.code, done.json["new"], done.json["refused"]) == (3, 1, 1)
    assert "damaged" in done.json["refusals"][0]["reason"]


@pytest.mark.parametrize("way", ["file", "stdin"])
@pytest.mark.parametrize("size", [3000, 300_000])
def test_a_zip_cut_short_is_refused_once_with_its_true_size_and_bytes(
    call: Run, tmp_path: Path, home: Path, way: str, size: int
) -> None:
    noise = random.Random(1).randbytes(size)
    cut = zipped(("a.xml", noise), method=zipfile.ZIP_STORED)[:-10]
    (tmp_path / "cut.zip").write_bytes(cut)
    path = tmp_path / "cut.zip" if way == "file" else "-"
    done = call("ingest", path, "--format", "json", stdin=cut if way == "stdin" else b"")
    assert (done.code, done.json["read"], done.json["refused"]) == (3, 1, 1)
    assert "damaged or cut short" in done.talk
    with clearance.open_store(str(home / "clearance.db")) as store:
        [kept] = store.refused()
    assert (kept.kind, kept.size) == ("archive", len(cut))
    assert kept.data == cut


def test_an_office_document_is_no_zip_of_messages(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<x/>")))
    done = call("ingest", file, "--format", "json")
    assert (done.code, done.json["refused"], done.json["passed_over"]) == (0, 0, 1)
    what = "an Office document (xlsx, docx), not an XML message; nothing to do"
    assert done.talk == f"passed over: list.xlsx: {what}\n"


NAMES = ("../../evil.xml", "C:\\evil.xml", "/evil.xml", "..\\..\\evil.xml", "\\\\server\\evil.xml")


def test_the_name_of_a_member_is_a_label_and_never_a_path(call: Run, tmp_path: Path) -> None:
    """The receipts in it are read, and nothing is written but the store."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    pairs = zip(NAMES, numbered(len(NAMES)), strict=True)
    (inside / "evil.zip").write_bytes(zipped(*((name, data) for name, (_, data) in pairs)))
    outside = Path("/evil.xml")
    before = {p for p in tmp_path.rglob("*") if "home" not in p.parts}
    done = call("ingest", inside, "--format", "json")
    assert (done.code, done.json["new"]) == (0, len(NAMES))
    assert {p for p in tmp_path.rglob("*") if "home" not in p.parts} == before
    assert {p.name.split("-")[0] for p in (tmp_path / "home").iterdir()} == {"clearance.db"}
    assert not outside.exists()
    assert not list(Path.cwd().glob("*evil*"))


@pytest.mark.parametrize(
    "name", [b"", b" ", b"\x1b[2J.xml", b"a\0b.xml", b"\xff\xfe", "报关.xml".encode("gbk")]
)
def test_a_member_may_be_called_anything(call: Run, tmp_path: Path, name: bytes) -> None:
    file = tmp_path / "day.zip"
    odd = HONEST._replace(name=name)
    file.write_bytes(written(odd, odd._replace(crc=1), member("good.xml", receipt())))
    done = call("ingest", file)
    assert done.code == 3
    assert b"\x1b" not in done.out + done.err
    assert len(done.talk.splitlines()) == 1
    assert call("status", "I20260000000000099").code == 0


def test_the_name_of_a_member_is_read_as_windows_in_china_writes_it(
    call: Run, tmp_path: Path
) -> None:
    file = tmp_path / "day.zip"
    file.write_bytes(written(HONEST._replace(name="坏的.xml".encode("gbk"), crc=1)))
    assert call("ingest", file).talk.startswith("refused: day.zip/坏的.xml: ")


def nested(times: int) -> bytes:
    data = TRUTH
    for _ in range(times):
        data = zipped(("inner", data))
    return data


def test_zips_may_lie_inside_each_other_to_the_cap_and_no_deeper(call: Run, tmp_path: Path) -> None:
    assert len(clearance.parse(nested(MAX_ENVELOPES))) == 1
    assert reason(nested(MAX_ENVELOPES + 1)) == "too_deep"
    (tmp_path / "deep.zip").write_bytes(nested(26))
    done = call("ingest", tmp_path / "deep.zip")
    assert done.code == 3
    assert "more than 4 envelopes inside each other" in done.talk


def test_zips_and_envelopes_count_alike() -> None:
    assert clearance.parse(zipped(("a", envelope(zipped(("b", envelope(TRUTH)))))))
    assert reason(zipped(("a", envelope(zipped(("b", envelope(envelope(TRUTH)))))))) == "too_deep"


def test_a_zip_inside_an_envelope_is_held_to_the_same_caps() -> None:
    vast = written(Member(b"a.xml", zeros(1500), 1500 * MB, 0))
    assert reason(envelope(vast)) == "too_large"
    held = base64.b64encode(zipped(*numbered(2))).decode()
    assert len(clearance.parse(f"<DxpMsg><Zip>{held}</Zip></DxpMsg>".encode())) == 2


def test_a_member_may_unpack_200_times_and_no_further() -> None:
    blanks = receipt(NOTE="x" * 3_000_000)
    packed = deflated(blanks)
    assert len(blanks) > MAX_RATIO * len(packed)
    grown = packed + bytes(len(blanks) // MAX_RATIO + 1 - len(packed))
    honest = Member(b"a.xml", grown, len(blanks), zlib.crc32(blanks))
    assert clearance.parse(written(honest))
    assert reason(written(honest._replace(packed=packed))) == "compression"


def large(count: int, megabytes: int) -> bytes:
    """A zip of receipts of so many megabytes each, padded so that they pack well but honestly."""
    noise = random.Random(7)
    pairs = []
    for name, data in numbered(count):
        rows = (noise.randbytes(300).hex() + " " * 40_000 for _ in range(megabytes * 25))
        pairs.append((name, data + b"<!--" + "\n".join(rows).encode() + b"-->"))
    return zipped(*pairs)


@posix
def test_an_honest_zip_may_be_of_any_size_and_takes_little_memory(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Twenty-four receipts of 10 MB: 240 MB in all, and never all of it at once."""
    file = tmp_path / "large.zip"
    file.write_bytes(large(24, 10))
    with zipfile.ZipFile(file) as archive:
        assert sum(info.file_size for info in archive.infolist()) > 230 * MB
    done, _, megabytes = measured(environment, tmp_path, "ingest", file, "--format", "json")
    assert (done.code, done.json["new"], done.json["refused"]) == (0, 24, 0)
    assert megabytes < MEGABYTES


def layered() -> bytes:
    """About 60 KB in three layers, none of which unpacks too far, that are 75 GB in all."""
    blank = b"<x>" + b" " * 3_900_000 + b"</x>"
    packed = deflated(blank)
    packed += bytes(len(blank) // MAX_RATIO + 1 - len(packed))
    kernel = Member(b"a.xml", packed, len(blank), zlib.crc32(blank))
    data = written(*[kernel] * 500)
    outer = deflated(data)
    outer += bytes(max(0, len(data) // MAX_RATIO + 1 - len(outer)))
    return written(*[Member(b"b.zip", outer, len(data), zlib.crc32(data))] * 40)


def lying_bzip2() -> bytes:
    """A member that says it has 100 bytes and unpacks to half a gigabyte."""
    packer = bz2.BZ2Compressor(9)
    packed = b"".join(packer.compress(bytes(16 * MB)) for _ in range(32)) + packer.flush()
    return written(Member(b"a.xml", packed, 100, 0, zipfile.ZIP_BZIP2))


def overlapping() -> bytes:
    """Two hundred names for the same bytes: 90 KB that unpack to 2.5 GB."""
    noise = random.Random(3).randbytes(60_000).hex().encode()
    data = b"<x>" + b" " * 12_000_000 + noise + b"</x>"
    return written(member("a", data), copies=200)


BOMBS: dict[str, Callable[[], bytes]] = {
    "vast": lambda: MEMBERS["vast"][0],
    "vast-lying": lambda: MEMBERS["vast-lying"][0],
    "nested": lambda: nested(26),
    "bzip2": lying_bzip2,
    "overlapping": overlapping,
    "layered": layered,
    "many-names": lambda: written(Member(b"a", b"", 0, 0, zipfile.ZIP_STORED), copies=60_000),
}


@posix
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_seconds_and_little_memory(
    environment: Mapping[str, str], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "bomb.zip"
    file.write_bytes(BOMBS[name]())
    done, seconds, megabytes = measured(environment, tmp_path, "ingest", file, "--format", "json")
    assert done.code == 3
    assert done.json["new"] == 0
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_a_message_at_the_cap_may_lie_in_a_zip() -> None:
    noise = random.Random(5).randbytes(100_000).hex().encode()
    most = (receipt() + b"<!--" + noise + b"-->").ljust(MAX_BYTES)
    assert clearance.parse(zipped(("a.xml", most)))
    assert reason(zipped(("a.xml", most + b" "))) == "too_large"
