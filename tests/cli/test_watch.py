"""``watch``: messages are read as they come, each once, whatever happens to files and processes."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from clearance.files import typed
from clearance.sources import watching
from clearance.stores import open_store
from tests.cli.support import packed, receipts
from tests.conftest import CLOSED, INSPECTED, Run, at, laid, settled
from tests.receivers import Answer, receiver

pytestmark = pytest.mark.slow

COUNTS = ("read", "new", "duplicate", "refused", "events", "declarations")
ACCEPTED = CLOSED.told("L", at("02 08:00:20"))
RELEASED = CLOSED.told("P", at("02 10:00"))
INSPECTION = INSPECTED.told("C", at("05 10:00"))
FAST = ("--settle", "0.3", "--poll", "1", "--format", "jsonl")


class Watching:
    """A running ``watch``, its lines as they come, and what it says."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, *arguments: str | Path
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clearance", "watch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
        )
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        assert self.process.stdout
        with contextlib.suppress(ValueError):
            for line in self.process.stdout:
                self._lines.put(json.loads(line))

    def line(self, timeout: float = 20) -> dict[str, Any]:
        """The next line."""
        return self._lines.get(timeout=timeout)

    def counts(self) -> list[int]:
        """The counts of the next line."""
        line = self.line()
        return [line[name] for name in COUNTS]

    def lines(self, new: int, timeout: float = 40) -> list[dict[str, Any]]:
        """Lines until they tell of so many new messages."""
        found: list[dict[str, Any]] = []
        while sum(line["new"] for line in found) < new:
            found.append(self.line(timeout))
        return found

    def is_silent(self, seconds: float) -> bool:
        """Whether no line comes for a while."""
        try:
            self._lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Ends it; its exit code and what it said."""
        self.process.send_signal(how)
        assert self.process.stderr
        said = self.process.stderr.read().decode()
        return self.process.wait(20), said


Watch = Callable[..., Watching]


@pytest.fixture
def watch(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Watch]:
    started: list[Watching] = []

    def start(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Watching:
        started.append(Watching({**environment, **(env or {})}, tmp_path, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        for stream in (each.process.stdout, each.process.stderr):
            assert stream
            stream.close()


def refused(call: Run) -> list[str]:
    return [r["name"] for r in call("refused", "--format", "json").json["refused"]]


def held(call: Run) -> int:
    counted: int = call("store", "info", "--format", "json").json["messages"]
    return counted


def test_what_stood_there_is_read_first_and_then_what_comes(watch: Watch, tmp_path: Path) -> None:
    box = laid([ACCEPTED], tmp_path / "收件 InBox")
    watching = watch(box, *FAST)
    line = watching.line()
    assert list(line) == ["schema", "at", *COUNTS]
    assert [line[name] for name in COUNTS] == [1, 1, 0, 0, 1, 1]
    laid([RELEASED], box)
    assert watching.counts() == [1, 1, 0, 0, 1, 1]
    assert watching.is_silent(2.5)
    assert watching.end() == (0, "")


def test_a_table_is_a_line_for_each_commit(watch: Watch, tmp_path: Path) -> None:
    box = laid([ACCEPTED], tmp_path / "in")
    watching = watch(box, "--lang", "zh", env={"PYTHONIOENCODING": "utf-8"})
    time.sleep(3)
    watching.process.send_signal(signal.SIGTERM)
    assert watching.process.wait(20) == 0


def test_a_file_that_is_written_slowly_is_read_once_when_it_is_whole(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    box = laid([], tmp_path / "in")
    watching = watch(box, *FAST)
    with (box / ACCEPTED.name).open("wb") as file:
        for start in range(0, len(ACCEPTED.data), len(ACCEPTED.data) // 6):
            file.write(ACCEPTED.data[start : start + len(ACCEPTED.data) // 6])
            file.flush()
            time.sleep(0.5)
    assert watching.line()["new"] == 1
    assert watching.is_silent(1.5)
    assert refused(call) == []


def test_a_file_that_is_renamed_when_it_is_whole_is_not_read_before(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    box = laid([], tmp_path / "in")
    watching = watch(box, *FAST)
    half = box / f"{ACCEPTED.name}.tmp"
    half.write_bytes(ACCEPTED.data)
    assert watching.is_silent(2)
    half.rename(box / ACCEPTED.name)
    assert watching.line()["new"] == 1
    gone = box / "gone.xml"
    gone.write_bytes(b"<a>")
    gone.unlink()
    assert watching.is_silent(1.5)
    assert refused(call) == []


@pytest.mark.parametrize("kind", ["xml", "zip"])
def test_a_half_written_file_is_refused_when_it_has_stood_for_the_patience(
    watch: Watch, call: Run, tmp_path: Path, kind: str
) -> None:
    """A zip file was refused at once."""
    box = laid([], tmp_path / "in")
    watching = watch(box, *FAST, "--patience", "4")
    whole = ACCEPTED.data if kind == "xml" else packed(receipts(ACCEPTED))
    (box / f"day.{kind}").write_bytes(whole[:200])
    assert watching.is_silent(2.5)
    assert watching.counts() == [1, 0, 0, 1, 0, 0]
    assert watching.is_silent(2.5)
    (box / f"day.{kind}").write_bytes(whole)
    assert watching.line()["new"] == 1
    assert refused(call) == []


def test_a_link_that_leads_nowhere_is_refused_when_it_has_stood_and_read_when_it_leads_somewhere(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    """Longer than a few looks: each took it for gone, and began to wait anew."""
    box = laid([], tmp_path / "in")
    (box / "link.xml").symlink_to(tmp_path / ACCEPTED.name)
    watching = watch(box, *FAST, "--patience", "4")
    assert watching.counts() == [1, 0, 0, 1, 0, 0]
    assert watching.is_silent(2.5)
    laid([ACCEPTED], tmp_path)
    assert watching.line()["new"] == 1
    assert refused(call) == []


def test_a_folder_that_is_gone_is_waited_for(watch: Watch, tmp_path: Path) -> None:
    box = tmp_path / "share"
    watching = watch(box, *FAST)
    time.sleep(1)
    laid([ACCEPTED], box)
    assert watching.line()["new"] == 1
    shutil.rmtree(box)
    time.sleep(2.5)
    laid([RELEASED], box)
    assert watching.line()["new"] == 1
    laid([INSPECTION], box)
    assert watching.line()["new"] == 1
    code, said = watching.end()
    assert code == 0
    gone, back = f"{box}: is not there: it is waited for", f"{box}: is there now"
    assert said.splitlines() == [gone, back, gone, back]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "is not there: it is waited for"), ("zh", "目前不存在，等待其出现")],
)
def test_a_folder_that_never_was_is_told_at_once(
    watch: Watch, tmp_path: Path, lang: str, said: str
) -> None:
    watching = watch(tmp_path / "InBxo", "--lang", lang)
    assert watching.process.stderr
    line = watching.process.stderr.readline().decode()
    assert line.startswith(str(tmp_path / "InBxo"))
    assert line.endswith(f"{said}\n")
    assert watching.end() == (0, "")


def test_two_thousand_files_at_once_are_each_read_once(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    files = list(demo.traffic(500))[:2000]
    box = laid([], tmp_path / "in")
    watching = watch(box, *FAST)
    laid(files, box)
    lines = watching.lines(2000)
    assert sum(line["read"] for line in lines) == 2000
    assert watching.is_silent(2.5)
    assert held(call) == 2000


def test_folders_inside_long_paths_and_chinese_names_are_followed(
    watch: Watch, tmp_path: Path
) -> None:
    box = laid([], tmp_path / "in")
    watching = watch(box, *FAST)
    deep = box.joinpath(*[f"二〇二六年三月第{n}日的回执" + "长" * 20 for n in range(8)])
    laid([ACCEPTED], deep)
    assert watching.line()["new"] == 1
    (deep / f"{'报' * 70}.xml").write_bytes(RELEASED.data)
    assert watching.line()["new"] == 1


def test_files_are_moved_into_the_archive_and_not_read_there(watch: Watch, tmp_path: Path) -> None:
    box = laid([ACCEPTED], tmp_path / "in")
    archive = tmp_path / "done"
    watching = watch(box, *FAST, "--archive", archive)
    watching.lines(1)
    laid([RELEASED], box / "inner")
    watching.lines(1)
    assert watching.is_silent(1.5)
    assert not [path for path in box.rglob("*") if path.is_file()]
    assert (archive / "inner" / RELEASED.name).exists()


def test_control_c_ends_it_with_130_and_what_was_read_is_kept(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    box = laid([ACCEPTED], tmp_path / "in")
    watching = watch(box, *FAST)
    watching.lines(1)
    code, said = watching.end(signal.SIGINT)
    assert (code, said) == (130, "clearance: interrupted; what was committed is kept\n")
    assert held(call) == 1


def test_a_signal_that_ends_it_lets_it_keep_what_it_is_reading(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    box = laid(demo.traffic(1500), tmp_path / "in")
    watching = watch(box, *FAST)
    time.sleep(1.2)
    assert watching.end() == (0, "")
    first = held(call)
    assert first == sum(line["new"] for line in list(watching._lines.queue))


def test_another_program_may_write_meanwhile(watch: Watch, call: Run, tmp_path: Path) -> None:
    """The store is held only during a commit, and waited for."""
    box = laid([ACCEPTED], tmp_path / "in")
    watching = watch(box, *FAST, "--busy-timeout", "0.2")
    watching.lines(1)
    url = call("store", "info", "--format", "json").json["url"]
    with open_store(url) as store, store.transaction():
        laid([RELEASED], box)
        assert watching.is_silent(2)
    assert watching.line()["new"] == 1
    code, said = watching.end()
    assert code == 0
    assert said.count("is being written by another process") == 1


def test_a_check_follows_what_was_read(watch: Watch, tmp_path: Path) -> None:
    box = laid([], tmp_path / "in")
    watching = watch(box, "--settle", "0.2", "--check", "--format", "jsonl")
    laid([*INSPECTED.sent(at("04 09:00")), INSPECTION], box)
    assert watching.line()["new"] == 3
    assert watching.line()["state"] == "firing"


def test_every_message_is_there_once_when_it_is_killed_and_started_again(
    watch: Watch, call: Run, tmp_path: Path
) -> None:
    chance = random.Random(26)
    files = list(demo.traffic(150))
    box = laid([], tmp_path / "in")
    for start in range(0, len(files), len(files) // 6 + 1):
        watching = watch(box, "--settle", "0.05", "--archive", tmp_path / "done")
        laid(files[start : start + len(files) // 6 + 1], box)
        time.sleep(chance.uniform(0.1, 1.0))
        watching.process.kill()
        watching.process.wait()
    watching = watch(box, "--settle", "0.05", "--archive", tmp_path / "done", "--format", "jsonl")
    deadline = time.monotonic() + 30
    while list(box.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.2)
    watching.end()
    assert held(call) == len({file.data for file in files})
    assert len(list((tmp_path / "done").iterdir())) == len(files)
    assert call("store", "verify").code == 0


def test_every_configured_folder_is_followed(watch: Watch, call: Run, tmp_path: Path) -> None:
    one, other = laid([ACCEPTED], tmp_path / "one"), laid([], tmp_path / "other")
    settings = tmp_path / "config.toml"
    settings.write_text(
        f'[sources.a]\nkind = "folder"\npath = {json.dumps(str(one))}\n'
        f'[sources.b]\nkind = "folder"\npath = {json.dumps(str(other))}\n'
    )
    watching = watch(*FAST, "--config", settings)
    watching.lines(1)
    laid([RELEASED], other)
    watching.lines(1)
    assert call("watch", "--format", "jsonl").code == 2


def test_a_source_that_is_asked_is_followed_beside_the_folders(
    watch: Watch, tmp_path: Path
) -> None:
    box, settings = laid([], tmp_path / "in"), tmp_path / "config.toml"
    with receiver(Answer(ACCEPTED.data)) as server:
        settings.write_text(
            f'[sources.a]\nkind = "folder"\npath = {json.dumps(str(box))}\n'
            f'[sources.b]\nkind = "http"\nurl = "{server.url}"\nevery = "1m"\n'
        )
        watching = watch(*FAST, "--config", settings)
        watching.lines(1)
        laid([RELEASED], box)
        watching.lines(1)
        assert watching.end() == (0, "")


def test_what_cannot_be_followed_is_wrong_usage(call: Run, tmp_path: Path) -> None:
    file = laid([ACCEPTED], tmp_path / "in") / ACCEPTED.name
    assert call("watch", file).code == 2
    assert call("watch", tmp_path / "in", "--archive", tmp_path / "in").code == 2
    assert call("watch", tmp_path / "in", "--output", "a.jsonl").code == 2
    assert call("watch", tmp_path / "in", "--format", "json").code == 2


CLIENT = """<?xml version="1.0" encoding="utf-8"?>
<DFWJobSettings TimeInterval="15" RetentionDays="7" StpReceipt2File="1">
  <FormSettings>
    <FormSetting><Key>DEC</Key><SystemId>DecCus</SystemId><RetNameAffixFlag>1</RetNameAffixFlag>
      <SubFormSettings>
        <SubFormSetting><FormId>DECCUS001</FormId><OutBox>{root}/D/OutBox</OutBox>
          <InBox>{root}/D/InBox</InBox><SentBox>{root}/D/SentBox</SentBox>
          <FailBox>{root}/D/FailBox</FailBox><TempBox>{root}/D/TempBox</TempBox></SubFormSetting>
        <SubFormSetting><FormId>DECCUS201</FormId><InBox>{root}/D/InBox</InBox></SubFormSetting>
      </SubFormSettings>
    </FormSetting>
    <FormSetting Key="SAS"><SubFormSetting FormId="SAS001" InBox="{root}/特殊 Sas/InBox"
      OutBox="{root}/Sas/OutBox"/></FormSetting>
  </FormSettings>
