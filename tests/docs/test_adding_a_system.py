"""The customs system of docs/adding-a-customs-system.md works in a copy of the package."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from clearance.customs import System
from tests.conftest import ROOT, Golden, Ran
from tests.docs.pages import Maker, blocks

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "adding-a-customs-system.md"
COPIED = ("benchmarks", "clearance", "tests", "samples")
OWN_TESTS = ("tests/customs/test_samples.py", "tests/customs/test_systems.py")

Python = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, as far as a new system has to do with it."""
    place = tmp_path / "copy"
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture
def python(copy: Path, environment: Mapping[str, str]) -> Python:
    """Runs a module of Python in the copy."""

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            capture_output=True,
            check=False,
            timeout=120,
            cwd=copy,
            env={**environment, "PYTHONPATH": str(copy), **env},
        )

    return run


@pytest.fixture
def page(copy: Path, python: Python) -> str:
    """The page as it should be; what it shows lies in the copy then."""

    def run(
        *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ran:
        done = python("clearance", *map(str, arguments), **(env or {}))
        return Ran(done.returncode, done.stdout, done.stderr)

    return Maker(copy, run).page(PAGE.read_text(encoding="utf-8"))


def test_what_the_page_shows_is_what_happens(page: str, golden: Golden) -> None:
    golden(PAGE, page)


def passed(done: subprocess.CompletedProcess[bytes]) -> int:
    """How many tests passed; none failed."""
    told = done.stdout.decode()
    assert done.returncode == 0, told + done.stderr.decode()
    match = re.search(r"(\d+) passed", told)
    return int(match[1]) if match else 0


def test_the_new_system_passes_what_every_system_must(page: str, python: Python) -> None:
    quick = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    written = python(*quick, "--update-golden", OWN_TESTS[0], "-k", "xx_invented")
    assert passed(written) == 3
    tried = python(*quick, *OWN_TESTS, "-k", "xx_invented or several_systems")
    assert passed(tried) > 30


def test_its_code_is_in_form(page: str, python: Python) -> None:
    for command in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        done = python("ruff", *command, "clearance/customs/xx_invented")
        assert done.returncode == 0, done.stdout.decode()


def test_the_page_says_what_each_optional_part_of_a_system_is() -> None:
    """As ``clearance/customs/__init__.py`` lists them."""
    import clearance.customs

    listed = set(re.findall(r"^\* ``(\w+)``", clearance.customs.__doc__ or "", re.MULTILINE))
    text = PAGE.read_text(encoding="utf-8")
    shown = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    written = {Path(b.file).stem for b in blocks(text) if b.file and b.file.endswith(".py")}
    assert listed == shown | (written - {"__init__"})


def test_the_page_says_what_each_field_of_a_system_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for field in fields(System):
        assert f"`{field.name}`" in text or f"    {field.name}=" in text, field.name
