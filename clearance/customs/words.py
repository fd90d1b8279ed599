"""Names and meanings of a customs system's codes and reference numbers, in a language."""

from __future__ import annotations

from clearance.customs import systems
from clearance.customs.references import kinds
from clearance.model import Event, Words, in_language


def meanings(event: Event) -> list[Words]:
    """What an event may mean, that which stands first; empty if no table has its code.

    Several only where nothing decides between meanings that are in circulation.
    """
    system = systems().get(event.system)
    return [code.words for code in system.meanings(event)] if system else []


def stage_name(system: str, stage: str | None, lang: str) -> str | None:
    """A customs system's own name of a stage in a language, if it has one."""
    if stage is None or system not in systems():
        return None
    return systems()[system].stage_words.get(stage, {}).get(lang)


def kind_name(kind: str, lang: str, system: str = "") -> str:
    """The name of a kind of reference number: a customs system's own, else the usual one."""
    own = systems()[system].kinds if system in systems() else ()
    found = next((known for known in own if known.name == kind), None) or kinds().get(kind)
    return in_language(found.words, lang) if found else kind
