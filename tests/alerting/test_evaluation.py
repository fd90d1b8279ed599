"""One check after another: what is new, over, kept, and seen as of a moment."""

from __future__ import annotations

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window.demo import File
from clearance.customs.references import identity_keys
from clearance.model import AlertState, Event
from clearance.shipments import keeping
from clearance.stores import open_store
from tests.alerting.scenes import accepted, at, check, checked, ids, keep, plan, told
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
        assert keeping.shown(store, "1", at(5))
        assert check(store, "2026-03-02T14:00+08:00").new == ()
        keep(store, story[3:])
        for now in ("2026-03-03T11:00+08:00", "2026-03-03T11:30+08:00"):
            assert "vessel_cutoff" in {a.rule for a in check(store, now).live}
