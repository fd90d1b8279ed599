"""What is loaded when, and that every command, option and rule explains itself."""

from __future__ import annotations

import importlib
import string
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

import clearance
from clearance.alerting.rules import RULES, Rule
from clearance.cli import _framework
from clearance.customs import systems
from tests.conftest import AS_OF, INSPECTED, Case, Run, at, laid
from tests.loading import HEAVY, RAN, loaded, modules

IMPORTED = """
import json, sys
import clearance.cli
json.dump(sorted(sys.modules), sys.stderr)
"""


def test_importing_the_command_line_loads_no_library(environment: Mapping[str, str]) -> None:
    libraries = {"httpx", "rich", "tinydb", "psycopg", "msgspec", "xlsxwriter"}
    assert loaded(IMPORTED, env=environment) & (libraries | HEAVY) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("status", "--help"),
        ("report", "--help"),
        ("status", INSPECTED.own),
        ("list",),
        ("list", "--format", "json"),
        ("check", "--as-of", AS_OF),
    ],
    ids=" ".join,
)
def test_a_run_under_cron_loads_nothing_heavy(
    kept: Run, environment: Mapping[str, str], arguments: tuple[str, ...]
) -> None:
    """What it loads it pays for each minute: pydantic alone would double the time of a start."""
    assert loaded(RAN, *arguments, env=environment) & HEAVY == set()


@pytest.mark.parametrize(
    "arguments", [("status", INSPECTED.own), ("list",), ("check",)], ids=" ".join
)
def test_a_plain_command_line_is_read_without_a_framework(
    kept: Run, environment: Mapping[str, str], arguments: tuple[str, ...]
) -> None:
    """Typer takes as long to load as looking a number up."""
    assert "typer" not in loaded(RAN, *arguments, "--as-of", AS_OF, env=environment)


@pytest.mark.parametrize(
    "arguments",
    [("status", INSPECTED.own), ("list",), ("check",), ("alerts", "list")],
    ids=" ".join,
)
def test_what_is_asked_every_day_loads_no_decimals_paths_or_addresses(
    kept: Run, environment: Mapping[str, str], arguments: tuple[str, ...]
) -> None:
    """They take a tenth of a start. No file is named here, nothing sent, no weight declared."""
    found = modules(RAN, *arguments, "--as-of", AS_OF, env=environment)
    assert found & {"decimal", "pathlib", "urllib.parse", "ipaddress"} == set()


def test_to_look_a_number_up_loads_no_more_than_that_takes(
    kept: Run, environment: Mapping[str, str]
) -> None:
    """Rules, readers and what is learned are half of a start, and nothing here asks for them."""
    found = modules(RAN, "status", INSPECTED.own, "--format", "json", env=environment)
    asked = {
        f"clearance.{name}"
        for name in ("timelines.query", "customs.words", "stores.tinydb", "render.declarations")
    }
    unasked = {
        "alerting.rules",
        "alerting.inputs",
        "alerting.evaluation",
        "customs.unpacking",
        "customs.dk_dms.codes",
        "customs.eu_ncts.codes",
        "customs.uk_cds.codes",
        "timelines.linking",
        "figures.dwell",
        "shipments.plans",
        "config",
    }
    assert asked <= found
    assert found & ({f"clearance.{name}" for name in unasked} | {"msgspec", "zipfile"}) == set()


def test_to_read_a_few_receipts_loads_nothing_for_other_messages_or_for_questions(
    inbox: Path, environment: Mapping[str, str]
) -> None:
    receipts = inbox.parent / "receipts"
    receipts.mkdir()
    for file in inbox.glob("Receipt_*.xml"):
        (receipts / file.name).write_bytes(file.read_bytes())
    store = inbox.parent / "few.db"
    modules(RAN, "ingest", str(receipts), "--store", str(store), env=environment)
    found = modules(
        RAN, "ingest", str(receipts), "--reread", "--store", str(store), env=environment
    )
    unasked = {
        "customs.cn_single_window.declared",
        "customs.parts",
        "figures.forecast",
        "model.content",
        "timelines.query",
    }
    assert "clearance.customs.cn_single_window.receipts" in found
    assert found & {f"clearance.{name}" for name in unasked} == set()


