"""From a check to the people: what each channel gets, when, how often, and what a crash changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clearance.alerting import delivery, outbox
from clearance.alerting.rules import Context
from clearance.channels import Accepted, Notification, Result, Terms, _http
from clearance.customs.cn_single_window.demo import File
from clearance.model import Severity
from clearance.render.notifications import notification
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.conftest import AS_OF, INSPECTED, Case, Ran, Run, at, laid, stories
from tests.loading import HEAVY, RAN, loaded
from tests.receivers import Answer, Receiver, told

pytestmark = pytest.mark.slow

TOKEN = "TOKEN0123456789"
OK = told({"errcode": 0, "code": 0})
LATER = "2026-03-06T09:15:00+08:00"
MUCH_LATER = "2026-03-06T09:30:00+08:00"


@dataclass
class Office:
    """A store, settings, and receivers that stand for chats."""

    folder: Path
    call: Run
    environment: Mapping[str, str]
    servers: dict[str, Receiver] = field(default_factory=dict)
    extra: str = ""

    def __call__(self, *arguments: str, as_of: str = AS_OF) -> Ran:
        """Runs a check in this interpreter."""
        return self.call("check", *self.options(as_of), *arguments, env=self.addresses)

    def options(self, as_of: str = AS_OF) -> list[str]:
        """What a check is run with; the settings are written anew."""
        settings = self.folder / "settings.toml"
        settings.write_text("".join(map(self._table, self.servers)) + self.extra, "utf-8")
        return ["--config", str(settings), "--as-of", as_of]

    @property
    def addresses(self) -> dict[str, str]:
        """Variables with the address of each chat."""
        return {
            f"URL_{name.upper()}": f"{server.url}/{TOKEN}" for name, server in self.servers.items()
        }

    def _table(self, name: str) -> str:
        kind = name.partition("_")[0]
        return f'[channels.{name}]\nkind = "{kind}"\nurl = "env:URL_{name.upper()}"\n'

    def got(self, name: str) -> list[dict[str, Any]]:
        """What a webhook received."""
        return [request.json for request in self.servers[name].requests]

    def deliveries(self) -> list[outbox.Delivery]:
        """Every delivery in the store."""
        with open_store(self.folder / "home" / "clearance.db") as store:
            return list(map(outbox.to_delivery, store.records(outbox.DELIVERY)))


def returned() -> list[File]:
    """One more story: an import that was returned this morning."""
    case = Case(61)
    return [*case.sent(at("06 08:00")), case.told("E", at("06 08:30"), numbered=False)]


@pytest.fixture
def office(
    kept: Run, tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Office]]:
    """Makes an office with a chat for each name, which begins with its kind."""
    monkeypatch.setattr(delivery, "BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(delivery, "JITTER_SECONDS", 0.0)
    assert kept("ingest", laid(returned(), tmp_path / "returned")).code == 0
    with ExitStack() as stack:

        def make(**answers: list[Answer] | Answer) -> Office:
            office = Office(tmp_path, kept, environment)
            for name, some in answers.items():
                server = Receiver(*(some if isinstance(some, list) else [some]))
                stack.callback(server.close)
                office.servers[name] = server
            return office

        yield make


def results(ran: Ran) -> dict[str, list[str]]:
    """The results of the deliveries by channel."""
    found: dict[str, list[str]] = {}
    for one in ran.json["deliveries"]:
        assert set(one) == {"channel", "alerts", "result", "detail"}
        found.setdefault(one["channel"], []).append(one["result"])
    return found


# A run


def test_each_channel_is_told_once_in_one_message_for_each_severity(office: Any) -> None:
    """The returned one is critical; the inspection and the unknown code are warnings."""
    desk = office(webhook=Answer(), wecom=OK)
    ran = desk("--format", "json")
    assert ran.code == 0
    assert results(ran) == {"webhook": ["accepted"] * 2, "wecom": ["accepted"] * 2}
    severities = [event["data"]["severity"] for event in desk.got("webhook")]
    assert severities == ["critical", "warning"]
    sent = {a["id"] for event in desk.got("webhook") for a in event["data"]["new"]}
    assert sent == {alert["id"] for alert in ran.json["new"]}
    assert len(desk.servers["wecom"].requests) == len(severities)
    again = desk(as_of=LATER)
    assert (again.code, again.out, again.err) == (0, b"", b"")
    assert len(desk.servers["webhook"].requests) == len(severities)


def test_a_message_says_what_since_when_why_whom_to_call_and_what_to_do(office: Any) -> None:
    desk = office(wecom=OK)
    desk.extra = '[contacts]\n"2248" = "关区窗口 +86 21 5555 0100"\n"5304" = "Shekou desk"\n'
    desk()
    texts = [r.json["markdown"]["content"] for r in desk.servers["wecom"].requests]
    (text,) = [text for text in texts if "查验通知" in text]
    assert f"**{INSPECTED.own} ({INSPECTED.entry}): inspection ordered" in text
    assert "> import · 2248 Yangshan Customs · inspection" in text
    assert "查验通知;请携带［/单证］到场" in text
    assert "since 2026-03-05 10:00 (23 h 00 min)" in text
    assert "rule inspection ordered" in text
    assert "next: arrange the inspection" in text
    assert "call: 关区窗口 +86 21 5555 0100" in text
    assert f"more: clearance explain {INSPECTED.entry}" in text
    assert "call: Shekou desk" in text


def test_a_message_is_in_the_language_of_its_channel(office: Any) -> None:
    desk = office(wecom_zh=OK, feishu=OK)
    desk.options()
    settings = desk.folder / "settings.toml"
    written = settings.read_text("utf-8").replace('"wecom"\n', '"wecom"\nlang = "zh"\n')
    settings.write_text(written, "utf-8")
    desk.call("check", "--config", settings, "--as-of", AS_OF, env=desk.addresses)
    chinese = desk.servers["wecom_zh"].requests[0].json["markdown"]["content"]
    english = json.dumps(desk.servers["feishu"].requests[0].json)
    assert "起始时间" in chinese
    assert "since" in english
    assert "起始时间" not in english


def test_a_channel_hears_only_of_the_severities_it_wants(office: Any) -> None:
    desk = office(webhook=Answer())
    desk.options()
    settings = desk.folder / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + 'severities = ["critical"]\n', "utf-8")
    ran = desk.call(
        "check", "--config", settings, "--as-of", AS_OF, "--format", "json", env=desk.addresses
    )
    told = [alert for event in desk.got("webhook") for alert in event["data"]["new"]]
    assert {alert["severity"] for alert in told} == {"critical"}
    assert len(ran.json["new"]) > len(told)


def test_a_resolution_is_told_where_the_alert_was(office: Any, tmp_path: Path) -> None:
    desk = office(webhook_a=Answer(), webhook_b=[Answer(status=400)])
    desk()
    released = INSPECTED.told("P", at("06 09:10"))
    desk.call("ingest", laid([released], tmp_path / "more"))
    desk(as_of=MUCH_LATER)
    over = [a for event in desk.got("webhook_a") for a in event["data"]["resolved"]]
    assert [alert["rule"] for alert in over] == ["inspection_ordered"]


def test_a_dry_run_says_what_would_be_sent_and_does_nothing(office: Any) -> None:
    desk = office(webhook=Answer())
    ran = desk("--dry-run", "--format", "json")
    assert ran.code == 0
    assert {one["result"] for one in ran.json["deliveries"]} == {None}
    assert desk.servers["webhook"].requests == []
    assert desk.deliveries() == []
    assert "would be sent" in desk("--dry-run").text
    assert len(desk("--format", "json").json["new"]) == len(ran.json["new"])


def test_without_channels_a_check_files_and_locks_nothing(office: Any) -> None:
    desk = office()
    assert desk("--format", "json").json["deliveries"] == []
    assert desk.deliveries() == []


def test_a_check_with_nothing_to_deliver_loads_nothing_to_deliver_with(
    office: Any, environment: Mapping[str, str]
) -> None:
    desk = office(webhook=Answer(), wecom=OK)
    desk()
    env = {**environment, **desk.addresses}
    arguments = ("check", *desk.options(), "--format", "json")
    assert loaded(RAN, *arguments, env=env) & (HEAVY | {"tenacity"}) == set()


# Answers that are not good


def test_a_failure_is_tried_again_within_the_run_under_the_same_id(office: Any) -> None:
    desk = office(webhook=[Answer(status=500), Answer(status=503), Answer(how="reset"), Answer()])
    ran = desk("--format", "json")
    assert ran.code == 0
    assert set(results(ran)["webhook"]) == {"accepted"}
    ids = [request.headers["webhook-id"] for request in desk.servers["webhook"].requests[:4]]
    assert len(set(ids)) == 1
    assert desk.deliveries()[0].tries == 4


def test_a_channel_that_is_down_is_tried_four_times_and_then_in_the_next_run(office: Any) -> None:
    desk = office(webhook=Answer(status=500))
    ran = desk("--format", "json")
    assert ran.code == 3
    assert set(results(ran)["webhook"]) == {"retry"}
    assert len(desk.servers["webhook"].requests) == 1 + delivery.RETRIES
    desk.servers["webhook"].answers = [Answer()]
    ran = desk("--format", "json", as_of=LATER)
    assert (ran.code, set(results(ran)["webhook"])) == (0, {"accepted"})
    requests = desk.servers["webhook"].requests
    assert requests[0].headers["webhook-id"] == requests[4].headers["webhook-id"]


def test_a_short_wait_is_waited_for_and_a_long_one_left_to_a_later_run(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    limited = [Answer(status=429, headers={"retry-after": s}) for s in ("7", "600")]
    desk = office(webhook=[*limited, Answer()])
    ran = desk("--format", "json")
    assert slept == [7.0]
    assert ran.code == 3
    assert set(results(ran)["webhook"]) == {"retry"}
    assert len(desk.servers["webhook"].requests) == 2
    again = desk("--format", "json", as_of=LATER)
    assert (again.code, set(results(again)["webhook"])) == (3, {"retry"})
    assert len(desk.servers["webhook"].requests) == 2


def test_a_rate_limit_under_two_hundred_is_left_to_a_later_run(office: Any) -> None:
    desk = office(dingtalk=told({"errcode": 130101, "errmsg": "send too fast"}))
    assert desk().code == 3
    assert len(desk.servers["dingtalk"].requests) == 1


def test_a_refusal_is_not_tried_again_in_the_run_but_in_every_later_one(office: Any) -> None:
    desk = office(dingtalk=told({"errcode": 310000, "errmsg": "sign not match"}))
    ran = desk("--format", "json")
    count = len(ran.json["deliveries"])
    assert ran.code == 3
    assert set(results(ran)["dingtalk"]) == {"refused"}
    assert "310000" in ran.json["deliveries"][0]["detail"]
    assert len(desk.servers["dingtalk"].requests) == count
    desk(as_of=LATER)
    assert len(desk.servers["dingtalk"].requests) == 2 * count
    desk.servers["dingtalk"].answers = [OK]
    assert desk(as_of=LATER).code == 0
    assert {one.state for one in desk.deliveries()} == {outbox.State.ACCEPTED}


def test_a_missing_secret_is_a_refusal_that_names_the_setting(office: Any) -> None:
    desk = office(webhook=Answer())
    ran = desk.call("check", *desk.options(), "--format", "json")
    assert ran.code == 3
    assert ran.json["deliveries"][0]["detail"] == "env:URL_WEBHOOK: the variable is not set"


def test_a_dead_channel_holds_neither_the_others_nor_the_run(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would never answer: what ends is the run, many times later than the other needs."""
    desk = office(webhook_dead=Answer(how="hang"), webhook_well=Answer())
    began = time.monotonic()
    desk("--dry-run")
    monkeypatch.setattr(delivery, "DEADLINE_SECONDS", 1 + 10 * (time.monotonic() - began))
    monkeypatch.setattr(_http, "TIMEOUT", 3600)
    ran = desk("--format", "json")
    assert set(results(ran)["webhook_well"]) == {"accepted"}
    assert set(results(ran)["webhook_dead"]) == {"retry"}
    details = {d["detail"] for d in ran.json["deliveries"] if d["channel"] == "webhook_dead"}
    assert details == {"no answer by the end of the run"}


