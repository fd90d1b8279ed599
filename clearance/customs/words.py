"""What the codes in messages mean: one table per dialect, apart from how its messages are read.

Whoever only shows what was read needs the words and not the reader.
"""

from __future__ import annotations

import importlib


def meaning(dialect: str, kind: str, code: str | None) -> tuple[str, str] | None:
    """What a code means, in Chinese and in English, or None where no table knows it."""
    table = importlib.import_module(f"clearance.customs.{dialect}.codes")
    found: tuple[str, str] | None = table.meaning(kind, code)
    return found
