"""One check after another: what is new, over, kept, and seen as of a moment."""

from __future__ import annotations

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.customs.references import identity_keys
from clearance.model import AlertState
from clearance.shipments import keeping
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.alerting.scenes import (
    ENTRY,
    ONE,
    OTHER_ENTRY,
    TWO,
    accepted,
    at,
    checked,
    ids,
    plan,
    told,
)


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


def test_an_alert_keeps_its_id_when_the_declaration_gets_its_numbers_later() -> None:
    with open_store("memory:") as store:
        bare = business_receipt(ONE, "", "C", at(1), 9)
        (first,) = checked(store, [bare], 2).new
        assert first.declaration == ONE
        later = checked(store, accepted(), 3)
        assert later.new == ()
        assert [(a.id, a.declaration) for a in later.live] == [(first.id, ENTRY)]


def test_a_second_return_of_a_new_sending_is_told_anew() -> None:
    first = [*accepted(entry="")[:2], told("E", 1, entry="", note="a")]
    again = [import_receipt("REF1", TWO, at(3)), told("7", 3.1, TWO)]
    with open_store("memory:") as store:
        (one,) = checked(store, first, 2).new
        assert checked(store, [told("Z", 2, entry="", note="b")], 2.5).new == ()
        (other,) = checked(store, [*again, told("E", 4, TWO, "", note="c")], 5).new
        assert one.id != other.id
        assert other.values["note"] == "c"


def test_an_alert_is_new_once_then_resolved_once() -> None:
    with open_store("memory:") as store:
        (fired,) = checked(store, [*accepted(), told("C", 1)], 2).new
        assert checked(store, [], 3).new == ()
        result = checked(store, [told("P", 4)], 5)
        assert [(a.id, a.state) for a in result.resolved] == [(fired.id, AlertState.RESOLVED)]
        assert checked(store, [], 6).resolved == ()


def test_a_clock_that_was_set_back_resolves_nothing() -> None:
    with open_store("memory:") as store:
        (fired,) = checked(store, [*accepted(), told("C", 5)], 6).new
        back = checked(store, [], 2)
        assert (back.new, back.resolved) == ((), ())
        again = checked(store, [], 7)
        assert (again.new, ids(again.live)) == ((), [fired.id])


@pytest.mark.parametrize(("code", "rule"), [("D", "deleted"), ("R", "contradiction")])
def test_an_event_that_lies_ahead_of_the_clock_is_judged_when_its_time_has_come(
    code: str, rule: str
) -> None:
    """Customs' clock is ahead of ours; by the next check the declaration is no longer open."""
    with open_store("memory:") as store:
        checked(store, accepted(), 2)
        assert checked(store, [told(code, 5)], 4).new == ()
        assert rule in {alert.rule for alert in checked(store, [], 6).new}
        assert store.unchecked() == set()


def test_an_alert_shows_with_its_own_declaration_only() -> None:
    """Two declarations under one reference; one is inspected."""
    files = [*accepted(), told("C", 1), *accepted(TWO, OTHER_ENTRY)]
    with open_store("memory:") as store:
        (alert,) = checked(store, files, 2).new
        about = [d for _, d in store.timelines() if identity_keys(d) & set(alert.references)]
        assert [d.name for d in about] == [ENTRY]


def test_a_dry_run_keeps_nothing() -> None:
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in accepted()], at(0))
        evaluation.check(store, rules.Context(at(99)))
        kept = list(store.records())
        context = rules.Context(at(100))
        assert len(evaluation.check(store, context, dry_run=True).new) == 1
        assert list(store.records()) == kept
        assert len(evaluation.check(store, context).new) == 1


# Looking back


def test_a_check_as_of_a_moment_knows_no_plan_of_later() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", 20, cutoff="2026-03-03T12:00")
        intake.ingest(store, [Item(f.name, f.data) for f in accepted()], at(0))
        early = evaluation.check(store, rules.Context(at(19)), dry_run=True)
        assert "vessel_cutoff" not in {a.rule for a in early.live}
        late = evaluation.check(store, rules.Context(at(21)), dry_run=True)
        assert "vessel_cutoff" in {a.rule for a in late.live}


def test_a_plan_is_laid_by_when_its_declaration_is_closed() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", 0, cutoff="2026-03-03T12:00")
        intake.ingest(store, [Item(f.name, f.data) for f in [*accepted(), told("P", 1)]], at(0))
        evaluation.check(store, rules.Context(at(2)))
        assert len(list(store.records("plan", {"open"}))) == 1
        checked(store, [told("R", 3)], 4)
        assert list(store.records("plan", {"open"})) == []
        assert keeping.shown(store, ENTRY, at(5))
        found = evaluation.check(store, rules.Context(at(6)))
        assert found.new == ()
        again = checked(store, [told("M", 26)], 27)
        assert "vessel_cutoff" in {a.rule for a in again.live}
        later = evaluation.check(store, rules.Context(at(27.5)))
        assert "vessel_cutoff" in {a.rule for a in later.live}
