"""Reference numbers by their role: what joins events, what names a declaration, how it is filed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache

from clearance.customs import systems
from clearance.model import Declaration, Event, Kind, Reference, Role, Summary, normal

JOINS = (Role.OFFICIAL, Role.JOINING)
"""Roles whose holders are always one declaration."""
NAMES = (*JOINS, Role.OWN)
"""Roles that say which declaration an event is about."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of every system by name, those first that a reader knows a declaration by."""
    found: dict[str, Kind] = {}
    for role in Role:
        for one in systems().values():
            found |= {kind.name: kind for kind in one.kinds if kind.role is role}
    return found


@cache
def of_role(*roles: Role) -> frozenset[str]:
    """The names of the kinds that have any of some roles."""
    return frozenset(kind.name for kind in kinds().values() if kind.role in roles)


def names(references: Iterable[Reference], *roles: Role) -> bool:
    """Whether any of some references has one of these roles."""
    wanted = of_role(*roles)
    return any(reference.kind in wanted for reference in references)


def best_known(system: str, references: Mapping[str, Collection[str]]) -> str:
    """The number a reader knows a declaration by: the latest of the best kind that it has."""
    for name in (*_kinds_of(system), *references):
        if values := references.get(name):
            return list(values)[-1]
    raise ValueError("a declaration without any reference")


def in_order(summary: Summary) -> list[str]:
    """The kinds of a declaration's numbers, best known first."""
    known = dict.fromkeys((*_kinds_of(summary.system), *summary.references))
    return [kind for kind in known if kind in summary.references]


@cache
def _kinds_of(system: str) -> tuple[str, ...]:
    """The names of every kind, those of a system first."""
    own = systems()[system].kinds if system in systems() else ()
    return tuple(dict.fromkeys((*(kind.name for kind in own), *kinds())))


def number_keys(summary: Summary) -> set[str]:
    """Index keys of a declaration's numbers."""
    return {Reference(kind, v).key for kind, values in summary.references.items() for v in values}


def identity_keys(summary: Summary) -> set[str]:
    """Keys of its unique numbers; without one, of the declarant's reference; else of any number."""
    keys = number_keys(summary)
    for roles in (JOINS, (Role.OWN,)):
        wanted = of_role(*roles)
        if own := {key for key in keys if key.partition(":")[0] in wanted}:
            return own
    return keys


def index_keys(declaration: Declaration) -> set[str]:
    """Keys of its numbers, and of the file names of events that have no number."""
    return number_keys(declaration) | {
        unnumbered(reference.value)
        for event in declaration.events
        if not is_numbered(event)
        for reference in event.references
        if reference.kind in of_role(Role.FILE)
    }


def origins(event: Event) -> tuple[str, ...]:
    """What the id of an alert that an event began is made of: the ids of the event's messages.

    Where a message of its system may hold events of several declarations, each id is followed by
    the event's best number.
    """
    system = systems().get(event.system)
    if system is None or not system.several_in_message:
        return event.messages
    numbers = {r.kind: r.value for r in event.references if r.kind in of_role(*NAMES)}
    own = next((numbers[kind] for kind in kinds() if kind in numbers), "")
    return tuple(f"{message} {own}" for message in event.messages)


def is_numbered(event: Event) -> bool:
    """Whether an event bears a number that says which declaration it is about."""
    return names(event.references, *NAMES)


def unnumbered(base: str) -> str:
    """The index key of a declaration with an event that only a file's base name links."""
    return f"unnumbered:{normal(base)}"
