"""Whose a declaration is: what people said, else its own reference, else the trader on it.

Never a guess: where people named somebody who is no customer here, or where two customers fit,
nobody is told. Of plans those that name one declaration go before those under a number that many
may bear, such as a bill of lading. What is said of such a number does not hold against what the
declaration itself tells: on one bill there may be goods of several customers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.channels import like
from clearance.customers.settings import Customer, Texts, patterns
from clearance.customs.references import keys_of, of_role
from clearance.model import Role, Summary, normal
from clearance.named_tuples import NamedTuple
from clearance.shipments import filed, plans
from clearance.shipments.filed import plans_by_key, plans_of
from clearance.shipments.plans import Plan
from clearance.stores import Store

if TYPE_CHECKING:
    from clearance.alerting.rules import Whose

Customers = Mapping[str, Customer]
_TRADERS = ("trader", "trader_code", "trader_scc")
"""Facts that name the trader whose goods they are."""


class Match(NamedTuple):
    """Whose a declaration is, or why nobody's: ``by`` is ``plan``, ``reference`` or ``trader``.

    ``fitting`` are the customers that fit; ``named`` is what a plan says.
    """

    customer: str | None = None
    by: str = ""
    fitting: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Matcher:
    """Matches declarations with customers, by plans that are loaded.

    ``is_borne`` tells whether any declaration bears one of some numbers. A plan that also names
    another declaration counts as one of a group.
    """

    def __init__(
        self,
        customers: Customers,
        known: Iterable[Plan],
        as_of: datetime,
        is_borne: Callable[[Collection[str]], bool] = lambda _: False,
    ) -> None:
        self._customers = customers
        self._as_of = as_of
        self._plans = plans_by_key(known)
        self._is_borne = is_borne

    def match(self, declaration: Summary) -> Match:
        """Whose a declaration is."""
        named, is_shared = self._said(declaration, "customer")
        if not named:
            return _match(*self._shown(declaration))
        fitting = {name for said in named for name in self._called(said)}
        if any(not self._called(said) for said in named):
            fitting = set()
        elif is_shared and (shown := self._shown(declaration)[1]) and not fitting <= shown:
            fitting |= shown
        return _match("plan", fitting, tuple(sorted(named)))

    def _shown(self, declaration: Summary) -> tuple[str, set[str]]:
        """The customers that fit by its own references, else by its trader, and by which."""
        if fitting := self._fitting(_is_own, _own_references(declaration)):
            return "reference", fitting
        traders = {declaration.facts[name] for name in _TRADERS if name in declaration.facts}
        traders |= self._said(declaration, "trader")[0]
        return "trader", self._fitting(_is_trader, traders)

    def _said(self, declaration: Summary, fact: str) -> tuple[set[str], bool]:
        """What people say of a fact, by plans of one declaration, else by those of a group; and
        whether by those of a group.
        """
        said: dict[bool, set[str]] = {False: set(), True: set()}
        for plan, names_one in filed.about(declaration, self._plans):
            if value := plans.facts_at([plan], self._as_of).get(fact):
                said[not names_one or self._names_another(plan, declaration)].add(value)
        is_shared = not said[False]
        return said[is_shared], is_shared

    def _names_another(self, plan: Plan, declaration: Summary) -> bool:
        own = set(map(normal, declaration.numbers))
        others = [number for number in plan.numbers if normal(number) not in own]
        return bool(others) and self._is_borne(others)

    def _called(self, said: str) -> set[str]:
        """The customers that are called so."""
        return {
            name
            for name, customer in self._customers.items()
            if normal(said)
            in {normal(known) for known in (name, customer.name, *patterns(customer.customer))}
        }

    def _fitting(
        self, fits: Callable[[Customer, Iterable[str]], bool], values: Iterable[str]
    ) -> set[str]:
        told = list(values)
        return {name for name, customer in self._customers.items() if fits(customer, told)}


def matches(
    store: Store, customers: Customers, declarations: Sequence[Summary], as_of: datetime
) -> list[Match]:
    """Whose each of some declarations is."""
    if not customers:
        return [Match()] * len(declarations)
    matcher = matcher_of(store, customers, declarations, as_of)
    return [matcher.match(one) for one in declarations]


def matcher_of(
    store: Store, customers: Customers, declarations: Iterable[Summary], as_of: datetime
) -> Matcher:
    """What matches some declarations of a store with customers."""

    def is_borne(numbers: Iterable[str]) -> bool:
        return bool(store.ids(keys_of(numbers)))

    return Matcher(customers, plans_of(store, declarations), as_of, is_borne)


def whose(customers: Customers) -> Whose:
    """What names the customer of a declaration, for rules."""

    def named(declaration: Summary, about: Sequence[Plan], as_of: datetime) -> str | None:
        return Matcher(customers, about, as_of).match(declaration).customer

    return named


def _match(by: str, fitting: set[str], named: tuple[str, ...] = ()) -> Match:
    only = next(iter(fitting)) if len(fitting) == 1 else None
    return Match(only, by if only else "", tuple(sorted(fitting)), named)


def _own_references(declaration: Summary) -> Iterator[str]:
    own = of_role(Role.OWN)
    return (v for kind in own for v in declaration.references.get(kind, ()))


def _is_own(customer: Customer, references: Iterable[str]) -> bool:
    return _any(references, customer.reference, like)


def _is_trader(customer: Customer, traders: Iterable[str]) -> bool:
    return _any(traders, customer.trader, str.__eq__)


def _any(values: Iterable[str], written: Texts, fits: Callable[[str, str], bool]) -> bool:
    wanted = [normal(pattern) for pattern in patterns(written) if pattern.strip()]
    return any(fits(normal(value), pattern) for value in values for pattern in wanted)
