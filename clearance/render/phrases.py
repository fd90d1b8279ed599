"""Errors and phrases in the language of a run; Chinese is loaded only where that is Chinese."""

from __future__ import annotations

from clearance.errors import Phrase


def worded(said: Phrase, lang: str) -> str:
    """An error or a phrase in one line; in English where its template has no Chinese."""
    if lang != "zh":
        return str(said)
    from clearance.render.errors import in_chinese

    return in_chinese(said)
