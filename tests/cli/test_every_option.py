"""Every option of every command in every format, on an empty store, one declaration, and many.

The options are those that the commands have: one that is added is tried by itself if its values are
words such as ``previous|year-ago``; else this fails until ``VALUES`` has some.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf
import pytest
import typer
from python_calamine import CalamineWorkbook

from clearance.cli import _framework
from clearance.customs.cn_single_window import demo
from clearance.customs.described import BUNDLED
from clearance.stores import open_store
from clearance.timelines import intake
from tests.cli.support import HELLO
from tests.conftest import AS_OF, INSPECTED, Ran, Run, at, laid
from tests.stores.support import NOW, items

pytestmark = pytest.mark.slow

NOT_HERE = {
    ("board",): "it needs a terminal: tests/cli/test_board",
    ("demo",): "it walks through the others, in a store of its own: test_demo",
    ("share",): "it writes pages, not what a format asks for: tests/cli/test_customers",
    ("pull",): "it needs somebody to ask: tests/sources/test_pull",
    ("watch",): "it follows until it is stopped: tests/cli/test_watch",
}
VALUES: dict[str, list[str]] = {
    "--as-of": [AS_OF, "2026-10-31"],
    "--at": ["1h", "2026-03-05T11:00"],
    "--archive": ["archive"],
    "--busy-timeout": ["0"],
    "--by": ["office", "direction,trade_mode", "broker"],
    "--clear": ["cutoff", "etd"],
    "--config": ["config.toml"],
    "--customer": ["acme"],
    "--events": ["log.csv", "log.xes"],
    "--interval": ["submit-accept", "accept-release", "declare-release", "tax"],
    "--match": ["rule=stuck"],
    "--note": ["a note 备注"],
    "--font": ["none.ttf"],
    "--limit": ["1"],
    "--office": ["2248", "none"],
    "--per-page": ["1,1", "6,10"],
    "--output": ["out.txt", "out.json", "out.csv", "out.jsonl"],
    "--period": ["2026", "2026Q1", "2026-03", "last-quarter", "2025Q4..2026Q1"],
    "--since": ["7d", "2026-03-01"],
    "--state": ["held", "told,waiting"],
    "--stage": ["inspection", "cleared"],
    "--store": [],
    "--system": ["cn_single_window"],
    "--until": ["2d"],
    "--zone": ["UTC", "Asia/Shanghai"],
    "TIME": ["2026-03-09T12:00"],
    "MOMENT": ["2026-03-09T12:00"],
    "DAY": ["2026-03-09"],
    "AMOUNT": ["1250.50"],
    "TEXT": ["some text"],
    "ROW.FIGURE": ["2026Q1.declared"],
    "FILE.json": ["report.json"],
    "FILE.zip": ["evidence.zip"],
    "FLAG": ["yes"],
    "DIRECTION": ["import"],
    "MODE": ["0110"],
    "HS": ["8504401990"],
    "CODE": ["美国"],
}
"""Values of an option by its name, else by its metavar."""
ARGUMENTS: dict[tuple[str, ...], list[list[str]]] = {
    ("ingest",): [["InBox"], ["-"]],
    ("status",): [["REF"], ["NONE"]],
    ("explain",): [["REF"]],
    ("form",): [["REF"]],
    ("note",): [["REF", "a note"]],
    ("event",): [["REF", "released"]],
    ("done",): [["REF", "inspection"]],
    ("close",): [["REF"]],
    ("reopen",): [["REF"]],
    ("alerts", "show"): [["ALERT"]],
    ("alerts", "ack"): [["ALERT"]],
    ("alerts", "end"): [["ALERT"]],
    ("plan", "set"): [["REF"]],
    ("plan", "show"): [["REF"]],
    ("plan", "import"): [["plans.csv"]],
    ("plan", "check"): [["plans.csv"]],
    ("plan", "template"): [["template.xlsx"], ["template.csv"]],
    ("notices", "show"): [["abcd"]],
    ("notices", "approve"): [["abcd"]],
    ("notices", "drop"): [["abcd"]],
    ("refused", "show"): [["REFUSED"]],
    ("refused", "drop"): [["REFUSED"]],
    ("store", "copy"): [["copy.db"]],
    ("store", "export"): [["exported.json"]],
    ("store", "import"): [["exported.json"]],
    ("systems", "show"): [["uk_cds"], ["kr_unipass"]],
    ("systems", "try"): [["ar_arca.toml", "InBox"]],
    ("codes",): [[], ["offices"], ["offices", "2248"], ["2248"]],
    ("cron",): [[], ["InBox"]],
    ("channels", "test"): [["here"]],
    ("channels", "route"): [["ALERT"]],
    ("completion",): [["bash"], ["zsh"], ["fish"], ["powershell"]],
    ("config", "check"): [[], ["config.toml"]],
    ("config", "set"): [["report.zone", "UTC"]],
}
NEEDS: dict[tuple[str, ...], list[str]] = {
    ("alerts", "ack"): ["--until", "2d"],
    ("alerts", "silence"): ["--until", "2d", "--match", "office=2248", "--note", "why"],
    ("plan", "set"): ["--etd", "2026-03-09T12:00"],
    ("event",): ["--at", "2h"],
    ("close",): ["--why", "given up"],
}
"""Options that a command does nothing without."""


SETTINGS = '[report]\nzone = "Asia/Shanghai"\n[channels.here]\nkind = "console"\n'
SETTINGS += '[customers.acme]\nname = "Acme"\nreference = "TEST-*"\n'
EXCLUDING = (
    "give numbers, or --all",
    "is not acknowledged",
    "未被确认",
    "nothing by hand to take back",
    "没有可撤销的人工登记",
    "asked for",
    "没有待办事项",
    "put away",
    "人工结案",
    "--digests is for --evidence",
    "--archive is for --trace",
    "--spreadsheet",
    "--font is for PDF",
    "--font 仅用于 PDF",
    "which refused messages?",
    "哪些拒收",
)
"""What a command says of what does not go together, or was done by the run before."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that has no commands of its own."""
    context = typer.Context(command)
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), (*path, name))


