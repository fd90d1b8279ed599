"""The UK's queue of notifications: reading one moves it, and nothing is lost on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clearance import sources
from clearance.model import Record
from clearance.sources import uk_cds
from clearance.stores import open_store
from clearance.timelines import intake
from tests.conftest import ROOT, Ran, Run
from tests.receivers import Answer, Receiver, Request, receiver

TOKEN = "uk-t0ken-of-the-test"
MESSAGES = {
    f"ab12-{number:02}": file.read_bytes()
    for number, file in enumerate(sorted((ROOT / "samples" / "uk_cds").rglob("*.xml"))[:12])
}


class Queue:
    """A server with the two queues; ``sick`` maps a path to the answers it gives first."""

    def __init__(self) -> None:
        self.unpulled, self.pulled = dict(MESSAGES), dict[str, bytes]()
        self.sick: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def route(self, request: Request) -> Answer:
        with self._lock:
            self.asked.append(request.path)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return Answer(status=401)
            assert request.headers["accept"] == "application/vnd.hmrc.1.0+xml"
            if self.sick.get(request.path):
                return self.sick[request.path].pop(0)
            return self._answer(request.path)

    def _answer(self, path: str) -> Answer:
        if path == "/notifications/unpulled":
            return self._listed()
        _, _, queue, id = path.split("/")
        if queue == "unpulled" and id in self.unpulled:
            self.pulled[id] = self.unpulled.pop(id)
            return Answer(self.pulled[id])
        found = self.pulled.get(id) if queue == "pulled" else None
        return Answer(found) if found else Answer(status=404)

    def _listed(self) -> Answer:
        links = "".join(
            f'<link rel="notification" href="/notifications/unpulled/{id}"/>'
            for id in self.unpulled
        )
        own = '<link rel="self" href="/notifications/unpulled/"/>'
        return Answer(f"<resource>{own}{links}</resource>".encode())


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def server(queue: Queue) -> Iterator[Receiver]:
    with receiver(route=queue.route) as server:
        yield server


@pytest.fixture
def pull(
    call: Run, server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Ran]:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    monkeypatch.setenv("UK_TOKEN", TOKEN)
    file = tmp_path / "settings.toml"
    file.write_text(
        f'[sources.hmrc]\nkind = "uk_cds"\nurl = "{server.url}/"\nsecret = "env:UK_TOKEN"\n'
    )

    def pull() -> Ran:
        ran = call("pull", "--config", file, "--format", "json")
        assert TOKEN not in ran.text + ran.talk
        return ran

    return pull


def kept(home: Path) -> set[bytes]:
    with open_store(home / "clearance.db", create=False) as store:
        return {message.data for message in store.messages()}


def test_every_notification_is_read_once(pull: Callable[[], Ran], queue: Queue, home: Path) -> None:
    (source,) = pull().json["sources"]
    assert (source["result"], source["requests"], source["new"]) == ("ok", 13, 12)
    assert kept(home) == set(MESSAGES.values())
    (source,) = pull().json["sources"]
    assert (source["requests"], source["read"]) == (1, 0)


def test_what_was_read_and_not_kept_is_fetched_from_the_other_queue(
    pull: Callable[[], Ran], queue: Queue, home: Path
) -> None:
    """Each id is noted before it is asked for: the answer to two of them never arrives."""
    lost = list(MESSAGES)[3:5]
    for id in lost:
        queue.pulled[id] = MESSAGES[id]
        path = f"/notifications/unpulled/{id}"
        queue.sick[path] = [Answer(MESSAGES[id], how="cut")] * 4
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["new"]) == (3, 10)
    for id in lost:
        del queue.unpulled[id]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["new"]) == (0, 2)
    assert [f"/notifications/pulled/{id}" for id in lost] == queue.asked[-2:]
    assert kept(home) == set(MESSAGES.values())


def test_one_that_moved_while_its_answer_broke_off_is_fetched_in_the_same_run(
    pull: Callable[[], Ran], queue: Queue
) -> None:
    id = next(iter(MESSAGES))
    queue.pulled[id] = MESSAGES[id]
    path = f"/notifications/unpulled/{id}"
    queue.sick[path] = [Answer(MESSAGES[id], how="cut"), Answer(status=404)]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["new"]) == (0, 12)


def test_one_that_cannot_be_had_does_not_stop_the_others(
    pull: Callable[[], Ran], queue: Queue
) -> None:
    bad = f"/notifications/unpulled/{next(iter(MESSAGES))}"
    queue.sick[bad] = [Answer(b"<html>error</html>")]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["new"]) == (3, 11)
    assert "notification ab12-00" in ran.json["sources"][0]["detail"]
    assert pull().json["sources"][0]["new"] == 1


def test_a_server_that_is_down_is_not_asked_for_everything(
    pull: Callable[[], Ran], queue: Queue
) -> None:
    for id in MESSAGES:
        queue.sick[f"/notifications/unpulled/{id}"] = [Answer(status=400)] * 9
    assert pull().json["sources"][0]["requests"] == 4


def test_a_server_that_asks_to_be_left_alone_for_long_is_asked_nothing_else_in_this_run(
    pull: Callable[[], Ran], queue: Queue
) -> None:
    busy = Answer(status=429, headers={"retry-after": "600"})
    queue.sick[f"/notifications/unpulled/{next(iter(MESSAGES))}"] = [busy]
    [source] = pull().json["sources"]
    assert (source["requests"], source["new"]) == (2, 0)
    assert pull().json["sources"][0]["new"] == len(MESSAGES)


def test_those_that_cannot_be_had_hold_back_no_others_for_ever(
    pull: Callable[[], Ran], queue: Queue, home: Path
) -> None:
    """More of them than are asked for in one run stand before the others."""
    bad = list(MESSAGES)[:7]
    for id in bad:
        queue.sick[f"/notifications/unpulled/{id}"] = [Answer(status=500)] * 99
    for _ in range(3):
        assert pull().code == 3
    assert kept(home) == {data for id, data in MESSAGES.items() if id not in bad}
    queue.sick.clear()
    assert (pull().code, kept(home)) == (0, set(MESSAGES.values()))


@pytest.mark.parametrize(
    "left", ["MBL/2026", "null", '["x"]', '{"at": "ae24c0af9795760c", "validators": {"etag": "x"}}']
)
def test_what_a_source_of_another_kind_left_under_the_name_is_nothing(
    pull: Callable[[], Ran], call: Run, home: Path, tmp_path: Path, server: Receiver, left: str
) -> None:
    """A source that was given another kind ended every pull of all sources in a traceback."""
    (source,) = pull().json["sources"]
    with open_store(home / "clearance.db") as store:
        store.save_records([Record(intake.CURSOR, "hmrc", {"at": left})])
    (source,) = pull().json["sources"]
    assert (source["result"], source["requests"], source["read"]) == ("ok", 1, 0)
    file = tmp_path / "http.toml"
    file.write_text(f'[sources.hmrc]\nkind = "http"\nurl = "{server.url}/x/y/z"\nretries = 0\n')
    assert call("pull", "--config", file).code == 4


def test_a_list_of_nothing_may_have_no_body(pull: Callable[[], Ran], queue: Queue) -> None:
    queue.sick["/notifications/unpulled"] = [Answer(b"", status=204, how="unframed")]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["detail"]) == (0, None)


def test_a_token_that_ends_midway_loses_nothing(
    pull: Callable[[], Ran], queue: Queue, home: Path
) -> None:
    id = list(MESSAGES)[6]
    queue.sick[f"/notifications/unpulled/{id}"] = [Answer(status=401)]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["new"]) == (4, 6)
    assert pull().json["sources"][0]["new"] == 6
    assert kept(home) == set(MESSAGES.values())


def test_one_that_is_gone_for_good_is_told_once(
    pull: Callable[[], Ran], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = next(iter(MESSAGES))
    queue.sick[f"/notifications/unpulled/{id}"] = [Answer(status=500)] * 4
    assert pull().code == 3
    del queue.unpulled[id]
    assert pull().json["sources"][0]["detail"] == f"notification {id}: HTTP 404"

    monkeypatch.setattr(uk_cds._Queue, "_age", lambda *_: timedelta(days=15))
    detail = pull().json["sources"][0]["detail"]
    assert detail == f"notification {id} is gone: it was kept for 14 days"
    assert pull().code == 0


@pytest.mark.parametrize("body", [b"<other/>", b"no list", b"", b'{"code": 1}'])
def test_an_answer_that_is_no_list_is_a_failure(
    body: bytes, pull: Callable[[], Ran], queue: Queue
) -> None:
    queue.sick["/notifications/unpulled"] = [Answer(body)]
    ran = pull()
    assert (ran.code, ran.json["sources"][0]["requests"]) == (3, 1)


def test_what_is_answered_for_the_list_is_named(
    pull: Callable[[], Ran], queue: Queue, call: Run, tmp_path: Path
) -> None:
    queue.sick["/notifications/unpulled"] = [Answer(b"<a/>"), Answer(b"<a/>")]
    detail = pull().json["sources"][0]["detail"]
    assert detail == "answers no list of notifications: its root is <a>"
    talk = call("pull", "--config", tmp_path / "settings.toml", "--lang", "zh").talk
    assert "应答不是通知列表：根元素为 <a>" in talk


def test_only_the_id_of_a_link_is_followed(pull: Callable[[], Ran], queue: Queue) -> None:
    links = "".join(
        f'<link rel="notification" href="{href}"/>'
        for href in ("https://evil.example/x/ab12-00", "..", "/a/..%2F..%2Fsecret", "")
    )
    queue.sick["/notifications/unpulled"] = [Answer(f"<resource>{links}</resource>".encode())]
    pull()
    assert queue.asked[1:] == [
        "/notifications/unpulled/ab12-00",
        "/notifications/unpulled/..%2F..%2Fsecret",
        "/notifications/pulled/..%2F..%2Fsecret",
    ]


def test_a_probe_asks_once_and_moves_nothing(
    queue: Queue, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UK_TOKEN", TOKEN)
    made = sources.source({"kind": "uk_cds", "url": server.url, "secret": "env:UK_TOKEN"})
    assert isinstance(made, sources.Remote)
    assert made.probe() is None
    assert queue.asked == ["/notifications/unpulled"]
    monkeypatch.setenv("UK_TOKEN", "another")
    failure = made.probe()
    assert failure
    assert failure.unauthorised


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("step", [1, 2, 3, 7, 12, 13])
def test_a_pull_that_is_killed_at_a_request_loses_nothing_and_reads_nothing_twice(
    step: int, queue: Queue, environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """The queue has moved what it was asked for, and the answer never arrives."""
    processes: list[subprocess.Popen[bytes]] = []

    def deadly(request: Request) -> Answer:
        answer = queue.route(request)
        if len(queue.asked) == step:
            processes[0].kill()
        return answer

    with receiver(route=deadly) as server:
        file = tmp_path / "settings.toml"
        file.write_text(
            f'[sources.hmrc]\nkind = "uk_cds"\nurl = "{server.url}"\nsecret = "env:UK_TOKEN"\n'
        )
        line = [sys.executable, "-m", "clearance", "pull", "--config", str(file)]
        env = {**environment, "UK_TOKEN": TOKEN}
        processes.append(subprocess.Popen(line, env=env, cwd=tmp_path))
        assert processes[0].wait(60) == -signal.SIGKILL
        done = subprocess.run(line, env=env, cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    with open_store(home / "clearance.db", create=False) as store:
        stored = [message.data for message in store.messages()]
    assert sorted(stored) == sorted(MESSAGES.values())


def test_ids_that_another_run_noted_meanwhile_stay_noted(
    pull: Callable[[], Ran], queue: Queue, server: Receiver, home: Path
) -> None:
    """Each run wrote all that it knew, and the ids that only the other knew were gone."""

    def beside(request: Request) -> Answer:
        if request.path.endswith("/ab12-05"):
            with open_store(home / "clearance.db") as store, store.transaction():
                (kept,) = store.records(intake.CURSOR, {"hmrc"})
                noted = {**json.loads(kept.document["at"]), "other-1": "2099-01-01"}
                store.save_records([kept._replace(document={"at": json.dumps(noted)})])
        return queue.route(request)

    server.route = beside
    assert pull().code == 0
    server.route = queue.route
    queue.pulled["other-1"] = MESSAGES["ab12-00"] + b"\n"
    assert pull().json["sources"][0]["requests"] == 2
    assert queue.asked[-1] == "/notifications/pulled/other-1"
