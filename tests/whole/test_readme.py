"""The demo shows what README says of it, and ``make`` installs what the project allows.

What the pages themselves show is tested in ``tests/docs``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping

import pytest

from tests.conftest import ROOT


@pytest.fixture
def demo(environment: Mapping[str, str]) -> str:
    """What ``clearance demo`` prints."""
    command = [sys.executable, "-m", "clearance", "demo", "--lang", "en"]
    ran = subprocess.run(
        command, check=True, capture_output=True, encoding="utf-8", env=environment
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.slow
def test_the_demos_means_are_those_of_the_two_quarters(demo: str) -> None:
    assert re.search(r"2026Q2 +190 +190 +0 .* 6\.64 d ", demo)
    assert re.search(r"2026Q3 +210 +210 +0 .* 5\.16 d ", demo)


def test_make_installs_the_versions_that_the_project_allows() -> None:
    """Each dependency has a pinned version in the constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(one for extra in extras for one in extra)]:
        name = re.split(r"[<>=\[;]", requirement)[0].strip().lower()
        assert name == "clearance" or f"\n{name}==" in pinned, name
