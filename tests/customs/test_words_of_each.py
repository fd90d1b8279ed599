"""No system's words, codes or law appear at another's declaration, with the real command."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clearance.alerting.rules import china_law
from clearance.customs import systems
from tests.conftest import ROOT, Run

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "samples"
AS_OF = ("--as-of", "2026-05-01T00:00Z")
HOME = "cn_single_window"
OF_CHINA = re.compile(
    "海关法|关税法|条例|滞报金|滞纳金|单一窗口|已结关|已入库|已删单|转关|CNY|\u00a5|Art\\. ?[0-9]"
)
"""Words of China's law, money, system and stages."""
CODES = {
    "uk_cds": re.compile(r"\(DMS[A-Z]{3}\)"),
    "eu_ncts": re.compile(r"\bCC[0-9]{3}C\b"),
    "dk_dms": re.compile(r"\bCWM[A-Z]{3}\b"),
}
"""Codes by the system that has them."""


@pytest.fixture
def all_of_them(run: Run) -> Run:
    """The real command, with a store that holds the samples of every system."""
    folders = [SAMPLES / name for name in systems() if (SAMPLES / name).is_dir()]
    assert run("ingest", *folders).code == 0
    return run


def number(declaration: dict[str, Any]) -> str:
    """Its best number."""
    return str(next(iter(declaration["references"].values()))[0])


def test_no_words_codes_or_law_of_one_stand_at_a_declaration_of_another(all_of_them: Run) -> None:
    listed = all_of_them("list", "--all", *AS_OF, "--format", "json").json["declarations"]
    by_system: dict[str, list[dict[str, Any]]] = {one["dialect"]: [] for one in listed}
    for one in listed:
        by_system[one["dialect"]].append(one)
    assert {"uk_cds", "eu_ncts", "dk_dms", HOME} <= by_system.keys()
    for system, declarations in by_system.items():
        names = [number(one) for one in declarations][:6]
        for lang in ("en", "zh"):
            told = all_of_them("explain", *names, *AS_OF, "--lang", lang).text
            assert (
                system == HOME or not systems()[system].stage_words or OF_CHINA.findall(told) == []
            )
            for other, code in CODES.items():
                assert other == system or code.findall(told) == [], (system, other)


def test_no_rule_of_chinas_law_speaks_of_another_countrys_declaration(all_of_them: Run) -> None:
    of_law = {name for name in vars(china_law) if not name.startswith("_")}
    checked = all_of_them("check", "--dry-run", *AS_OF, "--format", "json").json
    listed = all_of_them("list", "--all", *AS_OF, "--format", "json").json["declarations"]
    system = {
        value: one["dialect"]
        for one in listed
        for values in one["references"].values()
        for value in values
    }
    found = [(one["rule"], system.get(one["declaration"], HOME)) for one in checked["new"]]
    assert [(rule, of) for rule, of in found if rule in of_law and of != HOME] == []
    texts = [
        one["message"] for one in checked["new"] if system.get(one["declaration"], HOME) != HOME
    ]
    assert [text for text in texts if OF_CHINA.search(text)] == []
