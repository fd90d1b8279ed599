"""Checks an archive of evidence; run it as ``python verify.py FILE.zip [en|zh]``.

It needs Python 3.10 or later and nothing else. It says in plain words what holds (+), what does
not (-), and what it cannot tell (·), and ends with 0 if nothing is wrong, else with 1.

The archive was made by ``clearance report --evidence``. Every byte of it is checked: it must be
exactly what ``pack`` makes of its files, the files those that ``manifest.json`` names with their
digests, and the manifest the one that ``seal.json`` names.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

MANIFEST, SEAL, STAMP = "manifest.json", "seal.json", "timestamp.tsr"
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
HEAD = struct.Struct("<4s5H3I2H")
ENTRY = struct.Struct("<4s6H3I5H2I")
LAST = struct.Struct("<4s4H2IH")
DAY = 33
"""The first of January 1980, which every file of the archive is dated by."""
BEGAN = ("earlier", "copied", "imported", "salvaged", "lost")
"""Why a chain was begun that does not begin with its store, as in ``SAID``."""

SAID = {
    "spoilt": ("NOT WHOLE: {why}", "不完好：{why}"),
    "whole": (
        "The archive is whole: {count} files, every byte as it was sealed.",
        "档案完好：{count} 个文件，每个字节均与封存时一致。",
    ),
    "seal": ("Digest of the whole: {digest}", "整体摘要：{digest}"),
    "chain": (
        "The store's chain of commits is unbroken: {count} in all, the last is {digest}.",
        "数据库的提交链完整：共 {count} 环，末环 {digest}。",
    ),
    "no chain": ("The store had no chain of commits.", "数据库没有提交链。"),
    "broken": ("The chain of commits is broken at link {number}.", "提交链在第 {number} 环断开。"),
    "earlier": (
        "The chain was begun over messages that were there before, at link {number}.",
        "链自第 {number} 环开始，此前已有报文。",
    ),
    "copied": (
        "The chain was begun at link {number} with a copy of a store; its last was {link}.",
        "链自第 {number} 环开始，当时由另一数据库复制；其末环为 {link}。",
    ),
    "imported": (
        "The chain was begun at link {number} with the import of a store; its last was {link}.",
        "链自第 {number} 环开始，当时由另一数据库导入；其末环为 {link}。",
    ),
    "salvaged": (
        "The chain was begun at link {number} when a store was salvaged; its last was {link}.",
        "链自第 {number} 环开始，当时抢救了受损的数据库；其末环为 {link}。",
    ),
    "lost": (
        "The chain was begun anew at link {number}, because the last link was lost.",
        "链在第 {number} 环重新开始，因末环丢失。",
    ),
    "messages": (
        "{count} messages are inside, and each has the digest it is named by.",
        "内含 {count} 份报文，每份均与其摘要一致。",
    ),
    "digests": (
        "{count} messages are named by their digests; their bytes are not inside.",
        "以摘要列出 {count} 份报文，正文不在档案内。",
    ),
    "message": ("Message {id} is not what it is named by.", "报文 {id} 与其摘要不符。"),
    "linked": (
        "Each of them stands in the chain, in the commit that kept it.",
        "每份报文均在提交链中相应的一环。",
    ),
    "unlinked": (
        "{count} messages are not in the chain as they stand here, such as {id}.",
        "{count} 份报文与提交链不符，如 {id}。",
    ),
    "mended": (
        "{count} of them lay damaged once and came again: their names are not proven.",
        "其中 {count} 份曾损坏后重新读入，名称无从证明。",
    ),
    "timelines": (
        "{count} timelines: every message that they rest on is listed here.",
        "{count} 条时间线：所依据的报文均已列出。",
    ),
    "timeline": (
        "The timeline of {name} rests on a message that is not listed: {id}.",
        "{name} 的时间线所依据的报文未列出：{id}。",
    ),
    "said": (
        "{count} records of what people said are as the chain has them.",
        "{count} 条人工填写与提交链一致。",
    ),
    "unsaid": (
        "What was said of {name} is not what the chain has.",
        "人工填写的 {name} 与提交链不符。",
    ),
    "counts": (
        "{count} counts of the report are those of their lists, each with its timelines here.",
        "报告的 {count} 个计数与其清单一致，清单中每份报关单均有时间线。",
    ),
    "count": (
        "The report's count {name} is not that of its list, or a timeline is missing.",
        "报告的计数 {name} 与其清单不符，或缺少时间线。",
    ),
    "signed": ("Signed with the Ed25519 key {key}.", "已用 Ed25519 公钥 {key} 签名。"),
    "forged": ("THE SIGNATURE IS WRONG.", "签名不正确。"),
    "unsigned": (
        "Nobody signed it: compare the digest of the whole with one you were told another way.",
        "未签名：请将整体摘要与另行告知的摘要比对。",
    ),
    "stamped": (
        "Stamped {at}; whether by whom it says, openssl ts -verify tells (docs/evidence.md).",
        "时间戳为 {at}；出自何人，由 openssl ts -verify 检查（见 docs/evidence.md）。",
    ),
    "unstamped": ("It bears no time stamp.", "没有时间戳。"),
    "limits": (
        "Times and rates are not checked here: clearance report --verify report.json does it.",
        "此处不检查用时与比率：请用 clearance report --verify report.json 由数据库重算。",
    ),
}
"""What is said, in English and in Chinese."""
OF_ONE = {
    "messages": "1 message is inside, and has the digest it is named by.",
    "digests": "1 message is named by its digest; its bytes are not inside.",
    "unlinked": "1 message is not in the chain as it stands here: {id}.",
    "mended": "1 of them lay damaged once and came again: its name is not proven.",
    "timelines": "1 timeline: every message that it rests on is listed here.",
    "said": "1 record of what people said is as the chain has it.",
    "counts": "1 count of the report is that of its list, with its timelines here.",
}
"""What is said in English where the count is one."""


Held = tuple[bool | None, str, dict[str, Any]]
"""Whether something holds, None if that cannot be told; which sentence says so, and its values."""
Point = tuple[int, int, int, int]
"""A point of the curve, in extended coordinates."""


MARKS = {True: "+", False: "-", None: "·"}


class Spoilt(Exception):
    """Why an archive is not what was sealed."""


def sha(data: bytes) -> str:
    """The digest of bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON as it is digested: in ASCII, with sorted keys, without blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


