"""HTTP for channels and sources.

No redirect is followed, because an address may hold a secret. Certificates are always verified, and
no address is logged.
"""

from __future__ import annotations

import logging
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
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=encrypted)


def get(url: str, timeout: float) -> None:
    """Requests an address and ignores the answer; raises httpx.HTTPError."""
    with client(url, timeout) as opened, opened.stream("GET", url):
        pass


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
