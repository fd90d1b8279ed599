"""What alerts say: no figure that makes no sense, in either language, whatever is not known."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.alerting.rules import RULES, Rule
from clearance.model import Event
from clearance.render import findings as words
from clearance.render import words as phrases
from clearance.stores import open_store
from tests.alerting.scenes import at, check, keep, plan
from tests.stories import events

SENSELESS = re.compile(r"—|None|nan|\?|-\d+(\.\d+)? ?(days|天|h\b|小时|元)|0\.\d{3,}|\[|\]")
HOURS = re.compile(r"(\d+(?:\.\d+)?) ?(?:h\b|小时|working hours|工作小时)")


def sensible(text: str) -> bool:
    """Whether a text has no senseless figure, and no long time in hours."""
    assert not SENSELESS.search(text), text
    assert all(float(hours) <= 72 for hours in HOURS.findall(text)), text
    return True


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def a_value(name: str) -> st.SearchStrategy[Any]:
    """What a rule may put under a name."""
    if name.endswith("_hours") or name.startswith("hours_"):
        return st.floats(0, 20_000).map(lambda hours: round(hours, 1))
    if name == "probability":
        return st.floats(0, 1).map(lambda share: round(share, 3))
    if name in ("entries", "numbers", "names"):
        return st.lists(st.sampled_from(["A1", "B2"]), min_size=1)
    if name == "by_rule":
        return st.dictionaries(st.sampled_from(sorted(RULES)), st.integers(1, 9), min_size=1)
    if name in ("days", "days_left", "days_late", "n", "count", "minutes", "tries", "alerts"):
        return st.integers(0, 10_000)
    if name in ("code", "note"):
        return st.none() | st.just("E7")
    return st.just("E7")


@settings(max_examples=30)
@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: str(rule.name))
@given(data=st.data())
def test_no_text_of_a_rule_has_a_senseless_figure(rule: Rule, data: st.DataObject) -> None:
    """Values outside square brackets are always known; those inside may be missing."""
    for template in (rule.text, *rule.variants.values()):
        needed = names(re.sub(r"\[[^\]]*\]", "", template["en"]))
        assert needed >= names(re.sub(r"\[[^\]]*\]", "", template["zh"]))
        values = {name: data.draw(a_value(name)) for name in names("".join(template.values()))}
        values |= {name: data.draw(a_value(name).filter(bool)) for name in needed}
        for optional in values.keys() - needed:
            if data.draw(st.booleans()):
                values[optional] = None
        for lang in ("en", "zh"):
            assert sensible(words._filled(template[lang], values, lang))


STORIES = [
    [],
    ["2026-03-02T08:00+08:00  submitted"],
    ["2026-03-02T08:00+08:00  submitted", "2026-03-02T08:01+08:00  accepted"],
    ["2026-03-02T08:00+08:00  accepted", "2026-03-02T09:00+08:00  action_due  tax"],
    ["2026-03-02T08:00+08:00  accepted", "2026-03-02T09:00+08:00  inspection  inspection"],
    ["2026-03-02T08:00+08:00  accepted", "2026-03-03T09:00+08:00  released"],
    ["2026-03-02T08:00+08:00  submitted", "2026-03-02T09:00+08:00  rejected  return"],
]


def story_of(number: int, direction: str) -> list[Event]:
    lines = [f"{line}  direction={direction}" for line in STORIES[number]]
    return events("\n".join(lines), "cn_single_window") if lines else []


@settings(max_examples=50)
@given(
    number=st.integers(0, len(STORIES) - 1),
    direction=st.sampled_from(["import", "export"]),
    days=st.integers(0, 170),
    facts=st.dictionaries(
        st.sampled_from(
            ["arrival", "tax_due", "free_until", "cutoff", "etd", "loading", "departed"]
        ),
        st.integers(-20, 60),
    ),
    amounts=st.dictionaries(st.sampled_from(["tax", "value"]), st.integers(0, 100_000)),
)
def test_no_alert_that_any_rule_raises_has_a_senseless_figure(
    number: int, direction: str, days: int, facts: dict[str, int], amounts: dict[str, int]
) -> None:
    with open_store("memory:") as store:
        said = {name: at(24 * when).isoformat() for name, when in facts.items()}
        said |= {n: said[n][:10] for n in ("tax_due", "free_until") if n in said}
        said |= {name: str(amount) for name, amount in amounts.items()}
        plan(store, "REF1", -1, direction=direction, **said)
        keep(store, story_of(number, direction))
        for hour in (10, 11):
            result = check(store, at(24 * days + hour).isoformat())
        for alert in result.live:
            for lang in ("en", "zh"):
                text = words.message(alert, lang).replace(str(alert.values.get("note")), "")
                assert sensible(re.sub(r"\d{4}-\d\d-\d\d", "", text))
                assert sensible(
                    re.sub(r"\d{4}-\d\d-\d\d", "", words.values_text(alert.values, lang))
                )


def test_a_probability_is_told_in_per_cent_and_a_long_time_in_days() -> None:
    values = {"probability": 0.252, "elapsed_hours": 5390.1, "worked_hours": 97.2}
    assert words.values_text(values, "en") == (
        "probability 25 %, elapsed 224 d 14 h, worked 10.8 working days"
    )
    assert words.values_text(values, "zh") == "概率 25 %，已历 224 天 14 小时，已历 10.8 个工作日"


def test_what_is_pending_is_not_called_as_what_is_acknowledged() -> None:
    assert phrases.say("pending", "zh") == "观察中"
