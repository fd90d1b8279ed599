"""Mutated messages: each is read, or refused with a reason; nothing else happens, and quickly.

``python -m benchmarks.fuzz 200000`` mutates the samples and the demo's messages: bytes flipped,
cut, doubled, swapped between messages, elements repeated or emptied, encodings declared wrongly,
wrapped in envelopes and zip files. It exits with 1 if an input ended in another error than
``Unreadable``, or took longer than a second of CPU and half a second for each megabyte.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from clearance.customs.cn_single_window import demo
from clearance.customs.unpacking import NotUnpacked, unpack
from clearance.errors import Unreadable

SAMPLES = Path(__file__).parent.parent / "samples"
_TOO_LONG, _A_BYTE = 1.0, 0.5e-6
"""Seconds of CPU that no small message may take, and those that a byte may add."""
_TAG = re.compile(rb"<([A-Za-z_]+)>([^<]*)</\1>")
_ODD = (
    b"\0", b"&", b"<", b"]]>", b"<![CDATA[", b"&#0;", b"\xff\xfe", b"\xed\xa0\x80", b"<!DOCTYPE x>",
    "９".encode(), "\u202e".encode(), b"\x1b[31m", b"9999999999999999999999", b"-1", b"1e999",
    b"2026-02-30T25:61:61", b"<a>" * 200,
)  # fmt: skip

Mutation = Callable[[Random, bytes, bytes], bytes]


def _flipped(random: Random, data: bytes, _: bytes) -> bytes:
    changed = bytearray(data)
    for _place in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(random: Random, data: bytes, _: bytes) -> bytes:
    begin, end = sorted(random.choices(range(len(data) + 1), k=2))
    return data[:begin] + data[end:]


def _inserted(random: Random, data: bytes, _: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_ODD) * random.randint(1, 3) + data[place:]


def _spliced(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other)) :]


def _value(random: Random, data: bytes, other: bytes) -> bytes:
    """Another text in one of the elements."""
    tags = list(_TAG.finditer(data))
    if not tags:
        return _flipped(random, data, other)
    tag = random.choice(tags)
    text = random.choice((b"", tag[2] * 50, random.choice(_ODD), tag[2][::-1]))
    return data[: tag.start(2)] + text + data[tag.end(2) :]


def _repeated(random: Random, data: bytes, other: bytes) -> bytes:
    tags = list(_TAG.finditer(data))
    if not tags:
        return _cut(random, data, other)
    tag = random.choice(tags)
    return data[: tag.end()] + tag[0] * random.randint(1, 40) + data[tag.end() :]


def _declared(random: Random, data: bytes, _: bytes) -> bytes:
    name = random.choice((b"GB2312", b"UTF-16", b"ascii", b"x-none", b"utf-8", b"big5"))
    body = re.sub(rb"^<\?xml[^>]*>\s*", b"", data)
    return b'<?xml version="1.0" encoding="' + name + b'"?>' + body


def _enveloped(random: Random, data: bytes, other: bytes) -> bytes:
    inner = base64.b64encode(_flipped(random, data, other) if random.random() < 0.5 else data)
    if random.random() < 0.3:
        inner = inner[: random.randrange(len(inner))]
    return b"<DxpMsg><TransInfo/><Data>" + inner + b"</Data></DxpMsg>"


def _zipped(random: Random, data: bytes, other: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", random.choice((0, 8))) as archive:
        archive.writestr("a.xml", data)
        archive.writestr("b/../c.xml", other)
    packed = file.getvalue()
    return _flipped(random, packed, other) if random.random() < 0.7 else packed


_MUTATIONS: Sequence[Mutation] = (
    _flipped, _cut, _inserted, _spliced, _value, _value, _repeated, _declared, _enveloped, _zipped,
)  # fmt: skip


def seeds() -> list[tuple[str, bytes]]:
    """Messages to begin with, by name."""
    files = [file for file in sorted(SAMPLES.glob("*/*/*")) if file.suffix in (".xml", ".zip")]
    found = [(file.name, file.read_bytes()) for file in files]
    return found + [(file.name, file.data) for file in demo.demo_files()[:60]]


def read(data: bytes, name: str) -> str:
    """``read``, or the kind of refusal of the first part that cannot be read."""
    for document in unpack(data, name):
        if isinstance(document, NotUnpacked):
            return document.why.reason
        try:
            document.events()
        except Unreadable as why:
            return why.reason
    return "read"


def main(count: int, *, timed: bool = True) -> int:
    """Tries so many inputs, and tells what became of them; with ``timed`` to be slow is a fault."""
    random, files = Random(count), seeds()
    ends, faults = Counter[str](), list[str]()
    for number in range(count):
        (name, data), (_, other) = random.sample(files, 2)
        for _ in range(random.choice((1, 1, 2, 4))):
            data = random.choice(_MUTATIONS)(random, data, other) or b"<"
        begun = time.process_time()
        try:
            ends[read(data, name)] += 1
        except Exception as error:
            faults.append(f"input {number}: {type(error).__name__}: {error} {data[:200]!r}")
        if timed and (took := time.process_time() - begun) > _TOO_LONG + _A_BYTE * len(data):
            faults.append(f"input {number}: {took:.1f} s of CPU {data[:200]!r}")
    sys.stdout.write(f"{count} inputs, {len(faults)} faults; {dict(ends.most_common())}\n")
    sys.stdout.write("".join(f"{fault}\n" for fault in faults[:20]))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
