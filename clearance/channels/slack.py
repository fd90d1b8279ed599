"""Slack's incoming webhook.

Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Formatting message text".
The address is the secret. It answers ``ok``; it takes about one message a second.
"""

from __future__ import annotations

from typing import Any

from clearance.channels import Accepted, Notification, Refused, Result, Settings, _http, _text
from clearance.secret import Secret

LIMIT = 3000
"""Characters of a section."""
MARKS = {"title": "*{}*", "section": "\n*{}*", "alert": "• *{}*", "detail": "    {}"}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming webhook."""

    url: Secret

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""
        answer = _http.post(self.url.address(), body(notice))
        if not isinstance(answer, bytes):
            return answer
        return Accepted() if answer.strip() == b"ok" else Refused("answered something else than ok")


def body(notice: Notification) -> dict[str, Any]:
    """What is posted; ``verbatim`` makes no link or mention of what looks like one."""
    lines = _text.lines(notice, MARKS, _escaped)
    text = _text.fitted(notice, lines, "\n".join, len, LIMIT)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return {"text": _escaped(notice.title), "blocks": [section]}


def _escaped(text: str) -> str:
    return _text.plain(text).replace("&", "&amp;")
