"""``--as-of``: everything as it was known at a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Case, Run, at, laid


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--all"),
        ("list", "--all", "--format", "json", "--events"),
        ("status", CLOSED.own, "TEST-RESENT"),
        ("explain", INSPECTED.own, "--format", "json"),
        ("check", "--dry-run", "--format", "json"),
        ("report", "--by", "office", "--format", "json"),
    ],
    ids=" ".join,
)
def test_the_same_messages_as_of_the_same_moment_give_the_same_bytes(
    kept: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """What came after the moment makes no difference, nor does the order in which it came."""
    before = kept(*arguments, "--as-of", AS_OF).out
    assert before != b""
    more = [
        INSPECTED.told("P", at("06 10:00")),
        INSPECTED.told("R", at("07 10:00")),
        UNKNOWN.told("D", at("08 10:00")),
        RESENT.told("E", at("08 11:00")),
        *Case(99, ref=CLOSED.own).sent(at("09 08:00")),
    ]
    assert kept("ingest", laid(more, tmp_path / "more")).code == 0
    assert kept(*arguments, "--as-of", AS_OF).out == before


def test_events_after_the_moment_are_as_if_not_known(kept: Run) -> None:
    noon = "2026-03-04T12:00:00+08:00"
    (one,) = kept("status", INSPECTED.own, "--as-of", noon, "--format=json").json["declarations"]
    assert (one["stage"], len(one["events"])) == ("accepted", 3)
    monday = "2026-03-02T12:00:00+08:00"
    ran = kept("list", "--as-of", monday, "--format", "json")
    assert [(one["stage"], one["open"]) for one in ran.json["declarations"]] == [("released", True)]
    ran = kept("check", "--as-of", noon, "--format", "json")
    assert [alert["rule"] for alert in ran.json["new"]] == ["returned"]
    (row,) = kept(
        "report", "--period", "2026Q1", "--as-of", monday, "--format", "json"
    ).json["rows"]  # fmt: skip
    assert (row["declared"], row["closed"], row["open"]) == (1, 0, 1)
    assert kept("status", UNKNOWN.own, "--as-of", noon).code == 1


def test_a_number_that_is_not_known_yet_is_not_offered(kept: Run) -> None:
    ran = kept("status", UNKNOWN.own, "--as-of", "2026-03-04T12:00:00+08:00")
    assert ran.code == 1
    assert ran.talk.count(UNKNOWN.own) == 1


@pytest.mark.parametrize("arguments", [("status", INSPECTED.own), ("list",), ("alerts", "list")])
def test_alerts_that_began_after_the_moment_are_left_out(
    kept: Run, arguments: tuple[str, ...]
) -> None:
    """The inspection was ordered on Thursday; looked at from Wednesday there is no alert of it."""
    kept("check", "--as-of", AS_OF)
    ran = kept(*arguments, "--as-of", "2026-03-04T12:00:00+08:00", "--format", "json")
    assert b"inspection_ordered" not in ran.out


def test_the_moment_is_told_in_the_zone_of_the_messages(kept: Run) -> None:
    """09:00 in Beijing is 01:00 UTC: the same moment, however it is written."""
    for arguments in (("list",), ("report",), ("check", "--dry-run")):
        here = kept(*arguments, "--as-of", AS_OF, "--format", "json")
        there = kept(*arguments, "--as-of", "2026-03-06T01:00:00Z", "--format", "json")
        bare = kept(*arguments, "--as-of", "2026-03-06T09:00:00", "--format", "json")
        assert here.json["as_of"] == AS_OF
        assert here.out == there.out == bare.out


def test_a_report_in_another_zone_tells_its_moment_in_that_zone(kept: Run) -> None:
    text = kept("report", "--zone", "Europe/London", "--as-of", AS_OF).text
    assert "2026-03-06 01:00:00, Europe/London" in text
