"""WeCom's group robot (企业微信群机器人).

Source: developer.work.weixin.qq.com/document/path/91770. The key in the address is the secret. A
robot that refuses answers HTTP 200 with an ``errcode``; it accepts 20 messages a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clearance.channels import Notification, Refused, Result, Retry, _http, _text
from clearance.channels._mention import Mentioning
from clearance.secret import Secret

_MAX_BYTES = 4096
"""Bytes of markdown in UTF-8 at most."""
_MARKS = {"section": "**{}**", "alert": "**{}**", "detail": "> {}"}
_COLOURS = {"critical": "warning", "warning": "warning", "info": "comment", "over": "info"}
"""It has three: ``warning`` is orange, ``info`` green, ``comment`` grey."""
_RESULTS: dict[int, Result] = {
    -1: Retry("errcode -1: the system is busy"),
    45009: Retry("errcode 45009: too many messages", 60, unsent=True),
    45033: Retry("errcode 45033: too many messages at once", 60, unsent=True),
    40008: Refused("errcode 40008: not a message it takes"),
    40058: Refused("errcode 40058: longer than it takes"),
    93000: Refused("errcode 93000: there is no such robot"),
}


class Channel(Mentioning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A robot in a group; ``url`` has its key. It calls people by their id in the company."""

    FORM = r"[A-Za-z0-9_.-][A-Za-z0-9_.@-]{0,63}"
    EXAMPLE = "ZhangSan"

    url: Secret

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        document = body(notification, self.called(notification))
        return _http.post_for_code(url, document, "errcode", _RESULTS, text="errmsg")


def body(notification: Notification, ids: Sequence[str] = ()) -> dict[str, Any]:
    """The document that is posted."""
    colour = _text.colour(notification, _COLOURS)
    marks = {**_MARKS, "title": f'### <font color="{colour}">{{}}</font>'}
    calls = ["".join(f"<@{id}>" for id in ids)] if ids else []

    def make(lines: Sequence[str]) -> str:
        return "\n".join([*lines, *calls])

    lines = _text.lines(notification, marks, _text.plain)
    text = _text.fitted(
        notification, lines, make, lambda written: len(written.encode()), _MAX_BYTES
    )
    return {"msgtype": "markdown", "markdown": {"content": text}}
