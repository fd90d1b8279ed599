"""Slack's incoming webhook.

Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Formatting message text".
The address is the secret. It answers ``ok``, and accepts about one message a
second.
"""

from __future__ import annotations

from typing import Any

from clearance.channels import Accepted, Notification, Refused, Result, Settings, _http, _text
from clearance.secret import Secret

_MAX_CHARS = 3000
"""Characters of a section at most."""
_MARKS = {"title": "*{}*", "section": "\n*{}*", "alert": "• *{}*", "detail": "    {}"}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming webhook."""

    url: Secret

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        answer = _http.post(self.url.address(), body(notification))
        if not isinstance(answer, bytes):
            return answer
        return Accepted() if answer.strip() == b"ok" else Refused("answered something else than ok")


def body(notification: Notification) -> dict[str, Any]:
    """The document that is posted; ``verbatim`` keeps Slack from making links and mentions."""
    lines = _text.lines(notification, _MARKS, _escaped)
    text = _text.fitted(notification, lines, "\n".join, len, _MAX_CHARS)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return {"text": _escaped(notification.title), "blocks": [section]}


def _escaped(text: str) -> str:
    return _text.plain(text).replace("&", "&amp;")
