"""Each exception that customers may be told of is a rule, and its deadline a value of it."""

from __future__ import annotations

import re

import pytest

from clearance.alerting.rules import RULES
from clearance.customers.topics import EXCEPTIONS


@pytest.mark.parametrize(("name", "deadline"), EXCEPTIONS.items())
def test_an_exception_is_a_rule_that_tells_its_deadline(name: str, deadline: str | None) -> None:
    rule = RULES[name]
    texts = [rule.text, *rule.variants.values()]
    named = {field for text in texts for field in re.findall(r"{(\w+)}", text["en"])}
    assert deadline is None or deadline in named
