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
* An action that an event asks for without moving the stage is outstanding too, and so are duties
  and an inspection once the next stage comes that does not answer them.
* An outstanding action ends with the closure, or with a release, but for one in part. Papers to
  hand in after a release end with the closure only, and so do duties if the release is against a
  guarantee. A return after a release ends when customs accepts what was sent since.

**Inspection.** It ends with a release, a closure, a return or a withdrawal: a review of the papers
says nothing of the goods. One at the destination begins when the goods are released, and so does
that of an import which is ordered after the release: the closure does not end it.

**Two steps.** A release of the summary of a two-step declaration is only to pick up the goods: the
full declaration is outstanding until customs accepts a second sending or releases the goods again.

**Submissions.** A return or a withdrawal ends a submission. A new draft, submission or acceptance
after it begins the next, and so does the data centre's refusal of another one. Any other stage
after a return shows that the return was taken back.

**Milestones.** The acceptance is the legal time where customs gives one with a time of day, else
the time of the event. A closure whose code says so is also the release, where none came before. A
review that is reopened takes a release back until it is closed; after that the first closure stays.

**What was declared.** An event that says it (``DecMessage``) gives numbers and facts. It moves no
stage, begins no submission, dates no declaration, and is no sign that customs has answered.

**Said by hand.** What counts of that is decided by ``by_hand``; nothing of it is a fact, a number
or a word of customs.

**Missing messages.** Customs releases nothing that it has not accepted, and closes nothing that it
has not released. Where that message is missing, the time between the two that are known belongs to
the stage ``unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime

from clearance.customs import systems
from clearance.customs.references import best_known, of_role
from clearance.model import (
    ENDED,
    FINISHED,
    INTERVALS,
    LETTERS,
    Action,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Reference,
    Role,
    Stage,
    Submission,
    done_in,
    in_language,
    replace,
)
from clearance.timelines import by_hand
from clearance.timelines.facts import merged
from clearance.timelines.grouping import MAX_SHARING, Group, first_of, grouped, order, overused_in
from clearance.timelines.submissions import AT_CLIENT, OpenSubmission, acknowledges, asked

__all__ = [
    "FULL_DECLARATION",
    "MAX_SHARING",
    "counted",
    "link",
    "order",
    "overused_in",
    "stages",
]

FULL_DECLARATION = "full_declaration"
"""The action of sending the second of the two steps of a declaration."""
"""Declarations that a remark names before it counts the rest."""
_SENDING = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)
_OUTCOMES = {Stage.REJECTED: "returned", Stage.WITHDRAWN: "withdrawn"}
"""The outcome of a submission that ends in a stage."""
_AT_CUSTOMS = (
    Stage.UNDER_REVIEW,
    Stage.REVIEWED,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
)
"""Stages between the acceptance and the release."""
_UNTIL_CLOSURE = ("papers",)
"""Actions that a release does not end."""
_UNTIL_DEBT_IS_FINAL = ("tax",)
"""Actions that a release against a guarantee does not end."""
_MUST_BE_CLEAR = (Stage.RELEASED, Stage.REJECTED, Stage.WITHDRAWN)
"""Stages in which something else is to be done than in any other."""
_UNTIL_ACCEPTED_AGAIN = ("return", FULL_DECLARATION)
"""Actions after a release that a second sending answers, once customs has accepted it."""
_OWN_FIELDS = (
    "direction",
    "office",
    "other_office",
    "name_number",
    "odd_number",
    "time_from",
    "accepted_at",
)
"""Facts of an event that a summary holds elsewhere than in its facts."""

_Milestones = Mapping[str, datetime | None]


def link(events: Iterable[Event], overused: Set[Reference] | None = None) -> list[Declaration]:
    """The declarations that a set of events is about, ordered by their first event.

    ``overused`` are the overused references, where others than these events decide that too.
    """
    declarations = [_derived(group) for group in grouped(events, overused)]
    return [_with_answer(declaration, declarations) for declaration in declarations]


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


