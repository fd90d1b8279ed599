"""``clearance alerts``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import AS_OF, INSPECTED, Case, Run, at, laid


def found(ran: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = ran.json["alerts"]
    return told


def ids_of(told: Iterable[dict[str, Any]], name: str) -> list[str]:
    return [str(alert["id"]) for alert in told if alert["rule"] == name]


@pytest.fixture
def checked(kept: Run) -> Run:
    """The stories, checked."""
    assert kept("check", "--as-of", AS_OF).code == 0
    return kept


LATER = "2026-03-06T10:00:00+08:00"
NEXT_DAY = "2026-03-07T10:00:00+08:00"


def test_an_alert_is_shown_with_its_history_by_the_beginning_of_its_id(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    shown = checked("alerts", "show", id[:6], "--format", "json").json["alert"]
    assert [turn["state"] for turn in shown["history"]] == ["firing"]
    assert shown["command"] == f"clearance explain {INSPECTED.entry}"
    text = checked("alerts", "show", id).text
    assert "查验通知" in text
    assert shown["next_step"] in text
    assert checked("alerts", "show", "ffff").code == 1


def test_an_acknowledged_alert_is_neither_repeated_nor_a_finding_for_exit_6(checked: Run) -> None:
    for id in [a["id"] for a in found(checked("alerts", "list", "--format", "json"))]:
        ran = checked("alerts", "ack", id, "--until", "3d", "--as-of", LATER, "--format", "json")
        assert ran.json["alert"]["state"] == "acknowledged"
    fail = ("check", "--fail-on", "warning", "--as-of", NEXT_DAY)
    assert (checked(*fail).code, checked(*fail).out) == (0, b"")
    after = ("check", "--fail-on", "warning", "--as-of", "2026-03-09T12:00:00+08:00")
    ran = checked(*after, "--format", "json")
    assert ran.code == 6
    assert {"inspection_ordered", "unknown_code"} <= {a["rule"] for a in ran.json["repeated"]}


def test_a_silence_is_kept_listed_and_ended(checked: Run, tmp_path: Path) -> None:
    silence = ("alerts", "silence", "--match", "office=3104", "--until", "8h", "--as-of", LATER)
    (kept,) = checked(*silence, "--format", "json").json["silences"]
    assert kept["until"] == "2026-03-06T18:00:00+08:00"
    assert checked("alerts", "silences", "--as-of", LATER).text.count(kept["id"]) == 1
    assert checked("alerts", "silences", "--as-of", NEXT_DAY).out == b""
    other = Case(77, "export", "3104")
    laid([*other.sent(at("06 10:05")), other.told("C", at("06 10:10"))], tmp_path / "more")
    checked("ingest", tmp_path / "more")
    assert checked("check", "--as-of", "2026-03-06T10:30:00+08:00").out == b""
    moment = "2026-03-06T10:45:00+08:00"
    checked("alerts", "end", kept["id"], "--as-of", moment)
    ran = checked("check", "--as-of", "2026-03-06T11:00:00+08:00", "--format", "json")
    assert [a["declaration"] for a in ran.json["new"]] == [other.entry]


def test_an_acknowledgement_is_ended_before_its_time(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    checked("alerts", "ack", id, "--until", "5d", "--as-of", LATER)
    checked("alerts", "end", id, "--as-of", NEXT_DAY)
    ran = checked("check", "--as-of", NEXT_DAY, "--format", "json")
    assert ids_of(ran.json["repeated"], "inspection_ordered") == [id]
    history = checked("alerts", "history", "--format", "json").json["history"]
    assert [t["state"] for t in history if t["id"] == id] == [
        "firing", "acknowledged", "acknowledged", "firing",
    ]  # fmt: skip
    none = checked("alerts", "history", "--since", "2026-04-01", "--format", "json")
    assert none.json["history"] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ack", "ID"), "--until"),
        (("ack", "ID", "--until", "2026-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "2036-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "soon"), "--until"),
        (("silence", "--match", "office=1"), "--until"),
        (("silence", "--until", "8h"), "--match"),
        (("silence", "--match", "weather=bad", "--until", "8h"), "--match"),
        (("silence", "--match", "office", "--until", "8h"), "--match"),
        (("end", "ID"), "not acknowledged"),
    ],
)
def test_an_acknowledgement_or_a_silence_must_say_what_and_until_when(
    checked: Run, arguments: Sequence[str], named: str
) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    words = [id if word == "ID" else word for word in arguments]
    ran = checked("alerts", *words, "--as-of", LATER)
    assert ran.code == 2
    assert named in ran.talk
