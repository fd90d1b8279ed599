"""Events to declarations: linking, order, stage, milestones. Pure functions of a set of events.

Any order of arrival, any duplication and any split into batches gives the same timelines, because
nothing here depends on the order in which events are handed in.

**Linking.** Two events that share an identity reference belong to one declaration, directly or
through a third. Two references are weaker:

* A declarant's own reference may be used again for another declaration. It joins as long as at
  most one of the parts it would join has an entry number; beyond that each part with an entry
  number is a declaration of its own, and a part without one goes to the declaration that began
  next after it (a failed sending precedes its correction), else to the last one before it.
* The base name of an outgoing file joins an event that carries no number at all, such as the
  client's own error, to what came back for a file of that name, chosen in the same way.

**Order.** By time, then rank of the stage, then receipt serial, then message digest. An event
without a time is a link only: it sorts first and moves nothing.

**Stage.** That of the last event that carries one, but for these:

* What became of a message on its way (an import receipt, a client error) moves nothing once the
  declaration has reached customs: an import receipt is stamped when it was *received*, which is
  often later than customs' own answer.
* A release or a closure is undone only by an event flagged so (review reopened, deleted,
  suspended). Anything else that asks for something after a release is an outstanding action.
* An outstanding action ends with the closure, or with another release; papers to hand in after a
  release end with the closure only.

**Episodes.** A return or a withdrawal ends an episode; a new draft, submission or acceptance
after it begins the next, and so does the data centre's refusal of another sending. Any other stage
after a return shows that the return was taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any

from clearance.model import (
    CLIENT_REF,
    IDENTITY,
    INTERVALS,
    JOINING,
    LETTERS,
    OUTGOING_FILE,
    RANK,
    Action,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Stage,
    Submission,
)

_AT_CLIENT = (None, Stage.DRAFT, Stage.REJECTED, Stage.WITHDRAWN)
_SENDING = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)
_FINISHED = (Stage.RELEASED, Stage.CLEARED)
_ENDED = {Stage.REJECTED: "returned", Stage.WITHDRAWN: "withdrawn"}
_NOT_OF_GOODS = (Stage.INSPECTION, Stage.ACTION_DUE, Stage.SUSPENDED)
_UNTIL_CLOSURE = "papers"
_ABOUT_NUMBERS = ("direction", "office", "name_number")

MAX_SHARING = 20
"""A base name that more declarations than this were sent under says nothing of an event."""

MAX_NAMED = 3
"""How many declarations a remark names before it counts the rest."""

Part = list[Event]
"""Events, in order, that belong to one declaration."""


def link(events: Iterable[Event]) -> list[Declaration]:
    """The declarations that a set of events tells of, ordered by their first event."""
    told = sorted(_merged(events), key=order)
    place = {id(event): position for position, event in enumerate(told)}

    def placed(event: Event) -> int:
        return place[id(event)]

    parts = [[told[i] for i in group] for group in _connected([_ties(event) for event in told])]
    numbered = [part for part in parts if _holds(part, IDENTITY)]
    whole: list[tuple[Part, list[Inconsistency]]] = []
    for group in _connected([_values(part, CLIENT_REF) for part in numbered]):
        whole += _split([numbered[i] for i in group])
    if len(numbered) < len(parts):
        unnumbered = [part for part in parts if not _holds(part, IDENTITY)]
        whole += _attached(unnumbered, [part for part, _ in whole])
    for part, _ in whole:
        part.sort(key=placed)
    whole.sort(key=lambda one: placed(one[0][0]))
    return [_derived(part, inconsistencies) for part, inconsistencies in whole]


def order(event: Event) -> tuple[Any, ...]:
    """Sort key: time, then rank of the stage, then receipt serial, then digest.

    Two events of one message differ in what they refer to.
    """
    at = event.at.timestamp() if event.at else float("-inf")
    return at, RANK[event.stage], event.serial or "", event.messages, event.references


def stages(events: Sequence[Event]) -> list[tuple[Stage, datetime]]:
    """The stages that a declaration came to and when, in order, of its events in order."""
    story = _Progress()
    told: list[tuple[Stage, datetime]] = []
    for event in events:
        story.hear(event)
        if story.stage and story.since and (not told or told[-1] != (story.stage, story.since)):
            told.append((story.stage, story.since))
    return told


def _merged(events: Iterable[Event]) -> Iterable[Event]:
    """Events that say the same, told by several messages, as one event."""
    same: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    for event in events:
        number = next((r for r in event.references if r.kind == "unified_no"), None)
        about = number or event.references
        same[event.dialect, event.kind, about, event.code, event.at, event.note].append(event)
    for group in same.values():
        yield group[0] if len(group) == 1 else _one_of(group)


def _one_of(group: Sequence[Event]) -> Event:
    """Of several tellings the earliest receipt and every number and fact.

    Each field is a smallest value or a union, so that it does not matter in which order, or in how
    many steps, the tellings come together.
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
    """What ties an event to others at once: joining numbers, else a weaker reference among those
    that have no better one.
    """
    joining = [r for r in event.references if r.kind in JOINING]
    if joining:
        return joining
    own = [("own", r.value) for r in event.references if r.kind == CLIENT_REF]
    return own or [("base", r.value) for r in event.references if r.kind == OUTGOING_FILE]


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
    heads = [part for part in parts if _holds(part, ("entry_no",))]
    if len(heads) <= 1:
        return [([event for part in parts for event in part], [])]
    known = {id(head) for head in heads}
    shared = _sharing(heads)
    whole = [
        (list(head), inconsistencies) for head, inconsistencies in zip(heads, shared, strict=True)
    ]
    for part in parts:
        if id(part) not in known:
            whole[_nearest(part, heads)][0].extend(part)
    return whole


