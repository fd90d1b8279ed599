"""Feishu's custom bot (飞书自定义机器人), signed where ``secret`` is set.

Source: open.feishu.cn, "自定义机器人使用指南". A bot that refuses answers with a ``code``; it takes
100 messages a minute and 5 a second, fewer on the hour and the half hour.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

from clearance.channels import Notification, Refused, Result, Retry, Settings, _http, _text
from clearance.secret import Secret

LIMIT = 20_000
"""Bytes of a message."""
MARKS = {"title": "{}", "section": "\n{}", "alert": "● {}", "detail": "    {}"}
CODES: dict[int, Result] = {
    9499: Refused("code 9499: not a message it takes"),
    11232: Retry("code 11232: too many messages", 60),
    19001: Refused("code 19001: there is no such bot"),
    19021: Refused("code 19021: the signature is not right, or the clock is an hour off"),
    19022: Refused("code 19022: this machine's address is not allowed there"),
    19024: Refused("code 19024: the keyword set there is not in the message"),
}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bot in a group; ``url`` has its token."""

    url: Secret
    secret: Secret | None = None

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""
        url = self.url.address()
        sign = signature(self.secret.reveal(), int(time.time())) if self.secret else {}
        return _http.result_of(_http.post(url, {**sign, **body(notice)}), "code", CODES)


def signature(secret: str, seconds: int) -> dict[str, str]:
    """The time and its signature: the text is the key, and what is signed is empty."""
    key = f"{seconds}\n{secret}".encode()
    digest = hmac.new(key, b"", hashlib.sha256).digest()
    return {"timestamp": str(seconds), "sign": base64.b64encode(digest).decode()}


def body(notice: Notification) -> dict[str, Any]:
    """What is posted, but for the signature."""

    def make(lines: Sequence[str]) -> dict[str, Any]:
        return {"msg_type": "text", "content": {"text": "\n".join(lines)}}

    lines = _text.lines(notice, MARKS, _text.plain)
    spare = 200  # the signature
    return _text.fitted(notice, lines, make, lambda made: len(_http.packed(made)) + spare, LIMIT)
