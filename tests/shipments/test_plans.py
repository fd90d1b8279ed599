"""Plans as values."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.cn_single_window import ZONE
from clearance.shipments import plans
from clearance.shipments.plans import Entry, Plan

moments = st.integers(0, 50).map(lambda n: datetime(2026, 3, 1, tzinfo=ZONE) + timedelta(hours=n))
said = st.dictionaries(
    st.sampled_from(["contact", "ref", "tax"]), st.sampled_from([None, "1", "2"]), min_size=1
)


@given(st.lists(st.tuples(moments, said), min_size=1, max_size=8), moments)
def test_as_of_a_moment_the_last_word_up_to_then_counts(
    entries: list[tuple[datetime, dict[str, str | None]]], as_of: datetime
) -> None:
    entries = sorted(entries, key=lambda one: one[0])
    plan = Plan(("A",))
    expected: dict[str, str | None] = {}
    for when, facts in entries:
        plan = plan.with_entry(("a",), Entry(when, facts))
        if when <= as_of:
            expected |= facts
    known = {name: value for name, value in expected.items() if value is not None}
    assert plans.facts_at([plan], as_of) == known
    assert plans.to_plan(plans.from_plan(plan)) == plan


@given(st.permutations(range(4)))
def test_what_was_said_at_one_moment_under_several_numbers_has_one_order(
    order: list[int],
) -> None:
    """However the plans are come upon."""
    at = datetime(2026, 3, 2, tzinfo=ZONE)
    known = [Plan((f"N{n}",), (Entry(at, {"contact": str(n)}),)) for n in range(4)]
    shuffled = [known[n] for n in order]
    assert plans.facts_at(shuffled, at) == {"contact": "3"}
    assert plans.together(shuffled) == plans.together(known)
    assert plans.facts_at([plans.together(shuffled)], at) == {"contact": "3"}
