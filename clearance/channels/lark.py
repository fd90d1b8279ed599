"""Lark's custom bot: Feishu's, on its international address."""

from __future__ import annotations

from clearance.channels.feishu import Channel

__all__ = ["Channel"]
