"""The values everything speaks of: references, stages, events, declarations, findings, alerts.

All are immutable and none does any I/O. Times are aware and lie in the zone of the customs system
that wrote them; durations are whole seconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

Words = Mapping[str, str]
"""A text, or a template of one, in each language by its code; English is the fallback."""


def in_language(words: Words, lang: str) -> str:
    """A text in a language, else in English."""
    return words.get(lang) or words.get("en", "")


class Note(NamedTuple):
    """Why a figure is missing, or what to bear in mind about it.

    ``key`` chooses a wording, which ``render`` has in each language; ``values`` fill it in.
    """

    key: str
    values: dict[str, Any]

    @classmethod
    def of(cls, key: str, **values: Any) -> Note:
        """The note with this wording and these values."""
        return cls(key, values)


class Stage(StrEnum):
    """How far a declaration has come; in rank order, the two ends last.

    Within one second the higher rank is the later event, so that a release and a closure that
    customs stamps alike are read as released, then closed.
    """

    __hash__ = str.__hash__  # that of an enum is a call of Python for each look-up

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    ACTION_DUE = "action_due"
    INSPECTION = "inspection"
    SUSPENDED = "suspended"
    RELEASED = "released"
    CLEARED = "cleared"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


RANK: dict[Stage | None, int] = {None: -1} | {stage: rank for rank, stage in enumerate(Stage)}
"""Rank of a stage within one second; an event without a stage comes first."""

LETTERS: dict[Stage, str] = dict(zip(Stage, "dsaunihrcxw", strict=True))
"""The letter of each stage in ``Summary.path``."""


class Flag(StrEnum):
    """What an event does besides telling a stage."""

    __hash__ = str.__hash__

    GUARANTEE = "guarantee"
    """A release against a guarantee: the goods may go, the debt is not final."""
    UNDOES = "undoes"
    """Takes back a release or a closure: review reopened, deleted, suspended."""
    REVIEWED = "reviewed"
    """Customs' review of the papers is finished."""
    RELEASES = "releases"
    """A closure that is also the release, where no release came before it."""
    TRANSMISSION = "transmission"
    """Says what became of a message on its way, not of a declaration at customs."""
    ACKNOWLEDGES = "acknowledges"
    """Gives a message that was sent its number: each submission has one such answer."""
    AWAITS_REPLY = "awaits_reply"
    """It was sent, and an answer of customs is to come."""
    UNTIL_ACCEPTED = "until_accepted"
    """Moves nothing once the declaration is accepted: then only a request was answered."""
    REQUESTED = "requested"
    """The declarant asked for it."""
    UNKNOWN = "unknown"
    """The code is in no table of this version: kept raw, moves nothing."""


class Role(StrEnum):
    """How far a reference number names one declaration."""

    __hash__ = str.__hash__

    OFFICIAL = "official"
    """Customs gives it once: declarations with two of them are two."""
    JOINING = "joining"
    """A data centre gives it once: all events that bear it are one declaration's."""
    OWN = "own"
    """The declarant's own reference: joins too, but may be used again for another declaration."""
    GROUP = "group"
    """Finds declarations and never joins them."""
    FILE = "file"
    """Base name of the outgoing file: the only link of an event that carries no number at all."""


class Kind(NamedTuple):
    """A kind of reference number: its name in JSON, its role, and what people call it."""

    name: str
    role: Role
    words: Words


