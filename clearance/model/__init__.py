"""The values everything speaks of: references, events, declarations, messages, alerts.

All are immutable and none does any I/O. Times are aware and lie in the zone of the customs system
that wrote them; durations are whole seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clearance.model.declarations import (
    DECIDING,
    INCIDENTAL,
    INTERVALS,
    MILESTONES,
    SAID_MILESTONES,
    TIMED_FACTS,
    Action,
    Declaration,
    Inconsistency,
    Note,
    Now,
    Submission,
    Summary,
    Timings,
    letters_of,
    seconds_of,
)
from clearance.model.events import (
    ENDED,
    FINISHED,
    LEFT_CUSTOMS,
    LETTERS,
    RANK,
    UNSENT,
    Event,
    Flag,
    Stage,
)
from clearance.model.messages import Message, ReceivedAs, Record, Refusal, UnreadNotice
from clearance.model.references import Kind, Reference, Role, Words, in_language, normal
from clearance.model.statements import Effect, Says, Statement, done_in
from clearance.model.values import Deferring, Value, deferred, replace

if TYPE_CHECKING:
    from clearance.model.alerts import (
        NOTHING_SAID,
        Alert,
        AlertState,
        Finding,
        PendingDelivery,
        Remark,
        Severity,
        Silence,
        Transition,
        worst_first,
    )

__all__ = [
    "DECIDING",
    "ENDED",
    "FINISHED",
    "INCIDENTAL",
    "INTERVALS",
    "LEFT_CUSTOMS",
    "LETTERS",
    "MILESTONES",
    "NOTHING_SAID",
    "RANK",
    "SAID_MILESTONES",
    "TIMED_FACTS",
    "UNSENT",
    "Action",
    "Alert",
    "AlertState",
    "Declaration",
    "Deferring",
    "Effect",
    "Event",
    "Finding",
    "Flag",
    "Inconsistency",
    "Kind",
    "Message",
    "Note",
    "Now",
    "PendingDelivery",
    "ReceivedAs",
    "Record",
    "Reference",
    "Refusal",
    "Remark",
    "Role",
    "Says",
    "Severity",
    "Silence",
    "Stage",
    "Statement",
    "Submission",
    "Summary",
    "Timings",
    "Transition",
    "UnreadNotice",
    "Value",
    "Words",
    "deferred",
    "done_in",
    "in_language",
    "letters_of",
    "normal",
    "replace",
    "seconds_of",
    "worst_first",
]

_OF_ALERTS = frozenset(
    {
        "NOTHING_SAID",
        "Alert",
        "AlertState",
        "Finding",
        "PendingDelivery",
        "Remark",
        "Severity",
        "Silence",
        "Transition",
        "worst_first",
    }
)


def __getattr__(name: str) -> Any:
    """What is said of alerts is loaded when it is first asked for: reading messages never does."""
    if name in _OF_ALERTS:
        return getattr(import_module("clearance.model.alerts"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
