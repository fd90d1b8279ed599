"""docs/glossary.md uses the words that the program uses."""

from __future__ import annotations

import re

import pytest

from clearance.customs import systems
from clearance.model import Stage, in_language
from clearance.render.words import CHINESE
from tests.conftest import ROOT

ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]*[\u4e00-\u9fff][^|]*) \| ([^|]+) \|$",
    (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
TERMS = {english: chinese for english, chinese, _ in ROWS if english != "English"}


def in_program(english: str) -> str | None:
    """What the program says for a term in Chinese; None where it has no such word."""
    return CHINESE.get(english) or CHINESE.get(english.replace(" ", "_"))


def test_there_are_thirty_terms_and_each_stands_once() -> None:
    terms = [english for english, _, _ in ROWS if english != "English"]
    assert len(terms) == len(set(terms)) >= 30
    assert sum(in_program(term) is not None for term in terms) >= 30


@pytest.mark.parametrize("english", TERMS)
def test_a_term_is_the_programs_own(english: str) -> None:
    own = in_program(english)
    assert own is None or own in TERMS[english]


def test_every_stage_is_explained_in_its_order() -> None:
    stages = [stage.replace("_", " ") for stage in Stage]
    assert [term for term in TERMS if term in stages] == stages


def test_a_kind_of_number_is_called_what_its_system_calls_it() -> None:
    for system in systems().values():
        for kind in system.kinds:
            english = in_language(kind.words, "en")
            assert TERMS.get(english, in_language(kind.words, "zh")) == in_language(
                kind.words, "zh"
            )
