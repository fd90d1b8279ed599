"""Reference numbers by their role, and the keys that declarations are found by."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clearance.customs import references, systems
from clearance.model import Declaration, Event, Reference, Role
from tests.stories import KINDS
from tests.stories import declaration as told

OFFICIAL, JOINING, OWN, GROUP, FILE = (
    KINDS[role] for role in (Role.OFFICIAL, Role.JOINING, Role.OWN, Role.GROUP, Role.FILE)
)


def test_kinds_come_by_role_the_official_first() -> None:
    roles = [kind.role for kind in references.kinds().values()]
    assert roles == sorted(roles, key=list(Role).index)


def test_a_kind_that_two_systems_declare_has_one_role() -> None:
    for system in systems().values():
        for kind in system.kinds:
            assert references.kinds()[kind.name].role is kind.role


def test_the_kinds_of_some_roles_are_those_of_each() -> None:
    joining = references.of_role(*references.JOINING_ROLES)
    assert joining == references.of_role(Role.OFFICIAL) | references.of_role(Role.JOINING)
    assert OWN in references.of_role(*references.NAMING_ROLES)
    assert GROUP not in references.of_role(*references.NAMING_ROLES)


def test_references_are_chosen_by_role() -> None:
    own, bill = Reference(OWN, "R1"), Reference(GROUP, "B1")
    assert references.with_role((own, bill, Reference("passport", "P")), Role.OWN) == [own]


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ({OWN: ("R1",), JOINING: ("A",), OFFICIAL: ("1", "2")}, "2"),
        ({OWN: ("R1",), JOINING: ("A", "B")}, "B"),
        ({GROUP: ("B1",), OWN: ("R1",)}, "R1"),
        ({FILE: ("OUT_1",)}, "OUT_1"),
        ({"passport": ("P1",)}, "P1"),
    ],
)
@pytest.mark.parametrize("system", ["cn_single_window", "no_such_system"])
def test_a_declaration_is_known_by_the_latest_number_of_its_best_kind(
    numbers: Mapping[str, tuple[str, ...]], name: str, system: str
) -> None:
    assert references.best_known(system, numbers) == name


def test_a_declaration_without_any_number_has_no_name() -> None:
    with pytest.raises(ValueError, match="without any reference"):
        references.best_known("cn_single_window", {})


def test_a_declaration_is_identified_by_its_unique_numbers(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  accepted  official=1  group=BILL
    """
    assert references.identity_keys(declaration) == {f"{OFFICIAL}:1", f"{JOINING}:a"}


def test_without_one_by_its_own_reference_and_else_by_any() -> None:
    own = told("2026-03-02T08:00Z  draft  joining=  group=BILL")
    assert references.identity_keys(own) == {f"{OWN}:ref1"}
    file = told("2026-03-02T08:00Z  draft  own=  joining=  file=OUT_1")
    assert references.identity_keys(file) == {f"{FILE}:out_1"}


def test_it_is_found_by_every_number_whatever_their_case_and_width(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:00Z  accepted  own=Ab official=12 group=BILL
    """
    keys = references.index_keys(declaration)
    assert {f"{OWN}:ab", f"{OFFICIAL}:12", f"{JOINING}:a", f"{GROUP}:bill"} == keys
    assert Reference(OFFICIAL, " １２ ").key in keys


def test_an_event_without_a_number_is_found_by_its_file(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  draft  own=  joining=  file=OUT_1
    """
    assert references.unsupported_key(Reference(FILE, "OUT_1")) in references.index_keys(
        declaration
    )


def test_a_numbered_event_is_not_found_as_one_without(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  draft  file=OUT_1
    """
    assert references.unsupported_key(Reference(FILE, "OUT_1")) not in references.index_keys(
        declaration
    )


def test_an_event_is_numbered_if_a_number_names_its_declaration(story: list[Event]) -> None:
    """
    2026-03-02T08:00Z  accepted
    2026-03-02T08:01Z  -  own= joining= group=BILL
    2026-03-02T08:02Z  -  own= joining= file=OUT_1
    """
    assert [references.is_numbered(event) for event in story] == [True, False, False]


def test_its_kinds_are_listed_in_the_order_of_its_system() -> None:
    chinese = told("2026-03-02T08:00Z  accepted  official=1  group=BILL", "cn_single_window")
    assert references.in_order(chinese) == [OFFICIAL, JOINING, OWN, GROUP]
