"""Targets of one's own: what is about to take longer is told, and told again when it has."""

from __future__ import annotations

from clearance.alerting import evaluation, rules
from clearance.alerting.rules import targets
from clearance.model import Event
from clearance.stores import open_store
from clearance.timelines import derive
from tests.alerting.scenes import keep
from tests.stories import moment

DAY = 86400


def found(story: list[Event], now: str, **seconds: int) -> list[tuple[str, str]]:
    """What a check finds of the targets: each interval, with its variant."""
    named = {name.replace("_", "-"): value for name, value in seconds.items()}
    with open_store("memory:") as store:
        keep(store, story)
        context = rules.Context(moment(f"2026-{now}+08:00"), targets=named)
        alerts = evaluation.check(store, context).live
    return [(a.values["interval"], a.variant) for a in alerts if a.rule == "target_at_risk"]


def test_a_target_is_told_when_a_quarter_of_it_is_left_and_when_it_has_passed(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted
    """
    assert found(story, "03-03T01:00", declare_release=DAY) == []
    assert found(story, "03-03T02:01", declare_release=DAY) == [("declare-release", "")]
    assert found(story, "03-03T08:01", declare_release=DAY) == [("declare-release", "missed")]


def test_without_a_target_nothing_is_judged(story: list[Event]) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted
    """
    assert found(story, "03-09T02:01") == []
    (one,) = derive.link(story)
    context = rules.Context(moment("2026-03-09T02:01+08:00"))
    assert not any(
        isinstance(outcome, rules.Fine) and outcome.applies
        for outcome in rules.RULES["target_at_risk"].outcomes(one, context)
    )


def test_the_end_of_the_interval_ends_it_and_each_interval_is_one_of_its_own(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:00+08:00  submitted
    2026-03-02T08:01+08:00  accepted
    2026-03-02T13:00+08:00  released
    """
    both = {"declare_release": DAY, "declare_close": DAY}
    assert found(story, "03-03T08:01", **both) == [("declare-close", "missed")]
    (one,) = derive.link(story)
    context = rules.Context(moment("2026-03-03T08:01+08:00"), targets={"declare-close": DAY})
    (due,) = targets.dues(one, context)
    assert (due.interval, due.at) == ("declare-close", moment("2026-03-03T08:00+08:00"))
