"""A declaration is told in the words, the codes, the clock and the law of its own system only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clearance.alerting.rules import china_law
from clearance.customs import System, systems
from clearance.customs.listing import listed_codes
from clearance.render.words import CHINESE
from tests.conftest import ROOT, Ran, Run

SAMPLES = ROOT / "samples"
AS_OF = ("--as-of", "2026-04-20T09:00:00+00:00")
JSON = ("--format", "json")
CHINA = "cn_single_window"
LAW = re.compile(
    "海关法|关税法|滞报金|滞纳金|海关总署|Customs Law|late declaration fee", re.IGNORECASE
)
OF_CHINA = re.compile(
    "条例|单一窗口|已结关|已入库|已删单|转关|CNY|\u00a5|Art\\. ?[0-9]|" + LAW.pattern, re.IGNORECASE
)
"""Words of China's law, money, system and stages."""
CODES = {
    "uk_cds": re.compile(r"\(DMS[A-Z]{3}\)"),
    "eu_ncts": re.compile(r"\bCC[0-9]{3}C\b"),
    "dk_dms": re.compile(r"\bCWM[A-Z]{3}\b"),
}
"""Codes by the system that has them."""
_LEAST_CHARS = 5
"""Characters of words that are some system's alone, and no everyday ones."""


def words(system: System, lang: str) -> set[str]:
    """The words of a system's codes, numbers and stages."""
    spoken = [listed.meaning.words for listed in listed_codes(system)]
    spoken += [kind.words for kind in system.kinds]
    spoken += system.stage_words.values()
    return {said[lang] for said in spoken if said.get(lang)}


def peculiar(system: System, lang: str) -> set[str]:
    """Words of a system that no other system has, nor the program itself."""
    others = [words(other, lang) for other in systems().values() if other is not system]
    usual = {word.replace("_", " ") for word in CHINESE}
    common = {*usual, *CHINESE.values(), *(word for each in others for word in each)}
    return {
        word
        for word in words(system, lang)
        if len(word) >= _LEAST_CHARS and not any(word in other for other in common)
    }


def stories() -> Iterator[Path]:
    """Three stories of each system."""
    for name in systems():
        yield from sorted(path for path in (SAMPLES / name).iterdir() if path.is_dir())[:3]


@pytest.fixture(scope="module")
def messages() -> list[Path]:
    return [f for story in stories() for f in sorted(story.iterdir()) if f.suffix != ".json"]


@pytest.fixture
def listed(call: Run, messages: list[Path]) -> list[dict[str, Any]]:
    """Every declaration of a store with messages of all systems."""
    assert call("ingest", *messages, *JSON).json["refused"] == 0
    call("check", *AS_OF)
    declarations: list[dict[str, Any]] = call("list", "--all", *AS_OF, *JSON).json["declarations"]
    assert {one["dialect"] for one in declarations} == {*systems()}
    return declarations


def pages(call: Run, declaration: dict[str, Any], lang: str) -> Iterator[Ran]:
    """What is shown of a declaration."""
    number = next(iter(declaration["references"].values()))[-1]
    for command in ("status", "explain"):
        yield call(command, number, *AS_OF, "--lang", lang)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_words_of_another_system_stand_at_a_declaration(
    call: Run, listed: list[dict[str, Any]], lang: str
) -> None:
    foreign = {
        name: {
            w: other
            for other in systems()
            if other != name
            for w in peculiar(systems()[other], lang)
        }
        for name in systems()
    }
    assert all(len(found) > 20 for found in foreign.values())
    for declaration in listed:
        own = words(systems()[declaration["dialect"]], lang)
        for ran in pages(call, declaration, lang):
            text = ran.text
            for word in sorted(own, key=len, reverse=True):
                text = text.replace(word, "")
            found = {w: o for w, o in foreign[declaration["dialect"]].items() if w in text}
            assert found == {}, declaration["references"]
            for other, code in CODES.items():
                assert other == declaration["dialect"] or not code.search(ran.text)


@pytest.mark.slow
def test_no_law_of_china_is_told_of_another_countrys_declaration(
    call: Run, listed: list[dict[str, Any]]
) -> None:
    for declaration in listed:
        system = systems()[declaration["dialect"]]
        if system.name != CHINA:
            wrong = OF_CHINA if system.stage_words else LAW
            for lang in ("en", "zh"):
                for ran in pages(call, declaration, lang):
                    assert wrong.findall(ran.text) == [], declaration["references"]


@pytest.mark.slow
def test_every_event_has_a_meaning_of_its_own_system_and_its_times_their_own_offset(
    call: Run, listed: list[dict[str, Any]]
) -> None:
    for declaration in listed:
        system = systems()[declaration["dialect"]]
        own = words(system, "en")
        number = next(iter(declaration["references"].values()))[-1]
        shown = call("status", number, *AS_OF, *JSON).json["declarations"]
        for event in (e for one in shown if one["dialect"] == system.name for e in one["events"]):
            assert {*event["meanings"]} <= own or system.name == CHINA
        assert {*declaration["references"]} <= {kind.name for kind in system.kinds}


@pytest.mark.slow
def test_no_rule_of_chinas_law_speaks_of_another_countrys_declaration(call: Run) -> None:
    """Of all samples."""
    folders = [SAMPLES / name for name in systems() if (SAMPLES / name).is_dir()]
    assert call("ingest", *folders).code == 0
    at = ("--as-of", "2026-05-01T00:00Z")
    of_law = {name for name in vars(china_law) if not name.startswith("_")}
    listed = call("list", "--all", *at, *JSON).json["declarations"]
    system = {
        value: one["dialect"]
        for one in listed
        for values in one["references"].values()
        for value in values
    }
    assert {*system.values()} >= {*CODES, CHINA}
    foreign = [
        one
        for one in call("check", "--dry-run", *at, *JSON).json["new"]
        if system.get(one["declaration"], CHINA) != CHINA
    ]
    assert [one["rule"] for one in foreign if one["rule"] in of_law] == []
    assert [one["message"] for one in foreign if OF_CHINA.search(one["message"])] == []
