"""Findings of rules, and the alerts that people are notified of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from clearance.model.values import Value, field
from clearance.named_tuples import NamedTuple


class Severity(StrEnum):
    """How soon a person is needed; in rank order."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Finding(Value, kw_only=True):
    """What a rule found in one declaration at one moment.

    ``origin`` identifies it: the ids of the messages of the event it began with, or of the stage
    being waited on; for a code or a plan, its key. ``step`` is the step of a countdown; ``variant``
    chooses among the rule's texts; ``labels`` are matched by silences. ``heard_at`` is when customs
    or people last said anything of the declaration, if customs ever did. ``running`` says what
    those values are worked out of that run on with time (``alerting.running``); None if others do.
    """

    rule: str
    severity: Severity
    since: datetime
    origin: tuple[str, ...]
    values: dict[str, Any]
    declaration: str | None
    references: tuple[str, ...] = ()
    step: int = 0
    variant: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    contact: str | None = None
    heard_at: datetime | None = None
    running: Mapping[str, Sequence[Any]] | None = None


class AlertState(StrEnum):
    """The state of an alert; *pending* and *recovering* are those of rules that wait."""

    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Remark(NamedTuple):
    """What a person says with an acknowledgement or a silence, and who it is; None if not told."""

    note: str | None = None
    who: str | None = None


NOTHING_SAID = Remark()


class Transition(NamedTuple):
    """A change of an alert: when, to what state and severity, why, and what a person said."""

    at: datetime
    state: AlertState
    severity: Severity
    why: str
    said: Remark = NOTHING_SAID


class Silence(NamedTuple):
    """Somebody's decision that nobody is notified of matching alerts until some time."""

    id: str
    match: dict[str, str]
    since: datetime
    until: datetime
    said: Remark = NOTHING_SAID


class PendingDelivery(NamedTuple):
    """A delivery to a channel that has not succeeded; once ``ended``, it is not tried again."""

    channel: str
    filed_at: datetime
    tries: int
    ended: bool
    alerts: tuple[str, ...]
    detail: str


class Alert(Value, kw_only=True):
    """A finding that people are notified of until it is over.

    ``references`` are the index keys of the declaration it is about, so that it is found again
    when the declaration gets another number. ``notified_level`` is the severity's rank and the
    step at the last notification, or that of the baseline, ``notified_at`` its time, ``repeats``
    how many followed it. ``running`` says what those values are worked out of that run on with
    time.
    ``muted_by`` is the id of the alert or the silence that holds notifications back;
    ``silenced_until`` and ``silenced_with`` are filled in to show it: when the silence ends, and
    what was said with it.
    """

    id: str
    rule: str
    severity: Severity
    state: AlertState
    since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    declaration: str | None
    references: tuple[str, ...]
    values: dict[str, Any]
    step: int = 0
    variant: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    contact: str | None = None
    notified_level: tuple[int, int] | None = None
    notified_at: datetime | None = None
    repeats: int = 0
    muted_by: str | None = None
    acknowledged_until: datetime | None = None
    silenced_until: datetime | None = None
    silenced_with: Remark = NOTHING_SAID
    transitions: tuple[Transition, ...] = ()
    running: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def unresolved(self) -> bool:
        """Whether it is not over."""
        return self.state is not AlertState.RESOLVED

    @property
    def remark(self) -> Remark:
        """Who holds it back and why, where somebody has acknowledged or silenced it."""
        if self.state is AlertState.ACKNOWLEDGED:
            turns = (t.said for t in reversed(self.transitions) if t.state is self.state)
            return next(turns, Remark())
        return self.silenced_with

    @property
    def notifiable(self) -> bool:
        """Whether it is firing, and nothing holds notifications back."""
        return self.state is AlertState.FIRING and self.muted_by is None

    @property
    def baseline(self) -> bool:
        """Whether it was taken as told without anybody being told: what was there at the start."""
        return self.notified_level is not None and self.notified_at is None

    @property
    def stands(self) -> bool:
        """Whether it is to be told of where all that stands is told: an acknowledged one too."""
        told = self.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED)
        return told and self.muted_by is None and not self.baseline


def worst_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Alerts by severity, worst first, then since, then id."""
    ranks = list(Severity)
    return tuple(sorted(alerts, key=lambda a: (-ranks.index(a.severity), a.since, a.id)))