class _Progress:
    """How far a declaration has come while its events are taken in, in order."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.since: datetime | None = None
        self.path: list[tuple[Stage, datetime]] = []
        self.released_at: datetime | None = None
        self.cleared_at: datetime | None = None
        self.guaranteed = False
        self.amended_at: datetime | None = None
        """When the review was first reopened after the closure."""
        self.outstanding: dict[str, Action] = {}
        self.asked_again: list[Action] = []
        self.submissions = [OpenSubmission()]
        self.last: Event | None = None
        """The last event that may have moved the stage."""
        self._by: Event | None = None
        """The event by which it came to its stage."""
        self._is_summary = False
        """Whether the next release is one of the summary of a two-step declaration."""
        self._sent_since_release = False

    @property
    def submission(self) -> OpenSubmission:
        """The submission that events belong to now."""
        return self.submissions[-1]

    @property
    def counted(self) -> OpenSubmission:
        """The submission that milestones are of: the last that was not returned, else the last."""
        kept = [s for s in self.submissions if s.outcome != "returned"]
        return (kept or self.submissions)[-1]

    @property
    def milestones(self) -> dict[str, datetime | None]:
        """Every milestone by its name in ``Summary``."""
        counted = self.counted
        return {
            "first_declared_at": next(
                filter(None, (s.declared_at for s in self.submissions)), None
            ),
            "declared_at": counted.declared_at,
            "dated_at": counted.dated_at,
            "accepted_at": counted.accepted_at,
            "reviewed_at": counted.reviewed_at,
            "examined_from": counted.inspection.order.at if counted.inspection else None,
            "examined_until": counted.inspection.until if counted.inspection else None,
            "tax_noticed_at": counted.tax_noticed_at,
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
        self.last = event
        self._take_effect(event, stage, at)

    def _may_move(self, event: Event) -> bool:
        """Whether an event with a stage and a time may move this one."""
        if Flag.TRANSMISSION in event.flags and self.stage not in AT_CLIENT:
            return False
        if Flag.UNTIL_ACCEPTED in event.flags and self.submission.was_accepted:
            return False
        ended = self.stage in _OUTCOMES and acknowledges(event)
        return not (ended and self.submission.awaits(event))

    def _take_aside(self, event: Event, at: datetime | None) -> None:
        """Takes in an event that moves nothing; its action is outstanding if it can be done."""
        too_late = Flag.TRANSMISSION in event.flags or self.stage is Stage.WITHDRAWN
        sent_in_vain = Flag.UNTIL_ACCEPTED in event.flags and event.action == "return"
        if at and not (too_late or sent_in_vain):
            self._ask(event, at)

    def _resume(self, event: Event) -> None:
        """After an end: begins the next submission, or takes the end back."""
        if event.stage in _SENDING or Flag.TRANSMISSION in event.flags:
            self.submissions.append(OpenSubmission())
        elif event.stage not in _OUTCOMES:
            self.submission.outcome = self.submission.note = None

    def _take_effect(self, event: Event, stage: Stage, at: datetime) -> None:
        """Moves the stage; an event that asks for something after a release only does that."""
        finished = self.stage in FINISHED and Flag.UNDOES not in event.flags
        if stage is Stage.INSPECTION and not self.submission.inspect(event, self.stage):
            self._ask_again(asked("inspection", event))
        if stage is Stage.RELEASED and Flag.PART in event.flags:
            self._go_on_asking()
        elif stage is Stage.RELEASED:
            self._end_actions(event)
        if finished:
            self._answer(stage)
        if finished or stage is Stage.RELEASED or Flag.UNTIL_ACCEPTED in event.flags:
            self._ask(event, at)
        if not finished or stage in FINISHED:
            self._move(event, stage, at)
        self._keep_inspection(stage, at)
        self._is_summary = self._goes_on_as_summary(event)

    def _answer(self, stage: Stage) -> None:
        """After a release: what customs accepts of a second sending answers what asked for it."""
        if stage is Stage.SUBMITTED:
            self._sent_since_release = True
        elif stage is Stage.ACCEPTED or (self._sent_since_release and stage in _AT_CUSTOMS):
            self._sent_since_release = False
            for action in _UNTIL_ACCEPTED_AGAIN:
                self.outstanding.pop(action, None)

    def _goes_on_as_summary(self, event: Event) -> bool:
        """Whether the next release is that of a summary."""
        about_summary = self._is_summary or Flag.SUMMARY in event.flags
        return about_summary and event.stage not in FINISHED

    def _keep_inspection(self, stage: Stage, at: datetime) -> None:
        """Ends an inspection with a stage that ends it; else it is the stage, or outstanding."""
        inspection = self.submission.under_inspection
        if inspection is None:
            return
        if stage is not Stage.INSPECTION and inspection.ends_with(stage):
            inspection.until = at
            self.outstanding.pop("inspection", None)
        elif self.stage is not Stage.INSPECTION and (action := inspection.action):
            self.outstanding["inspection"] = action

    def _ask(self, event: Event, at: datetime) -> None:
        """Adds an event's action, if it has one, to the outstanding actions."""
        if event.action:
            action = Action(event.action, at, event.note, event.messages[0], event.due)
            if self.outstanding.setdefault(event.action, action) is not action:
                self._ask_again(action)

    def _ask_again(self, action: Action | None) -> None:
        """Takes note of an action that is asked for while it is outstanding."""
        if action and action not in self.asked_again:
            self.asked_again.append(action)

    @property
    def still_asked_again(self) -> tuple[Action, ...]:
        """What was asked for again of what is outstanding, or under way."""
        inspected = ("inspection",) if self.counted.under_inspection else ()
        open = {*self.outstanding, *inspected}
        return tuple(action for action in self.asked_again if action.action in open)

    def _ask_for_full_declaration(self, release: Event, at: datetime) -> None:
        """After the release of a summary: the full declaration, with its deadline if known."""
        if Flag.SUMMARY in release.flags or self._is_summary:
            self._ask(release._replace(action=FULL_DECLARATION), at)

    def _go_on_asking(self) -> None:
        """At a release in part: what its stage asked for until now is outstanding from then on."""
        if self._by and self._by.at and self.stage in _AT_CUSTOMS:
            self._ask(self._by, self._by.at)

    def _end_actions(self, release: Event) -> None:
        """Ends the outstanding actions that a release ends."""
        debt = _UNTIL_DEBT_IS_FINAL if Flag.GUARANTEE in release.flags else ()
        stays = (*_UNTIL_CLOSURE, *debt)
        self.outstanding = {
            name: self.outstanding[name] for name in stays if name in self.outstanding
        }
        if release.at:
            self._ask_for_full_declaration(release, release.at)

    def _move(self, event: Event, stage: Stage, at: datetime) -> None:
        """Comes to a stage, and to the milestones that go with it."""
        if Flag.UNDOES in event.flags:
            self._undo(stage, at)
        if stage is Stage.REVIEWED:
            self.submission.reviewed_at = self.submission.reviewed_at or at
        missing = self._is_message_missing(event, stage)
        self._reach(event, stage, at)
        if stage in ENDED:
            self.outstanding.clear()
        if self._by and stage in _AT_CUSTOMS:
            self._keep_asking(self._by, event)
        late_release = self.stage is Stage.CLEARED and stage is Stage.RELEASED
        if stage is not self.stage and not late_release:
            if missing and self.path:
                self.path[-1] = (Stage.UNKNOWN, self.path[-1][1])
            self.stage, self.since, self._by = stage, at, event
            self.path.append((stage, self._began(stage, at)))

    def _keep_asking(self, before: Event, event: Event) -> None:
        """Duties that the stage before asked for are outstanding; of two things asked for one after
        the other in one stage, so is the second.
        """
        if before.at and before.stage is not event.stage and before.action == "tax":
            self._ask(before, before.at)
        elif event.at and before.stage is event.stage and before.action != event.action:
            self._ask(event, event.at)

    def _is_message_missing(self, event: Event, stage: Stage) -> bool:
        """Whether a message must have come between the stage it is in and the next."""
        if self.stage in (Stage.DRAFT, Stage.SUBMITTED):
            return stage in _AT_CUSTOMS or stage in FINISHED
        closes_only = stage is Stage.CLEARED and Flag.RELEASES not in event.flags
        before_release = self.stage is Stage.ACCEPTED or self.stage in _AT_CUSTOMS
        return closes_only and before_release and self.released_at is None

    def _undo(self, stage: Stage, at: datetime) -> None:
        """Takes back the review, the release and the closure.

        What is only amended after the closure was closed all the same.
        """
        if self.cleared_at and stage is not Stage.WITHDRAWN:
            self.amended_at = self.amended_at or at
            return
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
            self.submission.note = event.note if stage is Stage.REJECTED else None

    def _began(self, stage: Stage, at: datetime) -> datetime:
        """When a stage began: an acceptance at its legal time, if that is the earlier one."""
        legal = self.submission.legally_accepted_at if stage is Stage.ACCEPTED else None
        return min(legal or at, at)


