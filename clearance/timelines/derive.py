"""Events to declarations: stage, submissions, milestones. Pure functions of a set of events.

Any order of arrival, any duplication and any split into batches gives the same timelines, because
nothing here depends on the order in which events are handed in. A reference number counts by its
role and an event by its flags, so nothing here is specific to one country.

**Linking and order** are those of ``grouping``.

**Stage.** That of the last event that carries one, but for these:

* What became of a message on its way (an import receipt, a client error) moves nothing once the
  declaration has reached customs: an import receipt bears the time at which it was *received*,
  which is often later than customs' own answer.
* An answer to a request, or a notice of duties, moves nothing once the declaration is accepted,
  nor when it was withdrawn after that. The duties are outstanding before the acceptance too.
* Only an event flagged so undoes a release or a closure (review reopened, deleted, suspended,
  cancelled). Anything else that asks for something after a release is an outstanding action.
* An action that an event asks for without moving the stage is outstanding too.
* An outstanding action ends with the closure, or with a release. Papers to hand in after a release
  end with the closure only, and so do duties if the release is against a guarantee.

**Submissions.** A return or a withdrawal ends a submission. A new draft, submission or acceptance
after it begins the next, and so does the data centre's refusal of another one. Any other stage
after a return shows that the return was taken back.

**Milestones.** The acceptance is the legal time where customs gives one with a time of day, else
the time of the event. A closure whose code says so is also the release, where none came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, time

from clearance.customs.references import JOINING_ROLES, best_known, with_role
from clearance.model import (
    INTERVALS,
    LETTERS,
    Action,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Reference,
    Stage,
    Submission,
)
from clearance.timelines.grouping import MAX_SHARING, Group, grouped, order, overused_in

__all__ = ["MAX_SHARING", "counted", "link", "order", "overused_in", "stages"]

_AT_CLIENT = (None, Stage.DRAFT, Stage.REJECTED, Stage.WITHDRAWN)
_NOT_ACCEPTED = (*_AT_CLIENT, Stage.SUBMITTED)
_SENDING = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)
_FINISHED = (Stage.RELEASED, Stage.CLEARED)
_OUTCOMES = {Stage.REJECTED: "returned", Stage.WITHDRAWN: "withdrawn"}
"""The outcome of a submission that ends in a stage."""
_NOTHING_LEFT_TO_DO = (Stage.CLEARED, Stage.WITHDRAWN)
_DURING_EXAMINATION = (Stage.INSPECTION, Stage.ACTION_DUE, Stage.SUSPENDED)
_UNTIL_CLOSURE = ("papers",)
"""Actions that a release does not end."""
_UNTIL_DEBT_IS_FINAL = ("tax",)
"""Actions that a release against a guarantee does not end."""
_OWN_FIELDS = ("direction", "office", "name_number", "accepted_at")
"""Facts of an event that a summary holds elsewhere than in its facts."""

_Milestones = Mapping[str, datetime | None]


def link(events: Iterable[Event], overused: Set[Reference] | None = None) -> list[Declaration]:
    """The declarations that a set of events is about, ordered by their first event.

    ``overused`` are the overused references, where others than these events decide that too.
    """
    return [_derived(group) for group in grouped(events, overused)]


def stages(events: Sequence[Event]) -> list[tuple[Stage, datetime]]:
    """The stages that a declaration came to and when, in order; its events must be in order."""
    progress = _Progress()
    reached: list[tuple[Stage, datetime]] = []
    for event in events:
        progress.take(event)
        now = (progress.stage, progress.since)
        if now[0] and now[1] and (not reached or reached[-1] != now):
            reached.append((now[0], now[1]))
    return reached


def counted(events: Sequence[Event]) -> list[Event]:
    """Those of a declaration's events, in order, that a stage or a milestone may follow from.

    Left out are events without a stage or a time, answers about a message on its way once the
    declaration has reached customs, and answers about a request once it is accepted.
    """
    progress = _Progress()
    for event in events:
        progress.take(event)
    return [event for submission in progress.submissions for event in submission.effective]


class _Submission:
    """A submission while its events are taken in."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.effective: list[Event] = []
        """Those that a stage or a milestone may follow from."""
        self.dated_at: datetime | None = None
        """The first time of day that customs gives for the declaration."""
        self.legally_accepted_at: datetime | None = None
        """The earliest time of day that customs gives for the acceptance."""
        self.outcome: str | None = None
        self.reviewed_at: datetime | None = None
        self.examined_from: datetime | None = None
        self.examined_until: datetime | None = None

    @property
    def since(self) -> datetime | None:
        """Time of its first event that has one."""
        return next((event.at for event in self.events if event.at), None)

    @property
    def declared_at(self) -> datetime | None:
        """Its first submission, else a declaration date with a time of day, else acceptance.

        What was accepted had been declared, even where the message that says so came later.
        """
        sent_at = self._first(Stage.SUBMITTED) or self.dated_at
        moments = (sent_at, self.legally_accepted_at)
        return min(filter(None, moments), default=None) or self.accepted_at

    @property
    def accepted_at(self) -> datetime | None:
        """The legal time of acceptance, else that of the event."""
        return self.legally_accepted_at or self._first(Stage.ACCEPTED)

    @property
    def was_accepted(self) -> bool:
        """Whether customs has accepted it, though it may have been withdrawn since."""
        return any(
            event.stage not in _NOT_ACCEPTED and Flag.UNTIL_ACCEPTED not in event.flags
            for event in self.effective
        )

    def _first(self, stage: Stage) -> datetime | None:
        """When it first came to a stage."""
        return next((event.at for event in self.effective if event.stage is stage), None)

    def add(self, event: Event) -> None:
        """Adds an event, and the times that its facts give."""
        self.events.append(event)
        for fact, value in event.facts:
            if fact == "declaration_date" and self.dated_at is None:
                self.dated_at = _time_of_day(value)
            elif fact == "accepted_at" and (at := _time_of_day(value)):
                self.legally_accepted_at = min(self.legally_accepted_at or at, at)

    def examine(self, at: datetime) -> None:
        """Begins an examination, unless one is under way."""
        if self.examined_from is None or self.examined_until is not None:
            self.examined_from, self.examined_until = at, None

    def end_examination(self, at: datetime) -> None:
        """Ends the examination, if one is under way."""
        if self.examined_from and self.examined_until is None:
            self.examined_until = at

    def awaits(self, acknowledgement: Event) -> bool:
        """Whether an acknowledgement belongs to this submission rather than to a new one.

        Customs may answer before the acknowledgement has reached the client, and it bears the time
        of its arrival. Each submission has one; so the first for one of its numbers is its own.
        """
        if any(map(_acknowledges, self.events)):
            return False
        numbers = set(with_role(acknowledgement.references, *JOINING_ROLES))
        return any(not numbers.isdisjoint(event.references) for event in self.events)