class Reference(NamedTuple):
    """A number that names a declaration, or something it belongs to."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """What an index files it under: the kind and the value as a reader may write it."""
        return f"{self.kind}:{normal(self.value)}"


def normal(number: str) -> str:
    """A number without regard to spaces, full-width characters and the case of letters."""
    if not number.isascii():
        number = unicodedata.normalize("NFKC", number)
        number = number.encode(errors="backslashreplace").decode()
    return "".join(number.split()).casefold()


class Event(NamedTuple):
    """What customs, the data centre or the client said once about a declaration.

    ``messages`` holds the ids of every message that said it, smallest first. ``facts`` are
    strings under English names; ``direction`` and ``office`` among them speak for the numbers,
    ``accepted_at`` is the legal time of acceptance. ``action`` is what it asks of the trader: tax,
    documents, attachments, papers, supplement, inspection or return; ``due`` is until when.
    ``received_at`` is when the file reached the client, by its name. ``sub`` is customs' own
    subdivision of the code. ``rank`` is the place among events of one second, the stage's if None.
    """

    system: str
    kind: str
    code: str | None
    stage: Stage | None
    at: datetime | None
    note: str | None
    serial: str | None
    received_at: datetime | None
    references: tuple[Reference, ...]
    facts: tuple[tuple[str, str], ...]
    action: str | None
    flags: tuple[Flag, ...]
    messages: tuple[str, ...]
    sub: str | None = None
    due: datetime | None = None
    rank: int | None = None

    @property
    def full_code(self) -> str | None:
        """The code with its subdivision, as people read it: ``11/39``."""
        return f"{self.code}/{self.sub}" if self.code and self.sub else self.code


class Action(NamedTuple):
    """Something to be done that the stage does not show, such as after a release."""

    action: str
    since: datetime
    note: str | None
    message: str
    due: datetime | None = None


class Submission(NamedTuple):
    """One sending of a declaration, up to its return or withdrawal if it came to that."""

    since: datetime | None
    declared_at: datetime | None
    outcome: str | None
    """``returned``, ``withdrawn`` or null."""


class Inconsistency(NamedTuple):
    """Something in a timeline that does not add up; never averaged in, never hidden.

    ``kind`` chooses a wording, as in ``Note``; ``values`` are what JSON can hold.
    """

    kind: str
    values: dict[str, Any]
    message: str | None


INTERVALS: dict[str, tuple[str, str]] = {
    "arrive-declare": ("arrived_at", "first_declared_at"),
    "submit-accept": ("declared_at", "accepted_at"),
    "accept-review": ("accepted_at", "reviewed_at"),
    "exam": ("examined_from", "examined_until"),
    "tax": ("tax_noticed_at", "tax_paid_at"),
    "accept-release": ("accepted_at", "released_at"),
    "declare-release": ("declared_at", "released_at"),
    "release-close": ("released_at", "cleared_at"),
    "declare-close": ("declared_at", "cleared_at"),
    "first-close": ("first_declared_at", "cleared_at"),
}
"""An interval's name and the two milestones it lies between."""

MILESTONES = (
    "first_declared_at",
    "declared_at",
    "accepted_at",
    "reviewed_at",
    "examined_from",
    "examined_until",
    "released_at",
    "cleared_at",
    "withdrawn_at",
)
"""Moments of a declaration that figures are made of: fields of ``Summary`` and ``Timings``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is derived from a declaration's events, without the events themselves.

    ``system`` is the customs system of its first event; ``name`` the number a reader knows it by.
    A milestone that has not happened, or was undone and has not happened again, is None.
    ``arrived_at`` and the two milestones of tax are in no message of customs. ``path`` tells the
    stages it came to since it was first declared, each by its letter and the seconds since then:
    ``s,0,a,10,u,3610,r,7200``.
    """

    system: str
    name: str
    references: dict[str, tuple[str, ...]]
    direction: str | None = None
    office: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    stage: Stage | None = None
    since: datetime | None = None
    first_declared_at: datetime | None = None
    declared_at: datetime | None = None
    accepted_at: datetime | None = None
    reviewed_at: datetime | None = None
    examined_from: datetime | None = None
    examined_until: datetime | None = None
    released_at: datetime | None = None
    cleared_at: datetime | None = None
    withdrawn_at: datetime | None = None
    last_at: datetime | None = None
    path: str = ""
    guaranteed: bool = False
    outstanding: tuple[Action, ...] = ()
    submissions: tuple[Submission, ...] = ()
    inconsistencies: tuple[Inconsistency, ...] = ()

    @property
    def open(self) -> bool:
        """Neither cleared nor withdrawn; a returned declaration is open."""
        return self.stage not in (Stage.CLEARED, Stage.WITHDRAWN)

    @property
    def returned(self) -> bool:
        """Whether any submission of it was returned."""
        return any(submission.outcome == "returned" for submission in self.submissions)

    def interval(self, name: str) -> int | None:
        """Whole seconds between the two milestones of ``INTERVALS[name]``, or None."""
        start: datetime | None
        end: datetime | None
        start, end = (getattr(self, milestone, None) for milestone in INTERVALS[name])
        if start is None or end is None:
            return None
        return int((end - start).total_seconds())

    @property
    def numbers(self) -> list[str]:
        """Its numbers of every kind."""
        return [value for values in self.references.values() for value in values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Summary):
    """A declaration with its timeline: every event, in order."""

    events: tuple[Event, ...]


