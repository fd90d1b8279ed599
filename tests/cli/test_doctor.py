"""``doctor`` looks at everything, and one thing that fails hides no other."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clearance import doctor
from clearance.doctor import _machine, _places
from tests.channels.support import GOOD
from tests.cli.support import writing
from tests.conftest import CLOSED, INSPECTED, RETURNED, UNKNOWN, Run
from tests.receivers import Answer, receiver

POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are elsewhere on Windows")


def checks(
    run: Run, *arguments: str | Path, env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Each check of a run by its name; the exit code says whether any failed."""
    ran = run("doctor", *arguments, "--format", "json", env=env)
    found = ran.json["checks"]
    for check in found:
        assert set(check) == {"name", "result", "detail", "do"}
        assert check["detail"]
        assert (check["do"] is None) is (check["result"] == "ok")
    assert ran.code == int(any(check["result"] == "failed" for check in found))
    assert len({check["name"] for check in found}) == len(found)
    return {check["name"]: check for check in found}


def settings(folder: Path, text: str) -> Path:
    file = folder / "s.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def test_what_people_say_by_hand_is_no_event_that_came(kept: Run) -> None:
    """Also where something was said of every declaration."""
    before = checks(kept, "--offline")["store"]["detail"].partition("last event: ")[2]
    assert " days ago" in before
    assert kept("close", INSPECTED.own, "--why", "x").code == 0
    assert kept("reopen", INSPECTED.own).code == 0
    for said in (INSPECTED, CLOSED, RETURNED, UNKNOWN):
        assert checks(kept, "--offline")["store"]["detail"].partition("last event: ")[2] == before
        assert kept("note", said.own, "seen").code == 0
    assert checks(kept, "--offline")["store"]["detail"].partition("last event: ")[2] == before


