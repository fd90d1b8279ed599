"""Rules on events of a customs system of which nothing is known but roles and flags."""

from __future__ import annotations

from itertools import permutations

import pytest

from clearance.alerting.rules import (
    RULES,
    CannotAssess,
    Context,
    Fine,
    china_law,
    flow,
    vessels,
)
from clearance.alerting.rules import _rule as rule_module
from clearance.calendar import Calendar
from clearance.customs.calendars import Calendars
from clearance.figures.feeds import Feed
from clearance.model import Finding, Flag, Severity, Stage
from clearance.render import findings as words
from clearance.render.explanations import explained
from clearance.timelines.query import Found
from tests.alerting.events import (
    JOINING,
    OFFICIAL,
    at,
    declaration,
    event,
    findings,
    variants,
)

SUBMITTED = event(Stage.SUBMITTED, 0, Flag.UNTIL_ACCEPTED)
ACCEPTED = event(Stage.ACCEPTED, 1)
RELEASED = event(Stage.RELEASED, 2)
CLOSED = event(Stage.CLEARED, 3)
CLEARED = event(Stage.CLEARED, 3, Flag.RELEASES)
DELETED = event(Stage.WITHDRAWN, 4, Flag.UNDOES)


# Contradictions


def test_a_closure_that_is_the_release_too_needs_no_release() -> None:
    assert variants("contradiction", ACCEPTED, CLOSED) == ["closed without release"]
    assert variants("contradiction", ACCEPTED, RELEASED, CLOSED) == []
    assert variants("contradiction", ACCEPTED, CLEARED) == []
    assert variants("contradiction", ACCEPTED, RELEASED, CLEARED) == []


def test_a_deletion_may_undo_a_closure_that_is_the_release_too() -> None:
    assert variants("contradiction", ACCEPTED, CLEARED, DELETED) == []
    assert variants("contradiction", ACCEPTED, RELEASED, CLOSED, DELETED) == ["two ends"]
    plain = event(Stage.WITHDRAWN, 4)
    assert variants("contradiction", ACCEPTED, CLEARED, plain) == ["two ends"]


def test_a_closure_after_a_deletion_is_a_second_end() -> None:
    late = event(Stage.CLEARED, 5, Flag.RELEASES)
    assert variants("contradiction", ACCEPTED, DELETED, late) == ["two ends"]


def test_a_release_after_a_deletion_is_a_contradiction_until_it_is_declared_anew() -> None:
    again = event(Stage.RELEASED, 6)
    assert [f.values["what"] for f in findings("contradiction", ACCEPTED, DELETED, again)] == [
        "released after deleted"
    ]
    anew = event(Stage.ACCEPTED, 5)
    assert findings("contradiction", ACCEPTED, DELETED, anew, again) == []


# Events that move nothing


def test_the_answer_to_a_request_after_the_acceptance_is_no_step_back() -> None:
    refused = event(Stage.REJECTED, 5, Flag.UNTIL_ACCEPTED)
    registered = event(Stage.SUBMITTED, 6, Flag.UNTIL_ACCEPTED)
    story = [SUBMITTED, ACCEPTED, event(Stage.UNDER_REVIEW, 2), refused, registered]
    assert findings("regression", *story) == []
    fell = event(Stage.ACCEPTED, 7)
    assert [f.values["after"] for f in findings("regression", *story, fell)] == ["accepted"]


def test_duties_that_are_told_before_the_acceptance_make_it_no_step_back() -> None:
    duties = event(Stage.ACTION_DUE, 0, Flag.UNTIL_ACCEPTED, action="tax")
    assert findings("regression", SUBMITTED, duties, ACCEPTED) == []


def test_what_became_of_a_message_on_its_way_is_no_step_back() -> None:
    sent = event(Stage.DRAFT, 5, Flag.TRANSMISSION)
    assert findings("regression", SUBMITTED, ACCEPTED, RELEASED, sent) == []


def test_an_acceptance_after_the_clearance_is_a_critical_step_back() -> None:
    (found,) = findings("regression", CLEARED, event(Stage.ACCEPTED, 4))
    assert (found.severity, found.values["before"]) == (Severity.CRITICAL, "cleared")


