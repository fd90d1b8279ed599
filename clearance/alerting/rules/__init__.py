"""Anomaly rules: one function each, from a declaration to what is wrong with it.

A rule is a pure function of a declaration, a context and its settings. It answers with a problem
that a person should know of, with ``fine`` and what it compared, or with ``unknown`` where a fact
it needs is missing, which never counts as fine. Its words, thresholds and policy stand in its
decorator, its reason in its docstring; configuration overrides the thresholds.

Every module here is loaded, and each function that ``rule`` decorates in it is a rule. ``vessels``,
``flow``, ``targets`` and ``quality`` apply to every customs system. ``china_law`` rests on China's
law and applies to its declarations only; the facts of that law stand with its customs system.
"""

from __future__ import annotations

import importlib
import os

from clearance.alerting.rules._context import Context, History, Moments, Whose
from clearance.alerting.rules._rule import (
    MAX_THRESHOLD,
    RULES,
    CannotAssess,
    Fine,
    Outcome,
    Rule,
    Subject,
    check_settings,
    contact_of,
    judged,
    named,
    policies,
    rule,
    surveyed,
)

__all__ = [
    "MAX_THRESHOLD",
    "RULES",
    "CannotAssess",
    "Context",
    "Fine",
    "History",
    "Moments",
    "Outcome",
    "Rule",
    "Subject",
    "Whose",
    "check_settings",
    "contact_of",
    "judged",
    "named",
    "policies",
    "rule",
    "surveyed",
]


def modules_in(folder: str) -> list[str]:
    """The names of the modules of a folder that hold rules, not parts of them."""
    files = os.listdir(folder)  # noqa: PTH208 - a check loads no pathlib
    names = sorted(name.removesuffix(".py") for name in files if name.endswith(".py"))
    return [name for name in names if name.isidentifier() and not name.startswith("_")]


for _folder in __path__:
    for _name in modules_in(_folder):
        importlib.import_module(f"{__name__}.{_name}")
