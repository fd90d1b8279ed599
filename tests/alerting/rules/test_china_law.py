"""Rules about the deadlines of China's law."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import SYSTEM
from clearance.model import Event, Reference, Says
from clearance.render import findings as words
from clearance.stores import open_store
from tests.alerting.scenes import (
    ENTRY,
    accepted,
    at,
    check,
    ids,
    keep,
    only,
    plan,
    planned,
    told,
)
from tests.stories import events, moment
from tests.timelines.test_by_hand import message, put

ACCEPTED = ("2026-03-02T08:00+08:00  submitted", "2026-03-02T08:01+08:00  accepted")


def imported(*lines: str) -> list[Event]:
    """A story of an import into China, under the reference REF1."""
    told = "\n".join(f"{line}  direction=import" for line in lines)
    return events(told, SYSTEM.name)


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
    text = words.message(late, "en")
    assert "estimate" in text
    assert text.endswith("(Customs Law, Art. 24)")


def test_the_last_free_day_rolls_off_a_holiday() -> None:
    """The 15th day after the 18th of September, the first charged, lies in National Day's week."""
    found = planned([], ["10-03T09:00", "10-04T09:00"], arrival="2026-09-18", direction="import")
    assert only(found, "import_undeclared") == [None, ("warning", 0)]


def test_the_alert_of_a_plan_is_over_when_the_declaration_is_accepted() -> None:
    """The plan was there first; the declaration comes under the same reference."""
    story = imported("2026-03-02T10:00+08:00  submitted", "2026-03-02T11:00+08:00  accepted")
    with open_store("memory:") as store:
        plan(store, "REF1", arrival="2026-02-18", direction="import")
        (fired,) = check(store, "2026-03-02T09:00+08:00").new
        keep(store, story[:1])
        still = check(store, "2026-03-02T10:30+08:00")
        assert (still.new, ids(still.live)) == ((), [fired.id])
        keep(store, story[1:])
        over = check(store, "2026-03-02T12:00+08:00")
        assert ids(over.resolved) == [fired.id]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"arrival": "2026-02-18"}, "whether it is an import"),
        ({"direction": "import"}, "--arrival"),
        ({"arrival": "2026-02-18", "direction": "transit"}, "second clock"),
        ({"arrival": "1999-02-18", "direction": "import"}, "Customs Law, Art. 24 did not hold yet"),
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
        assert why in words.why(one, "en")
        assert any("\u4e00" <= character <= "\u9fff" for character in words.why(one, "zh"))


def test_duties_are_counted_down_from_the_completed_declaration() -> None:
    """15 days after the 2nd of March are the 17th; a payment is known a working day late."""
    moments = ["03-11T09:00", "03-12T09:00", "03-14T09:00", "03-16T09:00", "03-18T09:00",
               "03-19T09:00"]  # fmt: skip
    story = imported(*ACCEPTED, "2026-03-02T09:00+08:00  action_due  tax")
    found = planned(story, moments, tax="200000")
    assert only(found, "tax_unpaid") == [
        None, ("warning", 0), ("warning", 1), ("critical", 2), None, ("critical", 3),
    ]  # fmt: skip
    late = next(a for a in found[-1] if a.rule == "tax_unpaid")
    assert late.values["estimate"] == "200.00"


@pytest.mark.parametrize(
    ("then", "facts"),
    [
        ("action_due  tax", {"tax": "0"}),
        ("action_due  tax", {"tax_paid": "2026-03-10"}),
        ("released  guarantee", {"tax": "200000"}),
        ("released", {"tax": "200000"}),
    ],
)
def test_paid_or_guaranteed_duties_are_not_due(then: str, facts: dict[str, str]) -> None:
    story = imported(*ACCEPTED, f"2026-03-02T09:00+08:00  {then}")
    assert only(planned(story, ["03-19T09:00"], **facts), "tax_unpaid") == [None]


PAID = "2026-03-05T10:00+08:00"
AGAIN = ("2026-03-20T09:00+08:00  reviewed", "2026-03-25T10:00+08:00  action_due  tax")


def test_duties_that_are_asked_for_after_a_payment_are_not_paid_by_it() -> None:
    """Nobody knows by when they are due before it is planned: no fee is told for the first."""
    story = imported(*ACCEPTED, "2026-03-02T09:00+08:00  action_due  tax", *AGAIN)
    moments = ["03-26T09:00", "04-05T09:00", "04-09T09:00", "04-20T09:00"]
    paid = {"tax": "30000", "tax_paid": PAID}
    assert only(planned(story, moments, **paid, tax_due="2026-03-17"), "tax_unpaid") == [None] * 4
    found = planned(story, moments, **paid, tax_due="2026-04-10")
    assert only(found, "tax_unpaid") == [None, ("warning", 0), ("critical", 2), ("critical", 3)]
    late = next(a for a in found[-1] if a.rule == "tax_unpaid")
    assert late.since == moment("2026-03-25T10:00+08:00")
    assert late.values["estimate"] == "150.00"


