"""What is said of a system's codes and reference numbers, in a language."""

from __future__ import annotations

from clearance.customs import systems
from clearance.customs.references import kinds
from clearance.model import Words, in_language


def meaning(system: str, kind: str, code: str | None, sub: str | None = None) -> Words | None:
    """What a code means, or None where no table knows it."""
    known = systems().get(system)
    found = known.code(kind, code, sub) if known else None
    return found.words if found else None


def stage_name(system: str, stage: str | None, lang: str) -> str | None:
    """What a customs system calls a stage in a language, where it has a word of its own."""
    known = systems().get(system)
    return known.stage_words.get(stage or "", {}).get(lang) if known else None


def kind_name(kind: str, lang: str) -> str:
    """What people call a kind of reference number."""
    known = kinds().get(kind)
    return in_language(known.words, lang) if known else kind
