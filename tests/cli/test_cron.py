"""``clearance cron``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Case, Run, at, laid
from tests.test_schedule import by_cron


@pytest.mark.skipif(sys.platform == "win32", reason="paths of its own")
def test_cron_prints_the_real_paths(call: Run, tmp_path: Path) -> None:
    """With spaces, Chinese and a percent sign in them."""
    (tmp_path / "设置 1.toml").write_text("", "utf-8")
    ran = call(
        "cron", "InBox", "--archive", "读过 %", "--store", "通关 50%.db", "--config", "设置 1.toml"
    )
    assert ran.code == 0
    (line,) = [line for line in ran.text.splitlines() if line.startswith("7,")]
    assert f"'{tmp_path}/通关 50\\%.db'" in line
    assert f"--config '{tmp_path}/设置 1.toml'" in line
    assert f"ingest {tmp_path}/InBox --archive '{tmp_path}/读过 \\%'" in line
    assert "> /dev/null; " in line
    assert f"ExecStart=-{sys.executable} -m clearance ingest {tmp_path}/InBox" in ran.text
    assert "OnFailure=clearance-failed.service" in ran.text
    assert ran.text.count("schtasks /Create") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="paths of its own")
def test_a_home_directory_is_known_also_behind_a_sign_of_equality(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no shell has put it in: also the prompt of Windows does not."""
    monkeypatch.setenv("HOME", str(tmp_path))
    laid([*Case(900).sent(at("01 09:00"))], tmp_path / "In Box")
    lines = call("cron", "~/In Box", "--archive=~/Read", "--format", "json").json["crontab"]
    assert f"ingest '{tmp_path}/In Box' --archive {tmp_path}/Read" in lines
    assert call("ingest", "~/In Box", "--archive=~/Read").code == 0
    assert not list((tmp_path / "In Box").iterdir())
    assert list((tmp_path / "Read").iterdir())


def test_what_a_scheduler_runs_speaks_the_language_of_who_set_it_up(call: Run) -> None:
    """A scheduler has no locale, so that mail from it would be in English."""
    lines = call("cron", "InBox", "--lang", "zh", "--format", "json").json
    assert lines["crontab"].count("--lang zh") == 2
    assert lines["schtasks"].count("--lang zh") == 2
    assert "--lang" not in call("cron", "--lang", "en", "--format", "json").json["crontab"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs /bin/sh")
def test_the_line_of_cron_runs(call: Run, environment: dict[str, str]) -> None:
    call("store", "init", "--store", "通关 50%.db")
    ran = call("cron", "--store", "通关 50%.db", "--format", "json")
    line = by_cron(ran.json["crontab"].partition(" * * * * ")[2].rstrip())
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, check=False, env=environment, cwd="/"
    )
    told = b"nothing was looked at: the store holds no messages\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", told)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:SECRET@db/x",
        "postgresql://db/x?password=SECRET",
        "postgresql://db/x?sslpassword=SECRET",
        "postgresql://[x:SECRET",
        "postgresql://clerk:SECRET/db",
        "postgresql://clerk:SEC/SECRET@db/x",
        "postgresql://clerk:SEC?SECRET@db/x",
        "postgresql://clerk:5#SECRET@db/x",
    ],
)
def test_a_password_gets_into_no_line(url: str, call: Run) -> None:
    ran = call("cron", "--store", url, "--format", "json")
    assert ran.code == 2
    assert "CLEARANCE_STORE_PASSWORD" in ran.error["message"]
    assert b"SECRET" not in ran.out + ran.err


@pytest.mark.parametrize("servers", ["db", "db:5432", "a:5432,b:5432", "[::1]:5432"])
def test_a_shared_store_is_named_as_it_is(call: Run, servers: str) -> None:
    url = f"postgresql://clerk@{servers}/x"
    assert call("cron", "--store", url, "--format", "json").text.count(url) > 1


@pytest.mark.parametrize("store", ["memory:", 'a"b.db', "a\nb.db"])
def test_what_no_scheduler_can_run_is_an_error(store: str, call: Run) -> None:
    assert call("cron", "--store", store).code == 2


def test_a_line_too_long_for_schtasks_says_so(call: Run) -> None:
    long = "/".join(["folder" * 6] * 8)
    assert "too long for schtasks" in call("cron", "--store", long).text
    assert "too long for schtasks" not in call("cron", "--store", "a.db").text


