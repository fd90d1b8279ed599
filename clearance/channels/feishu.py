"""Feishu's custom bot (飞书自定义机器人), signed where ``secret`` is set.

Source: open.feishu.cn, "自定义机器人使用指南". A bot that refuses answers with a ``code``; it
accepts 100 messages a minute and 5 a second, fewer on the hour and the half hour.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from clearance.channels import Notification, Refused, Result, Retry, _http, _text
from clearance.channels._mention import Mentioning
from clearance.secret import Secret

_MAX_BYTES = 20_000
"""Bytes of a message at most."""
_SIGNATURE_BYTES = 200
"""Bytes that the signature and its time need at most."""
_MARKS = {"title": "{}", "section": "\n{}", "alert": "● {}", "detail": "    {}"}
_COLOURS = {"critical": "red", "warning": "orange", "info": "blue", "over": "green"}
_RESULTS: dict[int, Result] = {
    9499: Refused("code 9499: not a message it takes"),
    11232: Retry("code 11232: too many messages", 60, unsent=True),
    19001: Refused("code 19001: there is no such bot"),
    19021: Refused("code 19021: the signature is not right, or the clock is an hour off"),
    19022: Refused("code 19022: this machine's address is not allowed there"),
    19024: Refused("code 19024: the keyword set there is not in the message"),
}


class Channel(Mentioning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bot in a group; ``url`` has its token. It calls people by their open id."""

    FORM = "ou_[0-9A-Za-z]{6,64}"
    EXAMPLE = "ou_18eac85d35a26f989317ad4f02e8bbbb"

    url: Secret
    secret: Secret | None = None

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        sign = signature(self.secret.reveal(), int(time.time())) if self.secret else {}
        document = {**sign, **body(notification, self.called(notification))}
        return _http.post_for_code(url, document, "code", _RESULTS, text="msg")


def signature(secret: str, seconds: int) -> dict[str, str]:
    """The time and its signature: the text is the key, and the signed message is empty."""
    key = f"{seconds}\n{secret}".encode()
    return {"timestamp": str(seconds), "sign": _http.signature(key, b"")}


def body(notification: Notification, ids: Sequence[str] = ()) -> dict[str, Any]:
    """The document that is posted, without the signature: a card whose text is read as no markup.

    Only the element that calls people is, and nothing stands in it but their ids.
    """
    template = _text.colour(notification, _COLOURS)
    calls = [{"tag": "markdown", "content": "".join(f"<at id={id}></at>" for id in ids)}]

    def make(lines: Sequence[str]) -> dict[str, Any]:
        text = {"tag": "plain_text", "content": "\n".join(lines[1:]).strip("\n")}
        card = {
            "config": {"wide_screen_mode": True},
            "header": {"template": template, "title": {"tag": "plain_text", "content": lines[0]}},
            "elements": [{"tag": "div", "text": text}, *(calls if ids else [])],
        }
        return {"msg_type": "interactive", "card": card}

    lines = _text.lines(notification, _MARKS, _text.plain)

    def size(message: dict[str, Any]) -> int:
        return len(_http.packed(message)) + _SIGNATURE_BYTES

    return _text.fitted(notification, lines, make, size, _MAX_BYTES)