def _turns(events: Iterable[Event]) -> list[by_hand.Turn]:
    """The events that may move the stage, each with the stage after it."""
    progress, turns = _Progress(), list[by_hand.Turn]()
    for event in events:
        progress.take(event)
        if progress.last is event:
            turns.append(by_hand.Turn(event, progress.stage))
    return turns


def _derived(group: Group) -> Declaration:
    """The timeline of one declaration's events."""
    events, heard, statements = by_hand.heard(group.events, _turns)
    progress = _Progress()
    for event in heard:
        progress.take(event)
    done, again = by_hand.last_done(statements), progress.still_asked_again
    milestones = by_hand.milestones(progress.milestones, done_in(statements), done, again)
    outstanding = by_hand.left(progress.outstanding.values(), done, again)
    numbered = [*events, *heard] if statements else events
    facts, references = merged(events), _references(numbered)
    directions = {value for event in events for name, value in event.facts if name == "direction"}
    return Declaration(
        system=heard[0].system,
        name=best_known(heard[0].system, references),
        references=references,
        direction=next(iter(directions)) if len(directions) == 1 else None,
        office=facts.get("office"),
        facts={name: facts[name] for name in sorted(facts) if name not in _OWN_FIELDS},
        stage=progress.stage,
        since=progress.since,
        **milestones,
        last_at=_last_at(events),
        path=_path(progress.path, milestones["first_declared_at"]),
        guaranteed=progress.guaranteed,
        outstanding=_outstanding(outstanding, heard[0].system, facts),
        asked_again=again,
        submissions=tuple(
            Submission(s.since, s.declared_at, s.outcome, s.note) for s in progress.submissions
        ),
        inconsistencies=(
            *group.inconsistencies,
            *_inconsistencies(events, directions, milestones),
            *_amended(progress),
            *_unclear(progress),
        ),
        statements=statements,
        events=tuple(heard),
    )


