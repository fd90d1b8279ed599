"""Rules about the deadlines of China's law."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import business_receipt, import_receipt
from clearance.render import findings as words
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.alerting.scenes import (
    at,
    checked,
    ids,
    import_of,
    only,
    plan,
    planned,
    told,
)


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
        assert why in words.why(one, "en")
        assert any("\u4e00" <= character <= "\u9fff" for character in words.why(one, "zh"))


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
    old = datetime(2024, 11, 1, 9, tzinfo=ZONE)
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
