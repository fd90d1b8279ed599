"""docs/architecture.md names what is there."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "clearance"
TREE = re.search(r"```text\nclearance/\n(.*?)```", PAGE, re.DOTALL)
LAYERS = re.search(r"<!-- layers -->\n```text\n(.*?)```", PAGE, re.DOTALL)


SYSTEM = "[a-z]{2}_[a-z_]+"
"""The name of the folder of a customs system."""


def in_tree() -> set[str]:
    """What the tree on the page names."""
    assert TREE
    return {line.split()[0] for line in TREE[1].splitlines()}


def test_every_folder_of_the_package_is_in_the_tree() -> None:
    """The folders of customs systems are one line, ``customs/SYSTEM/``."""
    folders = {
        f"{folder.relative_to(PACKAGE).as_posix()}/"
        for folder in PACKAGE.rglob("*/")
        if folder.is_dir() and any(folder.glob("*.py")) and not re.fullmatch(SYSTEM, folder.name)
    }
    assert {name for name in in_tree() if name.endswith("/")} == {*folders, "customs/SYSTEM/"}


def test_every_module_beside_the_folders_is_in_the_tree() -> None:
    modules = {file.name for file in PACKAGE.glob("*.py") if not file.name.startswith("__")}
    assert {name for name in in_tree() if name.endswith(".py")} == modules


def test_every_file_that_a_journey_goes_by_is_there() -> None:
    named = re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py)?)`", PAGE)
    assert named
    for name in named:
        place = PACKAGE / name
        assert place.exists() or place.with_suffix(".py").exists() or (ROOT / name).exists(), name


def test_the_layers_are_those_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    checked = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert LAYERS
    assert [re.split(r"  +", line)[0] for line in LAYERS[1].splitlines()] == checked
