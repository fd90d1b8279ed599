"""A Microsoft Teams channel, by a Workflows webhook that posts what it receives.

Source: learn.microsoft.com, "Create incoming webhooks with Workflows", and adaptivecards.io for
``TextRun``, in which no markdown is read. The address is the secret; a message has 28 kB
at most.
"""

from __future__ import annotations

import re
from typing import Any

from clearance.channels import Line, Notification, Result, Settings, _http, _text
from clearance.secret import Secret

_MAX_BYTES = 28 * 1024
"""Bytes of a message at most."""
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"weight": "Bolder", "size": "Large"},
    "section": {"weight": "Bolder", "size": "Medium"},
    "alert": {"weight": "Bolder"},
    "detail": {},
}

_COLOURS = {"critical": "Attention", "warning": "Warning", "info": "Accent", "over": "Good"}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workflow that posts to a channel."""

    url: Secret

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        return _http.post_for_status(self.url.address(), body(notification))


def body(notification: Notification) -> dict[str, Any]:
    """The document that is posted: a card with a block for each line."""
    kinds = [line.kind for line in (Line("title", ""), *notification.lines)]

    def make(lines: Any) -> dict[str, Any]:
        blocks = [_block(*line) for line in zip([*kinds, "detail"], lines, strict=False)]
        blocks[0]["inlines"][0]["color"] = _text.colour(notification, _COLOURS)
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        }
        kind = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}

    lines = _text.lines(notification, dict.fromkeys(_LOOKS, "{}"), _escaped)
    return _text.fitted(
        notification, lines, make, lambda message: len(_http.packed(message)), _MAX_BYTES
    )


def _block(kind: str, text: str) -> dict[str, Any]:
    run = {"type": "TextRun", "text": text, **_LOOKS[kind]}
    spacing = "Small" if kind == "detail" else "Medium"
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [run]}


def _escaped(text: str) -> str:
    """Text without a macro such as ``{{DATE(…)}}``, all that a text run reads, or a mention.

    However many braces there are, no two of them stand together.
    """
    return re.sub(r"([{}])(?=[{}])", r"\1 ", text).replace("<at>", "＜at＞")