def _time_of_day(written: str) -> datetime | None:
    """A moment, or None for a mere date, which customs also writes as midnight."""
    at = datetime.fromisoformat(written) if "T" in written else None
    return at if at and at.time() != time() else None


def _acknowledges(event: Event) -> bool:
    """Whether an event gives a message that was sent its number."""
    return Flag.ACKNOWLEDGES in event.flags and bool(with_role(event.references, *JOINING_ROLES))


class _Progress:
    """How far a declaration has come while its events are taken in, in order."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.since: datetime | None = None
        self.path: list[tuple[Stage, datetime]] = []
        self.released_at: datetime | None = None
        self.cleared_at: datetime | None = None
        self.guaranteed = False
        self.outstanding: dict[str, Action] = {}
        self.submissions = [_Submission()]

    @property
    def submission(self) -> _Submission:
        """The submission that events belong to now."""
        return self.submissions[-1]

    @property
    def counted(self) -> _Submission:
        """The submission that milestones are of: the last that was not returned, else the last."""
        kept = [s for s in self.submissions if s.outcome != "returned"]
        return (kept or self.submissions)[-1]

    @property
    def milestones(self) -> dict[str, datetime | None]:
        """Every milestone by its name in ``Summary``."""
        counted = self.counted
        return {
            "first_declared_at": next(
                (s.declared_at for s in self.submissions if s.declared_at), None
            ),
            "declared_at": counted.declared_at,
            "accepted_at": counted.accepted_at,
            "reviewed_at": counted.reviewed_at,
            "examined_from": counted.examined_from,
            "examined_until": counted.examined_until,
            "released_at": self.released_at,
            "cleared_at": self.cleared_at,
            "withdrawn_at": self.since if self.stage is Stage.WITHDRAWN else None,
        }

    def take(self, event: Event) -> None:
        """Takes in the next event."""
        stage, at = event.stage, event.at
        if stage is None or at is None or not self._may_move(event):
            self.submission.add(event)
            self._take_aside(event, at)
            return
        if self.stage in _OUTCOMES:
            self._resume(event)
        self.submission.add(event)
        self.submission.effective.append(event)
        self._take_effect(event, stage, at)

    def _may_move(self, event: Event) -> bool:
        """Whether an event with a stage and a time may move this one."""
        if Flag.TRANSMISSION in event.flags and self.stage not in _AT_CLIENT:
            return False
        if Flag.UNTIL_ACCEPTED in event.flags and self.submission.was_accepted:
            return False
        ended = self.stage in _OUTCOMES and _acknowledges(event)
        return not (ended and self.submission.awaits(event))

    def _take_aside(self, event: Event, at: datetime | None) -> None:
        """Takes in an event that moves nothing; its action is outstanding if it can be done."""
        too_late = Flag.TRANSMISSION in event.flags or self.stage is Stage.WITHDRAWN
        if at and not too_late:
            self._ask(event, at)

    def _resume(self, event: Event) -> None:
        """After an end: begins the next submission, or takes the end back."""
        if event.stage in _SENDING or Flag.TRANSMISSION in event.flags:
            self.submissions.append(_Submission())
        elif event.stage not in _OUTCOMES:
            self.submission.outcome = None

    def _take_effect(self, event: Event, stage: Stage, at: datetime) -> None:
        """Moves the stage; an event that asks for something after a release only does that."""
        finished = self.stage in _FINISHED and Flag.UNDOES not in event.flags
        if stage is Stage.INSPECTION:
            self.submission.examine(at)
        if stage is Stage.RELEASED:
            self._end_actions(event)
        if finished or stage is Stage.RELEASED or Flag.UNTIL_ACCEPTED in event.flags:
            self._ask(event, at)
        if not finished or stage in _FINISHED:
            self._move(event, stage, at)

    def _ask(self, event: Event, at: datetime) -> None:
        """Adds an event's action, if it has one, to the outstanding actions."""
        if event.action:
            action = Action(event.action, at, event.note, event.messages[0], event.due)
            self.outstanding.setdefault(event.action, action)

    def _end_actions(self, release: Event) -> None:
        """Ends the outstanding actions that a release ends."""
        debt = _UNTIL_DEBT_IS_FINAL if Flag.GUARANTEE in release.flags else ()
        stays = (*_UNTIL_CLOSURE, *debt)
        self.outstanding = {
            name: self.outstanding[name] for name in stays if name in self.outstanding
        }

    def _move(self, event: Event, stage: Stage, at: datetime) -> None:
        """Comes to a stage, and to the milestones that go with it."""
        if Flag.UNDOES in event.flags:
            self._undo()
        if Flag.REVIEWED in event.flags:
            self.submission.reviewed_at = self.submission.reviewed_at or at
        self._reach(event, stage, at)
        if stage in _NOTHING_LEFT_TO_DO:
            self.outstanding.clear()
        if stage not in _DURING_EXAMINATION:
            self.submission.end_examination(at)
        late_release = self.stage is Stage.CLEARED and stage is Stage.RELEASED
        if stage is not self.stage and not late_release:
            self.stage, self.since = stage, at
            self.path.append((stage, self._began(stage, at)))

    def _undo(self) -> None:
        """Takes back the review, the release and the closure."""
        self.released_at = self.cleared_at = self.submission.reviewed_at = None
        self.guaranteed = False

    def _reach(self, event: Event, stage: Stage, at: datetime) -> None:
        """Notes a release, a closure, or the end of a submission."""
        if stage is Stage.CLEARED:
            self.cleared_at = self.cleared_at or at
        if stage is Stage.RELEASED or (stage is Stage.CLEARED and Flag.RELEASES in event.flags):
            self.released_at = self.released_at or at
            self.guaranteed |= Flag.GUARANTEE in event.flags
        if stage in _OUTCOMES:
            self.submission.outcome = _OUTCOMES[stage]

    def _began(self, stage: Stage, at: datetime) -> datetime:
        """When a stage began: an acceptance at its legal time, if that is the earlier one."""
        legal = self.submission.legally_accepted_at if stage is Stage.ACCEPTED else None
        return min(legal or at, at)