def _sharing(heads: Sequence[Part]) -> list[list[Inconsistency]]:
    """For each declaration that others with an entry number carry the same own reference.

    Where one of them began after its last return, it was sent again.
    """
    carriers: dict[str, list[int]] = defaultdict(list)
    for position, head in enumerate(heads):
        for value in _values(head, CLIENT_REF):
            carriers[value].append(position)
    names = [min(_values(head, "entry_no")) for head in heads]
    inconsistencies: list[list[Inconsistency]] = []
    for position, head in enumerate(heads):
        returns = [order(event) for event in head if event.stage is Stage.REJECTED]
        found = []
        for value in sorted(_values(head, CLIENT_REF)):
            others = [p for p in carriers[value] if p != position]
            again = [p for p in others if returns and order(heads[p][0]) > max(returns)]
            for kind, same in (
                ("sent_again", again),
                ("shared_reference", [p for p in others if p not in again]),
            ):
                if same:
                    few = ", ".join(sorted(names[p] for p in same)[:MAX_NAMED])
                    more = f" and {len(same) - MAX_NAMED} more" if len(same) > MAX_NAMED else ""
                    found.append(Inconsistency(kind, f"{value} also names {few}{more}", None))
        inconsistencies.append(found)
    return inconsistencies


def _attached(unnumbered: list[Part], whole: list[Part]) -> list[tuple[Part, list[Inconsistency]]]:
    """Adds events without any number to what came back for a file of the same base name; returns
    those for which nothing did, or too much.
    """
    answered: dict[str, list[Part]] = defaultdict(list)
    for part in whole:
        for base in _values(part, OUTGOING_FILE):
            answered[base].append(sorted(part, key=order))
    alone: list[tuple[Part, list[Inconsistency]]] = []
    for part in unnumbered:
        (base,) = _values(part, OUTGOING_FILE)
        homes = answered[base]
        if 1 <= len(homes) <= MAX_SHARING:
            number = {id(event) for event in homes[_nearest(part, homes)]}
            next(home for home in whole if id(home[0]) in number).extend(part)
        else:
            alone.append((part, []))
    return alone


def _holds(part: Part, kinds: Iterable[str]) -> bool:
    return any(r.kind in kinds for event in part for r in event.references)


