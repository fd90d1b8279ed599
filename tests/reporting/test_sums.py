"""Sums of a report's rows: exact, in any order, without what is no number."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.model import Note
from clearance.periods import Quarter
from clearance.reporting import report
from clearance.reporting.sums import SUMS, Adder, Sums
from clearance.stores.alike import of_timings
from tests.reporting.test_report import AS_OF, NONE, ZONE, timing

WEIGHTS = st.decimals(min_value=0, max_value=10**12, places=5)


def summed(*said: dict[str, str]) -> Sums:
    adder = Adder()
    for some in of_timings(NONE._replace(**facts) for facts in said):  # type: ignore[arg-type]
        adder.add(some)
    return adder.sums()


@given(st.lists(WEIGHTS, min_size=1, max_size=40), st.randoms())
def test_a_sum_of_weights_is_exact_and_the_same_in_any_order(
    weights: list[Decimal], random: Random
) -> None:
    said = [{"gross_weight": f"{weight:f}"} for weight in weights]
    total = summed(*said).gross_weight
    assert total is not None
    assert Fraction(total) == sum(map(Fraction, weights))
    random.shuffle(said)
    assert summed(*said).gross_weight == total


def test_a_sum_keeps_every_digit_of_very_large_and_very_small_numbers() -> None:
    said = summed({"net_weight": "99999999999999999999"}, {"net_weight": "0.00000000000000000001"})
    assert said.net_weight == "99999999999999999999.00000000000000000001"


@given(st.lists(st.tuples(st.sampled_from(["USD", "EUR", "JPY"]), st.integers(0, 10**14))))
def test_values_are_summed_by_currency_and_never_across(amounts: list[tuple[str, int]]) -> None:
    said = [{"declared_value": f"{code} {Decimal(cents) / 100:.2f}"} for code, cents in amounts]
    expected = {code: 0 for code, _ in amounts}
    for code, cents in amounts:
        expected[code] += cents
    assert {c: int(Fraction(v) * 100) for c, v in summed(*said).value.items()} == expected


@pytest.mark.parametrize(
    "written",
    ["", "abc", "-1", "-0.5", "NaN", "sNaN", "Infinity", "1,5", "1e30", "1e-30", "9" * 41],
)
def test_what_is_no_number_or_negative_is_left_out_of_a_sum_and_counted(written: str) -> None:
    said = summed({"gross_weight": "1.50"}, {"gross_weight": written})
    assert said.gross_weight == "1.50"
    assert (said.known["gross_weight"], said.left_out) == (1, {"gross_weight": 1})


@pytest.mark.parametrize("written", ["3.5", "three", "-2"])
def test_packages_that_are_no_whole_number_are_left_out_and_counted(written: str) -> None:
    said = summed({"packages": "12"}, {"packages": written})
    assert (said.packages, said.left_out) == (12, {"packages": 1})


@pytest.mark.parametrize("written", ["USD", "USD x", "USD -3.00", "USD 1.00 EUR"])
def test_a_value_that_is_no_number_leaves_its_declaration_out(written: str) -> None:
    said = summed({"declared_value": "USD 2.00"}, {"declared_value": written})
    assert (said.value, said.left_out) == ({"USD": "2.00"}, {"value": 1})


def test_a_sum_of_nothing_is_not_zero() -> None:
    assert summed({})[:6] == (None, None, None, {}, None, None)


def test_the_sums_of_a_row_are_of_the_declarations_it_counts() -> None:
    told = [
        timing(0, 100, gross_weight="10.5", packages="3", declared_value="USD 1.10", containers=2),
        timing(1, gross_weight="0.25", declared_value="USD 2.20 EUR 3.00", item_count="4"),
        timing(2, stage="withdrawn", withdrawn_at=timing(5).declared_at),
        timing(-(10**8), gross_weight="1000"),
    ]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.declared == 3
    assert row.sums[:6] == ("10.75", None, 3, {"EUR": "3.00", "USD": "3.30"}, 2, 4)
    assert row.notes["gross_weight"].values == {"known": 2, "n": 3}
    assert row.notes["net_weight"].key == "not_declared_by_any"


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_that_is_not_given_has_a_note_that_says_why(name: str) -> None:
    (row,) = report.build([timing(0, 100)], [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert not getattr(row.sums, name)
    assert row.notes[name] == Note.of("not_declared_by_any")


def test_a_sum_of_items_says_how_many_were_left_out() -> None:
    """One says zero packages, which is a number."""
    told = [timing(0, 100, item_count="three", packages="0")]
    (row,) = report.build(told, [Quarter(2026, 3)], ZONE, AS_OF).rows
    assert row.notes["items"] == Note.of("left_out", n=1)
    assert (row.sums.packages, row.notes.get("packages")) == (0, None)
