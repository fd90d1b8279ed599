"""One message, or one zip file, on standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

from clearance.customs.limits import HEAD, MAGIC, MAX_BYTES
from clearance.sources import Item
from clearance.sources.zip import items as zip_items

_NAME = "stdin"


def items() -> Iterator[Item]:
    """The items on standard input."""
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if data.startswith(MAGIC):
        yield from zip_items(io.BytesIO(data + sys.stdin.buffer.read()), Item(_NAME, b""))
    elif len(data) <= MAX_BYTES:
        yield Item(_NAME, data)
    else:
        rest = sum(map(len, iter(lambda: sys.stdin.buffer.read(1 << 20), b"")))
        yield Item(_NAME, data[:HEAD], len(data) + rest)
