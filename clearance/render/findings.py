"""What rules find, in words: messages of alerts, next steps, and the values that were compared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearance.errors import Phrase
from clearance.model import Alert, Finding, Note, in_language
from clearance.render import errors
from clearance.render.notes import note
from clearance.render.words import joined, provision, punctuated, say, told

if TYPE_CHECKING:
    from clearance.alerting.rules import CannotAssess, Rule

NOTE_VALUE = "no_probability"
"""The value of a finding that is a note: a list of its key and values, as records keep it."""

_MAX_ENTRIES = 20
"""Entries of a list that a text names before it counts the rest."""
_TRANSLATED = ("stage", "direction", "before", "after", "action", "what")
"""Values of findings that are phrases."""
_TOLD = ("trouble", "detail")
"""Values of findings that somebody else said, in English."""
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def message(alert: Alert, lang: str) -> str:
    """What an alert says; customs' own words stand in it as they came."""
    rule = _rule(alert.rule)
    return _filled(rule.words(alert.variant, lang), alert.values, lang) if rule else alert.rule


def finding_text(rule: Rule, finding: Finding, lang: str) -> str:
    """What a finding says."""
    return _filled(rule.words(finding.variant, lang), finding.values, lang)


def values_text(values: Mapping[str, Any], lang: str) -> str:
    """What a rule compared, as ``name value, name value``."""
    return punctuated(", ", lang).join(
        f"{say(name, lang)} {value_text(name, value, lang)}"
        for name, value in values.items()
        if value is not None
    )


def why(outcome: CannotAssess, lang: str) -> str:
    """Why a rule cannot judge."""
    return punctuated(in_language(outcome.why, lang), lang).format_map(_Values(outcome.values))


def next_step(alert: Alert, lang: str) -> str | None:
    """What a person should do about an alert, and whom to call."""
    rule = _rule(alert.rule)
    if rule is None:
        return None
    step = punctuated(in_language(rule.next_step, lang), lang)
    if not alert.contact:
        return step
    return (
        step + punctuated(f" ({say('call', lang)}: ", lang) + alert.contact + punctuated(")", lang)
    )


def look_further(alert: Alert) -> str:
    """The command that shows more of an alert; no foreign number that a shell could interpret."""
    number = alert.declaration or ""
    if number.isascii() and number.replace("-", "").isalnum() and not number.startswith("-"):
        return f"clearance explain {number}"
    return f"clearance alerts show {alert.id}"


def rule_title(name: str, lang: str) -> str:
    """What people call a rule; its name if this version has no such rule."""
    rule = _rule(name)
    return in_language(rule.title, lang) if rule else name


def numbers_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule compared, as JSON has it: notes in English."""
    return {
        name: value_text(name, value, "en")
        if name == NOTE_VALUE or isinstance(value, dict)
        else value
        for name, value in values.items()
    }


def value_note(value: Sequence[Any], lang: str) -> str:
    """The note that a value of a finding is, in a language."""
    return note(Note(*value), lang)


def _rule(name: str) -> Rule | None:
    """A rule by its name; loaded here, since most declarations are shown without an alert."""
    from clearance.alerting.rules import RULES

    return RULES.get(name)


def _filled(template: str, values: Mapping[str, Any], lang: str) -> str:
    known = {name: value for name, value in values.items() if value is not None}
    texts = {name: value_text(name, value, lang) for name, value in known.items()}
    return punctuated(template, lang).format_map(_Values(texts))


class _Values(dict[str, Any]):
    """Values of a template; a missing one is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def value_text(name: str, value: Any, lang: str) -> Any:
    """A value for people: times without seconds and zone, stages by their names."""
    if name == NOTE_VALUE:
        return value_note(value, lang)
    if name == "legal_basis":
        return provision(value, lang)
    if name in _TOLD:
        return told(value, lang)
    if isinstance(value, dict):
        return errors.worded(Phrase.of(value), lang)
    if isinstance(value, list):
        return _list_text(value, lang)
    if name in _TRANSLATED:
        return say(value, lang)
    if name == "stratum":
        return " ".join(say(part, lang) for part in value.split("/"))
    return _time_text(value) if isinstance(value, str) else value


def _list_text(entries: Sequence[Any], lang: str) -> str:
    shown = joined(entries[:_MAX_ENTRIES], lang)
    more = len(entries) - _MAX_ENTRIES
    return f"{shown} +{more}" if more > 0 else shown


def _time_text(value: str) -> str:
    """A time without seconds and zone; any other text as it is."""
    if _ISO_TIME.fullmatch(value):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M")
    return value