def test_a_channel_that_takes_all_the_time_of_a_run_is_told_of_by_the_others(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = office(webhook_dead=Answer(how="hang"), webhook_well=Answer())
    monkeypatch.setattr(delivery, "DEADLINE_SECONDS", 1.5)
    monkeypatch.setattr(_http, "TIMEOUT", 3600)
    desk()
    ran = desk("--format", "json", as_of=LATER)
    assert "delivery_failing" in {alert["rule"] for alert in ran.json["new"]}
    assert set(results(ran)["webhook_well"]) == {"accepted"}


def test_partly_done_comes_before_findings(office: Any) -> None:
    desk = office(webhook=Answer(status=400))
    assert desk("--fail-on", "warning").code == 3
    desk.servers["webhook"].answers = [Answer()]
    assert desk("--fail-on", "warning").code == 6


# Channels that fail


def test_a_failing_channel_is_told_of_by_the_others_and_so_is_its_return(office: Any) -> None:
    desk = office(webhook_down=Answer(status=400), webhook_well=Answer())
    assert "delivery_failing" not in desk().text
    ran = desk("--format", "json", as_of=LATER)
    assert ran.code == 3
    (alert,) = ran.json["new"]
    assert (alert["rule"], alert["severity"]) == ("delivery_failing", "critical")
    assert alert["declaration"] is None
    assert alert["numbers"]["channel"] == "webhook_down"
    assert desk.got("webhook_well")[-1]["data"]["new"][0]["id"] == alert["id"]
    assert desk("--format", "json", as_of=MUCH_LATER).json["new"] == []
    desk.servers["webhook_down"].answers = [Answer()]
    ran = desk("--format", "json", as_of=MUCH_LATER)
    assert ran.code == 0
    assert [one["id"] for one in ran.json["resolved"]] == [alert["id"]]
    assert desk.got("webhook_well")[-1]["data"]["resolved"][0]["id"] == alert["id"]
    told = [a["rule"] for e in desk.got("webhook_down") for a in e["data"]["new"]]
    assert "delivery_failing" not in told


def test_a_channel_that_is_gone_for_good_is_not_asked_again_and_told_of_at_once(
    office: Any,
) -> None:
    desk = office(webhook_gone=Answer(status=410), webhook_well=Answer())
    ran = desk("--format", "json")
    assert ran.code == 3
    assert "delivery_failing" in {alert["rule"] for alert in ran.json["new"]}
    count = len(desk.servers["webhook_gone"].requests)
    again = desk("--format", "json", as_of=LATER)
    assert (again.code, again.json["resolved"]) == (0, [])
    assert len(desk.servers["webhook_gone"].requests) == count


def test_the_rule_about_channels_can_be_switched_off(office: Any) -> None:
    desk = office(webhook=Answer(status=410))
    desk.extra = "[rules.delivery_failing]\nenabled = false\n"
    ran = desk("--format", "json")
    assert "delivery_failing" not in {alert["rule"] for alert in ran.json["new"]}


# One run at a time


PATIENT = """
import sys
from clearance.alerting import delivery
from clearance.channels import _http
from clearance.cli import main
delivery.DEADLINE_SECONDS = _http.TIMEOUT = 3600
sys.exit(main())
"""


@pytest.fixture
def delivering(office: Any) -> Iterator[Office]:
    """A check in another process that waits for a channel that does not answer."""
    desk: Office = office(webhook=[Answer(how="hang"), Answer()])
    command = [sys.executable, "-c", PATIENT, "check", *desk.options()]
    env = {**desk.environment, **desk.addresses}
    with subprocess.Popen(command, env=env, cwd=desk.folder, stdout=subprocess.DEVNULL) as first:
        while not desk.servers["webhook"].requests:
            assert first.poll() is None
            time.sleep(0.01)
        yield desk
        desk.servers["webhook"].over.set()
        assert first.wait(60) == 0


def test_a_second_check_leaves_quietly_and_nobody_else_waits(
    delivering: Office, tmp_path: Path
) -> None:
    """While one waits for a channel, for ever here, the store is free, to read and to write."""
    second = delivering(as_of=LATER)
    assert (second.code, second.out, second.err) == (0, b"", b"")
    assert delivering("--format", "json").json["deliveries"] == []
    more = laid([INSPECTED.told("P", at("06 08:00"))], tmp_path / "more")
    assert delivering.call("ingest", more).code == 0
    assert delivering.call("list").code == 0
    assert len(delivering.servers["webhook"].requests) == 1


def test_what_was_taken_from_a_dead_check_goes_on_when_its_lease_ends(
    office: Any, tmp_path: Path
) -> None:
    desk = office(webhook=Answer(status=400))
    desk()
    desk.servers["webhook"].answers = [Answer()]
    for ends, code in ((timedelta(minutes=2), 0), (timedelta(seconds=-1), 0)):
        until = datetime.now(UTC) + ends - outbox.LEASE_TERM
        with open_store(tmp_path / "home" / "clearance.db") as store, store.transaction():
            store.save_records([outbox.lease("dead", until)])
        before = len(desk.servers["webhook"].requests)
        assert desk(as_of=LATER).code == code
        assert (len(desk.servers["webhook"].requests) > before) == (ends < timedelta(0))


class Slow:
    """A channel that runs something while it sends."""

    terms = Terms(severities=tuple(Severity))
    kind, lang = "slow", "en"

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile
        self.sent = 0

    def check(self) -> None:
        """It lacks nothing."""

    def send(self, notice: Notification) -> Result:
        self.sent += 1
        self.meanwhile()
        return Accepted()


@pytest.mark.parametrize("kind", ["tinydb", "postgresql"])
def test_two_machines_on_one_store_do_not_both_deliver(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = tmp_path / "shared.db" if kind == "tinydb" else request.getfixturevalue("database")
    now = datetime.fromisoformat(AS_OF)
    seen: list[bool] = []

    def other() -> None:
        with open_store(url) as second:
            sender = delivery.sender({"ops": Slow(lambda: None)}, datetime.now(UTC))
            result, came = delivery.check(second, Context(now), sender, notification)
            seen.append(result.busy and came == [])

    slow = Slow(other)
    with open_store(url) as store:
        intake.ingest(store, [Item(file.name, file.data) for file in stories()], now)
        sender = delivery.sender({"ops": slow}, datetime.now(UTC))
        _, came = delivery.check(store, Context(now), sender, notification)
        assert seen == [True] * slow.sent
        assert {one.result for one in came} == {"accepted"}
        assert list(store.records(outbox.LEASE)) == []


# Crashes

STEPS = {
    "before it is sent": "delivery._deliver",
    "before it is kept": "delivery._keep",
    "before channels are judged": "evaluation.check_channels",
    "before the lease is released": "delivery._release_lease",
}
KILLED = """
import os, signal, sys
from clearance.alerting import delivery, evaluation
delivery.BACKOFF_SECONDS = delivery.JITTER_SECONDS = 0
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
{step} = die
from clearance.cli import main
sys.exit(main())
"""


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the lease of a dead check."""
    monkeypatch.setattr(outbox, "LEASE_TERM", timedelta(0))
    monkeypatch.setattr(outbox, "CLOCK_SKEW", timedelta(0))


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("step", STEPS)
def test_a_check_killed_at_any_step_tells_everything_under_the_same_ids(
    step: str, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    desk = office(webhook_a=Answer(), webhook_b=[Answer(status=500), Answer()])
    script = KILLED.format(step=STEPS[step])
    done = subprocess.run(
        [sys.executable, "-c", script, "check", *desk.options()],
        env={**desk.environment, **desk.addresses},
        cwd=desk.folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert desk("--format", "json", as_of=LATER).json["new"] == []
    undisturbed = {one.id for one in desk.deliveries()}
    assert {one.state for one in desk.deliveries()} == {outbox.State.ACCEPTED}
    for name in desk.servers:
        events = desk.got(name)
        arrived = {event["id"] for event in events}
        assert arrived <= undisturbed
        alerts = [a["id"] for e in {e["id"]: e for e in events}.values() for a in e["data"]["new"]]
        assert sorted(alerts) == sorted(set(alerts))
        assert len(alerts) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_a_check_killed_while_a_channel_answers_sends_the_same_message_again(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    desk = office(webhook=[Answer(how="hang"), Answer()])
    command = [sys.executable, "-m", "clearance", "check", *desk.options()]
    env = {**desk.environment, **desk.addresses}
    with subprocess.Popen(command, env=env, cwd=desk.folder) as process:
        while not desk.servers["webhook"].requests:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert desk(as_of=LATER).code == 0
    first, *others = desk.servers["webhook"].requests
    assert first.body == others[0].body
    assert first.headers["webhook-id"] == others[0].headers["webhook-id"]


def test_a_store_that_is_busy_at_the_wrong_moment_only_delays_what_is_kept(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer holds the store while the answers come: they are kept with the last."""
    desk = office(webhook=Answer())
    path = desk.folder / "home" / "clearance.db"
    free = threading.Event()

    def hold() -> None:
        with open_store(path) as store, store.transaction():
            held.set()
            free.wait(20)

    held = threading.Event()
    writer = threading.Thread(target=hold)
    deliver = delivery._results

    def while_held(notices: Any, *others: Any) -> Any:
        if not notices:
            return
        writer.start()
        held.wait(20)
        for number, one in enumerate(deliver(notices, *others)):
            if number:
                free.set()
                writer.join()
            yield one

    monkeypatch.setattr(delivery, "_results", while_held)
    ran = desk("--busy-timeout", "0.1")
    assert ran.code == 0
    assert {one.state for one in desk.deliveries()} == {outbox.State.ACCEPTED}


# The heartbeat


def beating(office: Any, *beats: Answer, **answers: Any) -> tuple[Office, Receiver]:
    """An office with a heartbeat, and what it is sent to."""
    desk = office(beat=list(beats) or [Answer()], **answers)
    beat = desk.servers.pop("beat")
    desk.extra = '[heartbeat]\nurl = "env:BEAT"\n'
    os.environ["BEAT"] = f"{beat.url}/ping/{TOKEN}?a=b"
    return desk, beat


@pytest.fixture(autouse=True)
def without_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEAT", "")


def test_the_heartbeat_follows_each_check_and_says_when_it_failed(office: Any) -> None:
    desk, beat = beating(office, webhook=Answer())
    assert desk().code == 0
    assert [(one.method, one.path) for one in beat.requests] == [("GET", f"/ping/{TOKEN}?a=b")]
    desk("--dry-run")
    assert len(beat.requests) == 1
    (desk.folder / "home" / "clearance.db").write_bytes(b"no store" * 999)
    assert desk().code == 1
    assert beat.requests[1].path == f"/ping/{TOKEN}/fail?a=b"


def test_the_heartbeat_fails_while_a_channel_does(office: Any) -> None:
    desk, beat = beating(office, webhook=Answer(status=400))
    desk()
    desk(as_of=LATER)
    assert [one.path.endswith("/fail?a=b") for one in beat.requests] == [False, True]


@pytest.mark.parametrize(
    ("answer", "why", "zh"),
    [
        (Answer(how="hang"), "no answer within 0.2 s", "0.2 秒内没有答复"),
        (Answer(how="reset"), "the connection broke", "连接中断"),
        (Answer(status=500), "it answers HTTP 500", "对方答复 HTTP 500"),
        (Answer(status=404), "it answers HTTP 404", "对方答复 HTTP 404"),
        (
            Answer(status=302, headers={"location": f"https://x.example/{TOKEN}"}),
            "it answers HTTP 302",
            "对方答复 HTTP 302",
        ),
    ],
)
def test_a_heartbeat_that_is_not_taken_is_one_line_and_breaks_no_job(
    answer: Answer, why: str, zh: str, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "HEARTBEAT_SECONDS", 0.2)
    desk, _ = beating(office, answer)
    ran = desk()
    assert (ran.code, ran.talk) == (0, f"the heartbeat could not be sent: {why}\n")
    ran = desk("--lang", "zh", as_of=LATER)
    assert (ran.code, ran.talk) == (0, f"心跳信号未能发送：{zh}\n")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "env:BEAT: the variable is not set"),
        (f"ftp://x.example/{TOKEN}", "env:BEAT: not an address such as https://host/path"),
        (f"http://127.0.0.1:9/{TOKEN}", "cannot be reached"),
    ],
)
def test_a_heartbeat_that_cannot_be_sent_is_told_without_its_address(
    address: str, why: str, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = beating(office)
    monkeypatch.setenv("BEAT", address)
    ran = desk()
    assert (ran.code, ran.talk) == (0, f"the heartbeat could not be sent: {why}\n")


def test_a_heartbeat_is_told_of_beside_why_the_check_failed(office: Any) -> None:
    """And the exit code is that of the check."""
    desk, beat = beating(office, Answer(status=404))
    (desk.folder / "home" / "clearance.db").write_bytes(b"no store" * 999)
    ran = desk()
    assert ran.code == 1
    first, second = ran.talk.splitlines()
    assert first == "the heartbeat could not be sent: it answers HTTP 404"
    assert second.startswith("clearance: ")
    assert len(beat.requests) == 1


# Secrets


def test_no_secret_is_shown_or_stored_whatever_a_channel_answers(office: Any) -> None:
    desk = office(
        dingtalk=Answer(status=400, body=TOKEN.encode()),
        slack=Answer(how="reset"),
        webhook=Answer(status=307, headers={"location": f"https://x.example/{TOKEN}"}),
        wecom=told({"errcode": 93000, "errmsg": f"invalid webhook url {TOKEN}"}),
    )
    for arguments in (("--dry-run",), ("--format", "json")):
        ran = desk(*arguments)
        assert TOKEN not in ran.text + ran.talk
    assert all(server.requests for server in desk.servers.values())
    for file in desk.folder.rglob("clearance.db*"):
        assert TOKEN.encode() not in file.read_bytes()


# Settings

MAIL = '[channels.m]\nkind = "email"\nhost = "x"\n'
OPS = '[channels.ops]\nkind = "slack"\n'
WRONG = {
    '[channels.ops]\nkind = "pigeon"\n': "channels.ops.kind 'pigeon': choose one of",
    OPS: "channels.ops.url: is missing",
    f'{OPS}url = "https://x.example/{TOKEN}"\n': "channels.ops.url: must say where the secret is",
    f'{OPS}url = "env:X"\ncolour = "red"\n': "channels.ops.colour is not a setting",
    f'{OPS}url = "env:X"\nsecret = "env:Y"\n': "channels.ops.secret is not a setting",
    f"{OPS}url = 7\n": "channels.ops.url: must say where",
    f'{OPS}url = "env:X"\nlang = "fr"\n': "channels.ops.lang is 'fr': choose en, zh",
    f'{OPS}url = "env:X"\nseverities = ["high"]\n': "channels.ops.severities[0] is 'high': choose ",
    "[channels]\nops = 3\n": "channels.ops: must be a table of settings",
    f'[heartbeat]\nurl = "https://x.example/{TOKEN}"\n': "heartbeat.url: must say where",
    "[heartbeat]\nuri = 1\n": "heartbeat.uri is not a setting",
    '[contacts]\n"2248" = 5\n': "contacts",
    f'{MAIL}from = "a@b.c"\nto = []\n': "channels.m.to: Expected",
    f'{MAIL}from = "me"\nto = ["a@b.c"]\n': "channels.m.from 'me': not an address",
    f'{MAIL}from = "a@b.c"\nto = ["a@b.c"]\nuser = "u"\n': "user and password go together",
    f'{MAIL}from = "a@b.c"\nto = ["a@b.c"]\nuser = "u"\npassword = "{TOKEN}"\n': "m.password: must",
}


@pytest.mark.parametrize("written", WRONG)
def test_a_wrong_setting_is_named_with_its_file_and_no_secret(
    written: str, call: Run, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(written, "utf-8")
    ran = call("list", "--config", settings)
    assert ran.code == 2
    assert str(settings) in ran.talk
    assert WRONG[written] in ran.talk
    assert TOKEN not in ran.talk
    assert ran.talk.count("\n") == 1


def test_the_settings_of_the_contract_are_read(call: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[contacts]\n"2248" = "customs desk, +86 21 5555 0100"\n'
        '[channels.ops]\nkind = "dingtalk"\nurl = "env:DING_URL"\nsecret = "env:DING_SECRET"\n'
        'severities = ["warning", "critical"]\nlang = "zh"\n[heartbeat]\nurl = "file:beat"\n',
        "utf-8",
    )
    assert call("store", "init", "--config", settings).code == 0
