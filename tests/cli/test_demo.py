"""``clearance demo``."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance import files
from tests.conftest import Run

pytestmark = pytest.mark.slow


def test_the_demo_walks_through_it_all_and_touches_nothing(run: Run, home: Path) -> None:
    ran = run("demo")
    assert (ran.code, ran.err) == (0, b"")
    for command in ("ingest", "status", "check", "notices list", "report"):
        assert f"$ clearance {command}" in ran.text
    assert "clearance demo --keep" in ran.text.splitlines()[-1]
    assert not home.exists()


def test_the_demo_tells_in_chinese_what_each_command_shows(run: Run) -> None:
    text = run("demo", "--lang", "zh").text
    assert text.count("\n# ") + text.startswith("# ") == text.count("$ clearance ")


def test_the_demo_does_not_depend_on_the_users_settings(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[report\n", encoding="utf-8")
    ran = run(
        "demo",
        env={"CLEARANCE_CONFIG": str(settings), "CLEARANCE_STORE": str(tmp_path / "mine.db")},
    )
    assert (ran.code, ran.err) == (0, b"")
    assert not (tmp_path / "mine.db").exists()


def test_the_demo_leaves_its_messages_in_a_folder_of_their_own(run: Run, tmp_path: Path) -> None:
    """The commands that it tells can be typed as they stand."""
    ran = run("demo", "--keep", tmp_path / "new" / "In Box")
    assert ran.code == 0
    assert f"clearance ingest {files.typed(tmp_path / 'new' / 'In Box')} " in ran.text
    assert (
        f"clearance plan import {files.typed(tmp_path / 'new' / 'In Box-shipments.csv')} "
        in ran.text
    )
    count = len(list((tmp_path / "new" / "In Box").iterdir()))
    assert run("ingest", tmp_path / "new", "--format", "json").json["new"] == count


def test_the_demo_mixes_its_messages_with_no_others(run: Run, inbox: Path) -> None:
    ran = run("demo", "--keep", inbox)
    assert (ran.code, ran.out) == (2, b"")
    assert "--keep" in ran.talk
