"""The wording of notes and inconsistencies: every key has one, in English and in Chinese."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import clearance
from clearance.model import Inconsistency, Note, Words
from clearance.render.notes import INCONSISTENCIES, NOTES, inconsistency, note
from clearance.render.words import say, worded

ALL = {**NOTES, **INCONSISTENCIES}
SOURCES = "".join(
    file.read_text(encoding="utf-8") for file in Path(clearance.__file__).parent.rglob("*.py")
)


def fields(template: str) -> set[str]:
    """The names of the values that a template has places for."""
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


@pytest.mark.parametrize("words", ALL.values(), ids=ALL)
def test_every_note_is_worded_in_english_and_chinese_with_the_same_values(words: Words) -> None:
    assert set(words) == {"en", "zh"}
    assert words["en"].isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in words["zh"])
    assert fields(words["en"]) == fields(words["zh"])


def test_the_notes_that_are_made_are_those_that_are_worded() -> None:
    assert set(re.findall(r'Note\.of\(\s*"(\w+)"', SOURCES)) == set(NOTES)


@pytest.mark.parametrize(
    ("about", "en", "zh"),
    [
        (Note.of("too_few", n=12), "too few: n = 12", "样本过少：n = 12"),
        (
            Note.of("no_calendar", years=[2027, 2028]),
            "no calendar: 2027, 2028",
            "缺少官方日历：2027、2028",
        ),
        (
            Note.of("not_reached", share=15 / 31),
            "not reached: 48.4% have closed",
            "未达到：仅 48.4% 已结关",
        ),
        (
            Note.of("back_test_error", error=0.1234, limit=0.1),
            "back-test error 0.12: 0.10 at most",
            "回测误差 0.12，上限 0.10",
        ),
    ],
)
def test_a_note_reads_in_both_languages(about: Note, en: str, zh: str) -> None:
    assert note(about, "en") == en
    assert note(about, "zh") == zh


def test_an_inconsistency_reads_in_both_languages() -> None:
    values = {"reference": "HZ-1", "names": ["E1", "E2", "E3"]}
    few = Inconsistency("shared_reference", values, None)
    many = Inconsistency("shared_reference", {**values, "more": 4}, None)
    assert inconsistency(few, "en") == "HZ-1 also names E1, E2, E3"
    assert inconsistency(many, "en") == "HZ-1 also names E1, E2, E3 and 4 more"
    assert inconsistency(many, "zh") == "HZ-1 也用于 E1、E2、E3 及另外 4 票"


def test_a_language_without_a_wording_gets_the_english_one() -> None:
    assert note(Note.of("none_closed"), "da") == "none closed"
    assert worded({"en": "{n} closed"}, "zh", n=3) == "3 closed"
    assert say("under_review", "da") == "under review"


def test_what_a_forecast_rests_on_is_worded_in_the_language_of_the_reader() -> None:
    basis = Note.of("by_those_that_waited", n=79, stratum="export/accepted")
    assert note(basis, "zh") == "依据等待同样久的 79 票：出口/已入库"
    assert note(basis, "en") == "by 79 that waited as long: export/accepted"