MADE_AT_A_START = {"dataclasses", "inspect", "pkgutil", "platformdirs", "typer", "string", "copy"}
"""Modules that write and compile classes, or take long to load for what a look-up needs of them."""
CONTAINERS = {"zipfile", "bz2", "lzma", "shutil", "filecmp", "secrets", "random", "base64"}
"""Modules for zip files, archives and secrets."""
READERS = {"clearance.customs.unpacking", "clearance.customs.xml", "clearance.timelines.intake"}
UNUSUAL = {
    "clearance.render.errors", "clearance.render.chinese.messages", "clearance.stores.soundness",
}  # fmt: skip
"""Modules for errors in Chinese, and for damage."""
LEFT_OUT = {
    "status": MADE_AT_A_START - {"string"} | CONTAINERS | READERS | UNUSUAL
    | {"hashlib", "decimal", "zoneinfo", "platform", "csv",
       "pathlib", "urllib.parse", "clearance.periods", "clearance.calendar",
       "clearance.timelines.by_hand"},
    "ingest": MADE_AT_A_START | CONTAINERS - {"base64"} | UNUSUAL
    | {"hashlib", "xml.etree.ElementTree", "weakref", "decimal", "zoneinfo", "platform",
       "pathlib", "urllib.parse", "clearance.secret",
       "clearance.periods", "clearance.hours",
       "clearance.customs.archives", "clearance.sources.archive", "clearance.sources.stdin",
       "clearance.render.sources",
       "clearance.figures.forecast_learning", "clearance.shipments.plans", "clearance.config"},
    "list": READERS | UNUSUAL | {"typer", "pkgutil", "platform", "secrets", "zipfile", "bz2"},
    "check": READERS | UNUSUAL
    | {"hashlib", "secrets", "typer", "zipfile", "bz2", "clearance.sources.folder",
       "msgspec", "dataclasses", "inspect", "platform"},
    "report": READERS | UNUSUAL
    | {"pathlib", "zoneinfo", "hashlib", "typer", "msgspec", "dataclasses", "inspect",
       "statistics", "difflib",
       "clearance.figures.shapley", "clearance.reporting.verifier"},
    "alerts list": READERS | {"typer", "msgspec", "dataclasses", "inspect"},
    "note": {"typer", "msgspec", "ssl", "http.client", "email.message"},
    "cron": {"typer", "msgspec", "ssl", "http.client", "email.message"},
}  # fmt: skip
"""What each command must not load where there are no settings and nothing is out of the ordinary.

Each of these was loaded once, for nothing.
"""


@pytest.mark.parametrize("command", LEFT_OUT)
def test_a_command_loads_nothing_that_it_does_not_use(
    kept: Run, environment: Mapping[str, str], tmp_path: Path, command: str
) -> None:
    old = Case(900, "export")
    laid([*old.sent(at("01 09:00") - timedelta(days=900))], tmp_path / "few")
    arguments = {
        "status": [INSPECTED.own, "--format", "json"],
        "ingest": [str(tmp_path / "few"), "--format", "json"],
        "check": ["--as-of", AS_OF, "--format", "json"],
        "report": ["--as-of", AS_OF, "--format", "table"],
        "note": [INSPECTED.own, "seen", "--as-of", AS_OF],
        "cron": [],
    }
    words = [*command.split(), *arguments.get(command, ["--format", "json"])]
    found = modules(RAN, *words, env=environment)
    assert found & LEFT_OUT[command] == set()


SETTINGS = """
[channels.mail]
kind = "email"
host = "mail.example.com"
from = "desk@example.com"
to = ["a@example.com"]

[channels.desk]
kind = "wecom"
url = "env:DESK"

[channels.program]
kind = "webhook"
url = "env:PROGRAM"

[sources.inbox]
kind = "folder"
path = "inbox"

[customers.ours]
name = "宁波甲贸易有限公司"
reference = "OURS*"
to = ["desk"]
"""
SENDERS = {
    "httpx", "http.client", "ssl", "smtplib", "email.message", "email.utils", "socket",
    "logging", "hashlib", "hmac",
    "xml.etree.ElementTree", "zipfile", "shutil", "clearance.sources.http_session",
    "clearance.channels.dingtalk", "clearance.alerting.rules", "clearance.alerting.outbox",
}  # fmt: skip
"""Modules that send, fetch and judge."""


