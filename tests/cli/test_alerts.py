"""``clearance alerts``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import AS_OF, INSPECTED, Case, Run, at, laid


def found(ran: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = ran.json["alerts"]
    return told


def ids_of(told: Iterable[dict[str, Any]], name: str) -> list[str]:
    return [str(alert["id"]) for alert in told if alert["rule"] == name]


@pytest.fixture
def checked(kept: Run) -> Run:
    """The stories, checked."""
    assert kept("check", "--as-of", AS_OF).code == 0
    return kept


SILENCE = ("alerts", "silence", "--note", "known")
LATER = "2026-03-06T10:00:00+08:00"
NEXT_DAY = "2026-03-07T10:00:00+08:00"


def test_an_alert_is_shown_with_its_history_by_the_beginning_of_its_id(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    shown = checked("alerts", "show", id[:6], "--format", "json").json["alert"]
    assert [turn["state"] for turn in shown["history"]] == ["firing"]
    assert shown["command"] == f"clearance explain {INSPECTED.entry}"
    text = checked("alerts", "show", id).text
    assert "查验通知" in text
    assert shown["next_step"] in text
    assert checked("alerts", "show", "ffff").code == 1


def test_an_acknowledged_alert_is_neither_repeated_nor_a_finding_for_exit_6(checked: Run) -> None:
    for id in [a["id"] for a in found(checked("alerts", "list", "--format", "json"))]:
        ran = checked("alerts", "ack", id, "--until", "3d", "--as-of", LATER, "--format", "json")
        assert ran.json["alert"]["state"] == "acknowledged"
    fail = ("check", "--fail-on", "warning", "--as-of", NEXT_DAY)
    assert (checked(*fail).code, checked(*fail).out) == (0, b"")
    after = ("check", "--fail-on", "warning", "--as-of", "2026-03-09T12:00:00+08:00")
    ran = checked(*after, "--format", "json")
    assert ran.code == 6
    assert {"inspection_ordered", "unknown_code"} <= {a["rule"] for a in ran.json["repeated"]}


def test_a_silence_is_kept_listed_and_ended(checked: Run, tmp_path: Path) -> None:
    silence = (*SILENCE, "--match", "office=3104", "--until", "8h", "--as-of", LATER)
    (kept,) = checked(*silence, "--format", "json").json["silences"]
    assert kept["until"] == "2026-03-06T18:00:00+08:00"
    assert checked("alerts", "silences", "--as-of", LATER).text.count(kept["id"]) == 1
    assert checked("alerts", "silences", "--as-of", NEXT_DAY).out == b""
    other = Case(77, "export", "3104")
    laid([*other.sent(at("06 10:05")), other.told("C", at("06 10:10"))], tmp_path / "more")
    checked("ingest", tmp_path / "more")
    assert checked("check", "--as-of", "2026-03-06T10:30:00+08:00").out == b""
    moment = "2026-03-06T10:45:00+08:00"
    checked("alerts", "end", kept["id"], "--as-of", moment)
    ran = checked("check", "--as-of", "2026-03-06T11:00:00+08:00", "--format", "json")
    assert [a["declaration"] for a in ran.json["new"]] == [other.entry]


def test_an_acknowledgement_is_ended_before_its_time(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    checked("alerts", "ack", id, "--until", "5d", "--as-of", LATER)
    checked("alerts", "end", id, "--as-of", NEXT_DAY)
    ran = checked("check", "--as-of", NEXT_DAY, "--format", "json")
    assert ids_of(ran.json["repeated"], "inspection_ordered") == [id]
    history = checked("alerts", "history", "--format", "json").json["history"]
    assert [t["state"] for t in history if t["id"] == id] == [
        "firing", "acknowledged", "firing",
    ]  # fmt: skip
    none = checked("alerts", "history", "--since", "2026-04-01", "--format", "json")
    assert none.json["history"] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ack", "ID", "--until", "2026-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "2036-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "soon"), "--until"),
        (("silence", "--match", "office=1"), "--until"),
        (("silence", "--until", "8h"), "--match"),
        (("silence", "--match", "weather=bad", "--until", "8h"), "--match"),
        (("silence", "--match", "office", "--until", "8h"), "--match"),
        (("silence", "--match", "rule=nosuch", "--until", "8h"), "there is no rule nosuch"),
        (("silence", "--match", "severity=bad", "--until", "8h"), "bad"),
        (("silence", "--match", "direction=up", "--until", "8h"), "up"),
        (("silence", "--match", "office=2248", "--until", "8h"), "--note"),
        (("silence", "--match", "office=9999", "--until", "8h", "--note", "x"), "9999"),
        (("silence", "--match", "office=海关", "--until", "8h", "--note", "x"), "which office"),
        (("silence", "--match", "feed=nosuch", "--until", "8h", "--note", "x"), "nosuch"),
        (("end", "ID"), "not acknowledged"),
    ],
)
def test_an_acknowledgement_or_a_silence_must_say_what_and_until_when(
    checked: Run, arguments: Sequence[str], named: str
) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    words = [id if word == "ID" else word for word in arguments]
    ran = checked("alerts", *words, "--as-of", LATER)
    assert ran.code == 2
    assert named in ran.talk


def test_choices_are_listed_with_the_comma_of_their_language(checked: Run) -> None:
    for lang, comma in (("en", ", "), ("zh", "、")):
        asked = ("alerts", "silence", "--until", "2d", "--lang", lang, "--match")
        for match in ("rule=none", "severity=none", "none=x"):
            ran = checked(*asked, match)
            assert (ran.code, ran.talk.count("、") > 0) == (2, lang == "zh"), ran.talk
            assert comma in ran.talk
        ran = checked("list", "--since", "gestern", "--lang", lang)
        assert comma.join(("30m", "8h", "7d", "2w")) in ran.talk


def test_a_silence_takes_the_words_that_lists_show_and_says_what_it_matches(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    for match in ("rule=查验", "rule=inspection ordered", f"id={id[:4]}", "severity=警告"):
        silence = (*SILENCE, "--match", match, "--until", "30m", "--as-of", LATER)
        ran = checked(*silence, "--format", "json")
        assert ran.json["silences"][0]["matches"] >= 1, match
    nothing = (*SILENCE, "--match", "office=5316", "--until", "8h", "--as-of", LATER)
    assert "matches no alert now" in checked(*nothing).text
    assert checked(*SILENCE, "--match", "id=ffff", "--until", "8h").code == 1


def test_what_is_silenced_or_ended_looks_so_before_the_next_check(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    silence = (*SILENCE, "--match", "rule=查验", "--until", "8h", "--as-of", LATER)
    (kept,) = checked(*silence, "--format", "json").json["silences"]
    listed = {
        a["id"]: a for a in found(checked("alerts", "list", "--as-of", LATER, "--format", "json"))
    }
    assert listed[id]["muted_by"] == kept["id"]
    assert "已静默" in checked("alerts", "list", "--as-of", LATER, "--lang", "zh").text
    assert "silenced" in checked("alerts", "show", id, "--as-of", LATER).text
    checked("alerts", "end", kept["id"][:4], "--as-of", LATER)
    assert "silenced" not in checked("alerts", "list", "--as-of", LATER).text
    checked("alerts", "ack", id, "--until", "10m", "--as-of", LATER)
    assert "acknowledged" in checked("alerts", "list", "--as-of", LATER).text
    assert "acknowledged" not in checked("alerts", "list", "--as-of", NEXT_DAY).text
    checked("alerts", "end", id, "--as-of", LATER)
    shown = checked("alerts", "show", id, "--as-of", LATER, "--format", "json").json["alert"]
    assert shown["state"] == "firing"


def test_a_declarations_number_acknowledges_its_alerts_with_who_and_why(checked: Run) -> None:
    """Without a time it holds until the end of the next working day, Monday."""
    ack = ("alerts", "ack", INSPECTED.entry, "--note", "the yard is told", "--by", "Li")
    ran = checked(*ack, "--as-of", LATER, "--format", "json")
    assert ran.json["alert"]["acknowledged_until"] == "2026-03-09T17:30:00+08:00"
    turn = ran.json["alert"]["history"][-1]
    assert (turn["who"], turn["note"]) == ("Li", "the yard is told")
    assert "Li: the yard is told" in checked("alerts", "history").text
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    assert "Li: the yard is told" in checked("alerts", "show", id).text
    many = checked("alerts", "ack", "查验", "unknown_code", "--as-of", LATER, "--format", "json")
    assert {a["rule"] for a in many.json["alerts"]} >= {"inspection_ordered", "unknown_code"}


def test_an_id_of_fewer_than_four_characters_names_nothing(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    for words in (("ack", id[:3], "--until", "1d"), ("show", id[:1]), ("end", id[:3])):
        ran = checked("alerts", *words, "--as-of", LATER)
        assert (ran.code, "at least 4 characters" in ran.talk) == (1, True)
    assert checked("alerts", "ack", id[:4], "--as-of", LATER).code == 0


def test_no_alerts_is_not_said_before_anybody_has_looked(kept: Run) -> None:
    assert kept("alerts", "list", "--format", "json").json["checked_at"] is None
    kept("check", "--dry-run", "--as-of", AS_OF)
    assert kept("alerts", "list", "--format", "json").json["checked_at"] is None
    kept("check", "--as-of", AS_OF)
    assert kept("alerts", "list", "--format", "json").json["checked_at"] == AS_OF


def test_who_holds_an_alert_and_why_is_shown_wherever_it_is(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    ack = ("alerts", "ack", id, "--note", "slot at 15:00", "--by", "Li", "--as-of", LATER)
    assert checked(*ack).code == 0
    moment = ("--as-of", LATER)
    for command in (
        ("alerts", "list"),
        ("alerts", "show", id),
        ("alerts", "history"),
        ("status", INSPECTED.own),
        ("explain", INSPECTED.own),
    ):
        assert "Li: slot at 15:00" in checked(*command, *moment).text, command
    assert "acknowledged, Li" in checked("list", *moment).text
    (alert,) = [
        a for a in found(checked("alerts", "list", *moment, "--format", "json")) if a["id"] == id
    ]
    assert (alert["held_by"], alert["held_why"]) == ("Li", "slot at 15:00")


def test_who_says_so_is_set_or_the_login_name(
    checked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    monkeypatch.setenv("LOGNAME", "clerk7")
    checked("alerts", "ack", id, "--as-of", LATER)
    assert "clerk7" in checked("alerts", "show", id, "--as-of", LATER).text
    config = tmp_path / "user.toml"
    config.write_text('[user]\nname = "Wang"\n')
    checked("alerts", "ack", id, "--as-of", LATER, "--config", config)
    assert "Wang" in checked("alerts", "show", id, "--as-of", LATER).text


def test_a_silence_is_previewed_without_being_kept(checked: Run) -> None:
    preview = ("alerts", "silence", "--match", "rule=查验", "--until", "8h", "--dry-run")
    ran = checked(*preview, "--as-of", LATER, "--format", "json")
    assert ran.json["silences"][0]["matches"] == 1
    assert checked("alerts", "silences", "--as-of", LATER).out == b""


def test_a_silence_names_a_declaration_by_any_of_its_numbers_and_an_office_by_its_name(
    checked: Run,
) -> None:
    for match in (f"declaration={INSPECTED.own}", "office=洋山"):
        ran = checked(
            *SILENCE, "--match", match, "--until", "8h", "--as-of", LATER, "--format", "json"
        )
        assert ran.json["silences"][0]["matches"] == 1, match


def test_the_history_says_who_silenced_what_and_why(checked: Run) -> None:
    checked(*SILENCE, "--match", "rule=查验", "--until", "8h", "--by", "Li", "--as-of", LATER)
    ran = checked("alerts", "history", "--as-of", LATER, "--format", "json")
    made = ran.json["history"][-1]
    assert (made["state"], made["who"], made["note"]) == ("silenced", "Li", "known")
    assert made["match"] == {"rule": "inspection_ordered"}
    assert "Li: known" in checked("alerts", "history", "--as-of", LATER).text
