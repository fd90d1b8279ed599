"""README shows what really happens."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from clearance.alerting import rules
from clearance.config import load
from tests.conftest import ROOT, Golden

PAGE = ROOT / "README.md"
README = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demo() -> str:
    """What ``clearance demo`` prints."""
    command = [sys.executable, "-m", "clearance", "demo", "--lang", "en"]
    ran = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.slow
def test_the_run_in_readme_is_what_the_demo_prints(demo: str, golden: Golden) -> None:
    block = re.compile(r"(<!-- demo -->\n```\n).*?(```\n<!-- /demo -->)", re.DOTALL)
    assert len(block.findall(README)) == 1
    golden(PAGE, block.sub(lambda found: f"{found[1]}{demo.strip()}\n{found[2]}", README))


@pytest.mark.slow
def test_the_demos_means_are_those_of_the_two_quarters(demo: str) -> None:
    assert re.search(r"2026Q2 +190 +190 +0 .* 6\.64 d ", demo)
    assert re.search(r"2026Q3 +210 +210 +0 .* 5\.16 d ", demo)


def test_readme_lists_every_rule_and_every_exit_code() -> None:
    for name in rules.RULES:
        assert f"`{name}`" in README
    for code in (0, 1, 2, 3, 5, 6, 130):
        assert f"| {code} |" in README


def test_the_settings_in_readme_can_be_used(tmp_path: Path) -> None:
    match = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert match
    file = tmp_path / "config.toml"
    file.write_text(match[1], encoding="utf-8")
    assert load(file).rules == {"stuck": {"hours": 36}}


def test_make_installs_the_versions_that_the_project_allows() -> None:
    """Each dependency has a pinned version in the constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(one for extra in extras for one in extra)]:
        name = re.split(r"[<>=\[;]", requirement)[0].strip().lower()
        assert name == "clearance" or f"\n{name}==" in pinned, name