def test_to_read_settings_loads_nothing_that_sends_fetches_or_judges(
    kept: Run, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Who has settings pays for them with every look-up."""
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    found = modules(RAN, "status", INSPECTED.own, "--config", str(file), env=environment)
    assert {"msgspec", "clearance.channels.email", "clearance.channels.webhook"} <= found
    assert found & SENDERS == set()


def test_every_customs_system_has_a_table_of_codes() -> None:
    for name in systems():
        assert systems()[name].code("", "no such code") is None


def test_help_opens_no_store(environment: Mapping[str, str]) -> None:
    backends = {"tinydb", "sqlite3", "msgspec", "xlsxwriter"}
    assert loaded(RAN, "--help", env=environment) & backends == set()
    assert loaded(RAN, "status", "--help", env=environment) & backends == set()


def test_what_is_not_installed_at_users_is_not_loaded(
    kept: Run, environment: Mapping[str, str]
) -> None:
    """Typer carries its own click; a real one is here only because a linter brings it."""
    assert "click" not in loaded(RAN, "list", env=environment)


def test_the_python_api_loads_its_parts_when_they_are_asked_for() -> None:
    for name in clearance.__all__:
        assert getattr(clearance, name).__doc__
    with pytest.raises(AttributeError, match="no_such_part"):
        getattr(clearance, "no_such_part")  # noqa: B009


# Everything explains itself


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group with its full name."""
    root: Any = typer.main.get_command(_framework.app)
    yield "clearance", root
    for name in root.list_commands(None):
        command = root.get_command(None, name)
        yield f"clearance {name}", command
        for inner, subcommand in getattr(command, "commands", {}).items():
            yield f"clearance {name} {inner}", subcommand


COMMANDS = dict(commands())


def test_every_command_of_this_stage_is_there() -> None:
    names = {name.removeprefix("clearance ") for name in COMMANDS}
    assert names >= {
        "ingest", "refused", "refused list", "refused show", "refused retry", "status", "list",
        "explain", "check", "alerts", "alerts list", "report", "demo", "store", "store info",
        "store verify", "store rebuild",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_in_a_sentence(name: str) -> None:
    first = str(COMMANDS[name].help or "").strip().partition("\n\n")[0]
    assert first.endswith((".", "?")), first
    assert "Args:" not in COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_says_what_it_is_for(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "clearance"])
def test_help_is_shown_for_every_command(call: Run, name: str) -> None:
    ran = call(*name.split()[1:], "--help")
    assert ran.code == 0
    assert ran.text.startswith(f"Usage: {name} ")


DATA = [
    "ingest", "refused", "refused list", "refused show", "refused retry", "status", "list",
    "explain", "check", "alerts list", "report", "store info", "store verify", "store rebuild",
    "plan set", "plan import", "plan show", "plan list", "alerts show", "alerts ack",
    "alerts silence", "alerts silences", "alerts end", "alerts history", "codes",
]  # fmt: skip
CLOCK = [
    "status", "list", "explain", "check", "alerts list", "report",
    "plan set", "plan import", "plan show", "plan list", "alerts show", "alerts ack",
    "alerts silence", "alerts silences", "alerts end", "alerts history",
]  # fmt: skip


def options(name: str) -> set[str]:
    """The options that a command has."""
    return {word for parameter in COMMANDS[name].params for word in parameter.opts}


@pytest.mark.parametrize("name", DATA)
def test_every_command_that_shows_data_has_the_common_options(name: str) -> None:
    assert options(f"clearance {name}") >= {"--store", "--config", "--lang", "--format", "--output"}


@pytest.mark.parametrize("name", CLOCK)
def test_every_command_whose_answer_depends_on_the_clock_has_as_of(name: str) -> None:
    assert "--as-of" in options(f"clearance {name}")


def test_variables_stand_in_the_help(call: Run) -> None:
    text = " ".join(call("list", "--help").text.split())
    assert "CLEARANCE_STORE" in text
    assert "CLEARANCE_CONFIG" in text


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_gives_its_reason_and_speaks_both_languages(rule: Rule) -> None:
    assert rule.reason.strip().partition("\n\n")[0].endswith(".")
    for texts in (rule.text, rule.next_step, *rule.variants.values()):
        assert set(texts) == {"en", "zh"}
        assert all(texts.values())
        assert texts["en"] != texts["zh"]
        assert texts["en"].isascii()
        assert any("\u4e00" <= character <= "\u9fff" for character in texts["zh"])


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_tells_the_same_numbers_in_both_languages(rule: Rule) -> None:
    def fields(text: str) -> set[str | None]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for texts in (rule.text, *rule.variants.values()):
        assert fields(texts["en"]) == fields(texts["zh"])


def test_every_rule_is_switched_on_and_can_be_switched_off() -> None:
    assert all(rule.defaults["enabled"] is True for rule in RULES.values())


def test_every_module_says_what_it_is() -> None:
    root = Path(clearance.__file__).parent
    for file in sorted(root.rglob("*.py")):
        name = ".".join(file.relative_to(root.parent).with_suffix("").parts)
        if not name.endswith("__main__"):
            assert importlib.import_module(name.removesuffix(".__init__")).__doc__, name
