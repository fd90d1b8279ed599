"""Rules that follow from what is open: two steps, codes in doubt, what people say is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window.demo import File
from clearance.model import Event, Now
from clearance.shipments import keeping
from clearance.shipments.plans import Row
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, query
from tests.alerting.scenes import accepted, at, keep, seen, told
from tests.stories import events, moment

IMPORT, NUMBER = "I20260000000000017", "224820261000000017"


def of_import(code: str, hours: float, note: str) -> File:
    return told(code, hours, IMPORT, NUMBER, note)


def found(store: Store, hours: float) -> list[tuple[str, str]]:
    """The rule and the severity of each alert of a check at an hour."""
    result = evaluation.check(store, rules.Context(at(hours)))
    return sorted((alert.rule, str(alert.severity)) for alert in result.live)


def read(files: Sequence[File], hours: float) -> Store:
    store = open_store("memory:")
    intake.ingest(store, [Item(file.name, file.data) for file in files], at(hours))
    return store


def listed(store: Store, now: datetime) -> list[str]:
    return [one.name for one in query.listed(store, query.ListFilter(), now)]


# Two steps

PICKED_UP = """
2026-03-02T08:00+08:00  submitted  direction=import
2026-03-02T08:01+08:00  accepted   official=1
2026-03-02T09:00+08:00  released   guarantee summary  import_export_date=2026-03-01
"""


@pytest.mark.parametrize(
    ("day", "severity"),
    [("11", ""), ("12", "warning"), ("15", "warning"), ("16", "critical"), ("29", "critical")],
)
def test_a_full_declaration_is_missing_from_three_days_before_the_fourteenth(
    day: str, severity: str
) -> None:
    story = events(PICKED_UP, "cn_single_window")
    with open_store("memory:") as store:
        keep(store, story)
        result = evaluation.check(store, rules.Context(moment(f"2026-03-{day}T12:00+08:00")))
    found = [a for a in result.live if a.rule == "full_declaration_missing"]
    assert [str(alert.severity) for alert in found] == [severity] * bool(severity)


def test_without_the_day_the_conveyance_came_a_full_declaration_cannot_be_assessed() -> None:
    story = events(PICKED_UP.replace("import_export_date", "anything"), "cn_single_window")
    with open_store("memory:") as store:
        keep(store, story)
        result = evaluation.check(store, rules.Context(moment("2026-03-20T12:00+08:00")))
        assert "full_declaration_missing" in [reason.rule for reason in result.cannot_assess]
        keeping.keep(store, [Row(1, ("REF1",), {"arrival": "2026-03-01"})], at(0))
        result = evaluation.check(store, rules.Context(moment("2026-03-20T12:00+08:00")))
    assert "full_declaration_missing" in [alert.rule for alert in result.live]


def test_the_second_of_two_steps_is_no_step_back() -> None:
    second = """
2026-03-09T08:00+08:00  submitted
2026-03-09T08:01+08:00  accepted
"""
    assert seen(events(PICKED_UP + second), "2026-03-09T10:00+08:00") == []
    without = PICKED_UP.replace("guarantee summary", "")
    assert seen(events(without + second), "2026-03-09T10:00+08:00") == ["regression"]


def test_a_return_of_the_second_step_is_over_once_customs_has_accepted_it_again() -> None:
    returned = "2026-03-09T08:00+08:00  submitted\n2026-03-09T08:05+08:00  rejected  return\n"
    again = "2026-03-09T09:00+08:00  submitted\n2026-03-09T09:01+08:00  accepted\n"
    assert "returned" in seen(events(PICKED_UP + returned), "2026-03-09T12:00+08:00")
    assert seen(events(PICKED_UP + returned + again), "2026-03-09T12:00+08:00") == []


# Codes in doubt


def test_a_code_in_doubt_says_to_look_and_never_to_send_it_again() -> None:
    with read([*accepted(), told("Z", 1, note="见附件")], 1) as store:
        result = evaluation.check(store, rules.Context(at(2)))
    (alert,) = [alert for alert in result.live if alert.rule != "stuck"]
    assert (alert.rule, str(alert.severity)) == ("unclear_code", "critical")
    step = rules.RULES[alert.rule].next_step
    assert "before anything is sent again" in step["en"]
    assert "不要直接重新申报" in step["zh"]


def test_a_supplement_that_is_demanded_is_no_return() -> None:
    with read([*accepted(), told("1", 1, note="要求补充申报通知")], 1) as store:
        assert found(store, 2) == []


def test_a_release_in_doubt_is_none_but_its_closure_contradicts_nothing() -> None:
    with read([*accepted(), told("I", 1, note="见附件")], 1) as store:
        assert found(store, 2) == [("unclear_code", "warning")]
    with read([*accepted(), told("I", 1, note="见附件"), told("R", 3)], 3) as store:
        assert found(store, 4) == []


# History that begins in the middle


@pytest.mark.parametrize("code", ["R", "P"])
def test_a_history_that_begins_with_its_end_contradicts_nothing(code: str) -> None:
    with read([told(code, 1)], 1) as store:
        assert found(store, 2) == []
    with read([*accepted(), told("R", 1)], 1) as store:
        assert ("contradiction", "critical") in found(store, 2)


# Deleted and declared again


def test_a_deletion_is_over_when_it_is_declared_again_under_the_same_reference(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  withdrawn  undoes
    2026-03-03T08:01+08:00  accepted   joining=B official=2
    """
    assert seen(story, "2026-03-02T10:00+08:00") == ["deleted"]
    assert seen(story, "2026-03-03T09:00+08:00") == []


