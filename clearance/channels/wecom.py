"""WeCom's group robot (企业微信群机器人).

Source: developer.work.weixin.qq.com/document/path/91770. The key in the address is the secret. A
robot that refuses answers HTTP 200 with an ``errcode``; it accepts 20 messages a minute.
"""

from __future__ import annotations

from typing import Any

from clearance.channels import Notification, Refused, Result, Retry, Settings, _http, _text
from clearance.secret import Secret

_MAX_BYTES = 4096
"""Bytes of markdown in UTF-8 at most."""
_MARKS = {"title": "### {}", "section": "**{}**", "alert": "**{}**", "detail": "> {}"}
_RESULTS: dict[int, Result] = {
    -1: Retry("errcode -1: the system is busy"),
    45009: Retry("errcode 45009: too many messages", 60),
    45033: Retry("errcode 45033: too many messages at once", 60),
    40008: Refused("errcode 40008: not a message it takes"),
    40058: Refused("errcode 40058: longer than it takes"),
    93000: Refused("errcode 93000: there is no such robot"),
}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A robot in a group; ``url`` has its key."""

    url: Secret

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        return _http.post_for_code(url, body(notification), "errcode", _RESULTS, text="errmsg")


def body(notification: Notification) -> dict[str, Any]:
    """The document that is posted."""
    lines = _text.lines(notification, _MARKS, _text.plain)
    text = _text.fitted(
        notification, lines, "\n".join, lambda written: len(written.encode()), _MAX_BYTES
    )
    return {"msgtype": "markdown", "markdown": {"content": text}}
