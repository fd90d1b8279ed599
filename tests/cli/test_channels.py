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
        "name": "robot", "kind": "wecom", "severities": ["warning", "critical"], "alerts": True,
        "lang": "en",
        "match": {}, "repeat": None, "resolved": True, "quiet": None, "quiet_critical": False,
        "digest": None, "zone": None, "waiting": 0, "held": 0,
    }  # fmt: skip


def test_what_waits_for_a_channel_is_counted(kept: Run, file: Path) -> None:
    kept("check", "--as-of", AS_OF, "--config", file)
    found = kept("channels", "list", "--config", file, "--format", "json").json["channels"]
    assert {one["name"]: one["waiting"] for one in found} == {"all": 0, "worst": 0, "robot": 1}


@pytest.mark.parametrize(("lang", "gone"), [("en", "not set any more"), ("zh", "已不在设置中")])
def test_what_waits_for_a_channel_that_is_not_set_any_more_is_counted(
    kept: Run, file: Path, lang: str, gone: str
) -> None:
    kept("check", "--as-of", AS_OF, "--config", file)
    file.write_text("[channels.all]\nkind = 'lark'\nurl = 'env:ROBOT'\n", encoding="utf-8")
    listed = ("channels", "list", "--config", file, "--lang", lang)
    found = kept(*listed, "--format", "json").json["channels"]
    assert [(one["name"], one["kind"], one["waiting"]) for one in found] == [
        ("all", "lark", 0),
        ("robot", None, 1),
    ]
    assert gone in kept(*listed).text
    assert kept(*listed, "--format", "csv").code == 0


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
        error = ran.json["error"]
        assert error["kind"] == "not_accepted"
        assert "channel robot has not taken the message: errcode 93000" in error["message"]
        assert ran.talk == f"{error['message']}\n"


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


ROUTED = """
[channels.night]
kind = "console"
quiet = "20:00-08:00, 08:30-09:30"
[channels.daily]
kind = "console"
digest = "08:30"
[channels.elsewhere]
kind = "console"
match = { office = ["5304", "31*"] }
[channels.here]
kind = "console"
repeat = false
resolved = false
zone = "Europe/Berlin"
match = { office = "22*", direction = "进口", rule = ["inspection_ordered", "退单"] }
"""


@pytest.fixture
def routed(tmp_path: Path) -> Path:
    """Settings with channels that take some alerts, at some times."""
    file = tmp_path / "r.toml"
    file.write_text(ROUTED, encoding="utf-8")
    return file


def test_a_list_shows_what_each_channel_takes_and_when(kept: Run, routed: Path) -> None:
    kept("check", "--as-of", AS_OF, "--config", routed)
    ran = kept("channels", "list", "--config", routed, "--format", "json")
    found = {one["name"]: one for one in ran.json["channels"]}
    assert found["here"]["match"] == {
        "rule": ["inspection_ordered", "退单"], "office": ["22*"], "direction": ["进口"],
    }  # fmt: skip
    assert (found["here"]["repeat"], found["here"]["zone"]) == (False, "Europe/Berlin")
    assert (found["night"]["held"], found["night"]["waiting"]) == (1, 0)
    assert (found["daily"]["digest"], found["daily"]["held"]) == ("08:30", 0)
    text = kept("channels", "list", "--config", routed).text
    assert "quiet 20:00-08:00, 08:30-09:30" in " ".join(text.split())


def test_a_route_says_when_and_why(kept: Run, routed: Path) -> None:
    common = ("--config", routed, "--as-of", AS_OF, "--format", "json")
    new = kept("check", *common).json["new"]
    (alert,) = (one for one in new if one["rule"] == "inspection_ordered")
    ran = kept("channels", "route", alert["id"], *common)
    found = {one["channel"]: one for one in ran.json["channels"]}
    assert {name: one["reached"] for name, one in found.items()} == {
        "night": True, "daily": True, "elsewhere": False, "here": True,
    }  # fmt: skip
    assert found["night"]["when"] == "2026-03-06T09:30:00+08:00"
    assert found["daily"]["when"] == "2026-03-07T08:30:00+08:00"
    assert found["here"]["when"] is None
    why = found["elsewhere"]["why"]
    assert why == "it takes only office 5304, 31*, and the alert has 2248"


