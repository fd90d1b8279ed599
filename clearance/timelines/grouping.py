"""Which events are about one declaration. Pure functions of a set of events.

Two events that share an official or a joining number belong to one declaration, directly or
through a third. Two references are weaker:

* A declarant's own reference may be used again for another declaration. It joins, within its
  customs system, as long as at most one of the parts it would join has an official number. Beyond
  that each part with an official number is a declaration of its own. A part without one goes to
  the declaration that began next after it (a failed submission precedes its correction), else to
  the last one before it. What a person said goes with the last of those that was known when it was
  said, and with what takes it back.
* The base name of an outgoing file joins an event that carries no number at all, such as the
  client's own error, to what came back for a file of that name, chosen in the same way.

Some programs write one own reference, or one file name, into everything they send. A reference
beside which more than ``MAX_SHARING`` numbers of another kind stand is *overused* and links no
event to a number any more. Of an event that a number identifies only this number counts, because
its copies, which are made one, share no other for certain. What counts so only becomes more as
messages and names come: what is overused stays so, whatever comes later and in whichever order.

Events of one declaration are ordered by time, then rank (that of the code, else of the stage), then
receipt serial, then message digest. An event without a time is a link only, and sorts first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import Any, TypeVar

from clearance.customs import references, systems, until_systems_change
from clearance.customs.references import (
    NAMING_ROLES,
    WEAK_ROLES,
    is_joined,
    is_numbered,
    of_role,
)
from clearance.model import RANK, Event, Flag, Inconsistency, Reference, Role, Says, Stage
from clearance.named_tuples import NamedTuple

MAX_SHARING = 20
"""An own reference or a base name beside more numbers of another kind than this links nothing."""
_MAX_LISTED = 3
"""Declarations that an inconsistency names before it counts the rest."""

_T = TypeVar("_T")
_Value = TypeVar("_Value", str, Reference, tuple[str, str])

_Part = list[Event]
"""Events, in order, that certainly belong to one declaration."""


class Group(NamedTuple):
    """The events of one declaration, in order, and how its numbers contradict another's."""

    events: list[Event]
    inconsistencies: list[Inconsistency]


def grouped(events: Iterable[Event], overused: Set[Reference] | None = None) -> list[Group]:
    """The events of each declaration, ordered by the first of them.

    ``overused`` are the references that are so, where others than these events decide that too.
    """
    ordered = sorted(_merged(events), key=order)
    if overused is None:
        overused = overused_in(ordered)
    position = {id(event): place for place, event in enumerate(ordered)}
    numbered, unnumbered = _partition(
        _connected(ordered, _ties), lambda part: any(map(is_numbered, part))
    )
    sharing = _connected(numbered, lambda part: _own_references(part, overused))
    groups = [group for parts in sharing for group in _separated(parts, overused)]
    groups += _attached(unnumbered, groups, overused)
    if overused:
        for group in groups:
            group.inconsistencies.extend(_overuse(group.events, overused))
    return sorted(groups, key=lambda group: position[id(group.events[0])])


def overused_in(events: Iterable[Event]) -> set[Reference]:
    """Own references and base names that stand beside too many numbers to link by.

    Copies of an event give the same, whether or not they were made one already.
    """
    weak = of_role(*WEAK_ROLES)
    beside: dict[Reference, set[Reference]] = defaultdict(set)
    for event in events:
        for reference in event.references:
            if reference.kind in weak:
                beside[reference].update(_beside(reference, event))
    return {reference for reference, those in beside.items() if _are_too_many(reference, those)}


def _beside(weak: Reference, event: Event) -> Sequence[Reference]:
    """What stands beside a weak reference of an event in whichever of its copies bears it.

    Copies have the number in common that identifies the event, and each may bear others; which of
    these stood together can no longer be told once the copies are one.
    """
    number = _identifying(event)
    return event.references if number in (None, weak) else (number,)


def _are_too_many(weak: Reference, beside: Collection[Reference]) -> bool:
    """Whether references hold more than ``MAX_SHARING`` numbers of one kind that is another."""
    if len(beside) <= MAX_SHARING:
        return False
    kinds = of_role(*NAMING_ROLES) - {weak.kind}
    count = Counter(kind for kind, _ in beside if kind in kinds)
    return max(count.values(), default=0) > MAX_SHARING


def _overuse(events: Iterable[Event], overused: Set[Reference]) -> Iterator[Inconsistency]:
    """A remark on each overused own reference that a declaration bears."""
    own = {r for event in events for r in references.own(event)}
    for reference in sorted(own & overused):
        values = {"reference": reference.value, "count": MAX_SHARING}
        yield Inconsistency("overused_reference", values, None)


def order(event: Event) -> tuple[Any, ...]:
    """Sort key: time, then rank of the code or the stage, then receipt serial, then digest.

    Two events of one message differ in their references, or in what they say.
    """
    at = event.at.timestamp() if event.at else float("-inf")
    rank = RANK[event.stage] if event.rank is None else event.rank
    text = (event.code or "", event.sub or "", event.note or "")
    return at, rank, event.serial or "", event.messages, event.references, text


