"""Language, variables and the file of settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Run


def test_keys_and_values_of_json_are_the_same_in_every_language(kept: Run) -> None:
    english = kept("status", CLOSED.own, "--as-of", AS_OF, "--format", "json", "--lang", "en")
    chinese = kept("status", CLOSED.own, "--as-of", AS_OF, "--format", "json", "--lang", "zh")
    assert english.out == chinese.out


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "报关单"),
        ({"LANG": "en_GB.UTF-8"}, "declaration"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "报关单"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "declaration"),
    ],
)
def test_the_language_is_that_of_the_locale(
    kept: Run, variables: dict[str, str], word: str
) -> None:
    assert kept("list", "--as-of", AS_OF, env=variables).text.startswith(word)


def test_the_store_may_be_named_by_a_variable(call: Run, inbox: Path, tmp_path: Path) -> None:
    store = {"CLEARANCE_STORE": str(tmp_path / "named.db")}
    assert call("ingest", inbox, env=store).code == 0
    assert (tmp_path / "named.db").exists()
    assert call("store", "info", "--format", "json", env=store).json["declarations"] == 4
    assert call("store", "info", "--format", "json").error["kind"] == "no_store"


# Settings


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[reprot]\n", ["reprot"]),
        ('[report]\nzon = "Asia/Shanghai"\n', ["report.zon"]),
        ("[report]\nzone = 8\n", ["report.zone"]),
        ('[report]\nzone = "Mars/Olympus"\n', ["report.zone", "Mars/Olympus"]),
        ('lang = "fr"\n', ["lang is 'fr': choose en, zh"]),
        (
            '[channels.ops]\nkind = "console"\nseverities = ["info", "严重"]\n',
            ["channels.ops.severities[1] is '严重': choose info, warning, critical"],
        ),
        ("[contacts]\n2201 = 'a'\n2248 = 5\n", ["contacts.2248: Expected `str`"]),
        ("[return_reasons]\nprice = ['a', 7]\n", ["return_reasons.price[1]: Expected `str`"]),
        ('[costs]\ncurrency = "USDX"\n', ["costs.currency: must be a code such as EUR"]),
        ('[store]\nurl = ""\n', ["store.url: is empty"]),
        ('[store]\nurl = "http://db"\n', ["store.url: there is no store http://"]),
        ('[store]\nurl = "env:DB"\n', ["store.url: the store is neither a path nor a URL"]),
        ("[channels.ops]\nlang = 'zh'\n", ["channels.ops.kind is missing: choose console"]),
        ("[sources.box]\npath = 'in'\n", ["sources.box.kind is missing: choose folder"]),
        (
            "[error_rate]\nrecorded_until = '2026-13-01'\n",
            ["error_rate.recorded_until: '2026-13-01' is no day such as 2026-09-30"],
        ),
        ('[user]\nname = " "\n', ["user.name: is empty"]),
        ("[store]\nurl = []\n", ["store.url"]),
        ("rules = 5\n", ["rules"]),
        ("[rules]\nstuck = 5\n", ["rules.stuck"]),
        ("[rules.stukc]\nenabled = true\n", ["rules.stukc", "stuck"]),
        ("[rules.stuck]\nhuors = 8\n", ["rules.stuck.huors", "hours"]),
        ("[rules.stuck]\nenabled = 1\n", ["rules.stuck.enabled"]),
        ('[rules.stuck]\nhours = "8"\n', ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = true\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = nan\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = inf\n", ["rules.stuck.hours"]),
        ("[rules.stuck]\nhours = -1\n", ["rules.stuck.hours"]),
        ("[report\n", ["line 1"]),
        ("[report]\nzone = \n", ["line 2"]),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_file_and_full_key(
    kept: Run, tmp_path: Path, written: str, named: list[str]
) -> None:
    file = tmp_path / "clearance.toml"
    file.write_text(written, encoding="utf-8")
    command = "report" if "Mars" in written else "check"
    ran = kept(command, "--config", file, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 2
    assert all(part in ran.error["message"] for part in (str(file), *named)), ran.error["message"]


@pytest.mark.parametrize("command", ["list", "check", "report"])
def test_settings_that_are_named_and_not_there_are_an_error(
    kept: Run, home: Path, tmp_path: Path, command: str
) -> None:
    for store in ((), ("--store", home / "clearance.db")):
        ran = kept(command, "--config", tmp_path / "absent.toml", *store)
        assert ran.code == 2
        assert "absent.toml" in ran.talk


def test_settings_hold_for_the_store_the_zone_and_the_rules(
    call: Run, home: Path, inbox: Path, tmp_path: Path
) -> None:
    home.mkdir()
    store = json.dumps(str(tmp_path / "shared.db"))
    settings = (
        f'[store]\nurl = {store}\n[report]\nzone = "Europe/London"\n[rules.stuck]\nhours = 20\n'
    )
    (home / "config.toml").write_text(settings, encoding="utf-8")
    assert call("ingest", inbox).code == 0
    assert (tmp_path / "shared.db").exists()
    call("check", "--as-of", "2026-03-06T08:45:00+08:00")
    found = call("check", "--as-of", AS_OF, "--format", "json").json["new"]
    assert {a["declaration"] for a in found if a["rule"] == "stuck"} == {
        c.entry for c in (INSPECTED, RESENT, UNKNOWN)
    }
    assert call("report", "--format", "json").json["zone"] == "Europe/London"
    assert call("report", "--zone", "UTC", "--format", "json").json["zone"] == "UTC"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[sources.a]\nkind = 'ftp'\npath = 'x'\n", "sources.a.kind"),
        ("[sources.a]\nkind = 'folder'\n", "sources.a"),
        ("[sources.a]\nkind = 'folder'\npath = 'x'\nurl = 'y'\n", "sources.a.url"),
        ("[contacts]\n2248 = 5\n", "contacts"),
        ("[calendar]\nhours = 'late'\n", "calendar.hours"),
        ("[calendar.uk_cds]\nhours = 'late'\n", "calendar.uk_cds.hours"),
        ("[calendar.uk_cds]\nfiles = ['gone.toml']\n", "calendar.uk_cds.files"),
        (
            "[calendar]\nhours = '08:00-16:00'\n[calendar.cn_single_window]\nfiles = []\n",
            "calendar.cn_single_window",
        ),
        ("[rules.tax_unpaid]\nvalid_from = 'then'\n", "rules.tax_unpaid.valid_from"),
        ("[rules.tax_unpaid]\nvalid_from = '2026-02-30'\n", "rules.tax_unpaid.valid_from"),
        ("[rules.tax_unpaid]\nlegal_basis = 43\n", "rules.tax_unpaid.legal_basis"),
    ],
)
def test_a_wrong_setting_of_a_source_or_a_rule_is_named(
    call: Run, tmp_path: Path, text: str, named: str
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(text, encoding="utf-8")
    ran = call("list", "--config", config)
    assert ran.code == 2
    assert named in ran.talk


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[targets]\n"declare-lunch" = "24h"\n', ["targets.declare-lunch", "declare-release"]),
        ('[targets]\n"declare-release" = "soon"\n', ["targets.declare-release", "24h"]),
        ('[targets]\n"declare-release" = "0h"\n', ["targets.declare-release", "24h"]),
        ("[error_rate]\naverage.spring = 1\n", ["error_rate.average.spring", "2026Q3"]),
        ("[costs]\ndemurrage.tiers = [{rate = 1}, {rate = 2}]\n", ["costs.demurrage.tiers"]),
        ("[costs]\nlunch = 1\n", ["costs.lunch"]),
    ],
)
def test_a_standard_that_cannot_be_measured_against_is_named(
    call: Run, tmp_path: Path, text: str, said: list[str]
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    ran = call("list", "--config", file)
    assert ran.code == 2
    assert all(part in ran.talk for part in said), ran.talk


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ('[store]\nurl = "a\\u0000b"', "store.url"),
        ('[sources.x]\nkind = "folder"\npath = "a\\u0000b"', "sources.x.path"),
        ('[calendar]\nfiles = ["a\\u0000b"]', "calendar.files"),
        ('[codes]\noffices = "a\\u0000b"', "codes.offices"),
        ('[channels.x]\nkind = "wecom"\nurl = "file:a\\u0000b"', "channels.x.url"),
    ],
)
def test_a_value_that_no_path_can_hold_is_refused_by_its_key(
    call: Run, tmp_path: Path, settings: str, key: str
) -> None:
    """Each ended in a traceback where its file was opened."""
    file = tmp_path / "s.toml"
    file.write_text(settings, encoding="utf-8")
    ran = call("list", "--config", file)
    assert ran.code == 2
    assert f"{key}: holds the character U+0000" in ran.err.decode()
    assert "含有字符" in call("list", "--config", file, "--lang", "zh").err.decode()


@pytest.mark.parametrize(
    "nested",
    [f"lang = {'[' * 2000}{']' * 2000}", f"lang = {'[' * 150}{']' * 150}", f"[{'.a' * 3000}]"],
    ids=["lists", "fewer lists", "tables"],
)
def test_settings_nested_without_end_are_refused(call: Run, tmp_path: Path, nested: str) -> None:
    """They ended in a traceback where they were read, or where one was set."""
    file, days = tmp_path / "s.toml", tmp_path / "days.toml"
    file.write_text(nested.replace("[.", "["), encoding="utf-8")
    for arguments in (("list",), ("config", "set", "lang", "zh")):
        ran = call(*arguments, "--config", file)
        assert (ran.code, ran.err.count(b"\n")) == (2, 1), ran.err.decode()
    days.write_text(nested.replace("[.", "["), encoding="utf-8")
    file.write_text('[calendar]\nfiles = ["days.toml"]', encoding="utf-8")
    assert call("list", "--config", file).code == 2


def test_a_value_nested_without_end_is_refused(call: Run, tmp_path: Path) -> None:
    value = "[" * 2000 + "]" * 2000
    ran = call("config", "set", "rules.stuck.hours", value, "--config", tmp_path / "s.toml")
    assert (ran.code, ran.err.count(b"\n")) == (2, 1), ran.err.decode()
