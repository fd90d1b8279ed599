"""How plans are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clearance.customers import matching
from clearance.customers.settings import customer
from clearance.customs.cn_single_window.demo import import_receipt
from clearance.customs.references import keys_of
from clearance.errors import BadArgument
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, planned, query
from clearance.timelines import said as of_people
from tests.conftest import Case, at
from tests.customs.eu_ncts.support import goods, message


def test_a_row_that_fails_keeps_nothing_of_the_others() -> None:
    """One commit: a store that fails half way leaves what was there."""
    with open_store("memory:") as store:
        row = plans.Row(2, ("A",), {"contact": "x"})

        def rows() -> object:
            yield row
            raise BadArgument("stop")

        with pytest.raises(BadArgument):
            keeping.keep(store, rows(), at("02 08:00"))  # type: ignore[arg-type]
        assert planned.listed(store, at("03 08:00")) == []


TWO = Case(95, ref="SHARED"), Case(96, ref="SHARED")
"""Declarations that share an own reference."""


@contextmanager
def two() -> Iterator[Store]:
    """A store of two declarations that share an own reference."""
    with open_store("memory:") as store:
        files = [case.told("L", at("04 09:00")) for case in TWO]
        files += [import_receipt(case.own, case.unified, at("04 08:00")) for case in TWO]
        intake.ingest(store, [Item(file.name, file.data) for file in files], at("04 10:00"))
        yield store


@pytest.fixture
def both() -> Iterator[Store]:
    """Such a store, and what is said of both."""
    with two() as store:
        row = plans.Row(1, ("SHARED",), {"cutoff": "2026-03-09T12:00:00+08:00"})
        keeping.keep(store, [row], at("04 11:00"))
        yield store


def said(store: Store, number: str) -> dict[str, str]:
    """What people said of the declaration with a number."""
    return plans.facts_at([planned.shown(store, number, at("09 08:00"))], at("09 08:00"))


@pytest.mark.parametrize("further", [(), ("SHARED",)])
def test_what_is_said_of_one_is_said_of_no_other_that_shares_a_number(
    both: Store, further: tuple[str, ...]
) -> None:
    """A customer for one: nothing of it is told to another's. In a sheet the own reference may
    stand beside the number that says which is meant.
    """
    first, second = (case.unified for case in TWO)
    row = plans.Row(2, (*further, second), {"customer": "acme"})
    assert keeping.keep(both, [row], at("05 08:00")) == 1
    assert keeping.keep(both, [row], at("05 09:00")) == 0
    assert said(both, second)["customer"] == "acme"
    assert "customer" not in said(both, first)
    assert said(both, first)["cutoff"] == said(both, second)["cutoff"]
    moved = plans.Row(3, (second, *further), {"cutoff": "2026-03-10T12:00:00+08:00"})
    assert keeping.keep(both, [moved, moved], at("05 10:00")) == 1
    assert said(both, second)["cutoff"].startswith("2026-03-10")
    assert said(both, first)["cutoff"].startswith("2026-03-09")


def test_what_is_said_again_of_one_as_it_is_said_of_both_is_nothing_new(both: Store) -> None:
    row = plans.Row(2, (TWO[1].unified,), {"cutoff": "2026-03-09T12:00:00+08:00"})
    assert keeping.keep(both, [row], at("05 08:00")) == 0
    assert [plan.references for plan in planned.listed(both, at("09 08:00"))] == [("SHARED",)]


def test_what_is_said_of_both_holds_for_both_and_the_last_word_counts(both: Store) -> None:
    first, second = (case.unified for case in TWO)
    keeping.keep(both, [plans.Row(2, (second,), {"etd": "2026-03-11"})], at("05 08:00"))
    keeping.keep(both, [plans.Row(2, ("SHARED",), {"etd": "2026-03-12"})], at("05 09:00"))
    assert said(both, first)["etd"] == said(both, second)["etd"] == "2026-03-12"


def test_what_is_said_of_both_leaves_what_was_said_of_one_with_that_one() -> None:
    """Said of one first, it held for the other too as soon as anything was said of both."""
    with two() as both:
        first, second = (case.unified for case in TWO)
        row = plans.Row(2, (first,), {"customer": "acme", "etd": "2026-03-12"})
        keeping.keep(both, [row], at("05 08:00"))
        row = plans.Row(2, ("SHARED",), {"etd": "2026-03-12"})
        assert keeping.keep(both, [row], at("05 09:00")) == 1
        assert keeping.keep(both, [row], at("05 10:00")) == 0
        assert said(both, first) == {"customer": "acme", "etd": "2026-03-12"}
        assert said(both, second) == {"etd": "2026-03-12"}


def test_a_sheet_of_what_holds_for_both_and_of_one_says_nothing_new_the_next_day(
    both: Store,
) -> None:
    first, second = (case.unified for case in TWO)
    rows = [
        plans.Row(2, ("SHARED",), {"etd": "2026-03-12"}),
        plans.Row(3, (first,), {"etd": "2026-03-14"}),
    ]
    for row, hour in zip(rows, (8, 9), strict=True):
        assert keeping.keep(both, [row], at(f"05 {hour:02}:00")) == 1
    assert [keeping.keep(both, rows, at(f"0{day} 08:00")) for day in (6, 7)] == [0, 0]
    assert (said(both, first)["etd"], said(both, second)["etd"]) == ("2026-03-14", "2026-03-12")


def test_what_was_said_of_one_by_two_numbers_holds_for_no_other_against_what_that_tells() -> None:
    """Another declaration came later with the first's own reference, and was told to its customer
    though it names another trader.
    """
    first, second = TWO
    customers = {
        "acme": customer({"name": "Acme"}),
        "beta": customer({"name": "Beta", "trader": "Beta"}),
    }
    with open_store("memory:") as store:
        for case, facts in ((first, {"customer": "acme"}), (second, {"trader": "Beta"})):
            files = [case.told("L", at("04 09:00"))]
            files += [import_receipt(case.own, case.unified, at("04 08:00"))]
            intake.ingest(store, [Item(file.name, file.data) for file in files], at("04 10:00"))
            numbers = ("SHARED", case.unified) if case is first else (case.unified,)
            keeping.keep(store, [plans.Row(2, numbers, {**facts})], at("04 11:00"))
        about = [one for _, one in store.summaries(store.ids(keys_of(["SHARED"])))]
        found = zip(about, matching.matches(store, customers, about, at("05 08:00")), strict=True)
        whose = {one.references["unified_no"][0]: match for one, match in found}
    assert whose[first.unified].customer == "acme"
    assert whose[second.unified].customer is None
    assert whose[second.unified].fitting == ("acme", "beta")


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("number", [0, 1])
def test_in_one_sheet_what_is_said_of_one_holds_against_what_is_said_of_both(
    both: Store, number: int, turned: bool
) -> None:
    """Whatever the order of its rows, and also where that is as it was before; it went by the
    letters of the numbers.
    """
    meant, other = TWO[number].unified, TWO[1 - number].unified
    of_one = plans.Row(2, (meant,), {"cutoff": "2026-03-09T12:00:00+08:00"})
    of_both = plans.Row(3, ("SHARED",), {"cutoff": "2026-03-11T12:00:00+08:00"})
    rows = [of_both, of_one] if turned else [of_one, of_both]
    assert keeping.keep(both, rows, at("05 08:00")) == 2
    assert said(both, meant) == of_one.facts
    assert said(both, other) == of_both.facts
    for name, row in ((meant, of_one), (other, of_both)):
        about = list(query.overview(both, both.ids(keys_of([name])), at("09 08:00")))
        (shown,) = of_people.about(both, about, at("09 08:00"))
        assert shown["cutoff"].value == row.facts["cutoff"]
    assert keeping.keep(both, rows, at("06 08:00")) == 0


@pytest.mark.parametrize("names", [("SHARED",), ("BILL-9",), ("BILL-9", "SHARED")])
@pytest.mark.parametrize("turned", [False, True])
def test_in_one_sheet_a_declaration_goes_by_the_row_that_names_it_best(
    names: tuple[str, ...], turned: bool
) -> None:
    """One that has its reference and its bill to itself: its row and that of these are both about
    it alone. The last row held, and both were something new every night.
    """
    data = message("028", 0, more=goods("", "BILL-9"), mrn="26NL9", lrn="SHARED").encode()
    rows = [plans.Row(2, ("26NL9",), {"etd": "2026-03-12"})]
    rows += [plans.Row(3, names, {"etd": "2026-03-13", "contact": "Li"})]
    with open_store("memory:") as store:
        intake.ingest(store, [Item("", data)], at("04 10:00"))
        assert keeping.keep(store, rows[::-1] if turned else rows, at("05 08:00")) == 2
        assert said(store, "26NL9") == {"etd": "2026-03-12", "contact": "Li"}
        assert keeping.keep(store, rows[::-1] if turned else rows, at("06 08:00")) == 0


def test_numbers_that_only_together_say_which_is_meant_say_it_of_that_one() -> None:
    """Of a reference of two and a bill of two; it ended in a traceback."""
    borne = {"26NL1": ("SHARED", "BILL-0"), "26NL2": ("SHARED", "BILL-1"), "26NL3": ("X", "BILL-1")}
    messages = [
        message("028", 0, more=goods("", bill), mrn=mrn, lrn=lrn).encode()
        for mrn, (lrn, bill) in borne.items()
    ]
    row = plans.Row(1, ("SHARED", "BILL-1"), {"customer": "acme"})
    with open_store("memory:") as store:
        intake.ingest(store, [Item("", data) for data in messages], at("04 10:00"))
        assert keeping.keep(store, [row], at("05 08:00")) == 1
        assert keeping.keep(store, [row], at("05 09:00")) == 0
        assert [plan.references for plan in planned.listed(store, at("09 08:00"))] == [("26NL2",)]


@contextmanager
def on_a_bill(count: int) -> Iterator[Store]:
    """A store of declarations 26NL0, 26NL1 and so on, all on BILL-0."""
    messages = [
        message("028", 0, more=goods("", "BILL-0"), mrn=f"26NL{number}", lrn=f"OWN-{number}")
        for number in range(count)
    ]
    with open_store("memory:") as store:
        intake.ingest(store, [Item("", text.encode()) for text in messages], at("04 10:00"))
        yield store


@pytest.mark.parametrize("count", [1, 2])
def test_what_was_said_of_a_bill_is_taken_back_of_one_of_its_declarations(count: int) -> None:
    """As the first that is said of it; it was passed over."""
    with on_a_bill(count) as store:
        keeping.keep(store, [plans.Row(1, ("BILL-0",), {"contact": "x"})], at("05 08:00"))
        taken_back = plans.Row(1, ("26NL0",), {"contact": None})
        assert keeping.keep(store, [taken_back], at("05 09:00")) == 1
        (one,) = query.overview(store, store.ids(keys_of(["26NL0"])), at("09 08:00"))
        assert of_people.about(store, [one], at("09 08:00")) == [{}]
        for other in range(1, count):
            assert said(store, f"26NL{other}") == {"contact": "x"}


def test_nothing_is_kept_where_what_nobody_said_is_taken_back() -> None:
    """A plan without entries was kept, on which the second check after it ended in a traceback."""
    with open_store("memory:") as store:
        assert keeping.keep(store, [plans.Row(1, ("A",), {"contact": None})], at("05 08:00")) == 0
        assert not list(store.records(plans.PLAN))


@pytest.mark.parametrize("turned", [False, True])
def test_what_a_sheet_says_of_a_bill_holds_of_what_joins_it_later(turned: bool) -> None:
    """Also where it says otherwise of the only declaration that the bill has yet."""
    rows = [
        plans.Row(2, ("26NL0",), {"etd": "2026-03-14"}),
        plans.Row(3, ("BILL-0",), {"etd": "2026-03-12"}),
    ]
    read = rows[::-1] if turned else rows
    with on_a_bill(1) as store:
        for day, news in ((5, 2), (6, 0), (7, 0)):
            assert keeping.keep(store, read, at(f"0{day} 08:00")) == news
        later = message("028", 0, more=goods("", "BILL-0"), mrn="26NL1", lrn="OWN-1")
        intake.ingest(store, [Item("", later.encode())], at("07 10:00"))
        assert keeping.keep(store, read, at("08 08:00")) == 0
        assert said(store, "26NL0") == {"etd": "2026-03-14"}
        assert said(store, "26NL1") == {"etd": "2026-03-12"}