# Copies


def _merged(events: Iterable[Event]) -> Iterator[Event]:
    """Events without copies: several messages with the same statement give one event."""
    copies: dict[Hashable, list[Event]] = defaultdict(list)
    for event in events:
        copies[_statement(event)].append(event)
    for alike in copies.values():
        yield alike[0] if len(alike) == 1 else _union(alike)


def _statement(event: Event) -> Hashable:
    """The statement of an event, which all its copies share; what is by hand has none."""
    if Flag.BY_HAND in event.flags:
        return event.messages
    _, serial_identifies = _identity(event.system)
    about = _identifying(event) or event.references
    if Flag.CONTENT in event.flags:
        return event.system, about, event.at, event.flags, event.facts
    if event.serial and serial_identifies:
        return event.system, about, event.serial, event.code, event.at
    return event.system, event.kind, about, event.code, event.sub, event.at, event.note


def _identifying(event: Event) -> Reference | None:
    """The number that identifies an event; None if it has none that does."""
    kinds, _ = _identity(event.system)
    return next((r for kind in kinds for r in event.references if r.kind == kind), None)


@until_systems_change
def _identity(system: str) -> tuple[tuple[str, ...], bool]:
    """The kinds of number that identify an event of a system, and whether its serial does."""
    if system not in systems():
        return (), False
    return systems()[system].same_event_by, systems()[system].serial_identifies


def _union(copies: Sequence[Event]) -> Event:
    """The earliest of several copies, with the numbers and facts of all.

    Where one of them does not say when it was received, neither do they: it was known before.

    Each field is a smallest value or a union, so that it does not matter in which order, or in how
    many steps, the messages come together.
    """
    facts = dict(reversed(_all(event.facts for event in copies)))
    times = [event.received_at for event in copies]
    first = None if None in times else min(at for at in times if at)
    last = max(
        (at for event in copies for at in (event.received_at, event.whole_at) if at), default=None
    )
    known_at = first or copies[0].at
    return min(copies, key=lambda event: event.messages)._replace(
        serial=min((event.serial for event in copies if event.serial), default=None),
        received_at=first,
        whole_at=last if last and (known_at is None or last > known_at) else None,
        references=_all(event.references for event in copies),
        facts=tuple(sorted(facts.items())),
        messages=_all(event.messages for event in copies),
    )


def _all(values: Iterable[tuple[_Value, ...]]) -> tuple[_Value, ...]:
    """Every value once, in ascending order."""
    return tuple(sorted(set(chain.from_iterable(values))))


# Parts


def _ties(event: Event) -> Sequence[Hashable]:
    """What ties an event to others: its joining numbers; without any number, its file's name.

    A declarant's own reference ties nothing yet: each event that has no better one is placed by
    itself, because two failed submissions may belong to two declarations.
    """
    joining = references.joining(event)
    return joining if joining or is_numbered(event) else references.files(event)


def _own_references(part: _Part, overused: Set[Reference]) -> set[Hashable]:
    """The declarant's own references; another customs system may use the same for another thing.

    An overused one ties only parts without a joining number, to each other.
    """
    own = {(event.system, r) for event in part for r in references.own(event)}
    weak = {tie for tie in own if tie[1] in overused} if overused else set()
    if not weak:
        return {*own}
    if any(map(is_joined, part)):
        return {*(own - weak)}
    return {*(own - weak), *((*tie, "only") for tie in weak)}


