"""Events: what customs, a data centre or the client said once about a declaration."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from clearance.model.references import Reference
from clearance.named_tuples import NamedTuple


class Stage(StrEnum):
    """How far a declaration has come; in rank order, the two other ends and what is not known last.

    Of two events in one second the one of higher rank is the later, so that a release and a closure
    with the same time are read as released, then closed.
    """

    __hash__ = str.__hash__  # that of an enum is a call of Python for each look-up

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    REVIEWED = "reviewed"
    ACTION_DUE = "action_due"
    INSPECTION = "inspection"
    SUSPENDED = "suspended"
    RELEASED = "released"
    CLEARED = "cleared"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    """Of time between two messages where others are missing: no event has it."""


ENDED = (Stage.CLEARED, Stage.WITHDRAWN)
"""Stages in which customs has nothing more to do with a declaration."""
LEFT_CUSTOMS = (Stage.RELEASED, *ENDED)
"""Stages in which goods no longer wait for customs."""
FINISHED = (Stage.RELEASED, Stage.CLEARED)
"""Stages in which customs has released the goods."""
UNSENT = (Stage.REJECTED, Stage.DRAFT)
"""Stages of a declaration that is still to be sent."""
RANK: dict[Stage | None, int] = {None: -1} | {stage: rank for rank, stage in enumerate(Stage)}
"""Rank of a stage among events of one second; an event without a stage comes first."""

LETTERS: dict[Stage, str] = dict(zip(Stage, "dsauvnihrcxw?", strict=True))
"""The letter of each stage in ``Summary.path``."""


class Flag(StrEnum):
    """What an event does besides its stage."""

    __hash__ = str.__hash__

    GUARANTEE = "guarantee"
    """A release against a guarantee: the goods may leave, the debt is not final."""
    UNDOES = "undoes"
    """Takes back a release or a closure: review reopened, deleted, suspended."""
    RELEASES = "releases"
    """A closure that is also the release, where no release came before it."""
    PART = "part"
    """A release of a part of the goods or of the way: what was asked for is still to be done."""
    TRANSMISSION = "transmission"
    """It is about the transmission of a message, not about the declaration at customs."""
    ACKNOWLEDGES = "acknowledges"
    """It gives a message that was sent its number: each submission has one such answer."""
    AWAITS_REPLY = "awaits_reply"
    """It was sent, and an answer of customs is to come."""
    UNTIL_ACCEPTED = "until_accepted"
    """It moves nothing once the declaration is accepted: then it answers only a request."""
    REQUESTED = "requested"
    """The declarant asked for it."""
    CONTENT = "content"
    """It says what was declared, and nothing of what became of it."""
    SENT = "sent"
    """The declarant sent it: what customs says goes before its facts."""
    NOTICE = "notice"
    """Customs says that something is amiss, and somebody should look at it."""
    UNCLEAR = "unclear"
    """Two meanings of its code are in circulation, and its message does not say which it has."""
    SUMMARY = "summary"
    """It is of the summary of a two-step declaration; such a release is only to pick up."""
    AT_DESTINATION = "at_destination"
    """It orders an inspection at the destination: neither a release nor a closure ends that."""
    BY_HAND = "by_hand"
    """A person said it: no message of customs tells it."""
    UNKNOWN = "unknown"
    """No table of this version has the code: it is kept as written and moves nothing."""


class Event(NamedTuple):
    """What customs, the data centre or the client said once about a declaration.

    ``messages`` holds the ids of every message that says it, smallest first. ``facts`` are strings
    under English names; ``direction`` and ``office`` may follow from a number, ``accepted_at`` is
    the legal time of acceptance. ``action`` is what it asks of the trader: tax, documents,
    attachments, papers, supplement, inspection or return; ``due`` is the deadline. ``received_at``
    is when the file reached the client, by its name. ``sub`` is customs' own subdivision of the
    code. ``rank`` orders events of one second; None is the rank of the stage. Several messages may
    say the same and more: ``whole_at`` is when the last of them was received, where that is later.
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
    whole_at: datetime | None = None

    @property
    def known_at(self) -> datetime | None:
        """When it came to be known: when its file was received, where that is known."""
        return self.received_at or self.at

    @property
    def full_code(self) -> str | None:
        """The code with its subdivision, as people read it: ``11/39``."""
        return f"{self.code}/{self.sub}" if self.code and self.sub else self.code
