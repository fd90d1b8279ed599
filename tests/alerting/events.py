"""Events of no customs system in particular, and what a rule says of a declaration made of them.

The system is called ``elsewhere``. Nothing but roles of references and flags says what an event
does, so that what holds here holds for every system.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from clearance.alerting.rules import RULES, Context
from clearance.customs.cn_single_window import ZONE
from clearance.model import Declaration, Event, Finding, Flag, Reference, Stage
from clearance.timelines import derive

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
OFFICIAL, JOINING = "entry_no", "unified_no"
"""Kinds of reference with these roles."""


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def event(
    stage: Stage | None,
    hours: float,
    *flags: Flag,
    received: float | None = None,
    action: str | None = None,
    due: float | None = None,
    rank: int | None = None,
    numbers: tuple[tuple[str, str], ...] = ((OFFICIAL, "1"),),
    facts: tuple[tuple[str, str], ...] = (),
) -> Event:
    """An event some hours after the start; times not given are the same or none."""
    return Event(
        system="elsewhere",
        kind="message",
        code=f"{stage}",
        stage=stage,
        at=at(hours),
        note=None,
        serial=None,
        received_at=at(hours if received is None else received),
        references=tuple(Reference(kind, value) for kind, value in numbers),
        facts=facts,
        action=action,
        flags=flags,
        messages=(f"{stage} {hours} {action}",),
        due=None if due is None else at(due),
        rank=rank,
    )


def declaration(*events: Event) -> Declaration:
    (linked,) = derive.link(events)
    return linked


def findings(rule: str, *events: Event, hours: float = 100) -> list[Finding]:
    """What a rule finds in the declaration of some events, some hours after the start."""
    outcomes = RULES[rule].outcomes(declaration(*events), Context(at(hours)))
    return [outcome for outcome in outcomes if isinstance(outcome, Finding)]


def variants(rule: str, *events: Event, hours: float = 100) -> list[str]:
    return [finding.variant for finding in findings(rule, *events, hours=hours)]
