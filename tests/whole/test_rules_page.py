"""``docs/rules.md`` is made of the rules; ``make golden`` writes it anew."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from clearance.alerting.rules import RULES, Rule
from tests.conftest import ROOT, Golden

PAGE = ROOT / "docs" / "rules.md"
HEAD = """\
# Rules

Each rule is a function in `clearance/alerting/rules/`; this page is made of them. A setting stands
under `[rules.NAME]` in the configuration, as `[rules.stuck]` and `floor_hours = 8`. A rule that
needs a fact which nobody told answers *cannot assess*; it is never counted as fine.
"""


def section(rule: Rule) -> Iterator[str]:
    yield f"\n## `{rule.name}` {rule.title['zh']}\n"
    yield inspect.cleandoc(rule.reason).replace("``", "`")
    yield "\n| setting | default |\n|---|---|"
    for name, value in rule.defaults.items():
        if value != "":
            shown = str(value).lower() if isinstance(value, bool) else value
            yield f"| `{name}` | {shown} |"
    yield ""
    for words in (rule.text, *rule.variants.values()):
        yield f"* {words['en']}\n  {words['zh']}"
    yield f"\nWhat to do: {rule.next_step['en']}. {rule.next_step['zh']}."


def test_the_page_of_rules_is_what_the_rules_say(golden: Golden) -> None:
    made = HEAD + "\n".join(line for rule in RULES.values() for line in section(rule)) + "\n"
    golden(PAGE, made)


def test_every_legal_deadline_names_its_basis_and_since_when_it_holds() -> None:
    legal = {name for name, rule in RULES.items() if rule.defaults.get("legal_basis")}
    assert legal == {
        "import_undeclared", "abandoned", "export_declared_late", "tax_unpaid",
        "tax_unpaid_3_months",
    }  # fmt: skip
    assert all(RULES[name].defaults["valid_from"] for name in legal)
