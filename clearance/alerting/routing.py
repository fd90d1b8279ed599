"""Which channel is told of which alert, by what the channel's settings say.

Pure functions of alerts and settings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from clearance.alerting.acknowledging import DIRECTIONS
from clearance.alerting.rules import RULES, Subject
from clearance.channels import Terms, like
from clearance.customs import systems
from clearance.errors import BadArgument
from clearance.model import Alert, AlertState

if TYPE_CHECKING:
    from clearance.channels import Match


class Route(StrEnum):
    """Whether a channel is told of an alert, or the first reason why it is not.

    ``CUSTOMER``: only a customer is told there. ``MATCH``: it is about something else than the
    channel takes. ``SEVERITY``: it is not told of this severity. ``ITSELF``: the alert is about
    this channel. ``EXPLAINED``: another alert explains it, and that one is told. ``HISTORY``: a
    baseline has taken it as told.
    """

    TOLD = "told"
    CUSTOMER = "customer"
    SEVERITY = "severity"
    MATCH = "match"
    ITSELF = "itself"
    PENDING = "pending"
    RECOVERING = "recovering"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SILENCED = "silenced"
    EXPLAINED = "explained"
    HISTORY = "history"


def route(alert: Alert, name: str, terms: Terms) -> Route:
    """Whether a channel would be told of an alert as it stands, and why not.

    Of what is acknowledged it is told in its message of the day.
    """
    if not wanted(alert, name, terms):
        return _unwanted(alert, terms)
    if terms.digest and alert.stands:
        return Route.TOLD
    if alert.state is not AlertState.FIRING:
        return Route(alert.state)
    if alert.muted_by:
        return Route.SILENCED if alert.silenced_until else Route.EXPLAINED
    return Route.HISTORY if alert.baseline else Route.TOLD


def _unwanted(alert: Alert, terms: Terms) -> Route:
    if not terms.alerts:
        return Route.CUSTOMER
    if alert.severity not in terms.severities:
        return Route.SEVERITY
    return Route.ITSELF if unfit(alert, terms.match) is None else Route.MATCH


def wanted(alert: Alert, name: str, terms: Terms) -> bool:
    """Whether a channel takes such an alert; never one about itself."""
    return (
        terms.alerts
        and alert.severity in terms.severities
        and alert.values.get("channel") != name
        and unfit(alert, terms.match) is None
    )


def unfit(alert: Alert, match: Match) -> str | None:
    """The first key of ``match`` that an alert does not fit; None if it fits all."""
    for key, patterns in match.wanted().items():
        about = [*values(alert, key)]
        if not any(like(value, pattern) for value in about for pattern in patterns):
            return key
    return None


def values(alert: Alert, key: str) -> Iterator[str]:
    """What an alert is about, by a key of ``match``: names and codes, in any language."""
    if key == "contact":
        yield alert.contact or ""
    elif key == "rule":
        yield from _names_of_rule(alert.rule)
    elif key == "direction":
        yield from (word for word, way in DIRECTIONS.items() if way == alert.labels.get(key))
    else:
        yield from (alert.labels[name] for name in (key, f"{key}_code") if name in alert.labels)


def _names_of_rule(name: str) -> Iterator[str]:
    """The name of a rule, and what people call it."""
    yield name
    if name in RULES:
        yield from RULES[name].title.values()


# Settings


def unheard(terms: Collection[Terms]) -> list[str]:
    """The rules about no declaration that no channel is told of."""
    return [
        name
        for name, rule in RULES.items()
        if rule.subject is not Subject.DECLARATION
        and not any(_takes_bare(name, each.match) for each in terms)
    ]


def _takes_bare(rule: str, match: Match) -> bool:
    """Whether an alert of a rule that is about nothing else fits."""
    wanted = match.wanted()
    if wanted.keys() - {"rule"}:
        return False
    patterns = wanted.get("rule", ("*",))
    return any(like(name, pattern) for name in _names_of_rule(rule) for pattern in patterns)


_KNOWN: Mapping[str, Callable[[], Iterable[str]]] = {
    "rule": lambda: chain.from_iterable(map(_names_of_rule, RULES)),
    "direction": lambda: DIRECTIONS,
    "system": systems,
}
"""The values that some keys of ``match`` can have."""
_OFFERED: Mapping[str, Callable[[], Iterable[str]]] = {
    "rule": lambda: RULES,
    "direction": lambda: sorted({*DIRECTIONS.values()}),
}
"""Of keys whose values have several names: one name for each, as an error offers them."""


def check(match: Match, customers: Collection[str] = ()) -> None:
    """Raises BadArgument, which begins with the key, for a value that no alert can have.

    ``customers`` are those that are set; where none is, a customer is whatever plans call it.
    """
    for key, patterns in match.wanted().items():
        known = list(_KNOWN[key]()) if key in _KNOWN else list(patterns)
        if key == "customer" and customers:
            known = list(customers)
        for pattern in patterns:
            if not any(like(value, pattern) for value in known):
                raise BadArgument(
                    "match.{key}: there is no {written}; there are {choices}",
                    key=key,
                    written=pattern,
                    choices=[*_OFFERED[key]()] if key in _OFFERED else known,
                )
