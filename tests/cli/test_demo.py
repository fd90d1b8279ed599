"""``clearance demo``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run

pytestmark = pytest.mark.slow


def test_the_demo_walks_through_it_all_and_touches_nothing(run: Run, home: Path) -> None:
    ran = run("demo")
    assert (ran.code, ran.err) == (0, b"")
    for command in ("ingest", "status", "check", "report"):
        assert f"$ clearance {command}" in ran.text
    assert not home.exists()


def test_the_demo_does_not_depend_on_the_users_settings(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[report\n", encoding="utf-8")
    ran = run(
        "demo",
        env={"CLEARANCE_CONFIG": str(settings), "CLEARANCE_STORE": str(tmp_path / "mine.db")},
    )
    assert (ran.code, ran.err) == (0, b"")
    assert not (tmp_path / "mine.db").exists()