def test_the_lines_speak_the_language_they_were_asked_for_in(call: Run, tmp_path: Path) -> None:
    """A job has no LANG: without the option its mail would be in English."""
    ran = call("cron", "InBox", "--store", "a.db", "--lang", "zh", "--format", "json")
    assert "--lang zh" in ran.json["crontab"]
    assert ran.json["schtasks"].count("--lang zh") == 2
    by_locale = call("cron", "--store", "a.db", "--format", "json", env={"LANG": "zh_CN.UTF-8"})
    assert "--lang zh" in by_locale.json["crontab"]
    assert "--lang" not in call("cron", "--store", "a.db", "--format", "json").json["crontab"]
    (tmp_path / "s.toml").write_text('lang = "zh"', encoding="utf-8")
    said = call("cron", "--store", "a.db", "--config", "s.toml", "--format", "json")
    assert "--lang" not in said.json["crontab"]


def test_a_folder_that_is_not_there_is_remarked_on(call: Run, tmp_path: Path) -> None:
    ran = call("cron", "nonexistent", "--store", "a.db")
    assert (ran.code, ran.talk.count("\n")) == (0, 1)
    assert "nonexistent: there is no such folder" in ran.talk
    (tmp_path / "InBox").mkdir()
    assert call("cron", "InBox", "--store", "a.db").err == b""


def test_secrets_in_variables_that_a_job_does_not_have_are_remarked_on(
    call: Run, tmp_path: Path
) -> None:
    settings = '[channels.ops]\nkind = "dingtalk"\nurl = "env:DING_URL"\nsecret = "file:s.txt"\n'
    (tmp_path / "s.toml").write_text(settings, encoding="utf-8")
    ran = call("cron", "--store", "a.db", "--config", "s.toml")
    assert "DING_URL" in ran.talk
    assert "file:PATH" in ran.talk


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_to_do_with_the_units_of_systemd_is_said(call: Run, lang: str) -> None:
    text = call("cron", "--store", "a.db", "--lang", lang).text
    for said in ("User=", "systemctl daemon-reload", "--user", "~/.config/systemd/user/"):
        assert said in text


def test_with_sources_that_are_set_the_lines_read_them_in(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f'[sources.c]\nkind = "folder"\npath = {json.dumps(str(tmp_path))}\n')
    ran = call("cron", "--config", file, "--format", "json")
    assert ran.code == 0
    assert " ingest " in ran.text


def test_a_path_of_the_settings_that_is_found_only_from_here_is_told_of(
    call: Run, tmp_path: Path
) -> None:
    """Cron runs in the home directory, systemd in the root of all."""
    file = tmp_path / "c.toml"
    box = '[sources.box]\nkind = "folder"\npath = {}\n[heartbeat]\nurl = "file:{}"\n'
    file.write_text(box.format('"in"', "hush"))
    assert "does not find in, hush: write whole paths" in call("cron", "--config", file).talk
    file.write_text(box.format(json.dumps(str(tmp_path)), "~/hush"))
    assert call("cron", "--config", file).talk == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("name", ["CLEARANCE_HOME", "XDG_CONFIG_HOME"])
def test_a_variable_that_own_customs_systems_are_found_by_is_told_of(
    call: Run, tmp_path: Path, name: str
) -> None:
    """The lines name settings, if there are any, beside which the systems are."""
    home = tmp_path / "of kim"
    env = {"HOME": str(tmp_path), "CLEARANCE_HOME": "", "XDG_CONFIG_HOME": "", name: str(home)}
    assert name not in call("cron", "--store", "a.db", env=env).talk
    (home / ("clearance" if name.startswith("XDG") else "") / "customs").mkdir(parents=True)
    told = call("cron", "--store", "a.db", env=env).talk
    assert f"variables that a scheduler does not have: {name};" in told


def test_a_password_of_the_store_from_a_variable_is_told_of(call: Run, tmp_path: Path) -> None:
    env = {"CLEARANCE_STORE_PASSWORD": "file:/etc/pw"}
    ran = call("cron", tmp_path, "--store", "postgresql://clerk@db.example/c", env=env)
    assert "variables that a scheduler does not have: CLEARANCE_STORE_PASSWORD" in ran.talk
