"""Plans as values."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.cn_single_window import CLIENT_REF, ZONE
from clearance.model import Summary
from clearance.shipments import filed, plans
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


NUMBERS = {"bill_no": ("Z-BILL",), CLIENT_REF: ("Y-OWN", "X-OWN"), "entry_no": ("A-ENTRY",)}
"""A declaration's: of a group, then two that another declaration may bear, then one that none may;
by their letters they stand in another order.
"""


@given(st.permutations(["Z-BILL", "X-OWN", "Y-OWN", "A-ENTRY"]), st.integers(1, 4))
def test_what_was_said_at_one_moment_holds_under_the_number_that_says_best_which_is_meant(
    order: list[str], count: int
) -> None:
    """However the plans are come upon; one under several numbers counts by the best of them."""
    at = datetime(2026, 3, 2, tzinfo=ZONE)
    declaration = Summary(system="cn_single_window", name="A-ENTRY", references=NUMBERS)
    known = [Plan((n,), (Entry(at, {"contact": n}),)) for n in order[:count]]
    about = [plan for plan, _ in filed.about(declaration, filed.plans_by_key(known))]
    said = [plan.id.upper() for plan in about]
    assert said == [n for n in ("Z-BILL", "X-OWN", "Y-OWN", "A-ENTRY") if n in order[:count]]
    assert plans.facts_at(about, at) == plans.facts_at([plans.together(about)], at)
    assert plans.facts_at(about, at) == {"contact": said[-1]}
    both = Plan(("NOT-YET", "Z-BILL", "A-ENTRY"), (Entry(at, {"contact": "both"}),))
    about = [plan for plan, _ in filed.about(declaration, filed.plans_by_key([both, *known]))]
    assert both in about[-2 if "A-ENTRY" in said else -1 :]