def test_a_late_acceptance_overtaken_by_a_refused_request_is_no_disorder() -> None:
    late = event(Stage.ACCEPTED, 1, received=9)
    refused = event(Stage.REJECTED, 5, Flag.UNTIL_ACCEPTED)
    assert findings("out_of_order", SUBMITTED, late, refused) == []
    rejected = event(Stage.REJECTED, 5)
    assert findings("out_of_order", SUBMITTED, late, rejected) == []
    late_release = event(Stage.RELEASED, 4, received=9)
    asked = event(Stage.ACTION_DUE, 5, action="tax")
    (found,) = findings("out_of_order", SUBMITTED, ACCEPTED, late_release, asked)
    assert (found.values["before"], found.values["after"]) == ("action_due", "released")


def test_a_refused_request_after_the_acceptance_is_no_return() -> None:
    refused = event(Stage.REJECTED, 5, Flag.UNTIL_ACCEPTED, action="return")
    assert findings("returned", SUBMITTED, ACCEPTED, refused) == []
    assert len(findings("returned", SUBMITTED, refused)) == 1
    assert len(findings("returned", SUBMITTED, ACCEPTED, event(Stage.REJECTED, 5))) == 1


def test_the_last_of_two_returns_is_told_and_not_a_refused_request() -> None:
    first = event(Stage.REJECTED, 1)
    request = event(Stage.REJECTED, 3, Flag.UNTIL_ACCEPTED)
    second = event(Stage.REJECTED, 4)
    (found,) = findings("returned", SUBMITTED, first, event(Stage.ACCEPTED, 2), request, second)
    assert found.origin == second.messages


@pytest.mark.parametrize("rule", ["contradiction", "regression", "out_of_order"])
def test_events_of_one_second_are_in_the_order_of_their_rank(rule: str) -> None:
    """Sent, accepted, cleared and deleted: three of them with a rank of their own."""
    same_second = [
        event(Stage.SUBMITTED, 1, Flag.UNTIL_ACCEPTED, rank=0),
        event(Stage.ACCEPTED, 1),
        event(Stage.CLEARED, 1, Flag.RELEASES, rank=50),
        event(Stage.WITHDRAWN, 1, Flag.UNDOES, rank=51),
    ]
    for order in permutations(same_second):
        for count in (2, 3, 4):
            assert findings(rule, *(e for e in order if e in same_second[:count])) == []


# Numbers


def test_one_official_number_with_two_numbers_of_a_data_centre_is_a_duplicate() -> None:
    first = event(Stage.ACCEPTED, 1, numbers=((OFFICIAL, "1"), (JOINING, "A")))
    other = event(Stage.RELEASED, 2, numbers=((OFFICIAL, "1"), (JOINING, "B")))
    (found,) = findings("duplicate_number", first, other)
    assert (found.values["entry_no"], found.values["numbers"]) == ("1", ["A", "B"])


def test_numbers_of_two_kinds_for_one_official_number_are_no_duplicate() -> None:
    first = event(Stage.ACCEPTED, 1, numbers=((OFFICIAL, "1"), (JOINING, "A")))
    other = event(Stage.RELEASED, 2, numbers=((OFFICIAL, "1"), ("seq_no", "B")))
    assert findings("duplicate_number", first, other) == []


def test_one_official_number_for_two_consignees_is_a_duplicate() -> None:
    first = event(Stage.ACCEPTED, 1, facts=(("trader", "A"),))
    other = event(Stage.RELEASED, 2, facts=(("trader", "B"),))
    assert variants("duplicate_number", first, other) == ["consignees"]


# Deadlines that a message names


def test_what_customs_asks_for_is_counted_down_to_the_deadline_in_its_message() -> None:
    """Asked for documents by hour 100: a warning from hour 28, critical from 76."""
    asked = event(Stage.ACTION_DUE, 2, action="documents", due=100)
    steps = [
        [(f.severity, f.step, f.variant) for f in found]
        for hours in (27, 28, 76, 100, 101)
        for found in [findings("action_deadline", ACCEPTED, asked, hours=hours)]
    ]
    assert steps == [
        [],
        [(Severity.WARNING, 0, "")],
        [(Severity.CRITICAL, 1, "")],
        [(Severity.CRITICAL, 2, "")],
        [(Severity.CRITICAL, 2, "late")],
    ]


