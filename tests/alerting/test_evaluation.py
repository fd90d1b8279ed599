"""One check after another: what is new, over, kept, and seen as of a moment."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.alerting import evaluation, records, rules
from clearance.customs.cn_single_window.demo import File
from clearance.customs.references import identity_keys
from clearance.model import AlertState, Event
from clearance.render import alerts as pages
from clearance.shipments import plans
from clearance.stores import open_store
from clearance.timelines import intake, planned
from tests.alerting.scenes import (
    OTHER_ENTRY,
    TWO,
    accepted,
    at,
    check,
    checked,
    ids,
    keep,
    plan,
    told,
)
from tests.stories import events, moment


def test_an_alert_keeps_its_id_when_the_same_receipt_comes_in_other_bytes() -> None:
    ordered = told("C", 1)
    copies = [
        File(f"copy{n}.xml", ordered.data.replace(b"?>\n", b"?>" + b"\n" * n), ordered.at)
        for n in range(2, 9)
    ]
    with open_store("memory:") as store:
        (first,) = checked(store, [*accepted(), ordered], 2).new
        for copy in copies:
            result = checked(store, [copy], 3)
            assert (result.new, result.resolved) == ((), ())
            assert ids(result.live) == [first.id]


def test_an_alert_keeps_its_id_when_the_declaration_gets_its_numbers_later(
    story: list[Event],
) -> None:
    """
    2026-03-02T09:00+08:00  inspection  inspection  own= joining=A
    2026-03-02T08:00+08:00  submitted   own=REF1
    2026-03-02T08:01+08:00  accepted    official=1
    """
    with open_store("memory:") as store:
        keep(store, story[:1])
        (first,) = check(store, "2026-03-02T10:00+08:00").new
        assert first.declaration == "A"
        keep(store, story[1:])
        later = check(store, "2026-03-02T11:00+08:00")
        assert later.new == ()
        assert [(a.id, a.declaration) for a in later.live] == [(first.id, "1")]


def test_a_second_return_of_a_new_sending_is_told_anew(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T09:00+08:00  rejected   return "the weight is missing"
    2026-03-02T10:00+08:00  rejected   return "once more: the weight"
    2026-03-02T11:00+08:00  submitted  joining=B
    2026-03-02T12:00+08:00  rejected   return "the value is missing"
    """
    with open_store("memory:") as store:
        keep(store, story[:2])
        (one,) = check(store, "2026-03-02T09:30+08:00").new
        keep(store, story[2:3])
        assert check(store, "2026-03-02T10:30+08:00").new == ()
        keep(store, story[3:])
        (other,) = check(store, "2026-03-02T13:00+08:00").new
        assert one.id != other.id
        assert other.values["note"] == "the value is missing"


