"""Timelines: what flags, ranks, actions and legal times do, whatever customs system sets them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.model import Declaration, Event, Flag, Stage
from clearance.timelines import derive
from tests.stories import declaration as told
from tests.stories import events, moment

ACCEPTED = "2026-03-02T08:00Z  accepted  official=1\n"


def derived(story: Sequence[Event]) -> Declaration:
    """The one declaration that some events are about."""
    (declaration,) = derive.link(story)
    return declaration


def line(minute: int, text: str) -> str:
    """A line of a story, some minutes after it began."""
    at = datetime.fromisoformat("2026-03-02T08:00Z") + timedelta(minutes=minute)
    return f"{at:%Y-%m-%dT%H:%M}Z  {text}\n"


def outstanding(declaration: Declaration) -> list[str]:
    return [action.action for action in declaration.outstanding]


# A closure that is also the release


def test_a_closure_that_releases_is_the_release_too(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  accepted  official=1
    2026-03-02T09:00Z  cleared   releases
    """
    assert declaration.released_at == declaration.cleared_at == moment("2026-03-02T09:00Z")


def test_a_release_before_such_a_closure_stays_the_release(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  accepted  official=1
    2026-03-02T08:30Z  released
    2026-03-02T09:00Z  cleared   releases
    """
    assert declaration.released_at == moment("2026-03-02T08:30Z")


def test_a_closure_without_the_flag_releases_nothing(declaration: Declaration) -> None:
    """
    2026-03-02T08:00Z  accepted  official=1
    2026-03-02T09:00Z  cleared
    """
    assert declaration.released_at is None


# What moves nothing once the declaration is accepted

ANSWERS = ("rejected until_accepted", "submitted until_accepted", "- tax until_accepted")
BETWEEN = st.integers(1, 90).filter(lambda minute: minute % 20)
ENDS = ("released", "cleared", "rejected return", "inspection inspection", "suspended")


@given(
    st.lists(st.sampled_from(ENDS), max_size=4),
    st.lists(st.tuples(BETWEEN, st.sampled_from(ANSWERS)), max_size=4),
)
def test_an_answer_to_a_request_changes_no_stage_and_no_milestone_after_the_acceptance(
    steps: list[str], answers: list[tuple[int, str]]
) -> None:
    course = [line(20 * (n + 1), step) for n, step in enumerate(steps)]
    without = told("".join((ACCEPTED, *course)))
    with_them = told("".join((ACCEPTED, *course, *(line(*answer) for answer in answers))))
    assert (with_them.stage, with_them.since) == (without.stage, without.since)
    assert with_them.path == without.path
    for name in ("accepted_at", "released_at", "cleared_at", "declared_at"):
        assert getattr(with_them, name) == getattr(without, name)


def test_before_the_acceptance_such_a_refusal_is_one_of_the_declaration(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:00Z  submitted
    2026-03-02T09:00Z  rejected   until_accepted
    """
    assert declaration.stage is Stage.REJECTED
    assert declaration.returned


# What is asked for beside the stage


def test_an_action_without_a_stage_is_outstanding_with_its_deadline(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:00Z  accepted   official=1
    2026-03-02T09:00Z  -          documents  due=2026-03-09T12:00Z  "send the invoice"
    """
    (action,) = declaration.outstanding
    assert (action.action, action.note) == ("documents", "send the invoice")
    assert action.since == moment("2026-03-02T09:00Z")
    assert action.due == moment("2026-03-09T12:00Z")
    assert declaration.stage is Stage.ACCEPTED


@pytest.mark.parametrize("end", ["released", "cleared", "withdrawn undoes"])
def test_what_was_asked_for_ends_with_the_declaration(end: str) -> None:
    asked = ACCEPTED + line(30, "- documents")
    assert outstanding(told(asked)) == ["documents"]
    assert outstanding(told(asked + line(60, end))) == []


def test_nothing_can_be_done_any_more_after_a_withdrawal() -> None:
    assert outstanding(told(ACCEPTED + line(30, "withdrawn") + line(60, "- documents"))) == []


@pytest.mark.parametrize(("flag", "left"), [("", []), ("guarantee", ["tax"])])
def test_duties_stay_outstanding_after_a_release_against_a_guarantee(
    flag: str, left: list[str]
) -> None:
    released = ACCEPTED + line(30, "- tax due=2026-03-20T12:00Z") + line(60, f"released {flag}")
    assert outstanding(told(released)) == left
    assert told(released).guaranteed is bool(flag)
    assert outstanding(told(released + line(90, "cleared"))) == []


# Order within a second


def ranked(stages: Sequence[Stage], ranks: Sequence[int]) -> list[Event]:
    """Events of one second, each with its rank."""
    story = "".join(line(5, f"{stage} official=1 serial={n}") for n, stage in enumerate(stages))
    return [event._replace(rank=rank) for event, rank in zip(events(story), ranks, strict=True)]


COMMON = (Stage.ACCEPTED, Stage.UNDER_REVIEW, Stage.INSPECTION, Stage.ACTION_DUE)


@given(st.permutations(COMMON), st.permutations(range(4)))
def test_of_events_in_one_second_the_one_of_the_highest_rank_is_the_last(
    stages: list[Stage], ranks: list[int]
) -> None:
    last = stages[ranks.index(max(ranks))]
    for order in permutations(ranked(stages, ranks)):
        declaration = derived(order)
        assert declaration.stage is last
        assert [event.rank for event in declaration.events] == [0, 1, 2, 3]


def test_without_a_rank_the_stage_decides() -> None:
    story = events(line(5, "cleared official=1 serial=1") + line(5, "released serial=2"))
    assert [event.stage for event in derived(story).events] == [Stage.RELEASED, Stage.CLEARED]


# The legal time of the acceptance

LEGAL = st.lists(
    st.one_of(
        st.integers(1, 23).map(lambda hour: f"2026-03-01T{hour:02}:30:00+00:00"),
        st.just("2026-03-01"),
        st.just("2026-03-01T00:00:00+00:00"),
    ),
    max_size=4,
)


@given(LEGAL)
def test_the_acceptance_is_the_earliest_legal_time_with_a_time_of_day(written: list[str]) -> None:
    story = ACCEPTED + "".join(
        line(n + 1, f"- accepted_at={value}") for n, value in enumerate(written)
    )
    timed = [moment(value) for value in written if not value.endswith(("-01", "00:00:00+00:00"))]
    expected = min(timed, default=moment("2026-03-02T08:00Z"))
    declaration = told(story)
    assert declaration.accepted_at == expected
    assert declaration.declared_at == expected
    assert "accepted_at" not in declaration.facts


@pytest.mark.parametrize("fact", ["declaration_date", "accepted_at"])
@pytest.mark.parametrize(
    "written",
    [
        *("string", "2026", "26-03-01", "2026-02-30", "2026-13-01T00:00:00"),
        *("1026-03-01T08:00:00+00:00", "9999-12-31T23:59:59-12:00", "2026-03-01T08:00:00+99:00"),
    ],
)
def test_a_time_among_the_facts_that_is_none_moves_nothing(fact: str, written: str) -> None:
    declaration = told(f"{ACCEPTED}{line(1, f'- {fact}={written}')}")
    assert declaration.accepted_at == declaration.declared_at == moment("2026-03-02T08:00Z")
    assert declaration.dated_at is None


def test_a_stage_begins_at_the_legal_time_if_the_message_came_later(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:00Z  submitted
    2026-03-02T09:00Z  accepted   accepted_at=2026-03-02T08:20:00+00:00
    """
    assert declaration.path == "s,0,a,1200"
    assert declaration.since == moment("2026-03-02T09:00Z")


# Any order of arrival

WORDS = [
    *(f"{stage}" for stage in Stage),
    "cleared releases",
    "released guarantee",
    "under_review undoes",
    "inspection at_destination",
    "released summary guarantee",
    "rejected unclear until_accepted",
    "rejected return until_accepted",
    "draft transmission acknowledges",
    "- tax due=2026-04-01T12:00Z",
    "- documents",
    "accepted accepted_at=2026-03-01T10:00:00+00:00",
]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(WORDS)), min_size=1, max_size=8),
    st.data(),
)
def test_whatever_flags_events_have_their_order_of_arrival_changes_nothing(
    steps: list[tuple[int, str]], data: st.DataObject
) -> None:
    story = events("".join(line(minute, text) for minute, text in steps))
    shuffled = data.draw(st.permutations(story))
    assert derived(shuffled) == derived(story)
    declaration = derived(story)
    assert all(action.since for action in declaration.outstanding)
    if declaration.stage in (Stage.CLEARED, Stage.WITHDRAWN):
        assert declaration.open is bool(declaration.outstanding)
    released = any(Flag.RELEASES in event.flags for event in declaration.events)
    if released and declaration.stage is Stage.CLEARED:
        assert declaration.cleared_at is not None
