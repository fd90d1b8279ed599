"""Rules about the data: what no table knows and what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs import uk_cds
from clearance.customs.cn_single_window import SYSTEM, ZONE
from clearance.periods import later
from clearance.render import findings as words
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.alerting.scenes import (
    ENTRY,
    OTHER_ENTRY,
    TWO,
    accepted,
    at,
    check,
    checked,
    keep,
    plan,
    told,
)
from tests.stories import events, moment


def test_an_unknown_code_is_one_alert_a_day_for_all_declarations() -> None:
    files = [*accepted(), told("q", 1), *accepted(TWO, OTHER_ENTRY), told("q", 2, TWO, OTHER_ENTRY)]
    with open_store("memory:") as store:
        (alert,) = checked(store, files, 3).new
        assert alert.rule == "unknown_code"
        assert alert.declaration is None
        assert alert.values["entries"] == [ENTRY, OTHER_ENTRY]
        assert len(checked(store, [told("q", 30)], 31).new) == 1
        closed = [told(code, 40, *which) for code in "PR" for which in ((), (TWO, OTHER_ENTRY))]
        assert checked(store, closed, 24 * 9).live == ()


def test_a_year_without_a_calendar_is_told_once_and_leaves_deadlines_unassessed() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", arrival="2026-12-20", direction="import")
        early = datetime(2026, 12, 1, 9, tzinfo=ZONE)
        assert evaluation.check(store, rules.Context(early)).new == ()
        now = datetime(2026, 12, 28, 9, tzinfo=ZONE)
        result = evaluation.check(store, rules.Context(now))
        assert [a.rule for a in result.new] == ["calendar_missing"]
        (one,) = (o for o in result.cannot_assess if o.rule == "import_undeclared")
        assert "no official calendar for 2027" in words.why(one, "en")
        assert evaluation.check(store, rules.Context(now + timedelta(hours=1))).new == ()


def test_messages_that_cannot_be_read_are_one_alert_a_day_until_they_can() -> None:
    with open_store("memory:") as store:
        bad = [Item("a.xml", b"<a"), Item("b.xml", b"<b"), Item("c.xml", b"")]
        intake.ingest(store, bad, at(0))
        found = evaluation.check(store, rules.Context(at(1))).new
        assert {(a.rule, a.values["count"]) for a in found} == {
            ("unreadable", 2),
            ("unreadable", 1),
        }
        assert evaluation.check(store, rules.Context(at(2))).new == ()
        over = evaluation.check(store, rules.Context(at(24 * 8)))
        assert len(over.resolved) == 2


@pytest.mark.parametrize("seen", ["2026-03-26T00:30+00:00", "2026-10-21T12:00+01:00"])
def test_what_cannot_be_read_is_told_for_so_many_hours_though_the_clocks_change(seen: str) -> None:
    london = uk_cds.SYSTEM.zone
    end = later(moment(seen).astimezone(london), timedelta(days=7))
    with open_store("memory:") as store:
        intake.ingest(store, [Item("a.xml", b"<a")], moment(seen))
        (alert,) = evaluation.check(store, rules.Context(end)).live
        over = evaluation.check(store, rules.Context(later(end, timedelta(seconds=1))))
        assert [a.id for a in over.resolved] == [alert.id]


def test_an_alert_counts_the_files_that_it_does_not_name() -> None:
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f"{n}.xml", b"<a>" * n) for n in range(1, 8)], at(0))
        (found,) = evaluation.check(store, rules.Context(at(1))).new
        assert words.message(found, "en").endswith("5.xml and 2 more")
        assert "内容被截断" in words.message(found, "zh")
        assert words.message(found, "zh").endswith("5.xml 等，另有 2 份")


def test_a_message_that_can_be_read_after_all_is_no_longer_told_as_unreadable() -> None:
    good = told("P", 1)
    with open_store("memory:") as store:
        intake.ingest(store, [Item(good.name, good.data[:50])], at(1))
        assert [a.rule for a in evaluation.check(store, rules.Context(at(2))).new] == ["unreadable"]
        (refusal,) = store.refused()
        store.save_refusals([replace(refusal, data=good.data, size=len(good.data))])
        intake.retry(store, at(3))
        over = evaluation.check(store, rules.Context(at(4)))
        assert [a.rule for a in over.resolved] == ["unreadable"]


def test_of_a_clock_that_is_wrong_each_day_is_told_though_another_is_worse() -> None:
    story = events(
        "2026-03-02T10:12+08:00  submitted  received=2026-03-02T10:00+08:00\n"
        "2026-03-03T11:10+08:00  accepted  received=2026-03-03T10:00+08:00\n"
        "2026-03-04T10:05+08:00  reviewed  received=2026-03-04T10:00+08:00\n"
        "2026-03-05T10:20+08:00  released  received=2026-03-05T10:00+08:00",
        SYSTEM.name,
    )
    with open_store("memory:") as store:
        keep(store, story)
        live = check(store, "2026-03-05T12:00+08:00").live
        told = {a.values["day"]: a.values["minutes"] for a in live if a.rule == "skewed_time"}
    assert told == {"2026-03-02": 12, "2026-03-03": 70, "2026-03-05": 20}
