"""What a newcomer types first: nothing, a number, a word that is no command."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance.config import load
from tests.cli.support import declared
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run


def test_a_number_alone_is_looked_up(kept: Run) -> None:
    for first in (INSPECTED.entry, INSPECTED.unified, f"报关单号：{INSPECTED.entry}"):
        ran = kept(first, "--format", "json", "--as-of", AS_OF)
        assert (ran.code, declared(ran)) == (0, [INSPECTED.entry])
    several = kept("--lang", "zh", INSPECTED.entry, CLOSED.entry)
    assert several.text == kept("status", INSPECTED.entry, CLOSED.entry, "--lang", "zh").text


def test_a_number_alone_that_is_unknown_is_exit_1(kept: Run) -> None:
    assert kept("224820261000000229").code == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("statsu", "status"), ("lists", "list"), ("Status", "status"), ("chek", "check")],
)
def test_a_mistyped_command_is_answered_with_the_one_that_is_meant(
    call: Run, typed: str, meant: str
) -> None:
    ran = call(typed)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    assert f"did you mean {meant}" in ran.talk
    assert meant in call(typed, "--lang", "zh").talk


def test_a_mistyped_command_of_a_group_is_answered_so_too(call: Run) -> None:
    assert "did you mean list" in call("alerts", "lst").talk
    assert "did you mean verify" in call("store", "verfy").talk
    for typed in ("verfy", "nowhere"):
        for lang in ("en", "zh"):
            assert "clearance store --help" in call("store", typed, "--lang", lang).talk
    assert "see clearance --help" in call("nowhere").talk


def test_words_that_people_try_are_understood(call: Run) -> None:
    assert call("help").text == call("--help").text
    assert call("--lang", "zh").text == call("help", "--lang", "zh").text != call("help").text
    assert call("help", "list").text == call("list", "--help").text
    assert call("-V").text == call("version").text == call("--version").text


@pytest.mark.parametrize("lang", ["C.UTF-8", "zh_CN.UTF-8"])
def test_without_a_store_the_command_alone_says_how_to_begin(kept: Run, lang: str) -> None:
    begun = kept(env={"LANG": lang})
    fresh = kept(env={"LANG": lang, "CLEARANCE_HOME": "elsewhere"})
    assert fresh.code == begun.code == 2
    assert fresh.talk.startswith(begun.talk)
    lines = fresh.talk.removeprefix(begun.talk).strip().splitlines()
    assert len(lines) == 3
    assert "clearance ingest" in lines[1]
    assert "clearance demo" in lines[2]


@pytest.mark.parametrize("settings", ["", "[report]\n"])
def test_an_empty_store_is_no_beginning_yet(call: Run, home: Path, settings: str) -> None:
    call("store", "init")
    (home / "config.toml").write_text(settings)
    named = {"CLEARANCE_STORE": str(home / "gone.db")}
    for ran in (call(), call(env=named)):
        assert "clearance ingest" in ran.talk.splitlines()[-2]
    call("ingest", "-", stdin=b"hello, this is no message")
    assert "clearance ingest FOLDER" not in call().talk


def test_a_store_that_cannot_be_read_is_no_beginning(call: Run, home: Path) -> None:
    home.mkdir()
    (home / "clearance.db").write_text("no store at all" * 100)
    assert "clearance ingest FOLDER" not in call().talk


def test_an_ingest_ends_with_what_to_look_at(call: Run, inbox: Path) -> None:
    first = call("ingest", inbox)
    assert "clearance list" in first.text.splitlines()[-1]
    assert "clearance check" in first.text
    assert "clearance list" not in call("ingest", inbox).text


def test_the_language_of_the_settings_is_that_of_all_that_is_shown(
    kept: Run, tmp_path: Path
) -> None:
    chinese = kept("list", "--lang", "zh", "--as-of", AS_OF).text
    settings = tmp_path / "s.toml"
    settings.write_text('lang = "zh"\n', encoding="utf-8")
    options = ("--as-of", AS_OF, "--config", settings)
    assert kept("list", *options).text == chinese
    assert "没有编号为" in kept("status", "NO-SUCH-1", *options).talk
    assert kept("list", *options, "--lang", "en").text != chinese
    settings.write_text('lang = "fr"\n', encoding="utf-8")
    assert kept("list", *options).code == 2


def test_a_channel_speaks_the_language_of_the_settings_or_the_locale(tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    channels = '[channels.a]\nkind = "console"\n[channels.b]\nkind = "console"\nlang = "en"\n'
    settings.write_text(f'lang = "zh"\n{channels}', encoding="utf-8")
    assert [c.lang for c in load(settings).channels.values()] == ["zh", "en"]
    settings.write_text(channels, encoding="utf-8")
    assert [c.lang for c in load(settings).channels.values()] == ["en", "en"]
    assert [c.lang for c in load(settings, "zh").channels.values()] == ["zh", "en"]


def test_the_language_can_be_set(kept: Run) -> None:
    chinese = kept("list", "--lang", "zh", "--as-of", AS_OF).text
    assert kept("list", "--as-of", AS_OF, env={"CLEARANCE_LANG": "zh"}).text == chinese
    assert kept("list", "--as-of", AS_OF, env={"LANG": "zh_CN.UTF-8"}).text == chinese
    english = kept("list", "--as-of", AS_OF).text
    zh = {"LANG": "zh_CN.UTF-8", "CLEARANCE_LANG": "en"}
    assert kept("list", "--as-of", AS_OF, env=zh).text == english


def test_a_language_that_there_is_not_is_told_with_what_named_it(kept: Run) -> None:
    ran = kept("list", env={"CLEARANCE_LANG": "fr"})
    assert (ran.code, ran.talk) == (2, "clearance: CLEARANCE_LANG fr: choose zh or en\n")
    assert kept("list", "--lang", "fr").talk == "clearance: --lang fr: choose zh or en\n"


def test_an_error_is_in_the_language_that_is_set(kept: Run) -> None:
    assert "没有编号为" in kept("status", "NO-SUCH-1", env={"CLEARANCE_LANG": "zh"}).talk
