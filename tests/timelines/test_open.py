"""What is open: amendments, inspections, returns and deletions until they are over, two steps."""

from __future__ import annotations

import pytest

from clearance.model import Declaration, Event, Stage
from clearance.timelines import derive
from tests.stories import declaration as told
from tests.stories import moment

BEFORE = """
2026-03-02T08:00+08:00  submitted  direction=import
2026-03-02T08:01+08:00  accepted   official=1
"""


def asked(declaration: Declaration) -> list[str]:
    return [action.action for action in declaration.outstanding]


# Amended after the closure


def test_an_amendment_after_the_closure_leaves_release_and_closure_as_they_were(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted      official=1
    2026-03-02T09:00+08:00  released
    2026-03-04T09:00+08:00  cleared
    2026-03-24T09:00+08:00  under_review  undoes
    2026-03-25T09:00+08:00  released
    2026-03-25T09:01+08:00  cleared
    """
    (closed,), (amended,), (again,) = (derive.link(story[:n]) for n in (4, 5, 7))
    assert not closed.open
    assert amended.open
    assert amended.stage is Stage.UNDER_REVIEW
    assert not again.open
    for later in (amended, again):
        assert later.released_at == closed.released_at
        assert later.cleared_at == closed.cleared_at
        assert [found.kind for found in later.inconsistencies] == ["amended_after_closure"]


# Inspections


@pytest.mark.parametrize("note", ["reviewed", "under_review", "action_due documents"])
def test_a_review_of_the_papers_does_not_end_an_inspection(note: str) -> None:
    found = told(
        f"{BEFORE}2026-03-02T09:00+08:00  inspection  inspection\n2026-03-02T09:01+08:00  {note}"
    )
    assert found.examined_until is None
    assert asked(found) == ["inspection"]
    assert asked(told(f"{BEFORE}2026-03-02T09:00+08:00  inspection  inspection")) == []


@pytest.mark.parametrize(
    ("course", "is_open"),
    [
        ("released, cleared, inspection inspection at_destination", True),
        ("released, inspection inspection at_destination, cleared", True),
        ("inspection inspection at_destination, released, cleared", True),
        ("released, inspection inspection, cleared", True),
        ("inspection inspection, released, cleared", False),
        ("released, cleared, inspection inspection at_destination, released", False),
        ("released, cleared, inspection inspection at_destination, cleared", False),
    ],
)
def test_an_inspection_at_the_destination_outlasts_the_closure(course: str, is_open: bool) -> None:
    lines = [f"2026-03-02T{9 + n:02}:00+08:00  {s}" for n, s in enumerate(course.split(", "))]
    found = told(BEFORE + "\n".join(lines))
    assert found.stage is Stage.CLEARED
    assert found.open is is_open
    assert asked(found) == ["inspection"] * is_open


def test_the_closure_of_an_export_ends_an_inspection_after_its_release(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:01+08:00  accepted    official=1 direction=export
    2026-03-02T09:00+08:00  released
    2026-03-02T10:00+08:00  inspection  inspection
    2026-03-03T09:00+08:00  cleared
    """
    assert not declaration.open


def test_duties_stay_outstanding_while_the_goods_are_inspected(declaration: Declaration) -> None:
    """
    2026-03-02T08:01+08:00  accepted    official=1
    2026-03-02T09:00+08:00  action_due  tax
    2026-03-02T10:00+08:00  inspection  inspection
    """
    assert asked(declaration) == ["tax"]


# Two steps


def test_a_summary_that_is_picked_up_wants_the_full_declaration_until_customs_accepts_it(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  released   guarantee summary
    2026-03-09T08:00+08:00  submitted
    2026-03-09T08:10+08:00  rejected   return
    2026-03-09T09:00+08:00  submitted
    2026-03-09T09:01+08:00  accepted
    """
    told = [derive.link(story[:n])[0] for n in range(3, 8)]
    assert [asked(one) for one in told] == [
        ["full_declaration"],
        ["full_declaration"],
        ["full_declaration", "return"],
        ["full_declaration", "return"],
        [],
    ]
    assert {one.stage for one in told} == {Stage.RELEASED}


def test_a_review_of_the_summary_makes_the_next_release_one_to_pick_up(story: list[Event]) -> None:
    """
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T08:30+08:00  reviewed   summary
    2026-03-02T09:00+08:00  released
    2026-03-09T09:00+08:00  released
    """
    assert asked(derive.link(story[:3])[0]) == ["full_declaration"]
    assert asked(derive.link(story)[0]) == []


# Sent again


def test_a_deletion_is_answered_by_a_later_sending_under_the_same_reference(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  withdrawn  undoes
    2026-03-03T08:01+08:00  accepted   joining=B official=2
    """
    deleted, again = derive.link(story)
    assert deleted.superseded
    assert [found[:2] for found in deleted.inconsistencies] == [
        ("sent_again", {"reference": "REF1", "names": ["2"]})
    ]
    assert not again.superseded


def test_a_sending_before_the_deletion_is_no_answer_to_it(story: list[Event]) -> None:
    """
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  accepted   joining=B official=2
    2026-03-02T10:00+08:00  withdrawn  joining=A official=1 undoes
    """
    deleted, _ = derive.link(story)
    assert deleted.stage is Stage.WITHDRAWN
    assert not deleted.superseded


def test_what_was_returned_and_sent_again_under_another_number_is_not_open(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  rejected   return
    2026-03-03T08:01+08:00  accepted   joining=B official=2
    """
    returned, again = derive.link(story)
    assert (returned.open, again.open) == (False, True)


# Missing messages


@pytest.mark.parametrize(
    ("course", "path"),
    [
        ("submitted, released, cleared", "?,0,r,3600,c,7200"),
        ("submitted, accepted, cleared", "s,0,?,3600,c,7200"),
        ("submitted, accepted, cleared releases", "s,0,a,3600,c,7200"),
        ("submitted, reviewed, released", "?,0,v,3600,r,7200"),
        ("submitted, rejected return, submitted", "s,0,x,3600,s,7200"),
        ("accepted, released, cleared", "a,0,r,3600,c,7200"),
    ],
)
def test_time_between_two_messages_where_one_is_missing_is_unknown(course: str, path: str) -> None:
    lines = [f"2026-03-02T{9 + n:02}:00+08:00  {s}" for n, s in enumerate(course.split(", "))]
    assert told("\n".join(lines)).path == path


# Dates


@pytest.mark.parametrize(
    ("written", "dated"),
    [
        ("2026-03-31T23:59:57+08:00", "2026-03-31T23:59:57+08:00"),
        ("2026-03-31", "2026-03-31T23:59:59+00:00"),
        ("2026-04-01", None),
        ("2026-03-01T10:00:00+08:00", None),
        ("2026-05-01T10:00:00+08:00", None),
    ],
)
def test_the_date_on_the_form_dates_a_declaration_that_was_told_after_midnight(
    written: str, dated: str | None
) -> None:
    found = told(
        "2026-04-01T00:00:02+00:00  submitted\n"
        f"2026-04-01T00:00:12+00:00  accepted  official=1 declaration_date={written}"
    )
    assert found.declared_at == moment("2026-04-01T00:00:02+00:00")
    assert found.dated_at == (moment(dated) if dated else None)


def test_a_declaration_that_only_a_date_is_known_of_is_dated_by_it(
    declaration: Declaration,
) -> None:
    """
    2026-03-04T09:00+00:00  released  official=1 declaration_date=2026-03-02
    """
    assert declaration.declared_at is None
    assert declaration.counted_at == moment("2026-03-02T12:00+00:00")
