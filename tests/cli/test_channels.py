"""Where alerts go: which channels there are, whether one works, and which an alert reaches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.channels.support import GOOD
from tests.conftest import AS_OF, Run
from tests.receivers import Answer, receiver

SETTINGS = """
[channels.all]
kind = "console"
severities = ["info", "warning", "critical"]
[channels.worst]
kind = "console"
severities = ["critical"]
[channels.robot]
kind = "wecom"
url = "env:ROBOT"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Settings with three channels."""
    file = tmp_path / "s.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def test_the_channels_are_listed_with_what_they_are_told_of(kept: Run, file: Path) -> None:
    found = kept("channels", "list", "--config", file, "--format", "json").json["channels"]
    assert [one["name"] for one in found] == ["all", "worst", "robot"]
    assert found[2] == {
        "name": "robot", "kind": "wecom", "severities": ["warning", "critical"], "lang": "en",
        "waiting": 0,
    }  # fmt: skip


def test_what_waits_for_a_channel_is_counted(kept: Run, file: Path) -> None:
    kept("check", "--as-of", AS_OF, "--config", file)
    found = kept("channels", "list", "--config", file, "--format", "json").json["channels"]
    assert {one["name"]: one["waiting"] for one in found} == {"all": 0, "worst": 0, "robot": 1}


def test_there_need_be_no_store_and_no_channel(call: Run) -> None:
    assert call("channels", "list", "--format", "json").json["channels"] == []


def test_a_test_says_that_it_is_one(call: Run, file: Path) -> None:
    refused = Answer(json.dumps({"errcode": 93000, "errmsg": "invalid"}).encode())
    with receiver(GOOD["wecom"], refused) as robot:
        test = ("channels", "test", "robot", "--config", file, "--format", "json")
        ran = call(*test, env={"ROBOT": robot.url})
        assert (ran.code, ran.json["result"], ran.json["detail"]) == (0, "accepted", None)
        assert "test" in robot.requests[0].json["markdown"]["content"]
        ran = call(*test, env={"ROBOT": robot.url})
        assert (ran.code, ran.json["result"]) == (1, "refused")
        assert "93000" in ran.json["detail"]


def test_a_channel_that_there_is_not_is_wrong_use(call: Run, file: Path) -> None:
    ran = call("channels", "test", "robto", "--config", file)
    assert ran.code == 2
    assert "all, worst, robot" in ran.talk
    assert call("channels", "test", "robot").code == 2


def test_an_alert_reaches_the_channels_that_are_told_of_its_severity(kept: Run, file: Path) -> None:
    common = ("--config", file, "--as-of", AS_OF, "--format", "json")
    (alert, *_) = kept("check", *common).json["new"]
    assert alert["severity"] == "warning"
    found = kept("channels", "route", alert["id"][:6], *common).json
    assert (found["alert"], found["rule"]) == (alert["id"], alert["rule"])
    reached = {one["channel"]: one["reached"] for one in found["channels"]}
    assert reached == {"all": True, "worst": False, "robot": True}
    why = {one["channel"]: one["why"] for one in found["channels"]}
    assert "critical, and the alert is warning" in why["worst"]
    kept("alerts", "ack", alert["id"], "--until", "2d", *common)
    found = kept("channels", "route", alert["id"], *common).json
    assert not any(one["reached"] for one in found["channels"])
    assert "acknowledged" in found["channels"][0]["why"]


def test_a_silenced_alert_reaches_nobody(kept: Run, file: Path) -> None:
    common = ("--config", file, "--as-of", AS_OF, "--format", "json")
    (alert, *_) = kept("check", *common).json["new"]
    kept(
        "alerts", "silence", "--match", f"id={alert['id']}", "--until", "2d", "--note", "x", *common
    )
    found = kept("channels", "route", alert["id"], *common).json["channels"]
    assert {one["why"] for one in found if one["channel"] != "worst"} == {"the alert is silenced"}


def test_an_alert_that_there_is_not_is_exit_1(kept: Run) -> None:
    assert kept("channels", "route", "abcd1234").code == 1
