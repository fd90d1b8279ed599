"""Rules about the flow: what stands still, is inspected, returned, deleted, or falls silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import SYSTEM, ZONE
from clearance.customs.cn_single_window.codes import CODES
from clearance.customs.cn_single_window.demo import File, import_receipt
from clearance.errors import SourceFailed
from clearance.model import Alert, Event, Record, Stage
from clearance.render import findings as words
from clearance.sources import Item, Visit, folder
from clearance.sources.rest import Rest
from clearance.stores import open_store
from clearance.timelines import derive, intake, visits
from tests.alerting.scenes import START, accepted, at, check, checked, ids, keep, plan, seen, told
from tests.stories import events


def test_stuck_is_more_than_48_hours_in_one_stage(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    """
    assert seen(story, "2026-03-04T08:00+08:00") == []
    assert seen(story, "2026-03-04T08:01+08:00") == ["stuck"]
    assert seen(story, "2026-03-03T14:00+08:00", stuck={"hours": 24}) == ["stuck"]
    assert seen(story, "2026-03-04T20:00+08:00", stuck={"enabled": False}) == []


@pytest.mark.parametrize("stage", ["released", "cleared", "rejected", "withdrawn"])
def test_what_does_not_wait_for_customs_is_not_stuck(stage: str) -> None:
    story = f"""
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  {stage}
    """
    assert "stuck" not in seen(events(story), "2026-03-10T16:00+08:00")


