"""Where settings come from, whether a file can be used, and changes that spoil nothing of it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from clearance import config
from clearance.alerting.rules import RULES
from clearance.config import editing, origins
from clearance.errors import BadArgument
from clearance.secret import redacted
from tests.conftest import Run

OWN = """\
# ours, since the spring
[rules.stuck]  # nobody waits longer
hours = 36     # a day and a half

[channels.ops]
kind = "wecom"
url = "env:ROBOT"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file with comments."""
    file = tmp_path / "s.toml"
    file.write_text(OWN, encoding="utf-8")
    return file


def shown(run: Run, *arguments: str | Path, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Each setting by its key."""
    found = run("config", "show", *arguments, "--format", "json", env=env).json["settings"]
    return {setting.pop("key"): setting for setting in found}


# show


def test_every_setting_is_shown_with_where_it_comes_from(call: Run, file: Path) -> None:
    found = shown(call, "--config", file)
    assert found["rules.stuck.hours"] == {
        "value": 36, "origin": "file", "place": str(file), "line": 3,
    }  # fmt: skip
    assert found["channels.ops.url"]["value"] == "env:ROBOT"
    assert found["channels.ops.severities"] == {
        "value": ["warning", "critical"], "origin": "default", "place": None, "line": None,
    }  # fmt: skip
    assert found["store.url"]["origin"] == "default"
    assert found["store.url"]["value"].endswith("clearance.db")
    defaults = {f"rules.{rule.name}.{key}" for rule in RULES.values() for key in rule.defaults}
    assert defaults <= {*found}


def test_an_option_goes_before_a_variable_and_that_before_the_file(call: Run, file: Path) -> None:
    file.write_text('[store]\nurl = "kept.db"\n')
    known = {"CLEARANCE_STORE": "named.db"}
    ways = (
        (shown(call, "--config", file), ("kept.db", "file", str(file))),
        (shown(call, "--config", file, env=known), ("named.db", "environment", "CLEARANCE_STORE")),
        (
            shown(call, "--config", file, "--store", "other.db", env=known),
            ("other.db", "option", "--store"),
        ),
    )
    for found, expected in ways:
        setting = found["store.url"]
        assert (setting["value"], setting["origin"], setting["place"]) == expected
    assert shown(call, env={"CLEARANCE_LANG": "zh"})["lang"]["place"] == "CLEARANCE_LANG"


def test_only_what_is_set_is_shown_where_that_is_asked_for(call: Run, file: Path) -> None:
    assert {*shown(call, "--config", file, "--changed")} == {
        "rules.stuck.hours", "channels.ops.kind", "channels.ops.url",
    }  # fmt: skip
    assert shown(call, "--changed") == {}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:hush@db/clearance",
        "postgresql://clerk@db/clearance?password=hush",
        "postgresql://clerk:hu@hush@db/clearance",
        "postgresql://clerk:hush?hush@db/clearance",
        "postgresql://clerk:hush/hush@db/clearance",
    ],
)
def test_a_password_in_the_stores_url_is_not_shown(call: Run, file: Path, url: str) -> None:
    file.write_text(f'[store]\nurl = "{url}"\n')
    known = {"CLEARANCE_STORE": url}
    for ran in (
        call("config", "show", "--config", file),
        call("config", "show", "--store", url),
        call("config", "show", "--format", "json", env=known),
        call("config", "set", "store.url", url),
    ):
        assert ran.code == 0
        assert "hush" not in ran.text + ran.talk
        assert "clerk" in ran.text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgre:/clerk:hush@db/clearance", "postgre:…@db/clearance"),
        ("clerk:hush/hush@db", "clerk:…@db"),
        ("host=db password=hush user=clerk", "host=db password=… user=clerk"),
        ("C:/data/x@y.db", "C:/data/x@y.db"),
        ("Desk <desk@example.com>", "Desk <desk@example.com>"),
        ("file:/etc/a@b", "file:/etc/a@b"),
        ("https://example.com:8443/path", "https://example.com:8443/path"),
        ("https://example.com/path?mail=a@b", "https://example.com/path?…"),
    ],
)
def test_what_looks_like_a_password_is_left_out(written: str, shown: str) -> None:
    assert redacted(written) == shown


