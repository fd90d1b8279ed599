"""A Microsoft Teams channel, by a Workflows webhook that posts what it receives.

Source: learn.microsoft.com, "Create incoming webhooks with Workflows", and adaptivecards.io for
``TextRun``, in which no markdown is read. The address is the secret; a message has 28 kB.
"""

from __future__ import annotations

from typing import Any

from clearance.channels import Accepted, Line, Notification, Result, Settings, _http, _text
from clearance.secret import Secret

LIMIT = 28 * 1024
"""Bytes of a message."""
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"weight": "Bolder", "size": "Large"},
    "section": {"weight": "Bolder", "size": "Medium"},
    "alert": {"weight": "Bolder"},
    "detail": {},
}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workflow that posts to a channel."""

    url: Secret

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""
        answer = _http.post(self.url.address(), body(notice))
        return Accepted() if isinstance(answer, bytes) else answer


def body(notice: Notification) -> dict[str, Any]:
    """What is posted: a card with a block for each line."""
    kinds = [line.kind for line in (Line("title", ""), *notice.lines)]

    def make(lines: Any) -> dict[str, Any]:
        blocks = [_block(*line) for line in zip([*kinds, "detail"], lines, strict=False)]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        }
        kind = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}

    lines = _text.lines(notice, dict.fromkeys(LOOKS, "{}"), _escaped)
    return _text.fitted(notice, lines, make, lambda made: len(_http.packed(made)), LIMIT)


def _block(kind: str, text: str) -> dict[str, Any]:
    run = {"type": "TextRun", "text": text, **LOOKS[kind]}
    spacing = "Small" if kind == "detail" else "Medium"
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [run]}


def _escaped(text: str) -> str:
    """Text without the one thing that a text run reads: ``{{DATE(…)}}``, and without mentions."""
    return text.replace("{{", "{ {").replace("<at>", "＜at＞")
