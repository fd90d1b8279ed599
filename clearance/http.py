"""HTTP for channels and sources.

No redirect is followed, because an address may hold a secret. Certificates are always verified, and
no address is logged. An answer is unpacked here and not by httpx, which unpacks all of it before
anyone can look at its size.
"""

from __future__ import annotations

import logging
import time
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they log the address


def client(url: str, timeout: float) -> httpx.Client:
    """A client for an address, with a timeout in seconds; without a proxy for this machine."""
    import httpx

    encrypted = url.startswith("https:")
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=encrypted,
        headers={"accept-encoding": "gzip, deflate"},
    )


def get(url: str, timeout: float) -> None:
    """Requests an address and ignores the answer; raises httpx.HTTPError."""
    with client(url, timeout) as opened, opened.stream("GET", url):
        pass


class TooMuch(Exception):
    """An answer has more bytes than it may, or is packed in a way that nobody asked for."""


def body(answer: httpx.Response, limit: int, until: float) -> bytes:
    """The body of an answer that is streamed, unpacked, of at most ``limit`` bytes.

    ``until`` is a moment of ``time.monotonic``. Raises TooMuch, TimeoutError, and httpx.HTTPError.
    """
    packed = b""
    for part in answer.iter_raw():
        packed += part
        if len(packed) > limit:
            raise TooMuch
        if time.monotonic() > until:
            raise TimeoutError
    ways = answer.headers.get("content-encoding", "").lower().split(",")
    for way in reversed([way.strip() for way in ways if way.strip() not in ("", "identity")]):
        packed = _unpacked(packed, way, limit)
    return packed


def _unpacked(packed: bytes, way: str, limit: int) -> bytes:
    """Bytes with one packing taken off; raises TooMuch."""
    for bits in _WINDOWS.get(way, ()):
        unpacker = zlib.decompressobj(bits)
        try:
            data = unpacker.decompress(packed, limit + 1)
        except zlib.error:
            continue
        if len(data) <= limit:
            return data
        break
    raise TooMuch


_WINDOWS = {
    **dict.fromkeys(("gzip", "x-gzip"), (zlib.MAX_WBITS | 16,)),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
"""The windows of zlib to try for each packing; some servers send bare deflate."""


def below(url: str, name: str) -> str:
    """An address with one more step in its path."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()


def retry_after(written: str) -> float | None:
    """Seconds of a ``Retry-After`` header: a number of them, or a date (RFC 9110, 10.2.3)."""
    from email.utils import parsedate_to_datetime

    if written.isascii() and written.isdecimal():
        return float(written[:9])
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
