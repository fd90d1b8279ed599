"""Reference numbers by their role: which join events, name a declaration, and index it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from clearance.customs import DEFAULT, searching, systems, until_systems_change
from clearance.model import Declaration, Event, Kind, Reference, Role, Summary, normal

JOINING_ROLES = (Role.OFFICIAL, Role.JOINING)
"""Roles of numbers that belong to one declaration only."""
NAMING_ROLES = (*JOINING_ROLES, Role.OWN)
"""Roles of numbers that say which declaration an event is about."""
_CUT = r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]{2}|[0-9]{15,}000"
"""A number that a spreadsheet shows as a figure, or keeps with 15 digits that count."""
_MIN_PART_CHARS = 2
"""Characters of a part of a number that finds it."""
WEAK_ROLES = (Role.OWN, Role.FILE)
"""Roles of references that others may bear too."""


@until_systems_change
def kinds() -> Mapping[str, Kind]:
    """Every kind of every system by name, in the order of roles: official numbers first.

    One that several have is called as the default system calls it.
    """
    usual = sorted(systems().values(), key=lambda system: system.name == DEFAULT)
    all_kinds = [kind for system in usual for kind in system.kinds]
    return {kind.name: kind for role in Role for kind in all_kinds if kind.role is role}


@until_systems_change
def of_role(*roles: Role) -> frozenset[str]:
    """The names of the kinds that have one of these roles."""
    return frozenset(kind.name for kind in kinds().values() if kind.role in roles)


def with_role(references: Iterable[Reference], *roles: Role) -> list[Reference]:
    """The references whose kind has one of these roles."""
    wanted = of_role(*roles)
    return [reference for reference in references if reference.kind in wanted]


def joining(event: Event) -> list[Reference]:
    """The references of an event that belong to one declaration only."""
    return with_role(event.references, *JOINING_ROLES)


def own(event: Event) -> list[Reference]:
    """The declarant's own references of an event."""
    return with_role(event.references, Role.OWN)


def files(event: Event) -> list[Reference]:
    """The base names of the outgoing files that an event is about."""
    return with_role(event.references, Role.FILE)


def is_joined(event: Event) -> bool:
    """Whether an event bears a number that belongs to one declaration only."""
    wanted = of_role(*JOINING_ROLES)
    return any(reference.kind in wanted for reference in event.references)


def is_numbered(event: Event) -> bool:
    """Whether an event bears a number that says which declaration it is about."""
    wanted = of_role(*NAMING_ROLES)
    return any(reference.kind in wanted for reference in event.references)


def origins(event: Event) -> tuple[str, ...]:
    """What identifies an alert that an event began: the messages that tell the event.

    Where a message may tell events of several declarations, each with the event's best number.
    """
    system = systems().get(event.system)
    if system is None or not system.several_in_message:
        return event.messages
    numbers = {r.kind: r.value for r in with_role(event.references, *NAMING_ROLES)}
    best = next((numbers[kind] for kind in kinds() if kind in numbers), "")
    return tuple(f"{message} {best}" for message in event.messages)


def best_known(system: str, references: Mapping[str, Collection[str]]) -> str:
    """The number people know a declaration by: the latest of its best kind."""
    for name in (*_kinds_of(system), *references):
        if values := references.get(name):
            return list(values)[-1]
    raise ValueError("a declaration without any reference")


def own_reference(summary: Summary) -> str | None:
    """The latest of the declarant's own references; None where that is its name already."""
    own = [summary.references[kind][-1] for kind in in_order(summary) if kind in of_role(Role.OWN)]
    return next((reference for reference in own if reference != summary.name), None)


def undeclared(summary: Summary) -> Kind | None:
    """The kind of the number that names what is no declaration; None of a declaration."""
    known = kinds()
    best = next((known[kind] for kind in in_order(summary) if kind in known), None)
    return None if best is None or best.declares else best


def in_order(summary: Summary) -> list[str]:
    """The kinds of a declaration's numbers, the best known first."""
    ordered = dict.fromkeys((*_kinds_of(summary.system), *summary.references))
    return [kind for kind in ordered if kind in summary.references]


@until_systems_change
def _kinds_of(system: str) -> tuple[str, ...]:
    """The names of every kind, those of a system first."""
    own = systems()[system].kinds if system in systems() else ()
    return tuple(dict.fromkeys((*(kind.name for kind in own), *kinds())))


def keys_of(numbers: Iterable[str]) -> set[str]:
    """Every index key that a declaration with one of these numbers may have."""
    return {Reference(kind, number).key for number in numbers for kind in kinds()}


def identity_keys(summary: Summary) -> set[str]:
    """Keys of its unique numbers; without one, of the declarant's reference; else of any number."""
    for roles in (JOINING_ROLES, (Role.OWN,)):
        if keys := _number_keys(summary, of_role(*roles)):
            return keys
    return _number_keys(summary, summary.references)


def identity(summary: Summary) -> str:
    """What tells a declaration from every other, also from one of the same name: a key of it."""
    return min(identity_keys(summary))


def names(kind: str, number: str) -> list[str]:
    """What finds a number of a kind: itself, and its parts where it is made of several.

    Each in the form numbers are compared in; a bill of lading may be ``MASTER_HOUSE``.
    """
    whole = normal(number)
    between = kinds()[kind].joined_by if kind in kinds() else ""
    if not between or not any(character in whole for character in between):
        return [whole]
    parts = re.split(f"[{re.escape(between)}]", whole)
    return [whole, *(part for part in parts if len(part) >= _MIN_PART_CHARS)]


def bears(summary: Summary, numbers: Collection[str]) -> bool:
    """Whether a declaration is found by one of some numbers, in the form they are compared in."""
    return any(
        name in numbers
        for kind, values in summary.references.items()
        for value in values
        for name in names(kind, value)
    )


def index_keys(declaration: Declaration) -> set[str]:
    """Keys of its numbers and what is searched, and of references that link an event which has no
    better one.
    """
    keys = {
        f"{kind}:{name}"
        for kind, values in declaration.references.items()
        for value in values
        for name in names(kind, value)
    }
    keys |= searching.index_keys(declaration.events)
    for event in declaration.events:
        if not is_joined(event):
            keys |= set(map(unsupported_key, own(event) or files(event)))
    return keys


def _number_keys(summary: Summary, wanted: Collection[str]) -> set[str]:
    """Index keys of a declaration's numbers of some kinds."""
    return {
        Reference(kind, value).key
        for kind, values in summary.references.items()
        if kind in wanted
        for value in values
    }


def unsupported_key(reference: Reference) -> str:
    """The index key of a declaration with an event that only this kind of reference links."""
    return f"only:{reference.key}"


def is_cut(number: str) -> bool:
    """Whether a number looks as if a spreadsheet had cut it: as a figure, or with zeros at its end.

    >>> is_cut("2.2992E+17"), is_cut("229920260991100000"), is_cut("229920260991100017")
    (True, True, False)
    """
    return re.fullmatch(_CUT, number.strip()) is not None


def significant(number: str) -> str:
    """The digits of a cut number that are left: those before the zeros or the exponent.

    >>> significant("2.2992E+17"), significant("229920260991100000")
    ('22992', '2299202609911')
    """
    figure = re.split("e", number.strip(), flags=re.IGNORECASE)[0]
    return re.sub("[.,]", "", figure).rstrip("0")
