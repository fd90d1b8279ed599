"""HTTP for channels and sources.

No redirect is followed here, because an address may hold a secret. Certificates are always
verified, and no address is logged. An answer is unpacked here and not by httpx, which unpacks all
of it before anyone can look at its size.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clearance.errors import BadArgument, Phrase

if TYPE_CHECKING:
    import socket

    import httpx


def client(url: str, timeout: float) -> httpx.Client:
    """A client for an address, with a timeout in seconds; without a proxy for this machine.

    Raises BadArgument where the environment names a proxy or certificates that cannot be used; it
    does not repeat them, since a proxy may have a password.
    """
    import httpx

    keep_addresses_out_of_logs()
    encrypted = url.startswith("https:")
    try:
        return httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            trust_env=encrypted,
            headers={"accept-encoding": "gzip, deflate"},
        )
    except OSError:
        raise BadArgument(
            "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read"
        ) from None
    except (ImportError, ValueError, httpx.InvalidURL):
        raise BadArgument(
            "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used"
        ) from None


@cache
def keep_addresses_out_of_logs() -> None:
    """Has httpx log warnings only: below that it logs each address."""
    import logging

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def get(url: str, timeout: float) -> int:
    """Requests an address; the status of the answer, of which nothing else is read.

    Raises errors of httpx, which hold the address: ``failure`` words them without it.
    """
    with client(url, timeout) as opened, opened.stream("GET", url) as answer:
        return answer.status_code


def failure(error: BaseException, timeout: float) -> Phrase:
    """Why a request with a timeout in seconds failed, without the address: that may be a secret.

    What was a BadArgument, such as ``client`` raises, says so itself.
    """
    import httpx

    if isinstance(error, BadArgument):
        return error
    if _is_untrusted(error):
        return Phrase("its certificate cannot be trusted")
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Phrase("no answer within {seconds:g} s", seconds=timeout)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return Phrase("cannot be reached")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return Phrase("not an address that can be sent to")
    return Phrase("the connection broke")


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether the certificate of the other side is why an error came."""
    import ssl

    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


class Line:
    """The connection of a client, cut when an answer takes longer than its seconds.

    The timeout of a socket is that of each byte: a server that sends one now and then is waited for
    without end. ``trace`` goes into the extensions of a request of httpx, so that its connection is
    known.
    """

    def __init__(self, connection: socket.socket | None = None) -> None:
        self._cut = False
        self._socket = connection

    def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Takes note of a connection that has been made."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = about["return_value"].get_extra_info("socket")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cuts the connection if what is inside takes longer, and raises TimeoutError then."""
        import threading

        self._cut = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if not self._cut:
                raise
        finally:
            timer.cancel()
        if self._cut:
            raise TimeoutError

    def _end(self) -> None:
        import socket

        self._cut = True
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class TooMuch(Exception):
    """An answer has more bytes than it may, or is packed in a way that nobody asked for."""


def body(answer: httpx.Response, limit: int, until: float) -> bytes:
    """The body of an answer that is streamed, unpacked, of at most ``limit`` bytes.

    ``until`` is a moment of ``time.monotonic``. Raises TooMuch, TimeoutError, and httpx.HTTPError,
    also for a packing that breaks off.
    """
    received = bytearray()
    for part in answer.iter_raw():
        received += part
        if len(received) > limit:
            raise TooMuch
        if time.monotonic() > until:
            raise TimeoutError
    packed = bytes(received)
    ways = answer.headers.get("content-encoding", "").lower().split(",")
    for way in reversed([way.strip() for way in ways if way.strip() not in ("", "identity")]):
        packed = _unpacked(packed, way, limit, until)
    return packed


def _unpacked(packed: bytes, way: str, limit: int, until: float) -> bytes:
    """Bytes with one packing taken off.

    Raises TooMuch, TimeoutError, and httpx.DecodingError if it is cut.
    """
    import httpx

    if way not in _WINDOWS:
        raise TooMuch
    for bits in _WINDOWS[way]:
        with suppress(zlib.error):
            return _inflated(packed, bits, limit, until)
    raise httpx.DecodingError("not packed as it says")


def _inflated(packed: bytes, bits: int, limit: int, until: float) -> bytes:
    """All that is packed, one part after the other; raises zlib.error if the last one is cut.

    Many small parts take long, so TimeoutError is raised between them too.
    """
    data = b""
    while packed:
        if time.monotonic() > until:
            raise TimeoutError
        unpacker = zlib.decompressobj(bits)
        data += unpacker.decompress(packed, limit + 1 - len(data))
        if len(data) > limit:
            raise TooMuch
        if not unpacker.eof:
            raise zlib.error
        packed = unpacker.unused_data if bits > zlib.MAX_WBITS else b""
    return data


_WINDOWS = {
    **dict.fromkeys(("gzip", "x-gzip"), (zlib.MAX_WBITS | 16,)),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
"""The windows of zlib to try for each packing; some servers send bare deflate."""


_MAX_AFTER_SECONDS = 86_400.0
"""The longest time for which a server is left alone because it asks for that."""


def below(url: str, name: str) -> str:
    """An address with one more step in its path."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()


def retry_after(written: str) -> float | None:
    """Seconds of a ``Retry-After`` header: a number of them, or a date (RFC 9110, 10.2.3).

    At most a day, whatever a server asks for; None for what is neither.
    """
    from email.utils import parsedate_to_datetime

    if written.isascii() and written.isdecimal():
        return min(float(written[:9]), _MAX_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(written)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (at - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MAX_AFTER_SECONDS)