def _last_at(events: Sequence[Event]) -> datetime | None:
    """The time of the last event that says what became of a declaration, if there is one."""
    return next((e.at for e in reversed(events) if Flag.CONTENT not in e.flags), None)


def _outstanding(
    actions: Iterable[Action], system: str, facts: Mapping[str, str]
) -> tuple[Action, ...]:
    """Outstanding actions in their order, each with its deadline where customs or the law says."""
    law = systems().get(system)
    dated = (
        action._replace(due=action.due or (law.deadline(action.action, facts) if law else None))
        for action in actions
    )
    return tuple(sorted(dated, key=lambda action: (action.since, action.action)))


def _amended(progress: _Progress) -> Iterator[Inconsistency]:
    """That a declaration was amended after it was closed."""
    if progress.amended_at and progress.cleared_at:
        days = {"closed": progress.cleared_at, "amended": progress.amended_at}
        written = {name: at.date().isoformat() for name, at in days.items()}
        yield Inconsistency("amended_after_closure", written, None)


def _unclear(progress: _Progress) -> Iterator[Inconsistency]:
    """That the last event may mean something else, which would need something else done."""
    event = progress.last
    system = systems().get(event.system) if event and Flag.UNCLEAR in event.flags else None
    if event is None or system is None:
        return
    possible = system.meanings(event)
    if any(len({code.stage is stage for code in possible}) > 1 for stage in _MUST_BE_CLEAR):
        words = [[in_language(code.words, lang) for lang in ("zh", "en")] for code in possible]
        values = {"code": event.full_code, "meanings": list(map(" ".join, words))}
        yield Inconsistency("unclear_code", values, event.messages[0])


