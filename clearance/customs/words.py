"""Names and meanings of a customs system's codes and reference numbers, in a language."""

from __future__ import annotations

from clearance.customs import systems
from clearance.customs.references import kinds
from clearance.model import Words, in_language


def meaning(system: str, kind: str, code: str | None, sub: str | None = None) -> Words | None:
    """The meaning of a code, or None if the system's table does not have it."""
    if system not in systems():
        return None
    entry = systems()[system].code(kind, code, sub)
    return entry.words if entry else None


def stage_name(system: str, stage: str | None, lang: str) -> str | None:
    """A customs system's own name of a stage in a language, if it has one."""
    if stage is None or system not in systems():
        return None
    return systems()[system].stage_words.get(stage, {}).get(lang)


def kind_name(kind: str, lang: str) -> str:
    """The usual name of a kind of reference number."""
    return in_language(kinds()[kind].words, lang) if kind in kinds() else kind
