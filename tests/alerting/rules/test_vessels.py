"""Rules about cut-offs of vessels and the free time at terminals."""

from __future__ import annotations

from clearance.alerting import evaluation, rules
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.alerting.scenes import (
    IMPORT,
    accepted,
    at,
    checked,
    ids,
    import_of,
    only,
    plan,
    planned,
    told,
)


def test_a_vessels_cutoff_is_counted_down_and_a_release_ends_it() -> None:
    """Cut-off on the 5th of March at noon."""
    moments = ["03-04T11:59", "03-04T12:00", "03-05T00:00", "03-05T08:00", "03-05T11:00",
               "03-05T12:00", "03-05T13:00"]  # fmt: skip
    found = planned(accepted(), moments, cutoff="2026-03-05T12:00", etd="2026-03-07T12:00")
    assert only(found, "vessel_cutoff") == [
        None, ("warning", 0), ("warning", 1), ("critical", 2), ("critical", 3), ("critical", 4),
        None,
    ]  # fmt: skip
    released = [*accepted(), told("P", 5)]
    assert only(planned(released, moments[:2], cutoff="2026-03-05T12:00"), "vessel_cutoff") == [
        None, None,
    ]  # fmt: skip


def test_the_earliest_cut_off_counts_a_day_before_the_departure() -> None:
    facts = {"cutoff": "2026-03-09T12:00", "cy_cutoff": "2026-03-08T12:00"}
    moments = ["03-05T11:00", "03-05T13:00"]
    found = planned(accepted(), moments, etd="2026-03-07T12:00", **facts)
    assert only(found, "vessel_cutoff") == [None, ("warning", 0)]


def test_a_cut_off_that_is_moved_begins_anew() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", 0, cutoff="2026-03-03T12:00")
        files = [Item(f.name, f.data) for f in accepted()]
        intake.ingest(store, files, at(0))
        (first,) = evaluation.check(store, rules.Context(at(27))).new
        assert (first.rule, first.severity) == ("vessel_cutoff", "critical")
        plan(store, "REF1", 27.5, cutoff="2026-03-05T12:00")
        moved = evaluation.check(store, rules.Context(at(28)))
        assert ids(moved.resolved) == [first.id]
        (second,) = evaluation.check(store, rules.Context(at(53))).new
        assert (second.severity, second.id != first.id) == ("warning", True)


def test_an_export_without_a_cut_off_cannot_be_assessed_and_its_alert_stays() -> None:
    with open_store("memory:") as store:
        result = checked(store, accepted(), 1)
        assert "vessel_cutoff" in {one.rule for one in result.cannot_assess}
        plan(store, "REF1", 1, cutoff="2026-03-03T12:00")
        (alert,) = evaluation.check(store, rules.Context(at(27))).new
        keeping.keep(store, [plans.Row(1, ("REF1",), {"cutoff": None})], at(27.5))
        assert ids(evaluation.check(store, rules.Context(at(28))).live) == [alert.id]


def test_an_inspection_near_a_cut_off_is_critical() -> None:
    found = planned([*accepted(), told("C", 1)], ["03-02T10:00", "03-03T13:00"],
                    cutoff="2026-03-05T12:00")  # fmt: skip
    assert only(found, "inspection_ordered") == [("warning", 0), ("critical", 0)]


def test_free_time_is_watched_after_the_closure_until_the_goods_are_gone() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", 0, free_until="2026-03-09")
        files = [*import_of("P", 1), told("R", 1, *IMPORT)]
        intake.ingest(store, [Item(f.name, f.data) for f in files], at(1))
        days = [evaluation.check(store, rules.Context(at(24 * day))).new for day in (1, 5, 7, 8)]
        told_ = [[(str(a.severity), a.variant) for a in new] for new in days]
        assert told_ == [[], [("warning", "")], [("critical", "")], [("critical", "late")]]
        plan(store, "REF1", 200, gated_out="2026-03-10T10:00")
        assert len(evaluation.check(store, rules.Context(at(201))).resolved) == 1