def test_duties_that_are_asked_for_after_people_said_done_are_not_paid_by_that() -> None:
    """And those before are: no fee is told for the first."""
    paid = message(Says.DONE, "05 10:00", "tax", references=[Reference("entry_no", ENTRY)])
    asked = [told("T", hours, note="需交税费") for hours in (1, 24 * 23)]
    for said in ([], [paid]):
        with open_store("memory:") as store:
            plan(store, "REF1", direction="import", tax="30000", tax_due="2026-03-17")
            put(store, [*accepted(), *asked, *said])
            found = check(store, "2026-03-27T09:00+08:00")
        alerts, unknown = ({one.rule for one in some} for some in (found.live, found.cannot_assess))
        assert ("tax_unpaid" in alerts, "tax_unpaid" in unknown) == (not said, bool(said))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"tax": "50000", "tax_due": "2026-03-18"},
            [("warning", 0), ("critical", 2), ("critical", 3)],
        ),
        ({}, [None, None, None]),
    ],
)
def test_duties_that_are_asked_for_after_the_release_are_not_paid_by_it(
    facts: dict[str, str], expected: list[tuple[str, int] | None]
) -> None:
    released, asked = "2026-03-03T09:00+08:00  released", "2026-03-04T10:00+08:00  action_due  tax"
    story = imported(*ACCEPTED, released, asked)
    moments = ["03-13T09:00", "03-17T09:00", "03-30T09:00"]
    assert only(planned(story, moments, **facts), "tax_unpaid") == expected


def test_consolidated_duties_are_due_though_there_is_a_guarantee() -> None:
    """Whoever consolidates them gives one."""
    story = imported(*ACCEPTED, "2026-03-02T09:00+08:00  released  guarantee")
    moments = ["04-02T09:00", "04-03T09:00"]
    found = planned(story, moments, consolidated="yes")
    assert only(found, "tax_unpaid") == [None, ("warning", 0)]


def test_a_last_day_to_pay_needs_no_calendar_of_the_next_year() -> None:
    """Only how much later a payment is known does: until that is told no day is counted as late."""
    story = imported("2099-12-01T08:00+08:00  submitted", "2099-12-01T08:01+08:00  accepted")
    with open_store("memory:") as store:
        plan(store, "REF1", 24 * 365 * 73, tax_due="2099-12-31", tax="100000")
        keep(store, story)
        days = ("2099-12-28", "2099-12-30", "2100-01-20")
        found = [check(store, f"{day}T09:00+08:00").new for day in days]
    assert only(found, "tax_unpaid") == [("warning", 1), ("critical", 2), None]


@pytest.mark.parametrize(
    ("rule", "story", "facts"),
    [
        ("tax_unpaid", ACCEPTED, {"tax_due": "2026-03-10"}),
        ("tax_unpaid_3_months", ACCEPTED, {"tax_due": "2026-01-10"}),
        ("import_undeclared", (), {"arrival": "2026-02-20", "direction": "import"}),
        (
            "export_declared_late",
            (),
            {"arrival": "2026-04-08", "loading": "2026-04-10T08:00", "direction": "export"},
        ),
        (
            "full_declaration_missing",
            (*ACCEPTED, "2026-03-02T09:00+08:00  released  guarantee summary"),
            {"arrival": "2026-03-20"},
        ),
    ],
)
def test_no_rule_rests_on_a_provision_before_it_is_in_force(
    rule: str, story: Sequence[str], facts: dict[str, str]
) -> None:
    """Of a declaration before it an earlier one is told, if there is any."""
    settings: dict[str, object] = {"valid_from": "2027-01-01", "legal_basis": "a new law"}
    with open_store("memory:") as store:
        plan(store, "REF1", -24 * 90, **facts)
        keep(store, imported(*story))
        found = check(store, "2026-04-09T09:00+08:00", **{rule: settings})
    told = [alert.values["legal_basis"] for alert in found.live if alert.rule == rule]
    assert told == (["关税法 Art. 43"] if rule == "tax_unpaid" else [])


def test_duties_of_an_export_are_looked_at_where_customs_asks_for_them() -> None:
    def exported(*lines: str) -> list[Event]:
        return events("\n".join(f"{line}  direction=export" for line in lines), SYSTEM.name)

    asked = exported(*ACCEPTED, "2026-03-02T09:00+08:00  action_due  tax")
    facts = {"tax": "100000", "tax_due": "2026-03-17"}
    found = planned(asked, ["03-16T09:00", "03-20T09:00"], **facts)
    assert only(found, "tax_unpaid") == [("critical", 2), ("critical", 3)]
    assert only(planned(exported(*ACCEPTED), ["03-20T09:00"]), "tax_unpaid") == [None]


