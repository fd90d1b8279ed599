"""One POST to a channel, and what its answer means.

Whatever goes wrong comes back as a value in our own words, since the errors of httpx hold the
address, which is a secret.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clearance import http
from clearance.channels import Accepted, Refused, Result, Retry

if TYPE_CHECKING:
    import httpx

TIMEOUT = 15.0
"""Seconds for all of an answer: Standard Webhooks asks for 15 to 30."""
_MAX_BYTES = 64 * 1024
"""Bytes of an answer that are read."""
_BUSY = (408, 425, 429)
_GONE = 410


def post(url: str, document: Any, headers: Mapping[str, str] | None = None) -> Result | bytes:
    """Posts JSON (bytes as they are); the body of a good answer, or what else came of it."""
    import httpx

    body = document if isinstance(document, bytes) else packed(document)
    sent = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    until = time.monotonic() + TIMEOUT
    try:
        with (
            http.client(url, TIMEOUT) as client,
            client.stream("POST", url, content=body, headers=sent) as answer,
        ):
            return _meant(answer) or _read(answer, until)
    except httpx.TimeoutException:
        return Retry(f"no answer within {TIMEOUT:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return _failed(error)


def packed(document: Any) -> bytes:
    """JSON as it is sent: UTF-8, as short as it can be."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return written.encode(errors="backslashreplace")


def result_of(answer: Result | bytes, key: str, codes: Mapping[int, Result]) -> Result:
    """What an application's own code in its answer means; 0 is the only success."""
    if not isinstance(answer, bytes):
        return answer
    try:
        told = json.loads(answer)
        code = told[key]
    except (ValueError, TypeError, KeyError, RecursionError):
        code = None
    if type(code) is not int:
        return Refused(f"answered something else than a {key}")
    return Accepted() if code == 0 else codes.get(code) or Refused(f"{key} {code}")


def _read(answer: httpx.Response, until: float) -> Result | bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _MAX_BYTES:
            return Refused("answered more than an answer can be")
        if time.monotonic() > until:
            return Retry(f"no answer within {TIMEOUT:g} s")
    return body


def _meant(answer: httpx.Response) -> Result | None:
    """What an HTTP status means; None where the body tells."""
    status = answer.status_code
    if status == _GONE:
        return Refused("HTTP 410: gone for good", ends=True)
    if status in _BUSY or status >= 500:
        return Retry(f"HTTP {status}", http.retry_after(answer.headers.get("retry-after", "")))
    if 300 <= status < 400:
        return Refused(f"HTTP {status}: a redirect, which is not followed")
    return None if 200 <= status < 300 else Refused(f"HTTP {status}")


def _failed(error: Exception) -> Result:
    import ssl

    import httpx

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Refused("its certificate cannot be trusted")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return Retry("cannot be reached")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return Refused("not an address that can be sent to")
    return Retry("the connection broke")