def _with_answer(declaration: Declaration, others: Iterable[Declaration]) -> Declaration:
    """A declaration that was deleted, with the others that its reference was used for since."""
    if declaration.withdrawn_at is None:
        return declaration
    found: list[Inconsistency] = []
    for inconsistency in declaration.inconsistencies:
        if inconsistency.kind == "shared_reference":
            later = _began_later(declaration, inconsistency.values["reference"], others)
            found += _split(inconsistency, later)
        else:
            found.append(inconsistency)
    return replace(declaration, inconsistencies=tuple(found))


def _began_later(
    deleted: Declaration, reference: str, others: Iterable[Declaration]
) -> list[Declaration]:
    """The other declarations under an own reference that began after one was deleted."""
    since = deleted.withdrawn_at
    return [
        other
        for other in others
        if other is not deleted
        and any(reference in other.references.get(kind, ()) for kind in of_role(Role.OWN))
        and (first := next((event.at for event in other.course if event.at), None))
        and since is not None
        and first > since
    ]


def _split(shared: Inconsistency, later: Sequence[Declaration]) -> list[Inconsistency]:
    """A remark on a shared reference as two: what was sent again under it, and the rest."""
    if not later:
        return [shared]
    again = sorted(min(_official(other)) for other in later if _official(other))
    rest = [name for name in shared.values["names"] if name not in again]
    left = len(shared.values["names"]) + shared.values.get("more", 0) - len(again)
    about = {"reference": shared.values["reference"]}
    found = [Inconsistency("sent_again", about | first_of(again, len(again)), None)]
    return found + (
        [Inconsistency(shared.kind, about | first_of(rest, left), None)] if rest else []
    )


def _official(declaration: Declaration) -> list[str]:
    """The official numbers of a declaration."""
    kinds = of_role(Role.OFFICIAL)
    return [v for kind in kinds for v in declaration.references.get(kind, ())]


def _references(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Numbers by kind, those of a kind in the order they first came."""
    references: dict[str, tuple[str, ...]] = {}
    for kind, value in dict.fromkeys(r for event in events for r in event.references):
        references[kind] = (*references.get(kind, ()), value)
    return dict(sorted(references.items()))


def _path(path: Iterable[tuple[Stage, datetime]], since: datetime | None) -> str:
    """The stages from a moment on, each by its letter and the seconds since then."""
    if since is None:
        return ""
    steps = ((stage, int((at - since).total_seconds())) for stage, at in path)
    return ",".join(f"{LETTERS[stage]},{seconds}" for stage, seconds in steps if seconds >= 0)


def _inconsistencies(
    events: Sequence[Event], directions: set[str], milestones: _Milestones
) -> Iterator[Inconsistency]:
    """What does not add up in a timeline."""
    yield from _in_events(events)
    if len(directions) > 1:
        yield Inconsistency("direction_disagrees", {}, None)
    for name, (start, end) in INTERVALS.items():
        begin, until = milestones.get(start), milestones.get(end)
        if begin and until and until < begin:
            yield Inconsistency("negative_interval", {"interval": name}, None)


def _in_events(events: Sequence[Event]) -> Iterator[Inconsistency]:
    """What does not add up in single events."""
    for event in events:
        if Flag.UNKNOWN in event.flags:
            values = {"code": event.full_code, "kind": event.kind}
            yield Inconsistency("unknown_code", values, event.messages[0])
        for name, value in event.facts:
            if name == "name_number":
                yield Inconsistency("name_disagrees", {"number": value}, event.messages[0])
            elif name == "odd_number":
                yield Inconsistency("odd_number", {"number": value}, event.messages[0])
            elif name == "time_from":
                yield Inconsistency("time_of_file", {}, event.messages[0])
    offices = {v: e for e in reversed(events) for n, v in e.facts if n == "other_office"}
    for office, event in sorted(offices.items()):
        values = {"office": dict(event.facts)["office"], "other": office}
        yield Inconsistency("office_disagrees", values, event.messages[0])
