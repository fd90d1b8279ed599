"""Settings of rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance.alerting import rules
from clearance.errors import BadArgument


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"nothing": {}}, "rules.nothing"),
        ({"stuck": {"days": 3}}, "rules.stuck.days"),
        ({"stuck": {"hours": "48"}}, "rules.stuck.hours"),
        ({"stuck": {"hours": float("nan")}}, "rules.stuck.hours"),
        ({"stuck": {"enabled": 1}}, "rules.stuck.enabled"),
        ({"stuck": 5}, "rules.stuck"),
        ({"abandoned": {"months": 2.5}}, "rules.abandoned.months"),
        ({"tax_unpaid_3_months": {"months": 100_000}}, "rules.tax_unpaid_3_months.months"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(BadArgument, match=named):
        rules.check_settings(settings)


def test_every_module_beside_the_rules_is_loaded_and_holds_some(tmp_path: Path) -> None:
    """A rule in a module of its own was none, and nobody was told."""
    for name in ("new.py", "_part.py", ".#new.py", "new.txt", "a copy.py"):
        (tmp_path / name).touch()
    assert rules.modules_in(str(tmp_path)) == ["new"]
    holding = {rule.function.__module__.rpartition(".")[2] for rule in rules.RULES.values()}
    assert holding == {*rules.modules_in(rules.__path__[0])}