def test_an_acknowledged_alert_reaches_nobody_but_who_has_one_message_a_day(
    kept: Run, routed: Path
) -> None:
    common = ("--config", routed, "--as-of", AS_OF, "--format", "json")
    new = kept("check", *common).json["new"]
    kept("alerts", "ack", new[0]["id"], "--until", "2d", *common)
    found = kept("channels", "route", new[0]["id"], *common).json["channels"]
    assert [one["channel"] for one in found if one["reached"]] == ["daily"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('match = { rule = ["stuk"] }', "channels.x.match.rule: there is no stuk; there are "),
        ('match = { direction = "up" }', "channels.x.match.direction: there is no up; there are "),
        ('match = { system = ["mars"] }', "channels.x.match.system: there is no mars; there are "),
        ('match = { ofice = "2248" }', "channels.x.match.ofice is not a setting that is known"),
        ("match = { office = [] }", "channels.x.match.office: is empty: leave it out"),
        ('match = { trader = ["a", " "] }', "channels.x.match.trader: is empty: leave it out"),
        ("match = { office = 2248 }", "channels.x.match.office: Expected"),
        ('quiet = "20-8"', "channels.x.quiet: '20-8' is not a span of the day such as 00:00-05:00"),
        ('quiet = "08:00-08:00"', "channels.x.quiet: '08:00-08:00': leaves no time of the day"),
        ('digest = "8:30"', "channels.x.digest: '8:30' is not a time of day such as 08:30"),
        ('repeat = "often"', "channels.x.repeat: 'often' is neither a span such as 4h nor false"),
        ("repeat = true", "channels.x.repeat: True is neither a span such as 4h nor false"),
        ('zone = "Mars"', "channels.x.zone Mars: not a time zone such as Asia/Shanghai"),
        ('mention = ["@all"]', "channels.x.mention: '@all' is not such as ZhangSan"),
    ],
)
def test_what_a_channel_cannot_take_is_told_with_the_full_path_of_its_key(
    call: Run, tmp_path: Path, written: str, said: str
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(f'[channels.x]\nkind = "wecom"\nurl = "env:X"\n{written}\n', "utf-8")
    ran = call("config", "check", file)
    assert ran.code == 2
    assert f"{file}: {said}" in ran.talk
    assert ran.talk.count("\n") == 1


def test_a_test_calls_those_whom_messages_call(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(
        '[channels.robot]\nkind = "dingtalk"\nurl = "env:ROBOT"\nmention = ["13800000000"]\n',
        encoding="utf-8",
    )
    with receiver(GOOD["dingtalk"]) as robot:
        ran = call("channels", "test", "robot", "--config", file, env={"ROBOT": robot.url})
        assert ran.code == 0
        sent = robot.requests[0].json
    assert sent["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}
    assert sent["markdown"]["text"].endswith("@13800000000")


CUSTOMERS = """
[customers.acme]
name = "Acme 贸易"
reference = "TEST-2*"
[customers.other]
name = "Other"
[channels.acme]
kind = "console"
match = { customer = "acme" }
[channels.other]
kind = "console"
match = { customer = "OTHER" }
"""


def test_a_channel_for_a_customer_hears_of_what_is_that_customers(
    kept: Run, tmp_path: Path
) -> None:
    """By its own references, and by what a plan says, which goes before them."""
    file = tmp_path / "c.toml"
    file.write_text(CUSTOMERS, encoding="utf-8")
    common = ("--config", file, "--as-of", AS_OF, "--format", "json")

    def reached() -> list[str]:
        new = kept("alerts", "list", *common).json["alerts"]
        (one,) = (alert for alert in new if alert["rule"] == "inspection_ordered")
        found = kept("channels", "route", one["id"], *common).json["channels"]
        return [row["channel"] for row in found if row["reached"]]

    kept("check", *common)
    assert reached() == ["acme"]
    kept("plan", "set", "TEST-22", "--customer", "Other", "--as-of", AS_OF)
    kept("check", *common)
    assert reached() == ["other"]


def test_a_customer_that_is_not_set_is_an_error(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CUSTOMERS.replace('"OTHER"', '"nobody"'), encoding="utf-8")
    ran = call("config", "check", file)
    assert ran.code == 2
    assert "channels.other.match.customer: there is no nobody; there are acme, other" in ran.talk


USELESS = [
    ({"ALL_PROXY": "socks5://desk:hunter2@127.0.0.1:1"}, "ALL_PROXY"),
    ({"HTTPS_PROXY": "ftp://desk:hunter2@127.0.0.1:1"}, "HTTPS_PROXY"),
    ({"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE"),
]


@pytest.mark.parametrize(("env", "named"), USELESS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_environment_says_of_proxies_and_certificates_may_be_useless(
    kept: Run, tmp_path: Path, env: dict[str, str], named: str, lang: str
) -> None:
    """It was a traceback, with the address of what was sent to."""
    file = tmp_path / "s.toml"
    url = 'url = "env:URL"'
    channel, source = f'kind = "wecom"\n{url}', f'kind = "http"\n{url}'
    file.write_text(
        f"[channels.robot]\n{channel}\n[sources.port]\n{source}\n[heartbeat]\n{url}\n",
        encoding="utf-8",
    )
    given = {"URL": "https://127.0.0.1:9/hunter2", **env}
    for command in (("channels", "test", "robot"), ("pull",), ("check", "--as-of", AS_OF)):
        ran = kept(*command, "--config", file, "--lang", lang, env=given)
        assert (ran.code, ran.talk.count("\n")) in ((2, 1), (3, 1))
        assert named in ran.talk
        assert "hunter2" not in ran.text + ran.talk
        assert lang == "en" or "无法" in ran.talk
    ran = kept("doctor", "--send-test", "--config", file, "--lang", lang, env=given)
    assert named in ran.text
    assert "hunter2" not in ran.text + ran.talk
