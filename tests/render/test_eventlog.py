"""Event logs for process mining: what is in them, and that other tools can read them."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as Tree

from clearance.customs.cn_single_window import demo
from tests.conftest import Run, laid

XES = "{http://www.xes-standard.org/}"
ASKED = ("report", "--period", "2026Q3", "--as-of", "2026-09-21")
NASTY = '=1+1 "quoted" & <b>, 第'


def lines(file: Path) -> list[dict[str, str]]:
    with open(file, encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_log_holds_every_event_of_the_declarations_of_the_period(
    call: Run, tmp_path: Path
) -> None:
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    ran = call(*ASKED, "--events", tmp_path / "log.csv", "--format", "json")
    (row,) = ran.json["rows"]
    log = lines(tmp_path / "log.csv")
    assert list(log[0])[:3] == ["case", "activity", "timestamp"]
    cases = {line["case"] for line in log}
    assert len(cases) == row["declared"]
    closed = Counter(line["activity"] for line in log)["closed"]
    assert closed == row["closed"]
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in log)
    listed = call("list", "--all", "--events", "--as-of", "2026-09-21", "--format", "json").json
    told = {one["references"].get("entry_no", one["references"]["unified_no"])[-1]: one
            for one in listed["declarations"]}  # fmt: skip
    assert Counter(line["case"] for line in log) == {
        case: len(told[case]["events"]) for case in cases
    }


def test_xes_has_a_trace_for_each_declaration_and_its_events_in_order(
    call: Run, tmp_path: Path
) -> None:
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    for name in ("log.csv", "log.xes"):
        assert call(*ASKED, "--events", tmp_path / name).code == 0
    log = Tree.parse(tmp_path / "log.xes").getroot()
    assert (log.tag, log.get("xes.version")) == (f"{XES}log", "1849.2016")
    order = [child.tag.removeprefix(XES) for child in log]
    kinds = ["extension", "global", "classifier", "string", "trace"]
    assert order == sorted(order, key=kinds.index)
    found = [
        (_value(trace, "concept:name"), _value(event, "concept:name"), _value(event, TIME))
        for trace in log.iter(f"{XES}trace")
        for event in trace.iter(f"{XES}event")
    ]
    written = lines(tmp_path / "log.csv")
    assert found == [(line["case"], line["activity"], line["timestamp"]) for line in written]
    for trace in log.iter(f"{XES}trace"):
        times = [_value(event, TIME) for event in trace.iter(f"{XES}event")]
        assert times == sorted(times)


TIME = "time:timestamp"


def _value(element: Tree.Element, key: str) -> str:
    return next(child.get("value", "") for child in element if child.get("key") == key)


def test_customs_text_breaks_neither_log(call: Run, tmp_path: Path) -> None:
    at = datetime.fromisoformat("2026-07-02T10:00:00+08:00")
    file = demo.business_receipt("I20260000000000017", "", "7", at, 1, note="PLACE")
    escaped = NASTY.replace("&", "&amp;").replace("<", "&lt;")
    data = file.data.replace(b"PLACE", escaped.encode())
    call("ingest", laid([file._replace(data=data)], tmp_path / "in"))
    for name in ("log.csv", "log.xes"):
        assert call(*ASKED, "--events", tmp_path / name).code == 0
    (line,) = lines(tmp_path / "log.csv")
    assert line["note"] == '\'=1+1 "quoted" & <b>, 第'
    log = Tree.parse(tmp_path / "log.xes").getroot()
    (event,) = log.iter(f"{XES}event")
    assert _value(event, "note") == NASTY


def test_a_log_of_another_kind_is_refused(call: Run, tmp_path: Path) -> None:
    call("store", "init")
    ran = call(*ASKED, "--events", tmp_path / "log.pdf")
    assert ran.code == 2
    assert ".csv, .xes" in ran.talk
    assert not list(tmp_path.glob("log*"))


def test_the_activities_of_a_log_are_in_the_readers_language(call: Run, tmp_path: Path) -> None:
    call("ingest", laid(demo.demo_files(), tmp_path / "in"))
    for name in ("log.csv", "log.xes"):
        assert call(*ASKED, "--lang", "zh", "--events", tmp_path / name).code == 0
    activities = {line["activity"] for line in lines(tmp_path / "log.csv")}
    assert "已结关" in activities
    assert not [name for name in activities if name.isascii()]
    log = Tree.parse(tmp_path / "log.xes").getroot()
    named = {_value(event, "concept:name") for event in log.iter(f"{XES}event")}
    assert named == activities
