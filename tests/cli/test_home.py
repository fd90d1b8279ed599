"""``~`` in the path of a file, wherever a command takes one.

A shell replaces it only where a word begins with it, so not behind ``=``, and that of Windows
never; a folder that is called ``~`` is what nobody wants.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import AS_OF, INSPECTED, Run

SYSTEM = Path(__file__).parents[2] / "clearance" / "customs" / "ar_arca.toml"
SAMPLES = Path(__file__).parents[2] / "samples" / "ar_arca"
QUARTER = ("report", "--as-of", AS_OF, "--period", "2026Q1")

WRITTEN: dict[str, tuple[str, ...]] = {
    "list.csv": ("list", "--output=~/list.csv"),
    "page.html": (*QUARTER, "--output=~/page.html"),
    "log.csv": (*QUARTER, "--events=~/log.csv"),
    "whole.zip": (*QUARTER, "--evidence=~/whole.zip"),
    "store.json": ("store", "export", "~/store.json"),
    "plan.csv": ("plan", "template", "~/plan.csv"),
    "left/InBox": ("demo", "--keep=~/left/InBox"),
}
"""What commands write, by its path below the home directory."""

READ: tuple[tuple[str, ...], ...] = (
    ("status", INSPECTED.own, "--config=~/settings.toml"),
    ("config", "check", "~/settings.toml"),
    ("plan", "import", "~/sheet.csv", "--store=~/new.db"),
    ("plan", "check", "~/sheet.csv"),
    ("store", "import", "~/other.json", "--store=~/new.db"),
    ("report", "--verify=~/saved.json"),
    ("report", "--as-of", AS_OF, "--trace", "2026Q1.declared", "--archive=~/Read"),
    ("systems", "try", "~/ar_arca.toml", "~/samples"),
)
"""What commands read there."""

UNKNOWN = tuple(
    tuple(word.replace("~/", "~nobody-here/") for word in line)
    for line in (*WRITTEN.values(), *READ)
)


@pytest.fixture
def at_home(kept: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with a file for each command to read."""
    home = tmp_path / "who 谁"
    (home / "Read").mkdir(parents=True)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(home))
    (home / "settings.toml").write_text("lang = 'zh'\n", encoding="utf-8")
    (home / "sheet.csv").write_text("bill no,cutoff\nDEMO-1,2026-03-05 12:00\n", encoding="utf-8")
    shutil.copy(SYSTEM, home / "ar_arca.toml")
    shutil.copytree(SAMPLES, home / "samples")
    assert kept("store", "export", home / "other.json").code == 0
    assert kept(*QUARTER, "--output", home / "saved.json").code == 0
    return home


@pytest.mark.parametrize("file", WRITTEN)
def test_what_is_written_lies_in_the_home_directory(
    kept: Run, at_home: Path, tmp_path: Path, file: str
) -> None:
    done = kept(*WRITTEN[file])
    assert (done.code, done.err.decode().count("Traceback")) == (0, 0)
    assert (at_home / file).exists()
    assert not list(tmp_path.glob("~*"))


@pytest.mark.parametrize("line", READ, ids=" ".join)
def test_what_is_read_is_found_in_the_home_directory(
    kept: Run, at_home: Path, line: tuple[str, ...]
) -> None:
    """Told as where the path is written whole, but for what repeats the path."""
    short = kept(*line)
    for store in at_home.glob("new.db*"):
        store.unlink()
    whole = kept(*(word.replace("~/", f"{at_home}{os.sep}") for word in line))
    assert (short.code, short.out, short.err) == (whole.code, whole.out, whole.err)
    assert short.code != 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows looks for no other user")
@pytest.mark.parametrize("line", UNKNOWN, ids=" ".join)
def test_a_home_directory_that_nobody_knows_is_told(
    kept: Run, tmp_path: Path, line: tuple[str, ...]
) -> None:
    for lang, said in (("en", "that home directory is not known"), ("zh", "没有该用户的主目录")):
        done = kept(*line, "--lang", lang)
        assert done.code == 2
        (told,) = done.err.decode().splitlines()
        assert "~nobody-here" in told
        assert said in told
    assert not list(tmp_path.glob("~*"))


def test_settings_name_their_files_likewise(kept: Run, at_home: Path) -> None:
    """The calendar of a system and its codes lie where the settings say."""
    settings = at_home / "settings.toml"
    (at_home / "offices.csv").write_text("code,en,zh\n9999,Nowhere,无处\n", encoding="utf-8")
    settings.write_text("[codes]\noffices = '~/offices.csv'\n", encoding="utf-8")
    assert kept("config", "check", settings).code == 0
    for key in ("[codes]\noffices = '~/gone'\n", "[calendar]\nfiles = ['~/gone']\n"):
        settings.write_text(key, encoding="utf-8")
        done = kept("config", "check", settings)
        assert done.code == 2
        assert str(at_home / "gone") in done.talk


def test_the_folder_of_all_settings_too(kept: Run, at_home: Path) -> None:
    """Store, settings and all else of a user lie in it."""
    (at_home / "all").mkdir()
    (at_home / "all" / "config.toml").write_text("lang = 'zh'\n", encoding="utf-8")
    done = kept("ingest", at_home / "samples", env={"CLEARANCE_HOME": "~/all"})
    assert done.code == 0
    assert "新增" in done.text
    assert (at_home / "all" / "clearance.db").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows looks for no other user")
def test_a_file_that_is_called_so_is_that_file(kept: Run, at_home: Path, tmp_path: Path) -> None:
    """Behind ``./`` also one that is not there yet."""
    shutil.copy(at_home / "sheet.csv", tmp_path / "~sheet.csv")
    for written in ("~sheet.csv", "./~sheet.csv"):
        assert kept("plan", "check", written).code != 2
    assert kept("list", "--output", "./~list.csv").code == 0
    assert (tmp_path / "~list.csv").exists()
    assert kept("ingest", "./~sheet.csv").code == 0
    assert kept("list", "--output", "~list-2.csv").code == 2
