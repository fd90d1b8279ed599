"""Rules about cut-offs of vessels and the free time at terminals."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clearance.alerting import evaluation, rules
from clearance.alerting.rules import vessels
from clearance.customs import uk_cds
from clearance.figures.forecast import Probability, Stratum
from clearance.model import Alert, Event, Note
from clearance.periods import later
from clearance.render.alerts import alert_json
from clearance.shipments import keeping, plans
from clearance.stores import Store, open_store
from tests.alerting.scenes import at, check, ids, keep, only, plan, planned
from tests.stories import events, moment

SECOND = timedelta(seconds=1)


def test_a_vessels_cutoff_is_counted_down_and_a_release_ends_it(story: list[Event]) -> None:
    """Cut-off on the 5th of March at noon.

    2026-03-02T08:00+08:00  submitted  direction=export
    2026-03-02T08:01+08:00  accepted
    2026-03-02T13:00+08:00  released
    """
    moments = ["03-04T11:59", "03-04T12:00", "03-05T00:00", "03-05T08:00", "03-05T11:00",
               "03-05T12:00", "03-05T13:00"]  # fmt: skip
    found = planned(story[:2], moments, cutoff="2026-03-05T12:00", etd="2026-03-07T12:00")
    assert only(found, "vessel_cutoff") == [
        None, ("warning", 0), ("warning", 1), ("critical", 2), ("critical", 3), ("critical", 4),
        None,
    ]  # fmt: skip
    released = planned(story, moments[:2], cutoff="2026-03-05T12:00")
    assert only(released, "vessel_cutoff") == [None, None]


def test_the_earliest_cut_off_counts_a_day_before_the_departure(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted  direction=export
    2026-03-02T08:01+08:00  accepted
    """
    facts = {"cutoff": "2026-03-09T12:00", "cy_cutoff": "2026-03-08T12:00"}
    moments = ["03-05T11:00", "03-05T13:00"]
    found = planned(story, moments, etd="2026-03-07T12:00", **facts)
    assert only(found, "vessel_cutoff") == [None, ("warning", 0)]


def test_a_cut_off_that_is_moved_begins_anew(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted  direction=export
    2026-03-02T08:01+08:00  accepted
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 0, cutoff="2026-03-03T12:00")
        keep(store, story)
        (first,) = check(store, "2026-03-03T11:00+08:00").new
        assert (first.rule, first.severity) == ("vessel_cutoff", "critical")
        plan(store, "REF1", 27.5, cutoff="2026-03-05T12:00")
        moved = check(store, "2026-03-03T12:00+08:00")
        assert ids(moved.resolved) == [first.id]
        (second,) = check(store, "2026-03-04T13:00+08:00").new
        assert (second.severity, second.id != first.id) == ("warning", True)


@pytest.mark.parametrize(
    ("cutoff", "first"),
    [
        ({"cutoff": "2027-03-28T12:00"}, "2027-03-27T11:00+00:00"),
        ({"cutoff": "2026-10-25T12:00"}, "2026-10-24T13:00+01:00"),
        ({"etd": "2026-10-26T00:30"}, "2026-10-24T01:30+01:00"),
    ],
)
def test_hours_to_a_cut_off_are_counted_though_the_clocks_change(
    cutoff: dict[str, str], first: str
) -> None:
    story = events(
        "2026-10-20T08:00+01:00  accepted  direction=export official=1 own=REF1", uk_cds.SYSTEM.name
    )
    with open_store("memory:") as store:
        london = uk_cds.SYSTEM.zone
        facts = {name: plans.read_fact(name, value, london) for name, value in cutoff.items()}
        keeping.keep(store, [plans.Row(1, ("REF1",), facts)], moment("2026-10-20T10:00+01:00"))
        keep(store, story)
        now = moment(first).astimezone(london)
        assert not any(a.rule == "vessel_cutoff" for a in checked_at(store, later(now, -SECOND)))
        (alert,) = (a for a in checked_at(store, now) if a.rule == "vessel_cutoff")
        assert (alert.since.isoformat(), alert.values["hours_left"]) == (
            moment(first).astimezone(london).isoformat(), 24,
        )  # fmt: skip


def test_a_term_is_so_many_hours_though_the_clocks_change() -> None:
    """Twenty-three and a half from one noon to the next."""
    context = rules.Context(moment("2027-03-28T12:00+01:00").astimezone(uk_cds.SYSTEM.zone))
    assert not context.over(moment("2027-03-27T11:30+00:00"), timedelta(hours=24))
    assert context.over(moment("2027-03-27T10:59+00:00"), timedelta(hours=24))


