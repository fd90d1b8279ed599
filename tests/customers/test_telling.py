"""What customers are told, when, once, and what puts it right."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from clearance.channels import Notification, slack, wecom
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, import_receipt
from clearance.customs.cn_single_window.demo_declared import declaration
from tests.alerting.scenes import ENTRY, ONE, OTHER_ENTRY, TWO, accepted, at, plan, told
from tests.customers.world import acme, world


def released(hours: float, unified: str = ONE, entry: str = ENTRY) -> File:
    return told("P", hours, unified, entry)


def reopened(hours: float) -> File:
    return told("M", hours, note="海关重审")


def test_a_milestone_is_told_once_with_their_own_number_first() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(0.1)
        w.check(0.2)
        w.read(released(5), hours=5)
        w.check(5.1)
        assert w.told() == ["accepted", "released"]
        assert w.boxes["acme"].titles == [
            "Customs clearance: REF1, accepted by customs",
            "Customs clearance: REF1, released by customs",
        ]
        (_, last) = w.boxes["acme"].got
        assert [line.text for line in last.lines] == [
            "Your shipment: reference REF1",
            f"Customs' number: {ENTRY} (2248 Yangshan Customs)",
            "Customs released the goods on 2026-03-02 13:00.",
            "The goods may be loaded.",
            "You need not do anything.",
        ]


@pytest.mark.parametrize(
    ("lang", "first", "then"),
    [("en", "Unified no.: ", "Customs' number: "), ("zh", "统一编号：", "报关单号：")],
)
def test_a_number_that_customs_has_not_given_is_called_what_it_is(
    lang: str, first: str, then: str
) -> None:
    with world(acme=acme(milestones=["declared", "accepted"], lang=lang)) as w:
        w.check(-1)
        w.read(*accepted()[:2])
        w.check(1)
        w.read(told("L", 2))
        w.check(2.1)
        declared, now = (one.lines[1].text for one in w.boxes["acme"].got)
        assert (declared[: len(first)], ONE in declared) == (first, True)
        assert (now[: len(then)], ENTRY in now) == (then, True)


def test_what_was_known_before_the_first_run_is_history() -> None:
    with world() as w:
        w.read(*accepted(), hours=0)
        w.check(1)
        w.check(2)
        assert w.told() == []
        w.read(released(5), hours=5)
        w.check(6)
        assert w.told() == ["released"]


def test_a_customer_or_a_topic_that_is_added_later_begins_then() -> None:
    with world(acme=acme(milestones=("released",))) as w:
        w.check(-1)
        w.read(*accepted(), released(1), hours=1)
        w.check(2)
        w.customers = {"acme": acme(), "new": acme(to=["new"], reference=["NEW*"])}
        w.boxes["new"] = w.boxes["acme"].__class__()
        w.read(told("R", 3), hours=3)
        w.read(*accepted(TWO, OTHER_ENTRY, 1), hours=3)
        w.check(4)
        assert w.told() == ["released"]
        w.read(told("R", 5, TWO, OTHER_ENTRY), hours=5)
        w.check(6)
        assert w.told() == ["released", "cleared"]
        assert w.told("new") == []


def test_what_is_undone_is_corrected_and_refers_to_the_first() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), released(5), hours=5)
        w.check(6)
        w.read(reopened(8), hours=8)
        w.check(9)
        first, second, correction = w.notices()
        assert [first.topic, second.topic, correction.topic] == ["accepted", "released", "undone"]
        assert correction.corrects == (second.id,)
        assert "This corrects our notice of 2026-03-02 14:00: released by customs." in (
            correction.lines
        )
        # a release by hand may be undone by whoever said it, and not by customs
        assert not any("took it back" in line for line in correction.lines)
        w.read(released(10), hours=10)
        w.check(11)
        w.check(12)
        assert w.told() == ["accepted", "released", "undone", "released"]
        assert "2026-03-02 18:00" in w.boxes["acme"].text


def test_a_deletion_that_is_held_waits_and_takes_back_what_was_told() -> None:
    with world(acme=acme(exceptions=("deleted",))) as w:
        w.check(-1)
        w.read(*accepted(), released(5), hours=5)
        w.check(6)
        w.read(told("D", 8), hours=8)
        w.check(9)
        assert w.told() == ["accepted", "released"]
        held = w.notices()[-1]
        assert held.topic == "deleted"
        assert held.corrects == (w.notices()[1].id,)
        w.approve(held.id[:6], 10)
        w.check(10.5)
        assert w.told() == ["accepted", "released", "deleted"]
        assert w.stands()["deleted"] == "told"


def test_a_dropped_notice_is_never_told() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), told("E", 5), hours=5)
        w.check(6)
        held = w.notices()[-1]
        assert (held.topic, w.stands()["returned"]) == ("returned", "held")
        w.drop(held.id, 7)
        for hours in (8, 9):
            w.check(hours)
        assert "returned" not in w.told()
        assert w.stands()["returned"] == "dropped"


def test_an_exception_is_told_without_the_note_of_customs() -> None:
    note = "查验通知;SECRET-NOTE 请携带单证"
    with world() as w:
        w.check(-1)
        w.read(*accepted(), told("C", 5, note=note), hours=5)
        w.check(6)
        assert w.told() == ["accepted", "inspection_ordered"]
        assert "SECRET-NOTE" not in w.boxes["acme"].text


def test_a_number_that_is_replaced_is_corrected_once() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(1)
        w.read(told("L", 3, ONE, OTHER_ENTRY), hours=3)
        for hours in (4, 5, 6):
            w.check(hours)
        assert w.told().count("renumbered") == 1
        assert f"Customs' number is now {OTHER_ENTRY}." in w.boxes["acme"].text


QUIET = acme(quiet="20:00-08:00")


def test_quiet_hours_hold_what_falls_in_them_over_midnight() -> None:
    with world(acme=QUIET) as w:
        w.check(-1)
        w.read(*accepted(hours=13), hours=13.1)
        w.check(13.2)
        assert w.told() == []
        assert w.stands() == {"accepted": "waiting"}
        w.check(datetime(2026, 3, 3, 7, 59, tzinfo=ZONE))
        assert w.told() == []
        w.check(datetime(2026, 3, 3, 8, 0, tzinfo=ZONE))
        assert w.told() == ["accepted"]


def test_what_is_undone_in_quiet_hours_is_never_told() -> None:
    with world(acme=QUIET) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(1)
        w.read(released(13), hours=13.1)
        w.check(13.2)
        w.read(reopened(14), hours=14.1)
        w.check(14.2)
        w.check(25)
        assert w.told() == ["accepted"]
        assert w.stands()["released"] == "overtaken"


def test_only_what_is_critical_of_an_urgent_customer_breaks_the_quiet() -> None:
    urgent = acme(quiet="20:00-08:00", urgent=True, hold=())
    with world(acme=urgent, calm=acme(to=["calm"], hold=(), reference="NONE*")) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(1)
        w.read(told("E", 13), hours=13.1)
        w.check(13.2)
        assert w.told() == ["accepted", "returned"]


def test_the_quiet_hours_are_those_of_the_customers_zone() -> None:
    """20:00 in New York is 09:00 the next morning in Beijing, an hour later in summer time."""
    zoned = acme(quiet="20:00-08:00", zone="America/New_York")
    with world(acme=zoned) as w:
        w.check(-1)
        w.read(*accepted(hours=1.5), hours=1.6)
        w.check(1.7)
        assert w.told() == []
        w.check(datetime(2026, 3, 2, 20, 59, tzinfo=ZONE))
        assert w.told() == []
        w.check(datetime(2026, 3, 2, 21, 0, tzinfo=ZONE))
        assert w.told() == ["accepted"]


def test_a_day_is_one_message() -> None:
    with world(acme=acme(digest="17:30")) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(1)
        w.read(released(2), hours=2)
        w.check(3)
        assert w.told() == []
        w.check(9.5)
        assert len(w.boxes["acme"].got) == 1
        assert w.told() == ["accepted", "released"]
        assert w.boxes["acme"].titles == ["Customs clearance: 2 notices for Acme Trading"]
        w.check(9.6)
        w.check(34)
        assert len(w.boxes["acme"].got) == 1


def test_a_message_of_the_day_that_is_large_is_several() -> None:
    with world(acme=acme(digest="17:30")) as w:
        w.check(-1)
        for number in range(20):
            unified, entry = f"E2026{number:013}", f"22482026{number:010}"
            w.read(import_receipt(f"REF{number}", unified, at(0)), hours=0)
            w.read(told("7", 0.01, unified), told("L", 0.02, unified, entry), hours=0.1)
        w.check(1)
        w.check(10)
        assert [len(one.document["notices"]) for one in w.boxes["acme"].got] == [8, 8, 4]


LONG = (
    "Ms. Li & Mr. Wang <customs@forwarder.example>, +86 21 5555 0100 / +86 138 0000 0000, ext. 12"
)


@pytest.mark.parametrize(("lang", "contact"), [("en", LONG), ("zh", "客服专线" * 30)])
@pytest.mark.parametrize("body", [slack.body, wecom.body])
def test_no_message_of_the_day_is_cut(
    lang: str, contact: str, body: Callable[[Notification], dict[str, Any]]
) -> None:
    """What is cut would count as told."""
    with world(acme=acme(digest="17:30", lang=lang, contact=contact)) as w:
        w.check(-1)
        for number in range(20):
            unified, entry = f"E2026{number:013}", f"22482026{number:010}"
            w.read(import_receipt(f"REF-SHIPMENT-2026_{number}", unified, at(0)), hours=0)
            w.read(told("7", 0.01, unified), told("L", 0.02, unified, entry), hours=0.1)
        w.check(1)
        w.check(10)
        got = w.boxes["acme"].got
        assert len(w.told()) == 20
        assert len(got) <= 10
        for one in got:
            written = json.dumps(body(one), ensure_ascii=False)
            numbers = [notice["number"] for notice in one.document["notices"]]
            assert all(number in written for number in numbers)
            assert one.more
            assert one.more[lang].removeprefix("+{}").removeprefix("另有 {} 条") not in written


def test_a_channel_that_cannot_be_reached_is_told_later() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.boxes["acme"].reachable = False
        w.check(1)
        assert w.stands() == {"accepted": "waiting"}
        w.boxes["acme"].reachable = True
        w.check(3, clock=datetime.now(ZONE) + timedelta(hours=2))
        assert w.told() == ["accepted"]
        assert w.stands() == {"accepted": "told"}


def test_a_plan_that_comes_after_the_milestone_still_has_it_told() -> None:
    with world(acme=acme(reference=(), customer=("艾克米",))) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(1)
        assert (w.told(), w.no_customer) == ([], 1)
        plan(w.store, "REF1", 1.5, customer="艾克米")
        w.check(2)
        assert (w.told(), w.no_customer) == (["accepted"], 0)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 4, 0, 3, 1)])
def test_three_orders_of_arrival_tell_the_same_once_settled(order: tuple[int, ...]) -> None:
    files = [*accepted(), reopened(3), released(5)]
    with world() as w:
        w.check(-1)
        for step, number in enumerate(order):
            w.read(files[number], hours=6 + step)
            w.check(6.5 + step)
        from clearance.customers.notices import corrected

        gone = corrected(w.notices())
        standing = {(n.topic, n.at, n.messages) for n in w.notices() if n.id not in gone}
    with world() as other:
        other.check(-1)
        other.read(*files, hours=6)
        other.check(7)
        expected = {(n.topic, n.at, n.messages) for n in other.notices()}
    assert standing == expected
    assert {topic for topic, _, _ in standing} == {"accepted", "released"}


def test_an_expected_day_is_corrected_when_it_moves_by_more_than_the_threshold() -> None:
    with world(acme=acme(moved_days=2)) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.expected = datetime(2026, 3, 6, 10, tzinfo=ZONE)
        w.check(1)
        assert "Release is expected about 2026-03-06." in w.boxes["acme"].text
        w.expected = datetime(2026, 3, 8, 10, tzinfo=ZONE)
        w.check(25)
        assert w.told() == ["accepted"]
        w.expected = datetime(2026, 3, 9, 10, tzinfo=ZONE)
        w.check(26)
        assert w.told() == ["accepted"], "once a day"
        w.check(49)
        w.check(73)
        assert w.told() == ["accepted", "moved"]
        last = w.boxes["acme"].got[-1]
        texts = [line.text for line in last.lines]
        assert "The release is now expected about 2026-03-09." in texts
        assert any("release expected on 2026-03-06" in one for one in texts)
        w.read(released(80), hours=80)
        w.check(80.5)
        assert w.told() == ["accepted", "moved", "released"]
        assert "expected" not in w.boxes["acme"].got[-1].lines[-1].text


def test_what_a_message_says_of_the_same_moment_is_not_told_again() -> None:
    """The same release comes again, in another message with another note."""
    with world() as w:
        w.check(-1)
        w.read(*accepted(), released(5), hours=5)
        w.check(6)
        w.read(told("P", 5, note=";放行，另一份回执"), hours=7)
        w.check(8)
        assert w.told() == ["accepted", "released"]


def test_summer_time_moves_no_quiet_hour() -> None:
    """In London the clock goes from 01:00 to 02:00 on 29 March 2026."""
    zoned = acme(quiet="22:00-08:00", zone="Europe/London")
    with world(acme=zoned) as w:
        w.check(24 * 26)
        late = 24 * 26 + 22.5  # 22:30 in London on the 28th
        w.read(*accepted(hours=late), hours=late + 0.1)
        w.check(late + 0.2)
        assert w.told() == []
        w.check(datetime(2026, 3, 29, 14, 59, tzinfo=ZONE))
        assert w.told() == []
        w.check(datetime(2026, 3, 29, 15, 0, tzinfo=ZONE))
        assert w.told() == ["accepted"]


class _Died(Exception):
    """The machine dies."""


@pytest.mark.parametrize("step", range(8))
def test_whatever_dies_when_all_is_told_and_nothing_under_two_ids(step: int) -> None:
    """A check dies at its nth commit, or between two; the next one runs to its end."""
    with world(acme=acme(hold=())) as w:
        w.check(-1)
        w.read(*accepted(), told("C", 1), released(5), hours=5)
        commits = iter(range(100))
        transaction = w.store.transaction

        def dying() -> Any:
            if next(commits) == step:
                raise _Died
            return transaction()

        w.store.transaction = dying  # type: ignore[method-assign]
        with suppress(_Died):
            w.check(6)
        w.store.transaction = transaction  # type: ignore[method-assign]
        w.check(6.5, clock=at(7))
        w.check(6.6, clock=at(8))
        ids = {
            one.id: item["id"] for one in w.boxes["acme"].got for item in one.document["notices"]
        }
        assert set(w.told()) == {"accepted", "released"}
        assert len(set(ids.values())) == len(ids) == 2
        assert set(w.stands().values()) == {"told"}


def test_a_deadline_is_told_in_the_customers_zone_and_once_for_all_its_steps() -> None:
    zoned = acme(exceptions=("vessel_cutoff",), zone="UTC")
    with world(acme=zoned) as w:
        w.check(-1)
        plan(w.store, "REF1", -1, cutoff="2026-03-03T20:00")
        w.read(*accepted(), hours=0)
        for hours in (1, 13, 24.5, 33, 35.5, 37):
            w.check(hours)
        assert w.told() == ["accepted", "vessel_cutoff"]
        assert "the cut-off of 2026-03-03 12:00 is near" in w.boxes["acme"].text


def test_what_is_told_of_a_shipment_that_customs_has_not_answered_is_told_once() -> None:
    """Only what was sent is known of it, and no event that says what became of it."""
    with world(acme=acme(exceptions=("tax_unpaid", "vessel_cutoff"))) as w:
        w.check(-2)
        plan(w.store, "REF1", -1, tax_due="2026-03-03", cutoff="2026-03-03T20:00")
        data = declaration(1, "REF1", "import", "2248", at(0), Random(1))
        w.read(File("REF1.xml", data, at(0)), hours=0)
        for hours in (1, 2, 3, 13, 24.5, 30, 33, 40, 60):
            w.check(hours)
        assert w.told()
        assert len(w.told()) == len(set(w.told()))
        assert all(one.messages for one in w.notices())
