"""Slack's incoming webhook.

Source: docs.slack.dev, "Sending messages using incoming webhooks", "Formatting message text" and,
for a colour, "Secondary message attachments".
The address is the secret. It answers ``ok``, and accepts about one message a
second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clearance.channels import Accepted, Notification, Refused, Result, _http, _text
from clearance.channels._mention import Mentioning
from clearance.secret import Secret

_MAX_CHARS = 3000
"""Characters of a section at most."""
_MARKS = {"title": "*{}*", "section": "\n*{}*", "alert": "• *{}*", "detail": "    {}"}


class Channel(Mentioning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming webhook. It calls people by their member id."""

    FORM = "[UW][0-9A-Z]{5,20}"
    EXAMPLE = "U024BE7LH"

    url: Secret

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        answer = _http.post(self.url.address(), body(notification, self.called(notification)))
        if not isinstance(answer, bytes):
            return answer
        if answer.strip() == b"ok":
            return Accepted()
        return Refused("answered something else than ok", unclear=True)


def body(notification: Notification, ids: Sequence[str] = ()) -> dict[str, Any]:
    """The document that is posted; ``verbatim`` keeps Slack from making links and mentions."""
    title, *lines = _text.lines(notification, _MARKS, _escaped)

    def make(written: Sequence[str]) -> str:
        return "\n".join(written[1:]).strip("\n")

    text = _text.fitted(notification, [title, *lines], make, len, _MAX_CHARS)
    blocks = [_section(text)] if text else []
    blocks += [_section(" ".join(f"<@{id}>" for id in ids))] if ids else []
    colour = _text.colour(notification, _text.COLOURS)
    return {"text": title, "attachments": [{"color": colour, "blocks": blocks}]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _escaped(text: str) -> str:
    return _text.plain(text).replace("&", "&amp;")