def test_a_deadline_is_over_with_its_stage_and_a_later_demand_replaces_it() -> None:
    asked = event(Stage.ACTION_DUE, 2, action="documents", due=100)
    again = event(Stage.ACTION_DUE, 3, action="documents", due=300)
    assert findings("action_deadline", ACCEPTED, asked, again, hours=99) == []
    assert findings("action_deadline", ACCEPTED, asked, event(Stage.RELEASED, 4), hours=99) == []


def test_duties_that_move_no_stage_are_told_by_their_deadline_until_the_release() -> None:
    duties = event(Stage.ACTION_DUE, 2, Flag.UNTIL_ACCEPTED, action="tax", due=100)
    (found,) = findings("action_deadline", ACCEPTED, duties, hours=90)
    assert (found.values["action"], found.values["hours_left"]) == ("tax", 10)
    assert findings("action_deadline", ACCEPTED, duties, RELEASED, hours=90) == []


def test_what_is_asked_for_without_a_deadline_is_no_alert() -> None:
    assert findings("action_deadline", ACCEPTED, event(Stage.ACTION_DUE, 2, action="tax")) == []


# Law and working time


def test_a_rule_about_a_countrys_law_says_nothing_of_another_system() -> None:
    case = declaration(event(Stage.ACTION_DUE, 1, action="tax", facts=(("direction", "import"),)))
    judged = {name for name, rule in RULES.items() if rule.outcomes(case, Context(at(900)))}
    of_law = {name for name, rule in RULES.items() if rule.law_of}
    assert of_law
    assert judged.isdisjoint(of_law)
    (shown,) = explained(Found([case], [], []), [], [{}], {}, Context(at(900)), "en").json[
        "declarations"
    ]
    assert {judgement["rule"] for judgement in shown["rules"]}.isdisjoint(of_law)


WITHOUT_CALENDAR = Calendars({"cn_single_window": Calendar(), "elsewhere": Calendar()})


def test_without_a_calendar_working_time_cannot_be_assessed() -> None:
    sent = declaration(event(Stage.SUBMITTED, 0, Flag.AWAITS_REPLY))
    (outcome,) = RULES["no_reply"].outcomes(sent, Context(at(900), calendars=WITHOUT_CALENDAR))
    assert isinstance(outcome, CannotAssess)
    assert "no working calendar" in words.why(outcome, "en")
    assert "工作日历" in words.why(outcome, "zh")


def test_without_a_calendar_stuck_counts_elapsed_hours() -> None:
    case = declaration(ACCEPTED)
    early, late = (Context(at(hours), calendars=WITHOUT_CALENDAR) for hours in (49, 49.1))
    assert isinstance(RULES["stuck"].outcomes(case, early)[0], Fine)
    (found,) = RULES["stuck"].outcomes(case, late)
    assert isinstance(found, Finding)
    assert (found.variant, found.values["elapsed_hours"]) == ("no calendar", 48.1)


def test_a_feed_without_a_calendar_hides_no_other_feed() -> None:
    feeds = [
        Feed("a", "elsewhere", at(0), 1),
        Feed("b", "cn_single_window", at(0), 1),
        Feed("c", "cn_single_window", at(0), 1, "Permission denied"),
    ]
    first, second, third = RULES["feed_silent"].surveyed(Context(at(1), feeds=feeds))
    assert isinstance(first, CannotAssess)
    assert first.values == {"system": "elsewhere"}
    assert isinstance(second, Fine)
    assert isinstance(third, Finding)
    assert third.labels == {"feed": "c"}


def test_every_reason_why_a_rule_cannot_judge_stands_in_every_language() -> None:
    reasons = {
        f"{module.__name__}.{name}": value
        for module in (china_law, flow, vessels, rule_module)
        for name, value in vars(module).items()
        if name.startswith(("_WHY", "_NO_"))
    }
    assert len(reasons) == 15
    for reason in reasons.values():
        assert set(reason) == {"en", "zh"}
        assert reason["en"].isascii()
