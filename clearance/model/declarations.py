"""Declarations: the values derived from their events, and those that reports need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clearance.model.events import ENDED, UNSENT, Event, Flag, Stage
from clearance.model.statements import Says, Statement, done_in
from clearance.model.values import Value, field
from clearance.named_tuples import NamedTuple


class Now(datetime):
    """The moment by the clock, rather than one that somebody names.

    By now everything is known that was read in; of another moment only what was known by then.
    """


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


class Action(NamedTuple):
    """Something to do that the stage does not show, such as after a release."""

    action: str
    since: datetime
    note: str | None
    message: str
    due: datetime | None = None


class Submission(NamedTuple):
    """One submission of a declaration, up to its return or withdrawal, if there was one."""

    since: datetime | None
    declared_at: datetime | None
    outcome: str | None
    """``returned``, ``withdrawn`` or null."""
    note: str | None = None
    """What customs wrote with a return."""


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
    "arrive-release": ("arrived_at", "released_at"),
    "arrive-gateout": ("arrived_at", "gated_out_at"),
    "arrive-depart": ("arrived_at", "departed_at"),
}
"""An interval's name and the two milestones it lies between."""

MILESTONES = (
    "first_declared_at",
    "declared_at",
    "dated_at",
    "accepted_at",
    "reviewed_at",
    "examined_from",
    "examined_until",
    "tax_noticed_at",
    "released_at",
    "cleared_at",
    "withdrawn_at",
)
"""Moments of a declaration that its messages tell: fields of ``Summary`` and ``Timings``."""

SAID_MILESTONES = ("arrived_at", "tax_paid_at", "gated_out_at", "departed_at")
"""Moments that only people tell: fields of both too, None until what they said is applied."""


_ASIDE = {Flag.CONTENT, Flag.BY_HAND}
"""Flags of events that are no word of customs about what became of a declaration."""
_NOT_SENT_AGAIN = ("sent_again", "replaced_by", "given_up")
"""Kinds of inconsistency that say why this declaration is not sent again itself."""
_BY_HAND: Mapping[tuple[Says, str | None], tuple[str, ...]] = {
    (Says.EVENT, Stage.SUBMITTED): ("first_declared_at", "declared_at"),
    (Says.EVENT, Stage.ACCEPTED): ("accepted_at",),
    (Says.EVENT, Stage.REVIEWED): ("reviewed_at",),
    (Says.EVENT, Stage.INSPECTION): ("examined_from",),
    (Says.EVENT, Stage.RELEASED): ("released_at",),
    (Says.EVENT, Stage.CLEARED): ("cleared_at",),
    (Says.EVENT, Stage.WITHDRAWN): ("withdrawn_at",),
    (Says.DONE, "inspection"): ("examined_until",),
    (Says.DONE, "tax"): ("tax_paid_at",),
}
"""Milestones that a statement may tell, by what it does and what it is about."""


def _plain(text: str | None) -> str:
    """A text on one line."""
    return " ".join((text or "").split())


