"""Who reads Chinese meets no English word that is no name, on any page and in any error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Ran, Run

pytestmark = pytest.mark.slow

NAMES = frozenset((
    "clearance", "Windows", "UTF", "PostgreSQL", "SQLite", "TOML", "XML", "CSV", "JSON",
    "HTML", "GBK", "Asia", "Shanghai", "Greenwood", "CHANNEL", "Root",
    "Kaplan", "Meier", "Newcombe", "Wilson", "Aalen", "Johansen", "RMST", "Brier",
    "TEST", "RESENT", "PLANNED", "zip", "crontab", "cron", "systemd", "schtasks", "InBox",
    "CNY", "HS", "zh", "en", "html", "utf", "kB", "MB", "GB", "chmod", "wecom", "Python", "typer",
    "rich", "httpx", "tinydb", "platformdirs", "msgspec", "tenacity", "xlsxwriter", "python",
    "barcode", "calamine", "tzdata", "tomlkit", "box", "ops",
    "here", "lang", "console", "folder", "GONE", "gone",
))  # fmt: skip
"""Products, formats, elements of messages, codes, statistics, and names in these tests."""
NO_WORD = re.compile(
    r"""
      --?[a-z][a-z-]*                                  # an option
    | clearance(?:\ [a-z]+)+ | plan\ set               # a command
    | <[^>]*> | last-quarter | (?:env|file):           # an element, a period, where a secret is
    | (?<![\w.])\.[a-z]+\b | \S*[/\\]\S* | memory:    # an ending, a place
    | [\w.-]+\.(?:xml|csv|xlsx|toml|db|md)
    | \w+=\S* | \b\w+_\w+\b                            # a label, a setting, a rule
    | \b[0-9a-f]{12,}\b | \b[A-Z]*\d\w*\b | \b[A-Z]\b  # an id, a number, a code
    | [“'][^”']*[”']                                   # as it was written
    | \b(?:sources|channels|rules|calendar|report|store)\.\S*
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[A-Za-z]{2,}")
CHOICES = re.compile(r"可选：.*|可用的键：.*|可用 .*")
"""What stands after these are values to be written as they are."""

PAGES: dict[str, tuple[str, ...]] = {
    "status": ("status", INSPECTED.own, "TEST-RESENT", UNKNOWN.own),
    "status closed": ("status", CLOSED.own),
    "explain": ("explain", INSPECTED.own, UNKNOWN.own),
    "list": ("list", "--all"),
    "check": ("check",),
    "alerts list": ("alerts", "list", "--all"),
    "alerts history": ("alerts", "history"),
    "alerts silences": ("alerts", "silences"),
    "report": ("report", "--period", "2025Q4..2026Q1"),
    "report of groups": ("report", "--period", "2026Q1", "--by", "office,direction"),
    "report of releases": ("report", "--interval", "declare-release", "--clock", "working"),
    "forecasts": ("report", "--calibration"),
    "refused": ("refused",),
    "plan show": ("plan", "show", "PLANNED-1"),
    "plan list": ("plan", "list"),
    "store info": ("store", "info"),
    "store verify": ("store", "verify"),
    "store rebuild": ("store", "rebuild"),
    "ingest again": ("ingest", "InBox"),
    "doctor": ("doctor", "--config", "set.toml"),
    "doctor of nothing": ("doctor", "--store", "no.db", "--config", "broken.toml"),
    "config show": ("config", "show", "--changed", "--config", "set.toml"),
    "config check": ("config", "check", "set.toml"),
    "channels list": ("channels", "list", "--config", "set.toml"),
    "sources list": ("sources", "list", "--config", "set.toml"),
    "sources list of none": ("sources", "list"),
    "channels test": ("channels", "test", "here", "--config", "set.toml"),
}
"""Pages of a store with declarations, alerts, plans, a silence and refused messages."""

CLOCKLESS = ("refused", "store", "ingest", "doctor", "config", "channels", "sources")
"""Beginnings of the names of pages whose answer does not depend on the clock."""

WRONG: dict[str, tuple[str, ...]] = {
    "an option": ("list", "--frm", "x"),
    "a command": ("中文",),
    "no argument": ("status",),
    "too many arguments": ("list", "x", "y"),
    "no value": ("list", "--since"),
    "a number for an option": ("list", "--busy-timeout", "x"),
    "a stage": ("list", "--stage", "x"),
    "an order": ("list", "--sort", "x"),
    "a direction": ("list", "--direction", "x"),
    "a time": ("list", "--since", "x"),
    "a format": ("list", "--format", "html"),
    "a period": ("report", "--period", "x"),
    "a period of parts": ("report", "--period", "2026-02..2026-03", "--every", "quarter"),
    "a zone": ("report", "--zone", "x"),
    "a clock": ("report", "--clock", "x"),
    "a group": ("report", "--by", "x"),
    "an interval": ("report", "--interval", "x"),
    "a reference": ("status", "NIX-1"),
    "an alert": ("alerts", "show", "ffff"),
    "a refusal": ("refused", "show", "0f0f"),
    "a plan": ("plan", "show", "NIX-1"),
    "no fact": ("plan", "set", "PLANNED-1"),
    "a fact": ("plan", "set", "PLANNED-1", "--cutoff", "x"),
    "an amount": ("plan", "set", "PLANNED-1", "--tax", "x"),
    "a fact to remove": ("plan", "set", "PLANNED-1", "--clear", "x"),
    "a label": ("alerts", "silence", "--match", "x", "--until", "2d"),
    "a sheet": ("plan", "import", "sheet.csv"),
    "a sheet of another kind": ("plan", "import", "sheet.md"),
    "a path": ("ingest", "nowhere.xml"),
    "a store": ("list", "--store", "mysql://x"),
    "a file of settings": ("list", "--config", "nowhere.toml"),
    "settings": ("list", "--config", "wrong.toml"),
    "settings that are no TOML": ("list", "--config", "broken.toml"),
}
"""Command lines and files that are wrong in some way."""


SET = """
[channels.ops]
kind = "wecom"
url = "env:GONE"
lang = "zh"
[channels.here]
kind = "console"
lang = "zh"
[sources.box]
kind = "folder"
path = "./gone"
"""
"""Settings of which some do not work."""


def english(text: str) -> list[str]:
    """The English words of a text that are no names."""
    without = NO_WORD.sub(" ", CHOICES.sub(" ", text))
    return [word for word in WORD.findall(without) if word not in NAMES]


def lines(ran: Ran) -> Iterator[str]:
    for line in f"{ran.text}\n{ran.talk}".splitlines():
        yield line.removeprefix("clearance: ")


def complaints(ran: Ran) -> list[tuple[list[str], str]]:
    """The lines with English words in them."""
    return [(words, line) for line in lines(ran) if (words := english(line))]


@pytest.fixture
def full(call: Run, inbox: Path, tmp_path: Path) -> Run:
    """A store that every kind of page can be shown of."""
    (inbox / "odd.xml").write_bytes(b"<DEC_RESULT><CUS_CIQ_NO>I2</CUS_CIQ_NO></DEC_RESULT>")
    (inbox / "cut.xml").write_bytes(b"<DEC_RESULT><NOTE>")
    (inbox / "other.xml").write_bytes(b"<Manifest/>")
    (tmp_path / "sheet.csv").write_text("报关单号,截关\nAAA-1,x\n,2026-01-01T08:00\n", "utf-8")
    (tmp_path / "sheet.md").write_text("x", "utf-8")
    (tmp_path / "wrong.toml").write_text("[channels.ops]\nkind = 'dingtalk'\nurl = 1\n", "utf-8")
    (tmp_path / "set.toml").write_text(SET, "utf-8")
    (tmp_path / "broken.toml").write_text("[report\n", "utf-8")
    call("ingest", inbox, "--lang", "zh")
    call(
        *("plan", "set", "PLANNED-1", "--cutoff", "2026-03-09T18:00", "--direction", "出口"),
        *("--consolidated", "是", "--as-of", AS_OF),
    )
    call("check", "--as-of", AS_OF)
    said = ("--by", "小李", "--as-of", AS_OF)
    call("alerts", "silence", "--match", "office=2248", "--until", "2d", "--note", "备注", *said)
    call("note", RESENT.entry, "已电话联系", *said)
    call("event", RESENT.entry, "放行", "--at", "2026-03-06 08:30", "--note", "窗口电话", *said)
    call("event", INSPECTED.entry, "已入库", "--at", "2026-03-06 08:30", *said)
    call("note", INSPECTED.entry, "写错了", *said)
    call("note", INSPECTED.entry, "--undo", *said)
    return call


def test_what_is_told_of_refused_messages_is_chinese(call: Run, full: Run, inbox: Path) -> None:
    """Said by the ingest of a fresh store, and by a retry."""
    ran = call("ingest", inbox, "--store", "fresh.db", "--lang", "zh")
    assert ran.code == 3
    assert complaints(ran) == []
    assert complaints(full("refused", "retry", "--lang", "zh")) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_all_chinese(full: Run, page: str) -> None:
    has_no_clock = page.startswith(CLOCKLESS)
    moment = () if has_no_clock else ("--as-of", AS_OF)
    ran = full(*PAGES[page], *moment, "--lang", "zh")
    assert "Traceback" not in ran.talk
    assert complaints(ran) == []


WRITTEN: dict[str, tuple[str, ...]] = {
    "a page": ("report", "--period", "2025Q4..2026Q1", "--output", "report.html"),
    "a page of groups": ("report", "--period", "2026Q1", "--by", "office", "--output", "by.html"),
    "a workbook": ("report", "--period", "2025Q4..2026Q1", "--output", "report.xlsx"),
    "a workbook of what is open": ("list", "--output", "list.xlsx"),
}
"""What is written to be handed on."""


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_is_handed_on_is_all_chinese(full: Run, tmp_path: Path, kind: str) -> None:
    full(*WRITTEN[kind], "--as-of", AS_OF, "--lang", "zh")
    texts = list(_texts(tmp_path / WRITTEN[kind][-1]))
    assert any(re.search("[\u4e00-\u9fff]", text) for text in texts)
    assert [(words, text) for text in texts if (words := english(text))] == []
    assert [text for text in texts if re.fullmatch("[a-z_]+", text)] == []


@pytest.mark.parametrize("arguments", [("cron", "InBox"), ("cron", "--watch", "InBox")])
def test_what_is_said_beside_lines_for_cron_and_services_is_chinese(
    full: Run, arguments: tuple[str, ...]
) -> None:
    """The lines themselves are for programs."""
    told = [line for line in full(*arguments, "--lang", "zh").text.splitlines() if "# " in line]
    remarks = [line.partition("# ")[2] for line in told]
    assert remarks
    said = [remark for remark in remarks if not remark.startswith(("/", "~"))]
    assert [remark for remark in said if not re.search("[\u4e00-\u9fff]", remark)] == []


def _texts(file: Path) -> Iterator[str]:
    """What a person reads of a page or a workbook."""
    if file.suffix == ".html":
        page = re.sub(r"(?s)<(style|script)\b.*?</\1>|<[^>]*>", "\n", file.read_text("utf-8"))
        yield from filter(None, map(str.strip, unescape(page).splitlines()))
        return
    for name in (book := CalamineWorkbook.from_path(file)).sheet_names:
        yield name
        for row in book.get_sheet_by_name(name).to_python():
            yield from (cell for cell in row if isinstance(cell, str))


@pytest.mark.parametrize("wrong", WRONG)
def test_an_error_is_all_chinese(full: Run, wrong: str) -> None:
    ran = full(*WRONG[wrong], "--lang", "zh")
    assert ran.code in (1, 2, 3)
    assert re.search("[\u4e00-\u9fff]", ran.talk)
    assert complaints(ran) == []


def test_the_message_of_an_error_in_json_stays_english(full: Run) -> None:
    ran = full("status", "NIX-1", "--lang", "zh", "--format", "json")
    assert ran.json["error"]["message"].startswith("no declaration is known by 'NIX-1'")


def test_what_is_english_is_found() -> None:
    assert english("状态 under review，--lang zh，a.xml") == ["under", "review"]