def test_lines_are_those_of_keys_however_they_are_written() -> None:
    text = '\n[a."b c"]\nd.e = 1\n"f" = """\nx = 1\n"""\n[g]\n  h = 2\n'
    assert origins.lines(text)["a", "b c", "d", "e"] == 3
    assert origins.lines(text)["a", "b c", "f"] == 4
    assert origins.lines(text)["g", "h"] == 8


# check


def test_a_file_that_can_be_used_is_said_to_be(call: Run, file: Path) -> None:
    assert call("config", "check", file, "--format", "json").json["valid"] is True
    assert call("config", "check", "--config", file).code == 0
    assert call("config", "check").code == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [("[report\n", "line 1"), ("[reprot]\n", "reprot"), ("[rules.stuck]\nhours = -1\n", "hours")],
)
def test_a_file_that_cannot_be_used_is_the_error_that_it_is_elsewhere(
    call: Run, file: Path, text: str, named: str
) -> None:
    file.write_text(text)
    ran = call("config", "check", file)
    assert (ran.code, ran.talk) == (2, call("list", "--config", file).talk)
    assert named in ran.talk
    assert call("config", "check", "--config", file, "--format", "json").error["kind"] == "usage"


# set


def test_a_change_keeps_comments_and_order(call: Run, file: Path) -> None:
    ran = call("config", "set", "rules.stuck.hours", "48", "--config", file, "--format", "json")
    assert ran.json["changed"] == [{"key": "rules.stuck.hours", "value": 48}]
    assert file.read_text(encoding="utf-8") == OWN.replace("36", "48")


def test_the_file_is_made_where_there_is_none(call: Run, home: Path) -> None:
    assert call("config", "set", "lang", "zh").code == 0
    assert tomllib.loads((home / "config.toml").read_text()) == {"lang": "zh"}
    assert "报关单" in call("--lang", "zh", "help").text
    assert call("config", "path").text.strip() == str(home / "config.toml")


@pytest.mark.parametrize(
    ("key", "written", "kept"),
    [
        ("contacts.2248", "12345", {"contacts": {"2248": "12345"}}),
        ("rules.stuck.enabled", "false", {"rules": {"stuck": {"enabled": False}}}),
        ("report.zone", "Asia/Shanghai", {"report": {"zone": "Asia/Shanghai"}}),
        ("report.zone", '"Asia/Shanghai"', {"report": {"zone": "Asia/Shanghai"}}),
        ("calendar.files", "[]", {"calendar": {"files": []}}),
        (
            "calendar.uk_cds.hours",
            "09:00-17:00",
            {"calendar": {"uk_cds": {"hours": "09:00-17:00"}}},
        ),
        (
            "rules.import_undeclared.valid_from",
            "2024-12-01",
            {"rules": {"import_undeclared": {"valid_from": "2024-12-01"}}},
        ),
    ],
)
def test_a_value_is_read_as_its_setting_wants_it(
    call: Run, home: Path, key: str, written: str, kept: dict[str, Any]
) -> None:
    ran = call("config", "set", key, written)
    assert (ran.code, ran.talk) == (0, "")
    assert tomllib.loads((home / "config.toml").read_text(encoding="utf-8")) == kept


def test_what_goes_together_is_set_together(call: Run, file: Path) -> None:
    words = ["channels.new.kind", "slack", "channels.new.url", "env:SLACK"]
    words += ["channels.new.severities", "info,warning"]
    assert call("config", "set", *words[:2], "--config", file).code == 2
    assert call("config", "set", *words, "--config", file).code == 0
    assert tomllib.loads(file.read_text())["channels"]["new"] == {
        "kind": "slack", "url": "env:SLACK", "severities": ["info", "warning"],
    }  # fmt: skip
    assert call("config", "set", *words[:3], "--config", file).code == 2


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("reprot.zone", "UTC", "report.zone"),
        ("rules.stuck.huors", "3", "rules.stuck.hours"),
        ("channels.ops.urll", "env:X", "channels.ops.url"),
        ("sources.box.pth", "x", "sources.box.path"),
        ("qqq.www", "x", "config show"),
        ("a b", "x", "report.zone"),
        ("lang\nx", "x", "report.zone"),
        ("", "x", "report.zone"),
        ("rules.stuck.hours", "0", "rules.stuck.hours is 0"),
        ("rules.stuck.hours", "many", "rules.stuck.hours is 'many'"),
        ("report.zone", "Mars/Olympus", "Mars/Olympus"),
        ("channels.ops.url", "https://example.com/hush", "env:NAME"),
        ("lang.zh", "x", "lang"),
    ],
)
def test_what_cannot_be_set_leaves_the_file_as_it_was(
    call: Run, file: Path, key: str, value: str, named: str
) -> None:
    ran = call("config", "set", key, value, "--config", file)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    assert named in ran.talk
    assert "hush" not in ran.talk
    assert file.read_text(encoding="utf-8") == OWN