COMMANDS = [
    (path, command)
    for path, command in leaves(typer.main.get_command(_framework.app))
    if path not in NOT_HERE
]


def choices(option: Any, formats: Sequence[str]) -> list[list[str]]:
    """The ways to write an option."""
    name = next(word for word in option.opts if word.startswith("--"))
    if option.is_flag:
        return [[name]]
    metavar = str(option.metavar or "")
    if name == "--output" and "table" not in formats:
        return [[name, f"out.{form}"] for form in formats]
    if name in VALUES or metavar in VALUES:
        return [[name, value] for value in VALUES.get(name, VALUES.get(metavar, []))]
    if hasattr(option.type, "choices"):
        return [[name, str(value)] for value in option.type.choices]
    words = metavar.split("|")
    if len(words) > 1 and all(word.replace("-", "").isalnum() and word.islower() for word in words):
        return [[name, word] for word in words]
    raise AssertionError(f"{name} {metavar}: say in VALUES what to try it with")


def lines(path: tuple[str, ...], command: Any, kind: str) -> Iterator[list[str]]:
    """Ways to call a command: without options, and with each of them, in each format.

    On the store with one declaration each option is tried in each format; on the others without
    options, and each option in one of the formats by turns.
    """
    options = [p for p in command.params if p.param_type_name == "option"]
    formats: list[str] = next((p.metavar.split("|") for p in options if "--format" in p.opts), [])
    own = [p for p in options if not {"--format", "--help"} & {*p.opts}]
    ways: list[list[str]] = [[], *(way for option in own for way in choices(option, formats))]
    for arguments in ARGUMENTS.get(path, [[]]):
        for number, way in enumerate(ways):
            given = [*path, *NEEDS.get(path, []), *arguments, *way]
            tried = formats if kind == "one" or not way else [formats[number % len(formats)]]
            for form in tried if way[:1] != ["--output"] else [""]:
                yield [*given, "--format", form] if form else given


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty store, one with one declaration, one with many; each with a refused message."""
    folder = tmp_path_factory.mktemp("stores")
    traffic = [*INSPECTED.sent(at("04 09:00")), INSPECTED.told("C", at("05 10:00"))]
    many = list(demo.traffic(40, 3, quarters=2))
    made = {}
    for name, files in (("empty", []), ("one", traffic), ("many", many)):
        made[name] = folder / f"{name}.db"
        with open_store(made[name]) as store:
            intake.ingest(store, items(files), NOW)
    return made


def told(output: bytes, form: str) -> None:
    """Raises where an output cannot be read as its format."""
    readers[form](output)


def _csv(output: bytes) -> None:
    head, *rows = [*csv.reader(io.StringIO(output.decode("utf-8-sig")))] or [[]]
    assert all(len(row) == len(head) for row in rows)


def _jsonl(output: bytes) -> None:
    assert all(json.loads(line)["schema"] == 1 for line in output.splitlines())


def _json(output: bytes) -> None:
    assert output.count(b"\n") == 1
    assert json.loads(output)["schema"] == 1


def _html(output: bytes) -> None:
    HTMLParser().feed(output.decode())
    assert output.rstrip().endswith(b"</html>")


readers: dict[str, Callable[[bytes], object]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "table": bytes.decode,
    "txt": bytes.decode,
    "pdf": lambda output: pypdf.PdfReader(io.BytesIO(output)).pages,
    "xlsx": lambda output: CalamineWorkbook.from_filelike(io.BytesIO(output)).sheet_names,
    "html": _html,
}


@pytest.mark.parametrize("kind", ["empty", "one", "many"])
@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(p) for p, _ in COMMANDS])
def test_every_option_in_every_format_ends_well_and_its_output_can_be_read(
    path: tuple[str, ...],
    command: Any,
    kind: str,
    stores: dict[str, Path],
    call: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Path(shutil.copy(stores[kind], tmp_path / "store.db"))
    laid(INSPECTED.sent(at("04 09:00")), tmp_path / "InBox")
    (tmp_path / "config.toml").write_text(SETTINGS)
    monkeypatch.setenv("CLEARANCE_CONFIG", str(tmp_path / "config.toml"))
    shutil.copy(Path(BUNDLED, "ar_arca.toml"), tmp_path)
    (tmp_path / "plans.csv").write_text(f"reference,etd\n{INSPECTED.own},2026-03-09 12:00\n")
    call("store", "export", tmp_path / "exported.json", "--store", store)
    words = _words(call, store, kind)
    wrong = [
        f"{' '.join(line)}: {why}"
        for line in lines(path, command, kind)
        for why in _wrong(call, [words.get(word, word) for word in line], store, tmp_path)
    ]
    assert wrong == []


def _words(call: Run, store: Path, kind: str) -> dict[str, str]:
    """What stands for a number, an alert and a refused message in the commands above."""
    common = ("--store", store, "--format", "json")
    call("ingest", "-", *common, stdin=HELLO)
    call("check", "--as-of", AS_OF if kind == "one" else "2026-10-31", *common)
    alerts = call("alerts", "list", "--all", *common).json["alerts"]
    known = call("list", "--all", *common).json["declarations"]
    numbers = [n for d in known for values in d["references"].values() for n in values]
    refused = [one["id"] for one in call("refused", *common).json["refused"]]
    return {
        "REF": next(iter(numbers), "NONE"),
        "ALERT": next((alert["id"] for alert in alerts), "abcd"),
        "REFUSED": next(iter(refused), "abcd"),
    }


def _wrong(call: Run, line: list[str], store: Path, folder: Path) -> Iterator[str]:
    """What is wrong with a run of a command; a sheet that it would not overwrite is taken away."""
    for sheet in folder.glob("template.*"):
        sheet.unlink()
    try:
        ran = call(*line, "--store", store, stdin=HELLO)
        yield from _misbehaved(line, ran, folder)
    except Exception as error:
        yield f"{type(error).__name__}: {error}"


def _misbehaved(line: list[str], ran: Ran, folder: Path) -> Iterator[str]:
    if ran.code not in (0, 1, 3, 6) and not _excluded(line, ran):
        yield f"exit code {ran.code}: {ran.talk}"
    if ran.code in (1, 2) and not ran.talk.startswith("clearance: "):
        yield f"not one line: {ran.talk}"
    if ran.code in (1, 2):
        return
    form = line[line.index("--format") + 1] if "--format" in line else "table"
    if ran.out:
        told(ran.out, form)
    if "--output" in line and ran.code != 1:
        file = folder / line[line.index("--output") + 1]
        told(file.read_bytes(), file.suffix[1:])
        file.unlink()


def _excluded(line: list[str], ran: Ran) -> bool:
    """Whether a command says that two options do not go together."""
    modes = {"--calibration", "--scorecard", "--trace", "--verify", "--evidence"}
    if not modes.isdisjoint(line):
        return ran.code == 2 and line[-1] == "html"
    return ran.code == 2 and any(said in ran.talk for said in EXCLUDING)
