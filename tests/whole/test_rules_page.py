"""``docs/rules.md`` is made of the rules; ``make golden`` writes it anew."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from clearance.alerting.rules import RULES, Rule
from clearance.customs import systems
from tests.conftest import ROOT, Golden

PAGE = ROOT / "docs" / "rules.md"
HEAD = """\
# Rules

Each rule is a function in `clearance/alerting/rules/`; this page is made of them. A setting stands
under `[rules.NAME]` in the configuration, as `[rules.stuck]` and `floor_hours = 8`. A rule that
lacks a fact it needs answers *cannot assess*, which never counts as fine. A rule that rests on a
country's law judges declarations of that customs system only. In what a rule says, a part in square
brackets is left out where it is not known.
"""


def conduct(rule: Rule) -> Iterator[str]:
    """Whose declarations a rule judges, and how its alerts wait and mute others."""
    policy = rule.policy
    if rule.law_of:
        yield f"Law of: `{rule.law_of}`. Declarations of other customs systems are not judged."
    if policy.settle:
        minutes = policy.settle.total_seconds() / 60
        yield f"An alert fires, and ends, {minutes:g} minutes after the event at the earliest."
    if policy.confirm_twice:
        yield "An alert fires when a second check finds it too."
    if policy.mutes:
        muted = ", ".join(f"`{name}`" for name in sorted(policy.mutes))
        yield f"An alert mutes those of {muted} about the same {policy.mutes_by}."
    if policy.once:
        yield "An alert is told once and not repeated."


def section(rule: Rule) -> Iterator[str]:
    yield f"\n## `{rule.name}` {rule.title['zh']}\n"
    yield inspect.cleandoc(rule.reason).replace("``", "`")
    yield from (f"\n{sentence}" for sentence in conduct(rule))
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


def test_what_a_policy_mutes_is_a_rule() -> None:
    assert {name for rule in RULES.values() for name in rule.policy.mutes} <= set(RULES)


def test_every_legal_deadline_names_its_basis_and_since_when_it_holds() -> None:
    legal = {name for name, rule in RULES.items() if rule.defaults.get("legal_basis")}
    assert legal == {
        "import_undeclared", "abandoned", "export_declared_late", "tax_unpaid",
        "tax_unpaid_3_months", "full_declaration_missing",
    }  # fmt: skip
    assert all(RULES[name].defaults["valid_from"] for name in legal)
    assert {name for name, rule in RULES.items() if rule.law_of} == legal
    assert {rule.law_of for rule in RULES.values() if rule.law_of} <= set(systems())