def test_a_review_that_is_finished_says_nothing_of_an_inspection_that_was_ordered(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  inspection    inspection
    2026-03-02T10:00+08:00  action_due    tax
    2026-03-02T11:00+08:00  action_due    attachments
    2026-03-02T12:00+08:00  reviewed
    2026-03-02T13:00+08:00  released
    """
    assert seen(story, "2026-03-02T09:30+08:00") == ["inspection_ordered"]
    assert seen(story, "2026-03-02T10:30+08:00") == ["inspection_ordered"]
    assert seen(story, "2026-03-02T11:30+08:00") == ["inspection_ordered"]
    assert seen(story, "2026-03-02T12:30+08:00") == ["inspection_ordered"]
    assert seen(story, "2026-03-02T13:30+08:00") == []


def test_an_inspection_after_a_release_is_over_with_the_next_release(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T10:00+08:00  inspection    inspection
    2026-03-02T12:00+08:00  under_review  undoes
    2026-03-02T13:00+08:00  released
    """
    assert seen(story, "2026-03-02T11:00+08:00") == ["inspection_ordered"]
    assert seen(story, "2026-03-02T14:00+08:00") == []
    closed = [*story[:3], *events("2026-03-02T12:00+08:00  cleared")]
    assert seen(closed, "2026-03-02T14:00+08:00") == []


def test_a_return_stands_until_a_later_sending_is_accepted(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T09:00+08:00  rejected   return
    2026-03-02T11:00+08:00  submitted  joining=B
    2026-03-02T11:12+08:00  accepted   official=1
    """
    assert seen(story, "2026-03-02T10:00+08:00") == ["returned"]
    assert seen(story, "2026-03-02T11:06+08:00") == ["returned"]
    assert seen(story, "2026-03-02T12:00+08:00") == []


@pytest.mark.parametrize("code", ["4", "9", "Y"])
def test_what_failed_on_its_way_after_customs_had_accepted_is_no_return(code: str) -> None:
    """To send an accepted declaration again would declare it twice."""
    story = [*_as_told("7", "L"), *_as_told(code, hour=12)]
    assert "returned" not in seen(story, "2026-03-02T13:00+08:00")
    (declaration,) = derive.link(story)
    assert (declaration.stage, declaration.outstanding) == (Stage.ACCEPTED, ())
    before = [*_as_told("7"), *_as_told(code, hour=12)]
    assert "returned" in seen(before, "2026-03-02T13:00+08:00")


def _as_told(*codes: str, hour: int = 8) -> list[Event]:
    """Events with the meanings of some codes, an hour apart."""
    return [
        event._replace(code=code, flags=CODES[code].flags, action=CODES[code].action)
        for number, code in enumerate(codes)
        for event in events(f"2026-03-02T{hour + number:02}:00+08:00  {CODES[code].stage}")
    ]


def test_a_return_after_acceptance_is_over_when_the_reference_is_accepted_as_another(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  rejected   return
    2026-03-02T11:00+08:00  submitted  joining=B
    2026-03-02T11:01+08:00  accepted   official=2
    """
    assert seen(story, "2026-03-02T10:00+08:00") == ["returned"]
    assert seen(story, "2026-03-02T12:00+08:00") == []


def test_another_declaration_under_the_reference_does_not_answer_a_later_return(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted   official=1
    2026-03-02T09:00+08:00  submitted  joining=B
    2026-03-02T09:01+08:00  accepted   official=2
    2026-03-02T10:00+08:00  rejected   return joining=A official=1
    """
    assert seen(story, "2026-03-02T11:00+08:00") == ["returned"]


def test_a_return_after_a_release_is_an_alert_and_not_a_stage(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T10:00+08:00  rejected  return
    """
    assert seen(story, "2026-03-02T11:00+08:00") == ["returned"]


def test_a_deletion_is_told_for_thirty_days(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted
    2026-03-02T09:00+08:00  withdrawn  undoes
    """
    assert seen(story, "2026-04-01T08:00+08:00") == ["deleted"]
    assert seen(story, "2026-04-01T10:00+08:00") == []


# What is usual


def history(count: int, hours: float, office: str = "2248") -> list[Event]:
    """Exports that were under review for some hours of a Tuesday and released."""
    reviewed = datetime(2026, 2, 24, 9, 30, tzinfo=ZONE)
    released = (reviewed + timedelta(hours=hours)).isoformat()
    story = f"""
    2026-02-24T09:00+08:00  accepted      own= joining=NUMBER direction=export office={office}
    2026-02-24T09:30+08:00  under_review
    {released}              released
    {released}              cleared
    """
    stories = (story.replace("NUMBER", str(number)) for number in range(count))
    return [event for story in stories for event in events(story, SYSTEM.name)]


MONDAY = """
2026-03-02T08:00+08:00  accepted      direction=export office=2248
2026-03-02T09:00+08:00  under_review
"""
FRIDAY = """
2026-03-06T15:00+08:00  accepted      direction=export office=2248
2026-03-06T16:00+08:00  under_review
"""


def stuck_at(story: str, before: Sequence[Event], *moments: float) -> list[Alert]:
    """What is found stuck in a story at some moments, when others went through before."""
    with open_store("memory:") as store:
        keep(store, [*before, *events(story, SYSTEM.name)])
        found = [evaluation.check(store, rules.Context(at(hours))) for hours in moments]
        return [alert for one in found for alert in one.new if alert.rule == "stuck"]


def test_stuck_is_more_than_twice_what_95_of_100_take_in_working_time() -> None:
    """They took six hours, so the limit is 12 and a little (the bin's end)."""
    before = history(40, 6)
    assert stuck_at(MONDAY, before, 27.5, 28) == []
    (alert,) = stuck_at(MONDAY, before, 29, 29.25)
    assert alert.variant == "office"
    assert alert.values["n"] == 40
    text = words.message(alert, "en")
    assert text.startswith("under review for 13.")
    assert (
        "95 % of export at office 2248 Yangshan Customs finish in 6 working hours, n = 40" in text
    )
    assert "2248 洋山海关(港区) 出口 95 % 在 6 工作小时内完成" in words.message(alert, "zh")


def test_what_takes_minutes_is_not_stuck_before_eight_working_hours() -> None:
    before = history(40, 0.1)
    assert stuck_at(MONDAY, before, 8, 9) == []
    (alert,) = stuck_at(MONDAY, before, 9.1, 9.2)
    assert alert.severity == "warning"
    (worse,) = stuck_at(MONDAY, before, 33, 33.5)
    assert worse.severity == "critical"


def test_a_wider_stratum_answers_where_the_own_one_knows_too_few() -> None:
    before = history(40, 6, "3104")
    (alert,) = stuck_at(MONDAY, before, 29, 29.25)
    assert (alert.variant, alert.values["office"]) == ("direction", None)
    assert "at all offices" in words.message(alert, "en")


def test_a_weekend_is_no_time_to_be_stuck_in() -> None:
    """From Friday at 16:00 to Monday at 10:00 are three working hours."""
    assert stuck_at(FRIDAY, history(40, 1), 170, 171) == []


# Feeds, files, calendars


def steady(days: int) -> list[File]:
    """A receipt at half past each hour of office hours, each of a declaration of its own."""
    files = []
    for day in range(days):
        for hour in range(9):
            number = day * 10 + hour + 500
            files += accepted(f"E2026{number:013}", f"224820260{number:09}", day * 24 + hour + 1)
    return files


def test_a_feed_that_falls_silent_is_critical_and_mutes_what_it_explains() -> None:
    """Two weeks of messages each hour, then none: the last at 17:00 on Friday the 13th."""
    files = [f for f in steady(12) if f.at.weekday() < 5]
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in files], at(0))
        friday = evaluation.check(store, rules.Context(START + timedelta(days=11, hours=9.4)))
        assert "feed_silent" not in {a.rule for a in friday.live}
        monday = START + timedelta(days=14)
        morning = evaluation.check(store, rules.Context(monday + timedelta(hours=3)))
        assert "feed_silent" not in {a.rule for a in morning.live}
        noon = evaluation.check(store, rules.Context(monday + timedelta(hours=6)))
        (silent,) = (a for a in noon.new if a.rule == "feed_silent")
        assert silent.declaration is None
        assert silent.values["feed"] == "cn_single_window"
        assert silent.values["n"] >= 30
        stuck = [a for a in noon.live if a.rule == "stuck"]
        assert stuck
        assert {a.muted_by for a in stuck} == {silent.id}
        heard = [told("P", 24 * 14 + 6.2, f"E2026{500:013}", f"224820260{500:09}")]
        again = checked(store, heard, 24 * 14 + 6.5)
        assert silent.id in ids(again.resolved)


def test_a_copy_of_what_is_dated_by_its_file_alone_hides_no_silence() -> None:
    """A refusal of Friday that has no date, copied on Monday under another name."""
    files = [f for f in steady(12) if f.at.weekday() < 5]
    data = import_receipt("REF1", "E20260000000000001", START).data.replace(b">0<", b">1<")
    noon = START + timedelta(days=14, hours=6)
    friday, monday = (noon - timedelta(hours=hours) for hours in (73, 1))
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in files], at(0))
        for name, filed in (("Failed_REF1.xml", friday), ("copy of it.xml", monday)):
            item = Item(name, data, modified=filed.timestamp(), final=True)
            assert intake.ingest(store, [item], filed).refused == 0
        found = evaluation.check(store, rules.Context(noon))
    assert "feed_silent" in {alert.rule for alert in found.new}


def test_a_feed_with_few_gaps_cannot_be_assessed() -> None:
    with open_store("memory:") as store:
        result = checked(store, accepted(), 30)
        (one,) = (o for o in result.cannot_assess if o.rule == "feed_silent")
        assert one.declaration is None
        assert "of cn_single_window" in words.why(one, "en")


def test_a_folder_that_cannot_be_read_differs_from_an_empty_one() -> None:
    with open_store("memory:") as store:
        item = [Item(f"inbox/{f.name}", f.data, feed="inbox") for f in accepted()]
        intake.ingest(store, item, at(0))
        fine = rules.Context(at(1), sources={"inbox": "", "other": ""})
        assert evaluation.check(store, fine).new == ()
        broken = rules.Context(at(2), sources={"inbox": "Permission denied", "other": ""})
        (alert,) = evaluation.check(store, broken).new
        assert (alert.rule, alert.variant) == ("feed_silent", "unreadable")
        assert "Permission denied" in words.message(alert, "en")


def test_a_source_that_rests_as_announced_is_not_silent_and_its_rest_does_not_count() -> None:
    """Messages each hour up to Friday at 17:00; on Monday it rests until 13:00."""
    files = [f for f in steady(12) if f.at.weekday() < 5]
    rests = {"inbox": Rest.of("08:00-13:00")}
    monday = START + timedelta(days=14)
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f"inbox/{f.name}", f.data, feed="inbox") for f in files], at(0))

        def silent(hours: float, **more: Any) -> set[str]:
            now = monday + timedelta(hours=hours)
            context = rules.Context(now, sources={"inbox": ""}, **more)
            live = evaluation.check(store, context, dry_run=True).live
            return {alert.rule for alert in live} & {"feed_silent"}

        assert silent(6) == {"feed_silent"}
        assert silent(4.5, rests=rests) == set()
        assert silent(6, rests=rests) == set()
        assert silent(30, rests=rests) == {"feed_silent"}
        assert silent(26, rests=rests) == set()


