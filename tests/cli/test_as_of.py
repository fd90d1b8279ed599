"""``--as-of``: everything as it was known at a moment."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from clearance.cli import main
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Case, Run, at, laid

BEFORE = "2026-01-01T09:00"
"""A moment before anything was known."""


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


@pytest.mark.parametrize(
    "asked", [("list",), ("alerts", "list"), ("status", INSPECTED.own)], ids=" ".join
)
def test_a_check_after_the_moment_is_as_if_not_made(kept: Run, asked: tuple[str, ...]) -> None:
    """What nobody had looked at was not found to be well; by now also a wrong clock's look is."""
    kept("check", "--as-of", AS_OF)
    before = kept(*asked, "--as-of", "2026-03-05T23:00", "--format", "json")
    assert before.json["checked_at"] is None
    kept("check", "--as-of", "2126-03-06T10:00:00+08:00")
    now = kept(*asked, "--format", "json")
    assert now.json["checked_at"] == "2126-03-06T10:00:00+08:00"


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


@pytest.mark.parametrize(
    "line",
    [
        ("status", INSPECTED.own),
        ("status", INSPECTED.own, "--shipment"),
        ("explain", INSPECTED.own),
        ("form", INSPECTED.own),
        ("note", INSPECTED.own, "called"),
        ("close", INSPECTED.own, "--why", "given up"),
        ("plan", "show", INSPECTED.own),
        ("alerts", "ack", INSPECTED.own),
    ],
    ids=" ".join,
)
def test_what_was_not_found_says_as_of_when(kept: Run, line: tuple[str, ...]) -> None:
    """The store knows it now: a reader must not take it for a wrong number."""
    ran = kept(*line, "--as-of", BEFORE)
    assert (ran.code, ran.out) == (1, b"")
    assert ran.talk.startswith("clearance: as of 2026-01-01 09:00:00: no ")
    talk = kept(*line, "--as-of", BEFORE, "--lang", "zh").talk
    assert talk.startswith("clearance: 截至 2026-01-01 09:00:00：")


def test_of_several_numbers_each_that_was_not_known_says_as_of_when(kept: Run) -> None:
    noon = "2026-03-04T12:00:00+08:00"
    ran = kept("status", UNKNOWN.own, INSPECTED.own, "TEST-46", "--as-of", noon)
    assert ran.code == 1
    assert INSPECTED.entry in ran.text
    first, second = ran.talk.splitlines()
    told = "clearance: as of 2026-03-04 12:00:00: no declaration is known by"
    assert first.startswith(f"{told} '{UNKNOWN.own}'")
    assert second.startswith(f"{told} 'TEST-46'")
    assert "as of" not in kept("status", "TEST-46").talk


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(*line: str) -> str:
    """What a command says at a terminal on standard error."""
    with redirect_stdout(io.StringIO()), redirect_stderr(_Terminal()) as told:
        assert main(list(line)) == 0
    return told.getvalue()


@pytest.mark.parametrize(
    ("line", "en", "zh"),
    [
        ("list", "nothing is open", "没有未结关的报关单"),
        ("list --all", "no declarations to list", "没有符合条件的报关单"),
        ("alerts list", "not checked yet: run clearance check", "尚未检查"),
        ("alerts silences", "nothing is silenced", "没有静默设置"),
        ("alerts history", "no alerts", "没有预警"),
        ("plan list", "no plans", "没有计划信息"),
        ("form --all --output forms", "0 forms", "forms 中有 0 份报关单"),
    ],
)
def test_an_empty_answer_says_as_of_when(kept: Run, line: str, en: str, zh: str) -> None:
    kept("check", "--as-of", AS_OF)
    words = [*line.split(), "--as-of", BEFORE]
    assert at_a_terminal(*words).startswith(f"as of 2026-01-01 09:00:00: {en}")
    assert at_a_terminal(*words, "--lang", "zh").startswith(f"截至 2026-01-01 09:00:00：{zh}")


def test_an_empty_answer_of_now_speaks_of_no_moment(call: Run, inbox: Path) -> None:
    call("ingest", inbox)
    assert at_a_terminal("plan", "list").startswith("no plans")


def test_an_alert_that_fired_after_the_moment_is_not_known_then(kept: Run) -> None:
    id = kept("check", "--as-of", AS_OF, "--format", "json").json["new"][0]["id"]
    assert kept("alerts", "show", id, "--as-of", AS_OF).code == 0
    ran = kept("alerts", "show", id, "--as-of", BEFORE)
    assert (ran.code, ran.out) == (1, b"")
    assert ran.talk.startswith("clearance: as of 2026-01-01 09:00:00: no alert has an id")
