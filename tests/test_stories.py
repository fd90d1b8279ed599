"""Stories in tests are read as they are written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from clearance.model import Declaration, Event, Flag, Reference, Role, Stage
from clearance.timelines.grouping import order
from tests.stories import KINDS, declaration, events, moment


def numbers(event: Event) -> dict[str, str]:
    return dict(event.references)


def test_a_line_is_an_event_and_prose_is_for_the_reader(story: list[Event]) -> None:
    """The goods are looked at on Tuesday.

    2026-03-02T08:00+08:00  accepted    official=1
    2026-03-03T08:00+08:00  inspection  inspection  requested  office=2248  "bring the papers"
    """
    accepted, inspected = story
    assert (accepted.stage, accepted.at) == (Stage.ACCEPTED, moment("2026-03-02T08:00+08:00"))
    assert (accepted.action, accepted.note, accepted.flags) == (None, None, ())
    assert (inspected.action, inspected.flags) == ("inspection", (Flag.REQUESTED,))
    assert inspected.note == "bring the papers"
    assert inspected.facts == (("office", "2248"),)
    assert accepted.messages != inspected.messages


def test_numbers_hold_until_another_submission_begins(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted   official=1  group=BILL
    2026-03-02T09:00+08:00  rejected
    2026-03-03T08:00+08:00  submitted  joining=B
    """
    own, joining, official, group = (
        KINDS[role] for role in (Role.OWN, Role.JOINING, Role.OFFICIAL, Role.GROUP)
    )
    assert [numbers(event) for event in story] == [
        {own: "REF1", joining: "A"},
        {own: "REF1", joining: "A", official: "1", group: "BILL"},
        {own: "REF1", joining: "A", official: "1"},
        {own: "REF1", joining: "B"},
    ]


def test_an_empty_number_is_none() -> None:
    (event,) = events("2026-03-02T08:00Z - own= joining= file=OUT")
    assert event.stage is None
    assert event.references == (Reference(KINDS[Role.FILE], "OUT"),)


def test_a_declaration_is_what_its_story_makes_it(declaration: Declaration) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted
    2026-03-02T09:00+08:00  released   guarantee
    """
    assert (declaration.stage, declaration.guaranteed) == (Stage.RELEASED, True)
    assert declaration.interval("accept-release") == 59 * 60


def test_stages_of_one_second_are_told_apart() -> None:
    told = declaration("2026-03-02T08:00Z cleared\n2026-03-02T08:00Z released")
    assert [event.stage for event in told.events] == [Stage.RELEASED, Stage.CLEARED]
    assert all(order(one) < order(other) for one, other in pairwise(told.events))


@pytest.mark.parametrize("words", ["landed", "accepted quickly", 'accepted "a" "b"', "accepted x"])
def test_a_word_that_says_nothing_is_an_error(words: str) -> None:
    with pytest.raises(ValueError, match=r"landed|quotation marks"):
        events(f"2026-03-02T08:00Z {words}")


def test_a_time_without_an_offset_is_an_error() -> None:
    with pytest.raises(ValueError, match="no offset"):
        events("2026-03-02T08:00 accepted")
