"""Whose a declaration is: never a guess."""

from __future__ import annotations

from datetime import datetime

import pytest

from clearance.customers.matching import Match, Matcher
from clearance.customers.settings import customer
from clearance.customs.cn_single_window import ZONE
from clearance.model import Declaration
from clearance.shipments.plans import Entry, Plan
from tests.stories import declaration

NOW = datetime(2026, 3, 5, tzinfo=ZONE)
CUSTOMERS = {
    "acme": customer(
        {"name": "Acme 贸易", "reference": "AC-*", "trader": ["3104990001", "艾克米"]}
    ),
    "beta": customer({"name": "Beta", "reference": ["BE-*", "X-*"], "customer": "贝塔"}),
    "gamma": customer({"name": "Gamma", "reference": "X-1*", "trader": "3104990002"}),
}


def plan(number: str, **facts: str) -> Plan:
    return Plan((number,), (Entry(NOW, dict(facts)),))


def story(own: str = "Q-1", **facts: str) -> Declaration:
    said = " ".join(f"{name}={value}" for name, value in facts.items())
    return declaration(f"2026-03-02T08:00+08:00 accepted own={own} official=1 group=MBL1 {said}")


def match(one: Declaration, *plans: Plan) -> Match:
    return Matcher(CUSTOMERS, plans, NOW).match(one)


@pytest.mark.parametrize("said", ["acme", "ACME", "Acme 贸易", "ａｃｍｅ贸易"])
def test_what_people_said_goes_before_all_else(said: str) -> None:
    found = match(story("BE-1", trader="3104990002"), plan("BE-1", customer=said))
    assert (found.customer, found.by) == ("acme", "plan")


def test_a_customer_that_is_not_set_is_nobody_whatever_else_fits() -> None:
    found = match(story("AC-1"), plan("AC-1", customer="Delta"))
    assert (found.customer, found.named) == (None, ("Delta",))


def test_the_own_reference_goes_before_the_trader() -> None:
    assert match(story("ac-7", trader="3104990002"))[:2] == ("acme", "reference")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"trader_code": "3104990001"}, "acme"),
        ({"trader": "艾克米"}, "acme"),
        ({"trader": "艾克米公司"}, None),
        ({"trader_code": "31049900"}, None),
        ({"trader": "艾克米", "trader_code": "3104990002"}, None),
        ({}, None),
    ],
)
def test_the_trader_fits_whole_and_one_customer_only(
    facts: dict[str, str], name: str | None
) -> None:
    assert match(story(**facts)).customer == name


def test_what_fits_two_is_nobodys() -> None:
    found = match(story("X-12"))
    assert (found.customer, found.fitting) == (None, ("beta", "gamma"))


def test_a_plan_of_the_declaration_goes_before_one_of_its_bill() -> None:
    found = match(story(), plan("MBL1", customer="acme"), plan("Q-1", customer="贝塔"))
    assert found.customer == "beta"


@pytest.mark.parametrize(
    ("one", "fitting"),
    [
        (story("BE-1"), ("acme", "beta")),
        (story(trader="3104990002"), ("acme", "gamma")),
        (story("AC-1"), ("acme",)),
        (story(trader="Somebody"), ("acme",)),
    ],
)
def test_what_is_said_of_a_bill_does_not_hold_against_what_the_declaration_tells(
    one: Declaration, fitting: tuple[str, ...]
) -> None:
    """On one bill, or in one container, there may be goods of several customers."""
    found = match(one, plan("MBL1", customer="acme"))
    assert found.fitting == fitting
    assert found.customer == (fitting[0] if len(fitting) == 1 else None)


def test_what_is_said_of_a_bill_decides_where_several_fit() -> None:
    assert match(story("X-12"), plan("MBL1", customer="Gamma")).customer == "gamma"


def test_two_plans_that_disagree_are_nobodys() -> None:
    found = match(story(), plan("1", customer="acme"), plan("Q-1", customer="贝塔"))
    assert (found.customer, found.fitting) == (None, ("acme", "beta"))