def test_what_was_told_of_a_source_stands_while_it_rests_and_nobody_is_told_of_it() -> None:
    """It is no better for resting: an end each night that is not true, and a beginning each day."""
    files = [f for f in steady(12) if f.at.weekday() < 5]
    rests = {"inbox": Rest.of("20:00-23:00")}
    monday = START + timedelta(days=14)
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f"inbox/{f.name}", f.data, feed="inbox") for f in files], at(0))
        told = []
        for hours in (6, 12.5, 13.5, 14.9, 15.5, 30):
            now = monday + timedelta(hours=hours)
            context = rules.Context(now, sources={"inbox": ""}, rests=rests)
            result = evaluation.check(store, context)
            about = [{a.rule for a in some} for some in (result.new, result.resolved, result.live)]
            told.append(["feed_silent" in some for some in about])
        assert told == [[True, False, True], *[[False, False, True]] * 5]
        assert result.repeated


def test_a_source_that_has_failed_for_an_hour_cannot_be_read() -> None:
    class Failing:
        place = None

        def trouble(self) -> str:
            return ""

    why = SourceFailed("HTTP {status}", status=503)
    with open_store("memory:") as store:
        items = [Item(f"port/{f.name}", f.data, feed="port") for f in accepted()]
        intake.ingest(store, items, at(0))
        known = {"port": Failing()}
        for hour in (0.0, 0.5, 1.5):
            visits.note(store, known, {"port": Visit(failure=why)}, at(hour))
            context = rules.Context(at(hour), sources={"port": ""})
            alerts = evaluation.check(store, context).new
            assert [a.variant for a in alerts] == ([] if hour < 1 else ["unreadable"])
        assert "HTTP 503" in words.message(alerts[0], "en")
        visits.note(store, known, {"port": Visit()}, at(2))
        context = rules.Context(at(2), sources={"port": ""})
        assert evaluation.check(store, context).live == ()