def test_an_export_that_is_amended_after_its_closure_waits_for_no_closure(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:01+08:00  accepted      official=1 direction=export
    2026-03-02T09:00+08:00  released
    2026-03-03T09:00+08:00  cleared
    2026-04-20T09:00+08:00  under_review  undoes
    2026-04-21T09:00+08:00  released
    """
    assert seen(story, "2026-04-22T09:00+08:00") == []


# What people say is done


def test_an_inspection_at_the_destination_is_open_everywhere_until_people_say_it_is_over() -> None:
    files = [
        of_import("L", 0, ""),
        of_import("P", 1, ";报关单放行"),
        of_import("R", 1, "已结关"),
        of_import("C", 25, "目的地查验通知"),
    ]
    with read(files, 25) as store:
        assert found(store, 26) == [("inspection_ordered", "warning")]
        assert listed(store, at(26)) == [NUMBER]
        keeping.keep(store, [Row(1, (NUMBER,), {"inspected": at(50).isoformat()})], at(51))
        assert listed(store, at(50)) == [NUMBER]
        assert listed(store, at(52)) == []
        assert found(store, 52) == []
        assert found(store, 53) == []
        (known,) = query.snapshot(store, None, at(53))
        assert (known.outstanding, known.examined_until) == ((), at(50))


def test_a_payment_that_people_note_ends_the_duties_that_are_outstanding() -> None:
    story = """
2026-03-02T08:01+08:00  accepted  official=1
2026-03-02T09:00+08:00  -         tax  due=2026-03-09T20:00+08:00
"""
    with open_store("memory:") as store:
        keep(store, events(story))
        assert ("action_deadline", "critical") in found(store, 24 * 7)
        keeping.keep(store, [Row(1, ("REF1",), {"tax_paid": "2026-03-05"})], at(24 * 3))
        (before,) = query.overview(store, None, at(24 * 2))
        (after,) = query.overview(store, None, at(24 * 4))
        assert [action.action for action in before.outstanding] == ["tax"]
        assert after.outstanding == ()
        assert "action_deadline" not in [rule for rule, _ in found(store, 24 * 7)]


def test_a_payment_before_they_were_asked_for_ends_no_duties() -> None:
    story = """
2026-03-02T08:01+08:00  accepted  official=1
2026-03-06T09:00+08:00  -         tax
"""
    with open_store("memory:") as store:
        keep(store, events(story))
        keeping.keep(store, [Row(1, ("REF1",), {"tax_paid": "2026-03-05"})], at(0))
        (known,) = query.overview(store, None, at(24 * 7))
        assert [action.action for action in known.outstanding] == ["tax"]


@pytest.mark.parametrize("facts", [{"given_up": "2026-03-05"}, {"replaced_by": "REF2"}])
def test_a_return_is_over_when_people_say_that_it_is_not_sent_again(facts: dict[str, str]) -> None:
    with read([*accepted(), told("E", 1, note="退单")], 1) as store:
        assert found(store, 2) == [("returned", "critical")]
        assert len(listed(store, at(2))) == 1
        keeping.keep(store, [Row(1, ("REF1",), dict(facts))], at(24 * 4))
        assert listed(store, at(24 * 5)) == []
        assert found(store, 24 * 5) == []


# What is known of a moment


def test_a_receipt_is_known_since_its_file_was_received() -> None:
    late = told("R", 5)
    stamp = f"{at(5.0061):%Y%m%d%H%M}"
    renamed = late.name.replace(stamp[:12], f"{at(200):%Y%m%d%H%M}")
    files = [*accepted(), told("P", 2), File(renamed, late.data, late.at)]
    assert renamed != late.name
    with read(files, 300) as store:
        assert len(listed(store, at(100))) == 1
        assert listed(store, at(201)) == []


def test_a_message_that_lies_ahead_of_our_clock_is_shown_and_marked() -> None:
    now = Now.combine(at(0).date(), at(0).timetz())
    with read([told("D", 1, note="海关删单")], 0) as store:
        assert list(query.snapshot(store, None, at(0))) == []
        (known,) = query.snapshot(store, None, now)
        assert [found.kind for found in known.inconsistencies] == ["time_ahead"]
        alerts = evaluation.check(store, rules.Context(now)).live
        assert [alert.rule for alert in alerts] == ["deleted"]
        (later,) = query.snapshot(store, None, at(2))
        assert later.inconsistencies == ()


def test_a_payment_noted_for_an_mrn_ends_the_duties_of_a_notification() -> None:
    """No message of CDS tells a payment; one is noted under the MRN or the LRN."""
    story = events(
        """
2026-03-02T08:01+00:00  accepted    official=1
2026-03-02T09:00+00:00  action_due  tax
2026-03-02T10:00+00:00  inspection  inspection
""",
        "uk_cds",
    )
    with open_store("memory:") as store:
        keep(store, story)
        (before,) = query.overview(store, None, at(30))
        keeping.keep(store, [Row(1, ("1",), {"tax_paid": "2026-03-02T12:00+00:00"})], at(20))
        (after,) = query.overview(store, None, at(30))
    assert [action.action for action in before.outstanding] == ["tax"]
    assert after.outstanding == ()
