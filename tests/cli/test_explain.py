"""``clearance explain``."""

from __future__ import annotations

import pytest

from clearance.model import INTERVALS
from tests.cli.support import DECLARATION, EVENT, fits
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run


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

    text = kept("explain", INSPECTED.own, "--as-of", AS_OF, "--all").text
    assert "请携带[/单证]到场" in text
    assert all(name in text for name in INTERVALS)
    about = set(RULES) - {"delivery_failing"}
    assert all(name in text or name.replace("_", " ") in text for name in about)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_explain_shows_only_rules_that_found_something_or_cannot_judge(
    kept: Run, lang: str
) -> None:
    options = (INSPECTED.own, "--as-of", AS_OF, "--lang", lang)
    short, whole = kept("explain", *options).text, kept("explain", *options, "-v").text
    assert kept("explain", *options, "--all").text == whole
    fine = {"en": "fine", "zh": "正常"}[lang]
    assert f" {fine} " in whole
    assert f" {fine} " not in short
    assert {"en": "inspection ordered", "zh": "查验"}[lang] in short
    assert {"en": "cannot assess", "zh": "无法判断"}[lang] in short
    assert "--all" in short
    told = kept("explain", *options, "--format", "json").json
    assert len(told["declarations"][0]["rules"]) > 10


def test_the_end_of_an_interval_is_called_its_end(kept: Run) -> None:
    text = kept("explain", CLOSED.own, "--lang", "zh").text
    assert "结束时间" in text
    (heading,) = [line for line in text.splitlines() if line.startswith("时长")]
    assert heading.split()[:3] == ["时长", "起始时间", "结束时间"]


def test_explain_shows_the_known_ones_beside_an_unknown_number(kept: Run) -> None:
    ran = kept("explain", "NO-SUCH-1", INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 1
    assert [d["references"]["entry_no"] for d in ran.json["declarations"]] == [[INSPECTED.entry]]
    assert [one["number"] for one in ran.json["unknown"]] == ["NO-SUCH-1"]
    assert ran.talk.count("\n") == 1
