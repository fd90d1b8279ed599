"""Rules about the deadlines of China's law."""

from __future__ import annotations

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import SYSTEM
from clearance.model import Event
from clearance.render import findings as words
from clearance.stores import open_store
from tests.alerting.scenes import at, check, ids, keep, only, plan, planned
from tests.stories import events

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
    assert "海关法 Art. 24" in text


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