def test_an_alert_is_new_once_then_resolved_once(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  inspection  inspection
    2026-03-02T12:00+08:00  released
    """
    with open_store("memory:") as store:
        keep(store, story[:-1])
        (fired,) = check(store, "2026-03-02T10:00+08:00").new
        assert check(store, "2026-03-02T11:00+08:00").new == ()
        keep(store, story[-1:])
        result = check(store, "2026-03-02T13:00+08:00")
        assert [(a.id, a.state) for a in result.resolved] == [(fired.id, AlertState.RESOLVED)]
        assert check(store, "2026-03-02T14:00+08:00").resolved == ()


def test_a_clock_that_was_set_back_resolves_nothing(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T13:00+08:00  inspection  inspection
    """
    with open_store("memory:") as store:
        keep(store, story)
        (fired,) = check(store, "2026-03-02T14:00+08:00").new
        back = check(store, "2026-03-02T10:00+08:00")
        assert (back.new, back.resolved) == ((), ())
        again = check(store, "2026-03-02T15:00+08:00")
        assert (again.new, ids(again.live)) == ((), [fired.id])


@pytest.mark.parametrize(
    ("then", "rule"), [("withdrawn  undoes", "deleted"), ("cleared", "contradiction")]
)
def test_an_event_that_lies_ahead_of_the_clock_is_judged_when_its_time_has_come(
    then: str, rule: str
) -> None:
    """Customs' clock is ahead of ours; by the next check the declaration is no longer open."""
    story = events(f"""
    2026-03-02T08:00+08:00  accepted
    2026-03-02T13:00+08:00  {then}
    """)
    with open_store("memory:") as store:
        keep(store, story[:1])
        check(store, "2026-03-02T10:00+08:00")
        keep(store, story[1:])
        assert check(store, "2026-03-02T12:00+08:00").new == ()
        assert rule in {alert.rule for alert in check(store, "2026-03-02T14:00+08:00").new}
        assert store.unchecked() == set()


def test_an_alert_shows_with_its_own_declaration_only(story: list[Event]) -> None:
    """Two declarations under one reference; one is inspected.

    2026-03-02T08:00+08:00  accepted    official=1
    2026-03-02T09:00+08:00  inspection  inspection
    2026-03-02T08:00+08:00  accepted    joining=B official=2
    """
    with open_store("memory:") as store:
        keep(store, story)
        (alert,) = check(store, "2026-03-02T10:00+08:00").new
        about = [d for _, d in store.timelines() if identity_keys(d) & set(alert.references)]
        assert [d.name for d in about] == ["1"]


def test_a_dry_run_keeps_nothing(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    """
    with open_store("memory:") as store:
        keep(store, story)
        check(store, "2026-03-06T11:00+08:00")
        kept = list(store.records())
        context = rules.Context(moment("2026-03-06T12:00+08:00"))
        assert len(evaluation.check(store, context, dry_run=True).new) == 1
        assert list(store.records()) == kept
        assert len(evaluation.check(store, context).new) == 1


# Looking back


def test_a_check_as_of_a_moment_knows_no_plan_of_later(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted  direction=export
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 20, cutoff="2026-03-03T12:00")
        keep(store, story)
        early = evaluation.check(store, rules.Context(at(19)), dry_run=True)
        assert "vessel_cutoff" not in {a.rule for a in early.live}
        late = evaluation.check(store, rules.Context(at(21)), dry_run=True)
        assert "vessel_cutoff" in {a.rule for a in late.live}


def test_a_plan_is_laid_by_when_its_declaration_is_closed(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted      official=1 direction=export
    2026-03-02T09:00+08:00  released
    2026-03-02T11:00+08:00  cleared
    2026-03-03T10:00+08:00  under_review  undoes
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 0, cutoff="2026-03-03T12:00")
        keep(store, story[:2])
        check(store, "2026-03-02T10:00+08:00")
        assert len(list(store.records("plan", {"open"}))) == 1
        keep(store, story[2:3])
        check(store, "2026-03-02T12:00+08:00")
        assert list(store.records("plan", {"open"})) == []
        assert planned.shown(store, "1", at(5))
        assert check(store, "2026-03-02T14:00+08:00").new == ()
        keep(store, story[3:])
        for now in ("2026-03-03T11:00+08:00", "2026-03-03T11:30+08:00"):
            assert "vessel_cutoff" in {a.rule for a in check(store, now).live}


def old_story(count: int) -> list[Event]:
    """Declarations of three years ago that were returned, or released and never closed."""
    lines = []
    for number in range(count):
        day = f"2023-03-{number + 1:02}"
        end = ("rejected return", "released")[number % 2]
        numbers = f"joining=J{number} official={number} own=OLD-{number} direction=export"
        lines.append(f"{day}T08:00+08:00  accepted {numbers}")
        lines.append(f"{day}T09:00+08:00  {end} {numbers}")
    return events("\n".join(lines))


def test_a_first_check_on_old_receipts_tells_one_alert_once() -> None:
    with open_store("memory:") as store:
        keep(store, old_story(20))
        (summary,) = check(store, "2026-03-02T08:00+08:00").new
        assert summary.rule == "old_declarations"
        assert summary.values["count"] == 20
        assert summary.values["by_rule"] == {"closure_missing": 10, "returned": 10}
        for day in range(3, 28):
            after = check(store, f"2026-03-{day:02}T08:00+08:00")
            assert (after.new, after.resolved, after.repeated) == ((), (), ())


def test_a_message_about_an_old_declaration_ends_its_being_history() -> None:
    with open_store("memory:") as store:
        keep(store, old_story(2))
        check(store, "2026-03-02T08:00+08:00")
        numbers = "joining=J0 official=0 own=OLD-0 direction=export"
        keep(store, events(f"2026-03-02T09:00+08:00  rejected return {numbers}"))
        (alert,) = check(store, "2026-03-02T10:00+08:00").new
        assert alert.rule == "returned"


def test_an_alert_that_is_known_stays_however_old_it_gets(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T09:00+08:00  rejected  return
    """
    with open_store("memory:") as store:
        keep(store, story)
        (alert,) = check(store, "2026-03-02T10:00+08:00").new
        much_later = check(store, "2027-03-02T10:00+08:00")
        assert alert.id in ids(much_later.live)
        assert "old_declarations" not in {a.rule for a in much_later.live}


def test_history_is_told_one_by_one_where_it_is_disabled() -> None:
    with open_store("memory:") as store:
        keep(store, old_story(4))
        told = check(store, "2026-03-02T08:00+08:00", old_declarations={"enabled": False}).new
        assert len(told) == 4


def test_one_check_by_a_clock_a_year_ahead_hides_nothing_afterwards(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted  joining=J1 official=1 own=A
    2026-03-02T09:00+08:00  rejected   return  joining=J1 official=1 own=A
    2026-03-02T08:00+08:00  accepted   joining=J2 official=2 own=B
    2026-03-02T09:00+08:00  withdrawn  joining=J2 official=2 own=B
    2026-03-02T08:00+08:00  accepted   joining=J3 official=3 own=C direction=export
    2026-03-02T09:00+08:00  released   joining=J3 official=3 own=C direction=export
    """

    def by_clock(clock: str) -> evaluation.Checked:
        at = moment(clock)
        return evaluation.check(store, rules.Context(at, clock=at))

    with open_store("memory:") as store:
        keep(store, story)
        first = by_clock("2026-03-02T10:00+08:00")
        assert {a.rule for a in first.new} == {"returned", "deleted"}
        ahead = by_clock("2027-03-02T10:00+08:00")
        assert {a.rule for a in ahead.resolved} == {"deleted"}
        assert {a.rule for a in ahead.new} == {"calendar_missing", "old_declarations"}
        after = by_clock("2026-03-02T11:00+08:00")
        assert {a.rule for a in after.new} == {"returned", "deleted"}
        assert {a.rule for a in after.resolved} == {"calendar_missing", "old_declarations"}
        listed = records.alerts(store, moment("2026-03-02T11:00+08:00"))
        assert {a.rule for a in listed} == {"returned", "deleted"}
        over = by_clock("2026-04-15T11:00+08:00")
        assert {a.rule for a in over.resolved} == {"deleted"}


def test_a_plan_that_a_clock_a_year_ahead_would_archive_is_still_looked_at(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  accepted  direction=import
    2026-03-02T09:00+08:00  cleared   releases  direction=import
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 0, free_until="2026-03-10")
        keep(store, story)
        now = moment("2026-03-02T10:00+08:00")
        evaluation.check(store, rules.Context(moment("2027-03-02T10:00+08:00"), clock=now))
        live = check(store, "2026-03-09T10:00+08:00").live
        assert "free_time" in {alert.rule for alert in live}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("is_derived_again", [False, True])
def test_a_plan_that_was_put_away_is_looked_at_when_another_declaration_has_its_number(
    full: bool, is_derived_again: bool
) -> None:
    """Deleted, and declared again under the same own reference; the vessel is the same."""
    with open_store("memory:") as store:
        plan(store, "REF1", cutoff="2026-03-06T12:00")
        checked(store, [*accepted(), told("D", 24, note="删单")], 25)
        assert not any(store.records(plans.PLAN, {plans.OPEN}))
        assert checked(store, accepted(TWO, OTHER_ENTRY, hours=48), 49).new == ()
        if is_derived_again:  # of a store in which an earlier version left it put away
            known = list(map(plans.to_plan, store.records(plans.PLAN)))
            store.save_records(plans.from_plan(plan, live=False) for plan in known)
            intake.rebuild(store)
        assert any(store.records(plans.PLAN, {plans.OPEN}))
        (late,) = evaluation.check(store, rules.Context(at(77)), full=full).new
        assert (late.rule, late.declaration) == ("vessel_cutoff", OTHER_ENTRY)


@pytest.mark.parametrize("kind", ["memory", "file"])
@settings(max_examples=15)
@given(order=st.permutations(range(8)), split=st.integers(1, 8))
def test_a_check_says_the_same_for_any_order_of_arrival(
    kind: str, order: list[int], split: int
) -> None:
    """Two staged under one bill, one that nobody could send, two of one unknown code."""
    told = events("""
    2026-03-02T08:00+08:00  draft     own= joining=Z1 group=BILL1
    2026-03-02T08:00+08:00  draft     own= joining=Z2 group=BILL1
    2026-03-02T08:00+08:00  draft     transmission own= joining= file=X-1
    2026-03-02T08:00+08:00  accepted  unknown code=q joining=J1 official=1 own=A direction=import
    2026-03-02T08:00+08:00  accepted  unknown code=q joining=J2 official=2 own=B direction=export
    2026-03-02T09:00+08:00  rejected  return joining=J3 official=3 own=C
    2026-03-02T09:00+08:00  inspection inspection joining=J4 official=4 own=D direction=import
    2026-03-02T09:00+08:00  action_due tax joining=J5 official=5 own=E direction=import
    """)

    def said(arriving: list[int], at_once: int) -> str:
        with TemporaryDirectory() as folder:
            url = "memory:" if kind == "memory" else str(Path(folder) / "s.db")
            with open_store(url) as store:
                for start in range(0, len(arriving), at_once):
                    keep(store, [told[n] for n in arriving[start : start + at_once]])
                now = moment("2026-03-02T10:00+08:00")
                result = check(store, now.isoformat())
                return json.dumps(pages.checked(result, [], now, "en").json)

    assert said(order, split) == said(list(range(8)), 8)
