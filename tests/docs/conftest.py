"""Where the blocks of pages are run: the home of a clerk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short name: how long a line a scheduler takes depends on it."""
    with TemporaryDirectory(prefix="c", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        yield Path(folder).resolve()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The ``CLEARANCE_HOME``, where a clerk's data are."""
    return tmp_path / ".local" / "share" / "clearance"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that is run lies where a clerk's programs do."""
    file = tmp_path / ".local" / "bin" / "clearance"
    file.parent.mkdir(parents=True)
    file.touch()
    monkeypatch.setattr(sys, "argv", [str(file)])
