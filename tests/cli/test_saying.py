"""The commands by which people say something: ``note``, ``event``, ``done``, ``close`` and more."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, Case, Run, at, laid
from tests.render.workbooks import texts

SOON = "2026-03-06T09:30:00+08:00"
BY = ("--by", "Li", "--as-of", AS_OF)


def shown(call: Run, number: str, command: str = "status", as_of: str = SOON) -> dict[str, Any]:
    """The declaration with a number, as JSON."""
    ran = call(command, number, "--as-of", as_of, "--format", "json")
    (found,) = ran.json["declarations"]
    return dict(found)


def listed(call: Run, *options: str) -> list[str]:
    """The entry numbers of what is listed."""
    data = call("list", *options, "--as-of", SOON, "--format", "json").json["declarations"]
    return [number for one in data for number in one["references"].get("entry_no", ())]


def test_a_note_is_kept_shown_and_taken_back(kept: Run) -> None:
    assert kept("note", INSPECTED.own, "yard", "called", *BY).code == 0
    note = {"at": AS_OF, "by": "Li", "text": "yard called"}
    assert shown(kept, INSPECTED.entry)["notes"] == [note]
    assert shown(kept, INSPECTED.entry, "explain")["notes"] == [note]
    listing = kept("list", "--as-of", SOON, "--format", "json").json["declarations"]
    assert [one["notes"] for one in listing if one["notes"]] == [[note]]
    assert "yard called (03-06 09:00, Li)" in kept("status", INSPECTED.own, "--as-of", SOON).text
    assert shown(kept, INSPECTED.entry, as_of="2026-03-06T08:59:00+08:00")["notes"] == []
    assert kept("note", INSPECTED.own, "--undo", "--by", "Wang", "--as-of", SOON).code == 0
    assert shown(kept, INSPECTED.entry)["notes"] == []
    assert "taken back" in kept("explain", INSPECTED.own, "--as-of", SOON).text


def test_an_event_by_hand_is_marked_wherever_it_is_shown_until_customs_tells_it(
    kept: Run, tmp_path: Path
) -> None:
    said = ("event", RESENT.entry, "放行", "--at", "2026-03-06 08:30", "--note", "by phone", *BY)
    (answer,) = kept(*said, "--format", "json").json["said"]
    assert (answer["stage"], answer["effect"], answer["by"]) == ("released", "stands", "Li")
    found = shown(kept, RESENT.entry)
    assert (found["stage"], found["released_at"]) == ("released", "2026-03-06T08:30:00+08:00")
    assert (found["stage_by_hand"], found["by_hand"]) == (True, ["released_at"])
    (event,) = [event for event in found["events"] if event["kind"] == "by hand"]
    assert (event["by"], event["stage"], event["note"]) == ("Li", "released", "by phone")
    for command in ("status", "explain"):
        assert "by hand" in kept(command, RESENT.own, "--as-of", SOON).text
        assert "人工" in kept(command, RESENT.own, "--as-of", SOON, "--lang", "zh").text
    assert "released (by hand)" in kept("list", "--as-of", SOON).text
    laid([RESENT.told("P", at("06 08:25"))], tmp_path / "more")
    kept("ingest", tmp_path / "more")
    found = shown(kept, RESENT.entry)
    assert (found["released_at"], found["stage_by_hand"]) == ("2026-03-06T08:25:00+08:00", False)
    (event,) = [event for event in found["events"] if event["kind"] == "by hand"]
    assert (event["effect"], bool(event["replaced_by"])) == ("replaced", True)
    assert "replaced by customs" in kept("explain", RESENT.own, "--as-of", SOON).text


def test_spreadsheets_of_the_list_tell_what_is_said_by_hand(kept: Run, tmp_path: Path) -> None:
    kept("event", RESENT.entry, "放行", "--at", "2026-03-06 08:30", *BY)
    kept("note", RESENT.own, "yard", "called", *BY)
    kept("close", INSPECTED.own, "--why", "sent by another", *BY)
    asked = ("list", "--all", "--as-of", SOON)
    found = csv.DictReader(io.StringIO(kept(*asked, "--format", "csv").text))
    lines = {line["own_reference"]: line for line in found}
    by_hand = [lines[RESENT.own][name] for name in ("by_hand", "put_away", "notes")]
    assert by_hand == ["stage, released_at", "", "yard called"]
    assert lines[INSPECTED.own]["put_away"] == AS_OF
    assert not any(lines[CLOSED.own][name] for name in ("by_hand", "put_away", "notes"))
    book = tmp_path / "list.xlsx"
    kept(*asked, "--lang", "zh", "--output", book)
    assert "状态、放行时间" in texts(book)


def test_what_is_done_ends_the_action_and_its_alert(kept: Run) -> None:
    kept("check", "--as-of", AS_OF)
    (answer,) = kept("done", INSPECTED.own, "查验", *BY, "--format", "json").json["said"]
    assert (answer["said"], answer["about"]) == ("done", "inspection")
    found = shown(kept, INSPECTED.own)
    assert found["examined_until"] == AS_OF
    assert found["done"][0] | {"note": None} == {
        "action": "inspection", "at": AS_OF, "said_at": AS_OF, "by": "Li", "note": None,
    }  # fmt: skip
    ran = kept("check", "--as-of", SOON, "--format", "json")
    assert "inspection_ordered" in {alert["rule"] for alert in ran.json["resolved"]}
    assert kept("done", INSPECTED.own, "--undo", "--as-of", SOON).code == 0
    assert shown(kept, INSPECTED.own)["examined_until"] is None


def test_what_is_closed_by_hand_leaves_the_list_and_its_alerts_end(kept: Run) -> None:
    kept("check", "--as-of", AS_OF)
    assert INSPECTED.entry in listed(kept)
    assert kept("close", INSPECTED.own, "--why", "sent by another", *BY).code == 0
    assert INSPECTED.entry not in listed(kept)
    assert INSPECTED.entry in listed(kept, "--all")
    found = shown(kept, INSPECTED.own)
    assert (found["open"], found["cleared_at"], found["stage"]) == (False, None, "inspection")
    assert found["put_away"] == {"at": AS_OF, "by": "Li", "why": "sent by another"}
    ran = kept("check", "--as-of", SOON, "--format", "json").json
    assert "inspection_ordered" in {alert["rule"] for alert in ran["resolved"]}
    later = kept("check", "--as-of", "2026-03-20T09:00", "--format", "json").json
    assert INSPECTED.entry not in {alert["declaration"] for alert in later["new"]}
    assert kept("reopen", INSPECTED.entry, "--as-of", "2026-03-20T10:00").code == 0
    again = kept("check", "--as-of", "2026-03-20T11:00", "--format", "json").json
    assert INSPECTED.entry in {alert["declaration"] for alert in again["new"]}


def test_several_numbers_at_once_are_all_or_none(kept: Run) -> None:
    both = f"{INSPECTED.entry}，{RESENT.entry}"
    assert len(kept("note", both, "x", *BY, "--format", "json").json["said"]) == 2
    ran = kept("close", INSPECTED.entry, "99999999", "--why", "x", *BY)
    assert (ran.code, "99999999" in ran.talk) == (1, True)
    assert shown(kept, INSPECTED.entry)["open"]


def test_a_number_of_several_declarations_is_told_and_not_guessed(kept: Run) -> None:
    other = Case(36, "import", "2248", ref=INSPECTED.own)
    folder = laid([*other.sent(at("05 08:40")), other.told("L", at("05 08:41"))], Path("more"))
    kept("ingest", folder)
    ran = kept("note", INSPECTED.own, "x", *BY)
    assert (ran.code, ran.out) == (2, b"")
    assert INSPECTED.entry in ran.talk
    assert other.entry in ran.talk
    assert kept("note", INSPECTED.own, "x", "--all", *BY).code == 0
    assert kept("note", other.entry, "x", *BY).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("event", "REF", "released", "--at", "2026-03-07T09:00"), 2, "lies ahead"),
        (("event", "REF", "released", "--at", "2026-03-05"), 2, "time of day"),
        (("event", "REF", "released", "--at", "soon"), 2, "soon"),
        (("event", "REF", "released"), 2, "--at"),
        (("event", "REF", "--at", "1h"), 2, "which stage"),
        (("event", "REF", "draft", "--at", "1h"), 2, "draft"),
        (("event", "REF", "--undo"), 2, "nothing by hand"),
        (("done", "REF", "tax"), 2, "inspection"),
        (("done", "REF", "cooking"), 2, "cooking"),
        (("done", "REF"), 2, "what is done"),
        (("note", "REF"), 2, "nothing to note"),
        (("note", "REF", "x" * 1001), 2, "1000"),
        (("close", "REF"), 2, "--why"),
        (("reopen", "REF"), 2, "not put away"),
        (("note", "none such 4711", "x"), 1, "4711"),
    ],
)
def test_what_cannot_be_said_is_one_line_that_names_what_would_be_right(
    kept: Run, arguments: Sequence[str], code: int, named: str
) -> None:
    words = [INSPECTED.own if word == "REF" else word for word in arguments]
    for lang in ("en", "zh"):
        ran = kept(*words, *BY, "--lang", lang)
        assert (ran.code, ran.out, ran.talk.count("\n")) == (code, b"", 1)
    assert named in kept(*words, *BY, "--lang", "en").talk
    assert not [e for e in shown(kept, INSPECTED.own)["events"] if e["kind"] == "by hand"]


def test_what_was_said_is_copied_salvaged_and_read_again(kept: Run, tmp_path: Path) -> None:
    kept("close", INSPECTED.own, "--why", "history", *BY)
    before = shown(kept, INSPECTED.own)
    for command in (("store", "rebuild"), ("store", "rebuild", "--salvage")):
        assert kept(*command).code == 0, command
        assert shown(kept, INSPECTED.own) == before
    other = tmp_path / "other.db"
    assert kept("store", "copy", str(other)).code == 0
    ran = kept("status", INSPECTED.own, "--as-of", SOON, "--format", "json", "--store", other)
    assert ran.json["declarations"] == [before]
    assert kept("store", "verify").text == "whole\n"


def test_an_alert_about_an_event_by_hand_says_so(kept: Run) -> None:
    event = ("event", RESENT.entry, "inspection", "--at", "2026-03-06T08:30", "--note", "gate 3")
    kept(*event, *BY)
    ran = kept("check", "--as-of", SOON, "--format", "json")
    (alert,) = [a for a in ran.json["new"] if a["declaration"] == RESENT.entry]
    assert alert["message"] == "inspection ordered (by hand): gate 3"


def test_a_log_of_events_has_what_moved_the_declaration_and_no_notes(kept: Run) -> None:
    kept("note", CLOSED.own, "secret of a colleague", *BY)
    kept("event", RESENT.entry, "released", "--at", "2026-03-06T08:30", *BY)
    kept("report", "--period", "2026Q1", "--as-of", SOON, "--events", "log.csv")
    log = Path("log.csv").read_text(encoding="utf-8-sig")
    assert "by hand: released" in log
    assert "secret" not in log


def test_saying_the_same_at_the_same_moment_adds_nothing(kept: Run) -> None:
    for text in ("yard  called", " yard called\x1b", "yard called"):
        assert kept("note", INSPECTED.own, text, *BY).code == 0
    assert len(shown(kept, INSPECTED.own)["notes"]) == 1
    ran = kept("note", INSPECTED.own, "\x1b\x07", *BY)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)


def test_what_is_put_away_and_taken_up_again_within_one_second_is_open(kept: Run) -> None:
    for why in ("given up", "replaced", "a mistake", "history"):
        assert kept("close", INSPECTED.own, "--why", why, *BY).code == 0
        assert INSPECTED.entry not in listed(kept)
        (answer,) = kept("reopen", INSPECTED.own, *BY, "--format", "json").json["said"]
        assert answer["effect"] == "stands"
        assert INSPECTED.entry in listed(kept)


def test_an_explanation_in_chinese_names_what_is_said_by_hand_in_chinese(kept: Run) -> None:
    assert kept("done", INSPECTED.own, "查验", *BY).code == 0
    text = kept("explain", INSPECTED.own, "--as-of", SOON, "--lang", "zh").text
    assert "人工登记，非海关回执：查验结束时间" in text
    assert "examined_until" not in text
    assert kept("done", INSPECTED.own, "--undo", *BY).code == 0
    assert "；已撤销" in kept("explain", INSPECTED.own, "--as-of", SOON, "--lang", "zh").text


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        (("event", INSPECTED.own, "胡说"), "可选：已申报、已入库、审核中"),
        (("event", INSPECTED.own), "可选 已申报、已入库、审核中"),
        (("done", INSPECTED.own, "胡说"), "可选：查验、缴税、交单"),
        (("done", INSPECTED.own), "可选 查验、缴税、交单"),
    ],
)
def test_what_may_be_said_is_offered_in_chinese_where_the_question_was(
    kept: Run, said: Sequence[str], offered: str
) -> None:
    ran = kept(*said, "--lang", "zh", *BY)
    assert ran.code == 2
    assert offered in ran.talk


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("event", INSPECTED.own, "出关", "--at", "1h"), "状态 出关：可选：已申报、"),
        (("done", INSPECTED.own, "付税"), "事项 付税：可选：查验、缴税、"),
        (("list", "--stage", "出关"), "--stage 出关：可选："),
    ],
    ids=lambda given: given[0],
)
def test_a_word_that_is_no_choice_is_told_under_the_name_that_help_gives_its_place(
    kept: Run, line: tuple[str, ...], said: str
) -> None:
    ran = kept(*line, "--lang", "zh")
    assert ran.code == 2
    assert said in ran.talk


@pytest.mark.parametrize(
    "command",
    [
        ("event", "甲乙丙", "released", "--at", "30m"),
        ("done", "甲乙丙", "tax"),
        ("note", "甲乙丙", "x"),
        ("close", "甲乙丙", "--why", "x"),
        ("reopen", "甲乙丙"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_looks_at_no_names_says_nothing_of_names(
    kept: Run, command: tuple[str, ...], lang: str
) -> None:
    ran = kept(*command, "--lang", lang)
    assert ran.code == 1
    assert ("give a number" if lang == "en" else "请给出编号") in ran.talk
    assert "begins so" not in ran.talk
    assert "开头" not in ran.talk


@pytest.mark.parametrize("reviewed", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "set", INSPECTED.own, "--inspected", "2026-03-05T12:00"),
        ("plan", "set", INSPECTED.own, "--inspected", "2026-03-05"),
        ("done", INSPECTED.own, "inspection", "--at", "2026-03-05T12:00", "--by", "Li"),
    ],
    ids=" ".join,
)
def test_an_inspection_that_is_ordered_again_after_its_end_is_another_one(
    kept: Run, tmp_path: Path, words: tuple[str, ...], reviewed: bool
) -> None:
    """Customs told no end of the first, but people did."""
    as_of = "2026-03-05T13:00:00+08:00"
    (first,) = orders(kept("check", "--as-of", AS_OF_ORDER, "--format", "json").json["new"])
    assert kept(*words, "--as-of", as_of).code == 0
    over = kept("check", "--as-of", as_of, "--format", "json").json
    assert first["id"] in [alert["id"] for alert in over["resolved"]]
    codes = [("J", "06 08:00")] if reviewed else []
    files = [INSPECTED.told(code, at(when)) for code, when in (*codes, ("C", "06 09:00"))]
    assert kept("ingest", laid(files, tmp_path / "again")).code == 0
    later = ("--as-of", "2026-03-06T10:00:00+08:00", "--format", "json")
    (again,) = orders(kept("check", *later).json["new"])
    assert again["id"] != first["id"]
    assert again["since"] == "2026-03-06T09:00:00+08:00"


AS_OF_ORDER = "2026-03-05T11:00:00+08:00"


def orders(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [alert for alert in alerts if alert["rule"] == "inspection_ordered"]
