"""Anomaly rules: one function each, from a declaration to what is wrong with it.

A rule is a generator over one declaration and a context. It yields a ``Finding`` for each thing a
person should know, a ``Fine`` with what it compared where all is well, or ``CannotAssess`` where a
fact it needs is not known, which is never counted as fine. Its words stand in the decorator, its
reason in the docstring, its thresholds in ``defaults``, which configuration overrides.

``deadlines`` are those of the law and of vessels, ``flow`` is what becomes of a declaration,
``quality`` what is odd about the data. Pure functions; ``Context.now`` is the moment looked from.
"""

from clearance.alerting.rules import deadlines, flow, quality
from clearance.alerting.rules._rule import (
    MAX_THRESHOLD,
    RULES,
    CannotAssess,
    Context,
    Fine,
    Outcome,
    Rule,
    assess,
    check_settings,
    rule,
    survey,
)

__all__ = [
    "MAX_THRESHOLD",
    "RULES",
    "CannotAssess",
    "Context",
    "Fine",
    "Outcome",
    "Rule",
    "assess",
    "check_settings",
    "deadlines",
    "flow",
    "quality",
    "rule",
    "survey",
]