class Summary(Value, kw_only=True):
    """What is derived from a declaration's events, without the events themselves.

    ``system`` is the customs system of its first event; ``name`` the number people know it by. A
    milestone that has not happened, or was undone and has not happened again, is None.
    ``last_at`` is the time of the last event that says what became of it.
    ``dated_at`` is the moment of the declaration date, where customs writes one that fits.
    ``SAID_MILESTONES`` are in no message of customs, so no store keeps them here, but for a payment
    that people said by hand. ``asked_again`` is what customs asked for once more while it was
    outstanding, or an inspection under way. ``statements`` are what people said, in its order.
    ``path`` lists the stages it came to since it was first declared, each by its letter and the
    seconds since then: ``s,0,a,10,u,3610,r,7200``.
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
    dated_at: datetime | None = None
    accepted_at: datetime | None = None
    reviewed_at: datetime | None = None
    examined_from: datetime | None = None
    examined_until: datetime | None = None
    tax_noticed_at: datetime | None = None
    released_at: datetime | None = None
    cleared_at: datetime | None = None
    withdrawn_at: datetime | None = None
    arrived_at: datetime | None = None
    tax_paid_at: datetime | None = None
    gated_out_at: datetime | None = None
    departed_at: datetime | None = None
    last_at: datetime | None = None
    path: str = ""
    guaranteed: bool = False
    outstanding: tuple[Action, ...] = ()
    asked_again: tuple[Action, ...] = ()
    submissions: tuple[Submission, ...] = ()
    inconsistencies: tuple[Inconsistency, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def open(self) -> bool:
        """Whether anything is still to come or to be done: this decides what ``list`` shows and
        what ``check`` looks at.

        A declaration is open until it is cleared or withdrawn, and while something is outstanding
        after that. A returned one, and a draft, is open until it is sent again, also as another
        declaration under the same own reference. What people have put away is not.
        """
        if (self.statements and self.put_away) or (self.stage in UNSENT and self.superseded):
            return False
        return self.stage not in ENDED or bool(self.outstanding)

    @property
    def put_away(self) -> Statement | None:
        """The statement by which people have put it away; None where none holds."""
        return next((s for s in self.statements if s.says is Says.CLOSE and s.stands), None)

    @property
    def put_away_at(self) -> datetime | None:
        """When people have put it away."""
        return self.put_away.at if self.put_away else None

    @property
    def done(self) -> dict[str, datetime]:
        """When each action was done that people say is done, by its name."""
        return done_in(self.statements)

    @property
    def by_hand(self) -> str:
        """The names of the milestones that only people tell, with commas between."""
        told = (
            (name, s.happened_at)
            for s in self.statements
            if s.stands
            for name in _BY_HAND.get((s.says, s.about), ())
        )
        return ",".join(sorted({name for name, at in told if getattr(self, name) == at}))

    @property
    def counted_at(self) -> datetime | None:
        """The moment by which it belongs to a period."""
        return self.dated_at or self.declared_at

    @property
    def superseded(self) -> bool:
        """Whether it was sent again as another declaration, or given up."""
        return any(found.kind in _NOT_SENT_AGAIN for found in self.inconsistencies)

    @property
    def returned(self) -> bool:
        """Whether any of its submissions was returned."""
        return any(submission.outcome == "returned" for submission in self.submissions)

    @property
    def sendings(self) -> int:
        """How often it was sent, at least once; a draft was not."""
        return max(sum(bool(sub.declared_at or sub.outcome) for sub in self.submissions), 1)

    @property
    def returns(self) -> int:
        """How many of its submissions were returned."""
        return sum(submission.outcome == "returned" for submission in self.submissions)

    @property
    def corrections(self) -> str | None:
        """What people noted about a declaration that was returned: when, who, what, a line each."""
        if not self.statements or not self.returned:
            return None
        notes = [s for s in self.statements if s.says is Says.NOTE and s.stands and s.text]
        lines = ("\t".join((s.at.isoformat(), s.by or "", _plain(s.text))) for s in notes)
        return "\n".join(lines) or None

    @property
    def return_notes(self) -> str | None:
        """What customs wrote with each return, a line each."""
        notes = (_plain(submission.note) for submission in self.submissions if submission.note)
        return "\n".join(notes) or None

    def interval(self, name: str) -> int | None:
        """Whole seconds between the two milestones of ``INTERVALS[name]``, or None."""
        start: datetime | None
        end: datetime | None
        start, end = (getattr(self, milestone) for milestone in INTERVALS[name])
        if start is None or end is None:
            return None
        return int((end - start).total_seconds())

    @property
    def containers(self) -> int:
        """How many containers its messages name."""
        return len(self.references.get("container", ()))

    @property
    def numbers(self) -> list[str]:
        """Its numbers of every kind."""
        return [value for values in self.references.values() for value in values]


class Declaration(Summary, kw_only=True):
    """A declaration with its timeline: every event, in order."""

    events: tuple[Event, ...]

    @property
    def course(self) -> tuple[Event, ...]:
        """What customs says became of it: no event that says what was declared, none by hand."""
        return tuple(event for event in self.events if _ASIDE.isdisjoint(event.flags))

    @property
    def last_known_at(self) -> datetime | None:
        """When the last of its events came to be known, with all that is said of it."""
        known = (event.whole_at or event.known_at for event in self.events)
        return max((at for at in known if at), default=None)


_SECONDS = b",-0123456789"
"""What a path has beside its letters."""


def letters_of(path: str) -> str:
    """The letters of a path: those of ``s,0,a,10,u,3610,r,7200`` are ``saur``."""
    return path.encode().translate(None, _SECONDS).decode()


def seconds_of(path: str) -> list[int]:
    """The seconds of a path: those of ``s,0,a,10,u,3610,r,7200`` are 0, 10, 3610 and 7200."""
    return list(map(int, path.split(",")[1::2]))


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
    dated_at: int | None = None
    name: str = ""
    path: str = ""
    transport_mode: str | None = None
    trade_mode: str | None = None
    agent: str | None = None
    trader: str | None = None
    hs_code: str | None = None
    country: str | None = None
    terms: str | None = None
    currency: str | None = None
    customer: str | None = None
    goods: str | None = None
    gross_weight: str | None = None
    net_weight: str | None = None
    packages: str | None = None
    declared_value: str | None = None
    item_count: str | None = None
    containers: int = 0
    tax_noticed_at: int | None = None
    arrived_at: int | None = None
    tax_paid_at: int | None = None
    gated_out_at: int | None = None
    departed_at: int | None = None
    sendings: int = 1
    returns: int = 0
    cutoff: str | None = None
    cy_cutoff: str | None = None
    free_until: str | None = None
    withdrawal_asked: str | None = None
    error: str | None = None
    return_notes: str | None = None
    corrections: str | None = None
    put_away_at: int | None = None
    by_hand: str = ""

    @property
    def counted_at(self) -> int | None:
        """The moment by which it belongs to a period."""
        return self.declared_at if self.dated_at is None else self.dated_at

    @classmethod
    def of(cls, summary: Summary) -> Timings:
        """The timings of a declaration."""
        derived: dict[str, Any] = {name: getattr(summary, name) for name in _TIMED}
        facts: dict[str, Any] = {name: summary.facts.get(name) for name in TIMED_FACTS}
        return cls(**derived, **_milestones(summary), **facts)


DECIDING = ("system", "direction", "stage", "returned", "sendings", "returns", "by_hand")
"""Fields of ``Timings`` whose values decide how a declaration counts in a report."""
INCIDENTAL = (
    "name", "guaranteed", "office", "transport_mode", "trade_mode", "agent", "trader", "hs_code",
    "country", "terms", "currency", "customer", "goods", "gross_weight", "net_weight", "packages",
    "declared_value", "item_count", "containers",
)  # fmt: skip
"""Fields that decide nothing. Of all others it counts whether they are known."""
TIMED_FACTS = tuple(name for name in Timings._fields if not hasattr(Summary, name))
"""Facts that a report groups by or sums: the fields of ``Timings`` that ``Summary`` lacks."""

_MOMENTS = (*MILESTONES, *SAID_MILESTONES, "put_away_at")
_TIMED = tuple(name for name in Timings._fields if name not in {*_MOMENTS, *TIMED_FACTS})


def _milestones(summary: Summary) -> dict[str, Any]:
    """A declaration's milestones in Unix seconds."""
    moments = ((name, getattr(summary, name)) for name in _MOMENTS)
    return {name: int(at.timestamp()) if at else None for name, at in moments}