def test_a_change_can_mend_a_file_that_cannot_be_used(call: Run, file: Path) -> None:
    file.write_text(OWN.replace("36", '"many"'))
    assert call("list", "--config", file).code == 2
    assert call("config", "set", "rules.stuck.hours", "36", "--config", file).code == 0
    assert file.read_text(encoding="utf-8") == OWN


def test_each_value_is_read_in_few_ways_however_many_are_set_together(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is wrong does not have all the others read in every way."""
    parsed, tries = config.parsed, list[str]()

    def counting(text: str, *others: Any) -> config.Config:
        tries.append(text)
        return parsed(text, *others)

    monkeypatch.setattr(config, "parsed", counting)
    wanted = {f"contacts.{number}": "a,b" for number in range(8)}
    lists = {f"customers.acme.{name}": "released, accepted" for name in ("milestones", "hold")}
    acme = {"customers.acme.name": "Acme", "channels.desk.kind": "console"}
    acme |= {"customers.acme.to": "desk, desk"} | lists | wanted
    with pytest.raises(BadArgument, match="hours"):
        editing.changed("", acme | {"rules.stuck.hours": "x,y"}, file, "en")
    assert len(tries) <= 3 * len(acme)
    made = tomllib.loads(editing.changed("", acme, file, "en"))
    assert made["customers"]["acme"]["hold"] == ["released", "accepted"]
    assert made["contacts"]["7"] == "a,b"


@pytest.mark.skipif(os.name != "posix", reason="a mode of POSIX")
def test_who_may_read_the_file_stays(call: Run, file: Path) -> None:
    file.chmod(0o640)
    assert call("config", "set", "lang", "zh", "--config", file).code == 0
    assert file.stat().st_mode & 0o777 == 0o640


# path


def test_the_place_of_the_settings_is_told_also_where_there_are_none(
    call: Run, home: Path, file: Path
) -> None:
    ran = call("config", "path")
    assert (ran.code, ran.text) == (0, f"{home / 'config.toml'}\n")
    assert "no settings file" in ran.talk
    found = call("config", "path", "--config", file, "--format", "json").json
    assert (found["path"], found["exists"], found["named_by"]) == (str(file), True, "option")
    named = {"CLEARANCE_CONFIG": str(file)}
    assert call("config", "path", "--format", "json", env=named).json["named_by"] == "environment"


def test_commands_that_set_nothing_do_not_load_what_writes_settings(
    call: Run, environment: dict[str, str]
) -> None:
    from tests.loading import RAN, loaded

    assert "tomlkit" not in loaded(RAN, "config", "show", env=environment)


@pytest.mark.parametrize(
    "before",
    [
        "rules = { stuck = { hours = 3 } }\n",
        'rules.stuck.hours = 3\nlang = "en"\n',
        "[rules]\nstuck.hours = 3\n",
        'rules.stuck = { hours = 3 }\n[report]\nzone = "UTC"\n',
        "# rules\n\n[rules.stuck]\nhours = 3\n",
    ],
)
def test_however_tables_are_written_one_more_is_set_and_all_else_stays(
    call: Run, tmp_path: Path, before: str
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(before, encoding="utf-8")
    for key, value in (("enabled", "false"), ("warning_days", "6")):
        assert call("config", "set", f"rules.tax_unpaid.{key}", value, "--config", file).code == 0
    wanted = tomllib.loads(before)
    wanted["rules"]["tax_unpaid"] = {"enabled": False, "warning_days": 6}
    assert tomllib.loads(file.read_text(encoding="utf-8")) == wanted