</DFWJobSettings>
"""


@pytest.fixture
def client(tmp_path: Path) -> Mapping[str, str]:
    """A computer with a Single Window client; its variables."""
    data = tmp_path / "AppData" / "Local"
    settings = data / "SIC" / "UserSetting"
    settings.mkdir(parents=True)
    written = CLIENT.format(root=tmp_path / "ImpPath")
    (settings / "DFWJobSettings.xml").write_text(written, encoding="utf-8")
    return {"LOCALAPPDATA": str(data), "APPDATA": str(tmp_path / "none")}


def test_the_boxes_of_the_client_are_found_and_written_to_the_settings(
    run: Run, client: Mapping[str, str], tmp_path: Path
) -> None:
    laid([], tmp_path / "ImpPath" / "D" / "InBox")
    settings = tmp_path / "config.toml"
    settings.write_text("# mine\n[report]\nzone = 'UTC'")
    found = run("sources", "find", "--format", "json", "--config", settings, env=client)
    boxes = [(b["form"], b["box"], b["exists"], b["followed"]) for b in found.json["boxes"]]
    assert boxes == [
        ("DECCUS001", "InBox", True, False),
        ("DECCUS001", "SentBox", False, False),
        ("DECCUS001", "FailBox", False, False),
        ("SAS001", "InBox", False, False),
    ]
    assert run("sources", "find", "--write", "--config", settings, env=client).code == 0
    assert settings.read_text(encoding="utf-8").startswith("# mine\n[report]\nzone = 'UTC'\n\n")
    listed = run("sources", "list", "--format", "json", "--config", settings).json["sources"]
    assert [(s["name"], s["kind"], bool(s["trouble"])) for s in listed] == [
        ("deccus001-inbox", "folder", False),
        ("deccus001-sentbox", "folder", True),
        ("deccus001-failbox", "folder", True),
        ("sas001-inbox", "folder", True),
    ]
    again = run("sources", "find", "--write", "--config", settings, env=client)
    assert again.err == b""
    assert settings.read_text(encoding="utf-8").count("[sources.") == 4


def test_the_boxes_of_the_client_are_followed_without_being_named(
    watch: Watch, client: Mapping[str, str], tmp_path: Path
) -> None:
    laid([ACCEPTED], tmp_path / "ImpPath" / "D" / "InBox")
    watching = watch("--client", *FAST, env=client)
    watching.lines(1)
    laid([RELEASED], tmp_path / "ImpPath" / "特殊 Sas" / "InBox")
    watching.lines(1)


def test_without_a_client_it_is_said_where_it_was_looked_for(run: Run, tmp_path: Path) -> None:
    env = {"LOCALAPPDATA": str(tmp_path / "x"), "APPDATA": str(tmp_path / "y")}
    ran = run("watch", "--client", env=env)
    assert ran.code == 2
    assert str(tmp_path / "x") in ran.err.decode()
    assert run("sources", "find", env=env).code == 1


def test_a_sample_of_the_files_is_compared_with_the_store(call: Run, tmp_path: Path) -> None:
    box = laid([ACCEPTED, RELEASED], tmp_path / "in box")
    settings = tmp_path / "config.toml"
    settings.write_text(f'[sources.a]\nkind = "folder"\npath = {json.dumps(str(box))}\n')
    for file in box.iterdir():
        settled(file)
    time.sleep(1.1)
    assert call("ingest", "--config", settings).code == 0
    verified = call("store", "verify", "--sources", "--config", settings)
    assert verified.code == 0
    url = call("store", "info", "--format", "json").json["url"]
    with open_store(url) as store, store.transaction():
        kept = list(store.records("files_read"))
    other = call("ingest", laid([INSPECTION], tmp_path / "b"), "--store", "other.db")
    assert other.code == 0
    with open_store(tmp_path / "other.db") as store, store.transaction():
        store.save_records(kept)
    told = call("store", "verify", "--sources", "--config", settings, "--store", "other.db")
    assert told.code == 1
    assert "holds what the store does not" in told.err.decode()
    assert f"clearance ingest --reread {typed(box)}" in told.err.decode()


def test_only_watch_loads_what_takes_notifications(run: Run) -> None:
    code = (
        "import sys, clearance.cli.watch, clearance.cli.ingest; print('watchfiles' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def test_a_share_without_notifications_is_looked_through(tmp_path: Path) -> None:
    box = laid([ACCEPTED], tmp_path / "in")
    pace = watching.Pace(settle=0.2, patience=60, poll=0.3)
    watched = watching.Watched(box, pace)
    with open_store("memory:") as store:
        seen = _looked_through(watched, store, 1)
        laid([RELEASED], box)
        seen += _looked_through(watched, store, 1)
    assert seen == [ACCEPTED.name, RELEASED.name]


def _looked_through(watched: watching.Watched, store: Any, count: int) -> list[str]:
    """The names of what a folder gives, until there are so many."""
    from clearance.sources.remembered import Memory
    from clearance.timelines import intake

    names: list[str] = []
    deadline = time.monotonic() + 10
    while len(names) < count and time.monotonic() < deadline:
        memory = Memory(store, "1")
        items = list(watched.items(memory))
        names += [item.name for item in items]
        result = intake.ingest(store, items, at("06 09:00"), memory=memory)
        watched.finish(result.half_written)
        time.sleep(0.1)
    return names


def test_a_store_that_is_gone_is_waited_for_and_never_made_anew(
    watch: Watch, tmp_path: Path
) -> None:
    """Its disk is away: what is moved into the archive meanwhile would be in no store."""
    box, archive, disk = tmp_path / "box", tmp_path / "archive", tmp_path / "disk"
    box.mkdir()
    disk.mkdir()
    store = disk / "clearance.db"
    (box / ACCEPTED.name).write_bytes(ACCEPTED.data)
    watching = watch("--archive", archive, "--store", store, *FAST, box)
    assert sum(line["new"] for line in watching.lines(1)) == 1
    disk.rename(tmp_path / "away")
    (box / RELEASED.name).write_bytes(RELEASED.data)
    assert watching.is_silent(4)
    assert (box / RELEASED.name).exists()
    assert not disk.exists()
    (tmp_path / "away").rename(disk)
    assert sum(line["new"] for line in watching.lines(1)) == 1
    code, said = watching.end()
    assert code == 0
    assert said.count("there is no store at") == 1
    with open_store(store, create=False) as opened:
        assert len(list(opened.messages())) == 2