def test_consolidated_duties_are_due_on_the_fifth_working_day_of_the_next_month() -> None:
    """Released in March; Qingming lies on the 4th to 6th of April, so it is the 8th."""
    story = imported(*ACCEPTED, "2026-03-02T09:00+08:00  released")
    found = planned(story, ["04-02T09:00", "04-03T09:00"], consolidated="yes")
    assert only(found, "tax_unpaid") == [None, ("warning", 0)]


def test_before_december_2024_duties_rest_on_another_law() -> None:
    story = imported(
        "2024-11-01T09:00+08:00  submitted",
        "2024-11-01T10:00+08:00  accepted",
        "2024-11-01T11:00+08:00  action_due  tax",
    )
    with open_store("memory:") as store:
        keep(store, story)
        (alert,) = (
            a for a in check(store, "2024-11-14T09:00+08:00").live if a.rule == "tax_unpaid"
        )
        assert alert.values["legal_basis"] == "海关法 Art. 60"


@pytest.mark.parametrize(
    ("arrived", "now", "fee", "said"),
    [
        # a Friday: day 15 is Saturday the 21st, so the first day charged is Monday the 23rd
        ("2026-03-06", "03-21T09:00", None, "1 day left"),
        ("2026-03-06", "03-23T09:00", "100.00", "CNY 100.00"),
        # a Sunday: day 15 is Monday the 23rd
        ("2026-03-08", "03-23T09:00", "100.00", "CNY 100.00"),
        ("2026-03-08", "03-24T09:00", "200.00", "CNY 200.00"),
    ],
)
def test_the_fee_for_declaring_late_begins_on_the_first_working_day_that_is_charged(
    arrived: str, now: str, fee: str | None, said: str
) -> None:
    ((alert,),) = planned([], [now], arrival=arrived, value="200000", direction="import")
    assert alert.values.get("estimate") == fee
    assert said in words.message(alert, "en")


def test_a_fee_is_told_in_whole_yuan_and_not_below_fifty() -> None:
    """0.05 % of 12345.67 is 6.17 a day: 49.38 after 8 days, 55.55 after 9."""
    found = planned([], ["03-24T09:00", "03-25T09:00"],
                    arrival="2026-03-02", value="12345.67", direction="import")  # fmt: skip
    (none,) = found[0]
    assert "below CNY 50 none is charged" in words.message(none, "en")
    assert "免予征收" in words.message(none, "zh")
    with open_store("memory:") as store:
        plan(store, "REF1", -24, arrival="2026-03-02", value="12345.67", direction="import")
        (due,) = check(store, "2026-03-25T09:00+08:00").new
    assert due.values["estimate"] == "55.00"


def test_duties_are_never_told_with_a_negative_number_of_days() -> None:
    """Due on Friday the 20th; a payment of that day is known on Monday."""
    story = imported(*ACCEPTED)
    for day in range(20, 27):
        found = planned(story, [f"03-{day}T09:00"], tax_due="2026-03-20", tax="90000")
        (alert,) = (a for a in found[0] if a.rule == "tax_unpaid")
        text = words.message(alert, "en")
        assert "-" not in text.replace("2026-03-20", "")
        assert ("days left" in text) == (day == 20)
        assert ("overdue since 2026-03-20" in text) == (day > 20)
        assert ("late fee" in text) == (day > 23)


def test_a_fee_that_is_not_known_is_left_out_of_the_sentence() -> None:
    found = planned(imported(*ACCEPTED), ["03-30T09:00"], tax_due="2026-03-20")
    (alert,) = (a for a in found[0] if a.rule == "tax_unpaid")
    for lang in ("en", "zh"):
        assert "—" not in words.message(alert, lang)
        assert "CNY" not in words.message(alert, lang)
        assert "元" not in words.message(alert, lang)


def test_small_duties_cost_no_fee_until_it_comes_to_fifty_yuan() -> None:
    found = planned(imported(*ACCEPTED), ["03-30T09:00"], tax_due="2026-03-20", tax="5000")
    (alert,) = (a for a in found[0] if a.rule == "tax_unpaid")
    assert "no late fee by our estimate so far" in words.message(alert, "en")


def test_one_unpaid_duty_is_one_alert() -> None:
    """Three months late and stuck besides: the worst of them explains the others."""
    story = imported(
        *ACCEPTED,
        "2026-03-02T09:00+08:00  action_due  tax",
    )
    with open_store("memory:") as store:
        plan(store, "REF1", 0, tax_due="2026-03-20", tax="90000")
        keep(store, story)
        for day in ("01", "02"):
            result = check(store, f"2026-07-{day}T09:00+08:00")
            told = [a.rule for a in (*result.new, *result.repeated)]
            assert told in (["tax_unpaid_3_months"], [])
        muted = {a.rule: a.muted_by for a in result.live}
        assert set(muted) == {"tax_unpaid_3_months", "tax_unpaid", "stuck"}
        assert [rule for rule, by in muted.items() if by is None] == ["tax_unpaid_3_months"]