def test_a_folder_that_can_be_read_again_is_not_told_whoever_has_read_it_since() -> None:
    """An ``ingest`` noted that it was away; since then ``watch`` reads it."""
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f"in/{f.name}", f.data, feed="in") for f in accepted()], at(0))
        away = {"in": Visit(failure=SourceFailed("No such file or directory"))}
        visits.note(store, {"in": folder.Source(path="InBox")}, away, at(0))
        context = rules.Context(at(2), sources={"in": ""})
        assert evaluation.check(store, context).new == ()


def test_a_source_that_never_brought_anything_and_cannot_be_read_is_told_too() -> None:
    """A path with a wrong letter, or a share that was never mounted: nothing of it is open."""
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f"in/{f.name}", f.data, feed="in") for f in accepted()], at(0))
        context = rules.Context(at(1), sources={"in": "", "share": "gone"})
        (alert,) = evaluation.check(store, context).new
        assert (alert.rule, alert.variant) == ("feed_silent", "unreadable")
        assert words.message(alert, "en") == "share cannot be read: gone"
        assert evaluation.check(store, rules.Context(at(2), sources=context.sources)).new == ()
        mended = rules.Context(at(3), sources={"in": "", "share": ""})
        assert evaluation.check(store, mended).live == ()


def test_the_order_in_which_a_feed_is_read_does_not_matter() -> None:
    def kept(files: Sequence[File], size: int) -> list[Record]:
        with open_store("memory:") as store:
            for start in range(0, len(files), size):
                intake.ingest(
                    store, [Item(f.name, f.data) for f in files[start : start + size]], at(0)
                )
            return sorted(store.records("feed"))

    files = steady(3)
    assert kept(files, 1000) == kept(files[::-1], 7)