def _derived(group: Group) -> Declaration:
    """The timeline of one declaration's events."""
    events = group.events
    progress = _Progress()
    for event in events:
        progress.take(event)
    milestones = progress.milestones
    facts, references = _facts(events), _references(events)
    directions = {value for event in events for name, value in event.facts if name == "direction"}
    return Declaration(
        system=events[0].system,
        name=best_known(events[0].system, references),
        references=references,
        direction=next(iter(directions)) if len(directions) == 1 else None,
        office=facts.get("office"),
        facts={name: facts[name] for name in sorted(facts) if name not in _OWN_FIELDS},
        stage=progress.stage,
        since=progress.since,
        **milestones,
        last_at=events[-1].at,
        path=_path(progress.path, milestones["first_declared_at"]),
        guaranteed=progress.guaranteed,
        outstanding=tuple(sorted(progress.outstanding.values(), key=lambda a: (a.since, a.action))),
        submissions=tuple(
            Submission(s.since, s.declared_at, s.outcome) for s in progress.submissions
        ),
        inconsistencies=(
            *group.inconsistencies,
            *_inconsistencies(events, directions, milestones),
        ),
        events=tuple(events),
    )


def _references(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Numbers by kind, those of a kind in the order they first came."""
    references: dict[str, tuple[str, ...]] = {}
    for kind, value in dict.fromkeys(r for event in events for r in event.references):
        references[kind] = (*references.get(kind, ()), value)
    return dict(sorted(references.items()))


def _facts(events: Iterable[Event]) -> dict[str, str]:
    """Every fact; a later value replaces an earlier one unless it is less precise.

    So a mere date does not hide the time of day that is known.
    """
    facts: dict[str, str] = {}
    for event in events:
        for name, value in event.facts:
            if not facts.get(name, "").startswith(value):
                facts[name] = value
    return facts


def _path(path: Iterable[tuple[Stage, datetime]], since: datetime | None) -> str:
    """The stages from a moment on, each by its letter and the seconds since then."""
    if since is None:
        return ""
    steps = ((stage, int((at - since).total_seconds())) for stage, at in path)
    return ",".join(f"{LETTERS[stage]},{seconds}" for stage, seconds in steps if seconds >= 0)


def _inconsistencies(
    events: Iterable[Event], directions: set[str], milestones: _Milestones
) -> Iterator[Inconsistency]:
    """What does not add up in a timeline."""
    yield from _in_events(events)
    if len(directions) > 1:
        yield Inconsistency("direction_disagrees", {}, None)
    for name, (start, end) in INTERVALS.items():
        begin, until = milestones.get(start), milestones.get(end)
        if begin and until and until < begin:
            yield Inconsistency("negative_interval", {"interval": name}, None)


def _in_events(events: Iterable[Event]) -> Iterator[Inconsistency]:
    """What does not add up in a single event."""
    for event in events:
        if Flag.UNKNOWN in event.flags:
            values = {"code": event.full_code, "kind": event.kind}
            yield Inconsistency("unknown_code", values, event.messages[0])
        for name, value in event.facts:
            if name == "name_number":
                yield Inconsistency("name_disagrees", {"number": value}, event.messages[0])