def checked_at(store: Store, now: datetime) -> tuple[Alert, ...]:
    return evaluation.check(store, rules.Context(now)).live


def test_an_export_without_a_cut_off_cannot_be_assessed_and_one_taken_back_ends_its_alert(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted  direction=export
    2026-03-02T08:01+08:00  accepted
    """
    with open_store("memory:") as store:
        keep(store, story)
        result = check(store, "2026-03-02T09:00+08:00")
        assert "vessel_cutoff" in {one.rule for one in result.cannot_assess}
        plan(store, "REF1", 1, cutoff="2026-03-03T12:00")
        (alert,) = check(store, "2026-03-03T11:00+08:00").new
        keeping.keep(store, [plans.Row(1, ("REF1",), {"cutoff": None})], at(27.5))
        after = check(store, "2026-03-03T12:00+08:00")
        assert (ids(after.resolved), after.live) == ([alert.id], ())
        assert "vessel_cutoff" in {one.rule for one in after.cannot_assess}


@pytest.mark.parametrize(
    ("cutoff", "stands"), [("2026-03-09T12:00", True), ("2026-03-10T12:00", False)]
)
def test_what_was_told_by_a_probability_that_is_not_known_any_more_stands(
    story: list[Event], monkeypatch: pytest.MonkeyPatch, cutoff: str, stands: bool
) -> None:
    """As where fewer than it takes have waited so long; a cut-off that is moved begins anew.

    2026-03-02T08:00+08:00  submitted  direction=export
    2026-03-02T08:01+08:00  accepted
    """
    chances = iter([Probability(0.4, 39, Stratum("accepted")), Note.of("too_few_waited")])
    monkeypatch.setattr(vessels, "release_probability", lambda *_: next(chances))
    with open_store("memory:") as store:
        plan(store, "REF1", 0, cutoff="2026-03-09T12:00")
        keep(store, story)
        (alert,) = check(store, "2026-03-03T12:00+08:00").new
        assert (alert.rule, alert.variant) == ("vessel_cutoff", "far")
        plan(store, "REF1", 28.5, cutoff=cutoff)
        after = check(store, "2026-03-03T13:00+08:00")
        assert ids(after.live if stands else after.resolved) == [alert.id]
        assert "vessel_cutoff" in {one.rule for one in after.cannot_assess}


def test_an_inspection_near_a_cut_off_is_critical(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted   direction=export
    2026-03-02T08:01+08:00  accepted
    2026-03-02T09:00+08:00  inspection  inspection
    """
    found = planned(story, ["03-02T10:00", "03-03T13:00"], cutoff="2026-03-05T12:00")
    assert only(found, "inspection_ordered") == [("warning", 0), ("critical", 0)]


def test_free_time_is_watched_after_the_closure_until_the_goods_are_gone(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted  direction=import
    2026-03-02T08:01+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T09:00+08:00  cleared
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 0, free_until="2026-03-09")
        keep(store, story)
        days = [check(store, f"2026-03-{day:02}T08:00+08:00").new for day in (3, 7, 9, 10)]
        assert [[(str(a.severity), a.variant) for a in new] for new in days] == [
            [], [("warning", "")], [("critical", "")], [("critical", "late")],
        ]  # fmt: skip
        plan(store, "REF1", 200, gated_out="2026-03-10T10:00")
        assert len(check(store, "2026-03-10T17:00+08:00").resolved) == 1


def test_the_last_declaration_of_a_shipment_is_what_its_cut_off_waits_for(
    story: list[Event],
) -> None:
    """Two under one bill; one is released, later both are.

    2026-03-02T08:00+08:00  submitted  direction=export own=R1 joining=A group=BILL
    2026-03-02T08:01+08:00  accepted
    2026-03-02T13:00+08:00  released
    2026-03-02T14:00+08:00  submitted  direction=export own=R2 joining=B group=BILL
    2026-03-02T14:01+08:00  accepted
    """
    with open_store("memory:") as store:
        plan(store, "R2", -24 * 90, cutoff="2026-03-05T12:00")
        keep(store, story[:2] + story[3:])
        (alert,) = check(store, "2026-03-04T12:00+08:00").new
        assert "shipment" not in alert_json(alert, "en")["message"]
        keep(store, story[2:3])
        (alert,) = check(store, "2026-03-05T00:00+08:00").new
        told = alert_json(alert, "en")["message"]
        assert told.endswith("the last of 2 declarations of the shipment")
        assert "仅余此份" in alert_json(alert, "zh")["message"]
