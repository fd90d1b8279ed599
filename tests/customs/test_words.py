"""Names of codes, stages and numbers in a language, English where there is none."""

from __future__ import annotations

import pytest

from clearance.customs import systems, words
from clearance.model import in_language
from tests.stories import events

CHINA = "cn_single_window"


def test_a_text_that_is_not_in_a_language_is_english() -> None:
    assert in_language({"en": "released", "zh": "已放行"}, "zh") == "已放行"
    assert in_language({"en": "released"}, "zh") == "released"
    assert in_language({}, "zh") == ""


def test_a_code_means_what_the_table_of_its_system_says() -> None:
    found = systems()[CHINA].code("DEC_RESULT", "P")
    assert found is not None
    assert found.words["en"] == "released"


@pytest.mark.parametrize("system", [*systems(), "no_such_system"])
def test_a_code_that_no_table_has_has_no_meaning(system: str) -> None:
    (event,) = events("2026-03-02T08:00Z  -", system)
    assert words.meanings(event) == []


def test_a_kind_of_number_is_called_by_its_usual_name() -> None:
    assert words.kind_name("entry_no", "en") == "entry no."
    assert words.kind_name("entry_no", "zh") == "海关编号"
    assert words.kind_name("no_such_kind", "zh") == "no_such_kind"


def test_only_a_system_with_other_words_for_a_stage_has_a_name_of_it() -> None:
    assert words.stage_name(CHINA, "released", "en") is None
    assert words.stage_name("no_such_system", "released", "en") is None
    assert words.stage_name(CHINA, None, "en") is None
    for name, system in systems().items():
        for stage, own in system.stage_words.items():
            assert words.stage_name(name, stage, "en") == own.get("en")