def _values(part: Part, kind: str) -> set[str]:
    return {r.value for event in part for r in event.references if r.kind == kind}


def _nearest(part: Part, homes: Sequence[Part]) -> int:
    """Which home began first after a part, else which began last before it."""
    begins = [(order(home[0]), position) for position, home in enumerate(homes)]
    later = [begin for begin in begins if begin[0] > order(part[0])]
    return min(later)[1] if later else max(begins)[1]


class _Submission:
    """An episode while its events are heard."""

    def __init__(self) -> None:
        self.events: Part = []
        self.outcome: str | None = None
        self.reviewed_at: datetime | None = None
        self.examined_from: datetime | None = None
        self.examined_until: datetime | None = None

    def first(self, stage: Stage) -> datetime | None:
        """When it first came to a stage."""
        return next((e.at for e in self.events if e.stage is stage), None)

    @property
    def since(self) -> datetime | None:
        """Time of its first event that has one."""
        return next((e.at for e in self.events if e.at), None)

    @property
    def declared_at(self) -> datetime | None:
        """Its first submission, else a declaration date with a time of day, else acceptance."""
        return self.first(Stage.SUBMITTED) or self._dated or self.first(Stage.ACCEPTED)

    @property
    def _dated(self) -> datetime | None:
        dates = (v for e in self.events for name, v in e.facts if name == "declaration_date")
        return next((datetime.fromisoformat(date) for date in dates if "T" in date), None)

    def examine(self, at: datetime) -> None:
        """Begins an inspection, unless one is under way."""
        if self.examined_from is None or self.examined_until is not None:
            self.examined_from, self.examined_until = at, None

    def awaits_receipt_of(self, event: Event) -> bool:
        """Whether an import receipt after the return is only the late one of what was returned.

        Customs may answer before the receipt has reached the client, and the receipt bears the
        time of its arrival. Each sending has one; so the first for a known number is that one.
        """
        if any(_acknowledged(known) for known in self.events):
            return False
        numbers = {r for r in event.references if r.kind in JOINING}
        return any(not numbers.isdisjoint(known.references) for known in self.events)


def _acknowledged(event: Event) -> bool:
    """Whether the data centre took a message: an import receipt that gives it a number."""
    numbered = any(r.kind in JOINING for r in event.references)
    return numbered and event.stage is Stage.DRAFT and Flag.TRANSMISSION in event.flags


class _Progress:
    """A declaration while its events are heard, in order."""

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
        """The episode that is being told."""
        return self.submissions[-1]

    def hear(self, event: Event) -> None:
        """Takes in the next event."""
        told, at = event.stage, event.at
        heeded = told is not None and at is not None and self._heeds(event)
        if heeded and self.stage in _ENDED:
            self._go_on(event)
        self.submission.events.append(event)
        if not heeded or told is None or at is None:
            return
        if told is Stage.INSPECTION:
            self.submission.examine(at)
        finished = self.stage in _FINISHED and Flag.UNDOES not in event.flags
        if told is Stage.RELEASED:
            kept = self.outstanding.items()
            self.outstanding = {name: action for name, action in kept if name == _UNTIL_CLOSURE}
        if event.action and (finished or told is Stage.RELEASED):
            action = Action(event.action, at, event.note, event.messages[0])
            self.outstanding.setdefault(event.action, action)
        if not finished or told in _FINISHED:
            self._move(event, told, at)

    def _heeds(self, event: Event) -> bool:
        """Whether an event with a stage may move this one."""
        if Flag.TRANSMISSION in event.flags and self.stage not in _AT_CLIENT:
            return False
        late = (
            _acknowledged(event)
            and self.stage in _ENDED
            and self.submission.awaits_receipt_of(event)
        )
        return not late

    def _go_on(self, event: Event) -> None:
        """After an end: the next episode, or the end was taken back."""
        if event.stage in _SENDING or Flag.TRANSMISSION in event.flags:
            self.submissions.append(_Submission())
        elif event.stage not in _ENDED:
            self.submission.outcome = None

    def _move(self, event: Event, told: Stage, at: datetime) -> None:
        """Comes to a stage, and to the milestones that go with it."""
        if Flag.UNDOES in event.flags:
            self.released_at = self.cleared_at = self.submission.reviewed_at = None
            self.guaranteed = False
        if Flag.REVIEWED in event.flags:
            self.submission.reviewed_at = self.submission.reviewed_at or at
        if told is Stage.RELEASED:
            self.released_at = self.released_at or at
            self.guaranteed |= Flag.GUARANTEE in event.flags
        elif told is Stage.CLEARED:
            self.cleared_at = self.cleared_at or at
        elif told in _ENDED:
            self.submission.outcome = _ENDED[told]
        if told in (Stage.CLEARED, Stage.WITHDRAWN):
            self.outstanding.clear()
        if self.submission.examined_from and told not in _NOT_OF_GOODS:
            self.submission.examined_until = self.submission.examined_until or at
        if told is not self.stage and not (self.stage is Stage.CLEARED and told is Stage.RELEASED):
            self.stage, self.since = told, at
            self.path.append((told, at))


