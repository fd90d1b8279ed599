"""Rules, and the life of the alerts they raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.errors import BadArgument
from clearance.model import CHINA, Alert, AlertState, Record
from clearance.render import alerts as pages
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake

START = datetime(2026, 3, 2, 8, tzinfo=CHINA)
ONE, ENTRY = "E20260000000000017", "224820260000000017"
TWO, OTHER_ENTRY = "E20260000000000025", "224820260000000025"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told(
    code: str, hours: float, unified: str = ONE, entry: str = ENTRY, note: str | None = None
) -> File:
    number = "" if code == "7" else entry
    return business_receipt(unified, number, code, at(hours), round(hours * 60) + 1, note=note)


def accepted(unified: str = ONE, entry: str = ENTRY, hours: float = 0) -> list[File]:
    """Sent, declared and accepted within two minutes."""
    return [
        import_receipt("REF1", unified, at(hours)),
        told("7", hours + 0.01, unified),
        told("L", hours + 0.02, unified, entry),
    ]


def seen(files: Sequence[File], hours: float, **settings: dict[str, object]) -> list[str]:
    """Names of the rules that find something in some messages at a moment."""
    with open_store("memory:") as store:
        return sorted(alert.rule for alert in checked(store, files, hours, **settings).live)


def checked(
    store: Store, files: Sequence[File], hours: float, **settings: dict[str, object]
) -> evaluation.Checked:
    intake.ingest(store, [Item(file.name, file.data) for file in files], at(hours))
    return evaluation.check(store, rules.Context(at(hours), settings))


def ids(alerts: Sequence[Alert]) -> list[str]:
    return [alert.id for alert in alerts]


def test_stuck_is_more_than_48_hours_in_one_stage() -> None:
    files = accepted()
    assert seen(files, 48.02) == []
    assert seen(files, 48.03) == ["stuck"]
    assert seen(files, 30, stuck={"hours": 24}) == ["stuck"]
    assert seen(files, 60, stuck={"enabled": False}) == []


@pytest.mark.parametrize("code", ["P", "R", "E", "D"])
def test_what_does_not_wait_for_customs_is_not_stuck(code: str) -> None:
    assert "stuck" not in seen([*accepted(), told(code, 1)], 200)


def test_an_inspection_stands_until_customs_says_something_else_of_the_goods() -> None:
    ordered = [*accepted(), told("C", 1)]
    assert seen(ordered, 2) == ["inspection_ordered"]
    assert seen([*ordered, told("T", 2)], 3) == ["inspection_ordered"]
    assert seen([*ordered, told("N", 2)], 3) == ["inspection_ordered"]
    assert seen([*ordered, told("J", 2)], 3) == []
    assert seen([*ordered, told("J", 2), told("C", 3)], 4) == ["inspection_ordered"]


def test_an_inspection_after_a_release_is_over_with_the_next_release() -> None:
    late = [*accepted(), told("P", 1), told("C", 2)]
    assert seen(late, 3) == ["inspection_ordered"]
    assert seen([*late, told("M", 4), told("P", 5)], 6) == []
    assert seen([*late, told("R", 4)], 6) == []


def test_a_return_stands_until_a_later_sending_is_accepted() -> None:
    returned = [*accepted(entry="")[:2], told("E", 1, entry="")]
    assert seen(returned, 2) == ["returned"]
    again = [import_receipt("REF1", TWO, at(3)), told("7", 3.1, TWO)]
    assert seen([*returned, *again], 4) == ["returned"]
    assert seen([*returned, *again, told("L", 3.2, TWO, OTHER_ENTRY)], 4) == []


def test_a_return_after_acceptance_is_over_when_the_reference_is_accepted_as_another() -> None:
    """
    first   7 L E, with an entry number
    second  7 L, the same reference, an entry number of its own
    """
    first = [*accepted(), told("E", 1)]
    assert seen(first, 2) == ["returned"]
    assert seen([*first, *accepted(TWO, OTHER_ENTRY, 3)], 4) == []


def test_another_declaration_under_the_reference_does_not_answer_a_later_return() -> None:
    both = [*accepted(), *accepted(TWO, OTHER_ENTRY, 1)]
    assert seen([*both, told("E", 2)], 3) == ["returned"]


def test_a_return_after_a_release_is_an_alert_and_not_a_stage() -> None:
    assert seen([*accepted(), told("P", 1), told("E", 2)], 3) == ["returned"]


def test_a_deletion_is_told_for_thirty_days() -> None:
    deleted = [*accepted(), told("D", 1)]
    assert seen(deleted, 24 * 30) == ["deleted"]
    assert seen(deleted, 24 * 30 + 2) == []


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


def test_an_alert_shows_with_its_own_declaration_only() -> None:
    """Two declarations under one reference; one is inspected."""
    files = [*accepted(), told("C", 1), *accepted(TWO, OTHER_ENTRY)]
    with open_store("memory:") as store:
        (alert,) = checked(store, files, 2).new
        about = [d for _, d in store.timelines() if d.identity_keys & set(alert.references)]
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


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"nothing": {}}, "rules.nothing"),
        ({"stuck": {"days": 3}}, "rules.stuck.days"),
        ({"stuck": {"hours": "48"}}, "rules.stuck.hours"),
        ({"stuck": {"hours": float("nan")}}, "rules.stuck.hours"),
        ({"stuck": {"enabled": 1}}, "rules.stuck.enabled"),
        ({"stuck": 5}, "rules.stuck"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(BadArgument, match=named):
        rules.check_settings(settings)


# Deadlines


def plan(store: Store, ref: str, said_at: float = 0, /, **facts: str) -> None:
    read = {name: plans.read_fact(name, value) for name, value in facts.items()}
    keeping.keep(store, [plans.Row(1, (ref,), read)], at(said_at))


def planned(files: Sequence[File], moments: Sequence[str], **facts: str) -> list[tuple[Alert, ...]]:
    """What is new at some moments of 2026, of declaration REF1 with a plan."""
    with open_store("memory:") as store:
        plan(store, "REF1", -24 * 90, **facts)
        told = []
        intake.ingest(store, [Item(file.name, file.data) for file in files], at(0))
        for written in moments:
            now = datetime.fromisoformat(f"2026-{written}").replace(tzinfo=CHINA)
            told.append(evaluation.check(store, rules.Context(now)).new)
        return told


def only(found: Sequence[tuple[Alert, ...]], rule: str) -> list[tuple[str, int] | None]:
    """Severity and step of the rule's alerts at each moment."""
    told = [[(str(a.severity), a.step) for a in new if a.rule == rule] for new in found]
    assert all(len(new) <= 1 for new in told)
    return [new[0] if new else None for new in told]