def _connected(items: Sequence[_T], ties: Callable[[_T], Iterable[Hashable]]) -> list[list[_T]]:
    """Items in groups that share a tie, directly or through a third, by union-find."""
    parent = list(range(len(items)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    holder: dict[Hashable, int] = {}
    for position, item in enumerate(items):
        for tie in ties(item):
            if (first := holder.setdefault(tie, position)) != position:
                mine, other = root(position), root(first)
                parent[max(mine, other)] = min(mine, other)
    groups: dict[int, list[_T]] = defaultdict(list)
    for position, item in enumerate(items):
        groups[root(position)].append(item)
    return list(groups.values())


def _partition(items: Iterable[_T], test: Callable[[_T], bool]) -> tuple[list[_T], list[_T]]:
    """Items that pass a test, and those that do not."""
    passed, failed = list[_T](), list[_T]()
    for item in items:
        (passed if test(item) else failed).append(item)
    return passed, failed


def _official(part: _Part) -> set[str]:
    """The official numbers that a part bears."""
    kinds = of_role(Role.OFFICIAL)
    return {r.value for event in part for r in event.references if r.kind in kinds}


# Parts that share a declarant's own reference


def _separated(parts: list[_Part], overused: Set[Reference]) -> list[Group]:
    """Parts that share an own reference: one declaration, or one for each official number."""
    if len(parts) == 1:
        return [Group(parts[0], [])]
    heads, others = _partition(parts, lambda part: bool(_official(part)))
    if len(heads) <= 1:
        return [Group(sorted(chain.from_iterable(parts), key=order), [])]
    remarks = _sharing(heads, overused)
    groups = [Group(list(head), shared) for head, shared in zip(heads, remarks, strict=True)]
    begins = [order(head[0]) for head in heads]
    said, sent = _partition(others, _is_by_hand)
    placed = [(part, _nearest(order(part[0]), begins)) for part in sent]
    for part, home in (*placed, *_said_placed(said, heads, placed)):
        _add(part, groups[home])
    return groups


def _is_by_hand(part: _Part) -> bool:
    return all(Flag.BY_HAND in event.flags for event in part)


def _said_placed(
    said: Sequence[_Part],
    heads: Sequence[_Part],
    sent: Sequence[tuple[_Part, int]],
) -> Iterator[tuple[_Part, int]]:
    """Statements, each with the place of the head that it goes with.

    That which holds what takes it back, or what it takes back; else that of what was ``sent``
    last, as far as was known when it was said.
    """
    if not said:
        return
    begins = [order(head[0]) for head in heads]
    placed = chain(((head, place) for place, head in enumerate(heads)), sent)
    known = ((event, home) for part, home in placed for event in part)
    homes = {_about(event): home for event, home in known if Flag.BY_HAND in event.flags}
    for part in said:
        about = [_about(event) for event in part]
        home = next((homes[each] for each in about if each in homes), None)
        if home is None:
            before = [(order(each[0]), place) for each, place in sent if _was_known(each, part)]
            home = max(before)[1] if before else _nearest(order(part[0]), begins)
        homes |= dict.fromkeys(about, home)
        yield part, home


def _was_known(part: _Part, said: _Part) -> bool:
    """Whether a part was known when another was said."""
    at, then = part[0].known_at, said[0].known_at
    return at is not None and then is not None and at <= then


def _about(event: Event) -> str:
    """The message of a statement, or of the one that it takes back."""
    facts = dict(event.facts)
    taken_back = facts.get("about") if facts.get("says") == Says.UNDO else None
    return taken_back or event.messages[0]


def _add(part: _Part, group: Group) -> None:
    """Adds a part's events to a declaration, in order."""
    group.events.extend(part)
    group.events.sort(key=order)


def _sharing(heads: Sequence[_Part], overused: Set[Reference]) -> list[list[Inconsistency]]:
    """For each part with an official number, which others use one of its own references."""
    names = [min(_official(head)) for head in heads]
    begins = [order(head[0]) for head in heads]
    own = [
        {r.value for e in head for r in references.own(e) if r not in overused} for head in heads
    ]
    carriers: dict[str, list[int]] = defaultdict(list)
    for position, values in enumerate(own):
        for value in values:
            carriers[value].append(position)
    return [
        [
            _shared(kind, value, [names[other] for other in others])
            for value in sorted(own[position])
            for kind, others in _sharers(position, head, carriers[value], begins).items()
            if others
        ]
        for position, head in enumerate(heads)
    ]


def _sharers(
    position: int, head: _Part, carriers: Iterable[int], begins: Sequence[tuple[Any, ...]]
) -> dict[str, list[int]]:
    """The other carriers of a reference: those that began after this one's last return, as the
    same sent again, and the rest.
    """
    returns = (e for e in head if e.stage is Stage.REJECTED and Flag.BY_HAND not in e.flags)
    returned = max(map(order, returns), default=None)
    again, rest = _partition(
        (carrier for carrier in carriers if carrier != position),
        lambda carrier: returned is not None and begins[carrier] > returned,
    )
    return {"sent_again": again, "shared_reference": rest}


def _shared(kind: str, value: str, names: Sequence[str]) -> Inconsistency:
    values = {"reference": value, **first_of(sorted(names), len(names))}
    return Inconsistency(kind, values, None)


def first_of(names: Sequence[str], count: int) -> dict[str, Any]:
    """The first names of so many, and how many more there are."""
    shown = list(names[:_MAX_LISTED])
    more = count - len(shown)
    return {"names": shown, "more": more} if more > 0 else {"names": shown}


def _nearest(moment: tuple[Any, ...], begins: Sequence[tuple[Any, ...]]) -> int:
    """The position of the first beginning after a moment, else of the last before it."""
    positions = range(len(begins))
    later = [position for position in positions if begins[position] > moment]
    return min(later, key=begins.__getitem__) if later else max(positions, key=begins.__getitem__)


# Events without a number


def _attached(
    unnumbered: Sequence[_Part], groups: Sequence[Group], overused: Set[Reference]
) -> list[Group]:
    """Attaches events without a number to the declaration whose outgoing file has that name.

    Returns those whose file's name is overused, or that no declaration has.
    """
    if not unnumbered:
        return []
    begins = [order(group.events[0]) for group in groups]
    answered: dict[Reference, list[int]] = defaultdict(list)
    for position, group in enumerate(groups):
        for file in {r for event in group.events for r in references.files(event)}:
            answered[file].append(position)
    alone: list[Group] = []
    for part in unnumbered:
        (file,) = {r for event in part for r in references.files(event)}
        homes = [] if file in overused else answered[file]
        if homes:
            nearest = _nearest(order(part[0]), [begins[home] for home in homes])
            _add(part, groups[homes[nearest]])
        else:
            alone.append(Group(part, []))
    return alone