def _derived(events: Part, inconsistencies: list[Inconsistency]) -> Declaration:
    """The timeline of one declaration's events, which are in order."""
    story = _Progress()
    for event in events:
        story.hear(event)
    standing = [s for s in story.submissions if s.outcome != "returned"] or story.submissions
    counted = standing[-1]
    facts = _facts(events)
    directions = {value for event in events for name, value in event.facts if name == "direction"}
    references: dict[str, tuple[str, ...]] = {}
    for kind, value in dict.fromkeys(r for event in events for r in event.references):
        references[kind] = (*references.get(kind, ()), value)
    milestones = {
        "first_declared_at": next(
            (s.declared_at for s in story.submissions if s.declared_at), None
        ),
        "declared_at": counted.declared_at,
        "accepted_at": counted.first(Stage.ACCEPTED),
        "reviewed_at": counted.reviewed_at,
        "examined_from": counted.examined_from,
        "examined_until": counted.examined_until,
        "released_at": story.released_at,
        "cleared_at": story.cleared_at,
    }
    return Declaration(
        dialect=events[0].dialect,
        references=dict(sorted(references.items())),
        direction=next(iter(directions)) if len(directions) == 1 else None,
        office=facts.get("office"),
        facts={name: facts[name] for name in sorted(facts) if name not in _ABOUT_NUMBERS},
        stage=story.stage,
        since=story.since,
        **milestones,
        withdrawn_at=story.since if story.stage is Stage.WITHDRAWN else None,
        last_at=events[-1].at,
        path=_path(story.path, milestones["first_declared_at"]),
        guaranteed=story.guaranteed,
        outstanding=tuple(sorted(story.outstanding.values(), key=lambda a: (a.since, a.action))),
        submissions=tuple(Submission(s.since, s.declared_at, s.outcome) for s in story.submissions),
        inconsistencies=(*inconsistencies, *_inconsistencies(events, directions, milestones)),
        events=tuple(events),
    )


def _path(path: Sequence[tuple[Stage, datetime]], since: datetime | None) -> str:
    """The stages from a moment on, each by its letter and the seconds since then."""
    if since is None:
        return ""
    told = ((stage, int((at - since).total_seconds())) for stage, at in path)
    return ",".join(f"{LETTERS[stage]},{seconds}" for stage, seconds in told if seconds >= 0)


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
            yield Inconsistency("unknown_code", f"{event.code} in {event.kind}", event.messages[0])
        for name, value in event.facts:
            if name == "name_number":
                yield Inconsistency(
                    "name_disagrees", f"the file name says {value}", event.messages[0]
                )
    if len(directions) > 1:
        yield Inconsistency(
            "direction_disagrees", "the numbers speak of import and of export", None
        )
    for name, (start, end) in INTERVALS.items():
        begin, until = milestones.get(start), milestones.get(end)
        if begin and until and until < begin:
            yield Inconsistency("negative_interval", f"{name} ends before it begins", None)