def test_an_import_that_is_not_declared_is_counted_down_and_its_fee_estimated() -> None:
    """Arrived on the 2nd of March; the last free day is the 16th, a Monday."""
    moments = ["03-12T23:59", "03-13T00:01", "03-14T09:00", "03-15T09:00", "03-17T00:01",
               "03-20T09:00"]  # fmt: skip
    found = planned([], moments, arrival="2026-03-02", value="1000000", direction="import")
    assert only(found, "import_undeclared") == [
        None, ("warning", 0), None, ("critical", 1), ("critical", 2), None,
    ]  # fmt: skip
    (late,) = found[4]
    assert late.declaration == "REF1"
    assert late.values["estimate"] == "500.00"
    assert late.values["days_late"] == 1
    assert len({new[0].id for new in found if new}) == 1
    text = pages.message(late, "en")
    assert "estimate" in text
    assert "海关法 Art. 24" in text


def test_the_last_free_day_rolls_off_a_holiday() -> None:
    """The 14th day after the 18th of September lies in National Day's week."""
    found = planned([], ["10-04T09:00", "10-05T09:00"], arrival="2026-09-18", direction="import")
    assert only(found, "import_undeclared") == [None, ("warning", 0)]


def test_the_alert_of_a_plan_is_over_when_the_declaration_is_accepted() -> None:
    """The plan was there first; the declaration comes under the same reference."""
    with open_store("memory:") as store:
        plan(store, "REF1", arrival="2026-02-18", direction="import")
        (fired,) = evaluation.check(store, rules.Context(at(1))).new
        import_ = "I20260000000000017", "224820261000000017"
        sent = [import_receipt("REF1", import_[0], at(2)), told("7", 2.01, *import_)]
        still = checked(store, sent, 2.5)
        assert (still.new, ids(still.live)) == ((), [fired.id])
        over = checked(store, [told("L", 3, *import_)], 4)
        assert ids(over.resolved) == [fired.id]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"arrival": "2026-02-18"}, "whether it is an import"),
        ({"direction": "import"}, "--arrival"),
        ({"arrival": "2026-02-18", "direction": "transit"}, "second clock"),
        ({"arrival": "1999-02-18", "direction": "import"}, "did not hold yet"),
    ],
)
def test_what_is_not_known_of_an_import_is_told_and_not_guessed(
    facts: dict[str, str], why: str
) -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", **facts)
        result = evaluation.check(store, rules.Context(at(1)))
        assert result.live == ()
        (one,) = (o for o in result.cannot_assess if o.rule == "import_undeclared")
        assert why in pages.why(one, "en")
        assert any("\u4e00" <= character <= "\u9fff" for character in pages.why(one, "zh"))


