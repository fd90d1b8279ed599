"""DingTalk's group robot (钉钉自定义机器人), signed where ``secret`` is set.

Source: open.dingtalk.com, "自定义机器人接入" and "自定义机器人安全设置". A robot that refuses
answers HTTP 200 with an ``errcode``. It accepts 20 messages a minute and is then blocked for ten
minutes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from clearance.channels import Notification, Refused, Result, Retry, _http, _text
from clearance.channels._mention import Mentioning
from clearance.secret import Secret

_MAX_BYTES = 20_000
"""Bytes of a message at most."""
_MARKS = {"title": "### {}", "section": "#### {}", "alert": "**{}**", "detail": "> {}"}
_RESULTS: dict[int, Result] = {
    -1: Retry("errcode -1: the system is busy"),
    130101: Retry("errcode 130101: too many messages", 600, unsent=True),
    310000: Refused("errcode 310000: the signature, keyword or address is not what is set there"),
    300001: Refused("errcode 300001: there is no such token"),
    400013: Refused("errcode 400013: the group is dissolved"),
    400101: Refused("errcode 400101: there is no such token"),
}


class Channel(Mentioning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A robot in a group; ``url`` has its access token, ``secret`` begins with ``SEC``.

    It calls people by their mobile number.
    """

    FORM = r"\+?[0-9]([0-9-]{4,18})[0-9]"
    EXAMPLE = "13800000000"

    url: Secret
    secret: Secret | None = None

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        if self.secret:
            url = signed(url, self.secret.reveal(), round(time.time() * 1000))
        document = body(notification, self.called(notification))
        return _http.post_for_code(url, document, "errcode", _RESULTS, text="errmsg")


def signed(url: str, secret: str, milliseconds: int) -> str:
    """The address with the time and its signature, percent-encoded once."""
    text = f"{milliseconds}\n{secret}"
    sign = quote_plus(_http.signature(secret.encode(), text.encode()))
    return f"{url}{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={sign}"


def body(notification: Notification, mobiles: Sequence[str] = ()) -> dict[str, Any]:
    """The document that is posted; who is called must stand in its text too."""
    calls = [" ".join(f"@{mobile}" for mobile in mobiles)] if mobiles else []

    def make(lines: Sequence[str]) -> dict[str, Any]:
        return {
            "msgtype": "markdown",
            "markdown": {"title": notification.title, "text": "\n\n".join([*lines, *calls])},
            "at": {"atMobiles": list(mobiles), "isAtAll": False},
        }

    lines = _text.lines(notification, _MARKS, _text.plain)
    return _text.fitted(
        notification, lines, make, lambda message: len(_http.packed(message)), _MAX_BYTES
    )
