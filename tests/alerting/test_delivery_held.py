"""Quiet hours and messages of the day, from a check to the people, and what a crash changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from clearance.alerting import outbox
from tests.alerting.test_delivery import (
    KILLED,
    LATER,
    MUCH_LATER,
    STEPS,
    Office,
    impatient,
    office,
)
from tests.conftest import AS_OF, INSPECTED, at, laid
from tests.receivers import Answer

pytestmark = pytest.mark.slow
__all__ = ["office"]

TOMORROW = "2026-03-07T09:15:00+08:00"
HELD = {
    "quiet hours": 'quiet = "20:00-09:10"\nquiet_critical = true\n',
    "a message of the day": 'digest = "09:10"\n',
}
INSIDE = {**STEPS, "before it is committed": "evaluation.records.checked_record"}


def waiting(office: Callable[..., Office], how: str, **servers: Any) -> Office:
    """An office whose chats all wait in the same way."""
    desk = office(**servers)
    tables = desk._table
    desk._table = lambda name: tables(name) + HELD[how]  # type: ignore[method-assign]
    return desk


@pytest.mark.parametrize("how", HELD)
def test_what_waits_comes_as_one_message_that_holds_all(how: str, office: Any) -> None:
    desk = waiting(office, how, webhook=Answer())
    ran = desk("--format", "json")
    assert (ran.code, ran.json["deliveries"]) == (0, [])
    assert desk.got("webhook") == []
    assert len(ran.json["new"]) == 3
    ran = desk("--format", "json", as_of=LATER)
    assert ran.json["new"] == []
    events = desk.got("webhook")
    told = [alert["id"] for event in events for alert in event["data"]["new"]]
    assert len(told) == len(set(told)) == 3
    assert len(events) == (2 if how == "quiet hours" else 1)
    desk(as_of=MUCH_LATER)
    assert len(desk.got("webhook")) == len(events)


def test_a_message_of_the_day_tells_what_stands_again_and_what_is_over(
    office: Any, tmp_path: Any
) -> None:
    desk = waiting(office, "a message of the day", webhook=Answer())
    desk()
    desk(as_of=LATER)
    released = INSPECTED.told("P", at("06 10:00"))
    desk.call("ingest", laid([released], tmp_path / "more"))
    desk(as_of="2026-03-06T11:00:00+08:00")
    desk(as_of=TOMORROW)
    first, second = (event["data"] for event in desk.got("webhook"))
    assert len(first["new"]) == 3
    assert [one["rule"] for one in second["resolved"]] == ["inspection_ordered"]
    again = {one["id"] for one in second["repeated"]}
    assert again == {one["id"] for one in first["new"]} - {one["id"] for one in second["resolved"]}


def test_what_waits_for_a_message_of_the_day_is_told_though_that_is_taken_out(office: Any) -> None:
    desk = waiting(office, "a message of the day", webhook=Answer())
    desk()
    del desk._table
    desk.extra = "repeat = false\n"
    desk(as_of=LATER)
    (event,) = desk.got("webhook")
    assert len(event["data"]["new"]) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("how", HELD)
@pytest.mark.parametrize("step", INSIDE)
@pytest.mark.parametrize("killed", [AS_OF, LATER])
def test_a_check_killed_at_any_step_tells_what_waited_and_nothing_under_two_ids(
    killed: str, step: str, how: str, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    desk = waiting(office, how, webhook_a=Answer(), webhook_b=[Answer(status=500), Answer()])
    if killed == LATER:
        desk()
    script = KILLED.format(step=INSIDE[step])
    subprocess.run(
        [sys.executable, "-c", script, "check", *desk.options(killed)],
        env={**desk.environment, **desk.addresses},
        cwd=desk.folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if killed == AS_OF:
        desk()
    desk(as_of=LATER)
    desk(as_of=MUCH_LATER)
    kept = {one.id for one in desk.deliveries()}
    for name in desk.servers:
        events = {event["id"]: event for event in desk.got(name)}
        assert set(events) <= kept
        told = [a["id"] for event in events.values() for a in event["data"]["new"]]
        assert len(told) == len(set(told)) == 3
    states = {one.state for one in desk.deliveries() if one.kind is not outbox.Kind.DIGEST}
    assert states <= {outbox.State.ACCEPTED}


def test_what_is_held_is_not_told_as_failing_and_the_check_is_well(office: Any) -> None:
    desk = waiting(office, "quiet hours", webhook=Answer())
    assert desk().code == 0
    for minute in (1, 5, 9):
        ran = desk("--format", "json", as_of=f"2026-03-06T09:0{minute}:00+08:00")
        assert (ran.code, ran.json["deliveries"], ran.json["new"]) == (0, [], [])
