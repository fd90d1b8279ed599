"""The facts of a declaration, put together from those of its events."""

from __future__ import annotations

from collections.abc import Iterable

from clearance.customs.searching import is_company_code
from clearance.model import Event, Flag

_DAYS = ("declaration_date", "import_export_date", "accepted_at")
"""Facts that are days or moments."""
_PARTIES = ("trader", "owner", "agent")
"""Facts that are names, each with a code beside it."""


def merged(events: Iterable[Event]) -> dict[str, str]:
    """Every fact; a later value replaces an earlier one, and what customs says what was sent.

    A mere date does not replace a time of that day. A party whose name is not known has its code.
    """
    facts: dict[str, str] = {}
    for event in sorted(events, key=lambda event: Flag.SENT not in event.flags):
        for name, value in event.facts:
            if name not in facts or not _says_less(name, value, facts[name]):
                facts[name] = value
    for party in _PARTIES:
        if code := facts.get(f"{party}_code"):
            facts.setdefault(party, code)
    return facts


def _says_less(name: str, value: str, known: str) -> bool:
    """Whether a value says less than the one that is known: a day of a time, a code of a name."""
    if name in _DAYS:
        return known.startswith(value)
    if name not in _PARTIES:
        return False
    return is_company_code(value) and not is_company_code(known)