def test_all_that_there_is_is_looked_at(kept: Run, inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://example.com/robot")
    secret.chmod(0o600)
    file = settings(
        tmp_path,
        f'[sources.box]\nkind = "folder"\npath = {json.dumps(str(inbox))}\n'
        f'[channels.ops]\nkind = "wecom"\nurl = {json.dumps(f"file:{secret}")}\n'
        f"[heartbeat]\nurl = {json.dumps(f'file:{secret}')}\n",
    )
    found = checks(kept, "--config", file)
    assert [*found] == [
        "settings", "store", "lock", "rights store", "rights settings", "disk", "folder box",
        "secret channels.ops.url", "secret heartbeat.url", "source box", "channel ops", "clock",
        "calendar", "terminal", "versions",
    ]  # fmt: skip
    assert {check["result"] for check in found.values()} <= {"ok", "warning"}
    assert "4 declarations" in found["store"]["detail"]
    assert "example.com" not in json.dumps(found)


def test_a_fresh_machine_is_no_failure_and_is_told_how_to_begin(call: Run) -> None:
    found = checks(call)
    assert found["store"]["result"] == "warning"
    assert "clearance ingest" in found["store"]["do"]
    assert found["settings"]["result"] == found["rights store"]["result"] == "ok"
    assert "config.toml" in found["settings"]["detail"]


def test_a_store_that_somebody_named_and_is_not_there_fails(call: Run, tmp_path: Path) -> None:
    assert checks(call, "--store", tmp_path / "no.db")["store"]["result"] == "failed"
    named = {"CLEARANCE_STORE": str(tmp_path / "no.db")}
    assert checks(call, env=named)["store"]["result"] == "failed"


def test_settings_that_cannot_be_used_hide_nothing_else(kept: Run, tmp_path: Path) -> None:
    for wrong in ("[reprot]\n", "[report\n", "rules = 5\n"):
        found = checks(kept, "--config", settings(tmp_path, wrong))
        assert found["settings"]["result"] == "failed"
        assert found["store"]["result"] == found["disk"]["result"] == "ok"


def test_a_file_that_is_no_store_hides_nothing_else(call: Run, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("no store at all" * 100)
    found = checks(call, "--store", tmp_path / "no.db")
    assert found["store"]["result"] == "failed"
    assert {"clock", "calendar", "versions"} <= {*found}


def test_what_is_neither_a_path_nor_a_url_fails_once_and_is_not_repeated(call: Run) -> None:
    found = checks(call, "--store", "postgre:/clerk:hush@db/clearance")
    assert [name for name, check in found.items() if check["result"] == "failed"] == ["store"]
    assert "hush" not in json.dumps(found)


def test_a_check_that_breaks_is_told_without_its_text(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> doctor.Looks:
        raise ValueError("https://example.com/secret")

    monkeypatch.setattr(_places, "disk", broken)
    monkeypatch.setattr(_machine, "_versions", lambda **_: broken(None))
    found = checks(kept)
    assert found["disk"]["result"] == found["versions"]["result"] == "failed"
    assert "ValueError" in found["disk"]["detail"]
    assert "secret" not in json.dumps(found)
    assert found["terminal"]["result"] == "ok"


def test_a_folder_and_a_source_that_are_gone_fail(kept: Run, tmp_path: Path) -> None:
    file = settings(tmp_path, '[sources.box]\nkind = "folder"\npath = "gone"\n')
    found = checks(kept, "--config", file)
    assert found["folder box"]["result"] == found["source box"]["result"] == "failed"
    assert "sources.box" in found["folder box"]["do"]


def test_a_source_is_requested_once_unless_offline(
    kept: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearance.sources import folder

    asked = list[str]()

    def probe(self: folder.Source) -> str:
        asked.append(self.path)
        return "answers 401"

    monkeypatch.setattr(folder.Source, "probe", probe, raising=False)
    (tmp_path / "box").mkdir()
    file = settings(tmp_path, '[sources.box]\nkind = "folder"\npath = "box"\n')
    assert checks(kept, "--config", file, "--offline")["source box"]["result"] == "ok"
    assert asked == []
    found = checks(kept, "--config", file)["source box"]
    assert (found["result"], found["detail"], asked) == ("failed", "answers 401", ["box"])


@pytest.mark.parametrize(
    ("reference", "result"),
    [
        ("env:THERE", "ok"),
        ("env:GONE", "failed"),
        ("file:gone", "failed"),
        ("file:empty", "failed"),
    ],
)
def test_a_secret_is_looked_for_and_never_shown(
    kept: Run, tmp_path: Path, reference: str, result: str
) -> None:
    (tmp_path / "empty").touch()
    file = settings(tmp_path, f'[channels.ops]\nkind = "wecom"\nurl = "{reference}"\n')
    ran = kept("doctor", "--config", file, env={"THERE": "https://example.com/hush"})
    assert "hush" not in ran.text + ran.talk
    found = checks(kept, "--config", file, env={"THERE": "https://example.com/hush"})
    assert found["secret channels.ops.url"]["result"] == result
    assert found["channel ops"]["result"] == result
    assert reference in found["secret channels.ops.url"]["detail"]


def test_an_address_that_nothing_can_be_sent_to_fails(kept: Run, tmp_path: Path) -> None:
    file = settings(tmp_path, '[heartbeat]\nurl = "env:BEAT"\n')
    for address, result in (("https://example.com/x", "ok"), ("example.com/hush", "failed")):
        ran = kept("doctor", "--config", file, "--format", "json", env={"BEAT": address})
        assert {c["name"]: c["result"] for c in ran.json["checks"]}[
            "secret heartbeat.url"
        ] == result
        assert "hush" not in ran.text + ran.talk


@POSIX
def test_a_secret_a_store_and_settings_that_others_may_use_are_a_warning(
    kept: Run, home: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://example.com/hush")
    secret.chmod(0o644)
    (home / "clearance.db").chmod(0o644)
    file = settings(tmp_path, f'[heartbeat]\nurl = "file:{secret}"\n')
    file = file.rename(tmp_path / "my settings.toml")
    file.chmod(0o622)
    found = checks(kept, "--config", file)
    for name in ("secret heartbeat.url", "rights store", "rights settings"):
        assert found[name]["result"] == "warning"
        assert found[name]["do"].startswith("chmod 600 ")
    assert shlex.split(found["rights settings"]["do"]) == ["chmod", "600", str(file)]
    file.chmod(0o644)
    assert checks(kept, "--config", file)["rights settings"]["result"] == "ok"


def test_a_channel_is_sent_a_test_only_where_that_is_asked_for(kept: Run, tmp_path: Path) -> None:
    file = settings(tmp_path, '[channels.ops]\nkind = "wecom"\nurl = "env:ROBOT"\nlang = "zh"\n')
    refusing = Answer(json.dumps({"errcode": 93000, "errmsg": "invalid"}).encode())
    with receiver(GOOD["wecom"], refusing) as robot:
        known = {"ROBOT": robot.url}
        assert checks(kept, "--config", file, env=known)["channel ops"]["result"] == "ok"
        assert robot.requests == []
        found = checks(kept, "--config", file, "--send-test", env=known)
        assert found["channel ops"]["result"] == "ok"
        assert "测试" in robot.requests[0].json["markdown"]["content"]
        found = checks(kept, "--config", file, "--send-test", env=known)
        assert found["channel ops"]["result"] == "failed"
        assert "93000" in found["channel ops"]["detail"]


def test_an_address_or_a_signing_secret_that_cannot_be_used_fails_before_an_alert_does(
    kept: Run, tmp_path: Path
) -> None:
    file = settings(
        tmp_path, '[channels.ops]\nkind = "webhook"\nurl = "env:URL"\nsecret = "env:KEY"\n'
    )
    good = {"URL": "https://example.com/x", "KEY": "whsec_aGVsbG8="}
    for known, result in (
        (good, "ok"),
        (good | {"URL": "http://example.com/x"}, "failed"),
        (good | {"KEY": "no base64!"}, "failed"),
    ):
        assert checks(kept, "--config", file, env=known)["channel ops"]["result"] == result


def test_another_process_that_writes_is_seen(kept: Run, home: Path) -> None:
    assert checks(kept)["lock"]["result"] == "ok"
    with writing(home / "clearance.db"):
        assert checks(kept)["lock"]["result"] == "warning"


def test_a_store_is_looked_at_and_not_written(kept: Run, home: Path) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(home / "clearance.db")) as store:
            return list(store.iterdump())

    before = dump()
    checks(kept, "--offline")
    assert dump() == before


def test_damage_in_the_store_is_seen(kept: Run, home: Path) -> None:
    with closing(sqlite3.connect(home / "clearance.db")) as store, store:
        store.execute("UPDATE declarations SET doc = replace(doc, '2248', '2249')")
    found = checks(kept)["store"]
    assert found["result"] == "failed"
    assert "clearance store verify" in found["do"]


def test_what_no_channel_would_hear_of_is_a_warning(kept: Run, tmp_path: Path) -> None:
    """A silent source has no office: where each channel is for an office, nobody hears of it."""
    one = '[channels.here]\nkind = "console"\nmatch = { office = "2248" }\n'
    found = checks(kept, "--config", settings(tmp_path, one))["routes"]
    assert found["result"] == "warning"
    assert "feed_silent" in found["detail"]
    both = f'{one}[channels.rest]\nkind = "console"\n'
    assert checks(kept, "--config", settings(tmp_path, both))["routes"]["result"] == "ok"


def test_channels_that_nobody_feeds_are_a_warning(kept: Run, tmp_path: Path) -> None:
    file = settings(tmp_path, '[channels.here]\nkind = "console"\n')
    found = checks(kept, "--config", file)["store"]
    assert found["result"] == "warning"
    assert "clearance cron" in found["do"]
    kept("check", "--config", file)
    assert checks(kept, "--config", file)["store"]["result"] == "ok"


def test_a_clock_behind_a_file_is_seen(kept: Run, inbox: Path, tmp_path: Path) -> None:
    file = settings(tmp_path, f'[sources.box]\nkind = "folder"\npath = {json.dumps(str(inbox))}\n')
    assert checks(kept, "--config", file)["clock"]["result"] == "ok"
    one = next(inbox.iterdir())
    os.utime(one, (time.time() + 7200, time.time() + 7200))
    found = checks(kept, "--config", file)["clock"]
    assert found["result"] == "warning"
    assert one.name in found["detail"]


def test_a_message_of_tomorrow_says_that_the_clock_is_behind(call: Run, tmp_path: Path) -> None:
    from clearance.customs.cn_single_window.demo import business_receipt
    from tests.conftest import laid

    at = datetime.now(UTC) + timedelta(days=1)
    laid([business_receipt("I20260000000000077", "", "7", at, 77 * 10**8)], tmp_path / "box")
    call("ingest", "box")
    assert checks(call)["clock"]["result"] == "warning"


def test_a_year_whose_days_are_not_known_is_a_warning(kept: Run, tmp_path: Path) -> None:
    year = datetime.now(UTC).year
    days = "\n".join(
        f'[{one}]\nsource = "a notice"\nrest = ["01-01"]\nwork = []' for one in (year, year + 1)
    )
    (tmp_path / "days.toml").write_text(days)
    file = settings(tmp_path, '[calendar]\nfiles = ["days.toml"]\n')
    assert checks(kept, "--config", file)["calendar"]["result"] == "ok"
    (tmp_path / "days.toml").write_text(days.partition(f"[{year + 1}]")[0])
    assert checks(kept, "--config", file)["calendar"]["result"] in ("ok", "warning")


def test_a_version_that_is_too_old_is_a_warning_and_one_that_is_missing_fails(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.51.3")
    monkeypatch.setattr(_machine, "_requirements", lambda: iter([("rich", ">=1")]))
    assert checks(kept)["versions"]["result"] == "ok"
    monkeypatch.setattr(_machine, "_requirements", lambda: iter([("rich", "<999,>=998")]))
    found = checks(kept)["versions"]
    assert found["result"] == "warning"
    assert "rich must be <999,>=998" in found["detail"]
    monkeypatch.setattr(_machine, "_requirements", lambda: iter([("no-such-package", ">=1")]))
    assert checks(kept)["versions"]["result"] == "failed"


def test_a_fault_of_sqlite_is_none_of_another_store(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.51.2")
    assert checks(kept)["versions"]["result"] == "warning"
    assert checks(kept, "--store", "memory:")["versions"]["result"] == "ok"


@pytest.mark.parametrize(
    ("version", "sound"),
    [("3.40.1", False), ("3.44.6", True), ("3.45.0", False), ("3.50.7", True), ("3.51.2", False),
     ("3.51.3", True), ("3.53.0", True)],
)  # fmt: skip
def test_an_sqlite_with_the_fault_of_its_log_is_told(version: str, sound: bool) -> None:
    assert _machine._is_sound(_machine._version(version)) is sound


@pytest.mark.parametrize(
    ("encoding", "columns", "result"),
    [
        ("utf-8", None, "ok"),
        ("gbk", 120, "ok"),
        ("ascii", 120, "warning"),
        ("utf-8", 60, "warning"),
    ],
)
def test_a_terminal_that_cannot_show_it_is_a_warning(
    encoding: str, columns: int | None, result: str
) -> None:
    assert _machine._terminal(doctor.Terminal(encoding, columns)).result == result


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (10**15, "1000.0 TB")],
)
def test_bytes_are_written_shortly(count: int, written: str) -> None:
    assert _places.size(count) == written


def test_no_room_on_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    for free, result in ((5 * 1024**2, "failed"), (50 * 1024**2, "warning"), (10**9, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert _places._disk(tmp_path / "store.db").result == result


def test_nothing_is_told_of_channels_or_store_by_settings_that_cannot_be_used(
    call: Run, tmp_path: Path
) -> None:
    """That nobody is told of alerts was said of settings that name a channel."""
    config = tmp_path / "c.toml"
    config.write_text("[channels.desk]\nkind = 'carrier pigeon'\n[store]\nurl = 'desk.db'\n")
    ran = call("doctor", "--config", config, "--offline", "--format", "json")
    told = {one["name"]: one for one in ran.json["checks"]}
    for name in ("channels", "store"):
        assert (told[name]["result"], told[name]["detail"][:9]) == ("warning", "not known")
    ran = call("doctor", "--config", config, "--store", tmp_path / "no.db", "--format", "json")
    assert (
        "there is no store" in {one["name"]: one for one in ran.json["checks"]}["store"]["detail"]
    )


def test_what_does_not_work_is_said_in_a_line_for_who_reads_only_that(
    call: Run, tmp_path: Path
) -> None:
    ran = call("doctor", "--store", tmp_path / "no.db")
    assert (ran.code, ran.talk) == (1, "clearance: does not work: store\n")


def test_the_worst_comes_first_of_what_is_to_be_done(call: Run, tmp_path: Path) -> None:
    lines = call("doctor", "--store", tmp_path / "no.db").text.splitlines()
    assert lines[lines.index("") + 1].startswith("store: ")


def test_the_password_of_the_store_is_looked_for(kept: Run) -> None:
    name = "CLEARANCE_STORE_PASSWORD"
    assert checks(kept, env={name: "file:gone"})[f"secret {name}"]["result"] == "failed"
    assert checks(kept, env={name: "hush"})[f"secret {name}"]["result"] == "failed"


def test_every_secret_that_the_settings_refer_to_is_looked_at(kept: Run, tmp_path: Path) -> None:
    file = settings(
        tmp_path,
        '[sources.harbour]\nkind = "http"\nauth = "bearer"\nurl = "env:NOPE_URL"\n'
        'secret = "env:NOPE_SECRET"\n'
        'headers = {"x-key" = "env:NOPE_KEY", "x-plain" = "plain"}\n'
        '[evidence]\nkey = "file:/nope/key"\n',
    )
    found = checks(kept, "--offline", "--config", file)
    failed = {name for name, one in found.items() if one["result"] == "failed"}
    assert failed >= {
        "secret sources.harbour.url",
        "secret sources.harbour.secret",
        "secret sources.harbour.headers.x-key",
        "secret evidence.key",
    }
    assert "secret sources.harbour.headers.x-plain" not in found
