"""One POST to a channel, what its answer means, and signatures.

Every failure becomes a result in our own words, because the errors of httpx hold the address, which
is a secret.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from clearance import http
from clearance.channels import Accepted, Refused, Result, Retry
from clearance.model import replace

if TYPE_CHECKING:
    import httpx

_Read = TypeVar("_Read")

TIMEOUT = 15.0
"""Seconds for all of an answer: Standard Webhooks asks for 15 to 30."""
_MAX_BYTES = 64 * 1024
"""Bytes of an answer that are read at most."""
_MAX_SAID_CHARS = 200
"""Characters of what a receiver says that are kept."""
_LONG_WORD = re.compile(r"[!-~]{17,}")
_MIN_SECRET_CHARS = 6
"""Characters of a part of an address that may be a secret."""
_BUSY = (408, 425, 429)
_TOO_MANY, _GONE = 429, 410
_OUT_OF_REACH = "cannot be reached"
_FOR_GOOD = ("its certificate cannot be trusted", "not an address that can be sent to")
"""Failures after which it is not tried again in a run."""


def post(url: str, document: Any) -> Result | bytes:
    """Posts a document as JSON; returns the body of a 2xx answer.

    Any other answer, or none within ``TIMEOUT``, is returned as a result.
    """
    until = time.monotonic() + TIMEOUT
    try:
        return _posted(url, document, {}, lambda answer: http.body(answer, _MAX_BYTES, until))
    except http.TooMuch:
        return Refused("answered more than an answer can be", unclear=True)


def post_for_status(url: str, document: Any, headers: Mapping[str, str] | None = None) -> Result:
    """Posts a document as JSON, or bytes as they are; any 2xx is success, whatever else it says."""
    return _posted(url, document, headers or {}, lambda _: Accepted())


def _posted(
    url: str, document: Any, headers: Mapping[str, str], read: Callable[[httpx.Response], _Read]
) -> Result | _Read:
    """The result that the status of an answer stands for, or what ``read`` makes of a 2xx one."""
    import httpx

    body = document if isinstance(document, bytes) else packed(document)
    sent = {"content-type": "application/json; charset=utf-8", **headers}
    line = http.Line()
    about = {"trace": line.trace}
    try:
        with (
            line.within(TIMEOUT),
            http.client(url, TIMEOUT) as client,
            client.stream("POST", url, content=body, headers=sent, extensions=about) as answer,
        ):
            return _result_of_status(answer) or read(answer)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
        return _result_of_error(error)


def packed(document: Any) -> bytes:
    """JSON as it is sent: UTF-8, without spaces."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return written.encode(errors="backslashreplace")


def signature(key: bytes, text: bytes) -> str:
    """The HMAC-SHA256 of a text, in base64."""
    import hmac
    from base64 import b64encode
    from hashlib import sha256

    return b64encode(hmac.new(key, text, sha256).digest()).decode()


def post_for_code(
    url: str, document: Any, key: str, results: Mapping[int, Result], *, text: str
) -> Result:
    """Posts a document as JSON; the result is that of the code under a key of the answer.

    0 is the only success; a code that is not among ``results`` is a refusal. What the answer says
    under ``text`` is added to the reason.
    """
    answer = post(url, document)
    if not isinstance(answer, bytes):
        return answer
    try:
        read = json.loads(answer)
        code, said = read[key], read.get(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        code = said = None
    if type(code) is not int:
        return Refused(f"answered no {key}", unclear=True)
    if code == 0:
        return Accepted()
    result = results.get(code) or Refused(f"{key} {code}")
    said = _without_secrets(said, url) if isinstance(said, str) else ""
    if isinstance(result, Accepted) or not said:
        return result
    return replace(result, reason=f"{result.reason}; it says: {said}")


def _without_secrets(said: str, url: str) -> str:
    """What a receiver says, on one short line, without any part of the address, or any long word.

    Words that long are no language: they may be a token, a signature or an address.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    for part in sorted(re.split(r"[/?&=:]", f"{url}/{unquote(url)}"), key=len, reverse=True):
        if len(part) >= _MIN_SECRET_CHARS and part in line:
            line = line.replace(part, "…")
    line = _LONG_WORD.sub("…", line)
    return line if len(line) <= _MAX_SAID_CHARS else f"{line[:_MAX_SAID_CHARS]}…"


def _result_of_status(answer: httpx.Response) -> Result | None:
    """The result that an HTTP status stands for; None if it is 2xx."""
    status = answer.status_code
    if status == _GONE:
        return Refused("HTTP 410: gone for good", permanent=True)
    if status in _BUSY or status >= 500:
        after = http.retry_after(answer.headers.get("retry-after", ""))
        return Retry(f"HTTP {status}", after, unsent=status == _TOO_MANY)
    if 300 <= status < 400:
        return Refused(f"HTTP {status}: a redirect, which is not followed")
    return None if 200 <= status < 300 else Refused(f"HTTP {status}")


def _result_of_error(error: Exception) -> Result:
    why = str(http.failure(error, TIMEOUT))
    return Refused(why) if why in _FOR_GOOD else Retry(why, unsent=why == _OUT_OF_REACH)
