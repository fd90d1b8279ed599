"""The rules on a simulated feed with injected cases and near misses; a short form of the benchmark.

``python -m benchmarks.anomalies`` runs some 2,200 declarations and prints the figures.
"""

from __future__ import annotations

import pytest

from benchmarks import anomalies
from clearance.alerting.rules import RULES

pytestmark = pytest.mark.slow

NOT_OF_A_DECLARATION = {
    "feed_silent", "unreadable", "calendar_missing", "delivery_failing", "old_declarations",
}  # fmt: skip
NOT_IN_CHINA = {"action_deadline", "something_amiss", "target_at_risk"}
"""Rules about what no message of China's Single Window says, and about targets that somebody has
set: the feed has no case of them.
"""


@pytest.fixture(scope="module")
def found() -> dict[str, anomalies.Score]:
    return anomalies.run(anomalies.SMALL)[1]


@pytest.mark.parametrize("rule", anomalies.CASES)
def test_a_rule_finds_every_case_and_nothing_else(
    found: dict[str, anomalies.Score], rule: str
) -> None:
    score = found[rule]
    assert (sorted(score.missed), sorted(score.false)) == ([], [])
    assert len(score.true) >= anomalies.SMALL.cases


def test_every_rule_about_a_declaration_has_cases_and_near_misses() -> None:
    assert set(anomalies.CASES) == set(RULES) - NOT_OF_A_DECLARATION - NOT_IN_CHINA
    missing = set(anomalies.CASES) - set(anomalies.NEAR) - {"returned"}
    assert missing == set()


def test_no_rule_speaks_of_what_was_not_made(found: dict[str, anomalies.Score]) -> None:
    assert set(found) == set(anomalies.CASES)


def test_the_same_seed_makes_the_same_feed() -> None:
    tiny = anomalies.Scale(5, 1, 1)
    one, other = (anomalies.stories(tiny, 3) for _ in range(2))
    assert one == other
    assert one != anomalies.stories(tiny, 4)
