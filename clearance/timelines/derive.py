"""Events to declarations: linking, order, stage, milestones. Pure functions of a set of events.

Any order of arrival, any duplication and any split into batches gives the same timelines, because
nothing here depends on the order in which events are handed in. What a reference number means is
asked by its role and what an event does by its flags, so that nothing here is of one country.

**Linking.** Two events that share an official or a joining number belong to one declaration,
directly or through a third. Two references are weaker:

* A declarant's own reference may be used again for another declaration. It joins, within its
  customs system, as long as at most one of the parts it would join has an official number; beyond
  that each part with an official number is a declaration of its own, and a part without one goes to
  the declaration that began next after it (a failed submission precedes its correction), else to
  the last one before it.
* The base name of an outgoing file joins an event that carries no number at all, such as the
  client's own error, to what came back for a file of that name, chosen in the same way.

**Order.** By time, then rank (that of the code, else of the stage), then receipt serial, then
message digest. An event without a time is a link only: it sorts first and moves nothing.

**Stage.** That of the last event that carries one, but for these:

* What became of a message on its way (an import receipt, a client error) moves nothing once the
  declaration has reached customs: an import receipt is stamped when it was *received*, which is
  often later than customs' own answer.
* What is said of a request, or of duties, moves nothing once the declaration is accepted, nor when
  it was withdrawn after that; duties asked for are outstanding before and after the acceptance.
* A release or a closure is undone only by an event flagged so (review reopened, deleted,
  suspended, cancelled). Anything else that asks for something after a release is an outstanding
  action.
* An action that an event asks for without moving the stage is outstanding too.
* An outstanding action ends with the closure, or with a release; papers to hand in after a release
  end with the closure only, and so do duties where the release is against a guarantee.

**Submissions.** A return or a withdrawal ends a submission; a new draft, submission or acceptance
after it begins the next, and so does the data centre's refusal of another one. Any other stage
after a return shows that the return was taken back.

**Milestones.** The acceptance is the legal time where customs gives one with a time of day, else
the time of the event. A closure whose code says so is also the release, where none came before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, time
from typing import Any

from clearance.customs import systems
from clearance.customs.references import JOINS, best_known, is_numbered, of_role
from clearance.model import (
    INTERVALS,
    LETTERS,
    RANK,
    Action,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Role,
    Stage,
    Submission,
)

_AT_CLIENT = (None, Stage.DRAFT, Stage.REJECTED, Stage.WITHDRAWN)
_NOT_ACCEPTED = (*_AT_CLIENT, Stage.SUBMITTED)
_SENDING = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)
_FINISHED = (Stage.RELEASED, Stage.CLEARED)
_ENDED = {Stage.REJECTED: "returned", Stage.WITHDRAWN: "withdrawn"}
_NOT_OF_GOODS = (Stage.INSPECTION, Stage.ACTION_DUE, Stage.SUSPENDED)
_UNTIL_CLOSURE = ("papers",)
_UNTIL_DEBT_IS_FINAL = ("tax",)
_NO_FACTS = ("direction", "office", "name_number", "accepted_at")
"""Facts of an event that stand elsewhere in a summary."""

MAX_SHARING = 20
"""A base name that more declarations than this were sent under says nothing of an event."""

MAX_NAMED = 3
"""How many declarations an inconsistency names before it counts the rest."""

Part = list[Event]
"""Events, in order, that belong to one declaration."""


def link(events: Iterable[Event]) -> list[Declaration]:
    """The declarations that a set of events is about, ordered by their first event."""
    ordered = sorted(_merged(events), key=order)
    place = {id(event): position for position, event in enumerate(ordered)}

    def placed(event: Event) -> int:
        return place[id(event)]

    groups = _connected([_ties(event) for event in ordered])
    parts = [[ordered[position] for position in group] for group in groups]
    numbered = [part for part in parts if any(map(is_numbered, part))]
    whole: list[tuple[Part, list[Inconsistency]]] = []
    for group in _connected([_own_references(part) for part in numbered]):
        whole += _split([numbered[position] for position in group])
    if len(numbered) < len(parts):
        unnumbered = [part for part in parts if not any(map(is_numbered, part))]
        whole += _attached(unnumbered, [part for part, _ in whole])
    for part, _ in whole:
        part.sort(key=placed)
    whole.sort(key=lambda each: placed(each[0][0]))
    return [_derived(part, inconsistencies) for part, inconsistencies in whole]


def order(event: Event) -> tuple[Any, ...]:
    """Sort key: time, then rank of the code or the stage, then receipt serial, then digest.

    Two events of one message differ in what they refer to, or in what they say.
    """
    at = event.at.timestamp() if event.at else float("-inf")
    rank = RANK[event.stage] if event.rank is None else event.rank
    said = (event.code or "", event.sub or "", event.note or "")
    return at, rank, event.serial or "", event.messages, event.references, said


def stages(events: Sequence[Event]) -> list[tuple[Stage, datetime]]:
    """The stages that a declaration came to and when, in order, of its events in order."""
    progress = _Progress()
    reached: list[tuple[Stage, datetime]] = []
    for event in events:
        progress.take(event)
        now = (progress.stage, progress.since)
        if now[0] and now[1] and (not reached or reached[-1] != now):
            reached.append((now[0], now[1]))
    return reached


def counted(events: Sequence[Event]) -> list[Event]:
    """Those of a declaration's events, in order, that may move its stage.

    Left out are events without a stage or a time, answers about a message on its way once the
    declaration has reached customs, and answers about a request once it is accepted.
    """
    progress = _Progress()
    for event in events:
        progress.take(event)
    return [event for submission in progress.submissions for event in submission.counted]


def _merged(events: Iterable[Event]) -> Iterable[Event]:
    """Events that say the same, written in several messages, as one event."""
    same: dict[Hashable, list[Event]] = defaultdict(list)
    for event in events:
        same[_what_it_says(event)].append(event)
    for group in same.values():
        yield group[0] if len(group) == 1 else _one_of(group)


def _what_it_says(event: Event) -> Hashable:
    system = systems().get(event.system)
    kinds = system.same_event_by if system else ()
    number = next((r for kind in kinds for r in event.references if r.kind == kind), None)
    about = number or event.references
    if event.serial and system and system.serial_identifies:
        return event.system, about, event.serial, event.code, event.at
    return event.system, event.kind, about, event.code, event.sub, event.at, event.note


def _one_of(group: Sequence[Event]) -> Event:
    """Of events that say the same the earliest receipt, and every number and fact.

    Each field is a smallest value or a union, so that it does not matter in which order, or in how
    many steps, the messages come together.
    """
    facts = dict(sorted((fact for event in group for fact in event.facts), reverse=True))
    return min(group, key=lambda event: event.messages)._replace(
        serial=min((e.serial for e in group if e.serial), default=None),
        received_at=min((e.received_at for e in group if e.received_at), default=None),
        references=tuple(sorted({r for e in group for r in e.references})),
        facts=tuple(sorted(facts.items())),
        messages=tuple(sorted({m for e in group for m in e.messages})),
    )


def _ties(event: Event) -> Iterable[Hashable]:
    """What ties an event to others at once: numbers that join, or a file's name among those that
    have no number. A declarant's own reference ties nothing yet.
    """
    joining = of_role(*JOINS)
    if is_numbered(event):
        return [r for r in event.references if r.kind in joining]
    return [("file", r.value) for r in event.references if r.kind in of_role(Role.FILE)]


def _connected(ties: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Positions in groups that share a tie, directly or through a third, by union-find."""
    parent = list(range(len(ties)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    holder: dict[Hashable, int] = {}
    for position, own in enumerate(ties):
        for tie in own:
            one, other = root(position), root(holder.setdefault(tie, position))
            parent[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = defaultdict(list)
    for position in range(len(ties)):
        groups[root(position)].append(position)
    return list(groups.values())


def _split(parts: list[Part]) -> Iterable[tuple[Part, list[Inconsistency]]]:
    """Parts that share a declarant's own reference, as one declaration or as several."""
    heads = [part for part in parts if _values(part, Role.OFFICIAL)]
    if len(heads) <= 1:
        return [([event for part in parts for event in part], [])]
    known = {id(head) for head in heads}
    shared = _sharing(heads)
    whole = [(list(head), found) for head, found in zip(heads, shared, strict=True)]
    for part in parts:
        if id(part) not in known:
            whole[_nearest(part, heads)][0].extend(part)
    return whole


def _sharing(heads: Sequence[Part]) -> list[list[Inconsistency]]:
    """For each declaration that others with an official number carry the same own reference.

    Where one of them began after its last return, it was sent again.
    """
    carriers: dict[str, list[int]] = defaultdict(list)
    for position, head in enumerate(heads):
        for value in _values(head, Role.OWN):
            carriers[value].append(position)
    names = [min(_values(head, Role.OFFICIAL)) for head in heads]
    return [
        [
            _shared(kind, value, [names[other] for other in others])
            for value in sorted(_values(head, Role.OWN))
            for kind, others in _sharers(position, carriers[value], heads).items()
            if others
        ]
        for position, head in enumerate(heads)
    ]


def _sharers(position: int, carriers: Iterable[int], heads: Sequence[Part]) -> dict[str, list[int]]:
    """The other carriers of a reference: those sent again after a return, and the rest."""
    returns = [order(event) for event in heads[position] if event.stage is Stage.REJECTED]
    others = [other for other in carriers if other != position]
    again = [other for other in others if returns and order(heads[other][0]) > max(returns)]
    return {
        "sent_again": again,
        "shared_reference": [other for other in others if other not in again],
    }


def _shared(kind: str, value: str, names: Sequence[str]) -> Inconsistency:
    values: dict[str, Any] = {"reference": value, "names": sorted(names)[:MAX_NAMED]}
    if len(names) > MAX_NAMED:
        values["more"] = len(names) - MAX_NAMED
    return Inconsistency(kind, values, None)


def _attached(unnumbered: list[Part], whole: list[Part]) -> list[tuple[Part, list[Inconsistency]]]:
    """Attaches events without a number to the declaration whose outgoing file has that name;
    returns those with no candidate, or more than ``MAX_SHARING``.
    """
    answered: dict[str, list[Part]] = defaultdict(list)
    for part in whole:
        for base in _values(part, Role.FILE):
            answered[base].append(sorted(part, key=order))
    alone: list[tuple[Part, list[Inconsistency]]] = []
    for part in unnumbered:
        (base,) = _values(part, Role.FILE)
        homes = answered[base]
        if 1 <= len(homes) <= MAX_SHARING:
            number = {id(event) for event in homes[_nearest(part, homes)]}
            next(home for home in whole if id(home[0]) in number).extend(part)
        else:
            alone.append((part, []))
    return alone


def _values(part: Part, role: Role) -> set[str]:
    """The numbers of a role that a part bears."""
    kinds = of_role(role)
    return {r.value for event in part for r in event.references if r.kind in kinds}


def _own_references(part: Part) -> set[Hashable]:
    """The declarant's own references, each within its customs system."""
    kinds = of_role(Role.OWN)
    return {(event.system, *r) for event in part for r in event.references if r.kind in kinds}


def _nearest(part: Part, homes: Sequence[Part]) -> int:
    """Which home began first after a part, else which began last before it."""
    begins = [(order(home[0]), position) for position, home in enumerate(homes)]
    later = [begin for begin in begins if begin[0] > order(part[0])]
    return min(later)[1] if later else max(begins)[1]


class _Submission:
    """A submission while its events are taken in; ``counted`` are those that may move it."""

    def __init__(self) -> None:
        self.events: Part = []
        self.counted: Part = []
        self.outcome: str | None = None
        self.reviewed_at: datetime | None = None
        self.examined_from: datetime | None = None
        self.examined_until: datetime | None = None

    def first(self, stage: Stage) -> datetime | None:
        """When it first came to a stage."""
        return next((event.at for event in self.counted if event.stage is stage), None)

    @property
    def since(self) -> datetime | None:
        """Time of its first event that has one."""
        return next((event.at for event in self.events if event.at), None)

    @property
    def accepted_at(self) -> datetime | None:
        """The legal time of acceptance, else that of the event."""
        return self.legally_accepted_at or self.first(Stage.ACCEPTED)

    @property
    def was_accepted(self) -> bool:
        """Whether customs has accepted it, though it may have been withdrawn since."""
        return any(
            event.stage not in _NOT_ACCEPTED and Flag.UNTIL_ACCEPTED not in event.flags
            for event in self.counted
        )

    @property
    def declared_at(self) -> datetime | None:
        """Its first submission, else a declaration date with a time of day, else acceptance.

        What was accepted had been declared, even where the message that says so came later.
        """
        moments = (self.first(Stage.SUBMITTED) or self._dated, self.legally_accepted_at)
        return min(filter(None, moments), default=None) or self.accepted_at

    @property
    def legally_accepted_at(self) -> datetime | None:
        """The earliest time of day that customs gives for the acceptance."""
        moments = (_time_of_day(value) for value in self._fact("accepted_at"))
        return min(filter(None, moments), default=None)

    @property
    def _dated(self) -> datetime | None:
        dates = (_time_of_day(value) for value in self._fact("declaration_date"))
        return next(filter(None, dates), None)

    def _fact(self, name: str) -> Iterable[str]:
        return (value for event in self.events for fact, value in event.facts if fact == name)

    def examine(self, at: datetime) -> None:
        """Begins an inspection, unless one is under way."""
        if self.examined_from is None or self.examined_until is not None:
            self.examined_from, self.examined_until = at, None

    def awaits_receipt_of(self, event: Event) -> bool:
        """Whether an acknowledgement belongs to this submission rather than to a new one.

        Customs may answer before the receipt has reached the client, and the receipt bears the
        time of its arrival. Each submission has one; so the first for a known number is that one.
        """
        if any(_acknowledges(known) for known in self.events):
            return False
        joining = of_role(*JOINS)
        numbers = {r for r in event.references if r.kind in joining}
        return any(not numbers.isdisjoint(known.references) for known in self.events)


def _time_of_day(written: str) -> datetime | None:
    """A moment, or None for a mere date, as which customs also writes midnight."""
    at = datetime.fromisoformat(written) if "T" in written else None
    return at if at and at.time() != time() else None


def _acknowledges(event: Event) -> bool:
    """Whether the data centre took a message: a receipt that gives it a number."""
    joining = of_role(*JOINS)
    return Flag.ACKNOWLEDGES in event.flags and any(r.kind in joining for r in event.references)


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

    def take(self, event: Event) -> None:
        """Takes in the next event."""
        stage, at = event.stage, event.at
        if stage is None or at is None or not self._may_move(event):
            self.submission.events.append(event)
            if at and event.action and not self._answers_nothing(event):
                self._ask(event, at)
            return
        if self.stage in _ENDED:
            self._go_on(event)
        self.submission.events.append(event)
        self.submission.counted.append(event)
        self._come_to(event, stage, at)

    def _may_move(self, event: Event) -> bool:
        """Whether an event with a stage may move this one."""
        if Flag.TRANSMISSION in event.flags and self.stage not in _AT_CLIENT:
            return False
        if Flag.UNTIL_ACCEPTED in event.flags and self.submission.was_accepted:
            return False
        ended = self.stage in _ENDED and _acknowledges(event)
        return not (ended and self.submission.awaits_receipt_of(event))

    def _answers_nothing(self, event: Event) -> bool:
        """Whether nobody can do any more what an event asks for."""
        return Flag.TRANSMISSION in event.flags or self.stage is Stage.WITHDRAWN

    def _go_on(self, event: Event) -> None:
        """After an end: the next submission, or the end was taken back."""
        if event.stage in _SENDING or Flag.TRANSMISSION in event.flags:
            self.submissions.append(_Submission())
        elif event.stage not in _ENDED:
            self.submission.outcome = None

    def _come_to(self, event: Event, stage: Stage, at: datetime) -> None:
        """An event that may move the stage: it does, or asks for something after a release."""
        if stage is Stage.INSPECTION:
            self.submission.examine(at)
        finished = self.stage in _FINISHED and Flag.UNDOES not in event.flags
        if stage is Stage.RELEASED:
            self._settle(event)
        aside = finished or stage is Stage.RELEASED or Flag.UNTIL_ACCEPTED in event.flags
        if event.action and aside:
            self._ask(event, at)
        if not finished or stage in _FINISHED:
            self._move(event, stage, at)

    def _ask(self, event: Event, at: datetime) -> None:
        """Adds what an event asks for to what is outstanding."""
        assert event.action is not None
        action = Action(event.action, at, event.note, event.messages[0], event.due)
        self.outstanding.setdefault(event.action, action)

    def _settle(self, event: Event) -> None:
        """Ends what a release ends of that which is outstanding."""
        debt = _UNTIL_DEBT_IS_FINAL if Flag.GUARANTEE in event.flags else ()
        stays = (*_UNTIL_CLOSURE, *debt)
        self.outstanding = {name: one for name, one in self.outstanding.items() if name in stays}

    def _move(self, event: Event, stage: Stage, at: datetime) -> None:
        """Comes to a stage, and to the milestones that go with it."""
        if Flag.UNDOES in event.flags:
            self.released_at = self.cleared_at = self.submission.reviewed_at = None
            self.guaranteed = False
        if Flag.REVIEWED in event.flags:
            self.submission.reviewed_at = self.submission.reviewed_at or at
        self._reach(event, stage, at)
        if stage in (Stage.CLEARED, Stage.WITHDRAWN):
            self.outstanding.clear()
        if self.submission.examined_from and stage not in _NOT_OF_GOODS:
            self.submission.examined_until = self.submission.examined_until or at
        if stage is not self.stage and not (
            self.stage is Stage.CLEARED and stage is Stage.RELEASED
        ):
            self.stage, self.since = stage, at
            self.path.append((stage, self._began(stage, at)))

    def _reach(self, event: Event, stage: Stage, at: datetime) -> None:
        """Notes a release, a closure, or the end of a submission."""
        if stage is Stage.RELEASED:
            self.released_at = self.released_at or at
            self.guaranteed |= Flag.GUARANTEE in event.flags
        elif stage is Stage.CLEARED:
            self.cleared_at = self.cleared_at or at
            if Flag.RELEASES in event.flags:
                self.released_at = self.released_at or at
        elif stage in _ENDED:
            self.submission.outcome = _ENDED[stage]

    def _began(self, stage: Stage, at: datetime) -> datetime:
        """When a stage began: an acceptance at its legal time, where that is the earlier one."""
        legal = self.submission.legally_accepted_at if stage is Stage.ACCEPTED else None
        return min(legal or at, at)


def _derived(events: Part, shared: list[Inconsistency]) -> Declaration:
    """The timeline of one declaration's events, which are in order."""
    progress = _Progress()
    for event in events:
        progress.take(event)
    submissions = progress.submissions
    counted = ([s for s in submissions if s.outcome != "returned"] or submissions)[-1]
    facts = _facts(events)
    directions = {value for event in events for name, value in event.facts if name == "direction"}
    references: dict[str, tuple[str, ...]] = {}
    for kind, value in dict.fromkeys(r for event in events for r in event.references):
        references[kind] = (*references.get(kind, ()), value)
    milestones = {
        "first_declared_at": next((s.declared_at for s in submissions if s.declared_at), None),
        "declared_at": counted.declared_at,
        "accepted_at": counted.accepted_at,
        "reviewed_at": counted.reviewed_at,
        "examined_from": counted.examined_from,
        "examined_until": counted.examined_until,
        "released_at": progress.released_at,
        "cleared_at": progress.cleared_at,
        "withdrawn_at": progress.since if progress.stage is Stage.WITHDRAWN else None,
    }
    return Declaration(
        system=events[0].system,
        name=best_known(events[0].system, references),
        references=dict(sorted(references.items())),
        direction=next(iter(directions)) if len(directions) == 1 else None,
        office=facts.get("office"),
        facts={name: facts[name] for name in sorted(facts) if name not in _NO_FACTS},
        stage=progress.stage,
        since=progress.since,
        **milestones,
        last_at=events[-1].at,
        path=_path(progress.path, milestones["first_declared_at"]),
        guaranteed=progress.guaranteed,
        outstanding=tuple(
            sorted(progress.outstanding.values(), key=lambda action: (action.since, action.action))
        ),
        submissions=tuple(Submission(s.since, s.declared_at, s.outcome) for s in submissions),
        inconsistencies=(*shared, *_inconsistencies(events, directions, milestones)),
        events=tuple(events),
    )


def _path(path: Sequence[tuple[Stage, datetime]], since: datetime | None) -> str:
    """The stages from a moment on, each by its letter and the seconds since then."""
    if since is None:
        return ""
    steps = ((stage, int((at - since).total_seconds())) for stage, at in path)
    return ",".join(f"{LETTERS[stage]},{seconds}" for stage, seconds in steps if seconds >= 0)


def _facts(events: Part) -> dict[str, str]:
    """Every fact; a later value takes the place of an earlier one unless it only says less.

    So a mere date does not hide the time of day that is known.
    """
    facts: dict[str, str] = {}
    for event in events:
        for name, value in event.facts:
            if not facts.get(name, "").startswith(value):
                facts[name] = value
    return facts


def _inconsistencies(
    events: Part, directions: set[str], milestones: dict[str, datetime | None]
) -> Iterable[Inconsistency]:
    """What does not add up in a timeline."""
    for event in events:
        if Flag.UNKNOWN in event.flags:
            unknown = {"code": event.full_code, "kind": event.kind}
            yield Inconsistency("unknown_code", unknown, event.messages[0])
        for name, value in event.facts:
            if name == "name_number":
                yield Inconsistency("name_disagrees", {"number": value}, event.messages[0])
    if len(directions) > 1:
        yield Inconsistency("direction_disagrees", {}, None)
    for name, (start, end) in INTERVALS.items():
        begin, until = milestones.get(start), milestones.get(end)
        if begin and until and until < begin:
            yield Inconsistency("negative_interval", {"interval": name}, None)