# The archive


def pack(files: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip archive of some files by name, in their order; nothing is compressed."""
    body: list[bytes] = []
    entries: list[bytes] = []
    offset = 0
    for name, data in files.items():
        raw = name.encode("ascii")
        common = (20, 0, 0, 0, DAY, zlib.crc32(data), len(data), len(data), len(raw), 0)
        head = HEAD.pack(LOCAL, *common) + raw
        entries.append(ENTRY.pack(CENTRAL, 20, *common, 0, 0, 0, 0, offset) + raw)
        body += [head, data]
        offset += len(head) + len(data)
    central = b"".join(entries)
    counts = (0, 0, len(entries), len(entries), len(central), offset, 0)
    return b"".join([*body, central, LAST.pack(END, *counts)])


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of an archive by name; raises Spoilt unless it is what ``pack`` makes of them."""
    files: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == LOCAL and at + HEAD.size <= len(data):
        fields = HEAD.unpack_from(data, at)
        size, long = fields[8], fields[9]
        at += HEAD.size
        name = data[at : at + long].decode("ascii", "replace")
        files[name] = data[at + long : at + long + size]
        at += long + size
    try:
        same = pack(files) == data
    except UnicodeError:
        same = False
    if not same:
        raise Spoilt("it is no archive of evidence, or a byte of its frame was changed")
    return files


def opened(data: bytes) -> tuple[dict[str, bytes], dict[str, Any], dict[str, Any]]:
    """The files of an archive whose every byte is as it was sealed, its manifest and its seal."""
    files = unpack(data)
    try:
        manifest, seal = json.loads(files[MANIFEST]), json.loads(files[SEAL])
        canon = canonical(manifest) == files[MANIFEST] and canonical(seal) == files[SEAL]
        named, sealed = dict(manifest["files"]), seal.get("manifest")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as why:
        raise Spoilt("its manifest or its seal cannot be read") from why
    if not canon or sealed != sha(files[MANIFEST]):
        raise Spoilt("manifest.json is not the one that was sealed")
    stamp = sha(files[STAMP]) if STAMP in files else None
    if seal.get("timestamp") != stamp:
        raise Spoilt("timestamp.tsr is not the one that was sealed")
    for name in sorted(set(files) | set(named)):
        if name in (MANIFEST, SEAL, STAMP):
            continue
        if name not in named or name not in files or named[name] != sha(files[name]):
            raise Spoilt(f"{name} is not what was sealed, or should not be here")
    return files, manifest, seal


# What holds


def lines(files: Mapping[str, bytes], name: str) -> list[Any]:
    """The objects of a file with one on each line."""
    return [json.loads(line) for line in files.get(name, b"").splitlines()]


def check(data: bytes) -> Iterator[Held]:
    """What holds of an archive and what does not: whether, which sentence, its values."""
    try:
        files, manifest, seal = opened(data)
    except Spoilt as why:
        yield False, "spoilt", {"why": why}
        return
    yield True, "whole", {"count": len(files)}
    yield None, "seal", {"digest": sha(files[SEAL])}
    try:
        yield from check_chain(files, manifest)
        yield from check_messages(files)
        yield from check_said(files)
        yield from check_counts(files)
        yield check_signature(files, seal)
        yield check_stamp(files, seal)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        yield False, "spoilt", {"why": "what was sealed is not what evidence is made of"}
    yield None, "limits", {}


def check_chain(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Held]:
    """Each link of the chain must name the one before."""
    before, number = None, 0
    for line in files["chain.jsonl"].splitlines():
        link, number = json.loads(line), number + 1
        if link["before"] != before or link["number"] != number or canonical(link) != line:
            yield False, "broken", {"number": number}
            return
        began = link.get("began", {"why": "new"})
        if began["why"] not in ("new", *BEGAN):
            raise ValueError(began["why"])
        if began["why"] != "new":
            yield None, began["why"], {"number": number, "link": began.get("link", "?")}
        before = sha(line)
    if manifest["chain"] != before:
        yield False, "broken", {"number": number}
    elif before is None:
        yield None, "no chain", {}
    else:
        yield True, "chain", {"count": number, "digest": before}


def check_messages(files: Mapping[str, bytes]) -> Iterator[Held]:
    """Messages must have their digests, stand in the chain, and be all that timelines rest on."""
    listed = lines(files, "messages.jsonl")
    inside = 0
    for one in listed:
        data = files.get(one["file"])
        inside += data is not None
        extra = one["extra"].encode(errors="surrogatepass")
        if data is not None and "sha256:" + sha(extra + data) != one["id"]:
            yield False, "message", {"id": one["id"]}
    yield True, "messages" if inside == len(listed) else "digests", {"count": len(listed)}
    links = lines(files, "chain.jsonl")
    if links:
        yield from check_links(files, links, listed)
    ids = {one["id"] for one in listed}
    timelines = lines(files, "timelines.jsonl")
    for timeline in timelines:
        for id in {id for event in timeline["events"] for id in event["messages"]} - ids:
            yield False, "timeline", {"name": timeline["name"], "id": id}
    yield True, "timelines", {"count": len(timelines)}


def check_links(files: Mapping[str, bytes], links: list[Any], listed: list[Any]) -> Iterator[Held]:
    """Each message must stand in the link that it says it is in, under its names and time."""
    mended = {id for link in links for id in link.get("mended", ())}
    members: dict[str, str | None] = {}
    for block in lines(files, "members.jsonl"):
        link = links[block["link"] - 1]
        ids = ["sha256:" + id for id in block["ids"]]
        received = sha(b"".join(map(bytes.fromhex, block["leaves"])))
        if sha("".join(ids).encode()) != link["digest"]:
            continue
        if received != link["received"] and mended.isdisjoint(ids):
            continue
        whole = received == link["received"]
        leaves: list[str | None] = block["leaves"] if whole else [None] * len(ids)
        members.update(zip(ids, leaves, strict=True))
    wrong = []
    for one in listed:
        leaf = sha(canonical([one["id"], one["names"], one["seen_at"]]))
        if one["id"] not in members or members[one["id"]] not in (None, leaf):
            wrong.append(one["id"])
    if wrong:
        yield False, "unlinked", {"count": len(wrong), "id": wrong[0]}
    else:
        yield True, "linked", {}
    if some := [one for one in listed if members.get(one["id"], "") is None]:
        yield None, "mended", {"count": len(some)}


def check_said(files: Mapping[str, bytes]) -> Iterator[Held]:
    """What people said must be what the last link about it has."""
    known: dict[str, str] = {}
    for link in lines(files, "chain.jsonl"):
        known.update(link.get("said", {}))
    said = lines(files, "said.jsonl")
    for record in said:
        name = record["kind"] + ":" + record["id"]
        if known and known.get(name) != sha(canonical(record["document"])):
            yield False, "unsaid", {"name": name}
    if said:
        yield True, "said", {"count": len(said)}


def check_counts(files: Mapping[str, bytes]) -> Iterator[Held]:
    """The counts of the report must be those of the lists, and these of timelines that are here."""
    report, lists = json.loads(files["report.json"]), json.loads(files["lists.json"])
    names = {timeline["name"] for timeline in lines(files, "timelines.jsonl")}
    checked = 0
    for row in report["rows"]:
        place = "/".join([row["period"], *(value or "unknown" for value in row["group"].values())])
        for count in ("declared", "closed", "open", "returned", "withdrawn", "anomalous"):
            listed = lists.get(place, {}).get(count, [])
            checked += 1
            if len(listed) != row[count] or not names.issuperset(listed):
                yield False, "count", {"name": place + "." + count}
    yield True, "counts", {"count": checked}


def check_signature(files: Mapping[str, bytes], seal: Mapping[str, Any]) -> Held:
    """A signature must be that of its key for the manifest."""
    signature = seal.get("signature")
    if not signature:
        return None, "unsigned", {}
    key, value = (bytes.fromhex(signature[part]) for part in ("key", "value"))
    if not is_signed(key, files[MANIFEST], value):
        return False, "forged", {}
    return True, "signed", {"key": signature["key"]}


def check_stamp(files: Mapping[str, bytes], seal: Mapping[str, Any]) -> Held:
    """A time stamp must be for the manifest; its own signature is for other tools."""
    token = files.get(STAMP)
    if token is None:
        return None, "unstamped", {}
    place = token.find(b"\x04\x20" + bytes.fromhex(seal["manifest"]))
    time = token.find(b"\x18\x0f", max(place, 0))
    if place < 0 or time < 0:
        return False, "spoilt", {"why": "timestamp.tsr is for something else"}
    return None, "stamped", {"at": token[time + 2 : time + 17].decode("ascii", "replace")}


# Ed25519 (RFC 8032), to check a signature with nothing but this file

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one: Point, two: Point) -> Point:
    """The sum of two points, in extended coordinates."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """A point so many times."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point_of(data: bytes) -> Point | None:
    """The point that 32 bytes stand for; None where there is none."""
    written = int.from_bytes(data, "little")
    sign, y = written >> 255, written & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is that of a public key for a message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, point = point_of(key), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if public is None or point is None or number >= ORDER:
        return False
    drawn = hashlib.sha512(signature[:32] + key + message).digest()
    left = times(number, BASE)
    right = add(point, times(int.from_bytes(drawn, "little") % ORDER, public))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P
        or (left[1] * right[2] - right[1] * left[2]) % P
    )