def test_a_year_without_a_calendar_is_told_once_and_leaves_deadlines_unassessed() -> None:
    with open_store("memory:") as store:
        plan(store, "REF1", arrival="2026-12-20", direction="import")
        early = datetime(2026, 12, 1, 9, tzinfo=CHINA)
        assert evaluation.check(store, rules.Context(early)).new == ()
        later = datetime(2026, 12, 28, 9, tzinfo=CHINA)
        result = evaluation.check(store, rules.Context(later))
        assert [a.rule for a in result.new] == ["calendar_missing"]
        (one,) = (o for o in result.cannot_assess if o.rule == "import_undeclared")
        assert "no official calendar for 2027" in pages.why(one, "en")
        assert evaluation.check(store, rules.Context(later + timedelta(hours=1))).new == ()


IMPORT = "I20260000000000017", "224820261000000017"


def import_of(code: str, hours: float) -> list[File]:
    """An import, accepted on the 2nd of March, and what customs said then."""
    sent = [import_receipt("REF1", IMPORT[0], at(0)), told("7", 0.01, *IMPORT)]
    return [*sent, told("L", 0.02, *IMPORT), told(code, hours, *IMPORT)]


def test_duties_are_counted_down_from_the_completed_declaration() -> None:
    """15 days after the 2nd of March are the 17th; a payment is known a working day late."""
    moments = ["03-11T09:00", "03-12T09:00", "03-14T09:00", "03-16T09:00", "03-18T09:00",
               "03-19T09:00"]  # fmt: skip
    found = planned(import_of("T", 1), moments, tax="200000")
    assert only(found, "tax_unpaid") == [
        None, ("warning", 0), ("warning", 1), ("critical", 2), None, ("critical", 3),
    ]  # fmt: skip
    late = next(a for a in found[-1] if a.rule == "tax_unpaid")
    assert late.values["estimate"] == "200.00"


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("T", {"tax": "0"}),
        ("T", {"tax_paid": "2026-03-10"}),
        ("K", {"tax": "200000"}),
        ("P", {"tax": "200000"}),
    ],
)
def test_paid_or_guaranteed_duties_are_not_due(code: str, facts: dict[str, str]) -> None:
    assert only(planned(import_of(code, 1), ["03-19T09:00"], **facts), "tax_unpaid") == [None]


def test_consolidated_duties_are_due_on_the_fifth_working_day_of_the_next_month() -> None:
    """Released in March; Qingming lies on the 4th to 6th of April, so it is the 8th."""
    found = planned(import_of("P", 1), ["04-02T09:00", "04-03T09:00"], consolidated="yes")
    assert only(found, "tax_unpaid") == [None, ("warning", 0)]