class Timings(NamedTuple):
    """What a report needs of a declaration: how it went through customs, times in Unix seconds.

    What is named as in ``Summary`` is what stands there, milestones among it, so that ``INTERVALS``
    names their ends too; the rest are facts, under their names. Stores keep it by name: a field
    that is added has a default, which is what it has in a row that was written before.
    """

    system: str
    direction: str | None = None
    office: str | None = None
    stage: str | None = None
    guaranteed: bool = False
    returned: bool = False
    first_declared_at: int | None = None
    declared_at: int | None = None
    accepted_at: int | None = None
    reviewed_at: int | None = None
    examined_from: int | None = None
    examined_until: int | None = None
    released_at: int | None = None
    cleared_at: int | None = None
    withdrawn_at: int | None = None
    name: str = ""
    path: str = ""
    transport_mode: str | None = None
    trade_mode: str | None = None
    agent: str | None = None
    trader: str | None = None
    hs_code: str | None = None
    country: str | None = None

    @classmethod
    def of(cls, summary: Summary) -> Timings:
        """The timings of a declaration."""
        derived: dict[str, Any] = {name: getattr(summary, name) for name in _TIMED}
        facts: dict[str, Any] = {name: summary.facts.get(name) for name in TIMED_FACTS}
        return cls(**derived, **_milestones(summary), **facts)


TIMED_FACTS = tuple(name for name in Timings._fields if not hasattr(Summary, name))
"""Facts of a declaration that a report can group by: what of its timings is no field of its own."""
_TIMED = tuple(name for name in Timings._fields if name not in {*MILESTONES, *TIMED_FACTS})


def _milestones(summary: Summary) -> dict[str, Any]:
    """A declaration's milestones in Unix seconds."""
    moments = ((name, getattr(summary, name)) for name in MILESTONES)
    return {name: int(at.timestamp()) if at else None for name, at in moments}


class ReceivedAs(NamedTuple):
    """A name that a message came under, and the envelope's time as written, empty without one."""

    name: str
    sent: str = ""


class Message(NamedTuple):
    """A message as received: its bytes whole, every name it came under, when first seen.

    ``id`` is ``sha256:`` and 64 hexadecimal digits.
    """

    id: str
    data: bytes
    received_as: tuple[ReceivedAs, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that could not be read, and why.

    ``data`` holds the bytes whole up to the size a message may have, of a larger one its
    beginning; ``size`` is what it really measured.
    """

    id: str
    name: str
    kind: str
    reason: str
    size: int
    seen_at: datetime
    data: bytes
    sent: str | None = None


class UnreadNotice(NamedTuple):
    """That a message could not be read: its id, name, sort of trouble, reason, and when."""

    id: str
    name: str
    kind: str
    reason: str
    seen_at: datetime


class Severity(StrEnum):
    """How soon a person is needed; in rank order."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule saw in one declaration at one moment.

    ``origin`` holds the ids of the messages that told the event it began with, or the stage event
    being waited on; of a finding about a code or a plan, what stands for it. ``step`` counts the
    steps of a countdown; ``variant`` chooses among the rule's texts; ``labels`` are what a silence
    can match.
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


class AlertState(StrEnum):
    """Where an alert is in its life; *pending* and *recovering* are those of rules that wait."""

    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Transition(NamedTuple):
    """A turn in the life of an alert: when, to what state and severity, and by what."""

    at: datetime
    state: AlertState
    severity: Severity
    why: str


class Silence(NamedTuple):
    """A person's word that what matches is not to be told until some time."""

    id: str
    match: dict[str, str]
    since: datetime
    until: datetime


class PendingDelivery(NamedTuple):
    """A delivery to a channel that is not made; ``ended``: it never will be."""

    channel: str
    filed_at: datetime
    tries: int
    ended: bool
    alerts: tuple[str, ...]
    detail: str


class Record(NamedTuple):
    """A small document that a store keeps: an alert, a plan, a delivery.

    ``document`` holds what JSON can; ``keys`` are what it is filed under besides its id.
    """

    kind: str
    id: str
    document: dict[str, Any]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A finding that people are told of, until it is over.

    ``references`` are the index keys of the declaration it is about, so that it is found again
    when the declaration gets another number. ``notified_level`` is the severity's rank and the
    step at the last notification, ``notified_at`` its time, ``repeats`` how many followed it.
    ``muted_by`` is the id of the alert or the silence that holds notifications back.
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
    transitions: tuple[Transition, ...] = ()

    @property
    def unresolved(self) -> bool:
        """Not over."""
        return self.state is not AlertState.RESOLVED

    @property
    def notifiable(self) -> bool:
        """Firing, and nobody has said that it need not be told."""
        return self.state is AlertState.FIRING and self.muted_by is None


def worst_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Alerts by severity, worst first, then since, then id."""
    ranks = list(Severity)
    return tuple(sorted(alerts, key=lambda a: (-ranks.index(a.severity), a.since, a.id)))
