"""``clearance explain``."""

from __future__ import annotations

from clearance.model import INTERVALS
from tests.cli.support import DECLARATION, EVENT, fits
from tests.conftest import AS_OF, INSPECTED, Run


def test_explain_adds_every_rule_with_its_numbers(kept: Run) -> None:
    from clearance.alerting.rules import RULES

    ran = kept("explain", INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    (one,) = ran.json["declarations"]
    assert fits(one, DECLARATION)
    assert all(fits(event, EVENT) for event in one["events"])
    assert {judged["rule"] for judged in one["rules"]} == set(RULES) - {"delivery_failing"}
    by_rule = {judged["rule"]: judged for judged in one["rules"]}
    assert by_rule["inspection_ordered"]["result"] == "finding"
    assert by_rule["stuck"]["result"] == "fine"
    assert by_rule["stuck"]["numbers"] == {
        "stage": "inspection",
        "direction": "import",
        "elapsed_hours": 23,
        "limit_hours": 48,
    }
    unknown = {judged["rule"]: judged["text"] for judged in one["cannot_assess"]}
    assert "plan set --free-until" in unknown["free_time"]
    assert "plan set --tax-due" in unknown["tax_unpaid"]


def test_explain_tells_every_event_interval_and_rule_to_a_person(kept: Run) -> None:
    from clearance.alerting.rules import RULES

    text = kept("explain", INSPECTED.own, "--as-of", AS_OF).text
    assert "请携带[/单证]到场" in text
    assert all(name in text for name in INTERVALS)
    about = set(RULES) - {"delivery_failing"}
    assert all(name in text or name.replace("_", " ") in text for name in about)