def test_what_the_client_could_not_send_is_a_critical_alert(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  draft transmission "no card" file=I_REF-71_t-1 own= joining=
    """
    with open_store("memory:") as store:
        keep(store, story)
        (alert,) = check(store, "2026-03-02T08:01+08:00").new
        assert (alert.rule, str(alert.severity)) == ("not_sent", "critical")
        assert alert.declaration == "I_REF-71_t-1"
        assert "no card" in words.message(alert, "zh")


@pytest.mark.parametrize(
    ("sent", "over"),
    [
        ("own=REF-71", True),
        ("own=REF-71 file=I_REF-71_t-2", True),
        ("own= file=I_REF-71_t-1", True),
        ("own=REF-72 file=I_REF-72_t-1", False),
        ("own=t-1 file=other", False),
    ],
)
def test_what_was_not_sent_is_over_when_its_reference_or_its_file_was_sent(
    sent: str, over: bool
) -> None:
    failed = 'draft transmission "no card" own= joining= file=I_REF-71_t-1'
    story = events(
        f"2026-03-02T08:00+08:00  {failed}\n"
        f"2026-03-02T09:00+08:00  draft transmission acknowledges joining=A {sent}"
    )
    with open_store("memory:") as store:
        keep(store, story[:1])
        assert len(check(store, "2026-03-02T08:30+08:00").new) == 1
        keep(store, story[1:])
        assert len(check(store, "2026-03-02T09:30+08:00").resolved) == over


def test_a_sending_that_came_before_does_not_end_what_was_not_sent() -> None:
    story = events(
        "2026-03-02T07:00+08:00  accepted official=1 own=REF-71 file=I_REF-71_t-1\n"
        '2026-03-02T08:00+08:00  draft transmission "no card" own= joining= file=I_REF-71_t-2'
    )
    assert seen(story, "2026-03-02T08:30+08:00") == ["not_sent"]


def test_what_is_declared_in_advance_is_stuck_only_after_its_arrival(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  accepted  direction=import
    """
    with open_store("memory:") as store:
        plan(store, "REF1", 0, arrival="2026-03-20T08:00")
        keep(store, story)
        for day in ("06", "19", "21"):
            check(store, f"2026-03-{day}T09:00+08:00")
            assert check(store, f"2026-03-{day}T09:15+08:00").live == ()
        check(store, "2026-03-23T09:00+08:00")
        (alert,) = check(store, "2026-03-23T09:15+08:00").new
        assert alert.rule == "stuck"
        assert "3 d 01 h" in words.message(alert, "en")


def test_what_was_given_up_has_no_alert_until_customs_says_more(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T09:00+08:00  rejected   return
    2026-03-03T09:00+08:00  rejected   return
    """
    with open_store("memory:") as store:
        keep(store, story[:2])
        assert len(check(store, "2026-03-02T10:00+08:00").new) == 1
        plan(store, "REF1", 3, given_up="2026-03-02")
        assert len(check(store, "2026-03-02T12:00+08:00").resolved) == 1
        keep(store, story[2:])
        assert len(check(store, "2026-03-03T10:00+08:00").new) == 1