def test_before_december_2024_duties_rest_on_another_law() -> None:
    old = datetime(2024, 11, 1, 9, tzinfo=CHINA)
    unified, entry = "I20240000000000017", "224820241000000017"
    files = [
        business_receipt(unified, entry if code != "7" else "", code, old + timedelta(hours=n), n)
        for n, code in enumerate("7LT")
    ]
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in files], old)
        result = evaluation.check(store, rules.Context(old + timedelta(days=13)))
        (alert,) = (a for a in result.live if a.rule == "tax_unpaid")
        assert alert.values["legal_basis"] == "海关法 Art. 60"


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


# What is usual


def history(count: int, hours: float, office: str = "2248") -> list[File]:
    """Exports that were under review for some hours of a Tuesday and released."""
    files = []
    for number in range(100, 100 + count):
        unified, entry = f"E2026{number:013}", f"{office}20260{number:09}"
        files += [
            business_receipt(unified, entry, code, START - timedelta(days=6) + then, number * 10)
            for code, then in (
                ("L", timedelta(hours=1)),
                ("J", timedelta(hours=1.5)),
                ("P", timedelta(hours=1.5 + hours)),
                ("R", timedelta(hours=1.5 + hours)),
            )
        ]
    return files


def under_review() -> list[File]:
    """Under review from Monday 9:00 on."""
    return [*accepted(), told("J", 1)]


def stuck_at(files: Sequence[File], *moments: float) -> list[Alert]:
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in files], at(0))
        found = [evaluation.check(store, rules.Context(at(hours))) for hours in moments]
        return [alert for one in found for alert in one.new if alert.rule == "stuck"]


def test_stuck_is_more_than_twice_what_95_of_100_take_in_working_time() -> None:
    """They took six hours, so the limit is 12 and a little (the bin's end)."""
    files = [*history(40, 6), *under_review()]
    assert stuck_at(files, 27.5, 28) == []
    (alert,) = stuck_at(files, 29, 29.25)
    assert alert.variant == "office"
    assert alert.values["n"] == 40
    text = pages.message(alert, "en")
    assert text.startswith("under review for 13.")
    assert "95 % of export at office 2248 finish in 6, n = 40" in text
    assert "2248 关区出口 95 % 在 6 小时内完成" in pages.message(alert, "zh")


def test_what_takes_minutes_is_not_stuck_before_eight_working_hours() -> None:
    files = [*history(40, 0.1), *under_review()]
    assert stuck_at(files, 8, 9) == []
    (alert,) = stuck_at(files, 9.1, 9.2)
    assert alert.severity == "warning"
    (worse,) = stuck_at(files, 33, 33.5)
    assert worse.severity == "critical"


def test_a_wider_stratum_answers_where_the_own_one_knows_too_few() -> None:
    files = [*history(40, 6, "3104"), *under_review()]
    (alert,) = stuck_at(files, 29, 29.25)
    assert (alert.variant, alert.values["office"]) == ("direction", None)
    assert "at all offices" in pages.message(alert, "en")


def test_a_weekend_is_no_time_to_be_stuck_in() -> None:
    """From Friday at 16:00 to Monday at 10:00 are three working hours."""
    friday = [*accepted(hours=103), told("J", 104)]
    assert stuck_at([*history(40, 1), *friday], 170, 171) == []


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


def test_a_feed_with_few_gaps_cannot_be_assessed() -> None:
    with open_store("memory:") as store:
        result = checked(store, accepted(), 30)
        (one,) = (o for o in result.cannot_assess if o.rule == "feed_silent")
        assert one.declaration is None
        assert "of cn_single_window" in pages.why(one, "en")


def test_a_folder_that_cannot_be_read_differs_from_an_empty_one() -> None:
    with open_store("memory:") as store:
        item = [Item(f"inbox/{f.name}", f.data, feed="inbox") for f in accepted()]
        intake.ingest(store, item, at(0))
        fine = rules.Context(at(1), sources={"inbox": "", "other": "gone"})
        assert evaluation.check(store, fine).new == ()
        broken = rules.Context(at(2), sources={"inbox": "Permission denied", "other": "gone"})
        (alert,) = evaluation.check(store, broken).new
        assert (alert.rule, alert.variant) == ("feed_silent", "unreadable")
        assert "Permission denied" in pages.message(alert, "en")


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