BASE = point_of(bytes([0x58]) + bytes([0x66]) * 31) or (0, 1, 1, 0)
"""The point that all others are counted from."""


def worded(sentence: str, values: dict[str, Any], *, chinese: bool) -> str:
    """A sentence in Chinese, or in English, which has other words for one, on one line: what
    steers a terminal in the values of an archive is shown.
    """
    template = SAID[sentence][chinese]
    if not chinese and values.get("count") == 1:
        template = OF_ONE.get(sentence, template)
    said = template.format(**values)
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in said)


def main(arguments: list[str]) -> int:
    """Says what holds of an archive; 0 if all of it does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if not 1 <= len(arguments) <= 2 or arguments[1:] not in ([], ["en"], ["zh"]):
        print("python verify.py FILE.zip [en|zh]")
        return 2
    try:
        with open(arguments[0], "rb") as file:
            data = file.read()
    except OSError as why:
        print(f"{arguments[0]}: {why.strerror}")
        return 2
    holds, chinese = True, arguments[1:] == ["zh"]
    for well, sentence, values in check(data):
        holds = holds and well is not False
        print(MARKS[well], worded(sentence, values, chinese=chinese))
    return 0 if holds else 1


def run(arguments: list[str]) -> int:
    """The same, also where whoever reads it goes away before its end, which is not known then."""
    try:
        code = main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
